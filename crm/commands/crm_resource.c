/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource(8): resources asked about, changed, moved, cleaned up (spec/crm-tools.md 5). */
#include "crm/cib/path.h"
#include "crm/cib/write.h"
#include "crm/commands/refusal.h"
#include "crm/commands/resource.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	OPT_STANDARDS = 0x100,
	OPT_PROVIDERS,
	OPT_ALTERNATIVES,
	OPT_AGENTS,
	OPT_METADATA,
	OPT_RESTART,
	OPT_WAIT,
	OPT_DIGESTS,
	OPT_FORCE_START,
	OPT_FORCE_STOP,
	OPT_FORCE_PROMOTE,
	OPT_FORCE_DEMOTE,
	OPT_FORCE_CHECK,
	OPT_VALIDATE,
	OPT_PROMOTED,
	OPT_RECURSIVE,
	OPT_CLASS,
	OPT_AGENT,
	OPT_PROVIDER,
	OPT_OPTION,
};

/* clang-format off */
static const struct kit_option options[] = {
	KIT_TITLE("Output"),
	KIT_OUTPUT("text (default), xml"),
	KIT_TITLE("Queries"),
	{ 'L', "list", NULL, KIT_FLAG, NULL, "all resources and how they are (default)", 0 },
	{ 'l', "list-raw", NULL, KIT_FLAG, NULL, "ids of all instances", 0 },
	{ 'O', "list-operations", NULL, KIT_FLAG, NULL, "what was done and counts; of --resource, on --node", 0 },
	{ 'o', "list-all-operations", NULL, KIT_FLAG, NULL, "all that was done", 0 },
	{ 0, "list-standards", NULL, KIT_FLAG, NULL, "kinds of agents", OPT_STANDARDS },
	{ 0, "list-ocf-providers", NULL, KIT_OPTIONAL, "AGENT", "who provides OCF agents, or that one", OPT_PROVIDERS },
	{ 0, "list-agents", NULL, KIT_VALUE, "STD[:PROV]", "agents of a standard, and a provider", OPT_AGENTS },
	{ 0, "list-ocf-alternatives", NULL, KIT_VALUE, "AGENT", "who provides that OCF agent", OPT_ALTERNATIVES },
	{ 0, "show-metadata", NULL, KIT_VALUE, "SPEC", "what an agent says of itself: CLASS[:PROVIDER]:TYPE", OPT_METADATA },
	{ 'q', "query-xml", NULL, KIT_FLAG, NULL, "its configuration, templates put in", 0, .h_letter = 'x' },
	{ 'w', "query-xml-raw", NULL, KIT_FLAG, NULL, "its configuration as it stands there", 0 },
	{ 'g', "get-parameter", NULL, KIT_VALUE, "PARAM", "value of a parameter, or with --meta, --utilization", 0 },
	{ 'G', "get-property", NULL, KIT_VALUE, "NAME", "value of a property: class, type ...", 0 },
	{ 'W', "locate", NULL, KIT_FLAG, NULL, "where it runs", 0 },
	{ 'a', "constraints", NULL, KIT_FLAG, NULL, "locations and colocations that concern it", 0 },
	{ 'A', "stack", NULL, KIT_FLAG, NULL, "the same with --recursive", 0 },
	{ 'Y', "why", NULL, KIT_FLAG, NULL, "why resources do not run", 0 },
	KIT_TITLE("Changes"),
	{ 0, "validate", NULL, KIT_OPTIONAL, "LEVEL", "let the agent check a configuration: of -r, or of\n--class, --provider, --agent, --option", OPT_VALIDATE },
	{ 'C', "cleanup", NULL, KIT_FLAG, NULL, "forget failures; of -r, on -N, of -n and -I", 0 },
	{ 'R', "refresh", "reprobe", KIT_FLAG, NULL, "forget all that was done, and look anew", 0 },
	{ 'p', "set-parameter", NULL, KIT_VALUE, "PARAM", "set it to -v; with --meta, --utilization", 0 },
	{ 'd', "delete-parameter", NULL, KIT_VALUE, "PARAM", "delete it; with --meta, --utilization", 0 },
	{ 'S', "set-property", NULL, KIT_VALUE, "NAME", "set a property of -t to -v", 0 },
	KIT_TITLE("Where they run"),
	{ 'M', "move", "migrate", KIT_FLAG, NULL, "a constraint that moves it to -N, or away from where\nit is; optional: --lifetime, --promoted, --force", 0 },
	{ 'B', "ban", NULL, KIT_FLAG, NULL, "a constraint that keeps it away from -N, or from\nwhere it is; optional: --lifetime, --promoted", 0 },
	{ 'U', "clear", "un-migrate", KIT_FLAG, NULL, "remove what --move and --ban made; optional: -N,\n--promoted, --expired, --force", 0 },
	{ 'e', "expired", NULL, KIT_FLAG, NULL, "with --clear: only what is over", 0 },
	{ 'u', "lifetime", NULL, KIT_VALUE, "DURATION", "with -M, -B: how long; ISO 8601: PT1H", 0 },
	{ 0, "promoted", "master", KIT_FLAG, NULL, "with -M, -B, -U: only of the promoted role", OPT_PROMOTED },
	KIT_TITLE("Advanced"),
	{ 'D', "delete", NULL, KIT_FLAG, NULL, "delete a resource; needs -t", 0 },
	{ 'F', "fail", NULL, KIT_FLAG, NULL, "tell the cluster that it failed on -N", 0 },
	{ 0, "restart", NULL, KIT_FLAG, NULL, "stop and start it, and what depends on it", OPT_RESTART },
	{ 0, "wait", NULL, KIT_FLAG, NULL, "until the cluster has come to rest", OPT_WAIT },
	{ 0, "digests", NULL, KIT_FLAG, NULL, "digests of its parameters on -N, with NAME=VALUE\nwords as they would be", OPT_DIGESTS },
	{ 0, "force-demote", NULL, KIT_FLAG, NULL, "let the agent demote it here, whatever the cluster\nthinks", OPT_FORCE_DEMOTE },
	{ 0, "force-stop", NULL, KIT_FLAG, NULL, "stop it here", OPT_FORCE_STOP },
	{ 0, "force-start", NULL, KIT_FLAG, NULL, "start it here", OPT_FORCE_START },
	{ 0, "force-promote", NULL, KIT_FLAG, NULL, "promote it here", OPT_FORCE_PROMOTE },
	{ 0, "force-check", NULL, KIT_OPTIONAL, "LEVEL", "see how it is here", OPT_FORCE_CHECK },
	KIT_TITLE("What is meant"),
	{ 'r', "resource", NULL, KIT_VALUE, "ID", "which resource", 0 },
	{ 'N', "node", "host-uname", KIT_VALUE, "NODE", "which node", 0 },
	{ 'H', NULL, NULL, KIT_VALUE, "NODE", NULL, 'N' },
	{ 0, "recursive", NULL, KIT_FLAG, NULL, "with -a: of all that it hangs together with", OPT_RECURSIVE },
	{ 't', "resource-type", NULL, KIT_VALUE, "ELEMENT", "with -D, -S: primitive, group ...", 0 },
	{ 'v', "parameter-value", "property-value", KIT_VALUE, "VALUE", "with -p, -S", 0 },
	{ 'm', "meta", NULL, KIT_FLAG, NULL, "meta attributes instead of parameters", 0 },
	{ 'z', "utilization", NULL, KIT_FLAG, NULL, "utilization instead of parameters", 0 },
	{ 'n', "operation", NULL, KIT_VALUE, "OPERATION", "with -C: only failures of this operation", 0 },
	{ 'I', "interval", NULL, KIT_VALUE, "TIME", "with -C -n: with this interval", 0 },
	{ 0, "class", NULL, KIT_VALUE, "CLASS", "with --validate", OPT_CLASS },
	{ 0, "agent", NULL, KIT_VALUE, "AGENT", "with --validate", OPT_AGENT },
	{ 0, "provider", NULL, KIT_VALUE, "PROVIDER", "with --validate", OPT_PROVIDER },
	{ 0, "option", NULL, KIT_VALUE, "NAME=VALUE", "with --validate: a parameter; may be repeated", OPT_OPTION },
	{ 's', "set-name", NULL, KIT_VALUE, "ID", "with -p, -d: the set that has it", 0 },
	{ 'i', "nvpair", NULL, KIT_VALUE, "ID", "with -p, -d: the id of the value itself", 0 },
	{ 'T', "timeout", NULL, KIT_VALUE, "TIME", "give up after this time", 0 },
	{ 'f', "force", NULL, KIT_FLAG, NULL, "also where that may hurt", 0 },
	KIT_TITLE("About the program"),
	{ 'Q', "quiet", NULL, KIT_FLAG, NULL, "say less", KIT_QUIET },
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 'X', "xml-file", NULL, KIT_VALUE, "FILE", NULL, 0 },
	{ 0 },
};

