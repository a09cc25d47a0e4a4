/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the membership swarm share: the world of one seed (w), which one of
 * them is running at a time.
 *
 *   memb_sim.c     draws and runs seeds
 *   memb_watch.c   what must hold after each step
 *   memb_faults.c  traffic, faults, frames that are played again
 */
#ifndef TESTS_SIM_MEMB_SWARM_H
#define TESTS_SIM_MEMB_SWARM_H

#include "tests/sim/sim.h"

#define RING_MAX 16
#define FRAME_KEPT_MAX 1500

/* How bad a world a seed draws; each holds the faults of those before it. */
enum class { CRASHES, STALLS, LOSSY, CUT, EVERYTHING, CLASS_COUNT };
extern const char *const class_names[];

/* What one machine has seen of another. */
struct seen {
	uint64_t generation, seq;
	uint64_t n[2];   /* last of those to all, last of those to us; 0 = none */
	bool excused[2]; /* one may be missing now: the reason was told */
	/* A loss was told: what was in pieces is missed when the next one has come whole. */
	bool gap[2];
	bool owed; /* one was left out; within the same step the reason must be told */
	uint64_t lost[2]; /* memb_stats.lost then */
};

struct kept {
	unsigned life; /* of the hearer */
	size_t link, len;
	uint8_t bytes[FRAME_KEPT_MAX];
};

struct tester {
	struct seen seen[SIM_NODE_MAX];
	uint64_t n, n_to[SIM_NODE_MAX];
	struct kept ring[RING_MAX];
	size_t kept;
	uint64_t told; /* events and deliveries so far */
	uint64_t lost; /* memb_stats.lost before this step */
	int64_t booted_at, crashed_at;
	int64_t stalled_to;            /* end of its last stall */
	uint64_t active[SIM_NODE_MAX]; /* generation in which that node was seen active */
};

/* Rare ways, to see whether the seeds go them. */
enum mark {
	MARK_DEATH,
	MARK_RESTART,
	MARK_PARTITION,
	MARK_REPAIRED,
	MARK_REFUSED,
	MARK_LOST,
	MARK_PAUSED,
	MARK_STALL,
	MARK_SILENT,
	MARK_REPLAY,
	MARK_OLD_LIFE,
	MARK_DAMAGED,
	MARK_WIPED,
	MARK_BIG,
	MARK_PIECES,
	MARK_RESTED,
	MARK_COUNT
};
extern uint64_t marks[MARK_COUNT];

struct swarm {
	uint64_t seed;
	enum class class;
	struct sim *sim;
	struct tester tester[SIM_NODE_MAX];
	bool over;  /* faults have stopped */
	bool quiet; /* no more traffic */
	int64_t until;
	int64_t traffic_ms;
	bool flood; /* bursts longer than the history, so that messages are lost */
	bool failed;
};
extern struct swarm w;

/* ---- memb_watch.c ---- */
/* Notes a violation; the first one of a seed is printed. */
void memb_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern const struct sim_above memb_watch;
/* Everybody's last message has come to everybody. */
void memb_check_complete(struct sim *sim);

/* ---- memb_faults.c ---- */
/* For struct sim.heard: keeps frames to be played again. */
void memb_frame_heard(void *data, struct sim_node *node, size_t link,
    const uint8_t *frame, size_t len);
/* Begin, and go on by themselves. */
void memb_traffic(struct sim *sim, void *data, uint64_t node);
void memb_fault(struct sim *sim, void *data, uint64_t arg);
/* Unless it is on, or the faults are over. */
void memb_boot_again(struct sim *sim, void *data, uint64_t node);

#endif
