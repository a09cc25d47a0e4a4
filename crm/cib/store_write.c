/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing the document to disk (spec/cib.md 13).  The order is what makes it safe:
 *
 *	0  names that an earlier write changed are on the disk: it may have failed, or its process ended
 *	1  the new pair under other names, its content on the disk
 *	2  the old pair gets further names, as a generation
 *	3  the names of 1 and 2 are on the disk
 *	4  two renames; whichever of them the power cuts off is made up for by the reader (store.c)
 *	5  they are on the disk; only then the counter of generations goes on
 */
#include "crm/cib/store_private.h"

#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What goes into the files. */

struct content {
	char *text;
	size_t len;
	char sig[CIB_DIGEST_SIZE];   /* of the document's style */
	char known[CIB_DIGEST_SIZE]; /* as pacemaker makes it */
	struct cib_version version;
};

/* A copy without what the cluster's own file does not have. */
static xmlDoc *
copy_for_disk(const xmlDoc *doc, enum cib_style style, struct cib_version *version)
{
	xmlDoc *copy = xmlCopyDoc((xmlDoc *)(uintptr_t)doc, 1);
	xmlNode *root = copy ? xmlDocGetRootElement(copy) : NULL, *status;

	if (!root) {
		xmlFreeDoc(copy);
		return NULL;
	}
	while ((status = cib_child_find(root, "status"))) {
		xmlUnlinkNode(status);
		xmlFreeNode(status);
	}
	cib_version_get(root, version);
	if (style == CIB_STYLE_P)
		version->num_updates = 0;
	if (!cib_version_set(root, version)) {
		xmlFreeDoc(copy);
		return NULL;
	}
	return copy;
}

static int
content_make(struct cib_store *store, const xmlDoc *doc, struct content *content,
    struct err *err)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	enum cib_style style = cib_style_of(root);
	xmlDoc *copy = NULL;
	int code = CIB_NO_MEMORY;

	*content = (struct content){ 0 };
	if (!root || strcmp((const char *)root->name, "cib") != 0)
		return err_set(err, CIB_CORRUPT, "the document is no CIB");
	if (store->config.is_private)
		cib_version_get(root, &content->version);
	else {
		copy = copy_for_disk(doc, style, &content->version);
		if (!copy)
			return err_set(err, CIB_NO_MEMORY, "out of memory");
		root = xmlDocGetRootElement(copy);
	}
	if (cib_digest(root, CIB_DIGEST_FILE_P, content->known) == CIB_OK &&
	    cib_digest(root, style == CIB_STYLE_H ? CIB_DIGEST_FILE_H : CIB_DIGEST_FILE_P,
	        content->sig) == CIB_OK) {
		content->text = cib_write(root, NULL, &content->len);
		if (content->text)
			code = CIB_OK;
	}
	if (code != CIB_OK)
		err_set(err, code, "out of memory");
	else if (cib_text_check(content->text, content->len, err) < 0)
		code = CIB_CORRUPT;
	xmlFreeDoc(copy);
	return code;
}

/* What is on disk. */

/* Whether the pair is the one that we know; if not, whether it may be replaced all the same. */
static int
main_check(struct cib_store *store, bool force, struct err *err)
{
	struct store_pair main;
	int code = CIB_OK, failed = store_main_read(store, true, &main);

	if (failed < 0)
		code = err_set(err, CIB_PERMISSIONS, "%s cannot be put in place: %s",
		    store->shown, strerror(-failed));
	else if (!main.doc && main.error == -ENOENT) {
		if (*store->known)
			store_say(store, STORE_WARNING,
			    "%s has disappeared; it is written anew", store->shown);
		store->known[0] = '\0';
	} else if (!main.doc && main.error != -EINVAL)
		code = err_set(err, CIB_PERMISSIONS, "%s cannot be read: %s",
		    store->shown, main.why);
	else if (!main.doc || main.sig == SIG_WRONG ||
	         (strcmp(main.digest, store->known) != 0 &&
	             strcmp(main.digest, store->tried) != 0)) {
		code = err_set(err, CIB_ALTERED,
		    "%s was manually modified while the cluster was active!",
		    store->shown);
		if (force)
			code = store_put_aside(store, store->main, store->main_sig,
			           main.digest) < 0
			           ? err_set(err, CIB_PERMISSIONS,
			                 "%s cannot be kept under another name",
			                 store->shown)
			           : CIB_OK;
		if (code == CIB_OK)
			store->known[0] = '\0';
	} else /* also that of a write that came to its end only now */
		snprintf(store->known, sizeof(store->known), "%s", main.digest);
	store_pair_clear(&main);
	return code;
}

/* Steps. */

