/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is wrong with a document, in words (spec/cib.md 6).  libxml2 stops at the first element
 * that does not fit and speaks of its own difficulties; here each element is held beside its
 * pattern alone: its attributes, then the tags of its children, and then the next element.
 *
 * A pattern is what is still allowed; taking an attribute or a child leaves another pattern
 * (its derivative).  When nothing is left, the attribute or child is wrong, is told, and is passed over.
 * The patterns are explain_pattern.c's, values of attributes explain_values.c's.
 * Only asked when libxml2 has refused the document: its verdict counts (validate.c).
 */
#include "crm/cib/explain_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Words. */

/* What P cannot do without: "rsc= and with-rsc=, or <resource_set>"; NULL = nothing.  CHILDREN: they are
 * named, too. */
static const char *
wanted(struct explainer *x, const struct pattern *p, bool children)
{
	const char *a, *b;

	switch (p->kind) {
	case ATTRIBUTE:
		return arena_printf(&x->scratch, "%s=", cib_attr(p->node, "name"));
	case ELEMENT:
		return children
		           ? arena_printf(&x->scratch, "<%s>", cib_attr(p->node, "name"))
		           : NULL;
	case CHOICE:
		if (explain_may_end(p))
			return NULL;
		a = wanted(x, p->a, children);
		b = wanted(x, p->b, children);
		if (!a || !b || strcmp(a, b) == 0)
			return a ? a : b;
		return arena_printf(&x->scratch, "%s%s or %s", a,
		    strchr(a, ' ') || strchr(b, ' ') ? "," : "", b);
	case GROUP:
	case INTERLEAVE:
		a = wanted(x, p->a, children);
		b = wanted(x, p->b, children);
		if (!a || !b)
			return a ? a : b;
		return arena_printf(&x->scratch, "%s and %s", a, b);
	case MORE:
		return wanted(x, p->a, children);
	default:
		return NULL;
	}
}

/* Names of the attributes or children that P knows, each once. */
static void
gather(const struct pattern *p, enum kind kind, struct table *found)
{
	if (p->kind == kind && !explain_any_name(p->node))
		table_add(found, cib_attr(p->node, "name"), p->node);
	if (p->a)
		gather(p->a, kind, found);
	if (p->b)
		gather(p->b, kind, found);
}

static const char *
list_of(struct explainer *x, const struct pattern *p, enum kind kind)
{
	struct table found;
	const char *list = NULL;

	table_init(&found, &x->scratch);
	gather(p, kind, &found);
	TABLE_EACH (&found, e)
		list =
		    list ? arena_printf(&x->scratch, "%s, %s", list, e->name) : e->name;
	return list ? list : "none";
}

/* The rule for NAME: the attribute whose value fits VALUE if there is one; *KNOWN = any. */
static const xmlNode *
rule_for(struct explainer *x, const struct pattern *p, const struct taken *t,
    const xmlNode **known)
{
	if (p->kind == (t->is_child ? ELEMENT : ATTRIBUTE) &&
	    explain_names(p->node, t->name)) {
		*known = p->node;
		return t->is_child || explain_fits(x, p->node, t->value) ? p->node : NULL;
	}
	const xmlNode *found = p->a ? rule_for(x, p->a, t, known) : NULL;

	return found || !p->b ? found : rule_for(x, p->b, t, known);
}

/* "anything but a, b" of the several rules for one name, joined. */
static const char *
values_for(struct explainer *x, const struct pattern *p, const struct taken *t,
    const char *list)
{
	if (p->kind == ATTRIBUTE && explain_names(p->node, t->name))
		return explain_values(x, p->node, list);
	if (p->a)
		list = values_for(x, p->a, t, list);
	if (p->b)
		list = values_for(x, p->b, t, list);
	return list;
}

/* One element. */

static void
note_id(struct explainer *x, const xmlNode *element, const char *id)
{
	const xmlNode *other = table_find(&x->ids, id);

	if (!other)
		table_add(&x->ids, arena_strdup(&x->arena, id), element);
	else
		cib_report_add(x->report, element,
		    "id=\"%s\" is that of <%s> in line %ld, too: an id stands only once "
		    "in a "
		    "document",
		    id, (const char *)other->name, xmlGetLineNo(other));
}

