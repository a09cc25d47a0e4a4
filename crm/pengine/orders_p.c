/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Order constraints of profile P (spec 12.13). */
#include "crm/pengine/private.h"

enum kind { KIND_OPTIONAL, KIND_MANDATORY, KIND_SERIALIZE };

/* One constraint, and what it says for all of its pairs. */
struct sequence {
	const xmlNode *xml;
	enum kind kind;
	bool symmetrical;
};

static enum kind
kind_read(struct pe *pe, const xmlNode *xml)
{
	const char *kind = xml_get(xml, "kind"), *score = xml_get(xml, "score");

	if (same(kind, "Optional"))
		return KIND_OPTIONAL;
	if (same(kind, "Serialize"))
		return KIND_SERIALIZE;
	if (kind && !same(kind, "Mandatory"))
		pe_say(pe, PE_ERROR, true, "Constraint '%s': unknown kind '%s'",
		    xml_get(xml, "id"), kind);
	return score && score_parse(score) == 0 ? KIND_OPTIONAL : KIND_MANDATORY;
}

static bool
begins(const char *task)
{
	return same(task, "start") || same(task, "promote");
}

static unsigned
flags_of(const struct sequence *s, const struct rsc *then, const char *first_task)
{
	if (s->kind == KIND_SERIALIZE)
		return OO | SE;
	if (s->kind == KIND_OPTIONAL)
		return OO | (then->restart_type ? TF : 0U);
	if (!s->symmetrical)
		return OO | AS;
	return OO | TF | (begins(first_task) ? TN : 0U);
}

static unsigned
flags_back(const struct sequence *s, const struct rsc *then)
{
	if (s->kind == KIND_OPTIONAL)
		return OO | (then->restart_type ? FF : 0U);
	return OO | FF;
}

static void
pair(struct pe *pe, const struct sequence *s, struct rsc *first, const char *first_task,
    struct rsc *then, const char *then_task)
{
	if (first == then)
		return;
	order(pe, end_task(pe, first, first_task), end_task(pe, then, then_task),
	    flags_of(s, then, first_task));
	const char *undo_first = task_invert(first_task),
	           *undo_then = task_invert(then_task);

	if (s->symmetrical && undo_first && undo_then)
		order(pe, end_task(pe, then, undo_then), end_task(pe, first, undo_first),
		    flags_back(s, then));
}

static const char *
set_action(const struct rsc_set *set)
{
	return set->action ? set->action : "start";
}

static void
set_within(struct pe *pe, const struct sequence *s, const struct rsc_set *set)
{
	for (size_t i = 1; set->sequential && i < set->m.rsc_count; i++)
		pair(pe, s, set->m.rsc[i - 1], set_action(set), set->m.rsc[i],
		    set_action(set));
}

static void
set_between(struct pe *pe, const struct sequence *s, const struct rsc_set *x,
    const struct rsc_set *y)
{
	bool x_last = x->sequential && x->sequential_given && x->m.rsc_count;
	bool y_first = y->sequential && y->sequential_given && y->m.rsc_count;
	size_t begin = x_last ? x->m.rsc_count - 1 : 0,
	       end = y_first ? 1 : y->m.rsc_count;

	for (size_t i = begin; i < x->m.rsc_count; i++)
		for (size_t n = 0; n < end; n++)
			pair(pe, s, x->m.rsc[i], set_action(x), y->m.rsc[n],
			    set_action(y));
}

static bool
sets_read_all(struct pe *pe, const struct sequence *s)
{
	struct rsc_set before = { 0 };
	bool any = false;

	XML_EACH (s->xml, "resource_set", it) {
		struct rsc_set set = set_read(pe, it);

		set_within(pe, s, &set);
		if (any)
			set_between(pe, s, &before, &set);
		before = set;
		any = true;
	}
	return any;
}

void
order_read_p(struct pe *pe, const xmlNode *xml)
{
	struct sequence s = { .xml = xml,
		.kind = kind_read(pe, xml),
		.symmetrical = true };
	const char *first_task = xml_get(xml, "first-action");
	const char *then_task = xml_get(xml, "then-action");

	value_assign_bool(xml_get(xml, "symmetrical"), &s.symmetrical);
	if (s.kind == KIND_SERIALIZE)
		s.symmetrical = false;
	if (sets_read_all(pe, &s))
		return;
	if (!first_task)
		first_task = "start";
	if (!then_task)
		then_task = first_task;
	struct members first = members_of(pe, xml, "first"),
	               then = members_of(pe, xml, "then");

	for (size_t i = 0; i < first.rsc_count; i++)
		for (size_t n = 0; n < then.rsc_count; n++)
			pair(pe, &s, first.rsc[i], first_task, then.rsc[n], then_task);
}

/* Two that must not be together: the one has left before the other comes. */
void
anti_colocation_order(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    enum role dependent_role, enum role primary_role)
{
	const char *d_stop = dependent_role == ROLE_MASTER ? "demote" : "stop";
	const char *d_start = dependent_role == ROLE_MASTER ? "promote" : "start";
	const char *q_stop = primary_role == ROLE_MASTER ? "demote" : "stop";
	const char *q_start = primary_role == ROLE_MASTER ? "promote" : "start";

	order(pe, end_task(pe, dependent, d_stop), end_task(pe, primary, q_start),
	    OO | AC);
	order(pe, end_task(pe, primary, q_stop), end_task(pe, dependent, d_start),
	    OO | AC);
}
