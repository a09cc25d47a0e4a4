/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apphbd's configuration (spec/commands.md 8). */
#ifndef HEARTBEAT_HELPERS_APPHB_APPHBD_H
#define HEARTBEAT_HELPERS_APPHB_APPHBD_H

#include "heartbeat/helpers/apphb/apphb.h"

#define APPHBD_PATH_MAX 256

struct apphbd_conf {
	int debug; /* 0..9 */
	char debugfile[APPHBD_PATH_MAX], logfile[APPHBD_PATH_MAX];
	char watchdog[APPHBD_PATH_MAX];
	int64_t watchdog_ms;
	bool realtime;
	char plugin[APPHBD_PATH_MAX]; /* a program; "" = none */
};

void apphbd_conf_init(struct apphbd_conf *conf);
/* TEXT is changed.  0, or -EINVAL with the first wrong line in ERR. */
int apphbd_conf_parse(struct apphbd_conf *conf, char *text, const char *file,
    struct err *err);

#endif
