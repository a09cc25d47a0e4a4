/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from local clients into the server of the local API, with the real membership
 * behind it.
 *
 * The first byte of an input says who speaks (a stranger, a casual or a named client),
 * whether the rest is raw bytes or bodies that get a sound header each, and how it is cut
 * into reads.  Whatever comes, what the server answers must be whole, readable frames, a
 * named client leaves exactly once, and nothing is left over when the connection is gone.
 */
#include "heartbeat/client/private.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <unistd.h>

#define HEARD_MAX (1 << 20)

enum { WHO_MASK = 0x03, RAW = 0x04, CUT_SHIFT = 4 };

static struct {
	struct loop *loop;
	struct memb *memb;
	struct clients *clients;
	struct conf conf;
	struct conf_auth auth;
	struct conf_param param;
	struct msg_keys keys;
	int joins, leaves;
	uint8_t heard[HEARD_MAX];
	size_t heard_len;
} world;

/* ---- The daemon around it ---- */

static void
fx_send(void *shell, const uint8_t *frame, size_t len)
{
	(void)shell;
	FUZZ_MUST(len <= MEMB_FRAME_MAX && frame);
}

static void
fx_arm(void *shell, struct instant when)
{
	(void)shell;
	(void)when;
}

static void
fx_deliver(void *shell, struct msg *m, const struct memb_from *from)
{
	const char *st = msg_str(m, "st");

	(void)shell;
	if (strcmp(msg_type(m), "hbapi-clstat") == 0 && msg_str(m, "info")) {
		world.joins += st && strcmp(st, "join") == 0;
		world.leaves += st && strcmp(st, "leave") == 0;
	}
	clients_deliver(world.clients, m, from);
}

static void
fx_event(void *shell, const struct memb_event *event)
{
	(void)shell;
	if (world.clients)
		clients_event(world.clients, event);
}

static uint64_t
fx_wall(void *shell)
{
	(void)shell;
	return 0x6b000000;
}

static const char *
fx_load(void *shell)
{
	(void)shell;
	return "0.00 0.00 0.00 1/100 100";
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)shell;
	(void)priority;
	FUZZ_MUST(text);
}

static const struct memb_effects effects = { .send = fx_send,
	.arm = fx_arm,
	.deliver = fx_deliver,
	.event = fx_event,
	.wall = fx_wall,
	.load = fx_load,
	.log = fx_log };

static const struct memb *
host_memb(void *shell)
{
	(void)shell;
	return world.memb;
}

static const struct conf *
host_conf(void *shell)
{
	(void)shell;
	return &world.conf;
}

static const char *
host_resources(void *shell)
{
	(void)shell;
	return "all";
}

static int
host_send(void *shell, struct msg *m)
{
	(void)shell;
	FUZZ_MUST(world.clients->lent == 0);
	return memb_send(world.memb, instant_now(), m, false);
}

static int
host_status(void *shell, const struct status_sink *sink, void *data)
{
	(void)shell;
	sink->begin(data);
	sink->field(data, "node", "alpha");
	sink->end(data, true);
	return 0;
}

static int
host_confirm(void *shell, const char *node)
{
	(void)shell;
	return strcmp(node, "beta") == 0 ? 0 : -ENOENT;
}

static const struct clients_host host = { host_memb, host_conf, host_resources, host_send,
	host_status, host_confirm, "4.0.0" };

static void
world_begin(void)
{
	struct memb_conf_node nodes[] = { { .name = "alpha" }, { .name = "beta" } };
	struct memb_conf_link links[] = { { .name = "eth0" } };
	struct memb_conf conf = { .self = "alpha",
		.uuid = { 1 },
		.generation = 1,
		.node = nodes,
		.node_count = 2,
		.link = links,
		.link_count = 1,
		.keepalive_ms = 1000,
		.deadtime_ms = 6000,
		.warntime_ms = 3000,
		.initdead_ms = 12000,
		.max_rexmit_delay_ms = 250,
		.hopfudge = 1,
		.style = { .form = MSG_NETSTRING_AUTH,
		    .keys = &world.keys,
		    .compression = MSG_COMPRESS_ZLIB },
		.seed = 1 };

	/* Anybody may sign on, under any name. */
	world.auth = (struct conf_auth){ .client = "default" };
	world.param = (struct conf_param){ "deadtime", "6" };
	world.conf = (struct conf){ .self = "alpha",
		.auth = &world.auth,
		.auth_count = 1,
		.param = &world.param,
		.param_count = 1,
		.deadtime_ms = 6000,
		.keepalive_ms = 1000,
		.logfacility = -1 };
	world.keys.key[1].auth = MSG_AUTH_CRC;
	world.keys.current = 1;
	world.loop = loop_new(0);
	world.memb = memb_new(&conf, &effects, NULL, instant_now());
	world.clients = clients_new(world.loop, &host, NULL);
	FUZZ_MUST(world.loop && world.memb && world.clients);
	world.clients->refused.burst = world.clients->offence.burst =
	    world.clients->dropped.burst = 0;
	memb_start(world.memb, instant_now());
}

