/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "D with Q" takes effect on D once Q has its place (spec 9.4). */
#include "crm/pengine/private.h"

static bool
is_clone(const struct rsc *rsc)
{
	return rsc->variant == CLONE || rsc->variant == MASTER;
}

/* The nodes of Q's children, with the scores for which they were chosen.  ROLE: only of
 * those that will have it. */
static struct weights
child_nodes(struct pe *pe, const struct rsc *q, enum role role)
{
	struct weights list = { 0 };

	for (size_t i = 0; i < q->child_count; i++) {
		const struct rsc *c = q->child[i];

		if (c->assigned && (role == ROLE_UNKNOWN || rsc_next_role(c) == role) &&
		    !(list.at && weights_find(&list, c->assigned)))
			weights_add(pe, &list, c->assigned, c->assigned_score);
	}
	if (!list.at)
		list.at = arena_alloc(&pe->arena, pe->node_count * sizeof(*list.at));
	return list;
}

static void
with_primitive(struct rsc *d, struct rsc *q, const struct colocation *c)
{
	struct weights *list = &d->allowed;

	if (c->score == 0)
		return;
	if (c->dependent_role != ROLE_UNKNOWN && c->dependent_role != d->next_role)
		return;
	if (c->primary_role != ROLE_UNKNOWN && c->primary_role != q->next_role)
		return;
	if (!q->provisional_done || d->provisional_done)
		return;
	if (!q->assigned) {
		if (c->score >= INF)
			for (size_t i = 0; i < list->w_count; i++)
				list->w[i].score = score_add(list->w[i].score, -INF);
		return;
	}
	for (size_t i = 0; i < list->w_count; i++) {
		struct weight *w = &list->w[i];

		if (nodes_alike(w->node, q->assigned, c->attribute))
			w->score = score_add(w->score, c->score);
		else if (c->score >= INF)
			w->score = -INF;
	}
}

static void
with_group(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (!q->provisional_done || q->child_count == 0)
		return;
	if (q->collocated)
		colocate(pe, d, q->child[0], c);
	else if (c->score >= INF)
		pe_say(pe, PE_ERROR, true,
		    "Cannot colocate resources with a non-colocated group: %s", q->id);
	else
		for (size_t i = 0; i < q->child_count; i++)
			colocate(pe, d, q->child[i], c);
}

static void
with_clone(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (!q->provisional_done)
		return;
	if (c->score >= INF) {
		struct weights nodes = child_nodes(pe, q, ROLE_UNKNOWN);

		weights_intersect(pe, &d->allowed, &nodes);
		return;
	}
	for (size_t i = 0; i < q->child_count; i++)
		colocate(pe, d, q->child[i], c);
}

/* D has its place: only whether it becomes a master is open. */
static void
promotion_with_master(struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (c->dependent_role != ROLE_MASTER)
		return;
	for (size_t i = 0; i < q->child_count; i++) {
		const struct rsc *child = q->child[i];

		if (child->assigned && child->assigned == d->assigned &&
		    rsc_next_role(child) == c->primary_role) {
			d->priority = score_add(d->priority, c->score);
			return;
		}
	}
	d->priority = -INF;
}

static void
with_master(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (!q->provisional_done)
		return;
	if (c->primary_role == ROLE_UNKNOWN) {
		with_clone(pe, d, q, c);
		return;
	}
	if (c->score < INF) {
		for (size_t i = 0; i < q->child_count; i++)
			colocate(pe, d, q->child[i], c);
		return;
	}
	if (d->provisional_done) {
		promotion_with_master(d, q, c);
		return;
	}
	struct weights nodes = child_nodes(pe, q, c->primary_role);

	for (size_t i = 0; i < q->child_count; i++)
		if (q->child[i]->assigned &&
		    rsc_next_role(q->child[i]) == c->primary_role)
			weights_add(pe, &d->allowed, q->child[i]->assigned, c->score);
	if (c->dependent_role != ROLE_MASTER || c->primary_role != ROLE_MASTER)
		weights_intersect(pe, &d->allowed, &nodes);
}

static struct rsc *
partner(const struct rsc *child, const struct rsc *q)
{
	for (size_t i = 0; child->assigned && i < q->child_count; i++)
		if (q->child[i]->assigned == child->assigned)
			return q->child[i];
	return NULL;
}

static void
clone_with(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (is_clone(q) && d->clone_node_max == q->clone_node_max) {
		if (d->interleave) {
			for (size_t i = 0; i < d->child_count; i++) {
				struct rsc *with = partner(d->child[i], q);

				if (with)
					colocate(pe, d->child[i], with, c);
			}
			return;
		}
		if (c->score >= INF) {
			struct weights nodes = child_nodes(pe, q, ROLE_UNKNOWN);

			weights_intersect(pe, &d->allowed, &nodes);
			return;
		}
	} else if (is_clone(q))
		pe_say(pe, PE_ERROR, true,
		    "%s and %s allow different numbers of instances on a node", d->id,
		    q->id);
	else if (c->score >= INF) {
		pe_say(pe, PE_ERROR, true, "Cannot colocate the clone %s with %s", d->id,
		    q->id);
		return;
	}
	for (size_t i = 0; i < d->child_count; i++)
		colocate(pe, d->child[i], q, c);
}

static void
group_with(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (d->child_count == 0)
		return;
	if (d->collocated)
		colocate(pe, d->child[0], q, c);
	else if (c->score >= INF)
		pe_say(pe, PE_ERROR, true, "Cannot colocate a non-colocated group: %s",
		    d->id);
	else
		for (size_t i = 0; i < d->child_count; i++)
			colocate(pe, d->child[i], q, c);
}

void
colocate(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (d->variant == GROUP) {
		group_with(pe, d, q, c);
		return;
	}
	if (is_clone(d)) {
		clone_with(pe, d, q, c);
		return;
	}
	switch (q->variant) {
	case PRIMITIVE:
		with_primitive(d, q, c);
		break;
	case GROUP:
		with_group(pe, d, q, c);
		break;
	case CLONE:
		with_clone(pe, d, q, c);
		break;
	case MASTER:
		with_master(pe, d, q, c);
	}
}
