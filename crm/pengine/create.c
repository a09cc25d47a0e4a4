/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From where a resource is to where it shall be: its actions (spec 8.6, 8.7). */
#include "crm/pengine/private.h"

void
delete_on(struct pe *pe, struct rsc *rsc, struct node *node, bool optional)
{
	struct action *delete, *refresh;

	if (rsc->failed || node->unclean || !node->online)
		return;
	delete = action_rsc(pe, rsc, "delete", node, optional);
	order(pe, end_task(pe, rsc, "stop"), end_task(pe, rsc, "delete"),
	    optional ? TF : FF);
	refresh = action_make(pe, NULL, "lrm_refresh", "lrm_refresh", node, false);
	meta_set(pe, refresh, "op_no_wait", "true");
	order(pe, end_action(delete), end_action(refresh), OO);
}

void
stop_on(struct pe *pe, struct rsc *rsc, struct node *node, bool optional)
{
	action_rsc(pe, rsc, "stop", node, optional);
	if (pe->opt.remove_after_stop)
		delete_on(pe, rsc, node, optional);
}

/* Steps.  Each makes its actions; OPTIONAL ones are there for the links. */

static void
step_stop(struct pe *pe, struct rsc *rsc, bool optional)
{
	for (size_t i = 0; i < rsc->running_count; i++)
		stop_on(pe, rsc, rsc->running[i], optional);
}

static void
step_start(struct pe *pe, struct rsc *rsc, bool optional)
{
	if (!rsc->assigned)
		return;
	struct action *start = action_rsc(pe, rsc, "start", rsc->assigned, true);

	if (start->runnable && !optional)
		start->optional = false;
}

static void
step_promote(struct pe *pe, struct rsc *rsc, bool optional)
{
	if (!rsc->assigned)
		return;
	const struct action *start =
	    action_find(rsc, key_of(pe, rsc->id, "start", 0), rsc->assigned, true);

	if (!start || start->runnable) {
		action_rsc(pe, rsc, "promote", rsc->assigned, optional);
		return;
	}
	struct action *promote =
	    action_find(rsc, key_of(pe, rsc->id, "promote", 0), rsc->assigned, true);

	if (promote)
		promote->runnable = false;
}

static void
step_demote(struct pe *pe, struct rsc *rsc, bool optional)
{
	for (size_t i = 0; i < rsc->running_count; i++)
		action_rsc(pe, rsc, "demote", rsc->running[i], optional);
}

typedef void step_fn(struct pe *pe, struct rsc *rsc, bool optional);

struct arrow {
	step_fn *step; /* NULL: there is no way, or nothing to do */
	enum role role;
};

static const struct arrow *
arrow_of(enum role from, enum role to)
{
	static const struct arrow arrows[ROLE_MASTER + 1][ROLE_MASTER + 1] = {
		[ROLE_UNKNOWN] = { [ROLE_STOPPED] = { step_stop, ROLE_STOPPED },
		    [ROLE_STARTED] = { step_stop, ROLE_STOPPED },
		    [ROLE_SLAVE] = { step_stop, ROLE_STOPPED },
		    [ROLE_MASTER] = { step_stop, ROLE_STOPPED } },
		[ROLE_STOPPED] = { [ROLE_STARTED] = { step_start, ROLE_STARTED },
		    [ROLE_SLAVE] = { step_start, ROLE_SLAVE },
		    [ROLE_MASTER] = { step_start, ROLE_SLAVE } },
		[ROLE_STARTED] = { [ROLE_STOPPED] = { step_stop, ROLE_STOPPED },
		    [ROLE_MASTER] = { step_promote, ROLE_MASTER } },
		[ROLE_SLAVE] = { [ROLE_STOPPED] = { step_stop, ROLE_STOPPED },
		    [ROLE_MASTER] = { step_promote, ROLE_MASTER } },
		[ROLE_MASTER] = { [ROLE_STOPPED] = { step_demote, ROLE_SLAVE },
		    [ROLE_SLAVE] = { step_demote, ROLE_SLAVE } },
	};

	return &arrows[from][to];
}

/* Recurring operations. */

static void
recurring_unwanted(struct pe *pe, struct rsc *rsc, const struct op *op,
    struct action *action)
{
	action->task = "cancel";
	action->optional = false;
	meta_set(pe, action, "operation", op->name);
	order(pe, end_action(action), end_task(pe, rsc, "promote"), TN);
}

