/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing sets over: the standby protocol from both sides (spec 7). */
#include "tests/unit/rsc_fixture.h"

#include <errno.h>

static const struct bench_conf off = { .failback = FAILBACK_OFF };
static const struct bench_conf on = { .failback = FAILBACK_ON };

/* clang-format off */
static const struct {
	const char *word, *after; /* what alpha holds afterwards */
	const char *stops;
} give_cases[] = {
	{ "all", "none", "run stop TrB::2\nrun stop TrA::1\nrun stop TrD\nrun stop TrC::3\n" },
	{ "local", "none", "run stop TrB::2\nrun stop TrA::1\n" },
	{ "foreign", "local", "run stop TrD\nrun stop TrC::3\n" },
};
/* clang-format on */

static void
test_give(void)
{
	for (size_t i = 0; i < ARRAY_LEN(give_cases); i++) {
		const char *word = give_cases[i].word, *after = give_cases[i].after;
		struct bench *b = bench_two(&off);
		char want[512];

		CHECK_INT(rsc_ask_standby(b->rsc, b->now, word), 0, "%s", word);
		snprintf(want, sizeof(want), "send ask_resources rsc_hold=%s info=me\n",
		    word);
		CHECK_STR(bench_said(b), want,
		    "nothing stops before the other one can take");
		CHECK_STR(rsc_word(b->rsc), "transition", "%s", word);
		bench_ask(b, "bravo", "other", word);
		bench_work(b);
		/* What bravo has anyway is stopped here as well, as always was. */
		snprintf(want, sizeof(want),
		    "send resource rsc_hold=%s rtype=full isstable=0 info=standby\n%s"
		    "send ask_resources rsc_hold=%s info=done\n",
		    after, give_cases[i].stops, word);
		CHECK_STR(bench_said(b), want, "%s", word);
		bench_holds(b, "bravo", strcmp(word, "foreign") == 0 ? "local" : "all",
		    1);
		bench_ask(b, "bravo", "done", word);
		CHECK(strstr(b->said, "isstable=1"), "at rest again");
		CHECK_STR(rsc_word(b->rsc), after, "%s", word);
		CHECK(bench_logged(b, "Other node completed standby takeover of"),
		    "looked for");
		bench_free(b);
	}
}

static void
test_take(void)
{
	struct bench *b = bench_two(&off);

	bench_ask(b, "bravo", "me", "local");
	CHECK_STR(bench_said(b), "send ask_resources rsc_hold=local info=other\n",
	    "the set in the view of the giver");
	CHECK(bench_logged(b, "bravo wants to go standby [local]"), "looked for");
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=0 info=standby");
	CHECK_STR(bench_said(b), "", "nothing starts while it may run there");
	bench_ask(b, "bravo", "done", "local");
	CHECK_STR(bench_said(b), "run status TrC::3\n", "now it does");
	CHECK_STR(rsc_hold_word(b->rsc), "all", "held before the first script");
	bench_work(b);
	CHECK_STR(bench_said(b),
	    "run start TrC::3\nrun status TrD\nrun start TrD\n"
	    "send ask_resources rsc_hold=local info=done\n"
	    "send resource rsc_hold=all rtype=full isstable=1\n",
	    "done when all runs");
	bench_holds(b, "bravo", "none", 1);
	CHECK_STR(rsc_word(b->rsc), "all", "at rest");
	bench_free(b);
}

/* A peer that holds all gives back what is ours. */
static void
test_take_own(void)
{
	struct bench *b = bench_new(&off);

	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_holds(b, "bravo", "all", 1);
	CHECK(!b->runs, "bravo has it");
	CHECK_STR(rsc_word(b->rsc), "none", "all is elsewhere");
	bench_ask(b, "bravo", "me", "foreign");
	bench_ask(b, "bravo", "done", "foreign");
	bench_work(b);
	bench_holds(b, "bravo", "local", 1);
	CHECK_STR(rsc_word(b->rsc), "local", "foreign of bravo is local of alpha");
	CHECK(b->on[0] && b->on[1] && !b->on[2], "its own group and no other");
	bench_free(b);
}

static void
test_failback(void)
{
	struct bench *b = bench_two(&on);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "taken over");
	bench_node(b, "bravo", RSC_NODE_JOINING);
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	bench_forget(b);
	bench_message(b, "bravo", "starting", "");
	CHECK_STR(bench_said(b), "send resource rsc_hold=all rtype=full isstable=1\n",
	    "each starting is answered");
	bench_holds(b, "bravo", "none", 0);
	CHECK_STR(bench_said(b), "", "not before it is stable");
	bench_holds(b, "bravo", "none", 1);
	CHECK_STR(bench_said(b),
	    "send resource rsc_hold=all rtype=full isstable=1\n"
	    "send ask_resources rsc_hold=foreign info=me\n",
	    "then it gets back what is its own");
	bench_free(b);
}

