/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start, death, fencing, partition, leaving, legacy mode (spec 6, 8, 9, 10). */
#include "tests/unit/rsc_fixture.h"

#include <errno.h>

static const struct bench_conf off = { .failback = FAILBACK_OFF };
static const struct bench_conf legacy = { .failback = FAILBACK_LEGACY };

/* Start. */

/* clang-format off */
static const struct {
	const char *says; /* what bravo holds; NULL: it says nothing */
	int stable;
	int64_t wait_ms;
	bool starts;
	const char *why;
} start_cases[] = {
	{ "none", 1, 0, true, "nobody holds it" },
	{ "none", 0, 20000, false, "it may be stopping it" },
	{ "local", 1, 0, true, "the other has its own" },
	{ "all", 1, 0, false, "the other has ours" },
	{ "foreign", 1, 0, false, "the other has ours alone" },
	{ "all", 0, 9999, false, "it is just taking it over" },
	{ NULL, 0, 9999, false, "who says nothing may have it" },
	{ NULL, 0, 13999, false, "an active one has a deadtime more" },
};
/* clang-format on */

static void
test_start(void)
{
	for (size_t i = 0; i < ARRAY_LEN(start_cases); i++) {
		struct bench *b = bench_new(&off);

		bench_node(b, "bravo", RSC_NODE_ACTIVE);
		rsc_comm_up(b->rsc, b->now);
		CHECK_STR(bench_said(b), "send starting\n", "each is asked");
		if (start_cases[i].says)
			bench_holds(b, "bravo", start_cases[i].says,
			    start_cases[i].stable);
		bench_pass(b, start_cases[i].wait_ms);
		CHECK_INT(b->runs, start_cases[i].starts, "%s", start_cases[i].why);
		bench_free(b);
	}
}

static void
test_starting_early(void)
{
	struct bench *b = bench_new(&off);

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_message(b, "bravo", "starting", "");
	CHECK_STR(bench_said(b), "", "before communication is up there is no answer");
	rsc_comm_up(b->rsc, b->now);
	CHECK_STR(bench_said(b),
	    "send starting\nsend resource rsc_hold=none rtype=full isstable=0\n",
	    "then there is");
	bench_free(b);
}

/* An old peer's "none, not stable": is it coming or going? */
static void
test_coming_or_going(void)
{
	struct bench *b = bench_new(&off);

	bench_node(b, "bravo", RSC_NODE_JOINING);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "bravo", "none", 0);
	CHECK_INT(b->runs, 1,
	    "it came up before our eyes: there is nothing that it could stop");
	bench_free(b);

	b = bench_new(&off);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "bravo", "none", 0);
	bench_pass(b, 60000);
	CHECK_INT(b->runs, 0, "its stops may take long");
	bench_message(b, "bravo", "shutdone", "st=dead");
	CHECK_INT(b->runs, 1, "now they are done");
	bench_free(b);

	b = bench_new(&off);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "bravo", "none", 0);
	bench_holds(b, "bravo", "local", 1);
	CHECK_INT(b->runs, 1, "it was only waiting, and has its own now");
	bench_free(b);
}

/* An answer belongs to a question, if the other one knows of that. */
static void
test_stale_report(void)
{
	struct bench *b = bench_new(&off);
	char fields[96];

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=1 hbans=-");
	CHECK(!b->runs, "said before it was asked: it may have been on its way for long");
	snprintf(fields, sizeof(fields), "rsc_hold=all rtype=full isstable=1 hbans=%llx",
	    (unsigned long long)b->now.ns);
	bench_message(b, "bravo", "resource", fields);
	CHECK_STR(rsc_word(b->rsc), "none", "that is the answer");
	bench_free(b);
}

static void
test_alone(void)
{
	struct bench *b = bench_new(&off);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK_STR(bench_said(b), "", "nothing before communication is up");
	rsc_comm_up(b->rsc, b->now);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "at once");
	CHECK(bench_logged(b, "mach_down takeover complete for node bravo."),
	    "looked for");
	bench_free(b);
}

