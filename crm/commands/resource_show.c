/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource: what there is and how it is. */
#include "crm/cib/path.h"
#include "crm/cib/write.h"
#include "crm/commands/resource.h"
#include "crm/common/exits.h"
#include "crm/common/values.h"

#include <stdlib.h>
#include <string.h>

#define XS(text) ((const xmlChar *)(text))

static const struct pe_resource *
at(const struct resource_call *call, size_t resource)
{
	return pe_resource_at(call->pe, resource);
}

static bool
is_clone(const struct pe_resource *r)
{
	return r->variant == PE_CLONE || r->variant == PE_PROMOTABLE;
}

/* The clone that it is an instance of or in; PE_NONE. */
static size_t
clone_of(const struct resource_call *call, size_t resource)
{
	while ((resource = at(call, resource)->parent) != PE_NONE)
		if (is_clone(at(call, resource)))
			return resource;
	return PE_NONE;
}

/* The list of all. */

static int
list(struct kit *kit, struct resource_call *call)
{
	struct status_how how = { .sections = STATUS_RESOURCES,
		.flags = STATUS_INACTIVE | STATUS_NO_PLACES };
	struct status *status = status_new(call->pe, call->seen, &how);
	struct page page;
	bool any = false;

	for (size_t i = 0; i < pe_resource_count(call->pe); i++)
		any |= !at(call, i)->orphan || at(call, i)->running_count;
	if (kit->result)
		status_xml(status, kit->result);
	else {
		page_text(&page, kit->out, false);
		status_show(status, &page);
	}
	status_free(status);
	return any ? 0 : CRM_EX_NO_SUCH;
}

static int
list_raw(struct kit *kit, struct resource_call *call)
{
	xmlNode *xml = NULL;
	char count[16];
	size_t found = 0;

	if (kit->result) {
		xml = xmlNewChild(kit->result, NULL, XS("list"), NULL);
		xmlNewProp(xml, XS("name"), XS("resource names"));
	}
	for (size_t i = 0; i < pe_resource_count(call->pe); i++) {
		const struct pe_resource *r = at(call, i);

		if (r->variant != PE_PRIMITIVE)
			continue;
		found++;
		if (xml)
			xmlNewProp(xmlNewTextChild(xml, NULL, XS("item"), XS(r->id)),
			    XS("name"), XS("resource"));
		else
			fprintf(kit->out, "%s\n", r->id);
	}
	if (xml) {
		snprintf(count, sizeof(count), "%zu", found);
		xmlNewProp(xml, XS("count"), XS(count));
	} else if (!found)
		fputs("NO resources configured\n", kit->out);
	return found ? 0 : CRM_EX_NO_SUCH;
}

/* Where it runs. */

struct places {
	size_t *node;
	bool *promoted;
	size_t count;
};

static void
places_add(const struct resource_call *call, struct places *p, size_t resource)
{
	const struct pe_resource *r = at(call, resource);

	for (size_t i = r->running_count; i-- > 0;) {
		p->node = realloc(p->node, (p->count + 1) * sizeof(*p->node));
		p->promoted = realloc(p->promoted, (p->count + 1) * sizeof(*p->promoted));
		if (!p->node || !p->promoted)
			abort();
		p->node[p->count] = r->running[i];
		p->promoted[p->count++] = r->role == PE_ROLE_PROMOTED;
	}
}

/* Of a clone, and of what is meant by the name of its instances: each instance, the last first. */
static struct places
places_of(const struct resource_call *call)
{
	const struct pe_resource *r = at(call, call->rsc);
	size_t clone = is_clone(r) ? call->rsc : clone_of(call, call->rsc);
	struct places p = { 0 };

	if (clone == PE_NONE || strcmp(r->id, call->resource) == 0) {
		if (!is_clone(r)) {
			places_add(call, &p, call->rsc);
			return p;
		}
	}
	for (size_t i = at(call, clone)->child_count; i-- > 0;)
		places_add(call, &p, at(call, clone)->child[i]);
	return p;
}

static int
locate(struct kit *kit, struct resource_call *call)
{
	struct places p = places_of(call);
	xmlNode *xml = NULL;

	if (kit->result) {
		xml = xmlNewChild(kit->result, NULL, XS("nodes"), NULL);
		xmlNewProp(xml, XS("resource"), XS(call->resource));
	}
	for (size_t i = 0; i < p.count; i++) {
		const char *name = pe_node_at(call->pe, p.node[i])->uname;

		if (xml) {
			xmlNode *node = xmlNewTextChild(xml, NULL, XS("node"), XS(name));

			if (p.promoted[i])
				xmlNewProp(node, XS("state"), XS("promoted"));
		} else if (kit->quiet)
			fprintf(kit->out, "%s\n", name);
		else
			fprintf(kit->out, "resource %s is running on: %s%s\n",
			    call->resource, name, p.promoted[i] ? " Promoted" : "");
	}
	if (!p.count && !xml)
		kit_error(kit, "resource %s is NOT running", call->resource);
	free(p.node);
	free(p.promoted);
	return 0;
}

