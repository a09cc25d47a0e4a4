/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership: numbers, gaps, order, retransmission both ways, acknowledgements
 * (spec/wire.md 11, 12). */
#include "tests/unit/memb_fixture.h"

#include <errno.h>

static void
test_duplicates(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .links = "eth0 eth1" });

	fix_say(fix, 0, "beta", 0x500, 7, "t=foo");
	fix_say(fix, 1, "beta", 0x500, 7, "t=foo");
	CHECK_INT(fix_count(fix, "deliver foo"), 1, "once");
	WANT(fix,
	    "Link beta:eth1 up."); /* the newest one again refreshes the other link */
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 5, "t=foo");
	CHECK_STR(fix->trace, "", "an older one does nothing");
	CHECK_INT(memb_stats(fix->memb)->duplicates, 2, "counted");
	fix_free(fix);
}

static void
test_gap_is_asked_for_and_waited_for(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 10, "t=foo");
	CHECK_STR(fix->trace, "log warning 3 lost packet(s) for [beta] [6:10]\n",
	    "no request yet");
	fix_run(fix, 49);
	WANT_NOT(fix, "NS_rexmit");
	fix_run(fix, 201);
	WANT(fix, "send NS_rexmit dest=beta firstseq=7 lastseq=7\n");
	WANT(fix, "send NS_rexmit dest=beta firstseq=8 lastseq=8\n");
	WANT(fix, "send NS_rexmit dest=beta firstseq=9 lastseq=9\n");
	CHECK_INT(fix_count(fix, "NS_rexmit"), 3, "one for each number, once in 250 ms");
	fix_run(fix, 250);
	CHECK_INT(fix_count(fix, "NS_rexmit"), 6, "again every 250 ms");
	fix_forget(fix);
	fix_beat(fix, "beta", 0x500, 11, "active");
	fix_say(fix, 0, "beta", 0x500, 12, "t=bar");
	WANT_NOT(fix, "deliver");
	fix_say(fix, 0, "beta", 0x500, 8, "t=b");
	WANT_NOT(fix, "deliver");
	fix_say(fix, 0, "beta", 0x500, 7, "t=a");
	WANT(fix, "deliver a from beta seq=7\ndeliver b from beta seq=8\n");
	WANT_NOT(fix, "deliver foo");
	fix_say(fix, 0, "beta", 0x500, 9, "t=c");
	WANT(fix, "No pkts missing from beta!");
	WANT(fix, "deliver c from beta seq=9\ndeliver foo from beta seq=a\n"
	          "deliver bar from beta seq=c\n");
	fix_forget(fix);
	fix_run(fix, 500);
	WANT_NOT(fix, "NS_rexmit");
	fix_free(fix);
}

/* The directive is the bound: with 40 ms all three are asked for by then. */
static void
test_rexmit_delay(void)
{
	static const int64_t delays_ms[] = { 40, 250, 1000 };

	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
		struct fix *fix =
		    fix_new_up(&(struct fix_conf){ .max_rexmit_delay_ms = delays_ms[i] });

		fix_say(fix, 0, "beta", 0x500, 10, "t=foo");
		fix_run(fix, delays_ms[i]);
		CHECK_INT(fix_count(fix, "NS_rexmit"), 3, "within %d ms",
		    (int)delays_ms[i]);
		fix_run(fix, 2 * delays_ms[i]);
		CHECK_INT(fix_count(fix, "NS_rexmit"), 9, "and again in each %d ms",
		    (int)delays_ms[i]);
		fix_free(fix);
	}
}

/* Above 9 the decimal and the hexadecimal form differ. */
static void
test_requests_are_decimal(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (uint64_t seq = 7; seq < 57; seq++)
		fix_say(fix, 0, "beta", 0x500, seq, "t=foo");
	fix_say(fix, 0, "beta", 0x500, 58, "t=foo");
	fix_run(fix, 250);
	WANT(fix, "send NS_rexmit dest=beta firstseq=57 lastseq=57\n");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=57;dest=alpha");
	WANT_NOT(fix, "Irretrievably"); /* that is 87 */
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=39;dest=alpha");
	WANT(fix, "log err Irretrievably lost packet: node beta seq 57\n");
	fix_free(fix);
}

