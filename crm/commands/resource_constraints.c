/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource -a and -A: locations, and who must be where others are. */
#include "crm/commands/resource.h"
#include "crm/common/values.h"

#include <stdlib.h>
#include <string.h>

#define XS(text) ((const xmlChar *)(text))
#define DEPTH_MAX                                                                        \
	6 /* of colocations that are followed; each is two lists deep on the page */

struct walk {
	struct kit *kit;
	const struct resource_call *call;
	struct page page;
	xmlNode *xml; /* or NULL: on the page */
	bool *seen;   /* by resource */
	size_t resource;
	bool as_dependent, titled;
	unsigned depth;
};

static const struct pe_resource *
at(const struct walk *w, size_t resource)
{
	return pe_resource_at(w->call->pe, resource);
}

static const char *
role_text(enum pe_role role)
{
	return status_role_text((int)role);
}

static void
location_show(const struct pe_location *l, void *data)
{
	struct walk *w = data;
	const char *node = pe_node_at(w->call->pe, l->node)->uname;
	char score[16];

	if (l->resource != w->resource)
		return;
	score_text(l->score, score);
	if (!w->xml) {
		page_item(&w->page, NULL, "Node %s (score=%s, id=%s, rsc=%s)", node,
		    score, l->id, at(w, l->resource)->id);
		return;
	}
	xmlNode *xml = xmlNewChild(w->xml, NULL, XS("rsc_location"), NULL);

	xmlNewProp(xml, XS("node"), XS(node));
	xmlNewProp(xml, XS("rsc"), XS(at(w, l->resource)->id));
	xmlNewProp(xml, XS("id"), XS(l->id));
	xmlNewProp(xml, XS("score"), XS(score));
}

static void
locations(struct walk *w, size_t resource)
{
	size_t before = w->resource;

	w->resource = resource;
	if (!w->xml)
		page_begin(&w->page, "Locations");
	pe_locations(w->call->pe, location_show, w);
	if (!w->xml)
		page_end(&w->page);
	w->resource = before;
}

static void colocations(struct walk *w, size_t resource, bool as_dependent);

static void
colocation_xml(struct walk *w, const struct pe_colocation *c, const char *score)
{
	xmlNode *xml = xmlNewChild(w->xml, NULL, XS("rsc_colocation"), NULL);

	xmlNewProp(xml, XS("id"), XS(c->id));
	xmlNewProp(xml, XS("rsc"), XS(at(w, c->dependent)->id));
	xmlNewProp(xml, XS("with-rsc"), XS(at(w, c->primary)->id));
	xmlNewProp(xml, XS("score"), XS(score));
	if (c->primary_role > PE_ROLE_STARTED)
		xmlNewProp(xml, XS("with-rsc-role"), XS(role_text(c->primary_role)));
}

static void
colocation_show(const struct pe_colocation *c, void *data)
{
	struct walk *w = data;
	size_t other = w->as_dependent ? c->primary : c->dependent;
	bool as_dependent = w->as_dependent, again = w->seen[other];
	char score[16], role[64] = "";

	score_text(c->score, score);
	if (c->primary_role > PE_ROLE_STARTED)
		snprintf(role, sizeof(role), "%s role=%s, ",
		    as_dependent ? "with" : "needs", role_text(c->primary_role));
	if (w->xml)
		colocation_xml(w, c, score);
	else if (again)
		page_item_begin(&w->page, "%s (id=%s - loop)", at(w, other)->id, c->id);
	else
		page_item_begin(&w->page, "%s (score=%s, %sid=%s)", at(w, other)->id,
		    score, role, c->id);
	if (!again) {
		w->seen[other] = true;
		locations(w, other);
		if (w->call->recursive && w->depth < DEPTH_MAX) {
			w->depth++;
			colocations(w, other, as_dependent);
			w->as_dependent = as_dependent;
			w->depth--;
		}
	}
	if (!w->xml)
		page_end(&w->page);
}

static void
colocations(struct walk *w, size_t resource, bool as_dependent)
{
	w->as_dependent = as_dependent;
	if (!w->xml)
		page_begin(&w->page,
		    as_dependent ? "Resources %s is colocated with"
		                 : "Resources colocated with %s",
		    at(w, resource)->id);
	pe_colocations(w->call->pe, resource, as_dependent, colocation_show, w);
	if (!w->xml)
		page_end(&w->page);
}

int
resource_constraints(struct kit *kit, struct resource_call *call)
{
	size_t count = pe_resource_count(call->pe), resource = call->rsc;
	struct walk w = { .kit = kit, .call = call };

	/* Members go where their group goes. */
	while (!call->force && at(&w, resource)->parent != PE_NONE)
		resource = at(&w, resource)->parent;
	w.seen = calloc(count + 1, sizeof(*w.seen));
	if (!w.seen)
		abort();
	page_text(&w.page, kit->out, false);
	if (kit->result)
		w.xml = xmlNewChild(kit->result, NULL, XS("constraints"), NULL);
	w.seen[resource] = true;
	locations(&w, resource);
	colocations(&w, resource, false);
	memset(w.seen, 0, count);
	w.seen[resource] = true;
	colocations(&w, resource, true);
	free(w.seen);
	return 0;
}
