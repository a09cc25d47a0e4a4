/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pairs the children of two elements.  Of those that are in both, the longest part whose order
 * did not change stays in place and the others move.
 */
#include "crm/cib/diff_private.h"

#include "crm/cib/path.h"

#include <stdlib.h>
#include <string.h>

/* Lists. */

static int
kept_count(const xmlNode *parent)
{
	int count = 0;

	for (const xmlNode *n = tree_kept(parent->children); n; n = tree_kept(n->next))
		count++;
	return count;
}

/* COUNT + 1 so that an empty list is no failure. */
static xmlNode **
kept_list(const xmlNode *parent, int count)
{
	xmlNode **list = malloc(((size_t)count + 1) * sizeof(xmlNode *)), **to = list;

	for (xmlNode *n = tree_kept(parent->children); list && n; n = tree_kept(n->next))
		*to++ = n;
	return list;
}

static int *
int_list(int count, int value)
{
	int *list = malloc(((size_t)count + 1) * sizeof(int));

	for (int i = 0; list && i < count; i++)
		list[i] = value;
	return list;
}

static void
pair(struct diff_pairing *p, int a, int b)
{
	p->of_a[a] = b;
	p->of_b[b] = a;
}

/* Elements. */

static struct tree_entry *
by_tag(const struct tree_index *ix, const xmlNode *parent, const xmlNode *like)
{
	return tree_index_find(ix, parent, (const char *)like->name, NULL);
}

/* Whether tag and id do not tell the children with this tag apart, here or there. */
static bool
is_loose(const struct diff_maker *m, const xmlNode *a, const xmlNode *b,
    const xmlNode *child)
{
	const struct tree_entry *x = by_tag(&m->a_index, a, child),
	                        *y = by_tag(&m->b_index, b, child);

	if ((x && x->repeats) || (y && y->repeats))
		return true;
	return ((x && x->lacking_count) || (y && y->lacking_count)) &&
	       ((x && x->same_count > 1) || (y && y->same_count > 1));
}

/* The entry of a child that is not loose. */
static struct tree_entry *
entry_of(const struct tree_index *ix, const xmlNode *parent, const xmlNode *like)
{
	struct tree_entry *e =
	    tree_index_find(ix, parent, (const char *)like->name, cib_attr(like, "id"));

	/* By its tag alone: it must not have an id then. */
	return e && tree_same_text(cib_attr(e->node, "id"), cib_attr(like, "id")) ? e
	                                                                          : NULL;
}

static void
elements_pair(struct diff_pairing *p, struct diff_maker *m, const xmlNode *a,
    const xmlNode *b)
{
	for (int j = 0; j < p->b_count; j++)
		if (p->b[j]->type == XML_ELEMENT_NODE && !is_loose(m, a, b, p->b[j]))
			entry_of(&m->b_index, b, p->b[j])->mark = (uint32_t)j;
	for (int i = 0; i < p->a_count; i++) {
		const struct tree_entry *e;

		if (p->a[i]->type != XML_ELEMENT_NODE || is_loose(m, a, b, p->a[i]))
			continue;
		e = entry_of(&m->b_index, b, p->a[i]);
		if (e)
			pair(p, i, (int)e->mark);
	}
}

/* Comments. */

struct remark {
	const xmlChar *text;
	int index;
};

static int
by_text(const void *a, const void *b)
{
	const struct remark *x = a, *y = b;
	int order = xmlStrcmp(x->text, y->text);

	return order ? order : x->index - y->index;
}

static struct remark *
remarks(xmlNode **list, int count, int *found)
{
	struct remark *r = malloc(((size_t)count + 1) * sizeof(*r));

	*found = 0;
	for (int i = 0; r && i < count; i++)
		if (list[i]->type == XML_COMMENT_NODE)
			r[(*found)++] = (struct remark){ list[i]->content, i };
	if (r && *found > 1)
		qsort(r, (size_t)*found, sizeof(*r), by_text);
	return r;
}

static bool
comments_pair(struct diff_pairing *p)
{
	int a_count, b_count, i = 0, j = 0;
	struct remark *a = remarks(p->a, p->a_count, &a_count),
	              *b = remarks(p->b, p->b_count, &b_count);
	bool good = a && b;

	while (good && i < a_count && j < b_count) {
		int order = xmlStrcmp(a[i].text, b[j].text);

		if (order == 0)
			pair(p, a[i].index, b[j].index);
		i += order <= 0;
		j += order >= 0;
	}
	free(a);
	free(b);
	return good;
}

/* Order. */

