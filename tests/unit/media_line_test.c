/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a serial line does to messages, without a line: messages found in a stream however
 * it is cut and damaged, and the queue of what waits.
 */
#include "heartbeat/media/line.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

#define A ">>>\nt=a\nx=1\n<<<\n"
#define B ">>>\nt=b\ny=2\n<<<\n"
/* What stands between two messages in a wanted text. */
#define THEN "|"

static const struct {
	const char *stream, *want, *why;
} streams[] = {
	{ A, A, "one" },
	{ A B, A THEN B, "two" },
	{ "", "", "nothing" },
	{ "x=1\n<<<\n" A, A, "the end of one before" },
	{ "\377\001>>\n>>>>x\n" A, A, "noise" },
	{ "noise" A, A, "noise without an end of line" },
	{ "<<<\n<<<\n" A, A, "ends alone" },
	{ ">>>\nt=z\nst=act" A, A, "half a message, and its line" },
	{ ">>>\nt=z\nst=act\n" A B, A THEN B, "half a message" },
	{ ">>>\nt=z\n>>>\n>>>\n" A, A, "beginnings alone" },
	{ ">>>" A, A, "a beginning with two marks" },
	{ ">>>\nt=a\nx=>>>\ny=1\n<<<\n" B, ">>>\nt=a\nx=>>>\ny=1\n<<<\n" THEN B,
	    "a value that looks like a beginning" },
	{ ">>>\nt=a\nx=<<<\n<<<\n" B, ">>>\nt=a\nx=<<<\n<<<\n" THEN B,
	    "a value that looks like an end" },
	{ ">>>\nt=a\n(2)s=>>>\024t=c\024<<<\024\n<<<\n",
	    ">>>\nt=a\n(2)s=>>>\024t=c\024<<<\024\n<<<\n", "a struct" },
	{ ">>>\nt=a\nx=1\n<<<" B, B, "an end that runs into the next one" },
	{ ">>>\n<<<\n" A, ">>>\n<<<\n" THEN A, "an empty one, for others to judge" },
	{ ">>>\r\nt=a\r\n<<<\r\n" B, B, "other ends of lines" },
	{ ">>>\nt=a\nx=1\n<<<", "", "no end of line yet" },
};

static void
line_in_init(struct line_in *in)
{
	*in = (struct line_in){ .bytes = malloc(LINE_FRAME_MAX) };
}

/* What comes out of STREAM in pieces of STEP bytes. */
static const char *
split(const char *stream, size_t step, char *text)
{
	size_t len = strlen(stream), used = 0, got;
	struct line_in in;
	uint8_t out[256];

	line_in_init(&in);
	for (size_t done = 0; done < len; done += step) {
		size_t more = len - done < step ? len - done : step, room;
		uint8_t *place = line_in_place(&in, &room);

		memcpy(place, stream + done, more);
		line_in_grow(&in, more);
		while ((got = line_in_take(&in, out, sizeof(out))) > 0) {
			if (used > 0)
				text[used++] = THEN[0];
			memcpy(text + used, out, got);
			used += got;
		}
	}
	text[used] = '\0';
	free(in.bytes);
	return text;
}

static void
test_streams(void)
{
	char text[1024];

	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		for (size_t step = 1; step < 20; step++)
			CHECK_STR(split(streams[i].stream, step, text), streams[i].want,
			    "%s, %zu at a time", streams[i].why, step);
	}
}

