/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a seed decides: the size and settings of the cluster, its network, what scripts
 * and fencing devices do, how probable each kind of trouble is, and when it comes.
 */
#include "tests/sim/node_swarm.h"

#include "lib/array.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HANG_MS_MIN 20000
#define HANG_MS_MAX 90000

const char *const node_profile_names[PROFILE_COUNT] = {
	[PROFILE_CALM] = "calm",
	[PROFILE_CRASH] = "crash",
	[PROFILE_FREEZE] = "freeze",
	[PROFILE_LOSSY] = "lossy",
	[PROFILE_CUT] = "cut",
	[PROFILE_SCRIPTS] = "scripts",
	[PROFILE_FENCE] = "fence",
	[PROFILE_LEGACY] = "legacy",
	[PROFILE_KEYS] = "keys",
	[PROFILE_EVERYTHING] = "everything",
};

static const char *const words[] = { "all", "local", "foreign" };
static const char *const wishes[] = { "all", "local", "foreign", "failback" };

#define PEOPLE                                                                           \
	(BIT(ACT_STOP) | BIT(ACT_START) | BIT(ACT_STANDBY) | BIT(ACT_TAKEOVER) |         \
	    BIT(ACT_RELOAD))
#define CRASHES (BIT(ACT_CRASH) | BIT(ACT_RESTART_FAST) | BIT(ACT_CLOCK))
#define CUTS (BIT(ACT_CUT_LINK) | BIT(ACT_CUT_NODE) | BIT(ACT_HEAL))
#define DEVICES BIT(ACT_CONFIRM)
#define STILL (BIT(ACT_FREEZE) | BIT(ACT_SUSPEND))

static const unsigned profile_actions[PROFILE_COUNT] = {
	[PROFILE_CALM] = PEOPLE,
	[PROFILE_CRASH] = PEOPLE | CRASHES,
	[PROFILE_FREEZE] = PEOPLE | STILL,
	[PROFILE_LOSSY] = PEOPLE | CRASHES | BIT(ACT_NETWORK),
	[PROFILE_CUT] = PEOPLE | CRASHES | CUTS,
	[PROFILE_SCRIPTS] = PEOPLE | CRASHES | BIT(ACT_KILL),
	[PROFILE_FENCE] = PEOPLE | CRASHES | CUTS | STILL | BIT(ACT_KILL) | DEVICES,
	[PROFILE_LEGACY] = PEOPLE | CRASHES | CUTS | STILL | BIT(ACT_NETWORK),
	[PROFILE_KEYS] = PEOPLE | CRASHES | BIT(ACT_KEYS),
	[PROFILE_EVERYTHING] = BIT(ACT_COUNT) - 1,
};

/* Chance. */

static int64_t
between(struct node_swarm *s, int64_t min, int64_t max)
{
	assert(min <= max);
	return min + (int64_t)sim_below(s->c.sim, (uint64_t)(max - min) + 1);
}

static bool
percent(struct node_swarm *s, unsigned chance)
{
	return sim_below(s->c.sim, 100) < chance;
}

/* Scripts and devices. */

static struct world_plan
plan_script(void *data, size_t node, size_t resource, enum rsc_op op)
{
	struct node_swarm *s = data;
	struct world_plan plan = { .ms = between(s, 1, 30) };

	if (percent(s, s->slow_percent))
		plan.ms = between(s, 30, s->slow_ms_max);
	if (s->healed || !s->flaky[s->c.world.resource[resource].group])
		return plan;
	if ((op == RSC_START || op == RSC_STOP) && percent(s, s->fail_percent)) {
		plan.code = (int)between(s, 1, 6);
		plan.anyway = percent(s, 50);
		s->mark[op == RSC_START ? MARK_START_FAILED : MARK_STOP_FAILED]++;
	}
	if (percent(s, s->hang_percent)) {
		plan.ms = between(s, HANG_MS_MIN, HANG_MS_MAX);
		s->mark[MARK_SCRIPT_HANGS]++;
	}
	if (plan.code || plan.ms > s->slow_ms_max)
		s->watcher[node].troubled = s->c.sim->now + plan.ms * SIM_MS;
	return plan;
}

