/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Getting a document out of a file or a text, safely: nothing is fetched, no entity is
 * expanded, size and depth are bounded (spec/cib.md; hostile XML).
 */
#ifndef CRM_CIB_READ_H
#define CRM_CIB_READ_H

#include "lib/err.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#define CIB_SIZE_MAX (64U << 20) /* bytes of text; larger ones are refused */
#define CIB_ATTRIBUTES_MAX 500   /* of an element; a document with more is refused */

/* The document, owned by the caller (xmlFreeDoc), or NULL with ERR: "line:column: what".
 * What old clusters stored although it is not well-formed (attributes without a name, names that
 * begin with a digit) is mended first: *MENDED, which may be NULL, is the number of places. */
xmlDoc *cib_parse(const char *text, size_t len, unsigned *mended, struct err *err);
/* The same from PATH, "-" = stdin; with ".bz2" in its name it is unpacked. */
xmlDoc *cib_read_file(const char *path, unsigned *mended, struct err *err);
/* Whether a text that is to be written can be read again as it stands: a value with bytes that no XML may have would
 * make a file that nobody can read.  0, or -EINVAL with ERR. */
int cib_text_check(const char *text, size_t len, struct err *err);

#endif
