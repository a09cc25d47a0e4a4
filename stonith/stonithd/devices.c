/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stonithd's resources and their devices.  What is done with a device is a job with a process of
 * its own; the jobs of one resource follow each other, because many devices bear one session only.
 * Fencing goes before everything else: a monitor that runs is ended for it, and done again.
 *
 *	start    configure -> (the request is accepted) -> status -> hosts
 *	monitor  configure -> status
 *	fence    configure -> request
 */
#include "lib/array.h"
#include "lib/log.h"
#include "stonith/library/library.h"
#include "stonith/stonithd/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOB_MAX 256      /* at a time; more are refused */
#define MONITOR_MS 60000 /* of a whole start or monitor's steps, each */

/* What is told of a start, stop or monitor. */
enum { FRC_OK = 0, FRC_STATUS = 1, FRC_NO_HOSTS = 6, FRC_STOPPED = 7, FRC_MONITOR = 14 };

enum job_kind { JOB_START, JOB_MONITOR, JOB_FENCE };
static const struct {
	enum wire_step step[4];
	size_t count;
} plans[] = {
	[JOB_START] = { { STEP_CONFIGURE, STEP_STATUS, STEP_HOSTS }, 3 },
	[JOB_MONITOR] = { { STEP_CONFIGURE, STEP_STATUS }, 2 },
	[JOB_FENCE] = { { STEP_CONFIGURE, STEP_REQUEST }, 2 },
};

struct job {
	TAILQ_ENTRY(job) next;
	struct shell *shell;
	struct sdd_device *device;
	enum job_kind kind;
	size_t at; /* of its plan */
	bool runs;
	struct stn_device *stn;
	/* JOB_FENCE */
	uint32_t run;
	enum sd_op op;
	char node[SD_NODE_MAX + 1];
	struct instant end; /* also the time of waiting for another job counts */
	/* Others: who is told. */
	unsigned long session;
	int32_t callid;
	char raop_name[32];
	bool accepted; /* the client knows the callid */
	char why[320]; /* the last error that the device told; "" = none */
	uint8_t *params;
	size_t params_len;
};

struct param {
	char *name, *value;
};

struct sdd_device {
	LIST_ENTRY(sdd_device) next;
	char id[SD_ID_MAX + 1], type[SD_TYPE_MAX + 1];
	struct param param[STN_PARAMS_MAX];
	size_t param_count;
	int64_t priority, limit_ms;
	bool started;
	int last;                       /* result of the last start or monitor */
	TAILQ_HEAD(job_list, job) jobs; /* the first one runs */
};

static void device_pump(struct sdd_device *device);

/* Resources. */

static struct sdd_device *
device_find(struct shell *s, const char *id)
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

static void
device_free(struct sdd_device *device)
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
		device_free(device);
		return NULL;
	}
	device->priority = params.priority;
	device->limit_ms = params.limit_ms;
	return device;
}

/* Jobs. */

static void
job_log(void *data, int priority, const char *text)
{
	struct job *job = data;

	if (priority <= LOG_ERR)
		snprintf(job->why, sizeof(job->why), "%s", text);
	log_line(priority, "%s: %s", job->device->id, text);
}

static void
job_trace(void *data, char way, const char *text)
{
	const struct job *job = data;

	if (job->kind == JOB_FENCE)
		sd_transcript(job->shell->sd, job->run, way, text);
}

static void
job_free(struct job *job)
{
	TAILQ_REMOVE(&job->device->jobs, job, next);
	job->shell->job_count--;
	stn_device_free(job->stn);
	if (job->params)
		explicit_bzero(job->params, job->params_len);
	free(job->params);
	free(job);
}

/* A start or monitor was accepted, or not. */
static void
job_reply(struct job *job, bool accepted)
{
	struct sdd_session *session = sdd_session_find(job->shell, job->session);
	struct sdd_reply reply;

	if (job->accepted)
		return;
	job->accepted = true;
	if (!session || !session->api)
		return;
	sdd_reply_init(&reply, "rraop");
	msg_add_str(&reply.m, "apiret", accepted ? "apiok" : "apifail");
	msg_add_dec(&reply.m, "callid", accepted ? job->callid : 0);
	if (!accepted)
		msg_add_str(&reply.m, "error",
		    job->why[0] ? job->why : "bad configuration");
	sdd_reply_send(&reply, session->api);
}

