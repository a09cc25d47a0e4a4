/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings of JSON: valid whatever stands in a name, a log line or an answer. */
#include "lib/json.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

static void
test_strings(void)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "", "\"\"" },
		{ "node1", "\"node1\"" },
		{ "a \"b\" \\", "\"a \\\"b\\\" \\\\\"" },
		{ "a\tb\n\x7f", "\"a\\u0009b\\u000a\\u007f\"" },
		{ "M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80",
		    "\"M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80\"" },
		{ "M\xfcnchen", "\"M?nchen\"" },
		{ "cut \xe2\x82", "\"cut ??\"" },
		{ "long form \xc0\xaf \xe0\x80\xaf", "\"long form ?? ???\"" },
		{ "surrogate \xed\xa0\x80", "\"surrogate ???\"" },
		{ "beyond \xf4\x90\x80\x80", "\"beyond ????\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		CHECK(out != NULL, "memory");
		json_string(rows[i].text, out);
		fclose(out);
		CHECK(strcmp(text, rows[i].json) == 0, "%s: %s", rows[i].json, text);
		free(text);
	}
}

static const struct check_case cases[] = {
	{ "strings", test_strings },
};
CHECK_MAIN("json", cases)
