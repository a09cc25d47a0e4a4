/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of old take these two from here: their C library had none. */
#include <stddef.h>
#include <string.h>

#pragma GCC visibility push(default)
size_t strlcpy(char *to, const char *from, size_t size);
size_t strlcat(char *to, const char *from, size_t size);
#pragma GCC visibility pop

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);

	if (size > 0) {
		size_t n = len < size ? len : size - 1;

		memcpy(to, from, n);
		to[n] = '\0';
	}
	return len;
}

size_t
strlcat(char *to, const char *from, size_t size)
{
	size_t used = strnlen(to, size);

	return used + strlcpy(to + used, from, size - used);
}
