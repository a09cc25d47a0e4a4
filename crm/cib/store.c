/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the document from disk (spec/cib.md 13), and what writing it (store_write.c) needs, too.
 *
 * A pair counts when the digest in its .sig is that of the document, of either kind.  A write renames two files, so the
 * power may fail between them; the new pair lies complete under other names before that, and then one half of it still does:
 *
 *	cib.xml  cib.xml.sig  left over                  what it is
 *	A        A                                       A
 *	B        A            cib.xml.sig.new = B        B: the second rename is made up for
 *	A        B            cib.xml.new = B            B: so is the first
 *	A        A            both                       A: B was never begun to be put in place
 *	edited   A                                       the best of the older pairs
 */
#include "crm/cib/store_private.h"

#include "crm/cib/path.h"
#include "crm/cib/read.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A life. */

struct cib_store *
cib_store_new(const struct store_config *config)
{
	const char *name = config->name ? config->name : CIB_STORE_MAIN;
	struct cib_store *store = calloc(1, sizeof(*store));
	bool fits = strlen(name) + strlen(".sig.new") < STORE_NAME_SIZE;

	if (!store || !fits || asprintf(&store->shown, "%s/%s", config->path, name) < 0) {
		free(store);
		return NULL;
	}
	store->config = *config;
	snprintf(store->main, sizeof(store->main), "%s", name);
	snprintf(store->main_sig, sizeof(store->main_sig), "%.247s.sig", name);
	snprintf(store->main_new, sizeof(store->main_new), "%.247s.new", name);
	snprintf(store->main_sig_new, sizeof(store->main_sig_new), "%.247s.sig.new",
	    name);
	return store;
}

void
cib_store_free(struct cib_store *store)
{
	if (store)
		free(store->shown);
	free(store);
}

bool
cib_store_is_halted(const struct cib_store *store)
{
	return store->halted;
}

void
store_say(struct cib_store *store, enum store_level level, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	store->config.log(store->config.data, level, text);
}

/* Permissions. */

static bool
is_ours(struct cib_store *store, const char *path, const struct store_stat *s)
{
	const struct store_config *c = &store->config;

	if (s->uid != c->uid || (s->mode & 0600) != 0600) {
		store_say(store, STORE_ERROR, "%s must be owned and r/w by user %s", path,
		    c->user);
		return false;
	}
	if (s->gid != c->gid)
		store_say(store, STORE_WARNING, "%s should be of the group %s", path,
		    c->group);
	return true;
}

static bool
is_good(struct cib_store *store, const char *name, bool directory)
{
	const struct store_config *c = &store->config;
	struct store_stat s;
	char path[300];
	int code = c->files->stat(c->where, name, &s);

	snprintf(path, sizeof(path), "%s%s%s", c->path, directory ? "" : "/",
	    directory ? "" : name);
	if (code == -ENOENT && !directory)
		return true;
	if (code < 0) {
		store_say(store, STORE_ERROR, "%s: %s", path, strerror(-code));
		return false;
	}
	if (directory ? !s.is_directory : !s.is_regular) {
		store_say(store, STORE_ERROR, "%s must be a %s", path,
		    directory ? "directory" : "regular file");
		return false;
	}
	return is_ours(store, path, &s);
}

int
cib_store_check(struct cib_store *store)
{
	bool good = is_good(store, ".", true);

	good &= is_good(store, store->main, false);
	good &= is_good(store, store->main_sig, false);
	if (!good)
		store_say(store, STORE_ERROR, "Bad permissions on %s",
		    store->config.path);
	return good ? CIB_OK : CIB_PERMISSIONS;
}

/* Pairs. */

static bool
is_cib(const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);

	return root && strcmp((const char *)root->name, "cib") == 0;
}

