/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hangs on what within a resource, profile P (spec 12.13).
 *
 * What a group or a clone does is begun and ended by pseudo actions.  They are required as
 * soon as a member does it, and done when all members (of a clone: any that can) are.
 */
#include "crm/pengine/private.h"

static void
link_tasks(struct pe *pe, struct rsc *a, const char *first, struct rsc *b,
    const char *then, unsigned flags)
{
	order(pe, end_task(pe, a, first), end_task(pe, b, then), flags);
}

static void
leaf_links(struct pe *pe, struct rsc *r)
{
	if (!r->managed)
		return;
	link_tasks(pe, r, "stop", r, "start", OO | TF | RS);
	/* What was found promoted has been so, whatever it is meant to be. */
	link_tasks(pe, r, "demote", r, "stop", OO | DM);
	link_tasks(pe, r, "start", r, "promote", TN);
	if (pe->opt.placement != PLACE_DEFAULT && r->utilization.entry_count)
		load_links(pe, r);
	if (r->requires == NEEDS_UNFENCING || r->fence_device)
		unfencing_links(pe, r);
}

static void
member_links(struct pe *pe, struct rsc *g, struct rsc *c, struct rsc *last)
{
	link_tasks(pe, g, "stop", c, "stop", OO | FF);
	link_tasks(pe, c, "stop", g, "stopped", OO | TF | TN);
	link_tasks(pe, g, "start", c, "start", OO | FF);
	link_tasks(pe, c, "start", g, "running", TF | TN);
	if (g->ordered && last) {
		link_tasks(pe, last, "start", c, "start", TF | TN);
		link_tasks(pe, c, "stop", last, "stop", OO | RS);
	}
	if (!g->promotable)
		return;
	link_tasks(pe, g, "promote", c, "promote", OO | FF);
	link_tasks(pe, c, "promote", g, "promoted", TF | TN);
	link_tasks(pe, g, "demote", c, "demote", OO | FF);
	link_tasks(pe, c, "demote", g, "demoted", OO | TF | TN);
	if (g->ordered && last) {
		link_tasks(pe, last, "promote", c, "promote", TF | TN);
		link_tasks(pe, c, "demote", last, "demote", OO);
	}
}

static void
group_links(struct pe *pe, struct rsc *g)
{
	struct rsc *last = NULL, *active = NULL;

	link_tasks(pe, g, "stopped", g, "start", OO);
	link_tasks(pe, g, "stop", g, "stopped", TN);
	link_tasks(pe, g, "start", g, "running", TN);
	if (g->promotable) {
		link_tasks(pe, g, "promote", g, "promoted", TN | HD);
		link_tasks(pe, g, "demote", g, "demoted", TN | HD);
	}
	for (size_t i = 0; i < g->child_count; i++) {
		internal_links_p(pe, g->child[i]);
		member_links(pe, g, g->child[i], last);
		last = g->child[i];
		if (last->running_count == 0)
			continue;
		/* Those that run stop in turn also where one between them does not run. */
		if (g->ordered && active && i > 0 && active != g->child[i - 1])
			link_tasks(pe, last, "stop", active, "stop", OO);
		active = last;
	}
}

static void
instance_links(struct pe *pe, struct rsc *k, struct rsc *c, struct rsc *last, int from)
{
	static const char *const tasks[4] = { "start", "stop", "promote", "demote" };

	for (int i = from; i < from + 2; i++) {
		const char *task = tasks[i];
		bool up = i % 2 == 0;

		const char *done = task_completion(task),
		           *own_done = c->variant == GROUP ? done : task;

		link_tasks(pe, k, task, c, task, OO | FF | (up ? TN : 0U));
		link_tasks(pe, c, task, k, task, AN | HD);
		link_tasks(pe, c, own_done, k, done, OO | TF | AN);
		if (k->ordered && last && up)
			link_tasks(pe, last, own_done, c, task, OO);
		else if (k->ordered && last)
			link_tasks(pe, c, own_done, last, task, OO);
	}
}

/* Those that really start or stop come one after the other, whoever stays between them. */
static void
in_turn(struct pe *pe, const struct rsc *k, const char *task)
{
	struct action *last = NULL;

	for (size_t i = 0; i < k->child_count; i++) {
		struct action *a = action_find_task(k->child[i], task, NULL);

		if (!a || a->optional)
			continue;
		if (last && same(task, "stop"))
			order(pe, end_action(a), end_action(last), OO);
		else if (last)
			order(pe, end_action(last), end_action(a), OO);
		last = a;
	}
}

static void
clone_links(struct pe *pe, struct rsc *k)
{
	static const char *const own[][2] = { { "stopped", "promote" },
		{ "demoted", "start" }, { "running", "promote" }, { "demoted", "stop" },
		{ "demote", "demoted" }, { "demoted", "promote" } };
	struct rsc *last = NULL;

	children_by_number(k);
	if (k->ordered) {
		in_turn(pe, k, "start");
		in_turn(pe, k, "stop");
	}
	link_tasks(pe, k, "stop", k, "stopped", TN);
	link_tasks(pe, k, "start", k, "running", TN);
	link_tasks(pe, k, "stopped", k, "start", OO);
	for (size_t i = 0; k->variant == MASTER && i < sizeof(own) / sizeof(own[0]); i++)
		link_tasks(pe, k, own[i][0], k, own[i][1], OO);
	if (k->notify && k->variant == MASTER) {
		order(pe, end_key(k, notify_key(pe, k->id, "confirmed-post", "running")),
		    end_key(k, notify_key(pe, k->id, "pre", "promote")), OO);
		order(pe, end_key(k, notify_key(pe, k->id, "confirmed-post", "demoted")),
		    end_key(k, notify_key(pe, k->id, "pre", "stop")), OO);
	}
	for (size_t i = 0; i < k->child_count; i++) {
		internal_links_p(pe, k->child[i]);
		instance_links(pe, k, k->child[i], last, 0);
		last = k->child[i];
	}
	last = NULL;
	for (size_t i = 0; k->variant == MASTER && i < k->child_count; i++) {
		link_tasks(pe, k->child[i], "demote", k->child[i], "promote", OO);
		instance_links(pe, k, k->child[i], last, 2);
		last = k->child[i];
	}
}

void
internal_links_p(struct pe *pe, struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE)
		leaf_links(pe, rsc);
	else if (rsc->variant == GROUP)
		group_links(pe, rsc);
	else
		clone_links(pe, rsc);
}