static void
test_prompt_peers_are_asked_sooner(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 7,
	    "t=status;st=active;dt=1770;protocol=1;hbfeat=1");
	fix_say(fix, 0, "beta", 0x500, 20, "t=foo");
	fix_run(fix, 20);
	WANT(fix, "send NS_rexmit dest=beta firstseq=8 lastseq=19\n");
	CHECK_INT(fix_count(fix, "NS_rexmit"), 1, "one request for the whole run");
	fix_free(fix);
}

static void
test_heartbeats_do_not_wait(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_beat(fix, "beta", 0x500, 9, "up");
	WANT(fix, "event NODE beta active -> up");
	fix_say(fix, 0, "beta", 0x500, 10, "t=reqnodes;dest=alpha");
	WANT(fix, "send repnodes dest=beta");
	/* The repeated older one does not turn the clock back. */
	fix_forget(fix);
	fix_beat(fix, "beta", 0x500, 7, "active");
	WANT_NOT(fix, "event NODE");
	CHECK_STR(memb_node_find(fix->memb, "beta")->status_text, "up",
	    "the newer one counts");
	fix_free(fix);
}

static void
test_refusal_ends_the_wait(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	fix_say(fix, 0, "beta", 0x500, 10, "t=bar");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=7;dest=gamma;hg=500");
	fix_say(fix, 0, "beta", 0, 0, "t=NS_nak_rexmit;firstseq=7;hg=500");
	fix_say(fix, 0, "beta", 0x4ff, 0, "t=NS_nak_rexmit;firstseq=7;dest=alpha");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=6;dest=alpha");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=ffff;dest=alpha");
	CHECK_STR(fix->trace, "", "not to us, of another life, or never asked for");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=7;dest=alpha");
	CHECK_STR(fix->trace,
	    "log err Irretrievably lost packet: node beta seq 7\n"
	    "event LOST beta (its sender has it no more)\ndeliver foo from beta seq=8\n",
	    "told, then on");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;firstseq=9;dest=alpha");
	WANT(fix, "deliver bar from beta seq=a\n");
	CHECK_INT(memb_stats(fix->memb)->lost, 2, "counted");
	fix_free(fix);
}

static void
test_death_ends_the_wait(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 8, "t=shutdone;st=dead");
	fix_run(fix, 6000);
	WANT(fix, "will not come any more\ndeliver shutdone from beta st=dead seq=8\n"
	          "log warning node beta: is dead\n");
	fix_forget(fix);
	fix_run(fix, 2000);
	WANT_NOT(fix, "NS_rexmit"); /* nobody asks the dead */
	fix_free(fix);
}

static void
test_new_life_ends_the_wait(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	fix_beat(fix, "beta", 0x501, 1, "init");
	WANT(fix, "deliver foo from beta seq=8\nevent GENERATION beta");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x501, 2, "t=bar");
	WANT(fix, "deliver bar from beta seq=2\n");
	fix_free(fix);
}

static void
test_one_way_cut_ends_the_wait(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	for (uint64_t seq = 9; seq < 22; seq++) {
		fix_run(fix, 1000);
		fix_beat(fix, "beta", 0x500, seq, "active");
	}
	WANT(fix, "log err Irretrievably lost packet: node beta seq 7\n");
	WANT(fix, "deliver foo from beta seq=8\n");
	fix_free(fix);
}

static void
test_gap_sizes(void)
{
	static const struct {
		uint64_t seq;
		bool asked;
		const char *why;
	} gaps[] = {
		{ 6 + 251, true, "a gap of 250 is repaired" },
		{ 6 + 252, false, "a larger one resets the tracking" },
		{ 100000, false, "far ahead" },
	};

	for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
		struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

		fix_say(fix, 0, "beta", 0x500, gaps[i].seq, "t=foo");
		CHECK(fix_has(fix, "lost a lot of packets!") == !gaps[i].asked, "%s",
		    gaps[i].why);
		CHECK(fix_has(fix, "deliver foo") == !gaps[i].asked, "%s", gaps[i].why);
		fix_run(fix, 250);
		CHECK(fix_has(fix, "NS_rexmit") == gaps[i].asked, "%s", gaps[i].why);
		CHECK_INT(memb_node_find(fix->memb, "beta")->seq_seen, gaps[i].seq, "%s",
		    gaps[i].why);
		fix_free(fix);
	}
}

