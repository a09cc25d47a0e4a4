/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stonithd decides (spec/stonith.md 13): three cores in one process with a network that loses,
 * delays and loses nodes, and devices that work, fail, hang or are slow.  And what it reads.
 */
#include "stonith/codes.h"
#include "stonith/stonithd/fencer.h"
#include "stonith/stonithd/protocol.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define NODES 3
#define EVENTS_MAX 512
#define TRACE_MAX 256

enum act { WORKS, FAILS, HANGS, LIES_DEAD };
struct event {
	struct instant when;
	int node; /* who gets it */
	struct sd_message message;
	uint32_t run; /* not 0: the end of a run */
	int code;
};
struct told {
	int node;
	unsigned long client;
	int32_t callid;
	enum sd_result result;
	char nodes[200];
};
struct node {
	struct sd *sd;
	struct instant arm;
	bool dead;
	int lose; /* the next so many messages to it are lost */
};
static struct world {
	struct instant now;
	struct node node[NODES];
	struct event event[EVENTS_MAX];
	size_t event_count;
	struct told told[TRACE_MAX];
	size_t told_count;
	char runs[4000]; /* "alpha:r1 bravo:r2 " in their order */
	char messages[8000];
	enum act act[NODES][4]; /* of r0 to r3 */
	int64_t slow_ms[NODES];
	bool old[NODES]; /* its messages have no modern fields */
	unsigned seed;
	int loss_percent;
} w;
static const char *const names[NODES] = { "alpha", "bravo", "charlie" };

static int
place(void *shell)
{
	return (int)((struct node *)shell - w.node);
}

static void
post(struct event event)
{
	CHECK(w.event_count < EVENTS_MAX, "room for events");
	if (w.event_count < EVENTS_MAX)
		w.event[w.event_count++] = event;
}

static void
fx_run(void *shell, uint32_t run, const char *resource, enum sd_op op, const char *node,
    int64_t limit_ms)
{
	int at = place(shell);
	enum act act = w.act[at][resource[1] - '0'];
	size_t len = strlen(w.runs);
	int64_t took = act == HANGS ? limit_ms : 10 + w.slow_ms[at];

	(void)op;
	(void)node;
	CHECK(limit_ms > 0, "a limit");
	if (len < sizeof(w.runs) - 60)
		snprintf(w.runs + len, sizeof(w.runs) - len, "%s:%s ", names[at],
		    resource);
	sd_transcript(w.node[at].sd, run, '=', "it was asked");
	post((struct event){ .when =
	                         instant_add_ms(w.now, took < limit_ms ? took : limit_ms),
	    .node = at,
	    .run = run,
	    .code = act == FAILS       ? S_RESETFAIL
	            : took >= limit_ms ? S_TIMEOUT
	                               : S_OK });
}

static void
fx_give_up(void *shell, uint32_t run)
{
	for (size_t i = 0; i < w.event_count; i++)
		if (w.event[i].run == run && w.event[i].node == place(shell))
			w.event[i].node = -1;
}

static void
fx_send(void *shell, const struct sd_message *m)
{
	static const char *const words[] = { "whocanst", "icanst", "icantst", "stit",
		"rstit", "resetted" };
	int from = place(shell);
	size_t len = strlen(w.messages);

	if (len < sizeof(w.messages) - 60)
		snprintf(w.messages + len, sizeof(w.messages) - len, "%s:%s>%s ",
		    names[from], words[m->type], m->peer[0] ? m->peer : "all");
	for (int i = 0; i < NODES; i++) {
		struct event event = { .when = instant_add_ms(w.now, 1 + i),
			.node = i,
			.message = *m };

		if (w.node[from].dead ||
		    (m->peer[0] && strcasecmp(m->peer, names[i]) != 0))
			continue;
		if (w.node[i].lose > 0 && i != from && w.node[i].lose--)
			continue;
		w.seed = w.seed * 1103515245U + 12345U;
		if ((int)(w.seed >> 16) % 100 < w.loss_percent && i != from)
			continue;
		if (w.old[from])
			event.message.modern = false;
		strcpy(event.message.peer, names[from]);
		post(event);
	}
}

static void
fx_answer(void *shell, const struct sd_answer *answer)
{
	struct told *told = &w.told[w.told_count < TRACE_MAX ? w.told_count++ : 0];

	*told = (struct told){ .node = place(shell),
		.client = answer->request->client,
		.callid = answer->callid,
		.result = answer->result };
	snprintf(told->nodes, sizeof(told->nodes), "%s", answer->nodes);
}

