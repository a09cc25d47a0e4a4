/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to heartbeat/media: a serial port of this machine, and who has it. */
#ifndef HEARTBEAT_MEDIA_TTY_H
#define HEARTBEAT_MEDIA_TTY_H

#include "lib/err.h"

#include <stdbool.h>

/* The rates of ha.cf; false for any other. */
bool tty_rate_is_known(int baud);

/* A raw line of eight bits at BAUD with RTS/CTS, which nothing waits for: neither opening
 * for a carrier nor a write for the other end.  The descriptor; or -errno with the reason
 * in ERR: -ENOENT, -ENOTTY (no terminal), -EIO (it hangs), ... */
int tty_open(const char *path, int baud, struct err *err);
/* Without waiting for what it still holds. */
void tty_close(int fd);

/* Begins or ends a break: the other end sees that somebody is here. */
void tty_break(int fd, bool on);

/* The lock file of uucp, minicom, getty: LCK..ttyS0 for /dev/ttyS0.  0; -EBUSY with whose
 * it is in ERR; -errno.  One whose process is gone, or which is ours, is taken over. */
int tty_lock(const char *path, struct err *err);
/* Only if it is ours. */
void tty_unlock(const char *path);

#endif
