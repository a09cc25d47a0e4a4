/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to the cluster. */
#include "heartbeat/libhbclient/private.h"

#include <errno.h>
#include <inttypes.h>
#include <strings.h>

/* HA_OK or HA_FAIL with the error text. */
static int
hbc_send(struct hbc *hbc, const struct ha_msg *msg)
{
	void *store = NULL;
	int r = hbc_wire_msg_make(msg, hbc->scratch, &store);

	if (r == 0)
		r = client_send(hbc->client, hbc->scratch,
		    hbc->send_fails ? instant_now() : INSTANT_NEVER);
	free(store);
	if (r == 0)
		return HA_OK;
	if (r == -EPIPE)
		hbc_broken(hbc);
	if (r == -EMSGSIZE || r == -E2BIG)
		return hbc_error(hbc, "the message is too long");
	return hbc_error(hbc, "can't send message to IPC Channel");
}

/* A named client that is signed on, and a message. */
static struct hbc *
sender(ll_cluster_t *cluster, const struct ha_msg *msg, const char *function)
{
	struct hbc *hbc = hbc_online(cluster, function);

	if (!hbc)
		return NULL;
	if (!hbc->name[0]) {
		hbc_error(hbc, "%s: casual client", function);
		return NULL;
	}
	if (!msg) {
		hbc_error(hbc, "%s: no message", function);
		return NULL;
	}
	return hbc;
}

static int
node_set(struct hbc *hbc, struct ha_msg *msg, const char *node, const char *function)
{
	if (!node || !*node)
		return hbc_error(hbc, "%s: bad nodename", function);
	if (cl_msg_modstring(msg, F_TO, node) != HA_OK)
		return hbc_error(hbc, "%s: cannot set F_TO field", function);
	return HA_OK;
}

int
hbc_send_cluster(ll_cluster_t *cluster, struct ha_msg *msg)
{
	struct hbc *hbc = sender(cluster, msg, "sendclustermsg");

	return hbc ? hbc_send(hbc, msg) : HA_FAIL;
}

int
hbc_send_node(ll_cluster_t *cluster, struct ha_msg *msg, const char *node)
{
	struct hbc *hbc = sender(cluster, msg, "sendnodemsg");

	if (!hbc || node_set(hbc, msg, node, "sendnodemsg") != HA_OK)
		return HA_FAIL;
	return hbc_send(hbc, msg);
}

int
hbc_send_uuid(ll_cluster_t *cluster, struct ha_msg *msg, cl_uuid_t *uuid)
{
	struct hbc *hbc = sender(cluster, msg, "sendnodemsg_byuuid");

	if (!hbc)
		return HA_FAIL;
	if (!uuid)
		return hbc_error(hbc, "uuid is NULL");
	if (cl_msg_moduuid(msg, F_TOUUID, uuid) != HA_OK)
		return hbc_error(hbc, "sendnodemsg_byuuid: cannot set F_TOUUID field");
	return hbc_send(hbc, msg);
}

/* ---- Ordered ---- */

static uint64_t *
counter_get(struct hbc *hbc, const char *node)
{
	struct hbc_counter *counter;

	SLIST_FOREACH(counter, &hbc->counters, next)
	if (strcasecmp(counter->node, node) == 0)
		return &counter->oseq;
	counter = calloc(1, sizeof(*counter) + strlen(node) + 1);
	if (!counter)
		return NULL;
	strcpy(counter->node, node);
	SLIST_INSERT_HEAD(&hbc->counters, counter, next);
	return &counter->oseq;
}

void
hbc_counters_clear(struct hbc *hbc)
{
	struct hbc_counter *counter;

	hbc->cluster_oseq = 0;
	while ((counter = SLIST_FIRST(&hbc->counters))) {
		SLIST_REMOVE_HEAD(&hbc->counters, next);
		free(counter);
	}
}

/* Only what was sent is counted: a number that nobody gets holds the receivers up. */
static int
send_counted(struct hbc *hbc, struct ha_msg *msg, uint64_t *oseq)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIx64, *oseq + 1);
	if (cl_msg_modstring(msg, F_ORDERSEQ, text) != HA_OK)
		return hbc_error(hbc, "add_order_seq failed");
	if (hbc_send(hbc, msg) != HA_OK)
		return HA_FAIL;
	++*oseq;
	return HA_OK;
}

int
hbc_send_cluster_ordered(ll_cluster_t *cluster, struct ha_msg *msg)
{
	struct hbc *hbc = sender(cluster, msg, "send_ordered_clustermsg");

	return hbc ? send_counted(hbc, msg, &hbc->cluster_oseq) : HA_FAIL;
}

int
hbc_send_node_ordered(ll_cluster_t *cluster, struct ha_msg *msg, const char *node)
{
	struct hbc *hbc = sender(cluster, msg, "sendnodemsg");
	uint64_t *oseq;

	if (!hbc || node_set(hbc, msg, node, "sendnodemsg") != HA_OK)
		return HA_FAIL;
	oseq = counter_get(hbc, node);
	return oseq ? send_counted(hbc, msg, oseq)
	            : hbc_error(hbc, "add_order_seq failed");
}