static void
fx_arm(void *shell, struct instant when)
{
	((struct node *)shell)->arm = when;
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)priority;
	if (getenv("STONITHD_TEST_LOG"))
		fprintf(stderr, "%7lld %s: %s\n",
		    (long long)(w.now.ns / NS_PER_MS) % 1000000, names[place(shell)],
		    text);
}

static const struct sd_effects fx = { fx_run, fx_give_up, fx_send, fx_answer, fx_arm,
	fx_log };

static void
world_open(void)
{
	w = (struct world){ .now = { 1000000 * NS_PER_MS }, .seed = 1 };
	for (int i = 0; i < NODES; i++)
		w.node[i].sd =
		    sd_new(names[i], false, 1000U * (unsigned)(i + 1), &fx, &w.node[i]);
	for (int i = 0; i < NODES; i++)
		for (int k = 0; k < NODES; k++)
			sd_peer(w.node[i].sd, names[k], true, w.now);
}

static void
world_close(void)
{
	for (int i = 0; i < NODES; i++)
		sd_free(w.node[i].sd);
}

static void
node_dies(int node)
{
	w.node[node].dead = true;
	w.node[node].arm = INSTANT_NEVER;
	for (int i = 0; i < NODES; i++)
		if (!w.node[i].dead)
			sd_peer(w.node[i].sd, names[node], false, w.now);
}

static void
give(struct event event)
{
	struct node *node = &w.node[event.node];

	if (node->dead)
		return;
	if (event.run)
		sd_ran(node->sd, event.run, event.code, w.now);
	else
		sd_heard(node->sd, &event.message, w.now);
}

/* The next event or timer; false when there is none before END. */
static bool
step(struct instant end)
{
	struct instant next = INSTANT_NEVER;
	size_t first = EVENTS_MAX;

	for (size_t i = 0; i < w.event_count; i++)
		if (w.event[i].node >= 0 &&
		    (!instant_is_set(next) || w.event[i].when.ns < next.ns)) {
			next = w.event[i].when;
			first = i;
		}
	for (int i = 0; i < NODES; i++)
		if (instant_is_set(w.node[i].arm) && !w.node[i].dead &&
		    (!instant_is_set(next) || w.node[i].arm.ns < next.ns)) {
			next = w.node[i].arm;
			first = EVENTS_MAX;
		}
	if (!instant_is_set(next) || next.ns > end.ns) {
		w.now = end;
		return false;
	}
	if (next.ns > w.now.ns)
		w.now = next;
	if (first < EVENTS_MAX) {
		struct event event = w.event[first];

		w.event[first] = w.event[--w.event_count];
		give(event);
		return true;
	}
	for (int i = 0; i < NODES; i++)
		if (!w.node[i].dead && instant_is_reached(w.node[i].arm, w.now)) {
			w.node[i].arm = INSTANT_NEVER;
			sd_tick(w.node[i].sd, w.now);
		}
	return true;
}

static void
pass(int64_t ms)
{
	struct instant end = instant_add_ms(w.now, ms);

	for (int i = 0; i < 100000 && step(end); i++)
		;
}

static int32_t
ask(int node, const char *victim, enum sd_op op, int64_t timeout_ms, unsigned long client)
{
	struct sd_request request = { .op = op,
		.timeout_ms = timeout_ms,
		.client = client,
		.client_name = "test",
		.client_pid = 1 };

	strcpy(request.node, victim);
	return sd_request(w.node[node].sd, &request, w.now);
}

static void
put(int node, const char *id, int64_t priority, int64_t limit_ms, const char *type,
    const char *host)
{
	char *hosts[] = { (char *)(uintptr_t)host, (char *)(uintptr_t) "else", NULL };

	CHECK_INT(sd_resource_put(w.node[node].sd, id, type, priority, limit_ms, hosts),
	    0, "%s", id);
}

static void
check_told(size_t at, enum sd_result result, const char *nodes, const char *why)
{
	CHECK(at < w.told_count, "%s: no result", why);
	if (at >= w.told_count)
		return;
	CHECK_INT(w.told[at].result, result, "%s", why);
	CHECK_STR(w.told[at].nodes, nodes, "%s", why);
}

/* Here. */

