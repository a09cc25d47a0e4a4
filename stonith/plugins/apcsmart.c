/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apcsmart: APC Smart-UPS on a serial line (spec/stonith.md 8).  Letters are commands, answers
 * are lines.  A "soft shutdown" waits for the delays that are set in the unit, so the shortest are
 * chosen first, and what was there is put back at the end.
 */
#include "stonith/kit/dialog.h"
#include "stonith/kit/hostlist.h"
#include "lib/array.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UPS_BAUD 2400
#define UPS_PACE_MS 50
#define UPS_ANSWER_MS 3000
#define UPS_ANSWER_MAX 32
#define UPS_ALERTS "!$%+?=#&|" /* it says these at any time: on battery, back, low, ... */
#define UPS_VALUES_MAX 16      /* that a variable can be stepped through */
#define UPS_OUTPUT_OFF 0x40    /* in register ~ */
#define UPS_SHUTTING_DOWN 0x08 /* in register 8 */

static const char *const ups_variables[] = { "p", "r" }; /* shutdown and wake-up delay */

struct session {
	struct dialog d;
	struct device *device;
	char before[ARRAY_LEN(ups_variables)][UPS_ANSWER_MAX]; /* "" = not changed */
	long shutdown_s;
};

/* Commands and answers. */

static int
ups_send(struct session *s, const char *text)
{
	dialog_flush(&s->d);
	return dialog_send(&s->d, text);
}

/* Up to the end of the line; "*" is a whole answer. */
static int
ups_receive(struct session *s, char answer[UPS_ANSWER_MAX])
{
	static const char *const ends[] = { "\n", "*", NULL };
	size_t len = 0;
	int found = dialog_expect_quiet(&s->d, ends, UPS_ANSWER_MS);

	if (found < 0)
		return -found;
	for (const char *c = dialog_kept(&s->d) + strspn(dialog_kept(&s->d), UPS_ALERTS);
	     *c && len + 1 < UPS_ANSWER_MAX; c++)
		if (*c != '\r' && *c != '\n')
			answer[len++] = *c;
	answer[len] = '\0';
	return S_OK;
}

static int
ups_ask(struct session *s, const char *command, char answer[UPS_ANSWER_MAX])
{
	int code = ups_send(s, command);

	return code == S_OK ? ups_receive(s, answer) : code;
}

static int
ups_smart_mode(struct session *s)
{
	char answer[UPS_ANSWER_MAX];
	int code = ups_ask(s, "Y", answer);

	if (code != S_OK)
		return code;
	return strcmp(answer, "SM") == 0 ? S_OK : S_OOPS;
}

static int
ups_register(struct session *s, const char *command, long *value)
{
	char answer[UPS_ANSWER_MAX], *end;
	int code = ups_smart_mode(s);

	if (code == S_OK)
		code = ups_ask(s, command, answer);
	if (code != S_OK)
		return code;
	*value = strtol(answer, &end, 16);
	return end != answer && *end == '\0' ? S_OK : S_OOPS;
}

/* Variables. */

static int
ups_variable(struct session *s, const char *name, char value[UPS_ANSWER_MAX])
{
	int code = ups_smart_mode(s);

	return code == S_OK ? ups_ask(s, name, value) : code;
}

/* To the next value that it may have. */
static int
ups_step(struct session *s, const char *name, char value[UPS_ANSWER_MAX])
{
	char answer[UPS_ANSWER_MAX];
	int code = ups_ask(s, "-", answer);

	return code == S_OK ? ups_variable(s, name, value) : code;
}

/* Once around all values. */
static int
ups_smallest(struct session *s, const char *name, char smallest[UPS_ANSWER_MAX])
{
	char first[UPS_ANSWER_MAX], value[UPS_ANSWER_MAX];
	int code = ups_variable(s, name, first);

	if (code != S_OK)
		return code;
	strcpy(smallest, first);
	for (int i = 0; code == S_OK && i < UPS_VALUES_MAX; i++) {
		code = ups_step(s, name, value);
		if (code == S_OK && strcmp(value, first) == 0)
			return S_OK;
		if (code == S_OK && strtol(value, NULL, 10) < strtol(smallest, NULL, 10))
			strcpy(smallest, value);
	}
	return code == S_OK ? S_OOPS : code;
}

