/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
/*
 * The executor: acquires and releases groups by running their scripts, one script at a
 * time and in order (spec 3.4, 3.5).  A job is a group to acquire or release, an answer to
 * somebody who asks for a group, or a mark that says "all before me is done".
 *
 *	acquire  left to right: status; not held -> start; failed -> release the group
 *	release  right to left: stop; failed -> again after 1 s, at most stop_retries times;
 *	         then status: still held -> the machine must go down, else go on
 *	answer   status of the first resource; held -> local_giveip, release; then the answer
 *
 * The jobs wait in jobs.c.  Nothing here knows why a group is to run: see review.c.  A set that another living node
 * claims is not started, whoever wished it: that waits in rsc->paused.
 */
/* clang-format on */
#include "heartbeat/resources/private.h"

#include <assert.h>
#include <string.h>
#include <syslog.h>

/* Scripts. */

static const struct conf_resource *
current_resource(const struct rsc *rsc)
{
	const struct rsc_exec *x = &rsc->exec;

	assert(x->busy && x->resource < x->job.group->conf.resource_count);
	return &x->job.group->conf.resource[x->resource];
}

static void
script_run(struct rsc *rsc, struct instant now, enum rsc_step step, enum rsc_op op)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_run run = { .op = op,
		.resource = current_resource(rsc),
		.key = x->job.group->conf.key,
		.asker = rsc->peer[x->job.node].name };

	assert(x->id == 0);
	if (++x->last_id == 0)
		x->last_id = 1;
	run.id = x->id = x->last_id;
	x->step = step;
	x->op = op;
	x->began = now;
	x->due = INSTANT_NEVER;
	x->killed_soft = false;
	x->slow_due = instant_add_ms(now, RSC_SLOW_MS);
	x->kill_due = rsc->script_timeout_ms > 0
	                  ? instant_add_ms(now, rsc->script_timeout_ms)
	                  : INSTANT_NEVER;
	rsc->fx.run(rsc->shell, &run);
}

/* " word word": the resources of a group as the old log line has them. */
static void
log_group(const struct rsc *rsc, const char *what, const struct rsc_group *g)
{
	char words[400];
	size_t used = 0;

	words[0] = '\0';
	for (size_t i = 0; i < g->conf.resource_count && used < sizeof(words) - 1; i++) {
		const char *word = g->conf.resource[i].word;
		size_t len = strnlen(word, sizeof(words) - used - 2);

		words[used++] = ' ';
		memcpy(words + used, word, len);
		used += len;
		words[used] = '\0';
	}
	rsc_logf(rsc, LOG_INFO, "%s resource group: %s%s", what, g->conf.node, words);
}

static void
job_end(struct rsc *rsc)
{
	struct rsc_exec *x = &rsc->exec;

	assert(x->busy && x->id == 0);
	x->busy = false;
	x->giving_up = x->cut_short = false;
	x->step = RSC_STEP_NONE;
	x->due = INSTANT_NEVER;
}

/* Release. */

static void
release_begin(struct rsc *rsc, struct instant now, const char *why)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_group *g = x->job.group;

	log_group(rsc, "Releasing", g);
	rsc_group_set_state(rsc, g, RSC_STOPPING, why);
	x->resource = g->conf.resource_count - 1;
	x->tries = 0;
	x->stuck = false;
	script_run(rsc, now, RSC_STEP_STOP, RSC_STOP);
}

/* A start failed: the set goes to somebody else after a while, but not to and fro for
 * ever. */
static void
release_failed_done(struct rsc *rsc, struct instant now)
{
	struct rsc_group *g = rsc->exec.job.group;
	bool again = g->given_up && instant_is_set(g->failed) &&
	             instant_diff_ms(now, g->failed) < RSC_GIVEUP_AGAIN_MS;

	g->failed = now;
	if (again) {
		rsc_logf(rsc, LOG_ERR,
		    "group %s failed here again within an hour: it stays down, "
		    "somebody must look",
		    g->conf.key);
		return;
	}
	if (rsc->mode == RSC_LEGACY || rsc->giveup_group)
		return;
	rsc->giveup_group = g;
	rsc->giveup_due = instant_add_ms(now, RSC_GIVEUP_MS);
}

static void
release_end(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_group *g = x->job.group;

	if (x->stuck)
		rsc_group_set_state(rsc, g, RSC_STUCK, "a resource does not stop");
	else if (x->giving_up)
		rsc_group_set_state(rsc, g, RSC_FAILED, "a resource did not start");
	else
		rsc_group_set_state(rsc, g, RSC_STOPPED, x->job.why);
	if (x->giving_up)
		release_failed_done(rsc, now);
	if (x->job.kind == RSC_JOB_ANSWER)
		rsc_answer(rsc, g, &x->job, true);
	job_end(rsc);
}

