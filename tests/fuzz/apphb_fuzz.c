/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of apphbd sends what it likes: requests are refused or obeyed in order, times
 * stay within their bounds, one failure is told once. */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/helpers/apphb/apphbd.h"
#include "lib/frame_server.h"

#include <errno.h>

static void
one(struct apphb_watch *watch, const uint8_t *body, size_t len, struct instant now)
{
	struct apphb_request request;
	bool was = watch->registered;
	int64_t late_ms = 0;
	int code;

	if (apphb_decode(&request, body, len) < 0)
		return;
	FUZZ_MUST(strlen(request.name) < APPHB_NAME_MAX);
	if (request.type == APPHB_BEAT) {
		apphb_watch_beat(watch, now, &late_ms);
		FUZZ_MUST(late_ms >= 0);
	} else {
		code = apphb_watch_request(watch, &request, false, now);
		FUZZ_MUST(code >= 0 && !watch->boot);
		FUZZ_MUST(was || request.type == APPHB_REGISTER || code == ESRCH);
	}
	FUZZ_MUST(watch->interval_ms >= 0 && watch->interval_ms <= APPHB_MS_MAX);
	FUZZ_MUST(apphb_watch_due(watch).ns >= 0);
	if (apphb_watch_judge(watch, now) == APPHB_FAILED)
		FUZZ_MUST(apphb_watch_judge(watch, now) == APPHB_FINE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	char *text = malloc(size + 1);
	struct apphb_watch watch = { 0 };
	struct apphbd_conf conf;
	struct instant now = { NS_PER_MS };
	size_t done = 0;
	ssize_t len;

	while ((len = frame_complete(copy + done, size - done, APPHB_BODY_MAX)) >= 0) {
		one(&watch, copy + done + FRAME_HEAD, (size_t)len, now);
		done += FRAME_HEAD + (size_t)len;
		now = instant_add_ms(now, len * 100);
	}
	one(&watch, copy, size, now);
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	apphbd_conf_init(&conf);
	if (apphbd_conf_parse(&conf, text, "f", NULL) == 0)
		FUZZ_MUST(conf.watchdog_ms >= 10 && conf.debug >= 0 && conf.debug <= 9);
	free(text);
	free(copy);
	return 0;
}
