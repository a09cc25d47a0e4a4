/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instances of clones find their nodes, and those of masters their roles (spec 9.5). */
#include "crm/pengine/private.h"

#include <stdio.h>

/* Order of the instances: who is placed first. */

bool
any_failed(const struct rsc *rsc)
{
	if (rsc->failed)
		return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_failed(rsc->child[i]))
			return true;
	return false;
}

/* Less than 0: A goes first. */
static int
instance_compare(const struct rsc *a, const struct rsc *b)
{
	const struct rsc *clone = a->parent;

	if (a->running_count && b->running_count && a->running_count != b->running_count)
		return a->running_count < b->running_count ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (!a->running_count || !b->running_count)
		return (b->running_count ? 1 : 0) - (a->running_count ? 1 : 0);
	const struct node *x = a->running[0], *y = b->running[0];

	if (node_can_run(x) != node_can_run(y))
		return node_can_run(x) ? -1 : 1;
	const struct weight *v = weights_find(&clone->allowed, x);
	const struct weight *w = weights_find(&clone->allowed, y);

	if (!v || !w)
		return (w ? 1 : 0) - (v ? 1 : 0);
	if (v->count != w->count)
		return v->count < w->count ? -1 : 1;
	if (v->score != w->score)
		return v->score > w->score ? -1 : 1;
	if (any_failed(a) != any_failed(b))
		return any_failed(a) ? 1 : -1;
	return 0;
}

static void
children_sort(struct rsc *rsc, int (*compare)(const struct rsc *, const struct rsc *))
{
	for (size_t i = 1; i < rsc->child_count; i++) {
		struct rsc *c = rsc->child[i];
		size_t at = i;

		for (; at > 0 && compare(c, rsc->child[at - 1]) < 0; at--)
			rsc->child[at] = rsc->child[at - 1];
		rsc->child[at] = c;
	}
}

void
counts_clear(struct rsc *clone)
{
	for (size_t i = 0; i < clone->allowed.w_count; i++)
		clone->allowed.w[i].count = 0;
}

/* Placing. */

static void
forbid(struct pe *pe, struct rsc *child, struct node *node)
{
	weights_add(pe, &child->allowed, node, -INF);
	for (size_t i = 0; i < child->child_count; i++)
		if (weights_find(&child->child[i]->allowed, node))
			forbid(pe, child->child[i], node);
}

static void
instance_assign(struct pe *pe, struct rsc *clone, struct rsc *child)
{
	for (size_t i = 0; i < clone->with_count; i++)
		ARENA_PUSH(&pe->arena, child, with, clone->with[i]);
	for (size_t i = 0; i < clone->with_me_count; i++)
		ARENA_PUSH(&pe->arena, child, with_me, clone->with_me[i]);
	for (size_t i = 0; i < child->allowed.w_count; i++) {
		struct node *node = child->allowed.w[i].node;
		const struct weight *w = weights_find(&clone->allowed, node);

		if (!node_can_run(node) || !w || w->count >= clone->clone_node_max)
			forbid(pe, child, node);
	}
	struct node *node = assign(pe, child);
	struct weight *w = node ? weights_find(&clone->allowed, node) : NULL;

	if (w)
		w->count++;
}

static void
place(struct pe *pe, struct rsc *clone)
{
	for (size_t i = 0; i < clone->with_me_count; i++)
		merge(pe, clone->with_me[i]->dependent, &clone->allowed,
		    clone->with_me[i]->score / INF, true);
	counts_clear(clone);
	for (size_t i = 0; i < clone->child_count; i++)
		if (clone->child[i]->running_count) {
			struct weight *w =
			    weights_find(&clone->allowed, clone->child[i]->running[0]);

			if (w)
				w->count++;
		}
	children_sort(clone, instance_compare);
	counts_clear(clone);
	weights_sort(pe, &clone->allowed);
	for (size_t i = 0; i < clone->child_count; i++)
		instance_assign(pe, clone, clone->child[i]);
}

/* Promotion. */

/* The score that a node gives an instance; DEFAULT_SCORE when it says nothing. */
static int
promotion_score(struct pe *pe, const struct rsc *child, const struct node *node,
    int default_score)
{
	const char *text =
	    table_get(&node->attrs, arena_printf(&pe->arena, "master-%s", child->id));

	if (!text)
		text = table_get(&node->attrs,
		    arena_printf(&pe->arena, "master-%s", child->long_id));
	return text ? score_parse(text) : default_score;
}

