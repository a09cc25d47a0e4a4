/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rps10: Western Telematic RPS-10M on a serial line (spec/stonith.md 8).  Units stand in a chain,
 * each with a digit; "*" is all of them.  A drop of DTR resets their command line, and then they say
 * that they are ready.
 */
#include "stonith/kit/dialog.h"
#include "stonith/kit/hostlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RPS_TARGETS_MAX 10
#define RPS_BAUD 9600
#define RPS_DTR_MS 2000
#define RPS_BETWEEN " \t\r\n\f"

enum rps_command { RPS_OFF = '0', RPS_ON = '1', RPS_TOGGLE = 'T' };

struct config {
	char tty[128];
	struct {
		char host[HOSTLIST_NAME_MAX];
		char outlet; /* '0' to '9', or '*' */
	} target[RPS_TARGETS_MAX];
	size_t count;
};

/* The next word; false at the end, and when it does not fit. */
static bool
rps_word(const char **text, char *word, size_t size)
{
	size_t len;

	*text += strspn(*text, RPS_BETWEEN);
	len = strcspn(*text, RPS_BETWEEN);
	if (len == 0 || len >= size)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return true;
}

/* "<tty> <node> <outlet> [<node> <outlet>]..." */
static int
rps_parse(struct device *device, const char *text, struct config *config)
{
	char host[HOSTLIST_NAME_MAX], outlet[16];

	memset(config, 0, sizeof(*config));
	if (!rps_word(&text, config->tty, sizeof(config->tty)))
		return S_BADCONFIG;
	while (rps_word(&text, host, sizeof(host))) {
		if (config->count == RPS_TARGETS_MAX) {
			device_log(device, LOG_CRIT, "WTI_RPS10: more than %d targets",
			    RPS_TARGETS_MAX);
			return S_BADCONFIG;
		}
		if (!rps_word(&text, outlet, sizeof(outlet))) {
			device_log(device, LOG_CRIT, "WTI_RPS10: no outlet for %s", host);
			return S_BADCONFIG;
		}
		if (!strchr("0123456789*A", outlet[0])) {
			device_log(device, LOG_CRIT,
			    "WTI_RPS10: the outlet_id %s must be between 0 and 9 or '*' "
			    "/ "
			    "'A'",
			    outlet);
			return S_BADCONFIG;
		}
		host_lower(host, config->target[config->count].host, sizeof(host));
		config->target[config->count++].outlet =
		    outlet[0] == 'A' ? '*' : outlet[0];
	}
	/* A word that is too long stands there still. */
	return config->count > 0 && *text == '\0' ? S_OK : S_BADCONFIG;
}

/* The line. */

static int
rps_open(struct device *device, struct dialog *d)
{
	struct config *config = device_data(device);
	int code = dialog_tty(d, device,
	    &(struct serial_line){ .path = config->tty,
	        .baud = RPS_BAUD,
	        .canonical = true });

	if (code != S_OK)
		return code;
	code = serial_drop_dtr(device, d->fd, RPS_DTR_MS);
	if (code == S_OK)
		code = dialog_wait(d, "RPS-10 Ready", 12000);
	if (code == S_OK)
		code = dialog_wait(d, "\n", 2000);
	if (code != S_OK)
		dialog_close(d);
	return code;
}

/* "Plug 0 Off", from the plug that is meant and with the state that is. */
static int
rps_answer(struct dialog *d, char outlet, const char *state)
{
	static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8",
		"9", NULL };
	static const char *const states[] = { "On", "Off", NULL };
	int digit, found, code = dialog_wait(d, "Plug", 5000);

	if (code != S_OK)
		return code;
	digit = dialog_expect(d, digits, 2000);
	if (digit < 0)
		return -digit;
	found = dialog_expect(d, states, 2000);
	if (found < 0)
		return -found;
	if (strcmp(states[found], state) != 0 ||
	    (outlet != '*' && digit != outlet - '0')) {
		device_log(d->device, LOG_CRIT,
		    "plug %c should be %s, but plug %d says: %s", outlet, state, digit,
		    states[found]);
		return S_RESETFAIL;
	}
	return dialog_wait(d, "\n", 2000);
}

