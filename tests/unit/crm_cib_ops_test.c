/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations: tables for what each answers, and any number of drawn requests, after each
 * of which the version has grown, ids are still unique, a failure has changed nothing, and a
 * patch made of before and after leads there.
 */
#include "tests/unit/check.h"
#include "tests/unit/crm_cib_chaos.h"

#include "crm/cib/diff.h"
#include "crm/cib/ops.h"
#include "crm/cib/read.h"
#include "lib/array.h"

static xmlDoc *
parsed(const char *text)
{
	struct err err;
	xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

	CHECK(doc, "%s in %s", err.text, text);
	return doc;
}

/* Tables. */

#define P_FRAME(epoch, updates, resources, status)                                       \
	"<cib validate-with='none' admin_epoch='1' epoch='" #epoch                       \
	"' num_updates='" #updates                                                       \
	"'><configuration><crm_config/><nodes/><resources>" resources                    \
	"</resources><constraints/></configuration><status>" status "</status></cib>"
#define H_FRAME(epoch, updates, resources, status)                                       \
	"<cib have_quorum='true' admin_epoch='1' epoch='" #epoch                         \
	"' num_updates='" #updates                                                       \
	"'><configuration><crm_config/><nodes/><resources>" resources                    \
	"</resources><constraints/></configuration><status>" status "</status></cib>"
#define RESOURCES                                                                        \
	"<primitive id='a' x='1'><op id='m'/></primitive><group id='g'><primitive "      \
	"id='b'/></group>"
#define STATUS "<node_state id='1'/>"
#define P_TEXT P_FRAME(5, 7, RESOURCES, STATUS)
#define H_TEXT H_FRAME(5, 7, RESOURCES, STATUS)

struct op_case {
	const char *why;
	enum cib_op op;
	const char *section, *input;
	unsigned options;
	int code;
	const char *p, *h; /* what becomes of P_TEXT and H_TEXT; NULL: it stays */
	const char *xpath;
};

