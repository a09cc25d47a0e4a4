/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources of profile P: templates, defaults, what is asked of fencing (spec 12.3). */
#include "crm/pengine/private.h"

/* Templates. */

/* Started, Unpromoted and no role at all are one. */
static const char *
role_kind(const xmlNode *op)
{
	enum role role = role_parse(xml_get(op, "role"));

	return role == ROLE_MASTER ? "m" : role == ROLE_STOPPED ? "s" : "";
}

static bool
has_op(const xmlNode *operations, const xmlNode *op)
{
	XML_EACH (operations, "op", other)
		if (same(xml_get(other, "name"), xml_get(op, "name")) &&
		    strcmp(role_kind(other), role_kind(op)) == 0)
			return true;
	return false;
}

static void
operations_merge(xmlNode *copy, const xmlNode *own)
{
	xmlNode *theirs = (xmlNode *)(uintptr_t)xml_child(copy, "operations");
	xmlNode *next;

	if (!theirs || !own)
		return;
	for (xmlNode *op = theirs->children; op; op = next) {
		next = op->next;
		if (op->type == XML_ELEMENT_NODE && has_op(own, op)) {
			xmlUnlinkNode(op);
			xmlFreeNode(op);
		}
	}
	for (const xmlNode *op = own->children; op; op = op->next)
		xmlAddChild(theirs, xmlCopyNode((xmlNode *)(uintptr_t)op, 1));
}

static const xmlNode *
template_find(struct pe *pe, const char *id)
{
	const xmlNode *section =
	    xml_child(xml_child(pe->cib, "configuration"), "resources");

	XML_EACH (section, "template", it)
		if (xml_get(it, "id") && strcmp(xml_get(it, "id"), id) == 0)
			return it;
	return NULL;
}

const xmlNode *
template_expand(struct pe *pe, const xmlNode *xml)
{
	const char *id = xml_get(xml, "template");
	const xmlNode *template = id ? template_find(pe, id) : NULL;
	const xmlNode *own = xml_child(xml, "operations");

	if (!template) {
		if (id)
			pe_say(pe, PE_ERROR, true, "No template '%s' for '%s'", id,
			    xml_get(xml, "id"));
		return xml;
	}
	if (!pe->scratch) {
		pe->scratch = xmlNewDoc((const xmlChar *)"1.0");
		xmlDocSetRootElement(pe->scratch,
		    xmlNewNode(NULL, (const xmlChar *)"scratch"));
	}
	xmlNode *copy = xmlDocCopyNode((xmlNode *)(uintptr_t) template, pe->scratch, 1);

	xmlNodeSetName(copy, xml->name);
	for (const xmlAttr *a = xml->properties; a; a = a->next)
		xmlSetProp(copy, a->name,
		    (const xmlChar *)xml_get(xml, (const char *)a->name));
	operations_merge(copy, own);
	bool merged = own && xml_child(copy, "operations");

	for (const xmlNode *child = xml->children; child; child = child->next)
		if (!merged || child != own)
			xmlAddChild(copy,
			    xmlDocCopyNode((xmlNode *)(uintptr_t)child, pe->scratch, 1));
	xmlAddChild(xmlDocGetRootElement(pe->scratch), copy);
	return copy;
}

/* Meta attributes. */

void
meta_read_p(struct pe *pe, struct rsc *rsc)
{
	struct rule_input in = { .rsc = rsc };
	const xmlNode *defaults =
	    xml_child(xml_child(pe->cib, "configuration"), "rsc_defaults");

	meta_attributes_add(rsc->xml, &rsc->meta);
	sets_read(pe, rsc->xml, "meta_attributes", &in, &rsc->meta);
	for (const struct rsc *up = rsc->parent; up; up = up->parent)
		sets_read(pe, up->xml, "meta_attributes", &in, &rsc->meta);
	sets_read(pe, defaults, "meta_attributes", &in, &rsc->meta);
	sets_read(pe, rsc->xml, "utilization", &in, &rsc->utilization);
}

void
params_read_p(struct pe *pe, const struct rsc *rsc, const struct node *node,
    struct table *into)
{
	struct rule_input in = { .node = node, .rsc = rsc };

	for (const struct rsc *r = rsc; r; r = r->parent)
		sets_read(pe, r->xml, "instance_attributes", &in, into);
	sets_read(pe, xml_child(xml_child(pe->cib, "configuration"), "rsc_defaults"),
	    "instance_attributes", &in, into);
}

static enum needs
requires_of(struct pe *pe, const struct rsc *rsc)
{
	const char *text = table_get(&rsc->meta, "requires");

	if (same(text, "nothing"))
		return NEEDS_NOTHING;
	if (same(text, "quorum"))
		return NEEDS_QUORUM;
	if (same(text, "fencing"))
		return NEEDS_FENCING;
	if (same(text, "unfencing"))
		return rsc->fence_device || !pe->opt.stonith ? NEEDS_QUORUM
		                                             : NEEDS_UNFENCING;
	if (rsc->fence_device)
		return NEEDS_QUORUM;
	if (pe->wants_unfencing)
		return NEEDS_UNFENCING;
	if (pe->opt.stonith)
		return NEEDS_FENCING;
	return pe->opt.no_quorum == POLICY_IGNORE ? NEEDS_NOTHING : NEEDS_QUORUM;
}

