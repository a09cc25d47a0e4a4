/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pmCommand may say for its table of outlets, and for what it has switched. */
#include "tests/fuzz/stonith_outlets.h"

#include "stonith/plugins/cyclades.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outlets all = { .count = 0 };
	struct dialog d;

	fuzz_dialog(&d, data, size, false, false);
	fuzz_outlets(&all, pm_rows(&fuzz_device, &d, &all));
	fuzz_hang_up(&d);
	if (all.count == 0)
		return 0;
	all.count = 1;
	fuzz_dialog(&d, data, size, false, false);
	if (pm_confirmed(&fuzz_device, &d, &all, "off") == S_OK) {
		char want[64];

		/* Success has its words somewhere. */
		snprintf(want, sizeof(want), "%u: Outlet turned off.",
		    all.outlet[0].number);
		FUZZ_MUST(memmem(data, size, want, strlen(want)) != NULL ||
		          memchr(data, 0, size));
	}
	fuzz_hang_up(&d);
	return 0;
}
