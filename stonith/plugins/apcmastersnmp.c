/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * APC MasterSwitch and its successors over SNMP (spec/stonith.md 9).
 *
 * A host is done with when the device itself has shown it: an outlet that was to go off reads
 * "off"; one that was to be cycled has read "off" after the command and reads "on" again.  A host
 * with several outlets (two power supplies) is only off while all of them are, which single
 * reboot commands do not promise: there all go off, and then all go on.
 */
#include "stonith/kit/hostlist.h"
#include "stonith/kit/snmp.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BASE ".1.3.6.1.4.1.318.1.1.12"
#define OID_IDENT BASE ".1.5.0"
#define OID_OUTLETS BASE ".1.8.0"
#define OID_NAME BASE ".3.4.1.1.2.%ld"
#define OID_STATE BASE ".3.3.1.1.4.%ld"
#define OID_PENDING BASE ".3.5.1.1.5.%ld"
#define OID_DURATION BASE ".3.4.1.1.6.%ld"

enum { STATE_ON = 1, STATE_OFF = 2, COMMAND_REBOOT = 3, PENDING_NONE = 2 };

#define OUTLETS_MAX 64   /* of a device; those behind are not looked at */
#define HOST_OUTLETS 16  /* of one host; more are refused */
#define NAME_MAX_LEN 128 /* of an outlet, with the zero */
#define POLL_MS 500
#define SETTLE_S 10 /* at least so long is waited for a state */

struct unit {
	struct snmp *snmp;
	long outlet_count;
};

/* The outlets of one host. */
struct feeds {
	const char *host;
	long outlet[HOST_OUTLETS];
	size_t count;
	long duration_s; /* the longest of their pauses in a reboot */
};

static const char *const tested[] = { "AP9606", "AP7920", "AP7921", "AP7900" };

/* Values. */

static int
read_at(struct unit *unit, const char *format, long outlet, long *value)
{
	char oid[64];

	snprintf(oid, sizeof(oid), format, outlet);
	return snmp_read_int(unit->snmp, oid, value);
}

static int
command(struct unit *unit, long outlet, long value)
{
	char oid[64];

	snprintf(oid, sizeof(oid), OID_STATE, outlet);
	return snmp_write_int(unit->snmp, oid, value);
}

/* 0, S_INVAL or S_OOPS for an outlet without a usable name, S_ACCESS. */
static int
read_name(struct unit *unit, long outlet, char name[NAME_MAX_LEN])
{
	char oid[64];

	snprintf(oid, sizeof(oid), OID_NAME, outlet);
	return snmp_read_text(unit->snmp, oid, name, NAME_MAX_LEN);
}

