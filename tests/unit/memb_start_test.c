/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership: the way up, the own status, lives and deaths (spec/wire.md 7, 11.3, 13). */
#include "tests/unit/memb_fixture.h"

static void
test_start_order(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });

	memb_start(fix->memb, fix->now);
	CHECK_STR(fix->trace,
	    "send status st=init dt=1f40 seq=1\n"
	    "log info Local status now set to: 'up'\n"
	    "event NODE alpha init -> up (started)\n"
	    "send status st=up dt=1f40 seq=2\n"
	    "send status st=up dt=1f40 seq=3\n",
	    "init, up, up");
	fix_forget(fix);
	fix_run(fix, 1000);
	CHECK_STR(fix->trace, "send status st=up dt=1f40 seq=4\n",
	    "then every keepalive");
	fix_free(fix);
}

static void
test_two_nodes_come_up(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });

	memb_start(fix->memb, fix->now);
	fix_run(fix, 3155);
	fix_forget(fix);
	fix_beat(fix, "beta", 0x500, 1, "init");
	WANT(fix, "event GENERATION beta");
	WANT(fix, "log info Link beta:eth0 up.\n");
	WANT(fix, "send reqnodes dest=beta");
	WANT(fix,
	    "send status st=up dt=1f40"); /* so that beta need not wait a keepalive */
	CHECK(!memb_is_up(fix->memb), "not before the list came");
	fix_beat(fix, "beta", 0x500, 2, "up");
	WANT(fix, "log info Status update for node beta: status up\n");
	fix_say(fix, 0, "beta", 0x500, 3, "t=reqnodes;dest=alpha");
	WANT(fix, "send repnodes dest=beta nodelist=alpha beta  delnodelist=  seq=9\n");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 4,
	    "dest=alpha;t=repnodes;nodelist=alpha beta ;delnodelist= ");
	WANT(fix, "log info Comm_now_up(): updating status to active\n");
	WANT(fix, "log info Local status now set to: 'active'\n");
	WANT(fix, "send status st=active dt=1f40");
	WANT(fix, "event COMM_UP alpha");
	CHECK(memb_is_up(fix->memb));
	fix_free(fix);
}

static void
test_dt_is_lowered_after_5_s(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });

	memb_start(fix->memb, fix->now);
	fix_run(fix, 4999);
	CHECK_INT(fix_count(fix, "dt=1770"), 0, "raised for 5 s");
	fix_forget(fix);
	fix_run(fix, 1);
	CHECK_STR(fix->trace,
	    "send status st=up dt=1f40 seq=8\nsend status st=up dt=1770 seq=9\n",
	    "one more in the same tick");
	fix_free(fix);
}

static void
test_alone_after_initdead(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });

	memb_start(fix->memb, fix->now);
	fix_run(fix, 11999);
	CHECK(!memb_is_up(fix->memb), "initdead has not passed");
	fix_run(fix, 1);
	WANT(fix, "log warning node beta: is dead\n");
	WANT(fix,
	    "event NODE beta init -> dead (not heard for 12000 ms on eth0 (initdead "
	    "12000 ms))");
	WANT_NOT(fix, "send reqnodes");
	CHECK(memb_is_up(fix->memb));
	fix_free(fix);
}

static void
test_reqnodes_is_repeated(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ .nodes = "alpha beta gamma" });

	memb_start(fix->memb, fix->now);
	fix_beat(fix, "beta", 0x500, 1, "up");
	fix_beat(fix, "gamma", 0x700, 1, "up");
	CHECK_INT(fix_count(fix, "send reqnodes dest=beta"), 1,
	    "the first in the configuration");
	fix_run(fix, 1000);
	CHECK_INT(fix_count(fix, "send reqnodes dest=beta"), 2, "every 1000 ms");
	fix_say(fix, 0, "gamma", 0x700, 2,
	    "dest=alpha;t=repnodes;nodelist=alpha gamma ;delnodelist= ");
	CHECK(!memb_is_up(fix->memb), "that one was not asked");
	CHECK_INT(memb_node_count(fix->memb), 3, "and its list is not believed");
	for (uint64_t seq = 3; seq < 14; seq++) { /* beta falls silent */
		fix_beat(fix, "gamma", 0x700, seq, "up");
		fix_run(fix, 1000);
	}
	fix_run(fix, 1000);
	WANT(fix, "event NODE beta up -> dead");
	WANT(fix, "send reqnodes dest=gamma");
	fix_free(fix);
}

