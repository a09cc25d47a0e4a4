/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups of haresources and the state of each on this node.  The file may change at
 * any time: a group is the same one as long as its key is, and one that vanished from the
 * file while it runs is kept until it has been stopped.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static const struct group_rule {
	const char *name;
	unsigned next;
	bool held; /* some resource of it may be running here */
} group_rules[] = {
	[RSC_STOPPED] = { "stopped",
	    BIT(RSC_STARTING) | BIT(RSC_RUNNING) | BIT(RSC_STOPPING), false },
	[RSC_STARTING] = { "starting", BIT(RSC_RUNNING) | BIT(RSC_STOPPING), true },
	[RSC_RUNNING] = { "running", BIT(RSC_STARTING) | BIT(RSC_STOPPING), true },
	[RSC_STOPPING] = { "stopping",
	    BIT(RSC_STOPPED) | BIT(RSC_FAILED) | BIT(RSC_STUCK), true },
	[RSC_FAILED] = { "failed", BIT(RSC_STARTING) | BIT(RSC_STOPPING), false },
	[RSC_STUCK] = { "stuck", BIT(RSC_STARTING) | BIT(RSC_STOPPING), true },
};

const char *const rsc_group_state_names[] = {
	[RSC_STOPPED] = "stopped",
	[RSC_STARTING] = "starting",
	[RSC_RUNNING] = "running",
	[RSC_STOPPING] = "stopping",
	[RSC_FAILED] = "failed",
	[RSC_STUCK] = "stuck",
};

/* The only writer of g->state. */
void
rsc_group_set_state(struct rsc *rsc, struct rsc_group *g, enum rsc_group_state next,
    const char *why)
{
	const struct group_rule *was = &group_rules[g->state], *is = &group_rules[next];

	assert(why);
	if (g->state == next)
		return;
	assert(was->next & BIT(next));
	g->state = next;
	snprintf(g->why, sizeof(g->why), "%s", why);
	rsc_logf(rsc, LOG_DEBUG, "group %s: %s -> %s (%s)", g->conf.key, was->name,
	    is->name, why);
	rsc->fx.tell(rsc->shell,
	    &(struct rsc_event){ .type = RSC_EV_GROUP,
	        .key = g->conf.key,
	        .word = is->name,
	        .why = why,
	        .from = rsc_group_from(rsc, g) });
}

/* Sets of which something may run here, whether we hold them or are giving them up. */
rsc_set
rsc_still_running(const struct rsc *rsc)
{
	rsc_set set = 0;

	for (size_t i = 0; i < rsc->group_count; i++) {
		const struct rsc_group *g = rsc->group[i];

		if (g->home < rsc->node_count && group_rules[g->state].held)
			set |= RSC_SET(g->home);
	}
	return set;
}

/* The group in which WORD occurs: of the key first, else of any resource (people name
 * either). */
struct rsc_group *
rsc_group_find(const struct rsc *rsc, const char *word)
{
	for (size_t i = 0; i < rsc->group_count; i++)
		if (strcmp(rsc->group[i]->conf.key, word) == 0)
			return rsc->group[i];
	for (size_t i = 0; i < rsc->group_count; i++)
		for (size_t k = 0; k < rsc->group[i]->conf.resource_count; k++)
			if (strcmp(rsc->group[i]->conf.resource[k].word, word) == 0)
				return rsc->group[i];
	return NULL;
}

/* Copies. */

static void
conf_clear(struct conf_group *c)
{
	for (size_t i = 0; i < c->resource_count; i++) {
		struct conf_resource *r = &c->resource[i];

		free((void *)(uintptr_t)r->word);
		free((void *)(uintptr_t)r->script);
		for (size_t k = 0; k < r->arg_count; k++)
			free((void *)(uintptr_t)r->arg[k]);
	}
	free(c->resource);
	free((void *)(uintptr_t)c->node);
	free((void *)(uintptr_t)c->key);
	*c = (struct conf_group){ 0 };
}

static bool
resource_copy(struct conf_resource *to, const struct conf_resource *from)
{
	to->word = strdup(from->word);
	to->script = strdup(from->script);
	for (size_t k = 0; k < from->arg_count; k++) {
		to->arg[k] = strdup(from->arg[k]);
		if (!to->arg[k])
			return false;
		to->arg_count++;
	}
	return to->word && to->script;
}

static bool
conf_copy(struct conf_group *to, const struct conf_group *from)
{
	*to = (struct conf_group){ .line = from->line };
	to->node = strdup(from->node);
	to->key = strdup(from->key);
	to->resource = calloc(from->resource_count, sizeof(*to->resource));
	if (!to->node || !to->key || !to->resource)
		return false;
	for (size_t i = 0; i < from->resource_count; i++) {
		to->resource_count++;
		if (!resource_copy(&to->resource[i], &from->resource[i]))
			return false;
	}
	return true;
}