static void
test_local(void)
{
	world_open();
	put(0, "r0", 20, 0, "null", "dead1");
	put(0, "r1", 10, 0, "null", "DEAD1");
	put(0, "r2", 10, 0, "null", "dead10");
	w.act[0][1] = FAILS;
	CHECK(ask(0, "Dead1", SD_RESET, 10000, 1) > 0, "a device here: a number above 0");
	CHECK_INT(w.told_count, 0, "nothing is told before the number");
	pass(1000);
	check_told(0, SD_SUCCEEDED, "alpha", "the second one");
	CHECK_STR(w.runs, "alpha:r1 alpha:r0 ",
	    "lower priorities first, names whole, in any case");
	CHECK_STR(w.messages, "", "nobody else is asked");
	CHECK(sd_history_at(w.node[0].sd, 0) &&
	          strstr(sd_history_at(w.node[0].sd, 0)->transcript, "= it was asked"),
	    "history has the talk");
	CHECK_STR(sd_history_at(w.node[0].sd, 0)->resource, "r0", "the last device");
	world_close();
}

static void
test_together(void)
{
	int32_t first, second;

	world_open();
	put(0, "r0", 0, 0, "null", "dead1");
	w.slow_ms[0] = 2000;
	first = ask(0, "dead1", SD_RESET, 10000, 1);
	pass(100);
	second = ask(0, "DEAD1", SD_RESET, 10000, 2);
	ask(0, "dead1", SD_RESET, 500, 3);
	pass(1000);
	CHECK_INT(w.told_count, 1, "the impatient one");
	check_told(0, SD_TIMEOUT, "", "the impatient one");
	pass(5000);
	CHECK_INT(w.told_count, 3, "both others");
	CHECK_STR(w.runs, "alpha:r0 ", "one shot for three");
	CHECK(first != second && w.told[1].callid == first && w.told[2].callid == second,
	    "each its own number");
	world_close();
}

static void
test_timeout(void)
{
	world_open();
	put(0, "r0", 0, 0, "null", "dead1");
	w.act[0][0] = HANGS;
	w.slow_ms[0] = 100000;
	ask(0, "dead1", SD_OFF, 4000, 1);
	pass(3900);
	CHECK_INT(w.told_count, 0, "not before its time");
	pass(200);
	check_told(0, SD_TIMEOUT, "", "a device that hangs");
	CHECK_INT(sd_op_count(w.node[0].sd), 0, "nothing is left");

	put(0, "r0", 0, 500, "null", "dead1");
	put(0, "r1", 1, 0, "null", "dead1");
	w.slow_ms[0] = 0;
	ask(0, "dead1", SD_OFF, 4000, 1);
	pass(1000);
	check_told(1, SD_SUCCEEDED, "alpha",
	    "stonith-timeout leaves time for the next device");
	world_close();
}

/* Others. */

static void
test_remote(void)
{
	world_open();
	put(0, "r0", 0, 0, "null", "dead1");
	put(1, "r1", 7, 0, "null", "dead1");
	put(2, "r2", 3, 0, "null", "dead1");
	w.act[0][0] = FAILS;
	w.act[2][2] = FAILS;
	ask(0, "dead1", SD_RESET, 10000, 1);
	pass(1000);
	check_told(0, SD_SUCCEEDED, "bravo", "the second helper");
	CHECK_STR(w.runs, "alpha:r0 charlie:r2 bravo:r1 ",
	    "one after the other, by priority");
	CHECK(ask(1, "nobody", SD_RESET, 4000, 1) < 0, "nothing here: a number below 0");
	pass(3900);
	CHECK_INT(w.told_count, 1, "somebody may yet come");
	pass(200);
	check_told(1, SD_TIMEOUT, "", "nobody can");
	world_close();
}

static void
test_all_fail(void)
{
	world_open();
	put(1, "r1", 0, 0, "null", "dead1");
	put(2, "r2", 0, 0, "null", "dead1");
	w.act[1][1] = FAILS;
	w.act[2][2] = FAILS;
	ask(0, "dead1", SD_RESET, 60000, 1);
	pass(1000);
	check_told(0, SD_GENERIC, "", "all have failed: that is answered at once");
	world_close();
}

