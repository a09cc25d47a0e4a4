/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acknowledgements both ways, and flow control by them (spec/wire.md 12).
 *
 * We acknowledge every tenth message of a peer that came in order, at a phase drawn per
 * peer; nobody waits for our acknowledgements of our own messages, so those stay inside.
 * A peer that packs its messages sends many at once: it gets one acknowledgement for all
 * that came in a turn of the loop, and one for the rest when its next heartbeat shows
 * that this was all.
 *
 * While clients here cannot take more (effect full()) a peer that packs gets no
 * acknowledgement: that pushes back who sends, before something is lost.
 *
 * When the slowest live peer is more than 250 messages, or a megabyte, behind, clients
 * are paused.  In a pause without a word a status goes out early: it shows the others
 * what they have lost at the end, which no later message would.  A peer that lives but
 * does not acknowledge at all would pause every client of the cluster for ever: after a
 * time in which it neither acknowledged nor asked for anything it is not waited for any
 * more, with a log line, until it acknowledges again.  What it then asks for and the
 * history has lost is refused, which it logs too.  Very old peers (status without
 * protocol) are never waited for; that is decided per peer and ends with their life.
 */
#include "heartbeat/membership/private.h"

#define PATIENCE_MS 10000
#define ACK_SOON                                                                         \
	10 /* messages of a peer that packs: acknowledged at the end of the turn */
#define ACK_AT_ONCE 64 /* .. and not even then */
#define FULL_MS 5      /* then it is looked again whether clients can take more */
#define ACK_BEATS                                                                        \
	100 /* the same of one that sends nothing but heartbeats: it waits for nothing, \
	       and each wakes everybody */

/* Ours to others. */

static void
memb_ack_send(struct memb *memb, struct memb_peer *peer, uint64_t seq)
{
	struct msg *m = memb_own_begin(memb);

	assert(peer != memb->self);
	assert(seq > 0 && seq <= peer->node.seq_seen);
	if (peer->no_protocol)
		return;
	msg_add_str(m, "t", "NS_ackmsg");
	msg_add_str(m, "dest", peer->node.name);
	msg_add_hex(m, "ackseq", seq);
	memb_own_send(memb);
}

/* Everything up to here is complete. */
static uint64_t
memb_ack_complete(const struct memb_peer *peer)
{
	return peer->missing_count > 0 ? peer->missing[0].seq - 1 : peer->node.seq_seen;
}

static bool
memb_ack_may_not(const struct memb *memb)
{
	return memb->fx->full && memb->fx->full(memb->shell);
}

struct instant
memb_ack_due(const struct memb *memb)
{
	return memb->acks_at.ns > memb->now.ns ? memb->acks_at : memb->now;
}

static void
memb_ack_pack_send(struct memb *memb, struct memb_peer *peer)
{
	uint64_t complete = memb_ack_complete(peer);

	if (memb_ack_may_not(memb)) {
		if (memb->acks_at.ns <= memb->now.ns)
			memb->acks_at = instant_add_ms(memb->now, FULL_MS);
		peer->ack_due = memb->acks_due = true;
		memb_want(memb, memb->acks_at);
		return;
	}
	peer->ack_due = false;
	if (complete == 0 || complete == peer->ack_sent)
		return;
	peer->ack_sent = complete;
	peer->ack_content = false;
	memb_ack_send(memb, peer, complete);
}

static void
memb_ack_pack_owe(struct memb *memb, struct memb_peer *peer)
{
	uint64_t complete = memb_ack_complete(peer);
	uint64_t soon =
	    peer->ack_content || peer->missing_count > 0 ? ACK_SOON : ACK_BEATS;

	if (complete < peer->ack_sent) /* a new life */
		peer->ack_sent = 0;
	if (complete - peer->ack_sent >= ACK_AT_ONCE && soon == ACK_SOON) {
		memb_ack_pack_send(memb, peer);
	} else if (complete - peer->ack_sent >= soon && !peer->ack_due) {
		peer->ack_due = memb->acks_due = true;
		memb_want(memb, memb->now);
	}
}

void
memb_ack_status(struct memb *memb, struct memb_peer *peer, bool waits)
{
	if (!memb_peer_packs(peer) || peer->ack_due || !(waits || peer->ack_content))
		return;
	if (waits)
		peer->ack_sent = 0; /* the last one may have been lost */
	peer->ack_due = memb->acks_due = true;
	memb_want(memb, memb->now);
}

void
memb_ack_tick(struct memb *memb)
{
	if (!memb->acks_due || memb->acks_at.ns > memb->now.ns)
		return;
	memb->acks_due = false;
	for (size_t i = 0; i < memb->peer_count; i++)
		if (memb->peer[i]->ack_due)
			memb_ack_pack_send(memb, memb->peer[i]);
}

void
memb_ack_in_order(struct memb *memb, struct memb_peer *peer, uint64_t seq)
{
	assert(seq == peer->node.seq_seen);
	if (memb_peer_packs(peer)) {
		memb_ack_pack_owe(memb, peer);
		return;
	}
	if (peer->missing_count == 0 && seq % 10 == peer->ack_trigger)
		memb_ack_send(memb, peer, seq);
}

/* The first missing number has come (or will not): everything up to the next one is
 * complete now. */
void
memb_ack_filled(struct memb *memb, struct memb_peer *peer, uint64_t seq)
{
	uint64_t complete = memb_ack_complete(peer);
	uint64_t over = (complete + 10 - peer->ack_trigger) % 10;

	assert(complete >= seq);
	if (memb_peer_packs(peer)) {
		memb_ack_pack_owe(memb, peer);
		return;
	}
	if (complete >= over && complete - over >= seq && complete > over)
		memb_ack_send(memb, peer, complete - over);
}

