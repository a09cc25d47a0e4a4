/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What profile P says about a configuration that is read and then used all the same: options with values that mean
 * nothing, fencing without devices, failures that are recorded (spec/crm-tools.md 8).  The texts are those
 * that people and the crm shell know.
 */
#include "crm/pengine/private.h"

#include "crm/common/agentcodes.h"
#include "lib/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Options. */

static bool
is_bool(const char *text)
{
	return value_bool(text) >= 0;
}

static bool
is_time(const char *text)
{
	/* What is unreadable is 0, too, but does not say so. */
	return value_ms(text) >= 0 || value_interval_ms(text) > 0;
}

static bool
is_integer(const char *text)
{
	char *end;

	strtol(text, &end, 10);
	return end != text && *end == '\0';
}

static bool
is_score(const char *text)
{
	const char *word = text + (*text == '-' || *text == '+');

	return same(word, "INFINITY") || same(text, "red") || same(text, "yellow") ||
	       same(text, "green") || is_integer(text);
}

static const struct {
	const char *name;
	bool (*fits)(const char *text); /* NULL: one of the words */
	const char *words;
} known[] = {
	/* clang-format off */
	{ "no-quorum-policy", NULL, "stop freeze ignore demote suicide" },
	{ "symmetric-cluster", is_bool, NULL },
	{ "maintenance-mode", is_bool, NULL },
	{ "start-failure-is-fatal", is_bool, NULL },
	{ "enable-startup-probes", is_bool, NULL },
	{ "shutdown-lock", is_bool, NULL },
	{ "shutdown-lock-limit", is_time, NULL },
	{ "stonith-enabled", is_bool, NULL },
	{ "stonith-action", NULL, "reboot off poweroff" },
	{ "stonith-timeout", is_time, NULL },
	{ "have-watchdog", is_bool, NULL },
	{ "concurrent-fencing", is_bool, NULL },
	{ "startup-fencing", is_bool, NULL },
	{ "priority-fencing-delay", is_time, NULL },
	{ "cluster-delay", is_time, NULL },
	{ "batch-limit", is_integer, NULL },
	{ "migration-limit", is_integer, NULL },
	{ "stop-all-resources", is_bool, NULL },
	{ "stop-orphan-resources", is_bool, NULL },
	{ "stop-orphan-actions", is_bool, NULL },
	{ "remove-after-stop", is_bool, NULL },
	{ "pe-error-series-max", is_integer, NULL },
	{ "pe-warn-series-max", is_integer, NULL },
	{ "pe-input-series-max", is_integer, NULL },
	{ "node-health-strategy", NULL, "none migrate-on-red only-green progressive custom" },
	{ "node-health-base", is_score, NULL },
	{ "node-health-green", is_score, NULL },
	{ "node-health-yellow", is_score, NULL },
	{ "node-health-red", is_score, NULL },
	{ "placement-strategy", NULL, "default utilization minimal balanced" },
	/* clang-format on */
};

/* Whether WORD is one of WORDS, in any case. */
static bool
is_among(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t next = strcspn(at, " ");

		if (next == len && strncasecmp(at, word, len) == 0)
			return true;
		at += next;
	}
	return false;
}

static bool
option_fits(size_t i, const char *text)
{
	return known[i].fits ? known[i].fits(text) : is_among(text, known[i].words);
}

const char *
option_usable_p(struct pe *pe, const char *name, const char *otherwise)
{
	const char *text = table_get(&pe->options, name);

	for (size_t i = 0; text && i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0 && !option_fits(i, text))
			return otherwise;
	return text ? text : otherwise;
}

void
options_advise_p(struct pe *pe)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const char *text = table_get(&pe->options, known[i].name);

		if (!text || option_fits(i, text))
			continue;
		pe_say(pe, PE_ERROR, true,
		    "Using default value for cluster option '%s' because '%s' is invalid",
		    known[i].name, text);
	}
	if (same(table_get(&pe->options, "stonith-action"), "poweroff"))
		pe_say_once(pe,
		    "Support for stonith-action of 'poweroff' is deprecated and "
		    "will be removed in a future release (use 'off' instead)");
	if (same(table_get(&pe->options, "no-quorum-policy"), "suicide") &&
	    !pe->opt.stonith)
		pe_say(pe, PE_ERROR, true,
		    "Resetting no-quorum-policy to 'stop' because fencing is disabled");
	if (!pe->opt.stonith || !pe->opt.startup_fencing)
		pe_say(pe, PE_WARNING, false, "Blind faith: not fencing unseen nodes");
}

void
fencing_advise_p(struct pe *pe)
{
	if (!pe->opt.stonith || pe->has_fencing || pe->opt.maintenance_mode)
		return;
	pe_say(pe, PE_ERROR, true,
	    "Resource start-up disabled since no STONITH resources have been defined");
	pe_say(pe, PE_ERROR, true,
	    "Either configure some or disable STONITH with the stonith-enabled option");
	pe_say(pe, PE_ERROR, true,
	    "NOTE: Clusters with shared data need STONITH to ensure data integrity");
}

void
quorum_advise_p(struct pe *pe)
{
	if (!pe->have_quorum && pe->opt.no_quorum != POLICY_IGNORE)
		pe_say(pe, PE_WARNING, false,
		    "Fencing and resource management disabled due to lack of quorum");
}

/* Nodes that are lost. */

