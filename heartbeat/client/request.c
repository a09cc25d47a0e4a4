/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client may ask (spec/client-api.md 6).  Answers are made of the state of this
 * moment and are queued before the next frame of that client is looked at, so their order
 * is that of the requests.
 *
 * A request is the one of the connection it came on.  pid and from_id in it are not
 * looked at: the old daemon searched its clients by them and took the answer to the wrong
 * one, or gave none.
 */
#include "heartbeat/client/private.h"

#include "lib/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STORE_SIZE 8192

/* An answer in the making. */
struct answer {
	struct clients_conn *conn;
	const char *reqtype;
	struct msg m;
	uint8_t store[STORE_SIZE];
};

/* ---- Answers ---- */

static void
answer_begin(struct answer *a)
{
	msg_init(&a->m, a->store, sizeof(a->store));
	msg_add_str(&a->m, "t", "hbapi-resp");
	msg_add_str(&a->m, "reqtype", a->reqtype);
}

static void
answer_end(struct answer *a, const char *result)
{
	msg_add_str(&a->m, "result", result);
	clients_conn_answer(a->conn, &a->m);
}

/* INFO may be NULL. */
static void
answer_refuse(struct answer *a, const char *info)
{
	answer_begin(a);
	msg_add_str(&a->m, "result", "badreq");
	if (info)
		msg_add_str(&a->m, "info", info);
	clients_conn_answer(a->conn, &a->m);
}

static void
answer_text(struct answer *a, const char *name, const char *value)
{
	msg_add_str(&a->m, name, value);
	answer_end(a, "OK");
}

static const char *
status_text(const struct memb_node *node)
{
	return node->status == MEMB_OTHER ? node->status_text
	                                  : memb_status_names[node->status];
}

static const char *
type_text(const struct memb_node *node)
{
	return node->type == MEMB_PING ? "ping" : "normal";
}

/* The node that field "node" names, or NULL after having refused. */
static const struct memb_node *
asked_node(struct answer *a, const struct msg *m)
{
	const char *name = msg_str(m, "node");
	const struct memb_node *node =
	    name ? memb_node_find(clients_memb(a->conn->clients), name) : NULL;

	if (!node)
		answer_refuse(a, "EINVAL");
	return node;
}

/* ---- The connection itself ---- */

static void
request_signoff(struct answer *a, const struct msg *m)
{
	(void)m;
	clients_conn_end(a->conn, "signoff");
}

static void
request_setfilter(struct answer *a, const struct msg *m)
{
	uint64_t mask;

	if (msg_hex(m, "fmask", &mask) < 0 || (mask & CLIENTS_FILTER_ALL) == 0) {
		answer_refuse(a, "EINVAL");
		return;
	}
	mask &= CLIENTS_FILTER_ALL;
	if (mask != CLIENTS_KEEPIT && a->conn->peer.uid != 0 &&
	    a->conn->peer.uid != geteuid()) {
		answer_refuse(a, "EPERM");
		return;
	}
	a->conn->filter = (unsigned)mask;
	clients_filters_update(a->conn->clients);
	answer_end(a, "OK");
}

static void
request_setsignal(struct answer *a, const struct msg *m)
{
	const struct msg_field *field = msg_find(m, "signal");
	int64_t signo;

	if (!field || msg_dec(m, "signal", &signo) < 0) {
		/* A negative number is one, only not a signal. */
		answer_refuse(a,
		    field && field->len > 1 && field->value[0] == '-' ? "EINVAL" : NULL);
		return;
	}
	if (signo == 9 || signo == 19 || signo >= 32) {
		answer_refuse(a, "EINVAL");
		return;
	}
	a->conn->signo = (int)signo;
	answer_end(a, "OK");
}

/* Never answered. */
static void
request_set_sendqlen(struct answer *a, const struct msg *m)
{
	int64_t count;

	if (msg_dec(m, "sendqlen", &count) == 0 && count > 0)
		clients_conn_set_queue(a->conn,
		    count < CLIENTS_QUEUE_LIMIT ? (size_t)count : CLIENTS_QUEUE_LIMIT);
}

/* ---- Nodes and links ---- */

static void
request_nodelist(struct answer *a, const struct msg *m)
{
	const struct memb *memb = clients_memb(a->conn->clients);
	size_t count = memb_node_count(memb);

	(void)m;
	for (size_t i = 0; i < count && !a->conn->dead; i++) {
		const struct memb_node *node = memb_node_at(memb, i);

		answer_begin(a);
		msg_add_str(&a->m, "node", node->name);
		msg_add_str(&a->m, "nodetype", type_text(node));
		msg_add_str(&a->m, "st", status_text(node));
		answer_end(a, i + 1 < count ? "ok/more" : "OK");
	}
}

