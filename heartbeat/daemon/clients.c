/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients that ha.cf lets us start: the shell around respawn.h.  A process is
 * /bin/sh -c "exec COMMAND", of its user, in a process group of its own, with nothing but
 * /dev/null open; it gets a SIGTERM when this daemon is gone.
 *
 * They are stopped before an exec restart, too: their connections would break anyway, and
 * the new program starts those of the new file.
 */
#include "heartbeat/daemon/daemon.h"
#include "heartbeat/daemon/respawn.h"
#include "lib/log.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYNC_MS 5000 /* a disk that hangs holds up a reboot no longer */
/* The CRM moves its resources away when it is told to stop. */
#define CRM_PATIENCE_MS (60 * 60 * 1000)
#define EXIT_NO_START 127 /* as sh has it */

struct hb_respawn {
	struct respawn rules;
	struct respawn_child *child;
	struct hb_respawn_process {
		pid_t pid;    /* 0 = none */
		bool unborn;  /* it could not be started: to be told in the next turn */
		gid_t *group; /* looked up before the loop runs: that may take its time */
		size_t group_count;
	} * process;
	struct loop_timer timer, birth_timer, reboot_timer;
	const char *reboot_why; /* command of a failfast client; NULL = no reboot */
	bool synced;
};

/* Effects. */

static void
fx_start(void *shell, size_t i)
{
	struct hb *hb = shell;
	const struct conf_client *client = &hb->all.conf.client[i];
	struct hb_respawn_process *process = &hb->respawn->process[i];
	char line[5200]; /* longer than a line of ha.cf can be */
	char *const argv[] = { "/bin/sh", "-c", line, NULL };
	struct child_spec spec = { .path = argv[0],
		.argv = argv,
		.envp = hb->env,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1,
		.set_user = true,
		.oom_normal = true,
		.uid = client->uid,
		.gid = client->gid,
		.group_count = process->group_count,
		.die_with_parent = true };
	struct err err;
	pid_t pid;

	memcpy(spec.groups, process->group, process->group_count * sizeof(gid_t));
	snprintf(line, sizeof(line), "exec %s", client->command);
	log_line(LOG_INFO, "Starting child client \"%s\" (%u,%u)", client->command,
	    (unsigned)client->uid, (unsigned)client->gid);
	pid = child_start(&spec, &err);
	if (pid < 0) {
		log_line(LOG_ERR, "client \"%s\": %s", client->command, err.text);
		process->unborn = true;
		loop_timer_arm(&hb->respawn->birth_timer, loop_now(hb->loop));
		return;
	}
	process->pid = pid;
	log_line(LOG_INFO, "Starting \"%s\" as uid %u  gid %u (pid %d)", client->command,
	    (unsigned)client->uid, (unsigned)client->gid, (int)pid);
}

static void
fx_kill(void *shell, size_t i, int signo)
{
	struct hb *hb = shell;
	pid_t pid = hb->respawn->process[i].pid;

	if (!pid)
		return; /* its end is on its way */
	log_line(LOG_INFO, "killing %s process group %d with signal %d",
	    hb->all.conf.client[i].command, (int)pid, signo);
	kill(-pid, signo);
}

static void
fx_arm(void *shell, struct instant when)
{
	loop_timer_arm(&((struct hb *)shell)->respawn->timer, when);
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)shell;
	log_line(priority, "%s", text);
}

/* The peers go on hearing us until the last moment: what runs here runs here. */
static void
fx_reboot(void *shell, size_t i)
{
	struct hb *hb = shell;

	if (hb->respawn->reboot_why)
		return;
	hb->respawn->reboot_why = hb->all.conf.client[i].command;
	log_line(LOG_EMERG, "Rebooting system.  Reason: %s", hb->respawn->reboot_why);
	loop_timer_arm(&hb->respawn->reboot_timer,
	    instant_add_ms(loop_now(hb->loop), hb->all.conf.keepalive_ms));
}

static const struct respawn_effects effects = {
	.start = fx_start,
	.kill = fx_kill,
	.arm = fx_arm,
	.reboot = fx_reboot,
	.log = fx_log,
};

/* Reboot. */

static void
on_synced(struct hb *hb, struct hb_child *child, int status)
{
	(void)child;
	(void)status;
	loop_timer_arm(&hb->respawn->reboot_timer, loop_now(hb->loop));
}

