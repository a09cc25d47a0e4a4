/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crm_simulate(8): what the cluster would do with a document, after events that the user makes up, and how it would
 * be afterwards (spec/crm-tools.md 9).  Order of what is printed: the status as it is, the events, scores, what is
 * going to be done, the doing, the status then.
 */
#include "crm/cib/ops.h"
#include "crm/cib/read.h"
#include "crm/cib/validate.h"
#include "crm/cib/write.h"
#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/commands/planfile.h"
#include "crm/commands/simulate_show.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"
#include "crm/status/status.h"
#include "lib/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 1024 /* of the command line */

/* What was asked for in the order of the options' kinds, not of the command line. */
enum event_kind {
	EVENT_UP,
	EVENT_DOWN,
	EVENT_FAIL,
	EVENT_GRANT,
	EVENT_REVOKE,
	EVENT_STANDBY,
	EVENT_ACTIVATE,
	EVENT_INJECT,
	EVENT_KINDS
};

struct event {
	enum event_kind kind;
	const char *value;
};

struct arguments {
	const char *file; /* "-" = stdin; NULL = the cluster */
	bool live, run, simulate, in_place, scores, utilization, attributes, failcounts;
	const char *input, *output, *graph, *dot, *picture;
	bool all_actions;
	struct event event[EVENTS_MAX];
	size_t event_count;
	struct sim_outcome outcome[EVENTS_MAX];
	size_t outcome_count;
	const char *quorum, *watchdog, *date, *profile;
	struct date now;
	bool now_given;
	int repeat;
};

enum { OPTION_PENDING = 0x100, OPTION_PICTURE };

/* clang-format off */
static const struct kit_option options[] = {
	KIT_TITLE("What to look at"),
	{ 'x', "xml-file", NULL, KIT_VALUE, "FILE", "the document is in FILE; - = stdin", 0 },
	{ 'p', "xml-pipe", NULL, KIT_FLAG, NULL, "the document comes from stdin", 0 },
	{ 'L', "live-check", NULL, KIT_FLAG, NULL, "the document of the cluster, or of CIB_file (default)", 0 },
	KIT_TITLE("What to do"),
	{ 'R', "run", NULL, KIT_FLAG, NULL, "show what would be done", 0 },
	{ 'S', "simulate", NULL, KIT_FLAG, NULL, "do it, on a copy, and show what it comes to", 0 },
	{ 'X', "in-place", NULL, KIT_FLAG, NULL, "the same, and put the result in the document's place", 0 },
	{ 's', "show-scores", NULL, KIT_FLAG, NULL, "show the scores of resources on nodes", 0 },
	{ 'U', "show-utilization", NULL, KIT_FLAG, NULL, "show what resources take of their nodes", 0 },
	{ 'A', "show-attrs", NULL, KIT_FLAG, NULL, "show attributes of nodes with the status", 0 },
	{ 'c', "show-failcounts", NULL, KIT_FLAG, NULL, "show failures with the status", 0 },
	{ 'P', "profile", NULL, KIT_VALUE, "DIR", "how long planning takes for each document in DIR", 0 },
	{ 'N', "repeat", NULL, KIT_VALUE, "N", "with --profile: N times (default 1)", 0 },
	{ 'j', "pending", NULL, KIT_FLAG, NULL, NULL, OPTION_PENDING },
	KIT_TITLE("What happens before"),
	{ 'u', "node-up", NULL, KIT_VALUE, "NODE", "a node comes up", 0 },
	{ 'd', "node-down", NULL, KIT_VALUE, "NODE", "a node goes down in order", 0 },
	{ 'f', "node-fail", NULL, KIT_VALUE, "NODE", "a node is lost", 0 },
	{ 'i', "op-inject", NULL, KIT_VALUE, "SPEC", "an operation has this result:\nRESOURCE_TASK_MILLISECONDS@NODE=RESULT", 0 },
	{ 'F', "op-fail", NULL, KIT_VALUE, "SPEC", "with -S: it will have this result", 0 },
	{ 't', "set-datetime", "set-date", KIT_VALUE, "DATE", "what time it is", 0 },
	{ 'q', "quorum", NULL, KIT_VALUE, "BOOL", "whether there is quorum", 0 },
	{ 'w', "watchdog", NULL, KIT_VALUE, "BOOL", "whether there is a watchdog", 0 },
	{ 'g', "ticket-grant", NULL, KIT_VALUE, "TICKET", "a ticket is granted", 0 },
	{ 'r', "ticket-revoke", NULL, KIT_VALUE, "TICKET", "a ticket is revoked", 0 },
	{ 'b', "ticket-standby", NULL, KIT_VALUE, "TICKET", "a ticket is made standby", 0 },
	{ 'e', "ticket-activate", NULL, KIT_VALUE, "TICKET", "a ticket is activated", 0 },
	KIT_TITLE("What to write"),
	{ 'I', "save-input", NULL, KIT_VALUE, "FILE", "the document after the events, before the plan", 0 },
	{ 'O', "save-output", NULL, KIT_VALUE, "FILE", "the document as it comes to be", 0 },
	{ 'G', "save-graph", NULL, KIT_VALUE, "FILE", "the transition graph; - = stdout", 0 },
	{ 'D', "save-dotfile", NULL, KIT_VALUE, "FILE", "the graph for dot(1); - = stdout", 0 },
	{ 0, "save-picture", NULL, KIT_VALUE, "FILE", "a picture of it, made by graphviz: FILE.svg, FILE.png", OPTION_PICTURE },
	{ 'a', "all-actions", NULL, KIT_FLAG, NULL, "dot files and pictures have what is not done, too", 0 },
	KIT_TITLE("How"),
	KIT_OUTPUT("text or xml"),
	{ 'Q', "quiet", NULL, KIT_FLAG, NULL, "only what was asked for by a name", KIT_QUIET },
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 }
};
/* clang-format on */

