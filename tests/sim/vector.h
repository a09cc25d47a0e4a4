/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recorded scenario of haresources clusters, as read from its file; the grammar is in
 * the README.txt beside the recordings.  Of the timeline only what is compared is kept.
 */
#ifndef TESTS_SIM_VECTOR_H
#define TESTS_SIM_VECTOR_H

#include "heartbeat/config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VECTOR_NODE_MAX 4
#define VECTOR_STIMULUS_MAX 24
#define VECTOR_LINE_MAX 32 /* start/stop lines of one node in one segment */
#define VECTOR_CHECK_MAX 12
#define VECTOR_BEHAVIOUR_MAX 4
#define VECTOR_MSG_MAX 96

struct vector_behaviour {
	char node[16], script[16], op[8];
	int code;
	int64_t ms;
	size_t after; /* effective after this many stimuli */
};

struct vector_check {
	int64_t ms;
	char node[16], word[16], held[96];
};

/* A stimulus, and what was seen until the next one. */
struct vector_segment {
	int64_t ms;
	char node[16]; /* or "*" */
	char text[80];
	struct vector_check check[VECTOR_CHECK_MAX];
	size_t check_count;
	char line[VECTOR_NODE_MAX][VECTOR_LINE_MAX][64];
	size_t line_count[VECTOR_NODE_MAX];
	size_t resets[VECTOR_NODE_MAX]; /* stonith and reboot calls */
	bool exits[VECTOR_NODE_MAX];
};

struct vector {
	char name[48], better[256];
	bool is_defect;
	char node[VECTOR_NODE_MAX][16];
	size_t node_count;
	enum conf_failback failback[VECTOR_NODE_MAX];
	int64_t keepalive_ms, deadtime_ms, initdead_ms;
	bool can_fence, has_ping;
	char haresources[512];
	struct vector_behaviour behaviour[VECTOR_BEHAVIOUR_MAX];
	size_t behaviour_count;
	struct vector_segment segment[VECTOR_STIMULUS_MAX];
	size_t segment_count;
	/* Messages of each node, for information: "resource rsc_hold=..." */
	char message[VECTOR_NODE_MAX][VECTOR_MSG_MAX][96];
	size_t message_count[VECTOR_NODE_MAX];
};

/* 0, or -errno; -EINVAL with the line in *BAD. */
int vector_read(struct vector *v, const char *path, int *bad);
/* VECTOR_NODE_MAX: none. */
size_t vector_node(const struct vector *v, const char *name);

#endif
