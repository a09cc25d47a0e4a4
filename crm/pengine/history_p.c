/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done to resources on a node, profile P (spec 12.4, 12.5). */
#include "crm/pengine/private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ST_PENDING = -1,
	ST_DONE,
	ST_CANCELLED,
	ST_TIMEOUT,
	ST_NOTSUPPORTED,
	ST_ERROR,
	ST_NOT_INSTALLED = 7,
	ST_NO_FENCE_DEVICE = 10,
	ST_NO_SECRETS = 11
};

/* How bad a result is for where the resource may go. */
enum grade { GRADE_OK, GRADE_SOFT, GRADE_HARD, GRADE_FATAL };

/* Fail counts. */

/* "fail-count-NAME#OP_INTERVAL", or of old "fail-count-NAME". */
static const char *
name_between(struct pe *pe, const char *attribute, size_t prefix)
{
	const char *name = attribute + prefix, *hash = strrchr(name, '#');

	return arena_printf(&pe->arena, "%.*s",
	    hash ? (int)(hash - name) : (int)strlen(name), name);
}

static struct failures *
failures_of(struct pe *pe, struct node *node, const char *name)
{
	struct failures *f =
	    (struct failures *)(uintptr_t)table_find(&node->fail_count, name);

	if (!f) {
		f = ARENA_NEW(&pe->arena, struct failures);
		table_set(&node->fail_count, name, f);
	}
	return f;
}

void
fail_counts_read(struct pe *pe, struct node *node)
{
	TABLE_EACH (&node->attrs, e) {
		if (strncmp(e->name, "fail-count-", 11) == 0) {
			struct failures *f =
			    failures_of(pe, node, name_between(pe, e->name, 11));

			f->count = score_add(f->count, score_parse(e->value));
		} else if (strncmp(e->name, "last-failure-", 13) == 0) {
			struct failures *f =
			    failures_of(pe, node, name_between(pe, e->name, 13));
			int64_t when = strtoll(e->value, NULL, 10);

			if (when > f->last)
				f->last = when;
		}
	}
}

static void
failures_add(struct failures *sum, const struct failures *more)
{
	if (!more)
		return;
	sum->count = score_add(sum->count, more->count);
	if (more->last > sum->last)
		sum->last = more->last;
}

