/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cluster in one process: N machines, each with the real membership core (struct memb)
 * in a shell made of virtual time and a seeded network.  Nothing in it reads a clock or a
 * random device: a seed replays exactly.
 *
 * The network has several links.  On each, every datagram is delayed, lost, doubled,
 * overtaken or damaged as that link's struct sim_link says, and a link may be cut from
 * one machine to another, in one direction or both.  Frames are the real bytes: they pass
 * msg_decode() with its signature on arrival.
 *
 * A machine is on or off.  It may be stalled (the process does not run, its socket buffer
 * fills and overflows), its wall clock may jump.  While it is calm, heartbeats that need
 * wake nobody wait in its sockets until its timer rings or anything else arrives.  What survives a crash is its disk: own
 * generation, generations of the others; sim_crash() may wipe it.
 *
 * What stands above membership (clients, the resource core) is a struct sim_above.  Its
 * calls come from within membership, so they only take note; to send, call sim_send(),
 * which waits until membership is left.
 *
 *   sim_new -> sim_boot ... -> sim_run (events in order of time) -> sim_free
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "heartbeat/membership/membership.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_NODE_MAX 64
#define SIM_LINK_MAX 4
#define SIM_PING_MAX 2
#define SIM_SOCKET_MAX                                                                   \
	128 /* datagrams that a stalled machine's socket holds; then they are dropped */
#define SIM_REST_MAX 1024 /* the same while it rests: heartbeats of 64 nodes fit */
#define SIM_MS 1000000LL  /* time is counted in nanoseconds */

struct sim;
struct sim_node;

/* Above membership.  Any call may be NULL. */
struct sim_above {
	/* Membership is about to be made: what the conf of this node says may be changed.
	 */
	void (*configure)(void *data, struct sim_node *node, struct memb_conf *conf);
	void (*booted)(void *data,
	    struct sim_node *node); /* membership exists, not yet started */
	void (*stopped)(void *data,
	    struct sim_node *node); /* the machine goes off, membership still exists */
	void (*deliver)(void *data, struct sim_node *node, struct msg *m,
	    const struct memb_from *from);
	void (*event)(void *data, struct sim_node *node, const struct memb_event *event);
	/* Something woke the process; membership is not entered yet. */
	void (*runs)(void *data, struct sim_node *node);
	/* Membership was entered and left again; asked after each step of that node. */
	void (*stepped)(void *data, struct sim_node *node);
};

struct sim_conf {
	size_t node_count, link_count, ping_count;
	int64_t keepalive_ms, deadtime_ms, warntime_ms, initdead_ms, deadping_ms;
	enum msg_form form; /* 0 is classic */
	bool loopback;      /* media hear themselves, as broadcast does */
	bool autojoin, manages_resources;
	bool old[SIM_NODE_MAX]; /* behaves like 3.0.6: late answers, no hbfeat */
	const struct sim_above *above;
	void *data;
	uint64_t seed;
	uint64_t check_every; /* invariants after so many steps; 0 = after each */
	bool trace;           /* keep lines for sim_print_trace() */
};

struct sim_link {
	int64_t delay_min_us, delay_max_us;
	unsigned loss, twice, damage; /* of 10000 datagrams */
	bool no_fragments;            /* of what needs several packets nothing arrives */
	bool cut[SIM_NODE_MAX][SIM_NODE_MAX]; /* from, to */
};

struct sim_node {
	struct sim *sim;
	size_t index;
	char name[16];
	struct memb *memb; /* NULL: off */
	unsigned life;     /* counts boots */
	struct instant armed;
	uint64_t armed_event;  /* the one that counts */
	bool inside;           /* membership is running */
	int64_t stalled_until; /* 0 = runs */
	bool deaf;
	bool silent;                 /* nothing of it leaves the machine any more */
	const struct msg_keys *keys; /* sim->keys unless somebody changed them */
	int64_t clock_skew_ns;       /* of its monotonic clock, drawn at boot */
	int64_t wall_skew_s;
	uint64_t generation; /* on disk */
	uint64_t peer_generation[SIM_NODE_MAX];
	/* While stalled; and what need not wake a calm one.  With the clock's time then. */
	struct sim_datagram *socket[SIM_REST_MAX];
	struct instant socket_at[SIM_REST_MAX];
	size_t socket_link[SIM_REST_MAX], socket_count;
	bool rests;  /* as its shell last knew */
	void *above; /* for the user of struct sim_above */
	uint64_t dropped[MSG_DROP_COUNT];
};

