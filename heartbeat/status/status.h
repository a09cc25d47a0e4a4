/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one node knows of its cluster at one moment, as plain structs before it is text:
 * the daemon fills it, the local API carries it (request "hbstatus"), hb_status shows it
 * as a screen, JSON, metrics or one line of a check.
 *
 * It is a list of records.  The fields of each kind stand in one table (table.c); that is
 * what travels, and what JSON is made of, under the same names.  Who reads takes fields
 * that it does not know for nothing and leaves those that are missing as "not known".
 *
 * Times are wall clock milliseconds since 1970; lengths end in their unit.  A number
 * below 0 is not known (null in JSON), except in clock_ms.
 */
#ifndef HEARTBEAT_STATUS_STATUS_H
#define HEARTBEAT_STATUS_STATUS_H

#include "heartbeat/message/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define STATUS_UNKNOWN (-1)
#define STATUS_NODE_MAX 512
#define STATUS_LINK_MAX                                                                  \
	1024 /* of all nodes together; more are left out, and it says so */
#define STATUS_GROUP_MAX 1024
#define STATUS_EVENT_MAX 256 /* the last ones are kept */

struct status_cluster {
	char node[100], version[96], cluster[64];
	char managed_by[32];   /* "haresources", "crm", "nobody" */
	char auto_failback[8]; /* on off legacy; of a legacy cluster it is only known what
	                          runs here */
	char resources[16];    /* none local foreign all transition; "" = not managed */
	int64_t now_ms, started_ms;
	int64_t generation;
	int64_t keepalive_ms, warntime_ms, deadtime_ms, initdead_ms;
	bool comm_up;
	bool reduced;   /* an old daemon: only what the old requests tell */
	bool truncated; /* more nodes, links or groups than fit */
	int64_t clients;
	int64_t received, sent, lost, duplicates, resent, bad_frames, stalls;
	/* What this network bears; see arrival.h.  Not known while there are too few
	 * beats. */
	int64_t advice_beats, advice_needed;
	int64_t advice_keepalive_ms, advice_warntime_ms, advice_deadtime_ms;
	int64_t fencing_devices;
	char fencing_failed
	    [160]; /* devices that did not answer when they were asked last */
};

struct status_node {
	char name[100], type[16], status[32], site[64], why[160];
	bool self;
	bool compatible_only; /* speaks only what old nodes speak */
	int64_t weight, generation, dead_ms;
	int64_t since_ms; /* it has this status */
	int64_t heard_ago_ms;
	/* It is dead and must be reset before anything of it may be taken: "delayed",
	 * "running" or "waiting" for the next attempt; "" = not so. */
	char fencing[16], fencing_why[200];
	int64_t fencing_since_ms, fencing_tries;
	int64_t clock_ms; /* its clock is so much ahead of ours; STATUS_CLOCK_UNKNOWN */
};
#define STATUS_CLOCK_UNKNOWN INT64_MIN

/* "END:COUNT,..." in microseconds; "inf" is the last end. */
#define STATUS_HISTOGRAM_SIZE 2048

struct status_link {
	char node[100], name[64];
	char status[8]; /* up dead */
	bool self;      /* of the own node: nothing is counted */
	int64_t since_ms, heard_ago_ms;
	int64_t beats, received, lost, behind, duplicates, outages;
	int64_t interval_min_us, interval_mean_us, interval_max_us;
	int64_t late_p50_us, late_p99_us, late_p999_us, late_max_us, late_sum_us;
	int64_t answer_us;
	char late_histogram[STATUS_HISTOGRAM_SIZE];
};

struct status_group {
	char name[160]; /* its first resource, as in haresources */
	char home[100];
	char holder[100], from[100]; /* "" = nobody, or not known */
	char state[16];              /* here */
	char why[200];               /* the holder holds it */
	char here_why[200];          /* the state here */
	char resources[512];
	int64_t since_ms;
};

struct status_event {
	int64_t at_ms;
	char kind[24]; /* see events.h */
	char node[100], link[64], group[160];
	char text[400];
};

struct hb_status {
	struct status_cluster cluster;
	struct status_node *node;
	struct status_link *link; /* by node, in the order of the nodes */
	struct status_group *group;
	struct status_event *event; /* oldest first */
	size_t node_count, link_count, group_count, event_count;
};

/* Empty, everything not known. */
void status_init(struct hb_status *status);
void status_free(struct hb_status *status);

/* A new element, everything in it not known.  NULL: the list is full (TRUNCATED is set)
 * or memory is short. */
struct status_node *status_node_add(struct hb_status *status);
struct status_link *status_link_add(struct hb_status *status);
struct status_group *status_group_add(struct hb_status *status);
struct status_event *status_event_add(struct hb_status *status);

const struct status_node *status_node_find(const struct hb_status *status,
    const char *name);
/* Copies as much as fits; NULL is "". */
void status_copy(char *out, size_t size, const char *text);
#define STATUS_SET(field, text) status_copy((field), sizeof(field), (text))

/* ---- record.c: over the local API ---- */

struct status_sink {
	void (*begin)(void *data);
	void (*field)(void *data, const char *name, const char *value);
	void (*end)(void *data, bool last);
};
void status_encode(const struct hb_status *status, const struct status_sink *sink,
    void *data);
/* One record.  0; -ENOENT of a kind that is not known; -ENOSPC, -ENOMEM. */
int status_decode(struct hb_status *status, const struct msg *m);

/* ---- json.c ---- */

#define STATUS_JSON_FORMAT 1 /* grows when a field goes or changes its meaning */
void status_json(const struct hb_status *status, FILE *out);

/* ---- table.c ---- */

enum status_kind {
	STATUS_TEXT,
	STATUS_NAME,  /* null when empty */
	STATUS_INT,   /* null below 0 */
	STATUS_CLOCK, /* null when STATUS_CLOCK_UNKNOWN */
	STATUS_BOOL,
	STATUS_HISTOGRAM,
};

struct status_field {
	const char *name;
	enum status_kind kind;
	size_t offset, size;
};

enum status_record {
	STATUS_CLUSTER,
	STATUS_NODE,
	STATUS_LINK,
	STATUS_GROUP,
	STATUS_EVENT
};
#define STATUS_RECORDS 5

struct status_table {
	const char *name; /* field "rec": "node" */
	const char *list; /* in JSON: "nodes"; NULL = not in a list */
	const struct status_field *field;
	size_t count, size;
};
extern const struct status_table status_tables[STATUS_RECORDS];
/* All fields of a struct of kind RECORD are not known. */
void status_clear(enum status_record record, void *item);
/* The elements of a kind, and how many. */
const void *status_items(const struct hb_status *status, enum status_record record,
    size_t *count);

#endif
