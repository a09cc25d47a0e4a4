/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents in another schema: the recorded pairs, and what changes between schemas (spec/cib.md 4, 5). */
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/upgrade.h"
#include "crm/cib/validate.h"
#include "crm/cib/write.h"
#include "tests/unit/check.h"

#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define VECTORS "../shared/vectors/crm-tools/cib06/"

/* The text with sorted attributes, so that their order does not count. */
static char *
canonical(const xmlDoc *doc)
{
	const struct cib_write_how how = { .form = CIB_FORM_TEXT, .sorted = true };

	return cib_write(xmlDocGetRootElement(doc), &how, NULL);
}

static void
check_same(const xmlDoc *got, const xmlDoc *want, const char *what)
{
	char *a = canonical(got), *b = canonical(want);
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	while (at > 0 && a[at - 1] != '\n')
		at--;
	CHECK(strcmp(a, b) == 0, "%s: '%.80s', not '%.80s'", what, a + at, b + at);
	free(a);
	free(b);
}

static void
test_recorded_pairs(void)
{
	struct err err = { "" };
	xmlDoc *old = cib_read_file(VECTORS "v06.xml", NULL, &err),
	       *as_1 = cib_read_file(VECTORS "v06-as-1.0.xml", NULL, &err),
	       *as_3 = cib_read_file(VECTORS "v06-upgraded-3.9.xml", NULL, &err);
	struct cib_changes changes = { 0 };
	xmlDoc *next = NULL;

	if (!old || !as_1 || !as_3) {
		printf("skip crm_upgrade/recorded-pairs: no vectors beside the source\n");
		xmlFreeDoc(old);
		return;
	}
	CHECK_INT(cib_convert_h(old, &next, &changes, &err), 0, "%s", err.text);
	check_same(next, as_1, "as 1.0");
	CHECK_INT(changes.lost, 0, "nothing is lost");
	cib_changes_clear(&changes);
	xmlFreeDoc(next);
	for (int i = 0; i < 2; i++) {
		struct cib_version counted;

		CHECK_INT(cib_upgrade(i ? as_1 : old, &next, &changes, &err), 0, "%s",
		    err.text);
		/* Counting is done by the operation, not here. */
		cib_version_get(xmlDocGetRootElement(as_3), &counted);
		cib_version_set(xmlDocGetRootElement(next), &counted);
		check_same(next, as_3, i ? "from 1.0" : "from 0.6");
		cib_changes_clear(&changes);
		xmlFreeDoc(next);
	}
	next = old;
	CHECK_INT(cib_upgrade(as_3, &next, &changes, &err), 0, "%s", err.text);
	CHECK(!next, "it is that already");
	cib_changes_clear(&changes);
	xmlFreeDoc(old);
	xmlFreeDoc(as_1);
	xmlFreeDoc(as_3);
}

/* Small pieces: crm_config, resources, constraints and the rest of a configuration. */

#define CRM(x)                                                                           \
	"<crm_config><cluster_property_set id=\"s\">" x                                  \
	"</cluster_property_set></crm_config>"
#define NV(id, name, value)                                                              \
	"<nvpair id=\"" id "\" name=\"" name "\" value=\"" value "\"/>"
#define PRIMITIVE(x)                                                                     \
	"<primitive id=\"A\" class=\"ocf\" provider=\"p\" type=\"t\">" x "</primitive>"
#define OP(x) "<operations><op id=\"o\" name=\"start\" interval=\"0\"" x "</operations>"

