/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An operation of stonithd from its first asker to its result (fencer.h has the states). */
#include "stonith/stonithd/private.h"
#include "lib/array.h"
#include "stonith/codes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#define OWN_END_MS 60000 /* nobody waits for it any more */

static const struct {
	const char *name;
	unsigned next;
} states[SD_STATE_COUNT] = {
	[SD_NEW] = { "new",
	    BIT(SD_LOCAL) | BIT(SD_ASKING) | BIT(SD_LEAVING) | BIT(SD_ENDED) },
	[SD_LOCAL] = { "local", BIT(SD_LOCAL) | BIT(SD_ASKING) | BIT(SD_ENDED) },
	[SD_ASKING] = { "asking",
	    BIT(SD_LOCAL) | BIT(SD_REMOTE) | BIT(SD_LEAVING) | BIT(SD_ENDED) },
	[SD_REMOTE] = { "remote", BIT(SD_LOCAL) | BIT(SD_ASKING) | BIT(SD_REMOTE) |
	                              BIT(SD_LEAVING) | BIT(SD_ENDED) },
	[SD_LEAVING] = { "leaving", BIT(SD_LOCAL) | BIT(SD_ENDED) },
	[SD_ENDED] = { "ended", 0 },
};

static void
op_set_state(struct sd *sd, struct sd_op_state *op, enum sd_state state, const char *why)
{
	assert(states[op->state].next & BIT(state));
	sd_say(sd, LOG_DEBUG, "%s of node %s: %s -> %s (%s)", sd_op_names[op->op],
	    op->node, states[op->state].name, states[state].name, why);
	op->state = state;
	op->again = op->step_end = INSTANT_NEVER;
}

struct instant
sd_op_deadline(const struct sd_op_state *op)
{
	struct instant end = INSTANT_NEVER;

	for (const struct sd_waiter *w = op->waiters; w; w = w->next)
		if (w->end.ns > end.ns)
			end = w->end;
	return end;
}

static bool
is_asked_by_client(const struct sd_op_state *op)
{
	for (const struct sd_waiter *w = op->waiters; w; w = w->next)
		if (!w->remote)
			return true;
	return false;
}

/* The end. */

static void
client_tell(struct sd *sd, struct sd_op_state *op, const struct sd_waiter *w,
    enum sd_result result, const char *nodes)
{
	const struct sd_answer answer = { .request = &w->request,
		.callid = w->callid,
		.result = result,
		.nodes = nodes };

	if (op->op == SD_QUERY)
		sd_say(sd, LOG_DEBUG, "Who can fence node %s: %s", op->node, nodes);
	else if (result == SD_SUCCEEDED)
		sd_say(sd, LOG_INFO,
		    "Succeeded to STONITH the node %s: optype=%s. whodoit: %s", op->node,
		    sd_op_names[op->op], nodes);
	else
		sd_say(sd, LOG_ERR,
		    "Failed to STONITH the node %s: optype=%s, op_result=%s", op->node,
		    sd_op_names[op->op], sd_result_names[result]);
	sd->fx->answer(sd->shell, &answer);
}

static void
waiter_tell(struct sd *sd, struct sd_op_state *op, const struct sd_waiter *w,
    enum sd_result result, const char *nodes)
{
	if (w->remote)
		sd_answer_peer(sd, w, op->node, op->op, result);
	else
		client_tell(sd, op, w, result, nodes);
}

static void
waiters_tell(struct sd *sd, struct sd_op_state *op, enum sd_result result,
    const char *nodes)
{
	while (op->waiters) {
		struct sd_waiter *w = op->waiters;

		op->waiters = w->next;
		waiter_tell(sd, op, w, result, nodes);
		free(w);
	}
}

void
sd_op_end(struct sd *sd, struct sd_op_state *op, enum sd_result result, const char *nodes,
    struct instant now)
{
	struct sd_history *entry = sd_history_find(sd, op->history);
	struct sd_message resetted = { .type = SD_RESETTED, .op = SD_RESET };
	bool test = false;

	if (op->run)
		sd->fx->give_up(sd->shell, op->run);
	op->run = 0;
	if (entry) {
		entry->over = true;
		entry->ended = now;
		entry->result = result;
		snprintf(entry->nodes, sizeof(entry->nodes), "%s", nodes);
	}
	for (const struct sd_waiter *w = op->waiters; w; w = w->next)
		test |= !w->remote && strncmp(w->request.client_name, "apitest", 7) == 0;
	op_set_state(sd, op, SD_ENDED, sd_result_names[result]);
	waiters_tell(sd, op, result, nodes);
	if (test && op->op == SD_RESET && result == SD_SUCCEEDED) {
		strcpy(resetted.node, op->node);
		sd->fx->send(sd->shell, &resetted);
	}
}

/* Names are cut where no whole one fits. */
static void
list_add(char list[SD_LIST_MAX], const char *name)
{
	size_t len = strlen(list);

	if (len + strlen(name) + 2 <= SD_LIST_MAX)
		snprintf(list + len, SD_LIST_MAX - len, "%s%s", len ? " " : "", name);
}

