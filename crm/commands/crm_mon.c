/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crm_mon(8): what the cluster is doing, as text, HTML, XML, or one line (spec/crm-tools.md 4).
 *
 * What stands in a file does not change while one looks at it, so there it prints once and ends,
 * with and without -1.
 */
#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/common/exits.h"
#include "crm/common/release.h"
#include "crm/common/values.h"
#include "crm/status/status.h"
#include "lib/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	OPT_AS_XML = 0x100,
	OPT_AS_HTML,
	OPT_CGI,
	OPT_STYLESHEET,
	OPT_TITLE,
	OPT_CLASSIC,
	OPT_NODE,
	OPT_RESOURCE,
	OPT_INCLUDE,
	OPT_EXCLUDE,
	OPT_INTERVAL,
	OPT_NOTHING,
};

/* One --include or --exclude, or a letter that includes. */
struct change {
	bool add;
	unsigned sections;
	bool all, none, defaults;
};

#define CHANGE_MAX 256 /* sections named on one command line; more are refused */

struct arguments {
	struct status_how how;
	struct change change[CHANGE_MAX];
	size_t change_count;
	bool as_xml, cgi, classic, simple, daemonize;
	const char *html_file, *stylesheet, *title, *agent;
	int interval_s;
};

/* clang-format off */
static const struct {
	const char *name;
	unsigned sections;
} section_names[] = {
	{ "attributes", STATUS_ATTRIBUTES },
	{ "bans", STATUS_BANS },
	{ "counts", STATUS_COUNTS },
	{ "dc", STATUS_DC },
	{ "failcounts", STATUS_FAILCOUNTS },
	{ "failures", STATUS_FAILURES },
	{ "fencing", STATUS_FENCING },
	{ "fencing-failed", STATUS_FENCING_FAILED },
	{ "fencing-pending", STATUS_FENCING_PENDING },
	{ "fencing-succeeded", STATUS_FENCING_DONE },
	{ "maint-mode", STATUS_MAINTENANCE },
	{ "nodes", STATUS_NODES },
	{ "operations", STATUS_OPERATIONS },
	{ "options", STATUS_OPTIONS },
	{ "resources", STATUS_RESOURCES },
	{ "stack", STATUS_STACK },
	{ "summary", STATUS_SUMMARY },
	{ "tickets", STATUS_TICKETS },
	{ "times", STATUS_TIMES },
};

