/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of nodes: asked for at start, told to others, changed by an administrator
 * (spec/wire.md 7, 9).
 *
 * A list is believed only from the node that was asked and only while we wait for it: an
 * answer that comes late, or that nobody asked for, changes nothing.
 */
#include "heartbeat/membership/private.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Words of a list. */

/* The next word of *TEXT, which moves behind it; NULL at the end.  Lower-cased into WORD;
 * one that cannot be a name comes as "". */
static const char *
memb_list_next(const char **text, char word[MEMB_NAME_MAX])
{
	const char *begin = *text + strspn(*text, " \t\n");
	size_t len = strcspn(begin, " \t\n");

	*text = begin + len;
	if (len == 0)
		return NULL;
	word[0] = '\0';
	if (!memb_name_is_valid(begin, len))
		return word;
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)begin[i]);
	word[len] = '\0';
	return word;
}

static bool
memb_list_has(const char *text, const char *name)
{
	char word[MEMB_NAME_MAX];

	while (memb_list_next(&text, word))
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

/* Deleted nodes. */

int
memb_deleted_add(struct memb *memb, const char *name, size_t len)
{
	size_t size = memb->deleted_size ? memb->deleted_size * 2 : 8;
	char(*deleted)[MEMB_NAME_MAX];

	if (!memb_name_is_valid(name, len) || memb->deleted_count >= MEMB_NODE_MAX)
		return 0;
	for (size_t i = 0; i < memb->deleted_count; i++)
		if (strncmp(memb->deleted[i], name, len) == 0 &&
		    memb->deleted[i][len] == '\0')
			return 0;
	if (memb->deleted_count == memb->deleted_size) {
		deleted = realloc(memb->deleted, size * sizeof(*deleted));
		if (!deleted)
			return -ENOMEM;
		memb->deleted = deleted;
		memb->deleted_size = size;
	}
	snprintf(memb->deleted[memb->deleted_count++], MEMB_NAME_MAX, "%.*s", (int)len,
	    name);
	return memb->own_store ? memb_own_reserve(memb) : 0;
}

void
memb_deleted_drop(struct memb *memb, const char *name)
{
	for (size_t i = 0; i < memb->deleted_count; i++) {
		if (strcmp(memb->deleted[i], name) != 0)
			continue;
		memmove(memb->deleted[i], memb->deleted[i + 1],
		    (memb->deleted_count - i - 1) * sizeof(*memb->deleted));
		memb->deleted_count--;
		return;
	}
}

/* At start. */

struct memb_peer *
memb_admin_whom(const struct memb *memb)
{
	for (size_t i = 0; i < memb->peer_count; i++) {
		struct memb_peer *peer = memb->peer[i];

		if (peer != memb->self && memb_peer_is_live(peer) &&
		    peer->node.anything && !peer->no_protocol)
			return peer;
	}
	return NULL;
}

void
memb_admin_ask(struct memb *memb)
{
	struct msg *m = memb_own_begin(memb);

	if (!memb->asked || !memb_peer_is_live(memb->asked))
		memb->asked = memb_admin_whom(memb);
	assert(memb->asked && memb->asked != memb->self);
	memb->reqnodes_due = instant_add_ms(memb->now, REQNODES_MS);
	memb_want(memb, memb->reqnodes_due);
	msg_add_str(m, "t", "reqnodes");
	msg_add_str(m, "dest", memb->asked->node.name);
	memb_own_send(memb);
}

void
memb_admin_reqnodes(struct memb *memb, struct memb_peer *peer)
{
	struct msg *m = memb_own_begin(memb);
	char *text = (char *)memb->frame; /* free until the message is encoded */
	size_t used = 0;

	assert(peer != memb->self);
	assert(memb->frame_size > (size_t)(MEMB_NODE_MAX + 1) * (MEMB_NAME_MAX + 1));
	msg_add_str(m, "dest", peer->node.name);
	msg_add_str(m, "t", "repnodes");
	for (size_t i = 0; i < memb->peer_count; i++)
		if (memb->peer[i]->node.type == MEMB_NORMAL)
			used += (size_t)snprintf(text + used, memb->frame_size - used,
			    "%s ", memb->peer[i]->node.name);
	msg_add(m, MSG_STRING, "nodelist", text, used);
	used = 0;
	for (size_t i = 0; i < memb->deleted_count; i++)
		used += (size_t)snprintf(text + used, memb->frame_size - used, "%s ",
		    memb->deleted[i]);
	if (used == 0)
		text[used++] = ' ';
	msg_add(m, MSG_STRING, "delnodelist", text, used);
	memb_own_send(memb);
}

static void
memb_nodes_add(struct memb *memb, const char *list, bool complain, const char *why)
{
	char name[MEMB_NAME_MAX];
	struct memb_peer *peer;

	while (memb_list_next(&list, name)) {
		if (!*name) {
			memb_log_limited(memb, &memb->limit, LOG_ERR,
			    "a name in the list of nodes is not valid, left out");
			continue;
		}
		if (memb_node_find(memb, name)) {
			if (complain)
				memb_log(memb, LOG_ERR, "node(%s) already exists", name);
			continue;
		}
		/* It would be silent, die after initdead, and be taken over from by
		 * everybody. */
		if (complain && memb->manages_resources) {
			memb_log(memb, LOG_ERR,
			    "Add node %s failed: with haresources every node stands in "
			    "ha.cf",
			    name);
			continue;
		}
		memb_log(memb, LOG_INFO, "Adding new node[%s] to configuration.", name);
		peer = memb_peer_add(memb, name, MEMB_NORMAL);
		if (!peer)
			return;
		peer->configured = true;
		memb_deleted_drop(memb, name);
		memb_tell(memb, MEMB_EV_NODES, peer, why);
		memb_want(memb, memb_peer_deadline(memb, peer));
	}
}

void
memb_admin_repnodes(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p)
{
	const char *nodes = msg_str(p->m, "nodelist"),
	           *deleted = msg_str(p->m, "delnodelist");
	char name[MEMB_NAME_MAX];

	if (memb->phase != PHASE_ASKING || peer != memb->asked || !nodes)
		return;
	memb_nodes_add(memb, nodes, false, "added: the list of a running node");
	for (size_t i = memb->peer_count; i-- > 0;) {
		struct memb_peer *other = memb->peer[i];

		if (other->node.type == MEMB_NORMAL && other != memb->self &&
		    other != peer && !memb_list_has(nodes, other->node.name))
			memb_peer_remove(memb, other,
			    "removed: not in the list of a running node");
	}
	memb->deleted_count = 0;
	while (deleted && memb_list_next(&deleted, name))
		if (*name)
			memb_deleted_add(memb, name, strlen(name));
	memb_tell(memb, MEMB_EV_NODES, NULL, "the list of a running node");
	memb_flow_update(memb);
	memb_repnodes_arrived(memb);
}

/* By an administrator. */

/* The names may go only if each is dead here and every other node is up: nobody then
 * counts on them. */
static bool
memb_delnode_is_allowed(struct memb *memb, const char *list)
{
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_node *node = &memb->peer[i]->node;
		bool named = memb_list_has(list, node->name);

		if (memb->peer[i] == memb->self || (node->type == MEMB_PING && !named))
			continue;
		if (named && node->status != MEMB_DEAD) {
			memb_log(memb, LOG_ERR, "deletion failed: node %s is not dead",
			    node->name);
			return false;
		}
		if (!named && node->status != MEMB_UP && node->status != MEMB_ACTIVE) {
			memb_log(memb, LOG_ERR,
			    "deletion failed. We don't have all required nodes alive (%s "
			    "is %s)",
			    node->name, node->status_text);
			return false;
		}
	}
	return true;
}