/* ---- The client ---- */

/* What the server has said must be frames of messages. */
static void
hear(int fd)
{
	static struct msg m;
	struct msg_trust trust = { .keys = NULL };
	ssize_t n;
	size_t at = 0;

	while ((n = recv(fd, world.heard + world.heard_len, HEARD_MAX - world.heard_len,
	            MSG_DONTWAIT)) > 0)
		world.heard_len += (size_t)n;
	while (world.heard_len - at >= CLIENTS_HEADER) {
		uint8_t *copy;
		int32_t len;
		uint32_t magic;

		memcpy(&len, world.heard + at, 4);
		memcpy(&magic, world.heard + at + 4, 4);
		FUZZ_MUST(magic == CLIENTS_MAGIC && len > 0 && len <= CLIENTS_BODY_MAX);
		if (world.heard_len - at - CLIENTS_HEADER < (size_t)len)
			break;
		copy = fuzz_copy(world.heard + at + CLIENTS_HEADER, (size_t)len);
		msg_init(&m, NULL, 0);
		FUZZ_MUST(msg_decode(&m, copy, (size_t)len, &trust, NULL, 0, NULL) ==
		          MSG_DROP_NONE);
		free(copy);
		at += CLIENTS_HEADER + (size_t)len;
	}
	memmove(world.heard, world.heard + at, world.heard_len - at);
	world.heard_len -= at;
}

/* One body with a sound header. */
static void
speak(struct clients_conn *conn, const uint8_t *body, size_t len, size_t cut)
{
	uint8_t *frame = malloc(CLIENTS_HEADER + len);

	FUZZ_MUST(frame);
	memcpy(frame, &(int32_t){ (int32_t)len }, 4);
	memcpy(frame + 4, &(uint32_t){ CLIENTS_MAGIC }, 4);
	memcpy(frame + CLIENTS_HEADER, body, len);
	len += CLIENTS_HEADER;
	for (size_t at = 0; at < len && !conn->dead; at += cut)
		clients_conn_input(conn, frame + at, len - at < cut ? len - at : cut);
	free(frame);
}

static void
sign_on(struct clients_conn *conn, int who)
{
	char body[128];
	int len;

	if (who == 0)
		return;
	len = who == 1
	          ? snprintf(body, sizeof(body),
	                ">>>\nt=hbapi-req\nreqtype=signon\npid=%d\nuid=65534\ngid="
	                "65534\n<<<\n",
	                (int)getpid())
	          : snprintf(body, sizeof(body),
	                ">>>\nt=hbapi-req\nreqtype=signon\npid=%d\nuid=65534\ngid=65534\n"
	                "from_id=ccm\n<<<\n",
	                (int)getpid());
	speak(conn, (const uint8_t *)body, (size_t)len, 4096);
	FUZZ_MUST(conn->registered);
}

/* Another client leaves while this one is there, and a line of another node comes. */
static void
disturb(void)
{
	uint8_t store[2048];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "starting");
	memb_send(world.memb, instant_now(), &m, true);
}

static void
feed(struct clients_conn *conn, int fd, const uint8_t *data, size_t size, int how)
{
	size_t cut = (size_t)1 << (how >> CUT_SHIFT);

	if (how & RAW) {
		for (size_t at = 0; at < size && !conn->dead; at += cut)
			clients_conn_input(conn, data + at,
			    size - at < cut ? size - at : cut);
		return;
	}
	while (size > 2 && !conn->dead) {
		size_t len = ((size_t)data[0] << 8 | data[1]) % 1024;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		speak(conn, data, len, cut);
		data += len;
		size -= len;
		disturb();
		hear(fd);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Not our user: no signal is sent, whatever the input asks for. */
	struct ucred peer = { .pid = getpid(), .uid = 65534, .gid = 65534 };
	struct clients_conn *conn;
	int pair[2];

	if (!world.loop)
		world_begin();
	if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 0;
	world.joins = world.leaves = 0;
	world.heard_len = 0;
	clients_enter(world.clients); /* CONN stays readable until we are done */
	conn = clients_conn_new(world.clients, pair[1], &peer);
	FUZZ_MUST(conn);
	sign_on(conn, (data[0] & WHO_MASK) % 3);
	feed(conn, pair[0], data + 1, size - 1, data[0]);
	hear(pair[0]);
	clients_conn_end(conn, "EOF");
	clients_outbox_flush(world.clients);
	hear(pair[0]);
	clients_exit(world.clients);
	close(pair[0]);
	FUZZ_MUST(world.joins == world.leaves && world.joins <= 1);
	FUZZ_MUST(world.clients->conn_count == 0 && world.clients->registered_count == 0);
	FUZZ_MUST(world.clients->outbox_count == 0 && world.clients->filters == 0);
	FUZZ_MUST(TAILQ_EMPTY(&world.clients->graves) && world.clients->lent == 0);
	return 0;
}
