/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource -M -B -U: constraints that are made and removed by people (spec/crm-tools.md 5.1). */
#include "crm/cib/path.h"
#include "crm/commands/resource.h"
#include "crm/common/durations.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"
#include "crm/common/xmltext.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define XS(text) ((const xmlChar *)(text))

/* Until when, as a date_expression has it; false: it is no duration. */
static bool
end_of(const struct resource_call *call, char end[DATE_TEXT_MAX])
{
	struct duration d;
	struct date date = { .seconds = time(NULL) };

	if (duration_parse(call->lifetime, &d, NULL) != 0 || date_add(&date, &d) != 0)
		return false;
	date_text(&date, DATE_CALENDAR, end);
	return true;
}

/* One constraint. */
struct wish {
	const char *rsc, *node, *role;
	bool ban;
};

/* Until 3.7 schemas know promotion by another name only. */
static const char *
role_word(const struct resource_call *call, const char *role)
{
	static const char prefix[] = "pacemaker-";
	const char *schema =
	    cib_attr(xmlDocGetRootElement(resource_doc(call)), "validate-with");

	if (strcmp(role, "Promoted") != 0 || !schema ||
	    strncmp(schema, prefix, strlen(prefix)) != 0 ||
	    !isdigit((unsigned char)schema[strlen(prefix)]))
		return role;
	return version_compare(schema + strlen(prefix), "3.7") < 0 ? "Master" : role;
}

static xmlNode *
constraint_make(const struct wish *w, const char *end)
{
	const char *score = w->ban ? "-INFINITY" : "INFINITY";
	xmlNode *xml = xmlNewNode(NULL, XS("rsc_location")), *rule, *it;

	if (w->ban)
		attribute_put(xml, "id", "cli-ban-%s-on-%s", w->rsc, w->node);
	else
		attribute_put(xml, "id", "cli-prefer-%s", w->rsc);
	attribute_put(xml, "rsc", "%s", w->rsc);
	attribute_put(xml, "role", "%s", w->role);
	if (!end) {
		attribute_put(xml, "node", "%s", w->node);
		attribute_put(xml, "score", "%s", score);
		return xml;
	}
	rule = xmlNewChild(xml, NULL, XS("rule"), NULL);
	if (w->ban)
		attribute_put(rule, "id", "cli-ban-%s-on-%s-rule", w->rsc, w->node);
	else
		attribute_put(rule, "id", "cli-prefer-rule-%s", w->rsc);
	attribute_put(rule, "score", "%s", score);
	attribute_put(rule, "boolean-op", "and");
	it = xmlNewChild(rule, NULL, XS("expression"), NULL);
	if (w->ban)
		attribute_put(it, "id", "cli-ban-%s-on-%s-expr", w->rsc, w->node);
	else
		attribute_put(it, "id", "cli-prefer-expr-%s", w->rsc);
	attribute_put(it, "attribute", "#uname");
	attribute_put(it, "operation", "eq");
	attribute_put(it, "value", "%s", w->node);
	attribute_put(it, "type", "string");
	it = xmlNewChild(rule, NULL, XS("date_expression"), NULL);
	if (w->ban)
		attribute_put(it, "id", "cli-ban-%s-on-%s-lifetime", w->rsc, w->node);
	else
		attribute_put(it, "id", "cli-prefer-lifetime-end-%s", w->rsc);
	attribute_put(it, "operation", "lt");
	attribute_put(it, "end", "%s", end);
	return xml;
}

/* A document of heartbeat 2 knows neither a role nor a node outside of a rule. */
static xmlNode *
constraint_make_h(const struct wish *w, const char *end)
{
	xmlNode *xml = constraint_make(w, end ? end : ""), *rule;

	rule = cib_child_first(xml);
	xmlUnsetProp(xml, XS("role"));
	if (strcmp(w->role, "Promoted") == 0)
		attribute_put(rule, "role", "Master");
	xmlUnsetProp(rule, XS("boolean-op"));
	attribute_put(rule, "boolean_op", "and");
	if (!end) {
		xmlNode *date = cib_child_next(cib_child_first(rule));

		xmlUnlinkNode(date);
		xmlFreeNode(date);
	}
	return xml;
}

