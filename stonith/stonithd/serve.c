/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stonithd's clients.  Requests and their replies go over one socket; the client connects to
 * another one for results, and shows there the cookie that its sign-on gave it.  Only root and
 * the cluster's user are served.
 */
#include "lib/log.h"
#include "stonith/library/library.h"
#include "stonith/stonithd/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uuid/uuid.h>

#define LIST_PART 1000 /* bytes of a list in one field */

static struct log_limit limit = { .burst = 5 };

/* Replies. */

void
sdd_reply_init(struct sdd_reply *reply, const char *word)
{
	msg_init(&reply->m, reply->store, sizeof(reply->store));
	msg_add_str(&reply->m, "stonithd", "apirpl");
	msg_add_str(&reply->m, "reply", word);
}

bool
sdd_reply_send(struct sdd_reply *reply, struct frame_client *client)
{
	static const struct msg_style style = { .form = MSG_CLASSIC };
	static uint8_t bytes[SDP_BODY_MAX];
	ssize_t len = msg_encode(&reply->m, &style, bytes, sizeof(bytes));

	if (len > 0 && frame_send(client, bytes, (size_t)len) == 0)
		return true;
	log_limited(&limit, LOG_WARNING, "client with pid %d does not read: disconnected",
	    (int)client->pid);
	shutdown(client->fd, SHUT_RDWR);
	return false;
}

static bool
reply_plain(struct frame_client *client, const char *word, const char *result,
    const char *error)
{
	struct sdd_reply reply;

	sdd_reply_init(&reply, word);
	msg_add_str(&reply.m, "apiret", result);
	if (error)
		msg_add_str(&reply.m, "error", error);
	return sdd_reply_send(&reply, client);
}

/* Sessions. */

struct sdd_session *
sdd_session_find(struct shell *s, unsigned long number)
{
	struct sdd_session *session;

	LIST_FOREACH(session, &s->sessions, next)
	if (session->number == number)
		return session;
	return NULL;
}

static void
session_end(struct shell *s, struct sdd_session *session)
{
	LIST_REMOVE(session, next);
	sd_client_gone(s->sd, session->number);
	if (session->api)
		session->api->data = NULL;
	if (session->callback) {
		session->callback->data = NULL;
		shutdown(session->callback->fd, SHUT_RDWR);
	}
	free(session);
}

static bool
on_signon(struct shell *s, struct frame_client *client, const struct sdp_request *request)
{
	struct sdd_session *session = client->data;
	struct sdd_reply reply;
	uuid_t uuid;

	if (session)
		return reply_plain(client, "rsignon", "badreq", "signed on already");
	session = calloc(1, sizeof(*session));
	if (!session)
		return false;
	session->number = ++s->session_number;
	session->uid = client->uid;
	session->api = client;
	strcpy(session->name, request->name);
	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, session->cookie);
	LIST_INSERT_HEAD(&s->sessions, session, next);
	client->data = session;
	sdd_reply_init(&reply, "rsignon");
	msg_add_str(&reply.m, "apiret", "apiok");
	msg_add_str(&reply.m, "cookie", session->cookie);
	return sdd_reply_send(&reply, client);
}

/* Requests. */

static bool
on_fence(struct shell *s, struct frame_client *client, struct sdp_request *request)
{
	struct sdd_session *session = client->data;
	struct sdd_reply reply;
	int32_t callid;

	request->fence.client = session->number;
	callid = sd_request(s->sd, &request->fence, loop_now(s->loop));
	sdd_reply_init(&reply, "rstonith");
	msg_add_str(&reply.m, "apiret", callid ? "apiok" : "apifail");
	msg_add_dec(&reply.m, "callid", callid);
	return sdd_reply_send(&reply, client);
}

static bool
list_part_add(struct sdd_reply *reply, char *part, size_t *used)
{
	bool added =
	    *used == 0 || msg_add(&reply->m, MSG_LIST, "sttypes", part, *used) == 0;

	*used = 0;
	return added;
}

