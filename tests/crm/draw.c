/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options, nodes, and what happens to a cluster. */
#include "tests/crm/draw.h"

#include "crm/cib/path.h"
#include "crm/simulate/simulate.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

uint64_t
draw_below(struct draw *d, uint64_t limit)
{
	uint64_t z = d->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % limit;
}

bool
draw_percent(struct draw *d, unsigned chance)
{
	return draw_below(d, 100) < chance;
}

/* Elements. */

xmlNode *
draw_child(xmlNode *parent, const char *tag)
{
	return xmlNewChild(parent, NULL, (const xmlChar *)tag, NULL);
}

static void
set_attr(xmlNode *xml, const char *name, const char *value)
{
	xmlSetProp(xml, (const xmlChar *)name, (const xmlChar *)value);
}

static void
dialect(const struct draw *d, const char *name, char *text, size_t size)
{
	snprintf(text, size, "%s", name);
	for (char *at = text; d->in_h && *at; at++)
		if (*at == '-')
			*at = '_';
}

void
draw_attr(struct draw *d, xmlNode *xml, const char *name, const char *format, ...)
{
	char word[64], value[128];
	va_list ap;

	dialect(d, name, word, sizeof(word));
	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	set_attr(xml, word, value);
}

xmlNode *
draw_set(struct draw *d, xmlNode *parent, const char *tag)
{
	xmlNode *xml = cib_child_find(parent, tag);

	if (!xml) {
		xml = xmlNewNode(NULL, (const xmlChar *)tag);
		draw_attr(d, xml, "id", "s%u", d->ids++);
		/* Sets come before what a resource contains. */
		if (parent->children)
			xmlAddPrevSibling(parent->children, xml);
		else
			xmlAddChild(parent, xml);
		if (d->in_h)
			draw_child(xml, "attributes");
	}
	return d->in_h ? cib_child_find(xml, "attributes") : xml;
}

void
draw_pair(struct draw *d, xmlNode *set, const char *name, const char *format, ...)
{
	char word[64], value[128];
	va_list ap;
	xmlNode *xml = NULL;

	dialect(d, name, word, sizeof(word));
	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	for (xmlNode *it = cib_child_first(set); it && !xml; it = cib_child_next(it))
		if (strcmp(cib_attr(it, "name"), word) == 0)
			xml = it;
	if (!xml) {
		xml = draw_child(set, "nvpair");
		draw_attr(d, xml, "id", "n%u", d->ids++);
		set_attr(xml, "name", word);
	}
	set_attr(xml, "value", value);
}

void
draw_meta(struct draw *d, xmlNode *rsc, const char *name, const char *value)
{
	draw_pair(d, draw_set(d, rsc, "meta_attributes"), name, "%s", value);
}

static xmlNode *
section(const struct draw *d, const char *name)
{
	return cib_section_find(xmlDocGetRootElement(d->doc), name);
}

/* Options. */

static const char *const policies[] = { "stop", "freeze", "ignore", "stop", "ignore" };

static void
draw_options(struct draw *d, xmlNode *config)
{
	static const char *const stickiness[] = { "0", "1", "100", "INFINITY" };
	xmlNode *set = draw_set(d, config, "cluster_property_set");

	d->stonith = draw_percent(d, 40);
	draw_pair(d, set, "stonith-enabled", "%s", d->stonith ? "true" : "false");
	draw_pair(d, set, "no-quorum-policy", "%s", DRAW_PICK(d, policies));
	draw_pair(d, set, "symmetric-cluster", "%s",
	    draw_percent(d, 92) ? "true" : "false");
	if (draw_percent(d, 20))
		draw_pair(d, set, "startup-fencing", "false");
	if (d->in_h && draw_percent(d, 50))
		draw_pair(d, set, "default-resource-stickiness", "%s",
		    DRAW_PICK(d, stickiness));
	if (d->in_h && draw_percent(d, 10))
		draw_pair(d, set, "default-resource-failure-stickiness", "-50");
	if (!d->in_h && draw_percent(d, 10))
		draw_pair(d, set, "no-quorum-policy", "demote");
	if (!d->in_h && draw_percent(d, 15))
		draw_pair(d, set, "concurrent-fencing", "true");
}

