/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every JSON that people's scripts read is written with. */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdio.h>

/* TEXT in quotes.  Always valid: control characters are escaped, bytes that are no UTF-8 become '?'. */
void json_string(const char *text, FILE *out);

#endif
