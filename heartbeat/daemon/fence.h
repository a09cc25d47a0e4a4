/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fence.c (resetting nodes) and devices.c (looking after the devices) share. */
#ifndef HEARTBEAT_DAEMON_FENCE_H
#define HEARTBEAT_DAEMON_FENCE_H

#include "heartbeat/daemon/daemon.h"

struct hb_fence_run {
	struct hb *hb;
	char node[MEMB_NAME_MAX];
	bool active;             /* the core waits for an answer */
	pid_t pid;               /* of the present command; 0 = none */
	pid_t old_pid;           /* of one that was called off and has not ended */
	size_t device, tried;    /* at work; how many were before it in this attempt */
	size_t first;            /* device of the next attempt */
	size_t done_by;          /* the last success */
	bool badhost;            /* every device of this attempt said so */
	bool soft;               /* was asked to end */
	struct loop_timer timer; /* its limit */
};

struct hb_device {
	char name[96]; /* as it calls itself; "" = not known (yet) */
	int name_fd;   /* .. to be found there; -1 */
	pid_t name_pid;
	bool failed; /* its last status check */
};

struct hb_fences {
	struct hb_fence_run run[RSC_NODE_MAX];
	size_t run_count;
	struct hb_device *device; /* as in ha.cf */
	struct loop_timer status_timer;
	pid_t status_pid; /* the check that runs; 0 = none */
	size_t status_device;
	int name_waits; /* how often the first check has waited for the devices' names */
	bool status_soft, status_left; /* was asked to end: too slow; to make room */
};

/* fence.c */
const char *hb_device_name(const struct hb *hb, size_t device);
/* Runs stonith(8) for that device.  Its pid; when it cannot be run, that of something
 * that fails; 0: not even that. */
pid_t hb_device_run(struct hb *hb, size_t device, const char *const words[],
    int fd_stdout, const char *what, void (*ended)(struct hb *, struct hb_child *, int));
void hb_device_kill(pid_t pid, int signo);
void hb_managed_log(const char *what, pid_t pid, int status, int code);

/* devices.c */
void hb_devices_open(struct hb *hb);
/* A node is to be reset: nobody else may have a session with a device. */
void hb_devices_leave(struct hb *hb);

#endif
