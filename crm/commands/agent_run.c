/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One action of one agent: started, listened to, and ended when its time is over. */
#include "crm/commands/agents.h"
#include "lib/child.h"
#include "lib/instant.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_MS 5000 /* between SIGTERM and SIGKILL */

/* What one pipe has brought. */
struct stream {
	int fd;
	char *text;
	size_t len, room;
};

static void
stream_close(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* False: it is too much. */
static bool
stream_read(struct stream *s)
{
	ssize_t got;

	if (s->len + 4096 + 1 > s->room) {
		char *more = realloc(s->text, s->room + 65536);

		if (!more)
			abort();
		s->text = more;
		s->room += 65536;
	}
	got = read(s->fd, s->text + s->len, 4096);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got <= 0) {
		stream_close(s);
		return true;
	}
	s->len += (size_t)got;
	return s->len <= AGENT_OUTPUT_MAX;
}

static char *
stream_text(struct stream *s)
{
	char *text = s->text ? s->text : strdup("");

	if (!text)
		abort();
	text[s->len] = '\0';
	return text;
}

struct run {
	pid_t pid;
	struct stream out, err;
	struct instant end; /* of its time */
	bool told;          /* SIGTERM was sent */
	bool too_much, timed_out;
};

static void
run_end(struct run *r)
{
	kill(-r->pid, r->told ? SIGKILL : SIGTERM);
	r->told = true;
	r->end = instant_add_ms(instant_now(), KILL_MS);
}

/* Until it has ended; what it left running behind itself is not waited for. */
static int
run_wait(struct run *r)
{
	for (;;) {
		struct pollfd p[] = { { .fd = r->out.fd, .events = POLLIN },
			{ .fd = r->err.fd, .events = POLLIN } };
		int64_t left = instant_diff_ms(r->end, instant_now());
		int status;

		if (poll(p, 2, left > 20 ? 20 : left > 0 ? (int)left : 0) > 0) {
			if (p[0].revents && !stream_read(&r->out))
				r->too_much = true;
			if (p[1].revents && !stream_read(&r->err))
				r->too_much = true;
		} else if (waitpid(r->pid, &status, WNOHANG) == r->pid)
			return status;
		if (r->too_much && !r->told) {
			stream_close(&r->out);
			stream_close(&r->err);
			run_end(r);
		} else if (instant_diff_ms(r->end, instant_now()) <= 0) {
			r->timed_out |= !r->too_much;
			if (r->told) {
				stream_close(&r->out);
				stream_close(&r->err);
			}
			run_end(r);
		}
	}
}

/* The path of an agent; false: such a name has none. */
static bool
path_of(const struct agent *agent, char *path, size_t size)
{
	if (strchr(agent->type, '/') || !*agent->type || agent->type[0] == '.')
		return false;
	if (strcmp(agent->standard, "ocf") == 0) {
		if (!agent->provider || strchr(agent->provider, '/') ||
		    agent->provider[0] == '.')
			return false;
		snprintf(path, size, "/usr/lib/ocf/resource.d/%s/%s", agent->provider,
		    agent->type);
	} else if (strcmp(agent->standard, "lsb") == 0 ||
	           strcmp(agent->standard, "service") == 0)
		snprintf(path, size, "/etc/init.d/%s", agent->type);
	else if (strcmp(agent->standard, "heartbeat") == 0)
		snprintf(path, size, HB_HADIR "/resource.d/%s", agent->type);
	else
		return false;
	return true;
}

static int
pipe_make(struct stream *s, int *write_end, struct err *err)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) != 0)
		return err_set(err, -errno, "%s", strerror(errno));
	*s = (struct stream){ .fd = fd[0] };
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	*write_end = fd[1];
	return 0;
}

static char *const *
environment(char *const *given)
{
	static char *const usual[] = { "OCF_ROOT=/usr/lib/ocf", "OCF_RA_VERSION_MAJOR=1",
		"OCF_RA_VERSION_MINOR=1", "OCF_RESOURCE_INSTANCE=none",
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };

	return given ? given : usual;
}

int
agent_run(const struct agent *agent, const struct agent_call *call,
    struct agent_result *result, struct err *err)
{
	struct run r = { 0 };
	char path[4096];
	int out, errors, status, code;

	*result = (struct agent_result){ 0 };
	if (!path_of(agent, path, sizeof(path)) || access(path, X_OK) != 0)
		return err_set(err, -ENOENT, "there is no such agent");
	code = pipe_make(&r.out, &out, err);
	if (code < 0)
		return code;
	code = pipe_make(&r.err, &errors, err);
	if (code < 0) {
		close(out);
		stream_close(&r.out);
		return code;
	}
	r.pid = child_start(&(struct child_spec){ .path = path,
	                        .argv = (char *const[]){ path,
	                            (char *)(uintptr_t)call->action, NULL },
	                        .envp = environment(call->envp),
	                        .fd_stdin = -1,
	                        .fd_stdout = out,
	                        .fd_stderr = errors,
	                        .die_with_parent = true },
	    err);
	close(out);
	close(errors);
	if (r.pid > 0) {
		r.end = instant_add_ms(instant_now(), call->limit_ms);
		status = run_wait(&r);
		result->timed_out = r.timed_out;
		result->rc = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		result->out = stream_text(&r.out);
		result->err = stream_text(&r.err);
		if (r.too_much) {
			code = err_set(err, -EFBIG, "it printed more than %d bytes",
			    AGENT_OUTPUT_MAX);
			free(result->out);
			free(result->err);
		}
	} else
		code = r.pid;
	stream_close(&r.out);
	stream_close(&r.err);
	return code;
}
