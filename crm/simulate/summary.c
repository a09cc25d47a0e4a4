/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/simulate/summary.h"

#include "crm/common/values.h"

#include <stdlib.h>
#include <string.h>

const char *
sim_verb_text(enum sim_verb verb)
{
	static const char *const texts[] = { [SIM_FENCE] = "Fence",
		[SIM_START] = "Start",
		[SIM_STOP] = "Stop",
		[SIM_MOVE] = "Move",
		[SIM_MIGRATE] = "Migrate",
		[SIM_RESTART] = "Restart",
		[SIM_RECOVER] = "Recover",
		[SIM_RELOAD] = "Reload",
		[SIM_PROMOTE] = "Promote",
		[SIM_DEMOTE] = "Demote" };

	return texts[verb];
}

const char *
sim_role_text(enum pe_role role)
{
	static const char *const texts[] = { [PE_ROLE_UNKNOWN] = "Unknown",
		[PE_ROLE_STOPPED] = "Stopped",
		[PE_ROLE_STARTED] = "Started",
		[PE_ROLE_UNPROMOTED] = "Unpromoted",
		[PE_ROLE_PROMOTED] = "Promoted" };

	return texts[role];
}

/* What is to be done to one resource. */
enum step { STOP, START, PROMOTE, DEMOTE, MIGRATE_TO, MIGRATE_FROM, RELOAD, STEPS };

static const char *const step_tasks[] = { [STOP] = "stop",
	[START] = "start",
	[PROMOTE] = "promote",
	[DEMOTE] = "demote",
	[MIGRATE_TO] = "migrate_to",
	[MIGRATE_FROM] = "migrate_from",
	[RELOAD] = "reload" };

struct steps {
	const struct pe_action *first[STEPS]; /* that shall be done */
};

struct teller {
	const struct pe *pe;
	struct steps *steps; /* of each resource */
	void (*tell)(void *data, const struct sim_change *change);
	void *data;
};

static const char *
node_name(const struct pe *pe, size_t node)
{
	return node == PE_NONE ? NULL : pe_node_at(pe, node)->uname;
}

static void
steps_find(struct teller *t)
{
	for (size_t i = 0; i < pe_action_count(t->pe); i++) {
		const struct pe_action *a = pe_action_at(t->pe, i);

		if (a->resource == PE_NONE)
			continue;
		/* Where it does not run, it cannot start at all. */
		bool lacks = same(a->task, "start") && !a->runnable &&
		             pe_resource_at(t->pe, a->resource)->running_count == 0;

		if (a->optional && !lacks)
			continue;
		for (size_t n = 0; n < STEPS; n++) {
			bool is = n == RELOAD ? strncmp(a->task, step_tasks[n],
			                            strlen("reload")) == 0
			                      : same(a->task, step_tasks[n]);

			if (is && !t->steps[a->resource].first[n])
				t->steps[a->resource].first[n] = a;
		}
	}
}

static void
fences_tell(struct teller *t)
{
	/* The last first, as people know it. */
	for (size_t i = pe_action_count(t->pe); i-- > 0;) {
		const struct pe_action *a = pe_action_at(t->pe, i);
		struct arena arena = { 0 };
		struct table params;

		if (!a->fencing || !a->written || a->node == PE_NONE)
			continue;
		table_init(&params, &arena);
		pe_action_attributes(t->pe, i, &params);
		const char *how = table_get(&params, "CRM_meta_stonith_action");
		const struct pe_node *node = pe_node_at(t->pe, a->node);
		struct sim_change c = { .verb = SIM_FENCE,
			.to = node->uname,
			.fencing = how ? how : "reboot",
			.reason = node->fence_reason ? node->fence_reason : a->reason };

		t->tell(t->data, &c);
		arena_free(&arena);
	}
}

/* What can be promoted and runs, but is not, is unpromoted. */
static enum pe_role
role_of(const struct pe *pe, const struct pe_resource *r, enum pe_role role)
{
	for (; role == PE_ROLE_STARTED && r->parent != PE_NONE;
	     r = pe_resource_at(pe, r->parent))
		if (pe_resource_at(pe, r->parent)->variant == PE_PROMOTABLE)
			return PE_ROLE_UNPROMOTED;
	return role;
}

/* Roles are told of what is, or shall be, more than started. */
static void
roles_tell(const struct pe *pe, const struct pe_resource *r, struct sim_change *c)
{
	enum pe_role role = role_of(pe, r, r->role), next = role_of(pe, r, r->next_role);

	if (role <= PE_ROLE_STARTED && next <= PE_ROLE_STARTED)
		return;
	c->role = role;
	c->next_role = next;
}

