/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold whatever happens.
 *
 * Safety, checked when a start script begins: no resource of that group may be active
 * (from the first moment of a start to the end of a good stop) on any other machine.
 * There is no hand-over window: a start comes after the last stop of the other side has
 * ended.  The one excuse is a false death: one of the two nodes holds the other for dead,
 * though its daemon lives, or did so until a moment ago; and it is none where a fencing
 * device is configured, for then the other machine must have been reset first, except
 * when the device lied; or when the other one is an old node and had said that it holds
 * nothing.
 *
 * With an old node beside ours only our own starts count, and only beside what it says
 * that it holds.
 *
 * Liveness, checked when all faults have been over for a while: every group whose scripts
 * never failed runs exactly once, no group runs twice, no node speaks of transition, and
 * (where sets are negotiated) each set is held by one node.
 */
#include "tests/sim/rsc_old.h"
#include "tests/sim/rsc_swarm.h"

#include <string.h>

#define REUNION_US (200 * BUS_MS) /* a few messages both ways */

const char *const swarm_mark_names[MARK_COUNT] = {
	[MARK_CRASH] = "crash",
	[MARK_STOP] = "stop",
	[MARK_START] = "start",
	[MARK_STANDBY] = "standby",
	[MARK_STANDBY_REFUSED] = "standby refused",
	[MARK_TAKEOVER] = "takeover",
	[MARK_CUT] = "cut",
	[MARK_FREEZE] = "freeze",
	[MARK_RELOAD] = "reload",
	[MARK_FALSE_DEATH] = "false death",
	[MARK_DEATH] = "death",
	[MARK_FENCED] = "fenced",
	[MARK_FENCE_FAILED] = "fencing failed",
	[MARK_FENCE_LIED] = "fencing lied",
	[MARK_FENCE_LIE_FOUND] = "fencing lied, and was found out",
	[MARK_FENCE_DELAYED] = "fencing delayed",
	[MARK_FENCE_GIVEN_UP] = "fencing given up",
	[MARK_FENCE_BY_OTHER] = "fenced by another node",
	[MARK_CONFIRMED] = "fencing confirmed by a person",
	[MARK_SELF_FENCED] = "declared fenced, and ends itself",
	[MARK_REBOOT] = "reboot or reset",
	[MARK_START_FAILED] = "start failed",
	[MARK_STOP_FAILED] = "stop failed",
	[MARK_SCRIPT_KILLED] = "script killed",
	[MARK_DOUBLE_EXCUSED] = "double start, excused",
	[MARK_HANDED_OVER] = "handed over",
	[MARK_CANCELLED] = "hand-over cancelled",
	[MARK_NEGLECTED] = "neglected set taken",
	[MARK_CONFLICT] = "both machines own",
	[MARK_OLD_STARTS] = "old node starts beside us",
	[MARK_OLD_LEAVES] = "old node runs what it denies",
	[MARK_OLD_WAITS] = "old node waits for ever",
};

void
swarm_fail(struct swarm *s, const char *format, ...)
{
	int n;
	va_list args;

	if (s->failure[0])
		return;
	n = snprintf(s->failure, sizeof(s->failure),
	    "at %.4f: ", (double)s->bus.now / BUS_SEC);
	va_start(args, format);
	vsnprintf(s->failure + n, sizeof(s->failure) - (size_t)n, format, args);
	va_end(args);
	bus_note(&s->bus, BUS_NODE_MAX, "FAIL", "%s", s->failure);
}

/* Who has an excuse. */

static void
buried(struct bus *bus, void *data, size_t node, size_t other)
{
	struct swarm *s = data;

	if (bus->node[other].life == BUS_OFF && !bus->node[other].kept[0]) {
		s->mark[MARK_DEATH]++;
		return;
	}
	s->mark[MARK_FALSE_DEATH]++;
	s->apart[node][other] = s->apart[other][node] = true;
	s->reunited[node][other] = s->reunited[other][node] = 0;
}

static bool
hears(const struct bus *bus, size_t node, size_t other)
{
	return bus->node[node].life == BUS_OFF ||
	       (bus->node[node].view[other].state != RSC_NODE_DEAD &&
	           bus->node[node].view[other].generation ==
	               bus->node[other].generation) ||
	       bus->node[other].life == BUS_OFF;
}

static void
after(struct bus *bus, void *data)
{
	struct swarm *s = data;

	for (size_t i = 0; i < bus->conf.node_count; i++)
		for (size_t k = 0; k < i; k++) {
			if (!s->apart[i][k])
				continue;
			if (!hears(bus, i, k) || !hears(bus, k, i) ||
			    bus->line[i][k].cut || bus->node[i].frozen_until ||
			    bus->node[k].frozen_until)
				s->reunited[i][k] = 0;
			else if (s->reunited[i][k] == 0)
				s->reunited[i][k] = bus->now;
			else if (bus->now - s->reunited[i][k] > REUNION_US)
				s->apart[i][k] = s->apart[k][i] = s->unfenced[i][k] =
				    s->unfenced[k][i] = false;
		}
}

static bool
is_excused(const struct swarm *s, size_t starter, size_t other)
{
	bool old = s->bus.node[starter].seat == &bus_seat_old ||
	           s->bus.node[other].seat == &bus_seat_old;

	return !s->bus.conf.can_fence || s->lied[starter] || s->lied[other] ||
	       (old && s->unfenced[starter][other]);
}