/* Whether SIG has the digest of the document, of either kind; white space around it is nobody's change. */
static bool
sig_is_right(const struct store_pair *pair, const char *sig)
{
	char of_h[CIB_DIGEST_SIZE];
	size_t len;

	sig += strspn(sig, " \t\r\n");
	len = strcspn(sig, " \t\r\n");
	if (len != CIB_DIGEST_SIZE - 1 || sig[len + strspn(sig + len, " \t\r\n")])
		return false;
	if (memcmp(sig, pair->digest, len) == 0)
		return true;
	return cib_digest(xmlDocGetRootElement(pair->doc), CIB_DIGEST_FILE_H, of_h) ==
	           CIB_OK &&
	       memcmp(sig, of_h, len) == 0;
}

static void
sig_read(struct cib_store *store, const char *sig_name, struct store_pair *pair)
{
	const struct store_config *c = &store->config;
	char *sig = NULL;
	ssize_t len = c->files->read(c->where, sig_name, 4096, &sig);

	pair->sig = len == -ENOENT ? SIG_MISSING
	            : len >= 0 && strlen(sig) == (size_t)len && sig_is_right(pair, sig)
	                ? SIG_RIGHT
	                : SIG_WRONG;
	if (len >= 0)
		free(sig);
}

/* Reads NAME, and judges it by what SIG_NAME has. */
static void
pair_read(struct cib_store *store, const char *name, const char *sig_name,
    struct store_pair *pair)
{
	const struct store_config *c = &store->config;
	struct err err = { "" };
	char *text = NULL;
	ssize_t len = c->files->read(c->where, name, CIB_SIZE_MAX, &text);

	*pair = (struct store_pair){ .error = len < 0 ? (int)len : 0 };
	if (len < 0) {
		snprintf(pair->why, sizeof(pair->why), "%s", strerror((int)-len));
		return;
	}
	pair->doc = cib_parse(text, (size_t)len, NULL, &err);
	free(text);
	if (pair->doc && !is_cib(pair->doc)) {
		snprintf(err.text, sizeof(err.text), "there is no <cib> in it");
		store_pair_clear(pair);
	}
	if (!pair->doc) {
		pair->error = -EINVAL;
		snprintf(pair->why, sizeof(pair->why), "%.190s", err.text);
		return;
	}
	if (cib_digest(xmlDocGetRootElement(pair->doc), CIB_DIGEST_FILE_P,
	        pair->digest) != CIB_OK) {
		store_pair_clear(pair);
		pair->error = -ENOMEM;
		return;
	}
	sig_read(store, sig_name, pair);
}

void
store_pair_clear(struct store_pair *pair)
{
	xmlFreeDoc(pair->doc);
	pair->doc = NULL;
}

/* Linked first and unlinked when that is certain: at no moment is there none of it. */
static int
keep_as(struct cib_store *store, const char *name, const char *kept)
{
	const struct store_config *c = &store->config;
	int code = c->files->link(c->where, name, kept);

	if (code == 0)
		code = c->files->sync(c->where, ".");
	if (code == 0)
		code = c->files->unlink(c->where, name);
	return code;
}

int
store_put_aside(struct cib_store *store, const char *name, const char *sig_name,
    const char *digest)
{
	char kept[STORE_NAME_SIZE], kept_sig[STORE_NAME_SIZE];
	int code = -EEXIST, number = 0;

	/* The same file is edited again and again: its digest is no name by itself. */
	for (; code == -EEXIST && number < 10000; number++) {
		snprintf(kept, sizeof(kept), "cib.auto.%.4s%02d",
		    *digest ? digest : "none", number);
		snprintf(kept_sig, sizeof(kept_sig), "%.30s.sig", kept);
		code = keep_as(store, name, kept);
	}
	if (code == 0) {
		store_say(store, STORE_WARNING, "%s/%s is kept as %s", store->config.path,
		    name, kept);
		code = keep_as(store, sig_name, kept_sig);
		if (code == -ENOENT || code == -EEXIST)
			code = 0; /* the document is what matters */
	}
	if (code == 0)
		code = store->config.files->sync(store->config.where, ".");
	if (code < 0)
		store_say(store, STORE_ERROR,
		    "%s/%s cannot be kept under another name: %s", store->config.path,
		    name, strerror(-code));
	return code;
}

