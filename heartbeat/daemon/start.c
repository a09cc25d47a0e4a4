/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From files to a running daemon, in the order of spec/config.md 1 and 11.1.  The parent
 * that the user started waits on a pipe until the media are open, so that a missing
 * interface is an exit code and not a silent death.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/file.h"
#include "lib/lock.h"
#include "lib/log.h"
#include "lib/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_KB 64
#define HEAP_KB 128
#define SYSLOG_PATIENCE_MS 1000
#define SLOW_TURN_MS 50 /* turns of the loop that take longer are logged */

/* Files. */

/* Nobody reads the console of a machine that boots.  A log file of a refused ha.cf is not
 * believed, its facility is. */
static void
tell_syslog(const struct hb *hb, const struct conf_problems *problems)
{
	const char *facility =
	    hb->all.has_conf ? conf_param_find(&hb->all.conf, "logfacility") : NULL;
	struct log_conf log = { .tag = "heartbeat", .facility = LOG_DAEMON };

	if (log_journal_is_stderr() || (facility && strcmp(facility, "none") == 0))
		return;
	if (facility)
		log.facility = hb->all.conf.logfacility;
	if (log_open(&log, false) == 0)
		hb_problems_log(problems);
}

static int
refuse_files(const struct hb *hb, const struct conf_problems *problems, int why)
{
	int priority = hb->options.continued ? LOG_INFO : LOG_ERR;
	const char *last = hb->options.continued
	                       ? "Config errors: Heartbeat NOT restarted"
	                       : "Configuration error, heartbeat not started.";

	log_line(priority, "%s", last);
	tell_syslog(hb, problems);
	if (log_writer_pid()) {
		log_line(priority, "%s", last);
		log_close(SYSLOG_PATIENCE_MS);
	}
	return why == -EPERM || why == -EACCES ? HB_EXIT_PERMISSION : HB_EXIT_CONFIG;
}

/* We run resources: an exit would leave them to nobody. */
static int
read_kept(struct hb *hb)
{
	struct conf_problems ignored; /* they were looked at before the files were kept */
	int rc;

	conf_all_free(&hb->all);
	conf_problems_init(&ignored);
	rc = conf_read_all(HB_KEPTDIR, NULL, &hb->all, &ignored);
	conf_problems_free(&ignored);
	hb->is_kept = rc == 0;
	memset(&hb->ha_cf, 0, sizeof(hb->ha_cf)); /* every signal reads it anew */
	return rc;
}

static int
read_files(struct hb *hb)
{
	struct conf_problems problems;
	int rc;

	/* Looked at before it is read: a change in between is then seen later. */
	if (stat(HB_CONFIG, &hb->ha_cf) < 0)
		memset(&hb->ha_cf, 0, sizeof(hb->ha_cf));
	conf_problems_init(&problems);
	rc = conf_read_all(HB_HADIR, NULL, &hb->all, &problems);
	/* A reload has resources that run: it does not wait for other programs. */
	if (rc == 0 && !hb->options.continued)
		rc = conf_devices_ask(&hb->all.conf, &problems);
	hb_problems_log(&problems);
	if (rc && hb->options.continued)
		rc = read_kept(hb);
	hb_kept_remove();
	if (rc) {
		rc = refuse_files(hb, &problems, rc);
		conf_problems_free(&problems);
	} else {
		hb->told = problems;
	}
	return rc;
}

/* The terminal has had the warnings; the log, which was not open then, has them too. */
static void
tell_log(struct hb *hb)
{
	if (!log_journal_is_stderr() && !hb->options.foreground)
		hb_problems_log(&hb->told);
	conf_problems_free(&hb->told);
}

static void
open_log(struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	const struct passwd *user = getpwnam("hacluster");
	const struct group *group = getgrnam("haclient");
	int rc;
	const struct log_conf log = {
		.tag = "heartbeat",
		.host = conf->self,
		.logfile = conf->logfile,
		.debugfile = conf->debugfile,
		.facility = conf->logfacility,
		.syslog_format = conf->syslogmsgfmt,
		.use_logd = conf->use_logd,
		.logd_retry_ms = conf->conn_logd_ms,
		.debug = conf->debug + hb->options.debug,
		.owner = user ? user->pw_uid : 0,
		.group = group ? group->gr_gid : 0,
		.last_words = "Emergency Shutdown: Master Control process died.",
		.journal = log_journal_is_stderr(),
	};

	rc = log_open(&log, true);
	if (rc)
		log_line(LOG_WARNING,
		    "cannot start the log writer (%s): lines stay on stderr",
		    strerror(-rc));
}

