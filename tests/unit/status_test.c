/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Status: records there and back, what is not known, bounds, JSON, the ring of events. */
#include "heartbeat/status/events.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

/* A sink that decodes at once what it gets. */
struct wire {
	struct hb_status *to;
	uint8_t store[16384];
	struct msg m;
	size_t records;
	bool ended;
};

static void
wire_begin(void *data)
{
	struct wire *w = data;

	msg_init(&w->m, w->store, sizeof(w->store));
}

static void
wire_field(void *data, const char *name, const char *value)
{
	struct wire *w = data;

	CHECK_INT(msg_add_str(&w->m, name, value), 0, "%s", name);
}

static void
wire_end(void *data, bool last)
{
	struct wire *w = data;

	CHECK(!w->ended, "nothing comes behind the last one");
	CHECK_INT(status_decode(w->to, &w->m), 0, "decode");
	w->records++;
	w->ended = last;
}

static const struct status_sink sink = { wire_begin, wire_field, wire_end };

static void
sample(struct hb_status *s)
{
	struct status_node *n;
	struct status_link *l;
	struct status_group *g;
	struct status_event *e;

	status_init(s);
	STATUS_SET(s->cluster.node, "alpha");
	STATUS_SET(s->cluster.version, "4.0.0 \"x\"");
	s->cluster.deadtime_ms = 1500;
	s->cluster.comm_up = true;
	n = status_node_add(s);
	STATUS_SET(n->name, "alpha");
	n->self = true;
	n->clock_ms = -5;
	n = status_node_add(s);
	STATUS_SET(n->name, "bravo");
	STATUS_SET(n->why, "tab\there");
	n->weight = 100;
	l = status_link_add(s);
	STATUS_SET(l->node, "bravo");
	STATUS_SET(l->name, "eth0");
	l->lost = 7;
	STATUS_SET(l->late_histogram, "64:3,80:1,inf:2");
	g = status_group_add(s);
	STATUS_SET(g->name, "web");
	e = status_event_add(s);
	e->at_ms = 1700000000123;
	STATUS_SET(e->text, "k\303\266nnte \377");
}

static char *
json_of(const struct hb_status *s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	status_json(s, out);
	fclose(out);
	return text;
}

static void
test_there_and_back(void)
{
	static struct wire w;
	struct hb_status s, back;
	char *a, *b;

	sample(&s);
	status_init(&back);
	w = (struct wire){ .to = &back };
	status_encode(&s, &sink, &w);
	CHECK(w.ended, "the last one says so");
	CHECK_INT(w.records, 6, "records");
	a = json_of(&s);
	b = json_of(&back);
	CHECK_STR(b, a, "the same");
	CHECK(back.node[0].clock_ms == -5, "a clock may be behind");
	CHECK(back.node[1].clock_ms == STATUS_CLOCK_UNKNOWN, "or not known");
	CHECK_INT(back.node[0].weight, STATUS_UNKNOWN, "not known stays so");
	free(a);
	free(b);
	status_free(&s);
	status_free(&back);
}

static void
test_json(void)
{
	static const char *const want[] = {
		"{\"format\":1,\"node\":\"alpha\"",
		"\"version\":\"4.0.0 \\\"x\\\"\"",
		"\"deadtime_ms\":1500",
		"\"keepalive_ms\":null",
		"\"comm_up\":true",
		"\"why\":\"tab\\u0009here\"",
		"\"late_histogram\":[[64,3],[80,1],[null,2]]",
		"\"holder\":null",
		"\"text\":\"k\303\266nnte ?\"",
	};
	struct hb_status s;
	char *text;

	sample(&s);
	text = json_of(&s);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		CHECK(strstr(text, want[i]), "%s", want[i]);
	free(text);
	status_free(&s);
	status_init(&s);
	text = json_of(&s);
	CHECK(strstr(text, "\"nodes\":[]"), "nothing at all is a document, too");
	free(text);
}

static int
decode(struct hb_status *s, const char *rec, const char *name, const char *value)
{
	char store[8192];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	if (rec)
		msg_add_str(&m, "rec", rec);
	if (name)
		msg_add_str(&m, name, value);
	return status_decode(s, &m);
}

static void
test_odd_records(void)
{
	char text[3000];
	struct hb_status s;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	status_init(&s);
	CHECK_INT(decode(&s, NULL, NULL, NULL), -ENOENT, "no kind");
	CHECK_INT(decode(&s, "moon", "name", "x"), -ENOENT, "of a newer daemon");
	CHECK_INT(decode(&s, "node", "newer", "x"), 0, "a field of a newer daemon");
	CHECK_INT(decode(&s, "node", "name", text), 0, "too long");
	CHECK_INT(strlen(s.node[1].name), sizeof(s.node[1].name) - 1, "is cut");
	CHECK_INT(decode(&s, "node", "weight", "12x"), 0, "no number");
	CHECK_INT(s.node[2].weight, STATUS_UNKNOWN, "is not known");
	CHECK_INT(decode(&s, "node", "weight", "99999999999999999999"), 0, "too large");
	CHECK_INT(s.node[3].weight, STATUS_UNKNOWN, "is not known");
	CHECK_INT(decode(&s, "link", "lost", "9223372036854775807"), 0,
	    "cannot be added to");
	CHECK_INT(s.link[0].lost, STATUS_UNKNOWN, "is not known");
	CHECK_INT(decode(&s, "event", "at_ms", "-9223372036854775808"), 0,
	    "nor subtracted");
	CHECK_INT(s.event[0].at_ms, STATUS_UNKNOWN, "is not known");
	status_free(&s);
}

static void
test_bounds(void)
{
	struct hb_status s;

	status_init(&s);
	for (size_t i = 0; i < STATUS_NODE_MAX; i++)
		CHECK(status_node_add(&s), "node %zu", i);
	CHECK(!s.cluster.truncated, "all of them fit");
	CHECK_INT(decode(&s, "node", "name", "x"), -ENOSPC, "one more");
	CHECK(s.cluster.truncated, "it says so");
	CHECK_INT(s.node_count, STATUS_NODE_MAX, "nodes");
	status_free(&s);
}

static void
test_ring(void)
{
	static struct status_events events;

	for (int i = 0; i < STATUS_EVENT_MAX + 10; i++)
		events_add(&events, EVENT_LINK_UP, i);
	CHECK_INT(events.count, STATUS_EVENT_MAX, "full");
	for (size_t i = 0; i < STATUS_EVENT_MAX; i++)
		CHECK_INT(events_at(&events, i)->at_ms, i + 10, "oldest first");
	CHECK_STR(events_at(&events, 0)->kind, "link-up", "kind");
}

/* Catalogues name them. */
static void
test_names(void)
{
	for (size_t i = 0; i < EVENT_KINDS; i++) {
		CHECK(event_names[i].word && event_names[i].id, "kind %zu", i);
		CHECK_INT(strlen(event_names[i].id), 32, "%s", event_names[i].word);
		CHECK_INT(strspn(event_names[i].id, "0123456789abcdef"), 32, "%s",
		    event_names[i].word);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(event_names[i].id, event_names[k].id) != 0 &&
			          strcmp(event_names[i].word, event_names[k].word) != 0,
			    "%s is there twice", event_names[i].word);
	}
}

static const struct check_case cases[] = {
	{ "there-and-back", test_there_and_back },
	{ "json", test_json },
	{ "odd-records", test_odd_records },
	{ "bounds", test_bounds },
	{ "ring", test_ring },
	{ "names", test_names },
};

CHECK_MAIN("status", cases)
