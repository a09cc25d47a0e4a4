/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows from the facts.  rsc_review() runs after every event and draws all
 * conclusions until nothing follows any more:
 *
 *  - enough was heard: the start is over (negotiate.c);
 *  - two living nodes hold the same: one stops it, the other waits for that;
 *  - a set that nobody has is taken, by its own node or by the heir;
 *  - a peer whose set we took when it died is stable again: with failback it gets it
 * back;
 *  - a group that failed to start is handed over after a while;
 *  - we came to rest, or left it: the peers are told.
 *
 * So nothing hangs on the order in which messages, deaths and ends of scripts come in.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>

/* The field isstable: we have decided, and nothing of ours moves. */
bool
rsc_is_settled(const struct rsc *rsc)
{
	if (rsc->phase != RSC_PHASE_SETTLED || rsc->standby.phase != RSC_SB_NOT ||
	    !rsc_exec_is_idle(rsc))
		return false;
	for (size_t i = 0; i < rsc->node_count; i++)
		if (rsc->peer[i].fence != RSC_FENCE_NONE)
			return false;
	return true;
}

/* Nothing moves anywhere, as far as we know. */
bool
rsc_is_stable(const struct rsc *rsc)
{
	if (rsc->mode == RSC_LEGACY)
		return rsc->phase != RSC_PHASE_INIT && rsc_exec_is_idle(rsc);
	if (!rsc_is_settled(rsc))
		return false;
	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		if (rsc_peer_lives(rsc, i) && p->state == RSC_NODE_ACTIVE && !p->stable &&
		    !p->mute)
			return false;
	}
	return true;
}

/* Taking. */

/* A legacy node may run what is ours without a word: it must be asked (legacy.c). */
static bool
must_ask(const struct rsc *rsc, size_t home)
{
	bool mute = false;

	for (size_t i = 0; i < rsc->node_count; i++)
		mute = mute || (rsc_peer_lives(rsc, i) && rsc->peer[i].mute);
	return mute && home == rsc->self;
}

static void
take_set(struct rsc *rsc, struct instant now, size_t home, const char *why)
{
	enum rsc_activity activity = home == rsc->self ? RSC_ACT_LOCAL : RSC_ACT_TAKEOVER;

	if (activity == RSC_ACT_TAKEOVER) {
		rsc_logf(rsc, LOG_INFO, "Resources being acquired from %s.",
		    rsc->peer[home].name);
		rsc->reason = "mach_down";
	}
	/* Before any script: whoever asks meanwhile must hear that the set is ours. */
	rsc_set_hold(rsc, rsc->hold | RSC_SET(home), why);
	if (activity == RSC_ACT_TAKEOVER)
		rsc->failback_due |= RSC_SET(home);
	for (size_t i = 0; i < rsc->group_count; i++) {
		struct rsc_group *g = rsc->group[i];

		if (g->home != home || g->removed)
			continue;
		if (activity == RSC_ACT_TAKEOVER)
			rsc_logf(rsc, LOG_INFO, "Taking over resource group %s",
			    g->conf.key);
		if (must_ask(rsc, home))
			rsc_legacy_request(rsc, now, g);
		else
			rsc_exec_acquire(rsc, g, activity, why);
	}
	rsc_exec_mark(rsc, activity, home);
	/* .. and if we die before all is started, it must be known that we had it. */
	rsc_send_resource(rsc, NULL);
}

/* Every living peer has said what it holds; one that is only booting holds nothing. */
static bool
is_informed(const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		if (!rsc_peer_lives(rsc, i) || p->reported || p->mute)
			continue;
		if (p->state == RSC_NODE_ACTIVE || p->hold)
			return false;
	}
	return true;
}

static void
orphan_forget(struct rsc *rsc, size_t home)
{
	rsc->orphan_since[home] = INSTANT_NEVER;
	rsc->orphan_asked &= ~RSC_SET(home);
}

/* The set of a living node that does not take it, although everything is at rest: an old
 * daemon that lost it in a fast restart.  After a deadtime the next node helps. */
static bool
is_neglected(struct rsc *rsc, struct instant now, size_t home)
{
	const struct rsc_peer *p = &rsc->peer[home];
	bool asked = rsc->orphan_asked & RSC_SET(home);

	if (asked && !p->reported && p->state == RSC_NODE_ACTIVE)
		return false; /* its answer is on its way, or it is dying */
	/* One that is not up yet has had no chance. */
	if (!rsc_is_stable(rsc) || p->state != RSC_NODE_ACTIVE || !p->reported) {
		orphan_forget(rsc, home);
		return false;
	}
	if (!instant_is_set(rsc->orphan_since[home]))
		rsc->orphan_since[home] = now;
	if (instant_diff_ms(now, rsc->orphan_since[home]) < rsc->deadtime_ms)
		return false;
	for (size_t step = 1; step < rsc->node_count; step++) {
		size_t i = (home + step) % rsc->node_count;

		if (i == rsc->self)
			break;
		if (rsc_peer_lives(rsc, i) && rsc->peer[i].state == RSC_NODE_ACTIVE)
			return false;
	}
	if (asked)
		return true;
	/* Perhaps it did take it, and we have just not heard of it. */
	rsc->orphan_asked |= RSC_SET(home);
	rsc_send_starting(rsc, now, home);
	rsc_send_resource(rsc, NULL);
	return false;
}

