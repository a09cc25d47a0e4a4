/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the connection: what it is, the kinds of places, and what is asked of a document. */
#ifndef CRM_COMMANDS_CONNECTION_PRIVATE_H
#define CRM_COMMANDS_CONNECTION_PRIVATE_H

#include "crm/cib/store.h"
#include "crm/cib/validate.h"
#include "crm/commands/connection.h"

#include <sys/stat.h>

#ifndef HB_CIBDIR
#define HB_CIBDIR HB_STATEDIR "/crm"
#endif

/* One kind of place. */
struct cib_place {
	/* Fills c->doc.  0, or the exit code with ERR. */
	int (*open)(struct cib_connection *c, struct err *err);
	/* From here to release() nobody else changes it, and c->doc is what is there now: what it was before goes to
	 * *STALE if it is another.  CIB_OK or a code with ERR; then there is nothing to release. */
	int (*hold)(struct cib_connection *c, xmlDoc **stale, struct err *err);
	void (*release)(struct cib_connection *c);
	/* Makes c->doc last after a change.  CIB_OK or a code with ERR; the change is undone then. */
	int (*keep)(struct cib_connection *c, struct err *err);
	void (*close)(struct cib_connection *c);
	bool is_file;
};

struct cib_connection {
	const struct cib_place *place;
	char *path;              /* of a file */
	struct stat seen;        /* the file of which DOC is */
	int lock;                /* on its directory; -1 = not now */
	struct cib_store *store; /* of a file with a digest beside it; else NULL */
	char *folder;            /* where the store is */
	void *disk;              /* the same */
	xmlDoc *doc;
	struct cib_schemas *schemas;
	struct cib_host host;
	struct kit *kit; /* who hears what is wrong */
};

/* connection_file.c: a file, a shadow. */
extern const struct cib_place cib_file_place;

/* connection_lock.c.  Waits until nobody else works on the file PATH in a way that does not go together with HOW: LOCK_SH
 * to read it, LOCK_EX to change it.  CIB_OK, and *LOCK is to be closed after that, or -1 where there is nothing to lock; or
 * CIB_PERMISSIONS with ERR. */
int cib_file_lock(const char *path, int how, int *lock, struct err *err);

/* connection_schema.c.  Whether c->doc may be used: 0, or the exit code with ERR.  The kit hears all that is wrong. */
int cib_connection_judge(struct cib_connection *c, struct err *err);
/* Of struct cib_host; DATA is the connection. */
int cib_connection_judge_next(const xmlDoc *next, void *data, struct err *err);
int cib_connection_renew(const xmlDoc *now, xmlDoc **next, void *data, struct err *err);

#endif
