/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of nodes: names, uuids, links, and the one writer of a node's status
 * (spec/wire.md 8).
 *
 * A node is its name, compared exactly as it came; the uuid is a second mark of it.  The
 * reference renames a node when a known uuid comes with another name, so anybody with the
 * key can make one node look like another.  Here:
 *  - name known, uuid the same or none: it is that node;
 *  - name known, uuid new or of a dead node: it is that node, installed anew;
 *  - name known, uuid of a living node: two machines were cloned; it is that node, and
 * the uuid stays where it is;
 *  - name unknown: refused; with autojoin added, or renamed when the uuid is known.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* Finding. */

struct memb_peer *
memb_peer_find(const struct memb *memb, const char *name)
{
	for (size_t i = 0; i < memb->peer_count; i++)
		if (strcmp(memb->peer[i]->node.name, name) == 0)
			return memb->peer[i];
	return NULL;
}

struct memb_peer *
memb_peer_find_uuid(const struct memb *memb, const uint8_t uuid[16])
{
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_node *node = &memb->peer[i]->node;

		if (node->has_uuid && memcmp(node->uuid, uuid, 16) == 0)
			return memb->peer[i];
	}
	return NULL;
}

bool
memb_peer_packs(const struct memb_peer *peer)
{
	return peer->node.features & MEMB_FEAT_PACK;
}

bool
memb_peer_is_there(const struct memb *memb, const struct memb_peer *peer)
{
	for (size_t i = 0; i < memb->peer_count; i++)
		if (memb->peer[i] == peer)
			return true;
	return false;
}

bool
memb_peer_is_live(const struct memb_peer *peer)
{
	return peer->node.type == MEMB_NORMAL && peer->node.status != MEMB_DEAD;
}

bool
memb_peer_is_prompt(const struct memb_peer *peer)
{
	return peer->node.features & MEMB_FEAT_PROMPT;
}

size_t
memb_live_count(const struct memb *memb)
{
	size_t count = 0;

	for (size_t i = 0; i < memb->peer_count; i++)
		if (memb->peer[i] == memb->self ||
		    (memb_peer_is_live(memb->peer[i]) && memb->peer[i]->node.anything))
			count++;
	return count;
}

