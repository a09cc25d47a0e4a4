/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection (spec/client-api.md 3, 10): bytes in, messages out of them, its life.
 * Nothing here blocks.  The loop watches for room to write only while something is
 * queued, and for bytes to read only while the first frame is not held.
 *
 * A frame is held, that is, it stays in the buffer with everything behind it, in two
 * cases.  A message to the cluster that the cluster cannot take now waits for
 * clients_resume(), or for a client that is behind (behind.c).  A request waits until the answers to earlier ones have been taken:
 * so a pipeline of requests never fills the queue, only events that are not read do.
 */
#include "heartbeat/client/private.h"
#include "lib/child.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_MAX 65536   /* bytes a turn, more only for one large frame */
#define IN_SIZE 4096     /* the buffer of a quiet connection */
#define IN_BUSY READ_MAX /* and of one that fills it */
#define DRAIN_TURNS 32   /* reads of clients_conn_drain() */
#define STORE_SIZE 2048  /* our fields and those of the wire in a client's message */
#define SCRATCH_KEEP 16384

/* ---- In ---- */

/* An offence against the protocol: nothing after it can be trusted. */
static void
conn_offend(struct clients_conn *conn, const char *what)
{
	log_limited(&conn->clients->offence, LOG_WARNING,
	    "API client [%s] pid %d: %s: disconnected", conn->registered ? conn->id : "-",
	    (int)conn->peer.pid, what);
	clients_conn_end(conn, "badclient");
}

static void
conn_note_empty(struct clients_conn *conn, const char *what)
{
	log_limited(&conn->clients->offence, LOG_WARNING, "No message from pid %d: %s",
	    (int)conn->peer.pid, what);
	if (++conn->empty_row >= CLIENTS_EMPTY_MAX)
		clients_conn_end(conn, "noinput");
}

/* A message for the cluster: the sender is who it is, whatever it wrote.  False: held. */
static bool
conn_send(struct clients_conn *conn, struct msg *m)
{
	struct clients *clients = conn->clients;
	char text[24];
	int r = 0;

	if (clients->paused || clients->outbox_count > 0 || clients_are_behind(clients))
		return false;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)conn->generation);
	if (msg_set_str(m, "from_id", conn->id) < 0 ||
	    msg_set_str(m, "to_id", conn->id) < 0 ||
	    msg_set_str(m, "client_gen", text) < 0)
		r = -EMSGSIZE;
	else
		r = clients->host->send(clients->shell, m);
	if (r == -EAGAIN)
		return false;
	conn->said++;
	if (r < 0)
		log_limited(&clients->dropped, LOG_ERR,
		    "message t=%s of API client [%s] refused: %s", msg_type(m), conn->id,
		    strerror(-r));
	return true;
}

/* False: the frame stays where it is. */
static bool
conn_handle(struct clients_conn *conn, struct msg *m)
{
	struct clients *clients = conn->clients;
	const char *type = msg_type(m);
	bool is_request = strcmp(type, "hbapi-req") == 0;

	if (type[0] == '\0') {
		log_limited(&clients->offence, LOG_WARNING,
		    "API message without type from pid %d ignored", (int)conn->peer.pid);
		return true;
	}
	if (is_request && conn->out_count > 0 && !conn->blocked)
		clients_queue_flush(conn);
	if (is_request && conn->out_count > 0)
		return false;
	if (!conn->registered) {
		if (clients->outbox_count >= CLIENTS_OUTBOX_MAX)
			return false;
		clients_signon(conn, m);
		return true;
	}
	if (is_request) {
		clients_request(conn, m);
		return true;
	}
	if (!conn->named) {
		conn_offend(conn, "a client without a name may not send");
		return true;
	}
	return conn_send(conn, m);
}

static uint8_t *
scratch_get(struct clients *clients, size_t size)
{
	if (size > clients->scratch_size) {
		uint8_t *bytes = realloc(clients->scratch, size);

		if (!bytes)
			return NULL;
		clients->scratch = bytes;
		clients->scratch_size = size;
	}
	return clients->scratch;
}

/* The daemon is locked in memory: one large message must not cost it for ever. */
static void
scratch_trim(struct clients *clients)
{
	if (clients->scratch_size <= SCRATCH_KEEP)
		return;
	free(clients->scratch);
	clients->scratch = NULL;
	clients->scratch_size = 0;
}

/* One body.  False: it stays.  A copy is decoded, because decoding writes into the bytes;
 * the scratch is our caller's until we return, so that a connection that is handled
 * inside of this call (an old holder of a name) gets its own. */
