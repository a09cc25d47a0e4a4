/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Into the background, where the caller waits until it is known how the start went.
 */
#ifndef LIB_DAEMONIZE_H
#define LIB_DAEMONIZE_H

/* In the parent: waits, and returns the exit code that the child has reported (1 when it
 * died without).  In the child: -1, a session of its own, and *REPORT_FD. */
int daemonize(int *report_fd);
/* In the child: CODE is the exit code of the waiting parent.  Lets go of the standard
 * descriptors. */
void daemonize_done(int report_fd, int code);

#endif
