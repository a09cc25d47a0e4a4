/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside of libhbclient.
 *
 *   fields.c values.c wire.c   struct ha_msg, and its encoded forms
 *   order.c                    the order of received messages (pure)
 *   hbclient.c                 the object: sign on and off, facts, the table of functions
 *   ask.c walk.c               questions with one answer; lists of nodes and links
 *   send.c receive.c           messages out; messages in, callbacks
 *   channel.c source.c         the object as an IPC_Channel, and in GLib's main loop
 *
 * The socket, frames and requests are heartbeat/client's, as for our own commands.
 *
 * helpers/ is another library, libhbplumb: what programs expect beside the client
 * interface.  It has fields.c, values.c and wire.c, too.  libhbclient exports none of
 * these, so that old programs, which bring cluster-glue's library, go on using that.
 */
#ifndef HEARTBEAT_LIBHBCLIENT_PRIVATE_H
#define HEARTBEAT_LIBHBCLIENT_PRIVATE_H

#include "heartbeat/client/client.h"
#include "heartbeat/libhbclient/fields.h"
#include "heartbeat/libhbclient/include/heartbeat/hb_api.h"
#include "heartbeat/libhbclient/order.h"

#include <stdbool.h>
#include <sys/queue.h>

#define HBC_TEXT_SIZE 1024
#define HBC_NAME_MAX 35    /* bytes of a client's name; longer ones are cut */
#define HBC_FRESH_MS 2000  /* how long a list answers questions about its entries */
#define HBC_LIST_MAX 10000 /* entries of a list: more is no daemon of ours */

/* What the list of nodes or links said; "" = that daemon's lists do not say it. */
struct hbc_entry {
	char name[256], type[32], status[64];
};

/* The last entry of the list is handed out first. */
struct hbc_walk {
	struct hbc_entry *entry;
	size_t count, left; /* LEFT: not handed out yet; entry[LEFT] was the last one */
	bool is_open;
	struct instant asked;
	char node[256]; /* whose links they are */
};

struct hbc_callback {
	SLIST_ENTRY(hbc_callback) next;
	char *type;
	llc_msg_callback_t call;
	void *data;
};

/* Number of the last ordered message to a node. */
struct hbc_counter {
	SLIST_ENTRY(hbc_counter) next;
	uint64_t oseq;
	char node[];
};

struct hbc_channel;

struct hbc {
	ll_cluster_t cluster; /* what the program has */
	struct client *client;
	char name[HBC_NAME_MAX + 1]; /* "" = casual */
	char error[HBC_TEXT_SIZE];
	bool send_fails; /* when the socket is full */
	/* Callbacks that run now; delete() waits until they are back. */
	unsigned depth;
	bool is_doomed;

	struct order *order;
	struct msg *scratch; /* messages on their way out */
	uint64_t cluster_oseq;
	SLIST_HEAD(, hbc_counter) counters;

	SLIST_HEAD(, hbc_callback) callbacks;
	llc_nstatus_callback_t on_node;
	llc_ifstatus_callback_t on_link;
	llc_cstatus_callback_t on_client;
	void *on_node_data, *on_link_data, *on_client_data;

	struct hbc_walk nodes, links;
	/* What functions return texts in. */
	char status[HBC_TEXT_SIZE], site[HBC_TEXT_SIZE], type[HBC_TEXT_SIZE],
	    link_status[HBC_TEXT_SIZE], client_status[HBC_TEXT_SIZE],
	    resources[HBC_TEXT_SIZE];

	struct hbc_channel *channel; /* NULL until somebody asks for it */
};

/* ---- hbclient.c ---- */

/* The object behind CLUSTER, or NULL.  The error text stays: so it was with these calls.
 */
