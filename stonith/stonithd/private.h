/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of stonithd's decisions share: the state behind fencer.h. */
#ifndef STONITH_STONITHD_PRIVATE_H
#define STONITH_STONITHD_PRIVATE_H

#include "stonith/stonithd/fencer.h"

enum sd_state {
	SD_NEW,
	SD_LOCAL,
	SD_ASKING,
	SD_REMOTE,
	SD_LEAVING,
	SD_ENDED,
	SD_STATE_COUNT
};

/* Who waits for an operation: a client here, or another node's stonithd. */
struct sd_waiter {
	struct sd_waiter *next;
	bool remote;
	char peer[SD_NODE_MAX + 1]; /* remote */
	bool modern;
	struct sd_request request; /* of a client */
	int32_t callid;            /* the waiter's */
	struct instant end;
};

/* What a peer said to our question. */
enum sd_says { SAYS_NOTHING, SAYS_NO, SAYS_YES, SAYS_FAILED };
struct sd_helper {
	enum sd_says says;
	bool modern, asked; /* asked: it was sent a stit */
	int64_t priority;
};

struct sd_op_state {
	struct sd_op_state *next;
	enum sd_op op;
	enum sd_state state;
	char node[SD_NODE_MAX + 1];
	int32_t callid;
	struct sd_waiter *waiters; /* in the order in which they came */
	size_t waiter_count;
	struct instant again, step_end;

	uint32_t run; /* 0 = none */
	uint32_t tried_serial[SD_RESOURCE_MAX];
	size_t tried_count;
	unsigned failed; /* devices and helpers that were tried in vain */
	bool late;       /* the last of them was given up at its time */

	struct sd_helper helper[SD_PEER_MAX]; /* as peers */
	int at;                               /* the helper at work; -1 = none */
	bool leave;                           /* our own end follows the report */
	uint32_t history;
};

struct sd_peer {
	char name[SD_NODE_MAX + 1];
	bool alive;
};

/* Requests of others that have been carried out: the answer is given again when the same comes. */
#define SD_RECENT_MAX 64
struct sd_recent {
	char peer[SD_NODE_MAX + 1];
	int32_t callid;
	enum sd_result result;
};

struct sd {
	char self[SD_NODE_MAX + 1];
	bool test_mode;
	const struct sd_effects *fx;
	void *shell;
	int32_t callid;
	uint32_t run, serial, history_number;
	struct sd_resource *resource[SD_RESOURCE_MAX]; /* in the order of trying */
	size_t resource_count;
	struct sd_peer peer[SD_PEER_MAX];
	size_t peer_count;
	struct sd_op_state *ops;
	struct sd_recent recent[SD_RECENT_MAX];
	size_t recent_at;
	struct sd_history history[SD_HISTORY_MAX];
};

void sd_say(struct sd *sd, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Resources. */
/* The first that may do something for NODE and that OP has not tried; NULL = none.  OP may be NULL. */
const struct sd_resource *sd_resource_for(const struct sd *sd, const char *node,
    const struct sd_op_state *op);
size_t sd_resource_count_for(const struct sd *sd, const char *node,
    const struct sd_op_state *op);

/* Peers: its place, or -1. */
int sd_peer_find(const struct sd *sd, const char *name);

/* History. */
struct sd_history *sd_history_begin(struct sd *sd, struct sd_op_state *op,
    const char *asker, struct instant now);
struct sd_history *sd_history_find(struct sd *sd, uint32_t number);

/* Operations. */
/* Goes on with the next thing to try, or ends. */
void sd_op_next(struct sd *sd, struct sd_op_state *op, struct instant now);
/* The first asker is there. */
void sd_op_begin(struct sd *sd, struct sd_op_state *op, const char *asker,
    struct instant now);
/* Tells all who wait.  It is freed by sd_settle(). */
void sd_op_end(struct sd *sd, struct sd_op_state *op, enum sd_result result,
    const char *nodes, struct instant now);
struct instant sd_op_deadline(const struct sd_op_state *op);
/* Frees what has ended and arms the timer for what has not. */
void sd_settle(struct sd *sd);

/* Helpers. */
void sd_ask(struct sd *sd, struct sd_op_state *op, struct instant now);
/* All who live have answered. */
bool sd_all_said(const struct sd *sd, const struct sd_op_state *op);
/* The best that was not tried; -1 = none. */
int sd_helper_next(const struct sd *sd, const struct sd_op_state *op);
size_t sd_helper_left(const struct sd *sd, const struct sd_op_state *op);
void sd_stit(struct sd *sd, struct sd_op_state *op, struct instant now);
void sd_answer_peer(struct sd *sd, const struct sd_waiter *waiter, const char *node,
    enum sd_op op, enum sd_result result);

#endif
