/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Old documents of pacemaker (spec/cib.md 4, 5): what 2.0 made of access lists and what 3.0 took out of
 * everything else, as "cibadmin --upgrade" does it.  Otherwise than there, defaults also go into a section that is
 * there and empty, and a permission keeps what restricts it.
 */
#include "crm/cib/convert.h"

#include "lib/array.h"

#include <stdio.h>
#include <string.h>

/* Cluster properties. */

static const struct property {
	const char *name;
	const char *now;     /* its name from 3.0 on; NULL = it is gone */
	const char *section; /* it moves there: rsc_defaults, op_defaults */
	const char *instead; /* of one that is gone */
} properties[] = {
	/* clang-format off */
	{ "cluster_recheck_interval", "cluster-recheck-interval", NULL, NULL },
	{ "dc_deadtime", "dc-deadtime", NULL, NULL },
	{ "default-action-timeout", "timeout", "op_defaults", NULL },
	{ "default_action_timeout", "timeout", "op_defaults", NULL },
	{ "default-migration-threshold", NULL, NULL, "set migration-threshold in rsc_defaults" },
	{ "default_migration_threshold", NULL, NULL, "set migration-threshold in rsc_defaults" },
	{ "default-resource-failure-stickiness", NULL, NULL, "set migration-threshold in rsc_defaults" },
	{ "default_resource_failure_stickiness", NULL, NULL, "set migration-threshold in rsc_defaults" },
	{ "default-resource-stickiness", "resource-stickiness", "rsc_defaults", NULL },
	{ "default_resource_stickiness", "resource-stickiness", "rsc_defaults", NULL },
	{ "election_timeout", "election-timeout", NULL, NULL },
	{ "expected-quorum-votes", NULL, NULL, "the messaging layer counts votes itself" },
	{ "is-managed-default", "is-managed", "rsc_defaults", NULL },
	{ "is_managed_default", "is-managed", "rsc_defaults", NULL },
	{ "no_quorum_policy", "no-quorum-policy", NULL, NULL },
	{ "notification-agent", NULL, NULL, "make an alert" },
	{ "notification-recipient", NULL, NULL, "make an alert" },
	{ "remove_after_stop", "remove-after-stop", NULL, NULL },
	{ "shutdown_escalation", "shutdown-escalation", NULL, NULL },
	{ "startup_fencing", "startup-fencing", NULL, NULL },
	{ "stonith_action", "stonith-action", NULL, NULL },
	{ "stonith_enabled", "stonith-enabled", NULL, NULL },
	{ "stop_orphan_actions", "stop-orphan-actions", NULL, NULL },
	{ "stop_orphan_resources", "stop-orphan-resources", NULL, NULL },
	{ "symmetric_cluster", "symmetric-cluster", NULL, NULL },
	{ "transition_idle_timeout", "cluster-delay", NULL, NULL },
	/* clang-format on */
};

static const char *const old_infrastructures[] = { "heartbeat", "openais",
	"classic openais", "classic openais (with plugin)", "cman" };

static bool
is_old_infrastructure(const char *value)
{
	if (!value)
		return true; /* 3.0 wants a value, and the name alone means nothing */
	for (size_t i = 0; i < ARRAY_LEN(old_infrastructures); i++)
		if (strcmp(value, old_infrastructures[i]) == 0)
			return true;
	return false;
}

static const struct property *
property_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (name && strcmp(properties[i].name, name) == 0)
			return &properties[i];
	return NULL;
}

static bool
section_defines(const xmlNode *section, const char *name)
{
	for (const xmlNode *n = section; n; n = cib_walk_next(section, n)) {
		const char *has = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;

		if (has && strcmp(has, name) == 0)
			return true;
	}
	return false;
}

