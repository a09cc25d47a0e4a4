/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of resources: lines, groups, clones (spec 4.2). */
#include "crm/status/private.h"

#include <stdlib.h>
#include <string.h>

/* One primitive. */

struct flags {
	struct text t;
	size_t count;
};

static void
flag_add(struct flags *f, const char *flag)
{
	fprintf(f->t.to, "%s%s", f->count++ ? ", " : " (", flag);
}

static const char *
flags_of(const struct status *s, size_t resource, const struct pe_node *node)
{
	const struct pe_resource *r = rsc_at(s, resource);
	size_t clone = rsc_clone(s, resource);
	const char *task = rsc_pending_task(s, r);
	struct flags f = { 0 };

	text_begin(&f.t);
	if (node && !node->online && node->unclean)
		flag_add(&f, "UNCLEAN");
	if (node && !r->running_count && r->lock_node == node_index(s, node))
		flag_add(&f, "LOCKED");
	if (task)
		flag_add(&f, task);
	if (r->target_role == PE_ROLE_STOPPED)
		flag_add(&f, "disabled");
	else if (r->target_role == PE_ROLE_UNPROMOTED && clone != PE_NONE &&
	         rsc_at(s, clone)->promotable)
		flag_add(&f, "target-role:Unpromoted");
	if (r->blocked)
		flag_add(&f, "blocked");
	else if (!r->managed)
		flag_add(&f, "unmanaged");
	if (r->failure_ignored)
		flag_add(&f, "failure ignored");
	if (f.count)
		fputc(')', f.t.to);
	return text_end(s, &f.t);
}

/* "FAILED Promoted", "Starting", "Stopped (not installed) ". */
static const char *
state_of(const struct status *s, size_t resource, size_t node)
{
	const struct pe_resource *r = rsc_at(s, resource);
	const char *pending = rsc_pending_state(s, r);
	const char *role = status_role_text(rsc_shown_role(s, resource)), *probe;

	if (r->failed)
		return r->role > PE_ROLE_UNPROMOTED
		           ? arena_printf(s->arena, "FAILED %s", role)
		           : "FAILED";
	if (pending)
		return pending;
	probe = r->role == PE_ROLE_STOPPED ? rsc_probe_failure(s, resource, node) : NULL;
	return probe ? arena_printf(s->arena, "%s (%s) ", role, probe) : role;
}

const char *
rsc_line(const struct status *s, size_t resource, size_t node, bool named)
{
	const struct pe_resource *r = rsc_at(s, resource);
	bool several = r->running_count > 1 && named;
	struct text t;

	if (node == PE_NONE && r->running_count)
		node = r->running[0];
	if (node == PE_NONE)
		node = r->lock_node != PE_NONE ? r->lock_node : r->pending_node;
	text_begin(&t);
	fprintf(t.to, "%s\t(%s):\t%s %s", rsc_name(s, resource), rsc_agent(s, r),
	    r->orphan ? " ORPHANED" : "", state_of(s, resource, node));
	if (named && !several && node != PE_NONE)
		fprintf(t.to, " %s", node_at(s, node)->uname);
	fputs(flags_of(s, resource, node == PE_NONE || !named ? NULL : node_at(s, node)),
	    t.to);
	if (several) {
		fputs(" [", t.to);
		for (size_t i = 0; i < r->running_count; i++)
			fprintf(t.to, " %s", node_at(s, r->running[i])->uname);
		fputs(" ]", t.to);
	}
	return text_end(s, &t);
}

const char *
rsc_class(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	if (!r->managed)
		return "rsc-managed";
	if (r->failed)
		return "rsc-failed";
	if (r->role == PE_ROLE_STOPPED || r->running_count == 0)
		return "rsc-failed";
	if (r->failure_ignored)
		return "rsc-failure-ignored";
	return r->running_count > 1 ? "rsc-multiple" : "rsc-ok";
}

