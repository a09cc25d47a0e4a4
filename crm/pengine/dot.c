/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan as a picture: what is done, and what is not and why not, for dot(1) (spec 11.5). */
#include "crm/pengine/private.h"

#include <stdlib.h>

static const char *
color_of(const struct action *a)
{
	return a->dumped                    ? "green"
	       : a->rsc && !a->rsc->managed ? "purple"
	       : a->optional                ? "blue"
	                                    : "red";
}

/* What nobody asked for is only shown with all the rest. */
static bool
is_shown(const struct action *a, bool all_actions)
{
	return all_actions || a->dumped || *color_of(a) == 'r';
}

/* P's short name of what is no resource's, or ends something. */
static const char *
name_p(struct arena *arena, const struct action *a)
{
	if (same(a->task, "stonith"))
		return arena_printf(arena, "stonith '%s'",
		    table_get(&a->meta, "stonith_action"));
	if (same(a->task, "do_shutdown"))
		return a->task;
	if (same(a->task, "cancel"))
		return arena_printf(arena, "Cancel %s", graph_node_key(arena, a));
	return graph_node_key(arena, a);
}

static void
put_name(const struct pe *pe, struct arena *arena, FILE *out, const struct action *a)
{
	const char *on = a->node ? a->node->uname : a->pseudo ? NULL : "<none>";

	if (pe->profile == PE_P && a->pseudo && a->node && !a->rsc)
		on = NULL;
	fprintf(out, "\"%s%s%s\"", pe->profile == PE_P ? name_p(arena, a) : a->key,
	    on ? " " : "", on ? on : "");
}

static int
by_first_id(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->other->id > y->other->id) - (x->other->id < y->other->id);
}

static bool
is_input(const struct action *a, const struct action *first)
{
	size_t low = 0, high = a->input_count; /* by id */

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (a->input[middle]->id < first->id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->input_count && a->input[low] == first;
}

/* Each pair once; dashed, if nobody waits for it. */
static void
put_links(const struct pe *pe, struct arena *arena, FILE *out, const struct action *a,
    bool all_actions)
{
	struct link *sorted = arena_alloc(arena, (a->before_count + 1) * sizeof(*sorted));
	int last = 0;

	if (!a->before_count)
		return;
	memcpy(sorted, a->before, a->before_count * sizeof(*sorted));
	qsort(sorted, a->before_count, sizeof(*sorted), by_first_id);
	for (size_t i = 0; i < a->before_count; i++) {
		const struct action *first = sorted[i].other;
		bool input = is_input(a, first);

		if (first->id == last || !is_shown(first, all_actions) ||
		    (!input && ((sorted[i].flags & HD) ||
		                   ((sorted[i].flags & FS) && a->pseudo))))
			continue;
		last = first->id;
		put_name(pe, arena, out, first);
		fputs(" -> ", out);
		put_name(pe, arena, out, a);
		fprintf(out, " [ style = %s]\n", input ? "bold" : "dashed");
	}
}

void
pe_write_dot(const struct pe *pe, FILE *out, bool all_actions)
{
	struct arena arena = { 0 };

	fputs(" digraph \"g\" {\n", out);
	for (size_t i = 0; i < pe->action_count; i++) {
		const struct action *a = pe->action[i];

		if (!is_shown(a, all_actions))
			continue;
		put_name(pe, &arena, out, a);
		fprintf(out, " [ style=%s color=\"%s\" fontcolor=\"%s\"  ]\n",
		    a->dumped ? "bold" : "dashed", color_of(a),
		    a->pseudo ? "orange" : "black");
	}
	for (size_t i = 0; i < pe->action_count; i++)
		if (is_shown(pe->action[i], all_actions))
			put_links(pe, &arena, out, pe->action[i], all_actions);
	fputs("}\n", out);
	arena_free(&arena);
}