static int
event_add(struct arguments *a, struct kit *kit, enum event_kind kind, const char *value)
{
	if (a->event_count == EVENTS_MAX) {
		kit_complain(kit, "more than %d events", EVENTS_MAX);
		return CRM_EX_USAGE;
	}
	a->event[a->event_count++] = (struct event){ kind, value };
	return 0;
}

static int
failure_add(struct arguments *a, struct kit *kit, const char *value)
{
	struct err err;

	if (a->outcome_count == EVENTS_MAX) {
		kit_complain(kit, "more than %d failures", EVENTS_MAX);
		return CRM_EX_USAGE;
	}
	if (sim_outcome_parse(value, &a->outcome[a->outcome_count], &err) == 0) {
		a->outcome_count++;
		return 0;
	}
	kit_complain(kit, "%s", err.text);
	return CRM_EX_USAGE;
}

static int
bool_check(struct kit *kit, const char *value)
{
	if (value_bool(value) >= 0)
		return 0;
	kit_complain(kit, "'%s' is neither true nor false", value);
	return CRM_EX_USAGE;
}

static int
date_set(struct arguments *a, struct kit *kit, const char *value)
{
	a->date = value;
	a->now_given = date_parse(value, &a->now, NULL) == 0;
	if (a->now_given)
		return 0;
	kit_complain(kit, "Invalid date/time specified: %s", value);
	return CRM_EX_USAGE;
}

