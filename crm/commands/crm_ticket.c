/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_ticket(8): tickets, by which one of several sites may run what (spec/crm-tools.md 6.1). */
#include "crm/commands/connection.h"
#include "crm/commands/kit.h"
#include "crm/commands/tickets.h"
#include "crm/common/exits.h"

#include <stdlib.h>
#include <string.h>

static const struct kit_option options[] = {
	KIT_TITLE("Queries"),
	{ 'l', "info", NULL, KIT_FLAG, NULL, "list tickets" },
	{ 'L', "details", NULL, KIT_FLAG, NULL,
	    "the same, with all that is known of each" },
	{ 'w', "raw", NULL, KIT_FLAG, NULL, "list their names only" },
	{ 'q', "query-xml", NULL, KIT_FLAG, NULL, "print what the document has of them" },
	{ 'c', "constraints", NULL, KIT_FLAG, NULL, "print what depends on them" },
	{ 'G', "get-attr", NULL, KIT_VALUE, "NAME", "print one attribute" },
	KIT_TITLE("Commands"),
	{ 'g', "grant", NULL, KIT_FLAG, NULL, "grant it to this site; needs --force" },
	{ 'r', "revoke", NULL, KIT_FLAG, NULL,
	    "revoke it from this site; needs --force" },
	{ 's', "standby", NULL, KIT_FLAG, NULL,
	    "what depends on it shall leave in good order" },
	{ 'a', "activate", NULL, KIT_FLAG, NULL, "it is not standby any more" },
	{ 'S', "set-attr", NULL, KIT_VALUE, "NAME", "set one attribute" },
	{ 'D', "delete-attr", NULL, KIT_VALUE, "NAME", "delete one attribute" },
	{ 'C', "cleanup", NULL, KIT_FLAG, NULL,
	    "forget it; if it is granted this needs --force" },
	KIT_TITLE("More"),
	{ 't', "ticket", NULL, KIT_VALUE, "TICKET", "which one" },
	{ 'v', "attr-value", NULL, KIT_VALUE, "VALUE", "for -S" },
	{ 'd', "default", NULL, KIT_VALUE, "VALUE", "what -G prints if there is none" },
	{ 'f', "force", NULL, KIT_FLAG, NULL, "do what may hurt" },
	{ 'Q', "quiet", NULL, KIT_FLAG, NULL, "say less", KIT_QUIET },
	{ 'n', "set-name", NULL, KIT_VALUE, "SET", NULL },
	{ 'i', "nvpair", NULL, KIT_VALUE, "ID", NULL },
	KIT_COMMON,
	KIT_H_IS_HELP,
	{ 0 },
};

struct arguments {
	int command;
	struct ticket_change change;
	bool changes; /* -g -r -s -a -S -D: several at once are one change */
	const char *wanted, *fallback, *pending;
	bool force;
};

static void
change_add(struct arguments *a, const char *name, const char *value)
{
	if (a->change.count < TICKET_ATTRIBUTES_MAX) {
		a->change.name[a->change.count] = name;
		a->change.value[a->change.count++] = value;
	}
	a->changes = true;
}

static int
set(void *data, struct kit *kit, int id, const char *value)
{
	struct arguments *a = data;

	(void)kit;
	switch (id) {
	case 'g':
		change_add(a, "granted", "true");
		break;
	case 'r':
		change_add(a, "granted", "false");
		break;
	case 's':
		change_add(a, "standby", "true");
		break;
	case 'a':
		change_add(a, "standby", "false");
		break;
	case 'S':
		a->pending = value;
		break;
	case 'v':
		if (a->pending)
			change_add(a, a->pending, value);
		a->pending = NULL;
		break;
	case 'D':
		change_add(a, value, NULL);
		break;
	case 'G':
		a->wanted = value;
		a->command = id;
		break;
	case 't':
		a->change.ticket = value;
		break;
	case 'd':
		a->fallback = value;
		break;
	case 'f':
		a->force = true;
		break;
	case 'n': /* sets of old: a ticket has its attributes itself */
	case 'i':
		break;
	default:
		a->command = id;
	}
	return 0;
}

/* Queries. */

static int
query(struct kit *kit, const struct arguments *a, const xmlDoc *doc)
{
	const char *value;

	switch (a->command) {
	case 'q':
		return tickets_print_state(kit, doc, a->change.ticket);
	case 'c':
		return tickets_print_constraints(kit, doc, a->change.ticket);
	case 'G':
		value = ticket_attribute(doc, a->change.ticket, a->wanted);
		value = value ? value : a->fallback;
		if (!value)
			return CRM_EX_NO_SUCH;
		fprintf(kit->out, "%s\n", value);
		return CRM_EX_OK;
	default:
		return tickets_list(kit, doc, a->change.ticket, a->command);
	}
}

