/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user wants to have happened before the plan is made: nodes, quorum, tickets, results. */
#include "crm/simulate/private.h"

#include "crm/cib/path.h"
#include "crm/cib/version.h"
#include "crm/common/values.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Operations: "RESOURCE_TASK_INTERVAL@NODE=RC". */

static int
part(char *to, size_t size, const char *from, size_t len, const char *what,
    struct err *err)
{
	if (len == 0 || len >= size)
		return err_set(err, -EINVAL, "no %s, or a longer one than %zu", what,
		    size - 1);
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

/* A task may have a "_" itself. */
static size_t
task_begin(const char *key, size_t end)
{
	size_t at = end;

	while (at > 0 && key[at - 1] != '_')
		at--;
	if (at >= 8 && strncmp(key + at - 8, "migrate_", 8) == 0)
		at -= 8;
	return at;
}

int
sim_outcome_parse(const char *text, struct sim_outcome *outcome, struct err *err)
{
	const char *at = strchr(text, '@'), *equals = strrchr(text, '=');
	struct sim_outcome o;
	char *end;
	int code;

	if (!at || !equals || equals < at || !isdigit((unsigned char)equals[1]))
		return err_set(err, -EINVAL,
		    "'%.100s' is no RESOURCE_TASK_INTERVAL@NODE=RESULT", text);
	size_t digits = (size_t)(at - text);

	while (digits > 0 && isdigit((unsigned char)text[digits - 1]))
		digits--;
	if (digits == (size_t)(at - text) || at - text - (ptrdiff_t)digits > 12 ||
	    digits < 4 || text[digits - 1] != '_')
		return err_set(err, -EINVAL, "'%.100s' has no interval before the '@'",
		    text);
	size_t task = task_begin(text, digits - 1);

	if (task < 2)
		return err_set(err, -EINVAL, "'%.100s' has no resource", text);
	o.interval_ms = strtoll(text + digits, NULL, 10);
	errno = 0;
	long rc = strtol(equals + 1, &end, 10);

	if (*end || errno || rc > 255)
		return err_set(err, -EINVAL, "'%.100s': the result is 0 to 255", text);
	o.rc = (int)rc;
	code = part(o.resource, sizeof(o.resource), text, task - 1, "resource", err);
	if (!code)
		code = part(o.task, sizeof(o.task), text + task, digits - 1 - task,
		    "task", err);
	if (!code)
		code = part(o.node, sizeof(o.node), at + 1, (size_t)(equals - at - 1),
		    "node", err);
	if (!code)
		*outcome = o;
	return code;
}

bool
outcome_matches(const struct sim_outcome *o, const char *resource, const char *task,
    int64_t interval_ms, const char *node)
{
	return o->interval_ms == interval_ms && strcmp(o->resource, resource) == 0 &&
	       same(o->task, task) && same(o->node, node);
}

/* Documents. */

static bool
document_in_h(const xmlDoc *doc)
{
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	return root && cib_style_of(root) == CIB_STYLE_H;
}

static xmlNode *
nodes_of(struct sim_state *state)
{
	xmlNode *configuration = cib_child_find(state->cib, "configuration");

	return configuration ? cib_child_find(configuration, "nodes") : NULL;
}

/* The id that the configuration has for it; NULL: it knows no such node. */
static const char *
node_id(struct sim_state *state, const char *uname)
{
	xmlNode *nodes = nodes_of(state);

	for (xmlNode *xml = nodes ? cib_child_first(nodes) : NULL; xml;
	     xml = cib_child_next(xml)) {
		const char *name = cib_attr(xml, "uname");

		if (name && strcmp(name, uname) == 0)
			return cib_attr(xml, "id");
	}
	return NULL;
}

static struct sim_node *
node_get(struct sim_state *state, const char *uname, bool make)
{
	struct sim_node *node = state_node(state, uname);
	const char *id = node ? NULL : node_id(state, uname);

	if (node)
		return node;
	if (!id && !make)
		return NULL;
	if (!id) {
		xmlNode *nodes = nodes_of(state);
		xmlNode *xml =
		    nodes ? xmlNewChild(nodes, NULL, (const xmlChar *)"node", NULL)
		          : NULL;

		if (!xml)
			return NULL;
		id = uname;
		xmlNewProp(xml, (const xmlChar *)"id", (const xmlChar *)id);
		xmlNewProp(xml, (const xmlChar *)"uname", (const xmlChar *)uname);
		if (state->in_h)
			xmlNewProp(xml, (const xmlChar *)"type",
			    (const xmlChar *)"normal");
	}
	return state_node_get(state, id, uname);
}

/* What is different about each; in H also what heartbeat itself says of the node. */
static const char *const up[][2] = { { "in_ccm", "true" }, { "crmd", "online" },
	{ "join", "member" }, { "expected", "member" }, { NULL, NULL } };
static const char *const down[][2] = { { "in_ccm", "false" }, { "crmd", "offline" },
	{ "join", "down" }, { "expected", "down" }, { NULL, NULL } };
static const char *const lost[][2] = { { "in_ccm", "false" }, { "crmd", "online" },
	{ "join", "member" }, { "expected", "member" }, { NULL, NULL } };
static const char *const active[][2] = { { "ha", "active" }, { "shutdown", "0" },
	{ NULL, NULL } };
static const char *const dead[][2] = { { "ha", "dead" }, { "shutdown", "0" },
	{ NULL, NULL } };
static const char *const dead_crmd[][2] = { { "crmd", "offline" }, { NULL, NULL } };

static void
node_change(struct sim_state *state, struct sim_node *node, enum sim_node_change change)
{
	switch (change) {
	case SIM_NODE_UP:
		state_node_put(node, up);
		break;
	case SIM_NODE_DOWN:
		state_node_forget(state, node);
		state_node_put(node, down);
		break;
	case SIM_NODE_FAIL:
		state_node_put(node, lost);
		break;
	}
	if (state->in_h)
		state_node_put(node, change == SIM_NODE_UP ? active : dead);
	if (state->in_h && change == SIM_NODE_FAIL)
		state_node_put(node, dead_crmd);
}

int
sim_node_set(xmlDoc *doc, const char *uname, enum sim_node_change change, struct err *err)
{
	struct sim_state state;
	int code = -EINVAL;

	if (state_open(&state, doc, document_in_h(doc), 0, err)) {
		struct sim_node *node = node_get(&state, uname, change == SIM_NODE_UP);

		code = node ? 0 : err_set(err, -ENOENT, "no node '%.100s'", uname);
		if (node)
			node_change(&state, node, change);
	}
	state_close(&state);
	return code;
}

int
sim_ticket_set(xmlDoc *doc, const char *ticket, enum sim_ticket_change change,
    struct err *err)
{
	static const char *const words[][2] = { [SIM_TICKET_GRANT] = { "granted",
		                                    "true" },
		[SIM_TICKET_REVOKE] = { "granted", "false" },
		[SIM_TICKET_STANDBY] = { "standby", "true" },
		[SIM_TICKET_ACTIVATE] = { "standby", "false" } };
	struct sim_state state;
	xmlNode *tickets, *found = NULL;

