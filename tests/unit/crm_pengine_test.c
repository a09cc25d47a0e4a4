/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single decisions of the policy engine, each on the smallest document that asks for it (spec/policy-engine.md). */
#include "crm/cib/read.h"
#include "crm/pengine/pengine.h"
#include "crm/pengine/view.h"
#include "tests/unit/check.h"

#include <stdlib.h>

/* Three nodes, all there unless STATUS says otherwise; a runs on n1 where RUNS is its entry. */
struct scene {
	const char *properties, *attributes_of_n1, *resources, *constraints;
	const char *n1, *n2; /* <lrm_resource> entries; NULL = none */
	bool quorum, n1_is_lost;
};

#define DUMMY(id)                                                                        \
	"<primitive id=\"" id "\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"
/* Of no parameters: without a digest the definition counts as changed. */
#define NO_PARAMETERS "f2317cad3d54cec5d7d7aa7d0bf35cf8"
#define RUNNING(id)                                                                      \
	"<lrm_resource id=\"" id                                                         \
	"\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">"                        \
	"<lrm_rsc_op id=\"" id "_last_0\" operation_key=\"" id                           \
	"_start_0\" operation=\"start\" "                                                \
	"call-id=\"2\" rc-code=\"0\" op-status=\"0\" interval=\"0\" "                    \
	"op-digest=\"" NO_PARAMETERS "\" "                                               \
	"transition-key=\"1:1:0:x\" transition-magic=\"0:0;1:1:0:x\"/></lrm_resource>"
#define STOPPED(id)                                                                      \
	"<lrm_resource id=\"" id                                                         \
	"\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">"                        \
	"<lrm_rsc_op id=\"" id "_last_0\" operation_key=\"" id                           \
	"_monitor_0\" operation=\"monitor\" "                                            \
	"call-id=\"2\" rc-code=\"7\" op-status=\"0\" interval=\"0\" "                    \
	"transition-key=\"1:1:7:x\" transition-magic=\"0:7;1:1:7:x\"/></lrm_resource>"
#define OPTION(name, value)                                                              \
	"<nvpair id=\"o-" name "\" name=\"" name "\" value=\"" value "\"/>"

static xmlDoc *doc;
static struct pe *pe;

static const char *
or_none(const char *text)
{
	return text ? text : "";
}

static void
state_put(FILE *out, const char *node, bool lost, const char *entries)
{
	fprintf(out,
	    "<node_state id=\"%s\" uname=\"%s\" in_ccm=\"%s\" crmd=\"%s\" join=\"%s\" "
	    "expected=\"member\"><lrm "
	    "id=\"%s\"><lrm_resources>%s</lrm_resources></lrm></node_state>",
	    node, node, lost ? "false" : "true", lost ? "offline" : "online",
	    lost ? "down" : "member", node, or_none(entries));
}

static void
plan(const struct scene *s)
{
	const struct pe_options options = { .profile = PE_P,
		.now = { 1700000000, 0 },
		.now_given = true };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	char why[200] = "";
	struct err err = { "" };

	CHECK(out, "memory");
	fprintf(out,
	    "<cib validate-with=\"pacemaker-3.9\" have-quorum=\"%d\" "
	    "dc-uuid=\"n2\"><configuration><crm_config>"
	    "<cluster_property_set "
	    "id=\"p\">%s%s</cluster_property_set></crm_config><nodes>"
	    "<node id=\"n1\" uname=\"n1\"><instance_attributes "
	    "id=\"n1-a\">%s</instance_attributes></node>"
	    "<node id=\"n2\" uname=\"n2\"/><node id=\"n3\" uname=\"n3\"/></nodes>"
	    "<resources>%s</resources><constraints>%s</constraints></"
	    "configuration><status>",
	    s->quorum, OPTION("stonith-enabled", "false"), or_none(s->properties),
	    or_none(s->attributes_of_n1), or_none(s->resources), or_none(s->constraints));
	state_put(out, "n1", s->n1_is_lost, s->n1);
	state_put(out, "n2", false, s->n2);
	state_put(out, "n3", false, NULL);
	fputs("</status></cib>", out);
	fclose(out);
	doc = cib_parse(text, size, NULL, &err);
	free(text);
	CHECK(doc, "%s", err.text);
	pe = pe_run(doc, &options, why, sizeof(why));
	CHECK(pe, "%s", why);
}