static const struct kit_option options[] = {
	KIT_TITLE("Output"),
	KIT_OUTPUT("console (default), text, html, xml"),
	{ 0, "html-cgi", NULL, KIT_FLAG, NULL, "with HTML: a CGI header before it", OPT_CGI },
	{ 0, "html-stylesheet", NULL, KIT_VALUE, "URI", "with HTML: a style sheet of your own", OPT_STYLESHEET },
	{ 0, "html-title", NULL, KIT_VALUE, "TITLE", "with HTML: the page's title; default: Cluster Status", OPT_TITLE },
	{ 0, "text-classic", NULL, KIT_FLAG, NULL, "with text: as heartbeat 2 printed it, also of a newer document", OPT_CLASSIC },
	KIT_TITLE("What is shown"),
	{ 'I', "include", NULL, KIT_VALUE, "SECTION,...", "show these, too; \"list\" names all of them", OPT_INCLUDE },
	{ 'U', "exclude", NULL, KIT_VALUE, "SECTION,...", "do not show these", OPT_EXCLUDE },
	{ 0, "node", NULL, KIT_VALUE, "NODE", "of nodes only this one, or those with this tag", OPT_NODE },
	{ 0, "resource", NULL, KIT_VALUE, "RSC", "of resources only this one, or those with this tag", OPT_RESOURCE },
	{ 'n', "group-by-node", NULL, KIT_FLAG, NULL, "resources below the nodes where they run", 0 },
	{ 'r', "inactive", NULL, KIT_FLAG, NULL, "also resources that do not run", 0 },
	{ 'f', "failcounts", NULL, KIT_FLAG, NULL, "how often resources failed", 0 },
	{ 'o', "operations", NULL, KIT_FLAG, NULL, "what was done with resources", 0 },
	{ 't', "timing-details", NULL, KIT_FLAG, NULL, "the same with times", 0 },
	{ 'c', "tickets", NULL, KIT_FLAG, NULL, "tickets of a cluster of clusters", 0, .h_letter = '-' },
	{ 'm', "fence-history", NULL, KIT_OPTIONAL, "LEVEL", "fencing: 0 nothing, 1 what failed or is under way (default),\n2 also what was done, 3 all of it", 0 },
	{ 'L', "neg-locations", NULL, KIT_OPTIONAL, "PREFIX", "where resources must not be; only constraints\nwhose ids begin so", 0 },
	{ 'A', "show-node-attributes", NULL, KIT_FLAG, NULL, "attributes of nodes", 0 },
	{ 'D', "hide-headers", NULL, KIT_FLAG, NULL, "no summary", 0 },
	{ 'R', "show-detail", NULL, KIT_FLAG, NULL, "ids of nodes, each instance of clones", 0 },
	{ 'b', "brief", NULL, KIT_FLAG, NULL, "counts instead of a list", 0 },
	{ 'j', "pending", NULL, KIT_FLAG, NULL, "what is under way, which is shown anyway", OPT_NOTHING },
	{ 's', "simple-status", NULL, KIT_FLAG, NULL, "one line for monitoring programs (nagios)", 0 },
	KIT_TITLE("Of a running cluster"),
	{ '1', "one-shot", NULL, KIT_FLAG, NULL, "print it once and end", OPT_NOTHING },
	{ 'i', "interval", NULL, KIT_VALUE, "TIME", "how often it is printed anew; in HTML: how often it is\nloaded anew", OPT_INTERVAL },
	{ 'd', "daemonize", NULL, KIT_FLAG, NULL, "in the background, with --output-to or --external-agent", 0 },
	{ 'p', "pid-file", NULL, KIT_VALUE, "FILE", "of the daemon", OPT_NOTHING },
	{ 'E', "external-agent", NULL, KIT_VALUE, "PROGRAM", "what is run when something was done", 0 },
	{ 'e', "external-recipient", NULL, KIT_VALUE, "TEXT", "what is told to that program", OPT_NOTHING },
	{ 'W', "watch-fencing", NULL, KIT_FLAG, NULL, "with -E: also when somebody was fenced", OPT_NOTHING },
	KIT_TITLE("Old names"),
	{ 'h', "as-html", NULL, KIT_VALUE, "FILE", "--output-as=html --output-to=FILE", OPT_AS_HTML },
	{ 'X', "as-xml", NULL, KIT_FLAG, NULL, "XML with crm_mon as its outermost element", OPT_AS_XML },
	{ 'N', "disable-ncurses", "as-console", KIT_FLAG, NULL, "--output-as=text", OPT_NOTHING, .h_letter = 'c' },
	{ 'w', "web-cgi", NULL, KIT_FLAG, NULL, "--output-as=html --html-cgi", 0 },
	KIT_TITLE("About the program"),
	{ 'Q', "quiet", NULL, KIT_FLAG, NULL, "say less", KIT_QUIET },
	KIT_COMMON,
	{ 0 },
};
/* clang-format on */

/* Sections. */

static int
sections_refuse(struct kit *kit, bool add)
{
	kit_usage(kit, stderr);
	kit_complain(kit,
	    "%s options: all, attributes, bans[:PREFIX], counts, dc, default, "
	    "failcounts, failures, fencing, fencing-failed, fencing-pending, "
	    "fencing-succeeded, maint-mode, nodes, none, operations, options, resources, "
	    "stack, summary, tickets, times",
	    add ? "--include" : "--exclude");
	return CRM_EX_USAGE;
}