/* Its configuration. */

static int
show_xml(struct kit *kit, struct resource_call *call)
{
	char *id = resource_id(call, call->rsc), *text;
	const xmlNode *element = call->command == RSC_XML ? at(call, call->rsc)->xml
	                                                  : resource_element(call, id);
	struct page page;

	free(id);
	text = element ? cib_write(element, NULL, NULL) : NULL;
	if (!text)
		return resource_refuse(kit, CRM_EX_NO_SUCH);
	if (kit->result) {
		xmlNode *xml =
		    xmlNewChild(kit->result, NULL, XS("resource_config"), NULL);

		status_xml_resource(call->status, call->rsc, xml);
		xml = xmlNewChild(xml, NULL, XS("xml"), NULL);
		xmlAddChild(xml, xmlNewCDataBlock(xml->doc, XS(text), (int)strlen(text)));
	} else {
		page_text(&page, kit->out, true);
		status_show_resource(call->status, call->rsc, &page);
		fprintf(kit->out, "Resource XML:\n%s", text);
	}
	free(text);
	return 0;
}

/* What was done with it. */

static const char *
get(const xmlNode *op, const char *name, const char *otherwise)
{
	const char *value = cib_attr(op, name);

	return value ? value : otherwise;
}

static void
op_xml(struct kit *kit, const struct resource_call *call, const struct pe_past *past,
    const xmlNode *op, const char *when)
{
	const struct pe_resource *r = at(call, past->resource);
	xmlNode *all = kit->result->children
	                   ? kit->result->children
	                   : xmlNewChild(kit->result, NULL, XS("operations"), NULL);
	xmlNode *xml = xmlNewChild(all, NULL, XS("operation"), NULL);
	char agent[512];

	snprintf(agent, sizeof(agent), "%s:%s:%s", r->class ? r->class : "",
	    r->provider ? r->provider : "", r->type ? r->type : "");
	xmlNewProp(xml, XS("op"), XS(get(op, "operation_key", get(op, "id", ""))));
	xmlNewProp(xml, XS("node"), XS(pe_node_at(call->pe, past->node)->uname));
	xmlNewProp(xml, XS("call"), XS(get(op, "call-id", "")));
	xmlNewProp(xml, XS("rc"), XS(get(op, "rc-code", "0")));
	xmlNewProp(xml, XS("status"),
	    XS(status_op_text(value_int(cib_attr(op, "op-status"), 0))));
	xmlNewProp(xml, XS("rsc"),
	    XS(status_resource_name(call->status, past->resource)));
	xmlNewProp(xml, XS("agent"), XS(agent));
	if (when)
		xmlNewProp(xml, XS("last-rc-change"), XS(when));
	if (when && cib_attr(op, "exec-time"))
		xmlNewProp(xml, XS("exec-time"), XS(cib_attr(op, "exec-time")));
}

static void
op_show(struct kit *kit, const struct resource_call *call, const struct pe_past *past,
    const xmlNode *op)
{
	const char *changed = cib_attr(op, "last-rc-change"), *when = NULL;
	char text[32], *line;

	if (changed)
		when = status_time_text(strtoll(changed, NULL, 10), text);
	if (kit->result) {
		op_xml(kit, call, past, op, when);
		return;
	}
	line = status_resource_line(call->status, past->resource);
	fprintf(kit->out, "%s: %s (node=%s, call=%s, rc=%s", line ? line : "",
	    get(op, "operation_key", get(op, "id", "")),
	    pe_node_at(call->pe, past->node)->uname, get(op, "call-id", ""),
	    get(op, "rc-code", "0"));
	if (when)
		fprintf(kit->out, ", last-rc-change='%s', exec=%sms", when,
		    get(op, "exec-time", "0"));
	fprintf(kit->out, "): %s\n",
	    status_op_text(value_int(cib_attr(op, "op-status"), 0)));
	free(line);
}

/* Whether an entry is about what was asked for. */
static bool
past_fits(const struct resource_call *call, const struct pe_past *past)
{
	size_t resource = past->resource;

	if (call->node != PE_NONE && call->node != past->node)
		return false;
	if (call->rsc == PE_NONE)
		return true;
	if (strcmp(get(past->entry, "id", ""), call->resource) == 0)
		return true;
	for (; resource != PE_NONE; resource = at(call, resource)->parent)
		if (resource == call->rsc)
			return true;
	return false;
}

static int
operations(struct kit *kit, struct resource_call *call)
{
	for (size_t i = 0; i < pe_past_count(call->pe); i++) {
		struct pe_past past = pe_past_at(call->pe, i);

		if (!past_fits(call, &past))
			continue;
		for (size_t j = call->command == RSC_OPERATIONS ? past.current : 0;
		     j < past.op_count; j++)
			op_show(kit, call, &past, past.op[j]);
	}
	return 0;
}

/* Why it does not run. */

