/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of crm/status share. */
#ifndef CRM_STATUS_PRIVATE_H
#define CRM_STATUS_PRIVATE_H

#include "crm/cib/path.h"
#include "crm/common/arena.h"
#include "crm/common/table.h"
#include "crm/common/values.h"
#include "crm/common/xmltext.h"
#include "crm/pengine/view.h"
#include "crm/status/status.h"

#define XS(text) ((const xmlChar *)(text))

struct status {
	const struct pe *pe;
	const xmlNode *cib;
	struct status_how how;
	/* What is computed on the way; nothing of it is seen from outside. */
	struct arena *arena;
	struct pe_cluster cluster;
	struct table probe_failure; /* "NAME" and "NAME NODE" -> text */
	struct table expected; /* "NODE ATTRIBUTE" of a ping resource -> its full score */
	bool *node_shown;      /* by node */
	bool
	    *resource_shown; /* by resource: it, something of it, or something it is of */
	struct table lrm;    /* "NODE-ID" -> its node_state */
};

/* A text that grows. */
struct text {
	FILE *to;
	char *text; /* after text_end() */
	size_t len;
};
void text_begin(struct text *t);
/* The text, in the arena of STATUS. */
char *text_end(const struct status *status, struct text *t);

/* words.c */
const char *yes_no(bool value);
/* "2026-11-20 16:42:31Z" */
const char *utc_text(const struct status *status, int64_t seconds);
/* "1m30s", "500ms"; a whole unit is so many of the next: "60s". */
const char *span_text(const struct status *status, int64_t ms);
/* XML. */
xmlNode *element(xmlNode *parent, const char *tag);
/* The element's attribute, lent; NULL: it, or the element, is not there. */
static inline const char *
get(const xmlNode *xml, const char *name)
{
	return xml ? cib_attr(xml, name) : NULL;
}
static inline const xmlNode *
child_of(const xmlNode *xml, const char *tag)
{
	return xml ? cib_child_find(xml, tag) : NULL;
}
static inline bool
is_tag(const xmlNode *xml, const char *tag)
{
	return xmlStrcmp(xml->name, XS(tag)) == 0;
}
#define EACH_CHILD(parent, tag, it)                                                      \
	for (const xmlNode *it = (parent) ? cib_child_first(parent) : NULL; it;          \
	     it = cib_child_next(it))                                                    \
		if (is_tag(it, tag))
/* The number, or OTHERWISE for what is none. */
int64_t number(const char *text, int64_t otherwise);

/* collect.c */
static inline const struct pe_node *
node_at(const struct status *s, size_t i)
{
	return pe_node_at(s->pe, i);
}
static inline const struct pe_resource *
rsc_at(const struct status *s, size_t i)
{
	return pe_resource_at(s->pe, i);
}
static inline bool
shows(const struct status *s, unsigned flag)
{
	return s->how.flags & flag;
}
static inline size_t
node_index(const struct status *s, const struct pe_node *node)
{
	return (size_t)(node - node_at(s, 0));
}
/* Whether it, or with ALL everything of it, is active. */
bool rsc_active(const struct status *s, size_t resource, bool all);
/* Any of it. */
bool rsc_any_orphan(const struct status *s, size_t resource);
bool rsc_any_failed(const struct status *s, size_t resource);
bool rsc_any_unmanaged(const struct status *s, size_t resource);
bool rsc_is_clone(const struct pe_resource *r);
/* As people know it: without ":N" of an instance that is like the others. */
const char *rsc_name(const struct status *s, size_t resource);
/* The clone that it is an instance of or in; PE_NONE. */
size_t rsc_clone(const struct status *s, size_t resource);
/* "ocf:heartbeat:apache" */
const char *rsc_agent(const struct status *s, const struct pe_resource *r);
enum pe_role rsc_shown_role(const struct status *s, size_t resource);
/* As configured, or NULL. */
const char *rsc_target_role(const struct status *s, size_t resource);
bool rsc_disabled(const struct status *s, size_t resource);
/* The node where all of it is; PE_NONE when it is nowhere or on several ones. */
size_t rsc_node(const struct status *s, size_t resource);
/* "Starting" and so on; NULL = nothing is under way that changes a role. */
const char *rsc_pending_state(const struct status *s, const struct pe_resource *r);
/* "Monitoring", or NULL. */
const char *rsc_pending_task(const struct status *s, const struct pe_resource *r);
/* Why a probe on NODE (PE_NONE: any) failed: "not installed"; NULL = none did. */
const char *rsc_probe_failure(const struct status *s, size_t resource, size_t node);
/* "node1", with -R "node1 (1)". */
const char *node_name(const struct status *s, const struct pe_node *node);

/* One each: text and HTML, then XML. */
void summary_show(const struct status *s, struct page *page);
void summary_xml(const struct status *s, xmlNode *parent);
void maintenance_show(const struct status *s, struct page *page);
void nodes_show(const struct status *s, struct page *page);
void nodes_xml(const struct status *s, xmlNode *parent);
void resources_show(const struct status *s, struct page *page);
void resources_xml(const struct status *s, xmlNode *parent);
void ping_read(struct status *s);
void attributes_show(const struct status *s, struct page *page);
void attributes_xml(const struct status *s, xmlNode *parent);
void history_show(const struct status *s, struct page *page);
void history_xml(const struct status *s, xmlNode *parent);
void failures_show(const struct status *s, struct page *page);
void failures_xml(const struct status *s, xmlNode *parent);
void tickets_show(const struct status *s, struct page *page);
void tickets_xml(const struct status *s, xmlNode *parent);
void bans_show(const struct status *s, struct page *page);
void bans_xml(const struct status *s, xmlNode *parent);

/* resources.c */
/* The line of a primitive on NODE, or wherever it is (PE_NONE); NAMED: the node is in it. */
const char *rsc_line(const struct status *s, size_t resource, size_t node, bool named);
/* Its style. */
const char *rsc_class(const struct status *s, size_t resource);

/* brief.c: primitives of LIST counted by agent, and by node unless all are of NODE. */
void brief_show(const struct status *s, struct page *page, const size_t *list,
    size_t count, size_t node);

#endif