/* Directories that a bare machine lacks after a boot: /run is empty then. */
static void
make_directories(void)
{
	static const struct {
		const char *path;
		mode_t mode;
		bool cluster; /* hacluster:haclient */
	} dirs[] = {
		{ HB_STATEDIR, 0755, false },
		{ HB_COREDIR, 0755, false },
		{ HB_COREDIR "/root", 0700, false },
		{ HB_RUNDIR, 0750, true },
		{ HB_RSCTMP, 01755, false },
	};
	const struct passwd *user = getpwnam("hacluster");
	const struct group *group = getgrnam("haclient");

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (mkdir(dirs[i].path, dirs[i].mode) == 0) {
			if (chmod(dirs[i].path, dirs[i].mode) == 0 && dirs[i].cluster &&
			    user && group &&
			    chown(dirs[i].path, user->pw_uid, group->gr_gid) < 0)
				log_line(LOG_WARNING, "cannot give %s to hacluster: %s",
				    dirs[i].path, strerror(errno));
		} else if (errno != EEXIST) {
			log_line(LOG_WARNING, "cannot make %s: %s", dirs[i].path,
			    strerror(errno));
		}
	}
}

/* The old daemon empties it at each start: what the last life noted there is not true any
 * more. */
static void
empty_rsctmp(const struct hb *hb)
{
	char *const argv[] = { "rm", "-rf", "--", HB_RSCTMP, NULL };
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	const struct child_spec spec = { .path = "/bin/rm",
		.argv = argv,
		.envp = envp,
		.fd_stdin = -1,
		.fd_stdout = -1,
		.fd_stderr = -1 };
	int status;
	pid_t pid;

	if (hb->options.continued)
		return; /* an exec restart keeps its resources and what they noted */
	pid = child_start(&spec, NULL);
	if (pid > 0)
		waitpid(pid, &status, 0);
}

/* Away from the terminal. */

/* Tells the parent, which waits before it exits: CODE is its exit code. */
static void
hb_report(struct hb *hb, int code)
{
	char byte = (char)code;

	if (hb->report_fd < 0)
		return;
	if (write(hb->report_fd, &byte, 1) != 1)
		log_line(LOG_DEBUG, "nobody waits for our start any more");
	close(hb->report_fd);
	hb->report_fd = -1;
}

/* In the parent: never returns. */
static void
wait_for_report(int fd)
{
	char byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	_exit(got == 1 ? byte : HB_EXIT_GENERIC);
}

static int
detach(struct hb *hb)
{
	int pipe_fd[2], null_fd;
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		close(pipe_fd[1]);
		wait_for_report(pipe_fd[0]);
	}
	close(pipe_fd[0]);
	hb->report_fd = pipe_fd[1];
	setsid();
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd >= 0) {
		dup2(null_fd, STDIN_FILENO);
		dup2(null_fd, STDOUT_FILENO);
		close(null_fd);
	}
	return 0;
}

/* stderr belongs to the terminal of whoever started us: from here on the log is the only
 * voice. */
static void
detach_stderr(const struct hb *hb)
{
	int null_fd;

	if (log_journal_is_stderr())
		log_stderr_close(); /* or the journal would have each line twice */
	if (hb->options.foreground)
		return;
	log_stderr_close();
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null_fd >= 0) {
		dup2(null_fd, STDERR_FILENO);
		close(null_fd);
	}
}

/* On time. */

/* What is asked for is present before the first heartbeat; never less than we need. */
static size_t
heap_kb(const struct conf *conf)
{
	return conf->memreserve_kb > HEAP_KB ? (size_t)conf->memreserve_kb : HEAP_KB;
}

static void
become_prompt(const struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;
	struct sched_param normal = { 0 };
	struct err err;

	if (oom_protect(&err) < 0)
		log_line(LOG_INFO, "%s", err.text);
	if (hb->options.no_realtime || !conf->realtime) {
		/* Before the exec restart it may have been otherwise. */
		if (hb->options.continued)
			sched_setscheduler(0, SCHED_OTHER, &normal);
		return;
	}
	if (prio_realtime(conf->rtprio > 0 ? conf->rtprio : 1, &err) < 0)
		log_line(LOG_WARNING, "%s", err.text);
	if (mem_lock(STACK_KB, heap_kb(conf), &err) < 0)
		log_line(LOG_WARNING, "%s", err.text);
}

