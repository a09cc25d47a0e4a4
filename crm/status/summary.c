/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster as a whole (spec 4.2, 4.3). */
#include "crm/status/private.h"

#include <string.h>

static const char *
option(const struct status *s, const char *name)
{
	return table_get(s->cluster.options, name);
}

static bool
option_is(const struct status *s, const char *name)
{
	return value_is_true(option(s, name));
}

static const struct pe_node *
dc_find(const struct status *s)
{
	for (size_t i = 0; i < pe_node_count(s->pe); i++)
		if (node_at(s, i)->is_dc)
			return node_at(s, i);
	return NULL;
}

static const char *
dc_version(const struct status *s)
{
	return option(s, "dc-version");
}

/* Whether nodes of several versions are members. */
static bool
versions_differ(const struct status *s)
{
	const char *first = NULL;

	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);
		const char *version = table_get(n->attrs, "#feature-set");

		if (!n->online)
			continue;
		if (first && version && strcmp(first, version) != 0)
			return true;
		if (version)
			first = version;
	}
	return false;
}

static void
dc_show(const struct status *s, struct page *page)
{
	const struct pe_node *dc = dc_find(s);
	const char *version = dc_version(s);

	if (!dc) {
		page_parts(page,
		    (struct page_part[]){ { "bold", "Current DC: " },
		        { page->out ? NULL : "warning", "NONE" }, { NULL, NULL } });
		return;
	}
	page_parts(page,
	    (struct page_part[]){ { "bold", "Current DC: " },
	        { NULL, arena_printf(s->arena, "%s (version %s) -", node_name(s, dc),
	                    version ? version : "unknown") },
	        { versions_differ(s) ? "warning" : NULL,
	            versions_differ(s) ? " MIXED-VERSION" : "" },
	        { NULL, " partition" },
	        { s->cluster.have_quorum ? NULL : "warning",
	            s->cluster.have_quorum ? " with" : " WITHOUT" },
	        { NULL, " quorum" }, { NULL, NULL } });
}

static void
times_show(const struct status *s, struct page *page)
{
	const char *written = get(s->cib, "cib-last-written");
	const char *user = get(s->cib, "update-user"),
	           *client = get(s->cib, "update-client"),
	           *origin = get(s->cib, "update-origin");
	char now[32];
	struct text t;

	page_parts(page,
	    (struct page_part[]){ { "bold", "Last updated: " },
	        { NULL, status_time_text(s->how.now, now) }, { NULL, NULL } });
	text_begin(&t);
	fputs(written ? written : "", t.to);
	if (user && *user)
		fprintf(t.to, " by %s", user);
	if (client && *client)
		fprintf(t.to, " via %s", client);
	if (origin && *origin)
		fprintf(t.to, " on %s", origin);
	/* Two blanks: scripts have split there for long. */
	page_parts(page, (struct page_part[]){ { "bold", "Last change: " },
	                     { NULL, arena_printf(s->arena, "%s%s", page->out ? " " : "",
	                                 text_end(s, &t)) },
	                     { NULL, NULL } });
}

static const char *
plural(const struct status *s, size_t count, const char *what)
{
	return arena_printf(s->arena, "%zu %s%s configured", count, what,
	    count == 1 ? "" : "s");
}

static void
counts_show(const struct status *s, struct page *page)
{
	struct status_counts c = status_counts(s);
	struct page_part part[10];
	size_t n = 0;

	page_parts(page,
	    (struct page_part[]){ { NULL, plural(s, c.nodes, "node") }, { NULL, NULL } });
	part[n++] = (struct page_part){ NULL,
		arena_printf(s->arena, "%s%s",
		    plural(s, c.resources, "resource instance"),
		    c.disabled  ? arena_printf(s->arena, " (%zu ", c.disabled)
		    : c.blocked ? arena_printf(s->arena, " (%zu ", c.blocked)
		                : "") };
	if (c.disabled)
		part[n++] = (struct page_part){ "bold", "DISABLED" };
	if (c.disabled && c.blocked)
		part[n++] = (struct page_part){ NULL,
			arena_printf(s->arena, ", %zu ", c.blocked) };
	if (c.blocked)
		part[n++] = (struct page_part){ "bold", "BLOCKED" };
	if (c.blocked)
		part[n++] =
		    (struct page_part){ NULL, " from further action due to failure)" };
	else if (c.disabled)
		part[n++] = (struct page_part){ NULL, ")" };
	part[n] = (struct page_part){ NULL, NULL };
	page_parts(page, part);
}

