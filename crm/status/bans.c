/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where resources must not be, and tickets. */
#include "crm/status/private.h"

#include <stdlib.h>
#include <string.h>

struct bans {
	const struct status *s;
	struct page *page; /* or */
	xmlNode *parent, *all;
};

static bool
is_shown(const struct status *s, const struct pe_location *l)
{
	const char *prefix = s->how.ban_prefix;

	return l->score < 0 && s->node_shown[l->node] && s->resource_shown[l->resource] &&
	       (!prefix || strncmp(l->id, prefix, strlen(prefix)) == 0);
}

static void
ban_show(const struct pe_location *l, void *data)
{
	struct bans *b = data;

	if (is_shown(b->s, l))
		page_item(b->page, NULL, "%s\tprevents %s from running %son %s", l->id,
		    rsc_at(b->s, l->resource)->id,
		    l->role == PE_ROLE_PROMOTED ? "in Promoted role " : "",
		    node_name(b->s, node_at(b->s, l->node)));
}

void
bans_show(const struct status *s, struct page *page)
{
	struct bans b = { .s = s, .page = page };

	page_gap(page);
	page_begin(page, "Negative Location Constraints");
	pe_locations(s->pe, ban_show, &b);
	page_end(page);
}

static void
ban_xml(const struct pe_location *l, void *data)
{
	struct bans *b = data;
	bool promoted = l->role == PE_ROLE_PROMOTED;
	xmlNode *xml;

	if (!is_shown(b->s, l))
		return;
	b->all = b->all ? b->all : element(b->parent, "bans");
	xml = element(b->all, "ban");
	attribute_put(xml, "id", "%s", l->id);
	attribute_put(xml, "resource", "%s", rsc_at(b->s, l->resource)->id);
	attribute_put(xml, "node", "%s", node_at(b->s, l->node)->uname);
	attribute_put(xml, "weight", "%d", l->score);
	attribute_put(xml, "promoted-only", "%s", yes_no(promoted));
	attribute_put(xml, "master_only", "%s", yes_no(promoted)); /* its old name */
}

void
bans_xml(const struct status *s, xmlNode *parent)
{
	struct bans b = { .s = s, .parent = parent };

	pe_locations(s->pe, ban_xml, &b);
}

/* Tickets. */

void
tickets_show(const struct status *s, struct page *page)
{
	page_gap(page);
	page_begin(page, "Tickets");
	EACH_CHILD(child_of(child_of(s->cib, "status"), "tickets"), "ticket_state", t)
	{
		int64_t last = number(get(t, "last-granted"), -1);
		char when[32];

		page_item(page, NULL, "%s\t%s%s%s%s", get(t, "id") ? get(t, "id") : "",
		    value_is_true(get(t, "granted")) ? "granted" : "revoked",
		    value_is_true(get(t, "standby")) ? " [standby]" : "",
		    last >= 0 ? " last-granted=" : "",
		    last >= 0
		        ? arena_printf(s->arena, "'%s'", status_time_text(last, when))
		        : "");
	}
	page_end(page);
}

void
tickets_xml(const struct status *s, xmlNode *parent)
{
	xmlNode *all = NULL;

	EACH_CHILD(child_of(child_of(s->cib, "status"), "tickets"), "ticket_state", t)
	{
		int64_t last = number(get(t, "last-granted"), -1);
		char when[32];
		xmlNode *xml;

		all = all ? all : element(parent, "tickets");
		xml = element(all, "ticket");
		attribute_put(xml, "id", "%s", get(t, "id") ? get(t, "id") : "");
		attribute_put(xml, "status", "%s",
		    value_is_true(get(t, "granted")) ? "granted" : "revoked");
		attribute_put(xml, "standby", "%s",
		    yes_no(value_is_true(get(t, "standby"))));
		if (last >= 0)
			attribute_put(xml, "last-granted", "%s",
			    status_time_text(last, when));
	}
}
