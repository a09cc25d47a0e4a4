/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists within lists, as text or HTML. */
#include "crm/status/page.h"

#include "crm/common/xmltext.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define XS(text) ((const xmlChar *)(text))

void
page_text(struct page *page, FILE *out, bool flat)
{
	*page = (struct page){ .out = out, .flat = flat };
}

void
page_html(struct page *page, xmlNode *body)
{
	*page = (struct page){ .list = { body } };
}

void
page_gap(struct page *page)
{
	page->gap = page->any;
}

/* Bytes that a terminal would obey instead of showing them come out as question marks. */
static void
put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		putc(c < ' ' && c != '\t' && c != '\n' ? '?' : c == 0x7f ? '?' : c, out);
	}
}

static void
line_begin(struct page *page, unsigned depth, bool bullet)
{
	if (page->gap)
		putc('\n', page->out);
	page->gap = false;
	page->any = true;
	if (page->flat)
		return;
	for (unsigned i = 0; i < depth; i++)
		fputs("  ", page->out);
	if (bullet && depth)
		fputs("* ", page->out);
}

static xmlNode *
text_child(xmlNode *parent, const char *tag, const char *class, const char *text)
{
	xmlNode *child = xmlNewTextChild(parent, NULL, XS(tag), XS(text));

	if (child && class)
		xmlNewProp(child, XS("class"), XS(class));
	return child;
}

void
page_begin(struct page *page, const char *title, ...)
{
	va_list args;

	assert(page->depth + 1 < PAGE_DEPTH_MAX);
	va_start(args, title);
	page->title[page->depth++] = text_vprint(title, args);
	va_end(args);
}

static void
title_tell(struct page *page, unsigned depth)
{
	const char *title = page->title[depth];

	if (!page->out) {
		xmlNode *at = page->list[depth];

		if (depth)
			at = xmlNewChild(at, NULL, XS("li"), NULL);
		text_child(at, depth ? "h3" : "h2", NULL, title);
		page->list[depth + 1] = xmlNewChild(at, NULL, XS("ul"), NULL);
	} else if (!page->flat) {
		line_begin(page, depth, true);
		put_text(page->out, title);
		fputs(":\n", page->out);
	}
}

void
page_insist(struct page *page)
{
	while (page->told < page->depth)
		title_tell(page, page->told++);
}

void
page_end(struct page *page)
{
	assert(page->depth);
	free(page->title[--page->depth]);
	if (page->told > page->depth)
		page->told = page->depth;
}

void
page_parts(struct page *page, const struct page_part *part)
{
	xmlNode *item;

	page_insist(page);
	if (page->out) {
		line_begin(page, page->depth, true);
		for (; part->text; part++)
			put_text(page->out, part->text);
		putc('\n', page->out);
		return;
	}
	item = xmlNewChild(page->list[page->depth], NULL, XS("li"), NULL);
	for (; part->text; part++)
		if (*part->text)
			text_child(item, "span", part->class, part->text);
}

void
page_item(struct page *page, const char *class, const char *text, ...)
{
	va_list args;
	char *whole;

	va_start(args, text);
	whole = text_vprint(text, args);
	va_end(args);
	if (page->out || class)
		page_parts(page,
		    (const struct page_part[]){ { class, whole }, { NULL, NULL } });
	else {
		page_insist(page);
		text_child(page->list[page->depth], "li", NULL, whole);
	}
	free(whole);
}

void
page_item_begin(struct page *page, const char *text, ...)
{
	va_list args;
	char *whole;

	assert(page->depth + 1 < PAGE_DEPTH_MAX);
	va_start(args, text);
	whole = text_vprint(text, args);
	va_end(args);
	page_item(page, NULL, "%s", whole);
	page->title[page->depth] = whole;
	if (!page->out)
		page->list[page->depth + 1] =
		    xmlNewChild(page->list[page->depth], NULL, XS("ul"), NULL);
	page->told = ++page->depth;
}

void
page_named(struct page *page, const char *name, const char *text)
{
	if (page->flat)
		page_item(page, NULL, "%s", text);
	else
		page_item(page, NULL, "%s: %s", name, text);
}

void
page_line(struct page *page, const char *text)
{
	page_insist(page);
	if (!page->out) {
		text_child(page->list[page->depth], "p", "bold", text);
		return;
	}
	line_begin(page, page->depth, false);
	put_text(page->out, text);
	putc('\n', page->out);
}
