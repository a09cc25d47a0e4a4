/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schemas by name (spec/cib.md 4).  All versions of pacemaker's are one text: schemas/pacemaker.rng.in,
 * in which since="X.Y" and until="X.Y" say where an element belongs.
 */
#include "crm/cib/schemas.h"

#include "crm/cib/path.h"
#include "crm/cib/schema_text.h"
#include "crm/common/values.h"
#include "lib/array.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "pacemaker-"
#define NEWEST PREFIX "3.9"
#define NEXT PREFIX "next"

static const char *const names[] = { CIB_SCHEMA_H, PREFIX "1.0", PREFIX "1.2",
	PREFIX "1.3", PREFIX "2.0", PREFIX "2.1", PREFIX "2.2", PREFIX "2.3",
	PREFIX "2.4", PREFIX "2.5", PREFIX "2.6", PREFIX "2.7", PREFIX "2.8",
	PREFIX "2.9", PREFIX "2.10", PREFIX "3.0", PREFIX "3.1", PREFIX "3.2",
	PREFIX "3.3", PREFIX "3.4", PREFIX "3.5", PREFIX "3.6", PREFIX "3.7",
	PREFIX "3.8", NEWEST, NEXT };

struct cib_schemas {
	struct cib_schema schema[ARRAY_LEN(names)];
};

/* Names. */

static size_t
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return ARRAY_LEN(names);
}

const char *
cib_schema_name(size_t i)
{
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

const char *
cib_schema_newest(void)
{
	return NEWEST;
}

/* One version. */

static bool
belongs(const xmlNode *node, const char *version)
{
	if (node->type != XML_ELEMENT_NODE)
		return node->type != XML_COMMENT_NODE;
	const char *since = cib_attr(node, "since"), *until = cib_attr(node, "until");

	return (!since || version_compare(version, since) >= 0) &&
	       (!until || version_compare(version, until) < 0);
}

static void
select_version(xmlNode *root, const char *version)
{
	xmlNode *next;

	for (xmlNode *n = root; n; n = next) {
		next = cib_walk_next(root, n);
		xmlUnsetProp(n, BAD_CAST "since");
		xmlUnsetProp(n, BAD_CAST "until");
		for (xmlNode *child = n->children, *after; child; child = after) {
			after = child->next;
			if (!belongs(child, version)) {
				xmlUnlinkNode(child);
				xmlFreeNode(child);
				next = cib_walk_next(root, n);
			}
		}
	}
}

xmlDoc *
cib_schema_text(const char *name)
{
	bool of_h = strcmp(name, CIB_SCHEMA_H) == 0;
	const char *text = of_h ? cib_grammar_h : cib_grammar_p;

	if (find(name) == ARRAY_LEN(names))
		return NULL;
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET);

	if (!doc)
		return NULL;
	for (xmlNode *n = doc->children, *next; n; n = next) {
		next = n->next;
		if (n->type == XML_COMMENT_NODE) {
			xmlUnlinkNode(n);
			xmlFreeNode(n);
		}
	}
	select_version(xmlDocGetRootElement(doc), of_h ? "0"
	                                          : strcmp(name, NEXT) == 0
	                                              ? "9999"
	                                              : name + strlen(PREFIX));
	return doc;
}

/* Compiled ones. */

struct cib_schemas *
cib_schemas_new(void)
{
	return calloc(1, sizeof(struct cib_schemas));
}

void
cib_schemas_free(struct cib_schemas *schemas)
{
	if (!schemas)
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		xmlRelaxNGFree(schemas->schema[i].grammar);
		xmlFreeDoc(schemas->schema[i].text);
	}
	free(schemas);
}

static bool
compile(struct cib_schema *schema, const char *name)
{
	schema->text = cib_schema_text(name);
	if (!schema->text)
		return false;
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewDocParserCtxt(schema->text);

	if (parser)
		schema->grammar = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	if (!schema->grammar) {
		xmlFreeDoc(schema->text);
		schema->text = NULL;
	}
	return schema->grammar;
}

const struct cib_schema *
cib_schemas_get(struct cib_schemas *schemas, const char *name)
{
	size_t i = find(name);

	if (i == ARRAY_LEN(names))
		return NULL;
	struct cib_schema *schema = &schemas->schema[i];

	return schema->grammar || compile(schema, name) ? schema : NULL;
}
