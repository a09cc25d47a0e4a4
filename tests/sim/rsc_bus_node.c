/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One simulated node: its daemon's life, what the core is told, and what it asks for.
 * See rsc_bus.h.
 */
#include "tests/sim/rsc_bus_private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>

#define EXIT_US (2 * BUS_SEC)    /* from the last stop to the end of the daemon */
#define SOFT_US (BUS_SEC / 5)    /* a script that is asked to end does so */
#define RELOAD_US (BUS_SEC / 10) /* an exec restart */
#define UP_US (BUS_SEC / 10)     /* the own status reaches the others before more does */

static struct instant
now_of(const struct bus *bus)
{
	return (struct instant){ bus->now * 1000 };
}

static bool
is_stale(const struct bus *bus, const struct bus_event *event)
{
	return bus->node[event->a].incarnation != event->token;
}

static void
push(struct bus *bus, size_t node, int64_t at,
    void (*run)(struct bus *bus, const struct bus_event *event), size_t b)
{
	const struct bus_event event = { .at = at,
		.run = run,
		.a = node,
		.b = b,
		.token = bus->node[node].incarnation };

	bus_push(bus, &event);
}

/* What the core asks for. */

static void
fx_send(void *data, const struct rsc_send *send)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;
	struct bus_packet packet = { .count = send->count };
	char text[400];
	size_t used = 0;

	snprintf(packet.type, sizeof(packet.type), "%s", send->type);
	text[0] = '\0';
	for (size_t i = 0; i < send->count; i++) {
		int n = snprintf(packet.field[i].value, sizeof(packet.field[i].value),
		    "%s", send->field[i].value);

		assert((size_t)n < sizeof(packet.field[i].value));
		snprintf(packet.field[i].name, sizeof(packet.field[i].name), "%s",
		    send->field[i].name);
		if (bus->trace)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
			    " %s=%s", send->field[i].name, send->field[i].value);
	}
	bus_note(bus, shell->node, "msg", "%s%s", send->type, text);
	if (bus->said)
		bus->said(bus, bus->data, shell->node, &packet);
	for (size_t to = 0; to < bus->conf.node_count; to++)
		if (to != shell->node)
			bus_line_put(bus, shell->node, to, &packet);
}

static void script_over(struct bus *bus, const struct bus_event *event);

static void
fx_run(void *data, const struct rsc_run *run)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;
	struct bus_script *s = &bus->node[shell->node].script;

	assert(!s->runs); /* one script at a time */
	*s = (struct bus_script){ .runs = true, .id = run->id };
	if (bus->node[shell->node].dying)
		return;
	if (run->op != RSC_STATUS)
		bus_note(bus, shell->node, rsc_op_names[run->op], "%s begins",
		    run->resource->word);
	world_begin(&bus->world, shell->node, run->resource, run->op, &s->run);
	s->ends = bus->now + s->run.plan.ms * BUS_MS + 100;
	push(bus, shell->node, s->ends, script_over, run->id);
}

static void
fx_kill(void *data, uint32_t id, bool hard)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;
	struct bus_script *s = &bus->node[shell->node].script;

	assert(s->runs && s->id == id);
	assert(hard == s->soft);
	s->soft = true;
	bus_note(bus, shell->node, "kill", "%s", hard ? "hard" : "soft");
	/* Every second script listens to the soft one. */
	if (!hard && bus_random(bus, 2))
		return;
	s->ends = bus->now + (hard ? 1000 : SOFT_US);
	s->run.plan.code = -1;
	push(bus, shell->node, s->ends, script_over, id);
}

static size_t
bus_find(const struct bus *bus, const char *name)
{
	size_t i = 0;

	while (strcmp(bus->node[i].name, name) != 0)
		i++;
	return i;
}

static void fence_over(struct bus *bus, const struct bus_event *event);
static void fence_strikes(struct bus *bus, const struct bus_event *event);

/* Which attempt, and how it ends, in one word. */
static void *
fence_word(uint32_t attempt, const struct bus_fence *plan)
{
	return (void *)(uintptr_t)((uint64_t)attempt << 16 | (uint64_t)plan->resets << 8 |
	                           (uint64_t)plan->result);
}

