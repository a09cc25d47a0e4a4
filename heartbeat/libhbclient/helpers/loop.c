/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources for GLib's default main loop: channels, descriptors, signals, timers. */
#include "heartbeat/libhbclient/include/clplumbing/GSource.h"
#include "heartbeat/libhbclient/include/clplumbing/Gmain_timeout.h"

#include <glib-unix.h>

/* The common head of all sources of this file. */
struct base {
	GSource source; /* first */
	gpointer user_data;
	GDestroyNotify notify;
};

struct GFDSource_s {
	struct base base;
	gpointer tag;
	int fd;
	gboolean (*dispatch)(int fd, gpointer user_data);
};

struct GCHSource_s {
	struct base base;
	gpointer tag;
	IPC_Channel *channel;
	gboolean (*dispatch)(IPC_Channel *channel, gpointer user_data);
};

struct GSIGSource_s {
	guint id;
	int signal;
	gboolean (*dispatch)(int nsig, gpointer user_data);
	gpointer user_data;
	GDestroyNotify notify;
};

static void *
base_new(GSourceFuncs *functions, guint size, gpointer user_data, GDestroyNotify notify)
{
	struct base *base = (struct base *)g_source_new(functions, size);

	base->user_data = user_data;
	base->notify = notify;
	return base;
}

static void
base_attach(void *source, int priority, gboolean can_recurse)
{
	struct base *base = source;

	g_source_set_priority(&base->source, priority);
	g_source_set_can_recurse(&base->source, can_recurse);
	g_source_attach(&base->source, NULL);
	g_source_unref(&base->source); /* the loop has it now */
}

static gboolean
base_prepare(GSource *source, gint *timeout)
{
	(void)source;
	*timeout = -1;
	return FALSE;
}

/* ---- Descriptors ---- */

static gboolean
fd_check(GSource *source)
{
	return g_source_query_unix_fd(source, ((GFDSource *)source)->tag) != 0;
}

static gboolean
fd_dispatch(GSource *source, GSourceFunc unused, gpointer unused_data)
{
	GFDSource *fd = (GFDSource *)source;

	(void)unused;
	(void)unused_data;
	return fd->dispatch(fd->fd, fd->base.user_data);
}

static void
base_finalize(GSource *source)
{
	struct base *base = (struct base *)source;

	if (base->notify)
		base->notify(base->user_data);
}

static GSourceFuncs fd_functions = {
	.prepare = base_prepare,
	.check = fd_check,
	.dispatch = fd_dispatch,
	.finalize = base_finalize,
};

GFDSource *
G_main_add_fd(int priority, int fd, gboolean can_recurse,
    gboolean (*dispatch)(int fd, gpointer user_data), gpointer userdata,
    GDestroyNotify notify)
{
	GFDSource *source = base_new(&fd_functions, sizeof(*source), userdata, notify);

	source->fd = fd;
	source->dispatch = dispatch;
	source->tag =
	    g_source_add_unix_fd(&source->base.source, fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
	base_attach(source, priority, can_recurse);
	return source;
}

gboolean
G_main_del_fd(GFDSource *source)
{
	if (!source)
		return FALSE;
	g_source_destroy(&source->base.source);
	return TRUE;
}

/* ---- Channels ---- */

static gboolean
channel_check(GSource *source)
{
	IPC_Channel *channel = ((GCHSource *)source)->channel;

	return channel->ops->is_message_pending(channel);
}

static gboolean
channel_prepare(GSource *source, gint *timeout)
{
	*timeout = -1;
	return channel_check(source);
}

static gboolean
channel_dispatch(GSource *source, GSourceFunc unused, gpointer unused_data)
{
	GCHSource *ch = (GCHSource *)source;

	(void)unused;
	(void)unused_data;
	if (!ch->dispatch(ch->channel, ch->base.user_data))
		return G_SOURCE_REMOVE;
	return ch->channel->ops->get_chan_status(ch->channel) == IPC_CONNECT;
}

static void
channel_finalize(GSource *source)
{
	GCHSource *ch = (GCHSource *)source;

	base_finalize(source);
	ch->channel->ops->destroy(ch->channel);
}

static GSourceFuncs channel_functions = {
	.prepare = channel_prepare,
	.check = channel_check,
	.dispatch = channel_dispatch,
	.finalize = channel_finalize,
};

GCHSource *
G_main_add_IPC_Channel(int priority, IPC_Channel *channel, gboolean can_recurse,
    gboolean (*dispatch)(IPC_Channel *channel, gpointer user_data), gpointer userdata,
    GDestroyNotify notify)
{
	GCHSource *source;
	int fd;

	if (!channel || !dispatch)
		return NULL;
	fd = channel->ops->get_recv_select_fd(channel);
	if (fd < 0)
		return NULL;
	source = base_new(&channel_functions, sizeof(*source), userdata, notify);
	source->channel = channel;
	source->dispatch = dispatch;
	source->tag = g_source_add_unix_fd(&source->base.source, fd, G_IO_IN);
	base_attach(source, priority, can_recurse);
	return source;
}

gboolean
G_main_del_IPC_Channel(GCHSource *source)
{
	if (!source)
		return FALSE;
	g_source_destroy(&source->base.source);
	return TRUE;
}

void
set_IPC_Channel_dnotify(GCHSource *source, GDestroyNotify notify)
{
	source->base.notify = notify;
}

/* ---- Signals ---- */

static gboolean
signal_dispatch(gpointer data)
{
	GSIGSource *source = data;

	return source->dispatch(source->signal, source->user_data);
}

static void
signal_free(gpointer data)
{
	GSIGSource *source = data;

	if (source->notify)
		source->notify(source->user_data);
	g_free(source);
}

GSIGSource *
G_main_add_SignalHandler(int priority, int signal,
    gboolean (*dispatch)(int nsig, gpointer user_data), gpointer userdata,
    GDestroyNotify notify)
{
	GSIGSource *source = g_new0(GSIGSource, 1);

	source->signal = signal;
	source->dispatch = dispatch;
	source->user_data = userdata;
	source->notify = notify;
	source->id = g_unix_signal_add_full(priority, signal, signal_dispatch, source,
	    signal_free);
	return source;
}

gboolean
G_main_del_SignalHandler(GSIGSource *source)
{
	return source && g_source_remove(source->id);
}

/* ---- Timers ---- */

guint
Gmain_timeout_add_full(gint priority, guint interval_ms, GSourceFunc function,
    gpointer data, GDestroyNotify notify)
{
	return g_timeout_add_full(priority, interval_ms, function, data, notify);
}

guint
Gmain_timeout_add(guint interval_ms, GSourceFunc function, gpointer data)
{
	return Gmain_timeout_add_full(G_PRIORITY_DEFAULT, interval_ms, function, data,
	    NULL);
}

void
Gmain_timeout_remove(guint id)
{
	g_source_remove(id);
}
