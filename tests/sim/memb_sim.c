/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swarm of membership: each seed draws a cluster, a network, traffic and faults, and
 * after every step:
 *  - membership's own invariants hold (memb_check);
 *  - no message is delivered twice or out of the order of its sender, and none is left
 *    out silently: only after a death, a restart or a partition that was told, or a
 *    loss that was logged;
 *  - a frame that was already heard, damaged, or of an older life of its sender changes
 *    nothing;
 *  - where nothing but crashes and stalls happens, nobody who runs is declared dead, and
 *    the dead are in time;
 *  - nobody goes from active back to up without a new life.
 * Then the faults stop: within a bound all agree on who is on, and the last
 * message of everybody arrives.
 *
 *   memb_sim [--seeds A-B] [--seed N [--trace]]
 */
#include "tests/sim/memb_story.h"
#include "tests/sim/sim.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RING_MAX 16
#define FRAME_KEPT_MAX 1024
#define NEVER INT64_MAX

/* How bad a world a seed draws; each holds the faults of those before it. */
enum class { CRASHES, STALLS, LOSSY, CUT, EVERYTHING, CLASS_COUNT };
static const char *const class_names[] = { "crashes", "stalls", "lossy", "cut",
	"everything" };

/* What one machine has seen of another. */
struct seen {
	uint64_t generation, seq;
	uint64_t n[2];   /* last of those to all, last of those to us; 0 = none */
	bool excused[2]; /* one may be missing now: the reason was told */
	bool owed; /* one was left out; within the same step the reason must be told */
	uint64_t lost[2]; /* memb_stats.lost then */
};

struct kept {
	unsigned life; /* of the hearer */
	size_t link, len;
	uint64_t generation;
	size_t from;
	uint8_t bytes[FRAME_KEPT_MAX];
};

struct tester {
	struct seen seen[SIM_NODE_MAX];
	uint64_t n, n_to[SIM_NODE_MAX];
	struct kept ring[RING_MAX];
	size_t kept;
	uint64_t told; /* events and deliveries so far */
	uint64_t lost; /* memb_stats.lost before this step */
	int64_t booted_at, crashed_at;
	int64_t stalled_to;            /* end of its last stall */
	uint64_t active[SIM_NODE_MAX]; /* generation in which that node was seen active */
};

/* Rare ways, to see whether the seeds go them. */
enum mark {
	MARK_DEATH,
	MARK_RESTART,
	MARK_PARTITION,
	MARK_REPAIRED,
	MARK_REFUSED,
	MARK_LOST,
	MARK_PAUSED,
	MARK_STALL,
	MARK_SILENT,
	MARK_REPLAY,
	MARK_OLD_LIFE,
	MARK_DAMAGED,
	MARK_WIPED,
	MARK_BIG,
	MARK_COUNT
};
static const char *const mark_names[] = { "deaths", "restarts", "partitions", "repaired",
	"refused", "lost", "pauses", "stalls", "self-silent", "replays", "old-lives",
	"damaged", "wiped", "big" };
static uint64_t marks[MARK_COUNT];

static struct swarm {
	uint64_t seed;
	enum class class;
	struct sim *sim;
	struct tester tester[SIM_NODE_MAX];
	bool over;  /* faults have stopped */
	bool quiet; /* no more traffic */
	int64_t until;
	int64_t traffic_ms;
	bool flood; /* bursts longer than the history, so that messages are lost */
	bool failed;
} w;

static void __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!w.failed)
		printf("not ok memb_sim: seed %" PRIu64 " (%s) at %.4f: %s\n", w.seed,
		    class_names[w.class], (double)w.sim->now / 1e9, text);
	sim_note(w.sim, NULL, "VIOLATION: %s", text);
	w.failed = true;
}

static size_t
index_of(const char *name)
{
	for (size_t i = 0; i < w.sim->conf.node_count; i++)
		if (strcmp(w.sim->node[i].name, name) == 0)
			return i;
	return SIM_NODE_MAX;
}

/* Above membership. */

static void
on_booted(void *data, struct sim_node *node)
{
	struct tester *t = &w.tester[node->index];

	(void)data;
	memset(t->seen, 0, sizeof(t->seen));
	memset(t->n_to, 0, sizeof(t->n_to));
	memset(t->active, 0, sizeof(t->active));
	t->n = t->lost = 0;
	t->booted_at = w.sim->now;
}

