/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The constraints section of profile P: sets, patterns, templates, tags (spec 12.6). */
#include "crm/common/pattern.h"
#include "crm/pengine/private.h"

/* Whom an id means: a resource, or all of a tag or a template. */

static void
template_members(struct pe *pe, const char *id, struct members *m)
{
	TABLE_EACH (&pe->by_id, e) {
		struct rsc *rsc = (struct rsc *)(uintptr_t)e->value;

		if (same(xml_get(rsc->xml, "template"), id) && rsc->number < 0)
			ARENA_PUSH(&pe->arena, m, rsc, rsc);
	}
}

static void
tag_members(struct pe *pe, const char *id, struct members *m)
{
	XML_EACH (xml_child(xml_child(pe->cib, "configuration"), "tags"), "tag", tag) {
		if (!xml_get(tag, "id") || strcmp(xml_get(tag, "id"), id) != 0)
			continue;
		XML_EACH (tag, "obj_ref", ref) {
			struct rsc *rsc = rsc_find(pe, xml_get(ref, "id"));

			if (rsc)
				ARENA_PUSH(&pe->arena, m, rsc, rsc);
		}
	}
}

struct members
members_of(struct pe *pe, const xmlNode *xml, const char *name)
{
	const char *id = xml_get(xml, name);
	struct members m = { 0 };
	struct rsc *rsc = id ? rsc_find(pe, id) : NULL;

	if (rsc)
		ARENA_PUSH(&pe->arena, &m, rsc, rsc);
	else if (id) {
		template_members(pe, id, &m);
		tag_members(pe, id, &m);
	}
	if (m.rsc_count == 0)
		constraint_say_p(pe, xml, id);
	return m;
}

struct rsc_set
set_read(struct pe *pe, const xmlNode *ref)
{
	const xmlNode *xml = xml_deref(pe, ref);
	struct rsc_set s = { .xml = xml, .sequential = true };
	const char *text = xml_get(xml, "sequential");

	s.sequential_given = text != NULL;
	value_assign_bool(text, &s.sequential);
	s.role = role_parse(xml_get(xml, "role"));
	s.action = xml_get(xml, "action");
	XML_EACH (xml, "resource_ref", it) {
		struct members m = members_of(pe, it, "id");

		for (size_t i = 0; i < m.rsc_count; i++)
			ARENA_PUSH(&pe->arena, &s.m, rsc, m.rsc[i]);
		if (m.rsc_count > 1 && !s.sequential_given)
			s.sequential = false;
	}
	return s;
}

/* Location. */

static int
rule_score(struct pe *pe, const xmlNode *rule, const struct rule_input *in)
{
	const char *text = xml_get(rule, "score"), *name;

	(void)pe;
	if (text)
		return score_parse(text);
	name = xml_get(rule, "score-attribute");
	if (!name)
		return 0;
	text = table_get(&in->node->attrs, rule_name(pe, name, in));
	return text ? score_parse(text) : -INF;
}

static void
location_rule(struct pe *pe, const xmlNode *xml, struct rsc *rsc, const xmlNode *ref,
    const struct rule_input *found, int discovery)
{
	const xmlNode *rule = xml_deref(pe, ref);
	const char *role = xml_get(rule, "role");
	bool or = same(xml_get(rule, "boolean-op"), "or");
	const char *id = xml_get(rule, "id");

	if (!role)
		role = xml_get(xml, "role");
	if (role && role_parse(role) == ROLE_UNKNOWN) {
		pe_say(pe, PE_ERROR, true, "Rule %s: unknown role %s", id, role);
		return;
	}
	struct location *l = location_new(pe, id ? id : xml_get(xml, "id"), rsc);

	l->role = role_parse(role);
	if (l->role == ROLE_SLAVE)
		l->role = ROLE_UNKNOWN;
	l->discovery = discovery;
	l->last_first = ! or ;
	for (size_t i = 0; i < pe->node_count; i++) {
		struct rule_input in = *found;

		in.node = pe->node[i];
		in.rsc = rsc;
		if (!rule_holds(pe, rule, &in))
			continue;
		int score = rule_score(pe, rule, &in);

		location_entry_add(pe, l, pe->node[i],
		    or ? score_add(pe->node[i]->score, score) : score);
	}
}

