/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a user may see and change of a document, by the rights in it (spec/cib.md 4: acls).  What is
 * said of an element holds for all that is in it, unless something else is said there.
 */
#ifndef CRM_CIB_ACL_H
#define CRM_CIB_ACL_H

#include "lib/err.h"

#include <libxml/tree.h>
#include <stdbool.h>

#define CIB_ACL_MAX 1000 /* permissions of one user; with more the answer is an error */

enum cib_access {
	CIB_ACCESS_NOT_SAID,
	CIB_ACCESS_READ,
	CIB_ACCESS_WRITE,
	CIB_ACCESS_DENIED, /* the last one wins where several are said of one element */
};

/* Whether rights are asked about at all: root and hacluster may do everything. */
bool cib_acl_is_for(const char *user);
/* Notes at each element what USER, directly or by his groups, may do with it.  The document's rights
 * count whether or not enable-acl switches them on.  Uses _private of the elements.
 * CIB_OK; CIB_ARGUMENT with ERR: an expression in the rights is none, or takes too long, or there are
 * too many rights: then nobody knows what he may do, and nothing is said of it. */
int cib_acl_mark(xmlDoc *doc, const char *user, struct err *err);
/* What was noted: never CIB_ACCESS_NOT_SAID. */
enum cib_access cib_acl_access(const xmlNode *element);

#endif
