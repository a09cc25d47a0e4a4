/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cluster that exists only on paper, for tests of the local API: nodes that a test sets
 * as it likes instead of membership, and a daemon around the server.  What the server
 * sends gets the fields of the wire and is delivered back at once; the other node answers
 * questions about clients.
 */
#ifndef TESTS_UNIT_CLIENT_HOST_H
#define TESTS_UNIT_CLIENT_HOST_H

#include "heartbeat/client/private.h"
#include "heartbeat/client/server.h"
#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_NODES 8

/* In place of the core: only what the server asks for. */
struct memb {
	struct memb_node node[HOST_NODES];
	size_t count;
	uint64_t seq;
};

struct host {
	struct loop *loop;
	struct clients *clients;
	struct memb memb;
	struct conf conf;
	struct conf_auth auth[16];
	gid_t haclient;
	uid_t hacluster, root, www;
	uid_t both_uid[2];
	gid_t both_gid[2];
	const char *held; /* what getrsc says */
	int push_back;    /* so many sends are refused with -EAGAIN */
	size_t sent;
	char online[8][32]; /* clients of node apib */
	size_t online_count;
	struct msg last; /* the last message sent, decoded from last_bytes */
	uint8_t last_bytes[8192], last_store[64];
	struct loop_timer timer, answer;
	char asked_cn[32],
	    asked_by[32]; /* a question that the other node has not answered */
};

const char *const memb_status_names[] = { [MEMB_INIT] = "init",
	[MEMB_UP] = "up",
	[MEMB_ACTIVE] = "active",
	[MEMB_DEAD] = "dead",
	[MEMB_PINGED] = "ping",
	[MEMB_OTHER] = "?" };

size_t
memb_node_count(const struct memb *memb)
{
	return memb->count;
}

const struct memb_node *
memb_node_at(const struct memb *memb, size_t i)
{
	return &memb->node[i];
}

const struct memb_node *
memb_node_find(const struct memb *memb, const char *name)
{
	for (size_t i = 0; i < memb->count; i++)
		if (strcasecmp(memb->node[i].name, name) == 0)
			return &memb->node[i];
	return NULL;
}

const struct memb_node *
memb_node_find_uuid(const struct memb *memb, const uint8_t uuid[16])
{
	for (size_t i = 0; i < memb->count; i++)
		if (memb->node[i].has_uuid && memcmp(memb->node[i].uuid, uuid, 16) == 0)
			return &memb->node[i];
	return NULL;
}

const struct memb_node *
memb_self(const struct memb *memb)
{
	return &memb->node[0];
}

/* ---- The nodes ---- */

__attribute__((unused)) static struct memb_node *
host_node(struct host *host, const char *name)
{
	return (struct memb_node *)(uintptr_t)memb_node_find(&host->memb, name);
}

static struct memb_node *
host_node_add(struct host *host, const char *name, enum memb_node_type type)
{
	struct memb_node *node = &host->memb.node[host->memb.count++];

	assert(host->memb.count <= HOST_NODES);
	*node = (struct memb_node){ .type = type, .weight = 100 };
	snprintf(node->name, sizeof(node->name), "%s", name);
	node->status = type == MEMB_PING ? MEMB_PINGED : MEMB_ACTIVE;
	node->generation = 0x6b0071da;
	node->seq_seen = 100;
	if (type == MEMB_NORMAL) {
		node->has_uuid = true;
		memset(node->uuid, (int)host->memb.count, 16);
	}
	return node;
}

static void
host_link_set(struct memb_node *node, const char *name, bool up)
{
	size_t i = 0;

	while (i < node->link_count && strcmp(node->link[i].name, name) != 0)
		i++;
	if (i == node->link_count)
		node->link_count++;
	snprintf(node->link[i].name, sizeof(node->link[i].name), "%s", name);
	node->link[i].up = up;
}

__attribute__((unused)) static void
host_status_set(struct memb_node *node, const char *status)
{
	for (int i = MEMB_INIT; i <= MEMB_PINGED; i++)
		if (strcmp(memb_status_names[i], status) == 0)
			node->status = (enum memb_status)i;
	snprintf(node->status_text, sizeof(node->status_text), "%s", status);
}

/* ---- Messages ---- */

/* A message as membership would deliver it. */
static void
host_deliver(struct host *host, struct msg *m, const struct memb_node *from)
{
	struct memb_from source = { .node = from,
		.link = "eth0",
		.in_order = strncmp(msg_type(m), "NS_", 3) != 0 };
	const char *dest = msg_str(m, "dest");

	if (!dest || strcasecmp(dest, host->memb.node[0].name) == 0)
		clients_deliver(host->clients, m, &source);
}

