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

/* Names. */

/* How the document has it: heartbeat 2 knows its meta attributes with "_" only. */
static const char *
spelled(const struct resource_call *call, struct arena *arena)
{
	char *name;

	if (!resource_is_meta(call) || pe_profile_of(call->pe) != PE_H)
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
	if (resource_is_meta(call))
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

/* The element itself. */

static int
needs_type(struct kit *kit, const char *text)
{
	kit_complain(kit, "%s", text);
	kit_error_line(kit, "Error performing operation: %s",
	    crm_exit_text(CRM_EX_NO_SUCH));
	return CRM_EX_NO_SUCH;
}

static int
property_set(struct kit *kit, struct resource_call *call)
{
	xmlNode *input, *element;
	char *path;
	int code;

	if (!call->type)
		return needs_type(kit, "Must specify -t with resource type");
	if (!call->value) {
		kit_complain(kit, "You need to supply a value with the -v option");
		return CRM_EX_USAGE;
	}
	/* An instance has no element of its own. */
	element = resource_element(call, call->resource);
	if (!element || strcmp((const char *)element->name, call->type) != 0)
		return resource_refuse(kit, CRM_EX_NO_SUCH);
	path = resource_path(element);
	input = xmlNewNode(NULL, XS(call->type));
	xmlNewProp(input, XS("id"), XS(call->resource));
	xmlSetProp(input, XS(call->name), XS(call->value));
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_MODIFY, .xpath = path, .input = input });
	xmlFreeNode(input);
	free(path);
	return code;
}

static int
resource_delete(struct kit *kit, struct resource_call *call)
{
	xmlNode *element;
	char *path;
	int code = 0;

	if (!call->type)
		return needs_type(kit, "You need to specify a resource type with -t");
	/* An instance is not there to be deleted. */
	element = resource_element(call, call->resource);
	if (element && strcmp((const char *)element->name, call->type) == 0) {
		path = resource_path(element);
		code = resource_change(kit, call,
		    &(struct cib_request){ .op = CIB_OP_DELETE, .xpath = path });
		free(path);
	}
	return code;
}

static int
parameter(struct kit *kit, struct resource_call *call)
{
	struct arena names = { 0 };
	int code;

	call->name = spelled(call, &names);
	code =
	    call->command == RSC_GET ? parameter_get(kit, call) : resource_set(kit, call);
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
