/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Classic text (spec 2.1): one line a field.  In a struct the depth symbol of its level
 * ends the lines instead of the newline.
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>

/* ---- Reading ---------------------------------------------------------------------- */

/* "name=value" or "(T)name=value". */
static int
line_split(const uint8_t *line, size_t len, struct msg_item *item)
{
	const uint8_t *equals;

	*item = (struct msg_item){ .type = MSG_STRING, .is_classic = true };
	if (len >= 3 && line[0] == '(' && line[1] >= '0' && line[1] <= '5' &&
	    line[2] == ')') {
		item->type = (uint8_t)(line[1] - '0');
		line += 3;
		len -= 3;
	}
	equals = memchr(line, '=', len);
	if (!equals || !msg_name_is_valid(line, (size_t)(equals - line)))
		return -EINVAL;
	item->name = line;
	item->name_len = (size_t)(equals - line);
	item->value = equals + 1;
	item->len = len - item->name_len - 1;
	if (msg_type_is_struct(item->type) && (item->len == 0 || item->value[0] != '>'))
		return -EINVAL;
	return 1;
}

int
msg_classic_next(struct msg_scan *scan, struct msg_item *item)
{
	size_t left = (size_t)(scan->end - scan->pos);
	const uint8_t *line = scan->pos, *stop = memchr(line, scan->mark, left);
	size_t len = stop ? (size_t)(stop - line) : left;

	if (len >= 3 && memcmp(line, "<<<", 3) == 0) {
		if (len == 3 || (!stop && line[3] == '\0')) {
			scan->pos = stop ? stop + 1 : line + 3;
			return 0;
		}
	}
	if (!stop)
		return -EINVAL;
	scan->pos = stop + 1;
	return line_split(line, len, item);
}

/* ---- Writing ---------------------------------------------------------------------- */

/* A string inside a struct must not hold a symbol that would end one of the lines around
 * it. */
static bool
is_plain(const uint8_t *p, size_t len, unsigned level)
{
	for (unsigned i = 1; i <= level; i++)
		if (memchr(p, msg_mark(i), len))
			return false;
	return true;
}

static void
put_struct(struct msg_out *out, const uint8_t *value, size_t len, unsigned level,
    uint8_t to_compress_tag)
{
	struct msg_scan scan;
	struct msg_item item;

	if (level > MSG_DEPTH_MAX || msg_scan_init(&scan, value, len) < 0) {
		out->error = -EINVAL;
		return;
	}
	msg_out_put(out, ">>>", 3);
	msg_out_byte(out, msg_mark(level));
	while (!out->error && msg_scan_next(&scan, &item) > 0)
		msg_classic_put(out, &item, level, to_compress_tag);
	msg_out_put(out, "<<<", 3);
	msg_out_byte(out, msg_mark(level));
}

static void
put_value(struct msg_out *out, const struct msg_item *item, unsigned level,
    uint8_t to_compress_tag)
{
	switch (item->type) {
	case MSG_BINARY:
	case MSG_COMPRESSED:
		if (item->is_classic)
			msg_out_put(out, item->value, item->len);
		else
			msg_out_base64(out, item->value, item->len);
		break;
	case MSG_STRUCT:
	case MSG_TO_COMPRESS:
		put_struct(out, item->value, item->len, level + 1, to_compress_tag);
		break;
	default:
		if (!is_plain(item->value, item->len, level))
			out->error = -EINVAL;
		else
			msg_out_swapped(out, item->value, item->len, '\n', MSG_NEWLINE);
	}
}

void
msg_classic_put(struct msg_out *out, const struct msg_item *item, unsigned level,
    uint8_t to_compress_tag)
{
	uint8_t tag = item->type == MSG_TO_COMPRESS ? to_compress_tag : item->type;

	if (tag != MSG_STRING) {
		const uint8_t text[3] = { '(', (uint8_t)('0' + tag), ')' };

		msg_out_put(out, text, 3);
	}
	msg_out_put(out, item->name, item->name_len);
	msg_out_byte(out, '=');
	put_value(out, item, level, to_compress_tag);
	msg_out_byte(out, msg_mark(level));
}
