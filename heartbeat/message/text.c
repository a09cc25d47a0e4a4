/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leaves: base64, decimal lengths, packed lists, and the output buffer.
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>

/* ---- Base64 ----------------------------------------------------------------------- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t
msg_base64_decode(const uint8_t *text, size_t len, uint8_t *out)
{
	size_t n = 0, pad = 0;

	if (len % 4 != 0)
		return -EINVAL;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len; i += 4) {
		size_t missing = i + 4 == len ? pad : 0;
		uint32_t bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int v = k < 4 - missing ? base64_value(text[i + k]) : 0;

			if (v < 0)
				return -EINVAL;
			bits = bits << 6 | (uint32_t)v;
		}
		/* Two texts for the same bytes would be two messages with one meaning. */
		if (bits & ((1u << 8 * missing) - 1))
			return -EINVAL;
		for (size_t k = 0; k < 3 - missing; k++, n++)
			if (out)
				out[n] = (uint8_t)(bits >> (16 - 8 * k));
	}
	return (ssize_t)n;
}

/* Three bytes or, at the end, fewer, become four characters. */
static void
msg_base64_quad(const uint8_t *in, size_t len, uint8_t out[4])
{
	uint32_t bits = (uint32_t)in[0] << 16 | (len > 1 ? (uint32_t)in[1] << 8 : 0) |
	                (len > 2 ? in[2] : 0);

	out[0] = (uint8_t)base64_digits[bits >> 18];
	out[1] = (uint8_t)base64_digits[bits >> 12 & 63];
	out[2] = len > 1 ? (uint8_t)base64_digits[bits >> 6 & 63] : '=';
	out[3] = len > 2 ? (uint8_t)base64_digits[bits & 63] : '=';
}

/* ---- Numbers and lists ------------------------------------------------------------ */

size_t
msg_digits_parse(const uint8_t *p, size_t len, size_t max_digits, uint32_t *value)
{
	uint32_t v = 0;
	size_t n = 0;

	while (n < len && n < max_digits && p[n] >= '0' && p[n] <= '9')
		v = v * 10 + (uint32_t)(p[n++] - '0');
	if (n > 0)
		*value = v;
	return n;
}

size_t
msg_digits_count(size_t value)
{
	size_t n = 1;

	while (value >= 10) {
		value /= 10;
		n++;
	}
	return n;
}

/* One element "LENGTH:TEXT,": 1, 0 at the end, -EINVAL. */
static int
list_step(const uint8_t *p, size_t len, size_t *pos, const uint8_t **item,
    size_t *item_len)
{
	size_t at = *pos, n;
	uint32_t v;

	if (at >= len)
		return 0;
	n = msg_digits_parse(p + at, len - at, 7, &v);
	at += n;
	if (n == 0 || at >= len || p[at] != ':')
		return -EINVAL;
	at++;
	if (v >= len - at || p[at + v] != ',')
		return -EINVAL;
	*item = p + at;
	*item_len = v;
	*pos = at + v + 1;
	return 1;
}

bool
msg_list_is_valid(const uint8_t *p, size_t len)
{
	const uint8_t *item;
	size_t pos = 0, item_len;
	int rc;

	while ((rc = list_step(p, len, &pos, &item, &item_len)) > 0)
		if (memchr(item, 0, item_len))
			return false;
	return rc == 0;
}

ssize_t
msg_list_next(const struct msg_field *f, size_t *pos, const uint8_t **item)
{
	size_t item_len;
	int rc;

	if (f->type != MSG_LIST)
		return -EINVAL;
	rc = list_step(f->value, f->len, pos, item, &item_len);
	if (rc > 0)
		return (ssize_t)item_len;
	*item = NULL;
	return rc;
}

/* Control bytes would be depth symbols, ends of lines or ends of strings somewhere. */
bool
msg_name_is_valid(const uint8_t *name, size_t len)
{
	if (len == 0 || len > UINT16_MAX || name[0] == '(')
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] == '=')
			return false;
	return true;
}

/* ---- Output ----------------------------------------------------------------------- */

void
msg_out_put_slow(struct msg_out *out, const void *p, size_t len)
{
	const uint8_t *from = p;

	if (!out->drain)
		out->error = out->error ? out->error : -EMSGSIZE;
	while (len > 0 && !out->error) {
		size_t room = out->size - out->len, n = len < room ? len : room;

		memcpy(out->buf + out->len, from, n);
		out->len += n;
		from += n;
		len -= n;
		if (len > 0)
			out->drain(out);
	}
}

void
msg_out_number(struct msg_out *out, size_t value)
{
	uint8_t text[20];
	size_t n = sizeof(text);

	do
		text[--n] = (uint8_t)('0' + value % 10);
	while ((value /= 10) > 0);
	msg_out_put(out, text + n, sizeof(text) - n);
}

void
msg_out_base64(struct msg_out *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		uint8_t quad[4];

		msg_base64_quad(p + i, len - i, quad);
		msg_out_put(out, quad, 4);
	}
}

void
msg_out_unbase64(struct msg_out *out, const uint8_t *text, size_t len)
{
	for (size_t i = 0; i + 4 <= len; i += 4) {
		uint8_t bytes[3];
		ssize_t n = msg_base64_decode(text + i, 4, bytes);

		if (n < 0)
			out->error = -EINVAL;
		else
			msg_out_put(out, bytes, (size_t)n);
	}
}

void
msg_out_swapped(struct msg_out *out, const uint8_t *p, size_t len, uint8_t from,
    uint8_t to)
{
	const uint8_t *at;

	while (len > 0 && (at = memchr(p, from, len))) {
		size_t n = (size_t)(at - p);

		msg_out_put(out, p, n);
		msg_out_byte(out, to);
		p += n + 1;
		len -= n + 1;
	}
	msg_out_put(out, p, len);
}