static int
set_event(struct arguments *a, struct kit *kit, int id, const char *value)
{
	static const char letters[] = "udfgrbei"; /* as in enum event_kind */
	const char *at = strchr(letters, id);

	if (at && id)
		return event_add(a, kit, (enum event_kind)(at - letters), value);
	switch (id) {
	case 'F':
		return failure_add(a, kit, value);
	case 't':
		return date_set(a, kit, value);
	case 'q':
		a->quorum = value;
		return bool_check(kit, value);
	case 'w':
		a->watchdog = value;
		return bool_check(kit, value);
	case 'N':
		a->repeat = value_int(value, 0);
		if (a->repeat >= 1 && a->repeat <= 1000000)
			return 0;
		kit_complain(kit, "--repeat: '%s' is no number from 1 to 1000000", value);
		return CRM_EX_USAGE;
	}
	return CRM_EX_USAGE;
}

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;
	const struct {
		int id;
		bool *flag;
		const char **value;
	} simple[] = { { 'x', NULL, &a->file }, { 'L', &a->live, NULL },
		{ 'R', &a->run, NULL }, { 'S', &a->simulate, NULL },
		{ 'X', &a->in_place, NULL }, { 's', &a->scores, NULL },
		{ 'U', &a->utilization, NULL }, { 'A', &a->attributes, NULL },
		{ 'c', &a->failcounts, NULL }, { 'P', NULL, &a->profile },
		{ 'I', NULL, &a->input }, { 'O', NULL, &a->output },
		{ 'G', NULL, &a->graph }, { 'D', NULL, &a->dot },
		{ OPTION_PICTURE, NULL, &a->picture }, { 'a', &a->all_actions, NULL } };

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (simple[i].id == id) {
			if (simple[i].flag)
				*simple[i].flag = true;
			else
				*simple[i].value = value;
			return 0;
		}
	if (id == 'p')
		a->file = "-";
	if (id == 'p' || id == OPTION_PENDING)
		return 0;
	return set_event(a, kit, id, value);
}

static const struct kit_program program = {
	.name = "crm_simulate",
	.summary = "crm_simulate - what the cluster would do, and what would come of it",
	.usage = "crm_simulate [OPTION...]",
	.options = options,
	.set = set,
	.formats = KIT_TEXT | KIT_XML,
	.epilog = "RESULT is what a resource agent returns: 0 is success, 7 \"not "
	          "running\".\n\n"
	          "Examples:\n"
	          "  crm_simulate -LS -i web_monitor_10000@node1=7 -F web_stop_0@node1=1 "
	          "-O after.xml\n"
	          "        web is found stopped, and its stop fails: what does the "
	          "cluster do?\n"
	          "  crm_simulate -x after.xml -S\n"
	          "        And then?\n\n"
	          "Exit status: 0 fine, 64 usage, 66 no document or no cluster, 78 the "
	          "document is "
	          "not valid.\n",
};

/* The document. */

struct source {
	xmlDoc *doc; /* ours, to be changed */
	struct cib_connection *connection;
};

static int
live_open(struct kit *kit, struct source *source)
{
	struct err err;
	int code = kit_connect(kit, &source->connection, CIB_ENVIRONMENT, &err);

	if (code) {
		kit_complain(kit, "Could not connect to the CIB: %s", err.text);
		return code == CRM_EX_NOT_CONNECTED ? CRM_EX_NO_INPUT : code;
	}
	source->doc = xmlCopyDoc(cib_connection_doc(source->connection), 1);
	return source->doc ? 0 : CRM_EX_OS;
}

static int
file_open(struct kit *kit, const char *path, struct source *source)
{
	struct err err;

	if (strcmp(path, "-") != 0 && access(path, R_OK) < 0) {
		kit_complain(kit, "cannot read '%s': %s", path, strerror(errno));
		return CRM_EX_NO_INPUT;
	}
	source->doc = cib_read_file(path, NULL, &err);
	if (source->doc)
		return 0;
	kit_complain(kit, "%s", err.text);
	return CRM_EX_NO_INPUT;
}

/* What is not valid is told as libxml2 tells it, and then in words. */
static int
validate(struct kit *kit, const char *path, const xmlDoc *doc)
{
	struct cib_schemas *schemas = cib_schemas_new();
	struct cib_report report = { 0 };
	enum cib_verdict verdict = cib_validate(schemas, doc, &report);

	for (size_t i = 0; verdict == CIB_VERDICT_INVALID && i < report.raw_count; i++)
		kit_error(kit, "%s", cib_raw_text(&report, &report.raw[i], path));
	for (size_t i = 0; verdict != CIB_VERDICT_UNCHECKED && i < report.fault_count;
	     i++)
		kit_error(kit, "%s", cib_fault_text(&report, &report.fault[i], path));
	if (verdict == CIB_VERDICT_UNCHECKED && !kit->result)
		fputs("Schema validation of configuration is disabled (enabling is "
		      "encouraged "
		      "and prevents common misconfigurations)\n",
		    stderr);
	cib_report_clear(&report);
	cib_schemas_free(schemas);
	return verdict == CIB_VERDICT_VALID || verdict == CIB_VERDICT_UNCHECKED
	           ? 0
	           : CRM_EX_CONFIG;
}

