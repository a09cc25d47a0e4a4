/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links become pairs of actions, profile P (spec 12.13).
 *
 * The graph gets a pair as it was asked for, with the completion of a group or clone in place
 * of its beginning.  What such a collective means for the others is added as links that only
 * carry consequences (HD): from and to its members, for clones to those on the same node.
 */
#include "crm/pengine/private.h"

#include <stdlib.h>

static bool
is_clone(const struct rsc *rsc)
{
	return rsc && (rsc->variant == CLONE || rsc->variant == MASTER);
}

static bool
is_collective(const struct rsc *rsc)
{
	return rsc && rsc->variant != PRIMITIVE;
}

static bool
goes_down(const char *task)
{
	return same(task, "stop") || same(task, "demote");
}

static bool
is_within(struct rsc *a, struct rsc *b)
{
	return a && b && rsc_top(a) == rsc_top(b);
}

/* Nothing was planned for the first side: an action that will not happen stands for it,
 * unless there is nothing to undo. */
static void
stand_in(struct pe *pe, const struct end *first, struct found *f, unsigned flags)
{
	const char *id, *task;
	int64_t ms;

	if ((flags & HD) || !key_parse(pe, first->key, &id, &task, &ms))
		return;
	if (same(task, "stop") && rsc_role(first->rsc) <= ROLE_STOPPED)
		return;
	if (same(task, "demote") && rsc_role(first->rsc) == ROLE_SLAVE)
		return;
	ARENA_PUSH(&pe->arena, f, action,
	    action_make(pe, first->rsc, first->key, task, NULL, true));
}

/* Consequences for members. */

/* A before what is done to all of RSC, also for each member. */
static void
imply_each(struct pe *pe, struct action *a, const struct rsc *rsc, const char *task,
    struct along *along)
{
	for (size_t i = 0; i < rsc->child_count; i++) {
		const struct rsc *c = rsc->child[i];

		imply_each(pe, a, c, task, along);
		for (size_t n = 0; n < c->action_count; n++)
			if (same(c->action[n]->task, task)) {
				order_now(pe, a, c->action[n], along->flags | AL);
				ARENA_PUSH(&pe->arena, along, action, c->action[n]);
			}
	}
}

/* The link from A to all of RSC, B, is to be followed with what FLAGS say of each member; NULL: nothing. */
static struct along *
imply_members(struct pe *pe, struct action *a, const struct action *b, unsigned flags)
{
	/* Of WF the instances tell. */
	unsigned all = (flags & (TF | TN | AS | VC)) | HD;

	if (!(all & (TF | TN | AS)))
		return NULL;
	struct along *along = ARENA_NEW(&pe->arena, struct along);

	along->flags = all;
	imply_each(pe, a, b->rsc, b->task, along);
	return along;
}

static void
link_along(struct pe *pe, struct action *a, struct action *b, unsigned flags,
    struct along *along)
{
	order_now(pe, a, b, flags);
	b->before[b->before_count - 1].along = along;
}

/* Whether a cloned group is, or will be, on NODE. */
static bool
is_group_near(const struct rsc *group, const char *task, const struct node *node)
{
	if (goes_down(task))
		return rsc_runs_on(group, node);
	return group->assigned == node;
}

/* Where B happens; of a group: where all of it happens. */
static const struct node *
place_of_action(const struct action *b)
{
	if (b->node || !b->rsc || b->rsc->variant != GROUP)
		return b->node;
	return goes_down(b->task) ? rsc_current_node(b->rsc) : b->rsc->assigned;
}

static void
follow_instance(struct pe *pe, struct action *a, struct action *b)
{
	link_along(pe, a, b, TF | HD | VC,
	    is_collective(b->rsc) ? imply_members(pe, a, b, TF | VC) : NULL);
}

/* What instances near B do counts for it. */
static void
imply_from_instances(struct pe *pe, const struct rsc *clone, const char *task,
    struct action *b, const struct node *node)
{
	for (size_t i = 0; i < clone->child_count; i++) {
		const struct rsc *c = clone->child[i];

		for (size_t n = 0; n < c->action_count; n++)
			if (same(c->action[n]->task, task) &&
			    (is_collective(c) ? is_group_near(c, task, node)
			                      : c->action[n]->node == node))
				follow_instance(pe, c->action[n], b);
	}
}

static void
pair_link(struct pe *pe, struct action *a, const char *a_task, struct action *b,
    unsigned flags)
{
	const struct node *place = place_of_action(b);
	bool near = is_clone(a->rsc) && a_task && place && (flags & TF);
	unsigned own = near ? (flags & ~TF) | WF : flags;
	struct along *along = NULL;

	if (is_collective(b->rsc) && !is_within(a->rsc, b->rsc)) {
		along = imply_members(pe, a, b, own);
		if (is_clone(b->rsc) && (own & FF))
			own = (own & ~FF) | MH;
	}
	link_along(pe, a, b, own | OO, along);
	if (near)
		imply_from_instances(pe, a->rsc, a_task, b, place);
}

/* Completions. */

static const char *
task_of_end(struct pe *pe, const struct end *end)
{
	const char *id, *task;
	int64_t ms;

	if (end->action)
		return end->action->task;
	return key_parse(pe, end->key, &id, &task, &ms) ? task : NULL;
}