static const struct {
	int id;
	enum resource_command command;
	const char *action;
} commands[] = {
	{ 'L', RSC_LIST, NULL }, { 'l', RSC_LIST_RAW, NULL }, { 'O', RSC_OPERATIONS, NULL },
	{ 'o', RSC_ALL_OPERATIONS, NULL }, { OPT_STANDARDS, RSC_STANDARDS, NULL },
	{ OPT_PROVIDERS, RSC_PROVIDERS, NULL }, { OPT_ALTERNATIVES, RSC_ALTERNATIVES, NULL },
	{ OPT_AGENTS, RSC_AGENTS, NULL }, { OPT_METADATA, RSC_METADATA, NULL },
	{ 'q', RSC_XML, NULL }, { 'w', RSC_XML_RAW, NULL }, { 'g', RSC_GET, NULL },
	{ 'G', RSC_GET_PROPERTY, NULL }, { 'W', RSC_LOCATE, NULL }, { 'a', RSC_CONSTRAINTS, NULL },
	{ 'A', RSC_CONSTRAINTS, NULL }, { 'Y', RSC_WHY, NULL }, { OPT_VALIDATE, RSC_VALIDATE, "validate-all" },
	{ 'C', RSC_CLEANUP, NULL }, { 'R', RSC_REFRESH, NULL }, { 'p', RSC_SET, NULL },
	{ 'd', RSC_DELETE_PARAMETER, NULL }, { 'S', RSC_SET_PROPERTY, NULL }, { 'M', RSC_MOVE, NULL },
	{ 'B', RSC_BAN, NULL }, { 'U', RSC_CLEAR, NULL }, { 'D', RSC_DELETE, NULL },
	{ 'F', RSC_FAIL, NULL }, { OPT_RESTART, RSC_RESTART, NULL }, { OPT_WAIT, RSC_WAIT, NULL },
	{ OPT_DIGESTS, RSC_DIGESTS, NULL }, { OPT_FORCE_START, RSC_FORCE, "start" },
	{ OPT_FORCE_STOP, RSC_FORCE, "stop" }, { OPT_FORCE_PROMOTE, RSC_FORCE, "promote" },
	{ OPT_FORCE_DEMOTE, RSC_FORCE, "demote" }, { OPT_FORCE_CHECK, RSC_FORCE, "monitor" },
};

