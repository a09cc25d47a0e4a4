/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients that do not read as fast as the cluster talks.
 *
 *   keeps up --queue half full--> behind --queue down to a quarter--> keeps up
 *                                   `--not within WAIT_MS--> slow --queue empty--> keeps up
 *
 * While one is behind everybody waits for it: clients of this node may not send, and
 * membership withholds its acknowledgements (clients_are_behind()), which soon pauses
 * those of the other nodes.  Who is slow is not waited for any more, and loses its
 * connection when its queue is full.
 */
#include "heartbeat/client/private.h"

#include <assert.h>

#define WAIT_MS 2000

size_t
clients_queue_bytes_max(const struct clients_conn *conn)
{
	/* Who asks for a long queue may have it full of long messages, too. */
	size_t bytes_max = conn->out_max * 1024;

	return bytes_max < CLIENTS_QUEUE_BYTES_MAX ? CLIENTS_QUEUE_BYTES_MAX : bytes_max;
}

static void
behind_end(struct clients_conn *conn)
{
	struct clients *clients = conn->clients;

	if (!conn->behind)
		return;
	assert(clients->behind_count > 0);
	conn->behind = false;
	if (--clients->behind_count == 0)
		clients_soon(clients);
}

/* As full as SHARE of four quarters of what would disconnect it. */
static bool
queue_holds(const struct clients_conn *conn, size_t share)
{
	return conn->out_bytes > clients_queue_bytes_max(conn) / 4 * share ||
	       (conn->out_count > conn->out_max / 4 * share &&
	           conn->out_bytes > CLIENTS_QUEUE_BYTES_FREE / 4 * share);
}

void
clients_behind_note(struct clients_conn *conn)
{
	struct clients *clients = conn->clients;
	struct instant now;

	if (conn->out_count == 0)
		conn->slow = false;
	if (conn->behind && (conn->dead || conn->deaf || !queue_holds(conn, 1)))
		behind_end(conn);
	if (conn->behind || conn->slow || conn->dead || conn->deaf ||
	    !queue_holds(conn, 2))
		return;
	now = loop_now(clients->loop);
	conn->behind = true;
	conn->behind_until = instant_add_ms(now, WAIT_MS);
	if (clients->behind_count++ == 0)
		loop_timer_arm(&clients->behind, conn->behind_until);
}

void
clients_behind_expire(void *data, struct instant now)
{
	struct clients *clients = data;
	struct instant next = INSTANT_NEVER;
	struct clients_conn *conn;

	TAILQ_FOREACH(conn, &clients->conns, link)
	{
		if (!conn->behind)
			continue;
		if (!instant_is_reached(conn->behind_until, now)) {
			next = instant_min(next, conn->behind_until);
			continue;
		}
		conn->slow = true;
		log_limited(&clients->dropped, LOG_INFO,
		    "API client [%s] pid %d reads slowly: nobody waits for it any more "
		    "(%zu messages, %zu bytes queued)",
		    conn->id, (int)conn->peer.pid, conn->out_count, conn->out_bytes);
		behind_end(conn);
	}
	if (instant_is_set(next))
		loop_timer_arm(&clients->behind, next);
}

bool
clients_are_behind(const struct clients *clients)
{
	return clients->behind_count > 0;
}
