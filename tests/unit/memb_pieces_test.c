/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long messages in pieces (heartbeat/membership/pieces.c), out and in. */
#include "tests/unit/memb_fixture.h"

#include <errno.h>

#define ONE_PACKET 1472 /* what an unfragmented datagram holds on Ethernet */

/* beta is new; its last number is 6. */
static struct fix *
pieces_new(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .nodes = "alpha beta" });

	fix_say(fix, 0, "beta", 0x500, 7,
	    "t=status;st=active;dt=1770;protocol=1;hbfeat=17");
	fix_run(fix, 50);
	fix_forget(fix);
	return fix;
}

/* Text that does not compress. */
static const char *
long_text(size_t len)
{
	static char text[400000];
	uint64_t random = len;

	for (size_t i = 0; i < len; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		text[i] = (char)('!' + (random >> 33) % 94);
	}
	text[len] = '\0';
	return text;
}

static int
post_long(struct fix *fix, size_t len, const char *dest)
{
	static uint8_t store[600000];
	struct msg m;
	int r;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "foo");
	msg_add_str(&m, "data", long_text(len));
	if (dest)
		msg_add_str(&m, "dest", dest);
	r = memb_send(fix->memb, fix->now, &m, false);
	memb_check(fix->memb);
	return r;
}

/* A message as the pieces of it hold it. */
static size_t
inner_make(uint8_t *out, size_t size, const char *type, size_t len, bool compressed)
{
	struct msg_style style = { .form = MSG_NETSTRING,
		.compression = compressed ? MSG_COMPRESS_BZ2 : MSG_COMPRESS_NONE,
		.whole = compressed,
		.threshold = 1024 };
	static uint8_t store[300000];
	struct msg m;
	ssize_t n;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", type);
	msg_add_str(&m, "data", long_text(len));
	n = msg_encode(&m, &style, out, size);
	assert(n > 0);
	return (size_t)n;
}

struct piece {
	uint64_t seq, offset, total;
	const uint8_t *bytes;
	size_t len;
	const char *dest;
	uint64_t generation; /* 0 = the present one */
	const char *numbers; /* pn: of how many seq is the last; NULL = of one */
};

static void
say_piece(struct fix *fix, const struct piece *piece)
{
	static uint8_t store[70000];
	uint8_t uuid[16];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "hb-piece");
	msg_add_str(&m, "to_id", "a piece");
	if (piece->dest)
		msg_add_str(&m, "dest", piece->dest);
	msg_add_hex(&m, "po", piece->offset);
	msg_add_hex(&m, "pt", piece->total);
	if (piece->numbers)
		msg_add_str(&m, "pn", piece->numbers);
	msg_add(&m, MSG_BINARY, "pc", piece->bytes, piece->len);
	msg_add_str(&m, "src", "beta");
	fix_uuid("beta", uuid);
	msg_add(&m, MSG_BINARY, "srcuuid", uuid, 16);
	msg_add_hex(&m, "seq", piece->seq);
	msg_add_hex(&m, "hg", piece->generation ? piece->generation : 0x500);
	msg_add_hex(&m, "ts", fix_wall(fix));
	msg_add_str(&m, "ttl", "3");
	memb_heard(fix->memb, fix->now, fix->now, 0, &m);
	memb_check(fix->memb);
}

/* Pieces number FROM to TO of LEN bytes at BYTES, cut into COUNT; the first has SEQ. */
static void
say_pieces(struct fix *fix, uint64_t seq, const uint8_t *bytes, size_t len, size_t count,
    size_t from, size_t to)
{
	size_t room = (len + count - 1) / count;

	for (size_t i = from; i <= to; i++) {
		struct piece piece = { .seq = seq + i,
			.offset = i * room,
			.total = len,
			.bytes = bytes + i * room,
			.len = i + 1 < count ? room : len - i * room };

		say_piece(fix, &piece);
	}
}

