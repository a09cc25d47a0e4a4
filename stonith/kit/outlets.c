/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Outlets and their tables (contract in outlets.h). */
#include "stonith/kit/outlets.h"
#include "stonith/kit/dialog.h"
#include "stonith/kit/hostlist.h"
#include "lib/instant.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define OUTLETS_AGAIN_MS 1000

static const char *const outlet_state_names[] = {
	[OUTLET_UNKNOWN] = "unknown",
	[OUTLET_ON] = "on",
	[OUTLET_OFF] = "off",
};

enum outlet_state
outlet_state_parse(const char *text)
{
	while (*text) {
		size_t len;

		text += strspn(text, " \t|");
		len = strcspn(text, " \t|");
		if (len > 1 && text[len - 1] == '*')
			len--; /* it is about to change */
		if (len == 2 && strncasecmp(text, "on", 2) == 0)
			return OUTLET_ON;
		if (len == 3 && strncasecmp(text, "off", 3) == 0)
			return OUTLET_OFF;
		text += strcspn(text, " \t|");
	}
	return OUTLET_UNKNOWN;
}

const char *
outlet_name_parse(const char *text, size_t width, char name[OUTLET_NAME_MAX])
{
	size_t len = strnlen(text, width), begin = 0, end = len;

	while (begin < end && text[begin] == ' ')
		begin++;
	while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	if (end - begin >= OUTLET_NAME_MAX)
		end = begin + OUTLET_NAME_MAX - 1;
	for (size_t i = begin; i < end; i++)
		/* It will be shown on somebody's terminal. */
		name[i - begin] =
		    (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
	name[end - begin] = '\0';
	return text + len;
}

void
outlets_add(struct device *device, struct outlets *all, const struct outlet *outlet)
{
	if (all->count < OUTLETS_MAX)
		all->outlet[all->count++] = *outlet;
	else
		device_log(device, LOG_WARNING, "outlet %u is one too many (%d at most)",
		    outlet->number, OUTLETS_MAX);
}

void
outlets_of(const struct outlets *all, const char *host, struct outlets *of)
{
	of->count = 0;
	for (size_t i = 0; i < all->count; i++)
		if (host_is(all->outlet[i].name, host))
			of->outlet[of->count++] = all->outlet[i];
}

void
outlets_tell(struct device *device, const struct outlets *all)
{
	for (size_t i = 0; i < all->count; i++) {
		char name[OUTLET_NAME_MAX];

		host_lower(all->outlet[i].name, name, sizeof(name));
		device_host(device, name);
	}
}

const char *
outlets_text(const struct outlets *outlets, const char *between,
    char text[OUTLETS_TEXT_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < outlets->count && used < OUTLETS_TEXT_MAX; i++)
		used += (size_t)snprintf(text + used, OUTLETS_TEXT_MAX - used, "%s%u",
		    i ? between : "", outlets->outlet[i].number);
	return text;
}

/* What ALL says of an outlet: its number and its name must be the ones that were switched. */
static enum outlet_state
outlets_state(const struct outlets *all, const struct outlet *outlet)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->outlet[i].number == outlet->number &&
		    host_is(all->outlet[i].name, outlet->name))
			return all->outlet[i].state;
	return OUTLET_UNKNOWN;
}

/* Whether all are as they should be; STRAY is the first that is not. */
static bool
outlets_are(const struct outlets *all, const struct outlets *outlets,
    enum outlet_state want, bool known, const struct outlet **stray,
    enum outlet_state *state)
{
	for (size_t i = 0; i < outlets->count; i++) {
		*stray = &outlets->outlet[i];
		*state = outlets_state(all, *stray);
		if (*state != want && (known || *state != OUTLET_UNKNOWN))
			return false;
	}
	return true;
}

int
outlets_await(struct device *device, const struct outlets *outlets,
    enum outlet_state want, bool known, long limit_ms, outlets_read *read, void *session)
{
	struct instant end = instant_add_ms(instant_now(), limit_ms);
	const struct outlet *stray = NULL;
	enum outlet_state state = OUTLET_UNKNOWN;
	struct outlets all;

	for (;;) {
		int code = read(session, &all);

		if (code != S_OK)
			return code;
		if (outlets_are(&all, outlets, want, known, &stray, &state))
			break;
		if (instant_is_reached(end, instant_now()) ||
		    device_time_left(device) < OUTLETS_AGAIN_MS + DIALOG_RESERVE_MS) {
			device_log(device, LOG_CRIT,
			    "%s: outlet %u (%s) should be %s, but the unit says: %s",
			    device_id(device), stray->number, stray->name,
			    outlet_state_names[want], outlet_state_names[state]);
			return S_RESETFAIL;
		}
		dialog_pause(OUTLETS_AGAIN_MS);
	}
	if (state == OUTLET_UNKNOWN)
		device_log(device, LOG_WARNING,
		    "%s does not tell the state of its outlets: its answer is all there "
		    "is",
		    device_id(device));
	return S_OK;
}
