/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What drivers call (contract in plugin.h): parameters, facts, and everything said. */
#include "stonith/device/private.h"
#include "lib/array.h"

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACE_LINE_MAX 1024 /* bytes of a transcript in one packet, at most four each */

volatile pid_t device_children[DEVICE_CHILDREN_MAX];

const char *
device_type(const struct device *device)
{
	return device->type;
}

const char *
device_subtype(const struct device *device)
{
	return device->subtype;
}

const char *
device_plugin_dir(const struct device *device)
{
	return device->dir;
}

const char *
device_param(const struct device *device, const char *name)
{
	for (size_t i = 0; i < device->param_count; i++)
		if (strcmp(device->param[i].name, name) == 0)
			return device->param[i].value;
	return NULL;
}

bool
device_param_at(const struct device *device, size_t i, const char **name,
    const char **value)
{
	if (i >= device->param_count)
		return false;
	*name = device->param[i].name;
	*value = device->param[i].value;
	return true;
}

void
device_set_data(struct device *device, void *data)
{
	device->data = data;
}

void *
device_data(const struct device *device)
{
	return device->data;
}

long
device_time_left(const struct device *device)
{
	int64_t left = instant_diff_ms(device->end, instant_now());

	return left < 0 ? 0 : left > LONG_MAX ? LONG_MAX : (long)left;
}

void
device_secret(struct device *device, const char *value)
{
	secrets_add(&device->secrets, value);
}

void
device_child(struct device *device, pid_t pid, bool runs)
{
	pid_t want = runs ? 0 : pid;

	for (size_t i = 0; i < DEVICE_CHILDREN_MAX; i++)
		if (device_children[i] == want) {
			device_children[i] = runs ? pid : 0;
			return;
		}
	if (runs)
		device_log(device, LOG_WARNING, "more than %d commands at once",
		    DEVICE_CHILDREN_MAX);
}

/* To the parent. */

void
device_say(struct device *device, const struct wire_packet *packet)
{
	if (wire_send(device->fd, packet, -1) < 0)
		raise(SIGTERM); /* nobody waits for us any more */
}

void
device_say_about(struct device *device, enum wire_about about, const char *value)
{
	char part[WIRE_TEXT_MAX + 1];
	size_t len = strlen(value), at = 0;

	if (len > DEVICE_ABOUT_MAX)
		len = DEVICE_ABOUT_MAX;
	do {
		size_t n = len - at < WIRE_TEXT_MAX ? len - at : WIRE_TEXT_MAX;
		struct wire_packet packet = { .kind = WIRE_ABOUT,
			.number = { at > 0 },
			.text = { wire_about_key(about), part } };

		memcpy(part, value + at, n);
		part[n] = '\0';
		device_say(device, &packet);
		at += n;
	} while (at < len);
}

void
device_log(struct device *device, int priority, const char *format, ...)
{
	char text[WIRE_TEXT_MAX / 2], shown[WIRE_TEXT_MAX];
	struct wire_packet packet = { .kind = WIRE_LOG,
		.number = { priority },
		.text = { shown } };
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return;
	secrets_blank(&device->secrets, text, strlen(text), shown, sizeof(shown));
	device_say(device, &packet);
}

void
device_host(struct device *device, const char *host)
{
	struct wire_packet packet = { .kind = WIRE_HOST, .text = { host } };

	if (host[0] == '\0' || strlen(host) > WIRE_TEXT_MAX)
		return;
	device_say(device, &packet);
}

static void
device_set_text(struct device *device, enum wire_about about, const char *text)
{
	char shown[WIRE_TEXT_MAX];

	secrets_blank(&device->secrets, text, strlen(text), shown, sizeof(shown));
	device_say_about(device, about, shown);
}

void
device_set_id(struct device *device, const char *id)
{
	char *copy = strdup(id);

	if (!copy)
		return;
	free(device->id);
	device->id = copy;
	device_set_text(device, ABOUT_ID, id);
}

