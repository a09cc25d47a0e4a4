/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts: their order, and what follows when one fails or hangs (spec 3.4, 3.5). */
#include "tests/unit/rsc_fixture.h"

#include <errno.h>

/* alpha is alone; its own group is about to be started. */
static struct bench *
alone(const struct bench_conf *c)
{
	struct bench *b = bench_new(c);

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_message(b, "bravo", "starting", "");
	bench_forget(b);
	bench_holds(b, "bravo", "local", 1);
	return b;
}

static void
test_acquire(void)
{
	struct bench *b = alone(&(struct bench_conf){ .failback = FAILBACK_OFF });

	CHECK_STR(bench_said(b),
	    "send resource rsc_hold=none rtype=full isstable=0\n"
	    "send resource rsc_hold=local rtype=full isstable=0\n"
	    "run status TrA::1\n",
	    "a stable peer is answered; the set is announced before it is started");
	bench_ended(b, 0, "running");
	CHECK_STR(bench_said(b), "run status TrB::2\n", "what is held is not started");
	bench_ended(b, 7, "stopped");
	CHECK_STR(bench_said(b), "run start TrB::2\n", "left to right");
	bench_ended(b, 0, "");
	CHECK_STR(bench_said(b), "send resource rsc_hold=local rtype=full isstable=1\n",
	    "stable only when all runs");
	CHECK_STR(rsc_word(b->rsc), "local", "and so says the word");
	CHECK(bench_logged(b, "Local Resource acquisition completed."), "looked for");
	bench_free(b);
}

static void
test_start_fails(void)
{
	struct bench *b = alone(&(struct bench_conf){ .failback = FAILBACK_OFF });

	bench_ended(b, 0, "stopped");
	bench_ended(b, 0, "");
	bench_ended(b, 0, "stopped");
	bench_forget(b);
	bench_ended(b, 5, "");
	CHECK_STR(bench_said(b), "run stop TrB::2\n", "the failed one is stopped, too");
	bench_ended(b, 0, "");
	CHECK_STR(bench_said(b), "run stop TrA::1\n", "right to left");
	bench_ended(b, 0, "");
	CHECK(bench_logged(b, "Giving up resources due to failure of TrB::2"),
	    "looked for");
	CHECK_STR(rsc_word(b->rsc), "local", "the set is still ours");
	bench_forget(b);
	bench_pass(b, 5000); /* the last word is repeated for old peers */
	bench_forget(b);
	bench_pass(b, 24000);
	CHECK_STR(bench_said(b), "", "a while for the other side to settle");
	bench_pass(b, 2000);
	CHECK_STR(bench_said(b), "send ask_resources rsc_hold=local info=me\n",
	    "then the set that the group belongs to goes over, not the foreign one");
	bench_free(b);
}

static void
test_start_fails_alone(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF });

	bench_node(b, "bravo", RSC_NODE_DEAD);
	rsc_comm_up(b->rsc, b->now);
	while (b->runs)
		bench_ended(b, b->run.op == RSC_START, "");
	bench_forget(b);
	bench_pass(b, 120000);
	CHECK_STR(bench_said(b), "", "nobody is asked when nobody lives");
	bench_free(b);
}

/* The own group runs, and is given up on request; TrB does not stop. */
static struct bench *
stopping(const struct bench_conf *c)
{
	struct bench *b = bench_two(c);

	rsc_ask_standby(b->rsc, b->now, "local");
	bench_ask(b, "bravo", "other", "local");
	bench_forget(b);
	return b;
}

static const struct {
	int retries, calls;
	int last; /* what the last call returns */
	const char *why;
} stop_cases[] = {
	{ 10, 11, 1, "eleven calls by default" },
	{ 3, 4, 1, "as configured" },
	{ 10, 5, 0, "until one succeeds" },
	{ -1, 40, 0, "for ever when asked to" },
};

