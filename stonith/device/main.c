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
#include <unistd.h>

static void
on_end(int signo)
{
	(void)signo;
	device_end_children();
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
