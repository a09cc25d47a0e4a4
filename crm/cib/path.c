/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/path.h"

#include "crm/cib/codes.h"
#include "lib/array.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#define XPATH_STEPS_MAX 20000000 /* of libxml2: less than a second */

/* The tree. */

const char *
cib_attr(const xmlNode *element, const char *name)
{
	for (const xmlAttr *a = element->properties; a; a = a->next)
		if (strcmp((const char *)a->name, name) == 0) {
			/* One text or none: references have been resolved by the parser. */
			const xmlNode *text = a->children;

			return text && text->content ? (const char *)text->content : "";
		}
	return NULL;
}

static xmlNode *
element_from(const xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return (xmlNode *)(uintptr_t)node;
}

xmlNode *
cib_child_first(const xmlNode *parent)
{
	return parent ? element_from(parent->children) : NULL;
}

xmlNode *
cib_child_next(const xmlNode *child)
{
	return element_from(child->next);
}

xmlNode *
cib_child_find(const xmlNode *parent, const char *tag)
{
	xmlNode *child = cib_child_first(parent);

	while (child && strcmp((const char *)child->name, tag) != 0)
		child = cib_child_next(child);
	return child;
}

xmlNode *
cib_walk_over(const xmlNode *top, const xmlNode *node)
{
	while (node != top) {
		xmlNode *next = cib_child_next(node);

		if (next)
			return next;
		node = node->parent;
	}
	return NULL;
}

xmlNode *
cib_walk_next(const xmlNode *top, const xmlNode *node)
{
	xmlNode *child = cib_child_first(node);

	return child ? child : cib_walk_over(top, node);
}

/* Sections. */

enum place { WHOLE, IN_ROOT, IN_CONFIGURATION, IN_STATUS };

static const struct {
	const char *name;
	enum place place;
} sections[] = {
	{ "", WHOLE },
	{ "none", WHOLE },
	{ "all", WHOLE },
	{ "cib", WHOLE },
	{ "configuration", IN_ROOT },
	{ "status", IN_ROOT },
	{ "crm_config", IN_CONFIGURATION },
	{ "rsc_defaults", IN_CONFIGURATION },
	{ "op_defaults", IN_CONFIGURATION },
	{ "nodes", IN_CONFIGURATION },
	{ "resources", IN_CONFIGURATION },
	{ "constraints", IN_CONFIGURATION },
	{ "fencing-topology", IN_CONFIGURATION },
	{ "acls", IN_CONFIGURATION },
	{ "tags", IN_CONFIGURATION },
	{ "alerts", IN_CONFIGURATION },
	{ "tickets", IN_STATUS },
};

static int
place_of(const char *name)
{
	if (!name)
		return WHOLE;
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (strcmp(sections[i].name, name) == 0)
			return (int)sections[i].place;
	return -1;
}

bool
cib_section_is_known(const char *name)
{
	return place_of(name) >= 0;
}

bool
cib_section_is_whole(const char *name)
{
	return place_of(name) == WHOLE;
}

xmlNode *
cib_section_parent(const xmlNode *root, const char *name)
{
	switch (place_of(name)) {
	case IN_CONFIGURATION:
		return cib_child_find(root, "configuration");
	case IN_STATUS:
		return cib_child_find(root, "status");
	default:
		return (xmlNode *)(uintptr_t)root;
	}
}

xmlNode *
cib_section_find(const xmlNode *root, const char *name)
{
	if (cib_section_is_whole(name))
		return (xmlNode *)(uintptr_t)root;
	return cib_section_is_known(name)
	           ? cib_child_find(cib_section_parent(root, name), name)
	           : NULL;
}

/* XPath. */

static void
ignore_error(void *data, xmlErrorPtr error)
{
	(void)data;
	(void)error;
}

/* The element that stands for a result; NULL: none does.  A comment is not the element around
 * it, which nobody wants to see deleted instead. */
static xmlNode *
element_of(const xmlDoc *doc, xmlNode *node)
{
	switch (node->type) {
	case XML_ELEMENT_NODE:
		return node;
	case XML_ATTRIBUTE_NODE:
		return node->parent;
	case XML_DOCUMENT_NODE:
		return xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc);
	default:
		return NULL;
	}
}