/* Steps until it is VALUE.  What it was goes to BEFORE, unless that is NULL. */
static int
ups_set(struct session *s, const char *name, const char *value, char *before)
{
	char is[UPS_ANSWER_MAX];
	int code = ups_variable(s, name, is);

	if (code == S_OK && before)
		strcpy(before, is);
	for (int i = 0; code == S_OK && i < UPS_VALUES_MAX; i++) {
		if (strcmp(is, value) == 0)
			return S_OK;
		code = ups_step(s, name, is);
	}
	return code == S_OK ? S_OOPS : code;
}

/* A session. */

static int
ups_shorten(struct session *s)
{
	char smallest[ARRAY_LEN(ups_variables)][UPS_ANSWER_MAX];
	int code = ups_smart_mode(s);

	for (size_t i = 0; code == S_OK && i < ARRAY_LEN(ups_variables); i++)
		code = ups_smallest(s, ups_variables[i], smallest[i]);
	for (size_t i = 0; code == S_OK && i < ARRAY_LEN(ups_variables); i++)
		code = ups_set(s, ups_variables[i], smallest[i], s->before[i]);
	if (code == S_OK)
		s->shutdown_s = strtol(smallest[0], NULL, 10);
	return code;
}

/* Puts back what was changed, closes. */
static void
ups_close(struct session *s)
{
	int code;

	s->d.leaving = true;
	code = s->before[0][0] ? ups_smart_mode(s) : S_OK;
	for (size_t i = 0; i < ARRAY_LEN(ups_variables); i++) {
		if (!s->before[i][0])
			continue;
		if (code == S_OK)
			code = ups_set(s, ups_variables[i], s->before[i], NULL);
		if (code != S_OK)
			device_log(s->device, LOG_WARNING,
			    "variable %s of the UPS was %s, and could not be put back",
			    ups_variables[i], s->before[i]);
	}
	dialog_close(&s->d);
}

static int
ups_open(struct session *s, struct device *device)
{
	const struct serial_line line = { .path = device_param(device, "ttydev"),
		.baud = UPS_BAUD };
	int code;

	memset(s, 0, sizeof(*s));
	s->device = device;
	code = dialog_tty(&s->d, device, &line);
	if (code != S_OK)
		return code;
	s->d.pace_ms = UPS_PACE_MS;
	s->d.restore = true;
	code = ups_shorten(s);
	if (code == S_OK)
		return S_OK;
	device_log(device, LOG_CRIT, "the UPS at %s %s", line.path,
	    code == S_TIMEOUT ? "does not answer" : "gives answers that make no sense");
	dialog_told(&s->d, LOG_CRIT);
	ups_close(s);
	return code;
}

/* Switching. */

/* COMMAND twice, as the unit wants it, and then its own word for it. */
static int
ups_switch(struct session *s, const char *command, bool off)
{
	long value = 0;
	int code = ups_smart_mode(s);

	if (code == S_OK)
		code = ups_send(s, command);
	dialog_pause(2000);
	if (code == S_OK)
		code = ups_send(s, command);
	dialog_pause(1000);
	if (code == S_OK)
		code = ups_register(s, "~", &value);
	if (code != S_OK)
		return code;
	if (!!(value & UPS_OUTPUT_OFF) == off)
		return S_OK;
	device_log(s->device, LOG_CRIT, "the output of the UPS should be %s, but is not",
	    off ? "off" : "on");
	return S_RESETFAIL;
}

/* Waits for the unit to say that it is about to switch off.  What it does not answer in
 * between is no news. */
