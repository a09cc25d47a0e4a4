/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crm_resource -C -R -F --restart --wait: what the cluster's daemons are asked for.  Of a file they can only
 * be told about: it has nobody who would do anything.
 */
#include "crm/commands/resource.h"
#include "crm/common/exits.h"

#include <string.h>

/* The group or clone whose history is cleaned as one. */
static size_t
scope_of(const struct resource_call *call)
{
	size_t resource = call->rsc;

	while (!call->force && pe_resource_at(call->pe, resource)->parent != PE_NONE)
		resource = pe_resource_at(call->pe, resource)->parent;
	return resource;
}

static void
skip_say(struct kit *kit, const struct resource_call *call, size_t resource, size_t node)
{
	kit_error(kit, "Dry run: skipping clean-up of %s on %s due to CIB_file",
	    pe_resource_at(call->pe, resource)->id, pe_node_at(call->pe, node)->uname);
}

/* All nodes that remember it, the last first; or the one that was named. */
static void
skip_tree(struct kit *kit, const struct resource_call *call, size_t resource)
{
	const struct pe_resource *r = pe_resource_at(call->pe, resource);
	bool is_known = false;

	for (size_t i = 0; i < r->child_count; i++)
		skip_tree(kit, call, r->child[i]);
	if (r->variant != PE_PRIMITIVE)
		return;
	if (call->node != PE_NONE) {
		skip_say(kit, call, resource, call->node);
		return;
	}
	for (size_t i = pe_past_count(call->pe); i-- > 0;) {
		struct pe_past past = pe_past_at(call->pe, i);

		if (past.resource != resource)
			continue;
		is_known = true;
		skip_say(kit, call, resource, past.node);
	}
	/* Where nobody has seen it, it is looked for anew everywhere. */
	for (size_t i = is_known ? 0 : pe_node_count(call->pe); i-- > 0;)
		if (pe_node_at(call->pe, i)->online)
			skip_say(kit, call, resource, i);
}

static int
clean(struct kit *kit, struct resource_call *call)
{
	if (call->rsc != PE_NONE) {
		skip_tree(kit, call, scope_of(call));
		/* Who cleans up expects it to run then. */
		if (!kit->result)
			resource_reasons(kit, call, scope_of(call), NULL);
	} else if (!kit->result)
		fprintf(kit->out, "Dry run: skipping clean-up of %s due to CIB_file\n",
		    call->node == PE_NONE ? "all nodes"
		                          : pe_node_at(call->pe, call->node)->uname);
	return 0;
}

int
resource_cluster(struct kit *kit, struct resource_call *call)
{
	switch (call->command) {
	case RSC_CLEANUP:
	case RSC_REFRESH:
		return clean(kit, call);
	case RSC_WAIT:
		return 0; /* a file is at rest */
	default:
		kit_complain(kit,
		    "Error connecting to the controller: Connection refused");
		kit_error_line(kit, "Error performing operation: %s",
		    crm_exit_text(CRM_EX_NOT_CONNECTED));
		return CRM_EX_NOT_CONNECTED;
	}
}