/* Placements made by hand survive, also with failback on. */
static void
test_no_failback_after_standby(void)
{
	struct bench *b = bench_two(&on);

	bench_ask(b, "bravo", "me", "local");
	bench_ask(b, "bravo", "done", "local");
	bench_work(b);
	bench_forget(b);
	bench_holds(b, "bravo", "none", 1);
	bench_holds(b, "bravo", "none", 0);
	bench_holds(b, "bravo", "none", 1);
	CHECK(!strstr(b->said, "ask_resources"), "it was meant so");
	bench_free(b);
}

/* clang-format off */
static const struct {
	const char *wish; /* what bravo wants */
	const char *set;  /* what alpha gives */
} takeover_cases[] = {
	{ "all", "all" },
	{ "local", "foreign" },
	{ "foreign", "local" },
	{ "failback", "foreign" },
};
/* clang-format on */

static void
test_takeover(void)
{
	for (size_t i = 0; i < ARRAY_LEN(takeover_cases); i++) {
		struct bench *b = bench_two(&off);
		char fields[32], want[96];

		snprintf(fields, sizeof(fields), "rsc_hold=%s", takeover_cases[i].wish);
		snprintf(want, sizeof(want), "send ask_resources rsc_hold=%s info=me\n",
		    takeover_cases[i].set);
		bench_message(b, "bravo", "hb_takeover", fields);
		CHECK_STR(bench_said(b), want, "%s", takeover_cases[i].wish);
		bench_free(b);
	}
}

/* Refusals: the request has no effect. */

static void
test_refuse_in_progress(void)
{
	struct bench *b = bench_two(&off);

	rsc_ask_standby(b->rsc, b->now, "all");
	bench_forget(b);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "local"), -EBUSY, "one at a time");
	CHECK(bench_logged(b,
	          "Standby in progress- new request from alpha ignored [10 seconds "
	          "left]"),
	    "looked for");
	bench_ask(b, "bravo", "me", "all");
	CHECK(bench_logged(b, "Standby in progress- new request from bravo ignored"),
	    "nor one of the other side");
	CHECK_STR(bench_said(b), "", "nothing is answered");
	bench_free(b);
}

static void
test_refuse_flux(void)
{
	struct bench *b = bench_two(&off);

	bench_holds(b, "bravo", "local", 0);
	bench_forget(b);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), -EBUSY, "it is not stable");
	CHECK(bench_logged(b,
	          "standby message [me] from alpha ignored.  Other side is in flux."),
	    "looked for");
	bench_ask(b, "bravo", "me", "all");
	CHECK(bench_logged(b,
	          "standby message [me] from bravo ignored.  Other side is in flux."),
	    "looked for");
	CHECK_STR(bench_said(b), "", "nothing is answered");
	bench_free(b);
}

static void
test_refuse_local_flux(void)
{
	struct bench *b = bench_new(&off);

	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), -EBUSY,
	    "before communication is up");
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), -EBUSY,
	    "before we know anything");
	bench_holds(b, "bravo", "local", 1);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), -EBUSY, "while a script runs");
	CHECK(bench_logged(b, "ignored.  local resources in flux."), "looked for");
	bench_work(b);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), 0, "at last");
	bench_free(b);
}

static void
test_refuse_words(void)
{
	struct bench *b = bench_two(&off);

	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "none"), -EINVAL, "nothing to move");
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "failback"), -EINVAL,
	    "not on the wire");
	bench_ask(b, "bravo", "me", "everything");
	bench_ask(b, "bravo", "me", "none");
	bench_message(b, "bravo", "ask_resources", "rsc_hold=all");
	CHECK(strstr(b->logged, "Received standby message without info/from"),
	    "looked for");
	CHECK_STR(bench_said(b), "", "nothing is answered");
	CHECK_STR(rsc_word(b->rsc), "local", "nothing happened");
	bench_message(b, "bravo", "ask_resources", "info=me");
	CHECK_STR(bench_said(b), "send ask_resources rsc_hold=all info=other\n",
	    "without a word all is meant");
	bench_free(b);
}

static void
test_refuse_alone(void)
{
	struct bench *b = bench_two(&off);

	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	bench_forget(b);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), -ENOTCONN, "nobody could take");
	CHECK(bench_logged(b, "No reply to standby request.  Standby request cancelled."),
	    "looked for");
	CHECK_STR(rsc_word(b->rsc), "all", "nothing is stopped");
	bench_free(b);
}

