/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crm/commands/tickets.h"

#include "crm/cib/path.h"
#include "crm/cib/write.h"
#include "crm/commands/refusal.h"
#include "crm/common/exits.h"
#include "crm/common/table.h"
#include "crm/common/values.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool
is(const xmlNode *n, const char *tag)
{
	return strcmp((const char *)n->name, tag) == 0;
}

static const xmlNode *
states_of(const xmlDoc *doc)
{
	return cib_section_find(xmlDocGetRootElement(doc), "tickets");
}

static const xmlNode *
state_of(const xmlDoc *doc, const char *ticket)
{
	const xmlNode *states = states_of(doc);

	for (const xmlNode *n = states ? cib_child_first(states) : NULL; n;
	     n = cib_child_next(n)) {
		const char *id = is(n, "ticket_state") ? cib_attr(n, "id") : NULL;

		if (id && strcmp(id, ticket) == 0)
			return n;
	}
	return NULL;
}

const char *
ticket_attribute(const xmlDoc *doc, const char *ticket, const char *name)
{
	const xmlNode *state = state_of(doc, ticket);

	return state ? cib_attr(state, name) : NULL;
}

bool
ticket_is_there(const xmlDoc *doc, const char *ticket)
{
	return state_of(doc, ticket) != NULL;
}

bool
ticket_is_granted(const xmlDoc *doc, const char *ticket)
{
	return value_is_true(ticket_attribute(doc, ticket, "granted"));
}

/* Lists. */

static const char *
local_time(const char *seconds, char *buf, size_t size)
{
	time_t when = (time_t)strtoll(seconds, NULL, 10);
	struct tm parts;

	if (!localtime_r(&when, &parts) ||
	    !strftime(buf, size, "%a %b %e %H:%M:%S %Y", &parts))
		snprintf(buf, size, "%s", seconds);
	return buf;
}

/* "(granted=true, ..., last-granted='DATE')" */
static void
print_details(const xmlNode *state, FILE *out)
{
	const char *last = state ? cib_attr(state, "last-granted") : NULL;
	unsigned count = 0;
	char when[64];

	for (const xmlAttr *at = state ? state->properties : NULL; at; at = at->next) {
		const char *name = (const char *)at->name;

		if (strcmp(name, "id") == 0 || strcmp(name, "last-granted") == 0)
			continue;
		fprintf(out, "%s%s=%s", count++ ? ", " : " (", name,
		    cib_attr(state, name));
	}
	if (last)
		fprintf(out, "%slast-granted='%s'", count++ ? ", " : " (",
		    local_time(last, when, sizeof(when)));
	if (count)
		fputc(')', out);
}

static void
print_one(const char *id, const xmlNode *state, int how, FILE *out)
{
	const char *last = state ? cib_attr(state, "last-granted") : NULL;
	char when[64];

	if (how == 'w') {
		fprintf(out, "%s\n", id);
		return;
	}
	fprintf(out, "%s\t%s %s", id,
	    state && value_is_true(cib_attr(state, "granted")) ? "granted" : "revoked",
	    state && value_is_true(cib_attr(state, "standby")) ? "[standby]"
	                                                       : "         ");
	if (how == 'L')
		print_details(state, out);
	else if (last)
		fprintf(out, " last-granted='%s'", local_time(last, when, sizeof(when)));
	fputc('\n', out);
}

/* Each ticket's state; of one that nobody has granted yet the first constraint that names it. */
static void
tickets_of(const xmlDoc *doc, struct table *tickets)
{
	const xmlNode *states = states_of(doc);
	const xmlNode *constraints =
	    cib_section_find(xmlDocGetRootElement(doc), "constraints");

	for (const xmlNode *n = states ? cib_child_first(states) : NULL; n;
	     n = cib_child_next(n))
		if (is(n, "ticket_state") && cib_attr(n, "id"))
			table_add(tickets, cib_attr(n, "id"), n);
	for (const xmlNode *n = constraints ? cib_child_first(constraints) : NULL; n;
	     n = cib_child_next(n))
		if (is(n, "rsc_ticket") && cib_attr(n, "ticket"))
			table_add(tickets, cib_attr(n, "ticket"), n);
}

int
tickets_list(struct kit *kit, const xmlDoc *doc, const char *ticket, int how)
{
	struct arena arena = { 0 };
	struct table tickets;
	bool found = !ticket;

	table_init(&tickets, &arena);
	tickets_of(doc, &tickets);
	TABLE_EACH (&tickets, t) {
		const xmlNode *n = t->value;

		if (ticket && strcmp(t->name, ticket) != 0)
			continue;
		found = true;
		print_one(t->name, is(n, "ticket_state") ? n : NULL, how, kit->out);
	}
	arena_free(&arena);
	if (found)
		return CRM_EX_OK;
	kit_complain(kit, "No such ticket '%s'", ticket);
	return CRM_EX_NO_SUCH;
}

/* As the document has them. */

int
tickets_print_state(struct kit *kit, const xmlDoc *doc, const char *ticket)
{
	const xmlNode *what = ticket ? state_of(doc, ticket) : states_of(doc);

	if (!what) {
		kit_complain(kit, "Could not query ticket XML: %s",
		    cib_code_text(CIB_NOT_EXISTS, CIB_STYLE_P));
		return CRM_EX_NO_SUCH;
	}
	fputs("State XML:\n\n", kit->out);
	cib_write_stream(what, kit->out);
	return CRM_EX_OK;
}

