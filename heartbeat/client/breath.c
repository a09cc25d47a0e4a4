/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients that talk without a pause are heard in draughts.
 *
 * A client that writes message after message wakes us with each of them, and on a busy machine
 * takes turns with us: two switches of the processor, a datagram and an acknowledgement for a
 * hundred bytes.  So when ROW_LEAST of its messages have come one upon the other, its socket is
 * left alone for BREATH_NS: what it has written meanwhile is read at once, travels together
 * (membership/pack.c) and is delivered together.  Who waits for an answer before he says more
 * gains nothing by that: a few draughts in a row of less than two messages end it, and for a
 * while nothing begins anew.  (One alone may be a client that was not on the processor.)
 */
#include "heartbeat/client/private.h"

#define BREATH_NS (200 * 1000)
#define UPON_NS (300 * 1000) /* messages nearer than this came one upon the other */
#define ROW_LEAST 16
#define POOR_MAX 4
#define ROW_ALONE (-48) /* where the row begins after a draught that brought nothing */

/* How many messages it has sent since it was asked last. */
static unsigned
breath_came(struct clients_conn *conn)
{
	unsigned came = conn->said - conn->said_before;

	conn->said_before = conn->said;
	return came;
}

void
clients_breath_note(struct clients_conn *conn)
{
	struct clients *clients = conn->clients;
	struct instant now = loop_now(clients->loop);
	unsigned came = breath_came(conn);

	if (came == 0 || conn->breathes || conn->dead)
		return;
	if (now.ns - conn->said_at.ns > UPON_NS && conn->row > 0)
		conn->row = 0;
	else
		conn->row++;
	conn->said_at = now;
	if (conn->row < ROW_LEAST)
		return;
	conn->breathes = true;
	if (clients->breathing_count++ == 0)
		loop_timer_arm(&clients->breath,
		    instant_add_ns(instant_now(), BREATH_NS));
}

void
clients_breath_end(struct clients_conn *conn)
{
	if (!conn->breathes)
		return;
	conn->breathes = false;
	conn->clients->breathing_count--;
}

static void
breath_draw(struct clients_conn *conn)
{
	clients_conn_hear(conn);
	if (conn->dead)
		return;
	conn->poor = breath_came(conn) >= 2 ? 0 : conn->poor + 1;
	if (!conn->held && conn->poor < POOR_MAX)
		return;
	conn->poor = 0;
	clients_breath_end(conn);
	conn->row = conn->held ? ROW_LEAST : ROW_ALONE;
	clients_conn_watch(conn);
}

void
clients_breath_take(void *data, struct instant now)
{
	struct clients *clients = data;
	struct clients_conn *conn, *next;

	(void)now; /* the turn may be long: the next draught is counted from its end */
	clients_enter(clients);
	for (conn = TAILQ_FIRST(&clients->conns); conn; conn = next) {
		next = TAILQ_NEXT(conn, link);
		if (conn->breathes)
			breath_draw(conn);
		/* Handling one may have ended its neighbour: the others have their turn
		 * with the next draught. */
		if (next && next->dead)
			break;
	}
	if (clients->breathing_count > 0)
		loop_timer_arm(&clients->breath,
		    instant_add_ns(instant_now(), BREATH_NS));
	clients_exit(clients);
}
