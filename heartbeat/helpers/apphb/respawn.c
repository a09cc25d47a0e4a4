/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cl_respawn(1): keeps one program running (spec/commands.md 6), and itself under the eye
 * of apphbd where that runs.
 */
#include "heartbeat/helpers/apphb/apphb.h"

#include "lib/child.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAST_MS 1000   /* a child that ends sooner is started again after this */
#define RETRY_MS 30000 /* apphbd is looked for again */

enum { EXIT_OK = 0, EXIT_GENERIC = 1, EXIT_USAGE = 2 };

struct respawn {
	struct loop *loop;
	char *const *argv;
	char path[4096];
	long magic;
	int64_t interval_ms, warn_ms;
	pid_t child;
	int watched_fd; /* a process that is not our child; -1 = none */
	struct instant began;
	struct loop_timer again, beat;
	struct apphb apphb;
	bool ending;
	bool complained;
	int exit_code;
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "Usage cl_respawn [<options>] <monitored_program> [<arg1>] [<arg2>] ...\n"
	    "Options are as below:\n"
	    "-m magic_exit_code\n"
	    "\tWhen monitored_program exits with this code (100), then cl_respawn\n"
	    "\twill not try to respawn it.\n"
	    "-i interval\n"
	    "\tThe interval (ms) of heartbeats to apphbd (2000).\n"
	    "-w warntime\n"
	    "\tThe warning time (ms) of these heartbeats (6000).\n"
	    "-p pidfile\n"
	    "\tSet the name of a pid file to use.\n"
	    "-r\tGo on with the process RSP_PID of the environment, whose command is\n"
	    "\tRSP_CMD.  For a recovery manager.\n"
	    "-l\tList the programs monitored by cl_respawn: not supported.\n"
	    "-h\tDisplay this simple help.\n");
}

/* The program. */

static void
child_begin(struct respawn *r)
{
	const struct child_spec spec = { .path = r->path,
		.argv = r->argv,
		.envp = environ,
		.fd_stdin = STDIN_FILENO,
		.fd_stdout = STDOUT_FILENO,
		.fd_stderr = STDERR_FILENO };
	struct err err;
	pid_t pid = child_start(&spec, &err);

	r->began = instant_now();
	if (pid > 0) {
		r->child = pid;
		return;
	}
	log_line(LOG_ERR, "cannot start %s: %s", r->path, err.text);
	loop_timer_arm(&r->again, instant_add_ms(r->began, FAST_MS));
}

static void
on_again(void *data, struct instant now)
{
	(void)now;
	if (!((struct respawn *)data)->ending)
		child_begin(data);
}

static void
program_ended(struct respawn *r)
{
	struct instant now = instant_now();

	if (r->ending) {
		loop_stop(r->loop);
		return;
	}
	/* A program that cannot live must not eat the machine. */
	loop_timer_arm(&r->again, instant_diff_ms(now, r->began) < FAST_MS / 4
	                              ? instant_add_ms(now, FAST_MS / 2)
	                              : now);
}

static void
child_ended(void *data, pid_t pid, int status)
{
	struct respawn *r = data;
	char text[64];

	if (pid != r->child)
		return;
	r->child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == r->magic) {
		log_line(LOG_INFO, "%s exited with the magic code %ld: the end", r->path,
		    r->magic);
		loop_stop(r->loop);
		return;
	}
	log_line(LOG_INFO, "%s %s%s", r->path,
	    child_status_text(status, text, sizeof(text)),
	    r->ending ? "" : ": respawning it");
	program_ended(r);
}

static void
on_child(void *data, int signo)
{
	(void)signo;
	child_reap(child_ended, data);
}

/* A process of another parent: only that it ended can be known. */
static void
on_watched(void *data, int fd, int revents)
{
	struct respawn *r = data;

	(void)revents;
	loop_fd_remove(r->loop, fd);
	close(fd);
	r->watched_fd = -1;
	log_line(LOG_INFO, "%s has ended%s", r->path, r->ending ? "" : ": respawning it");
	program_ended(r);
}

static void
on_term(void *data, int signo)
{
	struct respawn *r = data;

	(void)signo;
	r->ending = true;
	if (r->child > 0)
		kill(r->child, SIGTERM);
	else if (r->watched_fd >= 0)
		syscall(SYS_pidfd_send_signal, r->watched_fd, SIGTERM, NULL, 0);
	else
		loop_stop(r->loop);
}

/* apphbd. */

static void
on_beat(void *data, struct instant now)
{
	struct respawn *r = data;
	char instance[64];
	int64_t next_ms = r->interval_ms;

	if (r->apphb.fd >= 0 && apphb_beat(&r->apphb) < 0)
		log_line(LOG_WARNING, "apphbd is gone");
	if (r->apphb.fd < 0) {
		snprintf(instance, sizeof(instance), "%ld", (long)getpid());
		if (apphb_open(&r->apphb, "cl_respawn", instance, r->interval_ms * 2,
		        r->warn_ms) < 0) {
			if (!r->complained)
				log_line(LOG_WARNING,
				    "apphbd does not run: nobody watches "
				    "over this process");
			r->complained = true;
			next_ms = RETRY_MS;
		}
	}
	loop_timer_arm(&r->beat, instant_add_ms(now, next_ms));
}

/* Life. */

