/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cluster.c (the shell of the cores) and cluster_life.c (what befalls a node) share.
 */
#ifndef TESTS_SIM_CLUSTER_PRIVATE_H
#define TESTS_SIM_CLUSTER_PRIVATE_H

#include "tests/sim/cluster.h"
#include "tests/sim/sim_private.h"

enum cluster_call {
	CALL_TIMER,    /* of the resource core */
	CALL_SCRIPT,   /* the script of that serial number has ended */
	CALL_FENCE,    /* the fencing command has ended */
	CALL_STRIKE,   /* the fencing device cuts the power */
	CALL_LINGERED, /* the second after shutdone is over */
	CALL_START,    /* the pause of a restart is over */
	CALL_EXEC,     /* reload */
	CALL_REBOOT,
};

/* cluster.c */
struct instant cluster_now(const struct cluster_node *n);
/* Tells this daemon at that time, or when it wakes; nobody when it has ended. */
void cluster_plan(struct cluster_node *n, enum cluster_call call, int64_t at,
    uint32_t arg);
void cluster_flush(struct cluster_node *n);
void cluster_leave(struct cluster_node *n, bool restart, const char *why);

/* cluster_life.c */
void cluster_called(struct sim *sim, void *data, uint64_t arg);

#endif
