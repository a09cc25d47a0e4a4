/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done to resources on a node, profile P (spec 12.4, 12.5). */
#include "crm/pengine/history_p.h"

#include <stdlib.h>

/* What is known after all of them. */

static bool
counts_as_active(const struct rsc *rsc, const struct node *node)
{
	return rsc->requires == NEEDS_FENCING || rsc->requires == NEEDS_UNFENCING ||
	       (node->online && !node->unclean);
}

static void
block_all(struct rsc *rsc)
{
	rsc->managed = false;
	rsc->blocked = true;
	for (size_t i = 0; i < rsc->child_count; i++)
		block_all(rsc->child[i]);
}

static void
too_many(struct pe *pe, struct rsc *rsc)
{
	size_t active = 0;

	for (size_t i = 0; i < rsc->running_count; i++)
		active += counts_as_active(rsc, rsc->running[i]);
	if (active <= 1)
		return;
	active_say_p(pe, rsc, active);
	if (rsc->multiple == MULTIPLE_STOP_ONLY)
		weights_add_all(pe, &rsc->allowed, -INF);
	else if (rsc->multiple == MULTIPLE_BLOCK) {
		struct rsc *parent = rsc->parent;

		rsc->managed = false;
		rsc->blocked = true;
		if (parent && parent->variant == GROUP &&
		    parent->multiple == MULTIPLE_BLOCK)
			block_all(parent);
	}
}

/* Of those above a managed one, the first that is not managed holds all that it has. */
static void
parents_mark(struct pe *pe, struct rsc *rsc, struct node *node)
{
	bool held = !rsc->managed;

	for (struct rsc *up = rsc->parent; up; up = up->parent) {
		if (rsc_runs_on(up, node))
			continue;
		ARENA_PUSH(&pe->arena, up, running, node);
		if (!held && !up->managed) {
			rsc_add(pe, up, node, INF);
			held = true;
		}
	}
}

void
mark_running_p(struct pe *pe, struct rsc *rsc, struct node *node)
{
	if (rsc_runs_on(rsc, node))
		return;
	ARENA_PUSH(&pe->arena, rsc, running, node);
	ARENA_PUSH(&pe->arena, node, running, rsc);
	if (node->maintenance)
		rsc->managed = false;
	if (!rsc->managed)
		rsc_add(pe, rsc, node, INF);
	else
		too_many(pe, rsc);
	parents_mark(pe, rsc, node);
}

static void
failure_use(struct pe *pe, struct state_p *s)
{
	struct rsc *rsc = s->rsc;
	struct node *node = s->node;

	/* Fencing is all that it needs; then it may start again. */
	if (node->unclean)
		s->on_fail = FAIL_IGNORE;
	switch (s->on_fail) {
	case FAIL_IGNORE:
		break;
	case FAIL_DEMOTE:
		rsc->failed = true;
		rsc->demote_only = true;
		action_rsc(pe, rsc, "demote", node, false);
		break;
	case FAIL_STANDBY:
		node->standby = node->standby_on_fail = true;
		break;
	case FAIL_BLOCK:
		rsc->managed = false;
		rsc->blocked = true;
		break;
	case FAIL_FENCE:
		node_condemn(pe, node,
		    arena_printf(&pe->arena, "%s failed there", rsc->id));
		break;
	case FAIL_MIGRATE:
		rsc_add(pe, rsc, node, -INF);
		break;
	case FAIL_RECOVER:
	case FAIL_MIGRATION:
	case FAIL_STOP:
		if (rsc->role == ROLE_STOPPED || rsc->role == ROLE_UNKNOWN)
			break;
		rsc->failed = true;
		if (s->on_fail == FAIL_RECOVER)
			action_rsc(pe, rsc, "stop", node, false);
		break;
	}
}

static void
known_mark(struct rsc *rsc, const struct node *node)
{
	for (;;) {
		rsc->known[node->index] = true;
		if (rsc->unique && !(rsc->parent && !rsc->parent->unique))
			break;
		if (!rsc->parent)
			break;
		rsc = rsc->parent;
	}
}

