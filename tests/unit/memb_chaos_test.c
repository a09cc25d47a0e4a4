/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership among peers that sign correctly and say anything. */
#include "tests/unit/memb_chaos.h"

static uint32_t
next_random(void *data)
{
	uint64_t *state = data;

	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void
test_chaos(void)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t state = seed * 7919;
		struct chaos c;

		chaos_begin(&c, next_random, &state);
		for (int i = 0; i < 2000; i++)
			chaos_step(&c);
		CHECK(memb_stats(c.fix->memb)->received > 1000, "seed %d", (int)seed);
		fix_free(c.fix);
	}
}

static const struct check_case cases[] = {
	{ "chaos", test_chaos },
};
CHECK_MAIN("memb_chaos", cases)