/* Numbers of others are booked, their content is not ours. */
static void
test_foreign_dest(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .links = "eth0 eth1" });

	fix_say(fix, 1, "beta", 0x500, 7, "t=foo;dest=gamma");
	CHECK_STR(fix->trace, "", "neither delivered nor a sign of the link");
	fix_say(fix, 0, "beta", 0x500, 8, "t=foo;dest=alpha");
	CHECK_STR(fix->trace, "deliver foo from beta seq=8\n", "nothing is missing");
	fix_free(fix);
}

static void
test_early_messages_wait_for_a_status(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x501, 4, "t=starting");
	fix_say(fix, 0, "beta", 0x501, 2, "t=foo");
	CHECK_STR(fix->trace, "", "a life begins with a status");
	fix_beat(fix, "beta", 0x501, 3, "up");
	WANT(fix, "event RESTARTED beta");
	WANT(fix, "event NODE beta active -> up (first heartbeat of this life)\n"
	          "deliver status from beta st=up seq=3\n");
	WANT(fix, "seq=3\ndeliver foo from beta seq=2\n");
	WANT(fix, "deliver starting from beta seq=4\n");
	WANT_NOT(fix, "lost packet");
	fix_free(fix);
}

static void
test_the_dead_say_nothing(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_run(fix, 6000);
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	CHECK_STR(fix->trace, "", "not before it lives");
	fix_beat(fix, "beta", 0x500, 9, "active");
	WANT(fix, "event PARTITION beta");
	WANT(fix, "event NODE beta dead -> active");
	WANT(fix, "deliver foo from beta seq=8\n");
	fix_free(fix);
}

/* What we sent. */

static void
test_sending(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint64_t seq = memb_seq(fix->memb);

	CHECK_INT(fix_post(fix, "t=foo;src=nobody;seq=77", true), 0, "");
	WANT(fix, "send foo seq=");
	WANT(fix, "deliver foo from alpha (own) seq=");
	CHECK_INT(memb_seq(fix->memb), seq + 1, "present fields are overwritten");
	fix_forget(fix);
	CHECK_INT(fix_post(fix, "t=foo;dest=beta", true), 0, "");
	WANT(fix, "send foo dest=beta");
	WANT_NOT(fix, "deliver");
	fix_forget(fix);
	CHECK_INT(fix_post(fix, "t=foo;dest=alpha", true), 0, "the own node is allowed");
	WANT(fix, "deliver foo from alpha (own)");
	CHECK_INT(fix_post(fix, "t=foo;dest=nobody", true), 0, "goes on the wire");
	fix_forget(fix);
	seq = memb_seq(fix->memb);
	CHECK_INT(fix_post(fix, "t=NS_foo;hg=7", true), 0, "");
	WANT(fix, "send NS_foo\ndeliver NS_foo from alpha (own)\n");
	CHECK_INT(memb_seq(fix->memb), seq, "NS_ types have no number");
	fix_free(fix);
}

static void
test_types_of_membership_are_not_lent(void)
{
	static const char *const types[] = { "t=status;st=dead",
		"t=NS_ackmsg;ackseq=5;dest=beta", "t=NS_rexmit;firstseq=1;lastseq=2",
		"t=NS_nak_rexmit;firstseq=1", "t=reqnodes;dest=beta",
		"t=repnodes;dest=beta", "t=NS_st;st=ping", "t=", "info=x" };
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		CHECK_INT(fix_post(fix, types[i], true), -EINVAL, "%s", types[i]);
	CHECK_STR(fix->trace, "", "nothing leaves");
	fix_free(fix);
}

static void
test_too_big_takes_no_number(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint64_t seq = memb_seq(fix->memb), random = 1;
	char *text = malloc(200001);
	uint8_t *store = malloc(300000);
	struct msg m;

	assert(text && store);
	for (size_t i = 0; i < 200000; i++)
		text[i] = (char)('a' + (i / 1000) % 20);
	text[200000] = '\0';
	msg_init(&m, store, 300000);
	msg_add_str(&m, "t", "foo");
	msg_add_str(&m, "data", text);
	CHECK_INT(memb_send(fix->memb, fix->now, &m, true), 0, "compressed as a whole");
	CHECK_INT(memb_seq(fix->memb), seq + 1, "");
	CHECK(fix->last_len < 10000, "%zu bytes", fix->last_len);
	WANT(fix, "send foo seq=");
	for (size_t i = 0; i < 200000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		text[i] = (char)('!' + (random >> 33) % 94);
	}
	msg_init(&m, store, 300000);
	msg_add_str(&m, "t", "foo");
	msg_add_str(&m, "data", text);
	fix_forget(fix);
	CHECK_INT(memb_send(fix->memb, fix->now, &m, true), -EMSGSIZE,
	    "does not compress enough");
	CHECK_INT(memb_seq(fix->memb), seq + 1, "no number was given out");
	CHECK_STR(fix->trace, "", "nothing left");
	text[60000] = '\0';
	msg_init(&m, store, 300000);
	msg_add_str(&m, "t", "foo");
	msg_add_str(&m, "data", text);
	CHECK_INT(memb_send(fix->memb, fix->now, &m, true), 0, "longer than a slot");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_rexmit;dest=alpha;firstseq=1;lastseq=1");
	free(text);
	free(store);
	fix_free(fix);
}

