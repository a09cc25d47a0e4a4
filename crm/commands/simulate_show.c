/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/simulate_show.h"

#include "crm/common/values.h"
#include "crm/simulate/summary.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
show_block(struct show *show, const char *title, const char *tag)
{
	if (show->kit->result) {
		show->section = xmlNewChild(show->kit->result, NULL, BAD_CAST tag, NULL);
		return;
	}
	if (show->any)
		fputc('\n', show->kit->out);
	if (!show->flat)
		fprintf(show->kit->out, "%s:\n", title);
	show->any = true;
}

void
show_line(struct show *show, const char *format, ...)
{
	va_list ap;

	if (show->kit->result)
		return;
	if (!show->flat)
		fputs("  * ", show->kit->out);
	va_start(ap, format);
	vfprintf(show->kit->out, format, ap);
	va_end(ap);
	fputc('\n', show->kit->out);
}

xmlNode *
show_element(struct show *show, const char *tag, ...)
{
	const char *name, *value;
	va_list ap;

	if (!show->kit->result)
		return NULL;
	xmlNode *xml = xmlNewChild(show->section, NULL, BAD_CAST tag, NULL);

	va_start(ap, tag);
	while ((name = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (value)
			xmlNewProp(xml, BAD_CAST name, BAD_CAST value);
	}
	va_end(ap);
	return xml;
}

/* Scores. */

/* Cuts LINE at the first TEXT: what is behind it, or NULL. */
static char *
cut(char *line, const char *text)
{
	char *at = strstr(line, text);

	if (!at)
		return NULL;
	*at = '\0';
	return at + strlen(text);
}

/* "STEP: RSC allocation score on NODE: SCORE", "RSC promotion score on NODE: SCORE",
 * "STEP: RSC utilization on NODE: k=v k=v" */
static void
score_xml(struct show *show, char *line)
{
	char *rest, *node, *score;

	if ((rest = cut(line, " promotion score on ")) && (score = cut(rest, ": "))) {
		show_element(show, "promotion_score", "id", line, "score", score, "node",
		    strcmp(rest, "none") == 0 ? NULL : rest, NULL);
		return;
	}
	char *id = cut(line, ": ");

	if (id && (node = cut(id, " allocation score on ")) && (score = cut(node, ": ")))
		show_element(show, "node_weight", "function", line, "node", node, "score",
		    score, "id", id, NULL);
	else if (id && (node = cut(id, " utilization on ")) && (score = cut(node, ":"))) {
		xmlNode *xml = show_element(show, "utilization", "resource", id, "node",
		    node, "function", line, NULL);
		char *state = NULL;

		for (char *word = strtok_r(score, " ", &state); word;
		     word = strtok_r(NULL, " ", &state)) {
			char *value = cut(word, "=");

			if (value)
				xmlNewProp(xml, BAD_CAST word, BAD_CAST value);
		}
	}
}

static void
scores_show(struct show *show, const struct pe *pe)
{
	char *text = NULL, *state = NULL;
	size_t size;

	if (!show->kit->result) {
		pe_write_scores(pe, show->kit->out);
		return;
	}
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	pe_write_scores(pe, out);
	fclose(out);
	for (char *line = strtok_r(text, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state))
		score_xml(show, line);
	free(text);
}

static void
capacities_show(struct show *show, const struct pe *pe, const char *when, bool left)
{
	for (size_t i = 0; i < pe_node_count(pe); i++) {
		const struct pe_node *node = pe_node_at(pe, i);
		const struct table *values = left ? node->left : node->capacity;
		xmlNode *xml = show_element(show, "capacity", "comment", when, "node",
		    node->uname, NULL);

		if (!xml)
			fprintf(show->kit->out, "%s: %s capacity:", when, node->uname);
		TABLE_EACH (values, e) {
			const char *value = e->value;

			if (xml)
				xmlNewProp(xml, BAD_CAST e->name, BAD_CAST value);
			else
				fprintf(show->kit->out, " %s=%s", e->name, value);
		}
		if (!xml)
			fputc('\n', show->kit->out);
	}
}

void
show_allocations(struct show *show, const struct pe *pe, bool utilization)
{
	if (show->kit->result)
		show->section =
		    xmlNewChild(show->kit->result, NULL, BAD_CAST "allocations", NULL);
	else if (show->any)
		fputc('\n', show->kit->out);
	if (utilization)
		capacities_show(show, pe, "Original", false);
	scores_show(show, pe);
	if (utilization)
		capacities_show(show, pe, "Remaining", true);
	show->any = true;
}

/* What is going to happen. */

struct columns {
	struct show *show;
	int name, detail; /* widths */
	FILE *log;        /* instead of showing */
};

/* "node1 -> node2", "Unpromoted -> Promoted node2" */
static void
detail_text(const struct sim_change *c, char *text, size_t size)
{
	const char *role = c->role > PE_ROLE_UNKNOWN ? sim_role_text(c->role) : NULL;
	const char *next =
	    c->next_role > PE_ROLE_UNKNOWN ? sim_role_text(c->next_role) : NULL;
	bool two = c->from && c->to;

	if (two && role && next && c->role == c->next_role)
		snprintf(text, size, "%s -> %s %s", c->from, c->to, role);
	else if (two && role && next)
		snprintf(text, size, "%s %s -> %s %s", role, c->from, next, c->to);
	else if (two)
		snprintf(text, size, "%s -> %s", c->from, c->to);
	else if (role && next)
		snprintf(text, size, "%s -> %s %s", role, next,
		    c->from ? c->from : c->to);
	else
		snprintf(text, size, "%s%s%s", role ? role : "", role ? " " : "",
		    c->from ? c->from : c->to);
}

/* Each column is as wide as what came before and what comes needs, and a little more. */
static void
measure(void *data, const struct sim_change *c)
{
	struct columns *columns = data;
	char detail[600];

	if (!c->resource)
		return;
	detail_text(c, detail, sizeof(detail));
	if ((int)strlen(c->resource) > columns->name)
		columns->name = (int)strlen(c->resource) + 2;
	if ((int)strlen(detail) > columns->detail)
		columns->detail = (int)strlen(detail);
}

static void
fence_show(struct show *show, const struct sim_change *c)
{
	char task[64];

	snprintf(task, sizeof(task), "Fence (%s)", c->fencing);
	show_line(show, "%s %s%s%s%s", task, c->to, c->reason ? " '" : "",
	    c->reason ? c->reason : "", c->reason ? "'" : "");
	show_element(show, "node_action", "task", task, "node", c->to, "reason",
	    c->reason, NULL);
}

static void
change_xml(struct show *show, const struct sim_change *c)
{
	char verb[16];
	const char *role = c->role > PE_ROLE_UNKNOWN ? sim_role_text(c->role) : NULL;
	const char *next =
	    c->next_role > PE_ROLE_UNKNOWN ? sim_role_text(c->next_role) : NULL;
	bool same_role = role && next && c->role == c->next_role;

	snprintf(verb, sizeof(verb), "%s", sim_verb_text(c->verb));
	verb[0] = (char)(verb[0] - 'A' + 'a');
	if (c->from && c->to)
		show_element(show, "rsc_action", "action", verb, "resource", c->resource,
		    same_role ? "source" : "role", same_role ? c->from : role,
		    same_role ? "dest" : "source", same_role ? c->to : c->from,
		    same_role ? "role" : "next-role", same_role ? role : next,
		    same_role ? "reason" : "dest", same_role ? c->reason : c->to,
		    same_role ? "blocked" : "reason",
		    same_role ? (c->blocked ? "true" : NULL) : c->reason, NULL);
	else {
		/* What begins or ends has a node, what changes has a source. */
		const char *node = c->verb == SIM_RESTART || c->verb == SIM_RELOAD ||
		                           (role && next && c->from)
		                       ? "source"
		                   : role && next ? "dest"
		                                  : "node";

		show_element(show, "rsc_action", "action", verb, "resource", c->resource,
		    "role", role, "next-role", next, node, c->from ? c->from : c->to,
		    "reason", c->reason, "blocked", c->blocked ? "true" : NULL, NULL);
	}
}

static void
change_show(void *data, const struct sim_change *c)
{
	struct columns *columns = data;
	char detail[600];

	if (!c->resource) {
		fence_show(columns->show, c);
		return;
	}
	detail_text(c, detail, sizeof(detail));
	show_line(columns->show, "%-10s %-*s   ( %*s )%s%s%s", sim_verb_text(c->verb),
	    columns->name, c->resource, columns->detail, detail,
	    c->reason ? "  due to " : "", c->reason ? c->reason : "",
	    !c->blocked ? ""
	    : c->reason ? " (blocked)"
	                : "  blocked");
	if (columns->show->kit->result)
		change_xml(columns->show, c);
}

void
show_summary(struct show *show, const struct pe *pe)
{
	struct columns columns = { .show = show, .name = 5, .detail = 5 };

	show_block(show, "Transition Summary", "actions");
	sim_summary(pe, measure, &columns);
	sim_summary(pe, change_show, &columns);
}

static void
change_log(void *data, const struct sim_change *c)
{
	char detail[600];

	(void)data;
	if (!c->resource) {
		fprintf(stderr, "(LogActions) \tnotice: Fence %s (%s)\n", c->to,
		    c->fencing);
		return;
	}
	detail_text(c, detail, sizeof(detail));
	fprintf(stderr, "(LogActions) \tnotice: %s %s (%s)\n", sim_verb_text(c->verb),
	    c->resource, detail);
}

void
show_log_actions(const struct pe *pe)
{
	sim_summary(pe, change_log, NULL);
}

/* What happens. */

/* Whether a node has recorded R, or what R has, under NAME. */
static bool
is_recorded_as(const struct pe *pe, const struct pe_resource *r, const char *name)
{
	if (r->history_id && strcmp(r->history_id, name) == 0)
		return true;
	for (size_t i = 0; i < r->child_count; i++)
		if (is_recorded_as(pe, pe_resource_at(pe, r->child[i]), name))
			return true;
	return false;
}

/* Instances that are all the same have no numbers where any node has recorded one without. */
static const char *
shown_name(const struct pe *pe, const struct pe_resource *r, char *text, size_t size)
{
	const char *name = r->history_id ? r->history_id : r->id,
	           *number = strrchr(r->id, ':');
	const struct pe_resource *top = r;

	if (pe_profile_of(pe) == PE_H || r->unique || r->number < 0 || !number)
		return name;
	while (top->parent != PE_NONE)
		top = pe_resource_at(pe, top->parent);
	snprintf(text, size, "%.*s", (int)(number - r->id), r->id);
	return is_recorded_as(pe, top, text) ? text : name;
}

static void
resource_show(struct show *show, const struct pe *pe, const struct pe_action *a)
{
	char interval[24] = "", task[80];
	const struct pe_resource *r = pe_resource_at(pe, a->resource);
	char text[256];
	const char *name = shown_name(pe, r, text, sizeof(text));
	const char *node = a->node == PE_NONE ? NULL : pe_node_at(pe, a->node)->uname;

	snprintf(task, sizeof(task), "%s", a->task);
	if (a->interval_ms > 0) {
		snprintf(interval, sizeof(interval), "%lld", (long long)a->interval_ms);
		snprintf(task, sizeof(task), "%s=%s", a->task, interval);
	}
	show_line(show, "Resource action: %-15s %s%s%s", name, task, node ? " on " : "",
	    node ? node : "");
	show_element(show, "rsc_action", "resource", name, "op", a->task, "node", node,
	    "interval", *interval ? interval : NULL, NULL);
}

static void
cluster_show(struct show *show, const struct pe *pe, const struct pe_action *a)
{
	const char *node = a->node == PE_NONE ? NULL : pe_node_at(pe, a->node)->uname,
	           *rsc = a->resource == PE_NONE ? NULL
	                                         : pe_resource_at(pe, a->resource)->id;

	show_line(show, "Cluster action:  %s%s%s%s%s", a->task, rsc ? " for " : "",
	    rsc ? rsc : "", node ? " on " : "", node ? node : "");
	show_element(show, "cluster_action", "task", a->task, "node", node, "id", rsc,
	    NULL);
}

static void
fencing_show(struct show *show, const struct pe *pe, size_t action)
{
	struct arena arena = { 0 };
	struct table params;

	table_init(&params, &arena);
	pe_action_attributes(pe, action, &params);
	const char *how = table_get(&params, "CRM_meta_stonith_action"),
	           *node = pe_node_at(pe, pe_action_at(pe, action)->node)->uname;

	show_line(show, "Fencing %s (%s)", node, how ? how : "reboot");
	show_element(show, "fencing_action", "target", node, "op", how ? how : "reboot",
	    NULL);
	arena_free(&arena);
}

void
show_done(void *data, const struct pe *pe, size_t action, bool failed, int rc)
{
	static const char *const others[] = { "do_shutdown", "clear_failcount",
		"lrm_delete", "lrm_refresh", "probe_complete", "probe_again" };
	const struct pe_action *a = pe_action_at(pe, action);
	struct show *show = data;
	bool cluster = a->resource == PE_NONE;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cluster |= same(a->task, others[i]);
	if (a->pseudo) {
		show_line(show, "Pseudo action:   %s", a->key);
		show_element(show, "pseudo_action", "task", a->key, NULL);
	} else if (a->fencing && a->node != PE_NONE)
		fencing_show(show, pe, action);
	else if (cluster)
		cluster_show(show, pe, a);
	else
		resource_show(show, pe, a);
	if (failed && !show->kit->result)
		fprintf(show->kit->out, "Pretending action %d failed with rc=%d\n", a->id,
		    rc);
}

void
show_counted(void *data, const char *name, const char *value, const char *node_id)
{
	struct show *show = data;

	show_line(show, "Injecting attribute %s=%s into /node_state '%s'", name, value,
	    node_id);
	show_element(show, "inject_attr", "name", name, "value", value, "node_path",
	    "/node_state", "cib_node", node_id, NULL);
}

void
show_left(void *data, const struct pe *pe, size_t action)
{
	struct show *show = data;
	const struct pe_action *a = pe_action_at(pe, action);

	if (show->kit->verbose)
		kit_complain(show->kit, "%s%s%s was not done: something before it failed",
		    a->key, a->node == PE_NONE ? "" : " on ",
		    a->node == PE_NONE ? "" : pe_node_at(pe, a->node)->uname);
}
