/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks stonithd for operations, joins those that run, and what the other nodes say. */
#include "stonith/stonithd/private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

/* Askers. */

static struct sd_op_state *
op_find(struct sd *sd, const char *node, enum sd_op kind)
{
	struct sd_op_state *op = sd->ops;

	while (
	    op && (op->op != kind || op->state == SD_ENDED || op->state == SD_LEAVING ||
	              op->leave || strcasecmp(op->node, node) != 0))
		op = op->next;
	return op;
}

static int32_t
callid_next(struct sd *sd)
{
	sd->callid = sd->callid >= 2000000000 ? 1 : sd->callid + 1;
	return sd->callid;
}

/* NULL: too much goes on.  Takes a copy of W. */
static struct sd_op_state *
op_join(struct sd *sd, const char *node, enum sd_op kind, const struct sd_waiter *w)
{
	struct sd_op_state *op = op_find(sd, node, kind);
	struct sd_waiter *mine = malloc(sizeof(*mine)), **end;
	bool fresh = !op;

	if (fresh && sd_op_count(sd) < SD_OP_MAX)
		op = calloc(1, sizeof(*op));
	if (!mine || !op || op->waiter_count >= SD_WAITER_MAX) {
		free(mine);
		if (fresh)
			free(op);
		return NULL;
	}
	if (fresh) {
		op->op = kind;
		op->at = -1;
		snprintf(op->node, sizeof(op->node), "%s", node);
		op->next = sd->ops;
		sd->ops = op;
	}
	*mine = *w;
	mine->next = NULL;
	for (end = &op->waiters; *end; end = &(*end)->next)
		;
	*end = mine;
	op->waiter_count++;
	return op;
}

void
sd_op_begin(struct sd *sd, struct sd_op_state *op, const char *asker, struct instant now)
{
	if (op->state != SD_NEW)
		return;
	if (op->op != SD_QUERY)
		sd_history_begin(sd, op, asker, now);
	sd_op_next(sd, op, now);
}

int32_t
sd_request(struct sd *sd, const struct sd_request *request, struct instant now)
{
	struct sd_waiter w = { .request = *request,
		.end = instant_add_ms(now, request->timeout_ms) };
	struct sd_op_state *op;
	bool here = sd_resource_for(sd, request->node, NULL) != NULL;

	assert(request->timeout_ms > 0 && request->timeout_ms <= SD_TIMEOUT_MAX_MS);
	sd_say(sd, request->op == SD_QUERY ? LOG_DEBUG : LOG_INFO,
	    "client %s [pid: %lld] want a STONITH operation %s to node %s.",
	    request->client_name, (long long)request->client_pid,
	    sd_op_names[request->op], request->node);
	w.callid = callid_next(sd) * (here && request->op != SD_QUERY ? 1 : -1);
	op = op_join(sd, request->node, request->op, &w);
	if (!op) {
		sd_say(sd, LOG_ERR, "%s of node %s is refused: too many requests",
		    sd_op_names[request->op], request->node);
		return 0;
	}
	if (op->state == SD_NEW)
		op->callid = w.callid;
	else
		sd_say(sd, LOG_INFO, "%s of node %s: is being done already",
		    sd_op_names[op->op], op->node);
	/* What is to be done begins in the next turn, so that the caller knows the number before
	 * the result. */
	if (op->state == SD_NEW)
		op->again = now;
	sd_settle(sd);
	return w.callid;
}

void
sd_client_gone(struct sd *sd, unsigned long client)
{
	for (struct sd_op_state *op = sd->ops; op; op = op->next)
		for (struct sd_waiter *w = op->waiters; w; w = w->next)
			if (!w->remote && w->request.client == client)
				w->request.client = 0;
}

/* Messages. */

static void
on_whocanst(struct sd *sd, const struct sd_message *m)
{
	const struct sd_resource *resource = sd_resource_for(sd, m->node, NULL);
	struct sd_message answer = { .type = resource ? SD_ICANST : SD_ICANTST,
		.op = m->op,
		.callid = m->callid,
		.priority = resource ? resource->priority : 0,
		.modern = true };

	if (!resource && !m->modern)
		return;
	strcpy(answer.peer, m->peer);
	strcpy(answer.node, m->node);
	sd->fx->send(sd->shell, &answer);
}

static bool
answered_before(struct sd *sd, const struct sd_message *m)
{
	struct sd_waiter again = { .remote = true,
		.callid = m->callid,
		.modern = m->modern };

	for (struct sd_op_state *op = sd->ops; op; op = op->next)
		for (struct sd_waiter *w = op->waiters; w; w = w->next)
			if (w->remote && w->callid == m->callid &&
			    strcasecmp(w->peer, m->peer) == 0)
				return true;
	for (size_t i = 0; i < SD_RECENT_MAX; i++)
		if (sd->recent[i].peer[0] && sd->recent[i].callid == m->callid &&
		    strcasecmp(sd->recent[i].peer, m->peer) == 0) {
			strcpy(again.peer, m->peer);
			sd_answer_peer(sd, &again, m->node, m->op, sd->recent[i].result);
			return true;
		}
	return false;
}

