/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which instances are promoted, profile P (spec 12.11). */
#include "crm/pengine/private.h"

/* By the name in the history, else the name, for anonymous ones also without number. */
static const char *
score_attribute(struct pe *pe, const struct rsc *rsc, const struct node *node)
{
	const char *name = rsc->history_id ? rsc->history_id : rsc->id, *text;

	text = table_get(&node->attrs, arena_printf(&pe->arena, "master-%s", name));
	if (text || rsc->unique)
		return text;
	const char *colon = strrchr(name, ':');

	if (!colon)
		return NULL;
	return table_get(&node->attrs,
	    arena_printf(&pe->arena, "master-%.*s", (int)(colon - name), name));
}

static bool
active_on(const struct rsc *clone, const struct node *node)
{
	for (size_t i = 0; i < clone->child_count; i++) {
		const struct rsc *c = clone->child[i];

		if (rsc_runs_on(c, node))
			return true;
	}
	return false;
}

static bool
known_on(const struct rsc *clone, const struct node *node)
{
	for (size_t i = 0; i < clone->child_count; i++) {
		const struct rsc *c = clone->child[i];

		if (c->known[node->index])
			return true;
		for (size_t n = 0; n < c->child_count; n++)
			if (c->child[n]->known[node->index])
				return true;
	}
	return false;
}

static bool
known_anywhere(const struct pe *pe, const struct rsc *rsc)
{
	for (size_t i = 0; i < pe->node_count; i++)
		if (rsc->known[i])
			return true;
	return false;
}

/* Whether what NODE says of RSC means anything. */
static bool
score_counts(const struct pe *pe, const struct rsc *rsc, const struct node *node)
{
	const struct rsc *clone = clone_of(rsc);
	const struct weight *w = weights_find(&rsc->allowed, node);

	if (!w || w->score < 0)
		return false;
	if (clone->unique)
		return rsc->known[node->index] || rsc_runs_on(rsc, node) ||
		       !known_anywhere(pe, rsc);
	if (rsc_runs_on(rsc, node))
		return true;
	if (known_on(clone, node) && !active_on(clone, node))
		return true;
	return !known_anywhere(pe, rsc);
}

static int
promotion_score(struct pe *pe, const struct rsc *rsc, const struct node *node,
    int otherwise)
{
	int sum = otherwise;

	for (size_t i = 0; i < rsc->child_count; i++) {
		int s = promotion_score(pe, rsc->child[i], node, -1);

		if (s != -1)
			sum = sum == -1 ? s : score_add(sum, s);
	}
	if (rsc->variant != PRIMITIVE)
		return sum;
	if (!score_counts(pe, rsc, node))
		return otherwise;
	const char *text = score_attribute(pe, rsc, node);

	return text ? score_parse(text) : otherwise;
}

void
promotion_scores_add_p(struct pe *pe, struct rsc *m)
{
	if (m->scores_added)
		return;
	m->scores_added = true;
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];

		for (size_t n = 0; n < c->allowed.w_count; n++) {
			struct weight *w = &c->allowed.w[n];

			if (!node_can_run(w->node))
				continue;
			int s = promotion_score(pe, c, w->node, 0);

			if (s <= 0)
				continue;
			w->score = score_add(w->score, s);
			if (s > c->priority)
				c->priority = s;
		}
	}
}

static bool
all_managed(const struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE)
		return rsc->managed;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (!all_managed(rsc->child[i]))
			return false;
	return true;
}

/* Of promotable ones there is none that is merely started. */
static void
started_is_unpromoted(struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE && rsc->role == ROLE_STARTED)
		rsc->role = ROLE_SLAVE;
	for (size_t i = 0; i < rsc->child_count; i++)
		started_is_unpromoted(rsc->child[i]);
}

static bool
all_assigned(const struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE)
		return rsc->assigned != NULL;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (!all_assigned(rsc->child[i]))
			return false;
	return true;
}

/* What is merely started has no say beside a member that found no node. */
static enum role
role_to_come(const struct rsc *rsc)
{
	enum role role = rsc_next_role(rsc);

	return role <= ROLE_STARTED && !all_assigned(rsc) ? ROLE_STOPPED : role;
}

