/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree is walked without recursion: each element is opened when it is met and closed when
 * nothing below it is left.
 */
#include "crm/cib/write.h"

#include "crm/cib/path.h"
#include "lib/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char *data;
	size_t len, room;
	bool full; /* out of memory: nothing is added any more */
};

static void
put(struct text *t, const char *data, size_t len)
{
	if (t->room - t->len <= len && !t->full) {
		size_t room = (t->room + len + 1) * 2;
		char *grown = realloc(t->data, room);

		if (grown) {
			t->data = grown;
			t->room = room;
		} else
			t->full = true;
	}
	if (t->full)
		return;
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

static void
puts_to(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

static void
indent(struct text *t, unsigned count)
{
	static const char blanks[] = "                                ";

	while (count > 0) {
		unsigned n = count < sizeof(blanks) - 1 ? count : sizeof(blanks) - 1;

		put(t, blanks, n);
		count -= n;
	}
}

/* Values.  Digests are made of the text as the originals would print it, which is not always one
 * that reads back (a tab is four blanks); files and answers are. */

static const char *
named_entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

static void
control_put(struct text *t, enum cib_form form, unsigned char c)
{
	char escape[8];

	if (form == CIB_FORM_TEXT)
		snprintf(escape, sizeof(escape), "&#%u;", c);
	else if (c == '\t')
		snprintf(escape, sizeof(escape), "    ");
	else if (c == '\n' || c == '\r')
		snprintf(escape, sizeof(escape), "\\%c", c == '\n' ? 'n' : 'r');
	else
		snprintf(escape, sizeof(escape), "\\%.3o", c);
	puts_to(t, escape);
}

static void
value_put(struct text *t, enum cib_form form, const char *value)
{
	const char *from = value;

	if (form == CIB_FORM_PLAIN_H) {
		puts_to(t, value);
		return;
	}
	for (; *value; value++) {
		const char *entity = named_entity(*value);
		bool control = (unsigned char)*value < ' ' || *value == 0x7f;

		if (!entity && !control)
			continue;
		put(t, from, (size_t)(value - from));
		from = value + 1;
		if (entity)
			puts_to(t, entity);
		else
			control_put(t, form, (unsigned char)*value);
	}
	put(t, from, (size_t)(value - from));
}

/* Attributes. */

/* Whether digests and comparisons look past this attribute: crm-debug-origin,
 * cib-last-written, update-origin, update-client, update-user. */
static bool
cib_attr_is_filtered(const char *name)
{
	static const char *const names[] = { "crm-debug-origin", "cib-last-written",
		"update-origin", "update-client", "update-user" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void
attribute_put(struct text *t, const struct cib_write_how *how, const xmlAttr *a)
{
	const xmlNode *value = a->children;

	if (how->filtered && cib_attr_is_filtered((const char *)a->name))
		return;
	put(t, " ", 1);
	puts_to(t, (const char *)a->name);
	put(t, "=\"", 2);
	if (value && value->content)
		value_put(t, how->form, (const char *)value->content);
	put(t, "\"", 1);
}

static int
by_name(const void *a, const void *b)
{
	const xmlAttr *x = *(const xmlAttr *const *)a, *y = *(const xmlAttr *const *)b;

	return strcmp((const char *)x->name, (const char *)y->name);
}

static void
attributes_put_sorted(struct text *t, const struct cib_write_how *how, const xmlNode *n)
{
	size_t count = 0;
	const xmlAttr **list;

	for (const xmlAttr *a = n->properties; a; a = a->next)
		count++;
	if (count == 0)
		return;
	list = malloc(count * sizeof(const xmlAttr *));
	if (!list) {
		t->full = true;
		return;
	}
	count = 0;
	for (const xmlAttr *a = n->properties; a; a = a->next)
		list[count++] = a;
	qsort(list, count, sizeof(const xmlAttr *), by_name);
	for (size_t i = 0; i < count; i++)
		attribute_put(t, how, list[i]);
	free(list);
}

/* Elements. */

static const xmlNode *
written_from(const struct cib_write_how *how, const xmlNode *n)
{
	while (n && ((n->type != XML_ELEMENT_NODE && n->type != XML_COMMENT_NODE) ||
	                n == how->without))
		n = n->next;
	return n;
}

static void
line_begin(struct text *t, const struct cib_write_how *how, unsigned depth)
{
	if (how->form == CIB_FORM_TEXT)
		indent(t, 2 * depth);
	else if (how->form == CIB_FORM_PLAIN_H)
		indent(t, 1 + 2 * depth);
}

static void
line_end(struct text *t, const struct cib_write_how *how)
{
	if (how->form != CIB_FORM_COMPACT)
		put(t, "\n", 1);
}

static void
comment_put(struct text *t, const struct cib_write_how *how, const xmlNode *n,
    unsigned depth)
{
	line_begin(t, how, depth);
	puts_to(t, "<!--");
	if (n->content)
		puts_to(t, (const char *)n->content);
	puts_to(t, "-->");
	line_end(t, how);
}

/* The first thing to write below N, or NULL: then N is closed already. */
static const xmlNode *
open_put(struct text *t, const struct cib_write_how *how, const xmlNode *n,
    unsigned depth)
{
	const xmlNode *inside = how->alone ? NULL : written_from(how, n->children);

	line_begin(t, how, depth);
	put(t, "<", 1);
	puts_to(t, (const char *)n->name);
	if (how->sorted)
		attributes_put_sorted(t, how, n);
	else
		for (const xmlAttr *a = n->properties; a; a = a->next)
			attribute_put(t, how, a);
	puts_to(t, inside ? ">" : "/>");
	line_end(t, how);
	return inside;
}

static void
close_put(struct text *t, const struct cib_write_how *how, const xmlNode *n,
    unsigned depth)
{
	line_begin(t, how, depth);
	puts_to(t, "</");
	puts_to(t, (const char *)n->name);
	put(t, ">", 1);
	line_end(t, how);
}

static void
tree_put(struct text *t, const struct cib_write_how *how, const xmlNode *top)
{
	const xmlNode *n = top;
	unsigned depth = how->depth;

	for (;;) {
		const xmlNode *inside = NULL, *next;

		if (n->type == XML_COMMENT_NODE)
			comment_put(t, how, n, depth);
		else
			inside = open_put(t, how, n, depth);
		if (inside) {
			n = inside;
			depth++;
			continue;
		}
		while (n != top && !(next = written_from(how, n->next))) {
			n = n->parent;
			close_put(t, how, n, --depth);
		}
		if (n == top)
			return;
		n = next;
	}
}

char *
cib_write(const xmlNode *element, const struct cib_write_how *how, size_t *len)
{
	static const struct cib_write_how text = { .form = CIB_FORM_TEXT };
	struct text t = { 0 };

	tree_put(&t, how ? how : &text, element);
	put(&t, "", 1);
	if (t.full) {
		free(t.data);
		return NULL;
	}
	if (len)
		*len = t.len - 1;
	return t.data;
}

int
cib_write_stream(const xmlNode *element, FILE *out)
{
	size_t len;
	char *text = cib_write(element, NULL, &len);
	bool good;

	if (!text)
		return -ENOMEM;
	good = fwrite(text, 1, len, out) == len;
	free(text);
	return good ? 0 : -EIO;
}