static const struct {
	const char *schema, *crm, *resources, *constraints, *rest;
	const char *xpath; /* finds exactly one element afterwards ... */
	size_t lost;
	const char *why;
} rows[] = {
	{ "2.5", CRM(NV("n", "no_quorum_policy", "stop")), "", "", "",
	    "//nvpair[@id='n' and @name='no-quorum-policy']", 0, "a dashed name" },
	{ "2.5", CRM(NV("n", "transition_idle_timeout", "9")), "", "", "",
	    "//nvpair[@name='cluster-delay' and @value='9']", 0, "another name" },
	{ "2.5", CRM(NV("n", "default-action-timeout", "9")), "", "", "",
	    "/cib/configuration[not(//cluster_property_set)]/op_defaults/meta_attributes["
	    "@id='_2TO3_-op-defaults']/nvpair[@id='n' and @name='timeout']",
	    0, "a default of operations; the empty set goes" },
	{ "2.5", CRM(NV("n", "is_managed_default", "false")), "", "", "<rsc_defaults/>",
	    "//rsc_defaults/meta_attributes/nvpair[@name='is-managed']", 0,
	    "into a section that is there and empty" },
	{ "2.5", CRM(NV("n", "default-resource-stickiness", "9")), "", "",
	    "<rsc_defaults><meta_attributes "
	    "id=\"d\">" NV("e", "resource-stickiness", "5") "</meta_attributes></"
	                                                    "rsc_defaults>",
	    "//nvpair[@name='resource-stickiness' and @value='5']", 0,
	    "what the section says counts more" },
	{ "2.5", CRM(NV("n", "default-migration-threshold", "9") NV("k", "x", "y")), "",
	    "", "", "//cluster_property_set[nvpair[@name='x'] and count(nvpair)=1]", 1,
	    "one that is gone" },
	{ "2.5", CRM(NV("n", "cluster-infrastructure", "heartbeat") NV("k", "x", "y")),
	    "", "", "", "//cluster_property_set[count(nvpair)=1]", 0,
	    "an old infrastructure" },
	{ "2.5", CRM(NV("n", "cluster-infrastructure", "corosync")), "", "", "",
	    "//nvpair[@name='cluster-infrastructure']", 0, "today's stays" },
	{ "2.5", "<crm_config/>", PRIMITIVE(OP(" requires=\"quorum\"/>")), "", "",
	    "//op[not(@requires)]/../../meta_attributes[@id='_2TO3_A-meta']/"
	    "nvpair[@id='_2TO3_o-meta-requires' and @name='requires' and "
	    "@value='quorum']",
	    0, "what an operation requires, the resource requires" },
	{ "2.5", "<crm_config/>",
	    PRIMITIVE("<meta_attributes id=\"m\">" NV("n", "requires",
	        "nothing") "</meta_attributes>" OP(" requires=\"quorum\"/>")),
	    "", "", "//nvpair[@name='requires' and @value='nothing']", 0,
	    "unless it says so itself" },
	{ "2.5", "<crm_config/>",
	    PRIMITIVE(OP("><meta_attributes id=\"m\">" NV("n", "requires",
	        "fencing") "</meta_attributes></op>")),
	    "", "", "//primitive/meta_attributes[@id='_2TO3_m']/nvpair[@id='n']", 0,
	    "the same from a set of the operation" },
	{ "2.5", "<crm_config/>",
	    PRIMITIVE("<meta_attributes id=\"m\">" NV("n", "isolation",
	        "docker") "</meta_attributes>"),
	    "", "", "//nvpair[@id='n' and @name='target-role' and @value='Stopped']", 1,
	    "an isolated resource must not run bare" },
	{ "2.5", "<crm_config/>",
	    PRIMITIVE("<instance_attributes id=\"m\">" NV("n", "pcmk_off_cmd",
	        "x") "</instance_attributes>"),
	    "", "", "//nvpair[@name='pcmk_off_action']", 0, "a parameter of fencing" },
	{ "2.5", "<crm_config/>", PRIMITIVE(""),
	    "<rsc_colocation id=\"c\" rsc=\"A\" with-rsc=\"A\" score-attribute=\"x\"/>",
	    "", "//rsc_colocation[not(@score-attribute)]", 0, "never had an effect" },
	{ "1.2", "<crm_config/>", "", "",
	    "<acls><acl_user id=\"u\"><read id=\"r\" tag=\"nodes\"/></acl_user></acls>",
	    "//acls[acl_target[@id='u']/role[@id='auto-u'] and "
	    "acl_role[@id='auto-u']/acl_permission[@kind='read' and "
	    "@object-type='nodes']]",
	    0, "a user's permissions become a role" },
	{ "1.2", "<crm_config/>", PRIMITIVE(""), "",
	    "<acls><acl_role id=\"u\"><write id=\"r\" ref=\"A\" "
	    "attribute=\"class\"/></acl_role></acls>",
	    "//acl_permission[@xpath=\"//*[@id='A'][@class]\" and not(@reference)]", 1,
	    "no permission gets wider" },
	{ "3.2", "<crm_config/>", PRIMITIVE(""), "", "",
	    "/cib[@validate-with='pacemaker-3.9']", 0, "nothing but the name" },
};