static void
test_death_is_exact(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .links = "eth0 eth1",
	    .keepalive_ms = 100,
	    .deadtime_ms = 500,
	    .initdead_ms = 2000,
	    .warntime_ms = 250 });

	fix_say(fix, 0, "beta", 0x500, 7, "t=status;st=active;dt=1f4;protocol=1");
	fix_run(fix, 499);
	WANT_NOT(fix, "dead");
	fix_run(fix, 1);
	WANT(fix, "log warning node beta: is dead\n"
	          "event NODE beta active -> dead (silent for 500 ms on "
	          "eth0 and eth1 (deadtime 500 ms))\n"
	          "log info Link beta:eth0 dead.\n"
	          "event LINK beta eth0 dead (silent for 500 ms (deadtime 500 ms))\n");
	fix_free(fix);
}

/* The peer's own wish counts, not ours; what a starting node of ours adds is taken off
 * again. */
static void
test_death_by_the_peers_dt(void)
{
	static const struct {
		const char *status;
		int64_t dead_ms;
		const char *why;
	} cases[] = {
		{ "t=status;st=active;dt=1388;protocol=1", 5000,
		    "dt 5000 against a local 3000" },
		{ "t=status;st=active;dt=1388;protocol=1;hbfeat=1", 5000, "one of ours" },
		{ "t=status;st=active;dt=1388;protocol=1;hbfeat=3", 3000,
		    "one of ours, starting" },
		{ "t=status;st=active;protocol=1", 6000, "no dt: the last one stays" },
		{ "t=status;st=active;dt=0;protocol=1", 6000,
		    "no time at all is no time" },
		{ "t=status;st=active;dt=zz;protocol=1", 6000, "not a number" },
		{ "t=status;st=active;dt=ffffffffffffffff;protocol=1", 6000,
		    "longer than a year" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fix *fix = fix_new_up(
		    &(struct fix_conf){ .deadtime_ms = 3000, .warntime_ms = 1000 });

		fix_say(fix, 0, "beta", 0x500, 7, cases[i].status);
		fix_run(fix, cases[i].dead_ms - 1);
		CHECK(!fix_has(fix, "beta: is dead"), "%s", cases[i].why);
		fix_run(fix, 1);
		CHECK(fix_has(fix, "beta: is dead"), "%s", cases[i].why);
		fix_free(fix);
	}
}

static void
test_only_status_is_life(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (uint64_t i = 0; i < 5; i++) {
		fix_run(fix, 1000);
		fix_say(fix, 0, "beta", 0x500, 7 + i, "t=foo");
	}
	fix_run(fix, 1000);
	WANT(fix, "node beta: is dead");
	WANT_NOT(fix, "Link beta:eth0 dead"); /* messages came over it */
	fix_free(fix);
}

static void
test_late_heartbeat(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .warntime_ms = 2000 });

	fix_run(fix, 2000);
	fix_beat(fix, "beta", 0x500, 7, "active");
	WANT_NOT(fix, "Late heartbeat");
	fix_run(fix, 2500);
	fix_beat(fix, "beta", 0x500, 8, "active");
	WANT(fix, "log warning Late heartbeat: Node beta: interval 2500 ms\n");
	CHECK_INT(memb_stats(fix->memb)->late, 1, "counted");
	fix_free(fix);
}

