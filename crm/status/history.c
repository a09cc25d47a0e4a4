/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done on each node, and who failed how often. */
#include "crm/status/private.h"

#include <stdlib.h>
#include <string.h>

/* What is shown of one resource on one node. */
struct story {
	const xmlNode *entry; /* <lrm_resource> */
	size_t resource, node;
	int failures;
	int64_t last; /* 0 = unknown */
	const xmlNode **op;
	size_t op_count, op_room;
};

/* What tells only that the cluster looked, and found nothing, is left out. */
static bool
is_told(const xmlNode *op)
{
	const char *task = get(op, "operation");

	if (!task || strcmp(task, "notify") == 0)
		return false;
	return strcmp(task, "monitor") != 0 || number(get(op, "interval"), 0) != 0 ||
	       number(get(op, "rc-code"), 0) != 7;
}

static int
rc_of(const xmlNode *op)
{
	int64_t rc = number(get(op, "rc-code"), 0);

	return rc > 0 ? (int)rc : 0;
}

/* Fills STORY; false: there is nothing to tell of it. */
static bool
story_read(const struct status *s, size_t past, bool failcounts, struct story *story)
{
	struct pe_past p = pe_past_at(s->pe, past);
	const struct pe_node *n = node_at(s, p.node);

	*story =
	    (struct story){ .entry = p.entry, .node = p.node, .resource = p.resource };
	if (!n->online || !s->node_shown[p.node] || !s->resource_shown[p.resource])
		return false;
	story->failures =
	    pe_resource_fail_count(s->pe, story->resource, story->node, &story->last);
	if (failcounts)
		return story->failures > 0;
	for (size_t i = 0; i < p.op_count; i++)
		if (is_told(p.op[i]))
			ARENA_PUSH(s->arena, story, op, p.op[i]);
	return story->op_count > 0;
}

/* Of an instance like any other the number is nobody's business, except where failures are counted: they are counted
 * under the name that the node knows. */
static const char *
story_id(const struct status *s, const struct story *story, bool failcounts)
{
	size_t clone = rsc_clone(s, story->resource);
	const char *id = get(story->entry, "id");

	if (!failcounts && clone != PE_NONE && !rsc_at(s, clone)->unique)
		return rsc_name(s, story->resource);
	return id ? id : "";
}

static const char *
story_title(const struct status *s, const struct story *story, bool failcounts)
{
	char when[32];
	const char *failures = "", *last = "";

	if (story->failures > 0) {
		char score[16];

		failures = arena_printf(s->arena, " fail-count=%s",
		    score_text(story->failures, score));
		if (story->failures >= SCORE_INFINITY)
			failures =
			    arena_printf(s->arena, " fail-count=%d", story->failures);
		if (story->last)
			last = arena_printf(s->arena, " last-failure='%s'",
			    status_time_text(story->last, when));
	}
	return arena_printf(s->arena, "%s: migration-threshold=%d%s%s",
	    story_id(s, story, failcounts),
	    rsc_at(s, story->resource)->migration_threshold, failures, last);
}

static const char *
task_of(const xmlNode *op)
{
	const char *task = get(op, "operation");

	return strcmp(task, "monitor") == 0 && number(get(op, "interval"), 0) == 0
	           ? "probe"
	           : task;
}

static const char *
change_of(const xmlNode *op, char text[32])
{
	int64_t when = number(get(op, "last-rc-change"), 0);

	return when > 0 ? status_time_text(when, text) : NULL;
}

static void
op_show(const struct status *s, struct page *page, const xmlNode *op)
{
	const char *call = get(op, "call-id"), *interval = get(op, "interval"), *when;
	int rc = rc_of(op);
	char text[32];
	struct text t;
	bool recurs = number(interval, 0) > 0;

	text_begin(&t);
	fprintf(t.to, "(%s) %s", call ? call : "", task_of(op));
	if (recurs || shows(s, STATUS_TIMING))
		fputc(':', t.to);
	if (recurs)
		fprintf(t.to, " interval=\"%sms\"", interval);
	if (shows(s, STATUS_TIMING)) {
		when = change_of(op, text);
		if (when)
			fprintf(t.to, " last-rc-change=\"%s\"", when);
		if (get(op, "exec-time"))
			fprintf(t.to, " exec-time=\"%sms\"", get(op, "exec-time"));
		if (get(op, "queue-time"))
			fprintf(t.to, " queue-time=\"%sms\"", get(op, "queue-time"));
		fprintf(t.to, " rc=%d (%s)", rc, status_rc_text(rc));
	}
	page_item(page, NULL, "%s", text_end(s, &t));
}

