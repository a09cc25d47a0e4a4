/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking each node what runs there before anything is started (spec 8.3). */
#include "crm/pengine/private.h"

#include <stdlib.h>

struct probing {
	struct node *node;
	struct action *complete; /* the node's */
	bool force;
};

static bool
leaf_probe(struct pe *pe, struct rsc *rsc, const struct probing *p)
{
	struct node *node = p->node;

	if (rsc->orphan || (rsc->known[node->index] && !p->force))
		return false;
	struct action *probe = action_rsc(pe, rsc, "monitor", node, false);
	bool runs = rsc_runs_on(rsc, node);

	probe->optional = false; /* also of what we do not manage */
	if (!runs)
		meta_set(pe, probe, "op_target_rc", "7");
	else if (rsc->role == ROLE_MASTER)
		meta_set(pe, probe, "op_target_rc", "8");
	order(pe, end_action(probe), end_action(p->complete), TF);
	return true;
}

static int
by_id(const void *a, const void *b)
{
	const struct rsc *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static bool
probe(struct pe *pe, struct rsc *rsc, const struct probing *p)
{
	bool any = false, collective = rsc->variant == CLONE || rsc->variant == MASTER;
	bool one = collective && !rsc->unique && rsc->clone_node_max == 1;

	if (rsc->variant == PRIMITIVE)
		return leaf_probe(pe, rsc, p);
	if (collective && rsc->child_count)
		qsort(rsc->child, rsc->child_count, sizeof(struct rsc *), by_id);
	if (one) {
		for (size_t i = 0; i < rsc->child_count; i++)
			if (rsc_runs_on(rsc->child[i], p->node))
				return probe(pe, rsc->child[i], p);
	}
	for (size_t i = 0; i < rsc->child_count; i++) {
		any |= probe(pe, rsc->child[i], p);
		if (one && any)
			break;
	}
	return any;
}

void
probes(struct pe *pe)
{
	struct action *all = NULL;

	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];
		const char *done = table_get(&node->attrs, "probe_complete");
		struct probing p = { .node = node,
			.force = done && !value_is_true(done) };

		if (!node->online || node->unclean)
			continue;
		if (!all)
			all = action_pseudo(pe, "probe_complete");
		p.complete = action_make(pe, NULL, "probe_complete", "probe_complete",
		    node, value_is_true(done));
		p.complete->priority = INF;
		meta_set(pe, p.complete, "op_no_wait", "true");
		order(pe, end_action(p.complete), end_action(all), OO);
		for (size_t r = 0; r < pe->rsc_count; r++) {
			if (!probe(pe, pe->rsc[r], &p))
				continue;
			all->optional = p.complete->optional = false;
			order(pe, end_action(all), end_task(pe, pe->rsc[r], "start"), OO);
		}
	}
}
