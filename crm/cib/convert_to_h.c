/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A document of pacemaker for tools of heartbeat (spec/cib.md 5): the inverse of convert_h.c, after everything that can
 * be written out was (convert_expand.c).  What heartbeat cannot say is dropped and noted as lost; what it says otherwise
 * without words (stonith-enabled, globally_unique) is said.
 */
#include "crm/cib/convert.h"

#include "lib/array.h"

#include <string.h>

/* The root, and sections that heartbeat does not have. */

static void
root_convert(struct convert *c)
{
	static const char *const gone[] = { "validate-with", "remote-clear-port",
		"no-quorum-panic", "update-origin", "update-client", "update-user",
		"execution-date" };
	static const char *const sections[] = { "fencing-topology", "acls", "tags",
		"alerts" };
	const char *quorum = cib_attr(c->root, "have-quorum");

	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		convert_drop(c, c->root, gone[i], NULL, false);
	convert_rename(c, c->root, "dc-uuid", "dc_uuid");
	convert_rename(c, c->root, "remote-tls-port", "remote_access_port");
	bool have = quorum && (strcmp(quorum, "1") == 0 || strcmp(quorum, "true") == 0);

	convert_drop(c, c->root, "have-quorum", NULL, false);
	convert_set(c, c->root, "have_quorum", have ? "true" : "false");
	convert_set(c, c->root, "crm_feature_set", "2.0");
	convert_set(c, c->root, "cib_feature_revision", "2.0");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		xmlNode *n = cib_child_find(c->configuration, sections[i]);

		if (n)
			convert_remove(c, n, "heartbeat has nothing like it",
			    cib_child_first(n));
	}
	if (!cib_child_find(c->root, "status"))
		convert_new(c, c->root, "status");
}

/* Defaults. */

static xmlNode *
nvpair_add(struct convert *c, xmlNode *set, struct table *ids, const char *name,
    const char *value)
{
	xmlNode *n = convert_new(c, set, "nvpair");
	const char *id = cib_attr(set, "id");

	convert_set(c, n, "id",
	    convert_fresh_id(c, ids,
	        arena_printf(&c->arena, "%s-%s", id ? id : "set", name)));
	convert_set(c, n, "name", name);
	convert_set(c, n, "value", value);
	return n;
}

static bool
set_says(const xmlNode *top, const char *name)
{
	for (const xmlNode *n = top; n; n = cib_walk_next(top, n)) {
		const char *has = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;

		if (has && strcmp(has, name) == 0)
			return true;
	}
	return false;
}

static xmlNode *
properties_set(struct convert *c)
{
	xmlNode *section = cib_child_find(c->configuration, "crm_config");

	if (!section)
		section = convert_new(c, c->configuration, "crm_config");
	for (xmlNode *set = cib_child_first(section); set; set = cib_child_next(set))
		if (!cib_child_find(set, "rule"))
			return set;
	xmlNode *set = convert_new(c, section, "cluster_property_set");

	convert_set(c, set, "id", "cib-bootstrap-options");
	return set;
}

/* What no property of heartbeat says is said by each primitive that does not say it itself. */
static void
default_to_primitives(struct convert *c, const char *name, const char *value,
    struct table *ids)
{
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n)) {
		xmlNode *set;

		if (!convert_is(n, "primitive") || set_says(n, name))
			continue;
		set = convert_new(c, n, "meta_attributes");
		convert_set(c, set, "id",
		    convert_fresh_id(c, ids,
		        arena_printf(&c->arena, "%s-defaults",
		            cib_attr(n, "id") ? cib_attr(n, "id") : "primitive")));
		nvpair_add(c, set, ids, name, value);
	}
}

static const char *
default_name(const char *section, const char *name)
{
	if (strcmp(section, "op_defaults") == 0)
		return strcmp(name, "timeout") == 0 ? "default-action-timeout" : NULL;
	return strcmp(name, "resource-stickiness") == 0 ? "default-resource-stickiness"
	       : strcmp(name, "is-managed") == 0        ? "is-managed-default"
	                                                : NULL;
}

