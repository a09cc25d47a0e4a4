/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sd_notify(3) by hand: one datagram to $NOTIFY_SOCKET.  libsystemd and what it pulls in
 * would double the memory that the daemon keeps locked.
 */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

/* STATE: "READY=1", "STATUS=...", "STOPPING=1", several separated by newlines.  1 = sent,
 * 0 = no service manager asked for it, or -errno.  Never blocks. */
int notify_send(const char *state);

#endif
