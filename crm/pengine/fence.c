/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that must die, and nodes that want to go (spec 8.8). */
#include "crm/pengine/private.h"

static void
wait_for_fencing(struct pe *pe, struct rsc *rsc, const struct node *node)
{
	if (rsc->fence_device) {
		order(pe, end_task(pe, rsc, "start"), end_action(stonith_up(pe)), TF);
		return;
	}
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		if (a->needs == NEEDS_FENCING)
			order(pe, end_action(all_stopped(pe)), end_action(a), FF);
		else if (node->expected_up && !rsc->known[node->index] &&
		         same(a->task, "start"))
			order(pe, end_action(all_stopped(pe)), end_action(a), FF | TN);
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
		if (stop ? node->online && !node->unclean && rsc->failed
		         : node->online && !rsc->failed)
			continue;
		a->pseudo = true;
		a->runnable = true;
		if (stop)
			a->implied_by_fencing = true;
		if (!rsc->fence_device)
			order(pe, end_action(node->fencing), end_action(a), OO);
		if (stop && rsc->parent)
			create_actions(pe, rsc_top(rsc));
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
	if (rsc->managed && rsc_runs_on(rsc, node))
		order(pe, end_task(pe, rsc, "stop"), end_action(node->fencing), FF);
}

static struct action *
fence(struct pe *pe, struct node *node)
{
	struct action *a = action_make(pe, NULL, "stonith", "stonith", node, false);

	pe_say(pe, PE_WARNING, false, "Scheduling Node %s for STONITH", node->uname);
	meta_set(pe, a, "on_node", node->uname);
	meta_set(pe, a, "on_node_uuid", node->id);
	meta_set(pe, a, "stonith_action", pe->opt.stonith_action);
	node->fencing = a;
	leaves_each(pe, node, leaf_fence);
	order(pe, end_action(stonith_up(pe)), end_action(a), FF);
	order(pe, end_action(a), end_action(all_stopped(pe)), TF);
	return a;
}

static struct action *
shut_down(struct pe *pe, struct node *node)
{
	struct action *a =
	    action_make(pe, NULL, "do_shutdown", "do_shutdown", node, false);

	pe_say(pe, PE_INFO, false, "Scheduling Node %s for shutdown", node->uname);
	node->fencing = a;
	leaves_each(pe, node, leaf_shutdown);
	return a;
}

static void
unclean_complain(struct pe *pe, const struct node *node)
{
	pe_say(pe, PE_WARNING, false, "Node %s is unclean!", node->uname);
	if (pe->opt.stonith)
		pe_say(pe, PE_NOTICE, false,
		    "Cannot fence unclean nodes until quorum is attained (or "
		    "no_quorum_policy is set "
		    "to ignore)");
	else {
		pe_say(pe, PE_WARNING, false,
		    "YOUR RESOURCES ARE NOW LIKELY COMPROMISED");
		pe_say(pe, PE_ERROR, false, "ENABLE STONITH TO KEEP YOUR RESOURCES SAFE");
	}
}

/* The DC goes last. */
static void
dc_last(struct pe *pe, struct action *dc, struct action *last_fencing)
{
	meta_set(pe, dc, "op_no_wait", "true");
	for (size_t i = 0; i < pe->node_count; i++) {
		struct action *a = pe->node[i]->fencing;

		if (a && a != dc && same(a->task, "do_shutdown"))
			order(pe, end_action(a), end_action(dc), FF);
	}
	if (last_fencing)
		order(pe, end_action(last_fencing), end_action(dc), FF);
}

void
fence_and_shutdown(struct pe *pe)
{
	struct action *last = NULL, *dc = NULL;
	bool may =
	    pe->opt.stonith && (pe->have_quorum || pe->opt.no_quorum == POLICY_IGNORE);

	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];
		struct action *a = NULL;

		if (node->unclean && may) {
			a = fence(pe, node);
			if (!node->is_dc && last)
				order(pe, end_action(last), end_action(a), FF);
			if (!node->is_dc)
				last = a;
		} else if (node->online && node->shutting_down)
			a = shut_down(pe, node);
		if (node->unclean && !(a && same(a->task, "stonith")))
			unclean_complain(pe, node);
		if (a && node->is_dc)
			dc = a;
	}
	if (dc)
		dc_last(pe, dc, last);
}
