/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations as they were done, against operations as they are configured now, profile P
 * (spec 12.13): what is asked no more is cancelled, what changed is restarted or reloaded. */
#include "crm/pengine/private.h"

#include <stdlib.h>

void
delete_p(struct pe *pe, struct rsc *rsc, struct node *node, bool optional)
{
	if (rsc->failed || node->unclean || !node->online)
		return;
	action_rsc(pe, rsc, "delete", node, optional);
	order(pe, end_task(pe, rsc, "stop"), end_task(pe, rsc, "delete"),
	    OO | (optional ? TF : 0U));
	order(pe, end_task(pe, rsc, "delete"), end_task(pe, rsc, "start"),
	    OO | (optional ? TF : 0U));
}

void
clear_failcount(struct pe *pe, struct rsc *rsc, struct node *node)
{
	struct action *a = action_rsc(pe, rsc, "clear_failcount", node, false);

	a->optional = false;
	a->runnable = node->online && !node->pending;
	meta_set(pe, a, "op_no_wait", "true");
}

/* The parameters of an op as they are now; false: it was recorded without a digest. */

struct digests {
	bool restart, all; /* they differ */
};

/* Reports of clusters come with passwords struck out: what is masked is as it was, if all
 * else is. */
static bool
is_as_it_was(struct pe *pe, const struct rsc *rsc, const struct table *params,
    const xmlNode *xml)
{
	const char *secret = xml_get(xml, "op-secure-params"),
	           *was = xml_get(xml, "op-secure-digest");
	bool masked = false;
	struct table open;

	if (!secret || !was)
		return false;
	table_init(&open, &pe->arena);
	TABLE_EACH (params, e) {
		const char *value = e->value;

		if (list_has(secret, e->name))
			masked |= *value && value[strspn(value, "*")] == '\0';
		else if (strncmp(e->name, "CRM_meta", 8) != 0 &&
		         !(rsc->fence_device && strncmp(e->name, "pcmk_", 5) == 0))
			table_add(&open, e->name, e->value);
	}
	return masked && same(was, digest_of(pe, &open));
}

static struct digests
digests_compare(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *xml)
{
	const char *task = xml_get(xml, "operation");
	int64_t ms = value_int(xml_get(xml, "interval"), 0);
	const char *was = xml_get(xml, "op-digest"),
	           *was_restart = xml_get(xml, "op-restart-digest");
	struct digests d = { 0 };
	struct table params;

	if (ms == 0 && same(task, "migrate_from"))
		task = "start";
	struct action policy = { .key = key_of(pe, rsc->id, task, ms),
		.task = task,
		.rsc = rsc };

	table_init(&policy.meta, &pe->arena);
	table_init(&policy.extra, &pe->arena);
	action_policy(pe, rsc, &policy);
	if (policy.op_xml)
		sets_read(pe, policy.op_xml, "instance_attributes",
		    &(struct rule_input){ .node = node }, &policy.extra);
	digest_params(pe, rsc, &policy, node, xml, &params);
	if (was_restart)
		d.restart = !same(was_restart,
		    digest_restart(pe, &params, xml_get(xml, "op-force-restart")));
	d.all = !same(was, digest_of(pe, &params));
	if ((d.all || d.restart) && is_as_it_was(pe, rsc, &params, xml))
		d.all = d.restart = false;
	return d;
}

bool
params_changed_p(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *xml)
{
	struct digests d = digests_compare(pe, rsc, node, xml);

	return xml_get(xml, "op-digest") && (d.restart || d.all);
}

static void
cancel(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *xml)
{
	const char *task = xml_get(xml, "operation"),
	           *interval = xml_get(xml, "interval");
	const char *key = key_of(pe, rsc->id, task, value_int(interval, 0));
	struct action *a = action_make(pe, rsc, key, "cancel", node, false);

	a->task = "cancel";
	meta_set(pe, a, "operation", task);
	meta_set(pe, a, "call_id", xml_get(xml, "call-id"));
	meta_set(pe, a, "interval", interval);
	order(pe, end_task(pe, rsc, "stop"), end_action(a), OO);
}

static void
reload(struct pe *pe, struct rsc *rsc, struct node *node)
{
	if (!rsc->managed || rsc->failed || rsc->reloads)
		return;
	if (rsc->start_pending) {
		action_rsc(pe, rsc, "stop", node, false);
		return;
	}
	rsc->reloads = true;
	struct action *a = action_rsc(pe, rsc, "reload-agent", node, false);

	reason_set(a, "resource definition change");
	order(pe, end_action(a), end_task(pe, rsc, "stop"), OO | TC);
	order(pe, end_action(a), end_task(pe, rsc, "demote"), OO | TC);
}

