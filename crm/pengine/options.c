/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cluster options (spec 4.1, 12.1). */
#include "crm/pengine/private.h"

/* By its name, else by its old one. */
static const char *
option(struct pe *pe, const char *name, const char *old_name)
{
	const char *value = table_get(&pe->options, name);

	if (!value && old_name && pe->profile == PE_H) {
		value = table_get(&pe->options, old_name);
		if (value)
			pe_say(pe, PE_INFO, true,
			    "Using deprecated name '%s' for cluster option '%s'",
			    old_name, name);
	}
	return value;
}

static bool
option_bool(struct pe *pe, const char *name, const char *old_name, bool default_value)
{
	const char *text = option(pe, name, old_name);

	/* Those of P: advice_p.c. */
	if (text && value_bool(text) < 0 && pe->profile == PE_H)
		pe_say(pe, PE_ERROR, true,
		    "Value '%s' for cluster option '%s' is invalid.  Defaulting to %s",
		    text, name, default_value ? "true" : "false");
	value_assign_bool(text, &default_value);
	return default_value;
}

/* At least 5 s. */
static const char *
option_time(struct pe *pe, const char *name, const char *old_name,
    const char *default_value)
{
	const char *text = option(pe, name, old_name);

	if (text && value_ms(text) < 5000) {
		if (pe->profile == PE_H)
			pe_say(pe, PE_ERROR, true,
			    "Value '%s' for cluster option '%s' is invalid.  Defaulting "
			    "to %s",
			    text, name, default_value);
		text = NULL;
	}
	return text ? text : default_value;
}

static enum policy
policy_read(struct pe *pe)
{
	const char *text = option(pe, "no-quorum-policy", "no_quorum_policy");

	if (same(text, "freeze"))
		return POLICY_FREEZE;
	if (same(text, "ignore"))
		return POLICY_IGNORE;
	if (pe->profile == PE_P && same(text, "demote"))
		return POLICY_DEMOTE;
	if (pe->profile == PE_P && same(text, "suicide"))
		return POLICY_SUICIDE;
	if (text && !same(text, "stop") && pe->profile == PE_H)
		pe_say(pe, PE_ERROR, true,
		    "Value '%s' for cluster option 'no-quorum-policy' is invalid.  "
		    "Defaulting "
		    "to stop",
		    text);
	return POLICY_STOP;
}

static enum placement
placement_read(struct pe *pe)
{
	const char *text = option(pe, "placement-strategy", NULL);

	return same(text, "utilization") ? PLACE_UTILIZATION
	       : same(text, "minimal")   ? PLACE_MINIMAL
	       : same(text, "balanced")  ? PLACE_BALANCED
	                                 : PLACE_DEFAULT;
}

static const char *
health_strategy(const char *text)
{
	static const char *const known[] = { "migrate-on-red", "only-green",
		"progressive", "custom" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (same(text, known[i]))
			return known[i];
	return "none";
}

/* What only P knows (spec 12.1). */
static void
options_read_p(struct pe *pe)
{
	struct options *o = &pe->opt;
	const char *text = option(pe, "stonith-action", NULL);

	o->stonith_action =
	    same(text, "off") || same(text, "poweroff") ? "off" : "reboot";
	o->cluster_delay = option_usable_p(pe, "cluster-delay", "60s");
	o->batch_limit = option_usable_p(pe, "batch-limit", "0");
	o->stonith_timeout = option_usable_p(pe, "stonith-timeout", "60s");
	text = option(pe, "migration-limit", NULL);
	o->migration_limit = value_int(text, 0) > 0 ? text : NULL;
	o->maintenance_mode = option_bool(pe, "maintenance-mode", NULL, false);
	o->stop_all = option_bool(pe, "stop-all-resources", NULL, false);
	o->shutdown_lock = option_bool(pe, "shutdown-lock", NULL, false);
	o->shutdown_lock_limit_ms =
	    value_interval_ms(option(pe, "shutdown-lock-limit", NULL));
	o->watchdog = option_bool(pe, "have-watchdog", NULL, false);
	o->concurrent_fencing = option_bool(pe, "concurrent-fencing", NULL, false);
	o->startup_probes = option_bool(pe, "enable-startup-probes", NULL, true);
	o->placement = placement_read(pe);
	text = option(pe, "node-health-strategy", NULL);
	o->health_strategy = health_strategy(text);
	pe->has_fencing = o->watchdog;
	if (o->no_quorum == POLICY_SUICIDE &&
	    (!o->stonith || (!pe->have_quorum &&
	                        !value_is_true(xml_get(pe->cib, "no-quorum-panic")))))
		o->no_quorum = POLICY_STOP;
	options_advise_p(pe);
}

void
options_read(struct pe *pe)
{
	struct options *o = &pe->opt;
	const xmlNode *config =
	    xml_child(xml_child(pe->cib, "configuration"), "crm_config");
	const char *text;

	table_init(&pe->options, &pe->arena);
	sets_read(pe, config, "cluster_property_set",
	    &(struct rule_input){ .first_id = "cib-bootstrap-options" }, &pe->options);
	o->no_quorum = policy_read(pe);
	o->symmetric = option_bool(pe, "symmetric-cluster", "symmetric_cluster", true);
	o->stonith =
	    option_bool(pe, "stonith-enabled", "stonith_enabled", pe->profile == PE_P);
	text = option(pe, "stonith-action", "stonith_action");
	o->stonith_action = same(text, "poweroff") ? "poweroff" : "reboot";
	o->stickiness = score_parse(
	    option(pe, "default-resource-stickiness", "default_resource_stickiness"));
	o->failure_stickiness =
	    score_parse(option(pe, "default-resource-failure-stickiness",
	        "default_resource_failure_stickiness"));
	o->managed_default =
	    option_bool(pe, "is-managed-default", "is_managed_default", true);
	o->cluster_delay =
	    option_time(pe, "cluster-delay", "transition_idle_timeout", "60s");
	text = option(pe, "batch-limit", NULL);
	o->batch_limit = text ? text : "30";
	o->action_timeout_ms = value_ms(
	    option_time(pe, "default-action-timeout", "default_action_timeout", "20s"));
	o->stop_orphans =
	    option_bool(pe, "stop-orphan-resources", "stop_orphan_resources", true);
	o->stop_orphan_actions =
	    option_bool(pe, "stop-orphan-actions", "stop_orphan_actions", true);
	o->remove_after_stop =
	    option_bool(pe, "remove-after-stop", "remove_after_stop", false);
	o->startup_fencing = option_bool(pe, "startup-fencing", "startup_fencing", true);
	o->start_failure_fatal = option_bool(pe, "start-failure-is-fatal", NULL, true);
	if (pe->profile == PE_P)
		options_read_p(pe);
}