static const struct {
	int id;
	size_t at;
} texts[] = {
	{ 'r', offsetof(struct resource_call, resource) }, { 'N', offsetof(struct resource_call, node_name) },
	{ 't', offsetof(struct resource_call, type) }, { 'v', offsetof(struct resource_call, value) },
	{ 'n', offsetof(struct resource_call, operation) }, { 'I', offsetof(struct resource_call, interval) },
	{ 's', offsetof(struct resource_call, set) }, { 'i', offsetof(struct resource_call, id) },
	{ 'u', offsetof(struct resource_call, lifetime) }, { OPT_CLASS, offsetof(struct resource_call, class) },
	{ OPT_AGENT, offsetof(struct resource_call, agent) }, { OPT_PROVIDER, offsetof(struct resource_call, provider) },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
option_add(struct resource_call *call, struct kit *kit, const char *value)
{
	const char **more;

	if (!strchr(value, '=')) {
		kit_complain(kit, "--option needs NAME=VALUE, not '%s'", value);
		return CRM_EX_USAGE;
	}
	more = realloc(call->option, (call->option_count + 1) * sizeof(*more));
	if (!more)
		abort();
	call->option = more;
	call->option[call->option_count++] = value;
	return 0;
}

static int
timeout_take(struct resource_call *call, struct kit *kit, const char *value)
{
	call->timeout_ms = value_interval_ms(value);
	if (call->timeout_ms > 0)
		return 0;
	kit_complain(kit, "Invalid value for -T: %s", value);
	return CRM_EX_USAGE;
}

/* What is no command. */
static int
modifier_take(struct resource_call *call, struct kit *kit, int id, const char *value)
{
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].id == id) {
			*(const char **)((char *)call + texts[i].at) = value;
			return 0;
		}
	switch (id) {
	case 'e':
		call->expired = true;
		break;
	case 'f':
		call->force = true;
		break;
	case 'm':
		call->tag = "meta_attributes";
		break;
	case 'z':
		call->tag = "utilization";
		break;
	case 'T':
		return timeout_take(call, kit, value);
	case OPT_PROMOTED:
		call->promoted = true;
		break;
	case OPT_RECURSIVE:
		call->recursive = true;
		break;
	case OPT_OPTION:
		return option_add(call, kit, value);
	}
	return 0;
}

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct resource_call *call = data;

	for (size_t i = 0; i < COUNT(commands); i++) {
		if (commands[i].id != id)
			continue;
		call->command = commands[i].command;
		call->action = commands[i].action;
		if (id == 'A')
			call->recursive = true;
		if (id == OPT_FORCE_CHECK || id == OPT_VALIDATE)
			call->level = value;
		else if (value)
			call->name = call->spec = value;
		return 0;
	}
	return modifier_take(call, kit, id, value);
}

