/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Codes, styles, versions, sections, paths, text and digests; some digests are those of
 * recorded files and calls.
 */
#include "tests/unit/check.h"

#include "crm/cib/codes.h"
#include "crm/cib/digest.h"
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"
#include "lib/array.h"

#include <nettle/md5.h>
#include <stdlib.h>

static xmlDoc *
parsed(const char *text)
{
	struct err err;
	xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

	CHECK(doc, "%s in %s", err.text, text);
	return doc;
}

static void
test_codes(void)
{
	CHECK_STR(cib_code_text(CIB_OLD, CIB_STYLE_P),
	    "Update was older than existing configuration", "both styles");
	CHECK_STR(cib_code_text(CIB_EXISTS, CIB_STYLE_P), "File exists", "P");
	CHECK_STR(cib_code_text(CIB_EXISTS, CIB_STYLE_H), "The object already exists",
	    "H");
	CHECK_STR(cib_code_text(CIB_SECTION, CIB_STYLE_P),
	    "Invalid CIB section specified", "only H has one");
	CHECK_STR(cib_code_text(-99, CIB_STYLE_P), "<unknown error>", "no such code");
}

static void
test_styles(void)
{
	static const struct {
		const char *text;
		enum cib_style want;
	} rows[] = {
		{ "<cib/>", CIB_STYLE_P },
		{ "<cib have_quorum='true'/>", CIB_STYLE_H },
		{ "<cib ignore_dtd='false' validate-with='x'/>", CIB_STYLE_H },
		{ "<cib validate-with='pacemaker-1.0'><master_slave/></cib>",
		    CIB_STYLE_P },
		{ "<cib><configuration><resources><master_slave/></resources></"
		  "configuration></cib>",
		    CIB_STYLE_H },
		{ "<cib><configuration><constraints><rsc_order from='a' "
		  "to='b'/></constraints>"
		  "</configuration></cib>",
		    CIB_STYLE_H },
		{ "<cib><configuration><constraints><rsc_order first='a' "
		  "then='b'/></constraints>"
		  "</configuration></cib>",
		    CIB_STYLE_P },
		{ "<cib><a><attributes/></a></cib>", CIB_STYLE_H },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		xmlDoc *doc = parsed(rows[i].text);

		CHECK_INT(cib_style_of(xmlDocGetRootElement(doc)), rows[i].want, "%s",
		    rows[i].text);
		xmlFreeDoc(doc);
	}
	CHECK_INT(cib_style_of(NULL), CIB_STYLE_P, "nothing");
}

/* From the oldest to the newest: each is before all that follow. */
static void
test_versions_are_ordered(void)
{
	static const struct cib_version order[] = {
		{ 0, 0, 0 },
		{ 0, 0, 5 },
		{ 0, 1, 0 },
		{ 0, 10, 2 },
		{ 1, 0, 0 },
		{ 1, 0, 1 },
		{ 2, 0, 0 },
	};

	for (int i = 0; i < (int)ARRAY_LEN(order); i++)
		for (int j = 0; j < (int)ARRAY_LEN(order); j++) {
			int got = cib_version_compare(&order[i], &order[j]);

			CHECK_INT((got > 0) - (got < 0), (i > j) - (i < j), "%d, %d", i,
			    j);
		}
}

