/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What changed between two documents, as a document (spec/cib.md 12).  Format 1 is heartbeat's
 * and does not express the order of siblings; format 2 is pacemaker's.
 */
#ifndef CRM_CIB_DIFF_H
#define CRM_CIB_DIFF_H

#include "crm/cib/version.h"
#include "lib/err.h"

struct cib_diff_how {
	int format; /* 1 or 2; 0 = 2 for a cib, 1 for anything else */
	/* It shall apply to any document: without versions, and the version of the root is no
	 * difference. */
	bool no_version;
	bool digest;                 /* with the digest of the result */
	enum cib_style style;        /* format 1: whose kind of it, and of digest */
	const char *crm_feature_set; /* format 1: of the writer; NULL = it does not say */
};

/* The patch that makes TO of FROM, owned by the caller; *PATCH = NULL when nothing differs.
 * Every attribute, the order of attributes (format 2) and comments are differences.  Elements
 * are the same when tag and id are.  0, CIB_ARGUMENT (the roots are different elements, or
 * the documents too deep), CIB_NO_MEMORY. */
int cib_diff_make(const xmlDoc *from, const xmlDoc *to, const struct cib_diff_how *how,
    xmlDoc **patch);

/* 1 or 2, or CIB_ARGUMENT for what is no patch. */
int cib_diff_format(const xmlNode *patch);
/* From which version to which; either may be NULL.  False when it does not say. */
bool cib_diff_versions(const xmlNode *patch, struct cib_version *source,
    struct cib_version *target);

/* Makes *DOC, owned by the caller, what the patch says; *DOC is replaced by another document
 * then, and is left alone, the same pointer and the same content, when it fails:
 *   CIB_ARGUMENT     this is no patch
 *   CIB_OLD          *DOC is later than what the patch starts from, or the patch does not
 *                    lead to a newer one
 *   CIB_DIFF_RESYNC  *DOC is earlier than what the patch starts from: ask for a full copy
 *   CIB_DIFF_FAILED  what shall change is not there, or the result has another digest
 *   CIB_NO_MEMORY
 * Without a version in the patch any document will do.  ERR (may be NULL) has the reason. */
int cib_diff_apply(xmlDoc **doc, const xmlNode *patch, struct err *err);
/* The same without looking at versions: "crm_diff -p". */
int cib_diff_apply_anyway(xmlDoc **doc, const xmlNode *patch, struct err *err);

#endif
