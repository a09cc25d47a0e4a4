/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_attribute(8): options of the cluster and attributes of its nodes (spec/crm-tools.md 6). */
#include "crm/commands/attribute.h"
#include "crm/common/exits.h"
#include "lib/choice.h"

#include <stdlib.h>
#include <string.h>

enum { ID_NODE_ID = 0x200 };

struct arguments {
	struct attribute_call call;
	const char *type, *node_id;
	const char
	    *promotion; /* of this resource; "" = the one of the agent that calls */
	char *promotion_name;
};

static const struct kit_option options[] = {
	KIT_TITLE("Which one"),
	{ 'n', "name", "attr-name", KIT_VALUE, "NAME",
	    "this one; with -G all of them unless it is given" },
	{ 'P', "pattern", NULL, KIT_VALUE, "PATTERN",
	    "all whose names this regular expression fits; -v and -D only\n"
	    "with -l reboot" },
	{ 'p', "promotion", NULL, KIT_OPTIONAL, "RESOURCE",
	    "the promotion score of a resource, or in an agent of its own;\n"
	    "-l is reboot then" },
	{ 'i', "id", "attr-id", KIT_VALUE, "ID", "the one with this id" },
	{ 's', "set-name", NULL, KIT_VALUE, "ID", "in the set with this id" },
	KIT_TITLE("Commands"),
	{ 'G', "query", "get-value", KIT_FLAG, NULL, "print it (default)" },
	{ 'v', "update", "attr-value", KIT_VALUE, "VALUE",
	    "set it; value++ and value+=N count" },
	{ 'D', "delete", NULL, KIT_FLAG, NULL, "delete it" },
	/* Of heartbeat 2, where its value was another way of giving -v one; nobody gives one. */
	{ 0, "delete-attr", NULL, KIT_FLAG, NULL, NULL, 'D' },
	KIT_TITLE("Where"),
	{ 't', "type", NULL, KIT_VALUE, "SECTION",
	    "crm_config (default), nodes, status, rsc_defaults, op_defaults,\ntickets" },
	ATTRIBUTE_NODE("an attribute of this node; auto, localhost = of this one"),
	{ 'l', "lifetime", NULL, KIT_VALUE, "WORD",
	    "forever (-t nodes, default) or reboot (-t status)" },
	{ 'z', "utilization", NULL, KIT_FLAG, NULL, "what a node has, not what it is" },
	KIT_TITLE("More"),
	{ 'd', "default", NULL, KIT_VALUE, "VALUE", "what -G prints if there is none" },
	ATTRIBUTE_QUIET("print the value only"),
	{ 0, "node-uuid", "uuid", KIT_VALUE, "ID", NULL, ID_NODE_ID, 'u' },
	{ 0, NULL, NULL, KIT_VALUE, "RESOURCE", NULL, 'p', 'r' },
	{ '!', "inhibit-policy-engine", NULL, KIT_FLAG, NULL, NULL },
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
	case 'n':
		a->call.a.name = value;
		break;
	case 'P':
		a->call.a.pattern = value;
		break;
	case 'p':
		a->promotion = value ? value : "";
		break;
	case 's':
		a->call.a.set = value;
		break;
	case 't':
		a->type = value;
		break;
	case ID_NODE_ID:
		a->node_id = value;
		break;
	case 'z':
		a->call.a.utilization = true;
		break;
	case 'd':
		a->call.fallback = value;
		break;
	default: /* '!': there is no other way */
		attribute_call_option(&a->call, id, value);
	}
	return 0;
}

/* The name of an attribute that is a promotion score. */
static int
use_promotion(struct kit *kit, struct arguments *a)
{
	const char *resource =
	    *a->promotion ? a->promotion : getenv("OCF_RESOURCE_INSTANCE");

	if (!resource || !*resource) {
		kit_complain(kit,
		    "-p/--promotion must be called from an OCF resource agent "
		    "or with a resource ID specified");
		return CRM_EX_USAGE;
	}
	if (asprintf(&a->promotion_name, "master-%s", resource) < 0)
		abort();
	a->call.a.name = a->promotion_name;
	a->call.a.pattern = NULL;
	if (!a->call.lifetime)
		a->call.lifetime = "reboot";
	return 0;
}

static const struct choice lifetimes[] = { { "reboot", 1 }, { "forever", 0 }, { 0 } };

/* 0, or 76: heartbeat 2's words for what is no section. */
static int
choose_section(struct kit *kit, struct arguments *a)
{
	const struct choice *lifetime =
	    a->call.lifetime ? choice_find(lifetimes, a->call.lifetime) : NULL;

	if (a->type)
		a->call.a.section = strcmp(a->type, "reboot") == 0    ? "status"
		                    : strcmp(a->type, "forever") == 0 ? "nodes"
		                                                      : a->type;
	else if (a->call.node || a->node_id || a->call.lifetime || a->call.a.utilization)
		a->call.a.section = lifetime && lifetime->value ? "status" : "nodes";
	else
		a->call.a.section = "crm_config";
	if ((a->type || !a->call.lifetime || lifetime) &&
	    attribute_section_is_known(a->call.a.section))
		return 0;
	kit_complain(kit, "Error performing operation: No message of desired type");
	return CRM_EX_PROTOCOL;
}

static int
check(struct kit *kit, struct arguments *a)
{
	struct attribute *what = &a->call.a;
	char command = a->call.command;
	int code = a->promotion ? use_promotion(kit, a) : 0;

	if (code == 0)
		code = choose_section(kit, a);
	if (code != 0)
		return code;
	if (what->pattern)
		what->name = NULL;
	if (command == 'D' && !what->name && !what->pattern) {
		kit_complain(kit,
		    "Error: must specify attribute name or pattern to delete");
		return CRM_EX_USAGE;
	}
	if (command == 'v' && !what->name && !what->pattern && !what->id) {
		kit_complain(kit,
		    "Error: must specify attribute name, id or pattern to update");
		return CRM_EX_USAGE;
	}
	if (what->pattern && command != 'G' && strcmp(what->section, "status") != 0) {
		kit_complain(kit, "Error: pattern can only be used with query, or with "
		                  "till-reboot update or delete");
		return CRM_EX_USAGE;
	}
	return 0;
}

static bool
is_of_node(const char *section)
{
	return strcmp(section, "nodes") == 0 || strcmp(section, "status") == 0;
}

static int
run(struct kit *kit, struct arguments *a)
{
	struct cib_connection *c;
	int code;

	a->call.quiet = kit->quiet;
	if (!a->call.command)
		a->call.command = 'G';
	code = check(kit, a);
	if (code == 0)
		code = attribute_connect(kit, &c);
	if (code != 0)
		return code;
	if (a->node_id)
		a->call.a.node_id = a->node_id;
	else if (is_of_node(a->call.a.section))
		code = attribute_call_node(kit, c, &a->call, a->call.node);
	if (code == 0)
		code = attribute_call_run(kit, c, &a->call);
	cib_disconnect(c);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "crm_attribute",
		.summary =
		    "query and update Pacemaker cluster options and node attributes",
		.usage = "[-n NAME] [-G | -v VALUE | -D] [OPTION...]",
		.options = options,
		.set = set,
		.formats = KIT_TEXT | KIT_XML,
		.epilog = "  crm_attribute -n maintenance-mode -v true\n"
		          "  crm_attribute -N alpha -n site -v paris\n"
		          "  crm_attribute -N alpha -n site -G -q" };
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	if (code == KIT_GO)
		code = run(&kit, &a);
	attribute_call_clear(&a.call);
	free(a.promotion_name);
	return kit_end(&kit, code);
}
