/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_shadow(8): copies of the document to play with (spec/crm-tools.md 10). */
#include "crm/cib/diff.h"
#include "crm/cib/path.h"
#include "crm/cib/read.h"
#include "crm/cib/write.h"
#include "crm/commands/connection.h"
#include "crm/commands/difftext.h"
#include "crm/commands/kit.h"
#include "crm/commands/refusal.h"
#include "crm/common/exits.h"
#include "crm/common/release.h"
#include "lib/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct arguments {
	int command;
	const char *name; /* of the shadow */
	const char *schema;
	bool force, batch, all;
};

static const struct kit_option options[] = {
	KIT_TITLE("Queries"),
	{ 'w', "which", NULL, KIT_FLAG, NULL, "print the name of the active shadow" },
	{ 'p', "display", NULL, KIT_FLAG, NULL, "print the active shadow" },
	{ 'd', "diff", NULL, KIT_FLAG, NULL,
	    "print what is different in it from the cluster" },
	{ 'F', "file", NULL, KIT_FLAG, NULL, "print where its file is" },
	{ 'E', "edit", NULL, KIT_FLAG, NULL, "edit it with EDITOR" },
	KIT_TITLE("Commands"),
	{ 'c', "create", NULL, KIT_VALUE, "NAME",
	    "make a shadow, a copy of the document" },
	{ 'e', "create-empty", NULL, KIT_VALUE, "NAME", "make an empty one" },
	{ 'C', "commit", NULL, KIT_VALUE, "NAME",
	    "make a shadow's configuration the cluster's; needs --force" },
	{ 'D', "delete", NULL, KIT_VALUE, "NAME", "delete a shadow; needs --force" },
	{ 'r', "reset", NULL, KIT_VALUE, "NAME", "copy the document to a shadow again" },
	{ 's', "switch", NULL, KIT_VALUE, "NAME", "use this one" },
	KIT_TITLE("More"),
	{ 'f', "force", NULL, KIT_FLAG, NULL, "overwrite, delete, commit" },
	{ 'b', "batch", NULL, KIT_FLAG, NULL, "start no shell" },
	{ 'a', "all", NULL, KIT_FLAG, NULL, "commit the status, too" },
	{ 'v', "validate-with", NULL, KIT_VALUE, "SCHEMA", "of an empty one" },
	KIT_COMMON,
	{ 0 },
};

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	switch (id) {
	case 'f':
		a->force = true;
		break;
	case 'b':
		a->batch = true;
		break;
	case 'a':
		a->all = true;
		break;
	case 'v':
		a->schema = value;
		break;
	default:
		a->command = id;
		a->name = value;
	}
	return 0;
}

/* Files. */

static int
cannot(struct kit *kit, const char *what, const char *name, int number)
{
	kit_error(kit, "Could not %s shadow instance '%s': %s", what, name,
	    strerror(number));
	return crm_exit_from_errno(number);
}

static int
save(struct kit *kit, const char *name, const char *path, const xmlDoc *doc)
{
	size_t len;
	char *text = cib_write(xmlDocGetRootElement(doc), NULL, &len);
	int code = text ? file_replace(path, text, len, 0600, NULL) : -ENOMEM;

	free(text);
	return code < 0 ? cannot(kit, "create the", name, -code) : 0;
}

/* The name of the active shadow, or NULL after a complaint. */
static const char *
active(struct kit *kit)
{
	const char *name = getenv("CIB_shadow");

	if (name && *name)
		return name;
	kit_error(kit, "No active shadow configuration defined");
	return NULL;
}

static int
connect_to(struct kit *kit, enum cib_where where, struct cib_connection **c)
{
	struct err err;
	int code = kit_connect(kit, c, where, &err);

	if (code != 0)
		kit_error(kit, "Could not connect to CIB: %s", err.text);
	return code;
}

/* Using one. */

static void
tell_how(struct kit *kit, const char *name, bool is_new)
{
	fputs("Setting up shadow instance\n", kit->out);
	fputs(is_new ? "A new shadow instance was created.  To begin using it paste the "
	               "following into your shell:\n"
	             : "To switch to the named shadow instance, paste the following into "
	               "your shell:\n",
	    kit->out);
	fprintf(kit->out, "  CIB_shadow=%s ; export CIB_shadow\n", name);
}

