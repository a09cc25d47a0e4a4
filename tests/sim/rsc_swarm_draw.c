/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a seed decides: the size and settings of the cluster, what its scripts do, how
 * probable each kind of trouble is, and when it comes.
 */
#include "tests/sim/rsc_swarm.h"
#include "tests/sim/rsc_old.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const names[BUS_NODE_MAX] = { "alpha", "bravo", "charlie", "delta",
	"echo" };
static const char *const words[] = { "all", "local", "foreign" };
static const char *const wishes[] = { "all", "local", "foreign", "failback" };

static int64_t
between(struct swarm *s, int64_t min, int64_t max)
{
	return min + (int64_t)bus_random(&s->bus, (uint64_t)(max - min) + 1);
}

static bool
percent(struct swarm *s, unsigned chance)
{
	return bus_random(&s->bus, 100) < chance;
}

/* Fencing has dice of its own: without it a seed tells the same story as ever. */
static int64_t
fence_between(struct swarm *s, int64_t min, int64_t max)
{
	s->dice = s->dice * 6364136223846793005u + 1442695040888963407u;
	return min + (int64_t)((s->dice >> 33) % (uint64_t)(max - min + 1));
}

static bool
fence_percent(struct swarm *s, unsigned chance)
{
	return fence_between(s, 0, 99) < (int64_t)chance;
}

/* Scripts. */

static struct world_plan
plan(void *data, size_t node, size_t resource, enum rsc_op op)
{
	struct swarm *s = data;
	struct world_plan plan = { .ms = between(s, 1, 30) };

	(void)node;
	if (percent(s, s->slow_percent))
		plan.ms = between(s, 30, s->slow_ms_max);
	if (s->healed || !s->flaky[s->bus.world.resource[resource].group])
		return plan;
	if ((op == RSC_START || op == RSC_STOP) && percent(s, s->fail_percent)) {
		plan.code = (int)between(s, 1, 6);
		plan.anyway = percent(s, 50);
		s->mark[op == RSC_START ? MARK_START_FAILED : MARK_STOP_FAILED]++;
	}
	if (percent(s, s->hang_percent))
		plan.ms = between(s, 20000, 150000);
	return plan;
}

static struct bus_fence
fence(struct bus *bus, void *data, size_t node, size_t target)
{
	struct swarm *s = data;
	struct bus_fence plan = { .ms = between(s, 10, 5000), .resets = true };

	(void)bus;
	(void)node;
	(void)target;
	if (!s->healed && fence_percent(s, s->fence_slow_percent))
		plan.ms = fence_between(s, 5000, 90000);
	/* It may be up again before the device has said that it is off. */
	plan.reset_ms = fence_percent(s, 50) ? plan.ms : fence_between(s, 0, plan.ms);
	if (s->healed)
		return plan;
	if (percent(s, s->fence_fail_percent)) {
		plan.result =
		    between(s, 1, 2) == 1 ? RSC_FENCE_FAILED : RSC_FENCE_BADHOST;
		plan.resets = fence_percent(s, 15);
	} else if (fence_percent(s, s->fence_lie_percent)) {
		plan.resets = false;
	}
	return plan;
}

static void
fenced(struct bus *bus, void *data, size_t node, size_t target,
    enum rsc_fence_result result, bool was_reset)
{
	struct swarm *s = data;

	(void)bus;
	(void)node;
	if (result != RSC_FENCE_OK) {
		s->mark[MARK_FENCE_FAILED]++;
	} else if (was_reset) {
		s->mark[MARK_FENCED]++;
	} else {
		s->mark[MARK_FENCE_LIED]++;
		s->lied[target] = true;
	}
}

/* Somebody who was called by a node that cannot reset another looks after it. */
static void
act_confirm(struct swarm *s, size_t node)
{
	struct bus *bus = &s->bus;

	for (size_t i = 0; i < bus->conf.node_count; i++)
		if (i != node && bus->node[i].life == BUS_OFF && !bus->node[i].kept[0] &&
		    bus->node[node].life == BUS_ON && !bus->node[node].frozen_until)
			s->mark[MARK_CONFIRMED] += bus_confirm(bus, node, i) == 0;
}

