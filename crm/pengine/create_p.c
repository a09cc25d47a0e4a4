/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From where a resource is to where it shall be, profile P (spec 12.13): what runs is stopped
 * as far as it must, then started again; optional actions are there for the links. */
#include "crm/pengine/private.h"

/* One step on the way from a role to another. */

struct step {
	const char *task; /* NULL: nothing has to be done */
	enum role role;   /* where it leads to */
};

static struct step
step_toward(enum role from, enum role to)
{
	if (from == ROLE_MASTER)
		return (struct step){ "demote", ROLE_SLAVE };
	if (to == ROLE_STOPPED || from == ROLE_UNKNOWN ||
	    (from == ROLE_SLAVE && to == ROLE_STARTED))
		return (struct step){ "stop", ROLE_STOPPED };
	if (from == ROLE_STOPPED)
		return (struct step){ "start",
			to == ROLE_STARTED ? ROLE_STARTED : ROLE_SLAVE };
	if (to == ROLE_MASTER)
		return (struct step){ "promote", ROLE_MASTER };
	return (struct step){ NULL, to };
}

static void
stop_step(struct pe *pe, struct rsc *rsc, bool optional)
{
	for (size_t i = 0; i < rsc->running_count; i++) {
		struct node *node = rsc->running[i];

		if (rsc->half_migrated && node == rsc->migrate_to)
			continue;
		if (rsc->keeps_expected && node == rsc->assigned)
			continue;
		struct action *a = action_rsc(pe, rsc, "stop", node, optional);

		if (!rsc->assigned)
			reason_set(a, "node availability");
		else if (rsc->keeps_expected)
			reason_set(a, "being multiply active");
		if (pe->opt.remove_after_stop)
			delete_p(pe, rsc, node, optional);
	}
}

static void
start_step(struct pe *pe, struct rsc *rsc, bool optional)
{
	struct action *a = action_rsc(pe, rsc, "start", rsc->assigned, true);

	if (a->runnable && !optional)
		a->optional = false;
	/* It need not be started where it is. */
	if (rsc->keeps_expected && rsc_runs_on(rsc, rsc->assigned))
		a->pseudo = true;
}

static void
promote_step(struct pe *pe, struct rsc *rsc, bool optional)
{
	for (size_t i = 0; i < rsc->action_count; i++)
		if (same(rsc->action[i]->task, "start") && !rsc->action[i]->runnable)
			return;
	action_rsc(pe, rsc, "promote", rsc->assigned, optional);
}

static void
step_do(struct pe *pe, struct rsc *rsc, const char *task, bool optional)
{
	if (same(task, "stop"))
		stop_step(pe, rsc, optional);
	else if (same(task, "demote")) {
		for (size_t i = 0; i < rsc->running_count; i++)
			action_rsc(pe, rsc, "demote", rsc->running[i], optional);
	} else if (task && rsc->assigned && same(task, "start"))
		start_step(pe, rsc, optional);
	else if (task && rsc->assigned)
		promote_step(pe, rsc, optional);
}

/* What has to happen to one resource. */

static size_t
active_count(const struct rsc *rsc)
{
	size_t count = 0;

	for (size_t i = 0; i < rsc->running_count; i++)
		count += needs_fencing(rsc) ||
		         (rsc->running[i]->online && !rsc->running[i]->unclean);
	return count;
}

/* Where it was left behind: it stops there, and moves only by stopping. */
static void
dangling_stop(struct pe *pe, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->dangling_count; i++) {
		struct action *a = action_rsc(pe, rsc, "stop", rsc->dangling[i], false);

		reason_set(a, "stray migration");
		a->dangles = true;
		if (pe->opt.remove_after_stop)
			delete_p(pe, rsc, rsc->dangling[i], false);
	}
}

static bool
goes_on_migrating(const struct rsc *rsc)
{
	return rsc->migrate_to && rsc->assigned == rsc->migrate_to &&
	       rsc->running_count == 2 && rsc_runs_on(rsc, rsc->migrate_from) &&
	       rsc_runs_on(rsc, rsc->migrate_to);
}

static bool
must_stop(struct rsc *rsc, const struct node *now)
{
	if (!rsc->half_migrated && active_count(rsc) > 1) {
		if (rsc->multiple == MULTIPLE_STOP_UNEXPECTED)
			rsc->keeps_expected = true;
		if (rsc->multiple == MULTIPLE_STOP_START ||
		    rsc->multiple == MULTIPLE_STOP_UNEXPECTED)
			return true;
	}
	if (now && rsc->assigned && now != rsc->assigned && rsc->next_role > ROLE_STOPPED)
		return true;
	return (rsc->failed && !rsc->demote_only) || rsc->blocked;
}

