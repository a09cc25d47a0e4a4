/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of a peer's messages: which are new, which are missing, and delivery in the
 * order of the sender (spec/wire.md 11.2).
 *
 *   settled ... | missing[0] | held, held | missing[1] | held ... node.seq_seen
 *
 * Old nodes handle messages as they arrive; here what comes behind a gap waits, as a
 * copy, until the gap is filled or given up (refused by the sender, too old, too much
 * held, death, new life).  Nobody is told of a message twice: a number that was settled
 * is never missing again.  Heartbeats and the first steps of a start (reqnodes, repnodes)
 * do not wait.
 *
 * Early messages are those of a life that has not shown a status yet (or of a node that
 * is dead here): they wait for it, so that a replayed message cannot begin a life, and a
 * real one is not lost.
 */
#include "heartbeat/membership/private.h"

#include <stdlib.h>

/* Copies that wait. */

void
memb_queue_clear(struct memb_queue *queue)
{
	struct memb_held *next;

	for (struct memb_held *held = queue->first; held; held = next) {
		next = held->next;
		free(held);
	}
	*queue = (struct memb_queue){ 0 };
}

static struct memb_held *
memb_queue_take(struct memb_queue *queue)
{
	struct memb_held *held = queue->first;

	assert(held && queue->count > 0 && queue->bytes >= held->len);
	queue->first = held->next;
	queue->count--;
	queue->bytes -= held->len;
	return held;
}

static void
memb_queue_put(struct memb_queue *queue, struct memb_held *held)
{
	struct memb_held **place = &queue->first;

	while (*place && (*place)->seq < held->seq)
		place = &(*place)->next;
	if (*place && (*place)->seq == held->seq) {
		free(held);
		return;
	}
	held->next = *place;
	*place = held;
	queue->count++;
	queue->bytes += held->len;
}

/* NULL when memory is short or the message cannot be written down again. */
static struct memb_held *
memb_held_new(const struct memb_packet *p)
{
	static const struct msg_style plain = { .form = MSG_NETSTRING };
	size_t size = 64;
	struct memb_held *held;
	ssize_t len;

	for (size_t i = 0; i < p->m->count; i++)
		size += p->m->field[i].name_len + p->m->field[i].len + 32;
	held = malloc(sizeof(*held) + size);
	if (!held)
		return NULL;
	len = msg_encode(p->m, &plain, held->bytes, size);
	if (len < 0) {
		free(held);
		return NULL;
	}
	held->seq = p->seq;
	held->span = p->span;
	held->medium = p->medium;
	held->len = (size_t)len;
	return held;
}

/* Delivery. */

/* Fills P as memb_packet_handle() did; M gets the fields.  False: our own copy cannot be
 * read. */
static bool
memb_held_open(struct memb *memb, struct memb_peer *peer, struct memb_held *held,
    struct msg *m, struct memb_packet *p)
{
	struct msg_trust trust = { .keys = NULL };

	msg_init(m, NULL, 0);
	if (msg_decode(m, held->bytes, held->len, &trust, NULL, 0, NULL) != MSG_DROP_NONE)
		return false;
	if (memb_packet_read(memb, p, m, held->medium) < 0)
		return false;
	assert(p->seq == held->seq && p->type && p->src);
	assert(strcmp(p->src, peer->node.name) == 0 || memb->autojoin);
	return true;
}

static void
memb_held_deliver(struct memb *memb, struct memb_peer *peer, struct memb_held *held)
{
	struct memb_packet p;
	struct msg m;

	if (memb_held_open(memb, peer, held, &m, &p))
		memb_dispatch(memb, peer, &p);
	else
		memb_log_limited(memb, &peer->limit, LOG_ERR,
		    "message %llu of node %s was lost while it waited",
		    (unsigned long long)held->seq, peer->node.name);
	free(held);
}

void
memb_seq_release(struct memb *memb, struct memb_peer *peer)
{
	uint64_t below = peer->missing_count > 0 ? peer->missing[0].seq : UINT64_MAX;

	while (peer->held.first && peer->held.first->seq < below)
		memb_held_deliver(memb, peer, memb_queue_take(&peer->held));
	assert(peer->missing_count > 0 || peer->held.count == 0);
}

