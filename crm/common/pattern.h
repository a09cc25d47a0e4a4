/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Regular expressions out of a document or a command line. */
#ifndef CRM_COMMON_PATTERN_H
#define CRM_COMMON_PATTERN_H

#include <regex.h>

/* All counts of a pattern multiplied, "(a{100}){100}" is 10000; more are refused: the C library writes the pattern out
 * that often, and a few nested counts would take all memory. */
#define PATTERN_COUNT_MAX 20000
#define PATTERN_LEN_MAX 1000 /* bytes; longer ones are refused */

/* regcomp() of an extended expression: 0 and regfree() is due, or an error of it. */
int pattern_compile(regex_t *regex, const char *text, int flags);

#endif