/* NAME without ":N". */
static const char *
base_name(struct pe *pe, const char *name)
{
	const char *colon = strrchr(name, ':');

	if (!colon || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return name;
	return arena_printf(&pe->arena, "%.*s", (int)(colon - name), name);
}

/* An op with on-fail=block that failed keeps the count alive. */
static bool
is_blocked_by_failure(struct pe *pe, const struct rsc *rsc, const struct node *node)
{
	const char *name = rsc->history_id ? rsc->history_id : rsc->id;

	for (size_t i = 0; i < rsc->op_count; i++) {
		const struct op *op = &rsc->op[i];
		struct action policy = { .task = op->name };

		policy.key = key_of(pe, rsc->id, op->name, op->interval_ms);
		table_init(&policy.meta, &pe->arena);
		action_policy_p(pe, (struct rsc *)(uintptr_t)rsc, &policy);
		if (policy.on_fail != FAIL_BLOCK || !node->state)
			continue;
		XML_EACH (xml_child(xml_child(node->state, "lrm"), "lrm_resources"),
		    "lrm_resource", entry) {
			if (!same(xml_get(entry, "id"), name))
				continue;
			XML_EACH (entry, "lrm_rsc_op", xml) {
				int rc = value_int(xml_get(xml, "rc-code"), 0);

				if (same(xml_get(xml, "operation"), op->name) &&
				    value_int(xml_get(xml, "interval"), 0) ==
				        op->interval_ms &&
				    rc != 0 &&
				    rc != value_int(xml_get(xml, "op-target-rc"), 0) &&
				    strstr(xml_get(xml, "id") ? xml_get(xml, "id") : "",
				        "last_failure"))
					return true;
			}
		}
	}
	return false;
}

int
fail_count_recorded(struct pe *pe, const struct rsc *rsc, const struct node *node,
    int64_t *last)
{
	const char *name = rsc->history_id ? rsc->history_id : rsc->id;
	struct failures sum = { 0 };

	*last = 0;
	if (node->fail_count.entry_count == 0)
		return 0;
	if (rsc->unique)
		failures_add(&sum, table_find(&node->fail_count, name));
	else {
		const char *base = base_name(pe, name);
		size_t len = strlen(base);

		TABLE_EACH (&node->fail_count, e)
			if (strncmp(e->name, base, len) == 0 &&
			    (e->name[len] == '\0' ||
			        (e->name[len] == ':' &&
			            isdigit((unsigned char)e->name[len + 1]))))
				failures_add(&sum, e->value);
	}
	*last = sum.last;
	return sum.count;
}

int
fail_count_of(struct pe *pe, const struct rsc *rsc, const struct node *node,
    bool *expired, int64_t *last)
{
	int64_t when;
	int count = fail_count_recorded(pe, rsc, node, &when);

	if (expired)
		*expired = false;
	if (last)
		*last = when;
	if (count > 0 && rsc->failure_timeout_ms > 0 && when > 0 &&
	    when + rsc->failure_timeout_ms / 1000 < pe->now.seconds &&
	    !is_blocked_by_failure(pe, rsc, node)) {
		if (expired)
			*expired = true;
		return 0;
	}
	return count;
}

/* Whose entry it is. */

static struct rsc *
member_named(struct rsc *rsc, const char *base)
{
	size_t len = strlen(base);

	if (rsc->variant == PRIMITIVE)
		return strncmp(rsc->id, base, len) == 0 &&
		               (rsc->id[len] == ':' || !rsc->id[len])
		           ? rsc
		           : NULL;
	for (size_t i = 0; i < rsc->child_count; i++) {
		struct rsc *found = member_named(rsc->child[i], base);

		if (found)
			return found;
	}
	return NULL;
}

static bool
any_pending(const struct rsc *rsc, const struct node *node)
{
	if (rsc->pending_on && (!node || rsc->pending_on == node))
		return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_pending(rsc->child[i], node))
			return true;
	return false;
}

static bool
any_blocked(const struct rsc *rsc)
{
	if (rsc->blocked)
		return true;
	for (size_t i = 0; i < rsc->child_count; i++)
		if (any_blocked(rsc->child[i]))
			return true;
	return false;
}

/* One more than the clone has. */
static struct rsc *
extra_instance(struct pe *pe, struct rsc *clone, const char *base)
{
	struct rsc *instance = clone_instance_add(pe, clone);

	if (!instance)
		return NULL;
	rsc_make_orphan(instance);
	return member_named(instance, base);
}

static struct rsc *
instance_for(struct pe *pe, struct rsc *clone, const char *base, const struct node *node)
{
	struct rsc *inactive = NULL;
	bool taken = false;

	for (size_t i = 0; i < clone->child_count; i++) {
		struct rsc *instance = clone->child[i];
		struct rsc *member = member_named(instance, base);

		if (!member)
			continue;
		if (rsc_runs_on(instance, node) || any_pending(instance, node)) {
			if (member->running_count == 0)
				return member;
			taken = true;
		} else if (instance->running_count == 0 && !inactive &&
		           !any_blocked(instance) && !any_pending(instance, NULL))
			inactive = member;
	}
	if (taken)
		inactive = NULL;
	if (inactive && inactive->requires != NEEDS_FENCING &&
	    inactive->requires != NEEDS_UNFENCING && (!node->online || node->unclean) &&
	    clone->clone_max != (int)pe->node_count)
		inactive = NULL;
	return inactive ? inactive : extra_instance(pe, clone, base);
}

