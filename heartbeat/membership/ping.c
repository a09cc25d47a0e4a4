/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a ping node is to answer: its own heartbeat, made and signed here
 * (spec/wire.md 16.4).  The auth field is there whatever the form of other messages is.
 */
#include "heartbeat/membership/membership.h"

ssize_t
memb_ping_frame(const char *node, const char *kind, uint64_t ts,
    const struct msg_keys *keys, uint8_t *frame, size_t size)
{
	const struct msg_style style = { .form = MSG_NETSTRING_AUTH, .keys = keys };
	uint8_t store[512];
	struct msg m;
	int code;

	msg_init(&m, store, sizeof(store));
	code = msg_add_str(&m, "t", "NS_st");
	if (code == 0)
		code = msg_add_str(&m, "st", memb_status_names[MEMB_PINGED]);
	if (code == 0)
		code = msg_add_str(&m, "info", kind);
	if (code == 0)
		code = msg_add_str(&m, "src", node);
	if (code == 0)
		code = msg_add_hex(&m, "ts", ts);
	return code < 0 ? code : msg_encode(&m, &style, frame, size);
}
