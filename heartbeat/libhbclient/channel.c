/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection as an IPC_Channel.  Main loops ask it for its descriptor and whether
 * something is pending; cluster-glue's do so through the table of functions, too.  The
 * queues are empty for ever: what is read waits in the object.
 */
#include "heartbeat/libhbclient/private.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

struct hbc_channel {
	IPC_Channel channel; /* first: what programs have */
	IPC_Queue out, in;
	struct hbc *hbc; /* NULL: signed off, and left to its user */
};

/* NULL when nothing is connected. */
static struct hbc *
online(IPC_Channel *channel)
{
	struct hbc *hbc = ((struct hbc_channel *)channel)->hbc;

	return hbc && hbc_is_online(hbc) ? hbc : NULL;
}

/* ---- The functions ---- */

static void
channel_destroy(IPC_Channel *channel)
{
	struct hbc_channel *ch = (struct hbc_channel *)channel;

	if (!ch->hbc) {
		free(ch);
		return;
	}
	hbc_lost(ch->hbc); /* the object keeps it for the next sign-on */
}

static int
channel_refuse(IPC_Channel *channel)
{
	(void)channel;
	return IPC_FAIL;
}

static int
channel_verify(IPC_Channel *channel, IPC_Auth *auth)
{
	(void)auth;
	return channel_refuse(channel);
}

static int
channel_assert(IPC_Channel *channel, GHashTable *auth)
{
	(void)auth;
	return channel_refuse(channel);
}

static int
channel_send(IPC_Channel *channel, IPC_Message *msg)
{
	struct hbc *hbc = online(channel);
	int r;

	if (!hbc)
		return IPC_BROKEN;
	r = client_send_bytes(hbc->client, msg->msg_body, msg->msg_len,
	    hbc->send_fails ? instant_now() : INSTANT_NEVER);
	if (r == -EPIPE) {
		hbc_broken(hbc);
		return IPC_BROKEN;
	}
	if (r < 0)
		return IPC_FAIL;
	if (msg->msg_done)
		msg->msg_done(msg);
	return IPC_OK;
}

static int
channel_recv(IPC_Channel *channel, IPC_Message **msg)
{
	(void)msg;
	return channel_refuse(channel);
}

static gboolean
channel_is_pending(IPC_Channel *channel)
{
	struct hbc *hbc = ((struct hbc_channel *)channel)->hbc;

	return !hbc || !hbc_is_online(hbc) || hbc_is_ready(hbc);
}

static int
channel_wait(IPC_Channel *channel, short events)
{
	struct hbc *hbc = online(channel);
	struct pollfd pfd = { .events = events };

	if (!hbc)
		return IPC_BROKEN;
	if (events == POLLIN && hbc_is_ready(hbc))
		return IPC_OK;
	pfd.fd = client_fd(hbc->client);
	if (poll(&pfd, 1, -1) < 0)
		return errno == EINTR ? IPC_INTR : IPC_FAIL;
	return IPC_OK;
}

static int
channel_wait_in(IPC_Channel *channel)
{
	return channel_wait(channel, POLLIN);
}

static int
channel_wait_out(IPC_Channel *channel)
{
	return channel_wait(channel, POLLOUT);
}

static gboolean
channel_never(IPC_Channel *channel)
{
	(void)channel;
	return FALSE;
}

static int
channel_resume(IPC_Channel *channel)
{
	return online(channel) ? IPC_OK : IPC_BROKEN;
}

static int
channel_fd(IPC_Channel *channel)
{
	struct hbc *hbc = online(channel);

	return hbc ? client_fd(hbc->client) : -1;
}

static int
channel_queue_set(IPC_Channel *channel, int len)
{
	(void)channel;
	return len > 0 ? IPC_OK : IPC_FAIL;
}

static void
channel_high_flow_set(IPC_Channel *channel, flow_callback_t cb, void *data)
{
	channel->high_flow_callback = cb;
	channel->high_flow_userdata = data;
}

