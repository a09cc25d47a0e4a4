/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading elements and attributes of a document that is lent to us. */
#include "crm/pengine/private.h"

const char *
xml_get(const xmlNode *xml, const char *name)
{
	for (const xmlAttr *a = xml ? xml->properties : NULL; a; a = a->next)
		if (strcmp((const char *)a->name, name) == 0)
			return a->children ? (const char *)a->children->content : "";
	return NULL;
}

bool
xml_is(const xmlNode *xml, const char *tag)
{
	return strcmp((const char *)xml->name, tag) == 0;
}

const xmlNode *
xml_first(const xmlNode *xml, const char *tag)
{
	for (; xml; xml = xml->next)
		if (xml->type == XML_ELEMENT_NODE && (!tag || xml_is(xml, tag)))
			return xml;
	return NULL;
}

const xmlNode *
xml_child(const xmlNode *xml, const char *tag)
{
	return xml ? xml_first(xml->children, tag) : NULL;
}

const xmlNode *
xml_deref(struct pe *pe, const xmlNode *xml)
{
	const char *ref = pe->profile == PE_P ? xml_get(xml, "id-ref") : NULL;
	const xmlNode *found = ref ? table_find(&pe->ids, ref) : NULL;

	return found ? found : xml;
}
