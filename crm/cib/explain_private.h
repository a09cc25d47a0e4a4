/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the parts of the explanation: patterns, values, elements (explain.c tells how they hang together). */
#ifndef CRM_CIB_EXPLAIN_PRIVATE_H
#define CRM_CIB_EXPLAIN_PRIVATE_H

#include "crm/cib/path.h"
#include "crm/cib/schemas.h"
#include "crm/common/arena.h"
#include "crm/common/table.h"

enum kind { NOTHING, EMPTY, TEXT, ATTRIBUTE, ELEMENT, CHOICE, GROUP, INTERLEAVE, MORE };

struct pattern {
	enum kind kind;
	const struct pattern *a, *b;
	const xmlNode *node; /* of the grammar: attribute, element */
};

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

struct taken {
	bool is_child;
	const char *name, *value; /* NULL: any value */
};

/* explain_pattern.c */
bool explain_is(const xmlNode *node, const char *name);
/* What an element of the grammar allows inside; made once, remembered there. */
const struct pattern *explain_pattern_of(struct explainer *x, const xmlNode *rule);
/* Whether nothing more need come. */
bool explain_may_end(const struct pattern *p);
bool explain_allows_text(const struct pattern *p);
/* Of a rule for an attribute or an element: whether it is for any name, or for that one. */
bool explain_any_name(const xmlNode *rule);
bool explain_names(const xmlNode *rule, const char *name);
/* What is left of P when T has come; nothing: it may not. */
const struct pattern *explain_take(struct explainer *x, const struct pattern *p,
    const struct taken *t);
/* What is left when no attribute can come any more; MISSING is what becomes of those that did not. */
const struct pattern *explain_close_tag(struct explainer *x, const struct pattern *p,
    const struct pattern *missing);
extern const struct pattern explain_nothing, explain_empty;

/* explain_values.c */
/* Whether VALUE is what the rule WHAT wants. */
bool explain_fits(const struct explainer *x, const xmlNode *what, const char *value);
/* "an integer, INFINITY, +INFINITY, -INFINITY" behind what is in LIST. */
const char *explain_values(struct explainer *x, const xmlNode *what, const char *list);
/* Whether an attribute is of that type: ID, IDREF. */
bool explain_has_type(const xmlNode *attribute, const char *type);

#endif
