/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages from the daemon: kept ones, then those of the socket, put into order, shown to
 * the callbacks, and what no callback wants to the caller.
 */
#include "heartbeat/libhbclient/private.h"

#include <errno.h>
#include <strings.h>

/* ---- Callbacks ---- */

static struct hbc_callback *
callback_find(const struct hbc *hbc, const char *type)
{
	struct hbc_callback *cb;

	SLIST_FOREACH(cb, &hbc->callbacks, next)
	if (strcmp(cb->type, type) == 0)
		return cb;
	return NULL;
}

static void
callback_free(struct hbc *hbc, struct hbc_callback *cb)
{
	SLIST_REMOVE(&hbc->callbacks, cb, hbc_callback, next);
	free(cb->type);
	free(cb);
}

void
hbc_callbacks_clear(struct hbc *hbc)
{
	while (!SLIST_EMPTY(&hbc->callbacks))
		callback_free(hbc, SLIST_FIRST(&hbc->callbacks));
}

int
hbc_on_message(ll_cluster_t *cluster, const char *type, llc_msg_callback_t call,
    void *data)
{
	struct hbc *hbc = hbc_open(cluster, "set_msg_callback");
	struct hbc_callback *cb;

	if (!hbc)
		return HA_FAIL;
	if (!type)
		return hbc_error(hbc, "set_msg_callback: no type");
	cb = callback_find(hbc, type);
	if (!call) {
		if (cb)
			callback_free(hbc, cb);
		return HA_OK;
	}
	if (!cb) {
		cb = calloc(1, sizeof(*cb));
		if (cb)
			cb->type = strdup(type);
		if (!cb || !cb->type) {
			free(cb);
			return hbc_error(hbc, "set_msg_callback: out of memory");
		}
		SLIST_INSERT_HEAD(&hbc->callbacks, cb, next);
	}
	cb->call = call;
	cb->data = data;
	return HA_OK;
}

int
hbc_on_node(ll_cluster_t *cluster, llc_nstatus_callback_t call, void *data)
{
	struct hbc *hbc = hbc_look(cluster, "set_nstatus_callback");

	if (!hbc)
		return HA_FAIL;
	hbc->on_node = call;
	hbc->on_node_data = data;
	return HA_OK;
}

int
hbc_on_link(ll_cluster_t *cluster, llc_ifstatus_callback_t call, void *data)
{
	struct hbc *hbc = hbc_look(cluster, "set_ifstatus_callback");

	if (!hbc)
		return HA_FAIL;
	hbc->on_link = call;
	hbc->on_link_data = data;
	return HA_OK;
}

int
hbc_on_client(ll_cluster_t *cluster, llc_cstatus_callback_t call, void *data)
{
	struct hbc *hbc = hbc_online(cluster, "set_cstatus_callback");

	if (!hbc)
		return HA_FAIL;
	hbc->on_client = call;
	hbc->on_client_data = data;
	return HA_OK;
}

/* ---- Who wants a message ---- */

static bool
show_node(struct hbc *hbc, const struct ha_msg *msg)
{
	const char *node = cl_get_string(msg, F_ORIG), *st = cl_get_string(msg, F_STATUS);

	if (!hbc->on_node || !node || !st)
		return false;
	hbc->on_node(node, st, hbc->on_node_data);
	return true;
}

static bool
show_link(struct hbc *hbc, const struct ha_msg *msg)
{
	const char *node = cl_get_string(msg, F_NODE), *st = cl_get_string(msg, F_STATUS),
	           *link = cl_get_string(msg, F_IFNAME);

	if (!hbc->on_link || !node || !link || !st)
		return false;
	hbc->on_link(node, link, st, hbc->on_link_data);
	return true;
}

static bool
show_client(struct hbc *hbc, const struct ha_msg *msg, const char *name_field,
    const char *status_field)
{
	const char *node = cl_get_string(msg, F_ORIG),
	           *st = cl_get_string(msg, status_field),
	           *client = cl_get_string(msg, name_field);

	if (!hbc->on_client || !node || !client || !st)
		return false;
	hbc->on_client(node, client, st, hbc->on_client_data);
	return true;
}

/* The first that wants MSG has it. */
static bool
show(struct hbc *hbc, struct ha_msg *msg)
{
	const char *type = cl_get_string(msg, F_TYPE);
	struct hbc_callback *cb;

	if (!type)
		return false;
	if ((strcasecmp(type, T_STATUS) == 0 || strcasecmp(type, T_NS_STATUS) == 0) &&
	    show_node(hbc, msg))
		return true;
	if (strcasecmp(type, T_IFSTATUS) == 0 && show_link(hbc, msg))
		return true;
	if (strcasecmp(type, T_APICLISTAT) == 0 &&
	    show_client(hbc, msg, F_FROMID, F_STATUS))
		return true;
	if (strcasecmp(type, T_RCSTATUS) == 0 &&
	    show_client(hbc, msg, F_CLIENTNAME, F_CLIENTSTATUS))
		return true;
	cb = callback_find(hbc, type);
	if (!cb)
		return false;
	cb->call(msg, cb->data);
	return true;
}

/* ---- The stream ---- */

/* One frame, if there is one, into the order.  0, -EAGAIN, -EINTR, or -errno: lost. */
static int
stream_read(struct hbc *hbc, bool blocking)
{
	const struct msg *m;
	struct ha_msg *msg;
	int r = blocking ? 1 : client_is_ready(hbc->client);

	if (r == 0)
		return -EAGAIN;
	if (r > 0)
		r = client_read(hbc->client, &m, INSTANT_NEVER);
	if (r == -EINTR)
		return r;
	if (r == -EBADMSG)
		return 0; /* whatever it was, nobody can read it */
	if (r < 0) {
		hbc_lost(hbc);
		hbc_error(hbc, "the connection to heartbeat is gone");
		return r;
	}
	msg = hbc_wire_msg_take(m);
	if (msg)
		order_put(hbc->order, msg);
	return 0;
}

/* The next message in its order; NULL: none, interrupted, or lost. */
static struct ha_msg *
stream_next(struct hbc *hbc, bool blocking)
{
	struct ha_msg *msg;
	int r = 0;

	while (!(msg = order_take(hbc->order)) && r == 0)
		r = hbc_is_online(hbc) ? stream_read(hbc, blocking) : -ENOTCONN;
	return msg;
}

bool
hbc_is_ready(struct hbc *hbc)
{
	/* At the end of the connection there is that to be read. */
	return order_is_ready(hbc->order) || client_is_ready(hbc->client) != 0;
}

int
hbc_ready(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "msgready");

	return hbc && hbc_is_ready(hbc);
}

struct ha_msg *
hbc_read(ll_cluster_t *cluster, int blocking)
{
	struct hbc *hbc = hbc_online(cluster, "read_msg_w_callbacks");
	struct ha_msg *msg;

	if (!hbc)
		return NULL;
	while ((msg = stream_next(hbc, blocking))) {
		bool is_taken;

		hbc_enter(hbc);
		is_taken = show(hbc, msg);
		if (is_taken)
			ha_msg_del(msg);
		if (!hbc_leave(hbc)) {
			if (!is_taken)
				ha_msg_del(msg);
			return NULL;
		}
		if (!is_taken)
			return msg;
	}
	return NULL;
}

int
hbc_receive(ll_cluster_t *cluster, int blocking)
{
	struct ha_msg *msg = hbc_read(cluster, blocking);

	if (!msg)
		return 0;
	ha_msg_del(msg);
	return 1;
}
