/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links become pairs of actions, and what one action is decides what others are (spec 10). */
#include "crm/pengine/private.h"

#include <stdlib.h>

/* Resolving. */

/* Nothing was planned for the first side: an action that will not happen stands for it.  Where a notification
 * should have been sent, but by nobody, it is what the notification would have been about. */
static void
stand_in(struct pe *pe, const struct end *first, struct found *f)
{
	const char *id, *task;
	int64_t ms;

	if (!key_parse(pe, first->key, &id, &task, &ms))
		return;
	struct action *a = action_make(pe, first->rsc,
	    key_of(pe, first->rsc->id, task, ms), task, NULL, true);

	if (same(task, "stop") && rsc_role(first->rsc) == ROLE_STOPPED) {
		a->pseudo = true;
		a->runnable = true;
	}
	ARENA_PUSH(&pe->arena, f, action, a);
}

static void
resolve(struct pe *pe, const struct order *o)
{
	struct found first = { 0 }, then = { 0 };

	actions_find(pe, &o->first, &first);
	if (first.action_count == 0 && o->first.rsc != o->then.rsc)
		stand_in(pe, &o->first, &first);
	if (first.action_count == 0)
		return;
	actions_find(pe, &o->then, &then);
	for (size_t i = 0; i < first.action_count; i++)
		for (size_t n = 0; n < then.action_count; n++)
			order_now(pe, first.action[i], then.action[n], o->flags);
}

/* The key of "all of it is done" in place of "it begins". */
static const char *
completion_key(struct pe *pe, const struct rsc *rsc, const struct order *o)
{
	const char *key = o->first.action ? o->first.action->key : o->first.key, *id,
	           *task;
	int64_t ms;

	if (strstr(key, "_notify_") || !key_parse(pe, key, &id, &task, &ms))
		return key;
	const char *complete = task_completion(task);

	if (complete == task)
		return key;
	if (rsc->notify)
		return notify_key(pe, rsc->id, "confirmed-post",
		    pe->profile == PE_P ? complete : task);
	return key_of(pe, rsc->id, complete, ms);
}

static const char *
task_of_end(struct pe *pe, const struct order *o)
{
	const char *key = o->first.action ? o->first.action->key : o->first.key, *id,
	           *task;
	int64_t ms;

	return key_parse(pe, key, &id, &task, &ms) ? task : NULL;
}

static void
from_child(struct pe *pe, const struct order *o, struct rsc *child)
{
	const char *task = task_of_end(pe, o);
	struct order child_order = *o;

	if (!task)
		return;
	child_order.first = end_task(pe, child, task);
	resolve(pe, &child_order);
}

static void
resolve_group(struct pe *pe, struct order *o)
{
	struct rsc *g = o->first.rsc, *then = o->then.rsc;

	if (then && (then == g || then->parent == g)) {
		resolve(pe, o);
		return;
	}
	if (o->flags != OO)
		resolve(pe, o);
	if ((o->flags & FF) && g->child_count)
		from_child(pe, o, g->child[0]);
	o->first = end_key(g, completion_key(pe, g, o));
	resolve(pe, o);
}

static void
resolve_clone(struct pe *pe, struct order *o)
{
	struct rsc *k = o->first.rsc, *then = o->then.rsc;

	if (then && rsc_top(then) == rsc_top(k)) {
		resolve(pe, o);
		return;
	}
	if (o->flags & FF)
		for (size_t i = 0; i < k->child_count; i++)
			from_child(pe, o, k->child[i]);
	o->first = end_key(k, completion_key(pe, k, o));
	resolve(pe, o);
}

void
links_resolve(struct pe *pe)
{
	for (size_t i = 0; i < pe->order_count; i++) {
		struct order *o = &pe->order[i];
		struct order copy = *o; /* the array may move */

		if (!copy.first.rsc || copy.first.rsc->variant == PRIMITIVE)
			resolve(pe, &copy);
		else if (copy.first.rsc->variant == GROUP)
			resolve_group(pe, &copy);
		else
			resolve_clone(pe, &copy);
	}
}

/* Following. */

static enum role
role_of(const struct action *a)
{
	return a->rsc ? rsc_role(a->rsc) : ROLE_UNKNOWN;
}

