/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both programs of the bench of messages have in common: what a message says of itself, and the account that
 * its hearer gives.  Messages are numbered from 1 by one sender; the numbers must come in order.
 */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#define _GNU_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct account {
	uint64_t count, disorder, bytes;
	uint64_t last; /* highest number heard */
	double first_at, last_at;
};

static inline double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void
account_take(struct account *a, uint64_t number, size_t bytes)
{
	if (number <= a->last)
		a->disorder++;
	else
		a->last = number;
	a->count++;
	a->bytes += bytes;
	if ((a->count & 15) == 1)
		a->last_at = seconds_now();
	if (a->count == 1)
		a->first_at = a->last_at;
}

static inline void
account_print(struct account *a, uint64_t sent)
{
	uint64_t all = sent > a->last ? sent : a->last;

	printf("{\"count\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"disorder\": %" PRIu64 ", \"bytes\": %" PRIu64
	       ", \"seconds\": %.6f}\n",
	    a->count, all - a->count, a->disorder, a->bytes, a->last_at - a->first_at);
	fflush(stdout);
}

#endif
