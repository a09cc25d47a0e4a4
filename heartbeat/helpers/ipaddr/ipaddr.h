/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the address resources decide without asking the kernel: the argument of a
 * haresources word, netmasks, which route is meant, which alias label is free.  Pure; the
 * half that talks to the kernel is in kernel.h and announce.h.
 *
 * Addresses are bytes in network order, 4 or 16 of them by the family.
 */
#ifndef IPADDR_IPADDR_H
#define IPADDR_IPADDR_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/err.h"

/* What the operations end with: the codes of a resource agent, which are also our exit
 * codes. */
enum ipaddr_code {
	IPADDR_OK = 0,
	IPADDR_GENERIC = 1,
	IPADDR_ARGUMENT = 2,
	IPADDR_UNIMPLEMENTED = 3,
	IPADDR_PRIVILEGE = 4,
	IPADDR_INSTALLED = 5,
	IPADDR_CONFIGURED = 6,
	IPADDR_STOPPED = 7,
};

struct ipaddr {
	int family;        /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* the rest is 0 for IPv4 */
	char text[INET6_ADDRSTRLEN];
};

/* One argument, ip[/mask[/interface[:label]][/broadcast]]. */
struct ipaddr_request {
	struct ipaddr addr;
	int bits;             /* of the netmask; -1 = not given */
	char nic[IFNAMSIZ];   /* without ":label"; "" = to be found */
	char label[IFNAMSIZ]; /* "eth0:web" as it was given, "" = none */
	bool has_broadcast;
	struct ipaddr broadcast; /* IPv4 only */
};

/* One line of a routing table. */
struct ipaddr_route {
	uint8_t dest[16];
	int bits; /* 0 = a default route */
	int nic;  /* interface index */
	uint32_t metric;
};

/* A plain address that an interface can have.  -EINVAL with the reason in ERR otherwise.
 */
int ipaddr_parse(const char *text, struct ipaddr *out, struct err *err);

/* Only the address of an argument, whatever follows it: enough for a stop.  As
 * ipaddr_parse(). */
int ipaddr_request_parse_addr(const char *arg, struct ipaddr *out, struct err *err);

/* A whole argument.  -EINVAL with the reason in ERR; OUT is then untouched. */
int ipaddr_request_parse(const char *arg, struct ipaddr_request *out, struct err *err);

/* "24", or for IPv4 also "255.255.255.0".  -EINVAL with the reason in ERR. */
int ipaddr_mask_parse(const char *text, int family, int *bits, struct err *err);

/* "eth0" or "eth0:web" into both parts.  -EINVAL with the reason in ERR. */
int ipaddr_nic_parse(const char *text, char nic[IFNAMSIZ], char label[IFNAMSIZ],
    struct err *err);

/* The bytes of an address of FAMILY: 4 or 16. */
size_t ipaddr_size(int family);

/* Both have the same first BITS. */
bool ipaddr_bytes_match(const uint8_t *a, const uint8_t *b, int bits);

/* 255.255.255.0 for 24. */
void ipaddr_mask_format(int bits, char out[INET_ADDRSTRLEN]);

/* The highest address of the net: the broadcast address when none was given. */
struct ipaddr ipaddr_highest(const struct ipaddr *addr, int bits);

/* 127.0.0.0/8 and ::1. */
bool ipaddr_is_loopback(const struct ipaddr *addr);
/* fe80::/10: means nothing without an interface. */
bool ipaddr_is_link_local(const struct ipaddr *addr);

/* The route that contains ADDR: the longest prefix, then the lowest metric, then the
 * first. NIC 0 = through any interface.  NULL when there is none. */
const struct ipaddr_route *ipaddr_route_find(const struct ipaddr_route *routes,
    size_t count, const struct ipaddr *addr, int nic);

/* The first of "NIC:0", "NIC:1", ... that is not among LABELS.  -ENAMETOOLONG when it
 * would not fit into an interface name. */
int ipaddr_label_choose(const char *nic, const char (*labels)[IFNAMSIZ], size_t count,
    char out[IFNAMSIZ]);

#endif
