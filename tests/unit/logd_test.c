/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/logd/logd.h"
#include "lib/array.h"
#include "lib/frame_server.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

static const struct {
	const char *text;
	const char *error; /* NULL = taken */
	const char *why;
} conf_cases[] = {
	{ "", NULL, "nothing is enough" },
	{ "# only\n\n \t\n", NULL, "comments and blank lines" },
	{ "LogFile /var/log/x  # mine\n", NULL, "any case, a comment behind" },
	{ "logfile x\n", "f:1: logfile takes an absolute file name, not 'x'",
	    "relative" },
	{ "\nlogfile\n", "f:2: logfile takes an absolute file name, not ''", "no value" },
	{ "foo 1\n", "Illegal directive [foo] in f", "unknown" },
	{ "logfacility LOCAL3\n", NULL, "facility in any case" },
	{ "logfacility nope\n",
	    "f:1: logfacility takes a syslog facility or none, not 'nope'",
	    "no facility" },
	{ "logmode 0999\n", "f:1: logmode takes an octal mode, such as 0640, not '0999'",
	    "not octal" },
	{ "sendqlen -1\n", "f:1: sendqlen takes a number from 0 to 100000, not '-1'",
	    "negative" },
	{ "recvqlen 0\n", NULL, "no queue" },
	{ "syslogmsgfmt maybe\n", "f:1: syslogmsgfmt takes yes or no, not 'maybe'",
	    "no bool" },
	{ "useapphbd yes\n", NULL, "a directive of old" },
};

static void
test_conf(void)
{
	for (size_t i = 0; i < ARRAY_LEN(conf_cases); i++) {
		char text[256];
		struct logd_conf conf;
		struct err err = { "" };
		int code;

		snprintf(text, sizeof(text), "%s", conf_cases[i].text);
		logd_conf_init(&conf);
		code = logd_conf_parse(&conf, text, "f", &err);
		CHECK_INT(code, conf_cases[i].error ? -EINVAL : 0, "%s",
		    conf_cases[i].why);
		CHECK_STR(err.text, conf_cases[i].error ? conf_cases[i].error : "", "%s",
		    conf_cases[i].why);
	}
}

static void
test_conf_values(void)
{
	char text[] = "debugfile /d\nlogfile /l\nlogfacility local5\nlogmode 0600\n"
	              "syslogmsgfmt off\nsendqlen 3\nrecvqlen 4\nentity me\n"
	              "syslogprefix P\n";
	struct logd_conf conf;

	logd_conf_init(&conf);
	CHECK_INT(conf.facility, LOG_DAEMON, "default");
	CHECK_INT(conf.queue_max, 256, "default");
	CHECK_INT(logd_conf_parse(&conf, text, "f", NULL), 0, "all");
	CHECK_STR(conf.logfile, "/l", "logfile");
	CHECK_STR(conf.debugfile, "/d", "debugfile");
	CHECK_STR(conf.entity, "me", "entity");
	CHECK_INT(conf.facility, LOG_LOCAL5, "facility");
	CHECK_INT(conf.mode, 0600, "mode");
	CHECK_INT(conf.queue_max, 7, "queues");
	CHECK(!conf.syslog_format, "format");
}

/* A message as the old library makes it. */
static size_t
message(uint8_t *buf, int priority, int word, const char *entity, unsigned long when,
    const char *text, size_t len)
{
	int32_t head[6] = { 2, LOG_USER, priority, (int32_t)len, word, 77 };

	memset(buf, 0, 96);
	memcpy(buf, head, sizeof(head));
	memcpy(buf + 24, entity, strlen(entity));
	memcpy(buf + 88, &when, sizeof(when));
	memcpy(buf + 96, text, len);
	return 96 + len;
}

