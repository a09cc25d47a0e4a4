/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the conversions between schemas share: a copy that is changed, and notes about it. */
#ifndef CRM_CIB_CONVERT_H
#define CRM_CIB_CONVERT_H

#include "crm/cib/path.h"
#include "crm/cib/upgrade.h"
#include "crm/common/table.h"

struct convert {
	xmlDoc *doc; /* the copy */
	xmlNode *root, *configuration;
	struct cib_changes *changes;
	struct arena arena;
	bool failed; /* out of memory somewhere: the copy is not whole */
};

/* Notes.  An element is noted before it is changed. */
void convert_note(struct convert *c, const xmlNode *element, const char *what,
    const char *was, const char *now, bool lost);
/* The same under a name like "attribute on_fail". */
void convert_note_of(struct convert *c, const xmlNode *element, const char *kind,
    const char *name, const char *was, const char *now, bool lost);

/* Changes, with a note where they say so.  Elements and attributes that are not there are no error. */
bool convert_is(const xmlNode *element, const char *tag);
void convert_set(struct convert *c, xmlNode *element, const char *name,
    const char *value);
xmlNode *convert_new(struct convert *c, xmlNode *parent, const char *tag);
void convert_rename(struct convert *c, xmlNode *element, const char *from,
    const char *to);
/* Notes it: WHY may be NULL. */
void convert_drop(struct convert *c, xmlNode *element, const char *name, const char *why,
    bool lost);
void convert_remove(struct convert *c, xmlNode *element, const char *why, bool lost);
/* The element after ELEMENT in the configuration, in document order. */
xmlNode *convert_next(const struct convert *c, const xmlNode *element);

/* An id that nobody has, WANTED or like it; it is taken from then on. */
const char *convert_fresh_id(struct convert *c, struct table *ids, const char *wanted);
/* Every id of the configuration. */
void convert_collect_ids(struct convert *c, struct table *ids);

/* "a-b" of "a_b", in the arena, and the other way. */
const char *convert_dashed(struct convert *c, const char *name);
const char *convert_underscored(struct convert *c, const char *name);
/* "INFINITY", "-INFINITY" or a number without a fraction. */
const char *convert_score(struct convert *c, const char *score);

/* Names and keys of operations in the status section. */
void convert_status(struct convert *c, bool to_p);

/* Steps: from one schema to the next. */
void convert_h_to_1(struct convert *c);
void convert_h_ids(struct convert *c);
void convert_2_to_3(struct convert *c);
void convert_acls_1_to_2(struct convert *c);
void convert_expand(struct convert *c);
void convert_p_to_h(struct convert *c);

#endif
