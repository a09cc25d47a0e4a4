/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result, copied into what others may read. */
#include "crm/pengine/view.h"

#include "crm/pengine/private.h"

#include <stdlib.h>

struct view {
	struct pe_node *node;
	struct pe_resource *resource;
	struct pe_action *action;
	size_t *written;
};

static void
note_tree(struct pe *pe, struct rsc *rsc)
{
	rsc->index = pe->every_count;
	rsc->seen_role = rsc_role(rsc);
	ARENA_PUSH(&pe->arena, pe, every, rsc);
	for (size_t i = 0; i < rsc->child_count; i++)
		note_tree(pe, rsc->child[i]);
}

void
every_note(struct pe *pe)
{
	pe->is_broken = pe_had(pe, PE_ERROR, true);
	for (size_t i = 0; i < pe->rsc_count; i++)
		note_tree(pe, pe->rsc[i]);
	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];

		table_init(&node->configured, &pe->arena);
		table_merge(&node->configured, &node->capacity);
	}
}

static size_t
node_index(const struct node *node)
{
	return node ? node->index : PE_NONE;
}

static const size_t *
running_view(struct pe *pe, const struct node *n)
{
	size_t *list = arena_alloc(&pe->arena, (n->running_count + 1) * sizeof(*list));

	for (size_t i = 0; i < n->running_count; i++)
		list[i] = n->running[i]->index;
	return list;
}

static struct pe_node
node_view(struct pe *pe, const struct node *n)
{
	return (struct pe_node){
		.id = n->id,
		.uname = n->uname,
		.online = n->online,
		.unclean = n->unclean,
		/* Of a node that never said anything, nobody knows. */
		.standby = n->standby && (n->state || pe->profile == PE_H),
		.standby_on_fail = n->standby_on_fail,
		.maintenance = n->maintenance,
		.pending = n->pending,
		.shutting_down = n->shutting_down,
		.expected_up = n->expected_up,
		.is_dc = n->is_dc,
		.is_ping = n->is_ping,
		.fence_reason = n->fence_reason,
		.attrs = &n->attrs,
		.capacity = &n->configured,
		.left = &n->capacity,
		.running = running_view(pe, n),
		.resource_count = n->running_count,
	};
}

