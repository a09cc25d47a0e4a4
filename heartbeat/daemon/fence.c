/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fencing through stonith(8) (spec stonith 4): the command is a child with a group of its
 * own, so that a device which hangs holds up nothing here.  Its exit code 0, and nothing
 * else, is a success.
 *
 * An attempt at a node goes through the devices of ha.cf, one after the other, each with
 * stonith_timeout to do it; the first success ends it.  The core asks for attempts, calls
 * them off, and says when a success was none: then the device after that one is the first
 * of the next attempt.
 *
 * Parameters go through the command's standard input: they may be secret.
 */
#include "heartbeat/daemon/daemon.h"
#include "heartbeat/daemon/fence.h"
#include "lib/log.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_BADHOST 4      /* of stonith(8): S_BADHOST */
#define MANAGED_BADHOST 100 /* as the old daemon's child ended */
#define KILL_MS 3000        /* from SIGTERM to SIGKILL */
#define PERSON_MS 3600000   /* the type meatware waits for one */

/* ---- Commands of a device ---- */

const char *
hb_device_name(const struct hb *hb, size_t device)
{
	const struct hb_fences *f = hb->fences;

	return f->device[device].name[0] ? f->device[device].name
	                                 : hb->all.conf.stonith[device].type;
}

/* rsc_fenced() may not be called from within the core's own effect: a failed start is
 * told by a child that fails at once. */
static pid_t
start_failure(struct hb *hb, void (*ended)(struct hb *, struct hb_child *, int),
    const char *what)
{
	char *const no[] = { (char *)(uintptr_t) "/bin/false", NULL };
	struct hb_child *child = hb_child_run(hb, no[0], no, hb->env, -1, what, ended);

	return child ? child->pid : 0;
}

pid_t
hb_device_run(struct hb *hb, size_t device, const char *const words[], int fd_stdout,
    const char *what, void (*ended)(struct hb *, struct hb_child *, int))
{
	const struct conf_stonith *d = &hb->all.conf.stonith[device];
	const char *program = conf_stonith_program();
	struct hb_child *child = NULL;
	const char *argv[12];
	size_t n = 0;
	char **env;
	int in;

	if (!program) {
		log_line(LOG_ERR,
		    "STONITH device %s is configured, but there is no stonith(8)",
		    d->type);
		return start_failure(hb, ended, what);
	}
	argv[n++] = program;
	argv[n++] = "-t";
	argv[n++] = d->type;
	if (conf_device_input(d, hb->env, argv + n, &env, &in) < 0)
		return start_failure(hb, ended, what);
	n += argv[n + 1] ? 2 : 1;
	for (size_t i = 0; words[i]; i++)
		argv[n++] = words[i];
	argv[n] = NULL;
	child = hb_child_run_input(hb, (char *const *)(uintptr_t)argv, env, in, fd_stdout,
	    what, ended);
	if (in >= 0)
		close(in);
	free(env);
	return child ? child->pid : start_failure(hb, ended, what);
}

void
hb_device_kill(pid_t pid, int signo)
{
	if (pid > 0)
		kill(-pid, signo);
}

/* "Managed STONITH bravo process 4711 exited with return code 1." */
void
hb_managed_log(const char *what, pid_t pid, int status, int code)
{
	char text[96];

	if (WIFEXITED(status))
		log_line(code == 0 ? LOG_INFO : LOG_WARNING,
		    "Managed %s process %d exited with return code %d.", what, (int)pid,
		    code);
	else
		log_line(LOG_WARNING, "Managed %s process %d %s.", what, (int)pid,
		    child_status_text(status, text, sizeof(text)));
}

/* ---- One node ---- */

static struct hb_fence_run *
run_find(struct hb *hb, const char *node)
{
	for (size_t i = 0; i < hb->fences->run_count; i++)
		if (strcasecmp(hb->fences->run[i].node, node) == 0)
			return &hb->fences->run[i];
	return NULL;
}

static int64_t
limit_ms(const struct hb *hb, size_t device)
{
	const struct conf *conf = &hb->all.conf;

	if (strcmp(conf->stonith[device].type, "meatware") == 0 &&
	    conf->stonith_timeout_ms < PERSON_MS)
		return PERSON_MS;
	return conf->stonith_timeout_ms;
}

static void on_end(struct hb *hb, struct hb_child *child, int status);

static void
device_begin(struct hb_fence_run *run)
{
	struct hb *hb = run->hb;
	const char *const words[] = { "-T", "reset", run->node, NULL };
	char what[128];

	snprintf(what, sizeof(what), "STONITH %s", run->node);
	log_line(LOG_INFO, "Resetting node %s with [%s]", run->node,
	    hb_device_name(hb, run->device));
	run->soft = false;
	run->pid = hb_device_run(hb, run->device, words, -1, what, on_end);
	loop_timer_arm(&run->timer,
	    instant_add_ms(loop_now(hb->loop), limit_ms(hb, run->device)));
	if (run->pid == 0) /* not even a failure could be started */
		loop_timer_arm(&run->timer, loop_now(hb->loop));
}

static void
attempt_over(struct hb_fence_run *run, enum rsc_fence_result result)
{
	struct hb *hb = run->hb;

	run->active = false;
	run->pid = 0;
	hb->fencing--;
	loop_timer_arm(&run->timer, INSTANT_NEVER);
	hb_event(hb, EVENT_FENCING, result == RSC_FENCE_OK ? LOG_INFO : LOG_WARNING,
	    run->node, NULL, NULL, "node %s was %s%s", run->node,
	    result == RSC_FENCE_OK ? "reset with " : "not reset: its fencing failed",
	    result == RSC_FENCE_OK ? hb_device_name(hb, run->device) : "");
	rsc_fenced(hb->rsc, loop_now(hb->loop), run->node, result);
	hb_flush(hb);
}

