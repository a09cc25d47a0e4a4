/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving without a stop in between, profile P (spec 12.13): migrate_to on the source,
 * migrate_from on the target, then a real stop on the source and a start that is a mere name.
 * All are planned beside the stop and the start; the links decide which of both happens.
 */
#include "crm/pengine/private.h"

bool
may_migrate_p(const struct rsc *rsc, const struct node *now)
{
	return rsc->allow_migrate && rsc->managed && !rsc->failed &&
	       !rsc->start_pending && !rsc->not_migratable && rsc->dangling_count == 0 &&
	       now && now->online && !now->unclean && rsc->next_role == ROLE_STARTED &&
	       (rsc->half_migrated || (rsc->running_count == 1 && !rsc->migrate_to)) &&
	       rsc->assigned && rsc->assigned != now;
}

static void
names_tell(struct pe *pe, struct action *a, const struct node *source,
    const struct node *target)
{
	meta_set(pe, a, "migrate_source", source->uname);
	meta_set(pe, a, "migrate_target", target->uname);
}

void
migration_create_p(struct pe *pe, struct rsc *rsc, struct node *now)
{
	struct action *start = action_find_task(rsc, "start", rsc->assigned);
	struct action *stop = action_find_task(rsc, "stop", now), *to = NULL, *from;

	if (!start || !stop || !start->runnable)
		return;
	if (!rsc->half_migrated) {
		to = action_rsc(pe, rsc, "migrate_to", now, true);
		to->migratable = true;
		names_tell(pe, to, now, rsc->assigned);
	}
	from = action_rsc(pe, rsc, "migrate_from", rsc->assigned, true);
	names_tell(pe, from, now, rsc->assigned);
	start->migratable = stop->migratable = from->migratable = true;
	start->pseudo = true;
	rsc->migrates = true;
	if (to) {
		order(pe, end_task(pe, rsc, "monitor"), end_action(to), OO);
		order(pe, end_action(to), end_action(from), OO | MF);
	} else
		order(pe, end_task(pe, rsc, "monitor"), end_action(from), OO);
	order(pe, end_action(from), end_action(stop), OO | MF);
	order(pe, end_action(from), end_action(start), OO | MF | PL);
}

/* What comes before the stop or the start of what migrates, comes before the migration. */
static void
mirror(struct pe *pe, const struct order *o)
{
	struct rsc *a = o->first.rsc, *b = o->then.rsc;
	const char *id, *first, *then;
	int64_t ms;

	if (!a || !b || a == b || !b->migrates || !o->first.key || !o->then.key ||
	    (o->flags & (LD | HD)) || !key_parse(pe, o->first.key, &id, &first, &ms) ||
	    !key_parse(pe, o->then.key, &id, &then, &ms))
		return;
	struct end to = end_task(pe, b, "migrate_to");

	if (same(then, "start") && same(first, "start") && a->migrates)
		order(pe, end_task(pe, a, "migrate_from"), to, OO);
	else if (same(then, "start"))
		order(pe, o->first, to, OO | (o->flags & TN));
	else if (same(then, "stop") && !(same(first, "stop") && a->migrates))
		order(pe, o->first, to, OO);
}

void
migration_links_p(struct pe *pe)
{
	size_t count = pe->order_count;

	for (size_t i = 0; i < count; i++) {
		struct order o = pe->order[i]; /* the array may move */

		if (!(o.first.rsc && o.then.rsc && o.first.rsc == o.then.rsc->parent))
			mirror(pe, &o);
	}
}
