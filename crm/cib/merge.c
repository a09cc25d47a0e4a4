/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/private.h"

#include "crm/cib/path.h"
#include "crm/cib/tree.h"
#include "crm/common/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values that count. */

/* Whether VALUE is "NAME++" or "NAME+=N"; then *STEP is by how much. */
static bool
counts_on(const char *name, const char *value, int *step)
{
	size_t len = strlen(name);

	if (strncmp(value, name, len) != 0)
		return false;
	value += len;
	if (strcmp(value, "++") == 0) {
		*step = 1;
		return true;
	}
	if (strncmp(value, "+=", 2) != 0)
		return false;
	*step = score_parse(value + 2);
	return true;
}

static const char *
counted(const char *old, int step, char text[16])
{
	long sum = (long)score_parse(old) + step;

	if (sum > SCORE_INFINITY)
		sum = SCORE_INFINITY;
	if (sum < -SCORE_INFINITY)
		sum = -SCORE_INFINITY;
	snprintf(text, 16, "%ld", sum);
	return text;
}

static bool
attribute_merge(xmlNode *target, const char *name, const char *value)
{
	char text[16];
	int step;

	if (counts_on(name, value, &step))
		value = counted(cib_attr(target, name), step, text);
	return tree_set(target, name, value);
}

static bool
attributes_merge(xmlNode *target, const xmlNode *update, enum cib_style style)
{
	for (const xmlAttr *a = update->properties; a; a = a->next) {
		const char *name = (const char *)a->name;

		if (style == CIB_STYLE_H && strcmp(name, "replace") == 0)
			continue;
		if (!attribute_merge(target, name, cib_attr(update, name)))
			return false;
	}
	return true;
}

static bool
settle(xmlNode *element)
{
	for (xmlAttr *a = element->properties; a; a = a->next) {
		const char *name = (const char *)a->name;
		char text[16];
		int step;

		if (counts_on(name, cib_attr(element, name), &step) &&
		    !tree_set(element, name, counted(NULL, step, text)))
			return false;
	}
	return true;
}

bool
cib_merge_settle(xmlNode *fresh)
{
	for (xmlNode *n = fresh; n; n = cib_walk_next(fresh, n))
		if (!settle(n))
			return false;
	return true;
}

/* Children. */

/* replace="TAG,TAG": heartbeat's way of saying that the new children are all of them. */
static void
replaced_drop(xmlNode *target, const xmlNode *update, struct tree_index *ix)
{
	const char *tags = cib_attr(update, "replace");

	while (tags && *tags) {
		size_t len = strcspn(tags, ",");
		xmlNode *next;

		for (xmlNode *c = cib_child_first(target); c; c = next) {
			next = cib_child_next(c);
			if (strlen((const char *)c->name) == len &&
			    strncmp((const char *)c->name, tags, len) == 0)
				tree_index_bury(ix, c);
		}
		tags += len + (tags[len] == ',');
	}
}

static bool
comment_merge(xmlNode *target, const xmlNode *comment)
{
	for (const xmlNode *n = target->children; n; n = n->next)
		if (n->type == XML_COMMENT_NODE &&
		    xmlStrEqual(n->content, comment->content))
			return true;
	return tree_put_last(target, tree_copy(comment, target->doc));
}

static bool
child_add(xmlNode *target, const xmlNode *fresh, struct tree_index *ix)
{
	xmlNode *copy = tree_copy(fresh, target->doc);

	return tree_put_last(target, copy) && cib_merge_settle(copy) &&
	       tree_index_add(ix, copy);
}

static bool
merge_into(xmlNode *target, const xmlNode *update, enum cib_style style,
    struct tree_index *ix)
{
	const xmlNode *up = update, *n;

	if (style == CIB_STYLE_H)
		replaced_drop(target, update, ix);
	if (!attributes_merge(target, update, style))
		return false;
	n = tree_kept(update->children);
	for (;;) {
		struct tree_entry *found;

		if (!n) {
			if (up == update)
				return true;
			n = tree_kept(up->next);
			up = up->parent;
			target = target->parent;
			continue;
		}
		if (n->type == XML_COMMENT_NODE) {
			if (!comment_merge(target, n))
				return false;
			n = tree_kept(n->next);
			continue;
		}
		found =
		    tree_index_find(ix, target, (const char *)n->name, cib_attr(n, "id"));
		if (!found) {
			if (!child_add(target, n, ix))
				return false;
			n = tree_kept(n->next);
			continue;
		}
		target = found->node;
		if (style == CIB_STYLE_H)
			replaced_drop(target, n, ix);
		if (!attributes_merge(target, n, style))
			return false;
		up = n;
		n = tree_kept(n->children);
	}
}

bool
cib_merge(xmlNode *target, const xmlNode *update, enum cib_style style)
{
	struct tree_index ix;
	bool good =
	    tree_index_init(&ix, target, true) && merge_into(target, update, style, &ix);

	tree_index_clear(&ix);
	return good;
}