static void
promotion_scores_add(struct pe *pe, struct rsc *m)
{
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];

		for (size_t n = 0; n < c->allowed.w_count; n++) {
			struct weight *w = &c->allowed.w[n];

			if (!node_can_run(w->node))
				continue;
			int s = promotion_score(pe, c, w->node, 0);

			w->score = score_add(w->score, s);
			if (s > c->priority)
				c->priority = s;
		}
	}
}

void
role_set(struct rsc *rsc, enum role role, bool next)
{
	if (next)
		rsc->next_role = role;
	else
		rsc->role = role;
	for (size_t i = 0; i < rsc->child_count; i++)
		role_set(rsc->child[i], role, next);
}

static void
promotion_tell(struct rsc *rsc)
{
	table_set(&rsc->params, "CRM_meta_role", "Master");
	for (size_t i = 0; i < rsc->child_count; i++)
		promotion_tell(rsc->child[i]);
}

/* Location rules of role Master say who should become one. */
void
master_locations(struct rsc *child, const struct rsc *of)
{
	for (size_t i = 0; i < of->location_count; i++) {
		const struct location *l = of->location[i];

		for (size_t n = 0; l->role == ROLE_MASTER && n < l->entry_count; n++)
			if (l->entry[n].node == child->assigned)
				child->priority =
				    score_add(child->priority, l->entry[n].score);
	}
}

static void
child_judge(struct pe *pe, struct rsc *m, struct rsc *c, int *promoted)
{
	if (rsc_role(c) == ROLE_STARTED)
		role_set(c, ROLE_SLAVE, false);
	if (!c->assigned)
		return;
	switch (rsc_next_role(c)) {
	case ROLE_STARTED:
		c->priority = promotion_score(pe, c, c->assigned, -1);
		break;
	case ROLE_SLAVE:
	case ROLE_STOPPED:
		c->priority = -INF;
		break;
	case ROLE_MASTER:
		++*promoted;
		break;
	case ROLE_UNKNOWN:
		break;
	}
	master_locations(c, c);
	master_locations(c, m);
	for (size_t i = 0; i < c->with_count; i++)
		colocate(pe, c, c->with[i]->primary, c->with[i]);
	c->sort_index = rsc_next_role(c) == ROLE_MASTER ? INF : c->priority;
}

static int
promotion_compare(const struct rsc *a, const struct rsc *b)
{
	if (a->sort_index != b->sort_index)
		return a->sort_index > b->sort_index ? -1 : 1;
	if (rsc_role(a) != rsc_role(b))
		return rsc_role(a) > rsc_role(b) ? -1 : 1;
	return instance_compare(a, b);
}

static void
promotion_order(struct pe *pe, struct rsc *m)
{
	if (m->promotion_done)
		return;
	m->promotion_done = true;
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];
		struct weight *w =
		    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

		if (w && c->sort_index >= 0)
			w->score = score_add(w->score, c->sort_index);
	}
	for (size_t i = 0; i < m->with_me_count; i++)
		if (m->with_me[i]->primary_role == ROLE_MASTER)
			merge(pe, m->with_me[i]->dependent, &m->allowed,
			    m->with_me[i]->score / INF, true);
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];
		struct weight *w =
		    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

		if (w && c->sort_index >= 0)
			c->sort_index = w->score;
	}
	children_sort(m, promotion_compare);
}

static void
promote(struct pe *pe, struct rsc *m)
{
	int promoted = 0;

	counts_clear(m);
	for (size_t i = 0; i < m->child_count; i++)
		child_judge(pe, m, m->child[i], &promoted);
	promotion_order(pe, m);
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];
		struct weight *w =
		    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

		if (promoted < m->master_max && c->priority >= 0 && w &&
		    node_can_run(w->node) && w->count < m->master_node_max &&
		    rsc_next_role(c) != ROLE_MASTER) {
			pe_say(pe, PE_INFO, false, "Promoting %s (%s)", c->id,
			    c->assigned->uname);
			role_set(c, ROLE_MASTER, true);
			promotion_tell(c);
			w->count++;
			promoted++;
		} else if (rsc_next_role(c) == ROLE_STARTED)
			role_set(c, ROLE_SLAVE, true);
	}
}

struct node *
clone_assign(struct pe *pe, struct rsc *rsc)
{
	if (rsc->assigning)
		return NULL;
	if (rsc->provisional_done && rsc->variant == CLONE)
		return NULL;
	rsc->assigning = true;
	if (!rsc->provisional_done) {
		if (rsc->variant == MASTER)
			promotion_scores_add(pe, rsc);
		place(pe, rsc);
	}
	rsc->provisional_done = true;
	if (rsc->variant == MASTER)
		promote(pe, rsc);
	rsc->assigning = false;
	return NULL;
}
