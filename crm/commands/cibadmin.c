/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cibadmin(8): the document as it stands, asked and changed (spec/crm-tools.md 3). */
#include "crm/cib/digest.h"
#include "crm/cib/ops.h"
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"
#include "crm/commands/access.h"
#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/commands/refusal.h"
#include "crm/common/exits.h"
#include "crm/common/release.h"
#include "crm/common/values.h"
#include "lib/choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ID_PATCH_H = 0x200, /* what has no letter */
	ID_DELETE_PATH,
	ID_REFERENCE,
	ID_SYNC,
	ID_SLAVE,
	ID_MASTER,
	ID_IS_MASTER,
	ID_LEGACY_USER,
};

struct arguments {
	enum cib_op op;
	int command; /* letter or id of it; 0 = none was given */
	unsigned options;
	const char *section, *xpath;
	const char *text, *file; /* where the data is: a string, a file, ... */
	bool from_stdin;
	const char *empty; /* schema of an empty document */
	const char *user, *show;
	bool force;
};

static const struct kit_option options[] = {
	KIT_TITLE("Commands"),
	{ 'Q', "query", "cib_query", KIT_FLAG, NULL,
	    "print the document, or what --scope or --xpath says" },
	{ 'C', "create", "cib_create", KIT_FLAG, NULL,
	    "add an object; it is an error if it is there" },
	{ 'M', "modify", "cib_modify cib_update update", KIT_FLAG, NULL,
	    "merge into an object; it is an error if it is not there,\nunless -c is "
	    "given" },
	{ 'R', "replace", "cib_replace", KIT_FLAG, NULL,
	    "put an object, a section or the document in place of the one there" },
	{ 'P', "patch", NULL, KIT_FLAG, NULL,
	    "apply what crm_diff(8) found to be different" },
	{ 'D', "delete", "cib_delete", KIT_FLAG, NULL,
	    "delete the first object with this tag and these attributes" },
	{ 'd', "delete-all", NULL, KIT_FLAG, NULL,
	    "delete everything that --xpath finds; needs --force", .h_letter = '-' },
	{ 0, "cib_delete_alt", NULL, KIT_FLAG, NULL,
	    "delete what the data names by its whole path, below --scope", ID_DELETE_PATH,
	    .h_letter = 'd' },
	{ 'B', "bump", "cib_bump", KIT_FLAG, NULL, "count the document's epoch on by 1" },
	{ 'E', "erase", "cib_erase", KIT_FLAG, NULL,
	    "delete all of the configuration; needs --force" },
	{ 'u', "upgrade", NULL, KIT_FLAG, NULL,
	    "bring the document into the newest schema; needs --force" },
	{ 'a', "empty", NULL, KIT_OPTIONAL, "SCHEMA", "print an empty document" },
	{ '5', "md5-sum", NULL, KIT_FLAG, NULL,
	    "print the digest of the data as files have it" },
	{ '6', "md5-sum-versioned", NULL, KIT_FLAG, NULL,
	    "print the digest of the data as patches have it" },
	{ 'S', "show-access", NULL, KIT_OPTIONAL, "FORM",
	    "with -Q and -U: what that user may do; color (a terminal's default),\n"
	    "text, namespace, auto",
	    .h_letter = '-' },
	{ 0, "cib_sync", NULL, KIT_FLAG, NULL, "send the document to all nodes", ID_SYNC,
	    .h_letter = 'S' },
	{ 0, "cib_slave", "slave", KIT_FLAG, NULL, "write here no more; needs --force",
	    ID_SLAVE, .h_letter = 'r' },
	{ 0, "cib_master", "master", KIT_FLAG, NULL, "write here; needs --force",
	    ID_MASTER, .h_letter = 'w' },
	{ 0, "cib_ismaster", NULL, KIT_FLAG, NULL, "say whether it is written here",
	    ID_IS_MASTER, .h_letter = 'm' },
	KIT_TITLE("Data"),
	{ 'X', "xml-text", "crm_xml", KIT_VALUE, "XML", "the data itself" },
	{ 'x', "xml-file", "crm_xml_file", KIT_VALUE, "FILE", "the data is in a file" },
	{ 'p', "xml-pipe", "crm_xml_pipe", KIT_FLAG, NULL, "the data comes from stdin" },
	{ 'o', "scope", "obj_type", KIT_VALUE, "SECTION",
	    "only this section: configuration nodes resources constraints\n"
	    "crm_config rsc_defaults op_defaults status acls tags tickets\n"
	    "fencing-topology alerts" },
	{ 'A', "xpath", NULL, KIT_VALUE, "XPATH", "what an expression finds, instead" },
	{ 'e', "node-path", NULL, KIT_FLAG, NULL,
	    "print the paths of what --xpath finds, not the objects" },
	{ 'n', "no-children", NULL, KIT_FLAG, NULL,
	    "print elements without their children" },
	{ 'c', "allow-create", NULL, KIT_FLAG, NULL, "--modify makes what is not there" },
	KIT_TITLE("More"),
	{ 'f', "force", "force-quorum", KIT_FLAG, NULL,
	    "without quorum, and what destroys much" },
	{ 't', "timeout", NULL, KIT_VALUE, "SECONDS", "wait so long for an answer (30)",
	    .h_letter = '-' },
	{ 's', "sync-call", NULL, KIT_FLAG, NULL, "wait until it is done (always)" },
	{ 'l', "local", NULL, KIT_FLAG, NULL, "only this node's copy" },
	{ 'N', "node", "host", KIT_VALUE, "NODE", "ask this node", .h_letter = 'h' },
	{ 'h', NULL, NULL, KIT_VALUE, "NODE", NULL, 'N', .h_letter = '-' },
	{ 'U', "user", NULL, KIT_VALUE, "USER", "with the rights of this user",
	    .h_letter = '-' },
	{ 0, "no-bcast", NULL, KIT_FLAG, NULL, NULL, 'b', .h_letter = 'b' },
	{ 0, NULL, NULL, KIT_FLAG, NULL, NULL, 'M', 'U' },
	{ 0, NULL, NULL, KIT_VALUE, "MILLISECONDS", NULL, 't', 't' },
	{ 0, "reference", NULL, KIT_VALUE, "ID", NULL, ID_REFERENCE },
	{ '!', "features", "feature-set", KIT_FLAG, NULL,
	    "say which version this is, and what it can do" },
	KIT_COMMON,
	{ 0 },
};