static void
test_versions_count(void)
{
	static const struct {
		enum cib_style style;
		enum cib_change change;
		struct cib_version from, to;
		const char *why;
	} rows[] = {
		{ CIB_STYLE_P, CIB_CHANGE_CONFIG, { 1, 5, 7 }, { 1, 6, 0 },
		    "P starts anew" },
		{ CIB_STYLE_H, CIB_CHANGE_CONFIG, { 1, 5, 7 }, { 1, 6, 1 },
		    "H with one" },
		{ CIB_STYLE_P, CIB_CHANGE_STATUS, { 1, 5, 7 }, { 1, 5, 8 }, "status" },
		{ CIB_STYLE_P, CIB_CHANGE_NONE, { 1, 5, 7 }, { 1, 5, 7 }, "nothing" },
		{ CIB_STYLE_H, CIB_CHANGE_NONE, { 1, 5, 7 }, { 1, 5, 8 },
		    "H counts requests" },
	};
	struct cib_version last = { 1, CIB_COUNT_MAX, 7 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cib_version v = rows[i].from;

		CHECK(cib_version_count(&v, rows[i].style, rows[i].change), "%s",
		    rows[i].why);
		CHECK_INT(cib_version_compare(&v, &rows[i].to), 0, "%s", rows[i].why);
	}
	CHECK(!cib_version_count(&last, CIB_STYLE_P, CIB_CHANGE_CONFIG), "at its end");
	CHECK_INT(last.num_updates, 7, "left alone");
}

static void
test_versions_of_anything(void)
{
	xmlDoc *doc = parsed("<cib admin_epoch='x' epoch='-1' num_updates='7'/>");
	struct cib_version v;

	CHECK_INT(cib_version_get(xmlDocGetRootElement(doc), &v), 2, "two are no counts");
	CHECK_INT(v.admin_epoch, 0, "no number");
	CHECK_INT(v.num_updates, 7, "a number");
	xmlFreeDoc(doc);
}

static const char tree_text[] =
    "<cib><configuration><crm_config/><resources><group id='g'><primitive "
    "id='a'/></group>"
    "<primitive "
    "id=\"it's\"/><primitive/></resources></configuration><status><tickets/></status>"
    "</cib>";

static void
test_sections(void)
{
	xmlDoc *doc = parsed(tree_text);
	xmlNode *root = xmlDocGetRootElement(doc);

	CHECK(cib_section_find(root, NULL) == root &&
	          cib_section_find(root, "all") == root,
	    "the whole");
	CHECK_STR((const char *)cib_section_find(root, "resources")->name, "resources",
	    "found");
	CHECK_STR((const char *)cib_section_find(root, "tickets")->name, "tickets",
	    "in status");
	CHECK(!cib_section_find(root, "tags"), "absent");
	CHECK_STR((const char *)cib_section_parent(root, "tags")->name, "configuration",
	    "its place");
	CHECK(cib_section_is_known("alerts") && !cib_section_is_known("resource"),
	    "names");
	CHECK(cib_section_is_whole("none") && !cib_section_is_whole("status"), "whole");
	xmlFreeDoc(doc);
}

static void
test_paths(void)
{
	static const char *const paths[] = { "/cib", "/cib/configuration/resources",
		"/cib/configuration/resources/group[@id='g']/primitive[@id='a']",
		"/cib/configuration/resources/primitive[@id='it's']",
		"/cib/status/tickets" };
	xmlDoc *doc = parsed(tree_text);

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		xmlNode *n = cib_path_find(doc, paths[i]);
		char *back = n ? cib_node_path(n) : NULL;

		CHECK_STR(back, paths[i], "there and back");
		free(back);
	}
	CHECK(!cib_path_find(doc, "/cib/nothing"), "no such step");
	CHECK(!cib_path_find(doc, "cib"), "no path");
	CHECK(!cib_path_find(doc, "/cib/"), "an empty step");
	CHECK(cib_path_find(doc, "/cib/configuration/resources/primitive"),
	    "the first of a tag");
	xmlFreeDoc(doc);
}

