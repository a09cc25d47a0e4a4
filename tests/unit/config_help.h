/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of heartbeat/config: text in memory into a struct, and what was said
 * about it.
 */
#ifndef TESTS_UNIT_CONFIG_HELP_H
#define TESTS_UNIT_CONFIG_HELP_H

#include "heartbeat/config/config.h"
#include "tests/unit/check.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct parsed {
	struct conf conf;
	struct conf_problems problems;
	int result;
};

/* BASE_HACF and TEXT as ha.cf of node alpha, without a look at this machine. */
#define BASE_HACF "bcast eth0\nnode alpha bravo\nauto_failback on\nlogfacility local0\n"
#define BASE_HACF_LINES 4

static inline void
hacf_parse(struct parsed *p, const char *base, const char *text)
{
	static const struct conf_options options = { .on_this_machine = false,
		.self = "Alpha" };
	char file[65536];

	snprintf(file, sizeof(file), "%s%s", base, text);
	conf_problems_init(&p->problems);
	p->result = conf_parse(file, strlen(file), "/etc/ha.d/ha.cf", &options, &p->conf,
	    &p->problems);
}

static inline void
hacf_free(struct parsed *p)
{
	conf_free(&p->conf);
	conf_problems_free(&p->problems);
}

/* The first problem of that severity, or NULL. */
static inline const struct conf_problem *
problem_first(const struct conf_problems *problems, enum conf_severity severity)
{
	for (size_t i = 0; i < problems->count; i++)
		if (problems->list[i].severity == severity)
			return &problems->list[i];
	return NULL;
}

/* A problem whose text contains PART, or NULL. */
static inline const struct conf_problem *
problem_find(const struct conf_problems *problems, const char *part)
{
	for (size_t i = 0; i < problems->count; i++)
		if (strstr(problems->list[i].text, part))
			return &problems->list[i];
	return NULL;
}

#endif