static void
boot(struct bus *bus, const struct bus_event *event)
{
	if (bus->node[event->a].life == BUS_OFF)
		bus_start(bus, event->a);
}

static void
rebooted(struct bus *bus, void *data, size_t node)
{
	struct swarm *s = data;

	s->mark[MARK_REBOOT]++;
	s->lied[node] = false;
	bus_at(bus, bus->now + between(s, 1000, 40000) * BUS_MS, boot, node, s);
}

/* Trouble. */

static void
heal_link(struct bus *bus, const struct bus_event *event)
{
	bus_cut(bus, event->a, event->token, false);
}

/* One link, or one node from all others. */
static void
act_cut(struct swarm *s, size_t node)
{
	size_t count = s->bus.conf.node_count, other = (node + 1) % count;
	bool isolate = percent(s, 60);

	other = (node + 1 + bus_random(&s->bus, count - 1)) % count;
	for (size_t i = 0; i < count; i++) {
		if (i == node || (!isolate && i != other))
			continue;
		bus_cut(&s->bus, node, i, true);
		s->mark[MARK_CUT]++;
		/* Links return one by one. */
		if (percent(s, 80))
			bus_at_token(&s->bus,
			    s->bus.now +
			        between(s, 1, s->bus.conf.deadtime_ms * 4) * BUS_MS,
			    heal_link, node, (uint32_t)i, s);
	}
}

/* A legacy node that stood still for just so long that the others held it for dead and it
 * did not notice cannot learn of it: they say nothing. */
static int64_t
freeze_ms(struct swarm *s)
{
	const struct bus_conf *c = &s->bus.conf;
	int64_t ms = between(s, 10, c->deadtime_ms * 4);

	if (c->failback[0] == FAILBACK_LEGACY && ms >= c->deadtime_ms - c->keepalive_ms &&
	    ms < c->deadtime_ms)
		ms = c->deadtime_ms;
	return ms;
}

static void
act_on(struct swarm *s, enum action action, size_t node)
{
	struct bus *bus = &s->bus;
	bool on = bus->node[node].life == BUS_ON && !bus->node[node].frozen_until;

	switch (action) {
	case ACT_CRASH:
	case ACT_RESTART_FAST:
		if (bus->node[node].life == BUS_OFF)
			return;
		s->mark[MARK_CRASH]++;
		bus_crash(bus, node);
		s->lied[node] = false;
		if (action == ACT_RESTART_FAST)
			bus_at(bus,
			    bus->now + between(s, 100, bus->conf.deadtime_ms) * BUS_MS,
			    boot, node, s);
		return;
	case ACT_STOP:
		s->mark[MARK_STOP]++;
		if (!bus->node[node].frozen_until)
			bus_stop(bus, node);
		return;
	case ACT_START:
		s->mark[MARK_START]++;
		if (bus->node[node].life == BUS_OFF)
			bus_start(bus, node);
		return;
	case ACT_STANDBY:
		s->mark[MARK_STANDBY]++;
		if (on &&
		    bus_standby(bus, node,
		        words[bus_random(bus, sizeof(words) / sizeof(words[0]))]) != 0)
			s->mark[MARK_STANDBY_REFUSED]++;
		return;
	case ACT_TAKEOVER:
		s->mark[MARK_TAKEOVER]++;
		if (on)
			bus_takeover(bus, node,
			    wishes[bus_random(bus, sizeof(wishes) / sizeof(wishes[0]))]);
		return;
	case ACT_CUT:
		act_cut(s, node);
		return;
	case ACT_HEAL:
		for (size_t i = 0; i < bus->conf.node_count; i++)
			if (i != node)
				bus_cut(bus, node, i, false);
		return;
	case ACT_FREEZE:
		/* One that stands still before it could say what it kept looks like one
		 * that is booting: nobody can know better. */
		if (bus->node[node].reloaded && bus->node[node].status != RSC_NODE_ACTIVE)
			return;
		s->mark[MARK_FREEZE]++;
		if (on)
			bus_freeze(bus, node, freeze_ms(s));
		return;
	case ACT_RELOAD:
		/* Of several legacy nodes one that waits for a third before it is up
		 * cannot say what it kept. */
		if (bus->conf.failback[0] == FAILBACK_LEGACY && bus->conf.node_count > 2)
			return;
		s->mark[MARK_RELOAD]++;
		if (on)
			bus_reload(bus, node);
		return;
	case ACT_CONFIRM:
		act_confirm(s, node);
		return;
	case ACT_COUNT:
		break;
	}
	assert(!"an action that is none");
}

