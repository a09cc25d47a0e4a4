/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* null: a device that does nothing, for trying things out (spec/stonith.md 6). */
#include "stonith/kit/hostlist.h"
#include "stonith/plugin.h"

static const struct plugin_param params[] = {
	{ .name = "hostlist",
	    .label = "Hostlist",
	    .text =
	        "The hosts that this device is said to control, with blanks or commas "
	        "between them" },
	{ .name = NULL },
};

static int
null_configure(struct device *device)
{
	const char *list = device_param(device, "hostlist");
	char host[HOSTLIST_NAME_MAX];

	return hostlist_next(&list, host, sizeof(host)) ? S_OK : S_BADCONFIG;
}

static int
null_status(struct device *device)
{
	(void)device;
	return S_OK;
}

static int
null_hosts(struct device *device)
{
	return hostlist_tell(device, device_param(device, "hostlist"));
}

/* The list is not asked: any host is "reset". */
static int
null_request(struct device *device, enum stonith_op op, const char *host)
{
	(void)op;
	device_log(device, LOG_INFO, "Host null-reset: %s", host);
	return S_OK;
}

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "NULL STONITH device",
	.descr =
	    "Resets nothing and always succeeds: for tests only. A cluster that relies "
	    "on it is not protected.",
	.params = params,
	.configure = null_configure,
	.status = null_status,
	.hosts = null_hosts,
	.request = null_request,
};
