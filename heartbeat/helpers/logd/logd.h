/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_logd (spec/commands.md 5.1, config.md 14.1): lines of all the cluster's programs
 * come in over one socket and go to files and syslog.  Two processes: the one that reads
 * never waits for a disk, the one that writes may.  Between them a queue; when it is full
 * the clients wait, and nothing is dropped.
 */
#ifndef HEARTBEAT_HELPERS_LOGD_LOGD_H
#define HEARTBEAT_HELPERS_LOGD_LOGD_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LOGD_CONFIG HB_SYSCONFDIR "/logd.cf"
#define LOGD_PIDFILE "/var/run/logd.pid"
#define LOGD_SOCKET HB_STATEDIR "/log_daemon"
#define LOGD_ENTITY_MAX 64
#define LOGD_TEXT_MAX 8192  /* a longer text is cut and ends in "..." */
#define LOGD_BODY_MAX 65536 /* a client with a longer frame is closed */
#define LOGD_PATH_MAX 512

/* ---- conf.c: logd.cf ---- */

struct logd_conf {
	char logfile[LOGD_PATH_MAX], debugfile[LOGD_PATH_MAX];
	char entity[LOGD_ENTITY_MAX], prefix[LOGD_ENTITY_MAX];
	int facility; /* -1 = no syslog */
	mode_t mode;
	bool syslog_format;
	unsigned queue_max; /* lines: sendqlen and recvqlen together */
	bool apphbd_asked;  /* an old directive without effect */
};

void logd_conf_init(struct logd_conf *conf);
/* Reads TEXT (changed by it).  0, or -EINVAL with the first wrong line in ERR: then CONF
 * is not to be used. */
int logd_conf_parse(struct logd_conf *conf, char *text, const char *file,
    struct err *err);

/* ---- wire.c: one message ---- */

struct logd_line {
	int32_t priority; /* 0..7 */
	int32_t pid;
	int64_t when; /* wall clock, seconds */
	uint16_t entity_len, text_len;
	bool level_word; /* of the priority, before the text */
	char entity[LOGD_ENTITY_MAX];
	char text[LOGD_TEXT_MAX +
	          1]; /* terminated, newlines kept, other control characters '?' */
};

#define LOGD_LINE_HEAD offsetof(struct logd_line, text)

/* 0, or -EBADMSG for what no program of ours would send. */
int logd_line_decode(struct logd_line *line, const uint8_t *body, size_t len,
    int64_t now);
/* As it stands in a file or, when FACILITY is not -1, as syslog gets it: one line, from
 * TEXT with LEN.  The length. */
size_t logd_line_format(const struct logd_conf *conf, const struct logd_line *line,
    const char *text, size_t text_len, const char *host, int facility, char *buf,
    size_t size);

/* ---- write.c: the process that writes ---- */

/* Serves FD until it ends or an empty record comes.  Does not return. */
void logd_write_main(int fd, const struct logd_conf *conf, const char *host)
    __attribute__((noreturn));

/* ---- read.c: the process that reads ---- */

/* Serves until SIGTERM.  READY is called once, when clients can come.  The exit code. */
int logd_read_main(const struct logd_conf *conf, const char *config,
    void (*ready)(void *data), void *data);

#endif
