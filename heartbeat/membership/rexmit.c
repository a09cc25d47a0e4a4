/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking for what is missing (spec/wire.md 11.5, 11.7).
 *
 * An old node may send its messages out of order and answers at its next timer tick, so
 * the first request waits 50 to 250 ms, one for each number.  Nodes of this
 * implementation send in order: a short wait is enough for what another link still
 * carries, and one request asks for a whole run of numbers.  Requests go on until the
 * message came, was refused, its sender died, or it is plain that none gets through: the
 * sender's heartbeats come, but for a long time neither an answer nor an acknowledgement
 * of our own messages, as with a one-way cut.  In doubt a heartbeat asks for one.
 */
#include "heartbeat/membership/private.h"

#define PROMPT_MIN_MS 8
#define PROMPT_RANGE_MS 8
#define ASK_PER_TICK_MAX 64
#define ASK_ROUNDS_MAX 40
#define HEARTBEATS_MAX 30

void
memb_rexmit_plan(struct memb *memb, struct memb_peer *peer, size_t i)
{
	bool prompt = memb_peer_is_prompt(peer);
	int64_t low_ms = prompt ? PROMPT_MIN_MS : memb->rexmit_ms < 100 ? 0 : 50;
	int64_t high_ms = prompt ? PROMPT_MIN_MS + PROMPT_RANGE_MS : memb->rexmit_ms;
	uint64_t range = (uint64_t)(high_ms > low_ms ? high_ms - low_ms : 0) + 1;
	int64_t wait_ms = low_ms + (int64_t)(memb_random(memb) % range);

	for (; i < peer->missing_count; i++) {
		peer->missing[i].ask = instant_add_ms(memb->now, wait_ms);
		memb_want(memb, peer->missing[i].ask);
		if (!prompt)
			wait_ms = low_ms + (int64_t)(memb_random(memb) % range);
	}
}

/* Between two requests for the same, and between two answers. */
int64_t
memb_again_ms(const struct memb *memb, const struct memb_peer *peer)
{
	return memb_peer_packs(peer) && memb->rexmit_ms > AGAIN_MS ? AGAIN_MS
	                                                           : memb->rexmit_ms;
}

static void
memb_rexmit_ask(struct memb *memb, struct memb_peer *peer, uint64_t first, uint64_t last)
{
	struct msg *m = memb_own_begin(memb);

	assert(first > 0 && first <= last);
	msg_add_str(m, "t", "NS_rexmit");
	msg_add_str(m, "dest", peer->node.name);
	msg_add_dec(m, "firstseq", (int64_t)first); /* decimal, unlike everything else */
	msg_add_dec(m, "lastseq", (int64_t)last);
	memb_own_send(memb);
}

static int64_t
memb_patience_ms(const struct memb *memb, const struct memb_peer *peer)
{
	int64_t patience_ms = 2 * peer->node.dead_ms;

	if (patience_ms < ASK_ROUNDS_MAX * memb->rexmit_ms)
		patience_ms = ASK_ROUNDS_MAX * memb->rexmit_ms;
	/* An old node acknowledges every tenth heartbeat, and the network may lose two of
	 * three of those. */
	if (!memb_peer_packs(peer) && instant_is_set(peer->hears_us) &&
	    patience_ms < HEARTBEATS_MAX * memb->keepalive_ms)
		patience_ms = HEARTBEATS_MAX * memb->keepalive_ms;
	return patience_ms;
}

/* For how long have we asked without any sign that its sender hears us? */
static int64_t
memb_unheard_ms(const struct memb *memb, const struct memb_peer *peer)
{
	struct instant since = peer->missing[0].since;

	if (peer->hears_us.ns > since.ns)
		since = peer->hears_us;
	return instant_diff_ms(memb->now, since);
}

/* Are numbers that were asked for so long never going to come?  Those of a node that
 * hears us are asked for as long as it lives. */
static void
memb_rexmit_expire(struct memb *memb, struct memb_peer *peer)
{
	while (peer->missing_count > 0 &&
	       memb_unheard_ms(memb, peer) >= memb_patience_ms(memb, peer))
		memb_seq_give_up(memb, peer, 0, "no answer to many requests");
}

bool
memb_rexmit_doubts(const struct memb *memb)
{
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_peer *peer = memb->peer[i];

		if (peer->missing_count > 0 && memb_peer_packs(peer) &&
		    memb_unheard_ms(memb, peer) >= memb_patience_ms(memb, peer) / 4)
			return true;
	}
	return false;
}

static void
memb_rexmit_peer(struct memb *memb, struct memb_peer *peer)
{
	bool may_ask = peer->node.status == MEMB_UP || peer->node.status == MEMB_ACTIVE ||
	               peer->node.status == MEMB_OTHER;
	size_t asked = 0, run;

	memb_rexmit_expire(memb, peer);
	for (size_t i = 0; i < peer->missing_count; i += run) {
		struct memb_missing *missing = &peer->missing[i];

		run = 1;
		if (!instant_is_reached(missing->ask, memb->now))
			continue;
		if (asked == ASK_PER_TICK_MAX) { /* the rest in a moment: a burst would be
			                            lost again */
			missing->ask = instant_add_ms(memb->now, PROMPT_MIN_MS);
			continue;
		}
		while (memb_peer_is_prompt(peer) && run < ANSWER_MAX &&
		       i + run < peer->missing_count &&
		       missing[run].seq == missing->seq + run &&
		       instant_is_reached(missing[run].ask, memb->now))
			run++;
		for (size_t k = 0; k < run; k++)
			missing[k].ask =
			    instant_add_ms(memb->now, memb_again_ms(memb, peer));
		if (may_ask)
			memb_rexmit_ask(memb, peer, missing->seq, missing->seq + run - 1);
		asked++;
	}
}

void
memb_rexmit_tick(struct memb *memb)
{
	for (size_t i = 0; i < memb->peer_count; i++)
		if (memb->peer[i]->missing_count > 0)
			memb_rexmit_peer(memb, memb->peer[i]);
}

struct instant
memb_rexmit_due(const struct memb *memb)
{
	struct instant due = INSTANT_NEVER;

	for (size_t i = 0; i < memb->peer_count; i++)
		for (size_t k = 0; k < memb->peer[i]->missing_count; k++)
			due = instant_min(due, memb->peer[i]->missing[k].ask);
	return due;
}

/* The sender has it no more.  Believed only if it says so to us, of a number that we
 * asked for. */
void
memb_nak_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	uint64_t seq;
	size_t i;

	if (!p->dest || !p->for_us || msg_hex(p->m, "firstseq", &seq) < 0)
		return;
	i = memb_seq_missing(peer, seq);
	if (i == peer->missing_count)
		return;
	memb->stats.naks_received++;
	memb_seq_give_up(memb, peer, i, "its sender has it no more");
}
