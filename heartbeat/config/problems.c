/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of problems, and how the daemon logs it.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define PROBLEM_TEXT_MAX 600 /* bytes of one text; longer ones are cut */

static const int priorities[] = {
	[CONF_ERROR] = LOG_ERR,
	[CONF_WARNING] = LOG_WARNING,
	[CONF_NOTE] = LOG_INFO,
};

void
conf_problems_init(struct conf_problems *problems)
{
	*problems = (struct conf_problems){ .memory = arena_new() };
}

void
conf_problems_free(struct conf_problems *problems)
{
	arena_free(problems->memory);
	*problems = (struct conf_problems){ 0 };
}

/* What stands in a file may end up in a terminal or a log: one line, no control
 * characters. */
static void
make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = *text == '\t' ? ' ' : '?';
}

static void
problem_append(struct conf_problems *problems, enum conf_severity severity,
    struct place place, const struct legacy *legacy, const char *text)
{
	struct conf_problem *problem;

	problems->errors += severity == CONF_ERROR;
	problems->warnings += severity == CONF_WARNING;
	if (problems->count >= CONF_PROBLEMS_MAX)
		return;
	problems->list = arena_grow(problems->memory, problems->list, problems->count,
	    sizeof(*problems->list));
	problem = &problems->list[problems->count++];
	*problem = (struct conf_problem){
		.severity = severity,
		.file = arena_str(problems->memory, place.file),
		.line = place.line,
		.column = place.column,
		.text = arena_str(problems->memory, text),
	};
	if (!legacy || !legacy->text)
		return;
	problem->legacy = arena_str(problems->memory, legacy->text);
	problem->legacy_priority = legacy->priority;
	if (legacy->info)
		problem->legacy_info = arena_str(problems->memory, legacy->info);
}

static void
problem_format(struct conf_problems *problems, enum conf_severity severity,
    struct place place, const struct legacy *legacy, const char *format, va_list ap)
{
	char text[PROBLEM_TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	make_printable(text);
	problem_append(problems, severity, place, legacy, text);
}

void
problem_add(struct conf_problems *problems, enum conf_severity severity,
    struct place place, const struct legacy *legacy, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	problem_format(problems, severity, place, legacy, format, ap);
	va_end(ap);
}

/* ---- In a line of ha.cf. ----------------------------------------------------- */

static void
complain(struct conf_reader *r, enum conf_severity severity, int column,
    const char *legacy, const char *format, va_list ap)
{
	problem_format(r->problems, severity, (struct place){ r->file, r->line, column },
	    &(struct legacy){ priorities[severity], legacy, NULL }, format, ap);
}

int
refuse(struct conf_reader *r, int column, const char *legacy, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(r, CONF_ERROR, column, legacy, format, ap);
	va_end(ap);
	return -EINVAL;
}

void
warn(struct conf_reader *r, int column, const char *legacy, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(r, CONF_WARNING, column, legacy, format, ap);
	va_end(ap);
}

void
note(struct conf_reader *r, int column, const char *legacy, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(r, CONF_NOTE, column, legacy, format, ap);
	va_end(ap);
}

int
refuse_here(struct conf_reader *r, int column, const char *legacy, const char *format,
    ...)
{
	bool here = r->options.on_this_machine;
	va_list ap;

	va_start(ap, format);
	complain(r, here ? CONF_ERROR : CONF_NOTE, column, legacy, format, ap);
	va_end(ap);
	return here ? -EINVAL : 0;
}

const char *
old(struct conf_reader *r, const char *format, ...)
{
	char text[PROBLEM_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return arena_str(r->problems->memory, text);
}

/* ---- Logging. ---------------------------------------------------------------- */

struct log_target {
	void (*log)(void *data, int priority, const char *line);
	void *data;
};

static void
log_lines(const struct log_target *to, int priority, const char *lines)
{
	char line[PROBLEM_TEXT_MAX];

	while (lines && *lines) {
		size_t len = strcspn(lines, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)len, lines);
		make_printable(line);
		to->log(to->data, priority, line);
		lines += len + (lines[len] == '\n');
	}
}

static void
log_text(const struct log_target *to, const struct conf_problem *p)
{
	char line[PROBLEM_TEXT_MAX + 300];

	if (p->line > 0)
		snprintf(line, sizeof(line), "%s:%d:%d: %s", p->file, p->line, p->column,
		    p->text);
	else
		snprintf(line, sizeof(line), "%s: %s", p->file, p->text);
	to->log(to->data, priorities[p->severity], line);
}

void
conf_problems_log(const struct conf_problems *problems,
    void (*log)(void *data, int priority, const char *line), void *data)
{
	struct log_target to = { log, data };
	size_t stored_errors = 0;

	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *p = &problems->list[i];

		stored_errors += p->severity == CONF_ERROR;
		log_lines(&to, p->legacy_priority, p->legacy);
		log_lines(&to, LOG_INFO, p->legacy_info);
		/* Notes are for those who ask; what the old daemon noted is said by its
		 * words. */
		if (p->severity != CONF_NOTE)
			log_text(&to, p);
	}
	if (problems->errors > stored_errors) {
		char line[80];

		snprintf(line, sizeof(line),
		    "%zu more errors in the configuration are not shown",
		    problems->errors - stored_errors);
		log(data, LOG_ERR, line);
	}
	log_lines(&to, LOG_ERR, problems->closing);
}
