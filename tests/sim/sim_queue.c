/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chance and the order of events: a seeded generator, and a heap by time. */
#include "tests/sim/sim_private.h"

#include <assert.h>
#include <stdlib.h>

/* Random numbers. */

uint64_t
sim_random(struct sim *sim)
{
	uint64_t z = sim->random += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t
sim_below(struct sim *sim, uint64_t bound)
{
	assert(bound > 0);
	return sim_random(sim) % bound;
}

bool
sim_chance(struct sim *sim, unsigned of_10000)
{
	return of_10000 > 0 && sim_below(sim, 10000) < of_10000;
}

/* The queue: a heap by time. */

static bool
sim_event_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->when != b->when ? a->when < b->when : a->number < b->number;
}

uint64_t
sim_push(struct sim *sim, struct sim_event event)
{
	struct sim_queue *q = sim->queue;
	size_t i;

	assert(event.when >= sim->now);
	event.number = ++q->number;
	if (q->count == q->size) {
		q->size = q->size ? q->size * 2 : 1024;
		q->heap = realloc(q->heap, q->size * sizeof(*q->heap));
		if (!q->heap)
			abort();
	}
	for (i = q->count++; i > 0 && sim_event_before(&event, &q->heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		q->heap[i] = q->heap[(i - 1) / 2];
	q->heap[i] = event;
	return event.number;
}

struct sim_event
sim_pop(struct sim *sim)
{
	struct sim_queue *q = sim->queue;
	struct sim_event top = q->heap[0], last = q->heap[--q->count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= q->count)
			break;
		if (child + 1 < q->count &&
		    sim_event_before(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!sim_event_before(&q->heap[child], &last))
			break;
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = last;
	return top;
}
