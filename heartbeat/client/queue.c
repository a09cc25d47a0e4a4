/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes out to a client (spec/client-api.md 3, 10): frames that several queues share,
 * and the queue of a connection.  Nothing blocks: a frame goes to the socket at once when
 * nothing waits before it, else it waits until the loop says that there is room.  A
 * client whose queue is full is disconnected.
 */
#include "heartbeat/client/private.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define WRITE_VECTOR 64
#define WRITE_BATCH                                                                      \
	(32 *                                                                            \
	    1024) /* so much is worth a system call before the turn ends               \
	             */

/* ---- Frames ---- */

/* At least what the encoding takes, for all but nested structs. */
static size_t
frame_guess(const struct msg *m)
{
	size_t size = 64;

	for (size_t i = 0; i < m->count; i++)
		size += m->field[i].name_len + m->field[i].len * 4 / 3 + 24;
	return size;
}

struct clients_frame *
clients_frame_new(struct clients *clients, const struct msg *m)
{
	struct msg_style style = {
		.form = clients_conf(clients)->netstring ? MSG_NETSTRING : MSG_CLASSIC
	};
	struct clients_frame *frame;
	ssize_t len;

	for (size_t size = frame_guess(m);; size *= 2) {
		frame = malloc(sizeof(*frame) + CLIENTS_HEADER + size);
		if (!frame)
			return NULL;
		len = msg_encode(m, &style, frame->bytes + CLIENTS_HEADER, size);
		if (len >= 0)
			break;
		free(frame);
		if (len != -EMSGSIZE || size >= CLIENTS_BODY_MAX) {
			log_limited(&clients->dropped, LOG_ERR,
			    "message t=%s cannot be given to API clients: %s",
			    msg_type(m), strerror((int)-len));
			return NULL;
		}
	}
	memcpy(frame->bytes, &(int32_t){ (int32_t)len }, 4);
	memcpy(frame->bytes + 4, &(uint32_t){ CLIENTS_MAGIC }, 4);
	frame->len = CLIENTS_HEADER + (size_t)len;
	frame->refs = 1;
	return frame;
}

void
clients_frame_unref(struct clients_frame *frame)
{
	assert(frame->refs > 0);
	if (--frame->refs == 0)
		free(frame);
}

/* ---- Out ---- */

static void
out_drop_first(struct clients_conn *conn)
{
	struct clients_item *item = STAILQ_FIRST(&conn->out);

	STAILQ_REMOVE_HEAD(&conn->out, next);
	conn->out_count--;
	conn->out_bytes -= item->frame->len;
	conn->out_offset = 0;
	clients_frame_unref(item->frame);
	free(item);
}

void
clients_queue_clear(struct clients_conn *conn)
{
	while (conn->out_count > 0)
		out_drop_first(conn);
}

/* Nobody reads any more.  What it wrote before is still handled, up to its EOF. */
static void
conn_deafen(struct clients_conn *conn)
{
	conn->deaf = true;
	clients_queue_clear(conn);
	clients_behind_note(conn);
}

/* Real, effective, saved and file system user of a process: whether UID may signal it is
 * asked at each signal, because the process may have become another user's by exec. */
static bool
may_signal(uid_t uid, pid_t pid)
{
	char path[32], line[256];
	unsigned real, effective, saved;
	bool found = false;
	FILE *file;

	if (uid == 0)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "Uid: %u %u %u", &real, &effective, &saved) == 3;
	fclose(file);
	return found && (uid == real || uid == saved);
}

static void
conn_signal(struct clients_conn *conn)
{
	if (conn->signo > 0 && may_signal(conn->peer.uid, conn->peer.pid))
		kill(conn->peer.pid, conn->signo);
}

static int
out_append(struct clients_conn *conn, struct clients_frame *frame)
{
	struct clients_item *item = malloc(sizeof(*item));

	if (!item)
		return -ENOMEM;
	frame->refs++;
	item->frame = frame;
	STAILQ_INSERT_TAIL(&conn->out, item, next);
	conn->out_count++;
	conn->out_bytes += frame->len;
	return 0;
}

