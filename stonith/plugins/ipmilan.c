/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPMI over LAN (spec/stonith.md 10), by ipmitool or, where there is none, freeipmi's ipmipower.
 * The password goes to them through a file without a name.
 *
 * What the controller reports of the chassis is the evidence: "off" after off; off and then on
 * after a power cycle.  A hard reset does not show there, so that its word is all there is.
 */
#include "stonith/kit/command.h"
#include "stonith/kit/hostlist.h"
#include "stonith/kit/memfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MS 10000
#define WAIT_S 20         /* for a state of the chassis */
#define CYCLE_S 5         /* for the one in the middle of a power cycle */
#define POLL_MS 200       /* a power cycle takes a second at least */
#define CREDENTIAL_MAX 16 /* bytes that IPMI 1.5 has for a name, and for a password */
#define OUTPUT_MAX 4096

enum verb { VERB_STATUS, VERB_ON, VERB_OFF, VERB_CYCLE, VERB_RESET, VERB_ALIVE };

struct word {
	const char *name, *ipmitool, *freeipmi;
};

static const struct word auths[] = {
	{ "none", "NONE", "NONE" },
	{ "straight", "PASSWORD", "STRAIGHT_PASSWORD_KEY" },
	{ "password", "PASSWORD", "STRAIGHT_PASSWORD_KEY" },
	{ "key", "PASSWORD", "STRAIGHT_PASSWORD_KEY" },
	{ "md2", "MD2", "MD2" },
	{ "md5", "MD5", "MD5" },
	{ NULL },
};

static const struct word privs[] = {
	{ "operator", "OPERATOR", "OPERATOR" },
	{ "admin", "ADMINISTRATOR", "ADMIN" },
	{ NULL },
};

static const struct word verbs[] = {
	[VERB_STATUS] = { "status", "status", "--stat" },
	[VERB_ON] = { "on", "on", "--on" },
	[VERB_OFF] = { "off", "off", "--off" },
	[VERB_CYCLE] = { "cycle", "cycle", "--cycle" },
	[VERB_RESET] = { "reset", "reset", "--reset" },
};

struct controller {
	const struct word *auth, *priv;
	bool hard_reset;
	bool freeipmi; /* not ipmitool */
	int secret_fd;
	char secret[MEMFILE_PATH];
};

/* Commands. */

static int
with_ipmitool(struct device *device, enum verb verb, char output[OUTPUT_MAX])
{
	const struct controller *c = device_data(device);
	const char *argv[32] = { "ipmitool", "-I", "lan", "-H",
		device_param(device, "ipaddr"), "-p", device_param(device, "port"), "-N",
		"1", "-R", "3", "-A", c->auth->ipmitool, "-L", c->priv->ipmitool, "-U",
		device_param(device, "login"), "-f", c->secret };
	struct command command = { .path = "ipmitool",
		.argv = (char *const *)argv,
		.timeout_ms = COMMAND_MS,
		.with_stderr = true };
	size_t n = 19;

	if (verb == VERB_ALIVE) {
		argv[n++] = "mc";
		argv[n++] = "info";
	} else {
		argv[n++] = "chassis";
		argv[n++] = "power";
		argv[n++] = verbs[verb].ipmitool;
	}
	return command_output(device, &command, output, OUTPUT_MAX);
}

static int
with_freeipmi(struct device *device, enum verb verb, char output[OUTPUT_MAX])
{
	const struct controller *c = device_data(device);
	char auth[64], priv[64], config[MEMFILE_PATH + 32], host[300];
	const char *argv[] = { "ipmipower", "--driver-type=LAN", "-h", host, "-u",
		device_param(device, "login"), config, auth, priv,
		"--session-timeout=8000",
		verb == VERB_ALIVE ? "--stat" : verbs[verb].freeipmi, NULL };
	const struct command command = { .path = "ipmipower",
		.argv = (char *const *)argv,
		.timeout_ms = COMMAND_MS,
		.with_stderr = true };
	const char *ipaddr = device_param(device, "ipaddr");

	snprintf(auth, sizeof(auth), "--authentication-type=%s", c->auth->freeipmi);
	snprintf(priv, sizeof(priv), "--privilege-level=%s", c->priv->freeipmi);
	snprintf(config, sizeof(config), "--config-file=%s", c->secret);
	snprintf(host, sizeof(host), strchr(ipaddr, ':') ? "[%s]:%s" : "%s:%s", ipaddr,
	    device_param(device, "port"));
	return command_output(device, &command, output, OUTPUT_MAX);
}

/* Why a command failed, by what it printed. */
static int
failure_code(const char *output)
{
	static const char *const refused[] = { "Activate Session", "Invalid user",
		"password", "username", "privilege", "Authentication", "authentication" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strstr(output, refused[i]))
			return S_ACCESS;
	/* No answer at all. */
	if (strstr(output, "Unable to establish") || strstr(output, "connection timeout"))
		return S_TIMEOUT;
	return S_RESETFAIL;
}

