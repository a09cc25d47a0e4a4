/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pid file, and what finds the daemon by it: -s, -k, -r (spec/config.md 15).  A
 * running daemon of ours holds a lock on the file, so a stale one is never taken for a
 * life; a foreign heartbeat (of an older package) is recognised by its executable.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/file.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool
is_heartbeat(pid_t pid)
{
	char link[64], path[512];
	const char *base;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return errno == EACCES && kill(pid, 0) == -1 &&
		       errno == EPERM; /* as an ordinary user */
	path[len] = '\0';
	base = strrchr(path, '/');
	return base && strncmp(base + 1, "heartbeat", 9) == 0;
}

static bool
is_locked(void)
{
	int fd = open(HB_PIDFILE, O_RDONLY | O_CLOEXEC);
	bool locked;

	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

pid_t
hb_control_running(bool *stale)
{
	char text[64], *end;
	long pid;

	*stale = false;
	if (file_read_bounded(HB_PIDFILE, text, sizeof(text), NULL) < 0)
		return 0;
	pid = strtol(text, &end, 10);
	if (pid > 1 && end != text && pid <= INT32_MAX &&
	    (is_locked() || ((kill((pid_t)pid, 0) == 0 || errno == EPERM) &&
	                        is_heartbeat((pid_t)pid))))
		return (pid_t)pid;
	*stale = true;
	return 0;
}

int
hb_pidfile_write(struct hb *hb)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%10lu\n", (unsigned long)getpid());

	hb->pid_fd = open(HB_PIDFILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (hb->pid_fd < 0)
		return -errno;
	if (flock(hb->pid_fd, LOCK_EX | LOCK_NB) < 0 || ftruncate(hb->pid_fd, 0) < 0 ||
	    pwrite(hb->pid_fd, text, (size_t)len, 0) != len)
		return -errno;
	return 0;
}

static const char *
node_name(char *buf, size_t size)
{
	struct utsname uts;

	uname(&uts);
	snprintf(buf, size, "%s", uts.nodename);
	return buf;
}

int
hb_control_status(void)
{
	bool stale;
	pid_t pid = hb_control_running(&stale);
	char name[80];

	if (!pid) {
		printf("heartbeat is stopped. No process\n");
		return stale ? HB_EXIT_GENERIC : HB_EXIT_STOPPED;
	}
	node_name(name, sizeof(name));
	printf("heartbeat OK [pid %d et al] is running on %s [%s]...\n", (int)pid, name,
	    name);
	return HB_EXIT_OK;
}

int
hb_control_kill(void)
{
	bool stale;
	pid_t pid = hb_control_running(&stale);

	if (!pid) {
		fprintf(stderr, "INFO: Heartbeat already stopped.\n");
		return HB_EXIT_OK;
	}
	if (kill(pid, SIGTERM) < 0) {
		fprintf(stderr, "ERROR: Could not kill pid %d : %s\n", (int)pid,
		    strerror(errno));
		return errno == EPERM ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC;
	}
	while (hb_control_running(&stale) == pid) {
		const struct timespec pause = { .tv_nsec = 20 * NS_PER_MS };

		nanosleep(&pause, NULL);
	}
	return HB_EXIT_OK;
}

static void
log_problem(void *data, int priority, const char *line)
{
	(void)data;
	log_line(priority, "%s", line);
}

int
hb_control_reload(const char *dir)
{
	struct conf_problems problems;
	struct conf_all all;
	bool stale;
	pid_t pid = hb_control_running(&stale);
	int rc, code = HB_EXIT_OK;

	conf_problems_init(&problems);
	rc = conf_read_all(dir, NULL, &all, &problems);
	conf_problems_log(&problems, log_problem, NULL);
	if (rc) {
		log_line(LOG_INFO, "Config errors: Heartbeat pid %d NOT restarted",
		    (int)pid);
		code =
		    rc == -EPERM || rc == -EACCES ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC;
	} else {
		log_line(LOG_INFO, "Signalling heartbeat pid %d to reread config files",
		    (int)pid);
		if (kill(pid, SIGHUP) < 0) {
			log_line(LOG_ERR, "cannot signal pid %d: %s", (int)pid,
			    strerror(errno));
			code = errno == EPERM ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC;
		}
	}
	conf_all_free(&all);
	conf_problems_free(&problems);
	return code;
}