/* Theirs to us. */

void
memb_ack_begin(struct memb *memb, struct memb_peer *peer)
{
	peer->owes_above = memb->seq;
	peer->acked_at = memb->now;
	peer->lagging = false;
}

static uint64_t
memb_peer_has(const struct memb_peer *peer)
{
	return peer->acked > peer->owes_above ? peer->acked : peer->owes_above;
}

void
memb_ack_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	uint64_t seq;

	if (!p->dest || !p->for_us || msg_hex(p->m, "ackseq", &seq) < 0)
		return;
	if (seq > memb->seq) {
		memb->stats.malformed++;
		memb_log_limited(memb, &peer->limit, LOG_ERR,
		    "HBDoMsg_T_ACK: corrupted ackseq current hiseq = %llu ackseq =%llu "
		    "in this message",
		    (unsigned long long)memb->seq, (unsigned long long)seq);
		return;
	}
	if (seq <= peer->acked)
		return;
	peer->acked = seq;
	memb->probe_ms = PROBE_MS;
	peer->acked_at = peer->hears_us = memb->now;
	peer->lagging = false;
	memb_flow_update(memb);
}

/* Flow. */

static bool
memb_peer_is_waited_for(const struct memb *memb, const struct memb_peer *peer)
{
	return peer != memb->self && memb_peer_is_live(peer) && peer->node.anything &&
	       !peer->no_protocol && !peer->lagging;
}

void
memb_probe_plan(struct memb *memb)
{
	memb->probe_due = INSTANT_NEVER;
	if (!memb->paused || !memb_packs(memb))
		return;
	memb->probe_due = instant_add_ms(memb->now, memb->probe_ms);
	memb->probe_ms += memb->probe_ms / 2;
	if (memb->probe_ms > PROBE_MAX_MS)
		memb->probe_ms = PROBE_MAX_MS;
	memb_want(memb, memb->probe_due);
}

/* The only writer of memb->paused. */
static void
memb_flow_set(struct memb *memb, bool paused, const char *why)
{
	assert(memb->paused != paused);
	memb_disturb(memb);
	memb->paused = paused;
	memb->paused_at = memb->now;
	memb->probe_ms = PROBE_MS;
	memb_probe_plan(memb);
	/* Under load that happens many times a second. */
	memb_log_limited(memb, &memb->flow_limit, LOG_INFO,
	    paused ? "all clients are now paused" : "all clients are now resumed");
	memb_tell(memb, paused ? MEMB_EV_CLIENTS_PAUSE : MEMB_EV_CLIENTS_RESUME,
	    memb->self, why);
}

void
memb_flow_update(struct memb *memb)
{
	uint64_t acked = memb->seq, bytes;

	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_peer *peer = memb->peer[i];

		if (memb_peer_is_waited_for(memb, peer) && memb_peer_has(peer) < acked)
			acked = memb_peer_has(peer);
	}
	memb->acked = acked;
	bytes = memb_history_bytes_above(memb, acked);
	if (memb->seq - acked <= PAUSE_COUNT_MIN)
		bytes = 0;
	if (!memb->paused && (memb->seq - acked > PAUSE_ABOVE || bytes > PAUSE_BYTES)) {
		memb_flow_set(memb, true, "a live node has not acknowledged much");
		memb_want(memb, memb_flow_due(memb));
	} else if (memb->paused && memb->seq - acked < PAUSE_ABOVE &&
	           bytes <= PAUSE_BYTES / 8 * 7) {
		memb_flow_set(memb, false, "every live node has acknowledged");
	}
}

/* Because of it clients are paused. */
static bool
memb_peer_holds_up(const struct memb *memb, const struct memb_peer *peer)
{
	uint64_t has = memb_peer_has(peer);

	return memb->seq - has >= PAUSE_ABOVE ||
	       memb_history_bytes_above(memb, has) > PAUSE_BYTES / 8 * 7;
}

static struct instant
memb_peer_patience(const struct memb *memb, const struct memb_peer *peer)
{
	struct instant since =
	    peer->acked_at.ns > memb->paused_at.ns ? peer->acked_at : memb->paused_at;
	int64_t patience_ms = 2 * peer->node.dead_ms;

	if (peer->asked_at.ns > since.ns) /* what was sent before is still on its way */
		since = peer->asked_at;
	return instant_add_ms(since,
	    patience_ms > PATIENCE_MS ? patience_ms : PATIENCE_MS);
}

struct instant
memb_flow_due(const struct memb *memb)
{
	struct instant due = INSTANT_NEVER;

	for (size_t i = 0; memb->paused && i < memb->peer_count; i++)
		if (memb_peer_is_waited_for(memb, memb->peer[i]) &&
		    memb_peer_holds_up(memb, memb->peer[i]))
			due = instant_min(due, memb_peer_patience(memb, memb->peer[i]));
	return due;
}

void
memb_flow_tick(struct memb *memb)
{
	bool changed = false;

	for (size_t i = 0; memb->paused && i < memb->peer_count; i++) {
		struct memb_peer *peer = memb->peer[i];

		if (!memb_peer_is_waited_for(memb, peer) ||
		    !memb_peer_holds_up(memb, peer) ||
		    !instant_is_reached(memb_peer_patience(memb, peer), memb->now))
			continue;
		memb_log(memb, LOG_WARNING,
		    "node %s lives but has acknowledged nothing above %llu (of %llu): "
		    "not waited for",
		    peer->node.name, (unsigned long long)memb_peer_has(peer),
		    (unsigned long long)memb->seq);
		peer->lagging = true;
		changed = true;
	}
	if (changed)
		memb_flow_update(memb);
}
