/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of this folder offer each other.
 */
#ifndef CRM_CIB_PRIVATE_H
#define CRM_CIB_PRIVATE_H

#include "crm/cib/ops.h"

/* Merges UPDATE into TARGET, which is the same element (spec/cib.md 14): attributes are set,
 * children found by tag and id are merged, others and new comments are added behind.  New
 * values may count ("value++", section 11).  In style H an attribute replace="TAG,TAG" first
 * takes the children with those tags out of its element.  False: out of memory. */
bool cib_merge(xmlNode *target, const xmlNode *update, enum cib_style style);
/* Values of a subtree that is new, where "value++" counts from nothing. */
bool cib_merge_settle(xmlNode *fresh);

/* The sections that every document has, empty, below a root that has nothing in it. */
int cib_sections_add(xmlNode *root);

/* How NEXT differs from NOW; SET: its epochs may have been set by somebody, which is a change
 * of the configuration; *SAME: it does not differ even in what does not count. */
enum cib_change cib_change_between(const xmlNode *now, const xmlNode *next, bool set,
    bool *same);

/* The ids of a document (section 6): CIB_OK, or why it must not be written, CIB_ID or
 * CIB_INVALID by STYLE, with ERR naming the first offender. */
int cib_ids_check(const xmlNode *root, enum cib_style style, struct err *err);

/* What the operations do to the copy that may become the document; ROOT's own place in
 * the document is known to cib_execute() only. */
int cib_op_create(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer);
int cib_op_modify(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer);
int cib_op_replace(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer);
int cib_op_delete(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer);
int cib_op_delete_alt(xmlNode *root, const struct cib_request *request,
    struct cib_answer *answer);

#endif
