/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The own status and those of others: heartbeats, start, late ones, lives and deaths
 * (spec/wire.md 7, 11.3, 11.4, 13).
 *
 * dt.  For 5 s after its start a node asks for 2000 ms more, as old nodes do.  Nodes of
 * this implementation say so with MEMB_FEAT_RAISED and take it off again when they hear
 * it.
 *
 * Silence is counted from the last status, in time during which this node itself was
 * awake, and judged against the dead time that the silent node asked for: at initdead
 * until communication is up.  A status that arrives late by way of a retransmission is no
 * sign of life: its number is lower than the last.
 *
 * A node that comes back with the same generation never died: a partition healed.  One
 * with a higher generation is a new life of it, with numbers of its own.
 */
#include "heartbeat/membership/private.h"

#include <stdio.h>
#include <strings.h>

/* Own status. */

static int64_t
memb_status_dt(const struct memb *memb)
{
	return memb->deadtime_ms + (memb->raised ? RAISE_MS : 0) + memb->extra_dead_ms;
}

void
memb_status_send(struct memb *memb)
{
	struct msg *m = memb_own_begin(memb);
	struct memb_peer *self = memb->self;
	int64_t gap_ms = instant_diff_ms(memb->now, memb->status_last);
	bool wakes = true;
	unsigned features = MEMB_FEAT_PROMPT | MEMB_FEAT_PACK | MEMB_FEAT_PIECES |
	                    (memb->raised ? MEMB_FEAT_RAISED : 0) |
	                    (memb->merges ? MEMB_FEAT_MERGES : 0);

	if (instant_is_set(memb->status_last) && gap_ms > memb->warntime_ms) {
		memb->stats.late++;
		memb_log(memb, gap_ms > memb->deadtime_ms ? LOG_CRIT : LOG_WARNING,
		    "Late heartbeat: Node %s: interval %lld ms%s", self->node.name,
		    (long long)gap_ms, gap_ms > memb->deadtime_ms ? " (> deadtime)" : "");
	}
	memb_self_judge(memb, 0);
	msg_add_str(m, "t", "status");
	msg_add_str(m, "st", self->node.status_text);
	if (memb_calm_beat(memb)) {
		msg_add_str(m, MEMB_CALM_FIELD, "1");
		wakes = false;
	}
	msg_add_hex(m, "dt", (uint64_t)memb_status_dt(memb));
	msg_add_dec(m, "protocol", 1);
	msg_add_hex(m, "hbfeat", features);
	if ((memb->paused && memb_packs(memb)) || memb_rexmit_doubts(memb))
		msg_add_dec(m, "hbwait",
		    1); /* what has come is to be acknowledged at once */
	memb->status_last = memb->now;
	memb->status_woke = wakes;
	memb->status_asked = INSTANT_NEVER;
	memb->silence_told = false;
	memb->prompt_due = INSTANT_NEVER;
	memb_own_send(memb);
	memb_probe_plan(memb);
	self->node.heard = self->alive = memb->now;
	self->node.anything = true;
	self->node.dead_ms = memb_status_dt(memb);
	self->node.features = features;
	if (memb->fx->ping)
		memb->fx->ping(memb->shell, memb->fx->wall(memb->shell));
}

void
memb_status_set_own(struct memb *memb, enum memb_status status, const char *why)
{
	memb_peer_set_status(memb, memb->self, status, NULL, why);
	memb_status_send(memb);
}

/* The order that every version shows: init, up, up. */
void
memb_status_begin(struct memb *memb)
{
	assert(memb->seq == 0);
	memb->raised = true;
	memb->raised_until = instant_add_ms(memb->now, RAISE_FOR_MS);
	memb->status_due = instant_add_ms(memb->now, memb->keepalive_ms);
	memb_status_send(memb);
	memb_status_set_own(memb, MEMB_UP, "started");
	memb_status_send(memb);
	assert(memb->seq == 3);
}

/* Soon, at a bounded rate. */
static void
memb_status_prompt(struct memb *memb)
{
	struct instant soon = instant_add_ms(memb->status_last, PROMPT_MS);

	if (instant_is_set(memb->prompt_due))
		return;
	if (soon.ns <= memb->now.ns) {
		memb_status_send(memb);
		return;
	}
	memb->prompt_due = soon;
	memb_want(memb, soon);
}

