/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long messages between nodes that know how to put pieces of them together
 * (MEMB_FEAT_PIECES).
 *
 * What is longer than an IP packet the kernel cuts into fragments.  One that is lost
 * takes the whole datagram with it, and the others fill the receiver's store for 30 s:
 * where packets are lost nothing long gets through any more.  So while every live node
 * can read it, a long message has a number for each packet that it needs.  It leaves in
 * frames of one packet and one number each, or, while nothing is lost (cut.c), in as few
 * frames as can be, of which each counts for many numbers:
 *
 *   t=hb-piece to_id=... [dest destuuid] po=OFFSET pt=TOTAL [pn=NUMBERS] (1)pc=BYTES src
 *   srcuuid seq ..
 *
 * seq is the last of the numbers.  What is missing is repeated number by number, each in
 * a packet, however it left at first; who has some of the numbers takes no frame that
 * counts for them again.
 *
 * Their bytes, one after the other, are the message without what each piece has itself,
 * unsigned; it is compressed where the whole would be.  It is handled with the last of
 * its numbers, and so it comes after all that was sent before and before all that was
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
#define DIGITS_ROOM 20 /* an empty piece has shorter numbers than a full one .. */
#define SPAN_ROOM 24   /* .. and no pn */
#define HEAD_MAX 1024  /* bytes of all fields but pc */

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

/* COUNT numbers of WHOLE from the one with index PART on, as one frame, in memb->frame;
 * its length, or a negative error. */
static ssize_t
memb_piece_encode(struct memb *memb, const struct memb_long *whole, size_t part,
    size_t count)
{
	struct msg_style style = { .form = MSG_NETSTRING, .keys = memb->style.keys };
	size_t offset = part * whole->room, len = count * whole->room;
	uint8_t store[HEAD_MAX];
	struct msg m;
	int r;

	assert(offset <= whole->total);
	if (len > whole->total - offset)
		len = whole->total - offset;
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", MEMB_PIECE);
	msg_add_str(&m, "to_id", PIECE_ADDRESSEE);
	if (*whole->dest)
		msg_add_str(&m, "dest", whole->dest);
	if (whole->has_destuuid)
		msg_add(&m, MSG_BINARY, "destuuid", whole->destuuid, 16);
	msg_add_hex(&m, "po", offset);
	msg_add_hex(&m, "pt", whole->total);
	if (count > 1)
		msg_add_hex(&m, "pn", count);
	m.field[m.count++] = (struct msg_field){ .name = "pc",
		.name_len = 2,
		.type = MSG_BINARY,
		.value = whole->bytes + offset,
		.len = (uint32_t)len };
	r = msg_add_hex(&m, "seq", whole->first + part + count - 1);
	if (r == 0)
		r = memb_fields_resend(memb, &m);
	return r < 0 ? r : msg_encode(&m, &style, memb->frame, MEMB_FRAME_MAX);
}

ssize_t
memb_piece_repeat(struct memb *memb, const struct memb_long *whole, uint64_t seq)
{
	assert(seq >= whole->first && seq - whole->first < whole->count);
	return memb_piece_encode(memb, whole, seq - whole->first, 1);
}

/* What M, which has all its fields, is repeated from; not yet divided.  NULL when memory
 * is short. */
static struct memb_long *
memb_long_new(struct memb *memb, const struct msg *m, size_t total)
{
	struct memb_long *whole = malloc(sizeof(*whole) + total);
	const char *dest = msg_str(m, "dest");

	if (!whole)
		return NULL;
	*whole = (struct memb_long){ .first = memb->seq + 1, .total = total };
	/* Only for others to pass over it: the message has both itself. */
	if (dest && strlen(dest) < sizeof(whole->dest))
		memcpy(whole->dest, dest, strlen(dest) + 1);
	whole->has_destuuid = msg_uuid(m, "destuuid", whole->destuuid) == 0;
	memcpy(whole->bytes, memb->frame, total);
	return whole;
}

/* How many numbers it has, and how many of them may leave in one frame.  0, or a negative
 * error. */
static int
memb_long_divide(struct memb *memb, struct memb_long *whole, size_t *at_once)
{
	size_t total = whole->total, head;
	ssize_t n;

	whole->total = 0;
	n = memb_piece_encode(memb, whole, 0, 1);
	whole->total = total;
	if (n < 0)
		return (int)n;
	head = (size_t)n + DIGITS_ROOM;
	whole->room =
	    head + PIECE_LEAST < ONE_PACKET_MAX ? ONE_PACKET_MAX - head : PIECE_LEAST;
	whole->count = (total + whole->room - 1) / whole->room;
	if (!memb_cut_is_on(memb))
		*at_once = (MEMB_FRAME_MAX - head - SPAN_ROOM) / whole->room;
	return 0;
}

static void
memb_long_send(struct memb *memb, const struct memb_long *whole, size_t at_once)
{
	size_t some;

	for (size_t part = 0; part < whole->count; part += some) {
		ssize_t n;

		some = whole->count - part < at_once ? whole->count - part : at_once;
		n = memb_piece_encode(memb, whole, part, some);
		memb->stats.sent++;
		if (n > 0) /* else it will be asked for */
			memb->fx->send(memb->shell, memb->frame, (size_t)n);
	}
}

int
memb_pieces_transmit(struct memb *memb, struct msg *m)
{
	struct memb_long *whole;
	size_t at_once = 1;
	ssize_t n;
	int r = memb_fields_add(memb, m, false);

	if (r < 0)
		return r;
	n = memb_whole_encode(memb, m);
	if (n < 0)
		return (int)n;
	whole = memb_long_new(memb, m, (size_t)n);
	if (!whole)
		return -ENOMEM;
	r = memb_long_divide(memb, whole, &at_once);
	/* The number it will have; nothing has left yet if there is no room for it. */
	if (r == 0 && whole->count > 1)
		r = msg_set_hex(m, "seq", memb->seq + whole->count);
	if (r < 0 || whole->count == 1) {
		free(whole);
		return r;
	}
	memb_history_add_long(memb, whole);
	memb->seq += whole->count;
	memb->self->node.seq_seen = memb->seq;
	memb_long_send(memb, whole, at_once);
	return 1;
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
	uint64_t offset, total, first = p->seq - p->span + 1;

	assert(peer != memb->self);
	if (!f || f->type != MSG_BINARY || f->len == 0 ||
	    msg_hex(p->m, "po", &offset) < 0 || msg_hex(p->m, "pt", &total) < 0 ||
	    total > WHOLE_MAX || f->len > total || offset > total - f->len) {
		memb_piece_bad(memb, peer, "says nothing of its place");
		return;
	}
	if (f->len == total) {
		/* The datagram is decoded in place, and so is what it holds. */
		whole = (struct memb_pieces){ .bytes = (uint8_t *)(uintptr_t)f->value,
			.total = total };
		memb_pieces_clear(pieces);
		memb_whole_handle(memb, peer, p, &whole);
		return;
	}
	if (offset == 0 && !memb_pieces_begin(memb, peer, total))
		return;
	if (offset > 0 && (!pieces->bytes || first != pieces->seq + 1)) {
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
