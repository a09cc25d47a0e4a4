/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between whole nodes: test messages that count (delivered once, in order, and
 * none left out silently), and frames that must change nothing: heard before, of an older
 * life, signed with other keys or not at all, of a stranger.
 */
#include "tests/sim/node_swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Test messages. */

static void
send_one(struct node_swarm *s, size_t node)
{
	char text[40];

	if (!cluster_is_awake(&s->c.node[node]))
		return;
	snprintf(text, sizeof(text), "t=tst;n=%" PRIu64, ++s->watcher[node].sent);
	if (sim_send(s->c.sim, node, text, true) < 0)
		node_fail(s, "%s cannot send", s->c.node[node].sim->name);
}

static void
traffic(struct sim *sim, void *data, uint64_t node)
{
	struct node_swarm *s = data;
	int64_t gap_ms =
	    1 + (int64_t)sim_below(sim, (uint64_t)s->c.conf.keepalive_ms * 12);

	if (s->quiet)
		return;
	send_one(s, node);
	sim_after(sim, gap_ms, traffic, s, node);
}

void
node_traffic_begin(struct node_swarm *s)
{
	for (size_t i = 0; i < s->c.conf.node_count; i++)
		sim_after(s->c.sim, (int64_t)sim_below(s->c.sim, 2000), traffic, s, i);
}

void
node_on_message(struct node_swarm *s, struct cluster_node *n, struct msg *m,
    const struct memb_from *from)
{
	struct watcher *w = &s->watcher[n->index];
	const char *to = n->sim->name, *by = from->node->name;
	uint64_t seq, generation;
	struct stream *st;
	size_t i = 0;
	int64_t count;

	if (strcmp(msg_type(m), "tst") != 0)
		return;
	while (i < s->c.conf.node_count && strcmp(s->c.node[i].sim->name, by) != 0)
		i++;
	if (i == s->c.conf.node_count || msg_hex(m, "seq", &seq) < 0 ||
	    msg_hex(m, "hg", &generation) < 0 || msg_dec(m, "n", &count) < 0) {
		node_fail(s, "%s: a message without its fields was delivered", to);
		return;
	}
	st = &w->stream[i];
	if (generation < st->generation)
		node_fail(s, "%s: a message of an older life of %s", to, by);
	if (generation > st->generation)
		*st = (struct stream){ .generation = generation };
	if (seq <= st->seq || (uint64_t)count <= st->n)
		node_fail(s, "%s: message %" PRIu64 " of %s after %" PRIu64, to, seq, by,
		    st->seq);
	if (st->n && (uint64_t)count != st->n + 1 && !st->excused &&
	    memb_stats(n->sim->memb)->lost == w->lost)
		node_fail(s,
		    "%s: between %" PRIu64 " and %" PRId64 " of %s are missing, silently",
		    to, st->n, count, by);
	st->seq = seq;
	st->n = (uint64_t)count;
	st->excused = false;
}

void
node_last_message(struct node_swarm *s)
{
	s->quiet = true;
	for (size_t i = 0; i < s->c.conf.node_count; i++)
		send_one(s, i);
}

void
node_check_last(struct node_swarm *s)
{
	for (size_t a = 0; a < s->c.conf.node_count; a++)
		for (size_t b = 0; b < s->c.conf.node_count; b++) {
			const struct stream *st = &s->watcher[a].stream[b];

			if (st->generation != s->c.node[b].generation ||
			    st->n != s->watcher[b].sent)
				node_fail(s,
				    "%s has not got the last message of %s: %" PRIu64
				    " of %" PRIu64,
				    s->c.node[a].sim->name, s->c.node[b].sim->name, st->n,
				    s->watcher[b].sent);
		}
}

/* What must change nothing. */

static void
on_heard(void *data, struct sim_node *node, size_t link, const uint8_t *frame, size_t len)
{
	struct cluster *c = data;
	struct node_swarm *s = c->data;
	struct watcher *w = &s->watcher[node->index];
	size_t i = w->frames % FRAMES_KEPT;

	if (!s->forge || len > FRAME_KEPT_MAX || sim_random(s->c.sim) % 8 != 0)
		return;
	w->life[i] = node->life;
	w->link[i] = link;
	w->len[i] = len;
	memcpy(w->frame[i], frame, len);
	w->frames++;
}

/* What membership says to one other node is of interest, too. */
static void
on_sent(void *data, struct sim_node *node, const uint8_t *frame, size_t len)
{
	static uint8_t copy[MEMB_FRAME_MAX];
	struct cluster *c = data;
	struct msg_trust trust = { .keys = NULL };
	struct msg m;

	memcpy(copy, frame, len);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, copy, len, &trust, NULL, 0, NULL) != MSG_DROP_NONE ||
	    strncmp(msg_type(&m), "NS_", 3) != 0)
		return;
	sim_note(c->sim, node, "sends %s to %s, %s%s%s", msg_type(&m),
	    msg_str(&m, "dest") ? msg_str(&m, "dest") : "all",
	    msg_str(&m, "firstseq") ? msg_str(&m, "firstseq")
	    : msg_str(&m, "ackseq") ? msg_str(&m, "ackseq")
	                            : "",
	    msg_str(&m, "lastseq") ? " to " : "",
	    msg_str(&m, "lastseq") ? msg_str(&m, "lastseq") : "");
}

void
node_frames_install(struct node_swarm *s)
{
	s->c.sim->heard = on_heard;
	if (sim_is_traced(s->c.sim))
		s->c.sim->sent = on_sent;
}

