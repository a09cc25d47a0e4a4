/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dopd reads: requests of local programs, and requests and results of the other
 * node. */
#include "heartbeat/helpers/dopd/dopd.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_trust trust = { .keys = NULL };
	struct dopd_request request;
	uint8_t *bytes = malloc(size + 1);
	struct err err;
	struct msg m;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, bytes, size, &trust, NULL, 0, &err) == MSG_DROP_NONE) {
		enum dopd_result result = dopd_result_parse(&m, "dop_value");
		const char *name = msg_str(&m, "dop_res");

		assert(result >= DOPD_INCONSISTENT && result <= DOPD_BUSY);
		if (name && dopd_resource_is_sound(name))
			assert(strlen(name) < DOPD_NAME_MAX &&
			       !strpbrk(name, "/ ;|&$`'\"\n"));
		if (dopd_request_parse(&m, &request, &err) == 0)
			assert(
			    dopd_resource_is_sound(request.resource) && request.peer[0]);
	}
	free(bytes);
	return 0;
}
