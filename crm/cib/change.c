/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How far a change went (spec/cib.md 2, 11).
 */
#include "crm/cib/private.h"

#include "crm/cib/path.h"
#include "crm/cib/tree.h"
#include "lib/array.h"

#include <string.h>

/* What of the root's attributes configures, and is not only information.  The first two do when
 * somebody sets them, and are only carried along in whole documents and patches. */
static bool
configures(const char *name, bool set)
{
	static const char *const names[] = { "admin_epoch", "epoch", "validate-with",
		"remote_access_port", "remote-tls-port", "remote-clear-port",
		"ignore_dtd" };

	for (size_t i = set ? 0 : 2; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The attributes of A that B has not, or otherwise. */
static enum cib_change
root_change(const xmlNode *a, const xmlNode *b, bool set)
{
	enum cib_change change = CIB_CHANGE_NONE;

	for (const xmlAttr *x = a->properties; x; x = x->next) {
		const char *name = (const char *)x->name;

		if (tree_same_text(cib_attr(a, name), cib_attr(b, name)))
			continue;
		if (configures(name, set))
			return CIB_CHANGE_CONFIG;
		change = CIB_CHANGE_STATUS;
	}
	return change;
}

/* The children of both, side by side; of status only that it differs. */
static enum cib_change
children_change(const xmlNode *now, const xmlNode *next)
{
	enum cib_change change = CIB_CHANGE_NONE;
	const xmlNode *a = tree_kept(now->children), *b = tree_kept(next->children);

	for (; a && b; a = tree_kept(a->next), b = tree_kept(b->next)) {
		if (tree_same(a, b))
			continue;
		if (a->type != XML_ELEMENT_NODE || b->type != XML_ELEMENT_NODE ||
		    !tree_is(a, "status") || !tree_is(b, "status"))
			return CIB_CHANGE_CONFIG;
		change = CIB_CHANGE_STATUS;
	}
	if (a || b) /* a section came or went */
		change = (a && tree_is(a, "status") && !tree_kept(a->next)) ||
		                 (b && tree_is(b, "status") && !tree_kept(b->next))
		             ? CIB_CHANGE_STATUS
		             : CIB_CHANGE_CONFIG;
	return change;
}

enum cib_change
cib_change_between(const xmlNode *now, const xmlNode *next, bool set, bool *same)
{
	enum cib_change there = root_change(now, next, set),
	                back = root_change(next, now, set),
	                below = children_change(now, next), most;

	most = there > back ? there : back;
	most = below > most ? below : most;
	*same = most == CIB_CHANGE_NONE && tree_same_attributes(now, next);
	return most;
}
