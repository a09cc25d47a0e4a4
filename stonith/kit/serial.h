/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serial lines: their lock files, settings, and modem lines (spec/stonith.md 1 "tty lock", 8). */
#ifndef STONITH_KIT_SERIAL_H
#define STONITH_KIT_SERIAL_H

#include "stonith/plugin.h"

#include <termios.h>

#define SERIAL_LOCK_DIR "/var/lock"
#define SERIAL_LOCK_MAX 128 /* the path of a lock file */

/* How a line is used. */
struct serial_line {
	const char *path;
	unsigned baud;  /* bit/s: 300 to 115200 */
	bool canonical; /* input comes in whole lines */
	int flags;      /* of open(2), besides O_RDWR and O_NOCTTY */
};

/* Makes the lock file of the tty PATH; LOCK gets its name.  0, or S_ACCESS, logged, with LOCK
 * empty: somebody alive has it, or it cannot be made. */
int serial_lock(struct device *device, const char *path, char lock[SERIAL_LOCK_MAX]);
/* Harmless when LOCK is empty. */
void serial_unlock(char lock[SERIAL_LOCK_MAX]);

/* Opens and sets it: 8 bits, no parity, no flow control, modem lines ignored; what came before
 * is dropped.  SAVED gets the settings that it had.  The descriptor, not blocking, or
 * -S_ACCESS, logged. */
int serial_open(struct device *device, const struct serial_line *line,
    struct termios *saved);

/* Takes DTR (and RTS) away for MS, by speed 0.  0 or S_OOPS, logged. */
int serial_drop_dtr(struct device *device, int fd, long ms);

#endif