	if (!state_open(&state, doc, false, 0, err)) {
		state_close(&state);
		return -EINVAL;
	}
	tickets = cib_child_find(state.status, "tickets");
	if (!tickets)
		tickets =
		    xmlNewChild(state.status, NULL, (const xmlChar *)"tickets", NULL);
	for (xmlNode *xml = cib_child_first(tickets); xml && !found;
	     xml = cib_child_next(xml)) {
		const char *id = cib_attr(xml, "id");

		if (id && strcmp(id, ticket) == 0)
			found = xml;
	}
	if (!found) {
		found = xmlNewChild(tickets, NULL, (const xmlChar *)"ticket_state", NULL);
		xmlNewProp(found, (const xmlChar *)"id", (const xmlChar *)ticket);
	}
	xmlSetProp(found, (const xmlChar *)words[change][0],
	    (const xmlChar *)words[change][1]);
	state_close(&state);
	return 0;
}

static int
root_set(xmlDoc *doc, const char *name, bool value, struct err *err)
{
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	if (!root)
		return err_set(err, -EINVAL, "the document is empty");
	xmlSetProp(root, (const xmlChar *)name, (const xmlChar *)(value ? "1" : "0"));
	return 0;
}

int
sim_quorum_set(xmlDoc *doc, bool have, struct err *err)
{
	return root_set(doc, document_in_h(doc) ? "have_quorum" : "have-quorum", have,
	    err);
}

/* Whether there is a watchdog is a property of the cluster. */
int
sim_watchdog_set(xmlDoc *doc, bool have, struct err *err)
{
	struct sim_state state;
	xmlNode *configuration, *options, *set = NULL, *pair = NULL;

	if (!state_open(&state, doc, document_in_h(doc), 0, err)) {
		state_close(&state);
		return -EINVAL;
	}
	configuration = cib_child_find(state.cib, "configuration");
	options = configuration ? cib_child_find(configuration, "crm_config") : NULL;
	state_close(&state);
	if (!options)
		return err_set(err, -EINVAL, "the document has no crm_config");
	set = cib_child_find(options, "cluster_property_set");
	if (!set) {
		set = xmlNewChild(options, NULL, (const xmlChar *)"cluster_property_set",
		    NULL);
		xmlNewProp(set, (const xmlChar *)"id",
		    (const xmlChar *)"cib-bootstrap-options");
	}
	for (xmlNode *xml = cib_child_first(set); xml && !pair;
	     xml = cib_child_next(xml)) {
		const char *name = cib_attr(xml, "name");

		if (name && strcmp(name, "have-watchdog") == 0)
			pair = xml;
	}
	if (!pair) {
		pair = xmlNewChild(set, NULL, (const xmlChar *)"nvpair", NULL);
		xmlNewProp(pair, (const xmlChar *)"id",
		    (const xmlChar *)"cib-bootstrap-options-have-watchdog");
		xmlNewProp(pair, (const xmlChar *)"name",
		    (const xmlChar *)"have-watchdog");
	}
	xmlSetProp(pair, (const xmlChar *)"value",
	    (const xmlChar *)(have ? "true" : "false"));
	return 0;
}

/* Results. */

/* A digest that the node recorded of the same operation is still true. */
static const char *
digest_of(struct sim_state *state, struct sim_node *node, const struct sim_record *r)
{
	struct sim_history *history = state_history(state, node, r->resource);
	const xmlNode *old = history ? table_find(&history->op, r->id) : NULL;

	if (!old && history)
		old = table_find(&history->op, r->key);
	const char *digest =
	    old ? cib_attr(old, state->in_h ? "op_digest" : "op-digest") : NULL;

	return digest ? arena_strdup(&state->arena, digest) : NULL;
}

static int
inject(struct sim_state *state, const struct pe *pe, const struct sim_outcome *o,
    const struct sim_listener *listener, struct err *err)
{
	size_t index = pe_resource_find(pe, o->resource);
	struct arena *arena = &state->arena;
	struct sim_node *node = node_get(state, o->node, false);

	if (!node)
		return err_set(err, -ENOENT, "no node '%s'", o->node);
	if (index == PE_NONE) /* an instance that has no number on its node */
		index = pe_resource_find(pe, arena_printf(arena, "%s:0", o->resource));
	if (index == PE_NONE)
		return err_set(err, -ENOENT, "no resource '%s'", o->resource);
	const struct pe_resource *resource = pe_resource_at(pe, index);

	if (resource->variant != PE_PRIMITIVE)
		return err_set(err, -EINVAL,
		    "'%s' is no primitive: nothing is done to it", o->resource);
	struct sim_record r = { .resource = o->resource,
		.task = o->task,
		.key = arena_printf(arena, "%s_%s_%lld", o->resource, o->task,
		    (long long)o->interval_ms),
		.class = resource->class,
		.provider = resource->provider,
		.type = resource->type,
		.node_name = o->node,
		.reason = "Simulated action result",
		.interval_ms = o->interval_ms,
		.rc = o->rc };

	r.id = state->in_h || o->interval_ms > 0
	           ? r.key
	           : arena_printf(arena, "%s_last_0", o->resource);
	r.digest = digest_of(state, node, &r);
	/* The last good result of what recurs stays beside the failure. */
	if (o->rc == 0 || o->interval_ms == 0 || state->in_h)
		state_record(state, node, &r);
	if (o->rc != 0)
		state_failure(state, node, &r,
		    o->interval_ms == 0 && o->rc == 7 ? NULL : o->resource, listener);
	return 0;
}

int
sim_inject(xmlDoc *doc, const struct pe *pe, const struct sim_outcome *outcome,
    int64_t now, const struct sim_listener *listener, struct err *err)
{
	struct sim_state state;
	int code = -EINVAL;

	if (state_open(&state, doc, pe_profile_of(pe) == PE_H, now, err))
		code = inject(&state, pe, outcome, listener, err);
	state_close(&state);
	return code;
}
