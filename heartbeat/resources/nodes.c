/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What membership tells of nodes: they join, live, die, come back, restart, lose
 * messages, were apart from us; and that we stood still ourselves.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

size_t
rsc_node_index(const struct rsc *rsc, const char *name)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (strcasecmp(rsc->peer[i].name, name) == 0)
			return i;
	return RSC_NODE_MAX;
}

bool
rsc_peer_lives(const struct rsc *rsc, size_t i)
{
	return i != rsc->self && rsc->peer[i].state != RSC_NODE_DEAD &&
	       !rsc->peer[i].gone;
}

/* Facts. */

static void
peer_begins_anew(struct rsc_peer *p)
{
	p->reported = p->stable = p->mute = p->gone = false;
	p->ask = 0;
}

/* A node that we took for dead did its work somewhere out of our hearing, or has just
 * come up so fast that we did not see how: it is asked. */
static void
peer_was_away(struct rsc *rsc, struct instant now, size_t i)
{
	if ((rsc->phase != RSC_PHASE_STARTING && rsc->phase != RSC_PHASE_SETTLED) ||
	    rsc_is_ending(rsc))
		return;
	if (rsc->mode == RSC_LEGACY) {
		rsc_legacy_returned(rsc, now);
		return;
	}
	rsc_send_starting(rsc, now, i);
	rsc_send_resource(rsc, NULL);
}

/* It was dead and is heard again.  What it holds now it will say; a fencing still going
 * on is pointless. */
static void
peer_is_back(struct rsc *rsc, size_t i, bool anything)
{
	struct rsc_peer *p = &rsc->peer[i];
	struct rsc_peer back = { .name = p->name,
		.generation = p->generation,
		.anything = anything,
		.was_away = true };

	rsc_fence_end(rsc, i, "it is heard again");

	/* It was not reset: it may have kept everything. */
	if (!p->resolved)
		back.hold = p->reported ? p->hold | p->releasing : rsc->all;
	/* .. or have taken anything, while we did: what we have begun is not completed,
	 * and what we run stays, until it says what it holds. */
	if (p->merges) {
		back.hold = rsc->all;
		rsc_exec_forget(rsc, rsc->all, true);
		rsc->paused |= rsc->hold;
	}
	/* What its death began still names it as the reason. */
	memcpy(back.dead_why, p->dead_why, sizeof(back.dead_why));
	*p = back;
}

static void
peer_is_up(struct rsc *rsc, struct instant now)
{
	if (rsc->phase == RSC_PHASE_LEAVING && rsc->mode == RSC_NICE)
		rsc_send_resource(rsc, "shutdown"); /* it may not know yet */
	rsc_legacy_active(rsc, now);
}

static void
peer_lives(struct rsc *rsc, struct instant now, size_t i, enum rsc_node_state state,
    bool anything)
{
	struct rsc_peer *p = &rsc->peer[i];
	bool was_dead = p->state == RSC_NODE_DEAD;
	bool is_abrupt = was_dead && (state == RSC_NODE_ACTIVE || rsc->node_count > 2);
	bool is_up = p->state != RSC_NODE_ACTIVE && state == RSC_NODE_ACTIVE;

	if (was_dead)
		peer_is_back(rsc, i, anything);
	if (state == RSC_NODE_JOINING && (p->state == RSC_NODE_ACTIVE || p->gone))
		peer_begins_anew(p);
	if (state == RSC_NODE_JOINING)
		p->seen_start = true;
	if (is_up && !p->reported && rsc->mode == RSC_NICE)
		p->mute_due = instant_add_ms(now, RSC_LOCAL_TIMER_MS + rsc->deadtime_ms);
	p->state = state;
	if (is_up)
		peer_is_up(rsc, now);
	/* It came up while we slept and has everything, and says nothing of it. */
	if (rsc->mode == RSC_LEGACY && instant_is_set(rsc->slept) &&
	    instant_diff_ms(now, rsc->slept) < rsc->deadtime_ms &&
	    rsc->phase == RSC_PHASE_SETTLED && !rsc_is_ending(rsc))
		rsc_come_apart(rsc, now);
	if (rsc->mode == RSC_LEGACY)
		rsc_legacy_yield(rsc, i);
	/* A legacy node tells nothing by itself, however it came back. */
	if (is_abrupt || (is_up && p->was_away && rsc->mode == RSC_LEGACY))
		peer_was_away(rsc, now, i);
	if (is_up)
		p->was_away = false;
}