char *
status_resource_line(const struct status *s, size_t resource)
{
	return strdup(rsc_line(s, resource, PE_NONE, false));
}

const char *
status_resource_name(const struct status *s, size_t resource)
{
	return rsc_name(s, resource);
}

/* Whether a filter by node leaves it: it is there, or nowhere. */
static bool
place_shown(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	if (!s->how.node || rsc_is_clone(r))
		return true;
	for (size_t i = 0; i < r->running_count; i++)
		if (s->node_shown[r->running[i]])
			return true;
	return r->running_count == 0;
}

static bool
is_shown(const struct status *s, size_t resource)
{
	return s->resource_shown[resource] && place_shown(s, resource);
}

static void
primitive_show(const struct status *s, struct page *page, size_t resource)
{
	page_item(page, rsc_class(s, resource), "%s",
	    rsc_line(s, resource, PE_NONE, !shows(s, STATUS_NO_PLACES)));
}

/* Titles. */

/* " (promotable, unmanaged)" */
static const char *
words_join(const struct status *s, const char *const *word, size_t count)
{
	struct flags f = { 0 };

	text_begin(&f.t);
	for (size_t i = 0; i < count; i++)
		if (word[i])
			flag_add(&f, word[i]);
	if (f.count)
		fputc(')', f.t.to);
	return text_end(s, &f.t);
}

static void
group_show(const struct status *s, struct page *page, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);
	size_t inactive = 0;
	const char *words[3] = { 0 };

	for (size_t i = 0; i < r->child_count; i++)
		inactive += !rsc_active(s, r->child[i], true);
	if (inactive && !shows(s, STATUS_INACTIVE))
		words[0] = arena_printf(s->arena, "%zu member%s inactive", inactive,
		    inactive == 1 ? "" : "s");
	words[1] = r->managed ? NULL : "unmanaged";
	words[2] = rsc_disabled(s, resource) ? "disabled" : NULL;
	page_begin(page, "Resource Group: %s%s", r->id, words_join(s, words, 3));
	if (shows(s, STATUS_BRIEF))
		brief_show(s, page, r->child, r->child_count, PE_NONE);
	for (size_t i = 0; i < r->child_count && !shows(s, STATUS_BRIEF); i++)
		if (is_shown(s, r->child[i]) &&
		    (shows(s, STATUS_INACTIVE) || rsc_active(s, r->child[i], true)))
			primitive_show(s, page, r->child[i]);
	page_end(page);
}

/* Clones. */

static void
instance_show(const struct status *s, struct page *page, size_t resource)
{
	if (rsc_at(s, resource)->variant == PE_GROUP)
		group_show(s, page, resource);
	else
		primitive_show(s, page, resource);
}

static bool
any_pending(const struct status *s, size_t resource)
{
	const struct pe_resource *r = rsc_at(s, resource);

	for (size_t i = 0; i < r->child_count; i++)
		if (any_pending(s, r->child[i]))
			return true;
	return r->variant == PE_PRIMITIVE &&
	       (rsc_pending_state(s, r) || rsc_pending_task(s, r));
}

/* What is said of one instance. */
enum instance { IN_LIST, ALONE, NOT_AT_ALL };

static enum instance
instance_judge(const struct status *s, size_t clone, size_t child)
{
	const struct pe_resource *r = rsc_at(s, child);
	bool partly = rsc_active(s, child, false);

	if (shows(s, STATUS_DETAIL))
		return ALONE;
	if (rsc_at(s, clone)->unique && (partly || !r->orphan))
		return ALONE;
	if (any_pending(s, child))
		return ALONE;
	if (!partly)
		return NOT_AT_ALL;
	if (rsc_any_orphan(s, child) || rsc_any_unmanaged(s, child) ||
	    rsc_any_failed(s, child) || !rsc_active(s, child, true))
		return ALONE;
	size_t node = rsc_node(s, child);

	if (node == PE_NONE)
		return ALONE;
	return node_at(s, node)->online || !node_at(s, node)->unclean ? IN_LIST : ALONE;
}

