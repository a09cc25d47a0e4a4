/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A document that hides what runs: a section or an element that is misspelt, a class that does not
 * exist.  Such a plan stops healthy resources, and must say so.
 */
#include "crm/pengine/private.h"

#define DEPTH_MAX 3 /* a clone's group's primitive */

static bool
is_one_of(const char *text, const char *const *list)
{
	while (*list && !same(text, *list))
		list++;
	return *list != NULL;
}

static void
primitive_look(struct pe *pe, const xmlNode *xml)
{
	static const char *const classes[] = { "ocf", "lsb", "heartbeat", "stonith",
		"upstart", "service", "systemd", "nagios", NULL };
	const char *id = xml_get(xml, "id"), *class = xml_get(xml, "class");

	if (xml_get(xml, "template") && pe->profile == PE_P)
		return;
	if (!is_one_of(class, classes))
		pe_say(pe, PE_ERROR, true, "Resource %s: class '%s' is unknown",
		    id ? id : "without an id", class ? class : "");
	if (!xml_get(xml, "type"))
		pe_say(pe, PE_ERROR, true, "Resource %s has no type",
		    id ? id : "without an id");
}

static void
resources_look(struct pe *pe, const xmlNode *parent, int depth)
{
	static const char *const around[] = { "group", "clone", "master", "master_slave",
		NULL };
	static const char *const besides[] = { "template", "meta_attributes",
		"instance_attributes", "utilization", "operations", NULL };

	XML_EACH (parent, NULL, xml) {
		const char *tag = (const char *)xml->name;

		if (same(tag, "primitive"))
			primitive_look(pe, xml);
		else if (is_one_of(tag, around) && depth < DEPTH_MAX)
			resources_look(pe, xml, depth + 1);
		else if (!is_one_of(tag, besides))
			pe_say(pe, PE_ERROR, true, "Element %s in %s is ignored", tag,
			    (const char *)parent->name);
	}
}

void
broken_look(struct pe *pe)
{
	static const char *const sections[] = { "crm_config", "nodes", "resources",
		"constraints", NULL };
	const xmlNode *configuration = xml_child(pe->cib, "configuration");

	for (const char *const *s = sections; *s; s++)
		if (!xml_child(configuration, *s))
			pe_say(pe, PE_ERROR, true, "The CIB has no section %s", *s);
	resources_look(pe, xml_child(configuration, "resources"), 1);
}

void
broken_tell(struct pe *pe)
{
	if (!pe->is_broken)
		return;
	for (size_t i = 0; i < pe->written_count; i++) {
		const struct action *a = pe->written[i];

		if (a->rsc && same(a->task, "stop") && !a->pseudo && a->node->online &&
		    !a->node->unclean && !a->rsc->failed)
			pe_say(pe, PE_ERROR, false,
			    "The configuration has errors, and %s would be stopped on %s",
			    a->rsc->id, a->node->uname);
	}
}
