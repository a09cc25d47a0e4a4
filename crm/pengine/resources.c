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

const char *
role_text(enum role role)
{
	return role_names[role];
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

static void
meta_read(struct pe *pe, const struct rsc *rsc, const struct node *node,
    struct table *meta)
{
	for (const xmlAttr *a = rsc->xml->properties; a; a = a->next)
		table_add(meta, (const char *)a->name,
		    xml_get(rsc->xml, (const char *)a->name));
	sets_read(pe, rsc->xml, "meta_attributes", node, NULL, meta);
	sets_read(pe, rsc->xml, "instance_attributes", node, NULL, meta);
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
meta_use(struct pe *pe, struct rsc *rsc)
{
	const char *text = table_get(&rsc->meta, "multiple_active");

	rsc->managed = pe->opt.managed_default;
	if (value_bool(table_get(&rsc->meta, "is_managed")) >= 0)
		rsc->managed = value_is_true(table_get(&rsc->meta, "is_managed"));
	rsc->priority = value_int(table_get(&rsc->meta, "priority"), 0);
	rsc->notify = value_is_true(table_get(&rsc->meta, "notify"));
	rsc->unique = true;
	text = table_get(&rsc->meta, "globally_unique");
	if (text)
		rsc->unique = value_is_true(text);
	rsc->restart_type = same(table_get(&rsc->meta, "restart_type"), "restart");
	text = table_get(&rsc->meta, "multiple_active");
	rsc->multiple = same(text, "stop_only") ? MULTIPLE_STOP_ONLY
	                : same(text, "block")   ? MULTIPLE_BLOCK
	                                        : MULTIPLE_STOP_START;
	stickiness_read(pe, rsc, &rsc->meta);
	target_role_read(pe, rsc);
}

static void
ops_read(struct pe *pe, struct rsc *rsc)
{
	XML_EACH(xml_child(rsc->xml, "operations"), "op", xml)
	{
		struct op *op = ARENA_NEW(&pe->arena, struct op);

		op->xml = xml;
		op->name = xml_get(xml, "name");
		op->interval_ms = value_ms(xml_get(xml, "interval"));
		if (op->interval_ms < 0)
			op->interval_ms = 0;
		if (op->name)
			ARENA_PUSH(&pe->arena, rsc, op, *op);
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
	XML_EACH(rsc->xml, "primitive", xml)
	child_add(pe, rsc, xml, rsc->number);
}

#define INSTANCES_MAX 10000

static bool
clone_read(struct pe *pe, struct rsc *rsc)
{
	const xmlNode *template = xml_child(rsc->xml, "group");
	const char *max = table_get(&rsc->meta, "clone_max");

	if (!template)
		template = xml_child(rsc->xml, "primitive");
	if (!template) {
		pe_say(pe, PE_ERROR, true, "%s has nothing to clone", rsc->id);
		return false;
	}
	rsc->clone_max = value_int(max, -1);
	if (rsc->clone_max < 0)
		rsc->clone_max = (int)pe->node_count;
	if (rsc->clone_max > INSTANCES_MAX)
		rsc->clone_max = INSTANCES_MAX;
	rsc->clone_node_max = value_int(table_get(&rsc->meta, "clone_node_max"), 1);
	value_assign_bool(table_get(&rsc->meta, "ordered"), &rsc->ordered);
	value_assign_bool(table_get(&rsc->meta, "interleave"), &rsc->interleave);
	rsc->master_max = value_int(table_get(&rsc->meta, "master_max"), 1);
	rsc->master_node_max = value_int(table_get(&rsc->meta, "master_node_max"), 1);
	table_add(&rsc->meta, "resource_stickiness", "1");
	for (int i = 0; i < rsc->clone_max; i++)
		child_add(pe, rsc, template, i);
	return true;
}

static bool
variant_read(struct pe *pe, struct rsc *rsc)
{
	switch (rsc->variant) {
	case PRIMITIVE:
		rsc->class = xml_get(rsc->xml, "class");
		rsc->provider = xml_get(rsc->xml, "provider");
		rsc->type = xml_get(rsc->xml, "type");
		rsc->fence_device = same(rsc->class, "stonith");
		ops_read(pe, rsc);
		return true;
	case GROUP:
		group_read(pe, rsc);
		return true;
	case CLONE:
	case MASTER:
		break;
	}
	return clone_read(pe, rsc);
}

static void
instance_read(struct pe *pe, struct rsc *rsc, int number)
{
	const struct rsc *clone = rsc->parent;

	while (clone && clone->variant == GROUP)
		clone = clone->parent;
	if (!clone || number < 0)
		return;
	table_set(&rsc->meta, "clone", arena_printf(&pe->arena, "%d", number));
	table_add(&rsc->meta, "clone_max",
	    arena_printf(&pe->arena, "%d", clone->clone_max));
	if (clone->variant == MASTER)
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
	table_init(&rsc->meta, &pe->arena);
	table_init(&rsc->params, &pe->arena);
	table_add(&pe->by_id, id, rsc);
	table_add(&pe->by_long_id, rsc->long_id, rsc);
	return rsc;
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
	return xml_is(xml, "primitive")      ? PRIMITIVE
	       : xml_is(xml, "group")        ? GROUP
	       : xml_is(xml, "clone")        ? CLONE
	       : xml_is(xml, "master_slave") ? MASTER
	                                     : -1;
}

static struct rsc *
read_one(struct pe *pe, const xmlNode *xml, struct rsc *parent, int number)
{
	int variant = variant_of(xml);

	if (variant < 0)
		return NULL;
	struct rsc *rsc = rsc_new(pe, xml, parent, id_of(pe, xml, number));

	rsc->variant = (enum variant)variant;
	rsc->number = number;
	meta_read(pe, rsc, NULL, &rsc->meta);
	if (parent)
		table_merge(&rsc->meta, &parent->meta);
	instance_read(pe, rsc, number);
	meta_use(pe, rsc);
	if (!variant_read(pe, rsc))
		return NULL;
	if (rsc->managed && pe->opt.symmetric)
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

void
resources_read(struct pe *pe)
{
	table_init(&pe->by_id, &pe->arena);
	table_init(&pe->by_long_id, &pe->arena);
	XML_EACH(xml_child(xml_child(pe->cib, "configuration"), "resources"), NULL, xml)
	{
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
	rsc->class = xml_get(entry, "class");
	rsc->provider = xml_get(entry, "provider");
	rsc->type = xml_get(entry, "type");
	rsc->fence_device = same(rsc->class, "stonith");
	for (const xmlAttr *a = entry->properties; a; a = a->next)
		table_add(&rsc->meta, (const char *)a->name,
		    xml_get(entry, (const char *)a->name));
	meta_use(pe, rsc);
	if (rsc->managed && pe->opt.symmetric)
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
	meta_read(pe, rsc, node, &meta);
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
