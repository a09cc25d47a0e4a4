/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Format 1 (spec/cib.md 12.1): two skeletons of the document, one with what goes and one with
 * what comes.  Attributes that are set anew keep their place.
 */
#include "crm/cib/codes.h"
#include "crm/cib/diff_private.h"
#include "crm/cib/path.h"

#include <stdlib.h>
#include <string.h>

#define MARKER "__crm_diff_marker__"
#define REMOVED "removed:top"
#define ADDED "added:top"

/* Making.  A level of the walk has an element of either skeleton; each is cut off again when
 * nothing came into it. */

struct level {
	struct diff_pairing pairing;
	xmlNode *removed, *added;
	int at_a, at_b;
};

struct walk {
	struct diff_maker *m;
	struct level *level;
	size_t depth, room;
};

static xmlNode *
skeleton_add(xmlNode *parent, const xmlNode *like)
{
	xmlNode *n = tree_append(parent, (const char *)like->name);
	const char *id = cib_attr(like, "id");

	return n && (!id || tree_set(n, "id", id)) ? n : NULL;
}

/* The attributes of N that OTHER has not, or otherwise. */
static bool
attributes_add(xmlNode *skeleton, const xmlNode *n, const xmlNode *other)
{
	for (const xmlAttr *a = n->properties; a; a = a->next) {
		const char *name = (const char *)a->name, *value = cib_attr(n, name);

		if (!tree_same_text(value, cib_attr(other, name)) &&
		    !tree_set(skeleton, name, value))
			return false;
	}
	return true;
}

/* The root says its version in any case. */
static bool
version_add(xmlNode *skeleton, const xmlNode *root)
{
	static const char *const names[] = { "epoch", "num_updates", "admin_epoch" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = cib_attr(root, names[i]);

		if (value && !tree_set(skeleton, names[i], value))
			return false;
	}
	return true;
}

static bool
whole_add(xmlNode *skeleton, const xmlNode *n, const char *marker)
{
	xmlNode *copy = tree_copy(n, skeleton->doc);

	return tree_put_last(skeleton, copy) &&
	       (copy->type != XML_ELEMENT_NODE || tree_set(copy, MARKER, marker));
}

static bool
walk_into(struct walk *w, const xmlNode *a, const xmlNode *b, xmlNode *removed,
    xmlNode *added)
{
	if (w->depth == w->room) {
		size_t room = w->room ? w->room * 2 : 16;
		struct level *grown = realloc(w->level, room * sizeof(*grown));

		if (!grown)
			return false;
		w->level = grown;
		w->room = room;
	}
	w->level[w->depth] = (struct level){ .removed = skeleton_add(removed, a),
		.added = skeleton_add(added, b) };
	return diff_pairing_init(&w->level[w->depth++].pairing, w->m, a, b) &&
	       w->level[w->depth - 1].removed && w->level[w->depth - 1].added &&
	       attributes_add(w->level[w->depth - 1].removed, a, b) &&
	       attributes_add(w->level[w->depth - 1].added, b, a);
}

static void
cut_if_empty(xmlNode *skeleton)
{
	const xmlAttr *first = skeleton->properties;
	bool bare =
	    !first || (strcmp((const char *)first->name, "id") == 0 && !first->next);

	if (bare && !skeleton->children)
		tree_drop(skeleton);
}

static void
walk_out(struct walk *w)
{
	struct level *l = &w->level[--w->depth];

	diff_pairing_clear(&l->pairing);
	if (l->removed)
		cut_if_empty(l->removed);
	if (l->added)
		cut_if_empty(l->added);
}

static bool
walk_on(struct walk *w)
{
	struct level *l = &w->level[w->depth - 1];
	const struct diff_pairing *p = &l->pairing;

	if (l->at_a < p->a_count) { /* first all that went */
		int i = l->at_a++;

		return p->of_a[i] >= 0 || whole_add(l->removed, p->a[i], REMOVED);
	}
	if (l->at_b == p->b_count) {
		walk_out(w);
		return true;
	}
	int j = l->at_b++;

	if (p->of_b[j] < 0)
		return whole_add(l->added, p->b[j], ADDED);
	return p->b[j]->type != XML_ELEMENT_NODE ||
	       walk_into(w, p->a[p->of_b[j]], p->b[j], l->removed, l->added);
}

