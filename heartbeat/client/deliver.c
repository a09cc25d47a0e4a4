/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What clients are told (spec/client-api.md 8): cluster messages that membership
 * delivers, events made on this node, and for debug filters everything else.
 *
 * Without a client that wants it a message costs a comparison of its type.  With some, it
 * is encoded once and shared by all their queues.
 *
 * Heartbeats repeat their status; clients hear of it only when it differs from the last
 * they were told, which clients.source keeps.  So it does not matter here whether
 * membership delivers every heartbeat or only changes, nor whether its event or its
 * message about a change comes first.
 */
#include "heartbeat/client/private.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define STORE_SIZE 1024

/* Between daemons only. */
static const char *const consumed[] = { "reqnodes", "repnodes", "addnode", "delnode",
	"setweight", "setsite", "NS_ackmsg", "NS_rexmit", "NS_nak_rexmit", NULL };

/* ---- Sources ---- */

static struct clients_source *
source_find(struct clients *clients, const char *name)
{
	for (size_t i = 0; i < clients->source_count; i++)
		if (strcasecmp(clients->source[i].name, name) == 0)
			return &clients->source[i];
	return NULL;
}

/* NULL when memory is short. */
static struct clients_source *
source_get(struct clients *clients, const char *name)
{
	struct clients_source *source = source_find(clients, name);

	if (source)
		return source;
	if (clients->source_count == clients->source_size) {
		size_t size = clients->source_size ? clients->source_size * 2 : 8;

		source = realloc(clients->source, size * sizeof(*source));
		if (!source)
			return NULL;
		clients->source = source;
		clients->source_size = size;
	}
	source = &clients->source[clients->source_count++];
	source->status[0] = '\0';
	snprintf(source->name, sizeof(source->name), "%s", name);
	return source;
}

static const char *
status_text(const struct memb_node *node)
{
	return node->status == MEMB_OTHER ? node->status_text
	                                  : memb_status_names[node->status];
}

/* Begins anew with what membership knows now: the first client has come. */
void
clients_sources_renew(struct clients *clients)
{
	const struct memb *memb = clients_memb(clients);

	clients->source_count = 0;
	for (size_t i = 0; i < memb_node_count(memb); i++) {
		const struct memb_node *node = memb_node_at(memb, i);
		struct clients_source *source = source_get(clients, node->name);

		if (!source)
			return;
		snprintf(source->status, sizeof(source->status), "%s", status_text(node));
	}
}

int
clients_marks_take(struct clients_conn *conn)
{
	struct clients *clients = conn->clients;
	const struct memb *memb = clients_memb(clients);

	conn->mark = calloc(clients->source_count ? clients->source_count : 1,
	    sizeof(*conn->mark));
	if (!conn->mark)
		return -ENOMEM;
	conn->mark_count = clients->source_count;
	for (size_t i = 0; i < conn->mark_count; i++) {
		const struct memb_node *node =
		    memb_node_find(memb, clients->source[i].name);

		if (node && node != memb_self(memb))
			conn->mark[i] =
			    (struct clients_mark){ node->generation, node->seq_seen };
	}
	return 0;
}

/* ---- Handing out ---- */

/* A message on its way to several clients. */
struct delivery {
	struct clients *clients;
	const struct msg *m;
	struct clients_frame *frame;         /* made for the first one that wants it */
	const char *to_id;                   /* NULL = to all */
	const struct clients_source *source; /* NULL = no marks to look at */
	uint64_t generation, seq;
};

static void
delivery_init(struct delivery *d, struct clients *clients, const struct msg *m)
{
	*d = (struct delivery){ .clients = clients, .m = m };
}

static bool
delivery_is_older(const struct delivery *d, const struct clients_conn *conn)
{
	const struct clients_mark *mark;
	size_t place;

	if (!d->source)
		return false;
	place = (size_t)(d->source - d->clients->source);
	if (place >= conn->mark_count)
		return false;
	mark = &conn->mark[place];
	return d->generation < mark->generation ||
	       (d->generation == mark->generation && d->seq <= mark->seq);
}