static void
host_wire_fields(struct msg *m, struct memb_node *from, uint64_t seq)
{
	bool unnumbered = strncmp(msg_type(m), "NS_", 3) == 0;

	msg_set_str(m, "src", from->name);
	msg_set(m, MSG_BINARY, "srcuuid", from->uuid, 16);
	if (!unnumbered)
		msg_set_hex(m, "seq", seq);
	msg_set_hex(m, "hg", from->generation);
	msg_set_hex(m, "ts", 0x6b00729e);
	if (!unnumbered)
		msg_set_str(m, "ld", "0.98 0.31 0.15 6/165 73");
	msg_set_str(m, "ttl", "4");
}

/* The other node speaks: FIELDS are pairs of names and values, NULL at the end. */
__attribute__((unused)) static void
host_peer_says(struct host *host, const char *name, uint64_t seq,
    const char *const *fields)
{
	struct memb_node *node = host_node(host, name);
	uint8_t store[2048];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	for (size_t i = 0; fields[i]; i += 2)
		msg_add_str(&m, fields[i], fields[i + 1]);
	if (msg_str(&m, "dest") && host_node(host, msg_str(&m, "dest")))
		msg_add(&m, MSG_BINARY, "destuuid",
		    host_node(host, msg_str(&m, "dest"))->uuid, 16);
	host_wire_fields(&m, node, seq);
	if (seq > node->seq_seen)
		node->seq_seen = seq;
	host_deliver(host, &m, node);
}

/* The other node answers a moment later, over the wire. */
static void
host_answer_cstatus(void *data, struct instant now)
{
	struct host *host = data;
	struct memb_node *peer = host_node(host, "apib");
	const char *status = "offline";

	(void)now;
	for (size_t i = 0; i < host->online_count; i++)
		if (strcmp(host->online[i], host->asked_cn) == 0)
			status = "online";
	host_peer_says(host, "apib", peer->seq_seen + 1,
	    (const char *[]){ "t", "respond-cstatus", "dest", host->memb.node[0].name,
	        "result", "OK", "cn", host->asked_cn, "to_id", host->asked_by, "cs",
	        status, NULL });
}

static void
host_ask_cstatus(struct host *host, const struct msg *query)
{
	const char *dest = msg_str(query, "dest"), *client = msg_str(query, "cn");
	const char *asker = msg_str(query, "from_id");

	if (!host_node(host, "apib") || !client || !asker ||
	    (dest && strcasecmp(dest, "apib") != 0))
		return;
	snprintf(host->asked_cn, sizeof(host->asked_cn), "%s", client);
	snprintf(host->asked_by, sizeof(host->asked_by), "%s", asker);
	loop_timer_arm(&host->answer, instant_add_ms(instant_now(), 2));
}

static void
host_keep_last(struct host *host, const struct msg *m)
{
	static const struct msg_style style = { .form = MSG_NETSTRING };
	struct msg_trust trust = { .keys = NULL };
	ssize_t len = msg_encode(m, &style, host->last_bytes, sizeof(host->last_bytes));

	host->sent++;
	msg_init(&host->last, host->last_store, sizeof(host->last_store));
	if (len > 0)
		msg_decode(&host->last, host->last_bytes, (size_t)len, &trust, NULL, 0,
		    NULL);
}

static int
host_send(void *shell, struct msg *m)
{
	struct host *host = shell;
	struct memb_node *self = &host->memb.node[0];
	const char *dest = msg_str(m, "dest");
	uint8_t uuid[16];

	assert(host->clients->lent ==
	       0); /* membership may not be called from its own calls */
	if (host->push_back > 0) {
		host->push_back--;
		return -EAGAIN;
	}
	if (dest && memb_node_find(&host->memb, dest))
		msg_set(m, MSG_BINARY, "destuuid",
		    memb_node_find(&host->memb, dest)->uuid, 16);
	else if (!dest && msg_uuid(m, "destuuid", uuid) == 0 &&
	         memb_node_find_uuid(&host->memb, uuid))
		msg_set_str(m, "dest", memb_node_find_uuid(&host->memb, uuid)->name);
	host_wire_fields(m, self, ++host->memb.seq);
	host_keep_last(host, m);
	if (msg_uuid(m, "destuuid", uuid) < 0 || memcmp(uuid, self->uuid, 16) == 0)
		host_deliver(host, m, self);
	/* Unnumbered ones come back once more over each link. */
	if (strncmp(msg_type(m), "NS_", 3) == 0)
		for (size_t i = 0; i < self->link_count; i++)
			host_deliver(host, m, self);
	if (strcmp(msg_type(m), "query-cstatus") == 0)
		host_ask_cstatus(host, m);
	return 0;
}

/* ---- The daemon ---- */

static const struct memb *
host_memb(void *shell)
{
	return &((struct host *)shell)->memb;
}

static const struct conf *
host_conf(void *shell)
{
	return &((struct host *)shell)->conf;
}

static const char *
host_resources(void *shell)
{
	return ((struct host *)shell)->held;
}