static void
default_convert(struct convert *c, const char *section, const xmlNode *nvpair,
    struct table *ids)
{
	const char *name = cib_attr(nvpair, "name"), *value = cib_attr(nvpair, "value");

	if (!convert_is(nvpair, "nvpair") || !name || !value)
		return;
	const char *property = default_name(section, name);
	bool of_ops = strcmp(section, "op_defaults") == 0;

	convert_note_of(c, nvpair, "default", name, value,
	    property ? arena_printf(&c->arena, "the property %s", property)
	    : of_ops ? "dropped: heartbeat has no such default"
	             : "said by each primitive",
	    !property && of_ops);
	if (property)
		nvpair_add(c, properties_set(c), ids, property, value);
	else if (!of_ops)
		default_to_primitives(c, name, value, ids);
}

static void
defaults_convert(struct convert *c, const char *section, struct table *ids)
{
	xmlNode *top = cib_child_find(c->configuration, section);

	for (xmlNode *set = cib_child_first(top); set; set = cib_child_next(set)) {
		if (cib_child_find(set, "rule")) {
			convert_note(c, set, "defaults", NULL,
			    "dropped: heartbeat's have no rules", true);
			continue;
		}
		for (xmlNode *n = cib_child_first(set); n; n = cib_child_next(n))
			default_convert(c, section, n, ids);
	}
	if (!top)
		return;
	xmlUnlinkNode(top);
	xmlFreeNode(top);
}

/* Resources. */

static const struct {
	const char *name, *h_name;
} metas[] = {
	/* clang-format off */
	{ "priority", "priority" }, { "target-role", "target_role" }, { "is-managed", "is_managed" },
	{ "resource-stickiness", "resource_stickiness" }, { "multiple-active", "multiple_active" },
	{ "restart-type", "restart_type" }, { "allow-migrate", "allow_migrate" }, { "ordered", "ordered" },
	{ "collocated", "collocated" }, { "clone-max", "clone_max" }, { "clone-node-max", "clone_node_max" },
	{ "notify", "notify" }, { "interleave", "interleave" }, { "globally-unique", "globally_unique" },
	{ "master-max", "master_max" }, { "promoted-max", "master_max" }, { "master-node-max", "master_node_max" },
	{ "promoted-node-max", "master_node_max" },
	/* clang-format on */
};

static const char *
role_name(const char *role)
{
	return strcmp(role, "Promoted") == 0     ? "Master"
	       : strcmp(role, "Unpromoted") == 0 ? "Slave"
	                                         : role;
}

static void
role_convert(struct convert *c, xmlNode *n, const char *attribute)
{
	const char *role = cib_attr(n, attribute);

	if (role && role_name(role) != role)
		convert_set(c, n, attribute, role_name(role));
}

static void
meta_convert(struct convert *c, xmlNode *set)
{
	for (xmlNode *n = cib_child_first(set); n; n = cib_child_next(n)) {
		const char *name = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;
		const char *now = NULL;

		for (size_t i = 0; name && i < ARRAY_LEN(metas); i++)
			if (strcmp(name, metas[i].name) == 0)
				now = metas[i].h_name;
		if (!name || (now && strcmp(now, name) == 0))
			continue;
		if (now && strcmp(now, "target_role") == 0)
			role_convert(c, n, "value");
		convert_note_of(c, n, "meta attribute", name, cib_attr(n, "value"),
		    now ? now : "without a meaning to heartbeat", !now);
		if (now)
			convert_set(c, n, "name", now);
	}
}

static bool
is_promotable(const xmlNode *clone)
{
	for (const xmlNode *set = cib_child_first(clone); set; set = cib_child_next(set))
		for (const xmlNode *n =
		         convert_is(set, "meta_attributes") ? cib_child_first(set) : NULL;
		     n; n = cib_child_next(n))
			if (cib_attr(n, "name") && cib_attr(n, "value") &&
			    strcmp(cib_attr(n, "name"), "promotable") == 0)
				return strcmp(cib_attr(n, "value"), "true") == 0;
	return false;
}

