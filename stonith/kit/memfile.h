/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text that a command must read from a file, such as a password: a file without a name, which
 * only this process and those that it starts can open, and which is gone when it ends.
 */
#ifndef STONITH_KIT_MEMFILE_H
#define STONITH_KIT_MEMFILE_H

#include <stdbool.h>

#define MEMFILE_PATH 64

/* PATH: how commands find it.  EXECUTABLE: it is a script.  A descriptor, whose close() is the
 * end of the file; or -errno. */
int memfile_make(const char *text, bool executable, char path[MEMFILE_PATH]);

#endif