static void
act(struct bus *bus, const struct bus_event *event)
{
	struct swarm *s = event->data;
	unsigned sum = 0;
	uint64_t pick;

	if (s->healed)
		return;
	for (size_t i = 0; i < ACT_COUNT; i++)
		sum += s->weight[i];
	pick = bus_random(bus, sum);
	for (size_t i = 0; i < ACT_COUNT; i++) {
		if (pick < s->weight[i]) {
			act_on(s, (enum action)i, bus_random(bus, bus->conf.node_count));
			break;
		}
		pick -= s->weight[i];
	}
	swarm_act_later(s);
}

void
swarm_act_later(struct swarm *s)
{
	/* Mostly in bursts: trouble rarely comes alone. */
	int64_t gap_ms =
	    percent(s, 40) ? between(s, 0, 300) : between(s, 0, s->gap_ms_max);

	bus_at(&s->bus, s->bus.now + gap_ms * BUS_MS, act, BUS_NODE_MAX, s);
}

/* Settings. */

static void
draw_groups(struct swarm *s, size_t node_count)
{
	size_t used = 0, group = 0;

	for (size_t i = 0; i < node_count; i++) {
		int64_t groups = between(s, i == 0, 2);

		for (int64_t g = 0; g < groups; g++, group++) {
			int64_t resources = between(s, 1, 3);

			used += (size_t)snprintf(s->haresources + used,
			    sizeof(s->haresources) - used, "%s", names[i]);
			for (int64_t r = 0; r < resources; r++)
				used += (size_t)snprintf(s->haresources + used,
				    sizeof(s->haresources) - used, " Tr%c::%zu",
				    (char)('A' + r), group);
			used += (size_t)snprintf(s->haresources + used,
			    sizeof(s->haresources) - used, "\n");
			assert(used < sizeof(s->haresources));
			s->flaky[group] = percent(s, 30);
		}
	}
}

static void
draw_chances(struct swarm *s)
{
	for (size_t i = 0; i < ACT_CONFIRM; i++)
		s->weight[i] = percent(s, 35) ? 0 : (unsigned)between(s, 1, 10);
	s->weight[ACT_START] += 4;
	s->weight[ACT_HEAL] += s->weight[ACT_CUT] ? 2 : 0;
	s->slow_percent = percent(s, 50) ? (unsigned)between(s, 1, 40) : 0;
	s->fail_percent = percent(s, 50) ? (unsigned)between(s, 1, 60) : 0;
	s->hang_percent = percent(s, 25) ? (unsigned)between(s, 1, 20) : 0;
	s->fence_fail_percent = percent(s, 50) ? (unsigned)between(s, 1, 70) : 0;
	s->slow_ms_max = between(s, 100, 20000);
	s->gap_ms_max = between(s, 500, 40000);
}

