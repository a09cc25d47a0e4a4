/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resource agents on this machine: which there are, what they say of themselves, and one
 * action of one of them.  Whatever an agent does, this ends: its time and what it prints are bounded.
 */
#ifndef CRM_COMMANDS_AGENTS_H
#define CRM_COMMANDS_AGENTS_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGENT_OUTPUT_MAX (1 << 20) /* bytes; an agent that prints more is ended */
#define AGENT_META_MS 30000        /* for meta-data */

/* Names, sorted; agents_free() it. */
struct agent_names {
	char **name;
	size_t count, room;
};

/* ocf lsb service ... as far as this machine has them. */
void agents_standards(struct agent_names *names);
/* Of OCF agents; AGENT: only those who have that one; NULL = all. */
void agents_providers(const char *agent, struct agent_names *names);
/* PROVIDER only of OCF; NULL = all.  False: no such standard. */
bool agents_list(const char *standard, const char *provider, struct agent_names *names);
void agents_free(struct agent_names *names);

struct agent {
	const char *standard, *provider, *type;
};

/* What an agent is called with. */
struct agent_call {
	const char *action;
	char *const *envp; /* NULL = only what every agent gets */
	int64_t limit_ms;
};

struct agent_result {
	int rc;          /* what it ended with */
	bool timed_out;  /* it did not, and was ended */
	char *out, *err; /* free() them; never NULL after agent_run() returned 0 */
};

/* Runs an OCF agent or a script of old and waits for its end.  0, -ENOENT when there is none, or -errno,
 * with ERR. */
int agent_run(const struct agent *agent, const struct agent_call *call,
    struct agent_result *result, struct err *err);
/* Its meta-data, XML; free() it.  NULL with the reason in ERR. */
char *agent_metadata(const struct agent *agent, struct err *err);

#endif
