/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verdict over a document (spec/cib.md 4, 6): libxml2 judges by the grammar, explain.c says why
 * in words.  What no grammar says is here: the two styles do not mix, and ids of H are unique by tag.
 */
#include "crm/cib/schemas.h"

#include "crm/cib/path.h"
#include "crm/common/table.h"
#include "crm/common/values.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The report. */

static bool
has_room(struct cib_report *report, size_t count)
{
	if (count < CIB_FAULT_MAX)
		return true;
	report->dropped++;
	return false;
}

static const char *
keep(struct cib_report *report, const char *text)
{
	return text ? arena_strdup(&report->arena, text) : NULL;
}

void
cib_report_add(struct cib_report *report, const xmlNode *element, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	if (!has_room(report, report->fault_count))
		return;
	va_start(args, format);
	int len = vasprintf(&text, format, args);

	va_end(args);
	struct cib_fault fault = {
		.line = element ? (int)xmlGetLineNo(element) : 0,
		.element = element ? keep(report, (const char *)element->name) : "cib",
		.id = element ? keep(report, cib_attr(element, "id")) : NULL,
		.text = len >= 0 ? keep(report, text) : "out of memory",
	};

	if (fault.line < 0)
		fault.line = 0;
	if (len >= 0)
		free(text);
	ARENA_PUSH(&report->arena, report, fault, fault);
}

void
cib_report_clear(struct cib_report *report)
{
	arena_free(&report->arena);
	*report = (struct cib_report){ 0 };
}

static const char *
place_text(struct cib_report *report, const char *file, int line)
{
	if (file)
		return arena_printf(&report->arena, "%s:%d: ", file, line);
	return line > 0 ? arena_printf(&report->arena, "line %d: ", line) : "";
}

const char *
cib_fault_text(struct cib_report *report, const struct cib_fault *fault, const char *file)
{
	const char *place = place_text(report, file, fault->line);

	return fault->id ? arena_printf(&report->arena, "%s<%s id=\"%s\">: %s", place,
	                       fault->element, fault->id, fault->text)
	                 : arena_printf(&report->arena, "%s<%s>: %s", place,
	                       fault->element, fault->text);
}

const char *
cib_raw_text(struct cib_report *report, const struct cib_raw *raw, const char *file)
{
	const char *place = file || raw->line == 0 ? place_text(report, file, raw->line)
	                                           : arena_printf(&report->arena,
	                                                 "Entity: line %d: ", raw->line);

	return arena_printf(&report->arena, "%selement %s: %s : %s", place, raw->element,
	    raw->kind, raw->text);
}

/* libxml2's verdict. */

static void
on_error(void *data, xmlError *e)
{
	struct cib_report *report = data;
	const xmlNode *node = e->node;

	if (!has_room(report, report->raw_count))
		return;
	size_t len = strcspn(e->message ? e->message : "", "\n");
	struct cib_raw raw = {
		.line = node && node->type == XML_ELEMENT_NODE ? (int)xmlGetLineNo(node)
		                                               : e->line,
		.element = keep(report, node && node->type == XML_ELEMENT_NODE
		                            ? (const char *)node->name
		                            : "cib"),
		.kind = e->domain == XML_FROM_RELAXNGV ? "Relax-NG validity error"
		                                       : "validity error",
		.text = arena_printf(&report->arena, "%.*s", (int)len,
		    e->message ? e->message : ""),
	};

	ARENA_PUSH(&report->arena, report, raw, raw);
}

/* What libxml2 noted about ids; it would meet attributes again that are gone by then. */
static void
forget_ids(xmlDoc *doc)
{
	xmlFreeIDTable(doc->ids);
	doc->ids = NULL;
	xmlFreeRefTable(doc->refs);
	doc->refs = NULL;
	for (xmlNode *n = xmlDocGetRootElement(doc); n;
	     n = cib_walk_next(xmlDocGetRootElement(doc), n))
		for (xmlAttr *a = n->properties; a; a = a->next)
			a->atype = (xmlAttributeType)0;
}

/* Any status conforms, but libxml2 needs the square of its elements to see it: it is judged as an empty one. */
static xmlNode *
status_hide(xmlNode *status)
{
	xmlNode *children = status ? status->children : NULL;

	if (status)
		status->children = NULL;
	return children;
}

/* References to ids are judged through libxml2's general channel, so that one is borrowed. */
static bool
conforms(const struct cib_schema *schema, const xmlDoc *doc, struct cib_report *report)
{
	xmlDoc *open = (xmlDoc *)(uintptr_t)doc; /* as before when this ends */
	xmlRelaxNGValidCtxt *ctxt = xmlRelaxNGNewValidCtxt(schema->grammar);
	xmlStructuredErrorFunc others = xmlStructuredError;
	void *others_data = xmlStructuredErrorContext;

	if (!ctxt)
		return false;
	xmlNode *status = (xmlNode *)(uintptr_t)cib_child_find(xmlDocGetRootElement(doc),
	            "status"),
	        *hidden = status_hide(status);

	forget_ids(open);
	xmlRelaxNGSetValidStructuredErrors(ctxt, on_error, report);
	xmlSetStructuredErrorFunc(report, on_error);
	int code = xmlRelaxNGValidateDoc(ctxt, open);

	xmlSetStructuredErrorFunc(others_data, others);
	xmlRelaxNGFreeValidCtxt(ctxt);
	forget_ids(open);
	if (status)
		status->children = hidden;
	return code == 0;
}