static const struct op_case op_cases[] = {
	{ "a new object in its section", CIB_OP_CREATE, "resources",
	    "<primitive id='c'/>", 0, CIB_OK,
	    P_FRAME(6, 0, RESOURCES "<primitive id='c'/>", STATUS),
	    H_FRAME(6, 1, RESOURCES "<primitive id='c'/>", STATUS) },
	{ "it is there", CIB_OP_CREATE, "resources", "<primitive id='a'/>", 0,
	    CIB_EXISTS },
	{ "the section itself is not meant", CIB_OP_CREATE, "resources",
	    "<resources><primitive id='c'/></resources>", 0, CIB_OK,
	    P_FRAME(6, 0, RESOURCES "<primitive id='c'/>", STATUS),
	    H_FRAME(6, 1, RESOURCES "<primitive id='c'/>", STATUS) },
	{ "one of two is there: neither is made", CIB_OP_CREATE, "resources",
	    "<resources><primitive id='c'/><primitive id='a'/></resources>", 0,
	    CIB_EXISTS },
	{ "no section for it", CIB_OP_CREATE, "tags", "<tag id='t'/>", 0, CIB_ARGUMENT },
	{ "no section at all", CIB_OP_CREATE, NULL, "<primitive id='c'/>", 0,
	    CIB_NOT_EXISTS },
	{ "a section that nobody knows", CIB_OP_CREATE, "resource", "<primitive id='c'/>",
	    0, CIB_SECTION },
	{ "no data", CIB_OP_CREATE, "resources", NULL, 0, CIB_ARGUMENT },
	{ "below what an xpath means", CIB_OP_CREATE, NULL, "<primitive id='c'/>", 0,
	    CIB_OK,
	    P_FRAME(6, 0,
	        "<primitive id='a' x='1'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='b'/><primitive id='c'/></group>",
	        STATUS),
	    H_FRAME(6, 1,
	        "<primitive id='a' x='1'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='b'/><primitive id='c'/></group>",
	        STATUS),
	    "//group" },
	{ "attributes are set", CIB_OP_MODIFY, NULL, "<primitive id='b' x='2'/>", 0,
	    CIB_OK,
	    P_FRAME(6, 0,
	        "<primitive id='a' x='1'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='b' x='2'/></group>",
	        STATUS),
	    H_FRAME(6, 1,
	        "<primitive id='a' x='1'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='b' x='2'/></group>",
	        STATUS) },
	{ "a value counts on", CIB_OP_MODIFY, NULL, "<op id='m' n='n+=4'/>", 0, CIB_OK,
	    P_FRAME(6, 0,
	        "<primitive id='a' x='1'><op id='m' n='4'/></primitive><group id='g'>"
	        "<primitive id='b'/></group>",
	        STATUS),
	    H_FRAME(6, 1,
	        "<primitive id='a' x='1'><op id='m' n='4'/></primitive><group id='g'>"
	        "<primitive id='b'/></group>",
	        STATUS) },
	{ "status does not move the epoch", CIB_OP_MODIFY, "status",
	    "<node_state id='1' crmd='online'/>", 0, CIB_OK,
	    P_FRAME(5, 8, RESOURCES, "<node_state id='1' crmd='online'/>"),
	    H_FRAME(5, 8, RESOURCES, "<node_state id='1' crmd='online'/>") },
	{ "not there", CIB_OP_MODIFY, NULL, "<primitive id='c'/>", 0, CIB_NOT_EXISTS },
	{ "not in this section", CIB_OP_MODIFY, "status", "<primitive id='a'/>", 0,
	    CIB_NOT_EXISTS },
	{ "nothing new: only heartbeat counts that", CIB_OP_MODIFY, NULL,
	    "<primitive id='a'/>", 0, CIB_OK, NULL, H_FRAME(5, 8, RESOURCES, STATUS) },
	{ "made when it may be", CIB_OP_MODIFY, "resources", "<primitive id='c'/>",
	    CIB_CAN_CREATE, CIB_OK,
	    P_FRAME(6, 0, RESOURCES "<primitive id='c'/>", STATUS),
	    H_FRAME(6, 1, RESOURCES "<primitive id='c'/>", STATUS) },
	{ "only tried", CIB_OP_MODIFY, "resources", "<primitive id='c'/>",
	    CIB_CAN_CREATE | CIB_DRYRUN, CIB_OK },
	{ "for this node alone: no counter moves", CIB_OP_MODIFY, NULL,
	    "<node_state id='1' ha='active'/>", CIB_SCOPE_LOCAL | CIB_INHIBIT_BCAST,
	    CIB_OK, P_FRAME(5, 7, RESOURCES, "<node_state id='1' ha='active'/>"),
	    H_FRAME(5, 7, RESOURCES, "<node_state id='1' ha='active'/>") },
	{ "an epoch is not set back", CIB_OP_MODIFY, NULL, "<cib epoch='3'/>", 0,
	    CIB_OLD },
	{ "an xpath with two results is no place", CIB_OP_MODIFY, NULL,
	    "<primitive id='a' y='1'/>", 0, CIB_NOT_EXISTS, NULL, NULL, "//primitive" },
	{ "at its place", CIB_OP_REPLACE, NULL, "<primitive id='a' k='1'/>", 0, CIB_OK,
	    P_FRAME(6, 0,
	        "<primitive id='a' k='1'/><group id='g'><primitive id='b'/></group>",
	        STATUS),
	    H_FRAME(6, 1,
	        "<primitive id='a' k='1'/><group id='g'><primitive id='b'/></group>",
	        STATUS) },
	{ "a section", CIB_OP_REPLACE, "resources", "<resources/>", 0, CIB_OK,
	    P_FRAME(6, 0, "", STATUS), H_FRAME(6, 1, "", STATUS) },
	{ "of a document the section", CIB_OP_REPLACE, "resources",
	    "<cib><configuration><resources/></configuration></cib>", 0, CIB_OK,
	    P_FRAME(6, 0, "", STATUS), H_FRAME(6, 1, "", STATUS) },
	{ "a document of long ago", CIB_OP_REPLACE, NULL,
	    "<cib epoch='9' admin_epoch='0'/>", 0, CIB_OLD },
	{ "nothing to replace", CIB_OP_REPLACE, NULL, "<primitive id='c'/>", 0,
	    CIB_NOT_EXISTS },
	{ "nothing but a cib is a document", CIB_OP_REPLACE, NULL, "<primitive id='c'/>",
	    0, CIB_ARGUMENT, NULL, NULL, "/cib" },
	{ "the first that has all of it", CIB_OP_DELETE, NULL, "<primitive x='1'/>", 0,
	    CIB_OK, P_FRAME(6, 0, "<group id='g'><primitive id='b'/></group>", STATUS),
	    H_FRAME(6, 1, "<group id='g'><primitive id='b'/></group>", STATUS) },
	{ "nobody has all of it", CIB_OP_DELETE, NULL, "<primitive id='b' x='1'/>", 0,
	    CIB_OK, NULL, H_FRAME(5, 8, RESOURCES, STATUS) },
	{ "a list of them", CIB_OP_DELETE, "resources",
	    "<resources><primitive id='b'/><primitive id='a'/></resources>", 0, CIB_OK,
	    P_FRAME(6, 0, "<group id='g'/>", STATUS),
	    H_FRAME(6, 1, "<group id='g'/>", STATUS) },
	{ "all that match", CIB_OP_DELETE, NULL, NULL, CIB_MULTIPLE, CIB_OK,
	    P_FRAME(6, 0, "<group id='g'/>", STATUS),
	    H_FRAME(6, 1, "<group id='g'/>", STATUS), "//primitive" },
	{ "never the document", CIB_OP_DELETE, NULL, NULL, CIB_MULTIPLE, CIB_ARGUMENT,
	    NULL, NULL, "//*" },
	{ "a comment is no element", CIB_OP_DELETE, NULL, NULL, 0, CIB_OK, NULL,
	    H_FRAME(5, 8, RESOURCES, STATUS), "//comment()" },
	{ "an attribute at the end of a path", CIB_OP_DELETE_ALT, "resources",
	    "<resources><primitive id='a' x='1'/></resources>", 0, CIB_OK,
	    P_FRAME(6, 0,
	        "<primitive id='a'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='b'/></group>",
	        STATUS),
	    H_FRAME(6, 1,
	        "<primitive id='a'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='b'/></group>",
	        STATUS) },
	{ "the element at the end of a path", CIB_OP_DELETE_ALT, NULL,
	    "<cib><configuration><resources><primitive id='a'><op "
	    "id='m'/></primitive></resources>"
	    "</configuration></cib>",
	    0, CIB_OK,
	    P_FRAME(6, 0,
	        "<primitive id='a' x='1'/><group id='g'><primitive id='b'/></group>",
	        STATUS),
	    H_FRAME(6, 1,
	        "<primitive id='a' x='1'/><group id='g'><primitive id='b'/></group>",
	        STATUS) },
	{ "bump", CIB_OP_BUMP, NULL, NULL, 0, CIB_OK, P_FRAME(6, 0, RESOURCES, STATUS),
	    H_FRAME(6, 8, RESOURCES, STATUS) },
	{ "without a version it applies anyhow", CIB_OP_PATCH, NULL,
	    "<diff format='2'><change operation='delete' "
	    "path='/cib/configuration/resources/group'/>"
	    "</diff>",
	    0, CIB_OK,
	    P_FRAME(6, 0, "<primitive id='a' x='1'><op id='m'/></primitive>", STATUS),
	    H_FRAME(6, 1, "<primitive id='a' x='1'><op id='m'/></primitive>", STATUS) },
	{ "with a version that is the version", CIB_OP_PATCH, NULL,
	    "<diff format='2'><version><source admin_epoch='1' epoch='5' "
	    "num_updates='7'/>"
	    "<target admin_epoch='1' epoch='8' num_updates='3'/></version>"
	    "<change operation='delete' "
	    "path='/cib/configuration/resources/group'/></diff>",
	    CIB_GLOBAL_UPDATE, CIB_OK,
	    P_FRAME(8, 3, "<primitive id='a' x='1'><op id='m'/></primitive>", STATUS),
	    H_FRAME(8, 3, "<primitive id='a' x='1'><op id='m'/></primitive>", STATUS) },
	{ "an administrator's patch is one more change", CIB_OP_PATCH, NULL,
	    "<diff format='2'><version><source admin_epoch='1' epoch='5' "
	    "num_updates='7'/>"
	    "<target admin_epoch='1' epoch='8' num_updates='3'/></version>"
	    "<change operation='delete' "
	    "path='/cib/configuration/resources/group'/></diff>",
	    0, CIB_OK,
	    P_FRAME(9, 0, "<primitive id='a' x='1'><op id='m'/></primitive>", STATUS),
	    H_FRAME(9, 1, "<primitive id='a' x='1'><op id='m'/></primitive>", STATUS) },
	{ "a patch of something else", CIB_OP_PATCH, NULL,
	    "<diff format='2'><change operation='modify' path='/cib/nothing'/></diff>", 0,
	    CIB_DIFF_FAILED },
	{ "not ours to do", CIB_OP_SYNC, NULL, NULL, 0, CIB_BAD_OPERATION },
	{ "nobody knows newer schemas", CIB_OP_UPGRADE, NULL, NULL, 0,
	    CIB_BAD_OPERATION },
};