static bool
is_wanted(const xmlNode *n, const char *ticket)
{
	const char *own = is(n, "rsc_ticket") ? cib_attr(n, "ticket") : NULL;

	return own && (!ticket || strcmp(own, ticket) == 0);
}

int
tickets_print_constraints(struct kit *kit, const xmlDoc *doc, const char *ticket)
{
	const xmlNode *constraints =
	    cib_section_find(xmlDocGetRootElement(doc), "constraints");
	const xmlNode *first = constraints ? cib_child_first(constraints) : NULL;
	const struct cib_write_how deeper = { .depth = 1 };
	unsigned count = 0;

	for (const xmlNode *n = first; n; n = cib_child_next(n))
		count += is_wanted(n, ticket);
	if (!count) {
		kit_complain(kit, "Could not show ticket constraints: %s",
		    cib_code_text(CIB_NOT_EXISTS, CIB_STYLE_P));
		return CRM_EX_NO_SUCH;
	}
	fputs("Constraints XML:\n\n", kit->out);
	if (count > 1)
		fputs("<xpath-query>\n", kit->out);
	for (const xmlNode *n = first; n; n = cib_child_next(n)) {
		char *text = is_wanted(n, ticket)
		                 ? cib_write(n, count > 1 ? &deeper : NULL, NULL)
		                 : NULL;

		if (text)
			fputs(text, kit->out);
		free(text);
	}
	if (count > 1)
		fputs("</xpath-query>\n", kit->out);
	return CRM_EX_OK;
}

/* Changes. */

static int
execute(struct kit *kit, struct cib_connection *c, enum cib_op op, xmlNode *input,
    const char *section)
{
	const struct cib_request request = { .op = op,
		.input = input,
		.section = section,
		.options = CIB_CAN_CREATE };
	struct cib_answer answer;
	int code = cib_connection_execute(c, &request, &answer);

	if (code != CIB_OK) {
		refusal_print(kit, &answer);
		kit_complain(kit, "Could not modify ticket: %s",
		    cib_code_text(code, CIB_STYLE_P));
	}
	cib_answer_clear(&answer);
	return crm_exit_from_cib(code);
}

/* The ticket as it will be. */
static xmlNode *
state_make(const xmlDoc *doc, const struct ticket_change *change)
{
	const xmlNode *old = state_of(doc, change->ticket);
	xmlNode *state = xmlNewNode(NULL, BAD_CAST "ticket_state");
	char now[24];

	if (!state)
		abort();
	xmlNewProp(state, BAD_CAST "id", BAD_CAST change->ticket);
	for (const xmlAttr *at = old ? old->properties : NULL; at; at = at->next)
		xmlSetProp(state, at->name,
		    BAD_CAST cib_attr(old, (const char *)at->name));
	for (size_t i = 0; i < change->count; i++)
		if (change->value[i])
			xmlSetProp(state, BAD_CAST change->name[i],
			    BAD_CAST change->value[i]);
		else
			xmlUnsetProp(state, BAD_CAST change->name[i]);
	if (value_is_true(cib_attr(state, "granted")) &&
	    !ticket_is_granted(doc, change->ticket)) {
		snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
		xmlSetProp(state, BAD_CAST "last-granted", BAD_CAST now);
	}
	return state;
}

/* Below <status><tickets>, as a change that is merged. */
static xmlNode *
merged(xmlNode *state)
{
	xmlNode *status = xmlNewNode(NULL, BAD_CAST "status");

	if (!status)
		abort();
	xmlAddChild(xmlNewChild(status, NULL, BAD_CAST "tickets", NULL), state);
	return status;
}

int
ticket_set(struct kit *kit, struct cib_connection *c, const struct ticket_change *change)
{
	const xmlDoc *doc = cib_connection_doc(c);
	const xmlNode *old = state_of(doc, change->ticket);
	xmlNode *state = state_make(doc, change);
	bool loses = false, is_new = !old && state->properties->next;
	xmlNode *input;
	int code;

	for (const xmlAttr *at = old ? old->properties : NULL; at; at = at->next)
		loses |= !xmlHasProp(state, at->name);
	if (!old && !is_new) { /* nothing of it is left, and nothing was there */
		xmlFreeNode(state);
		return CRM_EX_OK;
	}
	/* Merging takes no attribute away, replacing does. */
	input = loses ? state : merged(state);
	code = execute(kit, c, loses ? CIB_OP_REPLACE : CIB_OP_MODIFY, input, "status");
	xmlFreeNode(input);
	return code;
}

int
ticket_forget(struct kit *kit, struct cib_connection *c, const char *ticket)
{
	xmlNode *input = xmlNewNode(NULL, BAD_CAST "ticket_state");
	int code;

	if (!input)
		abort();
	xmlNewProp(input, BAD_CAST "id", BAD_CAST ticket);
	code = execute(kit, c, CIB_OP_DELETE, input, "status");
	xmlFreeNode(input);
	return code;
}