static void
location_one(struct pe *pe, const xmlNode *xml, struct rsc *rsc, enum role set_role,
    const char *set_score, const struct rule_input *found)
{
	const char *uname = xml_get(xml, "node"), *score = xml_get(xml, "score");
	const char *text = xml_get(xml, "resource-discovery");
	int discovery = same(text, "never") ? 'n' : same(text, "exclusive") ? 'e' : 0;

	if (!score)
		score = set_score;
	if (uname && score) {
		struct node *node = node_by_uname(pe, uname);
		enum role role = role_parse(xml_get(xml, "role"));

		if (!node)
			return;
		if (set_role != ROLE_UNKNOWN)
			role = set_role;
		struct location *l = location_new(pe, xml_get(xml, "id"), rsc);

		l->role =
		    role == ROLE_STARTED || role == ROLE_SLAVE ? ROLE_UNKNOWN : role;
		l->discovery = discovery;
		location_entry_add(pe, l, node, score_parse(score));
		return;
	}
	XML_EACH (xml, "rule", rule)
		location_rule(pe, xml, rsc, rule, found, discovery);
}

static void
location_pattern(struct pe *pe, const xmlNode *xml, const char *pattern)
{
	bool invert = *pattern == '!';
	regex_t regex;
	regmatch_t match[10];

	if (pattern_compile(&regex, pattern + invert, 0) != 0) {
		pe_say(pe, PE_ERROR, true,
		    "Constraint '%s': '%s' is no regular expression", xml_get(xml, "id"),
		    pattern);
		return;
	}
	for (size_t i = 0; i < pe->rsc_count; i++) {
		bool hit = regexec(&regex, pe->rsc[i]->id, 10, match, 0) == 0;
		struct rule_input in = { .match = match, .match_count = invert ? 0 : 10 };

		if (hit != invert)
			location_one(pe, xml, pe->rsc[i], ROLE_UNKNOWN, NULL, &in);
	}
	regfree(&regex);
}

static void
location_read(struct pe *pe, const xmlNode *xml)
{
	const char *pattern = xml_get(xml, "rsc-pattern");
	struct rule_input none = { 0 };
	bool sets = false;

	if (pattern) {
		location_pattern(pe, xml, pattern);
		return;
	}
	XML_EACH (xml, "resource_set", it) {
		struct rsc_set s = set_read(pe, it);

		sets = true;
		for (size_t i = 0; i < s.m.rsc_count; i++)
			location_one(pe, xml, s.m.rsc[i], s.role, xml_get(s.xml, "score"),
			    &none);
	}
	if (sets)
		return;
	struct members m = members_of(pe, xml, "rsc");

	for (size_t i = 0; i < m.rsc_count; i++)
		location_one(pe, xml, m.rsc[i], ROLE_UNKNOWN, NULL, &none);
}

/* Colocation. */

static enum role
role_condition(enum role role)
{
	return role == ROLE_STARTED ? ROLE_UNKNOWN : role;
}

struct together {
	const xmlNode *xml;
	const char *id, *attribute, *influence;
	int score;
};

static void
colocate_pair(struct pe *pe, const struct together *t, struct rsc *d, enum role d_role,
    struct rsc *q, enum role q_role)
{
	struct colocation *c;

	if (t->score == 0)
		return;
	c = colocation_new(pe, t->id, d, role_condition(d_role), q,
	    role_condition(q_role), t->attribute, t->score);
	c->influence = d->critical;
	value_assign_bool(t->influence, &c->influence);
	if (t->score <= -INF)
		anti_colocation_order(pe, d, q, d_role, q_role);
}

static void
set_within(struct pe *pe, const struct together *t, const struct rsc_set *s)
{
	struct together own = *t;
	const char *score = xml_get(s->xml, "score");
	bool listed = same(xml_get(s->xml, "ordering"), "listed");

	if (score)
		own.score = score_parse(score);
	if (!s->sequential)
		return;
	for (size_t i = 1; i < s->m.rsc_count; i++) {
		if (own.score > 0 && listed)
			colocate_pair(pe, &own, s->m.rsc[i - 1], s->role, s->m.rsc[i],
			    s->role);
		else if (own.score > 0)
			colocate_pair(pe, &own, s->m.rsc[i], s->role, s->m.rsc[i - 1],
			    s->role);
		for (size_t n = 0; own.score < 0 && n < i; n++)
			colocate_pair(pe, &own, s->m.rsc[i], s->role, s->m.rsc[n],
			    s->role);
	}
}

