/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apcmaster: APC MasterSwitch (AP9211) over telnet (spec/stonith.md 7).
 *
 * Its console is a tree of menus: each key gets a new one, which ends with the prompt "> ".  A
 * request is one session, because the unit has only one; whether an outlet did as it was told
 * is read in the menu of outlets on the way back.
 */
#include "stonith/kit/login.h"
#include "stonith/kit/outlets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APC_PROMPT "> "
#define APC_ESC "\x1b"
#define APC_NAME_WIDTH 23
#define APC_DEPTH 5 /* so many ESC lead home from anywhere */
#define APC_SWITCH_MS 10000
#define APC_OFF_LOOKS 4     /* at a reboot, 1 s apart */
#define APC_REBOOT_MS 60000 /* its reboot takes as long as somebody has set */

enum apc_key { APC_ON = 1, APC_OFF = 2, APC_REBOOT = 3 };

struct session {
	struct dialog d;
	struct device *device;
	struct outlets all;
	bool fresh; /* nobody has looked at them yet */
	bool resetting;
};

static int
apc_wait(struct session *s, const char *token, long timeout_ms)
{
	int code = dialog_wait(&s->d, token, timeout_ms);

	return code == S_TIMEOUT && s->resetting ? S_RESETFAIL : code;
}

/* A key, and the menu that it leads to. */
static int
apc_press(struct session *s, const char *keys)
{
	int code = dialog_send(&s->d, keys);

	return code == S_OK ? apc_wait(s, APC_PROMPT, 5000) : code;
}

/* Login. */

static int
apc_attempt(struct dialog *d, struct device *device)
{
	/* The line "Escape character is '^]'." is what the telnet program says; a unit
	 * begins with its question. */
	static const char *const name[] = { "User Name :", NULL };
	static const char *const password[] = { "Password  :", NULL };
	static const char *const answers[] = { "American Power Conversion",
		"User Name :", NULL };
	static const char *const prompt[] = { APC_PROMPT, NULL };
	int found = dialog_expect_quiet(d, name, 10000), code;

	if (found < 0)
		return -found;
	code = dialog_send(d, device_param(device, "login"));
	if (code == S_OK)
		code = dialog_send(d, "\r");
	if (code == S_OK && (found = dialog_expect_quiet(d, password, 10000)) < 0)
		code = -found;
	if (code == S_OK)
		code = dialog_send(d, device_param(device, "password"));
	if (code == S_OK)
		code = dialog_send(d, "\r");
	if (code != S_OK)
		return code;
	found = dialog_expect_quiet(d, answers, 30000);
	if (found == 1) {
		device_log(device, LOG_CRIT, "Invalid password for %s.",
		    device_id(device));
		return S_ACCESS;
	}
	if (found == 0)
		found = dialog_expect_quiet(d, prompt, 10000);
	if (found < 0)
		return -found;
	device_log(device, LOG_INFO, "Successful login to %s.", device_id(device));
	return S_OK;
}

static int
apc_login(struct session *s, struct device *device)
{
	memset(s, 0, sizeof(*s));
	s->device = device;
	return login(&s->d, device, device_param(device, "ipaddr"), apc_attempt);
}

/* Home from anywhere, and out; an ESC is no "YES", and ends the wait for <ENTER>. */
static void
apc_logout(struct session *s)
{
	bool ok = true;

	s->d.leaving = true;
	for (int i = 0; i < APC_DEPTH && ok; i++)
		ok = apc_press(s, APC_ESC) == S_OK;
	/* Whatever it did not answer: this is the last word. */
	dialog_farewell(&s->d,
	    ok ? "4\r" : "\r" APC_ESC APC_ESC APC_ESC APC_ESC APC_ESC "4\r");
	dialog_close(&s->d);
}

/* The menu of outlets. */

/* "     2- nodeb                   ON" */
static bool
apc_row(const char *line, struct outlet *outlet)
{
	char *end;

	line += strspn(line, " \t");
	outlet->number = (unsigned)strtoul(line, &end, 10);
	if (end == line || outlet->number == 0 || outlet->number > 999 ||
	    strncmp(end, "- ", 2) != 0)
		return false;
	outlet->state =
	    outlet_state_parse(outlet_name_parse(end + 2, APC_NAME_WIDTH, outlet->name));
	return true;
}