void
device_set_name(struct device *device, const char *name)
{
	device_set_text(device, ABOUT_NAME, name);
}

const char *
device_id(const struct device *device)
{
	return device->id ? device->id : device->plugin->id;
}

void
device_described(struct device *device, const char *key, const char *value)
{
	int about = wire_about_find(key);

	if (about >= 0)
		device_say_about(device, (enum wire_about)about, value);
}

bool
device_wants(const struct device *device, const char *key)
{
	int about = wire_about_find(key);

	return about >= 0 && (device->wanted & BIT(about));
}

/* The transcript. */

static void
trace_line(struct device *device, char way, const char *bytes, size_t len)
{
	char text[4 * TRACE_LINE_MAX + 1];
	struct wire_packet packet = { .kind = WIRE_TRACE,
		.number = { way },
		.text = { text } };
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\r' || c == '\n' || c == '\t' || c == '\\') {
			text[used++] = '\\';
			text[used++] = c == '\r'   ? 'r'
			               : c == '\n' ? 'n'
			               : c == '\t' ? 't'
			                           : '\\';
		} else if (c < ' ' || c >= 0x7f) {
			used += (size_t)snprintf(text + used, 5, "\\x%02x", c);
		} else {
			text[used++] = (char)c;
		}
	}
	text[used] = '\0';
	device_say(device, &packet);
}

/* The first LEN bytes that are held go out, each line for itself. */
static void
held_show(struct device *device, struct held *held, size_t len)
{
	char shown[4 * DEVICE_HELD_MAX];
	size_t n = secrets_blank(&device->secrets, held->text, len, shown, sizeof(shown));

	for (size_t at = 0; at < n;) {
		const char *end = memchr(shown + at, '\n', n - at);
		size_t line = end ? (size_t)(end - (shown + at)) + 1 : n - at;

		if (line > TRACE_LINE_MAX)
			line = TRACE_LINE_MAX;
		trace_line(device, held->way, shown + at, line);
		at += line;
	}
	memmove(held->text, held->text + len, held->len - len);
	held->len -= len;
}

/* Shows what cannot become a secret any more. */
static void
held_settle(struct device *device, struct held *held)
{
	size_t begun = secrets_begun(&device->secrets, held->text, held->len);

	if (begun < held->len)
		held_show(device, held, held->len - begun);
}

static struct held *
held_get(struct device *device, char way)
{
	size_t i = way == '>' ? 0 : way == '<' ? 1 : 2;

	device->held[i].way = way;
	return &device->held[i];
}

void
device_trace(struct device *device, char way, const void *bytes, size_t len)
{
	struct held *held = held_get(device, way);
	const char *text = bytes;

	if (!device->tracing)
		return;
	if (device->held_last && device->held_last != way)
		held_settle(device, held_get(device, device->held_last));
	device->held_last = way;
	while (len > 0) {
		size_t n = sizeof(held->text) - held->len;

		n = n < len ? n : len;
		memcpy(held->text + held->len, text, n);
		held->len += n;
		text += n;
		len -= n;
		if (held->len == sizeof(held->text)) {
			held_settle(device, held);
			if (held->len == sizeof(held->text))
				held->len = 0; /* part of a secret longer than that */
		}
	}
	if (held->len > 0 && (way == '=' || held->text[held->len - 1] == '\n'))
		held_settle(device, held);
}

void
device_trace_flush(struct device *device)
{
	for (size_t i = 0; i < ARRAY_LEN(device->held); i++) {
		struct held *held = &device->held[i];
		char shown[4 * DEVICE_HELD_MAX];

		if (held->len == 0)
			continue;
		held_settle(device, held);
		/* What is left begins a secret, and may be a shorter one; no more is to come. */
		secrets_blank(&device->secrets, held->text, held->len, shown,
		    sizeof(shown));
		if (held->len > 0)
			trace_line(device, held->way, shown[0] == '*' ? "****" : "...",
			    shown[0] == '*' ? 4 : 3);
		held->len = 0;
	}
	device->held_last = 0;
}
