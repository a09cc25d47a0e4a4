/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources and constraints. */
#include "tests/crm/draw.h"

#include "crm/cib/path.h"

#include <string.h>

static void
draw_op(struct draw *d, xmlNode *operations, const char *name, const char *interval)
{
	static const char *const ways[] = { "restart", "ignore", "block", "stop",
		"fence" };
	xmlNode *op = draw_child(operations, "op");

	draw_attr(d, op, "id", "o%u", d->ids++);
	draw_attr(d, op, "name", "%s", name);
	draw_attr(d, op, "interval", "%s", interval);
	if (draw_percent(d, 40))
		draw_attr(d, op, "timeout", "%us", 10U + (unsigned)draw_below(d, 50));
	if (draw_percent(d, 10)) {
		const char *way = DRAW_PICK(d, ways);

		/* After a stop that failed a resource is not simply started again.  In H, after who is
		 * blocked everything is started again and again. */
		if (strcmp(name, "stop") == 0)
			way = draw_percent(d, 50) ? "fence" : "block";
		if (!d->in_h || strcmp(way, "block") != 0)
			draw_attr(d, op, "on-fail", "%s", way);
	}
}

static void
draw_role_op(struct draw *d, xmlNode *operations, const char *interval, const char *role)
{
	draw_op(d, operations, "monitor", interval);
	draw_attr(d, operations->last, "role", "%s", role);
}

static xmlNode *
draw_primitive(struct draw *d, xmlNode *parent, const char *id, bool promotable)
{
	xmlNode *xml = draw_child(parent, "primitive");
	xmlNode *operations = draw_child(xml, "operations");

	draw_attr(d, xml, "id", "%s", id);
	draw_attr(d, xml, "class", "ocf");
	draw_attr(d, xml, "provider", "heartbeat");
	draw_attr(d, xml, "type", promotable ? "Stateful" : "Dummy");
	if (promotable && draw_percent(d, 70)) {
		draw_role_op(d, operations, "10s", "Master");
		draw_role_op(d, operations, "11s", "Slave");
	} else if (draw_percent(d, 70))
		draw_op(d, operations, "monitor", "10s");
	if (draw_percent(d, 20))
		draw_op(d, operations, "start", "0");
	if (draw_percent(d, 20))
		draw_op(d, operations, "stop", "0");
	if (draw_percent(d, 25))
		draw_pair(d, draw_set(d, xml, "instance_attributes"), "ip", "10.0.0.%u",
		    (unsigned)draw_below(d, 250));
	if (!promotable && draw_percent(d, 15))
		draw_meta(d, xml, "allow-migrate", "true");
	if (!d->in_h && draw_percent(d, 15))
		draw_meta(d, xml, "migration-threshold", draw_percent(d, 50) ? "1" : "3");
	if (d->leaf_count < DRAW_LEAF_MAX)
		snprintf(d->leaf[d->leaf_count++], sizeof(d->leaf[0]), "%s", id);
	return xml;
}

static xmlNode *
draw_group(struct draw *d, xmlNode *parent, const char *id, bool promotable)
{
	xmlNode *xml = draw_child(parent, "group");
	char name[16];

	draw_attr(d, xml, "id", "%s", id);
	for (uint64_t n = 0, count = 1 + draw_below(d, 3); n < count; n++) {
		snprintf(name, sizeof(name), "%.8s-%u", id, (unsigned)n);
		draw_primitive(d, xml, name, promotable);
	}
	return xml;
}

