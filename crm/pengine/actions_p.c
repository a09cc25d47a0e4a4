/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is configured about an operation, profile P (spec 12.3). */
#include "crm/pengine/private.h"

bool
op_enabled(const struct pe *pe, const xmlNode *op)
{
	const char *text = xml_get(op, "enabled");

	return pe->profile == PE_H ? !value_is_true(xml_get(op, "disabled"))
	                           : !text || value_is_true(text);
}

static bool
is_enabled(const xmlNode *op)
{
	const char *text = xml_get(op, "enabled");

	return !text || value_is_true(text);
}

static bool
key_is(struct pe *pe, const char *key, const char *id, const struct op *op)
{
	return id && same(key, key_of(pe, id, op->name, op->interval_ms));
}

const struct op *
op_find_p(struct pe *pe, const struct rsc *rsc, const char *key, const char *task)
{
	bool migrates = same(task, "migrate_to") || same(task, "migrate_from");

	for (size_t i = 0; i < rsc->op_count; i++)
		if (is_enabled(rsc->op[i].xml) &&
		    (key_is(pe, key, rsc->id, &rsc->op[i]) ||
		        key_is(pe, key, rsc->history_id, &rsc->op[i])))
			return &rsc->op[i];
	for (size_t i = 0; migrates && i < rsc->op_count; i++)
		if (is_enabled(rsc->op[i].xml) && same(rsc->op[i].name, "migrate"))
			return &rsc->op[i];
	return NULL;
}

/* It is configured, but switched off. */
static bool
is_disabled(struct pe *pe, const struct rsc *rsc, const char *key)
{
	for (size_t i = 0; i < rsc->op_count; i++)
		if (!op_enabled(pe, rsc->op[i].xml) &&
		    (key_is(pe, key, rsc->id, &rsc->op[i]) ||
		        key_is(pe, key, rsc->history_id, &rsc->op[i])))
			return true;
	return false;
}

static void
meta_read(struct pe *pe, const struct rsc *rsc, struct action *action,
    int64_t interval_ms)
{
	const xmlNode *defaults =
	    xml_child(xml_child(pe->cib, "configuration"), "op_defaults");
	struct rule_input in = { .rsc = rsc,
		.op_name = action->task,
		.op_interval_ms = interval_ms };
	struct table found;

	table_init(&found, &pe->arena);
	sets_read(pe, defaults, "meta_attributes", &in, &found);
	TABLE_EACH (&found, e)
		table_set(&action->meta, e->name, e->value);
	table_init(&found, &pe->arena);
	sets_read(pe, action->op_xml, "meta_attributes", &in, &found);
	TABLE_EACH (&found, e)
		table_set(&action->meta, e->name, e->value);
	for (const xmlAttr *a = action->op_xml ? action->op_xml->properties : NULL; a;
	     a = a->next)
		table_set(&action->meta, (const char *)a->name,
		    xml_get(action->op_xml, (const char *)a->name));
	table_set(&action->meta, "id", NULL);
}

static void
times_read(struct pe *pe, const struct rsc *rsc, struct action *action,
    int64_t interval_ms)
{
	const char *text = table_get(&action->meta, "timeout");
	int64_t timeout = text ? value_interval_ms(text) : 0;
	int64_t delay = value_interval_ms(table_get(&action->meta, "start-delay"));

	(void)rsc;
	if (timeout <= 0)
		timeout = 20000;
	if (interval_ms > 0)
		table_set(&action->meta, "interval",
		    arena_printf(&pe->arena, "%lld", (long long)interval_ms));
	else
		table_set(&action->meta, "interval", NULL);
	if (table_get(&action->meta, "start-delay"))
		table_set(&action->meta, "start-delay",
		    arena_printf(&pe->arena, "%lld", (long long)delay));
	table_set(&action->meta, "timeout",
	    arena_printf(&pe->arena, "%lld", (long long)timeout));
}

