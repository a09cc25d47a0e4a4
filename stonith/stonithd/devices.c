/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonithd's resources: their parameters, what clients ask of them, and the list of them. */
#include "stonith/stonithd/jobs.h"

#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Resources. */

struct sdd_device *
sdd_device_find(struct shell *s, const char *id)
{
	struct sdd_device *device;

	LIST_FOREACH(device, &s->devices, next)
	if (strcmp(device->id, id) == 0)
		return device;
	return NULL;
}

static void
params_clear(struct sdd_device *device)
{
	for (size_t i = 0; i < device->param_count; i++) {
		explicit_bzero(device->param[i].value, strlen(device->param[i].value));
		free(device->param[i].name);
		free(device->param[i].value);
	}
	device->param_count = 0;
}

static int
param_take(void *data, const char *name, const char *value, struct err *err)
{
	struct sdd_device *device = data;
	struct param *param = &device->param[device->param_count];

	if (device->param_count == STN_PARAMS_MAX)
		return err_set(err, -EINVAL, "more than %d parameters", STN_PARAMS_MAX);
	param->name = strdup(name);
	param->value = strdup(value);
	if (!param->name || !param->value) {
		free(param->name);
		free(param->value);
		return err_set(err, -ENOMEM, "no memory");
	}
	device->param_count++;
	return 0;
}

void
sdd_device_free(struct sdd_device *device)
{
	LIST_REMOVE(device, next);
	params_clear(device);
	free(device);
}

