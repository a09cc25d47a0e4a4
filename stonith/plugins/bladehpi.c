/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blades of an IBM BladeCenter, and of what else OpenHPI knows (spec/stonith.md 10).  A host is
 * the tag of a blade, without the "Blade 3 - " that a BladeCenter puts before its name.  A blade
 * that was to go off must read "off" afterwards.
 */
#include "stonith/plugins/bladehpi.h"
#include "stonith/kit/hostlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_S 60 /* for a state */

struct config {
	unsigned chassis;
	bool soft_reset;
};

/* What is looked for among the blades. */
struct search {
	struct device *device; /* NULL when one is looked for: all are told */
	const char *host;
	unsigned long id;
	unsigned count;
};

/* "{SYSTEM_CHASSIS,7}" */
static bool
root_parse(const char *text, unsigned *number)
{
	static const char head[] = "{SYSTEM_CHASSIS,";
	char *end;
	unsigned long value;

	if (strncmp(text, head, sizeof(head) - 1) != 0)
		return false;
	text += sizeof(head) - 1;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || strcmp(end, "}") != 0 || value > 0xffff)
		return false;
	*number = (unsigned)value;
	return true;
}

static const char *
name_of(const char *tag)
{
	unsigned number;
	int len = 0;

	sscanf(tag, "Blade %5u - %n", &number, &len);
	return tag + len;
}

static bool
on_blade(void *data, const char *tag, unsigned long id)
{
	struct search *search = data;
	const char *name = name_of(tag);

	if (search->device) {
		if (*name)
			host_tell(search->device, name);
	} else if (host_is(name, search->host)) {
		search->id = id;
		search->count++;
	}
	return true;
}

/* Waits until the blade has the state. */
static int
power_wait(struct device *device, struct chassis *chassis, unsigned long id, bool wanted)
{
	const struct timespec second = { 1, 0 };

	for (int i = 0; i < WAIT_S && device_time_left(device) > 2000; i++) {
		bool on;
		int rc = blade_power_get(chassis, id, &on);

		if (rc || on == wanted)
			return rc;
		nanosleep(&second, NULL);
	}
	device_log(device, LOG_CRIT, "the blade is not %s after the command",
	    wanted ? "on" : "off");
	return S_RESETFAIL;
}

static int
turn(struct device *device, struct chassis *chassis, unsigned long id, bool on)
{
	int rc = blade_power_set(chassis, id, on ? BLADE_ON : BLADE_OFF);

	return rc ? rc : power_wait(device, chassis, id, on);
}

static int
reset(struct device *device, struct chassis *chassis, unsigned long id)
{
	const struct config *config = device_data(device);
	bool on;
	int rc = blade_power_get(chassis, id, &on);

	if (rc)
		return rc;
	if (on && config->soft_reset)
		return blade_power_set(chassis, id, BLADE_CYCLE);
	if (on)
		rc = turn(device, chassis, id, false);
	return rc ? rc : turn(device, chassis, id, true);
}

/* The driver. */

static int
bladehpi_configure(struct device *device)
{
	const char *root = device_param(device, "entity_root");
	const char *soft = device_param(device, "soft_reset");
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return S_OOPS;
	device_set_data(device, config);
	device_set_name(device, root);
	if (!root_parse(root, &config->chassis)) {
		device_log(device, LOG_CRIT,
		    "entity_root is '%s', not \"{SYSTEM_CHASSIS,number}\"", root);
		return S_BADCONFIG;
	}
	if (!soft || strcmp(soft, "false") == 0 || strcmp(soft, "0") == 0)
		return 0;
	config->soft_reset = true;
	if (strcmp(soft, "true") == 0 || strcmp(soft, "1") == 0)
		return 0;
	device_log(device, LOG_CRIT, "soft_reset is '%s', not true, 1, false or 0", soft);
	return S_BADCONFIG;
}

static int
bladehpi_status(struct device *device)
{
	const struct config *config = device_data(device);
	struct search search = { .host = "" };
	struct chassis *chassis;
	int rc = chassis_open(&chassis, device, config->chassis);

	if (rc)
		return rc;
	rc = chassis_each(chassis, on_blade, &search);
	chassis_close(chassis);
	return rc;
}

static int
bladehpi_hosts(struct device *device)
{
	const struct config *config = device_data(device);
	struct search search = { .device = device };
	struct chassis *chassis;
	int rc = chassis_open(&chassis, device, config->chassis);

	if (rc)
		return rc;
	rc = chassis_each(chassis, on_blade, &search);
	chassis_close(chassis);
	return rc;
}

static int
bladehpi_request(struct device *device, enum stonith_op op, const char *host)
{
	const struct config *config = device_data(device);
	struct search search = { .host = host };
	struct chassis *chassis;
	int rc = chassis_open(&chassis, device, config->chassis);

	if (rc)
		return rc;
	rc = chassis_each(chassis, on_blade, &search);
	if (rc == 0 && search.count != 1) {
		device_log(device, LOG_CRIT, "%u blades of %s are called '%s'",
		    search.count, device_param(device, "entity_root"), host);
		rc = S_OOPS;
	}
	if (rc == 0)
		rc = op == ST_GENERIC_RESET
		         ? reset(device, chassis, search.id)
		         : turn(device, chassis, search.id, op == ST_POWERON);
	chassis_close(chassis);
	if (rc == 0)
		device_log(device, LOG_INFO, "Host %s %s.", host,
		    op == ST_GENERIC_RESET ? "reset"
		    : op == ST_POWERON     ? "is on"
		                           : "is off");
	return rc;
}

static void
bladehpi_close(struct device *device)
{
	free(device_data(device));
	device_set_data(device, NULL);
}

static const struct plugin_param params[] = {
	{ .name = "entity_root",
	    .label = "entity_root",
	    .text = "The chassis, as the configuration of OpenHPI calls it: "
	            "{SYSTEM_CHASSIS,2}." },
	{ .name = "soft_reset",
	    .label = "soft_reset",
	    .text = "true or 1: a reset is one power cycle command, without evidence.  "
	            "false or 0, "
	            "the default: off, a look at it, and on.",
	    .optional = true,
	    .unlisted = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "IBM BladeCenter (OpenHPI)",
	.descr =
	    "Blades of an IBM BladeCenter through OpenHPI, whose daemon must run and "
	    "know the "
	    "chassis.  entity_root names the chassis; soft_reset chooses how a blade is "
	    "reset.",
	.url = "http://www.openhpi.org/",
	.params = params,
	.configure = bladehpi_configure,
	.status = bladehpi_status,
	.hosts = bladehpi_hosts,
	.request = bladehpi_request,
	.close = bladehpi_close,
};
