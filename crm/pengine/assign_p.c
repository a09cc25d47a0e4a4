/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing a node, profile P (spec 12.8, 12.9): every choice is made total by names. */
#include "crm/pengine/private.h"

static void
score_line(struct pe *pe, const char *who, const struct rsc *rsc)
{
	char text[16];

	for (size_t i = 0; i < pe->node_count; i++) {
		const struct weight *w = weights_find(&rsc->allowed, pe->node[i]);

		if (w)
			ARENA_PUSH(&pe->arena, pe, line,
			    arena_printf(&pe->arena, "%s: %s allocation score on %s: %s",
			        who, rsc->id, w->node->uname,
			        score_text(w->score, text)));
	}
}

void
scores_say(struct pe *pe, const char *who, const struct rsc *rsc)
{
	if (pe->want_scores && !rsc->orphan)
		score_line(pe, who, rsc);
}

bool
needs_fencing(const struct rsc *rsc)
{
	return rsc->requires == NEEDS_FENCING || rsc->requires == NEEDS_UNFENCING;
}

struct node *
rsc_current_node(const struct rsc *rsc)
{
	if (rsc->migrate_from && rsc_runs_on(rsc, rsc->migrate_from))
		return rsc->migrate_from;
	for (size_t i = 0;
	     i < rsc->running_count && rsc->running_count > 1 && !needs_fencing(rsc); i++)
		if (rsc->running[i]->online && !rsc->running[i]->unclean)
			return rsc->running[i];
	return rsc->running_count ? rsc->running[0] : NULL;
}

static int
effective(const struct weight *w)
{
	return node_can_run(w->node) ? w->score : -INF;
}

static int
weight_compare_p(const struct pe *pe, const struct weight *a, const struct weight *b,
    const struct node *current)
{
	if (effective(a) != effective(b))
		return effective(a) > effective(b) ? -1 : 1;
	if (pe->opt.placement != PLACE_MINIMAL) {
		if (pe->opt.placement == PLACE_BALANCED) {
			int c = capacity_compare(a->node, b->node);

			if (c)
				return c;
		}
		if (a->node->assigned != b->node->assigned)
			return a->node->assigned < b->node->assigned ? -1 : 1;
		if ((a->node == current) != (b->node == current))
			return a->node == current ? -1 : 1;
	}
	return strcmp(a->node->uname, b->node->uname);
}

void
weights_sort_p(const struct pe *pe, struct weights *list, const struct node *current)
{
	for (size_t i = 1; i < list->w_count; i++) {
		struct weight w = list->w[i];
		size_t at = i;

		for (; at > 0 && weight_compare_p(pe, &w, &list->w[at - 1], current) < 0;
		     at--)
			list->w[at] = list->w[at - 1];
		list->w[at] = w;
	}
	for (size_t i = 0; i < list->w_count; i++)
		list->at[list->w[i].node->index] = (int)i + 1;
}

static void
put(struct pe *pe, struct rsc *rsc, struct node *node, int score)
{
	rsc->provisional_done = true;
	rsc->assigned = rsc->placed = node;
	rsc->assigned_score = score;
	if (node) {
		node->assigned++;
		utilization_take(pe, rsc, node);
	}
}

/* Takes the assignment back, for another try. */
void
unassign(struct pe *pe, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		unassign(pe, rsc->child[i]);
	if (rsc->variant == PRIMITIVE && rsc->assigned) {
		rsc->assigned->assigned--;
		utilization_give(pe, rsc, rsc->assigned);
	}
	rsc->assigned = rsc->placed = NULL;
	rsc->provisional_done = false;
	rsc->next_role = rsc->wanted_role;
}

static const struct weight *
preferred(const struct rsc *rsc, const struct node *prefer, const struct weight *best)
{
	const struct weight *w = prefer ? weights_find(&rsc->allowed, prefer) : NULL;

	if (!w || w->score < 0 || !node_can_run(w->node) ||
	    (best && w->score < effective(best)))
		return NULL;
	return w;
}

static void
choose(struct pe *pe, struct rsc *rsc, const struct node *prefer)
{
	struct weights *list = &rsc->allowed;
	struct node *current = rsc_current_node(rsc), *capable;

	capable = utilization_ban(pe, rsc);
	if (!prefer)
		prefer = capable;
	weights_sort_p(pe, list, current);
	const struct weight *best = list->w_count ? &list->w[0] : NULL;
	const struct weight *chosen = preferred(rsc, prefer, best);
	struct rsc *clone = clone_of(rsc);

	if (!chosen && best) {
		chosen = best;
		const struct weight *now = current ? weights_find(list, current) : NULL;

		if (!(clone && clone->unique) && best->score > 0 &&
		    node_can_run(best->node) && now && node_can_run(current) &&
		    now->score == best->score)
			chosen = now;
	}
	if (!chosen || chosen->score < 0 || !node_can_run(chosen->node)) {
		put(pe, rsc, NULL, 0);
		rsc->next_role = ROLE_STOPPED;
		return;
	}
	if (rsc->next_role == ROLE_UNKNOWN)
		rsc->next_role = ROLE_STARTED;
	put(pe, rsc, chosen->node, chosen->score);
}

