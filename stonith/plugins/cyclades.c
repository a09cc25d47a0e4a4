/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cyclades: Cyclades AlterPath PM power strips behind a TS, ACS or KVM box, on which pmCommand is
 * run through ssh (spec/stonith.md 7).  The strip names each outlet that it has switched, so
 * that its words are the evidence; a line counts as a whole, since "12: Outlet turned off." has
 * "2: Outlet turned off." in it.
 */
#include "stonith/kit/dialog.h"
#include "stonith/kit/outlets.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PM_ANSWER_MS 50000
#define PM_ROW_MS 10000 /* between two rows, and to the end that must follow them */

static const char *const pm_headers[] = {
	"Outlet\t\tName\t\tStatus\t\tUsers\t\tInterval (s)",
	"Outlet\tName\t\t\tStatus\t\tInterval (s)\tUsers",
	"Outlet             Name             Status          Post-on Delay(s)",
	NULL,
};

/* One command on the box; its output is in D. */
static int
pm_start(struct device *device, struct dialog *d, const char *verb, const char *outlets)
{
	char target[512];
	char *argv[] = { (char *)"ssh", (char *)"-q", target, (char *)"/bin/pmCommand",
		(char *)device_param(device, "serialport"), (char *)verb, (char *)outlets,
		NULL };

	snprintf(target, sizeof(target), "%s@%s", device_param(device, "login"),
	    device_param(device, "ipaddr"));
	return dialog_command(d, device, argv);
}

/* Starts "status all" and reads up to its header. */
static int
pm_begin(struct device *device, struct dialog *d)
{
	int code = pm_start(device, d, "status", "all"), found, len;

	if (code != S_OK)
		return code;
	found = dialog_expect(d, pm_headers, PM_ANSWER_MS);
	len = found < 0 ? found : dialog_line(d, NULL, 0, PM_ANSWER_MS);
	if (len >= 0)
		return S_OK;
	dialog_close(d);
	device_log(device, LOG_CRIT,
	    "%s: ssh to %s@%s does not get in, or there is no pmCommand",
	    device_id(device), device_param(device, "login"),
	    device_param(device, "ipaddr"));
	return -len == S_TIMEOUT ? S_TIMEOUT : S_ACCESS;
}

/* "2\t\tnodeb\t\tLocked ON\t\tadmin\t\t0.50" */
static bool
pm_row(const char *line, struct outlet *outlet)
{
	size_t len;
	char *end;

	outlet->number = (unsigned)strtoul(line, &end, 10);
	if (end == line || outlet->number == 0 || outlet->number > 999 ||
	    !isspace((unsigned char)*end))
		return false;
	end += strspn(end, " \t");
	len = strcspn(end, " \t");
	outlet->state = outlet_state_parse(outlet_name_parse(end, len, outlet->name));
	return outlet->name[0] != '\0';
}

/* All of the rows: half of a table could hide the second supply of a host. */
static int
pm_rows(struct device *device, struct dialog *d, struct outlets *all)
{
	struct outlet outlet;
	char line[256];
	int len;

	while ((len = dialog_line(d, line, sizeof(line), PM_ROW_MS)) >= 0)
		if (pm_row(line, &outlet))
			outlets_add(device, all, &outlet);
	/* A last row without the end of a line counts, too. */
	if (len == -S_OOPS && pm_row(dialog_kept(d), &outlet))
		outlets_add(device, all, &outlet);
	if (len == -S_OOPS && dialog_is_at_end(d))
		return S_OK;
	device_log(device, LOG_CRIT, "%s: its table of outlets has no end",
	    device_id(device));
	return -len;
}

static int
pm_table(struct device *device, struct outlets *all)
{
	struct dialog d;
	int code = pm_begin(device, &d);

	all->count = 0;
	if (code != S_OK)
		return code;
	code = pm_rows(device, &d, all);
	dialog_close(&d);
	return code;
}

