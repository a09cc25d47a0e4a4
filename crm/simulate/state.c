/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status section as daemons write it (spec/cib.md 7, crmd.md 8 and 9), in either dialect.
 * What a plan touches is found in tables, which are made the first time that a node is asked for.
 */
#include "crm/simulate/private.h"

#include "crm/cib/path.h"
#include "crm/common/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
put(xmlNode *xml, const char *name, const char *value)
{
	if (value)
		xmlNewProp(xml, (const xmlChar *)name, (const xmlChar *)value);
}

static void
set(xmlNode *xml, const char *name, const char *value)
{
	xmlSetProp(xml, (const xmlChar *)name, (const xmlChar *)value);
}

static xmlNode *
child_make(xmlNode *parent, const char *tag)
{
	return xmlNewChild(parent, NULL, (const xmlChar *)tag, NULL);
}

static xmlNode *
child_get(xmlNode *parent, const char *tag)
{
	xmlNode *child = cib_child_find(parent, tag);

	return child ? child : child_make(parent, tag);
}

static void
child_remove(xmlNode *parent, const char *tag)
{
	xmlNode *child = cib_child_find(parent, tag);

	if (!child)
		return;
	xmlUnlinkNode(child);
	xmlFreeNode(child);
}

/* Nodes. */

static struct sim_node *
node_note(struct sim_state *state, xmlNode *xml)
{
	const char *id = cib_attr(xml, "id"), *uname = cib_attr(xml, "uname");
	struct sim_node *node = ARENA_NEW(&state->arena, struct sim_node);

	node->xml = xml;
	node->id = arena_strdup(&state->arena, id ? id : "");
	table_init(&node->resources, &state->arena);
	if (id)
		table_add(&state->by_id, node->id, node);
	if (uname)
		table_add(&state->by_uname, arena_strdup(&state->arena, uname), node);
	return node;
}

bool
state_open(struct sim_state *state, xmlDoc *doc, bool in_h, int64_t now, struct err *err)
{
	*state = (struct sim_state){ .doc = doc, .in_h = in_h, .now = now };
	state->cib = doc ? xmlDocGetRootElement(doc) : NULL;
	table_init(&state->by_id, &state->arena);
	table_init(&state->by_uname, &state->arena);
	if (!state->cib || strcmp((const char *)state->cib->name, "cib") != 0) {
		err_set(err, -EINVAL, "the document is no CIB");
		return false;
	}
	state->status = child_get(state->cib, "status");
	for (xmlNode *xml = cib_child_first(state->status); xml;
	     xml = cib_child_next(xml))
		if (strcmp((const char *)xml->name, "node_state") == 0)
			node_note(state, xml);
	return true;
}

void
state_close(struct sim_state *state)
{
	arena_free(&state->arena);
}

struct sim_node *
state_node(struct sim_state *state, const char *uname)
{
	return (struct sim_node *)(uintptr_t)table_find(&state->by_uname, uname);
}

struct sim_node *
state_node_get(struct sim_state *state, const char *id, const char *uname)
{
	const void *found = table_find(&state->by_id, id);

	if (found)
		return (struct sim_node *)(uintptr_t)found;
	xmlNode *xml = child_make(state->status, "node_state");

	put(xml, "id", id);
	put(xml, "uname", uname);
	return node_note(state, xml);
}

void
state_node_put(struct sim_node *node, const char *const values[][2])
{
	for (size_t i = 0; values[i][0]; i++)
		set(node->xml, values[i][0], values[i][1]);
	set(node->xml, "crm-debug-origin", "crm_simulate");
}

void
state_node_forget(struct sim_state *state, struct sim_node *node)
{
	child_remove(node->xml, "lrm");
	child_remove(node->xml, "transient_attributes");
	table_init(&node->resources, &state->arena);
	node->read = true;
}

/* Histories. */

static struct sim_history *
history_note(struct sim_state *state, struct sim_node *node, xmlNode *xml)
{
	struct sim_history *history = ARENA_NEW(&state->arena, struct sim_history);
	const char *id = cib_attr(xml, "id");

	history->xml = xml;
	table_init(&history->op, &state->arena);
	for (xmlNode *op = cib_child_first(xml); op; op = cib_child_next(op)) {
		const char *name = cib_attr(op, "id"),
		           *call = cib_attr(op, state->in_h ? "call_id" : "call-id");
		int number = value_int(call, 0);

		if (name)
			table_set(&history->op, arena_strdup(&state->arena, name), op);
		if (number > history->call)
			history->call = number;
	}
	if (id)
		table_set(&node->resources, arena_strdup(&state->arena, id), history);
	return history;
}

