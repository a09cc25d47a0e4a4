/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where, with whom and in which order: the constraints section (spec 6). */
#include "crm/pengine/private.h"

static struct rsc *
resource_of(struct pe *pe, const xmlNode *xml, const char *name)
{
	const char *id = xml_get(xml, name);
	struct rsc *rsc = rsc_find(pe, id);

	if (!rsc)
		pe_say(pe, PE_WARNING, true, "Constraint %s: no resource '%s'",
		    xml_get(xml, "id"), id ? id : "");
	return rsc;
}

/* Location. */

struct location *
location_new(struct pe *pe, const char *id, struct rsc *rsc)
{
	struct location *location = ARENA_NEW(&pe->arena, struct location);

	location->id = id;
	location->rsc = rsc;
	ARENA_PUSH(&pe->arena, rsc, location, location);
	ARENA_PUSH(&pe->arena, pe, location, location);
	return location;
}

void
location_entry_add(struct pe *pe, struct location *location, struct node *node, int score)
{
	ARENA_PUSH(&pe->arena, location, entry,
	    ((struct weight){ .node = node, .score = score }));
}

static int
rule_score(const xmlNode *rule, const struct node *node)
{
	const char *text = xml_get(rule, "score"), *name;

	if (text)
		return score_parse(text);
	name = xml_get(rule, "score_attribute");
	if (!name)
		name = xml_get(rule, "score_attribute_mangled");
	if (!name)
		return 0;
	text = table_get(&node->attrs, name);
	return text ? score_parse(text) : -INF;
}

static const struct weight *
entry_find(const struct location *location, const struct node *node)
{
	for (size_t i = 0; i < location->entry_count; i++)
		if (location->entry[i].node == node)
			return &location->entry[i];
	return NULL;
}

/* "or": on top of the node's own score, once, however many members hold.  Nodes come in the order in which the
 * members find them. */
static void
rule_or(struct pe *pe, struct location *location, const xmlNode *rule)
{
	XML_EACH (rule, NULL, member) {
		for (size_t i = 0; i < pe->node_count; i++) {
			struct node *node = pe->node[i];

			if (!entry_find(location, node) &&
			    expression_holds(pe, member,
			        &(struct rule_input){ .node = node }))
				location_entry_add(pe, location, node,
				    score_add(node->score, rule_score(rule, node)));
		}
	}
}

static void
rule_and(struct pe *pe, struct location *location, const xmlNode *rule, struct node *node)
{
	XML_EACH (rule, NULL, member) {
		if (!expression_holds(pe, member, &(struct rule_input){ .node = node }))
			return;
	}
	location_entry_add(pe, location, node, rule_score(rule, node));
}

static void
location_rule(struct pe *pe, struct rsc *rsc, const xmlNode *rule)
{
	const char *role = xml_get(rule, "role"), *op = xml_get(rule, "boolean_op");
	struct location *location;

	if (role && role_parse(role) == ROLE_UNKNOWN) {
		pe_say(pe, PE_ERROR, true, "Rule %s: unknown role %s",
		    xml_get(rule, "id"), role);
		return;
	}
	location = location_new(pe, xml_get(rule, "id"), rsc);
	location->role = role_parse(role);
	if (same(op, "or")) {
		rule_or(pe, location, rule);
		return;
	}
	for (size_t i = 0; i < pe->node_count; i++)
		rule_and(pe, location, rule, pe->node[i]);
}

static void
location_read(struct pe *pe, const xmlNode *xml)
{
	struct rsc *rsc = resource_of(pe, xml, "rsc");
	const char *uname = xml_get(xml, "node"), *score = xml_get(xml, "score");

	if (!rsc || !rsc->managed)
		return;
	if (uname && score) {
		struct node *node = node_by_uname(pe, uname);

		if (node)
			location_entry_add(pe, location_new(pe, xml_get(xml, "id"), rsc),
			    node, score_parse(score));
		return;
	}
	XML_EACH (xml, "rule", rule)
		location_rule(pe, rsc, rule);
}