static int
source_open(struct kit *kit, const struct arguments *a, struct source *source)
{
	int code = a->file ? file_open(kit, a->file, source) : live_open(kit, source);

	if (code || !a->file)
		return code; /* a connection's document is valid already */
	return validate(kit, strcmp(a->file, "-") == 0 ? "(stdin)" : a->file,
	    source->doc);
}

static void
source_close(struct source *source)
{
	if (source->doc)
		xmlFreeDoc(source->doc);
	cib_disconnect(source->connection);
}

static int
save(struct kit *kit, const char *path, const xmlDoc *doc)
{
	FILE *out = strcmp(path, "-") == 0 ? kit->out : fopen(path, "we");
	int code = 0;

	if (!out) {
		kit_complain(kit, "cannot write '%s': %s", path, strerror(errno));
		return CRM_EX_CANNOT_CREATE;
	}
	if (cib_write_stream(xmlDocGetRootElement(doc), out) < 0)
		code = CRM_EX_IO;
	if (out != kit->out && fclose(out) != 0)
		code = CRM_EX_IO;
	if (code)
		kit_complain(kit, "cannot write '%s': %s", path, strerror(errno));
	return code;
}

/* Into the place from which it came: whole, or not at all. */
static int
save_in_place(struct kit *kit, const struct arguments *a, struct source *source)
{
	struct cib_request request = { .op = CIB_OP_REPLACE,
		.input = xmlDocGetRootElement(source->doc),
		.options = CIB_SYNC_CALL };
	struct cib_answer answer;
	struct err err = { "" };
	struct stat old;
	size_t len;
	char *text;
	int code;

	if (a->file && strcmp(a->file, "-") == 0)
		return save(kit, "-", source->doc);
	if (!a->file) {
		code = cib_connection_execute(source->connection, &request, &answer);
		if (code != CIB_OK)
			kit_complain(kit, "the document was not replaced: %s",
			    *answer.err.text ? answer.err.text
			                     : cib_code_text(code, CIB_STYLE_P));
		cib_answer_clear(&answer);
		return code == CIB_OK ? 0 : CRM_EX_ERROR;
	}
	text = cib_write(xmlDocGetRootElement(source->doc), NULL, &len);
	code = stat(a->file, &old) < 0 || !text
	           ? -errno
	           : file_replace_like(a->file, text, len, &old, &err);
	free(text);
	if (code)
		kit_complain(kit, "cannot write '%s': %s", a->file, err.text);
	return code ? CRM_EX_CANNOT_CREATE : 0;
}

/* What is shown. */

struct session {
	struct kit *kit;
	const struct arguments *a;
	struct show show;
	struct source source;
	struct pe_options options;
};

static bool
wants_plan(const struct arguments *a)
{
	return a->run || a->simulate || a->in_place || a->scores || a->utilization ||
	       a->graph || a->dot || a->picture;
}

/* What was said is told once: with the plan, if there is one. */
static struct pe *
compute(struct session *s, bool status_only)
{
	struct pe_options o = s->options;
	char why[200];

	o.status_only = status_only;
	o.scores = s->a->scores && !status_only;
	o.utilization = s->a->utilization && !status_only;
	struct pe *pe = pe_run(s->source.doc, &o, why, sizeof(why));

	if (!pe)
		kit_complain(s->kit, "%s", why);
	else if (s->kit->verbose && (!status_only || !wants_plan(s->a)))
		plan_messages(pe, "(pengine) \t", (enum pe_level)(s->kit->verbose - 1));
	return pe;
}

/* Why little is going to happen, before anything else. */
static void
hindrance_show(struct session *s, const struct pe *pe, const struct status *status)
{
	struct status_counts counts = status_counts(status);

	if (s->kit->result)
		return;
	if (pe_cluster_of(pe).maintenance_mode)
		fprintf(s->kit->out, "\n%s\n%s\n\n", status_maintenance_text[0],
		    status_maintenance_text[1]);
	if (counts.disabled + counts.blocked == 0)
		return;
	fprintf(s->kit->out,
	    "%zu of %zu resource instances DISABLED and %zu BLOCKED from further action "
	    "due to "
	    "failure\n\n",
	    counts.disabled, counts.resources, counts.blocked);
}

