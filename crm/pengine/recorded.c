/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations as they were done, against operations as they are configured now (spec 8.5, 8.9). */
#include "crm/common/oldoptions.h"
#include "crm/pengine/private.h"

#include <nettle/md5.h>
#include <stdio.h>
#include <stdlib.h>

/* Digests. */

static bool
is_left_out(const struct pe *pe, const char *name, const char *feature_set)
{
	static const char *const always[] = { "id", "crm_feature_set", "op_digest" };

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	if (strncmp(name, "CRM_meta", 8) == 0)
		return true;
	if (pe->profile == PE_P || (feature_set && strcmp(feature_set, "1.0.5") == 0))
		return false;
	return is_old_option(name);
}

static int
by_name(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* P hashes values as it would write them; H as they are. */
static const char *
value_text(struct pe *pe, const char *value)
{
	static const struct {
		char c;
		const char *text;
	} escapes[] = { { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
		{ '\'', "&apos;" }, { '&', "&amp;" }, { '\t', "    " }, { '\n', "\\n" },
		{ '\r', "\\r" } };
	size_t len = 0;

	if (pe->profile == PE_H || !strpbrk(value, "<>\"'&\t\n\r"))
		return value;
	char *text = arena_alloc(&pe->arena, 6 * strlen(value) + 1);

	for (; *value; value++) {
		size_t i = 0, count = sizeof(escapes) / sizeof(escapes[0]);

		while (i < count && escapes[i].c != *value)
			i++;
		if (i == count)
			text[len++] = *value;
		else
			len += (size_t)sprintf(text + len, "%s", escapes[i].text);
	}
	text[len] = '\0';
	return text;
}

const char *
digest_of(struct pe *pe, const struct table *params)
{
	size_t count = 0;
	struct table_entry *sorted =
	    arena_alloc(&pe->arena, (params->entry_count + 1) * sizeof(*sorted));
	struct md5_ctx md5;
	uint8_t sum[MD5_DIGEST_SIZE];
	char *hex = arena_alloc(&pe->arena, 2 * MD5_DIGEST_SIZE + 1);

	TABLE_EACH (params, e)
		sorted[count++] = *e;
	qsort(sorted, count, sizeof(*sorted), by_name);
	md5_init(&md5);
#define PUT(text) md5_update(&md5, strlen(text), (const uint8_t *)(text))
	PUT(" <parameters");
	for (size_t i = 0; i < count; i++) {
		PUT(" ");
		PUT(sorted[i].name);
		PUT("=\"");
		PUT(value_text(pe, sorted[i].value));
		PUT("\"");
	}
	PUT("/>\n");
#undef PUT
	md5_digest(&md5, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
	return hex;
}

void
digest_params(struct pe *pe, struct rsc *rsc, const struct action *action,
    const struct node *node, const xmlNode *xml, struct table *into)
{
	const char *set = xml_get(xml, "crm_feature_set");
	struct table all;
	const char *timeout = NULL;

	table_init(&all, &pe->arena);
	table_init(into, &pe->arena);
	table_merge(&all, &action->extra);
	if (pe->profile == PE_H)
		table_merge(&all, &rsc->params);
	TABLE_EACH (&action->meta, e)
		table_add(&all, arena_printf(&pe->arena, "CRM_meta_%s", e->name),
		    e->value);
	if (pe->profile == PE_P)
		params_read_p(pe, rsc, node, &all);
	else
		sets_read(pe, rsc->xml, "instance_attributes",
		    &(struct rule_input){ .node = node, .rsc = rsc }, &all);
	TABLE_EACH (&all, e) {
		if (strcmp(e->name, "CRM_meta_timeout") == 0)
			timeout = e->value;
		if (!is_left_out(pe, e->name, set))
			table_add(into, e->name, e->value);
	}
	if (timeout && value_int(xml_get(xml, "interval"), 0) > 0 &&
	    (pe->profile == PE_P || !(set && strcmp(set, "1.0.8") == 0)))
		table_add(into, "CRM_meta_timeout", timeout);
}

bool
list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at++)
		if (at > list && at[-1] == ' ' && at[len] == ' ')
			return true;
	return false;
}

const char *
digest_restart(struct pe *pe, const struct table *params, const char *list)
{
	struct table kept;

	table_init(&kept, &pe->arena);
	TABLE_EACH (params, e)
		if (!list || list_has(list, e->name))
			table_add(&kept, e->name, e->value);
	return digest_of(pe, &kept);
}

/* Checking. */

static void
op_check(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *xml)
{
	const char *task = xml_get(xml, "operation");
	int64_t ms = value_int(xml_get(xml, "interval"), 0);
	const char *key = key_of(pe, rsc->id, task, ms);
	const char *old = xml_get(xml, "op_digest"),
	           *old_restart = xml_get(xml, "op_restart_digest");
	bool start = same(task, "start");
	struct action policy = { .key = key, .task = task, .rsc = rsc };
	struct table params;

	table_init(&policy.meta, &pe->arena);
	table_init(&policy.extra, &pe->arena);
	action_policy(pe, rsc, &policy);
	if (policy.op_xml)
		sets_read(pe, policy.op_xml, "instance_attributes",
		    &(struct rule_input){ .node = node }, &policy.extra);
	digest_params(pe, rsc, &policy, node, xml, &params);
	if (start && old_restart) {
		const char *now =
		    digest_restart(pe, &params, xml_get(xml, "op_force_restart"));

		if (!same(now, old_restart)) {
			pe_say(pe, PE_WARNING, false,
			    "Parameters to %s on %s changed: recorded %s vs. %s "
			    "(restart:%s) %s",
			    key, node->uname, now, old_restart,
			    xml_get(xml, "crm_feature_set"),
			    xml_get(xml, "transition_magic"));
			action_make(pe, rsc, key, task, NULL, false);
			return;
		}
	}
	const char *now = digest_of(pe, &params);

	if (same(now, old))
		return;
	pe_say(pe, PE_WARNING, false,
	    "Parameters to %s on %s changed: recorded %s vs. %s (all:%s) %s", key,
	    node->uname, now, old ? old : "none", xml_get(xml, "crm_feature_set"),
	    xml_get(xml, "transition_magic"));
	struct action *action = action_make(pe, rsc, key, task, NULL, false);

	if (start && old_restart)
		action->reload = true;
	else if (ms > 0)
		order(pe, end_task(pe, rsc, "start"), end_action(action), TN);
}

static void
op_cancel(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *xml)
{
	const char *task = xml_get(xml, "operation"),
	           *interval = xml_get(xml, "interval");
	const char *key = key_of(pe, rsc->id, "cancel", value_int(interval, 0));
	struct action *cancel = action_make(pe, rsc, key, "cancel", node, false);

	meta_set(pe, cancel, "operation", task);
	meta_set(pe, cancel, "call_id", xml_get(xml, "call_id"));
	meta_set(pe, cancel, "interval", interval);
	order(pe, end_task(pe, rsc, "stop"), end_action(cancel), OO);
}

bool
is_redefined(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *entry)
{
	static const char *const names[] = { "type", "class", "provider" };
	bool changed = false, in_p = pe->profile == PE_P; /* P minds the case */

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *is = xml_get(rsc->xml, names[i]),
		           *was = xml_get(entry, names[i]);

		bool equal = is && was && (in_p ? strcmp(is, was) == 0 : same(is, was));

		if ((is || was) && !equal) {
			changed = true;
			pe_say(pe, PE_NOTICE, false,
			    "Forcing restart of %s on %s, %s changed: %s -> %s", rsc->id,
			    node->uname, names[i], was ? was : "<null>",
			    is ? is : "<null>");
		}
	}
	return changed;
}

