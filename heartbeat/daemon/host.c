/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon is for its clients: their server's questions and messages. */
#include "heartbeat/daemon/daemon.h"

#include <errno.h>
#include <string.h>

static const struct memb *
host_memb(void *shell)
{
	return ((struct hb *)shell)->memb;
}

static const struct conf *
host_conf(void *shell)
{
	return &((struct hb *)shell)->all.conf;
}

static const char *
host_resources(void *shell)
{
	const struct hb *hb = shell;

	return hb->rsc ? rsc_word(hb->rsc) : NULL;
}

/* ipfail asks for a standby as a client: vetted like hb_standby, before a byte is on the
 * wire. */
static int
host_send(void *shell, struct msg *m)
{
	struct hb *hb = shell;
	const char *info = msg_str(m, "info"), *word = msg_str(m, "rsc_hold");

	if (hb->rsc && strcmp(msg_type(m), "ask_resources") == 0 && info &&
	    strcmp(info, "me") == 0) {
		rsc_ask_standby(hb->rsc, loop_now(hb->loop), word ? word : "all");
		return 0;
	}
	return memb_send(hb->memb, loop_now(hb->loop), m, false);
}

static int
host_status(void *shell, const struct status_sink *sink, void *data)
{
	struct hb_status status;
	int rc = hb_status_fill(shell, &status);

	if (rc == 0)
		status_encode(&status, sink, data);
	status_free(&status);
	return rc;
}

static int
host_confirm(void *shell, const char *node)
{
	struct hb *hb = shell;
	int rc;

	if (!hb->rsc)
		return -EALREADY;
	rc = rsc_confirm(hb->rsc, loop_now(hb->loop), node, "somebody on this machine");
	if (rc == 0)
		hb_event(hb, EVENT_FENCING, LOG_WARNING, node, NULL, NULL,
		    "node %s is down: somebody said so on this machine", node);
	hb_flush(hb);
	return rc;
}

static const struct clients_host clients_host = {
	.memb = host_memb,
	.conf = host_conf,
	.resources = host_resources,
	.send = host_send,
	.status = host_status,
	.confirm = host_confirm,
	.version = HB_VERSION,
};

int
hb_host_open(struct hb *hb, struct err *err)
{
	hb->clients = clients_new(hb->loop, &clients_host, hb);
	if (!hb->clients)
		return err_set(err, -ENOMEM, "no memory for clients");
	return clients_listen(hb->clients, HB_REGISTER, err);
}