static void
clone_convert(struct convert *c, xmlNode *clone, struct table *ids)
{
	bool unique = false;

	for (const xmlNode *n = cib_child_first(clone); n; n = cib_child_next(n))
		unique |=
		    convert_is(n, "meta_attributes") && set_says(n, "globally-unique");
	if (!unique) {
		xmlNode *set =
		    xmlNewDocNode(c->doc, NULL, BAD_CAST "meta_attributes", NULL);

		if (!set) {
			c->failed = true;
			return;
		}
		if (clone->children)
			xmlAddPrevSibling(clone->children, set);
		else
			xmlAddChild(clone, set);
		convert_set(c, set, "id",
		    convert_fresh_id(c, ids,
		        arena_printf(&c->arena, "%s-meta",
		            cib_attr(clone, "id") ? cib_attr(clone, "id") : "clone")));
		nvpair_add(c, set, ids, "globally-unique", "false");
	}
	if (convert_is(clone, "master") || is_promotable(clone)) {
		convert_note(c, clone, "the element", (const char *)clone->name,
		    "master_slave", false);
		xmlNodeSetName(clone, BAD_CAST "master_slave");
	}
}

static void
primitive_convert(struct convert *c, xmlNode *n)
{
	static const char *const known[] = { "ocf", "lsb", "heartbeat", "stonith" };
	const char *class = cib_attr(n, "class");

	for (size_t i = 0; class && i < ARRAY_LEN(known); i++)
		if (strcmp(class, known[i]) == 0)
			return;
	convert_note_of(c, n, "attribute", "class", class,
	    "without a meaning to heartbeat", true);
}

static void
op_convert(struct convert *c, xmlNode *op)
{
	const char *fail = cib_attr(op, "on-fail"), *enabled = cib_attr(op, "enabled"),
	           *requires = cib_attr(op, "requires"), *now = NULL;

	if (fail && (strcmp(fail, "standby") == 0 || strcmp(fail, "demote") == 0))
		now = "stop";
	else if (fail && strcmp(fail, "restart-container") == 0)
		now = "restart";
	if (now) {
		convert_note_of(c, op, "attribute", "on-fail", fail, now, true);
		convert_set(c, op, "on-fail", now);
	}
	convert_rename(c, op, "on-fail", "on_fail");
	convert_rename(c, op, "start-delay", "start_delay");
	if (requires && strcmp(requires, "unfencing") == 0)
		convert_set(c, op, "requires", "fencing");
	convert_rename(c, op, "requires", "prereq");
	if (enabled) {
		bool off = strcmp(enabled, "false") == 0 || strcmp(enabled, "0") == 0;

		convert_drop(c, op, "enabled",
		    off ? "disabled=\"true\"" : "disabled=\"false\"", false);
		convert_set(c, op, "disabled", off ? "true" : "false");
	}
	convert_drop(c, op, "record-pending", NULL, false);
	convert_drop(c, op, "interval-origin", "heartbeat has nothing like it", true);
	role_convert(c, op, "role");
}

/* Rules. */

static void
rule_convert(struct convert *c, xmlNode *n)
{
	convert_rename(c, n, "boolean-op", "boolean_op");
	convert_rename(c, n, "score-attribute", "score_attribute");
	role_convert(c, n, "role");
	for (xmlNode *e = cib_child_first(n), *next; e; e = next) {
		const char *source = cib_attr(e, "value-source"),
		           *type = cib_attr(e, "type");

		next = cib_child_next(e);
		if (convert_is(e, "rsc_expression") || convert_is(e, "op_expression")) {
			convert_remove(c, e, "heartbeat has nothing like it", true);
			continue;
		}
		if (source)
			convert_drop(c, e, "value-source", NULL,
			    strcmp(source, "literal") != 0);
		if (type && convert_is(e, "expression") && strcmp(type, "integer") == 0)
			convert_set(c, e, "type", "number");
		if (convert_is(e, "date_expression"))
			convert_rename(c,
			    cib_child_find(e, "date_spec")
			        ? cib_child_find(e, "date_spec")
			        : e,
			    "yearsdays", "yeardays");
	}
}

/* Constraints. */

