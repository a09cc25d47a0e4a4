/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/attributes.h"

#include "crm/common/pattern.h"
#include "crm/common/values.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* One section: where its sets are. */
static const struct place {
	const char *name;
	const char *above;           /* the section is in there */
	const char *holder, *within; /* elements below it, around the sets; NULL = none */
	const char *set_tag;
	const char *set_id; /* of a new one; with %s for the node's id */
} places[] = {
	{ "crm_config", "configuration", NULL, NULL, "cluster_property_set",
	    "cib-bootstrap-options" },
	{ "rsc_defaults", "configuration", NULL, NULL, "meta_attributes",
	    "rsc_defaults-options" },
	{ "op_defaults", "configuration", NULL, NULL, "meta_attributes",
	    "op_defaults-options" },
	{ "nodes", "configuration", "node", NULL, "instance_attributes", "nodes-%s" },
	{ "status", NULL, "node_state", "transient_attributes", "instance_attributes",
	    "status-%s" },
	{ "tickets", "status", NULL, NULL, "instance_attributes", "status-tickets" },
};

static const struct place *
place_of(const char *section)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].name, section) == 0)
			return &places[i];
	return NULL;
}

bool
attribute_section_is_known(const char *section)
{
	return place_of(section) != NULL;
}

static const char *
tag_of_set(const struct place *p, const struct attribute *a)
{
	return a->utilization && p->holder ? "utilization" : p->set_tag;
}

static bool
is(const xmlNode *n, const char *tag)
{
	return n && n->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)n->name, tag) == 0;
}

static bool
has(const xmlNode *n, const char *name, const char *value)
{
	const char *own = cib_attr(n, name);

	return own && strcmp(own, value) == 0;
}

/* Nodes. */

const char *
attribute_node_name(const char *name, char *buf)
{
	const char *told = getenv("OCF_RESKEY_CRM_meta_on_node");
	struct utsname host;

	if (name && strcmp(name, "auto") != 0 && strcmp(name, "localhost") != 0)
		return name;
	if (told && *told)
		return told;
	if (uname(&host) < 0)
		host.nodename[0] = '\0';
	snprintf(buf, 256, "%s", host.nodename);
	return buf;
}

/* A primitive that is a node: its id is the node's name and id, or remote-node has it. */
static const char *
remote_id(const xmlNode *n, const char *uname)
{
	if (is(n, "primitive") && has(n, "type", "remote") &&
	    has(n, "provider", "pacemaker") && same(cib_attr(n, "id"), uname))
		return cib_attr(n, "id");
	if (is(n, "nvpair") && has(n, "name", "remote-node") &&
	    same(cib_attr(n, "value"), uname))
		return cib_attr(n, "value");
	return NULL;
}

const char *
attribute_node_id(const xmlDoc *doc, const char *uname)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	const xmlNode *nodes = cib_section_find(root, "nodes");
	const xmlNode *resources = cib_section_find(root, "resources");
	const char *id = NULL;

	for (const xmlNode *n = nodes ? cib_child_first(nodes) : NULL; n;
	     n = cib_child_next(n))
		if (is(n, "node") && same(cib_attr(n, "uname"), uname))
			return cib_attr(n, "id");
	for (const xmlNode *n = resources; n && !id; n = cib_walk_next(resources, n))
		id = remote_id(n, uname);
	return id;
}

/* Finding. */

static bool
is_in(const xmlNode *n, const char *tag, const char *id)
{
	for (n = n->parent; n && n->type == XML_ELEMENT_NODE; n = n->parent)
		if (is(n, tag) && (!id || has(n, "id", id)))
			return true;
	return false;
}

/* The element of the section, or of the node in it: NULL = it is not there. */
static xmlNode *
holder_find(const xmlDoc *doc, const struct place *p, const struct attribute *a)
{
	xmlNode *section = cib_section_find(xmlDocGetRootElement(doc), p->name);

	if (!section || !p->holder)
		return section;
	for (xmlNode *n = cib_child_first(section); n; n = cib_child_next(n))
		if (is(n, p->holder) && a->node_id && has(n, "id", a->node_id))
			return n;
	return NULL;
}

bool
attribute_has_place(const xmlDoc *doc, const struct attribute *a)
{
	const struct place *p = place_of(a->section);
	xmlNode *top = p ? holder_find(doc, p, a) : NULL;

	for (xmlNode *n = top; n; n = cib_walk_next(top, n))
		if (is(n, tag_of_set(p, a)) && (!p->within || is_in(n, p->within, NULL)))
			return true;
	return false;
}

static void
add(struct cib_matches *found, size_t *room, xmlNode *n)
{
	if (found->count == *room) {
		*room = *room ? 2 * *room : 16;
		found->node = realloc(found->node, *room * sizeof(*found->node));
		if (!found->node)
			abort();
	}
	found->node[found->count++] = n;
}

/* Options of heartbeat's have two spellings; what a node has may be called anything. */
static bool
is_called(const xmlDoc *doc, const struct attribute *a, const char *name)
{
	return strcmp(a->section, "crm_config") == 0
	           ? cib_option_same(cib_style_of(xmlDocGetRootElement(doc)), name,
	                 a->name)
	           : strcmp(name, a->name) == 0;
}

