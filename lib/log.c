/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The caller's side of the log (contract in log.h): a line is formatted into a buffer on
 * the stack and handed to the writer process (log_writer.c) in one non-blocking send.
 * Nothing is allocated.
 *
 * The process has one log, so its state is a global of this file.
 */
#include "lib/log.h"

#include "lib/log_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG_QUEUE_BYTES                                                                  \
	(1024 * 1024) /* socket buffer; about 1000 lines wait there for the disk */
#define LOG_LIMIT_WINDOW_S 10
#define LOGD_RETRY_MS 60000

static struct {
	int fd; /* to the writer; -1 = none */
	pid_t writer;
	pid_t owner; /* whose child the writer is: a forked process must not end it */
	bool wanted; /* from log_open() to log_close(): lines without a writer are lost */
	bool to_stderr;
	bool recorder; /* open */
	int debug;
	unsigned lost; /* lines that did not fit and were not told yet */
	struct log_setup setup;
} the_log = { .fd = -1,
	.to_stderr = true,
	.setup = { .facility = -1, .syslog_format = true } };

static const char *const level_words[] = {
	[LOG_EMERG] = "EMERG",
	[LOG_ALERT] = "ALERT",
	[LOG_CRIT] = "CRIT",
	[LOG_ERR] = "ERROR",
	[LOG_WARNING] = "WARN",
	[LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

/* Forms. */

const char *
log_level_word(int priority)
{
	return level_words[priority & LOG_PRIMASK];
}

size_t
log_line_format(const struct log_setup *setup, const struct log_frame *frame, char *buf,
    size_t size)
{
	time_t when = (time_t)frame->head.when;
	struct tm tm;
	char stamp[40];
	int len;

	localtime_r(&when, &tm);
	if (setup->syslog_format) {
		strftime(stamp, sizeof(stamp), "%b %d %H:%M:%S", &tm);
		len = snprintf(buf, size, "%s %s %s: [%d]: %s: %.*s\n", stamp,
		    setup->host, setup->tag, (int)frame->head.pid,
		    log_level_word(frame->head.priority), (int)frame->head.len,
		    frame->u.text);
	} else {
		strftime(stamp, sizeof(stamp), "%Y/%m/%d_%H:%M:%S", &tm);
		len = snprintf(buf, size, "%s[%d]: %s %s: %.*s\n", setup->tag,
		    (int)frame->head.pid, stamp, log_level_word(frame->head.priority),
		    (int)frame->head.len, frame->u.text);
	}
	if (len < 0)
		return 0;
	return (size_t)len < size ? (size_t)len : size - 1;
}

/* One line stays one line, whatever a stranger has put into a name: control characters
 * become '?'. */
static size_t
log_text_clean(char *text, size_t len)
{
	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			text[i] = '?';
	}
	text[len] = '\0';
	return len;
}

static void
log_word_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* To the writer. */

static int
log_frame_send(const struct log_frame *frame)
{
	size_t len = sizeof(frame->head) + frame->head.len + frame->head.fields_len;
	ssize_t sent;

	do
		sent = send(the_log.fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void
log_frame_head(struct log_frame *frame, enum log_frame_kind kind, int priority,
    size_t len)
{
	frame->head = (struct log_head){ .kind = (uint8_t)kind,
		.priority = (uint8_t)priority,
		.len = (uint16_t)len,
		.pid = getpid(),
		.when = time(NULL) };
}

static void
log_field_add(struct log_frame *frame, const char *name, const char *value)
{
	char *at = frame->u.text + frame->head.len + frame->head.fields_len;
	size_t room = LOG_FIELDS_MAX - frame->head.fields_len;
	int len;

	if (!value || !*value)
		return;
	len = snprintf(at, room, "%s=%s", name, value);
	if (len < 0 || (size_t)len + 1 >= room)
		return; /* left out as a whole */
	len = (int)log_text_clean(at, (size_t)len);
	at[len] = '\n';
	frame->head.fields_len = (uint16_t)(frame->head.fields_len + len + 1);
}

static void
log_fields_add(struct log_frame *frame, const struct log_fields *fields)
{
	log_field_add(frame, "MESSAGE_ID", fields->message_id);
	log_field_add(frame, "HB_EVENT", fields->event);
	log_field_add(frame, "HB_NODE", fields->node);
	log_field_add(frame, "HB_LINK", fields->link);
	log_field_add(frame, "HB_GROUP", fields->group);
}

static int log_frame_text(struct log_frame *frame, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int
log_frame_text(struct log_frame *frame, int priority, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(frame->u.text, LOG_TEXT_MAX + 1, format, args);
	va_end(args);
	log_frame_head(frame, LOG_FRAME_LINE, priority, len > 0 ? (size_t)len : 0);
	return log_frame_send(frame);
}

/* Tells of lost lines first, so that the gap is seen where it is. */
static void
log_hand_over(const struct log_frame *frame)
{
	if (the_log.lost > 0) {
		struct log_frame note;

		if (log_frame_text(&note, LOG_WARNING, "%u log lines lost",
		        the_log.lost) == 0)
			the_log.lost = 0;
	}
	if (the_log.lost > 0 || log_frame_send(frame) < 0)
		the_log.lost++;
}

static void
log_stderr_write(const struct log_frame *frame)
{
	char line[LOG_TEXT_MAX + 256];
	size_t len = log_journal_is_stderr()
	                 ? log_journal_line(frame, line, sizeof(line))
	                 : log_line_format(&the_log.setup, frame, line, sizeof(line));
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	/* A stopped terminal or a reader that hangs must not hold up a daemon. */
	if (the_log.fd >= 0 && (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT)))
		return;
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* there is nobody left to be told */
}

static void
log_vline(int priority, const char *suffix, const struct log_fields *fields,
    const char *format, va_list args)
{
	int saved_errno = errno;
	struct log_frame frame;
	int len = vsnprintf(frame.u.text, LOG_TEXT_MAX + 1, format, args);
	size_t used = len < 0 ? 0 : (size_t)len;

	if (used > LOG_TEXT_MAX) {
		used = LOG_TEXT_MAX;
		memcpy(frame.u.text + used - 3, "...", 4);
	}
	used = log_text_clean(frame.u.text, used);
	if (suffix && used + strlen(suffix) <= LOG_TEXT_MAX) {
		memcpy(frame.u.text + used, suffix, strlen(suffix) + 1);
		used += strlen(suffix);
	}
	log_frame_head(&frame, LOG_FRAME_LINE, priority & LOG_PRIMASK, used);
	if (the_log.recorder)
		log_recorder_note(priority & LOG_PRIMASK, frame.u.text);
	if (fields)
		log_fields_add(&frame, fields);
	if (the_log.fd >= 0)
		log_hand_over(&frame);
	else if (the_log.wanted)
		the_log.lost++;
	if (the_log.to_stderr)
		log_stderr_write(&frame);
	errno = saved_errno;
}

void
log_line(int priority, const char *format, ...)
{
	va_list args;

	if ((priority & LOG_PRIMASK) == LOG_DEBUG && the_log.debug == 0)
		return;
	va_start(args, format);
	log_vline(priority, NULL, NULL, format, args);
	va_end(args);
}

void
log_event(const struct log_fields *fields, int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(priority, NULL, fields, format, args);
	va_end(args);
}

void
log_limited(struct log_limit *limit, int priority, const char *format, ...)
{
	char suffix[64] = "";
	struct timespec now;
	va_list args;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (limit->window == 0 || now.tv_sec - limit->window >= LOG_LIMIT_WINDOW_S) {
		limit->window = now.tv_sec ? now.tv_sec : 1;
		limit->used = 0;
	}
	if ((priority & LOG_PRIMASK) == LOG_DEBUG && the_log.debug == 0)
		return;
	if (limit->used >= limit->burst) {
		limit->suppressed++;
		return;
	}
	limit->used++;
	if (limit->suppressed > 0)
		snprintf(suffix, sizeof(suffix), " (%u more such lines suppressed)",
		    limit->suppressed);
	limit->suppressed = 0;
	va_start(args, format);
	log_vline(priority, suffix, NULL, format, args);
	va_end(args);
}

/* Life. */

void
log_open_stderr(const char *tag)
{
	struct log_setup *setup = &the_log.setup;

	log_word_copy(setup->tag, sizeof(setup->tag), tag);
	if (gethostname(setup->host, sizeof(setup->host) - 1) < 0)
		log_word_copy(setup->host, sizeof(setup->host), "localhost");
	setup->host[sizeof(setup->host) - 1] = '\0';
	the_log.to_stderr = true;
}

static int
log_setup_fill(struct log_setup *setup, const struct log_conf *conf)
{
	if ((conf->logfile && strlen(conf->logfile) >= sizeof(setup->logfile)) ||
	    (conf->debugfile && strlen(conf->debugfile) >= sizeof(setup->debugfile)))
		return -ENAMETOOLONG;
	memset(setup, 0, sizeof(*setup)); /* it travels as bytes */
	log_word_copy(setup->tag, sizeof(setup->tag), conf->tag);
	log_word_copy(setup->host, sizeof(setup->host), conf->host);
	log_word_copy(setup->logfile, sizeof(setup->logfile), conf->logfile);
	log_word_copy(setup->debugfile, sizeof(setup->debugfile), conf->debugfile);
	log_word_copy(setup->last_words, sizeof(setup->last_words), conf->last_words);
	setup->facility = conf->facility;
	setup->syslog_format = conf->syslog_format;
	setup->use_logd = conf->use_logd;
	setup->logd_retry_ms =
	    conf->logd_retry_ms > 0 ? conf->logd_retry_ms : LOGD_RETRY_MS;
	setup->journal = conf->journal;
	setup->owner = conf->owner;
	setup->group = conf->group;
	return 0;
}

static int
log_writer_start(void)
{
	int pair[2], bytes = LOG_QUEUE_BYTES;
	pid_t pid, owner;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	/* Forcing needs a privilege; without it the system's limit is what we get. */
	if (setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	owner = getpid();
	pid = fork();
	if (pid < 0) {
		int code = -errno;

		close(pair[0]);
		close(pair[1]);
		return code;
	}
	if (pid == 0)
		log_writer_main(pair[1], &the_log.setup, owner);
	close(pair[1]);
	/* The standard descriptors belong to others. */
	if (pair[0] <= STDERR_FILENO) {
		int higher = fcntl(pair[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		if (higher >= 0) {
			close(pair[0]);
			pair[0] = higher;
		}
	}
	the_log.fd = pair[0];
	the_log.writer = pid;
	the_log.owner = owner;
	return 0;
}

static int
log_frame_flag(enum log_frame_kind kind)
{
	struct log_frame frame;

	log_frame_head(&frame, kind, LOG_INFO, 0);
	return log_frame_send(&frame);
}

/* Tells the running writer what has changed; false when there is none. */
static bool
log_writer_tell(void)
{
	struct log_frame frame;

	if (the_log.fd < 0)
		return false;
	log_frame_head(&frame, LOG_FRAME_CONF, LOG_INFO, sizeof(frame.u.setup));
	frame.u.setup = the_log.setup;
	if (log_frame_send(&frame) == 0)
		return true;
	/* It died, or it hangs with a full queue: a new one takes over, the old ends with
	 * its queue. */
	close(the_log.fd);
	the_log.fd = -1;
	return false;
}

int
log_open(const struct log_conf *conf, bool also_stderr)
{
	struct log_setup setup;
	int code = log_setup_fill(&setup, conf);

	if (code < 0)
		return code;
	the_log.setup = setup;
	the_log.to_stderr = also_stderr;
	the_log.wanted = true;
	log_set_debug(conf->debug);
	if (log_writer_tell())
		return 0;
	code = log_writer_start();
	if (code < 0) {
		the_log.to_stderr = true;
		return code;
	}
	if (!the_log.recorder) {
		log_recorder_open(setup.tag);
		the_log.recorder = true;
	}
	return 0;
}

int
log_writer_ended(void)
{
	if (the_log.fd >= 0)
		close(the_log.fd);
	the_log.fd = -1;
	the_log.writer = 0;
	return log_writer_start();
}

void
log_stderr_close(void)
{
	the_log.to_stderr = false;
}

void
log_reopen(void)
{
	if (the_log.fd >= 0)
		log_frame_flag(LOG_FRAME_REOPEN);
}

static int
log_ms_left(const struct timespec *end)
{
	struct timespec now;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * 1000LL + (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (int)ms : 0;
}

static void
log_writer_await(const struct timespec *end)
{
	int pidfd = (int)syscall(SYS_pidfd_open, the_log.writer, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		return; /* reaped already */
	while (poll(&p, 1, log_ms_left(end)) < 0 && errno == EINTR)
		;
	close(pidfd);
	waitpid(the_log.writer, NULL, WNOHANG);
}

void
log_close(int timeout_ms)
{
	struct timespec end;
	struct pollfd p = { .fd = the_log.fd, .events = POLLOUT };

	the_log.wanted = false;
	if (the_log.fd < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	/* An end of file alone would not do: a child may still hold our end of the
	 * socket. */
	while (the_log.owner == getpid() && log_frame_flag(LOG_FRAME_END) == -EAGAIN) {
		if (log_ms_left(&end) == 0)
			break;
		poll(&p, 1, log_ms_left(&end));
	}
	close(the_log.fd);
	the_log.fd = -1;
	if (the_log.owner == getpid())
		log_writer_await(&end);
	the_log.writer = 0;
}

void
log_set_debug(int level)
{
	the_log.debug = level < 0 ? 0 : level > 255 ? 255 : level;
}

int
log_debug_level(void)
{
	return the_log.debug;
}

pid_t
log_writer_pid(void)
{
	return the_log.writer;
}

int
log_fd(void)
{
	return the_log.fd;
}
