/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/cib/tree.h"

#include "crm/cib/path.h"

#include <string.h>

xmlNode *
tree_kept(const xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE && n->type != XML_COMMENT_NODE)
		n = n->next;
	return (xmlNode *)(uintptr_t)n;
}

bool
tree_is(const xmlNode *element, const char *tag)
{
	return strcmp((const char *)element->name, tag) == 0;
}

bool
tree_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static const char *
value_of(const xmlAttr *a)
{
	return a->children && a->children->content ? (const char *)a->children->content
	                                           : "";
}

/* Copies. */

xmlNode *
tree_copy_alone(const xmlNode *from, xmlDoc *doc)
{
	xmlNode *copy;

	if (from->type == XML_COMMENT_NODE)
		return xmlNewDocComment(doc, from->content);
	copy = xmlNewDocNode(doc, NULL, from->name, NULL);
	for (const xmlAttr *a = from->properties; copy && a; a = a->next)
		if (!xmlNewProp(copy, a->name, BAD_CAST value_of(a))) {
			xmlFreeNode(copy);
			return NULL;
		}
	return copy;
}

/* Behind the last child, without merging texts as xmlAddChild() would: there are none. */
static void
link_last(xmlNode *parent, xmlNode *node)
{
	node->parent = parent;
	node->prev = parent->last;
	node->next = NULL;
	if (parent->last)
		parent->last->next = node;
	else
		parent->children = node;
	parent->last = node;
}

xmlNode *
tree_copy(const xmlNode *from, xmlDoc *doc)
{
	xmlNode *top = tree_copy_alone(from, doc), *up = top;
	const xmlNode *in = from, *n = tree_kept(from->children);

	if (from->type != XML_ELEMENT_NODE)
		return top;
	while (up) {
		xmlNode *copy;

		if (!n) {
			if (in == from)
				return top;
			n = tree_kept(in->next);
			in = in->parent;
			up = up->parent;
			continue;
		}
		copy = tree_copy_alone(n, doc);
		if (!copy)
			break;
		link_last(up, copy);
		if (n->type == XML_ELEMENT_NODE) {
			in = n;
			up = copy;
			n = tree_kept(n->children);
		} else
			n = tree_kept(n->next);
	}
	xmlFreeNode(top);
	return NULL;
}

xmlDoc *
tree_copy_doc(const xmlNode *root)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *copy = doc ? tree_copy(root, doc) : NULL;

	if (!copy) {
		xmlFreeDoc(doc);
		return NULL;
	}
	xmlDocSetRootElement(doc, copy);
	return doc;
}

/* Changes. */

bool
tree_put_last(xmlNode *parent, xmlNode *node)
{
	if (node)
		link_last(parent, node);
	return node != NULL;
}

xmlNode *
tree_append(xmlNode *parent, const char *tag)
{
	xmlNode *node = xmlNewDocNode(parent->doc, NULL, BAD_CAST tag, NULL);

	tree_put_last(parent, node);
	return node;
}

bool
tree_set(xmlNode *element, const char *name, const char *value)
{
	const char *now = cib_attr(element, name);

	if (now && strcmp(now, value) == 0)
		return true;
	/* A colon is a letter as any other: documents know no namespaces. */
	return xmlSetNsProp(element, NULL, BAD_CAST name, BAD_CAST value) != NULL;
}

static xmlAttr *
attr_find(const xmlNode *element, const xmlChar *name)
{
	xmlAttr *a = element->properties;

	while (a && !xmlStrEqual(a->name, name))
		a = a->next;
	return a;
}

static void
attr_unlink(xmlNode *element, xmlAttr *a)
{
	if (a->prev)
		a->prev->next = a->next;
	else
		element->properties = a->next;
	if (a->next)
		a->next->prev = a->prev;
	a->prev = a->next = NULL;
}

bool
tree_attributes_become(xmlNode *to, const xmlNode *like)
{
	xmlAttr *last = NULL;

	for (const xmlAttr *a = like->properties; a; a = a->next) {
		xmlAttr *mine;

		if (!tree_set(to, (const char *)a->name, value_of(a)))
			return false;
		mine = attr_find(to, a->name);
		attr_unlink(to, mine);
		mine->prev = last;
		mine->next = last ? last->next : to->properties;
		if (mine->next)
			mine->next->prev = mine;
		if (last)
			last->next = mine;
		else
			to->properties = mine;
		last = mine;
	}
	while (last ? last->next : to->properties)
		xmlRemoveProp(last ? last->next : to->properties);
	return true;
}

void
tree_drop(xmlNode *node)
{
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

/* Comparisons. */

bool
tree_same_attributes(const xmlNode *a, const xmlNode *b)
{
	const xmlAttr *x = a->properties, *y = b->properties;

	for (; x && y; x = x->next, y = y->next)
		if (!xmlStrEqual(x->name, y->name) ||
		    strcmp(value_of(x), value_of(y)) != 0)
			return false;
	return !x && !y;
}

static bool
same_alone(const xmlNode *a, const xmlNode *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == XML_COMMENT_NODE)
		return xmlStrEqual(a->content, b->content);
	return xmlStrEqual(a->name, b->name) && tree_same_attributes(a, b);
}

bool
tree_same(const xmlNode *a, const xmlNode *b)
{
	const xmlNode *x = a, *y = b;

	for (;;) {
		const xmlNode *inx, *iny;

		if (!same_alone(x, y))
			return false;
		inx = tree_kept(x->children);
		iny = tree_kept(y->children);
		if (!inx != !iny)
			return false;
		while (!inx && x != a) {
			inx = tree_kept(x->next);
			iny = tree_kept(y->next);
			if (!inx != !iny)
				return false;
			x = x->parent;
			y = y->parent;
		}
		if (!inx)
			return true;
		x = inx;
		y = iny;
	}
}

bool
tree_is_too_deep(const xmlNode *top)
{
	unsigned depth = 1;
	const xmlNode *n = top;

	for (;;) {
		const xmlNode *child = cib_child_first(n);

		if (child) {
			if (++depth > CIB_DEPTH_MAX)
				return true;
			n = child;
			continue;
		}
		while (n != top && !cib_child_next(n)) {
			n = n->parent;
			depth--;
		}
		if (n == top)
			return false;
		n = cib_child_next(n);
	}
}