static void
test_pieces(void)
{
	struct cib_schemas *schemas = cib_schemas_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[4096];
		struct err err = { "" };
		struct cib_changes changes = { 0 };
		struct cib_report report = { 0 };
		struct cib_matches found = { 0 };
		xmlDoc *next = NULL;

		snprintf(text, sizeof(text),
		    "<cib validate-with=\"pacemaker-%s\" admin_epoch=\"0\" epoch=\"0\" "
		    "num_updates=\"0\"><configuration>%s<nodes/><resources>%s</"
		    "resources><constraints>%s</constraints>%s</configuration><status/></"
		    "cib>",
		    rows[i].schema, rows[i].crm, rows[i].resources, rows[i].constraints,
		    rows[i].rest);
		xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);
		char *before = canonical(doc);

		CHECK_INT(cib_validate(schemas, doc, &report), CIB_VERDICT_VALID,
		    "%s: before: %s", rows[i].why,
		    report.fault_count ? report.fault[0].text : "");
		cib_report_clear(&report);
		CHECK_INT(cib_upgrade(doc, &next, &changes, &err), 0, "%s: %s",
		    rows[i].why, err.text);
		CHECK_INT(cib_validate(schemas, next, &report), CIB_VERDICT_VALID,
		    "%s: after: %s", rows[i].why,
		    report.fault_count ? report.fault[0].text : "");
		cib_xpath(next, rows[i].xpath, &found, &err);
		CHECK_INT(found.count, 1, "%s", rows[i].why);
		CHECK_INT(changes.lost, rows[i].lost, "%s: lost", rows[i].why);
		CHECK(changes.note_count > 0, "%s: told", rows[i].why);
		char *after = canonical(doc);

		CHECK_STR(after, before, "%s: the old one is as before", rows[i].why);
		free(before);
		free(after);
		cib_matches_clear(&found);
		cib_report_clear(&report);
		cib_changes_clear(&changes);
		xmlFreeDoc(next);
		xmlFreeDoc(doc);
	}
	cib_schemas_free(schemas);
}

