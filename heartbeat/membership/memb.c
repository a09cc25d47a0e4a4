/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership: entry points, its clock, what is due when, and the way from start to
 * "communication is up" (spec/wire.md 7).
 *
 * Time.  Everything that will be due is asked for in one place (memb_next); the timer is
 * armed for the earliest.  A heartbeat only moves deadlines later, so it does not touch
 * the timer: the next tick finds nothing due and arms anew.
 *
 * Our own absence.  Each entry compares its time with the moment that the timer was armed
 * for.  Being much later means that this process did not run: silence in that time proves
 * nothing about the others, so deadlines are put off by it, and each peer gets at least
 * two heartbeats' time to be heard in.  Absences shorter than a peer's dead time put its
 * death off by at most SHIFT_MAX dead times in all, so that many small ones cannot keep a
 * dead node alive for ever; an absence that is long enough to be the whole silence always
 * counts.  Had we been silent ourselves for longer than we had promised, others may hold
 * what we held: that is told first of all (MEMB_EV_SELF_SILENT).
 */
#include "heartbeat/membership/private.h"

#include <stdarg.h>
#include <stdio.h>

/* Log and events. */

static void
memb_log_line(struct memb *memb, int priority, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	memb->fx->log(memb->shell, priority, text);
}

void
memb_log(struct memb *memb, int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	memb_log_line(memb, priority, format, args);
	va_end(args);
}

void
memb_log_limited(struct memb *memb, struct memb_limit *limit, int priority,
    const char *format, ...)
{
	va_list args;

	if (!instant_is_set(limit->begin) ||
	    instant_diff_ms(memb->now, limit->begin) >= 10000) {
		if (limit->suppressed > 0)
			memb_log(memb, priority, "%u similar log lines were suppressed",
			    limit->suppressed);
		*limit = (struct memb_limit){ .begin = memb->now };
	}
	if (limit->used >= LIMIT_BURST) {
		limit->suppressed++;
		return;
	}
	limit->used++;
	va_start(args, format);
	memb_log_line(memb, priority, format, args);
	va_end(args);
}

void
memb_tell(struct memb *memb, enum memb_event_type type, const struct memb_peer *peer,
    const char *why)
{
	struct memb_event event = {
		.type = type,
		.node = peer ? &peer->node : NULL,
		.was = peer ? peer->node.status : MEMB_INIT,
		.why = why,
	};

	assert(why && *why);
	memb->fx->event(memb->shell, &event);
}

uint64_t
memb_random(struct memb *memb)
{
	uint64_t z = memb->random += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Time. */

void
memb_want(struct memb *memb, struct instant when)
{
	if (!instant_is_set(when) || memb->phase == PHASE_NEW)
		return;
	if (when.ns < memb->now.ns)
		when = memb->now;
	if (instant_is_set(memb->armed) && memb->armed.ns <= when.ns)
		return;
	memb->armed = when;
	memb->fx->arm(memb->shell, when);
}

static struct instant
memb_next(const struct memb *memb)
{
	struct instant gathered = instant_add_ms(memb->started, memb->initdead_ms);
	struct instant next = instant_min(memb->status_due, memb->prompt_due);

	next = instant_min(next, memb->probe_due);
	if (memb->pack_len > 0)
		next = instant_min(next, memb->now);
	if (memb->acks_due)
		next = instant_min(next, memb_ack_due(memb));
	if (memb->phase == PHASE_ASKING)
		next = instant_min(next, memb->reqnodes_due);
	if (memb->phase == PHASE_GATHERING && memb->autojoin &&
	    gathered.ns > memb->now.ns)
		next = instant_min(next, gathered);
	next = instant_min(next, memb_rexmit_due(memb));
	next = instant_min(next, memb_flow_due(memb));
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_peer *peer = memb->peer[i];

		next = instant_min(next, memb_peer_deadline(memb, peer));
		for (size_t l = 0; l < peer->node.link_count; l++)
			next = instant_min(next, memb_link_deadline(memb, peer, l));
	}
	return next;
}

static void
memb_rearm(struct memb *memb)
{
	memb->armed = memb_next(memb);
	assert(instant_is_set(memb->armed)); /* at least the next heartbeat */
	/* A deadline that came nearer may be over; that is no absence of ours. */
	if (memb->armed.ns < memb->now.ns)
		memb->armed = memb->now;
	memb->fx->arm(memb->shell, memb->armed);
}

