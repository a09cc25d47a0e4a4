/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client interface of heartbeat.
 *
 *	ll_cluster_t *hb = ll_cluster_new("heartbeat");
 *
 *	if (hb->llc_ops->signon(hb, "myname") != HA_OK)
 *		errx(1, "%s", hb->llc_ops->errmsg(hb));
 *
 * All functions take the object first.  Those that return int return HA_OK or HA_FAIL
 * when nothing else is said, and errmsg() has the reason.  Texts they return stand in
 * buffers of the object, which the next call of the same function overwrites.  Several
 * objects in one process are fine; one object belongs to one thread.  See hb_api(3).
 */
#ifndef HEARTBEAT_HB_API_H
#define HEARTBEAT_HB_API_H

#include "../clplumbing/cl_uuid.h"
#include "../clplumbing/ipc.h"
#include "ha_msg.h"

#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define LLC_PROTOCOL_VERSION 2

/* Modes of setfmode(): which messages are delivered. */
#define LLC_FILTER_DEFAULT 0 /* what concerns clients */
#define LLC_FILTER_PMODE 1   /* and every heartbeat */
#define LLC_FILTER_ALLHB 2   /* and duplicates */
#define LLC_FILTER_RAW 3     /* everything */

/* Names for get_parameter(): the directives of ha.cf(5). */
#define KEY_HBVERSION "hbversion"
#define KEY_HOST "node"
#define KEY_HOPS "hopfudge"
#define KEY_KEEPALIVE "keepalive"
#define KEY_DEADTIME "deadtime"
#define KEY_DEADPING "deadping"
#define KEY_WARNTIME "warntime"
#define KEY_INITDEAD "initdead"
#define KEY_WATCHDOG "watchdog"
#define KEY_BAUDRATE "baud"
#define KEY_UDPPORT "udpport"
#define KEY_FACILITY "logfacility"
#define KEY_LOGFILE "logfile"
#define KEY_DBGFILE "debugfile"
#define KEY_FAILBACK "nice_failback"
#define KEY_AUTOFAIL "auto_failback"
#define KEY_STONITH "stonith"
#define KEY_STONITHHOST "stonith_host"
#define KEY_CLIENT_CHILD "respawn"
#define KEY_RT_PRIO "rtprio"
#define KEY_GEN_METH "hbgenmethod"
#define KEY_REALTIME "realtime"
#define KEY_DEBUGLEVEL "debug"
#define KEY_NORMALPOLL "normalpoll"
#define KEY_APIPERM "apiauth"
#define KEY_MSGFMT "msgfmt"
#define KEY_LOGDAEMON "use_logd"
#define KEY_CONNINTVAL "conn_logd_time"
#define KEY_BADPACK "log_badpack"
#define KEY_REGAPPHBD "use_apphbd"
#define KEY_COREDUMP "coredumps"
#define KEY_COREROOTDIR "coreroot"
#define KEY_REL2 "crm"
#define KEY_PACEMAKER "pacemaker"
#define KEY_COMPRESSION "compression"
#define KEY_COMPRESSION_THRESHOLD "compression_threshold"
#define KEY_TRADITIONAL_COMPRESSION "traditional_compression"
#define KEY_ENV "env"
#define KEY_MAX_REXMIT_DELAY "max_rexmit_delay"
#define KEY_LOG_CONFIG_CHANGES "record_config_changes"
#define KEY_LOG_PENGINE_INPUTS "record_pengine_inputs"
#define KEY_CONFIG_WRITES_ENABLED "enable_config_writes"
#define KEY_MEMRESERVE "memreserve"
#define KEY_CLUSTER "cluster"
#define KEY_AUTOJOIN "autojoin"
#define KEY_UUIDFROM "uuidfrom"
#define KEY_SYSLOGFMT "syslogmsgfmt"
#define KEY_QSERVER "quorum_server"

struct llc_ops;

typedef struct ll_cluster {
	void *ll_cluster_private;
	struct llc_ops *llc_ops;
} ll_cluster_t;

/* What they get is lent for the call. */
/* clang-format off */
typedef void (*llc_msg_callback_t)(struct ha_msg *msg, void *private_data);
typedef void (*llc_nstatus_callback_t)(const char *node, const char *status,
    void *private_data);
typedef void (*llc_ifstatus_callback_t)(const char *node, const char *interface,
    const char *status, void *private_data);
typedef void (*llc_cstatus_callback_t)(const char *node, const char *client,
    const char *status, void *private_data);

/* The order is part of the binary interface. */
struct llc_ops {
	/* NAME NULL: nameless, may ask and listen only.  Signs off first if need be. */
	int (*signon)(ll_cluster_t *, const char *name);
	/* HA_OK also when not signed on.  DESTROY_CHANNEL FALSE leaves the channel of
	 * ipcchan() to the main loop that has it. */
	int (*signoff)(ll_cluster_t *, gboolean destroy_channel);
	int (*delete)(ll_cluster_t *);

