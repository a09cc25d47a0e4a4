/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How an operation on a CIB ended (spec/cib.md 14).  The numbers are those of heartbeat; they
 * go over its sockets and, without the sign, are the exit codes of its tools.  Each has a text of
 * either style; the exit codes of pacemaker's tools are crm/common's.
 */
#ifndef CRM_CIB_CODES_H
#define CRM_CIB_CODES_H

#include "crm/cib/version.h"

enum cib_code {
	CIB_OK = 0,
	CIB_BAD_OPERATION = -1,  /* there is no such operation */
	CIB_NOT_CONNECTED = -3,  /* nobody serves the document */
	CIB_NOT_AUTHORIZED = -4, /* the caller may not do this */
	CIB_EXISTS = -21,        /* create: the object is there already */
	CIB_NOT_EXISTS = -22,    /* no object, section or attribute is meant by it */
	CIB_EMPTY = -25,         /* a change without anything to change */
	CIB_CORRUPT = -28,       /* what should be a CIB is none */
	CIB_NOT_MASTER = -35,    /* ismaster: it is not */
	CIB_NO_MASTER = -37,     /* nobody may write */
	CIB_FEATURE_SET = -38,   /* written by a newer program */
	CIB_TIMEOUT = -41,       /* the other node did not answer */
	CIB_NO_QUORUM = -42,     /* refused without quorum */
	CIB_DIFF_FAILED = -43,   /* a patch did not lead where it should */
	CIB_DIFF_RESYNC = -44,   /* a patch for a later document: ask for a full copy */
	CIB_OLD = -45,           /* older than what is there */
	CIB_ID = -46,            /* an id is missing, or used twice (H) */
	CIB_INVALID = -47,       /* the result would not conform to its schema */
	CIB_SECTION = -48,       /* there is no such section */
	CIB_ALTERED = -49,       /* the file was changed behind our back */
	CIB_PERMISSIONS = -50,   /* the file's or directory's owner or mode */
	CIB_DISK_INVALID = -51,  /* the file is not valid */
	CIB_ARGUMENT = -52,      /* the request cannot mean anything */
	CIB_NO_MEMORY = -53,     /* ours: the document is as it was */
};

/* What a tool prints after "Call failed: ": heartbeat's sentence, or pacemaker's.  Never NULL. */
const char *cib_code_text(int code, enum cib_style style);

#endif
