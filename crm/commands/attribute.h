/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What crm_attribute does, for it and for those that are only other words for it: crm_standby, crm_failcount,
 * crm_master.
 */
#ifndef CRM_COMMANDS_ATTRIBUTE_H
#define CRM_COMMANDS_ATTRIBUTE_H

#include "crm/commands/attributes.h"
#include "crm/commands/kit.h"

struct attribute_call {
	struct attribute a;
	char command;                /* 'G', 'v' or 'D' */
	const char *value;           /* of 'v' */
	const char *fallback;        /* 'G' of what is not there */
	const char *node, *lifetime; /* as they were given; NULL = they were not */
	bool quiet;
	/* Private. */
	char *node_id;
	const char *node_name; /* as it was given; NULL = it was not */
};

/* The options that all of them have. */
#define ATTRIBUTE_NODE(text)                                                             \
	{ 'N', "node", "node-uname uname", KIT_VALUE, "NODE", text },                    \
	{                                                                                \
		'U', NULL, NULL, KIT_VALUE, "NODE", NULL, 'N'                            \
	}
#define ATTRIBUTE_QUIET(text)                                                            \
	{ 'q', "quiet", "get-only", KIT_FLAG, NULL, text, KIT_QUIET },                   \
	{                                                                                \
		'Q', NULL, NULL, KIT_FLAG, NULL, NULL, KIT_QUIET                         \
	}
/* Takes -G, -v, -D, -i, -N, -l.  False: it is another one. */
bool attribute_call_option(struct attribute_call *call, int id, const char *value);
/* 0, or the exit code after a complaint: a lifetime is reboot or forever. */
int attribute_lifetime_check(struct kit *kit, const struct attribute_call *call);

/* Connects, or complains as crm_attribute does: the exit code. */
int attribute_connect(struct kit *kit, struct cib_connection **c);
/* Puts in the id of the node that NAME says (attribute_node_name()).  0, or the exit code after a complaint. */
int attribute_call_node(struct kit *kit, const struct cib_connection *c,
    struct attribute_call *call, const char *name);
/* Carries it out and answers: the exit code. */
int attribute_call_run(struct kit *kit, struct cib_connection *c,
    const struct attribute_call *call);
void attribute_call_clear(struct attribute_call *call);
/* One line, or element, of the answer. */
void attribute_print(struct kit *kit, const struct attribute_call *call, const char *name,
    const char *value);

#endif
