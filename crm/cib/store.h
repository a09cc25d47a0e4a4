/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The document on disk (spec/cib.md 13): cib.xml with its digest in cib.xml.sig, and up to a
 * hundred older pairs cib-N.raw, cib-N.raw.sig; cib.last has the next N as text.  A single older
 * pair of heartbeat 2, cib.xml.last and cib.xml.sig.last, is read, too.
 *
 * A write ends with the new pair or leaves the old one, whatever moment the power fails at.  A
 * file that was not read is never written over: one that somebody edited is kept under another name,
 * one that cannot be read stops all writing.
 */
#ifndef CRM_CIB_STORE_H
#define CRM_CIB_STORE_H

#include "crm/cib/version.h"
#include "lib/err.h"

#include <stddef.h>
#include <sys/types.h>

#define CIB_STORE_GENERATIONS 100

/* What is known of a name in the directory. */
struct store_stat {
	bool is_regular, is_directory;
	uid_t uid;
	gid_t gid;
	mode_t mode; /* permission bits */
};

/* The files of one directory; names have no slash, "." is the directory itself.  All but read return 0 or
 * -errno. */
struct store_files {
	/* The whole file, at most MAX bytes (-EFBIG), in *DATA for free(); its length, or -errno. */
	ssize_t (*read)(void *where, const char *name, size_t max, char **data);
	/* A new file with that content and mode, on the disk when it returns; -EEXIST. */
	int (*write)(void *where, const char *name, const void *data, size_t len,
	    mode_t mode);
	int (*link)(void *where, const char *from, const char *to); /* -EEXIST */
	int (*rename)(void *where, const char *from, const char *to);
	int (*unlink)(void *where, const char *name);
	int (*stat)(void *where, const char *name, struct store_stat *found);
	/* What was done to names is on the disk when it returns. */
	int (*sync)(void *where);
};

enum store_level { STORE_ERROR, STORE_WARNING, STORE_NOTICE, STORE_INFO };

struct store_config {
	const struct store_files *files;
	void *where;      /* of the files */
	const char *path; /* of the directory, for texts; lent */
	uid_t uid;        /* to whom files shall belong: hacluster */
	gid_t gid;        /* haclient; of another group is a warning */
	const char *user; /* their name, for texts; lent */
	void (*log)(void *data, enum store_level level, const char *text);
	void *data;
};

struct cib_store;

/* A look at the directory.  NULL: out of memory. */
struct cib_store *cib_store_new(const struct store_config *config);
void cib_store_free(struct cib_store *store);

/* Directory and files as they must be, before anything else; what is not so is logged.  0, or
 * CIB_PERMISSIONS. */
int cib_store_check(struct cib_store *store);

/* The document, owned by the caller: cib.xml, or what is best of the older pairs when its digest is not that of
 * cib.xml.sig, or it is no CIB; *DOC is NULL when there is nothing at all.  The status section is empty,
 * the DC is forgotten, missing counters are 0.  Files that were passed over are kept under other
 * names when the next write would take theirs.
 * 0; CIB_PERMISSIONS when a file cannot be read: then nothing is written either, until a read goes well;
 * CIB_NO_MEMORY. */
int cib_store_read(struct cib_store *store, xmlDoc **doc);

/* Writes the pair; the previous one becomes the next older generation.  STATUS is not written; what
 * num_updates is on disk is the style's: 0 in P, as it is in H.  Blocks on the disk.
 * 0; CIB_ALTERED when the pair on disk is not what was read or written last: somebody edited it,
 * and each attempt says so until FORCE, which keeps the edited file under another name and goes on;
 * CIB_PERMISSIONS after a read that failed, or when the disk refuses; CIB_CORRUPT for what is no CIB;
 * CIB_NO_MEMORY. */
int cib_store_write(struct cib_store *store, const xmlDoc *doc, bool force,
    struct err *err);
/* Whether the last attempt to write found a pair that somebody else had changed, or a
 * directory that was not read: for crm_mon. */
bool cib_store_is_halted(const struct cib_store *store);

/* The directory PATH of the real disk as WHERE for store_disk; NULL with ERR. */
void *store_disk_open(const char *path, struct err *err);
void store_disk_close(void *where);
extern const struct store_files store_disk;

#endif