static void
take_orphan(struct rsc *rsc, struct instant now, size_t home)
{
	const struct rsc_peer *p = &rsc->peer[home];

	if (home == rsc->self) {
		const char *why = rsc_holder_lost_why(rsc, home);

		take_set(rsc, now, home, why ? why : "nobody holds it");
	} else if (!rsc_peer_lives(rsc, home)) {
		if (rsc_heir(rsc, home) == rsc->self)
			take_set(rsc, now, home,
			    p->dead_why[0] ? p->dead_why : "owner dead");
	} else if (is_neglected(rsc, now, home)) {
		rsc_logf(rsc, LOG_WARNING,
		    "No one owns the resources of %s since %lld ms: taking them", p->name,
		    (long long)rsc->deadtime_ms);
		take_set(rsc, now, home, "its node does not take it");
	}
}

static void
orphans_take(struct rsc *rsc, struct instant now)
{
	rsc_set orphans = rsc->all & ~rsc_claimed(rsc) & ~rsc_standby_moving(rsc);

	if (rsc->mode == RSC_LEGACY || rsc->phase != RSC_PHASE_SETTLED ||
	    rsc_is_ending(rsc) || !is_informed(rsc))
		return;
	/* Others' first: their services are down, ours mostly run. */
	for (size_t step = 1; step <= rsc->node_count; step++) {
		size_t home = (rsc->self + step) % rsc->node_count;

		if (orphans & RSC_SET(home))
			take_orphan(rsc, now, home);
		else
			orphan_forget(rsc, home);
	}
}

/* Two living nodes hold the same: they came up apart from each other. */

static void
set_release(struct rsc *rsc, rsc_set set, const char *why)
{
	rsc_set_hold(rsc, rsc->hold & ~set, why);
	rsc_exec_forget(rsc, set, true);
	for (size_t i = 0; i < rsc->group_count; i++)
		if (rsc->group[i]->home < rsc->node_count &&
		    (set & RSC_SET(rsc->group[i]->home)))
			rsc_exec_release(rsc, rsc->group[i], RSC_ACT_YIELD, why);
	rsc_send_resource(rsc, "standby");
}

static void
conflict_end(struct rsc *rsc, struct instant now, size_t other)
{
	struct rsc_peer *p = &rsc->peer[other];
	rsc_set ours = rsc->hold & p->releasing, both = rsc->hold & p->hold;

	if ((both | ours) == 0 || !rsc_peer_lives(rsc, other)) {
		p->conflict_since = INSTANT_NEVER;
		return;
	}
	if (!p->reported) {
		/* Perhaps it is not so any more: that it will say soon. */
		ours |= both;
		both = 0;
	}
	for (size_t home = 0; home < rsc->node_count; home++)
		if ((both & RSC_SET(home)) && rsc_nearer(rsc, home, other) == rsc->self)
			ours |= RSC_SET(home);
	if (both & ~ours) {
		rsc_logf(rsc, LOG_CRIT,
		    "node %s runs what runs here, too: stopping it here", p->name);
		set_release(rsc, both & ~ours, "another node holds it, too");
	}
	if (ours == 0)
		return;
	rsc_exec_forget(rsc, ours, true);
	rsc->paused |= ours;
	if (both == 0)
		return;
	if (!instant_is_set(p->conflict_since) || !p->stable)
		p->conflict_since = now; /* it may be stopping it right now */
	if (instant_diff_ms(now, p->conflict_since) < rsc->deadtime_ms)
		return;
	/* An old daemon does not give way.  When we leave, it is at least alone. */
	rsc_logf(rsc, LOG_CRIT,
	    "node %s runs our resources and does not give way: restart", p->name);
	p->conflict_since = INSTANT_NEVER;
	rsc_come_apart(rsc, now);
}

/* The other node has stopped it: now it may run here as a whole. */
static void
paused_resume(struct rsc *rsc)
{
	rsc_set set = rsc->paused & ~rsc_claimed_by_others(rsc);

	rsc->paused &= ~set & rsc->hold;
	set &= rsc->hold;
	for (size_t i = 0; i < rsc->group_count; i++)
		if (rsc->group[i]->home < rsc->node_count &&
		    (set & RSC_SET(rsc->group[i]->home)) && !rsc->group[i]->removed)
			rsc_exec_resume(rsc, rsc->group[i],
			    "the other node has stopped it");
}