static bool
same_text(const xmlDoc *doc, const char *want)
{
	xmlDoc *other = parsed(want);
	char *a = chaos_text(doc), *b = chaos_text(other);
	bool same = strcmp(a, b) == 0;

	if (!same)
		fprintf(stderr, "%s\nis not\n%s\n", a, b);
	free(a);
	free(b);
	xmlFreeDoc(other);
	return same;
}

static void
case_check(const struct op_case *c, const char *before, const char *after)
{
	xmlDoc *doc = parsed(before), *same = doc,
	       *input = c->input ? parsed(c->input) : NULL;
	const struct cib_request request = { .op = c->op,
		.section = c->section,
		.xpath = c->xpath,
		.options = c->options,
		.input = input ? xmlDocGetRootElement(input) : NULL };
	struct cib_answer answer;

	CHECK_INT(cib_execute(&doc, &request, &answer), c->code, "%s", c->why);
	CHECK_INT(answer.code, c->code, "%s", c->why);
	CHECK((doc == same) == !after, "%s", c->why);
	CHECK(answer.before == (after ? same : NULL), "%s", c->why);
	CHECK(same_text(doc, after ? after : before), "%s", c->why);
	cib_answer_clear(&answer);
	xmlFreeDoc(doc);
	xmlFreeDoc(input);
}