static void
test_partition_heals(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .manages_resources = true });

	fix_run(fix, 6000);
	WANT(fix, "event NODE beta active -> dead");
	fix_forget(fix);
	fix_beat(fix, "beta", 0x500, 6, "active");
	CHECK_STR(fix->trace, "", "a late packet of before its death changes nothing");
	fix_run(fix, 3010);
	fix_forget(fix);
	fix_beat(fix, "beta", 0x500, 20, "active");
	WANT(fix, "log crit Cluster node beta returning after partition.\n"
	          "log info For information on cluster partitions, See URL: "
	          "http://linux-ha.org/wiki/Split_Brain\n"
	          "log warning Deadtime value may be too small.\n"
	          "log info See FAQ for information on tuning deadtime.\n");
	WANT(fix,
	    "event PARTITION beta (same generation 1280 after 9010 ms of silence)\n");
	WANT(fix, "send status st=active");
	WANT(fix, "log crit Late heartbeat: Node beta: interval 9010 ms (> deadtime)\n"
	          "log warning node beta: is dead\n"
	          "event NODE beta dead -> dead (returns after 9010 ms)\n");
	WANT(fix, "event NODE beta dead -> active");
	WANT_NOT(fix, "lost packet");
	fix_free(fix);
}

static void
test_restart_of_a_peer(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_beat(fix, "beta", 0x501, 1, "init");
	WANT(fix, "log info Heartbeat restart on node beta\n"
	          "event RESTARTED beta (generation 1281, was 1280)\n");
	WANT(fix, "event NODE beta active -> init");
	WANT_NOT(fix, "dead");
	CHECK_INT(memb_node_find(fix->memb, "beta")->generation, 0x501, "generation");
	CHECK_INT(memb_node_find(fix->memb, "beta")->seq_seen, 1, "numbers begin anew");
	fix_free(fix);
}

static void
test_restart_after_death_is_no_partition(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .manages_resources = true });

	fix_run(fix, 8000);
	fix_forget(fix);
	fix_beat(fix, "beta", 0x501, 1, "init");
	WANT(fix, "event RESTARTED beta");
	WANT(fix, "event NODE beta dead -> init");
	WANT_NOT(fix, "PARTITION");
	WANT_NOT(fix, "Late");
	fix_free(fix);
}

static void
test_own_stall_kills_nobody(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix->now = instant_add_ms(fix->now,
	    5500); /* the process was stopped; datagrams were lost */
	memb_tick(fix->memb, fix->now);
	fix_run(fix, 500);
	WANT(fix, "log warning this node did not run for");
	WANT_NOT(fix, "beta: is dead");
	CHECK_INT(memb_stats(fix->memb)->stalls, 1, "counted");
	fix_forget(fix);
	fix_run(fix, 6000);
	WANT(fix, "beta: is dead"); /* but it is not kept alive by that */
	fix_free(fix);
}

/* It came back while we slept: the moment of waking up is too early to judge it. */
static void
test_waking_up_is_no_verdict(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_run(fix, 5900);
	fix->now = instant_add_ms(fix->now, 3000);
	memb_tick(fix->memb, fix->now);
	WANT_NOT(fix, "beta: is dead");
	fix_run(fix, 1999);
	WANT_NOT(fix, "beta: is dead");
	fix_run(fix, 1000);
	WANT(fix, "beta: is dead");
	fix_free(fix);
}

/* Awake for 200 ms, away for 600 ms, again and again: its death comes within twice the
 * dead time. */
static void
test_small_stalls_do_not_add_up(void)
{
	struct fix *fix =
	    fix_new_up(&(struct fix_conf){ .keepalive_ms = 200, .deadtime_ms = 2000 });
	int64_t passed = 0;

	fix_say(fix, 0, "beta", 0x500, 7, "t=status;st=active;dt=7d0;protocol=1");
	while (!fix_has(fix, "beta: is dead") && passed < 20000) {
		fix->now = instant_add_ms(fix->armed, 600);
		memb_tick(fix->memb, fix->now);
		passed =
		    instant_diff_ms(fix->now, memb_node_find(fix->memb, "beta")->heard);
	}
	CHECK(passed >= 4000 && passed <= 8800, "took %" PRId64 " ms", passed);
	fix_free(fix);
}

