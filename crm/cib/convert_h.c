/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * heartbeat's 0.6 as pacemaker's 1.0 (spec/cib.md 5).  Names of the one become names of the other; where
 * the defaults differ (stonith-enabled, globally-unique), heartbeat's are written down.  What heartbeat
 * read and ignored (rules beside a node, constraints of resources that do not exist) is dropped: pacemaker would
 * refuse the document for it.
 */
#include "crm/cib/convert.h"

#include "crm/common/values.h"
#include "lib/array.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The root. */

static void
root_convert(struct convert *c)
{
	static const char *const gone[] = { "generated", "ccm_transition", "num_peers",
		"ignore_dtd", "cib_feature_revision", "crm-debug-origin" };
	static const char *const counters[] = { "admin_epoch", "epoch", "num_updates" };
	static const char *const sections[] = { "crm_config", "nodes", "resources",
		"constraints" };
	const char *quorum = cib_attr(c->root, "have_quorum");
	const char *port = cib_attr(c->root, "remote_access_port");

	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		convert_drop(c, c->root, gone[i], NULL, false);
	for (size_t i = 0; i < ARRAY_LEN(counters); i++)
		if (!cib_attr(c->root, counters[i]))
			convert_set(c, c->root, counters[i], "0");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (!cib_child_find(c->configuration, sections[i]))
			convert_new(c, c->configuration, sections[i]);
	convert_rename(c, c->root, "dc_uuid", "dc-uuid");
	if (quorum) {
		bool have = value_is_true(quorum);

		convert_rename(c, c->root, "have_quorum", "have-quorum");
		convert_set(c, c->root, "have-quorum", have ? "1" : "0");
	}
	if (port && value_int(port, 0) <= 0)
		convert_drop(c, c->root, "remote_access_port", "it was off", false);
	convert_rename(c, c->root, "remote_access_port", "remote-tls-port");
	if (cib_attr(c->root, "crm_feature_set"))
		convert_set(c, c->root, "crm_feature_set", "3.0.1");
}

/* Sets. */

static bool
is_set(const xmlNode *n)
{
	return convert_is(n, "cluster_property_set") ||
	       convert_is(n, "instance_attributes") || convert_is(n, "meta_attributes");
}

/* The children of its "attributes" become its own; "#default" is as if it were not there. */
static void
set_flatten(xmlNode *set)
{
	for (xmlNode *level = cib_child_first(set), *after; level; level = after) {
		after = cib_child_next(level);
		if (!convert_is(level, "attributes"))
			continue;
		for (xmlNode *n = cib_child_first(level), *next; n; n = next) {
			const char *value = cib_attr(n, "value");

			next = cib_child_next(n);
			xmlUnlinkNode(n);
			if (value && strcmp(value, "#default") == 0)
				xmlFreeNode(n);
			else
				xmlAddPrevSibling(level, n);
		}
		xmlUnlinkNode(level);
		xmlFreeNode(level);
	}
}

static void
score_convert(struct convert *c, xmlNode *element)
{
	const char *was = cib_attr(element, "score");

	if (!was)
		return;
	const char *now = convert_score(c, was);

	if (strcmp(was, now) == 0)
		return;
	convert_note_of(c, element, "attribute", "score", was, now, false);
	convert_set(c, element, "score", now);
}

/* Of several rules of a set any one will do; pacemaker has one. */
static void
rules_join(struct convert *c, xmlNode *set)
{
	xmlNode *first = cib_child_find(set, "rule"), *outer;
	unsigned count = 0;

	for (const xmlNode *n = cib_child_first(set); n; n = cib_child_next(n))
		count += convert_is(n, "rule");
	if (count < 2)
		return;
	convert_note(c, set, "rules", NULL, "one rule: any of them", false);
	outer = xmlNewDocNode(c->doc, NULL, BAD_CAST "rule", NULL);
	if (!outer) {
		c->failed = true;
		return;
	}
	xmlAddPrevSibling(first, outer);
	convert_set(c, outer, "boolean-op", "or");
	for (xmlNode *n = first, *next; n; n = next) {
		next = cib_child_next(n);
		if (!convert_is(n, "rule"))
			continue;
		xmlUnlinkNode(n);
		xmlAddChild(outer, n);
	}
}

