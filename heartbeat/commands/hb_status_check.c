/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line for Nagios, Icinga and Checkmk: what is wrong, worst first, and numbers for
 * graphs behind a bar.  What counts as how bad is a table that options change.
 */
#include "heartbeat/commands/hb_status.h"

#include "lib/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LOSS_PERCENT 5.0
#define LOSS_NUMBERS_MIN 100 /* fewer say nothing */
#define CLOCK_MS 60000
#define FOUND_MAX 64 /* further ones are only counted */

enum condition {
	COND_STOPPED,
	COND_STARTING,
	COND_NODE_DEAD,
	COND_FENCING,
	COND_DEVICE,
	COND_PING_DEAD,
	COND_LINK_DOWN,
	COND_LOSS,
	COND_GROUP_NOBODY,
	COND_GROUP_FAILED,
	COND_GROUP_AWAY,
	COND_DEADTIME,
	COND_CLOCK,
	CONDITIONS
};

static const struct {
	const char *name;
	enum hs_level level;
	const char *help;
} conditions[CONDITIONS] = {
	/* clang-format off */
	[COND_STOPPED] = { "stopped", HS_CRITICAL, "heartbeat does not run here" },
	[COND_STARTING] = { "starting", HS_WARNING, "it waits for other nodes" },
	[COND_NODE_DEAD] = { "node-dead", HS_CRITICAL, "a node is dead" },
	[COND_FENCING] = { "fencing", HS_CRITICAL, "a dead node cannot be reset: nothing of it is taken" },
	[COND_DEVICE] = { "device", HS_WARNING, "a fencing device does not answer" },
	[COND_PING_DEAD] = { "ping-dead", HS_WARNING, "a ping node does not answer" },
	[COND_LINK_DOWN] = { "link-down", HS_WARNING, "a link to a living node is down" },
	[COND_LOSS] = { "loss", HS_WARNING, "a link loses too much (see --loss)" },
	[COND_GROUP_NOBODY] = { "group-nobody", HS_CRITICAL, "nobody holds a group" },
	[COND_GROUP_FAILED] = { "group-failed", HS_CRITICAL, "a group does not start or stop here" },
	[COND_GROUP_AWAY] = { "group-away", HS_OK, "a group is not at its preferred node" },
	[COND_DEADTIME] = { "deadtime", HS_WARNING, "deadtime is shorter than this network bears" },
	[COND_CLOCK] = { "clock", HS_WARNING, "the clock of a node is a minute off" },
	/* clang-format on */
};

static const char *const level_names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

struct hs_rules {
	enum hs_level level[CONDITIONS];
	double loss_percent;
};

struct hs_rules *
hs_rules_new(void)
{
	struct hs_rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	for (size_t i = 0; i < CONDITIONS; i++)
		rules->level[i] = conditions[i].level;
	rules->loss_percent = LOSS_PERCENT;
	return rules;
}

void
hs_rules_free(struct hs_rules *rules)
{
	free(rules);
}

void
hs_rules_set_loss(struct hs_rules *rules, double percent)
{
	rules->loss_percent = percent;
}

int
hs_rules_set(struct hs_rules *rules, const char *list, enum hs_level level,
    struct err *err)
{
	while (*list) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < CONDITIONS && (strlen(conditions[i].name) != len ||
		                             strncmp(conditions[i].name, list, len) != 0))
			i++;
		if (i == CONDITIONS)
			return err_set(err, -EINVAL, "there is no condition '%.*s'",
			    (int)len, list);
		rules->level[i] = level;
		list += len + (list[len] == ',');
	}
	return 0;
}

void
hs_rules_help(FILE *out)
{
	for (size_t i = 0; i < CONDITIONS; i++)
		fprintf(out, "  %-13s %-9s %s\n", conditions[i].name,
		    level_names[conditions[i].level], conditions[i].help);
}

/* What was found. */

struct found {
	const struct hs_rules *rules;
	enum hs_level worst;
	struct {
		enum hs_level level;
		char text[256];
	} list[FOUND_MAX];
	size_t count, more;
};

static void __attribute__((format(printf, 3, 4)))
found_add(struct found *f, enum condition condition, const char *format, ...)
{
	enum hs_level level = f->rules->level[condition];
	va_list args;

	if (level == HS_OK)
		return;
	if (level > f->worst)
		f->worst = level;
	if (f->count == FOUND_MAX) {
		f->more++;
		return;
	}
	f->list[f->count].level = level;
	va_start(args, format);
	vsnprintf(f->list[f->count].text, sizeof(f->list[0].text), format, args);
	va_end(args);
	f->count++;
}

/* No bar: behind one come the numbers. */
static void
put_text(const char *text, FILE *out)
{
	for (; *text; text++)
		putc(*text == '|' || (unsigned char)*text < ' ' ? '/' : *text, out);
}

static void
found_print(const struct found *f, FILE *out)
{
	const char *separator = "";

	for (int level = HS_CRITICAL; level > HS_OK; level--)
		for (size_t i = 0; i < f->count; i++) {
			if (f->list[i].level != (enum hs_level)level)
				continue;
			fputs(separator, out);
			put_text(f->list[i].text, out);
			separator = "; ";
		}
	if (f->more)
		fprintf(out, "; and %zu more", f->more);
}

/* Looking. */

struct counts {
	size_t nodes, dead, links, down, groups, nobody;
	int64_t late_max_us;
	double loss_max; /* percent */
};

static bool
is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

