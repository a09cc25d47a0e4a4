/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of received messages: stories of what comes in, and what comes out. */
#include "heartbeat/libhbclient/order.h"
#include "lib/array.h"
#include "tests/unit/check.h"

/* One message a word, "<kind><oseq>", then what differs from seq = position, hg = 1,
 * client_gen = 1, src = bravo:
 *   c7 to all, d7 to this node; u unordered, j join, l leave, D status dead
 *   @3 seq 3, g2 client_gen 2, h2 hg 2, ~charlie src
 * Out: the words that were delivered, in their order. */
static const struct {
	const char *in, *out, *why;
} stories[] = {
	{ "c1 c2 c3", "c1 c2 c3", "in order" },
	{ "c1 c3 c2", "c1 c2 c3", "kept until its turn" },
	{ "c1 c4 c3 c2 c5", "c1 c2 c3 c4 c5", "all behind a gap" },
	{ "c5 c6", "c5 c6", "the first one is the beginning" },
	{ "c5@9 c4@8 c6@10", "c5@9 c6@10", "older than the beginning" },
	{ "c1 c2 c2 c3", "c1 c2 c3", "twice" },
	{ "c1 c3 c3 c2", "c1 c2 c3", "twice while it is kept" },
	{ "c1 d1 c2 d2", "c1 d1 c2 d2", "to all and to this node" },
	{ "c1 c3 d1 d2", "c1 d1 d2", "a gap holds up its own queue only" },
	{ "c1 c3 u0 c2", "c1 u0 c2 c3", "unordered ones pass" },
	{ "c1 c3 c1~charlie c2~charlie c2", "c1 c1~charlie c2~charlie c2 c3",
	    "another sender" },
	{ "c1 c500 c2", "c1 c2", "just near enough to wait" },
	{ "c1 c3 c502 c503", "c1 c502 c503", "far ahead: a new beginning" },
	{ "c1 c2 c1h2 c2h2", "c1 c2 c1h2 c2h2", "the node has restarted" },
	{ "c1 c3 c1h2 c2h2", "c1 c1h2 c2h2", "what was kept dies with the old life" },
	{ "c1h2 c2 c2h2", "c1h2 c2h2", "of a former life" },
	{ "c1 c2 l0 c1g2 c2g2", "c1 c2 l0 c1g2 c2g2", "left and back" },
	{ "c1 c1g2 c2g2 c2 l0", "c1 c2 l0 c1g2 c2g2",
	    "the new instance waits for the leave of the old" },
	{ "c1 c2g2 c1g2 l0", "c1 l0 c2g2", "what waited is put into order, too" },
	{ "c1 c1g2 c1g3 l0 l0g2", "c1 l0 c1g2 l0g2 c1g3", "two instances wait" },
	{ "c1 l0 c2 c1g2", "c1 l0 c1g2", "of an instance that has left" },
	{ "c1g2 c2 c2g2", "c1g2 c2g2", "of a former instance" },
	{ "c1 d1g2 l0 c1g2", "c1 l0 d1g2 c1g2", "both queues change over" },
	{ "c1 c3 l0 c1g2", "c1 l0 c1g2",
	    "what cannot be delivered does not hold up a leave" },
	{ "c1 c3 D0 c9", "c1 D0 c9", "a dead node is forgotten" },
	{ "c5 D0~charlie c6", "c5 D0~charlie c6", "another one's death" },
	{ "l0 c1 c2", "l0 c1 c2", "a leave of somebody unheard of" },
	{ "c5g3 l0g2 c6g3", "c5g3 l0g2 c6g3", "a late leave" },
	{ "j0 c1 j0g2 c2", "j0 c1 j0g2 c2", "joins pass" },
};

