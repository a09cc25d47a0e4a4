/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The armed timers of a loop, in an array heap: the next one is at the top.  A timer knows
 * its place, so that it can be moved and disarmed.  Those that are due are taken out
 * before the first of them fires: what a handler arms in the past belongs to the next
 * turn.
 */
#ifndef LIB_TIMERS_H
#define LIB_TIMERS_H

#include "lib/loop.h"

struct timers {
	struct loop_timer **heap, **due; /* both of SIZE */
	size_t heap_count, due_count, size;
	size_t due_next; /* the first of DUE that has not been handed out */
};

#define TIMERS_PLACE_NONE SIZE_MAX /* timer->place: not armed */

/* Room for SIZE timers; more make it grow.  0 or -ENOMEM. */
int timers_init(struct timers *timers, size_t size);
void timers_clear(struct timers *timers);

/* When the next one is due; INSTANT_NEVER when none is armed. */
struct instant timers_top(const struct timers *timers);

/* Arms, moves, or disarms: WHEN is INSTANT_NEVER. */
void timers_arm(struct timers *timers, struct loop_timer *timer, struct instant when);

/* Takes out what is due at NOW; then timers_next() disarms and hands out one after the
 * other, NULL at the end.  One that was armed or disarmed meanwhile is left out. */
void timers_take(struct timers *timers, struct instant now);
struct loop_timer *timers_next(struct timers *timers);

#endif