static void
warn(struct kit *kit, const struct wish *w)
{
	if (kit->result || kit->quiet)
		return;
	fprintf(kit->out,
	    "WARNING: Creating rsc_location constraint 'cli-ban-%s-on-%s' with a score "
	    "of "
	    "-INFINITY for resource %s on %s.\n"
	    "\tThis will prevent %s from %s on %s until the constraint is removed using "
	    "the "
	    "clear option or by editing the CIB with an appropriate tool\n"
	    "\tThis will be the case even if %s is the last node in the cluster\n",
	    w->rsc, w->node, w->rsc, w->node, w->rsc,
	    strcmp(w->role, "Promoted") == 0 ? "being promoted" : "running", w->node,
	    w->node);
}

static int
constraint_add(struct kit *kit, struct resource_call *call, const struct wish *w)
{
	char end[DATE_TEXT_MAX];
	xmlNode *xml;
	int code;

	if (call->lifetime && !end_of(call, end)) {
		kit_error(kit, "Invalid duration specified: %s", call->lifetime);
		kit_error(kit, "Please refer to "
		               "https://en.wikipedia.org/wiki/ISO_8601#Durations for "
		               "examples of valid durations");
		return CRM_EX_USAGE;
	}
	if (call->lifetime && !kit->result)
		fprintf(kit->out, "Migration will take effect until: %s\n", end);
	if (w->ban)
		warn(kit, w);
	xml = (pe_profile_of(call->pe) == PE_H ? constraint_make_h : constraint_make)(w,
	    call->lifetime ? end : NULL);
	if (pe_profile_of(call->pe) == PE_P)
		xmlSetProp(xml, XS("role"), XS(role_word(call, w->role)));
	code = resource_change(kit, call,
	    &(struct cib_request){ .op = CIB_OP_MODIFY,
	        .section = "constraints",
	        .input = xml,
	        .options = CIB_CAN_CREATE });
	xmlFreeNode(xml);
	return code;
}

/* Removing. */

/* Whether all that a constraint says is over. */
static bool
is_over(const xmlNode *constraint)
{
	for (xmlNode *rule = cib_child_first(constraint); rule;
	     rule = cib_child_next(rule))
		for (xmlNode *it = cib_child_first(rule); it; it = cib_child_next(it)) {
			const char *end = cib_attr(it, "end");
			struct date date;

			if (xmlStrEqual(it->name, XS("date_expression")) && end &&
			    date_parse(end, &date, NULL) == 0 &&
			    date.seconds < time(NULL))
				return true;
		}
	return false;
}

static bool
is_of_node(const xmlNode *constraint, const char *node)
{
	const char *its = cib_attr(constraint, "node");

	if (its)
		return strcmp(its, node) == 0;
	for (xmlNode *rule = cib_child_first(constraint); rule;
	     rule = cib_child_next(rule))
		for (xmlNode *it = cib_child_first(rule); it; it = cib_child_next(it)) {
			const char *value = cib_attr(it, "value");

			if (xmlStrEqual(it->name, XS("expression")) && value &&
			    strcmp(value, node) == 0)
				return true;
		}
	return false;
}

static bool
is_cleared(const struct resource_call *call, const xmlNode *constraint, const char *rsc,
    const char *node, bool ban)
{
	const char *id = cib_attr(constraint, "id"), *its = cib_attr(constraint, "rsc");
	const char *prefix = ban ? "cli-ban-" : "cli-prefer-";
	bool standby = id && !ban && strncmp(id, "cli-standby-", 12) == 0; /* of H */

	if (!id || !its || strcmp(its, rsc) != 0 ||
	    (!standby && strncmp(id, prefix, strlen(prefix)) != 0))
		return false;
	if (call->expired && !is_over(constraint))
		return false;
	return !node || is_of_node(constraint, node) || (!ban && call->force);
}

/* Bans first, then what was preferred. */
static int
clear(struct kit *kit, struct resource_call *call, const char *rsc, const char *node,
    bool tell)
{
	for (int ban = 1; ban >= 0; ban--) {
		const xmlNode *section =
		    cib_section_find(xmlDocGetRootElement(resource_doc(call)),
		        "constraints");

		for (xmlNode *it = section ? cib_child_first(section) : NULL; it;) {
			char *path, *id;
			int code;

			if (!is_cleared(call, it, rsc, node, ban)) {
				it = cib_child_next(it);
				continue;
			}
			id = strdup(cib_attr(it, "id"));
			path = cib_node_path(it);
			if (!id || !path)
				abort();
			if (tell && !kit->result && !kit->quiet)
				fprintf(kit->out, "Removing constraint: %s\n", id);
			code = resource_change(kit, call,
			    &(struct cib_request){ .op = CIB_OP_DELETE, .xpath = path });
			free(id);
			free(path);
			if (code)
				return code;
			/* What was before has gone with the document. */
			section =
			    cib_section_find(xmlDocGetRootElement(resource_doc(call)),
			        "constraints");
			it = section ? cib_child_first(section) : NULL;
		}
	}
	return 0;
}

