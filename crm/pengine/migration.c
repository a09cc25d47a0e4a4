/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the histories of two nodes say of a migration between them (spec 12.4.1). */
#include "crm/pengine/private.h"

#include <stdlib.h>

static const xmlNode *
entry_on(const struct node *node, const char *id)
{
	if (!node || !node->state)
		return NULL;
	XML_EACH (xml_child(xml_child(node->state, "lrm"), "lrm_resources"),
	    "lrm_resource", entry)
		if (same(xml_get(entry, "id"), id))
			return entry;
	return NULL;
}

static int
call_id(const xmlNode *op)
{
	return value_int(xml_get(op, "call-id"), -1);
}

/* The last op of that task; for migrations only one between these two. */
static const xmlNode *
op_on(const struct node *node, const char *id, const char *task, const char *source,
    const char *target)
{
	const xmlNode *best = NULL;

	XML_EACH (entry_on(node, id), "lrm_rsc_op", op) {
		if (!same(xml_get(op, "operation"), task))
			continue;
		if (source && !same(xml_get(op, "migrate_source"), source))
			continue;
		if (target && !same(xml_get(op, "migrate_target"), target))
			continue;
		if (!best || call_id(op) > call_id(best))
			best = op;
	}
	return best;
}

static const char *
name_of(const struct rsc *rsc)
{
	return rsc->history_id ? rsc->history_id : rsc->id;
}

static int64_t
change_time(const xmlNode *op)
{
	const char *text = xml_get(op, "last-rc-change");

	return text ? strtoll(text, NULL, 10) : -1;
}

/* Whether OP was done after THAN: by their numbers on one node, else by the clock. */
static bool
is_newer(const xmlNode *op, const xmlNode *than, bool same_node)
{
	int a = call_id(op), b = call_id(than);

	if (same_node && a >= 0 && b >= 0 && a != b)
		return a > b;
	return change_time(than) >= 0 && change_time(op) > change_time(than);
}

/* Something was done there after THAN. */
static bool
is_done_after(const struct node *node, const char *id, const xmlNode *than,
    bool same_node)
{
	static const char *const tasks[] = { "start", "stop", "migrate_to",
		"migrate_from" };

	XML_EACH (entry_on(node, id), "lrm_rsc_op", op)
		for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
			if (same(xml_get(op, "operation"), tasks[i]) &&
			    is_newer(op, than, same_node))
				return true;
	return false;
}

/* It was seen not to run there after THAN. */
static bool
is_gone_after(const struct node *node, const char *id, const xmlNode *than,
    bool same_node)
{
	XML_EACH (entry_on(node, id), "lrm_rsc_op", op)
		if (same(xml_get(op, "operation"), "monitor") &&
		    same(xml_get(op, "rc-code"), "7") &&
		    value_int(xml_get(op, "op-status"), 0) == 0 &&
		    is_newer(op, than, same_node))
			return true;
	return false;
}

/* NODE knows more than the migration: MIGRATE_TO is on its source, FROM (or NULL) on its
 * target. */
static bool
has_newer_state(const struct node *node, const char *id, const xmlNode *migrate_to,
    const xmlNode *from)
{
	bool same_node = same(node->uname, xml_get(migrate_to, "migrate_source"));
	const xmlNode *than = migrate_to;

	if (!same_node && from) {
		than = from;
		same_node = migrate_to; /* else NODE is the source: only clocks tell */
	}
	return is_done_after(node, id, than, same_node) ||
	       is_gone_after(node, id, than, same_node);
}

static bool
is_unknown_on(const struct node *node, const char *id)
{
	XML_EACH (entry_on(node, id), "lrm_rsc_op", op)
		if (!same(xml_get(op, "rc-code"), "193"))
			return false;
	return true;
}

static void
give_up_migration(struct rsc *rsc)
{
	rsc->failed = true;
	rsc->not_migratable = true;
}

/* Where the migration has arrived, or has yet to. */
static void
arrive(struct pe *pe, struct rsc *rsc, struct node *source, struct node *target,
    bool active, bool left)
{
	if (active) {
		mark_running_p(pe, rsc, target);
		if (source->online) {
			rsc->migrate_from = source;
			rsc->migrate_to = target;
		}
	} else if (!left)
		give_up_migration(rsc);
}

/* migrate_to succeeded on SOURCE. */
void
migrated_p(struct pe *pe, struct rsc *rsc, struct node *source, const xmlNode *op)
{
	const char *id = name_of(rsc);
	struct node *target = node_by_uname(pe, xml_get(op, "migrate_target"));
	const xmlNode *from;

	if (!target) {
		rsc->role = ROLE_STARTED;
		return;
	}
	bool left = is_done_after(source, id, op, true);

	from = op_on(target, id, "migrate_from", source->uname, NULL);
	if (from && left)
		return;
	bool newer = has_newer_state(target, id, op, from);
	int status = value_int(xml_get(from, "op-status"), -1);

	if (left && newer)
		return;
	if (from && status == 0 && same(xml_get(from, "rc-code"), "0")) {
		rsc->role = ROLE_STOPPED;
		ARENA_PUSH(&pe->arena, rsc, dangling, source);
		return;
	}
	rsc->role = ROLE_STARTED;
	bool active = !newer && target->online;

	if (from && status != -1) { /* it failed on the target */
		if (active)
			mark_running_p(pe, rsc, target);
		else
			give_up_migration(rsc);
		return;
	}
	/* Without any history there it was cleaned: a probe will tell. */
	if (!(target->online && is_unknown_on(target, id)))
		arrive(pe, rsc, source, target, active, left);
}

/* migrate_to or migrate_from failed on NODE: it may be on the other side, too. */
void
migration_failed_p(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *op)
{
	const char *id = name_of(rsc);
	bool to = same(xml_get(op, "operation"), "migrate_to");
	struct node *other =
	    node_by_uname(pe, xml_get(op, to ? "migrate_target" : "migrate_source"));

	rsc->role = ROLE_STARTED;
	if (!other)
		return;
	const xmlNode *their = op_on(other, id, to ? "migrate_from" : "migrate_to",
	    xml_get(op, "migrate_source"), xml_get(op, "migrate_target"));

	if (their && !same(xml_get(their, "rc-code"), "0"))
		their = NULL;
	if (!is_unknown_on(other, id) &&
	    !has_newer_state(other, id, to ? op : their, to ? their : op)) {
		if (other->online)
			mark_running_p(pe, rsc, other);
	} else if (to && !is_done_after(node, id, op, true))
		ARENA_PUSH(&pe->arena, rsc, dangling, node);
}
