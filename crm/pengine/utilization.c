/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What resources need and nodes have (spec 12.11): numbers under names that people choose. */
#include "crm/pengine/private.h"

static int
amount(const struct table *table, const char *name)
{
	return value_int(table_get(table, name), 0);
}

static void
change(struct pe *pe, struct table *table, const struct table *by, int sign)
{
	TABLE_EACH (by, e)
		table_set(table, e->name,
		    arena_printf(&pe->arena, "%d",
		        amount(table, e->name) + sign * value_int(e->value, 0)));
}

static void
say(struct pe *pe, const struct rsc *rsc, const struct node *node)
{
	char *line = arena_printf(&pe->arena,
	    "pcmk__finalize_assignment: %s utilization on %s:", rsc->id, node->uname);

	TABLE_EACH (&rsc->utilization, e)
		line = arena_printf(&pe->arena, "%s %s=%s", line, e->name,
		    (const char *)e->value);
	ARENA_PUSH(&pe->arena, pe, line, line);
}

void
utilization_take(struct pe *pe, const struct rsc *rsc, struct node *node)
{
	struct table known;

	if (pe->want_utilization)
		say(pe, rsc, node);
	if (rsc->utilization.entry_count == 0)
		return;
	table_init(&known, &pe->arena);
	TABLE_EACH (&rsc->utilization, e)
		if (table_get(&node->capacity, e->name))
			table_set(&known, e->name, e->value);
	change(pe, &node->capacity, &known, -1);
}

void
utilization_give(struct pe *pe, const struct rsc *rsc, struct node *node)
{
	TABLE_EACH (&rsc->utilization, e)
		if (table_get(&node->capacity, e->name))
			table_set(&node->capacity, e->name,
			    arena_printf(&pe->arena, "%d",
			        amount(&node->capacity, e->name) +
			            value_int(e->value, 0)));
}

int
capacity_compare(const struct node *a, const struct node *b)
{
	int sum = 0;

	TABLE_EACH (&a->capacity, e) {
		int x = value_int(e->value, 0), y = amount(&b->capacity, e->name);

		sum += (x > y) - (x < y);
	}
	TABLE_EACH (&b->capacity, e) {
		int y = value_int(e->value, 0);

		if (!table_get(&a->capacity, e->name))
			sum += (0 > y) - (0 < y);
	}
	return sum > 0 ? -1 : sum < 0;
}

static bool
fits(const struct node *node, const struct table *need)
{
	TABLE_EACH (need, e)
		if (amount(&node->capacity, e->name) < value_int(e->value, 0))
			return false;
	return true;
}

struct crowd {
	struct rsc **rsc;
	size_t rsc_count, rsc_room;
};

static bool
crowd_has(const struct crowd *crowd, const struct rsc *rsc)
{
	for (size_t i = 0; i < crowd->rsc_count; i++)
		if (crowd->rsc[i] == rsc)
			return true;
	return false;
}

static bool
is_clone(const struct rsc *rsc)
{
	return rsc->variant == CLONE || rsc->variant == MASTER;
}

/* Who must be on the same node; an instance does not wait for others of its clone. */
static void
crowd_collect(struct pe *pe, struct rsc *rsc, const struct rsc *origin,
    struct crowd *crowd)
{
	if (crowd_has(crowd, rsc) || rsc == clone_of(origin))
		return;
	ARENA_PUSH(&pe->arena, crowd, rsc, rsc);
	for (size_t i = 0; i < rsc->with_count; i++) {
		struct colocation *c = rsc->with[i];

		if (c->score >= INF && c->primary != origin &&
		    !(c->primary_role != ROLE_UNKNOWN &&
		        c->dependent_role != c->primary_role))
			crowd_collect(pe, c->primary, origin, crowd);
	}
	for (size_t i = 0; i < rsc->with_me_count; i++) {
		struct colocation *c = rsc->with_me[i];

		/* Who is with a clone may be with any of its instances. */
		if (c->score >= INF && !(is_clone(rsc) && !is_clone(c->dependent)) &&
		    !(c->primary_role != ROLE_UNKNOWN &&
		        c->dependent_role != c->primary_role))
			crowd_collect(pe, c->dependent, origin, crowd);
	}
	for (size_t i = 0; rsc->variant == GROUP && i < rsc->child_count; i++)
		crowd_collect(pe, rsc->child[i], origin, crowd);
	if (rsc->parent && rsc->parent->variant == GROUP)
		crowd_collect(pe, rsc->parent, origin, crowd);
}