static enum needs
needs_of(const struct rsc *rsc, const struct action *action)
{
	if (!same(action->task, "start") && !same(action->task, "promote"))
		return NEEDS_NOTHING;
	return rsc->requires;
}

/* What a demote without its own word does: as the promoted's monitor. */
static const char *
demote_on_fail(struct pe *pe, const struct rsc *rsc)
{
	for (size_t i = 0; i < rsc->op_count; i++) {
		const struct op *op = &rsc->op[i];
		struct action a = { .task = op->name, .op_xml = op->xml };

		if (!same(op->name, "monitor") || op->interval_ms == 0 ||
		    !is_enabled(op->xml) ||
		    role_parse(xml_get(op->xml, "role")) != ROLE_MASTER)
			continue;
		table_init(&a.meta, &pe->arena);
		meta_read(pe, rsc, &a, op->interval_ms);
		const char *text = table_get(&a.meta, "on-fail");

		if (text && !same(text, "demote"))
			return text;
	}
	return NULL;
}

static bool
may_demote(const struct action *action, int64_t interval_ms)
{
	if (same(action->task, "promote"))
		return true;
	return interval_ms > 0 && same(action->task, "monitor") &&
	       role_parse(table_get(&action->meta, "role")) == ROLE_MASTER;
}

static void
on_fail_read(struct pe *pe, const struct rsc *rsc, struct action *action,
    int64_t interval_ms)
{
	const char *text = table_get(&action->meta, "on-fail");
	bool stop = same(action->task, "stop"), stops = false;

	if (!text && same(action->task, "demote"))
		text = demote_on_fail(pe, rsc);
	if (stop && (same(text, "standby") || same(text, "demote") || same(text, "stop")))
		text = NULL;
	if (same(text, "demote") && !may_demote(action, interval_ms))
		text = NULL;
	if (stop)
		action->on_fail = pe->opt.stonith ? FAIL_FENCE : FAIL_BLOCK;
	else
		action->on_fail = FAIL_RECOVER;
	if (same(text, "block"))
		action->on_fail = FAIL_BLOCK;
	else if (same(text, "fence")) {
		stops = !pe->opt.stonith;
		action->on_fail = stops ? FAIL_STOP : FAIL_FENCE;
	} else if (same(text, "standby"))
		action->on_fail = FAIL_STANDBY;
	else if (same(text, "ignore") || same(text, "nothing"))
		action->on_fail = FAIL_IGNORE;
	else if (same(text, "migrate"))
		action->on_fail = FAIL_MIGRATE;
	else if (same(text, "stop")) {
		stops = true;
		action->on_fail = FAIL_STOP;
	} else if (same(text, "restart"))
		action->on_fail = FAIL_RECOVER;
	else if (same(text, "demote"))
		action->on_fail = FAIL_DEMOTE;
	action->fail_role =
	    stops ? ROLE_STOPPED
	          : role_parse(table_get(&action->meta, "role_after_failure"));
	if (action->fail_role == ROLE_UNKNOWN)
		action->fail_role =
		    same(action->task, "promote") ? ROLE_SLAVE : ROLE_STARTED;
}

void
action_policy_p(struct pe *pe, struct rsc *rsc, struct action *action)
{
	const struct op *op = op_find_p(pe, rsc, action->key, action->task);
	const char *id, *task;
	int64_t interval_ms = 0;

	if (op)
		interval_ms = same(op->name, "migrate") ? 0 : op->interval_ms;
	else if (!key_parse(pe, action->key, &id, &task, &interval_ms))
		interval_ms = 0;
	action->op_xml = op ? op->xml : NULL;
	meta_read(pe, rsc, action, interval_ms);
	times_read(pe, rsc, action, interval_ms);
	action->needs = needs_of(rsc, action);
	on_fail_read(pe, rsc, action, interval_ms);
	if (!op && is_disabled(pe, rsc, action->key))
		action->on_fail = FAIL_IGNORE;
}
