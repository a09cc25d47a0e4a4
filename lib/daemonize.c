/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int
daemonize(int *report_fd)
{
	int pipe_fd[2], status;
	unsigned char code = 1;
	pid_t pid;
	ssize_t n;

	if (pipe2(pipe_fd, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		fprintf(stderr, "cannot go into the background: %s\n", strerror(errno));
		return 1;
	}
	if (pid == 0) {
		close(pipe_fd[0]);
		setsid();
		if (chdir("/") < 0)
			fprintf(stderr, "cannot leave the directory: %s\n",
			    strerror(errno));
		*report_fd = pipe_fd[1];
		return -1;
	}
	close(pipe_fd[1]);
	do
		n = read(pipe_fd[0], &code, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return code;
	/* It has ended: its code, unless that would say that all is well. */
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	return 1;
}

void
daemonize_done(int report_fd, int code)
{
	unsigned char byte = (unsigned char)code;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; null_fd >= 0 && i <= STDERR_FILENO; i++)
		dup2(null_fd, i);
	if (null_fd > STDERR_FILENO)
		close(null_fd);
	if (write(report_fd, &byte, 1) < 0)
		byte = 0; /* nobody waits */
	close(report_fd);
}