static void
test_legacy_peer(void)
{
	struct bench *b = bench_new(&off);

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_pass(b, 13999);
	bench_forget(b);
	bench_pass(b, 1);
	CHECK_STR(bench_said(b),
	    "send ip-request ipaddr=TrA::1\nsend resource rsc_hold=local rtype=full "
	    "isstable=0\n"
	    "send resource rsc_hold=local rtype=full isstable=1\n",
	    "it runs its own, and is asked for ours");
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=alpha ipaddr=TrA::1 weown=no ok=OK");
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "local", "mixed, but alive");
	bench_message(b, "bravo", "ip-request", "ipaddr=TrC::3");
	bench_work(b);
	CHECK(strstr(b->said,
	          "send ip-request-resp dest=bravo ipaddr=TrC::3 weown=no ok=OK"),
	    "it is answered like by a legacy node");
	bench_free(b);
}

static void
test_exec_restart(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .restarted = true,
	    .hold = "all" });

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	CHECK_STR(bench_said(b),
	    "send starting\nsend resource rsc_hold=all rtype=full isstable=0\n",
	    "what was kept is said at once");
	bench_holds(b, "bravo", "none", 1);
	CHECK(!b->runs, "no script runs");
	CHECK_STR(rsc_word(b->rsc), "all", "as before");
	bench_free(b);
}

/* Both were apart, took everything, and were reloaded: neither is stable before it has
 * decided. */
static void
test_exec_restart_of_both(void)
{
	for (int first = 0; first < 2; first++) {
		struct bench *b =
		    bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
		        .self = first ? "alpha" : "bravo",
		        .restarted = true,
		        .hold = "all" });
		const char *peer = first ? "bravo" : "alpha";

		bench_node(b, peer, RSC_NODE_ACTIVE);
		rsc_comm_up(b->rsc, b->now);
		bench_message(b, peer, "starting", "");
		bench_forget(b);
		bench_holds(b, peer, "all", 0);
		CHECK(strstr(b->said,
		          "send resource rsc_hold=local rtype=full isstable=0 "
		          "info=standby\n"),
		    "it keeps its own and does not wait");
		bench_work(b);
		CHECK(strstr(b->said, first ? "run stop TrC::3" : "run stop TrA::1"),
		    "the other's is stopped");
		CHECK(!strstr(b->said, first ? "run stop TrA::1" : "run stop TrC::3"),
		    "its own goes on");
		bench_holds(b, peer, "local", 1);
		bench_work(b);
		CHECK_STR(rsc_word(b->rsc), "local", "and all is at rest");
		bench_free(b);
	}
}

/* Of a node that has our set and not we, it is known that it will be stable soon. */
static void
test_exec_restart_beside_takeover(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .restarted = true,
	    .hold = "none" });

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "bravo", "all", 0);
	CHECK(!rsc_is_settled(b->rsc), "it is just taking it over");
	bench_holds(b, "bravo", "all", 1);
	CHECK(rsc_is_settled(b->rsc), "it has it");
	bench_free(b);
}

/* Death. */

/* clang-format off */
static const struct {
	const char *held; /* what bravo said last; NULL: nothing */
	bool shut_down, can_fence;
	const char *said;
	bool taken; /* at once */
	const char *why;
} death_cases[] = {
	{ "local", false, false, "send stonith node=bravo result=n_stnth\n", true,
	  "without a device it is taken at once" },
	{ "local", false, true, "fence bravo\n", false, "with one it must be reset first" },
	{ NULL, false, true, "fence bravo\n", false, "unknown is everything" },
	{ "none", false, true, "fence bravo\n", false,
	  "if it lives somewhere it may take its own set, which is free" },
	{ "none", false, false, "send stonith node=bravo result=unneeded\n", true,
	  "without a device its word is all there is" },
	{ "local", true, true, "send stonith node=bravo result=unneeded\n", true,
	  "it gave everything up" },
};
/* clang-format on */