static void
test_refuse_legacy(void)
{
	struct bench *b = bench_two(&(struct bench_conf){ .failback = FAILBACK_LEGACY });

	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "all"), -ENOTSUP, "legacy mode");
	CHECK(bench_logged(b, "Standby mode only implemented when nice_failback on"),
	    "looked for");
	bench_ask(b, "bravo", "me", "all");
	CHECK(bench_logged(b, "Standby mode only implemented when nice_failback on"),
	    "looked for");
	CHECK_STR(bench_said(b), "", "nothing is answered");
	bench_free(b);
}

/* clang-format off */
static const struct {
	const char *info;
	const char *why;
} stray_cases[] = {
	{ "other", "nobody was asked" },
	{ "done", "nothing is handed over" },
	{ "mine", "no such step" },
};
/* clang-format on */

static void
test_stray(void)
{
	for (size_t i = 0; i < ARRAY_LEN(stray_cases); i++) {
		struct bench *b = bench_two(&off);

		bench_ask(b, "bravo", stray_cases[i].info, "all");
		CHECK(!b->runs && strcmp(rsc_word(b->rsc), "local") == 0, "%s",
		    stray_cases[i].why);
		bench_free(b);
	}
}

/* Cancellations. */

static void
test_no_answer(void)
{
	struct bench *b = bench_two(&off);

	rsc_ask_standby(b->rsc, b->now, "all");
	bench_forget(b);
	bench_pass(b, 9999);
	CHECK_STR(rsc_word(b->rsc), "transition", "it has ten seconds");
	bench_pass(b, 1);
	CHECK(strstr(b->logged,
	          "No reply to standby request.  Standby request cancelled."),
	    "looked for");
	CHECK_STR(bench_said(b), "send resource rsc_hold=local rtype=full isstable=1\n",
	    "nothing was stopped, and that is said");
	CHECK_STR(rsc_word(b->rsc), "local", "as before");
	bench_free(b);
}

/* The taker goes in the middle of the stops: all of it is started again (spec 7). */
static void
test_taker_dies_early(void)
{
	struct bench *b = bench_two(&off);

	rsc_ask_standby(b->rsc, b->now, "all");
	bench_ask(b, "bravo", "other", "all");
	b->on[1] = false;
	bench_ended(b, 0, "");
	CHECK_STR(b->run.resource->word, "TrA::1", "in the middle");
	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "ours again, and its own, too");
	CHECK(b->on[0] && b->on[1] && b->on[2] && b->on[3], "everything runs");
	bench_free(b);
}

static void
test_taker_dies_late(void)
{
	struct bench *b = bench_two(&off);

	rsc_ask_standby(b->rsc, b->now, "local");
	bench_ask(b, "bravo", "other", "local");
	bench_work(b);
	bench_node(b, "bravo", RSC_NODE_DEAD);
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "whatever it had started died with it");
	CHECK(b->on[0] && b->on[1] && b->on[2] && b->on[3], "everything runs");
	bench_free(b);
}

static void
test_taker_restarts(void)
{
	struct bench *b = bench_two(&off);

	rsc_ask_standby(b->rsc, b->now, "local");
	bench_ask(b, "bravo", "other", "local");
	rsc_restarted(b->rsc, b->now, "bravo");
	bench_node(b, "bravo", RSC_NODE_JOINING);
	bench_work(b);
	CHECK(b->on[0] && b->on[1], "taken back");
	CHECK_STR(rsc_hold_word(b->rsc), "local", "and held");
	bench_free(b);
}

static void
test_giver_dies(void)
{
	struct bench *b = bench_two(&off);

	bench_ask(b, "bravo", "me", "local");
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=0 info=standby");
	bench_forget(b);
	bench_node(b, "bravo", RSC_NODE_DEAD);
	CHECK(strstr(b->said, "send stonith node=bravo result=n_stnth"),
	    "its stops were not finished: that is no harmless death");
	bench_work(b);
	CHECK_STR(rsc_word(b->rsc), "all", "taken over");
	bench_free(b);
}

static void
test_giver_holds_on(void)
{
	struct bench *b = bench_two(&off);

	bench_ask(b, "bravo", "me", "local");
	bench_holds(b, "bravo", "local", 1);
	CHECK_STR(rsc_word(b->rsc), "transition",
	    "an old node says that in between, too");
	bench_message(b, "bravo", "resource",
	    "rsc_hold=local rtype=full isstable=1 hbans=-");
	CHECK_STR(rsc_word(b->rsc), "local", "a new one has changed its mind");
	bench_free(b);
}