/* Commands. */

static int
refuse(struct kit *kit)
{
	kit_complain(kit, "Ticket modification not allowed");
	return CRM_EX_PRIVILEGE;
}

static void
warn_of_granting(struct kit *kit, const char *ticket)
{
	fprintf(kit->out,
	    "This command cannot help you verify whether '%s' has been already granted "
	    "elsewhere.\n"
	    "If you really want to grant '%s' to this site now, and you know what you "
	    "are "
	    "doing,\n"
	    "please specify --force.\n",
	    ticket, ticket);
}

static void
warn_of_revoking(struct kit *kit, const char *ticket)
{
	fprintf(kit->out,
	    "Revoking '%s' can trigger the specified 'loss-policy'(s) relating to "
	    "'%s'.\n\n"
	    "You can check that with:\ncrm_ticket --ticket %s --constraints\n\n"
	    "Otherwise before revoking '%s', you may want to make '%s' standby with:\n"
	    "crm_ticket --ticket %s --standby\n\n"
	    "If you really want to revoke '%s' from this site now, and you know what you "
	    "are doing,\nplease specify --force.\n",
	    ticket, ticket, ticket, ticket, ticket, ticket, ticket);
}

/* What becomes of "granted": the last word on it; NULL = nothing. */
static bool
is_allowed(struct kit *kit, const struct arguments *a)
{
	const struct ticket_change *change = &a->change;

	for (size_t i = change->count; i-- > 0 && !a->force;) {
		if (strcmp(change->name[i], "granted") != 0)
			continue;
		if (change->value[i] && strcmp(change->value[i], "false") != 0)
			warn_of_granting(kit, change->ticket);
		else
			warn_of_revoking(kit, change->ticket);
		return false;
	}
	return true;
}

static int
cleanup(struct kit *kit, const struct arguments *a, struct cib_connection *c)
{
	const char *ticket = a->change.ticket;
	const xmlDoc *doc = cib_connection_doc(c);
	int code;

	if (!ticket_is_there(doc, ticket)) {
		if (a->force)
			return CRM_EX_OK;
		kit_complain(kit, "No such ticket '%s'", ticket);
		return CRM_EX_NO_SUCH;
	}
	if (!a->force && ticket_is_granted(doc, ticket)) {
		warn_of_revoking(kit, ticket);
		return CRM_EX_PRIVILEGE;
	}
	code = ticket_forget(kit, c, ticket);
	if (code == CRM_EX_OK)
		fprintf(kit->out, "Cleaned up %s\n", ticket);
	return code;
}

/* All. */

static int
check(struct kit *kit, const struct arguments *a)
{
	bool changes = a->changes || a->pending;

	if (!a->command && !changes) {
		kit_complain(kit, "Must supply a command");
		return CRM_EX_USAGE;
	}
	if ((changes || a->command == 'C' || a->command == 'G') && !a->change.ticket) {
		kit_complain(kit, "Must supply ticket ID with -t");
		return a->command == 'G' ? CRM_EX_NO_SUCH : CRM_EX_USAGE;
	}
	if (a->pending) {
		kit_complain(kit, "Must supply value with -v for -S %s", a->pending);
		return CRM_EX_USAGE;
	}
	if (a->changes && !a->command && !is_allowed(kit, a))
		return refuse(kit);
	return CRM_EX_OK;
}

static int
run(struct kit *kit, const struct arguments *a)
{
	struct cib_connection *c;
	struct err err;
	int code = check(kit, a);

	if (code != 0)
		return code;
	code = kit_connect(kit, &c, CIB_ENVIRONMENT, &err);
	if (code != 0) {
		kit_complain(kit, "Could not connect to the CIB: %s", err.text);
		return code;
	}
	code = a->command == 'C' ? cleanup(kit, a, c)
	       : a->command      ? query(kit, a, cib_connection_doc(c))
	                         : ticket_set(kit, c, &a->change);
	cib_disconnect(c);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct kit_program program = { .name = "crm_ticket",
		.summary =
		    "Perform tasks related to cluster tickets\n\n"
		    "Allows ticket attributes to be queried, modified and deleted.",
		.usage = "QUERY|COMMAND [OPTION...]",
		.options = options,
		.set = set,
		.epilog = "  crm_ticket -L\n  crm_ticket -t berlin -g --force" };
	struct arguments a = { 0 };
	struct kit kit;
	int code = kit_begin(&kit, &program, argc, argv, &a);

	return kit_end(&kit, code == KIT_GO ? run(&kit, &a) : code);
}
