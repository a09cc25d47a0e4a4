/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client side of the local API.  A non-blocking socket and poll(2) with what is left
 * until the deadline.
 */
#include "heartbeat/client/client.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAGIC 0x0000abcdu
#define HEADER 8
#define BODY_MAX (256 * 1024)
#define READ_SIZE 65536

struct event {
	STAILQ_ENTRY(event) next;
	size_t len;
	uint8_t body[];
};

struct client {
	int fd;
	char id[64];
	char asked[32]; /* reqtype of the last request */
	struct client_facts facts;
	uint8_t *in; /* IN_LEN bytes from IN_AT on were read and not used */
	size_t in_size, in_at, in_len;
	uint8_t *out; /* one frame, of which OUT_LEFT bytes from OUT_AT on are not sent */
	size_t out_at, out_left;
	uint8_t *body;    /* of the message that was given out */
	uint8_t *scratch; /* what was compressed as a whole is expanded here */
	struct msg m;
	STAILQ_HEAD(, event) backlog;
	size_t backlog_bytes;
};

struct client *
client_new(void)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->fd = -1;
	STAILQ_INIT(&client->backlog);
	return client;
}

static void
client_close(struct client *client)
{
	struct event *event;

	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->in_at = client->in_len = 0;
	client->out_left = 0;
	while ((event = STAILQ_FIRST(&client->backlog))) {
		STAILQ_REMOVE_HEAD(&client->backlog, next);
		free(event);
	}
	client->backlog_bytes = 0;
}

void
client_free(struct client *client)
{
	if (!client)
		return;
	client_close(client);
	free(client->in);
	free(client->out);
	free(client->scratch);
	free(client->body);
	free(client);
}

const struct client_facts *
client_facts(const struct client *client)
{
	return &client->facts;
}

int
client_fd(const struct client *client)
{
	return client->fd;
}

/* ---- Bytes ---- */

/* 0 when the socket is ready for EVENTS. */
static int
client_wait(const struct client *client, short events, struct instant deadline)
{
	struct pollfd pfd = { .fd = client->fd, .events = events };

	for (;;) {
		int64_t left_ms = -1;
		int r;

		if (instant_is_set(deadline)) {
			/* Rounded up, so that it is over when poll says so. */
			left_ms = instant_diff_ms(deadline, instant_now()) + 1;
			if (left_ms <= 0)
				return -ETIMEDOUT;
			if (left_ms > INT32_MAX)
				left_ms = INT32_MAX;
		}
		r = poll(&pfd, 1, (int)left_ms);
		if (r > 0)
			return pfd.revents & ~POLLIN ? 0 : 1;
		/* Who has no deadline counts on his signals. */
		if (r < 0 && (errno != EINTR || !instant_is_set(deadline)))
			return -errno;
		if (r == 0 && instant_is_reached(deadline, instant_now()))
			return -ETIMEDOUT;
	}
}

