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

/* Both halves of a migration, and all notifications, may be configured under one name. */
static const char *
common_name(const char *task)
{
	if (same(task, "migrate_to") || same(task, "migrate_from"))
		return "migrate";
	return same(task, "notify") || same(task, "notified") ? "notify" : NULL;
}

const struct op *
op_find_p(struct pe *pe, const struct rsc *rsc, const char *key, const char *task)
{
	const char *common = common_name(task);
	const struct op *op = op_of_key(pe, rsc, key, true);

	return op || !common ? op
	                     : op_of_key(pe, rsc, key_of(pe, rsc->id, common, 0), true);
}

/* Also one that is switched off says something about what is done all the same. */
static const struct op *
op_disabled(struct pe *pe, const struct rsc *rsc, const char *key, const char *task)
{
	const char *common = common_name(task);
	const struct op *op = op_of_key(pe, rsc, key, false);

	return op || !common ? op
	                     : op_of_key(pe, rsc, key_of(pe, rsc->id, common, 0), false);
}

/* A probe takes as long as what is asked most often. */
static const char *
probe_timeout(const struct pe *pe, const struct rsc *rsc)
{
	const struct op *shortest = NULL;

	for (size_t i = 0; i < rsc->op_count; i++) {
		const struct op *op = &rsc->op[i];

		if (same(op->name, "monitor") && op->interval_ms > 0 &&
		    op_enabled(pe, op->xml) &&
		    (!shortest || op->interval_ms < shortest->interval_ms))
			shortest = op;
	}
	return shortest ? xml_get(shortest->xml, "timeout") : NULL;
}

/* OP: what is configured, or NULL. */
static void
meta_read(struct pe *pe, const struct rsc *rsc, struct action *action, const xmlNode *op,
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
	sets_read(pe, op, "meta_attributes", &in, &found);
	const char *timeout = xml_get(op, "timeout");

	if (!timeout)
		timeout = table_get(&found, "timeout");
	if (!timeout && interval_ms == 0 && same(action->task, "monitor"))
		timeout = probe_timeout(pe, rsc);
	TABLE_EACH (&found, e)
		table_set(&action->meta, e->name, e->value);
	for (const xmlAttr *a = op ? op->properties : NULL; a; a = a->next)
		table_set(&action->meta, (const char *)a->name,
		    xml_get(op, (const char *)a->name));
	if (timeout)
		table_set(&action->meta, "timeout", timeout);
	table_set(&action->meta, "id", NULL);
	/* Half a migration must be seen, lest it be begun anew. */
	if (same(action->task, "migrate_to"))
		table_add(&action->meta, "record-pending", "true");
}

/* How long until INTERVAL_MS, counted from the origin in either direction, is full again. */
static int64_t
origin_delay_ms(const struct pe *pe, const struct date *origin, int64_t interval_ms)
{
	int64_t since_ms = (pe->now.seconds - origin->seconds) * 1000 % interval_ms;

	if (since_ms < 0)
		since_ms += interval_ms;
	return since_ms == 0 ? 0 : interval_ms - since_ms;
}

static void
times_read(struct pe *pe, struct action *action, int64_t interval_ms)
{
	const char *text = table_get(&action->meta, "timeout");
	int64_t timeout = text ? value_interval_ms(text) : 0;
	int64_t delay = value_interval_ms(table_get(&action->meta, "start-delay"));
	bool delayed = table_get(&action->meta, "start-delay");
	struct date origin;

	if (!delayed && interval_ms > 0 &&
	    date_parse(table_get(&action->meta, "interval-origin"), &origin, NULL) == 0) {
		delay = origin_delay_ms(pe, &origin, interval_ms);
		delayed = true;
	}
	/* "0" means just that; what is no time means the default. */
	if (timeout <= 0 && (!text || !*text || value_ms(text) != 0))
		timeout = 20000;
	if (interval_ms > 0)
		table_set(&action->meta, "interval",
		    arena_printf(&pe->arena, "%lld", (long long)interval_ms));
	else
		table_set(&action->meta, "interval", NULL);
	if (delayed)
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
		    !op_enabled(pe, op->xml) ||
		    role_parse(xml_get(op->xml, "role")) != ROLE_MASTER)
			continue;
		table_init(&a.meta, &pe->arena);
		meta_read(pe, rsc, &a, op->xml, op->interval_ms);
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
	if (stop &&
	    (same(text, "standby") || same(text, "demote") || same(text, "stop"))) {
		pe_say(pe, PE_ERROR, true,
		    "Resetting 'on-fail' for %s stop action to default value because "
		    "'%s' is not allowed for stop",
		    rsc->id, text);
		text = NULL;
	}
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
	const struct op *off =
	    op ? NULL : op_disabled(pe, rsc, action->key, action->task);
	const struct op *told = op ? op : off;
	const char *id, *task;
	int64_t interval_ms = 0;

	if (told)
		interval_ms = told->interval_ms;
	else if (!key_parse(pe, action->key, &id, &task, &interval_ms))
		interval_ms = 0;
	action->op_xml = op ? op->xml : NULL;
	meta_read(pe, rsc, action, told ? told->xml : NULL, interval_ms);
	times_read(pe, action, interval_ms);
	action->needs = needs_of(rsc, action);
	on_fail_read(pe, rsc, action, interval_ms);
}