/* "Promoted: [ a b ]", nodes by their order; nothing when there are none. */
static void
places_show(const struct status *s, struct page *page, const char *title, const bool *on)
{
	struct text t;
	bool any = false;
	const char *list;

	text_begin(&t);
	fputc('[', t.to);
	for (size_t i = 0; i < pe_node_count(s->pe); i++) {
		if (!on[i] || !s->node_shown[i])
			continue;
		fprintf(t.to, " %s", node_at(s, i)->uname);
		any = true;
	}
	fputs(" ]", t.to);
	list = text_end(s, &t);
	if (any)
		page_item(page, NULL, "%s: %s", title, list);
}

/* The first primitive of it: what is said of one instance that does not run. */
static size_t
first_primitive(const struct status *s, size_t resource)
{
	while (rsc_at(s, resource)->child_count)
		resource = rsc_at(s, resource)->child[0];
	return resource;
}

static const char *
why_stopped(const struct status *s, size_t clone, size_t node)
{
	const struct pe_resource *r = rsc_at(s, clone);

	if (r->target_role == PE_ROLE_STOPPED)
		return "Stopped (disabled)";
	for (size_t i = 0; i < r->child_count; i++) {
		const char *why =
		    rsc_probe_failure(s, first_primitive(s, r->child[i]), node);

		if (why)
			return arena_printf(s->arena, "Stopped (%s)", why);
	}
	return "Stopped";
}

static int
text_compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Where it could be and is not, by the reason. */
static void
stopped_show(const struct status *s, struct page *page, size_t clone, const bool *active)
{
	size_t count = pe_node_count(s->pe), reason_count = 0;
	const char **why = arena_alloc(s->arena, (count + 1) * sizeof(*why));
	const char **reason = arena_alloc(s->arena, (count + 1) * sizeof(*reason));
	bool *on = arena_alloc(s->arena, count + 1);

	for (size_t i = 0; i < count; i++)
		if (!active[i] && pe_resource_allowed(s->pe, clone, i))
			reason[reason_count++] = why[i] = why_stopped(s, clone, i);
	qsort(reason, reason_count, sizeof(*reason), text_compare);
	for (size_t i = 0; i < reason_count; i++) {
		if (i > 0 && strcmp(reason[i], reason[i - 1]) == 0)
			continue;
		for (size_t j = 0; j < count; j++)
			on[j] = why[j] && strcmp(why[j], reason[i]) == 0;
		places_show(s, page, reason[i], on);
	}
}

static const char *
clone_title(const struct status *s, size_t clone)
{
	const struct pe_resource *r = rsc_at(s, clone);
	const char *words[] = { r->promotable ? "promotable" : NULL,
		r->unique ? "unique" : NULL, r->managed ? NULL : "unmanaged",
		rsc_disabled(s, clone) ? "disabled" : NULL };
	const xmlNode *child = NULL;

	for (const xmlNode *it = cib_child_first(r->xml); it && !child;
	     it = cib_child_next(it))
		if (is_tag(it, "group") || is_tag(it, "primitive"))
			child = it;
	return arena_printf(s->arena, "Clone Set: %s [%s]%s", r->id,
	    get(child, "id") ? get(child, "id") : "", words_join(s, words, 4));
}