/* The device works whether or not the daemon that called it is still there. */
static void
fx_fence(void *data, const char *name)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;
	struct bus_node *n = &bus->node[shell->node];
	struct bus_fence plan = { .ms = 1000, .reset_ms = 1000, .resets = true };
	size_t target = bus_find(bus, name);
	struct bus_event event = { .b = target };

	if (bus->fence)
		plan = bus->fence(bus, bus->data, shell->node, target);
	bus_note(bus, shell->node, "fence", "%s", name);
	event.data = fence_word(++n->fencing[target], &plan);
	if (plan.resets) {
		/* Of nobody: it is not held up by a node that stands still. */
		event.run = fence_strikes;
		event.at = bus->now + plan.reset_ms * BUS_MS;
		event.token = (uint32_t)shell->node;
		event.a = BUS_NODE_MAX;
		bus_push(bus, &event);
	}
	event.run = fence_over;
	event.at = bus->now + plan.ms * BUS_MS;
	event.token = n->incarnation;
	event.a = shell->node;
	bus_push(bus, &event);
}

/* A device that was called off may have begun. */
static void
fx_fence_stop(void *data, const char *name)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;
	size_t target = bus_find(bus, name);

	bus_note(bus, shell->node, "fence", "not %s any more", name);
	bus->node[shell->node].fencing[target]++;
}

static void
fx_fence_lied(void *data, const char *name)
{
	struct bus_shell *shell = data;

	bus_note(shell->bus, shell->node, "fence", "%s was not reset", name);
}

static void
fx_arm(void *data, struct instant when)
{
	struct bus_shell *shell = data;

	shell->bus->node[shell->node].due = (when.ns + 999) / 1000;
}

static void leave_now(struct bus *bus, const struct bus_event *event);
static void exit_now(struct bus *bus, const struct bus_event *event);
static void reboot_now(struct bus *bus, const struct bus_event *event);
static void stub_over(struct bus *bus, const struct bus_event *event);

static void
fx_tell(void *data, const struct rsc_event *event)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;
	struct bus_node *n = &bus->node[shell->node];

	bus_note(bus, shell->node, "tell", "%d %s %s (%s)", (int)event->type,
	    event->key ? event->key : "-", event->word ? event->word : "-", event->why);
	switch (event->type) {
	case RSC_EV_GROUP:
		/* With a stub for a reboot the release of that group goes on. */
		if (bus->conf.reboot_is_stub && strcmp(event->word, "stuck") == 0) {
			n->dying = true;
			push(bus, shell->node, bus->now, stub_over, 0);
		}
		break;
	case RSC_EV_HOLDER:
	case RSC_EV_STABLE:
		break;
	case RSC_EV_RESTART:
		n->restarting = true;
		push(bus, shell->node, bus->now, leave_now, 0);
		break;
	case RSC_EV_LEFT:
		n->life = BUS_GONE;
		push(bus, shell->node, bus->now + EXIT_US, exit_now, 0);
		break;
	case RSC_EV_REBOOT:
	case RSC_EV_FENCED:
		push(bus, shell->node, bus->now, reboot_now, 0);
		break;
	}
}

static void
fx_log(void *data, int priority, const char *text)
{
	struct bus_shell *shell = data;
	struct bus *bus = shell->bus;

	bus_note(bus, shell->node, "log", "%d %s", priority, text);
	if (bus->logged)
		bus->logged(bus, bus->data, shell->node, priority, text);
}

static const struct rsc_effects effects = {
	.send = fx_send,
	.run = fx_run,
	.kill = fx_kill,
	.fence = fx_fence,
	.fence_stop = fx_fence_stop,
	.fence_lied = fx_fence_lied,
	.arm = fx_arm,
	.tell = fx_tell,
	.log = fx_log,
};

/* What the core is told. */

static void
script_over(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];
	struct bus_script *s = &n->script;
	struct bus_script ended = *s;
	const char *output = "";
	int code = -1;

	if (is_stale(bus, event) || !s->runs || s->id != event->b || event->at < s->ends)
		return;
	s->runs = false;
	if (ended.run.plan.code < 0)
		world_abort(&bus->world, &ended.run);
	else
		code = world_end(&bus->world, &ended.run, &output);
	if (ended.run.op != RSC_STATUS || bus->trace)
		bus_note(bus, event->a, rsc_op_names[ended.run.op], "%s = %d %.7s",
		    bus->world.resource[ended.run.resource].name, code, output);
	n->seat->ran(n->core, now_of(bus), ended.id, code, output, strlen(output));
}

static void
fence_strikes(struct bus *bus, const struct bus_event *event)
{
	const struct bus_node *by = &bus->node[event->token];
	uint32_t attempt = (uint32_t)((uint64_t)(uintptr_t)event->data >> 16);

	/* Called off: sometimes in time. */
	if (by->fencing[event->b] != attempt && bus_random(bus, 2))
		return;
	bus_note(bus, event->b, "event", "is reset by %s", by->name);
	bus_crash(bus, event->b);
	if (bus->rebooted)
		bus->rebooted(bus, bus->data, event->b);
}

