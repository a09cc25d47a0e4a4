/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLPLUMBING_CL_MISC_H
#define CLPLUMBING_CL_MISC_H

#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* "true on yes y 1", "false off no n 0", in any case.  HA_OK or HA_FAIL. */
int cl_str_to_boolean(const char *text, int *value);
/* "2", "1500ms", "10us" as milliseconds; a bare number is seconds.  -1: it is none. */
long cl_get_msec(const char *text);
int cl_file_exists(const char *path);
char *cl_get_env(const char *name); /* with or without the prefix "HA_"; or NULL */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
