/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/crm/rules.h"

#include "crm/cib/path.h"
#include "crm/common/values.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool
broken(const struct verdict *v)
{
	return v->text[0] != '\0';
}

void
breaks(struct verdict *v, const char *format, ...)
{
	va_list ap;

	if (broken(v))
		return;
	va_start(ap, format);
	vsnprintf(v->text, sizeof(v->text), format, ap);
	va_end(ap);
}

static const char *
node_name(const struct pe *pe, size_t node)
{
	return node == PE_NONE ? "no node" : pe_node_at(pe, node)->uname;
}

static bool
node_fit(const struct pe_node *n)
{
	return n->online && !n->unclean && !n->standby && !n->shutting_down &&
	       !n->maintenance && !n->pending && !n->is_ping;
}

/* Whether anything is decided about it at all. */
static bool
is_free(const struct pe *pe, const struct pe_resource *r)
{
	for (;;) {
		if (!r->managed || r->blocked || r->orphan)
			return false;
		for (size_t i = 0; i < r->running_count; i++)
			if (pe_node_at(pe, r->running[i])->maintenance)
				return false;
		if (r->parent == PE_NONE)
			return true;
		r = pe_resource_at(pe, r->parent);
	}
}

static bool
is_leaf(const struct pe_resource *r)
{
	return r->variant == PE_PRIMITIVE;
}

/* Where things go. */

static void
rule_places(const struct pe *pe, struct verdict *v)
{
	for (size_t i = 0; i < pe_resource_count(pe); i++) {
		const struct pe_resource *r = pe_resource_at(pe, i);

		if (!is_leaf(r) || !is_free(pe, r) || r->next_role <= PE_ROLE_STOPPED ||
		    r->next_node == PE_NONE)
			continue;
		if (!node_fit(pe_node_at(pe, r->next_node)))
			breaks(v, "%s shall run on %s, which cannot run anything", r->id,
			    node_name(pe, r->next_node));
	}
}

/* What is sent to a node finds somebody there. */
static void
rule_sent(const struct pe *pe, struct verdict *v)
{
	for (size_t i = 0; i < pe_action_count(pe); i++) {
		const struct pe_action *a = pe_action_at(pe, i);

		if (!a->written || a->pseudo || a->fencing || a->node == PE_NONE)
			continue;
		const struct pe_node *n = pe_node_at(pe, a->node);

		if (!n->online)
			breaks(v, "%s is sent to %s, which is down", a->key, n->uname);
		if (a->resource == PE_NONE || !pe_resource_at(pe, a->resource)->managed)
			continue;
		if ((same(a->task, "start") || same(a->task, "promote") ||
		        same(a->task, "migrate_from")) &&
		    !node_fit(n))
			breaks(v, "%s on %s, which cannot run anything", a->key,
			    n->uname);
	}
}

static const xmlNode *
section(const struct draw *d, const char *name)
{
	return cib_section_find(xmlDocGetRootElement(d->doc), name);
}

static const char *
option(const struct draw *d, const char *name, const char *otherwise)
{
	const xmlNode *set =
	    cib_child_find(section(d, "crm_config"), "cluster_property_set");
	const xmlNode *list = d->in_h ? cib_child_find(set, "attributes") : set;

	for (const xmlNode *it = cib_child_first(list); it; it = cib_child_next(it)) {
		char text[64];

		snprintf(text, sizeof(text), "%s", cib_attr(it, "name"));
		for (char *at = text; *at; at++)
			if (*at == '_')
				*at = '-';
		if (strcmp(text, name) == 0)
			return cib_attr(it, "value");
	}
	return otherwise;
}

/* Whether quorum keeps anybody from anything. */
static bool
is_hindered(const struct draw *d)
{
	const xmlNode *root = xmlDocGetRootElement(d->doc);

	return !value_is_true(cib_attr(root, d->in_h ? "have_quorum" : "have-quorum")) &&
	       !same(option(d, "no-quorum-policy", "stop"), "ignore");
}