static void
test_death(void)
{
	for (size_t i = 0; i < ARRAY_LEN(death_cases); i++) {
		struct bench *b =
		    bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
		        .can_fence = death_cases[i].can_fence });
		size_t len = strlen(death_cases[i].said);

		bench_node(b, "bravo", RSC_NODE_ACTIVE);
		rsc_comm_up(b->rsc, b->now);
		if (death_cases[i].held)
			bench_holds(b, "bravo", death_cases[i].held, 1);
		if (death_cases[i].shut_down)
			bench_message(b, "bravo", "shutdone", "st=dead");
		bench_work(b);
		bench_forget(b);
		b->on[2] = b->on[3] = false;
		bench_node(b, "bravo", RSC_NODE_DEAD);
		CHECK(strncmp(b->said, death_cases[i].said, len) == 0, "%s",
		    death_cases[i].why);
		bench_work(b);
		CHECK_INT(strcmp(rsc_hold_word(b->rsc), "all") == 0, death_cases[i].taken,
		    "%s", death_cases[i].why);
		bench_free(b);
	}
}

static void
test_fence_retry(void)
{
	struct bench *b = bench_two(
	    &(struct bench_conf){ .failback = FAILBACK_OFF, .can_fence = true });

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_forget(b);
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_FAILED);
	CHECK_STR(bench_said(b), "send stonith node=bravo result=bad\n",
	    "and nothing else");
	CHECK(bench_logged(b, "STONITH of bravo failed.  Retrying..."), "looked for");
	bench_pass(b, 5000);
	CHECK_STR(bench_said(b), "fence bravo\n", "again after 5 s");
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_BADHOST);
	CHECK_STR(bench_said(b), "send stonith node=bravo result=badhost\n",
	    "another failure");
	bench_pass(b, 5000);
	bench_forget(b);
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_OK);
	CHECK(strstr(b->said, "send stonith node=bravo result=OK\n"), "at last");
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "now it is taken");
	bench_free(b);
}

static void
test_fence_cancelled(void)
{
	struct bench *b = bench_two(
	    &(struct bench_conf){ .failback = FAILBACK_OFF, .can_fence = true });

	bench_node(b, "bravo", RSC_NODE_DEAD);
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_FAILED);
	bench_node(b, "bravo", RSC_NODE_JOINING);
	bench_forget(b);
	bench_pass(b, 20000);
	CHECK_STR(bench_said(b), "", "who is alive is not reset");
	CHECK_STR(rsc_hold_word(b->rsc), "local", "and keeps what it may have");
	bench_holds(b, "bravo", "none", 0);
	bench_holds(b, "bravo", "local", 1);
	CHECK_STR(rsc_word(b->rsc), "local", "back to normal");
	bench_free(b);
}

/* Who is shot at once, and who later? */
/* clang-format off */
static const struct {
	const char *self, *peer_holds;
	int64_t delay_ms, weaker_ms, wait_ms;
	const char *why;
} delay_cases[] = {
	{ "alpha", "local", 0, 0, 0, "no delay is configured" },
	{ "alpha", "local", 3000, 0, 3000, "this node always waits" },
	{ "alpha", "local", 0, 5000, 0, "as much as the other, and first in ha.cf" },
	{ "bravo", "local", 0, 5000, 5000, "as much as the other, and second in ha.cf" },
	{ "alpha", "all", 0, 5000, 5000, "the other may hold more" },
	{ "bravo", "none", 0, 5000, 0, "the other holds less" },
	{ "bravo", "all", 3000, 5000, 8000, "both" },
};
/* clang-format on */

