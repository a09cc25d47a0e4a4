/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes of nodes. */
#include "crm/status/private.h"

#include <stdlib.h>
#include <string.h>

/* What is an order to the cluster, or shown elsewhere. */
static bool
is_hidden(const char *name)
{
	static const char *const hidden[] = { "shutdown", "terminate", "standby" };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (strcmp(name, hidden[i]) == 0)
			return true;
	return name[0] == '#' || strncmp(name, "fail-count-", 11) == 0 ||
	       strncmp(name, "last-failure-", 13) == 0;
}

static int
name_compare(const void *a, const void *b)
{
	const struct table_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* What is shown of N, by name. */
static const struct table_entry **
attributes_of(const struct status *s, const struct pe_node *n, size_t *count)
{
	const struct table_entry **list =
	    arena_alloc(s->arena, (n->attrs->entry_count + 1) * sizeof(*list));

	*count = 0;
	TABLE_EACH (n->attrs, e)
		if (!is_hidden(e->name))
			list[(*count)++] = e;
	qsort(list, *count, sizeof(*list), name_compare);
	return list;
}

/* How many ping nodes are asked, times what each counts. */
static int64_t
ping_score(const struct table *parameters)
{
	const char *hosts = table_get(parameters, "host_list");
	int64_t count = 0;

	while (hosts && *(hosts += strspn(hosts, " \t\n"))) {
		hosts += strcspn(hosts, " \t\n");
		count++;
	}
	return count * number(table_get(parameters, "multiplier"), 1);
}

static const char *
expected_key(const struct status *s, size_t node, const char *name)
{
	return arena_printf(s->arena, "%zu %s", node, name);
}

void
ping_read(struct status *s)
{
	table_init(&s->expected, s->arena);
	for (size_t i = 0; i < pe_resource_count(s->pe); i++) {
		const struct pe_resource *r = rsc_at(s, i);
		struct table parameters;
		const char *sets;

		if (!r->type ||
		    (strcmp(r->type, "ping") != 0 && strcmp(r->type, "pingd") != 0))
			continue;
		table_init(&parameters, s->arena);
		pe_resource_parameters(s->pe, i, PE_NONE, &parameters);
		sets = table_get(&parameters, "name");
		/* Only where it runs does anybody set it. */
		for (size_t j = 0; j < r->running_count; j++)
			table_add(&s->expected,
			    expected_key(s, r->running[j], sets ? sets : "pingd"),
			    arena_printf(s->arena, "%lld",
			        (long long)ping_score(&parameters)));
	}
}

/* What the attribute is when all ping nodes answer; -1: no ping resource sets it. */
static int64_t
expected_of(const struct status *s, size_t node, const char *name)
{
	return number(table_get(&s->expected, expected_key(s, node, name)), -1);
}

static const char *
connectivity(const struct status *s, size_t node, const struct table_entry *e)
{
	int64_t expected = expected_of(s, node, e->name), value = number(e->value, 0);

	if (expected < 0 || value >= expected)
		return NULL;
	return value <= 0
	           ? "Connectivity is lost"
	           : arena_printf(s->arena, "Connectivity is degraded (Expected=%lld)",
	                 (long long)expected);
}

static void
attribute_show(const struct status *s, struct page *page, size_t node,
    const struct table_entry *e)
{
	const char *value = e->value, *remark = connectivity(s, node, e);

	if (page->out) {
		page_item(page, NULL, "%-32s\t: %-10s%s%s", e->name, value,
		    remark ? "\t: " : "", remark ? remark : "");
		return;
	}
	if (!remark)
		page_item(page, NULL, "%s: %s", e->name, value);
	else
		page_parts(page,
		    (struct page_part[]){
		        { NULL, arena_printf(s->arena, "%s: %s", e->name, value) },
		        { "bold", arena_printf(s->arena, " (%s)", remark) },
		        { NULL, NULL } });
}

void
attributes_show(const struct status *s, struct page *page)
{
	page_gap(page);
	page_begin(page, "Node Attributes");
	if (shows(s, STATUS_ALL_TITLES))
		page_insist(page);
	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);
		size_t count;
		const struct table_entry **list = attributes_of(s, n, &count);

		if (!n->online || !s->node_shown[i] || !count)
			continue;
		if (page->out)
			page_begin(page, "Node: %s", node_name(s, n));
		else
			page_begin(page, "%s:", node_name(s, n));
		for (size_t j = 0; j < count; j++)
			attribute_show(s, page, i, list[j]);
		page_end(page);
	}
	page_end(page);
}

void
attributes_xml(const struct status *s, xmlNode *parent)
{
	xmlNode *all = NULL;

	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);
		size_t count;
		const struct table_entry **list = attributes_of(s, n, &count);
		xmlNode *node;

		if (!n->online || !s->node_shown[i] || !count)
			continue;
		all = all ? all : element(parent, "node_attributes");
		node = element(all, "node");
		attribute_put(node, "name", "%s", n->uname);
		for (size_t j = 0; j < count; j++) {
			xmlNode *xml = element(node, "attribute");
			int64_t expected = expected_of(s, i, list[j]->name);

			attribute_put(xml, "name", "%s", list[j]->name);
			attribute_put(xml, "value", "%s", (const char *)list[j]->value);
			if (expected >= 0)
				attribute_put(xml, "expected", "%lld",
				    (long long)expected);
		}
	}
}