static void
on_stit(struct sd *sd, const struct sd_message *m, struct instant now)
{
	struct sd_waiter w = { .remote = true,
		.modern = m->modern,
		.callid = m->callid,
		.end = instant_add_ms(now, m->timeout_ms) };
	struct sd_op_state *op;
	char asker[SD_NODE_MAX + 16];

	if (m->op == SD_QUERY || answered_before(sd, m))
		return;
	strcpy(w.peer, m->peer);
	op = op_find(sd, m->node, m->op);
	if (!op && !sd_resource_for(sd, m->node, NULL)) {
		sd_answer_peer(sd, &w, m->node, m->op, SD_GENERIC);
		return;
	}
	sd_say(sd, LOG_INFO, "Node %s try to help node %s to fence node %s.", sd->self,
	    m->peer, m->node);
	/* Two that ask each other would wait for each other: who asks has nobody better, so
	 * only a device here can be what it hopes for. */
	if (op && op->state != SD_LOCAL && !sd_resource_for(sd, m->node, op)) {
		sd_answer_peer(sd, &w, m->node, m->op, SD_GENERIC);
		return;
	}
	op = op_join(sd, m->node, m->op, &w);
	if (!op) {
		sd_answer_peer(sd, &w, m->node, m->op, SD_GENERIC);
		return;
	}
	snprintf(asker, sizeof(asker), "node %s", m->peer);
	sd_op_begin(sd, op, asker, now);
}

static struct sd_op_state *
op_by_callid(struct sd *sd, int32_t callid)
{
	struct sd_op_state *op = sd->ops;

	while (op && (op->callid != callid || op->state == SD_ENDED))
		op = op->next;
	return callid ? op : NULL;
}

static void
on_said(struct sd *sd, const struct sd_message *m, struct instant now)
{
	struct sd_op_state *op = op_by_callid(sd, m->callid);
	int at = sd_peer_find(sd, m->peer);

	if (!op || at < 0)
		return;
	if (op->helper[at].says == SAYS_FAILED || op->helper[at].asked)
		return;
	op->helper[at].says = m->type == SD_ICANST ? SAYS_YES : SAYS_NO;
	op->helper[at].modern = m->modern;
	op->helper[at].priority = m->priority;
	if (op->state == SD_ASKING)
		sd_op_next(sd, op, now);
}

static void
on_rstit(struct sd *sd, const struct sd_message *m, struct instant now)
{
	struct sd_op_state *op = op_by_callid(sd, m->callid);
	int at = sd_peer_find(sd, m->peer);

	/* Only of those who were asked, and for what they were asked. */
	if (!op || at < 0 || !op->helper[at].asked ||
	    (m->node[0] && strcasecmp(m->node, op->node) != 0))
		return;
	if (m->result == SD_SUCCEEDED) {
		sd_say(sd, LOG_INFO, "Node %s fenced node %s: result=%s.", m->peer,
		    op->node, sd_result_names[m->result]);
		sd_op_end(sd, op, SD_SUCCEEDED, sd->peer[at].name, now);
		return;
	}
	if (op->state != SD_REMOTE || op->at != at)
		return;
	sd_say(sd, LOG_WARNING, "Node %s could not fence node %s: result=%s.", m->peer,
	    op->node, sd_result_names[m->result]);
	op->failed++;
	op->late = m->result == SD_TIMEOUT;
	op->helper[at].says = SAYS_FAILED;
	op->at = -1;
	sd_op_next(sd, op, now);
}

void
sd_heard(struct sd *sd, const struct sd_message *m, struct instant now)
{
	if (strcasecmp(m->peer, sd->self) == 0)
		return;
	/* It lives: it speaks.  Its status may come after its message. */
	if (sd_peer_find(sd, m->peer) < 0 || !sd->peer[sd_peer_find(sd, m->peer)].alive)
		sd_peer(sd, m->peer, true, now);
	switch (m->type) {
	case SD_WHOCANST:
		on_whocanst(sd, m);
		break;
	case SD_ICANST:
	case SD_ICANTST:
		on_said(sd, m, now);
		break;
	case SD_STIT:
		on_stit(sd, m, now);
		break;
	case SD_RSTIT:
		on_rstit(sd, m, now);
		break;
	case SD_RESETTED:
		/* Success without a device that says so is none: a later request acts. */
		sd_say(sd, LOG_INFO, "Node %s says that a test has reset node %s.",
		    m->peer, m->node);
		break;
	case SD_MESSAGE_COUNT:
		break;
	}
	sd_settle(sd);
}
