/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rhcs/NAME: the fence agent fence_NAME (spec/stonith.md 12), of our own directory or of /usr/sbin.
 *
 * An agent reads name=value lines.  It does not know host names, it knows plugs: so which plug a
 * host has is looked up here, in host_map, and a host that is neither there nor in hostlist is
 * refused.  An agent that cannot reboot is asked for off and then on.
 */
#include "stonith/kit/command.h"
#include "stonith/kit/hostlist.h"
#include "stonith/kit/params.h"
#include "stonith/kit/script.h"
#include "lib/array.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_DIR "/usr/sbin"
#define PREFIX "fence_"
#define METADATA_MAX (PARAMS_XML_MAX + 1)
#define INPUT_MAX 65536
#define OUTPUT_LINES_MAX 200 /* lines of an agent that are logged */
#define MAP_BETWEEN " \t\r\n\f;"

/* What is called fence_something and is no agent, or would call us. */
static const char *const no_agents[] = { "legacy", "pcmk", "virtd", "watchdog", "tool",
	"node", "sanlockd" };
/* Parameters of agents that are not for people to set. */
static const char *const not_listed[] = { "action", "verbose", "debug", "version", "help",
	"separator" };
/* Parameters for us, not for the agent. */
static const char *const ours[] = { "hostlist", "host_map", "pcmk_host_list",
	"pcmk_host_map" };

struct agent {
	char path[1280];
	bool looked; /* for meta-data; then: */
	bool known;
	struct params params;
};

struct output {
	char *line[OUTPUT_LINES_MAX];
	size_t count;
};

static const struct plugin_param no_params[] = { { .name = NULL } };

static bool
is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

#define IS_ONE_OF(name, list) is_one_of(name, list, ARRAY_LEN(list))

/* Which plug is our matter, not that of whoever configures. */
static bool
is_plug(const char *name)
{
	return strcmp(name, "plug") == 0 || strcmp(name, "port") == 0;
}

/* The agent. */

static void
agent_find(const struct device *device, struct agent *agent)
{
	const char *name = device_subtype(device);

	snprintf(agent->path, sizeof(agent->path), "%s/rhcs/" PREFIX "%s",
	    device_plugin_dir(device), name);
	if (script_look(agent->path) == SCRIPT_ABSENT)
		snprintf(agent->path, sizeof(agent->path), SYSTEM_DIR "/" PREFIX "%s",
		    name);
}

static struct agent *
agent_get(struct device *device)
{
	struct agent *agent = device_data(device);

	if (!agent) {
		agent = calloc(1, sizeof(*agent));
		if (!agent)
			return NULL;
		agent_find(device, agent);
		device_set_data(device, agent);
	}
	return agent;
}

static bool
agent_is_allowed(struct device *device, const struct agent *agent)
{
	switch (script_look(agent->path)) {
	case SCRIPT_GOOD:
		return true;
	case SCRIPT_ABSENT:
		device_log(device, LOG_CRIT,
		    "rhcs_run_cmd: there is no fence agent %s/rhcs/" PREFIX "%s or %s",
		    device_plugin_dir(device), device_subtype(device), agent->path);
		return false;
	case SCRIPT_NOT_EXECUTABLE:
		device_log(device, LOG_CRIT,
		    "rhcs_run_cmd: %s found NOT to be executable.", agent->path);
		return false;
	default:
		device_log(device, LOG_CRIT,
		    "rhcs_run_cmd: %s found to be writable by group/others, NOT "
		    "executing for security purposes.",
		    agent->path);
		return false;
	}
}

/* What it says of itself; asked once. */
static const struct params *
agent_params(struct device *device)
{
	struct agent *agent = agent_get(device);
	struct command command = { 0 };
	char *text;

	if (!agent || agent->looked)
		return agent && agent->known ? &agent->params : NULL;
	agent->looked = true;
	if (!agent_is_allowed(device, agent) || !(text = malloc(METADATA_MAX)))
		return NULL;
	command.path = agent->path;
	command.argv = (char *[]){ agent->path, "-o", "metadata", NULL };
	if (command_output(device, &command, text, METADATA_MAX) != 0 ||
	    params_parse(text, &agent->params) < 0)
		device_log(device, LOG_ERR, "%s: '%s -o metadata' gives no meta-data",
		    device_type(device), agent->path);
	else
		agent->known = true;
	free(text);
	return agent->known ? &agent->params : NULL;
}

