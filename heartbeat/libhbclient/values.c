/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of a struct ha_msg by their type: texts, numbers, bytes, uuids, structs, lists.
 */
#include "heartbeat/libhbclient/fields.h"

#include <errno.h>
#include <limits.h>

/* ---- Texts ---- */

static int
text_append(struct ha_msg *msg, const char *name, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	return hbc_field_append(msg, name, name ? strlen(name) : 0, FT_STRING,
	    value ? hbc_field_copy(value, len) : NULL, len);
}

int
ha_msg_add(struct ha_msg *msg, const char *name, const char *value)
{
	return text_append(msg, name, value);
}

int
ha_msg_nadd_type(struct ha_msg *msg, const char *name, int namelen, const char *value,
    int vallen, int type)
{
	if (!name || !value || namelen <= 0 || vallen < 0 ||
	    (type != FT_STRING && type != FT_BINARY))
		return HA_FAIL;
	if (type == FT_STRING)
		vallen = (int)strnlen(value, (size_t)vallen);
	return hbc_field_append(msg, name, (size_t)namelen, type,
	    hbc_field_copy(value, (size_t)vallen), (size_t)vallen);
}

int
ha_msg_nadd(struct ha_msg *msg, const char *name, int namelen, const char *value,
    int vallen)
{
	return ha_msg_nadd_type(msg, name, namelen, value, vallen, FT_STRING);
}

int
cl_msg_modstring(struct ha_msg *msg, const char *name, const char *value)
{
	size_t len = value ? strlen(value) : 0;

	return hbc_field_set(msg, name, FT_STRING,
	    value ? hbc_field_copy(value, len) : NULL, len);
}

const char *
cl_get_string(const struct ha_msg *msg, const char *name)
{
	int i = hbc_field_find(msg, name);

	return i >= 0 && msg->types[i] == FT_STRING ? msg->values[i] : NULL;
}

int
cl_get_type(const struct ha_msg *msg, const char *name)
{
	int i = hbc_field_find(msg, name);

	return i < 0 ? -1 : msg->types[i];
}

/* ---- Numbers ---- */

int
ha_msg_add_int(struct ha_msg *msg, const char *name, int value)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", value);
	return text_append(msg, name, text);
}

int
ha_msg_add_ul(struct ha_msg *msg, const char *name, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	return text_append(msg, name, text);
}

int
ha_msg_mod_int(struct ha_msg *msg, const char *name, int value)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", value);
	return cl_msg_modstring(msg, name, text);
}

int
ha_msg_mod_ul(struct ha_msg *msg, const char *name, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	return cl_msg_modstring(msg, name, text);
}

/* Leading digits count, as the old library had it: a text without any is 0. */
int
ha_msg_value_int(const struct ha_msg *msg, const char *name, int *value)
{
	const char *text = cl_get_string(msg, name);

	if (!text)
		return HA_FAIL;
	*value = (int)strtol(text, NULL, 10);
	return HA_OK;
}

int
ha_msg_value_ul(const struct ha_msg *msg, const char *name, unsigned long *value)
{
	const char *text = cl_get_string(msg, name);

	if (!text)
		return HA_FAIL;
	*value = strtoul(text, NULL, 10);
	return HA_OK;
}

/* ---- Bytes and uuids ---- */

int
ha_msg_addbin(struct ha_msg *msg, const char *name, const void *value, size_t len)
{
	return hbc_field_append(msg, name, name ? strlen(name) : 0, FT_BINARY,
	    value ? hbc_field_copy(value, len) : NULL, len);
}

int
ha_msg_adduuid(struct ha_msg *msg, const char *name, const cl_uuid_t *uuid)
{
	return ha_msg_addbin(msg, name, uuid, sizeof(*uuid));
}

int
cl_msg_modbin(struct ha_msg *msg, const char *name, const void *value, size_t len)
{
	return hbc_field_set(msg, name, FT_BINARY,
	    value ? hbc_field_copy(value, len) : NULL, len);
}

int
cl_msg_moduuid(struct ha_msg *msg, const char *name, const cl_uuid_t *uuid)
{
	return cl_msg_modbin(msg, name, uuid, sizeof(*uuid));
}

const void *
cl_get_binary(const struct ha_msg *msg, const char *name, size_t *len)
{
	int i = hbc_field_find(msg, name);

	if (i < 0 || msg->types[i] != FT_BINARY)
		return NULL;
	if (len)
		*len = msg->vlens[i];
	return msg->values[i];
}

int
cl_get_uuid(const struct ha_msg *msg, const char *name, cl_uuid_t *uuid)
{
	size_t len;
	const void *bytes = cl_get_binary(msg, name, &len);

	if (!bytes || len != sizeof(*uuid))
		return HA_FAIL;
	memcpy(uuid, bytes, sizeof(*uuid));
	return HA_OK;
}

/* ---- Structs ---- */

static int
struct_append(struct ha_msg *msg, const char *name, int type, const struct ha_msg *child)
{
	return hbc_field_append(msg, name, name ? strlen(name) : 0, type,
	    ha_msg_copy(child), sizeof(struct ha_msg));
}

int
ha_msg_addstruct(struct ha_msg *msg, const char *name, const void *child)
{
	return struct_append(msg, name, FT_STRUCT, child);
}

int
ha_msg_addstruct_compress(struct ha_msg *msg, const char *name, const void *child)
{
	return struct_append(msg, name, FT_UNCOMPRESS, child);
}

int
cl_msg_modstruct(struct ha_msg *msg, const char *name, const struct ha_msg *child)
{
	return hbc_field_set(msg, name, FT_STRUCT, ha_msg_copy(child),
	    sizeof(struct ha_msg));
}