static void
conn_overflow(struct clients_conn *conn)
{
	char reason[128];

	snprintf(reason, sizeof(reason),
	    "send failed,farside_pid=%d, sendq length=%zu(max is %zu)",
	    (int)conn->peer.pid, conn->out_count, conn->out_max);
	log_line(LOG_WARNING,
	    "API client [%s] pid %d does not read: disconnected (%zu messages, "
	    "%zu bytes queued)",
	    conn->id, (int)conn->peer.pid, conn->out_count, conn->out_bytes);
	clients_conn_end(conn, reason);
}

static bool
out_is_full(const struct clients_conn *conn, size_t len, bool bounded)
{
	if (conn->out_bytes + len > clients_queue_bytes_max(conn))
		return true;
	return bounded && conn->out_count >= conn->out_max &&
	       conn->out_bytes > CLIENTS_QUEUE_BYTES_FREE;
}

/* At the end of this turn: what comes until then costs one system call and wakes the
 * client once. */
static void
conn_write_soon(struct clients_conn *conn)
{
	if (conn->queued || conn->blocked)
		return;
	conn->queued = true;
	loop_timer_arm(&conn->clients->write, loop_now(conn->clients->loop));
}

void
clients_conn_queue(struct clients_conn *conn, struct clients_frame *frame, bool bounded)
{
	if (conn->dead || conn->deaf)
		return;
	if (out_is_full(conn, frame->len, bounded) && !conn->blocked)
		clients_queue_flush(conn);
	if (conn->deaf)
		return;
	if (out_is_full(conn, frame->len, bounded) || out_append(conn, frame) < 0) {
		conn_overflow(conn);
		return;
	}
	if (conn->blocked)
		clients_behind_note(conn);
	if (bounded && conn->out_bytes < WRITE_BATCH)
		conn_write_soon(conn);
	else if (!conn->blocked)
		clients_queue_flush(conn);
	conn_signal(conn);
}

void
clients_queues_write(void *data, struct instant now)
{
	struct clients *clients = data;
	struct clients_conn *conn;

	(void)now;
	/* Writing ends nobody: who is found gone here is only deaf. */
	TAILQ_FOREACH(conn, &clients->conns, link)
	{
		if (!conn->queued)
			continue;
		conn->queued = false;
		clients_queue_flush(conn);
	}
}

void
clients_conn_answer(struct clients_conn *conn, const struct msg *m)
{
	struct clients_frame *frame = clients_frame_new(conn->clients, m);

	if (!frame)
		return;
	clients_conn_queue(conn, frame, false);
	clients_frame_unref(frame);
}

static void
out_advance(struct clients_conn *conn, size_t n)
{
	while (n > 0) {
		size_t left = STAILQ_FIRST(&conn->out)->frame->len - conn->out_offset;

		if (n < left) {
			conn->out_offset += n;
			return;
		}
		n -= left;
		out_drop_first(conn);
	}
}

void
clients_queue_flush(struct clients_conn *conn)
{
	while (conn->out_count > 0) {
		struct iovec vector[WRITE_VECTOR];
		struct msghdr header = { .msg_iov = vector };
		struct clients_item *item;
		ssize_t n;

		STAILQ_FOREACH(item, &conn->out, next)
		{
			size_t skip = header.msg_iovlen == 0 ? conn->out_offset : 0;

			vector[header.msg_iovlen++] =
			    (struct iovec){ item->frame->bytes + skip,
				    item->frame->len - skip };
			if (header.msg_iovlen == WRITE_VECTOR)
				break;
		}
		n = sendmsg(conn->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
				conn_deafen(conn);
			break;
		}
		out_advance(conn, (size_t)n);
	}
	conn->blocked = conn->out_count > 0;
	clients_behind_note(conn);
	clients_conn_watch(conn);
}

void
clients_conn_set_queue(struct clients_conn *conn, size_t count)
{
	int kib = count >= 512 ? (int)count : 32 + (int)count;
	int bytes = kib * 1024;

	conn->out_max = count;
	setsockopt(conn->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}