static void
test_fence_delay(void)
{
	for (size_t i = 0; i < ARRAY_LEN(delay_cases); i++) {
		bool alpha = strcmp(delay_cases[i].self, "alpha") == 0;
		const char *peer = alpha ? "bravo" : "alpha";
		struct bench *b =
		    bench_new(&(struct bench_conf){ .self = delay_cases[i].self,
		        .failback = FAILBACK_OFF,
		        .can_fence = true,
		        .fence_delay_ms = delay_cases[i].delay_ms,
		        .fence_weaker_ms = delay_cases[i].weaker_ms });
		char want[32];

		snprintf(want, sizeof(want), "fence %s\n", peer);
		bench_node(b, peer, RSC_NODE_ACTIVE);
		rsc_comm_up(b->rsc, b->now);
		bench_message(b, peer, "starting", "");
		bench_holds(b, peer, delay_cases[i].peer_holds, 1);
		bench_work(b);
		bench_forget(b);
		bench_node(b, peer, RSC_NODE_DEAD);
		if (delay_cases[i].wait_ms > 0)
			bench_pass(b, delay_cases[i].wait_ms - 1);
		CHECK_INT(strcmp(b->said, want) == 0, delay_cases[i].wait_ms == 0, "%s",
		    delay_cases[i].why);
		bench_pass(b, 1);
		CHECK_STR(bench_said(b), want, "%s", delay_cases[i].why);
		bench_free(b);
	}
}

/* It is heard again while the device is at work. */
static void
test_fence_stopped(void)
{
	struct bench *b = bench_two(
	    &(struct bench_conf){ .failback = FAILBACK_OFF, .can_fence = true });

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_forget(b);
	bench_node(b, "bravo", RSC_NODE_JOINING);
	CHECK(strncmp(bench_said(b), "fence-stop bravo\n", 17) == 0,
	    "the device is called off");
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_OK);
	CHECK_STR(bench_said(b), "", "an answer is none any more");
	CHECK_STR(rsc_hold_word(b->rsc), "local", "nothing is taken");
	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK_STR(bench_said(b), "fence bravo\n", "anew, when it dies again");
	rsc_leave(b->rsc, b->now, "told to");
	CHECK(strncmp(b->said, "fence-stop bravo\n", 17) == 0, "we end");
	bench_free(b);
}

static void
test_fence_lied(void)
{
	struct bench *b = bench_two(
	    &(struct bench_conf){ .failback = FAILBACK_OFF, .can_fence = true });

	bench_node(b, "bravo", RSC_NODE_DEAD);
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_OK);
	bench_forget(b);
	CHECK(b->runs, "the takeover has begun");
	rsc_partition(b->rsc, b->now, "bravo", false);
	CHECK_STR(bench_said(b),
	    "fence-lied bravo\nsend stonith node=bravo result=bad info=alive\n",
	    "the device is no good, and bravo must know");
	CHECK(bench_logged(b, "node bravo lives, although the STONITH device said"),
	    "somebody must act");
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_forget(b);
	bench_work(b);
	CHECK(!strstr(b->said, "run start"), "nothing more is started");
	bench_free(b);
}

/* clang-format off */
static const struct {
	const char *fields;
	const char *said;
	const char *why;
} told_cases[] = {
	{ "node=alpha result=OK hbgen=2a", "tell fenced bravo\n", "this life of ours" },
	{ "node=alpha result=bad info=alive hbgen=2a", "tell fenced bravo\n", "it was believed" },
	{ "node=alpha result=OK hbgen=29", "", "the one before" },
	{ "node=alpha result=bad hbgen=2a", "", "it did not work" },
	{ "node=alpha result=OK", "", "an old node: given up in order" },
	{ "node=charlie result=OK hbgen=2a", "", "nobody of ours" },
	{ "result=OK", "", "no node" },
	{ "node=alpha", "", "no result" },
};
/* clang-format on */

