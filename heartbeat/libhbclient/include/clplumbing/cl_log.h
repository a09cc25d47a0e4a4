/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logging for programs around heartbeat: syslog, files, standard error. */
#ifndef CLPLUMBING_CL_LOG_H
#define CLPLUMBING_CL_LOG_H

#include <glib.h>
#include <syslog.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct ha_msg;

extern int debug_level;

/* PRIORITY: LOG_CRIT ... LOG_DEBUG of <syslog.h>. */
void cl_log(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same as LOG_ERR, with the text of errno behind it. */
void cl_perror(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Each field on a line. */
void cl_log_message(int priority, const struct ha_msg *msg);

void cl_log_set_entity(const char *name);    /* who speaks */
void cl_log_set_facility(int facility);      /* of syslog; 0 or less: no syslog */
void cl_log_set_logfile(const char *path);   /* all but debug; NULL: none */
void cl_log_set_debugfile(const char *path); /* all */
void cl_log_enable_stderr(int on);
void cl_log_enable_stdout(int on);
/* Takes HA_logfacility, HA_logfile, HA_debugfile and HA_debug from the environment, in
 * which heartbeat starts its children. */
void cl_inherit_logging_environment(int ignored);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
