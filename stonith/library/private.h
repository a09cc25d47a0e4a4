/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the library: the device and its process. */
#ifndef STONITH_LIBRARY_PRIVATE_H
#define STONITH_LIBRARY_PRIVATE_H

#include "lib/instant.h"
#include "lib/loop.h"
#include "stonith/library/library.h"

#define STN_ABOUT_MAX 524288 /* bytes of one description; more is refused */
#define STN_LIMIT_MAX_MS 86400000
#define STN_KILL_MS 5000 /* from SIGTERM, which ends all that was started, to SIGKILL */
#define STN_GRACE_MS                                                                     \
	500 /* a driver that keeps the limit itself knows better what it waited for */
#define STN_SEND_MS 2000 /* a process that does not read is given up after this */

struct stn_param {
	char *name, *value;
};

struct stn_device {
	char type[STN_TYPE_MAX + 1];
	const struct stn_watcher *watcher;
	void *data;
	struct stn_param param[STN_PARAMS_MAX];
	size_t param_count;
	char *about[ABOUT_COUNT];
	char **host; /* NULL-terminated */
	size_t host_count, host_size;
	bool env_small;
	bool configured; /* a STEP_CONFIGURE has succeeded, whichever process it was in */

	/* The process. */
	pid_t pid;           /* 0 = none */
	int fd;              /* -1 = none */
	bool pid_params;     /* this one has the parameters */
	bool pid_configured; /* this one is */
	bool reaped;         /* somebody else has waited for it */
	int status;          /* then */

	/* The step. */
	bool running;
	struct stn_step step; /* what was asked for */
	char step_host[256];
	enum wire_step
	    now; /* what the process does: the step, or STEP_CONFIGURE before it */
	struct instant end;
	unsigned line_count;
	int limit_ms;
	bool ended_late; /* SIGTERM was sent at the limit */
	bool over;       /* in a loop: done() is still to be called */
	int code;        /* of the step, once it does not run */

	struct loop *loop; /* NULL = steps are run, not started */
	struct loop_timer timer;
};

void stn_log(struct stn_device *device, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The process. */
/* 0 or -errno with the reason in ERR. */
int stn_process_start(struct stn_device *device, struct err *err);
/* Its wait status, waiting at most WAIT_MS and then killing it. */
int stn_process_reap(struct stn_device *device, int wait_ms);

/* Facts that a step brings. */
int stn_about_add(struct stn_device *device, enum wire_about about, const char *part,
    bool goes_on);
int stn_host_add(struct stn_device *device, const char *host);
void stn_hosts_clear(struct stn_device *device);

#endif