static void
clone_show(const struct status *s, struct page *page, size_t clone)
{
	const struct pe_resource *r = rsc_at(s, clone);
	size_t count = pe_node_count(s->pe);
	bool *promoted = arena_alloc(s->arena, count + 1);
	bool *started = arena_alloc(s->arena, count + 1);
	bool *active = arena_alloc(s->arena, count + 1);
	int listed = 0;

	page_begin(page, "%s", clone_title(s, clone));
	for (size_t i = 0; i < r->child_count; i++) {
		const struct pe_resource *child = rsc_at(s, r->child[i]);
		enum instance how = instance_judge(s, clone, r->child[i]);

		if (!is_shown(s, r->child[i]))
			continue;
		for (size_t j = 0; j < child->running_count; j++)
			active[child->running[j]] = true;
		if (how == ALONE)
			instance_show(s, page, r->child[i]);
		if (how != IN_LIST)
			continue;
		(child->role == PE_ROLE_PROMOTED ? promoted
		                                 : started)[rsc_node(s, r->child[i])] =
		    true;
		listed++;
	}
	places_show(s, page, "Promoted", promoted);
	places_show(s, page,
	    !r->promotable                         ? "Started"
	    : r->target_role == PE_ROLE_UNPROMOTED ? "Unpromoted (target-role:Unpromoted)"
	                                           : "Unpromoted",
	    started);
	/* As many nodes as there are, if any instance is not among those in the lists. */
	if (listed < r->clone_max && shows(s, STATUS_INACTIVE) && !r->unique &&
	    !shows(s, STATUS_DETAIL))
		stopped_show(s, page, clone, active);
	page_end(page);
}

/* All of them. */

void
status_show_resource(const struct status *s, size_t resource, struct page *page)
{
	const struct pe_resource *r = rsc_at(s, resource);

	if (rsc_is_clone(r))
		clone_show(s, page, resource);
	else
		instance_show(s, page, resource);
}

/* Whether the list has it, the filters left aside. */
static bool
is_listed(const struct status *s, size_t resource)
{
	bool all = rsc_active(s, resource, true), any = rsc_active(s, resource, false);

	if (rsc_at(s, resource)->orphan && !all)
		return false;
	if (shows(s, STATUS_BY_NODE) && all)
		return false;
	return any || shows(s, STATUS_INACTIVE);
}

void
resources_show(const struct status *s, struct page *page)
{
	bool inactive = shows(s, STATUS_INACTIVE), by_node = shows(s, STATUS_BY_NODE);
	size_t count = pe_resource_count(s->pe), primitives = 0, listed = 0;
	size_t *primitive = arena_alloc(s->arena, (count + 1) * sizeof(*primitive));

	if (by_node && !inactive)
		return;
	page_gap(page);
	page_begin(page, "%s",
	    by_node    ? "Inactive Resources"
	    : inactive ? "Full List of Resources"
	               : "Active Resources");
	for (size_t i = 0; i < count && shows(s, STATUS_BRIEF) && !by_node; i++)
		if (rsc_at(s, i)->parent == PE_NONE &&
		    rsc_at(s, i)->variant == PE_PRIMITIVE && is_shown(s, i) &&
		    is_listed(s, i))
			primitive[primitives++] = i;
	if (primitives)
		brief_show(s, page, primitive, primitives, PE_NONE);
	for (size_t i = 0; i < count; i++) {
		const struct pe_resource *r = rsc_at(s, i);

		if (r->parent != PE_NONE || !is_shown(s, i) || !is_listed(s, i) ||
		    (primitives && r->variant == PE_PRIMITIVE))
			continue;
		status_show_resource(s, i, page);
		listed++;
	}
	if (!primitives && !listed)
		page_item(page, NULL, "No %sresources",
		    by_node    ? "inactive "
		    : inactive ? ""
		               : "active ");
	page_end(page);
}

/* XML. */