/* Without quorum nothing new is started. */
static void
rule_quorum(const struct draw *d, const struct pe *pe, struct verdict *v)
{
	const char *policy = option(d, "no-quorum-policy", "stop");

	if (!is_hindered(d))
		return;
	for (size_t i = 0; i < pe_action_count(pe); i++) {
		const struct pe_action *a = pe_action_at(pe, i);

		if (!a->written || a->pseudo || a->resource == PE_NONE ||
		    !same(a->task, "start"))
			continue;
		const struct pe_resource *r = pe_resource_at(pe, a->resource);

		if (r->fence_device || !r->managed)
			continue;
		/* "demote" is about those that have roles. */
		if (same(policy, "demote") && r->number >= 0)
			continue;
		if (same(policy, "freeze") ? r->running_count == 0 : true)
			breaks(v, "%s is started without quorum (%s)", r->id, policy);
	}
}

/* Constraints. */

/* Whether some instance (or the one that there is) of TOP is to be on NODE. */
static bool
will_be_on(const struct pe *pe, size_t index, size_t node)
{
	const struct pe_resource *r = pe_resource_at(pe, index);

	if (is_leaf(r))
		return r->next_role > PE_ROLE_STOPPED && r->next_node == node;
	for (size_t i = 0; i < r->child_count; i++)
		if (will_be_on(pe, r->child[i], node))
			return true;
	return false;
}

static bool
all_free(const struct pe *pe, size_t index)
{
	const struct pe_resource *r = pe_resource_at(pe, index);

	if (!is_free(pe, r))
		return false;
	for (size_t i = 0; i < r->child_count; i++)
		if (!all_free(pe, r->child[i]))
			return false;
	return true;
}

static void
rule_location(const struct pe *pe, const xmlNode *xml, struct verdict *v)
{
	const char *name = cib_attr(xml, "node"), *score = cib_attr(xml, "score");
	size_t rsc = pe_resource_find(pe, cib_attr(xml, "rsc"));

	if (!name || !score || strcmp(score, "-INFINITY") != 0 || rsc == PE_NONE ||
	    !all_free(pe, rsc))
		return;
	for (size_t n = 0; n < pe_node_count(pe); n++)
		if (same(pe_node_at(pe, n)->uname, name) && will_be_on(pe, rsc, n))
			breaks(v, "%s shall run on %s, which constraint %s forbids",
			    cib_attr(xml, "rsc"), name, cib_attr(xml, "id"));
}

static void
rule_colocation(const struct draw *d, const struct pe *pe, const xmlNode *xml,
    struct verdict *v)
{
	const char *d_id = cib_attr(xml, d->in_h ? "from" : "rsc"),
	           *q_id = cib_attr(xml, d->in_h ? "to" : "with-rsc"),
	           *score = cib_attr(xml, "score");
	bool together = same(score, "INFINITY");
	size_t dependent = d_id ? pe_resource_find(pe, d_id) : PE_NONE,
	       primary = q_id ? pe_resource_find(pe, q_id) : PE_NONE;

	if ((!together && !same(score, "-INFINITY")) || dependent == PE_NONE ||
	    primary == PE_NONE || !all_free(pe, dependent) || !all_free(pe, primary))
		return;
	/* With roles it says nothing of instances in other roles. */
	if (cib_attr(xml, d->in_h ? "to_role" : "with-rsc-role") ||
	    cib_attr(xml, d->in_h ? "from_role" : "rsc-role"))
		return;
	for (size_t n = 0; n < pe_node_count(pe); n++) {
		bool there = will_be_on(pe, primary, n);

		if (will_be_on(pe, dependent, n) && there != together)
			breaks(v, "%s shall run on %s, %s %s: against constraint %s",
			    d_id, node_name(pe, n), there ? "with" : "without", q_id,
			    cib_attr(xml, "id"));
	}
}

static void
rule_constraints(const struct draw *d, const struct pe *pe, struct verdict *v)
{
	for (const xmlNode *it = cib_child_first(section(d, "constraints")); it;
	     it = cib_child_next(it)) {
		if (strcmp((const char *)it->name, "rsc_location") == 0)
			rule_location(pe, it, v);
		else if (strcmp((const char *)it->name, "rsc_colocation") == 0)
			rule_colocation(d, pe, it, v);
	}
}

/* Groups are in one place, from the first member on. */
static void
rule_groups(const struct pe *pe, struct verdict *v)
{
	for (size_t i = 0; i < pe_resource_count(pe); i++) {
		const struct pe_resource *g = pe_resource_at(pe, i);

		if (g->variant != PE_GROUP || !all_free(pe, i))
			continue;
		for (size_t n = 1; n < g->child_count; n++) {
			const struct pe_resource *a = pe_resource_at(pe, g->child[n - 1]),
			                         *b = pe_resource_at(pe, g->child[n]);

			if (b->next_role > PE_ROLE_STOPPED &&
			    (a->next_role <= PE_ROLE_STOPPED ||
			        a->next_node != b->next_node))
				breaks(v, "%s shall run on %s, and before it %s on %s",
				    b->id, node_name(pe, b->next_node), a->id,
				    a->next_role > PE_ROLE_STOPPED
				        ? node_name(pe, a->next_node)
				        : "no node");
		}
	}
}