static int
status_block(struct session *s, const char *title, const char *tag)
{
	struct pe *pe = compute(s, true);
	struct status_how how = { .sections = STATUS_NODES | STATUS_RESOURCES,
		.flags = STATUS_INACTIVE | STATUS_ALL_TITLES | STATUS_RAW_FAILURES,
		.now = s->options.now.seconds };
	struct page page;

	if (!pe)
		return CRM_EX_CONFIG;
	if (s->a->attributes)
		how.sections |= STATUS_ATTRIBUTES;
	if (s->a->failcounts)
		how.sections |= STATUS_FAILCOUNTS | STATUS_FAILURES;
	struct status *status = status_new(pe, s->source.doc, &how);

	if (!s->show.any)
		hindrance_show(s, pe, status);
	if (s->kit->result) {
		show_block(&s->show, title, tag);
		status_xml(status, s->show.section);
	} else {
		if (s->show.any)
			fputc('\n', s->kit->out);
		s->show.any = true;
		page_text(&page, s->kit->out, s->show.flat);
		page_begin(&page, "%s", title);
		status_show(status, &page);
		page_end(&page);
	}
	status_free(status);
	pe_free(pe);
	return 0;
}

/* Events. */

static int
node_event(struct session *s, const struct event *e, struct err *err)
{
	static const struct {
		const char *before, *after, *xml;
		enum sim_node_change change;
	} words[] = { [EVENT_UP] = { "Bringing node", " online", "Online", SIM_NODE_UP },
		[EVENT_DOWN] = { "Taking node", " offline", "Offline", SIM_NODE_DOWN },
		[EVENT_FAIL] = { "Failing node", "", "Failing", SIM_NODE_FAIL } };

	show_line(&s->show, "%s %s%s", words[e->kind].before, e->value,
	    words[e->kind].after);
	show_element(&s->show, "modify_node", "action", words[e->kind].xml, "node",
	    e->value, NULL);
	return sim_node_set(s->source.doc, e->value, words[e->kind].change, err);
}

static int
ticket_event(struct session *s, const struct event *e, struct err *err)
{
	static const struct {
		const char *before, *after, *xml;
		enum sim_ticket_change change;
	} words[EVENT_KINDS] = { [EVENT_GRANT] = { "Granting ticket", "", "Granting",
		                     SIM_TICKET_GRANT },
		[EVENT_REVOKE] = { "Revoking ticket", "", "Revoking", SIM_TICKET_REVOKE },
		[EVENT_STANDBY] = { "Making ticket", " standby", "Standby",
		    SIM_TICKET_STANDBY },
		[EVENT_ACTIVATE] = { "Activating ticket", "", "Activating",
		    SIM_TICKET_ACTIVATE } };

	show_line(&s->show, "%s %s%s", words[e->kind].before, e->value,
	    words[e->kind].after);
	show_element(&s->show, "modify_ticket", "action", words[e->kind].xml, "ticket",
	    e->value, NULL);
	return sim_ticket_set(s->source.doc, e->value, words[e->kind].change, err);
}

static int
inject_event(struct session *s, const struct event *e, struct err *err)
{
	struct sim_listener listener = { .counted = show_counted, .data = &s->show };
	struct sim_outcome outcome;
	int code;

	show_line(&s->show, "Injecting %s into the configuration", e->value);
	show_element(&s->show, "inject_spec", "spec", e->value, NULL);
	code = sim_outcome_parse(e->value, &outcome, err);
	if (code)
		return code;
	struct pe *pe = compute(s, true);

	if (!pe)
		return err_set(err, -EINVAL, "no status");
	code = sim_inject(s->source.doc, pe, &outcome, s->options.now.seconds, &listener,
	    err);
	pe_free(pe);
	return code;
}