static void
test_stop_retries(void)
{
	for (size_t i = 0; i < ARRAY_LEN(stop_cases); i++) {
		struct bench *b = stopping(&(struct bench_conf){ .failback = FAILBACK_OFF,
		    .stop_retries = stop_cases[i].retries });
		int calls = 0;

		while (b->runs && b->run.op == RSC_STOP &&
		       strcmp(b->run.resource->word, "TrB::2") == 0) {
			calls++;
			bench_ended(b,
			    calls == stop_cases[i].calls ? stop_cases[i].last : 1, "");
			CHECK(b->runs || calls < stop_cases[i].calls, "%s",
			    stop_cases[i].why);
			if (!b->runs)
				bench_pass(b, 1000);
		}
		CHECK_INT(calls, stop_cases[i].calls, "%s", stop_cases[i].why);
		CHECK_STR(b->run.resource->word, stop_cases[i].last ? "TrB::2" : "TrA::1",
		    "then its status, or the next");
		CHECK_INT(b->run.op, stop_cases[i].last ? RSC_STATUS : RSC_STOP, "%s",
		    stop_cases[i].why);
		bench_free(b);
	}
}

static void
test_stop_fails(bool held)
{
	struct bench *b =
	    stopping(&(struct bench_conf){ .failback = FAILBACK_OFF, .stop_retries = 1 });

	bench_ended(b, 1, "");
	bench_pass(b, 1000);
	bench_ended(b, 1, "");
	bench_forget(b);
	bench_ended(b, 0, held ? "running" : "stopped");
	if (held) {
		CHECK_STR(bench_said(b), "tell reboot\nrun stop TrA::1\n",
		    "no way but down");
		CHECK(bench_logged(b, "Resource STOP failure. Reboot required!"),
		    "looked for");
	} else {
		CHECK_STR(bench_said(b), "run stop TrA::1\n", "it goes on");
		CHECK(bench_logged(b, "Machine reboot narrowly avoided!"), "looked for");
	}
	bench_free(b);
}

static void
test_stop_fails_held(void)
{
	test_stop_fails(true);
}

static void
test_stop_fails_stopped(void)
{
	test_stop_fails(false);
}

static void
test_stop_status_hangs(void)
{
	struct bench *b =
	    stopping(&(struct bench_conf){ .failback = FAILBACK_OFF, .stop_retries = 1 });

	bench_ended(b, 1, "");
	bench_pass(b, 1000);
	bench_ended(b, 1, "");
	bench_forget(b);
	bench_ended(b, -1, "stopped");
	CHECK_STR(bench_said(b), "tell reboot\nrun stop TrA::1\n",
	    "a status that was killed proves nothing");
	bench_free(b);
}

static void
test_timeout(void)
{
	struct bench *b = alone(
	    &(struct bench_conf){ .failback = FAILBACK_OFF, .script_timeout_ms = 20000 });

	bench_ended(b, 0, "stopped");
	bench_forget(b);
	bench_pass(b, 19999);
	CHECK_STR(bench_said(b), "", "not a moment too early");
	bench_pass(b, 1);
	CHECK_STR(bench_said(b), "kill soft\n", "TERM");
	bench_pass(b, 4999);
	CHECK_STR(bench_said(b), "", "it may clean up");
	bench_pass(b, 1);
	CHECK_STR(bench_said(b), "kill hard\n", "KILL");
	bench_ended(b, -1, "");
	CHECK_STR(bench_said(b), "run stop TrB::2\n", "a killed start has failed");
	bench_pass(b, 20000);
	CHECK_STR(bench_said(b), "kill soft\n", "a stop is timed anew");
	bench_ended(b, -1, "");
	bench_pass(b, 1000);
	CHECK_STR(bench_said(b), "run stop TrB::2\n",
	    "and tried again like any failed stop");
	bench_free(b);
}

static void
test_no_timeout(void)
{
	struct bench *b = alone(&(struct bench_conf){ .failback = FAILBACK_OFF });

	bench_ended(b, 0, "stopped");
	bench_forget(b);
	bench_pass(b, 3600000);
	CHECK_STR(bench_said(b), "", "by default a script has all the time it wants");
	CHECK(bench_logged(b, "has been running for 3600 s"), "but it is mentioned");
	bench_free(b);
}

