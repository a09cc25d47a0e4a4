/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The death of a node: is what it held free (spec 6.6)?  It is when the node had given
 * everything up, when it was fenced, or when there is no device to fence with.  An
 * unknown state counts as "may hold everything".  What is free is taken by review.c.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <syslog.h>

static void
resolve(struct rsc *rsc, struct instant now, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];

	assert(p->state == RSC_NODE_DEAD);
	p->resolved = true;
	p->hold = p->releasing = 0;
	p->fence = RSC_FENCE_NONE;
	rsc->news++;
	if (rsc->mode == RSC_LEGACY && rsc->phase == RSC_PHASE_SETTLED &&
	    !rsc_is_ending(rsc))
		rsc_legacy_takeover(rsc, now, node);
}

/* A node that said that it holds nothing may still live, out of our hearing, and take
 * what is free there.  Where it can be fenced its word counts only while we hold
 * everything: it would have to reset us first. */
static bool
had_given_up(const struct rsc *rsc, const struct rsc_peer *p)
{
	if (p->gone)
		return true;
	return p->anything && p->reported && p->hold == 0 && p->releasing == 0 &&
	       (!rsc->can_fence || rsc->hold == rsc->all);
}

static void
fence(struct rsc *rsc, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];

	p->fence = RSC_FENCE_RUNNING;
	p->fence_due = INSTANT_NEVER;
	rsc->fx.fence(rsc->shell, p->name);
}

void
rsc_on_death(struct rsc *rsc, struct instant now, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];

	assert(p->state == RSC_NODE_DEAD && p->dead_why[0]);
	rsc->news++;
	p->stable = false;
	p->mute = false;
	rsc_standby_lost(rsc, node, "the other side died");
	if (rsc->phase == RSC_PHASE_INIT)
		return; /* comes again when communication is up */
	if (rsc->phase == RSC_PHASE_LEAVING || rsc->phase == RSC_PHASE_LEFT ||
	    rsc_is_ending(rsc)) {
		rsc_logf(rsc, LOG_INFO,
		    "Resource takeover cancelled - shutdown in progress.");
		resolve(rsc, now, node);
		return;
	}
	if (had_given_up(rsc, p)) {
		rsc_logf(rsc, LOG_INFO, "Dead node %s gave up resources.", p->name);
		rsc_send_fenced(rsc, node, "unneeded");
		resolve(rsc, now, node);
		return;
	}
	if (rsc->can_fence) {
		fence(rsc, node);
		return;
	}
	rsc_send_fenced(rsc, node, "n_stnth");
	rsc_logf(rsc, LOG_WARNING, "No STONITH device configured.");
	rsc_logf(rsc, LOG_WARNING, "Shared disks are not protected.");
	resolve(rsc, now, node);
}

void
rsc_fenced(struct rsc *rsc, struct instant now, const char *name,
    enum rsc_fence_result result)
{
	size_t node = rsc_node_index(rsc, name);
	struct rsc_peer *p;

	if (node == RSC_NODE_MAX)
		return;
	p = &rsc->peer[node];
	if (p->fence != RSC_FENCE_RUNNING)
		return; /* it came back meanwhile */
	if (result == RSC_FENCE_OK) {
		rsc_logf(rsc, LOG_INFO, "node %s now reset.", p->name);
		rsc_send_fenced(rsc, node, "OK");
		resolve(rsc, now, node);
	} else {
		rsc_logf(rsc, LOG_ERR, "Host %s not reset!", p->name);
		rsc_logf(rsc, LOG_ERR, "STONITH of %s failed.  Retrying...", p->name);
		rsc_send_fenced(rsc, node,
		    result == RSC_FENCE_BADHOST ? "badhost" : "bad");
		p->fence = RSC_FENCE_WAITING;
		p->fence_due = instant_add_ms(now, RSC_FENCE_RETRY_MS);
	}
	rsc_review(rsc, now);
}

void
rsc_fence_tick(struct rsc *rsc, struct instant now)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (rsc->peer[i].fence == RSC_FENCE_WAITING &&
		    instant_is_reached(rsc->peer[i].fence_due, now))
			fence(rsc, i);
}