/* Cluster properties. */

static const char *const properties[] = { "no_quorum_policy", "symmetric_cluster",
	"stonith_enabled", "stonith_action", "default_resource_stickiness",
	"default_resource_failure_stickiness", "is_managed_default",
	"default_action_timeout", "stop_orphan_resources", "stop_orphan_actions",
	"remove_after_stop", "startup_fencing", "dc_deadtime", "cluster_recheck_interval",
	"election_timeout", "shutdown_escalation", "cluster_delay", "batch_limit",
	"pe_error_series_max", "pe_warn_series_max", "pe_input_series_max",
	"start_failure_is_fatal", "dc_version", "last_lrm_refresh",
	"crmd_integration_timeout", "crmd_finalization_timeout" };

static const char *
property_name(struct convert *c, const char *name)
{
	if (strcmp(name, "transition_idle_timeout") == 0)
		return "cluster-delay";
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (strcmp(name, properties[i]) == 0)
			return convert_dashed(c, name);
	return name;
}

/* Names that stand below crm_config without a set, as very old ones do, get one. */
static void
bare_properties(struct convert *c, xmlNode *section)
{
	xmlNode *set = NULL;

	for (xmlNode *n = cib_child_first(section), *next; n; n = next) {
		next = cib_child_next(n);
		if (!convert_is(n, "nvpair"))
			continue;
		if (!set) {
			set = convert_new(c, section, "cluster_property_set");
			convert_set(c, set, "id", "cib-bootstrap-options");
		}
		xmlUnlinkNode(n);
		xmlAddChild(set, n);
	}
}

static void
properties_convert(struct convert *c)
{
	xmlNode *section = cib_child_find(c->configuration, "crm_config"), *first = NULL;
	bool says_stonith = false;

	if (!section)
		return;
	bare_properties(c, section);
	for (xmlNode *set = cib_child_first(section); set; set = cib_child_next(set)) {
		if (!first)
			first = set;
		for (xmlNode *n = cib_child_first(set); n; n = cib_child_next(n)) {
			const char *was = cib_attr(n, "name");
			const char *now = was ? property_name(c, was) : NULL;

			if (!now)
				continue;
			says_stonith |= strcmp(now, "stonith-enabled") == 0;
			if (strcmp(was, now) == 0)
				continue;
			convert_note_of(c, n, "property", was, cib_attr(n, "value"), now,
			    false);
			convert_set(c, n, "name", now);
		}
	}
	if (says_stonith)
		return;
	if (!first || cib_child_find(first, "rule")) {
		first = convert_new(c, section, "cluster_property_set");
		convert_set(c, first, "id", "cib-bootstrap-options");
	}
	xmlNode *n = convert_new(c, first, "nvpair");

	convert_set(c, n, "id", "cib-bootstrap-options-stonith-enabled");
	convert_set(c, n, "name", "stonith-enabled");
	convert_set(c, n, "value", "false");
	convert_note(c, n, "property stonith-enabled", NULL,
	    "false: what heartbeat did without it", false);
}

/* Resources: what their attributes and parameters said is said by meta attributes. */

static const struct option {
	const char *name;
	bool of_element; /* may be an attribute of the resource */
	bool
	    of_primitive; /* may be among the parameters of a primitive; others only of what it is in */
} options[] = {
	{ "is_managed", true, true },
	{ "restart_type", true, true },
	{ "multiple_active", true, true },
	{ "resource_stickiness", true, true },
	{ "ordered", true, false },
	{ "collocated", true, false },
	{ "notify", true, false },
	{ "globally_unique", true, false },
	{ "interleave", true, false },
	{ "priority", false, true },
	{ "target_role", false, true },
	{ "resource_failure_stickiness", false, true },
	{ "allow_migrate", false, true },
	{ "clone_max", false, false },
	{ "clone_node_max", false, false },
	{ "master_max", false, false },
	{ "master_node_max", false, false },
};

/* By its name in either spelling. */
static const struct option *
option_find(struct convert *c, const char *name)
{
	const char *old = convert_underscored(c, name);

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, old) == 0)
			return &options[i];
	return NULL;
}

