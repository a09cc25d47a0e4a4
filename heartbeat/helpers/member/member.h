/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What helpers that are clients of the daemon have in common: their log, the sign-on, the
 * questions they all ask, and the way of events into an event loop.  It decides nothing.
 *
 * A message is lent for the call of MESSAGE, and only until the first question is asked
 * in it.
 */
#ifndef HEARTBEAT_HELPERS_MEMBER_H
#define HEARTBEAT_HELPERS_MEMBER_H

#include "heartbeat/client/client.h"
#include "lib/loop.h"

struct member {
	const char *name; /* as which it signs on */
	struct loop *loop;
	void (*message)(void *data, const struct msg *m);
	void (*lost)(void *data, const char *why); /* the daemon is gone; once */
	void *data;
	/* Of member.c. */
	struct client *client;
	struct loop_timer drain;
	bool watched;
};

/* Log lines go where the daemon's go, as HA_LOGFILE and its like say; to stderr when this
 * was not started by a daemon. */
void member_log_open(const char *tag);

/* Of a helper that takes no arguments but -h and -V, which are answered here.  -1: go on;
 * else the exit code. */
int member_arguments(int argc, char **argv, const char *usage, int wrong);

/* Signs on.  0, or -errno with ERR as client_signon() has it. */
int member_signon(struct member *m, struct err *err);
/* From now on events are given to MESSAGE.  0 or -errno. */
int member_watch(struct member *m);
/* Says goodbye. */
void member_signoff(struct member *m);
const struct client_facts *member_facts(const struct member *m);

/* The value of a directive; "" when it has none. */
int member_param(struct member *m, const char *name, char *value, size_t size);
/* "none" to "all", "transition"; "" when resources are not managed here. */
int member_resources(struct member *m, char *word, size_t size);
/* Every node; TYPE is "normal" or "ping". */
int member_nodes(struct member *m,
    void (*node)(void *data, const char *name, const char *type, const char *status),
    void *data);
/* What every helper does after its sign-on: its cores go where those of the daemon's user
 * go, it hears messages, it wants no signals. */
int member_settle(struct member *m);

/* Sends the fields as a message.  0 or -errno. */
int member_send(struct member *m, const struct client_field *fields);

#endif
