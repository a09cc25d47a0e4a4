/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated cluster: time, the bus, and what nodes hear of each other.  What happens
 * inside of a node is in rsc_bus_node.c.  See rsc_bus.h.
 */
#include "tests/sim/rsc_bus_private.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const status_names[] = {
	[RSC_NODE_DEAD] = "dead",
	[RSC_NODE_JOINING] = "joining",
	[RSC_NODE_ACTIVE] = "active",
};

/* Time and chance. */

/* splitmix64 */
uint64_t
bus_random(struct bus *bus, uint64_t below)
{
	uint64_t z = bus->random += 0x9e3779b97f4a7c15u;

	assert(below > 0);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % below;
}

int64_t
bus_between(struct bus *bus, int64_t min, int64_t max)
{
	assert(min <= max);
	return min + (int64_t)bus_random(bus, (uint64_t)(max - min) + 1);
}

static bool
is_before(const struct bus_event *a, const struct bus_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void
bus_push(struct bus *bus, const struct bus_event *event)
{
	size_t i = bus->heap_count++;

	assert(bus->heap_count <= BUS_EVENT_MAX);
	assert(event->at >= bus->now);
	bus->heap[i] = *event;
	bus->heap[i].order = bus->order++;
	while (i > 0 && is_before(&bus->heap[i], &bus->heap[(i - 1) / 2])) {
		struct bus_event swap = bus->heap[i];

		bus->heap[i] = bus->heap[(i - 1) / 2];
		bus->heap[(i - 1) / 2] = swap;
		i = (i - 1) / 2;
	}
}

static struct bus_event
pop(struct bus *bus)
{
	struct bus_event first = bus->heap[0], last = bus->heap[--bus->heap_count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= bus->heap_count)
			break;
		if (child + 1 < bus->heap_count &&
		    is_before(&bus->heap[child + 1], &bus->heap[child]))
			child++;
		if (!is_before(&bus->heap[child], &last))
			break;
		bus->heap[i] = bus->heap[child];
		i = child;
	}
	bus->heap[i] = last;
	return first;
}

void
bus_at(struct bus *bus, int64_t at,
    void (*run)(struct bus *bus, const struct bus_event *event), size_t a, void *data)
{
	bus_at_token(bus, at, run, a, 0, data);
}

void
bus_at_token(struct bus *bus, int64_t at,
    void (*run)(struct bus *bus, const struct bus_event *event), size_t a, uint32_t token,
    void *data)
{
	const struct bus_event event = { .at = at,
		.run = run,
		.a = a,
		.token = token,
		.data = data };

	bus_push(bus, &event);
}

void
bus_note(struct bus *bus, size_t node, const char *kind, const char *format, ...)
{
	va_list args;

	if (!bus->trace)
		return;
	fprintf(bus->trace, "%9.4f %-8s%-7s", (double)bus->now / BUS_SEC,
	    node < bus->conf.node_count ? bus->node[node].name : "*", kind);
	va_start(args, format);
	vfprintf(bus->trace, format, args);
	va_end(args);
	fputc('\n', bus->trace);
}

/* The bus. */

static void line_deliver(struct bus *bus, const struct bus_event *event);

static void
line_schedule(struct bus *bus, size_t from, size_t to)
{
	struct bus_line *line = &bus->line[from][to];
	struct bus_event event = { .run = line_deliver,
		.a = to,
		.b = from,
		.token = line->epoch };

	if (line->scheduled || line->count == 0 || line->cut)
		return;
	event.at = line->packet[line->first].at;
	if (event.at < bus->now)
		event.at = bus->now;
	line->scheduled = true;
	bus_push(bus, &event);
}