static void
test_answers_are_the_same_bytes(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint8_t frame[2048];
	char ask[128];
	size_t len;
	uint64_t seq;

	fix_post(fix, "t=foo;data=x", true);
	seq = memb_seq(fix->memb);
	len = fix->last_len;
	memcpy(frame, fix->last_frame, len);
	fix_run(fix, 3000);
	snprintf(ask, sizeof(ask), "t=NS_rexmit;dest=alpha;firstseq=%d;lastseq=%d",
	    (int)seq, (int)seq);
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0, ask);
	CHECK(fix->last_len == len && memcmp(fix->last_frame, frame, len) == 0,
	    "identical");
	CHECK_INT(fix_count(fix, "send"), 1, "");
	fix_say(fix, 0, "beta", 0x500, 0, ask);
	CHECK_INT(fix_count(fix, "send"), 1, "not again within 240 ms");
	fix_run(fix, 240);
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0, ask);
	CHECK_INT(fix_count(fix, "send foo"), 1, "but then");
	fix_free(fix);
}

static const char *last_fields(struct fix *fix, char *buf, size_t size);

/* With new nodes alone what is sent in one turn goes out together, at its end; what is
 * asked for again goes alone, signed, with all its fields. */
static void
test_packs(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	char ask[96], buf[256];

	fix_forget(fix);
	fix_post(fix, "t=foo;n=1", false);
	CHECK_INT(fix_count(fix, "send foo"), 1, "an old node cannot read packs");
	fix_say(fix, 0, "beta", 0x500, 90,
	    "t=status;st=active;dt=1770;protocol=1;hbfeat=7");
	fix_forget(fix);
	for (int i = 0; i < 3; i++)
		fix_post(fix, "t=foo;n=2", false);
	CHECK_INT(fix_count(fix, "send "), 0, "they wait for the end of the turn");
	fix_run(fix, 1);
	CHECK_INT(fix_count(fix, "send NS_pack"), 1, "one datagram");
	CHECK_INT(fix_count(fix, "send foo"), 0, "and no other");
	fix_forget(fix);
	snprintf(ask, sizeof(ask), "t=NS_rexmit;dest=alpha;firstseq=%d;lastseq=%d",
	    (int)memb_seq(fix->memb) - 2, (int)memb_seq(fix->memb));
	fix_say(fix, 0, "beta", 0x500, 0, ask);
	CHECK_INT(fix_count(fix, "send foo"), 3, "each by itself");
	CHECK_STR(last_fields(fix, buf, sizeof(buf)),
	    "t n src srcuuid seq hg ts ld ttl auth ", "as it would have been");
	fix_forget(fix);
	fix_post(fix, "t=foo;n=3", false);
	fix_post(fix, "t=NS_bar", false);
	WANT(fix, "send NS_pack");
	CHECK_INT(fix_count(fix, "send NS_bar"), 1, "behind what was said before");
	fix_forget(fix);
	fix_run(fix, 1000);
	WANT(fix, "send status");
	CHECK_INT(fix_count(fix, "send NS_pack"), 0, "heartbeats go alone");
	fix_free(fix);
}

/* Whatever the form, a pack fits into one IP packet of an Ethernet. */
static void
test_packs_fit(void)
{
	static const enum msg_form forms[] = { MSG_CLASSIC, MSG_NETSTRING_AUTH };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct fix *fix = fix_new_up(&(struct fix_conf){ .form = forms[i] });
		size_t longest = 0;

		fix_say(fix, 0, "beta", 0x500, 90,
		    "t=status;st=active;dt=1770;protocol=1;hbfeat=7");
		for (int k = 0; k < 20; k++) {
			fix->last_len = 0;
			fix_post(fix, "t=foo;n=2;text=sixty bytes and some more of them",
			    false);
			if (fix->last_len > longest)
				longest = fix->last_len;
		}
		CHECK(longest > 700, "form %zu: they were packed (%zu)", i, longest);
		/* 1500 without the heads of IPv6 and UDP; names may be 63 long, and
		 * signatures longer. */
		CHECK(longest <= 1452 - 120, "form %zu: %zu bytes", i, longest);
		fix_free(fix);
	}
}

