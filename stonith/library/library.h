/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fencing devices, for programs that use them (spec/stonith.md 1).
 *
 * A device is a type and a configuration.  Its driver runs in a process of its own
 * (stonith-device), which is started with the first step and stays for the following ones.
 * A step has a limit: then the process is ended with all that it started, and the next step
 * begins with a new one, configured again.  The same steps are taken one after the other
 * (stn_step_run()) or from an event loop (stn_step_start()).
 */
#ifndef STONITH_LIBRARY_H
#define STONITH_LIBRARY_H

#include "lib/err.h"
#include "stonith/codes.h"
#include "stonith/library/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STN_TYPE_MAX 100       /* bytes of a type's name */
#define STN_PARAMS_MAX 100     /* parameters of a device */
#define STN_PARAM_NAME_MAX 128 /* bytes */
#define STN_LINE_MAX 1023  /* bytes of the line of a file; the rest is cut, as of old */
#define STN_HOSTS_MAX 4096 /* of one list, and of one listing of types; more is S_OOPS */
#define STN_LINES_MAX 100000 /* log and transcript lines of one step; more is S_OOPS */

struct loop;
struct stn_device;

/* What a device has to say while a step runs.  Each may be NULL.  Texts are one line,
 * printable, and free of secrets. */
struct stn_watcher {
	void (*log)(void *data, int priority, const char *text);
	/* '>' to the device, '<' from it, '=' a remark; no transcript is made when NULL. */
	void (*trace)(void *data, char way, const char *text);
	/* The end of a step that was begun by stn_step_start(); the last call of that step:
	 * the next one may be begun, or the device freed, from it. */
	void (*done)(void *data, int code);
};

struct stn_step {
	enum wire_step step;
	unsigned about;     /* of describe: bits of enum wire_about; 0 = all */
	enum stonith_op op; /* of a request */
	const char *host;   /* of a request: lower-cased on the way */
	int limit_ms;       /* 0 = the driver's */
};

/* Types. */

/* STONITH_PLUGIN_DIR of the environment, or what was built in. */
const char *stn_plugin_dir(void);
/* Whether there is a driver for it.  The script or agent of external/NAME and rhcs/NAME is not
 * looked for: that is the driver's. */
bool stn_type_exists(const char *type);
/* All types in their order, NULL at the end; stn_strings_free() it.  NULL: no memory.  What
 * drivers say of files that they pass over goes to WATCHER. */
char **stn_types_list(const struct stn_watcher *watcher, void *data);
void stn_strings_free(char **strings);

/* Devices. */

/* NULL with the reason in ERR, when there is no such type or no memory.  WATCHER must stay. */
struct stn_device *stn_device_new(const char *type, const struct stn_watcher *watcher,
    void *data, struct err *err);
/* Ends its process, an orderly one first; in a loop without waiting.  NULL is harmless. */
void stn_device_free(struct stn_device *device);
/* What is known: "" before, after STEP_DESCRIBE or a step that found out more. */
const char *stn_device_about(const struct stn_device *device, enum wire_about about);
/* The host names of the last STEP_HOSTS or STEP_LIST, NULL at the end; the device's. */
char *const *stn_device_hosts(const struct stn_device *device);
/* While parameters may be in our environment, and it is not known which: the process gets only
 * what any program needs of it.  Switched off, the next process gets all but parameters. */
void stn_device_env_small(struct stn_device *device, bool small);

/* Parameters, before STEP_CONFIGURE.  The last value of a name counts.  0, or -E2BIG, -ENOMEM
 * with the reason in ERR. */
int stn_param_set(struct stn_device *device, const char *name, const char *value,
    struct err *err);
/* The parameter at I as it was given; false at the end. */
bool stn_param_at(const struct stn_device *device, size_t i, const char **name,
    const char **value);
/* The forms of configuration (spec/stonith.md 1); STEP_DESCRIBE comes before.  TEXT: values in the order of the
 * names, the last one taking the rest.  0, or -EINVAL when there are fewer than names, or
 * as above. */
int stn_params_parse(struct stn_device *device, const char *text, struct err *err);
/* The first line of a file that is no comment.  The same, or -errno when it cannot be read. */
int stn_params_read(struct stn_device *device, const char *path, struct err *err);
/* From variables of the environment that have the names.  They are hidden from the process. */
int stn_params_from_env(struct stn_device *device, struct err *err);

/* The same without a device: TAKE gets each and says what to go on with, 0, or what to return. */
typedef int stn_param_take(void *data, const char *name, const char *value,
    struct err *err);
/* NAMES: blank separated. */
int stn_params_split(const char *names, const char *text, stn_param_take *take,
    void *data, struct err *err);
int stn_params_env(const char *names, stn_param_take *take, void *data, struct err *err);
/* The line itself, STN_LINE_MAX + 1 bytes. */
int stn_params_line(const char *path, char *line, struct err *err);

/* Steps.  One at a time. */

/* Begins one, waits for its end, and returns its code. */
int stn_step_run(struct stn_device *device, const struct stn_step *step);
/* In a loop: done() tells the code, also when it could not be begun, but never before this
 * returns. */
void stn_step_start(struct stn_device *device, struct loop *loop,
    const struct stn_step *step);
/* For owners of a loop who reap every child: whether PID was the process of this device. */
bool stn_device_reaped(struct stn_device *device, pid_t pid, int status);

#endif