static void
fence_over(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];
	uint64_t word = (uint64_t)(uintptr_t)event->data;
	enum rsc_fence_result result = (enum rsc_fence_result)(word & 0xff);

	if (n->fencing[event->b] != (uint32_t)(word >> 16))
		return;
	if (bus->fenced)
		bus->fenced(bus, bus->data, event->a, event->b, result, word >> 8 & 1);
	if (!is_stale(bus, event))
		n->seat->fenced(n->core, now_of(bus), bus->node[event->b].name, result);
}

int
bus_confirm(struct bus *bus, size_t node, size_t target)
{
	struct bus_node *n = &bus->node[node];

	assert(bus->node[target].life == BUS_OFF);
	bus_note(bus, node, "event", "run hb_fenced %s", bus->node[target].name);
	if (!n->core || !n->seat->confirm)
		return -ENOTCONN;
	return n->seat->confirm(n->core, now_of(bus), bus->node[target].name);
}

void
bus_tick(struct bus *bus, size_t node)
{
	bus->node[node].seat->tick(bus->node[node].core, now_of(bus));
}

/* Communication is up when every other node was heard or is dead. */
static void
comm_try(struct bus *bus, size_t node)
{
	struct bus_node *n = &bus->node[node];

	if (n->comm_up || n->status == RSC_NODE_DEAD)
		return;
	for (size_t i = 0; i < bus->conf.node_count; i++)
		if (i != node && n->view[i].generation == 0 &&
		    n->view[i].state != RSC_NODE_DEAD)
			return;
	n->comm_up = true;
	n->status = RSC_NODE_ACTIVE;
	bus_note(bus, node, "node", "communication is up");
	bus_status_to_all(bus, node);
	n->seat->comm_up(n->core, now_of(bus));
}

static void
tell_state(struct bus *bus, size_t node, size_t other, enum rsc_node_state state,
    const char *why)
{
	struct bus_node *n = &bus->node[node];
	struct bus_view *v = &n->view[other];

	v->state = state;
	bus_note(bus, node, "node", "%s is %s (%s)", bus->node[other].name,
	    bus_status_name(state), why);
	if (n->seat->generation)
		n->seat->generation(n->core, bus->node[other].name, v->generation);
	n->seat->node(n->core, now_of(bus), bus->node[other].name, state,
	    v->generation != 0, why);
}

void
bus_declare_dead(struct bus *bus, size_t node, size_t other, const char *why)
{
	if (bus->buried)
		bus->buried(bus, bus->data, node, other);
	tell_state(bus, node, other, RSC_NODE_DEAD, why);
	comm_try(bus, node);
}

static bool
all_are_ours(const struct bus *bus)
{
	for (size_t i = 0; i < bus->conf.node_count; i++)
		if (bus->node[i].seat != &bus_seat_ours)
			return false;
	return true;
}

/* A status has arrived. */
void
bus_heard(struct bus *bus, size_t to, size_t from, const struct bus_packet *packet)
{
	struct bus_node *n = &bus->node[to];
	struct bus_view *v = &n->view[from];
	const char *name = bus->node[from].name;
	bool is_first = v->generation == 0;

	if (packet->generation < v->generation)
		return; /* of an older life */
	if (bus->node[from].life != BUS_OFF && !bus->line[from][to].cut &&
	    !bus->node[from].frozen_until)
		v->silence++;
	if (!is_first && packet->generation > v->generation &&
	    v->state != RSC_NODE_DEAD) {
		bus_note(bus, to, "node", "%s restarted", name);
		v->generation = packet->generation;
		if (n->seat->generation)
			n->seat->generation(n->core, name, v->generation);
		n->seat->restarted(n->core, now_of(bus), name);
	} else if (packet->generation == v->generation && v->state == RSC_NODE_DEAD) {
		bus_note(bus, to, "node", "%s was alive all the time", name);
		n->seat->partition(n->core, now_of(bus), name,
		    bus->conf.merges && all_are_ours(bus));
	}
	v->generation = packet->generation;
	if (is_first || v->state != packet->status)
		tell_state(bus, to, from, packet->status, "heard");
	comm_try(bus, to);
}

/* A message has arrived. */
void
bus_told(struct bus *bus, size_t to, size_t from, const struct bus_packet *packet)
{
	struct bus_node *n = &bus->node[to];
	uint8_t store[1024];
	struct msg m;

	if (!rsc_wants(packet->type))
		return;
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", packet->type);
	for (size_t i = 0; i < packet->count; i++)
		msg_add_str(&m, packet->field[i].name, packet->field[i].value);
	msg_add_str(&m, "src", bus->node[from].name);
	n->seat->message(n->core, now_of(bus), bus->node[from].name, &m);
}