static void
test_helper_dies(void)
{
	world_open();
	put(1, "r1", 0, 0, "null", "dead1");
	put(2, "r2", 5, 0, "null", "dead1");
	w.slow_ms[1] = 20000;
	ask(0, "dead1", SD_RESET, 60000, 1);
	pass(1000);
	CHECK_STR(w.runs, "bravo:r1 ", "bravo is at work");
	node_dies(1);
	pass(1000);
	check_told(0, SD_SUCCEEDED, "charlie", "the next helper, at once");
	world_close();
}

static void
test_helper_is_late(void)
{
	world_open();
	put(1, "r1", 0, 0, "null", "dead1");
	put(2, "r2", 5, 0, "null", "dead1");
	w.slow_ms[1] = 50000;
	ask(0, "dead1", SD_RESET, 20000, 1);
	pass(9000);
	CHECK_STR(w.runs, "bravo:r1 ", "it has half of the time");
	pass(3000);
	check_told(0, SD_SUCCEEDED, "charlie", "then the next one");
	world_close();
}

static void
test_query(void)
{
	world_open();
	put(0, "r0", 0, 0, "null", "dead1");
	put(2, "r2", 0, 0, "null", "dead1");
	CHECK(ask(1, "dead1", SD_QUERY, 4000, 1) < 0, "a number");
	pass(100);
	check_told(0, SD_SUCCEEDED, "alpha charlie", "as soon as all have answered");
	ask(0, "dead1", SD_QUERY, 4000, 1);
	pass(100);
	check_told(1, SD_SUCCEEDED, "alpha charlie", "oneself too");
	node_dies(2);
	ask(0, "dead1", SD_QUERY, 4000, 1);
	pass(4100);
	check_told(2, SD_SUCCEEDED, "alpha", "the dead are not asked");
	ask(0, "nobody", SD_QUERY, 4000, 1);
	pass(4100);
	check_told(3, SD_SUCCEEDED, "", "nobody can: an empty list");
	CHECK_STR(w.runs, "", "nothing was done");
	world_close();
}

/* Ourselves. */

static void
test_own_end(void)
{
	world_open();
	put(0, "r0", 0, 0, "null", "alpha");
	ask(0, "alpha", SD_RESET, 3000, 1);
	pass(3100);
	check_told(0, SD_TIMEOUT, "", "not with a device from outside");
	CHECK_STR(w.runs, "", "not run");

	put(1, "r1", 0, 0, "null", "alpha");
	ask(0, "alpha", SD_RESET, 3000, 1);
	pass(1000);
	check_told(1, SD_SUCCEEDED, "bravo", "another one does it");

	sd_resource_remove(w.node[1].sd, "r1");
	put(0, "r2", 0, 0, "suicide", "alpha");
	w.runs[0] = '\0';
	ask(0, "alpha", SD_RESET, 8000, 1);
	pass(500);
	check_told(2, SD_SUCCEEDED, "alpha", "reported first");
	CHECK_STR(w.runs, "", "then done");
	pass(1000);
	CHECK_STR(w.runs, "alpha:r2 ", "with the device for that");

	w.runs[0] = '\0';
	put(1, "r3", 9, 0, "null", "alpha");
	ask(2, "alpha", SD_RESET, 8000, 2);
	pass(3000);
	check_told(3, SD_SUCCEEDED, "bravo", "the node itself comes last");
	sd_resource_remove(w.node[1].sd, "r3");
	w.runs[0] = '\0';
	ask(2, "alpha", SD_RESET, 8000, 2);
	pass(3000);
	check_told(4, SD_SUCCEEDED, "alpha", "when it is asked by others, too");
	CHECK_STR(w.runs, "alpha:r2 ", "it ends itself");
	world_close();
}

/* Old ones, loss, crowds. */

