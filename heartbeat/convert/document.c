/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CIB in the making, in either dialect (spec/cib.md 3, 4, 5). */
#include "heartbeat/convert/private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 256 /* longer ids are cut */

static void *
must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

xmlNode *
element_new(xmlNode *parent, const char *tag, const char *id)
{
	xmlNode *element = must(xmlNewChild(parent, NULL, BAD_CAST tag, NULL));

	if (id)
		must(xmlNewProp(element, BAD_CAST "id", BAD_CAST id));
	return element;
}

/* UTF-8 without control characters. */
static bool
may_stand_in_xml(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return xmlCheckUTF8(BAD_CAST text);
}

void
element_set(struct document *d, xmlNode *element, const char *name, const char *value)
{
	if (!value)
		return;
	if (!may_stand_in_xml(value)) {
		d->bad++;
		value = "";
	}
	must(xmlNewProp(element, BAD_CAST name, BAD_CAST value));
}

/* Ids. */

bool
document_has(const struct document *d, const char *id)
{
	return xmlHashLookup(d->ids, BAD_CAST id) != NULL;
}

const char *
document_id(struct document *d, const char *format, ...)
{
	char wanted[ID_MAX], id[ID_MAX + 16];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(wanted, sizeof(wanted), format, arguments);
	va_end(arguments);
	for (char *c = wanted; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			*c = '_';
	bool begins = isalpha((unsigned char)wanted[0]) || wanted[0] == '_';

	snprintf(id, sizeof(id), "%s%s", begins ? "" : "_", wanted);
	for (unsigned n = 2; document_has(d, id); n++)
		snprintf(id, sizeof(id), "%s%s_%u", begins ? "" : "_", wanted, n);
	xmlChar *kept = must(xmlStrdup(BAD_CAST id));

	if (xmlHashAddEntry(d->ids, kept, kept) < 0)
		abort();
	return (const char *)kept;
}

/* Sets. */

xmlNode *
set_new(struct document *d, xmlNode *parent, const char *tag, const char *id)
{
	xmlNode *set = element_new(parent, tag, id);

	return d->dialect == DIALECT_H ? element_new(set, "attributes", NULL) : set;
}

void
pair_add(struct document *d, xmlNode *set, const char *id, const char *name,
    const char *value)
{
	xmlNode *pair = element_new(set, "nvpair", id);

	element_set(d, pair, "name", name);
	element_set(d, pair, "value", value);
}

void
property_add(struct document *d, const char *name, const char *value)
{
	pair_add(d, d->config, document_id(d, "cib-bootstrap-options-%s", name), name,
	    value);
}

/* Beginning and end. */

void
document_init(struct document *d, enum dialect dialect)
{
	*d = (struct document){ .dialect = dialect };
	d->doc = must(xmlNewDoc(BAD_CAST "1.0"));
	d->ids = must(xmlHashCreate(64));
	xmlNode *cib = must(xmlNewDocNode(d->doc, NULL, BAD_CAST "cib", NULL));

	xmlDocSetRootElement(d->doc, cib);
	if (dialect == DIALECT_P)
		element_set(d, cib, "validate-with", "pacemaker-3.9");
	element_set(d, cib, "admin_epoch", "0");
	element_set(d, cib, "epoch", "0");
	element_set(d, cib, "num_updates", "0");
	xmlNode *configuration = element_new(cib, "configuration", NULL);
	xmlNode *config = element_new(configuration, "crm_config", NULL);

	d->config = set_new(d, config, "cluster_property_set",
	    document_id(d, "cib-bootstrap-options"));
	element_new(configuration, "nodes", NULL); /* the cluster knows them */
	d->resources = element_new(configuration, "resources", NULL);
	d->constraints = element_new(configuration, "constraints", NULL);
	d->defaults = configuration;
	element_new(cib, "status", NULL);
}

static void
id_free(void *id, const xmlChar *name)
{
	(void)name;
	xmlFree(id);
}

void
document_clear(struct document *d)
{
	xmlHashFree(d->ids, id_free);
	xmlFreeDoc(d->doc);
}

char *
document_text(const struct document *d, int *len)
{
	xmlBuffer *buffer = must(xmlBufferCreate());

	if (xmlNodeDump(buffer, d->doc, xmlDocGetRootElement(d->doc), 0, 1) < 0 ||
	    xmlBufferAdd(buffer, BAD_CAST "\n", 1) != 0)
		abort();
	*len = xmlBufferLength(buffer);
	char *text = (char *)must(xmlBufferDetach(buffer));

	xmlBufferFree(buffer);
	return text;
}
