/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of heartbeats: buckets, known distributions, numbers, advice; and what the
 * core notes of a peer that it hears. */
#include "tests/unit/memb_fixture.h"

#define MS 1000 /* us */

static struct instant
at_us(int64_t us)
{
	return (struct instant){ (1000000 + us) * 1000 };
}

/* Beats that are late by what LIST says, of one each millisecond. */
static void
beats(struct arrival *a, const int64_t *list, size_t count)
{
	int64_t now = 0;

	arrival_beat(a, at_us(now), 1);
	for (size_t i = 0; i < count; i++)
		arrival_beat(a, at_us(now += list[i] + 1 * MS), 1);
	arrival_check(a);
}

static void
test_buckets(void)
{
	int64_t before = 0;

	for (size_t i = 0; i + 1 < ARRIVAL_BUCKETS; i++) {
		int64_t end = arrival_bucket_end_us(i);

		CHECK(end > before, "bucket %zu ends behind the one before", i);
		CHECK_INT(arrival_bucket_of(end - 1), i, "its last value");
		CHECK_INT(arrival_bucket_of(end), i + 1, "its end is the next one's");
		CHECK(i == 0 || end <= before + before / 4 + 1,
		    "bucket %zu is a fifth wide", i);
		before = end;
	}
	CHECK_INT(arrival_bucket_of(0), 0, "nothing");
	CHECK_INT(arrival_bucket_of(INT64_MAX), ARRIVAL_BUCKETS - 1, "for ever");
}

static void
test_one_value(void)
{
	struct arrival a = { 0 };
	int64_t list[100];

	CHECK_INT(arrival_percentile_us(&a, 999), 0, "nothing yet");
	CHECK_INT(arrival_mean_us(&a), 0, "nothing yet");
	for (size_t i = 0; i < 100; i++)
		list[i] = 200 * MS;
	beats(&a, list, 100);
	CHECK_INT(a.beats, 100, "beats");
	CHECK_INT(a.min_us, 201 * MS, "min");
	CHECK_INT(a.max_us, 201 * MS, "max");
	CHECK_INT(a.latest_us, 200 * MS, "latest");
	CHECK_INT(arrival_mean_us(&a), 201 * MS, "mean");
	CHECK_INT(arrival_percentile_us(&a, 500), 200 * MS, "p50 is at most the latest");
	CHECK_INT(arrival_percentile_us(&a, 999), 200 * MS, "p999");
}

/* 1 to 1000 ms, each once: the percentile is known, and is met from above within a
 * bucket. */
static void
test_uniform(void)
{
	static const unsigned asked[] = { 1, 10, 500, 900, 990, 999, 1000 };
	struct arrival a = { 0 };
	int64_t list[1000];

	for (size_t i = 0; i < 1000; i++)
		list[i] = (int64_t)((i * 7) % 1000 + 1) * MS; /* not in order */
	beats(&a, list, 1000);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		int64_t want = (int64_t)asked[i] * MS;
		int64_t got = arrival_percentile_us(&a, asked[i]);

		CHECK(got >= want && got <= want + want / 4, "p%u: %lld us", asked[i],
		    (long long)got);
	}
	CHECK_INT(arrival_mean_us(&a), 501500, "mean");
	CHECK_INT(a.min_us, 2 * MS, "min");
	CHECK_INT(a.max_us, 1001 * MS, "max");
}

/* One in a hundred is slow: p50 does not see it, p999 does. */
static void
test_two_humps(void)
{
	struct arrival a = { 0 };
	int64_t list[1000];

	for (size_t i = 0; i < 1000; i++)
		list[i] = i % 100 == 7 ? 900 * MS : 100 * MS;
	beats(&a, list, 1000);
	CHECK(arrival_percentile_us(&a, 500) < 125 * MS, "p50");
	CHECK(arrival_percentile_us(&a, 990) < 125 * MS, "p99: exactly 990 are short");
	CHECK_INT(arrival_percentile_us(&a, 999), 900 * MS, "p999");
}

static const struct {
	const char *numbers;
	uint64_t received, lost, behind, duplicates;
	const char *why;
} number_cases[] = {
	{ "1 2 3 4", 4, 0, 0, 0, "in order" },
	{ "50 51", 2, 0, 0, 0, "the first one may be any" },
	{ "1 2 5 6", 4, 2, 0, 0, "two are missing" },
	{ "1 3 2 4", 4, 1, 1, 0, "overtaken, or sent again" },
	{ "1 2 2 3 3 3", 3, 0, 0, 3, "twice and thrice" },
	{ "1 3 2 2", 3, 1, 1, 1, "late, and once more" },
	{ "5 4", 2, 0, 1, 0, "before the first" },
	{ "1 100 1", 2, 98, 1, 0, "too long ago to be told apart" },
	{ "1 65 1", 2, 63, 0, 1, "the end of the window" },
	{ "1 66 2", 3, 64, 1, 0, "just inside of it" },
	{ "1 20000 20001", 3, 0, 0, 0, "a jump is no loss" },
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(number_cases); i++) {
		struct arrival a = { 0 };
		const char *at = number_cases[i].numbers;
		char *end;

		for (; *at; at = end + strspn(end, " "))
			arrival_number(&a, strtoull(at, &end, 10));
		arrival_check(&a);
		CHECK_INT(a.received, number_cases[i].received, "received: %s",
		    number_cases[i].why);
		CHECK_INT(a.lost, number_cases[i].lost, "lost: %s", number_cases[i].why);
		CHECK_INT(a.behind, number_cases[i].behind, "behind: %s",
		    number_cases[i].why);
		CHECK_INT(a.duplicates, number_cases[i].duplicates, "duplicates: %s",
		    number_cases[i].why);
	}
}

