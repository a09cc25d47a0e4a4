/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of nodes with scores: their order is the order of insertion until they are sorted. */
#include "crm/pengine/private.h"

struct weight *
weights_find(const struct weights *list, const struct node *node)
{
	int at = list->at ? list->at[node->index] : 0;

	return at ? &list->w[at - 1] : NULL;
}

static struct weight *
append(struct pe *pe, struct weights *list, struct node *node)
{
	if (!list->at)
		list->at = arena_alloc(&pe->arena, pe->node_count * sizeof(*list->at));
	ARENA_PUSH(&pe->arena, list, w, ((struct weight){ .node = node }));
	list->at[node->index] = (int)list->w_count;
	return &list->w[list->w_count - 1];
}

void
weights_add(struct pe *pe, struct weights *list, struct node *node, int score)
{
	struct weight *w = weights_find(list, node);

	if (!w) {
		w = append(pe, list, node);
		w->score = pe->profile == PE_P ? node->score : 0;
	}
	w->score = score_add(w->score, score);
}

void
weights_put(struct pe *pe, struct weights *list, struct node *node, int score)
{
	append(pe, list, node)->score = score;
}

void
weights_add_all(struct pe *pe, struct weights *list, int score)
{
	for (size_t i = 0; i < pe->node_count; i++)
		weights_add(pe, list, pe->node[i], score);
}

bool
weights_any(const struct weights *list)
{
	for (size_t i = 0; i < list->w_count; i++)
		if (list->w[i].score >= 0 && !list->w[i].unusable &&
		    node_can_run(list->w[i].node))
			return true;
	return false;
}

void
weights_copy(struct pe *pe, struct weights *to, const struct weights *from)
{
	*to = (struct weights){ 0 };
	for (size_t i = 0; i < from->w_count; i++)
		*append(pe, to, from->w[i].node) = from->w[i];
}

struct weight *
weights_save(struct pe *pe, const struct weights *list)
{
	struct weight *saved =
	    pe->spare_count
	        ? pe->spare[--pe->spare_count]
	        : arena_alloc(&pe->arena, (pe->node_count + 1) * sizeof(*saved));

	if (list->w_count)
		memcpy(saved, list->w, list->w_count * sizeof(*saved));
	return saved;
}

void
weights_restore(struct pe *pe, struct weights *list, struct weight *saved, bool really)
{
	if (really && list->w_count)
		memcpy(list->w, saved, list->w_count * sizeof(*saved));
	ARENA_PUSH(&pe->arena, pe, spare, saved);
}

static int
effective(const struct weight *w)
{
	return node_can_run(w->node) ? w->score : -INF;
}

static bool
is_before(const struct weight *a, const struct weight *b)
{
	if (effective(a) != effective(b))
		return effective(a) > effective(b);
	return a->node->assigned < b->node->assigned;
}

bool
nodes_alike(const struct node *a, const struct node *b, const char *attribute)
{
	const char *x = table_get(&a->attrs, attribute),
	           *y = table_get(&b->attrs, attribute);

	return x && y ? same(x, y) : !x && !y;
}

/* By insertion: stable, and lists are short and mostly sorted. */
void
weights_sort(struct pe *pe, struct weights *list)
{
	(void)pe;
	for (size_t i = 1; i < list->w_count; i++) {
		struct weight w = list->w[i];
		size_t at = i;

		for (; at > 0 && is_before(&w, &list->w[at - 1]); at--)
			list->w[at] = list->w[at - 1];
		list->w[at] = w;
	}
	for (size_t i = 0; i < list->w_count; i++)
		list->at[list->w[i].node->index] = (int)i + 1;
}

void
weights_intersect(struct pe *pe, struct weights *list, const struct weights *other)
{
	struct weights kept = { 0 };

	for (size_t i = 0; i < list->w_count; i++) {
		const struct weight *o = weights_find(other, list->w[i].node);

		if (o) {
			struct weight *w = append(pe, &kept, list->w[i].node);

			*w = list->w[i];
			w->score = score_add(w->score, o->score);
		}
	}
	*list = kept;
}
