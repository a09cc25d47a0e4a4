/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What reading and writing the pair share. */
#ifndef CRM_CIB_STORE_PRIVATE_H
#define CRM_CIB_STORE_PRIVATE_H

#include "crm/cib/digest.h"
#include "crm/cib/store.h"

#define MAIN "cib.xml"
#define MAIN_SIG "cib.xml.sig"
#define MAIN_NEW "cib.xml.new" /* of a write that has not ended */
#define MAIN_SIG_NEW "cib.xml.sig.new"
#define COUNTER "cib.last"
#define COUNTER_NEW "cib.last.new"
#define NAME_MAX_STORE 40

struct cib_store {
	struct store_config config;
	bool was_read; /* the last read went well: writing is allowed */
	bool halted;
	/* Of MAIN as it was read or written last, whatever digest its .sig has; "" = it was not there. */
	char known[CIB_DIGEST_SIZE];
	char tried
	    [CIB_DIGEST_SIZE]; /* of a write that failed: it may be in place all the same */
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
/* The main pair; what a write left out that did not end is made up for.  0, or -errno when that is not possible. */
int store_main_read(struct cib_store *store, struct store_pair *main);
/* Keeps NAME and SIG_NAME, if they are there, as cib.auto.XXXXXX and cib.auto.XXXXXX.sig.  0 or -errno. */
int store_put_aside(struct cib_store *store, const char *name, const char *sig_name,
    const char *digest);
void store_say(struct cib_store *store, enum store_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
