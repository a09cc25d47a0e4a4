/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calm: heartbeats that wake nobody.
 *
 * A wake-up costs more than all that is done in it.  In a cluster in which nothing
 * happens, each node needs one for each of its own heartbeats, and none for those of the
 * others: the kernel notes when they arrived, and whoever judges them looks first.
 *
 * Who sends knows best whether a heartbeat is news, so it says so (MEMB_CALM_PREFIX): a
 * node is calm when communication is up, every configured node is active on every link,
 * nothing is missing, nobody is paused or leaving, and nothing else was sent or heard for
 * CALM_BEATS heartbeats.  Those first ones still wake the others, to whom they show what
 * was lost at the end.  Who hears lets the marked ones wait only while it is calm itself.
 * A node that sees another one dead is never calm, so of two that find each other again
 * one is awake, whoever it was that heard nothing.
 *
 * Every CALM_WAKES-th heartbeat wakes the others all the same: their answers tell how
 * long the way is.
 */
#include "heartbeat/membership/private.h"

void
memb_disturb(struct memb *memb)
{
	memb->calm_beats = 0;
}

bool
memb_is_calm(const struct memb *memb)
{
	return memb->calm_beats >= CALM_BEATS;
}

/* Links of our own that were never up hear no echo, which is no fault. */
static bool
memb_peer_is_steady(const struct memb *memb, const struct memb_peer *peer)
{
	if (peer->node.type == MEMB_NORMAL && peer->node.status != MEMB_ACTIVE)
		return false;
	for (size_t l = 0; l < peer->node.link_count; l++) {
		const struct memb_link *link = &peer->node.link[l];

		if (!link->up && peer->node.type == MEMB_NORMAL &&
		    (peer != memb->self || instant_is_set(link->since)))
			return false;
	}
	return peer->missing_count == 0 && !peer->lagging;
}

bool
memb_calm_beat(struct memb *memb)
{
	bool steady = memb->phase == PHASE_UP && !memb->raised && !memb->paused &&
	              memb->extra_dead_ms == 0;

	for (size_t i = 0; steady && i < memb->peer_count; i++)
		steady = memb_peer_is_steady(memb, memb->peer[i]);
	memb->calm_beats = steady ? memb->calm_beats + 1 : 0;
	return memb->calm_beats > CALM_BEATS && memb->calm_beats % CALM_WAKES != 0;
}
