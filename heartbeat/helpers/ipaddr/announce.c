/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timing is that of spec/resources-v1.md 15: 2 * repeat_count ARP frames, half an
 * interval apart. announce_start() sends the first request and the first reply together,
 * so that a neighbour that believes only replies does not wait; the others keep their
 * places.
 *
 * The pid file is held under flock() by the announcer for its life.  The lock tells a
 * living announcer from a stale file, also when the pid has been given to somebody else
 * since.
 */
#include "heartbeat/helpers/ipaddr/announce.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PID_WAIT_MS 50 /* between taking the lock and writing the pid lies one fork() */

static char pidfile_at_exit[PATH_MAX]; /* removed by the signal handler of an announcer */

/* Pid files. */

/* A locked, empty pid file; -1 = goes on without. */
static int
pidfile_take(const char *path)
{
	int fd;

	if (!path[0])
		return -1;
	announce_kill(path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
pidfile_write(int fd, pid_t pid)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)pid);

	if (fd >= 0 && pwrite(fd, text, (size_t)len, 0) != len)
		(void)!ftruncate(fd, 0); /* a full disk: the announcer ends by itself */
}

static pid_t
pidfile_read(int fd)
{
	static const struct timespec ms = { .tv_nsec = 1000000 };
	char text[16];

	for (int i = 0; i < PID_WAIT_MS; i++) {
		ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

		if (len > 0) {
			text[len] = '\0';
			return (pid_t)atoi(text);
		}
		nanosleep(&ms, NULL);
	}
	return 0;
}

void
announce_kill(const char *pidfile)
{
	int fd = open(pidfile, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		pid_t pid = pidfile_read(fd);

		if (pid > 1)
			kill(pid, SIGKILL);
	}
	unlink(pidfile);
	close(fd);
}

/* Only the file that is still ours. */
static void
pidfile_drop(const char *path, int fd)
{
	struct stat ours, there;

	if (fd >= 0 && fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
		unlink(path);
}

/* Sending. */

static bool
addr_is_ours(const struct announce *a)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	int fd = socket(a->addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ours;

	if (fd < 0)
		return true; /* no evidence: the kill at release remains */
	if (a->addr.family == AF_INET) {
		memcpy(&in4.sin_addr, a->addr.bytes, sizeof(in4.sin_addr));
		ours = bind(fd, (struct sockaddr *)&in4, sizeof(in4)) == 0 ||
		       errno != EADDRNOTAVAIL;
	} else {
		memcpy(&in6.sin6_addr, a->addr.bytes, sizeof(in6.sin6_addr));
		if (ipaddr_is_link_local(&a->addr))
			in6.sin6_scope_id = (uint32_t)a->nic_index;
		ours = bind(fd, (struct sockaddr *)&in6, sizeof(in6)) == 0 ||
		       errno != EADDRNOTAVAIL;
	}
	close(fd);
	return ours;
}

static int
frames_in_repeat(const struct announce *a)
{
	return a->addr.family == AF_INET ? 2 : 1;
}

static struct timespec
frame_due(const struct announce *a, struct timespec start, int frame)
{
	int64_t ms = (int64_t)a->interval_ms * frame / frames_in_repeat(a);
	int64_t ns = start.tv_nsec + ms % 1000 * 1000000;

	start.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
	start.tv_nsec = (long)(ns % 1000000000);
	return start;
}

/* The frames from number FROM on, each at its time. */
static int
frames_send(const struct announce *a, const struct frame_link *link,
    struct timespec start, int from, struct err *err)
{
	int total = a->repeat_count * frames_in_repeat(a), rc = 0;

	for (int i = from; i < total; i++) {
		struct timespec due = frame_due(a, start, i);

		while (
		    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
			;
		if (a->only_if_present && !addr_is_ours(a))
			return 0;
		rc = frame_send(link, &a->addr, i % 2, err);
	}
	return rc;
}

static void
on_term(int number)
{
	(void)number;
	if (pidfile_at_exit[0])
		unlink(pidfile_at_exit);
	_exit(0);
}

static void
term_catch(const char *pidfile)
{
	struct sigaction action = { .sa_handler = on_term };

	memcpy(pidfile_at_exit, pidfile, sizeof(pidfile_at_exit));
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

int
announce_run(const struct announce *a, struct err *err)
{
	struct frame_link link;
	struct timespec start;
	int fd, rc = frame_open(&link, a->nic, a->mac, err);

	if (rc < 0)
		return rc;
	fd = pidfile_take(a->pidfile);
	pidfile_write(fd, getpid());
	term_catch(fd >= 0 ? a->pidfile : "");
	clock_gettime(CLOCK_MONOTONIC, &start);
	rc = frames_send(a, &link, start, 0, err);
	pidfile_drop(a->pidfile, fd);
	if (fd >= 0)
		close(fd);
	frame_close(&link);
	return rc;
}

/* Detaching. */

static void
signals_default(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
descriptors_close(int keep_a, int keep_b)
{
	const int keep[2] = { keep_a < keep_b ? keep_a : keep_b,
		keep_a < keep_b ? keep_b : keep_a };
	int from = 3;

	for (int i = 0; i < 2; i++) {
		if (keep[i] < from)
			continue;
		if (keep[i] > from)
			close_range((unsigned)from, (unsigned)keep[i] - 1, 0);
		from = keep[i] + 1;
	}
	close_range((unsigned)from, ~0U, 0);
}

void
announce_detach_self(int keep_a, int keep_b)
{
	struct sched_param ordinary = { 0 };
	int null = open("/dev/null", O_RDWR);

	setsid();
	sched_setscheduler(0, SCHED_OTHER, &ordinary);
	signals_default();
	for (int fd = 0; fd <= 2; fd++) {
		if (null < 0)
			close(fd); /* better closed than somebody's pipe held open */
		else if (null != fd)
			dup2(null, fd);
	}
	descriptors_close(keep_a, keep_b);
	(void)!chdir("/");
}

static void
background_run(const struct announce *a, const struct frame_link *link, int pidfd,
    struct timespec start)
{
	prctl(PR_SET_NAME, "send_arp");
	announce_detach_self(frame_fd(link), pidfd);
	term_catch(pidfd >= 0 ? a->pidfile : "");
	frames_send(a, link, start, frames_in_repeat(a), NULL);
	pidfile_drop(a->pidfile, pidfd);
	_exit(0);
}

int
announce_start(const struct announce *a, struct err *err)
{
	static struct frame_link link; /* never closed by us, see frame.h */
	struct timespec start;
	pid_t pid;
	int fd, rc = frame_open(&link, a->nic, a->mac, err);

	if (rc < 0)
		return rc;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; rc == 0 && i < frames_in_repeat(a); i++)
		rc = frame_send(&link, &a->addr, i % 2, err);
	fd = pidfile_take(a->pidfile);
	pid = fork();
	if (pid == 0)
		background_run(a, &link, fd, start);
	if (pid > 0)
		pidfile_write(fd, pid);
	return pid < 0 && rc == 0 ? err_set(err, -errno, "fork: %s", strerror(errno))
	                          : rc;
}
