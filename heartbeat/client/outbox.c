/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the server itself says to the cluster: joins, leaves, questions for and answers
 * about clients of other nodes.  Membership may be the caller's caller, or its history
 * full: then a message waits here, and everything later behind it.
 */
#include "heartbeat/client/private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 2048 /* ours are short */
#define WIRE_ROOM 1024   /* membership adds its fields to the message that we lend */

static int
outbox_append(struct clients *clients, const struct msg *m)
{
	static const struct msg_style style = { .form = MSG_NETSTRING };
	uint8_t bytes[MESSAGE_MAX];
	ssize_t len = msg_encode(m, &style, bytes, sizeof(bytes));
	struct clients_outbox_item *item;

	if (len < 0)
		return (int)len;
	item = malloc(sizeof(*item) + (size_t)len);
	if (!item)
		return -ENOMEM;
	item->len = (size_t)len;
	memcpy(item->bytes, bytes, (size_t)len);
	STAILQ_INSERT_TAIL(&clients->outbox, item, next);
	clients->outbox_count++;
	return 0;
}

static void
outbox_drop_first(struct clients *clients)
{
	struct clients_outbox_item *item = STAILQ_FIRST(&clients->outbox);

	STAILQ_REMOVE_HEAD(&clients->outbox, next);
	clients->outbox_count--;
	free(item);
}

void
clients_post(struct clients *clients, struct msg *m, bool droppable)
{
	int r = -EAGAIN;

	if (clients->lent == 0 && clients->outbox_count == 0)
		r = clients->host->send(clients->shell, m);
	if (r == -EAGAIN && droppable && clients->outbox_count >= CLIENTS_OUTBOX_MAX)
		r = -ENOBUFS;
	if (r == -EAGAIN) {
		r = outbox_append(clients, m);
		if (clients->lent > 0)
			clients_soon(clients);
	}
	if (r < 0)
		log_limited(&clients->dropped, LOG_ERR, "API message t=%s not sent: %s",
		    msg_type(m), strerror(-r));
}

/* Offers the first one; false when it has to stay. */
static bool
outbox_offer(struct clients *clients, struct clients_outbox_item *item)
{
	struct msg_trust trust = { .keys = NULL };
	uint8_t bytes[MESSAGE_MAX], store[WIRE_ROOM];
	struct msg m;
	int r;

	assert(item->len <= sizeof(bytes));
	memcpy(bytes, item->bytes, item->len);
	msg_init(&m, store, sizeof(store));
	if (msg_decode(&m, bytes, item->len, &trust, NULL, 0, NULL) != MSG_DROP_NONE)
		return true; /* cannot happen: we wrote it */
	r = clients->host->send(clients->shell, &m);
	if (r < 0 && r != -EAGAIN)
		log_limited(&clients->dropped, LOG_ERR, "API message t=%s not sent: %s",
		    msg_type(&m), strerror(-r));
	return r != -EAGAIN;
}

/* Sending delivers, and delivering may post: what is posted meanwhile goes behind,
 * because lent is set then. */
void
clients_outbox_flush(struct clients *clients)
{
	if (clients->lent > 0 || clients->outbox_count == 0)
		return;
	while (clients->outbox_count > 0) {
		struct clients_outbox_item *item = STAILQ_FIRST(&clients->outbox);

		if (!outbox_offer(clients, item))
			return;
		assert(item == STAILQ_FIRST(&clients->outbox));
		outbox_drop_first(clients);
	}
	clients_soon(clients); /* those who waited behind us */
}

void
clients_outbox_clear(struct clients *clients)
{
	while (clients->outbox_count > 0)
		outbox_drop_first(clients);
}
