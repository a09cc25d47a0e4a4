/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts over documents, and what people are told (spec/cib.md 3 to 6). */
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/validate.h"
#include "tests/unit/check.h"

#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* One line each, so that lines can be counted: %s are resources, constraints, what comes behind. */
static const char frame[] =
    "<cib validate-with=\"pacemaker-%s\" admin_epoch=\"0\" epoch=\"1\" "
    "num_updates=\"0\">\n"
    "<configuration><crm_config/><nodes/>\n"
    "<resources><primitive id=\"A\" class=\"lsb\" type=\"t\"/><primitive id=\"B\" "
    "class=\"lsb\" type=\"t\"/>\n"
    "%s\n"
    "</resources><constraints>\n"
    "%s\n"
    "</constraints></configuration><status><any id=\"A\"/></status></cib>\n";

static xmlDoc *
parse(const char *text)
{
	struct err err = { "" };
	xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

	if (!doc)
		fprintf(stderr, "%s\n", err.text);
	return doc;
}

static xmlDoc *
framed(const char *version, const char *resources, const char *constraints)
{
	char text[4096];

	snprintf(text, sizeof(text), frame, version, resources, constraints);
	return parse(text);
}

/* Faults. */

static const struct {
	const char *version, *resources, *constraints;
	const char *fault; /* NULL = it is valid */
	const char *why;
} rows[] = {
	{ "3.9", "", "", NULL,
	    "nothing but two primitives; the status may hold anything" },
	{ "3.9",
	    "<primitive id=\"X\" class=\"ocf\" provider=\"p\" type=\"t\" nice=\"1\"/>",
	    "",
	    "line 4: <primitive id=\"X\">: nice=\"1\": there is no such attribute here; "
	    "there are: "
	    "id, class, provider, type, template, description",
	    "an attribute that does not exist" },
	{ "1.0", "<template id=\"X\" class=\"lsb\" type=\"t\"/>", "",
	    "line 4: <template id=\"X\">: there is no such element in <resources>; there "
	    "are: "
	    "primitive, group, clone, master",
	    "templates came with 1.2" },
	{ "1.2", "<template id=\"X\" class=\"lsb\" type=\"t\"/>", "", NULL, "see above" },
	{ "3.9", "<primitive id=\"X\" class=\"ocf\" type=\"t\"/>", "",
	    "line 4: <primitive id=\"X\">: it needs provider=, too",
	    "OCF needs a provider" },
	{ "3.9", "<primitive id=\"X\" class=\"lsb\" provider=\"p\" type=\"t\"/>", "",
	    "line 4: <primitive id=\"X\">: provider=\"p\" does not go together with the "
	    "attributes "
	    "before it",
	    "and only OCF" },
	{ "3.9", "<primitive id=\"A\" class=\"lsb\" type=\"t\"/>", "",
	    "line 4: <primitive id=\"A\">: id=\"A\" is that of <primitive> in line 3, "
	    "too: "
	    "an id "
	    "stands only once in a document",
	    "ids are unique" },
	{ "3.9", "<primitive id=\"1x\" class=\"lsb\" type=\"t\"/>", "",
	    "line 4: <primitive id=\"1x\">: id=\"1x\": right would be: a name that "
	    "begins "
	    "with a "
	    "letter or _, then letters, digits, . - _",
	    "what an id may be" },
	{ "3.9", "<clone id=\"X\"/>", "",
	    "line 4: <clone id=\"X\">: it needs <primitive> or <group>, too",
	    "an empty clone" },
	{ "3.9",
	    "<group id=\"X\">words<primitive id=\"Y\" class=\"lsb\" type=\"t\"/></group>",
	    "", "line 4: <group id=\"X\">: there is text in it: words",
	    "text is no part of a CIB" },
	{ "3.9", "",
	    "<rsc_order id=\"o\" first=\"A\" then=\"B\" first-action=\"monitor\"/>",
	    "line 6: <rsc_order id=\"o\">: first-action=\"monitor\": right would be: "
	    "start, promote, "
	    "demote, stop",
	    "a list of words" },
	{ "3.9", "", "<rsc_colocation id=\"c\" score=\"1\"/>",
	    "line 6: <rsc_colocation id=\"c\">: it needs <resource_set>, or rsc= and "
	    "with-rsc=, too",
	    "one of two forms" },
	{ "3.9", "", "<rsc_location id=\"l\" rsc=\"gone\" node=\"n\" score=\"1\"/>",
	    "line 6: <rsc_location id=\"l\">: rsc=\"gone\": there is no element with "
	    "this "
	    "id",
	    "a reference to nothing" },
	{ "3.9", "", "<rsc_location id=\"l\" rsc=\"A\" node=\"n\" score=\"-infinity\"/>",
	    "line 6: <rsc_location id=\"l\">: score=\"-infinity\": right would be: an "
	    "integer, "
	    "INFINITY, +INFINITY, -INFINITY",
	    "scores have capital letters" },
	{ "3.8", "",
	    "<rsc_location id=\"l\" rsc=\"A\"><rule id=\"r\"><expression id=\"e\" "
	    "attribute=\"a\" operation=\"defined\"/></rule></rsc_location>",
	    "line 6: <rule id=\"r\">: it needs score= or score-attribute=, too",
	    "rules need a score before 3.9" },
	{ "3.9", "",
	    "<rsc_location id=\"l\" rsc=\"A\"><rule id=\"r\"><expression id=\"e\" "
	    "attribute=\"a\" operation=\"defined\"/></rule></rsc_location>",
	    NULL, "and not from then on" },
	{ "3.9", "", "<rsc_order id=\"o\" from=\"A\" to=\"B\"/>",
	    "line 1: <cib>: line 6: <rsc_order id=\"o\">: the attribute from is of "
	    "heartbeat's 0.6, in "
	    "a document of pacemaker's 1.0 and later",
	    "the two styles do not mix" },
};

