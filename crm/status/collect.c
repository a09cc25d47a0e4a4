/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the view does not say in so many words, and what was asked for. */
#include "crm/status/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Whom a name means: itself, or all that a tag of that name has. */
static void
names_of(const struct status *s, const char *name, struct table *names)
{
	const xmlNode *tags = child_of(child_of(s->cib, "configuration"), "tags");

	table_init(names, s->arena);
	table_add(names, name, name);
	EACH_CHILD(tags, "tag", tag)
	{
		if (!get(tag, "id") || strcmp(get(tag, "id"), name) != 0)
			continue;
		EACH_CHILD(tag, "obj_ref", ref)
		{
			const char *id = get(ref, "id");

			if (id)
				table_add(names, id, id);
		}
	}
}

static void
show_tree(struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	s->resource_shown[resource] = true;
	for (size_t i = 0; i < r->child_count; i++)
		show_tree(s, r->child[i]);
}

static void
resources_choose(struct status *s)
{
	size_t count = pe_resource_count(s->pe);
	struct table names;

	s->resource_shown = arena_alloc(s->arena, count + 1);
	if (!s->how.resource) {
		memset(s->resource_shown, true, count);
		return;
	}
	names_of(s, s->how.resource, &names);
	for (size_t i = 0; i < count; i++) {
		if (!table_get(&names, rsc_at(s, i)->id) &&
		    !table_get(&names, rsc_name(s, i)))
			continue;
		show_tree(s, i);
		for (size_t up = rsc_at(s, i)->parent; up != PE_NONE;
		     up = rsc_at(s, up)->parent)
			s->resource_shown[up] = true;
	}
}

static void
nodes_choose(struct status *s)
{
	size_t count = pe_node_count(s->pe);
	struct table names;

	s->node_shown = arena_alloc(s->arena, count + 1);
	if (s->how.node)
		names_of(s, s->how.node, &names);
	for (size_t i = 0; i < count; i++) {
		const struct pe_node *n = node_at(s, i);

		s->node_shown[i] = !s->how.node || table_get(&names, n->uname) ||
		                   table_get(&names, n->id);
	}
}

/* Resources. */

bool
rsc_is_clone(const struct pe_resource *r)
{
	return r->variant == PE_CLONE || r->variant == PE_PROMOTABLE;
}

static bool
primitive_active(const struct status *s, const struct pe_resource *r)
{
	for (size_t i = 0; i < r->running_count; i++) {
		const struct pe_node *n = node_at(s, r->running[i]);

		/* Of a node that is gone what was managed there is believed gone, too, unless it may
		 * still live. */
		if (n->unclean || n->online || !r->managed)
			return true;
	}
	return false;
}

bool
rsc_active(const struct status *s, size_t resource, bool all)
{
	const struct pe_resource *r = rsc_at(s, resource);

	if (r->variant == PE_PRIMITIVE)
		return primitive_active(s, r);
	for (size_t i = 0; i < r->child_count; i++)
		if (rsc_active(s, r->child[i], all) != all)
			return !all;
	return all;
}

bool
rsc_any_orphan(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	for (size_t i = 0; i < r->child_count; i++)
		if (rsc_any_orphan(s, r->child[i]))
			return true;
	return r->orphan;
}

bool
rsc_any_failed(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	for (size_t i = 0; i < r->child_count; i++)
		if (rsc_any_failed(s, r->child[i]))
			return true;
	return r->failed;
}

bool
rsc_any_unmanaged(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	for (size_t i = 0; i < r->child_count; i++)
		if (rsc_any_unmanaged(s, r->child[i]))
			return true;
	return !r->managed;
}

size_t
rsc_clone(const struct status *s, size_t resource)
{
	while ((resource = rsc_at(s, resource)->parent) != PE_NONE)
		if (rsc_is_clone(rsc_at(s, resource)))
			return resource;
	return PE_NONE;
}

