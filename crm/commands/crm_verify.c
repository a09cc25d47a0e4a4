/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crm_verify(8): what is wrong with a configuration (spec/crm-tools.md 8).  First its syntax: everything that its schema
 * does not allow, with lines.  What conforms is then read by the policy engine as the cluster would, whose messages about the
 * configuration are told: errors with -V, warnings with -VV.
 */
#include "crm/cib/read.h"
#include "crm/cib/upgrade.h"
#include "crm/cib/validate.h"
#include "crm/cib/write.h"
#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/common/exits.h"
#include "crm/pengine/pengine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How heartbeat's ended. */
enum { H_WARNINGS = 1, H_ERRORS = 2, H_USAGE = 3 };

struct arguments {
	int source; /* the letter of its option; 0 = none */
	const char *value, *save;
};

static const struct kit_option options[] = {
	KIT_TITLE("What is checked:"),
	{ 'L', "live-check", NULL, KIT_FLAG, NULL, "the configuration of the cluster" },
	{ 'x', "xml-file", NULL, KIT_VALUE, "FILE",
	    "a file; with .bz2 in its name it is unpacked" },
	{ 'p', "xml-pipe", "xml-stream", KIT_FLAG, NULL, "what comes from stdin" },
	{ 'X', "xml-text", NULL, KIT_VALUE, "XML", "this text" },
	KIT_TITLE("Options:"),
	{ 'S', "save-xml", NULL, KIT_VALUE, "FILE",
	    "write what was checked; - = stdout" },
	{ 'D', "dtd-file", NULL, KIT_VALUE, "FILE", NULL },
	KIT_OUTPUT("text, xml"),
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 },
};

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	switch (id) {
	case 'S':
		a->save = value;
		break;
	case 'D':
		break; /* heartbeat's; its syntax is compiled in */
	default:
		a->source = id;
		a->value = value;
	}
	return 0;
}

static const struct kit_program program = {
	.name = "crm_verify",
	.summary = "what is wrong with a configuration",
	.usage = "-L | -x FILE | -p | -X XML [OPTION...]",
	.options = options,
	.set = set,
	.epilog =
	    "What does not conform to its schema is told with file and line; -V tells "
	    "other errors,\n-VV warnings, too.\n\n"
	    "Exit status: 0 nothing is wrong, 1 nothing to check, 64 wrong usage, "
	    "66 no cluster,\n"
	    "78 errors or warnings; with CRM_LETTERS=heartbeat in the environment as "
	    "heartbeat 2:\n"
	    "1 warnings, or unreadable, 2 errors, 3 wrong usage or no cluster",
	.formats = KIT_TEXT | KIT_XML,
};

/* Exit codes, in either way. */

static bool
in_h(void)
{
	const char *codes = getenv("CRM_LETTERS");

	return codes && strcmp(codes, "heartbeat") == 0;
}

static int
code_of(int p, int h)
{
	return in_h() ? h : p;
}

/* Lines that people and scripts look for; always on stderr. */
static void
say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int
end_with_errors(const struct kit *kit)
{
	say("%s%s",
	    in_h() ? "" : "crm_verify: ", "Errors found during check: config not valid");
	if (!kit->verbose)
		say("%s", in_h() ? "  -V may provide more details"
		                 : "-V may provide more details");
	return code_of(CRM_EX_CONFIG, H_ERRORS);
}

static int
end_with_warnings(const struct kit *kit)
{
	if (in_h() || kit->verbose)
		say("%sWarnings found during check: config may not be valid",
		    in_h() ? "" : "crm_verify: ");
	if (in_h() && !kit->verbose)
		say("  Use -V for more details");
	return code_of(CRM_EX_CONFIG, H_WARNINGS);
}

/* Sources: the document, or NULL with the code in *CODE. */

static xmlDoc *
from_file(struct kit *kit, const char *path, int *code)
{
	struct err err;
	bool is_stdin = strcmp(path, "-") == 0;

	if (!is_stdin && access(path, R_OK) < 0) {
		kit_complain(kit, "Couldn't parse input file: %s: %s", path,
		    strerror(errno));
		*code = CRM_EX_ERROR;
		return NULL;
	}
	xmlDoc *doc = cib_read_file(path, NULL, &err);

	if (!doc) {
		say("%s", err.text);
		*code = code_of(end_with_errors(kit), 1);
	}
	return doc;
}

static xmlDoc *
from_text(struct kit *kit, const char *text, int *code)
{
	struct err err = { "" };
	xmlDoc *doc = cib_parse(text, strlen(text), NULL, &err);

	if (!doc) {
		kit_complain(kit, "Couldn't parse input string: %s", err.text);
		*code = CRM_EX_ERROR;
	}
	return doc;
}

static xmlDoc *
from_cluster(struct kit *kit, int *code)
{
	struct cib_connection *c;
	struct err err = { "" };
	int failed = kit_connect(kit, &c, CIB_ENVIRONMENT, &err);

	if (failed == CRM_EX_CONFIG) {
		*code = end_with_errors(kit); /* what is wrong with it was told */
		return NULL;
	}
	if (failed) {
		kit_complain(kit, "CIB query failed: %s",
		    failed == CRM_EX_NOT_CONNECTED ? crm_exit_text(CRM_EX_NO_INPUT)
		                                   : err.text);
		*code = code_of(CRM_EX_NO_INPUT, H_USAGE);
		return NULL;
	}
	xmlDoc *doc = xmlCopyDoc(cib_connection_doc(c), 1);

	cib_disconnect(c);
	return doc;
}