static bool
is_resource(const xmlNode *n)
{
	return convert_is(n, "primitive") || convert_is(n, "group") ||
	       convert_is(n, "clone") || convert_is(n, "master_slave");
}

static void
meta_names_convert(struct convert *c, xmlNode *set)
{
	for (xmlNode *n = cib_child_first(set); n; n = cib_child_next(n)) {
		const char *was = cib_attr(n, "name");

		if (!was || !option_find(c, was) || !strchr(was, '_'))
			continue;
		const char *now = convert_dashed(c, was);

		convert_note_of(c, n, "meta attribute", was, cib_attr(n, "value"), now,
		    false);
		convert_set(c, n, "name", now);
	}
}

static xmlNode *
meta_set_new(struct convert *c, xmlNode *rsc, const char *id, xmlNode *before)
{
	xmlNode *set = xmlNewDocNode(c->doc, NULL, BAD_CAST "meta_attributes", NULL);

	if (!set) {
		c->failed = true;
		return c->root;
	}
	if (before)
		xmlAddPrevSibling(before, set);
	else
		xmlAddChild(rsc, set);
	convert_set(c, set, "id", id);
	return set;
}

/* Options among the parameters of SET go to a meta set; one with the same rule when it has one. */
static void
options_move(struct convert *c, xmlNode *rsc, xmlNode *set, xmlNode **meta,
    const char *meta_id)
{
	bool is_primitive = convert_is(rsc, "primitive");
	const xmlNode *rule = cib_child_find(set, "rule");
	xmlNode *to = NULL;

	for (xmlNode *n = cib_child_first(set), *next; n; n = next) {
		const char *name = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;
		const struct option *o = name ? option_find(c, name) : NULL;

		next = cib_child_next(n);
		if (!o || (is_primitive && !o->of_primitive))
			continue;
		convert_note_of(c, n, "parameter", name, cib_attr(n, "value"),
		    arena_printf(&c->arena, "the meta attribute %s",
		        convert_dashed(c, name)),
		    false);
		if (!to && !rule) {
			if (!*meta)
				*meta =
				    meta_set_new(c, rsc, meta_id, cib_child_first(rsc));
			to = *meta;
		} else if (!to) {
			to = meta_set_new(c, rsc,
			    arena_printf(&c->arena, "%s.%s", meta_id,
			        cib_attr(set, "id") ? cib_attr(set, "id") : "rule"),
			    set);
			if (cib_attr(set, "score"))
				convert_set(c, to, "score", cib_attr(set, "score"));
			/* Ids that are twice in the document are renamed later. */
			xmlAddChild(to,
			    xmlDocCopyNode((xmlNode *)(uintptr_t)rule, c->doc, 1));
		}
		xmlUnlinkNode(n);
		xmlAddChild(to, n);
		convert_set(c, n, "name", convert_dashed(c, name));
	}
	for (const xmlNode *n = cib_child_first(set); n; n = cib_child_next(n))
		if (!convert_is(n, "rule"))
			return;
	if (to) {
		xmlUnlinkNode(set);
		xmlFreeNode(set);
	}
}

static bool
rsc_says(const xmlNode *rsc, const char *dashed)
{
	for (const xmlNode *set = cib_child_first(rsc); set; set = cib_child_next(set))
		for (const xmlNode *n =
		         convert_is(set, "meta_attributes") ? cib_child_first(set) : NULL;
		     n; n = cib_child_next(n)) {
			const char *name = cib_attr(n, "name");

			if (name && strcmp(name, dashed) == 0)
				return true;
		}
	return false;
}

static void
meta_add(struct convert *c, xmlNode *rsc, xmlNode **meta, const char *meta_id,
    const char *name, const char *value)
{
	if (!*meta)
		*meta = meta_set_new(c, rsc, meta_id, cib_child_first(rsc));
	xmlNode *n = convert_new(c, *meta, "nvpair");

	convert_set(c, n, "id",
	    arena_printf(&c->arena, "%s.%s", cib_attr(rsc, "id"), name));
	convert_set(c, n, "name", name);
	convert_set(c, n, "value", value);
}

