/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes, and what the status section says of them (spec 4.2, 4.3). */
#include "crm/pengine/private.h"

#include <ctype.h>
#include <stdlib.h>

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
	return node->online && !node->shutting_down && !node->unclean && !node->standby &&
	       !node->maintenance;
}

static void
node_read(struct pe *pe, const xmlNode *xml)
{
	const char *id = xml_get(xml, "id"), *uname = xml_get(xml, "uname");
	const char *type = xml_get(xml, "type");
	bool in_p = pe->profile == PE_P;

	if (!id || (!type && !in_p)) {
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
	node->is_ping = in_p && same(type, "ping");
	node->score = in_p ? score_parse(xml_get(xml, "score")) : 0;
	table_init(&node->attrs, &pe->arena);
	table_init(&node->capacity, &pe->arena);
	table_init(&node->fail_count, &pe->arena);
	table_init(&node->fail_sum, &pe->arena);
	table_set(&node->attrs, "#uname", node->uname);
	table_set(&node->attrs, "#id", id);
	table_set(&node->attrs, "#is_dc", node->is_dc ? "true" : "false");
	ARENA_PUSH(&pe->arena, pe, node, node);
	sets_read(pe, xml, "instance_attributes", NULL, &node->attrs);
	if (in_p) {
		const char *cluster = table_get(&pe->options, "cluster-name");
		const char *site = table_get(&node->attrs, "site-name");

		table_set(&node->attrs, "#kind", "cluster");
		table_set(&node->attrs, "#cluster-name", cluster);
		table_set(&node->attrs, "#site-name", site ? site : cluster);
		sets_read(pe, xml, "utilization", NULL, &node->capacity);
	}
	node->standby = value_is_true(table_get(&node->attrs, "standby"));
	if (node->standby && !in_p)
		node->score = -INF;
}

/* By name, without case, runs of digits as numbers. */
static int
name_compare(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *a_end, *b_end;
			unsigned long x = strtoul(a, &a_end, 10),
			              y = strtoul(b, &b_end, 10);

			if (x != y)
				return x < y ? -1 : 1;
			a = a_end;
			b = b_end;
			continue;
		}
		int c = tolower((unsigned char)*a) - tolower((unsigned char)*b);

		if (c)
			return c;
		a++;
		b++;
	}
	return (*a != '\0') - (*b != '\0');
}

static int
node_compare(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return name_compare((*x)->uname, (*y)->uname);
}

void
nodes_read(struct pe *pe)
{
	XML_EACH (xml_child(xml_child(pe->cib, "configuration"), "nodes"), "node", xml)
		node_read(pe, xml);
	if (pe->profile == PE_H || !pe->node_count)
		return;
	qsort(pe->node, pe->node_count, sizeof(struct node *), node_compare);
	for (size_t i = 0; i < pe->node_count; i++)
		pe->node[i]->index = i;
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
	sets_read(pe, xml, "instance_attributes", NULL, &found);
	TABLE_EACH (&found, e)
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
	XML_EACH (xml_child(xml_child(state, "lrm"), "lrm_resources"), "lrm_resource",
	    entry)
		history_read(pe, node, entry);
}

void
status_read(struct pe *pe)
{
	XML_EACH (xml_child(pe->cib, "status"), "node_state", state)
		state_read(pe, state);
}

/* Profile P (spec 12.2). */

static bool
wants_death(const struct node *node)
{
	const char *text = table_get(&node->attrs, "terminate");

	return text && (value_is_true(text) || (*text >= '1' && *text <= '9'));
}

static void
pend(struct node *node)
{
	node->online = true;
	node->standby = node->pending = true;
}

void
node_condemn(struct pe *pe, struct node *node, const char *reason)
{
	if (!node->unclean || !node->fence_reason) {
		node->fence_reason = reason;
		if (pe->profile == PE_P)
			condemned_say_p(pe, node);
	}
	node->unclean = true;
	fencing_expect(pe, node);
}