static xmlDoc *
get(struct kit *kit, const struct arguments *a, int *code)
{
	switch (a->source) {
	case 'x':
		return from_file(kit, a->value, code);
	case 'p':
		return from_file(kit, "-", code);
	case 'X':
		return from_text(kit, a->value, code);
	default:
		return from_cluster(kit, code);
	}
}

/* Checks. */

/* Whether it conforms; if not, all of it has been told. */
static bool
check_syntax(const struct kit *kit, const xmlDoc *doc, const char *file)
{
	struct cib_schemas *schemas = cib_schemas_new();
	struct cib_report report = { 0 };
	enum cib_verdict verdict =
	    schemas ? cib_validate(schemas, doc, &report) : CIB_VERDICT_INVALID;

	for (size_t i = 0; i < report.raw_count; i++)
		say("%s", cib_raw_text(&report, &report.raw[i], file));
	for (size_t i = 0; i < report.fault_count; i++)
		say("%s", cib_fault_text(&report, &report.fault[i], file));
	if (report.dropped > 0)
		say("... and %zu more", report.dropped);
	if (verdict == CIB_VERDICT_UNCHECKED)
		say("Schema validation of configuration is disabled (enabling is "
		    "encouraged "
		    "and "
		    "prevents common misconfigurations)");
	else if (verdict != CIB_VERDICT_VALID && kit->verbose)
		say("(main) \terror: CIB did not pass schema validation");
	cib_report_clear(&report);
	cib_schemas_free(schemas);
	return verdict == CIB_VERDICT_VALID || verdict == CIB_VERDICT_UNCHECKED;
}

static void
tell(const struct kit *kit, const struct pe *pe)
{
	static const char *const names[] = { "error", "warning", "notice", "info",
		"debug" };

	for (size_t i = 0; i < pe_message_count(pe); i++) {
		const struct pe_message *m = pe_message_at(pe, i);

		if ((int)m->level < kit->verbose)
			say("(check) \t%s: %s", names[m->level], m->text);
	}
}

/* As the cluster would read it: an older one of pacemaker's in the newest schema. */
static int
check_meaning(const struct kit *kit, const xmlDoc *doc)
{
	const struct pe_options how = { .now = date_local(time(NULL)) };
	struct cib_changes changes = { 0 };
	struct err err = { "" };
	char why[200] = "";
	xmlDoc *next = NULL;
	struct pe *pe = NULL;
	int code = 0;
	bool is_h = cib_style_of(xmlDocGetRootElement(doc)) == CIB_STYLE_H;

	if (!is_h)
		code = cib_upgrade(doc, &next, &changes, &err);
	for (size_t i = 0; i < changes.note_count && kit->verbose > 3; i++)
		say("(upgrade) \tinfo: %s", cib_change_text(&changes, &changes.note[i]));
	if (code == 0)
		pe = pe_run(next ? next : doc, &how, why, sizeof(why));
	if (!pe) {
		say("%s", code < 0 ? err.text : why);
		code = end_with_errors(kit);
	} else {
		tell(kit, pe);
		if (pe_had(pe, PE_ERROR, true))
			code = end_with_errors(kit);
		else if (pe_had(pe, PE_WARNING, true))
			code = end_with_warnings(kit);
	}
	pe_free(pe);
	cib_changes_clear(&changes);
	xmlFreeDoc(next);
	return code;
}

static int
save(struct kit *kit, const xmlDoc *doc, const char *path)
{
	FILE *out = strcmp(path, "-") == 0 ? kit->out : fopen(path, "we");
	int code = out ? cib_write_stream(xmlDocGetRootElement(doc), out) : -errno;

	if (out && out != kit->out && fclose(out) != 0 && code == 0)
		code = -errno;
	if (code < 0)
		kit_complain(kit, "cannot write '%s': %s", path, strerror(-code));
	return code < 0 ? CRM_EX_CANNOT_CREATE : 0;
}

static int
run(struct kit *kit, const struct arguments *a)
{
	int code = 0;

	if (!a->source) {
		kit_complain(kit,
		    "No configuration source specified.  Use --help for usage "
		    "information.");
		return code_of(CRM_EX_ERROR, H_USAGE);
	}
	xmlDoc *doc = get(kit, a, &code);

	if (!doc)
		return code;
	if (!xmlDocGetRootElement(doc) ||
	    !check_syntax(kit, doc, a->source == 'x' ? a->value : NULL))
		code = end_with_errors(kit);
	else
		code = check_meaning(kit, doc);
	if (a->save) {
		int failed = save(kit, doc, a->save);

		code = failed ? failed : code;
	}
	xmlFreeDoc(doc);
	return code;
}

int
main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	if (code == CRM_EX_USAGE)
		code = code_of(code, H_USAGE);
	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
