/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the swarm of whole nodes share; see node_swarm.c. */
#ifndef TESTS_SIM_NODE_SWARM_H
#define TESTS_SIM_NODE_SWARM_H

#include "tests/sim/cluster.h"

/* What kind of trouble a seed draws from. */
enum profile {
	PROFILE_CALM,  /* people only: stops, starts, reloads, hand-overs; slow scripts */
	PROFILE_CRASH, /* machines fall over and come back, at once or later */
	PROFILE_FREEZE,  /* nodes stand still or sleep */
	PROFILE_LOSSY,   /* a bad network: loss, delay, duplicates, damage, replays */
	PROFILE_CUT,     /* links and nodes cut off, one way or both */
	PROFILE_SCRIPTS, /* scripts fail, hang, are slow; daemons are killed */
	PROFILE_FENCE,   /* a fencing device that works, fails, is slow or lies */
	PROFILE_LEGACY,  /* auto_failback legacy */
	PROFILE_KEYS,    /* authkeys that differ for a while; forged messages */
	PROFILE_EVERYTHING,
	PROFILE_COUNT
};
extern const char *const node_profile_names[PROFILE_COUNT];

/* Rare ways, to see whether the seeds go them. */
enum mark {
	MARK_CRASH,
	MARK_CRASH_DURING_SCRIPT,
	MARK_WIPE,
	MARK_KILL,
	MARK_STOP,
	MARK_START,
	MARK_STANDBY,
	MARK_STANDBY_REFUSED,
	MARK_TAKEOVER,
	MARK_RELOAD,
	MARK_CUT,
	MARK_CUT_ONE_WAY,
	MARK_FREEZE,
	MARK_SUSPEND,
	MARK_KEYS,
	MARK_FALSE_DEATH,
	MARK_DEATH,
	MARK_RESTART,
	MARK_PARTITION,
	MARK_SELF_SILENT,
	MARK_OVERSLEPT,
	MARK_LOST,
	MARK_CORE_RESTART,
	MARK_REBOOT,
	MARK_FENCED,
	MARK_FENCE_FAILED,
	MARK_FENCE_LIED,
	MARK_FENCE_LIE_FOUND,
	MARK_FENCE_DELAYED,
	MARK_FENCE_GIVEN_UP,
	MARK_FENCE_BY_OTHER,
	MARK_CONFIRMED,
	MARK_SELF_FENCED,
	MARK_START_FAILED,
	MARK_STOP_FAILED,
	MARK_SCRIPT_HANGS,
	MARK_SCRIPT_KILLED,
	MARK_DOUBLE_EXCUSED,
	MARK_HANDED_OVER,
	MARK_CANCELLED,
	MARK_NEGLECTED,
	MARK_CONFLICT,
	MARK_FAILED_SET_GIVEN,
	MARK_REPLAY,
	MARK_FORGED,
	MARK_COUNT
};
extern const char *const node_mark_names[MARK_COUNT];

enum action {
	ACT_CRASH,
	ACT_RESTART_FAST,
	ACT_KILL,
	ACT_STOP,
	ACT_START,
	ACT_STANDBY,
	ACT_TAKEOVER,
	ACT_RELOAD,
	ACT_CUT_LINK,
	ACT_CUT_NODE,
	ACT_HEAL,
	ACT_NETWORK, /* another loss, delay .. of a link */
	ACT_FREEZE,
	ACT_SUSPEND,
	ACT_KEYS,
	ACT_CLOCK,
	ACT_CONFIRM, /* a person says that a node is down */
	ACT_COUNT
};

#define FRAMES_KEPT 16
#define FRAME_KEPT_MAX 1024

/* What a node has got of the test messages of another. */
struct stream {
	uint64_t generation, seq, n;
	bool excused; /* some may be missing now: the reason was told */
};

struct watcher {
	struct stream stream[CLUSTER_NODE_MAX];
	uint64_t sent; /* of our own test messages, in this life */
	uint64_t
	    told; /* deliveries and events so far: a frame that is refused adds none */
	uint64_t lost, stalls; /* of memb_stats, before this step */
	unsigned life[FRAMES_KEPT];
	size_t link[FRAMES_KEPT], len[FRAMES_KEPT];
	uint8_t frame[FRAMES_KEPT][FRAME_KEPT_MAX];
	size_t frames;
	int64_t booted;   /* the daemon */
	int64_t troubled; /* when a script that hangs or fails ran here last */
	bool unmanaged;   /* its daemon died and left resources behind */
	bool lied;        /* a device said that it was reset, and it was not */
};

struct node_swarm {
	struct cluster c;
	uint64_t seed;
	enum profile profile;
	char haresources[1024];
	bool flaky[WORLD_GROUP_MAX]; /* its scripts may fail or hang */
	unsigned weight[ACT_COUNT];
	unsigned slow_percent, fail_percent, hang_percent;
	unsigned fence_fail_percent, fence_lie_percent, fence_slow_percent;
	int64_t slow_ms_max, gap_ms_max, trouble_ms;
	bool network_is_bad, forge;
	bool healed; /* no more trouble */
	bool quiet;  /* no more test messages */

	/* rules */
	struct watcher watcher[CLUSTER_NODE_MAX];
	int64_t whole_since[CLUSTER_NODE_MAX][CLUSTER_NODE_MAX]; /* -1: they are not */
	int64_t good_since[CLUSTER_NODE_MAX][CLUSTER_NODE_MAX];  /* .. over a good link */
	int64_t
	    grace_ms; /* after which two nodes that hear each other know of each other */
	int64_t release_ms; /* within which a node can stop everything */
	uint64_t mark[MARK_COUNT];
	char failure[512];
};

/* node_draw.c: everything that a seed decides. */
void node_draw(struct node_swarm *s, uint64_t seed, enum profile profile, bool trace);
void node_trouble_begin(struct node_swarm *s);
void node_heal(struct node_swarm *s);
/* Whoever is off is started by hand. */
void node_start_all(struct node_swarm *s);

/* node_rules.c: what must hold. */
void node_rules_install(struct node_swarm *s);
void node_rules_step(struct node_swarm *s); /* after each step of the simulation */
bool node_is_at_rest(struct node_swarm *s);
/* Why it is not, for people. */
void node_unrest(struct node_swarm *s, char *buf, size_t size);
void node_fail(struct node_swarm *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* node_frames.c: messages between nodes. */
void node_frames_install(struct node_swarm *s);
void node_on_message(struct node_swarm *s, struct cluster_node *n, struct msg *m,
    const struct memb_from *from);
void node_traffic_begin(struct node_swarm *s);
void node_forge(struct node_swarm *s);
/* Each sends one last message, which must come to everybody. */
void node_last_message(struct node_swarm *s);
void node_check_last(struct node_swarm *s);

#endif
