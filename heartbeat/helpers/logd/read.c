/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that reads: it takes messages off the clients' sockets and puts them into
 * the queue of the writing process.  When the queue is full it reads no client until
 * there is room again.
 */
#include "heartbeat/helpers/logd/logd.h"

#include "lib/frame_server.h"
#include "lib/log.h"
#include "lib/title.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_COST 512 /* about what a usual line takes in the kernel's queue */
#define RESTART_MS 1000

struct reader {
	const struct logd_conf *conf;
	char host[64];
	struct loop *loop;
	struct frame_server server;
	int fd; /* to the writing process; -1 = it has to be started */
	pid_t writer;
	struct logd_line line; /* the one being handed over */
	bool held;             /* it did not fit yet */
	bool last;             /* at the end each line waits for room */
	struct loop_timer restart;
	struct log_limit limit;
};

static void
line_say(struct reader *r, struct logd_line *line, int priority, const char *text)
{
	*line = (struct logd_line){ .priority = priority,
		.pid = getpid(),
		.when = time(NULL),
		.level_word = true };
	strcpy(line->entity, r->conf->entity);
	line->entity_len = (uint16_t)strlen(line->entity);
	line->text_len = (uint16_t)snprintf(line->text, sizeof(line->text), "%s", text);
}

static int
line_send(struct reader *r, const struct logd_line *line, int flags)
{
	ssize_t n;

	do
		n = send(r->fd, line, LOGD_LINE_HEAD + line->text_len,
		    flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* For what the reading process itself has to say. */
static void
reader_say(struct reader *r, int priority, const char *text)
{
	struct logd_line line;

	line_say(r, &line, priority, text);
	line_send(r, &line, 0);
}

/* The queue. */

static void
on_room(void *data, int fd, int revents)
{
	struct reader *r = data;

	(void)fd;
	if (revents & (POLLERR | POLLHUP)) {
		/* SIGCHLD brings the rest. */
		loop_fd_remove(r->loop, r->fd);
		return;
	}
	if (r->held && line_send(r, &r->line, MSG_DONTWAIT) == -EAGAIN)
		return;
	r->held = false;
	loop_fd_modify(r->loop, r->fd, 0);
	frame_server_pause(&r->server, false);
}

static bool
on_frame(void *data, struct frame_client *client, const uint8_t *body, size_t len)
{
	struct reader *r = data;

	if (logd_line_decode(&r->line, body, len, time(NULL)) < 0) {
		log_limited(&r->limit, LOG_WARNING,
		    "client with pid %d closed: a message of %zu bytes is none",
		    (int)client->pid, len);
		return false;
	}
	/* A writing process that has died is replaced, and gets the line then. */
	if (r->fd >= 0 && line_send(r, &r->line, r->last ? 0 : MSG_DONTWAIT) == 0)
		return true;
	r->held = true;
	frame_server_pause(&r->server, true);
	if (r->fd >= 0)
		loop_fd_modify(r->loop, r->fd, POLLOUT);
	return true;
}

/* The writing process. */

static int
writer_start(struct reader *r)
{
	int pair[2], bytes = (int)r->conf->queue_max * LINE_COST;
	pid_t pid;

	if (bytes < 2 * (int)sizeof(struct logd_line))
		bytes = 2 * (int)sizeof(struct logd_line);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	if (setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	pid = fork();
	if (pid < 0) {
		int code = -errno;

		close(pair[0]);
		close(pair[1]);
		return code;
	}
	if (pid == 0) {
		int fd = fcntl(pair[1], F_DUPFD, STDERR_FILENO + 1);
		int null_fd = open("/dev/null", O_RDWR);

		/* Whoever reads the terminal or pipe of the start must see its end. */
		for (int i = 0; i <= STDERR_FILENO; i++)
			dup2(null_fd, i);
		dup2(fd, STDERR_FILENO + 1);
		close_range(STDERR_FILENO + 2, ~0U, 0);
		logd_write_main(STDERR_FILENO + 1, r->conf, r->host);
	}
	close(pair[1]);
	r->fd = pair[0];
	r->writer = pid;
	return 0;
}

static void
on_restart(void *data, struct instant now)
{
	struct reader *r = data;

	if (writer_start(r) < 0) {
		loop_timer_arm(&r->restart, instant_add_ms(now, RESTART_MS));
		return;
	}
	loop_fd_add(r->loop, r->fd, POLLOUT, false, "writer", on_room, r);
	reader_say(r, LOG_ERR,
	    "the write process died: lines may be missing before this one");
}

static void
on_child(void *data, int signo)
{
	struct reader *r = data;

	(void)signo;
	if (waitpid(r->writer, NULL, WNOHANG) != r->writer)
		return;
	loop_fd_remove(r->loop, r->fd);
	close(r->fd);
	r->fd = -1;
	frame_server_pause(&r->server, true);
	loop_timer_arm(&r->restart, instant_add_ms(loop_now(r->loop), RESTART_MS));
}

/* Life. */

static void
on_end(void *data, int signo)
{
	struct reader *r = data;

	(void)signo;
	loop_stop(r->loop);
}

static void
on_hangup(void *data, int signo)
{
	struct reader *r = data;

	(void)signo;
	if (r->fd >= 0)
		kill(r->writer, SIGHUP);
}

/* Everything that clients have sent so far is written before the end. */
static void
reader_finish(struct reader *r)
{
	if (r->fd < 0 && writer_start(r) < 0)
		return;
	r->last = true;
	if (r->held)
		line_send(r, &r->line, 0);
	r->held = false;
	frame_server_pause(&r->server, false);
	frame_server_drain(&r->server);
	frame_server_close(&r->server);
	send(r->fd, "", 1, MSG_NOSIGNAL);
	close(r->fd);
	waitpid(r->writer, NULL, 0);
}

int
logd_read_main(const struct logd_conf *conf, const char *config,
    void (*ready)(void *data), void *data)
{
	static const struct frame_server_class class = { .name = "ha_logd",
		.path = LOGD_SOCKET,
		.body_max = LOGD_BODY_MAX,
		.frame = on_frame };
	static struct reader r = { .fd = -1, .limit = { .burst = 5 } };
	char text[LOGD_PATH_MAX + 64];
	struct err err;

	r.conf = conf;
	gethostname(r.host, sizeof(r.host) - 1);
	r.loop = loop_new(0);
	if (!r.loop || loop_signal_add(r.loop, SIGTERM, on_end, &r) < 0 ||
	    loop_signal_add(r.loop, SIGINT, on_end, &r) < 0 ||
	    loop_signal_add(r.loop, SIGHUP, on_hangup, &r) < 0 ||
	    loop_signal_add(r.loop, SIGCHLD, on_child, &r) < 0) {
		log_line(LOG_ERR, "cannot make a loop: %s", strerror(errno));
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	if (writer_start(&r) < 0) {
		log_line(LOG_ERR, "cannot start the write process: %s", strerror(errno));
		return 1;
	}
	loop_timer_init(r.loop, &r.restart, "writer", on_restart, &r);
	loop_fd_add(r.loop, r.fd, 0, false, "writer", on_room, &r);
	if (frame_server_open(&r.server, r.loop, &class, &r, &err) < 0) {
		log_line(LOG_ERR, "%s", err.text);
		kill(r.writer, SIGKILL); /* it has nothing to say yet */
		return 1;
	}
	title_set("ha_logd: read process");
	snprintf(text, sizeof(text), "logd started with %s.",
	    config ? config : "default configuration");
	reader_say(&r, LOG_INFO, text);
	if (conf->apphbd_asked)
		reader_say(&r, LOG_WARNING, "useapphbd has no effect any more");
	ready(data);
	loop_run(r.loop);
	reader_finish(&r);
	loop_free(r.loop);
	return 0;
}