/* Commands that destroy much. */
static bool
is_dangerous(int command)
{
	return command == 'E' || command == 'u' || command == 'd' ||
	       command == ID_SLAVE || command == ID_MASTER;
}

static const struct choice commands[] = { { "Q", CIB_OP_QUERY }, { "C", CIB_OP_CREATE },
	{ "M", CIB_OP_MODIFY }, { "R", CIB_OP_REPLACE }, { "P", CIB_OP_PATCH },
	{ "D", CIB_OP_DELETE }, { "d", CIB_OP_DELETE }, { "B", CIB_OP_BUMP },
	{ "E", CIB_OP_ERASE }, { "u", CIB_OP_UPGRADE }, { 0 } };

static enum cib_op
op_of(int command)
{
	const char letter[] = { (char)command, '\0' };

	for (const struct choice *c = commands; command < 0x80 && c->name; c++)
		if (strcmp(c->name, letter) == 0)
			return c->value;
	return command == ID_DELETE_PATH ? CIB_OP_DELETE_ALT
	       : command == ID_SYNC      ? CIB_OP_SYNC
	       : command == ID_SLAVE     ? CIB_OP_SLAVE
	       : command == ID_MASTER    ? CIB_OP_MASTER
	       : command == ID_IS_MASTER ? CIB_OP_IS_MASTER
	                                 : CIB_OP_NONE;
}

static int
features(void)
{
	/* Programs look for words in it; each of these says what is true of us. */
	puts(
	    "Pacemaker " CRM_RELEASE " (Build: heartbeat-" HB_VERSION "): heartbeat lha");
	return 0;
}

/* Arguments. */

static int
set_timeout(struct kit *kit, const char *value)
{
	char *end;

	errno = 0;
	if (strtol(value, &end, 10) < 0 || errno || end == value || *end) {
		kit_complain(kit, "'%s' is no number of seconds", value);
		return CRM_EX_USAGE;
	}
	return 0;
}

