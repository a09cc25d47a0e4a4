/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identities of nodes: 16 bytes. */
#ifndef CLPLUMBING_CL_UUID_H
#define CLPLUMBING_CL_UUID_H

#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define UU_UNPARSE_SIZEOF 37 /* the text and its NUL */

typedef struct cl_uuid_s {
	unsigned char uuid[16];
} cl_uuid_t;

void cl_uuid_copy(cl_uuid_t *to, cl_uuid_t *from);
void cl_uuid_clear(cl_uuid_t *uuid);
int cl_uuid_is_null(cl_uuid_t *uuid);
void cl_uuid_generate(cl_uuid_t *uuid);
int cl_uuid_parse(char *text, cl_uuid_t *uuid); /* 0, or -1: it is none */
void cl_uuid_unparse(const cl_uuid_t *uuid, char *text);
int cl_uuid_compare(const cl_uuid_t *a, const cl_uuid_t *b); /* as memcmp() */
guint cl_uuid_g_hash(gconstpointer uuid);
gboolean cl_uuid_g_equal(gconstpointer a, gconstpointer b);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