/* A shell in which the shadow is active; in batch mode only the words for one. */
static int
use(struct kit *kit, const struct arguments *a, bool is_new)
{
	const char *shell = getenv("SHELL");
	char prompt[300];

	if (a->batch || !shell || !*shell) {
		tell_how(kit, a->name, is_new);
		return 0;
	}
	fputs("Setting up shadow instance\nType Ctrl-D to exit the crm_shadow shell\n",
	    kit->out);
	fflush(kit->out);
	snprintf(prompt, sizeof(prompt), "shadow[%.200s] # ", a->name);
	setenv("PS1", prompt, 1);
	setenv("CIB_shadow", a->name, 1);
	if (strstr(shell, "bash"))
		execl(shell, shell, "--norc", "--noprofile", (char *)NULL);
	else
		execl(shell, shell, (char *)NULL);
	kit_error(kit, "Cannot start '%s': %s", shell, strerror(errno));
	tell_how(kit, a->name, is_new);
	return CRM_EX_OS;
}

static void
tell_to_leave(struct kit *kit)
{
	fputs("Please remember to unset the CIB_shadow variable by pasting the following "
	      "into your shell:\n  unset CIB_shadow\n",
	    kit->out);
}

/* Commands that make one. */

static int
create(struct kit *kit, const struct arguments *a, const char *path)
{
	struct cib_connection *c;
	int code;

	if (a->command != 'r' && !a->force && access(path, F_OK) == 0) {
		kit_error(kit, "A shadow instance '%s' already exists.", a->name);
		kit_error(kit, "  To prevent accidental destruction of the cluster, the "
		               "--force flag is required in order to proceed.");
		return CRM_EX_CANNOT_CREATE;
	}
	if (a->command == 'r' && access(path, F_OK) < 0)
		return cannot(kit, "access", a->name, errno);
	if (a->command == 'e') {
		const char *schema = a->schema ? a->schema : CRM_NEWEST_SCHEMA;
		xmlDoc *doc;

		if (!schema_is_known(kit, schema))
			return CRM_EX_USAGE;
		doc = cib_new_empty(schema, CRM_FEATURE_SET, 0);
		if (!doc)
			return CRM_EX_OS;
		fprintf(kit->out, "Created new %s configuration\n", schema);
		code = save(kit, a->name, path, doc);
		xmlFreeDoc(doc);
	} else {
		code = connect_to(kit, CIB_ACTIVE, &c);
		if (code != 0)
			return code;
		code = save(kit, a->name, path, cib_connection_doc(c));
		cib_disconnect(c);
	}
	return code ? code : use(kit, a, true);
}

/* Commands that end one. */

static int
commit_doc(struct kit *kit, const struct arguments *a, const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct cib_request request = { .op = CIB_OP_REPLACE, .input = root };
	struct cib_answer answer;
	struct cib_connection *c;
	int code = connect_to(kit, CIB_ACTIVE, &c);

	if (code != 0)
		return code;
	if (!a->all) {
		request.section = "configuration";
		request.input = cib_section_find(root, "configuration");
	}
	if (cib_connection_execute(c, &request, &answer) != CIB_OK) {
		refusal_print(kit, &answer);
		kit_error(kit, "Could not commit shadow instance '%s' to the CIB: %s",
		    a->name, cib_code_text(answer.code, CIB_STYLE_P));
	}
	code = crm_exit_from_cib(answer.code);
	cib_answer_clear(&answer);
	cib_disconnect(c);
	return code;
}

static int
commit(struct kit *kit, const struct arguments *a, const char *path)
{
	struct err err;
	xmlDoc *doc;
	int code;

	if (access(path, R_OK) < 0)
		return cannot(kit, "access", a->name, errno);
	doc = cib_read_file(path, NULL, &err);
	if (!doc) {
		kit_error(kit, "Could not access shadow instance '%s': %s", a->name,
		    err.text);
		return CRM_EX_CONFIG;
	}
	code = commit_doc(kit, a, doc);
	xmlFreeDoc(doc);
	if (code == 0)
		tell_to_leave(kit);
	return code;
}

static int delete (struct kit *kit, const struct arguments *a, const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return cannot(kit, "remove", a->name, errno);
	tell_to_leave(kit);
	return 0;
}

/* Queries. */

static int
diff_of(struct kit *kit, const xmlDoc *from, const xmlDoc *to)
{
	const struct cib_diff_how how = { .format = 2 };
	xmlDoc *patch = NULL;
	int code = cib_diff_make(from, to, &how, &patch);

	if (code != CIB_OK) {
		kit_error(kit, "Could not compare: %s", cib_code_text(code, CIB_STYLE_P));
		return crm_exit_from_cib(code);
	}
	if (!patch)
		return 0;
	difftext_print(xmlDocGetRootElement(patch), kit->out);
	xmlFreeDoc(patch);
	return 1;
}

