/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram whose signature was right: the checks of spec/wire.md 10, in that order, and
 * who gets it.
 *
 *   form -> known node -> our own? -> NS_ type? -> generation -> restart, partition
 *   -> number -> content
 *
 * What fails a check changes nothing, is counted in struct memb_stats and logged under a
 * limit per peer.  Differences from the reference, all invisible to it:
 *  - NS_ messages must belong to the present life of their sender;
 *  - messages of a life (or of a dead node) that has not shown a status wait for it;
 *  - NS_st is taken only from ping media and only for ping nodes;
 *  - what bears our own name must be something that we sent.
 */
#include "heartbeat/membership/private.h"

#include <errno.h>
#include <stdio.h>

/* Reading. */

static bool
memb_uuid_take(const struct msg_field *f, uint8_t uuid[16])
{
	static const uint8_t nobody[16];

	if (f->type != MSG_BINARY || f->len != 16 || memcmp(f->value, nobody, 16) == 0)
		return false;
	memcpy(uuid, f->value, 16);
	return true;
}

/* 0, -ENOENT, -EINVAL. */
static int
memb_hex_take(const struct msg_field *f, uint64_t *value)
{
	uint64_t v = 0;

	if (!f)
		return -ENOENT;
	if (f->type != MSG_STRING || f->len == 0 || f->len > 16)
		return -EINVAL;
	for (size_t i = 0; i < f->len; i++) {
		unsigned c = f->value[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -EINVAL;
	}
	*value = v;
	return 0;
}

/* One walk over the fields instead of a search for each; the first of a name counts. */
struct memb_fields {
	const struct msg_field *t, *src, *dest, *st, *seq, *hg, *ts, *srcuuid, *destuuid;
	const struct msg_field *pn;
	const struct msg_field *calm;
};

#define TAKE(place, text)                                                                \
	do {                                                                             \
		if (!(place) && memcmp(f->name, (text), sizeof(text)) == 0)              \
			(place) = f;                                                     \
	} while (0)

static void
memb_fields_find(const struct msg *m, struct memb_fields *found)
{
	*found = (struct memb_fields){ 0 };
	for (size_t i = 0; i < m->count; i++) {
		const struct msg_field *f = &m->field[i];

		switch (f->name_len) {
		case 1:
			TAKE(found->t, "t");
			break;
		case 2:
			TAKE(found->hg, "hg");
			TAKE(found->ts, "ts");
			TAKE(found->st, "st");
			TAKE(found->pn, "pn");
			break;
		case 3:
			TAKE(found->src, "src");
			TAKE(found->seq, "seq");
			break;
		case 4:
			TAKE(found->dest, "dest");
			break;
		case 6:
			TAKE(found->calm, MEMB_CALM_FIELD);
			break;
		case 7:
			TAKE(found->srcuuid, "srcuuid");
			break;
		case 8:
			TAKE(found->destuuid, "destuuid");
			break;
		}
	}
}

static const char *
memb_text(const struct msg_field *f)
{
	return f && f->type == MSG_STRING ? (const char *)f->value : NULL;
}

static bool
memb_packet_is_for_us(const struct memb *memb, const struct memb_packet *p)
{
	if (p->has_destuuid && !p->is_ns)
		return memcmp(p->destuuid, memb->self->node.uuid, 16) == 0;
	return !p->dest || strcmp(p->dest, memb->self->node.name) == 0;
}

int
memb_packet_read(const struct memb *memb, struct memb_packet *p, struct msg *m,
    size_t medium)
{
	struct memb_fields f;
	int r;

	memb_fields_find(m, &f);
	*p = (struct memb_packet){ .m = m,
		.medium = medium,
		.type = memb_text(f.t),
		.src = memb_text(f.src),
		.dest = memb_text(f.dest),
		.st = memb_text(f.st),
		.is_calm = f.calm != NULL };
	if (!p->type || !p->src || memb_hex_take(f.ts, &p->ts) < 0) {
		p->wrong = "missing from/ts/type";
		return -EINVAL;
	}
	p->is_ns = strncmp(p->type, "NS_", 3) == 0;
	r = memb_hex_take(f.seq, &p->seq);
	if (!p->is_ns && (r < 0 || p->seq == 0 || p->seq >= SEQ_MAX)) {
		p->wrong = r == -ENOENT ? "missing seqno" : "has bad cseq";
		return -EINVAL;
	}
	p->span = 1;
	if (f.pn && !p->is_ns && memb_piece_is(p->type) &&
	    (memb_hex_take(f.pn, &p->span) < 0 || p->span == 0 || p->span > p->seq ||
	        p->span > MEMB_HISTORY_MAX)) {
		p->wrong = "has bad pn";
		return -EINVAL;
	}
	if (p->ts == 0) {
		p->wrong = "";
		return -EINVAL;
	}
	memb_hex_take(f.hg, &p->generation); /* absent or unreadable: 0 */
	p->has_srcuuid = f.srcuuid && memb_uuid_take(f.srcuuid, p->srcuuid);
	p->has_destuuid = f.destuuid && memb_uuid_take(f.destuuid, p->destuuid);
	p->for_us = memb_packet_is_for_us(memb, p);
	return 0;
}

static void
memb_packet_malformed(struct memb *memb, const struct memb_packet *p)
{
	const char *iface = memb->medium[p->medium].ping_node;
	char dump[400];

	if (!*iface)
		iface = memb->link_name[memb->medium[p->medium].link];
	memb->stats.malformed++;
	if (!*p->wrong) /* no time: dropped without a word */
		return;
	memb_log_limited(memb, &memb->limit, LOG_ERR,
	    "process_clustermsg: %s: iface %s, from %s", p->wrong, iface,
	    p->src ? p->src : "<?>");
	memb_log_limited(memb, &memb->limit, LOG_ERR, "MSG: %s",
	    msg_format(p->m, dump, sizeof(dump)));
}

void
memb_raw(struct memb *memb, const struct memb_peer *peer, const struct memb_packet *p,
    unsigned bit)
{
	struct memb_from from;

	if (!memb->fx->raw)
		return;
	from = (struct memb_from){ .node = &peer->node,
		.link = memb_link_name(memb, peer, p->medium),
		.in_order = false };
	memb->fx->raw(memb->shell, p->m, &from, bit);
}

/* Handing on. */

void
memb_dispatch(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	struct memb_from from;

	if (!p->for_us) {
		memb->stats.not_for_us += peer != memb->self;
		return;
	}
	if (!p->is_ns && memb_piece_is(p->type)) {
		memb_piece_heard(memb, peer, p);
		return;
	}
	if (memb_admin_handle(memb, peer, p))
		return;
	from = (struct memb_from){ .node = &peer->node,
		.link = memb_link_name(memb, peer, p->medium),
		.in_order = !p->is_ns };
	memb->stats.delivered++;
	memb->fx->deliver(memb->shell, p->m, &from);
}

void
memb_packet_accepted(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p)
{
	assert(!p->is_ns && peer != memb->self);
	assert(p->generation == peer->node.generation);
	peer->ack_content |= strcmp(p->type, "status") != 0;
	if (strcmp(p->type, "status") != 0)
		memb_disturb(memb);
	if (strcmp(p->type, "status") == 0) {
		memb_status_heard(memb, peer, p);
	} else if (strcmp(p->type, "reqnodes") == 0) {
		if (p->for_us)
			memb_admin_reqnodes(memb, peer);
		memb_raw(memb, peer, p, MEMB_RAW_PROTOCOL);
	} else if (strcmp(p->type, "repnodes") == 0) {
		memb_raw(memb, peer, p, MEMB_RAW_PROTOCOL);
		if (p->for_us)
			memb_admin_repnodes(memb, peer, p);
	} else {
		memb_seq_deliver(memb, peer, p);
	}
	memb_seq_release(memb, peer); /* it may have been what others waited for */
}

/* Our own. */

/* Each number proves the link once, the newest one always. */
void
memb_echo_note(struct memb *memb, uint64_t seq, size_t medium)
{
	struct memb_peer *self = memb->self;
	size_t link = memb->medium[medium].link;

	memb->stats.duplicates++;
	if (seq <= self->link_echo[link] && seq != memb->seq)
		return;
	self->link_echo[link] = seq;
	memb_link_heard(memb, self, medium);
}

static void
memb_heard_self(struct memb *memb, const struct memb_packet *p)
{
	struct memb_peer *self = memb->self;

	if (p->generation < memb->generation) { /* of a former life */
		memb->stats.old_generation++;
		return;
	}
	if ((p->has_srcuuid && memcmp(p->srcuuid, self->node.uuid, 16) != 0) ||
	    p->generation > memb->generation || (!p->is_ns && p->seq > memb->seq)) {
		memb->stats.impostor++;
		memb_log_limited(memb, &memb->limit, LOG_ERR,
		    "another node calls itself %s (generation %llu, ours is %llu): "
		    "ignored",
		    self->node.name, (unsigned long long)p->generation,
		    (unsigned long long)memb->generation);
		return;
	}
	if (p->is_ns)
		memb->stats.duplicates++;
	else
		memb_echo_note(memb, p->seq, p->medium);
	memb_raw(memb, self, p, MEMB_RAW_DUPLICATE);
}

/* NS_ types: no number, so only their life can be checked. */

static void
memb_heard_ping(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	if (strcmp(p->type, "NS_st") != 0 || !p->st || strcmp(p->st, "ping") != 0 ||
	    !*memb->medium[p->medium].ping_node) {
		memb->stats.malformed++;
		return;
	}
	memb_link_heard(memb, peer, p->medium);
	arrival_beat(&peer->arrival[0], memb->now, memb->keepalive_ms);
	memb_ping_heard(memb, peer, p);
}

static void
memb_heard_ns(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	if (!p->for_us) {
		memb->stats.not_for_us++;
		return;
	}
	if (p->generation != peer->node.generation || peer->status_seq == 0) {
		memb->stats.wrong_life++;
		return;
	}
	/* They can be replayed, so they prove no link. */
	if (strcmp(p->type, "NS_ackmsg") == 0)
		memb_ack_heard(memb, peer, p);
	else if (strcmp(p->type, "NS_rexmit") == 0)
		memb_request_heard(memb, peer, p);
	else if (strcmp(p->type, "NS_nak_rexmit") == 0)
		memb_nak_heard(memb, peer, p);
	else if (strcmp(p->type, "NS_st") != 0) {
		memb_disturb(memb);
		memb_dispatch(memb, peer, p);
	}
	memb_raw(memb, peer, p, MEMB_RAW_PROTOCOL);
}

/* Those with a number. */

static void
memb_heard_replay(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	memb->stats.old_generation++;
	memb_log_limited(memb, &peer->limit, LOG_ERR,
	    "should_drop_message: attempted replay attack [%s]? [gen = %llu, curgen = "
	    "%llu]",
	    peer->node.name, (unsigned long long)p->generation,
	    (unsigned long long)peer->node.generation);
	if (peer->replay_told)
		return;
	peer->replay_told = true;
	memb_log(memb, LOG_INFO,
	    "If node %s was installed anew and lost its generation: give it one above "
	    "%llu, "
	    "or remove what is stored of it here and restart.",
	    peer->node.name, (unsigned long long)peer->node.generation);
}

static void
memb_partition_healed(struct memb *memb, struct memb_peer *peer)
{
	char why[128];

	snprintf(why, sizeof(why), "same generation %llu after %lld ms of silence",
	    (unsigned long long)peer->node.generation,
	    (long long)instant_diff_ms(memb->now, peer->node.heard));
	memb_log(memb, LOG_CRIT, "Cluster node %s returning after partition.",
	    peer->node.name);
	memb_log(memb, LOG_INFO,
	    "For information on cluster partitions, See URL: "
	    "http://linux-ha.org/wiki/Split_Brain");
	memb_log(memb, LOG_WARNING, "Deadtime value may be too small.");
	memb_log(memb, LOG_INFO, "See FAQ for information on tuning deadtime.");
	memb_log(memb, LOG_INFO, "URL: http://linux-ha.org/wiki/FAQ#Heavy_Load");
	memb_tell(memb, MEMB_EV_PARTITION, peer, why);
	if (memb->manages_resources)
		memb_status_send(memb);
}

static const char *
memb_uuid_format(const uint8_t uuid[16], char text[37])
{
	size_t used = 0;

	for (size_t i = 0; i < 16; i++) {
		bool dash = i == 4 || i == 6 || i == 8 || i == 10;

		used += (size_t)snprintf(text + used, 37 - used, dash ? "-%02x" : "%02x",
		    uuid[i]);
	}
	assert(used == 36);
	return text;
}

/* A uuid is learnt only from a message that passed everything else. */
static void
memb_uuid_learn(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	struct memb_peer *other;
	char text[37];

	if (!p->has_srcuuid ||
	    (peer->node.has_uuid && memcmp(peer->node.uuid, p->srcuuid, 16) == 0))
		return;
	other = memb_peer_find_uuid(memb, p->srcuuid);
	if (other &&
	    (other == memb->self || (memb_peer_is_live(other) && other->node.anything))) {
		if (!peer->clone_told)
			memb_log(memb, LOG_ERR,
			    "nodes %s and %s have the same uuid: one is a copy of the "
			    "other",
			    peer->node.name, other->node.name);
		peer->clone_told = true;
		return;
	}
	if (peer->node.has_uuid)
		memb_log(memb, LOG_INFO, "node %s changed its uuid to %s",
		    peer->node.name, memb_uuid_format(p->srcuuid, text));
	memb_peer_set_uuid(memb, peer, p->srcuuid);
	memb_tell(memb, MEMB_EV_NODES, peer, "its uuid is new");
}

/* Statistics of the link: heartbeats are what deadtime waits for, numbers show losses. */
static void
memb_arrival_note(const struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p)
{
	struct arrival *a = &peer->arrival[memb->medium[p->medium].link];
	int64_t us = (memb->at.ns - memb->status_asked.ns) / 1000;
	bool is_new = p->seq > a->seq;

	for (uint64_t seq = p->seq - p->span + 1; seq <= p->seq; seq++)
		arrival_number(a, seq);
	if (!is_new || strcmp(p->type, "status") != 0)
		return; /* one that was repeated is no heartbeat */
	if (instant_is_set(memb->status_asked) && us >= 0 && memb_peer_is_prompt(peer) &&
	    a->heard.ns < memb->status_asked.ns && us < memb->keepalive_ms * 1000 / 4)
		arrival_answer(a, us);
	arrival_beat(a, memb->at, memb->keepalive_ms);
}

static void
memb_heard_booked(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	enum memb_verdict verdict = memb_seq_book(memb, peer, p->seq, p->span);

	memb_arrival_note(memb, peer, p);
	if (verdict == SEQ_OLD) {
		memb->stats.duplicates++;
		memb_raw(memb, peer, p, MEMB_RAW_DROPPED);
		return;
	}
	/* Those for others prove no link, as in the reference. */
	if (p->for_us)
		memb_link_heard(memb, peer, p->medium);
	if (verdict == SEQ_NEWEST_AGAIN) {
		memb->stats.duplicates++;
		memb_raw(memb, peer, p, MEMB_RAW_DUPLICATE);
		return;
	}
	memb_uuid_learn(memb, peer, p);
	memb_packet_accepted(memb, peer, p);
}

static void
memb_heard_seq(struct memb *memb, struct memb_peer *peer, const struct memb_packet *p)
{
	bool is_status = strcmp(p->type, "status") == 0;
	bool dead = peer->node.status == MEMB_DEAD,
	     is_new = p->generation > peer->node.generation;
	bool begins = is_new || dead || peer->status_seq == 0;

	if (p->generation < peer->node.generation || p->generation == 0) {
		memb_heard_replay(memb, peer, p);
		return;
	}
	if (!is_new && dead && (p->seq <= peer->floor || p->seq <= peer->status_seq)) {
		memb->stats.duplicates++; /* late ones of before its death */
		return;
	}
	if (begins) {
		if (!is_status) {
			memb_early_keep(memb, peer, p);
			return;
		}
		if (!memb_status_has_word(p)) { /* no life begins with that */
			memb->stats.malformed++;
			return;
		}
	}
	if (is_new)
		memb_life_begin(memb, peer, p->generation);
	else if (dead)
		memb_partition_healed(memb, peer);
	if (!begins || peer->early.count == 0 ||
	    peer->early_generation != p->generation) {
		memb_heard_booked(memb, peer, p);
		return;
	}
	memb_link_heard(memb, peer, p->medium);
	memb_uuid_learn(memb, peer, p);
	memb_early_replay(memb, peer, p);
}

void
memb_packet_handle(struct memb *memb, size_t medium, struct msg *m)
{
	struct memb_packet p;
	struct memb_peer *peer;

	assert(medium < memb->medium_count);
	if (memb_packet_read(memb, &p, m, medium) < 0) {
		memb_packet_malformed(memb, &p);
		return;
	}
	peer = memb_peer_of(memb, &p);
	if (!peer)
		return;
	if (peer->node.type == MEMB_PING)
		memb_heard_ping(memb, peer, &p);
	else if (*memb->medium[medium].ping_node)
		memb->stats.malformed++; /* nodes do not speak through ping media */
	else if (peer == memb->self)
		memb_heard_self(memb, &p);
	else if (p.is_ns && strcmp(p.type, "NS_pack") == 0)
		memb_pack_heard(memb, peer, &p); /* what it holds is judged one by one */
	else if (p.is_ns)
		memb_heard_ns(memb, peer, &p);
	else
		memb_heard_seq(memb, peer, &p);
}