static void
check_stream(const struct sim_node *node, struct seen *seen, size_t from, int stream,
    uint64_t n)
{
	uint64_t lost = memb_stats(node->memb)->lost;
	bool logged = lost > seen->lost[stream];
	bool excused = seen->excused[stream] || logged;

	/* What waits behind a gap is delivered just before a death or restart is told. */
	if (seen->n[stream] && n != seen->n[stream] + 1 && !seen->excused[stream] &&
	    w.class <= LOSSY && !w.flood)
		seen->owed = true;
	if (seen->n[stream] && n <= seen->n[stream])
		fail("%s: message %" PRIu64 " of %s after %" PRIu64, node->name, n,
		    w.sim->node[from].name, seen->n[stream]);
	else if (seen->n[stream] && n != seen->n[stream] + 1 && !excused)
		fail("%s: between %" PRIu64 " and %" PRIu64
		     " of %s messages are missing, silently",
		    node->name, seen->n[stream], n, w.sim->node[from].name);
	seen->n[stream] = n;
	seen->excused[stream] = false;
	seen->lost[stream] =
	    w.tester[node->index].lost; /* a loss serves the whole step */
}

static void
on_deliver(void *data, struct sim_node *node, struct msg *m, const struct memb_from *from)
{
	struct tester *t = &w.tester[node->index];
	size_t i = index_of(from->node->name);
	uint64_t seq, generation;
	struct seen *seen;
	int64_t n;

	(void)data;
	t->told++;
	if (strcmp(msg_type(m), "tst") != 0)
		return;
	if (i == SIM_NODE_MAX || msg_hex(m, "seq", &seq) < 0 ||
	    msg_hex(m, "hg", &generation) < 0 || msg_dec(m, "n", &n) < 0) {
		fail("%s: delivered a message without its fields", node->name);
		return;
	}
	seen = &t->seen[i];
	if (generation < seen->generation)
		fail("%s: a message of an older life of %s", node->name,
		    from->node->name);
	if (generation > seen->generation)
		*seen = (struct seen){ .generation = generation };
	if (seq <= seen->seq)
		fail("%s: number %" PRIu64 " of %s after %" PRIu64, node->name, seq,
		    from->node->name, seen->seq);
	seen->seq = seq;
	check_stream(node, seen, i, msg_str(m, "dest") != NULL, (uint64_t)n);
	if (msg_find(m, "data"))
		marks[MARK_BIG]++;
}

static void
check_death(const struct sim_node *node, const struct memb_event *e, size_t i)
{
	const struct sim_conf *conf = &w.sim->conf;
	const struct sim_node *peer = &w.sim->node[i];
	int64_t slack_ms =
	    60 + (conf->old[i] || conf->old[node->index] ? 2000 + conf->keepalive_ms : 0);
	int64_t age_ms;

	int64_t calm = (2 * conf->deadtime_ms + slack_ms) * SIM_MS;

	if (w.class > STALLS || e->was == MEMB_DEAD)
		return;
	if (peer->memb && w.sim->now - w.tester[i].stalled_to > calm &&
	    w.sim->now - w.tester[i].booted_at > (conf->keepalive_ms + slack_ms) * SIM_MS)
		fail("%s declares %s dead, which runs: %s", node->name, peer->name,
		    e->why);
	if (w.class != CRASHES)
		return;
	if (peer->memb || !memb_is_up(node->memb) || w.tester[i].crashed_at == 0)
		return;
	age_ms = (w.sim->now - w.tester[i].crashed_at) / SIM_MS;
	if (age_ms > conf->deadtime_ms + slack_ms &&
	    w.sim->now - w.tester[node->index].booted_at > 2 * conf->initdead_ms * SIM_MS)
		fail("%s: %s is dead since %" PRId64 " ms, deadtime %" PRId64 " (%s)",
		    node->name, peer->name, age_ms, conf->deadtime_ms, e->why);
}