static void
on_reboot_timer(void *data, struct instant now)
{
	static char *const argv[] = { "/bin/sync", NULL };
	struct hb *hb = data;

	if (!hb->respawn->synced) {
		hb->respawn->synced = true;
		loop_timer_arm(&hb->respawn->reboot_timer, instant_add_ms(now, SYNC_MS));
		hb_child_run(hb, argv[0], argv, hb->env, -1, "sync", on_synced);
		return;
	}
	reboot(RB_AUTOBOOT);
	log_line(LOG_CRIT, "cannot reboot: %s", strerror(errno));
	hb_reboot(hb, hb->respawn->reboot_why);
	hb_flush(hb);
}

/* Events. */

/* Somebody may wait for the end of all. */
static void
after(struct hb *hb)
{
	hb_stop_try(hb);
	hb_flush(hb);
}

static void
on_timer(void *data, struct instant now)
{
	struct hb *hb = data;

	respawn_tick(&hb->respawn->rules, now);
	after(hb);
}

static void
on_birth_timer(void *data, struct instant now)
{
	struct hb *hb = data;

	for (size_t i = 0; i < hb->respawn->rules.count; i++) {
		if (!hb->respawn->process[i].unborn)
			continue;
		hb->respawn->process[i].unborn = false;
		respawn_ended(&hb->respawn->rules, now, i, 0,
		    W_EXITCODE(EXIT_NO_START, 0));
	}
	after(hb);
}

bool
hb_respawn_ended(struct hb *hb, pid_t pid, int status)
{
	for (size_t i = 0; hb->respawn && i < hb->respawn->rules.count; i++) {
		if (hb->respawn->process[i].pid != pid)
			continue;
		hb->respawn->process[i].pid = 0;
		respawn_ended(&hb->respawn->rules, loop_now(hb->loop), i, pid, status);
		after(hb);
		return true;
	}
	return false;
}

void
hb_respawn_begin(struct hb *hb)
{
	if (hb->stop == HB_STOP_NO && memb_is_up(hb->memb))
		respawn_begin(&hb->respawn->rules, loop_now(hb->loop));
}

void
hb_respawn_stop(struct hb *hb)
{
	respawn_stop(&hb->respawn->rules, loop_now(hb->loop));
}

bool
hb_respawn_is_stopped(const struct hb *hb)
{
	return respawn_is_stopped(&hb->respawn->rules);
}

/* Begin and end. */

static int
find_groups(const struct conf_client *client, struct hb_respawn_process *process)
{
	int count = CHILD_GROUPS_MAX;

	process->group = calloc(CHILD_GROUPS_MAX, sizeof(gid_t));
	if (!process->group)
		return -ENOMEM;
	if (getgrouplist(client->user, client->gid, process->group, &count) < 0) {
		log_line(LOG_WARNING,
		    "user '%s' is in %d groups: its client gets %d of them", client->user,
		    count, CHILD_GROUPS_MAX);
		count = CHILD_GROUPS_MAX;
	}
	process->group_count = (size_t)count;
	return 0;
}

int
hb_respawn_new(struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	struct hb_respawn *respawn = calloc(1, sizeof(*respawn));

	if (!respawn)
		return -ENOMEM;
	hb->respawn = respawn;
	respawn->child = calloc(conf->client_count + 1, sizeof(*respawn->child));
	respawn->process = calloc(conf->client_count + 1, sizeof(*respawn->process));
	if (!respawn->child || !respawn->process)
		return -ENOMEM;
	for (size_t i = 0; i < conf->client_count; i++) {
		respawn->child[i].command = conf->client[i].command;
		respawn->child[i].failfast = conf->client[i].failfast;
		if (find_groups(&conf->client[i], &respawn->process[i]) < 0)
			return -ENOMEM;
	}
	respawn_init(&respawn->rules, respawn->child, conf->client_count,
	    conf->crm == CRM_OFF ? RESPAWN_PATIENCE_MS : CRM_PATIENCE_MS, &effects, hb);
	loop_timer_init(hb->loop, &respawn->timer, "respawn", on_timer, hb);
	loop_timer_init(hb->loop, &respawn->birth_timer, "respawn", on_birth_timer, hb);
	loop_timer_init(hb->loop, &respawn->reboot_timer, "reboot", on_reboot_timer, hb);
	return 0;
}

void
hb_respawn_free(struct hb *hb)
{
	if (!hb->respawn)
		return;
	for (size_t i = 0; hb->respawn->process && i < hb->all.conf.client_count; i++)
		free(hb->respawn->process[i].group);
	free(hb->respawn->process);
	free(hb->respawn->child);
	free(hb->respawn);
	hb->respawn = NULL;
}
