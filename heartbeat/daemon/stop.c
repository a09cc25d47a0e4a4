/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends: orderly stop, restart after a partition, exec in place for a changed ha.cf, and
 * the machine's own end (spec/config.md 11.2 to 11.5, spec/resources-v1.md 8).
 *
 *	stop:     release everything -> "shutdone" -> 1 s, in which a lost shutdone is
 *	          sent again -> gone
 *	restart:  the same, then silent for deadtime + 1 s, then exec
 *	reload:   the new files are read; sound: exec with the resources kept; else
 *	          nothing changes
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/disk.h"
#include "lib/log.h"
#include "lib/notify.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#define LINGER_MS 1000        /* after shutdone */
#define RESTART_DEAD_MS 30000 /* added to dt when we are to be back soon */

/* Gone. */

/* The rest of this turn still finds everything in its place. */
static void
finish(struct hb *hb)
{
	loop_stop(hb->loop);
}

void
hb_stop_end(struct hb *hb)
{
	disk_flush(1000);
	hb_fences_free(hb);
	hb_apphb_stop(hb);
	clients_free(hb->clients);
	hb->clients = NULL;
	hb_cluster_close(hb);
	hb_watchdog_close(hb);
	hb_pidfile_remove(hb);
	log_line(LOG_INFO, "%s Heartbeat shutdown complete.", hb->all.conf.self);
}

/* A new program in the same process.  Descriptors close by themselves.  Signals that the
 * loop reads stay blocked: one that comes meanwhile is not lost and, above all, does not
 * kill a program that has no handler yet; the new loop finds it. */
static void __attribute__((noreturn)) exec_again(struct hb *hb, bool keep)
{
	char *argv[16];
	size_t n = 0;
	char pid[16];
	int code;

	argv[n++] = (char *)(uintptr_t)HB_LIBEXECDIR "/heartbeat";
	if (keep) {
		argv[n++] = (char *)(uintptr_t) "-R";
		if (hb->rsc && rsc_mode(hb->rsc) == RSC_NICE) {
			argv[n++] = (char *)(uintptr_t) "-C";
			argv[n++] = (char *)(uintptr_t)rsc_hold_word(hb->rsc);
		}
	}
	if (hb->options.foreground || !keep)
		argv[n++] = (char *)(uintptr_t) "-f"; /* same pid: whoever looks after it
		                                         goes on doing so */
	if (hb->options.no_realtime)
		argv[n++] = (char *)(uintptr_t) "-l";
	if (hb->options.no_resources)
		argv[n++] = (char *)(uintptr_t) "-M";
	for (int i = 0; i < hb->options.debug && n < 14; i++)
		argv[n++] = (char *)(uintptr_t) "-d";
	argv[n] = NULL;
	log_line(LOG_INFO, "Performing heartbeat restart exec.");
	disk_flush(1000);
	hb_fences_free(hb);
	hb_apphb_stop(hb);
	clients_free(hb->clients);
	hb->clients = NULL;
	hb_cluster_close(hb); /* the exec would wait for what a tty still holds */
	log_close(1000);
	if (keep)
		hb_watchdog_keep(hb);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv(HB_EXEC_MARK, pid, 1);
	execv(argv[0], argv);
	code = errno;
	execv("/proc/self/exe", argv); /* a package upgrade has just removed it */
	log_open_stderr("heartbeat");
	log_line(LOG_CRIT, "cannot run %s: %s", argv[0], strerror(code));
	hb_pidfile_remove(hb);
	_exit(HB_EXIT_GENERIC);
}

static void
on_stop_timer(void *data, struct instant now)
{
	struct hb *hb = data;

	if (!hb->silent && !hb_respawn_is_stopped(hb)) {
		hb->stop_waits = true;
		return;
	}
	if (hb->silent || hb->stop == HB_STOP_EXIT) {
		finish(hb);
		return;
	}
	if (hb->stop_step == 1) {
		/* Silent long enough for everybody to notice, as the old daemon does it.
		 */
		hb_cluster_close(hb);
		hb_watchdog_close(hb);
		hb->stop_step = 2;
		loop_timer_arm(&hb->stop_timer,
		    instant_add_ms(now,
		        (hb->all.conf.deadtime_ms + 999) / 1000 * 1000 + 1000));
		return;
	}
	exec_again(hb, false);
}