static void
test_outage_is_no_silence(void)
{
	struct arrival a = { 0 };

	arrival_beat(&a, at_us(0), 100);
	arrival_beat(&a, at_us(100 * MS), 100);
	arrival_number(&a, 10);
	arrival_down(&a);
	arrival_number(&a, 5000);
	arrival_beat(&a, at_us(3600000 * (int64_t)MS), 100);
	arrival_beat(&a, at_us(3600100 * (int64_t)MS), 100);
	arrival_pause(&a);
	arrival_beat(&a, at_us(3700000 * (int64_t)MS), 100);
	arrival_check(&a);
	CHECK_INT(a.beats, 2, "two silences");
	CHECK_INT(a.max_us, 100 * MS, "max");
	CHECK_INT(a.outages, 1, "one outage");
	CHECK_INT(a.lost, 0, "what was sent meanwhile is not lost");
}

static void
fill(struct arrival *a, int64_t keepalive_ms, int64_t usual_ms, int64_t worst_ms,
    size_t count)
{
	int64_t now = 0;

	arrival_beat(a, at_us(0), keepalive_ms);
	for (size_t i = 0; i < count; i++)
		arrival_beat(a, at_us(now += (i == count / 2 ? worst_ms : usual_ms) * MS),
		    keepalive_ms);
}

static const struct {
	int64_t keepalive_ms, usual_ms, worst_ms;
	size_t count;
	int64_t want_keepalive, want_warn, want_dead;
	const char *why;
} advice_cases[] = {
	{ 1000, 1000, 1000, 5000, 20, 1500, 4000, "a perfect network: four keepalives" },
	{ 1000, 1000, 3000, 5000, 20, 1500, 6000, "twice the longest silence" },
	{ 1000, 1000, 1000, 999, 0, 0, 0, "too few to tell" },
	{ 1000, 1000, 1000, 1000, 20, 1500, 4000, "just enough" },
	{ 50, 50, 1234, 5000, 20, 75, 2500, "2468 is rounded up to two digits" },
};

static void
test_advice(void)
{
	for (size_t i = 0; i < ARRAY_LEN(advice_cases); i++) {
		struct arrival a = { 0 };
		struct arrival_advice advice;

		fill(&a, advice_cases[i].keepalive_ms, advice_cases[i].usual_ms,
		    advice_cases[i].worst_ms, advice_cases[i].count);
		arrival_advice_begin(&advice);
		arrival_advice_add(&advice, &a);
		arrival_advice_end(&advice, advice_cases[i].keepalive_ms);
		CHECK_INT(advice.deadtime_ms, advice_cases[i].want_dead, "deadtime: %s",
		    advice_cases[i].why);
		CHECK_INT(advice.warntime_ms, advice_cases[i].want_warn, "warntime: %s",
		    advice_cases[i].why);
		CHECK_INT(advice.keepalive_ms, advice_cases[i].want_keepalive,
		    "keepalive: %s", advice_cases[i].why);
	}
}

/* The worst link counts; one with too few beats keeps us silent. */
static void
test_advice_of_links(void)
{
	struct arrival good = { 0 }, bad = { 0 }, new = { 0 };
	struct arrival_advice advice;

	fill(&good, 100, 100, 100, 2000);
	fill(&bad, 100, 150, 700, 2000);
	fill(&new, 100, 100, 100, 5);
	arrival_advice_begin(&advice);
	arrival_advice_end(&advice, 100);
	CHECK_INT(advice.deadtime_ms, 0, "no link at all");
	arrival_advice_begin(&advice);
	arrival_advice_add(&advice, &good);
	arrival_advice_add(&advice, &bad);
	arrival_advice_end(&advice, 100);
	CHECK_INT(advice.links, 2, "links");
	CHECK_INT(advice.deadtime_ms, 1400, "of the bad one");
	CHECK(advice.warntime_ms > 150 && advice.warntime_ms < 1400, "warntime");
	CHECK(advice.keepalive_ms >= 100, "keepalive: lateness is half of that");
	arrival_advice_begin(&advice);
	arrival_advice_add(&advice, &good);
	arrival_advice_add(&advice, &new);
	arrival_advice_end(&advice, 100);
	CHECK_INT(advice.beats, 5, "the fewest");
	CHECK_INT(advice.deadtime_ms, 0, "not yet");
}

/* What the core hears, by link. */