/* A node that only ever answers another's heartbeats ends its start, too. */
static void
test_followers_calm_down(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (uint64_t seq = 7; seq < 17; seq++) {
		fix_run(fix, 900);
		fix_say(fix, 0, "beta", 0x500, seq,
		    "t=status;st=active;dt=1770;protocol=1;hbfeat=7");
		if (seq < 16)
			fix_forget(fix);
	}
	WANT(fix, "send status st=active dt=1770");
	fix_free(fix);
}

/* The kernel hands back our own heartbeats only, which prove our links, and knows them by
 * their first bytes: they never hide in a pack. */
static void
test_heartbeats_are_not_packed(void)
{
	static const char begin[] = "###\n11:(0)t=status,";
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 7,
	    "t=status;st=active;dt=1770;protocol=1;hbfeat=7");
	fix_post(fix, "t=foo;n=1", false);
	fix_run(fix, 1);
	WANT(fix, "send NS_pack"); /* packs are on */
	fix_forget(fix);
	fix_run(fix, 1000);
	CHECK_INT(fix_count(fix, "send status st=active"), 1, "a heartbeat by itself");
	CHECK_INT(fix_count(fix, "send NS_pack"), 0, "and no pack");
	CHECK(fix->last_len > sizeof(begin) &&
	          memcmp(fix->last_frame, begin, sizeof(begin) - 1) == 0,
	    "as the filter of the sockets expects it");
	fix_post(fix, "t=foo;n=2", false);
	memb_announce(fix->memb, fix->now, 0);
	CHECK(fix_has(fix, "send NS_pack\nsend status st=active"),
	    "numbers stay in order");
	fix_free(fix);
}

static void
test_answers_have_limits(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	char ask[128];
	int top;

	for (int i = 0; i < MEMB_HISTORY_MAX + 100; i++)
		fix_post(fix, "t=foo", true);
	top = (int)memb_seq(fix->memb);
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_rexmit;dest=alpha;firstseq=2;lastseq=2");
	WANT(fix, "log err Cannot rexmit pkt 2 for beta: seqno too low\n"
	          "log info fromnode =beta, fromnode's ackseq = 0\nlog info hist "
	          "information:\n");
	WANT(fix, "send NS_nak_rexmit dest=beta firstseq=2 info=seqno too low\n");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0,
	    "t=NS_rexmit;dest=alpha;firstseq=26;lastseq=26");
	WANT(fix, "firstseq=1a"); /* refusals are hexadecimal */
	fix_forget(fix);
	snprintf(ask, sizeof(ask), "t=NS_rexmit;dest=alpha;firstseq=%d;lastseq=%d", top,
	    top);
	fix_say(fix, 0, "beta", 0x500, 0, ask);
	CHECK_INT(fix_count(fix, "send foo"), 1, "the newest one too");
	fix_forget(fix);
	snprintf(ask, sizeof(ask), "t=NS_rexmit;dest=alpha;firstseq=%d;lastseq=%d",
	    top - MEMB_HISTORY_MAX + 1, top);
	fix_say(fix, 0, "beta", 0x500, 0, ask);
	CHECK_INT(fix_count(fix, "send foo"), 50,
	    "50 for one request, and the lowest kept is kept");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0,
	    "t=NS_rexmit;dest=alpha;firstseq=9999;lastseq=9999");
	CHECK(fix_has(fix, "log warning Rexmit of seq 9999 requested.") &&
	          !fix_has(fix, "send"),
	    "never sent");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0,
	    "t=NS_rexmit;dest=gamma;firstseq=600;lastseq=600");
	fix_say(fix, 0, "beta", 0x4ff, 0,
	    "t=NS_rexmit;dest=alpha;firstseq=600;lastseq=600");
	CHECK_STR(fix->trace, "", "not to us, or of another life");
	fix_free(fix);
}

