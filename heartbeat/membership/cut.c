/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a long message leave whole or in pieces of one packet (pieces.c)?
 *
 *   whole --somebody misses something--> in pieces --quiet for quiet_ms--> whole
 *
 * Whole costs one signature and one wake-up, and is lost if one of its packets is; what
 * remains of it then fills the kernel of its receiver for half a minute.  So the first
 * request for a repetition ends it, for QUIET_MS after the last such request.  If the
 * next trial does not live as long as that, the network is one that loses: the time
 * doubles, up to QUIET_MAX_MS.
 *
 * The measure is what a receiver has missed, over all its links together.  A link that
 * loses long messages alone costs nothing while another one carries them; if its remains
 * fill the kernel that puts together those of the other, too, they are missed.
 */
#include "heartbeat/membership/private.h"

#define QUIET_MS (60 * 1000)
#define QUIET_MAX_MS (3600 * 1000)

void
memb_cut_missed(struct memb *memb, const struct memb_peer *peer)
{
	struct memb_cut *cut = &memb->cut;

	if (!cut->on) {
		bool again = instant_is_set(cut->tried) &&
		             instant_diff_ms(memb->now, cut->tried) < cut->quiet_ms;

		cut->on = true;
		cut->quiet_ms = again ? 2 * cut->quiet_ms : QUIET_MS;
		if (cut->quiet_ms > QUIET_MAX_MS)
			cut->quiet_ms = QUIET_MAX_MS;
		if (memb_live_know(memb, MEMB_FEAT_PIECES))
			memb_log(memb, LOG_INFO,
			    "long messages leave in pieces until nothing was missed for "
			    "%lld "
			    "s (node %s misses something)",
			    (long long)cut->quiet_ms / 1000, peer->node.name);
	}
	cut->until = instant_add_ms(memb->now, cut->quiet_ms);
}

bool
memb_cut_is_on(struct memb *memb)
{
	struct memb_cut *cut = &memb->cut;

	if (cut->on && instant_is_reached(cut->until, memb->now)) {
		cut->on = false;
		cut->tried = memb->now;
		memb_log(memb, LOG_DEBUG,
		    "long messages leave whole again (nothing was missed for %lld s)",
		    (long long)cut->quiet_ms / 1000);
	}
	return cut->on;
}
