/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon before this one left running (look.c). */
#include "tests/unit/rsc_fixture.h"

/* The groups are TrA, TrB of alpha, which is us, and TrC, TrD of bravo. */
/* clang-format off */
static const struct {
	const char *on;    /* what runs here already */
	const char *holds; /* bravo, when we come up */
	const char *hold;  /* ours, as we say it first */
	const char *ends;  /* .. and at the end */
	bool runs[4];      /* TrA .. TrD in the end */
	const char *why;
} look_cases[] = {
	{ "", "none", "none", "local", { true, true, false, false }, "nothing runs: an ordinary start" },
	{ "AB", "local", "local", "local", { true, true, false, false }, "our own goes on" },
	{ "A", "local", "local", "local", { true, true, false, false }, "what was half started is completed" },
	{ "ABCD", "none", "all", "all", { true, true, true, true }, "all goes on: nobody has taken it" },
	{ "CD", "none", "foreign", "all", { true, true, true, true }, "the other's goes on, ours is taken" },
	{ "ABCD", "all", "all", "local", { true, true, false, false }, "both have all: each keeps its own" },
	{ "D", "local", "foreign", "local", { true, true, false, false }, "what the other has is stopped here" },
};
/* clang-format on */

static bool
is_said(struct bench *b, const char *word)
{
	char line[80];

	snprintf(line, sizeof(line), "send resource rsc_hold=%s rtype=full", word);
	return strstr(b->said, line);
}

static void
test_look(void)
{
	for (size_t i = 0; i < ARRAY_LEN(look_cases); i++) {
		struct bench *b =
		    bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF });

		for (const char *on = look_cases[i].on; *on; on++)
			b->on[*on - 'A'] = true;
		rsc_look(b->rsc, b->now);
		bench_work(b);
		CHECK(!strstr(b->said, "run start"),
		    "nothing is started before all have spoken: %s", look_cases[i].why);
		bench_node(b, "bravo", RSC_NODE_ACTIVE);
		rsc_comm_up(b->rsc, b->now);
		CHECK(strcmp(look_cases[i].hold, "none") == 0 ||
		          is_said(b, look_cases[i].hold),
		    "it is said at once: %s", look_cases[i].why);
		bench_holds(b, "bravo", look_cases[i].holds, 1);
		bench_work(b);
		/* As it will answer when it hears us: it keeps its own. */
		bench_holds(b, "bravo",
		    strcmp(look_cases[i].holds, "all") == 0 ? "local"
		                                            : look_cases[i].holds,
		    1);
		bench_work(b);
		CHECK_STR(rsc_hold_word(b->rsc), look_cases[i].ends, "%s",
		    look_cases[i].why);
		for (size_t k = 0; k < 4; k++)
			CHECK_INT(b->on[k], look_cases[i].runs[k], "Tr%c: %s",
			    (char)('A' + k), look_cases[i].why);
		bench_free(b);
	}
}

static void
test_look_hangs(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF });

	rsc_look(b->rsc, b->now);
	CHECK(b->runs && b->run.op == RSC_STATUS, "the first status runs");
	bench_node(b, "bravo", RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	CHECK(!strstr(b->said, "send "), "nothing is said before we know");
	CHECK(!rsc_is_idle(b->rsc), "a reload has to wait");
	bench_pass(b, RSC_LOOK_MS);
	CHECK(strstr(b->said, "kill"), "but not for ever");
	bench_ended(b, -1, "");
	CHECK(is_said(b, "all"), "what does not say that it is stopped may run");
	bench_free(b);
}

static void
test_look_leaves(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_OFF });

	b->on[2] = true;
	rsc_look(b->rsc, b->now);
	rsc_leave(b->rsc, b->now, "terminated");
	bench_work(b);
	CHECK(!b->on[2], "asked to end meanwhile, it stops what it found");
	CHECK(strstr(b->said, "send shutdone"), "and is done");
	bench_free(b);
}

static void
test_look_legacy(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .failback = FAILBACK_LEGACY });

	b->on[0] = b->on[1] = b->on[2] = true;
	rsc_look(b->rsc, b->now);
	bench_work(b);
	CHECK(b->on[0] && b->on[1], "our own goes on");
	CHECK(!b->on[2], "what is not ours is stopped: nobody would hear of it");
	bench_free(b);
}

static const struct check_case cases[] = {
	{ "what runs already", test_look },
	{ "a hanging status", test_look_hangs },
	{ "the end comes first", test_look_leaves },
	{ "legacy", test_look_legacy },
};
CHECK_MAIN("rsc_look", cases)
