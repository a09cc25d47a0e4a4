/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold for whole nodes, whatever happens.
 *
 * Two machines are *whole* while there is a link that works in both directions, their
 * keys are the same, both run, and neither lost its daemon with resources left behind.  A
 * link that loses datagrams counts, until it made one of the two take the other for dead.
 *
 *  1. A start script begins only where no resource of its group may be active (from the
 * first moment of a start to the end of a good stop) on another machine.  There is no
 * window for a hand-over.  The only excuse: the two are not whole, or are so for less
 * than the grace (the longest deadtime, two heartbeats and the network's delay): then
 * they cannot know better.
 *  2. With a fencing device that is no excuse: the other machine must have been reset
 * before. The only one is a device that lied.
 *  3. What runs twice because of 1 is over, when the two are whole again, after the
 * grace, the pause before a restart, and the time of the stop scripts.
 *  4. Nobody is declared dead over a link that works without loss, and nobody believes to
 * have stood still who did not.
 *  5. When the trouble is over, all agree who lives and every group whose scripts never
 * fail runs exactly once, and it stays so.
 */
#include "tests/sim/node_swarm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RESTART_MS                                                                       \
	5000 /* until a healed partition is noticed and 2 s of pause are over */
#define REQUEST_MS 10000 /* in legacy mode a question that was lost is asked again */
#define LOOK_MS 250      /* how often rule 3 looks */

const char *const node_mark_names[MARK_COUNT] = {
	[MARK_CRASH] = "machine crashed",
	[MARK_CRASH_DURING_SCRIPT] = "machine crashed during a script",
	[MARK_WIPE] = "disk lost",
	[MARK_KILL] = "daemon killed",
	[MARK_STOP] = "stop",
	[MARK_START] = "start",
	[MARK_STANDBY] = "standby",
	[MARK_STANDBY_REFUSED] = "standby refused",
	[MARK_TAKEOVER] = "takeover",
	[MARK_RELOAD] = "reload",
	[MARK_CUT] = "cut",
	[MARK_CUT_ONE_WAY] = "cut one way",
	[MARK_FREEZE] = "freeze",
	[MARK_SUSPEND] = "suspend",
	[MARK_KEYS] = "wrong keys",
	[MARK_FALSE_DEATH] = "living node declared dead",
	[MARK_DEATH] = "death",
	[MARK_RESTART] = "restart seen",
	[MARK_PARTITION] = "partition healed",
	[MARK_SELF_SILENT] = "own silence noticed by membership",
	[MARK_OVERSLEPT] = "own absence noticed by the boot clock",
	[MARK_LOST] = "messages lost for good",
	[MARK_CORE_RESTART] = "restart to give everything up",
	[MARK_REBOOT] = "reboot or reset",
	[MARK_FENCED] = "fenced",
	[MARK_FENCE_FAILED] = "fencing failed",
	[MARK_FENCE_LIED] = "fencing lied",
	[MARK_FENCE_LIE_FOUND] = "fencing lied, and was found out",
	[MARK_FENCE_DELAYED] = "fencing delayed",
	[MARK_FENCE_GIVEN_UP] = "fencing given up",
	[MARK_FENCE_BY_OTHER] = "fenced by another node",
	[MARK_CONFIRMED] = "fencing confirmed by a person",
	[MARK_SELF_FENCED] = "declared fenced, and ends itself",
	[MARK_START_FAILED] = "start failed",
	[MARK_STOP_FAILED] = "stop failed",
	[MARK_SCRIPT_HANGS] = "script hangs",
	[MARK_SCRIPT_KILLED] = "script killed",
	[MARK_DOUBLE_EXCUSED] = "started twice, excused",
	[MARK_HANDED_OVER] = "handed over",
	[MARK_CANCELLED] = "hand-over cancelled",
	[MARK_NEGLECTED] = "neglected set taken",
	[MARK_CONFLICT] = "both machines own",
	[MARK_FAILED_SET_GIVEN] = "set given away after a failed start",
	[MARK_REPLAY] = "replayed frame",
	[MARK_FORGED] = "forged frame",
};

void
node_fail(struct node_swarm *s, const char *format, ...)
{
	va_list args;
	int n;

	if (s->failure[0])
		return;
	n = snprintf(s->failure, sizeof(s->failure),
	    "at %.4f: ", (double)s->c.sim->now / 1e9);
	va_start(args, format);
	vsnprintf(s->failure + n, sizeof(s->failure) - (size_t)n, format, args);
	va_end(args);
	sim_note(s->c.sim, NULL, "VIOLATION: %s", s->failure);
}

/* Who can hear whom. */

enum whole { APART, WEAK, WHOLE };

static enum whole
how_whole(const struct node_swarm *s, size_t a, size_t b)
{
	const struct sim *sim = s->c.sim;
	const struct sim_node *na = &sim->node[a], *nb = &sim->node[b];
	enum whole best = APART;

	if (na->keys != nb->keys || na->stalled_until || nb->stalled_until ||
	    s->watcher[a].unmanaged || s->watcher[b].unmanaged)
		return APART;
	for (size_t l = 0; l < sim->conf.link_count; l++) {
		const struct sim_link *link = &sim->link[l];

		if (link->cut[a][b] || link->cut[b][a])
			continue;
		if (link->loss == 0 && link->damage == 0)
			return WHOLE;
		best = WEAK;
	}
	return best;
}

static bool
are_whole_for(const struct node_swarm *s, size_t a, size_t b, int64_t ms)
{
	int64_t since = s->whole_since[a][b];

	return since >= 0 && s->c.sim->now - since > ms * SIM_MS;
}

static bool
are_good_for(const struct node_swarm *s, size_t a, size_t b, int64_t ms)
{
	int64_t since = s->good_since[a > b ? a : b][a > b ? b : a];

	return s->c.sim->now - since > ms * SIM_MS;
}

static void
set_whole(struct node_swarm *s, size_t a, size_t b, int64_t since)
{
	s->whole_since[a][b] = s->whole_since[b][a] = since;
}

static bool
has_anything(const struct node_swarm *s, size_t node)
{
	for (size_t g = 0; g < s->c.world.groups.count; g++)
		if (world_touches(&s->c.world, node, g))
			return true;
	return false;
}

void
node_rules_step(struct node_swarm *s)
{
	for (size_t a = 0; a < s->c.conf.node_count; a++) {
		if (s->watcher[a].unmanaged && !has_anything(s, a))
			s->watcher[a].unmanaged = false;
		for (size_t b = 0; b < a; b++) {
			enum whole whole = how_whole(s, a, b);

			if (whole == APART)
				set_whole(s, a, b, -1);
			else if (s->whole_since[a][b] < 0)
				set_whole(s, a, b, s->c.sim->now);
			if (whole != WHOLE)
				s->good_since[a][b] = s->c.sim->now;
		}
	}
}

/* 1 and 2. */

static bool
is_excused(struct node_swarm *s, size_t starter, size_t other)
{
	if (s->c.conf.can_fence)
		return s->watcher[other].lied || s->watcher[starter].lied;
	/* What is repaired again and again comes late. */
	return !are_whole_for(s, starter, other,
	    are_good_for(s, starter, other, s->grace_ms) ? s->grace_ms : 4 * s->grace_ms);
}

static void
seen(void *data, const struct world_run *run, bool ended)
{
	struct node_swarm *s = data;
	const struct world *w = &s->c.world;
	size_t group = w->resource[run->resource].group;

	if (ended && run->plan.code < 0)
		s->mark[MARK_SCRIPT_KILLED]++;
	if (ended || run->op != RSC_START)
		return;
	node_rules_step(s); /* what happened at this very moment counts */
	for (size_t i = 0; i < w->node_count; i++) {
		if (i == run->node || !world_touches(w, i, group))
			continue;
		if (is_excused(s, run->node, i)) {
			s->mark[MARK_DOUBLE_EXCUSED]++;
			continue;
		}
		node_fail(s, "%s starts %s while its group may be active on %s",
		    s->c.node[run->node].sim->name, w->resource[run->resource].word,
		    s->c.node[i].sim->name);
	}
}

static void
on_fenced(void *data, struct cluster_node *n, size_t target, enum rsc_fence_result result,
    bool was_reset)
{
	struct node_swarm *s = data;

	(void)n;
	if (result != RSC_FENCE_OK) {
		s->mark[MARK_FENCE_FAILED]++;
	} else if (!was_reset) {
		s->mark[MARK_FENCE_LIED]++;
		s->watcher[target].lied = true;
	} else {
		s->mark[MARK_FENCED]++;
	}
}

/* 3. */

static bool
is_troubled(const struct node_swarm *s, size_t node, int64_t since_ms)
{
	return s->watcher[node].troubled > s->c.sim->now - since_ms * SIM_MS;
}

static void
look(struct sim *sim, void *data, uint64_t arg)
{
	struct node_swarm *s = data;
	const struct world *w = &s->c.world;
	bool legacy = s->c.conf.failback[0] == FAILBACK_LEGACY;
	int64_t bound_ms =
	    s->grace_ms + RESTART_MS + s->release_ms + (legacy ? REQUEST_MS : 0);

	for (size_t g = 0; g < w->groups.count; g++)
		for (size_t a = 0; a < w->node_count; a++)
			for (size_t b = 0; b < a && world_touches(w, a, g); b++)
				if (world_touches(w, b, g) &&
				    are_whole_for(s, a, b, bound_ms) &&
				    !is_troubled(s, a, bound_ms) &&
				    !is_troubled(s, b, bound_ms))
					node_fail(s,
					    "group %s may be active on %s and %s, which "
					    "hear each "
					    "other for more than %lld ms",
					    w->groups.group[g].key,
					    s->c.node[a].sim->name,
					    s->c.node[b].sim->name, (long long)bound_ms);
	sim_after(sim, LOOK_MS, look, s, arg);
}

/* 4. */

static size_t
index_of(const struct node_swarm *s, const char *name)
{
	size_t i = 0;

	while (i < s->c.conf.node_count && strcmp(s->c.node[i].sim->name, name) != 0)
		i++;
	return i;
}

static void
on_death(struct node_swarm *s, const struct cluster_node *n, size_t other,
    const char *why)
{
	const struct cluster_node *o = &s->c.node[other];

	if (o->life == CLUSTER_OFF || o->life == CLUSTER_PAUSE) {
		s->mark[MARK_DEATH]++;
		return;
	}
	s->mark[MARK_FALSE_DEATH]++;
	node_rules_step(s);
	if (are_good_for(s, n->index, other, s->grace_ms) && !o->sim->silent &&
	    s->c.sim->now - s->watcher[other].booted > s->grace_ms * SIM_MS &&
	    s->c.sim->now - o->turned < s->grace_ms * SIM_MS)
		node_fail(s, "%s declares %s dead, which it can hear: %s", n->sim->name,
		    o->sim->name, why);
	else if (s->whole_since[n->index][other] >= 0)
		set_whole(s, n->index, other, s->c.sim->now);
}

static void
on_event(void *data, struct cluster_node *n, const struct memb_event *event)
{
	struct node_swarm *s = data;
	struct watcher *w = &s->watcher[n->index];
	size_t i = event->node ? index_of(s, event->node->name) : CLUSTER_NODE_MAX;
	bool dead = event->type == MEMB_EV_NODE && event->node->status == MEMB_DEAD;

	w->told += event->type != MEMB_EV_LINK; /* the newest frame proves a link again */
	s->mark[MARK_RESTART] += event->type == MEMB_EV_RESTARTED;
	s->mark[MARK_PARTITION] += event->type == MEMB_EV_PARTITION;
	s->mark[MARK_SELF_SILENT] += event->type == MEMB_EV_SELF_SILENT;
	s->mark[MARK_LOST] += event->type == MEMB_EV_LOST;
	if (i >= s->c.conf.node_count)
		return;
	if (event->type == MEMB_EV_RESTARTED || event->type == MEMB_EV_PARTITION ||
	    event->type == MEMB_EV_LOST || dead)
		w->stream[i].excused = true;
	if (dead && event->was != MEMB_DEAD)
		on_death(s, n, i, event->why);
}

/* Marks. */

static void
on_log(void *data, struct cluster_node *n, int priority, const char *text)
{
	static const struct {
		const char *text;
		enum mark mark;
	} marks[] = {
		{ "Other node completed standby takeover", MARK_HANDED_OVER },
		{ "Cancelling pending standby", MARK_CANCELLED },
		{ "No one owns the resources of", MARK_NEGLECTED },
		{ "Both machines own", MARK_CONFLICT },
		{ "This node stood still", MARK_OVERSLEPT },
		{ "too many", MARK_COUNT },
	};
	static const struct {
		const char *part;
		enum mark mark;
	} parts[] = {
		{ "did not start here: handing over", MARK_FAILED_SET_GIVEN },
		{ " lives, although ", MARK_FENCE_LIE_FOUND },
		{ " is reset in ", MARK_FENCE_DELAYED },
		{ " is not reset any more: it is heard", MARK_FENCE_GIVEN_UP },
		{ " is not reset any more: another node", MARK_FENCE_BY_OTHER },
		{ ": it must not run on both", MARK_SELF_FENCED },
	};
	struct node_swarm *s = data;

	(void)n;
	(void)priority;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		s->mark[parts[i].mark] += strstr(text, parts[i].part) != NULL;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strncmp(text, marks[i].text, strlen(marks[i].text)) != 0)
			continue;
		if (marks[i].mark == MARK_COUNT)
			node_fail(s, "%s: %s", n->sim->name, text);
		else
			s->mark[marks[i].mark]++;
	}
}