static const char *
policy_text(enum pe_no_quorum policy)
{
	static const char *const texts[] = {
		[PE_NO_QUORUM_STOP] = "Stop ALL resources",
		[PE_NO_QUORUM_FREEZE] = "Freeze resources",
		[PE_NO_QUORUM_IGNORE] = "Ignore",
		[PE_NO_QUORUM_DEMOTE] =
		    "Demote promotable resources and stop all other resources",
		[PE_NO_QUORUM_SUICIDE] = "Suicide",
	};

	return texts[policy];
}

static void
options_show(const struct status *s, struct page *page)
{
	page_item(page, NULL, "STONITH of failed nodes %s",
	    s->cluster.stonith ? "enabled" : "disabled");
	page_item(page, NULL, "Cluster is %s",
	    s->cluster.symmetric ? "symmetric" : "asymmetric");
	page_item(page, NULL, "No quorum policy: %s", policy_text(s->cluster.no_quorum));
}

void
summary_show(const struct status *s, struct page *page)
{
	const char *stack = option(s, "cluster-infrastructure");

	if (!(s->how.sections & (STATUS_SUMMARY | STATUS_OPTIONS)))
		return;
	page_gap(page);
	page_begin(page, "Cluster Summary");
	if (s->how.sections & STATUS_STACK)
		page_parts(page,
		    (struct page_part[]){ { "bold", "Stack: " },
		        { NULL, stack ? stack : "unknown" }, { NULL, NULL } });
	if (s->how.sections & STATUS_DC)
		dc_show(s, page);
	if (s->how.sections & STATUS_TIMES)
		times_show(s, page);
	if (s->how.sections & STATUS_COUNTS)
		counts_show(s, page);
	if (s->how.sections & STATUS_OPTIONS)
		options_show(s, page);
	page_end(page);
}

const char *const status_maintenance_text[2] = {
	"              *** Resource management is DISABLED ***",
	"  The cluster will not attempt to start, stop or recover services",
};

void
maintenance_show(const struct status *s, struct page *page)
{
	if (!s->cluster.maintenance_mode && !s->cluster.stop_all)
		return;
	page_gap(page);
	if (s->cluster.maintenance_mode) {
		page_line(page, status_maintenance_text[0]);
		page_line(page, status_maintenance_text[1]);
	} else {
		page_line(page, "    *** Resource management is DISABLED ***");
		page_line(page, "  The cluster will keep all resources stopped");
	}
}

/* XML. */

static void
dc_xml(const struct status *s, xmlNode *parent)
{
	const struct pe_node *dc = dc_find(s);
	const char *version = dc_version(s);
	xmlNode *xml = element(parent, "current_dc");

	attribute_put(xml, "present", "%s", yes_no(dc));
	if (!dc)
		return;
	attribute_put(xml, "version", "%s", version ? version : "");
	attribute_put(xml, "name", "%s", dc->uname);
	attribute_put(xml, "id", "%s", dc->id);
	attribute_put(xml, "with_quorum", "%s", yes_no(s->cluster.have_quorum));
	attribute_put(xml, "mixed_version", "%s", yes_no(versions_differ(s)));
}

static void
times_xml(const struct status *s, xmlNode *parent)
{
	static const char *const names[][2] = { { "time", "cib-last-written" },
		{ "user", "update-user" }, { "client", "update-client" },
		{ "origin", "update-origin" } };
	char now[32];
	xmlNode *xml;

	attribute_put(element(parent, "last_update"), "time", "%s",
	    status_time_text(s->how.now, now));
	xml = element(parent, "last_change");
	for (size_t i = 0; i < 4; i++) {
		const char *value = get(s->cib, names[i][1]);

		attribute_put(xml, names[i][0], "%s", value ? value : "");
	}
}