/* apib is waited for. */
static int
host_confirm(void *shell, const char *node)
{
	(void)shell;
	return strcmp(node, "apib") == 0   ? 0
	       : strcmp(node, "apia") == 0 ? -EALREADY
	                                   : -ENOENT;
}

#define HOST_VERSION "3.0.6 (node: 958e11be8686759f1b99204c17812f2c2633b169)"

static const struct clients_host host_calls = { .memb = host_memb,
	.conf = host_conf,
	.resources = host_resources,
	.send = host_send,
	.confirm = host_confirm,
	.version = HOST_VERSION };

/* What "getparm" gives in the recordings: their ha.cf and the defaults of 3.0.6. */
static struct conf_param host_params[] = {
	/* clang-format off */
	{ "cluster", "linux-ha" }, { "hopfudge", "1" }, { "keepalive", "500ms" },
	{ "deadtime", "4" }, { "deadping", "4000ms" }, { "warntime", "2" },
	{ "initdead", "12" }, { "udpport", "694" }, { "baud", "19200" },
	{ "auto_failback", "on" }, { "hbgenmethod", "file" }, { "realtime", "true" },
	{ "crm", "false" }, { "pacemaker", "false" }, { "debug", "0" }, { "msgfmt", "classic" }, { "logfile", "/var/log/ha-log" },
	{ "debugfile", "/var/log/ha-debug" },
	/* clang-format on */
};

static void
host_auth_add(struct host *host, const char *client, uid_t *uid, size_t uids, gid_t *gid,
    size_t gids)
{
	host->auth[host->conf.auth_count++] = (struct conf_auth){ .client = client,
		.uid = uid,
		.uid_count = uids,
		.gid = gid,
		.gid_count = gids };
}

/* The built-in entries of 3.0.6 and those of the recordings. */
static void
host_auth_init(struct host *host)
{
	host->haclient = 102;
	host->hacluster = 101;
	host->both_uid[0] = 101;
	host->both_uid[1] = 33;
	host->both_gid[0] = 0;
	host->both_gid[1] = 102;
	host->conf.auth = host->auth;
	host_auth_add(host, "ipfail", &host->hacluster, 1, NULL, 0);
	host_auth_add(host, "ccm", &host->hacluster, 1, NULL, 0);
	host_auth_add(host, "ping", NULL, 0, &host->haclient, 1);
	host_auth_add(host, "lha-snmpagent", &host->root, 1, NULL, 0);
	host_auth_add(host, "anon", &host->root, 1, &host->haclient, 1);
	host_auth_add(host, "mytest", &host->root, 1, &host->haclient, 1);
	host_auth_add(host, "open", NULL, 0, NULL, 0);
}

__attribute__((unused)) static void
host_auth_of_recordings(struct host *host)
{
	host_auth_add(host, "both", host->both_uid, 2, host->both_gid, 2);
	host_auth_add(host, "default", NULL, 0, &host->haclient, 1);
}

static void
host_stop(void *data, struct instant now)
{
	struct host *host = data;

	(void)now;
	loop_stop(host->loop);
}

/* apia (this one), apib and a ping node, all alive over eth0 and eth1. */
static struct host *
host_new(void)
{
	struct host *host = calloc(1, sizeof(*host));

	assert(host);
	host->loop = loop_new(0);
	assert(host->loop);
	host->held = "local";
	host->conf = (struct conf){ .self = "apia",
		.cluster = "linux-ha",
		.keepalive_ms = 500,
		.deadtime_ms = 4000,
		.logfacility = -1,
		.param = host_params,
		.param_count = ARRAY_LEN(host_params) };
	host_auth_init(host);
	for (const char *const *name = (const char *[]){ "apia", "apib", NULL }; *name;
	     name++) {
		struct memb_node *node = host_node_add(host, *name, MEMB_NORMAL);

		host_link_set(node, "eth0", true);
		host_link_set(node, "eth1", true);
	}
	host_link_set(host_node_add(host, "10.77.0.254", MEMB_PING), "10.77.0.254", true);
	host->clients = clients_new(host->loop, &host_calls, host);
	assert(host->clients);
	loop_timer_init(host->loop, &host->timer, "host", host_stop, host);
	loop_timer_init(host->loop, &host->answer, "apib", host_answer_cstatus, host);
	return host;
}

static void
host_free(struct host *host)
{
	clients_free(host->clients);
	loop_timer_arm(&host->timer, INSTANT_NEVER);
	loop_timer_arm(&host->answer, INSTANT_NEVER);
	loop_free(host->loop);
	free(host);
}

/* Runs the loop for so long. */
__attribute__((unused)) static void
host_run(struct host *host, int64_t ms)
{
	/* On a busy machine that time may be over before the first turn; some things need
	 * several. */
	for (int turns = 0; turns < 6; turns++) {
		loop_timer_arm(&host->timer,
		    instant_add_ms(instant_now(), turns == 0 ? ms : 1));
		loop_run(host->loop);
	}
}

#endif
