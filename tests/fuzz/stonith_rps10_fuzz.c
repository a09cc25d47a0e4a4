/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The targets of rps10 as somebody may write them, and what the unit may answer. */
#include "tests/fuzz/stonith_device.h"

#include "stonith/plugins/rps10.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	char *text = malloc(size + 1);
	struct dialog d;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_device.log[0] = '\0';
	if (rps_parse(&fuzz_device, text, &config) == S_OK) {
		FUZZ_MUST(config.count >= 1 && config.count <= RPS_TARGETS_MAX);
		for (size_t i = 0; i < config.count; i++)
			FUZZ_MUST(strchr("0123456789*", config.target[i].outlet) &&
			          config.target[i].host[0]);
	}
	free(text);
	fuzz_dialog(&d, data, size, false, false);
	if (rps_command(&d, '3', RPS_OFF) == S_OK)
		FUZZ_MUST(memmem(data, size, "Plug", 4) && memmem(data, size, "Off", 3) &&
		          memmem(data, size, "Complete", 8));
	fuzz_hang_up(&d);
	return 0;
}