/* A role beside node and score is a rule of heartbeat's. */
static void
location_role(struct convert *c, xmlNode *l, struct table *ids)
{
	const char *role = cib_attr(l, "role"), *node = cib_attr(l, "node"),
	           *score = cib_attr(l, "score"), *id = cib_attr(l, "id");
	xmlNode *rule, *expression;

	if (!role)
		return;
	if (!node || !score) {
		for (xmlNode *n = cib_child_first(l); n; n = cib_child_next(n))
			if (convert_is(n, "rule") && !cib_attr(n, "role"))
				convert_set(c, n, "role", role_name(role));
		xmlUnsetProp(l, BAD_CAST "role");
		return;
	}
	convert_note_of(c, l, "attribute", "role", role, "a rule with this role", false);
	rule = convert_new(c, l, "rule");
	convert_set(c, rule, "id",
	    convert_fresh_id(c, ids, arena_printf(&c->arena, "%s-rule", id ? id : "l")));
	convert_set(c, rule, "score", score);
	convert_set(c, rule, "role", role_name(role));
	expression = convert_new(c, rule, "expression");
	convert_set(c, expression, "id",
	    convert_fresh_id(c, ids,
	        arena_printf(&c->arena, "%s-expression", id ? id : "l")));
	convert_set(c, expression, "attribute", "#uname");
	convert_set(c, expression, "operation", "eq");
	convert_set(c, expression, "value", node);
	xmlUnsetProp(l, BAD_CAST "role");
	xmlUnsetProp(l, BAD_CAST "node");
	xmlUnsetProp(l, BAD_CAST "score");
}

static void
lifetime_convert(struct convert *c, xmlNode *l, struct table *ids)
{
	xmlNode *lifetime = cib_child_find(l, "lifetime");

	if (!lifetime)
		return;
	convert_set(c, lifetime, "id",
	    convert_fresh_id(c, ids,
	        arena_printf(&c->arena, "%s-lifetime",
	            cib_attr(l, "id") ? cib_attr(l, "id") : "l")));
	if (lifetime != cib_child_first(l))
		xmlAddPrevSibling(cib_child_first(l), lifetime);
}

static void
order_convert(struct convert *c, xmlNode *l)
{
	const char *kind = cib_attr(l, "kind");

	convert_drop(c, l, "require-all", NULL, true);
	if (kind && strcmp(kind, "Serialize") == 0) {
		convert_remove(c, l, "heartbeat cannot serialize", true);
		return;
	}
	if (kind) {
		const char *score = strcmp(kind, "Optional") == 0 ? "0" : "INFINITY";

		convert_note_of(c, l, "attribute", "kind", kind,
		    arena_printf(&c->arena, "score=\"%s\"", score), false);
		xmlUnsetProp(l, BAD_CAST "kind");
		convert_set(c, l, "score", score);
	}
	convert_rename(c, l, "first", "from");
	convert_rename(c, l, "first-action", "action");
	convert_rename(c, l, "then", "to");
	convert_rename(c, l, "then-action", "to_action");
	convert_set(c, l, "type", "before");
}

static void
colocation_convert(struct convert *c, xmlNode *l)
{
	const char *influence = cib_attr(l, "influence");

	if (influence)
		convert_drop(c, l, "influence", NULL, true);
	convert_drop(c, l, "score-attribute", "it never had an effect", false);
	convert_drop(c, l, "score-attribute-mangle", "it never had an effect", false);
	if (!cib_attr(l, "score"))
		convert_set(c, l, "score", "INFINITY");
	role_convert(c, l, "rsc-role");
	role_convert(c, l, "with-rsc-role");
	convert_rename(c, l, "rsc", "from");
	convert_rename(c, l, "with-rsc", "to");
	convert_rename(c, l, "rsc-role", "from_role");
	convert_rename(c, l, "with-rsc-role", "to_role");
	convert_rename(c, l, "node-attribute", "node_attribute");
}

