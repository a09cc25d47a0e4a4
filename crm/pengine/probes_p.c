/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking each node what runs there, profile P (spec 12.13): what starts a resource waits for
 * its probes itself. */
#include "crm/pengine/private.h"

static bool
may_ask(struct rsc *rsc, const struct node *node)
{
	const struct rsc *sides[] = { rsc, rsc_top(rsc) };
	bool exclusive = false, named = false;

	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < sides[s]->location_count; i++) {
			const struct location *l = sides[s]->location[i];

			for (size_t n = 0; n < l->entry_count; n++) {
				if (l->entry[n].node == node && l->discovery == 'n')
					return false;
				named |= l->entry[n].node == node && l->discovery == 'e';
			}
			exclusive |= l->discovery == 'e';
		}
	return !exclusive || named;
}

static bool
leaf_probe(struct pe *pe, struct rsc *rsc, struct node *node)
{
	struct rsc *waits = clone_of(rsc) ? rsc_top(rsc) : rsc;

	if (rsc->orphan || rsc->asked[node->index] || !may_ask(rsc, node))
		return false;
	struct action *a = action_rsc(pe, rsc, "monitor", node, false);

	a->optional = false;
	if (!rsc_runs_on(rsc, node))
		meta_set(pe, a, "op_target_rc", "7");
	else if (rsc->role == ROLE_MASTER)
		meta_set(pe, a, "op_target_rc", "8");
	unfence_for(pe, node, rsc, a);
	/* Nobody can tell: it may run there already. */
	order(pe, end_action(a), end_task(pe, waits, "start"),
	    OO | (!a->runnable && waits->running_count == 0 ? TN : 0U));
	order(pe, end_action(a), end_task(pe, waits, "reload-agent"), OO);
	return true;
}

/* Whether a member was there once. */
static bool
any_known(const struct rsc *rsc, const struct node *node)
{
	bool any = rsc->variant == PRIMITIVE && rsc->known[node->index];

	for (size_t i = 0; i < rsc->child_count; i++)
		any |= any_known(rsc->child[i], node);
	return any;
}

static bool
probe(struct pe *pe, struct rsc *rsc, struct node *node)
{
	bool any = false,
	     one = (rsc->variant == CLONE || rsc->variant == MASTER) && !rsc->unique;

	if (rsc->variant == PRIMITIVE)
		return leaf_probe(pe, rsc, node);
	for (size_t i = 0; one && i < rsc->child_count; i++)
		if (rsc_runs_on(rsc->child[i], node) || any_known(rsc->child[i], node))
			return probe(pe, rsc->child[i], node);
	for (size_t i = 0; one && i < rsc->child_count; i++)
		if (rsc->child[i]->known[node->index])
			return probe(pe, rsc->child[i], node);
	for (size_t i = 0; one && i < rsc->child_count; i++)
		if (rsc->child[i]->assigned == node)
			return probe(pe, rsc->child[i], node);
	for (size_t i = 0; i < rsc->child_count; i++) {
		any |= probe(pe, rsc->child[i], node);
		if (one && any)
			break;
	}
	return any;
}

/* A node that was told to forget what it knows asks all of its own anew. */
static bool
asks_again(struct pe *pe, struct node *node)
{
	const char *done = table_get(&node->attrs, "probe_complete");

	if (!done || value_is_true(done))
		return false;
	struct action *a =
	    action_make(pe, NULL, arena_printf(&pe->arena, "probe_again-%s", node->uname),
	        "probe_again", node, false);

	meta_set(pe, a, "op_no_wait", "true");
	return true;
}

void
probes_p(struct pe *pe)
{
	if (!pe->opt.startup_probes)
		return;
	for (size_t r = 0; r < pe->rsc_count; r++)
		if (pe->rsc[r]->variant >= CLONE)
			children_by_number(pe->rsc[r]);
	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];

		if (!node->online || node->unclean || asks_again(pe, node))
			continue;
		for (size_t r = 0; r < pe->rsc_count; r++)
			probe(pe, pe->rsc[r], node);
	}
}

