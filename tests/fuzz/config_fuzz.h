/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzers of the configuration share.
 */
#ifndef TESTS_FUZZ_CONFIG_FUZZ_H
#define TESTS_FUZZ_CONFIG_FUZZ_H

#include "heartbeat/config/config.h"
#include "tests/fuzz/fuzz.h"

static inline void
fuzz_line_check(void *data, int priority, const char *line)
{
	(void)data;
	FUZZ_MUST(priority >= 0 && priority <= 7);
	for (; *line; line++)
		FUZZ_MUST((unsigned char)*line >= ' ' && *line != 0x7f);
}

/* Places are sane, texts are one printable line each, the counts are true. */
static inline void
fuzz_problems_check(const struct conf_problems *problems)
{
	size_t errors = 0;

	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->list[i];

		FUZZ_MUST(p->text && *p->text && p->file);
		FUZZ_MUST(p->line >= 0 && p->column >= 0);
		fuzz_line_check(NULL, 0, p->text);
		errors += p->severity == CONF_ERROR;
	}
	FUZZ_MUST(errors <= problems->errors);
	FUZZ_MUST(
	    problems->count < CONF_PROBLEMS_MAX ? errors == problems->errors : true);
	conf_problems_log(problems, fuzz_line_check, NULL);
}

#endif