/* For tools of heartbeat: resources, constraints, the rest. */
static const struct {
	const char *resources, *constraints, *rest, *xpath;
	size_t found, lost;
	const char *why;
} shown[] = {
	{ "<template id=\"T\" class=\"ocf\" provider=\"p\" type=\"t\"><operations><op "
	  "id=\"o\" "
	  "name=\"monitor\" interval=\"5\"/></operations></template><primitive id=\"A\" "
	  "template=\"T\"/>",
	    "", "",
	    "//primitive[@id='A' and @provider='p' and not(@template)]/operations/"
	    "op[@name='monitor']",
	    1, 0, "a template is written out" },
	{ "<clone id=\"C\"><meta_attributes id=\"m\"><nvpair id=\"n\" "
	  "name=\"promotable\" "
	  "value=\"true\"/><nvpair id=\"k\" name=\"promoted-max\" "
	  "value=\"2\"/></meta_attributes><primitive id=\"A\" class=\"lsb\" "
	  "type=\"t\"/></clone>",
	    "", "",
	    "//master_slave[@id='C']/meta_attributes/attributes/nvpair["
	    "@name='globally_unique' and @value='false' or @name='master_max' and "
	    "@value='2']",
	    2, 1, "a promotable clone; what it is without words is said" },
	{ PRIMITIVE("<operations><op id=\"o\" name=\"monitor\" interval=\"5\" "
	            "on-fail=\"standby\" enabled=\"false\"/></operations>"),
	    "", "", "//op[@on_fail='stop' and @disabled='true']", 1, 1,
	    "the closest that there is" },
	{ PRIMITIVE(""), "<rsc_order id=\"c\" first=\"A\" then=\"A\" kind=\"Optional\"/>",
	    "", "//rsc_order[@type='before' and @from='A' and @to='A' and @score='0']", 1,
	    0, "an order" },
	{ PRIMITIVE(
	      "") "<primitive id=\"B\" class=\"lsb\" type=\"t\"/><primitive id=\"D\" "
	          "class=\"lsb\" type=\"t\"/>",
	    "<rsc_order id=\"c\"><resource_set id=\"s\"><resource_ref "
	    "id=\"A\"/><resource_ref "
	    "id=\"B\"/></resource_set><resource_set id=\"r\" "
	    "sequential=\"false\"><resource_ref id=\"D\"/></resource_set></rsc_order>",
	    "", "//rsc_order[@from='A' and @to='B' or @from='B' and @to='D']", 2, 0,
	    "sets are pairs" },
	{ PRIMITIVE("") "<primitive id=\"B\" class=\"lsb\" type=\"t\"/>",
	    "<rsc_location id=\"c\" rsc-pattern=\"[AB]\" node=\"n\" score=\"5\" "
	    "role=\"Promoted\"/>",
	    "",
	    "//rsc_location/rule[@role='Master' and @score='5']/expression[@value='n']",
	    2, 0, "a pattern is each that it matches" },
	{ PRIMITIVE(""), "",
	    "<rsc_defaults><meta_attributes id=\"d\"><nvpair id=\"n\" "
	    "name=\"resource-stickiness\" value=\"7\"/><nvpair id=\"k\" "
	    "name=\"priority\" "
	    "value=\"3\"/></meta_attributes></rsc_defaults>",
	    "//cluster_property_set/attributes/"
	    "nvpair[@name='default-resource-stickiness'] "
	    "| //primitive/meta_attributes/attributes/nvpair[@name='priority']",
	    2, 0, "defaults" },
	{ PRIMITIVE(""), "<rsc_ticket id=\"c\" ticket=\"t\" rsc=\"A\"/>",
	    "<tags><tag id=\"g\"><obj_ref id=\"A\"/></tag></tags>",
	    "//rsc_ticket | //tags", 0, 2, "what heartbeat does not have" },
};

static void
test_for_tools_of_heartbeat(void)
{
	struct cib_schemas *schemas = cib_schemas_new();

	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		char text[4096];
		struct err err = { "" };
		struct cib_changes changes = { 0 };
		struct cib_report report = { 0 };
		struct cib_matches found = { 0 };
		xmlDoc *next = NULL;

		snprintf(text, sizeof(text),
		    "<cib validate-with=\"pacemaker-3.9\" admin_epoch=\"0\" epoch=\"0\" "
		    "num_updates=\"0\"><configuration><constraints>%s</constraints>%s<"
		    "resources>%s</resources><crm_config/><nodes/></configuration></cib>",
		    shown[i].constraints, shown[i].rest, shown[i].resources);
		xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

		CHECK_INT(cib_validate(schemas, doc, &report), CIB_VERDICT_VALID,
		    "%s: before: %s", shown[i].why,
		    report.fault_count ? report.fault[0].text : "");
		cib_report_clear(&report);
		CHECK_INT(cib_convert_to_h(doc, &next, &changes, &err), 0, "%s: %s",
		    shown[i].why, err.text);
		CHECK_INT(cib_validate(schemas, next, &report), CIB_VERDICT_VALID,
		    "%s: after: %s", shown[i].why,
		    report.fault_count ? report.fault[0].text : "");
		CHECK_STR(report.schema ? report.schema : "", "heartbeat-0.6", "%s",
		    shown[i].why);
		cib_xpath(next, shown[i].xpath, &found, &err);
		CHECK_INT(found.count, shown[i].found, "%s", shown[i].why);
		CHECK_INT(changes.lost, shown[i].lost, "%s: lost", shown[i].why);
		cib_matches_clear(&found);
		cib_report_clear(&report);
		cib_changes_clear(&changes);
		xmlFreeDoc(next);
		xmlFreeDoc(doc);
	}
	cib_schemas_free(schemas);
}