/* Results are in document order: an element's attributes follow one another. */
static int
take(const xmlDoc *doc, xmlNodeSet *set, struct cib_matches *matches)
{
	if (!set || set->nodeNr == 0)
		return CIB_OK;
	xmlXPathNodeSetSort(set);
	matches->node = malloc((size_t)set->nodeNr * sizeof(*matches->node));
	if (!matches->node)
		return CIB_NO_MEMORY;
	for (int i = 0; i < set->nodeNr; i++) {
		xmlNode *e = element_of(doc, set->nodeTab[i]);

		if (e && (matches->count == 0 || matches->node[matches->count - 1] != e))
			matches->node[matches->count++] = e;
	}
	return CIB_OK;
}

int
cib_xpath(const xmlDoc *doc, const char *expression, struct cib_matches *matches,
    struct err *err)
{
	xmlXPathContext *ctxt = xmlXPathNewContext((xmlDoc *)(uintptr_t)doc);
	xmlXPathObject *found;
	int code = CIB_OK;

	*matches = (struct cib_matches){ 0 };
	if (!ctxt)
		return CIB_NO_MEMORY;
	ctxt->error = ignore_error;
	ctxt->opLimit = XPATH_STEPS_MAX;
	found = xmlXPathEvalExpression(BAD_CAST expression, ctxt);
	if (!found)
		code = err_set(err, CIB_ARGUMENT, "'%.200s' %s", expression,
		    ctxt->lastError.code ==
		            XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED
		        ? "takes too many steps"
		        : "is no XPath expression");
	else if (found->type != XPATH_NODESET)
		code = err_set(err, CIB_ARGUMENT, "'%.200s' does not mean elements",
		    expression);
	else if (found->nodesetval && found->nodesetval->nodeNr > (int)CIB_MATCH_MAX)
		code = err_set(err, CIB_ARGUMENT, "'%.200s' means more than %u elements",
		    expression, CIB_MATCH_MAX);
	else
		code = take(doc, found->nodesetval, matches);
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(ctxt);
	return code;
}

void
cib_matches_clear(struct cib_matches *matches)
{
	free(matches->node);
	*matches = (struct cib_matches){ 0 };
}

/* Paths. */

#define STEP_BEGIN "[@id='"
#define STEP_END "']"

static size_t
step_length(const xmlNode *n)
{
	const char *id = cib_attr(n, "id");

	return 1 + strlen((const char *)n->name) +
	       (id ? strlen(STEP_BEGIN) + strlen(id) + strlen(STEP_END) : 0);
}

/* Written from its end, since that is the way to the root. */
static char *
step_put(const xmlNode *n, char *end)
{
	const char *id = cib_attr(n, "id");
	const char *texts[] = { "/", (const char *)n->name, id ? STEP_BEGIN : "",
		id ? id : "", id ? STEP_END : "" };

	for (size_t i = ARRAY_LEN(texts); i-- > 0;) {
		size_t len = strlen(texts[i]);

		end -= len;
		memcpy(end, texts[i], len);
	}
	return end;
}

char *
cib_node_path(const xmlNode *node)
{
	size_t len = 0;
	char *path, *at;

	for (const xmlNode *n = node; n && n->type == XML_ELEMENT_NODE; n = n->parent)
		len += step_length(n);
	path = malloc(len + 1);
	if (!path)
		return NULL;
	at = path + len;
	*at = '\0';
	for (const xmlNode *n = node; n && n->type == XML_ELEMENT_NODE; n = n->parent)
		at = step_put(n, at);
	return path;
}

/* Where the step that means N ends in PATH, or NULL when it means another.  An id may have
 * any character in it, even quotes: it is looked for as it is. */
static const char *
step_match(const xmlNode *n, const char *path)
{
	const char *id;
	size_t len = strlen((const char *)n->name);

	if (*path != '/' || strncmp(path + 1, (const char *)n->name, len) != 0)
		return NULL;
	path += 1 + len;
	if (*path == '\0' || *path == '/')
		return path;
	id = cib_attr(n, "id");
	if (!id || strncmp(path, STEP_BEGIN, strlen(STEP_BEGIN)) != 0)
		return NULL;
	path += strlen(STEP_BEGIN);
	if (strncmp(path, id, strlen(id)) != 0)
		return NULL;
	path += strlen(id);
	if (strncmp(path, STEP_END, strlen(STEP_END)) != 0)
		return NULL;
	path += strlen(STEP_END);
	return *path == '\0' || *path == '/' ? path : NULL;
}

xmlNode *
cib_path_find(const xmlDoc *doc, const char *path)
{
	xmlNode *n = xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc);

	while (n) {
		const char *end = step_match(n, path);

		if (!end)
			n = cib_child_next(n);
		else if (*end == '\0')
			return n;
		else {
			path = end;
			n = cib_child_first(n);
		}
	}
	return NULL;
}
