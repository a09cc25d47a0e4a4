/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which interface, netmask and broadcast address go with an address; and the command
 * findif (spec/commands.md 7.1).  Unlike the original the longest prefix wins before the
 * metric.
 */
#include "heartbeat/helpers/ipaddr/agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOPBACK_BITS 8

/* What the routing table says, or why it says nothing. */
static int
route_consult(struct kernel *k, const struct ipaddr_request *r, int nic,
    struct ipaddr_route *out, struct err *err)
{
	struct kernel_routes routes;
	const struct ipaddr_route *best;
	int rc = kernel_routes_get(k, r->addr.family, &routes, err);

	if (rc < 0)
		return rc;
	best = ipaddr_route_find(routes.list, routes.count, &r->addr, nic);
	if (!best)
		rc = err_set(err, -ENETUNREACH,
		    "no route leads to %s%s%s: give netmask and interface,"
		    " %s/BITS/INTERFACE",
		    r->addr.text, nic ? " through " : "", nic ? r->nic : "",
		    r->addr.text);
	else if (best->bits == 0 && r->bits < 0)
		rc = err_set(err, -ENETUNREACH,
		    "Cannot use default route w/o netmask [%s]: give one, %s/BITS%s%s",
		    r->addr.text, r->addr.text, nic ? "/" : "", nic ? r->nic : "");
	else
		*out = *best;
	kernel_routes_clear(&routes);
	return rc;
}

/* Interface 0 = not known yet. */
static int
nic_choose(struct kernel *k, const struct ipaddr_request *r, struct findif_choice *c,
    struct err *err)
{
	struct ipaddr_route route = { 0 };
	int rc;

	if (r->nic[0] && (rc = kernel_link_get(k, r->nic, 0, &c->link, err)) < 0)
		return rc;
	if (!r->nic[0] && ipaddr_is_loopback(&r->addr)) {
		c->bits = r->bits > 0                 ? r->bits
		          : r->addr.family == AF_INET ? LOOPBACK_BITS
		                                      : 128;
		return kernel_link_get(k, "lo", 0, &c->link, err);
	}
	if (!r->nic[0] && ipaddr_is_link_local(&r->addr))
		return err_set(err, -ENETUNREACH,
		    "%s is link-local: name its interface, %s/64/INTERFACE", r->addr.text,
		    r->addr.text);
	c->bits = r->bits;
	if (c->link.index && c->bits > 0)
		return 0;
	rc = route_consult(k, r, c->link.index, &route, err);
	if (rc < 0)
		return rc;
	if (c->bits < 0)
		c->bits = route.bits;
	return c->link.index ? 0 : kernel_link_get(k, NULL, route.nic, &c->link, err);
}

int
findif_choose(struct kernel *k, const struct ipaddr_request *request,
    struct findif_choice *out, struct err *err)
{
	struct findif_choice c = { .bits = -1 };
	int rc = nic_choose(k, request, &c, err);

	if (rc < 0)
		return rc;
	if (request->has_broadcast) {
		c.broadcast = request->broadcast;
		c.has_broadcast = true;
	} else if (request->addr.family == AF_INET) {
		/* A net of one or two addresses has none. */
		c.broadcast = ipaddr_highest(&request->addr, c.bits);
		c.has_broadcast = c.bits < 31 && !(c.link.flags & IFF_LOOPBACK);
	}
	*out = c;
	return 0;
}

/* The command. */

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The environment, or one argument in the form of haresources. */
static int
request_read(const char *arg, struct ipaddr_request *out, struct err *err)
{
	const char *ip = setting("OCF_RESKEY_ip"),
	           *mask = setting("OCF_RESKEY_cidr_netmask");
	const char *nic = setting("OCF_RESKEY_nic"),
	           *bcast = setting("OCF_RESKEY_broadcast");
	struct ipaddr_request r = { .bits = -1 };
	int rc;

	if (arg)
		return ipaddr_request_parse(arg, out, err);
	if (!ip)
		return err_set(err, -EINVAL, "no address: set OCF_RESKEY_ip");
	if (!mask)
		mask = setting("OCF_RESKEY_netmask");
	rc = ipaddr_parse(ip, &r.addr, err);
	if (rc == 0 && mask)
		rc = ipaddr_mask_parse(mask, r.addr.family, &r.bits, err);
	if (rc == 0 && mask && strchr(mask, '.'))
		fprintf(stderr, "Converted dotted-quad netmask to CIDR as: %d\n", r.bits);
	if (rc == 0 && nic)
		rc = ipaddr_nic_parse(nic, r.nic, r.label, err);
	if (rc == 0 && bcast && r.addr.family == AF_INET) {
		r.broadcast = (struct ipaddr){ .family = AF_INET };
		if (inet_pton(AF_INET, bcast, r.broadcast.bytes) != 1)
			return err_set(err, -EINVAL,
			    "broadcast '%s' is not an IPv4 address", bcast);
		snprintf(r.broadcast.text, sizeof(r.broadcast.text), "%s", bcast);
		r.has_broadcast = true;
	}
	if (rc == 0)
		*out = r;
	return rc;
}

static void
choice_print(const struct ipaddr_request *r, const struct findif_choice *c, bool cidr)
{
	char mask[INET_ADDRSTRLEN];

	snprintf(mask, sizeof(mask), "%d", c->bits);
	if (!cidr && r->addr.family == AF_INET)
		ipaddr_mask_format(c->bits, mask);
	printf("%s\tnetmask %s\tbroadcast %s\n", c->link.name, mask, c->broadcast.text);
}

static const char findif_usage[] =
    "usage: findif [-C] [ip[/mask[/interface][/broadcast]]]\n"
    "Prints the interface, netmask and broadcast address that go with an address.\n"
    "Without an argument it is read from OCF_RESKEY_ip, OCF_RESKEY_cidr_netmask,\n"
    "OCF_RESKEY_broadcast and OCF_RESKEY_nic.  -C: netmask in bits.\n";

int
findif_main(int argc, char **argv)
{
	bool cidr = argc > 0 && strcmp(argv[0], "-C") == 0;
	struct findif_choice choice;
	struct ipaddr_request r;
	struct kernel k = { 0 };
	struct err err;
	int rc;

	argc -= cidr;
	argv += cidr;
	if (argc == 1 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
		fputs(findif_usage, stdout);
		return 0;
	}
	if (argc > 1 || (argc == 1 && argv[0][0] == '-')) {
		fputs(findif_usage, stderr);
		return IPADDR_ARGUMENT;
	}
	rc = request_read(argc ? argv[0] : NULL, &r, &err);
	if (rc == 0)
		rc = kernel_open(&k, &err);
	if (rc == 0)
		rc = findif_choose(&k, &r, &choice, &err);
	kernel_close(&k);
	if (rc < 0) {
		fprintf(stderr, "ERROR: %s\n", err.text);
		return rc == -EINVAL ? IPADDR_ARGUMENT : IPADDR_CONFIGURED;
	}
	choice_print(&r, &choice, cidr);
	return 0;
}