/* Old clients read the first field; what it has no room for follows in more of that name. */
static bool
on_types(struct frame_client *client)
{
	char part[LIST_PART + STN_TYPE_MAX + 8], **types = stn_types_list(NULL, NULL);
	struct sdd_reply reply;
	size_t used = 0;
	bool fine = types != NULL;

	sdd_reply_init(&reply, "rltypes");
	msg_add_str(&reply.m, "apiret", types ? "apiok" : "apifail");
	for (char **type = types; fine && *type; type++) {
		size_t len = strlen(*type);

		if (used + len + 8 > LIST_PART)
			fine = list_part_add(&reply, part, &used);
		used += (size_t)sprintf(part + used, "%zu:%s,", len, *type);
	}
	if (fine)
		list_part_add(&reply, part, &used);
	if (types)
		stn_strings_free(types);
	return sdd_reply_send(&reply, client);
}

static void
history_add(struct sdd_reply *reply, const struct sd_history *entry, struct instant now,
    bool transcript)
{
	uint8_t store[SD_TRANSCRIPT_MAX + 2048];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "node", entry->node);
	msg_add_str(&m, "action", sd_op_names[entry->op]);
	msg_add_str(&m, "result",
	    entry->over ? sd_result_names[entry->result] : "PENDING");
	msg_add_str(&m, "asker", entry->asker);
	msg_add_str(&m, "by", entry->nodes);
	msg_add_str(&m, "device", entry->resource);
	msg_add_str(&m, "type", entry->type);
	msg_add_dec(&m, "ago", instant_diff_ms(now, entry->begun));
	msg_add_dec(&m, "took",
	    instant_diff_ms(entry->over ? entry->ended : now, entry->begun));
	if (transcript && entry->transcript)
		msg_add_str(&m, "transcript", entry->transcript);
	msg_add_struct(&reply->m, "entry", &m);
}

static bool
on_history(struct shell *s, struct frame_client *client)
{
	const struct sd_history *entry;
	struct sdd_reply reply;
	bool told = false;

	sdd_reply_init(&reply, "rhbhistory");
	msg_add_str(&reply.m, "apiret", "apiok");
	for (size_t i = 0; (entry = sd_history_at(s->sd, i)); i++) {
		/* The last transcript only. */
		history_add(&reply, entry, loop_now(s->loop), !told);
		told |= entry->transcript != NULL;
	}
	return sdd_reply_send(&reply, client);
}

static bool
on_devices(struct shell *s, struct frame_client *client)
{
	struct sdd_reply reply;

	sdd_reply_init(&reply, "rhbdevices");
	msg_add_str(&reply.m, "apiret", "apiok");
	msg_add_str(&reply.m, "self", s->self);
	sdd_devices_list(s, &reply);
	return sdd_reply_send(&reply, client);
}

static bool
request_do(struct shell *s, struct frame_client *client, struct sdp_request *request)
{
	char word[40];

	snprintf(word, sizeof(word), "r%s", sdp_kind_names[request->kind]);
	if (!client->data)
		return reply_plain(client, word, "badreq", "not signed on");
	switch (request->kind) {
	case SDP_FENCE:
		return on_fence(s, client, request);
	case SDP_RESOURCE:
		sdd_resource(s, client->data, request);
		return true;
	case SDP_TYPES:
		return on_types(client);
	case SDP_DEVICES:
		return on_devices(s, client);
	case SDP_HISTORY:
		return on_history(s, client);
	case SDP_SIGNOFF:
		session_end(s, client->data);
		return true;
	case SDP_SIGNON:
	case SDP_KIND_COUNT:
		break;
	}
	return false;
}

/* Frames.  A copy is read: reading writes into the bytes. */

static bool
frame_read(struct shell *s, struct frame_client *client, const uint8_t *body, size_t len,
    bool (*take)(struct shell *s, struct frame_client *client, const struct msg *m))
{
	struct msg_trust trust = { .keys = NULL };
	uint8_t *copy = malloc(len + 1);
	struct err err = { "no memory" };
	struct msg m;
	bool keep = false;

	if (!copy)
		return false;
	memcpy(copy, body, len);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, copy, len, &trust, NULL, 0, &err) == MSG_DROP_NONE)
		keep = take(s, client, &m);
	else
		log_limited(&limit, LOG_WARNING,
		    "client with pid %d sends no message: %s", (int)client->pid,
		    err.text);
	explicit_bzero(copy, len);
	free(copy);
	return keep;
}

