/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private to log*.c: what passes between the program that logs and its writer process,
 * and the forms of a line.  Both ends are one program, so frames are plain structs.
 */
#ifndef LIB_LOG_PRIVATE_H
#define LIB_LOG_PRIVATE_H

#include "lib/log.h"

#include <stdint.h>

#define LOG_TEXT_MAX 2048 /* a longer line is cut and ends in "..." */
#define LOG_WORD_MAX 64   /* tag, host; longer ones are cut */
#define LOG_FIELDS_MAX 768 /* fields for the journal, of one line */
#define LOG_PATH_MAX 512  /* a longer path is refused by log_open() */

enum log_frame_kind { LOG_FRAME_LINE, LOG_FRAME_CONF, LOG_FRAME_REOPEN, LOG_FRAME_END };

/* struct log_conf as the writer keeps it. */
struct log_setup {
	char tag[LOG_WORD_MAX], host[LOG_WORD_MAX];
	char logfile[LOG_PATH_MAX], debugfile[LOG_PATH_MAX];
	int facility; /* -1 = none */
	char last_words[LOG_WORD_MAX * 2];
	bool syslog_format, use_logd, journal;
	int64_t logd_retry_ms;
	uid_t owner;
	gid_t group;
};

struct log_head {
	uint8_t kind; /* enum log_frame_kind */
	uint8_t priority;
	uint16_t len; /* of the text or setup that follows */
	uint16_t fields_len; /* of the fields behind the text: lines "NAME=value\n" */
	pid_t pid;
	int64_t when; /* wall clock, seconds */
};

struct log_frame {
	struct log_head head;
	union {
		/* Not terminated on the way; the fields follow right behind it. */
		char text[LOG_TEXT_MAX + 1 + LOG_FIELDS_MAX];
		struct log_setup setup;
	} u;
};

/* "EMERG" to "debug". */
const char *log_level_word(int priority);

/* The line as files and stderr get it, with its newline; its length. */
size_t log_line_format(const struct log_setup *setup, const struct log_frame *frame,
    char *buf, size_t size);

/* The writer process: serves FD until it closes or LOG_FRAME_END comes.  OWNER is who made
 * it, and may be dead before the first line of this runs.  Does not return. */
void log_writer_main(int fd, const struct log_setup *setup, pid_t owner)
    __attribute__((noreturn));

/* The flight recorder. */
void log_recorder_open(const char *tag);
void log_recorder_note(int priority, const char *text);

/* The journal's socket.  0, or -errno: then the line goes to syslog. */
int log_journal_send(const struct log_setup *setup, const struct log_frame *frame);
/* FRAME as a line for a stderr that is the journal's, as log_line_format(). */
size_t log_journal_line(const struct log_frame *frame, char *buf, size_t size);
void log_journal_close(void);

/* ha_logd's socket.  0, or -errno: then the line goes to the fallback. */
int log_logd_send(const struct log_setup *setup, const struct log_frame *frame);
void log_logd_close(void);

#endif