static struct cluster_fence
plan_fence(void *data, struct cluster_node *n, size_t target)
{
	struct node_swarm *s = data;
	struct cluster_fence plan = { .ms = between(s, 10, 3000),
		.result = RSC_FENCE_OK,
		.resets = true };

	(void)n;
	(void)target;
	if (!s->healed && percent(s, s->fence_slow_percent))
		plan.ms = between(s, 3000, 60000);
	/* It may be up again before the device has said that it is off. */
	plan.reset_ms = percent(s, 50) ? plan.ms : between(s, 0, plan.ms);
	if (s->healed)
		return plan;
	if (percent(s, s->fence_fail_percent)) {
		plan.result = percent(s, 80) ? RSC_FENCE_FAILED : RSC_FENCE_BADHOST;
		plan.resets = percent(s, 10);
	} else if (percent(s, s->fence_lie_percent)) {
		plan.resets = false;
	}
	return plan;
}

/* Machines. */

static void
boot(struct sim *sim, void *data, uint64_t node)
{
	struct node_swarm *s = data;

	/* Who starts a daemon anew waits for what the one before left running. */
	if (cluster_has_scripts(&s->c.node[node]))
		sim_after(sim, 1000, boot, data, node);
	else
		cluster_start(&s->c, node);
}

static void
went_down(void *data, struct cluster_node *n)
{
	struct node_swarm *s = data;

	s->mark[MARK_REBOOT]++;
	s->watcher[n->index].lied = s->watcher[n->index].unmanaged = false;
	sim_after(s->c.sim, between(s, 1000, 30000), boot, s, n->index);
}

/* Somebody who was called by a node that cannot reset another looks after it. */
static void
act_confirm(struct node_swarm *s, size_t node)
{
	for (size_t i = 0; i < s->c.conf.node_count; i++) {
		struct cluster_node *n = &s->c.node[i];

		/* A killed daemon leaves everything running. */
		if (i == node || n->life != CLUSTER_OFF || cluster_has_scripts(n) ||
		    s->watcher[i].unmanaged)
			continue;
		s->mark[MARK_CONFIRMED] += cluster_confirm(&s->c, node, i) == 0;
	}
}

static void
act_crash(struct node_swarm *s, size_t node, bool is_short)
{
	int64_t deadtime_ms = s->c.conf.deadtime_ms[node];
	bool wipe = percent(s, 10);

	if (s->c.node[node].life == CLUSTER_OFF)
		return;
	s->mark[MARK_CRASH]++;
	s->mark[MARK_CRASH_DURING_SCRIPT] += cluster_has_scripts(&s->c.node[node]);
	s->mark[MARK_WIPE] += wipe;
	cluster_crash(&s->c, node, wipe);
	s->watcher[node].lied = s->watcher[node].unmanaged = false;
	if (is_short)
		sim_after(s->c.sim, between(s, 50, deadtime_ms), boot, s, node);
}

static void
act_kill(struct node_swarm *s, size_t node)
{
	if (!s->c.node[node].rsc)
		return;
	s->mark[MARK_KILL]++;
	cluster_kill(&s->c, node, percent(s, 50));
	for (size_t g = 0; g < s->c.world.groups.count; g++)
		s->watcher[node].unmanaged =
		    s->watcher[node].unmanaged || world_touches(&s->c.world, node, g);
	if (percent(s, 60)) /* somebody looks after it */
		sim_after(s->c.sim, between(s, 100, 3 * s->c.conf.deadtime_ms[node]),
		    boot, s, node);
}

/* Network. */

static void
heal_one(struct sim *sim, void *data, uint64_t arg)
{
	(void)data;
	sim_cut(sim, arg & 15, arg >> 4 & 15, arg >> 8 & 15, false);
}

static void
cut(struct node_swarm *s, size_t from, size_t to, size_t link, int64_t heal_ms)
{
	sim_cut(s->c.sim, from, to, link, true);
	if (heal_ms > 0)
		sim_after(s->c.sim, heal_ms, heal_one, s, from | to << 4 | link << 8);
}

/* Between two machines or around one; one way or both; links return one by one. */
static void
act_cut(struct node_swarm *s, size_t node, bool isolate)
{
	struct sim *sim = s->c.sim;
	size_t count = s->c.conf.node_count, links = s->c.conf.link_count;
	size_t other = (node + 1 + sim_below(sim, count - 1)) % count;
	size_t link =
	    percent(s, 60) ? links : sim_below(sim, links); /* links: all of them */
	bool to = percent(s, 75), from = !to || percent(s, 80);

	s->mark[to && from ? MARK_CUT : MARK_CUT_ONE_WAY]++;
	for (size_t l = 0; l < links; l++)
		for (size_t i = 0; i < count; i++) {
			int64_t ms = percent(s, 75)
			                 ? between(s, 1, 5 * s->c.conf.deadtime_ms[node])
			                 : 0;

			if ((link != links && l != link) || i == node ||
			    (!isolate && i != other))
				continue;
			if (to)
				cut(s, node, i, l, ms);
			if (from)
				cut(s, i, node, l, percent(s, 85) ? ms : ms / 2);
		}
}

