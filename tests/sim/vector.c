/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See vector.h. */
#include "tests/sim/vector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum block { NONE, HA_CF, HARESOURCES, TIMELINE, SEQUENCE };

struct reader {
	struct vector *v;
	enum block block;
	size_t node;    /* of a block; VECTOR_NODE_MAX: all */
	char who[16];   /* its name: ha.cf of a node comes before the list of nodes */
	size_t segment; /* SEQUENCE: counts its event lines */
	bool is_open;   /* SEQUENCE: an event line was seen */
	struct {
		char node[16];
		enum conf_failback failback;
	} own[VECTOR_NODE_MAX];
	size_t own_count;
	enum conf_failback failback;
};

size_t
vector_node(const struct vector *v, const char *name)
{
	for (size_t i = 0; i < v->node_count; i++)
		if (strcmp(v->node[i], name) == 0)
			return i;
	return VECTOR_NODE_MAX;
}

/* The next word of *P, cut at SIZE. */
static void
word(const char **p, char *to, size_t size)
{
	size_t len;

	*p += strspn(*p, " ");
	len = strcspn(*p, " ");
	snprintf(to, size, "%.*s", (int)len, *p);
	*p += len;
	*p += strspn(*p, " ");
}

static int64_t
milliseconds(const char *text)
{
	char *end;
	double number = strtod(text, &end);

	return (int64_t)(number * (strcmp(end, "ms") == 0 ? 1 : 1000) + 0.5);
}

static enum conf_failback
failback_of(const char *text)
{
	return strcmp(text, "on") == 0    ? FAILBACK_ON
	       : strcmp(text, "off") == 0 ? FAILBACK_OFF
	                                  : FAILBACK_LEGACY;
}

static void
ha_cf_line(struct reader *r, const char *line)
{
	struct vector *v = r->v;
	char name[32], value[32];

	word(&line, name, sizeof(name));
	word(&line, value, sizeof(value));
	if (strcmp(name, "node") == 0 && vector_node(v, value) == VECTOR_NODE_MAX &&
	    v->node_count < VECTOR_NODE_MAX)
		snprintf(v->node[v->node_count++], sizeof(v->node[0]), "%.15s", value);
	else if (strcmp(name, "keepalive") == 0)
		v->keepalive_ms = milliseconds(value);
	else if (strcmp(name, "deadtime") == 0)
		v->deadtime_ms = milliseconds(value);
	else if (strcmp(name, "initdead") == 0)
		v->initdead_ms = milliseconds(value);
	else if (strncmp(name, "stonith", 7) == 0)
		v->can_fence = true;
	else if (strncmp(name, "ping", 4) == 0)
		v->has_ping = true;
	else if (strcmp(name, "auto_failback") == 0 && r->who[0] == '\0')
		r->failback = failback_of(value);
	else if (strcmp(name, "auto_failback") == 0 && r->own_count < VECTOR_NODE_MAX) {
		snprintf(r->own[r->own_count].node, sizeof(r->own[0].node), "%.15s",
		    r->who);
		r->own[r->own_count++].failback = failback_of(value);
	}
}

static int
check_add(struct vector_segment *s, int64_t ms, const char *node, const char *text)
{
	struct vector_check *c = &s->check[s->check_count];

	if (s->check_count == VECTOR_CHECK_MAX)
		return -EINVAL;
	c->ms = ms;
	snprintf(c->node, sizeof(c->node), "%.15s", node);
	if (sscanf(text, "rscstatus=%15s held=%95s", c->word, c->held) != 2)
		return -EINVAL;
	s->check_count++;
	return 0;
}

static bool
is_compared(const char *type)
{
	static const char *const types[] = { "starting", "resource", "ask_resources",
		"shutdone", "ip-request", "ip-request-resp", "stonith" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t len = strlen(types[i]);

		if (strncmp(type, types[i], len) == 0 && (type[len] == ' ' || !type[len]))
			return true;
	}
	return false;
}

static int
timeline_line(struct reader *r, const char *line)
{
	struct vector *v = r->v;
	struct vector_segment *last =
	    v->segment_count > 0 ? &v->segment[v->segment_count - 1] : NULL;
	char at[16], node[16], kind[8];
	size_t i;

	word(&line, at, sizeof(at));
	word(&line, node, sizeof(node));
	word(&line, kind, sizeof(kind));
	i = vector_node(v, node);
	if (i == VECTOR_NODE_MAX && strcmp(node, "*") != 0)
		return -EINVAL;
	if (strcmp(kind, "event") == 0 && strcmp(line, "daemon-exited") == 0) {
		if (!last || i == VECTOR_NODE_MAX)
			return -EINVAL;
		last->exits[i] = true;
	} else if (strcmp(kind, "event") == 0) {
		if (v->segment_count == VECTOR_STIMULUS_MAX)
			return -EINVAL;
		last = &v->segment[v->segment_count++];
		last->ms = milliseconds(at);
		snprintf(last->node, sizeof(last->node), "%s", node);
		snprintf(last->text, sizeof(last->text), "%s", line);
	} else if (strcmp(kind, "state") == 0) {
		return last ? check_add(last, milliseconds(at), node, line) : -EINVAL;
	} else if (strcmp(kind, "extern") == 0 && last && i < VECTOR_NODE_MAX) {
		last->resets[i] += strstr(line, "plugin reset") || strstr(line, "reboot");
	} else if (strcmp(kind, "msg") == 0 && i < VECTOR_NODE_MAX && is_compared(line) &&
	           v->message_count[i] < VECTOR_MSG_MAX) {
		snprintf(v->message[i][v->message_count[i]++], sizeof(v->message[0][0]),
		    "%.95s", line);
	}
	return 0;
}