struct sim {
	struct sim_conf conf;
	int64_t now; /* nanoseconds */
	struct sim_node node[SIM_NODE_MAX];
	struct sim_link link[SIM_LINK_MAX];
	bool host_up[SIM_PING_MAX]; /* ping hosts answer */
	struct msg_keys keys;
	uint64_t random, steps, datagrams, rested; /* rested: of those, read later */
	struct sim_queue *queue;
	struct sim_trace *trace;
	struct sim_post *post; /* waiting until membership is left */
	/* A frame was handed to membership (after membership has seen it); may be NULL.
	 */
	void (*heard)(void *data, struct sim_node *node, size_t link,
	    const uint8_t *frame, size_t len);
	/* A frame leaves a machine; may be NULL. */
	void (*sent)(void *data, struct sim_node *node, const uint8_t *frame, size_t len);
};

struct sim *sim_new(const struct sim_conf *conf);
void sim_free(struct sim *sim);

/* Handles the next event.  False when there is none up to UNTIL (nanoseconds); then it is
 * UNTIL. */
bool sim_step(struct sim *sim, int64_t until);
void sim_run(struct sim *sim, int64_t ms);
/* Until DONE says so; false when MS have passed without it. */
bool sim_run_until(struct sim *sim, bool (*done)(struct sim *sim), int64_t ms);
/* Calls back in MS: once, whatever happens to machines meanwhile. */
void sim_after(struct sim *sim, int64_t ms,
    void (*call)(struct sim *sim, void *data, uint64_t arg), void *data, uint64_t arg);
uint64_t sim_random(struct sim *sim);
uint64_t sim_below(struct sim *sim, uint64_t bound); /* 0 .. bound - 1 */
bool sim_chance(struct sim *sim, unsigned of_10000);

void sim_boot(struct sim *sim, size_t node);
/* Off without a word.  WIPE: the disk is lost; the next generation then comes from the
 * wall clock. */
void sim_crash(struct sim *sim, size_t node, bool wipe);
/* The daemon ends, for the reason that WHY names; the machine goes on. */
void sim_off(struct sim *sim, size_t node, const char *why);
/* The process does not run for MS.  DEAF: nor does its machine, so that what comes
 * meanwhile is lost. */
void sim_stall(struct sim *sim, size_t node, int64_t ms, bool deaf);
void sim_cut(struct sim *sim, size_t from, size_t to, size_t link, bool cut);
/* No cut, no loss, no damage, nothing doubled any more; stalls end by themselves. */
void sim_heal(struct sim *sim);
/* Every machine that is on is up, and agrees with the others on who is on and off. */
bool sim_settled(struct sim *sim);

/* Sends "t=foo;n=5;dest=bravo".  -EAGAIN as memb_send(); from within membership it is
 * kept and sent as urgent. */
int sim_send(struct sim *sim, size_t node, const char *text, bool urgent);
/* NODE reads what waits in its sockets; nothing does if it does not rest. */
void sim_drain(struct sim *sim, size_t node);
/* A frame arrives at NODE out of nowhere. */
void sim_inject(struct sim *sim, size_t node, size_t link, const uint8_t *frame,
    size_t len);

/* ---- The timeline ---- */
bool sim_is_traced(const struct sim *sim);
/* "[  12.345678] alpha  TEXT" */
void sim_note(struct sim *sim, const struct sim_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_print_trace(const struct sim *sim, int fd);

#endif
