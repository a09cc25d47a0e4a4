/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the message fuzzers share: exact copies, and comparing two messages field by
 * field.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "heartbeat/message/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what broke before it ends the process. */
#define FUZZ_MUST(cond)                                                                  \
	do {                                                                             \
		if (!(cond)) {                                                           \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__,       \
			    #cond);                                                      \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* Of exactly that length, so that the sanitizer sees each byte read beyond it. */
static inline uint8_t *
fuzz_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* Structs are compared as netstrings, the one form that loses nothing. */
static inline size_t
fuzz_canonical(const struct msg *m, uint8_t *buf, size_t size)
{
	const struct msg_style style = { .form = MSG_NETSTRING };
	ssize_t n = msg_encode(m, &style, buf, size);

	return n < 0 ? 0 : (size_t)n;
}

#endif
