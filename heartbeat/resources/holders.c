/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds which group, since when and why, for people: nothing is decided by it. Looked
 * at at the end of every review, so that what only passes within one event is not told.
 *
 * A node holds a group here when it may be running there: we from the decision to take it
 * until its last resource has stopped, others as long as they say that they hold its set.
 * Of legacy nodes nothing is known.
 */
#include "heartbeat/resources/private.h"

#include <stdio.h>

static bool
is_held_here(const struct rsc *rsc, const struct rsc_group *g)
{
	switch (g->state) {
	case RSC_STARTING:
	case RSC_RUNNING:
	case RSC_STOPPING:
	case RSC_STUCK:
		return true;
	case RSC_FAILED:
		return false;
	case RSC_STOPPED:
		break;
	}
	/* It is to be started, or waits for another one to stop it. */
	return !g->removed && g->home < rsc->node_count &&
	       (rsc->hold & RSC_SET(g->home)) && rsc->mode == RSC_NICE;
}

static size_t
holder_of(const struct rsc *rsc, const struct rsc_group *g)
{
	if (is_held_here(rsc, g))
		return rsc->self;
	for (size_t i = 0; i < rsc->node_count && g->home < rsc->node_count; i++)
		if (rsc_peer_lives(rsc, i) && rsc->peer[i].reported &&
		    ((rsc->peer[i].hold | rsc->peer[i].releasing) & RSC_SET(g->home)))
			return i;
	return RSC_NODE_MAX;
}

static const char *
why_of(const struct rsc *rsc, const struct rsc_group *g, size_t holder)
{
	const struct rsc_peer *before = &rsc->peer[g->holder];

	if (holder == rsc->self || g->holder == rsc->self)
		return g->why[0] ? g->why : "decided here";
	if (holder < rsc->node_count)
		return "it says so";
	if (g->holder < rsc->node_count && before->dead_why[0] &&
	    !rsc_peer_lives(rsc, g->holder))
		return before->dead_why;
	return "its holder says so";
}

static void
holder_set(struct rsc *rsc, struct instant now, struct rsc_group *g, size_t holder)
{
	const char *was = g->holder < rsc->node_count ? rsc->peer[g->holder].name : NULL;

	snprintf(g->holder_why, sizeof(g->holder_why), "%s", why_of(rsc, g, holder));
	if (g->holder != RSC_NODE_MAX)
		g->from = g->holder;
	g->holder = holder;
	g->since = now;
	rsc->fx.tell(rsc->shell,
	    &(struct rsc_event){ .type = RSC_EV_HOLDER,
	        .key = g->conf.key,
	        .word = holder < rsc->node_count ? rsc->peer[holder].name : "",
	        .why = g->holder_why,
	        .from = was });
}

void
rsc_holders_review(struct rsc *rsc, struct instant now)
{
	if (rsc->phase == RSC_PHASE_LEFT)
		return;
	for (size_t i = 0; i < rsc->group_count; i++) {
		struct rsc_group *g = rsc->group[i];
		size_t holder = holder_of(rsc, g);

		if (holder != g->holder)
			holder_set(rsc, now, g, holder);
	}
}

const char *
rsc_group_from(const struct rsc *rsc, const struct rsc_group *g)
{
	size_t from = g->holder != rsc->self ? g->holder : g->from;

	return from < rsc->node_count && from != rsc->self ? rsc->peer[from].name : NULL;
}

const char *
rsc_holder_lost_why(const struct rsc *rsc, size_t home)
{
	for (size_t i = 0; i < rsc->group_count; i++) {
		const struct rsc_group *g = rsc->group[i];
		size_t last = g->holder < rsc->node_count ? g->holder : g->from;

		if (g->home == home && last < rsc->node_count && last != rsc->self &&
		    !rsc_peer_lives(rsc, last) && rsc->peer[last].dead_why[0])
			return rsc->peer[last].dead_why;
	}
	return NULL;
}