/* NULL with ERR. */
static struct sdd_device *
device_new(struct shell *s, const struct sdp_request *request, struct err *err)
{
	struct sdd_device *device = calloc(1, sizeof(*device));
	struct sdp_params params = { .take = param_take, .data = device };

	if (!device) {
		err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	TAILQ_INIT(&device->jobs);
	strcpy(device->id, request->resource);
	strcpy(device->type, request->type);
	LIST_INSERT_HEAD(&s->devices, device, next);
	if (sdp_params_parse(request->params, &params, err) < 0) {
		sdd_device_free(device);
		return NULL;
	}
	device->priority = params.priority;
	device->limit_ms = params.limit_ms;
	return device;
}

/* Clients. */

static struct job *
job_for(struct shell *s, struct sdd_session *session, const struct sdp_request *request,
    struct sdd_device *device, enum job_kind kind)
{
	struct job *job = sdd_job_new(s, device, kind);

	if (!job)
		return NULL;
	job->session = session->number;
	s->job_number = s->job_number == INT32_MAX ? 1 : s->job_number + 1;
	job->callid = s->job_number;
	snprintf(job->raop_name, sizeof(job->raop_name), "%s", request->raop_name);
	if (request->params && (job->params = malloc(request->params->len + 1))) {
		memcpy(job->params, request->params->value, request->params->len);
		job->params_len = request->params->len;
	}
	return job;
}

static void
refuse(struct sdd_session *session, const char *why)
{
	struct sdd_reply reply;

	log_line(LOG_ERR, "client %s: %s", session->name, why);
	sdd_reply_init(&reply, "rraop");
	msg_add_str(&reply.m, "apiret", "apifail");
	msg_add_str(&reply.m, "error", why);
	sdd_reply_send(&reply, session->api);
}

/* What needs no device: told at once. */
static void
tell_at_once(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request, int frc)
{
	struct sdd_device none = { .started = false };
	struct job *job = job_for(s, session, request, &none, JOB_MONITOR);

	TAILQ_INIT(&none.jobs);
	strcpy(none.id, request->resource);
	strcpy(none.type, request->type);
	if (!job) {
		refuse(session, "too much goes on");
		return;
	}
	TAILQ_INSERT_TAIL(&none.jobs, job, next);
	sdd_job_reply(job, true);
	sdd_job_tell(job, frc);
	sdd_job_free(job);
}

static void
resource_stop(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request)
{
	struct sdd_device *device = sdd_device_find(s, request->resource);
	struct job *job;

	sd_resource_remove(s->sd, request->resource);
	if (device) {
		device->started = false;
		while ((job = TAILQ_FIRST(&device->jobs))) {
			uint32_t run = job->run;

			if (job->kind != JOB_FENCE) {
				sdd_job_reply(job, false);
				if (job->callid)
					sdd_job_tell(job, FRC_STOPPED);
			}
			sdd_job_free(job);
			if (run)
				sd_ran(s->sd, run, S_OOPS, loop_now(s->loop));
		}
		sdd_device_free(device);
	}
	tell_at_once(s, session, request, FRC_OK);
}

static void
resource_start(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request)
{
	struct sdd_device *device;
	struct job *job;
	struct err err;

	if (!stn_type_exists(request->type)) {
		char text[SD_TYPE_MAX + 40];

		snprintf(text, sizeof(text), "there is no type '%s'", request->type);
		refuse(session, text);
		return;
	}
	device = device_new(s, request, &err);
	if (!device) {
		refuse(session, err.text);
		return;
	}
	job = job_for(s, session, request, device, JOB_START);
	if (!job) {
		sdd_device_free(device);
		refuse(session, "too much goes on");
		return;
	}
	TAILQ_INSERT_TAIL(&device->jobs, job, next);
	sdd_device_pump(device);
}

void
sdd_resource(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request)
{
	struct sdd_device *device = sdd_device_find(s, request->resource);
	struct job *job;

	if (request->raop == SDP_STOP) {
		resource_stop(s, session, request);
	} else if (device && (device->started || request->raop == SDP_MONITOR)) {
		/* Also of a second start: the status of the one that is there. */
		job = job_for(s, session, request, device, JOB_MONITOR);
		if (!job) {
			refuse(session, "too much goes on");
			return;
		}
		sdd_job_reply(job, true);
		TAILQ_INSERT_TAIL(&device->jobs, job, next);
		sdd_device_pump(device);
	} else if (request->raop == SDP_MONITOR) {
		tell_at_once(s, session, request, FRC_STOPPED);
	} else if (device) {
		refuse(session, "it is just being started");
	} else {
		resource_start(s, session, request);
	}
}

bool
sdd_reaped(struct shell *s, pid_t pid, int status)
{
	struct sdd_device *device;
	struct job *job;

	LIST_FOREACH(device, &s->devices, next)
	TAILQ_FOREACH(job, &device->jobs, next)
	if (job->stn && stn_device_reaped(job->stn, pid, status))
		return true;
	return false;
}

void
sdd_devices_free(struct shell *s)
{
	struct sdd_device *device;
	struct job *job;

	while ((device = LIST_FIRST(&s->devices))) {
		while ((job = TAILQ_FIRST(&device->jobs)))
			sdd_job_free(job);
		sdd_device_free(device);
	}
}

void
sdd_devices_list(struct shell *s, struct sdd_reply *reply)
{
	const struct sd_resource *resource;

	for (size_t i = 0; (resource = sd_resource_at(s->sd, i)); i++) {
		const struct sdd_device *device = sdd_device_find(s, resource->id);
		char hosts[SD_LIST_MAX] = "";
		uint8_t store[SD_LIST_MAX + 1024];
		size_t used = 0;
		struct msg m;

		for (size_t h = 0; h < resource->host_count; h++)
			if (used + strlen(resource->host[h]) + 2 <= sizeof(hosts))
				used += (size_t)sprintf(hosts + used, "%s%s",
				    h ? " " : "", resource->host[h]);
		msg_init(&m, store, sizeof(store));
		msg_add_str(&m, "id", resource->id);
		msg_add_str(&m, "type", resource->type);
		msg_add_str(&m, "hosts", hosts);
		msg_add_dec(&m, "priority", resource->priority);
		msg_add_dec(&m, "timeout", resource->limit_ms);
		msg_add_dec(&m, "last", device ? device->last : 0);
		if (msg_add_struct(&reply->m, "device", &m) < 0) {
			log_line(LOG_WARNING,
			    "the list of devices is too long: cut at %s", resource->id);
			return;
		}
	}
}
