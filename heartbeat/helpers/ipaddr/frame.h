/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that tell neighbours where an address lives now: gratuitous ARP for IPv4,
 * unsolicited neighbour advertisements for IPv6.
 *
 * Closing a packet socket waits for an RCU grace period in the kernel, tens of
 * milliseconds on a busy machine; a caller in a hurry lets a child inherit it, so that
 * its own exit is no close.
 */
#ifndef IPADDR_FRAME_H
#define IPADDR_FRAME_H

#include "heartbeat/helpers/ipaddr/ipaddr.h"

struct libnet_context;

struct frame_link {
	struct libnet_context *net;
	uint8_t own[6]; /* the interface's address, source of every frame */
	uint8_t mac[6]; /* the address that is announced, usually the same */
	bool router;    /* what IPv6 neighbours are told of us; must agree with our router
	                   adverts */
};

/* Opens NIC for sending.  MAC is announced instead of the interface's own when it is not
 * NULL. -errno with the reason in ERR. */
int frame_open(struct frame_link *link, const char *nic, const uint8_t *mac,
    struct err *err);
void frame_close(struct frame_link *link);
int frame_fd(const struct frame_link *link);

/* One frame: "ADDR is at our MAC".  REPLY chooses the ARP form (spec/resources-v1.md 15);
 * IPv6 has only one.  -errno with the reason in ERR. */
int frame_send(const struct frame_link *link, const struct ipaddr *addr, bool reply,
    struct err *err);

#endif
