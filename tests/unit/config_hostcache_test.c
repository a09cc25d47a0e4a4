/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of hostcache and delhostcache (spec/wire.md 8.2). */
#include "heartbeat/config/config.h"
#include "tests/unit/check.h"

#include <errno.h>

#define UUID "90b8de77-08c8-7a6c-fef1-993a43051dba"
#define NONE "00000000-0000-0000-0000-000000000000"
#define REFUSED (-EINVAL)

/* clang-format off */
static const struct {
	const char *text;
	ssize_t count;
	struct conf_host last; /* but for its uuid */
	const char *why;
} cases_of_lines[] = {
	{ "", 0, { "" }, "an empty file is a list of nobody" },
	{ "alpha\t" UUID "\t100\t\n", 1, { "alpha", .has_uuid = true, .weight = 100 }, "as it is written" },
	{ "alpha\t" UUID "\n", 1, { "alpha", .has_uuid = true, .weight = 100 }, "the form of older releases" },
	{ "node3\t" NONE "\t55\tsiteA\n", 1, { "node3", .weight = 55, .site = "siteA" }, "never heard" },
	{ "a\t" UUID "\t0\tB C\nb\t" NONE "\t7\t\n", 2, { "b", .weight = 7 }, "two lines" },
	{ "a\t" UUID "\t0\t", 1, { "a", .has_uuid = true, .weight = 0 }, "a weight of 0 is one" },
	{ "alpha\n", REFUSED, { "" }, "no uuid" },
	{ "alpha\t1234\n", REFUSED, { "" }, "no uuid either" },
	{ "\t" UUID "\t1\t\n", REFUSED, { "" }, "no name" },
	{ "al pha\t" UUID "\n", REFUSED, { "" }, "a blank in a name" },
	{ "alpha\t" UUID "\t-1\t\n", REFUSED, { "" }, "a weight below 0" },
	{ "alpha\t" UUID "\tx\t\n", REFUSED, { "" }, "a weight that is none" },
	{ "alpha\t" UUID "\t4294967296\t\n", REFUSED, { "" }, "a weight too large" },
	{ "alpha\t" UUID "\t1\ts\tmore\n", REFUSED, { "" }, "a field too many" },
	{ "alpha\t" UUID "\t1\t0123456789012345678901234567890123456789012345678901234567890123\n", REFUSED, { "" }, "a long site" },
	{ "a\t" UUID "\n\001\n", REFUSED, { "" }, "one broken line spoils all" },
};
/* clang-format on */

static void
test_lines(void)
{
	for (size_t i = 0; i < sizeof(cases_of_lines) / sizeof(cases_of_lines[0]); i++) {
		const struct conf_host *want = &cases_of_lines[i].last;
		const char *why = cases_of_lines[i].why;
		struct conf_host got[4] = { 0 };
		char text[256];
		ssize_t count;

		snprintf(text, sizeof(text), "%s", cases_of_lines[i].text);
		count = conf_hosts_parse(text, got, 4);
		CHECK_INT(count, cases_of_lines[i].count, "%s", why);
		if (count <= 0 || count != cases_of_lines[i].count)
			continue;
		CHECK_STR(got[count - 1].name, want->name, "%s", why);
		CHECK_STR(got[count - 1].site, want->site, "%s", why);
		CHECK_INT(got[count - 1].weight, want->weight, "%s", why);
		CHECK_INT(got[count - 1].has_uuid, want->has_uuid, "%s", why);
	}
}

static void
test_bounded(void)
{
	char text[] = "a\t" NONE "\nb\t" NONE "\nc\t" NONE "\n";
	struct conf_host got[3] = { 0 };

	CHECK_INT(conf_hosts_parse(text, got, 2), 2, "what has no room is left out");
	CHECK_STR(got[2].name, "", "and not written");
}

static const struct check_case cases[] = {
	{ "lines", test_lines },
	{ "bounded", test_bounded },
};
CHECK_MAIN("config_hostcache", cases)
