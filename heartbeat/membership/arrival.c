/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of heartbeats on one link; see arrival.h. */
#include "heartbeat/membership/arrival.h"

#include <assert.h>

#define FIRST_BIT 6 /* the first bucket ends at 2^6 us */
#define NS_PER_US 1000
#define US_PER_MS 1000
#define ADVICE_KEEPALIVE_MIN_MS 20

/* Buckets. */

size_t
arrival_bucket_of(int64_t us)
{
	unsigned top;
	size_t i;

	if (us < 1 << FIRST_BIT)
		return 0;
	top = 63 - (unsigned)__builtin_clzll((uint64_t)us);
	i = 1 + (size_t)(top - FIRST_BIT) * 4 + ((uint64_t)us >> (top - 2) & 3);
	return i < ARRIVAL_BUCKETS ? i : ARRIVAL_BUCKETS - 1;
}

int64_t
arrival_bucket_end_us(size_t i)
{
	size_t octave = (i + 3) / 4, part = (i + 3) % 4;

	assert(i < ARRIVAL_BUCKETS);
	if (i == 0)
		return 1 << FIRST_BIT;
	if (i == ARRIVAL_BUCKETS - 1)
		return INT64_MAX;
	return ((int64_t)1 << (FIRST_BIT + octave - 1)) / 4 * (int64_t)(5 + part);
}

/* Events. */

static void
arrival_count(struct arrival *a, int64_t us, int64_t late_us)
{
	uint32_t *bucket = &a->bucket[arrival_bucket_of(late_us)];

	if (*bucket < UINT32_MAX)
		(*bucket)++;
	if (a->beats == 0 || us < a->min_us)
		a->min_us = us;
	if (us > a->max_us)
		a->max_us = us;
	if (late_us > a->latest_us)
		a->latest_us = late_us;
	a->beats++;
	a->sum_us += us;
	a->late_sum_us += late_us;
}

void
arrival_beat(struct arrival *a, struct instant now, int64_t keepalive_ms)
{
	int64_t us = (now.ns - a->heard.ns) / NS_PER_US;
	int64_t late_us = us - keepalive_ms * US_PER_MS;

	if (instant_is_set(a->heard) && us >= 0)
		arrival_count(a, us, late_us > 0 ? late_us : 0);
	a->heard = now;
}

/* The highest number moves to SEQ. */
static void
arrival_advance(struct arrival *a, uint64_t seq)
{
	uint64_t step = seq - a->seq;

	if (a->seq > 0)
		a->lost += step - 1;
	if (step > ARRIVAL_WINDOW)
		a->window = 0;
	else if (a->seq > 0)
		a->window = (step < ARRIVAL_WINDOW ? a->window << step : 0) |
		            (uint64_t)1 << (step - 1);
	a->seq = seq;
	a->received++;
}

void
arrival_number(struct arrival *a, uint64_t seq)
{
	uint64_t back;

	assert(seq > 0);
	if (seq > a->seq) {
		if (a->seq > 0 && seq - a->seq > ARRIVAL_GAP_MAX)
			arrival_begin(a);
		arrival_advance(a, seq);
		return;
	}
	back = a->seq - seq;
	if (back == 0 || (back <= ARRIVAL_WINDOW && (a->window >> (back - 1) & 1))) {
		a->duplicates++;
		return;
	}
	/* What lies before the window cannot be told apart: behind is what it surely is.
	 */
	a->behind++;
	if (back <= ARRIVAL_WINDOW) {
		a->window |= (uint64_t)1 << (back - 1);
		a->received++;
	}
}

void
arrival_begin(struct arrival *a)
{
	a->heard = INSTANT_NEVER;
	a->seq = 0;
	a->window = 0;
}

void
arrival_down(struct arrival *a)
{
	a->outages++;
	arrival_begin(a);
}

void
arrival_pause(struct arrival *a)
{
	a->heard = INSTANT_NEVER;
}

