/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's end of a connection to the server under test: it speaks bytes, and hears
 * text. */
#ifndef TESTS_UNIT_CLIENT_PEER_H
#define TESTS_UNIT_CLIENT_PEER_H

#include "tests/unit/check.h"
#include "tests/unit/client_host.h"

/* The client's end of a connection. */
struct peer {
	int fd;
	uint8_t bytes[1 << 20];
	size_t len;
	char text[1 << 20]; /* what came last, a message a line */
	bool eof;
};

__attribute__((unused)) static struct peer peer_a, peer_b;

static void
peer_open(struct host *host, struct peer *peer, pid_t pid, uid_t uid, gid_t gid)
{
	struct ucred cred = { .pid = pid, .uid = uid, .gid = gid };
	struct clients_conn *conn;
	int pair[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) ==
	       0);
	peer->fd = pair[0];
	peer->len = 0;
	peer->eof = false;
	conn = clients_conn_new(host->clients, pair[1], &cred);
	assert(conn);
	clients_conn_watch(conn);
}

static void
peer_write(struct peer *peer, const void *bytes, size_t len)
{
	CHECK_INT(send(peer->fd, bytes, len, MSG_NOSIGNAL), len, "write to the server");
}

static void
peer_write_frame(struct peer *peer, const void *body, size_t len)
{
	uint8_t bytes[8192];

	assert(len + 8 <= sizeof(bytes));
	memcpy(bytes, &(int32_t){ (int32_t)len }, 4);
	memcpy(bytes + 4, &(uint32_t){ CLIENTS_MAGIC }, 4);
	memcpy(bytes + 8, body, len);
	peer_write(peer, bytes, len + 8);
}

/* LINES: "t=hello\nx=1\n". */
static void
peer_say(struct peer *peer, const char *lines)
{
	char body[4096];
	int len = snprintf(body, sizeof(body), ">>>\n%s<<<\n", lines);

	peer_write_frame(peer, body, (size_t)len + 1);
}

__attribute__((unused)) static void
peer_ask(struct peer *peer, const char *lines)
{
	char body[4096];

	snprintf(body, sizeof(body), "t=hbapi-req\n%s", lines);
	peer_say(peer, body);
}

static bool
is_masked(const char *name)
{
	static const char *const names[] = { "seq", "hg", "ts", "ld", "ttl", "auth",
		"srcuuid", "destuuid", "hbversion", "pacemaker", "logfacility" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
text_add(struct peer *peer, const struct msg *m)
{
	size_t used = strlen(peer->text);

	for (size_t i = 0; i < m->count && used < sizeof(peer->text) - 300; i++)
		if (!is_masked(m->field[i].name))
			used += (size_t)snprintf(peer->text + used, 256, "%s%s=%.200s",
			    i ? " " : "", m->field[i].name,
			    (const char *)m->field[i].value);
	strcat(peer->text, "\n");
}

/* Lets the server work, then gives what this peer has got. */
static const char *
peer_hear(struct host *host, struct peer *peer)
{
	struct msg_trust trust = { .keys = NULL };
	static struct msg m;
	size_t at = 0;
	ssize_t n;

	host_run(host, 5);
	peer->text[0] = '\0';
	while ((n = recv(peer->fd, peer->bytes + peer->len,
	            sizeof(peer->bytes) - peer->len, 0)) > 0)
		peer->len += (size_t)n;
	peer->eof = n == 0;
	while (peer->len - at >= 8) {
		int32_t len;

		memcpy(&len, peer->bytes + at, 4);
		if (peer->len - at - 8 < (size_t)len)
			break;
		msg_init(&m, NULL, 0);
		CHECK_INT(msg_decode(&m, peer->bytes + at + 8, (size_t)len, &trust, NULL,
		              0, NULL),
		    MSG_DROP_NONE, "frame of the server");
		text_add(peer, &m);
		at += 8 + (size_t)len;
	}
	memmove(peer->bytes, peer->bytes + at, peer->len - at);
	peer->len -= at;
	return peer->text;
}

__attribute__((unused)) static const char *
peer_signon(struct host *host, struct peer *peer, const char *name, uid_t uid, gid_t gid)
{
	char text[256];

	peer_open(host, peer, getpid(), uid, gid);
	snprintf(text, sizeof(text),
	    "reqtype=signon\npid=%d\nfrom_id=%s\nuid=%u\ngid=%u\n", (int)getpid(), name,
	    uid, gid);
	peer_ask(peer, text);
	return peer_hear(host, peer);
}

static void
peer_close(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

#endif
