/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened and why, in one sentence each: into the ring that hb_status shows, and
 * into the log with fields for the journal.  The reasons are those of the cores.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t
hb_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
hb_event(struct hb *hb, enum event_kind kind, int priority, const char *node,
    const char *link, const char *group, const char *format, ...)
{
	struct status_event *event = events_add(&hb->events, kind, hb_wall_ms());
	const struct log_fields fields = { .event = event_names[kind].word,
		.message_id = event_names[kind].id,
		.node = node,
		.link = link,
		.group = group };
	va_list args;

	STATUS_SET(event->node, node);
	STATUS_SET(event->link, link);
	STATUS_SET(event->group, group);
	va_start(args, format);
	vsnprintf(event->text, sizeof(event->text), format, args);
	va_end(args);
	log_event(&fields, priority, "%s", event->text);
}

/* What is remembered of a node. */

const struct hb_note *
hb_note_find(const struct hb *hb, const char *node)
{
	for (size_t i = 0; i < hb->note_count; i++)
		if (strcmp(hb->note[i].name, node) == 0)
			return &hb->note[i];
	return NULL;
}

struct hb_note *
hb_note_get(struct hb *hb, const char *node)
{
	struct hb_note *note = (struct hb_note *)(uintptr_t)hb_note_find(hb, node);

	if (note)
		return note;
	if (hb->note_count == MEMB_NODE_MAX)
		hb->note_count =
		    0; /* names came and went: what is wanted is noted anew */
	note = realloc(hb->note, (hb->note_count + 1) * sizeof(*note));
	if (!note)
		return NULL;
	hb->note = note;
	note += hb->note_count++;
	*note = (struct hb_note){ .clock_ms = STATUS_CLOCK_UNKNOWN };
	STATUS_SET(note->name, node);
	return note;
}

/* Membership. */

static void
event_node(struct hb *hb, const struct memb_event *ev)
{
	const struct memb_node *n = ev->node;
	struct hb_note *note;

	if (ev->was == n->status && n->status != MEMB_OTHER)
		return; /* the second word about one death */
	note = hb_note_get(hb, n->name);
	if (note)
		STATUS_SET(note->why, ev->why);
	if (n->status == MEMB_DEAD)
		hb_event(hb, EVENT_NODE_DIED, LOG_INFO, n->name, NULL, NULL,
		    "node %s died: %s", n->name, ev->why);
	else if (n->status == MEMB_ACTIVE || n->status == MEMB_PINGED)
		hb_event(hb, EVENT_NODE_UP, LOG_INFO, n->name, NULL, NULL,
		    "node %s is %s%s%s", n->name, n->status_text,
		    ev->was == MEMB_DEAD ? " again: " : ": ", ev->why);
}

void
hb_event_memb(struct hb *hb, const struct memb_event *ev)
{
	const char *name = ev->node ? ev->node->name : NULL;

	switch (ev->type) {
	case MEMB_EV_NODE:
		event_node(hb, ev);
		break;
	case MEMB_EV_LINK:
		hb_event(hb, ev->link->up ? EVENT_LINK_UP : EVENT_LINK_DOWN, LOG_INFO,
		    name, ev->link->name, NULL, "link %s:%s is %s: %s", name,
		    ev->link->name, ev->link->up ? "up" : "down", ev->why);
		break;
	case MEMB_EV_RESTARTED:
		hb_event(hb, EVENT_NODE_RESTARTED, LOG_INFO, name, NULL, NULL,
		    "node %s was started anew: %s", name, ev->why);
		break;
	case MEMB_EV_PARTITION:
		hb_event(hb, EVENT_PARTITION, LOG_INFO, name, NULL, NULL,
		    "node %s was alive all the time, the two were apart: %s", name,
		    ev->why);
		break;
	case MEMB_EV_SELF_SILENT:
		hb_event(hb, EVENT_ABSENT, LOG_INFO, name, NULL, NULL,
		    "this node was silent: %s", ev->why);
		break;
	case MEMB_EV_COMM_UP:
	case MEMB_EV_NODES:
	case MEMB_EV_GENERATION:
	case MEMB_EV_DELETED:
	case MEMB_EV_CLIENTS_PAUSE:
	case MEMB_EV_CLIENTS_RESUME:
	case MEMB_EV_LOST:
		break;
	}
}

