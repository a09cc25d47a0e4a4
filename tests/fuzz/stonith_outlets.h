/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true of a table of outlets, whatever a unit has said. */
#ifndef TESTS_FUZZ_STONITH_OUTLETS_H
#define TESTS_FUZZ_STONITH_OUTLETS_H

#include "stonith/kit/outlets.h"
#include "tests/fuzz/stonith_device.h"

static inline void
fuzz_outlets(const struct outlets *all, int code)
{
	struct outlets of;
	char text[OUTLETS_TEXT_MAX];

	FUZZ_MUST(code >= S_OK && code <= S_OOPS);
	FUZZ_MUST(all->count <= OUTLETS_MAX);
	for (size_t i = 0; i < all->count; i++) {
		const struct outlet *o = &all->outlet[i];
		size_t len = strnlen(o->name, OUTLET_NAME_MAX);

		FUZZ_MUST(o->number >= 1 && o->number <= 999);
		FUZZ_MUST(len < OUTLET_NAME_MAX);
		FUZZ_MUST(len == 0 || (o->name[0] != ' ' && o->name[len - 1] != ' '));
		FUZZ_MUST(o->state <= OUTLET_OFF);
		outlets_of(all, o->name, &of);
		FUZZ_MUST(of.count >= 1 && of.count <= all->count);
	}
	FUZZ_MUST(strlen(outlets_text(all, "+", text)) < OUTLETS_TEXT_MAX);
	outlets_tell(&fuzz_device, all);
}

#endif