/* clang-format off */
static const struct kit_program program = {
	.name = "crm_resource",
	.summary = "resources asked about, changed, moved, cleaned up",
	.usage = "[COMMAND] [OPTION...]",
	.options = options,
	.set = set,
	.epilog =
	    "Where it runs:              crm_resource -W -r web\n"
	    "Somewhere else for an hour: crm_resource -M -r web -N bravo -u PT1H\n"
	    "Wherever it likes again:    crm_resource -U -r web\n"
	    "Off:                        crm_resource -r web -m -p target-role -v Stopped\n\n"
	    "Exit status: 0 done, 1 failed, 3 not for this resource, 64 usage, 78 not a valid CIB,\n"
	    "102 no cluster, 105 no such resource or node, 107 not safe, 108 there already, 124 too late;\n"
	    "with --force-... and --validate what the agent ended with.",
	.formats = KIT_TEXT | KIT_XML,
};
/* clang-format on */

const xmlDoc *
resource_doc(const struct resource_call *call)
{
	return cib_connection_doc(call->c);
}

int
resource_refuse(struct kit *kit, int code)
{
	kit_complain(kit, "Error performing operation: %s", crm_exit_text(code));
	return code;
}

int
resource_refuse_plainly(struct kit *kit, int code)
{
	kit_error_line(kit, "Error performing operation: %s", crm_exit_text(code));
	return code;
}

int
resource_change(struct kit *kit, struct resource_call *call,
    const struct cib_request *request)
{
	struct cib_answer answer;
	int code = cib_connection_execute(call->c, request, &answer);

	if (code == CIB_INVALID)
		refusal_print(kit, &answer);
	cib_answer_clear(&answer);
	if (code == CIB_OK)
		return 0;
	return resource_refuse(kit, (int)crm_exit_from_cib(code));
}

char *
resource_path(const xmlNode *xml)
{
	char *path = cib_node_path(xml);

	if (!path)
		abort();
	return path;
}

char *
resource_id(const struct resource_call *call, size_t resource)
{
	const char *id = pe_resource_at(call->pe, resource)->id,
	           *colon = strrchr(id, ':');
	bool numbered = colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")];
	char *plain;

	/* What stands in the configuration has no number that it was not written with. */
	if (numbered && !resource_element(call, id))
		plain = strndup(id, (size_t)(colon - id));
	else
		plain = strdup(id);
	if (!plain)
		abort();
	return plain;
}

