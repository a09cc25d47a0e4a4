/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership: when heartbeats need wake nobody, what ends that, and what is heard later
 * than it arrived. */
#include "tests/unit/memb_fixture.h"

#define BEAT "t=status;st=active;dt=1770;protocol=1;hbfeat=5"
#define CALM "t=status;st=active;hbcalm=1;dt=1770;protocol=1;hbfeat=5"

static uint64_t beta_seq;

static void
beta_says(struct fix *fix, const char *text)
{
	fix_say(fix, 0, "beta", 0x500, ++beta_seq, text);
}

/* Both live, and nothing else happens, for so many keepalives. */
static void
quiet(struct fix *fix, int beats)
{
	for (int i = 0; i < beats; i++) {
		beta_says(fix, BEAT);
		fix_run(fix, 1000);
	}
}

static bool
last_is_marked(const struct fix *fix)
{
	return fix->last_len > sizeof(MEMB_CALM_PREFIX) &&
	       memcmp(fix->last_frame, MEMB_CALM_PREFIX, sizeof(MEMB_CALM_PREFIX) - 1) ==
	           0;
}

static struct fix *
calm_new(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .links = "eth0" });

	beta_seq = 6;
	quiet(fix, 14);
	CHECK(memb_is_calm(fix->memb), "after the 5 s of its start and some heartbeats");
	CHECK(last_is_marked(fix), "its heartbeat says so");
	fix_forget(fix);
	return fix;
}

static void
test_not_at_once(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .links = "eth0" });

	beta_seq = 6;
	for (int i = 0; i < 7; i++) {
		quiet(fix, 1);
		CHECK(!memb_is_calm(fix->memb) && !last_is_marked(fix), "second %d", i);
	}
	fix_free(fix);
}

/* Everything else than heartbeats, and heartbeats with news. */
static const struct {
	const char *text;
	uint64_t skip;
	bool ends;
	const char *why;
} heard[] = {
	{ BEAT, 0, false, "an ordinary heartbeat" },
	{ CALM, 0, false, "a calm one" },
	{ "t=status;st=active;dt=1770;protocol=1;hbfeat=5;ld=9.99", 0, false,
	    "its load" },
	{ "t=status;st=up;dt=1770;protocol=1;hbfeat=5", 0, true, "another status" },
	{ "t=status;st=active;dt=1771;protocol=1;hbfeat=5", 0, true, "another dt" },
	{ "t=status;st=active;dt=1770;protocol=1;hbfeat=1", 0, true, "other features" },
	{ "t=status;st=active;dt=1770;protocol=1;hbfeat=5;hbwait=1", 0, true,
	    "it waits for an answer" },
	{ CALM, 1, true, "a number is missing" },
	{ "t=foo", 0, true, "a message" },
	{ "t=foo;dest=gamma", 0, true, "a message for somebody else" },
};

static void
test_what_ends_it(void)
{
	for (size_t i = 0; i < ARRAY_LEN(heard); i++) {
		struct fix *fix = calm_new();

		beta_seq += heard[i].skip;
		beta_says(fix, heard[i].text);
		CHECK_INT(memb_is_calm(fix->memb), !heard[i].ends, "%s", heard[i].why);
		fix_free(fix);
	}
}

static void
test_own_message_ends_it(void)
{
	struct fix *fix = calm_new();
	char store[1024];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "foo");
	CHECK_INT(memb_send(fix->memb, fix->now, &m, true), 0, "sent");
	CHECK(!memb_is_calm(fix->memb), "a message of ours");
	for (int i = 0; i < 4; i++) {
		quiet(fix, 1);
		CHECK(!last_is_marked(fix), "heartbeat %d shows what was lost", i);
	}
	quiet(fix, 2);
	CHECK(last_is_marked(fix), "and then it is calm again");
	memb_announce(fix->memb, fix->now, 5000);
	CHECK(!memb_is_calm(fix->memb) && !last_is_marked(fix), "it leaves");
	fix_free(fix);
}