/* The set that such a default goes into: the first one that is always so, or a new one. */
static xmlNode *
default_set(struct convert *c, const char *name)
{
	xmlNode *section = cib_child_find(c->configuration, name);

	if (!section)
		section = convert_new(c, c->configuration, name);
	for (xmlNode *set = cib_child_first(section); set; set = cib_child_next(set))
		if (cib_attr(set, "id") && !cib_child_find(set, "rule"))
			return set;
	xmlNode *set = convert_new(c, section, "meta_attributes");

	convert_set(c, set, "id",
	    convert_is(section, "op_defaults") ? "_2TO3_-op-defaults"
	                                       : "_2TO3_-rsc-defaults");
	return set;
}

/* What the section defines by itself counts more than what moves there; of two that move there both are kept,
 * the first counts. */
static void
move_default(struct convert *c, xmlNode *nvpair, const struct property *p,
    struct table *defined)
{
	const char *key = arena_printf(&c->arena, "%s %s", p->section, p->now);
	const char *value = cib_attr(nvpair, "value");

	if (cib_child_find(nvpair->parent, "rule")) {
		convert_note_of(c, nvpair, "property", p->name, value,
		    "dropped: it depended on a rule, and defaults know no such rules",
		    true);
		xmlUnlinkNode(nvpair);
		xmlFreeNode(nvpair);
		return;
	}
	if (!table_find(defined, key))
		table_add(defined, key,
		    section_defines(cib_child_find(c->configuration, p->section), p->now)
		        ? "theirs"
		        : "ours");
	if (strcmp(table_get(defined, key), "theirs") == 0) {
		convert_note_of(c, nvpair, "property", p->name, value,
		    arena_printf(&c->arena, "dropped: %s says what %s is", p->section,
		        p->now),
		    false);
		xmlUnlinkNode(nvpair);
		xmlFreeNode(nvpair);
		return;
	}
	convert_note_of(c, nvpair, "property", p->name, value,
	    arena_printf(&c->arena, "%s in %s", p->now, p->section), false);
	convert_set(c, nvpair, "name", p->now);
	xmlUnlinkNode(nvpair);
	xmlAddChild(default_set(c, p->section), nvpair);
}

static void
property_upgrade(struct convert *c, xmlNode *nvpair, struct table *defined)
{
	const char *name = cib_attr(nvpair, "name"), *value = cib_attr(nvpair, "value");
	const struct property *p = property_find(name);

	if (name && strcmp(name, "cluster-infrastructure") == 0 &&
	    is_old_infrastructure(value)) {
		convert_note_of(c, nvpair, "property", name, value,
		    "dropped: it has no meaning any more", false);
		xmlUnlinkNode(nvpair);
		xmlFreeNode(nvpair);
	} else if (p && !p->now) {
		convert_note_of(c, nvpair, "property", name, value,
		    arena_printf(&c->arena, "dropped: %s", p->instead), true);
		xmlUnlinkNode(nvpair);
		xmlFreeNode(nvpair);
	} else if (p && p->section)
		move_default(c, nvpair, p, defined);
	else if (p) {
		convert_note_of(c, nvpair, "property", name, value, p->now, false);
		convert_set(c, nvpair, "name", p->now);
	}
}

/* A set that lost its last name goes at the end, and with it who refers to it. */
static void
note_emptied(struct convert *c, const xmlNode *set, struct table *emptied)
{
	const char *id = cib_attr(set, "id");

	if (id && !cib_child_first(set))
		table_add(emptied, arena_strdup(&c->arena, id), "");
}

static void
remove_emptied(struct convert *c, const struct table *emptied)
{
	for (xmlNode *n = c->configuration, *next; n; n = next) {
		const char *id = cib_attr(n, "id"), *ref = cib_attr(n, "id-ref");
		bool is_set = convert_is(n, "cluster_property_set") ||
		              convert_is(n, "meta_attributes") ||
		              convert_is(n, "instance_attributes");

		next = convert_next(c, n);
		if (!is_set || cib_child_first(n) ||
		    !((id && table_find(emptied, id)) ||
		        (ref && table_find(emptied, ref))))
			continue;
		next = cib_walk_over(c->configuration, n);
		xmlUnlinkNode(n);
		xmlFreeNode(n);
	}
}

