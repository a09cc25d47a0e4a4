/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the old daemon's resource logic on two nodes with auto_failback on or off,
 * written from what was observed of it (spec/resources-v1.md 5 to 8): the states RSCRCVD
 * and STABLE, the timer of ten seconds, "stable" announced before the scripts run, one
 * peer_hold for the other side.  It sits on the bus beside our core.  Its scripts run one
 * after the other, and work.
 */
#include "tests/sim/rsc_old.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL_TIMER_MS 10000
#define ASK_MS 10000
#define STEP_MS 3600000
#define JOB_MAX 128

enum rstate { INIT, STARTING, BOTHSTARTING, RSCRCVD, STABLE, SHUTDOWN };
enum phase { NOT, ME, OTHER, DONE };
enum { LOCAL = 1, FOREIGN = 2, ALL = 3 };
enum job_kind { ACQUIRE, RELEASE, MACH_DOWN, GIVEN, TAKEN, SHUTDONE };

static const char *const words[] = { "none", "local", "foreign", "all" };

struct job {
	enum job_kind kind;
	size_t group;
};

struct old {
	struct rsc_effects fx;
	void *shell;
	const struct conf_groups *groups;
	const char *self, *peer;
	bool failback, can_fence;
	enum rstate rstate;
	unsigned hold, peer_hold;
	bool peer_stable, takeover, needs_failback, needs_shutdown, up, told_left;
	bool peer_dead, peer_anything, fencing;
	enum phase phase;
	struct instant deadline, local_timer, failback_due, fence_due, partition_due;
	bool timer_used;
	unsigned set; /* being moved, in the giver's view */
	struct job job[JOB_MAX];
	size_t first, count;
	bool busy;
	enum rsc_op op;
	size_t resource;
	uint32_t id, last_id;
	struct instant now;
};

