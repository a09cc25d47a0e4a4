/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipfail(8): the shell around ipfail.h.  It is a client of the daemon, and everything it
 * knows it hears or asks there.
 */
#include "heartbeat/helpers/ipfail/ipfail.h"
#include "heartbeat/helpers/member/member.h"
#include "lib/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum ipfail_exit {
	EXIT_DONE = 0,      /* told to end */
	EXIT_SIGNON = 1,    /* the daemon does not take us */
	EXIT_RESOURCES = 2, /* or does not answer: about resources, */
	EXIT_PARAMETER = 3, /* about a directive, */
	EXIT_SETTLE = 4,    /* about what we want to hear, */
	EXIT_NODES = 5,     /* about nodes */
	EXIT_LOOP = 7,      /* the system refuses an event loop */
	EXIT_SEND = 8,      /* a message was not taken */
	EXIT_LOST = 9,      /* the daemon is gone */
	EXIT_USAGE = 10,
	EXIT_NOTHING = 100, /* nothing to do here, ever: not to be started again */
};

struct shell {
	struct member member;
	struct ipfail ipfail;
	struct loop_timer give, ask;
	char peer[IPFAIL_NAME_MAX];
	size_t members;
	int64_t seen; /* ping nodes that are up, when last counted */
	int code;
};

/* Nodes. */

static void
note_node(void *data, const char *name, const char *type, const char *status)
{
	struct shell *s = data;

	if (strcmp(type, "ping") == 0) {
		s->seen += strcmp(status, "ping") == 0;
	} else {
		s->members++;
		if (strcasecmp(name, member_facts(&s->member)->node) != 0)
			snprintf(s->peer, sizeof(s->peer), "%s", name);
	}
}

static void
leave(struct shell *s, int code, const char *why)
{
	if (s->code != EXIT_DONE)
		return;
	if (code != EXIT_DONE)
		log_line(LOG_ERR, "ipfail ends: %s", why);
	s->code = code;
	loop_stop(s->member.loop);
}

static bool
count(struct shell *s)
{
	s->seen = 0;
	s->members = 0;
	if (member_nodes(&s->member, note_node, s) == 0)
		return true;
	leave(s, EXIT_NODES, "the daemon does not list its nodes");
	return false;
}

/* Effects. */

static void
fx_say(void *shell, enum ipfail_word word, int64_t number, enum ipfail_set set)
{
	struct shell *s = shell;
	const char *self = member_facts(&s->member)->node;
	char text[24];
	const struct client_field words[][5] = {
		[IPFAIL_SAY_COUNT] = { { "t", "num_ping_nodes" }, { "src", self },
		    { "num_ping", text }, { "dest", s->peer } },
		[IPFAIL_SAY_DEAD] = { { "t", "you_are_dead" }, { "dest", s->peer } },
		[IPFAIL_SAY_ABORT] = { { "t", "abort_giveup" }, { "src", self },
		    { "dest", s->peer } },
		[IPFAIL_SAY_GIVE] = { { "t", "ask_resources" },
		    { "rsc_hold", set == IPFAIL_ALL ? "all" : "foreign" },
		    { "src", self }, { "info", "me" } },
	};

	snprintf(text, sizeof(text), "%lld", (long long)number);
	if (member_send(&s->member, words[word]) < 0)
		leave(s, EXIT_SEND, "the daemon takes no message");
}

static void
fx_arm_give(void *shell, struct instant when)
{
	loop_timer_arm(&((struct shell *)shell)->give, when);
}

static void
fx_arm_ask(void *shell, struct instant when)
{
	loop_timer_arm(&((struct shell *)shell)->ask, when);
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)shell;
	log_line(priority, "%s", text);
}

static const struct ipfail_effects effects = { fx_say, fx_arm_give, fx_arm_ask, fx_log };

/* Events. */

static bool
take_text(char *out, size_t size, const struct msg *m, const char *field)
{
	const char *text = msg_str(m, field);

	return text && (size_t)snprintf(out, size, "%s", text) < size;
}

static bool
is_of_peer(const struct shell *s, const struct msg *m)
{
	const char *src = msg_str(m, "src");

	return src && strcasecmp(src, s->peer) == 0;
}

static bool
says(const struct msg *m, const char *field, const char *value)
{
	const char *text = msg_str(m, field);

	return text && strcmp(text, value) == 0;
}

/* False: no news for us. */
static bool
read_event(const struct shell *s, const struct msg *m, struct ipfail_event *ev)
{
	const char *type = msg_type(m);

	memset(ev, 0, sizeof(*ev));
	if (strcmp(type, "status") == 0 || strcmp(type, "NS_st") == 0) {
		ev->kind = IPFAIL_NODE;
		return take_text(ev->node, sizeof(ev->node), m, "src") &&
		       take_text(ev->status, sizeof(ev->status), m, "st");
	}
	if (strcmp(type, "ifstat") == 0) {
		ev->kind = IPFAIL_LINK;
		return take_text(ev->node, sizeof(ev->node), m, "node") &&
		       take_text(ev->link, sizeof(ev->link), m, "ifname") &&
		       take_text(ev->status, sizeof(ev->status), m, "st");
	}
	if (!is_of_peer(s, m)) {
		ev->kind = IPFAIL_DEAD; /* has no src: it is for us alone */
		return strcmp(type, "you_are_dead") == 0 && !msg_str(m, "src");
	}
	if (strcmp(type, "hbapi-clstat") == 0) {
		ev->kind = IPFAIL_JOIN;
		return says(m, "st", "join") && says(m, "from_id", "ipfail");
	}
	if (strcmp(type, "num_ping_nodes") == 0) {
		ev->kind = IPFAIL_COUNT;
		if (msg_dec(m, "num_ping", &ev->count) == 0 && ev->count >= 0)
			return true;
		log_line(LOG_WARNING, "%s sends no number of ping nodes: ignored",
		    s->peer);
		return false;
	}
	ev->kind = strcmp(type, "you_are_dead") == 0   ? IPFAIL_DEAD
	           : strcmp(type, "abort_giveup") == 0 ? IPFAIL_ABORT
	                                               : IPFAIL_RESOURCE;
	ev->stable = says(m, "isstable", "1");
	return ev->kind != IPFAIL_RESOURCE ||
	       (strcmp(type, "resource") == 0 && !msg_str(m, "info") &&
	           msg_str(m, "isstable"));
}

