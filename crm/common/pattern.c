/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The larger number of "{3}" or "{3,5}" at TEXT; 1 when that is no count. */
static unsigned long
count_at(const char *text)
{
	char *end;
	unsigned long low, high;

	if (!isdigit((unsigned char)text[1]))
		return 1;
	low = high = strtoul(text + 1, &end, 10);
	if (*end == ',' && isdigit((unsigned char)end[1]))
		high = strtoul(end + 1, NULL, 10);
	return high > low ? high : low;
}

int
pattern_compile(regex_t *regex, const char *text, int flags)
{
	unsigned long product = 1;

	if (strlen(text) > PATTERN_LEN_MAX)
		return REG_ESPACE;
	for (const char *at = text; (at = strchr(at, '{')) != NULL; at++) {
		unsigned long count = count_at(at);

		if (count > PATTERN_COUNT_MAX ||
		    product * (count ? count : 1) > PATTERN_COUNT_MAX)
			return REG_ESPACE;
		product *= count ? count : 1;
	}
	return regcomp(regex, text, REG_EXTENDED | flags);
}