static void
on_event(void *data, struct sim_node *node, const struct memb_event *e)
{
	struct tester *t = &w.tester[node->index];
	size_t i = e->node ? index_of(e->node->name) : SIM_NODE_MAX;

	(void)data;
	t->told += e->type != MEMB_EV_LINK;
	marks[MARK_RESTART] += e->type == MEMB_EV_RESTARTED;
	marks[MARK_PARTITION] += e->type == MEMB_EV_PARTITION;
	marks[MARK_PAUSED] += e->type == MEMB_EV_CLIENTS_PAUSE;
	marks[MARK_SILENT] += e->type == MEMB_EV_SELF_SILENT;
	if (!*e->why)
		fail("%s: an event without a reason", node->name);
	if (i == SIM_NODE_MAX)
		return;
	if (e->type == MEMB_EV_RESTARTED || e->type == MEMB_EV_PARTITION ||
	    (e->type == MEMB_EV_NODE && e->node->status == MEMB_DEAD)) {
		t->seen[i].excused[0] = t->seen[i].excused[1] = true;
		t->seen[i].owed = false;
	}
	if (e->type == MEMB_EV_NODE && e->node->status == MEMB_ACTIVE)
		t->active[i] = e->node->generation;
	if (e->type == MEMB_EV_NODE && e->node->status < MEMB_ACTIVE &&
	    i != node->index && e->node->generation <= t->active[i])
		fail("%s: %s is %s after it was active", node->name, e->node->name,
		    e->node->status_text);
	if (e->type == MEMB_EV_NODE && e->node->status == MEMB_DEAD) {
		marks[MARK_DEATH]++;
		check_death(node, e, i);
	}
}

/* Loss alone is always repaired. */
static void
on_stepped(void *data, struct sim_node *node)
{
	(void)data;
	w.tester[node->index].lost = memb_stats(node->memb)->lost;
	for (size_t i = 0; i < w.sim->conf.node_count; i++) {
		if (w.tester[node->index].seen[i].owed)
			fail("%s gave up messages of %s, which lives", node->name,
			    w.sim->node[i].name);
		w.tester[node->index].seen[i].owed = false;
	}
}

static const struct sim_above above = { .booted = on_booted,
	.deliver = on_deliver,
	.event = on_event,
	.stepped = on_stepped };

/* Frames that were heard, to be played again. */

static void
on_heard(void *data, struct sim_node *node, size_t link, const uint8_t *frame, size_t len)
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
	before = state_of(node);
	sim_note(sim, node, "a frame is PLAYED AGAIN");
	sim_inject(sim, node->index, kept.link, kept.bytes, kept.len);
	marks[MARK_REPLAY]++;
	if (before != state_of(node))
		fail("%s: a frame that was played again changed something", node->name);
}

/* Traffic. */

static void
send_one(struct sim *sim, size_t i)
{
	static char text[3000];
	struct tester *t = &w.tester[i];
	size_t to = sim_below(sim, sim->conf.node_count), pad = 0;
	bool all = to == i || sim_chance(sim, 6000);
	uint64_t *n = all ? &t->n : &t->n_to[to];
	int used = snprintf(text, sizeof(text), "t=tst;n=%" PRIu64, *n + 1);

	if (!all)
		used += snprintf(text + used, sizeof(text) - (size_t)used, ";dest=%s",
		    sim->node[to].name);
	if (sim_chance(sim, 200))
		pad = 1 + sim_below(sim, 2000);
	if (pad) {
		used += snprintf(text + used, sizeof(text) - (size_t)used, ";data=");
		memset(text + used, 'x', pad);
		text[(size_t)used + pad] = '\0';
	}
	if (sim->node[i].memb && memb_is_up(sim->node[i].memb)) {
		++*n; /* it is delivered here within the call */
		if (sim_send(sim, i, text, w.flood) < 0)
			--*n;
	}
}

static void
traffic(struct sim *sim, void *data, uint64_t i)
{
	uint64_t burst = sim_chance(sim, 200) ? 30 : 1 + sim_below(sim, 2);

	if (w.quiet)
		return;
	if (w.flood && !w.over && sim_chance(sim, 300))
		burst = 700;
	for (uint64_t k = 0; k < burst; k++)
		send_one(sim, i);
	sim_after(sim, 1 + (int64_t)sim_below(sim, (uint64_t)w.traffic_ms), traffic, data,
	    i);
}

/* Faults. */

static void
boot_again(struct sim *sim, void *data, uint64_t i)
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
	    boot_again, NULL, i);
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

	switch (sim_below(sim, 4)) {
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

static void
fault(struct sim *sim, void *data, uint64_t arg)
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
	sim_after(sim, 1 + (int64_t)sim_below(sim, (uint64_t)mean_ms), fault, data, arg);
}

/* One seed. */