/* It is also the way to the next device. */
static void
device_over(struct hb_fence_run *run, int code)
{
	struct hb *hb = run->hb;
	size_t count = hb->all.conf.stonith_count;

	run->badhost = run->badhost && code == MANAGED_BADHOST;
	if (code == 0) {
		run->done_by = run->device;
		attempt_over(run, RSC_FENCE_OK);
		return;
	}
	run->device = (run->device + 1) % count;
	if (++run->tried < count) {
		device_begin(run);
		return;
	}
	attempt_over(run, run->badhost ? RSC_FENCE_BADHOST : RSC_FENCE_FAILED);
}

static void
on_end(struct hb *hb, struct hb_child *child, int status)
{
	struct hb_fence_run *run = NULL;
	int code = 1;

	for (size_t i = 0; hb->fences && i < hb->fences->run_count; i++) {
		struct hb_fence_run *r = &hb->fences->run[i];

		if (r->active && r->pid == child->pid)
			run = r;
		if (r->old_pid == child->pid)
			r->old_pid =
			    0; /* one that was called off: an answer to nothing */
	}
	if (!run || !hb->rsc)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !run->soft)
		code = 0;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_BADHOST)
		code = MANAGED_BADHOST;
	if (code == 0)
		log_line(LOG_INFO, "node %s now reset.", run->node);
	else if (code == MANAGED_BADHOST)
		log_line(LOG_ERR, "Device %s cannot reset host %s.",
		    hb_device_name(hb, run->device), run->node);
	else
		log_line(LOG_ERR, "Host %s not reset!", run->node);
	hb_managed_log(child->what, child->pid, status, code);
	device_over(run, code);
}

/* A device that takes too long is ended, and then by force. */
static void
on_timer(void *data, struct instant now)
{
	struct hb_fence_run *run = data;

	hb_device_kill(run->old_pid, SIGKILL);
	if (!run->active)
		return;
	if (run->pid == 0) {
		device_over(run, 1);
		return;
	}
	if (run->soft) {
		hb_device_kill(run->pid, SIGKILL);
		return;
	}
	log_line(LOG_ERR, "STONITH device %s has not reset %s within %lld s: it is ended",
	    hb_device_name(run->hb, run->device), run->node,
	    (long long)(limit_ms(run->hb, run->device) / 1000));
	run->soft = true;
	hb_device_kill(run->pid, SIGTERM);
	loop_timer_arm(&run->timer, instant_add_ms(now, KILL_MS));
}

void
hb_fence(struct hb *hb, const char *node)
{
	struct hb_fence_run *run = run_find(hb, node);

	if (!run) {
		assert(hb->fences->run_count < RSC_NODE_MAX);
		run = &hb->fences->run[hb->fences->run_count++];
		run->hb = hb;
		snprintf(run->node, sizeof(run->node), "%s", node);
		loop_timer_init(hb->loop, &run->timer, "fencing", on_timer, run);
	}
	assert(!run->active);
	hb_device_kill(run->old_pid, SIGKILL);
	run->active = run->badhost = true;
	run->tried = 0;
	run->device = run->first;
	hb->fencing++;
	hb_devices_leave(hb);
	device_begin(run);
}

void
hb_fence_stop(struct hb *hb, const char *node)
{
	struct hb_fence_run *run = run_find(hb, node);

	if (!run || !run->active)
		return;
	run->active = false;
	hb->fencing--;
	run->old_pid = run->pid;
	run->pid = 0;
	hb_device_kill(run->old_pid, SIGTERM);
	loop_timer_arm(&run->timer, instant_add_ms(loop_now(hb->loop), KILL_MS));
	hb_event(hb, EVENT_FENCING, LOG_INFO, node, NULL, NULL,
	    "node %s is not reset any more", node);
}

void
hb_fence_lied(struct hb *hb, const char *node)
{
	struct hb_fence_run *run = run_find(hb, node);

	if (!run)
		return;
	run->first = (run->done_by + 1) % hb->all.conf.stonith_count;
	hb_event(hb, EVENT_FENCING, LOG_WARNING, node, NULL, NULL,
	    "node %s lives, although %s said that it was reset", node,
	    hb_device_name(hb, run->done_by));
	if (hb->all.conf.stonith_count > 1)
		log_line(LOG_WARNING, "the next attempt at %s begins with [%s]", node,
		    hb_device_name(hb, run->first));
}

int
hb_fences_new(struct hb *hb)
{
	hb->fences = calloc(1, sizeof(*hb->fences));
	if (!hb->fences)
		return -ENOMEM;
	hb->fences->device =
	    calloc(hb->all.conf.stonith_count + 1, sizeof(*hb->fences->device));
	if (!hb->fences->device)
		return -ENOMEM;
	hb_devices_open(hb);
	return 0;
}

void
hb_fences_free(struct hb *hb)
{
	if (!hb->fences)
		return;
	for (size_t i = 0; i < hb->fences->run_count; i++) {
		struct hb_fence_run *run = &hb->fences->run[i];

		hb_device_kill(run->pid, SIGTERM);
		hb_device_kill(run->old_pid, SIGTERM);
		loop_timer_arm(&run->timer, INSTANT_NEVER);
	}
	hb_devices_leave(hb);
	loop_timer_arm(&hb->fences->status_timer, INSTANT_NEVER);
	free(hb->fences->device);
	free(hb->fences);
	hb->fences = NULL;
}
