/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is wrong with a document, in words (spec/cib.md 6).  libxml2 stops at the first element
 * that does not fit and speaks of its own difficulties; here each element is held beside its
 * pattern alone: its attributes, then the tags of its children, and then the next element.
 *
 * A pattern is what is still allowed; taking an attribute or a child leaves another pattern
 * (its derivative).  When nothing is left, the attribute or child is wrong, is told, and is passed over.
 * Only asked when libxml2 has refused the document: its verdict counts (validate.c).
 */
#include "crm/cib/schemas.h"

#include "crm/cib/path.h"
#include "crm/common/table.h"

#include <ctype.h>
#include <libxml/xmlregexp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum kind { NOTHING, EMPTY, TEXT, ATTRIBUTE, ELEMENT, CHOICE, GROUP, INTERLEAVE, MORE };

struct pattern {
	enum kind kind;
	const struct pattern *a, *b;
	const xmlNode *node; /* of the grammar: attribute, element */
};

static const struct pattern nothing = { NOTHING }, empty = { EMPTY }, text = { TEXT };

struct reference {
	const xmlNode *element;
	const char *attribute, *id;
};

struct place {
	const xmlNode *element, *rule; /* in the document, in the grammar */
};

struct explainer {
	struct arena arena;   /* of all that follows */
	struct arena scratch; /* of one element */
	struct table defines; /* name -> xmlNode */
	struct table ids;     /* id -> xmlNode of the document */
	struct reference *reference;
	size_t reference_count, reference_room;
	struct place *place; /* elements still to be looked at: a stack */
	size_t place_count, place_room;
	struct cib_report *report;
};

/* Patterns. */

static const struct pattern *
pair(struct arena *arena, enum kind kind, const struct pattern *a,
    const struct pattern *b)
{
	if (kind == CHOICE) {
		if (a->kind == NOTHING || a == b)
			return b;
		if (b->kind == NOTHING)
			return a;
	} else {
		if (a->kind == NOTHING || b->kind == NOTHING)
			return &nothing;
		if (a->kind == EMPTY)
			return b;
		if (b->kind == EMPTY)
			return a;
	}
	struct pattern *p = ARENA_NEW(arena, struct pattern);

	*p = (struct pattern){ .kind = kind, .a = a, .b = b };
	return p;
}

static const struct pattern *
more(struct arena *arena, const struct pattern *a)
{
	struct pattern *p = ARENA_NEW(arena, struct pattern);

	*p = (struct pattern){ .kind = MORE, .a = a };
	return p;
}

static const struct pattern *
leaf(struct arena *arena, enum kind kind, const xmlNode *node)
{
	struct pattern *p = ARENA_NEW(arena, struct pattern);

	*p = (struct pattern){ .kind = kind, .node = node };
	return p;
}

static bool
is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}

static const struct pattern *build(struct explainer *x, const xmlNode *node);

static const struct pattern *
build_children(struct explainer *x, const xmlNode *node, enum kind kind)
{
	const struct pattern *all = kind == CHOICE ? &nothing : &empty;

	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			all = pair(&x->arena, kind, all, build(x, n));
	return all;
}

/* Definitions come back to themselves only through elements, so this ends: the grammar is ours. */
static const struct pattern *
build(struct explainer *x, const xmlNode *node)
{
	if (is(node, "element"))
		return leaf(&x->arena, ELEMENT, node);
	if (is(node, "attribute"))
		return leaf(&x->arena, ATTRIBUTE, node);
	if (is(node, "ref"))
		return build_children(x, table_find(&x->defines, cib_attr(node, "name")),
		    GROUP);
	if (is(node, "text"))
		return &text;
	if (is(node, "choice"))
		return build_children(x, node, CHOICE);
	if (is(node, "interleave"))
		return build_children(x, node, INTERLEAVE);
	const struct pattern *all = build_children(x, node, GROUP);

	if (is(node, "oneOrMore") || is(node, "zeroOrMore"))
		all = more(&x->arena, all);
	if (is(node, "optional") || is(node, "zeroOrMore"))
		all = pair(&x->arena, CHOICE, all, &empty);
	return all;
}

/* What an element of the grammar allows inside; made once, remembered there. */
static const struct pattern *
pattern_of(struct explainer *x, const xmlNode *rule)
{
	xmlNode *at = (xmlNode *)(uintptr_t)rule;

	if (!at->_private)
		at->_private = (void *)(uintptr_t)build_children(x, rule, GROUP);
	return at->_private;
}

static bool
may_end(const struct pattern *p)
{
	switch (p->kind) {
	case EMPTY:
	case TEXT:
		return true;
	case CHOICE:
		return may_end(p->a) || may_end(p->b);
	case GROUP:
	case INTERLEAVE:
		return may_end(p->a) && may_end(p->b);
	case MORE:
		return may_end(p->a);
	default:
		return false;
	}
}

static bool
allows_text(const struct pattern *p)
{
	return p->kind == TEXT || (p->a && allows_text(p->a)) ||
	       (p->b && allows_text(p->b));
}