static void
note_type(struct explainer *x, const xmlNode *element, const xmlNode *rule,
    const struct taken *t)
{
	if (explain_has_type(rule, "ID"))
		note_id(x, element, t->value);
	if (explain_has_type(rule, "IDREF")) {
		struct reference r = { element, arena_strdup(&x->arena, t->name),
			arena_strdup(&x->arena, t->value) };

		ARENA_PUSH(&x->arena, x, reference, r);
	}
}

static void
blame_attribute(struct explainer *x, const xmlNode *element, const struct pattern *all,
    const struct taken *t)
{
	const xmlNode *known = NULL, *rule = rule_for(x, all, t, &known);

	if (!known)
		cib_report_add(x->report, element,
		    "%s=\"%s\": there is no such attribute here; there are: %s", t->name,
		    t->value, list_of(x, all, ATTRIBUTE));
	else if (!rule)
		cib_report_add(x->report, element, "%s=\"%s\": right would be: %s",
		    t->name, t->value, values_for(x, all, t, ""));
	else {
		note_type(x, element, rule, t);
		cib_report_add(x->report, element,
		    "%s=\"%s\" does not go together with the attributes before it",
		    t->name, t->value);
	}
}

static const struct pattern *
look_at_attributes(struct explainer *x, const xmlNode *element, const struct pattern *all)
{
	const struct pattern *left = all;

	for (const xmlAttr *a = element->properties; a; a = a->next) {
		const xmlNode *known = NULL;
		xmlChar *value = xmlNodeListGetString(element->doc, a->children, 1);
		struct taken t = { .name = (const char *)a->name,
			.value = value ? (const char *)value : "" };
		const struct pattern *next = explain_take(x, left, &t);

		if (next->kind == NOTHING) {
			blame_attribute(x, element, all, &t);
			/* It is there, so it shall not be missed, too. */
			t.value = NULL;
			next = explain_take(x, left, &t);
			left = next->kind == NOTHING ? left : next;
		} else {
			left = next;
			note_type(x, element, rule_for(x, all, &t, &known), &t);
		}
		xmlFree(value);
	}
	return left;
}

/* Ids of what is not looked at may be referred to all the same. */
static void
note_ids_below(struct explainer *x, const xmlNode *top)
{
	for (const xmlNode *n = top; n; n = cib_walk_next(top, n))
		if (cib_attr(n, "id"))
			table_add(&x->ids, arena_strdup(&x->arena, cib_attr(n, "id")), n);
}

static void
blame_child(struct explainer *x, const xmlNode *element, const xmlNode *child,
    const struct pattern *all, bool known)
{
	if (!known)
		cib_report_add(x->report, child,
		    "there is no such element in <%s>; there are: %s",
		    (const char *)element->name, list_of(x, all, ELEMENT));
	else
		cib_report_add(x->report, child,
		    "<%s> does not go together with what is before it in <%s>%s%s%s",
		    (const char *)child->name, (const char *)element->name,
		    cib_attr(element, "id") ? ", id=\"" : "",
		    cib_attr(element, "id") ? cib_attr(element, "id") : "",
		    cib_attr(element, "id") ? "\"" : "");
}

static bool
is_blank(const xmlNode *node)
{
	const char *at = node->content ? (const char *)node->content : "";

	while (isspace((unsigned char)*at))
		at++;
	return !*at;
}

static void
look_at_text(struct explainer *x, const xmlNode *element, const struct pattern *all)
{
	if (explain_allows_text(all))
		return;
	for (const xmlNode *n = element->children; n; n = n->next)
		if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) &&
		    !is_blank(n)) {
			cib_report_add(x->report, element, "there is text in it: %.40s",
			    (const char *)n->content +
			        strspn((const char *)n->content, " \t\r\n"));
			return;
		}
}