static uint64_t
mix(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3u;
	return hash;
}

/* All that a frame may change except counters and what links have heard.  Nothing of it
 * reaches the resource core without a delivery or an event, which w->told counts. */
static uint64_t
state_of(const struct node_swarm *s, const struct cluster_node *n)
{
	const struct memb *memb = n->sim->memb;
	uint64_t hash = s->watcher[n->index].told;

	for (size_t i = 0; i < memb_node_count(memb); i++) {
		const struct memb_node *m = memb_node_at(memb, i);

		hash = mix(hash, m->name, strlen(m->name));
		hash = mix(hash, m->status_text, strlen(m->status_text));
		hash = mix(hash, &m->status, sizeof(m->status));
		hash = mix(hash, &m->generation, sizeof(m->generation));
		hash = mix(hash, &m->seq_seen, sizeof(m->seq_seen));
		hash = mix(hash, &m->dead_ms, sizeof(m->dead_ms));
		hash = mix(hash, &m->features, sizeof(m->features));
		hash = mix(hash, &m->heard, sizeof(m->heard));
		hash = mix(hash, m->uuid, sizeof(m->uuid));
	}
	for (size_t i = 0; i < rsc_group_count(n->rsc); i++) {
		struct rsc_group_info info;

		rsc_group_info(n->rsc, i, &info);
		hash = mix(hash, &info.state, sizeof(info.state));
	}
	return mix(hash, cluster_word(n), 4);
}

static void
must_change_nothing(struct node_swarm *s, struct cluster_node *n, size_t link,
    const uint8_t *frame, size_t len, const char *what)
{
	uint64_t before;

	sim_drain(s->c.sim, n->index);
	before = state_of(s, n);
	sim_inject(s->c.sim, n->index, link, frame, len);
	if (state_of(s, n) != before)
		node_fail(s, "%s: %s changes its state", n->sim->name, what);
}

static void
replay(struct node_swarm *s, struct cluster_node *n)
{
	struct watcher *w = &s->watcher[n->index];
	size_t kept = w->frames < FRAMES_KEPT ? w->frames : FRAMES_KEPT, i;
	uint8_t copy[FRAME_KEPT_MAX];

	if (kept == 0)
		return;
	i = sim_below(s->c.sim, kept);
	if (w->life[i] != n->sim->life)
		return; /* it never heard that one */
	s->mark[MARK_REPLAY]++;
	memcpy(copy, w->frame[i], w->len[i]);
	must_change_nothing(s, n, w->link[i], copy, w->len[i],
	    "a frame that it heard before");
}

static const struct {
	const char *type, *name, *value;
} lies[] = {
	{ "shutdone", "st", "dead" },
	{ "status", "st", "dead" },
	{ "status", "st", "up" },
	{ "resource", "rsc_hold", "all" },
	{ "ask_resources", "rsc_hold", "all" },
	{ "hb_takeover", "rsc_hold", "all" },
	{ "starting", "info", "me" },
	{ "ip-request", "ipaddr", "TrA::0" },
	{ "NS_rexmit", "firstseq", "1" },
	{ "delnode", "nodelist", "alpha" },
};

/* As if PEER had sent it just now, but without the right keys, or by nobody we know. */
static void
forge(struct node_swarm *s, struct cluster_node *n, size_t peer)
{
	const struct cluster_node *p = &s->c.node[peer];
	size_t lie = sim_below(s->c.sim, sizeof(lies) / sizeof(lies[0]));
	uint64_t kind = sim_below(s->c.sim, 3);
	const struct msg_keys *keys = kind == 2                         ? n->sim->keys
	                              : n->sim->keys == &s->c.sim->keys ? &s->c.other_keys
	                                                                : &s->c.sim->keys;
	struct msg_style style = { .form = kind == 0 ? MSG_NETSTRING : MSG_CLASSIC,
		.keys = keys };
	char store[1024];
	uint8_t frame[1024];
	struct msg m;
	ssize_t len;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", lies[lie].type);
	msg_add_str(&m, lies[lie].name, lies[lie].value);
	msg_add_str(&m, "info", "me");
	msg_add_str(&m, "rtype", "full");
	msg_add_str(&m, "isstable", "1");
	msg_add_str(&m, "src", kind == 2 ? "stranger" : p->sim->name);
	msg_add_hex(&m, "hg", p->sim->generation + (sim_below(s->c.sim, 3) == 0));
	msg_add_hex(&m, "seq", p->sim->memb ? memb_seq(p->sim->memb) + 1 : 1);
	msg_add_hex(&m, "ts", 0x6b000001);
	len = msg_encode(&m, &style, frame, sizeof(frame));
	if (len < 0)
		return;
	s->mark[MARK_FORGED]++;
	must_change_nothing(s, n, 0, frame, (size_t)len,
	    kind == 0   ? "an unsigned frame"
	    : kind == 1 ? "a frame of other keys"
	                : "a frame of a stranger");
}

void
node_forge(struct node_swarm *s)
{
	size_t i = sim_below(s->c.sim, s->c.conf.node_count);
	size_t peer = (i + 1 + sim_below(s->c.sim, s->c.conf.node_count - 1)) %
	              s->c.conf.node_count;

	if (!cluster_is_awake(&s->c.node[i]))
		return;
	replay(s, &s->c.node[i]);
	forge(s, &s->c.node[i], peer);
}