/* Whether something about the op is other than it was when it was done. */
static bool
op_check(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *xml)
{
	const char *task = xml_get(xml, "operation");
	int64_t ms = value_int(xml_get(xml, "interval"), 0);
	const char *key = key_of(pe, rsc->id, task, ms);

	if (ms > 0 && !op_find(pe, rsc, key)) {
		/* What only stops takes its monitors with it. */
		if (pe->opt.stop_orphan_actions && (rsc->assigned || !rsc->managed))
			cancel(pe, rsc, node, xml);
		return true;
	}
	struct digests d = digests_compare(pe, rsc, node, xml);

	if (!d.all && !d.restart)
		return false;
	pe_say(pe, PE_NOTICE, false, "Parameters to %s on %s changed", key, node->uname);
	if (rsc->fence_device)
		unfence_again(pe, node, "Device parameters changed");
	if (d.restart || (ms == 0 && !xml_get(xml, "op-restart-digest")))
		reason_set(action_make(pe, rsc, key, task, NULL, false),
		    "resource definition change");
	else if (ms > 0)
		action_make(pe, rsc, key, task, node, true)->reschedule = true;
	else
		reload(pe, rsc, node);
	return true;
}

static bool
is_checked(const char *task, int64_t ms)
{
	return ms > 0 || same(task, "monitor") || same(task, "start") ||
	       same(task, "promote") || same(task, "migrate_from");
}

static bool
is_begun_again(const struct entry_seen *e, const xmlNode *op)
{
	for (size_t i = 0; i < e->again_count; i++)
		if (e->again[i] == op)
			return true;
	return false;
}

static void
ops_check(struct pe *pe, const struct entry_seen *e, struct rsc *rsc)
{
	struct node *node = e->node;
	struct recorded r;

	recorded_read(pe, e->xml, &r);
	if (r.start_index < r.stop_index)
		return;
	for (int i = r.start_index < 0 ? 0 : r.start_index; i < (int)r.op_count; i++) {
		const xmlNode *op = r.op[i];
		const char *task = xml_get(op, "operation");
		int64_t ms = value_int(xml_get(op, "interval"), 0);

		if (!task)
			continue;
		if (ms > 0 && (rsc->maintenance || node->maintenance))
			cancel(pe, rsc, node, op);
		else if (is_begun_again(e, op))
			action_make(pe, rsc, key_of(pe, rsc->id, task, ms), task, node,
			    true)
			    ->reschedule = true;
		else if (is_checked(task, ms) && op_check(pe, rsc, node, op) &&
		         fail_count_of(pe, rsc, node, NULL, NULL) > 0)
			clear_failcount(pe, rsc, node);
	}
}

static void
entry_check_of(struct pe *pe, const struct entry_seen *e, struct rsc *rsc)
{
	struct node *node = e->node;

	if (rsc->orphan) {
		if (!clone_of(rsc))
			delete_p(pe, rsc, node, false);
		return;
	}
	bool redefined = is_redefined(pe, rsc, node, e->xml);
	bool runs = rsc_runs_on(rsc, node);

	if (redefined && runs)
		action_rsc(pe, rsc, "stop", node, false);
	if (redefined)
		delete_p(pe, rsc, node, false);
	if (!runs)
		return;
	if (redefined) {
		rsc->start_pending = true;
		if (rsc->fence_device)
			unfence_again(pe, node, "Device definition changed");
	}
	ops_check(pe, e, rsc);
}

/* Whoever has that name, or is known by it there, is checked: instances of anonymous clones may have
 * been recorded under the names of others. */
static void
entry_check(struct pe *pe, const struct entry_seen *e)
{
	const char *id = xml_get(e->xml, "id");
	struct rsc *owner = e->rsc, *named = rsc_find(pe, id);

	if (named && named != owner && named->variant == PRIMITIVE)
		entry_check_of(pe, e, named);
	if (owner == named || !owner->history_id || strcmp(owner->history_id, id) == 0)
		entry_check_of(pe, e, owner);
}

/* Node by node; of one node as they were read. */
static int
by_node(const void *a, const void *b)
{
	const struct entry_seen *x = *(const struct entry_seen *const *)a,
	                        *y = *(const struct entry_seen *const *)b;

	if (x->node != y->node)
		return x->node->index < y->node->index ? -1 : 1;
	return (x > y) - (x < y);
}

void
recorded_check_p(struct pe *pe)
{
	const struct entry_seen **list =
	    arena_alloc(&pe->arena, (pe->entry_count + 1) * sizeof(*list));

	for (size_t i = 0; i < pe->entry_count; i++)
		list[i] = &pe->entry[i];
	qsort(list, pe->entry_count, sizeof(*list), by_node);
	for (size_t i = 0; i < pe->entry_count; i++) {
		const struct entry_seen *e = list[i];

		if (node_can_run(e->node) || (e->node->online && e->node->maintenance))
			entry_check(pe, e);
	}
}
