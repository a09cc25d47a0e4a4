/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A point in time, and nothing else: lengths are integers with their unit in the name, so the
 * two cannot be mixed.  The zero instant means "never".  Time is monotonic; it includes the
 * time that the machine was suspended only where instant_now_boot() is asked.
 */
#ifndef LIB_INSTANT_H
#define LIB_INSTANT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct instant {
	int64_t ns; /* since an arbitrary start; 0 = never */
};

#define INSTANT_NEVER ((struct instant){ 0 })
#define NS_PER_MS 1000000LL

static inline struct instant
instant_of_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (struct instant){ (int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec };
}

static inline struct instant
instant_now(void)
{
	return instant_of_clock(CLOCK_MONOTONIC);
}

static inline bool
instant_is_set(struct instant t)
{
	return t.ns != 0;
}

static inline struct instant
instant_add_ms(struct instant t, int64_t ms)
{
	return (struct instant){ t.ns + ms * NS_PER_MS };
}

static inline struct instant
instant_add_ns(struct instant t, int64_t ns)
{
	return (struct instant){ t.ns + ns };
}

/* later - earlier, in whole milliseconds, rounded down. */
static inline int64_t
instant_diff_ms(struct instant later, struct instant earlier)
{
	return (later.ns - earlier.ns) / NS_PER_MS;
}

/* T is set and NOW has reached it. */
static inline bool
instant_is_reached(struct instant t, struct instant now)
{
	return t.ns != 0 && now.ns >= t.ns;
}

/* The earlier of two, where "never" is later than everything. */
static inline struct instant
instant_min(struct instant a, struct instant b)
{
	if (a.ns == 0)
		return b;
	if (b.ns == 0)
		return a;
	return a.ns < b.ns ? a : b;
}

#endif
