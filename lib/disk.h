/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files written by a thread of their own, so that a slow or full disk does not hold up the loop.  For what may
 * be lost with a crash of the machine in the next moment; what must be on disk before something else
 * happens is written with file_replace() at start.
 */
#ifndef LIB_DISK_H
#define LIB_DISK_H

#include <stddef.h>
#include <sys/types.h>

/* Queues the contents (copied) to replace PATH; a later call for the same PATH supersedes one that still waits. */
void disk_replace(const char *path, const void *data, size_t len, mode_t mode);

/* Logs what failed since the last call, once for each file until a write of it works again.  The thread has no
 * voice of its own: the log belongs to the caller's thread. */
void disk_report(void);

/* Waits until everything queued is written, at most TIMEOUT_MS; then reports. */
void disk_flush(int timeout_ms);

#endif
