/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What we sent, byte for byte, and requests for it (spec/wire.md 11.6).
 *
 * The last 1000 messages are kept whether or not they were acknowledged: a slow medium
 * may still ask, and nothing is won by forgetting earlier.  Each slot has a piece of one
 * slab; a longer message gets memory of its own, which goes when its slot is used again.
 * One with many numbers (pieces.c) is kept once and made into a frame when one of them is
 * asked for.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>
#include <stdlib.h>

static size_t
memb_slot_index(uint64_t seq)
{
	return seq % MEMB_HISTORY_MAX;
}

int
memb_history_init(struct memb *memb)
{
	memb->slab = malloc((size_t)MEMB_HISTORY_MAX * SLOT_SIZE);
	if (!memb->slab)
		return -ENOMEM;
	for (size_t i = 0; i < MEMB_HISTORY_MAX; i++)
		memb->slot[i].bytes = memb->slab + i * SLOT_SIZE;
	return 0;
}

static bool
memb_slot_is_own(const struct memb *memb, size_t i)
{
	return memb->slot[i].bytes != memb->slab + i * SLOT_SIZE;
}

/* Frees what is its own. */
static void
memb_slot_clear(struct memb *memb, size_t i)
{
	struct memb_slot *slot = &memb->slot[i];

	if (memb_slot_is_own(memb, i))
		free(slot->bytes);
	if (slot->whole && slot->seq == slot->whole->first + slot->whole->count - 1)
		free(slot->whole);
	slot->bytes = memb->slab + i * SLOT_SIZE;
	slot->whole = NULL;
}

/* In the order of the numbers: the last one of a long message frees what the others of it
 * are made from, and those may be at the end of the ring while it is at the beginning. */
void
memb_history_clear(struct memb *memb)
{
	for (size_t i = 1; memb->slab && i <= MEMB_HISTORY_MAX; i++)
		memb_slot_clear(memb, memb_slot_index(memb->seq + i));
	free(memb->slab);
	memb->slab = NULL;
}

static int
memb_slot_fill(struct memb *memb, uint64_t seq, const uint8_t *frame, size_t len)
{
	size_t i = memb_slot_index(seq);
	struct memb_slot *slot = &memb->slot[i];
	uint8_t *bytes = memb->slab + i * SLOT_SIZE;

	assert(len <= MEMB_FRAME_MAX);
	if (len > SLOT_SIZE) {
		bytes = malloc(len);
		if (!bytes)
			return -ENOMEM;
	}
	memb_slot_clear(memb, i);
	memcpy(bytes, frame, len);
	*slot = (struct memb_slot){ .seq = seq,
		.bytes = bytes,
		.len = len,
		.end = slot->end,
		.resent = slot->seq == seq ? slot->resent : INSTANT_NEVER };
	return 0;
}

int
memb_history_add(struct memb *memb, uint64_t seq, const uint8_t *frame, size_t len,
    bool is_plain)
{
	struct memb_slot *slot = &memb->slot[memb_slot_index(seq)];

	assert(seq == memb->seq + 1);
	assert(slot->seq == 0 || slot->seq + MEMB_HISTORY_MAX == seq);
	if (memb_slot_fill(memb, seq, frame, len) < 0)
		return -ENOMEM;
	memb->sent_bytes += len;
	slot->end = memb->sent_bytes;
	slot->is_plain = is_plain;
	return 0;
}

void
memb_history_add_long(struct memb *memb, struct memb_long *whole)
{
	assert(whole->first == memb->seq + 1);
	assert(whole->count > 0 && whole->count <= MEMB_HISTORY_MAX);
	for (size_t k = 0; k < whole->count; k++) {
		size_t i = memb_slot_index(whole->first + k),
		       left = whole->total - k * whole->room,
		       len = left < whole->room ? left : whole->room;

		memb_slot_clear(memb, i);
		memb->sent_bytes += len;
		memb->slot[i] = (struct memb_slot){ .seq = whole->first + k,
			.bytes = memb->slab + i * SLOT_SIZE,
			.whole = whole,
			.len = len,
			.end = memb->sent_bytes,
			.resent = INSTANT_NEVER };
	}
}

bool
memb_history_is_newest(const struct memb *memb, const uint8_t *bytes, size_t len)
{
	const struct memb_slot *slot = &memb->slot[memb_slot_index(memb->seq)];

	return memb->seq > 0 && slot->seq == memb->seq && !slot->is_plain &&
	       !slot->whole && slot->len == len && memcmp(slot->bytes, bytes, len) == 0;
}

/* Bytes of all numbers above SEQ. */
uint64_t
memb_history_bytes_above(const struct memb *memb, uint64_t seq)
{
	const struct memb_slot *slot = &memb->slot[memb_slot_index(seq)];

	if (seq >= memb->seq)
		return 0;
	return slot->seq == seq ? memb->sent_bytes - slot->end : memb->sent_bytes;
}

/* A frame that cannot be signed anew (no memory, compressed as a whole) stays as it is.
 */
static void
memb_slot_sign(struct memb *memb, const struct memb_slot *slot, uint8_t *work)
{
	struct msg_trust trust = { .keys = NULL };
	struct msg_style style = memb->style;
	struct msg m;
	ssize_t len;

	memcpy(work, slot->bytes, slot->len);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, work, slot->len, &trust, NULL, 0, NULL) != MSG_DROP_NONE)
		return;
	len = msg_encode(&m, &style, memb->frame, memb->frame_size);
	if (len > 0 && len <= MEMB_FRAME_MAX)
		memb_slot_fill(memb, slot->seq, memb->frame, (size_t)len);
}