/* The key of "all of it is done" in place of "it begins". */
static struct end
completion(struct pe *pe, const struct end *first, const char *task)
{
	const char *complete = task_completion(task);

	if (complete == task || (first->key && strstr(first->key, "_notify_")))
		return *first;
	if (first->rsc->notify && is_clone(first->rsc))
		return end_key(first->rsc,
		    notify_key(pe, first->rsc->id, "confirmed-post", complete));
	return end_task(pe, first->rsc, complete);
}

static void
resolve(struct pe *pe, const struct end *first_end, const struct end *then_end,
    unsigned flags)
{
	struct found first = { 0 }, then = { 0 };
	struct end end = *first_end;
	const char *task = end.rsc ? task_of_end(pe, &end) : NULL;

	actions_find(pe, then_end, &then);
	if (then.action_count == 0)
		return;
	if (task && is_collective(end.rsc) && !is_within(end.rsc, then_end->rsc))
		end = completion(pe, &end, task);
	else
		task = NULL;
	actions_find(pe, &end, &first);
	if (first.action_count == 0 && end.rsc && end.rsc != then_end->rsc)
		stand_in(pe, &end, &first, flags);
	for (size_t i = 0; i < first.action_count; i++)
		for (size_t n = 0; n < then.action_count; n++)
			pair_link(pe, first.action[i], task, then.action[n], flags);
}

/* Instance by instance. */

static bool
interleaves(const struct end *first, const struct end *then, const char *then_task)
{
	if (!is_clone(first->rsc) || !is_clone(then->rsc) || first->rsc == then->rsc ||
	    !then_task)
		return false;
	return (goes_down(then_task) ? first->rsc : then->rsc)->interleave &&
	       first->rsc->clone_node_max == then->rsc->clone_node_max;
}

static const struct node *
place_of(const struct rsc *instance, bool current)
{
	return current ? rsc_current_node(instance) : instance->assigned;
}

/* By node, so that partners are found at once. */
static struct rsc **
instances_by_node(struct pe *pe, const struct rsc *clone, bool current)
{
	struct rsc **at =
	    arena_alloc(&pe->arena, (pe->node_count + 1) * sizeof(struct rsc *));

	for (size_t i = clone->child_count; i-- > 0;) {
		const struct node *node = place_of(clone->child[i], current);

		if (node)
			at[node->index] = clone->child[i];
	}
	return at;
}

/* Without a partner it cannot start. */
static void
inhibit(struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		inhibit(rsc->child[i]);
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		if (same(a->task, "stop") && rsc->managed)
			a->optional = false;
		else if (same(a->task, "start") || is_recurring(a)) {
			a->runnable = false;
			a->inhibited = true;
		}
	}
	rsc->assigned = NULL;
	rsc->next_role = ROLE_STOPPED;
}

/* Whether an instance lost its place, as there is none before it that it could follow; so do those that follow it. */
static bool
inhibit_lonely(struct pe *pe, const struct order *o, const char *then_task)
{
	bool current = goes_down(then_task), any = false;
	struct rsc **partner;

	if (current || !(o->flags & (TN | TF)))
		return false;
	partner = instances_by_node(pe, o->first.rsc, false);
	for (size_t i = 0; i < o->then.rsc->child_count; i++) {
		struct rsc *c = o->then.rsc->child[i];

		if (c->assigned && !partner[c->assigned->index]) {
			inhibit(c);
			any = true;
		}
	}
	return any;
}

static void
resolve_interleaved(struct pe *pe, const struct order *o, const char *first_task,
    const char *then_task)
{
	bool current = goes_down(then_task);
	struct rsc **partner = instances_by_node(pe, o->first.rsc, current);

	for (size_t i = 0; i < o->then.rsc->child_count; i++) {
		struct rsc *c = o->then.rsc->child[i];
		const struct node *node = place_of(c, current);
		struct rsc *p = node ? partner[node->index] : NULL;

		if (!p)
			continue;
		struct end first = end_task(pe, p, first_task),
		           then = end_task(pe, c, then_task);

		resolve(pe, &first, &then, o->flags);
	}
	resolve(pe, &o->first, &o->then, OO);
}

static bool
is_interleaved(const struct order *o, const char *first_task, const char *then_task)
{
	return first_task && !o->first.action && !o->then.action &&
	       interleaves(&o->first, &o->then, then_task);
}

/* Until nobody is left alone. */
static void
inhibit_all(struct pe *pe)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < pe->order_count; i++) {
			const struct order *o = &pe->order[i];
			const char *first_task = task_of_end(pe, &o->first),
			           *then_task = task_of_end(pe, &o->then);

			if (is_interleaved(o, first_task, then_task))
				again |= inhibit_lonely(pe, o, then_task);
		}
	}
}

void
links_resolve_p(struct pe *pe)
{
	inhibit_all(pe);
	for (size_t i = 0; i < pe->order_count; i++) {
		struct order o = pe->order[i]; /* the array may move */
		const char *first_task = task_of_end(pe, &o.first),
		           *then_task = task_of_end(pe, &o.then);

		if (is_interleaved(&o, first_task, then_task))
			resolve_interleaved(pe, &o, first_task, then_task);
		else
			resolve(pe, &o.first, &o.then, o.flags);
	}
	for (size_t i = 0; i < pe->action_count; i++)
		if (pe->action[i]->needed && !has_enough(pe->action[i]))
			pe->action[i]->runnable = false;
}