static void
test_faults(void)
{
	struct cib_schemas *schemas = cib_schemas_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cib_report report = { 0 };
		xmlDoc *doc =
		    framed(rows[i].version, rows[i].resources, rows[i].constraints);
		enum cib_verdict verdict = cib_validate(schemas, doc, &report);
		const char *said = "";

		for (size_t j = 0; j < report.fault_count; j++) {
			const char *text =
			    cib_fault_text(&report, &report.fault[j], NULL);

			if (!*said || (rows[i].fault && strcmp(text, rows[i].fault) == 0))
				said = text;
		}
		CHECK_INT(verdict,
		    rows[i].fault ? CIB_VERDICT_INVALID : CIB_VERDICT_VALID, "%s: %s",
		    rows[i].why, said);
		if (rows[i].fault)
			CHECK_STR(said, rows[i].fault, "%s", rows[i].why);
		cib_report_clear(&report);
		xmlFreeDoc(doc);
	}
	cib_schemas_free(schemas);
}

static void
test_all_faults_are_told(void)
{
	static const int lines[] = { 4, 4, 6, 6 };
	struct cib_schemas *schemas = cib_schemas_new();
	struct cib_report report = { 0 };
	xmlDoc *doc = framed("3.0",
	    "<primitive id=\"X\" class=\"lsb\" type=\"t\" x=\"\"/><clone id=\"Y\"/>",
	    "<rsc_order id=\"o\" first=\"A\" then=\"gone\"/><rsc_order id=\"p\" "
	    "first=\"A\"/>");

	CHECK_INT(cib_validate(schemas, doc, &report), CIB_VERDICT_INVALID,
	    "four faults");
	CHECK_INT(report.fault_count, ARRAY_LEN(lines), "each one");
	for (size_t i = 0; i < report.fault_count && i < ARRAY_LEN(lines); i++)
		CHECK_INT(report.fault[i].line, lines[i], "fault %zu: %s", i,
		    report.fault[i].text);
	CHECK(report.raw_count > 0, "libxml2 says something, too");
	cib_report_clear(&report);
	xmlFreeDoc(doc);
	cib_schemas_free(schemas);
}

/* Which schema. */

