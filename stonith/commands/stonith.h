/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside stonith(8): what was asked for, and where the answers go. */
#ifndef STONITH_COMMANDS_STONITH_H
#define STONITH_COMMANDS_STONITH_H

#include "stonith/library/library.h"

#include <stdio.h>

/* What the command line says. */
struct call {
	const char *type;
	const char *params, *file; /* -p, -F */
	bool from_env;             /* -E */
	char **pair;               /* name=value arguments */
	int pair_count;
	const char *host;
	enum stonith_op op;
	int count;    /* rounds */
	int limit_ms; /* of a step; 0 = the driver's */
	bool help, list_types, names, metadata, hosts, status;
	bool silent, transcript, check, json;
	int debug;
};

/* Exit codes besides those of the driver (stonith/codes.h). */
enum stonith_exit {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,
	EXIT_NO_TYPE = 8,
	EXIT_NO_HOSTS = 255
};

/* Options. */

enum { OPTION_TIMEOUT = 256, OPTION_TRANSCRIPT, OPTION_CHECK, OPTION_JSON };

/* As getopt_long(3): the letter, or one of these. */
int option_next(int argc, char **argv);
void print_options(void);

/* Messages. */

/* Where they go: stderr when stdin is a terminal, else the cluster's log. */
void say_open(const struct call *call);
void say(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For the library. */
extern const struct stn_watcher say_watcher, say_watcher_transcript;

/* Help. */
void print_usage(FILE *out);
/* 0, or EXIT_USAGE when the type does not exist. */
int print_help(const struct call *call);
int print_names(const char *type);
int print_metadata(const char *type);

/* Doing it. */

/* The device described, or NULL with the exit code in *CODE. */
struct stn_device *device_make(const struct call *call, int *code);
/* 0 or an exit code. */
int device_configure(const struct call *call, struct stn_device *device);
int device_check(const struct call *call, struct stn_device *device);

/* JSON. */
void json_text(FILE *out, const char *text);

#endif
