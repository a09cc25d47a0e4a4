/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Patches of format 2 (spec/cib.md 12.2): first what goes, in the order of the old document;
 * then, in the order of the new one, what is set, comes and moves.  The trees are walked with
 * a stack of pairings instead of recursion.
 */
#include "crm/cib/codes.h"
#include "crm/cib/diff_private.h"
#include "crm/cib/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct level {
	struct diff_pairing pairing;
	const xmlNode *a, *b;
	int at;   /* the child that is next */
	int kept; /* of the old ones before it: those that stay */
};

struct walk {
	struct diff_maker *m;
	xmlNode *diff;
	const xmlNode *root; /* the new root as it shall be seen */
	struct level *level;
	size_t depth, room;
};

/* One change. */

static xmlNode *
change_new(struct walk *w, const char *operation, const xmlNode *where)
{
	xmlNode *change = tree_append(w->diff, "change");
	char *path = cib_node_path(where);
	bool good = change && path && tree_set(change, "operation", operation) &&
	            tree_set(change, "path", path);

	free(path);
	return good ? change : NULL;
}

static bool
position_set(xmlNode *change, int position)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", position);
	return tree_set(change, "position", text);
}

static bool
delete_put(struct walk *w, const xmlNode *gone, int position)
{
	xmlNode *change;
	char *path;
	bool good;

	if (gone->type == XML_ELEMENT_NODE)
		return change_new(w, "delete", gone) != NULL;
	change = change_new(w, "delete", gone->parent);
	path =
	    change ? malloc(strlen(cib_attr(change, "path")) + sizeof("/comment")) : NULL;
	if (!path)
		return false;
	sprintf(path, "%s/comment", cib_attr(change, "path"));
	good = tree_set(change, "path", path) && position_set(change, position);
	free(path);
	return good;
}

static bool
create_put(struct walk *w, const xmlNode *fresh, int position)
{
	xmlNode *change = change_new(w, "create", fresh->parent);

	return change && position_set(change, position) &&
	       tree_put_last(change, tree_copy(fresh, change->doc));
}

static bool
move_put(struct walk *w, const xmlNode *moved, int position)
{
	xmlNode *change = change_new(w, "move", moved);

	return change && position_set(change, position);
}

/* Attributes. */

static bool
attr_put(xmlNode *list, const char *name, const char *operation, const char *value)
{
	xmlNode *one = tree_append(list, "change-attr");

	return one && tree_set(one, "name", name) &&
	       tree_set(one, "operation", operation) &&
	       (!value || tree_set(one, "value", value));
}

/* Those of B whose value is new; IN_PLACE: or that stand elsewhere. */
static bool
set_put(xmlNode *list, const xmlNode *a, const xmlNode *b, bool in_place)
{
	const xmlAttr *other = a->properties;

	for (const xmlAttr *y = b->properties; y; y = y->next) {
		const char *name = (const char *)y->name, *value = cib_attr(b, name);
		bool here = other && xmlStrEqual(other->name, y->name);

		if ((!tree_same_text(cib_attr(a, name), value) || (in_place && !here)) &&
		    !attr_put(list, name, "set", value))
			return false;
		other = other ? other->next : NULL;
	}
	return true;
}

static bool
unset_put(xmlNode *list, const xmlNode *a, const xmlNode *b)
{
	for (const xmlAttr *x = a->properties; x; x = x->next)
		if (!cib_attr(b, (const char *)x->name) &&
		    !attr_put(list, (const char *)x->name, "unset", NULL))
			return false;
	return true;
}

static bool
modify_put(struct walk *w, const xmlNode *a, const xmlNode *b)
{
	xmlNode *change, *list, *result;

	if (tree_same_attributes(a, b))
		return true;
	change = change_new(w, "modify", b);
	list = change ? tree_append(change, "change-list") : NULL;
	result = list ? tree_append(change, "change-result") : NULL;
	if (!result || !set_put(list, a, b, false) || !unset_put(list, a, b))
		return false;
	if (!list->children && !set_put(list, a, b, true)) /* only their order is new */
		return false;
	return tree_put_last(result, tree_copy_alone(b, result->doc));
}

/* The walk. */

static bool
walk_into(struct walk *w, const xmlNode *a, const xmlNode *b)
{
	if (w->depth == w->room) {
		size_t room = w->room ? w->room * 2 : 16;
		struct level *grown = realloc(w->level, room * sizeof(*grown));

		if (!grown)
			return false;
		w->level = grown;
		w->room = room;
	}
	w->level[w->depth] = (struct level){ .a = a, .b = b };
	return diff_pairing_init(&w->level[w->depth++].pairing, w->m, a, b);
}