static bool
conn_take(struct clients_conn *conn, const uint8_t *body, size_t len)
{
	struct clients *clients = conn->clients;
	struct msg_trust trust = { .keys = NULL };
	uint8_t store[STORE_SIZE], *bytes, *expanded = NULL;
	size_t expanded_size = 0, lead = len < 128 ? len : 128, size;
	struct err err = { "" };
	struct msg m;
	bool done = true;

	bytes = scratch_get(clients, len + 1);
	if (memmem(body, lead, "_compressed_payload=", 20)) {
		expanded = malloc(MSG_EXPANDED_MAX);
		expanded_size = expanded ? MSG_EXPANDED_MAX : 0;
	}
	if (!bytes) {
		conn_note_empty(conn, "out of memory");
		free(expanded);
		return true;
	}
	size = clients->scratch_size;
	clients->scratch = NULL;
	clients->scratch_size = 0;
	memcpy(bytes, body, len);
	msg_init(&m, store, sizeof(store));
	if (msg_decode(&m, bytes, len, &trust, expanded, expanded_size, &err) !=
	    MSG_DROP_NONE) {
		conn_note_empty(conn, err.text);
	} else {
		conn->empty_row = 0;
		done = conn_handle(conn, &m);
	}
	free(clients->scratch);
	clients->scratch = bytes;
	clients->scratch_size = size;
	scratch_trim(clients);
	free(expanded);
	return done;
}

/* The length of the body of the first frame, when its header is there and sound; -EAGAIN:
 * more bytes are needed; -EPROTO: the connection is over. */
static ssize_t
frame_parse(struct clients_conn *conn)
{
	const uint8_t *at = conn->in + conn->in_start;
	int32_t len;
	uint32_t magic;

	if (conn->in_end - conn->in_start < CLIENTS_HEADER)
		return -EAGAIN;
	memcpy(&len, at, 4);
	memcpy(&magic, at + 4, 4);
	if (magic != CLIENTS_MAGIC) {
		conn_offend(conn, "not a frame");
		return -EPROTO;
	}
	if (len < 0 || len > CLIENTS_BODY_MAX) {
		conn_offend(conn,
		    len < 0 ? "frame of negative length" : "frame too long");
		return -EPROTO;
	}
	if (conn->in_end - conn->in_start - CLIENTS_HEADER < (size_t)len)
		return -EAGAIN;
	return len;
}

/* Room for the rest of the first frame, or for something new. */
static int
in_reserve(struct clients_conn *conn)
{
	size_t have = conn->in_end - conn->in_start;
	size_t least = conn->in_busy ? IN_BUSY : IN_SIZE, want = least;
	uint8_t *bytes;
	int32_t len;

	if (have >= CLIENTS_HEADER) {
		memcpy(&len, conn->in + conn->in_start, 4);
		assert(len >= 0 && len <= CLIENTS_BODY_MAX);
		want = CLIENTS_HEADER + (size_t)len;
	}
	if (want < least)
		want = least;
	if (conn->in_start > 0 && have > 0)
		memmove(conn->in, conn->in + conn->in_start, have);
	conn->in_start = 0;
	conn->in_end = have;
	if (want <= conn->in_size && (conn->in_size <= least || have > 0))
		return 0;
	if (want < have)
		want = have;
	bytes = realloc(conn->in, want);
	if (!bytes)
		return -ENOMEM;
	conn->in = bytes;
	conn->in_size = want;
	return 0;
}

void
clients_conn_process(struct clients_conn *conn)
{
	struct clients *clients = conn->clients;

	clients_enter(clients);
	conn->held = false;
	while (!conn->dead && !conn->held) {
		ssize_t len = frame_parse(conn);

		if (len < 0)
			break;
		if (len == 0)
			conn_note_empty(conn, "empty frame");
		else
			conn->held = !conn_take(conn,
			    conn->in + conn->in_start + CLIENTS_HEADER, (size_t)len);
		if (!conn->held && !conn->dead)
			conn->in_start += CLIENTS_HEADER + (size_t)len;
	}
	if (!conn->dead && !conn->held && conn->eof)
		clients_conn_end(conn, process_is_gone(conn->peer.pid) ? "died" : "EOF");
	clients_conn_watch(conn);
	clients_exit(clients);
}

void
clients_conn_input(struct clients_conn *conn, const uint8_t *bytes, size_t len)
{
	while (len > 0 && !conn->dead && !conn->held) {
		size_t part;

		if (in_reserve(conn) < 0) {
			conn_offend(conn, "out of memory");
			return;
		}
		part = conn->in_size - conn->in_end;
		if (part > len)
			part = len;
		memcpy(conn->in + conn->in_end, bytes, part);
		conn->in_end += part;
		bytes += part;
		len -= part;
		clients_conn_process(conn);
	}
}

