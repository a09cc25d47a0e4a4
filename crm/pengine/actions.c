/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions: one thing that is done, once, to a resource on a node (spec 8.1, 8.2). */
#include "crm/pengine/private.h"

/* Configuration. */

const struct op *
op_find(struct pe *pe, const struct rsc *rsc, const char *key)
{
	if (pe->profile == PE_P)
		return op_find_p(pe, rsc, key, NULL);
	return op_of_key(pe, rsc, key, true);
}

void
meta_set(struct pe *pe, struct action *action, const char *name, const char *value)
{
	(void)pe;
	table_set(&action->meta, name, value);
}

static void
meta_ms(struct pe *pe, struct action *action, const char *name, int64_t ms)
{
	table_set(&action->meta, name, arena_printf(&pe->arena, "%lld", (long long)ms));
}

static void
meta_read(struct pe *pe, const xmlNode *xml, struct action *action)
{
	for (const xmlAttr *a = xml ? xml->properties : NULL; a; a = a->next)
		table_add(&action->meta, (const char *)a->name,
		    xml_get(xml, (const char *)a->name));
	sets_read(pe, xml, "meta_attributes", NULL, &action->meta);
	sets_read(pe, xml, "instance_attributes", NULL, &action->meta);

	int64_t delay = value_ms(table_get(&action->meta, "start_delay"));
	const char *timeout = table_get(&action->meta, "timeout");
	int64_t ms = timeout ? value_ms(timeout) : pe->opt.action_timeout_ms;

	if (table_get(&action->meta, "interval"))
		meta_ms(pe, action, "interval",
		    value_ms(table_get(&action->meta, "interval")));
	if (delay < 0)
		delay = 0;
	if (table_get(&action->meta, "start_delay"))
		meta_ms(pe, action, "start_delay", delay);
	if (ms < 0)
		ms = pe->opt.action_timeout_ms;
	meta_ms(pe, action, "timeout", ms + delay);
}

static enum needs
needs_of(const struct pe *pe, const struct rsc *rsc, const struct action *action)
{
	const char *text = xml_get(action->op_xml, "prereq");

	if (!text && same(action->task, "start"))
		text = table_get(&rsc->meta, "start_prereq");
	if (rsc->fence_device)
		return NEEDS_NOTHING;
	if (!text && !same(action->task, "start"))
		return NEEDS_NOTHING;
	if (same(text, "nothing"))
		return NEEDS_NOTHING;
	if (same(text, "quorum"))
		return NEEDS_QUORUM;
	if (same(text, "fencing"))
		return NEEDS_FENCING;
	if (pe->opt.no_quorum == POLICY_IGNORE)
		return NEEDS_NOTHING;
	return pe->opt.no_quorum == POLICY_FREEZE && pe->opt.stonith ? NEEDS_FENCING
	                                                             : NEEDS_QUORUM;
}

static enum on_fail
on_fail_default(const struct pe *pe, const char *task)
{
	if (same(task, "stop"))
		return pe->opt.stonith ? FAIL_FENCE : FAIL_BLOCK;
	return same(task, "migrate_from") ? FAIL_MIGRATION : FAIL_RECOVER;
}

static void
on_fail_read(const struct pe *pe, struct action *action)
{
	const char *text = table_get(&action->meta, "on_fail");
	bool stops = false;

	action->on_fail = on_fail_default(pe, action->task);
	if (same(text, "block"))
		action->on_fail = FAIL_BLOCK;
	else if (same(text, "fence")) {
		stops = !pe->opt.stonith;
		action->on_fail = stops ? FAIL_STOP : FAIL_FENCE;
	} else if (same(text, "ignore"))
		action->on_fail = FAIL_IGNORE;
	else if (same(text, "migrate"))
		action->on_fail = FAIL_MIGRATE;
	else if (same(text, "stop")) {
		stops = true;
		action->on_fail = FAIL_STOP;
	} else if (same(text, "restart") || same(text, "nothing"))
		action->on_fail = FAIL_RECOVER;
	action->fail_role =
	    stops ? ROLE_STOPPED
	          : role_parse(table_get(&action->meta, "role_after_failure"));
	if (action->fail_role == ROLE_UNKNOWN)
		action->fail_role =
		    same(action->task, "promote") ? ROLE_SLAVE : ROLE_STARTED;
}

void
action_policy(struct pe *pe, struct rsc *rsc, struct action *action)
{
	if (pe->profile == PE_P) {
		action_policy_p(pe, rsc, action);
		return;
	}
	const struct op *op = op_find(pe, rsc, action->key);

	action->op_xml = op ? op->xml : NULL;
	meta_read(pe, action->op_xml, action);
	action->needs = needs_of(pe, rsc, action);
	on_fail_read(pe, action);
}

/* Making. */

struct action *
action_find_task(const struct rsc *rsc, const char *task, const struct node *node)
{
	for (size_t i = 0; i < rsc->action_count; i++)
		if (same(rsc->action[i]->task, task) &&
		    (!node || rsc->action[i]->node == node))
			return rsc->action[i];
	return NULL;
}

static struct action *
action_new(struct pe *pe, struct rsc *rsc, const char *key, const char *task,
    struct node *node, bool optional)
{
	struct action *action = ARENA_NEW(&pe->arena, struct action);

