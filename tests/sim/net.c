/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulated network: what befalls a frame between two machines. */
#include "tests/sim/sim_private.h"

#define SIM_PACKET_MAX 1480 /* of a datagram in one IP fragment */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_datagram *
sim_datagram_new(const uint8_t *frame, size_t len)
{
	struct sim_datagram *datagram = malloc(sizeof(*datagram) + len);

	if (!datagram)
		abort();
	datagram->users = 1;
	datagram->verified = false;
	datagram->len = len;
	memcpy(datagram->bytes, frame, len);
	return datagram;
}

void
sim_datagram_unuse(struct sim_datagram *datagram)
{
	assert(datagram->users > 0);
	if (--datagram->users == 0)
		free(datagram);
}

static int64_t
sim_link_delay(struct sim *sim, const struct sim_link *link)
{
	uint64_t range = (uint64_t)(link->delay_max_us - link->delay_min_us) + 1;

	return (link->delay_min_us + (int64_t)sim_below(sim, range)) * 1000;
}

/* One copy of it to one machine over one link. */
static void
sim_carry(struct sim *sim, const struct sim_node *to, size_t l,
    struct sim_datagram *datagram)
{
	const struct sim_link *link = &sim->link[l];
	struct sim_event event = { .kind = SIM_DATAGRAM,
		.node = (uint32_t)to->index,
		.link = (uint32_t)l };

	event.when = sim->now + sim_link_delay(sim, link);
	if (sim->conf.old[to->index]) { /* looks at its input only when its timer ticks */
		int64_t tick =
		    (sim->conf.keepalive_ms < 500 ? sim->conf.keepalive_ms : 500) *
		    SIM_MS;

		event.when += tick - event.when % tick;
	}
	event.datagram = datagram;
	datagram->users++;
	if (sim_chance(sim, link->damage)) {
		event.datagram->users--;
		event.datagram = sim_datagram_new(datagram->bytes, datagram->len);
		event.datagram->bytes[sim_below(sim, datagram->len)] ^=
		    (uint8_t)(1u << sim_below(sim, 8));
	}
	sim_push(sim, event);
}

/* One fragment that is lost takes all with it. */
static bool
sim_loses(struct sim *sim, const struct sim_link *link, size_t len)
{
	bool lost = sim_chance(sim, link->loss);

	lost |= link->no_fragments && len > SIM_PACKET_MAX;

	for (size_t left = len; left > SIM_PACKET_MAX; left -= SIM_PACKET_MAX)
		lost |= sim_chance(sim, link->loss);
	return lost;
}

void
sim_transmit(struct sim *sim, struct sim_node *node, const uint8_t *frame, size_t len)
{
	struct sim_datagram *datagram = sim_datagram_new(frame, len);

	for (size_t l = 0; l < sim->conf.link_count; l++) {
		const struct sim_link *link = &sim->link[l];

		for (size_t i = 0; i < sim->conf.node_count; i++) {
			const struct sim_node *to = &sim->node[i];

			if (!to->memb || link->cut[node->index][i])
				continue;
			if (to == node) {
				if (sim->conf.loopback)
					sim_carry(sim, to, l, datagram);
				continue;
			}
			if (sim_loses(sim, link, len))
				continue;
			sim_carry(sim, to, l, datagram);
			if (sim_chance(sim, link->twice))
				sim_carry(sim, to, l, datagram);
		}
	}
	sim_datagram_unuse(datagram);
}

/* The decoder works in place and the datagram has other readers. */
void
sim_arrive(struct sim *sim, struct sim_node *node, struct instant at, size_t link,
    struct sim_datagram *datagram)
{
	static uint8_t buf[MSG_WIRE_MAX], scratch[MSG_EXPANDED_MAX];
	bool usual = node->keys == &sim->keys;
	struct msg_trust trust = { .keys =
		                       usual && datagram->verified ? NULL : node->keys };
	enum msg_drop drop;
	struct msg m;

	assert(node->memb && datagram->len <= sizeof(buf));
	sim_runs(sim, node);
	memcpy(buf, datagram->bytes, datagram->len);
	msg_init(&m, NULL, 0);
	drop = msg_decode(&m, buf, datagram->len, &trust, scratch, sizeof(scratch), NULL);
	if (usual)
		datagram->verified = drop == MSG_DROP_NONE;
	node->dropped[drop]++;
	sim->datagrams++;
	if (drop != MSG_DROP_NONE)
		return;
	sim_enter(node);
	/* As the daemon does; what was decoded is not looked at then. */
	sim->rested += at.ns < sim_clock(sim, node).ns;
	if (!memb_heard_echo(node->memb, sim_clock(sim, node), at, link, datagram->bytes,
	        datagram->len))
		memb_heard(node->memb, sim_clock(sim, node), at, link, &m);
	sim_leave(node);
	if (sim->heard)
		sim->heard(sim->conf.data, node, link, datagram->bytes, datagram->len);
}

/* Ping hosts. */

void
sim_ping(struct sim *sim, struct sim_node *node, uint64_t ts)
{
	for (size_t i = 0; i < sim->conf.ping_count; i++)
		if (sim->host_up[i] && !sim_chance(sim, sim->link[0].loss))
			sim_push(sim, (struct sim_event){ .when = sim->now + 300000,
			                  .kind = SIM_PONG,
			                  .node = (uint32_t)node->index,
			                  .life = node->life,
			                  .link = (uint32_t)i,
			                  .arg = ts });
}

void
sim_pong(struct sim *sim, struct sim_node *node, size_t host, uint64_t ts)
{
	char store[256], name[32];
	struct msg m;

	snprintf(name, sizeof(name), "10.0.0.%zu", 100 + host);
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "NS_st");
	msg_add_str(&m, "st", "ping");
	msg_add_str(&m, "info", "ping");
	msg_add_str(&m, "src", name);
	msg_add_hex(&m, "ts", ts);
	sim_enter(node);
	memb_heard(node->memb, sim_clock(sim, node), sim_clock(sim, node),
	    sim->conf.link_count + host, &m);
	sim_leave(node);
}