/* One read.  False: there is nothing more now. */
static bool
conn_read(struct clients_conn *conn)
{
	size_t room;
	ssize_t n;

	if (in_reserve(conn) < 0) {
		conn_offend(conn, "out of memory");
		return false;
	}
	room = conn->in_size - conn->in_end;
	assert(room > 0);
	n = recv(conn->fd, conn->in + conn->in_end, room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0)
		conn->eof = true;
	else
		conn->in_end += (size_t)n;
	conn->in_busy = n == (ssize_t)room || n > IN_SIZE / 2;
	clients_conn_process(conn);
	return n == (ssize_t)room;
}

void
clients_conn_drain(struct clients_conn *conn)
{
	for (int i = 0; i < DRAIN_TURNS; i++)
		if (conn->dead || conn->held || conn->eof || !conn_read(conn))
			return;
}

void
clients_conn_hear(struct clients_conn *conn)
{
	if (!conn->dead && !conn->held)
		for (size_t n = 0; n < READ_MAX; n += IN_SIZE)
			if (conn->dead || conn->held || conn->eof || !conn_read(conn))
				break;
}

static void
conn_ready(void *data, int fd, int revents)
{
	struct clients_conn *conn = data;
	struct clients *clients = conn->clients;

	(void)fd;
	clients_enter(clients);
	if (conn->out_count > 0 && (revents & (POLLOUT | POLLERR | POLLHUP))) {
		clients_queue_flush(conn);
		if (conn->held && conn->out_count == 0)
			clients_conn_process(conn);
	}
	if (revents & (POLLIN | POLLERR | POLLHUP)) {
		clients_conn_hear(conn);
		clients_breath_note(conn);
	}
	clients_conn_watch(conn);
	clients_outbox_flush(clients);
	clients_exit(clients);
}

/* ---- Life ---- */

void
clients_conn_watch(struct clients_conn *conn)
{
	struct loop *loop = conn->clients->loop;
	int events;

	if (conn->dead)
		return;
	events = (conn->held || conn->eof || conn->breathes ? 0 : POLLIN) |
	         (conn->blocked ? POLLOUT : 0);
	if (events == conn->events)
		return;
	/* A descriptor that is watched for nothing still reports a hang-up, again and
	 * again. */
	if (events == 0)
		loop_fd_remove(loop, conn->fd);
	else if (conn->events == 0 && loop_fd_add(loop, conn->fd, events, false, "client",
	                                  conn_ready, conn) < 0)
		events = 0;
	else if (conn->events != 0)
		loop_fd_modify(loop, conn->fd, events);
	conn->events = events;
}

struct clients_conn *
clients_conn_new(struct clients *clients, int fd, const struct ucred *peer)
{
	struct clients_conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		close(fd);
		return NULL;
	}
	conn->clients = clients;
	conn->fd = fd;
	conn->peer = *peer;
	conn->since = loop_now(clients->loop);
	STAILQ_INIT(&conn->out);
	clients_conn_set_queue(conn, CLIENTS_QUEUE_MAX);
	TAILQ_INSERT_TAIL(&clients->conns, conn, link);
	clients->conn_count++;
	return conn;
}

/* Input that nobody has read would turn the peer's EOF into "connection reset". */
static void
fd_close_politely(int fd)
{
	char rest[4096];

	shutdown(fd, SHUT_WR);
	for (int i = 0; i < DRAIN_TURNS; i++)
		if (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) <= 0)
			break;
	close(fd);
}

void
clients_conn_close(struct clients_conn *conn)
{
	struct clients *clients = conn->clients;

	if (conn->dead)
		return;
	clients_breath_end(conn);
	if (!conn->deaf)
		clients_queue_flush(conn);
	if (conn->events != 0)
		loop_fd_remove(clients->loop, conn->fd);
	fd_close_politely(conn->fd);
	conn->fd = -1;
	conn->events = 0;
	conn->dead = true;
	clients_behind_note(conn);
	conn->registered = false;
	TAILQ_REMOVE(&clients->conns, conn, link);
	clients->conn_count--;
	TAILQ_INSERT_TAIL(&clients->graves, conn, link);
	clients_filters_update(clients);
}

void
clients_conn_free(struct clients_conn *conn)
{
	assert(conn->dead);
	clients_queue_clear(conn);
	free(conn->mark);
	free(conn->in);
	free(conn);
}
