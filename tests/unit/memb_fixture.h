/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One struct memb in a world made of a script: time moves only by fix_run(), peers say
 * what the test says, and everything that membership does becomes a line of a trace:
 *
 *   send status st=up dt=1f40 seq=2
 *   event NODE beta init -> up (its status)
 *   deliver foo from beta seq=7
 *   log warning 1 lost packet(s) for [beta] [5:7]
 */
#ifndef TESTS_UNIT_MEMB_FIXTURE_H
#define TESTS_UNIT_MEMB_FIXTURE_H

#include "heartbeat/membership/membership.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <syslog.h>

#define FIX_TRACE_MAX (256 * 1024)
#define FIX_WALL 0x6b000000u
#define FIX_START_MS 1000000

struct fix {
	struct memb *memb;
	struct instant now, armed;
	char trace[FIX_TRACE_MAX];
	size_t trace_len;
	uint8_t last_frame[MEMB_FRAME_MAX]; /* as sent */
	size_t last_len;
	unsigned frames;
	bool quiet_frames; /* no lines for what is sent */
	bool full;         /* clients cannot take more */
	int64_t late_ms;   /* what is heard arrived so long ago */
	struct msg_keys keys;
};

struct fix_conf {
	const char *
	    nodes; /* "alpha beta gamma"; the first is ours; "@10.0.0.3" is a ping node */
	const char
	    *links; /* "eth0 eth1"; a ping node's own medium is added behind them */
	int64_t keepalive_ms, deadtime_ms, warntime_ms, initdead_ms, deadping_ms;
	uint64_t beta_generation; /* stored for the second node */
	bool autojoin, manages_resources, quick_restart;
	enum msg_form form;
	int64_t max_rexmit_delay_ms;
};

static void __attribute__((format(printf, 2, 3)))
fix_line(struct fix *fix, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(fix->trace + fix->trace_len, FIX_TRACE_MAX - fix->trace_len, format,
	    args);
	va_end(args);
	if (n > 0 && fix->trace_len + (size_t)n < FIX_TRACE_MAX)
		fix->trace_len += (size_t)n;
}

static void
fix_field(struct fix *fix, const struct msg *m, const char *name)
{
	if (msg_str(m, name))
		fix_line(fix, " %s=%s", name, msg_str(m, name));
}

static void
fix_send(void *shell, const uint8_t *frame, size_t len)
{
	static const char *const names[] = { "st", "dt", "dest", "ackseq", "firstseq",
		"lastseq", "nodelist", "delnodelist", "info", "seq" };
	struct fix *fix = shell;
	struct msg_trust trust = { .keys = &fix->keys };
	static uint8_t copy[MEMB_FRAME_MAX];
	static uint8_t scratch[MSG_EXPANDED_MAX];
	struct msg m;

	assert(len <= MEMB_FRAME_MAX);
	memcpy(fix->last_frame, frame, len);
	fix->last_len = len;
	fix->frames++;
	if (fix->quiet_frames)
		return;
	memcpy(copy, frame, len);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, copy, len, &trust, scratch, sizeof(scratch), NULL) !=
	    MSG_DROP_NONE) {
		fix_line(fix, "send UNREADABLE\n");
		return;
	}
	fix_line(fix, "send %s", msg_type(&m));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		fix_field(fix, &m, names[i]);
	fix_line(fix, "\n");
}

static void
fix_ping(void *shell, uint64_t ts)
{
	(void)shell;
	(void)ts;
}

static void
fix_arm(void *shell, struct instant when)
{
	struct fix *fix = shell;

	fix->armed = when;
}

static void
fix_deliver(void *shell, struct msg *m, const struct memb_from *from)
{
	struct fix *fix = shell;

	fix_line(fix, "deliver %s from %s%s", msg_type(m), from->node->name,
	    strcmp(from->link, "?") == 0 ? " (own)" : "");
	fix_field(fix, m, "st");
	fix_field(fix, m, "seq");
	fix_line(fix, "\n");
}

static void
fix_raw(void *shell, struct msg *m, const struct memb_from *from, unsigned bit)
{
	(void)shell;
	(void)m;
	(void)from;
	(void)bit;
}

static void
fix_event(void *shell, const struct memb_event *e)
{
	static const char *const names[] = { "NODE", "LINK", "COMM_UP", "RESTARTED",
		"PARTITION", "SELF_SILENT", "NODES", "GENERATION", "DELETED", "PAUSE",
		"RESUME", "LOST" };
	struct fix *fix = shell;

	fix_line(fix, "event %s", names[e->type]);
	if (e->node)
		fix_line(fix, " %s", e->node->name);
	if (e->type == MEMB_EV_NODE)
		fix_line(fix, " %s -> %s", memb_status_names[e->was],
		    e->node->status_text);
	if (e->link)
		fix_line(fix, " %s %s", e->link->name, e->link->up ? "up" : "dead");
	fix_line(fix, " (%s)\n", e->why);
}