struct ha_msg *
cl_get_struct(struct ha_msg *msg, const char *name)
{
	int i = hbc_field_find(msg, name);
	struct ha_msg *child;

	if (i < 0)
		return NULL;
	if (msg->types[i] == FT_COMPRESS) {
		child = hbc_wire_child_expand(msg, i);
		if (!child)
			return NULL;
		free(msg->values[i]);
		msg->values[i] = child;
		msg->vlens[i] = sizeof(*child);
		msg->types[i] = FT_UNCOMPRESS;
	}
	return msg->types[i] == FT_STRUCT || msg->types[i] == FT_UNCOMPRESS
	           ? msg->values[i]
	           : NULL;
}

/* ---- Lists ---- */

GList *
hbc_list_copy(GList *list)
{
	GList *copy = NULL;

	for (; list; list = list->next)
		copy = g_list_prepend(copy, g_strdup(list->data));
	return g_list_reverse(copy);
}

void
list_cleanup(GList *list)
{
	g_list_free_full(list, g_free);
}

/* "3:one,9:two words," */
size_t
hbc_list_packed_len(GList *list)
{
	size_t packed = 0;

	for (; list; list = list->next) {
		size_t len = strlen(list->data);

		packed += (size_t)snprintf(NULL, 0, "%zu:,", len) + len;
	}
	return packed;
}

int
cl_msg_add_list(struct ha_msg *msg, const char *name, GList *list)
{
	return hbc_field_append(msg, name, name ? strlen(name) : 0, FT_LIST,
	    hbc_list_copy(list), hbc_list_packed_len(list));
}

int
cl_msg_add_list_str(struct ha_msg *msg, const char *name, char **texts, size_t count)
{
	GList *list = NULL;
	size_t len;

	for (size_t i = count; texts && i > 0; i--)
		list = g_list_prepend(list, g_strdup(texts[i - 1]));
	len = hbc_list_packed_len(list);
	return hbc_field_append(msg, name, name ? strlen(name) : 0, FT_LIST, list, len);
}

int
cl_msg_add_list_int(struct ha_msg *msg, const char *name, int *numbers, size_t count)
{
	GList *list = NULL;
	size_t len;

	for (size_t i = count; numbers && i > 0; i--)
		list = g_list_prepend(list, g_strdup_printf("%d", numbers[i - 1]));
	len = hbc_list_packed_len(list);
	return hbc_field_append(msg, name, name ? strlen(name) : 0, FT_LIST, list, len);
}

GList *
cl_msg_get_list(struct ha_msg *msg, const char *name)
{
	int i = hbc_field_find(msg, name);

	return i >= 0 && msg->types[i] == FT_LIST ? msg->values[i] : NULL;
}

int
cl_msg_list_add_string(struct ha_msg *msg, const char *name, const char *text)
{
	int i = hbc_field_find(msg, name);
	GList *list;

	if (!text || (i >= 0 && msg->types[i] != FT_LIST))
		return HA_FAIL;
	if (i < 0)
		return cl_msg_add_list_str(msg, name, (char *[]){ (char *)text }, 1);
	list = g_list_append(msg->values[i], g_strdup(text));
	msg->values[i] = list;
	msg->vlens[i] = hbc_list_packed_len(list);
	return HA_OK;
}

int
cl_msg_get_list_int(struct ha_msg *msg, const char *name, int *numbers, size_t *count)
{
	GList *list = cl_msg_get_list(msg, name);
	size_t room, n = g_list_length(list);

	if (!list || !count || !numbers)
		return HA_FAIL;
	room = *count;
	*count = n;
	if (n > room)
		return HA_FAIL;
	for (size_t i = 0; list; list = list->next, i++)
		numbers[i] = (int)strtol(list->data, NULL, 10);
	return HA_OK;
}

int
cl_msg_list_length(struct ha_msg *msg, const char *name)
{
	GList *list = cl_msg_get_list(msg, name);

	return list ? (int)g_list_length(list) : -1;
}

void *
cl_msg_list_nth_data(struct ha_msg *msg, const char *name, int n)
{
	return n < 0 ? NULL : g_list_nth_data(cl_msg_get_list(msg, name), (guint)n);
}

GList *
ha_msg_value_str_list(struct ha_msg *msg, const char *name)
{
	return hbc_list_copy(cl_msg_get_list(msg, name));
}

/* ---- Tables of texts: a struct whose fields are the entries ---- */

static struct ha_msg *
table_pack(GHashTable *table)
{
	struct ha_msg *child = table ? ha_msg_new(0) : NULL;
	GHashTableIter iter;
	gpointer key, value;

	if (!child)
		return NULL;
	g_hash_table_iter_init(&iter, table);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		if (text_append(child, key, value) != HA_OK) {
			ha_msg_del(child);
			return NULL;
		}
	}
	return child;
}

int
ha_msg_add_str_table(struct ha_msg *msg, const char *name, GHashTable *table)
{
	return hbc_field_append(msg, name, name ? strlen(name) : 0, FT_STRUCT,
	    table_pack(table), sizeof(struct ha_msg));
}

int
ha_msg_mod_str_table(struct ha_msg *msg, const char *name, GHashTable *table)
{
	return hbc_field_set(msg, name, FT_STRUCT, table_pack(table),
	    sizeof(struct ha_msg));
}

GHashTable *
ha_msg_value_str_table(struct ha_msg *msg, const char *name)
{
	struct ha_msg *child = cl_get_struct(msg, name);
	GHashTable *table;

	if (!child)
		return NULL;
	table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (int i = 0; i < child->nfields; i++)
		if (child->types[i] == FT_STRING)
			g_hash_table_insert(table, g_strdup(child->names[i]),
			    g_strdup(child->values[i]));
	return table;
}
