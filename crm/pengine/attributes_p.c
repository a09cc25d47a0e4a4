/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the graph of profile P tells of an action beside its head: parameters, as its node has them, and what the cluster
 * wants to be known of it, as CRM_meta_NAME (spec 11.3, 12.13).
 */
#include "crm/pengine/private.h"

/* As agents read it in their environment: with underscores.  Counts of failures ("fail-count-x#start_0") and what the
 * cluster itself notes ("#health") could be no names there. */
static void
meta_put(struct table *into, const char *name, const char *value)
{
	if (strpbrk(name, "#:"))
		return;
	char *as = arena_printf(into->arena, "CRM_meta_%s", name);

	for (char *c = as; *c; c++)
		if (*c == '-')
			*c = '_';
	table_set(into, as, value);
}

static void
meta_put_int(struct table *into, const char *name, int value)
{
	meta_put(into, name, arena_printf(into->arena, "%d", value));
}

/* Instances, and the clone itself, know how many of them there may be. */
static void
clone_put(const struct rsc *rsc, struct table *into)
{
	const struct rsc *clone =
	    rsc->variant == CLONE || rsc->variant == MASTER ? rsc : clone_of(rsc);

	if (!clone)
		return;
	if (rsc->variant == PRIMITIVE && rsc->number >= 0)
		meta_put_int(into, "clone", rsc->number);
	meta_put_int(into, "clone-max", clone->clone_max);
	meta_put_int(into, "clone-node-max", clone->clone_node_max);
	meta_put(into, "notify", clone->notify ? "true" : "false");
	meta_put(into, "globally-unique", clone->unique ? "true" : "false");
	if (clone->variant != MASTER)
		return;
	meta_put_int(into, "promoted-max", clone->master_max);
	meta_put_int(into, "promoted-node-max", clone->master_node_max);
	/* Agents of old look for these. */
	meta_put_int(into, "master-max", clone->master_max);
	meta_put_int(into, "master-node-max", clone->master_node_max);
}

/* A device as it would be used against NODE; OPEN: what anybody may see. */
static const char *
device_digest(struct pe *pe, struct rsc *device, const struct node *node, bool open)
{
	static const char *const secret[] = { "user", "passwd", "password" };
	struct action none = { .rsc = device };
	struct table params;

	digest_params(pe, device, &none, node, NULL, &params);
	for (size_t i = 0; open && i < sizeof(secret) / sizeof(secret[0]); i++)
		table_set(&params, secret[i], NULL);
	return arena_printf(&pe->arena, "%s:%s:%s", device->id, device->type,
	    digest_of(pe, &params));
}

/* With what NODE is let in: if that is not what it was let in with, it must be done again.  The last device leads. */
static const char *
device_digests(struct pe *pe, const struct node *node, bool open)
{
	const char *text = "";

	for (size_t i = pe->every_count; i-- > 0;) {
		struct rsc *rsc = pe->every[i];

		if (rsc->variant == PRIMITIVE && rsc->fence_device &&
		    same(table_get(&rsc->meta, "provides"), "unfencing"))
			text = arena_printf(&pe->arena, "%s%s,", text,
			    device_digest(pe, rsc, node, open));
	}
	return text;
}

static bool
is_fencing(const struct action *a)
{
	return same(a->task, "stonith");
}

bool
is_end_of_node(const struct action *a)
{
	return same(a->task, "do_shutdown") ||
	       (is_fencing(a) && !same(table_get(&a->meta, "stonith_action"), "on"));
}

void
attributes_p(struct pe *pe, const struct action *a, struct table *into)
{
	if (a->rsc && a->rsc->variant == PRIMITIVE)
		params_read_p(pe, a->rsc, a->node, into);
	TABLE_EACH (&a->extra, e)
		table_set(into, e->name, e->value);
	table_set(into, "crm_feature_set", "3.16.1");
	/* Fence agents may have use for what is known of their target. */
	if (is_fencing(a))
		TABLE_EACH (&a->node->attrs, e)
			meta_put(into, e->name, e->value);
	if (is_fencing(a) && pe->wants_unfencing) {
		meta_put(into, "digests-all", device_digests(pe, a->node, false));
		meta_put(into, "digests-secure", device_digests(pe, a->node, true));
	}
	TABLE_EACH (&a->meta, e)
		meta_put(into, e->name, e->value);
	if (a->rsc)
		clone_put(a->rsc, into);
	if (a->node && !a->pseudo) {
		meta_put(into, "on-node", a->node->uname);
		meta_put(into, "on-node-uuid", a->node->id);
	}
}
