/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A long message in pieces, between nodes that know how to put them together
 * (MEMB_FEAT_PIECES).
 *
 * What is longer than an IP packet the kernel cuts into fragments.  One that is lost
 * takes the whole datagram with it, and the others fill the receiver's store for 30 s:
 * where packets are lost nothing long gets through any more.  So while every live node
 * can read it, a long message leaves as pieces that each need one packet:
 *
 *   t=hb-piece to_id=... [dest destuuid] po=OFFSET pt=TOTAL (1)pc=BYTES src srcuuid seq
 * ..
 *
 * Each has a number, and is acknowledged, repeated and waited for like every message.
 * Their bytes, one after the other, are the message without what each piece has itself,
 * unsigned; it is compressed where the whole would be.  It is handled with the number of
 * its last piece, and so it comes after all that was sent before and before all that was
 * sent later.  Pieces leave in one go: their numbers follow each other.
 *
 * The receiver keeps one unfinished message of each sender.  It is given up when a number
 * between is lost for good, when its sender begins another, dies or starts anew; a piece
 * that does not fit changes nothing else.
 *
 * An old node that hears pieces all the same (it is dead for us, or has not been heard
 * yet) gives them to nobody: none of its clients has the name in to_id.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>
#include <stdlib.h>

#define PIECE_ADDRESSEE "a piece" /* no client can have that name: it has a blank */
#define PIECE_LEAST 256           /* bytes in a piece, however long the names are */
/* Clients must be able to take it with our fields, and their frames have the same limit.
 */
#define WHOLE_MAX (MSG_WIRE_MAX - 2048)
#define DIGITS_ROOM 20 /* an empty piece has shorter numbers than a full one */

bool
memb_piece_is(const char *type)
{
	return strcmp(type, MEMB_PIECE) == 0;
}

/* Out. */

bool
memb_pieces_take(const struct memb *memb, const struct msg *m)
{
	const char *type = msg_type(m);
	size_t len = 0;

	if (memb->phase != PHASE_UP || memb_type_is_ours(type) ||
	    strncmp(type, "NS_", 3) == 0)
		return false;
	for (size_t i = 0; i < m->count; i++)
		len += m->field[i].name_len + m->field[i].len + 8;
	return len > ONE_PACKET_MAX - 400 && memb_live_know(memb, MEMB_FEAT_PIECES);
}

/* M, which has all its fields, without those that each piece has; in memb->frame. */
static ssize_t
memb_whole_encode(struct memb *memb, const struct msg *m)
{
	struct msg_style style = memb->style;
	struct msg *view = &memb->view;
	ssize_t len;

	view->count = 0;
	for (size_t i = 0; i < m->count; i++)
		if (!memb_field_is_shared(&m->field[i]) &&
		    strcmp(m->field[i].name, "seq") != 0 &&
		    strcmp(m->field[i].name, "auth") != 0)
			view->field[view->count++] = m->field[i];
	style.form = MSG_NETSTRING;
	style.keys = NULL;
	len = msg_encode(view, &style, memb->frame, WHOLE_MAX);
	if (len == -EMSGSIZE && !style.whole) {
		if (style.compression == MSG_COMPRESS_NONE)
			style.compression = MSG_COMPRESS_ZLIB;
		style.whole = true;
		style.threshold = MEMB_FRAME_MAX / 2;
		len = msg_encode(view, &style, memb->frame, WHOLE_MAX);
	}
	return len;
}

/* Bytes [OFFSET, OFFSET + LEN) of TOTAL, as the next number, in FRAME; its length, or a
 * negative error. */
static ssize_t
memb_piece_encode(struct memb *memb, const struct msg *whole, size_t offset, size_t len,
    size_t total, uint8_t frame[PIECE_FRAME_MAX])
{
	static const char *const addressed[] = { "dest", "destuuid" };
	struct msg_style style = { .form = MSG_NETSTRING, .keys = memb->style.keys };
	uint8_t store[PIECE_FRAME_MAX];
	struct msg m;
	int r;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", MEMB_PIECE);
	msg_add_str(&m, "to_id", PIECE_ADDRESSEE);
	for (size_t i = 0; i < ARRAY_LEN(addressed); i++) {
		const struct msg_field *f = msg_find(whole, addressed[i]);

		if (f)
			msg_add(&m, f->type, f->name, f->value, f->len);
	}
	msg_add_hex(&m, "po", offset);
	msg_add_hex(&m, "pt", total);
	msg_add(&m, MSG_BINARY, "pc", memb->frame + offset, len);
	r = memb_fields_add(memb, &m, false);
	return r < 0 ? r : msg_encode(&m, &style, frame, PIECE_FRAME_MAX);
}

static int
memb_piece_send(struct memb *memb, const struct msg *whole, size_t offset, size_t len,
    size_t total)
{
	uint8_t frame[PIECE_FRAME_MAX];
	ssize_t n = memb_piece_encode(memb, whole, offset, len, total, frame);
	int r = n < 0 ? (int)n
	              : memb_history_add(memb, memb->seq + 1, frame, (size_t)n, false);

	if (r < 0)
		return r;
	memb->seq++;
	memb->self->node.seq_seen = memb->seq;
	memb->stats.sent++;
	memb->fx->send(memb->shell, frame, (size_t)n);
	return 0;
}

