/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of events. */
#include "heartbeat/status/events.h"

#include <assert.h>
#include <string.h>

/* An id is for ever: catalogues and alarms of sites name it. */
/* clang-format off */
const struct event_name event_names[EVENT_KINDS] = {
	[EVENT_STARTED] = { "started", "2b6ee555198e4c658bdeb2057135236a" },
	[EVENT_STOPPING] = { "stopping", "ad7a6e0403a0423e9ef8486748c493c0" },
	[EVENT_RELOAD] = { "reload", "fe2c9406ed984a589e96014e5d7e6ab4" },
	[EVENT_ABSENT] = { "absent", "9c11067929514353b1ac7da42f8c2aaf" },
	[EVENT_NODE_UP] = { "node-up", "1d9f8a9d46b14a008df675149fae6a42" },
	[EVENT_NODE_DIED] = { "node-died", "bc20b316babb4b68a0cf32c21018789a" },
	[EVENT_NODE_RESTARTED] = { "node-restarted", "9387f6be8a8643a2b32c5eb7ae06dda9" },
	[EVENT_PARTITION] = { "partition", "04042fec7f1942398ce15d2976cce8a7" },
	[EVENT_LINK_UP] = { "link-up", "23a62640f04145daa7beeded1950ff55" },
	[EVENT_LINK_DOWN] = { "link-down", "c67d6d94848c499f83421390252cc1d5" },
	[EVENT_GROUP_TOOK] = { "group-took", "d93dfd17c54d406d8b30ac4b1b2d5034" },
	[EVENT_GROUP_RELEASED] = { "group-released", "95744876db0b4bfc99b59d9ff17b402f" },
	[EVENT_GROUP_FAILED] = { "group-failed", "4f2cadd47a624a78b6de67cd9ad5d32a" },
	[EVENT_GROUP_STUCK] = { "group-stuck", "6ccf59dbb05345c1a2f2db657be3871b" },
	[EVENT_GROUP_ELSEWHERE] = { "group-elsewhere", "6b115d910f8d4b5a8632bb81512a6048" },
	[EVENT_STANDBY] = { "standby", "0cab076335804efd83c965ff41c95109" },
	[EVENT_TAKEOVER] = { "takeover", "0e5514b99cf049748f1220c4826e4185" },
	[EVENT_FENCING] = { "fencing", "cc6cd7ae1f91442f9595d25af90c31d2" },
	[EVENT_ADVICE] = { "advice", "c145d233152c418e8d7c08d07149f7b6" },
};
/* clang-format on */

struct status_event *
events_add(struct status_events *events, enum event_kind kind, int64_t at_ms)
{
	struct status_event *event;

	assert(kind < EVENT_KINDS);
	if (events->count == STATUS_EVENT_MAX) {
		events->first = (events->first + 1) % STATUS_EVENT_MAX;
		events->count--;
	}
	event = &events->list[(events->first + events->count++) % STATUS_EVENT_MAX];
	status_clear(STATUS_EVENT, event);
	event->at_ms = at_ms;
	STATUS_SET(event->kind, event_names[kind].word);
	return event;
}

const struct status_event *
events_at(const struct status_events *events, size_t i)
{
	assert(i < events->count);
	return &events->list[(events->first + i) % STATUS_EVENT_MAX];
}
