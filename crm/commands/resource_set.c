/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crm_resource -p -d: parameters, meta attributes and utilization of a resource, set and deleted.  The value that
 * counts may stand in another resource than in the one that was named: of a clone's only child, or of members of a group.
 */
#include "crm/cib/path.h"
#include "crm/commands/resource.h"
#include "crm/common/exits.h"
#include "crm/common/xmltext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XS(text) ((const xmlChar *)(text))

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
	       cib_option_same(resource_is_meta(call)
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

/* Which resource is meant. */

static bool
is_clone(const xmlNode *xml)
{
	return xml && (xmlStrEqual(xml->name, XS("clone")) ||
	                  xmlStrEqual(xml->name, XS("master")));
}

/* The only primitive in a clone, where it has the name itself: it would hide the clone's. */
static const char *
child_that_has_it(const struct resource_call *call, const xmlNode *clone)
{
	for (const xmlNode *it = is_clone(clone) ? cib_child_first(clone) : NULL; it;
	     it = cib_child_next(it)) {
		const char *id = cib_attr(it, "id");

		if (xmlStrEqual(it->name, XS("primitive")) && id &&
		    place_of(call, id).nvpair)
			return id;
	}
	return NULL;
}

/* The id of the resource that is meant: of meta attributes of a clone's only child the clone's, since that is
 * where the cluster looks, unless the child has its own. */
static char *
owner_id(struct kit *kit, const struct resource_call *call, const char *verb)
{
	char *id = resource_id(call, call->rsc);
	const xmlNode *xml = resource_element(call, id), *up = xml ? xml->parent : NULL;
	const char *child, *parent;
	char *owner;

	if (call->force || !resource_is_meta(call))
		return id;
	child = child_that_has_it(call, xml);
	parent = is_clone(up) && !place_of(call, id).nvpair ? cib_attr(up, "id") : NULL;
	if (!child && !parent)
		return id;
	owner = text_print("%s", child ? child : parent);
	if (kit->quiet || kit->result)
		; /* only what was asked for */
	else if (child)
		fprintf(kit->out,
		    "A value for '%s' already exists in child '%s', performing %s on "
		    "that "
		    "instead of '%s'\n",
		    call->name, child, verb, id);
	else
		fprintf(kit->out, "Performing %s of '%s' on '%s', the parent of '%s'\n",
		    verb, call->name, parent, call->resource);
	free(id);
	return owner;
}

/* All that is called so in the resource and in what it is in or with: who does not see why his value does not count
 * looks there. */
static void
others_show(struct kit *kit, const struct resource_call *call)
{
	char *id = resource_id(call, call->rsc);
	xmlNode *top = resource_element(call, id);
	struct resource_call any = *call;
	char *text = NULL;
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	any.set = NULL;
	while (top && top->parent && !xmlStrEqual(top->parent->name, XS("resources")))
		top = top->parent;
	for (xmlNode *n = top; n; n = cib_walk_next(top, n)) {
		const xmlNode *pair =
		    xmlStrEqual(n->name, XS(call->tag)) ? pair_find(&any, n) : NULL;
		const char *value = pair ? cib_attr(pair, "value") : NULL;

		if (!pair)
			continue;
		fprintf(out, "  Value: %s \t(id=%s)\n", value ? value : "(null)",
		    cib_attr(pair, "id"));
		count++;
	}
	fclose(out);
	if (count > 1)
		fprintf(kit->out, "Multiple attributes match name=%s\n%s\n", call->name,
		    text);
	free(text);
	free(id);
}

/* Setting. */

static int
pair_modify(struct kit *kit, struct resource_call *call, const struct place *p)
{
	xmlNode *pair = xmlNewNode(NULL, XS("nvpair"));
	char *path = resource_path(p->nvpair);
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
	char *path = resource_path(p->owner);
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

	while (it && (xmlStrEqual(it->name, XS("meta_attributes")) ||
	                 (!resource_is_meta(call) &&
	                     xmlStrEqual(it->name, XS("instance_attributes")))))
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
	return p->owner && resource_is_meta(call) && pe_profile_of(call->pe) == PE_H &&
	       cib_attr(p->owner, call->name);
}

/* Sets it there, or takes it away if VALUE is NULL. */
static int
on_element(struct kit *kit, struct resource_call *call, const struct place *p,
    const char *value)
{
	xmlDoc *doc = xmlNewDoc(XS("1.0"));
	xmlNode *owner = xmlDocCopyNode(p->owner, doc, 1);
	char *id = text_print("%s", cib_attr(p->owner, "id"));
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
set_one(struct kit *kit, struct resource_call *call, const char *id)
{
	struct place p = place_of(call, id);
	bool found = p.nvpair;
	char *set_id, *pair_id;
	int code;

	if (!p.owner)
		return resource_refuse(kit, CRM_EX_NO_SUCH);
	if (is_on_element(call, &p))
		return on_element(kit, call, &p, call->value);
	set_id =
	    call->set ? text_print("%s", call->set) : text_print("%s-%s", id, call->tag);
	pair_id = found      ? text_print("%s", cib_attr(p.nvpair, "id"))
	          : call->id ? text_print("%s", call->id)
	                     : text_print("%s-%s", set_id, call->name);
	code = found ? pair_modify(kit, call, &p)
	       : pe_profile_of(call->pe) == PE_H
	           ? pair_create_h(kit, call, &p, set_id, pair_id)
	           : pair_create(kit, call, &p, set_id, pair_id);
	if (code == 0 && !kit->result && !kit->quiet)
		fprintf(kit->out, "Set '%s' option: id=%s%s%s name=%s value=%s\n", id,
		    pair_id,
		    found && !call->set ? "" : " set=", found && !call->set ? "" : set_id,
		    call->name, call->value);
	free(set_id);
	free(pair_id);
	return code;
}

/* Members of a group that have the name themselves: the group's value would not count for them. */
static int
members_set(struct kit *kit, struct resource_call *call, const char *group)
{
	const xmlNode *xml = resource_element(call, group);
	char **member = NULL;
	size_t count = 0;
	int code = 0;

	if (!xml || !xmlStrEqual(xml->name, XS("group")) || call->force || call->set ||
	    call->id || !resource_is_meta(call) ||
	    !xmlStrEqual(xml->parent->name, XS("resources")))
		return 0;
	for (const xmlNode *it = cib_child_first(xml); it; it = cib_child_next(it)) {
		const char *id = cib_attr(it, "id");

		if (!xmlStrEqual(it->name, XS("primitive")) || !id ||
		    !place_of(call, id).nvpair)
			continue;
		member = realloc(member, (count + 1) * sizeof(*member));
		if (!member)
			abort();
		member[count++] = text_print("%s", id);
	}
	for (size_t i = 0; i < count; i++) {
		if (code == 0)
			code = set_one(kit, call, member[i]);
		free(member[i]);
	}
	free(member);
	return code;
}

static int
parameter_set(struct kit *kit, struct resource_call *call)
{
	char *id = owner_id(kit, call, "update");
	int code = members_set(kit, call, id);

	if (code == 0)
		code = set_one(kit, call, id);
	free(id);
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
	path = resource_path(p.nvpair);
	pair_id =
	    text_print("%s", cib_attr(p.nvpair, "id") ? cib_attr(p.nvpair, "id") : "");
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

bool
resource_is_meta(const struct resource_call *call)
{
	return strcmp(call->tag, "meta_attributes") == 0;
}

int
resource_set(struct kit *kit, struct resource_call *call)
{
	if (!kit->quiet && !kit->result && !call->force)
		others_show(kit, call);
	return call->command == RSC_SET ? parameter_set(kit, call)
	                                : parameter_delete(kit, call);
}