static const struct {
	const char *expression;
	int code;
	size_t count;
	const char *why;
} xpath_cases[] = {
	{ "//primitive", CIB_OK, 3, "elements" },
	{ "//primitive/@id", CIB_OK, 2, "attributes stand for their elements" },
	{ "/", CIB_OK, 1, "the root" },
	{ "//@id/..", CIB_OK, 3, "each once" },
	{ "//nobody", CIB_OK, 0, "nothing" },
	{ "//comment()", CIB_OK, 0, "comments are no elements" },
	{ "//primitive[", CIB_ARGUMENT, 0, "no expression" },
	{ "1+1", CIB_ARGUMENT, 0, "no elements" },
	{ "//*[count(//*[count(//*[count(//*[count(//*[count(//*[count(//*[count(//*)]) "
	  "> 0]) > "
	  "0]) > 0]) > 0]) > 0]) > 0]",
	    CIB_ARGUMENT, 0, "takes too long" },
};

static void
test_xpath(void)
{
	xmlDoc *doc = parsed(tree_text);

	for (size_t i = 0; i < ARRAY_LEN(xpath_cases); i++) {
		struct cib_matches matches;

		CHECK_INT(cib_xpath(doc, xpath_cases[i].expression, &matches, NULL),
		    xpath_cases[i].code, "%s", xpath_cases[i].why);
		CHECK_INT(matches.count, xpath_cases[i].count, "%s", xpath_cases[i].why);
		cib_matches_clear(&matches);
	}
	xmlFreeDoc(doc);
}

static void
test_text(void)
{
	static const char
	    source[] = "<a x='1&#10;&#9;\"&lt;&amp;&gt;' w=\"it's\"> <b/>text<!-- c "
	               "-->\n<d><e/></d></a>",
	    text[] = "<a x=\"1&#10;&#9;&quot;&lt;&amp;&gt;\" w=\"it&apos;s\">\n  <b/>\n"
	             "  <!-- c -->\n  <d>\n    <e/>\n  </d>\n</a>\n",
	    compact[] = "<a x=\"1\\n    &quot;&lt;&amp;&gt;\" w=\"it&apos;s\"><b/><!-- c "
	                "--><d><e/></d></a>",
	    plain[] = " <a w=\"it's\" x=\"1\n\t\"<&>\">\n   <b/>\n   <!-- c -->\n   <d>\n"
	              "     <e/>\n   </d>\n </a>\n";
	xmlDoc *doc = parsed(source), *again;
	const xmlNode *root = xmlDocGetRootElement(doc);
	const struct cib_write_how as_compact = { .form = CIB_FORM_COMPACT },
	                           as_plain = { .form = CIB_FORM_PLAIN_H,
		                           .sorted = true },
	                           as_alone = { .alone = true, .depth = 1 };
	char *got = cib_write(root, NULL, NULL);

	CHECK_STR(got, text, "as it is printed");
	again = parsed(got);
	free(got);
	got = cib_write(xmlDocGetRootElement(again), NULL, NULL);
	CHECK_STR(got, text, "nothing is lost");
	free(got);
	xmlFreeDoc(again);
	got = cib_write(root, &as_compact, NULL);
	CHECK_STR(got, compact, "pacemaker's digests");
	free(got);
	got = cib_write(root, &as_plain, NULL);
	CHECK_STR(got, plain, "heartbeat's digests");
	free(got);
	got = cib_write(root->last, &as_alone, NULL);
	CHECK_STR(got, "  <d/>\n", "without what is in it");
	free(got);
	xmlFreeDoc(doc);
}

/* Digests. */

