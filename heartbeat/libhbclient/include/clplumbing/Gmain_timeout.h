/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timers of GLib's default main loop, in milliseconds of monotonic time. */
#ifndef CLPLUMBING_GMAIN_TIMEOUT_H
#define CLPLUMBING_GMAIN_TIMEOUT_H

#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

guint Gmain_timeout_add(guint interval_ms, GSourceFunc function, gpointer data);
guint Gmain_timeout_add_full(gint priority, guint interval_ms, GSourceFunc function,
    gpointer data, GDestroyNotify notify);
void Gmain_timeout_remove(guint id);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
