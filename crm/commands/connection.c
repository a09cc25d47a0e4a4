/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tool's document.  A file is read whole and replaced whole at each change, so that a reader never sees half of
 * one, and a change that is told is on disk.  A shadow is such a file in a directory of its own.
 */
#include "crm/commands/connection.h"

#include "crm/cib/digest.h"
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/upgrade.h"
#include "crm/cib/validate.h"
#include "crm/cib/write.h"
#include "crm/common/exits.h"
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 30000
#define LOCK_PAUSE_MS 10

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
	bool is_file;
};

struct cib_connection {
	const struct cib_place *place;
	char *path;       /* of a file */
	struct stat seen; /* the file of which DOC is */
	int lock;         /* on its directory; -1 = not now */
	bool is_signed;
	xmlDoc *doc;
	struct cib_schemas *schemas;
	struct cib_host host;
	struct kit *kit; /* who hears what is wrong; NULL = nobody */
};

/* Schemas. */

static bool
is_fit(enum cib_verdict verdict)
{
	return verdict == CIB_VERDICT_VALID || verdict == CIB_VERDICT_UNCHECKED;
}

static void
tell_faults(struct kit *kit, struct cib_report *report, const char *path)
{
	for (size_t i = 0; i < report->fault_count; i++)
		kit_error(kit, "%s", cib_fault_text(report, &report->fault[i], path));
	if (report->dropped)
		kit_error(kit, "%s: %zu faults more", path, report->dropped);
}

/* Whether what was read may be used. */
static int
judge(struct cib_connection *c, struct err *err)
{
	struct cib_report report = { 0 };
	enum cib_verdict verdict = cib_validate(c->schemas, c->doc, &report);

	if (!is_fit(verdict)) {
		if (c->kit)
			tell_faults(c->kit, &report, c->path);
		err_set(err, 0, "%s", cib_code_text(CIB_INVALID, CIB_STYLE_P));
	}
	cib_report_clear(&report);
	return is_fit(verdict) ? 0 : CRM_EX_CONFIG;
}

/* Whether NEXT may become the document: struct cib_host. */
static int
judge_next(const xmlDoc *next, void *data, struct err *err)
{
	struct cib_connection *c = data;
	struct cib_report report = { 0 };
	enum cib_verdict verdict = cib_validate(c->schemas, next, &report);

	if (!is_fit(verdict) && report.fault_count)
		err_set(err, 0, "%s", cib_fault_text(&report, &report.fault[0], NULL));
	cib_report_clear(&report);
	return is_fit(verdict) ? CIB_OK : CIB_INVALID;
}

/* The document in the newest schema: struct cib_host.  What changed is told to who asks for more. */
static int
renew(const xmlDoc *now, xmlDoc **next, void *data, struct err *err)
{
	struct cib_connection *c = data;
	struct cib_changes changes = { 0 };
	int code = cib_upgrade(now, next, &changes, err);

	for (size_t i = 0; code == 0 && c->kit && i < changes.note_count; i++)
		if (changes.note[i].lost || c->kit->verbose)
			kit_error(c->kit, "%s",
			    cib_change_text(&changes, &changes.note[i]));
	cib_changes_clear(&changes);
	return code == 0 ? CIB_OK : code == -ENOMEM ? CIB_NO_MEMORY : CIB_INVALID;
}

/* Files. */

/* The cluster's own file has its digest beside it, in PATH.sig: who looks at one must look at both. */
static char *
signature_path(const struct cib_connection *c)
{
	char *path;

	if (asprintf(&path, "%s.sig", c->path) < 0)
		abort();
	return path;
}

static int
signature_make(const xmlDoc *doc, char text[CIB_DIGEST_SIZE])
{
	const xmlNode *root = xmlDocGetRootElement(doc);

	return cib_digest(root,
	    cib_style_of(root) == CIB_STYLE_H ? CIB_DIGEST_FILE_H : CIB_DIGEST_FILE_P,
	    text);
}

static int
signature_check(struct cib_connection *c, const xmlDoc *doc, struct err *err)
{
	char *path = signature_path(c), is[CIB_DIGEST_SIZE], told[CIB_DIGEST_SIZE + 1];
	ssize_t len = file_read_bounded(path, told, sizeof(told), NULL);

	free(path);
	c->is_signed = len != -ENOENT;
	if (!c->is_signed)
		return 0;
	if (len >= 0 && signature_make(doc, is) == CIB_OK && strncmp(told, is, 32) == 0)
		return 0;
	err_set(err, 0, "'%s' is not what '%s.sig' has the digest of", c->path, c->path);
	return CRM_EX_DIGEST;
}

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