static const struct {
	const char *text;
	enum cib_verdict verdict;
	const char *schema, *why;
} choices[] = {
#define SECTIONS                                                                         \
	"<configuration><crm_config/><nodes/><resources/><constraints/></"               \
	"configuration><"                                                                \
	"status/>"
#define COUNTERS " admin_epoch=\"0\" epoch=\"0\" num_updates=\"0\">"
	{ "<cib validate-with=\"none\"" COUNTERS "<nonsense/></cib>",
	    CIB_VERDICT_UNCHECKED, NULL, "nobody shall look" },
	{ "<cib validate-with=\"pacemaker-4.0\"" COUNTERS SECTIONS "</cib>",
	    CIB_VERDICT_NO_SCHEMA, NULL, "not known" },
	{ "<cib validate-with=\"pacemaker-next\"" COUNTERS SECTIONS "</cib>",
	    CIB_VERDICT_VALID, "pacemaker-next", "known, though never released" },
	{ "<cib validate-with=\"\"" COUNTERS SECTIONS "</cib>", CIB_VERDICT_NO_SCHEMA,
	    NULL, "no name" },
	{ "<cib" COUNTERS SECTIONS "</cib>", CIB_VERDICT_VALID, "pacemaker-1.0",
	    "the oldest that fits" },
	{ "<cib update-user=\"u\"" COUNTERS SECTIONS "</cib>", CIB_VERDICT_VALID,
	    "pacemaker-1.2", "who updated is told since 1.2" },
	{ "<cib" COUNTERS "<nonsense/></cib>", CIB_VERDICT_INVALID, "pacemaker-3.9",
	    "none fits: the newest tells why" },
	{ "<cib have_quorum=\"true\"" COUNTERS SECTIONS "</cib>", CIB_VERDICT_VALID,
	    "heartbeat-0.6", "of heartbeat" },
	{ "<cib ignore_dtd=\"true\"" COUNTERS "<nonsense/></cib>", CIB_VERDICT_UNCHECKED,
	    NULL, "the same, of heartbeat" },
	{ "<cib ignore_dtd=\"false\" have-quorum=\"1\"" COUNTERS SECTIONS "</cib>",
	    CIB_VERDICT_INVALID, "heartbeat-0.6", "of both" },
	{ "<html/>", CIB_VERDICT_INVALID, "pacemaker-3.9", "of neither" },
};

static void
test_choice_of_schema(void)
{
	struct cib_schemas *schemas = cib_schemas_new();

	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		struct cib_report report = { 0 };
		xmlDoc *doc = parse(choices[i].text);

		CHECK_INT(cib_validate(schemas, doc, &report), choices[i].verdict, "%s",
		    choices[i].why);
		CHECK_STR(report.schema ? report.schema : "none",
		    choices[i].schema ? choices[i].schema : "none", "%s", choices[i].why);
		CHECK_INT(report.fault_count > 0,
		    choices[i].verdict == CIB_VERDICT_INVALID ||
		        choices[i].verdict == CIB_VERDICT_NO_SCHEMA,
		    "%s: why", choices[i].why);
		cib_report_clear(&report);
		xmlFreeDoc(doc);
	}
	cib_schemas_free(schemas);
}

static void
test_ids_of_heartbeat(void)
{
	struct cib_schemas *schemas = cib_schemas_new();
	struct cib_report report = { 0 };
	xmlDoc *doc =
	    parse("<cib have_quorum=\"true\"" COUNTERS
	          "<configuration><crm_config/><nodes/><resources>"
	          "<primitive id=\"a\" class=\"lsb\" type=\"t\"><operations><op "
	          "id=\"a\" name=\"monitor\"/></operations></primitive>\n"
	          "<primitive id=\"a\" class=\"lsb\" type=\"t\"/>"
	          "</resources><constraints/></configuration><status/></cib>");

	CHECK_INT(cib_validate(schemas, doc, &report), CIB_VERDICT_INVALID, "twice");
	CHECK_INT(report.fault_count, 1, "with the same tag only");
	CHECK_STR(cib_fault_text(&report, report.fault, "cib.xml"),
	    "cib.xml:2: <primitive id=\"a\">: another <primitive> has this id, in line "
	    "1: "
	    "there may be "
	    "only one",
	    "the second one");
	cib_report_clear(&report);
	xmlFreeDoc(doc);
	cib_schemas_free(schemas);
}

/* Any document: what libxml2 refuses has an explanation, in words of our own. */

static unsigned seed = 20061;

static unsigned
draw(unsigned below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % below;
}

static xmlNode *
draw_element(xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc), *found = root;
	unsigned count = 0;

	for (xmlNode *n = root; n; n = cib_walk_next(root, n))
		if (draw(++count) == 0)
			found = n;
	return found;
}

