/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files under $HA_RSCTMP: locks, the pids of announcers, what has to be put back at
 * stop. The directory is made when it is missing and emptied by the daemon at its start.
 *
 * Everything here may fail on a read-only or full file system, and no address is given
 * up for that: callers warn and go on.
 */
#ifndef IPADDR_STATE_H
#define IPADDR_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The path of NAME, its directory made.  False when it would be too long; OUT is then "".
 */
bool state_path(char out[PATH_MAX], const char *name);

/* A directory inside it. */
void state_dir_make(const char *name);

/* A lock that ends with the process or with close(); waits at most a second, because a
 * wrong label is better than no address.  -1 when it cannot be had. */
int state_lock(const char *name);

/* Whole small texts.  False when it did not work; read() then leaves OUT empty. */
bool state_write(const char *name, const char *text);
bool state_read(const char *name, char *out, size_t size);
bool state_exists(const char *name);
void state_remove(const char *name);

#endif