static void
test_bad_requests(void)
{
	static const char *const bad[] = { "t=NS_rexmit;dest=alpha;firstseq=2",
		"t=NS_rexmit;dest=alpha;lastseq=2",
		"t=NS_rexmit;dest=alpha;firstseq=3;lastseq=2",
		"t=NS_rexmit;dest=alpha;firstseq=0;lastseq=2",
		"t=NS_rexmit;dest=alpha;firstseq=-1;lastseq=2",
		"t=NS_rexmit;dest=alpha;firstseq=x;lastseq=2" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

		fix_say(fix, 0, "beta", 0x500, 0, bad[i]);
		CHECK_STR(fix->trace, "log err Invalid rexmit seqnos (node beta)\n", "%s",
		    bad[i]);
		fix_free(fix);
	}
}

/* The names of the fields of the last frame, in their order. */
static const char *
last_fields(struct fix *fix, char *buf, size_t size)
{
	static uint8_t copy[4096];
	struct msg_trust trust = { .keys = &fix->keys };
	size_t used = 0;
	struct msg m;

	memcpy(copy, fix->last_frame, fix->last_len);
	msg_init(&m, NULL, 0);
	CHECK_INT(msg_decode(&m, copy, fix->last_len, &trust, NULL, 0, NULL), 0, "");
	for (size_t i = 0; i < m.count; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s ", m.field[i].name);
	return buf;
}

/* As recorded from old nodes; hbfeat is the one field that is ours. */
static void
test_field_order(void)
{
	static const struct {
		const char *seen, *want;
	} cases[] = {
		{ "a01", "t st dt protocol hbfeat src srcuuid seq hg ts ld ttl auth " },
		{ "a04", "t dest destuuid src srcuuid seq hg ts ld ttl auth " },
		{ "a05", "dest t nodelist delnodelist destuuid src srcuuid seq hg ts ld "
		         "ttl auth " },
		{ "a08", "t dest ackseq destuuid src srcuuid hg ts ttl auth " },
		{ "b02", "t dest firstseq lastseq destuuid src srcuuid hg ts ttl auth " },
		{ "m01", "t firstseq dest info destuuid src srcuuid hg ts ttl auth " },
		{ "a17", "t st src info srcuuid seq hg ts ld ttl auth " },
		{ "i05", "t dest cs destuuid src srcuuid seq hg ts ld ttl auth " },
	};
	struct fix *fix = fix_new(&(struct fix_conf){ 0 });
	char buf[256];
	size_t i = 0;

	memb_start(fix->memb, fix->now);
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	fix_beat(fix, "beta", 0x500, 1, "active");
	fix_run(fix, 20); /* the prompt status */
	fix_run(fix, 1000 - 20);
	while (!fix_has(fix, "send reqnodes"))
		fix_run(fix, 1000);
	fix_forget(fix);
	while (!fix_has(fix, "send reqnodes")) /* the last thing sent */
		fix_run(fix, 1);
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	fix_say(fix, 0, "beta", 0x500, 2, "t=reqnodes;dest=alpha");
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	fix_forget(fix);
	for (uint64_t seq = 3; !fix_has(fix, "NS_ackmsg"); seq++)
		fix_say(fix, 0, "beta", 0x500, seq, "t=foo");
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	fix_say(fix, 0, "beta", 0x500, 30, "t=foo");
	while (!fix_has(fix, "NS_rexmit"))
		fix_run(fix, 1);
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	for (int k = 0; k < MEMB_HISTORY_MAX + 20; k++)
		fix_post(fix, "t=foo", true);
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_rexmit;dest=alpha;firstseq=2;lastseq=2");
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	fix_post(fix, "t=hbapi-clstat;st=leave;src=nobody;info=x", true);
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	i++;
	fix_post(fix, "t=respond-cstatus;dest=beta;cs=offline", true);
	CHECK_STR(last_fields(fix, buf, sizeof(buf)), cases[i].want, "%s", cases[i].seen);
	fix_free(fix);
}

/* Acknowledgements. */

static void
test_every_tenth_is_acknowledged(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (uint64_t seq = 7; seq < 107; seq++)
		fix_say(fix, 0, "beta", 0x500, seq, "t=foo");
	CHECK_INT(fix_count(fix, "send NS_ackmsg dest=beta ackseq="), 10, "one in ten");
	CHECK_INT(fix_count(fix, "dest=alpha"), 0, "none for ourselves");
	fix_free(fix);
}

/* Nothing above a gap is acknowledged: the sender would throw away what is missing. */
/* Clients that have more than they can take. */
static void
test_acks_wait_for_clients(void)
{
	static const char status[] = "t=status;st=active;dt=1770;protocol=1;hbfeat=7";
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint64_t seq = 8;

	fix_say(fix, 0, "beta", 0x500, 7, status);
	fix_run(fix, 50);
	fix_forget(fix);
	fix->full = true;
	for (; seq < 108; seq++)
		fix_say(fix, 0, "beta", 0x500, seq, "t=foo");
	fix_run(fix, 300);
	fix_say(fix, 0, "beta", 0x500, seq, status);
	fix_run(fix, 300);
	CHECK_INT(fix_count(fix, "deliver foo from beta"), 100, "");
	WANT_NOT(fix, "send NS_ackmsg");
	fix->full = false;
	fix_run(fix, 20);
	CHECK_INT(fix_count(fix, "send NS_ackmsg"), 1, "one for all");
	WANT(fix, "send NS_ackmsg dest=beta ackseq=6c\n");
	fix_free(fix);
}

static void
test_acks_stop_at_a_gap(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	for (uint64_t seq = 9; seq < 60; seq++)
		fix_say(fix, 0, "beta", 0x500, seq, "t=foo");
	WANT_NOT(fix, "NS_ackmsg");
	fix_say(fix, 0, "beta", 0x500, 7, "t=foo");
	CHECK_INT(fix_count(fix, "NS_ackmsg"), 1, "one for all that is complete now");
	WANT(fix, "send NS_ackmsg dest=beta ackseq=3"); /* 0x32 to 0x3b: the last ten
	                                                   below 60 */
	fix_free(fix);
}

static void
test_acks_heard(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_ackmsg;dest=alpha;ackseq=ffff");
	WANT(fix, "HBDoMsg_T_ACK: corrupted ackseq current hiseq = ");
	WANT(fix, " ackseq =65535 in this message");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_ackmsg;dest=alpha;ackseq=4");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_rexmit;dest=alpha;firstseq=3;lastseq=4");
	CHECK_STR(fix->trace, "", "what it has is not sent again");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_rexmit;dest=alpha;firstseq=3;lastseq=5");
	CHECK_INT(fix_count(fix, "send"), 1, "only number 5");
	fix_free(fix);
}

