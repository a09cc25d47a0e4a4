/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The local API, server side (spec/client-api.md): programs sign on over a unix socket,
 * ask, listen and send. It owns the sockets and queues of the clients; what it knows of
 * the cluster it reads through struct clients_host.  A slow or hostile client costs only
 * itself its connection.
 */
#ifndef HEARTBEAT_CLIENT_SERVER_H
#define HEARTBEAT_CLIENT_SERVER_H

#include "heartbeat/config/config.h"
#include "heartbeat/membership/membership.h"
#include "heartbeat/status/status.h"
#include "lib/err.h"
#include "lib/loop.h"

struct clients;

/* What the server asks of the daemon.  All pointers stay valid while the server lives. */
struct clients_host {
	const struct memb *(*memb)(void *shell);
	const struct conf *(*conf)(void *shell);
	/* "none" "local" "foreign" "all" "transition", or NULL when resources are not
	 * managed here. */
	const char *(*resources)(void *shell);
	/* Sends a client's message to the cluster.  0, -EAGAIN (the history is full: the
	 * server keeps the message, stops reading that client and offers it again at
	 * clients_resume()), -EMSGSIZE. */
	int (*send)(void *shell, struct msg *m);
	/* Hands all that this node knows to SINK, as records (heartbeat/status).  0 or
	 * -ENOMEM, then SINK has got nothing.  NULL: the request is not known here. */
	int (*status)(void *shell, const struct status_sink *sink, void *data);
	/* Root says that a dead node is down.  0, -ENOENT, -EALREADY: nobody waits for that.
	 * NULL: the request is not known here. */
	int (*confirm)(void *shell, const char *node);
	/* The text of the version: "3.0.6 (node: ...)"-like. */
	const char *version;
};

struct clients *clients_new(struct loop *loop, const struct clients_host *host,
    void *shell);
/* Disconnects everybody and unlinks the socket. */
void clients_free(struct clients *clients);

/* Opens the socket at PATH (0777, its directory is made if missing, 0750
 * hacluster:haclient).  0 or -errno. */
int clients_listen(struct clients *clients, const char *path, struct err *err);

/* From membership's effects: a delivered message, a raw one, an event. */
void clients_deliver(struct clients *clients, struct msg *m,
    const struct memb_from *from);
/* Somebody would be given what comes with that bit. */
bool clients_want_raw(const struct clients *clients, unsigned bit);
void clients_raw(struct clients *clients, struct msg *m, const struct memb_from *from,
    unsigned bit);
void clients_event(struct clients *clients, const struct memb_event *event);

/* Flow control: clients' messages are not read / are read again. */
void clients_pause(struct clients *clients);
void clients_resume(struct clients *clients);

/* A client of this node does not keep up, and is worth waiting for (behind.c). */
bool clients_are_behind(const struct clients *clients);

/* A respawned child has ended: its registration, if any, leaves with reason "died". */
void clients_child_died(struct clients *clients, pid_t pid);

size_t clients_count(const struct clients *clients);

#endif
