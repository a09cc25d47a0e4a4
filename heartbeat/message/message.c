/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fields of a message: a table that points into a store or into a datagram.  The
 * store only grows; what msg_set() and msg_remove() leave behind is lost until the next
 * msg_init().
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

void
msg_init(struct msg *m, void *store, size_t store_size)
{
	m->count = 0;
	m->store = store;
	m->store_size = store ? store_size : 0;
	m->store_used = 0;
}

/* ---- Making ----------------------------------------------------------------------- */

/* LEN bytes and a NUL.  NULL when the store is full. */
static uint8_t *
store_copy(struct msg *m, const void *p, size_t len)
{
	uint8_t *copy = m->store + m->store_used;

	if (len >= m->store_size - m->store_used)
		return NULL;
	if (len > 0)
		memcpy(copy, p, len);
	copy[len] = '\0';
	m->store_used += len + 1;
	return copy;
}

static bool
value_is_valid(enum msg_field_type type, const void *value, size_t len)
{
	const struct msg_item item = { .type = (uint8_t)type,
		.value = value ? value : "",
		.len = len };

	if (type == MSG_LIST && len > MSG_LIST_MAX)
		return false;
	return len <= MSG_EXPANDED_MAX && msg_item_check(&item, 0) == 0;
}

/* Takes the name into the table; the value follows. */
static int
field_open(struct msg *m, enum msg_field_type type, const char *name,
    struct msg_field **field)
{
	size_t name_len = strlen(name);
	uint8_t *copy;

	if (!msg_name_is_valid((const uint8_t *)name, name_len))
		return -EINVAL;
	if (m->count == MSG_FIELD_MAX)
		return -ENOSPC;
	copy = store_copy(m, name, name_len);
	if (!copy)
		return -ENOSPC;
	*field = &m->field[m->count];
	**field = (struct msg_field){ .name = (const char *)copy,
		.type = (uint8_t)type,
		.name_len = (uint16_t)name_len };
	return 0;
}

int
msg_add(struct msg *m, enum msg_field_type type, const char *name, const void *value,
    size_t len)
{
	size_t used = m->store_used;
	struct msg_field *f;
	int rc;

	if (!value_is_valid(type, value, len))
		return -EINVAL;
	rc = field_open(m, type, name, &f);
	if (rc < 0)
		return rc;
	f->value = store_copy(m, value, len);
	if (!f->value) {
		m->store_used = used;
		return -ENOSPC;
	}
	f->len = (uint32_t)len;
	m->count++;
	return 0;
}

int
msg_add_str(struct msg *m, const char *name, const char *value)
{
	return msg_add(m, MSG_STRING, name, value, strlen(value));
}

int
msg_add_hex(struct msg *m, const char *name, uint64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIx64, value);

	return msg_add(m, MSG_STRING, name, text, (size_t)len);
}

int
msg_add_dec(struct msg *m, const char *name, int64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, value);

	return msg_add(m, MSG_STRING, name, text, (size_t)len);
}

int
msg_add_child(struct msg *m, enum msg_field_type type, const char *name,
    const struct msg *child)
{
	size_t used = m->store_used;
	struct msg_out out = { 0 };
	struct msg_field *f;
	int rc;

	if (!msg_type_is_struct((uint8_t)type))
		return -EINVAL;
	rc = field_open(m, type, name, &f);
	if (rc < 0)
		return rc;
	out.buf = m->store + m->store_used;
	out.size = m->store_size - m->store_used;
	msg_put_child(&out, child);
	msg_out_byte(&out, '\0');
	rc = out.error ? -ENOSPC : msg_struct_check(out.buf, out.len - 1, 1);
	if (rc < 0) {
		m->store_used = used;
		return rc == -ENOSPC ? -ENOSPC : -EINVAL;
	}
	f->value = out.buf;
	f->len = (uint32_t)(out.len - 1);
	m->store_used += out.len;
	m->count++;
	return 0;
}

int
msg_add_struct(struct msg *m, const char *name, const struct msg *child)
{
	return msg_add_child(m, MSG_STRUCT, name, child);
}

static struct msg_field *
field_find(const struct msg *m, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < m->count; i++) {
		const struct msg_field *f = &m->field[i];

		if (f->name_len == len && memcmp(f->name, name, len) == 0)
			return (struct msg_field *)f;
	}
	return NULL;
}

