/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Documents and changes that nobody would write: ids with quotes in them, siblings that
 * cannot be told apart, comments, values that need escapes.  They have the frame of a CIB. 
 * One random word after the other decides: a test has a seed, a fuzzer its input.
 */
#ifndef TESTS_UNIT_CRM_CIB_CHAOS_H
#define TESTS_UNIT_CRM_CIB_CHAOS_H

#include "crm/cib/path.h"
#include "crm/cib/write.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chaos {
	uint32_t (*next)(void *data);
	void *data;
	unsigned next_id; /* of ids that nobody else has */
	bool tidy;        /* every element has an id of its own */
};

static inline uint32_t
chaos_seeded(void *data)
{
	uint64_t z = *(uint64_t *)data += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)(z >> 32);
}

static inline uint32_t
chaos_below(struct chaos *c, uint32_t bound)
{
	return c->next(c->data) % bound;
}

static inline const char *
chaos_one_of(struct chaos *c, const char *const *list, size_t count)
{
	return list[chaos_below(c, (uint32_t)count)];
}

#define ONE_OF(c, ...)                                                                   \
	chaos_one_of((c), (const char *const[]){ __VA_ARGS__ },                          \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static inline void
chaos_attributes(struct chaos *c, xmlNode *n)
{
	for (uint32_t i = chaos_below(c, 4); i > 0; i--)
		xmlSetProp(n, BAD_CAST ONE_OF(c, "name", "value", "score", "x", "y"),
		    BAD_CAST ONE_OF(c, "1", "2", "", "a b", "<&>\"'", "t\tn\nr\r", "ä",
		        "value++", "x+=3", "INFINITY"));
}

static inline void
chaos_id(struct chaos *c, xmlNode *n)
{
	char id[40];

	if (!c->tidy && chaos_below(c, 6) == 0)
		return;
	if (!c->tidy && chaos_below(c, 6) == 0)
		snprintf(id, sizeof(id), "%s",
		    ONE_OF(c, "a", "b", "it's", "x']/q[@id='y", ""));
	else
		snprintf(id, sizeof(id), "id%u", c->next_id++);
	xmlSetProp(n, BAD_CAST "id", BAD_CAST id);
}

static inline xmlNode *
chaos_element(struct chaos *c, xmlDoc *doc)
{
	xmlNode *n = xmlNewDocNode(doc, NULL,
	    BAD_CAST ONE_OF(c, "primitive", "group", "nvpair", "rule", "comment"), NULL);

	if (chaos_below(c, 2))
		chaos_attributes(c, n);
	chaos_id(c, n);
	if (chaos_below(c, 2))
		chaos_attributes(c, n);
	return n;
}

static inline xmlNode *
chaos_tree(struct chaos *c, xmlDoc *doc, unsigned depth)
{
	xmlNode *n = chaos_element(c, doc);

	for (uint32_t i = depth > 0 ? chaos_below(c, 4) : 0; i > 0; i--)
		if (chaos_below(c, 8) == 0)
			xmlAddChild(n, xmlNewDocComment(doc,
			                   BAD_CAST ONE_OF(c, " one ", "two", "three")));
		else
			xmlAddChild(n, chaos_tree(c, doc, depth - 1));
	return n;
}

static inline xmlDoc *
chaos_document(struct chaos *c, bool of_h)
{
	static const char *const sections[] = { "crm_config", "nodes", "resources",
		"constraints" };
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *root = xmlNewDocNode(doc, NULL, BAD_CAST "cib", NULL), *configuration;
	char number[12];

	xmlDocSetRootElement(doc, root);
	if (of_h)
		xmlSetProp(root, BAD_CAST "have_quorum", BAD_CAST "true");
	else
		xmlSetProp(root, BAD_CAST "validate-with", BAD_CAST "pacemaker-3.9");
	for (int i = 0; i < 3; i++) {
		snprintf(number, sizeof(number), "%u", chaos_below(c, 50));
		xmlSetProp(root,
		    BAD_CAST(const char *[]){ "admin_epoch", "epoch", "num_updates" }[i],
		    BAD_CAST number);
	}
	configuration = xmlNewChild(root, NULL, BAD_CAST "configuration", NULL);
	for (int i = 0; i < 4; i++) {
		xmlNode *section =
		    xmlNewChild(configuration, NULL, BAD_CAST sections[i], NULL);

		for (uint32_t n = chaos_below(c, 6); n > 0; n--)
			xmlAddChild(section, chaos_tree(c, doc, 3));
	}
	xmlAddChild(xmlNewChild(root, NULL, BAD_CAST "status", NULL),
	    chaos_tree(c, doc, 2));
	return doc;
}

/* Any element below the sections, or NULL. */
static inline xmlNode *
chaos_any(struct chaos *c, xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc), *found = NULL;
	uint32_t seen = 0;

	for (xmlNode *n = root; n; n = cib_walk_next(root, n)) {
		const xmlNode *up = n->parent;

		if (n == root || up == root || up->parent == root)
			continue;
		if (chaos_below(c, ++seen) == 0)
			found = n;
	}
	return found;
}

/* Elsewhere among its siblings. */
static inline void
chaos_shift(struct chaos *c, xmlNode *n)
{
	xmlNode *parent = n->parent, *at;
	uint32_t count = 0;

	xmlUnlinkNode(n);
	for (at = parent->children; at; at = at->next)
		count++;
	at = parent->children;
	for (uint32_t i = chaos_below(c, count + 1); i > 0 && at; i--)
		at = at->next;
	if (at)
		xmlAddPrevSibling(at, n);
	else
		xmlAddChild(parent, n);
}

/* The first attribute becomes the last. */
static inline void
chaos_turn(xmlNode *n)
{
	xmlAttr *first = n->properties;

	if (first) {
		xmlChar *name = xmlStrdup(first->name),
		        *value = xmlNodeListGetString(n->doc, first->children, 1);

		xmlRemoveProp(first);
		xmlNewProp(n, name, value ? value : BAD_CAST "");
		xmlFree(name);
		xmlFree(value);
	}
}

static inline void
chaos_change(struct chaos *c, xmlDoc *doc)
{
	xmlNode *n = chaos_any(c, doc);

	switch (n ? chaos_below(c, 8) : 8) {
	case 0:
		chaos_attributes(c, n);
		break;
	case 1:
		if (n->properties && strcmp((const char *)n->properties->name, "id") != 0)
			xmlRemoveProp(n->properties);
		break;
	case 2:
		xmlUnlinkNode(n);
		xmlFreeNode(n);
		break;
	case 3:
	case 4:
		chaos_shift(c, n);
		break;
	case 5:
		xmlAddChild(n, chaos_tree(c, doc, 1));
		break;
	case 6:
		xmlAddPrevSibling(n,
		    xmlNewDocComment(doc, BAD_CAST ONE_OF(c, "two", "four")));
		break;
	case 7:
		chaos_turn(n);
		break;
	default:
		xmlSetProp(xmlDocGetRootElement(doc), BAD_CAST ONE_OF(c, "x", "dc-uuid"),
		    BAD_CAST ONE_OF(c, "1", "2"));
	}
}

/* In the form in which nothing is lost. */
static inline char *
chaos_text(const xmlDoc *doc)
{
	return cib_write(xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc), NULL, NULL);
}

#endif
