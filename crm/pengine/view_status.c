/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a computation found that is shown to people and used for nothing else: options, failures, constraints. */
#include "crm/pengine/private.h"
#include "crm/pengine/view.h"

void
failure_note(struct pe *pe, const struct rsc *rsc, const struct node *node,
    const xmlNode *op, bool absent)
{
	const char *key = xml_get(op, "operation_key");

	if (!node->online)
		return; /* that it is away is what matters */
	if (!pe->failure_keys.arena)
		table_init(&pe->failure_keys, &pe->arena);
	/* Its own entry and that of the last failure are the same to people. */
	if (table_add(&pe->failure_keys,
	        arena_printf(&pe->arena, "%zu %s", node->index,
	            key ? key : xml_get(op, "id")),
	        op))
		ARENA_PUSH(&pe->arena, pe, failure,
		    ((struct failure){ op, rsc, node, absent }));
}

size_t
recorded_current(const struct recorded *recorded)
{
	if (recorded->start_index < recorded->stop_index)
		return recorded->op_count;
	return recorded->start_index < 0 ? 0 : (size_t)recorded->start_index;
}

size_t
pe_failure_count(const struct pe *pe)
{
	return pe->failure_count;
}

struct pe_failure
pe_failure_at(const struct pe *pe, size_t i)
{
	const struct failure *f = &pe->failure[i];

	return (struct pe_failure){ f->op, f->rsc->index, f->node->index, f->absent };
}

size_t
pe_past_count(const struct pe *pe)
{
	return pe->past_count;
}

struct pe_past
pe_past_at(const struct pe *pe, size_t i)
{
	const struct past *p = &pe->past[i];

	return (struct pe_past){ p->entry, p->op, p->op_count, p->current, p->rsc->index,
		p->node->index };
}

void
pe_resource_parameters(const struct pe *pe, size_t resource, size_t node,
    struct table *into)
{
	struct rsc *rsc = pe->every[resource];
	const struct node *where = node == PE_NONE ? NULL : pe->node[node];
	/* Reading takes memory of the computation, and changes nothing else. */
	struct pe *reader = (struct pe *)(uintptr_t)pe;

	if (pe->profile == PE_P)
		params_read_p(reader, rsc, where, into);
	else
		sets_read(reader, rsc->xml, "instance_attributes",
		    &(struct rule_input){ .node = where, .rsc = rsc }, into);
}

struct pe_cluster
pe_cluster_of(const struct pe *pe)
{
	return (struct pe_cluster){
		.have_quorum = pe->have_quorum,
		.symmetric = pe->opt.symmetric,
		.stonith = pe->opt.stonith,
		.maintenance_mode = pe->opt.maintenance_mode,
		.stop_all = pe->opt.stop_all,
		.no_quorum = (enum pe_no_quorum)pe->opt.no_quorum,
		.options = &pe->options,
	};
}

bool
pe_resource_allowed(const struct pe *pe, size_t resource, size_t node)
{
	const struct rsc *rsc = pe->every[resource];

	if (pe->profile == PE_P && !pe->opt.symmetric)
		return rsc->known[node];
	return weights_find(&rsc->allowed, pe->node[node]) != NULL;
}

void
pe_locations(const struct pe *pe,
    void (*each)(const struct pe_location *location, void *data), void *data)
{
	for (size_t i = pe->location_count; i-- > 0;) {
		const struct location *l = pe->location[i];

		if (l->implied)
			continue;
		for (size_t j = 0; j < l->entry_count; j++) {
			size_t n = l->last_first ? l->entry_count - 1 - j : j;
			struct pe_location view = {
				.id = l->id,
				.role = (enum pe_role)l->role,
				.resource = l->rsc->index,
				.node = l->entry[n].node->index,
				.score = l->entry[n].score,
			};

			each(&view, data);
		}
	}
}

void
pe_colocations(const struct pe *pe, size_t resource, bool as_dependent,
    void (*each)(const struct pe_colocation *colocation, void *data), void *data)
{
	const struct rsc *rsc = pe->every[resource];
	struct colocation *const *list = as_dependent ? rsc->with : rsc->with_me;
	size_t count = as_dependent ? rsc->with_count : rsc->with_me_count;

	for (size_t i = 0; i < count; i++) {
		struct pe_colocation view = {
			.id = list[i]->id,
			.dependent = list[i]->dependent->index,
			.primary = list[i]->primary->index,
			.dependent_role = (enum pe_role)list[i]->dependent_role,
			.primary_role = (enum pe_role)list[i]->primary_role,
			.score = list[i]->score,
		};

		each(&view, data);
	}
}

int
pe_resource_fail_count(const struct pe *pe, size_t resource, size_t node, int64_t *last)
{
	return fail_count_recorded((struct pe *)(uintptr_t)pe, pe->every[resource],
	    pe->node[node], last);
}
