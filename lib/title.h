/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ps(1) shows for this process. */
#ifndef LIB_TITLE_H
#define LIB_TITLE_H

/* "heartbeat: log writer": in ps -ef cut to the room that the original command line had,
 * in the process name to the kernel's 15 characters.  Never fails.  Arguments in argv are
 * overwritten: copy before. */
void title_set(const char *title);

#endif
