/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What heartbeat has no words for, written out (spec/cib.md 5, 6): references to sets and rules become copies, templates
 * become what their primitives are, resource sets become pairs, patterns the resources that they match.
 */
#include "crm/cib/convert.h"

#include "crm/common/values.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPANDED_MAX                                                                     \
	20000 /* elements that are made; a document that would need more is not written out further */

struct expander {
	struct convert *c;
	struct table ids;
	struct table elements; /* "TAG ID" -> what may be referred to */
	size_t made;
};

/* Copies. */

static xmlNode *
copy_of(struct expander *x, const xmlNode *element)
{
	struct convert *c = x->c;
	xmlNode *copy;
	size_t count = 0;

	for (const xmlNode *n = element; n; n = cib_walk_next(element, n))
		count++;
	if (x->made + count > EXPANDED_MAX)
		return NULL;
	x->made += count;
	copy = xmlDocCopyNode((xmlNode *)(uintptr_t)element, c->doc, 1);
	if (!copy)
		c->failed = true;
	for (xmlNode *n = copy; n; n = cib_walk_next(copy, n))
		if (cib_attr(n, "id") && !convert_is(n, "resource_ref"))
			convert_set(c, n, "id",
			    convert_fresh_id(c, &x->ids, cib_attr(n, "id")));
	return copy;
}

static const char *
key_of(struct convert *c, const xmlNode *element, const char *id)
{
	return arena_printf(&c->arena, "%s %s", (const char *)element->name, id);
}

static void
elements_collect(struct expander *x)
{
	table_init(&x->elements, &x->c->arena);
	for (xmlNode *n = x->c->configuration; n; n = convert_next(x->c, n))
		if (cib_attr(n, "id"))
			table_add(&x->elements, key_of(x->c, n, cib_attr(n, "id")), n);
}

/* With all that is in it; nobody finds it any more. */
static void
element_free(struct expander *x, xmlNode *element)
{
	for (const xmlNode *n = element; n; n = cib_walk_next(element, n)) {
		const char *key =
		    cib_attr(n, "id") ? key_of(x->c, n, cib_attr(n, "id")) : NULL;

		if (key && table_find(&x->elements, key) == n)
			table_set(&x->elements, key, NULL);
	}
	xmlUnlinkNode(element);
	xmlFreeNode(element);
}

static bool
is_inside(const xmlNode *element, const xmlNode *outer)
{
	for (; element; element = element->parent)
		if (element == outer)
			return true;
	return false;
}

/* An element that only refers becomes a copy of what it refers to.  A copy may refer again; the bound ends that. */
static void
references_expand(struct expander *x)
{
	struct convert *c = x->c;

	for (xmlNode *n = c->configuration, *next; n; n = next) {
		const char *ref = cib_attr(n, "id-ref");
		const xmlNode *meant =
		    ref ? table_find(&x->elements, key_of(c, n, ref)) : NULL;
		xmlNode *copy = meant && !is_inside(n, meant) ? copy_of(x, meant) : NULL;

		if (!ref) {
			next = convert_next(c, n);
			continue;
		}
		convert_note_of(c, n, "attribute", "id-ref", ref,
		    copy ? "a copy of that" : "dropped: there is nothing to copy", !copy);
		if (copy) {
			const char *name = cib_attr(n, "name");

			if (name && convert_is(n, "nvpair"))
				convert_set(c, copy, "name", name);
			xmlAddPrevSibling(n, copy);
		}
		next = copy ? copy : cib_walk_over(c->configuration, n);
		element_free(x, n);
	}
}

/* Templates. */

static bool
same_op(const xmlNode *a, const xmlNode *b)
{
	static const char *const keys[] = { "name", "interval", "role" };

	for (size_t i = 0; i < 3; i++) {
		const char *of_a = cib_attr(a, keys[i]), *of_b = cib_attr(b, keys[i]);

		if (strcmp(of_a ? of_a : "", of_b ? of_b : "") != 0)
			return false;
	}
	return true;
}

static void
operations_inherit(struct expander *x, xmlNode *primitive, const xmlNode *theirs)
{
	xmlNode *ours = cib_child_find(primitive, "operations");

	if (!ours)
		ours = convert_new(x->c, primitive, "operations");
	for (const xmlNode *op = cib_child_first(theirs); op; op = cib_child_next(op)) {
		bool has = false;

		for (const xmlNode *n = cib_child_first(ours); n && !has;
		     n = cib_child_next(n))
			has = same_op(n, op);
		xmlNode *copy = has ? NULL : copy_of(x, op);

		if (copy)
			xmlAddChild(ours, copy);
	}
}