/* KEYS lead to the menu, whose rows go to ALL. */
static int
apc_table(struct session *s, const char *keys, struct outlets *all)
{
	struct outlet outlet;
	char line[256];
	int len, code = dialog_send(&s->d, keys);

	all->count = 0;
	if (code == S_OK)
		code = apc_wait(s, "-----", 5000);
	if (code != S_OK)
		return code;
	len = dialog_line(&s->d, NULL, 0, 5000); /* the rest of that line */
	if (len >= 0)
		len = dialog_line(&s->d, NULL, 0, 5000); /* an empty one */
	while (len >= 0) {
		len = dialog_line(&s->d, line, sizeof(line), 5000);
		if (len >= 0 && line[strspn(line, " \t")] == '\0')
			return apc_wait(s, APC_PROMPT, 5000);
		if (len >= 0 && apc_row(line, &outlet))
			outlets_add(s->device, all, &outlet);
	}
	device_log(s->device, LOG_CRIT, "%s: its table of outlets has no end",
	    device_id(s->device));
	return -len == S_TIMEOUT && s->resetting ? S_RESETFAIL : -len;
}

/* The one that the way back from a command has led through; later ENTER shows it anew. */
static int
apc_table_now(void *session, struct outlets *all)
{
	struct session *s = session;
	int code = s->fresh ? S_OK : apc_table(s, "\r", &s->all);

	s->fresh = false;
	*all = s->all;
	return code;
}

/* Switching. */

/* The unit wants to be told that it is meant. */
static int
apc_confirm(struct session *s)
{
	static const char *const answers[] = { "Press <ENTER> to continue",
		"Enter 'YES' to continue", NULL };
	int found = dialog_expect(&s->d, answers, 5000), code;

	if (found == 1) {
		code = dialog_send(&s->d, "YES\r");
		if (code != S_OK)
			return code;
		found = dialog_expect(&s->d, answers, 5000);
	}
	if (found < 0)
		return -found == S_TIMEOUT && s->resetting ? S_RESETFAIL : -found;
	/* Asked for YES twice, it has done nothing. */
	return found == 0 ? dialog_send(&s->d, "\r") : S_RESETFAIL;
}

/* From the menu of outlets to the control of one, the command, and back to the menu. */
static int
apc_command(struct session *s, unsigned number, enum apc_key key)
{
	char text[16];
	int code;

	snprintf(text, sizeof(text), "%u\r", number);
	code = apc_press(s, text);
	if (code == S_OK)
		code = apc_press(s, "1\r");
	snprintf(text, sizeof(text), "%d\r", key);
	if (code == S_OK)
		code = dialog_send(&s->d, text);
	if (code == S_OK)
		code = apc_confirm(s);
	if (code == S_OK)
		code = apc_wait(s, APC_PROMPT, 10000);
	if (code == S_OK)
		code = apc_press(s, APC_ESC);
	s->fresh = true;
	return code == S_OK ? apc_table(s, APC_ESC, &s->all) : code;
}

/* A reboot that has begun shows the outlet as off.  A unit that is quicker than we look has
 * said "successfully" all the same. */
static int
apc_await_off(struct session *s, const struct outlet *outlet)
{
	for (int i = 0; i < APC_OFF_LOOKS; i++) {
		struct outlets all, one;
		int code;

		if (i > 0)
			dialog_pause(1000);
		code = apc_table_now(s, &all);
		if (code != S_OK)
			return code;
		outlets_of(&all, outlet->name, &one);
		if (one.count == 1 && one.outlet[0].state != OUTLET_ON)
			return S_OK;
	}
	device_log(s->device, LOG_WARNING, "%s: outlet %u was not seen off",
	    device_id(s->device), outlet->number);
	return S_OK;
}