static void
seen(void *data, const struct world_run *run, bool ended)
{
	struct swarm *s = data;
	const struct world *w = &s->bus.world;
	size_t group = w->resource[run->resource].group;

	if (ended && run->plan.code < 0)
		s->mark[MARK_SCRIPT_KILLED]++;
	if (ended || run->op != RSC_START)
		return;
	for (size_t i = 0; i < w->node_count; i++) {
		if (i == run->node || !world_touches(w, i, group))
			continue;
		if (s->apart[run->node][i] && is_excused(s, run->node, i)) {
			s->mark[MARK_DOUBLE_EXCUSED]++;
			continue;
		}
		if (s->bus.node[i].seat == &bus_seat_old && s->bus.node[i].core &&
		    (rsc_old_leaves(s->bus.node[i].core) ||
		        !rsc_old_admits(s->bus.node[i].core, group))) {
			s->mark[MARK_OLD_LEAVES]++;
			continue;
		}
		if (s->bus.node[run->node].seat == &bus_seat_old) {
			s->mark[MARK_OLD_STARTS]++;
			continue;
		}
		swarm_fail(s, "%s starts %s while its group may be active on %s",
		    s->bus.node[run->node].name, w->resource[run->resource].name,
		    s->bus.node[i].name);
	}
}

static void
logged(struct bus *bus, void *data, size_t node, int priority, const char *text)
{
	static const struct {
		const char *text;
		enum mark mark;
	} marks[] = {
		{ "Other node completed standby takeover", MARK_HANDED_OVER },
		{ "Cancelling pending standby", MARK_CANCELLED },
		{ "No one owns the resources of", MARK_NEGLECTED },
		{ "Both machines own", MARK_CONFLICT },
	};
	static const struct {
		const char *part;
		enum mark mark;
	} parts[] = {
		{ " lives, although ", MARK_FENCE_LIE_FOUND },
		{ " is reset in ", MARK_FENCE_DELAYED },
		{ " is not reset any more: it is heard", MARK_FENCE_GIVEN_UP },
		{ " is not reset any more: another node", MARK_FENCE_BY_OTHER },
		{ ": it must not run on both", MARK_SELF_FENCED },
	};
	struct swarm *s = data;

	(void)priority;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		s->mark[parts[i].mark] += strstr(text, parts[i].part) != NULL;
	for (size_t i = 0; i < bus->conf.node_count; i++) {
		char phrase[64];

		snprintf(phrase, sizeof(phrase), "Dead node %s gave up resources.",
		    bus->node[i].name);
		if (strcmp(text, phrase) == 0)
			s->unfenced[node][i] = s->unfenced[i][node] = true;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(text, marks[i].text, strlen(marks[i].text)) == 0)
			s->mark[marks[i].mark]++;
}

void
swarm_rules_install(struct swarm *s)
{
	s->bus.buried = buried;
	s->bus.after = after;
	s->bus.logged = logged;
	s->bus.world.seen = seen;
}

/* At the end. */

static void
check_groups(struct swarm *s)
{
	const struct world *w = &s->bus.world;

	for (size_t g = 0; g < w->groups.count; g++) {
		size_t runs = 0, touches = 0;

		for (size_t i = 0; i < w->node_count; i++) {
			runs += world_runs(w, i, g);
			touches += world_touches(w, i, g);
		}
		if (touches > 1)
			swarm_fail(s, "in the end group %s may be active on %zu nodes",
			    w->groups.group[g].key, touches);
		if (runs != 1 && !s->flaky[g])
			swarm_fail(s, "in the end group %s runs on %zu nodes",
			    w->groups.group[g].key, runs);
	}
}

/* Who says that it holds the own set of HOME. */
static size_t
holders(const struct swarm *s, size_t home)
{
	size_t count = 0;

	for (size_t i = 0; i < s->bus.conf.node_count; i++) {
		const char *word = bus_word(&s->bus, i);
		bool all = strcmp(word, "all") == 0;

		if (i == home)
			count += all || strcmp(word, "local") == 0;
		else
			count += all || strcmp(word, "foreign") == 0;
	}
	return count;
}

void
swarm_check_end(struct swarm *s)
{
	bool legacy = s->bus.conf.failback[0] == FAILBACK_LEGACY;

	for (size_t i = 0; i < s->bus.conf.node_count; i++)
		if (s->bus.node[i].seat == &bus_seat_old && s->bus.node[i].core &&
		    rsc_old_waits(s->bus.node[i].core)) {
			s->mark[MARK_OLD_WAITS]++;
			return;
		}
	check_groups(s);
	for (size_t i = 0; i < s->bus.conf.node_count; i++) {
		const char *word = bus_word(&s->bus, i);

		if (s->bus.node[i].life != BUS_ON)
			swarm_fail(s, "in the end %s is not up", s->bus.node[i].name);
		else if (strcmp(word, "transition") == 0)
			swarm_fail(s, "in the end %s is in transition",
			    s->bus.node[i].name);
		/* Of more than two nodes the words say too little. */
		if (!legacy && s->bus.conf.node_count == 2 && holders(s, i) != 1)
			swarm_fail(s, "in the end %zu nodes hold the set of %s",
			    holders(s, i), s->bus.node[i].name);
	}
}