/* Moving. */

struct now {
	size_t node; /* where it is, if it is in one place; else PE_NONE */
	size_t count;
};

/* Of a promotable clone the promoted instance is what moves. */
static void
now_add(const struct resource_call *call, size_t resource, bool promoted, struct now *now)
{
	const struct pe_resource *r = pe_resource_at(call->pe, resource);

	if (r->variant != PE_PRIMITIVE && r->variant != PE_GROUP) {
		for (size_t i = 0; i < r->child_count; i++)
			now_add(call, r->child[i], promoted, now);
		return;
	}
	if (promoted && r->role != PE_ROLE_PROMOTED)
		return;
	for (size_t i = 0; i < r->running_count; i++) {
		now->node = now->count++ ? PE_NONE : r->running[i];
	}
}

static struct now
where(const struct resource_call *call, bool promoted)
{
	struct now now = { .node = PE_NONE };

	now_add(call, call->rsc, promoted, &now);
	return now;
}

static struct now
now_of(const struct resource_call *call)
{
	bool promotable = pe_resource_at(call->pe, call->rsc)->promotable;
	struct now promoted = where(call, true);

	return promotable && promoted.count ? promoted : where(call, false);
}

static int
nowhere(struct kit *kit, const struct resource_call *call)
{
	const char *id = call->resource;
	size_t active = where(call, false).count;

	if (!pe_resource_at(call->pe, call->rsc)->promotable)
		kit_complain(kit, "Resource '%s' not moved: active in %zu locations.", id,
		    active);
	else
		kit_complain(kit,
		    "Resource '%s' not moved: active in %zu locations (promoted in %zu).",
		    id, active, where(call, true).count);
	kit_error_line(kit,
	    "To prevent '%s' from running on a specific location, specify a node.", id);
	if (pe_resource_at(call->pe, call->rsc)->promotable)
		kit_error_line(kit,
		    "To prevent '%s' from being promoted at a specific location, specify "
		    "a node and the --promoted option.",
		    id);
	return CRM_EX_USAGE;
}

static int
ban(struct kit *kit, struct resource_call *call, const char *rsc, size_t node,
    const char *role)
{
	return constraint_add(kit, call,
	    &(struct wish){ rsc, pe_node_at(call->pe, node)->uname, role, true });
}

static int
move(struct kit *kit, struct resource_call *call, const char *rsc, const char *role)
{
	struct now now = now_of(call);
	const char *node = pe_node_at(call->pe, call->node)->uname;
	int code;

	if (now.node == call->node && !call->force)
		return resource_refuse(kit, CRM_EX_EXISTS);
	code = clear(kit, call, rsc, node, false);
	if (code == 0)
		code =
		    constraint_add(kit, call, &(struct wish){ rsc, node, role, false });
	if (code == 0 && call->force && now.node != PE_NONE && now.node != call->node)
		code = ban(kit, call, rsc, now.node, role);
	return code;
}

static int
away(struct kit *kit, struct resource_call *call, const char *rsc, const char *role)
{
	struct now now = now_of(call);

	if (call->node != PE_NONE)
		return ban(kit, call, rsc, call->node, role);
	if (now.node == PE_NONE)
		return nowhere(kit, call);
	return ban(kit, call, rsc, now.node, role);
}

int
resource_move(struct kit *kit, struct resource_call *call)
{
	const struct pe_resource *r = pe_resource_at(call->pe, call->rsc);
	char *rsc = resource_id(call, call->rsc);
	const char *role = "Started";
	int code;

	if (call->promoted && r->promotable)
		role = "Promoted";
	else if (call->promoted && call->command != RSC_CLEAR && !kit->result &&
	         !kit->quiet)
		fprintf(stderr, "Ignoring --promoted option: %s is not promotable\n",
		    call->resource);
	if (call->command == RSC_CLEAR)
		code = clear(kit, call, rsc, call->node_name, true);
	else if (call->command == RSC_MOVE && call->node != PE_NONE)
		code = move(kit, call, rsc, role);
	else
		code = away(kit, call, rsc, role);
	free(rsc);
	return code;
}