static void
draw_clone(struct draw *d, struct draw_rsc *rsc, xmlNode *resources)
{
	bool promotable = rsc->kind == DRAW_PROMOTABLE;
	char name[16], number[16];

	rsc->xml =
	    draw_child(resources, promotable && d->in_h ? "master_slave" : "clone");
	draw_attr(d, rsc->xml, "id", "%s", rsc->id);
	snprintf(name, sizeof(name), "%.8s-m", rsc->id);
	rsc->group_inside = !d->in_h && draw_percent(d, promotable ? 10 : 25);
	if (rsc->group_inside)
		draw_group(d, rsc->xml, name, promotable);
	else
		draw_primitive(d, rsc->xml, name, promotable);
	if (promotable && !d->in_h)
		draw_meta(d, rsc->xml, "promotable", "true");
	if (promotable && draw_percent(d, 20))
		draw_meta(d, rsc->xml, d->in_h ? "master-max" : "promoted-max", "2");
	if (draw_percent(d, 50)) {
		snprintf(number, sizeof(number), "%u",
		    1U + (unsigned)draw_below(d, d->node_count));
		draw_meta(d, rsc->xml, "clone-max", number);
	} else
		d->clones_open = true;
	if (draw_percent(d, 20))
		draw_meta(d, rsc->xml, "globally-unique", "true");
	else if (d->in_h || draw_percent(d, 30))
		draw_meta(d, rsc->xml, "globally-unique", "false");
	if (!d->in_h && draw_percent(d, 10))
		draw_meta(d, rsc->xml, "clone-node-max", "2");
	if (draw_percent(d, 25))
		draw_meta(d, rsc->xml, "notify", "true");
	if (draw_percent(d, 30))
		draw_meta(d, rsc->xml, "interleave", "true");
	if (draw_percent(d, 15))
		draw_meta(d, rsc->xml, "ordered", "true");
}

static void
draw_wishes(struct draw *d, struct draw_rsc *rsc)
{
	char number[16];

	if (draw_percent(d, 5))
		draw_meta(d, rsc->xml, "target-role", "Stopped");
	if (draw_percent(d, 3))
		draw_meta(d, rsc->xml, "is-managed", "false");
	if (draw_percent(d, 12)) {
		snprintf(number, sizeof(number), "%u", (unsigned)draw_below(d, 20));
		draw_meta(d, rsc->xml, "priority", number);
	}
	if (draw_percent(d, 12)) {
		snprintf(number, sizeof(number), "%d", (int)draw_below(d, 200));
		draw_meta(d, rsc->xml, "resource-stickiness", number);
	}
}

static void
draw_top(struct draw *d, xmlNode *resources)
{
	static const enum draw_kind kinds[] = { DRAW_PRIMITIVE, DRAW_PRIMITIVE,
		DRAW_PRIMITIVE, DRAW_PRIMITIVE, DRAW_GROUP, DRAW_GROUP, DRAW_CLONE,
		DRAW_CLONE, DRAW_PROMOTABLE };
	struct draw_rsc *rsc = &d->top[d->top_count];

	snprintf(rsc->id, sizeof(rsc->id), "r%zu", d->top_count++);
	rsc->kind = DRAW_PICK(d, kinds);
	if (rsc->kind == DRAW_PRIMITIVE)
		rsc->xml = draw_primitive(d, resources, rsc->id, false);
	else if (rsc->kind == DRAW_GROUP)
		rsc->xml = draw_group(d, resources, rsc->id, false);
	else
		draw_clone(d, rsc, resources);
	draw_wishes(d, rsc);
}

void
draw_resources(struct draw *d, xmlNode *resources)
{
	for (uint64_t left = 1 + draw_below(d, DRAW_TOP_MAX - 1); left; left--)
		draw_top(d, resources);
	if (!d->stonith || d->in_h)
		return;
	struct draw_rsc *rsc = &d->top[d->top_count++];

	snprintf(rsc->id, sizeof(rsc->id), "fencing");
	rsc->kind = DRAW_PRIMITIVE;
	rsc->xml = draw_child(resources, "primitive");
	draw_attr(d, rsc->xml, "id", "%s", rsc->id);
	draw_attr(d, rsc->xml, "class", "stonith");
	draw_attr(d, rsc->xml, "type", "external/ssh");
}

/* Constraints. */

static const char *const scores[] = { "INFINITY", "-INFINITY", "100", "-100", "INFINITY",
	"10" };

