/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object: making and ending it, signing on and off, what the sign-on said, and the
 * table of functions that programs call through. */
#include "heartbeat/libhbclient/private.h"

#include <errno.h>
#include <stdarg.h>

#ifndef HBC_SOCKET
#define HBC_SOCKET HB_RUNDIR "/register"
#endif

/* Of calls without an object, which have no place for their own. */
static _Thread_local char stray_error[HBC_TEXT_SIZE];

/* ---- Errors ---- */

int
hbc_error(struct hbc *hbc, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(hbc ? hbc->error : stray_error, HBC_TEXT_SIZE, format, ap);
	va_end(ap);
	return HA_FAIL;
}

static struct hbc *
hbc_of(ll_cluster_t *cluster)
{
	struct hbc *hbc = cluster ? cluster->ll_cluster_private : NULL;

	return hbc && &hbc->cluster == cluster ? hbc : NULL;
}

struct hbc *
hbc_look(ll_cluster_t *cluster, const char *function)
{
	struct hbc *hbc = hbc_of(cluster);

	if (!hbc)
		hbc_error(NULL, "%s: bad cinfo", function);
	return hbc;
}

struct hbc *
hbc_open(ll_cluster_t *cluster, const char *function)
{
	struct hbc *hbc = hbc_of(cluster);

	if (hbc)
		hbc->error[0] = '\0';
	else
		hbc_error(NULL, "%s: bad cinfo", function);
	return hbc;
}

bool
hbc_is_online(const struct hbc *hbc)
{
	return client_fd(hbc->client) >= 0;
}

struct hbc *
hbc_online(ll_cluster_t *cluster, const char *function)
{
	struct hbc *hbc = hbc_open(cluster, function);

	if (hbc && !hbc_is_online(hbc)) {
		hbc_error(hbc, "not signed on");
		return NULL;
	}
	return hbc;
}

static const char *
hbc_errmsg(ll_cluster_t *cluster)
{
	const struct hbc *hbc = hbc_of(cluster);

	return hbc ? hbc->error : stray_error;
}

void
hbc_copy(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

/* ---- On and off ---- */

static void
hbc_forget(struct hbc *hbc)
{
	hbc_counters_clear(hbc);
	hbc_walk_clear(&hbc->nodes);
	hbc_walk_clear(&hbc->links);
	order_clear(hbc->order);
}

void
hbc_lost(struct hbc *hbc)
{
	client_hang_up(hbc->client);
	hbc_channel_set(hbc, -1);
}

void
hbc_broken(struct hbc *hbc)
{
	if (client_is_ready(hbc->client) < 0)
		hbc_lost(hbc);
}

static int
hbc_signoff(ll_cluster_t *cluster, gboolean destroy_channel)
{
	struct hbc *hbc = hbc_of(cluster); /* an error text stays */

	if (!hbc)
		return hbc_error(NULL, "hb_api_signoff: bad cinfo");
	if (hbc_is_online(hbc)) {
		client_signoff(hbc->client);
		hbc_channel_set(hbc, -1);
	}
	if (!destroy_channel)
		hbc_channel_drop(hbc, true);
	hbc_forget(hbc);
	return HA_OK;
}

static int
hbc_signon_failed(struct hbc *hbc, int r, const struct err *err)
{
	if (r == -EPERM)
		return hbc_error(hbc, "%s", err->text);
	if (r == -EPROTO)
		return hbc_error(hbc, "hb_api_signon: %s",
		    err->text[0] ? err->text : "that is not heartbeat");
	return hbc_error(hbc, "hb_api_signon: Can't initiate connection to heartbeat");
}

static int
hbc_signon(ll_cluster_t *cluster, const char *name)
{
	struct hbc *hbc = hbc_open(cluster, "hb_api_signon");
	struct err err = { "" };
	int r;

	if (!hbc)
		return HA_FAIL;
	if (hbc_is_online(hbc))
		hbc_signoff(cluster, TRUE);
	hbc_forget(hbc);
	hbc_copy(hbc->name, sizeof(hbc->name), name ? name : "");
	r = client_signon(hbc->client, HBC_SOCKET, name ? hbc->name : NULL, INSTANT_NEVER,
	    &err);
	if (r < 0)
		return hbc_signon_failed(hbc, r, &err);
	hbc_channel_set(hbc, client_fd(hbc->client));
	return HA_OK;
}

/* ---- Ends ---- */

static void
hbc_free(struct hbc *hbc)
{
	hbc_signoff(&hbc->cluster, TRUE);
	hbc_channel_drop(hbc, false);
	hbc_callbacks_clear(hbc);
	order_free(hbc->order);
	client_free(hbc->client);
	free(hbc->scratch);
	free(hbc);
}

void
hbc_enter(struct hbc *hbc)
{
	hbc->depth++;
}

bool
hbc_leave(struct hbc *hbc)
{
	if (--hbc->depth > 0 || !hbc->is_doomed)
		return true;
	hbc_free(hbc);
	return false;
}

static int
hbc_delete(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_of(cluster);

	if (!hbc)
		return hbc_error(NULL, "hb_api_delete: bad cinfo");
	if (hbc->depth > 0) {
		hbc->is_doomed = true;
		return hbc_signoff(cluster, TRUE);
	}
	hbc_free(hbc);
	return HA_OK;
}

/* ---- What the sign-on said ---- */

static long
hbc_deadtime(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_look(cluster, "get_deadtime");

	return hbc ? (long)client_facts(hbc->client)->deadtime_ms : -1;
}

static long
hbc_keepalive(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_look(cluster, "get_keepalive");

	return hbc ? (long)client_facts(hbc->client)->keepalive_ms : -1;
}

static const char *
hbc_own_node(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_look(cluster, "get_mynodeid");

	return hbc ? client_facts(hbc->client)->node : NULL;
}

static int
hbc_logfacility(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_look(cluster, "get_logfacility");

	return hbc ? client_facts(hbc->client)->logfacility : -1;
}

static gboolean
hbc_is_connected(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_of(cluster);

	return hbc && hbc_is_online(hbc);
}

static int
hbc_fd(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "get_inputfd");

	return hbc ? client_fd(hbc->client) : -1;
}

