/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on what within a resource (spec 8.4), and how links are noted. */
#include "crm/pengine/private.h"

struct end
end_task(struct pe *pe, struct rsc *rsc, const char *task)
{
	return (struct end){ rsc, key_of(pe, rsc->id, task, 0), NULL };
}

struct end
end_key(struct rsc *rsc, const char *key)
{
	return (struct end){ rsc, key, NULL };
}

struct end
end_action(struct action *action)
{
	return (struct end){ action->rsc, NULL, action };
}

void
order(struct pe *pe, struct end first, struct end then, unsigned flags)
{
	ARENA_PUSH(&pe->arena, pe, order, ((struct order){ first, then, flags }));
}

void
order_now(struct pe *pe, struct action *first, struct action *then, unsigned flags)
{
	ARENA_PUSH(&pe->arena, then, before, ((struct link){ first, flags, NULL }));
	ARENA_PUSH(&pe->arena, first, after, ((struct link){ then, flags, NULL }));
}

/* FIRST of A before THEN of B. */
static void
link_tasks(struct pe *pe, struct rsc *a, const char *first, struct rsc *b,
    const char *then, unsigned flags)
{
	order(pe, end_task(pe, a, first), end_task(pe, b, then), flags);
}

struct action *
all_stopped(struct pe *pe)
{
	if (!pe->all_stopped)
		pe->all_stopped = action_pseudo(pe, "all_stopped");
	return pe->all_stopped;
}

struct action *
stonith_up(struct pe *pe)
{
	if (!pe->stonith_up)
		pe->stonith_up = action_pseudo(pe, "stonith_up");
	return pe->stonith_up;
}

const char *
task_completion(const char *task)
{
	static const char *const pairs[][2] = { { "start", "running" },
		{ "stop", "stopped" }, { "promote", "promoted" },
		{ "demote", "demoted" } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (same(task, pairs[i][0]))
			return pairs[i][1];
	return task;
}

static void
native_links(struct pe *pe, struct rsc *r)
{
	unsigned restart =
	    OO | (r->variant == PRIMITIVE ? TF : 0U) | (r->parent ? 0U : RS);

	link_tasks(pe, r, "stop", r, "start", restart);
	link_tasks(pe, r, "demote", r, "stop", OO);
	link_tasks(pe, r, "start", r, "promote", TN);
	link_tasks(pe, r, "delete", r, "start", OO);
	if (r->notify) {
		bool in_p = pe->profile == PE_P;

		order(pe,
		    end_key(r, notify_key(pe, r->id, "confirmed-post",
		                   in_p ? "running" : "start")),
		    end_key(r, notify_key(pe, r->id, "pre", "promote")), OO);
		order(pe,
		    end_key(r, notify_key(pe, r->id, "confirmed-post",
		                   in_p ? "demoted" : "demote")),
		    end_key(r, notify_key(pe, r->id, "pre", "stop")), OO);
	}
	if (!r->managed || r->variant != PRIMITIVE || pe->profile == PE_P)
		return;
	if (r->fence_device)
		order(pe, end_action(all_stopped(pe)), end_task(pe, r, "stop"), FF | FS);
	else
		order(pe, end_task(pe, r, "stop"), end_action(all_stopped(pe)), TF | TN);
}

static void
group_links(struct pe *pe, struct rsc *g)
{
	struct rsc *last = NULL;

	link_tasks(pe, g, "stopped", g, "start", OO);
	link_tasks(pe, g, "stop", g, "stopped", TN);
	link_tasks(pe, g, "start", g, "running", TN);
	for (size_t i = 0; i < g->child_count; i++) {
		struct rsc *c = g->child[i];

		internal_links(pe, c);
		if (g->collocated && last)
			colocation_new(pe, "group:internal_colocation", c, ROLE_UNKNOWN,
			    last, ROLE_UNKNOWN, NULL, INF);
		link_tasks(pe, g, "stop", c, "stop", SH | (g->ordered ? 0U : TF));
		link_tasks(pe, c, "stop", g, "stopped", OO);
		link_tasks(pe, c, "start", g, "running", TN);
		if (!g->ordered)
			link_tasks(pe, g, "start", c, "start", TF | TN);
		else if (last) {
			link_tasks(pe, last, "start", c, "start", TF | TN);
			link_tasks(pe, c, "stop", last, "stop", FF);
			c->restart_type = true;
		} else
			link_tasks(pe, g, "start", c, "start", TF | FF | FN | TN);
		last = c;
	}
	if (g->ordered && last)
		link_tasks(pe, g, "stop", last, "stop", TF);
}

static void
clone_links(struct pe *pe, struct rsc *k)
{
	struct rsc *last = NULL;

	link_tasks(pe, k, "stop", k, "stopped", TN);
	link_tasks(pe, k, "start", k, "running", TN);
	link_tasks(pe, k, "stopped", k, "start", OO);
	for (size_t i = 0; i < k->child_count; i++) {
		struct rsc *c = k->child[i];

		internal_links(pe, c);
		link_tasks(pe, k, "start", c, "start", TN);
		link_tasks(pe, c, "start", k, "running", OO);
		if (k->ordered)
			link_tasks(pe, last ? last : k, "start", c, "start", FF);
		link_tasks(pe, k, "stop", c, "stop", SH);
		link_tasks(pe, c, "stop", k, "stopped", OO);
		if (k->ordered && !last)
			link_tasks(pe, c, "stop", k, "stopped", TN);
		else if (k->ordered)
			link_tasks(pe, c, "stop", last, "stop", FF);
		last = c;
	}
}

static void
master_links(struct pe *pe, struct rsc *m)
{
	static const char *const own[][2] = { { "stopped", "start" },
		{ "stopped", "promote" }, { "demoted", "start" },
		{ "running", "promote" }, { "demoted", "stop" }, { "demote", "demoted" },
		{ "demoted", "promote" } };
	struct rsc *last = NULL;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		link_tasks(pe, m, own[i][0], m, own[i][1], OO);
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i], *p = last ? last : m;

		link_tasks(pe, c, "demote", c, "promote", OO);
		if (m->ordered) {
			link_tasks(pe, p, "start", c, "start", OO);
			link_tasks(pe, p, "promote", c, "promote", OO);
			link_tasks(pe, c, "demote", p, last ? "demote" : "demoted", OO);
		} else {
			link_tasks(pe, c, "promote", m, "promoted", OO);
			link_tasks(pe, m, "promote", c, "promote", OO);
			link_tasks(pe, c, "demote", m, "demoted", OO);
			link_tasks(pe, m, "demote", c, "demote", OO);
		}
		last = c;
	}
}

void
internal_links(struct pe *pe, struct rsc *rsc)
{
	native_links(pe, rsc);
	if (rsc->variant == GROUP)
		group_links(pe, rsc);
	else if (rsc->variant != PRIMITIVE)
		clone_links(pe, rsc);
	if (rsc->variant == MASTER)
		master_links(pe, rsc);
}
