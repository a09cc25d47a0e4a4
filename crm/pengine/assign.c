/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing a node for each resource (spec 9.1 to 9.3, groups). */
#include "crm/pengine/private.h"

static void
say_scores(struct pe *pe, const struct rsc *rsc, const struct weights *list)
{
	char text[16];

	if (!pe->want_scores || rsc->orphan)
		return;
	for (size_t i = 0; i < list->w_count; i++)
		ARENA_PUSH(&pe->arena, pe, line,
		    arena_printf(&pe->arena,
		        "pcmk__primitive_assign: %s allocation score on %s: %s", rsc->id,
		        list->w[i].node->uname, score_text(list->w[i].score, text)));
}

/* What D's own list says, and those who are with D. */
static void
merge_own(struct pe *pe, struct rsc *d, struct weights *list, int factor, bool rollback)
{
	if (d->merging || d->provisional_done || !weights_any(list))
		return;
	struct weight *before = weights_save(pe, list);

	d->merging = true;
	for (size_t i = 0; i < list->w_count; i++) {
		const struct weight *w = weights_find(&d->allowed, list->w[i].node);

		if (w)
			list->w[i].score = score_add(factor * w->score, list->w[i].score);
	}
	bool back = rollback && !weights_any(list);

	weights_restore(pe, list, before, back);
	if (!back)
		for (size_t i = 0; i < d->with_me_count; i++)
			merge(pe, d->with_me[i]->dependent, list,
			    d->with_me[i]->score / INF, rollback);
	d->merging = false;
}

/* What a dependent D would like counts for whom it follows.  A group speaks through its first member; those who are
 * with it speak for themselves, also when they are groups. */
void
merge(struct pe *pe, struct rsc *d, struct weights *list, int factor, bool rollback)
{
	if (d->variant != GROUP) {
		merge_own(pe, d, list, factor, rollback);
		return;
	}
	if (d->merging || d->provisional_done || !weights_any(list) || !d->child_count)
		return;
	d->merging = true;
	merge(pe, d->child[0], list, factor, rollback);
	for (size_t i = 0; i < d->with_me_count; i++)
		merge_own(pe, d->with_me[i]->dependent, list, d->with_me[i]->score / INF,
		    rollback);
	d->merging = false;
}

static void
choose(struct pe *pe, struct rsc *rsc)
{
	struct weights *list = &rsc->allowed;

	if (rsc->next_role == ROLE_STOPPED)
		weights_add_all(pe, list, -INF);
	weights_sort(pe, list);
	say_scores(pe, rsc, list);
	rsc->provisional_done = true;
	const struct weight *best = list->w_count ? &list->w[0] : NULL;

	if (!best || !node_can_run(best->node) || best->score < 0) {
		if (rsc->next_role != ROLE_STOPPED && !rsc->orphan)
			pe_say(pe, PE_WARNING, false, "Resource %s cannot run anywhere",
			    rsc->id);
		rsc->next_role = ROLE_STOPPED;
		return;
	}
	if (rsc->next_role == ROLE_UNKNOWN)
		rsc->next_role = ROLE_STARTED;
	rsc->assigned = rsc->placed = best->node;
	rsc->assigned_score = best->score;
	best->node->assigned++;
	pe_say(pe, PE_DEBUG, false, "Assigning %s to %s", best->node->uname, rsc->id);
}

static struct node *
native_assign(struct pe *pe, struct rsc *rsc)
{
	if (rsc->parent && !rsc->parent->assigning && !rsc->parent->provisional_done) {
		assign(pe, rsc->parent);
		return rsc->assigned;
	}
	if (rsc->provisional_done)
		return rsc->assigned;
	if (rsc->assigning)
		return NULL;
	rsc->assigning = true;
	for (size_t i = 0; i < rsc->with_count; i++) {
		assign(pe, rsc->with[i]->primary);
		colocate(pe, rsc, rsc->with[i]->primary, rsc->with[i]);
	}
	for (size_t i = 0; i < rsc->with_me_count; i++)
		merge(pe, rsc->with_me[i]->dependent, &rsc->allowed,
		    rsc->with_me[i]->score / INF, true);
	choose(pe, rsc);
	rsc->assigning = false;
	return rsc->assigned;
}

static struct node *
group_assign(struct pe *pe, struct rsc *rsc)
{
	struct node *node = NULL;

	if (rsc->parent && !rsc->parent->assigning && !rsc->parent->provisional_done) {
		assign(pe, rsc->parent);
		return rsc->assigned;
	}
	if (rsc->provisional_done)
		return rsc->assigned;
	if (rsc->assigning)
		return NULL;
	rsc->assigning = true;
	for (size_t i = 0; rsc->child_count && i < rsc->with_count; i++)
		ARENA_PUSH(&pe->arena, rsc->child[0], with, rsc->with[i]);
	for (size_t i = 0; i < rsc->child_count; i++) {
		struct node *n = assign(pe, rsc->child[i]);

		if (!node)
			node = n;
	}
	if (rsc->child_count) {
		rsc->role = rsc->child[0]->role;
		rsc->next_role = rsc->child[0]->next_role;
	}
	rsc->assigned = rsc->placed = node;
	for (size_t i = 0; node && i < rsc->child_count; i++)
		if (rsc->child[i]->assigned == node) {
			rsc->assigned_score = rsc->child[i]->assigned_score;
			break;
		}
	rsc->provisional_done = true;
	rsc->assigning = false;
	return node;
}

struct node *
assign(struct pe *pe, struct rsc *rsc)
{
	switch (rsc->variant) {
	case PRIMITIVE:
		return native_assign(pe, rsc);
	case GROUP:
		return group_assign(pe, rsc);
	case CLONE:
	case MASTER:
		break;
	}
	return clone_assign(pe, rsc);
}