static void
recurring(struct pe *pe, struct rsc *rsc, const struct op *op, const struct action *start)
{
	struct node *node = rsc->assigned;
	const char *key = key_of(pe, rsc->id, op->name, op->interval_ms);
	const char *role = xml_get(op->xml, "role");
	struct action *found = node ? action_find(rsc, key, node, true) : NULL;
	bool optional = start->optional && found;

	if (role ? role_parse(role) != rsc->next_role : rsc->next_role == ROLE_MASTER) {
		if (optional)
			recurring_unwanted(pe, rsc, op, found);
		return;
	}
	struct action *action = action_make(pe, rsc, key, op->name, node, optional);

	if (!start->runnable || !node || !node->online || node->unclean)
		action->runnable = false;
	order(pe, end_task(pe, rsc, "start"), end_action(action), TF | TN);
	if (rsc->next_role == ROLE_MASTER) {
		meta_set(pe, action, "op_target_rc", "8");
		order(pe, end_task(pe, rsc, "promote"), end_action(action), OO | TN);
	}
}

/* One resource. */

static void
recurring_elsewhere(struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];
		size_t len = strlen(a->key);

		if (!a->optional && a->node != rsc->assigned && len > 2 &&
		    strcmp(a->key + len - 2, "_0") != 0 && !same(a->task, "cancel"))
			a->optional = true;
	}
}

static void
no_role_change(struct pe *pe, struct rsc *rsc)
{
	struct node *now = rsc->running[0], *next = rsc->assigned;

	if (!next) { /* nothing begins anew of what only ends */
		recurring_elsewhere(rsc);
		return;
	}
	if (rsc->failed || now != next) {
		if (rsc->next_role > ROLE_STARTED)
			step_demote(pe, rsc, rsc->role != ROLE_MASTER);
		if (rsc->role == ROLE_MASTER)
			step_demote(pe, rsc, false);
		step_stop(pe, rsc, false);
		step_start(pe, rsc, false);
		if (rsc->next_role == ROLE_MASTER)
			step_promote(pe, rsc, false);
		recurring_elsewhere(rsc);
		return;
	}
	if (rsc->start_pending) {
		const struct action *start = action_rsc(pe, rsc, "start", next, true);

		if (start->runnable)
			rsc->role = ROLE_STOPPED;
		else
			rsc->next_role = ROLE_STOPPED;
		return;
	}
	struct action *stop = action_rsc(pe, rsc, "stop", now, true);
	struct action *start = action_rsc(pe, rsc, "start", next, true);
	bool optional = start->optional;

	stop->optional = optional;
	if (rsc->next_role > ROLE_STARTED)
		step_demote(pe, rsc, optional);
	step_stop(pe, rsc, optional);
	step_start(pe, rsc, optional);
	if (rsc->next_role == ROLE_MASTER)
		step_promote(pe, rsc, optional);
	if (!start->runnable)
		rsc->next_role = ROLE_STOPPED;
}

static void
walk(struct pe *pe, struct rsc *rsc)
{
	for (enum role role = rsc->role; role != rsc->next_role;) {
		const struct arrow *arrow = arrow_of(role, rsc->next_role);

		if (!arrow->step)
			break;
		arrow->step(pe, rsc, false);
		role = arrow->role;
	}
}

static void
native_create(struct pe *pe, struct rsc *rsc)
{
	if (rsc->assigned && rsc->next_role == ROLE_UNKNOWN)
		rsc->next_role = ROLE_STARTED;
	sets_read(pe, rsc->xml, "instance_attributes",
	    &(struct rule_input){ .node = rsc->assigned, .rsc = rsc }, &rsc->params);
	if (rsc->running_count > 1) {
		if (rsc->multiple == MULTIPLE_STOP_START) {
			step_stop(pe, rsc, false);
			rsc->role = ROLE_STOPPED;
		}
	} else if (rsc->running_count == 1)
		no_role_change(pe, rsc);
	else if (rsc->role == ROLE_STOPPED && rsc->next_role == ROLE_STOPPED) {
		for (size_t i = 0; i < rsc->action_count; i++)
			if (same(rsc->action[i]->task, "start"))
				rsc->action[i]->optional = true;
		return;
	}
	walk(pe, rsc);
	if (rsc->next_role == ROLE_STOPPED || !rsc->managed)
		return;
	const struct action *start = action_rsc(pe, rsc, "start", rsc->assigned, true);

	for (size_t i = 0; i < rsc->op_count; i++)
		if (rsc->op[i].interval_ms > 0 && op_enabled(pe, rsc->op[i].xml))
			recurring(pe, rsc, &rsc->op[i], start);
}

