/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource -g -p -d -G -S -D: what is configured of a resource. */
#include "crm/cib/path.h"
#include "crm/commands/resource.h"
#include "crm/common/arena.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XS(text) ((const xmlChar *)(text))

static char *
text_of(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	return text;
}

/* Names. */

static bool
is_meta(const struct resource_call *call)
{
	return strcmp(call->tag, "meta_attributes") == 0;
}

/* How the document has it: heartbeat 2 knows its meta attributes with "_" only. */
static const char *
spelled(const struct resource_call *call, struct arena *arena)
{
	char *name;

	if (!is_meta(call) || pe_profile_of(call->pe) != PE_H)
		return call->name;
	name = arena_strdup(arena, call->name);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

/* Values. */

static int
value_print(struct kit *kit, const char *list, const char *name, const char *value)
{
	xmlNode *xml;

	if (!kit->result) {
		fprintf(kit->out, "%s\n", value);
		return 0;
	}
	xml = xmlNewChild(kit->result, NULL, XS("list"), NULL);
	xmlNewProp(xml, XS("name"), XS(list));
	xmlNewProp(xml, XS("count"), XS("1"));
	xmlNewProp(xmlNewTextChild(xml, NULL, XS("item"), XS(value)), XS("name"),
	    XS(name));
	return 0;
}

static int
parameter_get(struct kit *kit, struct resource_call *call)
{
	const struct pe_resource *r = pe_resource_at(call->pe, call->rsc);
	struct arena arena = { 0 };
	struct table parameters;
	const struct table *from = &parameters;
	const char *value;
	size_t node = r->running_count == 1 ? r->running[0] : PE_NONE;

	if (r->running_count > 1)
		kit_error(kit,
		    "%s is active on more than one node, returning the default value for "
		    "%s",
		    r->id, call->name);
	table_init(&parameters, &arena);
	if (is_meta(call))
		from = r->meta;
	else if (strcmp(call->tag, "utilization") == 0)
		from = r->utilization;
	else
		pe_resource_parameters(call->pe, call->rsc, node, &parameters);
	value = table_get(from, call->name);
	if (value)
		value_print(kit, "attributes", call->name, value);
	else
		kit_error(kit, "Attribute '%s' not found for '%s'", call->name, r->id);
	arena_free(&arena);
	return 0;
}

static int
property_get(struct kit *kit, struct resource_call *call)
{
	const xmlNode *xml = pe_resource_at(call->pe, call->rsc)->xml;
	const char *value = cib_attr(xml, call->name);

	if (!value) {
		kit_error(kit, "Attribute '%s' not found for '%s'", call->name,
		    call->resource);
		return 0;
	}
	return value_print(kit, "properties", call->name, value);
}

/* Finding where something stands. */

struct place {
	xmlNode *owner;  /* the resource */
	xmlNode *nvpair; /* NULL = there is none */
};

static bool
pair_fits(const struct resource_call *call, const xmlNode *set, const xmlNode *pair)
{
	const char *name = cib_attr(pair, "name"), *id = cib_attr(pair, "id");
	const char *set_id = cib_attr(set, "id");

	return xmlStrEqual(pair->name, XS("nvpair")) && name &&
	       cib_option_same(is_meta(call)
	                           ? cib_style_of(xmlDocGetRootElement(pair->doc))
	                           : CIB_STYLE_P,
	           name, call->name) &&
	       (!call->id || (id && strcmp(id, call->id) == 0)) &&
	       (!call->set || (set_id && strcmp(set_id, call->set) == 0));
}

/* H puts the pairs one level deeper, in <attributes>. */
static xmlNode *
pair_find(const struct resource_call *call, xmlNode *set)
{
	for (xmlNode *it = cib_child_first(set); it; it = cib_child_next(it)) {
		if (pair_fits(call, set, it))
			return it;
		for (xmlNode *pair = cib_child_first(it); pair;
		     pair = cib_child_next(pair))
			if (xmlStrEqual(it->name, XS("attributes")) &&
			    pair_fits(call, set, pair))
				return pair;
	}
	return NULL;
}

static struct place
place_of(const struct resource_call *call, const char *id)
{
	struct place p = { .owner = resource_element(call, id) };

	for (xmlNode *it = p.owner ? cib_child_first(p.owner) : NULL; it && !p.nvpair;
	     it = cib_child_next(it))
		if (xmlStrEqual(it->name, XS(call->tag)))
			p.nvpair = pair_find(call, it);
	return p;
}

/* The id of the resource that is meant: of meta attributes of a clone's only child the clone's, since that is
 * where the cluster looks. */
static char *
owner_id(struct kit *kit, const struct resource_call *call, const char *verb)
{
	char *id = resource_id(call, call->rsc);
	const xmlNode *xml = resource_element(call, id), *up = xml ? xml->parent : NULL;
	const char *parent;

	if (call->force || !is_meta(call) || !up ||
	    (!xmlStrEqual(up->name, XS("clone")) && !xmlStrEqual(up->name, XS("master"))))
		return id;
	parent = cib_attr(up, "id");
	if (!parent || place_of(call, id).nvpair)
		return id;
	if (!kit->quiet && !kit->result)
		fprintf(kit->out, "Performing %s of '%s' on '%s', the parent of '%s'\n",
		    verb, call->name, parent, id);
	free(id);
	return text_of("%s", parent);
}

/* The path of an element, for a request. */
static char *
path_of(const xmlNode *xml)
{
	char *path = cib_node_path(xml);

	if (!path)
		abort();
	return path;
}

/* Setting. */

static int
pair_modify(struct kit *kit, struct resource_call *call, const struct place *p)
{
	xmlNode *pair = xmlNewNode(NULL, XS("nvpair"));
	char *path = path_of(p->nvpair);
	const char *id = cib_attr(p->nvpair, "id");
	int code;

	if (id)
		xmlNewProp(pair, XS("id"), XS(id));
	xmlNewProp(pair, XS("name"), XS(cib_attr(p->nvpair, "name")));
	xmlNewProp(pair, XS("value"), XS(call->value));
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_MODIFY, .xpath = path, .input = pair });
	free(path);
	xmlFreeNode(pair);
	return code;
}

