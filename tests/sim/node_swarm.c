/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swarm of whole nodes: membership, resources and messages of up to five machines over a
 * network that a seed makes good or bad.  The seed draws everything, even how probable
 * each kind of trouble is (node_draw.c); what must hold stands in node_rules.c and
 * node_frames.c, and is looked at after every step.  Then the trouble ends, and within a
 * bound the cluster must be at rest.
 *
 *   node_swarm [--seeds A-B | --seed N | --minutes M] [--trace] [--marks] [--profile
 * NAME]
 *
 * A seed's number says its profile, too: seed N is always the same story.  --seed N
 * --trace prints that story.  --minutes M runs fresh seeds for so long.
 */
#include "tests/sim/node_swarm.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEEDS_DEFAULT 3000
#define STEPS_MAX 4000000 /* of one seed: more is a loop */
#define FAILED_MAX 10     /* then it ends */

struct options {
	uint64_t first, last;
	int64_t minutes; /* 0 = not by time */
	int profile;     /* -1 = all */
	bool trace, marks;
};

struct tally {
	uint64_t seeds, failed;
	double virtual_s;
};

static struct node_swarm swarm;

/* An assertion of a core failed: say where. */
static void
on_abort(int number)
{
	char text[120];
	int n = snprintf(text, sizeof(text),
	    "not ok node_swarm/%s: seed %" PRIu64 ": signal %d\n",
	    node_profile_names[swarm.profile], swarm.seed, number);

	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(3);
	if (swarm.c.sim)
		sim_print_trace(swarm.c.sim, STDOUT_FILENO);
	_exit(1);
}

/* Up to UNTIL, unless something is wrong. */
static void
run_until(struct node_swarm *s, int64_t until)
{
	while (!s->failure[0] && sim_step(s->c.sim, until)) {
		node_rules_step(s);
		if (s->c.sim->steps > STEPS_MAX)
			node_fail(s, "no end: %" PRIu64 " steps", s->c.sim->steps);
	}
}

/* How long all that was begun may take: hung scripts, stops tried again, two restarts
 * with their pauses and local timers, a set given away after a failed start. */
static int64_t
calm_bound_ms(const struct node_swarm *s)
{
	int64_t troubled_ms = 0;

	for (size_t i = 0; i < s->c.conf.node_count; i++) {
		int64_t left_ms = (s->watcher[i].troubled - s->c.sim->now) / SIM_MS;

		if (left_ms > troubled_ms)
			troubled_ms = left_ms;
	}
	return 180000 + 3 * s->c.conf.initdead_ms + 10 * s->grace_ms + 3 * s->release_ms +
	       2 * troubled_ms;
}

static void
calm_down(struct node_swarm *s)
{
	int64_t bound_ms = calm_bound_ms(s), until = s->c.sim->now + bound_ms * SIM_MS;
	int64_t hold_ms = (s->fail_percent ? 33000 : 12000) + 2 * s->grace_ms,
	        rest_since = -1;
	char why[400];

	while (!s->failure[0]) {
		bool rest;

		node_start_all(s);
		run_until(s, s->c.sim->now + 200 * SIM_MS);
		rest = node_is_at_rest(s);
		if (!rest)
			rest_since = -1;
		else if (rest_since < 0)
			rest_since = s->c.sim->now;
		if (rest && s->c.sim->now - rest_since > hold_ms * SIM_MS)
			break;
		if (s->c.sim->now < until || s->failure[0])
			continue;
		node_unrest(s, why, sizeof(why));
		node_fail(s, "no rest %" PRId64 " ms after the trouble: %s", bound_ms,
		    why);
	}
	node_last_message(s);
	run_until(s, s->c.sim->now + (2000 + 2 * s->c.conf.keepalive_ms) * SIM_MS);
	if (!s->failure[0])
		node_check_last(s);
	if (!s->failure[0] && !node_is_at_rest(s)) {
		node_unrest(s, why, sizeof(why));
		node_fail(s, "they do not stay at rest: %s", why);
	}
}

static void
print_story(struct node_swarm *s)
{
	const struct cluster_conf *conf = &s->c.conf;

	sim_note(s->c.sim, NULL,
	    "seed %" PRIu64 ", %s: %zu nodes, %zu links, keepalive %" PRId64
	    ", deadtime %" PRId64 ", initdead %" PRId64
	    ", failback %d, %s, script_timeout %" PRId64,
	    s->seed, node_profile_names[s->profile], conf->node_count, conf->link_count,
	    conf->keepalive_ms, conf->deadtime_ms[0], conf->initdead_ms,
	    (int)conf->failback[0], conf->can_fence ? "fencing" : "no fencing",
	    conf->script_timeout_ms);
	for (const char *line = s->haresources; *line; line += strcspn(line, "\n") + 1)
		sim_note(s->c.sim, NULL, "haresources: %.*s", (int)strcspn(line, "\n"),
		    line);
}

