/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done to resources on a node, as recorded there (spec 4.7 to 4.10). */
#include "crm/pengine/private.h"

#include <limits.h>
#include <stdlib.h>

enum { OP_PENDING = -1, OP_DONE, OP_CANCELLED, OP_TIMEOUT, OP_NOTSUPPORTED, OP_ERROR };

/* Whose it is. */

/* The number after the last ':' grows by one. */
static const char *
id_next(struct pe *pe, const char *id)
{
	const char *colon = strrchr(id, ':');
	long number = colon && colon[1] >= '0' && colon[1] <= '9'
	                  ? strtol(colon + 1, NULL, 10)
	                  : -1;

	if (number < 0 || number == LONG_MAX)
		return NULL;
	return arena_printf(&pe->arena, "%.*s:%ld", (int)(colon - id), id, number + 1);
}

static struct rsc *
owner_find(struct pe *pe, const xmlNode *entry, const char *id)
{
	const char *wanted = id;
	struct rsc *rsc;

	for (;;) {
		rsc = rsc_find_recorded(pe, wanted);
		if (!rsc || rsc->running_count == 0 || rsc->unique)
			break;
		const char *next = id_next(pe, wanted);

		if (!next)
			break;
		wanted = next;
	}
	if (!rsc) {
		rsc = rsc_orphan(pe, entry, wanted);
		if (wanted != id || pe->opt.stop_orphans) {
			weights_add_all(pe, &rsc->allowed, -INF);
			pe_say(pe, PE_INFO, false, "Stopping orphan resource %s",
			    rsc->id);
		} else
			rsc->managed = false;
	}
	rsc_rename(pe, rsc, wanted != id ? id : NULL);
	return rsc;
}

/* One result. */

struct state {
	struct rsc *rsc;
	struct node *node;
	enum on_fail on_fail;
	int call_max;
	const xmlNode *migrate_from;
};

static void
role_at_least(struct rsc *rsc, enum role role)
{
	if (rsc->role < role)
		rsc->role = role;
}

static void
op_failed(struct pe *pe, struct state *s, const xmlNode *xml, const char *task,
    int status, const struct action *policy)
{
	struct rsc *rsc = s->rsc;
	const char *set = xml_get(xml, "crm_feature_set");

	pe_say(pe, PE_WARNING, false, "Processing failed op %s on %s: %s",
	    xml_get(xml, "id"), s->node->uname,
	    status == OP_TIMEOUT        ? "Timed Out"
	    : status == OP_NOTSUPPORTED ? "NOT SUPPORTED"
	                                : "Error");
	failure_note(pe, rsc, s->node, xml, false);
	if (policy->on_fail > s->on_fail)
		s->on_fail = policy->on_fail;
	if (status == OP_NOTSUPPORTED)
		weights_add(pe, &rsc->allowed, s->node, -INF);
	else if ((pe->opt.start_failure_fatal || !same(set, "2.0")) &&
	         (same(task, "start") || same(task, "stop")))
		weights_add(pe, &rsc->allowed, s->node, -INF);
	if (same(task, "promote") || same(task, "demote"))
		rsc->role = ROLE_MASTER;
	else
		role_at_least(rsc, ROLE_STARTED);
	if (policy->fail_role != ROLE_STARTED && rsc->next_role < policy->fail_role)
		rsc->next_role = policy->fail_role;
	if (policy->fail_role == ROLE_STOPPED)
		weights_add_all(pe, &rsc->allowed, -INF);
}

static void
op_done(struct state *s, const char *task, bool stop_like)
{
	struct rsc *rsc = s->rsc;

	if (stop_like) {
		rsc->role = ROLE_STOPPED;
		s->on_fail = FAIL_IGNORE;
		rsc->next_role = ROLE_UNKNOWN;
	} else if (same(task, "promote"))
		rsc->role = ROLE_MASTER;
	else if (same(task, "demote"))
		rsc->role = ROLE_SLAVE;
	else
		role_at_least(rsc, ROLE_STARTED);
}

