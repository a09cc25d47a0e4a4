/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/frame_server.h"

#include "lib/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READS_A_TURN 8 /* of one client, before the others are looked at */

static struct log_limit limit = { .burst = 5 };

ssize_t
frame_complete(const uint8_t *buf, size_t used, size_t body_max)
{
	int32_t len;
	uint32_t magic;

	if (used < FRAME_HEAD)
		return -EAGAIN;
	memcpy(&len, buf, sizeof(len));
	memcpy(&magic, buf + sizeof(len), sizeof(magic));
	if (magic != FRAME_MAGIC)
		return -EBADMSG;
	if (len < 0 || (size_t)len > body_max)
		return -EMSGSIZE;
	return used - FRAME_HEAD < (size_t)len ? -EAGAIN : len;
}

static void
client_close(struct frame_client *client)
{
	struct frame_server *server = client->server;
	struct frame_client **at = &server->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	server->client_count--;
	loop_fd_remove(server->loop, client->fd);
	if (server->class->gone)
		server->class->gone(server->data, client);
	close(client->fd);
	free(client->buf);
	free(client);
}

/* Hands over each whole frame of the buffer.  False: the client has to go. */
static bool
client_frames(struct frame_client *client)
{
	const struct frame_server_class *class = client->server->class;
	size_t done = 0;
	ssize_t len = -EAGAIN;

	while (!client->server->paused) {
		len = frame_complete(client->buf + done, client->used - done,
		    class->body_max);
		if (len < 0)
			break;
		if (!class->frame(client->server->data, client,
		        client->buf + done + FRAME_HEAD, (size_t)len))
			return false;
		done += FRAME_HEAD + (size_t)len;
	}
	client->used -= done;
	memmove(client->buf, client->buf + done, client->used);
	if (len == -EAGAIN || client->server->paused)
		return true;
	log_limited(&limit, LOG_WARNING, "%s: client with pid %d closed: %s", class->name,
	    (int)client->pid,
	    len == -EMSGSIZE ? "length of a frame out of range" : "not the protocol");
	return false;
}

/* 1 = something came, 0 = nothing is there now, -1 = the client was closed. */
static int
client_read(struct frame_client *client)
{
	size_t size = FRAME_HEAD + client->server->class->body_max;
	ssize_t n = recv(client->fd, client->buf + client->used, size - client->used,
	    MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		client->used += (size_t)n;
	if (n > 0 && client_frames(client))
		return 1;
	client_close(client);
	return -1;
}

static void
on_client(void *data, int fd, int revents)
{
	struct frame_client *client = data;
	struct frame_server *server = client->server;

	(void)fd;
	(void)revents;
	for (int i = 0; i < READS_A_TURN && !server->paused; i++) {
		if (client_read(client) <= 0)
			return;
	}
}

/* A paused client is not listened to at all: its end would else be told in every turn. */
static int
client_listen(struct frame_client *client)
{
	return loop_fd_add(client->server->loop, client->fd, POLLIN, false,
	    client->server->class->name, on_client, client);
}

static bool
has_room(const struct frame_server *server, uid_t uid)
{
	size_t count = 0;

	for (const struct frame_client *c = server->clients; c; c = c->next)
		count += c->uid == uid;
	return server->client_count < FRAME_CLIENTS_MAX &&
	       (uid == 0 || count < FRAME_CLIENTS_USER_MAX);
}

/* FD is the client's from here on; NULL when it cannot be served. */
static struct frame_client *
client_new(struct frame_server *server, int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	struct frame_client *client;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    !has_room(server, peer.uid) || !(client = calloc(1, sizeof(*client)))) {
		log_limited(&limit, LOG_ERR,
		    "%s: client with pid %d refused: %zu are there", server->class->name,
		    (int)peer.pid, server->client_count);
		return NULL;
	}
	*client = (struct frame_client){ .server = server,
		.fd = fd,
		.uid = peer.uid,
		.gid = peer.gid,
		.pid = peer.pid,
		.buf = malloc(FRAME_HEAD + server->class->body_max) };
	if (!client->buf || (!server->paused && client_listen(client) < 0)) {
		free(client->buf);
		free(client);
		return NULL;
	}
	if (server->class->opened && !server->class->opened(server->data, client)) {
		loop_fd_remove(server->loop, client->fd);
		free(client->buf);
		free(client);
		return NULL;
	}
	return client;
}