static void
release_next(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;

	if (x->resource == 0) {
		release_end(rsc, now);
		return;
	}
	x->resource--;
	x->tries = 0;
	script_run(rsc, now, RSC_STEP_STOP, RSC_STOP);
}

static void
stop_ended(struct rsc *rsc, struct instant now, int code)
{
	struct rsc_exec *x = &rsc->exec;
	const char *word = current_resource(rsc)->word;

	if (code == 0) {
		release_next(rsc, now);
		return;
	}
	if (rsc->stop_retries > 0 && ++x->tries > rsc->stop_retries) {
		script_run(rsc, now, RSC_STEP_STOP_CHECK, RSC_STATUS);
		return;
	}
	x->step = RSC_STEP_STOP_WAIT;
	x->due = instant_add_ms(now, RSC_STOP_RETRY_MS);
	rsc_logf(rsc, LOG_INFO, "Retrying failed stop operation [%s]", word);
}

static void
stop_checked(struct rsc *rsc, struct instant now, bool held)
{
	struct rsc_exec *x = &rsc->exec;
	const char *word = current_resource(rsc)->word;

	if (held) {
		x->stuck = true;
		rsc_logf(rsc, LOG_CRIT, "Resource STOP failure. Reboot required!");
		rsc_tell(rsc, RSC_EV_REBOOT, x->job.group->conf.key, word,
		    "a resource does not stop");
	} else {
		rsc_logf(rsc, LOG_ERR,
		    "Resource script for %s probably not LSB-compliant.", word);
		rsc_logf(rsc, LOG_WARNING,
		    "it (%s) MUST succeed on a stop when already stopped", word);
		rsc_logf(rsc, LOG_WARNING, "Machine reboot narrowly avoided!");
	}
	release_next(rsc, now);
}

/* Acquire. */

static void
acquire_begin(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_group *g = x->job.group;

	log_group(rsc, "Acquiring", g);
	if (g->state != RSC_RUNNING)
		rsc_group_set_state(rsc, g, RSC_STARTING, x->job.why);
	x->resource = 0;
	script_run(rsc, now, RSC_STEP_STATUS, RSC_STATUS);
}

static void
acquire_next(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_group *g = x->job.group;

	if (++x->resource < g->conf.resource_count && !x->cut_short) {
		script_run(rsc, now, RSC_STEP_STATUS, RSC_STATUS);
		return;
	}
	if (x->resource == g->conf.resource_count) {
		rsc_group_set_state(rsc, g, RSC_RUNNING, x->job.why);
		if (rsc->giveup_group == g)
			rsc->giveup_group = NULL;
		g->given_up = false;
		g->failed = INSTANT_NEVER;
	}
	job_end(rsc);
}

static void
acquire_status(struct rsc *rsc, struct instant now, bool held)
{
	struct rsc_exec *x = &rsc->exec;

	if (held && x->job.again && !x->cut_short) {
		script_run(rsc, now, RSC_STEP_ANNOUNCE, RSC_ANNOUNCE);
		return;
	}
	if (held) {
		acquire_next(rsc, now);
		return;
	}
	if (x->cut_short) {
		job_end(rsc);
		return;
	}
	if (x->job.group->state == RSC_RUNNING)
		rsc_group_set_state(rsc, x->job.group, RSC_STARTING,
		    "a resource was not running");
	script_run(rsc, now, RSC_STEP_START, RSC_START);
}

static void
acquire_started(struct rsc *rsc, struct instant now, int code)
{
	struct rsc_exec *x = &rsc->exec;

	if (code == 0) {
		acquire_next(rsc, now);
		return;
	}
	rsc_logf(rsc, LOG_CRIT, "Giving up resources due to failure of %s",
	    current_resource(rsc)->word);
	x->giving_up = true;
	release_begin(rsc, now, "a resource did not start");
}

/* Look. */

static void
look_run(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;

	if (instant_is_reached(rsc->look_due, now)) {
		rsc_look_found(rsc, x->job.group); /* for all we know */
		job_end(rsc);
		return;
	}
	script_run(rsc, now, RSC_STEP_LOOK, RSC_STATUS);
	x->kill_due = instant_min(x->kill_due, rsc->look_due);
}

static void
look_status(struct rsc *rsc, struct instant now, bool held)
{
	struct rsc_exec *x = &rsc->exec;

	if (!held && ++x->resource < x->job.group->conf.resource_count) {
		look_run(rsc, now);
		return;
	}
	if (held)
		rsc_look_found(rsc, x->job.group);
	job_end(rsc);
}

/* What came back. */

