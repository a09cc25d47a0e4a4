/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial line, without the line (contract in line.h, spec/wire.md 16.2).
 *
 * Bytes are lost on a line, and others come from nowhere.  What is garbled is found by
 * its signature; here it only must not take the next message with it:
 *  - whatever stands before a line ">>>" is no message;
 *  - a line ">>>" within a message is the beginning of the next one;
 *  - so is ">>>" at the end of a line, if that line was not begun within a message, or if
 * what follows up to "<<<" has a type of its own: the writer of the first half died.
 */
#include "heartbeat/media/line.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define MARK 3 /* bytes of ">>>" and "<<<" */

/* In. */

static void
line_in_drop(struct line_in *in, size_t len)
{
	assert(len <= in->len);
	memmove(in->bytes, in->bytes + len, in->len - len);
	in->len -= len;
	in->scanned = in->scanned > len ? in->scanned - len : 0;
}

uint8_t *
line_in_place(struct line_in *in, size_t *room)
{
	if (in->len == LINE_FRAME_MAX) {
		/* No end in sight.  What may be the beginning of a mark stays. */
		in->overlong += in->inside;
		in->inside = false;
		in->again = 0;
		line_in_drop(in, LINE_FRAME_MAX - MARK);
		in->scanned = 0;
	}
	*room = LINE_FRAME_MAX - in->len;
	return in->bytes + in->len;
}

void
line_in_grow(struct line_in *in, size_t len)
{
	assert(len <= LINE_FRAME_MAX - in->len);
	in->len += len;
}

static bool
line_is(const uint8_t *line, size_t len, const char *mark)
{
	return len == MARK && memcmp(line, mark, MARK) == 0;
}

static bool
line_ends_in_begin(const uint8_t *line, size_t len)
{
	return len >= MARK && memcmp(line + len - MARK, ">>>", MARK) == 0;
}

/* A message whose ">>>" is at bytes + AT, up to the line at END, has a field t. */
static bool
line_has_type(const struct line_in *in, size_t at, size_t end)
{
	const uint8_t *p = in->bytes + at;

	return end > at && memmem(p, end - at, "\nt=", 3) != NULL;
}

/* The message ends with the line at LINE. */
static size_t
line_in_end(struct line_in *in, size_t line, uint8_t *out, size_t size)
{
	size_t end = line + MARK + 1,
	       begin = line_has_type(in, in->again, line) ? in->again : 0, len;

	len = end - begin;
	if (len <= size)
		memcpy(out, in->bytes + begin, len);
	else
		in->overlong++;
	line_in_drop(in, end);
	in->scanned = 0;
	in->inside = false;
	in->again = 0;
	return len <= size ? len : 0;
}

static void
line_in_begin(struct line_in *in, size_t at)
{
	line_in_drop(in, at);
	in->scanned = MARK + 1;
	in->inside = true;
	in->again = 0;
}

size_t
line_in_take(struct line_in *in, uint8_t *out, size_t size)
{
	for (;;) {
		size_t line = in->scanned, len, taken;
		const uint8_t *p = in->bytes + line, *stop;

		stop = memchr(p, '\n', in->len - line);
		if (!stop)
			return 0;
		len = (size_t)(stop - p);
		in->scanned = line + len + 1;
		if (in->inside && line_is(p, len, "<<<")) {
			taken = line_in_end(in, line, out, size);
			if (taken > 0)
				return taken;
		} else if (line_is(p, len, ">>>") ||
		           (!in->inside && line_ends_in_begin(p, len))) {
			line_in_begin(in, line + len - MARK);
		} else if (in->inside && line_ends_in_begin(p, len)) {
			in->again = line + len - MARK;
		} else if (!in->inside) {
			line_in_drop(in, in->scanned);
			in->scanned = 0;
		}
	}
}

/* Out. */

static bool
line_out_fits(const struct line_out *out, size_t len)
{
	return out->count == 0 ||
	       (out->count < LINE_WAITING_MAX && out->used < out->limit &&
	           len <= out->limit - out->used);
}

/* Its place in the bytes, and itself. */
static void
line_out_remove(struct line_out *out, size_t place, size_t index)
{
	size_t len = out->item[index].len;

	memmove(out->bytes + place, out->bytes + place + len, out->used - place - len);
	out->used -= len;
	memmove(&out->item[index], &out->item[index + 1],
	    (out->count - index - 1) * sizeof(out->item[0]));
	out->count--;
}

static bool
line_out_drop_beat(struct line_out *out)
{
	size_t place = 0;

	for (size_t i = 0; i < out->count; i++) {
		if (out->item[i].beat && (i > 0 || out->written == 0)) {
			line_out_remove(out, place, i);
			return true;
		}
		place += out->item[i].len;
	}
	return false;
}

int
line_out_add(struct line_out *out, const uint8_t *frame, size_t len, bool beat)
{
	int dropped = 0;

	if (len > LINE_FRAME_MAX)
		return -EMSGSIZE;
	while (!line_out_fits(out, len)) {
		if (!line_out_drop_beat(out))
			return -EAGAIN;
		dropped++;
	}
	memcpy(out->bytes + out->used, frame, len);
	out->used += len;
	out->item[out->count].len = (uint32_t)len;
	out->item[out->count++].beat = beat;
	return dropped;
}

size_t
line_out_next(const struct line_out *out, const uint8_t **bytes, size_t max)
{
	size_t left;

	if (out->count == 0)
		return 0;
	left = out->item[0].len - out->written;
	*bytes = out->bytes + out->written;
	return left < max ? left : max;
}

void
line_out_wrote(struct line_out *out, size_t len)
{
	assert(out->count > 0 && out->written + len <= out->item[0].len);
	out->written += len;
	if (out->written < out->item[0].len)
		return;
	out->written = 0;
	line_out_remove(out, 0, 0);
}

size_t
line_out_clear(struct line_out *out)
{
	size_t count = out->count;

	out->count = out->used = out->written = 0;
	return count;
}
