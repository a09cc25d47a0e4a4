/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names and values in the order in which they came, found quickly however many there are.
 * Names are compared with their case.  Strings are lent, the rest lives in an arena.
 */
#ifndef CRM_COMMON_TABLE_H
#define CRM_COMMON_TABLE_H

#include "crm/common/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct table_entry {
	const char *name;
	const void *value; /* a string, where nothing else is said; NULL = taken out */
	uint32_t hash;
};

struct table {
	struct arena *arena;
	struct table_entry *entry;
	size_t entry_count, entry_room;
	uint32_t *slot; /* index + 1; none while there are few entries */
	size_t slot_count;
};

void table_init(struct table *table, struct arena *arena);
/* The value, or NULL. */
const void *table_find(const struct table *table, const char *name);
const char *table_get(const struct table *table, const char *name);
/* Puts it in unless the name is there: whether it did. */
bool table_add(struct table *table, const char *name, const void *value);
/* Puts it in, whatever was there; NULL takes out. */
void table_set(struct table *table, const char *name, const void *value);
/* Adds what FROM has more. */
void table_merge(struct table *table, const struct table *from);

/* Each entry that is not taken out. */
#define TABLE_EACH(table, e)                                                             \
	for (const struct table_entry *e = (table)->entry,                               \
	                              *e##_end = e ? e + (table)->entry_count : NULL;    \
	     e < e##_end; e++)                                                           \
		if (e->value)

#endif
