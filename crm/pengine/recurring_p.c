/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked again and again of a resource, profile P (spec 12.13). */
#include "crm/pengine/private.h"

static bool
is_good(const struct node *node)
{
	return node->online && !node->unclean;
}

static enum role
op_role(const struct op *op)
{
	return role_parse(xml_get(op->xml, "role"));
}

/* What was asked until now is asked no more. */
static struct action *
cancel(struct pe *pe, struct action *action, const struct op *op)
{
	action->task = "cancel";
	action->optional = false;
	meta_set(pe, action, "operation", op->name);
	return action;
}

/* In this role it is not asked; what is asked must end before the role changes. */
static void
unwanted(struct pe *pe, struct rsc *rsc, const struct op *op, struct action *found)
{
	const char *before = NULL;

	if (rsc->role == ROLE_MASTER)
		before = "demote";
	else if (rsc->next_role == ROLE_MASTER)
		before = "promote";
	else if (rsc->next_role == ROLE_STOPPED)
		before = "stop";
	cancel(pe, found, op);
	if (before)
		order(pe, end_action(found), end_task(pe, rsc, before), TN);
}

static bool
role_fits(const struct rsc *rsc, const struct op *op)
{
	enum role role = op_role(op), next = rsc->next_role;

	if (role == ROLE_UNKNOWN)
		return next != ROLE_MASTER;
	return role == next;
}

static void
while_running(struct pe *pe, struct rsc *rsc, const struct op *op,
    const struct action *start)
{
	struct node *node = rsc->assigned;
	const char *key = key_of(pe, rsc->id, op->name, op->interval_ms);
	struct action *found = action_find(rsc, key, node, true);
	bool optional = start->optional && found && found->optional && !found->reschedule;

	if (!role_fits(rsc, op)) {
		if (optional)
			unwanted(pe, rsc, op, found);
		return;
	}
	struct action *a = action_make(pe, rsc, key, op->name, node, optional);

	if (!start->runnable || !is_good(node))
		a->runnable = false;
	if (rsc->next_role == ROLE_MASTER)
		meta_set(pe, a, "op_target_rc", "8");
	if (!rsc->managed)
		return;
	order(pe, end_task(pe, rsc, "start"), end_action(a), TF | TN);
	order(pe, end_task(pe, rsc, "reload-agent"), end_action(a), TF | TN);
	if (rsc->next_role == ROLE_MASTER)
		order(pe, end_task(pe, rsc, "promote"), end_action(a), OO | TN);
	else if (rsc->role == ROLE_MASTER)
		order(pe, end_task(pe, rsc, "demote"), end_action(a), OO | TN);
}

/* On a node where it is not: that it is not. */
static void
stopped_on(struct pe *pe, struct rsc *rsc, const struct op *op, struct node *node)
{
	const char *key = key_of(pe, rsc->id, op->name, op->interval_ms);
	const struct action *found = action_find(rsc, key, node, true);
	bool optional = found && found->optional;
	struct action *a = action_make(pe, rsc, key, op->name, node, optional);

	meta_set(pe, a, "op_target_rc", "7");
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *other = rsc->action[i];

		if (other->node != node)
			continue;
		if (same(other->task, "monitor") &&
		    same(other->key, key_of(pe, rsc->id, "monitor", 0))) {
			if (rsc->managed)
				order(pe, end_action(other), end_action(a), TN);
		} else if (same(other->task, "stop")) {
			if (!other->runnable)
				a->runnable = false;
			if (rsc->managed)
				order(pe, end_action(other), end_action(a), TF | TN);
		}
	}
	if (!is_good(node))
		a->runnable = false;
}

static void
while_stopped(struct pe *pe, struct rsc *rsc, const struct op *op)
{
	const struct rsc *clone = clone_of(rsc);
	struct node *node = rsc->next_role > ROLE_STOPPED ? rsc->assigned : NULL;

	if (clone && !clone->unique)
		return;
	if (node) {
		struct action *found = action_find(rsc,
		    key_of(pe, rsc->id, op->name, op->interval_ms), node, true);

		if (found) {
			cancel(pe, found, op);
			if (rsc->next_role < ROLE_MASTER)
				order(pe, end_action(found), end_task(pe, rsc, "start"),
				    TN);
		}
	}
	for (size_t i = 0; i < pe->node_count; i++)
		if (pe->node[i] != node)
			stopped_on(pe, rsc, op, pe->node[i]);
}

void
recurring_p(struct pe *pe, struct rsc *rsc)
{
	const struct action *start = NULL;

	if (rsc->maintenance || (rsc->assigned && rsc->assigned->maintenance))
		return;
	if (rsc->assigned && rsc->next_role > ROLE_STOPPED)
		start = action_rsc(pe, rsc, "start", rsc->assigned, true);
	for (size_t i = 0; i < rsc->op_count; i++) {
		const struct op *op = &rsc->op[i];

		/* Two of one name and interval could not be told apart: neither is used. */
		if (op->interval_ms <= 0 || !op_enabled(pe, op->xml) ||
		    op_is_twofold(pe, rsc, op))
			continue;
		if (op_role(op) == ROLE_STOPPED)
			while_stopped(pe, rsc, op);
		else if (start)
			while_running(pe, rsc, op, start);
	}
}