/* Of the history: what heartbeat wrote, and what it is in pacemaker's words, and back. */
static void
test_history(void)
{
	static const struct {
		const char *op, *key, *magic, *key_back, *why;
	} ops[] = {
		{ "operation='monitor' interval='0' rc_code='7' transition_key='4:2:u-u' "
		  "transition_magic='4:7;4:2:u-u'",
		    "4:2:7:u-u", "4:7;4:2:7:u-u", "4:2:u-u", "a probe" },
		{ "operation='monitor' interval='5000' rc_code='0' "
		  "transition_key='4:2:u' "
		  "transition_magic='0:0;4:2:u'",
		    "4:2:0:u", "0:0;4:2:0:u", "4:2:u", "a monitor" },
		{ "operation='monitor' interval='5000' rc_code='8' "
		  "transition_key='4:2:u' "
		  "transition_magic='0:8;4:2:u'",
		    "4:2:8:u", "0:8;4:2:8:u", "4:2:u", "a monitor of a master" },
		{ "operation='start' interval='0' rc_code='1' transition_key='2:u' "
		  "transition_magic='4:1;2:u'",
		    "0:2:0:u", "4:1;0:2:0:u", "0:2:u", "an old key" },
		{ "operation='start' interval='0' rc_code='0' transition_key='some' "
		  "transition_magic=''",
		    "some", "", "some", "no key" },
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		char text[1000];
		struct err err = { "" };
		struct cib_changes changes = { 0 };
		xmlDoc *p = NULL, *h = NULL;

		snprintf(text, sizeof(text),
		    "<cib have_quorum='true'><configuration><crm_config/><nodes/>"
		    "<resources/><constraints/></configuration><status>"
		    "<node_state id='n'><lrm_rsc_op id='o' %s/></node_state></status></"
		    "cib>",
		    ops[i].op);
		xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

		CHECK_INT(cib_convert_h(doc, &p, &changes, &err), 0, "%s", err.text);
		cib_changes_clear(&changes);
		CHECK_INT(cib_convert_to_h(p, &h, &changes, &err), 0, "%s", err.text);
		for (int back = 0; back < 2; back++) {
			const xmlNode *op = xmlDocGetRootElement(back ? h : p);

			while (op && strcmp((const char *)op->name, "lrm_rsc_op") != 0)
				op = op->last;
			CHECK_STR(cib_attr(op,
			              back ? "transition_key" : "transition-key"),
			    back ? ops[i].key_back : ops[i].key, "%s", ops[i].why);
			if (!back)
				CHECK_STR(cib_attr(op, "transition-magic"), ops[i].magic,
				    "%s", ops[i].why);
		}
		cib_changes_clear(&changes);
		xmlFreeDoc(h);
		xmlFreeDoc(p);
		xmlFreeDoc(doc);
	}
}

static const struct {
	const char *text, *error, *why;
} refused[] = {
	{ "<html/>", "this is no CIB: it has no configuration", "not a CIB" },
	{ "<cib validate-with=\"pacemaker-1.0\"><configuration><rsc_order from=\"a\"/></"
	  "configuration></cib>",
	    "line 1: <rsc_order>: the attribute from is of heartbeat's 0.6, in a "
	    "document of "
	    "pacemaker's "
	    "1.0 and later",
	    "both styles" },
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct err err = { "" };
		struct cib_changes changes = { 0 };
		xmlDoc *doc =
		    cib_parse(refused[i].text, strlen(refused[i].text), NULL, &err);
		xmlDoc *next = doc;

		CHECK(cib_upgrade(doc, &next, &changes, &err) < 0, "%s", refused[i].why);
		CHECK_STR(err.text, refused[i].error, "%s", refused[i].why);
		CHECK(next == doc, "%s: nothing is given", refused[i].why);
		cib_changes_clear(&changes);
		xmlFreeDoc(doc);
	}
}

static const struct check_case cases[] = {
	{ "recorded-pairs", test_recorded_pairs },
	{ "pieces", test_pieces },
	{ "for-tools-of-heartbeat", test_for_tools_of_heartbeat },
	{ "history", test_history },
	{ "refusals", test_refusals },
};
CHECK_MAIN("crm_upgrade", cases)
