/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A struct memb: made from its configuration, freed, and what it tells of itself.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

const char *const memb_status_names[] = {
	[MEMB_INIT] = "init",
	[MEMB_UP] = "up",
	[MEMB_ACTIVE] = "active",
	[MEMB_DEAD] = "dead",
	[MEMB_PINGED] = "ping",
	[MEMB_OTHER] = "other",
};

/* Making and freeing. */

static void
memb_conf_take(struct memb *memb, const struct memb_conf *conf)
{
	assert(conf->keepalive_ms > 0 && conf->deadtime_ms > conf->keepalive_ms);
	assert(conf->link_count == 0 || conf->link);
	assert(conf->self && *conf->self);
	memb->keepalive_ms = conf->keepalive_ms;
	memb->deadtime_ms = conf->deadtime_ms;
	memb->warntime_ms =
	    conf->warntime_ms > 0 ? conf->warntime_ms : conf->deadtime_ms / 2;
	memb->initdead_ms =
	    conf->initdead_ms > conf->deadtime_ms ? conf->initdead_ms : conf->deadtime_ms;
	memb->deadping_ms = conf->deadping_ms > 0 ? conf->deadping_ms : conf->deadtime_ms;
	memb->rexmit_ms = conf->max_rexmit_delay_ms > 0 ? conf->max_rexmit_delay_ms : 250;
	memb->hopfudge = conf->hopfudge;
	memb->autojoin = conf->autojoin;
	memb->manages_resources = conf->manages_resources;
	memb->merges = conf->merges;
	memb->quick_restart = conf->quick_restart;
	memb->generation = conf->generation;
	memb->style = conf->style;
	memb->random = conf->seed;
}

/* Media of one device share a link. */
static int
memb_media_take(struct memb *memb, const struct memb_conf *conf)
{
	memb->medium = calloc(conf->link_count + 1, sizeof(*memb->medium));
	if (!memb->medium)
		return -ENOMEM;
	memb->medium_count = conf->link_count;
	for (size_t i = 0; i < conf->link_count; i++) {
		struct memb_medium *medium = &memb->medium[i];
		size_t l = 0;

		if (conf->link[i].ping_node) {
			snprintf(medium->ping_node, sizeof(medium->ping_node), "%s",
			    conf->link[i].ping_node);
			continue;
		}
		while (l < memb->link_count &&
		       strcmp(memb->link_name[l], conf->link[i].name) != 0)
			l++;
		if (l == MEMB_LINK_MAX)
			return -E2BIG;
		medium->link = l;
		if (l < memb->link_count)
			continue;
		snprintf(memb->link_name[l], sizeof(memb->link_name[l]), "%s",
		    conf->link[i].name);
		memb->link_count++;
	}
	return 0;
}

static int
memb_nodes_take(struct memb *memb, const struct memb_conf *conf)
{
	for (size_t i = 0; i < conf->node_count; i++) {
		const struct memb_conf_node *c = &conf->node[i];
		struct memb_peer *peer = memb_peer_add(memb, c->name, c->type);

		if (!peer)
			return -ENOMEM;
		peer->configured = true;
		peer->node.generation = c->generation;
		if (c->has_weight)
			peer->node.weight = c->weight;
		if (c->site)
			snprintf(peer->node.site, sizeof(peer->node.site), "%s", c->site);
		if (c->has_uuid)
			memb_peer_set_uuid(memb, peer, c->uuid);
	}
	memb->self = memb_peer_find(memb, conf->self);
	if (!memb->self)
		memb->self = memb_peer_add(memb, conf->self, MEMB_NORMAL);
	if (!memb->self)
		return -ENOMEM;
	assert(memb->self->node.type == MEMB_NORMAL);
	memb_peer_set_uuid(memb, memb->self, conf->uuid);
	memb->self->node.generation = conf->generation;
	memb->self->configured = true;
	for (size_t i = 0; i < conf->deleted_count; i++)
		if (memb_deleted_add(memb, conf->deleted[i], strlen(conf->deleted[i])) <
		    0)
			return -ENOMEM;
	return 0;
}

struct memb *
memb_new(const struct memb_conf *conf, const struct memb_effects *fx, void *shell,
    struct instant now)
{
	struct memb *memb = calloc(1, sizeof(*memb));