static void
properties_upgrade(struct convert *c, struct table *emptied)
{
	const xmlNode *section = cib_child_find(c->configuration, "crm_config");
	struct table defined;

	table_init(&defined, &c->arena);
	for (xmlNode *set = cib_child_first(section); set; set = cib_child_next(set)) {
		for (xmlNode *n = cib_child_first(set), *next; n; n = next) {
			next = cib_child_next(n);
			if (convert_is(n, "nvpair"))
				property_upgrade(c, n, &defined);
		}
		note_emptied(c, set, emptied);
	}
}

/* Resources. */

static bool
is_isolation(const char *name)
{
	static const char *const names[] = { "isolation", "isolation-host",
		"isolation-instance", "isolation-wrapper" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* An isolated resource would run bare: it is stopped, as bundles have to be made by hand. */
static void
meta_upgrade(struct convert *c, xmlNode *set, struct table *emptied)
{
	bool stopped = false, changed = false;

	for (xmlNode *n = cib_child_first(set), *next; n; n = next) {
		const char *name = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;

		next = cib_child_next(n);
		if (!name)
			continue;
		if (is_isolation(name) && !stopped) {
			convert_note_of(c, n, "meta attribute", name,
			    cib_attr(n, "value"),
			    "target-role=\"Stopped\": make a bundle of this resource",
			    true);
			convert_set(c, n, "name", "target-role");
			convert_set(c, n, "value", "Stopped");
			stopped = true;
		} else if (is_isolation(name) ||
		           strcmp(name, "resource-failure-stickiness") == 0) {
			convert_note_of(c, n, "meta attribute", name,
			    cib_attr(n, "value"),
			    is_isolation(name) ? "dropped: make a bundle of this resource"
			                       : "dropped: set migration-threshold",
			    true);
			xmlUnlinkNode(n);
			xmlFreeNode(n);
			changed = true;
		}
	}
	if (changed)
		note_emptied(c, set, emptied);
}

static void
instance_upgrade(struct convert *c, xmlNode *set, struct table *emptied)
{
	static const char *const actions[] = { "reboot", "off", "on", "monitor", "list",
		"status" };
	bool changed = false;

	for (xmlNode *n = cib_child_first(set), *next; n; n = next) {
		const char *name = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;

		next = cib_child_next(n);
		if (!name)
			continue;
		if (strcmp(name, "pcmk_arg_map") == 0) {
			convert_note_of(c, n, "parameter", name, cib_attr(n, "value"),
			    "dropped: it is not used any more", true);
			xmlUnlinkNode(n);
			xmlFreeNode(n);
			changed = true;
			continue;
		}
		for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
			const char *old =
			    arena_printf(&c->arena, "pcmk_%s_cmd", actions[i]);
			const char *now =
			    arena_printf(&c->arena, "pcmk_%s_action", actions[i]);

			if (strcmp(name, old) != 0)
				continue;
			convert_note_of(c, n, "parameter", name, cib_attr(n, "value"),
			    now, false);
			convert_set(c, n, "name", now);
			break;
		}
	}
	if (changed)
		note_emptied(c, set, emptied);
}

/* Where a "requires" of an operation goes: the last one counts, and only of start and promote. */
struct requires
{
	const char *set_id, *nvpair_id, *value;
};

static bool
op_starts(const xmlNode *op)
{
	const char *name = cib_attr(op, "name");

	return name && (strcmp(name, "start") == 0 || strcmp(name, "promote") == 0);
}

static void
op_set_upgrade(struct convert *c, const xmlNode *op, xmlNode *set, struct requires *r,
    struct table *emptied)
{
	bool changed = false;

	for (xmlNode *n = cib_child_first(set), *next; n; n = next) {
		const char *name = convert_is(n, "nvpair") ? cib_attr(n, "name") : NULL;

		next = cib_child_next(n);
		if (!name || strcmp(name, "requires") != 0)
			continue;
		if (op_starts(op) && cib_attr(n, "id") && cib_attr(set, "id"))
			*r = (struct requires){
				arena_printf(&c->arena, "_2TO3_%s", cib_attr(set, "id")),
				arena_strdup(&c->arena, cib_attr(n, "id")),
				arena_strdup(&c->arena,
				    cib_attr(n, "value") ? cib_attr(n, "value") : ""),
			};
		convert_note_of(c, n, "operation's attribute", "requires",
		    cib_attr(n, "value"),
		    op_starts(op) ? "a meta attribute of the resource"
		                  : "dropped: only start and promote can require",
		    false);
		xmlUnlinkNode(n);
		xmlFreeNode(n);
		changed = true;
	}
	if (changed)
		note_emptied(c, set, emptied);
}

static void
op_upgrade(struct convert *c, const xmlNode *rsc, xmlNode *op, struct requires *r,
    struct table *emptied)
{
	const char *value = cib_attr(op, "requires");

	for (xmlNode *set = cib_child_first(op), *next; set; set = next) {
		next = cib_child_next(set);
		op_set_upgrade(c, op, set, r, emptied);
	}
	if (!value)
		return;
	if (op_starts(op) && cib_attr(op, "id"))
		*r = (struct requires){
			arena_printf(&c->arena, "_2TO3_%s-meta", cib_attr(rsc, "id")),
			arena_printf(&c->arena, "_2TO3_%s-meta-requires",
			    cib_attr(op, "id")),
			arena_strdup(&c->arena, value),
		};
	convert_note_of(c, op, "attribute", "requires", value,
	    op_starts(op) ? "a meta attribute of the resource"
	                  : "dropped: only start and promote can require",
	    false);
	xmlUnsetProp(op, BAD_CAST "requires");
}

static bool
meta_defines(const xmlNode *rsc, const char *name)
{
	for (const xmlNode *set = cib_child_first(rsc); set; set = cib_child_next(set))
		if (convert_is(set, "meta_attributes") && section_defines(set, name))
			return true;
	return false;
}

static void
operations_upgrade(struct convert *c, xmlNode *rsc, struct table *emptied)
{
	xmlNode *operations = cib_child_find(rsc, "operations");
	struct requires r = { NULL, NULL, NULL };

	for (xmlNode *op = cib_child_first(operations); op; op = cib_child_next(op))
		op_upgrade(c, rsc, op, &r, emptied);
	if (!r.value || meta_defines(rsc, "requires"))
		return;
	xmlNode *set = convert_new(c, rsc, "meta_attributes");

	convert_set(c, set, "id", r.set_id);
	xmlNode *nvpair = convert_new(c, set, "nvpair");

	convert_set(c, nvpair, "id", r.nvpair_id);
	convert_set(c, nvpair, "name", "requires");
	convert_set(c, nvpair, "value", r.value);
}

static void
resource_upgrade(struct convert *c, xmlNode *rsc, struct table *emptied)
{
	for (xmlNode *n = cib_child_first(rsc), *next; n; n = next) {
		next = cib_child_next(n);
		if (convert_is(n, "meta_attributes"))
			meta_upgrade(c, n, emptied);
		else if (convert_is(n, "instance_attributes"))
			instance_upgrade(c, n, emptied);
	}
	operations_upgrade(c, rsc, emptied);
}

void
convert_2_to_3(struct convert *c)
{
	struct table emptied;

	table_init(&emptied, &c->arena);
	properties_upgrade(c, &emptied);
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n)) {
		const char *type = convert_is(n, "node") ? cib_attr(n, "type") : NULL;

		if (type && strcmp(type, "normal") == 0) {
			convert_note_of(c, n, "attribute", "type", type, "member", false);
			convert_set(c, n, "type", "member");
		} else if (convert_is(n, "primitive") || convert_is(n, "template"))
			resource_upgrade(c, n, &emptied);
		else if (convert_is(n, "rsc_colocation")) {
			convert_drop(c, n, "score-attribute", "it never had an effect",
			    false);
			convert_drop(c, n, "score-attribute-mangle",
			    "it never had an effect", false);
		}
	}
	remove_emptied(c, &emptied);
}