static void
test_flow_control(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	char ack[64];
	int sent = 0;

	while (sent < 1000 && fix_post(fix, "t=foo", false) == 0)
		sent++;
	CHECK(sent > 240 && sent <= 251, "paused after %d", sent);
	WANT(fix, "log info all clients are now paused\nevent PAUSE");
	CHECK(memb_is_paused(fix->memb), "");
	CHECK_INT(fix_post(fix, "t=foo", true), 0, "urgent ones go on");
	snprintf(ack, sizeof(ack), "t=NS_ackmsg;dest=alpha;ackseq=%x",
	    (unsigned)memb_seq(fix->memb) - 5);
	fix_say(fix, 0, "beta", 0x500, 0, ack);
	WANT(fix, "log info all clients are now resumed\nevent RESUME");
	CHECK_INT(fix_post(fix, "t=foo", false), 0, "");
	fix_free(fix);
}

static void
test_flow_control_of_one_that_never_acks(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .nodes = "alpha beta" });
	uint64_t seq = 7;

	while (fix_post(fix, "t=foo", false) == 0)
		continue;
	for (; seq < 19; seq++) {
		fix_beat(fix, "beta", 0x500, seq, "active");
		fix_run(fix, 1000);
	}
	WANT(fix, "log warning node beta lives but has acknowledged nothing above");
	WANT(fix, "event RESUME");
	for (int i = 0; i < 600; i++)
		CHECK_INT(fix_post(fix, "t=foo", false), 0, "not waited for");
	fix_free(fix);
}

static void
test_flow_control_forgets_the_dead(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	while (fix_post(fix, "t=foo", false) == 0)
		continue;
	fix_run(fix, 6000);
	WANT(fix, "beta: is dead");
	WANT(fix, "event RESUME");
	for (int i = 0; i < 600; i++)
		CHECK_INT(fix_post(fix, "t=foo", false), 0, "nobody else lives");
	fix_forget(fix);
	fix_beat(fix, "beta", 0x501, 1, "up");
	WANT_NOT(fix, "PAUSE"); /* it owes nothing for what was sent before it lived */
	fix_free(fix);
}