/* Now and then one is to be answered, for its time. */
static void
test_some_wake(void)
{
	struct fix *fix = calm_new();
	int marked = 0, unmarked = 0;

	for (int i = 0; i < 256; i++) {
		char ack[64];

		snprintf(ack, sizeof(ack), "t=NS_ackmsg;dest=alpha;ackseq=%llx",
		    (unsigned long long)memb_seq(fix->memb));
		fix_say(fix, 0, "beta", 0x500, 0, ack);
		quiet(fix, 1);
		marked += last_is_marked(fix);
		unmarked += !last_is_marked(fix);
	}
	CHECK_INT(unmarked, 2, "of 256");
	CHECK_INT(marked, 254, "of 256");
	fix_free(fix);
}

static void
test_dead_node_ends_it(void)
{
	struct fix *fix = calm_new();

	fix_run(fix, 6000);
	WANT(fix, "log warning node beta: is dead");
	CHECK(!memb_is_calm(fix->memb) && !last_is_marked(fix), "it is waited for");
	fix_free(fix);
}

/* Heartbeats that waited count from when they came: death is as exact as ever. */
static void
test_death_by_arrival(void)
{
	struct fix *fix = calm_new();

	fix_run(fix, 900);
	fix->late_ms = 700;
	beta_says(fix, CALM);
	fix_run(fix, 5299);
	WANT_NOT(fix, "is dead");
	fix_run(fix, 1);
	WANT(fix, "event NODE beta active -> dead (silent for 6000 ms on eth0 (deadtime "
	          "6000 ms))");
	fix_free(fix);
}

static void
test_late_by_arrival(void)
{
	struct fix *fix = calm_new();

	beta_says(fix, CALM);
	fix_run(fix, 3500);
	fix->late_ms = 600;
	beta_says(fix, CALM);
	WANT_NOT(fix, "Late heartbeat"); /* 2900 ms */
	fix->late_ms = 0;
	fix_run(fix, 2500);
	beta_says(fix, CALM);
	WANT(fix, "log warning Late heartbeat: Node beta: interval 3100 ms");
	fix_free(fix);
}

/* What was said while this node stood still is no sign of life now: two keepalives are
 * left to give one. */
static void
test_stale_after_absence(void)
{
	struct fix *fix = calm_new();

	beta_says(fix, CALM);
	fix->now = instant_add_ms(fix->now, 20000); /* no tick */
	for (int i = 19; i > 17; i--) {
		fix->late_ms = i * 1000;
		beta_says(fix, CALM);
	}
	memb_tick(fix->memb, fix->now);
	WANT_NOT(fix, "node beta: is dead");
	fix_run(fix, 1900);
	WANT_NOT(fix, "node beta: is dead");
	fix_run(fix, 4200);
	WANT(fix, "log warning node beta: is dead");
	fix_free(fix);
}

/* An arrival after now is none: now it is. */
static void
test_never_younger_than_now(void)
{
	struct fix *fix = calm_new();

	fix->late_ms = -5000;
	beta_says(fix, CALM);
	fix_run(fix, 6000);
	WANT(fix, "(silent for 6000 ms on eth0");
	fix_free(fix);
}

static void
test_calm_is_not_followed(void)
{
	struct fix *fix = calm_new();
	uint64_t sent;

	fix_run(fix, 700);
	sent = memb_seq(fix->memb);
	beta_says(fix, CALM);
	CHECK_INT(memb_seq(fix->memb), sent, "a calm one wants no answer");
	beta_says(fix, BEAT);
	CHECK_INT(memb_seq(fix->memb), sent + 1, "others do");
	fix_free(fix);
}

static const struct check_case cases[] = {
	{ "not_at_once", test_not_at_once },
	{ "what_ends_it", test_what_ends_it },
	{ "own_message_ends_it", test_own_message_ends_it },
	{ "some_wake", test_some_wake },
	{ "dead_node_ends_it", test_dead_node_ends_it },
	{ "death_by_arrival", test_death_by_arrival },
	{ "late_by_arrival", test_late_by_arrival },
	{ "stale_after_absence", test_stale_after_absence },
	{ "never_younger_than_now", test_never_younger_than_now },
	{ "calm_is_not_followed", test_calm_is_not_followed },
};

CHECK_MAIN("memb_calm", cases)
