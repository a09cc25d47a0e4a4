/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzers of the CIB share: inputs of several texts, with a line "====" between them.
 */
#ifndef TESTS_FUZZ_CRM_CIB_H
#define TESTS_FUZZ_CRM_CIB_H

#include "tests/fuzz/fuzz.h"
#include "tests/unit/crm_cib_chaos.h"

#include "crm/cib/read.h"

/* The next text, which ends at a line "====" or with the input; NULL: there is none.  free()
 * it. */
static inline char *
part_next(const uint8_t **data, size_t *size)
{
	static const char line[] = "\n====\n";
	const uint8_t *end = *size ? memmem(*data, *size, line, sizeof(line) - 1) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size,
	       over = end ? len + sizeof(line) - 1 : len;
	char *text = *size ? strndup((const char *)*data, len) : NULL;

	*data += over;
	*size -= over;
	return text;
}

static inline xmlDoc *
part_parsed(const uint8_t **data, size_t *size)
{
	char *text = part_next(data, size);
	xmlDoc *doc = text ? cib_parse(text, strlen(text), NULL, NULL) : NULL;

	free(text);
	return doc;
}

/* Compares, and frees both. */
static inline bool
texts_equal(char *a, char *b)
{
	bool equal = a && b && strcmp(a, b) == 0;

	free(a);
	free(b);
	return equal;
}

#endif
