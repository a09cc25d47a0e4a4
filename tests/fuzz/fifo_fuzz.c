/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FIFO's stream: whatever root's scripts write, and however the reads cut it, the
 * same messages come out, and nothing is read twice or beyond the end.
 */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/message/stream.h"

struct tally {
	size_t taken, bad;
	size_t fields;
};

static void
take(void *data, struct msg *m)
{
	struct tally *t = data;

	t->taken++;
	t->fields += m->count;
	FUZZ_MUST(m->store_size == MSG_STREAM_STORE);
}

static void
bad(void *data, size_t len, const char *why)
{
	struct tally *t = data;

	t->bad++;
	FUZZ_MUST(len >= 4); /* a beginning, and at once the next one */
	FUZZ_MUST(*why);
}

/* All at once, and in pieces of STEP bytes. */
static struct tally
feed(const uint8_t *data, size_t size, size_t step)
{
	struct tally tally = { 0 };
	const struct msg_stream_sink sink = { .take = take, .bad = bad, .data = &tally };
	char *buf = malloc(size ? size : 1);
	size_t held = 0, used;

	if (!buf)
		abort();
	for (size_t done = 0; done < size; done += step) {
		size_t more = size - done < step ? size - done : step;

		memcpy(buf + held, data + done, more);
		held += more;
		used = msg_stream_split(buf, held, &sink);
		FUZZ_MUST(used <= held);
		held -= used;
		memmove(buf, buf + used, held);
	}
	free(buf);
	return tally;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally whole = feed(data, size, size ? size : 1);
	struct tally pieces;

	if (size == 0)
		return 0;
	pieces = feed(data + 1, size - 1, 1 + data[0] % 13);
	if (data[0] != '>' && data[0] != '#' && data[0] != '\n' && data[0] != '\0' &&
	    size > 1 && data[1] != '>' && data[1] != '#') {
		FUZZ_MUST(whole.taken == pieces.taken);
		FUZZ_MUST(whole.fields == pieces.fields);
	}
	return 0;
}
