/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small files, whole: read with a bound, replaced so that a crash at any moment leaves
 * either the old or the new contents.  Both block on the disk: not for the loop of a
 * running daemon, unless the spec asks for the fact on disk before the next packet.
 */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include "lib/err.h"

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Reads the file into BUF and puts a NUL behind it.  Its length, or -errno with "cannot
 * read 'PATH': why" in ERR; -EFBIG when it has SIZE bytes or more; -EISDIR and the like
 * for what is no file. */
ssize_t file_read_bounded(const char *path, void *buf, size_t size, struct err *err);

/* Writes PATH.tmp, syncs it, renames it over PATH and syncs the directory.  MODE is
 * exact, whatever the umask.  0, or -errno with ERR; then PATH is as it was and nothing
 * is left behind. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode,
    struct err *err);
/* The same with the mode and, where root does it, the owner and group that OLD tells of. */
int file_replace_like(const char *path, const void *data, size_t len,
    const struct stat *old, struct err *err);

/* The directory that PATH is in, "." for a name alone; free() it.  Never NULL. */
char *file_directory(const char *path);

#endif
