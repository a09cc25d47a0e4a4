/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running a command for a device, without a shell: its output comes line by line, its time is
 * limited, and at the limit it is ended with all that it started.  What it leaves running when
 * it ends by itself is left alone ("(sleep 2; reboot) &").
 */
#ifndef STONITH_KIT_COMMAND_H
#define STONITH_KIT_COMMAND_H

#include "stonith/plugin.h"

#include <sys/types.h>

#define COMMAND_LINE_MAX 4096
#define COMMAND_OUTPUT_MAX (1 << 20) /* of output in all: more, and it is ended */

struct command {
	const char
	    *path; /* absolute, or a name that is looked up in PATH of its environment */
	char *const *argv; /* NULL-terminated */
	char *const *envp; /* NULL = ours */
	const char *input; /* for its stdin, a file then; NULL = /dev/null */
	long timeout_ms;   /* 0 = as long as the step has */
	bool with_stderr;  /* stderr comes with stdout; else it goes where ours goes */
	/* A line without its end; NULL = dropped.  What it has beyond COMMAND_LINE_MAX is cut. */
	void (*line)(void *data, const char *line);
	/* The same as it comes, not in lines. */
	void (*bytes)(void *data, const char *bytes, size_t len);
	void *data;
};

/* Its exit status; 128 + N after signal N; -S_TIMEOUT; -S_ACCESS when it could not be started;
 * -S_OOPS when there was too much output.  The negative ones are logged. */
int command_run(struct device *device, const struct command *command);

/* The same with all output in OUT, NUL-terminated, cut at SIZE. */
int command_output(struct device *device, const struct command *command, char *out,
    size_t size);

/* Whether NAME can be started. */
bool command_exists(const char *name);

/* For those who talk with a command while it runs: starts it in a group of its own, with these
 * descriptors (-1 = /dev/null; borrowed).  The pid, or -S_ACCESS, logged. */
pid_t command_start(struct device *device, const char *path, char *const *argv,
    char *const *envp, int fd_stdin, int fd_stdout, int fd_stderr);
/* Ends its whole group, if it still runs: SIGTERM, and SIGKILL GRACE_MS later. */
void command_end(struct device *device, pid_t pid, long grace_ms);

#endif
