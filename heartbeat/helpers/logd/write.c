/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that writes.  Records come from the reading process, each one struct
 * logd_line cut behind its text; an empty one is the end.  A target that fails is told of
 * once in the others, and once more when it works again.
 */
#include "heartbeat/helpers/logd/logd.h"

#include "lib/log_target.h"
#include "lib/title.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

struct writer {
	const struct logd_conf *conf;
	const char *host;
	struct log_target logfile, debugfile, syslog;
};

static volatile sig_atomic_t reopen_asked;

static void writer_line(struct writer *w, const struct logd_line *line);

static void __attribute__((format(printf, 3, 4)))
writer_say(struct writer *w, int priority, const char *format, ...)
{
	struct logd_line line = { .priority = priority,
		.pid = getpid(),
		.when = time(NULL),
		.level_word = true };
	va_list args;
	int len;

	strcpy(line.entity, w->conf->entity);
	line.entity_len = (uint16_t)strlen(line.entity);
	va_start(args, format);
	len = vsnprintf(line.text, sizeof(line.text), format, args);
	va_end(args);
	line.text_len = (uint16_t)(len < 0               ? 0
	                           : len > LOGD_TEXT_MAX ? LOGD_TEXT_MAX
	                                                 : len);
	writer_line(w, &line);
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
to_file(struct writer *w, struct log_target *t, const char *text, size_t len)
{
	const struct log_owner owner = { .mode = w->conf->mode };

	if (t->path[0] && !log_target_rests(t))
		target_tried(w, t, log_target_file(t, &owner, text, len));
}

/* A text of several lines becomes several: whoever sends it cannot make up another's. */
static void
writer_line(struct writer *w, const struct logd_line *line)
{
	const char *text = line->text, *end = line->text + line->text_len;

	for (;;) {
		char buf[LOGD_TEXT_MAX + 512];
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t text_len = (size_t)((stop ? stop : end) - text);
		size_t len = logd_line_format(w->conf, line, text, text_len, w->host, -1,
		    buf, sizeof(buf));

		if (line->priority <= LOG_INFO)
			to_file(w, &w->logfile, buf, len);
		to_file(w, &w->debugfile, buf, len);
		if (w->conf->facility >= 0 && !log_target_rests(&w->syslog)) {
			len = logd_line_format(w->conf, line, text, text_len, w->host,
			    w->conf->facility, buf, sizeof(buf));
			target_tried(w, &w->syslog,
			    log_target_syslog(&w->syslog, buf, len));
		}
		if (!stop)
			return;
		text = stop + 1;
	}
}

static void
on_signal(int signo)
{
	(void)signo;
	reopen_asked = 1;
}

static void
writer_signals(void)
{
	struct sigaction caught = { .sa_handler = on_signal };
	sigset_t none;

	/* No SA_RESTART: a signal ends the wait for a record. */
	sigaction(SIGHUP, &caught, NULL);
	/* A service manager signals both processes; the reading one decides. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
writer_reopen(struct writer *w)
{
	reopen_asked = 0;
	log_target_close(&w->logfile);
	log_target_close(&w->debugfile);
	writer_say(w, LOG_INFO, "SIGHUP received, re-opened log files");
}

void
logd_write_main(int fd, const struct logd_conf *conf, const char *host)
{
	static struct logd_line line;
	struct writer w = { .conf = conf,
		.host = host,
		.logfile = { .path = conf->logfile, .fd = -1 },
		.debugfile = { .path = conf->debugfile, .fd = -1 },
		.syslog = { .path = LOG_SYSLOG_PATH, .fd = -1 } };
	ssize_t n;

	/* One file for both gets each line once. */
	if (strcmp(conf->logfile, conf->debugfile) == 0)
		w.logfile.path = "";
	title_set("ha_logd: write process");
	writer_signals();
	for (;;) {
		if (reopen_asked)
			writer_reopen(&w);
		n = recv(fd, &line, sizeof(line), 0);
		if (n < 0 && errno == EINTR)
			continue; /* the end is told by the reading process */
		if (n < (ssize_t)LOGD_LINE_HEAD)
			break;
		writer_line(&w, &line);
	}
	if (n >= 0)
		writer_say(&w, LOG_INFO, "logd_term_write_action: received SIGTERM");
	writer_say(&w, LOG_INFO, "Exiting write process");
	if (w.logfile.fd >= 0)
		fdatasync(w.logfile.fd);
	if (w.debugfile.fd >= 0)
		fdatasync(w.debugfile.fd);
	_exit(0);
}