static void
memb_missing_drop(struct memb_peer *peer, size_t i, size_t count)
{
	assert(count > 0 && i + count <= peer->missing_count);
	memmove(&peer->missing[i], &peer->missing[i + count],
	    (peer->missing_count - i - count) * sizeof(peer->missing[0]));
	peer->missing_count -= count;
}

void
memb_seq_give_up(struct memb *memb, struct memb_peer *peer, size_t i, const char *why)
{
	uint64_t seq = peer->missing[i].seq;

	memb->stats.lost++;
	memb_log_limited(memb, &peer->gap_limit, LOG_ERR,
	    "Irretrievably lost packet: node %s seq %llu", peer->node.name,
	    (unsigned long long)seq);
	memb_missing_drop(peer, i, 1);
	if (i == 0)
		memb_pieces_clear(&peer->pieces);
	memb_tell(memb, MEMB_EV_LOST, peer, why);
	if (i == 0)
		memb_ack_filled(memb, peer, seq);
	memb_seq_release(memb, peer);
}

void
memb_seq_deliver(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	struct memb_held *held;

	if (peer->missing_count == 0 || p->seq < peer->missing[0].seq) {
		memb_dispatch(memb, peer, p);
		return;
	}
	if (!p->for_us && !memb_admin_is(p->type)) {
		memb->stats.not_for_us++;
		return;
	}
	held = memb_held_new(p);
	if (held) {
		/* Among those that wait before any of them goes: it may have filled a gap
		 * behind which others wait. */
		memb_queue_put(&peer->held, held);
		while (peer->missing_count > 0 && (peer->held.count > HELD_COUNT_MAX ||
		                                      peer->held.bytes > HELD_BYTES_MAX))
			memb_seq_give_up(memb, peer, 0, "too much is waiting for it");
		return;
	}
	/* Cannot be kept: then order must go, the message must not. */
	while (peer->missing_count > 0 && p->seq > peer->missing[0].seq)
		memb_seq_give_up(memb, peer, 0, "what comes after it cannot be kept");
	memb_dispatch(memb, peer, p);
}

/* Numbers. */