/* Waits for the line "N: Outlet turned on." of each of OUTLETS, in order. */
static int
pm_confirmed(struct device *device, struct dialog *d, const struct outlets *outlets,
    const char *state)
{
	for (size_t i = 0; i < outlets->count; i++) {
		char want[64], line[256];
		int len;

		snprintf(want, sizeof(want), "%u: Outlet turned %s.",
		    outlets->outlet[i].number, state);
		do
			len = dialog_line(d, line, sizeof(line), PM_ANSWER_MS);
		while (len >= 0 &&
		       strncmp(line + strspn(line, " \t\r"), want, strlen(want)) != 0);
		/* The last one may come without its end. */
		if (len == -S_OOPS && strstr(dialog_kept(d), want) == dialog_kept(d))
			len = 0;
		if (len < 0) {
			device_log(device, LOG_CRIT, "Did not find string %s from %s.",
			    want, device_id(device));
			dialog_told(d, LOG_CRIT);
			return -len;
		}
	}
	return S_OK;
}

static int
pm_switch(struct device *device, const struct outlets *outlets, enum stonith_op op,
    const char *host)
{
	static const char *const verbs[] = { [ST_GENERIC_RESET] = "cycle",
		[ST_POWERON] = "on",
		[ST_POWEROFF] = "off" };
	char numbers[OUTLETS_TEXT_MAX];
	struct dialog d;
	int code = pm_start(device, &d, verbs[op], outlets_text(outlets, ",", numbers));

	if (code != S_OK)
		return code;
	if (op == ST_GENERIC_RESET)
		device_log(device, LOG_INFO, "Host %s being rebooted.", host);
	if (op != ST_POWERON)
		code = pm_confirmed(device, &d, outlets, "off");
	if (code == S_OK && op != ST_POWEROFF)
		code = pm_confirmed(device, &d, outlets, "on");
	dialog_close(&d);
	if (op == ST_GENERIC_RESET && code != S_OK)
		return S_RESETFAIL;
	return code;
}

/* The driver. */

/* They become words of a command line, here and on the box. */
static bool
pm_word_ok(struct device *device, const char *name, const char *also)
{
	const char *value = device_param(device, name);

	for (const char *c = value; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(also, *c))
			value = "";
	if (*value && *value != '-')
		return true;
	device_log(device, LOG_CRIT, "%s '%s': letters, digits and '%s' only", name,
	    device_param(device, name), also);
	return false;
}

static int
cyclades_configure(struct device *device)
{
	if (!pm_word_ok(device, "ipaddr", ".:-_%") ||
	    !pm_word_ok(device, "login", ".-_") ||
	    !pm_word_ok(device, "serialport", ".-_"))
		return S_BADCONFIG;
	/* ssh has nobody to ask for a password, and must not wait for one at our terminal. */
	setenv("SSH_ASKPASS", "/bin/false", 1);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	device_set_name(device, device_param(device, "ipaddr"));
	return S_OK;
}

static int
cyclades_status(struct device *device)
{
	struct dialog d;
	int code = pm_begin(device, &d);

	if (code == S_OK)
		dialog_close(&d);
	return code;
}

static int
cyclades_hosts(struct device *device)
{
	struct outlets all;
	int code = pm_table(device, &all);

	if (code == S_OK)
		outlets_tell(device, &all);
	return code;
}

static int
cyclades_request(struct device *device, enum stonith_op op, const char *host)
{
	struct outlets all, outlets;
	int code = pm_table(device, &all);

	if (code != S_OK)
		return code;
	outlets_of(&all, host, &outlets);
	if (outlets.count == 0) {
		device_log(device, LOG_CRIT, "Unknown host %s to Cyclades PM", host);
		return S_OOPS;
	}
	return pm_switch(device, &outlets, op, host);
}

static const struct plugin_param params[] = {
	{ .name = "ipaddr", .label = "IP Address", .text = "Address or name of the box" },
	{ .name = "login",
	    .label = "Login",
	    .text = "User name at the box; ssh must get in without a password" },
	{ .name = "serialport",
	    .label = "serialport",
	    .text = "Number of the serial port of the box to which the power strip is "
	            "connected" },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "Cyclades AlterPath PM",
	.descr =
	    "Cyclades AlterPath PM power strips, behind a Cyclades TS, ACS or KVM/net "
	    "box "
	    "that is reached with ssh. Hosts are the names of the outlets; one that has "
	    "several is switched as a whole.",
	.url = "http://www.cyclades.com/",
	.params = params,
	.configure = cyclades_configure,
	.status = cyclades_status,
	.hosts = cyclades_hosts,
	.request = cyclades_request,
};
