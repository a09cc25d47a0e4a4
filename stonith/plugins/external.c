/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * external/NAME: an executable that knows the device (spec/stonith.md 5).
 *
 * It is run without a shell, "NAME command [host]", with the parameters in its environment; what it
 * prints is its answer or goes to the log, and its exit code is the result.  Before each run it must
 * still be a file that only its owner may write.  Host names are handed over as one argument,
 * whatever they are made of, and the list that it prints is taken as it is.
 */
#include "stonith/kit/command.h"
#include "stonith/kit/params.h"
#include "stonith/kit/script.h"
#include "lib/array.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX (PARAMS_XML_MAX + 1) /* bytes of an answer; the rest is cut */
#define BETWEEN " \t\r\n\f"
#define PATH_USUAL "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* One run. */
struct run {
	struct device *device;
	char path[1280];
	const char *argv[4];
	bool configured; /* the script gets the parameters */
	bool logged;     /* its output is for the log */
	char *answer;    /* ANSWER_MAX bytes, when it is not */
};

static const struct plugin_param no_params[] = { { .name = NULL } };

/* The environment. */

static bool
is_named(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static bool
is_ours(const struct run *run, const char *entry)
{
	const char *name, *value;

	if (is_named(entry, "PATH") || is_named(entry, "HA_LOGTAG"))
		return true;
	for (size_t i = 0;
	     run->configured && device_param_at(run->device, i, &name, &value); i++)
		if (is_named(entry, name))
			return true;
	return false;
}

static char *
variable(const char *name, const char *value)
{
	char *text;

	return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

/* The directory of ha_log.sh comes first, once. */
static char *
path_variable(void)
{
	const char *path = getenv("PATH");
	size_t len = strlen(HB_GLUEDIR);
	char *text;

	if (!path || !*path)
		path = PATH_USUAL;
	if (strncmp(path, HB_GLUEDIR, len) == 0 &&
	    (path[len] == ':' || path[len] == '\0'))
		return variable("PATH", path);
	return asprintf(&text, "PATH=%s:%s", HB_GLUEDIR, path) < 0 ? NULL : text;
}

static void
env_free(char **env)
{
	for (size_t i = 0; env && env[i]; i++) {
		explicit_bzero(env[i], strlen(env[i]));
		free(env[i]);
	}
	free(env);
}

static char **
env_make(const struct run *run)
{
	size_t count = 0, used = 0;
	const char *name, *value;
	char **env;

	while (environ[count])
		count++;
	for (size_t i = 0; device_param_at(run->device, i, &name, &value); i++)
		count++;
	env = calloc(count + 3, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; environ[i]; i++)
		if (!is_ours(run, environ[i]) && !(env[used++] = strdup(environ[i])))
			goto fail;
	for (size_t i = 0;
	     run->configured && device_param_at(run->device, i, &name, &value); i++)
		if (!(env[used++] = variable(name, value)))
			goto fail;
	if (!(env[used++] = variable("HA_LOGTAG", device_type(run->device))) ||
	    !(env[used++] = path_variable()))
		goto fail;
	return env;
fail:
	env_free(env);
	return NULL;
}

/* Running. */

static bool
run_is_allowed(const struct run *run)
{
	switch (script_look(run->path)) {
	case SCRIPT_GOOD:
		return true;
	case SCRIPT_ABSENT:
		device_log(run->device, LOG_CRIT,
		    "external_run_cmd: stat(2) of %s failed: %s", run->path,
		    strerror(errno));
		return false;
	case SCRIPT_NOT_EXECUTABLE:
		device_log(run->device, LOG_CRIT,
		    "external_run_cmd: %s found NOT to be executable.", run->path);
		return false;
	default:
		device_log(run->device, LOG_CRIT,
		    "external_run_cmd: %s found to be writable by group/others, NOT "
		    "executing for security purposes.",
		    run->path);
		return false;
	}
}

static void
run_log_line(void *data, const char *line)
{
	const struct run *run = data;

	device_log(run->device, LOG_INFO, "external_run_cmd: '%s %s%s%s' output: %s",
	    run->path, run->argv[1], run->argv[2] ? " " : "",
	    run->argv[2] ? run->argv[2] : "", line);
}

/* The exit code; negative when it could not be run or did not end by itself. */
static int
run_do(struct run *run)
{
	struct command command = { .path = run->path, .argv = (char **)run->argv };
	int code = -1;

	if (!run_is_allowed(run))
		return -1;
	command.envp = env_make(run);
	if (!command.envp)
		return -1;
	if (run->answer) {
		code = command_output(run->device, &command, run->answer, ANSWER_MAX);
	} else {
		command.line = run->logged ? run_log_line : NULL;
		command.data = run;
		code = command_run(run->device, &command);
	}
	env_free((char **)command.envp);
	return code;
}

static void
run_prepare(struct run *run, struct device *device, const char *command, const char *host)
{
	const char *name = device_subtype(device);

	memset(run, 0, sizeof(*run));
	run->device = device;
	snprintf(run->path, sizeof(run->path), "%s/external/%s",
	    device_plugin_dir(device), name);
	run->argv[0] = run->path;
	run->argv[1] = command;
	run->argv[2] = host;
}

/* What COMMAND prints, or NULL with the code in *RC; to be freed. */
static char *
run_ask(struct device *device, const char *command, bool configured, int *rc)
{
	struct run run;

	run_prepare(&run, device, command, NULL);
	run.configured = configured;
	run.answer = malloc(ANSWER_MAX);
	*rc = run.answer ? run_do(&run) : -1;
	if (*rc != 0) {
		free(run.answer);
		return NULL;
	}
	return run.answer;
}

/* Steps. */

static char *
ask_names(struct device *device, int *rc)
{
	char *names = run_ask(device, "getconfignames", false, rc);

	if (!names)
		device_log(device, LOG_CRIT,
		    "external_get_confignames: '%s getconfignames' failed with rc %d",
		    device_subtype(device), *rc);
	return names;
}

static int
external_configure(struct device *device)
{
	const char *name, *value;
	char *names;
	int rc;

	if (!device_subtype(device)) {
		device_log(device, LOG_CRIT,
		    "external_set_config: invoked without subplugin");
		return S_OOPS;
	}
	for (size_t i = 0; device_param_at(device, i, &name, &value); i++)
		if (!script_variable_is_safe(name)) {
			device_log(device, LOG_ERR,
			    "%s: '%s' cannot be the name of a parameter",
			    device_type(device), name);
			return S_BADCONFIG;
		}
	names = ask_names(device, &rc);
	free(names);
	return names ? S_OK : S_OOPS;
}

static int
external_status(struct device *device)
{
	struct run run;
	int rc;

	run_prepare(&run, device, "status", NULL);
	run.configured = run.logged = true;
	rc = run_do(&run);
	if (rc != 0)
		device_log(device, LOG_WARNING,
		    "external_status: '%s status' failed with rc %d",
		    device_subtype(device), rc);
	return rc == -S_TIMEOUT ? S_TIMEOUT : rc;
}

/* Anything printable may be a host's name; a script that prints something else has failed. */
static bool
host_is_printable(const char *host, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)host[i] <= ' ' || (unsigned char)host[i] == 0x7f)
			return false;
	return len < 256;
}

