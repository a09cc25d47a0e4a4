/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A promise and whether it is kept.  A client that has registered owes a sign of life
 * within its interval; after one failure it is silent until it gives one, which is its
 * return.
 */
#include "heartbeat/helpers/apphb/apphb.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static int
set_ms(int64_t *field, unsigned long value)
{
	if (value > (unsigned long)APPHB_MS_MAX)
		return EINVAL;
	*field = (int64_t)value;
	return 0;
}

static int
take_on(struct apphb_watch *watch, const struct apphb_request *request,
    struct instant now)
{
	if (watch->registered)
		return EEXIST;
	if (!request->name[0] || request->pid <= 0)
		return EINVAL;
	*watch = (struct apphb_watch){ .registered = true,
		.pid = request->pid,
		.uid = request->uid,
		.interval_ms = APPHB_INTERVAL_MS,
		.beat = now };
	strcpy(watch->name, request->name);
	strcpy(watch->instance, request->instance);
	strcpy(watch->directory, request->directory);
	return 0;
}

int
apphb_watch_request(struct apphb_watch *watch, const struct apphb_request *request,
    bool privileged, struct instant now)
{
	if (request->type == APPHB_REGISTER)
		return take_on(watch, request, now);
	if (!watch->registered)
		return ESRCH;
	switch (request->type) {
	case APPHB_UNREGISTER:
		watch->registered = false;
		return 0;
	case APPHB_INTERVAL:
		watch->beat = now;
		return set_ms(&watch->interval_ms, request->value);
	case APPHB_WARN:
		return set_ms(&watch->warn_ms, request->value);
	case APPHB_BOOT:
		if (!privileged)
			return EPERM;
		watch->boot = request->value != 0;
		return 0;
	case APPHB_REGISTER:
	case APPHB_BEAT:
		break;
	}
	return EINVAL;
}

enum apphb_event
apphb_watch_beat(struct apphb_watch *watch, struct instant now, int64_t *late_ms)
{
	enum apphb_event event = APPHB_FINE;

	if (!watch->registered)
		return APPHB_FINE;
	*late_ms = instant_diff_ms(now, watch->beat);
	if (watch->failed)
		event = APPHB_RESUMED;
	else if (watch->warn_ms > 0 && *late_ms > watch->warn_ms)
		event = APPHB_LATE;
	watch->failed = false;
	watch->beat = now;
	return event;
}

struct instant
apphb_watch_due(const struct apphb_watch *watch)
{
	if (!watch->registered || watch->failed || watch->interval_ms == 0)
		return INSTANT_NEVER;
	return instant_add_ms(watch->beat, watch->interval_ms);
}

enum apphb_event
apphb_watch_judge(struct apphb_watch *watch, struct instant now)
{
	if (!instant_is_reached(apphb_watch_due(watch), now))
		return APPHB_FINE;
	assert(!watch->failed);
	watch->failed = true;
	return APPHB_FAILED;
}