size_t
memb_seq_missing(const struct memb_peer *peer, uint64_t seq)
{
	size_t low = 0, high = peer->missing_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (peer->missing[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < peer->missing_count && peer->missing[low].seq == seq)
		return low;
	return peer->missing_count;
}

void
memb_seq_forget(struct memb *memb, struct memb_peer *peer, uint64_t first)
{
	if (peer->missing_count > 0) {
		memb_log_limited(memb, &peer->gap_limit, LOG_WARNING,
		    "node %s: %zu message(s) from %llu on will not come any more",
		    peer->node.name, peer->missing_count,
		    (unsigned long long)peer->missing[0].seq);
		memb->stats.lost += peer->missing_count;
		peer->missing_count = 0;
	}
	memb_seq_release(memb, peer);
	memb_pieces_clear(&peer->pieces);
	peer->tracking = first > 0;
	if (first > 0)
		peer->node.seq_seen = first - 1;
	assert(peer->held.count == 0);
}

static void
memb_seq_gap(struct memb *memb, struct memb_peer *peer, uint64_t seq)
{
	uint64_t last = peer->node.seq_seen, gap = seq - last - 1;
	size_t place;

	assert(gap > 0);
	memb_disturb(memb);
	memb_log_limited(memb, &peer->gap_limit, LOG_WARNING,
	    "%llu lost packet(s) for [%s] [%llu:%llu]", (unsigned long long)gap,
	    peer->node.name, (unsigned long long)last, (unsigned long long)seq);
	if (gap > (memb_peer_is_prompt(peer) ? GAP_PROMPT_MAX : GAP_MAX)) {
		memb_log_limited(memb, &peer->gap_limit, LOG_ERR,
		    "lost a lot of packets!");
		memb->stats.lost += gap;
		memb_seq_forget(memb, peer, seq);
		memb_tell(memb, MEMB_EV_LOST, peer,
		    "too many numbers at once are missing");
		return;
	}
	while (peer->missing_count + gap > MISSING_MAX)
		memb_seq_give_up(memb, peer, 0, "too many are missing");
	place = peer->missing_count;
	for (uint64_t n = last + 1; n < seq; n++)
		peer->missing[peer->missing_count++] =
		    (struct memb_missing){ .seq = n, .since = memb->now };
	memb_rexmit_plan(memb, peer, place);
}

/* Of several together all must be missing: parts of them have come otherwise, and so will
 * the others. */
static enum memb_verdict
memb_seq_fill(struct memb *memb, struct memb_peer *peer, uint64_t seq, uint64_t span)
{
	size_t i = memb_seq_missing(peer, seq - span + 1);

	if (peer->missing_count - i < span || peer->missing[i + span - 1].seq != seq)
		return SEQ_OLD;
	memb_missing_drop(peer, i, span);
	peer->hears_us = memb->now;
	if (peer->missing_count == 0)
		memb_log_limited(memb, &peer->gap_limit, LOG_INFO,
		    "No pkts missing from %s!", peer->node.name);
	if (i == 0)
		memb_ack_filled(memb, peer, seq);
	return SEQ_FRESH;
}

enum memb_verdict
memb_seq_book(struct memb *memb, struct memb_peer *peer, uint64_t seq, uint64_t span)
{
	uint64_t first = seq - span + 1;

	assert(peer != memb->self);
	assert(seq > 0 && seq < SEQ_MAX && span > 0 && span <= seq);
	if (!peer->tracking) {
		assert(seq > peer->floor);
		peer->tracking = true;
		peer->node.seq_seen = first - 1;
	}
	if (seq == peer->node.seq_seen)
		return SEQ_NEWEST_AGAIN;
	if (seq <= peer->node.seq_seen)
		return memb_seq_fill(memb, peer, seq, span);
	if (first <= peer->node.seq_seen)
		return SEQ_OLD; /* the part that is new will be missed, and repeated */
	if (first > peer->node.seq_seen + 1) {
		memb_seq_gap(memb, peer, first);
		peer->node.seq_seen = seq;
		return SEQ_FRESH;
	}
	peer->node.seq_seen = seq;
	memb_ack_in_order(memb, peer, seq);
	return SEQ_FRESH;
}

/* Early ones. */

void
memb_early_keep(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	struct memb_held *held;

	assert(p->seq > 0);
	if (p->generation < peer->early_generation && peer->early.count > 0)
		return;
	if (p->generation != peer->early_generation)
		memb_queue_clear(&peer->early);
	peer->early_generation = p->generation;
	held = memb_held_new(p);
	if (!held)
		return; /* as if the network had lost it */
	memb_queue_put(&peer->early, held);
	/* The oldest goes: then numbers begin later, instead of with a gap. */
	while (
	    peer->early.count > EARLY_COUNT_MAX || peer->early.bytes > EARLY_BYTES_MAX) {
		memb->stats.lost++;
		free(memb_queue_take(&peer->early));
	}
}

static void
memb_early_replay_below(struct memb *memb, struct memb_peer *peer, uint64_t below)
{
	while (peer->early.first && peer->early.first->seq < below) {
		struct memb_held *held = memb_queue_take(&peer->early);
		struct memb_packet p;
		struct msg m;

		if (memb_held_open(memb, peer, held, &m, &p) &&
		    memb_seq_book(memb, peer, p.seq, p.span) == SEQ_FRESH)
			memb_packet_accepted(memb, peer, &p);
		free(held);
	}
}

/* The status that they waited for.  Its content comes first, so that they meet a node
 * that lives; the numbers are booked in their order. */
void
memb_early_replay(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *status)
{
	uint64_t first = peer->early.first->seq - peer->early.first->span + 1;

	assert(!peer->tracking && peer->missing_count == 0);
	assert(peer->early_generation == status->generation);
	memb_seq_forget(memb, peer, first < status->seq ? first : status->seq);
	memb_packet_accepted(memb, peer, status);
	memb_early_replay_below(memb, peer, status->seq);
	memb_seq_book(memb, peer, status->seq, 1);
	memb_early_replay_below(memb, peer, UINT64_MAX);
}
