/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan, action after action (spec/crmd.md 12 to 14).  As in the transition engine there are passes
 * over the graph in its own order; what becomes possible behind the action that is being done is done in
 * the same pass.  Nobody looks for it: each action counts what it waits for, and a heap has what is ready.
 *
 * After a failure only pseudo actions (P) and those of the highest priority still run, and only the
 * latter after something that failed.
 */
#include "crm/simulate/private.h"

#include "crm/cib/digest.h"
#include "crm/common/oldoptions.h"
#include "crm/cib/path.h"
#include "crm/common/values.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum state { WAITS, DONE, FAILED };

/* An action of the graph. */
struct step {
	size_t action;      /* of the plan */
	size_t waits_count; /* inputs that are still missing */
	size_t *after;      /* steps that wait for it */
	size_t after_count, after_room;
	bool after_failure; /* something before it failed */
	enum state state;
};

/* When: in this pass, at this place of it. */
struct turn {
	size_t pass, step;
};

struct run {
	struct sim_state state;
	const struct pe *pe;
	const struct sim_options *options;
	const struct sim_listener *listener;
	struct step *step;
	size_t step_count;
	struct turn *heap; /* the earliest first */
	size_t heap_count;
	bool aborted;
	struct sim_result result;
};

/* What is ready. */

static bool
turn_less(struct turn a, struct turn b)
{
	return a.pass != b.pass ? a.pass < b.pass : a.step < b.step;
}

static void
ready_put(struct run *run, struct turn turn)
{
	size_t at = run->heap_count++;

	assert(run->heap_count <= run->step_count);
	while (at > 0 && turn_less(turn, run->heap[(at - 1) / 2])) {
		run->heap[at] = run->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	run->heap[at] = turn;
}

static struct turn
ready_take(struct run *run)
{
	struct turn first = run->heap[0], last = run->heap[--run->heap_count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= run->heap_count)
			break;
		if (child + 1 < run->heap_count &&
		    turn_less(run->heap[child + 1], run->heap[child]))
			child++;
		if (!turn_less(run->heap[child], last))
			break;
		run->heap[at] = run->heap[child];
		at = child;
	}
	run->heap[at] = last;
	return first;
}

static void
steps_make(struct run *run)
{
	struct arena *arena = &run->state.arena;
	size_t *place =
	    arena_alloc(arena, (pe_action_count(run->pe) + 1) * sizeof(*place));

	run->step_count = pe_written_count(run->pe);
	run->step = arena_alloc(arena, (run->step_count + 1) * sizeof(*run->step));
	run->heap = arena_alloc(arena, (run->step_count + 1) * sizeof(*run->heap));
	for (size_t i = 0; i < run->step_count; i++) {
		run->step[i].action = pe_written_at(run->pe, i);
		place[run->step[i].action] = i + 1;
	}
	for (size_t i = 0; i < run->step_count; i++) {
		const struct pe_action *a = pe_action_at(run->pe, run->step[i].action);

		for (size_t n = 0; n < a->input_count; n++) {
			size_t before = place[a->input[n]];

			/* Who waits for what is not in the graph waits for ever. */
			run->step[i].waits_count++;
			if (before)
				ARENA_PUSH(arena, &run->step[before - 1], after, i);
		}
		if (run->step[i].waits_count == 0)
			ready_put(run, (struct turn){ 0, i });
	}
}

/* Doing. */

/* What an action is about, in the words that the node knows. */
struct subject {
	const struct pe_action *action;
	const struct pe_resource *resource; /* NULL = none's */
	const struct pe_node *on;           /* NULL = nowhere */
	struct sim_node *node;
	const char *name;    /* of the resource */
	const char *key;     /* of the operation */
	struct table params; /* of the action */
};

/* What nodes record a resource of a plan as: of instances that are all the same, P has no number. */
static const char *
recorded_name(struct run *run, const struct pe_resource *r)
{
	const char *number = strrchr(r->id, ':');

	if (r->history_id)
		return r->history_id;
	if (run->state.in_h || r->unique || r->number < 0 || !number)
		return r->id;
	return arena_printf(&run->state.arena, "%.*s", (int)(number - r->id), r->id);
}

/* The operation, as the node knows it. */
static const char *
key_of(struct arena *arena, const struct subject *s)
{
	size_t len = strlen(s->resource->id);

	if (strncasecmp(s->action->key, s->resource->id, len) != 0)
		return s->action->node_key;
	return arena_printf(arena, "%s%s", s->name, s->action->key + len);
}

static const char *
param(const struct subject *s, const char *name)
{
	return table_get(&s->params, name);
}