static void
constraints_convert(struct convert *c, struct table *ids)
{
	const xmlNode *section = cib_child_find(c->configuration, "constraints");

	for (xmlNode *l = cib_child_first(section), *next; l; l = next) {
		next = cib_child_next(l);
		lifetime_convert(c, l, ids);
		if (convert_is(l, "rsc_ticket"))
			convert_remove(c, l, "heartbeat has nothing like it", true);
		else if (convert_is(l, "rsc_location")) {
			convert_drop(c, l, "resource-discovery", NULL, true);
			location_role(c, l, ids);
		} else if (convert_is(l, "rsc_colocation"))
			colocation_convert(c, l);
		else if (convert_is(l, "rsc_order"))
			order_convert(c, l);
	}
}

/* The order of things, and the level that heartbeat's sets have. */

static void
to_the_end(xmlNode *parent, const char *tag)
{
	const xmlNode *last = NULL;

	for (const xmlNode *n = cib_child_first(parent); n; n = cib_child_next(n))
		last = n;
	for (xmlNode *n = cib_child_first(parent), *next; n; n = next) {
		next = n == last ? NULL : cib_child_next(n);
		if (!convert_is(n, tag))
			continue;
		xmlUnlinkNode(n);
		xmlAddChild(parent, n);
	}
}

static void
set_deepen(struct convert *c, xmlNode *set)
{
	xmlNode *level;

	to_the_end(set, "nvpair");
	level = convert_new(c, set, "attributes");
	for (xmlNode *n = cib_child_first(set), *next; n; n = next) {
		next = cib_child_next(n);
		if (!convert_is(n, "nvpair"))
			continue;
		xmlUnlinkNode(n);
		xmlAddChild(level, n);
	}
}

static void
element_convert(struct convert *c, xmlNode *n, struct table *ids)
{
	if (convert_is(n, "node")) {
		if (!cib_attr(n, "type") || strcmp(cib_attr(n, "type"), "member") == 0)
			convert_set(c, n, "type", "normal");
		convert_drop(c, n, "score", NULL, true);
	} else if (convert_is(n, "primitive"))
		primitive_convert(c, n);
	else if (convert_is(n, "clone") || convert_is(n, "master"))
		clone_convert(c, n, ids);
	else if (convert_is(n, "op"))
		op_convert(c, n);
	else if (convert_is(n, "rule"))
		rule_convert(c, n);
	else if (convert_is(n, "operations"))
		xmlUnsetProp(n, BAD_CAST "id");
}

/* Elements that go with all that is in them. */
static bool
is_unknown(const xmlNode *n)
{
	const char *type = convert_is(n, "node") ? cib_attr(n, "type") : NULL;

	return convert_is(n, "bundle") || convert_is(n, "utilization") ||
	       (type && strcmp(type, "remote") == 0);
}

void
convert_p_to_h(struct convert *c)
{
	static const char *const order[] = { "crm_config", "nodes", "resources",
		"constraints" };
	struct table ids;

	convert_expand(c);
	convert_collect_ids(c, &ids);
	root_convert(c);
	for (xmlNode *n = c->configuration, *next; n; n = next) {
		next = convert_next(c, n);
		if (is_unknown(n)) {
			next = cib_walk_over(c->configuration, n);
			convert_remove(c, n, "heartbeat has nothing like it", true);
		}
	}
	defaults_convert(c, "rsc_defaults", &ids);
	defaults_convert(c, "op_defaults", &ids);
	if (!set_says(cib_child_find(c->configuration, "crm_config"), "stonith-enabled"))
		nvpair_add(c, properties_set(c), &ids, "stonith-enabled", "true");
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n))
		element_convert(c, n, &ids);
	constraints_convert(c, &ids);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (!cib_child_find(c->configuration, order[i]))
			convert_new(c, c->configuration, order[i]);
		to_the_end(c->configuration, order[i]);
	}
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n)) {
		bool is_meta = convert_is(n, "meta_attributes");

		if (is_meta)
			meta_convert(c, n);
		if (is_meta || convert_is(n, "instance_attributes") ||
		    convert_is(n, "cluster_property_set"))
			set_deepen(c, n);
		else if (convert_is(n, "group") || convert_is(n, "clone") ||
		         convert_is(n, "master_slave") || convert_is(n, "op")) {
			to_the_end(n, "meta_attributes");
			to_the_end(n, "instance_attributes");
			to_the_end(n, "primitive");
			to_the_end(n, "group");
		}
	}
	convert_status(c, false);
}
