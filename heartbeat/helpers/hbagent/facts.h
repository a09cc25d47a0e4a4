/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the SNMP subagent knows of the cluster, how the daemon's messages change it, and
 * which changes are worth a trap.  No system call in here; all texts come from outside
 * and are cut and cleaned when they are taken.
 */
#ifndef HEARTBEAT_HELPERS_HBAGENT_FACTS_H
#define HEARTBEAT_HELPERS_HBAGENT_FACTS_H

#include "heartbeat/config/config.h"
#include "heartbeat/message/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HBAGENT_CLIENT "lha-snmpagent" /* the name we sign on with */

/* More are left out: the tables stay of bearable size whatever a daemon says. */
#define HBAGENT_NODE_MAX 1024
#define HBAGENT_LINK_MAX 64 /* of one node */
#define HBAGENT_GROUP_MAX 1024

#define HBAGENT_TEXT_SIZE 256 /* a DisplayString with its NUL */
#define HBAGENT_UUID_SIZE 37

/* The numbers of the MIB. */
enum hbagent_type { HBAGENT_TYPE_UNKNOWN, HBAGENT_TYPE_NORMAL, HBAGENT_TYPE_PING };
enum hbagent_status {
	HBAGENT_STATUS_UNKNOWN, /* also a ping node that answers */
	HBAGENT_STATUS_INIT,
	HBAGENT_STATUS_UP,
	HBAGENT_STATUS_ACTIVE,
	HBAGENT_STATUS_DEAD,
};
enum hbagent_link_status { HBAGENT_LINK_UNKNOWN, HBAGENT_LINK_UP, HBAGENT_LINK_DOWN };
enum hbagent_group_status {
	HBAGENT_GROUP_UNKNOWN,
	HBAGENT_GROUP_HERE,
	HBAGENT_GROUP_NOT_HERE
};
enum hbagent_change {
	HBAGENT_CHANGE_UNDEFINED,
	HBAGENT_CHANGE_NONE,
	HBAGENT_CHANGE_JOINED,
	HBAGENT_CHANGE_LEFT,
};
enum hbagent_failback {
	HBAGENT_FAILBACK_ON = 1,
	HBAGENT_FAILBACK_OFF,
	HBAGENT_FAILBACK_LEGACY
};

/* Parameters of the configuration, by their number below .7. */
struct hbagent_param {
	unsigned number;
	const char *name; /* as the daemon is asked; NULL = it is never told */
};
#define HBAGENT_PARAM_COUNT 11
extern const struct hbagent_param hbagent_params[HBAGENT_PARAM_COUNT];
#define HBAGENT_PARAM_FAILBACK 12 /* the one that is a number in the MIB, too */

struct hbagent_link {
	char name[64];
	enum hbagent_link_status status;
};

struct hbagent_node {
	char name[100];
	enum hbagent_type type;
	enum hbagent_status status;
	char uuid[HBAGENT_UUID_SIZE]; /* "" = not known */
	char address[46];             /* "" = not known */
	enum hbagent_change change;
	struct hbagent_link *link; /* in the order of the daemon's list */
	size_t link_count;
};

struct hbagent_group {
	char master[100];
	char resources[HBAGENT_TEXT_SIZE];
};

struct hbagent_facts {
	bool is_connected; /* false: all the rest is empty */
	char self[100];
	struct hbagent_node *node; /* in the order of ha.cf; index = place + 1 */
	size_t node_count;
	struct hbagent_group *group; /* in the order of haresources */
	size_t group_count;
	char hold[16];   /* getrsc's word; "" = not known */
	char held[1024]; /* names of the nodes whose sets are held; "" = not told */
	char param[HBAGENT_PARAM_COUNT][HBAGENT_TEXT_SIZE]; /* "" = unset */
	char cluster[HBAGENT_TEXT_SIZE];
	int64_t boot_s; /* wall time of this machine's start; 0 = not known */
};

/* One trap.  Numbers are those below .900. */
enum hbagent_trap_kind {
	HBAGENT_TRAP_NODE = 1,
	HBAGENT_TRAP_LINK = 3,
	HBAGENT_TRAP_MEMBER = 5,
	HBAGENT_TRAP_ONLINE = 7,
	HBAGENT_TRAP_OFFLINE = 9,
};
struct hbagent_trap {
	enum hbagent_trap_kind kind;
	size_t node_index, link_index; /* from 1 */
	char node[100], link[64];
	int status;
};

/* Takes note of a trap. */
struct hbagent_sink {
	void (*trap)(void *data, const struct hbagent_trap *trap);
	void *data;
};

/* Empties; FACTS was cleared or is new (all zero). */
void hbagent_facts_clear(struct hbagent_facts *facts);

/* Answers to requests.  0, -EINVAL without the fields it must have, -ENOSPC beyond a
 * bound (both: it is left out), -ENOMEM. */
int hbagent_facts_node_add(struct hbagent_facts *facts, const struct msg *answer);
int hbagent_node_link_add(struct hbagent_node *node, const struct msg *answer);
/* Without a uuid in it, or with zeros: not known. */
void hbagent_node_uuid_take(struct hbagent_node *node, const struct msg *answer);
/* The value of parameter I of hbagent_params; NULL = unset. */
void hbagent_facts_param_take(struct hbagent_facts *facts, size_t i, const char *value);
int hbagent_facts_groups_take(struct hbagent_facts *facts,
    const struct conf_groups *groups);
void hbagent_facts_hold_take(struct hbagent_facts *facts, const char *word);

/* A message that was no answer.  True: what the tables show has changed, and the daemon
 * must be asked anew for what the message does not tell. */
bool hbagent_facts_event(struct hbagent_facts *facts, const struct msg *m,
    const struct hbagent_sink *sink);

/* FRESH comes after FACTS: takes over what FRESH does not know (uuids, addresses, the
 * last change), and tells differences that no event told. */
void hbagent_facts_follow(const struct hbagent_facts *facts, struct hbagent_facts *fresh,
    const struct hbagent_sink *sink);

/* A trap about this node's own agent. */
void hbagent_facts_self_trap(const struct hbagent_facts *facts,
    enum hbagent_trap_kind kind, const struct hbagent_sink *sink);

size_t hbagent_facts_self_index(
    const struct hbagent_facts *facts); /* 0 = not in the list */
enum hbagent_group_status hbagent_group_status(const struct hbagent_facts *facts,
    const struct hbagent_group *group);
/* Cut to SIZE - 1 bytes, control bytes become '?'.  TEXT NULL: "". */
void hbagent_text_copy(char *out, size_t size, const char *text);

#endif