void
attribute_find(const xmlDoc *doc, const struct attribute *a, struct cib_matches *found)
{
	const struct place *p = place_of(a->section);
	xmlNode *top = p ? holder_find(doc, p, a) : NULL;
	size_t room = 0;
	regex_t pattern;

	*found = (struct cib_matches){ 0 };
	if (!top || (a->pattern && pattern_compile(&pattern, a->pattern, REG_NOSUB)))
		return; /* what is no pattern fits nothing */
	for (xmlNode *n = top; n; n = cib_walk_next(top, n)) {
		const char *name = is(n, "nvpair") ? cib_attr(n, "name") : NULL;

		if (!name || (a->name && !is_called(doc, a, name)) ||
		    (a->id && !has(n, "id", a->id)) ||
		    !is_in(n, tag_of_set(p, a), a->set) ||
		    (p->within && !is_in(n, p->within, NULL)))
			continue;
		if (!a->pattern || regexec(&pattern, name, 0, NULL, 0) == 0)
			add(found, &room, n);
	}
	if (a->pattern)
		regfree(&pattern);
}

/* Changing.  A change is a whole chain of elements, from <cib> to the nvpair, which is merged. */

static xmlNode *
child(xmlNode *parent, const char *tag, const char *id)
{
	xmlNode *n = xmlNewChild(parent, NULL, BAD_CAST tag, NULL);

	if (id)
		xmlNewProp(n, BAD_CAST "id", BAD_CAST id);
	return n;
}

/* A copy of ELEMENT without what is in it, below copies of what it is in: those have their ids only. */
static xmlNode *
chain_of(xmlDoc *change, const xmlNode *element)
{
	const xmlNode *path[CIB_DEPTH_MAX];
	size_t count = 0;
	xmlNode *at = NULL;

	for (const xmlNode *n = element; n && n->type == XML_ELEMENT_NODE;
	     n = n->parent) {
		if (count == CIB_DEPTH_MAX)
			return NULL;
		path[count++] = n;
	}
	while (count-- > 0) {
		const char *tag = (const char *)path[count]->name,
		           *id = cib_attr(path[count], "id");

		if (at)
			at = child(at, tag, id);
		else {
			at = xmlNewDocNode(change, NULL, BAD_CAST tag, NULL);
			xmlDocSetRootElement(change, at);
		}
	}
	return at;
}

/* An id has only some characters; "fail-count-x#monitor_10000" is a name. */
static char *
id_make(const char *set, const char *name)
{
	char *id;

	if (asprintf(&id, "%s-%s", set, name) < 0)
		abort();
	for (char *c = id; *c; c++)
		if (*c == ':' || *c == '#')
			*c = '.';
	return id;
}

static char *
set_id_make(const struct place *p, const struct attribute *a)
{
	char *id;

	if (a->set)
		id = strdup(a->set);
	else {
		char buf[512];

		snprintf(buf, sizeof(buf), p->set_id, a->node_id ? a->node_id : "");
		if (a->utilization && p->holder)
			strncat(buf, "-utilization", sizeof(buf) - strlen(buf) - 1);
		id = strdup(buf);
	}
	if (!id)
		abort();
	return id;
}

char *
attribute_set_id(const struct attribute *a)
{
	const struct place *p = place_of(a->section);

	assert(p);
	return set_id_make(p, a);
}

/* A new nvpair, with all that it needs around it: NULL = what must be there already is not. */
static xmlNode *
chain_new(xmlDoc *change, const xmlDoc *doc, const struct attribute *a)
{
	const struct place *p = place_of(a->section);
	bool is_h = cib_style_of(xmlDocGetRootElement(doc)) == CIB_STYLE_H;
	char *set_id, *id;
	xmlNode *at = NULL;

	if (p->holder) {
		const xmlNode *holder = holder_find(doc, p, a);

		at = holder ? chain_of(change, holder) : NULL;
		if (!at)
			return NULL;
		if (p->within)
			at = child(at, p->within, a->node_id);
	} else {
		at = xmlNewDocNode(change, NULL, BAD_CAST "cib", NULL);
		xmlDocSetRootElement(change, at);
		at = child(child(at, p->above, NULL), p->name, NULL);
	}
	set_id = set_id_make(p, a);
	id = a->id ? strdup(a->id) : id_make(set_id, a->name);
	at = child(at, tag_of_set(p, a), set_id);
	if (is_h)
		at = child(at, "attributes", NULL);
	at = child(at, "nvpair", id);
	xmlNewProp(at, BAD_CAST "name", BAD_CAST(a->name ? a->name : a->id));
	free(set_id);
	free(id);
	return at;
}

int
attribute_set(struct cib_connection *c, const struct attribute *a, const xmlNode *nvpair,
    const char *value, struct cib_answer *answer)
{
	xmlDoc *change = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *at;
	int code;

	if (!change)
		abort();
	*answer = (struct cib_answer){ .code = CIB_NOT_EXISTS };
	at = nvpair ? chain_of(change, nvpair)
	            : chain_new(change, cib_connection_doc(c), a);
	if (at) {
		const struct cib_request request = { .op = CIB_OP_MODIFY,
			.input = xmlDocGetRootElement(change),
			.options = CIB_CAN_CREATE };

		xmlNewProp(at, BAD_CAST "value", BAD_CAST value);
		code = cib_connection_execute(c, &request, answer);
	} else
		code = answer->code;
	xmlFreeDoc(change);
	return code;
}

int
attribute_delete(struct cib_connection *c, const char *section, const xmlNode *nvpair,
    struct cib_answer *answer)
{
	xmlNode *input = xmlNewNode(NULL, BAD_CAST "nvpair");
	const char *id = cib_attr(nvpair, "id"), *name = cib_attr(nvpair, "name");
	const struct cib_request request = { .op = CIB_OP_DELETE,
		.section = section,
		.input = input };
	int code;

	if (!input)
		abort();
	if (id)
		xmlNewProp(input, BAD_CAST "id", BAD_CAST id);
	if (name)
		xmlNewProp(input, BAD_CAST "name", BAD_CAST name);
	code = cib_connection_execute(c, &request, answer);
	xmlFreeNode(input);
	return code;
}