void
bus_line_put(struct bus *bus, size_t from, size_t to, const struct bus_packet *packet)
{
	struct bus_line *line = &bus->line[from][to];
	struct bus_packet *p;
	int64_t at =
	    bus->now + bus_between(bus, bus->conf.delay_us_min, bus->conf.delay_us_max);

	if (bus->node[to].life == BUS_OFF)
		return;
	if (line->count == BUS_LINE_MAX) {
		assert(line->cut || bus->node[to].frozen_until);
		line->first = (line->first + 1) % BUS_LINE_MAX;
		line->count--;
	}
	if (line->count > 0) {
		size_t last = (line->first + line->count - 1) % BUS_LINE_MAX;

		if (line->packet[last].at > at)
			at = line->packet[last].at; /* in order */
	}
	p = &line->packet[(line->first + line->count++) % BUS_LINE_MAX];
	*p = *packet;
	p->at = at;
	p->incarnation = bus->node[to].incarnation;
	line_schedule(bus, from, to);
}

static void
line_deliver(struct bus *bus, const struct bus_event *event)
{
	size_t from = event->b, to = event->a;
	struct bus_line *line = &bus->line[from][to];
	struct bus_packet packet;

	if (event->token != line->epoch)
		return;
	line->scheduled = false;
	if (line->cut || line->count == 0)
		return;
	if (line->packet[line->first].at > bus->now) {
		line_schedule(bus, from, to);
		return;
	}
	packet = line->packet[line->first];
	line->first = (line->first + 1) % BUS_LINE_MAX;
	line->count--;
	line_schedule(bus, from, to);
	if (packet.incarnation != bus->node[to].incarnation ||
	    bus->node[to].life == BUS_OFF)
		return;
	if (packet.is_status)
		bus_heard(bus, to, from, &packet);
	else
		bus_told(bus, to, from, &packet);
}

void
bus_status_to(struct bus *bus, size_t from, size_t to)
{
	const struct bus_packet packet = { .is_status = true,
		.status = bus->node[from].status,
		.generation = bus->node[from].generation };

	if (from != to && bus->node[from].status != RSC_NODE_DEAD)
		bus_line_put(bus, from, to, &packet);
}

static void
beat(struct bus *bus, const struct bus_event *event)
{
	if (!bus->node[event->a].frozen_until)
		bus_status_to(bus, event->a, event->b);
}

/* The next regular heartbeat. */
void
bus_beat_later(struct bus *bus, size_t from, size_t to, int64_t after_us)
{
	const struct bus_event event = { .at = bus->now + after_us +
		                               bus_between(bus, 0,
		                                   bus->conf.keepalive_ms * BUS_MS),
		.run = beat,
		.a = from,
		.b = to };

	if (from != to)
		bus_push(bus, &event);
}

void
bus_status_to_all(struct bus *bus, size_t from)
{
	for (size_t to = 0; to < bus->conf.node_count; to++)
		bus_status_to(bus, from, to);
}

/* What nodes hear of each other. */

/* TO hears nothing of FROM from now on. */
static void silence_over(struct bus *bus, const struct bus_event *event);

void
bus_silence(struct bus *bus, size_t to, size_t from)
{
	struct bus_view *v = &bus->node[to].view[from];
	/* The last heartbeat was sent up to one keepalive ago. */
	struct bus_event event = {
		.at = bus->now + bus->conf.deadtime_ms * BUS_MS -
		      bus_between(bus, 0, bus->conf.keepalive_ms * BUS_MS),
		.run = silence_over,
		.a = to,
		.b = from,
		.token = ++v->silence,
	};

	if (to != from && bus->node[to].life != BUS_OFF)
		bus_push(bus, &event);
}

void
bus_silence_all(struct bus *bus, size_t from)
{
	for (size_t to = 0; to < bus->conf.node_count; to++)
		bus_silence(bus, to, from);
}

static void
silence_over(struct bus *bus, const struct bus_event *event)
{
	struct bus_view *v = &bus->node[event->a].view[event->b];

	if (v->silence != event->token || bus->node[event->a].life == BUS_OFF)
		return;
	if (v->generation == 0 || v->state == RSC_NODE_DEAD)
		return; /* never heard: initdead decides */
	bus_declare_dead(bus, event->a, event->b, "silent beyond deadtime");
}