/* Resources. */

static void
event_group(struct hb *hb, const struct rsc_event *ev)
{
	const char *self = hb->all.conf.self;

	if (strcmp(ev->word, "running") == 0 && ev->from)
		hb_event(hb, EVENT_GROUP_TOOK, LOG_INFO, self, NULL, ev->key,
		    "took over %s from %s: %s", ev->key, ev->from, ev->why);
	else if (strcmp(ev->word, "running") == 0)
		hb_event(hb, EVENT_GROUP_TOOK, LOG_INFO, self, NULL, ev->key,
		    "started %s: %s", ev->key, ev->why);
	else if (strcmp(ev->word, "stopped") == 0)
		hb_event(hb, EVENT_GROUP_RELEASED, LOG_INFO, self, NULL, ev->key,
		    "released %s: %s", ev->key, ev->why);
	else if (strcmp(ev->word, "failed") == 0)
		hb_event(hb, EVENT_GROUP_FAILED, LOG_WARNING, self, NULL, ev->key,
		    "%s does not start here: %s", ev->key, ev->why);
	else if (strcmp(ev->word, "stuck") == 0)
		hb_event(hb, EVENT_GROUP_STUCK, LOG_WARNING, self, NULL, ev->key,
		    "%s does not stop here: %s", ev->key, ev->why);
}

void
hb_event_rsc(struct hb *hb, const struct rsc_event *ev)
{
	switch (ev->type) {
	case RSC_EV_GROUP:
		event_group(hb, ev);
		break;
	case RSC_EV_HOLDER:
		if (strcmp(ev->word, hb->all.conf.self) == 0)
			break; /* told when it runs */
		if (ev->word[0])
			hb_event(hb, EVENT_GROUP_ELSEWHERE, LOG_INFO, ev->word, NULL,
			    ev->key, "node %s holds %s%s%s: %s", ev->word, ev->key,
			    ev->from ? ", after " : "", ev->from ? ev->from : "",
			    ev->why);
		else
			hb_event(hb, EVENT_GROUP_ELSEWHERE, LOG_INFO, NULL, NULL, ev->key,
			    "nobody holds %s%s%s: %s", ev->key, ev->from ? " after " : "",
			    ev->from ? ev->from : "", ev->why);
		break;
	case RSC_EV_FENCED:
		hb_event(hb, EVENT_FENCING, LOG_WARNING, hb->all.conf.self, NULL, NULL,
		    "node %s says that this node was reset, while it lives: it goes down",
		    ev->word);
		break;
	case RSC_EV_RESTART:
	case RSC_EV_STABLE:
	case RSC_EV_LEFT:
	case RSC_EV_REBOOT:
		break;
	}
}

/* Wishes of people and programs, as they go through the cluster. */
void
hb_event_message(struct hb *hb, const struct msg *m, const char *from)
{
	const char *type = msg_type(m), *info = msg_str(m, "info"),
	           *word = msg_str(m, "rsc_hold");

	if (strcmp(type, "ask_resources") == 0 && info && strcmp(info, "me") == 0)
		hb_event(hb, EVENT_STANDBY, LOG_INFO, from, NULL, NULL,
		    "node %s wants to give up its %s resources (standby)", from,
		    word ? word : "all");
	else if (strcmp(type, "hb_takeover") == 0)
		hb_event(hb, EVENT_TAKEOVER, LOG_INFO, from, NULL, NULL,
		    "node %s was told to take over %s resources", from,
		    word ? word : "all");
}

/* Problems of the files. */

static void
problem_log(void *data, int priority, const char *line)
{
	(void)data;
	log_line(priority, "%s", line);
}

void
hb_problems_log(const struct conf_problems *problems)
{
	conf_problems_log(problems, problem_log, NULL);
}
