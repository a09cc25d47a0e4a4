/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonithd(8): options, and the life around its loop. */
#include "heartbeat/helpers/apphb/apphb.h"
#include "lib/array.h"
#include "lib/child.h"
#include "lib/daemonize.h"
#include "lib/log.h"
#include "lib/pidfile.h"
#include "stonith/stonithd/shell.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PIDFILE "/var/run/stonithd.pid"
#define APPHB_MS 2000
#define DEBUG_MAX 2

struct options {
	bool alone, test, apphb;
	int64_t apphb_ms;
	char verb; /* 'r', 'k', 's' */
};

struct life {
	struct shell s;
	struct apphb apphb;
	struct loop_timer beat;
	int64_t apphb_ms;
	int report_fd; /* -1 = not in the background */
};

static const char usage[] =
    "usage: stonithd [-ahkrstvV] [-i MS]\n"
    "Fences nodes for the cluster, with the devices that were started on this node and "
    "with\n"
    "the help of the other nodes.  Started by heartbeat ('crm yes').\n"
    "  -a, --alone    without heartbeat: the devices of this node only\n"
    "  -i MS          interval of the signs of life to apphbd (2000)\n"
    "  -k             end the stonithd that runs\n"
    "  -r             register with apphbd\n"
    "  -s             tell whether one runs\n"
    "  -t             for tests: this node may be fenced with any device\n"
    "  -v             more log lines; twice: more of them\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n";

static bool
is_respawned(void)
{
	return getenv("HA_CURHOST") != NULL;
}

/* Effects. */

static void
on_arm(void *shell, struct instant when)
{
	struct shell *s = shell;

	loop_timer_arm(&s->tick, when);
}

static void
on_log(void *shell, int priority, const char *text)
{
	(void)shell;
	log_line(priority, "%s", text);
}

static const struct sd_effects effects = { sdd_run, sdd_give_up, sdd_send, sdd_answer,
	on_arm, on_log };

/* Events. */

static void
on_tick(void *data, struct instant now)
{
	struct shell *s = data;

	sd_tick(s->sd, now);
}

static void
on_beat(void *data, struct instant now)
{
	struct life *life = data;

	if (apphb_beat(&life->apphb) < 0) {
		log_line(LOG_WARNING, "apphbd is gone: no signs of life any more");
		return;
	}
	loop_timer_arm(&life->beat, instant_add_ms(now, life->apphb_ms / 2));
}

static void
on_end(void *data, pid_t pid, int status)
{
	if (!sdd_reaped(data, pid, status) && pid == log_writer_pid())
		log_writer_ended();
}

static void
on_signal(void *data, int signo)
{
	struct shell *s = data;
	int level = log_debug_level();

	if (signo == SIGCHLD)
		child_reap(on_end, s);
	else if (signo == SIGUSR1 && level < DEBUG_MAX)
		log_set_debug(level + 1);
	else if (signo == SIGUSR2 && level > 0)
		log_set_debug(level - 1);
	else if (signo == SIGTERM || signo == SIGINT)
		loop_stop(s->loop);
}

/* Begin and end. */

static int
open_loop(struct life *life)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGCHLD, SIGUSR1, SIGUSR2 };
	struct shell *s = &life->s;

	s->loop = loop_new(0);
	if (!s->loop)
		return -errno;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (loop_signal_add(s->loop, signals[i], on_signal, s) < 0)
			return -errno;
	loop_timer_init(s->loop, &s->tick, "fencing", on_tick, s);
	loop_timer_init(s->loop, &life->beat, "apphb", on_beat, life);
	return 0;
}

