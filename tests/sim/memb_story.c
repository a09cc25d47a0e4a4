/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people wait for, in virtual milliseconds: starting together, joining, dying. */
#include "tests/sim/memb_story.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

struct story {
	struct sim *sim;
	int64_t up_at[SIM_NODE_MAX], dead_at,
	    restarted_at; /* of the last node, as alpha sees it */
	const char *name;
	bool failed;
};

static void
story_event(void *data, struct sim_node *node, const struct memb_event *e)
{
	struct story *s = data;
	const char *last = s->sim->node[s->sim->conf.node_count - 1].name;

	if (e->type == MEMB_EV_COMM_UP)
		s->up_at[node->index] = s->sim->now / SIM_MS;
	if (node->index != 0 || !e->node || strcmp(e->node->name, last) != 0)
		return;
	if (e->type == MEMB_EV_NODE && e->node->status == MEMB_DEAD && s->dead_at == 0)
		s->dead_at = s->sim->now / SIM_MS;
	if (e->type == MEMB_EV_RESTARTED)
		s->restarted_at = s->sim->now / SIM_MS;
}

static const struct sim_above story_above = { .event = story_event };

static void
story_boot(struct sim *sim, void *data, uint64_t i)
{
	(void)data;
	sim_boot(sim, i);
}

static struct sim_conf
story_conf(struct story *s, size_t nodes, int64_t keepalive_ms, int64_t deadtime_ms)
{
	return (struct sim_conf){ .node_count = nodes,
		.link_count = 2,
		.keepalive_ms = keepalive_ms,
		.deadtime_ms = deadtime_ms,
		.warntime_ms = deadtime_ms / 2,
		.initdead_ms = 2 * deadtime_ms,
		.loopback = true,
		.form = MSG_NETSTRING_AUTH,
		.above = &story_above,
		.data = s,
		.seed = 1 };
}

static void
story_want(struct story *s, bool ok, const char *what, int64_t got_ms)
{
	if (!ok)
		printf("not ok memb_sim/%s: %s: %lld ms\n", s->name, what,
		    (long long)got_ms);
	s->failed |= !ok;
}

/* Starts all, each GAP_MS after the one before, and tells how long after the last start
 * all were up. */
static int64_t
story_start(struct story *s, const struct sim_conf *conf, int64_t gap_ms)
{
	int64_t begin_ms, up_ms = 0;

	s->sim = sim_new(conf);
	begin_ms = s->sim->now / SIM_MS + gap_ms * (int64_t)(conf->node_count - 1);
	for (size_t i = 0; i < conf->node_count; i++)
		sim_after(s->sim, gap_ms * (int64_t)i, story_boot, NULL, i);
	sim_run(s->sim, gap_ms * (int64_t)conf->node_count + 2 * conf->initdead_ms);
	for (size_t i = 0; i < conf->node_count; i++) {
		if (s->up_at[i] == 0)
			return INT64_MAX;
		if (s->up_at[i] - begin_ms > up_ms)
			up_ms = s->up_at[i] - begin_ms;
	}
	return up_ms;
}

static void
story_together(struct story *s)
{
	static const int64_t gaps_ms[] = { 0, 1, 3, 19, 21, 137, 499, 999, 1500 };
	static const size_t counts[] = { 2, 3, 8 };

	for (size_t i = 0; i < sizeof(gaps_ms) / sizeof(gaps_ms[0]); i++)
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			struct sim_conf conf = story_conf(s, counts[k], 1000, 8000);
			int64_t up_ms;

			memset(s->up_at, 0, sizeof(s->up_at));
			up_ms = story_start(s, &conf, gaps_ms[i]);
			story_want(s, up_ms <= 30, "after the last start all are up in",
			    up_ms);
			sim_free(s->sim);
		}
}

