/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pingd without its sockets: what its command line says, and what it makes of a list of
 * nodes. */
#ifndef HEARTBEAT_HELPERS_PINGD_H
#define HEARTBEAT_HELPERS_PINGD_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PINGD_HOST_MAX 64 /* -h; more are refused */

struct pingd_options {
	const char *attribute;            /* -a */
	int64_t multiplier;               /* -m */
	const char *dampen;               /* -d: as attrd takes it; NULL = none */
	const char *set;                  /* -s; NULL = attrd's own choice */
	const char *section;              /* -S */
	const char *pidfile;              /* -p; NULL = none is written */
	const char *host[PINGD_HOST_MAX]; /* -h; none = every ping node counts */
	size_t host_count;
	bool daemon; /* -D */
	int verbose; /* -V, once for each */
	bool help, version;
};

/* 0, or -EINVAL with the reason in ERR. */
int pingd_options_parse(int argc, char **argv, struct pingd_options *options,
    struct err *err);

struct pingd_count {
	int64_t active;
	bool found[PINGD_HOST_MAX]; /* that host is a ping node */
};
/* One node of a list. */
void pingd_count_node(struct pingd_count *count, const struct pingd_options *options,
    const char *name, const char *type, const char *status);
int64_t pingd_value(const struct pingd_options *options, int64_t active);

#endif
