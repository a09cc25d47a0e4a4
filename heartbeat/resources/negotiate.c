/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds what: "starting", "resource" and "shutdone" (spec 6.2 to 6.4, 8.1), and the
 * moment at which a starting node has heard enough to decide.
 *
 * Each "starting" is answered by a "resource" that says what the answerer holds; a node
 * has heard enough when every living peer has said so.  New nodes number their question
 * and repeat the number in the answer (fields hbask and hbans): what was said before the
 * question may have been on its way for long.  An old peer that starts at the same moment
 * may not answer; the local timer of 10 s, which the old daemon always waits, ends that.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

void
rsc_on_starting(struct rsc *rsc, size_t from, const struct msg *m)
{
	struct rsc_peer *p = &rsc->peer[from];
	const char *asks = msg_str(m, "hbask");

	if (from == rsc->self || rsc->mode == RSC_LEGACY)
		return;
	p->stable = p->gone = p->mute = false;
	p->seen_start = true;
	p->mute_due = INSTANT_NEVER; /* it speaks */
	snprintf(p->asks, sizeof(p->asks), "%s", asks ? asks : "");
	/* After an exec restart what is kept is no secret, however long we wait for
	 * others. */
	if (rsc->phase == RSC_PHASE_INIT && rsc->hold == 0)
		rsc->asked[from] = true;
	else
		rsc_send_answer(rsc, p->asks);
}

/* Those who said "starting" while we could not answer yet. */
void
rsc_answer_asked(struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->node_count; i++) {
		if (rsc->asked[i] && rsc->mode == RSC_NICE)
			rsc_send_answer(rsc, rsc->peer[i].asks);
		rsc->asked[i] = false;
	}
}

/* What the sender gives up by word is not free before it says that it is done; of one
 * that we did not know it may be anything. */
static void
note_hold(const struct rsc *rsc, struct rsc_peer *p, rsc_set is, const char *info,
    bool stable)
{
	if (info && (strcmp(info, "shutdown") == 0 || strcmp(info, "standby") == 0))
		p->releasing |= (p->reported ? p->hold : rsc->all) & ~is;
	else if (stable)
		p->releasing = 0;
	p->hold = is;
	p->releasing &= ~is;
}

/* An old node answers "not mine, not stable" while it waits for its local timer, but also
 * while it stops everything for a shutdown or a hand-over that began before we came: then
 * its groups still run.  Who came up before our eyes cannot be releasing; of another one
 * nothing is free before it is stable, gone or dead. */
static bool
may_be_releasing(const struct rsc_peer *p, const char *info, bool stable)
{
	return p->is_old && !p->reported && !p->seen_start && !stable && !info;
}

/* Said after we asked, or by a node that knows no better. */
static bool
is_answer(const struct rsc_peer *p, const struct msg *m)
{
	const char *answers = msg_str(m, "hbans");
	char number[24];

	if (!answers || p->ask == 0)
		return true;
	snprintf(number, sizeof(number), "%llx", (unsigned long long)p->ask);
	return strcmp(answers, number) == 0;
}

/* A giver whose set we wait for is stable again: it has broken off.  An old node answers
 * "stable" also while it waits for our "other": from it only silence tells. */
static bool
breaks_standby(const struct rsc *rsc, size_t from, const struct msg *m)
{
	const struct rsc_standby *sb = &rsc->standby;

	return sb->phase == RSC_SB_OTHER && sb->peer == from && msg_find(m, "hbans");
}

void
rsc_on_resource(struct rsc *rsc, struct instant now, size_t from, const struct msg *m)
{
	struct rsc_peer *p = &rsc->peer[from];
	const char *word = msg_str(m, "rsc_hold"), *rtype = msg_str(m, "rtype");
	const char *isstable = msg_str(m, "isstable"), *info = msg_str(m, "info");
	bool was_stable = p->stable, stable = isstable && strcmp(isstable, "1") == 0;
	rsc_set set;

	if (rsc->mode == RSC_LEGACY || from == rsc->self)
		return; /* our own state was changed when we sent it */
	if (!word) {
		rsc_logf(rsc, LOG_ERR, "resource message without rsc_hold field.");
		return;
	}
	p->is_old = !msg_find(m, "hbans");
	set = rsc_set_of_message(rsc, m, from);
	if (!rtype || strcmp(rtype, "full") != 0)
		set = strcmp(word, "none") == 0 ? 0 : p->hold | set;
	note_hold(rsc, p, set, may_be_releasing(p, info, stable) ? "standby" : info,
	    stable);
	rsc_standby_takes(rsc, now, from);
	if (isstable)
		p->stable = stable;
	if (rtype && is_answer(p, m)) {
		p->ask = 0;
		p->asked_again = false;
		p->reported = true;
		p->mute = false;
		p->mute_due = INSTANT_NEVER;
	}
	rsc->news++;
	if (info && strcmp(info, "standby") == 0)
		rsc_standby_began(rsc, now, from);
	if (stable && breaks_standby(rsc, from, m))
		rsc_standby_cancel(rsc, "the other side broke off");
	if (p->stable && !was_stable) {
		rsc_logf(rsc, LOG_INFO, "remote resource transition completed.");
		if (rsc->phase == RSC_PHASE_STARTING || rsc->phase == RSC_PHASE_SETTLED)
			rsc_send_resource(rsc, NULL);
	}
	rsc_audit(rsc);
}