static bool
runs_on(const struct pe_resource *r, size_t node)
{
	for (size_t i = 0; i < r->running_count; i++)
		if (node == PE_NONE || r->running[i] == node)
			return true;
	return false;
}

/* Of a part of something the whole is named: that is what people have configured. */
static const char *
name_of_whole(const struct resource_call *call, size_t resource)
{
	while (at(call, resource)->parent != PE_NONE)
		resource = at(call, resource)->parent;
	return at(call, resource)->id;
}

void
resource_reasons(struct kit *kit, const struct resource_call *call, size_t resource,
    xmlNode *parent)
{
	const struct pe_resource *r = at(call, resource);
	const char *target = table_get(r->meta, "target-role"),
	           *id = name_of_whole(call, resource);
	xmlNode *xml = parent ? xmlNewChild(parent, NULL, XS("check"), NULL) : NULL;
	const char *attribute = NULL, *text = NULL;

	if (same(target, "Stopped")) {
		attribute = "remain_stopped";
		text = "Configuration specifies '%s' should remain stopped\n";
	} else if (r->promotable &&
	           (same(target, "Slave") || same(target, "Unpromoted"))) {
		attribute = "promotable";
		text = "Configuration specifies '%s' should not be promoted\n";
	}
	if (xml)
		xmlNewProp(xml, XS("id"), XS(id));
	if (text && xml)
		xmlNewProp(xml, XS(attribute),
		    XS(strcmp(attribute, "promotable") == 0 ? "false" : "true"));
	else if (text)
		fprintf(kit->out, text, id);
	/* Said only of what somebody has set; maintenance is seen elsewhere. */
	bool unmanaged = value_bool(table_get(r->meta, "is-managed")) == 0;

	if (unmanaged && xml)
		xmlNewProp(xml, XS("unmanaged"), XS("true"));
	else if (unmanaged)
		fprintf(kit->out,
		    "Configuration prevents cluster from stopping or starting unmanaged "
		    "'%s'\n",
		    id);
	if (r->lock_node == PE_NONE)
		return;
	if (xml)
		xmlNewProp(xml, XS("locked-to"),
		    XS(pe_node_at(call->pe, r->lock_node)->uname));
	else
		fprintf(kit->out, "'%s' is locked to node %s due to shutdown\n", id,
		    pe_node_at(call->pe, r->lock_node)->uname);
}

static void
why_one(struct kit *kit, const struct resource_call *call, size_t resource,
    xmlNode *parent)
{
	const struct pe_resource *r = at(call, resource);
	bool running = runs_on(r, call->node);
	const char *host =
	    call->node == PE_NONE ? NULL : pe_node_at(call->pe, call->node)->uname;

	if (parent) {
		parent = xmlNewChild(parent, NULL, XS("resource"), NULL);
		xmlNewProp(parent, XS("id"), XS(r->id));
		xmlNewProp(parent, XS("running"), XS(running ? "true" : "false"));
		if (host)
			xmlNewProp(parent, XS("host"), XS(host));
	} else
		fprintf(kit->out, "Resource %s is %srunning%s%s\n", r->id,
		    running ? "" : "not ", host ? " on host " : "", host ? host : "");
	resource_reasons(kit, call, resource, parent);
}

static int
why(struct kit *kit, struct resource_call *call)
{
	xmlNode *xml =
	    kit->result ? xmlNewChild(kit->result, NULL, XS("reason"), NULL) : NULL;

	if (call->rsc != PE_NONE && xml) {
		bool running = runs_on(at(call, call->rsc), call->node);

		if (call->node == PE_NONE)
			xmlNewProp(xml, XS("running"), XS(running ? "true" : "false"));
		else if (running)
			xmlNewProp(xml, XS("running_on"),
			    XS(pe_node_at(call->pe, call->node)->uname));
		resource_reasons(kit, call, call->rsc, xml);
		return 0;
	}
	if (call->rsc != PE_NONE) {
		why_one(kit, call, call->rsc, NULL);
		return 0;
	}
	if (xml)
		xml = xmlNewChild(xml, NULL, XS("resources"), NULL);
	if (call->node != PE_NONE) {
		const struct pe_node *n = pe_node_at(call->pe, call->node);

		for (size_t i = 0; i < n->resource_count; i++)
			why_one(kit, call, n->running[i], xml);
		return 0;
	}
	for (size_t i = 0; i < pe_resource_count(call->pe); i++)
		if (at(call, i)->parent == PE_NONE)
			why_one(kit, call, i, xml);
	return 0;
}

int
resource_show(struct kit *kit, struct resource_call *call)
{
	switch (call->command) {
	case RSC_LIST_RAW:
		return list_raw(kit, call);
	case RSC_LOCATE:
		return locate(kit, call);
	case RSC_XML:
	case RSC_XML_RAW:
		return show_xml(kit, call);
	case RSC_OPERATIONS:
	case RSC_ALL_OPERATIONS:
		return operations(kit, call);
	case RSC_WHY:
		return why(kit, call);
	default:
		return list(kit, call);
	}
}
