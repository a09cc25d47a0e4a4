/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream of a serial line: however it is cut, the same messages come out, each from
 * ">>>" to "<<<", and a good one behind whatever came before is found.
 */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/media/line.h"

#define GOOD ">>>\nt=good\n<<<\n"
#define OUT_MAX 4096

struct tally {
	size_t count, bytes;
	uint64_t sum;
	bool last_is_good;
};

static void
note(struct tally *tally, const uint8_t *out, size_t len)
{
	FUZZ_MUST(len >= 8 && len <= OUT_MAX);
	FUZZ_MUST(memcmp(out, ">>>\n", 4) == 0);
	FUZZ_MUST(memcmp(out + len - 5, "\n<<<\n", 5) == 0);
	tally->count++;
	tally->bytes += len;
	for (size_t i = 0; i < len; i++)
		tally->sum = tally->sum * 31 + out[i];
	tally->last_is_good = len == sizeof(GOOD) - 1 && memcmp(out, GOOD, len) == 0;
}

/* Room is exactly what the line has, so that the sanitizer sees each byte beyond it. */
static struct tally
feed(const uint8_t *data, size_t size, size_t step)
{
	struct line_in in = { .bytes = malloc(LINE_FRAME_MAX) };
	uint8_t *out = malloc(OUT_MAX);
	struct tally tally = { 0 };
	size_t done = 0, len;

	if (!in.bytes || !out)
		abort();
	while (done < size) {
		size_t room, more = size - done < step ? size - done : step;
		uint8_t *place = line_in_place(&in, &room);

		FUZZ_MUST(room > 0);
		if (more > room)
			more = room;
		memcpy(place, data + done, more);
		line_in_grow(&in, more);
		done += more;
		while ((len = line_in_take(&in, out, OUT_MAX)) > 0)
			note(&tally, out, len);
		FUZZ_MUST(in.scanned <= in.len && in.len <= LINE_FRAME_MAX);
	}
	free(in.bytes);
	free(out);
	return tally;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size + sizeof(GOOD) - 1;
	uint8_t *stream = malloc(len);
	struct tally whole, pieces;

	if (!stream)
		abort();
	memcpy(stream, data, size);
	memcpy(stream + size, GOOD, sizeof(GOOD) - 1);
	whole = feed(stream, len, len);
	pieces = feed(stream, len, size > 0 ? 1 + data[0] % 17 : 1);
	FUZZ_MUST(whole.count == pieces.count && whole.bytes == pieces.bytes);
	FUZZ_MUST(whole.sum == pieces.sum);
	FUZZ_MUST(whole.last_is_good && pieces.last_is_good);
	free(stream);
	return 0;
}