bool
is_probe(const struct action *a)
{
	size_t len = strlen(a->key);

	return same(a->task, "monitor") && len > 2 && strcmp(a->key + len - 2, "_0") == 0;
}

/* What waits for a resource to be stopped waits also until we know whether it runs. */
void
probe_links_p(struct pe *pe)
{
	size_t count = pe->order_count;

	for (size_t i = 0; i < count; i++) {
		struct order o = pe->order[i]; /* the array may move */
		const char *id, *task;
		int64_t ms;

		if ((o.flags & HD) || !o.first.rsc || o.first.rsc == o.then.rsc ||
		    o.first.rsc->variant != PRIMITIVE || !o.first.key ||
		    !key_parse(pe, o.first.key, &id, &task, &ms) || !same(task, "stop"))
			continue;
		for (size_t n = 0; n < o.first.rsc->action_count; n++)
			if (is_probe(o.first.rsc->action[n]))
				order(pe, end_action(o.first.rsc->action[n]), o.then,
				    OO | (o.flags & (AC | LD)));
	}
}

/* What would be restarted because of a resource waits until we know whether that runs, lest
 * it be restarted twice. */

struct heap {
	const struct action **action;
	size_t action_count, action_room;
};

static bool
may_restart(const struct action *a)
{
	if (!a->rsc || a->rsc->variant != PRIMITIVE || !same(a->task, "start"))
		return false;
	for (size_t i = 0; i < a->rsc->action_count; i++)
		if (same(a->rsc->action[i]->task, "stop"))
			return true;
	return false;
}

/* Marks what is worth following: where nothing runs yet, nothing can be restarted, however much hangs together. */
static void
restarts_mark(struct pe *pe)
{
	struct found heap = { 0 };

	for (size_t i = 0; i < pe->action_count; i++)
		if (may_restart(pe->action[i])) {
			pe->action[i]->leads_to_stop = true;
			ARENA_PUSH(&pe->arena, &heap, action, pe->action[i]);
		}
	while (heap.action_count) {
		const struct action *then = heap.action[--heap.action_count];

		for (size_t i = 0; then->rsc && i < then->before_count; i++) {
			struct action *first = then->before[i].other;

			if (!(then->before[i].flags & (TF | WF)) || first->leads_to_stop)
				continue;
			first->leads_to_stop = true;
			ARENA_PUSH(&pe->arena, &heap, action, first);
		}
	}
}

static void
restarts_wait(struct pe *pe, struct heap *heap, struct action *probe)
{
	while (heap->action_count) {
		const struct action *first = heap->action[--heap->action_count];

		for (size_t i = 0; i < first->after_count; i++) {
			const struct link *link = &first->after[i];
			struct action *then = link->other;

			if (!(link->flags & (TF | WF)) || !then->rsc ||
			    !then->leads_to_stop || then->rsc == probe->rsc ||
			    then->walk == probe->id)
				continue;
			then->walk = probe->id;
			ARENA_PUSH(&pe->arena, heap, action, then);
			if (then->rsc->variant != PRIMITIVE ||
			    !same(then->task, "start") ||
			    (clone_of(probe->rsc) &&
			        clone_of(then->rsc) == clone_of(probe->rsc)))
				continue;
			for (size_t n = 0; n < then->rsc->action_count; n++)
				/* Fencing stops without being asked. */
				if (same(then->rsc->action[n]->task, "stop") &&
				    !then->rsc->action[n]->pseudo)
					order_now(pe, probe, then->rsc->action[n], OO);
		}
	}
}

void
probe_restarts_p(struct pe *pe)
{
	size_t count = pe->action_count;
	struct heap heap = { 0 };

	restarts_mark(pe);
	for (size_t i = 0; i < count; i++) {
		struct action *probe = pe->action[i];

		if (!probe->rsc || !is_probe(probe))
			continue;
		for (size_t n = 0; n < probe->rsc->action_count; n++)
			if (same(probe->rsc->action[n]->task, "start") &&
			    probe->rsc->action[n]->leads_to_stop)
				ARENA_PUSH(&pe->arena, &heap, action,
				    probe->rsc->action[n]);
		restarts_wait(pe, &heap, probe);
	}
}
