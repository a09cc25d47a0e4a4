/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line for ha_logd's socket (spec/commands.md 5.1). */
#ifndef LIB_LOG_LOGD_H
#define LIB_LOG_LOGD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct log_logd_line {
	const char *tag; /* cut to 63 characters */
	int facility, priority;
	bool level_word; /* ha_logd puts "info: " and the like before the text */
	pid_t pid;
	time_t when;
	const char *text;
	size_t len; /* above 65000 it is cut */
};

/* 0, or -errno: -ENOENT and -ECONNREFUSED when there is no ha_logd.  Waits a second at
 * most for one that takes nothing. */
int log_logd_line(const struct log_logd_line *line);

#endif
