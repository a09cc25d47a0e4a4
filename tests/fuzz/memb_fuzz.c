/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership among peers that sign correctly and say whatever the input says. */
#include "tests/unit/memb_chaos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size, used;
};

static uint32_t
next_byte(void *data)
{
	struct input *in = data;

	if (in->used >= in->size)
		return 0;
	return in->data[in->used++];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };
	struct chaos c;

	chaos_begin(&c, next_byte, &in);
	while (in.used < in.size)
		chaos_step(&c);
	fix_free(c.fix);
	return 0;
}