	assert(instant_is_set(now));
	assert(fx->send && fx->arm && fx->deliver && fx->event && fx->wall && fx->load &&
	       fx->log);
	if (!memb)
		return NULL;
	memb->fx = fx;
	memb->shell = shell;
	memb->now = memb->started = now;
	memb_conf_take(memb, conf);
	memb->frame_size = MSG_WIRE_MAX;
	memb->frame = malloc(memb->frame_size);
	if (!memb->frame || memb_history_init(memb) < 0 ||
	    memb_media_take(memb, conf) < 0 || memb_nodes_take(memb, conf) < 0 ||
	    memb_own_reserve(memb) < 0) {
		memb_free(memb);
		return NULL;
	}
	return memb;
}

void
memb_free(struct memb *memb)
{
	if (!memb)
		return;
	for (size_t i = 0; i < memb->peer_count; i++) {
		memb_queue_clear(&memb->peer[i]->held);
		memb_queue_clear(&memb->peer[i]->early);
		memb_pieces_clear(&memb->peer[i]->pieces);
		free(memb->peer[i]->arrival);
		free(memb->peer[i]);
	}
	memb_history_clear(memb);
	free(memb->peer);
	free(memb->deleted);
	free(memb->medium);
	free(memb->own_store);
	free(memb->frame);
	free(memb);
}

/* For status and clients. */

size_t
memb_node_count(const struct memb *memb)
{
	return memb->peer_count;
}

const struct memb_node *
memb_node_at(const struct memb *memb, size_t i)
{
	assert(i < memb->peer_count);
	return &memb->peer[i]->node;
}

const struct memb_node *
memb_node_find(const struct memb *memb, const char *name)
{
	for (size_t i = 0; i < memb->peer_count; i++)
		if (strcasecmp(memb->peer[i]->node.name, name) == 0)
			return &memb->peer[i]->node;
	return NULL;
}

const struct memb_node *
memb_node_find_uuid(const struct memb *memb, const uint8_t uuid[16])
{
	const struct memb_peer *peer = memb_peer_find_uuid(memb, uuid);

	return peer ? &peer->node : NULL;
}

const struct memb_node *
memb_self(const struct memb *memb)
{
	return &memb->self->node;
}

bool
memb_may_merge(const struct memb *memb, const struct memb_node *node)
{
	if (!memb->merges || !(node->features & MEMB_FEAT_MERGES))
		return false;
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_peer *peer = memb->peer[i];

		if (peer != memb->self && peer->node.type == MEMB_NORMAL &&
		    memb_peer_is_live(peer) && !(peer->node.features & MEMB_FEAT_MERGES))
			return false;
	}
	return true;
}

bool
memb_is_up(const struct memb *memb)
{
	return memb->phase == PHASE_UP;
}

bool
memb_is_paused(const struct memb *memb)
{
	return memb->paused;
}

size_t
memb_deleted_count(const struct memb *memb)
{
	return memb->deleted_count;
}

const char *
memb_deleted_at(const struct memb *memb, size_t i)
{
	assert(i < memb->deleted_count);
	return memb->deleted[i];
}

const struct arrival *
memb_arrival(const struct memb_node *node, size_t link)
{
	const struct memb_peer *peer = (const struct memb_peer *)node; /* its first */

	assert(link < node->link_count);
	return &peer->arrival[link];
}

void
memb_advice(const struct memb *memb, struct arrival_advice *advice)
{
	arrival_advice_begin(advice);
	for (size_t i = 0; i < memb->peer_count; i++) {
		const struct memb_peer *peer = memb->peer[i];

		if (peer == memb->self || !memb_peer_is_live(peer))
			continue;
		for (size_t l = 0; l < peer->node.link_count; l++)
			if (peer->node.link[l].up)
				arrival_advice_add(advice, &peer->arrival[l]);
	}
	arrival_advice_end(advice, memb->keepalive_ms);
}

const struct memb_stats *
memb_stats(const struct memb *memb)
{
	return &memb->stats;
}

uint64_t
memb_seq(const struct memb *memb)
{
	return memb->seq;
}