static void
test_each_operation(void)
{
	for (size_t i = 0; i < ARRAY_LEN(op_cases); i++) {
		case_check(&op_cases[i], P_TEXT, op_cases[i].p);
		case_check(&op_cases[i], H_TEXT, op_cases[i].h);
	}
}

static void
test_erase(void)
{
	static const struct op_case c = { "erase", CIB_OP_ERASE, NULL, NULL, 0, CIB_OK };

	case_check(&c, P_TEXT,
	    "<cib validate-with='none' admin_epoch='2' epoch='6' "
	    "num_updates='0'><configuration>"
	    "<crm_config/><nodes/><resources/><constraints/></configuration><status/></"
	    "cib>");
	case_check(&c, H_TEXT,
	    "<cib have_quorum='true' admin_epoch='1' epoch='7' "
	    "num_updates='1'><configuration>"
	    "<crm_config/><nodes/><resources/><constraints/></configuration><status/></"
	    "cib>");
}

/* heartbeat: a list of tags whose children are all of them. */
static void
test_replace_of_children(void)
{
	static const struct op_case c = { "replace", CIB_OP_MODIFY, NULL,
		"<group id='g' replace='primitive,clone'><primitive id='n'/></group>", 0,
		CIB_OK };

	case_check(&c, H_TEXT,
	    H_FRAME(6, 1,
	        "<primitive id='a' x='1'><op id='m'/></primitive><group id='g'>"
	        "<primitive id='n'/></group>",
	        STATUS));
}