static bool
has_conflict(const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (rsc_peer_lives(rsc, i) && rsc->peer[i].reported &&
		    (rsc->hold & rsc->peer[i].hold))
			return true;
	return false;
}

static void
conflicts_end(struct rsc *rsc, struct instant now)
{
	bool is_taking = rsc->standby.phase == RSC_SB_DONE && !rsc->standby.we_give;

	/* Who holds the same will refuse what we asked for: nothing is stopped yet. */
	if (rsc->standby.phase == RSC_SB_ME && rsc->standby.peer == RSC_NODE_MAX &&
	    has_conflict(rsc))
		rsc_standby_cancel(rsc, "another node holds the same");
	if (rsc->mode == RSC_LEGACY || rsc->phase != RSC_PHASE_SETTLED ||
	    (rsc->standby.phase != RSC_SB_NOT && !is_taking))
		return;
	for (size_t i = 0; i < rsc->node_count; i++)
		if (i != rsc->self && !rsc_is_ending(rsc))
			conflict_end(rsc, now, i);
	if (!rsc_is_ending(rsc))
		paused_resume(rsc);
}

/* Giving. */

static void
failback_try(struct rsc *rsc, struct instant now)
{
	if (rsc->failback != FAILBACK_ON || !rsc->failback_due || !rsc_is_stable(rsc) ||
	    rsc_is_ending(rsc) || !is_informed(rsc))
		return;
	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		if (!(rsc->failback_due & RSC_SET(i)) || !rsc_peer_lives(rsc, i) ||
		    !p->stable)
			continue;
		rsc->failback_due = 0;
		rsc_standby_ask(rsc, now, "foreign");
		return;
	}
}

static void
giveup_try(struct rsc *rsc, struct instant now)
{
	const struct rsc_group *g = rsc->giveup_group;
	bool somebody = false;

	if (!g || !instant_is_reached(rsc->giveup_due, now) || rsc_is_ending(rsc))
		return;
	for (size_t i = 0; i < rsc->node_count; i++)
		somebody = somebody || rsc_peer_lives(rsc, i);
	if (g->state == RSC_FAILED && somebody) {
		const char *word = g->home == rsc->self ? "local" : "foreign";

		rsc_logf(rsc, LOG_INFO,
		    "group %s did not start here: handing over our %s resources",
		    g->conf.key, word);
		if (rsc_standby_ask(rsc, now, word) == -EBUSY) {
			rsc->giveup_due = instant_add_ms(now, 1000);
			return;
		}
		rsc_group_find(rsc, g->conf.key)->given_up = true;
	} else if (g->state == RSC_FAILED) {
		rsc_logf(rsc, LOG_WARNING,
		    "group %s did not start here, and no other node lives", g->conf.key);
	}
	rsc->giveup_group = NULL;
	rsc->giveup_due = INSTANT_NEVER;
}

/* Ends. */

void
rsc_activity_done(struct rsc *rsc, struct instant now, enum rsc_activity activity,
    size_t node)
{
	rsc->news++;
	switch (activity) {
	case RSC_ACT_LOCAL:
		rsc_logf(rsc, LOG_INFO, "Local Resource acquisition completed.");
		break;
	case RSC_ACT_TAKEOVER:
		rsc_logf(rsc, LOG_INFO, "mach_down takeover complete for node %s.",
		    rsc->peer[node].name);
		rsc_logf(rsc, LOG_INFO, "mach_down takeover complete.");
		break;
	case RSC_ACT_GIVE:
		rsc_standby_given(rsc, now);
		break;
	case RSC_ACT_TAKE:
		rsc_standby_taken(rsc);
		break;
	case RSC_ACT_LEAVE:
		rsc_left(rsc);
		break;
	case RSC_ACT_LOOK:
		rsc_look_done(rsc, now);
		break;
	case RSC_ACT_REQUEST:
	case RSC_ACT_YIELD:
		break;
	}
}

/* Telling. */

static void
announce(struct rsc *rsc)
{
	bool settled = rsc_is_settled(rsc);
	const char *word = rsc_word(rsc);

	if (settled && !rsc->announced_stable && rsc->mode == RSC_NICE) {
		rsc_send_resource(rsc, NULL);
		rsc_audit(rsc);
	}
	rsc->announced_stable = settled;
	if (settled && !rsc->initial_told &&
	    (rsc->mode == RSC_LEGACY || rsc->failback == FAILBACK_OFF ||
	        (rsc->hold & RSC_SET(rsc->self)))) {
		rsc->initial_told = true;
		rsc_logf(rsc, LOG_INFO, "Initial resource acquisition complete (%s)",
		    rsc->reason);
	}
	if (!rsc->word_told || strcmp(rsc->word_told, word) != 0) {
		rsc->word_told = word;
		rsc_tell(rsc, RSC_EV_STABLE, NULL, word, "as reviewed");
	}
}

