/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/table.h"

#include <string.h>

#define FEW 8 /* entries that are looked through one by one */

void
table_init(struct table *table, struct arena *arena)
{
	*table = (struct table){ .arena = arena };
}

static uint32_t
hash_of(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619U;
	return h;
}

static void
slot_put(struct table *table, uint32_t index)
{
	size_t at = table->entry[index].hash & (table->slot_count - 1);

	while (table->slot[at])
		at = (at + 1) & (table->slot_count - 1);
	table->slot[at] = index + 1;
}

static void
slots_make(struct table *table)
{
	size_t count = 32;

	while (count < table->entry_count * 4)
		count *= 2;
	table->slot = arena_alloc(table->arena, count * sizeof(*table->slot));
	table->slot_count = count;
	for (size_t i = 0; i < table->entry_count; i++)
		slot_put(table, (uint32_t)i);
}

static struct table_entry *
entry_of(const struct table *table, const char *name, uint32_t hash)
{
	if (!table->slot) {
		for (size_t i = 0; i < table->entry_count; i++)
			if (table->entry[i].hash == hash &&
			    strcmp(table->entry[i].name, name) == 0)
				return &table->entry[i];
		return NULL;
	}
	for (size_t at = hash & (table->slot_count - 1); table->slot[at];
	     at = (at + 1) & (table->slot_count - 1)) {
		struct table_entry *e = &table->entry[table->slot[at] - 1];

		if (e->hash == hash && strcmp(e->name, name) == 0)
			return e;
	}
	return NULL;
}

const void *
table_find(const struct table *table, const char *name)
{
	const struct table_entry *e =
	    table->entry_count ? entry_of(table, name, hash_of(name)) : NULL;

	return e ? e->value : NULL;
}

const char *
table_get(const struct table *table, const char *name)
{
	return table_find(table, name);
}

void
table_set(struct table *table, const char *name, const void *value)
{
	uint32_t hash = hash_of(name);
	struct table_entry *e = entry_of(table, name, hash);

	if (e) {
		e->value = value;
		return;
	}
	ARENA_PUSH(table->arena, table, entry,
	    ((struct table_entry){ name, value, hash }));
	if (table->slot && table->entry_count * 2 < table->slot_count)
		slot_put(table, (uint32_t)(table->entry_count - 1));
	else if (table->entry_count > FEW)
		slots_make(table);
}

bool
table_add(struct table *table, const char *name, const void *value)
{
	if (table_find(table, name))
		return false;
	table_set(table, name, value);
	return true;
}

void
table_merge(struct table *table, const struct table *from)
{
	TABLE_EACH (from, e)
		table_add(table, e->name, e->value);
}
