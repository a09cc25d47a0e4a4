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

/* Something was seen or done there after THAN (NULL: at all). */
static bool
is_newer_on(const struct node *node, const char *id, const xmlNode *than)
{
	int after = than ? call_id(than) : -1;

	XML_EACH (entry_on(node, id), "lrm_rsc_op", op) {
		const char *task = xml_get(op, "operation");
		int status = value_int(xml_get(op, "op-status"), 0);
		bool gone = same(task, "monitor") && same(xml_get(op, "rc-code"), "7");

		if (call_id(op) <= after || status == 1 || status == -1)
			continue;
		if (gone || same(task, "start") || same(task, "stop") ||
		    same(task, "migrate_to") || same(task, "migrate_from"))
			return true;
	}
	return false;
}

static void
also_on(struct pe *pe, struct rsc *rsc, struct node *node)
{
	if (node)
		mark_running_p(pe, rsc, node);
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
	from = op_on(target, id, "migrate_from", source->uname, target->uname);
	bool newer_source = is_newer_on(source, id, op);
	bool newer_target = is_newer_on(target, id, from);

	if (newer_source && (newer_target || from))
		return;
	rsc->role = ROLE_STARTED;
	if (from && same(xml_get(from, "rc-code"), "0") &&
	    value_int(xml_get(from, "op-status"), 0) == 0) {
		rsc->role = ROLE_STOPPED;
		ARENA_PUSH(&pe->arena, rsc, dangling, source);
	} else if (from) {
		if (target->online && !newer_target)
			also_on(pe, rsc, target);
	} else if (target->online && !newer_target) {
		also_on(pe, rsc, target);
		if (source->online) {
			rsc->migrate_from = source;
			rsc->migrate_to = target;
		}
	} else if (!newer_source) {
		rsc->failed = true;
		rsc->not_migratable = true;
	}
}

/* migrate_to or migrate_from failed on NODE: it may be on the other side, too. */
void
migration_failed_p(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *op)
{
	const char *id = name_of(rsc);
	bool to = same(xml_get(op, "operation"), "migrate_to");
	struct node *other =
	    node_by_uname(pe, xml_get(op, to ? "migrate_target" : "migrate_source"));

	(void)node;
	rsc->role = ROLE_STARTED;
	if (!other || !other->online || !entry_on(other, id))
		return;
	const xmlNode *their = op_on(other, id, to ? "migrate_from" : "migrate_to",
	    xml_get(op, "migrate_source"), xml_get(op, "migrate_target"));

	if (!is_newer_on(other, id, their ? their : op))
		also_on(pe, rsc, other);
}
