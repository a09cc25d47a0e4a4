/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon that plays a script, on the socket where programs look for one, in a /run of
 * the test's own: it waits for frames that it knows beforehand, and sends others.
 */
#ifndef TESTS_UNIT_HBCLIENT_SCRIPT_H
#define TESTS_UNIT_HBCLIENT_SCRIPT_H

#include "heartbeat/libhbclient/include/heartbeat/hb_api.h"
#include "tests/unit/check.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT_SOCKET HB_RUNDIR "/register"
#define SCRIPT_MAX 1024
#define SCRIPT_WAIT_MS 60000
#define SCRIPT_MAGIC 0x0000abcdu

#define SCRIPT_REPLY                                                                     \
	">>>\nt=hbapi-resp\nreqtype=signon\nresult=OK\ndeadtime=fa0\nkeepalive=1f4\n"    \
	"node=apia\nhbversion=3.0.6 (node: "                                             \
	"958e)\npacemaker=false\nlogfacility=-1\n<<<\n"

enum script_step_type { SCRIPT_WAIT, SCRIPT_HAS, SCRIPT_SEND, SCRIPT_STALL };

static struct {
	enum script_step_type type;
	const void *bytes;
	size_t len;
} script[SCRIPT_MAX];
static size_t script_count;
static pid_t script_daemon;

/* What no test of this kind can be without.  False: this machine does not let us. */
static bool
script_possible(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("script", "/run", "tmpfs", 0, NULL) < 0)
		return false;
	mkdir("/run/heartbeat", 0755);
	return sethostname("apia", 4) == 0;
}

static void
script_add(enum script_step_type type, const void *bytes, size_t len)
{
	assert(script_count < SCRIPT_MAX);
	script[script_count].type = type;
	script[script_count].bytes = bytes;
	script[script_count++].len = len;
}

/* A frame that has TEXT in it. */
__attribute__((unused)) static void
script_has(const char *text)
{
	script_add(SCRIPT_HAS, text, strlen(text));
}

/* In classic text the NUL belongs to it. */
__attribute__((unused)) static void
script_send(const char *text)
{
	script_add(SCRIPT_SEND, text, strlen(text) + 1);
}

/* ---- The daemon ---- */

static void
script_die(size_t step, const char *why, const char *got)
{
	fprintf(stderr, "script, step %zu: %s; wanted '%.300s', got '%.300s'\n", step,
	    why, (const char *)script[step].bytes, got);
	_exit(1);
}

/* Everything, or the end of the connection. */
static bool
script_read(int fd, void *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&pfd, 1, SCRIPT_WAIT_MS) <= 0)
			return false;
		n = read(fd, (char *)bytes + done, len - done);
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static void
script_frame_read(int fd, size_t step)
{
	static char body[300000];
	uint32_t header[2] = { 0 };

	if (!script_read(fd, header, sizeof(header)))
		script_die(step, "no frame", "");
	if (header[1] != SCRIPT_MAGIC || header[0] >= sizeof(body) ||
	    !script_read(fd, body, header[0]))
		script_die(step, "a bad frame", "");
	body[header[0]] = '\0';
	if (script[step].type == SCRIPT_HAS
	        ? !memmem(body, header[0], script[step].bytes, script[step].len)
	        : header[0] != script[step].len ||
	              memcmp(body, script[step].bytes, script[step].len) != 0)
		script_die(step, "another frame", body);
}

static void
script_frame_send(int fd, size_t step)
{
	const uint32_t header[2] = { (uint32_t)script[step].len, SCRIPT_MAGIC };

	if (send(fd, header, sizeof(header), MSG_NOSIGNAL) < 0 ||
	    send(fd, script[step].bytes, script[step].len, MSG_NOSIGNAL) < 0)
		return; /* who has left does not need it */
}

static void
script_play(int listener)
{
	int fd = accept(listener, NULL, NULL);
	char byte;

	for (size_t i = 0; i < script_count; i++) {
		switch (script[i].type) {
		case SCRIPT_WAIT:
		case SCRIPT_HAS:
			script_frame_read(fd, i);
			break;
		case SCRIPT_SEND:
			script_frame_send(fd, i);
			break;
		case SCRIPT_STALL:
			/* Nothing is read until the client has gone. */
			while (poll(&(struct pollfd){ .fd = fd, .events = POLLRDHUP }, 1,
			           SCRIPT_WAIT_MS) == 0)
				;
			_exit(0);
		}
	}
	shutdown(fd, SHUT_WR);
	while (read(fd, &byte, 1) > 0)
		;
	_exit(0);
}

/* Starts to play what was added. */
static void
script_start(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SCRIPT_SOCKET };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(SCRIPT_SOCKET);
	assert(bind(listener, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	assert(listen(listener, 5) == 0);
	fflush(stdout);
	script_daemon = fork();
	assert(script_daemon >= 0);
	if (script_daemon == 0)
		script_play(listener);
	close(listener);
}

/* After the client has closed: whether all came as it should. */
static void
script_end(void)
{
	int status = -1;

	assert(waitpid(script_daemon, &status, 0) == script_daemon);
	CHECK_INT(status, 0, "the daemon heard what it expected");
	script_count = 0;
}

#endif
