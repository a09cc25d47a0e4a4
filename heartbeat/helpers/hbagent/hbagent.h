/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of hbagent.
 *
 *   facts.c   what is known, how messages change it, what is worth a trap      (pure)
 *   view.c    the facts as SNMP variables                                      (pure)
 *   ask.c     the questions to the daemon
 *   source.c  the thread that talks to the daemon
 *   agent.c   the thread that talks to the master agent, the one of main()
 *
 * Two threads, because both sides may make one wait and neither may wait for the other: a
 * daemon that hangs still has its last tables answered, and a master agent that hangs
 * does not make us a slow client.  Between them: the newest view and a ring of traps.
 */
#ifndef HEARTBEAT_HELPERS_HBAGENT_HBAGENT_H
#define HEARTBEAT_HELPERS_HBAGENT_HBAGENT_H

#include "heartbeat/client/client.h"
#include "heartbeat/helpers/hbagent/facts.h"
#include "heartbeat/helpers/hbagent/view.h"
#include "lib/log.h"

#include <signal.h>

enum hbagent_exit {
	HBAGENT_ENDED = 0,
	HBAGENT_FAILED = 1,
	HBAGENT_USAGE = 2,
	/* For the daemon's respawn: there is no use in trying again. */
	HBAGENT_NO_MASTER = 100,
};

/* ---- main.c ---- */

/* log_line() for both threads. */
void hbagent_log(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- ask.c ---- */

/* What seldom changes: once after the sign-on.  0, or as client_answer(). */
int hbagent_ask_params(struct client *client, struct hbagent_facts *facts,
    struct instant deadline);
/* Nodes, links, uuids of those that OLD does not know, resources.  FACTS has its nodes
 * empty. 0, or as client_answer(). */
int hbagent_ask_tables(struct client *client, const struct hbagent_facts *old,
    struct hbagent_facts *facts, struct instant deadline);

/* ---- source.c ---- */

struct source;

/* Starts the thread.  NULL with the reason in ERR. */
struct source *source_new(int64_t refresh_ms, struct err *err);
/* Signs off and waits for the thread, at most a few seconds. */
void source_stop(struct source *source);
void source_free(struct source *source);
/* Readable when there is something to take. */
int source_fd(const struct source *source);
/* Another view than last time, which becomes the caller's, or NULL. */
struct hbagent_view *source_view_take(struct source *source);
/* The oldest trap that was not taken. */
bool source_trap_take(struct source *source, struct hbagent_trap *trap);

/* ---- agent.c ---- */

/* Connects to the master agent.  0 or -ENOTCONN. */
int agent_open(void);
/* Serves until *STOP is set by a signal, then sends what traps there are. */
void agent_run(struct source *source, const volatile sig_atomic_t *stop);
void agent_close(void);

#endif
