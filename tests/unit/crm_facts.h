/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about profile H of the policy engine (spec/policy-engine.md), each with the smallest document that shows it.
 *
 * There are three nodes n1 n2 n3, which are up, and have quorum; n3 is the DC.  A fact says in short words what is
 * otherwise, and what stands in the graph then.
 */
#ifndef TESTS_UNIT_CRM_FACTS_H
#define TESTS_UNIT_CRM_FACTS_H

#include "crm/cib/read.h"
#include "crm/pengine/view.h"
#include "tests/unit/check.h"

#include <stdlib.h>

struct fact {
	const char *says;
	const char
	    *head; /* attributes of <cib> in place of those of a cluster with quorum */
	const char *options;    /* "NAME=VALUE ..." */
	const char *sets;       /* more <cluster_property_set> elements */
	const char *attributes; /* of nodes: "n1.NAME=VALUE ..." */
	const char *transient;  /* the same */
	const char *
	    state; /* attributes of <node_state>: "n1.crmd=offline n1.ha=- ...": "-" = none */
	const char *resources, *constraints;
	/* What was done: "NODE/RESOURCE/OPERATION/INTERVAL/STATUS/RC[,ATTRIBUTE=VALUE]... ...", oldest first; the
	 * entries of a resource on a node follow one another. */
	const char *history;
	int64_t now; /* epoch; 0: 2007-08-01T12:00:00Z, a Wednesday */
	bool probes; /* GRAPH has them, too */
	const char *
	    graph; /* "KEY@NODE KEY ..." in the order of the alphabet; no probes, no all_stopped */
	const char *
	    before; /* "KEY@NODE<KEY@NODE ...": one is an input of the other, or of its inputs */
};

#define P(id) "<primitive id='" id "' class='ocf' provider='heartbeat' type='Dummy'/>"
#define P_WITH(id, attributes, inside)                                                   \
	"<primitive id='" id                                                             \
	"' class='ocf' provider='heartbeat' type='Dummy' " attributes ">" inside         \
	"</primitive>"
#define NV(name, value) "<nvpair id='nv-" name "' name='" name "' value='" value "'/>"
#define META(pairs)                                                                      \
	"<meta_attributes id='meta'><attributes>" pairs "</attributes></"                \
	"meta_attributes>"
#define PARAMS(pairs)                                                                    \
	"<instance_attributes id='params'><attributes>" pairs                            \
	"</attributes></instance_attributes>"
#define OPS(ops) "<operations>" ops "</operations>"
#define OP(name, interval, more)                                                         \
	"<op id='op-" name interval "' name='" name "' interval='" interval "' " more "/>"
#define AT(rsc, node, score)                                                             \
	"<rsc_location id='at-" rsc node "' rsc='" rsc "' node='" node "' score='" score \
	"'/>"
#define RULE(rsc, attributes, inside)                                                    \
	"<rsc_location id='rule-" rsc "' rsc='" rsc "'><rule id='r-" rsc "' " attributes \
	">" inside "</rule></rsc_location>"
#define IF(attribute, operation, value)                                                  \
	"<expression id='if' attribute='" attribute "' operation='" operation            \
	"' value='" value "'/>"
#define WITH(from, to, score)                                                            \
	"<rsc_colocation id='" from "-" to "' from='" from "' to='" to "' score='" score \
	"'/>"
#define ORDER(attributes) "<rsc_order id='order' " attributes "/>"

static xmlDoc *fact_doc;
static struct pe *fact_pe;

/* Calls EACH for "A.B=C" or "B=C" in LIST. */
static void
fact_words(const char *list, void (*each)(char *word, void *data), void *data)
{
	char copy[2048], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", list ? list : "");
	while ((word = strsep(&rest, " ")))
		if (*word)
			each(word, data);
}

struct fact_put {
	FILE *out;
	const char *node;
	bool as_pairs;
	const char *last; /* the resource that is open */
	int call;
};

static void
fact_pair(char *word, void *data)
{
	struct fact_put *p = data;
	size_t len = p->node ? strlen(p->node) : 0;

	if (len && (strncmp(word, p->node, len) != 0 || word[len] != '.'))
		return;
	char *name = len ? word + len + 1 : word, *value = strchr(name, '=');

	*value++ = '\0';
	if (strcmp(value, "-") == 0)
		return;
	if (p->as_pairs)
		fprintf(p->out, "<nvpair id='x-%s' name='%s' value='%s'/>", name, name,
		    value);
	else
		fprintf(p->out, " %s='%s'", name, value);
}

