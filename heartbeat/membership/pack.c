/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several messages in one datagram, between nodes that know how to read that
 * (MEMB_FEAT_PACK).
 *
 * Most of what a short message costs is its datagram: a system call for each medium, a
 * signature there and here, the receiver's wake-up.  So while every live node can read
 * it, what clients and resources send within one turn of the loop goes out together, in
 * one signed NS_pack:
 *
 *   t=NS_pack to_id=... (1)pk= { length, message without the fields that all share } ...
 *   src srcuuid hg ts ld ttl
 *
 * The receiver adds those fields to each of them and handles it as if it had come alone:
 * numbers, gaps, duplicates and generations are the messages' own.  An old node that
 * hears a pack all the same (it is dead for us, or has not been heard yet) has no use for
 * the type, and none of its clients has the name in to_id; what it misses it asks for,
 * and gets message by message, each signed for itself.
 *
 * Everything else with a number is sent after the pack, so numbers stay in order.  A pack
 * never needs more than one IP packet: then one that is lost loses little.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>

#define PACK_ADDRESSEE "a pack" /* no client can have that name: it has a blank */
#define LENGTH_SIZE 2
#define SHARED_COUNT 6

static const char *const shared_names[SHARED_COUNT] = { "src", "srcuuid", "hg", "ts",
	"ld", "ttl" };

/* Its place in the table, or SHARED_COUNT. */
static size_t
memb_shared_find(const struct msg_field *f)
{
	size_t i = 0;

	if (f->name_len < 2 || f->name_len > 7)
		return SHARED_COUNT;
	while (i < SHARED_COUNT && strcmp(shared_names[i], f->name) != 0)
		i++;
	return i;
}

bool
memb_field_is_shared(const struct msg_field *f)
{
	return memb_shared_find(f) < SHARED_COUNT;
}

/* Out. */

bool
memb_live_know(const struct memb *memb, int64_t feature)
{
	bool any = false;

	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_peer *peer = memb->peer[i];

		if (peer == memb->self || !memb_peer_is_live(peer) ||
		    !peer->node.anything)
			continue;
		if (!(peer->node.features & feature))
			return false;
		any = true;
	}
	return any;
}

bool
memb_packs(const struct memb *memb)
{
	return memb_live_know(memb, MEMB_FEAT_PACK);
}

bool
memb_pack_takes(const struct memb *memb, const struct msg *m)
{
	size_t len = 64;

	/* A heartbeat is mostly alone, and must be known as one by its first bytes: its copy
	 * that comes back proves that our own link works (media/ip.c). */
	if (memb->phase != PHASE_UP || strcmp(msg_type(m), "status") == 0)
		return false;
	for (size_t i = 0; i < m->count; i++) {
		const struct msg_field *f = &m->field[i];

		/* Those that we add; who sends his own gets them replaced, where they
		 * are. */
		if (memb_shared_find(f) < SHARED_COUNT || strcmp(f->name, "seq") == 0 ||
		    strcmp(f->name, "auth") == 0 || f->type > MSG_LIST)
			return false;
		len += f->name_len + f->len + 12;
	}
	return len <= PACK_ONE_MAX && m->count + SHARED_COUNT + 4 < MSG_FIELD_MAX &&
	       memb_packs(memb);
}

/* The bytes of M, which has all its fields, without those that the pack has; in
 * memb->frame. */
ssize_t
memb_pack_encode(struct memb *memb, const struct msg *m)
{
	static const struct msg_style plain = { .form = MSG_NETSTRING };
	struct msg *view = &memb->view;

	view->count = 0;
	for (size_t i = 0; i < m->count; i++)
		if (memb_shared_find(&m->field[i]) == SHARED_COUNT)
			view->field[view->count++] = m->field[i];
	assert(strcmp(view->field[view->count - 1].name, "seq") == 0);
	return msg_encode(view, &plain, memb->frame, PACK_CLASSIC_MAX - LENGTH_SIZE);
}

static size_t
memb_pack_max(const struct memb *memb)
{
	bool raw =
	    memb->style.form == MSG_NETSTRING || memb->style.form == MSG_NETSTRING_AUTH;

	return raw ? PACK_MAX : PACK_CLASSIC_MAX;
}

void
memb_pack_put(struct memb *memb, const uint8_t *bytes, size_t len)
{
	uint8_t *place;

	assert(len <= PACK_CLASSIC_MAX - LENGTH_SIZE);
	if (memb->pack_len + LENGTH_SIZE + len > memb_pack_max(memb))
		memb_pack_flush(memb);
	place = memb->pack + memb->pack_len;
	place[0] = (uint8_t)(len >> 8);
	place[1] = (uint8_t)len;
	memcpy(place + LENGTH_SIZE, bytes, len);
	memb->pack_len += LENGTH_SIZE + len;
	memb_want(memb, memb->now); /* in this turn of the loop, at its end */
}

