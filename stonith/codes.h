/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers that the library, the plugins, stonith(8) and every script around them share
 * (spec/stonith.md 1).
 */
#ifndef STONITH_CODES_H
#define STONITH_CODES_H

enum stonith_code {
	S_OK = 0,        /* done, and the device said so */
	S_BADCONFIG = 1, /* bad configuration */
	S_ACCESS = 2,    /* cannot reach the device, or log in */
	S_INVAL = 3,     /* bad argument, unsupported operation, not configured */
	S_BADHOST = 4,   /* the host is not on this device */
	S_RESETFAIL = 5, /* the operation failed */
	S_TIMEOUT = 6,   /* the device did not answer in time */
	S_ISOFF = 7,     /* cannot reboot: the outlet is off */
	S_OOPS = 8       /* anything else */
};

enum stonith_op { ST_GENERIC_RESET = 1, ST_POWERON = 2, ST_POWEROFF = 3 };

#endif
