/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold after each step of a membership swarm. */
#include "tests/sim/memb_swarm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const class_names[] = { "crashes", "stalls", "lossy", "cut", "everything" };

void
memb_fail(const char *format, ...)
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
	bool logged = lost > seen->lost[stream] || seen->gap[stream];
	bool excused = seen->excused[stream] || logged;

	/* What waits behind a gap is delivered just before a death or restart is told. */
	if (seen->n[stream] && n != seen->n[stream] + 1 && !seen->excused[stream] &&
	    w.class <= LOSSY && !w.flood)
		seen->owed = true;
	if (seen->n[stream] && n <= seen->n[stream])
		memb_fail("%s: message %" PRIu64 " of %s after %" PRIu64, node->name, n,
		    w.sim->node[from].name, seen->n[stream]);
	else if (seen->n[stream] && n != seen->n[stream] + 1 && !excused)
		memb_fail("%s: between %" PRIu64 " and %" PRIu64
		          " of %s messages are missing, silently",
		    node->name, seen->n[stream], n, w.sim->node[from].name);
	seen->n[stream] = n;
	seen->excused[stream] = seen->gap[stream] = false;
	seen->lost[stream] =
	    w.tester[node->index].lost; /* a loss serves the whole step */
}

static void
check_data(const struct sim_node *node, const struct msg *m, uint64_t n)
{
	const char *data = msg_str(m, "data");
	int64_t len;

	if (!data)
		return;
	marks[MARK_BIG]++;
	marks[MARK_PIECES] += strlen(data) > 2000;
	if (msg_dec(m, "len", &len) < 0 || strlen(data) != (size_t)len ||
	    strspn(data, (char[]){ (char)('a' + (int)(n % 26)), '\0' }) != (size_t)len)
		memb_fail("%s: message %" PRIu64 " was changed on its way", node->name,
		    n);
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
		memb_fail("%s: delivered a message without its fields", node->name);
		return;
	}
	seen = &t->seen[i];
	if (generation < seen->generation)
		memb_fail("%s: a message of an older life of %s", node->name,
		    from->node->name);
	if (generation > seen->generation)
		*seen = (struct seen){ .generation = generation };
	if (seq <= seen->seq)
		memb_fail("%s: number %" PRIu64 " of %s after %" PRIu64, node->name, seq,
		    from->node->name, seen->seq);
	seen->seq = seq;
	check_stream(node, seen, i, msg_str(m, "dest") != NULL, (uint64_t)n);
	check_data(node, m, (uint64_t)n);
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
		memb_fail("%s declares %s dead, which runs: %s", node->name, peer->name,
		    e->why);
	if (w.class != CRASHES)
		return;
	if (peer->memb || !memb_is_up(node->memb) || w.tester[i].crashed_at == 0)
		return;
	age_ms = (w.sim->now - w.tester[i].crashed_at) / SIM_MS;
	if (age_ms > conf->deadtime_ms + slack_ms &&
	    w.sim->now - w.tester[node->index].booted_at > 2 * conf->initdead_ms * SIM_MS)
		memb_fail("%s: %s is dead since %" PRId64 " ms, deadtime %" PRId64
		          " (%s)",
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
		memb_fail("%s: an event without a reason", node->name);
	if (i == SIM_NODE_MAX)
		return;
	if (e->type == MEMB_EV_RESTARTED || e->type == MEMB_EV_PARTITION ||
	    (e->type == MEMB_EV_NODE && e->node->status == MEMB_DEAD)) {
		t->seen[i].excused[0] = t->seen[i].excused[1] = true;
		t->seen[i].owed = false;
	}
	if (e->type == MEMB_EV_LOST)
		t->seen[i].gap[0] = t->seen[i].gap[1] = true;
	if (e->type == MEMB_EV_NODE && e->node->status == MEMB_ACTIVE)
		t->active[i] = e->node->generation;
	if (e->type == MEMB_EV_NODE && e->node->status < MEMB_ACTIVE &&
	    i != node->index && e->node->generation <= t->active[i])
		memb_fail("%s: %s is %s after it was active", node->name, e->node->name,
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
			memb_fail("%s gave up messages of %s, which lives", node->name,
			    w.sim->node[i].name);
		w.tester[node->index].seen[i].owed = false;
	}
}

const struct sim_above memb_watch = { .booted = on_booted,
	.deliver = on_deliver,
	.event = on_event,
	.stepped = on_stepped };

void
memb_check_complete(struct sim *sim)
{
	for (size_t from = 0; from < sim->conf.node_count; from++)
		for (size_t to = 0; to < sim->conf.node_count; to++) {
			const struct seen *seen = &w.tester[to].seen[from];

			if (!sim->node[from].memb || !sim->node[to].memb)
				continue;
			if (seen->generation != sim->node[from].generation ||
			    seen->n[0] != w.tester[from].n)
				memb_fail("%s has not got the last message of %s: "
				          "%" PRIu64 " of %" PRIu64,
				    sim->node[to].name, sim->node[from].name, seen->n[0],
				    w.tester[from].n);
		}
}
