/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dopd and drbd-peer-outdater decide (spec/commands.md 11). */
#include "heartbeat/helpers/dopd/dopd.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static const struct {
	const char *name;
	bool sound;
} names[] = {
	{ "r0", true },
	{ "mydata", true },
	{ "home-1.example_2", true },
	{ "R", true },
	{ "", false },
	{ "all", false },
	{ "-h", false },
	{ "--help", false },
	{ "a b", false },
	{ "a;id", false },
	{ "$(id)", false },
	{ "../r0", false },
	{ "r0/0", false },
	{ ".r0", false },
	{ "r0\n", false },
	{ "r\xc3\xb6", false },
	{ "allall", true },
	{ "a'b", false },
	{ "r0|x", false },
	{ "`id`", false },
};

static void
test_names(void)
{
	char name[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK_INT(dopd_resource_is_sound(names[i].name), names[i].sound, "'%s'",
		    names[i].name);
	memset(name, 'a', sizeof(name));
	name[DOPD_NAME_MAX - 1] = '\0';
	CHECK(dopd_resource_is_sound(name), "the longest");
	name[DOPD_NAME_MAX - 1] = 'a';
	name[DOPD_NAME_MAX] = '\0';
	CHECK(!dopd_resource_is_sound(name), "too long");
}

static void
test_results(void)
{
	static const struct {
		int status, result;
	} rows[] = { { W_EXITCODE(0, 0), 4 }, { W_EXITCODE(5, 0), 3 },
		{ W_EXITCODE(17, 0), 6 }, { W_EXITCODE(1, 0), 20 },
		{ W_EXITCODE(4, 0), 20 }, { W_EXITCODE(127, 0), 20 }, { SIGKILL, 20 },
		{ SIGSEGV | 0x80, 20 } };
	static const struct {
		const char *text;
		int result;
	} sent[] = { { "3", 3 }, { "4", 4 }, { "5", 5 }, { "6", 6 }, { "20", 20 },
		{ "21", 21 }, { "0", 20 }, { "1", 20 }, { "-4", 20 }, { "four", 20 },
		{ "", 20 }, { "4294967300", 20 }, { NULL, 20 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(dopd_result_of(rows[i].status), rows[i].result, "status %x",
		    rows[i].status);
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		uint8_t store[256];
		struct msg m;

		msg_init(&m, store, sizeof(store));
		if (sent[i].text)
			msg_add_str(&m, "dop_value", sent[i].text);
		CHECK_INT(dopd_result_parse(&m, "dop_value"), sent[i].result, "'%s'",
		    sent[i].text ? sent[i].text : "(none)");
	}
}

static void
test_requests(void)
{
	static const struct {
		const char *type, *peer, *resource;
		int result;
		const char *why;
	} rows[] = {
		{ "outdater", "bravo", "r0", 0, NULL },
		{ "other", "bravo", "r0", -EINVAL, "type" },
		{ "outdater", NULL, "r0", -EINVAL, "no peer" },
		{ "outdater", "", "r0", -EINVAL, "no peer" },
		{ "outdater", "bravo", NULL, -EINVAL, "no resource" },
		{ "outdater", "bravo", "r0;reboot", -EINVAL, "no name" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dopd_request request;
		struct err err = { "" };
		uint8_t store[512];
		struct msg m;

		msg_init(&m, store, sizeof(store));
		msg_add_str(&m, "t", rows[i].type);
		if (rows[i].peer)
			msg_add_str(&m, "outdater_peer", rows[i].peer);
		if (rows[i].resource)
			msg_add_str(&m, "outdater_res", rows[i].resource);
		CHECK_INT(dopd_request_parse(&m, &request, &err), rows[i].result,
		    "row %zu", i);
		CHECK(rows[i].result == 0 || strstr(err.text, rows[i].why), "row %zu: %s",
		    i, err.text);
	}
}

static int
parse(const char *line, struct dopd_options *options)
{
	static char words[512];
	char *argv[32], *save = NULL;
	struct err err;
	int argc = 0;

	snprintf(words, sizeof(words), "drbd-peer-outdater %s", line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	return dopd_options_parse(argc, argv, options, &err);
}

static void
test_options(void)
{
	struct dopd_options o;

	unsetenv("DRBD_PEER");
	unsetenv("DRBD_RESOURCE");
	CHECK_INT(parse("-r r0 -p BRAVO", &o), 0, "both");
	CHECK_STR(o.request.peer, "bravo", "lower case");
	CHECK_INT(o.patience_s, 60, "the default");
	CHECK_INT(parse("-r r0 -p bravo -t 5", &o), 0, "a time");
	CHECK_INT(o.patience_s, 5, "the time");
	for (const char *const *line = (const char *const[]){ "", "-r r0", "-p bravo",
	         "-r r0 -p bravo -t 0", "-r r0 -p bravo -t x", "-r r0 -p bravo -t -1",
	         "-r r0 -p bravo more", "-x", "-r", NULL };
	     *line; line++)
		CHECK_INT(parse(*line, &o), -EINVAL, "'%s'", *line);
	setenv("DRBD_PEER", "Charlie", 1);
	setenv("DRBD_RESOURCE", "mydata", 1);
	CHECK_INT(parse("-t 9", &o), 0, "from the environment");
	CHECK_STR(o.request.peer, "charlie", "peer");
	CHECK_STR(o.request.resource, "mydata", "resource");
	CHECK_INT(parse("-r r1", &o), 0, "the command line wins");
	CHECK_STR(o.request.resource, "r1", "resource");
	CHECK_INT(parse("--help", &o), 0, "help");
	CHECK(o.help, "help");
}

static const struct check_case cases[] = {
	{ "names", test_names },
	{ "results", test_results },
	{ "requests", test_requests },
	{ "options", test_options },
};
CHECK_MAIN("dopd", cases)