/* Attributes of the element counted more than its sets: theirs are taken out of the new set. */
static void
element_options(struct convert *c, xmlNode *rsc, xmlNode **meta, const char *meta_id)
{
	for (xmlAttr *a = rsc->properties, *next; a; a = next) {
		const char *name = (const char *)a->name;
		const struct option *o = option_find(c, name);

		next = a->next;
		if (!o || !o->of_element)
			continue;
		const char *value = arena_strdup(&c->arena,
		    cib_attr(rsc, name) ? cib_attr(rsc, name) : "");
		const char *dashed = convert_dashed(c, name);

		convert_note_of(c, rsc, "attribute", name, value,
		    arena_printf(&c->arena, "the meta attribute %s", dashed), false);
		xmlRemoveProp(a);
		if (strcmp(value, "#default") == 0)
			continue;
		for (xmlNode *n = cib_child_first(*meta), *after; n; n = after) {
			const char *has = cib_attr(n, "name");

			after = cib_child_next(n);
			if (has && strcmp(has, dashed) == 0) {
				xmlUnlinkNode(n);
				xmlFreeNode(n);
			}
		}
		meta_add(c, rsc, meta, meta_id, dashed, value);
	}
}

static void
resource_convert(struct convert *c, xmlNode *rsc)
{
	const char *id = cib_attr(rsc, "id") ? cib_attr(rsc, "id") : "";
	const char *meta_id =
	    arena_printf(&c->arena, "%s-%s.meta", (const char *)rsc->name, id);
	xmlNode *meta = NULL;

	for (xmlNode *set = cib_child_first(rsc); set; set = cib_child_next(set))
		if (convert_is(set, "meta_attributes"))
			meta_names_convert(c, set);
	for (xmlNode *set = cib_child_first(rsc), *next; set; set = next) {
		next = cib_child_next(set);
		if (convert_is(set, "instance_attributes"))
			options_move(c, rsc, set, &meta, meta_id);
	}
	element_options(c, rsc, &meta, meta_id);
	if ((convert_is(rsc, "clone") || convert_is(rsc, "master_slave")) &&
	    !rsc_says(rsc, "globally-unique")) {
		meta_add(c, rsc, &meta, meta_id, "globally-unique", "true");
		convert_note(c, rsc, "the meta attribute globally-unique", NULL,
		    "true: what heartbeat did without it", false);
	}
	if (convert_is(rsc, "primitive") && cib_attr(rsc, "class") &&
	    strcmp(cib_attr(rsc, "class"), "ocf") != 0)
		convert_drop(c, rsc, "provider", "only OCF agents have one", false);
	if (convert_is(rsc, "master_slave")) {
		convert_note(c, rsc, "the element", "master_slave", "master", false);
		xmlNodeSetName(rsc, BAD_CAST "master");
	}
}

/* Operations. */

static void
op_convert(struct convert *c, xmlNode *op)
{
	const char *disabled = cib_attr(op, "disabled"), *fail;

	if (disabled) {
		bool off = value_is_true(disabled);

		convert_note_of(c, op, "attribute", "disabled", disabled,
		    off ? "enabled=\"false\"" : "enabled=\"true\"", false);
		xmlNodeSetName((xmlNode *)xmlHasProp(op, BAD_CAST "disabled"),
		    BAD_CAST "enabled");
		convert_set(c, op, "enabled", off ? "false" : "true");
	}
	convert_rename(c, op, "prereq", "requires");
	convert_rename(c, op, "start_prereq", "requires");
	convert_rename(c, op, "on_fail", "on-fail");
	convert_rename(c, op, "on_stopfail", "on-fail");
	convert_rename(c, op, "start_delay", "start-delay");
	convert_drop(c, op, "role_after_failure", NULL, true);
	fail = cib_attr(op, "on-fail");
	if (fail && (strcmp(fail, "nothing") == 0 || strcmp(fail, "migrate") == 0)) {
		bool ignore = strcmp(fail, "nothing") == 0;

		convert_note_of(c, op, "attribute", "on-fail", fail,
		    ignore ? "ignore" : "restart", !ignore);
		convert_set(c, op, "on-fail", ignore ? "ignore" : "restart");
	}
	if (!cib_attr(op, "interval")) {
		convert_set(c, op, "interval", "0");
		convert_note_of(c, op, "attribute", "interval", NULL, "0", false);
	}
}

