/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tickets of a document: the state of each (status/tickets), and constraints that name them. */
#ifndef CRM_COMMANDS_TICKETS_H
#define CRM_COMMANDS_TICKETS_H

#include "crm/commands/connection.h"
#include "crm/commands/kit.h"

#define TICKET_ATTRIBUTES_MAX 64 /* changed at once; more are not looked at */

struct ticket_change {
	const char *ticket;
	/* In this order; a value that is NULL deletes. */
	const char *name[TICKET_ATTRIBUTES_MAX], *value[TICKET_ATTRIBUTES_MAX];
	size_t count;
};

/* Queries, of one TICKET or with NULL of all.  HOW is the option: 'l', 'L' or 'w'.  Exit codes. */
int tickets_list(struct kit *kit, const xmlDoc *doc, const char *ticket, int how);
int tickets_print_state(struct kit *kit, const xmlDoc *doc, const char *ticket);
int tickets_print_constraints(struct kit *kit, const xmlDoc *doc, const char *ticket);

/* Lent by DOC; NULL: there is none. */
const char *ticket_attribute(const xmlDoc *doc, const char *ticket, const char *name);
bool ticket_is_there(const xmlDoc *doc, const char *ticket);
bool ticket_is_granted(const xmlDoc *doc, const char *ticket);

/* One change of the document, complaining when it is refused.  Exit codes. */
int ticket_set(struct kit *kit, struct cib_connection *c,
    const struct ticket_change *change);
int ticket_forget(struct kit *kit, struct cib_connection *c, const char *ticket);

#endif