static int
size_compare(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static const size_t *
children_view(struct pe *pe, const struct rsc *rsc)
{
	size_t *child = arena_alloc(&pe->arena, (rsc->child_count + 1) * sizeof(*child));

	for (size_t i = 0; i < rsc->child_count; i++)
		child[i] = rsc->child[i]->index;
	qsort(child, rsc->child_count, sizeof(*child), size_compare);
	return child;
}

static const size_t *
nodes_view(struct pe *pe, struct node *const *nodes, size_t count)
{
	size_t *list = arena_alloc(&pe->arena, (count + 1) * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = nodes[i]->index;
	return list;
}

static struct pe_resource
resource_view(struct pe *pe, const struct rsc *r)
{
	return (struct pe_resource){
		.id = r->id,
		.history_id = r->history_id,
		.class = r->class,
		.provider = r->provider,
		.type = r->type,
		.variant = (enum pe_variant)r->variant,
		.xml = r->xml,
		.parent = r->parent ? r->parent->index : PE_NONE,
		.child = children_view(pe, r),
		.child_count = r->child_count,
		.clone_max = r->clone_max,
		.number = r->number,
		.managed = r->managed,
		.orphan = r->orphan,
		.blocked = r->blocked,
		.failed = r->failed,
		.failure_ignored = r->ignores_failures,
		.maintenance = r->maintenance,
		.unique = r->unique,
		.promotable = r->promotable || r->variant == MASTER,
		.notify = r->notify,
		.fence_device = r->fence_device,
		.migration_threshold = r->migration_threshold,
		.priority = r->priority,
		.role = (enum pe_role)r->seen_role,
		.target_role =
		    (enum pe_role)role_parse(meta_get(pe, &r->meta, "target-role")),
		.running = nodes_view(pe, r->running, r->running_count),
		.running_count = r->running_count,
		.pending_task = r->pending_task,
		.pending_node = node_index(r->pending_on),
		.lock_node = node_index(r->lock_node),
		.migrate_source = node_index(r->migrate_from),
		.migrate_target = node_index(r->migrate_to),
		.meta = &r->meta,
		.utilization = &r->utilization,
		.next_role = (enum pe_role)rsc_next_role(r),
		.next_node = node_index(r->assigned),
		.placed_node = node_index(r->placed),
	};
}

static struct pe_action
action_view(struct pe *pe, const struct action *a)
{
	struct pe_action view = {
		.id = a->id,
		.task = a->task,
		.key = a->key,
		.node_key = graph_node_key(&pe->arena, a),
		.resource = a->rsc ? a->rsc->index : PE_NONE,
		.resource_id = a->rsc ? a->rsc->id : NULL,
		.node = node_index(a->node),
		.pseudo = a->pseudo,
		.fencing = same(a->task, "stonith"),
		.optional = a->optional,
		.runnable = a->runnable,
		.written = a->dumped,
		.target_rc = value_int(table_get(&a->meta, "op_target_rc"), 0),
		.priority = a->priority,
		.reason = a->reason,
		.input_count = a->input_count,
		.op_xml = a->op_xml,
	};
	size_t *input = arena_alloc(&pe->arena, (a->input_count + 1) * sizeof(*input));

	if (a->rsc && a->rsc->priority > view.priority)
		view.priority = a->rsc->priority;
	for (size_t i = 0; i < a->input_count; i++)
		input[i] = (size_t)a->input[i]->id - 1;
	view.input = input;
	view.interval_ms = key_interval_ms(a->key);
	return view;
}

void
view_make(struct pe *pe)
{
	struct view *view = ARENA_NEW(&pe->arena, struct view);

	pe->view = view;
	view->node = arena_alloc(&pe->arena, (pe->node_count + 1) * sizeof(*view->node));
	for (size_t i = 0; i < pe->node_count; i++)
		view->node[i] = node_view(pe, pe->node[i]);
	view->resource =
	    arena_alloc(&pe->arena, (pe->every_count + 1) * sizeof(*view->resource));
	for (size_t i = 0; i < pe->every_count; i++)
		view->resource[i] = resource_view(pe, pe->every[i]);
	view->action =
	    arena_alloc(&pe->arena, (pe->action_count + 1) * sizeof(*view->action));
	for (size_t i = 0; i < pe->action_count; i++)
		view->action[i] = action_view(pe, pe->action[i]);
	view->written =
	    arena_alloc(&pe->arena, (pe->written_count + 1) * sizeof(*view->written));
	for (size_t i = 0; i < pe->written_count; i++)
		view->written[i] = (size_t)pe->written[i]->id - 1;
}

size_t
pe_node_count(const struct pe *pe)
{
	return pe->node_count;
}

const struct pe_node *
pe_node_at(const struct pe *pe, size_t i)
{
	return &pe->view->node[i];
}

size_t
pe_resource_count(const struct pe *pe)
{
	return pe->every_count;
}

const struct pe_resource *
pe_resource_at(const struct pe *pe, size_t i)
{
	return &pe->view->resource[i];
}

size_t
pe_placed_count(const struct pe *pe)
{
	return pe->rsc_count;
}

size_t
pe_placed_at(const struct pe *pe, size_t n)
{
	return pe->rsc[n]->index;
}

size_t
pe_resource_find(const struct pe *pe, const char *id)
{
	const struct rsc *rsc = rsc_find(pe, id);

	return rsc ? rsc->index : PE_NONE;
}

size_t
pe_action_count(const struct pe *pe)
{
	return pe->action_count;
}

const struct pe_action *
pe_action_at(const struct pe *pe, size_t i)
{
	return &pe->view->action[i];
}

size_t
pe_written_count(const struct pe *pe)
{
	return pe->written_count;
}

size_t
pe_written_at(const struct pe *pe, size_t n)
{
	return pe->view->written[n];
}

void
pe_action_attributes(const struct pe *pe, size_t i, struct table *into)
{
	graph_attributes(pe, pe->action[i], into);
}