void
arrival_answer(struct arrival *a, int64_t us)
{
	assert(us >= 0);
	if (a->answer_us == 0)
		a->answer_us = us > 0 ? us : 1;
	else
		a->answer_us += (us - a->answer_us) / 8;
	if (a->answer_us < 1)
		a->answer_us = 1;
}

/* Answers. */

int64_t
arrival_percentile_us(const struct arrival *a, unsigned per_mille)
{
	uint64_t total = 0, want, seen = 0;

	assert(per_mille <= 1000);
	for (size_t i = 0; i < ARRIVAL_BUCKETS; i++)
		total += a->bucket[i];
	if (total == 0)
		return 0;
	want = (total * per_mille + 999) / 1000; /* so many are not longer */
	for (size_t i = 0; i < ARRIVAL_BUCKETS; i++) {
		seen += a->bucket[i];
		if (seen >= want && seen > 0)
			return arrival_bucket_end_us(i) < a->latest_us
			           ? arrival_bucket_end_us(i)
			           : a->latest_us;
	}
	return a->latest_us;
}

int64_t
arrival_mean_us(const struct arrival *a)
{
	return a->beats > 0 ? a->sum_us / (int64_t)a->beats : 0;
}

void
arrival_check(const struct arrival *a)
{
	uint64_t total = 0;

	for (size_t i = 0; i < ARRIVAL_BUCKETS; i++)
		total += a->bucket[i];
	assert(total <= a->beats);
	assert(a->min_us <= a->max_us && a->sum_us >= 0);
	assert(a->late_sum_us >= a->latest_us && a->late_sum_us <= a->sum_us);
	assert(a->latest_us >= 0 && a->latest_us <= a->max_us);
	assert(a->beats == 0 || arrival_mean_us(a) <= a->max_us);
	assert(a->seq > 0 || a->window == 0);
	assert(a->answer_us >= 0);
}

/* Advice. */

void
arrival_advice_begin(struct arrival_advice *advice)
{
	*advice = (struct arrival_advice){ 0 };
}

void
arrival_advice_add(struct arrival_advice *advice, const struct arrival *a)
{
	int64_t most_us = arrival_percentile_us(a, 999);

	if (advice->links == 0 || a->beats < advice->beats)
		advice->beats = a->beats;
	advice->links++;
	if (a->latest_us > advice->latest_us)
		advice->latest_us = a->latest_us;
	if (most_us > advice->most_us)
		advice->most_us = most_us;
}

/* 1234 -> 1300 */
static int64_t
round_up(int64_t ms)
{
	int64_t unit = 1;

	while (ms / unit >= 100)
		unit *= 10;
	return (ms + unit - 1) / unit * unit;
}

static int64_t
ms_up(int64_t us)
{
	return (us + US_PER_MS - 1) / US_PER_MS;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
arrival_advice_end(struct arrival_advice *advice, int64_t keepalive_ms)
{
	int64_t longest_us = keepalive_ms * US_PER_MS + advice->latest_us;
	int64_t most_us = keepalive_ms * US_PER_MS + advice->most_us;

	assert(keepalive_ms > 0);
	advice->keepalive_ms = advice->warntime_ms = advice->deadtime_ms = 0;
	if (advice->links == 0 || advice->beats < ARRIVAL_ADVICE_BEATS)
		return;
	advice->deadtime_ms = round_up(larger(ms_up(2 * longest_us), 4 * keepalive_ms));
	advice->warntime_ms =
	    round_up(larger(ms_up(most_us * 5 / 4), keepalive_ms * 3 / 2));
	if (advice->warntime_ms >= advice->deadtime_ms)
		advice->warntime_ms = advice->deadtime_ms * 3 / 4;
	advice->keepalive_ms =
	    round_up(larger(ms_up(2 * advice->most_us), ADVICE_KEEPALIVE_MIN_MS));
}
