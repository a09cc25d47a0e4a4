/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which actions the graph has, and the graph as text (spec 11). */
#include "crm/pengine/private.h"

#include <ctype.h>
#include <stdlib.h>

/* Selecting. */

/* Not an operation on a resource: the cluster's own business. */
static bool
is_event(const struct action *a)
{
	static const char *const tasks[] = { "stonith", "do_shutdown", "lrm_refresh",
		"clear_failcount", "lrm_delete" };

	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
		if (same(a->task, tasks[i]))
			return true;
	return false;
}

static bool
is_always_sent(const struct action *a)
{
	return a->pseudo || (is_event(a) && !same(a->task, "lrm_refresh"));
}

static bool
is_written_h(const struct action *a)
{
	return !a->optional && a->runnable && (!a->rsc || a->rsc->managed || is_probe(a));
}

static bool
is_written_p(const struct action *a)
{
	return (!a->optional || a->print_always) && a->runnable &&
	       (!a->rsc || a->rsc->managed || is_probe(a) || is_recurring(a));
}

static bool
is_written(struct pe *pe, const struct action *a)
{
	if (a->dumped || !(pe->profile == PE_P ? is_written_p(a) : is_written_h(a)))
		return false;
	if (is_always_sent(a))
		return true;
	if (!a->node || !a->node->online) {
		pe_say(pe, PE_ERROR, false,
		    "Action %s was scheduled for %s: not possible", a->key,
		    a->node ? "an offline node" : "no node");
		return false;
	}
	return true;
}

static void
take(struct pe *pe, struct action *a)
{
	if (!is_written(pe, a))
		return;
	a->dumped = true;
	ARENA_PUSH(&pe->arena, pe, written, a);
}

/* P writes a resource's youngest action first: whoever carries the graph out in its order, pass by
 * pass, starts a resource a pass after it was stopped. */
static void
take_own(struct pe *pe, const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->action_count; i++)
		take(pe,
		    rsc->action[pe->profile == PE_P ? rsc->action_count - 1 - i : i]);
}

static void
take_resource(struct pe *pe, struct rsc *rsc)
{
	bool clone = rsc->variant == CLONE || rsc->variant == MASTER;
	/* A clone's own come after its instances': in H only if it notifies. */
	bool last = clone && (rsc->notify || pe->profile == PE_P);

	if (clone && rsc->notify)
		notify_expand(pe, rsc);
	if (!last)
		take_own(pe, rsc);
	for (size_t i = 0; i < rsc->child_count; i++)
		take_resource(pe, rsc->child[i]);
	if (last)
		take_own(pe, rsc);
}

static int
by_first_id(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->other->id > y->other->id) - (x->other->id < y->other->id);
}

static bool
input_counts_h(const struct action *action, const struct link *input)
{
	const struct action *first = input->other;

	if (first->optional)
		return false;
	if (input->flags == OO && !first->runnable && !first->pseudo)
		return false;
	if ((input->flags & FS) && action->pseudo)
		return false;
	return first->dumped;
}

/* Whether both are about the same node. */
static bool
is_near(const struct action *first, const struct action *action, unsigned flags)
{
	const struct node *node = action->node;

	if ((flags & LD) && same(action->task, "migrate_to"))
		node = action->rsc->assigned;
	return !first->node || !node || first->node == node;
}

static bool
input_counts_p(const struct action *action, const struct link *input)
{
	const struct action *first = input->other;

	if ((input->flags & HD) || !first->dumped || first == action)
		return false;
	/* Who migrates does not leave: nobody waits for that without need. */
	if (input->flags == OO && same(first->task, "stop") && first->migratable &&
	    first->rsc != action->rsc)
		return false;
	return !(input->flags & (AC | SN | LD)) || is_near(first, action, input->flags);
}

static void
inputs_select(struct pe *pe, struct action *a)
{
	int last = 0;

	if (a->before_count)
		qsort(a->before, a->before_count, sizeof(*a->before), by_first_id);
	for (size_t i = 0; i < a->before_count; i++) {
		if (a->before[i].other->id == last ||
		    !(pe->profile == PE_P ? input_counts_p(a, &a->before[i])
		                          : input_counts_h(a, &a->before[i])))
			continue;
		last = a->before[i].other->id;
		ARENA_PUSH(&pe->arena, a, input, a->before[i].other);
	}
}

void
graph_select(struct pe *pe)
{
	for (size_t i = 0; i < pe->rsc_count; i++)
		take_resource(pe, pe->rsc[i]);
	for (size_t i = 0; i < pe->action_count; i++)
		take(pe, pe->action[i]);
	for (size_t i = 0; i < pe->written_count; i++)
		inputs_select(pe, pe->written[i]);
	if (pe->profile == PE_P)
		rings_break_p(pe);
}

/* Writing. */

static void
put_value(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	for (; *value; value++)
		switch (*value) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\n':
			fputs("&#10;", out);
			break;
		case '\t':
			fputs("&#9;", out);
			break;
		case '\r':
			fputs("&#13;", out);
			break;
		default:
			fputc(*value, out);
		}
	fputc('"', out);
}

static const char *
tag_of(const struct action *a)
{
	if (a->pseudo)
		return "pseudo_event";
	if (is_event(a))
		return "crm_event";
	return "rsc_op";
}

static bool
has_node_key(const struct action *a)
{
	const char *history = a->rsc ? a->rsc->history_id : NULL;

	return history && (!a->pseudo || a->implied_by_fencing) &&
	       strncasecmp(a->key, a->rsc->id, strlen(a->rsc->id)) == 0;
}

