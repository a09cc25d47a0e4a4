/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of jobs: what the executor is to do, in order.  A wish that is the last one
 * for its group already is not queued twice; what was not begun can be taken back.
 */
#include "heartbeat/resources/private.h"

#include <stdio.h>
#include <syslog.h>

static bool
queue_push(struct rsc *rsc, const struct rsc_job *job)
{
	struct rsc_exec *x = &rsc->exec;

	if (x->count == x->queue_max) {
		rsc_logf(rsc, LOG_ERR,
		    "too many resource jobs wait (%zu): %s is not done", x->count,
		    job->group ? job->group->conf.key : "a step");
		return false;
	}
	x->queue[(x->first + x->count++) % x->queue_max] = *job;
	rsc->news++;
	return true;
}

/* The last waiting job for G, or NULL. */
static const struct rsc_job *
queue_last_of(const struct rsc *rsc, const struct rsc_group *g)
{
	const struct rsc_exec *x = &rsc->exec;

	for (size_t i = x->count; i > 0; i--) {
		const struct rsc_job *job = &x->queue[(x->first + i - 1) % x->queue_max];

		if (job->group == g)
			return job;
	}
	return NULL;
}

/* What will be done last with G: a second wish for the same thing needs no second job. */
static bool
is_wished(const struct rsc *rsc, const struct rsc_group *g, enum rsc_job_kind kind)
{
	const struct rsc_job *last = queue_last_of(rsc, g);
	const struct rsc_exec *x = &rsc->exec;

	if (last)
		return last->kind == kind;
	return x->busy && x->job.group == g && x->job.kind == kind && !x->giving_up &&
	       !x->cut_short;
}

void
rsc_exec_acquire(struct rsc *rsc, struct rsc_group *g, enum rsc_activity activity,
    const char *why)
{
	const struct rsc_job job = { RSC_JOB_ACQUIRE, activity, g, 0, "", why, false };

	if (!is_wished(rsc, g, RSC_JOB_ACQUIRE))
		queue_push(rsc, &job);
}

void
rsc_exec_resume(struct rsc *rsc, struct rsc_group *g, const char *why)
{
	const struct rsc_job job = { RSC_JOB_ACQUIRE, RSC_ACT_TAKEOVER, g, 0, "", why,
		true };

	if (!is_wished(rsc, g, RSC_JOB_ACQUIRE))
		queue_push(rsc, &job);
}

void
rsc_exec_release(struct rsc *rsc, struct rsc_group *g, enum rsc_activity activity,
    const char *why)
{
	const struct rsc_job job = { RSC_JOB_RELEASE, activity, g, 0, "", why, false };

	if (!is_wished(rsc, g, RSC_JOB_RELEASE))
		queue_push(rsc, &job);
}

void
rsc_exec_answer(struct rsc *rsc, struct rsc_group *g, size_t asker, const char *asks)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_job job = { RSC_JOB_ANSWER, RSC_ACT_REQUEST, g, asker, "", "asked for",
		false };

	snprintf(job.asks, sizeof(job.asks), "%s", asks ? asks : "");
	/* Who asks again while the first answer still waits gets one. */
	for (size_t i = 0; i < x->count; i++) {
		struct rsc_job *waits = &x->queue[(x->first + i) % x->queue_max];

		if (waits->kind == RSC_JOB_ANSWER && waits->group == g &&
		    waits->node == asker) {
			*waits = job;
			return;
		}
	}
	queue_push(rsc, &job);
}

void
rsc_exec_look(struct rsc *rsc, struct rsc_group *g)
{
	const struct rsc_job job = { .kind = RSC_JOB_LOOK,
		.activity = RSC_ACT_LOOK,
		.group = g,
		.why = "what runs already?" };

	queue_push(rsc, &job);
}

void
rsc_exec_mark(struct rsc *rsc, enum rsc_activity activity, size_t node)
{
	const struct rsc_job job = { RSC_JOB_MARK, activity, NULL, node, "", "mark",
		false };

	queue_push(rsc, &job);
}

void
rsc_exec_drop(struct rsc *rsc, unsigned activities)
{
	struct rsc_exec *x = &rsc->exec;
	size_t kept = 0;

	for (size_t i = 0; i < x->count; i++) {
		struct rsc_job job = x->queue[(x->first + i) % x->queue_max];

		if (!(activities & BIT(job.activity)))
			x->queue[(x->first + kept++) % x->queue_max] = job;
	}
	x->count = kept;
}

void
rsc_exec_forget(struct rsc *rsc, rsc_set set, bool cut)
{
	struct rsc_exec *x = &rsc->exec;
	size_t kept = 0;

	for (size_t i = 0; i < x->count; i++) {
		struct rsc_job job = x->queue[(x->first + i) % x->queue_max];

		if (job.kind != RSC_JOB_ACQUIRE || job.group->home >= rsc->node_count ||
		    !(set & RSC_SET(job.group->home)))
			x->queue[(x->first + kept++) % x->queue_max] = job;
	}
	x->count = kept;
	if (cut && x->busy && x->job.kind == RSC_JOB_ACQUIRE && !x->giving_up &&
	    x->job.group->home < rsc->node_count && (set & RSC_SET(x->job.group->home)))
		x->cut_short = true;
}

/* An answer that waits behind it does not start it again. */
bool
rsc_exec_will_release(const struct rsc *rsc, const struct rsc_group *g)
{
	const struct rsc_exec *x = &rsc->exec;

	for (size_t i = x->count; i > 0; i--) {
		const struct rsc_job *job = &x->queue[(x->first + i - 1) % x->queue_max];

		if (job->group == g && job->kind != RSC_JOB_ANSWER)
			return job->kind == RSC_JOB_RELEASE;
	}
	return false;
}

void
rsc_exec_cut_short(struct rsc *rsc, unsigned activities)
{
	struct rsc_exec *x = &rsc->exec;

	rsc_exec_drop(rsc, activities);
	if (x->busy && x->job.kind == RSC_JOB_ACQUIRE && !x->giving_up &&
	    (activities & BIT(x->job.activity)))
		x->cut_short = true;
}

bool
rsc_exec_is_idle(const struct rsc *rsc)
{
	return !rsc->exec.busy && rsc->exec.count == 0;
}

bool
rsc_exec_has(const struct rsc *rsc, enum rsc_activity activity)
{
	const struct rsc_exec *x = &rsc->exec;

	if (x->busy && x->job.activity == activity)
		return true;
	for (size_t i = 0; i < x->count; i++)
		if (x->queue[(x->first + i) % x->queue_max].activity == activity)
			return true;
	return false;
}

bool
rsc_exec_next(struct rsc *rsc, struct rsc_job *job)
{
	struct rsc_exec *x = &rsc->exec;

	if (x->count == 0)
		return false;
	*job = x->queue[x->first];
	x->first = (x->first + 1) % x->queue_max;
	x->count--;
	return true;
}