/* Marks all with a partner as moving but the longest rising part. */
static bool
order_longest(struct diff_pairing *p)
{
	int *tail = int_list(p->b_count, -1), *before = int_list(p->b_count, -1),
	    length = 0, at = -1;
	bool good = tail && before;

	for (int j = 0; good && j < p->b_count; j++) {
		int low = 0, high = length;

		if (p->of_b[j] < 0)
			continue;
		p->moves[j] = true;
		while (low < high) { /* tail[k] ends the best part of k + 1 so far */
			int middle = (low + high) / 2;

			if (p->of_b[tail[middle]] < p->of_b[j])
				low = middle + 1;
			else
				high = middle;
		}
		before[j] = low > 0 ? tail[low - 1] : -1;
		tail[low] = j;
		length = low == length ? length + 1 : length;
	}
	if (good && length > 0)
		at = tail[length - 1];
	for (; at >= 0; at = before[at])
		p->moves[at] = false;
	free(tail);
	free(before);
	return good;
}

/* Whether one who places by rising index finds at each step only those before the index that
 * belong there: none that has still to be taken away. */
static bool
order_is_plain(const struct diff_pairing *p, bool *good)
{
	int *b_of =
	    int_list(p->a_count, -1); /* those that move and were not placed yet */
	int passed = -1, waiting = 0; /* of A: how far what stays was passed */
	bool plain = true;

	*good = b_of != NULL;
	for (int j = 0; *good && j < p->b_count; j++)
		if (p->of_b[j] >= 0 && p->moves[j])
			b_of[p->of_b[j]] = j;
	for (int j = 0; *good && plain && j < p->b_count; j++) {
		int i = p->of_b[j];

		if (i >= 0 && !p->moves[j]) {
			for (; passed < i; passed++)
				waiting += b_of[passed + 1] >= 0;
			continue;
		}
		if (i >= 0) {
			waiting -= i <= passed;
			b_of[i] = -1;
		}
		plain = waiting == 0;
	}
	free(b_of);
	return plain;
}

/* Those that are not the first of what is left when it is their turn. */
static bool
order_by_turns(struct diff_pairing *p)
{
	bool *gone = calloc((size_t)p->a_count + 1, sizeof(bool));
	int first = 0;

	for (int i = 0; gone && i < p->a_count; i++)
		gone[i] = p->of_a[i] < 0;
	for (int j = 0; gone && j < p->b_count; j++) {
		if (p->of_b[j] < 0)
			continue;
		while (first < p->a_count && gone[first])
			first++;
		p->moves[j] = p->of_b[j] != first;
		gone[p->of_b[j]] = true;
	}
	free(gone);
	return gone != NULL;
}

/* A comment has no path: it does not move, but goes and comes. */
static bool
comments_part(struct diff_pairing *p)
{
	bool some = false;

	for (int j = 0; j < p->b_count; j++)
		if (p->moves[j] && p->b[j]->type == XML_COMMENT_NODE) {
			p->of_a[p->of_b[j]] = -1;
			p->of_b[j] = -1;
			p->moves[j] = false;
			some = true;
		}
	return some;
}

static bool
order_find(struct diff_pairing *p)
{
	bool good = order_longest(p);

	if (!good)
		return false;
	comments_part(p); /* what stays, stays the longest rising part */
	if (order_is_plain(p, &good) || !good)
		return good;
	do {
		if (!order_by_turns(p))
			return false;
	} while (comments_part(p));
	return true;
}

/* All of it. */

/* Whether the children are the same ones in the same order, those that cannot be told apart
 * without any difference. */
static bool
is_unchanged(const struct diff_pairing *p, const struct diff_maker *m, const xmlNode *a,
    const xmlNode *b)
{
	if (p->a_count != p->b_count)
		return false;
	for (int i = 0; i < p->a_count; i++) {
		const xmlNode *x = p->a[i], *y = p->b[i];

		if (x->type != y->type)
			return false;
		if (x->type == XML_COMMENT_NODE) {
			if (!xmlStrEqual(x->content, y->content))
				return false;
		} else if (!xmlStrEqual(x->name, y->name) ||
		           !tree_same_text(cib_attr(x, "id"), cib_attr(y, "id")) ||
		           (is_loose(m, a, b, x) && !tree_same(x, y)))
			return false;
	}
	return true;
}

bool
diff_pairing_init(struct diff_pairing *p, struct diff_maker *m, const xmlNode *a,
    const xmlNode *b)
{
	*p = (struct diff_pairing){ .a_count = kept_count(a), .b_count = kept_count(b) };
	p->a = kept_list(a, p->a_count);
	p->b = kept_list(b, p->b_count);
	p->of_a = int_list(p->a_count, -1);
	p->of_b = int_list(p->b_count, -1);
	p->moves = calloc((size_t)p->b_count + 1, sizeof(bool));
	if (!p->a || !p->b || !p->of_a || !p->of_b || !p->moves)
		return false;
	if (is_unchanged(p, m, a, b)) {
		for (int i = 0; i < p->a_count; i++)
			pair(p, i, i);
		return true;
	}
	elements_pair(p, m, a, b);
	return comments_pair(p) && order_find(p);
}

void
diff_pairing_clear(struct diff_pairing *p)
{
	free(p->a);
	free(p->b);
	free(p->of_a);
	free(p->of_b);
	free(p->moves);
	*p = (struct diff_pairing){ 0 };
}
