/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The netstring form (spec 2.2): each field is "LENGTH:(T)name=value,".
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>

#define LENGTH_DIGITS_MAX 7 /* MSG_EXPANDED_MAX has seven */

/* ---- Reading ---------------------------------------------------------------------- */

int
msg_netstring_skip(const uint8_t **pos, const uint8_t *end, const uint8_t **text,
    size_t *len)
{
	const uint8_t *p = *pos;
	uint32_t value;
	size_t n = msg_digits_parse(p, (size_t)(end - p), LENGTH_DIGITS_MAX, &value);

	p += n;
	if (n == 0 || p == end || *p != ':')
		return -EINVAL;
	p++;
	if (value >= (size_t)(end - p) || p[value] != ',')
		return -EINVAL;
	*text = p;
	*len = value;
	*pos = p + value + 1;
	return 0;
}

int
msg_netstring_next(struct msg_scan *scan, struct msg_item *item)
{
	size_t left = (size_t)(scan->end - scan->pos), len;
	const uint8_t *text, *equals;

	if (left >= 3 && memcmp(scan->pos, "%%%", 3) == 0) {
		/* The last newline is lost by programs that think of lines. */
		if (left > 3 && scan->pos[3] != '\n')
			return -EINVAL;
		scan->pos += left > 3 ? 4 : 3;
		return 0;
	}
	if (msg_netstring_skip(&scan->pos, scan->end, &text, &len) < 0)
		return -EINVAL;
	if (len < 3 || text[0] != '(' || text[1] < '0' || text[1] > '5' || text[2] != ')')
		return -EINVAL;
	equals = memchr(text + 3, '=', len - 3);
	if (!equals || !msg_name_is_valid(text + 3, (size_t)(equals - text) - 3))
		return -EINVAL;
	*item = (struct msg_item){ .type = (uint8_t)(text[1] - '0'),
		.name = text + 3,
		.name_len = (size_t)(equals - text) - 3,
		.value = equals + 1,
		.len = len - (size_t)(equals - text) - 1 };
	/* Classic text inside netstrings would be a third form that nobody writes. */
	if (msg_type_is_struct(item->type) && (item->len == 0 || item->value[0] != '#'))
		return -EINVAL;
	return 1;
}

/* ---- Writing ---------------------------------------------------------------------- */

static size_t item_size(const struct msg_item *item);

/* What put_value() will write.  Counted, not written: writing would count again at each
 * depth. */
static size_t
value_size(const struct msg_item *item)
{
	struct msg_scan scan;
	struct msg_item child;
	size_t size = 8;

	if (!msg_type_is_struct(item->type)) {
		if (item->is_classic &&
		    (item->type == MSG_BINARY || item->type == MSG_COMPRESSED)) {
			ssize_t n = msg_base64_decode(item->value, item->len, NULL);

			return n < 0 ? 0 : (size_t)n;
		}
		return item->len;
	}
	if (msg_scan_init(&scan, item->value, item->len) < 0)
		return 0;
	while (msg_scan_next(&scan, &child) > 0)
		size += item_size(&child);
	return size;
}

static size_t
text_size(const struct msg_item *item)
{
	return 3 + item->name_len + 1 + value_size(item);
}

static size_t
item_size(const struct msg_item *item)
{
	size_t size = text_size(item);

	return msg_digits_count(size) + 1 + size + 1;
}

static void
put_struct(struct msg_out *out, const struct msg_item *item, uint8_t to_compress_tag)
{
	struct msg_scan scan;
	struct msg_item child;

	if (msg_scan_init(&scan, item->value, item->len) < 0) {
		out->error = -EINVAL;
		return;
	}
	msg_out_put(out, "###\n", 4);
	while (!out->error && msg_scan_next(&scan, &child) > 0)
		msg_netstring_put(out, &child, to_compress_tag);
	msg_out_put(out, "%%%\n", 4);
}

static void
put_value(struct msg_out *out, const struct msg_item *item, uint8_t to_compress_tag)
{
	if (msg_type_is_struct(item->type))
		put_struct(out, item, to_compress_tag);
	else if (!item->is_classic)
		msg_out_put(out, item->value, item->len);
	else if (item->type == MSG_BINARY || item->type == MSG_COMPRESSED)
		msg_out_unbase64(out, item->value, item->len);
	else
		msg_out_swapped(out, item->value, item->len, MSG_NEWLINE, '\n');
}

void
msg_netstring_put(struct msg_out *out, const struct msg_item *item,
    uint8_t to_compress_tag)
{
	uint8_t tag = item->type == MSG_TO_COMPRESS ? to_compress_tag : item->type;
	const uint8_t head[4] = { ':', '(', (uint8_t)('0' + tag), ')' };

	msg_out_number(out, text_size(item));
	msg_out_put(out, head, 4);
	msg_out_put(out, item->name, item->name_len);
	msg_out_byte(out, '=');
	put_value(out, item, to_compress_tag);
	msg_out_byte(out, ',');
}
