/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts and fence agents print of their parameters, as XML. */
#include "stonith/kit/params.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct params params;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (params_parse(text, &params) == 0) {
		FUZZ_MUST(params.count <= PARAMS_MAX);
		for (size_t i = 0; i < params.count; i++) {
			FUZZ_MUST(memchr(params.entry[i].name, '\0', PARAMS_NAME_MAX));
			FUZZ_MUST(!strpbrk(params.entry[i].name, " \n=<"));
			FUZZ_MUST(params_has(&params, params.entry[i].name));
		}
		params_clear(&params);
	}
	free(text);
	return 0;
}