/* What an exit status says of the state: the status of the operation as it counts. */
static int
rc_judge(struct pe *pe, struct state *s, int rc, int status, bool probe, bool monitor,
    int64_t interval_ms, bool *stop_like)
{
	struct rsc *rsc = s->rsc;

	switch (rc) {
	case 5:
		weights_add(pe, &rsc->allowed, s->node, -INF);
		if (!probe)
			return OP_ERROR;
		*stop_like = true;
		return OP_DONE;
	case 7:
		if (probe)
			*stop_like = true;
		return *stop_like ? OP_DONE : OP_ERROR;
	case 8:
		status =
		    probe || (monitor && rsc->role == ROLE_MASTER) ? OP_DONE : OP_ERROR;
		rsc->role = ROLE_MASTER;
		return status;
	case 9:
		rsc->role = ROLE_MASTER;
		return OP_ERROR;
	case 0:
		return interval_ms > 0 && rsc->role == ROLE_MASTER ? OP_ERROR : status;
	}
	return status == OP_DONE ? OP_ERROR : status;
}

static void
op_read(struct pe *pe, struct state *s, const xmlNode *xml)
{
	struct rsc *rsc = s->rsc;
	const char *task = xml_get(xml, "operation"), *id = xml_get(xml, "id");
	const char *status_text = xml_get(xml, "op_status"),
	           *rc_text = xml_get(xml, "rc_code");
	int call_id = value_int(xml_get(xml, "call_id"), -1);
	int status = value_int(status_text, -2), rc = value_int(rc_text, -1);
	int64_t interval_ms = value_ms(xml_get(xml, "interval"));

	/* Intervals of a history are in milliseconds without a unit; only zero or not counts. */
	if (!task || !id || !status_text || !rc_text || same(task, "notify"))
		return;
	if (status < OP_PENDING || status > OP_ERROR)
		return;
	if (status != OP_PENDING) {
		if (call_id < 0 || call_id <= s->call_max)
			return;
		s->call_max = call_id;
	}
	bool monitor = same(task, "monitor"), probe = monitor && interval_ms == 0;
	bool stop_like = same(task, "stop");

	if (same(task, "migrate_from"))
		s->migrate_from = xml;
	status = rc_judge(pe, s, rc, status, probe, monitor, interval_ms, &stop_like);
	struct action policy = { .key = id, .task = task };

	if (status > OP_CANCELLED) {
		table_init(&policy.meta, &pe->arena);
		action_policy(pe, rsc, &policy);
		if (policy.on_fail == FAIL_IGNORE)
			status = OP_DONE;
	}
	switch (status) {
	case OP_PENDING:
		if (same(task, "start")) {
			rsc->start_pending = true;
			rsc->role = ROLE_STARTED;
		} else if (same(task, "promote"))
			rsc->role = ROLE_MASTER;
		break;
	case OP_DONE:
		op_done(s, task, stop_like);
		break;
	case OP_CANCELLED:
		break;
	default:
		op_failed(pe, s, xml, task, status, &policy);
	}
}

/* Where it runs. */

static void
mark_running(struct pe *pe, struct rsc *rsc, struct node *node)
{
	if (rsc_runs_on(rsc, node))
		return;
	ARENA_PUSH(&pe->arena, rsc, running, node);
	if (rsc->variant == PRIMITIVE)
		ARENA_PUSH(&pe->arena, node, running, rsc);
	if (!rsc->managed) {
		weights_add(pe, &rsc->allowed, node, INF);
		return;
	}
	if (rsc->variant == PRIMITIVE && rsc->running_count > 1) {
		pe_say(pe, PE_ERROR, false,
		    "Resource %s::%s:%s appears to be active on %zu nodes.", rsc->class,
		    rsc->type, rsc->id, rsc->running_count);
		if (rsc->multiple == MULTIPLE_STOP_ONLY)
			weights_add_all(pe, &rsc->allowed, -INF);
		else if (rsc->multiple == MULTIPLE_BLOCK)
			rsc->managed = false;
	}
	if (rsc->parent)
		mark_running(pe, rsc->parent, node);
}