static void
job_tell(struct job *job, int frc)
{
	struct sdd_session *session = sdd_session_find(job->shell, job->session);
	struct sdd_reply reply;

	log_line(frc ? LOG_WARNING : LOG_INFO, "resource %s (%s): %s: %d",
	    job->device->id, job->device->type, job->raop_name, frc);
	if (!session || !session->callback)
		return;
	sdd_reply_init(&reply, "raopret");
	msg_add_str(&reply.m, "raoptype", job->raop_name);
	msg_add_str(&reply.m, "raname", job->device->type);
	msg_add_str(&reply.m, "rscid", job->device->id);
	if (job->params)
		msg_add(&reply.m, MSG_STRUCT, "params", job->params, job->params_len);
	msg_add_dec(&reply.m, "callid", job->callid);
	msg_add_dec(&reply.m, "frc", frc);
	sdd_reply_send(&reply, session->callback);
}

/* A resource that could not be started is none. */
static void
start_end(struct job *job, int frc)
{
	struct sdd_device *device = job->device;
	struct shell *s = job->shell;
	int r;

	if (frc == FRC_OK) {
		r = sd_resource_put(s->sd, device->id, device->type, device->priority,
		    device->limit_ms, stn_device_hosts(job->stn));
		device->started = r == 0;
		if (r < 0) {
			log_line(LOG_ERR, "resource %s: too many resources or hosts",
			    device->id);
			frc = FRC_STATUS;
		}
	}
	device->last = frc;
	job_tell(job, frc);
}

static void
job_end(struct job *job, int code)
{
	struct sdd_device *device = job->device;
	struct shell *s = job->shell;
	bool no_hosts =
	    job->kind == JOB_START && code == S_OK && !stn_device_hosts(job->stn)[0];
	uint32_t run = job->run;
	bool fenced = job->kind == JOB_FENCE;

	if (job->kind == JOB_START && !job->accepted) {
		log_line(LOG_ERR, "resource %s (%s): start refused: bad configuration",
		    device->id, device->type);
		job_reply(job, false);
	} else if (job->kind == JOB_START && job->at == 2 && code != S_OK) {
		start_end(job, FRC_NO_HOSTS); /* they cannot be told */
	} else if (job->kind == JOB_START) {
		start_end(job, no_hosts       ? FRC_NO_HOSTS
		               : code == S_OK ? FRC_OK
		                              : FRC_STATUS);
	} else if (job->kind == JOB_MONITOR) {
		device->last = code == S_OK ? FRC_OK : FRC_MONITOR;
		job_reply(job, true);
		job_tell(job, device->last);
	}
	job_free(job);
	if (!device->started && TAILQ_EMPTY(&device->jobs))
		device_free(device);
	else
		device_pump(device);
	if (fenced)
		sd_ran(s->sd, run, code, loop_now(s->loop));
}

static void
job_step(struct job *job)
{
	struct stn_step step = { .step = plans[job->kind].step[job->at],
		.limit_ms = MONITOR_MS };

	if (job->kind == JOB_FENCE) {
		int64_t left = instant_diff_ms(job->end, loop_now(job->shell->loop));

		step.limit_ms = left < 1 ? 1 : left > INT32_MAX ? INT32_MAX : (int)left;
		step.op = (enum stonith_op)job->op;
		step.host = job->node;
	}
	stn_step_start(job->stn, job->shell->loop, &step);
}

static void
job_done(void *data, int code)
{
	struct job *job = data;

	if (code != S_OK) {
		job_end(job, code);
		return;
	}
	job->at++;
	if (job->kind == JOB_START && job->at == 1)
		job_reply(job, true);
	if (job->at == plans[job->kind].count)
		job_end(job, S_OK);
	else
		job_step(job);
}

static int
job_open(struct job *job, struct err *err)
{
	static const struct stn_watcher watcher = { job_log, job_trace, job_done };
	const struct sdd_device *device = job->device;
	int r = 0;

	job->stn = stn_device_new(device->type, &watcher, job, err);
	if (!job->stn)
		return -EINVAL;
	for (size_t i = 0; r == 0 && i < device->param_count; i++)
		r = stn_param_set(job->stn, device->param[i].name, device->param[i].value,
		    err);
	return r;
}

struct late {
	struct loop_timer timer;
	struct shell *shell;
	uint32_t run;
};

/* The core is not entered from within: a run that cannot be begun ends in the next turn. */
static void
on_late(void *data, struct instant now)
{
	struct late *late = data;

	sd_ran(late->shell->sd, late->run, S_OOPS, now);
	free(late);
}

static void
run_late(struct shell *s, uint32_t run)
{
	struct late *late = calloc(1, sizeof(*late));

	if (!late)
		return; /* its time ends it */
	late->shell = s;
	late->run = run;
	loop_timer_init(s->loop, &late->timer, "fencing", on_late, late);
	loop_timer_arm(&late->timer, loop_now(s->loop));
}