/* A nvpair below SET. */
static void
pair_add(const struct resource_call *call, xmlNode *set, const char *id)
{
	xmlNode *pair = xmlNewChild(set, NULL, XS("nvpair"), NULL);

	xmlNewProp(pair, XS("id"), XS(id));
	xmlNewProp(pair, XS("name"), XS(call->name));
	xmlNewProp(pair, XS("value"), XS(call->value));
}

static xmlNode *
set_new(const struct resource_call *call, const char *set_id)
{
	xmlNode *set = xmlNewNode(NULL, XS(call->tag));

	xmlNewProp(set, XS("id"), XS(set_id));
	return set;
}

static int
pair_create(struct kit *kit, struct resource_call *call, const struct place *p,
    const char *set_id, const char *pair_id)
{
	xmlNode *owner = xmlNewNode(NULL, p->owner->name), *set = set_new(call, set_id);
	char *path = path_of(p->owner);
	int code;

	xmlNewProp(owner, XS("id"), XS(cib_attr(p->owner, "id")));
	xmlAddChild(owner, set);
	pair_add(call, set, pair_id);
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_MODIFY,
	        .xpath = path,
	        .input = owner,
	        .options = CIB_CAN_CREATE });
	free(path);
	xmlFreeNode(owner);
	return code;
}

/* Before what a new set of heartbeat's must stand: first come meta attributes, then the others, then members. */
static xmlNode *
place_of_set(const struct resource_call *call, xmlNode *owner)
{
	xmlNode *it = cib_child_first(owner);

	while (it &&
	       (xmlStrEqual(it->name, XS("meta_attributes")) ||
	           (!is_meta(call) && xmlStrEqual(it->name, XS("instance_attributes")))))
		it = cib_child_next(it);
	return it;
}

/* The same in heartbeat's style, where the order of elements matters and pairs are one level deeper. */
static int
pair_create_h(struct kit *kit, struct resource_call *call, const struct place *p,
    const char *set_id, const char *pair_id)
{
	xmlDoc *doc = xmlNewDoc(XS("1.0"));
	xmlNode *owner = xmlDocCopyNode(p->owner, doc, 1), *set, *next, *list;
	int code;

	xmlDocSetRootElement(doc, owner);
	for (set = cib_child_first(owner); set; set = cib_child_next(set))
		if (xmlStrEqual(set->name, XS(call->tag)) && cib_attr(set, "id") &&
		    strcmp(cib_attr(set, "id"), set_id) == 0)
			break;
	if (!set) {
		set = set_new(call, set_id);
		next = place_of_set(call, owner);
		if (next)
			xmlAddPrevSibling(next, set);
		else
			xmlAddChild(owner, set);
	}
	list = cib_child_find(set, "attributes");
	pair_add(call, list ? list : xmlNewChild(set, NULL, XS("attributes"), NULL),
	    pair_id);
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_REPLACE,
	        .section = "resources",
	        .input = owner });
	xmlFreeDoc(doc);
	return code;
}

/* In heartbeat's style an attribute of the resource's own element comes before any set. */
static bool
is_on_element(const struct resource_call *call, const struct place *p)
{
	return p->owner && is_meta(call) && pe_profile_of(call->pe) == PE_H &&
	       cib_attr(p->owner, call->name);
}

/* Sets it there, or takes it away if VALUE is NULL. */
static int
on_element(struct kit *kit, struct resource_call *call, const struct place *p,
    const char *value)
{
	xmlDoc *doc = xmlNewDoc(XS("1.0"));
	xmlNode *owner = xmlDocCopyNode(p->owner, doc, 1);
	char *id = text_of("%s", cib_attr(p->owner, "id"));
	int code;

	xmlDocSetRootElement(doc, owner);
	xmlUnsetProp(owner, XS(call->name));
	if (value)
		xmlNewProp(owner, XS(call->name), XS(value));
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_REPLACE,
	        .section = "resources",
	        .input = owner });
	if (code == 0 && !kit->result && !kit->quiet)
		fprintf(kit->out, "%s '%s' option: name=%s%s%s\n",
		    value ? "Set" : "Deleted", id, call->name, value ? " value=" : "",
		    value ? value : "");
	free(id);
	xmlFreeDoc(doc);
	return code;
}