xmlNode *
resource_element(const struct resource_call *call, const char *id)
{
	xmlNode *top =
	    cib_section_find(xmlDocGetRootElement(resource_doc(call)), "resources");

	for (xmlNode *n = top; n; n = cib_walk_next(top, n)) {
		const char *its = cib_attr(n, "id");

		if (its && strcmp(its, id) == 0 &&
		    (xmlStrEqual(n->name, BAD_CAST "primitive") ||
		        xmlStrEqual(n->name, BAD_CAST "group") ||
		        xmlStrEqual(n->name, BAD_CAST "clone") ||
		        xmlStrEqual(n->name, BAD_CAST "master") ||
		        xmlStrEqual(n->name, BAD_CAST "master_slave") ||
		        xmlStrEqual(n->name, BAD_CAST "bundle") ||
		        xmlStrEqual(n->name, BAD_CAST "template")))
			return n;
	}
	return NULL;
}

/* Those about a document. */

static bool
needs_resource(enum resource_command command)
{
	switch (command) {
	case RSC_LIST:
	case RSC_LIST_RAW:
	case RSC_OPERATIONS:
	case RSC_ALL_OPERATIONS:
	case RSC_WHY:
	case RSC_CLEANUP:
	case RSC_REFRESH:
	case RSC_WAIT:
		return false;
	default:
		return true;
	}
}

static int
not_found(struct kit *kit, const char *what, const char *name)
{
	kit_complain(kit, "%s '%s' not found", what, name);
	return resource_refuse_plainly(kit, CRM_EX_NO_SUCH);
}

/* What stands in the document is the same for all instances. */
static bool
is_of_document(enum resource_command command)
{
	return command == RSC_XML || command == RSC_XML_RAW || command == RSC_DELETE ||
	       command == RSC_SET_PROPERTY || command == RSC_GET_PROPERTY;
}

/* The clone whose instances are all called so: any of them stands for it.  ANY: also where they differ. */
static size_t
find_resource(const struct pe *pe, const char *id, bool any)
{
	size_t found = pe_resource_find(pe, id);
	char *first;

	if (found != PE_NONE || asprintf(&first, "%s:0", id) < 0)
		return found;
	found = pe_resource_find(pe, first);
	free(first);
	/* Where instances differ, each has to be called by its own name. */
	for (size_t up = any ? PE_NONE : found; up != PE_NONE;
	     up = pe_resource_at(pe, up)->parent)
		if (pe_resource_at(pe, up)->variant >= PE_CLONE &&
		    pe_resource_at(pe, up)->unique)
			return PE_NONE;
	return found;
}

/* What only all instances together can have: a place. */
static bool
is_instance(const struct resource_call *call)
{
	char *id = resource_id(call, call->rsc);
	bool is = strchr(call->resource, ':') && strcmp(id, call->resource) != 0;

	free(id);
	return is && (call->command == RSC_MOVE || call->command == RSC_BAN ||
	                 call->command == RSC_CLEAR);
}

static int
refuse_instance(struct kit *kit, const struct resource_call *call)
{
	kit_complain(kit, "Cannot operate on clone resource instance '%s'",
	    call->resource);
	return resource_refuse_plainly(kit, CRM_EX_INVALID_PARAM);
}

static int
find_what_is_meant(struct kit *kit, struct resource_call *call)
{
	call->rsc = call->node = PE_NONE;
	if (call->resource) {
		call->rsc = find_resource(call->pe, call->resource,
		    is_of_document(call->command));
		if (call->rsc == PE_NONE)
			return not_found(kit, "Resource", call->resource);
		if (is_instance(call))
			return refuse_instance(kit, call);
	}
	for (size_t i = 0; call->node_name && i < pe_node_count(call->pe); i++)
		if (strcmp(pe_node_at(call->pe, i)->uname, call->node_name) == 0 ||
		    strcmp(pe_node_at(call->pe, i)->id, call->node_name) == 0)
			call->node = i;
	if (call->node_name && call->node == PE_NONE)
		return not_found(kit, "Node", call->node_name);
	return 0;
}

