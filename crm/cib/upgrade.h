/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A document in another schema than it is in (spec/cib.md 4, 5), with a report of what was
 * changed.  The version is not counted here: that is the operation's business (crm/cib/ops.h).
 */
#ifndef CRM_CIB_UPGRADE_H
#define CRM_CIB_UPGRADE_H

#include "crm/cib/version.h"
#include "crm/common/arena.h"
#include "lib/err.h"

/* One change, or one thing that the new schema cannot say. */
struct cib_change_note {
	int line;            /* where it was; 0 = unknown */
	const char *element; /* its tag, as it was */
	const char *id;      /* as it was, or NULL */
	const char *what;    /* "attribute on_fail", "element master_slave", ... */
	const char *was;     /* NULL = it is new */
	const char *is;      /* NULL = it is gone */
	bool lost;           /* its meaning is gone, too, or may have changed */
};

struct cib_changes {
	struct arena arena;
	struct cib_change_note *note;
	size_t note_count, note_room;
	size_t lost; /* how many of them lost something */
};

/* A copy of DOC in the newest schema of P, from either style: *NEXT, owned by the caller, or
 * NULL when it is that already, or shall be in none.  0; -EINVAL with ERR for what is no CIB or mixes the styles; -ENOMEM.
 * CHANGES is overwritten; cib_changes_clear() in any case. */
int cib_upgrade(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
    struct err *err);
/* A copy of a document of H as pacemaker-1.0 would have it written: the first step. */
int cib_convert_h(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
    struct err *err);
/* A copy of a document of P for tools of H; what H cannot say is noted as lost. */
int cib_convert_to_h(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
    struct err *err);
void cib_changes_clear(struct cib_changes *changes);

/* "line 12: <op id="o1">: attribute on_fail="stop" is now on-fail="stop"".  Lives as long as
 * CHANGES. */
const char *cib_change_text(struct cib_changes *changes,
    const struct cib_change_note *note);

#endif
