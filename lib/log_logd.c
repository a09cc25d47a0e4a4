/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A line for ha_logd (spec/commands.md 5.1): the eight bytes of the local frame
 * (client-api.md 3), a header of native C layout, the text with its NUL.  Used by those
 * who may wait a little.
 */
#include "lib/log_logd.h"

#include "lib/log_private.h"
#include "lib/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define LOGD_TYPE 2
#define LOGD_MAGIC 0xabcdU
#define LOGD_ENTITY_MAX 64
#define LOGD_TEXT_MAX 65000
#define LOGD_PATIENCE_MS 1000 /* it takes nothing for so long: the fallback is used */

struct logd_header {
	int32_t type, facility, priority, msglen, use_priority_string, pid;
	char entity[LOGD_ENTITY_MAX];
	unsigned long when;
};

struct logd_frame {
	int32_t len;
	uint32_t magic;
};

static int logd_fd = -1;

void
log_logd_close(void)
{
	if (logd_fd >= 0)
		close(logd_fd);
	logd_fd = -1;
}

static int
logd_open(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = HB_STATEDIR "/log_daemon" };
	struct timeval patience = { .tv_usec = LOGD_PATIENCE_MS % 1000 * 1000L,
		.tv_sec = LOGD_PATIENCE_MS / 1000 };

	logd_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (logd_fd < 0)
		return -errno;
	setsockopt(logd_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(logd_fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		int code = -errno;

		log_logd_close();
		return code;
	}
	return 0;
}

/* A frame that went only in part leaves a stream nobody can read on: it is closed. */
static int
logd_write(struct iovec *part, int count)
{
	while (count > 0) {
		struct msghdr m = { .msg_iov = part, .msg_iovlen = (size_t)count };
		ssize_t n = sendmsg(logd_fd, &m, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int code = -errno;

			log_logd_close();
			return code;
		}
		while (count > 0 && (size_t)n >= part->iov_len) {
			n -= (ssize_t)part->iov_len;
			part++;
			count--;
		}
		if (count > 0) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	return 0;
}

int
log_logd_line(const struct log_logd_line *line)
{
	struct logd_header header;
	struct logd_frame outer;
	size_t len = line->len < LOGD_TEXT_MAX ? line->len : LOGD_TEXT_MAX;
	static const char nul = '\0';
	int code;

	/* The second try is for a daemon that was restarted since the last line. */
	for (int i = 0; i < 2; i++) {
		struct iovec part[4];
		bool fresh = logd_fd < 0;

		if (fresh && (code = logd_open()) < 0)
			return code;
		memset(&header, 0, sizeof(header));
		header.type = LOGD_TYPE;
		header.facility = line->facility;
		header.priority = line->priority;
		header.msglen = (int32_t)len + 1;
		header.use_priority_string = line->level_word;
		header.pid = line->pid;
		snprintf(header.entity, sizeof(header.entity), "%s", line->tag);
		header.when = (unsigned long)line->when;
		outer = (struct logd_frame){ (int32_t)sizeof(header) + header.msglen,
			LOGD_MAGIC };
		part[0] = (struct iovec){ &outer, sizeof(outer) };
		part[1] = (struct iovec){ &header, sizeof(header) };
		part[2] = (struct iovec){ (void *)line->text, len };
		part[3] = (struct iovec){ (void *)&nul, 1 };
		code = logd_write(part, 4);
		if (code == 0 || fresh)
			return code;
	}
	return code;
}

int
log_logd_send(const struct log_setup *setup, const struct log_frame *frame)
{
	const struct log_logd_line line = { .tag = setup->tag,
		.facility = setup->facility < 0 ? LOG_DAEMON : setup->facility,
		.priority = frame->head.priority,
		.level_word = true,
		.pid = frame->head.pid,
		.when = (time_t)frame->head.when,
		.text = frame->u.text,
		.len = frame->head.len };

	return log_logd_line(&line);
}
