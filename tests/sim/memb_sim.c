/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swarm of membership: each seed draws a cluster, a network, traffic and faults, and
 * after every step:
 *  - membership's own invariants hold (memb_check);
 *  - no message is delivered twice or out of the order of its sender, and none is left
 *    out silently: only after a death, a restart or a partition that was told, or a
 *    loss that was logged;
 *  - a frame that was already heard, damaged, or of an older life of its sender changes
 *    nothing;
 *  - where nothing but crashes and stalls happens, nobody who runs is declared dead, and
 *    the dead are in time;
 *  - nobody goes from active back to up without a new life.
 * Then the faults stop: within a bound all agree on who is on, and the last
 * message of everybody arrives.
 *
 *   memb_sim [--seeds A-B] [--seed N [--trace]]
 */
#include "tests/sim/memb_story.h"
#include "tests/sim/memb_swarm.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const mark_names[] = { "deaths", "restarts", "partitions", "repaired",
	"refused", "lost", "pauses", "stalls", "self-silent", "replays", "old-lives",
	"damaged", "wiped", "big", "pieces", "rested" };
uint64_t marks[MARK_COUNT];
struct swarm w;

/* One seed. */

static void
draw(struct sim_conf *conf, uint64_t seed, bool trace)
{
	static const int64_t keepalives[] = { 50, 100, 500, 1000, 2000 };
	struct sim *dice = sim_new(
	    &(struct sim_conf){ .node_count = 1, .link_count = 1, .seed = seed * 77 });

	*conf =
	    (struct sim_conf){ .node_count =
		                   sim_chance(dice, 5000) ? 2 : 2 + sim_below(dice, 4),
		    .link_count = 1 + sim_below(dice, 3),
		    .ping_count = sim_below(dice, 2),
		    .keepalive_ms = keepalives[sim_below(dice, 5)],
		    .loopback = sim_chance(dice, 5000),
		    .manages_resources = sim_chance(dice, 5000),
		    .above = &memb_watch,
		    .seed = seed,
		    .trace = trace };
	conf->deadtime_ms = conf->keepalive_ms * (int64_t)(4 + sim_below(dice, 8));
	conf->warntime_ms = conf->deadtime_ms / 2;
	conf->initdead_ms = conf->deadtime_ms * (int64_t)(1 + sim_below(dice, 3));
	for (size_t i = 0; i < conf->node_count; i++)
		conf->old[i] = sim_chance(dice, 1500);
	w.class = (enum class)sim_below(dice, CLASS_COUNT);
	w.traffic_ms = conf->keepalive_ms * (int64_t)(2 + sim_below(dice, 8));
	w.flood = sim_chance(dice, 300);
	/* So little that heartbeats come to wait, in the form in which they may. */
	if (sim_chance(dice, 5000))
		conf->form = MSG_NETSTRING_AUTH;
	if (sim_chance(dice, 4000))
		w.traffic_ms *= 8;
	sim_free(dice);
}

static void
draw_network(struct sim *sim)
{
	for (size_t l = 0; l < sim->conf.link_count; l++) {
		struct sim_link *link = &sim->link[l];

		link->delay_min_us = (int64_t)sim_below(sim, 1000);
		link->delay_max_us =
		    link->delay_min_us +
		    (int64_t)sim_below(sim, sim_chance(sim, 3000) ? 30000 : 500);
		if (w.class <= STALLS)
			continue;
		link->loss = (unsigned)sim_below(sim, w.class == LOSSY ? 2000 : 5000);
		link->twice = sim_chance(sim, 5000) ? (unsigned)sim_below(sim, 2000) : 0;
		link->damage = sim_chance(sim, 5000) ? (unsigned)sim_below(sim, 500) : 0;
	}
}

static void
take_marks(struct sim *sim)
{
	marks[MARK_RESTED] += sim->rested;
	for (size_t i = 0; i < sim->conf.node_count; i++) {
		const struct memb_stats *stats;

		for (int drop = MSG_DROP_NONE + 1; drop < MSG_DROP_COUNT; drop++)
			marks[MARK_DAMAGED] += sim->node[i].dropped[drop];
		if (!sim->node[i].memb)
			continue;
		stats = memb_stats(sim->node[i].memb);
		marks[MARK_REPAIRED] += stats->resent;
		marks[MARK_REFUSED] += stats->naks_received;
		marks[MARK_LOST] += stats->lost;
		marks[MARK_STALL] += stats->stalls;
	}
}

