/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device that is a person (spec/stonith.md 3): asks in the log for the machine to be reset,
 * and waits until meatclient(8) has written into a FIFO that it was.  The reply must name this
 * host, whole; silence is no reply.
 */
#include "stonith/kit/hostlist.h"
#include "stonith/kit/meatware.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 600 /* for a person to come and go */

static int
meatware_configure(struct device *device)
{
	const char *list = device_param(device, "hostlist");
	char host[MEATWARE_HOST_MAX];
	int count = 0;

	device_log(device, LOG_INFO, "parse config info info=%s", list);
	for (const char *at = list; hostlist_next(&at, host, sizeof(host)); count++)
		/* It becomes the name of a file. */
		if (strchr(host, '/')) {
			device_log(device, LOG_CRIT, "'%s' is no host", host);
			return S_BADCONFIG;
		}
	if (count == 0) {
		device_log(device, LOG_CRIT, "the list of hosts is empty");
		return S_BADCONFIG;
	}
	return 0;
}

static int
meatware_status(struct device *device)
{
	(void)device; /* it is always somewhere */
	return 0;
}

static int
meatware_hosts(struct device *device)
{
	return hostlist_tell(device, device_param(device, "hostlist"));
}

/* A fresh FIFO of ours at PATH, open for reading.  An older one, a link or a file of somebody
 * else's in its place is removed, never followed.  Its descriptor, or -1, logged. */
static int
fifo_open(struct device *device, const char *path)
{
	struct stat is;
	int fd = -1;

	if (unlink(path) < 0 && errno != ENOENT) {
		device_log(device, LOG_CRIT, "cannot remove %s: %s", path,
		    strerror(errno));
		return -1;
	}
	if (mkfifo(path, 0600) == 0)
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		device_log(device, LOG_CRIT, "cannot make %s: %s", path, strerror(errno));
		return -1;
	}
	if (fstat(fd, &is) < 0 || !S_ISFIFO(is.st_mode) || is.st_uid != geteuid() ||
	    (is.st_mode & 077)) {
		device_log(device, LOG_CRIT, "%s is not the FIFO that was made", path);
		close(fd);
		return -1;
	}
	return fd;
}

static long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is written, up to a whole message or the writer's end.  0 or S_TIMEOUT, S_OOPS. */
static int
reply_read(int fd, long end_ms, char message[MEATWARE_MESSAGE + 1])
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t used = 0;

	memset(message, 0, MEATWARE_MESSAGE + 1);
	while (used < MEATWARE_MESSAGE) {
		long left = end_ms - now_ms();
		ssize_t n;

		if (left <= 0)
			return S_TIMEOUT;
		if (poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX) <= 0)
			continue;
		n = read(fd, message + used, MEATWARE_MESSAGE - used);
		if (n == 0)
			break;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return S_OOPS;
		if (n > 0)
			used += (size_t)n;
	}
	return 0;
}

/* Cuts the next word off *TEXT; NULL when there is none. */
static char *
word_next(char **text)
{
	char *word = *text + strspn(*text, " \t\r\n\v\f");

	*text = word + strcspn(word, " \t\r\n\v\f");
	if (**text)
		*(*text)++ = '\0';
	return *word ? word : NULL;
}

static int
reply_judge(struct device *device, char *message, const char *host)
{
	char *at = message;
	const char *first = word_next(&at), *second = word_next(&at);
	const char *third = word_next(&at);

	if (!first || !second || !third) {
		device_log(device, LOG_CRIT,
		    "Format error - failed to Meatware-reset node %s", host);
		return S_RESETFAIL;
	}
	if (strcmp(first, "meatware") != 0 || strcmp(second, "reply") != 0 ||
	    !host_is(third, host) || word_next(&at)) {
		device_log(device, LOG_CRIT, "failed to Meatware-reset node %s", host);
		return S_RESETFAIL;
	}
	device_log(device, LOG_INFO, "node Meatware-reset: %s", host);
	return 0;
}

static int
meatware_request(struct device *device, enum stonith_op op, const char *host)
{
	char path[sizeof(MEATWARE_FIFO) + MEATWARE_HOST_MAX];
	char message[MEATWARE_MESSAGE + 1];
	long left = device_time_left(device) - 1000, patience = PATIENCE_S * 1000L;
	int fd, rc;

	(void)op; /* a person knows whether the machine is to come back */
	if (!hostlist_has(device_param(device, "hostlist"), host)) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_id(device), host);
		return S_BADHOST;
	}
	snprintf(path, sizeof(path), "%s%s", MEATWARE_FIFO, host);
	fd = fifo_open(device, path);
	if (fd < 0)
		return S_OOPS;
	device_log(device, LOG_CRIT, "OPERATOR INTERVENTION REQUIRED to reset %s.", host);
	device_log(device, LOG_CRIT,
	    "Run \"meatclient -c %s\" AFTER power-cycling the machine.", host);
	if (left < patience)
		patience = left;
	rc = reply_read(fd, now_ms() + patience, message);
	close(fd);
	if (rc == S_TIMEOUT)
		device_log(device, LOG_CRIT,
		    "nobody has confirmed the reset of %s within %ld s", host,
		    patience / 1000);
	else if (rc)
		device_log(device, LOG_CRIT, "cannot read %s: %s", path, strerror(errno));
	else
		rc = reply_judge(device, message, host);
	if (rc == 0 || rc == S_TIMEOUT)
		unlink(path);
	return rc;
}

static const struct plugin_param params[] = {
	{ .name = "hostlist",
	    .label = "Hostlist",
	    .text = "The hosts that a person can reset, with blanks or commas between." },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "Meatware STONITH device",
	.descr = "A person resets the machine.  The log asks for it; meatclient(8) "
	         "confirms it.  "
	         "After ten minutes without an answer the request has failed.",
	.params = params,
	.request_limit = PATIENCE_S + 10,
	.configure = meatware_configure,
	.status = meatware_status,
	.hosts = meatware_hosts,
	.request = meatware_request,
};
