/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which actions the graph has, and what each of them waits for (spec 11.1). */
#include "crm/pengine/private.h"

#include <stdlib.h>

bool
graph_is_event(const struct action *a)
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
	return a->pseudo || (graph_is_event(a) && !same(a->task, "lrm_refresh"));
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

/* What shall be done and cannot, or may not, is waited for all the same, in vain: people shall see to it.  That it cannot
 * matters to nobody who only comes after it. */
static bool
is_missed(const struct action *first, unsigned flags)
{
	if (first->optional)
		return false;
	if (first->runnable)
		return true;
	return first->node && !first->pseudo && (flags & OO) && flags != OO &&
	       !(flags & (AN | MF | PL));
}

static bool
input_counts_p(const struct action *action, const struct link *input)
{
	const struct action *first = input->other;

	if ((input->flags & HD) || first == action)
		return false;
	if (!first->dumped && !is_missed(first, input->flags))
		return false;
	/* Who migrates does not leave: nobody waits for that without need. */
	if (input->flags == OO && same(first->task, "stop") && first->migratable)
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
	bool youngest_first = pe->profile == PE_P;

	for (size_t i = 0; i < pe->rsc_count; i++)
		take_resource(pe, pe->rsc[i]);
	for (size_t i = 0; i < pe->action_count; i++)
		take(pe, pe->action[youngest_first ? pe->action_count - 1 - i : i]);
	for (size_t i = 0; i < pe->written_count; i++)
		inputs_select(pe, pe->written[i]);
	if (pe->profile == PE_P)
		rings_break_p(pe);
}
