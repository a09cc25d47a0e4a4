/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts and messages say, and what it means (spec/resources-v1.md 1.1, 3.4). */
#include "tests/unit/rsc_fixture.h"

/* clang-format off */
static const struct {
	const char *output;
	bool held;
	const char *why;
} status_cases[] = {
	{ "running", true, "the word" },
	{ "running\n", true, "with its newline" },
	{ "is Running fine", true, "a capital first letter" },
	{ "OK", true, "the other word" },
	{ "foo OK bar", true, "anywhere" },
	{ "NOT OK", true, "not is only looked for before running" },
	{ "nothing running", true, "not must be followed by a blank" },
	{ "unrunning", true, "anywhere, also inside a word" },
	{ "starting\nis running", true, "in any line" },
	{ "running not", true, "not after it" },
	{ "not there. OK", true, "not, but no running" },
	{ "ok", false, "OK has capitals" },
	{ "RUNNING", false, "only the first letter may be a capital" },
	{ "not running", false, "not before running" },
	{ "Not  Running", false, "with more blanks" },
	{ "nOT running", false, "each letter of not in either case" },
	{ "is not currently running", false, "with words between" },
	{ "daemon not running OK", false, "not beats OK" },
	{ "not up\nbut running", false, "also over lines" },
	{ "nothing, but running", true, "not must end there" },
	{ "cannot say: running", false, "not at the end of a word is one" },
	{ "stopped", false, "anything else" },
	{ "", false, "nothing" },
	{ "runnin", false, "cut off" },
	{ "O", false, "cut off" },
};
/* clang-format on */

static void
test_status(void)
{
	for (size_t i = 0; i < ARRAY_LEN(status_cases); i++)
		CHECK_INT(rsc_status_is_held(status_cases[i].output,
		              strlen(status_cases[i].output)),
		    status_cases[i].held, "'%s': %s", status_cases[i].output,
		    status_cases[i].why);
	CHECK_INT(rsc_status_is_held("running", 6), false,
	    "only LEN bytes are looked at");
}

/* clang-format off */
static const struct {
	const char *word;
	size_t speaker;
	rsc_set set; /* of three nodes */
	const char *flipped;
} word_cases[] = {
	{ "none",    0, 0x0, "none" },
	{ "local",   0, 0x1, "foreign" },
	{ "local",   2, 0x4, "foreign" },
	{ "foreign", 0, 0x6, "local" },
	{ "foreign", 1, 0x5, "local" },
	{ "all",     1, 0x7, "all" },
};
/* clang-format on */

static void
test_words(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .node_count = 3 });
	rsc_set set;

	for (size_t i = 0; i < ARRAY_LEN(word_cases); i++) {
		const char *word = word_cases[i].word;

		CHECK(rsc_set_of_word(b->rsc, word, word_cases[i].speaker, &set), "%s",
		    word);
		CHECK_INT(set, word_cases[i].set, "%s of %zu", word,
		    word_cases[i].speaker);
		CHECK_STR(rsc_word_of(set, word_cases[i].speaker), word, "and back");
		CHECK_STR(rsc_word_flip(word), word_cases[i].flipped,
		    "seen from the other");
	}
	set = 5;
	CHECK(!rsc_set_of_word(b->rsc, "failback", 0, &set), "no word of the wire");
	CHECK(!rsc_set_of_word(b->rsc, "", 0, &set), "no word");
	CHECK_INT(set, 5, "left alone");
	CHECK_STR(rsc_word_of(0x6, 0), "foreign", "one bit of foreign is enough");
	CHECK_STR(rsc_word_of(0x3, 0), "all", "local and some foreign");
	bench_free(b);
}

static void
test_names(void)
{
	struct bench *b = bench_new(&(struct bench_conf){ .node_count = 3 });
	rsc_set set = 0;

	rsc_set_of_names(b->rsc, "charlie ALPHA stranger", &set);
	CHECK_INT(set, 0x5, "names in any case and order, strangers passed over");
	rsc_set_of_names(b->rsc, "", &set);
	CHECK_INT(set, 0, "none");
	rsc_set_of_names(b->rsc, "alph", &set);
	CHECK_INT(set, 0, "no beginnings");
	bench_free(b);
}

/* clang-format off */
static const struct {
	enum rsc_node_state bravo, charlie;
	size_t home, heir; /* of four; we are delta, alpha is dead */
	const char *why;
} heir_cases[] = {
	{ RSC_NODE_ACTIVE,  RSC_NODE_ACTIVE,  1, 1, "its own node while it lives" },
	{ RSC_NODE_JOINING, RSC_NODE_ACTIVE,  1, 1, "also while it boots" },
	{ RSC_NODE_ACTIVE,  RSC_NODE_ACTIVE,  0, 1, "the next living one" },
	{ RSC_NODE_DEAD,    RSC_NODE_ACTIVE,  0, 2, "the next but one" },
	{ RSC_NODE_JOINING, RSC_NODE_ACTIVE,  0, 2, "one that boots takes nobody else's" },
	{ RSC_NODE_DEAD,    RSC_NODE_DEAD,    0, 3, "we" },
	{ RSC_NODE_ACTIVE,  RSC_NODE_DEAD,    2, 3, "the one after charlie are we" },
};
/* clang-format on */

static void
test_heir(void)
{
	for (size_t i = 0; i < ARRAY_LEN(heir_cases); i++) {
		struct bench *b =
		    bench_new(&(struct bench_conf){ .self = "delta", .node_count = 4 });

		bench_node(b, "alpha", RSC_NODE_DEAD);
		bench_node(b, "bravo", heir_cases[i].bravo);
		bench_node(b, "charlie", heir_cases[i].charlie);
		CHECK_INT(rsc_heir(b->rsc, heir_cases[i].home), heir_cases[i].heir, "%s",
		    heir_cases[i].why);
		bench_free(b);
	}
}

static void
test_nearer(void)
{
	struct bench *b =
	    bench_new(&(struct bench_conf){ .self = "charlie", .node_count = 4 });

	CHECK_INT(rsc_nearer(b->rsc, 2, 0), 2, "its own node");
	CHECK_INT(rsc_nearer(b->rsc, 0, 0), 0, "also when that is the other");
	CHECK_INT(rsc_nearer(b->rsc, 1, 0), 2, "the next behind it");
	CHECK_INT(rsc_nearer(b->rsc, 3, 0), 0, "round the end");
	bench_free(b);
}

static const struct check_case cases[] = {
	{ "status", test_status },
	{ "words", test_words },
	{ "names", test_names },
	{ "heir", test_heir },
	{ "nearer", test_nearer },
};
CHECK_MAIN("rsc_words", cases)
