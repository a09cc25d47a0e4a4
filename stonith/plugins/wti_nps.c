/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wti_nps: Western Telematic's Network Power Switch, Telnet Power Switch, IPS and Boot Bar over
 * telnet (spec/stonith.md 7).  A request is one session; the table of plugs is read before and
 * after it.
 */
#include "stonith/kit/login.h"
#include "stonith/kit/outlets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NPS_NAME_WIDTH 16
#define NPS_PLUG_MAX 8 /* what a unit has; higher numbers are told of */
#define NPS_SWITCH_MS 10000
#define NPS_BOOT_MS 60000

/* NPS>, TPS>, IPS>, BB> */
static const char *const nps_prompts[] = { "PS>", "IPS>", "BB>", NULL };

struct session {
	struct dialog d;
	struct device *device;
	struct outlets all;
	bool resetting;
};

static int
nps_failure(const struct session *s, int code)
{
	return code == S_TIMEOUT && s->resetting ? S_RESETFAIL : code;
}

static int
nps_prompt(struct session *s, long timeout_ms)
{
	int found = dialog_expect(&s->d, nps_prompts, timeout_ms);

	return found < 0 ? nps_failure(s, -found) : S_OK;
}

static int
nps_command(struct session *s, const char *command)
{
	int code = dialog_send(&s->d, command);

	return code == S_OK ? nps_prompt(s, 5000) : code;
}

/* Login. */

static int
nps_attempt(struct dialog *d, struct device *device)
{
	static const char *const question[] = { "Password:", NULL };
	static const char *const answers[] = { " Power Switch", "Boot Bar",
		"Invalid password", NULL };
	int found = dialog_expect_quiet(d, question, 2000), code;

	if (found < 0)
		return -found;
	code = dialog_send(d, device_param(device, "password"));
	if (code == S_OK)
		code = dialog_send(d, "\r");
	if (code != S_OK)
		return code;
	found = dialog_expect_quiet(d, answers, 5000);
	if (found == 2) {
		device_log(device, LOG_CRIT, "Invalid password for %s.",
		    device_id(device));
		return S_ACCESS;
	}
	if (found >= 0)
		found = dialog_expect_quiet(d, nps_prompts, 5000);
	if (found < 0)
		return -found;
	device_log(device, LOG_INFO, "Successful login to %s.", device_id(device));
	return S_OK;
}

static int
nps_login(struct session *s, struct device *device)
{
	memset(s, 0, sizeof(*s));
	s->device = device;
	return login(&s->d, device, device_param(device, "ipaddr"), nps_attempt);
}

/* From wherever we are: an empty line is no "Y". */
static void
nps_logout(struct session *s, bool at_prompt)
{
	s->d.leaving = true;
	if (!at_prompt)
		nps_command(s, "\r");
	dialog_farewell(&s->d, "/x,y\r");
	dialog_close(&s->d);
}

/* The table of plugs. */

/* The column of TEXT's last line that has "Status" in it, counted from the number; 0 = none. */
static size_t
nps_status_column(const char *text)
{
	const char *status = NULL, *next = text, *begin;
	size_t column = 0;

	while ((next = strstr(next, "Status")) != NULL)
		status = next++;
	if (!status)
		return 0;
	begin = status;
	while (begin > text && begin[-1] != '\n')
		begin--;
	for (; begin < status; begin++)
		column += *begin == '|';
	return column;
}

/* " 2   | nodeb            |  5 Secs    |  ON    |   ON    |" */
static bool
nps_row(const char *line, size_t status_column, struct outlet *outlet)
{
	const char *rest;
	char *end;

	outlet->number = (unsigned)strtoul(line, &end, 10);
	if (end == line || outlet->number == 0 || outlet->number > 999)
		return false;
	end += strspn(end, " \t");
	if (strncmp(end, "| ", 2) != 0)
		return false;
	rest = outlet_name_parse(end + 2, NPS_NAME_WIDTH, outlet->name);
	/* Behind the name there may be a blank; the bar before the next column ends it. */
	for (size_t i = 1; i < status_column && rest; i++) {
		rest = strchr(rest, '|');
		if (rest)
			rest++;
	}
	outlet->state = OUTLET_UNKNOWN;
	if (rest && status_column > 0) {
		char cell[32];

		snprintf(cell, sizeof(cell), "%.*s", (int)strcspn(rest, "|"), rest);
		outlet->state = outlet_state_parse(cell);
	}
	return true;
}

/* From and to the prompt. */
static int
nps_table(void *session, struct outlets *all)
{
	struct session *s = session;
	struct outlet outlet;
	char line[256];
	size_t column;
	int len, code = dialog_send(&s->d, "/s\r");

	all->count = 0;
	if (code == S_OK)
		code = nps_failure(s, dialog_wait(&s->d, "-----+", 5000));
	if (code != S_OK)
		return code;
	column = nps_status_column(dialog_kept(&s->d));
	len = dialog_line(&s->d, NULL, 0, 5000); /* the rest of that line */
	while (len >= 0) {
		len = dialog_line(&s->d, line, sizeof(line), 5000);
		if (len >= 0 && line[strspn(line, " \t")] == '\0')
			return nps_prompt(s, 5000);
		if (len >= 0 && nps_row(line, column, &outlet))
			outlets_add(s->device, all, &outlet);
	}
	device_log(s->device, LOG_CRIT, "%s: its table of plugs has no end",
	    device_id(s->device));
	return nps_failure(s, -len);
}

