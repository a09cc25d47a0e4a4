/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can stand in XML: UTF-8, and of the control characters only tab and the ends of lines.  Words of a command line
 * can be anything else; written into a document, they spoil it for every reader. */
#ifndef CRM_COMMON_XMLTEXT_H
#define CRM_COMMON_XMLTEXT_H

/* What cannot stand there becomes '?', byte by byte. */
void xmltext_mend(char *text);

#endif