/* What the link from A to B makes of both; whether A, whether B changed. */
static void
follow(struct action *a, struct action *b, unsigned f, bool *a_changed, bool *b_changed)
{
	enum role r = role_of(a);

	if ((f & DM) && !a->pseudo && r > ROLE_SLAVE && a->node && a->node->online)
		f |= TN;
	if ((f & SH) && !a->optional && a->rsc && a->rsc->shutdown && b->optional) {
		b->optional = false;
		*b_changed = true;
	}
	if ((f & RS) && r > ROLE_STOPPED) {
		if (a->rsc->variant == PRIMITIVE)
			f |= FF;
		if (a->optional && a->runnable && !b->runnable) {
			a->optional = false;
			a->rsc->shutdown = true;
			*a_changed = true;
		}
	}
	if ((f & AS) && !a->runnable && !b->optional && b->runnable &&
	    !(same(b->task, "stop") && role_of(b) == ROLE_STOPPED)) {
		b->runnable = false;
		*b_changed = true;
	}
	if ((f & TN) && !a->runnable && !a->implied_by_fencing && b->runnable) {
		b->runnable = false;
		*b_changed = true;
	}
	if ((f & FN) && !b->runnable && !b->pseudo && a->runnable) {
		a->runnable = false;
		*a_changed = true;
	}
	if ((f & FF) && a->optional && !b->optional &&
	    !(same(a->task, "stop") && r == ROLE_STOPPED) &&
	    !((f & DM) && r < ROLE_MASTER)) {
		a->optional = false;
		*a_changed = true;
	}
	if ((f & TF) && b->optional && !a->optional) {
		b->optional = false;
		*b_changed = true;
	}
}

/*
 * Depth first, on a stack of our own, as chains of links may be of any length: a frame looks
 * at the links before an action (and then, if it changed, at what comes after), or has all
 * looked at that come after it.  Which order that has decides what people are told as reasons.
 */
struct frame {
	struct action *action;
	size_t next;
	bool after, changed;
	const struct link *along; /* P: what it means for members is looked at */
};

struct stack {
	struct frame *frame;
	size_t frame_count, frame_room;
};

static void
push(struct pe *pe, struct stack *stack, struct action *action, bool after)
{
	ARENA_PUSH(&pe->arena, stack, frame,
	    ((struct frame){ .action = action, .after = after }));
}

/* ACTION is not what it was: all that come after it are looked at, and itself, if AGAIN. */
static void
changed(struct pe *pe, struct stack *stack, struct action *action, bool again)
{
	struct blocked blocked = { 0 };

	push(pe, stack, action, true);
	if (again)
		push(pe, stack, action, false);
	if (pe->profile != PE_P)
		return;
	/* Who is blocked may block others: the list grows while it is read. */
	colocations_block_p(pe, action, &blocked);
	for (size_t i = 0; i < blocked.action_count; i++) {
		struct action *a = blocked.action[i];

		push(pe, stack, a, false);
		colocations_block_p(pe, a, &blocked);
	}
}

/* P looks at the newest links first, H at the oldest. */
static const struct link *
link_at(const struct pe *pe, const struct link *link, size_t count, size_t i)
{
	return &link[pe->profile == PE_P ? count - 1 - i : i];
}

/* What LINK makes of both; the frame on top looks at what is before B. */
static void
link_look(struct pe *pe, struct stack *stack, const struct link *link)
{
	struct frame *top = &stack->frame[stack->frame_count - 1];
	struct action *a = link->other, *b = top->action;
	bool a_changed = false, b_changed = false;

	if (pe->profile == PE_P)
		follow_p(pe, a, b, link->flags, &a_changed, &b_changed);
	else
		follow(a, b, link->flags, &a_changed, &b_changed);
	top->changed |= b_changed;
	if (pe->profile != PE_P) {
		if (a_changed)
			changed(pe, stack, a, true);
		return;
	}
	if (a_changed) {
		push(pe, stack, a, false);
		changed(pe, stack, a, false);
	}
	/* At once, before the other links have a say. */
	if (b_changed && !(b->rsc && b->rsc->variant != PRIMITIVE))
		push(pe, stack, b, false);
}

static void
look_before(struct pe *pe, struct stack *stack)
{
	struct frame *top = &stack->frame[stack->frame_count - 1];
	struct action *b = top->action;

	if (top->next >= b->before_count) {
		bool is_changed = top->changed;

		stack->frame_count--;
		if (is_changed)
			changed(pe, stack, b, pe->profile == PE_P);
		return;
	}
	const struct link *link = link_at(pe, b->before, b->before_count, top->next++);

	if (link->flags & AL)
		return;
	if (link->along && link->along->active)
		link->along->again = true;
	else if (link->along) {
		link->along->active = true;
		ARENA_PUSH(&pe->arena, stack, frame, ((struct frame){ .along = link }));
	} else
		link_look(pe, stack, link);
}

/* Its members first: what all of a group or clone does is what they do. */
static void
look_along(struct pe *pe, struct stack *stack)
{
	struct frame *top = &stack->frame[stack->frame_count - 1];
	const struct link *link = top->along;
	struct along *along = link->along;
	bool a_changed = false, b_changed = false;

	if (top->next >= along->action_count && along->again) {
		along->again = false;
		top->next = 0;
		return;
	}
	if (top->next >= along->action_count) {
		along->active = false;
		stack->frame_count--;
		link_look(pe, stack, link);
		return;
	}
	struct action *b = along->action[top->next++];

	follow_p(pe, link->other, b, along->flags, &a_changed, &b_changed);
	if (b_changed)
		changed(pe, stack, b, true);
}