static void
feed(struct shell *s, const struct ipfail_event *ev)
{
	if (s->code != EXIT_DONE || (ipfail_wants_count(&s->ipfail, ev) && !count(s)))
		return;
	ipfail_event(&s->ipfail, loop_now(s->member.loop), ev, s->seen);
}

static void
on_message(void *data, const struct msg *m)
{
	struct ipfail_event ev;

	if (read_event(data, m, &ev))
		feed(data, &ev);
}

static void
on_lost(void *data, const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "no connection to the daemon any more (%s)", why);
	leave(data, EXIT_LOST, text);
}

static void
on_ask(void *data, struct instant now)
{
	(void)now;
	feed(data, &(struct ipfail_event){ .kind = IPFAIL_AGAIN });
}

static void
on_give(void *data, struct instant now)
{
	struct shell *s = data;
	char held[32];

	if (member_resources(&s->member, held, sizeof(held)) < 0)
		leave(s, EXIT_RESOURCES, "the daemon does not say what it holds");
	else
		ipfail_give(&s->ipfail, now, held);
}

static void
on_signal(void *data, int signo)
{
	struct shell *s = data;

	(void)signo;
	loop_stop(s->member.loop);
}

/* Begin. */

/* 0, or the exit code. */
static int
look(struct shell *s)
{
	char held[32], failback[32];

	if (member_resources(&s->member, held, sizeof(held)) < 0) {
		log_line(LOG_ERR, "the daemon does not say what it holds");
		return EXIT_RESOURCES;
	}
	if (held[0] == '\0') {
		log_line(LOG_INFO, "No managed resources");
		return EXIT_NOTHING;
	}
	if (member_param(&s->member, "auto_failback", failback, sizeof(failback)) < 0) {
		log_line(LOG_ERR, "the daemon does not say what auto_failback is");
		return EXIT_PARAMETER;
	}
	if (failback[0] == '\0' || strcasecmp(failback, "legacy") == 0) {
		log_line(LOG_ERR, "auto_failback set to incompatible legacy option.");
		return EXIT_NOTHING;
	}
	if (member_settle(&s->member) < 0) {
		log_line(LOG_ERR, "the daemon refuses what every client asks for");
		return EXIT_SETTLE;
	}
	if (!count(s))
		return EXIT_NODES;
	if (s->peer[0] == '\0') {
		log_line(LOG_ERR, "there is no other node to compare with");
		return EXIT_NOTHING;
	}
	if (s->members > 2)
		log_line(LOG_WARNING,
		    "%zu nodes, but ipfail compares two: only %s is asked", s->members,
		    s->peer);
	ipfail_init(&s->ipfail, s->peer, member_facts(&s->member)->keepalive_ms,
	    strcasecmp(failback, "off") != 0 && strcasecmp(failback, "no") != 0 &&
	        strcasecmp(failback, "false") != 0 && strcasecmp(failback, "n") != 0 &&
	        strcmp(failback, "0") != 0,
	    strcmp(held, "transition") != 0, &effects, s);
	return 0;
}

static int
run(struct shell *s)
{
	struct err err = { "" };
	int code;

	s->member = (struct member){ .name = "ipfail",
		.loop = loop_new(0),
		.message = on_message,
		.lost = on_lost,
		.data = s };
	if (!s->member.loop ||
	    loop_signal_add(s->member.loop, SIGTERM, on_signal, s) < 0 ||
	    loop_signal_add(s->member.loop, SIGINT, on_signal, s) < 0)
		return EXIT_LOOP;
	loop_timer_init(s->member.loop, &s->give, "giveup", on_give, s);
	loop_timer_init(s->member.loop, &s->ask, "ask", on_ask, s);
	if (member_signon(&s->member, &err) < 0) {
		log_line(LOG_ERR, "cannot sign on with heartbeat: %s", err.text);
		return EXIT_SIGNON;
	}
	code = look(s);
	if (code == 0 && member_watch(&s->member) < 0)
		code = EXIT_LOOP;
	if (code == 0) {
		loop_run(s->member.loop);
		code = s->code;
	}
	return code;
}

static const char usage[] =
    "usage: ipfail\n"
    "Compares with the other node how many ping nodes are seen, and gives the resources "
    "of this one up\n"
    "when it sees fewer.  Started by heartbeat: respawn hacluster ipfail.\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n";

int
main(int argc, char **argv)
{
	static struct shell s;
	int code = member_arguments(argc, argv, usage, EXIT_USAGE);

	if (code >= 0)
		return code;
	member_log_open("ipfail");
	signal(SIGPIPE, SIG_IGN);
	code = run(&s);
	member_signoff(&s.member);
	loop_free(s.member.loop);
	log_close(1000);
	return code;
}