static void
memb_peer_shift(const struct memb *memb, struct memb_peer *peer, int64_t limit_ms,
    int64_t away_ms)
{
	int64_t room_ms = SHIFT_MAX * limit_ms - peer->shifted_ms, shift_ms = away_ms;
	int64_t left_ms = limit_ms - instant_diff_ms(memb->now, peer->alive) + away_ms;

	/* Time to be heard in, if it lives. */
	if (left_ms < 2 * memb->keepalive_ms)
		shift_ms += 2 * memb->keepalive_ms - left_ms;
	if (away_ms < limit_ms && shift_ms > room_ms)
		shift_ms = room_ms > 0 ? room_ms : 0;
	assert(shift_ms >= 0);
	peer->shifted_ms += shift_ms;
	peer->alive = instant_add_ms(peer->alive, shift_ms);
	for (size_t l = 0; l < peer->node.link_count; l++)
		if (peer->node.link[l].up)
			peer->link_alive[l] =
			    instant_add_ms(peer->link_alive[l], away_ms);
	for (size_t i = 0; i < peer->missing_count; i++)
		peer->missing[i].since = instant_add_ms(peer->missing[i].since, away_ms);
	if (instant_is_set(peer->hears_us))
		peer->hears_us = instant_add_ms(peer->hears_us, away_ms);
}

/* Nothing may lie in the future afterwards: who was heard during the absence is not
 * younger than now. */
static void
memb_peer_clamp(const struct memb *memb, struct memb_peer *peer)
{
	if (peer->alive.ns > memb->now.ns)
		peer->alive = memb->now;
	for (size_t l = 0; l < peer->node.link_count; l++)
		if (peer->link_alive[l].ns > memb->now.ns)
			peer->link_alive[l] = memb->now;
	if (peer->hears_us.ns > memb->now.ns)
		peer->hears_us = memb->now;
	for (size_t i = 0; i < peer->missing_count; i++)
		if (peer->missing[i].since.ns > memb->now.ns)
			peer->missing[i].since = memb->now;
}

static void
memb_away(struct memb *memb, int64_t away_ms)
{
	assert(away_ms > 0);
	memb->stats.stalls++;
	memb_disturb(memb);
	memb_log_limited(memb, &memb->limit, LOG_WARNING,
	    "this node did not run for %lld ms: deadlines of the others are put off by "
	    "that",
	    (long long)away_ms);
	memb_self_judge(memb, away_ms);
	for (size_t i = 0; i < memb->peer_count; i++) {
		struct memb_peer *peer = memb->peer[i];
		struct instant deadline = memb_peer_deadline(memb, peer);

		for (size_t l = 0; l < peer->node.link_count; l++)
			arrival_pause(&peer->arrival[l]);
		if (peer == memb->self || !instant_is_set(deadline))
			continue;
		memb_peer_shift(memb, peer, instant_diff_ms(deadline, peer->alive),
		    away_ms);
		memb_peer_clamp(memb, peer);
	}
}

/* Each entry begins here; they do not nest. */
static void
memb_enter(struct memb *memb, struct instant now)
{
	int64_t late_ms;

	assert(memb->depth == 0);
	assert(instant_is_set(now));
	memb->depth++;
	if (now.ns > memb->now.ns)
		memb->now = now;
	memb->at = memb->now;
	if (!instant_is_set(memb->armed))
		return;
	late_ms = instant_diff_ms(memb->now, memb->armed);
	if (late_ms > memb->keepalive_ms && late_ms > memb->deadtime_ms / 4) {
		memb->armed = memb->now; /* counted once; it is still to come */
		memb_away(memb, late_ms);
	}
}

static void
memb_leave(struct memb *memb)
{
	assert(memb->depth == 1);
	memb->depth--;
}

/* The way up. */

/* Which phases may follow. */
static const struct memb_phase_rule {
	const char *name;
	unsigned next;
} memb_phase_rules[] = {
	[PHASE_NEW] = { "new", BIT(PHASE_GATHERING) },
	[PHASE_GATHERING] = { "gathering", BIT(PHASE_ASKING) | BIT(PHASE_UP) },
	[PHASE_ASKING] = { "asking", BIT(PHASE_UP) },
	[PHASE_UP] = { "up", 0 },
};

/* The only writer of memb->phase. */
static void
memb_phase_set(struct memb *memb, enum memb_phase next, const char *why)
{
	const struct memb_phase_rule *was = &memb_phase_rules[memb->phase];

	assert(was->next & BIT(next));
	memb->phase = next;
	memb_log(memb, LOG_DEBUG, "communication: %s -> %s (%s)", was->name,
	    memb_phase_rules[next].name, why);
	if (next != PHASE_UP)
		return;
	memb->asked = NULL;
	memb_log(memb, LOG_INFO, "Comm_now_up(): updating status to active");
	memb_status_set_own(memb, MEMB_ACTIVE, why);
	memb_tell(memb, MEMB_EV_COMM_UP, memb->self, why);
}

static bool
memb_all_known(const struct memb *memb)
{
	if (memb->autojoin && !memb->quick_restart &&
	    instant_diff_ms(memb->now, memb->started) < memb->initdead_ms)
		return false;
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_node *node = &memb->peer[i]->node;

		if (!node->anything && node->status != MEMB_DEAD)
			return false;
	}
	return true;
}

/* Takes the step that the phase allows now; called when anything changed that it may wait
 * for. */
