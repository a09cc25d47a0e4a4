/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people see of a cluster (spec/crm-tools.md 4): nodes, resources, failures and so on, as text,
 * HTML or XML.  crm_mon, crm_resource and crm_simulate show the same document the same way.
 *
 * Where something runs, in which role, and whether it failed is what the policy engine found
 * (crm/pengine/view.h); nothing is concluded here a second time.
 *
 *	struct pe *pe = pe_run(doc, &(struct pe_options){ .status_only = true, ... }, ...);
 *	struct status *status = status_new(pe, doc, &how);
 *	struct page page;
 *
 *	page_text(&page, stdout, false);
 *	status_show(status, &page);          or: status_xml(status, parent)
 *	status_free(status);
 *
 * crm_simulate's blocks: page_begin("Current cluster status"), status_show() with STATUS_NODES |
 * STATUS_RESOURCES and STATUS_ALL_TITLES, page_end(); with -s and -U the page is a flat one.
 */
#ifndef CRM_STATUS_STATUS_H
#define CRM_STATUS_STATUS_H

#include "crm/pengine/pengine.h"
#include "crm/status/page.h"

#include <stdint.h>

enum status_section {
	STATUS_STACK = 1 << 0,
	STATUS_DC = 1 << 1,
	STATUS_TIMES = 1 << 2,
	STATUS_COUNTS = 1 << 3,
	STATUS_OPTIONS = 1 << 4,
	STATUS_MAINTENANCE = 1 << 5, /* that resources are not managed */
	STATUS_NODES = 1 << 6,
	STATUS_RESOURCES = 1 << 7,
	STATUS_ATTRIBUTES = 1 << 8,
	STATUS_FAILCOUNTS = 1 << 9,
	STATUS_OPERATIONS = 1 << 10,
	STATUS_FAILURES = 1 << 11,
	STATUS_FENCING_FAILED = 1 << 12,
	STATUS_FENCING_PENDING = 1 << 13,
	STATUS_FENCING_DONE = 1 << 14,
	STATUS_TICKETS = 1 << 15,
	STATUS_BANS = 1 << 16,

	STATUS_SUMMARY = STATUS_STACK | STATUS_DC | STATUS_TIMES | STATUS_COUNTS,
	STATUS_FENCING =
	    STATUS_FENCING_FAILED | STATUS_FENCING_PENDING | STATUS_FENCING_DONE,
};

enum status_flag {
	STATUS_BY_NODE = 1 << 0,
	STATUS_INACTIVE = 1 << 1, /* also what does not run */
	STATUS_TIMING = 1 << 2,
	STATUS_BRIEF = 1 << 3,
	STATUS_DETAIL = 1 << 4, /* ids of nodes, each instance, how exactly it failed */
	STATUS_NO_PENDING = 1 << 5, /* as if nothing were under way */
	STATUS_NO_PLACES = 1 << 6,  /* resources without the nodes where they are */
	STATUS_ALL_TITLES =
	    1 << 7, /* titles also of sections in which there is nothing */
	STATUS_RAW_FAILURES = 1 << 8, /* failures as with STATUS_DETAIL */
};

struct status_how {
	unsigned sections, flags;
	const char *node, *resource; /* only these, or those of a tag; NULL = all */
	const char *ban_prefix;      /* only bans whose ids begin so; NULL = all */
	int64_t now;                 /* seconds since 1970, for "Last updated" */
};

struct status;

/* PE, DOC and HOW's strings are lent.  Never NULL. */
struct status *status_new(const struct pe *pe, const xmlDoc *doc,
    const struct status_how *how);
void status_free(struct status *status);

/* The sections, with empty lines between them as text. */
void status_show(const struct status *status, struct page *page);
/* The same as elements of PARENT. */
void status_xml(const struct status *status, xmlNode *parent);
/* All in one page of HTML: TITLE, STYLESHEET (NULL = none), a refresh each REFRESH seconds (0 =
 * none). */
void status_html(const struct status *status, FILE *out, const char *title,
    const char *stylesheet, int refresh);
/* As heartbeat 2 printed it (section 4.5). */
void status_classic(const struct status *status, FILE *out);

/* One line for monitoring programs (section 4.3): whether nothing is wrong. */
bool status_line(const struct status *status, FILE *out);
bool status_line_classic(const struct status *status, FILE *out);

/* Primitives: instances each; disabled by target-role, blocked by failures. */
/* What is said of a cluster in maintenance mode. */
extern const char *const status_maintenance_text[2];

struct status_counts {
	size_t nodes, resources, disabled, blocked;
};
struct status_counts status_counts(const struct status *status);

/* One resource and all that it has, as in the list of resources.  RESOURCE as in crm/pengine/view.h. */
void status_show_resource(const struct status *status, size_t resource,
    struct page *page);
void status_xml_resource(const struct status *status, size_t resource, xmlNode *parent);
/* The line of a primitive, as it stands before its operations: "web\t(ocf:heartbeat:apache):\t Started".
 * free() it. */
char *status_resource_line(const struct status *status, size_t resource);

/* As people know it: without ":N" of an instance that is like the others.  Lent. */
const char *status_resource_name(const struct status *status, size_t resource);

/* Words.  "not running" of 7. */
const char *status_rc_text(int rc);
/* "complete" of 0. */
const char *status_op_text(int op_status);
/* "Started", "Promoted". */
const char *status_role_text(int role);
/* Local time, "Fri Nov 20 16:42:44 2026"; TEXT has 32 bytes and is returned. */
const char *status_time_text(int64_t seconds, char text[32]);

#endif
