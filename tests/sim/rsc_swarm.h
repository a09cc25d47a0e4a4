/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the swarm share; see rsc_swarm.c. */
#ifndef TESTS_SIM_RSC_SWARM_H
#define TESTS_SIM_RSC_SWARM_H

#include "tests/sim/rsc_bus.h"

/* Rare things; --marks tells how often each was seen. */
enum mark {
	MARK_CRASH,
	MARK_STOP,
	MARK_START,
	MARK_STANDBY,
	MARK_STANDBY_REFUSED,
	MARK_TAKEOVER,
	MARK_CUT,
	MARK_FREEZE,
	MARK_RELOAD,
	MARK_FALSE_DEATH,
	MARK_DEATH,
	MARK_FENCED,
	MARK_FENCE_FAILED,
	MARK_FENCE_LIED,
	MARK_FENCE_LIE_FOUND,
	MARK_FENCE_DELAYED,
	MARK_FENCE_GIVEN_UP,
	MARK_FENCE_BY_OTHER,
	MARK_CONFIRMED,
	MARK_SELF_FENCED,
	MARK_REBOOT,
	MARK_START_FAILED,
	MARK_STOP_FAILED,
	MARK_SCRIPT_KILLED,
	MARK_DOUBLE_EXCUSED,
	MARK_HANDED_OVER,
	MARK_CANCELLED,
	MARK_NEGLECTED,
	MARK_CONFLICT,
	MARK_OLD_STARTS,
	MARK_OLD_LEAVES,
	MARK_OLD_WAITS,
	MARK_COUNT
};

enum action {
	ACT_CRASH,
	ACT_RESTART_FAST,
	ACT_STOP,
	ACT_START,
	ACT_STANDBY,
	ACT_TAKEOVER,
	ACT_CUT,
	ACT_HEAL,
	ACT_FREEZE,
	ACT_RELOAD,
	ACT_CONFIRM,
	ACT_COUNT
};

struct swarm {
	uint64_t seed, dice;
	char haresources[1024];
	bool flaky[WORLD_GROUP_MAX]; /* its scripts may fail or hang */
	unsigned weight[ACT_COUNT];
	unsigned slow_percent, fail_percent, hang_percent;
	unsigned fence_fail_percent, fence_slow_percent, fence_lie_percent;
	int64_t slow_ms_max, gap_ms_max;
	bool healed; /* no more faults */
	/* One of them declared the other dead, wrongly, and they have not found together
	 * since.  reunited: since when both hear each other again. */
	bool apart[BUS_NODE_MAX][BUS_NODE_MAX];
	int64_t reunited[BUS_NODE_MAX][BUS_NODE_MAX];
	bool lied[BUS_NODE_MAX]; /* a device said that it was reset, and it was not */
	bool unfenced[BUS_NODE_MAX][BUS_NODE_MAX]; /* .. and saw no need to fence it */
	uint64_t mark[MARK_COUNT];
	char failure[512];
	struct bus bus; /* the last one: large, and cleared by bus_init() */
};

extern const char *const swarm_mark_names[MARK_COUNT];

/* rsc_swarm_draw.c: everything that a seed decides. */
struct swarm_wish {
	size_t node_count; /* 0: drawn */
	bool old_peers;
	bool fence; /* with devices */
};
void swarm_draw(struct swarm *swarm, uint64_t seed, const struct swarm_wish *wish);
void swarm_act_later(struct swarm *swarm);

/* rsc_swarm_rules.c: what must hold. */
void swarm_rules_install(struct swarm *swarm);
void swarm_check_end(struct swarm *swarm);
void swarm_fail(struct swarm *swarm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
