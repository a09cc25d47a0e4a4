/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph as text (spec 11.2, 12.13).  Both profiles write the same elements; they differ in how far
 * lines are set in, in what stands in an action, and in the order of its attributes: H has them as they came, P by name.
 */
#include "crm/pengine/private.h"

#include <ctype.h>
#include <stdlib.h>

struct writer {
	struct pe
	    *pe; /* reading parameters takes memory of it, and changes nothing else */
	FILE *out;
	struct arena arena; /* of one synapse */
	bool in_p;
};

/* Begins a line that stands DEPTH elements deep. */
static void
put_line(struct writer *w, int depth, const char *text)
{
	static const char blanks[] = "                ";

	fwrite_unlocked(blanks, 1, (size_t)(2 * depth + !w->in_p), w->out);
	fputs_unlocked(text, w->out);
}

static const char *
escaped(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\n':
		return "&#10;";
	case '\t':
		return "&#9;";
	default:
		return "&#13;";
	}
}

/* Most of a graph's text goes through here: nothing is formatted, and nobody else writes to OUT. */
static void
put_value(FILE *out, const char *name, const char *value)
{
	fputc_unlocked(' ', out);
	fputs_unlocked(name, out);
	fputs_unlocked("=\"", out);
	for (;;) {
		size_t plain = strcspn(value, "<>&\"\n\t\r");

		fwrite_unlocked(value, 1, plain, out);
		value += plain;
		if (!*value)
			break;
		fputs_unlocked(escaped(*value++), out);
	}
	fputc_unlocked('"', out);
}

/* The head of an action. */

static const char *
tag_of(const struct action *a)
{
	if (a->pseudo)
		return "pseudo_event";
	return graph_is_event(a) ? "crm_event" : "rsc_op";
}

static bool
has_node_key(const struct action *a)
{
	const char *history = a->rsc ? a->rsc->history_id : NULL;

	return history && strcmp(history, a->rsc->id) != 0 &&
	       (!a->pseudo || a->implied_by_fencing) &&
	       strncasecmp(a->key, a->rsc->id, strlen(a->rsc->id)) == 0;
}

const char *
graph_node_key(struct arena *arena, const struct action *a)
{
	if (!has_node_key(a) || strcmp(a->rsc->history_id, a->rsc->id) == 0)
		return a->key;
	const char *rest = a->key + strlen(a->rsc->id);

	/* An obituary is of a stop, whatever stopped it. */
	if (a->pseudo && same(a->task, "notify"))
		rest = "_post_notify_stop_0";
	else if (a->pseudo && same(a->task, "notified"))
		rest = "_notified_0";
	return arena_printf(arena, "%s%s", a->rsc->history_id, rest);
}

static void
put_head(struct writer *w, const struct action *a)
{
	fprintf(w->out, "<%s", tag_of(a));
	/* Nobody on the node is asked: its history is only dropped from the document. */
	if (w->in_p && same(a->task, "lrm_delete"))
		put_value(w->out, "mode", "cib");
	fprintf(w->out, " id=\"%d\"", a->id);
	put_value(w->out, "operation", a->task);
	put_value(w->out, "operation_key", graph_node_key(&w->arena, a));
	if (has_node_key(a) && !(w->in_p && strcmp(a->rsc->history_id, a->rsc->id) == 0))
		put_value(w->out, "internal_operation_key", a->key);
	if (!a->pseudo && a->node) {
		put_value(w->out, "on_node", a->node->uname);
		put_value(w->out, "on_node_uuid", a->node->id);
	}
}

/* What is inside. */

/* Of an anonymous instance P names what was cloned, and beside it what the node calls the instance; an instance too many
 * is known by its record only. */
