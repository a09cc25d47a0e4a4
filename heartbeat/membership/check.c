/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invariants of the whole; the simulator asks after each step.
 */
#include "heartbeat/membership/private.h"

static void
memb_check_queue(const struct memb_queue *queue)
{
	size_t count = 0, bytes = 0;

	for (const struct memb_held *held = queue->first; held; held = held->next) {
		assert(!held->next || held->next->seq > held->seq);
		assert(held->len > 0);
		count++;
		bytes += held->len;
	}
	assert(count == queue->count);
	assert(bytes == queue->bytes);
}

static void
memb_check_numbers(const struct memb_peer *peer)
{
	assert(peer->missing_count <= MISSING_MAX);
	assert(peer->tracking || (peer->missing_count == 0 && peer->held.count == 0));
	for (size_t i = 0; i < peer->missing_count; i++) {
		assert(peer->missing[i].seq < peer->node.seq_seen);
		assert(i == 0 || peer->missing[i - 1].seq < peer->missing[i].seq);
		assert(instant_is_set(peer->missing[i].ask));
		assert(instant_is_set(peer->missing[i].since));
	}
	assert(peer->held.count == 0 || peer->missing_count > 0);
	assert(peer->held.count == 0 || peer->held.first->seq > peer->missing[0].seq);
	assert(peer->held.count <= HELD_COUNT_MAX);
	assert(peer->early.count <= EARLY_COUNT_MAX);
	assert(peer->tracking || !peer->pieces.bytes);
	assert((peer->pieces.bytes != NULL) == (peer->pieces.total > 0));
	assert(peer->pieces.len <= peer->pieces.total);
	assert(peer->pieces.total <= MSG_WIRE_MAX);
	assert(peer->pieces.seq <= peer->node.seq_seen);
	memb_check_queue(&peer->held);
	memb_check_queue(&peer->early);
}

static void
memb_check_peer(const struct memb *memb, const struct memb_peer *peer)
{
	const struct memb_node *node = &peer->node;

	assert(memb_name_is_valid(node->name, strlen(node->name)));
	assert(node->status_text[0] != '\0');
	assert(node->type != MEMB_PING || node->link_count == 1);
	assert(node->type == MEMB_PING || node->link_count == memb->link_count);
	assert(node->type != MEMB_PING || node->status == MEMB_INIT ||
	       node->status == MEMB_PINGED || node->status == MEMB_DEAD);
	assert(node->type != MEMB_NORMAL || node->status != MEMB_PINGED);
	assert(node->dead_ms > 0 && node->dead_ms < DEAD_MS_MAX);
	assert(peer->ack_trigger < 10);
	assert(peer->acked <= memb->seq && peer->owes_above <= memb->seq);
	assert(peer->shifted_ms >= 0);
	assert(peer->alive.ns <= memb->now.ns);
	assert(node->heard.ns <= memb->now.ns);
	/* Who is dead is forgotten, and who was never heard cannot live. */
	assert(node->status != MEMB_DEAD || !peer->tracking);
	assert(node->anything || node->status == MEMB_INIT || node->status == MEMB_DEAD);
	assert(node->type != MEMB_NORMAL || !node->anything || node->generation > 0);
	memb_check_numbers(peer);
	for (size_t l = 0; l < node->link_count; l++)
		arrival_check(&peer->arrival[l]);
	for (size_t i = 0; memb->peer[i] != peer; i++) {
		assert(strcmp(memb->peer[i]->node.name, node->name) != 0);
		assert(!node->has_uuid || !memb->peer[i]->node.has_uuid ||
		       memcmp(memb->peer[i]->node.uuid, node->uuid, 16) != 0);
	}
}

void
memb_check(const struct memb *memb)
{
	assert(memb->depth == 0);
	assert(memb->self && memb->self->node.has_uuid);
	assert(memb->self->node.status != MEMB_DEAD);
	assert(memb->acked <= memb->seq);
	assert(memb->paused == (memb->paused && memb->seq - memb->acked >= PAUSE_ABOVE));
	assert((memb->phase == PHASE_UP) == (memb->self->node.status == MEMB_ACTIVE));
	assert(memb->phase != PHASE_ASKING || instant_is_set(memb->reqnodes_due));
	assert(memb->phase == PHASE_NEW || instant_is_set(memb->armed));
	assert(memb->phase == PHASE_NEW || instant_is_set(memb->status_due));
	assert(memb->self->node.seq_seen == memb->seq);
	if (memb->seq % 64 == 0) /* it takes longer than all the rest */
		memb_history_check(memb);
	for (size_t i = 0; i < memb->peer_count; i++)
		memb_check_peer(memb, memb->peer[i]);
}