static int
dispatch(struct kit *kit, struct resource_call *call)
{
	switch (call->command) {
	case RSC_CONSTRAINTS:
		return resource_constraints(kit, call);
	case RSC_GET:
	case RSC_SET:
	case RSC_DELETE_PARAMETER:
	case RSC_GET_PROPERTY:
	case RSC_SET_PROPERTY:
	case RSC_DELETE:
		return resource_params(kit, call);
	case RSC_MOVE:
	case RSC_BAN:
	case RSC_CLEAR:
		return resource_move(kit, call);
	case RSC_CLEANUP:
	case RSC_REFRESH:
	case RSC_FAIL:
	case RSC_RESTART:
	case RSC_WAIT:
		return resource_cluster(kit, call);
	case RSC_FORCE:
	case RSC_VALIDATE:
		return resource_run(kit, call);
	case RSC_DIGESTS:
		return resource_digests(kit, call);
	default:
		return resource_show(kit, call);
	}
}

static int
with_document(struct kit *kit, struct resource_call *call)
{
	struct status_how how = { .flags = STATUS_INACTIVE, .now = time(NULL) };
	struct err err = { 0 };
	char text[256];
	int code;

	code = kit_connect(kit, &call->c, CIB_ENVIRONMENT, &err);
	if (code) {
		kit_complain(kit, "Could not connect to the CIB: %s", err.text);
		return resource_refuse_plainly(kit, code);
	}
	if (call->command == RSC_LIST || call->command == RSC_OPERATIONS ||
	    call->command == RSC_ALL_OPERATIONS)
		how.flags |= STATUS_NO_PLACES;
	if (call->command == RSC_XML || call->command == RSC_XML_RAW)
		how.flags &= ~(unsigned)STATUS_INACTIVE;
	call->seen = xmlCopyDoc((xmlDoc *)(uintptr_t)resource_doc(call), 1);
	if (!call->seen)
		abort();
	call->pe = pe_run(call->seen,
	    &(struct pe_options){ .now = date_local(time(NULL)),
	        .now_given = true,
	        .status_only = true },
	    text, sizeof(text));
	if (!call->pe) {
		kit_complain(kit, "%s", text);
		code = CRM_EX_CONFIG;
	} else
		code = find_what_is_meant(kit, call);
	if (code == 0) {
		call->status = status_new(call->pe, call->seen, &how);
		code = dispatch(kit, call);
		status_free(call->status);
	}
	pe_free(call->pe);
	xmlFreeDoc(call->seen);
	cib_disconnect(call->c);
	return code;
}

/* What is wrong with the words, before anything is opened. */
static int
check(struct kit *kit, const struct resource_call *call)
{
	const char *what = NULL;

	if (kit->word_count && call->command != RSC_DIGESTS) {
		kit_complain(kit, "non-option ARGV-elements:\n[1 of %d] %s",
		    kit->word_count, kit->words[0]);
		return CRM_EX_USAGE;
	}
	if (call->command == RSC_VALIDATE && call->class)
		return 0;
	if (needs_resource(call->command) && !call->resource)
		what = "Must supply a resource id with -r";
	else if ((call->command == RSC_DIGESTS || call->command == RSC_FAIL) &&
	         !call->node_name)
		what = "Must supply a node name with -N";
	else if (call->command == RSC_SET && (!call->value || !*call->value))
		what = "You need to supply a value with the -v option";
	if (!what)
		return 0;
	kit_complain(kit, "%s", what);
	return CRM_EX_USAGE;
}

static int
run(struct kit *kit, struct resource_call *call)
{
	int code = 0;

	switch (call->command) {
	case RSC_STANDARDS:
	case RSC_PROVIDERS:
	case RSC_ALTERNATIVES:
	case RSC_AGENTS:
	case RSC_METADATA:
		return resource_agents(kit, call);
	default:
		code = check(kit, call);
		if (code)
			return code;
	}
	if (call->command == RSC_VALIDATE && call->class)
		return resource_run(kit, call);
	return with_document(kit, call);
}

int
main(int argc, char **argv)
{
	struct resource_call call = { .rsc = PE_NONE,
		.node = PE_NONE,
		.tag = "instance_attributes" };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &call);

	code = kit_end(&kit, code == KIT_GO ? run(&kit, &call) : code);
	free(call.option);
	return code;
}