static void
template_expand(struct expander *x, xmlNode *primitive, const xmlNode *template)
{
	static const char *const keys[] = { "class", "provider", "type" };
	struct convert *c = x->c;

	for (size_t i = 0; i < 3; i++)
		if (cib_attr(template, keys[i]))
			convert_set(c, primitive, keys[i], cib_attr(template, keys[i]));
	/* Behind its own sets: what comes first counts. */
	for (const xmlNode *n = cib_child_first(template); n; n = cib_child_next(n)) {
		if (convert_is(n, "operations")) {
			operations_inherit(x, primitive, n);
			continue;
		}
		xmlNode *copy = copy_of(x, n);

		if (copy)
			xmlAddChild(primitive, copy);
	}
}

static void
templates_expand(struct expander *x)
{
	struct convert *c = x->c;
	const xmlNode *resources = cib_child_find(c->configuration, "resources");

	for (xmlNode *n = c->configuration; n; n = convert_next(c, n)) {
		const char *name =
		    convert_is(n, "primitive") ? cib_attr(n, "template") : NULL;
		const xmlNode *template =
		    name ? table_find(&x->elements,
		               arena_printf(&c->arena, "template %s", name))
		         : NULL;

		if (!name)
			continue;
		convert_note_of(c, n, "attribute", "template", name, "what it stands for",
		    false);
		if (template)
			template_expand(x, n, template);
		xmlUnsetProp(n, BAD_CAST "template");
	}
	for (xmlNode *n = cib_child_first(resources), *next; n; n = next) {
		next = cib_child_next(n);
		if (convert_is(n, "template"))
			convert_remove(c, n, "its primitives say it themselves", false);
	}
}

/* Constraints. */

/* A copy of the constraint L without its sets, before L; the caller says whom it is about. */
static xmlNode *
constraint_like(struct expander *x, xmlNode *l)
{
	struct convert *c = x->c;
	xmlNode *made;

	if (++x->made > EXPANDED_MAX)
		return NULL;
	made = xmlDocCopyNode(l, c->doc, 2); /* attributes only */
	if (!made) {
		c->failed = true;
		return NULL;
	}
	xmlAddPrevSibling(l, made);
	for (const xmlNode *n = cib_child_first(l); n; n = cib_child_next(n)) {
		xmlNode *copy = convert_is(n, "resource_set") ? NULL : copy_of(x, n);

		if (copy)
			xmlAddChild(made, copy);
	}
	convert_set(c, made, "id",
	    convert_fresh_id(c, &x->ids, cib_attr(l, "id") ? cib_attr(l, "id") : "set"));
	return made;
}

static void
location_for(struct expander *x, xmlNode *l, const char *id)
{
	xmlNode *made = constraint_like(x, l);

	if (!made)
		return;
	xmlUnsetProp(made, BAD_CAST "rsc-pattern");
	convert_set(x->c, made, "rsc", id);
}

static bool
is_resource(const xmlNode *n)
{
	return convert_is(n, "primitive") || convert_is(n, "group") ||
	       convert_is(n, "clone") || convert_is(n, "master");
}

static void
pattern_expand(struct expander *x, xmlNode *l, const char *pattern)
{
	struct convert *c = x->c;
	bool inverted = *pattern == '!';
	regex_t compiled;

	if (regcomp(&compiled, pattern + inverted, REG_EXTENDED | REG_NOSUB) != 0)
		return;
	for (const xmlNode *n = c->configuration; n; n = convert_next(c, n))
		if (is_resource(n) && cib_attr(n, "id") &&
		    (regexec(&compiled, cib_attr(n, "id"), 0, NULL, 0) == 0) != inverted)
			location_for(x, l, cib_attr(n, "id"));
	regfree(&compiled);
}

/* One end of a pair: a member of a set, and what the set says of it. */
struct end {
	const xmlNode *set, *ref;
};