static void
entries_apply(struct pe *pe, struct rsc *rsc, const struct location *location, bool zero)
{
	for (size_t i = 0; i < location->entry_count; i++) {
		const struct weight *entry = &location->entry[i];
		int score = zero ? 0 : entry->score;

		if (weights_find(&rsc->allowed, entry->node))
			weights_add(pe, &rsc->allowed, entry->node, score);
		else
			weights_put(pe, &rsc->allowed, entry->node, score);
	}
}

static void
location_apply(struct pe *pe, struct rsc *rsc, const struct location *location, bool zero)
{
	if (location->role != ROLE_UNKNOWN && location->role != rsc_next_role(rsc))
		return;
	if (rsc->variant != GROUP || pe->profile == PE_P)
		entries_apply(pe, rsc, location, zero);
	for (size_t i = 0; i < rsc->child_count; i++)
		location_apply(pe, rsc->child[i], location,
		    zero || (rsc->variant == GROUP && rsc->collocated && i > 0));
}

void
locations_apply(struct pe *pe)
{
	for (size_t i = 0; i < pe->location_count; i++) {
		size_t at = pe->profile == PE_P ? pe->location_count - 1 - i : i;

		location_apply(pe, pe->location[at]->rsc, pe->location[at], false);
	}
}

/* Colocation. */

/* P: clones before groups before primitives, promotable before plain clones. */
static int
rank(const struct rsc *rsc)
{
	static const int
	    ranks[] = { [PRIMITIVE] = 3, [GROUP] = 2, [CLONE] = 1, [MASTER] = 0 };

	return ranks[rsc->variant];
}

static bool
goes_before(const struct pe *pe, const struct rsc *a, const struct rsc *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (pe->profile == PE_P && rank(a) != rank(b))
		return rank(a) < rank(b);
	return strcmp(a->id, b->id) < 0;
}

/* In front of the first that is not less. */
#define SORTED_INSERT(pe, owner, list, value, side)                                      \
	do {                                                                             \
		size_t at_ = 0, end_ = (owner)->list##_count;                            \
		ARENA_PUSH(&(pe)->arena, owner, list, value);                            \
		while (at_ < end_ &&                                                     \
		       goes_before((pe), (owner)->list[at_]->side, (value)->side))       \
			at_++;                                                           \
		memmove(&(owner)->list[at_ + 1], &(owner)->list[at_],                    \
		    (end_ - at_) * sizeof(*(owner)->list));                              \
		(owner)->list[at_] = (value);                                            \
	} while (0)

void
colocation_with_add(struct pe *pe, struct rsc *dependent, struct colocation *c)
{
	SORTED_INSERT(pe, dependent, with, c, primary);
}

void
colocation_with_me_add(struct pe *pe, struct rsc *primary, struct colocation *c)
{
	SORTED_INSERT(pe, primary, with_me, c, dependent);
}

struct colocation *
colocation_new(struct pe *pe, const char *id, struct rsc *dependent,
    enum role dependent_role, struct rsc *primary, enum role primary_role,
    const char *attribute, int score)
{
	struct colocation *c = ARENA_NEW(&pe->arena, struct colocation);

	*c = (struct colocation){ id, dependent, primary, dependent_role, primary_role,
		attribute ? attribute : "#id", score, true };
	colocation_with_add(pe, dependent, c);
	colocation_with_me_add(pe, primary, c);
	return c;
}

/* Started is no condition. */
static enum role
role_condition(const char *text)
{
	enum role role = role_parse(text);

	return role == ROLE_STARTED ? ROLE_UNKNOWN : role;
}

static void
colocation_read(struct pe *pe, const xmlNode *xml)
{
	struct rsc *dependent = resource_of(pe, xml, "from"),
	           *primary = resource_of(pe, xml, "to");
	enum role from = role_condition(xml_get(xml, "from_role"));
	enum role to = role_condition(xml_get(xml, "to_role"));
	const char *attribute = xml_get(xml, "node_attribute"), *id = xml_get(xml, "id");
	int score = score_parse(xml_get(xml, "score"));

	if (!dependent || !primary)
		return;
	colocation_new(pe, id, dependent, from, primary, to, attribute, score);
	if (value_is_true(xml_get(xml, "symmetrical")))
		colocation_new(pe, id, primary, to, dependent, from, attribute, score);
}

