/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_master(8): the score with which the resource of an agent would be promoted on a node. */
#include "crm/commands/attribute.h"
#include "crm/common/exits.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct attribute_call call;
	const char *lifetime, *node, *resource;
};

static const struct kit_option options[] = {
	{ 'G', "query", "get-value", KIT_FLAG, NULL, "print it (default)" },
	{ 'v', "update", "attr-value", KIT_VALUE, "SCORE", "set it" },
	{ 'D', "delete", "delete-attr", KIT_FLAG, NULL, "delete it" },
	{ 'N', "node", "node-uname uname", KIT_VALUE, "NODE",
	    "on this node; default: this one" },
	{ 'U', NULL, NULL, KIT_VALUE, "NODE", NULL, 'N' },
	{ 'l', "lifetime", NULL, KIT_VALUE, "WORD",
	    "forever (default), or until the node's next reboot" },
	{ 'r', "resource", "resource-id", KIT_VALUE, "RESOURCE",
	    "of this resource; default: OCF_RESOURCE_INSTANCE" },
	{ 'i', "id", "attr-id", KIT_VALUE, "ID", "the id of the attribute" },
	{ 'q', "quiet", "get-only", KIT_FLAG, NULL, "print the score only", KIT_QUIET },
	{ 'Q', NULL, NULL, KIT_FLAG, NULL, NULL, KIT_QUIET },
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
	case 'v':
		a->call.value = value;
		/* fall through */
	case 'G':
	case 'D':
		a->call.command = (char)id;
		break;
	case 'N':
		a->node = value;
		break;
	case 'l':
		a->lifetime = value;
		break;
	case 'r':
		a->resource = value;
		break;
	case 'i':
		a->call.a.id = value;
		break;
	}
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
	a->call.a.section =
	    a->lifetime && strcmp(a->lifetime, "reboot") == 0 ? "status" : "nodes";
	code = attribute_call_node(kit, c, &a->call, a->node);
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
	int code;

	if (!resource || !*resource) {
		kit_error(kit, "error: No resource specified");
		kit_usage_wrong(kit);
		return CRM_EX_ERROR;
	}
	if (a->lifetime && strcmp(a->lifetime, "reboot") != 0 &&
	    strcmp(a->lifetime, "forever") != 0) {
		kit_complain(kit, "'%s' is neither reboot nor forever", a->lifetime);
		return CRM_EX_USAGE;
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
