/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that must die, that want to go, or that must be let in, profile P (spec 12.13). */
#include "crm/pengine/private.h"

bool
can_fence(const struct pe *pe, const struct node *node)
{
	return pe->opt.stonith && pe->has_fencing &&
	       (pe->have_quorum || pe->opt.no_quorum == POLICY_IGNORE || node->online);
}

/* Of an anonymous instance it is enough that any was looked for. */
static bool
is_known_on(const struct rsc *rsc, const struct node *node)
{
	const struct rsc *clone =
	    rsc->parent && rsc->parent == clone_of(rsc) ? rsc->parent : NULL;

	return rsc->known[node->index] ||
	       (clone && !clone->unique && clone->known[node->index]);
}

/* What needs it comes after it; so do starts of what may run there. */
static void
wait_for_fencing(struct pe *pe, struct rsc *rsc, const struct node *node)
{
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		/* The first step of a migration stands for the start that it ends with. */
		if (same(a->task, rsc->half_migrated ? "migrate_from" : "migrate_to") &&
		    needs_fencing(rsc))
			order(pe, end_action(node->fencing), end_action(a), OO | TN);
		else if (a->needs == NEEDS_FENCING || a->needs == NEEDS_UNFENCING)
			order(pe, end_action(node->fencing), end_action(a), OO | TN);
		else if (a->needs == NEEDS_QUORUM && same(a->task, "start") &&
		         !is_known_on(rsc, node) && weights_find(&rsc->allowed, node))
			order(pe, end_action(node->fencing), end_action(a), OO | TN);
	}
}

/* The dead run nothing: what would stop there has stopped by it. */
static void
implied(struct pe *pe, struct rsc *rsc, struct node *node, const char *task)
{
	bool stop = same(task, "stop");

	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		if (!same(a->task, task) || a->node != node)
			continue;
		if (!stop && node->online && !node->unclean && !rsc->failed)
			continue;
		a->pseudo = true;
		a->runnable = true;
		a->implied_by_fencing = true;
		if (stop && !rsc->fence_device)
			notify_obituary(pe, rsc, node->fencing);
		/* What can do without fencing need not wait for it. */
		if (rsc->fence_device || !needs_fencing(rsc))
			continue;
		order(pe, end_action(node->fencing), end_action(a), OO);
		if (stop && rsc->parent)
			order(pe, end_action(node->fencing),
			    end_task(pe, rsc_top(rsc), "stop"), OO);
	}
}

static void
leaf_fence(struct pe *pe, struct rsc *rsc, struct node *node)
{
	if (!rsc->managed)
		return;
	wait_for_fencing(pe, rsc, node);
	implied(pe, rsc, node, "stop");
	implied(pe, rsc, node, "demote");
}

static void
leaf_shutdown(struct pe *pe, struct rsc *rsc, struct node *node)
{
	for (size_t i = 0; rsc->managed && i < rsc->action_count; i++)
		if (same(rsc->action[i]->task, "stop") && rsc->action[i]->node == node)
			order(pe, end_action(rsc->action[i]), end_action(node->fencing),
			    OO | TN);
}

static struct action *
fence_action(struct pe *pe, struct node *node, const char *what, bool optional)
{
	struct action *a = action_make(pe, NULL,
	    arena_printf(&pe->arena, "stonith-%s-%s", node->uname, what), "stonith", node,
	    optional);

	meta_set(pe, a, "on_node", node->uname);
	meta_set(pe, a, "on_node_uuid", node->id);
	meta_set(pe, a, "stonith_action", what);
	return a;
}

/* It is there as soon as there is a reason; whether it can be done is seen later. */
void
fencing_expect(struct pe *pe, struct node *node)
{
	if (!node->death)
		node->death = fence_action(pe, node, pe->opt.stonith_action, true);
}

static struct action *
fence(struct pe *pe, struct node *node)
{
	struct action *a = node->death;

	if (!a)
		a = fence_action(pe, node, pe->opt.stonith_action, false);
	a->optional = false;
	pe_say(pe, PE_WARNING, true, "Scheduling node %s for fencing", node->uname);
	if (!node->fence_reason)
		node->fence_reason = "node is unclean";
	a->reason = node->fence_reason;
	node->fencing = a;
	leaves_each(pe, node, leaf_fence);
	return a;
}