static void
test_long_own_silence_is_told(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix->now = instant_add_ms(fix->now, 20000);
	memb_tick(fix->memb, fix->now);
	WANT(fix,
	    "log err No local heartbeat. Forcing restart.\nevent SELF_SILENT alpha");
	CHECK_INT(fix_count(fix, "SELF_SILENT"), 1, "once");
	fix_free(fix);

	fix = fix_new_up(&(struct fix_conf){ 0 });
	memb_stalled(fix->memb, fix->now,
	    20000); /* a suspend, which the clock does not show */
	WANT(fix, "event SELF_SILENT alpha");
	fix_run(fix, 5000);
	WANT_NOT(fix, "beta: is dead");
	fix_free(fix);

	fix = fix_new(&(struct fix_conf){ 0 }); /* nobody else lives: nobody took over */
	memb_start(fix->memb, fix->now);
	fix_run(fix, 13000);
	fix->now = instant_add_ms(fix->now, 9000);
	memb_tick(fix->memb, fix->now);
	WANT_NOT(fix, "SELF_SILENT");
	fix_free(fix);
}

/* Between our own nodes one wakes all; FOLLOW_MS is 2. */
static void
test_heartbeats_answer_each_other(void)
{
	static const char ours[] = "t=status;st=active;dt=1770;protocol=1;hbfeat=1";
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_run(fix, 970); /* the last one was 0 ms ago: it is in step with the clock */
	fix_forget(fix);
	fix_run(fix, 600);
	fix_beat(fix, "beta", 0x500, 7, "active");
	WANT_NOT(fix, "send status"); /* an old node is not followed */
	fix_say(fix, 0, "beta", 0x500, 8, ours);
	CHECK_INT(fix_count(fix, "send status"), 1, "answered at once");
	fix_run(fix, 499);
	fix_say(fix, 0, "beta", 0x500, 9, ours);
	CHECK_INT(fix_count(fix, "send status"), 1,
	    "ours was less than half an interval ago");
	fix_run(fix, 501);
	fix_say(fix, 0, "beta", 0x500, 10, ours);
	CHECK_INT(fix_count(fix, "send status"), 2,
	    "in step, and our clock did not ring");
	fix_run(fix, 1001);
	CHECK_INT(fix_count(fix, "send status"), 2, "waits for the other");
	fix_run(fix, 1);
	CHECK_INT(fix_count(fix, "send status"), 3, "goes on without it");
	fix_run(fix, 1000);
	CHECK_INT(fix_count(fix, "send status"), 4, "by its own clock");
	fix_free(fix);
}

static void
test_announce(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_run(fix, 5000);
	fix_forget(fix);
	memb_announce(fix->memb, fix->now, 30000);
	CHECK_STR(fix->trace, "send status st=active dt=8ca0 seq=d\n", "6000 + 30000");
	fix_free(fix);
}

static void
test_very_old_peer(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });

	memb_start(fix->memb, fix->now);
	fix_say(fix, 0, "beta", 0x500, 1, "t=status;st=up;dt=1770");
	WANT(fix, "flow control disabled due to different version heartbeat");
	WANT_NOT(fix, "send reqnodes");
	CHECK(memb_is_up(fix->memb), "there is nobody to be asked");
	for (uint64_t seq = 2; seq < 30; seq++)
		fix_say(fix, 0, "beta", 0x500, seq, "t=status;st=up;dt=1770");
	WANT_NOT(fix, "NS_ackmsg");
	fix_free(fix);
}

