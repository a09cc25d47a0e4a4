/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who must be together cannot start where the other cannot (spec 12.13, "colocation"). */
#include "crm/pengine/private.h"

/* Whether some of RSC, or of its members, can do that. */
static bool
any_can(const struct rsc *rsc, const char *task)
{
	for (size_t i = 0; i < rsc->action_count; i++)
		if (rsc->variant == PRIMITIVE && same(rsc->action[i]->task, task) &&
		    rsc->action[i]->runnable)
			return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_can(rsc->child[i], task))
			return true;
	return false;
}

static void
block(struct pe *pe, struct rsc *rsc, const char *task, const struct action *because,
    struct blocked *blocked)
{
	for (size_t i = 0; i < rsc->action_count; i++) {
		struct action *a = rsc->action[i];

		if (!same(a->task, task) || !a->runnable ||
		    (a->pseudo && rsc->variant != PRIMITIVE))
			continue;
		a->runnable = a->migratable = false;
		reason_set(a,
		    arena_printf(&pe->arena, "colocation with %s", because->rsc->id));
		ARENA_PUSH(&pe->arena, blocked, action, a);
	}
	for (size_t i = 0; i < rsc->child_count; i++)
		block(pe, rsc->child[i], task, because, blocked);
}

void
colocations_block_p(struct pe *pe, const struct action *action, struct blocked *blocked)
{
	bool start = same(action->task, "start");

	/* Who was not placed for want of a partner is missed by nobody. */
	if (action->runnable || action->inhibited || !action->rsc || !action->node ||
	    action->rsc->variant != PRIMITIVE ||
	    (!start && !same(action->task, "promote")))
		return;
	/* Of a group nobody is told: those with it were given to its members. */
	const struct rsc *top = rsc_top(action->rsc);

	if (top->variant == GROUP || (top != action->rsc && any_can(top, action->task)))
		return;
	for (size_t i = 0; i < top->with_me_count; i++) {
		const struct colocation *c = top->with_me[i];

		if (c->score < INF || (!start && c->primary_role != ROLE_MASTER) ||
		    rsc_top(c->dependent) == top)
			continue;
		block(pe, c->dependent,
		    c->dependent_role == ROLE_MASTER ? "promote" : "start", action,
		    blocked);
	}
}
