/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series of announcements of one address.  The first goes out before anybody waits for
 * anything; the rest is sent by a detached child, which ends itself when the address has
 * gone and is killed when the address is released.
 */
#ifndef IPADDR_ANNOUNCE_H
#define IPADDR_ANNOUNCE_H

#include <limits.h>
#include "heartbeat/helpers/ipaddr/frame.h"

struct announce {
	struct ipaddr addr;
	char nic[IFNAMSIZ];
	int nic_index;    /* scopes the test of an IPv6 link-local address */
	int interval_ms;  /* of a repeat: one request and one reply, or one advertisement
	                   */
	int repeat_count; /* 1 or more */
	bool only_if_present; /* stop as soon as this machine no longer has the address */
	const uint8_t *mac;   /* announce this one; NULL = the interface's own */
	char pidfile[PATH_MAX]; /* "" = none */
};

/* Sends the first repeat, at once, and leaves the others to a child.  A predecessor named
 * in the pid file is killed first.  -errno with the reason in ERR when not even the first
 * went. */
int announce_start(const struct announce *a, struct err *err);

/* The whole series by this process, requests and replies half an interval apart. */
int announce_run(const struct announce *a, struct err *err);

/* Ends the announcer that PIDFILE names, if it lives, and removes the file.  A file that
 * a crash left behind ends nobody: only the holder of its lock is killed. */
void announce_kill(const char *pidfile);

/* Makes a forked child independent: own session, ordinary scheduling and signals, nothing
 * open but two kept descriptors (-1 = none) and /dev/null as 0, 1 and 2. */
void announce_detach_self(int keep_a, int keep_b);

#endif