static bool
any_name(const xmlNode *rule)
{
	return !cib_attr(rule, "name");
}

static bool
names(const xmlNode *rule, const char *name)
{
	return any_name(rule) || strcmp(cib_attr(rule, "name"), name) == 0;
}

/* Values. */

static bool
equal_collapsed(const char *a, const char *b)
{
	for (;;) {
		size_t gap_a = strspn(a, " \t\r\n"), gap_b = strspn(b, " \t\r\n");

		a += gap_a;
		b += gap_b;
		if (!*a || !*b)
			return !*a && !*b;
		if (*a != *b || (gap_a > 0) != (gap_b > 0))
			return false;
		a++;
		b++;
	}
}

static bool
fits_pattern(const xmlNode *data, const char *value)
{
	bool fits = true;

	for (const xmlNode *n = data->children; n; n = n->next) {
		if (!is(n, "param"))
			continue;
		xmlChar *expression = xmlNodeGetContent(n);
		xmlRegexp *compiled = xmlRegexpCompile(expression);

		fits &= compiled && xmlRegexpExec(compiled, BAD_CAST value) == 1;
		xmlRegFreeRegexp(compiled);
		xmlFree(expression);
	}
	return fits;
}

static bool
fits_integer(const char *value, const char *type)
{
	const char *at = value + strspn(value, " \t\r\n");
	bool negative = *at == '-', zero = true;

	at += *at == '-' || *at == '+';
	size_t digits = strspn(at, "0123456789");

	/* What libxml2 counts with ends at 24 digits. */
	for (size_t i = 0; i < digits; i++)
		zero &= at[i] == '0';
	while (*at == '0' && digits > 1) {
		at++;
		digits--;
	}
	if (digits == 0 || digits > 24 || at[digits + strspn(at + digits, " \t\r\n")])
		return false;
	if (strcmp(type, "nonNegativeInteger") == 0)
		return !negative || zero;
	if (strcmp(type, "positiveInteger") == 0)
		return !negative && !zero;
	return true;
}

static bool
fits_type(const xmlNode *data, const char *value)
{
	const char *type = cib_attr(data, "type");

	if (strcmp(type, "ID") == 0 || strcmp(type, "IDREF") == 0)
		return xmlValidateNCName(BAD_CAST value, 1) == 0;
	if (strcmp(type, "boolean") == 0)
		return equal_collapsed(value, "true") ||
		       equal_collapsed(value, "false") || equal_collapsed(value, "1") ||
		       equal_collapsed(value, "0");
	if (strcmp(type, "string") == 0)
		return fits_pattern(data, value);
	return fits_integer(value, type);
}

static bool
fits(const struct explainer *x, const xmlNode *what, const char *value)
{
	if (is(what, "text"))
		return true;
	if (is(what, "value")) {
		xmlChar *word = xmlNodeGetContent(what);
		bool same_word = cib_attr(what, "type")
		                     ? strcmp((char *)word, value) == 0
		                     : equal_collapsed((char *)word, value);

		xmlFree(word);
		return same_word;
	}
	if (is(what, "data")) {
		const xmlNode *except = cib_child_find(what, "except");

		return fits_type(what, value) &&
		       !(except && fits(x, cib_child_first(except), value));
	}
	if (is(what, "ref"))
		what = table_find(&x->defines, cib_attr(what, "name"));
	for (const xmlNode *n = cib_child_first(what); n; n = cib_child_next(n))
		if (!is(n, "anyName") && fits(x, n, value))
			return true;
	return false;
}

/* Whether LIST, divided by ", ", has WORD; several rules of a grammar may ask for the same. */
static bool
is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') &&
		    (at[len] == '\0' || at[len] == ','))
			return true;
	return false;
}

/* "an integer, INFINITY, +INFINITY, -INFINITY" into LIST. */
static const char *
describe(struct explainer *x, const xmlNode *what, const char *list)
{
	static const char *const types[][2] = {
		{ "ID", "a name that begins with a letter or _, then "
		        "letters, digits, . - _" },
		{ "IDREF", "the id of an element" }, { "boolean", "true or false" },
		{ "integer", "an integer" }, { "nonNegativeInteger", "0 or more" },
		{ "positiveInteger", "1 or more" }
	};
	const char *word = NULL;
	xmlChar *content = NULL;

	if (is(what, "value"))
		word = (char *)(content = xmlNodeGetContent(what));
	else if (is(what, "data")) {
		const xmlNode *except = cib_child_find(what, "except"),
		              *param = cib_child_find(what, "param");

		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (strcmp(types[i][0], cib_attr(what, "type")) == 0)
				word = types[i][1];
		if (except)
			word = arena_printf(&x->scratch, "anything but %s",
			    describe(x, cib_child_first(except), ""));
		if (param) {
			content = xmlNodeGetContent(param);
			word =
			    arena_printf(&x->scratch, "what matches %s", (char *)content);
		}
	} else if (is(what, "text"))
		word = "any text";
	if (word) {
		if (*word && is_listed(list, word)) {
			xmlFree(content);
			return list;
		}
		list = arena_printf(&x->scratch, "%s%s%s", list, *list ? ", " : "", word);
		xmlFree(content);
		return list;
	}
	if (is(what, "ref"))
		what = table_find(&x->defines, cib_attr(what, "name"));
	for (const xmlNode *n = cib_child_first(what); n; n = cib_child_next(n))
		list = describe(x, n, list);
	return list;
}