static void
pair_for(struct expander *x, xmlNode *l, struct end a, struct end b)
{
	struct convert *c = x->c;
	bool order = convert_is(l, "rsc_order");
	xmlNode *made = constraint_like(x, l);
	const char *action_a = cib_attr(a.set, "action"),
	           *action_b = cib_attr(b.set, "action"),
	           *role_a = cib_attr(a.set, "role"), *role_b = cib_attr(b.set, "role"),
	           *score = cib_attr(a.set, "score");

	if (!made)
		return;
	convert_set(c, made, order ? "first" : "rsc", cib_attr(a.ref, "id"));
	convert_set(c, made, order ? "then" : "with-rsc", cib_attr(b.ref, "id"));
	if (order && action_a)
		convert_set(c, made, "first-action", action_a);
	if (order && action_b)
		convert_set(c, made, "then-action", action_b);
	if (!order && role_a)
		convert_set(c, made, "rsc-role", role_a);
	if (!order && role_b)
		convert_set(c, made, "with-rsc-role", role_b);
	if (a.set == b.set && score)
		convert_set(c, made, "score", score);
}

static bool
is_sequence(const xmlNode *set)
{
	const char *text = cib_attr(set, "sequential");

	return !text || value_bool(text) != 0;
}

static const xmlNode *
last_of(const xmlNode *set)
{
	const xmlNode *last = NULL;

	for (const xmlNode *n = cib_child_first(set); n; n = cib_child_next(n))
		last = n;
	return last;
}

/* Within a sequence: in an order each before the next, in a colocation each with the one before. */
static void
set_expand(struct expander *x, xmlNode *l, const xmlNode *set)
{
	bool order = convert_is(l, "rsc_order");

	for (const xmlNode *n = is_sequence(set) ? cib_child_first(set) : NULL;
	     n && cib_child_next(n); n = cib_child_next(n)) {
		struct end a = { set, n }, b = { set, cib_child_next(n) };

		pair_for(x, l, order ? a : b, order ? b : a);
	}
}

/* Between two sets: of a sequence only the member at that end, else all. */
static void
sets_join(struct expander *x, xmlNode *l, const xmlNode *one, const xmlNode *two)
{
	bool order = convert_is(l, "rsc_order");

	for (const xmlNode *a = cib_child_first(one); a; a = cib_child_next(a)) {
		if (is_sequence(one) &&
		    a != (order ? last_of(one) : cib_child_first(one)))
			continue;
		for (const xmlNode *b = cib_child_first(two); b; b = cib_child_next(b))
			if (!is_sequence(two) ||
			    b == (order ? cib_child_first(two) : last_of(two)))
				pair_for(x, l, (struct end){ one, a },
				    (struct end){ two, b });
	}
}

static void
sets_expand(struct expander *x, xmlNode *l)
{
	const xmlNode *before = NULL;

	for (const xmlNode *set = cib_child_first(l); set; set = cib_child_next(set)) {
		if (!convert_is(set, "resource_set"))
			continue;
		if (convert_is(l, "rsc_location")) {
			for (const xmlNode *n = cib_child_first(set); n;
			     n = cib_child_next(n))
				if (cib_attr(n, "id"))
					location_for(x, l, cib_attr(n, "id"));
			continue;
		}
		set_expand(x, l, set);
		if (before)
			sets_join(x, l, before, set);
		before = set;
	}
}

static void
constraints_expand(struct expander *x)
{
	struct convert *c = x->c;
	const xmlNode *section = cib_child_find(c->configuration, "constraints");

	for (xmlNode *l = cib_child_first(section), *next; l; l = next) {
		const char *pattern = cib_attr(l, "rsc-pattern");
		bool has_sets = cib_child_find(l, "resource_set");

		next = cib_child_next(l);
		if (!pattern && !has_sets)
			continue;
		if (convert_is(l, "rsc_ticket"))
			continue;
		size_t made = x->made;

		if (pattern)
			pattern_expand(x, l, pattern);
		else
			sets_expand(x, l);
		convert_remove(c, l,
		    x->made > made ? "others say the same, one by one"
		                   : "it is about nothing",
		    false);
	}
}

void
convert_expand(struct convert *c)
{
	struct expander x = { .c = c };

	convert_collect_ids(c, &x.ids);
	elements_collect(&x);
	references_expand(&x);
	templates_expand(&x);
	constraints_expand(&x);
	if (x.made > EXPANDED_MAX)
		convert_note(c, c->root, "the document", NULL,
		    "dropped: it is too long when it is written out; this is a part of "
		    "it",
		    true);
}
