/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can stand in XML: UTF-8, and of the control characters only tab and the ends of lines.  Words of a command line
 * can be anything else; written into a document, they spoil it for every reader. */
#ifndef CRM_COMMON_XMLTEXT_H
#define CRM_COMMON_XMLTEXT_H

#include <libxml/tree.h>
#include <stdarg.h>

/* What cannot stand there becomes '?', byte by byte. */
void xmltext_mend(char *text);

/* For programs, which out of memory ends: what FORMAT says, never NULL, to be freed. */
char *text_vprint(const char *format, va_list args);
char *text_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One more attribute that says so. */
void attribute_put(xmlNode *xml, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