static void
act_heal(struct node_swarm *s, size_t node)
{
	for (size_t l = 0; l < s->c.conf.link_count; l++)
		for (size_t i = 0; i < s->c.conf.node_count; i++) {
			sim_cut(s->c.sim, node, i, l, false);
			sim_cut(s->c.sim, i, node, l, false);
		}
}

static void
act_network(struct node_swarm *s, size_t l)
{
	struct sim_link *link = &s->c.sim->link[l];

	link->delay_min_us = between(s, 20, 1000);
	link->delay_max_us =
	    link->delay_min_us + between(s, 0, percent(s, 25) ? 40000 : 500);
	link->loss =
	    percent(s, 70) ? (unsigned)between(s, 0, percent(s, 30) ? 6000 : 2000) : 0;
	link->twice = percent(s, 40) ? (unsigned)between(s, 0, 2000) : 0;
	link->damage = percent(s, 40) ? (unsigned)between(s, 0, 400) : 0;
	sim_note(s->c.sim, NULL,
	    "eth%zu: %lld to %lld us, loses %u, doubles %u, damages %u of 10000", l,
	    (long long)link->delay_min_us, (long long)link->delay_max_us, link->loss,
	    link->twice, link->damage);
}

static void
keys_again(struct sim *sim, void *data, uint64_t node)
{
	struct node_swarm *s = data;

	(void)sim;
	cluster_set_keys(&s->c, node, true);
}

/* Trouble. */

static void
act_on(struct node_swarm *s, enum action action, size_t node)
{
	struct cluster *c = &s->c;
	bool awake = cluster_is_awake(&c->node[node]);
	int64_t deadtime_ms = c->conf.deadtime_ms[node];

	switch (action) {
	case ACT_CRASH:
	case ACT_RESTART_FAST:
		act_crash(s, node, action == ACT_RESTART_FAST);
		return;
	case ACT_KILL:
		act_kill(s, node);
		return;
	case ACT_STOP:
		s->mark[MARK_STOP]++;
		cluster_stop(c, node);
		return;
	case ACT_START:
		s->mark[MARK_START]++;
		boot(c->sim, s, node);
		return;
	case ACT_STANDBY:
		s->mark[MARK_STANDBY]++;
		if (cluster_standby(c, node, words[between(s, 0, 2)]) != 0)
			s->mark[MARK_STANDBY_REFUSED]++;
		return;
	case ACT_TAKEOVER:
		s->mark[MARK_TAKEOVER]++;
		cluster_takeover(c, node, wishes[between(s, 0, 3)]);
		return;
	case ACT_RELOAD:
		s->mark[MARK_RELOAD]++;
		cluster_reload(c, node);
		return;
	case ACT_CUT_LINK:
	case ACT_CUT_NODE:
		act_cut(s, node, action == ACT_CUT_NODE);
		return;
	case ACT_HEAL:
		act_heal(s, node);
		return;
	case ACT_NETWORK:
		act_network(s, sim_below(c->sim, c->conf.link_count));
		return;
	case ACT_FREEZE:
		s->mark[MARK_FREEZE] += awake;
		cluster_freeze(c, node,
		    between(s, 10, deadtime_ms * (percent(s, 50) ? 2 : 6)));
		return;
	case ACT_SUSPEND:
		s->mark[MARK_SUSPEND] += awake;
		cluster_suspend(c, node, between(s, 10, deadtime_ms * 4));
		return;
	case ACT_KEYS:
		s->mark[MARK_KEYS]++;
		cluster_set_keys(c, node, false);
		sim_after(c->sim, between(s, 1, 5 * deadtime_ms), keys_again, s, node);
		return;
	case ACT_CLOCK:
		c->sim->node[node].wall_skew_s = between(s, -10000, 10000);
		return;
	case ACT_CONFIRM:
		act_confirm(s, node);
		return;
	case ACT_COUNT:
		break;
	}
	assert(!"an action that is none");
}

static void trouble_later(struct node_swarm *s);

static void
trouble(struct sim *sim, void *data, uint64_t arg)
{
	struct node_swarm *s = data;
	unsigned sum = 0;
	uint64_t pick;

	(void)arg;
	if (s->healed)
		return;
	for (size_t i = 0; i < ACT_COUNT; i++)
		sum += s->weight[i];
	pick = sim_below(sim, sum);
	for (size_t i = 0; i < ACT_COUNT; i++) {
		if (pick < s->weight[i]) {
			act_on(s, (enum action)i, sim_below(sim, s->c.conf.node_count));
			break;
		}
		pick -= s->weight[i];
	}
	if (s->forge)
		node_forge(s);
	trouble_later(s);
}

