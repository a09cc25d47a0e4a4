/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of cl_status.
 *
 *   cl_status.c   the command line: sub-commands, options, signing on
 *   cl_show.c     what each sub-command prints, and its exit code
 *   cl_query.c    the questions to the daemon, into plain structs
 *   cl_ccm.c      the consensus membership, from the daemon that keeps it
 *   cl_json.c     the same facts for scripts
 */
#ifndef HEARTBEAT_COMMANDS_CL_STATUS_H
#define HEARTBEAT_COMMANDS_CL_STATUS_H

#include "heartbeat/client/client.h"

#include <stdbool.h>
#include <stddef.h>

#define CL_VALUE_SIZE 1024
#define CL_ANSWER_MS 5000 /* for everything together */

enum cl_exit {
	CL_YES = 0,
	CL_NO = 1, /* also: cannot sign on */
	CL_JOIN = 2,
	CL_LEAVE = 3,
	CL_PARAMETER = 11,
	CL_TIMEOUT = 12,
	CL_FAILED = 13,
};

struct cl_link {
	char name[64], status[16];
};

struct cl_node {
	char name[100], status[32], type[16];
	struct cl_link *link; /* in the order of cl_links_ask(); NULL = not asked for */
	size_t link_count;
};

struct cl_nodes {
	struct cl_node *list; /* newest first: the reverse of ha.cf */
	size_t count;
};

struct cl_links {
	struct cl_link *list; /* reverse, too */
	size_t count;
};

/* One invocation. */
struct call {
	struct client *client;
	struct instant deadline;
	bool human, verbose, normal, ping, json;
	const char *parameter;
	char **arg;
	int arg_count;
};

/* ---- cl_show.c ---- */

enum cl_exit cl_do_listnodes(struct call *call);
enum cl_exit cl_do_nodestatus(struct call *call);
enum cl_exit cl_do_nodeweight(struct call *call);
enum cl_exit cl_do_nodesite(struct call *call);
enum cl_exit cl_do_nodetype(struct call *call);
enum cl_exit cl_do_listhblinks(struct call *call);
enum cl_exit cl_do_hblinkstatus(struct call *call);
enum cl_exit cl_do_clientstatus(struct call *call);
enum cl_exit cl_do_rscstatus(struct call *call);
enum cl_exit cl_do_hbparameter(struct call *call);
enum cl_exit cl_do_test(struct call *call);
enum cl_exit cl_do_hbstatus(struct call *call);

/* Two lines on stderr, in the form of the log; CODE is returned. */
enum cl_exit cl_fail(enum cl_exit code, const char *what, const char *reason);
/* The connection broke or was too slow. */
enum cl_exit cl_fail_connection(const char *what, int r);
enum cl_exit cl_say_timeout(void);
/* "hbstatus" when there was no sign-on: that is an answer, too. */
enum cl_exit cl_hbstatus_without(const struct call *call, int r, const char *reason);

/* ---- cl_query.c ---- */

/* One question with one value.  0; -ENOENT answered without the value; -EPERM refused,
 * the daemon's word is in VALUE; or what client_answer() says. */
int cl_value_ask(struct client *client, const char *reqtype,
    const struct client_field *fields, const char *name, char value[CL_VALUE_SIZE],
    struct instant deadline);

/* All nodes with type and status; with their links when LINKS.  0 or as above. */
int cl_nodes_ask(struct client *client, bool links, struct cl_nodes *nodes,
    struct instant deadline);
void cl_nodes_free(struct cl_nodes *nodes);

/* Links of a node, with their status when STATUS.  As above; WHY gets the refusal. */
int cl_links_ask(struct client *client, const char *node, bool status,
    struct cl_links *links, char why[CL_VALUE_SIZE], struct instant deadline);

/* "online" "offline" "join" "leave".  -EPERM refused; -ETIME nobody answered within
 * WAIT_MS. */
int cl_client_ask(struct client *client, const char *node, const char *name,
    int64_t wait_ms, char value[CL_VALUE_SIZE], struct instant deadline);

/* ---- cl_ccm.c ---- */

struct cl_member {
	int id, born;
	char name[256];
};

struct cl_ccm {
	struct cl_member *member; /* oldest first */
	size_t count;
	int instance;
	bool quorum, evicted, is_member;
};

/* 0, or -errno when there is no ccm or it knows no membership yet. */
int cl_ccm_ask(const char *path, struct cl_ccm *ccm, struct instant deadline);
void cl_ccm_free(struct cl_ccm *ccm);

/* ---- cl_json.c ---- */

/* {"K":"V",...} on a line; NULL ends the pairs; a NULL value is null. */
void cl_json_pairs(const char *name, ...) __attribute__((sentinel));
void cl_json_nodes(const struct cl_nodes *nodes);
void cl_json_links(const struct cl_link *list, size_t count, bool status);
void cl_json_ccm(const struct cl_ccm *ccm);

#endif
