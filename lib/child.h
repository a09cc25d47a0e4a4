/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting child processes from a large, locked, real-time process without paying for a copy of it:
 * vfork semantics, nothing allocated between vfork and exec.  Every child gets its own process group,
 * normal scheduling, default signals, and only the descriptors that are named here.
 * Nobody waits: the end of a child is an event (child_reap, called on SIGCHLD).
 */
#ifndef LIB_CHILD_H
#define LIB_CHILD_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_GROUPS_MAX 64

struct child_spec {
	const char *path;        /* absolute */
	char *const *argv;       /* NULL-terminated */
	char *const *envp;       /* NULL-terminated */
	const char *cwd;         /* NULL = as ours */
	int fd_stdin;            /* -1 = /dev/null; borrowed */
	int fd_stdout, fd_stderr; /* -1 = /dev/null */
	bool set_user;           /* then uid, gid and groups below are taken on */
	uid_t uid;
	gid_t gid;
	gid_t groups[CHILD_GROUPS_MAX];
	size_t group_count;
	bool die_with_parent;    /* PR_SET_PDEATHSIG SIGTERM */
	bool oom_normal;         /* when memory runs out it may be ended like anybody, whatever protects us */
	bool keep_priority;      /* ours instead of normal scheduling, its own children excepted: for what
	                            ends at once */
};

/* The pid, or -errno with the reason in ERR (also when exec itself failed: that is known at return). */
pid_t child_start(const struct child_spec *spec, struct err *err);

/* Calls ENDED for each child that has ended, with its pid and wait status, until none is left. */
void child_reap(void (*ended)(void *data, pid_t pid, int status), void *data);

/* Whether a process, a child of ours or any other, has ended or is about to: also one that nobody has waited for
 * yet, and one that is just closing its descriptors. */
bool process_is_gone(pid_t pid);

/* "exited with 3", "was killed by signal 9 (Killed)"; BUF is returned. */
const char *child_status_text(int status, char *buf, size_t size);

#endif