/* The start is over: no more patience is asked for.  After each kind of heartbeat, since
 * who follows another sends none of its own accord. */
static void
memb_status_calm(struct memb *memb)
{
	if (!memb->raised || !instant_is_reached(memb->raised_until, memb->now))
		return;
	memb->raised = false;
	memb_status_send(memb);
}

void
memb_status_tick(struct memb *memb)
{
	if (instant_is_reached(memb->prompt_due, memb->now) ||
	    instant_is_reached(memb->probe_due, memb->now))
		memb_status_send(memb);
	if (!instant_is_reached(memb->status_due, memb->now))
		return;
	memb->status_due = instant_add_ms(memb->status_due, memb->keepalive_ms);
	if (memb->status_due.ns <= memb->now.ns)
		memb->status_due = instant_add_ms(memb->now, memb->keepalive_ms);
	memb_status_send(memb);
	if (memb->status_woke)
		memb->status_asked = memb->now;
	memb_status_calm(memb);
}

/* Have we been silent for longer than we promised?  Then others may hold what we think is
 * ours. AWAY_MS: an absence that the clock may not show. */
void
memb_self_judge(struct memb *memb, int64_t away_ms)
{
	int64_t gap_ms = instant_diff_ms(memb->now, memb->status_last);
	bool anybody = false;
	char why[160];

	if (away_ms > gap_ms)
		gap_ms = away_ms;
	if (memb->phase != PHASE_UP || memb->silence_told ||
	    gap_ms < memb_status_dt(memb))
		return;
	for (size_t i = 0; i < memb->peer_count; i++)
		if (memb->peer[i] != memb->self &&
		    memb->peer[i]->node.type == MEMB_NORMAL)
			anybody |= memb_peer_is_live(memb->peer[i]) ||
			           gap_ms > memb->initdead_ms;
	if (!anybody)
		return; /* nobody can have taken over */
	memb->silence_told = true;
	snprintf(why, sizeof(why),
	    "no own heartbeat for %lld ms, others were promised %lld ms",
	    (long long)gap_ms, (long long)memb_status_dt(memb));
	memb_log(memb, LOG_ERR, "No local heartbeat. Forcing restart.");
	memb_tell(memb, MEMB_EV_SELF_SILENT, memb->self, why);
}

/* Lives. */

void
memb_life_begin(struct memb *memb, struct memb_peer *peer, uint64_t generation)
{
	uint64_t known = peer->node.generation;
	char why[96];

	assert(generation > known);
	if (peer->early_generation < generation)
		memb_queue_clear(&peer->early);
	memb_seq_forget(memb, peer, 0);
	peer->floor = 0;
	peer->status_seq = 0;
	peer->acked = 0;
	peer->node.seq_seen = 0;
	peer->ack_sent = 0;
	peer->ack_due = peer->ack_content = false;
	peer->node.generation = generation;
	peer->replay_told = false;
	peer->no_protocol = false;
	for (size_t l = 0; l < peer->node.link_count; l++)
		arrival_begin(&peer->arrival[l]);
	snprintf(why, sizeof(why), "generation %llu, was %llu",
	    (unsigned long long)generation, (unsigned long long)known);
	memb_tell(memb, MEMB_EV_GENERATION, peer, why);
	if (!peer->node.anything)
		return;
	memb_ack_begin(memb, peer);
	memb_log(memb, LOG_INFO, "Heartbeat restart on node %s", peer->node.name);
	memb_tell(memb, MEMB_EV_RESTARTED, peer, why);
}

static void
memb_peer_died(struct memb *memb, struct memb_peer *peer, const char *why)
{
	assert(peer != memb->self);
	assert(peer->node.status != MEMB_DEAD);
	if (peer->tracking && peer->node.seq_seen > peer->floor)
		peer->floor = peer->node.seq_seen;
	memb_seq_forget(memb, peer, 0);
	peer->ack_due = false;
	peer->lagging = false;
	memb_peer_set_status(memb, peer, MEMB_DEAD, NULL, why);
	memb_flow_update(memb);
}

/* Judging silence. */

static int64_t
memb_peer_limit_ms(const struct memb *memb, const struct memb_peer *peer)
{
	if (memb->phase != PHASE_UP && !memb->quick_restart)
		return memb->initdead_ms;
	return peer->node.dead_ms;
}

