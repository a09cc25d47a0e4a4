/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many small clusters of resource cores in trouble.  A seed draws everything: nodes and
 * settings, groups, what scripts do, crashes, restarts, stops, hand-overs, partitions,
 * nodes that stand still.  Then the trouble ends, and the cluster must come to rest.
 * What is checked stands in rsc_swarm_rules.c.
 *
 * usage: rsc_swarm [--seeds A-B | --seed N] [--trace] [--nodes N] [--old-peers]
 *                  [--fence] [--marks]
 */
#include "tests/sim/rsc_swarm.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TROUBLE_US (300 * BUS_SEC) /* at most */
#define CALM_US (600 * BUS_SEC)    /* the longest script, timers, a restart */
#ifdef __SANITIZE_ADDRESS__
#define SEEDS 2000
#else
#define SEEDS 20000
#endif
#define STEPS_MAX 200000 /* more is a loop */

struct options {
	uint64_t first, last;
	struct swarm_wish wish;
	bool trace, marks;
};

static struct swarm swarm;
static bool old_peers;

/* An assertion of the core failed: say where. */
static void
on_abort(int number)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "not ok rsc_swarm/%s: seed %llu aborts\n",
	    old_peers ? "old peers" : "cores", (unsigned long long)swarm.seed);

	if (n > 0 && write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(3);
	signal(number, SIG_DFL);
	raise(number);
}

static void
run_until(struct swarm *s, int64_t at)
{
	while (bus_next(&s->bus) <= at && !s->failure[0]) {
		bus_step(&s->bus);
		if (s->bus.steps > STEPS_MAX)
			swarm_fail(s, "no end: %llu steps",
			    (unsigned long long)s->bus.steps);
	}
	if (!s->failure[0])
		s->bus.now = at;
}

static void
heal(struct swarm *s)
{
	bus_note(&s->bus, BUS_NODE_MAX, "event", "the trouble is over");
	s->healed = true;
	for (size_t i = 0; i < s->bus.conf.node_count; i++)
		for (size_t k = 0; k < i; k++)
			bus_cut(&s->bus, i, k, false);
}

/* Nodes that somebody stopped for good are started by hand, when they are down. */
static bool
start_all(struct swarm *s)
{
	bool all = true;

	for (size_t i = 0; i < s->bus.conf.node_count; i++) {
		if (s->bus.node[i].life == BUS_OFF && !s->bus.node[i].restarting)
			bus_start(&s->bus, i);
		all = all && s->bus.node[i].life == BUS_ON;
	}
	return all;
}

static bool
seed_run(uint64_t seed, const struct options *options)
{
	struct swarm *s = &swarm;
	int64_t calm;

	swarm_draw(s, seed, &options->wish);
	swarm_rules_install(s);
	s->bus.trace = options->trace ? stdout : NULL;
	if (options->trace)
		printf("%s", s->haresources);
	swarm_act_later(s);
	run_until(s, (int64_t)bus_random(&s->bus, TROUBLE_US));
	heal(s);
	calm = s->bus.now + CALM_US;
	for (int64_t at = s->bus.now; at < calm && !s->failure[0]; at += 20 * BUS_SEC) {
		start_all(s);
		run_until(s, at);
	}
	if (!s->failure[0])
		swarm_check_end(s);
	bus_free(&s->bus);
	return s->failure[0] == '\0';
}

static bool
parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0) {
			o->trace = true;
		} else if (strcmp(argv[i], "--old-peers") == 0) {
			o->wish.old_peers = true;
		} else if (strcmp(argv[i], "--fence") == 0) {
			o->wish.fence = true;
		} else if (strcmp(argv[i], "--marks") == 0) {
			o->marks = true;
		} else if (strcmp(argv[i], "--nodes") == 0 && i + 1 < argc) {
			o->wish.node_count = strtoul(argv[++i], NULL, 10);
			if (o->wish.node_count < 2 || o->wish.node_count > BUS_NODE_MAX)
				return false;
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			o->first = o->last = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
			char *end;

			o->first = strtoull(argv[++i], &end, 10);
			o->last = *end == '-' ? strtoull(end + 1, NULL, 10) : o->first;
		} else {
			fprintf(stderr,
			    "usage: rsc_swarm [--seeds A-B | --seed N] [--trace] "
			    "[--nodes N] [--old-peers] [--fence] [--marks]\n");
			return false;
		}
	}
	return true;
}

static bool
seeds_run(const struct options *options)
{
	uint64_t mark[MARK_COUNT] = { 0 }, failed = 0, steps = 0;
	const char *what = options->wish.old_peers ? "old peers"
	                   : options->wish.fence   ? "fencing"
	                                           : "cores";

	old_peers = options->wish.old_peers;
	for (uint64_t seed = options->first; seed <= options->last && failed < 10;
	     seed++) {
		if (!seed_run(seed, options)) {
			printf("not ok rsc_swarm/%s: seed %llu: %s\n", what,
			    (unsigned long long)seed, swarm.failure);
			failed++;
		}
		steps += swarm.bus.steps;
		for (size_t i = 0; i < MARK_COUNT; i++)
			mark[i] += swarm.mark[i];
	}
	for (size_t i = 0; i < MARK_COUNT && options->marks; i++)
		printf("# %8llu %s\n", (unsigned long long)mark[i], swarm_mark_names[i]);
	if (failed == 0)
		printf("ok rsc_swarm/%s, seeds %llu to %llu, %llu steps\n", what,
		    (unsigned long long)options->first, (unsigned long long)options->last,
		    (unsigned long long)steps);
	return failed == 0;
}

int
main(int argc, char **argv)
{
	struct options options = { .first = 1, .last = SEEDS };
	bool ok;

	if (!parse(argc, argv, &options))
		return 2;
	signal(SIGABRT, on_abort);
	ok = seeds_run(&options);
	if (argc == 1) {
		options.wish.old_peers = true;
		options.last = SEEDS / 4;
		ok = seeds_run(&options) && ok;
		options.wish = (struct swarm_wish){ .fence = true };
		ok = seeds_run(&options) && ok;
	}
	return ok ? 0 : 1;
}
