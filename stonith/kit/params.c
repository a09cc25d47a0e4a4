/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters in XML (contract in params.h), read with libxml2. */
#include "stonith/kit/params.h"
#include "lib/array.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* Each of these only says less: no network, no DTD, no huge trees, no messages. */
#define READ_OPTIONS                                                                     \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS)

static const struct {
	const char *name;
	enum params_action action;
} actions[] = {
	{ "on", ACTION_ON },
	{ "off", ACTION_OFF },
	{ "reboot", ACTION_REBOOT },
	{ "monitor", ACTION_MONITOR },
	{ "status", ACTION_STATUS },
};

static bool
node_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}

static xmlNode *
node_find(const xmlNode *parent, const char *name)
{
	for (xmlNode *node = parent->children; node; node = node->next)
		if (node_is(node, name))
			return node;
	return NULL;
}

/* The attribute into BUF; false when there is none, or it does not fit. */
static bool
node_attribute(xmlNode *node, const char *name, char *buf, size_t size)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	int n = value ? snprintf(buf, size, "%s", (const char *)value) : -1;

	xmlFree(value);
	return n >= 0 && (size_t)n < size;
}

static char *
node_text(xmlNode *node)
{
	xmlChar *content = node ? xmlNodeGetContent(node) : NULL;
	char *text = content && *content ? strdup((const char *)content) : NULL;

	xmlFree(content);
	return text;
}

/* A name that can be a variable of the environment and a word of -n. */
static bool
name_is_usable(const char *name)
{
	return *name != '\0' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                         "0123456789_-.")] == '\0';
}

static void
read_entries(const xmlNode *block, struct params *params)
{
	for (xmlNode *node = block->children; node && params->count < PARAMS_MAX;
	     node = node->next) {
		struct params_entry *entry = &params->entry[params->count];
		char required[8] = "", deprecated[8] = "";

		if (!node_is(node, "parameter") ||
		    !node_attribute(node, "name", entry->name, sizeof(entry->name)) ||
		    !name_is_usable(entry->name))
			continue;
		node_attribute(node, "required", required, sizeof(required));
		node_attribute(node, "deprecated", deprecated, sizeof(deprecated));
		entry->old_name[0] = '\0';
		if (!node_attribute(node, "obsoletes", entry->old_name,
		        sizeof(entry->old_name)) ||
		    !name_is_usable(entry->old_name))
			entry->old_name[0] = '\0';
		entry->required =
		    deprecated[0] == '\0' &&
		    (strcmp(required, "1") == 0 || strcmp(required, "true") == 0 ||
		        strcmp(required, "yes") == 0);
		params->count++;
	}
}

static void
read_actions(const xmlNode *root, struct params *params)
{
	const xmlNode *block = node_find(root, "actions");

	for (xmlNode *node = block ? block->children : NULL; node; node = node->next) {
		char name[32] = "";

		if (!node_is(node, "action") ||
		    !node_attribute(node, "name", name, sizeof(name)))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(actions); i++)
			if (strcmp(actions[i].name, name) == 0)
				params->actions |= actions[i].action;
	}
}

static void
read_agent(xmlDoc *doc, xmlNode *root, xmlNode *block, struct params *params)
{
	xmlBuffer *buffer = xmlBufferCreate();
	char attribute[256];

	if (buffer && xmlNodeDump(buffer, doc, block, 0, 1) > 0)
		params->xml = strdup((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	params->longdesc = node_text(node_find(root, "longdesc"));
	params->shortdesc = node_text(node_find(root, "shortdesc"));
	if (!params->shortdesc &&
	    node_attribute(root, "shortdesc", attribute, sizeof(attribute)))
		params->shortdesc = strdup(attribute);
	read_actions(root, params);
}

int
params_parse(const char *text, struct params *params)
{
	size_t len = strlen(text);
	xmlNode *root, *block;
	xmlDoc *doc;

	memset(params, 0, sizeof(*params));
	if (len > PARAMS_XML_MAX)
		return -EFBIG;
	doc = xmlReadMemory(text, (int)len, NULL, NULL, READ_OPTIONS);
	root = doc ? xmlDocGetRootElement(doc) : NULL;
	block = !root                         ? NULL
	        : node_is(root, "parameters") ? root
	                                      : node_find(root, "parameters");
	if (!block) {
		xmlFreeDoc(doc);
		return -EINVAL;
	}
	read_entries(block, params);
	if (root != block)
		read_agent(doc, root, block, params);
	xmlFreeDoc(doc);
	return 0;
}

void
params_clear(struct params *params)
{
	free(params->xml);
	free(params->shortdesc);
	free(params->longdesc);
	memset(params, 0, sizeof(*params));
}

bool
params_has(const struct params *params, const char *name)
{
	for (size_t i = 0; i < params->count; i++)
		if (strcmp(params->entry[i].name, name) == 0)
			return true;
	return false;
}
