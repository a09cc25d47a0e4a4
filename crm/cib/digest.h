/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every digest of spec/cib.md 10: MD5 in 32 lower-case hex digits.
 */
#ifndef CRM_CIB_DIGEST_H
#define CRM_CIB_DIGEST_H

#include <libxml/tree.h>
#include <stdint.h>

#define CIB_DIGEST_SIZE 33 /* with the NUL */

enum cib_digest_kind {
	CIB_DIGEST_FILE_H, /* cib.xml.sig of heartbeat; the status section is left out */
	CIB_DIGEST_WIRE_H, /* of a diff of format 1 between heartbeats */
	CIB_DIGEST_FILE_P, /* cib.xml.sig of pacemaker; the status section is left out */
	CIB_DIGEST_DATA_P, /* the same of the element as it is ("cibadmin -5") */
	CIB_DIGEST_WIRE_P, /* of a patch; "cibadmin -6" */
};

/* Of ELEMENT, for files and patches the root.  0 or CIB_NO_MEMORY; TEXT is left alone then. */
int cib_digest(const xmlNode *element, enum cib_digest_kind kind,
    char text[CIB_DIGEST_SIZE]);

/* op-digest: of an element <parameters>, whatever it is called, as the operation with that
 * interval was given them.  What no digest counts is left out: id, crm_feature_set, op_digest,
 * CRM_meta_* but, of recurring operations, CRM_meta_timeout. */
int cib_digest_parameters(const xmlNode *parameters, int64_t interval_ms,
    char text[CIB_DIGEST_SIZE]);

#endif