static void
draw(struct sim_conf *conf, uint64_t seed, bool trace)
{
	static const int64_t keepalives[] = { 50, 100, 500, 1000, 2000 };
	struct sim *dice = sim_new(
	    &(struct sim_conf){ .node_count = 1, .link_count = 1, .seed = seed * 77 });

	*conf =
	    (struct sim_conf){ .node_count =
		                   sim_chance(dice, 5000) ? 2 : 2 + sim_below(dice, 4),
		    .link_count = 1 + sim_below(dice, 3),
		    .ping_count = sim_below(dice, 2),
		    .keepalive_ms = keepalives[sim_below(dice, 5)],
		    .loopback = sim_chance(dice, 5000),
		    .manages_resources = sim_chance(dice, 5000),
		    .above = &above,
		    .seed = seed,
		    .trace = trace };
	conf->deadtime_ms = conf->keepalive_ms * (int64_t)(4 + sim_below(dice, 8));
	conf->warntime_ms = conf->deadtime_ms / 2;
	conf->initdead_ms = conf->deadtime_ms * (int64_t)(1 + sim_below(dice, 3));
	for (size_t i = 0; i < conf->node_count; i++)
		conf->old[i] = sim_chance(dice, 1500);
	w.class = (enum class)sim_below(dice, CLASS_COUNT);
	w.traffic_ms = conf->keepalive_ms * (int64_t)(2 + sim_below(dice, 8));
	w.flood = sim_chance(dice, 300);
	sim_free(dice);
}

static void
draw_network(struct sim *sim)
{
	for (size_t l = 0; l < sim->conf.link_count; l++) {
		struct sim_link *link = &sim->link[l];

		link->delay_min_us = (int64_t)sim_below(sim, 1000);
		link->delay_max_us =
		    link->delay_min_us +
		    (int64_t)sim_below(sim, sim_chance(sim, 3000) ? 30000 : 500);
		if (w.class <= STALLS)
			continue;
		link->loss = (unsigned)sim_below(sim, w.class == LOSSY ? 2000 : 5000);
		link->twice = sim_chance(sim, 5000) ? (unsigned)sim_below(sim, 2000) : 0;
		link->damage = sim_chance(sim, 5000) ? (unsigned)sim_below(sim, 500) : 0;
	}
}

static void
take_marks(struct sim *sim)
{
	for (size_t i = 0; i < sim->conf.node_count; i++) {
		const struct memb_stats *stats;

		for (int drop = MSG_DROP_NONE + 1; drop < MSG_DROP_COUNT; drop++)
			marks[MARK_DAMAGED] += sim->node[i].dropped[drop];
		if (!sim->node[i].memb)
			continue;
		stats = memb_stats(sim->node[i].memb);
		marks[MARK_REPAIRED] += stats->resent;
		marks[MARK_REFUSED] += stats->naks_received;
		marks[MARK_LOST] += stats->lost;
		marks[MARK_STALL] += stats->stalls;
	}
}

/* Everybody's last message has come to everybody. */
static void
check_complete(struct sim *sim)
{
	for (size_t from = 0; from < sim->conf.node_count; from++)
		for (size_t to = 0; to < sim->conf.node_count; to++) {
			const struct seen *seen = &w.tester[to].seen[from];

			if (!sim->node[from].memb || !sim->node[to].memb)
				continue;
			if (seen->generation != sim->node[from].generation ||
			    seen->n[0] != w.tester[from].n)
				fail("%s has not got the last message of %s: %" PRIu64
				     " of %" PRIu64,
				    sim->node[to].name, sim->node[from].name, seen->n[0],
				    w.tester[from].n);
		}
}

static void
calm_down(struct sim *sim)
{
	int64_t bound_ms = 2 * sim->conf.initdead_ms + 4 * sim->conf.deadtime_ms + 8000;
	uint64_t told[SIM_NODE_MAX];

	sim_heal(sim);
	for (size_t i = 0; i < sim->conf.node_count; i++)
		if (sim_chance(sim, 7000))
			boot_again(sim, NULL, i);
	w.over = true;
	if (!sim_run_until(sim, sim_settled, bound_ms)) {
		fail("no agreement %" PRId64 " ms after the faults stopped", bound_ms);
		return;
	}
	/* Whatever was still being repaired ends now; nobody may be unsure any more. */
	sim_run(sim, 2 * sim->conf.deadtime_ms + 2000);
	w.quiet = true;
	sim_run(sim, w.traffic_ms + 1500);
	for (size_t i = 0; i < sim->conf.node_count; i++)
		told[i] = w.tester[i].told;
	sim_run(sim, 10 * sim->conf.keepalive_ms);
	for (size_t i = 0; i < sim->conf.node_count; i++)
		if (told[i] != w.tester[i].told)
			fail("%s is still telling news", sim->node[i].name);
	if (!sim_settled(sim))
		fail("they do not agree any more");
	for (size_t i = 0; i < sim->conf.node_count; i++) {
		char text[64];

		snprintf(text, sizeof(text), "t=tst;n=%" PRIu64, ++w.tester[i].n);
		if (sim->node[i].memb && sim_send(sim, i, text, true) < 0)
			fail("%s cannot send", sim->node[i].name);
	}
	sim_run(sim, 1000 + 2 * sim->conf.keepalive_ms);
	check_complete(sim);
}

