/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files into lines, and words into values (spec/config.md 2.1).
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND_US 1000000LL

/* Files. */

static int
read_all(int fd, char *text, size_t size, size_t *len)
{
	*len = 0;
	while (*len < size) {
		ssize_t n = read(fd, text + *len, size - *len);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*len += (size_t)n;
	}
	return -EFBIG;
}

int
text_read(const char *file, char **text, size_t *len, struct stat *st)
{
	/* O_NONBLOCK: a FIFO of that name must not hold up the start. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int result = 0;
	char *bytes = NULL;

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) < 0)
		result = -errno;
	else if (S_ISDIR(st->st_mode))
		result = -EISDIR;
	else if (!S_ISREG(st->st_mode))
		result = -EINVAL;
	if (result == 0 && !(bytes = malloc(TEXT_FILE_MAX + 1)))
		result = -ENOMEM;
	if (result == 0)
		result = read_all(fd, bytes, TEXT_FILE_MAX + 1, len);
	close(fd);
	if (result < 0) {
		free(bytes);
		return result;
	}
	bytes[*len] = '\0';
	*text = bytes;
	return 0;
}

bool
text_next_line(struct text_cursor *cursor, struct text_line *line)
{
	const char *newline;

	if (cursor->at >= cursor->end)
		return false;
	newline = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));
	line->text = cursor->at;
	line->len = (size_t)((newline ? newline : cursor->end) - cursor->at);
	line->number = ++cursor->line;
	cursor->at = newline ? newline + 1 : cursor->end;
	if (line->len > 0 && line->text[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* Values. */

struct unit {
	const char *name;
	int64_t us;
	bool prefix; /* any word that begins so */
	bool is_new; /* old daemons refuse it */
};

/* clang-format off */
static const struct unit units[] = {
	{ "",    SECOND_US,        false, false },
	{ "ms",  1000,             true,  false },
	{ "us",  1,                true,  false },
	{ "s",   SECOND_US,        false, true },
	{ "sec", SECOND_US,        false, true },
	{ "m",   60 * SECOND_US,   false, true },
	{ "min", 60 * SECOND_US,   false, true },
	{ "h",   3600 * SECOND_US, false, true },
};
/* clang-format on */

static const struct unit *
unit_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const struct unit *u = &units[i];

		if (u->prefix ? strncasecmp(word, u->name, strlen(u->name)) == 0
		              : strcasecmp(word, u->name) == 0)
			return u;
	}
	return NULL;
}

bool
value_time_parse(const char *text, int64_t *ms, bool *new_unit)
{
	int64_t whole = 0, fraction = 0, scale = 1;
	size_t digits = 0;
	const struct unit *unit;
	__int128 us_scaled;

	for (; isdigit((unsigned char)*text); text++, digits++) {
		whole = whole * 10 + (*text - '0');
		if (whole > 1000000000000000LL)
			return false;
	}
	if (*text == '.') {
		for (text++; isdigit((unsigned char)*text); text++, digits++) {
			if (scale <
			    1000000000LL) { /* what comes after is below a nanosecond */
				fraction = fraction * 10 + (*text - '0');
				scale *= 10;
			}
		}
	}
	unit = unit_find(text);
	if (digits == 0 || !unit)
		return false;
	us_scaled = ((__int128)whole * scale + fraction) * unit->us;
	us_scaled = (us_scaled + 500 * (__int128)scale) / (1000 * (__int128)scale);
	if (us_scaled > INT64_MAX / 1000)
		return false;
	*ms = (int64_t)us_scaled;
	*new_unit = unit->is_new;
	return true;
}

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(word, *list) == 0)
			return true;
	return false;
}

bool
value_bool_parse(const char *text, bool *value)
{
	static const char *const yes[] = { "true", "on", "yes", "y", "1", NULL };
	static const char *const no[] = { "false", "off", "no", "n", "0", NULL };

	if (is_one_of(text, yes))
		*value = true;
	else if (is_one_of(text, no))
		*value = false;
	else
		return false;
	return true;
}

bool
value_number_parse(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	int64_t n = 0;

	if (*text == '-' || *text == '+')
		text++;
	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		n = n * 10 + (*text - '0');
		if (n > 1000000000000000LL)
			return false;
	}
	if (*text != '\0')
		return false;
	*value = negative ? -n : n;
	return true;
}

const char *
value_time_format(int64_t ms, char *buf, size_t size)
{
	if (ms >= 3600000 && ms % 3600000 == 0)
		snprintf(buf, size, "%lld h", (long long)(ms / 3600000));
	else if (ms >= 1000 && ms % 1000 == 0)
		snprintf(buf, size, "%lld s", (long long)(ms / 1000));
	else
		snprintf(buf, size, "%lld ms", (long long)ms);
	return buf;
}

bool
value_is_placeholder(const char *word)
{
	static const char *const words[] = { "interface", "iface", "nic", "device",
		"gateway", "virtual-ip", "virtual_ip", "virtualip", "vip", "ip",
		"ip-address", "ip_address", "ipaddress", "address", "hostname",
		"nodename", "node-name", "node_name", "host", "peer", "peer-ip",
		"x.x.x.x", "a.b.c.d", "changeme", "xxx", NULL };
	size_t len = strlen(word);

	if (is_one_of(word, words) || strncasecmp(word, "your", 4) == 0)
		return true;
	return len > 2 &&
	       ((word[0] == '<' && word[len - 1] == '>') ||
	           (word[0] == '[' && word[len - 1] == ']') ||
	           (word[0] == '{' && word[len - 1] == '}') || (word[0] == '$'));
}
