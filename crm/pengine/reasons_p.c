/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an action is to be done, or cannot be, profile P, in words that people know.
 *
 * The first reason stays: what comes later only confirms what was decided.  That a resource stops because it is
 * to be started again explains nothing: the start has the reason.
 */
#include "crm/pengine/private.h"

void
reason_set(struct action *action, const char *reason)
{
	if (!action->reason)
		action->reason = reason;
}

/* What happens to all of a group or clone is no reason, but has one. */
static bool
is_part(const struct rsc *rsc, const struct rsc *whole)
{
	while (rsc && rsc != whole)
		rsc = rsc->parent;
	return rsc && whole;
}

void
reason_follow(struct pe *pe, struct action *action, const char *how,
    const struct action *because, bool of_clone)
{
	if (action->reason || (because->rsc && because->rsc == action->rsc))
		return;
	if (is_part(action->rsc, because->rsc))
		action->reason = because->reason;
	else if (of_clone)
		action->reason = arena_printf(&pe->arena, "%s %s %s", how,
		    rsc_top(because->rsc)->id, task_completion(because->task));
	else if (because->rsc)
		action->reason = arena_printf(&pe->arena, "%s %s %s", how,
		    because->rsc->id, because->task);
	else
		action->reason = arena_printf(&pe->arena, "%s %s", how, because->task);
}