static void
back_to_role(struct pe *pe, struct rsc *rsc, bool stop, bool promote)
{
	enum role role = rsc->role;

	while (role > ROLE_STOPPED || role == ROLE_UNKNOWN) {
		struct step step = step_toward(role, ROLE_STOPPED);

		step_do(pe, rsc, step.task, !(stop || (promote && role == ROLE_MASTER)));
		role = step.role;
	}
	while (role < rsc->role && role < rsc->next_role && !rsc->blocked) {
		struct step step = step_toward(role, rsc->role);

		step_do(pe, rsc, step.task,
		    !(stop || (promote && step.role == ROLE_MASTER)));
		role = step.role;
	}
}

static void
leaf_create(struct pe *pe, struct rsc *rsc)
{
	struct node *now = rsc_current_node(rsc), *next = rsc->assigned;
	bool stop,
	    given_up = false,
	    promote = rsc->failed && rsc->demote_only && rsc->next_role == ROLE_MASTER;

	if (rsc->next_role == ROLE_UNKNOWN)
		rsc->next_role = next ? ROLE_STARTED : ROLE_STOPPED;
	params_read_p(pe, rsc, next, &rsc->params);
	dangling_stop(pe, rsc);
	rsc->half_migrated = goes_on_migrating(rsc);
	if (rsc->half_migrated)
		now = rsc->migrate_from;
	else if (
	    rsc->migrate_to) { /* what was begun is given up: where it came to it begins anew */
		given_up = true;
		rsc->migrate_from = rsc->migrate_to = NULL;
		rsc->not_migratable = true;
		now = rsc_current_node(rsc);
	}
	if (next && rsc->start_pending)
		action_rsc(pe, rsc, "start", next, true)->print_always = true;
	stop = must_stop(rsc, now) || given_up;
	if (!stop && rsc->role > ROLE_STARTED && now && next &&
	    !action_rsc(pe, rsc, "start", next, true)->optional)
		promote = true;
	bool moves = may_migrate_p(rsc, now);

	back_to_role(pe, rsc, stop, promote);
	for (enum role role = rsc->role; role != rsc->next_role;) {
		struct step step = step_toward(role, rsc->next_role);

		step_do(pe, rsc, step.task, false);
		role = step.role;
	}
	if (!rsc->blocked)
		recurring_p(pe, rsc);
	if (moves)
		migration_create_p(pe, rsc, now);
}

/* Several together. */

static struct action *
pseudo_task(struct pe *pe, struct rsc *rsc, const char *task, bool required)
{
	struct action *action = action_rsc(pe, rsc, task, NULL, !required);

	action->pseudo = true;
	action->runnable = true;
	return action;
}

static void
group_create(struct pe *pe, struct rsc *g)
{
	static const char *const tasks[4] = { "start", "stop", "demote", "promote" };

	for (size_t i = 0; i < g->child_count; i++)
		create_actions_p(pe, g->child[i]);
	for (int i = 0; i < 4 && (i < 2 || g->promotable); i++) {
		pseudo_task(pe, g, tasks[i], false);
		pseudo_task(pe, g, task_completion(tasks[i]), false);
	}
}

/* Whether any instance, or a member of one, will do that. */
static bool
any_does(const struct rsc *rsc, const char *task)
{
	for (size_t i = 0; i < rsc->action_count; i++) {
		const struct action *a = rsc->action[i];

		if (same(a->task, task) && !a->optional)
			return true;
	}
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_does(rsc->child[i], task))
			return true;
	return false;
}

/* What counted for promotion has nothing to do with what is done first. */
static void
priority_restore(struct rsc *rsc, int priority)
{
	rsc->priority = priority;
	for (size_t i = 0; i < rsc->child_count; i++)
		priority_restore(rsc->child[i],
		    score_parse(table_get(&rsc->child[i]->meta, "priority")));
}

static void
clone_create(struct pe *pe, struct rsc *k)
{
	for (size_t i = 0; i < k->child_count; i++)
		create_actions_p(pe, k->child[i]);
	for (int i = 0; i < (k->variant == MASTER ? 4 : 2); i++) {
		const char *task = notify_tasks[i];
		bool required = any_does(k, task);
		struct action *a = pseudo_task(pe, k, task, required);
		struct action *done = pseudo_task(pe, k, task_completion(task), required);

		done->priority = INF;
		if (i == 1 && !any_does(k, "start"))
			a->migratable = done->migratable = true;
		a->needed = done->needed = 1;
		if (k->notify)
			notify_pseudo(pe, k, task, a, done);
	}
	if (k->notify)
		notify_order_p(pe, k);
	for (size_t i = 0; i < k->child_count; i++)
		priority_restore(k->child[i], k->priority);
}

void
create_actions_p(struct pe *pe, struct rsc *rsc)
{
	if (rsc->variant == PRIMITIVE)
		leaf_create(pe, rsc);
	else if (rsc->variant == GROUP)
		group_create(pe, rsc);
	else
		clone_create(pe, rsc);
}
