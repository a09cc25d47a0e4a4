/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libstonith (contract in stonith.h): the old functions, on top of the library. */
#include "stonith/libstonith/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define BETWEEN " \t\r\n\f"

/* Messages. */

static int
old_priority(int priority)
{
	static const int old[] = {
		[LOG_EMERG] = STONITH_FATAL,
		[LOG_ALERT] = STONITH_FATAL,
		[LOG_CRIT] = STONITH_CRIT,
		[LOG_ERR] = STONITH_CRIT,
		[LOG_WARNING] = STONITH_WARN,
		[LOG_NOTICE] = STONITH_INFO,
		[LOG_INFO] = STONITH_INFO,
		[LOG_DEBUG] = STONITH_DEBUG,
	};

	return old[priority & LOG_PRIMASK];
}

static void
on_log(void *data, int priority, const char *text)
{
	const struct handle *handle = data;

	if (priority == LOG_DEBUG && handle->debug <= 0)
		return;
	if (handle->log)
		handle->log(old_priority(priority), "%s", text);
	else
		fprintf(stderr, "%s: %s\n", handle->old.stype, text);
}

static const struct stn_watcher watcher = { .log = on_log };

/* Handles. */

Stonith *
stonith_new(const char *type)
{
	struct handle *handle = type ? calloc(1, sizeof(*handle)) : NULL;

	if (!handle)
		return NULL;
	handle->old.stype = strdup(type);
	handle->device = stn_device_new(type, &watcher, handle, NULL);
	if (handle->old.stype && handle->device)
		return &handle->old;
	stonith_delete(&handle->old);
	return NULL;
}

static void
names_free(struct handle *handle)
{
	for (size_t i = 0; handle->names && handle->names[i]; i++)
		free(handle->names[i]);
	free(handle->names);
	handle->names = NULL;
}

void
stonith_delete(Stonith *s)
{
	struct handle *handle = (struct handle *)s;

	if (!handle)
		return;
	stn_device_free(handle->device);
	names_free(handle);
	free(handle->old.stype);
	free(handle);
}

void
stonith_set_log(Stonith *s, stonith_log_fn *log)
{
	if (s)
		((struct handle *)s)->log = log;
}

void
stonith_set_debug(Stonith *s, int level)
{
	if (s)
		((struct handle *)s)->debug = level;
}

/* Types. */

static void
on_types_log(void *data, int priority, const char *text)
{
	(void)data;
	if (priority < LOG_DEBUG)
		fprintf(stderr, "%s\n", text);
}

char **
stonith_types(void)
{
	static const struct stn_watcher types_watcher = { .log = on_types_log };

	return stn_types_list(&types_watcher, NULL);
}

void
stonith_free_hostlist(char **list)
{
	stn_strings_free(list);
}

/* Descriptions. */

const char *
handle_describe(struct handle *handle, enum wire_about about)
{
	const struct stn_step step = { .step = STEP_DESCRIBE, .about = BIT(about) };

	/* The name of the unit comes from configuring it, a more precise id from logging in. */
	if (about != ABOUT_NAME && stn_device_about(handle->device, about)[0] == '\0' &&
	    stn_step_run(handle->device, &step) != S_OK)
		return NULL;
	return stn_device_about(handle->device, about);
}

const char *const *
stonith_get_confignames(Stonith *s)
{
	struct handle *handle = (struct handle *)s;
	const char *at = handle ? handle_describe(handle, ABOUT_NAMES) : NULL;
	size_t count = 0;

	if (!at)
		return NULL;
	names_free(handle);
	/* No more words than every other byte. */
	handle->names = calloc(strlen(at) / 2 + 2, sizeof(char *));
	for (at += strspn(at, BETWEEN); handle->names && *at; at += strspn(at, BETWEEN)) {
		size_t len = strcspn(at, BETWEEN);

		if (!(handle->names[count++] = strndup(at, len)))
			break;
		at += len;
	}
	return (const char *const *)handle->names;
}

const char *
stonith_get_info(Stonith *s, int what)
{
	static const enum wire_about parts[] = {
		[ST_CONF_XML] = ABOUT_XML,
		[ST_DEVICEID] = ABOUT_ID,
		[ST_DEVICENAME] = ABOUT_NAME,
		[ST_DEVICEDESCR] = ABOUT_DESCR,
		[ST_DEVICEURL] = ABOUT_URL,
	};
	const char *text;

	if (!s || what < ST_CONF_XML || what > ST_DEVICEURL)
		return NULL;
	text = handle_describe((struct handle *)s, parts[what]);
	return text && *text ? text : NULL;
}

/* Steps. */

static int
step_run(Stonith *s, struct stn_step step)
{
	return s ? stn_step_run(((struct handle *)s)->device, &step) : S_INVAL;
}

int
stonith_set_config(Stonith *s, StonithNVpair *list)
{
	struct handle *handle = (struct handle *)s;
	struct err err;

	if (!handle || !list)
		return S_INVAL;
	for (; list->s_name; list++)
		if (list->s_value && stn_param_set(handle->device, list->s_name,
		                         list->s_value, &err) < 0) {
			on_log(handle, LOG_CRIT, err.text);
			return S_BADCONFIG;
		}
	return step_run(s, (struct stn_step){ .step = STEP_CONFIGURE });
}

int
stonith_set_config_info(Stonith *s, const char *text)
{
	struct handle *handle = (struct handle *)s;
	struct err err;

	if (!handle || !text)
		return S_INVAL;
	if (!handle_describe(handle, ABOUT_NAMES) ||
	    stn_params_parse(handle->device, text, &err) < 0)
		return S_BADCONFIG;
	return step_run(s, (struct stn_step){ .step = STEP_CONFIGURE });
}

int
stonith_set_config_file(Stonith *s, const char *path)
{
	char line[STN_LINE_MAX + 1];
	struct err err;
	int code;

	if (!s || !path)
		return S_INVAL;
	code = stn_params_line(path, line, &err);
	if (code < 0) {
		on_log(s, LOG_CRIT, err.text);
		return S_BADCONFIG;
	}
	code = stonith_set_config_info(s, line);
	explicit_bzero(line, sizeof(line));
	return code;
}

int
stonith_get_status(Stonith *s)
{
	return step_run(s, (struct stn_step){ .step = STEP_STATUS });
}

int
stonith_req_reset(Stonith *s, int operation, const char *host)
{
	if (!host || operation < ST_GENERIC_RESET || operation > ST_POWEROFF)
		return S_INVAL;
	return step_run(s, (struct stn_step){ .step = STEP_REQUEST,
	                       .op = (enum stonith_op)operation,
	                       .host = host });
}

char **
stonith_get_hostlist(Stonith *s)
{
	char *const *hosts;
	size_t count = 0;
	char **copy;

	if (step_run(s, (struct stn_step){ .step = STEP_HOSTS }) != S_OK)
		return NULL;
	hosts = stn_device_hosts(((struct handle *)s)->device);
	while (hosts[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++)
		if (!(copy[i] = strdup(hosts[i])))
			break;
	return copy;
}