static int
rps_command(struct dialog *d, char outlet, enum rps_command command)
{
	const char bytes[] = { 2, 24, 24, 2, 24, 24, outlet, (char)command, '\r' };
	bool toggle = command == RPS_TOGGLE;
	int code = dialog_send_bytes(d, bytes, sizeof(bytes));

	if (code == S_OK)
		code = rps_answer(d, outlet, command == RPS_ON ? "On" : "Off");
	if (code == S_OK)
		code = dialog_wait(d, "Complete", toggle ? 14000 : 5000);
	return code == S_OK ? dialog_wait(d, "\n", 2000) : code;
}

/* COMMAND for each plug of HOST. */
static int
rps_switch(struct dialog *d, const struct config *config, const char *host,
    enum rps_command command)
{
	for (size_t i = 0; i < config->count; i++) {
		int code;

		if (!host_is(config->target[i].host, host))
			continue;
		code = rps_command(d, config->target[i].outlet, command);
		if (code != S_OK)
			return code;
	}
	return S_OK;
}

/* The driver. */

static int
rps10_configure(struct device *device)
{
	struct config *config = malloc(sizeof(*config));
	int code;

	if (!config)
		return S_OOPS;
	code = rps_parse(device, device_param(device, "serial_to_targets"), config);
	if (code != S_OK) {
		free(config);
		return code;
	}
	device_set_data(device, config);
	device_set_name(device, config->tty);
	return S_OK;
}

static int
rps10_status(struct device *device)
{
	struct dialog d;
	int code = rps_open(device, &d);

	if (code == S_OK)
		dialog_close(&d);
	return code;
}

static int
rps10_hosts(struct device *device)
{
	struct config *config = device_data(device);

	for (size_t i = 0; i < config->count; i++)
		device_host(device, config->target[i].host);
	return S_OK;
}

static int
rps10_request(struct device *device, enum stonith_op op, const char *host)
{
	struct config *config = device_data(device);
	size_t plugs = 0;
	struct dialog d;
	int code = rps_open(device, &d);

	if (code != S_OK)
		return op == ST_GENERIC_RESET && code == S_TIMEOUT ? S_RESETFAIL : code;
	for (size_t i = 0; i < config->count; i++)
		plugs += host_is(config->target[i].host, host);
	if (plugs == 0) {
		device_log(device, LOG_WARNING, "WTI_RPS10: %s doesn't control host [%s]",
		    config->tty, host);
		code = S_BADHOST;
	} else if (op != ST_GENERIC_RESET) {
		/* These words stand for both, and are looked for. */
		device_log(device, LOG_INFO, "Host is being turned on: %s", host);
		code = rps_switch(&d, config, host, op == ST_POWERON ? RPS_ON : RPS_OFF);
	} else {
		device_log(device, LOG_INFO, "Host is being rebooted: %s", host);
		/* Several supplies are off at the same time, or the host stays alive. */
		code = rps_switch(&d, config, host, plugs == 1 ? RPS_TOGGLE : RPS_OFF);
		if (code == S_OK && plugs > 1)
			code = rps_switch(&d, config, host, RPS_ON);
		if (code == S_TIMEOUT)
			code = S_RESETFAIL;
	}
	dialog_close(&d);
	return code;
}

static const struct plugin_param params[] = {
	{ .name = "serial_to_targets",
	    .label = "Value in the format 'serial_device remotenode outlet [remotenode "
	             "outlet]...'",
	    .text = "The serial device, and for each host its name and the digit of its "
	            "plug: "
	            "\"/dev/ttyS0 nodea 0 nodeb 1\". The plug \"*\" (or \"A\") is all "
	            "plugs of the "
	            "line.",
	    .unique = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "WTI RPS10 Power Switch",
	.descr = "Western Telematic (WTI) RPS-10M power switches on a serial line.",
	.url = "http://www.wti.com/",
	.params = params,
	.configure = rps10_configure,
	.status = rps10_status,
	.hosts = rps10_hosts,
	.request = rps10_request,
};