/* Reading. */

/* Takes FROM to TO, whose content is known by now: the half of a write that the power left out. */
static int
make_up_for(struct cib_store *store, const char *from, const char *to)
{
	const struct store_config *c = &store->config;
	int code = c->files->rename(c->where, from, to);

	if (code == 0)
		code = c->files->sync(c->where, ".");
	store_say(store, STORE_WARNING,
	    "The last write of %s was interrupted; it is whole%s%s", store->shown,
	    code < 0 ? ", but not put in place: " : "", code < 0 ? strerror(-code) : "");
	return code;
}

/* Whether NAME and SIG_NAME belong together; the main pair is it then. */
static bool
is_pair(struct cib_store *store, const char *name, const char *sig_name,
    struct store_pair *main)
{
	struct store_pair other;

	pair_read(store, name, sig_name, &other);
	if (!other.doc || other.sig != SIG_RIGHT) {
		store_pair_clear(&other);
		return false;
	}
	store_pair_clear(main);
	*main = other;
	return true;
}

int
store_main_read(struct cib_store *store, bool mend, struct store_pair *main)
{
	pair_read(store, store->main, store->main_sig, main);
	if (main->doc && main->sig == SIG_RIGHT)
		return 0;
	if (main->doc && is_pair(store, store->main, store->main_sig_new, main))
		return mend ? make_up_for(store, store->main_sig_new, store->main_sig)
		            : 0;
	if (!main->doc && main->error != -ENOENT && main->error != -EINVAL)
		return 0;
	if (is_pair(store, store->main_new, store->main_sig, main))
		return mend ? make_up_for(store, store->main_new, store->main) : 0;
	return 0;
}

/* The best of the older pairs so far. */
struct best {
	xmlDoc *doc;
	struct cib_version version;
	char name[STORE_NAME_SIZE];
};

static void
best_try(struct cib_store *store, const char *name, const char *sig_name,
    struct best *best)
{
	struct store_pair pair;
	struct cib_version version;

	pair_read(store, name, sig_name, &pair);
	if (!pair.doc && pair.error != -ENOENT)
		store_say(store, STORE_WARNING, "%s/%s cannot be used: %s",
		    store->config.path, name, pair.why);
	if (!pair.doc || pair.sig != SIG_RIGHT) {
		store_pair_clear(&pair);
		return;
	}
	cib_version_get(xmlDocGetRootElement(pair.doc), &version);
	if (best->doc && cib_version_compare(&version, &best->version) <= 0) {
		store_pair_clear(&pair);
		return;
	}
	xmlFreeDoc(best->doc);
	best->doc = pair.doc;
	best->version = version;
	snprintf(best->name, sizeof(best->name), "%s", name);
}

static xmlDoc *
older_read(struct cib_store *store)
{
	struct best best = { 0 };

	for (int i = 0; i < CIB_STORE_GENERATIONS; i++) {
		char name[STORE_NAME_SIZE], sig_name[STORE_NAME_SIZE];

		snprintf(name, sizeof(name), "cib-%d.raw", i);
		snprintf(sig_name, sizeof(sig_name), "cib-%d.raw.sig", i);
		best_try(store, name, sig_name, &best);
	}
	best_try(store, CIB_STORE_MAIN ".last", CIB_STORE_MAIN ".sig.last", &best);
	if (best.doc)
		store_say(store, STORE_WARNING, "Using version %d.%d.%d of %s/%s",
		    best.version.admin_epoch, best.version.epoch,
		    best.version.num_updates, store->config.path, best.name);
	return best.doc;
}