/* Out. */

/* beta misses numbers FIRST to LAST of ours. */
static void
ask(struct fix *fix, uint64_t first, uint64_t last)
{
	char text[96];

	snprintf(text, sizeof(text), "t=NS_rexmit;dest=alpha;firstseq=%d;lastseq=%d",
	    (int)first, (int)last);
	fix_say(fix, 0, "beta", 0x500, 0, text);
}

/* beta has everything. */
static void
acknowledge(struct fix *fix)
{
	char text[64];

	snprintf(text, sizeof(text), "t=NS_ackmsg;dest=alpha;ackseq=%x",
	    (unsigned)memb_seq(fix->memb));
	fix_say(fix, 0, "beta", 0x500, 0, text);
}

/* How many frames one of LEN bytes needs now; it arrives. */
static unsigned
frames_of(struct fix *fix, size_t len)
{
	fix_forget(fix);
	CHECK_INT(post_long(fix, len, NULL), 0, "%zu", len);
	acknowledge(fix);
	return fix_count(fix, "send hb-piece");
}

/* One of those of beta is missed. */
static void
lose_one(struct fix *fix)
{
	fix_post(fix, "t=bar", false);
	fix_run(fix, 1);
	ask(fix, memb_seq(fix->memb), memb_seq(fix->memb));
	acknowledge(fix);
}

/* For SECONDS, with heartbeats. */
static void
beta_lives(struct fix *fix, int64_t seconds)
{
	static uint64_t seq = 8;

	for (; seconds > 0; seconds--) {
		fix_say(fix, 0, "beta", 0x500, seq++,
		    "t=status;st=active;dt=1770;protocol=1;hbfeat=17");
		fix_run(fix, 1000);
		acknowledge(fix);
	}
}

static void
test_long_messages_leave_whole(void)
{
	static const struct {
		size_t len;
		unsigned frames;
	} rows[] = { { 1300, 1 }, { 4096, 1 }, { 60000, 1 }, { 63000, 1 }, { 70000, 2 },
		{ 200000, 4 } };
	struct fix *fix = pieces_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t before = memb_seq(fix->memb), least = rows[i].len / 1300;
		char text[64];

		CHECK_INT(frames_of(fix, rows[i].len), rows[i].frames, "%zu",
		    rows[i].len);
		CHECK(memb_seq(fix->memb) - before > least &&
		          memb_seq(fix->memb) - before <= least * 5 / 4 + 2,
		    "%zu bytes: %d numbers", rows[i].len,
		    (int)(memb_seq(fix->memb) - before));
		CHECK_INT(fix_count(fix, "deliver foo from alpha (own)"), 1, "");
		snprintf(text, sizeof(text), "(own) seq=%x\n",
		    (unsigned)memb_seq(fix->memb));
		WANT(fix, text);
		snprintf(text, sizeof(text), "send hb-piece seq=%x\n",
		    (unsigned)memb_seq(fix->memb));
		WANT(fix, text);
	}
	fix_free(fix);
}

static void
test_long_messages_leave_in_pieces(void)
{
	static const size_t lengths[] = { 1300, 1500, 4096, 60000, 200000 };
	struct fix *fix = pieces_new();
	char seq[32];

	lose_one(fix);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		uint64_t before = memb_seq(fix->memb), least = lengths[i] / 1300;

		fix_forget(fix);
		CHECK_INT(post_long(fix, lengths[i], NULL), 0, "%zu", lengths[i]);
		CHECK(memb_seq(fix->memb) - before > least &&
		          memb_seq(fix->memb) - before <= least * 5 / 4 + 2,
		    "%zu bytes: %d numbers", lengths[i],
		    (int)(memb_seq(fix->memb) - before));
		CHECK_INT(fix_count(fix, "send hb-piece"), memb_seq(fix->memb) - before,
		    "each piece has a number");
		CHECK_INT(fix_count(fix, "send foo"), 0, "nothing else leaves");
		CHECK_INT(fix_count(fix, "deliver foo from alpha (own)"), 1,
		    "its sender gets it whole");
		snprintf(seq, sizeof(seq), "(own) seq=%x\n",
		    (unsigned)memb_seq(fix->memb));
		WANT(fix, seq);
		CHECK(fix->last_len <= ONE_PACKET, "%zu", fix->last_len);
		acknowledge(fix);
	}
	fix_forget(fix);
	CHECK_INT(post_long(fix, 340000, NULL), -EMSGSIZE, "there is a limit");
	CHECK_STR(fix->trace, "", "and nothing left");
	CHECK_INT(post_long(fix, 700, NULL), 0, "");
	CHECK_INT(fix_count(fix, "send foo"), 1, "one packet is enough for that");
	fix_free(fix);
}

