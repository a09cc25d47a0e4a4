/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nw_rpc100s: Micro Energetics Night/Ware RPC100S on a serial line (spec/stonith.md 8): one outlet,
 * no state to be asked for.  A command that it cannot know shows that it is there.
 */
#include "stonith/kit/dialog.h"
#include "stonith/kit/hostlist.h"

#define RPC_BAUD 9600
#define RPC_END ";\r\n\r" /* as odd as it looks */

static bool
rpc_host(struct device *device, char *host, size_t size)
{
	const char *list = device_param(device, "hostlist");

	return hostlist_next(&list, host, size);
}

/* COMMAND, and the word that answers it. */
static int
rpc_command(struct dialog *d, const char *command, const char *answer, long timeout_ms)
{
	const char *const answers[] = { answer, "Invalid Entry", NULL };
	int code = dialog_send(d, command), found;

	if (code != S_OK)
		return code;
	found = dialog_expect(d, answers, timeout_ms);
	if (found < 0)
		return -found;
	code = dialog_wait(d, "\n", 2000);
	return code == S_OK && found == 1 ? S_RESETFAIL : code;
}

static int
rpc_open(struct device *device, struct dialog *d)
{
	int code = dialog_tty(d, device,
	    &(struct serial_line){ .path = device_param(device, "ttydev"),
	        .baud = RPC_BAUD,
	        .canonical = true });

	if (code != S_OK)
		return code;
	code = rpc_command(d, "//0,0,BOGUS" RPC_END, "Invalid Entry", 12000);
	if (code != S_OK)
		dialog_close(d);
	return code;
}

static int
nw_rpc100s_configure(struct device *device)
{
	const char *list = device_param(device, "hostlist");
	char host[HOSTLIST_NAME_MAX];

	if (!hostlist_next(&list, host, sizeof(host))) {
		device_log(device, LOG_CRIT, "no host in hostlist");
		return S_BADCONFIG;
	}
	if (hostlist_next(&list, host, sizeof(host)))
		device_log(device, LOG_WARNING,
		    "it has one outlet: %s and what follows in hostlist is not "
		    "controlled",
		    host);
	device_set_name(device, device_param(device, "ttydev"));
	return S_OK;
}

static int
nw_rpc100s_status(struct device *device)
{
	struct dialog d;
	int code = rpc_open(device, &d);

	if (code == S_OK)
		dialog_close(&d);
	return code;
}

static int
nw_rpc100s_hosts(struct device *device)
{
	char host[HOSTLIST_NAME_MAX];

	if (rpc_host(device, host, sizeof(host)))
		device_host(device, host);
	return S_OK;
}

static int
nw_rpc100s_request(struct device *device, enum stonith_op op, const char *host)
{
	static const char *const commands[] = { [ST_GENERIC_RESET] = "//0,0,10" RPC_END,
		[ST_POWERON] = "//0,0,0" RPC_END,
		[ST_POWEROFF] = "//0,0,*" RPC_END };
	char ours[HOSTLIST_NAME_MAX];
	struct dialog d;
	int code = rpc_open(device, &d);

	if (code == S_OK &&
	    (!rpc_host(device, ours, sizeof(ours)) || !host_is(ours, host))) {
		device_log(device, LOG_WARNING, "%s doesn't control host [%s]",
		    device_param(device, "ttydev"), host);
		dialog_close(&d);
		return S_BADHOST;
	}
	if (code == S_OK) {
		code = rpc_command(&d, commands[op], "OK", 5000);
		dialog_close(&d);
	}
	return code == S_TIMEOUT && op == ST_GENERIC_RESET ? S_RESETFAIL : code;
}

static const struct plugin_param params[] = {
	{ .name = "ttydev",
	    .label = "TTY Device",
	    .text = "The serial device that the switch is connected to" },
	{ .name = "hostlist",
	    .label = "Hostlist",
	    .text = "The host that is powered by the switch" },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "NW RPC100S Power Switch",
	.descr = "Micro Energetics Night/Ware RPC100S power switch on a serial line: one "
	         "outlet, "
	         "one host.",
	.url = "http://www.microenergeticscorp.com/",
	.params = params,
	.configure = nw_rpc100s_configure,
	.status = nw_rpc100s_status,
	.hosts = nw_rpc100s_hosts,
	.request = nw_rpc100s_request,
};
