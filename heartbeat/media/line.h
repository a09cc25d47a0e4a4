/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to heartbeat/media: what a serial line needs and that can be thought of without
 * one.  Pure: messages found in a stream of bytes, and frames that wait for their turn.
 */
#ifndef HEARTBEAT_MEDIA_LINE_H
#define HEARTBEAT_MEDIA_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_FRAME_MAX                                                                   \
	65536 /* bytes of one message, either way; longer ones are dropped */

/* ---- In: from ">>>" to "<<<", each on a line of its own. */

struct line_in {
	uint8_t *bytes;    /* LINE_FRAME_MAX of them, the caller's */
	size_t len;        /* what is there */
	size_t scanned;    /* of it, complete lines that were looked at */
	bool inside;       /* bytes begins with ">>>" */
	size_t again;      /* inside: another ">>>" ended a line here; 0 = none */
	uint64_t overlong; /* messages that were dropped because they had no end */
};

/* Where to put what is read: *ROOM bytes, never 0. */
uint8_t *line_in_place(struct line_in *in, size_t *room);
/* LEN bytes were put there. */
void line_in_grow(struct line_in *in, size_t len);
/* The next whole message into OUT: its length, 0 when there is none yet.  One longer than
 * SIZE is dropped. */
size_t line_in_take(struct line_in *in, uint8_t *out, size_t size);

/* ---- Out: a queue. */

#define LINE_WAITING_MAX 256

struct line_out {
	uint8_t *bytes; /* LIMIT + LINE_FRAME_MAX of them, the caller's */
	size_t limit;   /* bytes that may wait; a frame that is alone may be longer */
	size_t used;
	struct {
		uint32_t len;
		bool beat;
	} item[LINE_WAITING_MAX];
	size_t count;
	size_t written; /* of the first */
};

/* BEAT: the next one makes it worthless.  When there is no room the oldest of those makes
 * place, unless it is on its way.  How many were dropped for it; or -EAGAIN and FRAME is
 * not in the queue; -EMSGSIZE when it is longer than LINE_FRAME_MAX. */
int line_out_add(struct line_out *out, const uint8_t *frame, size_t len, bool beat);
/* What is to be written next, at most MAX bytes, all of one frame: how many. */
size_t line_out_next(const struct line_out *out, const uint8_t **bytes, size_t max);
void line_out_wrote(struct line_out *out, size_t len);
/* Forgets all; how many frames there were. */
size_t line_out_clear(struct line_out *out);

#endif