static void
test_ids(void)
{
	static const struct {
		const char *input;
		int h, p;
		const char *why;
	} rows[] = {
		{ "<primitive/>", CIB_ID, CIB_OK, "P leaves that to the schema" },
		{ "<clone id='b'/>", CIB_OK, CIB_INVALID, "H has ids by tag" },
		{ "<clone id='k'><primitive id='b'/></clone>", CIB_ID, CIB_INVALID,
		    "deep inside" },
		{ "<clone id='1'/>", CIB_OK, CIB_OK, "ids of status are not ids of P" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int h = 0; h < 2; h++) {
			xmlDoc *doc = parsed(h ? H_TEXT : P_TEXT),
			       *input = parsed(rows[i].input);
			const struct cib_request request = { .op = CIB_OP_CREATE,
				.section = "resources",
				.input = xmlDocGetRootElement(input) };
			struct cib_answer answer;
			int want = h ? rows[i].h : rows[i].p;

			if (!h)
				xmlSetProp(xmlDocGetRootElement(doc),
				    BAD_CAST "validate-with", BAD_CAST "pacemaker-3.9");
			CHECK_INT(cib_execute(&doc, &request, &answer), want, "%s",
			    rows[i].why);
			CHECK((answer.rejected != NULL) == (want == CIB_INVALID), "%s",
			    rows[i].why);
			cib_answer_clear(&answer);
			xmlFreeDoc(doc);
			xmlFreeDoc(input);
		}
}

/* The host is asked about the document that would be, with its new version; it has the last
 * word. */
static int
refuse(const xmlDoc *next, void *data, struct err *err)
{
	struct cib_version version;

	cib_version_get(xmlDocGetRootElement((xmlDoc *)(uintptr_t)next), &version);
	*(int *)data += 1;
	CHECK_INT(version.epoch, 6, "it is counted already");
	return err_set(err, CIB_INVALID, "not today");
}

static int
newer(const xmlDoc *now, xmlDoc **next, void *data, struct err *err)
{
	(void)err;
	if (*(int *)data)
		*next = xmlCopyDoc((xmlDoc *)(uintptr_t)now, 1);
	if (*next)
		xmlSetProp(xmlDocGetRootElement(*next), BAD_CAST "validate-with",
		    BAD_CAST "new");
	return CIB_OK;
}

static void
test_host(void)
{
	int calls = 0;
	const struct cib_host host = { .validate = refuse,
		.upgrade = newer,
		.data = &calls };
	struct cib_request request = { .op = CIB_OP_BUMP, .host = &host };
	xmlDoc *doc = parsed(P_TEXT), *same = doc;
	struct cib_answer answer;

	CHECK_INT(cib_execute(&doc, &request, &answer), CIB_INVALID, "refused");
	CHECK_INT(calls, 1, "asked once");
	CHECK(doc == same && answer.rejected && !answer.before, "the document stays");
	CHECK_STR(answer.err.text, "not today", "the reason");
	cib_answer_clear(&answer);

	const struct cib_host upgrader = { .upgrade = newer, .data = &calls };

	request = (struct cib_request){ .op = CIB_OP_UPGRADE, .host = &upgrader };
	CHECK_INT(cib_execute(&doc, &request, &answer), CIB_OK, "upgraded");
	struct cib_version version, want = { 2, 2, 0 };

	cib_version_get(xmlDocGetRootElement(doc), &version);
	CHECK_INT(cib_version_compare(&version, &want), 0, "%d.%d.%d",
	    version.admin_epoch, version.epoch, version.num_updates);
	cib_answer_clear(&answer);
	xmlFreeDoc(doc);
}

static void
test_writer_is_noted(void)
{
	char when[32];
	const struct cib_request request = { .op = CIB_OP_BUMP,
		.origin = "alpha",
		.client = "cibadmin",
		.user = "root",
		.written = cib_written_text(1795192964, when) };
	xmlDoc *doc = parsed(P_TEXT), *h = parsed(H_TEXT);
	struct cib_answer answer;

	cib_execute(&doc, &request, &answer);
	const xmlNode *root = xmlDocGetRootElement(doc);

	CHECK_STR(cib_attr(root, "update-origin"), "alpha", "origin");
	CHECK_STR(cib_attr(root, "update-client"), "cibadmin", "client");
	CHECK_STR(cib_attr(root, "update-user"), "root", "user");
	CHECK_STR(cib_attr(root, "cib-last-written"), when, "written");
	cib_answer_clear(&answer);
	cib_execute(&h, &request, &answer);
	CHECK(!cib_attr(xmlDocGetRootElement(h), "update-origin"),
	    "heartbeat notes nobody");
	cib_answer_clear(&answer);
	xmlFreeDoc(doc);
	xmlFreeDoc(h);
}

static void
test_empty(void)
{
	xmlDoc *p = cib_new_empty("pacemaker-3.9", "3.16.1", 1),
	       *h = cib_new_empty(NULL, NULL, 0);

	CHECK(same_text(p,
	          "<cib crm_feature_set='3.16.1' validate-with='pacemaker-3.9' epoch='1' "
	          "num_updates='0' admin_epoch='0'><configuration><crm_config/><nodes/>"
	          "<resources/><constraints/></configuration><status/></cib>"),
	    "P");
	CHECK(same_text(h,
	          "<cib generated='true' epoch='0' num_updates='0' admin_epoch='0'>"
	          "<configuration><crm_config/><nodes/><resources/><constraints/>"
	          "</configuration><status/></cib>"),
	    "H");
	xmlFreeDoc(p);
	xmlFreeDoc(h);
}

/* Anything goes. */

static xmlDoc *
input_draw(struct chaos *c, xmlDoc *doc)
{
	xmlNode *some = chaos_any(c, doc), *top;
	xmlDoc *input = xmlNewDoc(BAD_CAST "1.0");

	if (chaos_below(c, 8) == 0) { /* all of it, a little changed */
		xmlFreeDoc(input);
		input = xmlCopyDoc(doc, 1);
		for (uint32_t i = chaos_below(c, 4); i > 0; i--)
			chaos_change(c, input);
		return input;
	}
	if (!some || chaos_below(c, 3) == 0)
		top = chaos_tree(c, input, 2);
	else if (chaos_below(c, 2))
		top = xmlDocCopyNode(some, input, 1);
	else {
		top = chaos_element(c, input);
		xmlNodeSetName(top, some->name);
		if (cib_attr(some, "id"))
			xmlSetProp(top, BAD_CAST "id", BAD_CAST cib_attr(some, "id"));
		xmlAddChild(top, chaos_tree(c, input, 1));
	}
	if (chaos_below(c, 4) == 0) {
		xmlNode *around = xmlNewDocNode(input, NULL,
		    BAD_CAST ONE_OF(c, "resources", "configuration", "cib", "status"),
		    NULL);

		xmlAddChild(around, top);
		top = around;
	}
	xmlDocSetRootElement(input, top);
	return input;
}

static void
request_draw(struct chaos *c, struct cib_request *request)
{
	static const enum cib_op ops[] = { CIB_OP_CREATE, CIB_OP_MODIFY, CIB_OP_MODIFY,
		CIB_OP_MODIFY, CIB_OP_REPLACE, CIB_OP_DELETE, CIB_OP_DELETE_ALT,
		CIB_OP_BUMP, CIB_OP_CREATE, CIB_OP_MODIFY, CIB_OP_QUERY, CIB_OP_PATCH };

	*request = (struct cib_request){ .op = ops[chaos_below(c, ARRAY_LEN(ops))] };
	if (chaos_below(c, 30) == 0)
		request->op = CIB_OP_ERASE;
	if (chaos_below(c, 2))
		request->section = ONE_OF(c, "resources", "nodes", "status",
		    "configuration", "tags", "cib", "nowhere");
	else if (chaos_below(c, 4) == 0)
		request->xpath = ONE_OF(c, "//primitive", "//group[1]", "//*[@x]", "/cib",
		    "//[", "//comment()", "//@id", "//resources/*[1]");
	request->options = chaos_below(c, 256);
}

/* What must hold after each request, whatever it was. */
static void
rules_check(uint64_t seed, const struct cib_request *request, const xmlDoc *doc,
    const xmlDoc *was, const char *before, const struct cib_answer *answer)
{
	char *after = chaos_text(doc);
	struct cib_version old, now;
	const struct cib_diff_how how = { .format = 2, .digest = true };
	xmlDoc *patch, *again;

	if (!answer->before) {
		CHECK(doc == was && strcmp(before, after) == 0,
		    "seed %" PRIu64 ": %s changed it", seed, cib_op_name(request->op));
		free(after);
		return;
	}
	CHECK(answer->before == was, "seed %" PRIu64, seed);
	CHECK_INT(answer->code, CIB_OK, "seed %" PRIu64, seed);
	cib_version_get(xmlDocGetRootElement(answer->before), &old);
	cib_version_get(xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc), &now);
	CHECK(cib_version_compare(&now, &old) > 0 ||
	          (request->options & CIB_SCOPE_LOCAL &&
	              request->options & CIB_INHIBIT_BCAST),
	    "seed %" PRIu64 ": %s left %d.%d.%d", seed, cib_op_name(request->op),
	    now.admin_epoch, now.epoch, now.num_updates);
	CHECK_INT(cib_diff_make(was, doc, &how, &patch), CIB_OK, "seed %" PRIu64, seed);
	again = xmlCopyDoc((xmlDoc *)(uintptr_t)was, 1);
	if (patch) {
		CHECK_INT(cib_diff_apply_anyway(&again, xmlDocGetRootElement(patch),
		              NULL),
		    CIB_OK, "seed %" PRIu64, seed);
		CHECK(same_text(again, after), "seed %" PRIu64, seed);
	}
	xmlFreeDoc(again);
	xmlFreeDoc(patch);
	free(after);
}