static const char *
digest_make(struct run *run, const struct subject *s)
{
	xmlNode *xml = xmlNewNode(NULL, (const xmlChar *)"parameters");
	char *text = arena_alloc(&run->state.arena, CIB_DIGEST_SIZE);

	TABLE_EACH (&s->params, e)
		if (!run->state.in_h || !is_old_option(e->name))
			xmlNewProp(xml, (const xmlChar *)e->name,
			    (const xmlChar *)e->value);
	if (cib_digest_parameters(xml, s->action->interval_ms, text) != 0)
		abort(); /* no memory */
	xmlFreeNode(xml);
	return text;
}

static const char *
record_id(struct run *run, const struct subject *s)
{
	const struct pe_action *a = s->action;

	/* A notification's key says which one it is. */
	if (run->state.in_h || a->interval_ms > 0 || strncmp(a->task, "migrate_", 8) == 0)
		return s->key;
	return arena_printf(&run->state.arena, "%s_last_0", s->name);
}

static void
record(struct run *run, struct subject *s, int rc, const struct sim_outcome *outcome)
{
	const struct pe_action *a = s->action;
	struct sim_record r = {
		.resource = s->name,
		.task = a->task,
		.key = s->key,
		.id = record_id(run, s),
		.class = s->resource->class,
		.provider = s->resource->provider,
		.type = s->resource->type,
		.node_name = s->on->uname,
		.migrate_source = param(s, "CRM_meta_migrate_source"),
		.migrate_target = param(s, "CRM_meta_migrate_target"),
		.digest = digest_make(run, s),
		.reason = outcome ? "User-injected result" : NULL,
		.interval_ms = a->interval_ms,
		.rc = rc,
		.target_rc = a->target_rc,
	};
	bool good = rc == a->target_rc;

	/* What is done has a simpler name (spec/crmd.md 9). */
	if (good && strncmp(a->task, "reload", 6) == 0) {
		r.task = "start";
		r.key = arena_printf(&run->state.arena, "%s_start_0", s->name);
		if (run->state.in_h)
			r.id = r.key;
	} else if (good && run->state.in_h && strncmp(a->task, "migrate_", 8) == 0) {
		r.task = strcmp(a->task, "migrate_to") == 0 ? "stop" : "start";
		r.id = arena_printf(&run->state.arena, "%s_%s_0", s->name, r.task);
	}
	/* The last good result of what recurs stays beside the failure. */
	if (good || r.interval_ms == 0 || run->state.in_h)
		state_record(&run->state, s->node, &r);
	if (strcmp(r.task, "stop") == 0 || strcmp(a->task, "migrate_to") == 0)
		state_record_remove(state_history(&run->state, s->node, s->name), NULL);
	if (!good)
		state_failure(&run->state, s->node, &r, s->name, run->listener);
}

static void
cancel(struct run *run, const struct subject *s)
{
	struct sim_history *history = state_history(&run->state, s->node, s->name);
	const char *task = param(s, "CRM_meta_operation"),
	           *interval = param(s, "CRM_meta_interval");

	if (history && task && interval)
		state_record_remove(history,
		    arena_printf(&run->state.arena, "%s_%s_%s", s->name, task, interval));
}

static void
failures_clear(struct run *run, const struct subject *s)
{
	static const char *const prefixes[] = { "fail-count-", "last-failure-" };
	struct arena *arena = &run->state.arena;
	struct sim_history *history = state_history(&run->state, s->node, s->name);

	for (size_t i = 0; i < 2; i++)
		state_attributes_remove(&run->state, s->node,
		    arena_printf(arena, "%s%s", prefixes[i], s->name));
	if (history)
		state_record_remove(history,
		    arena_printf(arena, "%s_last_failure_0", s->name));
}

static void
node_gone(struct run *run, struct sim_node *node)
{
	static const char *const in_p[][2] = { { "in_ccm", "false" },
		{ "crmd", "offline" }, { "join", "down" }, { "expected", "down" },
		{ NULL, NULL } };
	static const char *const in_h[][2] = { { "ha", "dead" }, { "in_ccm", "false" },
		{ "crmd", "offline" }, { "join", "down" }, { "expected", "down" },
		{ "shutdown", "0" }, { NULL, NULL } };

	state_node_put(node, run->state.in_h ? in_h : in_p);
	state_node_forget(&run->state, node);
}

/* What somebody else than an agent does. */
static bool
cluster_action(struct run *run, const struct subject *s)
{
	const char *task = s->action->task;

	if (s->action->fencing) {
		const char *how = param(s, "CRM_meta_stonith_action");

		if (how && strcmp(how, "on") == 0)
			state_attribute(&run->state, s->node, "#node-unfenced",
			    arena_printf(&run->state.arena, "%lld",
			        (long long)run->options->now));
		else
			node_gone(run, s->node);
	} else if (strcmp(task, "do_shutdown") == 0) {
		if (run->options->nodes_leave)
			node_gone(run, s->node);
	} else if (strcmp(task, "probe_complete") == 0)
		state_attribute(&run->state, s->node, task, "true");
	else if (!s->resource)
		return true;
	else if (strcmp(task, "cancel") == 0)
		cancel(run, s);
	else if (strcmp(task, "delete") == 0 || strcmp(task, "lrm_delete") == 0)
		state_history_remove(&run->state, s->node, s->name);
	else if (strcmp(task, "clear_failcount") == 0)
		failures_clear(run, s);
	else
		return false;
	return true;
}