static void
test_old_nodes_get_it_whole(void)
{
	struct fix *fix = pieces_new();

	fix_say(fix, 0, "beta", 0x500, 8,
	    "t=status;st=active;dt=1770;protocol=1;hbfeat=f");
	fix_forget(fix);
	CHECK_INT(post_long(fix, 4096, NULL), 0, "");
	CHECK_INT(fix_count(fix, "send foo"), 1, "without the bit");
	fix_beat(fix, "beta", 0x500, 9, "active");
	fix_forget(fix);
	CHECK_INT(post_long(fix, 60000, NULL), 0, "");
	CHECK_INT(fix_count(fix, "send foo"), 1, "an old one");
	CHECK_INT(fix_count(fix, "hb-piece"), 0, "never");
	CHECK_INT(fix_post(fix, "t=hb-piece;po=0;pt=5", true), -EINVAL, "not lent");
	fix_free(fix);
}

/* What is asked for again is one piece, with new keys, too. */
static void
test_pieces_are_repeated(void)
{
	struct fix *fix = pieces_new();
	uint64_t first = memb_seq(fix->memb) + 1;

	CHECK_INT(post_long(fix, 4096, "beta"), 0, "");
	CHECK_INT(fix_count(fix, "send "), 1, "whole");
	fix_forget(fix);
	ask(fix, first + 1, first + 1);
	CHECK_INT(fix_count(fix, "send "), 1, "one");
	WANT(fix, "send hb-piece dest=beta seq=");
	CHECK(fix->last_len > 1200 && fix->last_len <= ONE_PACKET, "%zu", fix->last_len);
	fix_run(fix, 400);
	fix->keys.key[2] = fix->keys.key[1];
	fix->keys.key[2].auth = MSG_AUTH_SHA256;
	fix->keys.key[2].len = 3;
	fix->keys.current = 2;
	memb_set_keys(fix->memb, &fix->keys);
	fix_forget(fix);
	ask(fix, first + 1, first + 1);
	WANT(fix, "send hb-piece dest=beta seq=");
	CHECK(fix->last_len <= ONE_PACKET, "%zu", fix->last_len);
	fix_run(fix, 100);
	fix_forget(fix);
	ask(fix, first, memb_seq(fix->memb));
	CHECK_INT(fix_count(fix, "send hb-piece dest=beta"), 4, "each by itself");
	fix_free(fix);
}

/* Whole until something is missed, then in pieces for a minute after the last time; when
 * that turns out to be too short, for longer and longer. */
