/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What operations and patches do to trees, private to this folder.  A tree has elements and
 * comments; anything else that a parser left (white space between tags) is passed over and
 * not copied.
 */
#ifndef CRM_CIB_TREE_H
#define CRM_CIB_TREE_H

#include <libxml/tree.h>
#include <libxml/dict.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* N, or the next of its siblings that is an element or a comment. */
xmlNode *tree_kept(const xmlNode *n);
bool tree_is(const xmlNode *element, const char *tag);
/* Both NULL is the same, too. */
bool tree_same_text(const char *a, const char *b);

/* Copies, for DOC but not yet in it; NULL: out of memory. */
xmlNode *tree_copy(const xmlNode *from, xmlDoc *doc);
xmlNode *tree_copy_alone(const xmlNode *from, xmlDoc *doc); /* without what is in it */
xmlDoc *tree_copy_doc(const xmlNode *root);
/* A new last child; NULL: out of memory. */
xmlNode *tree_append(xmlNode *parent, const char *tag);
/* Puts a node, which belongs to nobody, in as the last child; false frees it. */
bool tree_put_last(xmlNode *parent, xmlNode *node);
bool tree_set(xmlNode *element, const char *name, const char *value);
/* Makes TO's attributes those of LIKE, in their order. */
bool tree_attributes_become(xmlNode *to, const xmlNode *like);
void tree_drop(xmlNode *node);

bool tree_same_attributes(const xmlNode *a, const xmlNode *b);
/* The same elements, attributes and comments in the same order. */
bool tree_same(const xmlNode *a, const xmlNode *b);
/* Whether elements are nested deeper than CIB_DEPTH_MAX. */
bool tree_is_too_deep(const xmlNode *top);

/* Elements by tag and id, below one parent or anywhere, so that a long list of changes costs
 * no look at each sibling for each of them.  Of several that share both, they come in the order
 * in which they were added. */
struct tree_entry {
	xmlNode *node;
	const xmlNode *parent; /* NULL: of an index of the whole tree */
	const xmlChar *tag,
	    *id; /* of the dictionary; id NULL: the entry under the tag alone */
	uint32_t hash;
	uint32_t next_same; /* index + 1 of the next with the same key; 0 = none */
	/* Of the first of a chain: index + 1 of the last, how many there are, how many of them
	 * have no id; whether two have the same.  The last two only under a tag alone. */
	uint32_t last_same, same_count, lacking_count;
	bool repeats;
	uint32_t mark; /* scratch of who uses the index */
};

struct tree_index {
	bool by_parent;
	xmlDict *dict;
	struct tree_entry *entry;
	uint32_t entry_count, entry_room;
	uint32_t *slot; /* index + 1 of heads of chains */
	uint32_t slot_count;
	xmlNode *buried; /* out of the tree; kept so that no new node has their address */
};

/* Of what is below TOP, TOP itself included.  False: out of memory; to be cleared in any case. */
bool tree_index_init(struct tree_index *ix, const xmlNode *top, bool by_parent);
/* A subtree that was put in later. */
bool tree_index_add(struct tree_index *ix, const xmlNode *top);
/* The first with that tag and id, or with that tag when ID is NULL, that is still in the tree. */
struct tree_entry *tree_index_find(const struct tree_index *ix, const xmlNode *parent,
    const char *tag, const char *id);
/* The next with the same tag and id. */
struct tree_entry *tree_index_next(const struct tree_index *ix,
    const struct tree_entry *entry);
/* Takes a node out of the tree; it is freed with the index. */
void tree_index_bury(struct tree_index *ix, xmlNode *node);
void tree_index_clear(struct tree_index *ix);

#endif
