/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resets the machine that it runs on (spec/stonith.md 10), two seconds later, so that the result
 * can still be reported.
 */
#include "stonith/kit/command.h"
#include "stonith/kit/hostlist.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#define REBOOT "/sbin/reboot"
#define POWEROFF "/sbin/poweroff"

static int
suicide_configure(struct device *device)
{
	(void)device;
	return 0;
}

static int
suicide_hosts(struct device *device)
{
	struct utsname name;

	if (uname(&name) < 0)
		return S_OOPS;
	host_tell(device, name.nodename);
	return 0;
}

/* Starts what ends the machine; it outlives us, our parent and its terminal. */
static int
end_machine(struct device *device, const char *program)
{
	char script[256];
	char *const argv[] = { "sh", "-c", script, NULL };
	const struct command command = { .path = "/bin/sh", .argv = argv };

	if (access(program, X_OK) < 0) {
		device_log(device, LOG_CRIT, "%s cannot be executed", program);
		return S_RESETFAIL;
	}
	snprintf(script, sizeof(script),
	    "nohup sh -c 'sleep 2; %s -nf </dev/null >/dev/null 2>&1' "
	    "</dev/null >/dev/null 2>&1 &",
	    program);
	return command_run(device, &command) == 0 ? 0 : S_RESETFAIL;
}

static int
suicide_request(struct device *device, enum stonith_op op, const char *host)
{
	struct utsname name;
	int rc;

	if (uname(&name) < 0 || !host_is(name.nodename, host)) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_id(device), host);
		return S_RESETFAIL;
	}
	if (op == ST_POWERON) {
		device_log(device, LOG_CRIT, "%s not capable of power-on operation",
		    device_id(device));
		return S_INVAL;
	}
	device_log(device, LOG_INFO, "Initiating suicide on host %s", host);
	rc = end_machine(device, op == ST_POWEROFF ? POWEROFF : REBOOT);
	if (rc)
		device_log(device, LOG_CRIT, "Suicide stonith failed.");
	else
		device_log(device, LOG_INFO, "Suicide stonith succeeded.");
	return rc;
}

static const struct plugin_param params[] = { { .name = NULL } };

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "Suicide STONITH device",
	.descr = "Resets or powers off the machine that it runs on, and no other.",
	.params = params,
	.configure = suicide_configure,
	.status = suicide_configure,
	.hosts = suicide_hosts,
	.request = suicide_request,
};
