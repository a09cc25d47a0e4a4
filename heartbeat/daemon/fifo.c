/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FIFO for root's scripts (spec/resources-v1.md 2.1): text messages, each from ">>>"
 * to "<<<", that go to the cluster as if the daemon had made them.  Several may come in
 * one read, or one in several.
 */
#include "heartbeat/daemon/daemon.h"
#include "heartbeat/message/stream.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIFO_MAX 65536

static void
take(void *data, struct msg *m)
{
	hb_send_message(data, m);
}

static void
bad(void *data, size_t len, const char *why)
{
	static struct log_limit limit = { .burst = 5 };

	(void)data;
	log_limited(&limit, LOG_ERR, "FIFO: message of %zu bytes ignored: %s", len, why);
}

static void
on_readable(void *data, int fd, int revents)
{
	struct hb *hb = data;
	const struct msg_stream_sink sink = { .take = take, .bad = bad, .data = hb };
	ssize_t got = read(fd, hb->fifo_buf + hb->fifo_len, FIFO_MAX - hb->fifo_len);
	size_t used;

	(void)revents;
	if (got <= 0)
		return;
	hb->fifo_len += (size_t)got;
	used = msg_stream_split(hb->fifo_buf, hb->fifo_len, &sink);
	hb->fifo_len -= used;
	memmove(hb->fifo_buf, hb->fifo_buf + used, hb->fifo_len);
	if (hb->fifo_len == FIFO_MAX) {
		log_line(LOG_ERR, "FIFO: a message without an end in %d bytes: ignored",
		    FIFO_MAX);
		hb->fifo_len = 0;
	}
	hb_flush(hb);
}

static int
make_and_open(struct hb *hb, struct err *err)
{
	struct stat st;

	if (lstat(HB_FIFO, &st) == 0 && !S_ISFIFO(st.st_mode)) {
		/* What a shell left behind that wrote while no daemon was there. */
		log_line(LOG_WARNING, "%s was no FIFO: replaced", HB_FIFO);
		unlink(HB_FIFO);
	}
	if (mkfifo(HB_FIFO, 0600) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make '%s': %s", HB_FIFO,
		    strerror(errno));
	chmod(HB_FIFO, 0600);
	hb->fifo_fd = open(HB_FIFO, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (hb->fifo_fd < 0)
		return err_set(err, -errno, "cannot open '%s': %s", HB_FIFO,
		    strerror(errno));
	if (loop_fd_add(hb->loop, hb->fifo_fd, POLLIN, false, "FIFO", on_readable, hb) <
	    0)
		return err_set(err, -errno, "cannot listen on '%s'", HB_FIFO);
	return 0;
}

int
hb_fifo_open(struct hb *hb, struct err *err)
{
	hb->fifo_buf = malloc(FIFO_MAX);
	if (!hb->fifo_buf)
		return err_set(err, -ENOMEM, "no memory for the FIFO");
	return make_and_open(hb, err);
}

/* Somebody removed or replaced it: hb_standby and its like would find nobody. */
void
hb_fifo_keep(struct hb *hb)
{
	struct stat ours, there;
	struct err err;

	if (hb->fifo_fd >= 0) {
		if (fstat(hb->fifo_fd, &ours) == 0 && lstat(HB_FIFO, &there) == 0 &&
		    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
			return;
		log_line(LOG_ERR, "%s was removed or replaced: making it again", HB_FIFO);
		loop_fd_remove(hb->loop, hb->fifo_fd);
		close(hb->fifo_fd);
	}
	hb->fifo_fd = -1;
	hb->fifo_len = 0;
	if (make_and_open(hb, &err) < 0 && hb->fifo_fd >= 0) {
		close(hb->fifo_fd);
		hb->fifo_fd = -1;
	}
}

void
hb_fifo_free(struct hb *hb)
{
	if (hb->fifo_fd >= 0)
		close(hb->fifo_fd);
	free(hb->fifo_buf);
}