/* Whether an attribute is of that type: ID, IDREF. */
static bool
has_type(const xmlNode *attribute, const char *type)
{
	const xmlNode *data = cib_child_find(attribute, "data");

	return data && strcmp(cib_attr(data, "type"), type) == 0;
}

/* Taking an attribute or a child. */

struct taken {
	bool is_child;
	const char *name, *value; /* NULL: any value */
};

static const struct pattern *
take(struct explainer *x, const struct pattern *p, const struct taken *t)
{
	struct arena *arena = &x->scratch;

	switch (p->kind) {
	case ATTRIBUTE:
		return !t->is_child && names(p->node, t->name) &&
		               (!t->value || fits(x, p->node, t->value))
		           ? &empty
		           : &nothing;
	case ELEMENT:
		return t->is_child && names(p->node, t->name) ? &empty : &nothing;
	case CHOICE:
		return pair(arena, CHOICE, take(x, p->a, t), take(x, p->b, t));
	case MORE:
		return pair(arena, GROUP, take(x, p->a, t),
		    pair(arena, CHOICE, p, &empty));
	case GROUP:
		if (t->is_child) {
			const struct pattern *first =
			    pair(arena, GROUP, take(x, p->a, t), p->b);

			/* What comes behind has begun: A is over. */
			return may_end(p->a)
			           ? pair(arena, CHOICE, first, take(x, p->b, t))
			           : first;
		}
		/* attributes have no order */
		/* fall through */
	case INTERLEAVE:
		return pair(arena, CHOICE, pair(arena, p->kind, take(x, p->a, t), p->b),
		    pair(arena, p->kind, p->a, take(x, p->b, t)));
	default:
		return &nothing;
	}
}

/* What is left when no attribute can come any more; MISSING is what becomes of those that did
 * not come: nothing, or empty to go on as if they had. */
static const struct pattern *
close_tag(struct explainer *x, const struct pattern *p, const struct pattern *missing)
{
	switch (p->kind) {
	case ATTRIBUTE:
		return missing;
	case MORE: {
		const struct pattern *a = close_tag(x, p->a, missing);

		return a->kind == NOTHING ? a : more(&x->scratch, a);
	}
	case CHOICE:
	case GROUP:
	case INTERLEAVE:
		return pair(&x->scratch, p->kind, close_tag(x, p->a, missing),
		    close_tag(x, p->b, missing));
	default:
		return p;
	}
}

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
		if (may_end(p))
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
	if (p->kind == kind && !any_name(p->node))
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
	if (p->kind == (t->is_child ? ELEMENT : ATTRIBUTE) && names(p->node, t->name)) {
		*known = p->node;
		return t->is_child || fits(x, p->node, t->value) ? p->node : NULL;
	}
	const xmlNode *found = p->a ? rule_for(x, p->a, t, known) : NULL;

	return found || !p->b ? found : rule_for(x, p->b, t, known);
}

/* "anything but a, b" of the several rules for one name, joined. */
static const char *
values_for(struct explainer *x, const struct pattern *p, const struct taken *t,
    const char *list)
{
	if (p->kind == ATTRIBUTE && names(p->node, t->name))
		return describe(x, p->node, list);
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
	if (has_type(rule, "ID"))
		note_id(x, element, t->value);
	if (has_type(rule, "IDREF")) {
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
		const struct pattern *next = take(x, left, &t);

		if (next->kind == NOTHING) {
			blame_attribute(x, element, all, &t);
			/* It is there, so it shall not be missed, too. */
			t.value = NULL;
			next = take(x, left, &t);
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
	if (allows_text(all))
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
		const struct pattern *next = rule ? take(x, left, &t) : &nothing;

		if (next->kind != NOTHING)
			left = next;
		else
			blame_child(x, element, c, all, rule);
		if (!rule || any_name(rule))
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
	const struct pattern *all = pattern_of(x, rule);

	if (allows_text(all))
		return; /* whatever is in it */
	const struct pattern *open = look_at_attributes(x, element, all);
	const struct pattern *closed = close_tag(x, open, &nothing);
	bool alone = !cib_child_first(element), broken = closed->kind == NOTHING;

	look_at_text(x, element, all);
	const struct pattern *left = look_at_children(x, element, all,
	    broken ? close_tag(x, open, &empty) : closed);

	if (broken || !may_end(left)) {
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
		if (is(n, "define"))
			table_add(&x.defines, cib_attr(n, "name"), n);
	const xmlNode *cib = cib_child_first(table_find(&x.defines, "cib"));
	struct place place = { root, cib };

	if (!names(cib, (const char *)root->name))
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