/* Mostly in bursts: trouble rarely comes alone. */
static void
trouble_later(struct node_swarm *s)
{
	int64_t gap_ms =
	    percent(s, 40) ? between(s, 0, 300) : between(s, 0, s->gap_ms_max);

	sim_after(s->c.sim, gap_ms, trouble, s, 0);
}

void
node_trouble_begin(struct node_swarm *s)
{
	for (size_t i = 0; i < s->c.conf.node_count; i++)
		if (percent(s, 85))
			sim_after(s->c.sim, between(s, 0, percent(s, 30) ? 15000 : 500),
			    boot, s, i);
	sim_after(s->c.sim, between(s, 0, percent(s, 30) ? 2000 : 15000), trouble, s, 0);
	node_traffic_begin(s);
}

void
node_heal(struct node_swarm *s)
{
	s->healed = true;
	sim_heal(s->c.sim);
	for (size_t i = 0; i < s->c.conf.node_count; i++)
		cluster_set_keys(&s->c, i, true);
}

void
node_start_all(struct node_swarm *s)
{
	for (size_t i = 0; i < s->c.conf.node_count; i++)
		if (!cluster_has_scripts(&s->c.node[i]))
			cluster_start(&s->c, i);
}

/* Settings. */

static void
draw_groups(struct node_swarm *s, struct sim *dice, size_t node_count)
{
	static const char *const names[] = { "alpha", "bravo", "charlie", "delta",
		"echo" };
	size_t used = 0, group = 0;

	for (size_t i = 0; i < node_count; i++) {
		size_t groups = (i == 0) + sim_below(dice, i == 0 ? 2 : 3);

		for (size_t g = 0; g < groups; g++, group++) {
			size_t resources = 1 + sim_below(dice, 2);

			used += (size_t)snprintf(s->haresources + used,
			    sizeof(s->haresources) - used, "%s", names[i]);
			for (size_t r = 0; r < resources; r++)
				used += (size_t)snprintf(s->haresources + used,
				    sizeof(s->haresources) - used, " Tr%c::%zu",
				    (char)('A' + r), group);
			used += (size_t)snprintf(s->haresources + used,
			    sizeof(s->haresources) - used, "\n");
			assert(used < sizeof(s->haresources));
		}
	}
}

static void
draw_chances(struct node_swarm *s)
{
	enum profile p = s->profile;
	bool scripts = p == PROFILE_SCRIPTS || p == PROFILE_EVERYTHING ||
	               (p == PROFILE_FENCE && percent(s, 30));

	for (size_t i = 0; i < ACT_COUNT; i++)
		if (profile_actions[p] & BIT(i))
			s->weight[i] = percent(s, 35) ? 0 : (unsigned)between(s, 1, 10);

	s->weight[ACT_START] += 4;
	s->weight[ACT_HEAL] += s->weight[ACT_CUT_NODE] + s->weight[ACT_CUT_LINK] ? 2 : 0;
	s->slow_percent = percent(s, 50) ? (unsigned)between(s, 1, 40) : 0;
	s->slow_ms_max = between(s, 100, percent(s, 30) ? 10000 : 2000);
	if (scripts) {
		s->fail_percent = percent(s, 70) ? (unsigned)between(s, 1, 60) : 0;
		s->hang_percent = percent(s, 30) ? (unsigned)between(s, 1, 20) : 0;
	}
	s->fence_fail_percent = percent(s, 50) ? (unsigned)between(s, 1, 70) : 0;
	s->fence_slow_percent = percent(s, 50) ? (unsigned)between(s, 1, 70) : 0;
	s->fence_lie_percent = percent(s, 20) ? (unsigned)between(s, 1, 70) : 0;
	s->network_is_bad = p == PROFILE_LOSSY ||
	                    (p == PROFILE_EVERYTHING && percent(s, 40)) ||
	                    (p == PROFILE_LEGACY && percent(s, 30));
	s->forge = p == PROFILE_LOSSY || p == PROFILE_KEYS || p == PROFILE_EVERYTHING;
	s->gap_ms_max = between(s, 500, 25000);
	for (size_t g = 0; g < s->c.world.groups.count; g++)
		s->flaky[g] = scripts && percent(s, 35);
}