static void
test_old_ones(void)
{
	struct sd_message stit = { .type = SD_STIT,
		.node = "dead1",
		.peer = "bravo",
		.op = SD_RESET,
		.timeout_ms = 5000,
		.callid = 77 };

	world_open();
	put(0, "r0", 0, 0, "null", "dead1");
	w.act[0][0] = FAILS;
	sd_heard(w.node[0].sd, &stit, w.now);
	pass(1000);
	CHECK_STR(w.runs, "alpha:r0 ", "an old one's request");
	CHECK_STR(w.messages, "",
	    "it takes every answer for the end of all: no failure is told");
	w.act[0][0] = WORKS;
	stit.callid = 78;
	sd_heard(w.node[0].sd, &stit, w.now);
	pass(1000);
	CHECK_STR(w.messages, "alpha:rstit>bravo ", "success is");
	sd_heard(w.node[0].sd, &stit, w.now);
	pass(1000);
	CHECK_STR(w.runs, "alpha:r0 alpha:r0 ",
	    "the same once more is answered, not done again");
	stit = (struct sd_message){ .type = SD_WHOCANST,
		.node = "other",
		.peer = "bravo",
		.op = SD_QUERY,
		.timeout_ms = 5000,
		.callid = 79 };
	w.messages[0] = '\0';
	sd_heard(w.node[0].sd, &stit, w.now);
	CHECK_STR(w.messages, "", "an old one hears nothing of who cannot");
	world_close();

	/* Old helpers: they answer nothing but success, and shoot for each request. */
	world_open();
	w.old[1] = true;
	put(1, "r1", 0, 0, "null", "dead1");
	w.slow_ms[1] = 6000;
	ask(0, "dead1", SD_RESET, 20000, 1);
	pass(15000);
	check_told(0, SD_SUCCEEDED, "bravo", "an old helper");
	CHECK_STR(w.runs, "bravo:r1 ", "is asked once");
	world_close();
}

static void
test_strangers(void)
{
	struct sd_message lie = { .type = SD_RSTIT,
		.node = "dead1",
		.peer = "charlie",
		.op = SD_RESET,
		.result = SD_SUCCEEDED };

	world_open();
	put(1, "r1", 0, 0, "null", "dead1");
	w.slow_ms[1] = 3000;
	lie.callid = ask(0, "dead1", SD_RESET, 20000, 1);
	pass(1000);
	sd_heard(w.node[0].sd, &lie, w.now);
	CHECK_INT(w.told_count, 0, "who was not asked cannot have done it");
	strcpy(lie.peer, "bravo");
	strcpy(lie.node, "dead2");
	sd_heard(w.node[0].sd, &lie, w.now);
	CHECK_INT(w.told_count, 0, "another node is none");
	pass(4000);
	check_told(0, SD_SUCCEEDED, "bravo", "the truth");
	world_close();
}

static void
test_loss(void)
{
	unsigned done = 0, rounds = 300;

	for (unsigned seed = 1; seed <= rounds; seed++) {
		enum sd_result result;
		bool any = false;

		world_open();
		w.seed = seed * 7919;
		w.loss_percent = 30;
		put(1, "r1", 0, 0, "null", "dead1");
		put(2, "r2", 5, 0, "null", "dead1");
		w.act[1][1] = seed % 3 == 0 ? FAILS : WORKS;
		w.slow_ms[1] = seed % 7 * 100;
		ask(0, "dead1", SD_RESET, 60000, 1);
		if (seed % 5 == 0) {
			pass(seed % 11 * 100);
			node_dies(seed % 2 ? 1 : 2);
		}
		pass(61000);
		result = w.told_count == 1 ? w.told[0].result : SD_CANNOT;
		for (int i = 1; i < NODES; i++)
			any |= strstr(w.runs, i == 1 ? "bravo:r1" : "charlie:r2") &&
			       w.act[i][i] == WORKS;
		CHECK_INT(w.told_count, 1, "seed %u: one result", seed);
		CHECK(result != SD_SUCCEEDED || any, "seed %u: success that nobody had",
		    seed);
		for (int i = 0; i < NODES; i++)
			CHECK(w.node[i].dead || sd_op_count(w.node[i].sd) == 0,
			    "seed %u: %s is not at rest", seed, names[i]);
		done += result == SD_SUCCEEDED;
		world_close();
	}
	CHECK(done > rounds * 8 / 10, "%u of %u", done, rounds);
}

static void
test_crowd(void)
{
	char name[20];
	int refused = 0;

	world_open();
	for (int i = 0; i < SD_OP_MAX + 10; i++) {
		snprintf(name, sizeof(name), "node%d", i);
		refused += ask(0, name, SD_RESET, 2000, 1) == 0;
	}
	CHECK_INT(refused, 10, "operations");
	for (int i = 0; i < SD_WAITER_MAX + 5; i++)
		refused += ask(0, "node0", SD_RESET, 2000, 1) == 0;
	CHECK_INT(refused, 16, "waiters of one");
	pass(3000);
	CHECK_INT(sd_op_count(w.node[0].sd), 0, "all end");
	for (int i = 0; i <= SD_RESOURCE_MAX; i++) {
		char *hosts[] = { name, NULL };

		snprintf(name, sizeof(name), "r%d", i);
		CHECK_INT(sd_resource_put(w.node[1].sd, name, "null", 0, 0, hosts),
		    i < SD_RESOURCE_MAX ? 0 : -E2BIG, "%s", name);
	}
	ask(0, "last", SD_RESET, 2000, 9);
	sd_close(w.node[0].sd, w.now);
	CHECK_INT(w.told[w.told_count - 1].result, SD_GENERIC, "the end tells everybody");
	world_close();
}

