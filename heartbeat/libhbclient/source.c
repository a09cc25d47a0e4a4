/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object in GLib's default main loop. */
#include "heartbeat/libhbclient/private.h"

struct GLLclusterSource_s {
	GSource source; /* first */
	ll_cluster_t *cluster;
	gpointer tag; /* of the descriptor in the loop */
	gboolean (*dispatch)(ll_cluster_t *cluster, gpointer user_data);
	gpointer user_data;
	GDestroyNotify notify;
};

static gboolean
source_is_ready(GSource *base)
{
	GLLclusterSource *source = (GLLclusterSource *)base;
	struct hbc *hbc = source->cluster->ll_cluster_private;

	return !hbc_is_online(hbc) || hbc_is_ready(hbc);
}

static gboolean
source_prepare(GSource *base, gint *timeout)
{
	*timeout = -1;
	return source_is_ready(base);
}

static gboolean
source_dispatch(GSource *base, GSourceFunc unused, gpointer unused_data)
{
	GLLclusterSource *source = (GLLclusterSource *)base;
	struct hbc *hbc = source->cluster->ll_cluster_private;

	(void)unused;
	(void)unused_data;
	if (!source->dispatch(source->cluster, source->user_data))
		return G_SOURCE_REMOVE;
	/* Nothing will come any more, and the loop must not run hot. */
	return hbc_is_online(hbc) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
source_finalize(GSource *base)
{
	GLLclusterSource *source = (GLLclusterSource *)base;

	if (source->notify)
		source->notify(source->user_data);
	source->cluster->llc_ops->delete (source->cluster);
}

static GSourceFuncs source_functions = {
	.prepare = source_prepare,
	.check = source_is_ready,
	.dispatch = source_dispatch,
	.finalize = source_finalize,
};

GLLclusterSource *
G_main_add_ll_cluster(int priority, ll_cluster_t *cluster, gboolean can_recurse,
    gboolean (*dispatch)(ll_cluster_t *hb, gpointer user_data), gpointer userdata,
    GDestroyNotify notify)
{
	struct hbc *hbc = hbc_online(cluster, "G_main_add_ll_cluster");
	GLLclusterSource *source;

	if (!hbc || !dispatch)
		return NULL;
	source = (GLLclusterSource *)g_source_new(&source_functions, sizeof(*source));
	source->cluster = cluster;
	source->dispatch = dispatch;
	source->user_data = userdata;
	source->notify = notify;
	source->tag =
	    g_source_add_unix_fd(&source->source, client_fd(hbc->client), G_IO_IN);
	g_source_set_priority(&source->source, priority);
	g_source_set_can_recurse(&source->source, can_recurse);
	g_source_attach(&source->source, NULL);
	/* The loop holds it; it ends with its last dispatch. */
	g_source_unref(&source->source);
	return source;
}