static void
done(void)
{
	pe_free(pe);
	xmlFreeDoc(doc);
}

static const char *
place(const char *id)
{
	size_t at = pe_resource_find(pe, id);

	CHECK(at != PE_NONE, "no %s", id);
	at = pe_resource_at(pe, at)->next_node;
	return at == PE_NONE ? "-" : pe_node_at(pe, at)->uname;
}

/* The action in the graph, PE_NONE: it is not. */
static size_t
step(const char *key)
{
	for (size_t i = 0; i < pe_written_count(pe); i++)
		if (strcmp(pe_action_at(pe, pe_written_at(pe, i))->key, key) == 0)
			return pe_written_at(pe, i);
	return PE_NONE;
}

static bool
waits_for(const char *then, const char *first)
{
	const struct pe_action *a;
	size_t at = step(then), before = step(first);

	CHECK(at != PE_NONE && before != PE_NONE, "%s and %s are in the graph", then,
	    first);
	a = pe_action_at(pe, at);
	for (size_t i = 0; i < a->input_count; i++)
		if (a->input[i] == before)
			return true;
	return false;
}

/* Why it is to be done, or cannot be; "": nobody says. */
static const char *
reason(const char *key)
{
	for (size_t i = 0; i < pe_action_count(pe); i++)
		if (strcmp(pe_action_at(pe, i)->key, key) == 0)
			return or_none(pe_action_at(pe, i)->reason);
	return "no such action";
}

static bool
said(enum pe_level level, const char *text)
{
	for (size_t i = 0; i < pe_message_count(pe); i++)
		if (pe_message_at(pe, i)->level == level &&
		    strstr(pe_message_at(pe, i)->text, text))
			return true;
	return false;
}

#define PREFER(id, node, score)                                                          \
	"<rsc_location id=\"l-" id "-" node "\" rsc=\"" id "\" node=\"" node             \
	"\" score=\"" score "\"/>"

static void
test_locations(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("a"),
	    .constraints = PREFER("a", "n3", "5") PREFER("a", "n2", "4") });
	CHECK_STR(place("a"), "n3");
	done();
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("a"),
	    .constraints = PREFER("a", "n1", "-INFINITY") PREFER("a", "n2", "-INFINITY")
	        PREFER("a", "n3", "-INFINITY") });
	CHECK_STR(place("a"), "-");
	CHECK(step("a_start_0") == PE_NONE);
	done();
}

/* Where it runs it stays for as much as that is worth, and no more. */
static void
test_stickiness(void)
{
	static const char *const worth[][2] = { { "100", "n1" }, { "10", "n2" } };

	for (int i = 0; i < 2; i++) {
		char resource[512];

		snprintf(resource, sizeof(resource),
		    "<primitive id=\"a\" class=\"ocf\" provider=\"pacemaker\" "
		    "type=\"Dummy\"><meta_attributes id=\"m\">"
		    "<nvpair id=\"s\" name=\"resource-stickiness\" "
		    "value=\"%s\"/></meta_attributes></primitive>",
		    worth[i][0]);
		plan(&(struct scene){ .quorum = true,
		    .resources = resource,
		    .n1 = RUNNING("a"),
		    .constraints = PREFER("a", "n2", "50") });
		CHECK_STR(place("a"), worth[i][1]);
		CHECK((step("a_stop_0") != PE_NONE) == (i == 1), "stopped when worth %s",
		    worth[i][0]);
		done();
	}
}