static void
test_told_fenced(void)
{
	for (size_t i = 0; i < ARRAY_LEN(told_cases); i++) {
		struct bench *b = bench_two(
		    &(struct bench_conf){ .failback = FAILBACK_OFF, .can_fence = true });

		bench_message(b, "bravo", "stonith", told_cases[i].fields);
		CHECK(strncmp(b->said, told_cases[i].said, strlen(told_cases[i].said)) ==
		              0 &&
		          !strstr(b->said + strlen(told_cases[i].said), "fenced"),
		    "%s", told_cases[i].why);
		bench_pass(b, 100);
		bench_work(b);
		CHECK_INT(strstr(b->said, "tell restart") != NULL,
		    strcmp(told_cases[i].fields, "node=alpha result=OK") == 0, "%s",
		    told_cases[i].why);
		bench_free(b);
	}
}

/* Of three nodes one resets the dead one; the others believe it, if it is about the same
 * life. */
static void
test_fence_by_other(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .can_fence = true,
	    .node_count = 3 });

	rsc_generation(b->rsc, "bravo", 7);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_node(b, "charlie", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "bravo", "local", 1);
	bench_holds(b, "charlie", "local", 1);
	bench_work(b);
	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_forget(b);
	bench_message(b, "charlie", "stonith", "node=bravo result=OK hbgen=6");
	CHECK_STR(bench_said(b), "", "an older life");
	bench_message(b, "charlie", "stonith", "node=bravo result=OK hbgen=7");
	CHECK(strncmp(b->said, "fence-stop bravo\n", 17) == 0, "it is done");
	bench_free(b);
}

static void
test_fence_confirmed(void)
{
	struct bench *b = bench_two(
	    &(struct bench_conf){ .failback = FAILBACK_OFF, .can_fence = true });
	struct rsc_fencing_info info;

	CHECK_INT(rsc_confirm(b->rsc, b->now, "bravo", "root"), -EALREADY, "it lives");
	CHECK_INT(rsc_confirm(b->rsc, b->now, "x", "root"), -ENOENT, "who?");
	CHECK(!rsc_fencing(b->rsc, "bravo", &info), "nothing is waited for");
	bench_node(b, "bravo", RSC_NODE_DEAD);
	rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_FAILED);
	CHECK(rsc_fencing(b->rsc, "bravo", &info), "now it is");
	CHECK_STR(info.state, "waiting", "for the next attempt");
	CHECK_STR(info.why, "attempt 1 failed: no device reset it", "with its reason");
	CHECK_INT(info.tries, 1, "so far");
	bench_forget(b);
	for (int i = 0; i < 14; i++) {
		bench_pass(b, 5000);
		rsc_fenced(b->rsc, b->now, "bravo", RSC_FENCE_FAILED);
	}
	CHECK(bench_logged(b, "node bravo is not reset since 60 s"), "each minute");
	bench_forget(b);
	CHECK_INT(rsc_confirm(b->rsc, b->now, "bravo", "root"), 0, "a person knows");
	CHECK(strncmp(b->said, "send stonith node=bravo result=OK info=confirmed\n",
	          49) == 0,
	    "all are told");
	bench_work(b);
	CHECK_STR(rsc_hold_word(b->rsc), "all", "it is taken");
	bench_free(b);
}

/* The holder of all restarts so fast that nobody sees it dead (spec 8.5). */
static void
test_fast_restart(void)
{
	struct bench *b =
	    bench_new(&(struct bench_conf){ .self = "bravo", .failback = FAILBACK_OFF });

	bench_node(b, "alpha", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "alpha", "all", 1);
	rsc_restarted(b->rsc, b->now, "alpha");
	bench_node(b, "alpha", RSC_NODE_JOINING);
	CHECK(!b->runs, "it may have kept everything");
	bench_node(b, "alpha", RSC_NODE_ACTIVE);
	bench_message(b, "alpha", "starting", "");
	bench_holds(b, "alpha", "none", 0);
	bench_work(b);
	CHECK(b->on[2] && b->on[3], "it did not: ours is nobody's");
	bench_free(b);
}