static void
walk_out(struct walk *w)
{
	diff_pairing_clear(&w->level[--w->depth].pairing);
}

static bool
has_inside(const xmlNode *a, const xmlNode *b)
{
	return a->type == XML_ELEMENT_NODE &&
	       (tree_kept(a->children) || tree_kept(b->children));
}

static bool
deletes_put(struct walk *w, const xmlNode *a, const xmlNode *b)
{
	bool good = walk_into(w, a, b);

	while (good && w->depth > 0) {
		struct level *l = &w->level[w->depth - 1];
		int i = l->at++;

		if (i == l->pairing.a_count)
			walk_out(w);
		else if (l->pairing.of_a[i] < 0)
			good = delete_put(w, l->pairing.a[i], l->kept);
		else {
			const xmlNode *x = l->pairing.a[i],
			              *y = l->pairing.b[l->pairing.of_a[i]];

			l->kept++;
			if (has_inside(x, y))
				good = walk_into(w, x, y);
		}
	}
	return good;
}

static bool
changes_put(struct walk *w, const xmlNode *a, const xmlNode *b)
{
	bool good = modify_put(w, a, w->root) && walk_into(w, a, b);

	while (good && w->depth > 0) {
		struct level *l = &w->level[w->depth - 1];
		const struct diff_pairing *p = &l->pairing;
		int j = l->at++, before = j - 1;

		if (before >= 0 && p->moves[before]) /* after all that was inside it */
			good = move_put(w, p->b[before], before);
		if (!good)
			break;
		if (j == p->b_count)
			walk_out(w);
		else if (p->of_b[j] < 0)
			good = create_put(w, p->b[j], j);
		else if (p->b[j]->type == XML_ELEMENT_NODE) {
			const xmlNode *x = p->a[p->of_b[j]], *y = p->b[j];

			good = modify_put(w, x, y);
			if (good && has_inside(x, y))
				good = walk_into(w, x, y);
		}
	}
	return good;
}

/* The patch. */

static bool
version_put(xmlNode *version, const char *name, const xmlNode *root)
{
	xmlNode *one = tree_append(version, name);
	struct cib_version v;

	if (!one)
		return false;
	cib_version_get(root, &v);
	return cib_version_set(one, &v);
}

static bool
versions_put(xmlNode *diff, const xmlNode *a, const xmlNode *b)
{
	xmlNode *version = tree_append(diff, "version");

	return version && version_put(version, "source", a) &&
	       version_put(version, "target", b);
}

/* B's root with A's version: so that the version is no change. */
static xmlNode *
root_without_version(const xmlNode *a, const xmlNode *b, xmlDoc *doc)
{
	static const char *const names[] = { "admin_epoch", "epoch", "num_updates" };
	xmlNode *copy = tree_copy_alone(b, doc);
	bool good = copy != NULL;

	for (size_t i = 0; good && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = cib_attr(a, names[i]);

		if (value)
			good = tree_set(copy, names[i], value);
		else
			xmlUnsetProp(copy, BAD_CAST names[i]);
	}
	if (good)
		return copy;
	xmlFreeNode(copy);
	return NULL;
}

static bool
patch_fill(struct walk *w, const xmlNode *a, const xmlNode *b)
{
	if (!tree_set(w->diff, "format", "2"))
		return false;
	if (!w->m->how->no_version && !versions_put(w->diff, a, b))
		return false;
	return deletes_put(w, a, b) && changes_put(w, a, b);
}

static bool
has_change(const xmlNode *diff)
{
	return cib_child_find(diff, "change") != NULL;
}

int
diff2_make(struct diff_maker *m, const xmlNode *a, const xmlNode *b, xmlDoc **patch)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	struct walk w = { .m = m,
		.diff = doc ? xmlNewDocNode(doc, NULL, BAD_CAST "diff", NULL) : NULL };
	xmlNode *shown = NULL;
	int code = CIB_NO_MEMORY;

	if (w.diff) {
		xmlDocSetRootElement(doc, w.diff);
		shown = m->how->no_version ? root_without_version(a, b, doc) : NULL;
		w.root = m->how->no_version ? shown : b;
		if (w.root && patch_fill(&w, a, b))
			code = CIB_OK;
	}
	xmlFreeNode(shown);
	while (w.depth > 0)
		walk_out(&w);
	free(w.level);
	if (code == CIB_OK && m->how->digest)
		code = diff_digest_set(w.diff, b, CIB_DIGEST_WIRE_P);
	if (code == CIB_OK && has_change(w.diff))
		*patch = doc;
	else
		xmlFreeDoc(doc);
	return code;
}
