/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: conditions on node attributes, roles and the time (spec 5), and the attribute sets
 * that they guard.
 */
#include "crm/pengine/private.h"

#include <stdlib.h>

/* Dates. */

static bool
date_holds_h(struct pe *pe, const xmlNode *xml)
{
	const char *operation = xml_get(xml, "operation");
	const xmlNode *spec = xml_child(xml, "date_spec");
	const xmlNode *duration = xml_child(xml, "duration");
	struct date start = { 0 }, end = { 0 };
	bool has_start = date_parse(xml_get(xml, "start"), &start, NULL) == 0;
	bool has_end = date_parse(xml_get(xml, "end"), &end, NULL) == 0;
	int64_t now = pe->now.seconds;

	if (has_start && !has_end && duration) {
		end = start;
		has_end = duration_add(duration, &end);
	}
	bool within =
	    (!has_start || start.seconds <= now) && (!has_end || now <= end.seconds);

	if (!operation || same(operation, "in_range"))
		return within;
	if (same(operation, "date_spec"))
		return within && spec && date_spec_side(spec, &pe->now, false) == 0;
	if (same(operation, "gt"))
		return has_start && now > start.seconds;
	if (same(operation, "lt"))
		return has_end && now < end.seconds;
	if (same(operation, "eq"))
		return has_start && now == start.seconds;
	if (same(operation, "neq"))
		return !has_start || now != start.seconds;
	return false;
}

static bool
date_holds(struct pe *pe, const xmlNode *xml)
{
	return pe->profile == PE_H ? date_holds_h(pe, xml) : date_holds_p(pe, xml);
}

/* Attributes and roles. */

static int
sign(double d)
{
	return d < 0 ? -1 : d > 0;
}

/* H: as integers, versions, or text. */
static int
values_compare_h(const char *type, const char *a, const char *b)
{
	if (same(type, "number"))
		return sign((double)value_int(a, 0) - value_int(b, 0));
	if (same(type, "version"))
		return version_compare(a, b);
	return strcasecmp(a, b);
}

static bool
is_number(const char *text)
{
	char *end;

	strtod(text, &end);
	return end != text && *end == '\0';
}

/* P: comparisons of size are made with numbers unless a type was given. */
static int
values_compare_p(const char *type, const char *operation, const char *a, const char *b)
{
	if (!type) {
		bool size = same(operation, "lt") || same(operation, "lte") ||
		            same(operation, "gt") || same(operation, "gte");

		type = !size                              ? "string"
		       : strchr(a, '.') || strchr(b, '.') ? "number"
		                                          : "integer";
	}
	if (same(type, "version"))
		return version_compare(a, b);
	if (same(type, "integer") && is_number(a) && is_number(b)) {
		long long x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);

		return x < y ? -1 : x > y;
	}
	if (same(type, "number") && is_number(a) && is_number(b))
		return sign(strtod(a, NULL) - strtod(b, NULL));
	return strcasecmp(a, b);
}

static bool
role_holds(const xmlNode *xml, enum role role)
{
	const char *operation = xml_get(xml, "operation");
	enum role wanted = role_parse(xml_get(xml, "value"));

	if (role == ROLE_UNKNOWN)
		return false;
	if (same(operation, "defined"))
		return role > ROLE_STARTED;
	if (same(operation, "not_defined"))
		return role == ROLE_STOPPED || role == ROLE_STARTED;
	if (same(operation, "eq"))
		return role == wanted;
	if (same(operation, "ne"))
		return role > ROLE_STARTED && role != wanted;
	return false;
}

/* The value that an expression compares with: itself, or what it names. */
static const char *
value_of(struct pe *pe, const xmlNode *xml, const struct rule_input *in)
{
	const char *value = xml_get(xml, "value"), *source = xml_get(xml, "value-source");

	if (value && in->rsc && same(source, "param")) {
		struct table params;

		table_init(&params, &pe->arena);
		sets_read(pe, in->rsc->xml, "instance_attributes",
		    &(struct rule_input){ .node = in->node, .rsc = in->rsc }, &params);
		return table_get(&params, value);
	}
	if (value && in->rsc && same(source, "meta"))
		return table_get(&in->rsc->meta, value);
	return value;
}

/* %0 to %9 stand for what a pattern found in the resource's name. */
const char *
rule_name(struct pe *pe, const char *name, const struct rule_input *in)
{
	const char *percent = in->match_count ? strchr(name, '%') : NULL;

	if (!percent || percent[1] < '0' || percent[1] > '9')
		return name;
	size_t n = (size_t)(percent[1] - '0');
	bool has = n < in->match_count && in->match[n].rm_so >= 0;

	return arena_printf(&pe->arena, "%.*s%.*s%s", (int)(percent - name), name,
	    has ? (int)(in->match[n].rm_eo - in->match[n].rm_so) : 0,
	    has ? in->rsc->id + in->match[n].rm_so : "", rule_name(pe, percent + 2, in));
}

static bool
attribute_holds(struct pe *pe, const xmlNode *xml, const struct rule_input *in)
{
	const char *attribute = xml_get(xml, "attribute");
	const char *operation = xml_get(xml, "operation");
	const char *value = value_of(pe, xml, in), *type = xml_get(xml, "type");

	if (!attribute || !operation) {
		pe_say(pe, PE_ERROR, true, "Expression %s has no %s", xml_get(xml, "id"),
		    attribute ? "operation" : "attribute");
		return false;
	}
	if (!in->node)
		return false;
	const char *has = table_get(&in->node->attrs, rule_name(pe, attribute, in));
	bool both = has && value;
	int c = !both                 ? (has        ? 1
	                                    : value ? -1
	                                            : 0)
	        : pe->profile == PE_P ? values_compare_p(type, operation, has, value)
	                              : values_compare_h(type, has, value);

	if (same(operation, "defined"))
		return has != NULL;
	if (same(operation, "not_defined"))
		return has == NULL;
	if (same(operation, "eq"))
		return c == 0;
	if (same(operation, "ne"))
		return c != 0;
	if (!both)
		return false;
	if (same(operation, "lt"))
		return c < 0;
	if (same(operation, "lte"))
		return c <= 0;
	if (same(operation, "gt"))
		return c > 0;
	if (same(operation, "gte"))
		return c >= 0;
	return false;
}

