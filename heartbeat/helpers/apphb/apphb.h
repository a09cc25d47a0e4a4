/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Application heartbeats (spec/commands.md 8): a program registers, promises a sign of
 * life in an interval, and apphbd tells when the promise is broken.  Messages are structs
 * of native layout whose first eight bytes are the name of their type.
 *
 * wire.c reads and makes them, watch.c judges (pure), apphbd.c is the daemon around it,
 * client.c what programs of ours use.
 */
#ifndef HEARTBEAT_HELPERS_APPHB_APPHB_H
#define HEARTBEAT_HELPERS_APPHB_APPHB_H

#include "lib/err.h"
#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define APPHB_SOCKET HB_RUNDIR "/apphb.comm"
#define APPHB_NAME_MAX 256
#define APPHB_BODY_MAX 1024
#define APPHB_INTERVAL_MS 600000        /* until a client sets its own */
#define APPHB_MS_MAX (366LL * 86400000) /* longer ones are refused */

/* ---- wire.c ---- */

enum apphb_type {
	APPHB_REGISTER,
	APPHB_UNREGISTER,
	APPHB_BEAT,
	APPHB_INTERVAL,
	APPHB_WARN,
	APPHB_BOOT
};

struct apphb_request {
	enum apphb_type type;
	unsigned long value; /* of setint, setwarn, setboot */
	char name[APPHB_NAME_MAX], instance[APPHB_NAME_MAX], directory[APPHB_NAME_MAX];
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

extern const char *const apphb_type_names[];

/* 0, or -EINVAL: unknown type, or too short for it. */
int apphb_decode(struct apphb_request *request, const uint8_t *body, size_t len);
/* The length; BUF has APPHB_BODY_MAX bytes. */
size_t apphb_encode(const struct apphb_request *request, uint8_t *buf);

/* ---- watch.c: one client's promise ---- */

enum apphb_event { APPHB_FINE, APPHB_LATE, APPHB_FAILED, APPHB_RESUMED };

struct apphb_watch {
	bool registered, failed;
	bool boot; /* the machine is to reboot when it fails */
	char name[APPHB_NAME_MAX], instance[APPHB_NAME_MAX], directory[APPHB_NAME_MAX];
	pid_t pid;
	uid_t uid;
	int64_t interval_ms; /* 0 = nothing is promised */
	int64_t warn_ms;     /* 0 = as the interval */
	struct instant beat; /* the last sign of life */
};

/* Answers a request other than a beat: 0 or an errno value. */
int apphb_watch_request(struct apphb_watch *watch, const struct apphb_request *request,
    bool privileged, struct instant now);
/* A sign of life.  LATE and RESUMED come with *LATE_MS since the last one. */
enum apphb_event apphb_watch_beat(struct apphb_watch *watch, struct instant now,
    int64_t *late_ms);
/* Judges at NOW: FAILED once for each failure. */
enum apphb_event apphb_watch_judge(struct apphb_watch *watch, struct instant now);
/* When to judge; never when there is nothing to. */
struct instant apphb_watch_due(const struct apphb_watch *watch);

/* ---- client.c ---- */

struct apphb {
	int fd; /* -1 = not registered */
};

/* Registers, with both times.  0, or -errno: -ENOENT, -ECONNREFUSED when apphbd does not
 * run.  Waits two seconds at most. */
int apphb_open(struct apphb *apphb, const char *name, const char *instance,
    int64_t interval_ms, int64_t warn_ms);
/* Never waits.  0 or -errno; then it is closed. */
int apphb_beat(struct apphb *apphb);
/* Takes leave, so that nobody calls it a hangup. */
void apphb_close(struct apphb *apphb);

#endif