static void
calm_down(struct sim *sim)
{
	int64_t bound_ms = 2 * sim->conf.initdead_ms + 4 * sim->conf.deadtime_ms + 8000;
	uint64_t told[SIM_NODE_MAX];

	sim_heal(sim);
	for (size_t i = 0; i < sim->conf.node_count; i++)
		if (sim_chance(sim, 7000))
			memb_boot_again(sim, NULL, i);
	w.over = true;
	if (!sim_run_until(sim, sim_settled, bound_ms)) {
		memb_fail("no agreement %" PRId64 " ms after the faults stopped",
		    bound_ms);
		return;
	}
	/* Whatever was still being repaired ends now; nobody may be unsure any more. */
	sim_run(sim, 2 * sim->conf.deadtime_ms + 2000);
	w.quiet = true;
	sim_run(sim, w.traffic_ms + 1500);
	for (size_t i = 0; i < sim->conf.node_count; i++)
		told[i] = w.tester[i].told;
	sim_run(sim, 10 * sim->conf.keepalive_ms);
	for (size_t i = 0; i < sim->conf.node_count; i++)
		if (told[i] != w.tester[i].told)
			memb_fail("%s is still telling news", sim->node[i].name);
	if (!sim_settled(sim))
		memb_fail("they do not agree any more");
	for (size_t i = 0; i < sim->conf.node_count; i++) {
		char text[64];

		snprintf(text, sizeof(text), "t=tst;n=%" PRIu64, ++w.tester[i].n);
		if (sim->node[i].memb && sim_send(sim, i, text, true) < 0)
			memb_fail("%s cannot send", sim->node[i].name);
	}
	sim_run(sim, 1000 + 2 * sim->conf.keepalive_ms);
	memb_check_complete(sim);
}

static int64_t
run_seed(uint64_t seed, bool trace)
{
	struct sim_conf conf;
	struct sim *sim;
	int64_t passed;

	memset(&w, 0, sizeof(w));
	w.seed = seed;
	draw(&conf, seed, trace);
	w.sim = sim = sim_new(&conf);
	sim->heard = memb_frame_heard;
	draw_network(sim);
	sim_note(sim, NULL,
	    "seed %" PRIu64 ": %s, %zu nodes, %zu links, keepalive %" PRId64
	    ", deadtime %" PRId64 ", initdead %" PRId64,
	    seed, class_names[w.class], conf.node_count, conf.link_count,
	    conf.keepalive_ms, conf.deadtime_ms, conf.initdead_ms);
	for (size_t i = 0; i < conf.node_count; i++) {
		sim_after(sim, (int64_t)sim_below(sim, (uint64_t)conf.initdead_ms * 2),
		    memb_boot_again, NULL, i);
		sim_after(sim, (int64_t)sim_below(sim, 1000), memb_traffic, NULL, i);
	}
	sim_after(sim, conf.initdead_ms, memb_fault, NULL, 0);
	sim_run(sim, conf.keepalive_ms * 150);
	if (!w.failed)
		calm_down(sim);
	take_marks(sim);
	if (trace)
		sim_print_trace(sim, STDOUT_FILENO);
	passed = sim->now;
	sim_free(sim);
	return passed;
}

static void
on_abort(int signo)
{
	char text[100];
	int n = snprintf(text, sizeof(text),
	    "not ok memb_sim: seed %" PRIu64 ": signal %d\n", w.seed, signo);

	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(2);
	if (w.sim)
		sim_print_trace(w.sim, STDOUT_FILENO);
	_exit(1);
}

static void
print_marks(double virtual_s, double real_s)
{
	printf("# memb_sim: %.1f cluster-hours in %.1f s: %.0f a minute; marks:",
	    virtual_s / 3600, real_s, virtual_s / 60 / real_s);
	for (size_t i = 0; i < MARK_COUNT; i++)
		printf(" %s %" PRIu64, mark_names[i], marks[i]);
	printf("\n");
}

int
main(int argc, char **argv)
{
	uint64_t from = 1, to = 1000;
	bool trace = false;
	double virtual_s = 0;
	struct timespec begin, end;
	unsigned failed = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0) {
			trace = true;
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			from = to = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc &&
		           sscanf(argv[i + 1], "%" SCNu64 "-%" SCNu64, &from, &to) == 2) {
			i++;
		} else {
			fprintf(stderr,
			    "usage: memb_sim [--seeds A-B] [--seed N [--trace]]\n");
			return 2;
		}
	}
	signal(SIGABRT, on_abort);
	if (from != to)
		failed += (unsigned)(memb_stories() + memb_hauls());
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (uint64_t seed = from; seed <= to && failed < 20; seed++) {
		virtual_s += (double)run_seed(seed, trace) / 1e9;
		failed += w.failed;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_marks(virtual_s, (double)(end.tv_sec - begin.tv_sec) +
	                           (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	for (size_t i = 0; i < MARK_COUNT && to - from >= 999; i++) {
		if (marks[i] == 0)
			printf("not ok memb_sim/mark-%s: no seed went that way\n",
			    mark_names[i]);
		failed += marks[i] == 0;
	}
	if (failed == 0)
		printf("ok memb_sim/seeds-%" PRIu64 "-%" PRIu64 "\n", from, to);
	else
		printf("# replay: memb_sim --seed N --trace\n");
	return failed ? 1 : 0;
}
