/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets between a program and the process of a device, in both directions: what is taken for one is one,
 * and is the same when it is sent on.
 */
#include "stonith/library/wire.h"
#include "stonith/codes.h"
#include "tests/fuzz/fuzz.h"

#include <syslog.h>

static void
again(const struct wire_packet *packet, const uint8_t *data, size_t size)
{
	uint8_t buf[WIRE_PACKET_MAX];
	ssize_t len = wire_encode(packet, buf, sizeof(buf));

	FUZZ_MUST(len == (ssize_t)size);
	FUZZ_MUST(memcmp(buf, data, size) == 0);
}

static void
must_be_in_range(const struct wire_packet *packet)
{
	FUZZ_MUST(strlen(packet->text[0]) <= WIRE_TEXT_MAX);
	FUZZ_MUST(strlen(packet->text[1]) <= WIRE_TEXT_MAX);
	switch (packet->kind) {
	case WIRE_STEP:
		FUZZ_MUST(wire_step_name((enum wire_step)packet->number[0]) != NULL);
		FUZZ_MUST(packet->number[2] >= 0);
		break;
	case WIRE_LOG:
		FUZZ_MUST(
		    packet->number[0] >= LOG_EMERG && packet->number[0] <= LOG_DEBUG);
		break;
	case WIRE_ABOUT:
		FUZZ_MUST(wire_about_find(packet->text[0]) >= 0);
		break;
	case WIRE_ENDED:
		FUZZ_MUST(packet->number[0] >= S_OK && packet->number[0] <= 255);
		break;
	default:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);

	for (int to_device = 0; to_device < 2; to_device++) {
		struct wire_packet packet;
		struct err err;

		if (wire_decode(copy, size, to_device, &packet, &err) < 0)
			continue;
		must_be_in_range(&packet);
		again(&packet, copy, size);
	}
	free(copy);
	return 0;
}