static int
change_add(struct arguments *a, struct kit *kit, struct change change)
{
	if (a->change_count == CHANGE_MAX) {
		kit_complain(kit, "more than %d sections", CHANGE_MAX);
		return CRM_EX_USAGE;
	}
	a->change[a->change_count++] = change;
	return 0;
}

static int
section_take(struct arguments *a, struct kit *kit, bool add, const char *name, size_t len)
{
	struct change change = { .add = add };

	if (len == 3 && strncmp(name, "all", 3) == 0)
		change.all = true;
	else if (len == 4 && strncmp(name, "none", 4) == 0)
		change.none = true;
	else if (len == 7 && strncmp(name, "default", 7) == 0 && add)
		change.defaults = true;
	else if (len > 5 && strncmp(name, "bans:", 5) == 0 && add) {
		change.sections = STATUS_BANS;
		a->how.ban_prefix = strndup(name + 5, len - 5);
		if (!a->how.ban_prefix)
			abort();
	}
	for (size_t i = 0; i < ARRAY_LEN(section_names); i++)
		if (strlen(section_names[i].name) == len &&
		    strncmp(section_names[i].name, name, len) == 0)
			change.sections = section_names[i].sections;
	if (!change.all && !change.none && !change.defaults && !change.sections)
		return sections_refuse(kit, add);
	return change_add(a, kit, change);
}

static int
sections_take(struct arguments *a, struct kit *kit, bool add, const char *names)
{
	int code = 0;

	while (code == 0 && *names) {
		size_t len = strcspn(names, ", ");

		if (len)
			code = section_take(a, kit, add, names, len);
		names += len + (names[len] != '\0');
	}
	return code;
}

static unsigned
sections_of(const struct arguments *a, unsigned defaults, unsigned all)
{
	unsigned sections = defaults;

	for (size_t i = 0; i < a->change_count; i++) {
		const struct change *c = &a->change[i];

		if (c->defaults)
			sections = defaults;
		else if (c->all || c->none)
			sections = c->all == c->add ? all : 0;
		else if (c->add)
			sections |= c->sections;
		else
			sections &= ~c->sections;
	}
	return sections;
}

/* Options. */

static int
fencing_take(struct arguments *a, struct kit *kit, const char *value)
{
	static const unsigned levels[] = { 0,
		STATUS_FENCING_FAILED | STATUS_FENCING_PENDING, STATUS_FENCING,
		STATUS_FENCING };
	int level =
	    value ? (*value >= '0' && *value <= '9' && !value[1] ? *value - '0' : -1) : 2;

	if (level < 0 || level > 3) {
		kit_complain(kit, "Fence history must be 0-3");
		return CRM_EX_USAGE;
	}
	change_add(a, kit, (struct change){ .sections = STATUS_FENCING });
	return change_add(a, kit,
	    (struct change){ .add = true, .sections = levels[level] });
}