static struct rsc *
owner_find(struct pe *pe, const xmlNode *entry, const char *id, const struct node *node)
{
	const char *base = base_name(pe, id);
	struct rsc *rsc = rsc_find(pe, id), *clone;

	if (!rsc)
		rsc = rsc_find(pe, arena_printf(&pe->arena, "%s:0", base));
	clone = rsc ? clone_of(rsc) : NULL;
	if (clone && !clone->unique) {
		rsc = instance_for(pe, clone, base, node);
		if (rsc)
			rsc_rename(pe, rsc, id);
		return rsc;
	}
	if (rsc && strcmp(rsc->id, id) != 0)
		rsc = NULL; /* an instance that is not there */
	if (rsc && rsc->variant == PRIMITIVE)
		return rsc;
	rsc = rsc_orphan(pe, entry, id);
	if (pe->opt.stop_orphans)
		weights_add_all(pe, &rsc->allowed, -INF);
	else
		rsc->managed = false;
	return rsc;
}

/* Sorting. */

struct key {
	int transition, expected;
	const char *uuid;
};

static bool
key_read(const char *text, struct key *key)
{
	int action, len = 0;

	key->expected = -1;
	if (!text || sscanf(text, "%d:%d:%n", &action, &key->transition, &len) != 2 ||
	    !len)
		return false;
	const char *rest = text + len;
	int rc;

	if (sscanf(rest, "%d:%n", &rc, &len) == 1 &&
	    rest[strspn(rest, "-0123456789")] == ':') {
		key->expected = rc;
		rest = strchr(rest, ':') + 1;
	}
	key->uuid = rest;
	return true;
}

static bool
magic_read(const xmlNode *op, struct key *key)
{
	const char *magic = xml_get(op, "transition-magic");
	const char *semicolon = magic ? strchr(magic, ';') : NULL;

	return semicolon && key_read(semicolon + 1, key);
}

static int
by_change(const xmlNode *a, const xmlNode *b)
{
	long long x =
	    strtoll(xml_get(a, "last-rc-change") ? xml_get(a, "last-rc-change") : "-1",
	        NULL, 10);
	long long y =
	    strtoll(xml_get(b, "last-rc-change") ? xml_get(b, "last-rc-change") : "-1",
	        NULL, 10);

	return x < y ? -1 : x > y;
}

static int
op_compare(const xmlNode *a, const xmlNode *b)
{
	int a_call = value_int(xml_get(a, "call-id"), -1);
	int b_call = value_int(xml_get(b, "call-id"), -1);
	struct key x, y;

	if (a_call == -1 && b_call == -1)
		return 0;
	if (a_call >= 0 && b_call >= 0)
		return a_call != b_call ? (a_call < b_call ? -1 : 1) : by_change(a, b);
	if (!magic_read(a, &x) || !magic_read(b, &y))
		return 0;
	if (same(x.uuid, y.uuid) && x.transition != y.transition) {
		if (x.transition == -1)
			return 1;
		if (y.transition == -1)
			return -1;
		return x.transition < y.transition ? -1 : 1;
	}
	return a_call == -1 ? 1 : -1;
}

void
recorded_read_p(struct pe *pe, const xmlNode *lrm_resource, struct recorded *r)
{
	*r = (struct recorded){ .start_index = -1, .stop_index = -1 };
	XML_EACH (lrm_resource, "lrm_rsc_op", op) {
		size_t at;

		ARENA_PUSH(&pe->arena, r, op, op);
		for (at = r->op_count - 1; at > 0 && op_compare(op, r->op[at - 1]) < 0;
		     at--)
			r->op[at] = r->op[at - 1];
		r->op[at] = op;
	}
	int implied_monitor = -1, implied_master = -1;

	for (int i = 0; i < (int)r->op_count; i++) {
		const xmlNode *op = r->op[i];
		const char *task = xml_get(op, "operation"), *rc = xml_get(op, "rc-code");

		if (same(task, "stop") &&
		    value_int(xml_get(op, "op-status"), -1) == ST_DONE)
			r->stop_index = i;
		else if (same(task, "start") || same(task, "migrate_from"))
			r->start_index = i;
		else if (same(task, "monitor")) {
			/* The first one since it stopped. */
			if (implied_monitor <= r->stop_index &&
			    (same(rc, "0") || same(rc, "190")))
				implied_monitor = i;
		} else if (same(task, "promote") || same(task, "demote"))
			implied_master = i;
	}
	if (r->start_index == -1)
		r->start_index = implied_master != -1 ? implied_master : implied_monitor;
}

