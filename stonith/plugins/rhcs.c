/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rhcs/NAME: the fence agent fence_NAME (spec/stonith.md 12), of our own directory or of /usr/sbin.
 *
 * An agent reads name=value lines.  It does not know host names, it knows plugs: so which plug a
 * host has is looked up here, in host_map, and a host that is neither there nor in hostlist is
 * refused.  An agent that cannot reboot is asked for off and then on.
 */
#include "stonith/plugins/rhcs.h"

#include "stonith/kit/hostlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parameters of agents that are not for people to set. */
static const char *const not_listed[] = { "action", "verbose", "debug", "version", "help",
	"separator" };

static const struct plugin_param no_params[] = { { .name = NULL } };

/* Steps. */

static int
param_check(struct device *device, const char *name, const char *value)
{
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                      "0123456789_-")] != '\0') {
		device_log(device, LOG_ERR, "%s: '%s' cannot be the name of a parameter",
		    device_type(device), name);
		return S_BADCONFIG;
	}
	if (value[strcspn(value, "\r\n")] != '\0') {
		device_log(device, LOG_ERR,
		    "%s: the value of '%s' has more than one line", device_type(device),
		    name);
		return S_BADCONFIG;
	}
	return S_OK;
}

static int
rhcs_configure(struct device *device)
{
	const char *name, *value;
	int code = S_OK;

	if (!device_subtype(device)) {
		device_log(device, LOG_CRIT,
		    "rhcs_set_config: invoked without subplugin");
		return S_OOPS;
	}
	for (size_t i = 0; code == S_OK && device_param_at(device, i, &name, &value); i++)
		code = param_check(device, name, value);
	if (code == S_OK)
		code = rhcs_map_check(device);
	if (code == S_OK)
		rhcs_plug_check(device);
	return code;
}

static int
rhcs_status(struct device *device)
{
	int rc = rhcs_agent_run(device, "monitor", NULL, NULL, NULL);

	if (rc == 0)
		return S_OK;
	device_log(device, LOG_CRIT, "rhcs_status: '%s monitor' failed with rc %d",
	    device_subtype(device), rc);
	return rc == -S_TIMEOUT ? S_TIMEOUT : rc;
}

static int
rhcs_hosts(struct device *device)
{
	char host[HOSTLIST_NAME_MAX], plug[256];
	const char *at;
	int count = 0;

	for (at = rhcs_host_list(device); rhcs_list_next(&at, host, sizeof(host));
	     count++)
		device_host(device, host);
	for (at = rhcs_host_map(device);
	     rhcs_map_next(&at, host, sizeof(host), plug, sizeof(plug));)
		if (!hostlist_has(rhcs_host_list(device), host)) {
			device_host(device, host);
			count++;
		}
	if (count > 0)
		return S_OK;
	device_log(device, LOG_CRIT,
	    "rhcs_hostlist: neither hostlist nor host_map is set");
	return S_BADCONFIG;
}

/* The parameter that says which plug: NULL when the agent has none. */
static const char *
plug_parameter(const struct params *params)
{
	if (!params || params_has(params, "plug"))
		return "plug";
	return params_has(params, "port") ? "port" : NULL;
}

static int
request_run(struct device *device, const char *action, const char *host,
    const char *plug_name, const char *plug)
{
	int rc = rhcs_agent_run(device, action, host, plug_name, plug);

	if (rc == 0)
		return S_OK;
	device_log(device, LOG_CRIT,
	    "rhcs_reset_req: '%s %s' for host %s failed with rc %d",
	    device_subtype(device), action, host, rc);
	return rc == -S_TIMEOUT ? S_TIMEOUT : S_RESETFAIL;
}

/* Off is what counts: the host is dead then, whether or not it comes back. */
static int
request_cycle(struct device *device, const char *host, const char *plug_name,
    const char *plug)
{
	int code = request_run(device, "off", host, plug_name, plug);

	if (code != S_OK)
		return code;
	if (request_run(device, "on", host, plug_name, plug) != S_OK)
		device_log(device, LOG_WARNING, "host %s is off, and stays off", host);
	return S_OK;
}

