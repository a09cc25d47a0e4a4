/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between struct ha_msg, which owns everything, and the struct msg of heartbeat/message,
 * which knows the encoded forms and owns nothing.
 */
#include "heartbeat/libhbclient/fields.h"

#include <errno.h>
#include <stdint.h>

#define CHILD_ROOM 64 /* around a struct, and behind its bytes when it is decoded */
#define FIELD_ROOM 32 /* digits and punctuation of a netstring */

/* ---- From struct ha_msg ---- */

/* An upper bound of what MSG needs in a store and as a struct of another message; -E2BIG
 * when it is too deep. */
static ssize_t
room_needed(const struct ha_msg *msg, unsigned depth)
{
	size_t room = CHILD_ROOM;

	if (depth > MAXDEPTH)
		return -E2BIG;
	for (int i = 0; i < msg->nfields; i++) {
		ssize_t child = 0;

		room += msg->nlens[i] + FIELD_ROOM;
		if (msg->types[i] == FT_STRUCT || msg->types[i] == FT_UNCOMPRESS)
			child = room_needed(msg->values[i], depth + 1);
		else if (msg->types[i] == FT_LIST)
			child = (ssize_t)hbc_list_packed_len(msg->values[i]);
		else
			child = (ssize_t)msg->vlens[i];
		if (child < 0)
			return child;
		room += (size_t)child;
	}
	return (ssize_t)room;
}

static int
list_put(struct msg *m, const char *name, GList *list)
{
	char *packed = malloc(hbc_list_packed_len(list) + 1), *at = packed;
	int r;

	if (!packed)
		return -ENOMEM;
	for (; list; list = list->next)
		at += sprintf(at, "%zu:%s,", strlen(list->data), (char *)list->data);
	r = msg_add(m, MSG_LIST, name, packed, (size_t)(at - packed));
	free(packed);
	return r;
}

static int
child_put(struct msg *m, enum msg_field_type type, const char *name,
    const struct ha_msg *child)
{
	struct msg *inner = malloc(sizeof(*inner));
	void *store = NULL;
	int r = inner ? hbc_wire_msg_make(child, inner, &store) : -ENOMEM;

	if (r == 0)
		r = msg_add_child(m, type, name, inner);
	free(store);
	free(inner);
	return r;
}

int
hbc_wire_msg_make(const struct ha_msg *msg, struct msg *m, void **store)
{
	ssize_t room = room_needed(msg, 0);
	int r = 0;

	if (room < 0)
		return (int)room;
	*store = malloc((size_t)room);
	if (!*store)
		return -ENOMEM;
	msg_init(m, *store, (size_t)room);
	for (int i = 0; r == 0 && i < msg->nfields; i++) {
		enum msg_field_type type = (enum msg_field_type)msg->types[i];

		if (type == MSG_STRUCT || type == MSG_TO_COMPRESS)
			r = child_put(m, type, msg->names[i], msg->values[i]);
		else if (type == MSG_LIST)
			r = list_put(m, msg->names[i], msg->values[i]);
		else
			r = msg_add(m, type, msg->names[i], msg->values[i],
			    msg->vlens[i]);
	}
	if (r < 0) {
		free(*store);
		*store = NULL;
		return r == -ENOSPC ? -E2BIG : r;
	}
	return 0;
}

/* ---- To struct ha_msg ---- */

static GList *
list_take(const struct msg_field *f)
{
	GList *list = NULL;
	const uint8_t *item;
	size_t pos = 0;
	ssize_t len;

	while ((len = msg_list_next(f, &pos, &item)) >= 0 && item)
		list = g_list_prepend(list, g_strndup((const char *)item, (gsize)len));
	return g_list_reverse(list);
}

static struct ha_msg *
child_take(const struct msg_field *f, const char *algorithm)
{
	size_t size = f->type == MSG_COMPRESSED ? MAXUNCOMPRESSED : f->len + CHILD_ROOM;
	struct msg *inner = malloc(sizeof(*inner));
	void *store = malloc(size);
	struct ha_msg *child = NULL;
	struct err err;

	if (inner && store && msg_child(f, algorithm, inner, store, size, &err) == 0)
		child = hbc_wire_msg_take(inner);
	free(store);
	free(inner);
	return child;
}