void
hb_stop_try(struct hb *hb)
{
	if (!hb->stop_waits || !hb_respawn_is_stopped(hb))
		return;
	hb->stop_waits = false;
	loop_timer_arm(&hb->stop_timer, loop_now(hb->loop));
}

/* The resources are released, "shutdone" is out. */
void
hb_stop_left(struct hb *hb)
{
	if (hb->stop_step > 0)
		return;
	hb->stop_step = 1;
	if (hb->script.child && !hb->silent) {
		/* It was waited for long enough. */
		log_line(LOG_CRIT,
		    "Emergency Shutdown: Attempting to kill everything ourselves");
		hb_script_kill(hb, hb->script.id, true);
	}
	if (hb->stop == HB_STOP_RESTART) {
		log_line(LOG_INFO, "Heartbeat restart triggered.");
		log_line(LOG_INFO, "Restarting heartbeat.");
	}
	hb_respawn_stop(hb);
	loop_timer_init(hb->loop, &hb->stop_timer, "stop", on_stop_timer, hb);
	loop_timer_arm(&hb->stop_timer,
	    instant_add_ms(loop_now(hb->loop), hb->silent ? 0 : LINGER_MS));
}

void
hb_stop_begin(struct hb *hb, enum hb_stop how, const char *why)
{
	if (hb->stop == HB_STOP_EXIT ||
	    (hb->stop == HB_STOP_RESTART && how == HB_STOP_RESTART))
		return;
	if (hb->stop_step == 2 && how == HB_STOP_EXIT) {
		/* Everything is released already, only the exec was still to come. */
		hb->stop = how;
		loop_timer_arm(&hb->stop_timer, loop_now(hb->loop));
		return;
	}
	hb->stop = how;
	hb->leave_why = why;
	hb_flush_soon(hb);
	/* For a service manager a restart is no end. */
	notify_send(how == HB_STOP_EXIT ? "STOPPING=1" : "STATUS=restarting");
	log_line(LOG_INFO, "Shutting down: %s", why);
	hb_event(hb, EVENT_STOPPING, LOG_INFO, hb->all.conf.self, NULL, NULL,
	    "this node %s: %s", how == HB_STOP_EXIT ? "leaves" : "restarts", why);
}

/* The rest of it, called by hb_flush(): a core may be what asked for the end, and is not
 * entered from within. */
void
hb_stop_leave(struct hb *hb)
{
	const char *why = hb->leave_why;

	hb->leave_why = NULL;
	memb_announce(hb->memb, loop_now(hb->loop),
	    hb->stop == HB_STOP_RESTART ? RESTART_DEAD_MS : 0);
	if (hb->rsc) {
		rsc_leave(hb->rsc, loop_now(hb->loop), why);
	} else {
		log_line(LOG_INFO, "Heartbeat shutdown in progress. (%d)", (int)getpid());
		hb_stop_left(hb);
	}
}

/* Reload. */

/* A file that is gone counts as changed: reading it says what is wrong. */
static bool
is_changed(const char *path, const struct stat *read)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_mtim.tv_sec != read->st_mtim.tv_sec ||
	       st.st_mtim.tv_nsec != read->st_mtim.tv_nsec ||
	       st.st_size != read->st_size || st.st_ino != read->st_ino;
}

/* Whether a new program would accept the files. */
static bool
files_are_sound(void)
{
	struct conf_problems problems;
	struct conf_all all;
	int rc;

	conf_problems_init(&problems);
	rc = conf_read_all(HB_HADIR, NULL, &all, &problems);
	hb_problems_log(&problems);
	conf_problems_free(&problems);
	conf_all_free(&all);
	if (rc)
		log_line(LOG_ERR,
		    "Config errors: Heartbeat NOT restarted, it goes on as it was");
	return rc == 0;
}