static void
primitive_xml(const struct status *s, size_t resource, xmlNode *parent)
{
	const struct pe_resource *r = rsc_at(s, resource);
	const char *target = rsc_target_role(s, resource);
	const char *pending = rsc_pending_state(s, r);
	xmlNode *xml = element(parent, "resource");

	attribute_put(xml, "id", "%s", rsc_name(s, resource));
	attribute_put(xml, "resource_agent", "%s", rsc_agent(s, r));
	attribute_put(xml, "role", "%s",
	    pending ? pending : status_role_text(rsc_shown_role(s, resource)));
	if (target)
		attribute_put(xml, "target_role", "%s", target);
	attribute_put(xml, "active", "%s", yes_no(rsc_active(s, resource, true)));
	attribute_put(xml, "orphaned", "%s", yes_no(r->orphan));
	attribute_put(xml, "blocked", "%s", yes_no(r->blocked));
	attribute_put(xml, "managed", "%s", yes_no(r->managed));
	attribute_put(xml, "failed", "%s", yes_no(r->failed));
	attribute_put(xml, "failure_ignored", "%s", yes_no(r->failure_ignored));
	attribute_put(xml, "nodes_running_on", "%zu", r->running_count);
	if (rsc_pending_task(s, r))
		attribute_put(xml, "pending", "%s", rsc_pending_task(s, r));
	if (r->lock_node != PE_NONE)
		attribute_put(xml, "locked_to", "%s", node_at(s, r->lock_node)->uname);
	for (size_t i = 0; i < r->running_count; i++) {
		const struct pe_node *n = node_at(s, r->running[i]);
		xmlNode *node = element(xml, "node");

		attribute_put(node, "name", "%s", n->uname);
		attribute_put(node, "id", "%s", n->id);
		attribute_put(node, "cached", "%s", yes_no(n->online));
	}
}

static void
group_xml(const struct status *s, size_t resource, xmlNode *parent)
{
	const struct pe_resource *r = rsc_at(s, resource);
	xmlNode *xml = element(parent, "group");

	attribute_put(xml, "id", "%s", r->id);
	attribute_put(xml, "number_resources", "%zu", r->child_count);
	attribute_put(xml, "managed", "%s", yes_no(r->managed));
	attribute_put(xml, "disabled", "%s", yes_no(rsc_disabled(s, resource)));
	for (size_t i = 0; i < r->child_count; i++)
		if (is_shown(s, r->child[i]))
			primitive_xml(s, r->child[i], xml);
}

static void
clone_xml(const struct status *s, size_t resource, xmlNode *parent)
{
	const struct pe_resource *r = rsc_at(s, resource);
	const char *target = rsc_target_role(s, resource);
	xmlNode *xml = element(parent, "clone");

	attribute_put(xml, "id", "%s", r->id);
	attribute_put(xml, "multi_state", "%s", yes_no(r->promotable));
	attribute_put(xml, "unique", "%s", yes_no(r->unique));
	attribute_put(xml, "managed", "%s", yes_no(r->managed));
	attribute_put(xml, "disabled", "%s", yes_no(rsc_disabled(s, resource)));
	attribute_put(xml, "failed", "%s", yes_no(r->failed));
	attribute_put(xml, "failure_ignored", "%s", yes_no(r->failure_ignored));
	if (target)
		attribute_put(xml, "target_role", "%s", target);
	for (size_t i = 0; i < r->child_count; i++)
		if (is_shown(s, r->child[i]))
			status_xml_resource(s, r->child[i], xml);
}

void
status_xml_resource(const struct status *s, size_t resource, xmlNode *parent)
{
	const struct pe_resource *r = rsc_at(s, resource);

	if (rsc_is_clone(r))
		clone_xml(s, resource, parent);
	else if (r->variant == PE_GROUP)
		group_xml(s, resource, parent);
	else
		primitive_xml(s, resource, parent);
}

void
resources_xml(const struct status *s, xmlNode *parent)
{
	xmlNode *xml = NULL;

	if (shows(s, STATUS_BY_NODE) && !shows(s, STATUS_INACTIVE))
		return;
	for (size_t i = 0; i < pe_resource_count(s->pe); i++) {
		if (rsc_at(s, i)->parent != PE_NONE || !is_shown(s, i) ||
		    !is_listed(s, i))
			continue;
		xml = xml ? xml : element(parent, "resources");
		status_xml_resource(s, i, xml);
	}
}