/* An old node may take an "isstable=0" that had to be sent again for newer than the "1"
 * after it, and would refuse every hand-over from then on: our last word is said twice.
 */
static void
repeat_step(struct rsc *rsc, struct instant now)
{
	if (rsc->repeat_wanted) {
		bool is_heard = false;

		for (size_t i = 0; i < rsc->node_count; i++)
			is_heard =
			    is_heard || (rsc->peer[i].is_old && rsc_peer_lives(rsc, i));
		rsc->repeat_due =
		    is_heard ? instant_add_ms(now, RSC_REPEAT_MS) : INSTANT_NEVER;
		rsc->repeat_wanted = false;
	}
	if (!instant_is_reached(rsc->repeat_due, now))
		return;
	rsc->repeat_due = INSTANT_NEVER;
	if (rsc->phase == RSC_PHASE_SETTLED && rsc_is_settled(rsc)) {
		rsc_send_resource(rsc, NULL);
		rsc->repeat_wanted = false;
	}
}

static void
partition_step(struct rsc *rsc, struct instant now)
{
	if (!instant_is_reached(rsc->partition_due, now) || rsc->leave_wanted)
		return;
	rsc->partition_due = INSTANT_NEVER;
	rsc_leave_begin(rsc, now, "this node was apart from the others");
	rsc_tell(rsc, RSC_EV_RESTART, NULL, NULL, rsc->leave_why);
}

/* What rsc_tick() does. */
static struct instant
tick_due(const struct rsc *rsc)
{
	struct instant due = instant_min(rsc_exec_due(rsc), rsc->standby.deadline);

	due = instant_min(due, rsc->kept_due);
	due = instant_min(due, rsc_fence_tick_due(rsc));
	for (size_t i = 0; i < rsc->node_count; i++)
		due = instant_min(due, rsc->peer[i].mute_due);
	for (size_t i = 0; i < rsc->group_count; i++)
		due = instant_min(due, rsc->group[i]->requested);
	return due;
}

/* What rsc_review() does. */
static struct instant
review_due(const struct rsc *rsc)
{
	struct instant due = INSTANT_NEVER;

	if (rsc->leave_wanted)
		return rsc->phase == RSC_PHASE_LEFT ? INSTANT_NEVER : rsc->leave_due;
	if (rsc->phase == RSC_PHASE_STARTING)
		due = rsc->settle_due;
	due = instant_min(due, rsc->partition_due);
	due = instant_min(due, rsc->repeat_due);
	if (rsc->giveup_group)
		due = instant_min(due, rsc->giveup_due);
	for (size_t i = 0; i < rsc->node_count; i++) {
		if (instant_is_set(rsc->peer[i].conflict_since))
			due = instant_min(due, instant_add_ms(rsc->peer[i].conflict_since,
			                           rsc->deadtime_ms));
		if (instant_is_set(rsc->orphan_since[i]))
			due = instant_min(due,
			    instant_add_ms(rsc->orphan_since[i], rsc->deadtime_ms));
	}
	return due;
}

static void
arm(struct rsc *rsc, struct instant now)
{
	struct instant tick = tick_due(rsc), review = review_due(rsc);

	if (instant_is_reached(tick, now))
		tick = instant_add_ms(now, 1);
	/* What was looked at and must wait does not become a busy loop. */
	if (instant_is_reached(review, now))
		review = instant_add_ms(now, 1000);
	rsc->fx.arm(rsc->shell, instant_min(tick, review));
}

void
rsc_review(struct rsc *rsc, struct instant now)
{
	unsigned rounds = 0, before;

	do {
		assert(rounds++ < 64);
		before = rsc->news;
		rsc_exec_pump(rsc, now);
		if (rsc->phase == RSC_PHASE_LEFT)
			break;
		partition_step(rsc, now);
		rsc_leave_step(rsc, now);
		if (rsc->phase == RSC_PHASE_INIT)
			break;
		rsc_settle_try(rsc, now);
		rsc_standby_review(rsc);
		conflicts_end(rsc, now);
		orphans_take(rsc, now);
		failback_try(rsc, now);
		giveup_try(rsc, now);
	} while (rsc->news != before);
	rsc_holders_review(rsc, now);
	announce(rsc);
	repeat_step(rsc, now);
	arm(rsc, now);
}