static void
index_judge(struct pe *pe, struct rsc *m, struct rsc *c)
{
	started_is_unpromoted(c);
	if (!c->assigned)
		return;
	switch (role_to_come(c)) {
	case ROLE_UNKNOWN:
	case ROLE_STARTED:
		c->priority = promotion_score(pe, c, c->assigned, -1);
		break;
	case ROLE_SLAVE:
	case ROLE_STOPPED:
		c->priority = -INF;
		break;
	case ROLE_MASTER:
		break;
	}
	master_locations(c, c);
	master_locations(c, m);
	for (size_t i = 0; i < c->with_count; i++)
		colocate_p(pe, c, c->with[i]->primary, c->with[i]);
	c->sort_index = c->priority;
	if (!all_managed(c) && rsc_role(c) == ROLE_MASTER)
		c->sort_index = INF;
}

static int
promotion_compare(struct pe *pe, const struct rsc *a, const struct rsc *b)
{
	if (a->sort_index != b->sort_index)
		return a->sort_index > b->sort_index ? -1 : 1;
	if (rsc_role(a) != rsc_role(b))
		return rsc_role(a) > rsc_role(b) ? -1 : 1;
	return instance_compare_p(pe, a, b);
}

static void
index_merge(struct pe *pe, struct rsc *m)
{
	m->merging = true;
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];
		struct weight *w =
		    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

		if (w && c->sort_index >= 0)
			w->score = score_add(w->score, c->sort_index);
	}
	for (size_t i = 0; i < m->with_count; i++) {
		const struct colocation *c = m->with[i];

		if (c->dependent_role == ROLE_MASTER)
			scores_add(pe, c->primary, &m->allowed, c->attribute,
			    (float)c->score / (float)INF,
			    c->score < INF ? ADD_ACTIVE : 0);
	}
	for (size_t i = 0; i < m->with_me_count; i++) {
		const struct colocation *c = m->with_me[i];

		if (c->primary_role == ROLE_MASTER && colocation_counts(c, m))
			scores_add(pe, c->dependent, &m->allowed, c->attribute,
			    (float)c->score / (float)INF, ADD_ACTIVE | ADD_NONNEGATIVE);
	}
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];
		struct weight *w =
		    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

		if (w && c->sort_index >= 0 && c->sort_index < INF)
			c->sort_index = w->score;
	}
	m->merging = false;
}

static bool
may_promote(struct pe *pe, struct rsc *m, struct rsc *c)
{
	const struct weight *w =
	    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

	if (!w)
		return false;
	if (!all_managed(c))
		return rsc_role(c) == ROLE_MASTER;
	if (c->priority < 0 || c->sort_index < 0 || !node_can_run(w->node) ||
	    w->count >= m->master_node_max)
		return false;
	return pe->have_quorum || pe->opt.no_quorum != POLICY_FREEZE ||
	       rsc_role(c) >= ROLE_MASTER;
}

void
promote_p(struct pe *pe, struct rsc *m)
{
	int promoted = 0;
	char text[16];

	for (size_t i = 0; i < m->child_count; i++)
		index_judge(pe, m, m->child[i]);
	index_merge(pe, m);
	instances_sort_p(pe, m, promotion_compare);
	counts_clear(m);
	for (size_t i = 0; i < m->child_count; i++) {
		struct rsc *c = m->child[i];
		struct weight *w =
		    c->assigned ? weights_find(&m->allowed, c->assigned) : NULL;

		if (pe->want_scores)
			ARENA_PUSH(&pe->arena, pe, line,
			    arena_printf(&pe->arena, "%s promotion score on %s: %s",
			        c->id, c->assigned ? c->assigned->uname : "none",
			        score_text(c->sort_index, text)));
		if (promoted < m->master_max && may_promote(pe, m, c)) {
			role_set(c, ROLE_MASTER, true);
			w->count++;
			promoted++;
		} else
			role_set(c, c->assigned ? ROLE_SLAVE : ROLE_STOPPED, true);
	}
}
