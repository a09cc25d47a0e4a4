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
		pe_say(pe, PE_ERROR, true,
		    "Resetting 'kind' for constraint %s to 'Mandatory' because '%s' is "
		    "not valid",
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

/* ALL: those that follow stop because of any of the first. */
static void
pair_back(struct pe *pe, const struct sequence *s, struct rsc *first,
    const char *first_task, struct rsc *then, const char *then_task, bool all)
{
	const char *undo_first = task_invert(first_task),
	           *undo_then = task_invert(then_task);

	if (s->symmetrical && undo_first && undo_then)
		order(pe, end_task(pe, then, undo_then), end_task(pe, first, undo_first),
		    all ? flags_back(s, then) : OO);
}

/* NEEDED of those that will be linked to it must be possible for those that follow. */
static struct action *
some_of(struct pe *pe, const char *name, int needed)
{
	struct action *some = action_make(pe, NULL, name, name, NULL, true);

	some->pseudo = true;
	some->needed = needed;
	return some;
}

/* How many instances are enough; 0: all that can. */
static int
enough_of(struct pe *pe, const struct sequence *s, const struct rsc *first,
    const char *first_task)
{
	bool all = true;

	if ((first->variant != CLONE && first->variant != MASTER) || !begins(first_task))
		return 0;
	int min = value_int(table_get(&first->meta, "clone-min"), 0);

	if (xml_get(s->xml, "require-all"))
		pe_say_once(pe,
		    "Support for require-all in ordering constraints is deprecated and "
		    "will be removed in a future release (use clone-min clone "
		    "meta-attribute instead)");
	value_assign_bool(xml_get(s->xml, "require-all"), &all);
	return min > 0 ? min : all ? 0 : 1;
}

static void
pair(struct pe *pe, const struct sequence *s, struct rsc *first, const char *first_task,
    struct rsc *then, const char *then_task)
{
	if (first == then)
		return;
	int enough = enough_of(pe, s, first, first_task);

	if (enough > 0 && s->kind != KIND_SERIALIZE) {
		struct action *some = some_of(pe,
		    arena_printf(&pe->arena, "clone-one-or-more:%s",
		        xml_get(s->xml, "id")),
		    enough);

		for (size_t i = 0; i < first->child_count; i++)
			order(pe, end_task(pe, first->child[i], first_task),
			    end_action(some), OO | TF | AN | CR);
		order(pe, end_action(some), end_task(pe, then, then_task), OO | TN);
	} else
		order(pe, end_task(pe, first, first_task), end_task(pe, then, then_task),
		    flags_of(s, then, first_task));
	pair_back(pe, s, first, first_task, then, then_task, enough == 0);
}

static const char *
set_action(const struct rsc_set *set)
{
	return set->action ? set->action : "start";
}

static void
set_within(struct pe *pe, const struct sequence *s, const struct rsc_set *set)
{
	bool each = s->kind == KIND_SERIALIZE;

	for (size_t i = 1; (set->sequential || each) && i < set->m.rsc_count; i++)
		for (size_t n = each ? 0 : i - 1; n < i; n++)
			pair(pe, s, set->m.rsc[n], set_action(set), set->m.rsc[i],
			    set_action(set));
}

/* Some of X before all of Y; back the other way all must have gone. */
static void
set_after_some(struct pe *pe, const struct sequence *s, const struct rsc_set *x,
    const struct rsc_set *y)
{
	struct action *some = some_of(pe,
	    arena_printf(&pe->arena, "one-or-more:%s", xml_get(x->xml, "id")), 1);

	for (size_t i = 0; i < x->m.rsc_count; i++)
		order(pe, end_task(pe, x->m.rsc[i], set_action(x)), end_action(some),
		    OO | TF | AN | CR);
	for (size_t n = 0; n < y->m.rsc_count; n++)
		order(pe, end_action(some), end_task(pe, y->m.rsc[n], set_action(y)),
		    OO | TN);
	for (size_t i = 0; i < x->m.rsc_count; i++)
		for (size_t n = 0; n < y->m.rsc_count; n++)
			pair_back(pe, s, x->m.rsc[i], set_action(x), y->m.rsc[n],
			    set_action(y), false);
}

static void
set_between(struct pe *pe, const struct sequence *s, const struct rsc_set *x,
    const struct rsc_set *y)
{
	bool x_last = x->sequential && x->sequential_given && x->m.rsc_count;
	bool y_first = y->sequential && y->sequential_given && y->m.rsc_count;
	bool all = true;

	value_assign_bool(xml_get(x->xml, "require-all"), &all);
	if (!all && s->kind != KIND_SERIALIZE) {
		set_after_some(pe, s, x, y);
		return;
	}
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

/* One after the other has no direction that could be turned round. */
static void
one_way_say(struct pe *pe, const xmlNode *order)
{
	static const char text[] =
	    "Ignoring symmetrical for '%s' because not valid with kind of 'Serialize'";

	pe_say(pe, PE_WARNING, true, text, xml_get(order, "id"));
	XML_EACH (order, "resource_set", set)
		pe_say(pe, PE_WARNING, true, text, xml_get(set, "id"));
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
	if (s.kind == KIND_SERIALIZE) {
		if (value_is_true(xml_get(xml, "symmetrical")))
			one_way_say(pe, xml);
		s.symmetrical = false;
	}
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

/* What brings a resource into a role, and what takes it out again. */
struct passage {
	const char *in[2], *out[2];
};

static const struct passage *
passage_of(enum role role)
{
	static const struct passage promoted = { { "promote" }, { "demote" } };
	static const struct passage unpromoted = { { "start", "demote" },
		{ "promote", "stop" } };
	static const struct passage started = { { "start" }, { "stop" } };

	return role == ROLE_MASTER  ? &promoted
	       : role == ROLE_SLAVE ? &unpromoted
	                            : &started;
}

static void
leaves_before(struct pe *pe, struct rsc *a, const struct passage *out, struct rsc *b,
    const struct passage *in)
{
	for (int i = 0; i < 2 && out->out[i]; i++)
		for (int n = 0; n < 2 && in->in[n]; n++)
			order(pe, end_task(pe, a, out->out[i]),
			    end_task(pe, b, in->in[n]), OO | AC);
}

/* Two that must not be together: the one has left before the other comes. */
void
anti_colocation_order(struct pe *pe, struct rsc *dependent, struct rsc *primary,
    enum role dependent_role, enum role primary_role)
{
	const struct passage *d = passage_of(dependent_role),
	                     *q = passage_of(primary_role);

	leaves_before(pe, dependent, d, primary, q);
	leaves_before(pe, primary, q, dependent, d);
}