static int
event_do(struct session *s, const struct event *e)
{
	struct err err = { "" };
	int code = e->kind <= EVENT_FAIL    ? node_event(s, e, &err)
	           : e->kind < EVENT_INJECT ? ticket_event(s, e, &err)
	                                    : inject_event(s, e, &err);

	if (!code)
		return 0;
	kit_complain(s->kit, "%s", err.text);
	return code == -ENOENT ? CRM_EX_NO_SUCH : CRM_EX_USAGE;
}

static int
events_do(struct session *s)
{
	const struct arguments *a = s->a;
	int code = 0;

	if (!a->event_count && !a->quorum && !a->watchdog)
		return 0;
	show_block(&s->show, "Performing Requested Modifications", "modifications");
	if (a->quorum) {
		show_line(&s->show, "Setting quorum: %s", a->quorum);
		sim_quorum_set(s->source.doc, value_is_true(a->quorum), NULL);
	}
	if (a->watchdog) {
		struct err err;

		show_line(&s->show, "Setting watchdog: %s", a->watchdog);
		if (sim_watchdog_set(s->source.doc, value_is_true(a->watchdog), &err) <
		    0) {
			kit_complain(s->kit, "%s", err.text);
			code = CRM_EX_CONFIG;
		}
	}
	if (s->kit->result && a->quorum)
		xmlNewProp(s->show.section, BAD_CAST "quorum", BAD_CAST a->quorum);
	if (s->kit->result && a->watchdog)
		xmlNewProp(s->show.section, BAD_CAST "watchdog", BAD_CAST a->watchdog);
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		for (size_t i = 0; i < a->event_count && !code; i++)
			if ((int)a->event[i].kind == kind)
				code = event_do(s, &a->event[i]);
	return code;
}

/* The plan. */

static int
files_write(struct session *s, const struct pe *pe)
{
	const struct arguments *a = s->a;
	struct err err;
	int code = 0;

	fflush(s->kit->out);
	if (a->graph)
		code = plan_write(a->graph, pe, pe_write_graph, &err);
	if (!code && a->dot)
		code = plan_write_dot(a->dot, pe, a->all_actions, &err);
	if (!code && a->picture)
		code = plan_picture(a->picture, pe, a->all_actions, &err);
	if (code)
		kit_complain(s->kit, "%s", err.text);
	return code == 0                       ? 0
	       : code == -ENOENT && a->picture ? CRM_EX_NOT_INSTALLED
	       : code == -EINVAL               ? CRM_EX_USAGE
	                                       : CRM_EX_CANNOT_CREATE;
}

static int
carry_out(struct session *s, const struct pe *pe)
{
	bool quiet = s->kit->quiet;
	struct sim_listener listener = { .done = quiet ? NULL : show_done,
		.counted = quiet ? NULL : show_counted,
		.left = show_left,
		.data = &s->show };
	struct sim_options o = { .now = s->options.now.seconds,
		.outcome = s->a->outcome,
		.outcome_count = s->a->outcome_count };
	struct sim_result result;
	xmlDoc *after = xmlCopyDoc(s->source.doc, 1); /* the plan refers to the old one */

	if (!after)
		return CRM_EX_OS;
	if (!quiet)
		show_block(&s->show, "Executing Cluster Transition", "transition");
	result = sim_run(after, pe, &o, &listener);
	xmlFreeDoc(s->source.doc);
	s->source.doc = after;
	if (result.left == 0 || result.failed > 0)
		return 0;
	kit_complain(s->kit, "%zu actions wait for one another: the plan has a loop",
	    result.left);
	return CRM_EX_ERROR;
}

/* As the document tells it, or as people do. */
static void
clock_tell(struct session *s)
{
	const char *date = (const char *)xmlGetProp(xmlDocGetRootElement(s->source.doc),
	    BAD_CAST "execution-date");

	if (date && !s->options.now_given) {
		time_t when = (time_t)strtoll(date, NULL, 10);
		char text[40];
		struct tm tm;

		s->options.now = date_local(when);
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", gmtime_r(&when, &tm));
		if (!s->kit->quiet && !s->kit->result)
			fprintf(s->kit->out, "Using the original execution date of: %s\n",
			    text);
	}
	xmlFree((void *)(uintptr_t)date);
}

