/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_standby(8): whether a node may run resources: crm_attribute for one attribute, which may be in two places. */
#include "crm/commands/attribute.h"
#include "crm/common/exits.h"

#include <string.h>

static const struct kit_option options[] = {
	{ 'G', "query", "get-value", KIT_FLAG, NULL, "print it: on or off (default)" },
	{ 'v', "update", "attr-value", KIT_VALUE, "WORD", "set it: on or off" },
	{ 'D', "delete", "delete-attr", KIT_FLAG, NULL, "delete it: off" },
	ATTRIBUTE_NODE("of this node; default: this one"),
	{ 'l', "lifetime", NULL, KIT_VALUE, "WORD",
	    "forever, or until the node's next reboot; -v: forever,\n-G and -D: either" },
	{ 'i', "id", "attr-id", KIT_VALUE, "ID", "the id of the attribute" },
	ATTRIBUTE_QUIET("print the word only"),
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 },
};

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	(void)kit;
	attribute_call_option(data, id, value);
	return 0;
}

/* Without a lifetime: what is said forever, else until the reboot, else off. */
static int
query_either(struct kit *kit, struct cib_connection *c, struct attribute_call *call)
{
	struct cib_matches found;

	call->a.section = "nodes";
	attribute_find(cib_connection_doc(c), &call->a, &found);
	if (found.count == 0) {
		call->a.section = "status";
		call->fallback = "off";
	}
	cib_matches_clear(&found);
	return attribute_call_run(kit, c, call);
}

static int
delete_both(struct kit *kit, struct cib_connection *c, struct attribute_call *call)
{
	int code;

	call->a.section = "nodes";
	code = attribute_call_run(kit, c, call);
	call->a.section = "status";
	return code ? code : attribute_call_run(kit, c, call);
}

static int
run_on(struct kit *kit, struct cib_connection *c, struct attribute_call *call)
{
	call->a.section = "nodes";
	if (call->lifetime) {
		call->a.section =
		    strcmp(call->lifetime, "reboot") == 0 ? "status" : "nodes";
		return attribute_call_run(kit, c, call);
	}
	return call->command == 'G'   ? query_either(kit, c, call)
	       : call->command == 'D' ? delete_both(kit, c, call)
	                              : attribute_call_run(kit, c, call);
}

static int
run(struct kit *kit, struct attribute_call *call)
{
	struct cib_connection *c;
	int code = attribute_lifetime_check(kit, call);

	if (code != 0)
		return code;
	call->quiet = kit->quiet;
	call->a.name = "standby";
	if (!call->command)
		call->command = 'G';
	code = attribute_connect(kit, &c);
	if (code != 0)
		return code;
	code = attribute_call_node(kit, c, call, call->node);
	if (code == 0)
		code = run_on(kit, c, call);
	cib_disconnect(c);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "crm_standby",
		.summary = "query, enable, or disable standby mode for a node\n\n"
		           "Nodes in standby mode may not host cluster resources.",
		.usage = "[-N NODE] [-G | -v on|off | -D] [OPTION...]",
		.options = options,
		.set = set,
		.getopt_texts = true,
		.usage_on_stdout = true };
	struct attribute_call call = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &call);

	if (code == KIT_GO)
		code = run(&kit, &call);
	attribute_call_clear(&call);
	return kit_end(&kit, code);
}
