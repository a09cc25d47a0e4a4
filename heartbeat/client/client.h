/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The local API, client side (spec/client-api.md 3 to 6): sign on, ask, hear.  Our own
 * commands use it as it is, and libhbclient is built on it.  Every wait has a deadline;
 * INSTANT_NEVER waits until a signal is handled (-EINTR).  Not thread safe; several
 * objects in one process are fine.
 */
#ifndef HEARTBEAT_CLIENT_CLIENT_H
#define HEARTBEAT_CLIENT_CLIENT_H

#include "heartbeat/message/message.h"
#include "lib/err.h"
#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of events kept while an answer, or room to send, is waited for. */
#define CLIENT_BACKLOG_MAX (64 << 20)

struct client;

/* What the reply to the sign-on said. */
struct client_facts {
	char node[100];    /* own node */
	char version[256]; /* "" from daemons before 3.0.6 */
	char manager[32];  /* value of "pacemaker", "false" when off; "" before 3.0.6 */
	int64_t deadtime_ms, keepalive_ms;
	int logfacility; /* -1 = none */
};

struct client_field {
	const char *name, *value; /* name NULL ends a list */
};

/* NULL when memory is short. */
struct client *client_new(void);
/* Closes without a word, if that has not happened.  NULL is fine. */
void client_free(struct client *client);

/* Connects to PATH and signs on: as NAME, or nameless when it is NULL.  0, or
 *   -errno        no connection: nobody listens there (or, -EACCES, for others only);
 *   -EPERM        refused, ERR has the reason in the daemon's words;
 *   -ECONNRESET   it hung up (ERR empty), -EPROTO it speaks something else;
 *   -ETIMEDOUT    no reply before the deadline. */
int client_signon(struct client *client, const char *path, const char *name,
    struct instant deadline, struct err *err);
/* For other sockets that speak the same frames, of attrd or of helpers: connects without a sign-on (0 or -errno),
 * or takes a connection over (FD must not block; it is closed with the client).  Only client_send() and
 * client_read() are of use then. */
int client_connect_plain(struct client *client, const char *path, struct instant deadline,
    struct err *err);
void client_adopt(struct client *client, int fd);
/* Says goodbye and closes. */
void client_signoff(struct client *client);
const struct client_facts *client_facts(const struct client *client);

/* Closes without a word. */
void client_hang_up(struct client *client);

/* Sends a request.  0, -ETIMEDOUT, -EPIPE, -EMSGSIZE.  While the socket is full, what
 * comes is read. */
int client_ask(struct client *client, const char *reqtype,
    const struct client_field *fields, struct instant deadline);
/* Puts what every request has into M, which the caller goes on with and sends.  0 or
 * -EMSGSIZE. */
int client_request_open(struct client *client, struct msg *m, const char *reqtype);
/* Sends any message: 0, -ETIMEDOUT, -EPIPE, -EMSGSIZE, -ENOMEM, or what msg_encode()
 * says.  A frame that has begun when the deadline comes counts as sent: its rest goes
 * with the next one, or with client_is_ready(). */
int client_send(struct client *client, const struct msg *m, struct instant deadline);
/* Sends LEN bytes as one frame's body. */
int client_send_bytes(struct client *client, const void *body, size_t len,
    struct instant deadline);

/* The answer to the last request; events that come before it wait for client_read(), late
 * answers to earlier requests are dropped.  The message is valid until the next call.  0,
 * -ETIMEDOUT, -EINTR, -ECONNRESET, -EPROTO (no frame), -ENOBUFS (more events than are
 * kept). */
int client_answer(struct client *client, const struct msg **answer,
    struct instant deadline);
/* The same for the first message that IS_IT likes. */
int client_await(struct client *client, bool (*is_it)(const struct msg *m, void *data),
    void *data, const struct msg **found, struct instant deadline);
/* The next message of any kind: kept events first.  As above; -EBADMSG when the frame
 * was no message: the next one may be. */
int client_read(struct client *client, const struct msg **m, struct instant deadline);
/* Without waiting: 1 when client_read() would have something, 0, -ENOTCONN, -ECONNRESET,
 * -EPROTO. */
int client_is_ready(struct client *client);
/* For poll(2); -1 when not signed on.  What was read already does not make it readable:
 * ask client_is_ready(). */
int client_fd(const struct client *client);

#endif
