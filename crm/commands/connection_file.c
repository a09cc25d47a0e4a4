/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file as a tool's document.  It is read whole and replaced whole at each change, so that a reader never sees half of
 * one, and a change that is told is on disk.
 *
 *	a file                        replaced by one rename
 *	one with a digest beside it   the pair together, so that no power cut leaves two that do not fit (crm/cib/store.h)
 *	the cluster's own file        likewise, as its daemon writes it: without status, the older one is kept as a generation
 */
#include "crm/commands/connection_private.h"

#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"
#include "crm/common/exits.h"
#include "lib/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A file with a digest. */

static void
pair_close(struct cib_connection *c)
{
	cib_store_free(c->store);
	store_disk_close(c->disk);
	free(c->folder);
	c->store = NULL;
	c->disk = NULL;
	c->folder = NULL;
}

static bool
is_cluster_file(const char *path)
{
	char *own = realpath(HB_CIBDIR "/" CIB_STORE_MAIN, NULL);
	bool is = own && strcmp(own, path) == 0;

	free(own);
	return is;
}

static bool
has_digest(const char *path)
{
	char *sig;
	bool has;

	if (asprintf(&sig, "%s.sig", path) < 0)
		abort();
	has = access(sig, F_OK) == 0;
	free(sig);
	return has;
}

/* What the store has to say of what it did: errors come back to who asked for it. */
static void
pair_log(void *data, enum store_level level, const char *text)
{
	struct cib_connection *c = data;

	if (level == STORE_WARNING)
		kit_error(c->kit, "%s", text);
}

/* The store of c->path, if it needs one.  0, or the exit code with ERR. */
static int
pair_open(struct cib_connection *c, struct err *err)
{
	bool is_cluster = is_cluster_file(c->path);

	pair_close(c);
	if (!is_cluster && !has_digest(c->path))
		return 0;
	c->folder = file_directory(c->path);
	c->disk = store_disk_open(c->folder, c->seen.st_uid, c->seen.st_gid, err);
	if (!c->disk)
		return CRM_EX_PRIVILEGE;
	struct store_config config = {
		.files = &store_disk,
		.where = c->disk,
		.path = c->folder,
		.name = strrchr(c->path, '/') + 1,
		.is_private = !is_cluster,
		.mode = c->seen.st_mode & 07777,
		.log = pair_log,
		.data = c,
	};

	c->store = cib_store_new(&config);
	if (!c->store)
		abort();
	return 0;
}

static int
pair_read(struct cib_connection *c, xmlDoc **doc, struct err *err)
{
	switch (cib_store_look(c->store, doc, err)) {
	case CIB_OK:
		return 0;
	case CIB_ALTERED:
		return CRM_EX_DIGEST;
	case CIB_PERMISSIONS:
		return CRM_EX_PRIVILEGE;
	case CIB_NO_MEMORY:
		return CRM_EX_OS;
	default:
		return CRM_EX_CONFIG;
	}
}

static int
pair_write(struct cib_connection *c, const struct stat *old, struct err *err)
{
	/* In place of two files there would be, for a moment, a pair that does not fit. */
	if (old->st_uid != geteuid() && geteuid() != 0)
		return err_set(err, CIB_PERMISSIONS,
		    "'%s' has a digest, and only its owner can change both", c->path);
	return cib_store_write(c->store, c->doc, false, err);
}

/* A file alone. */

/* A file of somebody else, which we may write but could not give back to him: not at once, but it stays his. */
static int
write_in_place(const char *path, const char *text, size_t len, struct err *err)
{
	FILE *out = fopen(path, "r+e");
	bool bad = !out || fwrite(text, 1, len, out) != len || fflush(out) != 0 ||
	           ftruncate(fileno(out), (off_t)len) < 0 || fsync(fileno(out)) < 0;
	int number = errno;

	if (out && fclose(out) != 0)
		bad = true;
	return bad ? err_set(err, CIB_PERMISSIONS, "cannot write '%s': %s", path,
	                 strerror(number))
	           : CIB_OK;
}