static void
entry_check(struct pe *pe, struct rsc *rsc, struct node *node, const xmlNode *entry)
{
	struct recorded r;

	if (rsc->orphan || !rsc_runs_on(rsc, node))
		return;
	if (is_redefined(pe, rsc, node, entry)) {
		action_rsc(pe, rsc, "stop", node, false);
		rsc->start_pending = true;
		delete_on(pe, rsc, node, false);
	}
	recorded_read(pe, entry, &r);
	if (r.start_index < r.stop_index)
		return;
	for (int i = r.start_index < 0 ? 0 : r.start_index; i < (int)r.op_count; i++) {
		const xmlNode *op = r.op[i];
		const char *task = xml_get(op, "operation");
		int ms = value_int(xml_get(op, "interval"), 0);

		if (!task || !(ms > 0 || same(task, "start") || same(task, "monitor")))
			continue;
		if (ms > 0 && !op_find(pe, rsc, key_of(pe, rsc->id, task, ms))) {
			if (pe->opt.stop_orphan_actions)
				op_cancel(pe, rsc, node, op);
			continue;
		}
		op_check(pe, rsc, node, op);
	}
}

void
recorded_check(struct pe *pe)
{
	XML_EACH (xml_child(pe->cib, "status"), "node_state", state) {
		struct node *node = node_by_id(pe, xml_get(state, "id"));

		if (!node || !node_can_run(node))
			continue;
		XML_EACH (xml_child(xml_child(state, "lrm"), "lrm_resources"),
		    "lrm_resource", entry) {
			const char *id = xml_get(entry, "id");
			struct rsc *rsc = id && xml_first(entry->children, NULL)
			                      ? rsc_find_recorded(pe, id)
			                      : NULL;

			if (rsc)
				entry_check(pe, rsc, node, entry);
		}
	}
}