static void
draw_defaults(struct draw *d, xmlNode *configuration)
{
	static const char *const stickiness[] = { "1", "100", "INFINITY" };

	if (d->in_h || !draw_percent(d, 50))
		return;
	draw_meta(d, draw_child(configuration, "rsc_defaults"), "resource-stickiness",
	    DRAW_PICK(d, stickiness));
}

/* Nodes. */

static void
draw_node(struct draw *d, xmlNode *nodes, xmlNode *status)
{
	size_t number = d->node_count++;
	xmlNode *node = draw_child(nodes, "node"),
	        *state = draw_child(status, "node_state");

	snprintf(d->node[number], sizeof(d->node[number]), "node%zu", number + 1);
	draw_attr(d, node, "id", "%zu", number + 1);
	draw_attr(d, node, "uname", "%s", d->node[number]);
	if (d->in_h)
		draw_attr(d, node, "type", "normal");
	draw_attr(d, state, "id", "%zu", number + 1);
	draw_attr(d, state, "uname", "%s", d->node[number]);
	if (draw_percent(d, 30))
		draw_pair(d, draw_set(d, node, "instance_attributes"), "colour",
		    draw_percent(d, 50) ? "red" : "blue");
}

static void
draw_root(struct draw *d, xmlNode *root)
{
	set_attr(root, "epoch", "1");
	set_attr(root, "num_updates", "0");
	set_attr(root, "admin_epoch", "0");
	draw_attr(d, root, "have-quorum", "%s", d->in_h ? "true" : "1");
	draw_attr(d, root, "dc-uuid", "1");
	set_attr(root, "crm_feature_set", d->in_h ? "2.0" : "3.16.1");
	if (!d->in_h) {
		set_attr(root, "validate-with", "pacemaker-3.5");
		set_attr(root, "execution-date", "1767225600");
	}
}

void
draw_cluster(struct draw *d, uint64_t seed, bool in_h)
{
	*d = (struct draw){ .random = seed * 0x2545f4914f6cdd1du, .in_h = in_h };
	d->doc = xmlNewDoc((const xmlChar *)"1.0");

	xmlNode *root = xmlNewDocNode(d->doc, NULL, (const xmlChar *)"cib", NULL);

	xmlDocSetRootElement(d->doc, root);
	draw_root(d, root);
	xmlNode *configuration = draw_child(root, "configuration"),
	        *status = draw_child(root, "status");
	xmlNode *config = draw_child(configuration, "crm_config"),
	        *nodes = draw_child(configuration, "nodes"),
	        *resources = draw_child(configuration, "resources"),
	        *constraints = draw_child(configuration, "constraints");

	for (uint64_t left = 1 + draw_below(d, DRAW_NODE_MAX); left; left--)
		draw_node(d, nodes, status);
	draw_options(d, config);
	draw_resources(d, resources);
	draw_constraints(d, constraints);
	draw_defaults(d, configuration);
	for (size_t i = 0; i < d->node_count; i++)
		sim_node_set(d->doc, d->node[i], SIM_NODE_UP, NULL);
}

/* Events. */

static xmlNode *
node_element(const struct draw *d, size_t number)
{
	for (xmlNode *it = cib_child_first(section(d, "nodes")); it;
	     it = cib_child_next(it))
		if (strcmp(cib_attr(it, "uname"), d->node[number]) == 0)
			return it;
	abort();
}

static xmlNode *
state_element(const struct draw *d, size_t number)
{
	for (xmlNode *it = cib_child_first(section(d, "status")); it;
	     it = cib_child_next(it))
		if (cib_attr(it, "uname") &&
		    strcmp(cib_attr(it, "uname"), d->node[number]) == 0)
			return it;
	abort();
}

