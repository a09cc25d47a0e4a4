/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See world.h. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_RESOURCE_MAX 8

/* The file. */

static char *
copy(const char *text, size_t len)
{
	char *p = strndup(text, len);

	assert(p);
	return p;
}

/* "script::arg::arg" */
static void
resource_parse(struct conf_resource *r, const char *word, size_t len)
{
	const char *p = word, *end = word + len;

	r->word = copy(word, len);
	for (size_t part = 0; p <= end; part++) {
		const char *stop = p;

		while (
		    stop < end && !(stop + 1 < end && stop[0] == ':' && stop[1] == ':'))
			stop++;
		if (part == 0)
			r->script = copy(p, (size_t)(stop - p));
		else
			r->arg[r->arg_count++] = copy(p, (size_t)(stop - p));
		assert(r->arg_count < CONF_ARG_MAX);
		p = stop + 2;
	}
}

static void
resource_name(struct world_resource *to, const struct conf_resource *r)
{
	int name = snprintf(to->name, sizeof(to->name), "%s", r->script);
	int line = snprintf(to->line, sizeof(to->line), "%s", r->script);

	for (size_t i = 0; i < r->arg_count; i++) {
		name += snprintf(to->name + name, sizeof(to->name) - (size_t)name, ":%s",
		    r->arg[i]);
		line += snprintf(to->line + line, sizeof(to->line) - (size_t)line, " %s",
		    r->arg[i]);
		assert(
		    (size_t)name < sizeof(to->name) && (size_t)line < sizeof(to->line));
	}
	to->word = r->word;
	to->script = r->script;
}

static void
group_add(struct world *w, const char *line, size_t len)
{
	struct conf_group *g = &w->groups.group[w->groups.count];
	size_t at = 0;

	g->resource = calloc(GROUP_RESOURCE_MAX, sizeof(*g->resource));
	assert(g->resource && w->groups.count < WORLD_GROUP_MAX);
	for (size_t word = 0; at < len; word++) {
		size_t n = strcspn(line + at, " \t\n");

		if (word == 0) {
			g->node = copy(line, n);
		} else {
			struct conf_resource *r = &g->resource[g->resource_count++];

			assert(g->resource_count <= GROUP_RESOURCE_MAX);
			assert(w->resource_count < WORLD_RESOURCE_MAX);
			resource_parse(r, line + at, n);
			resource_name(&w->resource[w->resource_count], r);
			w->resource[w->resource_count++].group = w->groups.count;
		}
		at += n;
		at += strspn(line + at, " \t");
	}
	assert(g->resource_count > 0);
	g->key = copy(g->resource[0].word, strlen(g->resource[0].word));
	w->groups.count++;
}

void
world_init(struct world *w, size_t node_count, const char *haresources)
{
	assert(node_count <= WORLD_NODE_MAX);
	*w = (struct world){ .node_count = node_count };
	w->groups.group = calloc(WORLD_GROUP_MAX, sizeof(*w->groups.group));
	assert(w->groups.group);
	for (const char *p = haresources; *p;) {
		size_t len = strcspn(p, "\n");

		if (len > 0)
			group_add(w, p, len);
		p += len;
		p += *p == '\n';
	}
}

void
world_clear(struct world *w)
{
	for (size_t i = 0; i < w->groups.count; i++) {
		struct conf_group *g = &w->groups.group[i];

		for (size_t k = 0; k < g->resource_count; k++) {
			struct conf_resource *r = &g->resource[k];

			free((void *)(uintptr_t)r->word);
			free((void *)(uintptr_t)r->script);
			for (size_t a = 0; a < r->arg_count; a++)
				free((void *)(uintptr_t)r->arg[a]);
		}
		free(g->resource);
		free((void *)(uintptr_t)g->node);
		free((void *)(uintptr_t)g->key);
	}
	free(w->groups.group);
	*w = (struct world){ 0 };
}

/* Scripts. */

void
world_begin(struct world *w, size_t node, const struct conf_resource *resource,
    enum rsc_op op, struct world_run *run)
{
	*run = (struct world_run){ .node = node,
		.resource = world_find(w, resource->word),
		.op = op,
		.machine_life = w->machine_life[node] };
	assert(run->resource < w->resource_count);
	if (w->plan)
		run->plan = w->plan(w->data, node, run->resource, op);
	if (op == RSC_START)
		w->place[node][run->resource].touched = true;
	if (w->seen)
		w->seen(w->data, run, false);
}

int
world_end(struct world *w, const struct world_run *run, const char **output)
{
	struct world_place *p = &w->place[run->node][run->resource];

	*output = "";
	assert(run->machine_life == w->machine_life[run->node]);
	if (run->op == RSC_STATUS) {
		*output = p->on ? "running\n" : "stopped\n";
		p->touched = p->on; /* whatever a failed start left behind, it is gone */
	}
	if ((run->op == RSC_START || run->op == RSC_STOP) &&
	    (run->plan.code == 0 || run->plan.anyway))
		p->on = p->touched = run->op == RSC_START;
	if (w->seen)
		w->seen(w->data, run, true);
	return run->plan.code;
}

void
world_abort(struct world *w, const struct world_run *run)
{
	struct world_run ended = *run;

	ended.plan.code = -1;
	if (w->seen)
		w->seen(w->data, &ended, true);
}

void
world_reset(struct world *w, size_t node)
{
	for (size_t i = 0; i < w->resource_count; i++)
		w->place[node][i] = (struct world_place){ 0 };
	w->machine_life[node]++;
}

/* Questions. */

size_t
world_find(const struct world *w, const char *word)
{
	for (size_t i = 0; i < w->resource_count; i++)
		if (strcmp(w->resource[i].word, word) == 0)
			return i;
	return WORLD_RESOURCE_MAX;
}

bool
world_touches(const struct world *w, size_t node, size_t group)
{
	for (size_t i = 0; i < w->resource_count; i++)
		if (w->resource[i].group == group && w->place[node][i].touched)
			return true;
	return false;
}

bool
world_runs(const struct world *w, size_t node, size_t group)
{
	for (size_t i = 0; i < w->resource_count; i++)
		if (w->resource[i].group == group && !w->place[node][i].on)
			return false;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
world_held(const struct world *w, size_t node, char *buf, size_t size)
{
	const char *name[WORLD_RESOURCE_MAX];
	size_t used = 0, count = 0;

	snprintf(buf, size, "-");
	for (size_t i = 0; i < w->resource_count; i++)
		if (w->place[node][i].on)
			name[count++] = w->resource[i].name;
	qsort(name, count, sizeof(name[0]), by_name);
	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? "," : "",
		    name[i]);
		assert(used < size);
	}
}