/* Several together. */

static bool
child_does(const struct rsc *rsc, const char *task, bool also_pseudo)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		for (size_t a = 0; a < rsc->child[i]->action_count; a++) {
			const struct action *action = rsc->child[i]->action[a];

			if (same(action->task, task) && !action->optional &&
			    (action->runnable || (also_pseudo && action->pseudo)))
				return true;
		}
	return false;
}

static struct action *
pseudo_task(struct pe *pe, struct rsc *rsc, const char *task, bool optional)
{
	struct action *action = action_rsc(pe, rsc, task, NULL, optional);

	action->pseudo = true;
	action->runnable = true;
	return action;
}

struct pair {
	struct action *action, *complete;
};

static struct pair
pair_make(struct pe *pe, struct rsc *rsc, const char *task, bool required)
{
	struct pair pair;

	pair.action = pseudo_task(pe, rsc, task, !required);
	pair.complete = pseudo_task(pe, rsc, task_completion(task), !required);
	return pair;
}

static void
group_create(struct pe *pe, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->child_count; i++)
		create_actions(pe, rsc->child[i]);
	pair_make(pe, rsc, "start", child_does(rsc, "start", false));
	pair_make(pe, rsc, "stop", child_does(rsc, "stop", false));
}

static void
clone_create(struct pe *pe, struct rsc *rsc)
{
	struct rsc *last_start = NULL, *last_stop = NULL;

	for (size_t i = 0; i < rsc->child_count; i++) {
		struct rsc *c = rsc->child[i];

		create_actions(pe, c);
		if (c->starting)
			last_start = c;
		if (c->stopping)
			last_stop = c;
	}
	struct pair start = pair_make(pe, rsc, "start", child_does(rsc, "start", false));
	struct pair stop = pair_make(pe, rsc, "stop", child_does(rsc, "stop", true));

	start.complete->priority = stop.complete->priority = INF;
	if (rsc->ordered && last_start)
		order(pe, end_task(pe, last_start, "start"), end_task(pe, rsc, "running"),
		    TN);
	if (rsc->ordered && last_stop)
		order(pe, end_task(pe, rsc, "stop"), end_task(pe, last_stop, "stop"), FF);
	if (!rsc->notify)
		return;
	notify_pseudo(pe, rsc, "start", start.action, start.complete);
	notify_pseudo(pe, rsc, "stop", stop.action, stop.complete);
	order(pe, end_action(rsc->notice[1]->post_done), end_action(rsc->notice[0]->pre),
	    OO);
}

static void
master_create(struct pe *pe, struct rsc *rsc)
{
	bool promotes = false, demotes = false, any_master = false;

	clone_create(pe, rsc);
	for (size_t i = 0; i < rsc->child_count; i++) {
		struct rsc *c = rsc->child[i];

		create_actions(pe, c);
		for (size_t a = 0; a < c->action_count; a++) {
			promotes |= same(c->action[a]->task, "promote") &&
			            !c->action[a]->optional;
			demotes |=
			    same(c->action[a]->task, "demote") && !c->action[a]->optional;
		}
		any_master |= rsc_next_role(c) == ROLE_MASTER;
	}
	struct pair promote = pair_make(pe, rsc, "promote", promotes);
	struct pair demote = pair_make(pe, rsc, "demote", demotes);

	promote.action->runnable = promote.complete->runnable = any_master;
	promote.complete->priority = demote.complete->priority = INF;
	if (rsc->notify) {
		notify_pseudo(pe, rsc, "promote", promote.action, promote.complete);
		notify_pseudo(pe, rsc, "demote", demote.action, demote.complete);
	}
	for (size_t i = 0; i < rsc->child_count; i++)
		rsc->child[i]->priority = rsc->priority;
}

void
create_actions(struct pe *pe, struct rsc *rsc)
{
	switch (rsc->variant) {
	case PRIMITIVE:
		native_create(pe, rsc);
		break;
	case GROUP:
		group_create(pe, rsc);
		break;
	case CLONE:
		clone_create(pe, rsc);
		break;
	case MASTER:
		master_create(pe, rsc);
	}
}