static void
fact_pairs(FILE *out, const char *node, const char *list, bool as_pairs)
{
	fact_words(list, fact_pair,
	    &(struct fact_put){ .out = out, .node = node, .as_pairs = as_pairs });
}

/* NAME='VALUE', unless LIST gives it another value; its entry there begins with MARK. */
static void
fact_default(FILE *out, const char *list, const char *mark, const char *name,
    const char *value)
{
	char wanted[100];

	snprintf(wanted, sizeof(wanted), "%s%s=", mark, name);
	if (!list || !strstr(list, wanted))
		fprintf(out, " %s='%s'", name, value);
}

static void
fact_op(char *word, void *data)
{
	/* MD5 of a resource without parameters, and of one with CRM_meta_timeout, as recurring operations have it. */
	static const char *const digests[] = { "f2317cad3d54cec5d7d7aa7d0bf35cf8",
		"4811cef7f7f94e3a35a70be7916cb2fd" };
	static char last[64];
	struct fact_put *p = data;
	char *part[6], copy[500], *more = strchr(word, ','), *pairs = copy, number[20],
	                          id[200];

	snprintf(copy, sizeof(copy), "%s", more ? more : "");
	if (more)
		*more = '\0';
	for (int i = 0; i < 6; i++)
		part[i] = strsep(&word, "/");
	if (strcmp(part[0], p->node) != 0)
		return;
	if (!p->last || strcmp(last, part[1]) != 0) {
		fprintf(p->out,
		    "%s<lrm_resource id='%s' class='ocf' provider='heartbeat' "
		    "type='Dummy'>",
		    p->last ? "</lrm_resource>" : "", part[1]);
		snprintf(last, sizeof(last), "%s", part[1]);
		p->last = last;
	}
	fprintf(p->out,
	    "<lrm_rsc_op operation='%s' interval='%s' op_status='%s' "
	    "rc_code='%s'",
	    part[2], part[3], part[4], part[5]);
	snprintf(id, sizeof(id), "%s_%s_%s", part[1], part[2], part[3]);
	fact_default(p->out, copy, ",", "id", id);
	snprintf(number, sizeof(number), "%d", ++p->call);
	fact_default(p->out, copy, ",", "call_id", number);
	fact_default(p->out, copy, ",", "crm_feature_set", "2.0");
	fact_default(p->out, copy, ",", "op_digest", digests[strcmp(part[3], "0") != 0]);
	for (char *pair; (pair = strsep(&pairs, ","));)
		if (*pair)
			fact_pair(pair, &(struct fact_put){ .out = p->out });
	fprintf(p->out, "/>");
}

static void
fact_state(FILE *out, const struct fact *f, const char *node)
{
	const char *const up[][2] = { { "uname", node }, { "in_ccm", "true" },
		{ "ha", "active" }, { "crmd", "online" }, { "join", "member" },
		{ "expected", "member" } };
	struct fact_put history = { .out = out, .node = node };
	char mark[20];

	fprintf(out, "<node_state id='%s'", node);
	fact_pairs(out, node, f->state, false);
	snprintf(mark, sizeof(mark), "%s.", node);
	for (size_t i = 0; i < sizeof(up) / sizeof(up[0]); i++)
		fact_default(out, f->state, mark, up[i][0], up[i][1]);
	fprintf(out,
	    "><transient_attributes id='%s'><instance_attributes id='t-%s'><attributes>",
	    node, node);
	fact_pairs(out, node, f->transient, true);
	fprintf(out, "</attributes></instance_attributes></"
	             "transient_attributes><lrm><lrm_resources>");
	fact_words(f->history, fact_op, &history);
	fprintf(out, "%s</lrm_resources></lrm></node_state>",
	    history.last ? "</lrm_resource>" : "");
}