/* True when nothing was wrong. */
static bool
run_seed(uint64_t seed, enum profile profile, bool trace, struct tally *tally)
{
	struct node_swarm *s = &swarm;

	node_draw(s, seed, profile, trace);
	for (size_t a = 0; a < CLUSTER_NODE_MAX; a++)
		for (size_t b = 0; b < CLUSTER_NODE_MAX; b++)
			s->whole_since[a][b] = 0;
	node_rules_install(s);
	node_frames_install(s);
	print_story(s);
	node_trouble_begin(s);
	run_until(s, s->c.sim->now + s->trouble_ms * SIM_MS);
	if (!s->failure[0]) {
		sim_note(s->c.sim, NULL, "THE TROUBLE IS OVER");
		node_heal(s);
		calm_down(s);
	}
	if (trace)
		sim_print_trace(s->c.sim, STDOUT_FILENO);
	tally->seeds++;
	tally->virtual_s += (double)s->c.sim->now / 1e9;
	cluster_clear(&s->c);
	s->c.sim = NULL;
	if (!s->failure[0])
		return true;
	tally->failed++;
	printf("not ok node_swarm/%s: seed %" PRIu64 ": %s\n",
	    node_profile_names[profile], seed, s->failure);
	fflush(stdout);
	return false;
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: node_swarm [--seeds A-B | --seed N | --minutes M] [--trace] "
	    "[--marks] [--profile NAME]\n");
	return 2;
}

static bool
parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "--trace") == 0) {
			o->trace = true;
		} else if (strcmp(argv[i], "--marks") == 0) {
			o->marks = true;
		} else if (strcmp(argv[i], "--seed") == 0 && more) {
			o->first = o->last = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--minutes") == 0 && more) {
			o->minutes = strtoll(argv[++i], NULL, 10);
			o->first = (uint64_t)time(NULL) * 100000;
			o->last = UINT64_MAX;
		} else if (strcmp(argv[i], "--seeds") == 0 && more &&
		           sscanf(argv[i + 1], "%" SCNu64 "-%" SCNu64, &o->first,
		               &o->last) == 2) {
			i++;
		} else if (strcmp(argv[i], "--profile") == 0 && more) {
			for (o->profile = 0; o->profile < PROFILE_COUNT; o->profile++)
				if (strcmp(argv[i + 1], node_profile_names[o->profile]) ==
				    0)
					break;
			i++;
			if (o->profile == PROFILE_COUNT)
				return false;
		} else {
			return false;
		}
	}
	return true;
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
report(const struct options *o, const struct tally *tally, const uint64_t *mark,
    double took_s)
{
	double hours = 0;
	uint64_t seeds = 0;

	for (size_t i = 0; i < MARK_COUNT && o->marks; i++)
		printf("# %8" PRIu64 " %s\n", mark[i], node_mark_names[i]);
	for (size_t p = 0; p < PROFILE_COUNT; p++) {
		hours += tally[p].virtual_s / 3600;
		seeds += tally[p].seeds;
		if (tally[p].seeds > 0 && tally[p].failed == 0)
			printf("ok node_swarm/%s, %" PRIu64
			       " seeds, %.1f cluster-hours\n",
			    node_profile_names[p], tally[p].seeds,
			    tally[p].virtual_s / 3600);
	}
	printf("# node_swarm: %" PRIu64
	       " seeds, %.1f cluster-hours in %.1f s: %.0f seeds and %.1f "
	       "cluster-hours a minute\n",
	    seeds, hours, took_s, (double)seeds * 60 / took_s, hours * 60 / took_s);
}

int
main(int argc, char **argv)
{
	struct options o = { .first = 1, .last = SEEDS_DEFAULT, .profile = -1 };
	struct tally tally[PROFILE_COUNT] = { 0 };
	uint64_t mark[MARK_COUNT] = { 0 }, failed = 0;
	double begin = seconds_now(), end;

	if (!parse(argc, argv, &o))
		return usage();
	end = begin + (double)o.minutes * 60;
	signal(SIGABRT, on_abort);
	for (uint64_t seed = o.first; seed <= o.last && failed < FAILED_MAX; seed++) {
		enum profile p = (enum profile)(seed % PROFILE_COUNT);

		if (o.minutes > 0 && seconds_now() >= end)
			break;
		if (o.profile >= 0 && p != (enum profile)o.profile)
			continue;
		failed += !run_seed(seed, p, o.trace, &tally[p]);
		for (size_t i = 0; i < MARK_COUNT; i++)
			mark[i] += swarm.mark[i];
	}
	report(&o, tally, mark, seconds_now() - begin);
	if (failed)
		printf("# replay: node_swarm --seed N --trace\n");
	return failed ? 1 : 0;
}