static void
test_standby(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("a"),
	    .n1 = RUNNING("a"),
	    .attributes_of_n1 = "<nvpair id=\"sb\" name=\"standby\" value=\"on\"/>" });
	CHECK(strcmp(place("a"), "n1") != 0 && strcmp(place("a"), "-") != 0, "on %s",
	    place("a"));
	CHECK(waits_for("a_start_0", "a_stop_0"));
	CHECK(!said(PE_ERROR, "would be stopped"), "nothing is broken");
	done();
}

static void
test_quorum(void)
{
	static const struct {
		const char *policy, *place;
		bool stops;
	} table[] = { { "stop", "-", true }, { "freeze", "n1", false },
		{ "ignore", "n1", false } };

	for (size_t i = 0; i < 3; i++) {
		char option[200];

		snprintf(option, sizeof(option),
		    "<nvpair id=\"q\" name=\"no-quorum-policy\" value=\"%s\"/>",
		    table[i].policy);
		plan(&(struct scene){ .quorum = false,
		    .properties = option,
		    .resources = DUMMY("a"),
		    .n1 = RUNNING("a") });
		CHECK((step("a_stop_0") != PE_NONE) == table[i].stops, "%s",
		    table[i].policy);
		CHECK(step("a_start_0") == PE_NONE, "%s", table[i].policy);
		done();
	}
}

static void
test_colocation(void)
{
	static const char *const scores[] = { "INFINITY", "-INFINITY" };

	for (int i = 0; i < 2; i++) {
		char constraints[600];

		snprintf(constraints, sizeof(constraints),
		    "%s<rsc_colocation id=\"c\" rsc=\"b\" with-rsc=\"a\" "
		    "score=\"%s\"/>%s",
		    PREFER("a", "n2", "5"), scores[i], PREFER("b", "n2", "7"));
		plan(&(struct scene){ .quorum = true,
		    .resources = DUMMY("a") DUMMY("b"),
		    .constraints = constraints });
		CHECK_STR(place("a"), i == 0 ? "n2" : place("a"));
		CHECK((strcmp(place("a"), place("b")) == 0) == (i == 0), "%s: %s, %s",
		    scores[i], place("a"), place("b"));
		CHECK(strcmp(place("b"), "-") != 0);
		done();
	}
}

static void
test_order(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("b") DUMMY("a"),
	    .constraints = "<rsc_order id=\"o\" first=\"a\" then=\"b\"/>" });
	CHECK(waits_for("b_start_0", "a_start_0"));
	CHECK(!waits_for("a_start_0", "b_start_0"));
	done();
	/* What is before it cannot start: neither can it. */
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("b") DUMMY("a"),
	    .constraints = "<rsc_order id=\"o\" first=\"a\" then=\"b\"/>" PREFER("a",
	        "n1", "-INFINITY") PREFER("a", "n2", "-INFINITY")
	        PREFER("a", "n3", "-INFINITY") });
	CHECK(step("b_start_0") == PE_NONE);
	done();
}

/* Reasons go along links; that a restart stops what it starts again is none. */
static void
test_reasons(void)
{
#define ORDER "<rsc_order id=\"o\" first=\"a\" then=\"b\"/>"
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("b") DUMMY("a"),
	    .constraints = ORDER PREFER("a", "n1", "10"),
	    .n1 = STOPPED("a") RUNNING("b") });
	CHECK(strcmp(reason("b_start_0"), "required a start") == 0, "%s",
	    reason("b_start_0"));
	CHECK(strcmp(reason("b_stop_0"), "") == 0, "%s", reason("b_stop_0"));
	done();
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("b") DUMMY("a"),
	    .constraints = ORDER PREFER("a", "n1", "-INFINITY")
	        PREFER("a", "n2", "-INFINITY") PREFER("a", "n3", "-INFINITY"),
	    .n1 = RUNNING("b") });
	CHECK(strcmp(reason("b_start_0"), "unrunnable a start") == 0, "%s",
	    reason("b_start_0"));
	done();
	plan(&(struct scene){ .resources = DUMMY("a") });
	CHECK(strcmp(reason("a_start_0"), "no quorum") == 0, "%s", reason("a_start_0"));
	done();