static bool
skeletons_fill(struct diff_maker *m, const xmlNode *a, const xmlNode *b, xmlNode *removed,
    xmlNode *added)
{
	struct walk w = { .m = m };
	bool good = walk_into(&w, a, b, removed, added);

	while (good && w.depth > 0)
		good = walk_on(&w);
	while (w.depth > 0)
		walk_out(&w);
	free(w.level);
	return good;
}

/* The version on the side itself, and in its cib; of what is no cib pacemaker has an empty
 * one. */
static bool
side_end(xmlNode *side, const xmlNode *root, bool versions)
{
	struct cib_version version;
	xmlNode *cib = cib_child_find(side, "cib");

	if (!cib)
		cib = tree_append(side, "cib");
	if (!cib)
		return false;
	if (!versions)
		return true;
	cib_version_get(root, &version);
	return cib_version_set(side, &version) && version_add(cib, root);
}

static bool
differs(const xmlNode *removed, const xmlNode *added)
{
	return removed->children || added->children;
}

int
diff1_make(struct diff_maker *m, const xmlNode *a, const xmlNode *b, xmlDoc **patch)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *diff = doc ? xmlNewDocNode(doc, NULL, BAD_CAST "diff", NULL) : NULL,
	        *removed, *added;
	bool versions = tree_is(a, "cib") && !m->how->no_version, changed;
	const char *features = m->how->crm_feature_set;
	int code = CIB_NO_MEMORY;

	if (!diff) {
		xmlFreeDoc(doc);
		return code;
	}
	xmlDocSetRootElement(doc, diff);
	removed = tree_append(diff, "diff-removed");
	added = tree_append(diff, "diff-added");
	if (removed && added &&
	    (!features || tree_set(diff, "crm_feature_set", features)) &&
	    (m->how->style == CIB_STYLE_H || tree_set(diff, "format", "1")) &&
	    skeletons_fill(m, a, b, removed, added)) {
		changed = differs(removed, added);
		if (side_end(removed, a, versions) && side_end(added, b, versions))
			code = CIB_OK;
	}
	if (code == CIB_OK && changed && m->how->digest)
		code = diff_digest_set(diff, b,
		    m->how->style == CIB_STYLE_H ? CIB_DIGEST_WIRE_H : CIB_DIGEST_DATA_P);
	if (code == CIB_OK && changed)
		*patch = doc;
	else
		xmlFreeDoc(doc);
	return code;
}

/* Applying. */

static bool
is_marked(const xmlNode *n, const char *marker)
{
	return n->type == XML_ELEMENT_NODE && tree_same_text(cib_attr(n, MARKER), marker);
}

static xmlNode *
comment_find(const xmlNode *parent, const xmlNode *comment)
{
	xmlNode *n = parent->children;

	while (n && (n->type != XML_COMMENT_NODE ||
	                !xmlStrEqual(n->content, comment->content)))
		n = n->next;
	return n;
}

static xmlNode *
counterpart(const struct tree_index *ix, const xmlNode *parent, const xmlNode *like)
{
	const struct tree_entry *e =
	    parent ? tree_index_find(ix, parent, (const char *)like->name,
	                 cib_attr(like, "id"))
	           : NULL;

	return e ? e->node : NULL;
}

/* One skeleton over the document: STEP for each node of it that is not the root.  It returns
 * the element in which to go on below that node, or NULL to pass over what is in it. */
struct overlay {
	struct tree_index ix;       /* of the document */
	struct tree_index added_ix; /* of what comes */
	bool failed;                /* out of memory */
};

/* Attributes that go, but for those that come again with another value. */
static void
attributes_remove(xmlNode *target, const xmlNode *removed, const xmlNode *added)
{
	for (const xmlAttr *a = removed->properties; a; a = a->next) {
		const char *name = (const char *)a->name;

		if (strcmp(name, "id") != 0 && !(added && cib_attr(added, name)))
			xmlUnsetProp(target, a->name);
	}
}