static void
memb_admin_delnode(struct memb *memb, struct memb_peer *peer, const char *list)
{
	char name[MEMB_NAME_MAX];
	struct memb_peer *victim;

	if (!memb_delnode_is_allowed(memb, list))
		return;
	if (memb_list_has(list, memb->self->node.name)) {
		memb_log(memb, LOG_ERR,
		    "I am being deleted from the cluster. This should not happen");
		memb_tell(memb, MEMB_EV_DELETED, memb->self,
		    "named in a delnode message");
		return;
	}
	while (memb_list_next(&list, name)) {
		victim = *name ? memb_peer_find(memb, name) : NULL;
		if (!victim) {
			memb_log(memb, LOG_ERR, "node %s not found in config", name);
			continue;
		}
		if (victim == peer || victim->node.type != MEMB_NORMAL)
			continue;
		memb_peer_remove(memb, victim, "removed by an administrator");
		memb_deleted_add(memb, name, strlen(name));
	}
	memb_tell(memb, MEMB_EV_NODES, NULL, "nodes were deleted by an administrator");
	memb_flow_update(memb);
}

static void
memb_admin_setweight(struct memb *memb, struct memb_peer *named, const struct msg *m)
{
	int64_t weight;

	if (msg_dec(m, "weight", &weight) < 0 || weight < 0 || weight > INT_MAX) {
		memb_log_limited(memb, &memb->limit, LOG_ERR,
		    "setweight of node %s: not a weight", named->node.name);
		return;
	}
	named->node.weight = (int)weight;
	memb_tell(memb, MEMB_EV_NODES, named, "weight set by an administrator");
}

static void
memb_admin_setsite(struct memb *memb, struct memb_peer *named, const struct msg *m)
{
	const char *site = msg_str(m, "site");

	if (!site || strlen(site) >= sizeof(named->node.site) || strpbrk(site, "\t\n")) {
		memb_log_limited(memb, &memb->limit, LOG_ERR,
		    "setsite of node %s: not a site", named->node.name);
		return;
	}
	snprintf(named->node.site, sizeof(named->node.site), "%s", site);
	memb_tell(memb, MEMB_EV_NODES, named, "site set by an administrator");
}

bool
memb_admin_is(const char *type)
{
	static const char *const types[] = { "addnode", "delnode", "setweight",
		"setsite" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

bool
memb_admin_handle(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	const char *list = msg_str(p->m, "nodelist"), *node = msg_str(p->m, "node");
	struct memb_peer *named = node ? memb_peer_find(memb, node) : NULL;

	if (!memb_admin_is(p->type))
		return false;
	memb_raw(memb, peer, p, MEMB_RAW_PROTOCOL);
	if (strcmp(p->type, "addnode") == 0 && list)
		memb_nodes_add(memb, list, true, "added by an administrator");
	else if (strcmp(p->type, "delnode") == 0 && list)
		memb_admin_delnode(memb, peer, list);
	else if (strcmp(p->type, "setweight") == 0 && named)
		memb_admin_setweight(memb, named, p->m);
	else if (strcmp(p->type, "setsite") == 0 && named)
		memb_admin_setsite(memb, named, p->m);
	else
		memb_log_limited(memb, &peer->limit, LOG_ERR, "%s of node %s: %s",
		    p->type, peer->node.name,
		    node ? "no such node" : "a field is missing");
	return true;
}