static int
flag_take(struct arguments *a, struct kit *kit, int id)
{
	static const struct {
		int letter;
		unsigned flags, sections;
	} letters[] = {
		{ 'n', STATUS_BY_NODE, 0 },
		{ 'r', STATUS_INACTIVE, 0 },
		{ 'f', 0, STATUS_FAILCOUNTS },
		{ 'o', 0, STATUS_OPERATIONS },
		{ 't', STATUS_TIMING, STATUS_OPERATIONS },
		{ 'c', 0, STATUS_TICKETS },
		{ 'A', 0, STATUS_ATTRIBUTES },
		{ 'R', STATUS_DETAIL, 0 },
		{ 'b', STATUS_BRIEF, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (letters[i].letter == id) {
			a->how.flags |= letters[i].flags;
			return letters[i].sections
			           ? change_add(a, kit,
			                 (struct change){ .add = true,
			                     .sections = letters[i].sections })
			           : 0;
		}
	return 0;
}

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;
	int64_t ms;

	switch (id) {
	case OPT_INCLUDE:
	case OPT_EXCLUDE:
		return sections_take(a, kit, id == OPT_INCLUDE, value);
	case OPT_NODE:
		a->how.node = value;
		return 0;
	case OPT_RESOURCE:
		a->how.resource = value;
		return 0;
	case OPT_INTERVAL:
		ms = value_interval_ms(value);
		if (ms <= 0) {
			kit_complain(kit, "Invalid value for -i: %s", value);
			return CRM_EX_USAGE;
		}
		a->interval_s = (int)((ms + 999) / 1000);
		return 0;
	case OPT_AS_XML:
		a->as_xml = true;
		return 0;
	case OPT_AS_HTML:
		a->html_file = value;
		return 0;
	case 'w':
	case OPT_CGI:
		a->cgi = true;
		return 0;
	case OPT_STYLESHEET:
		a->stylesheet = value;
		return 0;
	case OPT_TITLE:
		a->title = value;
		return 0;
	case OPT_CLASSIC:
		a->classic = true;
		return 0;
	case OPT_NOTHING:
		return 0;
	case 'D':
		return change_add(a, kit, (struct change){ .sections = STATUS_SUMMARY });
	case 's':
		a->simple = true;
		return 0;
	case 'd':
		a->daemonize = true;
		return 0;
	case 'E':
		a->agent = value;
		return 0;
	case 'm':
		return fencing_take(a, kit, value);
	case 'L':
		a->how.ban_prefix = value;
		return change_add(a, kit,
		    (struct change){ .add = true, .sections = STATUS_BANS });
	default:
		return flag_take(a, kit, id);
	}
}

/* clang-format off */
static const struct kit_program program = {
	.name = "crm_mon",
	.summary = "what the cluster is doing",
	.usage = "[OPTION...]",
	.options = options,
	.set = set,
	.epilog =
	    "Without a section named, text and HTML show: summary, maint-mode, nodes, resources,\n"
	    "failures, fencing-failed, fencing-pending; XML shows all.  Of a file (CIB_file, CIB_shadow)\n"
	    "it prints once and ends: a file does not change by itself.\n\n"
	    "Exit status: 0 fine, 1 with -s: something is wrong, 2 with -s: no cluster, 64 usage,\n"
	    "66 no such file, 78 not a valid CIB, 102 no cluster.",
	.formats = KIT_TEXT | KIT_CONSOLE | KIT_HTML | KIT_XML,
};
/* clang-format on */

/* Printing. */

static void
xml_print(const struct status *status, FILE *out)
{
	xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *root = xmlNewDocNode(doc, NULL, BAD_CAST "crm_mon", NULL);
	xmlBuffer *text = xmlBufferCreate();

	if (!doc || !root || !text)
		abort();
	xmlDocSetRootElement(doc, root);
	xmlNewProp(root, BAD_CAST "version", BAD_CAST CRM_RELEASE);
	if (status)
		status_xml(status, root);
	xmlNodeDump(text, doc, root, 0, 1);
	fprintf(out, "%s\n", (const char *)xmlBufferContent(text));
	xmlBufferFree(text);
	xmlFreeDoc(doc);
}

static bool
is_html(const struct kit *kit, const struct arguments *a)
{
	return kit->format == KIT_HTML || a->cgi || a->html_file;
}

static int
html_print(struct kit *kit, const struct arguments *a, const struct status *status)
{
	FILE *out = kit->out;
	int code = 0;

	if (a->html_file && strcmp(a->html_file, "-") != 0) {
		out = fopen(a->html_file, "we");
		if (!out) {
			kit_complain(kit, "cannot write '%s': %s", a->html_file,
			    strerror(errno));
			return CRM_EX_CANNOT_CREATE;
		}
	}
	if (a->cgi)
		fputs("Content-Type: text/html\n\n", out);
	status_html(status, out, a->title ? a->title : "Cluster Status", a->stylesheet,
	    a->interval_s);
	if (out != kit->out) {
		bool bad = ferror(out);

		if (fclose(out) != 0 || bad) {
			kit_complain(kit, "cannot write '%s': %s", a->html_file,
			    strerror(errno));
			code = CRM_EX_IO;
		}
	}
	return code;
}

static int
print(struct kit *kit, struct arguments *a, const struct pe *pe, const xmlDoc *doc)
{
	bool xml = kit->format == KIT_XML || a->as_xml;
	bool classic = a->classic || pe_profile_of(pe) == PE_H;
	unsigned all = 2 * STATUS_BANS - 1;
	unsigned defaults = STATUS_SUMMARY | STATUS_MAINTENANCE | STATUS_NODES |
	                    STATUS_RESOURCES | STATUS_FAILURES | STATUS_FENCING_FAILED |
	                    STATUS_FENCING_PENDING;
	struct status *status;
	struct page page;
	int code = 0;

	a->how.sections = sections_of(a, xml ? all : defaults, all);
	a->how.now = time(NULL);
	if (xml)
		a->how.flags |=
		    STATUS_INACTIVE; /* a program asks for what it leaves out */
	status = status_new(pe, doc, &a->how);
	if (a->simple) {
		if (!(classic ? status_line_classic : status_line)(status, kit->out))
			code = CRM_EX_ERROR;
	} else if (a->as_xml) {
		kit_no_envelope(kit);
		xml_print(status, kit->out);
	} else if (kit->format == KIT_XML) {
		status_xml(status, kit->result);
	} else if (is_html(kit, a)) {
		code = html_print(kit, a, status);
	} else if (classic) {
		status_classic(status, kit->out);
	} else {
		page_text(&page, kit->out, false);
		status_show(status, &page);
	}
	status_free(status);
	return code;
}

/* No document: the words that monitoring programs know. */
static int
refuse(struct kit *kit, const struct arguments *a, int code, const struct err *err)
{
	if (code == CRM_EX_NOT_CONNECTED) {
		kit_complain(kit, "%sConnection to cluster failed: Connection refused",
		    a->simple ? "CLUSTER CRIT: " : "");
		if (a->as_xml) {
			kit_no_envelope(kit);
			xml_print(NULL, kit->out);
		}
		return a->simple ? CRM_EX_INVALID_PARAM : code;
	}
	kit_error(kit, "Could not connect to the CIB: %s", err->text);
	return code == CRM_EX_NO_SUCH ? CRM_EX_NO_INPUT : code;
}

static int
run(struct kit *kit, struct arguments *a)
{
	struct cib_connection *c;
	struct err err = { 0 };
	char text[256];
	struct pe *pe;
	int code;

	if (kit->word_count) {
		kit_complain(kit, "unexpected word '%s'", kit->words[0]);
		return CRM_EX_USAGE;
	}
	if (a->daemonize && !kit->output_to && !a->html_file && !a->agent) {
		kit_complain(kit,
		    "--daemonize needs --output-to or --external-agent: else nobody "
		    "would see it");
		return CRM_EX_USAGE;
	}
	code = kit_connect(kit, &c, CIB_ENVIRONMENT, &err);
	if (code)
		return refuse(kit, a, code, &err);
	pe = pe_run(cib_connection_doc(c),
	    &(struct pe_options){ .now = date_local(time(NULL)),
	        .now_given = true,
	        .status_only = true },
	    text, sizeof(text));
	if (!pe) {
		kit_complain(kit, "%s", text);
		code = CRM_EX_CONFIG;
	} else
		code = print(kit, a, pe, cib_connection_doc(c));
	pe_free(pe);
	cib_disconnect(c);
	return code;
}

int
main(int argc, char **argv)
{
	struct arguments a = { .interval_s = 0 };
	struct kit kit;
	const char *name = argc ? strrchr(argv[0], '/') : NULL;
	int code;

	name = name ? name + 1 : argc ? argv[0] : "";
	a.cgi = strcmp(name, "crm_mon.cgi") == 0;
	code = kit_begin(&kit, &program, argc, argv, &a);
	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