/* Ids as the rules of a style have them, counted without the code that is tested. */
static bool
has_id_of_its_own(const xmlNode *root, const xmlNode *n, bool of_h)
{
	if (!cib_attr(n, "id"))
		return false;
	while (n->parent != root)
		n = n->parent;
	return of_h || strcmp((const char *)n->name, "status") != 0;
}

static bool
ids_are_unique(const xmlDoc *doc, bool of_h)
{
	const xmlNode *root = xmlDocGetRootElement((xmlDoc *)(uintptr_t)doc);

	for (const xmlNode *n = cib_walk_next(root, root); n;
	     n = cib_walk_next(root, n)) {
		if (!has_id_of_its_own(root, n, of_h))
			continue;
		for (const xmlNode *m = cib_walk_next(root, n); m;
		     m = cib_walk_next(root, m))
			if (has_id_of_its_own(root, m, of_h) &&
			    strcmp(cib_attr(n, "id"), cib_attr(m, "id")) == 0 &&
			    (!of_h || xmlStrEqual(n->name, m->name)))
				return false;
	}
	return true;
}

static unsigned
story(uint64_t seed)
{
	uint64_t state = seed;
	struct chaos c = { .next = chaos_seeded, .data = &state, .tidy = seed % 2 };
	bool of_h = seed % 4 > 1;
	xmlDoc *doc = chaos_document(&c, of_h);
	unsigned done = 0;

	for (int i = 0; i < 40; i++) {
		xmlDoc *input = input_draw(&c, doc), *was = doc;
		char *before = chaos_text(doc);
		struct cib_request request;
		struct cib_answer answer;

		request_draw(&c, &request);
		request.input = xmlDocGetRootElement(input);
		cib_execute(&doc, &request, &answer);
		rules_check(seed, &request, doc, was, before, &answer);
		if (c.tidy)
			CHECK(ids_are_unique(doc, of_h), "seed %" PRIu64, seed);
		done += answer.before != NULL;
		cib_answer_clear(&answer);
		xmlFreeDoc(input);
		free(before);
	}
	xmlFreeDoc(doc);
	return done;
}

static void
test_any_request(void)
{
	unsigned done = 0;

	for (uint64_t seed = 1; seed <= 60; seed++)
		done += story(seed);
	CHECK(done > 500, "only %u of 2400 requests changed anything", done);
}

static const struct check_case cases[] = {
	{ "each_operation", test_each_operation },
	{ "erase", test_erase },
	{ "replace_of_children", test_replace_of_children },
	{ "ids", test_ids },
	{ "host", test_host },
	{ "writer_is_noted", test_writer_is_noted },
	{ "empty", test_empty },
	{ "any_request", test_any_request },
};

CHECK_MAIN("crm_cib_ops", cases)