/* A daemon's life. */

static void
hear_them(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];

	if (is_stale(bus, event))
		return;
	n->status = RSC_NODE_JOINING;
	bus_status_to_all(bus, event->a);
	/* Each of the others beats once in a keepalive. */
	for (size_t i = 0; i < bus->conf.node_count; i++)
		bus_beat_later(bus, i, event->a, UP_US);
}

static void
initdead_over(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];

	if (is_stale(bus, event))
		return;
	for (size_t i = 0; i < bus->conf.node_count; i++)
		if (i != event->a && n->view[i].generation == 0 &&
		    n->view[i].state != RSC_NODE_DEAD)
			bus_declare_dead(bus, event->a, i, "not heard within initdead");
}

void
bus_start(struct bus *bus, size_t node)
{
	struct bus_node *n = &bus->node[node];
	struct rsc_conf conf = { .node = bus->conf.name,
		.node_count = bus->conf.node_count,
		.self = node,
		.failback = bus->conf.failback[node],
		.deadtime_ms = bus->conf.deadtime_ms,
		.script_timeout_ms = bus->conf.script_timeout_ms,
		.stop_retries = bus->conf.stop_retries,
		.can_fence = bus->conf.can_fence,
		.fence_delay_ms = bus->conf.fence_delay_ms[node],
		.fence_weaker_ms = bus->conf.fence_weaker_ms,
		.generation = n->generation + 1,
		.restarted = n->kept[0] != '\0',
		.hold = n->kept };
	int64_t boot_ms;

	assert(n->life == BUS_OFF);
	bus_note(bus, node, "event", "start-daemon %s", n->kept);
	n->shell = (struct bus_shell){ bus, node };
	for (size_t i = 0; i < bus->conf.node_count; i++)
		n->view[i] = (struct bus_view){ .state = RSC_NODE_JOINING,
			.silence = n->view[i].silence + 1 };
	n->life = BUS_ON;
	n->incarnation++;
	n->generation++;
	n->comm_up = n->restarting = n->dying = false;
	n->reloaded = n->kept[0] != '\0';
	n->status = RSC_NODE_DEAD;
	n->due = n->frozen_until = 0;
	n->script = (struct bus_script){ 0 };
	n->core = n->seat->make(&conf, &effects, &n->shell, &bus->world.groups);
	boot_ms = bus_between(bus, bus->conf.boot_ms_min, bus->conf.boot_ms_max);
	if (n->kept[0])
		boot_ms = bus->conf.boot_ms_min;
	n->kept[0] = '\0';
	push(bus, node, bus->now + boot_ms * BUS_MS, hear_them, 0);
	push(bus, node, bus->now + (boot_ms + bus->conf.initdead_ms) * BUS_MS,
	    initdead_over, 0);
}

static void
restart_now(struct bus *bus, const struct bus_event *event)
{
	if (!is_stale(bus, event))
		bus_start(bus, event->a);
}

/* The daemon is gone, whatever became of its resources. */
static void
end(struct bus *bus, size_t node)
{
	struct bus_node *n = &bus->node[node];

	n->seat->free(n->core);
	n->core = NULL;
	n->life = BUS_OFF;
	n->status = RSC_NODE_DEAD;
	n->incarnation++;
	n->due = n->frozen_until = 0;
	for (size_t i = 0; i < bus->conf.node_count; i++) {
		bus->line[i][node].count = 0;
		bus->line[i][node].scheduled = false;
		bus->line[i][node].epoch++;
	}
	if (n->script.runs)
		world_abort(&bus->world, &n->script.run);
	bus_silence_all(bus, node);
}

static void
exit_now(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];
	bool restarting = n->restarting;
	int64_t pause_ms = (bus->conf.deadtime_ms + 999) / 1000 * 1000 + 1000;

	if (is_stale(bus, event))
		return;
	bus_note(bus, event->a, "event", "daemon-exited%s",
	    restarting ? " (restarts)" : "");
	end(bus, event->a);
	if (restarting)
		push(bus, event->a, bus->now + pause_ms * BUS_MS, restart_now, 0);
	else if (bus->exited)
		bus->exited(bus, bus->data, event->a);
}

static void
leave_now(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];

	if (is_stale(bus, event))
		return;
	if (n->life == BUS_ON)
		n->life = BUS_LEAVING;
	n->seat->leave(n->core, now_of(bus), "restart");
}

