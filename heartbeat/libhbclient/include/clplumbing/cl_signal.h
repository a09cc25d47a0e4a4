/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLPLUMBING_CL_SIGNAL_H
#define CLPLUMBING_CL_SIGNAL_H

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define CL_SIGNAL(signal, handler) cl_signal_set_simple_handler(signal, handler, NULL)
#define CL_KILL(pid, signal) kill(pid, signal)

/* All three: 0, or -1 and errno.  OLD may be NULL. */
int cl_signal_set_handler(int signal, void (*handler)(int), sigset_t *mask, int flags,
    struct sigaction *old);
int cl_signal_set_simple_handler(int signal, void (*handler)(int), struct sigaction *old);
int cl_signal_set_interrupt(int signal, int on); /* whether it interrupts system calls */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