static void
test_ping_node(void)
{
	struct fix *fix = fix_new(
	    &(struct fix_conf){ .nodes = "alpha beta @10.0.0.3", .deadping_ms = 4000 });

	memb_start(fix->memb, fix->now);
	fix_beat(fix, "beta", 0x500, 1, "up");
	WANT_NOT(fix, "send reqnodes"); /* it counts in communication up */
	fix_say(fix, 0, "10.0.0.3", 0, 0, "t=NS_st;st=ping;info=ping");
	CHECK(!memb_node_find(fix->memb, "10.0.0.3")->anything,
	    "not from a medium to nodes");
	fix_say(fix, 1, "10.0.0.3", 0, 0, "t=NS_st;st=ping;info=ping");
	WANT(fix, "log info Link 10.0.0.3:10.0.0.3 up.\n");
	WANT(fix, "event NODE 10.0.0.3 init -> ping (answers)\ndeliver NS_st from "
	          "10.0.0.3 st=ping\n");
	WANT(fix, "send reqnodes dest=beta");
	fix_say(fix, 0, "beta", 0x500, 2,
	    "dest=alpha;t=repnodes;nodelist=alpha beta ;delnodelist= ");
	CHECK(memb_is_up(fix->memb));
	CHECK_INT(memb_node_count(fix->memb), 3, "a ping node is in no list and stays");
	fix_say(fix, 1, "beta", 0x500, 3, "t=foo");
	WANT_NOT(fix, "deliver foo"); /* nodes do not speak through ping media */
	fix_run(fix, 3999);
	WANT_NOT(fix, "10.0.0.3: is dead");
	fix_run(fix, 1);
	WANT(fix, "node 10.0.0.3: is dead");
	WANT(fix, "Link 10.0.0.3:10.0.0.3 dead.");
	fix_forget(fix);
	fix_say(fix, 1, "10.0.0.3", 0, 0, "t=NS_st;st=ping;info=ping");
	CHECK_INT(fix_count(fix, "10.0.0.3: is dead"), 0, "a ping node dies once");
	WANT(fix, "event NODE 10.0.0.3 dead -> ping");
	fix_free(fix);
}

/* Order and form of the fields; hbfeat is ours, old nodes pass over what they do not know
 * (x05). */
static void
test_status_bytes(void)
{
	static const char want[] =
	    "###\n11:(0)t=status,8:(0)st=up,10:(0)dt=1f40,13:(0)protocol=1,"
	    "12:(0)hbfeat=17,12:(0)src=alpha,27:(1)srcuuid=alpha\0\0\0\0\0\0\0\0\0\0\0,"
	    "8:(0)seq=4,9:(0)hg=100,14:(0)ts=6b0003e9,28:(0)ld=0.00 0.01 0.05 1/100 "
	    "1,8:(0)ttl=3,";
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });

	memb_start(fix->memb, fix->now);
	fix_run(fix, 1000);
	CHECK(fix->last_len > sizeof(want) &&
	          memcmp(fix->last_frame, want, sizeof(want) - 1) == 0,
	    "%.200s", (const char *)fix->last_frame);
	CHECK(strstr((const char *)fix->last_frame + sizeof(want) - 1, "(0)auth=1 "),
	    "auth is last");
	fix_free(fix);
}

static const struct check_case cases[] = {
	{ "start_order", test_start_order },
	{ "two_nodes_come_up", test_two_nodes_come_up },
	{ "dt_is_lowered_after_5_s", test_dt_is_lowered_after_5_s },
	{ "alone_after_initdead", test_alone_after_initdead },
	{ "reqnodes_is_repeated", test_reqnodes_is_repeated },
	{ "death_is_exact", test_death_is_exact },
	{ "death_by_the_peers_dt", test_death_by_the_peers_dt },
	{ "only_status_is_life", test_only_status_is_life },
	{ "late_heartbeat", test_late_heartbeat },
	{ "partition_heals", test_partition_heals },
	{ "restart_of_a_peer", test_restart_of_a_peer },
	{ "restart_after_death_is_no_partition",
	    test_restart_after_death_is_no_partition },
	{ "own_stall_kills_nobody", test_own_stall_kills_nobody },
	{ "waking_up_is_no_verdict", test_waking_up_is_no_verdict },
	{ "small_stalls_do_not_add_up", test_small_stalls_do_not_add_up },
	{ "long_own_silence_is_told", test_long_own_silence_is_told },
	{ "heartbeats_answer_each_other", test_heartbeats_answer_each_other },
	{ "announce", test_announce },
	{ "very_old_peer", test_very_old_peer },
	{ "ping_node", test_ping_node },
	{ "status_bytes", test_status_bytes },
};
CHECK_MAIN("memb_start", cases)