static void
channel_low_flow_set(IPC_Channel *channel, flow_callback_t cb, void *data)
{
	channel->low_flow_callback = cb;
	channel->low_flow_userdata = data;
}

static void
message_free(IPC_Message *msg)
{
	free(msg->msg_buf);
	free(msg);
}

static IPC_Message *
channel_message_new(IPC_Channel *channel, const void *data, int len, void *private)
{
	IPC_Message *msg = len < 0 ? NULL : calloc(1, sizeof(*msg));

	if (!msg)
		return NULL;
	/* Without DATA the caller writes so many bytes later. */
	msg->msg_buf =
	    data ? hbc_field_copy(data, (size_t)len) : calloc(1, (size_t)len + 1);
	if (!msg->msg_buf) {
		free(msg);
		return NULL;
	}
	msg->msg_body = msg->msg_buf;
	msg->msg_len = (size_t)len;
	msg->msg_done = message_free;
	msg->msg_private = private;
	msg->msg_ch = channel;
	return msg;
}

static int
channel_status(IPC_Channel *channel)
{
	return channel->ch_status;
}

static int
channel_type(IPC_Channel *channel)
{
	return channel->conntype;
}

static int
channel_disconnect(IPC_Channel *channel)
{
	struct hbc *hbc = online(channel);

	if (hbc)
		hbc_lost(hbc);
	return IPC_OK;
}

static IPC_Ops channel_ops = {
	.destroy = channel_destroy,
	.initiate_connection = channel_refuse,
	.verify_auth = channel_verify,
	.assert_auth = channel_assert,
	.send = channel_send,
	.recv = channel_recv,
	.waitin = channel_wait_in,
	.waitout = channel_wait_out,
	.is_message_pending = channel_is_pending,
	.is_sending_blocked = channel_never,
	.resume_io = channel_resume,
	.get_send_select_fd = channel_fd,
	.get_recv_select_fd = channel_fd,
	.set_send_qlen = channel_queue_set,
	.set_recv_qlen = channel_queue_set,
	.set_high_flow_callback = channel_high_flow_set,
	.set_low_flow_callback = channel_low_flow_set,
	.new_ipcmsg = channel_message_new,
	.get_chan_status = channel_status,
	.is_sendq_full = channel_never,
	.is_recvq_full = channel_never,
	.get_conntype = channel_type,
	.disconnect = channel_disconnect,
};

/* ---- Its life ---- */

void
hbc_channel_set(struct hbc *hbc, int fd)
{
	if (hbc->channel)
		hbc->channel->channel.ch_status = fd >= 0 ? IPC_CONNECT : IPC_DISCONNECT;
}

void
hbc_channel_drop(struct hbc *hbc, bool leave_it)
{
	struct hbc_channel *ch = hbc->channel;

	hbc->channel = NULL;
	if (!ch)
		return;
	ch->hbc = NULL;
	ch->channel.ch_status = IPC_DISCONNECT;
	if (!leave_it)
		free(ch);
}

IPC_Channel *
hbc_channel(ll_cluster_t *cluster)
{
	struct hbc *hbc = hbc_online(cluster, "get_ipcchan");
	struct hbc_channel *ch;

	if (!hbc)
		return NULL;
	if (hbc->channel)
		return &hbc->channel->channel;
	ch = calloc(1, sizeof(*ch));
	if (!ch) {
		hbc_error(hbc, "get_ipcchan: out of memory");
		return NULL;
	}
	ch->hbc = hbc;
	ch->in.max_qlen = ch->out.max_qlen = 64;
	ch->channel = (IPC_Channel){ .ch_status = IPC_CONNECT,
		.refcount = 1,
		.ops = &channel_ops,
		.ch_private = ch,
		.send_queue = &ch->out,
		.recv_queue = &ch->in,
		.should_send_block = TRUE,
		.high_flow_mark = 64 };
	hbc->channel = ch;
	return &ch->channel;
}