/* What a document that comes from disk never has, and always has. */
static int
freshen(struct cib_store *store, xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc), *status;
	struct cib_version version;

	xmlUnsetProp(root, BAD_CAST "dc-uuid");
	xmlUnsetProp(root, BAD_CAST "dc_uuid");
	while ((status = cib_child_find(root, "status"))) {
		xmlUnlinkNode(status);
		xmlFreeNode(status);
	}
	if (!xmlNewChild(root, NULL, BAD_CAST "status", NULL))
		return CIB_NO_MEMORY;
	if (!cib_attr(root, "admin_epoch"))
		store_say(store, STORE_WARNING,
		    "No value for admin_epoch was specified "
		    "in the configuration: it is 0");
	if (cib_version_get(root, &version) && !cib_version_set(root, &version))
		return CIB_NO_MEMORY;
	if (cib_attr(root, "generated") &&
	    !xmlSetProp(root, BAD_CAST "generated", BAD_CAST "false"))
		return CIB_NO_MEMORY;
	return CIB_OK;
}

/* Why the main file does not count. */
static void
main_blame(struct cib_store *store, const struct store_pair *main)
{
	const char *path = store->shown;

	if (main->error == -ENOENT)
		store_say(store, STORE_WARNING, "Cluster configuration not found: %s",
		    path);
	else if (main->error < 0)
		store_say(store, STORE_ERROR,
		    "%s exists but does NOT contain valid XML (%s). Continuing but "
		    "%s will NOT used.",
		    path, main->why, path);
	else {
		store_say(store, STORE_ERROR,
		    "Checksum of %s failed!  Configuration contents ignored!", path);
		store_say(store, STORE_ERROR,
		    "Usually this is caused by manually changes, please refer to "
		    "http://linux-ha.org/v2/faq/cib_changes_detected");
	}
}

static int
refuse(struct cib_store *store, int code)
{
	store->was_read = false;
	store->halted = true;
	return code;
}

int
cib_store_read(struct cib_store *store, xmlDoc **doc)
{
	struct store_pair main;
	xmlDoc *found = NULL;

	store_main_read(store, true, &main); /* whatever comes of that, it is whole */
	if (!main.doc && main.error == -ENOMEM)
		return refuse(store, CIB_NO_MEMORY);
	if (!main.doc && main.error != -ENOENT && main.error != -EINVAL) {
		store_say(store, STORE_ERROR,
		    "%s cannot be read: %s.  Nothing will be written", store->shown,
		    main.why);
		return refuse(store, CIB_PERMISSIONS);
	}
	store->known[0] = '\0';
	if (main.doc && main.sig != SIG_WRONG) {
		if (main.sig == SIG_MISSING)
			store_say(store, STORE_WARNING, "No on-disk digest present");
		snprintf(store->known, sizeof(store->known), "%s", main.digest);
		found = main.doc;
	} else {
		main_blame(store, &main);
		store_pair_clear(&main);
		if (main.error != -ENOENT &&
		    store_put_aside(store, store->main, store->main_sig, main.digest) < 0)
			return refuse(store, CIB_PERMISSIONS);
		found = older_read(store);
	}
	if (found && freshen(store, found) != CIB_OK) {
		xmlFreeDoc(found);
		return refuse(store, CIB_NO_MEMORY);
	}
	store->was_read = true;
	store->halted = false;
	*doc = found;
	return CIB_OK;
}

int
cib_store_look(struct cib_store *store, xmlDoc **doc, struct err *err)
{
	struct store_pair main;

	store_main_read(store, false, &main);
	store->was_read = main.doc && main.sig != SIG_WRONG;
	if (store->was_read) {
		snprintf(store->known, sizeof(store->known), "%s", main.digest);
		*doc = main.doc;
		return CIB_OK;
	}
	store_pair_clear(&main);
	if (main.error == 0)
		return err_set(err, CIB_ALTERED,
		    "'%s' is not what '%s.sig' has the digest of", store->shown,
		    store->shown);
	if (main.error == -EINVAL)
		return err_set(err, CIB_CORRUPT, "%s", main.why);
	return err_set(err,
	    main.error == -ENOENT   ? CIB_NOT_EXISTS
	    : main.error == -ENOMEM ? CIB_NO_MEMORY
	                            : CIB_PERMISSIONS,
	    "cannot read '%s': %s", store->shown, main.why);
}