/* Access lists. */

static void
permission_upgrade(struct convert *c, xmlNode *p)
{
	const char *attribute = cib_attr(p, "attribute");

	convert_note(c, p, "the element", (const char *)p->name,
	    arena_printf(&c->arena, "acl_permission kind=\"%s\"", (const char *)p->name),
	    false);
	convert_set(c, p, "kind", (const char *)p->name);
	xmlNodeSetName(p, BAD_CAST "acl_permission");
	convert_rename(c, p, "tag", "object-type");
	if (attribute && cib_attr(p, "ref")) {
		/* Without the attribute more would be permitted than before. */
		const char *path = arena_printf(&c->arena, "//*[@id='%s'][@%s]",
		    cib_attr(p, "ref"), attribute);

		convert_note_of(c, p, "attribute", "ref", cib_attr(p, "ref"), path, true);
		xmlUnsetProp(p, BAD_CAST "ref");
		xmlUnsetProp(p, BAD_CAST "attribute");
		convert_set(c, p, "xpath", path);
	} else if (attribute && cib_attr(p, "xpath")) {
		const char *path =
		    arena_printf(&c->arena, "%s[@%s]", cib_attr(p, "xpath"), attribute);

		convert_note_of(c, p, "attribute", "xpath", cib_attr(p, "xpath"), path,
		    true);
		xmlUnsetProp(p, BAD_CAST "attribute");
		convert_set(c, p, "xpath", path);
	}
	convert_rename(c, p, "ref", "reference");
}

