/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two nodes' files side by side ("heartbeat --check --peer DIR").  Nothing in the cluster
 * compares them: nodes with different keys do not hear each other, groups that only one
 * node knows are run by both or by nobody.  Some people do it on purpose, so that all of
 * it is a warning.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One side against the other. */
struct comparison {
	const struct conf_all *ours, *theirs;
	const char *their_dir;
	char file[4200]; /* of ours, being compared */
	struct conf_problems *problems;
};

static struct place
place_in(struct comparison *c, const char *name, int line, int column)
{
	snprintf(c->file, sizeof(c->file), "%s/%s", c->ours->conf.dir, name);
	return (struct place){ c->file, line, column };
}

/* ---- ha.cf ------------------------------------------------------------------- */

static bool
has_node(const struct conf *conf, const struct conf_node *node)
{
	for (size_t i = 0; i < conf->node_count; i++)
		if (strcasecmp(conf->node[i].name, node->name) == 0 &&
		    conf->node[i].is_ping == node->is_ping)
			return true;
	return false;
}

static void
compare_nodes(struct comparison *c)
{
	for (size_t i = 0; i < c->ours->conf.node_count; i++) {
		const struct conf_node *node = &c->ours->conf.node[i];

		if (!has_node(&c->theirs->conf, node))
			problem_add(c->problems, CONF_WARNING,
			    place_in(c, "ha.cf", node->line, 1), NULL,
			    "%s '%s' is not in %s/ha.cf",
			    node->is_ping ? "ping node" : "node", node->name,
			    c->their_dir);
	}
}

/* Values that must be the same to be of use. */
static void
compare_values(struct comparison *c)
{
	static const char *const names[] = { "auto_failback", "pacemaker", "udpport",
		"msgfmt", "cluster" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *ours = conf_param_find(&c->ours->conf, names[i]);
		const char *theirs = conf_param_find(&c->theirs->conf, names[i]);

		if (strcmp(ours, theirs) != 0)
			problem_add(c->problems, CONF_WARNING, place_in(c, "ha.cf", 0, 0),
			    NULL, "%s is '%s' here and '%s' in %s/ha.cf", names[i], ours,
			    theirs, c->their_dir);
	}
}

/* A node is judged by its own deadtime, but warned of by ours. */
static void
compare_times(struct comparison *c)
{
	long long keepalive = c->theirs->conf.keepalive_ms,
	          warntime = c->ours->conf.warntime_ms;

	if (keepalive >= warntime)
		problem_add(c->problems, CONF_WARNING, place_in(c, "ha.cf", 0, 0), NULL,
		    "warntime is %lld ms here, but keepalive is %lld ms in %s/ha.cf: "
		    "each heartbeat of "
		    "that node would be late",
		    warntime, keepalive, c->their_dir);
}

/* ---- authkeys ---------------------------------------------------------------- */

static void
compare_keys(struct comparison *c)
{
	int current = c->ours->keys.current;
	const struct msg_key *ours = &c->ours->keys.key[current];
	const struct msg_key *theirs = &c->theirs->keys.key[current];

	if (ours->auth == theirs->auth && ours->len == theirs->len &&
	    memcmp(ours->text, theirs->text, ours->len) == 0)
		return;
	problem_add(c->problems, CONF_WARNING, place_in(c, "authkeys", 0, 0), NULL,
	    "key %d, which signs here, is not the same in %s/authkeys: that node would "
	    "not hear this one",
	    current, c->their_dir);
}

/* ---- haresources ------------------------------------------------------------- */

static bool
is_same_group(const struct conf_group *a, const struct conf_group *b)
{
	if (strcasecmp(a->node, b->node) != 0 || a->resource_count != b->resource_count)
		return false;
	for (size_t i = 0; i < a->resource_count; i++)
		if (strcmp(a->resource[i].word, b->resource[i].word) != 0)
			return false;
	return true;
}

static void
compare_group(struct comparison *c, const struct conf_group *group)
{
	const struct conf_groups *theirs = &c->theirs->groups;
	const struct conf_group *like = NULL;

	for (size_t i = 0; i < theirs->count; i++) {
		if (is_same_group(group, &theirs->group[i]))
			return;
		if (strcmp(group->key, theirs->group[i].key) == 0)
			like = &theirs->group[i];
	}
	if (like)
		problem_add(c->problems, CONF_WARNING,
		    place_in(c, "haresources", group->line, group->column), NULL,
		    "group '%s' is another one in %s/haresources, line %d", group->key,
		    c->their_dir, like->line);
	else
		problem_add(c->problems, CONF_WARNING,
		    place_in(c, "haresources", group->line, group->column), NULL,
		    "group '%s' is not in %s/haresources: both nodes may run it, or none",
		    group->key, c->their_dir);
}

static void
compare_side(struct comparison *c)
{
	if (c->ours->has_conf && c->theirs->has_conf)
		compare_nodes(c);
	if (c->ours->has_conf && c->theirs->has_conf)
		compare_times(c);
	if (c->ours->has_keys && c->theirs->has_keys)
		compare_keys(c);
	for (size_t i = 0; c->theirs->has_groups && i < c->ours->groups.count; i++)
		compare_group(c, &c->ours->groups.group[i]);
}

void
conf_compare(const struct conf_all *ours, const struct conf_all *theirs,
    struct conf_problems *problems)
{
	struct comparison here = { .ours = ours, .theirs = theirs, .problems = problems };
	struct comparison there = { .ours = theirs,
		.theirs = ours,
		.problems = problems };

	if (!ours->has_conf || !theirs->has_conf)
		return;
	here.their_dir = theirs->conf.dir;
	there.their_dir = ours->conf.dir;
	compare_values(&here);
	compare_side(&here);
	compare_side(&there);
}