struct sim_history *
state_history(struct sim_state *state, struct sim_node *node, const char *resource)
{
	if (!node->read) {
		xmlNode *lrm = cib_child_find(node->xml, "lrm");
		xmlNode *list = lrm ? cib_child_find(lrm, "lrm_resources") : NULL;

		node->read = true;
		for (xmlNode *xml = list ? cib_child_first(list) : NULL; xml;
		     xml = cib_child_next(xml))
			history_note(state, node, xml);
	}
	return (struct sim_history *)(uintptr_t)table_find(&node->resources, resource);
}

static struct sim_history *
state_history_get(struct sim_state *state, struct sim_node *node,
    const struct sim_record *record)
{
	struct sim_history *history = state_history(state, node, record->resource);

	if (history)
		return history;
	xmlNode *lrm = cib_child_find(node->xml, "lrm");

	if (!lrm) {
		lrm = child_make(node->xml, "lrm");
		put(lrm, "id", node->id);
	}
	xmlNode *xml = child_make(child_get(lrm, "lrm_resources"), "lrm_resource");

	put(xml, "id", record->resource);
	put(xml, "class", record->class);
	put(xml, "provider", record->provider);
	put(xml, "type", record->type);
	return history_note(state, node, xml);
}

void
state_history_remove(struct sim_state *state, struct sim_node *node, const char *resource)
{
	struct sim_history *history = state_history(state, node, resource);

	if (!history)
		return;
	xmlUnlinkNode(history->xml);
	xmlFreeNode(history->xml);
	table_set(&node->resources, resource, NULL);
}

static const char *
number(struct sim_state *state, int64_t value)
{
	return arena_printf(&state->arena, "%lld", (long long)value);
}

static void
put_h(struct sim_state *state, xmlNode *op, const struct sim_record *r, int call)
{
	const char *key = arena_printf(&state->arena,
	    "%d:0:00000000-0000-0000-0000-000000000000", call);

	put(op, "operation", r->task);
	put(op, "crm-debug-origin", "ptest");
	put(op, "crm_feature_set", "2.0");
	put(op, "transition_key", key);
	put(op, "transition_magic",
	    arena_printf(&state->arena, "%d:%d;%s", r->rc == r->target_rc ? 0 : 4, r->rc,
	        key));
	put(op, "call_id", number(state, call));
	put(op, "rc_code", number(state, r->rc));
	put(op, "op_status", r->rc == r->target_rc ? "0" : "4");
	put(op, "interval", number(state, r->interval_ms));
	put(op, "op_digest", r->digest);
}

static void
put_p(struct sim_state *state, xmlNode *op, const struct sim_record *r, int call)
{
	const char *key = arena_printf(&state->arena,
	    "%d:-1:%d:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", call, r->target_rc);
	const char *set = cib_attr(state->cib, "crm_feature_set");

	put(op, "operation_key", r->key);
	put(op, "operation", r->task);
	put(op, "crm-debug-origin", "crm_simulate");
	put(op, "crm_feature_set", set ? set : "3.16.1");
	put(op, "transition-key", key);
	put(op, "transition-magic", arena_printf(&state->arena, "0:%d;%s", r->rc, key));
	put(op, "exit-reason", r->reason ? r->reason : "");
	put(op, "on_node", r->node_name);
	put(op, "call-id", number(state, call));
	put(op, "rc-code", number(state, r->rc));
	put(op, "op-status", "0");
	put(op, "interval", number(state, r->interval_ms));
	put(op, "last-rc-change", number(state, state->now));
	put(op, "exec-time", "0");
	put(op, "queue-time", "0");
	put(op, "migrate_source", r->migrate_source);
	put(op, "migrate_target", r->migrate_target);
	put(op, "op-digest", r->digest);
}

/* What an agent said about its parameters is still true. */
static void
keep(const xmlNode *old, xmlNode *op, const char *name)
{
	const char *value = cib_attr(old, name);

	if (value)
		put(op, name, value);
}

void
state_record(struct sim_state *state, struct sim_node *node, const struct sim_record *r)
{
	struct sim_history *history = state_history_get(state, node, r);
	xmlNode *old = (xmlNode *)(uintptr_t)table_find(&history->op, r->id);
	xmlNode *op =
	    xmlNewDocNode(state->doc, NULL, (const xmlChar *)"lrm_rsc_op", NULL);
	int call = r->call ? r->call : history->call + 1;

	put(op, "id", r->id);
	if (state->in_h)
		put_h(state, op, r, call);
	else
		put_p(state, op, r, call);
	if (old) {
		keep(old, op, state->in_h ? "op_force_restart" : "op-force-restart");
		keep(old, op, state->in_h ? "op_restart_digest" : "op-restart-digest");
		xmlReplaceNode(old, op);
		xmlFreeNode(old);
	} else
		xmlAddChild(history->xml, op);
	if (call > history->call)
		history->call = call;
	table_set(&history->op, arena_strdup(&state->arena, r->id), op);
}