static void
request_nodestatus(struct answer *a, const struct msg *m)
{
	const struct memb_node *node = asked_node(a, m);

	if (node)
		answer_text(a, "st", status_text(node));
}

static void
request_nodeweight(struct answer *a, const struct msg *m)
{
	const struct memb_node *node = asked_node(a, m);

	if (!node)
		return;
	msg_add_dec(&a->m, "weight", node->weight);
	answer_end(a, "OK");
}

static void
request_nodesite(struct answer *a, const struct msg *m)
{
	const struct memb_node *node = asked_node(a, m);

	if (node)
		answer_text(a, "site", node->site);
}

static void
request_nodetype(struct answer *a, const struct msg *m)
{
	const struct memb_node *node = asked_node(a, m);

	if (node)
		answer_text(a, "nodetype", type_text(node));
}

static void
request_numnodes(struct answer *a, const struct msg *m)
{
	const struct memb *memb = clients_memb(a->conn->clients);
	int64_t normal = 0;

	(void)m;
	for (size_t i = 0; i < memb_node_count(memb); i++)
		normal += memb_node_at(memb, i)->type == MEMB_NORMAL;
	msg_add_dec(&a->m, "numnodes", normal);
	answer_end(a, "OK");
}

static void
request_iflist(struct answer *a, const struct msg *m)
{
	const struct memb_node *node = asked_node(a, m);

	if (!node)
		return;
	if (node->link_count == 0) {
		answer_refuse(a, "UhOh");
		return;
	}
	for (size_t i = 0; i < node->link_count && !a->conn->dead; i++) {
		answer_begin(a);
		msg_add_str(&a->m, "ifname", node->link[i].name);
		msg_add_str(&a->m, "st", node->link[i].up ? "up" : "dead");
		answer_end(a, i + 1 < node->link_count ? "ok/more" : "OK");
	}
}

static void
request_ifstatus(struct answer *a, const struct msg *m)
{
	const struct memb_node *node = asked_node(a, m);
	const char *ifname = msg_str(m, "ifname");

	if (!node)
		return;
	for (size_t i = 0; ifname && i < node->link_count; i++) {
		if (strcmp(node->link[i].name, ifname) == 0) {
			answer_text(a, "st", node->link[i].up ? "up" : "dead");
			return;
		}
	}
	answer_refuse(a, "EINVAL");
}

static void
request_getuuid(struct answer *a, const struct msg *m)
{
	static const uint8_t unknown[16];
	const char *name = msg_str(m, "queryname");
	const struct memb_node *node;

	if (!name) {
		answer_refuse(a, "no query node name found");
		return;
	}
	node = memb_node_find(clients_memb(a->conn->clients), name);
	if (node)
		msg_add(&a->m, MSG_BINARY, "queryuuid",
		    node->has_uuid ? node->uuid : unknown, 16);
	answer_end(a, "OK");
}

static void
request_getnodename(struct answer *a, const struct msg *m)
{
	const struct memb_node *node;
	uint8_t uuid[16];

	if (msg_uuid(m, "queryuuid", uuid) < 0) {
		answer_refuse(a, "no query node name found");
		return;
	}
	node = memb_node_find_uuid(clients_memb(a->conn->clients), uuid);
	if (node)
		msg_add_str(&a->m, "queryname", node->name);
	answer_end(a, "OK");
}

/* ---- Clients, parameters, resources ---- */

/* The other node answers the asker itself, by a cluster message. */
static void
cstatus_query(struct clients_conn *conn, const char *node, const char *client)
{
	uint8_t store[2048];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "query-cstatus");
	msg_add_str(&m, "dest", node);
	msg_add_str(&m, "cn", client);
	msg_add_str(&m, "from_id", conn->id);
	clients_post(conn->clients, &m, true);
}

static void
request_clientstatus(struct answer *a, const struct msg *m)
{
	struct clients *clients = a->conn->clients;
	const char *client = msg_str(m, "cn");
	const struct memb_node *node = asked_node(a, m);
	bool online;

	if (!node)
		return;
	if (!client) {
		answer_refuse(a, "EINVAL");
		return;
	}
	/* No client can have a longer name, so nobody needs to be asked. */
	if (node != memb_self(clients_memb(clients)) && node->status == MEMB_ACTIVE &&
	    strlen(client) < CLIENTS_ID_SIZE) {
		char name[MEMB_NAME_MAX];

		snprintf(name, sizeof(name), "%s", node->name);
		cstatus_query(a->conn, name, client);
		return;
	}
	online =
	    node == memb_self(clients_memb(clients)) && clients_find(clients, client);
	msg_add_str(&a->m, "subt", "respond-cstatus");
	answer_text(a, "cs", online ? "online" : "offline");
}

