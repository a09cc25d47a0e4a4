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

/* Where the node calls the instance something else, a notice is named by what it tells of. */
static bool
has_notice_name(const struct action *a)
{
	return a->rsc && a->rsc->history_id &&
	       strcmp(a->rsc->history_id, a->rsc->id) != 0 &&
	       table_get(&a->meta, "notify_key_type");
}

static const char *
notice_name(struct arena *arena, const struct action *a)
{
	return arena_printf(arena, "%s_%s_notify_%s_0", a->rsc->history_id,
	    (const char *)table_get(&a->meta, "notify_key_type"),
	    (const char *)table_get(&a->meta, "notify_key_operation"));
}

/* P's short name of what is no resource's, or ends something. */
static const char *
name_p(struct arena *arena, const struct action *a)
{
	if (same(a->task, "stonith"))
		return arena_printf(arena, "stonith '%s'",
		    table_get(&a->meta, "stonith_action"));
	if (same(a->task, "do_shutdown") || same(a->task, "probe_again"))
		return a->task;
	if (same(a->task, "cancel"))
		return arena_printf(arena, "Cancel %s", graph_node_key(arena, a));
	return has_notice_name(a) ? notice_name(arena, a) : graph_node_key(arena, a);
}

static void
put_name(const struct pe *pe, struct arena *arena, FILE *out, const struct action *a)
{
	const char *on = a->node ? a->node->uname : a->pseudo ? NULL : "<none>";

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
		    (!input && ((sorted[i].flags & (HD | LD)) ||
		                   ((sorted[i].flags & FS) && a->pseudo))))
			continue;
		last = first->id;
		put_name(pe, arena, out, first);
		fputs(" -> ", out);
		put_name(pe, arena, out, a);
		fprintf(out, " [ style = %s]\n", input ? "bold" : "dashed");
	}
}

/* P begins with the youngest. */
static const struct action *
action_at(const struct pe *pe, size_t i)
{
	return pe->action[pe->profile == PE_P ? pe->action_count - 1 - i : i];
}

void
pe_write_dot(const struct pe *pe, FILE *out, bool all_actions)
{
	struct arena arena = { 0 };

	fputs(" digraph \"g\" {\n", out);
	for (size_t i = 0; i < pe->action_count; i++) {
		const struct action *a = action_at(pe, i);

		if (!is_shown(a, all_actions))
			continue;
		put_name(pe, &arena, out, a);
		fprintf(out, " [ style=%s color=\"%s\" fontcolor=\"%s\"%s]\n",
		    a->dumped ? "bold" : "dashed", color_of(a),
		    a->pseudo ? "orange" : "black", pe->profile == PE_P ? "" : "  ");
	}
	for (size_t i = 0; i < pe->action_count; i++)
		if (is_shown(action_at(pe, i), all_actions))
			put_links(pe, &arena, out, action_at(pe, i), all_actions);
	fputs("}\n", out);
	arena_free(&arena);
}
