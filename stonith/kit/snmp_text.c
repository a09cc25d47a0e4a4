/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What devices call text: see snmp.h. */
#include "stonith/kit/snmp.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

int
snmp_text_parse(const uint8_t *bytes, size_t len, char *text, size_t size)
{
	while (len > 0 && (bytes[len - 1] == '\0' || bytes[len - 1] == ' '))
		len--;
	if (len >= size)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (iscntrl(bytes[i]))
			return -EINVAL;
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	return 0;
}
