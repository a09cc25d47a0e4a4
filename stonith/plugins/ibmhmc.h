/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two halves of ibmhmc: the console, its commands and tables (ibmhmc_console.c), and what is done with a
 * partition (ibmhmc.c).
 */
#ifndef STONITH_PLUGINS_IBMHMC_H
#define STONITH_PLUGINS_IBMHMC_H

#include "stonith/kit/hmc.h"
#include "stonith/plugin.h"

struct partition {
	char name[HMC_NAME_MAX], system[HMC_NAME_MAX];
	bool full; /* the whole system is one */
};

struct console {
	struct device *device;
	char address[256];
	char patterns[1024]; /* of systems; "" = all */
	int version;
	struct partition *partitions;
	size_t count, room;
	int askpass_fd; /* a script that prints the password; -1 = none */
	char **envp;
};

/* What a command printed. */
struct lines {
	char (*line)[HMC_NAME_MAX];
	size_t count;
};

/* Of the device's parameters: address and patterns.  0 or a code, logged; as all below. */
int hmc_parameters_take(struct console *console);
/* The environment of ssh, with the PASSWORD (NULL: a key must do). */
int hmc_environment_make(struct console *console, const char *password);

#define HMC_WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* Runs the WORDS (ended by NULL) at the console; LINES may be NULL. */
int hmc_run(struct console *console, struct lines *lines, const char *const *words);
/* free() its line in the end. */
int hmc_lines_new(struct lines *lines);

/* Whether it lets ssh in; who it is; which partitions it has. */
int hmc_console_check(struct console *console);
int hmc_console_identify(struct console *console);
int hmc_tables_read(struct console *console);

#endif