#undef ORDER
}

static void
test_active_twice(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("a"),
	    .n1 = RUNNING("a"),
	    .n2 = RUNNING("a") });
	CHECK(said(PE_ERROR, "active on 2 nodes"));
	CHECK(step("a_stop_0") != PE_NONE && step("a_start_0") != PE_NONE,
	    "stopped everywhere, started once");
	CHECK(waits_for("a_start_0", "a_stop_0"));
	done();
}

static void
test_probes(void)
{
	plan(&(
	    struct scene){ .quorum = true, .resources = DUMMY("a"), .n1 = STOPPED("a") });
	for (size_t i = 0; i < pe_written_count(pe); i++) {
		const struct pe_action *a = pe_action_at(pe, pe_written_at(pe, i));

		if (strcmp(a->key, "a_monitor_0") == 0) {
			CHECK(strcmp(pe_node_at(pe, a->node)->uname, "n1") != 0,
			    "n1 was asked already");
			CHECK_INT(a->target_rc, 7, "it is thought not to run");
		}
	}
	CHECK(waits_for("a_start_0", "a_monitor_0"));
	done();
}

/* A node that is lost without fencing: what ran there is started elsewhere. */
static void
test_lost_node(void)
{
	plan(&(struct scene){ .quorum = true,
	    .n1_is_lost = true,
	    .resources = DUMMY("a"),
	    .n1 = RUNNING("a") });
	CHECK(strcmp(place("a"), "n2") == 0 || strcmp(place("a"), "n3") == 0, "on %s",
	    place("a"));
	CHECK(step("a_start_0") != PE_NONE);
	done();
}

