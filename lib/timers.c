/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/timers.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define PLACE_DUE (SIZE_MAX / 2) /* timer->place: this plus its index in due */

/* The heap. */

static void
heap_put(struct timers *timers, size_t place, struct loop_timer *timer)
{
	timers->heap[place] = timer;
	timer->place = place;
}

static void
heap_up(struct timers *timers, size_t place, struct loop_timer *timer)
{
	while (place > 0) {
		size_t parent = (place - 1) / 2;

		if (timers->heap[parent]->when.ns <= timer->when.ns)
			break;
		heap_put(timers, place, timers->heap[parent]);
		place = parent;
	}
	heap_put(timers, place, timer);
}

static void
heap_down(struct timers *timers, size_t place, struct loop_timer *timer)
{
	for (;;) {
		size_t child = 2 * place + 1;

		if (child >= timers->heap_count)
			break;
		if (child + 1 < timers->heap_count &&
		    timers->heap[child + 1]->when.ns < timers->heap[child]->when.ns)
			child++;
		if (timer->when.ns <= timers->heap[child]->when.ns)
			break;
		heap_put(timers, place, timers->heap[child]);
		place = child;
	}
	heap_put(timers, place, timer);
}

static void
heap_grow(struct timers *timers)
{
	size_t size = timers->size * 2;

	timers->heap = reallocarray(timers->heap, size, sizeof(struct loop_timer *));
	timers->due = reallocarray(timers->due, size, sizeof(struct loop_timer *));
	if (!timers->heap || !timers->due)
		abort(); /* a daemon without timers is worse than a dead one */
	timers->size = size;
}

static void
heap_insert(struct timers *timers, struct loop_timer *timer)
{
	/* Timers in due come back when their handlers arm them: both arrays must hold
	 * all. */
	if (timers->heap_count + timers->due_count >= timers->size)
		heap_grow(timers);
	heap_up(timers, timers->heap_count++, timer);
}

static void
heap_remove(struct timers *timers, struct loop_timer *timer)
{
	size_t place = timer->place;
	struct loop_timer *last;

	assert(place < timers->heap_count && timers->heap[place] == timer);
	last = timers->heap[--timers->heap_count];
	timer->place = TIMERS_PLACE_NONE;
	if (last == timer)
		return;
	if (place > 0 && last->when.ns < timers->heap[(place - 1) / 2]->when.ns)
		heap_up(timers, place, last);
	else
		heap_down(timers, place, last);
}

/* From outside. */

int
timers_init(struct timers *timers, size_t size)
{
	*timers = (struct timers){ .size = size };
	timers->heap = calloc(size, sizeof(struct loop_timer *));
	timers->due = calloc(size, sizeof(struct loop_timer *));
	return timers->heap && timers->due ? 0 : -ENOMEM;
}

void
timers_clear(struct timers *timers)
{
	free(timers->heap);
	free(timers->due);
	*timers = (struct timers){ 0 };
}

struct instant
timers_top(const struct timers *timers)
{
	return timers->heap_count ? timers->heap[0]->when : INSTANT_NEVER;
}

void
timers_arm(struct timers *timers, struct loop_timer *timer, struct instant when)
{
	if (timer->place == TIMERS_PLACE_NONE) {
		if (!instant_is_set(when))
			return;
	} else if (timer->place >= PLACE_DUE) {
		timers->due[timer->place - PLACE_DUE] = NULL;
		timer->place = TIMERS_PLACE_NONE;
	} else {
		heap_remove(timers, timer);
	}
	timer->when = when;
	if (instant_is_set(when))
		heap_insert(timers, timer);
}

void
timers_take(struct timers *timers, struct instant now)
{
	while (timers->heap_count && instant_is_reached(timers->heap[0]->when, now)) {
		struct loop_timer *timer = timers->heap[0];

		heap_remove(timers, timer);
		timer->place = PLACE_DUE + timers->due_count;
		timers->due[timers->due_count++] = timer;
	}
}

struct loop_timer *
timers_next(struct timers *timers)
{
	while (timers->due_next < timers->due_count) {
		struct loop_timer *timer = timers->due[timers->due_next];

		timers->due[timers->due_next++] = NULL;
		if (!timer)
			continue; /* disarmed or moved by one before it */
		timer->place = TIMERS_PLACE_NONE;
		timer->when = INSTANT_NEVER;
		return timer;
	}
	timers->due_count = timers->due_next = 0;
	return NULL;
}
