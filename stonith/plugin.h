/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a fencing driver is (spec/stonith.md 1, 6).  A driver is a shared object in the
 * plugin directory; the name of the file without ".so" is its type.  It exports one
 * symbol, stonith_plugin.
 *
 * Drivers run in stonith-device, a process of its own for each device: they may block, they
 * hold the only session to the device, and they are ended from outside, with everything
 * that they started, when the limit of a step has passed.  So they need no threads, no
 * signals and no clean-up for that case.  They never read stdin and never write stdout or
 * stderr: what is to be said goes through device_log(), device_trace() and device_host().
 *
 * Success is positive evidence from the device.  Nothing else returns S_OK.
 */
#ifndef STONITH_PLUGIN_H
#define STONITH_PLUGIN_H

#include "stonith/codes.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <syslog.h>

#define STONITH_PLUGIN_ABI 1

struct device; /* one configured device, within its process */

/* A parameter, as -n, -m and -h show it. */
struct plugin_param {
	const char *name;
	const char *label;   /* short description */
	const char *text;    /* long description; NULL = the label */
	const char *content; /* type: "string" when NULL */
	const char *initial; /* default; NULL = none */
	bool unique, optional;
	bool secret;   /* its value is blanked in every log line and transcript */
	bool unlisted; /* not among the names of -n and -p */
	bool hidden;   /* not in the XML of -m */
};

struct plugin {
	unsigned abi;                      /* STONITH_PLUGIN_ABI */
	const char *id;                    /* device id: "APC MasterSwitch" */
	const char *descr;                 /* what it drives; sentences */
	const char *url;                   /* NULL = none */
	const struct plugin_param *params; /* in the order of -p; ended by a NULL name */
	/* Limits of a step in seconds; 0 = the usual one (configure and status 60, hosts 60,
	 * request 180). */
	unsigned status_limit, hosts_limit, request_limit;
	/* What configuring without a required parameter returns; 0 = S_INVAL. */
	int missing_code;
	/* configure() speaks to the device: it is not called where the configuration is only
	 * looked at. */
	bool configure_asks;

	/* Looks at the parameters only: that the required ones are there has been seen to.
	 * What must be remembered goes to device_set_data().  It does not speak to the
	 * device, unless the spec says so.  Any of these returns a stonith_code. */
	int (*configure)(struct device *device);
	int (*status)(struct device *device);
	/* Calls device_host() for each. */
	int (*hosts)(struct device *device);
	/* HOST is in lower case. */
	int (*request)(struct device *device, enum stonith_op op, const char *host);
	/* The end of an orderly session: log out, restore what was changed.  May be NULL. */
	void (*close)(struct device *device);

	/* For drivers that stand for many types (external/NAME, rhcs/NAME); NULL in others.
	 * list: calls device_host() with each NAME in bytewise order.  describe: fills in
	 * what is static in other drivers, by device_described(); configured or not. */
	int (*list)(struct device *device);
	int (*describe)(struct device *device);
};

/* What each driver defines. */
#define STONITH_EXPORT __attribute__((visibility("default")))
extern STONITH_EXPORT const struct plugin stonith_plugin;

/* Offered by stonith-device to the drivers that it loads. */
#pragma GCC visibility push(default)

/* The type as it was asked for: "baytech", "external/ipmi". */
const char *device_type(const struct device *device);
/* The part behind the "/"; NULL when there is none. */
const char *device_subtype(const struct device *device);
/* The directory that holds stonith2, external and rhcs; absolute. */
const char *device_plugin_dir(const struct device *device);

/* The value of a parameter, NULL when it was not given.  Lives as long as the device. */
const char *device_param(const struct device *device, const char *name);
/* All of them, in the order in which they were given; false at the end. */
bool device_param_at(const struct device *device, size_t i, const char **name,
    const char **value);

/* The driver's own. */
void device_set_data(struct device *device, void *data);
void *device_data(const struct device *device);

/* What the device is now known to be: a more precise id ("BayTech RPC-5"), and the name of
 * this unit (its address, its tty).  Copied. */
void device_set_id(struct device *device, const char *id);
void device_set_name(struct device *device, const char *name);
const char *device_id(const struct device *device);

/* One line for the log; no newline at the end.  Secrets are blanked. */
void device_log(struct device *device, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The transcript: LEN bytes that went to the device ('>') or came from it ('<'), or a remark
 * ('='), such as a command that was started.  Secrets are blanked, also when they come in
 * several pieces; control characters are made visible. */
void device_trace(struct device *device, char way, const void *bytes, size_t len);
/* A value that is secret although no parameter says so (a hash, a cookie). */
void device_secret(struct device *device, const char *value);

/* One host of the list.  As it is: the caller lower-cases where the spec says so. */
void device_host(struct device *device, const char *host);

/* For describe(): KEY is "id", "descr", "url", "names" (blank separated, in the order of
 * -p), "known" (of all parameters), "required" (of those that must be there; "a|b" =
 * one of both), "secret" (of
 * those that are blanked) or "xml" (the <parameters> block). */
void device_described(struct device *device, const char *key, const char *value);
/* Whether somebody wants to know it: each answer may cost the run of a script. */
bool device_wants(const struct device *device, const char *key);

/* PID, the leader of a process group, has been started for this device (RUNS), or has been
 * waited for.  When our process is ended from outside, so are all groups that still run.
 * Drivers need not call this: kit/command.h does. */
void device_child(struct device *device, pid_t pid, bool runs);

/* Milliseconds that are left of this step; a driver that waits for several things in a row
 * can give up with a better message than the one from outside. */
long device_time_left(const struct device *device);

#pragma GCC visibility pop

#endif