/* Whose defaults these are: what is not asked for may be anything. */
static bool
rsc_holds(const xmlNode *xml, const struct rule_input *in)
{
	const char *class = xml_get(xml, "class"), *provider = xml_get(xml, "provider");
	const char *type = xml_get(xml, "type");

	return in->rsc && (!class || same(class, in->rsc->class)) &&
	       (!provider || same(provider, in->rsc->provider)) &&
	       (!type || same(type, in->rsc->type));
}

static bool
op_holds(const xmlNode *xml, const struct rule_input *in)
{
	const char *name = xml_get(xml, "name"), *interval = xml_get(xml, "interval");

	return in->op_name && same(name, in->op_name) &&
	       (!interval || value_interval_ms(interval) == in->op_interval_ms);
}

bool
expression_holds(struct pe *pe, const xmlNode *xml, const struct rule_input *in)
{
	if (xml_is(xml, "rule"))
		return rule_holds(pe, xml, in);
	if (xml_is(xml, "date_expression"))
		return date_holds(pe, xml);
	if (xml_is(xml, "rsc_expression"))
		return rsc_holds(xml, in);
	if (xml_is(xml, "op_expression"))
		return op_holds(xml, in);
	if (!xml_is(xml, "expression"))
		return false;
	if (same(xml_get(xml, "attribute"), "#role"))
		return role_holds(xml, in->role);
	return attribute_holds(pe, xml, in);
}

static bool
is_or(const xmlNode *rule)
{
	const char *op = xml_get(rule, "boolean_op");

	return same(op ? op : xml_get(rule, "boolean-op"), "or");
}

static bool
members_hold(struct pe *pe, const xmlNode *rule, const struct rule_input *in)
{
	bool any = is_or(rule), empty = true;

	XML_EACH (rule, NULL, member) {
		empty = false;
		if (expression_holds(pe, member, in) == any)
			return any;
	}
	if (empty)
		pe_say(pe, PE_ERROR, true, "Rule %s has no expressions",
		    xml_get(rule, "id"));
	return !any;
}

bool
rule_holds(struct pe *pe, const xmlNode *rule, const struct rule_input *in)
{
	bool holds;

	rule = xml_deref(pe, rule);
	if (pe->rule_depth == RULE_DEPTH_MAX) {
		pe_say(pe, PE_ERROR, true, "Rule %s refers to itself",
		    xml_get(rule, "id"));
		return false;
	}
	pe->rule_depth++;
	holds = members_hold(pe, rule, in);
	pe->rule_depth--;
	return holds;
}

bool
rules_allow(struct pe *pe, const xmlNode *xml, const struct rule_input *in)
{
	bool found = false;

	XML_EACH (xml, "rule", rule) {
		found = true;
		if (rule_holds(pe, rule, in))
			return true;
	}
	return !found;
}

/* Attribute sets. */

struct set {
	const xmlNode *xml;
	int score;
	bool first;
};

/* In front of the first that is not better: among equals the last of the document leads. */
static size_t
set_place(const struct set *sets, size_t count, const struct set *set)
{
	size_t i = 0;

	while (
	    i < count && (sets[i].first > set->first ||
	                     (sets[i].first == set->first && sets[i].score > set->score)))
		i++;
	return i;
}

static void
set_values(struct pe *pe, const xmlNode *xml, bool overwrite, struct table *into)
{
	const xmlNode *wrapper = xml_child(xml, "attributes");

	if (!wrapper && pe->profile == PE_H)
		return;
	XML_EACH (wrapper ? wrapper : xml, "nvpair", it) {
		const xmlNode *nv = xml_deref(pe, it);
		const char *name = xml_get(it, "name"), *value = xml_get(nv, "value");

		if (!name)
			name = xml_get(nv, "name");
		if (!name || !value)
			continue;
		if (same(value, "#default")) {
			if (pe->profile == PE_P)
				table_set(into, name, NULL);
		} else if (overwrite)
			table_set(into, name, value);
		else
			table_add(into, name, value);
	}
}

void
sets_read(struct pe *pe, const xmlNode *xml, const char *tag, const struct rule_input *in,
    struct table *into)
{
	static const struct rule_input nothing;
	struct set *sets = NULL;
	struct {
		struct set *set;
		size_t set_count, set_room;
	} list = { 0 };

	if (!in)
		in = &nothing;
	XML_EACH (xml, tag, ref) {
		const xmlNode *it = xml_deref(pe, ref);
		const char *id = xml_get(it, "id");
		struct set set = { it, score_parse(xml_get(it, "score")),
			in->first_id && id && strcmp(id, in->first_id) == 0 };
		size_t at = set_place(list.set, list.set_count, &set);

		ARENA_PUSH(&pe->arena, &list, set, set);
		sets = list.set;
		memmove(sets + at + 1, sets + at,
		    (list.set_count - 1 - at) * sizeof(*sets));
		sets[at] = set;
	}
	for (size_t i = 0; i < list.set_count; i++)
		if (rules_allow(pe, sets[i].xml, in))
			set_values(pe, sets[i].xml, in->overwrite, into);
}