/* What may stand in a list of names: printable, no blank, short enough. */
bool
memb_name_is_valid(const char *name, size_t len)
{
	if (len == 0 || len >= MEMB_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

/* Adding and removing. */

static void
memb_peer_make_links(const struct memb *memb, struct memb_peer *peer)
{
	if (peer->node.type == MEMB_PING) {
		snprintf(peer->node.link[0].name, sizeof(peer->node.link[0].name),
		    "%.63s", peer->node.name);
		peer->node.link_count = 1;
		return;
	}
	peer->node.link_count = memb->link_count;
	for (size_t l = 0; l < memb->link_count; l++)
		memcpy(peer->node.link[l].name, memb->link_name[l],
		    sizeof(memb->link_name[l]));
}

static int
memb_peer_make_room(struct memb *memb)
{
	size_t size = memb->peer_size ? memb->peer_size * 2 : 8;
	struct memb_peer **peer;

	if (memb->peer_count < memb->peer_size)
		return 0;
	peer = realloc(memb->peer, size * sizeof(struct memb_peer *));
	if (!peer)
		return -ENOMEM;
	memb->peer = peer;
	memb->peer_size = size;
	return 0;
}

static struct memb_peer *
memb_peer_alloc(const struct memb *memb, enum memb_node_type type)
{
	struct memb_peer *peer = calloc(1, sizeof(*peer));
	size_t links = type == MEMB_PING ? 1 : memb->link_count;

	if (!peer)
		return NULL;
	peer->arrival = calloc(links + 1, sizeof(*peer->arrival));
	if (peer->arrival)
		return peer;
	free(peer);
	return NULL;
}

struct memb_peer *
memb_peer_add(struct memb *memb, const char *name, enum memb_node_type type)
{
	struct memb_peer *peer = NULL;

	assert(memb_name_is_valid(name, strlen(name)));
	assert(!memb_peer_find(memb, name));
	if (memb->peer_count < MEMB_NODE_MAX && memb_peer_make_room(memb) == 0)
		peer = memb_peer_alloc(memb, type);
	if (!peer) {
		memb_log_limited(memb, &memb->limit, LOG_ERR,
		    "node %s cannot be added: %s", name,
		    memb->peer_count < MEMB_NODE_MAX ? "no memory" : "too many nodes");
		return NULL;
	}
	snprintf(peer->node.name, sizeof(peer->node.name), "%s", name);
	peer->node.type = type;
	peer->node.status = MEMB_INIT;
	snprintf(peer->node.status_text, sizeof(peer->node.status_text), "%s",
	    memb_status_names[MEMB_INIT]);
	peer->node.weight = 100;
	peer->node.dead_ms = type == MEMB_PING ? memb->deadping_ms : memb->deadtime_ms;
	peer->alive = peer->node.since = memb->now;
	peer->ack_trigger = (unsigned)(memb_random(memb) % 10);
	memb_peer_make_links(memb, peer);
	memb->peer[memb->peer_count++] = peer;
	memb_disturb(memb);
	if (memb->own_store && memb_own_reserve(memb) < 0) {
		memb->peer_count--;
		free(peer->arrival);
		free(peer);
		return NULL;
	}
	return peer;
}

void
memb_peer_remove(struct memb *memb, struct memb_peer *peer, const char *why)
{
	size_t i = 0;

	assert(peer != memb->self);
	memb_log(memb, LOG_INFO, "Removing node [%s] from configuration.",
	    peer->node.name);
	memb_tell(memb, MEMB_EV_NODES, peer, why);
	while (i < memb->peer_count && memb->peer[i] != peer)
		i++;
	assert(i < memb->peer_count);
	memmove(&memb->peer[i], &memb->peer[i + 1],
	    (memb->peer_count - i - 1) * sizeof(struct memb_peer *));
	memb->peer_count--;
	if (memb->asked == peer)
		memb->asked = NULL;
	memb_queue_clear(&peer->held);
	memb_queue_clear(&peer->early);
	memb_pieces_clear(&peer->pieces);
	free(peer->arrival);
	free(peer);
}

void
memb_peer_set_uuid(struct memb *memb, struct memb_peer *peer, const uint8_t uuid[16])
{
	struct memb_peer *other = memb_peer_find_uuid(memb, uuid);

	if (other && other != peer)
		other->node.has_uuid = false;
	memcpy(peer->node.uuid, uuid, 16);
	peer->node.has_uuid = true;
}

/* Whose datagram is this? */

static struct memb_peer *
memb_peer_stranger(struct memb *memb, const struct memb_packet *p)
{
	char dump[400];

	memb->stats.unknown_node++;
	memb_log_limited(memb, &memb->limit, LOG_ERR,
	    "process_status_message: bad node [%s] in message", p->src);
	memb_log_limited(memb, &memb->limit, LOG_ERR, "MSG: %s",
	    msg_format(p->m, dump, sizeof(dump)));
	return NULL;
}

static struct memb_peer *
memb_peer_join(struct memb *memb, const struct memb_packet *p)
{
	struct memb_peer *peer =
	    p->has_srcuuid ? memb_peer_find_uuid(memb, p->srcuuid) : NULL;

	if (!memb->autojoin || !memb_name_is_valid(p->src, strlen(p->src)) ||
	    peer == memb->self || strcasecmp(p->src, memb->self->node.name) == 0)
		return memb_peer_stranger(memb, p);
	if (peer) {
		memb_log(memb, LOG_INFO, "nodename %s uuid changed to %s",
		    peer->node.name, p->src);
		snprintf(peer->node.name, sizeof(peer->node.name), "%s", p->src);
		memb_tell(memb, MEMB_EV_NODES, peer,
		    "renamed: its uuid came with a new name");
		return peer;
	}
	memb_log(memb, LOG_INFO,
	    "process_clustermsg: Adding new node [%s] to configuration.", p->src);
	peer = memb_peer_add(memb, p->src, MEMB_NORMAL);
	if (!peer)
		return NULL;
	memb_deleted_drop(memb, p->src);
	if (p->has_srcuuid)
		memb_peer_set_uuid(memb, peer, p->srcuuid);
	memb_tell(memb, MEMB_EV_NODES, peer, "added: heard under autojoin");
	return peer;
}

struct memb_peer *
memb_peer_of(struct memb *memb, const struct memb_packet *p)
{
	struct memb_peer *peer = memb_peer_find(memb, p->src);

	return peer ? peer : memb_peer_join(memb, p);
}

/* Status. */

/* What may follow a status.  DEAD after DEAD is the second death of a node that returns.
 */
static const struct memb_status_rule {
	unsigned next;
} memb_status_rules[] = {
	[MEMB_INIT] = { BIT(MEMB_UP) | BIT(MEMB_ACTIVE) | BIT(MEMB_OTHER) |
	                BIT(MEMB_DEAD) | BIT(MEMB_PINGED) },
	[MEMB_UP] = { BIT(MEMB_INIT) | BIT(MEMB_ACTIVE) | BIT(MEMB_OTHER) |
	              BIT(MEMB_DEAD) },
	[MEMB_ACTIVE] = { BIT(MEMB_INIT) | BIT(MEMB_UP) | BIT(MEMB_OTHER) |
	                  BIT(MEMB_DEAD) },
	[MEMB_DEAD] = { BIT(MEMB_INIT) | BIT(MEMB_UP) | BIT(MEMB_ACTIVE) |
	                BIT(MEMB_OTHER) | BIT(MEMB_DEAD) | BIT(MEMB_PINGED) },
	[MEMB_PINGED] = { BIT(MEMB_DEAD) },
	[MEMB_OTHER] = { BIT(MEMB_INIT) | BIT(MEMB_UP) | BIT(MEMB_ACTIVE) |
	                 BIT(MEMB_OTHER) | BIT(MEMB_DEAD) },
};

void
memb_peer_set_status(struct memb *memb, struct memb_peer *peer, enum memb_status status,
    const char *text, const char *why)
{
	struct memb_event event = { .type = MEMB_EV_NODE,
		.node = &peer->node,
		.why = why };

	assert(memb_status_rules[peer->node.status].next & BIT(status));
	assert((status == MEMB_PINGED) <= (peer->node.type == MEMB_PING));
	assert(peer != memb->self || status != MEMB_DEAD);
	assert(why && *why);
	memb_disturb(memb);
	event.was = peer->node.status;
	if (event.was != status)
		peer->node.since = memb->now;
	peer->node.status = status;
	snprintf(peer->node.status_text, sizeof(peer->node.status_text), "%s",
	    text ? text : memb_status_names[status]);
	if (peer == memb->self)
		memb_log(memb, LOG_INFO, "Local status now set to: '%s'",
		    peer->node.status_text);
	else if (status == MEMB_DEAD)
		memb_log(memb, LOG_WARNING, "node %s: is dead", peer->node.name);
	else
		memb_log(memb, LOG_INFO, "Status update for node %s: status %s",
		    peer->node.name, peer->node.status_text);
	memb_log(memb, LOG_DEBUG, "node %s: %s -> %s (%s)", peer->node.name,
	    memb_status_names[event.was], peer->node.status_text, why);
	memb->fx->event(memb->shell, &event);
}

/* Links. */

void
memb_link_set(struct memb *memb, struct memb_peer *peer, size_t link, bool up,
    const char *why)
{
	struct memb_link *l = &peer->node.link[link];
	struct memb_event event = { .type = MEMB_EV_LINK,
		.node = &peer->node,
		.link = l,
		.why = why };

	assert(link < peer->node.link_count);
	assert(l->up != up);
	event.was = peer->node.status;
	l->up = up;
	l->since = memb->now;
	memb_disturb(memb);
	if (!up)
		arrival_down(&peer->arrival[link]);
	memb_log(memb, LOG_INFO, up ? "Link %s:%s up." : "Link %s:%s dead.",
	    peer->node.name, l->name);
	memb_log(memb, LOG_DEBUG, "link %s:%s: %s", peer->node.name, l->name, why);
	memb->fx->event(memb->shell, &event);
}

void
memb_link_heard(struct memb *memb, struct memb_peer *peer, size_t medium)
{
	size_t link = peer->node.type == MEMB_PING ? 0 : memb->medium[medium].link;
	struct memb_link *l = &peer->node.link[link];

	assert(medium < memb->medium_count && link < peer->node.link_count);
	/* Media of one link are not read in the order of what came over them. */
	if (memb->at.ns > l->heard.ns)
		l->heard = memb->at;
	if (memb->at.ns > peer->link_alive[link].ns)
		peer->link_alive[link] = memb->at;
	if (l->up)
		return;
	memb_link_set(memb, peer, link, true, "heard over it");
	memb_want(memb, memb_link_deadline(memb, peer, link));
}

const char *
memb_link_name(const struct memb *memb, const struct memb_peer *peer, size_t medium)
{
	if (medium == MEDIUM_NONE)
		return "?";
	assert(medium < memb->medium_count);
	if (peer->node.type == MEMB_PING)
		return peer->node.link[0].name;
	return memb->link_name[memb->medium[medium].link];
}

const char *
memb_peer_links(const struct memb_peer *peer, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t l = 0; l < peer->node.link_count && used + 1 < size; l++) {
		const char *before = l == 0                           ? ""
		                     : l + 1 == peer->node.link_count ? " and "
		                                                      : ", ";
		int n = snprintf(buf + used, size - used, "%s%s", before,
		    peer->node.link[l].name);

		used = n < 0 || (size_t)n >= size - used ? size - 1 : used + (size_t)n;
	}
	return buf;
}
