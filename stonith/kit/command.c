/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running a command (contract in command.h).  Its end is seen by a pidfd beside the pipe of its
 * output: a job that it left in the background may hold the pipe for as long as it likes.
 */
#include "stonith/kit/command.h"
#include "lib/child.h"
#include "lib/instant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_GRACE_MS 1000      /* from SIGTERM to SIGKILL */
#define COMMAND_LIMIT_MS 86400000L /* where a step has no limit */
#define COMMAND_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* One run. */
struct run {
	struct device *device;
	const struct command *command;
	pid_t pid;
	int pidfd, out; /* out: -1 at its end */
	struct instant end;
	char line[COMMAND_LINE_MAX + 1];
	size_t line_len, total;
};

/* Starting. */

static const char *
command_search_path(char *const *envp)
{
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return COMMAND_PATH;
}

/* NAME in the directories of PATH; those that are not absolute are passed over, as ours may be
 * anybody's. */
static bool
command_find(const char *name, const char *path, char *found, size_t size)
{
	while (*path) {
		size_t len = strcspn(path, ":");
		int n = snprintf(found, size, "%.*s/%s", (int)len, path, name);

		if (path[0] == '/' && n > 0 && (size_t)n < size &&
		    access(found, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

bool
command_exists(const char *name)
{
	char found[PATH_MAX];

	return command_find(name, command_search_path(environ), found, sizeof(found));
}

static void
command_trace(struct device *device, char *const *argv)
{
	char text[1024];
	size_t used = 0;

	for (; *argv && used < sizeof(text); argv++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s%s",
		    used ? " " : "", *argv);

		if (n < 0)
			break;
		used += (size_t)n;
	}
	device_trace(device, '=', text, used < sizeof(text) ? used : sizeof(text) - 1);
}

pid_t
command_start(struct device *device, const char *path, char *const *argv,
    char *const *envp, int fd_stdin, int fd_stdout, int fd_stderr)
{
	char found[PATH_MAX];
	struct child_spec spec = { .path = path,
		.argv = argv,
		.envp = envp ? envp : environ,
		.fd_stdin = fd_stdin,
		.fd_stdout = fd_stdout,
		.fd_stderr = fd_stderr,
		.die_with_parent = true };
	struct err err;
	pid_t pid;

	if (!strchr(path, '/')) {
		if (!command_find(path, command_search_path(spec.envp), found,
		        sizeof(found))) {
			device_log(device, LOG_ERR, "cannot start '%s': not in %s", path,
			    command_search_path(spec.envp));
			return -S_ACCESS;
		}
		spec.path = found;
	}
	command_trace(device, argv);
	pid = child_start(&spec, &err);
	if (pid < 0) {
		device_log(device, LOG_ERR, "%s", err.text);
		return -S_ACCESS;
	}
	device_child(device, pid, true);
	return pid;
}

/* Ending. */

static int
command_reap(struct device *device, pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	device_child(device, pid, false);
	return status;
}

/* Until PID has ended, not waited for, or GRACE_MS have passed. */
static void
command_await_end(pid_t pid, long grace_ms)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN };
	struct instant end = instant_add_ms(instant_now(), grace_ms);
	int64_t left;

	while (p.fd >= 0 && (left = instant_diff_ms(end, instant_now())) > 0)
		if (poll(&p, 1, (int)left) > 0)
			break;
	if (p.fd >= 0)
		close(p.fd);
}

void
command_end(struct device *device, pid_t pid, long grace_ms)
{
	if (kill(-pid, SIGTERM) == 0)
		command_await_end(pid, grace_ms);
	/* Before it is waited for: until then the number of its group is nobody else's. */
	kill(-pid, SIGKILL);
	command_reap(device, pid);
}

/* Output. */

static void
run_line(struct run *run)
{
	run->line[run->line_len] = '\0';
	run->line_len = 0;
	if (run->command->line)
		run->command->line(run->command->data, run->line);
}

static void
run_take(struct run *run, const char *bytes, size_t len)
{
	device_trace(run->device, '<', bytes, len);
	run->total += len;
	if (run->command->bytes)
		run->command->bytes(run->command->data, bytes, len);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			run_line(run);
		else if (run->line_len < COMMAND_LINE_MAX && bytes[i] != '\0')
			run->line[run->line_len++] = bytes[i];
	}
}