static void
comes(struct teller *t, const struct pe_resource *r, const struct steps *s,
    struct sim_change *c)
{
	if (!s->first[START])
		return;
	c->verb = SIM_START;
	c->to = node_name(t->pe, r->next_node);
	c->blocked = !s->first[START]->runnable;
	c->reason = s->first[START]->reason;
	if (r->next_role == PE_ROLE_PROMOTED) {
		c->verb = SIM_PROMOTE;
		c->role = PE_ROLE_STOPPED;
		c->next_role = PE_ROLE_PROMOTED;
		if (!c->blocked && s->first[PROMOTE] && !s->first[PROMOTE]->runnable) {
			c->blocked = true;
			c->reason = s->first[PROMOTE]->reason;
		}
	}
	t->tell(t->data, c);
}

static void
goes(struct teller *t, const struct pe_resource *r, size_t index, const char *reason,
    struct sim_change *c)
{
	for (size_t i = 0; i < pe_action_count(t->pe); i++) {
		const struct pe_action *a = pe_action_at(t->pe, i);

		if (a->resource != index || a->optional || !same(a->task, "stop"))
			continue;
		c->verb = SIM_STOP;
		c->from = node_name(t->pe, a->node);
		c->role = role_of(t->pe, r, r->role);
		if (c->role <= PE_ROLE_STARTED)
			c->role = PE_ROLE_UNKNOWN;
		c->blocked = !a->runnable;
		c->reason = a->reason ? a->reason : reason;
		t->tell(t->data, c);
	}
}

/* It is on one node, and shall be on another. */
static void
moves(struct teller *t, const struct pe_resource *r, const struct steps *s,
    struct sim_change *c)
{
	c->to = node_name(t->pe, r->next_node);
	c->verb = (s->first[MIGRATE_TO] && s->first[MIGRATE_TO]->runnable) ||
	                  (s->first[MIGRATE_FROM] && s->first[MIGRATE_FROM]->runnable)
	              ? SIM_MIGRATE
	          : r->failed ? SIM_RECOVER
	                      : SIM_MOVE;
	if (c->verb != SIM_MIGRATE && s->first[STOP])
		c->reason = s->first[STOP]->reason;
	roles_tell(t->pe, r, c);
	t->tell(t->data, c);
}

static void
stays(struct teller *t, const struct pe_resource *r, const struct steps *s,
    struct sim_change *c)
{
	roles_tell(t->pe, r, c);
	if (s->first[RELOAD]) {
		c->verb = SIM_RELOAD;
		c->role = c->next_role = PE_ROLE_UNKNOWN;
	} else if (s->first[STOP] && s->first[START]) {
		c->verb = r->failed ? SIM_RECOVER : SIM_RESTART;
		if (c->role == c->next_role)
			c->next_role = PE_ROLE_UNKNOWN;
		c->reason = r->failed ? s->first[STOP]->reason : s->first[START]->reason;
	} else if (s->first[START]) {
		c->verb = SIM_START;
		c->to = c->from;
		c->from = NULL;
		c->role = c->next_role = PE_ROLE_UNKNOWN;
	} else if (s->first[PROMOTE] && r->role != PE_ROLE_PROMOTED) {
		c->verb = SIM_PROMOTE;
		c->blocked = !s->first[PROMOTE]->runnable;
		c->reason = c->blocked ? s->first[PROMOTE]->reason : NULL;
	} else if (s->first[DEMOTE] && r->role == PE_ROLE_PROMOTED)
		c->verb = SIM_DEMOTE;
	else
		return;
	t->tell(t->data, c);
}

static void
resource_tell(struct teller *t, size_t index)
{
	const struct pe_resource *r = pe_resource_at(t->pe, index);
	const struct steps *s = &t->steps[index];
	struct sim_change c = { .resource = r->id };
	bool wanted = r->next_node != PE_NONE && r->next_role > PE_ROLE_STOPPED;

	for (size_t i = 0; i < r->child_count; i++)
		resource_tell(t, r->child[i]);
	if (r->variant != PE_PRIMITIVE || !r->managed)
		return;
	if (r->running_count == 0) {
		if (wanted)
			comes(t, r, s, &c);
		return;
	}
	if (!wanted) {
		goes(t, r, index, "node availability", &c);
		return;
	}
	c.from = node_name(t->pe, r->running[0]);
	for (size_t i = 0; i < r->running_count; i++)
		if (r->running[i] == r->next_node)
			c.from = node_name(t->pe, r->next_node);
	if (s->first[STOP] && s->first[START] && !s->first[START]->runnable)
		goes(t, r, index, s->first[START]->reason, &c);
	else if (!same(c.from, node_name(t->pe, r->next_node)) &&
	         (s->first[STOP] || s->first[MIGRATE_TO]))
		moves(t, r, s, &c);
	else
		stays(t, r, s, &c);
}

void
sim_summary(const struct pe *pe,
    void (*tell)(void *data, const struct sim_change *change), void *data)
{
	struct teller t = { .pe = pe, .tell = tell, .data = data };

	t.steps = calloc(pe_resource_count(pe) + 1, sizeof(*t.steps));
	if (!t.steps)
		abort();
	steps_find(&t);
	fences_tell(&t);
	for (size_t i = 0; i < pe_placed_count(pe); i++)
		resource_tell(&t, pe_placed_at(pe, i));
	free(t.steps);
}