static int
apc_switch(struct session *s, const struct outlets *outlets, enum apc_key key)
{
	char text[OUTLETS_TEXT_MAX];

	for (size_t i = 0; i < outlets->count; i++) {
		int code = apc_command(s, outlets->outlet[i].number, key);

		if (code != S_OK)
			return code;
	}
	if (key == APC_REBOOT) {
		int code = apc_await_off(s, &outlets->outlet[0]);

		if (code != S_OK)
			return code;
	} else {
		device_log(s->device, LOG_INFO, "Power to MS outlet(s) %s turned %d",
		    outlets_text(outlets, " ", text), key);
	}
	return outlets_await(s->device, outlets, key == APC_OFF ? OUTLET_OFF : OUTLET_ON,
	    false, key == APC_REBOOT ? APC_REBOOT_MS : APC_SWITCH_MS, apc_table_now, s);
}

/* The reboot of the unit switches one outlet; of several supplies all must be off at once. */
static int
apc_reset(struct session *s, const struct outlets *outlets, const char *host)
{
	int code;

	if (outlets->count == 1) {
		device_log(s->device, LOG_INFO, "Host being rebooted: %s", host);
		code = apc_switch(s, outlets, APC_REBOOT);
	} else {
		code = apc_switch(s, outlets, APC_OFF);
		device_log(s->device, LOG_INFO, "Host being rebooted: %s", host);
		if (code == S_OK)
			code = apc_switch(s, outlets, APC_ON);
	}
	if (code == S_OK)
		device_log(s->device, LOG_INFO, "Power restored to host: %s", host);
	return code;
}

/* The driver. */

static int
apcmaster_configure(struct device *device)
{
	if (!login_word_ok(device, "ipaddr") || !login_word_ok(device, "login") ||
	    !login_word_ok(device, "password"))
		return S_BADCONFIG;
	device_set_name(device, device_param(device, "ipaddr"));
	return S_OK;
}

static int
apcmaster_status(struct device *device)
{
	struct session s;
	int code = apc_login(&s, device);

	if (code != S_OK)
		return code;
	code = apc_press(&s, APC_ESC);
	if (code == S_OK)
		code = apc_press(&s, "\r");
	apc_logout(&s);
	return code;
}

static int
apcmaster_hosts(struct device *device)
{
	struct session s;
	int code = apc_login(&s, device);

	if (code != S_OK)
		return code;
	code = apc_table(&s, "1\r", &s.all);
	if (code == S_OK)
		outlets_tell(device, &s.all);
	apc_logout(&s);
	return code;
}

static int
apcmaster_request(struct device *device, enum stonith_op op, const char *host)
{
	struct outlets outlets;
	struct session s;
	int code = apc_login(&s, device);

	if (code != S_OK)
		return code;
	s.resetting = op == ST_GENERIC_RESET;
	code = apc_table(&s, "1\r", &s.all);
	if (code == S_OK) {
		outlets_of(&s.all, host, &outlets);
		if (outlets.count == 0) {
			device_log(device, LOG_WARNING, "%s doesn't control host [%s]",
			    device_param(device, "ipaddr"), host);
			code = S_BADHOST;
		} else if (op == ST_GENERIC_RESET) {
			code = apc_reset(&s, &outlets, host);
		} else {
			code =
			    apc_switch(&s, &outlets, op == ST_POWERON ? APC_ON : APC_OFF);
		}
	}
	apc_logout(&s);
	return code;
}

static const struct plugin_param params[] = {
	{ .name = "ipaddr",
	    .label = "IP Address",
	    .text = "Address or name of the unit" },
	{ .name = "login", .label = "Login", .text = "User name at the unit" },
	{ .name = "password",
	    .label = "Password",
	    .text = "Password of that user",
	    .secret = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "APC MasterSwitch",
	.descr =
	    "APC MasterSwitch power switches over telnet. Hosts are the names of the "
	    "outlets. The unit allows one telnet session at a time: who is logged in "
	    "by hand keeps the cluster out.",
	.url = "http://www.apc.com/",
	.params = params,
	.configure = apcmaster_configure,
	.status = apcmaster_status,
	.hosts = apcmaster_hosts,
	.request = apcmaster_request,
};
