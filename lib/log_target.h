/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One place that lines are written to: a file that may be rotated, full or gone, or the
 * syslog socket.  It knows how to try, and when a failure or its end is news; it knows
 * nothing of what a line is.  Used by processes that may wait for a disk.
 */
#ifndef LIB_LOG_TARGET_H
#define LIB_LOG_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#define LOG_SYSLOG_PATH "/dev/log"

struct log_target {
	const char *path; /* lent; "" = not used */
	int fd;           /* -1 = not open */
	dev_t dev;
	ino_t ino;
	time_t checked;  /* when the name was last compared, monotonic */
	bool failing;    /* reported already */
	bool cut;        /* the last write left half a line */
	unsigned missed; /* lines since it fails */
};

/* Who owns a file that is made or found; 0 = stays as it is. */
struct log_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode; /* of a file that is made */
};

#define LOG_NEWS_TEXT_MAX 512

/* Monotonic seconds. */
time_t log_target_clock(void);

/* It failed a moment ago: the line is counted as missed, and the answer is true. */
bool log_target_rests(struct log_target *t);

/* Write one line, opening and reopening as needed.  0 or an errno value. */
int log_target_file(struct log_target *t, const struct log_owner *owner, const char *line,
    size_t len);
int log_target_syslog(struct log_target *t, const char *line, size_t len);

/* Notes the result CODE of a try.  The priority of what is to be said about it in NEWS:
 * that it fails, that it works again and how many lines are missing; or -1. */
int log_target_news(struct log_target *t, int code, char *news, size_t size);

/* It will be opened anew by the next line. */
void log_target_close(struct log_target *t);

#endif