static int
diff(struct kit *kit)
{
	struct cib_connection *from = NULL, *to = NULL;
	int code = connect_to(kit, CIB_ACTIVE, &from);

	if (code == 0)
		code = connect_to(kit, CIB_ENVIRONMENT, &to);
	if (code == 0)
		code = diff_of(kit, cib_connection_doc(from), cib_connection_doc(to));
	cib_disconnect(from);
	cib_disconnect(to);
	return code;
}

static int
display(struct kit *kit)
{
	struct cib_connection *c;
	int code = connect_to(kit, CIB_ENVIRONMENT, &c);

	if (code != 0)
		return code;
	cib_write_stream(xmlDocGetRootElement(cib_connection_doc(c)), kit->out);
	cib_disconnect(c);
	return 0;
}

static int
edit(struct kit *kit, const char *name, const char *path)
{
	const char *editor = getenv("EDITOR");
	struct err err;
	xmlDoc *doc;
	int status;
	pid_t child;

	if (!editor || !*editor) {
		kit_error(kit, "No value for EDITOR defined");
		return CRM_EX_NOT_CONFIGURED;
	}
	fflush(kit->out);
	child = fork();
	if (child == 0) {
		/* EDITOR may have words of its own, for which it needs a shell. */
		execl("/bin/sh", "sh", "-c", "exec $EDITOR \"$0\"", path, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return cannot(kit, "edit", name, errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		kit_error(kit, "Could not invoke EDITOR: %s", editor);
		return CRM_EX_OS;
	}
	doc = cib_read_file(path, NULL, &err);
	if (!doc) {
		kit_error(kit, "What was edited is no document: %s", err.text);
		return CRM_EX_DATA;
	}
	xmlFreeDoc(doc);
	return 0;
}

/* All. */

static int
query(struct kit *kit, int command)
{
	const char *name = active(kit);
	char *path = name ? cib_shadow_path(name) : NULL;
	int code = CRM_EX_OK;

	if (!name)
		return CRM_EX_NO_SUCH;
	if (!path) {
		kit_error(kit, "'%s' is no name of a shadow", name);
		return CRM_EX_USAGE;
	}
	if (command == 'w')
		fprintf(kit->out, "%s\n", name);
	else if (command == 'F')
		fprintf(kit->out, "%s\n", path);
	else if (access(path, F_OK) < 0)
		code = cannot(kit, "access", name, errno);
	else
		code = command == 'p'   ? display(kit)
		       : command == 'd' ? diff(kit)
		                        : edit(kit, name, path);
	free(path);
	return code;
}

static int
change(struct kit *kit, const struct arguments *a)
{
	char *path = cib_shadow_path(a->name);
	int code;

	if (!path) {
		kit_error(kit, "'%s' is no name of a shadow", a->name);
		return CRM_EX_USAGE;
	}
	switch (a->command) {
	case 'C':
		code = commit(kit, a, path);
		break;
	case 'D':
		code = delete (kit, a, path);
		break;
	case 's':
		code = access(path, F_OK) < 0 ? cannot(kit, "access", a->name, errno)
		                              : use(kit, a, false);
		break;
	default:
		code = create(kit, a, path);
	}
	free(path);
	return code;
}

static int
run(struct kit *kit, const struct arguments *a)
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
	if ((a->command == 'C' || a->command == 'D') && !a->force) {
		kit_error(kit, "The supplied command is considered dangerous.  To "
		               "prevent accidental "
		               "destruction of the cluster, the --force flag is required "
		               "in order to "
		               "proceed.");
		return CRM_EX_USAGE;
	}
	return strchr("wpdFE", a->command) ? query(kit, a->command) : change(kit, a);
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "crm_shadow",
		.summary =
		    "perform Pacemaker configuration changes in a sandbox\n\n"
		    "This command sets up an environment in which configuration tools "
		    "(cibadmin,\n"
		    "crm_resource, etc.) work offline instead of against a live "
		    "cluster, allowing\n"
		    "changes to be previewed and tested for side-effects.",
		.usage = "QUERY|COMMAND [OPTION...]",
		.options = options,
		.set = set,
		.epilog = "A shadow is the file shadow.NAME in CIB_shadow_dir, or in the "
		          "document's directory.\n"
		          "CIB_shadow=NAME makes it the document of all tools.",
		.getopt_texts = true };
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
