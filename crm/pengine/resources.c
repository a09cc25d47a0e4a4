/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources as they are configured (spec 4.4). */
#include "crm/pengine/private.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const role_names[] = {
	[ROLE_UNKNOWN] = "Unknown",
	[ROLE_STOPPED] = "Stopped",
	[ROLE_STARTED] = "Started",
	[ROLE_SLAVE] = "Slave",
	[ROLE_MASTER] = "Master",
};

enum role
role_parse(const char *text)
{
	for (size_t i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++)
		if (same(text, role_names[i]))
			return (enum role)i;
	return same(text, "Promoted")     ? ROLE_MASTER
	       : same(text, "Unpromoted") ? ROLE_SLAVE
	                                  : ROLE_UNKNOWN;
}

struct rsc *
rsc_top(struct rsc *rsc)
{
	while (rsc->parent)
		rsc = rsc->parent;
	return rsc;
}

enum role
rsc_role(const struct rsc *rsc)
{
	enum role role = rsc->variant == PRIMITIVE ? rsc->role : ROLE_UNKNOWN;

	for (size_t i = 0; i < rsc->child_count; i++)
		if (rsc_role(rsc->child[i]) > role)
			role = rsc_role(rsc->child[i]);
	return role;
}

enum role
rsc_next_role(const struct rsc *rsc)
{
	enum role role = rsc->variant == PRIMITIVE ? rsc->next_role : ROLE_UNKNOWN;

	for (size_t i = 0; i < rsc->child_count; i++)
		if (rsc_next_role(rsc->child[i]) > role)
			role = rsc_next_role(rsc->child[i]);
	return role;
}

bool
rsc_runs_on(const struct rsc *rsc, const struct node *node)
{
	for (size_t i = 0; i < rsc->running_count; i++)
		if (rsc->running[i] == node)
			return true;
	return false;
}

struct rsc *
rsc_find(const struct pe *pe, const char *id)
{
	const struct rsc *rsc = id ? table_find(&pe->by_id, id) : NULL;

	if (!rsc && id)
		rsc = table_find(&pe->by_long_id, id);
	return (struct rsc *)(uintptr_t)rsc;
}

struct rsc *
rsc_find_recorded(const struct pe *pe, const char *id)
{
	struct rsc *found = rsc_find(pe, id);

	for (size_t i = 0; i < pe->renamed_count; i++) {
		struct rsc *rsc = pe->renamed[i];

		if (rsc->history_id && strcmp(rsc->history_id, id) == 0 &&
		    (!found || rsc->order < found->order))
			found = rsc;
	}
	return found;
}

void
rsc_rename(struct pe *pe, struct rsc *rsc, const char *history_id)
{
	if (history_id && !rsc->history_id)
		ARENA_PUSH(&pe->arena, pe, renamed, rsc);
	rsc->history_id = history_id;
}

/* Making one. */

const char *
meta_get(const struct pe *pe, const struct table *meta, const char *name)
{
	char old[64];
	size_t i = 0;

	if (pe->profile == PE_P)
		return table_get(meta, name);
	for (; name[i] && i < sizeof(old) - 1; i++)
		old[i] = name[i] == '-' ? '_' : name[i];
	old[i] = '\0';
	return table_get(meta, old);
}

void
meta_attributes_add(const xmlNode *xml, struct table *meta)
{
	for (const xmlAttr *a = xml->properties; a; a = a->next) {
		const char *value = xml_get(xml, (const char *)a->name);

		if (!same(value, "#default"))
			table_add(meta, (const char *)a->name, value);
	}
}

static void
meta_read_h(struct pe *pe, const struct rsc *rsc, const struct node *node,
    struct table *meta)
{
	struct rule_input in = { .node = node, .rsc = rsc };

	meta_attributes_add(rsc->xml, meta);
	sets_read(pe, rsc->xml, "meta_attributes", &in, meta);
	sets_read(pe, rsc->xml, "instance_attributes", &in, meta);
}

static void
stickiness_read(struct pe *pe, struct rsc *rsc, const struct table *meta)
{
	const char *text = table_get(meta, "resource_stickiness");

	rsc->stickiness =
	    text && !same(text, "default") ? score_parse(text) : pe->opt.stickiness;
	text = table_get(meta, "resource_failure_stickiness");
	rsc->failure_stickiness = text && !same(text, "default")
	                              ? score_parse(text)
	                              : pe->opt.failure_stickiness;
}

static void
target_role_read(struct pe *pe, struct rsc *rsc)
{
	const char *text = table_get(&rsc->meta, "target_role");

	if (!text || same(text, "default"))
		return;
	rsc->next_role = role_parse(text);
	if (rsc->next_role == ROLE_UNKNOWN)
		pe_say(pe, PE_ERROR, true, "%s: Unknown target_role %s", rsc->id, text);
}