	/* Callbacks, called from rcvmsg() and readmsg(); NULL takes one away. */
	int (*set_msg_callback)(ll_cluster_t *, const char *type, llc_msg_callback_t cb,
	    void *data);
	int (*set_nstatus_callback)(ll_cluster_t *, llc_nstatus_callback_t cb,
	    void *data);
	int (*set_ifstatus_callback)(ll_cluster_t *, llc_ifstatus_callback_t cb,
	    void *data);
	/* Join and leave of clients of our name, and answers to client_status().  Must be
	 * signed on. */
	int (*set_cstatus_callback)(ll_cluster_t *, llc_cstatus_callback_t cb,
	    void *data);

	/* Nodes, the last of ha.cf first; NULL at the end. */
	int (*init_nodewalk)(ll_cluster_t *);
	const char *(*nextnode)(ll_cluster_t *);
	int (*end_nodewalk)(ll_cluster_t *);
	const char *(*node_status)(ll_cluster_t *, const char *node);
	int (*node_weight)(ll_cluster_t *, const char *node); /* -1: failed */
	const char *(*node_site)(ll_cluster_t *, const char *node);
	const char *(*node_type)(ll_cluster_t *, const char *node);
	int (*num_nodes)(ll_cluster_t *); /* without ping nodes; -1: failed */

	/* Links of a node, the last first. */
	int (*init_ifwalk)(ll_cluster_t *, const char *node);
	const char *(*nextif)(ll_cluster_t *);
	int (*end_ifwalk)(ll_cluster_t *);
	const char *(*if_status)(ll_cluster_t *, const char *node, const char *interface);

	/* "online" or "offline"; NULL when nobody has answered in time (-1: waits for
	 * ever).  CLIENT NULL: our own name.  NODE NULL asks all; NULL is returned, and
	 * the answers come to the cstatus callback. */
	const char *(*client_status)(ll_cluster_t *, const char *node, const char *client,
	    int timeout_ms);
	int (*get_uuid_by_name)(ll_cluster_t *, const char *name, cl_uuid_t *uuid);
	int (*get_name_by_uuid)(ll_cluster_t *, cl_uuid_t *uuid, char *name, size_t size);

	/* To the clients of our name on all nodes (ourselves too), or on one.  MSG stays
	 * the caller's; it gets fields that say where it goes.  The ordered ones come in
	 * the order in which they were sent. */
	int (*sendclustermsg)(ll_cluster_t *, struct ha_msg *msg);
	int (*sendnodemsg)(ll_cluster_t *, struct ha_msg *msg, const char *node);
	int (*sendnodemsg_byuuid)(ll_cluster_t *, struct ha_msg *msg, cl_uuid_t *uuid);
	int (*send_ordered_clustermsg)(ll_cluster_t *, struct ha_msg *msg);
	int (*send_ordered_nodemsg)(ll_cluster_t *, struct ha_msg *msg, const char *node);

	/* For poll(2); ask msgready() before waiting, the library buffers.  -1: failed.
	 */
	int (*inputfd)(ll_cluster_t *);
	IPC_Channel *(*ipcchan)(ll_cluster_t *); /* for G_main_add_IPC_Channel() */
	int (*msgready)(ll_cluster_t *);         /* 1, 0 */
	int (*setmsgsignal)(ll_cluster_t *, int signal); /* sent with each message */
	/* Reads until there is a message that no callback takes; it is freed.  1, or 0:
	 * there is none (any more). */
	int (*rcvmsg)(ll_cluster_t *, int blocking);
	/* The same, but the message is returned: ha_msg_del() it.  NULL: none, a signal
	 * came, or the daemon went away (see chan_is_connected()). */
	struct ha_msg *(*readmsg)(ll_cluster_t *, int blocking);
	int (*setfmode)(ll_cluster_t *, unsigned mode);

	/* The caller's: free().  NULL: not set. */
	char *(*get_parameter)(ll_cluster_t *, const char *name);
	long (*get_deadtime)(ll_cluster_t *);         /* ms */
	long (*get_keepalive)(ll_cluster_t *);        /* ms */
	const char *(*get_mynodeid)(ll_cluster_t *);  /* our node */
	int (*get_logfacility)(ll_cluster_t *);       /* -1: none */
	const char *(*get_resources)(ll_cluster_t *); /* "all" "local" "foreign" "none" */
	gboolean (*chan_is_connected)(ll_cluster_t *);
	/* How many messages the daemon keeps for us before it gives us up. */
	int (*set_sendq_len)(ll_cluster_t *, int length);
	/* TRUE, the default: sending waits while the socket is full.  FALSE: it fails. */
	int (*set_send_block_mode)(ll_cluster_t *, gboolean blocks);
	const char *(*errmsg)(ll_cluster_t *);
};
/* clang-format on */

/* TYPE must be "heartbeat"; NULL for any other, or without memory. */
ll_cluster_t *ll_cluster_new(const char *type);

typedef struct GLLclusterSource_s GLLclusterSource;

/* Calls DISPATCH from GLib's default main loop when there is a message.  HB must be
 * signed on.  When DISPATCH returns FALSE the source ends, NOTIFY is called, and HB is
 * deleted. */
GLLclusterSource *G_main_add_ll_cluster(int priority, ll_cluster_t *hb,
    gboolean can_recurse, gboolean (*dispatch)(ll_cluster_t *hb, gpointer user_data),
    gpointer userdata, GDestroyNotify notify);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
