/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_master(8): the score with which the resource of an agent would be promoted on a node. */
#include "crm/commands/attribute.h"
#include "crm/common/exits.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct attribute_call call;
	const char *resource;
};

static const struct kit_option options[] = {
	{ 'G', "query", "get-value", KIT_FLAG, NULL, "print it (default)" },
	{ 'v', "update", "attr-value", KIT_VALUE, "SCORE", "set it" },
	{ 'D', "delete", "delete-attr", KIT_FLAG, NULL, "delete it" },
	ATTRIBUTE_NODE("on this node; default: this one"),
	{ 'l', "lifetime", NULL, KIT_VALUE, "WORD",
	    "forever (default), or until the node's next reboot" },
	{ 'r', "resource", "resource-id", KIT_VALUE, "RESOURCE",
	    "of this resource; default: OCF_RESOURCE_INSTANCE" },
	{ 'i', "id", "attr-id", KIT_VALUE, "ID", "the id of the attribute" },
	ATTRIBUTE_QUIET("print the score only"),
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 },
};

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	if (!attribute_call_option(&a->call, id, value) && id == 'r')
		a->resource = value;
	return 0;
}

static int
run_for(struct kit *kit, struct arguments *a, const char *name)
{
	struct cib_connection *c;
	int code = attribute_connect(kit, &c);

	if (code != 0)
		return code;
	a->call.quiet = kit->quiet;
	a->call.a.name = name;
	a->call.a.section = a->call.lifetime && strcmp(a->call.lifetime, "reboot") == 0
	                        ? "status"
	                        : "nodes";
	code = attribute_call_node(kit, c, &a->call, a->call.node);
	if (code == 0)
		code = attribute_call_run(kit, c, &a->call);
	cib_disconnect(c);
	return code;
}

static int
run(struct kit *kit, struct arguments *a)
{
	const char *resource =
	    a->resource ? a->resource : getenv("OCF_RESOURCE_INSTANCE");
	char *name;
	int code = attribute_lifetime_check(kit, &a->call);

	if (code != 0)
		return code;
	if (!resource || !*resource) {
		kit_error(kit, "error: No resource specified");
		kit_usage_wrong(kit);
		return CRM_EX_ERROR;
	}
	if (!a->call.command)
		a->call.command = 'G';
	if (asprintf(&name, "master-%s", resource) < 0)
		abort();
	code = run_for(kit, a, name);
	free(name);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "crm_master",
		.summary = "Query, update, or delete a resource's promotion score",
		.usage = "[-G | -v SCORE | -D] [OPTION...]",
		.options = options,
		.set = set,
		.getopt_texts = true,
		.usage_on_stdout = true,
		.epilog = "It is for agents of old; today they use \"crm_attribute "
		          "--promotion\"." };
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	if (code == KIT_GO)
		code = run(&kit, &a);
	attribute_call_clear(&a.call);
	return kit_end(&kit, code);
}