/* An old daemon forgets its own after such a restart. */
static void
test_neglected(void)
{
	struct bench *b = bench_two(&off);

	bench_holds(b, "bravo", "none", 1);
	bench_pass(b, 3999);
	CHECK_STR(rsc_word(b->rsc), "local", "it has a deadtime to take it");
	bench_forget(b);
	bench_pass(b, 1);
	CHECK_STR(bench_said(b),
	    "send starting\nsend resource rsc_hold=local rtype=full isstable=1\n",
	    "it is asked once more");
	bench_holds(b, "bravo", "none", 1);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "nobody else takes it");
	bench_free(b);
}

/* Partition. */

static void
test_partition(void)
{
	struct bench *b = bench_two(&off);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK(b->runs, "the takeover has begun");
	rsc_partition(b->rsc, b->now, "bravo", false);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_ended(b, 0, "stopped");
	CHECK(!b->runs, "nothing more is started beside it");
	bench_forget(b);
	bench_pass(b, 1999);
	CHECK_STR(bench_said(b), "", "the other one has time to see it, too");
	bench_pass(b, 1);
	CHECK(strstr(b->said, "tell restart"), "then we begin anew");
	rsc_leave(b->rsc, b->now, "restart");
	bench_work(b);
	CHECK(strstr(b->said, "tell left"), "with nothing running");
	bench_free(b);
}

/* Both took everything while they were apart: each stops what the other is nearer to. */
static void
test_merge(void)
{
	struct bench *b = bench_two(&off);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "taken over");
	bench_forget(b);
	rsc_partition(b->rsc, b->now, "bravo", true);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	CHECK_STR(bench_said(b),
	    "send starting\nsend resource rsc_hold=all rtype=full isstable=1\n",
	    "it is asked");
	bench_holds(b, "bravo", "all", 1);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "local", "what is ours stays");
	CHECK(b->on[0] && b->on[1] && !b->on[2] && !b->on[3],
	    "what is its own is stopped here");
	bench_forget(b);
	bench_holds(b, "bravo", "local", 1);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "local", "and then all is well");
	CHECK(strstr(b->said, "run status TrA::1\nrun announce TrA::1\n"),
	    "its neighbours may still think that it is over there");
	CHECK(!strstr(b->said, "run st"
	                       "op") &&
	          !strstr(b->said, "tell restart"),
	    "nothing was interrupted");
	bench_free(b);
}

static void
test_merge_during_a_takeover(void)
{
	struct bench *b = bench_two(&off);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK(b->runs, "the takeover has begun");
	rsc_partition(b->rsc, b->now, "bravo", true);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_ended(b, 0, "stopped");
	CHECK(!b->runs, "nothing more is started beside it");
	bench_holds(b, "bravo", "local", 1);
	bench_work(b);
	CHECK(!b->on[2] && !b->on[3], "it has kept its own");
	CHECK_STR(rsc_word(b->rsc), "local", "so that was all");
	bench_free(b);
}

static void
test_overslept(void)
{
	struct bench *b = bench_two(&off);

	rsc_overslept(b->rsc, b->now, "12 s");
	CHECK(strstr(b->said, "tell restart"), "the others have it by now");
	bench_free(b);
	b = bench_two(&off);
	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	bench_forget(b);
	rsc_overslept(b->rsc, b->now, "12 s");
	CHECK(!strstr(b->said, "tell restart"), "unless there are none");
	bench_free(b);
}

/* Both came up without hearing each other. */
static void
test_conflict(void)
{
	struct bench *b = bench_two(&off);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	bench_forget(b);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	CHECK_STR(bench_said(b),
	    "send starting\nsend resource rsc_hold=all rtype=full isstable=1\n",
	    "who turns up active is asked");
	bench_holds(b, "bravo", "all", 1);
	bench_work(b);
	CHECK(b->on[0] && b->on[1] && !b->on[2] && !b->on[3], "each keeps its own");
	CHECK_STR(rsc_hold_word(b->rsc), "local", "and says so");
	bench_holds(b, "bravo", "local", 1);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "local", "at rest");
	bench_free(b);
}