static int
limit(const struct pe_resource *r, const char *name, const char *other, int otherwise)
{
	const char *text = table_get(r->meta, name);

	if (!text)
		text = table_get(r->meta, other);
	return text ? value_int(text, otherwise) : otherwise;
}

/* No more instances, and no more promoted ones, than were asked for. */
static void
rule_clones(const struct draw *d, const struct pe *pe, struct verdict *v)
{
	for (size_t i = 0; i < pe_resource_count(pe); i++) {
		const struct pe_resource *c = pe_resource_at(pe, i);
		int running = 0, promoted = 0;

		if ((c->variant != PE_CLONE && c->variant != PE_PROMOTABLE) ||
		    !all_free(pe, i))
			continue;
		for (size_t n = 0; n < c->child_count; n++) {
			const struct pe_resource *r = pe_resource_at(pe, c->child[n]);

			running += r->next_role > PE_ROLE_STOPPED && !r->orphan;
			promoted += r->next_role == PE_ROLE_PROMOTED;
		}
		if (running > limit(c, "clone-max", "clone_max", (int)d->node_count + 1))
			breaks(v, "%s shall have %d instances, more than clone-max",
			    c->id, running);
		if (promoted >
		    limit(c, d->in_h ? "master_max" : "promoted-max", "master-max", 1))
			breaks(v,
			    "%s shall have %d promoted instances, more than asked for",
			    c->id, promoted);
	}
}

void
rules_plan(const struct draw *d, const struct pe *pe, struct verdict *v)
{
	rule_places(pe, v);
	rule_sent(pe, v);
	rule_quorum(d, pe, v);
	/* In H what stops for want of quorum has a role still, and a place. */
	if (!d->in_h || !is_hindered(d)) {
		rule_constraints(d, pe, v);
		rule_groups(pe, v);
	}
	rule_clones(d, pe, v);
}

/* Steps. */

void
walk_begin(struct walk *w, const struct pe *pe, struct verdict *v)
{
	*w = (struct walk){ .pe = pe, .verdict = v };
	w->on = calloc(pe_resource_count(pe) + 1, sizeof(*w->on));
	w->done = calloc(pe_action_count(pe) + 1, sizeof(*w->done));
	if (!w->on || !w->done)
		abort();
	for (size_t i = 0; i < pe_resource_count(pe); i++) {
		const struct pe_resource *r = pe_resource_at(pe, i);

		for (size_t n = 0; n < r->running_count; n++)
			w->on[i] |= 1U << r->running[n];
	}
}

static void
fenced(struct walk *w, size_t node)
{
	for (size_t i = 0; i < pe_resource_count(w->pe); i++)
		w->on[i] &= ~(1U << node);
}

void
walk_step(void *walk, const struct pe *pe, size_t action, bool failed, int rc)
{
	struct walk *w = walk;
	const struct pe_action *a = pe_action_at(pe, action);
	const struct pe_resource *r =
	    a->resource == PE_NONE ? NULL : pe_resource_at(pe, a->resource);

	(void)rc;
	w->step_count++;
	w->done[action] = true;
	for (size_t i = 0; i < a->input_count; i++)
		if (!w->done[a->input[i]])
			breaks(w->verdict, "%s was done before %s", a->key,
			    pe_action_at(pe, a->input[i])->key);
	if (a->fencing)
		fenced(w, a->node);
	if (failed || !r || !is_leaf(r) || a->node == PE_NONE)
		return;
	uint32_t bit = 1U << a->node, *on = &w->on[a->resource];

	if (same(a->task, "stop") || (same(a->task, "migrate_to") && !a->pseudo))
		*on &= ~bit;
	else if (same(a->task, "start") || same(a->task, "migrate_from")) {
		if (*on & ~bit && r->managed)
			breaks(w->verdict, "%s is started on %s while it runs elsewhere",
			    r->id, node_name(pe, a->node));
		*on |= bit;
	}
}

void
walk_end(struct walk *w)
{
	free(w->on);
	free(w->done);
}
