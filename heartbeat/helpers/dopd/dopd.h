/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dopd and drbd-peer-outdater have in common, and what dopd decides
 * (spec/commands.md 11):
 *
 *	DRBD runs drbd-peer-outdater -> our dopd -> the peer's dopd -> drbdadm outdate
 *	RESOURCE, and its result comes back the same way as an exit code that DRBD knows.
 *
 * Pure: no socket, no process.
 */
#ifndef HEARTBEAT_HELPERS_DOPD_H
#define HEARTBEAT_HELPERS_DOPD_H

#include "heartbeat/message/message.h"
#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>

#define DOPD_SOCKET HB_RUNDIR "/dopd/outdater"
#define DOPD_NAME_MAX 128 /* of a resource, of a node; longer ones are refused */
#define DOPD_PATIENCE_S                                                                  \
	60 /* of drbd-peer-outdater by default, and of dopd with drbdadm */

/* Exit codes that DRBD reads. */
enum dopd_result {
	DOPD_INCONSISTENT = 3,
	DOPD_OUTDATED = 4,
	DOPD_UNREACHABLE = 5, /* unknown, dead, no answer in time */
	DOPD_PRIMARY = 6,
	DOPD_FAILED = 20,
	DOPD_BUSY = 21, /* another request for the resource is running */
};

/* Whether NAME, which comes from the network, may be given to drbdadm: no option, no
 * path, not "all". */
bool dopd_resource_is_sound(const char *name);
/* What "drbdadm outdate" means that ended with STATUS, of wait(2). */
enum dopd_result dopd_result_of(int status);
/* A result that somebody sent; what DRBD does not know is a failure. */
enum dopd_result dopd_result_parse(const struct msg *m, const char *field);

/* What drbd-peer-outdater asks for. */
struct dopd_request {
	char peer[DOPD_NAME_MAX], resource[DOPD_NAME_MAX];
};
/* 0, or -EINVAL with the reason in ERR. */
int dopd_request_parse(const struct msg *m, struct dopd_request *request,
    struct err *err);

/* The command line of drbd-peer-outdater. */
struct dopd_options {
	struct dopd_request request; /* peer in lower case */
	int patience_s;
	bool help, version;
};
int dopd_options_parse(int argc, char **argv, struct dopd_options *options,
    struct err *err);

#endif
