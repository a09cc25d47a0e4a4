/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the resource core says: messages to the other nodes, lines of the log, events for
 * who watches.
 */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
rsc_logf(const struct rsc *rsc, int priority, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rsc->fx.log(rsc->shell, priority, text);
}

void
rsc_tell(struct rsc *rsc, enum rsc_event_type type, const char *key, const char *word,
    const char *why)
{
	const struct rsc_event event = { .type = type,
		.key = key,
		.word = word,
		.why = why };

	assert(why);
	rsc->fx.tell(rsc->shell, &event);
}

static void
send_add(struct rsc_send *send, const char *name, const char *value)
{
	assert(send->count < RSC_SEND_FIELDS);
	send->field[send->count].name = name;
	send->field[send->count++].value = value;
}

/* Nodes whose sets we hold.  Empty when they do not fit. */
void
rsc_hold_names(const struct rsc *rsc, rsc_set hold, char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < rsc->node_count && used < size; i++)
		if (hold & RSC_SET(i))
			used += (size_t)snprintf(names + used, size - used, "%s%s",
			    used ? " " : "", rsc->peer[i].name);
	if (used >= size)
		names[0] = '\0';
}

/* More than two nodes do not fit into the four words; new nodes also read the names. */
static void
send_add_names(const struct rsc *rsc, rsc_set hold, struct rsc_send *send, char *names,
    size_t size)
{
	if (rsc->node_count <= 2)
		return;
	rsc_hold_names(rsc, hold, names, size);
	if (hold && !names[0])
		return; /* names that long do not fit: the words have to do */
	send_add(send, "hbhold", names);
}

static void
send_resource(struct rsc *rsc, const char *info, const char *asks)
{
	struct rsc_send send = { .type = "resource" };
	rsc_set hold = rsc->hold;
	char names[2048];

	/* Who asks while we stop something must not start it beside us: the promise to
	 * give it up, made with "shutdown" or "standby", is not kept before the last stop
	 * has ended. */
	if (!info)
		hold |= rsc_still_running(rsc);
	send_add(&send, "rsc_hold", rsc_word_of(hold, rsc->self));
	send_add(&send, "rtype", "full");
	rsc->announced_stable = rsc_is_settled(rsc);
	rsc->repeat_wanted = rsc->announced_stable;
	send_add(&send, "isstable", rsc->announced_stable ? "1" : "0");
	if (info)
		send_add(&send, "info", info);
	send_add_names(rsc, hold, &send, names, sizeof(names));
	send_add(&send, "hbans", asks);
	rsc->fx.send(rsc->shell, &send);
}

void
rsc_send_resource(struct rsc *rsc, const char *info)
{
	send_resource(rsc, info, "-");
}

void
rsc_send_answer(struct rsc *rsc, const char *asks)
{
	send_resource(rsc, NULL, asks[0] ? asks : "-");
}

/* Asks what everybody holds, and waits for the answer of WHO (RSC_NODE_MAX: of all). What
 * a node said before it was asked may have been on its way for long: new nodes repeat the
 * number in their answer (field hbans), old ones know no such field. */
void
rsc_send_starting(struct rsc *rsc, struct instant now, size_t who)
{
	struct rsc_send send = { .type = "starting" };
	char number[24];

	snprintf(number, sizeof(number), "%llx", (unsigned long long)now.ns);
	send_add(&send, "hbask", number);
	for (size_t i = 0; i < rsc->node_count; i++) {
		struct rsc_peer *p = &rsc->peer[i];

		if (who == RSC_NODE_MAX || who == i)
			p->reported = false;
		if (who == RSC_NODE_MAX || who == i || p->ask)
			p->ask = now.ns;
	}
	rsc->fx.send(rsc->shell, &send);
}

void
rsc_send_ask(struct rsc *rsc, const char *info, const char *word, size_t to)
{
	struct rsc_send send = { .type = "ask_resources" };
	char names[2048];

	send_add(&send, "rsc_hold", word);
	send_add(&send, "info", info);
	/* Of more than two nodes several may be giving: whose offer is meant?  And who
	 * offered in time? */
	if (rsc->node_count > 2 && to < rsc->node_count)
		send_add(&send, "hbto", rsc->peer[to].name);
	else if (rsc->node_count > 2 && strcmp(info, "done") == 0) {
		rsc_hold_names(rsc, rsc->standby.takers, names, sizeof(names));
		send_add(&send, "hbfor", names);
	}
	rsc->fx.send(rsc->shell, &send);
}

/* New nodes also say which life of NODE is meant: a message that comes late must not kill
 * the next one.  Of a node that was never heard only an older life is known. */
void
rsc_send_fenced(struct rsc *rsc, size_t node, const char *result, const char *info)
{
	const struct rsc_peer *p = &rsc->peer[node];
	struct rsc_send send = { .type = "stonith" };
	char generation[24];

	send_add(&send, "node", p->name);
	send_add(&send, "result", result);
	if (info)
		send_add(&send, "info", info);
	snprintf(generation, sizeof(generation), "%llx",
	    (unsigned long long)p->generation);
	if (p->anything && p->generation)
		send_add(&send, "hbgen", generation);
	rsc->fx.send(rsc->shell, &send);
}