int
memb_pieces_transmit(struct memb *memb, struct msg *m)
{
	uint8_t frame[PIECE_FRAME_MAX];
	size_t total, room = PIECE_LEAST, len;
	ssize_t n;
	int r = memb_fields_add(memb, m, false);

	if (r < 0)
		return r;
	n = memb_whole_encode(memb, m);
	if (n < 0)
		return (int)n;
	total = (size_t)n;
	n = memb_piece_encode(memb, m, 0, 0, total, frame);
	if (n < 0)
		return (int)n;
	if (n + DIGITS_ROOM + PIECE_LEAST < ONE_PACKET_MAX)
		room = ONE_PACKET_MAX - DIGITS_ROOM - (size_t)n;
	if (total <= room)
		return 0;
	/* The number it will have; nothing has left yet if there is no room for it. */
	r = msg_set_hex(m, "seq", memb->seq + (total + room - 1) / room);
	for (size_t offset = 0; r == 0 && offset < total; offset += len) {
		len = total - offset < room ? total - offset : room;
		r = memb_piece_send(memb, m, offset, len, total);
	}
	return r < 0 ? r : 1;
}

/* In. */

void
memb_pieces_clear(struct memb_pieces *pieces)
{
	free(pieces->bytes);
	*pieces = (struct memb_pieces){ 0 };
}

static void
memb_piece_bad(struct memb *memb, struct memb_peer *peer, const char *why)
{
	memb->stats.malformed++;
	memb_pieces_clear(&peer->pieces);
	memb_log_limited(memb, &peer->limit, LOG_ERR, "node %s: a piece of a message %s",
	    peer->node.name, why);
}

/* The fields of the last piece make the message whole.  False: it is none. */
static bool
memb_whole_complete(struct msg *m, const struct msg *last)
{
	const char *type = msg_type(m);

	if (!*type || memb_type_is_ours(type) || strncmp(type, "NS_", 3) == 0)
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (memb_field_is_shared(&m->field[i]) ||
		    strcmp(m->field[i].name, "seq") == 0)
			return false;
	for (size_t i = 0; i < last->count; i++) {
		const struct msg_field *f = &last->field[i];

		if (!memb_field_is_shared(f) && strcmp(f->name, "seq") != 0)
			continue;
		if (m->count == MSG_FIELD_MAX)
			return false;
		m->field[m->count++] = *f;
	}
	return true;
}

static void
memb_whole_handle(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *last, const struct memb_pieces *whole)
{
	struct msg_trust trust = { .keys = NULL };
	size_t lead = whole->total < 128 ? whole->total : 128;
	uint8_t *scratch = NULL;
	struct memb_packet p;
	struct msg m;

	if (memmem(whole->bytes, lead, "_compressed_payload=", 20))
		scratch = malloc(MSG_EXPANDED_MAX);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, whole->bytes, whole->total, &trust, scratch,
	        scratch ? MSG_EXPANDED_MAX : 0, NULL) != MSG_DROP_NONE ||
	    !memb_whole_complete(&m, last->m) ||
	    memb_packet_read(memb, &p, &m, last->medium) < 0)
		memb_piece_bad(memb, peer, "ends what is no message");
	else
		memb_dispatch(memb, peer, &p);
	free(scratch);
}

/* Begins with this one.  False when memory is short. */
static bool
memb_pieces_begin(struct memb *memb, struct memb_peer *peer, size_t total)
{
	struct memb_pieces *pieces = &peer->pieces;

	memb_pieces_clear(pieces);
	pieces->bytes = malloc(total);
	if (!pieces->bytes) {
		memb->stats.lost++;
		memb_log_limited(memb, &peer->limit, LOG_ERR,
		    "no memory for a message of %zu bytes of node %s", total,
		    peer->node.name);
		memb_tell(memb, MEMB_EV_LOST, peer, "no memory for a long message");
		return false;
	}
	pieces->total = total;
	return true;
}

void
memb_piece_heard(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	struct memb_pieces *pieces = &peer->pieces, whole;
	const struct msg_field *f = msg_find(p->m, "pc");
	uint64_t offset, total;

	assert(peer != memb->self);
	if (!f || f->type != MSG_BINARY || f->len == 0 ||
	    msg_hex(p->m, "po", &offset) < 0 || msg_hex(p->m, "pt", &total) < 0 ||
	    total > WHOLE_MAX || f->len > total || offset > total - f->len) {
		memb_piece_bad(memb, peer, "says nothing of its place");
		return;
	}
	if (offset == 0 && !memb_pieces_begin(memb, peer, total))
		return;
	if (offset > 0 && (!pieces->bytes || p->seq != pieces->seq + 1)) {
		/* What was before it is lost, or was sent before we knew its sender. */
		memb_pieces_clear(pieces);
		return;
	}
	if (offset != pieces->len || total != pieces->total) {
		memb_piece_bad(memb, peer, "does not fit the one before it");
		return;
	}
	memcpy(pieces->bytes + offset, f->value, f->len);
	pieces->len += f->len;
	pieces->seq = p->seq;
	if (pieces->len < pieces->total)
		return;
	whole = *pieces; /* handling it may remove its sender */
	*pieces = (struct memb_pieces){ 0 };
	memb_whole_handle(memb, peer, p, &whole);
	free(whole.bytes);
}
