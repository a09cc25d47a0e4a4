/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of nodes. */
#include "crm/status/private.h"

#include <string.h>

/* How well a node is, out of its attributes #health-...; 0 green, 1 yellow, 2 red. */
static int
health_of(const struct status *s, const struct pe_node *n)
{
	const char *strategy = table_get(s->cluster.options, "node-health-strategy");
	int worst = 0;

	if (!strategy || same(strategy, "none"))
		return 0;
	TABLE_EACH (n->attrs, e) {
		if (strncmp(e->name, "#health", 7) != 0)
			continue;
		if (same(e->value, "red"))
			worst = 2;
		else if (same(e->value, "yellow") && worst < 1)
			worst = 1;
	}
	return worst;
}

static const char *
feature_set(const struct pe_node *n)
{
	const char *set = table_get(n->attrs, "#feature-set");

	/* Nodes that say nothing of it are older than the attribute. */
	return !n->online ? NULL : set ? set : "<3.15.1";
}

/* nodes.c: "UNCLEAN (online)". */
static const char *
node_word(const struct pe_node *n)
{
	if (n->unclean)
		return n->online    ? "UNCLEAN (online)"
		       : n->pending ? "UNCLEAN (pending)"
		                    : "UNCLEAN (offline)";
	if (n->pending)
		return "pending";
	if (n->standby_on_fail && n->online)
		return "standby (on-fail)";
	if (n->standby)
		return !n->online          ? "OFFLINE (standby)"
		       : n->resource_count ? "standby (with active resources)"
		                           : "standby";
	if (n->maintenance)
		return n->online ? "maintenance" : "OFFLINE (maintenance)";
	return n->online ? "online" : "OFFLINE";
}

static const char *
health_text(int health)
{
	return health == 2   ? " (health is RED)"
	       : health == 1 ? " (health is YELLOW)"
	                     : "";
}

static void
running_show(const struct status *s, struct page *page, const struct pe_node *n)
{
	page_begin(page, "Resources");
	page_insist(page);
	if (shows(s, STATUS_BRIEF) && page->out) {
		brief_show(s, page, n->running, n->resource_count, node_index(s, n));
	} else {
		for (size_t i = 0; i < n->resource_count; i++)
			if (s->resource_shown[n->running[i]])
				page_item(page, rsc_class(s, n->running[i]), "%s",
				    rsc_line(s, n->running[i], node_index(s, n), false));
	}
	page_end(page);
}

/* Where it counts by node, a node without anything is left out. */
static bool
is_left_out(const struct status *s, const struct page *page, const struct pe_node *n)
{
	return page->out && shows(s, STATUS_BY_NODE) && shows(s, STATUS_BRIEF) &&
	       n->resource_count == 0;
}

/* In HTML that it is there, and whatever else, have a style each. */
static void
node_parts(const struct status *s, struct page *page, const struct pe_node *n,
    const char *title, const char *tail)
{
	int health = health_of(s, n);
	struct page_part part[] = {
		{ shows(s, STATUS_BY_NODE) ? NULL : "bold", title },
		{ n->online ? "online" : "offline", n->online ? " online" : " OFFLINE" },
		{ "health_yellow", "" },
		{ NULL, tail },
		{ NULL, NULL },
	};

	if (n->unclean || n->pending)
		part[1] = (struct page_part){ "warning",
			arena_printf(s->arena, " %s", node_word(n)) };
	else if (n->standby_on_fail && n->online)
		part[2] = (struct page_part){ "standby", " (in standby due to on-fail)" };
	else if (n->standby)
		part[2] = (struct page_part){ "standby",
			n->online && n->resource_count
			    ? " (in standby, with active resources)"
			    : " (in standby)" };
	else if (n->maintenance)
		part[2] = (struct page_part){ "maint", " (in maintenance mode)" };
	else if (health)
		part[2] =
		    (struct page_part){ health == 2 ? "health_red" : "health_yellow",
			    health_text(health) };
	page_parts(page, part);
}

