/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel to the daemon as ipcchan() of <heartbeat/hb_api.h> gives it, for
 * G_main_add_IPC_Channel() of <clplumbing/GSource.h>.  The layout is part of the binary
 * interface: old programs call through OPS.
 */
#ifndef CLPLUMBING_IPC_H
#define CLPLUMBING_IPC_H

#include <glib.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What the functions return. */
#define IPC_OK 0
#define IPC_FAIL 1
#define IPC_BROKEN 2
#define IPC_INTR 3
#define IPC_TIMEOUT 4

/* Values of ch_status. */
#define IPC_CONNECT 1
#define IPC_WAIT 2
#define IPC_DISCONNECT 3
#define IPC_DISC_PENDING 4

typedef struct IPC_CHANNEL IPC_Channel;
typedef struct IPC_MESSAGE IPC_Message;
typedef struct IPC_QUEUE IPC_Queue;
typedef struct IPC_AUTH IPC_Auth;
typedef struct IPC_OPS IPC_Ops;
typedef void (*flow_callback_t)(IPC_Channel *channel, void *userdata);

struct IPC_MESSAGE {
	size_t msg_len;
	void *msg_buf;
	void *msg_body;
	void (*msg_done)(IPC_Message *msg); /* when it was sent; may be NULL */
	void *msg_private;
	IPC_Channel *msg_ch;
};

struct IPC_QUEUE {
	size_t current_qlen;
	size_t max_qlen;
	GList *queue;
	time_t last_maxqlen_warn;
	unsigned int maxqlen_cnt;
};

struct IPC_CHANNEL {
	int ch_status;
	int refcount;
	pid_t farside_pid;
	void *ch_private;
	IPC_Ops *ops;
	unsigned int msgpad;
	unsigned int bytes_remaining;
	gboolean should_send_block;
	gboolean should_block_fail;
	IPC_Queue *send_queue;
	IPC_Queue *recv_queue;
	struct ipc_bufpool *pool;
	int high_flow_mark;
	int low_flow_mark;
	void *high_flow_userdata;
	void *low_flow_userdata;
	flow_callback_t high_flow_callback;
	flow_callback_t low_flow_callback;
	int conntype;
	char failreason[128];
	uid_t farside_uid;
	gid_t farside_gid;
};

/* Messages of the daemon are read with readmsg() and rcvmsg(): recv() fails. */
struct IPC_OPS {
	void (*destroy)(IPC_Channel *channel);
	int (*initiate_connection)(IPC_Channel *channel);
	int (*verify_auth)(IPC_Channel *channel, IPC_Auth *auth);
	int (*assert_auth)(IPC_Channel *channel, GHashTable *auth);
	int (*send)(IPC_Channel *channel, IPC_Message *msg);
	int (*recv)(IPC_Channel *channel, IPC_Message **msg);
	int (*waitin)(IPC_Channel *channel);
	int (*waitout)(IPC_Channel *channel);
	gboolean (*is_message_pending)(IPC_Channel *channel);
	gboolean (*is_sending_blocked)(IPC_Channel *channel);
	int (*resume_io)(IPC_Channel *channel);
	int (*get_send_select_fd)(IPC_Channel *channel);
	int (*get_recv_select_fd)(IPC_Channel *channel);
	int (*set_send_qlen)(IPC_Channel *channel, int len);
	int (*set_recv_qlen)(IPC_Channel *channel, int len);
	void (*set_high_flow_callback)(IPC_Channel *channel, flow_callback_t cb,
	    void *data);
	void (
	    *set_low_flow_callback)(IPC_Channel *channel, flow_callback_t cb, void *data);
	IPC_Message *(
	    *new_ipcmsg)(IPC_Channel *channel, const void *data, int len, void *p);
	int (*get_chan_status)(IPC_Channel *channel);
	gboolean (*is_sendq_full)(struct IPC_CHANNEL *channel);
	gboolean (*is_recvq_full)(struct IPC_CHANNEL *channel);
	int (*get_conntype)(struct IPC_CHANNEL *channel);
	int (*disconnect)(struct IPC_CHANNEL *channel);
};

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