static int
hbc_send_mode_set(ll_cluster_t *cluster, gboolean blocks)
{
	struct hbc *hbc = hbc_online(cluster, "socket_set_send_block_mode");

	if (!hbc)
		return HA_FAIL;
	hbc->send_fails = !blocks;
	return HA_OK;
}

/* ---- The table ---- */

static struct llc_ops ops = {
	.signon = hbc_signon,
	.signoff = hbc_signoff,
	.delete = hbc_delete,
	.set_msg_callback = hbc_on_message,
	.set_nstatus_callback = hbc_on_node,
	.set_ifstatus_callback = hbc_on_link,
	.set_cstatus_callback = hbc_on_client,
	.init_nodewalk = hbc_nodes_open,
	.nextnode = hbc_nodes_next,
	.end_nodewalk = hbc_nodes_close,
	.node_status = hbc_node_status,
	.node_weight = hbc_node_weight,
	.node_site = hbc_node_site,
	.node_type = hbc_node_type,
	.num_nodes = hbc_num_nodes,
	.init_ifwalk = hbc_links_open,
	.nextif = hbc_links_next,
	.end_ifwalk = hbc_links_close,
	.if_status = hbc_if_status,
	.client_status = hbc_client_status,
	.get_uuid_by_name = hbc_uuid_by_name,
	.get_name_by_uuid = hbc_name_by_uuid,
	.sendclustermsg = hbc_send_cluster,
	.sendnodemsg = hbc_send_node,
	.sendnodemsg_byuuid = hbc_send_uuid,
	.send_ordered_clustermsg = hbc_send_cluster_ordered,
	.send_ordered_nodemsg = hbc_send_node_ordered,
	.inputfd = hbc_fd,
	.ipcchan = hbc_channel,
	.msgready = hbc_ready,
	.setmsgsignal = hbc_signal_set,
	.rcvmsg = hbc_receive,
	.readmsg = hbc_read,
	.setfmode = hbc_filter_set,
	.get_parameter = hbc_parameter,
	.get_deadtime = hbc_deadtime,
	.get_keepalive = hbc_keepalive,
	.get_mynodeid = hbc_own_node,
	.get_logfacility = hbc_logfacility,
	.get_resources = hbc_resources,
	.chan_is_connected = hbc_is_connected,
	.set_sendq_len = hbc_queue_set,
	.set_send_block_mode = hbc_send_mode_set,
	.errmsg = hbc_errmsg,
};

ll_cluster_t *
ll_cluster_new(const char *type)
{
	struct hbc *hbc;

	if (!type || strcmp(type, "heartbeat") != 0)
		return NULL;
	hbc = calloc(1, sizeof(*hbc));
	if (!hbc)
		return NULL;
	hbc->cluster.ll_cluster_private = hbc;
	hbc->cluster.llc_ops = &ops;
	hbc->client = client_new();
	hbc->order = order_new();
	hbc->scratch = malloc(sizeof(*hbc->scratch));
	if (!hbc->client || !hbc->order || !hbc->scratch) {
		client_free(hbc->client);
		order_free(hbc->order);
		free(hbc->scratch);
		free(hbc);
		return NULL;
	}
	return &hbc->cluster;
}
