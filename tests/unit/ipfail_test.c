/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipfail's decisions (spec/resources-v1.md 16): one event a row, and stories of several.
 */
#include "heartbeat/helpers/ipfail/ipfail.h"
#include "tests/unit/check.h"

#include <stdlib.h>

static char asked[2048], said[8192];
static struct instant give_due, ask_due;
static struct ipfail ipfail;

static void
fx_say(void *shell, enum ipfail_word word, int64_t count, enum ipfail_set set)
{
	size_t used = strlen(asked);

	(void)shell;
	switch (word) {
	case IPFAIL_SAY_COUNT:
		snprintf(asked + used, sizeof(asked) - used, "num_ping_nodes %d, ",
		    (int)count);
		break;
	case IPFAIL_SAY_DEAD:
		snprintf(asked + used, sizeof(asked) - used, "you_are_dead, ");
		break;
	case IPFAIL_SAY_ABORT:
		snprintf(asked + used, sizeof(asked) - used, "abort_giveup, ");
		break;
	case IPFAIL_SAY_GIVE:
		snprintf(asked + used, sizeof(asked) - used, "give %s, ",
		    set == IPFAIL_ALL ? "all" : "foreign");
		break;
	}
}

static void
fx_arm_give(void *shell, struct instant when)
{
	(void)shell;
	give_due = when;
}

static void
fx_arm_ask(void *shell, struct instant when)
{
	(void)shell;
	ask_due = when;
}

static void
fx_log(void *shell, int priority, const char *text)
{
	size_t used = strlen(said);

	(void)shell;
	(void)priority;
	snprintf(said + used, sizeof(said) - used, "%s\n", text);
}

static const struct ipfail_effects effects = { fx_say, fx_arm_give, fx_arm_ask, fx_log };

static struct instant
at(int64_t ms)
{
	return instant_add_ms((struct instant){ 1000 }, ms);
}

/* keepalive 500 ms: the delay is one second. */
static void
begin(bool failback, bool stable)
{
	asked[0] = said[0] = '\0';
	give_due = ask_due = INSTANT_NEVER;
	ipfail_init(&ipfail, "bravo", 500, failback, stable, &effects, NULL);
}

static const char *
taken(char *text)
{
	static char last[8192];

	strcpy(last, text);
	text[0] = '\0';
	return last;
}

static struct ipfail_event
node(const char *name, const char *status)
{
	struct ipfail_event ev = { .kind = IPFAIL_NODE };

	strcpy(ev.node, name);
	strcpy(ev.status, status);
	return ev;
}

static struct ipfail_event
link_of(const char *name, const char *link, const char *status)
{
	struct ipfail_event ev = node(name, status);

	ev.kind = IPFAIL_LINK;
	strcpy(ev.link, link);
	return ev;
}

static void
event(int64_t ms, struct ipfail_event ev, int64_t seen)
{
	CHECK(ipfail_wants_count(&ipfail, &ev) || seen == 0, "a count that nobody wants");
	ipfail_event(&ipfail, at(ms), &ev, seen);
}

static void
heard(int64_t ms, enum ipfail_kind kind, int64_t theirs, int64_t ours)
{
	event(ms, (struct ipfail_event){ .kind = kind, .count = theirs }, ours);
}

static void
resource(int64_t ms, bool stable)
{
	event(ms, (struct ipfail_event){ .kind = IPFAIL_RESOURCE, .stable = stable }, 0);
}

static void
test_triggers(void)
{
	begin(true, true);
	event(0, node("gate", "dead"), 1);
	CHECK_STR(taken(said),
	    "Status update: Node gate now has status dead\nNS: We are still alive!\n",
	    "one of two");
	CHECK_STR(taken(asked), "", "the link does the asking");
	event(0, node("gate", "dead"), 0);
	CHECK_STR(taken(said),
	    "Status update: Node gate now has status dead\nNS: We are dead. :<\n",
	    "the last one");
	event(0, link_of("gate", "gate", "dead"), 1);
	CHECK_STR(taken(said),
	    "Link Status update: Link gate/gate now has status dead\nAsking other side "
	    "for ping node count.\n",
	    "link");
	CHECK_STR(taken(asked), "num_ping_nodes 1, ", "link");
	event(0, link_of("gate", "gate", "dead"), 0);
	CHECK_STR(taken(asked), "num_ping_nodes 0, ", "also with none left");
	CHECK(strstr(said, "We are dead. :<\n"), "%s", said);
	taken(said);
	event(0, link_of("bravo", "eth0", "dead"), 2);
	CHECK_STR(taken(asked), "num_ping_nodes 2, ", "a link of the peer, too");
	event(0, link_of("gate", "gate", "up"), 0);
	CHECK_STR(taken(asked), "", "a link that comes back says nothing yet");
	taken(said);
	event(0, node("gate", "ping"), 2);
	CHECK_STR(taken(asked), "num_ping_nodes 2, ", "a ping node is back");
	CHECK_STR(taken(said),
	    "Status update: Node gate now has status ping\nA ping node just came up.\n"
	    "Asking other side for ping node count.\n",
	    "it is said");
	event(0, node("bravo", "active"), 0);
	CHECK_STR(taken(asked), "", "a member");
	heard(0, IPFAIL_JOIN, 0, 2);
	CHECK_STR(taken(asked), "num_ping_nodes 2, ", "the other ipfail is there");
}

