/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaving in order (spec 8.1): what is going on is brought to an end, everything of the
 * file is stopped, and "shutdone" tells the peers that they may start.
 */
#include "heartbeat/resources/private.h"

#include <syslog.h>
#include <unistd.h>

/* A hand-over in which we already stopped something is waited for this long. */
#define RSC_LEAVE_HANDOVER_MS 60000

void
rsc_leave_begin(struct rsc *rsc, struct instant now, const char *why)
{
	if (rsc->leave_wanted)
		return;
	rsc->leave_wanted = true;
	rsc->leave_why = why;
	rsc->leave_due = instant_add_ms(now, RSC_LEAVE_MS);
	rsc->partition_due = INSTANT_NEVER;
	for (size_t i = 0; i < rsc->node_count; i++)
		rsc_fence_end(rsc, i, "this node ends");
	rsc->news++;
}

/* Nothing new is begun; what runs ends. */
static bool
is_quiet(struct rsc *rsc, struct instant now)
{
	struct rsc_standby *sb = &rsc->standby;

	rsc_exec_cut_short(rsc,
	    BIT(RSC_ACT_LOCAL) | BIT(RSC_ACT_TAKEOVER) | BIT(RSC_ACT_REQUEST));
	if ((sb->phase == RSC_SB_ME && sb->peer == RSC_NODE_MAX) ||
	    sb->phase == RSC_SB_OTHER)
		rsc_standby_cancel(rsc,
		    "shutdown"); /* nothing was stopped or started for it yet */
	if (sb->phase == RSC_SB_DONE && sb->we_give)
		sb->deadline =
		    instant_min(sb->deadline, instant_add_ms(now, RSC_LEAVE_HANDOVER_MS));
	return sb->phase == RSC_SB_NOT && rsc_exec_is_idle(rsc);
}

void
rsc_leave_step(struct rsc *rsc, struct instant now)
{
	if (!rsc->leave_wanted || rsc->phase == RSC_PHASE_LEFT)
		return;
	if (rsc->phase == RSC_PHASE_LEAVING) {
		if (instant_is_reached(rsc->leave_due, now)) {
			rsc_logf(rsc, LOG_ERR,
			    "resources are not released after an hour: leaving them");
			rsc_left(rsc);
		}
		return;
	}
	if (!is_quiet(rsc, now) && !instant_is_reached(rsc->leave_due, now)) {
		if (!rsc->leave_told)
			rsc_logf(rsc, LOG_WARNING,
			    "Shutdown delayed until current resource activity finishes.");
		rsc->leave_told = true;
		return;
	}
	rsc_set_hold(rsc, 0, "shutdown");
	rsc_set_phase(rsc, RSC_PHASE_LEAVING, rsc->leave_why);
	rsc->leave_due = instant_add_ms(now, RSC_LEAVE_MS);
	rsc_logf(rsc, LOG_INFO, "Heartbeat shutdown in progress. (%d)", (int)getpid());
	if (rsc->mode == RSC_NICE)
		rsc_send_resource(rsc, "shutdown");
	rsc_logf(rsc, LOG_INFO, "Giving up all HA resources.");
	for (size_t i = 0; i < rsc->group_count; i++)
		rsc_exec_release(rsc, rsc->group[i], RSC_ACT_LEAVE, rsc->leave_why);
	rsc_exec_mark(rsc, RSC_ACT_LEAVE, rsc->self);
}

void
rsc_left(struct rsc *rsc)
{
	const struct rsc_send send = { .type = "shutdone",
		.count = 1,
		.field = { { "st", "dead" } } };

	if (rsc->phase != RSC_PHASE_LEAVING)
		return;
	rsc_logf(rsc, LOG_INFO, "All HA resources relinquished.");
	rsc->fx.send(rsc->shell, &send);
	rsc_set_phase(rsc, RSC_PHASE_LEFT, rsc->leave_why);
	rsc_tell(rsc, RSC_EV_LEFT, NULL, NULL, rsc->leave_why);
}
