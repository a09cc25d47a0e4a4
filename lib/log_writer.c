/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log's writer process: takes frames off the socket and writes them to files, syslog
 * or ha_logd.  It may wait for a disk as long as it likes; its parent only counts what
 * does not fit in the socket. It ends when the parent does, after the queue.
 *
 * A target that fails is reported once in the others, and once more when it works again.
 */
#include "lib/log_private.h"

#include "lib/instant.h"
#include "lib/log_target.h"
#include "lib/title.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL_RETRY_S 1

struct writer {
	int fd;
	pid_t owner;
	struct log_setup setup;
	struct log_target logfile, debugfile, syslog;
	bool journal_failing; /* told already */
	time_t journal_retry;
	bool logd_failing;
	struct instant logd_retry;
};

static void writer_line(struct writer *w, const struct log_frame *frame);

/* What the writer itself has to say; a failing target is left out of it. */
static void __attribute__((format(printf, 3, 4)))
writer_say(struct writer *w, int priority, const char *format, ...)
{
	struct log_frame frame = { .head = { .kind = LOG_FRAME_LINE,
		                       .priority = (uint8_t)priority,
		                       .pid = getpid(),
		                       .when = time(NULL) } };
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(frame.u.text, LOG_TEXT_MAX + 1, format, args);
	va_end(args);
	frame.head.len = (uint16_t)(len < 0              ? 0
	                            : len > LOG_TEXT_MAX ? LOG_TEXT_MAX
	                                                 : len);
	writer_line(w, &frame);
}

/* What became of a line for T, which is said when it is news. */
static void
target_tried(struct writer *w, struct log_target *t, int code)
{
	char news[LOG_NEWS_TEXT_MAX];
	int priority = log_target_news(t, code, news, sizeof(news));

	if (priority >= 0)
		writer_say(w, priority, "%s", news);
}

static void
file_target_write(struct writer *w, struct log_target *t, const char *line, size_t len)
{
	const struct log_owner owner = { w->setup.owner, w->setup.group, 0644 };

	if (t->path[0] && !log_target_rests(t))
		target_tried(w, t, log_target_file(t, &owner, line, len));
}

/* Syslog. */

