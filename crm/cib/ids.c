/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids: who needs one, and who must not have the same (spec/cib.md 6).  In heartbeat's style each
 * tag has ids of its own; in pacemaker's they are the document's.
 */
#include "crm/cib/private.h"

#include "crm/cib/path.h"
#include "crm/cib/tree.h"
#include "lib/array.h"

#include <libxml/hash.h>
#include <string.h>

static bool
is_one_of(const xmlNode *element, const char *const *tags, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tree_is(element, tags[i]))
			return true;
	return false;
}

static bool
may_lack_id(const xmlNode *element)
{
	static const char *const tags[] = { "cib", "cib_fragment", "nodes", "resources",
		"constraints", "status", "lrm_resources", "configuration", "crm_config",
		"attributes", "operations", "diff", "diff-added", "diff-removed" };

	return is_one_of(element, tags, ARRAY_LEN(tags));
}

/* What may be there again: history in either style; in P also references and free names. */
static bool
may_repeat(const xmlNode *element, enum cib_style style)
{
	static const char *const tags[] = { "lrm_resource", "lrm_rsc_op", "node",
		"obj_ref", "resource_ref", "role", "acl_target" };

	return is_one_of(element, tags, style == CIB_STYLE_H ? 2 : ARRAY_LEN(tags));
}

static int
id_check(xmlHashTable *seen, const xmlNode *n, enum cib_style style, struct err *err)
{
	const char *id = cib_attr(n, "id");
	bool h = style == CIB_STYLE_H;

	if (!id)
		return !h || may_lack_id(n) ? CIB_OK
		                            : err_set(err, CIB_ID, "%s without an id",
		                                  (const char *)n->name);
	if (may_repeat(n, style))
		return CIB_OK;
	if (xmlHashAddEntry2(seen, BAD_CAST id, h ? n->name : NULL,
	        (void *)(uintptr_t)n) == 0)
		return CIB_OK;
	if (!xmlHashLookup2(seen, BAD_CAST id, h ? n->name : NULL))
		return CIB_NO_MEMORY;
	return err_set(err, h ? CIB_ID : CIB_INVALID,
	    "%s has the id '%.100s', which is used already", (const char *)n->name, id);
}

int
cib_ids_check(const xmlNode *root, enum cib_style style, struct err *err)
{
	const char *schema = cib_attr(root, "validate-with");
	xmlHashTable *seen;
	const xmlNode *next;
	int code = CIB_OK;

	if (style == CIB_STYLE_P && schema && strcmp(schema, "none") == 0)
		return CIB_OK;
	seen = xmlHashCreate(256);
	if (!seen)
		return CIB_NO_MEMORY;
	for (const xmlNode *n = root; n && code == CIB_OK; n = next) {
		bool over =
		    style == CIB_STYLE_P && n->parent == root && tree_is(n, "status");

		if (!over)
			code = id_check(seen, n, style, err);
		next = over ? cib_walk_over(root, n) : cib_walk_next(root, n);
	}
	xmlHashFree(seen, NULL);
	return code;
}