/* A new life of a peer knows nothing of what the old one had. */
static void
test_new_life_has_no_acks(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (int i = 0; i < 240; i++)
		fix_post(fix, "t=foo", false);
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_ackmsg;dest=alpha;ackseq=5");
	fix_beat(fix, "beta", 0x501, 1, "init");
	for (int i = 0; i < 240; i++)
		CHECK_INT(fix_post(fix, "t=foo", false), 0,
		    "those before it are not owed");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x501, 0, "t=NS_rexmit;dest=alpha;firstseq=4;lastseq=4");
	CHECK_INT(fix_count(fix, "send"), 1, "and number 4 is sent again");
	fix_free(fix);
}

static void
test_early_messages_outlive_the_old_life(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_run(fix, 5500);
	fix_say(fix, 0, "beta", 0x501, 4, "t=starting");
	fix_run(fix, 1000);
	WANT(fix, "beta: is dead");
	fix_beat(fix, "beta", 0x501, 5, "active");
	WANT(fix, "deliver starting from beta seq=4");
	fix_free(fix);
}

/* A gap that a heartbeat fills lets go what waited behind it. */
static void
test_heartbeat_fills_a_gap(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	WANT_NOT(fix, "deliver foo");
	fix_beat(fix, "beta", 0x500, 7, "active");
	WANT(fix, "deliver foo from beta seq=8");
	fix_free(fix);
}

static void
test_filling_up_is_logged(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (int i = 0; i < 440; i++)
		fix_post(fix, "t=foo", true);
	WANT(fix,
	    "log warning Message hist queue is filling up (376 messages in queue)\n");
	CHECK(fix_count(fix, "filling up") <= 10, "at a bounded rate");
	fix_run(fix, 10000);
	fix_beat(fix, "beta", 0x500, 7, "active");
	fix_forget(fix);
	fix_post(fix, "t=foo", true);
	fix_free(fix);
}

static const struct check_case cases[] = {
	{ "duplicates", test_duplicates },
	{ "gap_is_asked_for_and_waited_for", test_gap_is_asked_for_and_waited_for },
	{ "rexmit_delay", test_rexmit_delay },
	{ "requests_are_decimal", test_requests_are_decimal },
	{ "prompt_peers_are_asked_sooner", test_prompt_peers_are_asked_sooner },
	{ "heartbeats_do_not_wait", test_heartbeats_do_not_wait },
	{ "refusal_ends_the_wait", test_refusal_ends_the_wait },
	{ "death_ends_the_wait", test_death_ends_the_wait },
	{ "new_life_ends_the_wait", test_new_life_ends_the_wait },
	{ "one_way_cut_ends_the_wait", test_one_way_cut_ends_the_wait },
	{ "gap_sizes", test_gap_sizes },
	{ "foreign_dest", test_foreign_dest },
	{ "early_messages_wait_for_a_status", test_early_messages_wait_for_a_status },
	{ "the_dead_say_nothing", test_the_dead_say_nothing },
	{ "sending", test_sending },
	{ "types_of_membership_are_not_lent", test_types_of_membership_are_not_lent },
	{ "too_big_takes_no_number", test_too_big_takes_no_number },
	{ "answers_are_the_same_bytes", test_answers_are_the_same_bytes },
	{ "packs", test_packs },
	{ "packs-fit", test_packs_fit },
	{ "followers_calm_down", test_followers_calm_down },
	{ "heartbeats_are_not_packed", test_heartbeats_are_not_packed },
	{ "answers_have_limits", test_answers_have_limits },
	{ "bad_requests", test_bad_requests },
	{ "field_order", test_field_order },
	{ "every_tenth_is_acknowledged", test_every_tenth_is_acknowledged },
	{ "acks_wait_for_clients", test_acks_wait_for_clients },
	{ "acks_stop_at_a_gap", test_acks_stop_at_a_gap },
	{ "acks_heard", test_acks_heard },
	{ "flow_control", test_flow_control },
	{ "flow_control_of_one_that_never_acks",
	    test_flow_control_of_one_that_never_acks },
	{ "flow_control_forgets_the_dead", test_flow_control_forgets_the_dead },
	{ "new_life_has_no_acks", test_new_life_has_no_acks },
	{ "early_messages_outlive_the_old_life",
	    test_early_messages_outlive_the_old_life },
	{ "heartbeat_fills_a_gap", test_heartbeat_fills_a_gap },
	{ "filling_up_is_logged", test_filling_up_is_logged },
};
CHECK_MAIN("memb_stream", cases)