static int
external_hosts(struct device *device)
{
	int rc, count = 0;
	char *list = run_ask(device, "gethosts", true, &rc);

	if (!list) {
		device_log(device, LOG_CRIT,
		    "external_hostlist: '%s gethosts' failed with rc %d",
		    device_subtype(device), rc);
		return rc == -S_TIMEOUT ? S_TIMEOUT : S_OOPS;
	}
	for (char *at = list + strspn(list, BETWEEN); *at; count++) {
		size_t len = strcspn(at, BETWEEN);
		bool more = at[len] != '\0';

		at[len] = '\0';
		if (!host_is_printable(at, len)) {
			device_log(device, LOG_CRIT,
			    "external_hostlist: '%s gethosts' printed what is no host "
			    "name: '%.40s'",
			    device_subtype(device), at);
			free(list);
			return S_OOPS;
		}
		device_host(device, at);
		at += len + more;
		at += strspn(at, BETWEEN);
	}
	free(list);
	if (count > 0)
		return S_OK;
	device_log(device, LOG_CRIT,
	    "external_hostlist: '%s gethosts' returned an empty hostlist",
	    device_subtype(device));
	return S_OOPS;
}

static int
external_request(struct device *device, enum stonith_op op, const char *host)
{
	static const char *const commands[] = { [ST_GENERIC_RESET] = "reset",
		[ST_POWERON] = "on",
		[ST_POWEROFF] = "off" };
	struct run run;
	int rc;

	run_prepare(&run, device, commands[op], host);
	run.configured = run.logged = true;
	rc = run_do(&run);
	if (rc == 0)
		return S_OK;
	device_log(device, LOG_CRIT,
	    "external_reset_req: '%s %s' for host %s failed with rc %d",
	    device_subtype(device), commands[op], host, rc);
	return rc == -S_TIMEOUT ? S_TIMEOUT : S_RESETFAIL;
}

