/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the result of one operation says of a resource, profile P (spec 12.4). */
#include "crm/pengine/history_p.h"

#include <stdlib.h>

enum {
	ST_PENDING = -1,
	ST_DONE,
	ST_CANCELLED,
	ST_TIMEOUT,
	ST_NOT_SUPPORTED,
	ST_ERROR,
	ST_ERROR_HARD,
	ST_ERROR_FATAL,
	ST_NOT_INSTALLED,
	ST_NO_FENCE_DEVICE = 10,
	ST_NO_SECRETS = 11
};

/* How bad a result is for where the resource may go. */
enum grade { GRADE_OK, GRADE_SOFT, GRADE_HARD, GRADE_FATAL };

/* It runs, whatever its role. */
static void
role_active(struct rsc *rsc)
{
	if (rsc->role < ROLE_STARTED)
		rsc->role = rsc->promotable ? ROLE_SLAVE : ROLE_STARTED;
}

/* The whole clone of an anonymous instance. */
static struct rsc *
ban_scope(struct rsc *rsc)
{
	struct rsc *clone = clone_of(rsc);

	return clone && !clone->unique ? clone : rsc;
}

void
rsc_add(struct pe *pe, struct rsc *rsc, struct node *node, int score)
{
	weights_add(pe, &rsc->allowed, node, score);
	for (size_t i = 0; i < rsc->child_count; i++)
		rsc_add(pe, rsc->child[i], node, score);
}

void
rsc_add_all(struct pe *pe, struct rsc *rsc, int score)
{
	for (size_t i = 0; i < pe->node_count; i++)
		rsc_add(pe, rsc, pe->node[i], score);
}

static enum grade
rc_judge(struct pe *pe, struct state_p *s)
{
	struct rsc *rsc = s->rsc;

	if (s->status == ST_DONE || s->status == ST_ERROR)
		s->status = s->rc == s->expected ? ST_DONE : ST_ERROR;
	else if (s->status == ST_ERROR_HARD || s->status == ST_NO_FENCE_DEVICE ||
	         s->status == ST_NO_SECRETS)
		return GRADE_HARD;
	else if (s->status == ST_ERROR_FATAL)
		return GRADE_FATAL;
	else if (s->status == ST_NOT_INSTALLED) {
		weights_add(pe, &ban_scope(rsc)->allowed, s->node, 0);
		rsc_add(pe, ban_scope(rsc), s->node, -INF);
		return GRADE_SOFT;
	} else
		return GRADE_SOFT;
	switch (s->rc) {
	case 0:
		if (s->probe && s->expected == 7)
			s->status = ST_DONE;
		break;
	case 7:
		if (s->probe || s->expected == 7 || !rsc->managed) {
			s->status = ST_DONE;
			rsc->role = ROLE_STOPPED;
			s->on_fail = FAIL_IGNORE;
			rsc->next_role = ROLE_UNKNOWN;
		}
		break;
	case 8:
		if (s->probe && s->rc != s->expected)
			s->status = ST_DONE;
		rsc->role = ROLE_MASTER;
		break;
	case 9:
		s->status = ST_ERROR;
		rsc->role = ROLE_MASTER;
		break;
	case 6:
		s->status = ST_ERROR;
		return GRADE_FATAL;
	case 3:
		if (s->interval_ms > 0) {
			s->status = ST_ERROR;
			break;
		}
		s->status = ST_ERROR;
		return GRADE_HARD;
	case 2:
	case 4:
	case 5:
		s->status = ST_ERROR;
		return GRADE_HARD;
	default:
		s->status = ST_ERROR;
	}
	return GRADE_SOFT;
}

/* The failure of a start or a monitor with parameters that are no more. */
static bool
is_of_old_params(struct pe *pe, const struct state_p *s)
{
	const char *id = xml_get(s->op, "id");
	size_t len = id ? strlen(id) : 0;

	return len > 15 && strcmp(id + len - 15, "_last_failure_0") == 0 &&
	       (same(s->task, "start") || same(s->task, "monitor")) &&
	       params_changed_p(pe, s->rsc, s->node, s->op);
}

/* Whether the op is too long ago to count; the fail count goes with it. */
/* A count of failures that is still valid will not be so for ever. */
static void
expiry_note(struct pe *pe, const struct state_p *s)
{
	int64_t last;

	if (s->rsc->failure_timeout_ms > 0 && xml_get(s->op, "last-rc-change") &&
	    fail_count_of(pe, s->rsc, s->node, NULL, &last) > 0 &&
	    !is_blocked_by_failure(pe, s->rsc, s->node))
		recheck_note(pe, last + s->rsc->failure_timeout_ms / 1000 + 1);
}