static struct ha_msg *
word_msg(const char *word, int position)
{
	struct ha_msg *msg = ha_msg_new(0);
	int oseq = (int)strtol(word + 1, NULL, 10), seq = position, gen = 1, hg = 1;
	const char *src = "bravo", *at;
	char text[24];

	if ((at = strchr(word, '@')))
		seq = atoi(at + 1);
	if ((at = strchr(word, 'g')))
		gen = atoi(at + 1);
	if ((at = strpbrk(word, "h")) && at[1] != 'a')
		hg = atoi(at + 1);
	if ((at = strchr(word, '~')))
		src = at + 1;
	ha_msg_add(msg, "word", word);
	ha_msg_add(msg, F_TYPE,
	    strchr("jl", word[0]) ? T_APICLISTAT
	    : word[0] == 'D'      ? T_STATUS
	                          : "talk");
	ha_msg_add(msg, F_STATUS,
	    word[0] == 'j'   ? "join"
	    : word[0] == 'l' ? "leave"
	                     : "dead");
	ha_msg_add(msg, F_ORIG, src);
	if (word[0] == 'D')
		return msg;
	snprintf(text, sizeof(text), "%x", 100 + seq);
	ha_msg_add(msg, F_SEQ, text);
	snprintf(text, sizeof(text), "%x", hg);
	ha_msg_add(msg, F_HBGENERATION, text);
	snprintf(text, sizeof(text), "%d", gen);
	ha_msg_add(msg, F_CLIENT_GENERATION, text);
	snprintf(text, sizeof(text), "%x", oseq);
	if (word[0] == 'c' || word[0] == 'd')
		ha_msg_add(msg, F_ORDERSEQ, text);
	if (word[0] == 'd')
		ha_msg_add(msg, F_TO, "alpha");
	return msg;
}

static void
take_all(struct order *order, char *out, size_t size)
{
	struct ha_msg *msg;

	while (order_is_ready(order) && (msg = order_take(order))) {
		size_t len = strlen(out);

		snprintf(out + len, size - len, "%s%s", len ? " " : "",
		    cl_get_string(msg, "word"));
		ha_msg_del(msg);
	}
}

static void
test_stories(void)
{
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		struct order *order = order_new();
		char in[256], out[256] = "", *save, *word;
		int position = 0;

		snprintf(in, sizeof(in), "%s", stories[i].in);
		for (word = strtok_r(in, " ", &save); word;
		     word = strtok_r(NULL, " ", &save)) {
			order_put(order, word_msg(word, ++position));
			take_all(order, out, sizeof(out));
		}
		CHECK_STR(out, stories[i].out, "%s: %s", stories[i].in, stories[i].why);
		order_free(order);
	}
}

/* Any order in which a window of messages may come gives the one they were sent in. */
static void
test_shuffles(void)
{
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct order *order = order_new();
		int at[64], next = 0;
		unsigned state = seed;

		for (int i = 0; i < 64; i++)
			at[i] = i;
		for (int i = 63; i > 1; i--) { /* the first stays: it is the beginning */
			int j;

			state = state * 1103515245u + 12345u;
			j = 1 + (int)(state >> 8) % i;
			if (j != i) {
				int other = at[i];

				at[i] = at[j];
				at[j] = other;
			}
		}
		for (int i = 0; i < 64; i++) {
			struct ha_msg *msg;
			char word[16];

			snprintf(word, sizeof(word), "c%d@%d", at[i] + 1, at[i]);
			order_put(order, word_msg(word, 0));
			while ((msg = order_take(order))) {
				CHECK_INT(strtol(cl_get_string(msg, "word") + 1, NULL,
				              10),
				    ++next, "seed %u", seed);
				ha_msg_del(msg);
			}
		}
		CHECK_INT(next, 64, "seed %u: all came out", seed);
		order_free(order);
	}
}

static void
test_drops_are_counted(void)
{
	struct order *order = order_new();

	for (int i = 0; i < 2; i++)
		order_put(order, word_msg("c1", 1));
	order_put(order, word_msg("c3", 3));
	order_put(order, word_msg("c900", 4));
	CHECK_INT(order_drops(order)->old, 1, "came twice");
	CHECK_INT(order_drops(order)->skipped, 1, "behind a gap that was given up");
	order_free(order);
}

int
main(void)
{
	static const struct check_case cases[] = {
		{ "stories", test_stories },
		{ "shuffles", test_shuffles },
		{ "drops are counted", test_drops_are_counted },
	};

	return check_main("hbclient_order", cases, ARRAY_LEN(cases));
}
