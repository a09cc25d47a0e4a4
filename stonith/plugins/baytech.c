/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * baytech: Bay Technical Associates RPC-3, RPC-3A, RPC-5 over telnet (spec/stonith.md 7).
 *
 * A request is one session: log in, find the outlets of the host in the table, switch them,
 * read the table again, log out.  The unit answers "on" and "off" with nothing but its prompt,
 * so that only the table tells whether it did it; a reboot it reports in words.
 */
#include "stonith/kit/login.h"
#include "stonith/kit/outlets.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAYTECH_NUMBER_WIDTH 7
#define BAYTECH_NAME_AT 14
#define BAYTECH_SWITCH_MS 10000 /* until the table shows it */

static const struct model {
	const char *id; /* behind "RPC" */
	size_t name_width;
	const char *header; /* in the line above the outlets */
} models[] = {
	{ "-5", 18, "emperature: " }, /* any other, too */
	{ "-3", 10, "Status" },
	{ "-3A", 10, "Status" },
};

struct session {
	struct dialog d;
	struct device *device;
	const struct model *model;
	char unit[64];
	struct outlets all;
	bool resetting;
};

/* A failed wait, as it is reported. */
static int
baytech_failure(const struct session *s, int code)
{
	return code == S_TIMEOUT && s->resetting ? S_RESETFAIL : code;
}

static int
baytech_wait(struct session *s, const char *token, long timeout_ms)
{
	return baytech_failure(s, dialog_wait(&s->d, token, timeout_ms));
}

static int
baytech_wait_two(struct session *s, const char *first, const char *second)
{
	int code = baytech_wait(s, first, 5000);

	return code == S_OK ? baytech_wait(s, second, 5000) : code;
}

/* Login. */

/* "RPC" has been read: "-5 Telnet Host ... Bay Technical Associates" follows. */
static void
baytech_identify(struct session *s, const char *text)
{
	char model[16], id[32];
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strcspn(text, " \t\r\n");
	if (len >= sizeof(model))
		len = sizeof(model) - 1;
	memcpy(model, text, len);
	model[len] = '\0';
	for (char *c = model; *c; c++)
		if (!isgraph((unsigned char)*c))
			*c = '?';
	s->model = &models[0];
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strcmp(models[i].id, model) == 0)
			s->model = &models[i];
	snprintf(id, sizeof(id), "BayTech RPC%s", model);
	device_set_id(s->device, id);
}

/* 0 or a code, quietly: somebody else may just be in the unit. */
static int
login_wait(struct dialog *d, const char *token, long timeout_ms)
{
	const char *const tokens[] = { token, NULL };
	int found = dialog_expect_quiet(d, tokens, timeout_ms);

	return found < 0 ? -found : S_OK;
}

static int
baytech_greeting(struct session *s, struct dialog *d)
{
	int code = login_wait(d, "RPC", 10000), len;

	if (code == S_OK)
		code = login_wait(d, "Bay Technical Associates", 2000);
	if (code != S_OK)
		return code;
	baytech_identify(s, dialog_kept(d));
	code = login_wait(d, "Unit ID: ", 10000);
	if (code != S_OK)
		return code;
	len = dialog_line(d, s->unit, sizeof(s->unit), 2000);
	if (len < 0)
		return -len;
	s->unit[strcspn(s->unit, " \t")] = '\0';
	for (char *c = s->unit; *c; c++)
		if (!isgraph((unsigned char)*c))
			*c = '?';
	device_set_name(s->device, s->unit);
	return login_wait(d, "username>", 2000);
}

static int
baytech_attempt(struct dialog *d, struct device *device)
{
	static const char *const after_name[] = { "password>", "username>", NULL };
	static const char *const after_password[] = { "RPC", "Invalid password", NULL };
	struct session *s = device_data(device);
	int found, code = baytech_greeting(s, d);

	if (code == S_OK)
		code = dialog_send(d, device_param(device, "login"));
	if (code == S_OK)
		code = dialog_send(d, "\r");
	if (code != S_OK)
		return code;
	found = dialog_expect_quiet(d, after_name, 5000);
	if (found < 0)
		return -found;
	if (found == 1) {
		device_log(device, LOG_CRIT, "Invalid username for %s.",
		    device_id(device));
		return S_ACCESS;
	}
	code = dialog_send(d, device_param(device, "password"));
	if (code == S_OK)
		code = dialog_send(d, "\r");
	if (code != S_OK)
		return code;
	found = dialog_expect_quiet(d, after_password, 5000);
	if (found < 0)
		return -found;
	if (found == 1) {
		device_log(device, LOG_CRIT, "Invalid password for %s.",
		    device_id(device));
		return S_ACCESS;
	}
	return login_wait(d, "Menu:", 2000);
}