/* With the owner and the mode of OLD. */
static int
put(const char *path, const char *text, size_t len, const struct stat *old,
    struct err *err)
{
	if (old->st_uid != geteuid() && geteuid() != 0)
		return write_in_place(path, text, len, err);
	if (file_replace(path, text, len, old->st_mode & 07777, err) < 0)
		return CIB_PERMISSIONS;
	if (geteuid() == 0 && chown(path, old->st_uid, old->st_gid) < 0)
		return err_set(err, CIB_PERMISSIONS, "cannot give '%s' to its owner: %s",
		    path, strerror(errno));
	return CIB_OK;
}

static int
signature_write(const struct cib_connection *c, const struct stat *old, struct err *err)
{
	char *path = signature_path(c), text[CIB_DIGEST_SIZE];
	int code = signature_make(c->doc, text);

	if (code == CIB_OK)
		code = put(path, text, 32, old, err);
	free(path);
	return code;
}

/* Its directory is locked: the file itself is another one after each change.  Nobody has the lock for longer than a
 * file takes to be read or written; who does was stopped, and waiting for ever would help nobody.  HOW: LOCK_SH or
 * LOCK_EX. */
static int
directory_lock(struct cib_connection *c, int how, struct err *err)
{
	char *slash = strrchr(c->path, '/');
	struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };

	*slash = '\0';
	c->lock =
	    open(slash == c->path ? "/" : c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (c->lock < 0)
		return CIB_OK; /* then nobody can write there, and this is told when it is tried */
	for (int waited_ms = 0; flock(c->lock, how | LOCK_NB) < 0;
	     waited_ms += LOCK_PAUSE_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return CIB_OK; /* a file system without locks */
		if (waited_ms >= LOCK_WAIT_MS) {
			close(c->lock);
			c->lock = -1;
			return err_set(err, CIB_PERMISSIONS,
			    "'%s': somebody else has been changing it for %d seconds",
			    c->path, LOCK_WAIT_MS / 1000);
		}
		nanosleep(&pause, NULL);
	}
	return CIB_OK;
}

static void
file_release(struct cib_connection *c)
{
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
}

/* What is in the file now.  0, or the exit code with ERR. */
static int
file_read(struct cib_connection *c, xmlDoc **doc, struct err *err)
{
	xmlDoc *read;
	struct err why;
	int code = 0;

	if (stat(c->path, &c->seen) < 0 || access(c->path, R_OK) < 0) {
		err_set(err, 0, "%s", strerror(errno));
		return crm_exit_from_errno(errno);
	}
	/* A pipe would be waited for, and can be no file that is replaced. */
	if (!S_ISREG(c->seen.st_mode)) {
		err_set(err, 0, "'%s' is no regular file", c->path);
		return CRM_EX_CONFIG;
	}
	read = cib_read_file(c->path, NULL, &why);
	if (!read) {
		err_set(err, 0, "%s", why.text);
		return CRM_EX_CONFIG;
	}
	if (strcmp((const char *)xmlDocGetRootElement(read)->name, "cib") != 0) {
		err_set(err, 0, "'%s' has no cib in it", c->path);
		code = CRM_EX_CONFIG;
	} else
		code = signature_check(c, read, err);
	if (code == 0)
		*doc = read;
	else
		xmlFreeDoc(read);
	return code;
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
	if (directory_lock(c, LOCK_SH, err) != CIB_OK)
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
	int code = directory_lock(c, LOCK_EX, err);
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
		if (judge(c, err) != 0)
			code = CIB_INVALID;
	}
	if (code != CIB_OK)
		file_release(c);
	return code;
}

/* What is written must be there tomorrow: a value with bytes that no XML may have would make a file that nobody
 * can read. */
static bool
is_readable(const char *text, size_t len, struct err *err)
{
	unsigned mended;
	struct err why;
	xmlDoc *doc = cib_parse(text, len, &mended, &why);

	if (doc)
		xmlFreeDoc(doc);
	if (doc && !mended)
		return true;
	err_set(err, 0, "the document could not be read again: %s",
	    doc ? "a name in it is none" : why.text);
	return false;
}

