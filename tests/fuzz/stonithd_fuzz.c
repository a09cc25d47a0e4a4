/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stonithd reads: requests of local programs with parameters of devices, and messages of other nodes, which go
 * to its decisions. */
#include "stonith/stonithd/fencer.h"
#include "stonith/stonithd/protocol.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void
fx_run(void *shell, uint32_t run, const char *resource, enum sd_op op, const char *node,
    int64_t limit_ms)
{
	(void)shell;
	FUZZ_MUST(run && *resource && *node && limit_ms > 0 && op != SD_QUERY);
}

static void
fx_give_up(void *shell, uint32_t run)
{
	(void)shell;
	FUZZ_MUST(run);
}

static void
fx_send(void *shell, const struct sd_message *message)
{
	uint8_t store[1024];
	struct msg m;

	(void)shell;
	msg_init(&m, store, sizeof(store));
	FUZZ_MUST(sdp_message_make(message, &m) == 0);
}

static void
fx_answer(void *shell, const struct sd_answer *answer)
{
	(void)shell;
	FUZZ_MUST(answer->result < SD_RESULT_COUNT);
}

static void
fx_arm(void *shell, struct instant when)
{
	*(struct instant *)shell = when;
}

static void
fx_log(void *shell, int priority, const char *text)
{
	(void)shell;
	FUZZ_MUST(priority >= 0 && *text);
}

static int
take(void *data, const char *name, const char *value, struct err *err)
{
	(void)err;
	(void)data;
	FUZZ_MUST(strlen(name) <= SDP_PARAM_NAME_MAX && strlen(value) <= SDP_PARAM_MAX);
	return 0;
}

static void
decide(const struct sd_message *message, const struct sdp_request *request)
{
	static const struct sd_effects fx = { fx_run, fx_give_up, fx_send, fx_answer,
		fx_arm, fx_log };
	char *hosts[] = {
		(char *)(uintptr_t)(message ? message->node : request->fence.node), NULL
	};
	struct instant now = { 1000000000000LL }, armed = INSTANT_NEVER;
	struct sd *sd = sd_new("self", false, 0, &fx, &armed);

	if (!sd)
		return;
	sd_resource_put(sd, "r", "null", 0, 0, hosts);
	if (request && request->kind == SDP_FENCE)
		sd_request(sd, &request->fence, now);
	if (message) {
		sd_heard(sd, message, now);
		sd_heard(sd, message, now);
	}
	/* Whatever it was, it comes to rest. */
	for (int i = 0; i < 100000 && instant_is_set(armed); i++) {
		now = armed.ns > now.ns ? armed : instant_add_ms(now, 1);
		sd_tick(sd, now);
	}
	FUZZ_MUST(!instant_is_set(armed) && sd_op_count(sd) == 0);
	sd_free(sd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_trust trust = { .keys = NULL };
	uint8_t *bytes = fuzz_copy(data, size);
	struct sdp_params params = { .take = take };
	static struct sdp_request request;
	struct sd_message message;
	struct err err;
	struct msg m;

	msg_init(&m, NULL, 0);
	if (msg_decode(&m, bytes, size, &trust, NULL, 0, &err) == MSG_DROP_NONE) {
		if (sdp_message_parse(&m, &message) == 0)
			decide(&message, NULL);
		if (sdp_request_parse(&m, &request, &err) == 0) {
			decide(NULL, &request);
			if (request.params)
				sdp_params_parse(request.params, &params, &err);
		}
	}
	free(bytes);
	return 0;
}
