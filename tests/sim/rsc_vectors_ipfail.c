/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small ipfail: two of them compare how many ping nodes they see, and the one with
 * fewer gives everything up (spec 16).  Messages between them take a moment; in legacy
 * mode there is none.
 */
#include "tests/sim/rsc_vectors.h"

#define DEADPING_US (5 * BUS_SEC)
#define HOP_US (BUS_SEC / 10)

void
ipfail_init(struct ipfail *ipfail, struct bus *bus, const struct vector *vector)
{
	*ipfail = (struct ipfail){ .bus = bus, .vector = vector, .pings = { 2, 2 } };
}

static void
giveup_fire(struct bus *bus, const struct bus_event *event)
{
	struct ipfail *ipfail = event->data;

	if (ipfail->timer[event->a] != event->token || !ipfail->giveup[event->a])
		return;
	bus_standby(bus, event->a, ipfail->giveup[event->a]);
	ipfail->giveup[event->a] = NULL;
}

static void
at(struct ipfail *ipfail, int64_t after_us, size_t node,
    void (*run)(struct bus *bus, const struct bus_event *event))
{
	bus_at_token(ipfail->bus, ipfail->bus->now + after_us, run, node,
	    ipfail->timer[node], ipfail);
}

static void
giveup_later(struct ipfail *ipfail, size_t node, const char *word)
{
	ipfail->giveup[node] = word;
	ipfail->timer[node]++;
	at(ipfail, 2 * ipfail->vector->keepalive_ms * BUS_MS, node, giveup_fire);
}

static void
told_dead(struct bus *bus, const struct bus_event *event)
{
	(void)bus;
	giveup_later(event->data, event->a, "all");
}

static void
told_balanced(struct bus *bus, const struct bus_event *event)
{
	struct ipfail *ipfail = event->data;

	(void)bus;
	ipfail->giveup[event->a] = NULL;
}

/* num_ping_nodes of the other one. */
static void
asked(struct bus *bus, const struct bus_event *event)
{
	struct ipfail *ipfail = event->data;
	size_t self = event->a, other = 1 - self;
	int mine = ipfail->pings[self], theirs = ipfail->pings[other];

	(void)bus;
	if (mine > theirs) {
		at(ipfail, HOP_US, other, told_dead);
	} else if (mine < theirs) {
		giveup_later(ipfail, self, "all");
	} else {
		at(ipfail, HOP_US, other, told_balanced);
		if (ipfail->giveup[self])
			ipfail->giveup[self] = NULL;
		else if (ipfail->vector->failback[self] == FAILBACK_ON)
			giveup_later(ipfail, self, "foreign");
	}
}

static void
seen_lost(struct bus *bus, const struct bus_event *event)
{
	struct ipfail *ipfail = event->data;

	(void)bus;
	ipfail->pings[event->a]--;
	at(ipfail, HOP_US, 1 - event->a, asked);
}

static void
seen_back(struct bus *bus, const struct bus_event *event)
{
	struct ipfail *ipfail = event->data;

	(void)bus;
	ipfail->pings[event->a]++;
	at(ipfail, HOP_US, 1 - event->a, asked);
}

void
ipfail_ping(struct ipfail *ipfail, size_t node, bool lost)
{
	for (size_t i = 0; i < 2; i++) {
		if (node < 2 && i != node)
			continue;
		if (ipfail->vector->failback[i] == FAILBACK_LEGACY)
			continue;
		if (lost)
			at(ipfail, DEADPING_US, i, seen_lost);
		else
			at(ipfail, BUS_SEC, i, seen_back);
	}
}