/* One result. */

struct state {
	struct rsc *rsc;
	struct node *node;
	const struct recorded *recorded;
	size_t entry; /* in pe->entry */
	enum on_fail on_fail;
	const xmlNode *last_failure, *op;
	/* of the op at hand */
	const char *task, *key;
	int status, rc, expected;
	int64_t interval_ms;
	bool probe;
	struct action policy;
};

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
rc_judge(struct pe *pe, struct state *s)
{
	struct rsc *rsc = s->rsc;

	if (s->status == ST_DONE || s->status == ST_ERROR)
		s->status = s->rc == s->expected ? ST_DONE : ST_ERROR;
	else if (s->status == ST_NO_FENCE_DEVICE || s->status == ST_NO_SECRETS)
		return GRADE_HARD;
	else if (s->status == ST_NOT_INSTALLED) {
		weights_add(pe, &ban_scope(rsc)->allowed, s->node, 0);
		rsc_add(pe, ban_scope(rsc), s->node, -INF);
		return GRADE_SOFT;
	} else
		return s->status == ST_NOTSUPPORTED ? GRADE_HARD : GRADE_SOFT;
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
is_of_old_params(struct pe *pe, const struct state *s)
{
	const char *id = xml_get(s->op, "id");
	size_t len = id ? strlen(id) : 0;

	return len > 15 && strcmp(id + len - 15, "_last_failure_0") == 0 &&
	       (same(s->task, "start") || same(s->task, "monitor")) &&
	       params_changed_p(pe, s->rsc, s->node, s->op);
}

/* Whether the op is too long ago to count; the fail count goes with it. */
static bool
is_expired(struct pe *pe, const struct state *s)
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
	if (count_expired || is_of_old_params(pe, s))
		clear_failcount(pe, s->rsc, s->node);
	if (s->probe &&
	    (s->rc == 0 || s->rc == 7 || s->rc == 8 || s->rc == 190 || s->rc == 191))
		return false;
	return old;
}

/* A recurring op that failed long ago is begun again, its failure forgotten. */
static bool
is_forgotten(struct pe *pe, struct state *s)
{
	if (s->interval_ms == 0)
		return true;
	if (!s->node->online || s->node->unclean)
		return false;
	ARENA_PUSH(&pe->arena, &pe->entry[s->entry], again, s->op);
	return true;
}

static void
failure_ban(struct pe *pe, struct state *s, enum grade grade)
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
failure_role(struct state *s)
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
op_failed(struct pe *pe, struct state *s, enum grade grade)
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
	if (s->policy.fail_role == ROLE_STOPPED)
		rsc_add_all(pe, ban_scope(rsc), -INF);
}

/* Whether this success is the end of a failure. */
static bool
clears(const struct state *s)
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
op_done(struct pe *pe, struct state *s)
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
op_pending(struct pe *pe, struct state *s)
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
op_prepare(struct pe *pe, struct state *s, const xmlNode *xml)
{
	const char *id = xml_get(xml, "id"), *key = xml_get(xml, "operation_key");
	struct key transition;

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
	s->expected = key_read(xml_get(xml, "transition-key"), &transition)
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
	return s->status != ST_CANCELLED;
}

