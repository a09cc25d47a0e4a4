/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small changes to a document, each noted. */
#include "crm/cib/convert.h"

#include "crm/common/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes. */

static const char *
keep(struct convert *c, const char *text)
{
	return text ? arena_strdup(&c->changes->arena, text) : NULL;
}

void
convert_note(struct convert *c, const xmlNode *element, const char *what, const char *was,
    const char *now, bool lost)
{
	long line = xmlGetLineNo(element);
	struct cib_change_note note = {
		.line = line > 0 ? (int)line : 0,
		.element = keep(c, (const char *)element->name),
		.id = keep(c, cib_attr(element, "id")),
		.what = keep(c, what),
		.was = keep(c, was),
		.is = keep(c, now),
		.lost = lost,
	};

	ARENA_PUSH(&c->changes->arena, c->changes, note, note);
	c->changes->lost += lost;
}

void
convert_note_of(struct convert *c, const xmlNode *element, const char *kind,
    const char *name, const char *was, const char *now, bool lost)
{
	convert_note(c, element, arena_printf(&c->arena, "%s %s", kind, name), was, now,
	    lost);
}

/* Changes. */

bool
convert_is(const xmlNode *element, const char *tag)
{
	return strcmp((const char *)element->name, tag) == 0;
}

void
convert_set(struct convert *c, xmlNode *element, const char *name, const char *value)
{
	if (!xmlSetProp(element, BAD_CAST name, BAD_CAST value))
		c->failed = true;
}

xmlNode *
convert_new(struct convert *c, xmlNode *parent, const char *tag)
{
	xmlNode *made = xmlNewChild(parent, NULL, BAD_CAST tag, NULL);

	if (!made) {
		/* What follows goes on with something, and the result is thrown away. */
		c->failed = true;
		return c->root;
	}
	return made;
}

void
convert_rename(struct convert *c, xmlNode *element, const char *from, const char *to)
{
	xmlAttr *attribute = xmlHasProp(element, BAD_CAST from);
	const char *value = cib_attr(element, from);

	if (!attribute)
		return;
	convert_note_of(c, element, "attribute", from, value,
	    arena_printf(&c->arena, "%s=\"%s\"", to, value), false);
	if (xmlHasProp(element, BAD_CAST to))
		xmlRemoveProp(attribute);
	else
		xmlNodeSetName((xmlNode *)attribute, BAD_CAST to);
}

void
convert_drop(struct convert *c, xmlNode *element, const char *name, const char *why,
    bool lost)
{
	xmlAttr *attribute = xmlHasProp(element, BAD_CAST name);

	if (!attribute)
		return;
	convert_note_of(c, element, "attribute", name, cib_attr(element, name),
	    why ? arena_printf(&c->arena, "dropped: %s", why) : NULL, lost);
	xmlRemoveProp(attribute);
}

void
convert_remove(struct convert *c, xmlNode *element, const char *why, bool lost)
{
	convert_note(c, element, "the element", NULL,
	    why ? arena_printf(&c->arena, "dropped: %s", why) : NULL, lost);
	xmlUnlinkNode(element);
	xmlFreeNode(element);
}

xmlNode *
convert_next(const struct convert *c, const xmlNode *element)
{
	return cib_walk_next(c->configuration, element);
}

/* Ids. */

void
convert_collect_ids(struct convert *c, struct table *ids)
{
	table_init(ids, &c->arena);
	for (xmlNode *n = c->configuration; n; n = convert_next(c, n))
		if (cib_attr(n, "id"))
			table_add(ids, arena_strdup(&c->arena, cib_attr(n, "id")), n);
}

const char *
convert_fresh_id(struct convert *c, struct table *ids, const char *wanted)
{
	const char *id = arena_strdup(&c->arena, wanted);
	char *end = NULL;

	/* Numbers go on where the last one with this name ended: many may want it. */
	const char *counter = arena_printf(&c->arena, " %s", wanted);
	const char *last = table_get(ids, counter);
	unsigned long number = last ? strtoul(last, &end, 10) : 1;

	while (table_find(ids, id))
		id = arena_printf(&c->arena, "%s-%lu", wanted, ++number);
	if (number > 1)
		table_set(ids, counter, arena_printf(&c->arena, "%lu", number));
	table_add(ids, id, id);
	return id;
}

/* Words. */

static const char *
translated(struct convert *c, const char *name, char from, char to)
{
	char *copy = arena_strdup(&c->arena, name);

	for (char *at = copy; *at; at++)
		if (*at == from)
			*at = to;
	return copy;
}

const char *
convert_dashed(struct convert *c, const char *name)
{
	return translated(c, name, '_', '-');
}

const char *
convert_underscored(struct convert *c, const char *name)
{
	return translated(c, name, '-', '_');
}

const char *
convert_score(struct convert *c, const char *score)
{
	const char *word = score + (*score == '-' || *score == '+');
	char *end;

	if (same(word, "INFINITY"))
		return *score == '-' ? "-INFINITY" : "INFINITY";
	strtol(score, &end, 10);
	if (end != score && *end == '.')
		return arena_printf(&c->arena, "%.*s", (int)(end - score), score);
	return score;
}
