/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done with a device is a job with a process of its own; the jobs of one resource follow each other, because
 * many devices bear one session only.  Fencing goes before everything else: a monitor that runs is ended for it, and
 * done again.
 *
 *	start    configure -> (the request is accepted) -> status -> hosts
 *	monitor  configure -> status
 *	fence    configure -> request
 */
#include "stonith/stonithd/jobs.h"

#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOB_MAX 256      /* at a time; more are refused */
#define MONITOR_MS 60000 /* of a whole start or monitor's steps, each */

static const struct {
	enum wire_step step[4];
	size_t count;
} plans[] = {
	[JOB_START] = { { STEP_CONFIGURE, STEP_STATUS, STEP_HOSTS }, 3 },
	[JOB_MONITOR] = { { STEP_CONFIGURE, STEP_STATUS }, 2 },
	[JOB_FENCE] = { { STEP_CONFIGURE, STEP_REQUEST }, 2 },
};

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

void
sdd_job_free(struct job *job)
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
void
sdd_job_reply(struct job *job, bool accepted)
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

void
sdd_job_tell(struct job *job, int frc)
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
	sdd_job_tell(job, frc);
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
		sdd_job_reply(job, false);
	} else if (job->kind == JOB_START && job->at == 2 && code != S_OK) {
		start_end(job, FRC_NO_HOSTS); /* they cannot be told */
	} else if (job->kind == JOB_START) {
		start_end(job, no_hosts       ? FRC_NO_HOSTS
		               : code == S_OK ? FRC_OK
		                              : FRC_STATUS);
	} else if (job->kind == JOB_MONITOR) {
		device->last = code == S_OK ? FRC_OK : FRC_MONITOR;
		sdd_job_reply(job, true);
		sdd_job_tell(job, device->last);
	}
	sdd_job_free(job);
	if (!device->started && TAILQ_EMPTY(&device->jobs))
		sdd_device_free(device);
	else
		sdd_device_pump(device);
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
		sdd_job_reply(job, true);
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
void
sdd_device_pump(struct sdd_device *device)
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
		sdd_job_free(job);
		sdd_device_pump(device);
		return;
	}
	job_step(job);
}

struct job *
sdd_job_new(struct shell *s, struct sdd_device *device, enum job_kind kind)
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
	struct sdd_device *device = sdd_device_find(s, resource);
	struct job *job = device ? sdd_job_new(s, device, JOB_FENCE) : NULL;

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
	sdd_device_pump(device);
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
	sdd_job_free(job);
	sdd_device_pump(device);
}
