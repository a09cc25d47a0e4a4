/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instances find their nodes, profile P (spec 12.11). */
#include "crm/pengine/private.h"

/* Order of the instances. */

static struct node *
current_of(const struct rsc *instance)
{
	return rsc_current_node(instance);
}

/* What the clone's colocations say about NODE; the instance's own score is no part of it. */
static int
colocated_score(struct pe *pe, const struct rsc *clone, const struct rsc *instance,
    struct node *node)
{
	struct weights list = { 0 };

	if (!weights_find(&instance->allowed, node))
		return -INF;
	weights_add(pe, &list, node, 0);
	for (size_t i = 0; i < clone->with_count; i++)
		scores_add(pe, clone->with[i]->primary, &list, clone->with[i]->attribute,
		    (float)clone->with[i]->score / (float)INF, 0);
	for (size_t i = 0; i < clone->with_me_count; i++)
		if (colocation_counts(clone->with_me[i], clone))
			scores_add(pe, clone->with_me[i]->dependent, &list,
			    clone->with_me[i]->attribute,
			    (float)clone->with_me[i]->score / (float)INF,
			    ADD_NONNEGATIVE);
	return list.w[0].score;
}

static bool
is_disallowed(const struct rsc *instance, const struct node *node)
{
	const struct weight *w = node ? weights_find(&instance->allowed, node) : NULL;

	return node && (!w || w->score < 0);
}

static int
number_compare(const struct rsc *a, const struct rsc *b)
{
	return (a->number > b->number) - (a->number < b->number);
}

int
instance_compare_p(struct pe *pe, const struct rsc *a, const struct rsc *b)
{
	const struct rsc *clone = a->parent;
	struct node *x = current_of(a), *y = current_of(b);

	if (x && y && a->running_count != b->running_count)
		return a->running_count < b->running_count ? -1 : 1;
	bool a_bad = is_disallowed(a, x), b_bad = is_disallowed(b, y);

	if (a_bad != b_bad)
		return a_bad ? 1 : -1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (!x || !y)
		return !x && !y ? number_compare(a, b) : x ? -1 : 1;
	if (node_can_run(x) != node_can_run(y))
		return node_can_run(x) ? -1 : 1;
	const struct weight *v = weights_find(&clone->allowed, x);
	const struct weight *w = weights_find(&clone->allowed, y);

	if (!v || !w)
		return !v && !w ? number_compare(a, b) : v ? -1 : 1;
	if (v->count != w->count)
		return v->count < w->count ? -1 : 1;
	if (any_failed(a) != any_failed(b))
		return any_failed(a) ? 1 : -1;
	int s = colocated_score(pe, clone, a, x), t = colocated_score(pe, clone, b, y);

	if (s != t)
		return s > t ? -1 : 1;
	return number_compare(a, b);
}

void
instances_sort_p(struct pe *pe, struct rsc *rsc,
    int (*compare)(struct pe *, const struct rsc *, const struct rsc *))
{
	for (size_t i = 1; i < rsc->child_count; i++) {
		struct rsc *c = rsc->child[i];
		size_t at = i;

		for (; at > 0 && compare(pe, c, rsc->child[at - 1]) < 0; at--)
			rsc->child[at] = rsc->child[at - 1];
		rsc->child[at] = c;
	}
}

static int
by_number(struct pe *pe, const struct rsc *a, const struct rsc *b)
{
	(void)pe;
	return number_compare(a, b);
}

void
children_by_number(struct rsc *clone)
{
	instances_sort_p(NULL, clone, by_number);
}

/* Placing. */

static void
colocations_give(struct pe *pe, struct rsc *clone, struct rsc *instance, bool all)
{
	for (size_t i = 0; i < clone->with_count; i++)
		if (all || clone->with[i]->score < 0 || clone->with[i]->score >= INF)
			ARENA_PUSH(&pe->arena, instance, with, clone->with[i]);
	for (size_t i = 0; i < clone->with_me_count; i++)
		if (colocation_counts(clone->with_me[i], instance) &&
		    (all || clone->with_me[i]->score < 0))
			ARENA_PUSH(&pe->arena, instance, with_me, clone->with_me[i]);
}

struct saved {
	struct weights *list;
	size_t list_count, list_room, next;
};

static void
scores_save(struct pe *pe, const struct rsc *rsc, struct saved *saved)
{
	struct weights copy;

	weights_copy(pe, &copy, &rsc->allowed);
	ARENA_PUSH(&pe->arena, saved, list, copy);
	for (size_t i = 0; i < rsc->child_count; i++)
		scores_save(pe, rsc->child[i], saved);
}