static void
reread_keys(struct hb *hb)
{
	struct conf_problems problems;
	struct msg_keys keys;

	conf_problems_init(&problems);
	if (conf_authkeys_read(HB_AUTHKEYS, &keys, &problems) < 0) {
		hb_problems_log(&problems);
		log_line(LOG_ERR, "%s has errors: the old keys stay in use", HB_AUTHKEYS);
	} else if (memcmp(&keys, &hb->all.keys, sizeof(keys)) == 0) {
		log_line(LOG_INFO, "Configuration unchanged.");
	} else {
		log_line(LOG_INFO, "Rereading authentication file.");
		hb->all.keys = keys;
		memb_set_keys(hb->memb, &hb->all.keys);
		hb_event(hb, EVENT_RELOAD, LOG_INFO, hb->all.conf.self, NULL, NULL,
		    "reload: %s was read anew", HB_AUTHKEYS);
	}
	conf_problems_free(&problems);
}

/* Resources are kept over an exec only when nothing moves; of what is fenced the new
 * program would not hear. */
static bool
may_exec(const struct hb *hb)
{
	return hb->stop == HB_STOP_NO && !hb->script.child && hb->fencing == 0 &&
	       (!hb->rsc || rsc_may_reload(hb->rsc));
}

/* First the clients that we started end.  CHECKED: the files were just found sound. */
static void
exec_if_possible(struct hb *hb, bool checked)
{
	if (!hb->exec_due || !may_exec(hb))
		return;
	if (!hb_respawn_is_stopped(hb)) {
		hb_respawn_stop(hb);
		if (!hb_respawn_is_stopped(hb))
			return; /* the end of the last one calls again */
		                /* There was none. */
	} else {
		checked = false;
	}
	hb->exec_due = false;
	/* Scripts may have run for long since the signal, and somebody may have gone on
	 * editing. */
	if (checked || files_are_sound()) {
		if (hb_kept_write())
			exec_again(hb, true);
		log_line(LOG_ERR, "The files have just changed, and have errors now: "
		                  "Heartbeat NOT restarted, it goes on as it was");
	}
	hb_respawn_begin(hb);
}

void
hb_reload(struct hb *hb)
{
	log_reopen();
	if (hb->stop != HB_STOP_NO)
		return;
	hb_faults_read(hb);
	if (hb->exec_due)
		return;
	if (!is_changed(HB_CONFIG, &hb->ha_cf)) {
		reread_keys(hb);
		return;
	}
	if (!files_are_sound()) {
		hb_event(hb, EVENT_RELOAD, LOG_WARNING, hb->all.conf.self, NULL, NULL,
		    "reload refused: the files have errors");
		return;
	}
	log_line(LOG_INFO, "Heartbeat restart triggered.");
	log_line(LOG_INFO, "Restarting heartbeat.");
	hb->exec_due = true;
	exec_if_possible(hb, true);
}

void
hb_reload_try(struct hb *hb)
{
	exec_if_possible(hb, false);
}

/* A resource that does not stop: nobody may start it elsewhere while it runs here, so
 * this machine must go (spec/resources-v1.md 3.5).  The peers hear nothing more of us and
 * take over after their deadtime. */

/* Without programs: a small system may have neither. */
static void
try_kernel(void)
{
	reboot(RB_AUTOBOOT);
	log_line(LOG_CRIT, "Unable to force reboot.");
}

static void
on_init_end(struct hb *hb, struct hb_child *child, int status)
{
	(void)hb;
	(void)child;
	if (status)
		try_kernel();
}

static void
try_init(struct hb *hb)
{
	char *const argv[] = { (char *)(uintptr_t) "/sbin/init", (char *)(uintptr_t) "6",
		NULL };

	if (!hb_child_run(hb, argv[0], argv, hb->env, -1, "init 6", on_init_end))
		try_kernel();
}

static void
on_reboot_end(struct hb *hb, struct hb_child *child, int status)
{
	(void)child;
	if (status)
		try_init(hb);
}

void
hb_reboot(struct hb *hb, const char *why)
{
	char *const argv[] = { (char *)(uintptr_t) "/sbin/reboot",
		(char *)(uintptr_t) "-nf", NULL };

	if (hb->silent)
		return;
	log_line(LOG_CRIT, "Killing heartbeat ungracefully! (%s)", why);
	hb->silent = true;
	hb->stop = HB_STOP_EXIT;
	hb->exit_code = HB_EXIT_GENERIC;
	if (!hb_child_run(hb, argv[0], argv, hb->env, -1, "reboot", on_reboot_end))
		try_init(hb);
}
