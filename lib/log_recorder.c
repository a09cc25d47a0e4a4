/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flight recorder: libqb's blackbox, a ring of the last lines in memory, which
 * qb-blackbox(8) prints from the file that log_blackbox_dump() writes.  Of libqb's other
 * log targets none is used: they would format and write in the caller.
 */
#include "lib/log_private.h"

#include <qb/qblog.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define RECORDER_BYTES (64 * 1024)

/* libqb keeps the ring in two files of /dev/shm, which a crash would leave there for
 * ever.  The memory stays mapped without its names. */
static void
recorder_names_remove(const char *tag)
{
	static const char *const parts[] = { "header", "data" };
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/dev/shm/qb-%s-%d-blackbox-%s", tag,
		    (int)getpid(), parts[i]);
		unlink(path);
	}
}

void
log_recorder_open(const char *tag)
{
	/* libqb keeps the pointer, and the name becomes a part of a file name. */
	static char name[LOG_WORD_MAX];

	snprintf(name, sizeof(name), "%s", tag);
	for (char *c = name; *c; c++) {
		if (*c == '/')
			*c = '_';
	}
	qb_log_init(name, LOG_USER, LOG_EMERG);
	qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, QB_FALSE);
	qb_log_filter_ctl(QB_LOG_BLACKBOX, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE, "*",
	    LOG_DEBUG);
	qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_SIZE, RECORDER_BYTES);
	qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_ENABLED, QB_TRUE);
	recorder_names_remove(name);
}

void
log_recorder_note(int priority, const char *text)
{
	/* One place in the source for all lines: libqb keeps a record for each place. */
	qb_log_from_external_source("log", "log", "%s", (uint8_t)priority, 1, 0, text);
}

int
log_blackbox_dump(const char *path)
{
	ssize_t code = qb_log_blackbox_write_to_file(path);

	return code < 0 ? (int)code : 0;
}
