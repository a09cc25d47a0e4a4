/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/log_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define SYSLOG_PATIENCE_MS 500 /* a syslog that takes nothing for so long has failed */
#define RETRY_S 1              /* a failed syslog or file is tried again after this */

time_t
log_target_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

bool
log_target_rests(struct log_target *t)
{
	if (!t->failing || log_target_clock() - t->checked >= RETRY_S)
		return false;
	t->missed++;
	return true;
}

int
log_target_news(struct log_target *t, int code, char *news, size_t size)
{
	bool was = t->failing;
	unsigned missed = t->missed;

	if (code == 0) {
		t->failing = false;
		t->missed = 0;
		if (!was)
			return -1;
		snprintf(news, size,
		    "logging to %s works again, %u lines are missing there", t->path,
		    missed);
		return LOG_WARNING;
	}
	t->checked = log_target_clock();
	t->missed++;
	t->failing = true;
	if (was)
		return -1;
	snprintf(news, size, "cannot log to %s: %s (said once, until it works again)",
	    t->path, strerror(code));
	return LOG_ERR;
}

void
log_target_close(struct log_target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* Files. */

static int
file_open(struct log_target *t, const struct log_owner *owner)
{
	struct stat st;

	/* One that is there is not "made": below /tmp the kernel may refuse that to all but its
	 * owner (fs.protected_regular), and another program of ours may own it. */
	t->fd = open(t->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
	if (t->fd < 0 && errno == ENOENT)
		t->fd = open(t->path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, owner->mode);
	if (t->fd < 0)
		return errno;
	if (fstat(t->fd, &st) < 0)
		return errno;
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	/* Helpers under that user write into the same file.  A refusal costs only that.
	 */
	if (owner->uid != 0 && S_ISREG(st.st_mode) && st.st_uid != owner->uid &&
	    fchown(t->fd, owner->uid, owner->gid) < 0)
		return 0;
	return 0;
}

/* Another file has the name now (rotation): at most one look a second. */
static void
file_check(struct log_target *t)
{
	time_t now = log_target_clock();
	struct stat st;

	if (t->fd < 0 || t->checked == now)
		return;
	t->checked = now;
	if (stat(t->path, &st) < 0 || st.st_dev != t->dev || st.st_ino != t->ino)
		log_target_close(t);
}

int
log_target_file(struct log_target *t, const struct log_owner *owner, const char *line,
    size_t len)
{
	ssize_t n;

	file_check(t);
	if (t->fd < 0) {
		int code = file_open(t, owner);

		if (code != 0)
			return code;
	}
	if (t->cut && write(t->fd, "\n", 1) != 1)
		return errno;
	t->cut = false;
	n = write(t->fd, line, len);
	if (n < 0)
		return errno;
	t->cut = (size_t)n < len;
	return t->cut ? ENOSPC : 0;
}

/* Syslog. */

static int
syslog_open(struct log_target *t)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = LOG_SYSLOG_PATH };
	struct timeval patience = { .tv_usec = SYSLOG_PATIENCE_MS * 1000L };
	int code;

	t->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return errno;
	setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(t->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	code = errno;
	log_target_close(t);
	return code;
}

int
log_target_syslog(struct log_target *t, const char *line, size_t len)
{
	/* A restarted syslog leaves us with a dead connection: the second try is on a new
	 * one. */
	for (int i = 0; i < 2; i++) {
		int code = t->fd < 0 ? syslog_open(t) : 0;

		if (code != 0)
			return code;
		if (send(t->fd, line, len, MSG_NOSIGNAL) >= 0)
			return 0;
		code = errno;
		if (code == EAGAIN || code == EMSGSIZE)
			return code;
		log_target_close(t);
	}
	return ECONNREFUSED;
}