static int
plain_write(struct cib_connection *c, const struct stat *old, struct err *err)
{
	size_t len;
	char *text = cib_write(xmlDocGetRootElement(c->doc), NULL, &len);
	int code;

	if (!text)
		return CIB_NO_MEMORY;
	if (cib_text_check(text, len, err) < 0)
		code = CIB_CORRUPT;
	else if (old->st_uid != geteuid() && geteuid() != 0)
		code = write_in_place(c->path, text, len, err);
	else
		code = file_replace_like(c->path, text, len, old, err) < 0
		           ? CIB_PERMISSIONS
		           : CIB_OK;
	free(text);
	return code;
}

static int
plain_read(struct cib_connection *c, xmlDoc **doc, struct err *err)
{
	xmlDoc *read = cib_read_file(c->path, NULL, err);

	if (!read)
		return CRM_EX_CONFIG;
	if (strcmp((const char *)xmlDocGetRootElement(read)->name, "cib") != 0) {
		xmlFreeDoc(read);
		err_set(err, 0, "'%s' has no cib in it", c->path);
		return CRM_EX_CONFIG;
	}
	*doc = read;
	return 0;
}

/* Both. */

/* What is in the file now.  0, or the exit code with ERR. */
static int
file_read(struct cib_connection *c, xmlDoc **doc, struct err *err)
{
	int code;

	if (stat(c->path, &c->seen) < 0 || access(c->path, R_OK) < 0) {
		err_set(err, 0, "%s", strerror(errno));
		return crm_exit_from_errno(errno);
	}
	/* A pipe would be waited for, and can be no file that is replaced. */
	if (!S_ISREG(c->seen.st_mode)) {
		err_set(err, 0, "'%s' is no regular file", c->path);
		return CRM_EX_CONFIG;
	}
	code = pair_open(c, err);
	if (code != 0)
		return code;
	return c->store ? pair_read(c, doc, err) : plain_read(c, doc, err);
}

static void
file_release(struct cib_connection *c)
{
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
}

static int
file_open(struct cib_connection *c, struct err *err)
{
	/* The file that is meant, so that replacing it leaves a symbolic link alone. */
	char *real = realpath(c->path, NULL);
	int code;

	if (!real) {
		err_set(err, 0, "%s", cib_code_text(CIB_NOT_EXISTS, CIB_STYLE_P));
		return crm_exit_from_errno(errno);
	}
	free(c->path);
	c->path = real;
	/* The file and its digest are written one after the other. */
	if (cib_file_lock(c->path, LOCK_SH, &c->lock, err) != CIB_OK)
		return CRM_EX_TRY_AGAIN;
	code = file_read(c, &c->doc, err);
	file_release(c);
	return code;
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Between reading and writing somebody else may have written: his change must not be lost. */
static int
file_hold(struct cib_connection *c, xmlDoc **stale, struct err *err)
{
	int code = cib_file_lock(c->path, LOCK_EX, &c->lock, err);
	xmlDoc *fresh;
	struct stat now;

	if (code != CIB_OK)
		return code;
	if (stat(c->path, &now) == 0 && is_same_file(&now, &c->seen))
		return CIB_OK;
	if (file_read(c, &fresh, err) != 0)
		code = CIB_CORRUPT;
	else {
		*stale = c->doc;
		c->doc = fresh;
		if (cib_connection_judge(c, err) != 0)
			code = CIB_INVALID;
	}
	if (code != CIB_OK)
		file_release(c);
	return code;
}

static int
file_keep(struct cib_connection *c, struct err *err)
{
	struct stat old;
	int code;

	if (stat(c->path, &old) < 0)
		return err_set(err, CIB_PERMISSIONS, "'%s': %s", c->path,
		    strerror(errno));
	/* Renaming needs only the directory: a file that may not be written stays as it is. */
	if (!S_ISREG(old.st_mode) || access(c->path, W_OK) < 0)
		return err_set(err, CIB_PERMISSIONS, "'%s' cannot be written", c->path);
	code = c->store ? pair_write(c, &old, err) : plain_write(c, &old, err);
	if (stat(c->path, &c->seen) < 0)
		c->seen = (struct stat){ 0 }; /* it will be read anew */
	return code;
}

const struct cib_place cib_file_place = { file_open, file_hold, file_release, file_keep,
	pair_close, true };
