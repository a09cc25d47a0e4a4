/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices: their parameters, and what is known of them. */
#include "stonith/library/private.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOSE_WAIT_MS 12000 /* for the good-bye of a driver, which has its own limit */

void
stn_log(struct stn_device *device, int priority, const char *format, ...)
{
	char text[WIRE_TEXT_MAX];
	va_list args;

	if (!device->watcher || !device->watcher->log)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	device->watcher->log(device->data, priority, text);
}

struct stn_device *
stn_device_new(const char *type, const struct stn_watcher *watcher, void *data,
    struct err *err)
{
	struct stn_device *device;

	if (!stn_type_exists(type)) {
		err_set(err, -ENOENT, "Invalid device type: '%s'", type);
		return NULL;
	}
	device = calloc(1, sizeof(*device));
	if (!device) {
		err_set(err, -ENOMEM, "no memory for a device");
		return NULL;
	}
	snprintf(device->type, sizeof(device->type), "%s", type);
	device->watcher = watcher;
	device->data = data;
	device->fd = -1;
	return device;
}

/* Ends the process, if there is one. */
static void
device_close(struct stn_device *device)
{
	if (device->loop) {
		loop_timer_arm(&device->timer, INSTANT_NEVER);
		if (device->fd >= 0)
			loop_fd_remove(device->loop, device->fd);
	}
	/* At the end of the line it takes its leave of the device and ends.  In the middle of a
	 * step it would not look. */
	if (device->fd >= 0)
		close(device->fd);
	if (device->pid > 0 && device->running)
		kill(device->pid, SIGTERM);
	if (device->pid > 0 && !device->loop)
		stn_process_reap(device, device->running ? STN_KILL_MS : CLOSE_WAIT_MS);
	device->fd = -1;
	device->pid = 0;
	device->pid_params = device->pid_configured = false;
}

void
stn_device_free(struct stn_device *device)
{
	if (!device)
		return;
	device_close(device);
	for (size_t i = 0; i < device->param_count; i++) {
		explicit_bzero(device->param[i].value, strlen(device->param[i].value));
		free(device->param[i].value);
		free(device->param[i].name);
	}
	for (size_t i = 0; i < ABOUT_COUNT; i++)
		free(device->about[i]);
	stn_hosts_clear(device);
	free(device->host);
	free(device);
}

void
stn_device_env_small(struct stn_device *device, bool small)
{
	if (device->env_small != small)
		device_close(device);
	device->env_small = small;
}

/* Parameters. */

int
stn_param_set(struct stn_device *device, const char *name, const char *value,
    struct err *err)
{
	struct stn_param param, *old = NULL;

	if (name[0] == '\0' || strlen(name) > STN_PARAM_NAME_MAX)
		return err_set(err, -E2BIG, "'%.40s' is no name of a parameter", name);
	if (strlen(value) > WIRE_TEXT_MAX)
		return err_set(err, -E2BIG,
		    "the value of '%s' is longer than %d characters", name,
		    WIRE_TEXT_MAX);
	for (size_t i = 0; i < device->param_count && !old; i++)
		if (strcmp(device->param[i].name, name) == 0)
			old = &device->param[i];
	if (!old && device->param_count >= STN_PARAMS_MAX)
		return err_set(err, -E2BIG, "more than %d parameters", STN_PARAMS_MAX);
	param.name = strdup(name);
	param.value = strdup(value);
	if (!param.name || !param.value) {
		free(param.name);
		free(param.value);
		return err_set(err, -ENOMEM, "no memory for a parameter");
	}
	if (old) {
		free(old->name);
		free(old->value);
	} else {
		old = &device->param[device->param_count++];
	}
	*old = param;
	return 0;
}

bool
stn_param_at(const struct stn_device *device, size_t i, const char **name,
    const char **value)
{
	if (i >= device->param_count)
		return false;
	*name = device->param[i].name;
	*value = device->param[i].value;
	return true;
}

/* Facts. */

const char *
stn_device_about(const struct stn_device *device, enum wire_about about)
{
	return device->about[about] ? device->about[about] : "";
}

int
stn_about_add(struct stn_device *device, enum wire_about about, const char *part,
    bool goes_on)
{
	const char *old = goes_on ? stn_device_about(device, about) : "";
	size_t old_len = strlen(old), len = strlen(part);
	char *text;

	if (old_len + len > STN_ABOUT_MAX)
		return -E2BIG;
	text = malloc(old_len + len + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, old, old_len);
	memcpy(text + old_len, part, len + 1);
	free(device->about[about]);
	device->about[about] = text;
	return 0;
}

char *const *
stn_device_hosts(const struct stn_device *device)
{
	static char *const none[] = { NULL };

	return device->host ? device->host : none;
}

int
stn_host_add(struct stn_device *device, const char *host)
{
	char *copy;

	if (device->host_count >= STN_HOSTS_MAX)
		return -E2BIG;
	if (device->host_count + 2 > device->host_size) {
		size_t size = device->host_size ? 2 * device->host_size : 16;
		char **list = realloc(device->host, size * sizeof(*list));

		if (!list)
			return -ENOMEM;
		device->host = list;
		device->host_size = size;
	}
	copy = strdup(host);
	if (!copy)
		return -ENOMEM;
	device->host[device->host_count++] = copy;
	device->host[device->host_count] = NULL;
	return 0;
}

void
stn_hosts_clear(struct stn_device *device)
{
	for (size_t i = 0; i < device->host_count; i++)
		free(device->host[i]);
	device->host_count = 0;
	if (device->host)
		device->host[0] = NULL;
}