/* Both ask each other, and neither can. */
static void
test_each_other(void)
{
	world_open();
	put(2, "r2", 0, 0, "null", "dead1");
	ask(0, "dead1", SD_RESET, 20000, 1);
	ask(1, "dead1", SD_RESET, 20000, 2);
	pass(5000);
	CHECK_INT(w.told_count, 2, "both are told");
	check_told(0, SD_SUCCEEDED, "charlie", "one");
	check_told(1, SD_SUCCEEDED, "charlie", "the other");
	CHECK_STR(w.runs, "charlie:r2 ", "one shot for two nodes");
	world_close();
}

/* Words. */

static void
fill(struct msg *m, const char *const *pairs)
{
	static uint8_t store[8192];

	msg_init(m, store, sizeof(store));
	for (; *pairs; pairs += 2)
		msg_add_str(m, pairs[0], pairs[1]);
}

static void
test_requests(void)
{
	static const struct {
		const char *pairs[24];
		int want;
		const char *why;
	} rows[] = {
		{ { "stonithd", "apireq", "reqest", "signon", "cname", "x", "cpid", "1" },
		    0, "a sign-on" },
		{ { "stonithd", "apireq", "request", "signon", "cname", "x", "cpid",
		      "1" },
		    -EINVAL, "the word is misspelt on the wire" },
		{ { "stonithd", "apireq", "reqest", "dance", "cname", "x", "cpid", "1" },
		    -EINVAL, "unknown" },
		{ { "stonithd", "apireq", "reqest", "signon", "cpid", "1" }, -EINVAL,
		    "no name" },
		{ { "stonithd", "apireq", "reqest", "signon", "cname", "a\nb", "cpid",
		      "1" },
		    -EINVAL, "a name of two lines" },
		{ { "stonithd", "apireq", "reqest", "signon", "cname", "x", "cpid",
		      "-1" },
		    -EINVAL, "no pid" },
		{ { "stonithd", "apireq", "reqest", "stonith", "cname", "x", "cpid", "1",
		      "optype", "1", "node", "n", "timeout", "1000" },
		    0, "a request" },
		{ { "stonithd", "apireq", "reqest", "stonith", "cname", "x", "cpid", "1",
		      "optype", "4", "node", "n", "timeout", "1000" },
		    -EINVAL, "no such operation" },
		{ { "stonithd", "apireq", "reqest", "stonith", "cname", "x", "cpid", "1",
		      "optype", "1", "node", "n m", "timeout", "1000" },
		    -EINVAL, "two nodes" },
		{ { "stonithd", "apireq", "reqest", "stonith", "cname", "x", "cpid", "1",
		      "optype", "1", "node", "n", "timeout", "0" },
		    -EINVAL, "no time" },
		{ { "stonithd", "apireq", "reqest", "raop", "cname", "x", "cpid", "1",
		      "rscid", "a", "raname", "null", "raoptype", "status" },
		    0, "a monitor by its other name" },
		{ { "stonithd", "apireq", "reqest", "raop", "cname", "x", "cpid", "1",
		      "rscid", "a", "raname", "null", "raoptype", "promote" },
		    -EINVAL, "nothing for a device" },
		{ { "stonithd", "apireq", "reqest", "raop", "cname", "x", "cpid", "1",
		      "rscid", "a", "raname", "null", "raoptype", "start", "params",
		      "text" },
		    -EINVAL, "params that are none" },
	};
	struct sdp_request request;
	struct err err;
	struct msg m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill(&m, rows[i].pairs);
		CHECK_INT(sdp_request_parse(&m, &request, &err), rows[i].want, "%s",
		    rows[i].why);
	}
	CHECK_INT(sdp_time_parse("60s"), 60000, "seconds");
	CHECK_INT(sdp_time_parse("2min"), 120000, "minutes");
	CHECK_INT(sdp_time_parse("1500ms"), 1500, "milliseconds");
	CHECK_INT(sdp_time_parse("s"), -EINVAL, "no number");
	CHECK_INT(sdp_time_parse("999999999999999999h"), -EINVAL, "too long");
}

