/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What befalls a membership swarm: memb_traffic, faults, and frames that are played
 * again. */
#include "tests/sim/memb_swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Frames that were heard, to be played again. */

void
memb_frame_heard(void *data, struct sim_node *node, size_t link, const uint8_t *frame,
    size_t len)
{
	struct tester *t = &w.tester[node->index];
	struct kept *kept;

	(void)data;
	if (len > FRAME_KEPT_MAX || sim_random(w.sim) % 8 != 0)
		return;
	kept = &t->ring[t->kept++ % RING_MAX];
	kept->life = node->life;
	kept->link = link;
	kept->len = len;
	memcpy(kept->bytes, frame, len);
}

static uint64_t
mix(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3u;
	return hash;
}

/* All that a message may change, except links and counters. */
static uint64_t
state_of(const struct sim_node *node)
{
	uint64_t hash = w.tester[node->index].told;

	for (size_t i = 0; i < memb_node_count(node->memb); i++) {
		const struct memb_node *n = memb_node_at(node->memb, i);

		hash = mix(hash, n->name, strlen(n->name));
		hash = mix(hash, n->status_text, strlen(n->status_text));
		hash = mix(hash, &n->status, sizeof(n->status));
		hash = mix(hash, &n->generation, sizeof(n->generation));
		hash = mix(hash, &n->seq_seen, sizeof(n->seq_seen));
		hash = mix(hash, &n->dead_ms, sizeof(n->dead_ms));
		hash = mix(hash, &n->features, sizeof(n->features));
		hash = mix(hash, &n->heard, sizeof(n->heard));
		hash = mix(hash, n->uuid, sizeof(n->uuid));
	}
	return hash;
}

/* Must this frame change nothing?  Those of the present life of the hearer were heard
 * already; others only if they are of a life of the sender that is over. */
static bool
is_stale(const struct sim_node *node, const struct kept *kept)
{
	static uint8_t copy[FRAME_KEPT_MAX];
	struct msg_trust trust = { .keys = NULL };
	const struct memb_node *from;
	uint64_t generation;
	struct msg m;

	if (kept->life == node->life)
		return true;
	memcpy(copy, kept->bytes, kept->len);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, copy, kept->len, &trust, NULL, 0, NULL) != MSG_DROP_NONE ||
	    !msg_str(&m, "src") || msg_hex(&m, "hg", &generation) < 0)
		return false;
	from = memb_node_find(node->memb, msg_str(&m, "src"));
	if (!from || generation >= from->generation)
		return false;
	marks[MARK_OLD_LIFE]++;
	return true;
}

static void
replay(struct sim *sim)
{
	struct sim_node *node = &sim->node[sim_below(sim, sim->conf.node_count)];
	struct tester *t = &w.tester[node->index];
	struct kept kept;
	uint64_t before;
	bool stale;

	if (!node->memb || node->stalled_until || t->kept == 0)
		return;
	kept = t->ring[sim_below(sim, t->kept < RING_MAX ? t->kept : RING_MAX)];
	stale = is_stale(node, &kept);
	if (!stale)
		return;
	if (sim_chance(sim, 2000)) /* damaged besides */
		kept.bytes[sim_below(sim, kept.len)] ^=
		    (uint8_t)(1u << sim_below(sim, 8));
	sim_drain(sim, node->index);
	before = state_of(node);
	sim_note(sim, node, "a frame is PLAYED AGAIN");
	sim_inject(sim, node->index, kept.link, kept.bytes, kept.len);
	marks[MARK_REPLAY]++;
	if (before != state_of(node))
		memb_fail("%s: a frame that was played again changed something",
		    node->name);
}

/* Traffic. */

/* Then long messages leave in pieces. */
static bool
all_are_new(const struct sim *sim)
{
	for (size_t i = 0; i < sim->conf.node_count; i++)
		if (sim->conf.old[i])
			return false;
	return true;
}

static void
send_one(struct sim *sim, size_t i)
{
	static char text[25000];
	struct tester *t = &w.tester[i];
	size_t to = sim_below(sim, sim->conf.node_count), pad = 0;
	bool all = to == i || sim_chance(sim, 6000);
	uint64_t *n = all ? &t->n : &t->n_to[to];
	int used = snprintf(text, sizeof(text), "t=tst;n=%" PRIu64, *n + 1);

	if (!all)
		used += snprintf(text + used, sizeof(text) - (size_t)used, ";dest=%s",
		    sim->node[to].name);
	if (sim_chance(sim, 100))
		pad = 1 + sim_below(sim,
		              all_are_new(sim) && sim_chance(sim, 2000) ? 20000 : 2000);
	if (pad) {
		used += snprintf(text + used, sizeof(text) - (size_t)used,
		    ";len=%zu;data=", pad);
		memset(text + used, 'a' + (int)((*n + 1) % 26), pad);
		text[(size_t)used + pad] = '\0';
	}
	if (sim->node[i].memb && memb_is_up(sim->node[i].memb)) {
		++*n; /* it is delivered here within the call */
		if (sim_send(sim, i, text, w.flood) < 0)
			--*n;
	}
}