static void
syslog_write(struct writer *w, const struct log_frame *frame)
{
	struct log_target *t = &w->syslog;
	time_t when = (time_t)frame->head.when;
	char line[LOG_TEXT_MAX + 256], stamp[32];
	int facility = w->setup.facility, len;
	struct tm tm;

	if (facility < 0) {
		/* With ha_logd as the only target there must be another when it is away.
		 */
		if (!w->setup.use_logd || w->logfile.path[0] || w->debugfile.path[0])
			return;
		facility = LOG_DAEMON;
	}
	if (log_target_rests(t))
		return;
	localtime_r(&when, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	len = snprintf(line, sizeof(line), "<%d>%s %s: [%d]: %s: %.*s",
	    facility | frame->head.priority, stamp, w->setup.tag, (int)frame->head.pid,
	    log_level_word(frame->head.priority), (int)frame->head.len, frame->u.text);
	target_tried(w, t,
	    log_target_syslog(t, line,
	        (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1));
}

/* The journal. */

/* True when the line is there. */
static bool
journal_write(struct writer *w, const struct log_frame *frame)
{
	time_t now = log_target_clock();
	int code;

	if (!w->setup.journal || (w->journal_failing && now < w->journal_retry))
		return false;
	code = log_journal_send(&w->setup, frame);
	if (code == 0) {
		w->journal_failing = false;
		return true;
	}
	w->journal_retry = now + JOURNAL_RETRY_S;
	if (!w->journal_failing) {
		w->journal_failing = true;
		writer_say(w, LOG_WARNING,
		    "cannot log to the journal: %s (said once, until it works again)",
		    strerror(-code));
	}
	return false;
}

/* A line to all its targets. */

static bool
logd_write(struct writer *w, const struct log_frame *frame)
{
	int code;

	if (!w->setup.use_logd ||
	    (w->logd_failing && !instant_is_reached(w->logd_retry, instant_now())))
		return false;
	code = log_logd_send(&w->setup, frame);
	if (code == 0) {
		w->logd_failing = false;
		return true;
	}
	w->logd_retry = instant_add_ms(instant_now(), w->setup.logd_retry_ms);
	if (!w->logd_failing) {
		w->logd_failing = true;
		writer_say(w, LOG_WARNING,
		    "Initializing connection to logging daemon failed. "
		    "Logging daemon may not be running");
	}
	return false;
}

static void
writer_line(struct writer *w, const struct log_frame *frame)
{
	char line[LOG_TEXT_MAX + 256];
	bool in_journal = journal_write(w, frame);
	size_t len;

	if (logd_write(w, frame))
		return;
	len = log_line_format(&w->setup, frame, line, sizeof(line));
	if (frame->head.priority <= LOG_INFO)
		file_target_write(w, &w->logfile, line, len);
	file_target_write(w, &w->debugfile, line, len);
	if (!in_journal)
		syslog_write(w, frame);
}

/* Life. */

static void
writer_reopen(struct writer *w)
{
	log_target_close(&w->logfile);
	log_target_close(&w->debugfile);
}

static void
writer_setup(struct writer *w, const struct log_setup *setup)
{
	w->setup = *setup;
	writer_reopen(w);
	w->logfile.failing = w->debugfile.failing = false;
	w->logfile.missed = w->debugfile.missed = 0;
	/* One file for both gets each line once. */
	w->logfile.path =
	    strcmp(setup->logfile, setup->debugfile) ? w->setup.logfile : "";
	w->debugfile.path = w->setup.debugfile;
	w->syslog.path = LOG_SYSLOG_PATH;
	if (!w->setup.use_logd)
		log_logd_close();
	if (!w->setup.journal)
		log_journal_close();
	w->journal_failing = false;
}

/* The other end was closed without a word: by the death of the owner, or because it has
 * another writer now.  A dying process closes its files shortly before it stops being our
 * parent. */
static void
writer_bereaved(struct writer *w)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	if (w->setup.last_words[0] == '\0')
		return;
	for (int i = 0; i < 100 && getppid() == w->owner; i++)
		nanosleep(&pause, NULL);
	if (getppid() != w->owner)
		writer_say(w, LOG_CRIT, "%s", w->setup.last_words);
}

/* False at the end. */
static bool
writer_frame(struct writer *w)
{
	struct log_frame frame;
	ssize_t n = recv(w->fd, &frame, sizeof(frame), 0);

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		writer_bereaved(w);
	if (n < (ssize_t)sizeof(frame.head) ||
	    (size_t)n != sizeof(frame.head) + frame.head.len + frame.head.fields_len)
		return false;
	switch ((enum log_frame_kind)frame.head.kind) {
	case LOG_FRAME_LINE:
		writer_line(w, &frame);
		return true;
	case LOG_FRAME_CONF:
		writer_setup(w, &frame.u.setup);
		return true;
	case LOG_FRAME_REOPEN:
		writer_reopen(w);
		return true;
	case LOG_FRAME_END:
		break;
	}
	return false;
}

/* Out of the real-time class, away from the terminal's and the service manager's signals:
 * its parent decides how long it lives.  It keeps only its end of the socket: whoever
 * reads the terminal or pipe of the daemon's start must see its end. */
static int
writer_settle(int fd)
{
	struct sched_param normal = { 0 };
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1,
		SIGUSR2, SIGALRM, SIGCHLD };
	sigset_t none;
	int low = STDERR_FILENO + 1, null_fd = open("/dev/null", O_RDWR);

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sched_setscheduler(0, SCHED_OTHER, &normal);
	setpriority(PRIO_PROCESS, 0, 0);
	if (fd != low)
		fd = dup2(fd, low);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	for (int i = STDIN_FILENO; null_fd >= 0 && i <= STDERR_FILENO; i++)
		dup2(null_fd, i);
	close_range((unsigned)low + 1, ~0U, 0);
	if (chdir("/") < 0)
		return fd; /* then a file system stays in use; nothing worse */
	return fd;
}

void
log_writer_main(int fd, const struct log_setup *setup, pid_t owner)
{
	static struct writer w = { .logfile.fd = -1,
		.debugfile.fd = -1,
		.syslog.fd = -1 };
	char title[LOG_WORD_MAX + 16];

	w.owner = owner;
	w.fd = writer_settle(fd);
	snprintf(title, sizeof(title), "%s: log writer", setup->tag);
	title_set(title);
	writer_setup(&w, setup);
	while (writer_frame(&w))
		;
	if (w.logfile.fd >= 0)
		fdatasync(w.logfile.fd);
	if (w.debugfile.fd >= 0)
		fdatasync(w.debugfile.fd);
	_exit(0);
}
