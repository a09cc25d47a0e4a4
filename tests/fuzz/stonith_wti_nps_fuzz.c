/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Network Power Switch may say for its table of plugs. */
#include "tests/fuzz/stonith_outlets.h"

#include "stonith/plugins/wti_nps.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;
	struct outlets all = { .count = 0 };

	memset(&s, 0, sizeof(s));
	fuzz_dialog(&s.d, data, size, true, false);
	s.device = &fuzz_device;
	fuzz_outlets(&all, nps_table(&s, &all));
	fuzz_hang_up(&s.d);
	return 0;
}
