/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of rhcs: the agent (rhcs_agent.c), which plug a host has (rhcs_hosts.c), the steps (rhcs.c). */
#ifndef STONITH_PLUGINS_RHCS_H
#define STONITH_PLUGINS_RHCS_H

#include "lib/array.h"
#include "stonith/kit/params.h"
#include "stonith/plugin.h"

#include <string.h>

struct agent {
	char path[1280];
	bool looked; /* for meta-data; then: */
	bool known;
	struct params params;
};

/* Parameters for us, not for the agent. */
extern const char *const rhcs_ours[4];

/* Whether NAME is in the COUNT names of LIST. */
static inline bool
rhcs_is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}
#define RHCS_IS_ONE_OF(name, list) rhcs_is_one_of(name, list, ARRAY_LEN(list))

/* Which plug is our matter, not that of whoever configures. */
bool rhcs_is_plug(const char *name);

/* What it says of itself; asked once.  NULL, logged. */
const struct params *rhcs_agent_params(struct device *device);
/* 0, -1 or -S_TIMEOUT, logged.  HOST, PLUG: NULL = none. */
int rhcs_agent_run(struct device *device, const char *action, const char *host,
    const char *plug_name, const char *plug);
/* Those of both directories, merged in the order of bytes. */
void rhcs_agents_tell(struct device *device,
    void (*tell)(struct device *device, const char *name));

/* The parameter NAME, else OTHER; NULL. */
const char *rhcs_param_either(const struct device *device, const char *name,
    const char *other);
/* "" when not set. */
const char *rhcs_host_list(const struct device *device);
const char *rhcs_host_map(const struct device *device);
/* The next "host:plug" of *MAP; false at its end.  *PLUG "" when there is none. */
bool rhcs_map_next(const char **map, char *host, size_t host_size, char *plug,
    size_t plug_size);
/* The next word of *LIST as it was written. */
bool rhcs_list_next(const char **list, char *host, size_t size);
/* What HOST is called in the list, and its plug ("" = not mapped); false when it is not ours. */
bool rhcs_host_find(const struct device *device, const char *host, char *name,
    size_t name_size, char *plug, size_t plug_size);
/* S_OK or S_BADCONFIG, logged. */
int rhcs_map_check(struct device *device);
/* One plug for several hosts is told: the wrong one would be switched. */
void rhcs_plug_check(struct device *device);

#endif
