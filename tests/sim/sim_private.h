/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sim.c (time and machines), net.c (the network) and trace.c share. */
#ifndef TESTS_SIM_SIM_PRIVATE_H
#define TESTS_SIM_SIM_PRIVATE_H

#include "tests/sim/sim.h"

/* A frame on its way; shared by all its copies. */
struct sim_datagram {
	unsigned users;
	bool verified; /* its signature was checked and right; the bytes do not change */
	size_t len;
	uint8_t bytes[];
};

enum sim_kind { SIM_DATAGRAM, SIM_TIMER, SIM_READ, SIM_WAKE, SIM_CALL, SIM_PONG };

struct sim_event {
	int64_t when;
	uint64_t number; /* of equal times the earlier made comes first */
	enum sim_kind kind;
	uint32_t node, link;
	unsigned life;
	struct sim_datagram *datagram;
	void (*call)(struct sim *sim, void *data, uint64_t arg);
	void *data;
	uint64_t arg;
};

/* sim_queue.c */
struct sim_queue {
	struct sim_event *heap;
	size_t count, size;
	uint64_t number;
};
uint64_t sim_push(struct sim *sim, struct sim_event event); /* its number */
struct sim_event sim_pop(struct sim *sim);                  /* not when it is empty */

/* net.c */
struct sim_datagram *sim_datagram_new(const uint8_t *frame, size_t len);
void sim_datagram_unuse(struct sim_datagram *datagram);
/* To all machines, over all links, with all that may befall it. */
void sim_transmit(struct sim *sim, struct sim_node *node, const uint8_t *frame,
    size_t len);
void sim_ping(struct sim *sim, struct sim_node *node, uint64_t ts);
/* AT is when the machine's kernel saw it. */
void sim_arrive(struct sim *sim, struct sim_node *node, struct instant at, size_t link,
    struct sim_datagram *datagram);
void sim_pong(struct sim *sim, struct sim_node *node, size_t host, uint64_t ts);

/* sim.c */
struct instant sim_clock(const struct sim *sim, const struct sim_node *node);
void sim_runs(struct sim *sim, struct sim_node *node);
void sim_enter(struct sim_node *node);
void sim_leave(struct sim_node *node);

/* trace.c */
struct sim_trace *sim_trace_new(void);
void sim_trace_free(struct sim_trace *trace);

#endif