static void
story_show(const struct status *s, struct page *page, const struct story *story,
    bool failcounts)
{
	if (failcounts) {
		page_item(page, NULL, "%s", story_title(s, story, failcounts));
		return;
	}
	page_begin(page, "%s", story_title(s, story, failcounts));
	for (size_t i = 0; i < story->op_count; i++)
		op_show(s, page, story->op[i]);
	page_end(page);
}

/* Where nobody is there is nobody to be asked, and no heading either. */
static bool
any_online(const struct status *s)
{
	for (size_t i = 0; i < pe_node_count(s->pe); i++)
		if (node_at(s, i)->online && s->node_shown[i])
			return true;
	return false;
}

static void
list_show(const struct status *s, struct page *page, bool failcounts)
{
	size_t node = PE_NONE;
	struct story story;

	page_gap(page);
	page_begin(page, failcounts ? "Migration Summary" : "Operations");
	if (any_online(s))
		page_insist(page);
	for (size_t i = 0; i < pe_past_count(s->pe); i++) {
		if (!story_read(s, i, failcounts, &story))
			continue;
		if (node != story.node) {
			if (node != PE_NONE)
				page_end(page);
			node = story.node;
			page_begin(page, page->out ? "Node: %s" : "%s:",
			    node_name(s, node_at(s, node)));
		}
		story_show(s, page, &story, failcounts);
	}
	if (node != PE_NONE)
		page_end(page);
	page_end(page);
}

void
history_show(const struct status *s, struct page *page)
{
	/* The operations have the failures in their titles. */
	list_show(s, page, !(s->how.sections & STATUS_OPERATIONS));
}

static void
ms_xml(const xmlNode *op, const char *name, xmlNode *xml)
{
	const char *value = get(op, name);

	if (value)
		attribute_put(xml, name, "%sms", value);
}

static void
op_xml(const xmlNode *op, xmlNode *parent)
{
	xmlNode *xml = element(parent, "operation_history");
	int rc = rc_of(op);
	char text[32];

	attribute_put(xml, "call", "%s", get(op, "call-id") ? get(op, "call-id") : "");
	attribute_put(xml, "task", "%s", task_of(op));
	attribute_put(xml, "rc", "%d", rc);
	attribute_put(xml, "rc_text", "%s", status_rc_text(rc));
	if (number(get(op, "interval"), 0) > 0)
		ms_xml(op, "interval", xml);
	if (change_of(op, text))
		attribute_put(xml, "last-rc-change", "%s", text);
	ms_xml(op, "exec-time", xml);
	ms_xml(op, "queue-time", xml);
}

static void
story_xml(const struct status *s, const struct story *story, xmlNode *parent,
    bool failcounts)
{
	const struct pe_resource *r = rsc_at(s, story->resource);
	xmlNode *xml = element(parent, "resource_history");
	char text[32];

	attribute_put(xml, "id", "%s", story_id(s, story, failcounts));
	/* The resource is one of those that are shown; "orphaned" stands there. */
	attribute_put(xml, "orphan", "false");
	attribute_put(xml, "migration-threshold", "%d", r->migration_threshold);
	if (story->failures > 0) {
		attribute_put(xml, "fail-count", "%d", story->failures);
		if (story->last)
			attribute_put(xml, "last-failure", "%s",
			    status_time_text(story->last, text));
	}
	for (size_t i = 0; i < story->op_count; i++)
		op_xml(story->op[i], xml);
}

void
history_xml(const struct status *s, xmlNode *parent)
{
	bool failcounts = !(s->how.sections & STATUS_OPERATIONS);
	xmlNode *all, *node = NULL;
	size_t at = PE_NONE;
	struct story story;

	if (!any_online(s))
		return;
	all = element(parent, "node_history");
	for (size_t i = 0; i < pe_past_count(s->pe); i++) {
		if (!story_read(s, i, failcounts, &story))
			continue;
		if (at != story.node) {
			at = story.node;
			node = element(all, "node");
			attribute_put(node, "name", "%s", node_at(s, at)->uname);
		}
		story_xml(s, &story, node, failcounts);
	}
}