static bool
is_expired(struct pe *pe, const struct state_p *s)
{
	const struct rsc *rsc = s->rsc;
	const char *when = xml_get(s->op, "last-rc-change");
	bool count_expired = false,
	     old = rsc->failure_timeout_ms > 0 && when &&
	           strtoll(when, NULL, 10) + rsc->failure_timeout_ms / 1000 <=
	               pe->now.seconds &&
	           !is_blocked_by_failure(pe, rsc, s->node);
	int count = 0;

	if (old)
		count = fail_count_of(pe, rsc, s->node, &count_expired, NULL);
	if (count > 0)
		old = false;
	/* What an orphan is asked with nobody knows. */
	if (count_expired || (!rsc->orphan && is_of_old_params(pe, s)))
		clear_failcount(pe, s->rsc, s->node);
	if (s->probe &&
	    (s->rc == 0 || s->rc == 7 || s->rc == 8 || s->rc == 190 || s->rc == 191))
		return false;
	return old;
}

/* A recurring op that failed long ago is begun again, its failure forgotten. */
static bool
is_forgotten(struct pe *pe, struct state_p *s)
{
	if (s->interval_ms == 0)
		return true;
	if (!s->node->online || s->node->unclean)
		return false;
	ARENA_PUSH(&pe->arena, &pe->entry[s->entry], again, s->op);
	return true;
}

static void
failure_ban(struct pe *pe, struct state_p *s, enum grade grade)
{
	struct rsc *rsc = s->rsc;

	if (same(s->task, "stop"))
		rsc_add(pe, rsc, s->node, -INF);
	if (grade == GRADE_HARD)
		rsc_add(pe, ban_scope(rsc), s->node, -INF);
	else if (grade == GRADE_FATAL)
		rsc_add_all(pe, ban_scope(rsc), -INF);
}

static void
failure_role(struct state_p *s)
{
	struct rsc *rsc = s->rsc;

	if (same(s->task, "promote"))
		rsc->role = ROLE_MASTER;
	else if (same(s->task, "demote")) {
		if (s->policy.on_fail == FAIL_BLOCK) {
			rsc->role = ROLE_MASTER;
			rsc->next_role = ROLE_STOPPED;
		} else
			rsc->role = ROLE_SLAVE;
	} else if (s->probe && s->rc == 5)
		rsc->role = ROLE_STOPPED;
	else
		role_active(rsc);
}

static void
op_failed(struct pe *pe, struct state_p *s, enum grade grade)
{
	struct rsc *rsc = s->rsc;

	failure_say_p(pe, rsc, s->node, s->op, s->rc);
	failure_note(pe, rsc, s->node, s->op, false);
	s->last_failure = s->op;
	if (s->policy.on_fail > s->on_fail)
		s->on_fail = s->policy.on_fail;
	failure_ban(pe, s, grade);
	if (same(s->task, "migrate_to") || same(s->task, "migrate_from"))
		migration_failed_p(pe, rsc, s->node, s->op);
	failure_role(s);
	if (same(s->task, "stop") && s->rc >= 2 && s->rc <= 5 && grade == GRADE_HARD &&
	    !can_fence(pe, s->node)) {
		rsc->managed = false;
		rsc->blocked = true;
	}
	if (s->policy.fail_role != ROLE_STARTED && rsc->next_role < s->policy.fail_role)
		rsc->next_role = s->policy.fail_role;
	/* Only the clone's own list: its instances hear of it when they are placed. */
	if (s->policy.fail_role == ROLE_STOPPED)
		weights_add_all(pe, &ban_scope(rsc)->allowed, -INF);
}

/* Whether this success is the end of a failure. */
static bool
clears(const struct state_p *s)
{
	if (s->rc == 7)
		return true;
	if (same(s->task, "monitor"))
		return s->last_failure &&
		       same(s->key, xml_get(s->last_failure, "operation_key"));
	if (same(s->task, "demote"))
		return s->on_fail == FAIL_DEMOTE;
	return same(s->task, "start") || same(s->task, "stop") ||
	       same(s->task, "promote") || same(s->task, "migrate_from");
}