static void
primitive_names_p(struct writer *w, const struct rsc *rsc, const char **id,
    const char **long_id)
{
	*id = rsc->id;
	*long_id = NULL;
	if (!clone_of(rsc) || rsc->unique)
		return;
	*id = name_without_number(w->pe, rsc->id);
	*long_id = rsc->id;
	if (rsc->orphan && rsc->history_id)
		*id = rsc->history_id;
	else if (rsc->history_id && strcmp(rsc->history_id, *id) != 0)
		*long_id = rsc->history_id;
}

static void
put_primitive(struct writer *w, const struct rsc *rsc)
{
	const char *id = rsc->history_id ? rsc->history_id : rsc->id;
	const char *long_id = rsc->history_id ? rsc->id : rsc->long_id;

	if (w->in_p)
		primitive_names_p(w, rsc, &id, &long_id);
	put_line(w, 4, "<primitive");
	put_value(w->out, "id", id);
	if (long_id)
		put_value(w->out, "long-id", long_id);
	if (rsc->class)
		put_value(w->out, "class", rsc->class);
	if (rsc->provider)
		put_value(w->out, "provider", rsc->provider);
	if (rsc->type)
		put_value(w->out, "type", rsc->type);
	fputs("/>\n", w->out);
}

static void
attributes_h(const struct action *a, struct table *into)
{
	static const char *const of_rsc[] = { "globally_unique", "clone", "clone_max",
		"clone_node_max", "master_max", "master_node_max" };

	table_set(into, "crm_feature_set", "2.0");
	table_merge(into, &a->extra);
	if (a->rsc && !same(a->task, "stop"))
		table_merge(into, &a->rsc->params);
	TABLE_EACH (&a->meta, e)
		table_add(into, arena_printf(into->arena, "CRM_meta_%s", e->name),
		    e->value);
	for (size_t i = 0; a->rsc && i < sizeof(of_rsc) / sizeof(of_rsc[0]); i++) {
		const char *value = table_get(&a->rsc->meta, of_rsc[i]);

		if (value)
			table_add(into,
			    arena_printf(into->arena, "CRM_meta_%s", of_rsc[i]), value);
	}
}

void
graph_attributes(const struct pe *pe, const struct action *a, struct table *into)
{
	if (pe->profile == PE_P)
		attributes_p((struct pe *)(uintptr_t)pe, a, into);
	else
		attributes_h(a, into);
}