/* Reads what is there.  Whether something was. */
static bool
run_read(struct run *run)
{
	char bytes[4096];
	ssize_t n = read(run->out, bytes, sizeof(bytes));

	if (n > 0) {
		run_take(run, bytes, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(run->out);
		run->out = -1;
	}
	return false;
}

/* Until the command has ended and its output is read.  0 or a code. */
static int
run_follow(struct run *run)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->out, .events = POLLIN } };
		int64_t left = instant_diff_ms(run->end, instant_now());

		if (left <= 0)
			return S_TIMEOUT;
		if (poll(p, 2, left < INT_MAX ? (int)left : INT_MAX) < 0 &&
		    errno != EINTR)
			return S_OOPS;
		if (run->out >= 0 && p[1].revents)
			run_read(run);
		if (run->total > COMMAND_OUTPUT_MAX)
			return S_OOPS;
		if (p[0].revents) {
			/* All that it wrote is in the pipe by now. */
			while (run->out >= 0 && run->total <= COMMAND_OUTPUT_MAX &&
			       run_read(run))
				;
			return S_OK;
		}
	}
}

/* The text as a file: no pipe that must be kept filled, and nothing that a command which does
 * not read could break. */
static int
command_input(struct device *device, const char *text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	size_t len = strlen(text), done = 0;

	while (fd >= 0 && done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0) {
		lseek(fd, 0, SEEK_SET);
		device_trace(device, '>', text, len);
	}
	return fd;
}

static int
run_start(struct run *run)
{
	const struct command *command = run->command;
	int input = -1, pair[2];

	if (command->input && (input = command_input(run->device, command->input)) < 0) {
		device_log(run->device, LOG_ERR, "no memory for the input of '%s'",
		    command->path);
		return -S_ACCESS;
	}
	if (pipe2(pair, O_CLOEXEC) < 0) {
		device_log(run->device, LOG_ERR, "no pipe for '%s': %s", command->path,
		    strerror(errno));
		if (input >= 0)
			close(input);
		return -S_ACCESS;
	}
	run->pid = command_start(run->device, command->path, command->argv, command->envp,
	    input, pair[1], command->with_stderr ? pair[1] : STDERR_FILENO);
	close(pair[1]);
	if (input >= 0)
		close(input);
	if (run->pid < 0) {
		close(pair[0]);
		return run->pid;
	}
	run->out = pair[0];
	fcntl(run->out, F_SETFL, O_NONBLOCK);
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	return 0;
}

static long
command_limit_ms(struct device *device, long timeout_ms)
{
	long left = device_time_left(device);

	if (left > COMMAND_LIMIT_MS)
		left = COMMAND_LIMIT_MS;
	return timeout_ms > 0 && timeout_ms < left ? timeout_ms : left;
}

int
command_run(struct device *device, const struct command *command)
{
	struct run run = { .device = device, .command = command };
	long limit_ms = command_limit_ms(device, command->timeout_ms);
	int code = run_start(&run), status;

	if (code < 0)
		return code;
	run.end = instant_add_ms(instant_now(), limit_ms);
	code = run.pidfd < 0 ? S_OOPS : run_follow(&run);
	if (run.pidfd >= 0)
		close(run.pidfd);
	if (run.out >= 0)
		close(run.out);
	if (run.line_len > 0)
		run_line(&run);
	if (code == S_OK) {
		status = command_reap(device, run.pid);
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	command_end(device, run.pid, COMMAND_GRACE_MS);
	if (code == S_TIMEOUT)
		device_log(device, LOG_ERR, "'%s' was ended after %ld ms", command->path,
		    limit_ms);
	else
		device_log(device, LOG_ERR, "'%s' was ended: %s", command->path,
		    run.total > COMMAND_OUTPUT_MAX ? "too much output"
		                                   : "it cannot be watched");
	return -code;
}

/* Output as one text. */

struct collected {
	char *out;
	size_t size, used;
};

static void
collect(void *data, const char *bytes, size_t len)
{
	struct collected *c = data;

	for (size_t i = 0; i < len && c->used + 1 < c->size; i++)
		if (bytes[i] != '\0')
			c->out[c->used++] = bytes[i];
	c->out[c->used] = '\0';
}

int
command_output(struct device *device, const struct command *command, char *out,
    size_t size)
{
	struct collected collected = { out, size, 0 };
	struct command copy = *command;

	out[0] = '\0';
	copy.line = NULL;
	copy.bytes = collect;
	copy.data = &collected;
	return command_run(device, &copy);
}