static void
test_cut_short(void)
{
	struct bench *b = alone(&(struct bench_conf){ .failback = FAILBACK_OFF });

	bench_ended(b, 0, "stopped");
	CHECK_STR(b->run.resource->word, "TrA::1", "its start runs");
	bench_forget(b);
	rsc_leave(b->rsc, b->now, "SIGTERM");
	CHECK_STR(bench_said(b), "", "what runs is waited for");
	CHECK(bench_logged(b,
	          "Shutdown delayed until current resource activity finishes."),
	    "looked for");
	bench_ended(b, 0, "");
	CHECK_STR(bench_said(b),
	    "send resource rsc_hold=none rtype=full isstable=0 info=shutdown\n"
	    "run stop TrB::2\n",
	    "TrB is not started any more, but stopped like everything of the file");
	bench_work(b);
	CHECK_STR(bench_said(b),
	    "run stop TrA::1\nrun stop TrD\nrun stop TrC::3\nsend shutdone st=dead\n"
	    "tell left\n",
	    "held or not");
	bench_free(b);
}

static void
test_strange_answers(void)
{
	struct bench *b = alone(&(struct bench_conf){ .failback = FAILBACK_OFF });
	uint32_t id = b->run.id;

	bench_forget(b);
	rsc_ran(b->rsc, b->now, id + 1, 0, "running", 7);
	CHECK_STR(bench_said(b), "", "an unknown script changes nothing");
	bench_ended(b, 0, "running");
	bench_forget(b);
	rsc_ran(b->rsc, b->now, id, 0, "running", 7);
	CHECK_STR(bench_said(b), "", "nor does one that has ended before");
	CHECK(b->runs && b->run.id != id, "each has its own number");
	bench_free(b);
}

static void
test_set_groups(void)
{
	struct bench *b = alone(&(struct bench_conf){ .failback = FAILBACK_OFF });
	struct rsc_group_info info;

	CHECK_INT(bench_groups(b, "alpha TrA::1\n"), -EAGAIN, "not while a script runs");
	bench_work(b);
	CHECK_INT(bench_groups(b, "bravo TrC::3 TrD\nalpha TrE\n"), 0, "later it is");
	CHECK_INT(rsc_group_count(b->rsc), 3, "what runs is kept until it is stopped");
	rsc_group_info(b->rsc, 1, &info);
	CHECK_STR(info.key, "TrE", "the new one");
	CHECK_INT(info.state, RSC_STOPPED, "does not start by itself");
	rsc_group_info(b->rsc, 2, &info);
	CHECK_STR(info.key, "TrA::1", "the removed one comes last");
	CHECK_INT(info.state, RSC_RUNNING, "it runs on");
	bench_forget(b);
	rsc_leave(b->rsc, b->now, "SIGTERM");
	bench_work(b);
	CHECK_STR(bench_said(b),
	    "send resource rsc_hold=none rtype=full isstable=0 info=shutdown\n"
	    "run stop TrD\nrun stop TrC::3\nrun stop TrE\nrun stop TrB::2\nrun stop "
	    "TrA::1\n"
	    "send shutdone st=dead\ntell left\n",
	    "it is stopped with the rest");
	bench_free(b);
}

static void
test_set_groups_changed(void)
{
	struct bench *b = bench_two(&(struct bench_conf){ .failback = FAILBACK_OFF });
	struct rsc_group_info info;

	CHECK_INT(bench_groups(b, "alpha TrA::1 TrE\nbravo TrC::3 TrD\n"), 0, "same key");
	rsc_group_info(b->rsc, 0, &info);
	CHECK_INT(info.state, RSC_RUNNING, "the same group, with its state");
	bench_forget(b);
	rsc_leave(b->rsc, b->now, "SIGTERM");
	bench_work(b);
	CHECK(strstr(b->said, "run stop TrE\nrun stop TrA::1\n"), "by its new resources");
	bench_free(b);
}

static const struct check_case cases[] = {
	{ "acquire", test_acquire },
	{ "start fails", test_start_fails },
	{ "start fails alone", test_start_fails_alone },
	{ "stop retries", test_stop_retries },
	{ "stop fails, held", test_stop_fails_held },
	{ "stop fails, stopped", test_stop_fails_stopped },
	{ "stop fails, status hangs", test_stop_status_hangs },
	{ "script timeout", test_timeout },
	{ "no script timeout", test_no_timeout },
	{ "cut short", test_cut_short },
	{ "strange answers", test_strange_answers },
	{ "set groups", test_set_groups },
	{ "set groups, changed", test_set_groups_changed },
};
CHECK_MAIN("rsc_executor", cases)