static const xmlAttr *
draw_attribute(const xmlNode *element)
{
	const xmlAttr *found = element->properties;
	unsigned count = 0;

	for (const xmlAttr *a = found; a; a = a->next)
		if (draw(++count) == 0)
			found = a;
	return found;
}

static void
mutate(xmlDoc *doc, xmlDoc *other)
{
	xmlNode *e = draw_element(doc), *from = draw_element(other);
	const xmlAttr *a = draw_attribute(from);

	switch (draw(5)) {
	case 0:
		if (e->properties)
			xmlRemoveProp((xmlAttr *)(uintptr_t)draw_attribute(e));
		break;
	case 1:
		if (a && a->children)
			xmlSetProp(e, a->name, a->children->content);
		break;
	case 2:
		if (e != xmlDocGetRootElement(doc)) {
			xmlUnlinkNode(e);
			xmlFreeNode(e);
		}
		break;
	case 3:
		xmlAddChild(e, xmlDocCopyNode(from, doc, 1));
		break;
	default:
		xmlNodeSetName(e, from->name);
	}
}

static void
test_every_refusal_is_explained(void)
{
	static const char *const resources =
	    "<group id=\"G\"><meta_attributes id=\"m\"><nvpair id=\"n\" name=\"a\" "
	    "value=\"1\"/></meta_attributes><primitive id=\"P\" class=\"ocf\" "
	    "provider=\"p\" "
	    "type=\"t\"><operations><op id=\"o\" name=\"monitor\" interval=\"1\" "
	    "on-fail=\"stop\"/></operations></primitive></group><master "
	    "id=\"M\"><primitive "
	    "id=\"Q\" class=\"lsb\" type=\"t\"/></master>";
	static const char *const constraints =
	    "<rsc_order id=\"c1\" first=\"A\" then=\"B\" "
	    "kind=\"Optional\"/><rsc_location "
	    "id=\"c2\" rsc=\"A\"><rule id=\"r\" score=\"1\"><expression id=\"e\" "
	    "attribute=\"a\" "
	    "operation=\"eq\" value=\"1\"/><date_expression id=\"d\" "
	    "operation=\"date_spec\"><date_spec id=\"s\" "
	    "hours=\"1-2\"/></date_expression></rule></rsc_location><rsc_colocation "
	    "id=\"c3\"><resource_set id=\"rs\" sequential=\"true\"><resource_ref "
	    "id=\"A\"/></resource_set></rsc_colocation>";
	struct cib_schemas *schemas = cib_schemas_new();
	xmlDoc *origin = framed("3.9", resources, constraints);
	unsigned refused = 0, schema_count = 0;

	while (cib_schema_name(schema_count))
		schema_count++;
	for (int i = 0; i < 3000; i++) {
		unsigned begun = seed;
		struct cib_report report = { 0 };
		xmlDoc *doc = xmlCopyDoc(origin, 1);

		for (unsigned n = draw(3) + 1; n > 0; n--)
			mutate(doc, origin);
		enum cib_verdict verdict = cib_validate_by(schemas, doc,
		    cib_schema_name(draw(schema_count)), &report);

		refused += verdict == CIB_VERDICT_INVALID;
		CHECK_INT(report.fault_count > 0, verdict == CIB_VERDICT_INVALID,
		    "seed %u", begun);
		for (size_t j = 0; j < report.fault_count; j++)
			CHECK(!strstr(report.fault[j].text, "does not conform"),
			    "seed %u: only libxml2 knows: %s", begun,
			    report.fault[j].text);
		cib_report_clear(&report);
		xmlFreeDoc(doc);
	}
	CHECK(refused > 1000 && refused < 2990, "%u of 3000 refused", refused);
	xmlFreeDoc(origin);
	cib_schemas_free(schemas);
}

static const struct check_case cases[] = {
	{ "faults", test_faults },
	{ "all-faults-are-told", test_all_faults_are_told },
	{ "choice-of-schema", test_choice_of_schema },
	{ "ids-of-heartbeat", test_ids_of_heartbeat },
	{ "every-refusal-is-explained", test_every_refusal_is_explained },
};
CHECK_MAIN("crm_validate", cases)