static void
memb_phase_step(struct memb *memb)
{
	if (memb->phase != PHASE_GATHERING && memb->phase != PHASE_ASKING)
		return;
	if (memb->phase == PHASE_GATHERING && !memb_all_known(memb))
		return;
	if (!memb_admin_whom(memb)) {
		memb_phase_set(memb, PHASE_UP,
		    "every node was heard or is dead, none to ask");
		return;
	}
	if (memb->phase == PHASE_GATHERING)
		memb_phase_set(memb, PHASE_ASKING, "every node was heard or is dead");
	if (!memb->asked || !memb_peer_is_live(memb->asked))
		memb_admin_ask(memb);
}

void
memb_repnodes_arrived(struct memb *memb)
{
	assert(memb->phase == PHASE_ASKING);
	memb_phase_set(memb, PHASE_UP, "the list of nodes was confirmed");
}

/* What happens. */

void
memb_start(struct memb *memb, struct instant now)
{
	memb_enter(memb, now);
	assert(memb->phase == PHASE_NEW);
	memb->started = memb->now;
	for (size_t i = 0; i < memb->peer_count; i++)
		memb->peer[i]->alive = memb->now;
	memb_phase_set(memb, PHASE_GATHERING, "started");
	memb_status_begin(memb);
	memb_phase_step(memb);
	memb_rearm(memb);
	memb_leave(memb);
}

/* What lies in the future is no arrival. */
static void
memb_arrived(struct memb *memb, struct instant at)
{
	assert(instant_is_set(at));
	if (at.ns < memb->now.ns)
		memb->at = at;
}

void
memb_heard(struct memb *memb, struct instant now, struct instant at, size_t link,
    struct msg *m)
{
	struct instant due;
	bool was_up;

	memb_enter(memb, now);
	memb_arrived(memb, at);
	assert(link < memb->medium_count);
	was_up = memb->phase == PHASE_UP;
	due = memb->status_due;
	if (memb->phase != PHASE_NEW) {
		memb->stats.received++;
		memb_packet_handle(memb, link, m);
		if (memb->phase != PHASE_UP)
			memb_phase_step(memb);
		/* When initdead is over deadlines are nearer; a heartbeat that was sent
		 * early needs no timer. */
		if ((!was_up && memb->phase == PHASE_UP) || due.ns != memb->status_due.ns)
			memb_rearm(memb);
	}
	memb_leave(memb);
}

/* In a quiet cluster of two, half of what comes in are echoes of our own heartbeats:
 * their signature was made here, and their fields are known. */
bool
memb_heard_echo(struct memb *memb, struct instant now, struct instant at, size_t link,
    const uint8_t *bytes, size_t len)
{
	assert(link < memb->medium_count);
	if (memb->phase != PHASE_UP || *memb->medium[link].ping_node ||
	    !memb_history_is_newest(memb, bytes, len))
		return false;
	memb_enter(memb, now);
	memb_arrived(memb, at);
	memb->stats.received++;
	memb_echo_note(memb, memb->seq, link);
	memb_leave(memb);
	return true;
}

void
memb_tick(struct memb *memb, struct instant now)
{
	bool was_up = memb->phase == PHASE_UP;

	memb_enter(memb, now);
	if (memb->phase != PHASE_NEW) {
		memb_status_tick(memb);
		memb_peers_judge(memb);
		memb_rexmit_tick(memb);
		memb_flow_tick(memb);
		memb_phase_step(memb);
		if (memb->phase == PHASE_ASKING &&
		    instant_is_reached(memb->reqnodes_due, memb->now))
			memb_admin_ask(memb);
		if (!was_up && memb->phase == PHASE_UP)
			memb_peers_judge(memb); /* initdead is over */
		memb_pack_flush(memb);
		memb_ack_tick(memb);
		memb_rearm(memb);
		assert(memb->armed.ns >
		       memb->now.ns); /* what was due is done: no spinning */
	}
	memb_leave(memb);
}

void
memb_stalled(struct memb *memb, struct instant now, int64_t away_ms)
{
	/* The clock may or may not have gone on meanwhile; what it showed is not to be
	 * counted again. */
	if (instant_is_set(memb->armed) && memb->armed.ns < now.ns)
		memb->armed = now;
	memb_enter(memb, now);
	if (memb->phase != PHASE_NEW && away_ms > 0) {
		memb_away(memb, away_ms);
		memb_rearm(memb);
	}
	memb_leave(memb);
}

int
memb_send(struct memb *memb, struct instant now, struct msg *m, bool urgent)
{
	int r;

	memb_enter(memb, now);
	assert(memb->phase != PHASE_NEW);
	r = memb_send_foreign(memb, m, urgent);
	memb_leave(memb);
	return r;
}

void
memb_announce(struct memb *memb, struct instant now, int64_t extra_dead_ms)
{
	memb_enter(memb, now);
	assert(memb->phase != PHASE_NEW);
	assert(extra_dead_ms >= 0);
	memb_disturb(memb);
	memb->extra_dead_ms = extra_dead_ms;
	memb_status_send(memb);
	memb_leave(memb);
}

void
memb_set_keys(struct memb *memb, const struct msg_keys *keys)
{
	assert(keys || !memb->style.keys);
	memb->style.keys = keys;
	if (keys)
		memb_history_sign(memb);
}