static const struct {
	int64_t theirs, ours;
	bool failback, stable;
	const char *says;
	int64_t delay_ms; /* 0 = gives nothing up */
	enum ipfail_set set;
	const char *text, *why;
} count_cases[] = {
	{ 1, 2, true, true, "you_are_dead, ", 0, IPFAIL_NOTHING,
	    "Telling other node that we have more visible ping nodes.", "we see more" },
	{ 2, 1, false, true, "", 1000, IPFAIL_ALL,
	    "Giving up because we have less visible ping nodes.", "fewer" },
	{ 2, 0, true, false, "", 1000, IPFAIL_ALL, "Delayed giveup in 1 seconds.",
	    "fewer, at rest or not" },
	{ 1, 1, false, true, "abort_giveup, ", 0, IPFAIL_NOTHING,
	    "Ping node count is balanced.", "the same, off" },
	{ 1, 1, true, true, "abort_giveup, ", 1000, IPFAIL_FOREIGN,
	    "Giving up foreign resources (auto_failback).", "the same, on" },
	{ 1, 1, true, false, "abort_giveup, ", 0, IPFAIL_NOTHING,
	    "Ping node count is balanced.", "the same, on, but resources move" },
	{ 0, 0, true, true, "abort_giveup, ", 1000, IPFAIL_FOREIGN,
	    "Ping node count is balanced.", "none at all" },
};

static void
test_counts(void)
{
	for (size_t i = 0; i < sizeof(count_cases) / sizeof(count_cases[0]); i++) {
		begin(count_cases[i].failback, count_cases[i].stable);
		heard(0, IPFAIL_COUNT, count_cases[i].theirs, count_cases[i].ours);
		CHECK_STR(taken(asked), count_cases[i].says, "%s", count_cases[i].why);
		CHECK_INT(ipfail.soon, count_cases[i].set, "%s", count_cases[i].why);
		CHECK_INT(give_due.ns,
		    count_cases[i].delay_ms ? at(count_cases[i].delay_ms).ns : 0, "%s",
		    count_cases[i].why);
		CHECK(strstr(said, count_cases[i].text), "%s: %s", count_cases[i].why,
		    said);
	}
}

static const struct {
	enum ipfail_set set;
	const char *held, *says;
} give_cases[] = {
	{ IPFAIL_ALL, "local", "give all, " },
	{ IPFAIL_ALL, "foreign", "give all, " },
	{ IPFAIL_ALL, "all", "give all, " },
	{ IPFAIL_ALL, "none", "" },
	{ IPFAIL_ALL, "transition", "" },
	{ IPFAIL_FOREIGN, "all", "give foreign, " },
	{ IPFAIL_FOREIGN, "foreign", "give foreign, " },
	{ IPFAIL_FOREIGN, "local", "" },
	{ IPFAIL_FOREIGN, "none", "" },
	{ IPFAIL_FOREIGN, "transition", "" },
};

static void
test_give(void)
{
	for (size_t i = 0; i < sizeof(give_cases) / sizeof(give_cases[0]); i++) {
		begin(true, true);
		if (give_cases[i].set == IPFAIL_ALL)
			heard(0, IPFAIL_DEAD, 0, 0);
		else
			heard(0, IPFAIL_COUNT, 1, 1);
		taken(asked);
		CHECK_INT(ipfail.soon, give_cases[i].set, "%zu", i);
		ipfail_give(&ipfail, at(1000), give_cases[i].held);
		CHECK_STR(taken(asked), give_cases[i].says, "%d of %s", give_cases[i].set,
		    give_cases[i].held);
		ipfail_give(&ipfail, at(1001), "all");
		CHECK_STR(taken(asked), "", "once");
		CHECK(strstr(said, "giveup() called (timeout worked)\n"), "%s", said);
	}
}

