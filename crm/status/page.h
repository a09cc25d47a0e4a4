/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of lists within lists, as text or as HTML: what the CRM's programs tell people
 * (spec/crm-tools.md 4.2, 4.5).
 *
 *	Node List:                              <h2>Node List</h2>
 *	  * Online: [ a b ]                     <ul><li>Online: [ a b ]</li></ul>
 *
 * As text a list may also be flat: neither titles nor names nor bullets, only what the items
 * say.  A title waits until there is an item below it: an empty list leaves no trace.
 */
#ifndef CRM_STATUS_PAGE_H
#define CRM_STATUS_PAGE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>

#define PAGE_DEPTH_MAX 16 /* lists within lists; a deeper one is a bug of ours */

struct page {
	FILE *out; /* text; NULL = HTML */
	bool flat; /* text without titles, names and bullets */
	/* Private. */
	unsigned depth; /* lists that are open */
	unsigned told;  /* of these, whose title has been printed */
	char *title[PAGE_DEPTH_MAX];
	bool any; /* something has been said: the next gap is an empty line */
	bool gap;
	xmlNode *list[PAGE_DEPTH_MAX]; /* HTML: where each depth's items go */
};

/* A page of text into OUT. */
void page_text(struct page *page, FILE *out, bool flat);
/* A page of HTML below BODY. */
void page_html(struct page *page, xmlNode *body);

/* Between sections: an empty line before whatever comes next, unless nothing came before. */
void page_gap(struct page *page);
/* A list begins; TITLE is printed with a colon behind it. */
void page_begin(struct page *page, const char *title, ...)
    __attribute__((format(printf, 2, 3)));
/* The titles of all lists that are open are printed, whatever comes. */
void page_insist(struct page *page);
void page_end(struct page *page);
/* One item.  CLASS is its style in HTML, or NULL. */
void page_item(struct page *page, const char *class, const char *text, ...)
    __attribute__((format(printf, 3, 4)));
/* An item below which lists may come, until page_end(). */
void page_item_begin(struct page *page, const char *text, ...)
    __attribute__((format(printf, 2, 3)));
/* "NAME: TEXT"; flat, TEXT. */
void page_named(struct page *page, const char *name, const char *text);

/* An item of several parts, each with a style: in text they simply follow one another. */
struct page_part {
	const char *class; /* NULL = none */
	const char *text;  /* NULL ends the list */
};
void page_parts(struct page *page, const struct page_part *part);
/* A line without a bullet, at the depth of the items. */
void page_line(struct page *page, const char *text);

#endif
