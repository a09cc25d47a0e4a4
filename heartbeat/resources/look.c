/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs here before this daemon has started anything: a daemon before it ended
 * without stopping its resources (killed, crashed, a lost battle for memory).  Nobody
 * knows of them then, and the peers may have started the same, or are about to.
 *
 * So every resource is asked once, before we say what we hold.  Where sets are
 * negotiated, a set of which something runs counts as ours, as after a reload: its
 * service goes on, and if another node holds it too, the one with less right to it gives
 * way (review.c).  In legacy mode nobody would hear of it: what is not our own is
 * stopped.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <syslog.h>

/* Until communication is up.  Who has just come up itself has not heard what was said
 * before, and takes a node that only boots for one that holds nothing. */
static void
say_kept(struct rsc *rsc, struct instant now)
{
	rsc_send_resource(rsc, NULL);
	rsc->kept_due = instant_add_ms(now, RSC_REPEAT_MS);
}

void
rsc_kept_tick(struct rsc *rsc, struct instant now)
{
	if (!instant_is_reached(rsc->kept_due, now))
		return;
	rsc->kept_due = INSTANT_NEVER;
	if (rsc->phase == RSC_PHASE_INIT && rsc->hold && rsc->mode == RSC_NICE)
		say_kept(rsc, now);
}

void
rsc_look(struct rsc *rsc, struct instant now)
{
	assert(rsc->phase == RSC_PHASE_INIT && !rsc->looking);
	if (rsc->continued && rsc->hold)
		say_kept(rsc, now); /* what runs is known */
	if (rsc->continued || rsc->group_count == 0)
		return;
	rsc->looking = true;
	rsc->look_due = instant_add_ms(now, RSC_LOOK_MS);
	for (size_t i = 0; i < rsc->group_count; i++)
		rsc_exec_look(rsc, rsc->group[i]);
	rsc_exec_mark(rsc, RSC_ACT_LOOK, rsc->self);
	rsc_review(rsc, now);
}

void
rsc_look_found(struct rsc *rsc, struct rsc_group *g)
{
	rsc_logf(rsc, LOG_WARNING,
	    "group %s runs here already: the daemon before this one did not stop it",
	    g->conf.key);
	rsc_group_set_state(rsc, g, RSC_RUNNING, "ran before this daemon");
	if (rsc->mode == RSC_NICE && g->home < rsc->node_count)
		rsc->found |= RSC_SET(g->home);
	else if (g->home != rsc->self)
		rsc_exec_release(rsc, g, RSC_ACT_LOOK,
		    "left behind by the daemon before");
}

/* Everything was asked. */
void
rsc_look_done(struct rsc *rsc, struct instant now)
{
	if (rsc->exec.count > 0) { /* what is not ours is still to be stopped */
		rsc_exec_mark(rsc, RSC_ACT_LOOK, rsc->self);
		return;
	}
	rsc->looking = false;
	rsc_set_hold(rsc, rsc->found, "ran before this daemon");
	rsc->failback_due |= rsc->found & ~RSC_SET(rsc->self);
	/* It may take long until communication is up, and who booted is thought to hold
	 * nothing. */
	if (rsc->hold)
		say_kept(rsc, now);
	if (rsc->comm_up_waits)
		rsc_begin(rsc, now);
}

/* Who else holds what is known now: what we keep is completed. */
void
rsc_look_settled(struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->group_count; i++) {
		struct rsc_group *g = rsc->group[i];

		if (g->home >= rsc->node_count ||
		    !(rsc->found & rsc->hold & RSC_SET(g->home)))
			continue;
		rsc_exec_acquire(rsc, g,
		    g->home == rsc->self ? RSC_ACT_LOCAL : RSC_ACT_TAKEOVER,
		    "ran here before");
	}
	rsc->found = 0;
}