static void
test_abort(void)
{
	begin(false, true);
	heard(0, IPFAIL_ABORT, 0, 0);
	CHECK_STR(taken(said), "No giveup timer to abort.\n", "nothing was to come");
	heard(0, IPFAIL_DEAD, 0, 0);
	CHECK(strstr(said,
	          "Giving up because we were told that we have less ping nodes.\n"),
	    "%s", said);
	taken(said);
	heard(500, IPFAIL_ABORT, 0, 0);
	CHECK_STR(taken(said), "Aborted delayed giveup (2)\n", "aborted");
	CHECK(!instant_is_set(give_due), "disarmed");
	heard(600, IPFAIL_DEAD, 0, 0);
	heard(700, IPFAIL_DEAD, 0, 0);
	CHECK_INT(give_due.ns, at(1700).ns,
	    "a second request takes the place of the first");
	event(800, node("bravo", "dead"), 1);
	CHECK(!instant_is_set(give_due), "nobody is there to take it");
}

/* Both lose the gateway, one a moment later: the first is told that it sees less, then
 * that it does not. */
static void
test_both_lose_it(void)
{
	for (int failback = 0; failback < 2; failback++) {
		begin(failback, true);
		event(0, link_of("gate", "gate", "dead"), 0);
		heard(20, IPFAIL_DEAD, 0, 0);
		CHECK_INT(ipfail.soon, IPFAIL_ALL, "told");
		heard(600, IPFAIL_COUNT, 0, 0);
		CHECK_INT(ipfail.soon, IPFAIL_NOTHING, "and now as blind as we are");
		CHECK_STR(taken(asked), "num_ping_nodes 0, abort_giveup, ", "said");
		heard(620, IPFAIL_ABORT, 0, 0);
		ipfail_give(&ipfail, at(1020), "local");
		CHECK_STR(taken(asked), "", "nothing moves");
	}
}

/* The delay ends while resources move: asked again ten seconds after they came to rest.
 */
static void
test_unrest(void)
{
	begin(false, true);
	heard(0, IPFAIL_DEAD, 0, 0);
	resource(100, false);
	ipfail_give(&ipfail, at(1000), "transition");
	CHECK_STR(taken(asked), "", "not now");
	resource(1500, false);
	CHECK(!instant_is_set(ask_due), "still moving");
	resource(2000, true);
	CHECK_INT(ask_due.ns, at(12000).ns, "in ten seconds");
	ask_due = INSTANT_NEVER;
	resource(2500, true);
	CHECK(!instant_is_set(ask_due), "once");
	heard(12000, IPFAIL_AGAIN, 0, 1);
	CHECK_STR(taken(asked), "num_ping_nodes 1, ", "asked");
}

/* A failback that is to come is none when the peer is blind again. */
static void
test_failback_ends_when_the_peer_is_blind(void)
{
	begin(true, true);
	heard(0, IPFAIL_COUNT, 1, 1);
	CHECK_INT(ipfail.soon, IPFAIL_FOREIGN, "to come");
	heard(500, IPFAIL_COUNT, 0, 1);
	CHECK_INT(ipfail.soon, IPFAIL_NOTHING, "not to a blind node");
}

/* A gateway that comes and goes. */
static void
test_flapping(void)
{
	static const int64_t delays_ms[] = { 1000, 30000, 60000, 120000, 240000, 300000,
		300000 };
	int64_t now = 0;

	begin(true, true);
	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
		heard(now, IPFAIL_COUNT, 1, 1);
		CHECK_INT(give_due.ns, at(now + delays_ms[i]).ns, "failback %zu", i + 1);
		now += delays_ms[i];
		ipfail_give(&ipfail, at(now), "all");
		CHECK_STR(taken(asked), "abort_giveup, give foreign, ", "it comes");
		taken(said);
		now += 1000;
	}
	now += IPFAIL_CALM_MS;
	heard(now, IPFAIL_COUNT, 1, 1);
	CHECK_INT(give_due.ns, at(now + 1000).ns, "forgotten after a calm time");
}

static const struct check_case cases[] = {
	{ "triggers", test_triggers },
	{ "counts", test_counts },
	{ "give", test_give },
	{ "abort", test_abort },
	{ "both-lose-it", test_both_lose_it },
	{ "unrest", test_unrest },
	{ "failback-ends-when-the-peer-is-blind",
	    test_failback_ends_when_the_peer_is_blind },
	{ "flapping", test_flapping },
};
CHECK_MAIN("ipfail", cases)