struct instant
memb_peer_deadline(const struct memb *memb, const struct memb_peer *peer)
{
	if (peer == memb->self || peer->node.status == MEMB_DEAD)
		return INSTANT_NEVER;
	return instant_add_ms(peer->alive, memb_peer_limit_ms(memb, peer));
}

struct instant
memb_link_deadline(const struct memb *memb, const struct memb_peer *peer, size_t link)
{
	if (!peer->node.link[link].up)
		return INSTANT_NEVER;
	return instant_add_ms(peer->link_alive[link], memb_peer_limit_ms(memb, peer));
}

static void
memb_links_judge(struct memb *memb, struct memb_peer *peer)
{
	char why[128];

	for (size_t l = 0; l < peer->node.link_count; l++) {
		if (!instant_is_reached(memb_link_deadline(memb, peer, l), memb->now))
			continue;
		snprintf(why, sizeof(why), "silent for %lld ms (deadtime %lld ms)",
		    (long long)instant_diff_ms(memb->now, peer->node.link[l].heard),
		    (long long)memb_peer_limit_ms(memb, peer));
		memb_link_set(memb, peer, l, false, why);
	}
}

static void
memb_peer_silent(struct memb *memb, struct memb_peer *peer)
{
	int64_t limit_ms = memb_peer_limit_ms(memb, peer);
	bool heard = instant_is_set(peer->node.heard);
	int64_t silent_ms =
	    instant_diff_ms(memb->now, heard ? peer->node.heard : peer->alive);
	char links[256], slept[64] = "", why[512];

	if (peer->shifted_ms > 0)
		snprintf(slept, sizeof(slept), " (this node slept %lld ms of it)",
		    (long long)peer->shifted_ms);
	snprintf(why, sizeof(why), "%s for %lld ms%s on %s (%s %lld ms)",
	    heard ? "silent" : "not heard", (long long)silent_ms, slept,
	    memb_peer_links(peer, links, sizeof(links)),
	    limit_ms == peer->node.dead_ms ? "deadtime" : "initdead",
	    (long long)limit_ms);
	memb_peer_died(memb, peer, why);
}

void
memb_peers_judge(struct memb *memb)
{
	for (size_t i = 0; i < memb->peer_count; i++) {
		struct memb_peer *peer = memb->peer[i];

		if (instant_is_reached(memb_peer_deadline(memb, peer), memb->now))
			memb_peer_silent(memb, peer);
		memb_links_judge(memb, peer);
	}
}

/* Hearing. */

static enum memb_status
memb_status_parse(const char *text)
{
	static const enum memb_status words[] = { MEMB_INIT, MEMB_UP, MEMB_ACTIVE };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(text, memb_status_names[words[i]]) == 0)
			return words[i];
	return MEMB_OTHER; /* "dead" too: a node that speaks is not dead */
}

/* A node that returns with its old generation passes through death once more: clients
 * that keep something per node throw it away at that. */
static void
memb_heartbeat_late(struct memb *memb, struct memb_peer *peer)
{
	int64_t gap_ms = instant_diff_ms(memb->at, peer->alive);
	bool dead = gap_ms > memb->deadtime_ms;
	char why[96];

	if (!instant_is_set(peer->node.heard) || gap_ms <= memb->warntime_ms)
		return;
	memb->stats.late++;
	memb_log(memb, dead ? LOG_CRIT : LOG_WARNING,
	    "Late heartbeat: Node %s: interval %lld ms%s", peer->node.name,
	    (long long)gap_ms, dead ? " (> deadtime)" : "");
	if (!dead || peer->node.status != MEMB_DEAD || peer->node.type != MEMB_NORMAL)
		return;
	snprintf(why, sizeof(why), "returns after %lld ms", (long long)gap_ms);
	memb_peer_set_status(memb, peer, MEMB_DEAD, NULL, why);
}

static void
memb_peer_alive(struct memb *memb, struct memb_peer *peer)
{
	if (!peer->node.anything) {
		peer->node.anything = true;
		memb_ack_begin(memb, peer);
	}
	if (memb->at.ns > peer->node.heard.ns)
		peer->node.heard = memb->at;
	/* What it said while we did not run does not outlive what it was given for that. */
	if (memb->at.ns >= peer->alive.ns) {
		peer->alive = memb->at;
		peer->shifted_ms = 0;
	}
	memb_want(memb, memb_peer_deadline(memb, peer));
}

