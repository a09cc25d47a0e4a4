/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of a struct ha_msg: five parallel arrays, which programs walk.  Plain malloc
 * everywhere: messages are made, changed and freed by cluster-glue's library, too.
 */
#include "heartbeat/libhbclient/fields.h"

#include <limits.h>
#include <stdint.h>

#define FIELDS_STEP 30

/* ---- The table ---- */

/* VALUE as TYPE has it. */
static void
value_free(int type, void *value)
{
	if (type == FT_STRUCT || type == FT_UNCOMPRESS)
		ha_msg_del(value);
	else if (type == FT_LIST)
		list_cleanup(value);
	else
		free(value);
}

static void *
value_copy(int type, void *value, size_t len)
{
	if (type == FT_STRUCT || type == FT_UNCOMPRESS)
		return ha_msg_copy(value);
	if (type == FT_LIST)
		return hbc_list_copy(value);
	return hbc_field_copy(value, len);
}

/* 0 or -1; ARRAY is untouched then. */
static int
array_grow(void *array, size_t size, size_t count)
{
	void **place = array, *grown = realloc(*place, size * count);

	if (!grown)
		return -1;
	*place = grown;
	return 0;
}

static int
table_grow(struct ha_msg *msg, int count)
{
	size_t n = (size_t)count;

	if (array_grow(&msg->names, sizeof(*msg->names), n) < 0 ||
	    array_grow(&msg->nlens, sizeof(*msg->nlens), n) < 0 ||
	    array_grow(&msg->values, sizeof(*msg->values), n) < 0 ||
	    array_grow(&msg->vlens, sizeof(*msg->vlens), n) < 0 ||
	    array_grow(&msg->types, sizeof(*msg->types), n) < 0)
		return HA_FAIL;
	msg->nalloc = count;
	return HA_OK;
}

struct ha_msg *
ha_msg_new(int nfields)
{
	struct ha_msg *msg = calloc(1, sizeof(*msg));

	(void)nfields;
	if (msg && table_grow(msg, FIELDS_STEP) != HA_OK) {
		ha_msg_del(msg);
		return NULL;
	}
	return msg;
}

void
ha_msg_del(struct ha_msg *msg)
{
	if (!msg)
		return;
	for (int i = 0; i < msg->nfields; i++) {
		free(msg->names[i]);
		value_free(msg->types[i], msg->values[i]);
	}
	free(msg->names);
	free(msg->nlens);
	free(msg->values);
	free(msg->vlens);
	free(msg->types);
	free(msg);
}

/* ---- Fields ---- */

int
hbc_field_find(const struct ha_msg *msg, const char *name)
{
	size_t len;

	if (!msg || !name)
		return -1;
	len = strlen(name);
	for (int i = 0; i < msg->nfields; i++)
		if (msg->nlens[i] == len && memcmp(msg->names[i], name, len) == 0)
			return i;
	return -1;
}

static bool
hbc_field_name_is_good(const char *name, size_t len)
{
	return len > 0 && name[0] != '(' && !memchr(name, '\n', len) &&
	       !memchr(name, '=', len) && !memchr(name, '\0', len);
}

void *
hbc_field_copy(const void *value, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	if (len > 0)
		memcpy(copy, value, len);
	copy[len] = '\0';
	return copy;
}

int
hbc_field_append(struct ha_msg *msg, const char *name, size_t name_len, int type,
    void *value, size_t len)
{
	int i;

	if (!msg || !value || !name || !hbc_field_name_is_good(name, name_len))
		goto fail;
	if (msg->nfields == msg->nalloc &&
	    (msg->nalloc > INT_MAX / 2 || table_grow(msg, msg->nalloc * 2) != HA_OK))
		goto fail;
	i = msg->nfields;
	msg->names[i] = hbc_field_copy(name, name_len);
	if (!msg->names[i])
		goto fail;
	msg->nlens[i] = name_len;
	msg->values[i] = value;
	msg->vlens[i] = len;
	msg->types[i] = type;
	msg->nfields++;
	return HA_OK;
fail:
	if (value)
		value_free(type, value);
	return HA_FAIL;
}

int
hbc_field_set(struct ha_msg *msg, const char *name, int type, void *value, size_t len)
{
	int i = hbc_field_find(msg, name);

	if (i < 0 || !value)
		return hbc_field_append(msg, name, name ? strlen(name) : 0, type, value,
		    len);
	value_free(msg->types[i], msg->values[i]);
	msg->values[i] = value;
	msg->vlens[i] = len;
	msg->types[i] = type;
	return HA_OK;
}

struct ha_msg *
ha_msg_copy(const struct ha_msg *msg)
{
	struct ha_msg *copy = msg ? ha_msg_new(0) : NULL;

	for (int i = 0; copy && i < msg->nfields; i++) {
		int type = msg->types[i];
		void *value = value_copy(type, msg->values[i], msg->vlens[i]);

		if (hbc_field_append(copy, msg->names[i], msg->nlens[i], type, value,
		        msg->vlens[i]) != HA_OK) {
			ha_msg_del(copy);
			return NULL;
		}
	}
	return copy;
}

/* ---- Taking away ---- */

int
cl_msg_remove_offset(struct ha_msg *msg, int index)
{
	size_t behind;

	if (!msg || index < 0 || index >= msg->nfields)
		return HA_FAIL;
	free(msg->names[index]);
	value_free(msg->types[index], msg->values[index]);
	behind = (size_t)(--msg->nfields - index);
	memmove(&msg->names[index], &msg->names[index + 1], behind * sizeof(*msg->names));
	memmove(&msg->nlens[index], &msg->nlens[index + 1], behind * sizeof(*msg->nlens));
	memmove(&msg->values[index], &msg->values[index + 1],
	    behind * sizeof(*msg->values));
	memmove(&msg->vlens[index], &msg->vlens[index + 1], behind * sizeof(*msg->vlens));
	memmove(&msg->types[index], &msg->types[index + 1], behind * sizeof(*msg->types));
	return HA_OK;
}

int
cl_msg_remove(struct ha_msg *msg, const char *name)
{
	return cl_msg_remove_offset(msg, hbc_field_find(msg, name));
}

int
cl_msg_remove_value(struct ha_msg *msg, const void *value)
{
	for (int i = 0; msg && i < msg->nfields; i++)
		if (msg->values[i] == value)
			return cl_msg_remove_offset(msg, i);
	return HA_FAIL;
}