static void
meta_use_h(struct pe *pe, struct rsc *rsc)
{
	const char *text = table_get(&rsc->meta, "is_managed");

	rsc->managed = pe->opt.managed_default;
	value_assign_bool(text, &rsc->managed);
	rsc->priority = value_int(table_get(&rsc->meta, "priority"), 0);
	text = table_get(&rsc->meta, "globally_unique");
	rsc->unique = !text || value_is_true(text);
	stickiness_read(pe, rsc, &rsc->meta);
	target_role_read(pe, rsc);
}

static void
meta_use(struct pe *pe, struct rsc *rsc)
{
	const char *text = meta_get(pe, &rsc->meta, "multiple-active");

	rsc->notify = value_is_true(meta_get(pe, &rsc->meta, "notify"));
	rsc->restart_type = same(meta_get(pe, &rsc->meta, "restart-type"), "restart");
	rsc->multiple = same(text, "stop_only")         ? MULTIPLE_STOP_ONLY
	                : same(text, "block")           ? MULTIPLE_BLOCK
	                : same(text, "stop_unexpected") ? MULTIPLE_STOP_UNEXPECTED
	                                                : MULTIPLE_STOP_START;
	if (pe->profile == PE_P)
		meta_use_p(pe, rsc);
	else
		meta_use_h(pe, rsc);
}

static void
ops_read(struct pe *pe, struct rsc *rsc)
{
	const xmlNode *operations = xml_child(rsc->xml, "operations");

	if (!operations)
		return;
	XML_EACH (xml_deref(pe, operations), "op", it) {
		struct op op = { .xml = xml_deref(pe, it) };

		op.name = xml_get(op.xml, "name");
		op.interval_ms = pe->profile == PE_P
		                     ? value_interval_ms(xml_get(op.xml, "interval"))
		                     : value_ms(xml_get(op.xml, "interval"));
		if (op.interval_ms < 0)
			op.interval_ms = 0;
		if (!op.name)
			continue;
		op.part = arena_printf(&pe->arena, "%s_%lld", op.name,
		    (long long)op.interval_ms);
		ARENA_PUSH(&pe->arena, rsc, op, op);
	}
}

static struct rsc *read_one(struct pe *pe, const xmlNode *xml, struct rsc *parent,
    int number);

static void
child_add(struct pe *pe, struct rsc *rsc, const xmlNode *xml, int number)
{
	struct rsc *child = read_one(pe, xml, rsc, number);

	if (child)
		ARENA_PUSH(&pe->arena, rsc, child, child);
}

static void
group_read(struct pe *pe, struct rsc *rsc)
{
	rsc->ordered = rsc->collocated = true;
	value_assign_bool(table_get(&rsc->meta, "ordered"), &rsc->ordered);
	value_assign_bool(table_get(&rsc->meta, "collocated"), &rsc->collocated);
	XML_EACH (rsc->xml, "primitive", xml)
		child_add(pe, rsc, xml, rsc->number);
}

#define INSTANCES_MAX 10000

static int
clone_max_read(const struct pe *pe, const struct rsc *rsc)
{
	const char *text = meta_get(pe, &rsc->meta, "clone-max");
	int max = value_int(text, -1), nodes = (int)pe->node_count;

	if (max < 0)
		max = pe->profile == PE_H ? nodes : text ? 0 : nodes > 0 ? nodes : 1;
	return max > INSTANCES_MAX ? INSTANCES_MAX : max;
}

/* P finds out at the first member that cannot be told apart: those before it lose their numbers, too, and others keep
 * them, as their nodes will say. */
static void
members_force(struct rsc *group)
{
	for (size_t i = 0; i < group->child_count && group->child[i]->unique; i++)
		group->child[i]->unique = false;
}