static uint64_t
fix_wall(void *shell)
{
	struct fix *fix = shell;

	return FIX_WALL + (uint64_t)(fix->now.ns / 1000000000);
}

static const char *
fix_load(void *shell)
{
	(void)shell;
	return "0.00 0.01 0.05 1/100 1";
}

static void
fix_log(void *shell, int priority, const char *text)
{
	static const char *const names[] = { "emerg", "alert", "crit", "err", "warning",
		"notice", "info", "debug" };

	if (priority < LOG_DEBUG)
		fix_line(shell, "log %s %s\n", names[priority], text);
}

static bool
fix_full(void *shell)
{
	return ((struct fix *)shell)->full;
}

static const struct memb_effects fix_effects = {
	.send = fix_send,
	.ping = fix_ping,
	.arm = fix_arm,
	.deliver = fix_deliver,
	.raw = fix_raw,
	.event = fix_event,
	.wall = fix_wall,
	.load = fix_load,
	.log = fix_log,
	.full = fix_full,
};

static void
fix_uuid(const char *name, uint8_t uuid[16])
{
	memset(uuid, 0, 16);
	for (size_t i = 0; name[i] && i < 16; i++)
		uuid[i] = (uint8_t)name[i];
}

static size_t
fix_words(char *text, const char **word, size_t max)
{
	size_t count = 0;

	for (char *w = strtok(text, " "); w && count < max; w = strtok(NULL, " "))
		word[count++] = w;
	return count;
}

static struct fix *
fix_new(const struct fix_conf *c)
{
	struct fix *fix = calloc(1, sizeof(*fix));
	char nodes[4096], links[256];
	const char *node[200], *link[MEMB_LINK_MAX];
	struct memb_conf_node conf_node[200] = { 0 };
	struct memb_conf_link conf_link[MEMB_LINK_MAX] = { 0 };
	struct memb_conf conf = { .self = "alpha",
		.generation = 0x100,
		.keepalive_ms = c->keepalive_ms ? c->keepalive_ms : 1000,
		.deadtime_ms = c->deadtime_ms ? c->deadtime_ms : 6000,
		.warntime_ms = c->warntime_ms ? c->warntime_ms : 3000,
		.initdead_ms = c->initdead_ms ? c->initdead_ms : 12000,
		.deadping_ms = c->deadping_ms,
		.max_rexmit_delay_ms =
		    c->max_rexmit_delay_ms ? c->max_rexmit_delay_ms : 250,
		.hopfudge = 1,
		.autojoin = c->autojoin,
		.manages_resources = c->manages_resources,
		.quick_restart = c->quick_restart,
		.style = { .form = c->form ? c->form : MSG_NETSTRING_AUTH,
		    .keys = &fix->keys },
		.seed = 7 };

	snprintf(nodes, sizeof(nodes), "%s", c->nodes ? c->nodes : "alpha beta");
	snprintf(links, sizeof(links), "%s", c->links ? c->links : "eth0");
	conf.node = conf_node;
	conf.link = conf_link;
	conf.node_count = fix_words(nodes, node, ARRAY_LEN(node));
	conf.link_count = fix_words(links, link, 32);
	for (size_t i = 0; i < conf.link_count; i++)
		conf_link[i].name = link[i];
	for (size_t i = 0; i < conf.node_count; i++) {
		conf_node[i].name = node[i];
		if (*node[i] != '@')
			continue;
		conf_node[i].name = node[i] + 1;
		conf_node[i].type = MEMB_PING;
		conf_link[conf.link_count].name = node[i] + 1;
		conf_link[conf.link_count++].ping_node = node[i] + 1;
	}
	if (conf.node_count > 1)
		conf_node[1].generation = c->beta_generation;
	fix_uuid("alpha", conf.uuid);
	fix->keys.current = 1;
	fix->keys.key[1].auth = MSG_AUTH_CRC;
	fix->now = instant_add_ms((struct instant){ 0 }, FIX_START_MS);
	fix->memb = memb_new(&conf, &fix_effects, fix, fix->now);
	assert(fix->memb);
	return fix;
}

static void
fix_free(struct fix *fix)
{
	memb_check(fix->memb);
	memb_free(fix->memb);
	free(fix);
}

