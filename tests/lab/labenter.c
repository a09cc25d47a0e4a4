// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a command on a laboratory machine and ends as it ended.
 *
 * Like nsenter(1), with what a laboratory needs besides: the one who waits is not
 * stopped when the command is (a frozen machine must not freeze its laboratory), the
 * command dies with the one who waits, and it cannot touch what belongs to the host
 * although it is root: clock, kernel modules, raw hardware.
 *
 * Usage: labenter PID COMMAND [ARGUMENT...]
 * Exit: the command's code, 128 + signal, 127 when it cannot be run, 126 when PID is
 * gone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
enter(const char *pid)
{
	static const char *const names[] = { "ipc", "uts", "net", "pid", "mnt" };
	int fds[sizeof names / sizeof names[0]];
	char path[64];

	/* All are opened first: behind "mnt" this /proc is out of reach. */
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, names[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0) {
			fprintf(stderr, "labenter: %s: %s\n", path, strerror(errno));
			exit(126);
		}
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (setns(fds[i], 0) != 0) {
			fprintf(stderr, "labenter: enter %s: %s\n", names[i],
			    strerror(errno));
			exit(126);
		}
}

static void __attribute__((noreturn)) run(char **command)
{
	static const int hosts[] = { CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO };

	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		prctl(PR_CAPBSET_DROP, hosts[i]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Seen from inside, a living waiter has no number; a dead one was replaced by
	 * process 1. */
	if (getppid() != 0)
		_exit(126);
	execvp(command[0], command);
	fprintf(stderr, "labenter: %s: %s\n", command[0], strerror(errno));
	_exit(127);
}

int
main(int argc, char **argv)
{
	pid_t child;
	int status;

	if (argc < 3) {
		fputs("usage: labenter PID COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	enter(argv[1]);
	child = fork();
	if (child < 0) {
		perror("labenter: fork");
		return 126;
	}
	if (child == 0)
		run(argv + 2);
	/* Keys of a terminal are meant for the command, which gets them itself. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