static void
op_read(struct pe *pe, struct state *s, const xmlNode *xml)
{
	struct rsc *rsc = s->rsc;

	if (!op_prepare(pe, s, xml))
		return;
	if (s->status == ST_PENDING) {
		op_pending(pe, s);
		return;
	}
	bool expired = is_expired(pe, s);

	if (s->probe && (s->rc == 5 || s->rc == 2 || s->status == ST_NOT_INSTALLED)) {
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

/* What is known after all of them. */

static bool
counts_as_active(const struct rsc *rsc, const struct node *node)
{
	return rsc->requires == NEEDS_FENCING || rsc->requires == NEEDS_UNFENCING ||
	       (node->online && !node->unclean);
}

static void
block_all(struct rsc *rsc)
{
	rsc->managed = false;
	rsc->blocked = true;
	for (size_t i = 0; i < rsc->child_count; i++)
		block_all(rsc->child[i]);
}

static void
too_many(struct pe *pe, struct rsc *rsc)
{
	size_t active = 0;

	for (size_t i = 0; i < rsc->running_count; i++)
		active += counts_as_active(rsc, rsc->running[i]);
	if (active <= 1)
		return;
	pe_say(pe, PE_ERROR, false, "Resource %s is active on %zu nodes", rsc->id,
	    active);
	if (rsc->multiple == MULTIPLE_STOP_ONLY)
		weights_add_all(pe, &rsc->allowed, -INF);
	else if (rsc->multiple == MULTIPLE_BLOCK) {
		struct rsc *parent = rsc->parent;

		rsc->managed = false;
		rsc->blocked = true;
		if (parent && parent->variant == GROUP &&
		    parent->multiple == MULTIPLE_BLOCK)
			block_all(parent);
	}
}

static void
parents_mark(struct pe *pe, struct rsc *rsc, struct node *node)
{
	for (struct rsc *up = rsc->parent; up; up = up->parent)
		if (!rsc_runs_on(up, node))
			ARENA_PUSH(&pe->arena, up, running, node);
}

void
mark_running_p(struct pe *pe, struct rsc *rsc, struct node *node)
{
	if (rsc_runs_on(rsc, node))
		return;
	ARENA_PUSH(&pe->arena, rsc, running, node);
	ARENA_PUSH(&pe->arena, node, running, rsc);
	if (node->maintenance)
		rsc->managed = false;
	if (!rsc->managed)
		rsc_add(pe, rsc, node, INF);
	else
		too_many(pe, rsc);
	parents_mark(pe, rsc, node);
}

static void
failure_use(struct pe *pe, struct state *s)
{
	struct rsc *rsc = s->rsc;
	struct node *node = s->node;

	/* Fencing is all that it needs; then it may start again. */
	if (node->unclean)
		s->on_fail = FAIL_IGNORE;
	switch (s->on_fail) {
	case FAIL_IGNORE:
		break;
	case FAIL_DEMOTE:
		rsc->failed = true;
		rsc->demote_only = true;
		break;
	case FAIL_STANDBY:
		node->standby = node->standby_on_fail = true;
		break;
	case FAIL_BLOCK:
		rsc->managed = false;
		rsc->blocked = true;
		break;
	case FAIL_FENCE:
		pe_say(pe, PE_WARNING, false, "Node %s will be fenced: %s failed there",
		    node->uname, rsc->id);
		node->unclean = true;
		break;
	case FAIL_MIGRATE:
		rsc_add(pe, rsc, node, -INF);
		break;
	case FAIL_RECOVER:
	case FAIL_MIGRATION:
	case FAIL_STOP:
		if (rsc->role != ROLE_STOPPED && rsc->role != ROLE_UNKNOWN)
			rsc->failed = true;
		break;
	}
}

static void
known_mark(struct rsc *rsc, const struct node *node)
{
	for (;;) {
		rsc->known[node->index] = true;
		if (rsc->unique && !(rsc->parent && !rsc->parent->unique))
			break;
		if (!rsc->parent)
			break;
		rsc = rsc->parent;
	}
}

/* No instance of an anonymous clone has to be looked for where one was. */
static void
asked_mark(struct rsc *rsc, const struct node *node)
{
	struct rsc *clone = clone_of(rsc);

	rsc->asked[node->index] = true;
	for (size_t i = 0; clone && !clone->unique && i < clone->child_count; i++) {
		struct rsc *c = clone->child[i];

		if (c->variant == PRIMITIVE)
			c->asked[node->index] = true;
		for (size_t n = 0; n < c->child_count; n++)
			if (c->child[n]->xml == rsc->xml)
				c->child[n]->asked[node->index] = true;
	}
}

static void
state_use(struct pe *pe, struct state *s)
{
	struct rsc *rsc = s->rsc;
	struct node *node = s->node;

	if (rsc->role != ROLE_UNKNOWN) {
		known_mark(rsc, node);
		asked_mark(rsc, node);
	}
	if (rsc->role > ROLE_STOPPED && !node->online && !node->maintenance &&
	    rsc->managed && pe->opt.stonith) {
		pe_say(pe, PE_WARNING, false,
		    "Node %s is unclean: %s is thought to run there", node->uname,
		    rsc->id);
		node->unclean = true;
	}
	if (rsc->role > ROLE_STOPPED && s->on_fail != FAIL_IGNORE && !node->unclean)
		rsc->failed = true;
	if (rsc->role > ROLE_STOPPED || s->on_fail != FAIL_IGNORE)
		failure_use(pe, s);
	if (rsc->role > ROLE_STOPPED) {
		if (rsc->orphan && pe->opt.stop_orphans && !clone_of(rsc))
			pe_say(pe, PE_NOTICE, false, "Stopping orphan resource %s",
			    rsc->id);
		mark_running_p(pe, rsc, node);
		return;
	}
	/* Only of old entries with a number; others are any instance's. */
	if (rsc->history_id && strchr(rsc->history_id, ':') && clone_of(rsc) &&
	    !rsc->pending_on && rsc->running_count == 0)
		rsc_rename(pe, rsc, NULL);
	const char *key = key_of(pe, rsc->id, "stop", 0);

	for (size_t i = 0; i < rsc->action_count; i++)
		if (same(rsc->action[i]->key, key) && rsc->action[i]->node == node)
			rsc->action[i]->optional = true;
}

static void
recurring_note(struct pe *pe, const struct state *s)
{
	const struct recorded *r = s->recorded;
	struct rsc *rsc = s->rsc;

	if (!s->node->online || r->start_index < r->stop_index)
		return;
	for (int i = r->start_index < 0 ? 0 : r->start_index; i < (int)r->op_count; i++) {
		const xmlNode *op = r->op[i];
		int64_t ms = value_int(xml_get(op, "interval"), 0);
		const char *task = xml_get(op, "operation");

		if (ms > 0 && task &&
		    value_int(xml_get(op, "op-status"), -1) != ST_PENDING)
			action_make(pe, rsc, key_of(pe, rsc->id, task, ms), task, s->node,
			    true);
	}
}

/* A node that shuts down may keep what it had for its return. */
static void
lock_read(struct rsc *rsc, struct node *node, const xmlNode *entry)
{
	const char *text = xml_get(entry, "shutdown-lock");

	if (text) {
		rsc->lock_node = node;
		rsc->lock_time = strtoll(text, NULL, 10);
	}
}

void
history_read_p(struct pe *pe, struct node *node, const xmlNode *entry)
{
	const char *id = xml_get(entry, "id");
	struct recorded r;

	recorded_read_p(pe, entry, &r);
	if (!id || (r.op_count == 0 && !xml_get(entry, "shutdown-lock")))
		return;
	struct state s = { .rsc = owner_find(pe, entry, id, node),
		.node = node,
		.recorded = &r };
	struct rsc *rsc = s.rsc;

	if (!rsc)
		return;
	ARENA_PUSH(&pe->arena, pe, past,
	    ((struct past){ entry, r.op, r.op_count, recorded_current(&r), rsc, node }));
	enum role saved = rsc->role;

	s.entry = pe->entry_count;
	ARENA_PUSH(&pe->arena, pe, entry,
	    ((struct entry_seen){ .node = node, .rsc = rsc, .xml = entry }));
	lock_read(rsc, node, entry);
	rsc->role = ROLE_UNKNOWN;
	for (size_t i = 0; i < r.op_count; i++)
		op_read(pe, &s, r.op[i]);
	recurring_note(pe, &s);
	enum role target = role_parse(meta_get(pe, &rsc->meta, "target-role"));

	state_use(pe, &s);
	if ((target == ROLE_STOPPED || (target == ROLE_SLAVE && rsc->promotable)) &&
	    (rsc->next_role == ROLE_UNKNOWN || target < rsc->next_role))
		rsc->next_role = target;
	if (rsc->role < saved)
		rsc->role = saved;
}
