/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The death of a node: is what it held free (spec 6.6)?  It is when the node had given
 * everything up, when it was fenced (fencing.c), or when there is no device to fence
 * with.  An unknown state counts as "may hold everything".  What is free is taken by
 * review.c.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <syslog.h>

void
rsc_resolve(struct rsc *rsc, struct instant now, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];

	assert(p->state == RSC_NODE_DEAD);
	p->resolved = true;
	p->hold = p->releasing = 0;
	p->fence = RSC_FENCE_NONE;
	p->fence_due = p->fence_told_due = INSTANT_NEVER;
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
		rsc_resolve(rsc, now, node);
		return;
	}
	if (had_given_up(rsc, p)) {
		rsc_logf(rsc, LOG_INFO, "Dead node %s gave up resources.", p->name);
		rsc_send_fenced(rsc, node, "unneeded", NULL);
		rsc_resolve(rsc, now, node);
		return;
	}
	if (rsc->can_fence) {
		rsc_fence_begin(rsc, now, node);
		return;
	}
	rsc_send_fenced(rsc, node, "n_stnth", NULL);
	rsc_logf(rsc, LOG_WARNING, "No STONITH device configured.");
	rsc_logf(rsc, LOG_WARNING, "Shared disks are not protected.");
	rsc_resolve(rsc, now, node);
}
