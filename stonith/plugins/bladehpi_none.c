/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bladehpi without OpenHPI: the type is known, and refuses. */
#include "stonith/plugins/bladehpi.h"

int
chassis_open(struct chassis **chassis, struct device *device, unsigned number)
{
	(void)chassis;
	(void)number;
	device_log(device, LOG_CRIT,
	    "bladehpi: built without OpenHPI (libopenhpi-dev): this device cannot be "
	    "used");
	return S_OOPS;
}

void
chassis_close(struct chassis *chassis)
{
	(void)chassis;
}

int
chassis_each(struct chassis *chassis,
    bool (*each)(void *data, const char *tag, unsigned long id), void *data)
{
	(void)chassis;
	(void)each;
	(void)data;
	return S_OOPS;
}

int
blade_power_get(struct chassis *chassis, unsigned long id, bool *on)
{
	(void)chassis;
	(void)id;
	(void)on;
	return S_OOPS;
}

int
blade_power_set(struct chassis *chassis, unsigned long id, enum blade_power power)
{
	(void)chassis;
	(void)id;
	(void)power;
	return S_OOPS;
}