static int
baytech_login(struct session *s, struct device *device)
{
	memset(s, 0, sizeof(*s));
	s->device = device;
	device_set_data(device, s);
	return login(&s->d, device, device_param(device, "ipaddr"), baytech_attempt);
}

/* The way out, from wherever we are: "MENU" leaves the outlets, and is no answer to (Y/N). */
static void
baytech_logout(struct session *s, bool in_menu)
{
	s->d.leaving = true;
	if (dialog_send(&s->d, in_menu ? "\r" : "MENU\r\r") == S_OK) {
		dialog_wait(&s->d, "election>", 5000);
		/* Answered or not. */
		dialog_farewell(&s->d, "6\r");
	}
	dialog_close(&s->d);
}

/* The outlets. */

static int
baytech_top(struct session *s)
{
	int code = dialog_send(&s->d, "\r");

	return code == S_OK ? baytech_wait_two(s, "RPC", "Menu:") : code;
}

/* From the menu to the prompt of the outlets. */
static int
baytech_control(struct session *s)
{
	int code = baytech_top(s);

	if (code == S_OK)
		code = dialog_send(&s->d, "1\r");
	return code == S_OK ? baytech_wait_two(s, "RPC", ">") : code;
}

/* "   2          NodeA              On" */
static bool
baytech_row(const char *line, size_t name_width, struct outlet *outlet)
{
	char number[BAYTECH_NUMBER_WIDTH + 1], *end;

	/* With the two bytes that end it. */
	if (strlen(line) + 2 < BAYTECH_NAME_AT + name_width)
		return false;
	memcpy(number, line, BAYTECH_NUMBER_WIDTH);
	number[BAYTECH_NUMBER_WIDTH] = '\0';
	outlet->number = (unsigned)strtoul(number, &end, 10);
	if (end == number || outlet->number == 0 || outlet->number > 999)
		return false;
	outlet->state = outlet_state_parse(
	    outlet_name_parse(line + BAYTECH_NAME_AT, name_width, outlet->name));
	return true;
}

/* From and to the prompt of the outlets. */
static int
baytech_table(void *session, struct outlets *all)
{
	struct session *s = session;
	struct outlet outlet;
	char line[256];
	int len, code = dialog_send(&s->d, "STATUS\r");

	all->count = 0;
	if (code == S_OK)
		code = baytech_wait(s, s->model->header, 5000);
	if (code != S_OK)
		return code;
	/* The rest of the line, and then the rows. */
	len = dialog_line(&s->d, NULL, 0, 5000);
	while (len >= 0) {
		len = dialog_line(&s->d, line, sizeof(line), 5000);
		if (len >= 0 && line[strspn(line, " \t")] == '\0')
			return baytech_wait_two(s, "RPC", ">");
		if (len >= 0 && baytech_row(line, s->model->name_width, &outlet))
			outlets_add(s->device, all, &outlet);
	}
	device_log(s->device, LOG_CRIT, "%s: its table of outlets has no end",
	    device_id(s->device));
	return baytech_failure(s, -len);
}

static int
baytech_menu(struct session *s)
{
	int code = dialog_send(&s->d, "MENU\r");

	return code == S_OK ? baytech_wait_two(s, "RPC", "Menu:") : code;
}

/* Switching. */

static int
baytech_switch(struct session *s, const struct outlet *outlet, bool on, const char *host)
{
	static const char *const answers[] = { "RPC", "(Y/N)>", "already ", NULL };
	char command[32];
	int found, code;

	snprintf(command, sizeof(command), "%s %u\r", on ? "on" : "off", outlet->number);
	code = dialog_send(&s->d, command);
	if (code != S_OK)
		return code;
	found = dialog_expect(&s->d, answers, 10000);
	if (found == 1) {
		code = dialog_send(&s->d, "Y\r");
		if (code != S_OK)
			return code;
		found = dialog_expect(&s->d, answers, 10000);
	}
	code = found < 0 ? baytech_failure(s, -found) : baytech_wait(s, ">", 10000);
	if (code == S_OK)
		device_log(s->device, LOG_INFO, "Power to host %s (outlet %u) turned %s.",
		    host, outlet->number, on ? "on" : "off");
	return code;
}

/* All of them, one by one, and then what the table says. */
static int
baytech_switch_all(struct session *s, const struct outlets *outlets, bool on,
    const char *host)
{
	for (size_t i = 0; i < outlets->count; i++) {
		int code = baytech_switch(s, &outlets->outlet[i], on, host);

		if (code != S_OK)
			return code;
	}
	if (outlets->count == 0)
		return S_OK;
	return outlets_await(s->device, outlets, on ? OUTLET_ON : OUTLET_OFF, true,
	    BAYTECH_SWITCH_MS, baytech_table, s);
}

