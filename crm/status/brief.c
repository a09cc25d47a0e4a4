/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources counted by agent and node instead of listed. */
#include "crm/status/private.h"

#include <stdlib.h>
#include <string.h>

struct kind {
	const char *agent;
	size_t total, active;
	size_t *on; /* by node */
};

static int
kind_compare(const void *a, const void *b)
{
	const struct kind *const *x = a, *const *y = b;

	return strcmp((*x)->agent, (*y)->agent);
}

static struct kind *
kind_find(const struct status *s, struct table *kinds, const char *agent)
{
	struct kind *kind = (struct kind *)(uintptr_t)table_find(kinds, agent);

	if (kind)
		return kind;
	kind = ARENA_NEW(s->arena, struct kind);
	kind->agent = agent;
	kind->on = arena_alloc(s->arena, (pe_node_count(s->pe) + 1) * sizeof(*kind->on));
	table_add(kinds, agent, kind);
	return kind;
}

static void
count(const struct status *s, struct table *kinds, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	struct kind *kind = kind_find(s, kinds, rsc_agent(s, r));

	kind->total++;
	if (!rsc_active(s, resource, true))
		return;
	kind->active++;
	for (size_t i = 0; i < r->running_count; i++)
		kind->on[r->running[i]]++;
}

/* Of a group it is always told how many there are. */
static bool
tells_total(const struct status *s, const struct page *page)
{
	return shows(s, STATUS_INACTIVE) || page->depth > 1;
}

/* What follows the count, behind the agent. */
static void
kind_show(const struct status *s, struct page *page, const struct kind *kind,
    size_t number, const char *where)
{
	if (tells_total(s, page))
		page_item(page, NULL, "%zu/%zu\t(%s):\tActive%s%s", number, kind->total,
		    kind->agent, *where ? " " : "", where);
	else
		page_item(page, NULL, "%zu\t(%s):\tActive %s", number, kind->agent,
		    where);
}

void
brief_show(const struct status *s, struct page *page, const size_t *list, size_t number,
    size_t node)
{
	struct table kinds;
	const struct kind **sorted;
	size_t kind_count = 0;

	table_init(&kinds, s->arena);
	for (size_t i = 0; i < number; i++)
		if (s->resource_shown[list[i]])
			count(s, &kinds, list[i]);
	sorted = arena_alloc(s->arena, (kinds.entry_count + 1) * sizeof(*sorted));
	TABLE_EACH (&kinds, e)
		sorted[kind_count++] = e->value;
	qsort(sorted, kind_count, sizeof(*sorted), kind_compare);
	for (size_t i = 0; i < kind_count; i++) {
		if (node != PE_NONE) {
			page_item(page, NULL, "%zu\t(%s):\tActive ", sorted[i]->total,
			    sorted[i]->agent);
			continue;
		}
		for (size_t j = 0; j < pe_node_count(s->pe); j++)
			if (sorted[i]->on[j] && s->node_shown[j])
				kind_show(s, page, sorted[i], sorted[i]->on[j],
				    node_at(s, j)->uname);
		if (!sorted[i]->active && tells_total(s, page))
			kind_show(s, page, sorted[i], 0, "");
	}
}