static void
node_show(const struct status *s, struct page *page, const struct pe_node *n)
{
	const char *set = shows(s, STATUS_DETAIL) ? feature_set(n) : NULL, *tail = "";
	const char *name = node_name(s, n), *word = node_word(n);
	const char *health = health_text(health_of(s, n));

	if (set)
		tail = arena_printf(s->arena, ", feature set %s", set);
	if (page->out && shows(s, STATUS_BY_NODE)) {
		page_begin(page, "Node %s: %s%s%s", name, word, health, tail);
		running_show(s, page, n);
		page_end(page);
	} else if (page->out) {
		page_item(page, NULL, "Node %s: %s%s%s", name, word, health, tail);
	} else if (shows(s, STATUS_BY_NODE)) {
		page_begin(page, "%s:", name);
		node_parts(s, page, n, "Status:", tail);
		if (n->resource_count)
			running_show(s, page, n);
		page_end(page);
	} else {
		node_parts(s, page, n, arena_printf(s->arena, "%s:", name), tail);
	}
}

/* Nodes of which there is nothing to say but that they are there, or are not, share a line. */
static bool
is_plain(const struct status *s, const struct pe_node *n)
{
	const char *word = node_word(n);

	return !shows(s, STATUS_DETAIL | STATUS_BY_NODE) && health_of(s, n) == 0 &&
	       (strcmp(word, "online") == 0 || strcmp(word, "OFFLINE") == 0);
}

static void
plain_show(const struct status *s, struct page *page, bool online)
{
	bool any = false;
	struct text t;
	const char *list;

	text_begin(&t);
	fputc('[', t.to);
	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);

		if (!s->node_shown[i] || !is_plain(s, n) || n->online != online)
			continue;
		fprintf(t.to, " %s", n->uname);
		any = true;
	}
	fputs(" ]", t.to);
	list = text_end(s, &t);
	if (any)
		page_named(page, online ? "Online" : "OFFLINE", list);
}

void
nodes_show(const struct status *s, struct page *page)
{
	page_gap(page);
	page_begin(page, "Node List");
	for (size_t i = 0; i < pe_node_count(s->pe); i++)
		if (s->node_shown[i])
			page_insist(page);
	for (size_t i = 0; i < pe_node_count(s->pe); i++)
		if (s->node_shown[i] && (!page->out || !is_plain(s, node_at(s, i))) &&
		    !is_left_out(s, page, node_at(s, i)))
			node_show(s, page, node_at(s, i));
	if (page->out) {
		plain_show(s, page, true);
		plain_show(s, page, false);
	}
	page_end(page);
}

void
nodes_xml(const struct status *s, xmlNode *parent)
{
	static const char *const colours[] = { "green", "yellow", "red" };
	xmlNode *nodes = element(parent, "nodes");

	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		const struct pe_node *n = node_at(s, i);
		xmlNode *xml;

		if (!s->node_shown[i])
			continue;
		xml = element(nodes, "node");
		attribute_put(xml, "name", "%s", n->uname);
		attribute_put(xml, "id", "%s", n->id);
		attribute_put(xml, "online", "%s", yes_no(n->online));
		attribute_put(xml, "standby", "%s", yes_no(n->standby));
		attribute_put(xml, "standby_onfail", "%s", yes_no(n->standby_on_fail));
		attribute_put(xml, "maintenance", "%s", yes_no(n->maintenance));
		attribute_put(xml, "pending", "%s", yes_no(n->pending));
		attribute_put(xml, "unclean", "%s", yes_no(n->unclean));
		attribute_put(xml, "health", "%s", colours[health_of(s, n)]);
		if (feature_set(n))
			attribute_put(xml, "feature_set", "%s", feature_set(n));
		attribute_put(xml, "shutdown", "%s", yes_no(n->shutting_down));
		attribute_put(xml, "expected_up", "%s", yes_no(n->expected_up));
		attribute_put(xml, "is_dc", "%s", yes_no(n->is_dc));
		attribute_put(xml, "resources_running", "%zu", n->resource_count);
		attribute_put(xml, "type", "%s", n->is_ping ? "ping" : "member");
		if (!shows(s, STATUS_BY_NODE))
			continue;
		for (size_t j = 0; j < n->resource_count; j++)
			if (s->resource_shown[n->running[j]])
				status_xml_resource(s, n->running[j], xml);
	}
}