static void
removed_apply(struct overlay *o, xmlNode *target, const xmlNode *removed,
    const xmlNode *added)
{
	const xmlNode *up = removed, *n = tree_kept(removed->children);
	const xmlNode *other[CIB_DEPTH_MAX + 1] = { added };
	size_t depth = 0;

	attributes_remove(target, removed, added);
	while (n || up != removed) {
		xmlNode *mine;

		if (!n) {
			n = tree_kept(up->next);
			up = up->parent;
			target = target->parent;
			depth--;
			continue;
		}
		mine = n->type == XML_COMMENT_NODE ? comment_find(target, n)
		                                   : counterpart(&o->ix, target, n);
		if (mine && (n->type == XML_COMMENT_NODE || is_marked(n, REMOVED)))
			tree_index_bury(&o->ix, mine);
		else if (mine) {
			other[depth + 1] = counterpart(&o->added_ix, other[depth], n);
			depth++;
			attributes_remove(mine, n, other[depth]);
			up = n;
			target = mine;
			n = tree_kept(n->children);
			continue;
		}
		n = tree_kept(n->next);
	}
}

static bool
attributes_set(xmlNode *target, const xmlNode *added)
{
	for (const xmlAttr *a = added->properties; a; a = a->next)
		if (strcmp((const char *)a->name, MARKER) != 0 &&
		    !tree_set(target, (const char *)a->name,
		        cib_attr(added, (const char *)a->name)))
			return false;
	return true;
}

static xmlNode *
fresh_add(struct overlay *o, xmlNode *target, const xmlNode *n)
{
	xmlNode *copy = tree_copy(n, target->doc);

	if (!tree_put_last(target, copy))
		return NULL;
	if (n->type != XML_ELEMENT_NODE)
		return copy;
	xmlUnsetProp(copy, BAD_CAST MARKER);
	return tree_index_add(&o->ix, copy) ? copy : NULL;
}

static void
added_apply(struct overlay *o, xmlNode *target, const xmlNode *added)
{
	const xmlNode *up = added, *n = tree_kept(added->children);

	o->failed |= !attributes_set(target, added);
	while ((n || up != added) && !o->failed) {
		xmlNode *mine = NULL;

		if (!n) {
			n = tree_kept(up->next);
			up = up->parent;
			target = target->parent;
			continue;
		}
		if (n->type == XML_ELEMENT_NODE && !is_marked(n, ADDED))
			mine = counterpart(&o->ix, target, n);
		if (mine) {
			o->failed |= !attributes_set(mine, n);
			up = n;
			target = mine;
			n = tree_kept(n->children);
			continue;
		}
		o->failed |= !fresh_add(o, target, n);
		n = tree_kept(n->next);
	}
}

/* The part of a side that is about ROOT. */
static const xmlNode *
side_of(const xmlNode *patch, const char *side, const xmlNode *root)
{
	const xmlNode *found = cib_child_find(patch, side);

	return found ? cib_child_find(found, (const char *)root->name) : NULL;
}

int
diff1_apply(xmlNode *root, const xmlNode *patch, struct err *err)
{
	const xmlNode *removed = side_of(patch, "diff-removed", root),
	              *added = side_of(patch, "diff-added", root);
	struct overlay o = { 0 };

	if (!removed && !added)
		return err_set(err, CIB_DIFF_FAILED, "nothing in it is about a %s",
		    (const char *)root->name);
	o.failed = !tree_index_init(&o.ix, root, true) ||
	           (added && !tree_index_init(&o.added_ix, added, true));
	if (removed && !o.failed)
		removed_apply(&o, root, removed, added);
	if (added && !o.failed)
		added_apply(&o, root, added);
	tree_index_clear(&o.ix);
	tree_index_clear(&o.added_ix);
	return o.failed ? CIB_NO_MEMORY : CIB_OK;
}