static void
test_digests_of_parameters(void)
{
	static const struct {
		const char *text;
		int64_t interval_ms;
		const char *want;
	} rows[] = {
		{ "<p/>", 0, "f2317cad3d54cec5d7d7aa7d0bf35cf8" },
		{ "<p ip='10.9.9.100' id='x' crm_feature_set='3' "
		  "CRM_meta_timeout='20000' "
		  "cidr_netmask='24'/>",
		    0, "d338b29e9a88ae3603339318f4945fec" },
		{ "<p CRM_meta_timeout='20000' CRM_meta_name='monitor' op_digest='x'/>",
		    10000, "4811cef7f7f94e3a35a70be7916cb2fd" },
		{ "<p CRM_meta_timeout='30000'/>", 10000,
		    "02a5bcf940fc8d3239701acb11438d6a" },
		{ "<p ip='10.9.9.100' cidr_netmask='24' CRM_meta_timeout='30000'/>",
		    15000, "98b310918d818fe0c167f01c317078f5" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		xmlDoc *doc = parsed(rows[i].text);
		char text[CIB_DIGEST_SIZE];

		CHECK_INT(cib_digest_parameters(xmlDocGetRootElement(doc),
		              rows[i].interval_ms, text),
		    CIB_OK, "made");
		CHECK_STR(text, rows[i].want, "%s", rows[i].text);
		xmlFreeDoc(doc);
	}
}

static void
md5_of(const char *bytes, char text[CIB_DIGEST_SIZE])
{
	struct md5_ctx md5;
	uint8_t sum[MD5_DIGEST_SIZE];

	md5_init(&md5);
	md5_update(&md5, strlen(bytes), (const uint8_t *)bytes);
	md5_digest(&md5, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

/* The bytes as the rules have them; and an answer of the original. */
static void
test_digests_of_documents(void)
{
	static const char text[] = "<cib b='1' a='2' cib-last-written='x'><configuration "
	                           "crm-debug-origin='y' k='&lt;'/>"
	                           "<status><n/></status></cib>";
	static const struct {
		enum cib_digest_kind kind;
		const char *bytes; /* over which the digest is to be made */
	} rows[] = {
		{ CIB_DIGEST_FILE_H,
		    " <cib b=\"1\" a=\"2\" cib-last-written=\"x\">\n   <configuration "
		    "crm-debug-origin=\"y\" k=\"<\"/>\n </cib>\n" },
		{ CIB_DIGEST_WIRE_H,
		    " <cib a=\"2\" b=\"1\">\n   <configuration k=\"<\"/>\n   <status>\n"
		    "     <n/>\n   </status>\n </cib>\n" },
		{ CIB_DIGEST_FILE_P,
		    " <cib b=\"1\" a=\"2\" cib-last-written=\"x\"><configuration "
		    "crm-debug-origin=\"y\" k=\"&lt;\"/></cib>\n" },
		{ CIB_DIGEST_DATA_P,
		    " <cib b=\"1\" a=\"2\" cib-last-written=\"x\"><configuration "
		    "crm-debug-origin=\"y\" k=\"&lt;\"/><status><n/></status></cib>\n" },
		{ CIB_DIGEST_WIRE_P,
		    "<cib b=\"1\" a=\"2\"><configuration k=\"&lt;\"/><status><n/>"
		    "</status></cib>" },
	};
	xmlDoc *doc = parsed(text), *small = parsed("<a b='1' a='2'><c/></a>");
	char got[CIB_DIGEST_SIZE], want[CIB_DIGEST_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		md5_of(rows[i].bytes, want);
		CHECK_INT(cib_digest(xmlDocGetRootElement(doc), rows[i].kind, got),
		    CIB_OK, "made");
		CHECK_STR(got, want, "kind %d", (int)rows[i].kind);
	}
	cib_digest(xmlDocGetRootElement(small), CIB_DIGEST_DATA_P, got);
	CHECK_STR(got, "06cd4d23e542788651f40e07f68d6126", "cibadmin -5");
	xmlFreeDoc(doc);
	xmlFreeDoc(small);
}

static const struct check_case cases[] = {
	{ "codes", test_codes },
	{ "styles", test_styles },
	{ "versions_are_ordered", test_versions_are_ordered },
	{ "versions_count", test_versions_count },
	{ "versions_of_anything", test_versions_of_anything },
	{ "sections", test_sections },
	{ "paths", test_paths },
	{ "xpath", test_xpath },
	{ "text", test_text },
	{ "digests_of_parameters", test_digests_of_parameters },
	{ "digests_of_documents", test_digests_of_documents },
};

CHECK_MAIN("crm_cib_text", cases)