/* Running. */

static void
output_take(void *data, const char *line)
{
	struct output *output = data;

	if (*line && output->count < OUTPUT_LINES_MAX &&
	    (output->line[output->count] = strdup(line)))
		output->count++;
}

static void
output_log(struct device *device, struct output *output, int priority)
{
	for (size_t i = 0; i < output->count; i++) {
		device_log(device, priority, "plugin output: %s", output->line[i]);
		free(output->line[i]);
	}
}

/* The lines for an agent's stdin, or NULL when there is no memory. */
static char *
input_make(const struct device *device, const char *action, const char *host,
    const char *plug_name, const char *plug)
{
	const char *name, *value;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "agent=%s\naction=%s\n", device_subtype(device), action);
	if (host)
		fprintf(out, "nodename=%s\n", host);
	if (plug)
		fprintf(out, "%s=%s\n", plug_name, plug);
	for (size_t i = 0; device_param_at(device, i, &name, &value); i++)
		if (!IS_ONE_OF(name, ours) && !(plug && is_plug(name)))
			fprintf(out, "%s=%s\n", name, value);
	return fclose(out) == 0 ? text : NULL;
}

/* 0, -1 or -S_TIMEOUT. */
static int
agent_run(struct device *device, const char *action, const char *host,
    const char *plug_name, const char *plug)
{
	struct agent *agent = agent_get(device);
	struct output output = { .count = 0 };
	struct command command = { .with_stderr = true,
		.line = output_take,
		.data = &output };
	char *input;
	int rc;

	if (!agent || !agent_is_allowed(device, agent))
		return -1;
	input = input_make(device, action, host, plug_name, plug);
	if (!input)
		return -1;
	command.path = agent->path;
	command.argv = (char *[]){ agent->path, NULL };
	command.input = input;
	rc = command_run(device, &command);
	explicit_bzero(input, strlen(input));
	free(input);
	/* When it fails, what it says is the reason. */
	output_log(device, &output, rc != 0 ? LOG_WARNING : host ? LOG_INFO : LOG_DEBUG);
	if (rc == 0 || rc == -S_TIMEOUT)
		return rc;
	if (rc > 0)
		device_log(device, LOG_CRIT, "rhcs_run_cmd: fence agent exit code: %d",
		    rc);
	return -1;
}

/* Hosts and plugs. */

static const char *
param_either(const struct device *device, const char *name, const char *other)
{
	const char *value = device_param(device, name);

	return value ? value : device_param(device, other);
}

static const char *
host_list(const struct device *device)
{
	const char *list = param_either(device, "hostlist", "pcmk_host_list");

	return list ? list : "";
}

static const char *
host_map(const struct device *device)
{
	const char *map = param_either(device, "host_map", "pcmk_host_map");

	return map ? map : "";
}

/* The next "host:plug" of *MAP; false at its end.  *PLUG "" when there is none. */
static bool
map_next(const char **map, char *host, size_t host_size, char *plug, size_t plug_size)
{
	const char *begin = *map + strspn(*map, MAP_BETWEEN);
	size_t len = strcspn(begin, MAP_BETWEEN);
	size_t host_len = strcspn(begin, ":" MAP_BETWEEN);
	size_t plug_len = host_len < len ? len - host_len - 1 : 0;

	*map = begin + len;
	if (len == 0)
		return false;
	host_len = host_len < host_size ? host_len : host_size - 1;
	memcpy(host, begin, host_len);
	host[host_len] = '\0';
	plug_len = plug_len < plug_size ? plug_len : plug_size - 1;
	if (plug_len > 0)
		memcpy(plug, begin + len - plug_len, plug_len);
	plug[plug_len] = '\0';
	return true;
}

/* The next word of *LIST as it was written. */
static bool
list_next(const char **list, char *host, size_t size)
{
	static const char between[] = " \t\r\n\f,";
	const char *begin = *list + strspn(*list, between);
	size_t len = strcspn(begin, between);

	if (len == 0 || len >= size)
		return false;
	memcpy(host, begin, len);
	host[len] = '\0';
	*list = begin + len;
	return true;
}