static struct fix *
begin(const char *links)
{
	struct fix *fix = fix_new(&(struct fix_conf){ .nodes = "alpha beta",
	    .links = links,
	    .keepalive_ms = 100,
	    .deadtime_ms = 1000,
	    .initdead_ms = 2000,
	    .warntime_ms = 900 });

	memb_start(fix->memb, fix->now);
	return fix;
}

static const struct arrival *
beta_on(const struct fix *fix, size_t link)
{
	return memb_arrival(memb_node_find(fix->memb, "beta"), link);
}

static void
test_core(void)
{
	struct fix *fix = begin("eth0 eth1");
	unsigned seq = 7;

	for (int i = 0; i < 50; i++, seq++) {
		fix_say(fix, 0, "beta", 0x500, seq,
		    "t=status;st=active;dt=3e8;protocol=1");
		if (i % 10 != 5) /* eth1 loses one in ten */
			fix_say(fix, 1, "beta", 0x500, seq,
			    "t=status;st=active;dt=3e8;protocol=1");
		fix_run(fix, 100);
		memb_check(fix->memb);
	}
	CHECK_INT(beta_on(fix, 0)->beats, 49, "eth0: between 50 heartbeats");
	CHECK_INT(beta_on(fix, 0)->lost, 0, "eth0: none lost");
	CHECK_INT(beta_on(fix, 0)->max_us, 100 * MS, "eth0: silence");
	CHECK_INT(beta_on(fix, 1)->lost, 5, "eth1: lost");
	CHECK_INT(beta_on(fix, 1)->received, 45, "eth1: received");
	CHECK_INT(beta_on(fix, 1)->max_us, 200 * MS, "eth1: silence over a lost one");
	fix_say(fix, 0, "beta", 0x500, seq - 1, "t=status;st=active;dt=3e8;protocol=1");
	CHECK_INT(beta_on(fix, 0)->duplicates, 1, "the same again");
	CHECK_INT(beta_on(fix, 0)->beats, 49, "is no heartbeat");
	fix_say(fix, 0, "beta", 0x500, seq++, "t=foo");
	CHECK_INT(beta_on(fix, 0)->received, 51, "another message has a number, too");
	CHECK_INT(beta_on(fix, 0)->beats, 49, ".. but is no heartbeat");
	fix_run(fix, 2000);
	CHECK_INT(beta_on(fix, 0)->outages, 1, "it died");
	fix_say(fix, 0, "beta", 0x501, 1, "t=status;st=init;dt=3e8;protocol=1");
	CHECK_INT(beta_on(fix, 0)->beats, 49, "its absence is no silence");
	memb_check(fix->memb);
	fix_free(fix);
}

/* This node stood still: that says nothing of the others. */
static void
test_own_absence(void)
{
	struct fix *fix = begin("eth0");

	fix_say(fix, 0, "beta", 0x500, 7, "t=status;st=active;dt=3e8;protocol=1");
	fix_run(fix, 100);
	fix_say(fix, 0, "beta", 0x500, 8, "t=status;st=active;dt=3e8;protocol=1");
	memb_stalled(fix->memb, fix->now, 800);
	fix_run(fix, 100);
	fix_say(fix, 0, "beta", 0x500, 9, "t=status;st=active;dt=3e8;protocol=1");
	CHECK_INT(beta_on(fix, 0)->beats, 1, "only the one before");
	memb_check(fix->memb);
	fix_free(fix);
}

/* A node of ours answers at once: how long that takes is seen. */
static void
test_answer(void)
{
	struct fix *fix = begin("eth0");
	unsigned seq = 7;

	fix_say(fix, 0, "beta", 0x500, seq++,
	    "t=status;st=active;dt=3e8;protocol=1;hbfeat=1");
	for (int i = 0; i < 20; i++) {
		uint64_t sent = memb_seq(fix->memb);

		for (int ms = 0; ms < 300 && memb_seq(fix->memb) == sent; ms++)
			fix_run(fix, 1);
		fix_run(fix, 3);
		fix_say(fix, 0, "beta", 0x500, seq++,
		    "t=status;st=active;dt=3e8;protocol=1;hbfeat=1");
	}
	CHECK_INT(beta_on(fix, 0)->answer_us, 3 * MS, "three milliseconds each");
	fix_free(fix);
	fix = begin("eth0");
	for (seq = 7; seq < 30; seq++) {
		fix_say(fix, 0, "beta", 0x500, seq,
		    "t=status;st=active;dt=3e8;protocol=1");
		fix_run(fix, 100);
	}
	CHECK_INT(beta_on(fix, 0)->answer_us, 0, "an old node does not answer");
	fix_free(fix);
}

static const struct check_case cases[] = {
	{ "buckets", test_buckets },
	{ "one-value", test_one_value },
	{ "uniform", test_uniform },
	{ "two-humps", test_two_humps },
	{ "numbers", test_numbers },
	{ "outage-is-no-silence", test_outage_is_no_silence },
	{ "advice", test_advice },
	{ "advice-of-links", test_advice_of_links },
	{ "core", test_core },
	{ "own-absence", test_own_absence },
	{ "answer", test_answer },
};

CHECK_MAIN("memb_arrival", cases)