void
bus_stop(struct bus *bus, size_t node)
{
	struct bus_node *n = &bus->node[node];

	bus_note(bus, node, "event", "stop-daemon");
	if (n->life == BUS_OFF && n->kept[0])
		return; /* just between two lives */
	n->restarting = false;
	if (n->life == BUS_OFF)
		n->incarnation++; /* it does not start again, either */
	if (n->life != BUS_ON)
		return;
	n->life = BUS_LEAVING;
	n->seat->leave(n->core, now_of(bus), "SIGTERM");
}

void
bus_crash(struct bus *bus, size_t node)
{
	bus_note(bus, node, "event", "crash");
	if (bus->node[node].life != BUS_OFF)
		end(bus, node);
	bus->node[node].incarnation++;
	bus->node[node].restarting = false;
	bus->node[node].kept[0] = '\0';
	bus->node[node].script.runs = false;
	world_reset(&bus->world, node);
}

static void
stub_over(struct bus *bus, const struct bus_event *event)
{
	if (!is_stale(bus, event))
		end(bus, event->a);
}

static void
reboot_now(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];

	if (is_stale(bus, event))
		return;
	if (bus->conf.reboot_is_stub) {
		for (size_t i = 0; i < bus->conf.node_count; i++)
			if (i != event->a)
				bus_cut(bus, event->a, i, true);
		return;
	}
	bus_crash(bus, event->a);
	if (bus->rebooted)
		bus->rebooted(bus, bus->data, (size_t)(n - bus->node));
}

static void
reload_now(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];

	if (is_stale(bus, event) || n->life != BUS_ON)
		return;
	if (!n->seat->is_idle(n->core)) {
		push(bus, event->a, bus->now + BUS_SEC / 4, reload_now, 0);
		return;
	}
	snprintf(n->kept, sizeof(n->kept), "%s", n->seat->hold_word(n->core));
	bus_note(bus, event->a, "event", "exec restart");
	end(bus, event->a);
	push(bus, event->a, bus->now + RELOAD_US, restart_now, 0);
}

void
bus_reload(struct bus *bus, size_t node)
{
	bus_note(bus, node, "event", "run heartbeat -r");
	if (bus->node[node].life == BUS_ON)
		push(bus, node, bus->now, reload_now, 0);
}

int
bus_standby(struct bus *bus, size_t node, const char *word)
{
	struct bus_node *n = &bus->node[node];

	bus_note(bus, node, "event", "run hb_standby %s", word);
	if (!n->core)
		return -ENOTCONN;
	return n->seat->ask_standby(n->core, now_of(bus), word);
}

void
bus_takeover(struct bus *bus, size_t node, const char *word)
{
	struct rsc_send send = { .type = "hb_takeover",
		.count = 1,
		.field = { { "rsc_hold", word } } };

	bus_note(bus, node, "event", "run hb_takeover %s", word);
	if (bus->node[node].core)
		fx_send(&bus->node[node].shell, &send);
}

/* It does not run for a while; its scripts do. */
static void
wake(struct bus *bus, const struct bus_event *event)
{
	struct bus_node *n = &bus->node[event->a];
	int64_t away_ms = (bus->now - n->frozen_from) / BUS_MS;

	if (is_stale(bus, event) || n->frozen_until == 0)
		return;
	n->frozen_until = 0;
	/* Ended scripts and what lies in the sockets are looked at before timers. */
	if (n->due && n->due <= bus->now)
		n->due = bus->now + 1;
	bus_note(bus, event->a, "event", "wakes after %lld ms", (long long)away_ms);
	/* Silence across our own absence proves nothing: it counts from now. */
	for (size_t i = 0; i < bus->conf.node_count; i++) {
		n->view[i].silence++;
		if (bus->node[i].life == BUS_OFF || bus->node[i].frozen_until ||
		    bus->line[i][event->a].cut)
			bus_silence(bus, event->a, i);
	}
	if (away_ms >= bus->conf.deadtime_ms)
		n->seat->overslept(n->core, now_of(bus), "stood still");
	bus_status_to_all(bus, event->a);
}

void
bus_freeze(struct bus *bus, size_t node, int64_t ms)
{
	struct bus_node *n = &bus->node[node];

	if (n->life == BUS_OFF || n->frozen_until)
		return;
	bus_note(bus, node, "event", "stands still for %lld ms", (long long)ms);
	n->frozen_from = bus->now;
	push(bus, node, bus->now + ms * BUS_MS, wake, 0);
	n->frozen_until = bus->now + ms * BUS_MS;
	bus_silence_all(bus, node);
}

const char *
bus_word(const struct bus *bus, size_t node)
{
	const struct bus_node *n = &bus->node[node];

	return n->core ? n->seat->word(n->core) : "-";
}
