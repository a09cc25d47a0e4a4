/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose an entry of a history is, profile P (spec 12.4): instances of anonymous clones have no
 * name of their own. */
#include "crm/pengine/private.h"

static struct rsc *
member_named(struct rsc *rsc, const char *base)
{
	size_t len = strlen(base);

	if (rsc->variant == PRIMITIVE)
		return strncmp(rsc->id, base, len) == 0 &&
		               (rsc->id[len] == ':' || !rsc->id[len])
		           ? rsc
		           : NULL;
	for (size_t i = 0; i < rsc->child_count; i++) {
		struct rsc *found = member_named(rsc->child[i], base);

		if (found)
			return found;
	}
	return NULL;
}

static bool
any_pending(const struct rsc *rsc, const struct node *node)
{
	if (rsc->pending_on && (!node || rsc->pending_on == node))
		return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_pending(rsc->child[i], node))
			return true;
	return false;
}

static bool
any_blocked(const struct rsc *rsc)
{
	if (rsc->blocked)
		return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_blocked(rsc->child[i]))
			return true;
	return false;
}

/* One more than the clone has. */
static struct rsc *
extra_instance(struct pe *pe, struct rsc *clone, const char *base)
{
	struct rsc *instance = clone_instance_add(pe, clone);

	if (!instance)
		return NULL;
	rsc_make_orphan(instance);
	return member_named(instance, base);
}

static struct rsc *
instance_for(struct pe *pe, struct rsc *clone, const char *base, const struct node *node)
{
	struct rsc *inactive = NULL;
	bool taken = false;

	for (size_t i = 0; i < clone->child_count; i++) {
		struct rsc *instance = clone->child[i];
		struct rsc *member = member_named(instance, base);

		if (!member)
			continue;
		if (rsc_runs_on(instance, node) || any_pending(instance, node)) {
			if (member->running_count == 0)
				return member;
			taken = true;
		} else if (instance->running_count == 0 && !inactive &&
		           !any_blocked(instance) && !any_pending(instance, NULL))
			inactive = member;
	}
	if (taken)
		inactive = NULL;
	if (inactive && inactive->requires != NEEDS_FENCING &&
	    inactive->requires != NEEDS_UNFENCING && (!node->online || node->unclean) &&
	    clone->clone_max != (int)pe->node_count)
		inactive = NULL;
	return inactive ? inactive : extra_instance(pe, clone, base);
}

/* What failed of it is forgotten with it, wherever that was, before it stops. */
static void
forget_failures(struct pe *pe, struct rsc *orphan)
{
	for (size_t i = 0; i < pe->node_count; i++)
		if (fail_count_of(pe, orphan, pe->node[i], NULL, NULL) > 0) {
			clear_failcount(pe, orphan, pe->node[i]);
			order(pe, end_task(pe, orphan, "clear_failcount"),
			    end_task(pe, orphan, "stop"), OO);
		}
}

struct rsc *
owner_find_p(struct pe *pe, const xmlNode *entry, const char *id, const struct node *node)
{
	const char *base = name_without_number(pe, id);
	struct rsc *rsc = rsc_find(pe, id), *clone;

	if (!rsc)
		rsc = rsc_find(pe, arena_printf(&pe->arena, "%s:0", base));
	clone = rsc ? clone_of(rsc) : NULL;
	if (clone && !rsc->unique) { /* its own word, which may differ from the clone's */
		rsc = instance_for(pe, clone, base, node);
		if (rsc)
			rsc_rename(pe, rsc, id);
		return rsc;
	}
	if (rsc && strcmp(rsc->id, id) != 0)
		rsc = NULL; /* an instance that is not there */
	if (rsc && rsc->variant == PRIMITIVE)
		return rsc;
	rsc = rsc_orphan(pe, entry, id);
	if (pe->opt.stop_orphans) {
		weights_add_all(pe, &rsc->allowed, -INF);
		forget_failures(pe, rsc);
	} else
		rsc->managed = false;
	return rsc;
}
