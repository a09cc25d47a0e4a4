/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of struct ha_msg, for the files of this folder. */
#ifndef HEARTBEAT_LIBHBCLIENT_FIELDS_H
#define HEARTBEAT_LIBHBCLIENT_FIELDS_H

#include "heartbeat/libhbclient/include/heartbeat/ha_msg.h"
#include "heartbeat/message/message.h"

/* ---- fields.c: the table ---------------------------------------------------------- */

/* The first field of that name, or -1. */
int hbc_field_find(const struct ha_msg *msg, const char *name);
/* Appends; VALUE becomes the message's, also when that fails. */
int hbc_field_append(struct ha_msg *msg, const char *name, size_t name_len, int type,
    void *value, size_t len);
/* Changes the first field of that name, or appends; VALUE as above. */
int hbc_field_set(struct ha_msg *msg, const char *name, int type, void *value,
    size_t len);
/* LEN bytes and a NUL, allocated. */
void *hbc_field_copy(const void *value, size_t len);

/* ---- values.c --------------------------------------------------------------------- */

GList *hbc_list_copy(GList *list);
size_t hbc_list_packed_len(GList *list);

/* ---- wire.c ----------------------------------------------------------------------- */

/* M in a store that was allocated; free(*STORE) when M is not needed any more.  0,
 * -ENOMEM, -E2BIG (more fields than a message may have, structs too deep), -EINVAL. */
int hbc_wire_msg_make(const struct ha_msg *msg, struct msg *m, void **store);
/* NULL: out of memory, or a struct in it is damaged. */
struct ha_msg *hbc_wire_msg_take(const struct msg *m);
/* The child of a compressed field. */
struct ha_msg *hbc_wire_child_expand(const struct ha_msg *msg, int field);

#endif
