/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Becoming a client and ceasing to be one (spec/client-api.md 5; config.md 8.1).
 *
 * The checks come in the old order and with the old texts, because clients print them.
 * Two deliberate differences: when a name is taken, its holder's socket is read first, so
 * that a restarted client does not lose against its own unread EOF; and the leave event
 * of a refused sign-on goes to the refused alone: it never joined, so there is nothing to
 * tell its namesakes elsewhere.
 */
#include "heartbeat/client/private.h"
#include "lib/child.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_SIZE 2048 /* also for what membership adds to a join */

/* What the sign-on says of its sender. */
struct claim {
	int64_t pid; /* 0 = no usable number */
	bool casual;
	char id[CLIENTS_ID_SIZE];
};

/* False: neither pid nor from_id, there is nobody to answer. */
static bool
claim_read(const struct msg *m, struct claim *claim)
{
	const char *from = msg_str(m, "from_id");
	char digits[24];

	*claim = (struct claim){ 0 };
	if (!from && !msg_find(m, "pid"))
		return false;
	if (msg_dec(m, "pid", &claim->pid) < 0 || claim->pid > INT32_MAX)
		claim->pid = 0;
	snprintf(digits, sizeof(digits), "%" PRId64, claim->pid);
	claim->casual = !from || strcmp(from, digits) == 0;
	snprintf(claim->id, sizeof(claim->id), "%s", claim->casual ? digits : from);
	return true;
}

static bool
in_list(const unsigned *list, size_t count, unsigned id)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == id)
			return true;
	return false;
}

static const struct conf_auth *
auth_find(const struct conf *conf, const char *client)
{
	for (size_t i = 0; i < conf->auth_count; i++)
		if (strcmp(conf->auth[i].client, client) == 0)
			return &conf->auth[i];
	return NULL;
}

/* NULL, or why not.  Either list is enough; no list at all allows everyone. */
static const char *
auth_check(const struct conf *conf, const struct claim *claim, const struct ucred *peer)
{
	const struct conf_auth *auth =
	    auth_find(conf, claim->casual ? "anon" : claim->id);

	_Static_assert(sizeof(uid_t) == sizeof(unsigned) &&
	                   sizeof(gid_t) == sizeof(unsigned),
	    "");
	if (!auth)
		auth = auth_find(conf, "default");
	if (!auth)
		return "no default client auth";
	if (auth->uid_count == 0 && auth->gid_count == 0)
		return NULL;
	if (in_list(auth->uid, auth->uid_count, peer->uid) ||
	    in_list(auth->gid, auth->gid_count, peer->gid))
		return NULL;
	return "client failed authorization";
}

/* The name is taken, unless its holder is gone and we have not noticed yet. */
static bool
id_is_taken(struct clients *clients, const char *id)
{
	struct clients_conn *holder = clients_find(clients, id);

	if (holder)
		clients_conn_drain(holder);
	holder = clients_find(clients, id);
	if (holder && process_is_gone(holder->peer.pid)) {
		clients_conn_end(holder, "died");
		return false;
	}
	return holder != NULL;
}

/* NULL, or the text of the refusal. */
static const char *
claim_check(struct clients_conn *conn, const struct claim *claim, const struct msg *m)
{
	int64_t uid, gid;

	if (claim->pid <= 0 || (kill((pid_t)claim->pid, 0) < 0 && errno == ESRCH))
		return "bad pid";
	if (id_is_taken(conn->clients, claim->id))
		return "duplicate add request";
	if (msg_dec(m, "uid", &uid) < 0 || msg_dec(m, "gid", &gid) < 0)
		return "invalid id info";
	if (uid != (int64_t)conn->peer.uid || gid != (int64_t)conn->peer.gid)
		return "incorrect/false credentials";
	const char *why = auth_check(clients_conf(conn->clients), claim, &conn->peer);

	if (!why && claim->pid != conn->peer.pid)
		why = "pid mismatch";
	return why;
}

static void
signon_answer(struct clients_conn *conn, const char *info)
{
	const struct conf *conf = clients_conf(conn->clients);
	const char *manager = conf_param_find(conf, "pacemaker");
	uint8_t store[STORE_SIZE];
	struct msg m;

	if (!manager)
		manager = conf_param_find(conf, "crm");
	if (!manager || conf->crm == CRM_OFF)
		manager = "false";
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "hbapi-resp");
	msg_add_str(&m, "reqtype", "signon");
	if (info)
		msg_add_str(&m, "info", info);
	msg_add_str(&m, "result", info ? "badreq" : "OK");
	msg_add_hex(&m, "deadtime", (uint64_t)conf->deadtime_ms);
	msg_add_hex(&m, "keepalive", (uint64_t)conf->keepalive_ms);
	msg_add_str(&m, "node", conf->self);
	msg_add_str(&m, "hbversion", conn->clients->host->version);
	msg_add_str(&m, "pacemaker", manager);
	msg_add_dec(&m, "logfacility", conf->logfacility);
	clients_conn_answer(conn, &m);
}

