/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostcache and delhostcache: what a cluster that nodes may join by themselves knew of
 * its nodes when it was last up (spec/wire.md 8.2).  A line is "name TAB uuid [TAB weight
 * TAB site]"; the short form is that of older releases.
 */
#include "heartbeat/config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

/* The next field of *AT, which moves behind it and its tab; NULL when there is none. */
static char *
next_field(char **at)
{
	char *field = *at, *tab;

	if (!field)
		return NULL;
	tab = strchr(field, '\t');
	if (tab)
		*tab = '\0';
	*at = tab ? tab + 1 : NULL;
	return field;
}

static bool
is_word(const char *text, size_t size)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	return len > 0 && len < size;
}

static bool
is_site(const char *text, size_t size)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return strlen(text) < size;
}

static int
parse_line(char *line, struct conf_host *host)
{
	char *at = line, *name = next_field(&at), *uuid = next_field(&at);
	char *weight = next_field(&at), *site = next_field(&at), *end;
	long number = CONF_HOST_WEIGHT;

	if (!name || !uuid || at || !is_word(name, sizeof(host->name)))
		return -EINVAL;
	if (uuid_parse(uuid, host->uuid) != 0)
		return -EINVAL;
	if (weight) {
		errno = 0;
		number = strtol(weight, &end, 10);
		if (end == weight || *end || errno || number < 0 || number > INT_MAX)
			return -EINVAL;
	}
	if (site && !is_site(site, sizeof(host->site)))
		return -EINVAL;
	snprintf(host->name, sizeof(host->name), "%s", name);
	snprintf(host->site, sizeof(host->site), "%s", site ? site : "");
	host->weight = (int)number;
	host->has_uuid = !uuid_is_null(host->uuid); /* it was never heard */
	return 0;
}

ssize_t
conf_hosts_parse(char *text, struct conf_host *hosts, size_t max)
{
	size_t count = 0;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct conf_host host;

		if (parse_line(line, &host) < 0)
			return -EINVAL;
		if (count < max)
			hosts[count++] = host;
	}
	return (ssize_t)count;
}