	ARENA_PUSH(&pe->arena, pe, action, action);
	action->id = (int)pe->action_count;
	action->key = key;
	action->task = task;
	action->rsc = rsc;
	action->node = node;
	action->optional = optional;
	action->runnable = true;
	table_init(&action->meta, &pe->arena);
	table_init(&action->extra, &pe->arena);
	if (rsc) {
		ARENA_PUSH(&pe->arena, rsc, action, action);
		action_keyed(pe, action);
		action_policy(pe, rsc, action);
	}
	return action;
}

/* Whether it may run where it is (spec 8.1). */
static void
judge(struct pe *pe, struct action *action)
{
	struct rsc *rsc = action->rsc;
	struct node *node = action->node;

	if (action->pseudo)
		return;
	if (!node)
		action->runnable = false;
	else if (!rsc->managed)
		action->optional = true;
	else if (!node->online) {
		action->runnable = false;
		if (same(action->task, "stop")) {
			pe_say(pe, PE_WARNING, false,
			    "Node %s is unclean: %s must stop there", node->uname,
			    rsc->id);
			node->unclean = true;
		}
	} else if (action->needs == NEEDS_NOTHING || pe->have_quorum ||
	           pe->opt.no_quorum == POLICY_IGNORE)
		action->runnable = true;
	else if (pe->opt.no_quorum == POLICY_STOP)
		action->runnable = false;
	else {
		action->runnable = false;
		for (size_t i = 0; i < rsc->running_count; i++)
			if (rsc->running[i]->online && !rsc->running[i]->unclean)
				action->runnable = true;
	}
}

bool
is_recurring(const struct action *action)
{
	size_t len = strlen(action->key);

	return len > 2 && strcmp(action->key + len - 2, "_0") != 0;
}

/* Without quorum, as the policy has it: whether RSC may be touched. */
static bool
may_without_quorum(struct pe *pe, struct rsc *rsc)
{
	enum policy policy = pe->opt.no_quorum;

	if (policy == POLICY_DEMOTE && rsc->role >= ROLE_SLAVE) {
		if (rsc->next_role > ROLE_SLAVE)
			rsc->next_role = ROLE_SLAVE;
		return true;
	}
	if (policy == POLICY_FREEZE)
		return rsc->running_count > 0 && rsc->next_role <= rsc->role;
	return policy == POLICY_IGNORE;
}

static void
judge_p(struct pe *pe, struct action *action)
{
	struct rsc *rsc = action->rsc;
	struct node *node = action->node;

	if (action->pseudo)
		return;
	if (!node || node->pending) {
		action->runnable = false;
		if (node && pe->profile == PE_P && !action->optional)
			pe_say(pe, PE_WARNING, false,
			    "Action %s on %s is unrunnable (node is pending)",
			    action->key, node->uname);
	} else if (!rsc->managed && !is_recurring(action)) {
		action->optional = action->runnable = true; /* nobody is held up by it */
	} else if (!node->online) {
		action->runnable = false;
		if (pe->profile == PE_P && !action->optional)
			pe_say(pe, PE_WARNING, false,
			    "%s on %s is unrunnable (node is offline)", action->key,
			    node->uname);
		if (same(action->task, "stop") && rsc->managed && !node->unclean)
			node_condemn(pe, node, "resource actions are unrunnable");
	} else if (action->needs == NEEDS_NOTHING) {
		/* Asked for anew: what was said of it before is void. */
		action->reason = NULL;
		action->runnable = true;
	} else if (pe->have_quorum || may_without_quorum(pe, rsc))
		action->runnable = true;
	else {
		action->runnable = false;
		action->reason =
		    pe->opt.no_quorum == POLICY_FREEZE ? "quorum freeze" : "no quorum";
	}
}

static void
note(struct rsc *rsc, const struct action *action)
{
	if (same(action->task, "stop"))
		rsc->stopping = true;
	else if (same(action->task, "start"))
		rsc->starting = action->runnable;
}

struct action *
action_make(struct pe *pe, struct rsc *rsc, const char *key, const char *task,
    struct node *node, bool optional)
{
	struct action *action = rsc ? action_find(rsc, key, node, false) : NULL;

	if (action && !action->node)
		action_place(action, node);
	if (!action)
		action = action_new(pe, rsc, key, task, node, optional);
	if (!optional)
		action->optional = false;
	if (!rsc)
		return action;
	if (action->op_xml && action->node)
		sets_read(pe, action->op_xml, "instance_attributes",
		    &(struct rule_input){ .node = action->node }, &action->extra);
	if (pe->profile == PE_P)
		judge_p(pe, action);
	else
		judge(pe, action);
	note(rsc, action);
	return action;
}

struct action *
action_rsc(struct pe *pe, struct rsc *rsc, const char *task, struct node *node,
    bool optional)
{
	return action_make(pe, rsc, key_of(pe, rsc->id, task, 0), task, node, optional);
}

struct action *
action_pseudo(struct pe *pe, const char *task)
{
	struct action *action = action_make(pe, NULL, task, task, NULL, true);

	action->pseudo = true;
	return action;
}