static void
own_name(struct shell *s)
{
	struct utsname name;

	uname(&name);
	snprintf(s->self, sizeof(s->self), "%s", name.nodename);
	for (char *c = s->self; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

static int
shell_open(struct life *life, const struct options *options, struct err *err)
{
	struct shell *s = &life->s;
	const struct passwd *user = getpwnam("hacluster");
	int r = open_loop(life);

	if (r < 0)
		return err_set(err, r, "no event loop: %s", strerror(-r));
	s->cluster_uid = user ? user->pw_uid : 0;
	if (s->alone)
		own_name(s);
	else if ((r = sdd_cluster_open(s, err)) < 0)
		return r;
	s->sd = sd_new(s->self, s->test, (uint32_t)time(NULL) * 1000U, &effects, s);
	if (!s->sd)
		return err_set(err, -ENOMEM, "no memory");
	r = s->alone ? 0 : sdd_cluster_watch(s, err);
	if (r == 0)
		r = sdd_serve_open(s, err);
	if (r == 0 && options->apphb &&
	    apphb_open(&life->apphb, "stonithd", s->self, options->apphb_ms,
	        options->apphb_ms) < 0)
		log_line(LOG_WARNING, "apphbd does not run: not registered");
	else if (r == 0 && options->apphb)
		loop_timer_arm(&life->beat, instant_now());
	return r;
}

static void
shell_close(struct life *life)
{
	struct shell *s = &life->s;

	if (s->sd)
		sd_close(s->sd, instant_now());
	if (s->api.class)
		sdd_serve_close(s);
	if (s->loop)
		sdd_devices_free(s);
	apphb_close(&life->apphb);
	sdd_cluster_close(s);
	sd_free(s->sd);
	loop_free(s->loop);
}

static int
live(struct life *life, const struct options *options)
{
	struct err err = { "" };
	int r = shell_open(life, options, &err);

	if (r < 0) {
		log_line(LOG_ERR, "%s", err.text);
		log_line(LOG_ERR, "%s abnormally abort.", life->s.program);
		/* What a second try would not mend. */
		return is_respawned() && (r == -EPERM || r == -EADDRINUSE)
		           ? SDD_NO_RESPAWN
		           : SDD_FAILED;
	}
	log_line(LOG_INFO, "%s start up successfully.", life->s.program);
	if (life->report_fd >= 0) {
		log_stderr_close();
		daemonize_done(life->report_fd, SDD_OK);
	}
	loop_run(life->s.loop);
	log_line(life->s.code ? LOG_ERR : LOG_INFO, "%s %s", life->s.program,
	    life->s.code ? "abnormally abort." : "normally quit.");
	return life->s.code;
}

/* In the background there is no stderr; what happens there goes to syslog. */
static void
log_by_hand(void)
{
	const struct log_conf conf = { .tag = "stonithd",
		.facility = LOG_DAEMON,
		.syslog_format = true,
		.debug = log_debug_level() };

	if (log_open(&conf, true) < 0)
		log_line(LOG_WARNING, "no log writer: nothing goes to syslog");
}

static int
run(const char *program, const struct options *options)
{
	static struct life life = { .report_fd = -1, .apphb = { -1 } };
	struct err err;
	bool stale;
	int code, pid_fd;

	if (pidfile_running(PIDFILE, "stonithd", &stale)) {
		log_line(LOG_ERR, "%s is already running.", program);
		return is_respawned() ? SDD_NO_RESPAWN : SDD_FAILED;
	}
	if (!is_respawned() && (code = daemonize(&life.report_fd)) >= 0)
		return code;
	pid_fd = pidfile_take(PIDFILE, &err);
	if (pid_fd < 0) {
		log_line(LOG_ERR, "%s", err.text);
		return SDD_FAILED;
	}
	if (!is_respawned())
		log_by_hand();
	life.s.program = program;
	life.s.alone = options->alone;
	life.s.test = options->test;
	life.apphb_ms = options->apphb_ms;
	code = live(&life, options);
	shell_close(&life);
	unlink(PIDFILE);
	close(pid_fd);
	return code;
}

static int
status(void)
{
	bool stale;
	pid_t pid = pidfile_running(PIDFILE, "stonithd", &stale);

	if (pid)
		printf("stonithd is running [pid = %d].\n", (int)pid);
	else
		printf("stonithd is stopped.\n");
	return pid ? SDD_OK : stale ? SDD_FAILED : SDD_STOPPED;
}

static int
stop(void)
{
	struct err err;
	bool stale;
	pid_t pid = pidfile_running(PIDFILE, "stonithd", &stale);

	if (pid && pidfile_stop(pid, &err) < 0) {
		fprintf(stderr, "stonithd: cannot stop pid %d: %s\n", (int)pid, err.text);
		return SDD_FAILED;
	}
	return SDD_OK;
}

/* -1: go on; else the exit code. */
static int
options_parse(int argc, char **argv, struct options *options, int *debug)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "alone", no_argument, NULL, 'a' }, { NULL, 0, NULL, 0 } };
	char *end;
	int c;

	*options = (struct options){ .apphb_ms = APPHB_MS, .verb = 'r' };
	while ((c = getopt_long(argc, argv, "ahi:krstvV", longs, NULL)) != -1) {
		if (c == 'h' || c == 'V') {
			fputs(c == 'h' ? usage : HB_VERSION "\n", stdout);
			return SDD_OK;
		} else if (c == 'i') {
			options->apphb_ms = strtol(optarg, &end, 10);
			if (end == optarg || *end || options->apphb_ms < 10 ||
			    options->apphb_ms > 3600000) {
				fprintf(stderr,
				    "stonithd: -i: '%s' is no number of ms from 10 to "
				    "3600000\n",
				    optarg);
				return -EINVAL;
			}
		} else if (c == 'k' || c == 's') {
			options->verb = (char)c;
		} else if (c == 'v') {
			++*debug;
		} else if (c == '?') {
			return -EINVAL;
		}
		options->alone |= c == 'a';
		options->test |= c == 't';
		options->apphb |= c == 'r';
	}
	if (optind < argc) {
		fprintf(stderr, "stonithd: what is '%s'?\n", argv[optind]);
		return -EINVAL;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct options options;
	int debug = 0, code = options_parse(argc, argv, &options, &debug);

	if (code == -EINVAL) {
		fputs(usage, stderr);
		return is_respawned() ? SDD_NO_RESPAWN : SDD_USAGE;
	}
	if (code >= 0)
		return code;
	if (options.verb != 'r')
		return options.verb == 's' ? status() : stop();
	member_log_open("stonithd");
	if (debug)
		log_set_debug(debug > DEBUG_MAX ? DEBUG_MAX : debug);
	signal(SIGPIPE, SIG_IGN);
	code = run(argv[0], &options);
	log_close(1000);
	return code;
}
