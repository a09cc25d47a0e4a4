/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ending what was started.  A command has a group of its own, but what it starts may leave that group,
 * and its parent as well; then it becomes our child, as we are a subreaper.  So all children are ended
 * until there are none.
 */
#include "stonith/device/private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define END_TURN_MS 10  /* between two looks at what still runs */
#define END_TERM_MS 400 /* to SIGKILL */
#define END_MS 2000     /* then what cannot be killed is left to init */

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

void
device_end_children(void)
{
	const struct timespec turn = { .tv_nsec = END_TURN_MS * 1000000L };
	const struct instant begin = instant_now();
	int64_t ms;

	while ((ms = instant_diff_ms(instant_now(), begin)) < END_MS) {
		pid_t pid;

		end_each_child(ms < END_TERM_MS ? SIGTERM : SIGKILL);
		nanosleep(&turn, NULL);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			for (size_t k = 0; k < DEVICE_CHILDREN_MAX; k++)
				if (device_children[k] == pid)
					device_children[k] = 0;
		if (pid < 0 && errno == ECHILD)
			break;
	}
}
