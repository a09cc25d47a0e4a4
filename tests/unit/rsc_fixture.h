/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One resource core on a bench: the test says what its node hears, and everything that
 * the core asks for becomes a line of a text to compare with:
 *
 *   send resource rsc_hold=local rtype=full isstable=0
 *   run start TrA::1
 *   tell reboot
 *   fence bravo, fence-stop bravo, fence-lied bravo
 *
 * Log lines are kept apart.  Fields that only new nodes know (hb...) are left out.
 */
#ifndef TESTS_UNIT_RSC_FIXTURE_H
#define TESTS_UNIT_RSC_FIXTURE_H

#include "heartbeat/resources/private.h"
#include "tests/unit/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#define TWO_GROUPS "alpha TrA::1 TrB::2\nbravo TrC::3 TrD\n"

struct bench {
	struct rsc *rsc;
	struct instant now, due;
	char said[16384], logged[65536];
	struct rsc_run run;
	bool runs;
	bool on[16]; /* scripts that were started, by the letter behind "Tr" */
	const char *nodes[6];
	size_t node_count;
	struct conf_groups groups;
	struct conf_problems problems;
};

#define BENCH_GENERATION 0x2a

struct bench_conf {
	const char *self, *haresources;
	enum conf_failback failback;
	size_t node_count; /* alpha, bravo, charlie ..; 0 = 2 */
	bool can_fence, restarted;
	const char *hold;
	int64_t script_timeout_ms;
	int stop_retries; /* 0 = 10 */
	int64_t fence_delay_ms, fence_weaker_ms;
};

static void __attribute__((format(printf, 3, 4)))
bench_line(char *to, size_t size, const char *format, ...)
{
	size_t used = strlen(to);
	va_list args;

	va_start(args, format);
	vsnprintf(to + used, size - used, format, args);
	va_end(args);
	assert(strlen(to) < size - 1);
}

#define SAY(b, ...) bench_line((b)->said, sizeof((b)->said), __VA_ARGS__)

static void
bench_send(void *shell, const struct rsc_send *send)
{
	struct bench *b = shell;

	SAY(b, "send %s", send->type);
	for (size_t i = 0; i < send->count; i++)
		if (strncmp(send->field[i].name, "hb", 2) != 0)
			SAY(b, " %s=%s", send->field[i].name, send->field[i].value);
	SAY(b, "\n");
}

static void
bench_run(void *shell, const struct rsc_run *run)
{
	struct bench *b = shell;

	assert(!b->runs); /* one at a time */
	b->runs = true;
	b->run = *run;
	if (run->op == RSC_GIVEIP)
		SAY(b, "run local_giveip %s for %s\n", run->key, run->asker);
	else
		SAY(b, "run %s %s\n", rsc_op_names[run->op], run->resource->word);
}

static void
bench_kill(void *shell, uint32_t id, bool hard)
{
	struct bench *b = shell;

	assert(b->runs && b->run.id == id);
	SAY(b, "kill %s\n", hard ? "hard" : "soft");
}

static void
bench_fence(void *shell, const char *node)
{
	SAY((struct bench *)shell, "fence %s\n", node);
}

static void
bench_fence_stop(void *shell, const char *node)
{
	SAY((struct bench *)shell, "fence-stop %s\n", node);
}

static void
bench_fence_lied(void *shell, const char *node)
{
	SAY((struct bench *)shell, "fence-lied %s\n", node);
}

static void
bench_arm(void *shell, struct instant when)
{
	((struct bench *)shell)->due = when;
}

static void
bench_tell(void *shell, const struct rsc_event *event)
{
	struct bench *b = shell;

	if (event->type == RSC_EV_LEFT)
		SAY(b, "tell left\n");
	else if (event->type == RSC_EV_RESTART)
		SAY(b, "tell restart\n");
	else if (event->type == RSC_EV_REBOOT)
		SAY(b, "tell reboot\n");
	else if (event->type == RSC_EV_FENCED)
		SAY(b, "tell fenced %s\n", event->word);
}

static void
bench_log(void *shell, int priority, const char *text)
{
	struct bench *b = shell;

	(void)priority;
	bench_line(b->logged, sizeof(b->logged), "%s\n", text);
}

static const struct rsc_effects bench_effects = {
	.send = bench_send,
	.run = bench_run,
	.kill = bench_kill,
	.fence = bench_fence,
	.fence_stop = bench_fence_stop,
	.fence_lied = bench_fence_lied,
	.arm = bench_arm,
	.tell = bench_tell,
	.log = bench_log,
};

static inline int
bench_groups(struct bench *b, const char *haresources)
{
	conf_groups_free(&b->groups);
	conf_problems_free(&b->problems);
	conf_problems_init(&b->problems);
	conf_haresources_parse(haresources, strlen(haresources), "haresources",
	    &b->groups, &b->problems);
	assert(b->problems.errors == 0);
	return rsc_set_groups(b->rsc, &b->groups);
}

