/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From one schema to another (spec/cib.md 4, 5), step by step: heartbeat's 0.6 becomes 1.0, the access lists of
 * 1.x become those of 2.0, what 3.0 took out is replaced.  Between other versions only the name
 * changes.  The steps are in convert_*.c; here is their order, and the report.
 */
#include "crm/cib/upgrade.h"

#include "crm/cib/convert.h"
#include "crm/cib/validate.h"
#include "crm/common/values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "pacemaker-"

/* The report. */

void
cib_changes_clear(struct cib_changes *changes)
{
	arena_free(&changes->arena);
	*changes = (struct cib_changes){ 0 };
}

const char *
cib_change_text(struct cib_changes *changes, const struct cib_change_note *note)
{
	struct arena *arena = &changes->arena;
	const char *place =
	    note->line > 0 ? arena_printf(arena, "line %d: ", note->line) : "";
	const char *who =
	    note->id ? arena_printf(arena, "<%s id=\"%s\">", note->element, note->id)
	             : arena_printf(arena, "<%s>", note->element);
	const char *was = note->was ? arena_printf(arena, "=\"%s\"", note->was) : "";

	if (!note->is)
		return arena_printf(arena, "%s%s: %s%s is gone", place, who, note->what,
		    was);
	if (strncmp(note->is, "dropped: ", 9) == 0)
		return arena_printf(arena, "%s%s: %s%s is dropped: %s", place, who,
		    note->what, was, note->is + 9);
	return arena_printf(arena, "%s%s: %s%s %s %s", place, who, note->what, was,
	    note->was ? "is now" : "is new:", note->is);
}

/* Steps. */

/* Nobody knows what a document in an unknown schema means. */
static int
check_schema(const xmlNode *root, struct err *err)
{
	const char *name = cib_attr(root, "validate-with");

	if (cib_style_of(root) == CIB_STYLE_H || !name || strcmp(name, "none") == 0)
		return 0;
	for (size_t i = 0; cib_schema_name(i); i++)
		if (strcmp(cib_schema_name(i), name) == 0)
			return 0;
	return err_set(err, -EINVAL, "there is no schema \"%s\"; the newest is %s", name,
	    cib_schema_newest());
}

static int
begin(struct convert *c, const xmlDoc *doc, struct cib_changes *changes, struct err *err)
{
	const xmlNode *root = xmlDocGetRootElement(doc);

	*c = (struct convert){ .changes = changes };
	*changes = (struct cib_changes){ 0 };
	if (!root || !convert_is(root, "cib") || !cib_child_find(root, "configuration"))
		return err_set(err, -EINVAL, "this is no CIB: it has no configuration");
	int code = cib_style_check(doc, err);

	if (code == 0)
		code = check_schema(root, err);
	if (code < 0)
		return code;
	c->doc = xmlCopyDoc((xmlDoc *)(uintptr_t)doc, 1);
	if (!c->doc)
		return err_set(err, -ENOMEM, "out of memory");
	c->root = xmlDocGetRootElement(c->doc);
	c->configuration = cib_child_find(c->root, "configuration");
	return c->configuration ? 0 : err_set(err, -ENOMEM, "out of memory");
}

static int
end(struct convert *c, xmlDoc **next, struct err *err)
{
	int code = 0;

	if (c->failed)
		code = err_set(err, -ENOMEM, "out of memory");
	arena_free(&c->arena);
	if (code < 0)
		xmlFreeDoc(c->doc);
	else
		*next = c->doc;
	return code;
}

static void
name_schema(struct convert *c, const char *name)
{
	const char *was = cib_attr(c->root, "validate-with");

	if (was && strcmp(was, name) == 0)
		return;
	convert_note_of(c, c->root, "attribute", "validate-with", was,
	    was ? name : arena_printf(&c->arena, "validate-with=\"%s\"", name), false);
	convert_set(c, c->root, "validate-with", name);
}

/* "2.5" of "pacemaker-2.5"; of a document that names none the oldest. */
static const char *
version_of(const xmlNode *root)
{
	const char *name = cib_attr(root, "validate-with");

	if (!name || strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return "1.0";
	name += strlen(PREFIX);
	return strcmp(name, "next") == 0 ? "9999" : name;
}

int
cib_convert_h(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
    struct err *err)
{
	struct convert c;
	int code = begin(&c, doc, changes, err);

	if (code < 0)
		return code;
	convert_h_to_1(&c);
	convert_h_ids(&c);
	name_schema(&c, PREFIX "1.0");
	return end(&c, next, err);
}

static bool
is_newest(const xmlNode *root)
{
	const char *name = cib_attr(root, "validate-with");

	if (cib_style_of(root) == CIB_STYLE_H || !name)
		return false;
	/* "none" is in no schema, and stays there. */
	return strcmp(name, "none") == 0 ||
	       version_compare(version_of(root), cib_schema_newest() + strlen(PREFIX)) >=
	           0;
}

int
cib_upgrade(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
    struct err *err)
{
	struct convert c;
	int code = begin(&c, doc, changes, err);

	if (code < 0)
		return code;
	if (is_newest(c.root)) {
		*next = NULL;
		arena_free(&c.arena);
		xmlFreeDoc(c.doc);
		return 0;
	}
	if (cib_style_of(c.root) == CIB_STYLE_H) {
		convert_h_to_1(&c);
		convert_h_ids(&c);
		convert_set(&c, c.root, "validate-with", PREFIX "1.0");
	}
	if (version_compare(version_of(c.root), "2.0") < 0)
		convert_acls_1_to_2(&c);
	if (version_compare(version_of(c.root), "3.0") < 0)
		convert_2_to_3(&c);
	name_schema(&c, cib_schema_newest());
	return end(&c, next, err);
}
int
cib_convert_to_h(const xmlDoc *doc, xmlDoc **next, struct cib_changes *changes,
    struct err *err)
{
	struct convert c;
	int code = begin(&c, doc, changes, err);

	if (code < 0)
		return code;
	if (cib_style_of(c.root) == CIB_STYLE_P)
		convert_p_to_h(&c);
	return end(&c, next, err);
}