static const struct {
	int priority, word;
	const char *text;
	size_t len;
	bool syslog_format;
	const char *prefix;
	int facility;
	const char *want, *why;
} line_cases[] = {
	{ 6, 1, "hi", 3, true, "", -1, "Jan 02 00:00:00 h tag: [77]: info: hi\n",
	    "a file's line" },
	{ 6, 0, "hi", 3, true, "", -1, "Jan 02 00:00:00 h tag: [77]: hi\n",
	    "ha_logger adds nothing" },
	{ 3, 1, "hi", 3, false, "", -1, "tag[77]: 1970/01/02_00:00:00 ERROR: hi\n",
	    "the other form" },
	{ 6, 0, "hi", 3, false, "", -1, "tag[77]: 1970/01/02_00:00:00 hi\n",
	    "the other form, no word" },
	{ 4, 1, "hi", 3, true, "", LOG_LOCAL3, "<156>Jan  2 00:00:00 tag: [77]: WARN: hi",
	    "syslog" },
	{ 4, 1, "hi", 3, true, "P", LOG_LOCAL3,
	    "<156>Jan  2 00:00:00 P: tag[77]: WARN: hi", "syslog with a prefix" },
	{ 99, 1, "a\x1b\tb", 4, true, "", -1,
	    "Jan 02 00:00:00 h tag: [77]: ERROR: a?\tb\n",
	    "a priority out of range, a control character, no NUL" },
	{ 6, 1, "x\n\n", 4, true, "", -1, "Jan 02 00:00:00 h tag: [77]: info: x\n",
	    "newlines at the end" },
	{ 6, 1, "", 0, true, "", -1, "Jan 02 00:00:00 h tag: [77]: info: \n", "no text" },
};

static void
test_line(void)
{
	for (size_t i = 0; i < ARRAY_LEN(line_cases); i++) {
		uint8_t buf[256];
		char got[512];
		static struct logd_line line;
		struct logd_conf conf;
		size_t len = message(buf, line_cases[i].priority, line_cases[i].word,
		    "tag", 86400, line_cases[i].text, line_cases[i].len);

		logd_conf_init(&conf);
		conf.syslog_format = line_cases[i].syslog_format;
		strcpy(conf.prefix, line_cases[i].prefix);
		CHECK_INT(logd_line_decode(&line, buf, len, 5), 0, "%s",
		    line_cases[i].why);
		logd_line_format(&conf, &line, line.text, line.text_len, "h",
		    line_cases[i].facility, got, sizeof(got));
		CHECK_STR(got, line_cases[i].want, "%s", line_cases[i].why);
	}
}

static void
test_line_bounds(void)
{
	static uint8_t buf[LOGD_BODY_MAX];
	static char text[20000];
	static struct logd_line line;
	char entity[LOGD_ENTITY_MAX + 1];
	size_t len;

	memset(text, 'x', sizeof(text));
	memset(entity, 'e', sizeof(entity) - 1);
	entity[sizeof(entity) - 1] = '\0';
	for (size_t n = 0; n < 96; n++)
		CHECK_INT(logd_line_decode(&line, buf, n, 5), -EBADMSG, "%zu bytes", n);
	len = message(buf, 6, 1, entity, ~0UL, text, sizeof(text));
	CHECK_INT(logd_line_decode(&line, buf, len, 5), 0, "long");
	CHECK_INT(line.text_len, LOGD_TEXT_MAX, "cut");
	CHECK_STR(line.text + LOGD_TEXT_MAX - 4, "x...", "says so");
	CHECK_INT(strlen(line.entity), LOGD_ENTITY_MAX - 1, "entity without an end");
	CHECK_INT(line.when, 5, "a time that is none");
}

static void
test_frames(void)
{
	uint8_t buf[16] = { 4, 0, 0, 0, 0xcd, 0xab, 0, 0, 1, 2, 3, 4 };

	for (size_t used = 0; used < 12; used++)
		CHECK_INT(frame_complete(buf, used, 100), -EAGAIN, "%zu bytes", used);
	CHECK_INT(frame_complete(buf, 12, 100), 4, "whole");
	CHECK_INT(frame_complete(buf, 12, 3), -EMSGSIZE, "too long");
	buf[3] = 0x80;
	CHECK_INT(frame_complete(buf, 12, 100), -EMSGSIZE, "negative");
	buf[4] = 0;
	CHECK_INT(frame_complete(buf, 12, 100), -EBADMSG, "magic");
}

static const struct check_case cases[] = {
	{ "conf", test_conf },
	{ "conf-values", test_conf_values },
	{ "line", test_line },
	{ "line-bounds", test_line_bounds },
	{ "frames", test_frames },
};

int
main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return check_main("logd", cases, ARRAY_LEN(cases));
}
