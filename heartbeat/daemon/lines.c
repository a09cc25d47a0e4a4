/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for serial lines: those know the classic form only, so what membership has made
 * for the other media is read again and signed anew, once for all lines, with the present
 * key (spec/wire.md 16.2).
 */
#include "heartbeat/daemon/daemon.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hb_lines {
	uint8_t frame[HB_DATAGRAM_MAX]; /* as membership made it; reading changes it */
	uint8_t line[HB_DATAGRAM_MAX];
	/* Apart from hb->scratch: a message that has just come in may still live there.
	 */
	uint8_t scratch[MSG_EXPANDED_MAX];
	struct log_limit limit;
};

int
hb_lines_open(struct hb *hb, struct err *err)
{
	for (size_t i = 0; i < hb->media_count && !hb->lines; i++) {
		if (!hb->media[i].spec.kind->is_line)
			continue;
		/* What is never touched costs nothing. */
		hb->lines = calloc(1, sizeof(*hb->lines));
		if (!hb->lines)
			return err_set(err, -ENOMEM, "no memory for serial lines");
		hb->lines->limit.burst = 3;
	}
	return 0;
}

void
hb_lines_free(struct hb *hb)
{
	free(hb->lines);
	hb->lines = NULL;
}

/* The length of lines->line, or 0 (logged).  BEAT: it is a heartbeat.  A message that
 * counts for many numbers (membership/pieces.c) would hold up heartbeats for half a
 * minute: who has no other link asks for it, and gets it in pieces. */
static size_t
convert(struct hb *hb, const uint8_t *frame, size_t len, bool *beat)
{
	const struct msg_style style = { .form = MSG_SERIAL, .keys = &hb->all.keys };
	struct hb_lines *lines = hb->lines;
	struct err err = { "" };
	struct msg m;
	ssize_t made = -EMSGSIZE;

	msg_init(&m, NULL, 0);
	if (len <= sizeof(lines->frame)) {
		memcpy(lines->frame, frame, len);
		made = -EINVAL;
		if (msg_decode(&m, lines->frame, len, NULL, lines->scratch,
		        sizeof(lines->scratch), &err) == MSG_DROP_NONE)
			made = msg_encode(&m, &style, lines->line, sizeof(lines->line));
	}
	if (made <= 0) {
		log_limited(&lines->limit, LOG_WARNING,
		    "a message of %zu bytes does not go over serial lines: %s", len,
		    *err.text ? err.text : strerror((int)-made));
		return 0;
	}
	if (msg_find(&m, "pn") && strcmp(msg_type(&m), "hb-piece") == 0)
		return 0;
	*beat = strcmp(msg_type(&m), "status") == 0;
	return (size_t)made;
}

bool
hb_lines_send(struct hb *hb, const uint8_t *frame, size_t len)
{
	bool beat = false, sent = false;
	size_t made = convert(hb, frame, len, &beat);

	for (size_t i = 0; i < hb->media_count && made > 0; i++) {
		struct media *m = &hb->media[i];
		int rc;

		if (!m->spec.kind->is_line)
			continue;
		rc = beat ? media_send_beat(m, hb->lines->line, made)
		          : media_send(m, hb->lines->line, made);
		sent |= rc == 0 || rc == -EAGAIN;
		hb_cluster_pump(&hb->ear[i], loop_now(hb->loop));
	}
	return sent;
}
