/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The message as lib/log_logd.c and the old clplumbing library send it: six ints, the
 * entity, a time, all of native layout, then the text with its NUL.  Any user of the
 * machine may send, so nothing of it is believed.
 */
#include "heartbeat/helpers/logd/logd.h"

#include "lib/log_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define AT_PRIORITY 8
#define AT_MSGLEN 12
#define AT_LEVEL_WORD 16
#define AT_PID 20
#define AT_ENTITY 24
#define AT_TIME (AT_ENTITY + LOGD_ENTITY_MAX)
#define HEADER_LEN (AT_TIME + sizeof(unsigned long))

static int32_t
get_int(const uint8_t *body, size_t at)
{
	int32_t value;

	memcpy(&value, body + at, sizeof(value));
	return value;
}

static void
clean(char *text, size_t len, bool keep_newlines)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t' && !(c == '\n' && keep_newlines)) || c == 0x7f)
			text[i] = '?';
	}
}

int
logd_line_decode(struct logd_line *line, const uint8_t *body, size_t len, int64_t now)
{
	unsigned long when;
	size_t text_len;

	if (len < HEADER_LEN)
		return -EBADMSG;
	text_len = strnlen((const char *)body + HEADER_LEN, len - HEADER_LEN);
	line->priority = get_int(body, AT_PRIORITY) & LOG_PRIMASK;
	line->pid = get_int(body, AT_PID);
	line->level_word = get_int(body, AT_LEVEL_WORD) != 0;
	memcpy(&when, body + AT_TIME, sizeof(when));
	/* Years with five digits have no place in a line. */
	line->when = when == 0 || when > 253402300799UL ? now : (int64_t)when;
	line->entity_len =
	    (uint16_t)strnlen((const char *)body + AT_ENTITY, LOGD_ENTITY_MAX - 1);
	memset(line->entity, 0, sizeof(line->entity));
	memcpy(line->entity, body + AT_ENTITY, line->entity_len);
	clean(line->entity, line->entity_len, false);
	line->text_len = (uint16_t)(text_len > LOGD_TEXT_MAX ? LOGD_TEXT_MAX : text_len);
	memcpy(line->text, body + HEADER_LEN, line->text_len);
	if (text_len > LOGD_TEXT_MAX)
		memcpy(line->text + LOGD_TEXT_MAX - 3, "...", 3);
	while (line->text_len > 0 && line->text[line->text_len - 1] == '\n')
		line->text_len--;
	clean(line->text, line->text_len, true);
	line->text[line->text_len] = '\0';
	return 0;
}

size_t
logd_line_format(const struct logd_conf *conf, const struct logd_line *line,
    const char *text, size_t text_len, const char *host, int facility, char *buf,
    size_t size)
{
	const char *level = line->level_word ? log_level_word(line->priority) : "";
	const char *colon = line->level_word ? ": " : "";
	time_t when = (time_t)line->when;
	char stamp[40] = "";
	struct tm tm;
	int len;

	if (localtime_r(&when, &tm))
		strftime(stamp, sizeof(stamp),
		    facility >= 0         ? "%b %e %H:%M:%S"
		    : conf->syslog_format ? "%b %d %H:%M:%S"
		                          : "%Y/%m/%d_%H:%M:%S",
		    &tm);
	if (facility >= 0 && conf->prefix[0])
		len = snprintf(buf, size, "<%d>%s %s: %s[%d]: %s%s%.*s",
		    facility | line->priority, stamp, conf->prefix, line->entity,
		    (int)line->pid, level, colon, (int)text_len, text);
	else if (facility >= 0)
		len = snprintf(buf, size, "<%d>%s %s: [%d]: %s%s%.*s",
		    facility | line->priority, stamp, line->entity, (int)line->pid, level,
		    colon, (int)text_len, text);
	else if (conf->syslog_format)
		len = snprintf(buf, size, "%s %s %s: [%d]: %s%s%.*s\n", stamp, host,
		    line->entity, (int)line->pid, level, colon, (int)text_len, text);
	else
		len = snprintf(buf, size, "%s[%d]: %s %s%s%.*s\n", line->entity,
		    (int)line->pid, stamp, level, colon, (int)text_len, text);
	if (len < 0)
		return 0;
	return (size_t)len < size ? (size_t)len : size - 1;
}
