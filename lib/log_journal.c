/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd's journal, in its own protocol (systemd.io, "Native Journal Protocol"): a
 * datagram of lines NAME=value.  libsystemd is not linked: the socket and the form are a
 * stable interface, and a daemon that is locked in memory carries no library for thirty
 * lines.
 *
 * Used by the writer process only, so its state is a global of this file.
 */
#include "lib/log_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define JOURNAL_PATH "/run/systemd/journal/socket"
#define PATIENCE_MS 500 /* a journal that takes nothing for so long has failed */

static int journal_fd = -1;

bool
log_journal_is_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/* What systemd reads on a stderr that is the journal's: the level in front of the text (sd-daemon(3)); it adds time,
 * name and pid itself. */
size_t
log_journal_line(const struct log_frame *frame, char *buf, size_t size)
{
	int len = snprintf(buf, size, "<%d>%.*s\n", frame->head.priority,
	    (int)frame->head.len, frame->u.text);

	return len < 0 ? 0 : (size_t)len < size ? (size_t)len : size - 1;
}

void
log_journal_close(void)
{
	if (journal_fd >= 0)
		close(journal_fd);
	journal_fd = -1;
}

static int
journal_open(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = JOURNAL_PATH };
	struct timeval patience = { .tv_usec = PATIENCE_MS * 1000L };
	int code;

	journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal_fd < 0)
		return -errno;
	setsockopt(journal_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(journal_fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	code = -errno;
	log_journal_close();
	return code;
}

static int
journal_try(const char *bytes, size_t len)
{
	/* A restarted journal leaves us with a dead connection: the second try is on a
	 * new one. */
	for (int i = 0; i < 2; i++) {
		int code = journal_fd < 0 ? journal_open() : 0;

		if (code != 0)
			return code;
		if (send(journal_fd, bytes, len, MSG_NOSIGNAL) >= 0)
			return 0;
		code = -errno;
		if (code == -EAGAIN || code == -EMSGSIZE)
			return code;
		log_journal_close();
	}
	return -ECONNREFUSED;
}

int
log_journal_send(const struct log_setup *setup, const struct log_frame *frame)
{
	char bytes[LOG_TEXT_MAX + LOG_FIELDS_MAX + LOG_WORD_MAX + 256];
	int facility = setup->facility >= 0 ? setup->facility : LOG_DAEMON;
	int len = snprintf(bytes, sizeof(bytes),
	    "PRIORITY=%u\nSYSLOG_IDENTIFIER=%s\nSYSLOG_FACILITY=%d\nSYSLOG_PID=%d\n%.*s"
	    "MESSAGE=%.*s\n",
	    frame->head.priority, setup->tag, LOG_FAC(facility), (int)frame->head.pid,
	    (int)frame->head.fields_len, frame->u.text + frame->head.len,
	    (int)frame->head.len, frame->u.text);

	if (len < 0 || (size_t)len >= sizeof(bytes))
		return -EMSGSIZE;
	return journal_try(bytes, (size_t)len);
}