static void
query_end(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	char list[SD_LIST_MAX] = "";

	if (sd_resource_for(sd, op->node, NULL))
		list_add(list, sd->self);
	for (size_t i = 0; i < sd->peer_count; i++)
		if (op->helper[i].says == SAYS_YES)
			list_add(list, sd->peer[i].name);
	sd_op_end(sd, op, SD_SUCCEEDED, list, now);
}

/* What is tried. */

static bool
is_our_end(const struct sd *sd, const struct sd_op_state *op)
{
	return strcasecmp(op->node, sd->self) == 0 && !sd->test_mode;
}

static void
local_begin(struct sd *sd, struct sd_op_state *op, const struct sd_resource *resource,
    struct instant now)
{
	struct sd_history *entry = sd_history_find(sd, op->history);
	size_t left = sd_resource_count_for(sd, op->node, op);
	int64_t limit_ms = op->waiters
	                       ? instant_diff_ms(sd_op_deadline(op), now) / (int64_t)left
	                       : OWN_END_MS;

	/* The device's own limit goes before what the request leaves, which the devices share. */
	if (resource->limit_ms)
		limit_ms = resource->limit_ms;
	for (struct sd_waiter *w = op->waiters; w; w = w->next)
		if (resource->limit_ms &&
		    w->end.ns < instant_add_ms(now, limit_ms + 500).ns)
			w->end = instant_add_ms(now, limit_ms + 500);
	if (limit_ms < 1)
		limit_ms = 1;
	op_set_state(sd, op, SD_LOCAL, resource->id);
	if (op->tried_count < SD_RESOURCE_MAX)
		op->tried_serial[op->tried_count++] = resource->serial;
	op->run = ++sd->run ? sd->run : ++sd->run;
	if (entry) {
		snprintf(entry->resource, sizeof(entry->resource), "%s", resource->id);
		snprintf(entry->type, sizeof(entry->type), "%s", resource->type);
	}
	sd_say(sd, LOG_INFO, "sending fencing op (%s) for %s to device %s (rsc_id=%s)",
	    sd_op_names[op->op], op->node, resource->type, resource->id);
	sd->fx->run(sd->shell, op->run, resource->id, op->op, op->node, limit_ms);
}

static void
remote_begin(struct sd *sd, struct sd_op_state *op, int at, struct instant now)
{
	int64_t share_ms =
	    instant_diff_ms(sd_op_deadline(op), now) / (int64_t)sd_helper_left(sd, op);

	op_set_state(sd, op, SD_REMOTE, sd->peer[at].name);
	op->at = at;
	op->helper[at].asked = true;
	op->step_end = instant_add_ms(now, share_ms);
	sd_say(sd, LOG_INFO, "asking node %s to fence node %s (%s)", sd->peer[at].name,
	    op->node, sd_op_names[op->op]);
	sd_stit(sd, op, now);
}

static void
asking_begin(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	int64_t left_ms = instant_diff_ms(sd_op_deadline(op), now),
	        wait_ms = left_ms / 2 < SD_ASK_MS ? left_ms / 2 : SD_ASK_MS;

	op_set_state(sd, op, SD_ASKING, "nobody here can, or is left");
	op->step_end = instant_add_ms(now, wait_ms);
	sd_ask(sd, op, now);
}

/* Our own end: who asked hears of it first. */
static void
leaving_begin(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	struct sd_history *entry = sd_history_find(sd, op->history);

	op_set_state(sd, op, SD_LEAVING, "this node ends itself");
	sd_say(sd, LOG_WARNING, "This node ends itself (%s): reporting it first.",
	    sd_op_names[op->op]);
	if (entry)
		entry->result = SD_SUCCEEDED;
	waiters_tell(sd, op, SD_SUCCEEDED, sd->self);
	op->leave = true;
	op->step_end = instant_add_ms(now, SD_LEAVE_MS);
}

/* Everybody has said what there is to say, and nobody is left. */
static void
nobody_left(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	if (is_our_end(sd, op) && sd_resource_for(sd, op->node, op)) {
		leaving_begin(sd, op, now);
	} else if (op->failed > 0) {
		sd_op_end(sd, op, op->late ? SD_TIMEOUT : SD_GENERIC, "", now);
	} else if (op->state != SD_ASKING) {
		asking_begin(sd, op, now);
	} else {
		/* Somebody may yet be able: a device that starts, a node that comes. */
		op->step_end = INSTANT_NEVER;
	}
}

