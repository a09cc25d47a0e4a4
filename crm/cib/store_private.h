/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What reading and writing the pair share. */
#ifndef CRM_CIB_STORE_PRIVATE_H
#define CRM_CIB_STORE_PRIVATE_H

#include "crm/cib/digest.h"
#include "crm/cib/store.h"

#define COUNTER "cib.last"
#define COUNTER_NEW "cib.last.new"
#define STORE_NAME_SIZE 256

struct cib_store {
	struct store_config config;
	/* What the main pair is called; and the one of a write that has not ended. */
	char main[STORE_NAME_SIZE], main_sig[STORE_NAME_SIZE];
	char main_new[STORE_NAME_SIZE], main_sig_new[STORE_NAME_SIZE];
	char *shown;   /* the main file with its directory, for texts */
	bool was_read; /* the last read went well: writing is allowed */
	bool halted;
	/* Of the main file as it was read or written last, whatever digest its .sig has; "" = it was not there. */
	char known[CIB_DIGEST_SIZE];
	/* Of a write that failed: it may be in place all the same. */
	char tried[CIB_DIGEST_SIZE];
};

/* One pair, as far as it was read. */
struct store_pair {
	xmlDoc *doc; /* NULL: no file, or no CIB */
	int error; /* why there is none: -ENOENT, -EINVAL = no CIB, or what read() said */
	char why[200];
	char digest[CIB_DIGEST_SIZE]; /* of the document, as pacemaker makes it */
	enum { SIG_MISSING, SIG_RIGHT, SIG_WRONG } sig;
};

void store_pair_clear(struct store_pair *pair);
/* The main pair.  The half that a write left out which did not end is taken from where it lies; with MEND it is put in its
 * place.  0, or -errno when that is not possible. */
int store_main_read(struct cib_store *store, bool mend, struct store_pair *main);
/* Keeps NAME and SIG_NAME, if they are there, as cib.auto.XXXXXX and cib.auto.XXXXXX.sig.  0 or -errno. */
int store_put_aside(struct cib_store *store, const char *name, const char *sig_name,
    const char *digest);
void store_say(struct cib_store *store, enum store_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
