/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * WTI MPC power strips over SNMP (spec/stonith.md 9): plug groups, whose names are the hosts.
 * The MIB that the spec has shows no state of a group, so the evidence is the device's answer to
 * the command, which must repeat it.
 */
#include "stonith/kit/hostlist.h"
#include "stonith/kit/snmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_SYSNAME ".1.3.6.1.2.1.1.5.0"
#define GROUPS_MAX 127
#define NAME_MAX_LEN 128 /* of a group, with the zero */

enum { COMMAND_ON = 5, COMMAND_OFF = 6, COMMAND_REBOOT = 7 };

/* Where a version of the MIB has the groups. */
struct mib {
	const char *version, *name, *control;
};

static const struct mib mibs[] = {
	{ "1", ".1.3.6.1.4.1.2634.3.1.3.1.2.%ld", ".1.3.6.1.4.1.2634.3.1.3.1.3.%ld" },
	{ "3", ".1.3.6.1.4.1.2634.3.100.300.1.2.%ld",
	    ".1.3.6.1.4.1.2634.3.100.300.1.3.%ld" },
};

struct unit {
	struct snmp *snmp;
	const struct mib *mib;
	long group_count;
};

/* Anything but "3" is the first MIB. */
static const struct mib *
mib_find(const char *version)
{
	return strcmp(version, mibs[1].version) == 0 ? &mibs[1] : &mibs[0];
}

static int
read_name(struct unit *unit, long group, char name[NAME_MAX_LEN])
{
	char oid[64];

	snprintf(oid, sizeof(oid), unit->mib->name, group);
	return snmp_read_text(unit->snmp, oid, name, NAME_MAX_LEN);
}

/* Walks to the end of the groups: an empty name, or no such name. */
static int
groups_count(struct device *device, struct unit *unit)
{
	for (long n = 1; n <= GROUPS_MAX; n++) {
		char name[NAME_MAX_LEN];
		int rc = read_name(unit, n, name);

		if (rc == S_ACCESS)
			return rc;
		if (rc == S_INVAL && n == 1) {
			device_log(device, LOG_CRIT,
			    "the device has no plug groups of MIB version %s",
			    unit->mib->version);
			return S_ACCESS;
		}
		if (rc == S_INVAL || (rc == 0 && name[0] == '\0'))
			return 0;
		unit->group_count = n; /* one whose name is no text still has a number */
	}
	return 0;
}

static int
mpc_configure(struct device *device)
{
	struct unit *unit = calloc(1, sizeof(*unit));
	int rc;

	if (!unit)
		return S_OOPS;
	unit->mib = mib_find(device_param(device, "mib-version"));
	rc = snmp_open_device(&unit->snmp, device, device_param(device, "ipaddr"),
	    device_param(device, "port"), device_param(device, "community"));
	if (rc) {
		free(unit);
		return rc;
	}
	device_set_data(device, unit);
	device_set_name(device, device_param(device, "ipaddr"));
	rc = groups_count(device, unit);
	if (rc)
		device_log(device, LOG_CRIT,
		    "wti_mpc_set_config: cannot read number of outlets.");
	return rc;
}

static int
mpc_status(struct device *device)
{
	struct unit *unit = device_data(device);
	char name[NAME_MAX_LEN];

	if (snmp_read_text(unit->snmp, OID_SYSNAME, name, sizeof(name))) {
		device_log(device, LOG_CRIT,
		    "wti_mpc_status: cannot read the system's name.");
		return S_ACCESS;
	}
	return 0;
}

static int
mpc_hosts(struct device *device)
{
	struct unit *unit = device_data(device);

	for (long n = 1; n <= unit->group_count; n++) {
		char name[NAME_MAX_LEN];
		int rc = read_name(unit, n, name);

		if (rc == S_ACCESS)
			return rc;
		if (rc == 0 && name[0])
			host_tell(device, name);
	}
	return 0;
}

static int
group_find(struct device *device, struct unit *unit, const char *host, long *group)
{
	for (long n = 1; n <= unit->group_count; n++) {
		char name[NAME_MAX_LEN];
		int rc = read_name(unit, n, name);

		if (rc == S_ACCESS)
			return rc;
		if (rc == 0 && host_is(name, host)) {
			*group = n;
			return 0;
		}
	}
	device_log(device, LOG_CRIT, "wti_mpc_reset_req: no active outlet for '%s'.",
	    host);
	return S_BADHOST;
}

static int
mpc_request(struct device *device, enum stonith_op op, const char *host)
{
	static const long commands[] = {
		[ST_GENERIC_RESET] = COMMAND_REBOOT,
		[ST_POWERON] = COMMAND_ON,
		[ST_POWEROFF] = COMMAND_OFF,
	};
	struct unit *unit = device_data(device);
	char oid[64];
	long group;
	int rc = group_find(device, unit, host, &group);

	if (rc)
		return rc;
	snprintf(oid, sizeof(oid), unit->mib->control, group);
	rc = snmp_write_int(unit->snmp, oid, commands[op]);
	return rc == 0 ? 0 : S_RESETFAIL;
}

static void
mpc_close(struct device *device)
{
	struct unit *unit = device_data(device);

	if (unit)
		snmp_close_device(unit->snmp);
	free(unit);
	device_set_data(device, NULL);
}

static const struct plugin_param params[] = {
	{ .name = "ipaddr", .label = "IP Address", .text = "The address of the strip." },
	{ .name = "port",
	    .label = "port",
	    .text = "The UDP port of its SNMP agent, usually 161." },
	{ .name = "community",
	    .label = "SNMP Community",
	    .text = "The SNMP community, which must be allowed to write.",
	    .secret = true },
	{ .name = "mib-version",
	    .label = "MIB version",
	    .text = "The version of the MIB that the strip's firmware has: 1 or 3." },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "WTI MPC",
	.descr = "WTI MPC power strips over SNMP.  Several SNMP clients may use the "
	         "strip at the "
	         "same time.  The names of the plug groups are the hosts.",
	.url = "http://www.wti.com/",
	.params = params,
	.configure_asks = true,
	.configure = mpc_configure,
	.status = mpc_status,
	.hosts = mpc_hosts,
	.request = mpc_request,
	.close = mpc_close,
};
