/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers that go away, or come back, while scripts run on their account. */
#include "tests/unit/rsc_fixture.h"

/* bravo, an old daemon in legacy mode, asks for our group; it is being stopped. */
static struct bench *
asked(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .haresources = "alpha TrA::1\n" });

	bench_node(b, "bravo", RSC_NODE_DEAD);
	rsc_comm_up(b->rsc, b->now);
	bench_work(b);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_message(b, "bravo", "ip-request", "ipaddr=TrA::1");
	bench_ended(b, 0, "running");
	CHECK_STR(b->run.resource->word, "TrA::1", "it is given up");
	CHECK_INT(b->run.op, RSC_GIVEIP, "the administrator's hook comes first");
	bench_ended(b, 0, "");
	CHECK_INT(b->run.op, RSC_STOP, "then it is stopped");
	bench_forget(b);
	return b;
}

static void
test_asker_gets_it(void)
{
	struct bench *b = asked();

	bench_work(b);
	CHECK_STR(bench_said(b),
	    "send ip-request-resp dest=bravo ipaddr=TrA::1 weown=yes ok=OK\n"
	    "send resource rsc_hold=foreign rtype=full isstable=1\n",
	    "the asker is told");
	bench_pass(b, 60000);
	CHECK(!b->on[0], "and has it from now on");
	bench_free(b);
}

static void
test_asker_dies(void)
{
	struct bench *b = asked();

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	bench_pass(b, 60000);
	bench_work(b);
	CHECK(b->on[0], "nobody else is there to run it");
	CHECK_STR(rsc_word(b->rsc), "all", "and it is ours");
	bench_free(b);
}

static void
test_reason_stays(void)
{
	struct bench *b = bench_two(&(struct bench_conf){ .failback = FAILBACK_OFF });
	struct rsc_group_info info;

	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK(b->runs, "bravo's group is being started");
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_work(b);
	rsc_group_info(b->rsc, 1, &info);
	CHECK_INT(info.state, RSC_RUNNING, "it was begun");
	CHECK_STR(info.why, "bravo as the test says",
	    "for that reason, though bravo is back");
	bench_free(b);
}

static void
test_no_longer_ours(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .haresources = "alpha TrA::1\n" });

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_pass(b, 25000);
	CHECK(strstr(bench_said(b), "send ip-request ipaddr=TrA::1\n") != NULL,
	    "a mute peer is asked for our group");
	CHECK_INT(bench_groups(b, "bravo TrA::1\n"), 0, "its home changes meanwhile");
	bench_pass(b, 60000);
	CHECK_STR(bench_said(b), "", "then nobody is asked any more");
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=alpha ipaddr=TrA::1 weown=no ok=OK");
	CHECK_STR(bench_said(b), "", "and a late answer starts nothing");
	bench_free(b);
}

static void
test_stops_go_on_when_apart(void)
{
	struct bench *b = bench_two(&(struct bench_conf){ .failback = FAILBACK_OFF,
	    .haresources = "alpha TrA::1\nalpha TrB::2\n" });

	rsc_ask_standby(b->rsc, b->now, "local");
	bench_ask(b, "bravo", "other", "local");
	CHECK(b->runs && b->run.op == RSC_STOP, "the first group is given up");
	rsc_partition(b->rsc, b->now, "bravo", false);
	bench_forget(b);
	bench_ended(b, 0, "");
	CHECK_STR(bench_said(b), "run stop TrB::2\n",
	    "so is the second: others may run it by now");
	bench_free(b);
}

/* Between the answer and its turn the other node may have taken us for dead. */
static void
test_old_answers_are_no_answers(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_LEGACY,
	    .haresources = "alpha TrA::1\nalpha TrB::2\n" });
	const char *said;

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_work(b);
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=alpha ipaddr=TrA::1 weown=no ok=OK");
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=alpha ipaddr=TrB::2 weown=no ok=OK");
	CHECK(b->runs, "the first is begun");
	bench_pass(b, 4000);
	bench_forget(b);
	bench_work(b);
	said = bench_said(b);
	CHECK(strstr(said, "run start TrA::1") != NULL, "the first is started: %s", said);
	CHECK(strstr(said, "run start TrB::2") == NULL, "the second is not");
	CHECK(strstr(said, "send ip-request ipaddr=TrB::2") != NULL,
	    "it is asked for again");
	bench_message(b, "bravo", "ip-request-resp",
	    "dest=alpha ipaddr=TrB::2 weown=no ok=OK");
	bench_work(b);
	CHECK(strstr(bench_said(b), "run start TrB::2") != NULL, "and started then");
	bench_free(b);
}

/* What is asked for does not run yet: the next program would take it for running. */
static void
test_reload_waits_for_answers(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_LEGACY,
	    .haresources = "alpha TrA::1\n" });

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	CHECK(strstr(bench_said(b), "send ip-request ipaddr=TrA::1"), "it is asked for");
	CHECK(!rsc_may_reload(b->rsc), "a reload waits");
	bench_pass(b, 50000);
	CHECK(!rsc_may_reload(b->rsc), "for a while");
	bench_pass(b, 20000);
	CHECK(rsc_may_reload(b->rsc), "but not for ever");
	bench_free(b);
}

static const struct check_case cases[] = {
	{ "reload waits for answers", test_reload_waits_for_answers },
	{ "asker gets it", test_asker_gets_it },
	{ "asker dies", test_asker_dies },
	{ "reason stays", test_reason_stays },
	{ "no longer ours", test_no_longer_ours },
	{ "stops go on when apart", test_stops_go_on_when_apart },
	{ "old answers are no answers", test_old_answers_are_no_answers },
};
CHECK_MAIN("rsc_asker", cases)