static void
choose_unmanaged(struct pe *pe, struct rsc *rsc)
{
	struct node *node = rsc_current_node(rsc);

	rsc->next_role = rsc->role;
	put(pe, rsc, node, node ? node->score : 0);
}

static void
follow_others(struct pe *pe, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->with_count; i++) {
		const struct colocation *c = rsc->with[i];
		struct weights before;
		bool weak =
		    c->dependent_role == ROLE_MASTER || (c->score < 0 && c->score > -INF);

		if (weak)
			weights_copy(pe, &before, &rsc->allowed);
		assign_p(pe, c->primary, NULL);
		colocate_p(pe, rsc, c->primary, c);
		if (weak && !weights_any(&rsc->allowed))
			rsc->allowed = before;
	}
}

bool
colocation_counts(const struct colocation *c, const struct rsc *q)
{
	return c->influence || q->running_count == 0;
}

static struct node *
native_assign(struct pe *pe, struct rsc *rsc, const struct node *prefer)
{
	rsc->assigning = true;
	rsc->wanted_role = rsc->next_role;
	follow_others(pe, rsc);
	for (size_t i = 0; i < rsc->with_me_count; i++) {
		const struct colocation *c = rsc->with_me[i];

		if (colocation_counts(c, rsc))
			scores_add(pe, c->dependent, &rsc->allowed, c->attribute,
			    (float)c->score / (float)INF, ADD_ACTIVE);
	}
	if (rsc->provisional_done) { /* a partner could not be had anywhere */
		rsc->assigning = false;
		return rsc->assigned;
	}
	if (rsc->next_role == ROLE_STOPPED)
		rsc_add_all(pe, rsc, -INF);
	else if (!pe->have_quorum && pe->opt.no_quorum == POLICY_FREEZE &&
	         rsc->next_role > rsc->role)
		rsc->next_role = rsc->role;
	scores_say(pe, "pcmk__primitive_assign", rsc);
	if (pe->opt.stonith && !pe->has_fencing)
		rsc->managed = false;
	if (!rsc->managed)
		choose_unmanaged(pe, rsc);
	else if (pe->opt.stop_all)
		put(pe, rsc, NULL, 0);
	else
		choose(pe, rsc, prefer);
	if (rsc->managed && pe->opt.stop_all)
		rsc->next_role = ROLE_STOPPED;
	rsc->assigning = false;
	return rsc->assigned;
}

static void
group_colocations(struct pe *pe, struct rsc *g)
{
	struct rsc *first = g->child[0], *last = g->child[g->child_count - 1];

	for (size_t i = 0; i < g->with_count; i++) {
		colocation_with_add(pe, first, g->with[i]);
		/* An unmanaged member holds nobody after it. */
		for (size_t n = 1; n < g->child_count && g->with[i]->score >= INF; n++)
			if (!g->child[n - 1]->managed)
				colocation_with_add(pe, g->child[n], g->with[i]);
	}
	for (size_t i = 0; i < g->with_me_count; i++)
		colocation_with_me_add(pe, last, g->with_me[i]);
}

static struct node *
group_assign_p(struct pe *pe, struct rsc *g, const struct node *prefer)
{
	struct node *node = NULL;
	bool scattered = false;

	g->assigning = true;
	if (g->child_count == 0) {
		g->provisional_done = true;
		g->assigning = false;
		return NULL;
	}
	group_colocations(pe, g);
	scores_say(pe, "pcmk__group_assign", g);
	for (size_t i = 0; i < g->child_count; i++)
		scores_say(pe, "pcmk__group_assign", g->child[i]);
	for (size_t i = 0; i < g->child_count; i++) {
		struct node *n = assign_p(pe, g->child[i], prefer);

		scattered |= node && n && n != node;
		if (!node && n) {
			node = n;
			g->assigned_score = g->child[i]->assigned_score;
		}
	}
	if (scattered)
		node = NULL; /* no one place is the group's */
	g->next_role = g->child[0]->next_role;
	g->assigned = node;
	g->provisional_done = true;
	g->assigning = false;
	return g->collocated ? node : NULL; /* others fill no node */
}

struct node *
assign_p(struct pe *pe, struct rsc *rsc, const struct node *prefer)
{
	if (rsc->parent && !rsc->parent->assigning && !rsc->parent->provisional_done)
		assign_p(pe, rsc->parent, NULL);
	if (rsc->provisional_done || rsc->assigning)
		return rsc->provisional_done ? rsc->assigned : NULL;
	if (rsc->variant == PRIMITIVE)
		return native_assign(pe, rsc, prefer);
	if (rsc->variant == GROUP)
		return group_assign_p(pe, rsc, prefer);
	clone_assign_p(pe, rsc);
	return NULL;
}
