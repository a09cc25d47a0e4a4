/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hb_status reads from the daemon's socket: any list of records gives a status that
 * can be shown as JSON, within its bounds.  Input: messages in the classic form, with an
 * empty line behind each.
 */
#include "heartbeat/status/status.h"
#include "tests/fuzz/fuzz.h"

static void
record_take(struct hb_status *status, const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct msg_trust trust = { .keys = NULL };
	struct msg m;

	msg_init(&m, NULL, 0);
	if (msg_decode(&m, copy, size, &trust, NULL, 0, NULL) == MSG_DROP_NONE)
		status_decode(status, &m);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hb_status status;
	FILE *out = fopen("/dev/null", "w");
	size_t begin = 0;

	status_init(&status);
	for (size_t i = 1; i < size; i++) {
		if (data[i] != '\n' || data[i - 1] != '\n')
			continue;
		record_take(&status, data + begin, i - begin);
		begin = i + 1;
	}
	if (begin < size)
		record_take(&status, data + begin, size - begin);
	FUZZ_MUST(status.node_count <= STATUS_NODE_MAX);
	FUZZ_MUST(status.link_count <= STATUS_LINK_MAX);
	FUZZ_MUST(status.group_count <= STATUS_GROUP_MAX);
	FUZZ_MUST(status.event_count <= STATUS_EVENT_MAX);
	FUZZ_MUST(out);
	status_json(&status, out);
	fclose(out);
	status_free(&status);
	return 0;
}