static bool
clone_read(struct pe *pe, struct rsc *rsc)
{
	bool in_p = pe->profile == PE_P;

	rsc->template = xml_child(rsc->xml, "group");
	if (!rsc->template)
		rsc->template = xml_child(rsc->xml, "primitive");
	if (!rsc->template) {
		pe_say(pe, PE_ERROR, true, "%s has nothing to clone", rsc->id);
		return false;
	}
	rsc->clone_max = clone_max_read(pe, rsc);
	rsc->clone_node_max = value_int(meta_get(pe, &rsc->meta, "clone-node-max"), 1);
	value_assign_bool(meta_get(pe, &rsc->meta, "ordered"), &rsc->ordered);
	value_assign_bool(meta_get(pe, &rsc->meta, "interleave"), &rsc->interleave);
	rsc->master_max = value_int(meta_get(pe, &rsc->meta, "master-max"), 1);
	rsc->master_node_max = value_int(meta_get(pe, &rsc->meta, "master-node-max"), 1);
	bool unique = rsc->unique;

	if (in_p && !clone_use_p(pe, rsc))
		return false;
	table_add(&rsc->meta, in_p ? "resource-stickiness" : "resource_stickiness", "1");
	for (int i = 0; i < rsc->clone_max; i++)
		child_add(pe, rsc, rsc->template, i);
	if (unique && !rsc->unique && rsc->child_count)
		members_force(rsc->child[0]);
	if (in_p && rsc->clone_max == 0) {
		struct rsc *orphan = clone_instance_add(pe, rsc);

		if (orphan)
			rsc_make_orphan(orphan);
	}
	return true;
}

struct rsc *
clone_instance_add(struct pe *pe, struct rsc *clone)
{
	size_t count = clone->child_count;

	child_add(pe, clone, clone->template, (int)count);
	return clone->child_count > count ? clone->child[count] : NULL;
}

void
rsc_make_orphan(struct rsc *rsc)
{
	rsc->orphan = true;
	for (size_t i = 0; i < rsc->child_count; i++)
		rsc_make_orphan(rsc->child[i]);
}

static bool
variant_read(struct pe *pe, struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE)
		ops_read(pe, rsc);
	else if (rsc->variant == GROUP)
		group_read(pe, rsc);
	else
		return clone_read(pe, rsc);
	return true;
}

struct rsc *
clone_of(const struct rsc *rsc)
{
	struct rsc *clone = rsc->parent;

	while (clone && clone->variant == GROUP)
		clone = clone->parent;
	return clone;
}

static void
instance_read(struct pe *pe, struct rsc *rsc, int number)
{
	const struct rsc *clone = clone_of(rsc);

	if (!clone || number < 0)
		return;
	table_set(&rsc->meta, "clone", arena_printf(&pe->arena, "%d", number));
	table_add(&rsc->meta, pe->profile == PE_P ? "clone-max" : "clone_max",
	    arena_printf(&pe->arena, "%d", clone->clone_max));
}

/* H tells a master, and what it has, that there are roles. */
static void
stateful_tell(const struct pe *pe, struct rsc *rsc)
{
	const struct rsc *of = rsc->parent ? clone_of(rsc) : rsc;

	if (pe->profile == PE_H && of && of->variant == MASTER)
		table_set(&rsc->params, "CRM_meta_stateful", "true");
}

static struct rsc *
rsc_new(struct pe *pe, const xmlNode *xml, struct rsc *parent, const char *id)
{
	struct rsc *rsc = ARENA_NEW(&pe->arena, struct rsc);

	rsc->xml = xml;
	rsc->parent = parent;
	rsc->id = id;
	rsc->long_id =
	    parent ? arena_printf(&pe->arena, "%s:%s", parent->long_id, id) : id;
	rsc->order = pe->rsc_made++;
	rsc->number = -1;
	rsc->role = ROLE_STOPPED;
	rsc->known = arena_alloc(&pe->arena, pe->node_count + 1);
	rsc->asked = arena_alloc(&pe->arena, pe->node_count + 1);
	rsc->class = xml_get(xml, "class");
	rsc->provider = xml_get(xml, "provider");
	rsc->type = xml_get(xml, "type");
	rsc->fence_device = same(rsc->class, "stonith");
	table_init(&rsc->meta, &pe->arena);
	table_init(&rsc->params, &pe->arena);
	table_init(&rsc->utilization, &pe->arena);
	table_init(&rsc->keyed, &pe->arena);
	table_add(&pe->by_id, id, rsc);
	table_add(&pe->by_long_id, rsc->long_id, rsc);
	return rsc;
}

/* It cannot be one: no constraint and no history means it. */
static void
forget(struct pe *pe, const struct rsc *rsc)
{
	if (table_find(&pe->by_id, rsc->id) == rsc)
		table_set(&pe->by_id, rsc->id, NULL);
	if (table_find(&pe->by_long_id, rsc->long_id) == rsc)
		table_set(&pe->by_long_id, rsc->long_id, NULL);
}

static const char *
id_of(struct pe *pe, const xmlNode *xml, int number)
{
	const char *id = xml_get(xml, "id");

	if (!id) {
		pe_say(pe, PE_ERROR, true, "Element %s has no id",
		    (const char *)xml->name);
		id = arena_printf(&pe->arena, "unnamed-%zu", pe->rsc_made);
	}
	return number < 0 ? id : arena_printf(&pe->arena, "%s:%d", id, number);
}

