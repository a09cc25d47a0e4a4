/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sequence of profile P (spec 12.5, 12.7): everything is placed before anything is planned. */
#include "crm/pengine/private.h"

#include <stdlib.h>

static void
stickiness_add(struct pe *pe, struct rsc *rsc, struct node *unused)
{
	(void)unused;
	if (!rsc->managed || rsc->stickiness < 1 || rsc->running_count != 1)
		return;
	if (!pe->opt.symmetric && !weights_find(&rsc->allowed, rsc->running[0]))
		return;
	weights_add(pe, &rsc->allowed, rsc->running[0], rsc->stickiness);
}

/* Too many failures on a node. */
static void
threshold_ban(struct pe *pe, struct rsc *rsc, struct node *unused)
{
	struct rsc *clone = clone_of(rsc),
	           *banned = clone && !clone->unique ? clone : rsc;

	(void)unused;
	if (rsc->migration_threshold == 0 || rsc->ignores_failures)
		return;
	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];
		bool expired;
		int count = fail_count_of(pe, rsc, node, &expired, NULL);

		if (count <= 0 || expired || count < rsc->migration_threshold ||
		    action_find(rsc, key_of(pe, rsc->id, "clear_failcount", 0), node,
		        true))
			continue;
		pe_say(pe, PE_WARNING, false,
		    "%s cannot run on %s due to reaching migration threshold (clean up "
		    "resource to allow again)| failures=%d migration-threshold=%d",
		    banned->id, node->uname, count, rsc->migration_threshold);
		rsc_add(pe, banned, node, -INF);
	}
}

static bool
is_named(const struct rsc *rsc, const struct node *node)
{
	for (size_t i = 0; i < rsc->location_count; i++) {
		const struct location *l = rsc->location[i];

		for (size_t n = 0; l->discovery == 'e' && n < l->entry_count; n++)
			if (l->entry[n].node == node)
				return true;
	}
	return false;
}

static bool
is_exclusive(const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->location_count; i++)
		if (rsc->location[i]->discovery == 'e')
			return true;
	return false;
}

/* Of all that is in TOP; what only a member's constraints say forbids nothing. */
static void
exclusive_ban(struct rsc *rsc, const struct rsc *top)
{
	for (size_t i = 0; i < rsc->allowed.w_count; i++)
		if (!is_named(rsc, rsc->allowed.w[i].node) &&
		    !is_named(top, rsc->allowed.w[i].node))
			rsc->allowed.w[i].score = -INF;
	for (size_t i = 0; i < rsc->child_count; i++)
		exclusive_ban(rsc->child[i], top);
}

/* The lock is void: the history that holds it goes, too. */
static struct node *
lock_drop(struct pe *pe, struct rsc *rsc)
{
	action_rsc(pe, rsc, "lrm_delete", rsc->lock_node, false)->runnable = true;
	rsc->lock_node = NULL;
	return NULL;
}

/* Since when NODE shuts down. */
static int64_t
shutdown_time(const struct pe *pe, const struct node *node)
{
	const char *text = table_get(&node->attrs, "shutdown");
	char *end = NULL;
	int64_t when = text ? strtoll(text, &end, 10) : 0;

	return end == text || !text ? pe->now.seconds : when;
}

/* A node that went down in order keeps what it had, if that was asked for. */
static void
lock_apply(struct pe *pe, struct rsc *rsc, struct node *unused)
{
	struct node *lock = rsc->lock_node;

	(void)unused;
	if (clone_of(rsc) || rsc->fence_device)
		return;
	if (lock && (rsc->running_count > 0 ||
	                (pe->opt.shutdown_lock_limit_ms > 0 &&
	                    rsc->lock_time + pe->opt.shutdown_lock_limit_ms / 1000 <
	                        pe->now.seconds)))
		lock = lock_drop(pe, rsc);
	if (!lock && rsc->running_count == 1 && rsc->running[0]->shutting_down &&
	    !rsc->running[0]->unclean) {
		lock = rsc->lock_node = rsc->running[0];
		rsc->lock_time = shutdown_time(pe, lock);
	}
	if (!lock)
		return;
	if (pe->opt.shutdown_lock_limit_ms > 0)
		recheck_note(pe,
		    rsc->lock_time + pe->opt.shutdown_lock_limit_ms / 1000 + 1);
	for (size_t i = 0; i < pe->node_count; i++)
		if (pe->node[i] != lock)
			rsc_add(pe, rsc, pe->node[i], -INF);
}