void
memb_traffic(struct sim *sim, void *data, uint64_t i)
{
	uint64_t burst = sim_chance(sim, 200) ? 30 : 1 + sim_below(sim, 2);

	if (w.quiet)
		return;
	if (w.flood && !w.over && sim_chance(sim, 200))
		burst = MEMB_HISTORY_MAX + 200; /* more than can be asked for */
	for (uint64_t k = 0; k < burst; k++)
		send_one(sim, i);
	sim_after(sim, 1 + (int64_t)sim_below(sim, (uint64_t)w.traffic_ms), memb_traffic,
	    data, i);
}

/* Faults. */

void
memb_boot_again(struct sim *sim, void *data, uint64_t i)
{
	(void)data;
	if (!sim->node[i].memb && !w.over)
		sim_boot(sim, i);
}

static void
fault_crash(struct sim *sim)
{
	size_t i = sim_below(sim, sim->conf.node_count);
	bool wipe = sim_chance(sim, 1500);

	if (!sim->node[i].memb)
		return;
	w.tester[i].crashed_at = sim->now;
	marks[MARK_WIPED] += wipe;
	sim_crash(sim, i, wipe);
	/* Sometimes back before anybody noticed. */
	sim_after(sim, (int64_t)sim_below(sim, (uint64_t)(sim->conf.deadtime_ms * 3)),
	    memb_boot_again, NULL, i);
}

static void
fault_cut(struct sim *sim)
{
	size_t from = sim_below(sim, sim->conf.node_count),
	       to = sim_below(sim, sim->conf.node_count);
	bool cut = sim_chance(sim, 6000), both = sim_chance(sim, 6000),
	     every = sim_chance(sim, 5000);
	size_t one = sim_below(sim, sim->conf.link_count);

	for (size_t l = 0; l < sim->conf.link_count; l++) {
		if (!every && l != one)
			continue;
		sim_cut(sim, from, to, l, cut);
		if (both)
			sim_cut(sim, to, from, l, cut);
	}
}

static void
fault_stall(struct sim *sim)
{
	size_t i = sim_below(sim, sim->conf.node_count);
	int64_t ms = 1 + (int64_t)sim_below(sim, (uint64_t)sim->conf.deadtime_ms * 3);

	/* Not again before it had the time to hear anybody. */
	if (!sim->node[i].memb ||
	    sim->now < w.tester[i].stalled_to + 3 * sim->conf.keepalive_ms * SIM_MS)
		return;
	w.tester[i].stalled_to = sim->now + ms * SIM_MS;
	sim_stall(sim, i, ms, sim_chance(sim, 5000));
}

static void
fault_any(struct sim *sim)
{
	size_t i = sim_below(sim, sim->conf.node_count);

	switch (sim_below(sim, 5)) {
	case 4:
		if (all_are_new(sim))
			sim->link[sim_below(sim, sim->conf.link_count)].no_fragments ^=
			    true;
		break;
	case 0:
		fault_stall(sim);
		break;
	case 1:
		sim->node[i].wall_skew_s = (int64_t)sim_below(sim, 20000) - 10000;
		sim_note(sim, &sim->node[i], "its clock JUMPS");
		break;
	case 2:
		sim->link[sim_below(sim, sim->conf.link_count)].loss =
		    (unsigned)sim_below(sim, 9000);
		break;
	default:
		sim->host_up[0] = !sim->host_up[0];
		break;
	}
}

void
memb_fault(struct sim *sim, void *data, uint64_t arg)
{
	int64_t mean_ms = sim->conf.keepalive_ms * 12;

	if (w.over)
		return;
	for (int i = 0; i < 3; i++)
		replay(sim);
	if (w.class >= CUT && sim_chance(sim, 6000))
		fault_cut(sim);
	else if (w.class == EVERYTHING && sim_chance(sim, 5000))
		fault_any(sim);
	else if (w.class == STALLS && sim_chance(sim, 4000))
		fault_stall(sim);
	else if (sim_chance(sim, 3000))
		fault_crash(sim);
	sim_after(sim, 1 + (int64_t)sim_below(sim, (uint64_t)mean_ms), memb_fault, data,
	    arg);
}
