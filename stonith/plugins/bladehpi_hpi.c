/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blades through OpenHPI: see bladehpi.h. */
#include "stonith/plugins/bladehpi.h"

#include <SaHpi.h>

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 4096 /* of the table of resources; those behind are not looked at */

_Static_assert(BLADE_TAG_MAX > SAHPI_MAX_TEXT_BUFFER_LENGTH, "a tag and its zero fit");

struct chassis {
	struct device *device;
	SaHpiSessionIdT session;
	unsigned number;
};

static int
complain(struct chassis *chassis, const char *what, SaErrorT error, int code)
{
	device_log(chassis->device, LOG_CRIT, "bladehpi: %s: OpenHPI error %d", what,
	    (int)error);
	return code;
}

int
chassis_open(struct chassis **chassis, struct device *device, unsigned number)
{
	struct chassis *fresh = calloc(1, sizeof(*fresh));
	SaErrorT error;

	if (!fresh)
		return S_OOPS;
	fresh->device = device;
	fresh->number = number;
	error = saHpiSessionOpen(SAHPI_UNSPECIFIED_DOMAIN_ID, &fresh->session, NULL);
	if (error != SA_OK) {
		complain(fresh, "cannot open a session (does openhpid run?)", error,
		    S_ACCESS);
		free(fresh);
		return S_ACCESS;
	}
	error = saHpiDiscover(fresh->session);
	if (error != SA_OK) {
		complain(fresh, "cannot look for resources", error, S_ACCESS);
		chassis_close(fresh);
		return S_ACCESS;
	}
	*chassis = fresh;
	return 0;
}

void
chassis_close(struct chassis *chassis)
{
	saHpiSessionClose(chassis->session);
	free(chassis);
}

/* A blade, anywhere below the chassis. */
static bool
is_blade(const struct chassis *chassis, const SaHpiRptEntryT *entry)
{
	const SaHpiEntityT *at = entry->ResourceEntity.Entry;
	bool blade = false;

	for (int i = 0; i < SAHPI_MAX_ENTITY_PATH && at[i].EntityType != SAHPI_ENT_ROOT;
	     i++) {
		blade = blade || at[i].EntityType == SAHPI_ENT_SBC_BLADE;
		if (at[i].EntityType == SAHPI_ENT_SYSTEM_CHASSIS)
			return blade && at[i].EntityLocation == chassis->number &&
			       entry->ResourceCapabilities & SAHPI_CAPABILITY_POWER;
	}
	return false;
}

int
chassis_each(struct chassis *chassis,
    bool (*each)(void *data, const char *tag, unsigned long id), void *data)
{
	SaHpiEntryIdT next = SAHPI_FIRST_ENTRY;

	for (int i = 0; next != SAHPI_LAST_ENTRY && i < ENTRIES_MAX; i++) {
		char tag[BLADE_TAG_MAX] = "";
		SaHpiRptEntryT entry;
		SaErrorT error = saHpiRptEntryGet(chassis->session, next, &next, &entry);

		if (error == SA_ERR_HPI_NOT_PRESENT)
			break; /* an empty table */
		if (error != SA_OK)
			return complain(chassis, "cannot read a resource", error,
			    S_ACCESS);
		if (!is_blade(chassis, &entry))
			continue;
		memcpy(tag, entry.ResourceTag.Data, entry.ResourceTag.DataLength);
		if (!each(data, tag, entry.ResourceId))
			break;
	}
	return 0;
}

int
blade_power_get(struct chassis *chassis, unsigned long id, bool *on)
{
	SaHpiPowerStateT state;
	SaErrorT error =
	    saHpiResourcePowerStateGet(chassis->session, (SaHpiResourceIdT)id, &state);

	if (error != SA_OK)
		return complain(chassis, "cannot read the power state", error, S_OOPS);
	if (state != SAHPI_POWER_ON && state != SAHPI_POWER_OFF)
		return complain(chassis, "the power is neither on nor off",
		    (SaErrorT)state, S_OOPS);
	*on = state == SAHPI_POWER_ON;
	return 0;
}

int
blade_power_set(struct chassis *chassis, unsigned long id, enum blade_power power)
{
	static const SaHpiPowerStateT states[] = {
		[BLADE_OFF] = SAHPI_POWER_OFF,
		[BLADE_ON] = SAHPI_POWER_ON,
		[BLADE_CYCLE] = SAHPI_POWER_CYCLE,
	};
	SaErrorT error = saHpiResourcePowerStateSet(chassis->session,
	    (SaHpiResourceIdT)id, states[power]);

	return error == SA_OK
	           ? 0
	           : complain(chassis, "cannot set the power state", error, S_RESETFAIL);
}