/* No instance of an anonymous clone has to be looked for where one was. */
static void
asked_mark(struct rsc *rsc, const struct node *node)
{
	struct rsc *clone = clone_of(rsc);

	rsc->asked[node->index] = true;
	for (size_t i = 0; clone && !clone->unique && i < clone->child_count; i++) {
		struct rsc *c = clone->child[i];

		if (c->variant == PRIMITIVE)
			c->asked[node->index] = true;
		for (size_t n = 0; n < c->child_count; n++)
			if (c->child[n]->xml == rsc->xml)
				c->child[n]->asked[node->index] = true;
	}
}

static void
state_use(struct pe *pe, struct state_p *s)
{
	struct rsc *rsc = s->rsc;
	struct node *node = s->node;

	if (rsc->role != ROLE_UNKNOWN) {
		known_mark(rsc, node);
		asked_mark(rsc, node);
	}
	if (rsc->role > ROLE_STOPPED && !node->online && !node->maintenance &&
	    rsc->managed && pe->opt.stonith)
		node_condemn(pe, node,
		    arena_printf(&pe->arena, "%s is thought to be active there",
		        rsc->id));
	if (rsc->role > ROLE_STOPPED && s->on_fail != FAIL_IGNORE && !node->unclean)
		rsc->failed = true;
	if (rsc->role > ROLE_STOPPED || s->on_fail != FAIL_IGNORE)
		failure_use(pe, s);
	if (rsc->role > ROLE_STOPPED) {
		if (rsc->orphan && pe->opt.stop_orphans && !clone_of(rsc))
			pe_say(pe, PE_NOTICE, false, "Stopping orphan resource %s",
			    rsc->id);
		mark_running_p(pe, rsc, node);
		return;
	}
	/* Only of old entries with a number; others are any instance's. */
	if (rsc->history_id && strchr(rsc->history_id, ':') && clone_of(rsc) &&
	    !rsc->pending_on && rsc->running_count == 0)
		rsc_rename(pe, rsc, NULL);
	const char *key = key_of(pe, rsc->id, "stop", 0);

	for (size_t i = 0; i < rsc->action_count; i++)
		if (same(rsc->action[i]->key, key) && rsc->action[i]->node == node)
			rsc->action[i]->optional = true;
}

/* A node that shuts down may keep what it had for its return. */
static void
lock_read(struct rsc *rsc, struct node *node, const xmlNode *entry)
{
	const char *text = xml_get(entry, "shutdown-lock");

	if (text) {
		rsc->lock_node = node;
		rsc->lock_time = strtoll(text, NULL, 10);
	}
}

void
history_read_p(struct pe *pe, struct node *node, const xmlNode *entry)
{
	const char *id = xml_get(entry, "id");
	struct recorded r;

	recorded_read(pe, entry, &r);
	if (!id || (r.op_count == 0 && !xml_get(entry, "shutdown-lock")))
		return;
	struct state_p s = { .rsc = owner_find_p(pe, entry, id, node),
		.node = node,
		.recorded = &r };
	struct rsc *rsc = s.rsc;

	if (!rsc)
		return;
	ARENA_PUSH(&pe->arena, pe, past,
	    ((struct past){ entry, r.op, r.op_count, recorded_current(&r), rsc, node }));
	enum role saved = rsc->role;

	s.entry = pe->entry_count;
	ARENA_PUSH(&pe->arena, pe, entry,
	    ((struct entry_seen){ .node = node, .rsc = rsc, .xml = entry }));
	lock_read(rsc, node, entry);
	rsc->role = ROLE_UNKNOWN;
	for (size_t i = 0; i < r.op_count; i++)
		op_read_p(pe, &s, r.op[i]);
	recurring_note(pe, rsc, node, &r);
	enum role target = role_parse(meta_get(pe, &rsc->meta, "target-role"));

	state_use(pe, &s);
	if ((target == ROLE_STOPPED || (target == ROLE_SLAVE && rsc->promotable)) &&
	    (rsc->next_role == ROLE_UNKNOWN || target < rsc->next_role))
		rsc->next_role = target;
	if (rsc->role < saved)
		rsc->role = saved;
	/* It has left for where it is on the way to. */
	if (rsc->role == ROLE_STOPPED && rsc->migrate_from == node && rsc->running_count)
		rsc->role = ROLE_STARTED;
}
