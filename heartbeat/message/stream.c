/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "heartbeat/message/stream.h"

#include <string.h>

/* Length of the first whole message in BUF, its beginning in *START; 0 = none yet, and
 * everything before *START is nothing. */
static size_t
find_message(char *buf, size_t len, size_t *start)
{
	for (size_t i = 0; i + 4 <= len; i++) {
		bool classic = memcmp(buf + i, ">>>\n", 4) == 0;
		bool at_line = i == 0 || buf[i - 1] == '\n' || buf[i - 1] == '\0';
		const char *stop;

		if (!at_line || (!classic && memcmp(buf + i, "###\n", 4) != 0))
			continue;
		*start = i;
		if (classic) {
			const char *again =
			    memmem(buf + i + 3, len - i - 3, "\n>>>\n", 5);

			stop = memmem(buf + i + 3, len - i - 3, "\n<<<\n", 5);
			/* A writer that died in the middle spoils only its own. */
			if (again && (!stop || again < stop))
				return (size_t)(again + 1 - (buf + i));
			return stop ? (size_t)(stop + 5 - (buf + i)) : 0;
		}
		stop = memmem(buf + i + 4, len - i - 4, "%%%\n", 4);
		return stop ? (size_t)(stop + 4 - (buf + i)) : 0;
	}
	/* What may be the beginning of a beginning is kept, and the byte before it:
	 * whether that one ended a line must still be known when the rest has come. */
	*start = 0;
	if (len > 4) {
		*start = len - 4;
		if (buf[*start] != '\n' && buf[*start] != '\0')
			buf[*start] = 'x';
	}
	return 0;
}

size_t
msg_stream_split(char *buf, size_t len, const struct msg_stream_sink *sink)
{
	size_t used = 0;

	for (;;) {
		size_t start, found = find_message(buf + used, len - used, &start);
		struct msg_trust trust = { .keys = NULL };
		struct err err = { "" };
		uint8_t store[MSG_STREAM_STORE];
		struct msg m;

		if (found == 0)
			return used + start;
		msg_init(&m, store, sizeof(store));
		if (msg_decode(&m, (uint8_t *)buf + used + start, found, &trust, NULL, 0,
		        &err) == MSG_DROP_NONE)
			sink->take(sink->data, &m);
		else
			sink->bad(sink->data, found, err.text);
		used += start + found;
	}
}
