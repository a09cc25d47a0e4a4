/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dead node that may still run something is reset before anything of it is taken (spec
 * stonith 4).  One that was never heard is no exception.
 *
 *	NONE --death--> DELAYED --stonith_delay--> RUNNING --OK--> NONE, and resolved
 *	                                            |   ^
 *	                                       failed   5 s after its end, for ever
 *	                                            v   |
 *	                                           WAITING
 *	any --heard again, confirmed by a person or by another node, we end--> NONE
 *
 * A node that is heard again says itself what it runs: nothing of it is free before that,
 * so it need not be shot.  An answer to an attempt that was given up is none: the next
 * life of that node may have begun.
 *
 * A device may be wrong.  What is heard of a node in the generation that was declared
 * reset proves that (rsc_fence_lied): nothing more is taken, and what both run now is
 * sorted out as after any partition.  The node itself learns it from the message
 * "stonith": what it runs may be running elsewhere, and the fastest end of that is its
 * own (RSC_EV_FENCED).  Field hbgen says which life is meant.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static const char *const fence_names[] = {
	[RSC_FENCE_NONE] = "none",
	[RSC_FENCE_DELAYED] = "delayed",
	[RSC_FENCE_RUNNING] = "running",
	[RSC_FENCE_WAITING] = "waiting",
};

static void __attribute__((format(printf, 4, 5))) fence_set(struct rsc_peer *p,
    enum rsc_fence state, struct instant due, const char *format, ...)
{
	va_list args;

	assert(p->state == RSC_NODE_DEAD && !p->resolved);
	p->fence = state;
	p->fence_due = due;
	va_start(args, format);
	vsnprintf(p->fence_why, sizeof(p->fence_why), format, args);
	va_end(args);
}

/* Who waits? */

static size_t
resources_of(const struct rsc *rsc, rsc_set sets)
{
	size_t count = 0;

	for (size_t i = 0; i < rsc->group_count; i++) {
		const struct rsc_group *g = rsc->group[i];

		if (g->home < rsc->node_count && (sets & RSC_SET(g->home)))
			count += g->conf.resource_count;
	}
	return count;
}

/* Both sides of a split know what both held before, and come to opposite answers. */
static bool
is_weaker(const struct rsc *rsc, size_t other)
{
	const struct rsc_peer *p = &rsc->peer[other];
	size_t ours = resources_of(rsc, rsc->hold),
	       theirs =
	           resources_of(rsc, p->reported ? p->hold | p->releasing : rsc->all);

	return ours < theirs || (ours == theirs && other < rsc->self);
}

static void
fence_run(struct rsc *rsc, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];

	p->fence_tries++;
	fence_set(p, RSC_FENCE_RUNNING, INSTANT_NEVER, "attempt %u runs", p->fence_tries);
	rsc->fx.fence(rsc->shell, p->name);
}

void
rsc_fence_begin(struct rsc *rsc, struct instant now, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];
	bool weaker = rsc->fence_weaker_ms > 0 && is_weaker(rsc, node);
	int64_t delay_ms = rsc->fence_delay_ms + (weaker ? rsc->fence_weaker_ms : 0);

	p->fence_since = now;
	p->fence_told_due = instant_add_ms(now, RSC_FENCE_TOLD_MS);
	p->fence_tries = 0;
	if (delay_ms == 0) {
		fence_run(rsc, node);
		return;
	}
	rsc_logf(rsc, LOG_INFO, "node %s is reset in %lld ms%s", p->name,
	    (long long)delay_ms,
	    weaker ? ": if it lives, it holds more, and may reset this one first" : "");
	fence_set(p, RSC_FENCE_DELAYED, instant_add_ms(now, delay_ms),
	    "stonith_delay of %lld ms", (long long)delay_ms);
}

void
rsc_fence_end(struct rsc *rsc, size_t node, const char *why)
{
	struct rsc_peer *p = &rsc->peer[node];

	if (p->fence == RSC_FENCE_NONE)
		return;
	rsc_logf(rsc, LOG_INFO, "node %s is not reset any more: %s", p->name, why);
	if (p->fence == RSC_FENCE_RUNNING)
		rsc->fx.fence_stop(rsc->shell, p->name);
	p->fence = RSC_FENCE_NONE;
	p->fence_due = p->fence_told_due = INSTANT_NEVER;
	rsc->news++;
}

/* Success. */

static void
fence_succeeded(struct rsc *rsc, struct instant now, size_t node, const char *by)
{
	struct rsc_peer *p = &rsc->peer[node];

	rsc_resolve(rsc, now, node);
	p->fenced = true;
	p->fenced_by = by;
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
		return; /* of a fencing that was given up */
	if (result == RSC_FENCE_OK) {
		rsc_send_fenced(rsc, node, "OK", NULL);
		fence_succeeded(rsc, now, node, NULL);
	} else {
		rsc_logf(rsc, LOG_ERR, "STONITH of %s failed.  Retrying...", p->name);
		rsc_send_fenced(rsc, node,
		    result == RSC_FENCE_BADHOST ? "badhost" : "bad", NULL);
		fence_set(p, RSC_FENCE_WAITING, instant_add_ms(now, RSC_FENCE_RETRY_MS),
		    "attempt %u failed: %s", p->fence_tries,
		    result == RSC_FENCE_BADHOST ? "no device knows it"
		                                : "no device reset it");
	}
	rsc_review(rsc, now);
}