static void
nap(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* The host's outlets. */

static int
feeds_add(struct device *device, struct feeds *feeds, struct unit *unit, long outlet)
{
	long state, duration;
	int rc;

	if (feeds->count == HOST_OUTLETS) {
		device_log(device, LOG_CRIT, "more than %d outlets are named '%s'",
		    HOST_OUTLETS, feeds->host);
		return S_OOPS;
	}
	rc = read_at(unit, OID_STATE, outlet, &state);
	if (rc == 0)
		rc = read_at(unit, OID_DURATION, outlet, &duration);
	if (rc)
		return rc == S_ACCESS ? S_ACCESS : S_RESETFAIL;
	if (duration < 0 || duration > 3600)
		duration = 0;
	if (feeds->count > 0 && duration != feeds->duration_s)
		device_log(device, LOG_WARNING,
		    "the outlets of '%s' have different reboot durations", feeds->host);
	if (duration > feeds->duration_s)
		feeds->duration_s = duration;
	feeds->outlet[feeds->count++] = outlet;
	return 0;
}

static int
feeds_find(struct device *device, struct unit *unit, const char *host,
    struct feeds *feeds)
{
	*feeds = (struct feeds){ .host = host };
	for (long n = 1; n <= unit->outlet_count; n++) {
		char name[NAME_MAX_LEN];
		int rc = read_name(unit, n, name);

		if (rc == S_ACCESS)
			return rc;
		if (rc == 0 && host_is(name, host))
			rc = feeds_add(device, feeds, unit, n);
		else
			rc = 0;
		if (rc)
			return rc;
	}
	if (feeds->count == 0) {
		device_log(device, LOG_CRIT,
		    "apcmastersnmp_reset_req: no active outlet for '%s'.", host);
		return S_BADHOST;
	}
	return 0;
}

/* Doing. */

/* VALUE to each outlet that has no other command waiting. */
static int
feeds_command(struct device *device, struct unit *unit, const struct feeds *feeds,
    long value)
{
	for (size_t i = 0; i < feeds->count; i++) {
		long pending;
		int rc = read_at(unit, OID_PENDING, feeds->outlet[i], &pending);

		if (rc == 0 && pending != PENDING_NONE) {
			device_log(device, LOG_CRIT,
			    "apcmastersnmp_reset_req: outlet %ld: command pending.",
			    feeds->outlet[i]);
			return S_RESETFAIL;
		}
		if (rc == S_ACCESS)
			return rc;
		if (rc || command(unit, feeds->outlet[i], value))
			return S_RESETFAIL;
	}
	return 0;
}

/* How many outlets read STATE now; negative code when one cannot be read. */
static int
feeds_count(struct unit *unit, const struct feeds *feeds, long state)
{
	int count = 0;

	for (size_t i = 0; i < feeds->count; i++) {
		long is;
		int rc = read_at(unit, OID_STATE, feeds->outlet[i], &is);

		if (rc)
			return rc == S_ACCESS ? -S_ACCESS : -S_RESETFAIL;
		count += is == state;
	}
	return count;
}

static struct timespec
deadline_in(struct device *device, const struct feeds *feeds)
{
	long ms = 2000 * feeds->duration_s, left = device_time_left(device) - 1000;
	struct timespec end;

	if (ms < SETTLE_S * 1000)
		ms = SETTLE_S * 1000;
	if (ms > left)
		ms = left; /* so that we can say ourselves what did not happen */
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	return end;
}

static bool
is_past(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

/* Waits until all outlets read STATE at the same time.  SEEN: how many did at last. */
static int
feeds_wait(struct device *device, struct unit *unit, const struct feeds *feeds,
    long state, int *seen)
{
	struct timespec end = deadline_in(device, feeds);

	*seen = 0;
	for (;;) {
		int count = feeds_count(unit, feeds, state);

		if (count < 0)
			return -count;
		*seen = count;
		if ((size_t)count == feeds->count)
			return 0;
		if (is_past(&end))
			break;
		nap(POLL_MS);
	}
	device_log(device, LOG_CRIT,
	    "outlets of '%s': %d of %zu read '%s' after the command", feeds->host, *seen,
	    feeds->count, state == STATE_ON ? "on" : "off");
	return S_RESETFAIL;
}

static int
turn(struct device *device, struct unit *unit, const struct feeds *feeds, long state)
{
	int seen, rc = feeds_command(device, unit, feeds, state);

	if (rc)
		return rc;
	rc = feeds_wait(device, unit, feeds, state, &seen);
	if (rc == S_RESETFAIL && state == STATE_ON && seen > 0) {
		device_log(device, LOG_WARNING, "not all outlets of '%s' are on",
		    feeds->host);
		return 0; /* the host has power, which is what was asked for */
	}
	return rc;
}

static int
cycle(struct device *device, struct unit *unit, const struct feeds *feeds)
{
	int seen, rc;

	if (feeds->count > 1) {
		rc = turn(device, unit, feeds, STATE_OFF);
		return rc ? rc : turn(device, unit, feeds, STATE_ON);
	}
	rc = feeds_command(device, unit, feeds, COMMAND_REBOOT);
	if (rc == 0)
		rc = feeds_wait(device, unit, feeds, STATE_OFF, &seen);
	return rc ? rc : feeds_wait(device, unit, feeds, STATE_ON, &seen);
}

/* The driver. */

static int
apc_configure(struct device *device)
{
	struct unit *unit = calloc(1, sizeof(*unit));
	int rc;

	if (!unit)
		return S_OOPS;
	rc = snmp_open_device(&unit->snmp, device, device_param(device, "ipaddr"),
	    device_param(device, "port"), device_param(device, "community"));
	if (rc) {
		free(unit);
		return rc;
	}
	device_set_data(device, unit);
	device_set_name(device, device_param(device, "ipaddr"));
	if (snmp_read_int(unit->snmp, OID_OUTLETS, &unit->outlet_count) ||
	    unit->outlet_count < 1) {
		device_log(device, LOG_CRIT,
		    "apcmastersnmp_set_config: cannot read number of outlets.");
		return S_ACCESS;
	}
	if (unit->outlet_count > OUTLETS_MAX) {
		device_log(device, LOG_WARNING,
		    "the device has %ld outlets; only %d are looked at",
		    unit->outlet_count, OUTLETS_MAX);
		unit->outlet_count = OUTLETS_MAX;
	}
	return 0;
}

static int
apc_status(struct device *device)
{
	struct unit *unit = device_data(device);
	char ident[NAME_MAX_LEN];

	if (snmp_read_text(unit->snmp, OID_IDENT, ident, sizeof(ident))) {
		device_log(device, LOG_CRIT, "apcmastersnmp_status: cannot read ident.");
		return S_ACCESS;
	}
	for (size_t i = 0; i < sizeof(tested) / sizeof(tested[0]); i++)
		if (strcmp(ident, tested[i]) == 0)
			return 0;
	device_log(device, LOG_WARNING,
	    "apcmastersnmp_status: module not tested with this hardware '%s'.", ident);
	return 0;
}

/* Each name once, however many outlets have it. */
static int
apc_hosts(struct device *device)
{
	struct unit *unit = device_data(device);
	char(*names)[NAME_MAX_LEN] = calloc((size_t)unit->outlet_count, sizeof(*names));
	size_t count = 0;
	int rc = names ? 0 : S_OOPS;

	for (long n = 1; rc == 0 && n <= unit->outlet_count; n++) {
		size_t i = 0;

		if (read_name(unit, n, names[count]) == S_ACCESS)
			rc = S_ACCESS;
		while (i < count && !host_is(names[i], names[count]))
			i++;
		if (rc == 0 && i == count && names[count][0])
			host_tell(device, names[count++]);
		else
			names[count][0] = '\0';
	}
	free(names);
	return rc;
}

static int
apc_request(struct device *device, enum stonith_op op, const char *host)
{
	struct unit *unit = device_data(device);
	struct feeds feeds;
	int rc = feeds_find(device, unit, host, &feeds);

	if (rc)
		return rc;
	switch (op) {
	case ST_POWERON:
		return turn(device, unit, &feeds, STATE_ON);
	case ST_POWEROFF:
		return turn(device, unit, &feeds, STATE_OFF);
	case ST_GENERIC_RESET:
		return cycle(device, unit, &feeds);
	}
	return S_INVAL;
}

static void
apc_close(struct device *device)
{
	struct unit *unit = device_data(device);

	if (unit)
		snmp_close_device(unit->snmp);
	free(unit);
	device_set_data(device, NULL);
}

static const struct plugin_param params[] = {
	{ .name = "ipaddr", .label = "IP Address", .text = "The address of the switch." },
	{ .name = "port",
	    .label = "port",
	    .text = "The UDP port of its SNMP agent, usually 161." },
	{ .name = "community",
	    .label = "SNMP Community",
	    .text = "The SNMP community, which must be allowed to write.",
	    .secret = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "APC MasterSwitch (SNMP)",
	.descr =
	    "APC MasterSwitch and rack PDUs over SNMP.  Several SNMP clients may use the "
	    "switch at the same time.  The names of the outlets are the hosts.",
	.url = "http://www.apc.com/",
	.params = params,
	.configure_asks = true,
	.configure = apc_configure,
	.status = apc_status,
	.hosts = apc_hosts,
	.request = apc_request,
	.close = apc_close,
};