static void
permissions_upgrade(struct convert *c, xmlNode *holder)
{
	for (xmlNode *n = cib_child_first(holder); n; n = cib_child_next(n))
		if (convert_is(n, "read") || convert_is(n, "write") ||
		    convert_is(n, "deny"))
			permission_upgrade(c, n);
}

/* A user's own permissions become a role that only this user has. */
static void
user_upgrade(struct convert *c, xmlNode *user, struct table *ids)
{
	const char *id = cib_attr(user, "id");
	bool has_roles = cib_child_find(user, "role_ref");

	convert_note(c, user, "the element", "acl_user", "acl_target", false);
	xmlNodeSetName(user, BAD_CAST "acl_target");
	for (xmlNode *n = cib_child_first(user); n; n = cib_child_next(n))
		if (convert_is(n, "role_ref"))
			xmlNodeSetName(n, BAD_CAST "role");
	if (has_roles || !id || !cib_child_first(user))
		return;
	xmlNode *role = xmlNewDocNode(c->doc, NULL, BAD_CAST "acl_role", NULL);

	if (!role) {
		c->failed = true;
		return;
	}
	xmlAddNextSibling(user, role);
	convert_set(c, role, "id",
	    convert_fresh_id(c, ids, arena_printf(&c->arena, "auto-%s", id)));
	for (xmlNode *n = cib_child_first(user), *next; n; n = next) {
		next = cib_child_next(n);
		xmlUnlinkNode(n);
		xmlAddChild(role, n);
	}
	convert_set(c, convert_new(c, user, "role"), "id", cib_attr(role, "id"));
	permissions_upgrade(c, role);
}

void
convert_acls_1_to_2(struct convert *c)
{
	xmlNode *acls = cib_child_find(c->configuration, "acls");
	struct table ids;

	convert_collect_ids(c, &ids);
	for (xmlNode *n = cib_child_first(acls); n; n = cib_child_next(n))
		if (convert_is(n, "acl_user"))
			user_upgrade(c, n, &ids);
		else if (convert_is(n, "acl_role"))
			permissions_upgrade(c, n);
}