void
rsc_node(struct rsc *rsc, struct instant now, const char *name, enum rsc_node_state state,
    bool anything, const char *why)
{
	size_t i = rsc_node_index(rsc, name);
	struct rsc_peer *p;

	assert(why);
	if (i == RSC_NODE_MAX || i == rsc->self)
		return;
	p = &rsc->peer[i];
	p->anything = p->anything || anything;
	if (state != RSC_NODE_DEAD) {
		peer_lives(rsc, now, i, state, anything);
	} else if (p->state != RSC_NODE_DEAD) {
		p->state = RSC_NODE_DEAD;
		snprintf(p->dead_why, sizeof(p->dead_why), "%s %s", p->name, why);
		rsc_on_death(rsc, now, i);
	}
	rsc_review(rsc, now);
}

void
rsc_generation(struct rsc *rsc, const char *name, uint64_t generation)
{
	size_t i = rsc_node_index(rsc, name);

	if (i != RSC_NODE_MAX && i != rsc->self)
		rsc->peer[i].generation = generation;
}

void
rsc_restarted(struct rsc *rsc, struct instant now, const char *name)
{
	size_t i = rsc_node_index(rsc, name);
	struct rsc_peer *p;

	if (i == RSC_NODE_MAX || i == rsc->self)
		return;
	p = &rsc->peer[i];
	rsc_standby_lost(rsc, i, "the other side restarted");
	/* Its new life says itself what it kept (reload) or lost (crash); until then it
	 * counts as holding what it did, so that nobody starts the same things beside it.
	 */
	peer_begins_anew(p);
	p->kept = true;
	p->hold |= p->releasing;
	p->releasing = 0;
	rsc_review(rsc, now);
}

void
rsc_lost(struct rsc *rsc, struct instant now, const char *name)
{
	size_t i = rsc_node_index(rsc, name);

	if (i == RSC_NODE_MAX || i == rsc->self || rsc->mode == RSC_LEGACY ||
	    (rsc->phase != RSC_PHASE_STARTING && rsc->phase != RSC_PHASE_SETTLED))
		return;
	if (rsc->peer[i].ask == now.ns)
		return; /* one of many: it was asked in this very moment */
	/* Every node answers "starting" with what it holds, and then waits to hear the
	 * same of us. */
	rsc_send_starting(rsc, now, i);
	rsc_send_resource(rsc, NULL);
	rsc_review(rsc, now);
}

bool
rsc_is_ending(const struct rsc *rsc)
{
	return rsc->leave_wanted || rsc->apart;
}

/* Others have taken what we hold, or we what they do: stop making it worse, restart. */
void
rsc_come_apart(struct rsc *rsc, struct instant restart)
{
	rsc->apart = true;
	rsc->partition_due = restart;
	rsc_standby_cancel(rsc, "this node was apart from the others");
	rsc_exec_cut_short(rsc, BIT(RSC_ACT_LOCAL) | BIT(RSC_ACT_TAKEOVER) |
	                            BIT(RSC_ACT_REQUEST) | BIT(RSC_ACT_TAKE));
}

void
rsc_partition(struct rsc *rsc, struct instant now, const char *name, bool merges)
{
	size_t i = rsc_node_index(rsc, name);

	if (rsc->phase == RSC_PHASE_LEFT)
		return;
	if (i != RSC_NODE_MAX && rsc->peer[i].fenced)
		rsc_fence_lied(rsc, i);
	if (rsc->phase == RSC_PHASE_LEAVING)
		return;
	if (merges && rsc->mode == RSC_NICE && !rsc->apart && i != RSC_NODE_MAX &&
	    i != rsc->self) {
		rsc->peer[i].merges = true;
		rsc_logf(rsc, LOG_INFO,
		    "resources: %s was alive all the time: what runs on both will be "
		    "stopped on one",
		    name);
		return; /* that it is back comes next */
	}
	if (!rsc->apart) {
		rsc_come_apart(rsc, instant_add_ms(now, RSC_PARTITION_MS));
		rsc_logf(rsc, LOG_DEBUG,
		    "resources: %s was alive all the time: restart in %d ms", name,
		    RSC_PARTITION_MS);
	}
	rsc_review(rsc, now);
}

void
rsc_overslept(struct rsc *rsc, struct instant now, const char *why)
{
	bool somebody = false;

	for (size_t i = 0; i < rsc->node_count; i++)
		somebody = somebody || rsc_peer_lives(rsc, i);
	if (!somebody)
		rsc->slept = now;
	if (!somebody || rsc->phase == RSC_PHASE_INIT || rsc->apart)
		return;
	rsc_logf(rsc, LOG_CRIT,
	    "This node stood still (%s): the others have taken its resources over."
	    "  Giving them up.",
	    why);
	rsc_come_apart(rsc, now);
	rsc_review(rsc, now);
}
