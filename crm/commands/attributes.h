/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and values in a document, found, set and deleted (spec/crm-tools.md 6): options of the cluster, defaults,
 * attributes of nodes.  crm_attribute and its relatives say which; texts and exit codes are theirs.
 */
#ifndef CRM_COMMANDS_ATTRIBUTES_H
#define CRM_COMMANDS_ATTRIBUTES_H

#include "crm/cib/path.h"
#include "crm/commands/connection.h"

/* Which ones are meant: all that is given must fit. */
struct attribute {
	const char *section; /* crm_config rsc_defaults op_defaults nodes status tickets */
	const char *node_id; /* of nodes and status; else NULL */
	const char *set;     /* id of the set; NULL = any */
	const char *id;      /* of the nvpair; NULL = any */
	const char *name;    /* NULL = any */
	const char *pattern; /* regular expression, some part of the name; NULL = any */
	bool utilization;    /* of a node: what it has, not what it is */
};

bool attribute_section_is_known(const char *section);
/* The id of the node that is called so, in any case of letters; lent by DOC.  NULL: there is none. */
const char *attribute_node_id(const xmlDoc *doc, const char *uname);
/* NAME, or where that is NULL (or "auto", "localhost") this node: as the agent that calls was told, or the host's
 * name.  BUF has 256 bytes. */
const char *attribute_node_name(const char *name, char *buf);

/* Whether there is any set in which it could be. */
bool attribute_has_place(const xmlDoc *doc, const struct attribute *a);
/* The nvpairs that fit, in document order, lent by DOC; cib_matches_clear() in any case. */
void attribute_find(const xmlDoc *doc, const struct attribute *a,
    struct cib_matches *found);
/* The set that a new one goes to; free() it.  The section must be known. */
char *attribute_set_id(const struct attribute *a);
/* Sets NVPAIR, which was found, or where it is NULL a new one with A's name or id, in A's set or the usual one.
 * CIB_OK or a code; ANSWER is set, cib_answer_clear() in any case.  What was found before is gone then. */
int attribute_set(struct cib_connection *c, const struct attribute *a,
    const xmlNode *nvpair, const char *value, struct cib_answer *answer);
/* Deletes one that was found. */
int attribute_delete(struct cib_connection *c, const char *section, const xmlNode *nvpair,
    struct cib_answer *answer);

#endif
