/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What leaves a node has left it before others come, where room counts (spec 12.13). */
#include "crm/pengine/private.h"

static struct action *
load_stopped(struct pe *pe, struct node *node)
{
	if (!node->load_stopped) {
		const char *key =
		    arena_printf(&pe->arena, "load_stopped_%s", node->uname);

		node->load_stopped = action_make(pe, NULL, key, key, node, false);
		node->load_stopped->pseudo = true;
	}
	return node->load_stopped;
}

static void
leaf_expect(struct pe *pe, struct rsc *r, struct node *unused)
{
	(void)unused;
	if (!r->managed || r->utilization.entry_count == 0)
		return;
	for (size_t i = 0; i < r->running_count; i++)
		load_stopped(pe, r->running[i]);
	for (size_t i = 0; i < pe->node_count; i++)
		if (weights_find(&r->allowed, pe->node[i]))
			load_stopped(pe, pe->node[i]);
}

void
load_expect(struct pe *pe)
{
	if (pe->opt.placement != PLACE_DEFAULT)
		leaves_each(pe, NULL, leaf_expect);
}

void
load_links(struct pe *pe, struct rsc *r)
{
	for (size_t i = 0; i < r->running_count; i++)
		order(pe, end_task(pe, r, "stop"),
		    end_action(load_stopped(pe, r->running[i])), OO | LD);
	for (size_t i = 0; i < r->allowed.w_count; i++) {
		struct action *left = load_stopped(pe, r->allowed.w[i].node);

		order(pe, end_action(left), end_task(pe, r, "start"), OO | LD);
		order(pe, end_action(left), end_task(pe, r, "migrate_to"), OO | LD);
	}
}
