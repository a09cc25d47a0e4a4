/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VA Linux Cluster Manager (spec/stonith.md 10).  It can only be spoken to through a library
 * that no longer exists, so the type is known, with its parameters, and refuses to be used.
 */
#include "stonith/plugin.h"

static int
refuse(struct device *device)
{
	device_log(device, LOG_CRIT,
	    "vacm: the client library of the VA Linux Cluster Manager is no longer made; "
	    "this "
	    "device cannot be used.  Its nodes' management controllers speak IPMI: see "
	    "external/ipmi");
	return S_OOPS;
}

static int
refuse_request(struct device *device, enum stonith_op op, const char *host)
{
	(void)op;
	(void)host;
	return refuse(device);
}

static const struct plugin_param params[] = {
	{ .name = "nexxus",
	    .label = "nexxus",
	    .text = "The address of the Nexxus controller.",
	    .unique = true },
	{ .name = "login", .label = "Login", .text = "The user that logs in." },
	{ .name = "password",
	    .label = "Password",
	    .text = "The user's password.",
	    .secret = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "VA Linux Cluster Manager",
	.descr = "VA Linux Cluster Manager.  Its library is no longer made, so this type "
	         "refuses "
	         "every configuration.",
	.url = "http://vacm.sourceforge.net/",
	.params = params,
	.configure = refuse,
	.status = refuse,
	.hosts = refuse,
	.request = refuse_request,
};
