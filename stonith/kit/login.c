/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Getting into a unit that may be busy (contract in login.h). */
#include "stonith/kit/login.h"
#include "lib/instant.h"

#include <string.h>

#define LOGIN_CONNECT_MS 10000

bool
login_word_ok(struct device *device, const char *name)
{
	const char *value = device_param(device, name);

	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			device_log(device, LOG_CRIT,
			    "%s has a control character in it: it would end the line",
			    name);
			return false;
		}
	if (!*value)
		device_log(device, LOG_CRIT, "%s is empty", name);
	return *value != '\0';
}

static int
login_once(struct dialog *d, struct device *device, const char *host,
    login_attempt *attempt)
{
	int code = dialog_tcp(d, device, host, 0, true, LOGIN_CONNECT_MS);

	if (code == S_ACCESS)
		return S_OOPS; /* nobody was asked for a password yet */
	if (code == S_OK)
		code = attempt(d, device);
	if (code != S_OK) {
		if (code != S_ACCESS)
			dialog_told(d, LOG_WARNING);
		dialog_close(d);
	}
	return code;
}

int
login(struct dialog *d, struct device *device, const char *host, login_attempt *attempt)
{
	struct instant end = instant_add_ms(instant_now(), LOGIN_BEGIN_MS);
	int code;

	for (int i = 1;; i++) {
		code = login_once(d, device, host, attempt);
		if (code == S_OK)
			return S_OK;
		if (code == S_ACCESS || code == S_BADCONFIG || i == LOGIN_TRIES ||
		    instant_is_reached(end, instant_now()) ||
		    device_time_left(device) < LOGIN_PAUSE_MS + DIALOG_RESERVE_MS)
			break;
		dialog_pause(LOGIN_PAUSE_MS);
	}
	device_log(device, LOG_CRIT, "Cannot log into %s.", device_id(device));
	return code == S_TIMEOUT || code == S_BADCONFIG ? code : S_ACCESS;
}
