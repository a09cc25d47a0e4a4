/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The input of a fuzzer of a state machine: each byte decides one thing, and what is
 * missing at the end is zero.  So a small change of the input is a small change of the
 * story, and every input is one.
 */
#ifndef TESTS_FUZZ_STEPS_H
#define TESTS_FUZZ_STEPS_H

#include "lib/array.h"
#include "tests/fuzz/fuzz.h"

struct steps {
	const uint8_t *data;
	size_t left;
};

static inline unsigned
steps_byte(struct steps *s)
{
	if (s->left == 0)
		return 0;
	s->left--;
	return *s->data++;
}

/* 0 to BOUND - 1, with BOUND up to 256. */
static inline unsigned
steps_below(struct steps *s, size_t bound)
{
	return steps_byte(s) % (unsigned)bound;
}

static inline unsigned
steps_word(struct steps *s)
{
	unsigned high = steps_byte(s);

	return high << 8 | steps_byte(s);
}

#define STEPS_ONE_OF(s, list) ((list)[steps_below((s), ARRAY_LEN(list))])

/* Up to MAX - 1 bytes as they are, without NUL; a text. */
static inline const char *
steps_text(struct steps *s, char *buf, size_t max)
{
	size_t len = steps_below(s, max), used = 0;

	while (used < len && s->left > 0) {
		char c = (char)steps_byte(s);

		if (c != '\0')
			buf[used++] = c;
	}
	buf[used] = '\0';
	return buf;
}

#endif