static int
sequence_line(struct reader *r, const char *line)
{
	struct vector_segment *s;

	if (strncmp(line, "event ", 6) == 0) {
		r->segment += r->is_open;
		r->is_open = true;
		return 0;
	}
	if (!r->is_open || r->segment >= r->v->segment_count ||
	    r->node == VECTOR_NODE_MAX)
		return -EINVAL;
	s = &r->v->segment[r->segment];
	if (s->line_count[r->node] == VECTOR_LINE_MAX)
		return -EINVAL;
	snprintf(s->line[r->node][s->line_count[r->node]++], sizeof(s->line[0][0]),
	    "%.63s", line);
	return 0;
}

static int
behaviour_add(struct vector *v, const char *text)
{
	struct vector_behaviour *b = &v->behaviour[v->behaviour_count];
	double sleep;

	if (v->behaviour_count == VECTOR_BEHAVIOUR_MAX ||
	    sscanf(text, "%15s %15s %7s rc=%d sleep=%lf after-event=%zu", b->node,
	        b->script, b->op, &b->code, &sleep, &b->after) != 6)
		return -EINVAL;
	b->ms = (int64_t)(sleep * 1000);
	v->behaviour_count++;
	return 0;
}

static int
directive(struct reader *r, const char *line)
{
	struct vector *v = r->v;
	char name[24];

	word(&line, name, sizeof(name));
	snprintf(r->who, sizeof(r->who), "%.15s", line);
	r->node = vector_node(v, r->who);
	if (strcmp(name, "%ha.cf") == 0) {
		r->block = HA_CF;
	} else if (strcmp(name, "%haresources") == 0) {
		r->block = HARESOURCES;
	} else if (strcmp(name, "%timeline") == 0) {
		r->block = TIMELINE;
	} else if (strcmp(name, "%sequence") == 0) {
		r->block = SEQUENCE;
		r->segment = 0;
		r->is_open = false;
	} else if (strcmp(name, "%scenario") == 0) {
		snprintf(v->name, sizeof(v->name), "%s", line);
	} else if (strcmp(name, "%better") == 0) {
		snprintf(v->better, sizeof(v->better), "%s", line);
	} else if (strcmp(name, "%verdict") == 0) {
		v->is_defect = strcmp(line, "defect") == 0;
	} else if (strcmp(name, "%behaviour") == 0) {
		return behaviour_add(v, line);
	} else if (strcmp(name, "%vector") != 0 && strcmp(name, "%about") != 0 &&
	           strcmp(name, "%note") != 0) {
		return -EINVAL;
	}
	return 0;
}

static int
line_take(struct reader *r, const char *line)
{
	size_t used = strlen(r->v->haresources);

	if (strcmp(line, "%end") == 0) {
		r->block = NONE;
		return 0;
	}
	switch (r->block) {
	case NONE:
		return directive(r, line);
	case HA_CF:
		ha_cf_line(r, line);
		return 0;
	case HARESOURCES:
		snprintf(r->v->haresources + used, sizeof(r->v->haresources) - used,
		    "%s\n", line);
		return 0;
	case TIMELINE:
		return timeline_line(r, line);
	case SEQUENCE:
		return sequence_line(r, line);
	}
	return -EINVAL;
}

int
vector_read(struct vector *v, const char *path, int *bad)
{
	struct reader r = { .v = v };
	FILE *file = fopen(path, "r");
	char line[512];
	int rc = 0;

	*bad = 0;
	if (!file)
		return -errno;
	memset(v, 0, sizeof(*v));
	while (rc == 0 && fgets(line, sizeof(line), file)) {
		++*bad;
		line[strcspn(line, "\n")] = '\0';
		rc = line_take(&r, line);
	}
	fclose(file);
	for (size_t i = 0; i < v->node_count; i++) {
		v->failback[i] = r.failback;
		for (size_t k = 0; k < r.own_count; k++)
			if (strcmp(r.own[k].node, v->node[i]) == 0)
				v->failback[i] = r.own[k].failback;
	}
	if (rc == 0 && (v->node_count == 0 || v->segment_count == 0))
		rc = -EINVAL;
	return rc;
}
