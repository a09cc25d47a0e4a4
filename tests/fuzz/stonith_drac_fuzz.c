/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of a DRAC III, and bytes that an SNMP agent calls text. */
#include "stonith/kit/drac.h"
#include "stonith/kit/snmp.h"
#include "tests/fuzz/fuzz.h"

static void
check_text(const uint8_t *data, size_t size)
{
	char text[64] = "was";

	if (snmp_text_parse(data, size, text, sizeof(text)) < 0) {
		FUZZ_MUST(strcmp(text, "was") == 0);
		return;
	}
	FUZZ_MUST(strlen(text) <= size && !strpbrk(text, "\r\n\t"));
	FUZZ_MUST(text[0] == '\0' || text[strlen(text) - 1] != ' ');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[DRAC_ELEMENT_MAX], hash[DRAC_HASH_MAX];
	uint8_t *copy = fuzz_copy(data, size);

	check_text(copy, size);
	if (drac_element((const char *)copy, size, "RC", text) == 0)
		FUZZ_MUST(strlen(text) < size && !strpbrk(text, "<\n"));
	if (drac_element((const char *)copy, size, "CHALLENGE", text) == 0 &&
	    drac_hash(text, "calvin", hash) == 0)
		FUZZ_MUST(strlen(hash) == 24);
	free(copy);
	return 0;
}
