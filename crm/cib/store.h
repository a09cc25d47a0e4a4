/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The document on disk (spec/cib.md 13): cib.xml with its digest in cib.xml.sig, and up to a
 * hundred older pairs cib-N.raw, cib-N.raw.sig; cib.last has the next N as text.  The single older
 * pair of heartbeat 2, cib.xml.last and cib.xml.sig.last, is read, too, and digests of either kind.
 *
 * A write ends with the new pair or leaves the old one, whatever moment the power fails at.  A
 * file that was not read is never written over: one that somebody edited is kept under another
 * name, one that cannot be read stops all writing.
 */
#ifndef CRM_CIB_STORE_H
#define CRM_CIB_STORE_H

#include "crm/cib/codes.h"
#include "lib/err.h"

#include <stddef.h>
#include <sys/types.h>

#define CIB_STORE_GENERATIONS 100 /* older pairs; then the oldest makes room */

#define CIB_STORE_MAIN "cib.xml"

/* What is known of a name in the directory. */
struct store_stat {
	bool is_regular, is_directory;
	uid_t uid;
	gid_t gid;
	mode_t mode; /* permission bits */
};

/* The files of one directory; names have no slash, "." is the directory itself.  All but read()
 * return 0 or -errno.  What they did is on the disk for certain after sync() only: of the file
 * for what was written into it, of "." for names; before that the power may fail with any part of it. */
struct store_files {
	/* The whole file, at most MAX bytes (-EFBIG), and a NUL behind, in *DATA for free(); its
	 * length, or -errno. */
	ssize_t (*read)(void *where, const char *name, size_t max, char **data);
	/* A new file, -EEXIST when there is one. */
	int (*create)(void *where, const char *name, const void *data, size_t len,
	    mode_t mode);
	int (*sync)(void *where, const char *name);
	int (*link)(void *where, const char *from, const char *to); /* -EEXIST */
	int (*rename)(void *where, const char *from, const char *to);
	int (*unlink)(void *where, const char *name);
	int (*stat)(void *where, const char *name, struct store_stat *found);
};

enum store_level { STORE_ERROR, STORE_WARNING, STORE_INFO };

struct store_config {
	const struct store_files *files;
	void *where;      /* of the files */
	const char *path; /* of the directory, for texts; lent */
	/* Of the main file; lent.  NULL = CIB_STORE_MAIN. */
	const char *name;
	/* A file of the administrator's that has a digest beside it: it is written whole, with status and counters,
	 * and has no generations. */
	bool is_private;
	mode_t mode;      /* of files; 0 = 0600 */
	uid_t uid;        /* to whom files shall belong: hacluster */
	gid_t gid;        /* haclient; of another group is a warning */
	const char *user; /* their names, for texts; lent */
	const char *group;
	void (*log)(void *data, enum store_level level, const char *text);
	void *data;
};

struct cib_store;

/* NULL: out of memory, or no room behind the name for ".sig.new". */
struct cib_store *cib_store_new(const struct store_config *config);
void cib_store_free(struct cib_store *store);

/* Whether directory and files are as they must be; what is not so is logged.  CIB_OK, or
 * CIB_PERMISSIONS. */
int cib_store_check(struct cib_store *store);

/* The document, owned by the caller: of cib.xml; or of the pair with the highest version among
 * those with a right digest, when cib.xml is missing, is no CIB, or somebody changed it, and then it is kept
 * under another name; *DOC is NULL when there is nothing at all.  A write that the power cut in
 * two is ended.  The status section is empty, the DC is forgotten, missing counters are 0.
 * CIB_OK; CIB_PERMISSIONS when cib.xml cannot be read or put aside: then nothing is written
 * either, until a read goes well; CIB_NO_MEMORY. */
int cib_store_read(struct cib_store *store, xmlDoc **doc);

/* The document for who has it only for a moment, beside others: of the main pair as it lies there, whole, status and all.
 * Nothing is written, put aside or taken from elsewhere.  Writing goes on from what was seen.  CIB_OK, or with the
 * reason in ERR:
 *   CIB_NOT_EXISTS, CIB_PERMISSIONS  no file; or it cannot be read
 *   CIB_CORRUPT                      there is no CIB in it
 *   CIB_ALTERED                      it is not what its digest is of
 *   CIB_NO_MEMORY */
int cib_store_look(struct cib_store *store, xmlDoc **doc, struct err *err);

/* Writes the pair without the status section; the previous one becomes the latest of the older generations.
 * num_updates is 0 in a file of P and stays in one of H.  Blocks on the disk.  CIB_OK, or with the reason in ERR and in
 * the log:
 *   CIB_ALTERED      the pair on disk is not what was read or written last: somebody edited it.
 *                    Each attempt says so, until FORCE, which keeps the edited pair under another
 *                    name and goes on
 *   CIB_PERMISSIONS  the last read failed, there was none, or the disk refuses
 *   CIB_CORRUPT      DOC is no CIB, or has something in it that no XML may have
 *   CIB_NO_MEMORY */
int cib_store_write(struct cib_store *store, const xmlDoc *doc, bool force,
    struct err *err);
/* Whether what is in memory does not get to the disk: the last write or read was refused.  For crm_mon. */
bool cib_store_is_halted(const struct cib_store *store);

/* The directory PATH of the real disk as WHERE for store_disk; NULL with ERR.  What is made there belongs to UID and GID
 * if it is root who makes it. */
void *store_disk_open(const char *path, uid_t uid, gid_t gid, struct err *err);
void store_disk_close(void *where);
extern const struct store_files store_disk;

#endif