static int
take_param(void *data, const char *name, const char *value, struct err *err)
{
	char *all = data;

	(void)err;
	snprintf(all + strlen(all), 100, "%s=%s ", name, value);
	return 0;
}

static void
test_params(void)
{
	uint8_t store[2048], child_store[1024];
	char all[500] = "";
	struct sdp_params params = { .take = take_param, .data = all };
	struct msg m, child;
	struct err err;

	msg_init(&m, store, sizeof(store));
	msg_init(&child, child_store, sizeof(child_store));
	msg_add_str(&child, "hostlist", "a b");
	msg_add_str(&child, "priority", "-3");
	msg_add_str(&child, "stonith-timeout", "5s");
	msg_add_str(&child, "CRM_meta_timeout", "1");
	msg_add_str(&child, "crm_feature_set", "1.0");
	msg_add_struct(&m, "params", &child);
	CHECK_INT(sdp_params_parse(msg_find(&m, "params"), &params, &err), 0, "params");
	CHECK_STR(all, "hostlist=a b ", "the device gets what is its own");
	CHECK_INT(params.priority, -3, "priority");
	CHECK_INT(params.limit_ms, 5000, "stonith-timeout");
	msg_init(&m, store, sizeof(store));
	msg_add_str(&child, "priority", "high");
	msg_add_struct(&m, "params", &child);
	CHECK_INT(sdp_params_parse(msg_find(&m, "params"), &params, &err), -EINVAL,
	    "a priority that is none");
}

static void
test_messages(void)
{
	static const char *const bad[][16] = {
		{ "t", "stit", "src", "b", "optype", "1", "timeout", "1", "callid", "1" },
		{ "t", "stit", "src", "b", "node", "n", "optype", "9", "timeout", "1",
		    "callid", "1" },
		{ "t", "stit", "node", "n", "optype", "1", "timeout", "1", "callid",
		    "1" },
		{ "t", "rstit", "src", "b", "frc", "0", "callid", "99999999999" },
		{ "t", "rstit", "src", "b", "frc", "4", "callid", "1" },
		{ "t", "whocanst", "src", "b", "node", "n", "optype", "0", "timeout",
		    "-1", "callid", "1" },
	};
	static const char *const old[] = { "t", "rstit", "src", "b", "frc", "0", "callid",
		"-5", NULL };
	struct sd_message made = { .type = SD_STIT,
		.node = "n",
		.op = SD_OFF,
		.timeout_ms = 4000,
		.callid = -7,
		.modern = true },
	                  got;
	uint8_t store[1024];
	struct msg m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fill(&m, bad[i]);
		CHECK_INT(sdp_message_parse(&m, &got), -EINVAL, "row %zu", i);
	}
	fill(&m, old);
	CHECK_INT(sdp_message_parse(&m, &got), 0, "an old answer");
	CHECK_INT(got.callid, -5, "its number");
	CHECK(!got.modern, "old");
	msg_init(&m, store, sizeof(store));
	CHECK_INT(sdp_message_make(&made, &m), 0, "made");
	CHECK_STR(msg_str(&m, "optype"), "3", "as old ones read it");
	CHECK_STR(msg_str(&m, "callid"), "-7", "the number");
	msg_add_str(&m, "src", "b");
	CHECK_INT(sdp_message_parse(&m, &got), 0, "read again");
	CHECK(got.modern && got.callid == -7 && got.op == SD_OFF &&
	          got.timeout_ms == 4000,
	    "the same");
}

static const struct check_case cases[] = {
	{ "local", test_local },
	{ "together", test_together },
	{ "timeout", test_timeout },
	{ "remote", test_remote },
	{ "all_fail", test_all_fail },
	{ "helper_dies", test_helper_dies },
	{ "helper_is_late", test_helper_is_late },
	{ "query", test_query },
	{ "own_end", test_own_end },
	{ "old_ones", test_old_ones },
	{ "strangers", test_strangers },
	{ "loss", test_loss },
	{ "crowd", test_crowd },
	{ "each_other", test_each_other },
	{ "requests", test_requests },
	{ "params", test_params },
	{ "messages", test_messages },
};

CHECK_MAIN("stonithd", cases)
