/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stonith-device: the process in which a driver talks to its device (spec/stonith.md 1).
 *
 * Programs that fence start one for each device: a driver that hangs or crashes, and a
 * device that never answers, end with it and touch nobody else.  What it needs to know,
 * passwords among it, comes over the socket that is its stdin: arguments and environment
 * can be read by others.  SIGTERM ends it with everything that it started.
 */
#include "stonith/device/private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLOSE_LIMIT_S 10  /* for a driver's good-bye to the device */
#define END_TURN_MS 20    /* between two looks at what still runs */
#define END_TERM_TURNS 25 /* looks before SIGKILL */
#define END_KILL_TURNS 50 /* and after it, then it is left to init */

/* Ends, in the signal handler: raw system calls only, on whatever state the driver left. */

static void
end_each_child(int signo)
{
	char path[64], text[4096];
	ssize_t len;
	int fd;

	for (size_t i = 0; i < DEVICE_CHILDREN_MAX; i++)
		if (device_children[i] > 1)
			kill(-device_children[i], signo);
	/* What left its group, or lost its parent, is ours as well (a subreaper's). */
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	for (ssize_t at = 0; at < len;) {
		pid_t pid = 0;

		for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
			pid = pid * 10 + (text[at] - '0');
		at++;
		if (pid <= 1)
			continue;
		if (getpgid(pid) == pid)
			kill(-pid, signo);
		kill(pid, signo);
	}
}

static void
on_end(int signo)
{
	const struct timespec turn = { .tv_nsec = END_TURN_MS * 1000000L };

	(void)signo;
	for (int i = 0; i < END_TERM_TURNS + END_KILL_TURNS; i++) {
		pid_t pid;

		end_each_child(i < END_TERM_TURNS ? SIGTERM : SIGKILL);
		nanosleep(&turn, NULL);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			for (size_t k = 0; k < DEVICE_CHILDREN_MAX; k++)
				if (device_children[k] == pid)
					device_children[k] = 0;
		if (pid < 0 && errno == ECHILD)
			break;
	}
	_exit(128 + SIGTERM);
}

static void
signals_set(void)
{
	static const int ends[] = { SIGTERM, SIGALRM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler = on_end };

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The socket leaves stdin, so that no library mistakes it for a terminal. */
static int
socket_take(void)
{
	int type = 0, fd, nothing;
	socklen_t len = sizeof(type);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    type != SOCK_SEQPACKET) {
		fputs("stonith-device: started by programs that fence, not by hand: see "
		      "stonith(8)\n",
		    stderr);
		return -1;
	}
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0 || nothing < 0)
		return -1;
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	close(nothing);
	return fd;
}

int
main(void)
{
	static struct device device;
	const struct rlimit no_core = { 0, 0 };

	device.fd = socket_take();
	if (device.fd < 0)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setrlimit(RLIMIT_CORE, &no_core); /* passwords would be in it */
	signals_set();
	device_serve(&device);
	return 0;
}