static int
ups_await_reset(struct session *s)
{
	for (long i = 0; i < s->shutdown_s + 10; i++) {
		long value = 0;

		if (device_time_left(s->device) < 2 * DIALOG_RESERVE_MS)
			break;
		if (i > 0)
			dialog_pause(1000);
		if (ups_register(s, "8", &value) == S_OK && value & UPS_SHUTTING_DOWN)
			return S_OK;
	}
	device_log(s->device, LOG_CRIT,
	    "the UPS has accepted the reset, but does not do it");
	return S_RESETFAIL;
}

static bool
ups_accepts(const char *answer)
{
	return strcmp(answer, "*") == 0 || strcmp(answer, "OK") == 0;
}

static int
ups_reset(struct session *s)
{
	char answer[UPS_ANSWER_MAX];
	long value = 0;
	int code = ups_smart_mode(s);

	if (code == S_OK)
		code = ups_ask(s, "S", answer);
	if (code == S_OK && strcmp(answer, "NA") == 0) {
		code = ups_register(s, "~", &value);
		if (code == S_OK && value & UPS_OUTPUT_OFF)
			return ups_switch(s, "\x0e",
			    false); /* it was off: that was the reset */
		if (code == S_OK)
			code = ups_smart_mode(s);
	}
	if (code == S_OK && !ups_accepts(answer))
		code = ups_ask(s, "@000", answer);
	if (code != S_OK)
		return code;
	if (!ups_accepts(answer)) {
		device_log(s->device, LOG_CRIT, "the UPS refuses the reset: [%s]",
		    answer);
		return S_RESETFAIL;
	}
	return ups_await_reset(s);
}

/* The driver. */

static int
apcsmart_configure(struct device *device)
{
	const char *tty = device_param(device, "ttydev");
	const char *list = device_param(device, "hostlist");
	char host[HOSTLIST_NAME_MAX];

	if (access(tty, R_OK | W_OK) < 0) {
		device_log(device, LOG_CRIT, "Cannot access tty [%s]", tty);
		return S_BADCONFIG;
	}
	if (!hostlist_next(&list, host, sizeof(host))) {
		device_log(device, LOG_CRIT, "no host in hostlist");
		return S_BADCONFIG;
	}
	device_set_name(device, tty);
	return S_OK;
}

static int
apcsmart_status(struct device *device)
{
	char answer[UPS_ANSWER_MAX];
	struct session s;
	int code = ups_open(&s, device);

	if (code != S_OK)
		return code;
	code = ups_ask(&s, "Q", answer);
	ups_close(&s);
	return code;
}

static int
apcsmart_hosts(struct device *device)
{
	return hostlist_tell(device, device_param(device, "hostlist"));
}

static int
apcsmart_request(struct device *device, enum stonith_op op, const char *host)
{
	struct session s;
	int code;

	if (!hostlist_has(device_param(device, "hostlist"), host)) {
		device_log(device, LOG_CRIT,
		    "apcsmart_reset_req: host '%s' not in hostlist.", host);
		return S_BADHOST;
	}
	code = ups_open(&s, device);
	if (code == S_OK) {
		code = op == ST_GENERIC_RESET ? ups_reset(&s)
		       : op == ST_POWERON     ? ups_switch(&s, "\x0e", false)
		                              : ups_switch(&s, "Z", true);
		ups_close(&s);
	}
	return code == S_TIMEOUT && op == ST_GENERIC_RESET ? S_RESETFAIL : code;
}

static const struct plugin_param params[] = {
	{ .name = "ttydev",
	    .label = "TTY Device",
	    .text = "The serial device that the UPS is connected to" },
	{ .name = "hostlist",
	    .label = "Hostlist",
	    .text = "The hosts that are powered by the UPS" },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "APCSmart",
	.descr = "APC Smart-UPS and other UPSs that speak APC's Smart protocol, on a "
	         "serial line "
	         "(not USB). A reset is a shutdown of the output with the shortest "
	         "delays that "
	         "the unit has; all hosts that it powers go down together.",
	.url = "http://www.apc.com/",
	.params = params,
	.request_limit = 300,
	.configure = apcsmart_configure,
	.status = apcsmart_status,
	.hosts = apcsmart_hosts,
	.request = apcsmart_request,
};