static bool
in_master(const struct rsc *rsc)
{
	for (; rsc; rsc = rsc->parent)
		if (rsc->variant == MASTER)
			return true;
	return false;
}

static void
target_role_p(struct pe *pe, struct rsc *rsc)
{
	const char *text = table_get(&rsc->meta, "target-role");
	enum role role = role_parse(text);

	if ((role == ROLE_SLAVE || role == ROLE_MASTER) && !rsc->promotable)
		pe_say(pe, PE_ERROR, true,
		    "Ignoring 'target-role' for %s because '%s' only makes sense for "
		    "promotable clones",
		    rsc->id, text);
	if (role == ROLE_STOPPED || (role == ROLE_SLAVE && rsc->promotable))
		rsc->next_role = role;
}

/* Only these can tell one instance from another; NULL: of a group or a clone. */
static bool
is_unique_class(const char *class)
{
	return !class || same(class, "ocf") || same(class, "stonith");
}

void
meta_use_p(struct pe *pe, struct rsc *rsc)
{
	const struct table *meta = &rsc->meta;
	const char *text;

	rsc->managed = !pe->opt.maintenance_mode;
	value_assign_bool(table_get(meta, "is-managed"), &rsc->managed);
	rsc->maintenance = value_is_true(table_get(meta, "maintenance"));
	rsc->maintenance |= pe->opt.maintenance_mode;
	if (rsc->maintenance)
		rsc->managed = false;
	rsc->priority = score_parse(table_get(meta, "priority"));
	rsc->critical = true;
	value_assign_bool(table_get(meta, "critical"), &rsc->critical);
	rsc->allow_migrate = value_is_true(table_get(meta, "allow-migrate"));
	if (rsc->variant == CLONE && value_is_true(table_get(meta, "promotable")))
		rsc->variant = MASTER;
	rsc->promotable = in_master(rsc);
	rsc->unique = true;
	if (clone_of(rsc) || rsc->variant == CLONE || rsc->variant == MASTER)
		rsc->unique = value_is_true(table_get(meta, "globally-unique")) &&
		              is_unique_class(rsc->class);
	rsc->stickiness = score_parse(table_get(meta, "resource-stickiness"));
	text = table_get(meta, "migration-threshold");
	rsc->migration_threshold = text ? score_parse(text) : INF;
	if (rsc->migration_threshold < 0)
		rsc->migration_threshold = 1;
	rsc->failure_timeout_ms = value_interval_ms(table_get(meta, "failure-timeout"));
	rsc->requires = requires_of(pe, rsc);
	target_role_p(pe, rsc);
	resource_advise_p(pe, rsc);
	if (rsc->fence_device)
		pe->has_fencing = true;
}

/* Clones. */

/* The part of a clone for which it cannot be so; NULL: it can. */
static const xmlNode *
never_unique(const struct rsc *clone)
{
	XML_EACH (clone->template, "primitive", it)
		if (!is_unique_class(xml_get(it, "class")))
			return it;
	return is_unique_class(xml_get(clone->template, "class")) ? NULL
	                                                          : clone->template;
}

static bool
is_ocf(const struct rsc *clone)
{
	XML_EACH (clone->template, "primitive", it)
		if (xml_get(it, "class") && !same(xml_get(it, "class"), "ocf"))
			return false;
	const char *class = xml_get(clone->template, "class");

	return !class || same(class, "ocf");
}

static int
first_of(const struct table *meta, const char *name, const char *old_name, int otherwise)
{
	const char *text = table_get(meta, name);

	return value_int(text ? text : table_get(meta, old_name), otherwise);
}

bool
clone_use_p(struct pe *pe, struct rsc *rsc)
{
	rsc->master_max = first_of(&rsc->meta, "promoted-max", "master-max", 1);
	rsc->master_node_max =
	    first_of(&rsc->meta, "promoted-node-max", "master-node-max", 1);
	if (rsc->variant == MASTER && !is_ocf(rsc)) {
		pe_say(pe, PE_ERROR, true,
		    "Ignoring %s: only ocf resources can be promoted", rsc->id);
		return false;
	}
	const xmlNode *plain = rsc->unique ? never_unique(rsc) : NULL;

	if (plain) {
		pe_say(pe, PE_WARNING, true,
		    "Ignoring globally-unique for %s because %s resources such as %s:0 "
		    "can "
		    "be used only as anonymous clones",
		    rsc->id, xml_get(plain, "class"), xml_get(plain, "id"));
		rsc->unique = false;
		table_set(&rsc->meta, "globally-unique", "false");
		if (rsc->clone_max > (int)pe->node_count)
			rsc->clone_max = (int)pe->node_count;
	}
	if (!rsc->unique)
		rsc->clone_node_max = 1;
	return true;
}