const char *
graph_node_key(struct arena *arena, const struct action *a)
{
	if (!has_node_key(a))
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
put_head(struct arena *arena, FILE *out, const struct action *a)
{
	fprintf(out, "<%s id=\"%d\"", tag_of(a), a->id);
	put_value(out, "operation", a->task);
	put_value(out, "operation_key", graph_node_key(arena, a));
	if (has_node_key(a))
		put_value(out, "internal_operation_key", a->key);
	if (!a->pseudo && a->node) {
		put_value(out, "on_node", a->node->uname);
		put_value(out, "on_node_uuid", a->node->id);
	}
}

static void
put_primitive(FILE *out, const struct rsc *rsc)
{
	fputs("         <primitive", out);
	put_value(out, "id", rsc->history_id ? rsc->history_id : rsc->id);
	put_value(out, "long-id", rsc->history_id ? rsc->id : rsc->long_id);
	if (rsc->class)
		put_value(out, "class", rsc->class);
	if (rsc->provider)
		put_value(out, "provider", rsc->provider);
	if (rsc->type)
		put_value(out, "type", rsc->type);
	fputs("/>\n", out);
}

void
graph_attributes(const struct action *a, struct table *into)
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

/* Parameters of scripts are called "1", "2": no names of attributes. */
static bool
is_attribute_name(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_-.", *name))
			return false;
	return true;
}

/* "<attributes .../>"; what cannot stand in it follows as elements, as in P.  In H it stands in it all the same: its
 * readers take that, and nothing else. */
static void
put_attributes(FILE *out, const struct table *all, bool in_p)
{
	bool more = false;

	fputs("         <attributes", out);
	TABLE_EACH (all, e) {
		if (!in_p || is_attribute_name(e->name))
			put_value(out, e->name, e->value);
		else
			more = true;
	}
	fputs(more ? ">\n" : "/>\n", out);
	if (!more)
		return;
	TABLE_EACH (all, e) {
		if (is_attribute_name(e->name))
			continue;
		fputs("           <param", out);
		put_value(out, "name", e->name);
		put_value(out, "value", e->value);
		fputs("/>\n", out);
	}
	fputs("         </attributes>\n", out);
}

static void
put_action(struct arena *arena, FILE *out, const struct action *a, bool in_p)
{
	struct table all;

	table_init(&all, arena);
	graph_attributes(a, &all);
	fputs("       ", out);
	put_head(arena, out, a);
	fputs(">\n", out);
	if (a->rsc && !a->pseudo)
		put_primitive(out, a->rsc);
	put_attributes(out, &all, in_p);
	fprintf(out, "       </%s>\n", tag_of(a));
}

static void
put_inputs(struct arena *arena, FILE *out, const struct action *a)
{
	if (a->input_count == 0) {
		fputs("     <inputs/>\n", out);
		return;
	}
	fputs("     <inputs>\n", out);
	for (size_t i = 0; i < a->input_count; i++) {
		fputs("       <trigger>\n         ", out);
		put_head(arena, out, a->input[i]);
		fputs("/>\n       </trigger>\n", out);
	}
	fputs("     </inputs>\n", out);
}

static void
put_synapse(FILE *out, const struct action *a, size_t number, bool in_p)
{
	struct arena arena = { 0 };
	int priority = a->priority;

	if (a->rsc && a->rsc->priority > priority)
		priority = a->rsc->priority;
	fprintf(out, "   <synapse id=\"%zu\"", number);
	if (priority > 0)
		fprintf(out, " priority=\"%d\"", priority);
	fputs(">\n     <action_set>\n", out);
	put_action(&arena, out, a, in_p);
	fputs("     </action_set>\n", out);
	put_inputs(&arena, out, a);
	fputs("   </synapse>\n", out);
	arena_free(&arena);
}

void
pe_write_graph(const struct pe *pe, FILE *out)
{
	fputs(" <transition_graph", out);
	put_value(out, "cluster-delay", pe->opt.cluster_delay);
	put_value(out, "batch-limit", pe->opt.batch_limit);
	fprintf(out, " transition_id=\"%d\"%s>\n", pe->transition_id,
	    pe->written_count ? "" : "/");
	for (size_t i = 0; i < pe->written_count; i++)
		put_synapse(out, pe->written[i], i, pe->profile == PE_P);
	if (pe->written_count)
		fputs(" </transition_graph>\n", out);
}

/* A picture. */

static void
dot_node(FILE *out, const struct action *a)
{
	const char *on = a->node ? a->node->uname : a->pseudo ? NULL : "<none>";

	fprintf(out, "\"%s%s%s\"", a->key, on ? " " : "", on ? on : "");
}

void
pe_write_dot(const struct pe *pe, FILE *out, bool all_actions)
{
	fputs(" digraph \"g\" {\n", out);
	for (size_t i = 0; i < pe->action_count; i++) {
		const struct action *a = pe->action[i];
		const char *color = a->dumped                    ? "green"
		                    : a->rsc && !a->rsc->managed ? "purple"
		                    : a->optional                ? "blue"
		                                                 : "red";

		if (!all_actions && !a->dumped && *color != 'r')
			continue;
		dot_node(out, a);
		fprintf(out, " [ style=%s color=\"%s\" fontcolor=\"%s\"  ]\n",
		    a->dumped ? "bold" : "dashed", color, a->pseudo ? "orange" : "black");
	}
	for (size_t i = 0; i < pe->written_count; i++) {
		const struct action *a = pe->written[i];

		for (size_t n = 0; n < a->input_count; n++) {
			dot_node(out, a->input[n]);
			fputs(" -> ", out);
			dot_node(out, a);
			fputs(" [ style = bold]\n", out);
		}
	}
	fputs("}\n", out);
}
