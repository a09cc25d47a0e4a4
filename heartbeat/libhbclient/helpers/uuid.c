/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "heartbeat/libhbclient/include/clplumbing/cl_uuid.h"

#include <string.h>
#include <uuid/uuid.h>

void
cl_uuid_copy(cl_uuid_t *to, cl_uuid_t *from)
{
	*to = *from;
}

void
cl_uuid_clear(cl_uuid_t *uuid)
{
	memset(uuid, 0, sizeof(*uuid));
}

int
cl_uuid_is_null(cl_uuid_t *uuid)
{
	return uuid_is_null(uuid->uuid);
}

void
cl_uuid_generate(cl_uuid_t *uuid)
{
	uuid_generate(uuid->uuid);
}

int
cl_uuid_parse(char *text, cl_uuid_t *uuid)
{
	return text && uuid_parse(text, uuid->uuid) == 0 ? 0 : -1;
}

void
cl_uuid_unparse(const cl_uuid_t *uuid, char *text)
{
	uuid_unparse(uuid->uuid, text);
}

int
cl_uuid_compare(const cl_uuid_t *a, const cl_uuid_t *b)
{
	return memcmp(a->uuid, b->uuid, sizeof(a->uuid));
}

guint
cl_uuid_g_hash(gconstpointer uuid)
{
	guint hash = 2166136261u;

	for (size_t i = 0; i < sizeof(((cl_uuid_t *)0)->uuid); i++)
		hash = (hash ^ ((const cl_uuid_t *)uuid)->uuid[i]) * 16777619u;
	return hash;
}

gboolean
cl_uuid_g_equal(gconstpointer a, gconstpointer b)
{
	return cl_uuid_compare(a, b) == 0;
}
