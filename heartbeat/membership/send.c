/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message of ours on its way out: fields of spec/wire.md 5.1, encoding, history,
 * transmission, and then its processing here.  Old nodes process first and transmit last,
 * so that what they answer to themselves overtakes the message; here the order on the
 * wire is the order of the numbers.
 *
 * A number is given out only when the message is encoded, short enough and kept: a number
 * without bytes would be asked for by everybody for ever.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define HIST_WARN 375
#define HIST_ERR 450

/* Room for a message that lists all nodes. */
int
memb_own_reserve(struct memb *memb)
{
	size_t size =
	    2048 + (memb->peer_count + memb->deleted_count + 2) * (MEMB_NAME_MAX + 1);
	uint8_t *store;

	if (size <= memb->own_store_size)
		return 0;
	size += 8 * (MEMB_NAME_MAX + 1);
	store = malloc(size);
	if (!store)
		return -ENOMEM;
	free(memb->own_store);
	memb->own_store = store;
	memb->own_store_size = size;
	return 0;
}

struct msg *
memb_own_begin(struct memb *memb)
{
	msg_init(&memb->own, memb->own_store, memb->own_store_size);
	return &memb->own;
}

/* Fields. */

static int
memb_fields_dest(struct memb *memb, struct msg *m)
{
	static const uint8_t nobody[16];
	const char *dest = msg_str(m, "dest");
	const struct memb_peer *peer = dest ? memb_peer_find(memb, dest) : NULL;
	uint8_t uuid[16];

	if (peer)
		return msg_set(m, MSG_BINARY, "destuuid",
		    peer->node.has_uuid ? peer->node.uuid : nobody, 16);
	if (dest || msg_uuid(m, "destuuid", uuid) < 0)
		return 0;
	peer = memb_peer_find_uuid(memb, uuid);
	return peer ? msg_add_str(m, "dest", peer->node.name) : 0;
}

/* NS_ messages keep what they have and get no seq and ld. */
int
memb_fields_add(struct memb *memb, struct msg *m, bool is_ns)
{
	uint64_t ts = memb->fx->wall(memb->shell);
	const char *load = memb->fx->load(memb->shell);
	char ttl[24];
	int r = memb_fields_dest(memb, m);

	snprintf(ttl, sizeof(ttl), "%zu", (size_t)memb->hopfudge + memb->peer_count);
#define KEEP(name) (is_ns && msg_find(m, (name)))
	if (r == 0 && !KEEP("src"))
		r = msg_set_str(m, "src", memb->self->node.name);
	if (r == 0 && !KEEP("srcuuid"))
		r = msg_set(m, MSG_BINARY, "srcuuid", memb->self->node.uuid, 16);
	if (r == 0 && !is_ns)
		r = msg_set_hex(m, "seq", memb->seq + 1);
	if (r == 0 && !KEEP("hg"))
		r = msg_set_hex(m, "hg", memb->generation);
	if (r == 0 && !KEEP("ts"))
		r = msg_set_hex(m, "ts",
		    ts ? ts : 1); /* 0 would be dropped by everybody */
	if (r == 0 && !is_ns)
		r = msg_set_str(m, "ld", load ? load : "n/a");
	if (r == 0 && !KEEP("ttl"))
		r = msg_set_str(m, "ttl", ttl);
#undef KEEP
	return r;
}

/* The frame's length, in memb->frame.  What is too long is tried once more as a
 * compressed whole. */
ssize_t
memb_encode(struct memb *memb, const struct msg *m)
{
	struct msg_style style = memb->style;
	ssize_t len = msg_encode(m, &style, memb->frame, memb->frame_size);

	if (len == -EMSGSIZE || len > MEMB_FRAME_MAX) {
		if (style.compression == MSG_COMPRESS_NONE)
			style.compression = MSG_COMPRESS_ZLIB;
		style.whole = true;
		style.threshold = MEMB_FRAME_MAX / 2;
		len = msg_encode(m, &style, memb->frame, memb->frame_size);
	}
	return len > MEMB_FRAME_MAX ? -EMSGSIZE : len;
}