static void
draw_failback(struct node_swarm *s, struct sim *dice, struct cluster_conf *conf)
{
	bool legacy = s->profile == PROFILE_LEGACY ||
	              (s->profile == PROFILE_EVERYTHING && sim_chance(dice, 1500));
	enum conf_failback one = legacy                   ? FAILBACK_LEGACY
	                         : sim_chance(dice, 6000) ? FAILBACK_ON
	                                                  : FAILBACK_OFF;

	for (size_t i = 0; i < conf->node_count; i++) {
		conf->failback[i] = one;
		if (!legacy && sim_chance(dice, 1000))
			conf->failback[i] =
			    one == FAILBACK_ON ? FAILBACK_OFF : FAILBACK_ON;
	}
}

static void
draw_times(struct sim *dice, struct cluster_conf *conf)
{
	static const int64_t deadtimes[] = { 500, 1000, 2000, 4000, 10000 };
	int64_t deadtime_ms = deadtimes[sim_below(dice, 5)];

	conf->keepalive_ms = deadtime_ms / (int64_t)(4 + sim_below(dice, 5));
	conf->initdead_ms = deadtime_ms * (int64_t)(2 + sim_below(dice, 3));
	for (size_t i = 0; i < conf->node_count; i++)
		conf->deadtime_ms[i] = deadtime_ms;
	if (sim_chance(dice, 1500)) /* not everybody's file is the same */
		conf->deadtime_ms[sim_below(dice, conf->node_count)] += deadtime_ms / 2;
	for (size_t i = 0; i < conf->node_count; i++)
		conf->old[i] = sim_chance(dice, 500);
	conf->stop_retries = sim_chance(dice, 5000) ? 10 : 1 + (int)sim_below(dice, 4);
	conf->script_timeout_ms =
	    sim_chance(dice, 4000) ? 1000 + (int64_t)sim_below(dice, 40000) : 0;
}

static void
draw_rules(struct node_swarm *s)
{
	const struct cluster_conf *conf = &s->c.conf;
	int64_t dead_ms = 0;
	bool old = false;

	for (size_t i = 0; i < conf->node_count; i++) {
		dead_ms = conf->deadtime_ms[i] > dead_ms ? conf->deadtime_ms[i] : dead_ms;
		old = old || conf->old[i];
	}
	s->grace_ms = dead_ms + 2 * conf->keepalive_ms + 200 + (old ? 2500 : 0);
	/* Scripts that work are not killed. */
	if (conf->script_timeout_ms && s->slow_ms_max > conf->script_timeout_ms / 2)
		s->slow_ms_max = conf->script_timeout_ms / 2 + 31;
	s->release_ms = (int64_t)s->c.world.resource_count *
	                (s->slow_percent ? s->slow_ms_max : 31) * 3;
	s->trouble_ms = between(s, 10000, dead_ms * 20 > 60000 ? dead_ms * 20 : 60000);
}

void
node_draw(struct node_swarm *s, uint64_t seed, enum profile profile, bool trace)
{
	struct sim *dice = sim_new(&(
	    struct sim_conf){ .node_count = 1, .link_count = 1, .seed = seed * 131 + 7 });
	struct cluster_conf conf = { .seed = seed,
		.haresources = s->haresources,
		.trace = trace };

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->profile = profile;
	conf.node_count =
	    sim_chance(dice, 6000) ? 2 : 3 + sim_below(dice, CLUSTER_NODE_MAX - 2);
	conf.link_count = 1 + sim_below(dice, 2) + sim_chance(dice, 1000);
	conf.form = sim_chance(dice, 5000) ? MSG_NETSTRING_AUTH : MSG_CLASSIC;
	conf.merges = seed & 1;
	conf.can_fence = profile == PROFILE_FENCE ||
	                 (profile == PROFILE_EVERYTHING && sim_chance(dice, 2500)) ||
	                 (profile == PROFILE_CRASH && sim_chance(dice, 2000));
	if (conf.can_fence && sim_chance(dice, 5000))
		conf.fence_weaker_ms = 500 + (int64_t)sim_below(dice, 10000);
	for (size_t i = 0; conf.can_fence && i < conf.node_count; i++)
		conf.fence_delay_ms[i] =
		    sim_chance(dice, 1000) ? 500 + (int64_t)sim_below(dice, 10000) : 0;
	draw_groups(s, dice, conf.node_count);
	draw_failback(s, dice, &conf);
	draw_times(dice, &conf);
	sim_free(dice);
	cluster_init(&s->c, &conf);
	s->c.data = s->c.world.data = s;
	s->c.world.plan = plan_script;
	s->c.fence = plan_fence;
	s->c.went_down = went_down;
	draw_chances(s);
	draw_rules(s);
	for (size_t l = 0; s->network_is_bad && l < conf.link_count; l++)
		act_network(s, l);
}
