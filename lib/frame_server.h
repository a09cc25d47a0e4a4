/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stream socket of this machine whose clients send frames: length and magic in host
 * byte order, then the body (spec/client-api.md 3).  Frames arrive whole at the owner,
 * however they were cut on the way.  A client that breaks the form is closed, with one
 * limited log line; a client that stops in the middle costs its buffer and nothing else.
 */
#ifndef LIB_FRAME_SERVER_H
#define LIB_FRAME_SERVER_H

#include "lib/err.h"
#include "lib/loop.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FRAME_MAGIC 0xabcdU
#define FRAME_HEAD 8
#define FRAME_CLIENTS_MAX 512 /* the next one is refused, which is logged */
#define FRAME_CLIENTS_USER_MAX                                                           \
	128 /* of one user other than root, so that others get in */

struct frame_client {
	struct frame_client *next;
	struct frame_server *server;
	int fd;
	uid_t uid; /* as the kernel tells */
	gid_t gid;
	pid_t pid;
	void *data; /* the owner's */
	size_t used;
	uint8_t *buf; /* FRAME_HEAD + body_max */
};

struct frame_server_class {
	const char *name;
	const char *path;
	size_t body_max;
	/* A client has come.  False: it is closed at once, without gone().  May be NULL. */
	bool (*opened)(void *data, struct frame_client *client);
	/* One whole body, lent.  False: the client is closed. */
	bool (*frame)(void *data, struct frame_client *client, const uint8_t *body,
	    size_t len);
	/* The client is gone, for whatever reason; it is freed after this.  May be NULL.
	 */
	void (*gone)(void *data, struct frame_client *client);
};

struct frame_server {
	const struct frame_server_class *class;
	struct loop *loop;
	void *data;
	int fd;
	struct frame_client *clients;
	size_t client_count;
	bool paused;
};

/* Looks at what has come of a frame: the length of its body when all of it is there,
 * -EAGAIN when not, -EBADMSG for another magic, -EMSGSIZE for a length that is negative
 * or above BODY_MAX. */
ssize_t frame_complete(const uint8_t *buf, size_t used, size_t body_max);

/* Listens with a socket that everybody may write to; one that was left behind is
 * replaced, one that is served is not (-EADDRINUSE).  0 or -errno with ERR. */
int frame_server_open(struct frame_server *server, struct loop *loop,
    const struct frame_server_class *class, void *data, struct err *err);
/* Closes all clients and removes the socket. */
void frame_server_close(struct frame_server *server);

/* While paused nothing is read: the clients' own sockets fill, and they wait. */
void frame_server_pause(struct frame_server *server, bool paused);
/* Reads what has come already from every client.  For the end of a life. */
void frame_server_drain(struct frame_server *server);

/* Sends one frame at once: 0 or -errno.  After a failure the client may have a part of it, and
 * has to go. */
int frame_send(struct frame_client *client, const void *body, size_t len);

#endif