static void
test_conflict_stubborn(void)
{
	struct bench *b = bench_two(&off);

	bench_holds(b, "bravo", "all", 1);
	bench_pass(b, 3999);
	CHECK(!strstr(b->said, "tell restart"), "it may be stopping it");
	bench_pass(b, 2000);
	CHECK(strstr(b->said, "tell restart"), "an old daemon does not give way");
	bench_free(b);
}

/* Leaving. */

static void
test_peer_leaves(void)
{
	struct bench *b = bench_two(&off);

	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=0 info=shutdown");
	CHECK(!b->runs, "it is still stopping");
	bench_message(b, "bravo", "shutdone", "st=dead");
	CHECK(bench_logged(b, "Received shutdown notice from 'bravo'."), "looked for");
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "taken without waiting for its death");
	bench_forget(b);
	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK_STR(bench_said(b), "send stonith node=bravo result=unneeded\n", "no news");
	bench_free(b);
}

static void
test_both_leave(void)
{
	struct bench *b = bench_two(&off);

	rsc_leave(b->rsc, b->now, "SIGTERM");
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=0 info=shutdown");
	bench_message(b, "bravo", "shutdone", "st=dead");
	bench_work(b);
	CHECK(bench_logged(b, "Resource takeover cancelled - shutdown in progress."),
	    "looked for");
	CHECK(!strstr(b->said, "run start"), "nothing is started");
	CHECK(strstr(b->said, "tell left"), "we leave");
	bench_free(b);
}

static void
test_leave_answers(void)
{
	struct bench *b = bench_two(&off);

	rsc_leave(b->rsc, b->now, "SIGTERM");
	bench_forget(b);
	bench_message(b, "bravo", "starting", "");
	CHECK_STR(bench_said(b), "send resource rsc_hold=local rtype=full isstable=0\n",
	    "what is not stopped yet is not free");
	bench_free(b);
}

static void
test_leave_early(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .restarted = true,
	    .hold = "local" });

	rsc_leave(b->rsc, b->now, "SIGTERM");
	bench_work(b);
	CHECK(strstr(b->said, "run stop TrA::1"), "what was kept is stopped");
	CHECK(strstr(b->said, "tell left"), "before communication is up");
	rsc_comm_up(b->rsc, b->now);
	bench_free(b);
}

/* Legacy mode. */

static void
test_legacy_start(void)
{
	struct bench *b = bench_new(&legacy);

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	CHECK_STR(bench_said(b), "send ip-request ipaddr=TrA::1\n",
	    "each group is asked for");
	bench_pass(b, 10000);
	CHECK_STR(bench_said(b), "send ip-request ipaddr=TrA::1\n", "and again");
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=bravo ipaddr=TrA::1 weown=no ok=OK");
	CHECK(!b->runs, "an answer for somebody else");
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=alpha ipaddr=TrA::1 weown=yes ok=OK");
	bench_work(b);
	CHECK(b->on[0] && b->on[1], "it runs");
	CHECK_STR(rsc_word(b->rsc), "none", "legacy nodes say none, whatever they run");
	bench_message(b, "bravo", "starting", "");
	bench_holds(b, "bravo", "all", 1);
	CHECK(!strstr(b->said, "send resource"), "they do not negotiate");
	bench_free(b);
}