static void
fence_next(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	const struct sd_resource *resource =
	    is_our_end(sd, op) ? NULL : sd_resource_for(sd, op->node, op);
	bool asked = op->state == SD_REMOTE;
	int at;

	if (resource) {
		local_begin(sd, op, resource, now);
		return;
	}
	if (!is_asked_by_client(op)) {
		if (is_our_end(sd, op) && sd_resource_for(sd, op->node, op))
			leaving_begin(sd, op, now);
		else
			sd_op_end(sd, op, op->late ? SD_TIMEOUT : SD_GENERIC, "", now);
		return;
	}
	if (op->state == SD_NEW || op->state == SD_LOCAL) {
		asking_begin(sd, op, now);
		asked = false;
	}
	/* A window that is still open waits for better ones. */
	if (!asked && !sd_all_said(sd, op) && instant_is_set(op->step_end) &&
	    !instant_is_reached(op->step_end, now))
		return;
	at = sd_helper_next(sd, op);
	if (at >= 0)
		remote_begin(sd, op, at, now);
	else
		nobody_left(sd, op, now);
}

void
sd_op_next(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	if (op->state == SD_ENDED || op->state == SD_LEAVING)
		return;
	if (op->op != SD_QUERY) {
		fence_next(sd, op, now);
		return;
	}
	if (op->state == SD_NEW)
		asking_begin(sd, op, now);
	if (sd_all_said(sd, op))
		query_end(sd, op, now);
}

/* Ends of steps. */

void
sd_ran(struct sd *sd, uint32_t run, int code, struct instant now)
{
	struct sd_op_state *op = sd->ops;

	while (op && op->run != run)
		op = op->next;
	if (!op || run == 0)
		return;
	op->run = 0;
	if (code == S_OK) {
		sd_op_end(sd, op, SD_SUCCEEDED, sd->self, now);
	} else {
		op->failed++;
		op->late = code == S_TIMEOUT;
		sd_say(sd, LOG_INFO,
		    "Failed to STONITH node %s with one local device, exitcode = %d. "
		    "Will try "
		    "to use the next local device.",
		    op->node, code);
		if (op->leave)
			sd_op_end(sd, op, SD_GENERIC, "", now);
		else
			sd_op_next(sd, op, now);
	}
	sd_settle(sd);
}

/* Those whose time is over. */
static void
waiters_judge(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	struct sd_waiter **at = &op->waiters;
	bool any = *at != NULL;

	if (op->op == SD_QUERY && instant_is_reached(sd_op_deadline(op), now)) {
		query_end(sd, op, now);
		return;
	}
	while (*at) {
		struct sd_waiter *w = *at;

		if (!instant_is_reached(w->end, now)) {
			at = &w->next;
			continue;
		}
		if (op->waiters == w && !w->next) {
			sd_op_end(sd, op, SD_TIMEOUT, "", now);
			return;
		}
		*at = w->next;
		op->waiter_count--;
		waiter_tell(sd, op, w, SD_TIMEOUT, "");
		free(w);
	}
	assert(!any || op->waiters);
}

static void
op_tick(struct sd *sd, struct sd_op_state *op, struct instant now)
{
	waiters_judge(sd, op, now);
	if (op->state == SD_ENDED)
		return;
	if (op->state == SD_NEW) {
		char asker[SD_ID_MAX + 1];

		snprintf(asker, sizeof(asker), "%s", op->waiters->request.client_name);
		sd_op_begin(sd, op, asker, now);
		return;
	}
	if (instant_is_reached(op->step_end, now)) {
		const struct sd_resource *own = sd_resource_for(sd, op->node, op);

		op->step_end = INSTANT_NEVER;
		if (op->state == SD_LEAVING && own) {
			local_begin(sd, op, own, now);
		} else if (op->state == SD_LEAVING) {
			sd_op_end(sd, op, SD_GENERIC, "", now);
		} else if (op->state == SD_REMOTE) {
			sd_say(sd, LOG_WARNING,
			    "Node %s has not fenced node %s in its time.",
			    sd->peer[op->at].name, op->node);
			op->failed++;
			op->late = true;
			op->helper[op->at].says = SAYS_FAILED;
			op->at = -1;
			sd_op_next(sd, op, now);
		} else if (op->op == SD_QUERY) {
			query_end(sd, op, now);
		} else {
			sd_op_next(sd, op, now);
		}
		return;
	}
	if (instant_is_reached(op->again, now)) {
		if (op->state == SD_ASKING)
			sd_op_next(sd, op, now); /* a device may have been started here */
		if (op->state == SD_ASKING)
			sd_ask(sd, op, now);
		else if (op->state == SD_REMOTE)
			sd_stit(sd, op, now);
		else
			op->again = INSTANT_NEVER;
	}
}

void
sd_tick(struct sd *sd, struct instant now)
{
	for (struct sd_op_state *op = sd->ops; op; op = op->next)
		if (op->state != SD_ENDED)
			op_tick(sd, op, now);
	sd_settle(sd);
}

void
sd_close(struct sd *sd, struct instant now)
{
	for (struct sd_op_state *op = sd->ops; op; op = op->next)
		if (op->state != SD_ENDED)
			sd_op_end(sd, op, SD_GENERIC, "", now);
	sd_settle(sd);
}