static int
serve(struct respawn *r, const char *pidfile, pid_t recovered)
{
	struct err err;

	r->loop = loop_new(0);
	if (!r->loop || loop_signal_add(r->loop, SIGTERM, on_term, r) < 0 ||
	    loop_signal_add(r->loop, SIGCHLD, on_child, r) < 0) {
		fprintf(stderr, "cl_respawn: cannot make a loop: %s\n", strerror(errno));
		return EXIT_GENERIC;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	setsid(); /* fails for who has one already */
	if (pidfile && pidfile_take(pidfile, &err) < 0) {
		fprintf(stderr, "cl_respawn: %s\n", err.text);
		return EXIT_GENERIC;
	}
	if (chdir("/") < 0)
		log_line(LOG_WARNING, "cannot change to /: %s", strerror(errno));
	loop_timer_init(r->loop, &r->again, "again", on_again, r);
	loop_timer_init(r->loop, &r->beat, "beat", on_beat, r);
	r->watched_fd = recovered ? (int)syscall(SYS_pidfd_open, recovered, 0) : -1;
	if (r->watched_fd >= 0)
		loop_fd_add(r->loop, r->watched_fd, POLLIN, false, "program", on_watched,
		    r);
	else
		child_begin(r);
	on_beat(r, instant_now());
	loop_run(r->loop);
	apphb_close(&r->apphb);
	if (pidfile)
		unlink(pidfile);
	loop_free(r->loop);
	return EXIT_OK;
}

/* The path of a program by its name, as the shell finds it. */
static bool
program_find(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH");
	struct stat st;

	if (strchr(name, '/')) {
		char *whole = realpath(name, NULL);
		bool good = whole && strlen(whole) < size && access(whole, X_OK) == 0 &&
		            stat(whole, &st) == 0 && S_ISREG(st.st_mode);

		/* The name stays: a program may ask what it was called. */
		if (good)
			snprintf(path, size, "%s", name[0] == '/' ? name : whole);
		free(whole);
		return good;
	}
	for (const char *dir = dirs ? dirs : "/usr/bin:/bin"; *dir;) {
		size_t len = strcspn(dir, ":");

		if (len > 0 && dir[0] == '/' &&
		    snprintf(path, size, "%.*s/%s", (int)len, dir, name) < (int)size &&
		    access(path, X_OK) == 0 && stat(path, &st) == 0 &&
		    S_ISREG(st.st_mode))
			return true;
		dir += len + (dir[len] == ':');
	}
	return false;
}

static pid_t
pid_of(const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (end == text || *end || pid <= 1 || pid > INT32_MAX)
		return 0;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM ? (pid_t)pid : 0;
}

/* The pid file names a live process, of whatever kind. */
static pid_t
pid_in_file(const char *pidfile)
{
	char text[64];

	if (file_read_bounded(pidfile, text, sizeof(text), NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return pid_of(text);
}

static bool
take_number(const char *text, long min, long max, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	if (end != text && !*end && errno == 0 && *value >= min && *value <= max)
		return true;
	fprintf(stderr, "cl_respawn: '%s' is no number from %ld to %ld\n", text, min,
	    max);
	return false;
}

static int
recover(struct respawn *r, const char *pidfile)
{
	static char *words[128];
	const char *pid_text = getenv("RSP_PID"), *command = getenv("RSP_CMD");
	char *text, *save = NULL;
	size_t n = 0;
	int code;

	if (!pid_text) {
		log_line(LOG_ERR,
		    "cannot get monitored PID from the environment variable "
		    "which should be set by the recovery program.");
		return EXIT_USAGE;
	}
	text = strdup(command ? command : "");
	for (char *word = text ? strtok_r(text, " ", &save) : NULL; word && n < 127;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	if (n == 0 || !program_find(words[0], r->path, sizeof(r->path))) {
		log_line(LOG_ERR, "RSP_CMD does not name a program");
		free(text);
		return EXIT_USAGE;
	}
	r->argv = words;
	code = serve(r, pidfile, pid_of(pid_text));
	free(text);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	static struct respawn r = { .magic = 100,
		.interval_ms = 2000,
		.warn_ms = 6000,
		.watched_fd = -1,
		.apphb.fd = -1 };
	const char *pidfile = NULL;
	bool recovering = false;
	int64_t value;
	int c;

	log_open_stderr("cl_respawn");
	while ((c = getopt_long(argc, argv, "+m:i:w:p:rlh", longs, NULL)) != -1) {
		switch (c) {
		case 'm':
			if (!take_number(optarg, 0, 255, &value))
				return EXIT_USAGE;
			r.magic = value;
			break;
		case 'i':
			if (!take_number(optarg, 1, 86400000, &r.interval_ms))
				return EXIT_USAGE;
			break;
		case 'w':
			if (!take_number(optarg, 1, 86400000, &r.warn_ms))
				return EXIT_USAGE;
			break;
		case 'p':
			pidfile = optarg;
			break;
		case 'r':
			recovering = true;
			break;
		case 'l':
			fprintf(stderr, "cl_respawn: -l is not supported\n");
			return EXIT_OK;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (pidfile && (c = (int)pid_in_file(pidfile)) > 0) {
		log_line(LOG_WARNING,
		    "pidfile [%s] says we're already running as pid [%d]", pidfile, c);
		return EXIT_OK;
	}
	if (recovering)
		return recover(&r, pidfile);
	if (optind == argc || !program_find(argv[optind], r.path, sizeof(r.path))) {
		log_line(LOG_ERR,
		    "Please give the program name which will be run as a child "
		    "process of cl_respawn.");
		usage(stderr);
		return EXIT_USAGE;
	}
	r.argv = argv + optind;
	return serve(&r, pidfile, 0);
}