/* Ids of H: once with each tag, but for what the status section repeats. */
static bool
ids_unique(const xmlDoc *doc, struct cib_report *report)
{
	struct arena arena = { 0 };
	struct table seen;
	bool unique = true;
	const xmlNode *root = xmlDocGetRootElement(doc),
	              *status = cib_child_find(root, "status");

	table_init(&seen, &arena);
	for (const xmlNode *n = root; n;
	     n = n == status ? cib_walk_over(root, n) : cib_walk_next(root, n)) {
		const char *id = cib_attr(n, "id");

		if (!id)
			continue;
		const char *key =
		    arena_printf(&arena, "%s %s", (const char *)n->name, id);
		const xmlNode *other = table_find(&seen, key);

		if (other) {
			cib_report_add(report, n,
			    "another <%s> has this id, in line %ld: there may be only "
			    "one",
			    (const char *)n->name, xmlGetLineNo(other));
			unique = false;
		} else
			table_add(&seen, key, n);
	}
	arena_free(&arena);
	return unique;
}

/* Verdicts. */

static void
clear_for(struct cib_report *report, const char *schema)
{
	cib_report_clear(report);
	report->schema = schema;
}

enum cib_verdict
cib_validate_by(struct cib_schemas *schemas, const xmlDoc *doc, const char *name,
    struct cib_report *report)
{
	const struct cib_schema *schema = cib_schemas_get(schemas, name);

	clear_for(report, NULL);
	if (!schema) {
		cib_report_add(report, xmlDocGetRootElement(doc),
		    "there is no schema \"%s\"; the newest is %s, the oldest "
		    "pacemaker-1.0",
		    name, cib_schema_newest());
		return CIB_VERDICT_NO_SCHEMA;
	}
	report->schema = name;
	if (!xmlDocGetRootElement(doc)) {
		cib_report_add(report, NULL, "there is nothing in this document");
		return CIB_VERDICT_INVALID;
	}
	bool valid = conforms(schema, doc, report);

	if (!valid)
		cib_explain(schema->text, doc, report);
	if (!valid && report->fault_count == 0) {
		const struct cib_raw *raw = report->raw_count > 0 ? report->raw : NULL;

		cib_report_add(report, xmlDocGetRootElement(doc),
		    "it does not conform to %s: line %d, <%s>: %s", name,
		    raw ? raw->line : 0, raw ? raw->element : "cib",
		    raw ? raw->text : "out of memory");
	}
	if (strcmp(name, CIB_SCHEMA_H) == 0)
		valid &= ids_unique(doc, report);
	return valid ? CIB_VERDICT_VALID : CIB_VERDICT_INVALID;
}

/* A document of P that does not say: by the oldest that it fits. */
static enum cib_verdict
validate_unnamed(struct cib_schemas *schemas, const xmlDoc *doc,
    struct cib_report *report)
{
	const char *name;

	for (size_t i = 0; (name = cib_schema_name(i)); i++) {
		const struct cib_schema *schema = cib_schemas_get(schemas, name);

		if (strcmp(name, CIB_SCHEMA_H) == 0 || !schema)
			continue;
		clear_for(report, name);
		if (conforms(schema, doc, report))
			return CIB_VERDICT_VALID;
	}
	return cib_validate_by(schemas, doc, cib_schema_newest(), report);
}

static enum cib_verdict
validate_named(struct cib_schemas *schemas, const xmlDoc *doc, struct cib_report *report)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	const char *name = cib_attr(root, "validate-with");

	if (cib_style_of(root) == CIB_STYLE_H) {
		if (value_is_true(cib_attr(root, "ignore_dtd")))
			return CIB_VERDICT_UNCHECKED;
		return cib_validate_by(schemas, doc, CIB_SCHEMA_H, report);
	}
	if (!name)
		return validate_unnamed(schemas, doc, report);
	if (strcmp(name, "none") == 0)
		return CIB_VERDICT_UNCHECKED;
	return cib_validate_by(schemas, doc, name, report);
}

enum cib_verdict
cib_validate(struct cib_schemas *schemas, const xmlDoc *doc, struct cib_report *report)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct err why;

	clear_for(report, NULL);
	if (!root || strcmp((const char *)root->name, "cib") != 0)
		return cib_validate_by(schemas, doc, cib_schema_newest(), report);
	enum cib_verdict verdict = validate_named(schemas, doc, report);

	if (cib_style_check(doc, &why) == 0)
		return verdict;
	/* Whatever else is wrong, this is probably why. */
	cib_report_add(report, root, "%s", why.text);
	return CIB_VERDICT_INVALID;
}