/* Rules. */

static void
rule_convert(struct convert *c, xmlNode *rule)
{
	convert_rename(c, rule, "boolean_op", "boolean-op");
	convert_rename(c, rule, "score_attribute", "score-attribute");
	convert_rename(c, rule, "score_attribute_mangled", "score-attribute");
	if (!cib_attr(rule, "score") && !cib_attr(rule, "score-attribute"))
		convert_set(c, rule, "score", "0");
	if (!cib_child_first(rule)) {
		xmlNode *e = convert_new(c, rule, "expression");

		convert_set(c, e, "attribute", "#uname");
		convert_set(c, e, "operation", "defined");
		convert_note(c, rule, "an expression that is always true", NULL,
		    "a rule is not empty", false);
	}
}

static void
date_convert(struct convert *c, xmlNode *date)
{
	if (convert_is(date, "date_spec"))
		convert_rename(c, date, "yeardays", "yearsdays");
	else if (!cib_attr(date, "operation"))
		convert_set(c, date, "operation", "in_range");
}

/* Constraints. */

static void
role_convert(struct convert *c, xmlNode *element, const char *name)
{
	const char *was = cib_attr(element, name);
	char *now;

	if (!was || !*was)
		return;
	now = arena_strdup(&c->arena, was);
	now[0] = (char)toupper((unsigned char)now[0]);
	for (char *at = now + 1; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (strcmp(was, now) == 0)
		return;
	convert_note_of(c, element, "attribute", name, was, now, false);
	convert_set(c, element, name, now);
}

/* Whether LIFETIME and rules stand in the order of the new schema: rules first. */
static void
location_convert(struct convert *c, xmlNode *l)
{
	xmlNode *lifetime = cib_child_find(l, "lifetime");
	bool fixed = cib_attr(l, "node") && cib_attr(l, "score");

	convert_drop(c, l, "description", NULL, false);
	if (lifetime) {
		xmlUnlinkNode(lifetime);
		xmlAddChild(l, lifetime);
	}
	for (xmlNode *n = cib_child_first(l), *next; n && fixed; n = next) {
		next = cib_child_next(n);
		if (convert_is(n, "rule"))
			convert_remove(c, n, "it was ignored beside node and score",
			    false);
	}
	if (fixed)
		return;
	if (!cib_child_find(l, "rule")) {
		convert_remove(c, l,
		    "it says nothing: it needs a node and a score, or rules", false);
		return;
	}
	convert_drop(c, l, "node", "without a score it meant nothing", false);
	convert_drop(c, l, "score", "rules have their own", false);
}

static void
colocation_convert(struct convert *c, xmlNode *l)
{
	bool both = value_is_true(cib_attr(l, "symmetrical"));

	convert_drop(c, l, "symmetrical",
	    both ? "a second constraint says it the other way" : NULL, false);
	convert_rename(c, l, "from", "rsc");
	convert_rename(c, l, "to", "with-rsc");
	convert_rename(c, l, "from_role", "rsc-role");
	convert_rename(c, l, "to_role", "with-rsc-role");
	convert_rename(c, l, "node_attribute", "node-attribute");
	role_convert(c, l, "rsc-role");
	role_convert(c, l, "with-rsc-role");
	if (!both)
		return;
	static const char *const pairs[][2] = { { "rsc", "with-rsc" },
		{ "rsc-role", "with-rsc-role" } };
	xmlNode *other = xmlDocCopyNode(l, c->doc, 1);

	if (!other) {
		c->failed = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		for (int side = 0; side < 2; side++) {
			const char *value = cib_attr(l, pairs[i][side]);

			if (value)
				convert_set(c, other, pairs[i][1 - side], value);
			else
				xmlUnsetProp(other, BAD_CAST pairs[i][1 - side]);
		}
	xmlAddNextSibling(l, other);
	convert_set(c, other, "id",
	    arena_printf(&c->arena, "%s-symmetrical",
	        cib_attr(l, "id") ? cib_attr(l, "id") : "colocation"));
	convert_note(c, other, "the element", NULL, "what symmetrical=\"true\" meant",
	    false);
}

static void
order_action(struct convert *c, xmlNode *l, const char *name, const char *action)
{
	static const char *const known[] = { "start", "promote", "demote", "stop" };

	if (!action)
		return;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(action, known[i]) == 0) {
			convert_set(c, l, name, action);
			return;
		}
	convert_note_of(c, l, "attribute", name, action,
	    "dropped: orders are of start, stop, promote, demote", true);
}

/* Without a type an order reads "from after to". */
static void
order_convert(struct convert *c, xmlNode *l)
{
	const char *type = cib_attr(l, "type"), *from = cib_attr(l, "from"),
	           *to = cib_attr(l, "to");
	const char *action = cib_attr(l, "action"), *to_action = cib_attr(l, "to_action");
	bool before = type && strcmp(type, "before") == 0;
	static const char *const old[] = { "type", "from", "to", "action", "to_action" };
	struct {
		const char *rsc, *action;
	} sides[2] = { { from, action }, { to, to_action ? to_action : action } };
	int first = before ? 0 : 1;

	for (size_t i = 0; i < 2; i++) {
		sides[i].rsc = sides[i].rsc ? arena_strdup(&c->arena, sides[i].rsc) : "";
		if (!sides[i].action && (action || to_action))
			sides[i].action = "start";
		if (sides[i].action)
			sides[i].action = arena_strdup(&c->arena, sides[i].action);
	}
	convert_note_of(c, l, "order", before ? "before" : "after",
	    arena_printf(&c->arena, "%s %s %s", sides[0].rsc, before ? "before" : "after",
	        sides[1].rsc),
	    arena_printf(&c->arena, "first=\"%s\" then=\"%s\"", sides[first].rsc,
	        sides[1 - first].rsc),
	    false);
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		xmlUnsetProp(l, BAD_CAST old[i]);
	convert_set(c, l, "first", sides[first].rsc);
	order_action(c, l, "first-action", sides[first].action);
	convert_set(c, l, "then", sides[1 - first].rsc);
	order_action(c, l, "then-action", sides[1 - first].action);
}

static bool
refers_to_nothing(const xmlNode *l, const struct table *resources)
{
	static const char *const ends[] = { "rsc", "from", "to" };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (cib_attr(l, ends[i]) && !table_find(resources, cib_attr(l, ends[i])))
			return true;
	return false;
}

static void
constraints_convert(struct convert *c)
{
	const xmlNode *section = cib_child_find(c->configuration, "constraints");
	struct table resources;

	table_init(&resources, &c->arena);
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n))
		if ((is_resource(n) || convert_is(n, "master")) && cib_attr(n, "id"))
			table_add(&resources, arena_strdup(&c->arena, cib_attr(n, "id")),
			    n);
	for (xmlNode *l = cib_child_first(section), *next; l; l = next) {
		next = cib_child_next(l);
		if (refers_to_nothing(l, &resources))
			convert_remove(c, l,
			    "it is about a resource that does not exist, and had no "
			    "effect",
			    false);
		else if (convert_is(l, "rsc_location"))
			location_convert(c, l);
		else if (convert_is(l, "rsc_colocation"))
			colocation_convert(c, l);
		else if (convert_is(l, "rsc_order"))
			order_convert(c, l);
	}
}

void
convert_h_to_1(struct convert *c)
{
	root_convert(c);
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n))
		if (is_set(n)) {
			set_flatten(n);
			rules_join(c, n);
		}
	properties_convert(c);
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n)) {
		xmlUnsetProp(n, BAD_CAST "crm-debug-origin");
		score_convert(c, n);
		if (is_resource(n))
			resource_convert(c, n);
		else if (convert_is(n, "op"))
			op_convert(c, n);
		else if (convert_is(n, "rule"))
			rule_convert(c, n);
		else if (convert_is(n, "date_expression") || convert_is(n, "date_spec"))
			date_convert(c, n);
		else if (convert_is(n, "lifetime"))
			xmlUnsetProp(n, BAD_CAST "id");
	}
	constraints_convert(c);
	convert_status(c, true);
}
