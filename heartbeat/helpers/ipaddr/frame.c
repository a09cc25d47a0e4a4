/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/helpers/ipaddr/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <libnet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ADVERT_LEN 24 /* ICMPv6 header, flags, target */
#define OPTION_LEN 8  /* type, length, link-layer address */

static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t nobody[6];

/* The value of the sysctl decides what the kernel itself answers to solicitations; a
 * different word from us would make hosts drop us as their router. */
static bool
nic_is_router(const char *nic)
{
	char path[80], c = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding", nic);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c != '0';
}

int
frame_open(struct frame_link *link, const char *nic, const uint8_t *mac, struct err *err)
{
	char why[LIBNET_ERRBUF_SIZE] = "";
	const struct libnet_ether_addr *own;

	*link = (struct frame_link){ 0 };
	link->net = libnet_init(LIBNET_LINK_ADV, nic, why);
	if (!link->net) {
		why[strcspn(why, "\n")] = '\0';
		/* libnet looks at our rights itself and tells only in words. */
		return err_set(err, strstr(why, "CAP_NET_RAW") ? -EPERM : -EIO,
		    "cannot send on %s: %s", nic, why);
	}
	own = libnet_get_hwaddr(link->net);
	if (!own) {
		frame_close(link);
		return err_set(err, -EOPNOTSUPP, "%s has no Ethernet address", nic);
	}
	memcpy(link->own, own->ether_addr_octet, sizeof(link->own));
	memcpy(link->mac, mac ? mac : link->own, sizeof(link->mac));
	link->router = nic_is_router(nic);
	return 0;
}

void
frame_close(struct frame_link *link)
{
	if (link->net)
		libnet_destroy(link->net);
	link->net = NULL;
}

int
frame_fd(const struct frame_link *link)
{
	return libnet_getfd(link->net);
}

/* libnet keeps pointers to the payload until the packet is written. */
static int
build_arp(const struct frame_link *l, const struct ipaddr *a, bool reply)
{
	const uint8_t *target = reply ? l->mac : nobody;
	uint16_t op = reply ? ARPOP_REPLY : ARPOP_REQUEST;

	if (libnet_build_arp(ARPHRD_ETHER, ETHERTYPE_IP, 6, 4, op, l->mac, a->bytes,
	        target, a->bytes, NULL, 0, l->net, 0) < 0)
		return -1;
	return libnet_build_ethernet(everybody, l->own, ETHERTYPE_ARP, NULL, 0, l->net,
	    0);
}

static int
build_advert(const struct frame_link *l, const struct ipaddr *a)
{
	static const uint8_t all_nodes_mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const struct libnet_in6_addr all_nodes = { .__u6_addr.__u6_addr8 = { 0xff,
		                                              0x02, [15] = 1 } };
	uint32_t flags = ND_NA_FLAG_OVERRIDE | (l->router ? ND_NA_FLAG_ROUTER : 0);
	uint8_t option[OPTION_LEN] = { ND_OPT_TARGET_LINKADDR, 1 };
	struct libnet_in6_addr own;

	memcpy(&own, a->bytes, sizeof(own));
	memcpy(option + 2, l->mac, sizeof(l->mac));
	if (libnet_build_icmpv6_ndp_nadv(ND_NEIGHBOR_ADVERT, 0, 0, flags, own, option,
	        sizeof(option), l->net, 0) < 0)
		return -1;
	if (libnet_build_ipv6(0, 0, ADVERT_LEN + OPTION_LEN, IPPROTO_ICMP6, 255, own,
	        all_nodes, NULL, 0, l->net, 0) < 0)
		return -1;
	return libnet_build_ethernet(all_nodes_mac, l->own, ETHERTYPE_IPV6, NULL, 0,
	    l->net, 0);
}

int
frame_send(const struct frame_link *link, const struct ipaddr *addr, bool reply,
    struct err *err)
{
	int rc = addr->family == AF_INET ? build_arp(link, addr, reply)
	                                 : build_advert(link, addr);

	errno = 0;
	if (rc < 0 || libnet_write(link->net) < 0)
		rc =
		    err_set(err, errno ? -errno : -EIO, "%s", libnet_geterror(link->net));
	libnet_clear_packet(link->net);
	return rc < 0 ? rc : 0;
}
