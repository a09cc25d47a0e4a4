/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rights: the user's roles are collected, each permission finds its elements and notes itself there, and one walk
 * hands down what was noted.  Both ways of writing them are read: acl_target with roles, and the older
 * acl_user whose roles and permissions are elements called after what they allow.
 */
#include "crm/cib/acl.h"

#include "crm/cib/codes.h"
#include "crm/cib/path.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GROUPS_MAX 256 /* of one user; more are not looked at */

bool
cib_acl_is_for(const char *user)
{
	return strcmp(user, "root") != 0 && strcmp(user, "hacluster") != 0;
}

enum cib_access
cib_acl_access(const xmlNode *element)
{
	return (enum cib_access)(uintptr_t)element->_private;
}

static void
note(xmlNode *element, enum cib_access access)
{
	if (access > cib_acl_access(element))
		element->_private =
		    (void *)(uintptr_t)access; /* NOLINT: a small number */
}

/* What is known of one user while his rights are collected. */
struct marker {
	xmlDoc *doc;
	const xmlNode *acls;
	unsigned count; /* of permissions */
	struct err *err;
};

/* Permissions. */

static enum cib_access
access_of(const char *word)
{
	return !word                        ? CIB_ACCESS_NOT_SAID
	       : strcmp(word, "read") == 0  ? CIB_ACCESS_READ
	       : strcmp(word, "write") == 0 ? CIB_ACCESS_WRITE
	       : strcmp(word, "deny") == 0  ? CIB_ACCESS_DENIED
	                                    : CIB_ACCESS_NOT_SAID;
}

static const char *
either(const xmlNode *element, const char *name, const char *old_name)
{
	const char *value = cib_attr(element, name);

	return value ? value : cib_attr(element, old_name);
}

static void
note_by_name(xmlDoc *doc, const char *reference, const char *tag, const char *attribute,
    enum cib_access access)
{
	xmlNode *root = xmlDocGetRootElement(doc);

	for (xmlNode *n = root; n; n = cib_walk_next(root, n)) {
		const char *id = reference ? cib_attr(n, "id") : NULL;

		if (reference && (!id || strcmp(id, reference) != 0))
			continue;
		if (tag && strcmp((const char *)n->name, tag) != 0)
			continue;
		if (!attribute || cib_attr(n, attribute))
			note(n, access);
	}
}

static int
note_permission(struct marker *m, const xmlNode *permission)
{
	bool is_old = strcmp((const char *)permission->name, "acl_permission") != 0;
	enum cib_access access = access_of(
	    is_old ? (const char *)permission->name : cib_attr(permission, "kind"));
	const char *xpath = cib_attr(permission, "xpath");
	const char *reference = either(permission, "reference", "ref");
	const char *tag = either(permission, "object-type", "tag");
	struct cib_matches found;
	int code;

	if (access == CIB_ACCESS_NOT_SAID)
		return CIB_OK;
	if (m->count++ == CIB_ACL_MAX)
		return err_set(m->err, CIB_ARGUMENT,
		    "a user has more than %u permissions", CIB_ACL_MAX);
	if (!xpath) {
		if (reference || tag)
			note_by_name(m->doc, reference, tag,
			    cib_attr(permission, "attribute"), access);
		return CIB_OK;
	}
	code = cib_xpath(m->doc, xpath, &found, m->err);
	for (size_t i = 0; i < found.count; i++)
		note(found.node[i], access);
	cib_matches_clear(&found);
	return code;
}

static int
note_role(struct marker *m, const char *id)
{
	int code = CIB_OK;

	for (const xmlNode *r = cib_child_first(m->acls); r && id;
	     r = cib_child_next(r)) {
		const char *own = cib_attr(r, "id");

		if (strcmp((const char *)r->name, "acl_role") != 0 || !own ||
		    strcmp(own, id) != 0)
			continue;
		for (const xmlNode *p = cib_child_first(r); p && code == CIB_OK;
		     p = cib_child_next(p))
			code = note_permission(m, p);
	}
	return code;
}

/* Users and groups. */

static bool
is_in_group(const char *user, const char *group)
{
	const struct passwd *who = getpwnam(user);
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;
	const struct group *wanted;

	if (!who || getgrouplist(user, who->pw_gid, groups, &count) < 0)
		return false;
	wanted = getgrnam(group);
	for (int i = 0; wanted && i < count; i++)
		if (groups[i] == wanted->gr_gid)
			return true;
	return false;
}

/* acl_target and acl_group have a name where the id is something else. */
static bool
is_meant(const xmlNode *element, const char *user)
{
	const char *tag = (const char *)element->name,
	           *name = either(element, "name", "id");

	if (!name)
		return false;
	if (strcmp(tag, "acl_target") == 0 || strcmp(tag, "acl_user") == 0)
		return strcmp(name, user) == 0;
	return strcmp(tag, "acl_group") == 0 && is_in_group(user, name);
}

static int
note_target(struct marker *m, const xmlNode *target)
{
	int code = CIB_OK;

	for (const xmlNode *n = cib_child_first(target); n && code == CIB_OK;
	     n = cib_child_next(n)) {
		const char *tag = (const char *)n->name;

		if (strcmp(tag, "role") == 0 || strcmp(tag, "role_ref") == 0)
			code = note_role(m, cib_attr(n, "id"));
		else
			code = note_permission(m, n);
	}
	return code;
}

/* All. */

int
cib_acl_mark(xmlDoc *doc, const char *user, struct err *err)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	const xmlNode *acls = cib_section_find(root, "acls");
	struct marker m = { .doc = doc, .acls = acls, .err = err };
	int code = CIB_OK;

	for (xmlNode *n = root; n; n = cib_walk_next(root, n))
		n->_private = NULL;
	for (const xmlNode *t = acls ? cib_child_first(acls) : NULL; t && code == CIB_OK;
	     t = cib_child_next(t))
		if (is_meant(t, user))
			code = note_target(&m, t);
	if (code != CIB_OK)
		return code;
	for (xmlNode *n = root; n; n = cib_walk_next(root, n))
		if (cib_acl_access(n) == CIB_ACCESS_NOT_SAID)
			note(n,
			    n == root ? CIB_ACCESS_DENIED : cib_acl_access(n->parent));
	return CIB_OK;
}