void
condemned_say_p(struct pe *pe, const struct node *node)
{
	pe_say(pe, PE_WARNING, true, "Cluster node %s %s: %s", node->uname,
	    can_fence(pe, node) ? "will be fenced" : "is unclean", node->fence_reason);
}

void
unclean_say_p(struct pe *pe, const struct node *node)
{
	pe_say(pe, PE_WARNING, true, "Node %s is unclean but cannot be fenced",
	    node->uname);
	if (!pe->opt.stonith)
		pe_say_once(pe,
		    "Resource functionality and data integrity cannot be guaranteed "
		    "(configure, enable, and test fencing to correct this)");
}

/* What does not fit. */

void
orphans_advise_p(struct pe *pe)
{
	for (size_t i = 0; i < pe->every_count; i++) {
		const struct rsc *rsc = pe->every[i];

		for (size_t n = 0;
		     rsc->orphan && rsc->variant == PRIMITIVE && n < rsc->running_count;
		     n++)
			if (pe->opt.stop_orphans || clone_of(rsc))
				pe_say(pe, PE_WARNING, true,
				    "Detected active orphan %s running on %s", rsc->id,
				    rsc->running[n]->uname);
			else
				pe_say(pe, PE_WARNING, true,
				    "Resource '%s' must be stopped manually on %s "
				    "because "
				    "cluster is configured not to stop active orphans",
				    rsc->id, rsc->running[n]->uname);
	}
}

/* Two recurring operations with one name and interval: only the first counts. */
static void
duplicates_say(struct pe *pe, const xmlNode *operations)
{
	struct table seen;

	table_init(&seen, &pe->arena);
	XML_EACH (operations, "op", op) {
		const char *name = xml_get(op, "name"), *first, *key;
		int64_t interval_ms = value_interval_ms(xml_get(op, "interval"));

		if (interval_ms == 0)
			continue;
		key = arena_printf(&pe->arena, "%s %lld", name ? name : "",
		    (long long)interval_ms);
		first = table_get(&seen, key);
		if (first)
			pe_say(pe, PE_ERROR, true,
			    "Operation %s is duplicate of %s (do not use same name and "
			    "interval combination more than once per resource)",
			    xml_get(op, "id"), first);
		else
			table_set(&seen, key, xml_get(op, "id") ? xml_get(op, "id") : "");
	}
}

void
resource_advise_p(struct pe *pe, const struct rsc *rsc)
{
	if (table_get(&rsc->meta, "restart-type"))
		pe_say_once(pe, "Support for restart-type is deprecated and will be "
		                "removed in a future release");
	if (rsc->variant == GROUP && value_bool(table_get(&rsc->meta, "ordered")) == 0)
		pe_say_once(pe, "Support for the 'ordered' group meta-attribute is "
		                "deprecated and will be removed in a future release (use "
		                "a resource set instead)");
	if (rsc->variant == GROUP && value_bool(table_get(&rsc->meta, "collocated")) == 0)
		pe_say_once(pe, "Support for the 'collocated' group meta-attribute is "
		                "deprecated and will be removed in a future release (use "
		                "a resource set instead)");
	/* All instances have the same. */
	if (rsc->number <= 0)
		duplicates_say(pe, xml_child(rsc->xml, "operations"));
}

void
constraint_say_p(struct pe *pe, const xmlNode *xml, const char *id)
{
	pe_say(pe, PE_WARNING, true, "No template or tag named '%s'", id ? id : "");
	pe_say(pe, PE_ERROR, true,
	    "Ignoring constraint '%s' because '%s' is not a valid resource or tag",
	    xml_get(xml, "id"), id ? id : "");
}

void
active_say_p(struct pe *pe, const struct rsc *rsc, size_t active)
{
	static const char *const what[] = { [MULTIPLE_STOP_START] = "attempting recovery",
		[MULTIPLE_STOP_ONLY] = "shutting it down",
		[MULTIPLE_BLOCK] = "waiting for an administrator",
		[MULTIPLE_STOP_UNEXPECTED] = "stopping unexpected instances" };

	pe_say(pe, PE_ERROR, false, "%s resource %s might be active on %zu nodes (%s)",
	    rsc->class, rsc->id, active, what[rsc->multiple]);
}

/* Failures. */

static const char *
when_text(const char *since, char *buf, size_t size)
{
	time_t seconds = since ? (time_t)strtoll(since, NULL, 10) : 0;
	struct tm tm;

	if (!since || !localtime_r(&seconds, &tm) ||
	    strftime(buf, size, "%b %e %H:%M:%S %Y", &tm) == 0)
		return "unknown time";
	return buf;
}

void
failure_say_p(struct pe *pe, const struct rsc *rsc, const struct node *node,
    const xmlNode *op, int rc)
{
	const char *reason = xml_get(op, "exit-reason"), *task = xml_get(op, "operation");
	char when[40];

	if (same(task, "monitor") && value_interval_ms(xml_get(op, "interval")) == 0)
		task = "probe";
	pe_say(pe, PE_WARNING, false,
	    "Unexpected result (%s%s%s) was recorded for %s of %s on %s at %s | rc=%d "
	    "id=%s",
	    agent_code_text(rc), reason && *reason ? ": " : "", reason ? reason : "",
	    task ? task : "?", rsc->id, node->uname,
	    when_text(xml_get(op, "last-rc-change"), when, sizeof(when)), rc,
	    xml_get(op, "id") ? xml_get(op, "id") : "?");
}