/* What a broken document hides is not stopped without a word; what an administrator took out, is. */
static void
test_broken(void)
{
	static const struct {
		const char *resources, *error;
	} table[] = {
		{ "<primitive id=\"a\" class=\"ocx\" provider=\"pacemaker\" "
		  "type=\"Dummy\"/>",
		    "Resource a: class 'ocx' is unknown" },
		{ "<primitiv id=\"a\" class=\"ocf\" provider=\"pacemaker\" "
		  "type=\"Dummy\"/>",
		    "Element primitiv in resources is ignored" },
		{ "<group id=\"g\"><primitve id=\"a\"/></group>",
		    "Element primitve in group is ignored" },
		{ "<primitive id=\"a\" class=\"ocf\" provider=\"pacemaker\"/>",
		    "Resource a has no type" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		plan(&(struct scene){ .quorum = true,
		    .resources = table[i].resources,
		    .n1 = RUNNING("a") });
		CHECK(said(PE_ERROR, table[i].error), "%s", table[i].error);
		CHECK((step("a_stop_0") == PE_NONE) !=
		          said(PE_ERROR, "a would be stopped on n1"),
		    "%s", table[i].error);
		done();
	}
	plan(&(struct scene){ .quorum = true, .n1 = RUNNING("a") });
	CHECK(step("a_stop_0") != PE_NONE, "an orphan");
	CHECK(!said(PE_ERROR, "would be stopped"));
	CHECK(said(PE_NOTICE, "Stopping orphan resource a"));
	done();
}

/* What its status says of a start that failed: where the resource may go then. */
static void
test_grades(void)
{
	static const char *const grades[][2] = {
		{ "3", "n1" }, /* not supported */
		{ "4", "n1" }, /* an error */
		{ "5", "n2" }, /* a hard one: not here */
		{ "6", "-" },  /* a fatal one: nowhere */
	};

	for (size_t i = 0; i < sizeof(grades) / sizeof(grades[0]); i++) {
		char entry[600];

		snprintf(entry, sizeof(entry),
		    "<lrm_resource id=\"a\" class=\"ocf\" provider=\"pacemaker\" "
		    "type=\"Dummy\"><lrm_rsc_op id=\"a_last_0\" operation=\"start\" "
		    "operation_key=\"a_start_0\" call-id=\"2\" rc-code=\"1\" "
		    "op-status=\"%s\" interval=\"0\" transition-key=\"1:1:0:x\" "
		    "transition-magic=\"%s:1;1:1:0:x\"/></lrm_resource>",
		    grades[i][0], grades[i][0]);
		plan(&(struct scene){ .quorum = true,
		    .resources = DUMMY("a"),
		    .n1 = entry });
		CHECK_STR(place("a"), grades[i][1], "status %s", grades[i][0]);
		CHECK(step("a_stop_0") != PE_NONE, "status %s", grades[i][0]);
		done();
	}
}

/* Who is only found through a constraint of the whole group, or of a member. */
static void
test_exclusive(void)
{
	static const char *const named[][2] = { { "g", "n3" }, { "a", "n2" } };

	for (size_t i = 0; i < 2; i++) {
		char constraints[400];

		snprintf(constraints, sizeof(constraints),
		    PREFER("g", "n2", "5") "<rsc_location id=\"x\" rsc=\"%s\" "
		                           "node=\"n3\" score=\"1\" "
		                           "resource-discovery=\"exclusive\"/>",
		    named[i][0]);
		plan(&(struct scene){ .quorum = true,
		    .resources = "<group id=\"g\">" DUMMY("a") "</group>",
		    .constraints = constraints });
		CHECK_STR(place("a"), named[i][1], "of %s", named[i][0]);
		done();
	}
}

/* Nodes without the attribute of a colocation are one place. */
static void
test_alike(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("a") DUMMY("b"),
	    .attributes_of_n1 = "<nvpair id=\"r\" name=\"rack\" value=\"x\"/>",
	    .constraints = PREFER("a", "n2", "100") PREFER("b", "n1", "100") PREFER("b",
	        "n3", "50") "<rsc_colocation id=\"c\" rsc=\"b\" with-rsc=\"a\" "
	                    "node-attribute=\"rack\" score=\"INFINITY\"/>" });
	CHECK_STR(place("a"), "n2");
	CHECK_STR(place("b"), "n3");
	done();
}

/* A cluster of old counts failures per resource; what a newer one wrote is nobody's. */
static void
test_fail_counts(void)
{
	static const char *const named[][2] = { { "fail-count-a", "n2" },
		{ "fail-count-a#start_0", "n1" } };

	for (size_t i = 0; i < 2; i++) {
		char attribute[100];

		snprintf(attribute, sizeof(attribute),
		    "<nvpair id=\"f\" name=\"%s\" value=\"INFINITY\"/>", named[i][0]);
		plan(&(struct scene){ .quorum = true,
		    .resources = DUMMY("a"),
		    .attributes_of_n1 = attribute,
		    .constraints = PREFER("a", "n1", "2") PREFER("a", "n2", "1") });
		CHECK_STR(place("a"), named[i][1], "%s", named[i][0]);
		done();
	}
}

/* What is configured no more is forgotten with its failures, which may be elsewhere, before it stops. */
static void
test_orphan(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = DUMMY("b"),
	    .attributes_of_n1 = "<nvpair id=\"f\" name=\"fail-count-a\" value=\"1\"/>",
	    .n2 = RUNNING("a") });
	CHECK(waits_for("a_stop_0", "a_clear_failcount_0"));
	CHECK(waits_for("a_delete_0", "a_stop_0"));
	done();
}

/* Members stop in turn, also where one between them does not run. */
static void
test_group_with_gap(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources = "<group id=\"g\">" DUMMY("a") DUMMY("b") DUMMY("c") "</group>",
	    .constraints = PREFER("g", "n1", "-INFINITY"),
	    .n1 = RUNNING("a") STOPPED("b") RUNNING("c") });
	CHECK(waits_for("a_stop_0", "c_stop_0"));
	done();
}