/* clang-format off */
static const struct {
	const char *key, *output;
	const char *said;
	const char *why;
} request_cases[] = {
	{ "TrA::1", "running",
	  "run status TrA::1\nrun local_giveip TrA::1 for bravo\nrun stop TrB::2\nrun stop TrA::1\n"
	  "send ip-request-resp dest=bravo ipaddr=TrA::1 weown=yes ok=OK\n",
	  "stopped first, answered then" },
	{ "TrA::1", "stopped",
	  "run status TrA::1\nsend ip-request-resp dest=bravo ipaddr=TrA::1 weown=no ok=OK\n",
	  "not ours" },
	{ "TrX", NULL, "send ip-request-resp dest=bravo ipaddr=TrX weown=no ok=OK\n",
	  "no such group here" },
};
/* clang-format on */

static void
test_legacy_request(void)
{
	for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
		struct bench *b = bench_new(&legacy);
		char fields[48];

		bench_node(b, "bravo", RSC_NODE_DEAD);
		rsc_comm_up(b->rsc, b->now);
		bench_work(b);
		bench_node(b, "bravo", RSC_NODE_JOINING);
		bench_node(b, "bravo", RSC_NODE_ACTIVE);
		bench_forget(b);
		snprintf(fields, sizeof(fields), "ipaddr=%s", request_cases[i].key);
		bench_message(b, "bravo", "ip-request", fields);
		if (request_cases[i].output)
			bench_ended(b, 0, request_cases[i].output);
		bench_work(b);
		CHECK_STR(bench_said(b), request_cases[i].said, "%s",
		    request_cases[i].why);
		bench_free(b);
	}
}

static void
test_legacy_request_hangs(void)
{
	struct bench *b = bench_two(&legacy);

	bench_message(b, "bravo", "ip-request", "ipaddr=TrA::1");
	bench_forget(b);
	bench_ended(b, -1, "");
	CHECK_STR(bench_said(b), "run local_giveip TrA::1 for bravo\n",
	    "a status that was killed proves nothing");
	CHECK(b->runs, "the hook is waited for");
	bench_ended(b, 1, "");
	CHECK_STR(bench_said(b), "run stop TrB::2\n", "but has no vote");
	bench_free(b);
}

static void
test_legacy_death(void)
{
	struct bench *b = bench_new(&legacy);

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	CHECK(b->on[0] && b->on[1] && b->on[2] && b->on[3],
	    "its groups, and our own that it never answered for");
	bench_free(b);
}

static const struct check_case cases[] = {
	{ "start", test_start },
	{ "asked before we are up", test_starting_early },
	{ "coming or going", test_coming_or_going },
	{ "stale report", test_stale_report },
	{ "alone", test_alone },
	{ "legacy peer", test_legacy_peer },
	{ "exec restart", test_exec_restart },
	{ "exec restart of both", test_exec_restart_of_both },
	{ "exec restart beside a takeover", test_exec_restart_beside_takeover },
	{ "death", test_death },
	{ "fencing is retried", test_fence_retry },
	{ "fencing is cancelled", test_fence_cancelled },
	{ "fencing waits for who has more", test_fence_delay },
	{ "fencing is called off", test_fence_stopped },
	{ "a device lies", test_fence_lied },
	{ "others say that we were fenced", test_told_fenced },
	{ "another node fences", test_fence_by_other },
	{ "a person confirms", test_fence_confirmed },
	{ "fast restart", test_fast_restart },
	{ "neglected set", test_neglected },
	{ "partition", test_partition },
	{ "merge", test_merge },
	{ "merge during a takeover", test_merge_during_a_takeover },
	{ "overslept", test_overslept },
	{ "conflict", test_conflict },
	{ "conflict with a stubborn peer", test_conflict_stubborn },
	{ "peer leaves", test_peer_leaves },
	{ "both leave", test_both_leave },
	{ "answers while leaving", test_leave_answers },
	{ "leave early", test_leave_early },
	{ "legacy, start", test_legacy_start },
	{ "legacy, request", test_legacy_request },
	{ "legacy, hanging status", test_legacy_request_hangs },
	{ "legacy, death", test_legacy_death },
};
CHECK_MAIN("rsc_nodes", cases)
