/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash table with open addressing.  Each element stands in it twice: under its tag and id, and
 * under its tag alone.
 */
#include "crm/cib/tree.h"

#include "crm/cib/path.h"

#include <stdlib.h>
#include <string.h>

static uint32_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	return (uint32_t)h;
}

/* Strings are of the dictionary: the same text has the same address. */
static uint32_t
key_hash(const xmlNode *parent, const xmlChar *tag, const xmlChar *id)
{
	return mix((uintptr_t)parent * 31 + (uintptr_t)tag * 7 + (uintptr_t)id * 3);
}

static bool
slots_grow(struct tree_index *ix)
{
	uint32_t count = ix->slot_count ? ix->slot_count * 2 : 256;
	uint32_t *slot = calloc(count, sizeof(*slot));

	if (!slot)
		return false;
	for (uint32_t i = 0; i < ix->slot_count; i++) {
		uint32_t at;

		if (!ix->slot[i])
			continue;
		at = ix->entry[ix->slot[i] - 1].hash & (count - 1);
		while (slot[at])
			at = (at + 1) & (count - 1);
		slot[at] = ix->slot[i];
	}
	free(ix->slot);
	ix->slot = slot;
	ix->slot_count = count;
	return true;
}

/* Where such a key is, or would be. */
static uint32_t *
slot_of(const struct tree_index *ix, const struct tree_entry *key)
{
	uint32_t at = key->hash & (ix->slot_count - 1);

	while (ix->slot[at]) {
		const struct tree_entry *e = &ix->entry[ix->slot[at] - 1];

		if (e->hash == key->hash && e->parent == key->parent &&
		    e->tag == key->tag && e->id == key->id)
			break;
		at = (at + 1) & (ix->slot_count - 1);
	}
	return &ix->slot[at];
}

/* The index + 1 of the first with that key, or 0: out of memory. */
static uint32_t
entry_add(struct tree_index *ix, xmlNode *node, const xmlChar *tag, const xmlChar *id)
{
	const xmlNode *parent = ix->by_parent ? node->parent : NULL;
	struct tree_entry *e;
	uint32_t *slot;

	if (ix->entry_count == ix->entry_room) {
		uint32_t room = ix->entry_room ? ix->entry_room * 2 : 256;
		struct tree_entry *grown = realloc(ix->entry, room * sizeof(*grown));

		if (!grown)
			return 0;
		ix->entry = grown;
		ix->entry_room = room;
	}
	if (ix->entry_count >= ix->slot_count / 2 && !slots_grow(ix))
		return 0;
	e = &ix->entry[ix->entry_count++];
	*e = (struct tree_entry){ .node = node,
		.parent = parent,
		.tag = tag,
		.id = id,
		.hash = key_hash(parent, tag, id),
		.last_same = ix->entry_count,
		.same_count = 1 };
	slot = slot_of(ix, e);
	if (*slot) {
		struct tree_entry *head = &ix->entry[*slot - 1];

		ix->entry[head->last_same - 1].next_same = ix->entry_count;
		head->last_same = ix->entry_count;
		head->same_count++;
	} else
		*slot = ix->entry_count;
	return *slot;
}

static bool
node_add(struct tree_index *ix, xmlNode *node)
{
	const char *id = cib_attr(node, "id");
	const xmlChar *tag = xmlDictLookup(ix->dict, node->name, -1), *key = NULL;

	uint32_t mine = 0, all;

	if (id && !(key = xmlDictLookup(ix->dict, BAD_CAST id, -1)))
		return false;
	if (!tag || (key && !(mine = entry_add(ix, node, tag, key))) ||
	    !(all = entry_add(ix, node, tag, NULL)))
		return false;
	if (!key)
		ix->entry[all - 1].lacking_count++;
	else if (ix->entry[mine - 1].same_count > 1)
		ix->entry[all - 1].repeats = true;
	return true;
}

bool
tree_index_add(struct tree_index *ix, const xmlNode *top)
{
	for (xmlNode *n = (xmlNode *)(uintptr_t)top; n; n = cib_walk_next(top, n))
		if (!node_add(ix, n))
			return false;
	return true;
}

bool
tree_index_init(struct tree_index *ix, const xmlNode *top, bool by_parent)
{
	*ix = (struct tree_index){ .by_parent = by_parent, .dict = xmlDictCreate() };
	return ix->dict && tree_index_add(ix, top);
}

static bool
is_buried(const struct tree_entry *e, bool by_parent)
{
	const xmlNode *n = e->node;

	if (by_parent)
		return n->parent != e->parent;
	while (n->parent && n->parent->type == XML_ELEMENT_NODE)
		n = n->parent;
	return !n->parent;
}

static struct tree_entry *
alive_from(const struct tree_index *ix, uint32_t at)
{
	for (; at; at = ix->entry[at - 1].next_same)
		if (!is_buried(&ix->entry[at - 1], ix->by_parent))
			return &ix->entry[at - 1];
	return NULL;
}

struct tree_entry *
tree_index_find(const struct tree_index *ix, const xmlNode *parent, const char *tag,
    const char *id)
{
	struct tree_entry key = { .parent = parent };

	if (!ix->dict)
		return NULL;
	key.tag = xmlDictExists(ix->dict, BAD_CAST tag, -1);
	if (id)
		key.id = xmlDictExists(ix->dict, BAD_CAST id, -1);
	if (!key.tag || (id && !key.id) || !ix->slot_count)
		return NULL;
	key.hash = key_hash(key.parent, key.tag, key.id);
	return alive_from(ix, *slot_of(ix, &key));
}

struct tree_entry *
tree_index_next(const struct tree_index *ix, const struct tree_entry *entry)
{
	return alive_from(ix, entry->next_same);
}

/* The buried hang together by their next pointers. */
void
tree_index_bury(struct tree_index *ix, xmlNode *node)
{
	xmlUnlinkNode(node);
	node->next = ix->buried;
	ix->buried = node;
}

void
tree_index_clear(struct tree_index *ix)
{
	while (ix->buried) {
		xmlNode *next = ix->buried->next;

		ix->buried->next = NULL;
		xmlFreeNode(ix->buried);
		ix->buried = next;
	}
	free(ix->entry);
	free(ix->slot);
	if (ix->dict)
		xmlDictFree(ix->dict);
	*ix = (struct tree_index){ 0 };
}