struct hbc *hbc_look(ll_cluster_t *cluster, const char *function);
/* The same with an empty error text. */
struct hbc *hbc_open(ll_cluster_t *cluster, const char *function);
/* The same, NULL also when it is not signed on. */
struct hbc *hbc_online(ll_cluster_t *cluster, const char *function);
/* Returns HA_FAIL. */
int hbc_error(struct hbc *hbc, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool hbc_is_online(const struct hbc *hbc);
/* The connection is gone. */
void hbc_lost(struct hbc *hbc);
/* It takes nothing any more; what it still has is worth reading. */
void hbc_broken(struct hbc *hbc);
void hbc_copy(char *out, size_t size, const char *text);
/* Around callbacks.  hbc_leave: false when HBC was deleted by one, and is gone. */
void hbc_enter(struct hbc *hbc);
bool hbc_leave(struct hbc *hbc);

/* ---- ask.c ---- */

/* One request and the first answer, lent; its result is the caller's business.  0 or
 * -errno, then the error text is set. */
int hbc_ask(struct hbc *hbc, const char *reqtype, const struct client_field *fields,
    const struct msg **answer);
/* The next answer to the same request. */
int hbc_answer(struct hbc *hbc, const struct msg **answer);
bool hbc_is_result(const struct msg *answer, const char *result);

const char *hbc_node_status(ll_cluster_t *cluster, const char *node);
int hbc_node_weight(ll_cluster_t *cluster, const char *node);
const char *hbc_node_site(ll_cluster_t *cluster, const char *node);
const char *hbc_node_type(ll_cluster_t *cluster, const char *node);
int hbc_num_nodes(ll_cluster_t *cluster);
const char *hbc_if_status(ll_cluster_t *cluster, const char *node, const char *link);
const char *hbc_client_status(ll_cluster_t *cluster, const char *node, const char *client,
    int timeout_ms);
int hbc_uuid_by_name(ll_cluster_t *cluster, const char *name, cl_uuid_t *uuid);
int hbc_name_by_uuid(ll_cluster_t *cluster, cl_uuid_t *uuid, char *name, size_t size);
char *hbc_parameter(ll_cluster_t *cluster, const char *name);
const char *hbc_resources(ll_cluster_t *cluster);
int hbc_signal_set(ll_cluster_t *cluster, int signal);
int hbc_filter_set(ll_cluster_t *cluster, unsigned mode);
int hbc_queue_set(ll_cluster_t *cluster, int length);

/* ---- walk.c ---- */

int hbc_nodes_open(ll_cluster_t *cluster);
const char *hbc_nodes_next(ll_cluster_t *cluster);
int hbc_nodes_close(ll_cluster_t *cluster);
int hbc_links_open(ll_cluster_t *cluster, const char *node);
const char *hbc_links_next(ll_cluster_t *cluster);
int hbc_links_close(ll_cluster_t *cluster);
void hbc_walk_clear(struct hbc_walk *walk);
/* The entry that was just handed out, if it is NAME and fresh. */
const struct hbc_entry *hbc_walk_here(const struct hbc_walk *walk, const char *name);

/* ---- send.c ---- */

/* HA_OK or HA_FAIL with the error text. */
int hbc_send_cluster(ll_cluster_t *cluster, struct ha_msg *msg);
int hbc_send_node(ll_cluster_t *cluster, struct ha_msg *msg, const char *node);
int hbc_send_uuid(ll_cluster_t *cluster, struct ha_msg *msg, cl_uuid_t *uuid);
int hbc_send_cluster_ordered(ll_cluster_t *cluster, struct ha_msg *msg);
int hbc_send_node_ordered(ll_cluster_t *cluster, struct ha_msg *msg, const char *node);
void hbc_counters_clear(struct hbc *hbc);

/* ---- receive.c ---- */

int hbc_on_message(ll_cluster_t *cluster, const char *type, llc_msg_callback_t call,
    void *data);
int hbc_on_node(ll_cluster_t *cluster, llc_nstatus_callback_t call, void *data);
int hbc_on_link(ll_cluster_t *cluster, llc_ifstatus_callback_t call, void *data);
int hbc_on_client(ll_cluster_t *cluster, llc_cstatus_callback_t call, void *data);
int hbc_ready(ll_cluster_t *cluster);
/* Whether something can be read; reads what the socket has. */
bool hbc_is_ready(struct hbc *hbc);
int hbc_receive(ll_cluster_t *cluster, int blocking);
struct ha_msg *hbc_read(ll_cluster_t *cluster, int blocking);
void hbc_callbacks_clear(struct hbc *hbc);

/* ---- channel.c ---- */

IPC_Channel *hbc_channel(ll_cluster_t *cluster);
/* The connection was made (FD) or is gone (-1). */
void hbc_channel_set(struct hbc *hbc, int fd);
/* HBC ends, or leaves the channel to its user; who frees it then when it is destroyed. */
void hbc_channel_drop(struct hbc *hbc, bool leave_it);

#endif