static bool
api_take(struct shell *s, struct frame_client *client, const struct msg *m)
{
	const char *word = msg_str(m, "reqest");
	struct sdp_request request;
	char reply[40];
	struct err err;

	if (sdp_request_parse(m, &request, &err) < 0) {
		log_limited(&limit, LOG_WARNING, "request of pid %d refused: %s",
		    (int)client->pid, err.text);
		snprintf(reply, sizeof(reply), "r%.30s", word ? word : "");
		return reply_plain(client, reply, "badreq", err.text);
	}
	return request.kind == SDP_SIGNON ? on_signon(s, client, &request)
	                                  : request_do(s, client, &request);
}

static bool
callback_take(struct shell *s, struct frame_client *client, const struct msg *m)
{
	struct sdd_session *session;
	struct sdp_request request;
	struct err err;

	if (sdp_request_parse(m, &request, &err) < 0 || request.kind != SDP_SIGNON)
		return reply_plain(client, "rsignon", "badreq",
		    "only a sign-on is read here");
	LIST_FOREACH(session, &s->sessions, next)
	{
		if (strcmp(session->cookie, request.cookie) != 0 ||
		    session->uid != client->uid || session->callback)
			continue;
		session->callback = client;
		client->data = session;
		return reply_plain(client, "rsignon", "apiok", NULL);
	}
	return reply_plain(client, "rsignon", "apifail", "no such cookie");
}

static bool
on_frame(void *data, struct frame_client *client, const uint8_t *body, size_t len)
{
	return frame_read(data, client, body, len, api_take);
}

static bool
on_callback_frame(void *data, struct frame_client *client, const uint8_t *body,
    size_t len)
{
	return frame_read(data, client, body, len, callback_take);
}

/* Connections. */

static bool
on_opened(void *data, struct frame_client *client)
{
	struct shell *s = data;

	if (client->uid == 0 || (s->cluster_uid && client->uid == s->cluster_uid))
		return true;
	log_limited(&limit, LOG_WARNING, "user %u, pid %d, is not served",
	    (unsigned)client->uid, (int)client->pid);
	return false;
}

static bool
on_callback_opened(void *data, struct frame_client *client)
{
	return on_opened(data, client) &&
	       reply_plain(client, "rsignon", "cookieauth", NULL);
}

static void
on_gone(void *data, struct frame_client *client)
{
	struct sdd_session *session = client->data;

	if (session) {
		session->api = NULL;
		session_end(data, session);
	}
}

static void
on_callback_gone(void *data, struct frame_client *client)
{
	struct sdd_session *session = client->data;

	(void)data;
	if (session)
		session->callback = NULL;
}

void
sdd_answer(void *shell, const struct sd_answer *answer)
{
	const struct sd_request *request = answer->request;
	struct sdd_session *session = sdd_session_find(shell, request->client);
	struct sdd_reply reply;

	if (!session || !session->callback)
		return; /* gone: the log has the result */
	sdd_reply_init(&reply, "stret");
	msg_add_dec(&reply.m, "optype", request->op);
	msg_add_str(&reply.m, "node", request->node);
	msg_add_str(&reply.m, "nlist", answer->nodes);
	msg_add_dec(&reply.m, "timeout", request->timeout_ms);
	msg_add_dec(&reply.m, "callid", answer->callid);
	msg_add_str(&reply.m, "node_uuid", request->uuid);
	msg_add_dec(&reply.m, "frc", answer->result);
	if (request->has_pdata)
		msg_add_str(&reply.m, "pdata", request->pdata);
	sdd_reply_send(&reply, session->callback);
}

int
sdd_serve_open(struct shell *s, struct err *err)
{
	static const struct frame_server_class api = { .name = "stonithd",
		.path = SDP_SOCKET,
		.body_max = SDP_BODY_MAX,
		.opened = on_opened,
		.frame = on_frame,
		.gone = on_gone },
	                                       callback = { .name = "stonithd callback",
		                                       .path = SDP_CALLBACK,
		                                       .body_max = 4096,
		                                       .opened = on_callback_opened,
		                                       .frame = on_callback_frame,
		                                       .gone = on_callback_gone };
	int r = frame_server_open(&s->api, s->loop, &api, s, err);

	if (r == 0) {
		r = frame_server_open(&s->callback, s->loop, &callback, s, err);
		if (r < 0)
			frame_server_close(&s->api);
	}
	return r;
}

void
sdd_serve_close(struct shell *s)
{
	frame_server_close(&s->api);
	frame_server_close(&s->callback);
}
