/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the replay share; see rsc_vectors.c. */
#ifndef TESTS_SIM_RSC_VECTORS_H
#define TESTS_SIM_RSC_VECTORS_H

#include "tests/sim/rsc_bus.h"
#include "tests/sim/vector.h"

#define WANT_NODE_MAX 3

/* What a segment must show instead of what was recorded. */
struct want {
	const char *vector;
	size_t segment;
	const char *line[WANT_NODE_MAX];  /* "start TrA;stop TrA", "" none, NULL any */
	const char *state[WANT_NODE_MAX]; /* "local TrA|all -": allowed ones, NULL any */
	bool each_once;                   /* every resource runs on exactly one node */
	const char *starts_once;          /* lines seen once in the whole cluster */
	const char *never_logs;           /* "node:text|node:text" in this segment */
	int64_t linger_ms;                /* beyond the last checkpoint */
};

/* NULL: the recording itself. */
const struct want *want_find(const char *vector, size_t segment);

/* ---- ipfail, as far as these scenarios need it (spec 16) ---- */

struct ipfail {
	struct bus *bus;
	const struct vector *vector;
	int pings[2];          /* ping nodes that each sees */
	const char *giveup[2]; /* what is to be given up when the timer fires, or NULL */
	uint32_t timer[2];     /* counts up: makes older timers void */
};

void ipfail_init(struct ipfail *ipfail, struct bus *bus, const struct vector *vector);
/* NODE, or both when it is no node, loses or gets back one ping node. */
void ipfail_ping(struct ipfail *ipfail, size_t node, bool lost);

#endif