static int
set_show(struct arguments *a, struct kit *kit, const char *value)
{
	static const char *const forms[] = { "color", "text", "namespace", "auto" };

	a->show = "auto";
	for (size_t i = 0; value && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(value, forms[i]) == 0) {
			a->show = forms[i];
			return 0;
		}
	if (!value)
		return 0;
	kit_error(kit, "Unrecognized value for --show-access: \"%s\"", value);
	return KIT_USAGE_SHOWN;
}

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	switch (id) {
	case '!':
		a->command = id;
		break;
	case 'X':
		a->text = value;
		break;
	case 'x':
		a->file = value;
		break;
	case 'p':
		a->from_stdin = true;
		break;
	case 'o':
		a->section = value;
		break;
	case 'A':
		a->xpath = value;
		break;
	case 'e':
		a->options |= CIB_XPATH_ADDRESS;
		break;
	case 'n':
		a->options |= CIB_NO_CHILDREN;
		break;
	case 'c':
		a->options |= CIB_CAN_CREATE;
		break;
	case 'f':
		a->force = true;
		a->options |= CIB_QUORUM_OVERRIDE;
		break;
	case 'l':
		a->options |= CIB_SCOPE_LOCAL;
		break;
	case 'b':
		a->options |= CIB_INHIBIT_BCAST;
		break;
	case 'U':
		a->user = value;
		break;
	case 'S':
		return set_show(a, kit, value);
	case 't':
		return set_timeout(kit, value);
	case 's': /* there is no other way */
	case 'N':
	case ID_REFERENCE:
		break;
	case 'a':
		a->empty = value;
		/* fall through */
	default:
		a->command = id;
		a->op = op_of(id);
	}
	return 0;
}

/* Data. */

/* 0, 'none was named', or the exit code: DOC is the caller's. */
static int
data_read(const struct arguments *a, struct kit *kit, xmlDoc **doc)
{
	const char *from = a->text ? "input string" : a->file ? a->file : "STDIN";
	struct err err;

	*doc = NULL;
	if (!a->text && !a->file && !a->from_stdin)
		return 0;
	if (a->text)
		*doc = cib_parse(a->text, strlen(a->text), NULL, &err);
	else if (a->file && access(a->file, R_OK) < 0) {
		kit_error(kit, "Couldn't parse input from %s.", from);
		return CRM_EX_CONFIG;
	} else
		*doc = cib_read_file(a->file ? a->file : "-", NULL, &err);
	if (*doc)
		return 0;
	kit_error(kit, "Couldn't parse input from %s: %s", from, err.text);
	return CRM_EX_DATA;
}

/* Commands that need no document. */

static int
print_digest(struct kit *kit, int command, const xmlNode *data)
{
	char text[CIB_DIGEST_SIZE];
	enum cib_digest_kind kind;
	const char *version;

	if (!data) {
		kit_error(kit, "Please supply XML to process with -X, -x or -p");
		return CRM_EX_USAGE;
	}
	version = cib_attr(data, "crm_feature_set");
	if (command == '5')
		fputs("Digest: ", stderr);
	else
		fprintf(stderr, "Versioned (%s) digest: ", version ? version : "(null)");
	/* Documents of old have the digest of files in their patches, too. */
	kind = command == '5' || version_compare(version, "3.0.9") < 0
	           ? CIB_DIGEST_DATA_P
	           : CIB_DIGEST_WIRE_P;
	if (cib_digest(data, kind, text) != CIB_OK)
		return CRM_EX_OS;
	fprintf(kit->out, "%s\n", text);
	return 0;
}

static int
print_empty(struct kit *kit, const char *schema)
{
	xmlDoc *doc;

	if (schema && !schema_is_known(kit, schema))
		return CRM_EX_USAGE;
	doc = cib_new_empty(schema ? schema : CRM_NEWEST_SCHEMA, CRM_FEATURE_SET, 1);
	if (!doc)
		return CRM_EX_OS;
	cib_write_stream(xmlDocGetRootElement(doc), kit->out);
	xmlFreeDoc(doc);
	return 0;
}

/* What a command has found, or why it was refused. */

/* Of what an expression has found; else of the section. */
static void
print_paths(const struct arguments *a, const xmlDoc *found, const xmlDoc *doc, FILE *out)
{
	const xmlNode *section = cib_section_find(xmlDocGetRootElement(doc), a->section);
	char *path;

	if (a->xpath) {
		for (const xmlNode *n = cib_child_first(xmlDocGetRootElement(found)); n;
		     n = cib_child_next(n))
			fprintf(out, "%s\n", cib_attr(n, "id"));
	} else if (section && (path = cib_node_path(section))) {
		fprintf(out, "%s\n", path);
		free(path);
	}
}

