/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline of a simulation: the last lines in a ring. */
#include "tests/sim/sim_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX 200000
#define LINE_SIZE 240

struct sim_trace {
	char (*line)[LINE_SIZE];
	size_t count;
};

struct sim_trace *
sim_trace_new(void)
{
	struct sim_trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		abort();
	trace->line = malloc(LINES_MAX * LINE_SIZE);
	if (!trace->line)
		abort();
	return trace;
}

void
sim_trace_free(struct sim_trace *trace)
{
	if (!trace)
		return;
	free(trace->line);
	free(trace);
}

bool
sim_is_traced(const struct sim *sim)
{
	return sim->trace;
}

void
sim_note(struct sim *sim, const struct sim_node *node, const char *format, ...)
{
	char *line;
	va_list args;
	int n;

	if (!sim->trace)
		return;
	line = sim->trace->line[sim->trace->count++ % LINES_MAX];
	n = snprintf(line, LINE_SIZE, "[%10.4f] %-8s ", (double)sim->now / 1e9,
	    node ? node->name : "-");
	va_start(args, format);
	vsnprintf(line + n, (size_t)(LINE_SIZE - n), format, args);
	va_end(args);
}

void
sim_print_trace(const struct sim *sim, int fd)
{
	const struct sim_trace *trace = sim->trace;
	size_t i = trace && trace->count > LINES_MAX ? trace->count - LINES_MAX : 0;

	for (; trace && i < trace->count; i++)
		dprintf(fd, "%s\n", trace->line[i % LINES_MAX]);
}