static unsigned
set_of(const char *word)
{
	for (unsigned i = 0; word && i < 4; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return word ? 0 : ALL;
}

/* A set as the other side names it. */
static unsigned
flip(unsigned set)
{
	return set == LOCAL ? FOREIGN : set == FOREIGN ? LOCAL : set;
}

static bool
is_stable(const struct old *o)
{
	if (o->needs_shutdown && o->rstate == INIT)
		return true;
	return o->peer_stable && !o->takeover && o->phase == NOT && o->count == 0 &&
	       !o->busy &&
	       (o->rstate == INIT || o->rstate == STABLE || o->rstate == SHUTDOWN);
}

static void
arm(struct old *o)
{
	struct instant due = instant_min(o->deadline, o->failback_due);

	if (o->rstate == RSCRCVD)
		due = instant_min(due, o->local_timer);
	due = instant_min(due, instant_min(o->fence_due, o->partition_due));
	if (instant_is_reached(due, o->now))
		due = instant_add_ms(o->now, 250);
	o->fx.arm(o->shell, due);
}

/* Speaking.  What is said is also heard by the speaker. */

static void on_resource(struct old *o, bool from_self, unsigned hold, bool full,
    int stable, const char *info);
static void on_ask(struct old *o, bool from_self, const char *info, unsigned set);

static void
send_resource(struct old *o, int stable, const char *info)
{
	struct rsc_send send = { .type = "resource",
		.count = info ? 4 : 3,
		.field = { { "rsc_hold", words[o->hold] }, { "rtype", "full" },
		    { "isstable", stable ? "1" : "0" }, { "info", info } } };

	o->fx.send(o->shell, &send);
	on_resource(o, true, o->hold, true, stable, info);
}

static void
send_mach_down(struct old *o)
{
	const struct rsc_send send = { .type = "resource",
		.count = 2,
		.field = { { "rsc_hold", "foreign" }, { "info", "mach_down" } } };

	o->fx.send(o->shell, &send);
	on_resource(o, true, FOREIGN, false, -1, "mach_down");
}

static void
send_ask(struct old *o, const char *info, unsigned set)
{
	const struct rsc_send send = { .type = "ask_resources",
		.count = 2,
		.field = { { "rsc_hold", words[set] }, { "info", info } } };

	o->fx.send(o->shell, &send);
	on_ask(o, true, info, set);
}

/* Scripts. */

static void
push(struct old *o, enum job_kind kind, size_t group)
{
	assert(o->count < JOB_MAX);
	o->job[(o->first + o->count++) % JOB_MAX] = (struct job){ kind, group };
}

static bool
is_ours(const struct old *o, size_t group)
{
	return strcmp(o->groups->group[group].node, o->self) == 0;
}

/* SET in our view. */
static void
push_set(struct old *o, enum job_kind kind, unsigned set)
{
	for (size_t i = 0; i < o->groups->count; i++)
		if (set & (is_ours(o, i) ? LOCAL : FOREIGN))
			push(o, kind, i);
}

static void
run(struct old *o, enum rsc_op op)
{
	struct rsc_run run = { .op = op, .id = ++o->last_id };

	run.resource = &o->groups->group[o->job[o->first].group].resource[o->resource];
	o->id = run.id;
	o->op = op;
	o->busy = true;
	o->fx.run(o->shell, &run);
}

static void
mark(struct old *o, enum job_kind kind)
{
	const struct rsc_send shutdone = { .type = "shutdone",
		.count = 1,
		.field = { { "st", "dead" } } };
	const struct rsc_event left = { .type = RSC_EV_LEFT, .why = "left" };

	switch (kind) {
	case MACH_DOWN:
		send_mach_down(o);
		break;
	case GIVEN:
		send_ask(o, "done", o->set);
		break;
	case TAKEN:
		send_resource(o, 1, NULL);
		send_ask(o, "done", o->set);
		break;
	case SHUTDONE:
		o->fx.send(o->shell, &shutdone);
		o->told_left = true;
		o->fx.tell(o->shell, &left);
		break;
	case ACQUIRE:
	case RELEASE:
		break;
	}
}

static void shutdown_try(struct old *o);

static void
pump(struct old *o)
{
	while (!o->busy && o->count > 0) {
		struct job *job = &o->job[o->first];
		enum job_kind kind = job->kind;

		if (kind == ACQUIRE || kind == RELEASE) {
			o->resource =
			    kind == ACQUIRE
			        ? 0
			        : o->groups->group[job->group].resource_count - 1;
			run(o, kind == ACQUIRE ? RSC_STATUS : RSC_STOP);
			return;
		}
		o->first = (o->first + 1) % JOB_MAX;
		o->count--;
		mark(o, kind);
	}
	if (!o->busy)
		shutdown_try(o);
	arm(o);
}

static void
next(struct old *o)
{
	const struct job *job = &o->job[o->first];
	size_t count = o->groups->group[job->group].resource_count;

	if (job->kind == ACQUIRE && ++o->resource < count) {
		run(o, RSC_STATUS);
		return;
	}
	if (job->kind == RELEASE && o->resource-- > 0) {
		run(o, RSC_STOP);
		return;
	}
	o->first = (o->first + 1) % JOB_MAX;
	o->count--;
	pump(o);
}

/* Taking. */

static void
acquire_local(struct old *o, bool force)
{
	if (o->rstate == SHUTDOWN)
		return;
	if (!force && o->phase == NOT && ((o->peer_hold & FOREIGN) || (o->hold & LOCAL)))
		return;
	o->hold |= LOCAL;
	push_set(o, ACQUIRE, LOCAL);
	send_resource(o, 1, "req_our_resources()"); /* before anything was started */
}

static void
takeover(struct old *o)
{
	if (o->rstate == SHUTDOWN || o->needs_shutdown)
		return;
	push_set(o, ACQUIRE, FOREIGN);
	push(o, MACH_DOWN, 0);
	o->hold |= FOREIGN;
	o->peer_hold = 0;
	o->peer_stable = o->takeover = true;
	acquire_local(o, true);
}

static void
failback_check(struct old *o)
{
	o->failback_due = INSTANT_NEVER;
	if (o->rstate == SHUTDOWN || !(o->hold & FOREIGN) || !o->needs_failback ||
	    !o->failback) {
		o->needs_failback = false;
		return;
	}
	if (o->phase != NOT || !o->peer_stable || o->rstate != STABLE) {
		o->failback_due = instant_add_ms(o->now, 1000);
		return;
	}
	o->needs_failback = false;
	send_ask(o, "me", FOREIGN);
}

/* Messages. */

static void
on_resource(struct old *o, bool from_self, unsigned hold, bool full, int stable,
    const char *info)
{
	enum rstate was = o->rstate;
	unsigned *of = from_self ? &o->hold : &o->peer_hold;

	if (from_self && info && strcmp(info, "mach_down") == 0)
		o->takeover = false;
	if (o->rstate == INIT)
		return;
	if (o->rstate == STARTING || o->rstate == BOTHSTARTING) {
		o->rstate = RSCRCVD;
		if (!o->timer_used)
			o->local_timer = instant_add_ms(o->now, LOCAL_TIMER_MS);
		o->timer_used = true;
	}
	*of = full || hold == 0 ? hold : *of | hold;
	if (from_self) {
		if (info && strcmp(info, "mach_down") == 0) {
			o->takeover = false;
			o->needs_failback = o->peer_stable = true;
		}
		return;
	}
	if (stable == 1 && !o->peer_stable) {
		o->peer_stable = true;
		send_resource(o, o->rstate == STABLE, NULL);
		failback_check(o);
	}
	if (stable == 0)
		o->peer_stable = false;
	if (was != STABLE && was != SHUTDOWN && o->peer_stable) {
		acquire_local(o, false);
		o->rstate = STABLE;
		send_resource(o, 1, NULL);
		failback_check(o);
	}
}

static void
on_starting(struct old *o)
{
	if (o->rstate == INIT || o->rstate == BOTHSTARTING)
		return;
	if (o->rstate == STARTING)
		o->rstate = BOTHSTARTING;
	o->peer_stable = false;
	send_resource(o, o->rstate == STABLE, NULL);
}

static void
on_me(struct old *o, bool from_self, unsigned set)
{
	if (!o->peer_stable || o->rstate != STABLE)
		return; /* in flux */
	o->peer_stable = false;
	o->set = set;
	o->phase = from_self ? ME : OTHER;
	o->deadline = instant_add_ms(o->now, from_self ? ASK_MS : STEP_MS);
	if (!from_self)
		send_ask(o, "other", set);
}

static void
give(struct old *o)
{
	o->deadline = instant_add_ms(o->now, STEP_MS);
	o->peer_stable = false;
	o->hold &= ~o->set;
	send_resource(o, 0, "standby");
	push_set(o, RELEASE, o->set);
	push(o, GIVEN, 0);
}

static void
on_ask(struct old *o, bool from_self, const char *info, unsigned set)
{
	if (o->rstate == SHUTDOWN || !info)
		return;
	if (strcmp(info, "me") == 0) {
		if (o->phase == NOT && !instant_is_set(o->deadline))
			on_me(o, from_self, set);
	} else if (o->phase == ME && strcmp(info, "other") == 0 && !from_self) {
		give(o);
	} else if (o->phase == ME && strcmp(info, "done") == 0 && from_self) {
		o->phase = DONE;
		o->hold &= ~o->set;
		o->deadline = instant_add_ms(o->now, STEP_MS);
	} else if (o->phase == OTHER && strcmp(info, "done") == 0 && !from_self) {
		o->phase = DONE;
		o->deadline = instant_add_ms(o->now, STEP_MS);
		push_set(o, ACQUIRE, flip(o->set));
		push(o, TAKEN, 0);
	} else if (o->phase == DONE && strcmp(info, "done") == 0) {
		o->phase = NOT;
		o->deadline = INSTANT_NEVER;
		if (from_self)
			o->hold |= flip(o->set);
		send_resource(o, 1, NULL);
	}
}

static void
timeouts(struct old *o)
{
	if (!instant_is_reached(o->deadline, o->now))
		return;
	o->deadline = INSTANT_NEVER;
	o->phase = NOT;
	o->peer_stable = true;
}

/* The seat. */

static void *
make(const struct rsc_conf *conf, const struct rsc_effects *fx, void *shell,
    const struct conf_groups *groups)
{
	struct old *o = calloc(1, sizeof(*o));

	assert(o && conf->node_count == 2);
	o->fx = *fx;
	o->shell = shell;
	o->groups = groups;
	o->self = conf->node[conf->self];
	o->peer = conf->node[1 - conf->self];
	o->failback = conf->failback == FAILBACK_ON;
	o->can_fence = conf->can_fence;
	if (conf->restarted) {
		o->hold = set_of(conf->hold);
		o->timer_used = true;
	}
	return o;
}

static void
old_free(void *core)
{
	free(core);
}

static void
death(struct old *o)
{
	bool needed = !(o->peer_anything && o->peer_hold == 0);

	if (o->phase != NOT) {
		o->phase = NOT;
		o->deadline = INSTANT_NEVER;
		if (o->hold == ALL)
			o->peer_stable = true;
	}
	if (!o->up || o->rstate == SHUTDOWN)
		return;
	o->needs_failback = true;
	if (needed && o->can_fence) {
		o->fencing = true;
		o->fx.fence(o->shell, o->peer);
	} else if (needed) {
		takeover(o);
	} else if (o->hold == ALL) {
		o->peer_stable = true;
	} else {
		if (!(o->hold & LOCAL))
			acquire_local(o, true);
		if (!(o->hold & FOREIGN))
			takeover(o);
	}
}

static void
node(void *core, struct instant now, const char *name, enum rsc_node_state state,
    bool anything, const char *why)
{
	struct old *o = core;

	(void)name;
	(void)why;
	o->now = now;
	o->peer_anything = o->peer_anything || anything;
	if (state == RSC_NODE_DEAD && !o->peer_dead) {
		o->peer_dead = true;
		death(o);
	} else if (state != RSC_NODE_DEAD) {
		o->peer_dead = false;
	}
	pump(o);
}

static void
restarted(void *core, struct instant now, const char *name)
{
	(void)core;
	(void)now;
	(void)name; /* "Heartbeat restart on node": only a log line */
}

static void
partition(void *core, struct instant now, const char *name, bool merges)
{
	struct old *o = core;

	(void)name;
	(void)merges; /* it knows no other way than to restart */
	o->now = now;
	if (!instant_is_set(o->partition_due))
		o->partition_due = instant_add_ms(now, 2000);
	arm(o);
}

static void
comm_up(void *core, struct instant now)
{
	const struct rsc_send starting = { .type = "starting" };
	struct old *o = core;

	o->now = now;
	o->up = true;
	if (o->rstate == SHUTDOWN)
		return;
	o->fx.send(o->shell, &starting);
	o->rstate = o->timer_used ? STABLE : STARTING; /* an exec restart has it all */
	if (o->peer_dead)
		death(o);
	pump(o);
}

static void
message(void *core, struct instant now, const char *from, const struct msg *m)
{
	struct old *o = core;
	const char *t = msg_type(m), *word = msg_str(m, "rsc_hold"),
	           *info = msg_str(m, "info");
	const char *stable = msg_str(m, "isstable");

	(void)from;
	o->now = now;
	timeouts(o);
	if (strcmp(t, "starting") == 0) {
		on_starting(o);
	} else if (strcmp(t, "resource") == 0 && word) {
		on_resource(o, false, set_of(word), msg_str(m, "rtype") != NULL,
		    stable ? *stable == '1' : -1, info);
	} else if (strcmp(t, "ask_resources") == 0) {
		on_ask(o, false, info, set_of(word));
	} else if (strcmp(t, "hb_takeover") == 0 && o->up) {
		send_ask(o, "me",
		    word && strcmp(word, "failback") != 0 ? flip(set_of(word)) : ALL);
	} else if (strcmp(t, "shutdone") == 0) {
		o->peer_hold = 0;
		takeover(o);
	}
	pump(o);
}

static int
ask_standby(void *core, struct instant now, const char *word)
{
	struct old *o = core;

	o->now = now;
	timeouts(o);
	if (!o->up)
		return -EBUSY;
	send_ask(o, "me", set_of(word));
	pump(o);
	return 0;
}

static void
ran(void *core, struct instant now, uint32_t id, int code, const char *output, size_t len)
{
	struct old *o = core;

	assert(o->busy && o->id == id);
	o->now = now;
	o->busy = false;
	if (o->op == RSC_STATUS && !(len == 8 && memcmp(output, "running\n", 8) == 0)) {
		run(o, RSC_START);
		return;
	}
	assert(code == 0 || o->op == RSC_STATUS); /* its scripts work */
	next(o);
}

static void
fenced(void *core, struct instant now, const char *name, enum rsc_fence_result result)
{
	struct old *o = core;

	o->now = now;
	if (!o->fencing)
		return;
	if (result == RSC_FENCE_OK) {
		const struct rsc_send ok = { .type = "stonith",
			.count = 2,
			.field = { { "node", name }, { "result", "OK" } } };

		o->fencing = false;
		o->fx.send(o->shell, &ok);
		takeover(o);
	} else {
		o->fence_due = instant_add_ms(now, 5000);
	}
	pump(o);
}

static void
shutdown_try(struct old *o)
{
	if (!o->needs_shutdown || o->rstate == SHUTDOWN || !o->up || !is_stable(o))
		return;
	o->hold = 0;
	o->rstate = SHUTDOWN;
	send_resource(o, 0, "shutdown");
	push_set(o, RELEASE, ALL);
	push(o, SHUTDONE, 0);
	pump(o);
}

static void
tick(void *core, struct instant now)
{
	const struct rsc_event restart = { .type = RSC_EV_RESTART, .why = "partition" };
	struct old *o = core;

	o->now = now;
	timeouts(o);
	if (o->rstate == RSCRCVD && instant_is_reached(o->local_timer, now)) {
		o->rstate = STABLE;
		acquire_local(o, false);
		send_resource(o, 1, NULL);
	}
	if (instant_is_reached(o->failback_due, now))
		failback_check(o);
	if (instant_is_reached(o->fence_due, now)) {
		o->fence_due = INSTANT_NEVER;
		o->fx.fence(o->shell, o->peer);
	}
	if (instant_is_reached(o->partition_due, now)) {
		o->partition_due = INSTANT_NEVER;
		o->fx.tell(o->shell, &restart);
	}
	pump(o);
}

static void
leave(void *core, struct instant now, const char *why)
{
	struct old *o = core;

	(void)why;
	o->now = now;
	o->needs_shutdown = true;
	pump(o);
}

static const char *
word(const void *core)
{
	const struct old *o = core;

	return is_stable(o) ? words[o->hold] : "transition";
}

static const char *
hold_word(const void *core)
{
	return words[((const struct old *)core)->hold];
}

static bool
is_idle(const void *core)
{
	return is_stable(core) && ((const struct old *)core)->rstate == STABLE;
}

static void
check(const void *core)
{
	assert(((const struct old *)core)->hold <= ALL);
}

bool
rsc_old_waits(const void *core)
{
	return ((const struct old *)core)->phase != NOT;
}

bool
rsc_old_admits(const void *core, size_t group)
{
	const struct old *o = core;

	return o->hold & (is_ours(o, group) ? LOCAL : FOREIGN);
}

bool
rsc_old_leaves(const void *core)
{
	return ((const struct old *)core)->rstate == SHUTDOWN;
}

const struct bus_seat bus_seat_old = {
	.name = "old",
	.make = make,
	.free = old_free,
	.node = node,
	.restarted = restarted,
	.partition = partition,
	.overslept = restarted,
	.comm_up = comm_up,
	.message = message,
	.ask_standby = ask_standby,
	.ran = ran,
	.fenced = fenced,
	.tick = tick,
	.leave = leave,
	.word = word,
	.hold_word = hold_word,
	.is_idle = is_idle,
	.check = check,
};