/* Without an end it is dropped, and what comes then is found. */
static void
test_no_end(void)
{
	struct line_in in;
	uint8_t out[64];
	size_t room, fed = 0;

	line_in_init(&in);
	memcpy(line_in_place(&in, &room), ">>>\n", 4);
	line_in_grow(&in, 4);
	while (in.overlong == 0 && fed < 4 * LINE_FRAME_MAX) {
		uint8_t *place = line_in_place(&in, &room);

		CHECK(room > 0);
		room = room > 100 ? 100 : room;
		memset(place, 'x', room);
		line_in_grow(&in, room);
		fed += room;
		CHECK_INT(line_in_take(&in, out, sizeof(out)), 0, "no message");
	}
	CHECK_INT(in.overlong, 1, "told once");
	memcpy(line_in_place(&in, &room), "\n" A, sizeof("\n" A) - 1);
	line_in_grow(&in, sizeof("\n" A) - 1);
	CHECK_INT(line_in_take(&in, out, sizeof(out)), sizeof(A) - 1, "the next one");
	CHECK(memcmp(out, A, sizeof(A) - 1) == 0);
	/* One that is longer than there is room for. */
	memcpy(line_in_place(&in, &room), A B, sizeof(A B) - 1);
	line_in_grow(&in, sizeof(A B) - 1);
	CHECK_INT(line_in_take(&in, out, 3), 0, "too long");
	CHECK_INT(in.overlong, 3, "both");
	free(in.bytes);
}

/* The queue. */

static void
line_out_init(struct line_out *out, size_t limit)
{
	memset(out, 0, sizeof(*out));
	out->limit = limit;
	out->bytes = malloc(limit + LINE_FRAME_MAX);
}

static int
add(struct line_out *out, const char *text, bool beat)
{
	return line_out_add(out, (const uint8_t *)text, strlen(text), beat);
}

static const char *
drain(struct line_out *out, size_t max, char *text)
{
	const uint8_t *bytes;
	size_t len, used = 0;

	while ((len = line_out_next(out, &bytes, max)) > 0) {
		CHECK(len <= max);
		memcpy(text + used, bytes, len);
		used += len;
		line_out_wrote(out, len);
	}
	text[used] = '\0';
	return text;
}

static void
test_queue(void)
{
	static uint8_t large[LINE_FRAME_MAX + 1];
	const uint8_t *bytes;
	struct line_out out;
	char text[256];

	line_out_init(&out, 20);
	CHECK_INT(line_out_next(&out, &bytes, 512), 0, "nothing");
	add(&out, "first", false);
	add(&out, "beat1", true);
	add(&out, "other", false);
	add(&out, "beat2", true);
	CHECK_INT(add(&out, "last!", false), 1, "a heartbeat makes place");
	CHECK_STR(drain(&out, 3, text), "firstotherbeat2last!", "the oldest one");

	add(&out, "beat1", true);
	CHECK_INT(line_out_next(&out, &bytes, 2), 2, "it has begun");
	line_out_wrote(&out, 2);
	add(&out, "beat2beat2beat2", true);
	CHECK_INT(add(&out, "message", false), 1, "the one that has begun stays whole");
	CHECK_STR(drain(&out, 99, text), "at1message", "the rest of it");

	add(&out, "0123456789", false);
	add(&out, "0123456789", false);
	CHECK_INT(add(&out, "x", false), -EAGAIN, "no heartbeat, no place");
	CHECK_INT(add(&out, "x", true), -EAGAIN, "nor for one");
	CHECK_INT(line_out_clear(&out), 2, "forgotten");

	CHECK_INT(line_out_add(&out, large, LINE_FRAME_MAX, false), 0,
	    "a long one, when it is alone");
	CHECK_INT(line_out_add(&out, large, 1, false), -EAGAIN, "nothing behind it");
	line_out_clear(&out);
	CHECK_INT(line_out_add(&out, large, LINE_FRAME_MAX + 1, false), -EMSGSIZE,
	    "too long");
	free(out.bytes);

	line_out_init(&out, 100000);
	for (int i = 0; i < LINE_WAITING_MAX; i++)
		CHECK_INT(add(&out, "x", i > 0), 0, "as many as there may be");
	CHECK_INT(add(&out, "y", true), 1, "the oldest heartbeat goes");
	CHECK_INT(out.count, LINE_WAITING_MAX, "full");
	free(out.bytes);
}

static const struct check_case cases[] = {
	{ "streams", test_streams },
	{ "no_end", test_no_end },
	{ "queue", test_queue },
};

CHECK_MAIN("media_line", cases)