void
rsc_on_shutdone(struct rsc *rsc, struct instant now, size_t from)
{
	struct rsc_peer *p = &rsc->peer[from];

	if (from == rsc->self)
		return;
	rsc_logf(rsc, LOG_INFO, "Received shutdown notice from '%s'.", p->name);
	p->gone = true;
	p->hold = p->releasing = 0;
	p->stable = false;
	p->reported = true;
	snprintf(p->dead_why, sizeof(p->dead_why), "%s shut down", p->name);
	rsc->news++;
	rsc_standby_lost(rsc, from, "the other side shut down");
	if (rsc->phase == RSC_PHASE_LEAVING || rsc->phase == RSC_PHASE_LEFT ||
	    rsc_is_ending(rsc))
		rsc_logf(rsc, LOG_INFO,
		    "Resource takeover cancelled - shutdown in progress.");
	else if (rsc->mode == RSC_LEGACY && rsc->phase == RSC_PHASE_SETTLED)
		rsc_legacy_takeover(rsc, now, from);
}

/* Settling. */

static void
settle(struct rsc *rsc, const char *why)
{
	rsc_set own = RSC_SET(rsc->self);
	bool any = false;

	rsc_set_phase(rsc, RSC_PHASE_SETTLED, why);
	rsc->settle_due = INSTANT_NEVER;
	rsc_logf(rsc, LOG_INFO, "local resource transition completed.");
	for (size_t i = 0; i < rsc->group_count; i++)
		any = any || rsc->group[i]->home == rsc->self;
	if (!any)
		rsc_logf(rsc, LOG_INFO,
		    "No local resources [" HB_SHAREDIR
		    "/ResourceManager listkeys %s] to acquire.",
		    rsc->peer[rsc->self].name);
	else if ((rsc_claimed(rsc) & own) && !(rsc->hold & own))
		rsc_logf(rsc, LOG_INFO, "Local Resource acquisition completed. (none)");
	/* The set itself is taken by review.c like any other that nobody holds. */
	rsc_look_settled(rsc);
}

/* An active peer that said nothing in the local timer and a deadtime more does not speak
 * this protocol: legacy mode.  It runs its own set, and hears us only through ip-request.
 */
static void
mute_if_silent(struct rsc *rsc, struct instant now, size_t i)
{
	struct rsc_peer *p = &rsc->peer[i];

	p->mute_due = INSTANT_NEVER;
	if (!rsc_peer_lives(rsc, i) || p->reported || p->mute ||
	    p->state != RSC_NODE_ACTIVE)
		return;
	if (rsc_is_ending(rsc))
		return; /* after a partition nobody says starting; we do, in our next life
		         */
	if (p->ask && !p->asked_again && rsc->phase == RSC_PHASE_SETTLED) {
		p->asked_again = true;
		p->mute_due = instant_add_ms(now, rsc->deadtime_ms);
		rsc_send_starting(rsc, now, i);
		rsc_send_resource(rsc, NULL);
		return;
	}
	p->mute = true;
	rsc->news++;
	rsc_logf(rsc, LOG_ERR,
	    "node %s does not answer 'starting': is its auto_failback legacy or unset?  "
	    "Mixed settings are no cluster; taking only our own resources.",
	    p->name);
}

void
rsc_mute_try(struct rsc *rsc, struct instant now)
{
	for (size_t i = 0; i < rsc->node_count; i++)
		if (instant_is_reached(rsc->peer[i].mute_due, now))
			mute_if_silent(rsc, now, i);
}

void
rsc_settle_try(struct rsc *rsc, struct instant now)
{
	bool heard_all = true, in_flux = false, active_silent = false;

	if (rsc->phase != RSC_PHASE_STARTING)
		return;
	for (size_t i = 0; i < rsc->node_count; i++) {
		const struct rsc_peer *p = &rsc->peer[i];

		if (!rsc_peer_lives(rsc, i))
			continue;
		if (!p->reported) {
			heard_all = false;
			active_silent = active_silent || p->state == RSC_NODE_ACTIVE;
		}
		/* It is just taking our set over: it will be stable in a moment, and hand
		 * it back then.  Not so when we have the set, too: perhaps it was
		 * reloaded like us and waits for the same, while everything runs twice;
		 * review.c ends that. */
		if ((p->hold & ~rsc->hold & RSC_SET(rsc->self)) && !p->stable)
			in_flux = true;
	}
	if (heard_all && !in_flux) {
		settle(rsc, "every living node said what it holds");
		return;
	}
	if (!instant_is_reached(rsc->settle_due, now))
		return;
	if (active_silent && !rsc->settle_extended) {
		rsc->settle_extended = true;
		rsc->settle_due = instant_add_ms(now, rsc->deadtime_ms);
		return;
	}
	for (size_t i = 0; i < rsc->node_count; i++)
		mute_if_silent(rsc, now, i);
	settle(rsc, "local timer");
}
