/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FIFO for root's scripts (spec/resources-v1.md 2.1): text messages, each from ">>>"
 * to "<<<", that go to the cluster as if the daemon had made them.  Several may come in
 * one read, or one in several.
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIFO_MAX 65536
#define FIFO_STORE 4096 /* for the fields that sending adds */

/* Length of the first whole message in BUF, its beginning in *START; 0 = none yet. */
static size_t
find_message(const char *buf, size_t len, size_t *start)
{
	static const char classic[] = ">>>\n", end[] = "<<<\n";
	static const char netstring[] = "###\n", net_end[] = "%%%\n";

	for (size_t i = 0; i + 4 <= len; i++) {
		bool is_classic = memcmp(buf + i, classic, 4) == 0;
		const char *stop = is_classic ? end : net_end;

		if ((i > 0 && buf[i - 1] != '\n' && buf[i - 1] != '\0') ||
		    (!is_classic && memcmp(buf + i, netstring, 4) != 0))
			continue;
		*start = i;
		for (size_t k = i + 4; k + 4 <= len; k++)
			if (memcmp(buf + k, stop, 4) == 0 &&
			    (!is_classic || buf[k - 1] == '\n'))
				return k + 4 - i;
		return 0;
	}
	*start = len > 3 ? len - 3 : 0; /* nothing begins here: at most the beginning of a
	                                   beginning is kept */
	return 0;
}

size_t
hb_fifo_split(char *buf, size_t len, void (*take)(void *data, struct msg *m), void *data)
{
	static struct log_limit limit = { .burst = 5 };
	size_t used = 0;

	for (;;) {
		size_t start, found = find_message(buf + used, len - used, &start);
		struct msg_trust trust = { .keys = NULL };
		struct err err = { "" };
		uint8_t store[FIFO_STORE];
		struct msg m;

		if (found == 0)
			return used + start;
		msg_init(&m, store, sizeof(store));
		if (msg_decode(&m, (uint8_t *)buf + used + start, found, &trust, NULL, 0,
		        &err) == MSG_DROP_NONE)
			take(data, &m);
		else
			log_limited(&limit, LOG_ERR,
			    "FIFO: message of %zu bytes ignored: %s", found, err.text);
		used += start + found;
	}
}

static void
take(void *data, struct msg *m)
{
	hb_send_message(data, m);
}

static void
on_readable(void *data, int fd, int revents)
{
	struct hb *hb = data;
	ssize_t got = read(fd, hb->fifo_buf + hb->fifo_len, FIFO_MAX - hb->fifo_len);
	size_t used;

	(void)revents;
	if (got <= 0)
		return;
	hb->fifo_len += (size_t)got;
	used = hb_fifo_split(hb->fifo_buf, hb->fifo_len, take, hb);
	hb->fifo_len -= used;
	memmove(hb->fifo_buf, hb->fifo_buf + used, hb->fifo_len);
	if (hb->fifo_len == FIFO_MAX) {
		log_line(LOG_ERR, "FIFO: a message without an end in %d bytes: ignored",
		    FIFO_MAX);
		hb->fifo_len = 0;
	}
	hb_flush(hb);
}

int
hb_fifo_open(struct hb *hb, struct err *err)
{
	struct stat st;

	hb->fifo_buf = malloc(FIFO_MAX);
	if (!hb->fifo_buf)
		return err_set(err, -ENOMEM, "no memory for the FIFO");
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
