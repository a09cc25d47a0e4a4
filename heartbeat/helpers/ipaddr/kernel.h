/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's links, addresses and routes over netlink.  It knows nothing of resources.
 * Every call is one or two system calls; nothing is cached but what the caller keeps.
 *
 * Errors are -errno as the kernel gave it, with the reason in ERR.
 */
#ifndef IPADDR_KERNEL_H
#define IPADDR_KERNEL_H

#include "heartbeat/helpers/ipaddr/ipaddr.h"

struct mnl_socket;

struct kernel {
	struct mnl_socket *nl;
	uint32_t seq;
	bool torn; /* the last list changed while the kernel told it */
};

struct kernel_link {
	int index;
	char name[IFNAMSIZ];
	unsigned flags; /* IFF_* */
	unsigned type;  /* ARPHRD_* */
	uint8_t mac[6]; /* only of an Ethernet-like link */
	bool has_mac;
};

struct kernel_addr {
	int family;
	uint8_t bytes[16];
	int bits;
	int nic; /* interface index */
	unsigned scope;
	uint32_t flags;       /* IFA_F_* */
	char label[IFNAMSIZ]; /* IPv4 only */
	bool has_broadcast;
	uint8_t broadcast[4];
};

struct kernel_addrs {
	struct kernel_addr *list;
	size_t count, size;
};

struct kernel_routes {
	struct ipaddr_route *list;
	size_t count, size;
};

int kernel_open(struct kernel *k, struct err *err);
void kernel_close(struct kernel *k);

/* By name, or by index when NAME is NULL.  -ENODEV when there is none. */
int kernel_link_get(struct kernel *k, const char *name, int index,
    struct kernel_link *out, struct err *err);
int kernel_link_up(struct kernel *k, int index, struct err *err);

/* All addresses of FAMILY.  The list is freed by kernel_addrs_clear(). */
int kernel_addrs_get(struct kernel *k, int family, struct kernel_addrs *out,
    struct err *err);
void kernel_addrs_clear(struct kernel_addrs *addrs);

/* -EEXIST when it is there already; -EADDRNOTAVAIL when there is none to delete. */
int kernel_addr_add(struct kernel *k, const struct kernel_addr *addr, struct err *err);
int kernel_addr_del(struct kernel *k, const struct kernel_addr *addr, struct err *err);

/* The unicast routes of the main table.  Freed by kernel_routes_clear(). */
int kernel_routes_get(struct kernel *k, int family, struct kernel_routes *out,
    struct err *err);
void kernel_routes_clear(struct kernel_routes *routes);

#endif
