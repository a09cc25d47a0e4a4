/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha.cf(5) and the table of directives say the same: each directive has its entry, each
 * entry its directive, with default, range and an example that the parser takes; and the
 * sample that is shipped is free of errors.  Run in the root of the sources.
 */
#include "heartbeat/config/reader.h"
#include "tests/unit/config_help.h"

#include <stdlib.h>

static char page[65536];

static bool
file_read(const char *name, char *buf, size_t size)
{
	FILE *in = fopen(name, "r");
	size_t len;

	if (!in)
		return false;
	len = fread(buf, 1, size - 1, in);
	buf[len] = '\0';
	fclose(in);
	return len > 0 && len < size - 1;
}

/* The entry of a directive: from its .It to the next .It or .El; false when there is
 * none. */
static bool
entry_find(const char *name, char *entry, size_t size)
{
	const char *at = page;
	size_t len = strlen(name);

	while ((at = strstr(at, "\n.It Ic "))) {
		const char *end, *word = at + 8;

		at = word;
		if (strncmp(word, name, len) != 0 ||
		    (word[len] != ' ' && word[len] != '\n'))
			continue;
		for (end = strchr(word, '\n'); end; end = strchr(end + 1, '\n'))
			if (strncmp(end, "\n.It ", 5) == 0 ||
			    strncmp(end, "\n.El", 4) == 0)
				break;
		snprintf(entry, size, "%.*s", (int)((end ? end + 1 : word) - word), word);
		for (char *c = entry; *c; c++)
			*c = *c == '\n' ? ' ' : *c;
		return true;
	}
	return false;
}

static void
test_each_has_its_entry(void)
{
	char entry[4096], want[160];

	CHECK(file_read("man/ha.cf.5", page, sizeof(page)), "page");
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct directive *d = &conf_directives[i];

		CHECK(entry_find(d->name, entry, sizeof(entry)), "%s has no entry",
		    d->name);
		CHECK(strstr(entry, "Default:"), "%s: no default", d->name);
		if (d->initial) {
			snprintf(want, sizeof(want), "Default: %s.", d->initial);
			CHECK(strstr(entry, want), "%s: not '%s'", d->name, want);
		}
		snprintf(want, sizeof(want), ".Dl %s ", d->name);
		CHECK(strstr(entry, want), "%s: no example", d->name);
		CHECK(d->max == 0 || strstr(entry, "Range:"), "%s: no range", d->name);
		if (d->parse == parse_number) {
			snprintf(want, sizeof(want), "Range: %lld to %lld.",
			    (long long)d->min, (long long)d->max);
			CHECK(strstr(entry, want), "%s: not '%s'", d->name, want);
		}
		CHECK(!(d->flags & CONF_NEW) || strstr(entry, "New:"),
		    "%s: not said to be new", d->name);
		CHECK(!(d->flags & CONF_ONCE) || strstr(entry, "once"),
		    "%s: not said once", d->name);
		CHECK(!(d->flags & CONF_IDLE) || strstr(entry, "ithout effect"),
		    "%s: not said to be idle", d->name);
	}
}

/* In the order of the page the table need not be, but nothing may be there alone. */
static void
test_each_entry_is_a_directive(void)
{
	const char *at = page;
	size_t count = 0;

	CHECK(file_read("man/ha.cf.5", page, sizeof(page)), "page");
	while ((at = strstr(at, "\n.It Ic "))) {
		char name[64];

		at += 8;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " \n"), at);
		CHECK(directive_find(name), "%s is no directive", name);
		count++;
	}
	CHECK_INT(count, conf_directive_count, "entries");
}

static void
test_examples_are_taken(void)
{
	char entry[4096], line[256];

	CHECK(file_read("man/ha.cf.5", page, sizeof(page)), "page");
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct directive *d = &conf_directives[i];
		const char *example;
		struct parsed p;

		if (!entry_find(d->name, entry, sizeof(entry)))
			continue;
		example = strstr(entry, ".Dl ");
		if (!example)
			continue;
		snprintf(line, sizeof(line), "%s\n", example + 4);
		hacf_parse(&p, strcmp(d->name, "node") == 0 ? "bcast eth0\n" : BASE_HACF,
		    line);
		CHECK_INT(p.result, 0, "%s: %s", line,
		    p.problems.errors ? problem_first(&p.problems, CONF_ERROR)->text
		                      : "");
		hacf_free(&p);
	}
}

static void
test_samples(void)
{
	struct conf_options options = { .on_this_machine = false, .self = "alpha" };
	struct conf_problems problems;
	struct conf_groups groups;
	struct msg_keys keys;
	struct conf conf;

	conf_problems_init(&problems);
	CHECK(file_read("ha.d/samples/ha.cf", page, sizeof(page)), "ha.cf");
	conf_parse(page, strlen(page), "ha.cf", &options, &conf, &problems);
	CHECK(file_read("ha.d/samples/authkeys", page, sizeof(page)), "authkeys");
	conf_authkeys_parse(page, strlen(page), "authkeys", &keys, &problems);
	CHECK(file_read("ha.d/samples/haresources", page, sizeof(page)), "haresources");
	conf_haresources_parse(page, strlen(page), "haresources", &groups, &problems);
	CHECK_INT(problems.errors, 0, "%s",
	    problems.errors ? problem_first(&problems, CONF_ERROR)->text : "");
	conf_groups_free(&groups);
	conf_free(&conf);
	conf_problems_free(&problems);
}

/* Every commented directive of the sample, one after the other. */
static void
test_sample_comments(void)
{
	char *save = NULL, *line;

	CHECK(file_read("ha.d/samples/ha.cf", page, sizeof(page)), "ha.cf");
	for (line = strtok_r(page, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct parsed p;

		if (line[0] != '#' || line[1] == ' ' || line[1] == '\0')
			continue;
		hacf_parse(&p, BASE_HACF, line + 1);
		CHECK_INT(p.result, 0, "%s: %s", line,
		    p.problems.errors ? problem_first(&p.problems, CONF_ERROR)->text
		                      : "");
		hacf_free(&p);
	}
}

static const struct check_case cases[] = {
	{ "each has its entry", test_each_has_its_entry },
	{ "each entry is a directive", test_each_entry_is_a_directive },
	{ "examples are taken", test_examples_are_taken },
	{ "samples", test_samples },
	{ "sample comments", test_sample_comments },
};
CHECK_MAIN("config_man", cases)