static void
delivery_hand_to(struct delivery *d, struct clients_conn *conn)
{
	if (!d->frame)
		d->frame = clients_frame_new(d->clients, d->m);
	if (d->frame)
		clients_conn_queue(conn, d->frame, true);
}

/* To each client with one of the filter bits.  lent: a client whose queue is full leaves
 * here, and its leaving must not be sent while we walk. */
static void
delivery_hand_out(struct delivery *d, unsigned bits)
{
	struct clients *clients = d->clients;
	struct clients_conn *conn, *next;

	if (!(clients->filters & bits))
		return;
	clients_enter(clients);
	clients->lent++;
	for (conn = TAILQ_FIRST(&clients->conns); conn; conn = next) {
		next = TAILQ_NEXT(conn, link);
		if (!conn->registered || !(conn->filter & bits))
			continue;
		if (d->to_id && strcmp(conn->id, d->to_id) != 0)
			continue;
		if (!delivery_is_older(d, conn))
			delivery_hand_to(d, conn);
	}
	clients->lent--;
	if (d->frame)
		clients_frame_unref(d->frame);
	clients_exit(clients);
}

/* A message made on this node for its clients only: stonith results, and the like. */
static void
clients_notice(struct clients *clients, const struct msg *m)
{
	struct delivery d;

	delivery_init(&d, clients, m);
	d.to_id = msg_str(m, "to_id");
	delivery_hand_out(&d, CLIENTS_KEEPIT);
}

bool
clients_want_raw(const struct clients *clients, unsigned bit)
{
	return clients->filters & bit;
}

void
clients_raw(struct clients *clients, struct msg *m, const struct memb_from *from,
    unsigned bit)
{
	struct delivery d;

	(void)from;
	delivery_init(&d, clients, m);
	delivery_hand_out(&d, bit);
}

/* ---- Messages ---- */

/* A client of node FROM asks for a client of this one. */
static void
cstatus_respond(struct clients *clients, const struct msg *query,
    const struct memb_from *from)
{
	const char *client = msg_str(query, "cn"), *asker = msg_str(query, "from_id");
	uint8_t store[2048];
	struct msg m;

	if (!client || !asker || strlen(client) >= CLIENTS_ID_SIZE ||
	    strlen(asker) >= CLIENTS_ID_SIZE)
		return;
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "respond-cstatus");
	msg_add_str(&m, "dest", from->node->name);
	msg_add_str(&m, "result", "OK");
	msg_add_str(&m, "cn", client);
	msg_add_str(&m, "to_id", asker);
	msg_add_str(&m, "cs", clients_find(clients, client) ? "online" : "offline");
	clients_post(clients, &m, true);
}

/* A status that clients have been told already is only for those who want to see
 * heartbeats. */
static unsigned
status_bits(struct clients *clients, const struct msg *m, const struct memb_from *from)
{
	const char *status = msg_str(m, "st");
	struct clients_source *source = source_get(clients, from->node->name);

	if (!status || !source)
		return CLIENTS_KEEPIT;
	if (strncmp(source->status, status, sizeof(source->status) - 1) == 0)
		return CLIENTS_NOCHANGE;
	snprintf(source->status, sizeof(source->status), "%s", status);
	return CLIENTS_KEEPIT;
}

/* Our own joins and leaves come back to us, perhaps late: a leaving has been told to who
 * left, and a successor of the same name must not take either for its own. */
static bool
clstat_is_stale(struct clients *clients, const struct msg *m,
    const struct memb_from *from)
{
	const char *to_id = msg_str(m, "to_id"), *st = msg_str(m, "st");
	const struct clients_conn *conn = to_id ? clients_find(clients, to_id) : NULL;
	int64_t generation;

	if (from->node != memb_self(clients_memb(clients)))
		return false;
	if (!conn || !st || strcmp(st, "join") != 0)
		return true;
	return msg_dec(m, "client_gen", &generation) < 0 ||
	       (uint64_t)generation != conn->generation;
}

