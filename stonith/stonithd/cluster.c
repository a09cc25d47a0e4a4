/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonithd as a client of heartbeat: nodes that live and die, messages of other stonithds. */
#include "lib/log.h"
#include "stonith/stonithd/shell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void
on_node(void *data, const char *name, const char *type, const char *status)
{
	struct shell *s = data;

	if (strcmp(type, "normal") == 0)
		sd_peer(s->sd, name, strcmp(status, "active") == 0, loop_now(s->loop));
}

static void
on_status(struct shell *s, const struct msg *m)
{
	const char *node = msg_str(m, "src"), *status = msg_str(m, "st");

	/* Only a change that is sure: "up" and "init" are on their way to "active". */
	if (node && status && strcmp(status, "active") == 0)
		sd_peer(s->sd, node, true, loop_now(s->loop));
	else if (node && status && strcmp(status, "dead") == 0)
		sd_peer(s->sd, node, false, loop_now(s->loop));
}

static void
on_message(void *data, const struct msg *m)
{
	static struct log_limit limit = { .burst = 5 };
	struct shell *s = data;
	const char *type = msg_type(m);
	struct sd_message message;
	int r;

	if (strcmp(type, "status") == 0 || strcmp(type, "NS_st") == 0) {
		on_status(s, m);
		return;
	}
	r = sdp_message_parse(m, &message);
	if (r == -EINVAL)
		log_limited(&limit, LOG_WARNING,
		    "a message '%s' that makes no sense is ignored", type);
	else if (r == 0)
		sd_heard(s->sd, &message, loop_now(s->loop));
}

static void
on_lost(void *data, const char *why)
{
	struct shell *s = data;

	log_line(LOG_ERR, "no connection to heartbeat any more (%s)", why);
	s->code = SDD_FAILED;
	loop_stop(s->loop);
}

void
sdd_send(void *shell, const struct sd_message *message)
{
	struct shell *s = shell;
	struct client_field fields[16];
	uint8_t store[1024];
	struct msg m;
	size_t count = 0;
	int r;

	if (s->alone)
		return;
	msg_init(&m, store, sizeof(store));
	r = sdp_message_make(message, &m);
	for (; r == 0 && count < m.count && count < 15; count++)
		fields[count] = (struct client_field){ m.field[count].name,
			(const char *)m.field[count].value };
	fields[count] = (struct client_field){ NULL, NULL };
	if (r == 0)
		r = member_send(&s->member, fields);
	if (r < 0)
		log_line(LOG_ERR, "a message about node %s cannot be sent: %s",
		    message->node, strerror(-r));
}

int
sdd_cluster_open(struct shell *s, struct err *err)
{
	int r;

	s->member = (struct member){ .name = "stonithd",
		.loop = s->loop,
		.message = on_message,
		.lost = on_lost,
		.data = s };
	log_line(LOG_INFO, "Signing in with heartbeat.");
	r = member_signon(&s->member, err);
	if (r < 0)
		return r;
	if (strlen(member_facts(&s->member)->node) > SD_NODE_MAX)
		return err_set(err, -EINVAL, "the name of this node is too long");
	strcpy(s->self, member_facts(&s->member)->node);
	return 0;
}

/* Once there is somebody to tell. */
int
sdd_cluster_watch(struct shell *s, struct err *err)
{
	if (member_settle(&s->member) < 0 || member_watch(&s->member) < 0 ||
	    member_nodes(&s->member, on_node, s) < 0)
		return err_set(err, -EPROTO,
		    "heartbeat refuses what every client asks for");
	return 0;
}

void
sdd_cluster_close(struct shell *s)
{
	if (!s->alone)
		member_signoff(&s->member);
}
