/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echo requests and replies as bytes (RFC 792, RFC 4443): what ping media send, and what
 * a raw socket gives back.  Pure.
 *
 *   type, code, checksum (2), identifier (2), sequence (2, network order), data
 *
 * The identifier is in the byte order of the machine, as nodes of old have it: only its
 * sender ever looks at it.
 */
#include "heartbeat/media/private.h"

#include <assert.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define IP4_HEADER_MIN 20

/* The Internet checksum, ready to be stored or, of bytes that hold theirs, 0. */
static uint16_t
echo_checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (len % 2)
		sum += (uint32_t)bytes[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

size_t
echo_encode(uint8_t *out, int family, uint16_t id, uint16_t seq, const uint8_t *data,
    size_t len)
{
	uint16_t checksum;

	assert(len <= ECHO_DATA_MAX);
	out[0] = family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	out[1] = out[2] = out[3] = 0;
	memcpy(out + 4, &id, sizeof(id));
	out[6] = (uint8_t)(seq >> 8);
	out[7] = (uint8_t)seq;
	memcpy(out + ECHO_HEADER, data, len);
	if (family == AF_INET6)
		return ECHO_HEADER + len; /* the kernel knows the addresses in it */
	checksum = echo_checksum(out, ECHO_HEADER + len);
	out[2] = (uint8_t)(checksum >> 8);
	out[3] = (uint8_t)checksum;
	return ECHO_HEADER + len;
}

/* A raw IPv4 socket gives the IP header, too. */
static int
echo_skip_ip4(const uint8_t **p, size_t *len)
{
	size_t header;

	if (*len < IP4_HEADER_MIN || (*p)[0] >> 4 != 4)
		return -EINVAL;
	header = (size_t)((*p)[0] & 15) * 4;
	if (header < IP4_HEADER_MIN || *len < header || (*p)[9] != IPPROTO_ICMP)
		return -EINVAL;
	*p += header;
	*len -= header;
	return 0;
}

int
echo_decode(const uint8_t *packet, size_t len, int family, struct echo_reply *reply)
{
	const uint8_t *p = packet;

	if (family == AF_INET && echo_skip_ip4(&p, &len) < 0)
		return -EINVAL;
	if (len < ECHO_HEADER || p[1] != 0 ||
	    p[0] != (family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY))
		return -EINVAL;
	/* Raw sockets are given what the kernel itself has not checked yet. */
	if (family == AF_INET && echo_checksum(p, len) != 0)
		return -EINVAL;
	memcpy(&reply->id, p + 4, sizeof(reply->id));
	reply->seq = (uint16_t)(p[6] << 8 | p[7]);
	reply->data = p + ECHO_HEADER;
	reply->len = len - ECHO_HEADER;
	return 0;
}
