/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rcd_serial: a home-made circuit at RTS or DTR of a serial line, which presses the reset button
 * when the line is high for long enough (spec/stonith.md 8).  It says nothing: that the kernel
 * switched the line is all the evidence there can be.
 */
#include "stonith/kit/dialog.h"
#include "stonith/kit/hostlist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RCD_PULSE_MAX_MS 60000 /* nobody holds a button for longer */

/* TIOCM_RTS or TIOCM_DTR; 0 when it is neither. */
static int
rcd_signal(const char *name)
{
	return strcmp(name, "rts") == 0   ? TIOCM_RTS
	       : strcmp(name, "dtr") == 0 ? TIOCM_DTR
	                                  : 0;
}

/* Milliseconds; 0 when TEXT is no such number. */
static long
rcd_duration(const char *text)
{
	char *end;
	long ms = strtol(text, &end, 10);

	return *text && *end == '\0' && ms >= 1 && ms <= RCD_PULSE_MAX_MS ? ms : 0;
}

static int
rcd_line(struct device *device, int fd, unsigned long request, int signals)
{
	if (ioctl(fd, request, &signals) == 0)
		return S_OK;
	device_log(device, LOG_CRIT, "cannot switch the modem lines of %s: %s",
	    device_param(device, "ttydev"), strerror(errno));
	return S_OOPS;
}

/* Locks and opens, with both lines low.  The descriptor, or minus a code. */
static int
rcd_open(struct device *device, char lock[SERIAL_LOCK_MAX])
{
	const char *path = device_param(device, "ttydev");
	int fd, code = serial_lock(device, path, lock);

	if (code != S_OK)
		return -code;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		device_log(device, LOG_CRIT, "cannot open %s: %s", path, strerror(errno));
		serial_unlock(lock);
		return -S_ACCESS;
	}
	code = rcd_line(device, fd, TIOCMBIC, TIOCM_RTS | TIOCM_DTR);
	if (code == S_OK)
		return fd;
	close(fd);
	serial_unlock(lock);
	return -code;
}

static int
rcd_serial_configure(struct device *device)
{
	const char *list = device_param(device, "hostlist");
	char host[HOSTLIST_NAME_MAX];

	if (!hostlist_next(&list, host, sizeof(host))) {
		device_log(device, LOG_CRIT, "no host in hostlist");
		return S_BADCONFIG;
	}
	if (rcd_signal(device_param(device, "dtr_rts")) == 0) {
		device_log(device, LOG_CRIT,
		    "rcd_serial: Invalid signal name '%s' (it must be rts or dtr)",
		    device_param(device, "dtr_rts"));
		return S_BADCONFIG;
	}
	if (rcd_duration(device_param(device, "msduration")) == 0) {
		device_log(device, LOG_CRIT,
		    "rcd_serial: Invalid msduration '%s' (it must be 1 to %d)",
		    device_param(device, "msduration"), RCD_PULSE_MAX_MS);
		return S_BADCONFIG;
	}
	device_set_name(device, device_param(device, "ttydev"));
	return S_OK;
}

static int
rcd_serial_status(struct device *device)
{
	char lock[SERIAL_LOCK_MAX];
	int fd = rcd_open(device, lock);

	if (fd < 0)
		return -fd;
	close(fd);
	serial_unlock(lock);
	return S_OK;
}

static int
rcd_serial_hosts(struct device *device)
{
	return hostlist_tell(device, device_param(device, "hostlist"));
}

/* The button can only be pressed: every operation does. */
static int
rcd_serial_request(struct device *device, enum stonith_op op, const char *host)
{
	int signals = rcd_signal(device_param(device, "dtr_rts")), fd, code, after;
	char lock[SERIAL_LOCK_MAX];

	(void)op;
	if (!hostlist_has(device_param(device, "hostlist"), host)) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_id(device), host);
		return S_BADHOST;
	}
	fd = rcd_open(device, lock);
	if (fd < 0)
		return -fd;
	code = rcd_line(device, fd, TIOCMBIS, signals);
	if (code == S_OK)
		dialog_pause(rcd_duration(device_param(device, "msduration")));
	/* In any case: a button that stays pressed keeps the host down. */
	after = rcd_line(device, fd, TIOCMBIC, signals);
	close(fd);
	serial_unlock(lock);
	if (code == S_OK)
		code = after;
	if (code == S_OK)
		device_log(device, LOG_INFO, "Host rcd_serial-reset: %s", host);
	return code == S_OK ? S_OK : S_RESETFAIL;
}

static const struct plugin_param params[] = {
	{ .name = "hostlist",
	    .label = "Hostlist",
	    .text = "The host whose reset button the circuit presses" },
	{ .name = "ttydev",
	    .label = "TTY Device",
	    .text = "The serial device that the circuit is connected to" },
	{ .name = "dtr_rts",
	    .label = "dtr_rts",
	    .text = "The line that is pulsed: dtr or rts" },
	{ .name = "msduration",
	    .label = "msduration",
	    .text = "For how many milliseconds the line is high" },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "RC Delayed Serial",
	.descr =
	    "A home-made circuit of a resistor and a capacitor at the RTS or DTR line of "
	    "a "
	    "serial port, which presses the reset button of the host. Whatever is asked "
	    "for, it is a reset, and nobody tells whether it worked.",
	.url = "http://www.scl.co.uk/rcd_serial/",
	.params = params,
	.configure = rcd_serial_configure,
	.status = rcd_serial_status,
	.hosts = rcd_serial_hosts,
	.request = rcd_serial_request,
};
