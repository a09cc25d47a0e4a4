/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole nodes: the membership core of struct sim and the resource core of a struct rsc,
 * joined as the daemon joins them, on machines whose scripts run in a struct world.  What
 * the cores send to each other are the real frames on the simulated network.
 *
 * A daemon's life:
 *
 *	OFF --start--> ON --stop--> LEAVING --released--> LEFT --1 s--> OFF
 *	                `-partition, overslept-> the same .. LEFT --1 s--> PAUSE
 *	                                                 --deadtime + 1 s--> ON
 *	ON --reload, when idle--> PAUSE --100 ms--> ON, with what it holds kept
 *	any --killed--> OFF; its machine, its resources and perhaps its scripts go on
 *	any --crash, reset--> OFF, and nothing runs on that machine any more
 *
 * A node may be frozen (only the daemon stands still: its resources and scripts go on) or
 * suspended (the machine sleeps, its monotonic clock stands still).
 */
#ifndef TESTS_SIM_CLUSTER_H
#define TESTS_SIM_CLUSTER_H

#include "heartbeat/resources/resources.h"
#include "tests/sim/sim.h"
#include "tests/sim/world.h"

#define CLUSTER_NODE_MAX 5
#define CLUSTER_OUT_MAX                                                                  \
	64 /* messages that wait until the cores are left, as in the daemon */
#define CLUSTER_SCRIPT_MAX                                                               \
	8 /* on one machine: one of the daemon, others of its predecessors */

struct cluster;

struct cluster_conf {
	size_t node_count, link_count;
	enum conf_failback failback[CLUSTER_NODE_MAX];
	int64_t deadtime_ms[CLUSTER_NODE_MAX];
	bool old[CLUSTER_NODE_MAX]; /* its membership is as slow as that of 3.0.6 */
	int64_t keepalive_ms, initdead_ms, script_timeout_ms;
	int stop_retries;
	bool can_fence, merges;
	int64_t fence_delay_ms[CLUSTER_NODE_MAX], fence_weaker_ms;
	enum msg_form form;
	const char *haresources;
	uint64_t seed;
	bool trace;
};

enum cluster_life {
	CLUSTER_OFF,
	CLUSTER_ON,
	CLUSTER_LEAVING,
	CLUSTER_LEFT,
	CLUSTER_PAUSE
};

/* A message of the resource core that waits until the cores are left. */
struct cluster_out {
	size_t count;
	const char *name[RSC_SEND_FIELDS + 1];
	size_t value[RSC_SEND_FIELDS + 1]; /* where in TEXT */
	char text[1024];
};

struct cluster_script {
	bool used, soft /* was asked to end */, over /* its daemon has not noticed yet */;
	uint32_t daemon, id, serial;
	struct world_run run;
	int64_t ends;
	int code;
	const char *output;
};

struct cluster_node {
	struct cluster *cluster;
	struct sim_node *sim;
	size_t index;
	enum cluster_life life;
	uint32_t daemon; /* counts daemons: what was planned for an older one is void */
	struct rsc *rsc; /* with sim->memb, or NULL */
	int64_t due, due_call; /* of the resource core's timer; 0 = none */
	int64_t woke;          /* from its last freeze or sleep */
	int64_t turned;        /* when the timer of membership fired last */
	struct cluster_out out[CLUSTER_OUT_MAX];
	size_t out_first, out_count;
	bool flushing;
	const char *leave_why; /* it was told to leave, and has not begun to */
	bool restarting;       /* it is to start again after it has left */
	bool reload_due;
	bool is_kept; /* the next daemon takes over what runs here */
	char kept[400];
	struct cluster_script script[CLUSTER_SCRIPT_MAX];
	uint64_t generation;                /* of membership, in this daemon's life */
	uint32_t fencing[CLUSTER_NODE_MAX]; /* counts attempts: makes old answers void */
};

struct cluster {
	struct cluster_conf conf;
	struct sim *sim;
	struct world world;
	struct cluster_node node[CLUSTER_NODE_MAX];
	struct msg_keys other_keys; /* no node knows both these and the usual ones */
	uint32_t scripts;           /* started so far */
	int64_t fenced_by;          /* until then a device may still strike */

	/* Hooks.  Each may be NULL except fence with can_fence. */
	void (*deliver)(void *data, struct cluster_node *node, struct msg *m,
	    const struct memb_from *from);
	void (*event)(void *data, struct cluster_node *node,
	    const struct memb_event *event);
	void (
	    *told)(void *data, struct cluster_node *node, const struct rsc_event *event);
	void (*logged)(void *data, struct cluster_node *node, int priority,
	    const char *text);
	void (*booted)(void *data, struct cluster_node *node);
	void (*stepped)(void *data, struct cluster_node *node);
	/* The daemon has ended in good order. */
	void (*exited)(void *data, struct cluster_node *node);
	/* The machine was reset and stays off. */
	void (*went_down)(void *data, struct cluster_node *node);
	struct cluster_fence (
	    *fence)(void *data, struct cluster_node *node, size_t target);
	void (*fenced)(void *data, struct cluster_node *node, size_t target,
	    enum rsc_fence_result result, bool was_reset);
	void *data;
};

/* What a fencing device does. */
struct cluster_fence {
	int64_t ms;
	enum rsc_fence_result result;
	bool resets;      /* it does its work, whatever it says .. */
	int64_t reset_ms; /* .. after that time: before it answers */
};

void cluster_init(struct cluster *c, const struct cluster_conf *conf);
void cluster_clear(struct cluster *c);

/* What people and fate do.  What makes no sense for the present life is ignored. */
void cluster_start(struct cluster *c, size_t node);
void cluster_stop(struct cluster *c, size_t node); /* SIGTERM */
void cluster_reload(struct cluster *c, size_t node);
void cluster_crash(struct cluster *c, size_t node, bool wipe); /* of the machine */
/* Of the daemon alone; SCRIPTS: those that run go on. */
void cluster_kill(struct cluster *c, size_t node, bool scripts);
void cluster_freeze(struct cluster *c, size_t node, int64_t ms);
void cluster_suspend(struct cluster *c, size_t node, int64_t ms);
/* Somebody looked at TARGET, which must be off, and says so on NODE. */
int cluster_confirm(struct cluster *c, size_t node, size_t target);
int cluster_standby(struct cluster *c, size_t node, const char *word);
void cluster_takeover(struct cluster *c, size_t node, const char *word);
void cluster_set_keys(struct cluster *c, size_t node, bool usual);

/* Both cores are there and the process runs. */
bool cluster_is_awake(const struct cluster_node *n);
bool cluster_has_scripts(const struct cluster_node *n);
const char *cluster_word(const struct cluster_node *n); /* "-" without a daemon */

#endif