static void
print_failure(struct kit *kit, const struct cib_answer *answer)
{
	if (answer->result)
		cib_write_stream(xmlDocGetRootElement(answer->result), kit->out);
	refusal_print(kit, answer);
	kit_error(kit, "Call failed: %s", cib_code_text(answer->code, CIB_STYLE_P));
}

static int
execute(struct kit *kit, const struct arguments *a, struct cib_connection *c,
    const xmlNode *data)
{
	struct cib_request request = { .op = a->op,
		.section = a->section,
		.xpath = a->xpath,
		.input = data,
		.options = a->options };
	struct cib_answer answer;
	int code;

	if (a->command == 'd')
		request.options |= CIB_MULTIPLE;
	code = cib_connection_execute(c, &request, &answer);
	/* What is no expression finds nothing. */
	if (code == CIB_ARGUMENT && a->op == CIB_OP_QUERY && a->xpath)
		code = answer.code = CIB_NOT_EXISTS;
	if (code != CIB_OK)
		print_failure(kit, &answer);
	else if (answer.result && a->options & CIB_XPATH_ADDRESS)
		print_paths(a, answer.result, cib_connection_doc(c), kit->out);
	else if (answer.result)
		cib_write_stream(xmlDocGetRootElement(answer.result), kit->out);
	cib_answer_clear(&answer);
	return crm_exit_from_cib(code);
}

static int
with_document(struct kit *kit, const struct arguments *a, const xmlNode *data)
{
	struct cib_connection *c;
	struct err err;
	int code = kit_connect(kit, &c, CIB_ENVIRONMENT, &err);

	if (code != 0) {
		kit_error(kit, "Could not connect to the CIB: %s", err.text);
		kit_error(kit, "Init failed, could not perform requested operations");
		return code;
	}
	code = a->show
	           ? access_show(kit, cib_connection_doc(c), a->section, a->user, a->show)
	           : execute(kit, a, c, data);
	cib_disconnect(c);
	return code;
}

/* All. */

/* 0, or what is wrong with the command itself. */
static int
check(struct kit *kit, const struct arguments *a)
{
	if (kit->word_count) {
		fputs("non-option ARGV-elements: ", kit->out);
		for (int i = 0; i < kit->word_count; i++)
			fprintf(kit->out, "%s ", kit->words[i]);
		fputc('\n', kit->out);
	}
	if (kit->word_count || !a->command) {
		kit_usage_wrong(kit);
		return CRM_EX_USAGE;
	}
	if (is_dangerous(a->command) && !a->force) {
		kit_error(kit, "The supplied command is considered dangerous.  To "
		               "prevent accidental "
		               "destruction of the cluster, the --force flag is required "
		               "in order to "
		               "proceed.");
		return CRM_EX_UNSAFE;
	}
	return 0;
}

static int
run(struct kit *kit, struct arguments *a)
{
	xmlDoc *doc;
	const xmlNode *data;
	int code;

	/* A schema's name may stand behind other options, as in "-a -V pacemaker-1.2". */
	code = a->command == '!' ? features() : check(kit, a);
	if (code != 0 || a->command == '!')
		return code;
	if (a->command == 'a')
		return print_empty(kit, a->empty);
	code = data_read(a, kit, &doc);
	if (code != 0)
		return code;
	data = doc ? xmlDocGetRootElement(doc) : NULL;
	if (a->command == '5' || a->command == '6')
		code = print_digest(kit, a->command, data);
	else
		code = with_document(kit, a, data);
	if (doc)
		xmlFreeDoc(doc);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "cibadmin",
		.summary = "query and edit the Pacemaker configuration",
		.usage = "COMMAND [OPTION...]",
		.options = options,
		.set = set,
		.epilog = "The document is the file CIB_file, the shadow CIB_shadow "
		          "(crm_shadow(8)),\n"
		          "or the cluster's.\n\n"
		          "  cibadmin -Q -o resources\n"
		          "  cibadmin -Q --xpath \"//nvpair[@name='target-role']\"\n"
		          "  cibadmin -M -X '<nvpair id=\"web-meta-target\" "
		          "value=\"Stopped\"/>'",
		.getopt_texts = true };
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