static void
scores_restore(struct rsc *rsc, struct saved *saved)
{
	rsc->allowed = saved->list[saved->next++];
	for (size_t i = 0; i < rsc->child_count; i++)
		scores_restore(rsc->child[i], saved);
}

static bool
try(struct pe *pe, struct rsc *clone, struct rsc *instance, struct node *prefer, bool all)
{
	struct saved saved = { 0 };

	colocations_give(pe, clone, instance, all);
	if (prefer) {
		const struct weight *w = weights_find(&instance->allowed, prefer);

		if (!w || w->score < 0)
			return false;
		scores_save(pe, instance, &saved);
	}
	for (size_t i = 0; i < instance->allowed.w_count; i++) {
		struct node *node = instance->allowed.w[i].node;
		const struct weight *w = weights_find(&clone->allowed, node);

		/* Where the clone would rather not be, no instance is. */
		if (!node_can_run(node) || instance->orphan || !w || w->score < 0 ||
		    w->count >= clone->clone_node_max)
			rsc_add(pe, instance, node, -INF);
	}
	struct node *node = assign_p(pe, instance, prefer);

	if (prefer && node && node != prefer) {
		unassign(pe, instance);
		scores_restore(instance, &saved);
		return false;
	}
	struct weight *w = node ? weights_find(&clone->allowed, node) : NULL;

	if (w)
		w->count++;
	return node != NULL;
}

static void
stay(struct pe *pe, struct rsc *clone, int max, int best, bool all, int *assigned)
{
	for (size_t i = 0; i < clone->child_count && *assigned < max; i++) {
		struct rsc *c = clone->child[i];
		struct node *node = current_of(c);
		const struct weight *w =
		    node ? weights_find(&clone->allowed, node) : NULL;

		if (!c->running_count || c->provisional_done || any_failed(c) || !w)
			continue;
		const struct weight *own = weights_find(&c->allowed, node);

		if (!node_can_run(node) || !own || own->score < 0 || w->count >= best)
			continue;
		*assigned += try(pe, clone, c, node, all);
	}
}

static void
place(struct pe *pe, struct rsc *clone)
{
	int nodes = 0, assigned = 0, max = clone->clone_max, best;

	for (size_t i = 0; i < clone->allowed.w_count; i++) {
		clone->allowed.w[i].count = 0;
		nodes += node_can_run(clone->allowed.w[i].node);
	}
	best = nodes > 0 ? max / nodes : 1;
	if (best < 1)
		best = 1;
	bool all = max < nodes;

	stay(pe, clone, max, best, all, &assigned);
	for (size_t i = 0; i < clone->child_count; i++) {
		struct rsc *c = clone->child[i];

		if (c->provisional_done)
			continue;
		if (assigned >= max) /* those too many do not even ask */
			rsc_add_all(pe, c, -INF);
		else
			assigned += try(pe, clone, c, NULL, all);
	}
}

static void
scores_say_tree(struct pe *pe, const struct rsc *rsc)
{
	if (rsc->orphan)
		return;
	scores_say(pe, "pcmk__clone_allocate", rsc);
	for (size_t i = 0; i < rsc->child_count; i++)
		scores_say_tree(pe, rsc->child[i]);
}

void
clone_assign_p(struct pe *pe, struct rsc *rsc)
{
	rsc->assigning = true;
	if (rsc->variant == MASTER)
		promotion_scores_add_p(pe, rsc);
	for (size_t i = 0; i < rsc->with_count; i++)
		assign_p(pe, rsc->with[i]->primary, NULL);
	for (size_t i = 0; i < rsc->with_me_count; i++)
		if (colocation_counts(rsc->with_me[i], rsc))
			scores_add(pe, rsc->with_me[i]->dependent, &rsc->allowed,
			    rsc->with_me[i]->attribute,
			    (float)rsc->with_me[i]->score / (float)INF,
			    ADD_ACTIVE | ADD_NONNEGATIVE);
	if (pe->want_scores)
		scores_say_tree(pe, rsc);
	counts_clear(rsc); /* nobody counts yet where instances run now */
	instances_sort_p(pe, rsc, instance_compare_p);
	place(pe, rsc);
	if (rsc->variant == MASTER)
		promote_p(pe, rsc);
	rsc->provisional_done = true;
	rsc->assigning = false;
}
