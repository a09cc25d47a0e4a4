/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message as one line for people.
 */
#include "heartbeat/message/message_private.h"

static void
put_escaped(struct msg_out *out, const uint8_t *p, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	bool quote = len == 0 || memchr(p, ' ', len) != NULL;

	if (quote)
		msg_out_byte(out, '"');
	for (size_t i = 0; i < len && !out->error; i++) {
		const char text[4] = { '\\', 'x', hex[p[i] >> 4], hex[p[i] & 15] };

		if (p[i] == '\n')
			msg_out_put(out, "\\n", 2);
		else if (p[i] < ' ' || p[i] == 0x7f)
			msg_out_put(out, text, 4);
		else
			msg_out_byte(out, p[i]);
	}
	if (quote)
		msg_out_byte(out, '"');
}

static void
put_hex(struct msg_out *out, const uint8_t *p, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len && !out->error; i++) {
		msg_out_byte(out, (uint8_t)hex[p[i] >> 4]);
		msg_out_byte(out, (uint8_t)hex[p[i] & 15]);
	}
}

static void put_item(struct msg_out *out, const struct msg_item *item);

static void
put_struct(struct msg_out *out, const struct msg_item *item)
{
	struct msg_scan scan;
	struct msg_item child;
	bool first = true;

	msg_out_byte(out, '{');
	if (msg_scan_init(&scan, item->value, item->len) == 0)
		while (!out->error && msg_scan_next(&scan, &child) > 0) {
			if (!first)
				msg_out_byte(out, ' ');
			first = false;
			put_item(out, &child);
		}
	msg_out_byte(out, '}');
}

static void
put_item(struct msg_out *out, const struct msg_item *item)
{
	if (item->type != MSG_STRING) {
		const uint8_t tag[3] = { '(', (uint8_t)('0' + item->type), ')' };

		msg_out_put(out, tag, 3);
	}
	put_escaped(out, item->name, item->name_len);
	msg_out_byte(out, '=');
	switch (item->type) {
	case MSG_BINARY:
		if (item->is_classic)
			msg_out_put(out, item->value, item->len);
		else
			put_hex(out, item->value, item->len);
		break;
	case MSG_COMPRESSED:
		msg_out_byte(out, '<');
		msg_out_number(out, item->len);
		msg_out_put(out, " bytes>", 7);
		break;
	case MSG_STRUCT:
	case MSG_TO_COMPRESS:
		put_struct(out, item);
		break;
	default:
		put_escaped(out, item->value, item->len);
	}
}

const char *
msg_format(const struct msg *m, char *buf, size_t size)
{
	struct msg_out out = { .buf = (uint8_t *)buf, .size = size > 0 ? size - 1 : 0 };

	if (size == 0)
		return "";
	for (size_t i = 0; i < m->count && !out.error; i++) {
		const struct msg_item item = msg_field_item(&m->field[i]);

		if (i > 0)
			msg_out_byte(&out, ' ');
		put_item(&out, &item);
	}
	buf[out.len] = '\0';
	if (out.error && out.len >= 3)
		memcpy(buf + out.len - 3, "...", 3);
	return buf;
}