static void
request_getparm(struct answer *a, const struct msg *m)
{
	const char *name = msg_str(m, "pname"), *value;

	if (!name) {
		answer_refuse(a, "EINVAL");
		return;
	}
	if (strcmp(name, "hbversion") == 0)
		value = a->conn->clients->host->version;
	else
		value = conf_param_find(clients_conf(a->conn->clients), name);
	if (value)
		msg_add_str(&a->m, "pvalue", value);
	answer_end(a, "OK");
}

static void
request_getrsc(struct answer *a, const struct msg *m)
{
	struct clients *clients = a->conn->clients;
	const char *held = clients->host->resources(clients->shell);

	(void)m;
	if (held)
		answer_text(a, "rsc_hold", held);
	else
		answer_refuse(a,
		    "Resource is managed by crm. Use crm tool to query resource");
}

/* ---- Everything at once, for people: no old client asks for it ---- */

static void
hbstatus_begin(void *data)
{
	answer_begin(data);
}

static void
hbstatus_field(void *data, const char *name, const char *value)
{
	struct answer *a = data;

	msg_add_str(&a->m, name, value);
}

static void
hbstatus_end(void *data, bool last)
{
	struct answer *a = data;

	if (!a->conn->dead)
		answer_end(a, last ? "OK" : "ok/more");
}

static void
request_hbstatus(struct answer *a, const struct msg *m)
{
	static const struct status_sink sink = { hbstatus_begin, hbstatus_field,
		hbstatus_end };
	struct clients *clients = a->conn->clients;

	(void)m;
	if (!clients->host->status)
		answer_refuse(a, NULL);
	else if (clients->host->status(clients->shell, &sink, a) < 0)
		answer_refuse(a, "ENOMEM");
}

/* A person made sure that a node is down which cannot be reset. */
static void
request_hbfenced(struct answer *a, const struct msg *m)
{
	struct clients *clients = a->conn->clients;
	const char *node = msg_str(m, "node");
	int rc;

	if (!clients->host->confirm) {
		answer_refuse(a, NULL);
		return;
	}
	if (a->conn->peer.uid != 0 && a->conn->peer.uid != geteuid()) {
		answer_refuse(a, "EPERM");
		return;
	}
	rc = node ? clients->host->confirm(clients->shell, node) : -EINVAL;
	if (rc == 0)
		answer_end(a, "OK");
	else
		answer_refuse(a, rc == -ENOENT     ? "ENOENT"
		                 : rc == -EALREADY ? "EALREADY"
		                                   : "EINVAL");
}

/* ---- The table ---- */

static const struct request {
	const char *name;
	void (*handle)(struct answer *a, const struct msg *m);
} requests[] = {
	/* clang-format off */
	{ "nodestatus",   request_nodestatus },
	{ "nodelist",     request_nodelist },
	{ "nodetype",     request_nodetype },
	{ "nodeweight",   request_nodeweight },
	{ "nodesite",     request_nodesite },
	{ "numnodes",     request_numnodes },
	{ "iflist",       request_iflist },
	{ "ifstatus",     request_ifstatus },
	{ "clientstatus", request_clientstatus },
	{ "getparm",      request_getparm },
	{ "getrsc",       request_getrsc },
	{ "hbstatus",     request_hbstatus },
	{ "hbfenced",     request_hbfenced },
	{ "getuuid",      request_getuuid },
	{ "getnodename",  request_getnodename },
	{ "setfilter",    request_setfilter },
	{ "setsignal",    request_setsignal },
	{ "set_sendqlen", request_set_sendqlen },
	{ "signoff",      request_signoff },
	/* clang-format on */
};

void
clients_request(struct clients_conn *conn, const struct msg *m)
{
	struct answer a;

	a.conn = conn;
	a.reqtype = msg_str(m, "reqtype");
	if (!a.reqtype) {
		log_limited(&conn->clients->offence, LOG_WARNING,
		    "API request without reqtype from [%s] ignored", conn->id);
		return;
	}
	answer_begin(&a);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		if (strcmp(requests[i].name, a.reqtype) == 0) {
			requests[i].handle(&a, m);
			return;
		}
	}
	answer_refuse(&a, NULL);
}
