/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps the daemon on time: a real-time priority, memory that is never fetched from
 * a disk, and a kernel that ends others first when there is none left. Neither is worth dying for: a failure comes back as a text to be logged as
 * a warning.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include "lib/err.h"

#include <stddef.h>

/* SCHED_RR with that priority, brought into the range of the kernel; 0 or less = leave as
 * it is.  Children made by child_start() and the log's writer do not inherit it.  0 or
 * -errno. */
int prio_realtime(int prio, struct err *err);

/* Locks what is there and what comes.  STACK_KB of stack and HEAP_KB of heap are made
 * present at once, so that neither needs the kernel's memory management later.  Programs
 * and libraries are made present when the program itself was linked against them; what is
 * only pulled in by a library (libqb's libsystemd with five more, 3.4 MB that are never
 * called) is locked where it is touched.  0 or -errno. */
int mem_lock(size_t stack_kb, size_t heap_kb, struct err *err);

/* When memory runs out, the kernel is to end anything else.  Children inherit it, unless
 * they are made with the flag oom_normal.  0 or -errno. */
int oom_protect(struct err *err);

#endif