static bool
is_consumed(const char *type)
{
	for (size_t i = 0; consumed[i]; i++)
		if (strcmp(consumed[i], type) == 0)
			return true;
	return false;
}

static void
message_hand_out(struct clients *clients, const struct msg *m,
    const struct memb_from *from)
{
	const char *type = msg_type(m);
	unsigned bits = CLIENTS_KEEPIT;
	struct delivery d;

	if (strcmp(type, "status") == 0 || strcmp(type, "NS_st") == 0)
		bits = status_bits(clients, m, from);
	else if (strcmp(type, "query-cstatus") == 0)
		bits = CLIENTS_APICALL;
	else if (is_consumed(type))
		bits = CLIENTS_PROTOCOL;
	else if (strcmp(type, "hbapi-clstat") == 0 && clstat_is_stale(clients, m, from))
		return;
	delivery_init(&d, clients, m);
	if (bits == CLIENTS_KEEPIT)
		d.to_id = msg_str(m, "to_id");
	if (from->in_order && msg_hex(m, "hg", &d.generation) == 0 &&
	    msg_hex(m, "seq", &d.seq) == 0)
		d.source = source_find(clients, from->node->name);
	delivery_hand_out(&d, bits);
}

void
clients_deliver(struct clients *clients, struct msg *m, const struct memb_from *from)
{
	clients->lent++; /* membership is our caller */
	if (strcmp(msg_type(m), "query-cstatus") == 0)
		cstatus_respond(clients, m, from);
	if (clients->registered_count > 0)
		message_hand_out(clients, m, from);
	clients->lent--;
}

/* ---- Events ---- */

/* A dead node cannot say so: the message is made here, in the form that clients know. */
static void
event_dead(struct clients *clients, const struct memb_node *node)
{
	struct clients_source *source = source_get(clients, node->name);
	uint8_t store[STORE_SIZE];
	struct msg m;

	if (!source || (node->type == MEMB_PING && strcmp(source->status, "dead") == 0))
		return;
	strcpy(source->status, "dead");
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "status");
	msg_add_hex(&m, "seq", 1);
	msg_add_hex(&m, "ts", (uint64_t)time(NULL));
	msg_add_str(&m, "src", node->name);
	msg_add_str(&m, "st", "dead");
	if (node->type == MEMB_PING)
		msg_add_str(&m, "info", "ping");
	clients_notice(clients, &m);
}

static void
event_link(struct clients *clients, const struct memb_event *event)
{
	uint8_t store[STORE_SIZE];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "ifstat");
	msg_add_str(&m, "node", event->node->name);
	msg_add_str(&m, "ifname", event->link->name);
	msg_add_str(&m, "st", event->link->up ? "up" : "dead");
	clients_notice(clients, &m);
}

/* Of all that happens to the list of nodes only a removal is an event. */
static void
event_nodes(struct clients *clients, const struct memb_event *event)
{
	struct clients_source *source;
	uint8_t store[STORE_SIZE];
	struct msg m;

	if (!event->node || !event->why || strncmp(event->why, "removed", 7) != 0)
		return;
	source = source_find(clients, event->node->name);
	if (source)
		source->status[0] = '\0'; /* whatever it is when it comes back is news */
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "delnode");
	msg_add_str(&m, "node", event->node->name);
	clients_notice(clients, &m);
}

void
clients_event(struct clients *clients, const struct memb_event *event)
{
	if (event->type == MEMB_EV_CLIENTS_PAUSE)
		clients_pause(clients);
	else if (event->type == MEMB_EV_CLIENTS_RESUME)
		clients_resume(clients);
	if (clients->registered_count == 0)
		return;
	clients->lent++; /* membership is our caller */
	switch (event->type) {
	case MEMB_EV_NODE:
		if (event->node->status == MEMB_DEAD) /* others say it themselves */
			event_dead(clients, event->node);
		break;
	case MEMB_EV_LINK:
		event_link(clients, event);
		break;
	case MEMB_EV_NODES:
		event_nodes(clients, event);
		break;
	default:
		break;
	}
	clients->lent--;
}