static void
group_free(struct rsc_group *g)
{
	conf_clear(&g->conf);
	free(g);
}

void
rsc_groups_free(struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->group_count; i++)
		group_free(rsc->group[i]);
	free(rsc->group);
	rsc->group = NULL;
	rsc->group_count = 0;
}

/* The file. */

static struct rsc_group *
find_key(const struct rsc *rsc, const char *key)
{
	for (size_t i = 0; i < rsc->group_count; i++)
		if (strcmp(rsc->group[i]->conf.key, key) == 0)
			return rsc->group[i];
	return NULL;
}

/* A group of the new file: a new struct, with the state of its predecessor. */
static struct rsc_group *
group_make(struct rsc *rsc, const struct conf_group *c)
{
	const struct rsc_group *old = find_key(rsc, c->key);
	struct rsc_group *g = calloc(1, sizeof(*g));
	bool first = rsc->group_count == 0 && rsc->phase == RSC_PHASE_INIT;

	if (!g)
		return NULL;
	if (old)
		*g = *old;
	g->removed = false;
	if (!conf_copy(&g->conf, c)) {
		group_free(g);
		return NULL;
	}
	g->home = rsc_node_index(rsc, c->node);
	if (old && g->home != old->home)
		g->requested = INSTANT_NEVER; /* asked for by its former home */
	if (!old) {
		bool kept =
		    first && g->home < rsc->node_count && (rsc->hold & RSC_SET(g->home));

		g->holder = g->from = RSC_NODE_MAX;
		/* After an exec restart everything of the sets we hold is running. */
		g->state = kept ? RSC_RUNNING : RSC_STOPPED;
		snprintf(g->why, sizeof(g->why), "%s",
		    kept ? "kept over the restart" : "not started yet");
	}
	return g;
}

static bool
is_in(const struct conf_groups *groups, const char *key)
{
	for (size_t i = 0; i < groups->count; i++)
		if (strcmp(groups->group[i].key, key) == 0)
			return true;
	return false;
}

static struct rsc_group *
group_keep(struct rsc *rsc, const struct rsc_group *old)
{
	struct rsc_group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	*g = *old;
	if (!conf_copy(&g->conf, &old->conf)) {
		group_free(g);
		return NULL;
	}
	if (!g->removed)
		rsc_logf(rsc, LOG_WARNING,
		    "group %s is no longer in haresources but runs here: "
		    "it is kept until it is stopped",
		    g->conf.key);
	g->removed = true;
	return g;
}

int
rsc_set_groups(struct rsc *rsc, const struct conf_groups *groups)
{
	struct rsc_group **list;
	struct rsc_job *queue;
	size_t count = 0, max = groups->count + rsc->group_count;

	if (!rsc_is_idle(rsc))
		return -EAGAIN;
	list = calloc(max + 1, sizeof(*list));
	queue = calloc(8 * max + 64, sizeof(*queue));
	if (!list || !queue)
		goto nomem;
	for (size_t i = 0; i < groups->count; i++) {
		if (groups->group[i].resource_count == 0)
			continue;
		list[count] = group_make(rsc, &groups->group[i]);
		if (!list[count++])
			goto nomem;
	}
	for (size_t i = 0; i < rsc->group_count; i++) {
		const struct rsc_group *old = rsc->group[i];

		if (is_in(groups, old->conf.key) || !group_rules[old->state].held)
			continue;
		list[count] = group_keep(rsc, old);
		if (!list[count++])
			goto nomem;
	}
	rsc_groups_free(rsc);
	free(rsc->exec.queue);
	rsc->group = list;
	rsc->group_count = count;
	rsc->exec.queue = queue;
	rsc->exec.queue_max = 8 * max + 64;
	rsc->exec.first = 0;
	rsc->giveup_group = NULL;
	rsc->giveup_due = INSTANT_NEVER;
	return 0;

nomem:
	for (size_t i = 0; list && i < count; i++)
		if (list[i])
			group_free(list[i]);
	free(list);
	free(queue);
	return -ENOMEM;
}

void
rsc_group_info(const struct rsc *rsc, size_t i, struct rsc_group_info *info)
{
	const struct rsc_group *g = rsc->group[i];

	assert(i < rsc->group_count);
	*info = (struct rsc_group_info){ .key = g->conf.key,
		.home = g->conf.node,
		.state = g->state,
		.why = g->why,
		.holder = g->holder < rsc->node_count ? rsc->peer[g->holder].name : NULL,
		.from = g->from < rsc->node_count ? rsc->peer[g->from].name : NULL,
		.holder_why = g->holder_why,
		.since = g->since,
		.conf = &g->conf };
}