static void
group_colocations_make(struct pe *pe, struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->child_count; i++) {
		group_colocations_make(pe, rsc->child[i]);
		if (rsc->variant == GROUP && rsc->collocated && i > 0) {
			struct colocation *c =
			    colocation_new(pe, "group:internal_colocation", rsc->child[i],
			        ROLE_UNKNOWN, rsc->child[i - 1], ROLE_UNKNOWN, NULL, INF);

			c->influence = rsc->child[i]->critical;
		}
	}
}

/* Everything of the configuration that others refer to. */
static void
ids_read(struct pe *pe, const xmlNode *xml)
{
	const char *id = xml_get(xml, "id");

	if (id)
		table_add(&pe->ids, id, xml);
	XML_EACH (xml, NULL, child)
		ids_read(pe, child);
}

static bool
is_unfencing(const xmlNode *nvpair)
{
	const char *name = xml_get(nvpair, "name"), *value = xml_get(nvpair, "value");

	return name && value && strcmp(value, "unfencing") == 0 &&
	       (strcmp(name, "requires") == 0 || strcmp(name, "provides") == 0);
}

/* A meta attribute below XML says so, whether it holds now or not. */
static bool
asks_unfencing(const xmlNode *xml)
{
	bool meta = xml && xml_is(xml, "meta_attributes");

	XML_EACH (xml, NULL, child)
		if ((meta && is_unfencing(child)) || asks_unfencing(child))
			return true;
	return false;
}

static void
read_all(struct pe *pe)
{
	const xmlNode *configuration = xml_child(pe->cib, "configuration");

	table_init(&pe->ids, &pe->arena);
	ids_read(pe, configuration);
	options_read(pe);
	pe->wants_unfencing =
	    pe->opt.stonith &&
	    (asks_unfencing(xml_child(configuration, "resources")) ||
	        asks_unfencing(xml_child(configuration, "rsc_defaults")));
	nodes_read(pe);
	resources_read(pe);
	quorum_advise_p(pe);
	fencing_advise_p(pe);
	status_read_p(pe);
	constraints_read_p(pe);
}

void
plan_p(struct pe *pe)
{
	read_all(pe);
	every_note(pe);
	orphans_advise_p(pe);
	if (pe->opt.shutdown_lock)
		leaves_each(pe, NULL, lock_apply);
	locations_apply(pe);
	if (pe->status_only)
		return;
	unfencing_expect(pe);
	load_expect(pe);
	leaves_each(pe, NULL, stickiness_add);
	leaves_each(pe, NULL, threshold_ban);
	for (size_t i = 0; i < pe->rsc_count; i++)
		if (is_exclusive(pe->rsc[i]))
			exclusive_ban(pe->rsc[i], pe->rsc[i]);
	for (size_t i = 0; i < pe->rsc_count; i++)
		group_colocations_make(pe, pe->rsc[i]);
	if (pe->opt.placement != PLACE_DEFAULT)
		resources_sort_p(pe);
	for (size_t i = 0; i < pe->rsc_count; i++)
		assign_p(pe, pe->rsc[i], NULL);
	recorded_check_p(pe);
	probes_p(pe);
	for (size_t i = 0; i < pe->rsc_count; i++)
		create_actions_p(pe, pe->rsc[i]);
	for (size_t i = 0; i < pe->rsc_count; i++)
		internal_links_p(pe, pe->rsc[i]);
	fence_and_shutdown_p(pe);
	probe_links_p(pe);
	migration_links_p(pe);
	links_resolve_p(pe);
	probe_restarts_p(pe);
	links_propagate(pe);
	graph_select(pe);
}
