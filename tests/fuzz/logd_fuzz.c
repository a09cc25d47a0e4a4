/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What any user of the machine may send to ha_logd: each message is refused or becomes
 * lines without control characters, within bounds. */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/helpers/logd/logd.h"
#include "lib/frame_server.h"

#include <ctype.h>

static void
one(const uint8_t *body, size_t len)
{
	static struct logd_line line;
	static char out[LOGD_TEXT_MAX + 512];
	struct logd_conf conf;
	size_t n;

	logd_conf_init(&conf);
	if (logd_line_decode(&line, body, len, 1000) < 0)
		return;
	FUZZ_MUST(line.text_len <= LOGD_TEXT_MAX && line.entity_len < LOGD_ENTITY_MAX);
	FUZZ_MUST(line.priority >= 0 && line.priority <= 7);
	for (int i = 0; i < 3; i++) {
		conf.syslog_format = i;
		n = logd_line_format(&conf, &line, line.text, line.text_len, "host",
		    i == 2 ? 24 : -1, out, sizeof(out));
		FUZZ_MUST(n < sizeof(out) && strlen(out) == n);
		for (size_t k = 0; k < n; k++)
			FUZZ_MUST(!iscntrl((unsigned char)out[k]) || out[k] == '\t' ||
			          out[k] == '\n');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	char *text = malloc(size + 1);
	struct logd_conf conf;
	size_t at = 0;
	ssize_t len;

	while ((len = frame_complete(copy + at, size - at, LOGD_BODY_MAX)) >= 0) {
		one(copy + at + FRAME_HEAD, (size_t)len);
		at += FRAME_HEAD + (size_t)len;
	}
	one(copy, size);
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	logd_conf_init(&conf);
	logd_conf_parse(&conf, text, "logd.cf", NULL);
	free(text);
	free(copy);
	return 0;
}