static void
test_whole_or_in_pieces(void)
{
	struct fix *fix = pieces_new();
	int64_t quiet_s = 60;

	CHECK_INT(frames_of(fix, 4096), 1, "at first");
	fix_forget(fix);
	lose_one(fix);
	WANT(fix, "log info long messages leave in pieces until nothing was missed for "
	          "60 s (node "
	          "beta misses something)\n");
	CHECK_INT(frames_of(fix, 4096), 4, "something was missed");
	beta_lives(fix, 50);
	fix_forget(fix);
	lose_one(fix);
	WANT_NOT(fix, "long messages"); /* told once */
	beta_lives(fix, 59);
	CHECK_INT(frames_of(fix, 4096), 4, "it counts from the last time");
	beta_lives(fix, 2);
	CHECK_INT(frames_of(fix, 4096), 1, "a trial");
	for (int i = 0; i < 8; i++) {
		lose_one(fix);
		quiet_s = quiet_s * 2 < 3600 ? quiet_s * 2 : 3600;
		beta_lives(fix, quiet_s - 1);
		CHECK_INT(frames_of(fix, 4096), 4, "trial %d has failed: %d s", i,
		    (int)quiet_s);
		beta_lives(fix, 2);
		CHECK_INT(frames_of(fix, 4096), 1, "trial %d", i);
	}
	beta_lives(fix, 3601);
	lose_one(fix);
	CHECK_INT(frames_of(fix, 4096), 4, "after a long time without");
	beta_lives(fix, 61);
	CHECK_INT(frames_of(fix, 4096), 1, "it is a minute again");
	fix_free(fix);
}

/* In. */

static void
test_pieces_are_put_together(void)
{
	static uint8_t inner[100000];
	struct fix *fix = pieces_new();
	size_t len = inner_make(inner, sizeof(inner), "foo", 4096, false);

	say_pieces(fix, 8, inner, len, 4, 0, 2);
	WANT_NOT(fix, "deliver");
	say_pieces(fix, 8, inner, len, 4, 3, 3);
	CHECK_INT(fix_count(fix, "deliver"), 1, "when the last has come");
	WANT(fix, "deliver foo from beta seq=b\n");
	fix_forget(fix);
	say_pieces(fix, 12, inner, len, 4, 0, 0);
	say_pieces(fix, 12, inner, len, 4, 2, 3);
	fix_say(fix, 0, "beta", 0x500, 16, "t=bar");
	WANT_NOT(fix, "deliver");
	say_pieces(fix, 12, inner, len, 4, 1, 1);
	WANT(fix, "deliver foo from beta seq=f\ndeliver bar from beta seq=10\n");
	fix_forget(fix);
	say_pieces(fix, 12, inner, len, 4, 0, 3);
	WANT_NOT(fix, "deliver"); /* a second time */
	len = inner_make(inner, sizeof(inner), "foo", 60000, false);
	say_pieces(fix, 17, inner, len, 60, 0, 59);
	CHECK_INT(fix_count(fix, "deliver foo from beta"), 1, "a longer one");
	fix_forget(fix);
	len = inner_make(inner, sizeof(inner), "foo", 50000, true);
	CHECK(memmem(inner, 128, "_compressed_payload", 19), "");
	say_pieces(fix, 77, inner, len, 40, 0, 39);
	WANT(fix, "deliver foo from beta seq=74\n"); /* one that was compressed */
	fix_free(fix);
}

