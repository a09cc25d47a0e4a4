/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colocation arithmetic of profile P (spec 12.10). */
#include "crm/pengine/private.h"

#include <math.h>

static bool
is_clone(const struct rsc *rsc)
{
	return rsc->variant == CLONE || rsc->variant == MASTER;
}

/* Whether the roles make the constraint apply. */
static bool
roles_fit(const struct rsc *d, const struct rsc *q, const struct colocation *c)
{
	bool d_is = c->dependent_role == rsc_next_role(d);
	bool q_is = c->primary_role == rsc_next_role(q);

	if (c->score > 0)
		return (c->dependent_role == ROLE_UNKNOWN || d_is) &&
		       (c->primary_role == ROLE_UNKNOWN || q_is);
	return !(c->dependent_role != ROLE_UNKNOWN && d_is) &&
	       !(c->primary_role != ROLE_UNKNOWN && q_is);
}

/* D has its place: its chance to be promoted changes. */
static void
priority_with(struct rsc *d, const struct rsc *q, const struct colocation *c)
{
	if (!d->assigned || !q->assigned)
		return;
	bool equal = nodes_alike(d->assigned, q->assigned, c->attribute);

	if (equal &&
	    (c->primary_role == ROLE_UNKNOWN || c->primary_role == rsc_next_role(q)))
		d->priority = score_add(d->priority,
		    c->dependent_role == ROLE_SLAVE ? -c->score : c->score);
	else if (!equal && c->score >= INF && c->dependent_role == ROLE_MASTER)
		d->priority = -INF;
}

static void
with_primitive(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (!q->provisional_done)
		return;
	if (d->provisional_done) {
		if (c->dependent_role >= ROLE_SLAVE)
			priority_with(d, q, c);
		return;
	}
	if (!roles_fit(d, q, c) || (!q->assigned && c->score < 0))
		return;
	struct weight *before = weights_save(pe, &d->allowed);

	for (size_t i = 0; i < d->allowed.w_count; i++) {
		struct weight *w = &d->allowed.w[i];

		if (!q->assigned)
			w->score = score_add(w->score, -c->score);
		else if (nodes_alike(w->node, q->assigned, c->attribute)) {
			if (c->score < INF)
				w->score = score_add(w->score, c->score);
		} else if (c->score >= INF)
			w->score = score_add(w->score, -c->score);
	}
	weights_restore(pe, &d->allowed, before,
	    c->score < INF && c->score > -INF && !weights_any(&d->allowed));
}

static void
with_group(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (!q->provisional_done || !q->child_count)
		return;
	if (q->collocated)
		colocate_p(pe, d,
		    c->score >= INF ? q->child[q->child_count - 1] : q->child[0], c);
	else
		for (size_t i = 0; i < q->child_count; i++)
			colocate_p(pe, d, q->child[i], c);
}

static struct rsc *
instance_on(const struct rsc *q, const struct node *node)
{
	for (size_t i = 0; i < q->child_count; i++)
		if (q->child[i]->assigned == node)
			return q->child[i];
	return NULL;
}

static void
interleaved(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	struct rsc *with = NULL;

	if (d->provisional_done)
		with = d->assigned ? instance_on(q, d->assigned) : NULL;
	else {
		struct weights sorted;

		weights_copy(pe, &sorted, &d->allowed);
		weights_sort_p(pe, &sorted, rsc_current_node(d));
		for (size_t i = 0; i < sorted.w_count && !with; i++)
			with = instance_on(q, sorted.w[i].node);
	}
	if (with)
		colocate_p(pe, d, with, c);
	else if (c->score >= INF && !d->provisional_done)
		rsc_add_all(pe, d, -INF);
}

static bool
any_blocked(const struct rsc *rsc)
{
	if (rsc->blocked)
		return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_blocked(rsc->child[i]))
			return true;
	return false;
}

