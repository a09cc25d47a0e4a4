/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running a command for a device, without a shell: its output comes line by line, its time is
 * limited, and it is ended with all that it started.
 */
#ifndef STONITH_KIT_COMMAND_H
#define STONITH_KIT_COMMAND_H

#include "stonith/plugin.h"

struct command {
	const char *path;  /* absolute, or a name that is looked up in PATH */
	char *const *argv; /* NULL-terminated */
	char *const *envp; /* NULL = ours */
	const char *input; /* for its stdin; NULL = /dev/null */
	long timeout_ms;   /* 0 = as long as the step has */
	bool with_stderr;  /* stderr comes with stdout; else it goes where ours goes */
	/* A line without its end; NULL = dropped.  At most 4096 bytes of it, and at most 1 MiB in all. */
	void (*line)(void *data, const char *line);
	void *data;
};

/* Its exit status; 128 + N after signal N; -S_TIMEOUT; -S_ACCESS when it could not be started
 * (logged); -S_OOPS when there was too much output. */
int command_run(struct device *device, const struct command *command);

/* The same with all output in OUT, NUL-terminated, cut at SIZE. */
int command_output(struct device *device, const struct command *command, char *out,
    size_t size);

#endif