static bool
nps_is_unnamed(const struct outlet *outlet)
{
	return outlet->name[0] == '\0' || strcmp(outlet->name, "(undefined)") == 0 ||
	       strncmp(outlet->name, "---", 3) == 0;
}

/* Switching. */

static int
nps_switch(struct session *s, const struct outlets *outlets, enum stonith_op op,
    const char *host)
{
	static const char *const answers[] = { "rocessing - please wait",
		"(Y/N):", NULL };
	static const char *const verbs[] = { [ST_GENERIC_RESET] = "/BOOT",
		[ST_POWERON] = "/On",
		[ST_POWEROFF] = "/Off" };
	char numbers[OUTLETS_TEXT_MAX], command[OUTLETS_TEXT_MAX + 16];
	int found, code;

	/* A comma would be the one before the "y". */
	snprintf(command, sizeof(command), "%s %s,y\r", verbs[op],
	    outlets_text(outlets, "+", numbers));
	code = dialog_send(&s->d, command);
	if (code != S_OK)
		return code;
	found = dialog_expect(&s->d, answers, 5000);
	if (found == 1) {
		code = dialog_send(&s->d, "Y\r");
		if (code != S_OK)
			return code;
		found = dialog_expect(&s->d, answers, 5000);
	}
	if (found != 0)
		return found < 0 ? nps_failure(s, -found) : S_RESETFAIL;
	if (op == ST_GENERIC_RESET)
		device_log(s->device, LOG_INFO, "Host is being rebooted: %s", host);
	code = nps_prompt(s, 60000);
	if (code == S_OK)
		code = nps_command(s, "/h\r");
	return code;
}

static int
nps_switch_verified(struct session *s, const struct outlets *outlets, enum stonith_op op,
    const char *host)
{
	char numbers[OUTLETS_TEXT_MAX];
	int code = nps_switch(s, outlets, op, host);

	if (code == S_OK)
		code = outlets_await(s->device, outlets,
		    op == ST_POWEROFF ? OUTLET_OFF : OUTLET_ON, false,
		    op == ST_GENERIC_RESET ? NPS_BOOT_MS : NPS_SWITCH_MS, nps_table, s);
	if (code != S_OK)
		return code;
	if (op == ST_GENERIC_RESET)
		device_log(s->device, LOG_INFO, "Power restored to host: %s", host);
	else
		device_log(s->device, LOG_INFO, "Power to NPS outlet(s) %s  turned %s",
		    outlets_text(outlets, " ", numbers),
		    op == ST_POWERON ? "/On" : "/Off");
	return S_OK;
}

/* The driver. */

static int
wti_nps_configure(struct device *device)
{
	if (!login_word_ok(device, "ipaddr") || !login_word_ok(device, "password"))
		return S_BADCONFIG;
	device_set_name(device, device_param(device, "ipaddr"));
	return S_OK;
}

static int
wti_nps_status(struct device *device)
{
	struct session s;
	int code = nps_login(&s, device);

	if (code != S_OK)
		return code;
	code = nps_command(&s, "/h\r");
	nps_logout(&s, code == S_OK);
	return code;
}

static int
wti_nps_hosts(struct device *device)
{
	struct outlets named = { .count = 0 };
	struct session s;
	int code = nps_login(&s, device);

	if (code != S_OK)
		return code;
	code = nps_table(&s, &s.all);
	for (size_t i = 0; code == S_OK && i < s.all.count; i++)
		if (!nps_is_unnamed(&s.all.outlet[i]))
			named.outlet[named.count++] = s.all.outlet[i];
	outlets_tell(device, &named);
	nps_logout(&s, code == S_OK);
	return code;
}

static int
wti_nps_request(struct device *device, enum stonith_op op, const char *host)
{
	struct outlets outlets;
	struct session s;
	int code = nps_login(&s, device);

	if (code != S_OK)
		return code;
	s.resetting = op == ST_GENERIC_RESET;
	code = nps_table(&s, &s.all);
	if (code == S_OK) {
		outlets_of(&s.all, host, &outlets);
		for (size_t i = 0; i < outlets.count; i++)
			if (outlets.outlet[i].number > NPS_PLUG_MAX)
				device_log(device, LOG_WARNING,
				    "plug %u of host %s is outside 1..%d",
				    outlets.outlet[i].number, host, NPS_PLUG_MAX);
	}
	if (code == S_OK && (outlets.count == 0 || nps_is_unnamed(&outlets.outlet[0]))) {
		device_log(device, LOG_WARNING, "%s doesn't control host [%s]",
		    device_param(device, "ipaddr"), host);
		nps_logout(&s, true);
		return S_BADHOST;
	}
	if (code == S_OK)
		code = nps_command(&s, "/h\r");
	if (code == S_OK)
		code = nps_switch_verified(&s, &outlets, op, host);
	nps_logout(&s, code == S_OK);
	return code;
}

static const struct plugin_param params[] = {
	{ .name = "ipaddr",
	    .label = "IP Address",
	    .text = "Address or name of the unit" },
	{ .name = "password",
	    .label = "Password",
	    .text = "Password of the unit",
	    .secret = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "WTI Network Power Switch",
	.descr =
	    "Western Telematic (WTI) power switches over telnet: Network Power Switch "
	    "NPS-xxx, Telnet Power Switch TPS-xxx, IPS and Boot Bar. Hosts are the names "
	    "of the plugs; one that has several is switched as a whole. The unit allows "
	    "one session at a time.",
	.url = "http://www.wti.com/",
	.params = params,
	.configure = wti_nps_configure,
	.status = wti_nps_status,
	.hosts = wti_nps_hosts,
	.request = wti_nps_request,
};
