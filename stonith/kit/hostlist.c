/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of hosts (contract in hostlist.h). */
#include "stonith/kit/hostlist.h"

#include <string.h>

#define HOSTLIST_BETWEEN " \t\r\n\f,"

static char
lower_char(char c)
{
	/* Not tolower(3): the locale of whoever started us is no matter of host names. */
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
host_is(const char *a, const char *b)
{
	while (*a && lower_char(*a) == lower_char(*b)) {
		a++;
		b++;
	}
	return lower_char(*a) == lower_char(*b);
}

void
host_lower(const char *host, char *lower, size_t size)
{
	size_t len = 0;

	for (; host[len] && len + 1 < size; len++)
		lower[len] = lower_char(host[len]);
	lower[len] = '\0';
}

bool
hostlist_next(const char **text, char *host, size_t size)
{
	const char *begin = *text + strspn(*text, HOSTLIST_BETWEEN);
	size_t len = strcspn(begin, HOSTLIST_BETWEEN);

	*text = begin;
	if (len == 0 || len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		host[i] = lower_char(begin[i]);
	host[len] = '\0';
	*text = begin + len;
	return true;
}

bool
hostlist_has(const char *text, const char *host)
{
	char name[HOSTLIST_NAME_MAX];

	while (hostlist_next(&text, name, sizeof(name)))
		if (host_is(name, host))
			return true;
	return false;
}

int
hostlist_tell(struct device *device, const char *text)
{
	char name[HOSTLIST_NAME_MAX];

	while (hostlist_next(&text, name, sizeof(name)))
		device_host(device, name);
	if (*text == '\0')
		return S_OK;
	device_log(device, LOG_ERR, "host name '%.40s...' is longer than %d characters",
	    text, HOSTLIST_NAME_MAX - 1);
	return S_BADCONFIG;
}

void
host_tell(struct device *device, const char *host)
{
	char lower[HOSTLIST_NAME_MAX];

	host_lower(host, lower, sizeof(lower));
	device_host(device, lower);
}
