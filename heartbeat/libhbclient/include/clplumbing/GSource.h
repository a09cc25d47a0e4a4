/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sources of GLib's default main loop.  A dispatch function that returns FALSE ends its
 * source; then DNOTIFY is called, if it is not NULL.
 */
#ifndef CLPLUMBING_GSOURCE_H
#define CLPLUMBING_GSOURCE_H

#include "ipc.h"

#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct GFDSource_s GFDSource;
typedef struct GCHSource_s GCHSource;
typedef struct GSIGSource_s GSIGSource;

GFDSource *G_main_add_fd(int priority, int fd, gboolean can_recurse,
    gboolean (*dispatch)(int fd, gpointer user_data), gpointer userdata,
    GDestroyNotify notify);
gboolean G_main_del_fd(GFDSource *source);

/* The end of the source closes the channel. */
GCHSource *G_main_add_IPC_Channel(int priority, IPC_Channel *channel,
    gboolean can_recurse, gboolean (*dispatch)(IPC_Channel *channel, gpointer user_data),
    gpointer userdata, GDestroyNotify notify);
gboolean G_main_del_IPC_Channel(GCHSource *source);
void set_IPC_Channel_dnotify(GCHSource *source, GDestroyNotify notify);

/* SIGNAL comes as an event of the loop. */
GSIGSource *G_main_add_SignalHandler(int priority, int signal,
    gboolean (*dispatch)(int nsig, gpointer user_data), gpointer userdata,
    GDestroyNotify notify);
gboolean G_main_del_SignalHandler(GSIGSource *source);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