static void
set_with(struct pe *pe, const struct together *t, const struct rsc_set *x,
    const struct rsc_set *y)
{
	size_t x_end = x->sequential && x->m.rsc_count ? 1 : x->m.rsc_count;
	size_t y_begin = y->sequential && y->m.rsc_count ? y->m.rsc_count - 1 : 0;

	for (size_t i = 0; i < x_end; i++)
		for (size_t n = y_begin; n < y->m.rsc_count; n++)
			colocate_pair(pe, t, x->m.rsc[i], x->role, y->m.rsc[n], y->role);
}

static void
colocation_read(struct pe *pe, const xmlNode *xml)
{
	struct together t = { xml, xml_get(xml, "id"), xml_get(xml, "node-attribute"),
		xml_get(xml, "influence"), INF };
	struct rsc_set before = { 0 };
	const char *score = xml_get(xml, "score");
	bool sets = false;

	if (score)
		t.score = score_parse(score);
	XML_EACH (xml, "resource_set", it) {
		struct rsc_set s = set_read(pe, it);
		struct together within = t;

		within.id = xml_get(s.xml, "id") ? xml_get(s.xml, "id") : t.id;
		set_within(pe, &within, &s);
		if (sets)
			set_with(pe, &t, &before, &s);
		sets = true;
		before = s;
	}
	if (sets)
		return;
	if (!score)
		t.score = 0;
	struct members d = members_of(pe, xml, "rsc"),
	               q = members_of(pe, xml, "with-rsc");

	for (size_t i = 0; i < d.rsc_count; i++)
		for (size_t n = 0; n < q.rsc_count; n++)
			colocate_pair(pe, &t, d.rsc[i],
			    role_parse(xml_get(xml, "rsc-role")), q.rsc[n],
			    role_parse(xml_get(xml, "with-rsc-role")));
}

/* Node health (spec 12.1): a location for everything. */

static int
health_value(struct pe *pe, const char *color)
{
	const char *strategy = pe->opt.health_strategy, *text;
	bool red = same(color, "red"), green = same(color, "green");

	if (same(strategy, "migrate-on-red"))
		return red ? -INF : 0;
	if (same(strategy, "only-green"))
		return green ? 0 : -INF;
	if (!same(strategy, "progressive") && !same(strategy, "custom"))
		return 0;
	text = table_get(&pe->options, arena_printf(&pe->arena, "node-health-%s", color));
	return text ? score_parse(text) : red ? -INF : 0;
}

static int
health_of(struct pe *pe, const struct node *node)
{
	int health = 0;

	if (same(pe->opt.health_strategy, "progressive"))
		health = score_parse(table_get(&pe->options, "node-health-base"));
	TABLE_EACH (&node->attrs, e) {
		const char *value = e->value;

		if (strncmp(e->name, "#health", 7) != 0)
			continue;
		bool color =
		    same(value, "red") || same(value, "yellow") || same(value, "green");

		health = score_add(health,
		    color ? health_value(pe, value) : score_parse(value));
	}
	return health;
}

static void
health_read(struct pe *pe)
{
	if (same(pe->opt.health_strategy, "none"))
		return;
	for (size_t i = 0; i < pe->node_count; i++) {
		int health = health_of(pe, pe->node[i]);

		for (size_t r = 0; health != 0 && r < pe->rsc_count; r++) {
			struct rsc *rsc = pe->rsc[r];

			if (health < 0 &&
			    value_is_true(table_get(&rsc->meta, "allow-unhealthy-nodes")))
				continue;
			struct location *l = location_new(pe, "node-health", rsc);

			l->implied = true;
			location_entry_add(pe, l, pe->node[i], health);
		}
	}
}

void
constraints_read_p(struct pe *pe)
{
	const xmlNode *section =
	    xml_child(xml_child(pe->cib, "configuration"), "constraints");

	health_read(pe);
	XML_EACH (section, NULL, xml) {
		const xmlNode *lifetime = xml_child(xml, "lifetime");

		if (!xml_get(xml, "id") ||
		    (lifetime && !rules_allow(pe, lifetime, &(struct rule_input){ 0 })))
			continue;
		if (xml_is(xml, "rsc_location"))
			location_read(pe, xml);
		else if (xml_is(xml, "rsc_colocation"))
			colocation_read(pe, xml);
		else if (xml_is(xml, "rsc_order"))
			order_read_p(pe, xml);
	}
}