/* Those that count for several numbers. */
static void
test_whole_ones_arrive(void)
{
	static uint8_t inner[8192];
	struct fix *fix = pieces_new();
	size_t len = inner_make(inner, sizeof(inner), "foo", 4096, false);
	struct piece whole = { .seq = 11,
		.total = len,
		.bytes = inner,
		.len = len,
		.numbers = "4" };
	struct piece half = { .seq = 31,
		.total = len,
		.bytes = inner,
		.len = len / 2,
		.numbers = "2" };

	say_piece(fix, &whole);
	WANT(fix, "deliver foo from beta seq=b\n");
	fix_say(fix, 0, "beta", 0x500, 12, "t=bar");
	fix_run(fix, 300);
	WANT_NOT(fix, "send NS_rexmit");
	fix_forget(fix);
	say_piece(fix, &whole);
	say_pieces(fix, 8, inner, len, 4, 0, 3);
	WANT_NOT(fix, "deliver"); /* both forms once more */
	whole.seq = 17;           /* numbers 14 to 17: 13 is missing */
	say_piece(fix, &whole);
	WANT_NOT(fix, "deliver");
	fix_run(fix, 300);
	WANT(fix, "send NS_rexmit dest=beta firstseq=13 lastseq=13\n");
	fix_say(fix, 0, "beta", 0x500, 13, "t=bar");
	WANT(fix, "deliver bar from beta seq=d\ndeliver foo from beta seq=11\n");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 22, "t=bar"); /* 18 to 21 are missing */
	whole.seq = 21;
	say_piece(fix, &whole);
	WANT(fix, "deliver foo from beta seq=15\ndeliver bar from beta seq=16\n");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 27, "t=bar"); /* 23 to 26, but .. */
	say_pieces(fix, 23, inner, len, 4, 1, 2);
	whole.seq = 26;
	say_piece(fix, &whole); /* .. two of them have come, and so will the rest */
	WANT_NOT(fix, "deliver");
	say_pieces(fix, 23, inner, len, 4, 0, 3);
	WANT(fix, "deliver foo from beta seq=1a\ndeliver bar from beta seq=1b\n");
	CHECK_INT(fix_count(fix, "deliver"), 2, "each once");
	fix_forget(fix);
	say_pieces(fix, 28, inner, len, 4, 0, 1); /* somebody else had missed them */
	half.seq = 31;
	half.numbers = "4";
	say_piece(fix, &half);
	WANT_NOT(fix, "deliver");
	say_pieces(fix, 28, inner, len, 4, 2, 3);
	WANT(fix, "deliver foo from beta seq=1f\n");
	fix_forget(fix);
	half.seq = 33;
	half.numbers = "2";
	say_piece(fix, &half);
	half.seq = 35;
	half.offset = half.len;
	half.bytes += half.len;
	half.len = len - half.len;
	say_piece(fix, &half);
	WANT(fix, "deliver foo from beta seq=23\n"); /* in two frames */
	fix_free(fix);
}

/* The first thing that is heard of a node, before its status. */
static void
test_whole_ones_may_be_early(void)
{
	static uint8_t inner[8192];
	struct fix *fix = pieces_new();
	size_t len = inner_make(inner, sizeof(inner), "foo", 4096, false);
	struct piece whole = { .seq = 11,
		.total = len,
		.bytes = inner,
		.len = len,
		.numbers = "4",
		.generation = 0x501 };

	say_piece(fix, &whole);
	WANT_NOT(fix, "deliver");
	fix_beat(fix, "beta", 0x501, 12, "active");
	CHECK_INT(fix_count(fix, "deliver foo from beta seq=b\n"), 1, "");
	fix_run(fix, 300);
	WANT_NOT(fix, "send NS_rexmit");
	fix_free(fix);
}

static void
test_pieces_for_others(void)
{
	static uint8_t inner[8192];
	struct fix *fix = pieces_new();
	size_t len = inner_make(inner, sizeof(inner), "foo", 2000, false);
	struct piece piece = { 8, 0, len, inner, len, "gamma", 0, NULL };

	say_piece(fix, &piece);
	WANT_NOT(fix, "deliver");
	say_pieces(fix, 9, inner, len, 2, 0, 1);
	WANT(fix, "deliver foo from beta seq=a\n");
	fix_free(fix);
}

