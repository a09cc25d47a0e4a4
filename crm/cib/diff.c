/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What both formats of patches have in common; each format has a file that makes and one that
 * applies.
 */
#include "crm/cib/diff.h"

#include "crm/cib/codes.h"
#include "crm/cib/diff_private.h"
#include "crm/cib/digest.h"
#include "crm/cib/path.h"
#include "crm/cib/tree.h"

#include <string.h>

int
cib_diff_format(const xmlNode *patch)
{
	const char *format;

	if (!patch || !tree_is(patch, "diff"))
		return CIB_ARGUMENT;
	format = cib_attr(patch, "format");
	if (!format)
		return 1;
	return strcmp(format, "1") == 0 ? 1 : strcmp(format, "2") == 0 ? 2 : CIB_ARGUMENT;
}

/* All three numbers have to be there. */
static bool
version_of(const xmlNode *element, struct cib_version *version)
{
	struct cib_version found;

	if (!element || cib_version_get(element, &found) > 0)
		return false;
	if (version)
		*version = found;
	return true;
}

bool
cib_diff_versions(const xmlNode *patch, struct cib_version *source,
    struct cib_version *target)
{
	const xmlNode *version;

	if (cib_diff_format(patch) == 1)
		return version_of(cib_child_find(patch, "diff-removed"), source) &&
		       version_of(cib_child_find(patch, "diff-added"), target);
	version = cib_child_find(patch, "version");
	return version && version_of(cib_child_find(version, "source"), source) &&
	       version_of(cib_child_find(version, "target"), target);
}

/* Making. */

int
cib_diff_make(const xmlDoc *from, const xmlDoc *to, const struct cib_diff_how *how,
    xmlDoc **patch)
{
	const xmlNode *a = xmlDocGetRootElement((xmlDoc *)(uintptr_t)from),
	              *b = xmlDocGetRootElement((xmlDoc *)(uintptr_t)to);
	struct diff_maker m = { .how = how };
	int format = how->format, code = CIB_NO_MEMORY;

	*patch = NULL;
	if (!a || !b || !xmlStrEqual(a->name, b->name) ||
	    !tree_same_text(cib_attr(a, "id"), cib_attr(b, "id")) ||
	    tree_is_too_deep(a) || tree_is_too_deep(b))
		return CIB_ARGUMENT;
	if (format == 0)
		format = tree_is(a, "cib") ? 2 : 1;
	if (tree_index_init(&m.a_index, a, true) && tree_index_init(&m.b_index, b, true))
		code = format == 1 ? diff1_make(&m, a, b, patch)
		                   : diff2_make(&m, a, b, patch);
	tree_index_clear(&m.a_index);
	tree_index_clear(&m.b_index);
	return code;
}

int
diff_digest_set(xmlNode *diff, const xmlNode *result, enum cib_digest_kind kind)
{
	char text[CIB_DIGEST_SIZE];
	int code = cib_digest(result, kind, text);

	if (code != CIB_OK)
		return code;
	return tree_set(diff, "digest", text) ? CIB_OK : CIB_NO_MEMORY;
}

/* Applying. */

static int
versions_check(const xmlNode *root, const xmlNode *patch, struct err *err)
{
	struct cib_version now, source, target;
	int order;

	if (!cib_diff_versions(patch, &source, &target))
		return CIB_OK;
	cib_version_get(root, &now);
	order = cib_version_compare(&now, &source);
	if (order < 0)
		return err_set(err, CIB_DIFF_RESYNC, "%d.%d.%d is before %d.%d.%d",
		    now.admin_epoch, now.epoch, now.num_updates, source.admin_epoch,
		    source.epoch, source.num_updates);
	if (order > 0 || cib_version_compare(&target, &source) <= 0)
		return err_set(err, CIB_OLD, "%d.%d.%d is not the way from %d.%d.%d",
		    target.admin_epoch, target.epoch, target.num_updates, now.admin_epoch,
		    now.epoch, now.num_updates);
	return CIB_OK;
}

/* In format 1 nobody says whose digest it is. */
static int
digest_check(const xmlNode *root, const xmlNode *patch, int format, struct err *err)
{
	static const enum cib_digest_kind kinds[][2] = {
		{ CIB_DIGEST_DATA_P, CIB_DIGEST_WIRE_H },
		{ CIB_DIGEST_WIRE_P, CIB_DIGEST_WIRE_P },
	};
	const char *wanted = cib_attr(patch, "digest");
	char text[CIB_DIGEST_SIZE];

	if (!wanted)
		return CIB_OK;
	for (int i = 0; i < format % 2 + 1; i++) {
		int code = cib_digest(root, kinds[format - 1][i], text);

		if (code != CIB_OK)
			return code;
		if (strcmp(text, wanted) == 0)
			return CIB_OK;
	}
	return err_set(err, CIB_DIFF_FAILED,
	    "the result has the digest %s instead of %.40s", text, wanted);
}

/* A counter that is missing counts as 0, and stays missing. */
static int
target_set(xmlNode *root, const xmlNode *patch)
{
	struct cib_version now, target;

	if (!cib_diff_versions(patch, NULL, &target))
		return CIB_OK;
	cib_version_get(root, &now);
	return cib_version_compare(&now, &target) == 0 || cib_version_set(root, &target)
	           ? CIB_OK
	           : CIB_NO_MEMORY;
}

static int
apply_to(xmlNode *root, const xmlNode *patch, int format, struct err *err)
{
	int code =
	    format == 1 ? diff1_apply(root, patch, err) : diff2_apply(root, patch, err);

	if (code == CIB_OK && tree_is_too_deep(root))
		code = err_set(err, CIB_DIFF_FAILED,
		    "the result has elements deeper than %u", CIB_DEPTH_MAX);
	if (code == CIB_OK)
		code = target_set(root, patch);
	return code == CIB_OK ? digest_check(root, patch, format, err) : code;
}

int
cib_diff_apply_anyway(xmlDoc **doc, const xmlNode *patch, struct err *err)
{
	xmlNode *root = xmlDocGetRootElement(*doc);
	int format = cib_diff_format(patch), code;
	xmlDoc *next;

	if (format < 0)
		return err_set(err, CIB_ARGUMENT, "this is no patch");
	if (!root || tree_is_too_deep(root) || tree_is_too_deep(patch))
		return err_set(err, CIB_ARGUMENT, "elements deeper than %u",
		    CIB_DEPTH_MAX);
	next = tree_copy_doc(root);
	if (!next)
		return CIB_NO_MEMORY;
	code = apply_to(xmlDocGetRootElement(next), patch, format, err);
	if (code != CIB_OK) {
		xmlFreeDoc(next);
		return code;
	}
	xmlFreeDoc(*doc);
	*doc = next;
	return CIB_OK;
}

int
cib_diff_apply(xmlDoc **doc, const xmlNode *patch, struct err *err)
{
	const xmlNode *root = xmlDocGetRootElement(*doc);
	int code = CIB_OK;

	if (root && cib_diff_format(patch) > 0)
		code = versions_check(root, patch, err);
	return code == CIB_OK ? cib_diff_apply_anyway(doc, patch, err) : code;
}