/* 0 or a code, logged. */
static int
run(struct device *device, enum verb verb, char output[OUTPUT_MAX])
{
	const struct controller *c = device_data(device);
	const char *what = verb == VERB_ALIVE ? "get device id" : verbs[verb].name;
	int status = c->freeipmi ? with_freeipmi(device, verb, output)
	                         : with_ipmitool(device, verb, output);
	int code;

	if (status == 0)
		return 0;
	if (status < 0)
		return -status;
	code = failure_code(output);
	for (char *at = output; *at; at++)
		if (*at == '\n')
			*at = at[1] ? ';' : '\0';
	device_log(device, LOG_ERR, "%s: '%s' failed: %s", device_param(device, "ipaddr"),
	    what, output[0] ? output : "without a word");
	return code;
}

/* Whether the chassis has power. */
static int
power_get(struct device *device, bool *on)
{
	const struct controller *c = device_data(device);
	char output[OUTPUT_MAX], *end;
	int rc = run(device, VERB_STATUS, output);

	if (rc)
		return rc;
	end = output + strlen(output);
	while (end > output && (end[-1] == '\n' || end[-1] == ' '))
		*--end = '\0';
	end = strrchr(output, '\n');
	end = end ? end + 1 : output; /* the last line; warnings stand before it */
	end = strstr(end, c->freeipmi ? ": " : "Chassis Power is ");
	end = end ? end + strlen(c->freeipmi ? ": " : "Chassis Power is ") : output;
	if (strcmp(end, "on") != 0 && strcmp(end, "off") != 0) {
		device_log(device, LOG_ERR, "%s: no state of the chassis: '%s'",
		    device_param(device, "ipaddr"), end);
		return S_OOPS;
	}
	*on = end[1] == 'n';
	return 0;
}

/* Waits until it has, or has not; S_TIMEOUT: never seen so. */
static int
power_seen(struct device *device, bool wanted, int seconds)
{
	const struct timespec poll = { 0, POLL_MS * 1000000L };
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		bool on;
		int rc = power_get(device, &on);

		if (rc && rc != S_TIMEOUT)
			return rc; /* a controller may be deaf while it switches */
		if (rc == 0 && on == wanted)
			return 0;
		nanosleep(&poll, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec && device_time_left(device) > 2 * COMMAND_MS);
	return S_TIMEOUT;
}

static int
power_wait(struct device *device, bool wanted)
{
	int rc = power_seen(device, wanted, WAIT_S);

	if (rc != S_TIMEOUT)
		return rc;
	device_log(device, LOG_CRIT,
	    "%s took the command, but the chassis was not %s after it",
	    device_param(device, "ipaddr"), wanted ? "on" : "off");
	return S_RESETFAIL;
}

static int
turn(struct device *device, bool on)
{
	char output[OUTPUT_MAX];
	int rc = run(device, on ? VERB_ON : VERB_OFF, output);

	return rc ? rc : power_wait(device, on);
}

static int
reset(struct device *device)
{
	const struct controller *c = device_data(device);
	char output[OUTPUT_MAX];
	bool on;
	int rc = power_get(device, &on);

	if (rc)
		return rc;
	if (!on) /* neither a cycle nor a reset does anything then */
		return turn(device, true);
	rc = run(device, c->hard_reset ? VERB_RESET : VERB_CYCLE, output);
	if (rc || c->hard_reset)
		return rc;
	rc = power_seen(device, false, CYCLE_S);
	if (rc == S_TIMEOUT) {
		/* It may have been off for so short a time that nobody saw it: once more,
		 * in two steps, of which each stays. */
		rc = turn(device, false);
		return rc ? rc : turn(device, true);
	}
	return rc ? rc : power_wait(device, true);
}

/* The driver. */

static const struct word *
word_find(struct device *device, const char *param, const struct word *words)
{
	const char *value = device_param(device, param);

	for (; words->name; words++)
		if (strcasecmp(words->name, value) == 0)
			return words;
	device_log(device, LOG_CRIT, "ipmilan: unknown %s '%s'", param, value);
	return NULL;
}

static int
method_take(struct device *device, struct controller *c)
{
	const char *method = device_param(device, "reset_method");

	if (!method || strcmp(method, "power_cycle") == 0)
		return 0;
	if (strcmp(method, "hard_reset") == 0) {
		c->hard_reset = true;
		return 0;
	}
	device_log(device, LOG_CRIT,
	    "ipmilan: reset_method is '%s', not power_cycle or hard_reset", method);
	return S_BADCONFIG;
}