static struct action *
shut_down(struct pe *pe, struct node *node)
{
	struct action *a =
	    action_make(pe, NULL, arena_printf(&pe->arena, "do_shutdown-%s", node->uname),
	        "do_shutdown", node, false);

	/* Who leaves cannot tell that it has left. */
	meta_set(pe, a, "op_no_wait", "true");
	pe_say(pe, PE_INFO, false, "Scheduling Node %s for shutdown", node->uname);
	node->fencing = a;
	leaves_each(pe, node, leaf_shutdown);
	return a;
}

/* Whether the DC's end, DC, waits for A; LAST is the last that is fenced. */
static bool
dc_waits(const struct pe *pe, const struct action *dc, const struct action *a,
    const struct action *last)
{
	/* Where they are fenced one after another, the last has waited for the others. */
	if (same(a->task, "stonith"))
		return a == last || pe->opt.concurrent_fencing;
	/* Who leaves in order may need that the DC is fenced first. */
	return same(dc->task, "do_shutdown");
}

/* The DC goes last. */
static void
dc_last(struct pe *pe, struct action *dc, const struct action *last)
{
	for (size_t i = 0; i < pe->node_count; i++) {
		struct action *a = pe->node[i]->fencing;

		if (a && a != dc && dc_waits(pe, dc, a, last))
			order(pe, end_action(a), end_action(dc), OO);
	}
}

/* Where nothing is managed, as in a cluster that is maintained, nobody has to die for it. */
static bool
manages_any(const struct pe *pe)
{
	for (size_t i = 0; i < pe->every_count; i++)
		if (pe->every[i]->managed)
			return true;
	return false;
}

void
fence_and_shutdown_p(struct pe *pe)
{
	struct action *last = NULL, *dc = NULL;
	bool manages = manages_any(pe);

	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];
		struct action *a = NULL;

		if (node->unclean && manages && can_fence(pe, node)) {
			a = fence(pe, node);
			if (!node->is_dc && last && !pe->opt.concurrent_fencing)
				order(pe, end_action(last), end_action(a), OO);
			if (!node->is_dc)
				last = a;
		} else if (node->unclean)
			unclean_say_p(pe, node);
		else if (node->online && node->shutting_down)
			a = shut_down(pe, node);
		if (a && node->is_dc)
			dc = a;
	}
	if (dc)
		dc_last(pe, dc, last);
}

/* Unfencing: a node must be let to a shared device before anything there uses it. */

static struct action *
unfencing_of(struct pe *pe, struct node *node)
{
	if (!node->unfencing)
		node->unfencing = fence_action(pe, node, "on", true);
	return node->unfencing;
}

void
unfencing_expect(struct pe *pe)
{
	for (size_t i = 0; pe->wants_unfencing && i < pe->node_count; i++)
		unfencing_of(pe, pe->node[i]);
}

void
unfence_again(struct pe *pe, struct node *node, const char *reason)
{
	if (!pe->wants_unfencing || !node->online || node->unclean)
		return;
	struct action *a = unfencing_of(pe, node);

	a->optional = false;
	reason_set(a, reason);
}

void
unfence_for(struct pe *pe, struct node *node, const struct rsc *rsc,
    struct action *before)
{
	if (!pe->wants_unfencing)
		return;
	if (!table_get(&node->attrs, "#node-unfenced"))
		unfence_again(pe, node,
		    arena_printf(&pe->arena, "required by %s %s", rsc->id, before->task));
	order(pe, end_action(unfencing_of(pe, node)), end_action(before), OO);
}

void
unfencing_links(struct pe *pe, struct rsc *rsc)
{
	if (!pe->wants_unfencing)
		return;
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		if (same(a->task, "start") && a->node)
			order(pe, end_action(unfencing_of(pe, a->node)), end_action(a),
			    OO | TF);
		else if (same(a->task, "stop") && a->node && !rsc->fence_device)
			order(pe, end_action(a), end_action(unfencing_of(pe, a->node)),
			    OO);
	}
}