/* Time goes on; every timer on the way fires. */
static void
fix_run(struct fix *fix, int64_t ms)
{
	struct instant end = instant_add_ms(fix->now, ms);

	while (instant_is_set(fix->armed) && fix->armed.ns <= end.ns) {
		if (fix->armed.ns > fix->now.ns)
			fix->now = fix->armed;
		memb_tick(fix->memb, fix->now);
		memb_check(fix->memb);
	}
	fix->now = end;
}

/* A message of FROM over medium LINK.  TEXT: "t=status st=up"; seq 0 leaves it out, as
 * does generation 0. */
static void
fix_say(struct fix *fix, size_t link, const char *from, uint64_t generation, uint64_t seq,
    const char *text)
{
	char copy[2048], store[4096];
	uint8_t uuid[16];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok(copy, ";"); w; w = strtok(NULL, ";")) {
		char *value = strchr(w, '=');

		assert(value);
		*value++ = '\0';
		msg_add_str(&m, w + strspn(w, " "), value);
	}
	fix_uuid(from, uuid);
	msg_add_str(&m, "src", from);
	if (*from != '1')
		msg_add(&m, MSG_BINARY, "srcuuid", uuid, 16);
	if (seq)
		msg_add_hex(&m, "seq", seq);
	if (generation)
		msg_add_hex(&m, "hg", generation);
	msg_add_hex(&m, "ts", fix_wall(fix));
	msg_add_str(&m, "ttl", "3");
	memb_heard(fix->memb, fix->now, instant_add_ms(fix->now, -fix->late_ms), link,
	    &m);
	memb_check(fix->memb);
}

/* A heartbeat of an old node. */
static void
fix_beat(struct fix *fix, const char *from, uint64_t generation, uint64_t seq,
    const char *st)
{
	char text[128];

	snprintf(text, sizeof(text), "t=status;st=%s;dt=1770;protocol=1", st);
	fix_say(fix, 0, from, generation, seq, text);
}

/* Asks for something to be sent. */
__attribute__((unused)) static int
fix_post(struct fix *fix, const char *text, bool urgent)
{
	static uint8_t store[300 * 1024];
	char copy[1024];
	struct msg m;
	int r;

	msg_init(&m, store, sizeof(store));
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok(copy, ";"); w; w = strtok(NULL, ";")) {
		char *value = strchr(w, '=');

		assert(value);
		*value++ = '\0';
		msg_add_str(&m, w, value);
	}
	r = memb_send(fix->memb, fix->now, &m, urgent);
	memb_check(fix->memb);
	return r;
}

static void
fix_forget(struct fix *fix)
{
	fix->trace_len = 0;
	fix->trace[0] = '\0';
}

static bool
fix_has(const struct fix *fix, const char *text)
{
	return strstr(fix->trace, text);
}

__attribute__((unused)) static unsigned
fix_count(const struct fix *fix, const char *text)
{
	unsigned count = 0;

	for (const char *at = fix->trace; (at = strstr(at, text)); at++)
		count++;
	return count;
}

/* alpha and beta (an old node) up; beta's last number is 6, alpha's trace is empty. */
__attribute__((unused)) static struct fix *
fix_new_up(const struct fix_conf *c)
{
	struct fix *fix = fix_new(c);
	char list[256];

	memb_start(fix->memb, fix->now);
	fix_beat(fix, "beta", 0x500, 1, "init");
	fix_beat(fix, "beta", 0x500, 2, "up");
	fix_beat(fix, "beta", 0x500, 3, "up");
	if (memb_node_find(fix->memb, "gamma"))
		fix_beat(fix, "gamma", 0x400, 1, "up");
	fix_run(fix, 30);
	snprintf(list, sizeof(list), "dest=alpha;t=repnodes;nodelist=%s ;delnodelist= ",
	    c->nodes ? c->nodes : "alpha beta");
	fix_say(fix, 0, "beta", 0x500, 4, list);
	fix_beat(fix, "beta", 0x500, 5, "active");
	fix_beat(fix, "beta", 0x500, 6, "active");
	CHECK(memb_is_up(fix->memb));
	fix_forget(fix);
	return fix;
}

__attribute__((unused)) static bool
fix_wants(const struct fix *fix, const char *text, bool present, int line)
{
	if (fix_has(fix, text) == present)
		return true;
	fprintf(stderr, "line %d: %s in the trace: %s\n---\n%s---\n", line,
	    present ? "missing" : "should not be", text, fix->trace);
	return false;
}

#define WANT(fix, text) CHECK(fix_wants(fix, text, true, __LINE__))
#define WANT_NOT(fix, text) CHECK(fix_wants(fix, text, false, __LINE__))

#endif
