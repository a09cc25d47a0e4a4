/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resets a machine by asking it to, through ssh (spec/stonith.md 10): for tests.  What counts is
 * that ssh says the job was taken, and that the machine then stops answering: a ping that ends
 * with 1, which is "no answer".  Any other end of ping (no such host, no permission) is no
 * evidence.
 */
#include "stonith/kit/command.h"
#include "stonith/kit/hostlist.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PING_TRIES 15
#define HOST_MAX 256

static int
ssh_configure(struct device *device)
{
	const char *list = device_param(device, "hostlist");
	char host[HOST_MAX];
	int count = 0;

	for (const char *at = list; hostlist_next(&at, host, sizeof(host)); count++)
		/* It becomes a word of a command. */
		if (host[0] == '-') {
			device_log(device, LOG_CRIT, "'%s' is no host", host);
			return S_BADCONFIG;
		}
	if (count == 0) {
		device_log(device, LOG_CRIT, "the list of hosts is empty");
		return S_BADCONFIG;
	}
	return 0;
}

/* Whether its tools are there; what the hosts do is not the device's state. */
static int
ssh_status(struct device *device)
{
	static const char *const tools[] = { "ssh", "ping" };

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (!command_exists(tools[i])) {
			device_log(device, LOG_CRIT, "there is no '%s'", tools[i]);
			return S_OOPS;
		}
	return 0;
}

static int
ssh_hosts(struct device *device)
{
	return hostlist_tell(device, device_param(device, "hostlist"));
}

/* Has the machine go down in two seconds, so that ssh can end before. */
static int
host_ask(struct device *device, const char *job, const char *host)
{
	char remote[256];
	char *const argv[] = { "ssh", "-q", "-x", "-n", "-l", "root", (char *)host,
		remote, NULL };
	const struct command command = { .path = "ssh",
		.argv = argv,
		.with_stderr = true };
	int status;

	snprintf(remote, sizeof(remote),
	    "echo 'sleep 2; %s' | SHELL=/bin/sh at now >/dev/null 2>&1", job);
	status = command_run(device, &command);
	if (status == 0)
		return 0;
	device_log(device, LOG_CRIT, "command ssh -q -x -n -l root \"%s\" \"%s\" failed",
	    host, remote);
	return status == -S_TIMEOUT ? S_TIMEOUT : S_RESETFAIL;
}

static int
host_watch(struct device *device, const char *host)
{
	const struct timespec second = { 1, 0 };
	char *const argv[] = { "ping", "-w1", "-c1", (char *)host, NULL };
	const struct command command = { .path = "ping",
		.argv = argv,
		.with_stderr = true };
	int status = 0;

	for (int i = 0; i < PING_TRIES; i++) {
		status = command_run(device, &command);
		if (status == 1)
			return 0;
		if (status < 0)
			break;
		nanosleep(&second, NULL);
	}
	if (status == 0)
		device_log(device, LOG_CRIT,
		    "still able to ping %s after %d tries, stonith did not work", host,
		    PING_TRIES);
	else
		device_log(device, LOG_CRIT,
		    "ping cannot tell whether %s is down (exit code %d)", host, status);
	return S_RESETFAIL;
}

static int
ssh_request(struct device *device, enum stonith_op op, const char *host)
{
	bool off = op == ST_POWEROFF;
	int rc;

	if (!hostlist_has(device_param(device, "hostlist"), host)) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_id(device), host);
		return S_BADHOST;
	}
	if (op == ST_POWERON) {
		device_log(device, LOG_CRIT, "%s not capable of power-on operation",
		    device_id(device));
		return S_INVAL;
	}
	device_log(device, LOG_INFO, "Initiating ssh-%s on host: %s",
	    off ? "poweroff" : "reset", host);
	rc = host_ask(device, off ? "/sbin/poweroff -nf" : "/sbin/reboot -nf", host);
	return rc ? rc : host_watch(device, host);
}

static const struct plugin_param params[] = {
	{ .name = "hostlist",
	    .label = "Hostlist",
	    .text =
	        "The hosts that can be reached with ssh as root without a password." },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "SSH STONITH device",
	.descr = "Resets a machine by a command through ssh.  Only for tests: a machine "
	         "that needs "
	         "fencing often cannot run a command any more.",
	.url = "http://openssh.org",
	.params = params,
	.missing_code = S_OOPS, /* as of old */
	.configure = ssh_configure,
	.status = ssh_status,
	.hosts = ssh_hosts,
	.request = ssh_request,
};
