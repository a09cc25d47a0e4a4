/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pingd's command line and its counting (spec/commands.md 10). */
#include "heartbeat/helpers/pingd/pingd.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

static int
parse(const char *line, struct pingd_options *options, char *text, size_t size)
{
	static char words[4096];
	char *argv[300], *save = NULL;
	int argc = 0, r;
	struct err err = { "" };

	snprintf(words, sizeof(words), "pingd %s", line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	r = pingd_options_parse(argc, argv, options, &err);
	snprintf(text, size, "%s", err.text);
	return r;
}

static const struct {
	const char *line;
	int result;
	int64_t multiplier;
	const char *attribute, *dampen, *why;
} option_cases[] = {
	{ "", 0, 1, "pingd", NULL, "the defaults" },
	{ "-m 100 -d 5s", 0, 100, "pingd", "5s", "as people write it" },
	{ "-a gateways -d 500ms -m 1000", 0, 1000, "gateways", "500ms", "another name" },
	{ "-D -p /x -s set -S status -V -V", 0, 1, "pingd", NULL, "the rest" },
	{ "-m 0", -EINVAL, 0, NULL, NULL, "m" },
	{ "-m ten", -EINVAL, 0, NULL, NULL, "m" },
	{ "-m 99999999999999999999", -EINVAL, 0, NULL, NULL, "m" },
	{ "-d soon", -EINVAL, 0, NULL, NULL, "d" },
	{ "-d 5s;reboot", -EINVAL, 0, NULL, NULL, "d" },
	{ "-d", -EINVAL, 0, NULL, NULL, "option" },
	{ "-x", -EINVAL, 0, NULL, NULL, "option" },
	{ "surplus", -EINVAL, 0, NULL, NULL, "surplus" },
};

static void
test_options(void)
{
	for (size_t i = 0; i < sizeof(option_cases) / sizeof(option_cases[0]); i++) {
		struct pingd_options o;
		char text[256];

		CHECK_INT(parse(option_cases[i].line, &o, text, sizeof(text)),
		    option_cases[i].result, "%s", option_cases[i].line);
		if (option_cases[i].result < 0) {
			CHECK(strstr(text, option_cases[i].why), "%s: %s",
			    option_cases[i].line, text);
			continue;
		}
		CHECK_INT(o.multiplier, option_cases[i].multiplier, "%s",
		    option_cases[i].why);
		CHECK_STR(o.attribute, option_cases[i].attribute, "%s",
		    option_cases[i].why);
		CHECK_STR(o.dampen ? o.dampen : "-",
		    option_cases[i].dampen ? option_cases[i].dampen : "-", "%s",
		    option_cases[i].why);
	}
}

static void
test_pidfile_and_help(void)
{
	struct pingd_options o;
	char text[256], line[2048] = "";

	parse("", &o, text, sizeof(text));
	CHECK(!o.pidfile && !o.daemon && !o.help,
	    "nothing is written without being asked");
	parse("-D", &o, text, sizeof(text));
	CHECK_STR(o.pidfile, "/tmp/pingd.pid", "where it always was");
	for (const char *const *w = (const char *const[]){ "-?", "--help", NULL }; *w;
	     w++) {
		CHECK_INT(parse(*w, &o, text, sizeof(text)), 0, "%s", *w);
		CHECK(o.help, "%s", *w);
	}
	for (int i = 0; i <= PINGD_HOST_MAX; i++)
		strcat(line, "-h a ");
	CHECK_INT(parse(line, &o, text, sizeof(text)), -EINVAL, "too many hosts");
}

static void
test_count(void)
{
	static const struct {
		const char *name, *type, *status;
	} nodes[] = { { "alpha", "normal", "active" }, { "bravo", "normal", "up" },
		{ "10.0.0.1", "ping", "ping" }, { "10.0.0.2", "ping", "dead" },
		{ "Group1", "ping", "up" } };
	static const struct {
		const char *line;
		int64_t active, value;
		const char *found;
	} rows[] = {
		{ "-m 100", 2, 200, "" },
		{ "-h 10.0.0.2 -m 7", 0, 0, "1" },
		{ "-h 10.0.0.1 -h group1 -h nobody", 2, 2, "110" },
		{ "-h alpha", 0, 0, "0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pingd_count count = { 0 };
		struct pingd_options o;
		char text[256];

		parse(rows[i].line, &o, text, sizeof(text));
		for (size_t k = 0; k < sizeof(nodes) / sizeof(nodes[0]); k++)
			pingd_count_node(&count, &o, nodes[k].name, nodes[k].type,
			    nodes[k].status);
		CHECK_INT(count.active, rows[i].active, "%s", rows[i].line);
		CHECK_INT(pingd_value(&o, count.active), rows[i].value, "%s",
		    rows[i].line);
		for (size_t k = 0; rows[i].found[k]; k++)
			CHECK_INT(count.found[k], rows[i].found[k] == '1', "%s: host %zu",
			    rows[i].line, k);
	}
}

static const struct check_case cases[] = {
	{ "options", test_options },
	{ "pidfile-and-help", test_pidfile_and_help },
	{ "count", test_count },
};
CHECK_MAIN("pingd", cases)