static void
on_told(void *data, struct cluster_node *n, const struct rsc_event *event)
{
	struct node_swarm *s = data;

	(void)n;
	s->mark[MARK_CORE_RESTART] += event->type == RSC_EV_RESTART;
}

static void
on_booted(void *data, struct cluster_node *n)
{
	struct node_swarm *s = data;
	struct watcher *w = &s->watcher[n->index];

	memset(w->stream, 0, sizeof(w->stream));
	w->sent = w->lost = w->stalls = 0;
	w->booted = s->c.sim->now;
}

static void
on_deliver(void *data, struct cluster_node *n, struct msg *m,
    const struct memb_from *from)
{
	struct node_swarm *s = data;

	s->watcher[n->index].told++;
	node_on_message(s, n, m, from);
}

static void
on_stepped(void *data, struct cluster_node *n)
{
	struct node_swarm *s = data;
	struct watcher *w = &s->watcher[n->index];
	const struct memb_stats *stats = memb_stats(n->sim->memb);

	if (w->unmanaged && memb_is_up(n->sim->memb) && rsc_is_idle(n->rsc))
		w->unmanaged = false; /* it has looked at what it found, and told */
	if (stats->stalls > w->stalls && s->c.sim->now > n->woke)
		node_fail(s, "%s believes that it did not run, but it did", n->sim->name);
	w->stalls = stats->stalls;
	/* What was counted as lost excuses all that is missing in that step. */
	w->lost = stats->lost;
}