static void
look_at_nodes(struct found *f, const struct hb_status *s, struct counts *n)
{
	for (size_t i = 0; i < s->node_count; i++) {
		const struct status_node *node = &s->node[i];
		bool ping = is(node->type, "ping"), dead = is(node->status, "dead");

		n->nodes += !ping;
		n->dead += !ping && dead;
		if (dead)
			found_add(f, ping ? COND_PING_DEAD : COND_NODE_DEAD,
			    "%s %s is dead%s%s", ping ? "ping node" : "node", node->name,
			    node->why[0] ? ": " : "", node->why);
		if (node->fencing[0])
			found_add(f, COND_FENCING, "node %s is not reset yet: %s",
			    node->name, node->fencing_why);
		if (node->clock_ms != STATUS_CLOCK_UNKNOWN &&
		    (node->clock_ms > CLOCK_MS || node->clock_ms < -CLOCK_MS))
			found_add(f, COND_CLOCK, "the clock of %s is %+" PRId64 " s off",
			    node->name, node->clock_ms / 1000);
	}
}

static void
look_at_links(struct found *f, const struct hb_status *s, struct counts *n)
{
	for (size_t i = 0; i < s->link_count; i++) {
		const struct status_link *l = &s->link[i];
		const struct status_node *node = status_node_find(s, l->node);
		double percent = 0;

		if (l->self || (node && node->self))
			continue;
		n->links++;
		n->down += !is(l->status, "up");
		if (l->late_max_us > n->late_max_us)
			n->late_max_us = l->late_max_us;
		if (l->received + l->lost >= LOSS_NUMBERS_MIN)
			percent =
			    100.0 * (double)l->lost / (double)(l->received + l->lost);
		if (percent > n->loss_max)
			n->loss_max = percent;
		/* Of a dead node it is said already. */
		if (!is(l->status, "up") && node && !is(node->status, "dead"))
			found_add(f, COND_LINK_DOWN, "link %s:%s is down", l->node,
			    l->name);
		if (percent > f->rules->loss_percent)
			found_add(f, COND_LOSS, "link %s:%s loses %.1f%%", l->node,
			    l->name, percent);
	}
}

static void
look_at_groups(struct found *f, const struct hb_status *s, struct counts *n)
{
	const struct status_cluster *c = &s->cluster;
	bool at_rest = c->comm_up && !is(c->resources, "transition") &&
	               !is(c->auto_failback, "legacy");

	n->groups = s->group_count;
	for (size_t i = 0; i < s->group_count; i++) {
		const struct status_group *g = &s->group[i];

		if (is(g->state, "failed") || is(g->state, "stuck"))
			found_add(f, COND_GROUP_FAILED, "group %s is %s here (%s)",
			    g->name, g->state, g->here_why);
		if (!at_rest)
			continue;
		n->nobody += !g->holder[0];
		if (!g->holder[0])
			found_add(f, COND_GROUP_NOBODY, "nobody holds %s%s%s", g->name,
			    g->why[0] ? ": " : "", g->why);
		else if (!is(g->holder, g->home))
			found_add(f, COND_GROUP_AWAY, "%s is on %s, not on %s", g->name,
			    g->holder, g->home);
	}
}

static void
print_numbers(const struct counts *n, const struct hs_rules *rules, FILE *out)
{
	fprintf(out,
	    " | nodes=%zu;;;0 nodes_dead=%zu;;;0 links=%zu;;;0 links_down=%zu;;;0 "
	    "groups=%zu;;;0 groups_nobody=%zu;;;0 late_max=%.1fms;;;0 "
	    "loss_max=%.2f%%;%g;;0;100\n",
	    n->nodes, n->dead, n->links, n->down, n->groups, n->nobody,
	    (double)n->late_max_us / 1000, n->loss_max, rules->loss_percent);
}

static enum hs_level
check_without(enum hs_answer answer, const char *reason, const struct hs_rules *rules,
    FILE *out)
{
	enum hs_level level =
	    answer == HS_STOPPED ? rules->level[COND_STOPPED] : HS_UNKNOWN;

	fprintf(out, "HEARTBEAT %s - %s", level_names[level],
	    answer == HS_STOPPED   ? "heartbeat does not run here"
	    : answer == HS_REFUSED ? "heartbeat may not be asked: "
	                           : "");
	if (answer != HS_STOPPED)
		put_text(reason, out);
	putc('\n', out);
	return level;
}

enum hs_level
hs_check(const struct hb_status *s, enum hs_answer answer, const char *reason,
    const struct hs_rules *rules, FILE *out)
{
	const struct status_cluster *c = &s->cluster;
	struct found f = { .rules = rules };
	struct counts n = { 0 };

	if (answer != HS_ANSWER)
		return check_without(answer, reason, rules, out);
	if (!c->comm_up)
		found_add(&f, COND_STARTING, "communication is not up yet");
	look_at_nodes(&f, s, &n);
	if (c->fencing_failed[0])
		found_add(&f, COND_DEVICE, "fencing device %s does not answer",
		    c->fencing_failed);
	look_at_links(&f, s, &n);
	look_at_groups(&f, s, &n);
	if (c->advice_deadtime_ms > c->deadtime_ms && c->deadtime_ms > 0)
		found_add(&f, COND_DEADTIME,
		    "deadtime %" PRId64
		    " ms is short for this network, which bears %" PRId64 " ms",
		    c->deadtime_ms, c->advice_deadtime_ms);
	fprintf(out, "HEARTBEAT %s - ", level_names[f.worst]);
	if (f.count)
		found_print(&f, out);
	else
		fprintf(out, "%zu node%s, %zu link%s, %zu group%s: all is well", n.nodes,
		    n.nodes == 1 ? "" : "s", n.links, n.links == 1 ? "" : "s", n.groups,
		    n.groups == 1 ? "" : "s");
	if (c->reduced)
		fputs(" (an older heartbeat: less is known)", out);
	print_numbers(&n, rules, out);
	return f.worst;
}