static int
external_list(struct device *device)
{
	char dir[1100];
	char **names;

	snprintf(dir, sizeof(dir), "%s/external", device_plugin_dir(device));
	names = script_names(device, dir, "");
	for (size_t i = 0; names && names[i]; i++)
		device_host(device, names[i]);
	script_names_free(names);
	return S_OK;
}

/* Describing. */

/* Bare "external": the types are its names. */
static int
describe_bare(struct device *device)
{
	char dir[1100], text[65536] = "";
	size_t used = 0;
	char **names;

	snprintf(dir, sizeof(dir), "%s/external", device_plugin_dir(device));
	names = script_names(NULL, dir, "");
	for (size_t i = 0; names && names[i]; i++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s ", names[i]);

		if (n > 0 && (size_t)n < sizeof(text) - used)
			used += (size_t)n;
	}
	script_names_free(names);
	device_described(device, "names", text);
	return S_OK;
}

static void
describe_names_of(struct device *device, const struct params *params, const char *key,
    bool only_required)
{
	char text[PARAMS_MAX * (PARAMS_NAME_MAX + 1) + 1] = "";
	size_t used = 0;

	for (size_t i = 0; i < params->count; i++)
		if (!only_required || params->entry[i].required)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
			    params->entry[i].name);
	device_described(device, key, text);
}

/* What the XML says, when it is XML at all. */
static void
describe_xml(struct device *device)
{
	struct params params;
	int rc, code;
	char *xml = run_ask(device, "getinfo-xml", false, &rc);

	if (!xml)
		return;
	code = params_parse(xml, &params);
	if (code < 0) {
		device_log(device, LOG_WARNING,
		    "%s: what 'getinfo-xml' prints is no list of parameters",
		    device_type(device));
		free(xml);
		return;
	}
	device_described(device, "xml", xml);
	describe_names_of(device, &params, "known", false);
	describe_names_of(device, &params, "required", true);
	params_clear(&params);
	free(xml);
}

static int
external_describe(struct device *device)
{
	/* In the order in which scripts have always been asked. */
	static const struct {
		const char *key, *command;
	} texts[] = {
		{ "descr", "getinfo-devdescr" },
		{ "id", "getinfo-devid" },
		{ "url", "getinfo-devurl" },
	};
	char *text;
	int rc;

	if (!device_subtype(device))
		return describe_bare(device);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (!device_wants(device, texts[i].key))
			continue;
		text = run_ask(device, texts[i].command, false, &rc);
		if (text)
			device_described(device, texts[i].key, text);
		free(text);
	}
	if (device_wants(device, "xml") || device_wants(device, "required"))
		describe_xml(device);
	if (!device_wants(device, "names"))
		return S_OK;
	text = ask_names(device, &rc);
	if (text)
		device_described(device, "names", text);
	free(text);
	return text ? S_OK : S_OOPS;
}

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "external",
	.descr = "Runs an executable that knows the device.",
	.params = no_params,
	.request_limit = 300,
	.configure = external_configure,
	.status = external_status,
	.hosts = external_hosts,
	.request = external_request,
	.list = external_list,
	.describe = external_describe,
};