/* Does the value stand in the store, so that a shorter one may be written over it? */
static uint8_t *
field_own_value(const struct msg *m, const struct msg_field *f)
{
	uintptr_t at = (uintptr_t)f->value, store = (uintptr_t)m->store;

	return m->store && at >= store && at < store + m->store_used
	           ? m->store + (at - store)
	           : NULL;
}

int
msg_set(struct msg *m, enum msg_field_type type, const char *name, const void *value,
    size_t len)
{
	struct msg_field *f = field_find(m, name);
	uint8_t *place;

	if (!f)
		return msg_add(m, type, name, value, len);
	if (!value_is_valid(type, value, len))
		return -EINVAL;
	place = field_own_value(m, f);
	if (place && len <= f->len) {
		if (len > 0)
			memmove(place, value, len);
		place[len] = '\0';
	} else {
		place = store_copy(m, value, len);
		if (!place)
			return -ENOSPC;
	}
	f->value = place;
	f->len = (uint32_t)len;
	f->type = (uint8_t)type;
	return 0;
}

int
msg_set_str(struct msg *m, const char *name, const char *value)
{
	return msg_set(m, MSG_STRING, name, value, strlen(value));
}

int
msg_set_hex(struct msg *m, const char *name, uint64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIx64, value);

	return msg_set(m, MSG_STRING, name, text, (size_t)len);
}

size_t
msg_remove(struct msg *m, const char *name)
{
	size_t len = strlen(name), kept = 0, removed;

	for (size_t i = 0; i < m->count; i++) {
		const struct msg_field *f = &m->field[i];

		if (f->name_len != len || memcmp(f->name, name, len) != 0)
			m->field[kept++] = *f;
	}
	removed = m->count - kept;
	m->count = kept;
	return removed;
}

int
msg_copy(struct msg *dst, const struct msg *src)
{
	size_t count = dst->count, used = dst->store_used;

	for (size_t i = 0; i < src->count; i++) {
		struct msg_field f = src->field[i];

		if (dst->count < MSG_FIELD_MAX) {
			f.name = (const char *)store_copy(dst, f.name, f.name_len);
			f.value = f.name ? store_copy(dst, f.value, f.len) : NULL;
		}
		if (dst->count == MSG_FIELD_MAX || !f.value) {
			dst->count = count;
			dst->store_used = used;
			return -ENOSPC;
		}
		dst->field[dst->count++] = f;
	}
	return 0;
}

/* ---- Reading ---------------------------------------------------------------------- */

const struct msg_field *
msg_find(const struct msg *m, const char *name)
{
	return field_find(m, name);
}

const char *
msg_str(const struct msg *m, const char *name)
{
	const struct msg_field *f = field_find(m, name);

	return f && f->type == MSG_STRING ? (const char *)f->value : NULL;
}

const char *
msg_type(const struct msg *m)
{
	const char *type = msg_str(m, "t");

	return type ? type : "";
}

static int
digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Digits and nothing else: no sign, no blank, no prefix. */
static int
number_parse(const struct msg *m, const char *name, unsigned base, uint64_t max,
    uint64_t *value)
{
	const struct msg_field *f = field_find(m, name);
	uint64_t v = 0;

	if (!f)
		return -ENOENT;
	if (f->type != MSG_STRING || f->len == 0)
		return -EINVAL;
	for (size_t i = 0; i < f->len; i++) {
		unsigned digit = (unsigned)digit_value(f->value[i]);

		if (digit >= base || v > (max - digit) / base)
			return -EINVAL;
		v = v * base + digit;
	}
	*value = v;
	return 0;
}

int
msg_hex(const struct msg *m, const char *name, uint64_t *value)
{
	return number_parse(m, name, 16, UINT64_MAX, value);
}

int
msg_dec(const struct msg *m, const char *name, int64_t *value)
{
	uint64_t v;
	int rc = number_parse(m, name, 10, INT64_MAX, &v);

	if (rc == 0)
		*value = (int64_t)v;
	return rc;
}

int
msg_uuid(const struct msg *m, const char *name, uint8_t uuid[16])
{
	const struct msg_field *f = field_find(m, name);

	if (!f)
		return -ENOENT;
	if (f->type != MSG_BINARY || f->len != 16)
		return -EINVAL;
	memcpy(uuid, f->value, 16);
	return 0;
}
