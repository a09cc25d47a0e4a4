/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource --force-... and --validate: agents called here, whatever the cluster thinks; --digests. */
#include "crm/cib/digest.h"
#include "crm/cib/path.h"
#include "crm/commands/agents.h"
#include "crm/commands/resource.h"
#include "crm/common/arena.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define XS(text) ((const xmlChar *)(text))
#define LIMIT_MS 20000 /* for one action, when -T says nothing */

/* The parameters, with NAME=VALUE words put over them; in ARENA. */
static void
parameters_read(const struct resource_call *call, struct arena *arena, size_t node,
    const char *const *words, size_t count, struct table *into)
{
	table_init(into, arena);
	if (call->rsc != PE_NONE)
		pe_resource_parameters(call->pe, call->rsc, node, into);
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(words[i], "=");

		table_set(into, arena_printf(arena, "%.*s", (int)len, words[i]),
		    words[i][len] ? words[i] + len + 1 : "");
	}
}

/* What an OCF agent gets besides. */
struct environment {
	struct arena *arena;
	char **text;
	size_t text_count, text_room;
};

static void
env_add(struct environment *e, const char *name, const char *value)
{
	ARENA_PUSH(e->arena, e, text, arena_printf(e->arena, "%s=%s", name, value));
}

static char *const *
environment_make(const struct resource_call *call, struct arena *arena,
    const struct table *parameters, const char *instance)
{
	struct environment e = { .arena = arena };

	env_add(&e, "OCF_ROOT", "/usr/lib/ocf");
	env_add(&e, "OCF_RA_VERSION_MAJOR", "1");
	env_add(&e, "OCF_RA_VERSION_MINOR", "1");
	env_add(&e, "OCF_RESOURCE_INSTANCE", instance);
	env_add(&e, "OCF_RESOURCE_TYPE", call->agent);
	if (call->provider)
		env_add(&e, "OCF_RESOURCE_PROVIDER", call->provider);
	env_add(&e, "OCF_CHECK_LEVEL", call->level ? call->level : "0");
	env_add(&e, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	env_add(&e, "LC_ALL", "C");
	env_add(&e, "OCF_RESKEY_crm_feature_set", "3.16.1");
	if (call->command == RSC_VALIDATE)
		env_add(&e, "OCF_OUTPUT_FORMAT", "text");
	TABLE_EACH (parameters, entry)
		env_add(&e, arena_printf(arena, "OCF_RESKEY_%s", entry->name),
		    entry->value);
	ARENA_PUSH(arena, &e, text, (char *)NULL);
	return e.text;
}

/* "force-check", "validate" */
static const char *
name_of(const struct resource_call *call)
{
	static char name[32];

	if (call->command == RSC_VALIDATE)
		return "validate";
	snprintf(name, sizeof(name), "force-%s",
	    strcmp(call->action, "monitor") == 0 ? "check" : call->action);
	return name;
}

static void
result_xml(struct kit *kit, const struct resource_call *call, const char *id,
    const struct agent_result *result)
{
	xmlNode *action =
	    xmlNewChild(kit->result, NULL, XS("resource-agent-action"), NULL);
	xmlNode *xml;
	char text[300];

	xmlNewProp(action, XS("action"), XS(name_of(call)));
	if (id)
		xmlNewProp(action, XS("rsc"), XS(id));
	xmlNewProp(action, XS("class"), XS(call->class));
	xmlNewProp(action, XS("type"), XS(call->agent));
	if (call->provider)
		xmlNewProp(action, XS("provider"), XS(call->provider));
	xml = xmlNewChild(action, NULL, XS("agent-status"), NULL);
	snprintf(text, sizeof(text), "%d", result->rc);
	xmlNewProp(xml, XS("code"), XS(text));
	xmlNewProp(xml, XS("message"), XS(status_rc_text(result->rc)));
	xmlNewProp(xml, XS("execution_code"), XS(result->timed_out ? "2" : "0"));
	xmlNewProp(xml, XS("execution_message"),
	    XS(result->timed_out ? "Timed Out" : "complete"));
	if (*result->out || *result->err) {
		xml = xmlNewChild(action, NULL, XS("command"), NULL);
		xmlAddChild(xml, xmlNewText(XS(result->out)));
		xmlAddChild(xml, xmlNewText(XS(result->err)));
	}
}

static int
result_show(struct kit *kit, const struct resource_call *call, const char *id,
    const struct agent_result *result)
{
	int code = result->timed_out ? CRM_EX_TIMEOUT : result->rc;

	if (kit->result) {
		result_xml(kit, call, id, result);
		return code;
	}
	if (code)
		resource_refuse(kit, code);
	fprintf(kit->out, "Operation %s%s%s (%s%s%s:%s) ", name_of(call),
	    id ? " for " : "", id ? id : "", call->class, call->provider ? ":" : "",
	    call->provider ? call->provider : "", call->agent);
	if (result->timed_out)
		fputs("could not be executed (Timed Out)\n", kit->out);
	else
		fprintf(kit->out, "returned %d (%s)\n", result->rc,
		    status_rc_text(result->rc));
	if (*result->out)
		fprintf(kit->out, "%s\n", result->out);
	fflush(kit->out);
	if (*result->err)
		fprintf(stderr, "%s\n", result->err);
	return code;
}

/* The cluster would start it somewhere else as well. */
static bool
is_unsafe(const struct resource_call *call)
{
	const struct pe_resource *r = pe_resource_at(call->pe, call->rsc);
	struct utsname me;

	if (call->force || r->number < 0 || uname(&me) != 0 ||
	    (strcmp(call->action, "start") != 0 && strcmp(call->action, "demote") != 0 &&
	        strcmp(call->action, "promote") != 0))
		return false;
	for (size_t i = 0; i < r->running_count; i++)
		if (strcmp(pe_node_at(call->pe, r->running[i])->uname, me.nodename) == 0)
			return true;
	return false;
}

/* What is called, out of the resource; an exit code when it cannot be. */
static int
agent_choose(struct kit *kit, struct resource_call *call)
{
	const struct pe_resource *r = pe_resource_at(call->pe, call->rsc);
	static const char *const kinds[] = { [PE_GROUP] = "group",
		[PE_CLONE] = "clone",
		[PE_PROMOTABLE] = "clone" };

	if (r->variant != PE_PRIMITIVE) {
		kit_error(kit, "Sorry, the %s option doesn't support %s resources",
		    name_of(call), kinds[r->variant]);
		return resource_refuse(kit, CRM_EX_UNIMPLEMENTED);
	}
	if (is_unsafe(call)) {
		kit_error(kit,
		    "It is not safe to %s %s here: the cluster claims it is already "
		    "active",
		    call->action, r->id);
		kit_error(kit, "Try setting target-role=Stopped first or specifying the "
		               "force option");
		return CRM_EX_UNSAFE;
	}
	call->class = r->class ? r->class : "";
	call->provider = r->provider;
	call->agent = r->type ? r->type : "";
	if (strcmp(call->class, "stonith") == 0) {
		kit_error(kit, "Sorry, the %s option doesn't support %s resources",
		    name_of(call), "stonith");
		return resource_refuse(kit, CRM_EX_UNIMPLEMENTED);
	}
	return 0;
}

/* Scripts of old say "status" and answer in their own numbers. */
static const char *
action_of(const struct resource_call *call)
{
	return strcmp(call->class, "ocf") != 0 && strcmp(call->action, "monitor") == 0
	           ? "status"
	           : call->action;
}

static int
status_rc(const struct resource_call *call, int rc)
{
	if (strcmp(action_of(call), "status") != 0)
		return rc;
	return rc == 3 || rc == 1 || rc == 2 ? 7 : rc == 4 ? 1 : rc;
}

int
resource_run(struct kit *kit, struct resource_call *call)
{
	struct arena arena = { 0 };
	struct table parameters;
	struct agent_result result;
	struct err err = { 0 };
	const char *id = NULL;
	struct agent agent;
	int code;

	if (call->rsc != PE_NONE) {
		code = agent_choose(kit, call);
		if (code)
			return code;
		id = pe_resource_at(call->pe, call->rsc)->id;
	} else if (!call->agent || (strcmp(call->class, "ocf") == 0 && !call->provider)) {
		kit_complain(kit,
		    "--validate needs -r, or --class, --agent and --provider");
		return CRM_EX_USAGE;
	}
	agent = (struct agent){ call->class, call->provider, call->agent };
	parameters_read(call, &arena, PE_NONE, call->option, call->option_count,
	    &parameters);
	code = agent_run(&agent,
	    &(struct agent_call){ .action = action_of(call),
	        .envp = environment_make(call, &arena, &parameters, id ? id : "test"),
	        .limit_ms = call->timeout_ms ? call->timeout_ms : LIMIT_MS },
	    &result, &err);
	arena_free(&arena);
	if (code < 0) {
		kit_complain(kit, "%s of %s%s%s:%s: %s", name_of(call), call->class,
		    call->provider ? ":" : "", call->provider ? call->provider : "",
		    call->agent, err.text);
		return code == -2 ? CRM_EX_NOT_INSTALLED : CRM_EX_ERROR;
	}
	result.rc = status_rc(call, result.rc);
	code = result_show(kit, call, id, &result);
	free(result.out);
	free(result.err);
	return code;
}

/* Digests. */

static void
digest_show(struct kit *kit, xmlNode *all, const char *type, const char *words,
    const xmlNode *parameters)
{
	char text[CIB_DIGEST_SIZE];
	xmlNode *xml;

	if (cib_digest_parameters(parameters, 0, text) != 0)
		abort();
	if (!all) {
		fprintf(kit->out, "%s (%s parameters)\n", text, words);
		return;
	}
	xml = xmlNewChild(all, NULL, XS("digest"), NULL);
	xmlNewProp(xml, XS("type"), XS(type));
	xmlNewProp(xml, XS("hash"), XS(text));
	xmlAddChild(xml, xmlCopyNode((xmlNode *)(uintptr_t)parameters, 1));
}

/* What the node remembers of its last action that does not recur; NULL = nothing with NAME. */
static const char *
last_says(const struct resource_call *call, const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; i < pe_past_count(call->pe); i++) {
		struct pe_past past = pe_past_at(call->pe, i);

		if (past.resource != call->rsc || past.node != call->node)
			continue;
		for (size_t j = 0; j < past.op_count; j++)
			if (cib_attr(past.op[j], name) &&
			    value_int(cib_attr(past.op[j], "interval"), 0) == 0)
				found = cib_attr(past.op[j], name);
	}
	return found;
}