static void
with_clone(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	const struct rsc *own = clone_of(d);

	if (!q->provisional_done)
		return;
	if (own && own->interleave && own->clone_node_max == q->clone_node_max) {
		interleaved(pe, d, q, c);
		return;
	}
	if (c->score < INF) {
		for (size_t i = 0; i < q->child_count; i++)
			colocate_p(pe, d, q->child[i], c);
		return;
	}
	for (size_t i = 0; i < d->allowed.w_count && !d->provisional_done; i++) {
		const struct rsc *with = NULL;

		for (size_t n = 0; n < q->child_count && !with; n++)
			if (q->child[n]->assigned == d->allowed.w[i].node &&
			    !any_blocked(q->child[n]))
				with = q->child[n];
		if (!with)
			d->allowed.w[i].score = -INF;
	}
}

static void
with_promoted(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	bool both = c->dependent_role == ROLE_MASTER && c->primary_role == ROLE_MASTER;

	if (d->provisional_done) {
		/* Who shall stay unpromoted apart from it may be promoted beside it. */
		bool turned = c->dependent_role == ROLE_SLAVE && c->score < 0;

		if (c->dependent_role != ROLE_MASTER && !turned)
			return;
		const struct rsc *with = NULL;

		for (size_t i = 0; i < q->child_count && !with; i++)
			if (d->assigned && q->child[i]->assigned == d->assigned &&
			    rsc_next_role(q->child[i]) == c->primary_role)
				with = q->child[i];
		if (with)
			d->priority =
			    score_add(d->priority, turned ? -c->score : c->score);
		else if (c->score >= INF)
			d->priority = -INF;
		return;
	}
	for (size_t n = 0; n < d->allowed.w_count; n++) {
		struct weight *w = &d->allowed.w[n];
		bool found = false;
		int stored = 0;

		for (size_t i = 0; i < q->child_count; i++) {
			const struct rsc *with = q->child[i];

			if (!with->assigned || rsc_next_role(with) != c->primary_role)
				continue;
			if (c->score < INF) {
				if (nodes_alike(w->node, with->assigned,
				        same(c->attribute, "#id") ? "#uname"
				                                  : c->attribute))
					w->score = score_add(w->score, c->score);
			} else if (with->assigned == w->node) {
				found = true;
				stored = with->assigned_score;
			}
		}
		if (c->score >= INF && !both)
			w->score = found ? score_add(w->score, stored) : -INF;
	}
	(void)pe;
}

void
colocate_p(struct pe *pe, struct rsc *d, struct rsc *q, const struct colocation *c)
{
	if (c->score == 0)
		return;
	if (d->variant == GROUP) {
		if (d->child_count)
			colocate_p(pe, d->child[0], q, c);
		return;
	}
	if (is_clone(d)) {
		for (size_t i = 0; i < d->child_count; i++)
			colocate_p(pe, d->child[i], q, c);
		return;
	}
	switch (q->variant) {
	case PRIMITIVE:
		with_primitive(pe, d, q, c);
		break;
	case GROUP:
		with_group(pe, d, q, c);
		break;
	case MASTER:
		if (c->primary_role != ROLE_UNKNOWN) {
			if (q->provisional_done)
				with_promoted(pe, d, q, c);
			break;
		}
		with_clone(pe, d, q, c);
		break;
	case CLONE:
		with_clone(pe, d, q, c);
	}
}

/* What a dependent would like. */

/* D's best score among its available nodes with that value of the attribute. */
static int
best_score(const struct rsc *d, const char *attribute, const struct node *node)
{
	int best = -INF;

	if (same(attribute, "#id") || same(attribute, "#uname")) {
		const struct weight *w = weights_find(&d->allowed, node);

		return w && node_can_run(node) ? w->score : -INF;
	}
	for (size_t i = 0; i < d->allowed.w_count; i++) {
		const struct weight *w = &d->allowed.w[i];

		if (node_can_run(w->node) && w->score > best &&
		    nodes_alike(w->node, node, attribute))
			best = w->score;
	}
	return best;
}