static inline struct bench *
bench_new(const struct bench_conf *c)
{
	static const char *const names[] = { "alpha", "bravo", "charlie", "delta" };
	struct bench *b = calloc(1, sizeof(*b));
	struct rsc_conf conf = { .failback = c->failback,
		.deadtime_ms = 4000,
		.script_timeout_ms = c->script_timeout_ms,
		.stop_retries = c->stop_retries ? c->stop_retries : 10,
		.can_fence = c->can_fence,
		.fence_delay_ms = c->fence_delay_ms,
		.fence_weaker_ms = c->fence_weaker_ms,
		.generation = BENCH_GENERATION,
		.restarted = c->restarted,
		.hold = c->hold };
	int rc;

	assert(b);
	conf.node = names;
	conf.node_count = c->node_count ? c->node_count : 2;
	while (c->self && strcmp(names[conf.self], c->self) != 0)
		conf.self++;
	b->now = (struct instant){ 1000 * NS_PER_MS };
	conf_problems_init(&b->problems);
	b->rsc = rsc_new(&conf, &bench_effects, b);
	assert(b->rsc);
	rc = bench_groups(b, c->haresources ? c->haresources : TWO_GROUPS);
	assert(rc == 0);
	(void)rc;
	return b;
}

static inline void
bench_free(struct bench *b)
{
	rsc_check(b->rsc);
	rsc_free(b->rsc);
	conf_groups_free(&b->groups);
	conf_problems_free(&b->problems);
	free(b);
}

/* What is heard. */

static inline void
bench_node(struct bench *b, const char *name, enum rsc_node_state state)
{
	rsc_node(b->rsc, b->now, name, state, true, "as the test says");
	rsc_check(b->rsc);
}

/* FIELDS: "rsc_hold=none rtype=full isstable=0" */
static inline void
bench_message(struct bench *b, const char *from, const char *type, const char *fields)
{
	uint8_t store[1024];
	char text[256], *save, *word;
	struct msg m;

	snprintf(text, sizeof(text), "%s", fields);
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", type);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');

		assert(value);
		*value++ = '\0';
		msg_add_str(&m, word, value);
	}
	rsc_message(b->rsc, b->now, from, &m);
	rsc_check(b->rsc);
}

/* "none 0": what the node holds, and isstable */
static inline void
bench_holds(struct bench *b, const char *from, const char *word, int stable)
{
	char fields[96];

	snprintf(fields, sizeof(fields), "rsc_hold=%s rtype=full isstable=%d", word,
	    stable);
	bench_message(b, from, "resource", fields);
}

static inline void
bench_ask(struct bench *b, const char *from, const char *info, const char *word)
{
	char fields[96];

	snprintf(fields, sizeof(fields), "rsc_hold=%s info=%s", word, info);
	bench_message(b, from, "ask_resources", fields);
}

/* The running script ends. */
static inline void
bench_ended(struct bench *b, int code, const char *output)
{
	assert(b->runs);
	b->runs = false;
	rsc_ran(b->rsc, b->now, b->run.id, code, output, strlen(output));
	rsc_check(b->rsc);
}

/* All scripts run to their end and work. */
static inline void
bench_work(struct bench *b)
{
	while (b->runs) {
		bool *on = &b->on[(b->run.resource->script[2] - 'A') % 16];

		if (b->run.op == RSC_STATUS) {
			bench_ended(b, 0, *on ? "running" : "stopped");
			continue;
		}
		if (b->run.op == RSC_START || b->run.op == RSC_STOP)
			*on = b->run.op == RSC_START;
		bench_ended(b, 0, "");
	}
}

static inline void
bench_pass(struct bench *b, int64_t ms)
{
	struct instant end = instant_add_ms(b->now, ms);

	while (instant_is_reached(b->due, end)) {
		if (b->due.ns > b->now.ns)
			b->now = b->due;
		b->due = INSTANT_NEVER;
		rsc_tick(b->rsc, b->now);
		rsc_check(b->rsc);
	}
	b->now = end;
}

/* What was asked for since the last time. */
static inline const char *
bench_said(struct bench *b)
{
	static char said[sizeof(b->said)];

	memcpy(said, b->said, sizeof(said));
	b->said[0] = '\0';
	return said;
}

static inline bool
bench_logged(struct bench *b, const char *text)
{
	bool found = strstr(b->logged, text) != NULL;

	b->logged[0] = '\0';
	return found;
}

static inline void
bench_forget(struct bench *b)
{
	b->said[0] = b->logged[0] = '\0';
}

/* alpha and bravo have each their own; ours run. */
static inline struct bench *
bench_two(const struct bench_conf *c)
{
	struct bench *b = bench_new(c);
	const char *peer = c->self && strcmp(c->self, "bravo") == 0 ? "alpha" : "bravo";

	bench_node(b, peer, RSC_NODE_ACTIVE);
	rsc_comm_up(b->rsc, b->now);
	bench_message(b, peer, "starting", "");
	bench_holds(b, peer, "local", 1);
	bench_work(b);
	bench_forget(b);
	return b;
}

#endif