static bool
is_up(const struct draw *d, size_t number)
{
	const char *crmd = cib_attr(state_element(d, number), "crmd");

	return crmd && strcmp(crmd, "online") == 0;
}

/* It asked to be stopped: its resources go elsewhere, then it does. */
static void
shutdown_ask(struct draw *d, size_t number)
{
	xmlNode *state = state_element(d, number);

	if (!is_up(d, number))
		return;
	if (d->in_h) {
		set_attr(state, "shutdown", "1767225600");
		set_attr(state, "expected", "down");
		return;
	}
	xmlNode *transient = cib_child_find(state, "transient_attributes");

	if (!transient) {
		transient = draw_child(state, "transient_attributes");
		draw_attr(d, transient, "id", "%zu", number + 1);
	}
	draw_pair(d, draw_set(d, transient, "instance_attributes"), "shutdown",
	    "1767225600");
}

static void
event_node(struct draw *d)
{
	size_t number = draw_below(d, d->node_count);

	switch (draw_below(d, 6)) {
	case 0:
		sim_node_set(d->doc, d->node[number], SIM_NODE_DOWN, NULL);
		break;
	case 1:
		sim_node_set(d->doc, d->node[number], SIM_NODE_FAIL, NULL);
		break;
	case 2:
	case 3:
		if (!is_up(d, number))
			sim_node_set(d->doc, d->node[number], SIM_NODE_UP, NULL);
		break;
	case 4:
		shutdown_ask(d, number);
		break;
	case 5:
		draw_pair(d, draw_set(d, node_element(d, number), "instance_attributes"),
		    "standby", "%s", draw_percent(d, 50) ? "on" : "off");
	}
}

/* Where R runs, if anywhere; else some node. */
static size_t
place_of(struct draw *d, const struct pe *pe, const struct pe_resource *r)
{
	for (size_t i = 0; r->running_count && i < d->node_count; i++)
		if (strcmp(d->node[i], pe_node_at(pe, r->running[0])->uname) == 0)
			return i;
	return draw_below(d, d->node_count);
}

static void
event_failure(struct draw *d)
{
	static const char *const keys[] = { "monitor_10000", "monitor_10000", "start_0",
		"stop_0" },
	                         *const more[] = { "monitor_10000", "monitor_11000",
		                         "promote_0", "demote_0", "start_0", "stop_0" };
	static const int codes[] = { 1, 7, 1, 5 };
	struct pe_options options = { .now.seconds = 1767225600 };
	char text[128];
	struct sim_outcome outcome;
	struct pe *pe = pe_run(d->doc, &options, NULL, 0);
	const struct pe_resource *rsc =
	    pe_resource_at(pe, draw_below(d, pe_resource_count(pe)));
	size_t number = place_of(d, pe, rsc);

	/* Of what runs nowhere only a start can fail.  Without fencing, H starts again and again what comes after
	 * somebody whose stop has failed, and P another instance beside it. */
	const char *key = rsc->running_count == 0          ? "start_0"
	                  : rsc->type && *rsc->type == 'S' ? DRAW_PICK(d, more)
	                                                   : DRAW_PICK(d, keys);

	if ((d->in_h || rsc->number >= 0) && !d->stonith && strcmp(key, "stop_0") == 0)
		key = "monitor_10000";
	snprintf(text, sizeof(text), "%s_%s@%s=%d",
	    rsc->history_id ? rsc->history_id : rsc->id, key, d->node[number],
	    DRAW_PICK(d, codes));
	if (rsc->variant == PE_PRIMITIVE && is_up(d, number) &&
	    sim_outcome_parse(text, &outcome, NULL) == 0)
		sim_inject(d->doc, pe, &outcome, 1767225600, NULL, NULL);
	pe_free(pe);
}