static bool
is_meant(const struct table_entry *e, const char *key)
{
	const xmlNode *op = e->value;
	const char *own = cib_attr(op, "operation_key");

	if (!key)
		return value_int(cib_attr(op, "interval"), 0) > 0 &&
		       !strstr(e->name, "_last_failure_");
	return strcmp(e->name, key) == 0 || (own && strcmp(own, key) == 0);
}

void
state_record_remove(struct sim_history *history, const char *key)
{
	TABLE_EACH (&history->op, e) {
		xmlNode *op = (xmlNode *)(uintptr_t)e->value;

		if (!is_meant(e, key))
			continue;
		xmlUnlinkNode(op);
		xmlFreeNode(op);
		table_set(&history->op, e->name, NULL);
	}
}

/* Transient attributes. */

static xmlNode *
attributes_of(struct sim_state *state, struct sim_node *node, bool make)
{
	xmlNode *transient = cib_child_find(node->xml, "transient_attributes");

	if (!transient && !make)
		return NULL;
	if (!transient) {
		transient = child_make(node->xml, "transient_attributes");
		put(transient, "id", node->id);
	}
	xmlNode *set_xml = cib_child_find(transient, "instance_attributes");

	if (!set_xml && !make)
		return NULL;
	if (!set_xml) {
		set_xml = child_make(transient, "instance_attributes");
		put(set_xml, "id", arena_printf(&state->arena, "status-%s", node->id));
	}
	if (!state->in_h)
		return set_xml;
	return make ? child_get(set_xml, "attributes")
	            : cib_child_find(set_xml, "attributes");
}

static xmlNode *
attribute_find(xmlNode *list, const char *name)
{
	for (xmlNode *xml = list ? cib_child_first(list) : NULL; xml;
	     xml = cib_child_next(xml)) {
		const char *is = cib_attr(xml, "name");

		if (is && strcmp(is, name) == 0)
			return xml;
	}
	return NULL;
}

/* What an id may not have becomes a dot. */
static const char *
id_of(struct sim_state *state, const char *node, const char *name)
{
	char *id = arena_printf(&state->arena, "status-%s-%s", node, name);

	for (char *at = id; *at; at++)
		if (strchr("#:/ ", *at))
			*at = '.';
	return id;
}

void
state_attribute(struct sim_state *state, struct sim_node *node, const char *name,
    const char *value)
{
	xmlNode *list = attributes_of(state, node, value != NULL);
	xmlNode *xml = attribute_find(list, name);

	if (!value) {
		if (xml) {
			xmlUnlinkNode(xml);
			xmlFreeNode(xml);
		}
		return;
	}
	if (strcmp(value, "value++") == 0)
		value = number(state,
		    score_add(xml ? score_parse(cib_attr(xml, "value")) : 0, 1));
	if (!xml) {
		xml = child_make(list, "nvpair");
		put(xml, "id", id_of(state, node->id, name));
		put(xml, "name", name);
	}
	set(xml, "value", value);
}

void
state_attributes_remove(struct sim_state *state, struct sim_node *node,
    const char *prefix)
{
	xmlNode *list = attributes_of(state, node, false);
	size_t len = strlen(prefix);

	for (xmlNode *xml = list ? cib_child_first(list) : NULL, *next; xml; xml = next) {
		const char *name = cib_attr(xml, "name");

		next = cib_child_next(xml);
		/* "fail-count-web" is not "fail-count-webmail". */
		if (!name || strncmp(name, prefix, len) != 0 ||
		    (name[len] && name[len] != '#'))
			continue;
		xmlUnlinkNode(xml);
		xmlFreeNode(xml);
	}
}

/* Failures. */

static void
count(struct sim_state *state, struct sim_node *node, const char *name, const char *value,
    const struct sim_listener *listener)
{
	state_attribute(state, node, name, value);
	if (listener && listener->counted)
		listener->counted(listener->data, name, value, node->id);
}

void
state_failure(struct sim_state *state, struct sim_node *node,
    const struct sim_record *record, const char *counted_as,
    const struct sim_listener *listener)
{
	struct sim_record last = *record;
	struct sim_history *history = state_history(state, node, record->resource);
	struct arena *arena = &state->arena;

	if (!state->in_h) {
		/* One result, told twice, has one number. */
		last.call = history && record->interval_ms == 0 ? history->call : 0;
		last.id = arena_printf(arena, "%s_last_failure_0", record->resource);
		state_record(state, node, &last);
	}
	if (!counted_as)
		return;
	if (state->in_h) {
		count(state, node, arena_printf(arena, "fail-count-%s", counted_as),
		    "value++", listener);
		return;
	}
	count(state, node,
	    arena_printf(arena, "fail-count-%s#%s_%lld", counted_as, record->task,
	        (long long)record->interval_ms),
	    "value++", listener);
	count(state, node,
	    arena_printf(arena, "last-failure-%s#%s_%lld", counted_as, record->task,
	        (long long)record->interval_ms),
	    number(state, state->now), listener);
}