static void
allow_cores(const struct conf *conf)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	char dir[512];

	if (conf->coredumps)
		setrlimit(RLIMIT_CORE, &unlimited);
	snprintf(dir, sizeof(dir), "%s/root",
	    conf->coreroot ? conf->coreroot : HB_COREDIR);
	if (chdir(dir) < 0 && chdir("/") < 0)
		log_line(LOG_WARNING, "cannot go to %s: %s", dir, strerror(errno));
}

/* Signals. */

static void
on_signal(void *data, int signo)
{
	struct hb *hb = data;

	switch (signo) {
	case SIGTERM:
		hb_stop_begin(hb, HB_STOP_EXIT, "terminated");
		break;
	case SIGHUP:
		hb_reload(hb);
		break;
	case SIGCHLD:
		hb_children_reap(hb);
		break;
	case SIGUSR1:
	case SIGUSR2: {
		int level = log_debug_level() + (signo == SIGUSR1 ? 1 : -1);

		log_set_debug(level < 0 ? 0 : level);
		log_line(LOG_INFO, "debug now set to %d [pid %d]", level < 0 ? 0 : level,
		    (int)getpid());
		break;
	}
	case SIGALRM:
		log_line(LOG_ERR, "Unexpected alarm in process %d", (int)getpid());
		break;
	}
	hb_flush(hb);
}

