/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an RPC may say for its table of outlets, in each of its forms. */
#include "tests/fuzz/stonith_outlets.h"

#include "stonith/plugins/baytech.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct outlets all = { .count = 0 };

		memset(&s, 0, sizeof(s));
		fuzz_dialog(&s.d, data, size, true, false);
		s.device = &fuzz_device;
		s.model = &models[i];
		fuzz_outlets(&all, baytech_table(&s, &all));
		fuzz_hang_up(&s.d);
	}
	return 0;
}