static int
scaled(float factor, int score)
{
	int w = (int)roundf(factor * (float)score);

	if (w == 0 && score != 0)
		w = factor > 0 ? 1 : factor < 0 ? -1 : 0;
	return w;
}

static void
add_leaf(const struct rsc *d, struct weights *list, const char *attribute, float factor,
    unsigned flags)
{
	for (size_t i = 0; i < list->w_count; i++) {
		struct weight *n = &list->w[i];
		int s = best_score(d, attribute, n->node);

		if ((factor < 0 && s < 0) || n->unusable)
			continue;
		int new = score_add(n->score, scaled(factor, s));

		if ((flags & ADD_NONNEGATIVE) && new < 0) {
			if (n->score > 0)
				n->unusable = true;
			if (n->score >= 0)
				continue;
		}
		n->score = new;
	}
}

/* Once for a plan: what comes after it is no less certain than what came before. */
static void
wishes_cut(struct pe *pe, const struct rsc *d)
{
	if (!pe->wishes_were_cut)
		pe_say(pe, PE_WARNING, false,
		    "Too many ways lead over colocations to %s: scores of what it is "
		    "with do not count all of them",
		    d->id);
	pe->wishes_were_cut = true;
}

static void wishes_add(struct pe *pe, struct rsc *d, struct weights *list,
    const char *attribute, float factor, unsigned flags);

/* Those D is with, or who are with it, add what they would like. */
static void
others_add(struct pe *pe, const struct rsc *d, struct weights *list, float factor,
    unsigned flags)
{
	const struct rsc *last = d->variant == GROUP ? d->child[d->child_count - 1] : d;
	bool with = flags & ADD_WITH;
	size_t count = with ? last->with_count : last->with_me_count;

	for (size_t i = 0; i < count; i++) {
		const struct colocation *c = with ? last->with[i] : last->with_me[i];
		float f = (float)c->score / (float)INF;

		if (with || colocation_counts(c, d))
			wishes_add(pe, with ? c->primary : c->dependent, list,
			    c->attribute, factor < 0 ? -f : f, flags | ADD_ACTIVE);
	}
}

static void
wishes_add(struct pe *pe, struct rsc *d, struct weights *list, const char *attribute,
    float factor, unsigned flags)
{
	if (d->merging || (d->variant == GROUP && d->child_count == 0))
		return;
	if (pe->wishes_left == 0) {
		wishes_cut(pe, d);
		return;
	}
	pe->wishes_left--;
	struct weight *before = weights_save(pe, list);

	d->merging = true;
	if (d->variant == GROUP)
		wishes_add(pe, d->child[0], list, attribute, factor, flags);
	else
		add_leaf(d, list, attribute, factor, flags);
	bool any = weights_any(list), back = !any && (flags & ADD_ACTIVE);

	if (any)
		others_add(pe, d, list, factor, flags);
	if ((flags & ADD_NONNEGATIVE) && !back)
		for (size_t i = 0; i < list->w_count; i++)
			if (list->w[i].unusable) {
				list->w[i].score = 1;
				list->w[i].unusable = false;
			}
	weights_restore(pe, list, before, back);
	d->merging = false;
}

void
scores_add(struct pe *pe, struct rsc *d, struct weights *list, const char *attribute,
    float factor, unsigned flags)
{
	/* In a ring of colocations LIST's owner is asked, too: its scores stay as they are until then. */
	struct weights sum = *list;
	/* Who can be reached in several ways is asked in each: a chain of groups doubles them with every one. */
	size_t each = 2 * pe->rsc_made;

	pe->wishes_left = each + pe->wishes_spare;
	sum.w = weights_save(pe, list);
	wishes_add(pe, d, &sum, attribute, factor, flags);
	weights_restore(pe, list, sum.w, true);
	if (pe->wishes_left < pe->wishes_spare)
		pe->wishes_spare = pe->wishes_left;
}
