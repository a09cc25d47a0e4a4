/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How regularly the heartbeats of one node come in over one link: a histogram of how late
 * they are, what was lost and what came twice; and, from several of these, the times of
 * ha.cf that such a network bears.  Pure, of a fixed size, O(1) for
 * each message, no allocation.
 *
 * Lateness is the silence before a heartbeat less the keepalive interval (ours: all nodes
 * are to have the same); a heartbeat that was lost makes the next one late.
 *
 * Silences are counted only while the link works.  One that ended in its death is an
 * outage: how long a cable is out says nothing about the network.  Nor is one counted in
 * which this node itself stood still (arrival_pause()).
 *
 * A number is lost when a later one came first; one that comes after all (overtaken on
 * the way, or sent again) is counted as behind and stays lost: the two cannot be told
 * apart.
 */
#ifndef HEARTBEAT_MEMBERSHIP_ARRIVAL_H
#define HEARTBEAT_MEMBERSHIP_ARRIVAL_H

#include "lib/instant.h"

#include <stddef.h>
#include <stdint.h>

/* Four buckets an octave, from 64 us to 64 us * 2^21 (134 s); the first takes what is
 * shorter, the last what is longer. */
#define ARRIVAL_BUCKETS 86
#define ARRIVAL_WINDOW 64     /* numbers before the last one that are told apart */
#define ARRIVAL_GAP_MAX 10000 /* a larger jump is no loss: numbers began anew */

struct arrival {
	uint64_t beats;    /* silences counted */
	uint64_t received; /* numbers, each once */
	uint64_t lost, behind, duplicates, outages;
	int64_t sum_us;                 /* of all silences */
	int64_t min_us, max_us;         /* silences; nothing while beats is 0 */
	int64_t late_sum_us, latest_us; /* lateness */
	struct instant heard; /* last heartbeat; never = the next one begins anew */
	uint64_t seq;         /* highest number; 0 = none */
	uint64_t window;      /* bit i: seq - 1 - i came */
	/* From our heartbeat to the one with which that node answers at once; smoothed.
	 * 0 = not known: old nodes do not answer, and who always answers cannot measure.
	 */
	int64_t answer_us;
	uint32_t bucket[ARRIVAL_BUCKETS]; /* of lateness; full ones stay full */
};

/* A heartbeat came, one of each KEEPALIVE_MS.  Begins anew after arrival_down() and
 * arrival_pause(). */
void arrival_beat(struct arrival *a, struct instant now, int64_t keepalive_ms);
/* A message with a number came. */
void arrival_number(struct arrival *a, uint64_t seq);
/* The sender has a new life: its numbers begin anew, and the silence before says nothing.
 */
void arrival_begin(struct arrival *a);
/* The link is dead: an outage begins. */
void arrival_down(struct arrival *a);
/* This node stood still: what lies between the last heartbeat and the next says nothing.
 */
void arrival_pause(struct arrival *a);
/* That node answered a heartbeat of ours after US. */
void arrival_answer(struct arrival *a, int64_t us);

/* The lateness that PER_MILLE of all do not exceed, as the upper end of its bucket, at
 * most latest_us; 0 when there is none. */
int64_t arrival_percentile_us(const struct arrival *a, unsigned per_mille);
int64_t arrival_mean_us(const struct arrival *a);
/* First length that is in no bucket before I and not in I: the upper end. */
int64_t arrival_bucket_end_us(size_t i);
size_t arrival_bucket_of(int64_t us);

void arrival_check(const struct arrival *a);

/* ---- Advice ---- */

#define ARRIVAL_ADVICE_BEATS 1000 /* least silences of a link that advice needs */

/* Times that the links bear which were added.  With L the greatest lateness that was seen
 * on any of them, P the one that 999 of 1000 do not exceed, and K the keepalive: deadtime
 * = the larger of 2 (K + L) and 4 K warntime  = the larger of 1.25 (K + P) and 1.5 K, but
 * less than that deadtime keepalive = the larger of 20 ms and 2 P: the shortest interval
 * that is still twice as long as nearly all are late each rounded up to two digits. */
struct arrival_advice {
	uint64_t beats; /* of the link with the fewest; less than ARRIVAL_ADVICE_BEATS:
	                 * the times are 0 */
	size_t links;   /* added */
	int64_t latest_us, most_us; /* L and P */
	int64_t keepalive_ms, warntime_ms, deadtime_ms;
};
void arrival_advice_begin(struct arrival_advice *advice);
void arrival_advice_add(struct arrival_advice *advice, const struct arrival *a);
void arrival_advice_end(struct arrival_advice *advice, int64_t keepalive_ms);

#endif