static const struct sim_outcome *
outcome_find(const struct run *run, const struct subject *s)
{
	for (size_t i = 0; i < run->options->outcome_count; i++) {
		const struct sim_outcome *o = &run->options->outcome[i];

		if (outcome_matches(o, s->name, s->action->task, s->action->interval_ms,
		        s->on->uname) ||
		    outcome_matches(o, s->resource->id, s->action->task,
		        s->action->interval_ms, s->on->uname))
			return o;
	}
	return NULL;
}

/* With the names of all that it is in. */
static const char *
long_name(struct run *run, const struct pe_resource *r)
{
	if (r->parent == PE_NONE)
		return r->id;
	return arena_printf(&run->state.arena, "%s:%s",
	    long_name(run, pe_resource_at(run->pe, r->parent)), r->id);
}

/* Nodes of old knew resources by their long names (spec/crmd.md 14): who is known by that keeps it. */
static const char *
name_on(struct run *run, const struct subject *s)
{
	const char *name = recorded_name(run, s->resource), *other;

	if (!run->state.in_h || state_history(&run->state, s->node, name))
		return name;
	other = long_name(run, s->resource);
	return state_history(&run->state, s->node, other) ? other : name;
}

/* Does it; whether it went well. */
static bool
perform(struct run *run, const struct pe_action *a, int *rc)
{
	struct subject s = { .action = a };

	*rc = 0;
	if (a->pseudo || a->node == PE_NONE)
		return true;
	s.on = pe_node_at(run->pe, a->node);
	s.node = state_node_get(&run->state, s.on->id, s.on->uname);
	table_init(&s.params, &run->state.arena);
	pe_action_attributes(run->pe, (size_t)(a - pe_action_at(run->pe, 0)), &s.params);
	if (a->resource != PE_NONE) {
		s.resource = pe_resource_at(run->pe, a->resource);
		s.name = name_on(run, &s);
		s.key = key_of(&run->state.arena, &s);
	}
	if (cluster_action(run, &s))
		return true;
	if (strcmp(a->task, "notify") == 0 && !run->state.in_h)
		return true; /* nobody records it */
	const struct sim_outcome *outcome = outcome_find(run, &s);
	const char *on_fail = param(&s, "CRM_meta_on_fail");

	*rc = outcome ? outcome->rc : a->target_rc;
	record(run, &s, *rc, outcome);
	return *rc == a->target_rc || (on_fail && same(on_fail, "ignore"));
}

static bool
may_run(const struct run *run, const struct step *step, const struct pe_action *a)
{
	if (a->priority >= SCORE_INFINITY)
		return true;
	if (step->after_failure)
		return false;
	return !run->aborted || (a->pseudo && !run->state.in_h);
}

static void
step_run(struct run *run, struct turn turn)
{
	struct step *step = &run->step[turn.step];
	const struct pe_action *a = pe_action_at(run->pe, step->action);
	int rc;

	if (!may_run(run, step, a))
		return;
	bool good = perform(run, a, &rc);

	step->state = good ? DONE : FAILED;
	run->result.done++;
	run->result.failed += !good;
	run->aborted |= !good;
	if (run->listener && run->listener->done)
		run->listener->done(run->listener->data, run->pe, step->action, !good,
		    rc);
	for (size_t i = 0; i < step->after_count; i++) {
		struct step *next = &run->step[step->after[i]];

		next->after_failure |= !good;
		if (--next->waits_count == 0)
			ready_put(run,
			    (struct turn){ turn.pass + (step->after[i] < turn.step),
			        step->after[i] });
	}
}

static void
left_tell(struct run *run)
{
	for (size_t i = 0; i < run->step_count; i++) {
		if (run->step[i].state != WAITS)
			continue;
		run->result.left++;
		if (run->listener && run->listener->left)
			run->listener->left(run->listener->data, run->pe,
			    run->step[i].action);
	}
}

struct sim_result
sim_run(xmlDoc *doc, const struct pe *pe, const struct sim_options *options,
    const struct sim_listener *listener)
{
	struct run run = { .pe = pe, .options = options, .listener = listener };

	if (state_open(&run.state, doc, pe_profile_of(pe) == PE_H, options->now, NULL)) {
		steps_make(&run);
		while (run.heap_count)
			step_run(&run, ready_take(&run));
		left_tell(&run);
	}
	state_close(&run.state);
	return run.result;
}