static void
options_xml(const struct status *s, xmlNode *parent)
{
	static const char *const policies[] = { [PE_NO_QUORUM_STOP] = "stop",
		[PE_NO_QUORUM_FREEZE] = "freeze",
		[PE_NO_QUORUM_IGNORE] = "ignore",
		[PE_NO_QUORUM_DEMOTE] = "demote",
		[PE_NO_QUORUM_SUICIDE] = "suicide" };
	xmlNode *xml = element(parent, "cluster_options");
	const char *timeout = option(s, "stonith-timeout");
	int64_t timeout_ms = timeout ? value_interval_ms(timeout) : 60000;

	attribute_put(xml, "stonith-enabled", "%s", yes_no(s->cluster.stonith));
	attribute_put(xml, "symmetric-cluster", "%s", yes_no(s->cluster.symmetric));
	attribute_put(xml, "no-quorum-policy", "%s", policies[s->cluster.no_quorum]);
	attribute_put(xml, "maintenance-mode", "%s",
	    yes_no(option_is(s, "maintenance-mode")));
	attribute_put(xml, "stop-all-resources", "%s",
	    yes_no(option_is(s, "stop-all-resources")));
	attribute_put(xml, "stonith-timeout-ms", "%lld", (long long)timeout_ms);
	attribute_put(xml, "priority-fencing-delay-ms", "%lld",
	    (long long)value_interval_ms(option(s, "priority-fencing-delay")));
}

void
summary_xml(const struct status *s, xmlNode *parent)
{
	struct status_counts c = status_counts(s);
	const char *stack = option(s, "cluster-infrastructure");
	xmlNode *summary, *xml;

	if (!(s->how.sections & (STATUS_SUMMARY | STATUS_OPTIONS)))
		return;
	summary = element(parent, "summary");
	if (s->how.sections & STATUS_STACK)
		attribute_put(element(summary, "stack"), "type", "%s",
		    stack ? stack : "unknown");
	if (s->how.sections & STATUS_DC)
		dc_xml(s, summary);
	if (s->how.sections & STATUS_TIMES)
		times_xml(s, summary);
	if (s->how.sections & STATUS_COUNTS) {
		attribute_put(element(summary, "nodes_configured"), "number", "%zu",
		    c.nodes);
		xml = element(summary, "resources_configured");
		attribute_put(xml, "number", "%zu", c.resources);
		attribute_put(xml, "disabled", "%zu", c.disabled);
		attribute_put(xml, "blocked", "%zu", c.blocked);
	}
	if (s->how.sections & STATUS_OPTIONS)
		options_xml(s, summary);
}

/* The line for monitoring programs. */

struct tally {
	size_t online, standby, maintenance;
	struct text offline;
	size_t offline_count;
};

static void
tally_nodes(const struct status *s, struct tally *t)
{
	text_begin(&t->offline);
	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);

		if (n->standby && n->online)
			t->standby++;
		else if (n->maintenance && n->online)
			t->maintenance++;
		else if (n->online)
			t->online++;
		else
			fprintf(t->offline.to, "%soffline node: %s",
			    t->offline_count++ ? " " : "", n->uname);
	}
}

bool
status_line(const struct status *s, FILE *out)
{
	struct tally t = { 0 };
	struct status_counts c = status_counts(s);
	bool dc = dc_find(s);
	const char *offline;

	tally_nodes(s, &t);
	offline = text_end(s, &t.offline);
	if (!dc || t.offline_count) {
		fprintf(out, "CLUSTER WARN: %s%s%s\n", dc ? "" : "No DC",
		    !dc && *offline ? ", " : "", offline);
		return false;
	}
	fprintf(out, "CLUSTER OK: %zu node%s online", t.online, t.online == 1 ? "" : "s");
	if (t.standby)
		fprintf(out, ", %zu standby node%s", t.standby,
		    t.standby == 1 ? "" : "s");
	if (t.maintenance)
		fprintf(out, ", %zu maintenance node%s", t.maintenance,
		    t.maintenance == 1 ? "" : "s");
	fprintf(out, ", %zu resource instance%s configured\n", c.resources,
	    c.resources == 1 ? "" : "s");
	return true;
}

bool
status_line_classic(const struct status *s, FILE *out)
{
	struct tally t = { 0 };
	bool dc = dc_find(s);
	const char *offline;
	size_t resources = 0;

	tally_nodes(s, &t);
	offline = text_end(s, &t.offline);
	if (!dc || t.offline_count) {
		fprintf(out, "Warning:%s%s%s\n", dc ? "" : "No DC ", *offline ? "," : "",
		    offline);
		return false;
	}
	for (size_t i = 0; i < pe_resource_count(s->pe); i++)
		resources += rsc_at(s, i)->parent == PE_NONE && !rsc_at(s, i)->orphan;
	fprintf(out, "Ok: %zu nodes online", t.online);
	if (t.standby)
		fprintf(out, ", %zu standby nodes", t.standby);
	fprintf(out, ", %zu resources configured\n", resources);
	return true;
}