static void
on_connect(void *data, int fd, int revents)
{
	struct frame_server *server = data;
	struct frame_client *client;
	int new_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (new_fd < 0)
		return;
	client = client_new(server, new_fd);
	if (!client) {
		close(new_fd);
		return;
	}
	client->next = server->clients;
	server->clients = client;
	server->client_count++;
}

int
frame_send(struct frame_client *client, const void *body, size_t len)
{
	int32_t body_len = (int32_t)len;
	uint32_t magic = FRAME_MAGIC;
	struct iovec part[] = { { &body_len, sizeof(body_len) },
		{ &magic, sizeof(magic) }, { (void *)(uintptr_t)body, len } };
	const struct msghdr m = { .msg_iov = part, .msg_iovlen = 3 };
	ssize_t n;

	if (len > INT32_MAX)
		return -EMSGSIZE;
	n = sendmsg(client->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	return n == (ssize_t)(FRAME_HEAD + len) ? 0 : -EPIPE;
}

/* Life. */

static bool
is_served(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served =
	    fd >= 0 && (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
	                   errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

int
frame_server_open(struct frame_server *server, struct loop *loop,
    const struct frame_server_class *class, void *data, struct err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int code;

	*server =
	    (struct frame_server){ .class = class, .loop = loop, .data = data, .fd = -1 };
	if (strlen(class->path) >= sizeof(at.sun_path))
		return err_set(err, -ENAMETOOLONG, "cannot listen on '%s': %s",
		    class->path, strerror(ENAMETOOLONG));
	strcpy(at.sun_path, class->path);
	if (is_served(&at))
		return err_set(err, -EADDRINUSE,
		    "cannot listen on '%s': another process serves it", class->path);
	unlink(class->path);
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    chmod(class->path, 0777) < 0 || listen(server->fd, 64) < 0) {
		code = -errno;
	} else {
		code = loop_fd_add(loop, server->fd, POLLIN, false, class->name,
		    on_connect, server);
	}
	if (code < 0) {
		if (server->fd >= 0)
			close(server->fd);
		server->fd = -1;
		return err_set(err, code, "cannot listen on '%s': %s", class->path,
		    strerror(-code));
	}
	return 0;
}

void
frame_server_pause(struct frame_server *server, bool paused)
{
	struct frame_client *next;

	if (server->paused == paused)
		return;
	server->paused = paused;
	for (struct frame_client *c = server->clients; c; c = next) {
		next = c->next;
		if (paused)
			loop_fd_remove(server->loop, c->fd);
		else if (client_listen(c) < 0)
			client_close(c); /* no memory to hear it */
	}
	/* What was read before the pause. */
	for (struct frame_client *c = server->clients; c && !server->paused; c = next) {
		next = c->next;
		if (!client_frames(c))
			client_close(c);
	}
}

void
frame_server_drain(struct frame_server *server)
{
	struct frame_client *next;

	for (struct frame_client *c = server->clients; c; c = next) {
		next = c->next;
		/* What a client sends for ever is not waited for. */
		for (int i = 0; i < 64 && client_read(c) > 0; i++)
			;
	}
}

void
frame_server_close(struct frame_server *server)
{
	while (server->clients)
		client_close(server->clients);
	if (server->fd < 0)
		return;
	loop_fd_remove(server->loop, server->fd);
	close(server->fd);
	server->fd = -1;
	unlink(server->class->path);
}