/* The next job begins when none runs. */
static void
device_pump(struct sdd_device *device)
{
	struct job *job = TAILQ_FIRST(&device->jobs);
	struct err err;

	if (!job || job->runs)
		return;
	job->runs = true;
	job->at = 0;
	if (job_open(job, &err) < 0) {
		log_line(LOG_ERR, "%s: %s", device->id, err.text);
		if (job->kind != JOB_FENCE) {
			job_end(job, S_BADCONFIG);
			return;
		}
		run_late(job->shell, job->run);
		job_free(job);
		device_pump(device);
		return;
	}
	job_step(job);
}

static struct job *
job_new(struct shell *s, struct sdd_device *device, enum job_kind kind)
{
	struct job *job = s->job_count < JOB_MAX ? calloc(1, sizeof(*job)) : NULL;

	if (!job)
		return NULL;
	s->job_count++;
	job->shell = s;
	job->device = device;
	job->kind = kind;
	return job;
}

/* Fencing. */

/* A monitor that runs makes room; one that waits, waits longer. */
static void
job_insert_first(struct sdd_device *device, struct job *job)
{
	struct job *first = TAILQ_FIRST(&device->jobs), *at;

	if (first && first->runs && first->kind == JOB_MONITOR) {
		stn_device_free(first->stn);
		first->stn = NULL;
		first->runs = false;
		log_line(LOG_INFO, "%s: the monitor is ended, node %s has to be fenced",
		    device->id, job->node);
	}
	/* Behind what runs and behind fencing that waits. */
	TAILQ_FOREACH(at, &device->jobs, next)
	if (!at->runs && at->kind != JOB_FENCE)
		break;
	if (at)
		TAILQ_INSERT_BEFORE(at, job, next);
	else
		TAILQ_INSERT_TAIL(&device->jobs, job, next);
}

void
sdd_run(void *shell, uint32_t run, const char *resource, enum sd_op op, const char *node,
    int64_t limit_ms)
{
	struct shell *s = shell;
	struct sdd_device *device = device_find(s, resource);
	struct job *job = device ? job_new(s, device, JOB_FENCE) : NULL;

	if (!job) {
		log_line(LOG_ERR, "%s: cannot begin: too much goes on", resource);
		run_late(s, run);
		return;
	}
	job->run = run;
	job->op = op;
	strcpy(job->node, node);
	job->end = instant_add_ms(loop_now(s->loop), limit_ms);
	job_insert_first(device, job);
	device_pump(device);
}

static struct job *
job_of_run(struct shell *s, uint32_t run)
{
	struct sdd_device *device;
	struct job *job;

	LIST_FOREACH(device, &s->devices, next)
	TAILQ_FOREACH(job, &device->jobs, next)
	if (job->kind == JOB_FENCE && job->run == run)
		return job;
	return NULL;
}

void
sdd_give_up(void *shell, uint32_t run)
{
	struct job *job = job_of_run(shell, run);
	struct sdd_device *device;

	if (!job)
		return;
	device = job->device;
	job_free(job);
	device_pump(device);
}

/* Clients. */

static struct job *
job_for(struct shell *s, struct sdd_session *session, const struct sdp_request *request,
    struct sdd_device *device, enum job_kind kind)
{
	struct job *job = job_new(s, device, kind);

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
	job_reply(job, true);
	job_tell(job, frc);
	job_free(job);
}

static void
resource_stop(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request)
{
	struct sdd_device *device = device_find(s, request->resource);
	struct job *job;

	sd_resource_remove(s->sd, request->resource);
	if (device) {
		device->started = false;
		while ((job = TAILQ_FIRST(&device->jobs))) {
			uint32_t run = job->run;

			if (job->kind != JOB_FENCE) {
				job_reply(job, false);
				if (job->callid)
					job_tell(job, FRC_STOPPED);
			}
			job_free(job);
			if (run)
				sd_ran(s->sd, run, S_OOPS, loop_now(s->loop));
		}
		device_free(device);
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
		device_free(device);
		refuse(session, "too much goes on");
		return;
	}
	TAILQ_INSERT_TAIL(&device->jobs, job, next);
	device_pump(device);
}

void
sdd_resource(struct shell *s, struct sdd_session *session,
    const struct sdp_request *request)
{
	struct sdd_device *device = device_find(s, request->resource);
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
		job_reply(job, true);
		TAILQ_INSERT_TAIL(&device->jobs, job, next);
		device_pump(device);
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
			job_free(job);
		device_free(device);
	}
}

void
sdd_devices_list(struct shell *s, struct sdd_reply *reply)
{
	const struct sd_resource *resource;

	for (size_t i = 0; (resource = sd_resource_at(s->sd, i)); i++) {
		const struct sdd_device *device = device_find(s, resource->id);
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
