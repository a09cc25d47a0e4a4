/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is taken piece by piece and given back at once: for a computation that makes
 * many small things that die together.  Everything is zeroed.  Out of memory ends the
 * program: a plan that was computed halfway is no plan.
 */
#ifndef CRM_COMMON_ARENA_H
#define CRM_COMMON_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *block;
	size_t used, size; /* of the current block */
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Grows an array of COUNT elements of SIZE bytes, of which *ROOM fit, so that one more fits;
 * what it was before stays readable. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *room,
    size_t size);
void arena_free(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc(arena, sizeof(type)))
/* Appends VALUE to an array with the members NAME, NAME_count and NAME_room of OWNER. */
#define ARENA_PUSH(arena, owner, name, value)                                            \
	do {                                                                             \
		(owner)->name = arena_grow(arena, (owner)->name, (owner)->name##_count,  \
		    &(owner)->name##_room, sizeof(*(owner)->name));                      \
		(owner)->name[(owner)->name##_count++] = (value);                        \
	} while (0)

#endif