int
rsc_confirm(struct rsc *rsc, struct instant now, const char *name, const char *by)
{
	size_t node = rsc_node_index(rsc, name);
	struct rsc_peer *p;

	if (node == RSC_NODE_MAX)
		return -ENOENT;
	p = &rsc->peer[node];
	if (p->fence == RSC_FENCE_NONE)
		return -EALREADY;
	rsc_logf(rsc, LOG_WARNING, "node %s is down: %s says so", p->name, by);
	rsc_fence_end(rsc, node, "somebody made sure that it is down");
	rsc_send_fenced(rsc, node, "OK", "confirmed");
	fence_succeeded(rsc, now, node, "a person");
	rsc_review(rsc, now);
	return 0;
}

/* What others say. */

static bool
runs_anything(const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->group_count; i++)
		if (rsc->group[i]->state != RSC_STOPPED &&
		    rsc->group[i]->state != RSC_FAILED)
			return true;
	return rsc->exec.busy || rsc->hold != 0;
}

/* Another node declared this one reset, or heard of it although it had done so. */
static void
we_were_fenced(struct rsc *rsc, struct instant now, const char *by, uint64_t generation)
{
	if ((generation && generation != rsc->generation) || rsc->phase == RSC_PHASE_LEFT)
		return; /* an older life of ours */
	if (!runs_anything(rsc)) {
		rsc_logf(rsc, LOG_WARNING,
		    "node %s says that this node was reset; nothing runs here", by);
		return;
	}
	if (!generation) {
		/* An old node, which perhaps means a life before this one. */
		if (rsc_is_ending(rsc))
			return;
		rsc_logf(rsc, LOG_CRIT,
		    "node %s says that this node was reset, and has taken what runs "
		    "here: giving it up",
		    by);
		rsc_come_apart(rsc, now);
		return;
	}
	rsc_logf(rsc, LOG_CRIT,
	    "node %s says that this node was reset, and has taken what runs here: it "
	    "must not run on both",
	    by);
	rsc_tell(rsc, RSC_EV_FENCED, NULL, by, "another node declared this one reset");
}

void
rsc_on_stonith(struct rsc *rsc, struct instant now, size_t from, const struct msg *m)
{
	const char *name = msg_str(m, "node"), *result = msg_str(m, "result"),
	           *info = msg_str(m, "info"), *text = msg_str(m, "hbgen");
	size_t node = name ? rsc_node_index(rsc, name) : RSC_NODE_MAX;
	uint64_t generation = text ? strtoull(text, NULL, 16) : 0;
	bool ok = result && strcmp(result, "OK") == 0;
	struct rsc_peer *p;

	if (from == rsc->self || node == RSC_NODE_MAX)
		return;
	if (node == rsc->self) {
		if (ok || (info && strcmp(info, "alive") == 0))
			we_were_fenced(rsc, now, rsc->peer[from].name, generation);
		return;
	}
	p = &rsc->peer[node];
	if (!ok || p->fence == RSC_FENCE_NONE || !generation ||
	    generation != p->generation)
		return;
	rsc_fence_end(rsc, node, "another node has done it");
	fence_succeeded(rsc, now, node, rsc->peer[from].name);
}

/* Failure after success. */

void
rsc_fence_lied(struct rsc *rsc, size_t node)
{
	struct rsc_peer *p = &rsc->peer[node];

	assert(p->fenced && p->state == RSC_NODE_DEAD);
	rsc_logf(rsc, LOG_CRIT,
	    "node %s lives, although %s said that it was reset: nothing more of it is "
	    "taken",
	    p->name, p->fenced_by ? p->fenced_by : "the STONITH device");
	p->fenced = false;
	rsc_exec_cut_short(rsc, BIT(RSC_ACT_TAKEOVER));
	if (!p->fenced_by)
		rsc->fx.fence_lied(rsc->shell, p->name);
	/* It may not have heard that it was declared reset. */
	rsc_send_fenced(rsc, node, "bad", "alive");
}

/* Time. */

void
rsc_fence_tick(struct rsc *rsc, struct instant now)
{
	for (size_t i = 0; i < rsc->node_count; i++) {
		struct rsc_peer *p = &rsc->peer[i];

		if ((p->fence == RSC_FENCE_WAITING || p->fence == RSC_FENCE_DELAYED) &&
		    instant_is_reached(p->fence_due, now))
			fence_run(rsc, i);
		if (p->fence == RSC_FENCE_NONE ||
		    !instant_is_reached(p->fence_told_due, now))
			continue;
		p->fence_told_due = instant_add_ms(now, RSC_FENCE_TOLD_MS);
		rsc_logf(rsc, LOG_WARNING,
		    "node %s is not reset since %lld s (%s): nothing of it is taken "
		    "over; "
		    "if it is surely down, hb_fenced %s says so",
		    p->name, (long long)(instant_diff_ms(now, p->fence_since) / 1000),
		    p->fence_why, p->name);
	}
}

struct instant
rsc_fence_tick_due(const struct rsc *rsc)
{
	struct instant due = INSTANT_NEVER;

	for (size_t i = 0; i < rsc->node_count; i++) {
		due = instant_min(due, rsc->peer[i].fence_due);
		due = instant_min(due, rsc->peer[i].fence_told_due);
	}
	return due;
}

bool
rsc_fencing(const struct rsc *rsc, const char *name, struct rsc_fencing_info *info)
{
	size_t node = rsc_node_index(rsc, name);
	const struct rsc_peer *p;

	if (node == RSC_NODE_MAX || rsc->peer[node].fence == RSC_FENCE_NONE)
		return false;
	p = &rsc->peer[node];
	*info = (struct rsc_fencing_info){ .state = fence_names[p->fence],
		.why = p->fence_why,
		.since = p->fence_since,
		.due = p->fence_due,
		.tries = p->fence_tries };
	return true;
}
