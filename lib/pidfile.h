/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pid file of a helper, as its predecessors had it: "%10lu\n".  Who runs also holds a
 * lock on it, so that a pid which was given away anew is not taken for the helper; a
 * helper of an older package, which holds none, is known by its executable's name.
 */
#ifndef LIB_PIDFILE_H
#define LIB_PIDFILE_H

#include "lib/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* The pid of the running PROGRAM (base name), or 0.  STALE: the file is there without it.
 */
pid_t pidfile_running(const char *path, const char *program, bool *stale);
/* Takes the file for this process: a descriptor that holds the lock while it is open; or
 * -EBUSY, -errno with ERR. */
int pidfile_take(const char *path, struct err *err);
/* SIGTERM, and waits until the process is gone: 0, or -errno with ERR. */
int pidfile_stop(pid_t pid, struct err *err);

#endif