static int
parameter_set(struct kit *kit, struct resource_call *call)
{
	char *id = owner_id(kit, call, "update"), *set_id, *pair_id;
	struct place p = place_of(call, id);
	bool found = p.nvpair;
	int code;

	if (!p.owner || is_on_element(call, &p)) {
		code = p.owner ? on_element(kit, call, &p, call->value)
		               : resource_refuse(kit, CRM_EX_NO_SUCH);
		free(id);
		return code;
	}
	set_id = call->set ? text_of("%s", call->set) : text_of("%s-%s", id, call->tag);
	pair_id = found      ? text_of("%s", cib_attr(p.nvpair, "id"))
	          : call->id ? text_of("%s", call->id)
	                     : text_of("%s-%s", set_id, call->name);
	code = found ? pair_modify(kit, call, &p)
	       : pe_profile_of(call->pe) == PE_H
	           ? pair_create_h(kit, call, &p, set_id, pair_id)
	           : pair_create(kit, call, &p, set_id, pair_id);
	if (code == 0 && !kit->result && !kit->quiet)
		fprintf(kit->out, "Set '%s' option: id=%s%s%s name=%s value=%s\n", id,
		    pair_id,
		    found && !call->set ? "" : " set=", found && !call->set ? "" : set_id,
		    call->name, call->value);
	free(id);
	free(set_id);
	free(pair_id);
	return code;
}

static int
parameter_delete(struct kit *kit, struct resource_call *call)
{
	char *id = owner_id(kit, call, "delete"), *path, *pair_id;
	struct place p = place_of(call, id);
	int code;

	if (!p.nvpair) {
		code = is_on_element(call, &p) ? on_element(kit, call, &p, NULL) : 0;
		free(id);
		return code;
	}
	path = path_of(p.nvpair);
	pair_id = text_of("%s", cib_attr(p.nvpair, "id") ? cib_attr(p.nvpair, "id") : "");
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_DELETE, .xpath = path });
	if (code == 0 && !kit->result && !kit->quiet)
		fprintf(kit->out, "Deleted '%s' option: id=%s name=%s\n", id, pair_id,
		    call->name);
	free(path);
	free(pair_id);
	free(id);
	return code;
}

/* The element itself. */

static int
needs_type(struct kit *kit, const char *text)
{
	kit_complain(kit, "%s", text);
	kit_error(kit, "Error performing operation: %s", crm_exit_text(CRM_EX_NO_SUCH));
	return CRM_EX_NO_SUCH;
}

static int
property_set(struct kit *kit, struct resource_call *call)
{
	xmlNode *input, *element;
	char *id, *path;
	int code;

	if (!call->type)
		return needs_type(kit, "Must specify -t with resource type");
	if (!call->value) {
		kit_complain(kit, "You need to supply a value with the -v option");
		return CRM_EX_USAGE;
	}
	id = resource_id(call, call->rsc);
	element = resource_element(call, id);
	if (!element || strcmp((const char *)element->name, call->type) != 0) {
		free(id);
		return resource_refuse(kit, CRM_EX_NO_SUCH);
	}
	path = path_of(element);
	input = xmlNewNode(NULL, XS(call->type));
	xmlNewProp(input, XS("id"), XS(id));
	xmlSetProp(input, XS(call->name), XS(call->value));
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_MODIFY, .xpath = path, .input = input });
	xmlFreeNode(input);
	free(path);
	free(id);
	return code;
}

static int
resource_delete(struct kit *kit, struct resource_call *call)
{
	xmlNode *element;
	char *id, *path;
	int code = 0;

	if (!call->type)
		return needs_type(kit, "You need to specify a resource type with -t");
	id = resource_id(call, call->rsc);
	element = resource_element(call, id);
	if (element && strcmp((const char *)element->name, call->type) == 0) {
		path = path_of(element);
		code = resource_change(kit, call,
		    &(struct cib_request){ .op = CIB_OP_DELETE, .xpath = path });
		free(path);
	}
	free(id);
	return code;
}

static int
parameter(struct kit *kit, struct resource_call *call)
{
	struct arena names = { 0 };
	int code;

	call->name = spelled(call, &names);
	code = call->command == RSC_GET   ? parameter_get(kit, call)
	       : call->command == RSC_SET ? parameter_set(kit, call)
	                                  : parameter_delete(kit, call);
	arena_free(&names);
	return code;
}

int
resource_params(struct kit *kit, struct resource_call *call)
{
	switch (call->command) {
	case RSC_GET:
	case RSC_SET:
	case RSC_DELETE_PARAMETER:
		return parameter(kit, call);
	case RSC_GET_PROPERTY:
		return property_get(kit, call);
	case RSC_SET_PROPERTY:
		return property_set(kit, call);
	default:
		return resource_delete(kit, call);
	}
}