static int
catch_signals(struct hb *hb)
{
	static const int caught[] = { SIGTERM, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2,
		SIGALRM };
	static const int ignored[] = { SIGINT, SIGPIPE, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (loop_signal_add(hb->loop, caught[i], on_signal, hb) < 0)
			return -1;
	return 0;
}

/* The order of everything. */

static void
log_idle(const struct conf *conf)
{
	char text[400] = "";
	size_t used = 0;

	for (size_t i = 0; i < conf->idle_count && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %s",
		    conf->idle[i]);
	if (conf->idle_count)
		log_line(LOG_WARNING, "directives without effect in this version:%s",
		    text);
}

static int
open_all(struct hb *hb, struct err *err)
{
	int rc;

	rc = hb_cluster_open(hb, err);
	if (rc)
		return rc;
	if (!hb->options.no_resources && hb->all.conf.crm == CRM_OFF) {
		rc = hb_groups_new(hb);
		if (rc)
			return err_set(err, rc, "cannot manage haresources: %s",
			    strerror(-rc));
	}
	rc = hb_cluster_new(hb, err);
	if (rc)
		return rc;
	rc = hb_fifo_open(hb, err);
	if (rc)
		return rc;
	if (hb_respawn_new(hb) < 0)
		return err_set(err, -ENOMEM, "no memory for respawned clients");
	return hb_host_open(hb, err);
}

static int
fail(struct hb *hb, const struct err *err, int code)
{
	log_line(LOG_ERR, "%s", err->text);
	log_line(LOG_ERR, "Heartbeat not started.");
	hb_pidfile_remove(hb);
	hb_report(hb, code);
	return code;
}

static int
already_runs(const struct hb *hb)
{
	bool stale;
	pid_t pid = hb_control_running(&stale);

	if (hb->options.in_place || pid == getpid())
		return 0; /* it is we: before an exec */
	if (hb->options.continued) {
		if (stale)
			return 0;
		fprintf(stderr,
		    pid ? "ERROR: Heartbeat already running [pid %d].\n"
		        : "ERROR: heartbeat is not running.\n",
		    (int)pid);
		return pid ? HB_EXIT_GENERIC : HB_EXIT_CONFIG;
	}
	if (!pid)
		return 0;
	log_line(LOG_INFO, "heartbeat: already running [pid %d].", (int)pid);
	return -1;
}

/* An exec restart is known by this, not by the pid file, which may have been removed. */
static bool
take_exec_mark(void)
{
	const char *mark = getenv(HB_EXEC_MARK);
	bool ours = mark && strtol(mark, NULL, 10) == getpid();

	unsetenv(HB_EXEC_MARK);
	return ours;
}

/* Before anything is touched that a running daemon uses.  0, or the exit code plus 1. */
static int
take_pidfile(struct hb *hb)
{
	struct err err;
	bool stale;
	int rc = hb_pidfile_write(hb), code = HB_EXIT_OK;

	if (rc == 0)
		return 0;
	if (rc == -EBUSY) {
		log_line(LOG_INFO, "heartbeat: already running [pid %d].",
		    (int)hb_control_running(&stale));
		hb_report(hb, code);
	} else {
		err_set(&err, rc, "cannot write and lock '%s': %s", HB_PIDFILE,
		    strerror(-rc));
		code =
		    fail(hb, &err, rc == -EACCES ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC);
	}
	return code + 1;
}

static const char *
crm_word(const struct conf *conf)
{
	const char *word = conf_param_find(conf, "pacemaker");

	if (!word || conf->crm == CRM_OFF)
		word = conf_param_find(conf, "crm");
	return conf->crm == CRM_OFF || !word ? "false" : word;
}

static void
log_beginning(const struct hb *hb)
{
	const struct conf *conf = &hb->all.conf;

	hb_self_cores(conf);
	log_line(LOG_INFO, "Pacemaker support: %s", crm_word(conf));
	log_line(LOG_INFO, "**************************");
	log_line(LOG_INFO, "Configuration validated. Starting heartbeat %s", HB_VERSION);
	log_line(LOG_INFO, "heartbeat: version %s", HB_VERSION);
	log_idle(conf);
}

int
hb_start(struct hb *hb)
{
	struct err err;
	int code;

	hb->options.in_place = take_exec_mark();
	code = already_runs(hb);
	if (code)
		return code < 0 ? HB_EXIT_OK : code;
	code = read_files(hb);
	if (code)
		return code;
	if (hb->options.print_config)
		conf_print_effective(STDOUT_FILENO, &hb->all.conf);
	if (!hb->options.foreground && !hb->options.continued && detach(hb) < 0) {
		err_set(&err, 0, "cannot start in the background: %s", strerror(errno));
		return fail(hb, &err, HB_EXIT_GENERIC);
	}
	code = take_pidfile(hb);
	if (code)
		return code - 1;
	empty_rsctmp(hb);
	make_directories();
	open_log(hb);
	log_beginning(hb);
	if (hb->is_kept)
		log_line(LOG_ERR,
		    "The files were changed during the reload, and have errors now: "
		    "going on with those that were checked");
	hb_faults_read(hb);
	allow_cores(&hb->all.conf);
	hb->loop = loop_new(SLOW_TURN_MS);
	if (!hb->loop || catch_signals(hb) < 0 || hb_env_make(hb) < 0 ||
	    hb_self_catch_crashes() < 0) {
		err_set(&err, 0, "cannot set up the event loop: %s", strerror(errno));
		return fail(hb, &err, HB_EXIT_GENERIC);
	}
	if (hb_state_generation(&hb->all.conf, &hb->generation, &err) ||
	    hb_state_uuid(&hb->all.conf, hb->uuid, &err))
		return fail(hb, &err, HB_EXIT_GENERIC);
	log_line(LOG_INFO, "Heartbeat generation: %llu",
	    (unsigned long long)hb->generation);
	hb_self_watch(hb);
	if (open_all(hb, &err))
		return fail(hb, &err, HB_EXIT_GENERIC);
	hb_watchdog_open(hb);
	become_prompt(hb);
	hb_apphb_start(hb);
	hb->started_ms = hb_wall_ms();
	hb_event(hb, EVENT_STARTED, LOG_INFO, hb->all.conf.self, NULL, NULL,
	    hb->options.continued ? "heartbeat %s goes on after a reload, generation %llu"
	                          : "heartbeat %s was started, generation %llu",
	    HB_VERSION, (unsigned long long)hb->generation);
	hb_sane_start(hb);
	if (hb->rsc)
		rsc_look(hb->rsc, instant_now());
	memb_start(hb->memb, instant_now());
	if (hb->lame) {
		hb->exit_code = HB_EXIT_GENERIC;
		hb_stop_begin(hb, HB_STOP_EXIT, "no medium works after the reload");
	}
	hb_flush(hb);
	hb_report(hb, HB_EXIT_OK);
	detach_stderr(hb);
	tell_log(hb);
	notify_send("STATUS=joining the cluster"); /* ready when communication is up */
	return HB_EXIT_OK;
}