/* What HOST is called in the list, and its plug ("" = not mapped); false when it is not ours. */
static bool
host_find(const struct device *device, const char *host, char *name, size_t name_size,
    char *plug, size_t plug_size)
{
	const char *at;

	for (at = host_map(device); map_next(&at, name, name_size, plug, plug_size);)
		if (host_is(name, host))
			return true;
	plug[0] = '\0';
	for (at = host_list(device); list_next(&at, name, name_size);)
		if (host_is(name, host))
			return true;
	return false;
}

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
map_check(struct device *device)
{
	char host[HOSTLIST_NAME_MAX], plug[256];

	for (const char *at = host_map(device);
	     map_next(&at, host, sizeof(host), plug, sizeof(plug));)
		if (host[0] == '\0' || plug[0] == '\0') {
			device_log(device, LOG_ERR,
			    "%s: host_map is 'host:plug;host:plug...', not '%s'",
			    device_type(device), host_map(device));
			return S_BADCONFIG;
		}
	return S_OK;
}

/* One plug for several hosts: the wrong one would be switched. */
static void
plug_check(struct device *device)
{
	const char *plug = param_either(device, "plug", "port"),
	           *list = host_list(device);
	char host[HOSTLIST_NAME_MAX];

	if (plug && list_next(&list, host, sizeof(host)) &&
	    list_next(&list, host, sizeof(host)) && host_map(device)[0] == '\0')
		device_log(device, LOG_WARNING,
		    "%s: all hosts of hostlist are plug '%s'; host_map gives each its "
		    "own",
		    device_type(device), plug);
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
		code = map_check(device);
	if (code == S_OK)
		plug_check(device);
	return code;
}

static int
rhcs_status(struct device *device)
{
	int rc = agent_run(device, "monitor", NULL, NULL, NULL);

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

	for (at = host_list(device); list_next(&at, host, sizeof(host)); count++)
		device_host(device, host);
	for (at = host_map(device);
	     map_next(&at, host, sizeof(host), plug, sizeof(plug));)
		if (!hostlist_has(host_list(device), host)) {
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
	int rc = agent_run(device, action, host, plug_name, plug);

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

	if (!host_find(device, host, name, sizeof(name), plug, sizeof(plug))) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_type(device), host);
		return S_BADHOST;
	}
	params = agent_params(device);
	plug_name = plug_parameter(params);
	/* An agent with plugs, and nothing said about them: they are called like the hosts. */
	if (plug[0] == '\0' && params && plug_name &&
	    !param_either(device, "plug", "port"))
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

/* Which agents there are. */

static bool
agent_is_listed(char *const *ours_first, const char *name)
{
	for (; ours_first && *ours_first; ours_first++)
		if (strcmp(*ours_first, name) == 0)
			return true;
	return IS_ONE_OF(name, no_agents);
}

/* Both directories, merged in the order of bytes. */
static void
agents_tell(struct device *device, void (*tell)(struct device *device, const char *name))
{
	char dir[1100];
	char **own, **theirs;
	size_t i = 0, k = 0;

	snprintf(dir, sizeof(dir), "%s/rhcs", device_plugin_dir(device));
	own = script_names(device, dir, PREFIX);
	theirs = script_names(device, SYSTEM_DIR, PREFIX);
	while ((own && own[i]) || (theirs && theirs[k])) {
		if (!own || !own[i] ||
		    (theirs && theirs[k] && strcmp(theirs[k], own[i]) < 0)) {
			if (!agent_is_listed(own, theirs[k]))
				tell(device, theirs[k]);
			k++;
		} else {
			tell(device, own[i++]);
		}
	}
	script_names_free(own);
	script_names_free(theirs);
}

static int
rhcs_list(struct device *device)
{
	agents_tell(device, device_host);
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

		if (IS_ONE_OF(entry->name, not_listed) ||
		    (required && (!entry->required || is_plug(entry->name))))
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s ",
		    entry->name, *old ? "|" : "", old);
	}
	if (strcmp(key, "known") == 0)
		for (size_t i = 0; i < ARRAY_LEN(ours); i++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
			    ours[i]);
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
	params = agent_params(device);
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