struct ha_msg *
hbc_wire_msg_take(const struct msg *m)
{
	struct ha_msg *msg = ha_msg_new(0);

	for (size_t i = 0; msg && i < m->count; i++) {
		const struct msg_field *f = &m->field[i];
		size_t len = f->len;
		void *value;

		if (f->type == MSG_STRUCT || f->type == MSG_TO_COMPRESS) {
			value = child_take(f, NULL);
			len = sizeof(struct ha_msg);
		} else if (f->type == MSG_LIST) {
			value = list_take(f);
			if (!value)
				continue; /* an empty one: old programs cannot hold it */
		} else {
			value = hbc_field_copy(f->value, len);
		}
		if (hbc_field_append(msg, f->name, f->name_len, f->type, value, len) !=
		    HA_OK) {
			ha_msg_del(msg);
			return NULL;
		}
	}
	return msg;
}

struct ha_msg *
hbc_wire_child_expand(const struct ha_msg *msg, int field)
{
	const struct msg_field f = { .name = msg->names[field],
		.name_len = (uint16_t)msg->nlens[field],
		.value = msg->values[field],
		.len = (uint32_t)msg->vlens[field],
		.type = MSG_COMPRESSED };
	const char *algorithm = cl_get_string(msg, "_compression_algorithm");

	return algorithm ? child_take(&f, algorithm) : NULL;
}

/* ---- Encoded forms for everybody ---- */

static char *
encode(const struct ha_msg *msg, enum msg_form form, size_t *len)
{
	const struct msg_style style = { .form = form };
	struct msg *m = malloc(sizeof(*m));
	uint8_t *bytes = malloc(MAXMSG);
	char *result = NULL;
	void *store = NULL;
	ssize_t n;

	if (msg && m && bytes && hbc_wire_msg_make(msg, m, &store) == 0) {
		n = msg_encode(m, &style, bytes, MAXMSG);
		if (n >= 0)
			result = hbc_field_copy(bytes, (size_t)n);
		if (result)
			*len = (size_t)n;
	}
	free(store);
	free(bytes);
	free(m);
	return result;
}

char *
msg2wirefmt(struct ha_msg *msg, size_t *len)
{
	return encode(msg, MSG_CLASSIC, len);
}

char *
msg2wirefmt_noac(struct ha_msg *msg, size_t *len)
{
	return encode(msg, MSG_CLASSIC, len);
}

char *
msg2netstring(const struct ha_msg *msg, size_t *len)
{
	return encode(msg, MSG_NETSTRING, len);
}

char *
msg2string(const struct ha_msg *msg)
{
	size_t len;

	return encode(msg, MSG_SERIAL, &len);
}

struct ha_msg *
wirefmt2msg(const char *bytes, size_t len, int flags)
{
	struct msg *m = malloc(sizeof(*m));
	uint8_t *copy = len <= MAXUNCOMPRESSED ? malloc(len + 1) : NULL;
	uint8_t *scratch = malloc(MSG_EXPANDED_MAX);
	struct ha_msg *msg = NULL;

	(void)flags; /* signatures are the daemon's business */
	if (m && copy && scratch && bytes) {
		memcpy(copy, bytes, len);
		msg_init(m, NULL, 0);
		if (msg_decode(m, copy, len, NULL, scratch, MSG_EXPANDED_MAX, NULL) ==
		    MSG_DROP_NONE)
			msg = hbc_wire_msg_take(m);
	}
	free(scratch);
	free(copy);
	free(m);
	return msg;
}

struct ha_msg *
netstring2msg(const char *bytes, size_t len, int flags)
{
	return wirefmt2msg(bytes, len, flags);
}

struct ha_msg *
string2msg(const char *text, size_t len)
{
	return wirefmt2msg(text, len, 0);
}

/* ---- Over a channel ---- */

int
msg2ipcchan(struct ha_msg *msg, IPC_Channel *channel)
{
	IPC_Message frame = { .msg_ch = channel };
	size_t len;
	char *body;
	int r;

	if (!msg || !channel)
		return HA_FAIL;
	body = msg2wirefmt(msg, &len);
	if (!body)
		return HA_FAIL;
	frame.msg_body = body;
	frame.msg_buf = body;
	frame.msg_len = len;
	r = channel->ops->send(channel, &frame);
	free(body);
	return r == IPC_OK ? HA_OK : HA_FAIL;
}
