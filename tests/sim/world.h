/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines of a simulated cluster as far as resource scripts see them: what really
 * runs where, how long a script takes and what it returns.  It knows nothing of daemons,
 * messages or time: whoever simulates those calls world_begin() when a script starts and
 * world_end() when the time it was promised is over.  So it serves a simulation of the
 * resource core alone as well as one of whole nodes.
 *
 * Each (script, arguments) is a resource with a flag on every machine, as the tracing
 * scripts of the recorded scenarios keep it: a good start sets it, a good stop clears it,
 * status prints it.  A resource is also said to be *touched* on a machine from the first
 * moment of a start to the end of the first good stop: it may be active there.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "heartbeat/config/config.h"
#include "heartbeat/resources/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_NODE_MAX 8
#define WORLD_RESOURCE_MAX 32
#define WORLD_GROUP_MAX 16

/* What a script will do. */
struct world_plan {
	int64_t ms;  /* how long it takes */
	int code;    /* what it returns */
	bool anyway; /* it does its work although it returns a failure */
};

struct world_resource {
	const char *word; /* "TrA::10.9.0.101" */
	char name[64];    /* "TrA:10.9.0.101": as the recordings list what is held */
	char line[64];    /* "TrA 10.9.0.101": as the recordings show a call */
	const char *script;
	size_t group;
};

struct world_place {
	bool on;      /* what status says */
	bool touched; /* may be active */
};

/* A script that runs, or ran. */
struct world_run {
	size_t node, resource;
	enum rsc_op op;
	struct world_plan plan;
	uint32_t machine_life; /* of the machine when it began */
};

struct world {
	size_t node_count;
	struct conf_groups groups;
	struct world_resource resource[WORLD_RESOURCE_MAX];
	size_t resource_count;
	struct world_place place[WORLD_NODE_MAX][WORLD_RESOURCE_MAX];
	uint32_t machine_life[WORLD_NODE_MAX]; /* counts resets */

	/* What the scripts do; NULL: all succeed at once. */
	struct world_plan (
	    *plan)(void *data, size_t node, size_t resource, enum rsc_op op);
	/* A script has begun (ENDED false) or ended.  May be NULL. */
	void (*seen)(void *data, const struct world_run *run, bool ended);
	void *data;
};

/* GROUPS in the form of haresources, without comments and continuations; asserts that it
 * is sound. */
void world_init(struct world *w, size_t node_count, const char *haresources);
void world_clear(struct world *w);

void world_begin(struct world *w, size_t node, const struct conf_resource *resource,
    enum rsc_op op, struct world_run *run);
/* What the script returned, and what it printed (a string constant). */
int world_end(struct world *w, const struct world_run *run, const char **output);
/* It was killed: no good start or stop, but whatever it had done stays. */
void world_abort(struct world *w, const struct world_run *run);
/* The machine was reset: nothing runs there any more. */
void world_reset(struct world *w, size_t node);

/* WORLD_RESOURCE_MAX when there is none. */
size_t world_find(const struct world *w, const char *word);
/* May any resource of that group be active on that machine? */
bool world_touches(const struct world *w, size_t node, size_t group);
/* Does every resource of it run there? */
bool world_runs(const struct world *w, size_t node, size_t group);
/* "TrA:10.9.0.101,TrB:a1:a2", or "-": what status calls held, sorted. */
void world_held(const struct world *w, size_t node, char *buf, size_t size);

#endif