void
memb_pack_flush(struct memb *memb)
{
	uint8_t store[PACK_MAX + 1024], frame[PACK_MAX + 2048];
	const char *load;
	struct msg m;
	ssize_t r;

	if (memb->pack_len == 0)
		return;
	load = memb->fx->load(memb->shell);
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "NS_pack");
	msg_add_str(&m, "to_id", PACK_ADDRESSEE);
	msg_add(&m, MSG_BINARY, "pk", memb->pack, memb->pack_len);
	msg_add_str(&m, "ld", load ? load : "n/a");
	memb->pack_len = 0;
	r = memb_fields_add(memb, &m, true);
	/* Not in memb->frame: there is the message that has no room in this pack. */
	if (r == 0)
		r = msg_encode(&m, &memb->style, frame, sizeof(frame));
	if (r > 0)
		memb->fx->send(memb->shell, frame, (size_t)r);
	/* As if the network had lost it: it will be asked for. */
	if (r < 0)
		memb_log_limited(memb, &memb->limit, LOG_ERR,
		    "a pack of messages cannot be sent: %s", strerror((int)-r));
}

/* A message of the history as it would have left alone: signed, in memb->frame.  Its
 * length, or a negative error. */
ssize_t
memb_pack_unpack(struct memb *memb, const uint8_t *bytes, size_t len)
{
	struct msg_trust trust = { .keys = NULL };
	uint8_t work[PACK_MAX], store[1024];
	struct msg m;
	int r;

	assert(len <= sizeof(work));
	memcpy(work, bytes, len);
	msg_init(&m, store, sizeof(store));
	if (msg_decode(&m, work, len, &trust, NULL, 0, NULL) != MSG_DROP_NONE)
		return -EINVAL;
	r = memb_fields_resend(memb, &m);
	return r < 0 ? r : memb_encode(memb, &m);
}

/* In. */

/* The shared fields come where they would be: before and after "seq".  False: not a
 * message of a pack. */
static bool
memb_pack_complete(struct msg *m, const struct msg_field *const shared[SHARED_COUNT])
{
	struct msg_field seq;

	if (m->count == 0 || m->count + SHARED_COUNT > MSG_FIELD_MAX)
		return false;
	seq = m->field[m->count - 1];
	if (strcmp(seq.name, "seq") != 0 || strncmp(msg_type(m), "NS_", 3) == 0)
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (memb_shared_find(&m->field[i]) < SHARED_COUNT)
			return false;
	m->count--;
	m->field[m->count++] = *shared[0];
	m->field[m->count++] = *shared[1];
	m->field[m->count++] = seq;
	for (size_t i = 2; i < SHARED_COUNT; i++)
		m->field[m->count++] = *shared[i];
	return true;
}

static void
memb_pack_bad(struct memb *memb, struct memb_peer *peer, const char *why)
{
	memb->stats.malformed++;
	memb_log_limited(memb, &peer->limit, LOG_ERR, "node %s: a pack of messages %s",
	    peer->node.name, why);
}

void
memb_pack_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	const struct msg_field *shared[SHARED_COUNT] = { NULL },
	                       *pack = msg_find(p->m, "pk");
	struct msg_trust trust = { .keys = NULL };
	uint8_t *at, *end;
	struct msg *m = &memb->inner;

	for (size_t i = 0; i < p->m->count; i++) {
		size_t k = memb_shared_find(&p->m->field[i]);

		if (k < SHARED_COUNT && !shared[k])
			shared[k] = &p->m->field[i];
	}
	for (size_t i = 0; i < SHARED_COUNT; i++)
		if (!shared[i]) {
			memb_pack_bad(memb, peer, "misses a field");
			return;
		}
	if (!pack || pack->type != MSG_BINARY) {
		memb_pack_bad(memb, peer, "has no messages");
		return;
	}
	/* The datagram is decoded in place, and so is what it holds. */
	at = (uint8_t *)(uintptr_t)pack->value;
	end = at + pack->len;
	while (end - at > LENGTH_SIZE) {
		size_t len = (size_t)at[0] << 8 | at[1];

		at += LENGTH_SIZE;
		if (len > (size_t)(end - at))
			break;
		msg_init(m, NULL, 0);
		if (msg_decode(m, at, len, &trust, NULL, 0, NULL) != MSG_DROP_NONE ||
		    !memb_pack_complete(m, shared))
			memb_pack_bad(memb, peer, "holds what is no message");
		else
			memb_packet_handle(memb, p->medium, m);
		at += len;
		if (!memb_peer_is_there(memb, peer))
			return; /* one of them has removed its sender */
	}
	if (at != end)
		memb_pack_bad(memb, peer, "ends in the middle of a message");
}