static void
need_add(struct pe *pe, struct table *sum, const struct rsc *rsc)
{
	if (rsc->provisional_done)
		return;
	if (rsc->variant == PRIMITIVE)
		change(pe, sum, &rsc->utilization, 1);
	for (size_t i = 0; i < rsc->child_count; i++)
		need_add(pe, sum, rsc->child[i]);
}

/* A group's members are in the crowd themselves; of a clone one instance shall be here. */
static void
crowd_need(struct pe *pe, struct table *sum, const struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE)
		need_add(pe, sum, rsc);
	else if (is_clone(rsc) && !rsc->provisional_done && rsc->child_count)
		need_add(pe, sum, rsc->child[0]);
}

struct node *
utilization_ban(struct pe *pe, struct rsc *rsc)
{
	struct weights *list = &rsc->allowed;
	struct crowd crowd = { 0 };
	struct table together;
	struct node *best = NULL;
	bool any = false;

	if (pe->opt.placement == PLACE_DEFAULT)
		return NULL;
	crowd_collect(pe, rsc, rsc, &crowd);
	table_init(&together, &pe->arena);
	for (size_t i = 0; i < crowd.rsc_count; i++)
		crowd_need(pe, &together, crowd.rsc[i]);
	for (size_t i = 0; i < list->w_count; i++) {
		struct node *node = list->w[i].node;

		if (!node_can_run(node) || list->w[i].score < 0)
			continue;
		any |= fits(node, &together);
		if (!best || capacity_compare(node, best) < 0)
			best = node;
	}
	bool alone = crowd.rsc_count <= 1;

	for (size_t i = 0; i < list->w_count; i++) {
		struct node *node = list->w[i].node;

		if (node_can_run(node) &&
		    !fits(node, any && !alone ? &together : &rsc->utilization))
			list->w[i].score = -INF;
	}
	return alone || any ? NULL : best;
}

/* Who is placed first: scores decide, before and beside what they depend on. */

static struct weights
wishes(struct pe *pe, struct rsc *rsc)
{
	struct weights list;
	const struct rsc *of = rsc;

	if (rsc->variant == GROUP && rsc->child_count)
		of = rsc->child[rsc->child_count - 1];
	weights_copy(pe, &list, &of->allowed);
	rsc->merging = true;
	for (size_t i = 0; i < rsc->with_count; i++)
		scores_add(pe, rsc->with[i]->primary, &list, rsc->with[i]->attribute,
		    (float)rsc->with[i]->score / (float)INF, ADD_WITH | ADD_ACTIVE);
	rsc->merging = false;
	return list;
}

static int
score_on(const struct weights *list, const struct node *node)
{
	const struct weight *w = node && list->at ? weights_find(list, node) : NULL;

	return w ? w->score : -INF;
}

static int
rsc_compare(struct pe *pe, struct rsc *a, struct rsc *b, const struct weights *nodes)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	struct weights x = wishes(pe, a), y = wishes(pe, b);
	const struct node *m = rsc_current_node(a), *n = rsc_current_node(b);
	int s = m ? score_on(&x, m) : -INF, t = n ? score_on(&y, n) : -INF;

	if (m && node_can_run(m) && n && node_can_run(n) && s != t)
		return s > t ? -1 : 1;
	if (!m != !n)
		return m ? -1 : 1;
	for (size_t i = 0; i < nodes->w_count; i++) {
		s = score_on(&x, nodes->w[i].node);
		t = score_on(&y, nodes->w[i].node);
		if (s != t)
			return s > t ? -1 : 1;
	}
	return 0;
}

void
resources_sort_p(struct pe *pe)
{
	struct weights nodes = { 0 };

	for (size_t i = 0; i < pe->node_count; i++)
		weights_add(pe, &nodes, pe->node[i], 0);
	if (pe->node_count)
		weights_sort_p(pe, &nodes, NULL);
	for (size_t i = 1; i < pe->rsc_count; i++) {
		struct rsc *rsc = pe->rsc[i];
		size_t at = i;

		for (; at > 0 && rsc_compare(pe, rsc, pe->rsc[at - 1], &nodes) < 0; at--)
			pe->rsc[at] = pe->rsc[at - 1];
		pe->rsc[at] = rsc;
	}
}
