/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/apphb/apphbd.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <errno.h>

static struct instant
at(int64_t ms)
{
	return (struct instant){ 1000000000LL + ms * NS_PER_MS };
}

static int
ask(struct apphb_watch *watch, enum apphb_type type, unsigned long value, int64_t ms)
{
	const struct apphb_request request = { .type = type,
		.value = value,
		.name = "app",
		.instance = "inst",
		.pid = 7 };

	return apphb_watch_request(watch, &request, true, at(ms));
}

static void
test_order(void)
{
	struct apphb_watch watch = { 0 };

	for (int type = APPHB_UNREGISTER; type <= APPHB_BOOT; type++)
		CHECK_INT(ask(&watch, type, 5, 0), ESRCH, "%s before reg",
		    apphb_type_names[type]);
	CHECK(!instant_is_set(apphb_watch_due(&watch)), "nothing is promised");
	CHECK_INT(ask(&watch, APPHB_REGISTER, 0, 0), 0, "reg");
	CHECK_INT(ask(&watch, APPHB_REGISTER, 0, 0), EEXIST, "twice");
	CHECK_INT(instant_diff_ms(apphb_watch_due(&watch), at(0)), 600000, "ten minutes");
	CHECK_INT(ask(&watch, APPHB_INTERVAL, ~0UL, 0), EINVAL, "too long");
	CHECK_INT(ask(&watch, APPHB_UNREGISTER, 0, 0), 0, "unreg");
	CHECK_INT(ask(&watch, APPHB_UNREGISTER, 0, 0), ESRCH, "unreg twice");
}

static void
test_boot_needs_rights(void)
{
	const struct apphb_request request = { .type = APPHB_BOOT, .value = 1 };
	struct apphb_watch watch = { 0 };

	ask(&watch, APPHB_REGISTER, 0, 0);
	CHECK_INT(apphb_watch_request(&watch, &request, false, at(0)), EPERM, "anybody");
	CHECK(!watch.boot, "is not taken");
	CHECK_INT(apphb_watch_request(&watch, &request, true, at(0)), 0, "root");
	CHECK(watch.boot, "is taken");
}

static void
test_promise(void)
{
	struct apphb_watch watch = { 0 };
	int64_t late_ms = 0;

	ask(&watch, APPHB_REGISTER, 0, 0);
	ask(&watch, APPHB_INTERVAL, 300, 0);
	ask(&watch, APPHB_WARN, 100, 0);
	CHECK_INT(apphb_watch_beat(&watch, at(100), &late_ms), APPHB_FINE, "in time");
	CHECK_INT(apphb_watch_beat(&watch, at(201), &late_ms), APPHB_LATE, "late");
	CHECK_INT(late_ms, 101, "by how much");
	CHECK_INT(apphb_watch_judge(&watch, at(500)), APPHB_FINE, "one millisecond left");
	CHECK_INT(apphb_watch_judge(&watch, at(501)), APPHB_FAILED, "failed");
	CHECK_INT(apphb_watch_judge(&watch, at(5000)), APPHB_FINE, "told once");
	CHECK(!instant_is_set(apphb_watch_due(&watch)), "until it returns");
	CHECK_INT(apphb_watch_beat(&watch, at(5001), &late_ms), APPHB_RESUMED, "back");
	CHECK_INT(instant_diff_ms(apphb_watch_due(&watch), at(5001)), 300, "as before");
	ask(&watch, APPHB_INTERVAL, 0, 5100);
	CHECK(!instant_is_set(apphb_watch_due(&watch)), "0 promises nothing");
}

static void
test_wire(void)
{
	uint8_t buf[APPHB_BODY_MAX];
	struct apphb_request sent = { .value = 77, .pid = 5, .uid = 6, .gid = 7 }, got;

	memset(sent.name, 'n', sizeof(sent.name) - 1);
	strcpy(sent.instance, "a\nb");
	strcpy(sent.directory, "/d");
	for (int type = APPHB_REGISTER; type <= APPHB_BOOT; type++) {
		size_t len;

		sent.type = (enum apphb_type)type;
		len = apphb_encode(&sent, buf);
		CHECK_INT(len,
		    type == APPHB_REGISTER ? 788
		    : type <= APPHB_BEAT   ? 8
		                           : 16,
		    "length of %s", apphb_type_names[type]);
		CHECK_INT(apphb_decode(&got, buf, len), 0, "%s", apphb_type_names[type]);
		CHECK_INT(got.type, type, "type");
		for (size_t n = 0; n < len; n++)
			CHECK_INT(apphb_decode(&got, buf, n), -EINVAL, "%zu bytes of %s",
			    n, apphb_type_names[type]);
	}
	sent.type = APPHB_REGISTER;
	apphb_decode(&got, buf, apphb_encode(&sent, buf));
	CHECK_STR(got.name, sent.name, "name");
	CHECK_STR(got.instance, "a?b", "one line");
	CHECK_STR(got.directory, "/d", "directory");
	CHECK(got.pid == 5 && got.uid == 6 && got.gid == 7, "numbers");
	memset(buf, 'x', sizeof(buf));
	CHECK_INT(apphb_decode(&got, buf, sizeof(buf)), -EINVAL, "unknown");
}

static const struct {
	const char *text, *error, *why;
} conf_cases[] = {
	{ "", NULL, "defaults" },
	{ "Realtime yes\ndebug_level 9\nwatchdog_interval_ms 10 # least\n", NULL,
	    "bounds" },
	{ "debug_level 10\n", "invalid debug_level [10] specified", "above" },
	{ "debug_level -1\n", "invalid debug_level [-1] specified", "below" },
	{ "watchdog_interval_ms 9\n", "invalid watchdog_interval_ms [9] specified",
	    "below" },
	{ "realtime maybe\n", "invalid realtime [maybe] specified", "no bool" },
	{ "logfile\n", "invalid logfile [] specified", "no value" },
	{ "foo bar\n", "Illegal directive [foo] in f", "unknown" },
};

static void
test_conf(void)
{
	for (size_t i = 0; i < ARRAY_LEN(conf_cases); i++) {
		char text[256];
		struct apphbd_conf conf;
		struct err err = { "" };
		int code;

		snprintf(text, sizeof(text), "%s", conf_cases[i].text);
		apphbd_conf_init(&conf);
		code = apphbd_conf_parse(&conf, text, "f", &err);
		CHECK_INT(code, conf_cases[i].error ? -EINVAL : 0, "%s",
		    conf_cases[i].why);
		CHECK_STR(err.text, conf_cases[i].error ? conf_cases[i].error : "", "%s",
		    conf_cases[i].why);
	}
}

static const struct check_case cases[] = {
	{ "order", test_order },
	{ "boot-needs-rights", test_boot_needs_rights },
	{ "promise", test_promise },
	{ "wire", test_wire },
	{ "conf", test_conf },
};

CHECK_MAIN("apphb", cases)