static void state_use(struct pe *pe, struct state *s);

/* A migration that failed in the middle: it may still run where it came from. */
static void
migration_failed(struct pe *pe, struct state *s)
{
	struct node *source = node_by_id(pe, xml_get(s->migrate_from, "migrate_from"));

	if (source) {
		struct state there = *s;

		there.node = source;
		there.on_fail = FAIL_RECOVER;
		state_use(pe, &there);
	}
	s->on_fail = FAIL_RECOVER;
}

static void
failure_use(struct pe *pe, struct state *s)
{
	struct rsc *rsc = s->rsc;
	struct node *node = s->node;

	if (s->on_fail == FAIL_IGNORE)
		return;
	if (node->unclean) {
		stop_on(pe, rsc, node, false);
		return;
	}
	switch (s->on_fail) {
	case FAIL_FENCE:
		pe_say(pe, PE_WARNING, false, "Node %s is unclean: %s failed there",
		    node->uname, rsc->id);
		node->unclean = true;
		stop_on(pe, rsc, node, false);
		break;
	case FAIL_BLOCK:
		rsc->managed = false;
		break;
	case FAIL_MIGRATE:
		stop_on(pe, rsc, node, false);
		weights_add(pe, &rsc->allowed, node, -INF);
		break;
	default:
		stop_on(pe, rsc, node, false);
	}
}

static void
state_use(struct pe *pe, struct state *s)
{
	struct rsc *rsc = s->rsc;

	if (s->on_fail == FAIL_MIGRATION)
		migration_failed(pe, s);
	if (rsc->role != ROLE_UNKNOWN)
		rsc->known[s->node->index] = true;
	if (rsc->role > ROLE_STOPPED) {
		if (s->on_fail != FAIL_IGNORE)
			rsc->failed = true;
		mark_running(pe, rsc, s->node);
		if (rsc->managed && rsc->stickiness != 0)
			weights_add(pe, &rsc->allowed, s->node, rsc->stickiness);
		failure_use(pe, s);
		return;
	}
	if (rsc->history_id) {
		rsc_rename(pe, rsc, NULL);
		return;
	}
	const char *key = key_of(pe, rsc->id, "stop", 0);

	for (size_t i = 0; i < rsc->action_count; i++)
		if (same(rsc->action[i]->key, key) && rsc->action[i]->node == s->node)
			rsc->action[i]->optional = true;
}

void
history_read(struct pe *pe, struct node *node, const xmlNode *entry)
{
	const char *id = xml_get(entry, "id");
	struct recorded r;

	recorded_read(pe, entry, &r);
	if (!id || r.op_count == 0)
		return;
	struct state s = { .rsc = owner_find(pe, entry, id),
		.node = node,
		.call_max = -1 };
	struct rsc *rsc = s.rsc;
	ARENA_PUSH(&pe->arena, pe, past,
	    ((struct past){ entry, r.op, r.op_count, recorded_current(&r), rsc, node }));
	enum role saved = rsc->role;

	rsc->role = ROLE_UNKNOWN;
	for (size_t i = 0; i < r.op_count; i++)
		op_read(pe, &s, r.op[i]);
	recurring_note(pe, s.rsc, node, &r);
	state_use(pe, &s);
	const char *target = table_get(&rsc->meta, "target_role");
	enum role role =
	    target && !same(target, "default") ? role_parse(target) : ROLE_UNKNOWN;

	if (role != ROLE_UNKNOWN)
		rsc->next_role = role;
	if (rsc->role < saved)
		rsc->role = saved;
}