static void
judge_fencing_p(struct pe *pe, struct node *node, const xmlNode *state)
{
	const char *in_ccm_text = xml_get(state, "in_ccm"),
	           *join = xml_get(state, "join");
	const char *expected = xml_get(state, "expected");
	bool in_ccm = value_is_true(in_ccm_text), dies = wants_death(node);
	bool crmd = same(xml_get(state, "crmd"), "online");

	node->online = in_ccm;
	if (node->shutting_down)
		node->online = crmd;
	else if (!in_ccm_text)
		node_condemn(pe, node, "peer has not been seen by the cluster");
	else if (same(join, "banned"))
		node_condemn(pe, node, "peer failed Pacemaker membership criteria");
	else if (!dies && (!expected || same(expected, "down"))) {
		if (in_ccm || crmd)
			node->standby = node->pending = true;
	} else if (dies && same(join, "down") && !in_ccm && !crmd)
		node->online = false;
	else if (!in_ccm)
		node_condemn(pe, node, "peer is no longer part of the cluster");
	else if (!crmd)
		node_condemn(pe, node, "peer process is no longer available");
	else if (dies)
		node_condemn(pe, node, "termination was requested");
	else if (same(join, "member"))
		return;
	else if (same(join, "pending") || same(join, "down"))
		pend(node);
	else
		node_condemn(pe, node, "peer was in an unknown state");
}

static void
judge_trusting_p(struct pe *pe, struct node *node, const xmlNode *state)
{
	if (!value_is_true(xml_get(state, "in_ccm")))
		return;
	if (same(xml_get(state, "crmd"), "online"))
		node->online = same(xml_get(state, "join"), "member");
	else if (node->expected_up)
		node_condemn(pe, node, "peer is unexpectedly down");
}

static void
state_read_p(struct pe *pe, const xmlNode *state)
{
	struct node *node = node_by_id(pe, xml_get(state, "id"));
	const char *uname = xml_get(state, "uname"), *text;

	if (!node)
		node = node_by_uname(pe, uname);
	if (!node || !uname || !xml_get(state, "id") || node->state)
		return;
	node->state = state;
	node->unclean = false;
	sets_read(pe, xml_child(state, "transient_attributes"), "instance_attributes",
	    &(struct rule_input){ .overwrite = true }, &node->attrs);
	node->standby = value_is_true(table_get(&node->attrs, "standby"));
	node->maintenance = value_is_true(table_get(&node->attrs, "maintenance"));
	text = table_get(&node->attrs, "shutdown");
	node->shutting_down = text && strcmp(text, "0") != 0;
	node->expected_up =
	    !node->shutting_down && same(xml_get(state, "expected"), "member");
	if (node->is_ping)
		node->unclean = false;
	else if (pe->opt.stonith)
		judge_fencing_p(pe, node, state);
	else
		judge_trusting_p(pe, node, state);
	if (node->unclean)
		pe_say(pe, PE_WARNING, false, "%s is unclean", node->uname);
	if (!node->online || node->shutting_down)
		node->score = -INF;
}

void
status_read_p(struct pe *pe)
{
	const xmlNode *status = xml_child(pe->cib, "status");

	XML_EACH (status, "node_state", state)
		state_read_p(pe, state);
	for (size_t i = 0; i < pe->node_count; i++) {
		struct node *node = pe->node[i];

		if (node->is_ping)
			node->unclean = false;
		if (node->online && !pe->have_quorum &&
		    pe->opt.no_quorum == POLICY_SUICIDE)
			node_condemn(pe, node, "cluster does not have quorum");
		fail_counts_read(pe, node);
	}
	XML_EACH (status, "node_state", state) {
		struct node *node = node_by_id(pe, xml_get(state, "id"));

		if (!node)
			node = node_by_uname(pe, xml_get(state, "uname"));
		if (!node || node->state != state)
			continue;
		if (!node->online && !pe->opt.stonith && !pe->opt.shutdown_lock)
			continue;
		XML_EACH (xml_child(xml_child(state, "lrm"), "lrm_resources"),
		    "lrm_resource", entry)
			history_read_p(pe, node, entry);
	}
}
