/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ha_logd(8): options, and the life around the two processes. */
#include "heartbeat/helpers/logd/logd.h"

#include "lib/daemonize.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/pidfile.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_GENERIC = 1, EXIT_STOPPED = 3, EXIT_CONFIG = 6 };

struct start {
	bool daemon;
	int report_fd;
};

static void
usage(void)
{
	printf("usage: ha_logd [options]\n\n"
	       "options:\n"
	       "-d\tmake the program a daemon; ready when this returns\n"
	       "-k\tstop the logging daemon if it is running\n"
	       "-s\treturn logging daemon status\n"
	       "-c FILE\tuse this config file (" LOGD_CONFIG ", when it exists)\n"
	       "-v\tverbosely print debug messages\n"
	       "-h\tprint out this message\n");
}

static int
status(void)
{
	bool stale;
	pid_t pid = pidfile_running(LOGD_PIDFILE, "ha_logd", &stale);

	if (pid) {
		printf("logging daemon is running [pid = %d].\n", (int)pid);
		return EXIT_OK;
	}
	if (stale) {
		printf("logging daemon is stopped: %s exists.\n", LOGD_PIDFILE);
		return EXIT_GENERIC;
	}
	printf("logging daemon is stopped.\n");
	return EXIT_STOPPED;
}

static int
stop(void)
{
	struct err err;
	bool stale;
	pid_t pid = pidfile_running(LOGD_PIDFILE, "ha_logd", &stale);

	if (!pid) {
		fprintf(stderr, "ha_logd already stopped.\n");
		return EXIT_OK;
	}
	log_line(LOG_INFO, "Stopping ha_logd with pid %d", (int)pid);
	log_line(LOG_INFO, "Waiting for pid=%d to exit", (int)pid);
	if (pidfile_stop(pid, &err) < 0) {
		fprintf(stderr, "ha_logd: cannot stop pid %d: %s\n", (int)pid, err.text);
		return EXIT_GENERIC;
	}
	log_line(LOG_INFO, "Pid %d exited", (int)pid);
	return EXIT_OK;
}

/* *FILE becomes NULL where the default one is not there. */
static int
configure(struct logd_conf *conf, const char **file, bool named)
{
	static char text[65536];
	struct err err;
	ssize_t len = file_read_bounded(*file, text, sizeof(text), &err);

	logd_conf_init(conf);
	if (len == -ENOENT) {
		if (named)
			fprintf(stderr, "ha_logd: %s, using defaults\n", err.text);
		*file = NULL;
		return 0;
	}
	if (len >= 0 && logd_conf_parse(conf, text, *file, &err) == 0)
		return 0;
	fprintf(stderr, "%s\nConfig file [%s] is incorrect.\n", err.text, *file);
	return -EINVAL;
}

static void
on_ready(void *data)
{
	struct start *start = data;

	notify_send("READY=1");
	if (start->daemon)
		daemonize_done(start->report_fd, EXIT_OK);
}

static int
run(const char *file, bool named, bool daemon)
{
	struct start start = { .daemon = daemon, .report_fd = -1 };
	struct logd_conf conf;
	struct err err;
	bool stale;
	pid_t pid = pidfile_running(LOGD_PIDFILE, "ha_logd", &stale);
	int code, pid_fd;

	if (pid) {
		fprintf(stderr, "ha_logd is already running [pid = %d].\n", (int)pid);
		return EXIT_OK;
	}
	if (configure(&conf, &file, named) < 0)
		return EXIT_CONFIG;
	if (daemon && (code = daemonize(&start.report_fd)) >= 0)
		return code;
	pid_fd = pidfile_take(LOGD_PIDFILE, &err);
	if (pid_fd < 0) {
		fprintf(stderr, "ha_logd: %s\n", err.text);
		return EXIT_GENERIC;
	}
	code = logd_read_main(&conf, file, on_ready, &start);
	unlink(LOGD_PIDFILE);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'H' },
		{ NULL, 0, NULL, 0 } };
	const char *file = LOGD_CONFIG;
	bool daemon = false, named = false;
	char verb = 'r';
	int c;

	log_open_stderr("logd");
	while ((c = getopt_long(argc, argv, "dksc:vh", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			daemon = true;
			break;
		case 'k':
		case 's':
			verb = (char)c;
			break;
		case 'c':
			file = optarg;
			named = true;
			break;
		case 'v':
			log_set_debug(1);
			break;
		case 'H':
			usage();
			return EXIT_OK;
		default:
			usage();
			return EXIT_GENERIC;
		}
	}
	if (verb == 's')
		return status();
	if (verb == 'k')
		return stop();
	return run(file, named, daemon);
}
