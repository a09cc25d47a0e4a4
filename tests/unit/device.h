/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device without a process: what stonith-device is to drivers and their kit, for tests of
 * those.  What they say is kept as text.  Included by one source of a program.
 */
#ifndef TESTS_UNIT_DEVICE_H
#define TESTS_UNIT_DEVICE_H

#include "stonith/plugin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct device {
	const char *params[16][2]; /* name, value; ended by a NULL name */
	long time_left_ms;
	char id[64], name[64];
	void *data;
	int children;      /* that run */
	char log[8192];    /* "3 text\n" */
	char hosts[4096];  /* "a\nb\n" */
	char trace[65536]; /* "> bytes\n" */
};

static void device_say(char *to, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
device_say(char *to, size_t size, const char *format, ...)
{
	size_t used = strlen(to);
	va_list args;

	va_start(args, format);
	vsnprintf(to + used, size - used, format, args);
	va_end(args);
}

const char *
device_type(const struct device *device)
{
	(void)device;
	return "test";
}

const char *
device_subtype(const struct device *device)
{
	(void)device;
	return NULL;
}

const char *
device_plugin_dir(const struct device *device)
{
	(void)device;
	return "/nonexistent";
}

const char *
device_param(const struct device *device, const char *name)
{
	for (size_t i = 0; device->params[i][0]; i++)
		if (strcmp(device->params[i][0], name) == 0)
			return device->params[i][1];
	return NULL;
}

bool
device_param_at(const struct device *device, size_t i, const char **name,
    const char **value)
{
	*name = device->params[i][0];
	*value = device->params[i][1];
	return *name != NULL;
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

void
device_set_id(struct device *device, const char *id)
{
	snprintf(device->id, sizeof(device->id), "%s", id);
}

void
device_set_name(struct device *device, const char *name)
{
	snprintf(device->name, sizeof(device->name), "%s", name);
}

const char *
device_id(const struct device *device)
{
	return device->id;
}

void
device_log(struct device *device, int priority, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	device_say(device->log, sizeof(device->log), "%d %s\n", priority, text);
}

void
device_trace(struct device *device, char way, const void *bytes, size_t len)
{
	device_say(device->trace, sizeof(device->trace), "%c %.*s\n", way, (int)len,
	    (const char *)bytes);
}

void
device_secret(struct device *device, const char *value)
{
	(void)device;
	(void)value;
}

void
device_host(struct device *device, const char *host)
{
	device_say(device->hosts, sizeof(device->hosts), "%s\n", host);
}

void
device_described(struct device *device, const char *key, const char *value)
{
	(void)device;
	(void)key;
	(void)value;
}

void
device_child(struct device *device, pid_t pid, bool runs)
{
	(void)pid;
	device->children += runs ? 1 : -1;
}

long
device_time_left(const struct device *device)
{
	return device->time_left_ms;
}

#endif
