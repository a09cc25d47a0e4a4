/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A document as text (crm-tools.md 3; spec/cib.md 10): as "cibadmin -Q" prints it and files
 * have it, and in the forms over which digests are made.  Text between elements is not part of
 * a CIB and is not written; comments are.
 */
#ifndef CRM_CIB_WRITE_H
#define CRM_CIB_WRITE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum cib_form {
	CIB_FORM_TEXT, /* indented by 2, one element a line; reads back as the same document */
	CIB_FORM_COMPACT, /* no white space between tags, no newline; pacemaker's digests */
	CIB_FORM_PLAIN_H, /* indented by 1 + 2 x depth, values unescaped; heartbeat's digests */
};

struct cib_write_how {
	enum cib_form form;
	bool alone; /* the element without what is in it ("-n") */
	bool
	    filtered; /* without the attributes that no digest counts (section 2), anywhere */
	bool sorted;            /* attributes by their names */
	const xmlNode *without; /* this element is left out: status */
	unsigned depth;         /* of indentation to begin with, in levels */
};

/* The text of ELEMENT and what is below it, *LEN bytes (LEN may be NULL) and a NUL behind:
 * free() it.  NULL: out of memory.  HOW may be NULL: CIB_FORM_TEXT.  CIB_FORM_TEXT ends with a
 * newline. */
char *cib_write(const xmlNode *element, const struct cib_write_how *how, size_t *len);
/* CIB_FORM_TEXT into a stream; 0 or -errno. */
int cib_write_stream(const xmlNode *element, FILE *out);

#endif
