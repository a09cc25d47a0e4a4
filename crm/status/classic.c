/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As heartbeat 2 printed it (spec 4.5): scripts look for "Current DC:" and "Node: NAME (UUID): STATE". */
#include "crm/status/private.h"

#include <string.h>

static const char *
role_word(enum pe_role role)
{
	return role == PE_ROLE_PROMOTED     ? "Master"
	       : role == PE_ROLE_UNPROMOTED ? "Slave"
	       : role == PE_ROLE_STARTED    ? "Started"
	                                    : "Stopped";
}

static void
head_print(const struct status *s, FILE *out)
{
	const struct pe_node *dc = NULL;
	size_t resources = 0;
	char now[32];

	for (size_t i = 0; i < pe_node_count(s->pe); i++)
		if (node_at(s, i)->is_dc)
			dc = node_at(s, i);
	for (size_t i = 0; i < pe_resource_count(s->pe); i++)
		resources += rsc_at(s, i)->parent == PE_NONE && !rsc_at(s, i)->orphan;
	fprintf(out, "\n\n============\nLast updated: %s\n",
	    status_time_text(s->how.now, now));
	if (dc)
		fprintf(out, "Current DC: %s (%s)\n", dc->uname, dc->id);
	else
		fputs("Current DC: NONE\n", out);
	fprintf(out, "%zu Nodes configured.\n%zu Resources configured.\n============\n\n",
	    pe_node_count(s->pe), resources);
}

static void
line_print(const struct status *s, FILE *out, const char *indent, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	fprintf(out, "%s%s\t(%s%s%s:%s)%s:\t%s", indent, r->id,
	    r->provider ? r->provider : "", r->provider ? "::" : "",
	    r->class ? r->class : "", r->type ? r->type : "",
	    r->orphan ? " ORPHANED" : "", role_word(r->role));
	if (r->running_count == 1)
		fprintf(out, " %s", node_at(s, r->running[0])->uname);
	fprintf(out, "%s%s", r->managed ? "" : " (unmanaged)",
	    r->failed ? " FAILED" : "");
	if (r->running_count > 1) {
		fputs("\t[", out);
		for (size_t i = 0; i < r->running_count; i++)
			fprintf(out, "\t%s", node_at(s, r->running[i])->uname);
		fputs(" ]", out);
	}
	fputc('\n', out);
}

static void
tree_print(const struct status *s, FILE *out, unsigned depth, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	const char *indent = arena_printf(s->arena, "%*s", (int)depth * 4, "");

	if (!s->resource_shown[resource])
		return;
	if (r->variant == PE_PRIMITIVE) {
		line_print(s, out, indent, resource);
		return;
	}
	fprintf(out, "%s%s: %s\n", indent,
	    r->variant == PE_GROUP ? "Resource Group"
	    : r->promotable        ? "Master/Slave Set"
	                           : "Clone Set",
	    r->id);
	for (size_t i = 0; i < r->child_count; i++)
		if (!rsc_at(s, r->child[i])->orphan || rsc_active(s, r->child[i], false))
			tree_print(s, out, depth + 1, r->child[i]);
}

static void
nodes_print(const struct status *s, FILE *out)
{
	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);

		if (!s->node_shown[i])
			continue;
		fprintf(out, "Node: %s (%s): %s\n", n->uname, n->id,
		    !n->online   ? "OFFLINE"
		    : n->standby ? "standby"
		                 : "online");
		if (!shows(s, STATUS_BY_NODE))
			continue;
		for (size_t j = 0; j < n->resource_count; j++)
			if (s->resource_shown[n->running[j]])
				line_print(s, out, "\t", n->running[j]);
	}
}

static void
resources_print(const struct status *s, FILE *out)
{
	bool inactive = shows(s, STATUS_INACTIVE), by_node = shows(s, STATUS_BY_NODE);

	if (by_node && !inactive)
		return;
	if (inactive)
		fprintf(out, "\n%s:\n",
		    by_node ? "Inactive resources" : "Full list of resources");
	fputc('\n', out);
	for (size_t i = 0; i < pe_resource_count(s->pe); i++) {
		bool all = rsc_active(s, i, true), any = rsc_active(s, i, false);

		if (rsc_at(s, i)->parent != PE_NONE || (rsc_at(s, i)->orphan && !any))
			continue;
		if (by_node ? !all : any || inactive)
			tree_print(s, out, 0, i);
	}
}

static void
failures_print(const struct status *s, FILE *out)
{
	if (pe_failure_count(s->pe))
		fputs("\nFailed actions:\n", out);
	for (size_t i = 0; i < pe_failure_count(s->pe); i++) {
		struct pe_failure f = pe_failure_at(s->pe, i);
		const char *call = get(f.op, "call_id"), *rc = get(f.op, "rc_code");
		const char *state = get(f.op, "op_status");

		call = call ? call : get(f.op, "call-id");
		rc = rc ? rc : get(f.op, "rc-code");
		state = state ? state : get(f.op, "op-status");
		fprintf(out, "    %s (node=%s, call=%s, rc=%s): %s\n",
		    get(f.op, "id") ? get(f.op, "id") : "", node_at(s, f.node)->uname,
		    call ? call : "-1", rc ? rc : "0",
		    status_op_text((int)number(state, 0)));
	}
}

void
status_classic(const struct status *s, FILE *out)
{
	if (s->how.sections & STATUS_SUMMARY)
		head_print(s, out);
	if (s->how.sections & STATUS_NODES)
		nodes_print(s, out);
	if (s->how.sections & STATUS_RESOURCES)
		resources_print(s, out);
	if (s->how.sections & STATUS_FAILURES)
		failures_print(s, out);
}