static bool
is_in(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; at && *(at += strspn(at, " "));) {
		size_t size = strcspn(at, " ");

		if (size == len && strncmp(at, name, len) == 0)
			return true;
		at += size;
	}
	return false;
}

/* Those of ALL that LIST has, or with IN false has not. */
static xmlNode *
parameters_filter(const struct table *all, const char *list, bool in)
{
	xmlNode *xml = xmlNewNode(NULL, XS("parameters"));

	TABLE_EACH (all, e)
		if (!list || is_in(list, e->name) == in)
			xmlNewProp(xml, XS(e->name), XS((const char *)e->value));
	return xml;
}

int
resource_digests(struct kit *kit, struct resource_call *call)
{
	const struct pe_resource *r = pe_resource_at(call->pe, call->rsc);
	const char *task, *restart, *private;
	struct arena arena = { 0 };
	xmlNode *all = NULL, *parameters;
	struct table table;

	if (r->variant != PE_PRIMITIVE)
		return resource_refuse(kit, CRM_EX_UNIMPLEMENTED);
	if (kit->result) {
		all = xmlNewChild(kit->result, NULL, XS("digests"), NULL);
		xmlNewProp(all, XS("resource"), XS(r->id));
		xmlNewProp(all, XS("node"), XS(pe_node_at(call->pe, call->node)->uname));
		task = last_says(call, "operation");
		xmlNewProp(all, XS("task"), XS(task ? task : "start"));
		xmlNewProp(all, XS("interval"), XS("0ms"));
	}
	parameters_read(call, &arena, call->node, kit->words, (size_t)kit->word_count,
	    &table);
	parameters = parameters_filter(&table, NULL, true);
	digest_show(kit, all, "all", "all", parameters);
	xmlFreeNode(parameters);
	private = last_says(call, "op-secure-params");
	parameters = parameters_filter(&table, private, false);
	digest_show(kit, all, "nonprivate", "non-private", parameters);
	xmlFreeNode(parameters);
	restart = last_says(call, "op-force-restart");
	if (restart) {
		parameters = parameters_filter(&table, restart, true);
		digest_show(kit, all, "nonreloadable", "non-reloadable", parameters);
		xmlFreeNode(parameters);
	}
	arena_free(&arena);
	return 0;
}
