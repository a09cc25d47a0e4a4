/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one configuration: pieces are taken from blocks and freed all at once.
 */
#include "heartbeat/config/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *first;
};

static void *
must(void *memory)
{
	/* A configuration is a few kilobytes: without them nothing else would work
	 * either. */
	if (!memory)
		abort();
	return memory;
}

struct arena *
arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

void
arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->first; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

/* Zeroed. */
static void *
arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->first;
	void *piece;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = must(calloc(1, sizeof(*block) + room));
		block->size = room;
		block->next = arena->first;
		arena->first = block;
	}
	piece = block->bytes + block->used;
	block->used += size;
	return piece;
}

char *
arena_strn(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *
arena_str(struct arena *arena, const char *text)
{
	return arena_strn(arena, text, strlen(text));
}

char *
arena_format(struct arena *arena, const char *format, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, format);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0)
		abort();
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(ap, format);
	vsnprintf(text, (size_t)len + 1, format, ap);
	va_end(ap);
	return text;
}

void *
arena_grow(struct arena *arena, void *array, size_t count, size_t size)
{
	void *bigger;

	/* Room for 1, 2, 4, 8 ... elements: full exactly when the count is a power of
	 * two. */
	if (count > 0 && (count & (count - 1)) != 0)
		return array;
	bigger = arena_alloc(arena, (count ? 2 * count : 1) * size);
	if (count > 0)
		memcpy(bigger, array, count * size);
	return bigger;
}
