/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blades of one chassis, as OpenHPI shows them; bladehpi_none.c stands where it was not there
 * when this was built. */
#ifndef STONITH_PLUGINS_BLADEHPI_H
#define STONITH_PLUGINS_BLADEHPI_H

#include "stonith/plugin.h"

#define BLADE_TAG_MAX 256

enum blade_power { BLADE_OFF, BLADE_ON, BLADE_CYCLE };

struct chassis; /* a session with OpenHPI, and the number of the chassis there */

/* 0, or S_ACCESS or S_OOPS, logged. */
int chassis_open(struct chassis **chassis, struct device *device, unsigned number);
void chassis_close(struct chassis *chassis);
/* EACH is given the tag and the number of every blade, until it returns false.  0 or S_ACCESS,
 * logged. */
int chassis_each(struct chassis *chassis,
    bool (*each)(void *data, const char *tag, unsigned long id), void *data);
/* 0 or S_OOPS, logged. */
int blade_power_get(struct chassis *chassis, unsigned long id, bool *on);
/* 0 or S_RESETFAIL, logged. */
int blade_power_set(struct chassis *chassis, unsigned long id, enum blade_power power);

#endif