static int64_t
run_seed(uint64_t seed, bool trace)
{
	struct sim_conf conf;
	struct sim *sim;
	int64_t passed;

	memset(&w, 0, sizeof(w));
	w.seed = seed;
	draw(&conf, seed, trace);
	w.sim = sim = sim_new(&conf);
	sim->heard = on_heard;
	draw_network(sim);
	sim_note(sim, NULL,
	    "seed %" PRIu64 ": %s, %zu nodes, %zu links, keepalive %" PRId64
	    ", deadtime %" PRId64 ", initdead %" PRId64,
	    seed, class_names[w.class], conf.node_count, conf.link_count,
	    conf.keepalive_ms, conf.deadtime_ms, conf.initdead_ms);
	for (size_t i = 0; i < conf.node_count; i++) {
		sim_after(sim, (int64_t)sim_below(sim, (uint64_t)conf.initdead_ms * 2),
		    boot_again, NULL, i);
		sim_after(sim, (int64_t)sim_below(sim, 1000), traffic, NULL, i);
	}
	sim_after(sim, conf.initdead_ms, fault, NULL, 0);
	sim_run(sim, conf.keepalive_ms * 150);
	if (!w.failed)
		calm_down(sim);
	take_marks(sim);
	if (trace)
		sim_print_trace(sim, STDOUT_FILENO);
	passed = sim->now;
	sim_free(sim);
	return passed;
}

static void
on_abort(int signo)
{
	char text[100];
	int n = snprintf(text, sizeof(text),
	    "not ok memb_sim: seed %" PRIu64 ": signal %d\n", w.seed, signo);

	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(2);
	if (w.sim)
		sim_print_trace(w.sim, STDOUT_FILENO);
	_exit(1);
}

static void
print_marks(double virtual_s, double real_s)
{
	printf("# memb_sim: %.1f cluster-hours in %.1f s: %.0f a minute; marks:",
	    virtual_s / 3600, real_s, virtual_s / 60 / real_s);
	for (size_t i = 0; i < MARK_COUNT; i++)
		printf(" %s %" PRIu64, mark_names[i], marks[i]);
	printf("\n");
}

int
main(int argc, char **argv)
{
	uint64_t from = 1, to = 1500;
	bool trace = false;
	double virtual_s = 0;
	struct timespec begin, end;
	unsigned failed = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0) {
			trace = true;
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			from = to = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc &&
		           sscanf(argv[i + 1], "%" SCNu64 "-%" SCNu64, &from, &to) == 2) {
			i++;
		} else {
			fprintf(stderr,
			    "usage: memb_sim [--seeds A-B] [--seed N [--trace]]\n");
			return 2;
		}
	}
	signal(SIGABRT, on_abort);
	if (from != to)
		failed += (unsigned)memb_stories();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (uint64_t seed = from; seed <= to && failed < 20; seed++) {
		virtual_s += (double)run_seed(seed, trace) / 1e9;
		failed += w.failed;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_marks(virtual_s, (double)(end.tv_sec - begin.tv_sec) +
	                           (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	for (size_t i = 0; i < MARK_COUNT && to - from >= 1000; i++) {
		if (marks[i] == 0)
			printf("not ok memb_sim/mark-%s: no seed went that way\n",
			    mark_names[i]);
		failed += marks[i] == 0;
	}
	if (failed == 0)
		printf("ok memb_sim/seeds-%" PRIu64 "-%" PRIu64 "\n", from, to);
	else
		printf("# replay: memb_sim --seed N --trace\n");
	return failed ? 1 : 0;
}
