/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations of a history in the order in which they were done, and where the resource's present
 * life on the node begins (spec 4.7, 12.4). */
#include "crm/pengine/private.h"

#include <stdio.h>
#include <stdlib.h>

/* Who ordered it. */

bool
transition_key_read(const struct pe *pe, const char *text, struct transition_key *key)
{
	int first, second, len = 0;

	key->expected = -1;
	if (!text || sscanf(text, "%d:%n", &first, &len) != 1 || !len)
		return false;
	text += len;
	key->transition = first;
	/* ACTION:TRANSITION:...; old ones leave the action out. */
	if (sscanf(text, "%d:%n", &second, &len) == 1 &&
	    text[strspn(text, "0123456789-")] == ':') {
		key->transition = second;
		text = strchr(text, ':') + 1;
	} else if (pe->profile == PE_P)
		return false;
	if (pe->profile == PE_P && sscanf(text, "%d:%n", &second, &len) == 1 &&
	    text[strspn(text, "0123456789-")] == ':') {
		key->expected = second;
		text = strchr(text, ':') + 1;
	}
	key->uuid = text;
	return true;
}

/* What each dialect calls it. */
static const char *
field(const struct pe *pe, const xmlNode *op, const char *in_p, const char *in_h)
{
	return xml_get(op, pe->profile == PE_P ? in_p : in_h);
}

static bool
magic_read(const struct pe *pe, const xmlNode *op, struct transition_key *key)
{
	const char *magic = field(pe, op, "transition-magic", "transition_magic");
	const char *semicolon = magic ? strchr(magic, ';') : NULL;

	return semicolon && transition_key_read(pe, semicolon + 1, key);
}

/* Order. */

static long long
changed_at(const xmlNode *op)
{
	const char *text = xml_get(op, "last-rc-change");

	return text ? strtoll(text, NULL, 10) : -1;
}

static int
op_compare(const struct pe *pe, const xmlNode *a, const xmlNode *b)
{
	int a_call = value_int(field(pe, a, "call-id", "call_id"), -1);
	int b_call = value_int(field(pe, b, "call-id", "call_id"), -1);
	struct transition_key x, y;

	if (a_call >= 0 && b_call >= 0 && a_call != b_call)
		return a_call < b_call ? -1 : 1;
	if (a_call == -1 && b_call == -1)
		return 0;
	/* P keeps the last failure of an operation beside its last run. */
	if (pe->profile == PE_P && a_call >= 0 && b_call >= 0)
		return (changed_at(a) > changed_at(b)) - (changed_at(a) < changed_at(b));
	if (!magic_read(pe, a, &x) || !magic_read(pe, b, &y))
		return 0;
	if (same(x.uuid, y.uuid) && x.transition != y.transition) {
		if (x.transition == -1)
			return 1;
		if (y.transition == -1)
			return -1;
		return x.transition < y.transition ? -1 : 1;
	}
	return a_call == -1 ? 1 : b_call == -1 ? -1 : 0;
}

/* Where it begins: its start, or what tells that there was one. */

static bool
is_stop(const struct pe *pe, const xmlNode *op)
{
	return same(xml_get(op, "operation"), "stop") &&
	       value_int(field(pe, op, "op-status", "op_status"), -1) == 0;
}

static void
life_find_h(const struct pe *pe, struct recorded *r)
{
	for (int i = 0; i < (int)r->op_count; i++) {
		const xmlNode *op = r->op[i];
		const char *task = xml_get(op, "operation");
		int rc = value_int(xml_get(op, "rc_code"), -1);

		if (is_stop(pe, op))
			r->stop_index = i;
		else if (same(task, "start"))
			r->start_index = i;
		else if (r->start_index <= r->stop_index && same(task, "monitor") &&
		         (rc == 0 || rc == 8))
			r->start_index = i;
	}
}

static void
life_find_p(const struct pe *pe, struct recorded *r)
{
	int implied_monitor = -1, implied_master = -1;

	for (int i = 0; i < (int)r->op_count; i++) {
		const xmlNode *op = r->op[i];
		const char *task = xml_get(op, "operation"), *rc = xml_get(op, "rc-code");

		if (is_stop(pe, op))
			r->stop_index = i;
		else if (same(task, "start") || same(task, "migrate_from"))
			r->start_index = i;
		else if (same(task, "monitor")) {
			/* The first one since it stopped. */
			if (implied_monitor <= r->stop_index &&
			    (same(rc, "0") || same(rc, "190")))
				implied_monitor = i;
		} else if (same(task, "promote") || same(task, "demote"))
			implied_master = i;
	}
	if (r->start_index == -1)
		r->start_index = implied_master != -1 ? implied_master : implied_monitor;
}

void
recorded_read(struct pe *pe, const xmlNode *lrm_resource, struct recorded *r)
{
	*r = (struct recorded){ .start_index = -1, .stop_index = -1 };
	XML_EACH (lrm_resource, "lrm_rsc_op", op) {
		size_t at;

		ARENA_PUSH(&pe->arena, r, op, op);
		for (at = r->op_count - 1;
		     at > 0 && op_compare(pe, op, r->op[at - 1]) < 0; at--)
			r->op[at] = r->op[at - 1];
		r->op[at] = op;
	}
	if (pe->profile == PE_P)
		life_find_p(pe, r);
	else
		life_find_h(pe, r);
}

void
recurring_note(struct pe *pe, struct rsc *rsc, struct node *node,
    const struct recorded *r)
{
	int first = pe->profile == PE_P ? r->start_index : r->start_index + 1;

	if (!node->online || r->start_index < r->stop_index)
		return;
	for (int i = first < 0 ? 0 : first; i < (int)r->op_count; i++) {
		const xmlNode *op = r->op[i];
		int64_t ms = value_int(xml_get(op, "interval"), 0);
		const char *task = xml_get(op, "operation");

		if (ms > 0 && task &&
		    value_int(field(pe, op, "op-status", "op_status"), -1) != -1)
			action_make(pe, rsc, key_of(pe, rsc->id, task, ms), task, node,
			    true);
	}
}
