/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operations on a CIB (spec/cib.md 6, 11, 14), pure: a document and a request give an
 * answer and perhaps a new document.  Who may ask, routing, files and clocks are others'
 * business.
 */
#ifndef CRM_CIB_OPS_H
#define CRM_CIB_OPS_H

#include "crm/cib/codes.h"
#include "crm/cib/version.h"
#include "lib/err.h"

#include <libxml/tree.h>
#include <stdbool.h>

enum cib_op {
	CIB_OP_NONE,
	CIB_OP_QUERY,      /* cib_query */
	CIB_OP_CREATE,     /* cib_create */
	CIB_OP_MODIFY,     /* cib_modify, cib_update */
	CIB_OP_REPLACE,    /* cib_replace */
	CIB_OP_DELETE,     /* cib_delete */
	CIB_OP_DELETE_ALT, /* cib_delete_alt */
	CIB_OP_BUMP,       /* cib_bump */
	CIB_OP_ERASE,      /* cib_erase */
	CIB_OP_PATCH,      /* cib_apply_diff, cib_apply_patch */
	CIB_OP_UPGRADE,    /* cib_upgrade */
	/* Of the daemon, not of the document: cib_execute() refuses them. */
	CIB_OP_SYNC,      /* cib_sync */
	CIB_OP_SYNC_ONE,  /* cib_sync_one */
	CIB_OP_SLAVE,     /* cib_slave */
	CIB_OP_SLAVE_ALL, /* cib_slave_all */
	CIB_OP_MASTER,    /* cib_master */
	CIB_OP_IS_MASTER, /* cib_ismaster */
	CIB_OP_PING,      /* noop, ping */
	CIB_OP_SHUTDOWN,  /* cib_shutdown_req */
	CIB_OP_COUNT
};

enum {
	CIB_OP_MODIFIES = 1 << 0,   /* the document */
	CIB_OP_PRIVILEGED = 1 << 1, /* needs the read-write channel */
	CIB_OP_QUORUM = 1 << 2,     /* refused without quorum */
};

/* CIB_OP_NONE for a word that is none. */
enum cib_op cib_op_find(const char *name);
/* As it is called on the wire and in "Call cib_modify failed". */
const char *cib_op_name(enum cib_op op);
/* CIB_OP_MODIFIES and so on. */
unsigned cib_op_flags(enum cib_op op);

/* Call options.  Those below 0x10000000 have their values on heartbeat's wire. */
enum cib_option {
	CIB_VERBOSE = 0x1,
	CIB_DISCARD_REPLY = 0x10,
	CIB_SCOPE_LOCAL = 0x100,
	CIB_SYNC_CALL = 0x1000,
	CIB_INHIBIT_NOTIFY = 0x10000,
	CIB_QUORUM_OVERRIDE = 0x100000,
	CIB_INHIBIT_BCAST = 0x1000000, /* with CIB_SCOPE_LOCAL: no counter moves */
	CIB_FORCE_DIFF = 0x10000000,
	/* Ours; they are not on the wire in these bits. */
	CIB_CAN_CREATE = 0x2,    /* modify makes what is not there ("-c") */
	CIB_NO_CHILDREN = 0x4,   /* query: elements without what is in them ("-n") */
	CIB_XPATH_ADDRESS = 0x8, /* query: paths instead of elements ("-e") */
	CIB_MULTIPLE = 0x20,     /* delete by xpath: all that match, not only the first */
	CIB_NO_MTIME = 0x40,     /* cib-last-written stays */
	CIB_DRYRUN = 0x80,       /* answer as if, change nothing */
	/* Patch: from the master, whose version it brings; it is not counted here. */
	CIB_GLOBAL_UPDATE = 0x200,
};

/* What the document does not know by itself.  All of it may be missing. */
struct cib_host {
	/* Whether NEXT may become the document: CIB_OK, or CIB_INVALID with the reason in ERR.
	 * Asked once a change, after everything else was right; NEXT has its new version. */
	int (*validate)(const xmlDoc *next, void *data, struct err *err);
	/* CIB_OP_UPGRADE: the same document in the newest schema, a new one in *NEXT, or *NEXT =
	 * NULL when it is that already; the counters are cib_execute()'s.  CIB_OK or a code. */
	int (*upgrade)(const xmlDoc *now, xmlDoc **next, void *data, struct err *err);
	void *data;
};

struct cib_request {
	enum cib_op op;
	const char
	    *section; /* of the document, as cib_section_is_known(); NULL = all of it */
	const char *xpath;    /* instead of a section: where; NULL = by section */
	const xmlNode *input; /* what to create, merge, delete ...; lent, not changed */
	unsigned options;     /* CIB_... */
	/* Who asks, for update-origin, update-client, update-user; NULL = that attribute stays.
	 * */
	const char *origin, *client, *user;
	const char
	    *written; /* for cib-last-written, as cib_written_text(); NULL = stays */
	const struct cib_host *host; /* NULL = nothing is asked */
};

struct cib_answer {
	int code;       /* the same that cib_execute() returned */
	struct err err; /* why, when it is not CIB_OK; may be empty */
	/* Query: a document with the element; of an xpath with several matches <xpath-query>
	 * around them, of CIB_XPATH_ADDRESS <xpath-query> with <xpath-query-path id="PATH"/>
	 * each. Create, modify, replace that failed: <failed> with the object, as cibadmin prints
	 * it. Otherwise NULL. */
	xmlDoc *result;
	enum cib_change change; /* what was changed */
	xmlDoc *before; /* the document that was replaced, for a diff; NULL = it stays */
	xmlDoc *rejected; /* CIB_INVALID: what was not allowed to become the document */
};

/* Carries REQUEST out on *DOC, which the caller owns.  When something changed, *DOC is another
 * document afterwards and the old one is answer->before; on failure, and when nothing
 * changed, *DOC is the same and untouched.  ANSWER is overwritten; cib_answer_clear() in any
 * case. CIB_OK, or:
 *   CIB_BAD_OPERATION  not an operation on a document
 *   CIB_SECTION        unknown section
 *   CIB_ARGUMENT       no or unusable input, bad xpath, the root shall be deleted, too deep
 *   CIB_EXISTS         create
 *   CIB_NOT_EXISTS     query, modify without CIB_CAN_CREATE, replace: nothing is meant by it
 *   CIB_OLD            replace and patch: older; any: the version would not grow
 *   CIB_DIFF_FAILED, CIB_DIFF_RESYNC   patch
 *   CIB_ID             an element without an id, or a second one with it (H)
 *   CIB_INVALID        the host says so; or an id for a second element (P)
 *   CIB_CORRUPT        *DOC has no cib in it
 *   CIB_NO_MEMORY */
int cib_execute(xmlDoc **doc, const struct cib_request *request,
    struct cib_answer *answer);
void cib_answer_clear(struct cib_answer *answer);

/* Seconds since 1970 as cib-last-written has them, in local time: "Fri Nov 20 16:42:44 2026".
 * TEXT has 32 bytes and is returned. */
const char *cib_written_text(int64_t seconds, char text[32]);

/* An empty document: P with VALIDATE_WITH ("pacemaker-3.9"), H with NULL.  EPOCH as the caller
 * likes it (section 1).  NULL: out of memory. */
xmlDoc *cib_new_empty(const char *validate_with, const char *crm_feature_set, int epoch);

#endif