static void
draw_location(struct draw *d, xmlNode *constraints)
{
	const struct draw_rsc *rsc = &d->top[draw_below(d, d->top_count)];
	xmlNode *xml = draw_child(constraints, "rsc_location");

	draw_attr(d, xml, "id", "c%u", d->ids++);
	draw_attr(d, xml, "rsc", "%s", rsc->id);
	if (draw_percent(d, 60)) {
		draw_attr(d, xml, "node", "%s", d->node[draw_below(d, d->node_count)]);
		draw_attr(d, xml, "score", "%s", DRAW_PICK(d, scores));
		return;
	}
	xmlNode *rule = draw_child(xml, "rule"),
	        *expression = draw_child(rule, "expression");

	draw_attr(d, rule, "id", "u%u", d->ids++);
	draw_attr(d, rule, "score", "%s", DRAW_PICK(d, scores));
	draw_attr(d, rule, "boolean-op", "and");
	if (rsc->kind == DRAW_PROMOTABLE && draw_percent(d, 60))
		draw_attr(d, rule, "role", "Master");
	draw_attr(d, expression, "id", "e%u", d->ids++);
	draw_attr(d, expression, "operation", draw_percent(d, 60) ? "eq" : "ne");
	if (draw_percent(d, 50)) {
		draw_attr(d, expression, "attribute", "colour");
		draw_attr(d, expression, "value", "red");
	} else {
		draw_attr(d, expression, "attribute", "#uname");
		draw_attr(d, expression, "value", "%s",
		    d->node[draw_below(d, d->node_count)]);
	}
}

/* Two different ones, the one drawn earlier first. */
static bool
two(struct draw *d, const struct draw_rsc **a, const struct draw_rsc **b)
{
	size_t x = draw_below(d, d->top_count), y = draw_below(d, d->top_count);

	if (x == y)
		return false;
	*a = &d->top[x < y ? x : y];
	*b = &d->top[x < y ? y : x];
	return true;
}

static void
draw_colocation(struct draw *d, xmlNode *constraints)
{
	const struct draw_rsc *with, *rsc;

	const char *score = DRAW_PICK(d, scores);

	if (!two(d, &with, &rsc) || (d->in_h && strcmp(score, "INFINITY") != 0) ||
	    (with->kind >= DRAW_CLONE && rsc->kind >= DRAW_CLONE && *score == '-'))
		return;
	xmlNode *xml = draw_child(constraints, "rsc_colocation");

	draw_attr(d, xml, "id", "c%u", d->ids++);
	draw_attr(d, xml, d->in_h ? "from" : "rsc", "%s", rsc->id);
	draw_attr(d, xml, d->in_h ? "to" : "with-rsc", "%s", with->id);
	draw_attr(d, xml, "score", "%s", score);
	if (with->kind == DRAW_PROMOTABLE && draw_percent(d, 70))
		draw_attr(d, xml, d->in_h ? "to_role" : "with-rsc-role", "Master");
	if (rsc->kind == DRAW_PROMOTABLE && draw_percent(d, 50))
		draw_attr(d, xml, d->in_h ? "from_role" : "rsc-role", "Master");
}

static void
draw_order(struct draw *d, xmlNode *constraints)
{
	const struct draw_rsc *first, *then;

	if (!two(d, &first, &then))
		return;
	xmlNode *xml = draw_child(constraints, "rsc_order");
	/* H tells a clone of starts that an order forbids, for ever. */
	bool optional = draw_percent(d, 25) || (d->in_h && then->kind >= DRAW_CLONE);

	draw_attr(d, xml, "id", "c%u", d->ids++);
	if (d->in_h) {
		draw_attr(d, xml, "from", "%s", first->id);
		draw_attr(d, xml, "to", "%s", then->id);
		draw_attr(d, xml, "type", "before");
		if (optional)
			draw_attr(d, xml, "score", "0");
		if (first->kind == DRAW_PROMOTABLE && draw_percent(d, 60)) {
			draw_attr(d, xml, "action", "promote");
			draw_attr(d, xml, "to_action", "start");
		}
		return;
	}
	draw_attr(d, xml, "first", "%s", first->id);
	draw_attr(d, xml, "then", "%s", then->id);
	if (optional)
		draw_attr(d, xml, "kind", "Optional");
	if (first->kind == DRAW_PROMOTABLE && draw_percent(d, 60)) {
		draw_attr(d, xml, "first-action", "promote");
		draw_attr(d, xml, "then-action", "start");
	}
}

void
draw_constraint(struct draw *d, xmlNode *constraints)
{
	static void (*const kinds[])(struct draw *, xmlNode *) = { draw_location,
		draw_location, draw_colocation, draw_order, draw_order };

	DRAW_PICK(d, kinds)(d, constraints);
}

void
draw_constraints(struct draw *d, xmlNode *constraints)
{
	for (uint64_t left = draw_below(d, d->top_count + 2); left; left--)
		draw_constraint(d, constraints);
}