void
bus_cut(struct bus *bus, size_t a, size_t b, bool cut)
{
	const size_t end[2][2] = { { a, b }, { b, a } };

	if (bus->line[a][b].cut == cut)
		return;
	bus_note(bus, BUS_NODE_MAX, "event", "%s %s and %s", cut ? "cut" : "heal",
	    bus->node[a].name, bus->node[b].name);
	for (size_t i = 0; i < 2; i++) {
		size_t from = end[i][0], to = end[i][1];
		struct bus_line *line = &bus->line[from][to];

		line->cut = cut;
		if (cut) {
			bus_silence(bus, to, from);
			continue;
		}
		if (bus->node[to].view[from].state == RSC_NODE_DEAD)
			line->count = 0; /* its stream begins anew */
		for (size_t k = 0; k < line->count; k++)
			line->packet[(line->first + k) % BUS_LINE_MAX].at = bus->now;
		if (bus->node[from].life != BUS_OFF && !bus->node[from].frozen_until) {
			bus->node[to].view[from].silence++;
			bus_beat_later(bus, from, to, 0);
		}
		line_schedule(bus, from, to);
	}
}

/* Life. */

void
bus_init(struct bus *bus, const struct bus_conf *conf)
{
	memset(bus, 0, offsetof(struct bus, line));
	for (size_t i = 0; i < BUS_NODE_MAX; i++)
		for (size_t k = 0; k < BUS_NODE_MAX; k++) {
			struct bus_line *line = &bus->line[i][k];

			line->first = line->count = 0;
			line->epoch = 0;
			line->cut = line->scheduled = false;
		}
	bus->conf = *conf;
	bus->random = conf->seed;
	bus->now = BUS_SEC;
	world_init(&bus->world, conf->node_count, conf->haresources);
	for (size_t i = 0; i < conf->node_count; i++) {
		bus->node[i].name = conf->name[i];
		bus->node[i].seat = conf->seat[i] ? conf->seat[i] : &bus_seat_ours;
	}
}

void
bus_free(struct bus *bus)
{
	for (size_t i = 0; i < bus->conf.node_count; i++)
		if (bus->node[i].core)
			bus->node[i].seat->free(bus->node[i].core);
	world_clear(&bus->world);
}

/* The node whose timer comes first, and when. */
static size_t
first_due(const struct bus *bus, int64_t *at)
{
	size_t first = BUS_NODE_MAX;

	for (size_t i = 0; i < bus->conf.node_count; i++) {
		const struct bus_node *n = &bus->node[i];
		int64_t due = n->due < n->frozen_until ? n->frozen_until + 1 : n->due;

		if (n->due == 0 || !n->core)
			continue;
		if (first == BUS_NODE_MAX || due < *at) {
			first = i;
			*at = due;
		}
	}
	return first;
}

int64_t
bus_next(const struct bus *bus)
{
	int64_t due = INT64_MAX;

	first_due(bus, &due);
	return bus->heap_count > 0 && bus->heap[0].at <= due ? bus->heap[0].at : due;
}

bool
bus_step(struct bus *bus)
{
	int64_t due = INT64_MAX;
	size_t node = first_due(bus, &due);

	if (bus->heap_count == 0 && node == BUS_NODE_MAX)
		return false;
	if (bus->heap_count > 0 && bus->heap[0].at <= due) {
		struct bus_event event = pop(bus);
		int64_t frozen =
		    event.a < BUS_NODE_MAX ? bus->node[event.a].frozen_until : 0;

		bus->now = event.at;
		if (frozen > bus->now) {
			event.at = frozen;
			bus_push(bus, &event);
			return true;
		}
		event.run(bus, &event);
	} else {
		if (due > bus->now)
			bus->now = due;
		bus->node[node].due = 0;
		bus_tick(bus, node);
	}
	bus->steps++;
	for (size_t i = 0; i < bus->conf.node_count; i++)
		if (bus->node[i].core)
			bus->node[i].seat->check(bus->node[i].core);
	if (bus->after)
		bus->after(bus, bus->data);
	return true;
}

void
bus_run_until(struct bus *bus, int64_t at)
{
	while (bus_next(bus) <= at)
		bus_step(bus);
	if (bus->now < at)
		bus->now = at;
}

const char *
bus_status_name(enum rsc_node_state state)
{
	return status_names[state];
}
