/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes, and what the status section says of them (spec 4.2, 4.3). */
#include "crm/pengine/private.h"

struct node *
node_by_id(const struct pe *pe, const char *id)
{
	for (size_t i = 0; id && i < pe->node_count; i++)
		if (same(pe->node[i]->id, id))
			return pe->node[i];
	return NULL;
}

struct node *
node_by_uname(const struct pe *pe, const char *uname)
{
	for (size_t i = 0; uname && i < pe->node_count; i++)
		if (same(pe->node[i]->uname, uname))
			return pe->node[i];
	return NULL;
}

bool
node_can_run(const struct node *node)
{
	return node->online && !node->shutting_down && !node->unclean && !node->standby;
}

static void
node_read(struct pe *pe, const xmlNode *xml)
{
	const char *id = xml_get(xml, "id"), *uname = xml_get(xml, "uname");
	const char *type = xml_get(xml, "type");

	if (!id || !type) {
		pe_say(pe, PE_ERROR, true, "Node '%s' has no %s", id ? id : "?",
		    id ? "type" : "id");
		return;
	}
	struct node *node = ARENA_NEW(&pe->arena, struct node);

	node->index = pe->node_count;
	node->id = id;
	node->uname = uname ? uname : id;
	node->unclean = pe->opt.stonith && pe->opt.startup_fencing;
	node->is_dc = same(pe->dc_id, id);
	table_init(&node->attrs, &pe->arena);
	table_set(&node->attrs, "#uname", node->uname);
	table_set(&node->attrs, "#id", id);
	table_set(&node->attrs, "#is_dc", node->is_dc ? "true" : "false");
	ARENA_PUSH(&pe->arena, pe, node, node);
	sets_read(pe, xml, "instance_attributes", NULL, NULL, &node->attrs);
	node->standby = value_is_true(table_get(&node->attrs, "standby"));
	if (node->standby)
		node->score = -INF;
}

void
nodes_read(struct pe *pe)
{
	XML_EACH(xml_child(xml_child(pe->cib, "configuration"), "nodes"), "node", xml)
	node_read(pe, xml);
}

/* Without fencing. */
static void
judge_trusting(struct pe *pe, struct node *node, const xmlNode *state)
{
	const char *ha = xml_get(state, "ha");

	if (!value_is_true(xml_get(state, "in_ccm")) || !ha || same(ha, "dead"))
		return;
	if (same(xml_get(state, "crmd"), "online"))
		node->online = same(xml_get(state, "join"), "member");
	else if (node->expected_up) {
		pe_say(pe, PE_WARNING, false, "Node %s is unclean", node->uname);
		node->unclean = true;
	}
}

static void
judge_fencing(struct pe *pe, struct node *node, const xmlNode *state)
{
	const char *ha = xml_get(state, "ha"), *crmd = xml_get(state, "crmd");
	bool in_ccm = value_is_true(xml_get(state, "in_ccm"));

	if (in_ccm && same(ha, "active") && same(crmd, "online")) {
		node->online = true;
		if (!same(xml_get(state, "join"), "member"))
			node->standby = true;
		return;
	}
	if (!in_ccm && (!ha || same(ha, "dead")) && !same(crmd, "online") &&
	    !node->expected_up)
		return;
	if (node->expected_up) {
		pe_say(pe, PE_WARNING, false, "Node %s is unclean", node->uname);
		node->unclean = true;
	}
}

/* What was set for this life of the node says more than what is always so. */
static void
transient_read(struct pe *pe, struct node *node, const xmlNode *xml)
{
	struct table found;

	table_init(&found, &pe->arena);
	sets_read(pe, xml, "instance_attributes", NULL, NULL, &found);
	TABLE_EACH(&found, e)
	table_set(&node->attrs, e->name, e->value);
	node->standby = value_is_true(table_get(&node->attrs, "standby"));
	node->score = node->standby ? -INF : 0;
}

static void
state_read(struct pe *pe, const xmlNode *state)
{
	struct node *node = node_by_id(pe, xml_get(state, "id"));

	if (!node || !xml_get(state, "uname")) {
		pe_say(pe, PE_WARNING, false,
		    "Node %s in status section no longer exists",
		    xml_get(state, "uname"));
		return;
	}
	node->state = state;
	node->unclean = false;
	transient_read(pe, node, xml_child(state, "transient_attributes"));
	node->expected_up = same(xml_get(state, "expected"), "member");
	node->shutting_down = value_int(xml_get(state, "shutdown"), 0) != 0;
	if (node->shutting_down)
		node->expected_up = false;
	if (pe->opt.stonith)
		judge_fencing(pe, node, state);
	else
		judge_trusting(pe, node, state);
	if (!node->online || node->shutting_down)
		node->score = -INF;
	if (!node->online && !pe->opt.stonith)
		return;
	for (size_t i = 0; i < pe->rsc_count; i++)
		rsc_stickiness(pe, pe->rsc[i], node);
	XML_EACH(xml_child(xml_child(state, "lrm"), "lrm_resources"), "lrm_resource",
	    entry)
	history_read(pe, node, entry);
}

void
status_read(struct pe *pe)
{
	XML_EACH(xml_child(pe->cib, "status"), "node_state", state)
	state_read(pe, state);
}