static void
memb_history_watch(struct memb *memb)
{
	uint64_t unacked = memb->seq - memb->acked;

	if (unacked > HIST_WARN && memb_live_count(memb) >= 2)
		memb_log_limited(memb, &memb->limit,
		    unacked > HIST_ERR ? LOG_ERR : LOG_WARNING,
		    "Message hist queue is filling up (%llu messages in queue)",
		    (unsigned long long)unacked);
}

/* Of an NS_ type, which has no number and is not kept. */
static int
memb_transmit_ns(struct memb *memb, struct msg *m)
{
	int r = memb_fields_add(memb, m, true);
	ssize_t len = r < 0 ? r : memb_encode(memb, m);

	if (len < 0)
		return (int)len;
	memb->stats.sent++;
	memb->fx->send(memb->shell, memb->frame, (size_t)len);
	return 0;
}

/* Adds the fields of spec 5.1, encodes, keeps, transmits.  0, -EMSGSIZE, -ENOSPC,
 * -EINVAL, -ENOMEM. */
static int
memb_transmit(struct memb *memb, struct msg *m)
{
	bool packed = memb_pack_takes(memb, m);
	ssize_t len;
	int r;

	assert(*msg_type(m));
	if (strncmp(msg_type(m), "NS_", 3) == 0)
		return memb_transmit_ns(memb, m);
	if (strcmp(msg_type(m), "status") != 0)
		memb_disturb(memb);
	if (!packed)
		memb_pack_flush(memb); /* numbers leave in their order */
	if (!packed && memb_pieces_take(memb, m)) {
		r = memb_pieces_transmit(memb, m);
		if (r != 0) {
			memb_flow_update(memb);
			return r < 0 ? r : 0;
		}
	}
	r = memb_fields_add(memb, m, false);
	if (r < 0)
		return r;
	len = packed ? memb_pack_encode(memb, m) : memb_encode(memb, m);
	if (len < 0)
		return (int)len;
	r = memb_history_add(memb, memb->seq + 1, memb->frame, (size_t)len, packed);
	if (r < 0)
		return r;
	memb->seq++;
	memb->self->node.seq_seen = memb->seq;
	memb->stats.sent++;
	if (packed)
		memb_pack_put(memb, memb->frame, (size_t)len);
	else
		memb->fx->send(memb->shell, memb->frame, (size_t)len);
	memb_flow_update(memb);
	memb_history_watch(memb);
	return 0;
}

/* What we add to each message but "seq", for one that has left without. */
int
memb_fields_resend(struct memb *memb, struct msg *m)
{
	uint64_t seq;
	int r = msg_hex(m, "seq", &seq);

	assert(r == 0);
	msg_remove(m, "seq");
	r = memb_fields_add(memb, m, false);
	return r < 0 ? r : msg_set_hex(m, "seq", seq);
}

void
memb_own_send(struct memb *memb)
{
	int r = memb_transmit(memb, &memb->own);

	if (r < 0)
		memb_log_limited(memb, &memb->limit, LOG_ERR,
		    "own %s message cannot be sent: %s", msg_type(&memb->own),
		    strerror(-r));
	assert(r == 0 || r == -ENOMEM || r == -EMSGSIZE);
}

/* Those of others. */

bool
memb_type_is_ours(const char *type)
{
	static const char *const types[] = { "status", "reqnodes", "repnodes", MEMB_PIECE,
		"NS_st", "NS_ackmsg", "NS_rexmit", "NS_nak_rexmit" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

int
memb_send_foreign(struct memb *memb, struct msg *m, bool urgent)
{
	struct memb_packet p;
	int r;

	if (!*msg_type(m) || memb_type_is_ours(msg_type(m)))
		return -EINVAL;
	if (memb->paused && !urgent)
		return -EAGAIN;
	if (strncmp(msg_type(m), "NS_", 3) == 0)
		memb_pack_flush(memb); /* what its sender said before arrives before it */
	r = memb_transmit(memb, m);
	if (r < 0)
		return r;
	if (memb_packet_read(memb, &p, m, MEDIUM_NONE) == 0)
		memb_dispatch(memb, memb->self, &p);
	return 0;
}