/* Order. */

const char *
task_invert(const char *task)
{
	static const char *const pairs[][2] = { { "start", "stop" },
		{ "promote", "demote" }, { "running", "stopped" },
		{ "promoted", "demoted" } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (same(task, pairs[i][0]))
			return pairs[i][1];
		if (same(task, pairs[i][1]))
			return pairs[i][0];
	}
	return NULL;
}

static bool
task_begins(const char *task)
{
	return same(task, "start") || same(task, "promote");
}

static unsigned
flags_forward(int score, const struct rsc *then, const char *first_task)
{
	unsigned flags = OO;

	if (score == 0 && then->restart_type)
		flags |= TF;
	if (score < 0)
		flags |= FF;
	if (score > 0)
		flags |= TF | (task_begins(first_task) ? TN : 0U);
	return flags;
}

static unsigned
flags_reverse(int score, const struct rsc *then, const char *first_task,
    const char *then_task)
{
	unsigned flags = OO;

	if (score == 0 && then->restart_type)
		flags |= FF;
	if (score > 0)
		flags |= FF | (same(then_task, "demote") ? DM : 0U);
	if (score < 0)
		flags |= TF | (task_begins(first_task) ? TN : 0U);
	return flags;
}

static void
order_read(struct pe *pe, const xmlNode *xml)
{
	struct rsc *from = resource_of(pe, xml, "from"), *to = resource_of(pe, xml, "to");
	const char *action = xml_get(xml, "action"),
	           *to_action = xml_get(xml, "to_action");
	const char *score_word = xml_get(xml, "score"),
	           *symmetrical = xml_get(xml, "symmetrical");
	int score = score_word ? score_parse(score_word) : INF;
	bool before = same(xml_get(xml, "type"), "before");

	if (!from || !to)
		return;
	if (!action)
		action = "start";
	if (!to_action)
		to_action = action;
	struct rsc *first = before ? from : to, *then = before ? to : from;
	const char *first_task = before ? action : to_action;
	const char *then_task = before ? to_action : action;

	order(pe, end_task(pe, first, first_task), end_task(pe, then, then_task),
	    flags_forward(score, then, first_task));
	if (symmetrical && !value_is_true(symmetrical))
		return;
	const char *undo_first = task_invert(first_task),
	           *undo_then = task_invert(then_task);

	if (!undo_first || !undo_then) {
		pe_say(pe, PE_ERROR, true,
		    "Constraint %s: the reverse of %s is not known", xml_get(xml, "id"),
		    undo_first ? then_task : first_task);
		return;
	}
	order(pe, end_task(pe, then, undo_then), end_task(pe, first, undo_first),
	    flags_reverse(score, then, undo_first, undo_then));
}

void
constraints_read(struct pe *pe)
{
	const xmlNode *section =
	    xml_child(xml_child(pe->cib, "configuration"), "constraints");

	XML_EACH (section, NULL, xml) {
		const xmlNode *lifetime = xml_child(xml, "lifetime");

		if (!xml_get(xml, "id")) {
			pe_say(pe, PE_ERROR, true, "Constraint <%s...> must have an id",
			    (const char *)xml->name);
			continue;
		}
		if (lifetime && !rules_allow(pe, lifetime, &(struct rule_input){ 0 }))
			continue;
		if (xml_is(xml, "rsc_location"))
			location_read(pe, xml);
		else if (xml_is(xml, "rsc_colocation"))
			colocation_read(pe, xml);
		else if (xml_is(xml, "rsc_order"))
			order_read(pe, xml);
		else
			pe_say(pe, PE_ERROR, true, "Unsupported constraint type: %s",
			    (const char *)xml->name);
	}
}