/* What becomes a word of a command must not be an option of it. */
static int
values_check(struct device *device)
{
	const char *ipaddr = device_param(device, "ipaddr");
	const char *port = device_param(device, "port");
	char *end;
	long number = strtol(port, &end, 10);

	if (port[0] < '0' || port[0] > '9' || *end || number < 1 || number > 65535) {
		device_log(device, LOG_CRIT, "port '%s' is not a number from 1 to 65535",
		    port);
		return S_BADCONFIG;
	}
	if (ipaddr[0] == '-' || ipaddr[0] == '\0' || strlen(ipaddr) > 255 ||
	    strpbrk(ipaddr, " \t,[]")) {
		device_log(device, LOG_CRIT, "'%s' is no address", ipaddr);
		return S_BADCONFIG;
	}
	if (strlen(device_param(device, "login")) > CREDENTIAL_MAX ||
	    strlen(device_param(device, "password")) > CREDENTIAL_MAX) {
		device_log(device, LOG_CRIT,
		    "login and password have %d characters at most", CREDENTIAL_MAX);
		return S_BADCONFIG;
	}
	return 0;
}

static int
tool_find(struct device *device, struct controller *c)
{
	char text[CREDENTIAL_MAX + 32];

	bool has_ipmitool = command_exists("ipmitool");
	bool has_freeipmi = command_exists("ipmipower");

	/* ipmitool is often built without MD2. */
	c->freeipmi =
	    has_freeipmi && (!has_ipmitool || strcmp(c->auth->name, "md2") == 0);
	if (!has_ipmitool && !has_freeipmi) {
		device_log(device, LOG_CRIT,
		    "ipmilan needs 'ipmitool' or, of freeipmi-tools, 'ipmipower': "
		    "neither "
		    "is installed");
		return S_OOPS;
	}
	snprintf(text, sizeof(text), c->freeipmi ? "password \"%s\"\n" : "%s\n",
	    device_param(device, "password"));
	c->secret_fd = memfile_make(text, false, c->secret);
	if (c->secret_fd < 0) {
		device_log(device, LOG_CRIT, "cannot keep the password: %s",
		    strerror(-c->secret_fd));
		return S_OOPS;
	}
	return 0;
}

static int
ipmilan_configure(struct device *device)
{
	struct controller *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return S_OOPS;
	c->secret_fd = -1;
	device_set_data(device, c);
	device_set_name(device, device_param(device, "ipaddr"));
	c->auth = word_find(device, "auth", auths);
	c->priv = word_find(device, "priv", privs);
	if (!c->auth || !c->priv)
		return S_BADCONFIG;
	rc = method_take(device, c);
	if (rc == 0)
		rc = values_check(device);
	return rc ? rc : tool_find(device, c);
}

static int
ipmilan_status(struct device *device)
{
	char output[OUTPUT_MAX];

	return run(device, VERB_ALIVE, output);
}

static int
ipmilan_hosts(struct device *device)
{
	host_tell(device, device_param(device, "hostname"));
	return 0;
}

static int
ipmilan_request(struct device *device, enum stonith_op op, const char *host)
{
	int rc;

	if (!host_is(host, device_param(device, "hostname"))) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_id(device), host);
		return S_OOPS;
	}
	rc = op == ST_GENERIC_RESET ? reset(device) : turn(device, op == ST_POWERON);
	if (rc == 0)
		device_log(device, LOG_INFO, "Host %s ipmilan-%s.", host,
		    op == ST_GENERIC_RESET ? "reset"
		    : op == ST_POWERON     ? "on"
		                           : "off");
	return rc;
}

static void
ipmilan_close(struct device *device)
{
	struct controller *c = device_data(device);

	if (c && c->secret_fd >= 0)
		close(c->secret_fd);
	free(c);
	device_set_data(device, NULL);
}

static const struct plugin_param params[] = {
	{ .name = "hostname",
	    .label = "hostname",
	    .text = "The host that the controller is in.",
	    .unique = true },
	{ .name = "ipaddr",
	    .label = "IP Address",
	    .text = "The address of the controller." },
	{ .name = "port",
	    .label = "port",
	    .text = "The UDP port of the controller, usually 623." },
	{ .name = "auth",
	    .label = "auth",
	    .text = "How the password is sent: none, straight, md2 or md5." },
	{ .name = "priv",
	    .label = "priv",
	    .text = "The privilege to ask for: operator or admin." },
	{ .name = "login", .label = "Login", .text = "The user that logs in." },
	{ .name = "password",
	    .label = "Password",
	    .text = "The user's password.",
	    .secret = true },
	{ .name = "reset_method",
	    .label = "reset_method",
	    .text = "power_cycle (the default) or hard_reset.",
	    .optional = true,
	    .hidden = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "IPMI Over LAN",
	.descr = "A management controller that speaks IPMI over LAN, version 1.5.  "
	         "ipmitool or "
	         "freeipmi-tools must be installed.",
	.url = "http://www.intel.com/design/servers/ipmi/",
	.params = params,
	.configure = ipmilan_configure,
	.status = ipmilan_status,
	.hosts = ipmilan_hosts,
	.request = ipmilan_request,
	.close = ipmilan_close,
};
