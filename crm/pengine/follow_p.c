/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one action is decides what others are, profile P (spec 12.13). */
#include "crm/pengine/private.h"

/* WHY says what became of a; it stands on the first change only. */
static void
require(struct pe *pe, struct action *a, const struct action *because, bool of_clone,
    bool *changed)
{
	if (a->optional) {
		a->optional = false;
		reason_follow(pe, a, "required", because, of_clone);
		*changed = true;
	}
}

static void
block(struct pe *pe, struct action *a, const struct action *because, bool *changed)
{
	if (a->runnable) {
		a->runnable = false;
		reason_follow(pe, a, "unrunnable", because, false);
		*changed = true;
	}
	if (a->migratable) {
		a->migratable = false;
		*changed = true;
	}
}

static void
hold(struct pe *pe, struct action *a, const struct action *because, bool *changed)
{
	if (a->migratable) {
		a->migratable = false;
		reason_follow(pe, a, "unrunnable", because, false);
		*changed = true;
	}
}

/* The stop of what we may not stop: others wait for it in vain. */
static bool
is_kept(const struct action *a)
{
	return a->rsc && !a->rsc->managed && same(a->task, "stop");
}

/* What is left alone and has no need to go down: nobody waits for that. */
static bool
is_spared(const struct action *a)
{
	return a->rsc && !a->rsc->managed && a->optional && !a->rsc->blocked &&
	       (same(a->task, "stop") || same(a->task, "stopped") ||
	           same(a->task, "notified"));
}

/* A stops so that B can start again. */
static void
restart(struct pe *pe, struct action *a, struct action *b, bool *a_changed,
    bool *b_changed)
{
	bool cannot = !b->runnable && b->rsc && b->rsc->managed;

	if (!cannot && b->optional)
		return;
	if (a->runnable && cannot)
		require(pe, a, b, false, a_changed);
	if (!b->optional)
		require(pe, a, b, false, a_changed);
	if (!b->migratable)
		hold(pe, a, b, a_changed);
	if (!a->optional && (!a->runnable || is_kept(a)))
		block(pe, b, a, b_changed);
}

/* Whether enough of those before B can happen, of whom any will do. */
bool
has_enough(const struct action *b)
{
	int count = 0, needed = b->needed > 1 ? b->needed : 1;

	for (size_t i = 0; i < b->before_count && count < needed; i++)
		count += (b->before[i].flags & AN) && b->before[i].other->runnable;
	return count >= needed;
}

/* One way only: B is refused while A cannot happen, unless B has nothing to do. */
static bool
is_refused(const struct action *a, const struct action *b)
{
	enum role role = b->rsc ? rsc_role(b->rsc) : ROLE_UNKNOWN;

	if (a->runnable || !b->runnable)
		return false;
	if (same(b->task, "stop") && role == ROLE_STOPPED)
		return false;
	if (same(b->task, "start") && role > ROLE_STOPPED && b->optional)
		return false;
	return true;
}

/* What A undoes was not done. */
static bool
is_idle(const struct action *a)
{
	enum role role = a->rsc ? rsc_role(a->rsc) : ROLE_UNKNOWN;

	if (same(a->task, "stop") || same(a->task, "stopped"))
		return role <= ROLE_STOPPED;
	return (same(a->task, "demote") || same(a->task, "demoted")) &&
	       role < ROLE_MASTER;
}

/* A goes on without a stop: others have not to begin anew for it. */
static bool
is_carried_over(const struct action *a, const struct action *b, const char *task)
{
	return a->migratable && a->node && same(a->task, task) && a->rsc && b->rsc &&
	       rsc_top(a->rsc) != rsc_top(b->rsc);
}

/* Before a migration: it is tried only if what comes of it will happen. */
static void
migrate_first(struct pe *pe, struct action *a, const struct action *b, bool *a_changed)
{
	if ((!b->migratable || !b->runnable) && a->runnable) {
		a->runnable = false;
		*a_changed = true;
	}
	if (!b->optional)
		require(pe, a, b, false, a_changed);
}

void
follow_p(struct pe *pe, struct action *a, struct action *b, unsigned f, bool *a_changed,
    bool *b_changed)
{
	if ((f & SN) && a->node && b->node && a->node != b->node)
		return;
	if ((f & TF) && !a->optional && !a->dangles && (!(f & CR) || a->runnable) &&
	    !is_carried_over(a, b, "start"))
		require(pe, b, a, f & VC, b_changed);
	if (f & RS)
		restart(pe, a, b, a_changed, b_changed);
	if ((f & AS) && is_refused(a, b))
		block(pe, b, a, b_changed);
	if ((f & TN) && !a->runnable)
		block(pe, b, a, b_changed);
	if ((f & FN) && !b->runnable)
		block(pe, a, b, a_changed);
	if ((f & AN) && !a->runnable && b->runnable && !has_enough(b))
		block(pe, b, a, b_changed);
	if ((f & DM) && !b->optional && b->rsc && b->rsc->role == ROLE_MASTER)
		require(pe, a, b, false, a_changed);
	if ((f & FF) && !b->optional && !(a->rsc && is_idle(a)) &&
	    !is_carried_over(b, a, "stop") && !is_spared(a)) {
		require(pe, a, b, false, a_changed);
		if (!b->migratable && a->rsc && a->rsc->variant == PRIMITIVE)
			hold(pe, a, b, a_changed);
		if (is_kept(a))
			block(pe, b, a, b_changed);
	}
	if ((f & MH) && !b->optional && !b->migratable)
		hold(pe, a, b, a_changed);
	if (f & MF)
		migrate_first(pe, a, b, a_changed);
	if ((f & PL) && !a->runnable && b->pseudo) {
		b->pseudo = false;
		*b_changed = true;
	}
	if ((f & TC) && !b->optional && !a->optional) {
		a->optional = true;
		*a_changed = true;
	}
	/* What we may not stop keeps those from stopping that would come after it, and its group
	 * from having stopped. */
	if ((f & TF) && is_kept(a) &&
	    ((same(b->task, "stop") && !b->optional) ||
	        (same(b->task, "stopped") && b->rsc && b->rsc->variant == GROUP)))
		block(pe, b, a, b_changed);
}
