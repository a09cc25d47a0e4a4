/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a grammar allows in an element, as a pattern, and what is left of it when something has come: its derivative. */
#include "crm/cib/explain_private.h"

#include <stdlib.h>
#include <string.h>

const struct pattern explain_nothing = { NOTHING }, explain_empty = { EMPTY };
static const struct pattern text = { TEXT };

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
			return &explain_nothing;
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

bool
explain_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}

static const struct pattern *build(struct explainer *x, const xmlNode *node);

static const struct pattern *
build_children(struct explainer *x, const xmlNode *node, enum kind kind)
{
	const struct pattern *all = kind == CHOICE ? &explain_nothing : &explain_empty;

	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			all = pair(&x->arena, kind, all, build(x, n));
	return all;
}

/* Definitions come back to themselves only through elements, so this ends: the grammar is ours. */
static const struct pattern *
build(struct explainer *x, const xmlNode *node)
{
	if (explain_is(node, "element"))
		return leaf(&x->arena, ELEMENT, node);
	if (explain_is(node, "attribute"))
		return leaf(&x->arena, ATTRIBUTE, node);
	if (explain_is(node, "ref"))
		return build_children(x, table_find(&x->defines, cib_attr(node, "name")),
		    GROUP);
	if (explain_is(node, "text"))
		return &text;
	if (explain_is(node, "choice"))
		return build_children(x, node, CHOICE);
	if (explain_is(node, "interleave"))
		return build_children(x, node, INTERLEAVE);
	const struct pattern *all = build_children(x, node, GROUP);

	if (explain_is(node, "oneOrMore") || explain_is(node, "zeroOrMore"))
		all = more(&x->arena, all);
	if (explain_is(node, "optional") || explain_is(node, "zeroOrMore"))
		all = pair(&x->arena, CHOICE, all, &explain_empty);
	return all;
}

const struct pattern *
explain_pattern_of(struct explainer *x, const xmlNode *rule)
{
	xmlNode *at = (xmlNode *)(uintptr_t)rule;

	if (!at->_private)
		at->_private = (void *)(uintptr_t)build_children(x, rule, GROUP);
	return at->_private;
}

bool
explain_may_end(const struct pattern *p)
{
	switch (p->kind) {
	case EMPTY:
	case TEXT:
		return true;
	case CHOICE:
		return explain_may_end(p->a) || explain_may_end(p->b);
	case GROUP:
	case INTERLEAVE:
		return explain_may_end(p->a) && explain_may_end(p->b);
	case MORE:
		return explain_may_end(p->a);
	default:
		return false;
	}
}

bool
explain_allows_text(const struct pattern *p)
{
	return p->kind == TEXT || (p->a && explain_allows_text(p->a)) ||
	       (p->b && explain_allows_text(p->b));
}

bool
explain_any_name(const xmlNode *rule)
{
	return !cib_attr(rule, "name");
}

bool
explain_names(const xmlNode *rule, const char *name)
{
	return explain_any_name(rule) || strcmp(cib_attr(rule, "name"), name) == 0;
}

/* Taking an attribute or a child. */

const struct pattern *
explain_take(struct explainer *x, const struct pattern *p, const struct taken *t)
{
	struct arena *arena = &x->scratch;

	switch (p->kind) {
	case ATTRIBUTE:
		return !t->is_child && explain_names(p->node, t->name) &&
		               (!t->value || explain_fits(x, p->node, t->value))
		           ? &explain_empty
		           : &explain_nothing;
	case ELEMENT:
		return t->is_child && explain_names(p->node, t->name) ? &explain_empty
		                                                      : &explain_nothing;
	case CHOICE:
		return pair(arena, CHOICE, explain_take(x, p->a, t),
		    explain_take(x, p->b, t));
	case MORE:
		return pair(arena, GROUP, explain_take(x, p->a, t),
		    pair(arena, CHOICE, p, &explain_empty));
	case GROUP:
		if (t->is_child) {
			const struct pattern *first =
			    pair(arena, GROUP, explain_take(x, p->a, t), p->b);

			/* What comes behind has begun: A is over. */
			return explain_may_end(p->a)
			           ? pair(arena, CHOICE, first, explain_take(x, p->b, t))
			           : first;
		}
		/* attributes have no order */
		/* fall through */
	case INTERLEAVE:
		return pair(arena, CHOICE,
		    pair(arena, p->kind, explain_take(x, p->a, t), p->b),
		    pair(arena, p->kind, p->a, explain_take(x, p->b, t)));
	default:
		return &explain_nothing;
	}
}

/* What is left when no attribute can come any more; MISSING is what becomes of those that did
 * not come: nothing, or empty to go on as if they had. */
const struct pattern *
explain_close_tag(struct explainer *x, const struct pattern *p,
    const struct pattern *missing)
{
	switch (p->kind) {
	case ATTRIBUTE:
		return missing;
	case MORE: {
		const struct pattern *a = explain_close_tag(x, p->a, missing);

		return a->kind == NOTHING ? a : more(&x->scratch, a);
	}
	case CHOICE:
	case GROUP:
	case INTERLEAVE:
		return pair(&x->scratch, p->kind, explain_close_tag(x, p->a, missing),
		    explain_close_tag(x, p->b, missing));
	default:
		return p;
	}
}