const char *
rsc_name(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	size_t clone = rsc_clone(s, resource);
	const char *colon = strrchr(r->id, ':');

	/* A group keeps its number also in a clone: two groups of one name could not be told apart. */
	if (clone == PE_NONE || rsc_at(s, clone)->unique || r->variant != PE_PRIMITIVE ||
	    !colon || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")])
		return r->id;
	return arena_printf(s->arena, "%.*s", (int)(colon - r->id), r->id);
}

const char *
rsc_agent(const struct status *s, const struct pe_resource *r)
{
	const char *class = r->class ? r->class : "", *type = r->type ? r->type : "";

	if (r->provider)
		return arena_printf(s->arena, "%s:%s:%s", class, r->provider, type);
	return arena_printf(s->arena, "%s:%s", class, type);
}

const char *
rsc_target_role(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	const char *role = table_get(r->meta, "target-role");

	if (!role)
		role = table_get(r->meta, "target_role");
	/* What is said of the one that it is made of is said of all. */
	return !role && rsc_is_clone(r) && r->child_count
	           ? rsc_target_role(s, r->child[0])
	           : role;
}

bool
rsc_disabled(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	size_t clone = rsc_is_clone(r) ? resource : rsc_clone(s, resource);
	const char *role = rsc_target_role(s, resource);

	return same(role, "Stopped") ||
	       ((same(role, "Slave") || same(role, "Unpromoted")) && clone != PE_NONE &&
	           rsc_at(s, clone)->promotable);
}

size_t
rsc_node(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	size_t node = PE_NONE;

	if (r->variant == PE_PRIMITIVE)
		return r->running_count == 1 ? r->running[0] : PE_NONE;
	for (size_t i = 0; i < r->child_count; i++) {
		size_t its = rsc_node(s, r->child[i]);

		if (its == PE_NONE || (node != PE_NONE && node != its))
			return PE_NONE;
		node = its;
	}
	return node;
}

enum pe_role
rsc_shown_role(const struct status *s, size_t resource)
{
	enum pe_role role = rsc_at(s, resource)->role;
	size_t clone = rsc_clone(s, resource);
	bool promotable = clone != PE_NONE && rsc_at(s, clone)->promotable;

	/* Where there is a choice, what runs is one or the other. */
	return role == PE_ROLE_STARTED && promotable ? PE_ROLE_UNPROMOTED : role;
}

static const struct {
	const char *task, *state;
} under_way[] = {
	{ "start", "Starting" },
	{ "stop", "Stopping" },
	{ "migrate_to", "Migrating" },
	{ "migrate_from", "Migrating" },
	{ "promote", "Promoting" },
	{ "demote", "Demoting" },
};

const char *
rsc_pending_state(const struct status *s, const struct pe_resource *r)
{
	if (shows(s, STATUS_NO_PENDING) || !r->pending_task)
		return NULL;
	for (size_t i = 0; i < sizeof(under_way) / sizeof(*under_way); i++)
		if (strcmp(r->pending_task, under_way[i].task) == 0)
			return under_way[i].state;
	return NULL;
}

const char *
rsc_pending_task(const struct status *s, const struct pe_resource *r)
{
	if (shows(s, STATUS_NO_PENDING) || !r->pending_task)
		return NULL;
	return strcmp(r->pending_task, "monitor") == 0 ? "Monitoring" : NULL;
}

/* Instances that are like one another share it: a probe is never one instance's own. */
static const char *
probe_key(const struct status *s, size_t resource, size_t node)
{
	const char *name = rsc_name(s, resource);

	return node == PE_NONE ? name : arena_printf(s->arena, "%s %zu", name, node);
}

static void
probes_index(struct status *s)
{
	table_init(&s->probe_failure, s->arena);
	for (size_t i = 0; i < pe_failure_count(s->pe); i++) {
		struct pe_failure f = pe_failure_at(s->pe, i);
		const char *task = get(f.op, "operation"), *text;

		if (!task || strcmp(task, "monitor") != 0 ||
		    number(get(f.op, "interval"), 0) != 0)
			continue;
		text = status_rc_text((int)number(get(f.op, "rc-code"), -1));
		table_add(&s->probe_failure, probe_key(s, f.resource, PE_NONE), text);
		table_add(&s->probe_failure, probe_key(s, f.resource, f.node), text);
	}
}

const char *
rsc_probe_failure(const struct status *s, size_t resource, size_t node)
{
	return table_get(&s->probe_failure, probe_key(s, resource, node));
}

/* Nodes. */

const char *
node_name(const struct status *s, const struct pe_node *node)
{
	if (!shows(s, STATUS_DETAIL) || strcmp(node->uname, node->id) == 0)
		return node->uname;
	return arena_printf(s->arena, "%s (%s)", node->uname, node->id);
}

/* Counts. */

static void
count_tree(const struct status *s, size_t resource, struct status_counts *c)
{
	const struct pe_resource *r = rsc_at(s, resource);

	for (size_t i = 0; i < r->child_count; i++)
		count_tree(s, r->child[i], c);
	if (r->variant != PE_PRIMITIVE || (r->orphan && r->role == PE_ROLE_STOPPED))
		return;
	c->resources++;
	c->disabled += rsc_disabled(s, resource);
	c->blocked += r->blocked;
}

struct status_counts
status_counts(const struct status *s)
{
	struct status_counts c = { .nodes = pe_node_count(s->pe) };

	for (size_t i = 0; i < pe_resource_count(s->pe); i++)
		if (rsc_at(s, i)->parent == PE_NONE)
			count_tree(s, i, &c);
	return c;
}

struct status *
status_new(const struct pe *pe, const xmlDoc *doc, const struct status_how *how)
{
	struct status *s = calloc(1, sizeof(*s));
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!s || !arena)
		abort();
	s->pe = pe;
	s->cib = xmlDocGetRootElement(doc);
	s->how = *how;
	s->arena = arena;
	s->cluster = pe_cluster_of(pe);
	probes_index(s);
	ping_read(s);
	nodes_choose(s);
	resources_choose(s);
	return s;
}

void
status_free(struct status *s)
{
	if (!s)
		return;
	arena_free(s->arena);
	free(s->arena);
	free(s);
}