static int
baytech_reboot(struct session *s, const struct outlet *outlet, const char *host)
{
	static const char *const answers[] = { "ebooting selected outlet", "(Y/N)>",
		"already off.", NULL };
	char command[32];
	int found, code;

	snprintf(command, sizeof(command), "REBOOT %u\r", outlet->number);
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
	if (found == 2) {
		device_log(s->device, LOG_CRIT, "Host is OFF: %s.", host);
		return S_ISOFF;
	}
	if (found != 0)
		return found < 0 ? baytech_failure(s, -found) : S_RESETFAIL;
	device_log(s->device, LOG_INFO, "Host %s (outlet %u) being rebooted.", host,
	    outlet->number);
	code = baytech_wait(s, "ower applied to outlet", 30000);
	if (code != S_OK)
		return code;
	device_log(s->device, LOG_INFO, "Power restored to host %s (outlet %u).", host,
	    outlet->number);
	return baytech_wait_two(s, "RPC", ">");
}

/* All but the last are off, which the table has confirmed, while the last one is rebooted: no
 * second supply keeps the host alive.  One that was off before stays so. */
static int
baytech_reset(struct session *s, const struct outlets *outlets, const char *host)
{
	struct outlets others = { .count = 0 };
	struct outlet last;
	int code;

	for (size_t i = 0; i < outlets->count; i++)
		if (outlets->outlet[i].state != OUTLET_OFF)
			others.outlet[others.count++] = outlets->outlet[i];
	if (others.count > 0)
		last = others.outlet[--others.count];
	else
		last = outlets->outlet[outlets->count - 1]; /* the unit shall say it */
	code = baytech_switch_all(s, &others, false, host);
	if (code == S_OK)
		code = baytech_reboot(s, &last, host);
	if (code == S_OK)
		code = baytech_switch_all(s, &others, true, host);
	return code;
}

/* The driver. */

static int
baytech_configure(struct device *device)
{
	return login_word_ok(device, "ipaddr") && login_word_ok(device, "login") &&
	               login_word_ok(device, "password")
	           ? S_OK
	           : S_BADCONFIG;
}

static int
baytech_status(struct device *device)
{
	struct session s;
	int code = baytech_login(&s, device);

	if (code != S_OK)
		return code;
	code = baytech_top(&s);
	baytech_logout(&s, true);
	return code;
}

/* Logs in and reads the table; the prompt of the outlets is next. */
static int
baytech_begin(struct session *s, struct device *device)
{
	int code = baytech_login(s, device);

	if (code != S_OK)
		return code;
	code = baytech_control(s);
	if (code == S_OK)
		code = baytech_table(s, &s->all);
	if (code != S_OK)
		baytech_logout(s, false);
	return code;
}

static int
baytech_hosts(struct device *device)
{
	struct session s;
	int code = baytech_begin(&s, device);

	if (code != S_OK)
		return code;
	outlets_tell(device, &s.all);
	code = baytech_menu(&s);
	baytech_logout(&s, code == S_OK);
	return code;
}

static int
baytech_request(struct device *device, enum stonith_op op, const char *host)
{
	struct outlets outlets;
	struct session s;
	int code = baytech_begin(&s, device);

	if (code != S_OK)
		return code;
	s.resetting = op == ST_GENERIC_RESET;
	outlets_of(&s.all, host, &outlets);
	code = baytech_menu(&s);
	if (code == S_OK && outlets.count == 0) {
		device_log(device, LOG_CRIT, "%s %s doesn't control host [%s]",
		    device_id(device), s.unit, host);
		baytech_logout(&s, true);
		return S_BADHOST;
	}
	if (code == S_OK)
		code = baytech_control(&s);
	if (code == S_OK && op == ST_GENERIC_RESET)
		code = baytech_reset(&s, &outlets, host);
	else if (code == S_OK)
		code = baytech_switch_all(&s, &outlets, op == ST_POWERON, host);
	if (code == S_OK && baytech_menu(&s) == S_OK)
		baytech_logout(&s, true);
	else
		baytech_logout(&s, false);
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
	.id = "BayTech power switch",
	.descr =
	    "Bay Technical Associates (BayTech) remote power controllers RPC-3, RPC-3A "
	    "and RPC-5, over telnet. Hosts are the names of the outlets; one that has "
	    "several is switched as a whole.",
	.url = "http://www.baytech.net/",
	.params = params,
	.configure = baytech_configure,
	.status = baytech_status,
	.hosts = baytech_hosts,
	.request = baytech_request,
};
