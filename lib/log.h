/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Log lines of a daemon (spec/config.md 12).  A line is formatted into a fixed buffer and handed to a
 * writer process over a socket, so that a slow disk, a full file system or a blocked syslog never
 * holds up the caller; what does not fit in the queue is counted and reported later ("N log
 * lines lost").  The last lines also stay in libqb's flight recorder, which a crash leaves on disk.
 *
 * Programs that are no daemons use log_open_stderr() and get the same line form.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <syslog.h>

/* Where lines go.  Strings are copied.  Empty or NULL = that target is not used. */
struct log_conf {
	const char *tag;       /* "heartbeat" */
	const char *host;      /* node name, part of the file line form */
	const char *logfile;   /* LOG_INFO and more urgent */
	const char *debugfile; /* everything */
	int facility;          /* syslog facility number (LOG_LOCAL0 ...), -1 = none */
	bool syslog_format;    /* spec: syslogmsgfmt; else "heartbeat[814]: 2026/11/20_16:17:16 info: " */
	bool use_logd;         /* everything to ha_logd's socket, targets above are the fallback */
	int64_t logd_retry_ms; /* how long it is left alone after a failure; 0 = a minute */
	int debug;             /* 0..255; LOG_DEBUG lines are made only above 0 */
	uid_t owner;           /* files are chowned to it, so that helpers can write; 0 = no */
	gid_t group;
	/* What the writer logs as CRIT when its owner is gone without log_close(): a crash that nobody
	 * else is left to tell of.  NULL = nothing. */
	const char *last_words;
	/* Lines go to systemd's journal, with their fields, instead of syslog; when it cannot be
	 * reached, to syslog as if this were false. */
	bool journal;
};

/* Whether this process was started with its stderr going to the journal (JOURNAL_STREAM of
 * systemd.exec(5) names what stderr is). */
bool log_journal_is_stderr(void);

/* Lines go to stderr (also before any configuration is read).  Never fails. */
void log_open_stderr(const char *tag);

/* Starts (or, called again, reconfigures) the writer.  0, or -errno: then stderr stays in use.
 * also_stderr keeps copying to stderr, as the daemon does until it has detached; a line for which there is no
 * room there is left out, because the log has it. */
int log_open(const struct log_conf *conf, bool also_stderr);

/* Copies to stderr end here: the daemon has detached. */
void log_stderr_close(void);

/* Files are opened anew by the writer (SIGHUP, rotation). */
void log_reopen(void);

/* Waits, bounded by TIMEOUT_MS, until the writer has everything on disk, and ends it. */
void log_close(int timeout_ms);

void log_set_debug(int level);
int log_debug_level(void);

/* PRIORITY is a syslog one; the level word (EMERG ALERT CRIT ERROR WARN notice info debug) is put
 * before the text.  No newline at the end. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a line is about, for the journal; each may be NULL. */
struct log_fields {
	const char *event;      /* HB_EVENT: a word for the kind of event */
	const char *message_id; /* MESSAGE_ID of that kind: 32 hex digits */
	const char *node, *link, *group; /* HB_NODE, HB_LINK, HB_GROUP */
};
/* The same with fields; they are cut when they are very long. */
void log_event(const struct log_fields *fields, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same under a rate limit of BURST lines per 10 s for each struct, for what a stranger can
 * trigger; suppressed lines are counted and told with the next one that passes. */
struct log_limit {
	int burst;           /* lines allowed in a window */
	int used;            /* since the window began */
	unsigned suppressed; /* not yet told */
	long window;         /* start of the window, monotonic seconds */
};
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The pid of the writer process, for those who look after children; 0 when there is none. */
pid_t log_writer_pid(void);

/* The writer process has ended although nobody asked: starts another one.  0 or -errno.  Lines that come between
 * are counted as lost. */
int log_writer_ended(void);

/* Writes the flight recorder to PATH, for qb-blackbox(8).  Allocates nothing, so that a handler of SIGSEGV
 * or SIGABRT may try it (under an alarm(2): it is not async-signal-safe by the book).  0 or -errno. */
int log_blackbox_dump(const char *path);

/* Descriptor of the writer socket, so that children can be given only what they need; -1 = none */
int log_fd(void);

#endif
