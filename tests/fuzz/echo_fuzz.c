/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What raw sockets give to ping media: whatever comes in, an answer lies within the
 * packet, and what we ask is seen as an answer once its type says so.
 */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/media/private.h"

static void
check_reply(const uint8_t *packet, size_t len, int family)
{
	struct echo_reply reply;

	if (echo_decode(packet, len, family, &reply) < 0)
		return;
	FUZZ_MUST(reply.data >= packet + ECHO_HEADER);
	FUZZ_MUST(reply.data + reply.len == packet + len);
}

/* DATA as the data of a request that is answered. */
static void
check_answer(const uint8_t *data, size_t len)
{
	uint8_t packet[20 + ECHO_HEADER + ECHO_DATA_MAX];
	struct echo_reply reply;
	size_t made;

	if (len > ECHO_DATA_MAX)
		len = ECHO_DATA_MAX;
	made = echo_encode(packet, AF_INET6, 0x1234, (uint16_t)len, data, len);
	packet[0] = 129;
	FUZZ_MUST(echo_decode(packet, made, AF_INET6, &reply) == 0);
	FUZZ_MUST(reply.id == 0x1234 && reply.seq == len && reply.len == len);
	FUZZ_MUST(memcmp(reply.data, data, len) == 0);

	memset(packet, 0, 20);
	packet[0] = 0x45;
	packet[9] = IPPROTO_ICMP;
	made = 20 + echo_encode(packet + 20, AF_INET, 0x1234, (uint16_t)len, data, len);
	/* A request is none; as an answer its checksum is another. */
	FUZZ_MUST(echo_decode(packet, made, AF_INET, &reply) < 0);
	packet[20] = 0;
	FUZZ_MUST(echo_decode(packet, made, AF_INET, &reply) < 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);

	check_reply(copy, size, AF_INET);
	check_reply(copy, size, AF_INET6);
	check_answer(copy, size);
	free(copy);
	return 0;
}