static int
variant_of(const xmlNode *xml)
{
	static const struct {
		const char *tag;
		enum variant variant;
	} tags[] = { { "primitive", PRIMITIVE }, { "group", GROUP }, { "clone", CLONE },
		{ "master_slave", MASTER }, { "master", MASTER } };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (xml_is(xml, tags[i].tag))
			return tags[i].variant;
	return -1;
}

static struct rsc *
read_one(struct pe *pe, const xmlNode *xml, struct rsc *parent, int number)
{
	int variant = variant_of(xml);

	if (variant < 0)
		return NULL;
	if (pe->profile == PE_P)
		xml = template_expand(pe, xml);
	struct rsc *rsc = rsc_new(pe, xml, parent, id_of(pe, xml, number));

	rsc->variant = (enum variant)variant;
	rsc->number = number;
	if (pe->profile == PE_P)
		meta_read_p(pe, rsc);
	else
		meta_read_h(pe, rsc, NULL, &rsc->meta);
	if (parent)
		table_merge(&rsc->meta, &parent->meta);
	instance_read(pe, rsc, number);
	stateful_tell(pe, rsc);
	meta_use(pe, rsc);
	if (!variant_read(pe, rsc)) {
		forget(pe, rsc);
		return NULL;
	}
	if ((rsc->managed || pe->profile == PE_P) && pe->opt.symmetric)
		weights_add_all(pe, &rsc->allowed, 0);
	return rsc;
}

/* Sorted by priority; equals stay as they are. */
static void
insert_by_priority(struct pe *pe, struct rsc *rsc)
{
	size_t at;

	ARENA_PUSH(&pe->arena, pe, rsc, rsc);
	for (at = pe->rsc_count - 1; at > 0 && pe->rsc[at - 1]->priority < rsc->priority;
	     at--)
		pe->rsc[at] = pe->rsc[at - 1];
	pe->rsc[at] = rsc;
}

static void
leaf_each(struct pe *pe, struct rsc *rsc, struct node *node,
    void (*fn)(struct pe *pe, struct rsc *rsc, struct node *node))
{
	for (size_t i = 0; i < rsc->child_count; i++)
		leaf_each(pe, rsc->child[i], node, fn);
	if (rsc->variant == PRIMITIVE)
		fn(pe, rsc, node);
}

void
leaves_each(struct pe *pe, struct node *node,
    void (*fn)(struct pe *pe, struct rsc *rsc, struct node *node))
{
	for (size_t i = 0; i < pe->rsc_count; i++)
		leaf_each(pe, pe->rsc[i], node, fn);
}

void
resources_read(struct pe *pe)
{
	table_init(&pe->by_id, &pe->arena);
	table_init(&pe->by_long_id, &pe->arena);
	XML_EACH (xml_child(xml_child(pe->cib, "configuration"), "resources"), NULL,
	    xml) {
		struct rsc *rsc = read_one(pe, xml, NULL, -1);

		if (rsc)
			insert_by_priority(pe, rsc);
	}
}

struct rsc *
rsc_orphan(struct pe *pe, const xmlNode *entry, const char *id)
{
	struct rsc *rsc = rsc_new(pe, entry, NULL, id);

	rsc->orphan = true;
	if (pe->profile == PE_P)
		meta_read_p(pe, rsc);
	else
		meta_attributes_add(entry, &rsc->meta);
	meta_use(pe, rsc);
	if ((rsc->managed || pe->profile == PE_P) && pe->opt.symmetric)
		weights_add_all(pe, &rsc->allowed, 0);
	ARENA_PUSH(&pe->arena, pe, rsc, rsc);
	return rsc;
}

/* The stickiness on a node may hang on the node; and failures there cost (spec 4.6). */
void
rsc_stickiness(struct pe *pe, struct rsc *rsc, const struct node *node)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		rsc_stickiness(pe, rsc->child[i], node);
	if (rsc->variant != PRIMITIVE)
		return;
	struct table meta;
	char name[300];

	table_init(&meta, &pe->arena);
	meta_read_h(pe, rsc, node, &meta);
	for (const struct rsc *parent = rsc->parent; parent; parent = parent->parent)
		table_merge(&meta, &parent->meta);
	stickiness_read(pe, rsc, &meta);
	snprintf(name, sizeof(name), "fail-count-%s", rsc->id);
	int count = value_int(table_get(&node->attrs, name), 0);

	if (count > 0 && rsc->failure_stickiness != 0) {
		int64_t cost = (int64_t)count * rsc->failure_stickiness;

		weights_add(pe, &rsc->allowed, pe->node[node->index],
		    cost < -INF  ? -INF
		    : cost > INF ? INF
		                 : (int)cost);
	}
}