/* A file with that content, and the content on the disk. */
static int
place(struct cib_store *store, const char *name, const void *data, size_t len)
{
	const struct store_config *c = &store->config;
	int code = c->files->unlink(c->where, name);

	if (code == 0 || code == -ENOENT)
		code =
		    c->files->create(c->where, name, data, len, c->mode ? c->mode : 0600);
	return code < 0 ? code : c->files->sync(c->where, name);
}

/* The number of the next generation: what the counter says, else one that is free. */
static int
generation_next(struct cib_store *store)
{
	const struct store_config *c = &store->config;
	char *text = NULL;
	ssize_t len = c->files->read(c->where, COUNTER, 64, &text);
	char *end = text;
	long number = len > 0 ? strtol(text, &end, 10) : -1;
	bool good =
	    len > 0 && end != text && number >= 0 && number < CIB_STORE_GENERATIONS;

	if (len >= 0)
		free(text);
	for (number = good ? number : 0; !good && number < CIB_STORE_GENERATIONS;
	     number++) {
		char name[STORE_NAME_SIZE];
		struct store_stat s;

		snprintf(name, sizeof(name), "cib-%ld.raw", number);
		if (c->files->stat(c->where, name, &s) == -ENOENT)
			return (int)number;
	}
	return (int)number % CIB_STORE_GENERATIONS;
}

/* One more name for a file; who had it loses it. */
static int
also_called(struct cib_store *store, const char *name, const char *more)
{
	const struct store_config *c = &store->config;
	int code = c->files->unlink(c->where, more);

	if (code == 0 || code == -ENOENT)
		code = c->files->link(c->where, name, more);
	return code;
}

static int
generation_make(struct cib_store *store, int number)
{
	char name[STORE_NAME_SIZE], sig_name[STORE_NAME_SIZE];
	int code;

	snprintf(name, sizeof(name), "cib-%d.raw", number);
	snprintf(sig_name, sizeof(sig_name), "cib-%d.raw.sig", number);
	code = also_called(store, store->main, name);
	if (code == 0)
		code = also_called(store, store->main_sig, sig_name);
	/* A file that never had a digest has none as a generation, too. */
	return code == -ENOENT ? 0 : code;
}

static int
counter_write(struct cib_store *store, int number)
{
	const struct store_config *c = &store->config;
	char text[16];
	int len =
	    snprintf(text, sizeof(text), "%d", (number + 1) % CIB_STORE_GENERATIONS);
	int code = place(store, COUNTER_NEW, text, (size_t)len);

	if (code == 0)
		code = c->files->rename(c->where, COUNTER_NEW, COUNTER);
	return code < 0 ? code : c->files->sync(c->where, ".");
}

static int
pair_write(struct cib_store *store, const struct content *content)
{
	const struct store_config *c = &store->config;
	bool older = *store->known && !store->config.is_private;
	int number = older ? generation_next(store) : 0;
	int code = c->files->sync(c->where, ".");

	if (code == 0)
		code = place(store, store->main_new, content->text, content->len);
	if (code == 0)
		code =
		    place(store, store->main_sig_new, content->sig, strlen(content->sig));
	if (code == 0 && older)
		code = generation_make(store, number);
	if (code == 0)
		code = c->files->sync(c->where, ".");
	if (code == 0)
		code = c->files->rename(c->where, store->main_new, store->main);
	if (code == 0)
		code = c->files->rename(c->where, store->main_sig_new, store->main_sig);
	if (code == 0)
		code = c->files->sync(c->where, ".");
	if (code == 0 && older)
		code = counter_write(store, number);
	return code;
}

int
cib_store_write(struct cib_store *store, const xmlDoc *doc, bool force, struct err *err)
{
	struct content content;
	struct err why = { "" };
	int code = content_make(store, doc, &content, &why);

	if (code == CIB_OK && !store->was_read)
		code = err_set(&why, CIB_PERMISSIONS,
		    "%s was not read, so it is not written", store->shown);
	else if (code == CIB_OK)
		code = main_check(store, force, &why);
	if (code == CIB_OK) {
		snprintf(store->tried, sizeof(store->tried), "%s", content.known);
		int failed = pair_write(store, &content);

		if (failed < 0)
			code = err_set(&why, CIB_PERMISSIONS, "%s cannot be written: %s",
			    store->shown, strerror(-failed));
	}
	store->halted = code != CIB_OK;
	if (code == CIB_OK) {
		snprintf(store->known, sizeof(store->known), "%s", content.known);
		store_say(store, STORE_INFO,
		    "Wrote version %d.%d.%d of the CIB to disk (digest: %s)",
		    content.version.admin_epoch, content.version.epoch,
		    content.version.num_updates, content.sig);
	} else
		store_say(store, STORE_ERROR, "%s", why.text);
	err_set(err, code, "%s", why.text);
	free(content.text);
	return code;
}
