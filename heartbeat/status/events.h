/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last things that happened, with their reasons: a ring of STATUS_EVENT_MAX.  A full
 * one forgets the oldest.
 */
#ifndef HEARTBEAT_STATUS_EVENTS_H
#define HEARTBEAT_STATUS_EVENTS_H

#include "heartbeat/status/status.h"

enum event_kind {
	EVENT_STARTED, /* this daemon */
	EVENT_STOPPING,
	EVENT_RELOAD,
	EVENT_ABSENT, /* this node stood still */
	EVENT_NODE_UP,
	EVENT_NODE_DIED,
	EVENT_NODE_RESTARTED,
	EVENT_PARTITION,
	EVENT_LINK_UP,
	EVENT_LINK_DOWN,
	EVENT_GROUP_TOOK,
	EVENT_GROUP_RELEASED,
	EVENT_GROUP_FAILED,
	EVENT_GROUP_STUCK,
	EVENT_GROUP_ELSEWHERE, /* another node holds it, or nobody */
	EVENT_STANDBY,
	EVENT_TAKEOVER,
	EVENT_FENCING,
	EVENT_ADVICE, /* something of the configuration or the machine is not as it should
	                 be */
	EVENT_KINDS
};

/* The word in JSON and HB_EVENT, and the MESSAGE_ID of the journal: 32 hex digits. */
extern const struct event_name {
	const char *word, *id;
} event_names[EVENT_KINDS];

struct status_events {
	struct status_event list[STATUS_EVENT_MAX];
	size_t first, count;
};

/* The new event, to be filled; AT_MS, KIND are set. */
struct status_event *events_add(struct status_events *events, enum event_kind kind,
    int64_t at_ms);
/* Oldest first; I < count. */
const struct status_event *events_at(const struct status_events *events, size_t i);

#endif