static void
story_with_an_old_node(struct story *s)
{
	struct sim_conf conf = story_conf(s, 2, 1000, 8000);
	int64_t up_ms;

	conf.old[1] = true;
	up_ms = story_start(s, &conf, 40);
	/* It answers at its timer ticks: ours waits for two of them at the most. */
	story_want(s, up_ms <= 1100, "with an old node up in", up_ms);
	sim_free(s->sim);
}

static void
story_death(struct story *s, int64_t after_ms)
{
	struct sim_conf conf = story_conf(s, 2, 100, 500);
	int64_t heard_ms;

	s->sim = sim_new(&conf);
	sim_boot(s->sim, 0);
	sim_boot(s->sim, 1);
	sim_run(s->sim, after_ms);
	heard_ms = s->sim->now / SIM_MS;
	sim_crash(s->sim, 1, false);
	sim_run(s->sim, 3000);
	/* Its last heartbeat was up to a keepalive before. */
	story_want(s, s->dead_at - heard_ms >= 400 && s->dead_at - heard_ms <= 501,
	    "dead after", s->dead_at - heard_ms);
	sim_free(s->sim);
}

static void
story_dies_running(struct story *s)
{
	story_death(s, 20000);
}

static void
story_dies_just_started(struct story *s)
{
	story_death(s, 700);
}

static void
story_quick_restart(struct story *s)
{
	struct sim_conf conf = story_conf(s, 2, 1000, 8000);
	int64_t begin_ms;

	story_want(s, story_start(s, &conf, 0) <= 30, "up in", s->up_at[1]);
	begin_ms = s->sim->now / SIM_MS;
	sim_crash(s->sim, 1, false);
	s->up_at[1] = 0;
	sim_boot(s->sim, 1);
	sim_run(s->sim, 500);
	story_want(s, s->restarted_at > 0 && s->restarted_at - begin_ms <= 1,
	    "seen after", s->restarted_at - begin_ms);
	story_want(s, s->up_at[1] > 0 && s->up_at[1] - begin_ms <= 30, "up again after",
	    s->up_at[1] - begin_ms);
	story_want(s, s->dead_at == 0, "nobody died", s->dead_at);
	sim_free(s->sim);
}

/* As many nodes as anybody has: all are up at once, each sees the same death at deadtime,
 * nobody else dies. */
static void
story_sixty_four(struct story *s)
{
	struct sim_conf conf = story_conf(s, 64, 500, 2000);
	int64_t heard_ms;

	conf.check_every = 1009; /* each looks at every pair of nodes */
	story_want(s, story_start(s, &conf, 7) <= 30, "all up in", s->up_at[63]);
	heard_ms = s->sim->now / SIM_MS;
	sim_crash(s->sim, 63, false);
	sim_run(s->sim, 6000);
	story_want(s, s->dead_at - heard_ms >= 1500 && s->dead_at - heard_ms <= 2001,
	    "dead after", s->dead_at - heard_ms);
	for (size_t i = 0; i + 1 < conf.node_count; i++)
		for (size_t k = 0; k < conf.node_count; k++) {
			const struct memb_node *node =
			    memb_node_at(s->sim->node[i].memb, k);

			story_want(s, node->status == (k == 63 ? MEMB_DEAD : MEMB_ACTIVE),
			    "everybody agrees but", (int64_t)(100 * i + k));
		}
	sim_free(s->sim);
}

int
memb_stories(void)
{
	static const struct {
		const char *name;
		void (*run)(struct story *s);
	} stories[] = {
		{ "started-together", story_together },
		{ "started-with-an-old-node", story_with_an_old_node },
		{ "dies-running", story_dies_running },
		{ "dies-just-started", story_dies_just_started },
		{ "quick-restart", story_quick_restart },
		{ "sixty-four-nodes", story_sixty_four },
	};
	int failed = 0;

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct story s = { .name = stories[i].name };

		stories[i].run(&s);
		if (!s.failed)
			printf("ok memb_sim/%s\n", s.name);
		failed += s.failed;
	}
	return failed;
}
