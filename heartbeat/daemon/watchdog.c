/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog (spec/config.md 11.4): a device that resets this machine unless a byte is
 * written to it in time.  It gets one with each status of ours that goes out, from the
 * turn of the loop that sent it and from nowhere else: a daemon that hangs, or is killed,
 * feeds nothing.
 *
 *	orderly stop               'V', close: the device rests
 *	exec restart in place      the descriptor goes on to the new program: no gap, no 'V'
 *	restart after a partition  'V' once everything is released, for the time of silence
 *	the machine is to reboot   neither: should the reboot hang, the device does it
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MARGIN_MS 10

static void
drop(struct hb *hb)
{
	close(hb->watchdog_fd);
	hb->watchdog_fd = -1;
}

/* False when the device is lost. */
static bool
put(struct hb *hb, char byte)
{
	if (write(hb->watchdog_fd, &byte, 1) == 1 || errno == EAGAIN || errno == EINTR)
		return true;
	log_line(LOG_ERR, "Watchdog write failure: closing %s: %s",
	    hb->all.conf.watchdog ? hb->all.conf.watchdog : "it", strerror(errno));
	drop(hb);
	return false;
}

static void
set_timeout(struct hb *hb)
{
	int seconds = (int)((hb->all.conf.deadtime_ms + MARGIN_MS + 999) / 1000);

	if (ioctl(hb->watchdog_fd, WDIOC_SETTIMEOUT, &seconds) < 0)
		log_line(LOG_WARNING,
		    "watchdog device %s: its timeout cannot be set to %d s (%s), its own "
		    "is "
		    "in force",
		    hb->all.conf.watchdog, seconds, strerror(errno));
	else
		log_line(LOG_DEBUG, "watchdog device %s: timeout %d s",
		    hb->all.conf.watchdog, seconds);
}

/* Of the program that we were before an exec; -1 = none. */
static int
inherited(void)
{
	const char *text = getenv(HB_WATCHDOG_MARK);
	int fd = text ? atoi(text) : -1;

	unsetenv(HB_WATCHDOG_MARK);
	if (fd <= STDERR_FILENO || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fd;
}

static bool
is_the_same(int fd, const char *path)
{
	struct stat open_one, named;

	return fstat(fd, &open_one) == 0 && stat(path, &named) == 0 &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

void
hb_watchdog_open(struct hb *hb)
{
	const char *device = hb->all.conf.watchdog;

	hb->watchdog_fd = hb->options.in_place ? inherited() : -1;
	if (hb->watchdog_fd >= 0 && (!device || !is_the_same(hb->watchdog_fd, device)))
		hb_watchdog_close(hb);
	if (!device)
		return;
	/* Without waiting: what is no device, a pipe that nobody reads, must not hold us
	 * up. */
	if (hb->watchdog_fd < 0)
		hb->watchdog_fd =
		    open(device, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (hb->watchdog_fd < 0) {
		log_line(LOG_ERR, "Cannot open watchdog device: %s: %s", device,
		    strerror(errno));
		return;
	}
	log_line(LOG_NOTICE, "Using watchdog device: %s", device);
	set_timeout(hb);
}

void
hb_watchdog_feed(struct hb *hb)
{
	if (hb->watchdog_fd >= 0 && !hb->silent)
		put(hb, 0);
}

void
hb_watchdog_close(struct hb *hb)
{
	if (hb->watchdog_fd >= 0 && !hb->silent && put(hb, 'V'))
		drop(hb);
}

void
hb_watchdog_keep(struct hb *hb)
{
	char text[16];

	if (hb->watchdog_fd < 0 || fcntl(hb->watchdog_fd, F_SETFD, 0) < 0)
		return;
	put(hb, 0); /* the new program reads its files first */
	snprintf(text, sizeof(text), "%d", hb->watchdog_fd);
	setenv(HB_WATCHDOG_MARK, text, 1);
}
