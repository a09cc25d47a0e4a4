/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts as SNMP variables: one sorted list, from which any question is answered
 * without asking anybody.  OIDs are those below LINUX-HA-MIB's root, 1.3.6.1.4.1.4682.
 */
#ifndef HEARTBEAT_HELPERS_HBAGENT_VIEW_H
#define HEARTBEAT_HELPERS_HBAGENT_VIEW_H

#include "heartbeat/helpers/hbagent/facts.h"

#define HBAGENT_OID_MAX 5 /* table, entry, column, node, interface */

/* Columns that traps name, too. */
#define HBAGENT_NODE_TABLE 2
#define HBAGENT_NODE_NAME 2
#define HBAGENT_NODE_STATUS 4
#define HBAGENT_LINK_TABLE 3
#define HBAGENT_LINK_NAME 2
#define HBAGENT_LINK_STATUS 3
#define HBAGENT_MEMBER_TABLE 6
#define HBAGENT_MEMBER_CHANGE 6

enum hbagent_var_type { HBAGENT_VAR_INTEGER, HBAGENT_VAR_COUNTER, HBAGENT_VAR_TEXT };

struct hbagent_var {
	uint32_t oid[HBAGENT_OID_MAX];
	uint8_t oid_len;
	enum hbagent_var_type type;
	int32_t number;
	uint32_t text, len; /* place and length in view.text; no NUL behind it */
};

struct hbagent_view {
	struct hbagent_var *var; /* in the order of their OIDs, each once */
	size_t count, size;
	char *text;
	size_t text_len, text_size;
};

/* NULL when memory is short. */
struct hbagent_view *hbagent_view_new(const struct hbagent_facts *facts);
void hbagent_view_free(struct hbagent_view *view);

/* The variable of exactly that OID, or NULL. */
const struct hbagent_var *hbagent_view_find(const struct hbagent_view *view,
    const uint32_t *oid, size_t oid_len);
/* The first one behind OID (with INCLUSIVE also that one itself), or NULL. */
const struct hbagent_var *hbagent_view_next(const struct hbagent_view *view,
    const uint32_t *oid, size_t oid_len, bool inclusive);

#endif
