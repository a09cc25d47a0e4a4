/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ha.cf that open media: the table of kinds, words, refusals (spec/config.md 6).
 */
#include "heartbeat/media/private.h"

#include "lib/array.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct media_class *const classes[] = { &media_bcast, &media_mcast,
	&media_ucast, &media_mcast6, &media_ucast6, &media_serial, &media_ping,
	&media_ping6, &media_ping_group };

const struct media_kind *
media_kind_at(size_t index)
{
	return index < ARRAY_LEN(classes) ? &classes[index]->kind : NULL;
}

static const struct media_class *
spec_class_find(const char *directive)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strcmp(classes[i]->kind.directive, directive) == 0)
			return classes[i];
	}
	return NULL;
}

const struct media_kind *
media_kind_find(const char *directive)
{
	const struct media_class *class = spec_class_find(directive);

	return class ? &class->kind : NULL;
}

/* Refusals. */

int
spec_refuse(struct media_refusal *why, int code, size_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	why->offset = offset;
	return code;
}

void
spec_legacy(struct media_refusal *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->legacy, sizeof(why->legacy), format, args);
	va_end(args);
}

/* Words. */

static bool
spec_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* False when a word is longer than any that could be right. */
static bool
spec_words_split(const char *args, struct spec_words *words)
{
	const char *c = args;

	words->count = 0;
	for (;;) {
		size_t len = 0;

		while (spec_is_blank(*c))
			c++;
		words->offset[words->count] = (size_t)(c - args);
		if (*c == '\0' || words->count == SPEC_WORDS_MAX)
			return true;
		while (c[len] != '\0' && !spec_is_blank(c[len]))
			len++;
		if (len >= MEDIA_HOST_MAX)
			return false;
		memcpy(words->word[words->count], c, len);
		words->word[words->count++][len] = '\0';
		c += len;
	}
}

bool
spec_number(const char *text, unsigned long low, unsigned long high, unsigned long *value)
{
	unsigned long n;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || errno != 0 || n < low || n > high)
		return false;
	*value = n;
	return true;
}

int
spec_device(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	const char *device = words->word[0];

	if (strlen(device) >= IFNAMSIZ || strchr(device, '/') ||
	    strcmp(device, ".") == 0 || strcmp(device, "..") == 0)
		return spec_refuse(why, -EINVAL, words->offset[0],
		    "'%s' cannot be the name of an interface (at most %d characters, no "
		    "slash)",
		    device, IFNAMSIZ - 1);
	snprintf(spec->device, sizeof(spec->device), "%s", device);
	return 0;
}

/* Entry points. */

int
media_parse(const char *directive, const char *args, struct media_spec *spec,
    struct media_refusal *why)
{
	const struct media_class *class = spec_class_find(directive);
	struct media_refusal ignored;
	struct media_spec made = { .kind = class ? &class->kind : NULL, .class = class };
	struct spec_words words;
	int code;

	if (!why)
		why = &ignored;
	*why = (struct media_refusal){ .text = "" };
	if (!class)
		return spec_refuse(why, -ENOENT, 0, "'%s' is no medium", directive);
	if (!spec_words_split(args, &words))
		return spec_refuse(why, -EINVAL, words.offset[words.count],
		    "a word of %s is longer than %d bytes", directive,
		    MEDIA_HOST_MAX - 1);
	code = class->parse(&made, &words, why);
	if (code == 0)
		*spec = made;
	return code;
}

int
media_check(struct media_spec *spec, struct media_refusal *why)
{
	struct media_refusal ignored;

	if (!why)
		why = &ignored;
	*why = (struct media_refusal){ .text = "" };
	return spec->class->check ? spec->class->check(spec, why) : 0;
}

bool
media_is_same(const struct media_spec *a, const struct media_spec *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->hosts, b->hosts) == 0 && strcmp(a->device, b->device) == 0 &&
	       strcmp(a->host, b->host) == 0 && a->port == b->port &&
	       memcmp(&a->to, &b->to, sizeof(a->to)) == 0;
}