static void
op_done(struct pe *pe, struct state_p *s)
{
	struct rsc *rsc = s->rsc;

	if (s->rc == 7 || (s->rc == 5 && s->status == ST_DONE) || same(s->task, "stop"))
		rsc->role = ROLE_STOPPED;
	else if (same(s->task, "promote"))
		rsc->role = ROLE_MASTER;
	else if (same(s->task, "demote"))
		rsc->role = ROLE_SLAVE;
	else if (same(s->task, "start") || same(s->task, "migrate_from"))
		rsc->role = ROLE_STARTED;
	else if (same(s->task, "migrate_to"))
		migrated_p(pe, rsc, s->node, s->op);
	else
		role_active(rsc);
	if (!clears(s))
		return;
	switch (s->on_fail) {
	case FAIL_STOP:
	case FAIL_FENCE:
	case FAIL_MIGRATE:
	case FAIL_STANDBY:
		break;
	default:
		s->on_fail = FAIL_IGNORE;
		rsc->next_role = ROLE_UNKNOWN;
	}
}

static void
op_pending(struct pe *pe, struct state_p *s)
{
	struct rsc *rsc = s->rsc;

	if (same(s->task, "start")) {
		rsc->start_pending = true;
		rsc->role = ROLE_STARTED;
	} else if (same(s->task, "promote"))
		rsc->role = ROLE_MASTER;
	/* The source died meanwhile: whatever came to the target must stop there. */
	struct node *target = same(s->task, "migrate_to")
	                          ? node_by_uname(pe, xml_get(s->op, "migrate_target"))
	                          : NULL;

	if (target && s->node->unclean)
		action_rsc(pe, rsc, "stop", target, false);
	if (!s->probe) {
		rsc->pending_on = s->node;
		rsc->pending_task = s->task;
	}
}

static bool
op_prepare(struct pe *pe, struct state_p *s, const xmlNode *xml)
{
	const char *id = xml_get(xml, "id"), *key = xml_get(xml, "operation_key");
	struct transition_key transition;

	s->op = xml;
	s->task = xml_get(xml, "operation");
	s->key = key ? key : id;
	if (!s->task || !s->key || same(s->task, "notify") ||
	    same(s->task, "meta-data") || !xml_get(xml, "op-status"))
		return false;
	s->status = value_int(xml_get(xml, "op-status"), ST_DONE);
	s->rc = value_int(xml_get(xml, "rc-code"), 0);
	s->interval_ms = value_int(xml_get(xml, "interval"), 0);
	s->probe = same(s->task, "monitor") && s->interval_ms == 0;
	s->expected = transition_key_read(pe, xml_get(xml, "transition-key"), &transition)
	                  ? transition.expected
	                  : -1;
	if (same(s->task, "monitor")) {
		/* It runs, but people should look at it. */
		if (s->rc == 190 || s->rc == 191)
			failure_note(pe, s->rsc, s->node, xml, false);
		if (s->rc == 190)
			s->rc = 0;
		else if (s->rc == 191)
			s->rc = 8;
	}
	s->policy = (struct action){ .key = s->key, .task = s->task };
	table_init(&s->policy.meta, &pe->arena);
	return true;
}

/* It asked whether it is there, and could not tell because it cannot be. */
static bool
is_masked(const struct state_p *s)
{
	return s->probe && (s->rc == 5 || s->rc == 2 || s->status == ST_NOT_INSTALLED);
}

void
op_read_p(struct pe *pe, struct state_p *s, const xmlNode *xml)
{
	struct rsc *rsc = s->rsc;

	if (!op_prepare(pe, s, xml) || (s->status == ST_CANCELLED && !is_masked(s)))
		return;
	if (s->status == ST_PENDING) {
		op_pending(pe, s);
		return;
	}
	expiry_note(pe, s);
	bool expired = is_expired(pe, s);

	if (is_masked(s)) {
		if (expired)
			return;
		rsc->role = ROLE_STOPPED;
		rsc_add(pe, ban_scope(rsc), s->node, -INF);
		failure_note(pe, rsc, s->node, xml, true);
		return;
	}
	bool failed = s->rc != s->expected;
	enum grade grade = rc_judge(pe, s);

	if (s->status != ST_DONE && failed && expired && is_forgotten(pe, s))
		return;
	if (s->status != ST_DONE) {
		action_policy_p(pe, rsc, &s->policy);
		if (s->policy.on_fail == FAIL_IGNORE) {
			s->status = ST_DONE;
			s->rc = s->expected;
			rsc->ignores_failures = true;
			failure_note(pe, rsc, s->node, xml, false);
		}
	}
	if (s->status == ST_DONE)
		op_done(pe, s);
	else
		op_failed(pe, s, grade);
}