static void
clstat_make(struct msg *m, const struct clients_conn *conn, const char *id,
    const char *st, const char *info)
{
	msg_add_str(m, "t", "hbapi-clstat");
	msg_add_str(m, "st", st);
	msg_add_str(m, "from_id", id);
	msg_add_str(m, "to_id", id);
	msg_add_str(m, "src", clients_conf(conn->clients)->self);
	msg_add_str(m, "info", info);
	msg_add_dec(m, "client_gen", (int64_t)conn->generation);
}

static void
clstat_tell_self(struct clients_conn *conn, const char *id, const char *info)
{
	uint8_t store[STORE_SIZE];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	clstat_make(&m, conn, id, "leave", info);
	clients_conn_answer(conn, &m);
}

static void
clstat_tell_all(struct clients_conn *conn, const char *st, const char *info)
{
	uint8_t store[STORE_SIZE];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	clstat_make(&m, conn, conn->id, st, info);
	clients_post(conn->clients, &m, false);
}

/* A refused client hears its own leaving when it has a name; where the old daemon had not
 * filled in the name yet, the event has none. */
static void
signon_refuse(struct clients_conn *conn, const struct claim *claim, const char *info)
{
	bool is_pid = strcmp(info, "bad pid") == 0;
	bool is_dup = strcmp(info, "duplicate add request") == 0;

	log_limited(&conn->clients->refused, LOG_WARNING,
	    "Client [%s] pid %d failed authorization [%s]", claim->id,
	    (int)conn->peer.pid, info);
	signon_answer(conn, info);
	if (is_pid || is_dup)
		clstat_tell_self(conn, "", is_pid ? "died" : info);
	else if (!claim->casual)
		clstat_tell_self(conn, claim->id, info);
	clients_conn_close(conn);
}

void
clients_signon(struct clients_conn *conn, const struct msg *m)
{
	struct clients *clients = conn->clients;
	const char *reqtype = msg_str(m, "reqtype"), *info;
	struct claim claim;

	assert(!conn->registered);
	if (strcmp(msg_type(m), "hbapi-req") != 0 || !reqtype ||
	    strcmp(reqtype, "signon") != 0 || !claim_read(m, &claim)) {
		log_limited(&clients->offence, LOG_WARNING,
		    "API message t=%s reqtype=%s from pid %d, which has not signed on, "
		    "ignored",
		    msg_type(m), reqtype ? reqtype : "-", (int)conn->peer.pid);
		return;
	}
	conn->generation = clients->generation++;
	info = claim_check(conn, &claim, m);
	if (info) {
		signon_refuse(conn, &claim, info);
		return;
	}
	if (clients->registered_count == 0)
		clients_sources_renew(clients);
	if (clients_marks_take(conn) < 0) {
		conn->eof = true; /* no memory: as if it had not come */
		return;
	}
	strcpy(conn->id, claim.id);
	conn->named = !claim.casual;
	conn->registered = true;
	conn->filter = CLIENTS_KEEPIT;
	clients_filters_update(clients);
	log_line(LOG_DEBUG, "API client [%s] pid %d signed on", conn->id,
	    (int)conn->peer.pid);
	/* The client itself gets its join before the reply, like everything that comes in
	 * between. */
	if (conn->named)
		clstat_tell_all(conn, "join", "signon");
	if (!conn->dead)
		signon_answer(conn, NULL);
}

void
clients_conn_end(struct clients_conn *conn, const char *reason)
{
	bool was_named = conn->registered && conn->named;

	if (conn->dead)
		return;
	if (conn->registered) {
		log_line(LOG_DEBUG, "API client [%s] pid %d left: %s", conn->id,
		    (int)conn->peer.pid, reason);
		/* From here on nobody finds it, so this happens once. */
		conn->registered = false;
		clients_filters_update(conn->clients);
	}
	if (was_named && !conn->eof)
		clstat_tell_self(conn, conn->id, reason);
	clients_conn_close(conn);
	if (was_named)
		clstat_tell_all(conn, "leave", reason);
}
