/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fence agents of rhcs: where they are, what they say of themselves, and a run of one. */
#include "stonith/plugins/rhcs.h"

#include "stonith/kit/command.h"
#include "stonith/kit/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_DIR "/usr/sbin"
#define PREFIX "fence_"
#define METADATA_MAX (PARAMS_XML_MAX + 1)
#define OUTPUT_LINES_MAX 200 /* lines of an agent that are logged */

/* What is called fence_something and is no agent, or would call us. */
static const char *const no_agents[] = { "legacy", "pcmk", "virtd", "watchdog", "tool",
	"node", "sanlockd" };
/* Parameters for us, not for the agent. */
const char *const rhcs_ours[4] = { "hostlist", "host_map", "pcmk_host_list",
	"pcmk_host_map" };

struct output {
	char *line[OUTPUT_LINES_MAX];
	size_t count;
};

/* Which plug is our matter, not that of whoever configures. */
bool
rhcs_is_plug(const char *name)
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
rhcs_agent_get(struct device *device)
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
const struct params *
rhcs_agent_params(struct device *device)
{
	struct agent *agent = rhcs_agent_get(device);
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
		if (!RHCS_IS_ONE_OF(name, rhcs_ours) && !(plug && rhcs_is_plug(name)))
			fprintf(out, "%s=%s\n", name, value);
	return fclose(out) == 0 ? text : NULL;
}

/* 0, -1 or -S_TIMEOUT. */
int
rhcs_agent_run(struct device *device, const char *action, const char *host,
    const char *plug_name, const char *plug)
{
	struct agent *agent = rhcs_agent_get(device);
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

/* Which agents there are. */

static bool
agent_is_listed(char *const *ours_first, const char *name)
{
	for (; ours_first && *ours_first; ours_first++)
		if (strcmp(*ours_first, name) == 0)
			return true;
	return RHCS_IS_ONE_OF(name, no_agents);
}

/* Both directories, merged in the order of bytes. */
void
rhcs_agents_tell(struct device *device,
    void (*tell)(struct device *device, const char *name))
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