static int
rhcs_request(struct device *device, enum stonith_op op, const char *host)
{
	static const struct {
		const char *action;
		unsigned bit;
	} actions[] = {
		[ST_GENERIC_RESET] = { "reboot", ACTION_REBOOT },
		[ST_POWERON] = { "on", ACTION_ON },
		[ST_POWEROFF] = { "off", ACTION_OFF },
	};
	char name[HOSTLIST_NAME_MAX], plug[256];
	const struct params *params;
	const char *plug_name;

	if (!rhcs_host_find(device, host, name, sizeof(name), plug, sizeof(plug))) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_type(device), host);
		return S_BADHOST;
	}
	params = rhcs_agent_params(device);
	plug_name = plug_parameter(params);
	/* An agent with plugs, and nothing said about them: they are called like the hosts. */
	if (plug[0] == '\0' && params && plug_name &&
	    !rhcs_param_either(device, "plug", "port"))
		snprintf(plug, sizeof(plug), "%s", name);
	if (plug[0] != '\0' && !plug_name) {
		device_log(device, LOG_CRIT, "%s has no plugs: host_map is for others",
		    device_type(device));
		return S_BADCONFIG;
	}
	if (params && params->actions && !(params->actions & actions[op].bit)) {
		if (op == ST_GENERIC_RESET && (params->actions & ACTION_OFF))
			return request_cycle(device, host, plug_name,
			    plug[0] ? plug : NULL);
		device_log(device, LOG_CRIT, "%s not capable of operation '%s'",
		    device_type(device), actions[op].action);
		return S_INVAL;
	}
	return request_run(device, actions[op].action, host, plug_name,
	    plug[0] ? plug : NULL);
}

static int
rhcs_list(struct device *device)
{
	rhcs_agents_tell(device, device_host);
	return S_OK;
}

/* Describing. */

static void
describe_names(struct device *device, const struct params *params, const char *key)
{
	char text[PARAMS_MAX * 2 * (PARAMS_NAME_MAX + 1) + 128] = "";
	bool required = strcmp(key, "required") == 0;
	size_t used = 0;

	for (size_t i = 0; i < params->count; i++) {
		const struct params_entry *entry = &params->entry[i];
		const char *old = required ? entry->old_name : "";

		if (RHCS_IS_ONE_OF(entry->name, not_listed) ||
		    (required && (!entry->required || rhcs_is_plug(entry->name))))
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s ",
		    entry->name, *old ? "|" : "", old);
	}
	if (strcmp(key, "known") == 0)
		for (size_t i = 0; i < ARRAY_LEN(rhcs_ours); i++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
			    rhcs_ours[i]);
	device_described(device, key, text);
}

static int
rhcs_describe(struct device *device)
{
	const struct params *params;

	if (!device_subtype(device)) {
		device_described(device, "names", "");
		return S_OK;
	}
	params = rhcs_agent_params(device);
	if (!params)
		return S_OOPS;
	device_described(device, "id", "RHCS plugin getinfo-devid");
	device_described(device, "url", "RHCS plugin getinfo-devurl");
	device_described(device, "name", params->shortdesc ? params->shortdesc : "");
	device_described(device, "descr", params->longdesc ? params->longdesc : "");
	device_described(device, "xml", params->xml ? params->xml : "");
	describe_names(device, params, "names");
	describe_names(device, params, "known");
	describe_names(device, params, "required");
	return S_OK;
}

static void
rhcs_close(struct device *device)
{
	struct agent *agent = device_data(device);

	if (agent && agent->known)
		params_clear(&agent->params);
	free(agent);
}

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "rhcs",
	.descr = "Runs a fence agent.",
	.params = no_params,
	.request_limit = 300,
	.configure = rhcs_configure,
	.status = rhcs_status,
	.hosts = rhcs_hosts,
	.request = rhcs_request,
	.close = rhcs_close,
	.list = rhcs_list,
	.describe = rhcs_describe,
};