static const struct pattern *
look_at_children(struct explainer *x, const xmlNode *element, const struct pattern *all,
    const struct pattern *left)
{
	size_t first = x->place_count;

	for (const xmlNode *c = cib_child_first(element); c; c = cib_child_next(c)) {
		struct taken t = { .is_child = true, .name = (const char *)c->name };
		const xmlNode *known = NULL, *rule = rule_for(x, all, &t, &known);
		const struct pattern *next =
		    rule ? explain_take(x, left, &t) : &explain_nothing;

		if (next->kind != NOTHING)
			left = next;
		else
			blame_child(x, element, c, all, rule);
		if (!rule || explain_any_name(rule))
			note_ids_below(x, c);
		else {
			struct place place = { c, rule };

			ARENA_PUSH(&x->arena, x, place, place);
		}
	}
	/* A stack gives back the last one first. */
	for (size_t i = first, j = x->place_count; j > i + 1; i++) {
		struct place swap = x->place[i];

		x->place[i] = x->place[--j];
		x->place[j] = swap;
	}
	return left;
}

static void
look_at(struct explainer *x, const xmlNode *element, const xmlNode *rule)
{
	const struct pattern *all = explain_pattern_of(x, rule);

	if (explain_allows_text(all))
		return; /* whatever is in it */
	const struct pattern *open = look_at_attributes(x, element, all);
	const struct pattern *closed = explain_close_tag(x, open, &explain_nothing);
	bool alone = !cib_child_first(element), broken = closed->kind == NOTHING;

	look_at_text(x, element, all);
	const struct pattern *left = look_at_children(x, element, all,
	    broken ? explain_close_tag(x, open, &explain_empty) : closed);

	if (broken || !explain_may_end(left)) {
		/* Attributes and children may stand for one another: of an empty element both are named. */
		const char *want = alone    ? wanted(x, open, true)
		                   : broken ? wanted(x, open, false)
		                            : wanted(x, left, true);

		cib_report_add(x->report, element, "it needs %s, too",
		    want ? want : "something else");
	}
	arena_free(&x->scratch);
}

/* All. */

static void
judge_references(struct explainer *x)
{
	for (size_t i = 0; i < x->reference_count; i++) {
		const struct reference *r = &x->reference[i];

		if (!table_find(&x->ids, r->id))
			cib_report_add(x->report, r->element,
			    "%s=\"%s\": there is no element with this id", r->attribute,
			    r->id);
	}
}

/* Stable, and there are at most CIB_FAULT_MAX; nearly all are in order. */
static void
sort_by_line(struct cib_report *report)
{
	for (size_t i = 1; i < report->fault_count; i++) {
		struct cib_fault moved = report->fault[i];
		size_t at = i;

		for (; at > 0 && report->fault[at - 1].line > moved.line; at--)
			report->fault[at] = report->fault[at - 1];
		report->fault[at] = moved;
	}
}

void
cib_explain(const xmlDoc *grammar, const xmlDoc *doc, struct cib_report *report)
{
	struct explainer x = { .report = report };
	const xmlNode *root = xmlDocGetRootElement(doc),
	              *top = xmlDocGetRootElement(grammar);

	table_init(&x.defines, &x.arena);
	table_init(&x.ids, &x.arena);
	for (const xmlNode *n = cib_child_first(top); n; n = cib_child_next(n))
		if (explain_is(n, "define"))
			table_add(&x.defines, cib_attr(n, "name"), n);
	const xmlNode *cib = cib_child_first(table_find(&x.defines, "cib"));
	struct place place = { root, cib };

	if (!explain_names(cib, (const char *)root->name))
		cib_report_add(report, root, "the outermost element must be <%s>",
		    cib_attr(cib, "name"));
	else
		ARENA_PUSH(&x.arena, &x, place, place);
	while (x.place_count > 0) {
		place = x.place[--x.place_count];
		look_at(&x, place.element, place.rule);
	}
	judge_references(&x);
	for (xmlNode *n = (xmlNode *)(uintptr_t)top; n; n = cib_walk_next(top, n))
		n->_private = NULL;
	arena_free(&x.arena);
	sort_by_line(report);
}