/* Where a clone would rather not be, none of its instances stays, however much it likes to. */
static void
test_clone_unwilling(void)
{
	static const char *const instances[] = { "a:0", "a:1", "a:2" };

	plan(&(struct scene){ .quorum = true,
	    .resources =
	        "<clone id=\"c\"><meta_attributes id=\"m\"><nvpair id=\"s\" "
	        "name=\"resource-stickiness\" value=\"10\"/></meta_attributes>" DUMMY(
	            "a") "</clone>",
	    .n1 = RUNNING("a"),
	    .constraints = PREFER("c", "n1", "-1") });
	for (size_t i = 0; i < 3; i++)
		CHECK(strcmp(place(instances[i]), "n1") != 0, "%s", instances[i]);
	done();
}

/* Who must be with what cannot start, cannot, either; unless that is in a group. */
static void
test_blocked_partner(void)
{
	static const char *const partners[] = { DUMMY("q"),
		"<group id=\"q\">" DUMMY("m") "</group>" };

	for (size_t i = 0; i < 2; i++) {
		char resources[800];

		snprintf(resources, sizeof(resources), "%s%s%s",
		    "<primitive id=\"z\" class=\"ocf\" provider=\"pacemaker\" "
		    "type=\"Dummy\"><meta_attributes id=\"z-m\"><nvpair id=\"z-r\" "
		    "name=\"target-role\" value=\"Stopped\"/></meta_attributes>"
		    "</primitive>",
		    partners[i], DUMMY("d"));
		plan(&(struct scene){ .quorum = true,
		    .resources = resources,
		    .constraints = "<rsc_order id=\"o\" first=\"z\" then=\"q\"/>"
		                   "<rsc_colocation id=\"c\" rsc=\"d\" with-rsc=\"q\" "
		                   "score=\"INFINITY\"/>" });
		CHECK((step("d_start_0") != PE_NONE) == (i == 1), "%s", partners[i]);
		done();
	}
}

/* What is not managed, and might stay, keeps nobody from stopping before it. */
static void
test_unmanaged_is_spared(void)
{
	plan(&(struct scene){ .quorum = true,
	    .resources =
	        "<primitive id=\"r\" class=\"ocf\" provider=\"pacemaker\" "
	        "type=\"Dummy\"><meta_attributes id=\"r-m\"><nvpair id=\"r-u\" "
	        "name=\"is-managed\" value=\"false\"/></meta_attributes></primitive>"
	        "<primitive id=\"b\" class=\"ocf\" provider=\"pacemaker\" "
	        "type=\"Dummy\"><meta_attributes id=\"b-m\"><nvpair id=\"b-r\" "
	        "name=\"target-role\" value=\"Stopped\"/></meta_attributes></primitive>",
	    .n1 = RUNNING("r") RUNNING("b"),
	    .constraints = "<rsc_order id=\"o\" first=\"b\" then=\"r\"/>" });
	CHECK(step("b_stop_0") != PE_NONE && step("r_stop_0") == PE_NONE, "b only");
	done();
}

static const struct check_case cases[] = {
	{ "locations", test_locations },
	{ "stickiness", test_stickiness },
	{ "standby", test_standby },
	{ "quorum", test_quorum },
	{ "colocation", test_colocation },
	{ "order", test_order },
	{ "reasons", test_reasons },
	{ "active_twice", test_active_twice },
	{ "probes", test_probes },
	{ "lost_node", test_lost_node },
	{ "broken", test_broken },
	{ "grades", test_grades },
	{ "exclusive", test_exclusive },
	{ "alike", test_alike },
	{ "fail_counts", test_fail_counts },
	{ "orphan", test_orphan },
	{ "group_with_gap", test_group_with_gap },
	{ "clone_unwilling", test_clone_unwilling },
	{ "blocked_partner", test_blocked_partner },
	{ "unmanaged_is_spared", test_unmanaged_is_spared },
};

CHECK_MAIN("crm_pengine", cases)
