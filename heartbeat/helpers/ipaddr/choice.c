/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choices that need no kernel: the route that contains an address, the net's highest
 * address, the next free alias label.
 */
#include "heartbeat/helpers/ipaddr/ipaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool
ipaddr_bytes_match(const uint8_t *a, const uint8_t *b, int bits)
{
	size_t whole = (size_t)bits / 8;
	uint8_t mask = (uint8_t)(0xff00 >> (bits % 8));

	return memcmp(a, b, whole) == 0 &&
	       (bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

void
ipaddr_mask_format(int bits, char out[INET_ADDRSTRLEN])
{
	uint32_t mask = bits == 0 ? 0 : htonl(~0U << (32 - bits));

	inet_ntop(AF_INET, &mask, out, INET_ADDRSTRLEN);
}

struct ipaddr
ipaddr_highest(const struct ipaddr *addr, int bits)
{
	struct ipaddr high = *addr;

	for (int i = bits; i < (int)ipaddr_size(addr->family) * 8; i++)
		high.bytes[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	inet_ntop(high.family, high.bytes, high.text, sizeof(high.text));
	return high;
}

bool
ipaddr_is_loopback(const struct ipaddr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	return addr->family == AF_INET ? addr->bytes[0] == 127
	                               : memcmp(addr->bytes, one, 16) == 0;
}

bool
ipaddr_is_link_local(const struct ipaddr *addr)
{
	return addr->family == AF_INET6 && addr->bytes[0] == 0xfe &&
	       (addr->bytes[1] & 0xc0) == 0x80;
}

static bool
route_is_better(const struct ipaddr_route *a, const struct ipaddr_route *b)
{
	if (a->bits != b->bits)
		return a->bits > b->bits;
	return a->metric < b->metric;
}

const struct ipaddr_route *
ipaddr_route_find(const struct ipaddr_route *routes, size_t count,
    const struct ipaddr *addr, int nic)
{
	const struct ipaddr_route *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct ipaddr_route *r = &routes[i];

		if (nic && r->nic != nic)
			continue;
		if (!ipaddr_bytes_match(addr->bytes, r->dest, r->bits))
			continue;
		if (!best || route_is_better(r, best))
			best = r;
	}
	return best;
}

static bool
label_is_used(const char *label, const char (*labels)[IFNAMSIZ], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(labels[i], label) == 0)
			return true;
	return false;
}

int
ipaddr_label_choose(const char *nic, const char (*labels)[IFNAMSIZ], size_t count,
    char out[IFNAMSIZ])
{
	/* COUNT labels cannot fill COUNT + 1 numbers. */
	for (size_t n = 0; n <= count; n++) {
		char label[2 * IFNAMSIZ + 8];

		snprintf(label, sizeof(label), "%s:%zu", nic, n);
		if (strlen(label) >= IFNAMSIZ)
			return -ENAMETOOLONG;
		if (label_is_used(label, labels, count))
			continue;
		memcpy(out, label, strlen(label) + 1);
		return 0;
	}
	return -ENAMETOOLONG;
}
