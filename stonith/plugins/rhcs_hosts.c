/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which plug a host has: hostlist and host_map of rhcs. */
#include "stonith/plugins/rhcs.h"

#include "stonith/kit/hostlist.h"

#include <string.h>

#define MAP_BETWEEN " \t\r\n\f;"

/* Hosts and plugs. */

const char *
rhcs_param_either(const struct device *device, const char *name, const char *other)
{
	const char *value = device_param(device, name);

	return value ? value : device_param(device, other);
}

const char *
rhcs_host_list(const struct device *device)
{
	const char *list = rhcs_param_either(device, "hostlist", "pcmk_host_list");

	return list ? list : "";
}

const char *
rhcs_host_map(const struct device *device)
{
	const char *map = rhcs_param_either(device, "host_map", "pcmk_host_map");

	return map ? map : "";
}

/* The next "host:plug" of *MAP; false at its end.  *PLUG "" when there is none. */
bool
rhcs_map_next(const char **map, char *host, size_t host_size, char *plug,
    size_t plug_size)
{
	const char *begin = *map + strspn(*map, MAP_BETWEEN);
	size_t len = strcspn(begin, MAP_BETWEEN);
	size_t host_len = strcspn(begin, ":" MAP_BETWEEN);
	size_t plug_len = host_len < len ? len - host_len - 1 : 0;

	*map = begin + len;
	if (len == 0)
		return false;
	host_len = host_len < host_size ? host_len : host_size - 1;
	memcpy(host, begin, host_len);
	host[host_len] = '\0';
	plug_len = plug_len < plug_size ? plug_len : plug_size - 1;
	if (plug_len > 0)
		memcpy(plug, begin + len - plug_len, plug_len);
	plug[plug_len] = '\0';
	return true;
}

/* The next word of *LIST as it was written. */
bool
rhcs_list_next(const char **list, char *host, size_t size)
{
	static const char between[] = " \t\r\n\f,";
	const char *begin = *list + strspn(*list, between);
	size_t len = strcspn(begin, between);

	if (len == 0 || len >= size)
		return false;
	memcpy(host, begin, len);
	host[len] = '\0';
	*list = begin + len;
	return true;
}

/* What HOST is called in the list, and its plug ("" = not mapped); false when it is not ours. */
bool
rhcs_host_find(const struct device *device, const char *host, char *name,
    size_t name_size, char *plug, size_t plug_size)
{
	const char *at;

	for (at = rhcs_host_map(device);
	     rhcs_map_next(&at, name, name_size, plug, plug_size);)
		if (host_is(name, host))
			return true;
	plug[0] = '\0';
	for (at = rhcs_host_list(device); rhcs_list_next(&at, name, name_size);)
		if (host_is(name, host))
			return true;
	return false;
}

int
rhcs_map_check(struct device *device)
{
	char host[HOSTLIST_NAME_MAX], plug[256];

	for (const char *at = rhcs_host_map(device);
	     rhcs_map_next(&at, host, sizeof(host), plug, sizeof(plug));)
		if (host[0] == '\0' || plug[0] == '\0') {
			device_log(device, LOG_ERR,
			    "%s: host_map is 'host:plug;host:plug...', not '%s'",
			    device_type(device), rhcs_host_map(device));
			return S_BADCONFIG;
		}
	return S_OK;
}

/* One plug for several hosts: the wrong one would be switched. */
void
rhcs_plug_check(struct device *device)
{
	const char *plug = rhcs_param_either(device, "plug", "port"),
	           *list = rhcs_host_list(device);
	char host[HOSTLIST_NAME_MAX];

	if (plug && rhcs_list_next(&list, host, sizeof(host)) &&
	    rhcs_list_next(&list, host, sizeof(host)) && rhcs_host_map(device)[0] == '\0')
		device_log(device, LOG_WARNING,
		    "%s: all hosts of hostlist are plug '%s'; host_map gives each its "
		    "own",
		    device_type(device), plug);
}