static int
plan(struct session *s)
{
	const struct arguments *a = s->a;
	struct pe *pe = compute(s, false);
	int code;

	if (!pe)
		return CRM_EX_CONFIG;
	if (a->scores || a->utilization) {
		if (s->kit->quiet)
			s->show.any = false;
		show_allocations(&s->show, pe, a->utilization);
	}
	if (!s->kit->quiet)
		show_summary(&s->show, pe);
	if (s->kit->verbose > 1)
		show_log_actions(pe);
	code = files_write(s, pe);
	if (!code && (a->simulate || a->in_place)) {
		code = carry_out(s, pe);
		if (!s->kit->quiet)
			clock_tell(s);
		if (!s->kit->quiet && !code)
			code = status_block(s, "Revised Cluster Status",
			    "revised_cluster_status");
	}
	pe_free(pe);
	return code;
}

static int
session_run(struct session *s)
{
	const struct arguments *a = s->a;
	int code = 0;

	if (a->date && !s->kit->quiet && !s->kit->result)
		fprintf(s->kit->out, "Setting effective cluster time: %s\n", a->date);
	clock_tell(s);
	if (!s->kit->quiet)
		code = status_block(s, "Current cluster status", "cluster_status");
	if (!code)
		code = events_do(s);
	if (!code && a->input)
		code = save(s->kit, a->input, s->source.doc);
	if (!code && wants_plan(a))
		code = plan(s);
	if (!code && a->output)
		code = save(s->kit, a->output, s->source.doc);
	if (!code && a->in_place)
		code = save_in_place(s->kit, a, &s->source);
	return code;
}

/* Profiles. */

static double
seconds_of(struct kit *kit, const struct arguments *a, const char *path)
{
	struct source source = { 0 };
	struct timespec begin, end;
	struct pe_options o = { .now = a->now };
	char why[200];
	bool good =
	    file_open(kit, path, &source) == 0 && validate(kit, path, source.doc) == 0;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (int i = 0; good && i < a->repeat; i++)
		pe_free(pe_run(source.doc, &o, why, sizeof(why)));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	source_close(&source);
	return good ? (double)(end.tv_sec - begin.tv_sec) +
	                  (double)(end.tv_nsec - begin.tv_nsec) / 1e9
	            : -1;
}

static int
is_document(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && strcmp(end, ".xml") == 0 && entry->d_name[0] != '.';
}

static int
profile(struct kit *kit, const struct arguments *a)
{
	struct dirent **entry;
	struct show show = { .kit = kit };
	int count = scandir(a->profile, &entry, is_document, alphasort);

	if (count < 0) {
		kit_complain(kit, "cannot read '%s': %s", a->profile, strerror(errno));
		return CRM_EX_NO_INPUT;
	}
	show_block(&show, "Timings", "timings");
	for (int i = 0; i < count; i++) {
		char *path, number[32];

		if (asprintf(&path, "%s/%s", a->profile, entry[i]->d_name) < 0)
			abort();
		double taken = seconds_of(kit, a, path);

		snprintf(number, sizeof(number), "%.2f", taken);
		if (taken >= 0) {
			show_line(&show, "Testing %s ... %s secs", path, number);
			show_element(&show, "timing", "file", path, "duration", number,
			    NULL);
		}
		free(path);
		free(entry[i]);
	}
	free(entry);
	return 0;
}

static int
run(struct kit *kit, struct arguments *a)
{
	struct session s = { .kit = kit, .a = a, .show.kit = kit };
	int code;

	if (kit->word_count) {
		kit_complain(kit, "'%s' is more than was expected", kit->words[0]);
		kit_usage(kit, stderr);
		return CRM_EX_USAGE;
	}
	if (!a->now_given)
		a->now = date_local(time(NULL));
	if (a->profile)
		return profile(kit, a);
	s.show.flat = a->scores || a->utilization;
	s.options.now = a->now;
	s.options.now_given = a->now_given;
	code = source_open(kit, a, &s.source);
	if (!code)
		code = session_run(&s);
	source_close(&s.source);
	return code;
}

int
main(int argc, char **argv)
{
	static struct arguments a = { .repeat = 1 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
