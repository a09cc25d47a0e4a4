/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crm/common/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_MIN 1024 /* small ones live short, often one for each of many things */
#define BLOCK_SIZE_MAX (64 * 1024)

struct arena_block {
	struct arena_block *next;
	alignas(max_align_t) char data[];
};

static void
block_add(struct arena *arena, size_t size)
{
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (!block) {
		fputs("out of memory\n", stderr);
		abort();
	}
	block->next = arena->block;
	arena->block = block;
	arena->used = 0;
	arena->size = size;
}

/* The more there is the larger they become. */
static size_t
block_size(const struct arena *arena, size_t need)
{
	size_t size = arena->size * 2;

	if (size < BLOCK_SIZE_MIN)
		size = BLOCK_SIZE_MIN;
	else if (size > BLOCK_SIZE_MAX)
		size = BLOCK_SIZE_MAX;
	return need > size ? need : size;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	size_t need = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);

	if (!arena->block || arena->size - arena->used < need)
		block_add(arena, block_size(arena, need));
	void *piece = arena->block->data + arena->used;

	arena->used += need;
	return piece;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	return memcpy(arena_alloc(arena, len + 1), text, len);
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	char small[512];
	va_list ap;

	va_start(ap, format);
	int len = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (len < 0)
		return arena_strdup(arena, "");
	char *text = arena_alloc(arena, (size_t)len + 1);

	if ((size_t)len < sizeof(small))
		return memcpy(text, small, (size_t)len + 1);
	va_start(ap, format);
	vsnprintf(text, (size_t)len + 1, format, ap);
	va_end(ap);
	return text;
}

void *
arena_grow(struct arena *arena, void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	size_t next = *room ? *room * 2 : 4;
	void *bigger = arena_alloc(arena, next * size);

	if (count)
		memcpy(bigger, array, count * size);
	*room = next;
	return bigger;
}

void
arena_free(struct arena *arena)
{
	while (arena->block) {
		struct arena_block *next = arena->block->next;

		free(arena->block);
		arena->block = next;
	}
	arena->used = arena->size = 0;
}
