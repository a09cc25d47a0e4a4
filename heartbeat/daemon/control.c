/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pid file, and what finds the daemon by it: -s, -k, -r (spec/config.md 15).  A
 * running daemon of ours holds a lock on the file, so a stale one is never taken for a
 * life; a foreign heartbeat (of an older package) is recognised by its executable.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/file.h"
#include "lib/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The name of the program, from what everybody may read: an ordinary user asks, too. */
static bool
is_named_heartbeat(pid_t pid)
{
	char path[64], name[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	return file_read_bounded(path, name, sizeof(name), NULL) > 0 &&
	       strncmp(name, "heartbeat", 9) == 0;
}

static bool
is_heartbeat(pid_t pid)
{
	char link[64], path[512];
	const char *base;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return errno == EACCES && is_named_heartbeat(pid);
	path[len] = '\0';
	base = strrchr(path, '/');
	return base && strncmp(base + 1, "heartbeat", 9) == 0;
}

/* The lock is that of a daemon only when it is for writing, which an ordinary user cannot
 * have; and looking at it takes none, which could be in the way of a starting daemon. */
static bool
is_locked_for_writing(int fd)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;
}

static bool
is_locked(void)
{
	int fd = open(HB_PIDFILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool locked = fd >= 0 && is_locked_for_writing(fd);

	if (fd >= 0)
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

/* The pid file. */

/* Whether PATH still names what is open as FD. */
static bool
is_in_place(int fd)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(HB_PIDFILE, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* -EBUSY: another daemon has it; -EAGAIN: the file is another one by now. */
static int
pidfile_try(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char text[32];
	int len = snprintf(text, sizeof(text), "%10lu\n", (unsigned long)getpid());

	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
		if (is_locked_for_writing(fd))
			return -EBUSY;
		/* Somebody holds a lock that only readers can have: not our kind. */
		return unlink(HB_PIDFILE) < 0 ? -errno : -EAGAIN;
	}
	if (!is_in_place(fd))
		return -EAGAIN;
	if (ftruncate(fd, 0) < 0 || fchmod(fd, 0644) < 0 ||
	    pwrite(fd, text, (size_t)len, 0) != len)
		return -errno;
	return 0;
}

int
hb_pidfile_write(struct hb *hb)
{
	for (int i = 0; i < 10; i++) {
		int fd = open(HB_PIDFILE,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
		int rc;

		if (fd < 0)
			return -errno;
		rc = pidfile_try(fd);
		if (rc == 0) {
			hb->pid_fd = fd;
			return 0;
		}
		close(fd);
		if (rc != -EAGAIN)
			return rc;
	}
	return -EAGAIN;
}

/* Without the file a second daemon could start beside this one. */
void
hb_pidfile_keep(struct hb *hb)
{
	int old = hb->pid_fd;

	if (old < 0 || is_in_place(old))
		return;
	log_line(LOG_ERR, "%s was removed or replaced: writing it again", HB_PIDFILE);
	if (hb_pidfile_write(hb) == 0)
		close(old);
}

void
hb_pidfile_remove(struct hb *hb)
{
	if (hb->pid_fd < 0)
		return;
	if (is_in_place(hb->pid_fd))
		unlink(HB_PIDFILE);
	close(hb->pid_fd);
	hb->pid_fd = -1;
}

/* heartbeat -s. */

/* As ha.cf knows this machine: the first line of nodeinfo, or the host's name; in lower
 * case. */
static const char *
node_name(const char *host, char *buf, size_t size)
{
	char text[256];
	size_t len = 0;

	if (file_read_bounded(HB_HADIR "/nodeinfo", text, sizeof(text), NULL) > 0)
		len = strcspn(text, " \t\r\n");
	snprintf(buf, size, "%.*s", len ? (int)len : (int)strlen(host),
	    len ? text : host);
	for (char *c = buf; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return buf;
}

int
hb_control_status(void)
{
	bool stale;
	pid_t pid = hb_control_running(&stale);
	struct utsname uts;
	char name[100];

	if (!pid) {
		printf("heartbeat is stopped. No process\n");
		return stale ? HB_EXIT_GENERIC : HB_EXIT_STOPPED;
	}
	uname(&uts);
	printf("heartbeat OK [pid %d et al] is running on %s [%s]...\n", (int)pid,
	    uts.nodename, node_name(uts.nodename, name, sizeof(name)));
	return HB_EXIT_OK;
}

/* heartbeat -k. */

/* Longer than the daemon itself waits for its resources. */
#define KILL_PATIENCE_S (65 * 60)
#define KILL_FIRST_WORD_S 10
#define KILL_WORD_S 30

static bool
is_stopped(pid_t pid)
{
	char path[64], text[512];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read_bounded(path, text, sizeof(text), NULL) < 0)
		return false;
	state = strrchr(text, ')');
	return state && strncmp(state, ") T", 3) == 0;
}

/* True when it ended within MS. */
static bool
ended_within(pid_t pid, int pidfd, int ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0)
		return poll(&p, 1, ms) > 0;
	poll(NULL, 0, ms); /* an old kernel: asked once a turn */
	return kill(pid, 0) < 0 && errno == ESRCH;
}

static int
wait_for_end(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), waited = 0;

	if (pidfd < 0 && errno == ESRCH)
		return HB_EXIT_OK;
	while (waited < KILL_PATIENCE_S) {
		int step = waited ? KILL_WORD_S : KILL_FIRST_WORD_S;

		if (ended_within(pid, pidfd, step * 1000))
			return HB_EXIT_OK;
		waited += step;
		fprintf(stderr,
		    "INFO: heartbeat pid %d has been told to stop %d s ago; it %s\n",
		    (int)pid, waited,
		    is_stopped(pid) ? "is suspended and needs a SIGCONT"
		                    : "gives up its resources");
	}
	fprintf(stderr, "ERROR: heartbeat pid %d does not end.\n", (int)pid);
	return HB_EXIT_GENERIC;
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
		int code = errno;

		fprintf(stderr, "ERROR: Could not kill pid %d : %s\n", (int)pid,
		    strerror(code));
		return code == EPERM ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC;
	}
	return wait_for_end(pid);
}

/* heartbeat -r. */

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
	hb_problems_log(&problems);
	if (rc) {
		log_line(LOG_INFO, "Config errors: Heartbeat pid %d NOT restarted",
		    (int)pid);
		code =
		    rc == -EPERM || rc == -EACCES ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC;
	} else {
		log_line(LOG_INFO, "Signalling heartbeat pid %d to reread config files",
		    (int)pid);
		if (kill(pid, SIGHUP) < 0) {
			code = errno == EPERM ? HB_EXIT_PERMISSION : HB_EXIT_GENERIC;
			log_line(LOG_ERR, "cannot signal pid %d: %s", (int)pid,
			    strerror(errno));
		}
	}
	conf_all_free(&all);
	conf_problems_free(&problems);
	return code;
}