static int
by_name(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* In the order in which they are written. */
static struct table_entry *
sorted(struct writer *w, const struct table *all, size_t *count)
{
	struct table_entry *list =
	    arena_alloc(&w->arena, (all->entry_count + 1) * sizeof(*list));

	*count = 0;
	TABLE_EACH (all, e)
		list[(*count)++] = *e;
	if (w->in_p)
		qsort(list, *count, sizeof(*list), by_name);
	return list;
}

/* Parameters of scripts are called "1", "2": no names of attributes.  P has them as elements, H all the same as
 * attributes: its readers take that, and nothing else. */
static void
put_attributes(struct writer *w, const struct action *a)
{
	struct table all;
	size_t count, params = 0;

	table_init(&all, &w->arena);
	graph_attributes(w->pe, a, &all);
	put_line(w, 4, "<attributes");
	const struct table_entry *list = sorted(w, &all, &count);

	for (size_t i = 0; i < count; i++) {
		bool param = w->in_p && isdigit((unsigned char)*list[i].name);

		params += param;
		if (!param)
			put_value(w->out, list[i].name, list[i].value);
	}
	fputs(params ? ">\n" : "/>\n", w->out);
	if (!params)
		return;
	for (size_t i = 0; i < count; i++)
		if (isdigit((unsigned char)*list[i].name)) {
			put_line(w, 5, "<param");
			put_value(w->out, "name", list[i].name);
			put_value(w->out, "value", list[i].value);
			fputs("/>\n", w->out);
		}
	put_line(w, 4, "</attributes>\n");
}

/* Who is gone after it, and must not be missed. */
static void
put_downed(struct writer *w, const struct action *a)
{
	put_line(w, 4, "<downed>\n");
	put_line(w, 5, "<node");
	put_value(w->out, "id", a->node->id);
	fputs("/>\n", w->out);
	put_line(w, 4, "</downed>\n");
}

/* What stops because its node goes down is kept for it: whatever is done there is recorded with the time of that. */
static bool
is_locking(const struct writer *w, const struct action *a)
{
	return w->in_p && w->pe->opt.shutdown_lock && !a->pseudo && a->rsc && a->node &&
	       a->rsc->lock_node == a->node && a->rsc->lock_time != 0;
}

static void
put_action(struct writer *w, const struct action *a)
{
	put_line(w, 3, "");
	put_head(w, a);
	if (is_locking(w, a))
		fprintf(w->out, " shutdown-lock=\"%lld\"", (long long)a->rsc->lock_time);
	fputs(">\n", w->out);
	if (a->rsc && !a->pseudo)
		put_primitive(w, a->rsc);
	put_attributes(w, a);
	if (w->in_p && is_end_of_node(a))
		put_downed(w, a);
	put_line(w, 3, "");
	fprintf(w->out, "</%s>\n", tag_of(a));
}

static void
put_inputs(struct writer *w, const struct action *a)
{
	if (a->input_count == 0) {
		put_line(w, 2, "<inputs/>\n");
		return;
	}
	put_line(w, 2, "<inputs>\n");
	for (size_t i = 0; i < a->input_count; i++) {
		put_line(w, 3, "<trigger>\n");
		put_line(w, 4, "");
		put_head(w, a->input[i]);
		fputs("/>\n", w->out);
		put_line(w, 3, "</trigger>\n");
	}
	put_line(w, 2, "</inputs>\n");
}

static void
put_synapse(struct writer *w, const struct action *a, size_t number)
{
	int priority = a->priority;

	if (a->rsc && a->rsc->priority > priority)
		priority = a->rsc->priority;
	put_line(w, 1, "");
	fprintf(w->out, "<synapse id=\"%zu\"", number);
	if (priority > 0)
		fprintf(w->out, " priority=\"%d\"", priority);
	fputs(">\n", w->out);
	put_line(w, 2, "<action_set>\n");
	put_action(w, a);
	put_line(w, 2, "</action_set>\n");
	put_inputs(w, a);
	put_line(w, 1, "</synapse>\n");
}

static void
put_graph_head(struct writer *w)
{
	const struct options *o = &w->pe->opt;

	put_line(w, 0, "<transition_graph");
	put_value(w->out, "cluster-delay", o->cluster_delay);
	if (w->in_p) {
		put_value(w->out, "stonith-timeout", o->stonith_timeout);
		put_value(w->out, "failed-stop-offset", "INFINITY");
		put_value(w->out, "failed-start-offset",
		    o->start_failure_fatal ? "INFINITY" : "1");
	}
	put_value(w->out, "batch-limit", o->batch_limit);
	fprintf(w->out, " transition_id=\"%d\"", w->pe->transition_id);
	if (w->pe->recheck_by)
		fprintf(w->out, " recheck-by=\"%lld\"", (long long)w->pe->recheck_by);
	if (w->in_p && o->migration_limit)
		put_value(w->out, "migration-limit", o->migration_limit);
}

void
pe_write_graph(const struct pe *pe, FILE *out)
{
	struct writer w = { .pe = (struct pe *)(uintptr_t)pe,
		.out = out,
		.in_p = pe->profile == PE_P };

	put_graph_head(&w);
	fputs(pe->written_count ? ">\n" : "/>\n", out);
	for (size_t i = 0; i < pe->written_count; i++) {
		put_synapse(&w, pe->written[i], i);
		arena_free(&w.arena);
		w.arena = (struct arena){ 0 };
	}
	if (pe->written_count)
		put_line(&w, 0, "</transition_graph>\n");
}