static int
file_keep(struct cib_connection *c, struct err *err)
{
	struct stat old;
	size_t len;
	char *text;
	int code;

	if (stat(c->path, &old) < 0)
		return err_set(err, CIB_PERMISSIONS, "'%s': %s", c->path,
		    strerror(errno));
	/* Renaming needs only the directory: a file that may not be written stays as it is. */
	if (!S_ISREG(old.st_mode) || access(c->path, W_OK) < 0)
		return err_set(err, CIB_PERMISSIONS, "'%s' cannot be written", c->path);
	text = cib_write(xmlDocGetRootElement(c->doc), NULL, &len);
	if (!text)
		return CIB_NO_MEMORY;
	code = is_readable(text, len, err) ? put(c->path, text, len, &old, err)
	                                   : CIB_CORRUPT;
	free(text);
	if (code == CIB_OK && c->is_signed)
		code = signature_write(c, &old, err);
	if (stat(c->path, &c->seen) < 0)
		c->seen = (struct stat){ 0 }; /* it will be read anew */
	return code;
}

static const struct cib_place file_place = { file_open, file_hold, file_release,
	file_keep, true };

/* The cluster. */

/* Here the client of the cluster's daemon will begin. */
static int
cluster_open(struct cib_connection *c, struct err *err)
{
	(void)c;
	err_set(err, 0, "%s", strerror(ENOTCONN));
	return CRM_EX_NOT_CONNECTED;
}

static const struct cib_place cluster_place = { .open = cluster_open };

/* All. */

char *
cib_shadow_path(const char *name)
{
	const char *folder = getenv("CIB_shadow_dir");
	char *path;

	if (!*name || strchr(name, '/'))
		return NULL;
	if (asprintf(&path, "%s/shadow.%s", folder && *folder ? folder : HB_CIBDIR,
	        name) < 0)
		return NULL;
	return path;
}

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int
connect_to(struct cib_connection *c, enum cib_where where, struct err *err)
{
	const char *shadow = where == CIB_ENVIRONMENT ? environment("CIB_shadow") : NULL;
	const char *file = environment("CIB_file");
	int code;

	c->place = shadow || file ? &file_place : &cluster_place;
	c->path = shadow ? cib_shadow_path(shadow) : file ? strdup(file) : NULL;
	if (shadow && !c->path) {
		err_set(err, 0, "'%s' is no name of a shadow", shadow);
		return CRM_EX_USAGE;
	}
	code = c->place->open(c, err);
	return code == 0 && c->place->is_file ? judge(c, err) : code;
}

int
kit_connect(struct kit *kit, struct cib_connection **to, enum cib_where where,
    struct err *err)
{
	struct cib_connection *c = calloc(1, sizeof(*c));
	int code;

	*to = NULL;
	if (!c)
		abort();
	c->kit = kit;
	c->lock = -1;
	c->schemas = cib_schemas_new();
	if (!c->schemas)
		abort();
	c->host =
	    (struct cib_host){ .validate = judge_next, .upgrade = renew, .data = c };
	code = connect_to(c, where, err);
	if (code == 0)
		*to = c;
	else
		cib_disconnect(c);
	return code;
}

int
cib_connect(struct cib_connection **to, enum cib_where where, struct err *err)
{
	return kit_connect(NULL, to, where, err);
}

xmlDoc *
cib_connection_doc(const struct cib_connection *c)
{
	return c->doc;
}

/* The change cannot be kept: as if it had not been made. */
static void
undo(struct cib_connection *c, struct cib_answer *answer, int code)
{
	xmlFreeDoc(c->doc);
	c->doc = answer->before;
	answer->before = NULL;
	answer->change = CIB_CHANGE_NONE;
	answer->code = code;
}

int
cib_connection_execute(struct cib_connection *c, const struct cib_request *request,
    struct cib_answer *answer)
{
	struct cib_request whole = *request;
	bool modifies = cib_op_flags(request->op) & CIB_OP_MODIFIES;
	xmlDoc *stale = NULL;
	int code = CIB_OK;

	*answer = (struct cib_answer){ 0 };
	if (!whole.host)
		whole.host = &c->host;
	if (modifies)
		code = c->place->hold(c, &stale, &answer->err);
	if (code != CIB_OK) {
		xmlFreeDoc(stale);
		return answer->code = code;
	}
	code = cib_execute(&c->doc, &whole, answer);
	if (code == CIB_OK && answer->before) {
		code = c->place->keep(c, &answer->err);
		if (code != CIB_OK)
			undo(c, answer, code);
	}
	if (modifies)
		c->place->release(c);
	/* The request may have been made of it. */
	xmlFreeDoc(stale);
	return code;
}

void
cib_disconnect(struct cib_connection *c)
{
	if (!c)
		return;
	if (c->doc)
		xmlFreeDoc(c->doc);
	cib_schemas_free(c->schemas);
	free(c->path);
	free(c);
}