/* There are new keys: who could not read the old ones asks for what it missed, and must
 * be able to read that. */
void
memb_history_sign(struct memb *memb)
{
	uint8_t *work = malloc(MEMB_FRAME_MAX);

	for (size_t i = 0; work && i < MEMB_HISTORY_MAX; i++)
		if (memb->slot[i].seq && !memb->slot[i].is_plain && !memb->slot[i].whole)
			memb_slot_sign(memb, &memb->slot[i], work);
	free(work);
}

/* Slot I holds the highest number not above seq that falls into it, if there is one. */
void
memb_history_check(const struct memb *memb)
{
	uint64_t top = memb->seq, round = top - top % MEMB_HISTORY_MAX;

	for (size_t i = 0; i < MEMB_HISTORY_MAX; i++) {
		uint64_t seq = round + i;

		if (seq > top)
			seq = seq >= MEMB_HISTORY_MAX ? seq - MEMB_HISTORY_MAX : 0;
		assert(memb->slot[i].seq == seq);
		assert(seq == 0 || memb->slot[i].len > 0);
		assert(!memb->slot[i].whole ||
		       seq - memb->slot[i].whole->first < memb->slot[i].whole->count);
	}
}

static uint64_t
memb_history_lowest(const struct memb *memb)
{
	return memb->seq > MEMB_HISTORY_MAX ? memb->seq - MEMB_HISTORY_MAX + 1 : 1;
}

/* Requests. */

static void
memb_request_refuse(struct memb *memb, struct memb_peer *peer, uint64_t seq)
{
	struct msg *m = memb_own_begin(memb);

	memb->stats.naks_sent++;
	memb_log_limited(memb, &peer->limit, LOG_ERR,
	    "Cannot rexmit pkt %llu for %s: seqno too low", (unsigned long long)seq,
	    peer->node.name);
	memb_log_limited(memb, &peer->limit, LOG_INFO,
	    "fromnode =%s, fromnode's ackseq = %llu", peer->node.name,
	    (unsigned long long)peer->acked);
	memb_log_limited(memb, &peer->limit, LOG_INFO, "hist information:");
	memb_log_limited(memb, &peer->limit, LOG_INFO,
	    "hiseq =%llu, lowseq=%llu,ackseq=%llu,lastmsg=%llu",
	    (unsigned long long)memb->seq, (unsigned long long)memb_history_lowest(memb),
	    (unsigned long long)memb->acked,
	    (unsigned long long)memb_slot_index(memb->seq));
	msg_add_str(m, "t", "NS_nak_rexmit");
	msg_add_hex(m, "firstseq", seq);
	msg_add_str(m, "dest", peer->node.name);
	msg_add_str(m, "info", "seqno too low");
	memb_own_send(memb);
}

/* True if it went out. */
static bool
memb_slot_repeat_long(struct memb *memb, struct memb_slot *slot)
{
	ssize_t len = memb_piece_repeat(memb, slot->whole, slot->seq);

	if (len > 0)
		memb->fx->send(memb->shell, memb->frame, (size_t)len);
	return len > 0;
}

/* From now on it is a datagram of its own. */
static int
memb_slot_unpack(struct memb *memb, struct memb_slot *slot)
{
	ssize_t len = memb_pack_unpack(memb, slot->bytes, slot->len);

	return len < 0 ? (int)len
	               : memb_slot_fill(memb, slot->seq, memb->frame, (size_t)len);
}

/* True if a frame went out. */
static bool
memb_request_answer(struct memb *memb, struct memb_peer *peer, uint64_t seq)
{
	struct memb_slot *slot = &memb->slot[memb_slot_index(seq)];

	if (seq < memb_history_lowest(memb)) {
		memb_request_refuse(memb, peer, seq);
		return true;
	}
	assert(slot->seq == seq);
	if (instant_is_set(slot->resent) &&
	    instant_diff_ms(memb->now, slot->resent) < memb_again_ms(memb, peer) - 10)
		return false;
	if (slot->is_plain && memb_slot_unpack(memb, slot) < 0)
		return false;
	slot->resent = memb->now;
	memb->stats.resent++;
	memb_cut_missed(memb, peer);
	if (slot->whole)
		return memb_slot_repeat_long(memb, slot);
	memb->fx->send(memb->shell, slot->bytes, slot->len);
	return true;
}

void
memb_request_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	int64_t first, last;
	size_t answers = 0;

	if (msg_dec(p->m, "firstseq", &first) < 0 ||
	    msg_dec(p->m, "lastseq", &last) < 0 || first <= 0 || last < first) {
		memb->stats.malformed++;
		memb_log_limited(memb, &peer->limit, LOG_ERR,
		    "Invalid rexmit seqnos (node %s)", peer->node.name);
		return;
	}
	for (uint64_t seq = (uint64_t)first;
	     seq <= (uint64_t)last && answers < ANSWER_MAX; seq++) {
		if (seq > memb->seq) {
			memb_log_limited(memb, &peer->limit, LOG_WARNING,
			    "Rexmit of seq %llu requested. %llu is max.",
			    (unsigned long long)seq, (unsigned long long)memb->seq);
			return;
		}
		if (seq > peer->acked) { /* else it said itself that it has it */
			peer->asked_at = peer->hears_us = memb->now;
			answers += memb_request_answer(memb, peer, seq);
		} else {
			seq = peer->acked;
		}
	}
}
