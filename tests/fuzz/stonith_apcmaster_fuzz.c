/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a MasterSwitch may say for its menu of outlets. */
#include "tests/fuzz/stonith_outlets.h"

#include "stonith/plugins/apcmaster.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;
	struct outlets all = { .count = 0 };

	memset(&s, 0, sizeof(s));
	fuzz_dialog(&s.d, data, size, true, false);
	s.device = &fuzz_device;
	fuzz_outlets(&all, apc_table(&s, "1\r", &all));
	fuzz_hang_up(&s.d);
	return 0;
}