static void
look_after(struct pe *pe, struct stack *stack)
{
	struct frame *top = &stack->frame[stack->frame_count - 1];

	if (top->next >= top->action->after_count) {
		stack->frame_count--;
		return;
	}
	const struct link *link =
	    link_at(pe, top->action->after, top->action->after_count, top->next++);

	if (!(link->flags & AL))
		push(pe, stack, link->other, false);
}

static void
update(struct pe *pe, struct stack *stack, struct action *b)
{
	push(pe, stack, b, false);
	while (stack->frame_count) {
		const struct frame *top = &stack->frame[stack->frame_count - 1];

		if (top->along)
			look_along(pe, stack);
		else if (top->after)
			look_after(pe, stack);
		else
			look_before(pe, stack);
	}
}

void
links_propagate(struct pe *pe)
{
	struct stack stack = { 0 };

	for (size_t i = 0; pe->profile == PE_P && i < pe->action_count; i++)
		if (!pe->action[i]->runnable)
			changed(pe, &stack, pe->action[i], false);
	for (size_t i = 0; i < pe->action_count; i++)
		update(pe, &stack,
		    pe->action[pe->profile == PE_P ? pe->action_count - 1 - i : i]);
}

/* Moving without a stop, and new parameters without a restart (spec 10.3). */

static bool
may_skip_stop(const struct rsc *rsc, const struct action *start)
{
	for (size_t i = 0; i < start->before_count; i++) {
		const struct action *x = start->before[i].other;

		if (x->optional || !x->rsc || x->rsc == rsc)
			continue;
		struct rsc *top = rsc_top(x->rsc);

		if (top->variant == PRIMITIVE || top->variant == GROUP ||
		    same(x->task, "migrate_to") || same(x->task, "migrate_from"))
			return false;
		for (size_t n = 0; n < top->action_count; n++)
			if (same(top->action[n]->task, "stop") &&
			    !top->action[n]->optional)
				return false;
	}
	return true;
}

static bool
is_real(const struct action *a)
{
	return a && !a->pseudo && !a->optional && a->node && a->runnable;
}

static void
migrate(struct pe *pe, struct rsc *rsc, struct action *start, struct action *stop)
{
	size_t count = start->before_count;

	pe_say(pe, PE_INFO, false, "Migrating %s from %s to %s", rsc->id,
	    stop->node->uname, start->node->uname);
	stop->task = "migrate_to";
	stop->key = key_of(pe, rsc->id, "migrate_to", 0);
	meta_set(pe, stop, "migrate_source", stop->node->uname);
	meta_set(pe, stop, "migrate_target", start->node->uname);
	for (size_t i = 0; i < count; i++) {
		struct link link = start->before[i];

		if (!link.other->optional && link.other->rsc && link.other->rsc != rsc)
			order_now(pe, link.other, stop, link.flags);
	}
	start->task = "migrate_from";
	start->key = key_of(pe, rsc->id, "migrate_from", 0);
	meta_set(pe, start, "migrate_source_uuid", stop->node->id);
	meta_set(pe, start, "migrate_source", stop->node->uname);
	meta_set(pe, start, "migrate_target", start->node->uname);
}

static void
migrate_leaf(struct pe *pe, struct rsc *rsc)
{
	struct action *start, *stop;
	bool allowed = value_is_true(table_get(&rsc->meta, "allow_migrate"));

	if (!rsc->managed || rsc->failed || rsc->start_pending ||
	    rsc->next_role != ROLE_STARTED || rsc->running_count != 1)
		return;
	start = action_find_task(rsc, "start", NULL);
	stop = action_find_task(rsc, "stop", NULL);
	if (!is_real(start) || !is_real(stop) || (!allowed && !start->reload) ||
	    !may_skip_stop(rsc, start))
		return;
	if (allowed && start->node != stop->node)
		migrate(pe, rsc, start, stop);
	else if (start->reload && start->node == stop->node) {
		start->task = "reload";
		start->key = key_of(pe, rsc->id, "reload", 0);
		stop->pseudo = true;
	}
}

static void
migrate_tree(struct pe *pe, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		migrate_tree(pe, rsc->child[i]);
	if (rsc->variant == PRIMITIVE)
		migrate_leaf(pe, rsc);
}

void
migrate_all(struct pe *pe)
{
	for (size_t i = 0; i < pe->rsc_count; i++)
		migrate_tree(pe, pe->rsc[i]);
}