/* Reads what is there, without waiting.  0 also when there is nothing. */
static int
client_fill(struct client *client)
{
	size_t end = client->in_at + client->in_len;
	ssize_t n;

	if (client->in_at > 0 && client->in_size - end < READ_SIZE) {
		memmove(client->in, client->in + client->in_at, client->in_len);
		client->in_at = 0;
		end = client->in_len;
	}
	if (client->in_size - end < READ_SIZE) {
		uint8_t *in = realloc(client->in, end + READ_SIZE);

		if (!in)
			return -ENOMEM;
		client->in = in;
		client->in_size = end + READ_SIZE;
	}
	n = recv(client->fd, client->in + end, client->in_size - end, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -ECONNRESET;
	client->in_len += (size_t)n;
	return 0;
}

/* While the daemon does not read, it may be waiting for us to do so. */
static int
client_write_wait(struct client *client, struct instant deadline)
{
	short events = client->in_len < CLIENT_BACKLOG_MAX ? POLLIN | POLLOUT : POLLOUT;
	int r;

	do {
		r = client_wait(client, events, deadline);
	} while (r == -EINTR); /* half a frame would be the end of the connection */
	if (r == 1)
		r = client_fill(client);
	return r;
}

/* Sends what is in OUT. */
static int
client_flush(struct client *client, struct instant deadline)
{
	while (client->out_left > 0) {
		ssize_t n = send(client->fd, client->out + client->out_at,
		    client->out_left, MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			client->out_at += (size_t)n;
			client->out_left -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -EPIPE;
		r = client_write_wait(client, deadline);
		if (r == -ECONNRESET)
			return -EPIPE;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether a whole frame was read: 1 and its length, 0, -EPROTO. */
static int
client_frame_is_whole(const struct client *client, int32_t *len)
{
	uint32_t magic;

	if (client->in_len < HEADER)
		return 0;
	memcpy(len, client->in + client->in_at, 4);
	memcpy(&magic, client->in + client->in_at + 4, 4);
	if (magic != MAGIC || *len < 0 || *len > BODY_MAX)
		return -EPROTO;
	return client->in_len - HEADER >= (size_t)*len;
}

/* The next frame's body, allocated. */
static int
client_frame(struct client *client, uint8_t **body, size_t *body_len,
    struct instant deadline)
{
	int32_t len = 0;
	int r;

	if (client->fd < 0)
		return -ENOTCONN;
	while ((r = client_frame_is_whole(client, &len)) == 0) {
		r = client_wait(client, POLLIN, deadline);
		if (r >= 0)
			r = client_fill(client);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	*body = malloc((size_t)len + 1);
	if (!*body)
		return -ENOMEM;
	*body_len = (size_t)len;
	memcpy(*body, client->in + client->in_at + HEADER, (size_t)len);
	client->in_len -= HEADER + (size_t)len;
	client->in_at = client->in_len > 0 ? client->in_at + HEADER + (size_t)len : 0;
	return 0;
}

int
client_is_ready(struct client *client)
{
	int32_t len;
	int r;

	if (!STAILQ_EMPTY(&client->backlog))
		return 1;
	if (client->fd < 0)
		return -ENOTCONN;
	if (client->out_left > 0)
		client_flush(client, instant_now());
	r = client_frame_is_whole(client, &len);
	if (r != 0)
		return r;
	r = client_fill(client);
	return r < 0 ? r : client_frame_is_whole(client, &len);
}

/* ---- Messages ---- */

/* The frame in OUT, whose body has LEN bytes.  The rest of one that has begun goes before
 * the next. */
static int
client_send_frame(struct client *client, size_t len, struct instant deadline)
{
	int r;

	memcpy(client->out, &(int32_t){ (int32_t)len }, 4);
	memcpy(client->out + 4, &(uint32_t){ MAGIC }, 4);
	client->out_at = 0;
	client->out_left = HEADER + len;
	r = client_flush(client, deadline);
	if (r == -ETIMEDOUT && client->out_at > 0)
		return 0;
	if (r < 0)
		client->out_left = 0;
	return r;
}

/* Makes room for a frame in OUT. */
static int
client_out_open(struct client *client, struct instant deadline)
{
	if (client->fd < 0)
		return -EPIPE;
	if (!client->out)
		client->out = malloc(HEADER + BODY_MAX);
	return client->out ? client_flush(client, deadline) : -ENOMEM;
}

int
client_send(struct client *client, const struct msg *m, struct instant deadline)
{
	static const struct msg_style style = { .form = MSG_CLASSIC };
	ssize_t len;
	int r = client_out_open(client, deadline);

	if (r < 0)
		return r;
	len = msg_encode(m, &style, client->out + HEADER, BODY_MAX);
	return len < 0 ? (int)len : client_send_frame(client, (size_t)len, deadline);
}

int
client_send_bytes(struct client *client, const void *body, size_t len,
    struct instant deadline)
{
	int r = client_out_open(client, deadline);

	if (r < 0)
		return r;
	if (len > BODY_MAX)
		return -EMSGSIZE;
	memcpy(client->out + HEADER, body, len);
	return client_send_frame(client, len, deadline);
}

/* Makes BODY the current message, whose owner we become. */
static int
client_show(struct client *client, uint8_t *body, size_t len)
{
	struct msg_trust trust = { .keys = NULL };

	free(client->body);
	client->body = body;
	if (!client->scratch)
		client->scratch =
		    malloc(MSG_EXPANDED_MAX); /* not touched before needed */
	msg_init(&client->m, NULL, 0);
	return msg_decode(&client->m, body, len, &trust, client->scratch,
	           client->scratch ? MSG_EXPANDED_MAX : 0, NULL) == MSG_DROP_NONE
	           ? 0
	           : -EBADMSG;
}

static int
client_keep(struct client *client, const uint8_t *body, size_t len)
{
	struct event *event;

	if (client->backlog_bytes + len > CLIENT_BACKLOG_MAX)
		return -ENOBUFS;
	event = malloc(sizeof(*event) + len);
	if (!event)
		return -ENOMEM;
	event->len = len;
	memcpy(event->body, body, len);
	STAILQ_INSERT_TAIL(&client->backlog, event, next);
	client->backlog_bytes += sizeof(*event) + len;
	return 0;
}

int
client_await(struct client *client, bool (*is_it)(const struct msg *m, void *data),
    void *data, const struct msg **found, struct instant deadline)
{
	for (;;) {
		uint8_t *body, *copy;
		const char *reqtype;
		bool is_late;
		size_t len;
		int r = client_frame(client, &body, &len, deadline);

		if (r < 0)
			return r;
		copy = malloc(len + 1); /* decoding writes into the bytes */
		if (!copy) {
			free(body);
			return -ENOMEM;
		}
		memcpy(copy, body, len);
		r = client_show(client, body, len);
		if (r == 0 && is_it(&client->m, data)) {
			free(copy);
			*found = &client->m;
			return 0;
		}
		/* The answer to a question that nobody waits for any more. */
		reqtype = msg_str(&client->m, "reqtype");
		is_late = r == 0 && strcmp(msg_type(&client->m), "hbapi-resp") == 0 &&
		          reqtype && strcmp(reqtype, client->asked) != 0;
		if (r == 0 && !is_late)
			r = client_keep(client, copy, len);
		free(copy);
		if (r < 0 && r != -EBADMSG)
			return r;
	}
}

/* DATA: the request's type. */
static bool
is_answer(const struct msg *m, void *data)
{
	const char *reqtype = msg_str(m, "reqtype");

	return strcmp(msg_type(m), "hbapi-resp") == 0 &&
	       (!reqtype || strcmp(reqtype, data) == 0);
}

int
client_answer(struct client *client, const struct msg **answer, struct instant deadline)
{
	return client_await(client, is_answer, client->asked, answer, deadline);
}

int
client_read(struct client *client, const struct msg **m, struct instant deadline)
{
	struct event *event = STAILQ_FIRST(&client->backlog);
	uint8_t *body;
	size_t len;
	int r;

	if (event) {
		len = event->len;
		body = malloc(len + 1);
		if (!body)
			return -ENOMEM;
		memcpy(body, event->body, len);
		STAILQ_REMOVE_HEAD(&client->backlog, next);
		client->backlog_bytes -= sizeof(*event) + len;
		free(event);
	} else {
		r = client_frame(client, &body, &len, deadline);
		if (r < 0)
			return r;
	}
	r = client_show(client, body, len);
	if (r == 0)
		*m = &client->m;
	return r;
}

int
client_request_open(struct client *client, struct msg *m, const char *reqtype)
{
	const char *node = client->facts.node;
	struct utsname uts;
	int r;

	if (!node[0] && uname(&uts) == 0)
		node = uts.nodename;
	snprintf(client->asked, sizeof(client->asked), "%s", reqtype);
	r = msg_add_str(m, "t", "hbapi-req");
	if (r == 0)
		r = msg_add_str(m, "reqtype", reqtype);
	if (r == 0 && node[0])
		r = msg_add_str(m, "dest", node);
	if (r == 0)
		r = msg_add_dec(m, "pid", getpid());
	if (r == 0)
		r = msg_add_str(m, "from_id", client->id);
	return r < 0 ? -EMSGSIZE : 0;
}

static int
request_send(struct client *client, const char *reqtype,
    const struct client_field *fields, bool with_user, struct instant deadline)
{
	uint8_t store[8192];
	struct msg m;
	int r;

	msg_init(&m, store, sizeof(store));
	r = client_request_open(client, &m, reqtype);
	if (r == 0 && with_user)
		r = msg_add_dec(&m, "uid", geteuid());
	if (r == 0 && with_user)
		r = msg_add_dec(&m, "gid", getegid());
	for (; r == 0 && fields && fields->name; fields++)
		r = msg_add_str(&m, fields->name, fields->value);
	if (r < 0)
		return -EMSGSIZE;
	return client_send(client, &m, deadline);
}

int
client_ask(struct client *client, const char *reqtype, const struct client_field *fields,
    struct instant deadline)
{
	return request_send(client, reqtype, fields, false, deadline);
}

/* ---- Signing on and off ---- */

static bool
client_nap(struct instant deadline)
{
	if (instant_is_reached(deadline, instant_now()))
		return false;
	poll(NULL, 0, 10);
	return true;
}

static int
client_connect(struct client *client, const char *path, struct instant deadline,
    struct err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int r;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_set(err, -ENAMETOOLONG, "socket path '%s' is too long", path);
	strcpy(sun.sun_path, path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (client->fd < 0) {
		r = -errno;
		return err_set(err, r, "cannot make a socket: %s", strerror(-r));
	}
	do {
		if (connect(client->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
			return 0;
		/* The queue of connections is full: a busy or a hanging daemon. */
	} while (errno == EAGAIN && client_nap(deadline));
	r = errno == EAGAIN ? -ETIMEDOUT : -errno;
	client_close(client);
	return err_set(err, r, "cannot connect to '%s': %s", path, strerror(-r));
}

static void
text_take(char *out, size_t size, const struct msg *m, const char *name)
{
	const char *value = msg_str(m, name);

	snprintf(out, size, "%s", value ? value : "");
}

static int
reply_take(struct client *client, const struct msg *reply, struct err *err)
{
	const char *result = msg_str(reply, "result"), *info = msg_str(reply, "info");
	struct client_facts *facts = &client->facts;
	uint64_t deadtime_ms, keepalive_ms;
	int64_t facility;

	if (!result || strcmp(result, "OK") != 0)
		return err_set(err, -EPERM, "%s", info ? info : "");
	if (msg_hex(reply, "deadtime", &deadtime_ms) < 0 ||
	    msg_hex(reply, "keepalive", &keepalive_ms) < 0 || !msg_str(reply, "node"))
		return err_set(err, -EPROTO, "the reply to the sign-on is incomplete");
	facts->deadtime_ms = (int64_t)deadtime_ms;
	facts->keepalive_ms = (int64_t)keepalive_ms;
	text_take(facts->node, sizeof(facts->node), reply, "node");
	text_take(facts->version, sizeof(facts->version), reply, "hbversion");
	text_take(facts->manager, sizeof(facts->manager), reply, "pacemaker");
	facts->logfacility =
	    msg_dec(reply, "logfacility", &facility) == 0 ? (int)facility : -1;
	return 0;
}

int
client_signon(struct client *client, const char *path, const char *name,
    struct instant deadline, struct err *err)
{
	const struct msg *reply;
	int r;

	client_close(client);
	client->facts = (struct client_facts){ .logfacility = -1 };
	err->text[0] = '\0';
	if (name)
		snprintf(client->id, sizeof(client->id), "%s", name);
	else
		snprintf(client->id, sizeof(client->id), "%d", (int)getpid());
	r = client_connect(client, path, deadline, err);
	if (r < 0)
		return r;
	r = request_send(client, "signon", NULL, true, deadline);
	if (r == 0) {
		do {
			r = client_answer(client, &reply, deadline);
		} while (r == -EINTR);
	}
	if (r == 0)
		r = reply_take(client, reply, err);
	if (r == -EPIPE)
		r = -ECONNRESET;
	if (r < 0)
		client_close(client);
	return r;
}

int
client_connect_plain(struct client *client, const char *path, struct instant deadline,
    struct err *err)
{
	client_close(client);
	return client_connect(client, path, deadline, err);
}

void
client_adopt(struct client *client, int fd)
{
	client_close(client);
	client->fd = fd;
}

void
client_hang_up(struct client *client)
{
	client_close(client);
}

/* The daemon gives no answer to this one, and a full socket is no reason to wait. */
void
client_signoff(struct client *client)
{
	if (client->fd >= 0)
		request_send(client, "signoff", NULL, false, instant_now());
	client_close(client);
}