static void
memb_status_take_times(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p)
{
	int64_t was_ms = peer->node.dead_ms, had = peer->node.features, protocol;
	uint64_t dt, features = 0;

	if (msg_hex(p->m, "hbfeat", &features) < 0)
		features = 0;
	peer->node.features = (int64_t)(features & INT64_MAX);
	if (msg_hex(p->m, "dt", &dt) == 0 && dt > 0 && dt < DEAD_MS_MAX) {
		if ((features & MEMB_FEAT_RAISED) && dt > RAISE_MS)
			dt -= RAISE_MS;
		peer->node.dead_ms = (int64_t)dt;
	}
	if (peer->node.dead_ms != was_ms || peer->node.features != had)
		memb_disturb(memb);
	if (!peer->no_protocol && msg_dec(p->m, "protocol", &protocol) < 0) {
		peer->no_protocol = true;
		memb_log(memb, LOG_INFO,
		    "flow control disabled due to different version heartbeat (node %s)",
		    peer->node.name);
	}
}

static void
memb_status_news(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p,
    const char *why)
{
	struct memb_from from = { .node = &peer->node };
	bool was_dead = peer->node.status == MEMB_DEAD;
	enum memb_status status =
	    peer->node.type == MEMB_PING ? MEMB_PINGED : memb_status_parse(p->st);

	if (was_dead && peer->node.type == MEMB_NORMAL)
		memb_ack_begin(memb, peer);
	memb_peer_set_status(memb, peer, status, p->st, why);
	from.link = memb_link_name(memb, peer, p->medium);
	memb->fx->deliver(memb->shell, p->m, &from);
	memb_want(memb, memb_peer_deadline(memb, peer));
	memb_flow_update(memb);
}

bool
memb_status_has_word(const struct memb_packet *p)
{
	return p->st && *p->st && strlen(p->st) < MEMB_STATUS_MAX;
}

/* Nodes of this implementation answer each other's heartbeats with their own.  Whoever is
 * first wakes the others, who would else wake twice in an interval, for its heartbeat and
 * for theirs.  The own clock is set a little further, so that it does not ring just
 * before; when the first one falls silent it does ring.  Calm ones wake nobody and are
 * not followed. */
static void
memb_status_follow(struct memb *memb, const struct memb_peer *peer,
    const struct memb_packet *p)
{
	if (memb->phase != PHASE_UP || p->is_calm || !memb_peer_is_prompt(peer) ||
	    2 * instant_diff_ms(memb->now, memb->status_last) < memb->keepalive_ms)
		return;
	memb->status_due = instant_add_ms(memb->now, memb->keepalive_ms + FOLLOW_MS);
	memb_status_send(memb);
	memb_status_calm(memb);
}

void
memb_status_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	bool first = !peer->node.anything || peer->status_seq == 0;

	assert(peer != memb->self && peer->node.type == MEMB_NORMAL);
	if (!memb_status_has_word(p)) {
		memb->stats.malformed++;
		memb_log_limited(memb, &peer->limit, LOG_ERR,
		    "HBDoMsg_T_STATUS: status update without st field (node %s)",
		    peer->node.name);
		return;
	}
	if (p->seq < peer->status_seq) /* it was repeated; there is a newer one */
		return;
	if (!first)
		memb_heartbeat_late(memb, peer);
	memb_peer_alive(memb, peer);
	peer->status_seq = p->seq;
	memb_status_take_times(memb, peer, p);
	if (peer->node.status == MEMB_DEAD ||
	    strcasecmp(p->st, peer->node.status_text) != 0)
		memb_status_news(memb, peer, p,
		    first ? "first heartbeat of this life" : "its status");
	else
		memb_raw(memb, peer, p, MEMB_RAW_NOCHANGE);
	if (msg_find(p->m, "hbwait"))
		memb_disturb(memb);
	memb_ack_status(memb, peer, msg_find(p->m, "hbwait") != NULL);
	/* It is starting or we are: it should not have to wait a keepalive for us. */
	if (first && (memb->phase != PHASE_UP || peer->node.status != MEMB_ACTIVE))
		memb_status_prompt(memb);
	memb_status_follow(memb, peer, p);
}

void
memb_ping_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	assert(peer->node.type == MEMB_PING);
	memb_heartbeat_late(memb, peer);
	memb_peer_alive(memb, peer);
	if (peer->node.status != MEMB_PINGED)
		memb_status_news(memb, peer, p, "answers");
}