void
rsc_ran(struct rsc *rsc, struct instant now, uint32_t id, int code, const char *output,
    size_t len)
{
	struct rsc_exec *x = &rsc->exec;
	bool held;

	if (!x->busy || x->id != id)
		return; /* of a script that we have given up waiting for */
	x->id = 0;
	x->kill_due = x->slow_due = INSTANT_NEVER;
	held = rsc_status_is_held(output ? output : "", output ? len : 0);
	if (code < 0 && (x->step == RSC_STEP_STOP_CHECK || x->step == RSC_STEP_PROBE ||
	                    x->step == RSC_STEP_LOOK))
		held = true; /* it hangs: nothing says that the resource is gone */
	switch (x->step) {
	case RSC_STEP_STATUS:
		acquire_status(rsc, now, held);
		break;
	case RSC_STEP_START:
		acquire_started(rsc, now, code);
		break;
	case RSC_STEP_STOP:
		stop_ended(rsc, now, code);
		break;
	case RSC_STEP_STOP_CHECK:
		stop_checked(rsc, now, held);
		break;
	case RSC_STEP_PROBE:
		if (held) {
			script_run(rsc, now, RSC_STEP_GIVEIP, RSC_GIVEIP);
		} else {
			rsc_answer(rsc, x->job.group, &x->job, false);
			job_end(rsc);
		}
		break;
	case RSC_STEP_ANNOUNCE: /* an address that nobody is told of is late, not lost */
		acquire_next(rsc, now);
		break;
	case RSC_STEP_GIVEIP: /* whatever it says: the group was asked for */
		release_begin(rsc, now, "asked for");
		break;
	case RSC_STEP_LOOK:
		look_status(rsc, now, held);
		break;
	case RSC_STEP_NONE:
	case RSC_STEP_STOP_WAIT:
		assert(!"a script ended in a step that runs none");
	}
	rsc_review(rsc, now);
}

void
rsc_exec_tick(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;

	if (!x->busy)
		return;
	if (x->step == RSC_STEP_STOP_WAIT && instant_is_reached(x->due, now)) {
		script_run(rsc, now, RSC_STEP_STOP, RSC_STOP);
		return;
	}
	if (x->id == 0)
		return;
	if (instant_is_reached(x->kill_due, now)) {
		if (!x->killed_soft && x->step == RSC_STEP_LOOK)
			rsc_logf(rsc, LOG_ERR,
			    "%s status does not end: killed, and taken for running",
			    current_resource(rsc)->word);
		else if (!x->killed_soft)
			rsc_logf(rsc, LOG_ERR,
			    "%s %s runs longer than script_timeout (%lld ms): killed",
			    current_resource(rsc)->word, rsc_op_names[x->op],
			    (long long)rsc->script_timeout_ms);
		rsc->fx.kill(rsc->shell, x->id, x->killed_soft);
		x->killed_soft = true;
		x->kill_due = instant_add_ms(now, RSC_KILL_HARD_MS);
	}
	if (instant_is_reached(x->slow_due, now)) {
		rsc_logf(rsc, LOG_WARNING,
		    "%s of group %s: its script has been running for %lld s",
		    current_resource(rsc)->word, x->job.group->conf.key,
		    (long long)(instant_diff_ms(now, x->began) / 1000));
		x->slow_due = instant_add_ms(now, RSC_SLOW_MS);
	}
}

struct instant
rsc_exec_due(const struct rsc *rsc)
{
	const struct rsc_exec *x = &rsc->exec;

	if (!x->busy)
		return INSTANT_NEVER;
	return instant_min(x->due, instant_min(x->kill_due, x->slow_due));
}

/* Another living node runs it, or may: it is started when that is over (review.c). */
static bool
must_pause(const struct rsc *rsc, const struct rsc_group *g)
{
	return rsc->mode == RSC_NICE && g->home < rsc->node_count &&
	       (rsc->hold & rsc_claimed_by_others(rsc) & RSC_SET(g->home));
}

/* Takes the next job when there is room for it. */
void
rsc_exec_pump(struct rsc *rsc, struct instant now)
{
	struct rsc_exec *x = &rsc->exec;
	struct rsc_job job;

	while (!x->busy && rsc_exec_next(rsc, &job)) {
		if (job.kind == RSC_JOB_MARK) {
			rsc_activity_done(rsc, now, job.activity, job.node);
			continue;
		}
		if (job.kind == RSC_JOB_ACQUIRE && must_pause(rsc, job.group)) {
			rsc->paused |= RSC_SET(job.group->home);
			continue;
		}
		if (job.kind == RSC_JOB_ACQUIRE && job.activity == RSC_ACT_REQUEST &&
		    rsc_legacy_is_stale(rsc, now, job.group)) {
			rsc_legacy_request(rsc, now, job.group);
			continue;
		}
		x->job = job;
		x->busy = true;
		x->giving_up = x->cut_short = false;
		if (job.kind == RSC_JOB_ACQUIRE) {
			acquire_begin(rsc, now);
		} else if (job.kind == RSC_JOB_RELEASE) {
			release_begin(rsc, now, job.why);
		} else if (job.kind == RSC_JOB_LOOK) {
			x->resource = 0;
			look_run(rsc, now);
		} else {
			x->resource = 0;
			script_run(rsc, now, RSC_STEP_PROBE, RSC_STATUS);
		}
	}
}