/* Nothing of them is delivered, and what comes after them is. */
static void
test_bad_pieces_change_nothing(void)
{
	static uint8_t inner[8192], ns[2048], ours[2048];
	size_t len = inner_make(inner, sizeof(inner), "foo", 3000, false),
	       ns_len = inner_make(ns, sizeof(ns), "NS_foo", 1000, false),
	       ours_len = inner_make(ours, sizeof(ours), "hb-piece", 1000, false);
	const uint8_t *at = inner + 1000;
	const struct {
		struct piece piece[3]; /* those with len 0 are not said */
		const char *why;
	} bad[] = {
		{ { { 8, 0, 0, inner, 10, NULL, 0, NULL } }, "longer than all" },
		{ { { 8, 0, MSG_WIRE_MAX + 1, inner, 10, NULL, 0, NULL } }, "too long" },
		{ { { 8, UINT64_MAX - 3, len, inner, 10, NULL, 0, NULL } },
		    "beyond all" },
		{ { { 8, len - 5, len, inner, 10, NULL, 0, NULL } }, "over its end" },
		{ { { 8, 1000, len, at, len - 1000, NULL, 0, NULL } },
		    "without a beginning" },
		{ { { 8, 0, len, inner, 1000, NULL, 0, NULL },
		      { 9, 999, len, at, len - 1000, NULL, 0, NULL } },
		    "wrong offset" },
		{ { { 8, 0, len, inner, 1000, NULL, 0, NULL },
		      { 9, 1000, len - 1, at, len - 1001, NULL, 0, NULL } },
		    "another total" },
		{ { { 8, 0, len, inner, 1000, NULL, 0, NULL },
		      { 9, 0, len, inner, 1000, NULL, 0, NULL },
		      { 10, 2000, len, inner + 2000, len - 2000, NULL, 0, NULL } },
		    "begins twice" },
		{ { { 8, 0, len, inner, 1000, NULL, 0, NULL },
		      { 9, 1000, len, at, len - 1000, NULL, 0x4ff, NULL } },
		    "of an older life" },
		{ { { 8, 0, 3000, at, 1000, NULL, 0, NULL },
		      { 9, 1000, 3000, at, 1000, NULL, 0, NULL },
		      { 10, 2000, 3000, at, 1000, NULL, 0, NULL } },
		    "is no message" },
		{ { { 8, 0, len, inner, len, NULL, 0x500, "0" } }, "of no number" },
		{ { { 8, 0, len, inner, len, NULL, 0x500, "9" } }, "of one below 1" },
		{ { { 2000, 0, len, inner, len, NULL, 0x500, "3e9" } }, "of too many" },
		{ { { 8, 0, len, inner, len, NULL, 0x500, "x" } }, "of what is none" },
		{ { { 8, 0, ns_len, ns, ns_len, NULL, 0, NULL } },
		    "no type with a number" },
		{ { { 8, 0, ours_len, ours, ours_len, NULL, 0, NULL } },
		    "pieces in a piece" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fix *fix = pieces_new();
		uint64_t seq = 8;

		for (size_t k = 0; k < 3 && bad[i].piece[k].len > 0; k++) {
			say_piece(fix, &bad[i].piece[k]);
			seq += bad[i].piece[k].generation == 0;
		}
		CHECK_INT(fix_count(fix, "deliver"), 0, "%s", bad[i].why);
		say_pieces(fix, seq, inner, len, 3, 0, 2);
		fix_say(fix, 0, "beta", 0x500, seq + 3, "t=bar");
		CHECK_INT(fix_count(fix, "deliver foo from beta"), 1, "after: %s",
		    bad[i].why);
		CHECK_INT(fix_count(fix, "deliver bar from beta"), 1, "after: %s",
		    bad[i].why);
		fix_free(fix);
	}
}

static void
test_unfinished_ones_are_given_up(void)
{
	static uint8_t inner[8192];
	struct fix *fix = pieces_new();
	size_t len = inner_make(inner, sizeof(inner), "foo", 3000, false);

	say_pieces(fix, 8, inner, len, 4, 0, 1);
	say_pieces(fix, 8, inner, len, 4, 3, 3);
	fix_say(fix, 0, "beta", 0x500, 12, "t=bar");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_nak_rexmit;dest=alpha;firstseq=a");
	WANT(fix, "event LOST beta");
	WANT_NOT(fix, "deliver foo");
	WANT(fix, "deliver bar from beta seq=c\n");
	say_pieces(fix, 13, inner, len, 4, 0, 1);
	fix_beat(fix, "beta", 0x501, 14, "init");
	fix_forget(fix);
	for (size_t i = 2; i < 4; i++) {
		size_t room = (len + 3) / 4;
		struct piece piece = { 13 + i, i * room, len, inner + i * room,
			i < 3 ? room : len - i * room, NULL, 0x501, NULL };

		say_piece(fix, &piece);
	}
	WANT_NOT(fix, "deliver"); /* the rest, of another life */
	fix_free(fix);
}

/* Who hears us is asked as long as it lives; who asks us is waited for. */
static void
test_nothing_is_given_up_between_those_who_speak(void)
{
	struct fix *fix = pieces_new();
	uint64_t seq = 10;
	char text[96];

	fix_say(fix, 0, "beta", 0x500, 9, "t=foo");
	while (!memb_is_paused(fix->memb))
		fix_post(fix, "t=bar", false);
	for (; seq < 70; seq++) {
		fix_say(fix, 0, "beta", 0x500, seq,
		    "t=status;st=active;dt=1770;protocol=1;hbfeat=17");
		snprintf(text, sizeof(text),
		    "t=NS_rexmit;dest=alpha;firstseq=%d;lastseq=%d",
		    (int)memb_seq(fix->memb) - 1, (int)memb_seq(fix->memb));
		fix_say(fix, 0, "beta", 0x500, 0, text);
		fix_run(fix, 1000);
	}
	WANT_NOT(fix, "Irretrievably");
	WANT_NOT(fix, "not waited for");
	WANT_NOT(fix, "deliver foo");
	CHECK(memb_is_paused(fix->memb), "");
	fix_say(fix, 0, "beta", 0x500, 8, "t=foo");
	WANT(fix, "deliver foo from beta seq=8\ndeliver foo from beta seq=9\n");
	fix_free(fix);
}

/* The history is a ring, and the last number of this one is before its first there.  What
 * a mistake in freeing does only a sanitized build is sure to see. */
static void
test_one_over_the_end_of_the_ring(void)
{
	struct fix *fix = pieces_new();
	char text[96];

	fix->quiet_frames = true;
	while (memb_seq(fix->memb) < MEMB_HISTORY_MAX) {
		CHECK_INT(post_long(fix, 20000, NULL), 0, "");
		snprintf(text, sizeof(text), "t=NS_ackmsg;dest=alpha;ackseq=%llx",
		    (unsigned long long)memb_seq(fix->memb));
		fix_say(fix, 0, "beta", 0x500, 0, text);
	}
	CHECK(memb_seq(fix->memb) % MEMB_HISTORY_MAX < 15,
	    "it has numbers on both sides");
	fix_free(fix);
}

static const struct check_case cases[] = {
	{ "long_messages_leave_whole", test_long_messages_leave_whole },
	{ "long_messages_leave_in_pieces", test_long_messages_leave_in_pieces },
	{ "old_nodes_get_it_whole", test_old_nodes_get_it_whole },
	{ "pieces_are_repeated", test_pieces_are_repeated },
	{ "whole_or_in_pieces", test_whole_or_in_pieces },
	{ "pieces_are_put_together", test_pieces_are_put_together },
	{ "whole_ones_arrive", test_whole_ones_arrive },
	{ "whole_ones_may_be_early", test_whole_ones_may_be_early },
	{ "pieces_for_others", test_pieces_for_others },
	{ "bad_pieces_change_nothing", test_bad_pieces_change_nothing },
	{ "unfinished_ones_are_given_up", test_unfinished_ones_are_given_up },
	{ "nothing_is_given_up_between_those_who_speak",
	    test_nothing_is_given_up_between_those_who_speak },
	{ "one_over_the_end_of_the_ring", test_one_over_the_end_of_the_ring },
};
CHECK_MAIN("memb_pieces", cases)