static char *
fact_text(const struct fact *f)
{
	static const char *const nodes[] = { "n1", "n2", "n3" };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out,
	    "<cib %s><configuration><crm_config><cluster_property_set "
	    "id='p'><attributes>",
	    f->head ? f->head : "have_quorum='true' dc_uuid='n3'");
	fact_pairs(out, NULL, f->options, true);
	fprintf(out, "</attributes></cluster_property_set>%s</crm_config><nodes>",
	    f->sets ? f->sets : "");
	for (int i = 0; i < 3; i++) {
		fprintf(out,
		    "<node id='%s' uname='%s' type='normal'><instance_attributes "
		    "id='a-%s'><attributes>",
		    nodes[i], nodes[i], nodes[i]);
		fact_pairs(out, nodes[i], f->attributes, true);
		fprintf(out, "</attributes></instance_attributes></node>");
	}
	fprintf(out,
	    "</nodes><resources>%s</resources><constraints>%s</constraints></"
	    "configuration><status>",
	    f->resources ? f->resources : "", f->constraints ? f->constraints : "");
	for (int i = 0; i < 3; i++)
		fact_state(out, f, nodes[i]);
	fprintf(out, "</status></cib>");
	fclose(out);
	return text;
}

static const char *
fact_name(const struct pe_action *a)
{
	static char name[2][200];
	static int turn;

	turn = !turn;
	snprintf(name[turn], sizeof(name[turn]), "%s%s%s%s",
	    strcmp(a->task, "cancel") == 0 ? "cancel:" : "", a->key,
	    a->node == PE_NONE || a->pseudo ? "" : "@",
	    a->node == PE_NONE || a->pseudo ? "" : pe_node_at(fact_pe, a->node)->uname);
	return name[turn];
}

static int
fact_by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The graph in short words. */
static const char *
fact_graph(bool probes)
{
	static char text[4096];
	static char names[200][200];
	char *sorted[200];
	size_t count = 0, len = 0;

	for (size_t i = 0; i < pe_written_count(fact_pe) && count < 200; i++) {
		const struct pe_action *a =
		    pe_action_at(fact_pe, pe_written_at(fact_pe, i));
		bool probe =
		    strstr(a->key, "_monitor_0") || strcmp(a->key, "probe_complete") == 0;

		if (strcmp(a->key, "all_stopped") == 0 || (probe && !probes))
			continue;
		sorted[count] = names[count];
		snprintf(names[count++], sizeof(names[0]), "%s", fact_name(a));
	}
	qsort(sorted, count, sizeof(sorted[0]), fact_by_text);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    i ? " " : "", sorted[i]);
	return text;
}

static size_t
fact_step(const char *name)
{
	for (size_t i = 0; i < pe_written_count(fact_pe); i++)
		if (strcmp(fact_name(pe_action_at(fact_pe, pe_written_at(fact_pe, i))),
		        name) == 0)
			return pe_written_at(fact_pe, i);
	return PE_NONE;
}

static bool
fact_is_before(size_t first, size_t then, int depth)
{
	const struct pe_action *a = pe_action_at(fact_pe, then);

	for (size_t i = 0; i < a->input_count; i++)
		if (a->input[i] == first ||
		    (depth && fact_is_before(first, a->input[i], depth - 1)))
			return true;
	return false;
}

static void
fact_order(char *word, void *data)
{
	const struct fact *f = data;
	char *then = strchr(word, '<');

	*then++ = '\0';
	size_t a = fact_step(word), b = fact_step(then);

	CHECK(a != PE_NONE && b != PE_NONE && fact_is_before(a, b, 10),
	    "%s: %s is not before %s", f->says, word, then);
}

/* Plans; the plan is in fact_pe until fact_done(). */
static void
fact_plan(const struct fact *f)
{
	const struct pe_options options = { .profile = PE_H,
		.now = { f->now ? f->now : 1185969600, 0 } };
	char why[200] = "", *text = fact_text(f);
	struct err err = { "" };

	fact_doc = cib_parse(text, strlen(text), NULL, &err);
	CHECK(fact_doc, "%s: %s in %s", f->says, err.text, text);
	fact_pe = fact_doc ? pe_run(fact_doc, &options, why, sizeof(why)) : NULL;
	CHECK(fact_pe, "%s: %s", f->says, why);
	free(text);
}

static void
fact_done(void)
{
	pe_free(fact_pe);
	xmlFreeDoc(fact_doc);
}

static void
fact_check(const struct fact *f)
{
	fact_plan(f);
	if (fact_pe) {
		CHECK_STR(fact_graph(f->probes), f->graph, "%s", f->says);
		fact_words(f->before, fact_order, (void *)(uintptr_t)f);
	}
	fact_done();
}

#define FACTS_CHECK(table)                                                               \
	do {                                                                             \
		for (size_t i_ = 0; i_ < sizeof(table) / sizeof((table)[0]); i_++)       \
			fact_check(&(table)[i_]);                                        \
	} while (0)

#endif