void
node_rules_install(struct node_swarm *s)
{
	s->c.world.seen = seen;
	s->c.event = on_event;
	s->c.logged = on_log;
	s->c.told = on_told;
	s->c.booted = on_booted;
	s->c.fenced = on_fenced;
	s->c.stepped = on_stepped;
	s->c.deliver = on_deliver;
	sim_after(s->c.sim, LOOK_MS, look, s, 0);
}

/* 5. */

static size_t
places(const struct node_swarm *s, size_t group,
    bool (*is)(const struct world *, size_t, size_t))
{
	size_t count = 0;

	for (size_t i = 0; i < s->c.conf.node_count; i++)
		count += is(&s->c.world, i, group);
	return count;
}

static bool
groups_are_right(const struct node_swarm *s)
{
	for (size_t g = 0; g < s->c.world.groups.count; g++) {
		if (places(s, g, world_touches) > 1)
			return false;
		if (!s->flaky[g] && places(s, g, world_runs) != 1)
			return false;
	}
	return true;
}

bool
node_is_at_rest(struct node_swarm *s)
{
	for (size_t i = 0; i < s->c.conf.node_count; i++) {
		const struct cluster_node *n = &s->c.node[i];

		if (n->life != CLUSTER_ON || !cluster_is_awake(n) ||
		    strcmp(cluster_word(n), "transition") == 0 || cluster_has_scripts(n))
			return false;
	}
	return groups_are_right(s) && sim_settled(s->c.sim) &&
	       s->c.sim->now > s->c.fenced_by;
}

void
node_unrest(struct node_swarm *s, char *buf, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < s->c.conf.node_count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s %s, ",
		    s->c.node[i].sim->name,
		    s->c.node[i].life == CLUSTER_ON ? cluster_word(&s->c.node[i])
		                                    : "is not up");
	for (size_t g = 0; g < s->c.world.groups.count && used < size; g++)
		if (places(s, g, world_touches) > 1 || places(s, g, world_runs) != 1)
			used += (size_t)snprintf(buf + used, size - used,
			    "%s%s runs on %zu and may be active on %zu, ",
			    s->c.world.groups.group[g].key, s->flaky[g] ? " (flaky)" : "",
			    places(s, g, world_runs), places(s, g, world_touches));
	if (used < size)
		snprintf(buf + used, size - used, "they %sagree who lives",
		    sim_settled(s->c.sim) ? "" : "do not ");
}
