/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other nodes' part of an operation: who can, who is next, what they are told. */
#include "stonith/stonithd/private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

void
sd_ask(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	struct sd_message m = { .type = SD_WHOCANST,
		.op = op->op,
		.callid = op->callid,
		.timeout_ms = instant_diff_ms(sd_op_deadline(op), now),
		.modern = true };

	strcpy(m.node, op->node);
	sd->fx->send(sd->shell, &m);
	op->again = instant_add_ms(now, SD_AGAIN_MS);
}

bool
sd_all_said(const struct sd *sd, const struct sd_op_state *op)
{
	for (size_t i = 0; i < sd->peer_count; i++)
		if (sd->peer[i].alive && op->helper[i].says == SAYS_NOTHING)
			return false;
	return true;
}

static bool
is_left(const struct sd *sd, const struct sd_op_state *op, size_t i)
{
	return sd->peer[i].alive && op->helper[i].says == SAYS_YES &&
	       !op->helper[i].asked;
}

/* The node itself comes last: it can only say so before.  Else by the priority of their
 * devices, then as they became known. */
static bool
is_better(const struct sd *sd, const struct sd_op_state *op, size_t a, size_t b)
{
	bool a_self = strcasecmp(sd->peer[a].name, op->node) == 0,
	     b_self = strcasecmp(sd->peer[b].name, op->node) == 0;

	if (a_self != b_self)
		return b_self;
	return op->helper[a].priority < op->helper[b].priority;
}

int
sd_helper_next(const struct sd *sd, const struct sd_op_state *op)
{
	int best = -1;

	for (size_t i = 0; i < sd->peer_count; i++)
		if (is_left(sd, op, i) &&
		    (best < 0 || is_better(sd, op, i, (size_t)best)))
			best = (int)i;
	return best;
}

size_t
sd_helper_left(const struct sd *sd, const struct sd_op_state *op)
{
	size_t count = 0;

	for (size_t i = 0; i < sd->peer_count; i++)
		count += is_left(sd, op, i);
	return count;
}

void
sd_stit(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	struct sd_message m = { .type = SD_STIT,
		.op = op->op,
		.callid = op->callid,
		.timeout_ms = instant_diff_ms(op->step_end, now),
		.modern = true };

	if (m.timeout_ms < 1)
		m.timeout_ms = 1;
	strcpy(m.node, op->node);
	strcpy(m.peer, sd->peer[op->at].name);
	sd->fx->send(sd->shell, &m);
	/* An old one would shoot again. */
	op->again =
	    op->helper[op->at].modern ? instant_add_ms(now, SD_AGAIN_MS) : INSTANT_NEVER;
}

void
sd_answer_peer(struct sd *sd, const struct sd_waiter *waiter, const char *node,
    enum sd_op op, enum sd_result result)
{
	struct sd_message m = { .type = SD_RSTIT,
		.op = op,
		.callid = waiter->callid,
		.result = result,
		.modern = true };
	struct sd_recent *recent = &sd->recent[sd->recent_at++ % SD_RECENT_MAX];

	strcpy(recent->peer, waiter->peer);
	recent->callid = waiter->callid;
	recent->result = result;
	/* An old asker takes the first answer for the end of all: only success is one. */
	if (result != SD_SUCCEEDED && !waiter->modern)
		return;
	strcpy(m.peer, waiter->peer);
	strcpy(m.node, node);
	sd->fx->send(sd->shell, &m);
}