static void
event_role(struct draw *d)
{
	static const char *const roles[] = { "Stopped", "Started", "Stopped", "Started" },
	                         *const more[] = { "Slave", "Master", "Started",
		                         "Stopped" };
	struct draw_rsc *rsc = &d->top[draw_below(d, d->top_count)];

	if (rsc->kind == DRAW_PROMOTABLE && !d->in_h)
		draw_meta(d, rsc->xml, "target-role", DRAW_PICK(d, more));
	else
		draw_meta(d, rsc->xml, "target-role", DRAW_PICK(d, roles));
}

static void
event_people(struct draw *d)
{
	struct draw_rsc *rsc = &d->top[draw_below(d, d->top_count)];
	xmlNode *config = draw_set(d, section(d, "crm_config"), "cluster_property_set");

	switch (draw_below(d, 6)) {
	case 0:
	case 1:
		event_role(d);
		break;
	case 2:
		draw_constraint(d, section(d, "constraints"));
		break;
	case 3:
		draw_meta(d, rsc->xml, "is-managed",
		    draw_percent(d, 30) ? "false" : "true");
		break;
	case 4:
		draw_pair(d, config, "no-quorum-policy", "%s", DRAW_PICK(d, policies));
		break;
	case 5:
		if (!d->in_h)
			draw_pair(d, config, "maintenance-mode", "%s",
			    draw_percent(d, 30) ? "true" : "false");
	}
}

/* Nodes do not know what is no longer written about them. */
static void
event_forget(struct draw *d)
{
	xmlNode *lrm =
	    cib_child_find(state_element(d, draw_below(d, d->node_count)), "lrm");
	xmlNode *list = lrm ? cib_child_find(lrm, "lrm_resources") : NULL;
	xmlNode *first = list ? cib_child_first(list) : NULL;

	if (!first)
		return;
	xmlUnlinkNode(first);
	xmlFreeNode(first);
}

/* What a promotable resource's agent says of itself. */
static void
event_promotion(struct draw *d)
{
	struct draw_rsc *rsc = &d->top[draw_below(d, d->top_count)];
	size_t number = draw_below(d, d->node_count);
	char name[64];

	if (rsc->kind != DRAW_PROMOTABLE || rsc->group_inside)
		return;
	snprintf(name, sizeof(name), d->in_h ? "master-%s-m:%zu" : "master-%s-m", rsc->id,
	    d->in_h ? number : 0);
	/* The name keeps its dashes in both dialects. */
	xmlNode *pair =
	    draw_child(draw_set(d, node_element(d, number), "instance_attributes"),
	        "nvpair");

	draw_attr(d, pair, "id", "n%u", d->ids++);
	set_attr(pair, "name", name);
	draw_attr(d, pair, "value", "%d", (int)draw_below(d, 30) - 5);
}

void
draw_event(struct draw *d)
{
	static void (*const events[])(struct draw *) = { event_node, event_node,
		event_node, event_failure, event_failure, event_people, event_people,
		event_forget, event_promotion, event_promotion };

	/* Its element may have been copied with the document since. */
	for (xmlNode *it = cib_child_first(section(d, "resources")); it;
	     it = cib_child_next(it))
		for (size_t i = 0; i < d->top_count; i++)
			if (strcmp(d->top[i].id, cib_attr(it, "id")) == 0)
				d->top[i].xml = it;
	if (draw_percent(d, 8))
		sim_quorum_set(d->doc, draw_percent(d, 60), NULL);
	for (uint64_t left = 1 + draw_below(d, 3); left; left--)
		DRAW_PICK(d, events)(d);
}

void
draw_bystander(const struct draw *d, xmlDoc *doc)
{
	struct draw other = *d;
	xmlNode *node =
	    draw_child(cib_section_find(xmlDocGetRootElement(doc), "nodes"), "node");

	set_attr(node, "id", "99");
	set_attr(node, "uname", "zzz");
	if (other.in_h)
		set_attr(node, "type", "normal");
	sim_node_set(doc, "zzz", SIM_NODE_DOWN, NULL);
}