/* An old node that refuses its own request tells nobody. */
static void
test_giver_says_nothing(void)
{
	struct bench *b = bench_two(&off);

	bench_ask(b, "bravo", "me", "local");
	bench_pass(b, RSC_STANDBY_BEGIN_MS - 1);
	CHECK_STR(rsc_word(b->rsc), "transition", "it may still begin");
	bench_pass(b, 1);
	CHECK_STR(rsc_word(b->rsc), "local", "we are free again");
	bench_forget(b);
	CHECK_INT(rsc_ask_standby(b->rsc, b->now, "local"), 0, "and so is the next one");
	bench_free(b);
}

static void
test_giver_begins_late(void)
{
	struct bench *b = bench_two(&off);

	bench_ask(b, "bravo", "me", "local");
	bench_pass(b, RSC_STANDBY_BEGIN_MS);
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=0 info=standby");
	CHECK_STR(rsc_word(b->rsc), "transition",
	    "our answer came late, but in time for it");
	bench_pass(b, RSC_STANDBY_BEGIN_MS);
	CHECK(!b->runs, "its stops take as long as they take");
	bench_ask(b, "bravo", "done", "local");
	bench_forget(b);
	bench_work(b);
	CHECK(strstr(b->said, "send ask_resources rsc_hold=local info=done"),
	    "it waits for that");
	bench_holds(b, "bravo", "none", 1);
	CHECK_STR(rsc_word(b->rsc), "all", "handed over");
	bench_free(b);
}

/* What an old node gets out of order it believes out of order. */
static void
test_last_word_twice(void)
{
	static const char again[] = "send resource rsc_hold=all rtype=full isstable=1\n";
	struct bench *b = bench_two(&off);

	bench_ask(b, "bravo", "me", "local");
	bench_ask(b, "bravo", "done", "local");
	bench_work(b);
	bench_holds(b, "bravo", "none", 1);
	bench_forget(b);
	bench_pass(b, RSC_REPEAT_MS - 1);
	CHECK_STR(bench_said(b), "", "what was lost is sent again meanwhile");
	bench_pass(b, 1);
	CHECK_STR(bench_said(b), again, "then once more");
	bench_pass(b, 10 * RSC_REPEAT_MS);
	CHECK_STR(bench_said(b), "", "and that is all");
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=0 hbans=-");
	bench_message(b, "bravo", "resource",
	    "rsc_hold=none rtype=full isstable=1 hbans=-");
	bench_forget(b);
	bench_pass(b, 10 * RSC_REPEAT_MS);
	CHECK_STR(bench_said(b), "", "new nodes take messages in order");
	bench_free(b);
}

static void
test_leave_waits(void)
{
	struct bench *b = bench_two(&off);

	rsc_ask_standby(b->rsc, b->now, "local");
	bench_ask(b, "bravo", "other", "local");
	bench_forget(b);
	rsc_leave(b->rsc, b->now, "SIGTERM");
	bench_work(b);
	CHECK(!strstr(b->said, "info=shutdown"), "the hand-over comes first");
	CHECK(strstr(b->said, "info=done"), "and goes on");
	bench_holds(b, "bravo", "all", 1);
	bench_ask(b, "bravo", "done", "local");
	bench_work(b);
	CHECK(strstr(b->said, "info=shutdown") && strstr(b->said, "tell left"),
	    "then we leave");
	bench_free(b);
}

static const struct check_case cases[] = {
	{ "give", test_give },
	{ "take", test_take },
	{ "take one's own", test_take_own },
	{ "failback", test_failback },
	{ "no failback after standby", test_no_failback_after_standby },
	{ "takeover", test_takeover },
	{ "refused, in progress", test_refuse_in_progress },
	{ "refused, other side in flux", test_refuse_flux },
	{ "refused, local flux", test_refuse_local_flux },
	{ "refused, words", test_refuse_words },
	{ "refused, alone", test_refuse_alone },
	{ "refused, legacy", test_refuse_legacy },
	{ "stray messages", test_stray },
	{ "no answer", test_no_answer },
	{ "taker dies early", test_taker_dies_early },
	{ "taker dies late", test_taker_dies_late },
	{ "taker restarts", test_taker_restarts },
	{ "giver dies", test_giver_dies },
	{ "giver holds on", test_giver_holds_on },
	{ "giver says nothing", test_giver_says_nothing },
	{ "giver begins late", test_giver_begins_late },
	{ "the last word twice", test_last_word_twice },
	{ "leave waits", test_leave_waits },
};
CHECK_MAIN("rsc_standby", cases)