static void
draw_fencing(struct swarm *s, struct bus_conf *conf)
{
	s->dice = s->seed;
	if (!conf->can_fence)
		return;
	s->fence_slow_percent =
	    fence_percent(s, 40) ? (unsigned)fence_between(s, 1, 50) : 0;
	s->fence_lie_percent =
	    fence_percent(s, 15) ? (unsigned)fence_between(s, 1, 50) : 0;
	s->weight[ACT_CONFIRM] =
	    fence_percent(s, 50) ? (unsigned)fence_between(s, 1, 10) : 0;
	conf->fence_weaker_ms = fence_percent(s, 40) ? fence_between(s, 1000, 20000) : 0;
	for (size_t i = 0; i < conf->node_count; i++)
		conf->fence_delay_ms[i] =
		    fence_percent(s, 10) ? fence_between(s, 500, 10000) : 0;
}

/* One old node, whose scripts work and take no long time: what it does when they do not
 * is known to be wrong. */
static void
old_settings(struct swarm *s, struct bus_conf *conf)
{
	conf->node_count = 2;
	conf->seat[percent(s, 50)] = &bus_seat_old;
	conf->script_timeout_ms = 0;
	s->fail_percent = s->hang_percent = 0;
	s->slow_ms_max = between(s, 50, 3000);
	for (size_t i = 0; i < WORLD_GROUP_MAX; i++)
		s->flaky[i] = false;
}

void
swarm_draw(struct swarm *s, uint64_t seed, const struct swarm_wish *wish)
{
	struct bus_conf conf = { .seed = seed, .haresources = s->haresources };
	enum conf_failback one;

	memset(s, 0, offsetof(struct swarm, bus));
	s->seed = seed;
	s->bus.random = seed;
	conf.node_count = percent(s, 60) ? 2 : (size_t)between(s, 3, BUS_NODE_MAX);
	if (wish->old_peers)
		conf.node_count = 2;
	else if (wish->node_count)
		conf.node_count = wish->node_count;
	draw_groups(s, conf.node_count);
	draw_chances(s);
	one = percent(s, 20) && !wish->old_peers ? FAILBACK_LEGACY
	      : percent(s, 60)                   ? FAILBACK_ON
	                                         : FAILBACK_OFF;
	for (size_t i = 0; i < conf.node_count; i++) {
		conf.name[i] = names[i];
		conf.failback[i] = one;
		if (one != FAILBACK_LEGACY && percent(s, 10))
			conf.failback[i] =
			    one == FAILBACK_ON ? FAILBACK_OFF : FAILBACK_ON;
	}
	conf.deadtime_ms = between(s, 1000, 10000);
	conf.keepalive_ms = conf.deadtime_ms / between(s, 4, 20);
	conf.initdead_ms = conf.deadtime_ms * between(s, 2, 4);
	conf.delay_us_min = between(s, 50, 500);
	conf.delay_us_max =
	    conf.delay_us_min + between(s, 0, percent(s, 20) ? 50000 : 4000);
	conf.boot_ms_min = 50;
	conf.boot_ms_max = between(s, 100, 5000);
	conf.stop_retries = percent(s, 50) ? 10 : (int)between(s, 1, 4);
	conf.script_timeout_ms = percent(s, 40) ? between(s, 1000, 60000) : 0;
	/* Scripts that work are not killed. */
	if (conf.script_timeout_ms && s->slow_ms_max > conf.script_timeout_ms / 2)
		s->slow_ms_max = conf.script_timeout_ms / 2 + 31;
	conf.merges = seed & 1;
	conf.can_fence = percent(s, 30) || wish->fence;
	draw_fencing(s, &conf);
	conf.seed = s->bus.random;
	if (wish->old_peers)
		old_settings(s, &conf);
	bus_init(&s->bus, &conf);
	s->bus.data = s->bus.world.data = s;
	s->bus.world.plan = plan;
	s->bus.fence = fence;
	s->bus.fenced = fenced;
	s->bus.rebooted = rebooted;
	for (size_t i = 0; i < conf.node_count; i++)
		if (percent(s, 85))
			bus_at(&s->bus,
			    s->bus.now +
			        between(s, 0, percent(s, 30) ? 20000 : 500) * BUS_MS,
			    boot, i, s);
}
