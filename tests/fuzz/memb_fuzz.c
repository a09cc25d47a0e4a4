/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership among nodes that sign correctly and say anything, over links that lose,
 * repeat and reorder it, while time goes on by leaps.  Whatever they do:
 *  - the invariants of memb_check() hold after each step;
 *  - what has a number is delivered once and in the order of its sender, belongs to the
 *    sender's present life and is for us;
 *  - a heartbeat without news is not delivered, and no sender's news are older than the
 *    last;
 *  - a message that came in pieces is what was cut, or nothing;
 *  - one datagram makes us send a bounded number of frames, each of which is readable;
 *  - memory is bounded, and a timer that has fired is armed for later;
 *  - we never die, come up once, and are paused and resumed in turns.
 */
#include "heartbeat/membership/membership.h"
#include "tests/fuzz/steps.h"

#include <errno.h>
#include <sanitizer/allocator_interface.h>

#define FRAMES_MAX 128 /* of one datagram: 50 answers, and what they tell */
#define MEMORY_MAX (64 * 1024 * 1024) /* what waits, of all senders, and their nodes */
#define LINKS 3                       /* two to nodes, one to the ping node */
#define OLD_MAX 8

static const char *const names[] = { "beta", "gamma", "10.0.0.3", "alpha", "delta",
	"epsilon", "", "a name" };

/* What we know of a sender by what was delivered. */
struct heard {
	const struct memb_node *node;
	uint64_t generation, seq, status_seq;
};

struct shell {
	struct steps in;
	struct memb *memb;
	struct memb_conf conf;
	struct msg_keys keys;
	struct instant now, armed;
	uint64_t seq[ARRAY_LEN(names)], generation[ARRAY_LEN(names)];
	struct heard heard[MEMB_NODE_MAX + 1];
	size_t heard_count;
	unsigned frames;
	size_t memory; /* before it began */
	bool up, paused, ticking;
	bool sound; /* a run of sound messages: not each goes through its bytes */
	/* Datagrams that come a second time. */
	struct old {
		size_t len;
		uint8_t bytes[1024];
	} old[OLD_MAX];
	size_t old_next;
};

static struct shell shell;

static struct heard *
heard_of(struct shell *sh, const struct memb_node *node)
{
	size_t i = 0;

	while (i < sh->heard_count && sh->heard[i].node != node)
		i++;
	FUZZ_MUST(i < ARRAY_LEN(sh->heard));
	if (i == sh->heard_count)
		sh->heard[sh->heard_count++] = (struct heard){ .node = node };
	return &sh->heard[i];
}

static bool
is_self(const struct memb_node *node)
{
	return strcmp(node->name, "alpha") == 0;
}

/* What it asks for. */

static void
fx_send(void *data, const uint8_t *frame, size_t len)
{
	static uint8_t scratch[MSG_EXPANDED_MAX];
	static struct msg m;
	struct shell *sh = data;
	struct msg_trust trust = { .keys = &sh->keys };
	uint8_t *copy;

	FUZZ_MUST(len > 0 && len <= MEMB_FRAME_MAX);
	if (sh->frames++ > 0 && sh->sound)
		return;
	copy = fuzz_copy(frame, len);
	msg_init(&m, NULL, 0);
	FUZZ_MUST(msg_decode(&m, copy, len, &trust, scratch, sizeof(scratch), NULL) ==
	          MSG_DROP_NONE);
	FUZZ_MUST(*msg_type(&m) && msg_str(&m, "src"));
	free(copy);
}

static void
fx_ping(void *data, uint64_t ts)
{
	(void)data;
	FUZZ_MUST(ts > 0);
}

static void
fx_arm(void *data, struct instant when)
{
	struct shell *sh = data;

	FUZZ_MUST(instant_is_set(when));
	FUZZ_MUST(!sh->ticking || when.ns > sh->now.ns);
	sh->armed = when;
}

static void
fx_deliver(void *data, struct msg *m, const struct memb_from *from)
{
	struct shell *sh = data;
	struct heard *h = heard_of(sh, from->node);
	const char *type = msg_type(m), *dest = msg_str(m, "dest");
	bool is_status = strcmp(type, "status") == 0,
	     is_ns = strncmp(type, "NS_", 3) == 0;
	uint64_t seq = 0, generation = 0;
	uint8_t uuid[16];

	FUZZ_MUST(from->link && *from->link);
	FUZZ_MUST(from->node->type == MEMB_NORMAL || strcmp(type, "NS_st") == 0);
	if (is_ns || from->node->type == MEMB_PING) {
		FUZZ_MUST(!from->in_order);
		return;
	}
	FUZZ_MUST(msg_hex(m, "seq", &seq) == 0 && seq > 0);
	FUZZ_MUST(msg_hex(m, "hg", &generation) == 0);
	FUZZ_MUST(generation == from->node->generation && generation >= h->generation);
	if (generation > h->generation)
		*h = (struct heard){ .node = h->node, .generation = generation };
	if (is_status && !is_self(from->node)) {
		FUZZ_MUST(!from->in_order && seq > h->status_seq);
		FUZZ_MUST(from->node->status != MEMB_DEAD);
		h->status_seq = seq;
		return;
	}
	FUZZ_MUST(from->in_order && seq > h->seq);
	h->seq = seq;
	FUZZ_MUST(seq <= from->node->seq_seen);
	FUZZ_MUST(strcmp(type, "hb-piece") != 0 || is_self(from->node));
	if (strcmp(type, "cut") == 0 && msg_str(m, "big"))
		FUZZ_MUST(strspn(msg_str(m, "big"), "x") == strlen(msg_str(m, "big")));
	if (msg_uuid(m, "destuuid", uuid) == 0 && uuid[0])
		FUZZ_MUST(memcmp(uuid, sh->conf.uuid, 16) == 0);
	else if (dest)
		FUZZ_MUST(strcmp(dest, "alpha") == 0);
}

static void
fx_raw(void *data, struct msg *m, const struct memb_from *from, unsigned bit)
{
	(void)data;
	FUZZ_MUST(m->count > 0 && from->node->name[0] && from->link);
	FUZZ_MUST(bit == MEMB_RAW_NOCHANGE || bit == MEMB_RAW_DROPPED ||
	          bit == MEMB_RAW_DUPLICATE || bit == MEMB_RAW_PROTOCOL);
}

static void
fx_event(void *data, const struct memb_event *e)
{
	struct shell *sh = data;

	FUZZ_MUST(e->why && *e->why);
	switch (e->type) {
	case MEMB_EV_NODE:
		FUZZ_MUST(!is_self(e->node) || e->node->status != MEMB_DEAD);
		FUZZ_MUST(e->node->status_text[0]);
		break;
	case MEMB_EV_LINK:
		FUZZ_MUST(e->link && e->link->name[0]);
		break;
	case MEMB_EV_COMM_UP:
		FUZZ_MUST(!sh->up);
		sh->up = true;
		break;
	case MEMB_EV_RESTARTED:
		FUZZ_MUST(e->node->anything && !is_self(e->node));
		break;
	case MEMB_EV_PARTITION:
		FUZZ_MUST(e->node->status == MEMB_DEAD && !is_self(e->node));
		break;
	case MEMB_EV_SELF_SILENT:
		FUZZ_MUST(sh->up);
		break;
	case MEMB_EV_NODES:
		if (e->node && strncmp(e->why, "removed", 7) == 0) {
			struct heard *h = heard_of(sh, e->node);

			*h = sh->heard[--sh->heard_count];
		}
		break;
	case MEMB_EV_GENERATION:
		FUZZ_MUST(e->node->generation > 0);
		break;
	case MEMB_EV_DELETED:
		break;
	case MEMB_EV_CLIENTS_PAUSE:
	case MEMB_EV_CLIENTS_RESUME:
		FUZZ_MUST(sh->paused == (e->type == MEMB_EV_CLIENTS_RESUME));
		sh->paused = !sh->paused;
		break;
	case MEMB_EV_LOST:
		FUZZ_MUST(!is_self(e->node));
		break;
	}
}

static uint64_t
fx_wall(void *data)
{
	struct shell *sh = data;

	return 1700000000u + (uint64_t)(sh->now.ns / 1000000000);
}

static const char *
fx_load(void *data)
{
	(void)data;
	return "0.00 0.01 0.05 1/100 1";
}

static void
fx_log(void *data, int priority, const char *text)
{
	(void)data;
	FUZZ_MUST(priority >= 0 && priority <= 7 && *text);
	if (getenv("FUZZ_TRACE"))
		fprintf(stderr, "  log %s\n", text);
}

static const struct memb_effects effects = {
	.send = fx_send,
	.ping = fx_ping,
	.arm = fx_arm,
	.deliver = fx_deliver,
	.raw = fx_raw,
	.event = fx_event,
	.wall = fx_wall,
	.load = fx_load,
	.log = fx_log,
};

/* Messages of others. */

static void
uuid_of(const char *name, uint8_t uuid[16])
{
	memset(uuid, 0, 16);
	snprintf((char *)uuid, 16, "%s", name);
}

static void
hear(struct shell *sh, const uint8_t *bytes, size_t len)
{
	static uint8_t scratch[MSG_EXPANDED_MAX];
	static struct msg m;
	uint8_t *copy = fuzz_copy(bytes, len);

	msg_init(&m, NULL, 0);
	FUZZ_MUST(msg_decode(&m, copy, len, NULL, scratch, sizeof(scratch), NULL) ==
	          MSG_DROP_NONE);
	sh->frames = 0;
	memb_heard(sh->memb, sh->now, sh->now, steps_below(&sh->in, LINKS), &m);
	FUZZ_MUST(sh->frames <= FRAMES_MAX);
	free(copy);
}

static bool
is_shared(const char *name)
{
	static const char *const shared[] = { "src", "srcuuid", "hg", "ts", "ld", "ttl" };

	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		if (strcmp(name, shared[i]) == 0)
			return true;
	return false;
}

/* M twice in one pack, the second time perhaps damaged. */
static void
hear_pack(struct shell *sh, const struct msg *m)
{
	static const struct msg_style style = { .form = MSG_NETSTRING };
	static uint8_t inner_store[2048], outer_store[4096], pack[2048], frame[8192];
	static struct msg inner, outer;
	const struct msg_field *seq = msg_find(m, "seq");
	ssize_t len;
	size_t used;

	msg_init(&inner, inner_store, sizeof(inner_store));
	msg_init(&outer, outer_store, sizeof(outer_store));
	msg_add_str(&outer, "t", "NS_pack");
	for (size_t i = 0; i < m->count; i++) {
		const struct msg_field *f = &m->field[i];

		if (f != seq)
			msg_add(is_shared(f->name) ? &outer : &inner, f->type, f->name,
			    f->value, f->len);
	}
	if (seq)
		msg_add(&inner, seq->type, "seq", seq->value, seq->len);
	if (!msg_find(&outer, "ld"))
		msg_add_str(&outer, "ld", "0");
	if (!msg_find(&outer, "ttl"))
		msg_add_str(&outer, "ttl", "3");
	len = msg_encode(&inner, &style, pack + 2, 1000);
	if (len < 0)
		return;
	pack[0] = (uint8_t)(len >> 8);
	pack[1] = (uint8_t)len;
	used = (size_t)len + 2;
	memcpy(pack + used, pack, used);
	if (sh->old_next % 3 == 0) /* the input decides where */
		pack[used + steps_word(&sh->in) % used] ^= (uint8_t)steps_byte(&sh->in);
	msg_add(&outer, MSG_BINARY, "pk", pack, 2 * used);
	len = msg_encode(&outer, &style, frame, sizeof(frame));
	if (len > 0)
		hear(sh, frame, (size_t)len);
}

static void
hear_message(struct shell *sh, struct msg *m)
{
	static const struct msg_style style = { .form = MSG_NETSTRING };
	struct old *old = &sh->old[sh->old_next % OLD_MAX];
	ssize_t len;

	if (sh->sound && sh->old_next % 4 != 0) {
		sh->old_next++;
		memb_heard(sh->memb, sh->now, sh->now, 0, m);
		return;
	}
	sh->old_next++;
	if (sh->old_next % 8 == 5) {
		hear_pack(sh, m);
		return;
	}
	len = msg_encode(m, &style, old->bytes, sizeof(old->bytes));
	old->len = len < 0 ? 0 : (size_t)len;
	if (old->len > 0)
		hear(sh, old->bytes, old->len);
}

/* Mostly the next one; so it is, too, where the input has ended. */
static uint64_t
some_seq(struct shell *sh, size_t who)
{
	switch (steps_below(&sh->in, 16)) {
	case 12:
		return sh->seq[who] - steps_byte(&sh->in);
	case 13:
		return sh->seq[who] += steps_word(&sh->in);
	case 14:
		return sh->seq[who] += steps_below(&sh->in, 8);
	case 15:
		return UINT64_MAX >> steps_below(&sh->in, 64);
	default:
		return ++sh->seq[who];
	}
}

static uint64_t
some_generation(struct shell *sh, size_t who)
{
	switch (steps_below(&sh->in, 32)) {
	case 29:
		sh->seq[who] = 0;
		return ++sh->generation[who];
	case 30:
		return sh->generation[who] - 1;
	case 31:
		return UINT64_MAX - steps_byte(&sh->in);
	default:
		return sh->generation[who];
	}
}

static void
add_number(struct shell *sh, struct msg *m, const char *name)
{
	static const char *const odd[] = { "", "x", "-1", "0", "ffffffffffffffff",
		"9223372036854775807", "1 2", "0x5" };
	uint64_t seq = memb_seq(sh->memb);

	switch (steps_below(&sh->in, 4)) {
	case 0:
		msg_add_str(m, name, STEPS_ONE_OF(&sh->in, odd));
		break;
	case 1:
		msg_add_hex(m, name, seq - steps_byte(&sh->in));
		break;
	case 2:
		msg_add_dec(m, name, (int64_t)seq - (int)steps_byte(&sh->in));
		break;
	default:
		msg_add_hex(m, name, steps_word(&sh->in));
	}
}

static void
add_field(struct shell *sh, struct msg *m)
{
	static const char *const numbers[] = { "dt", "protocol", "hbfeat", "firstseq",
		"lastseq", "ackseq", "ts", "seq", "hg" };
	static const char *const lists[] = { "alpha beta", "alpha beta gamma ", "delta",
		"beta gamma", "gamma", " ", "alpha", "epsilon delta gamma beta alpha",
		"10.0.0.3" };
	static const char *const texts[] = { "node", "weight", "site", "st", "src", "t",
		"nodelist", "delnodelist", "x" };
	char text[128];
	uint8_t uuid[16];

	switch (steps_below(&sh->in, 6)) {
	case 0:
	case 1:
		add_number(sh, m, STEPS_ONE_OF(&sh->in, numbers));
		break;
	case 2:
		msg_add_str(m, steps_below(&sh->in, 2) ? "nodelist" : "delnodelist",
		    STEPS_ONE_OF(&sh->in, lists));
		break;
	case 3:
		msg_add_str(m, STEPS_ONE_OF(&sh->in, texts),
		    steps_text(&sh->in, text, sizeof(text)));
		break;
	case 4:
		msg_add_str(m, steps_below(&sh->in, 2) ? "node" : "dest",
		    STEPS_ONE_OF(&sh->in, names));
		break;
	default:
		uuid_of(STEPS_ONE_OF(&sh->in, names), uuid);
		msg_add(m, MSG_BINARY, steps_below(&sh->in, 2) ? "srcuuid" : "destuuid",
		    uuid, steps_below(&sh->in, 16) ? 16 : 3);
	}
}

/* From WHO, sound unless what M has already says otherwise: the first of a name counts.
 */
static void
finish(struct shell *sh, struct msg *m, size_t who, const char *type, const char *st)
{
	uint8_t uuid[16];

	msg_add_str(m, "t", type);
	if (st)
		msg_add_str(m, "st", st);
	msg_add_str(m, "src", names[who]);
	uuid_of(names[who], uuid);
	msg_add(m, MSG_BINARY, "srcuuid", uuid, 16);
	msg_add_hex(m, "hg", some_generation(sh, who));
	if (strncmp(type, "NS_", 3) != 0)
		msg_add_hex(m, "seq", some_seq(sh, who));
	msg_add_hex(m, "ts", 5);
	msg_add_hex(m, "dt", 1000);
	msg_add_str(m, "protocol", "1");
	if (who == 0 && !sh->conf.quick_restart)
		msg_add_hex(m, "hbfeat", 0x17); /* as new as we are */
	hear_message(sh, m);
}

static void
say(struct shell *sh, size_t who, const char *type, const char *st, unsigned extra)
{
	uint8_t store[4096];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	while (extra-- > 0)
		add_field(sh, &m);
	finish(sh, &m, who, type, st);
}

static void
say_ack(struct shell *sh, size_t who, uint64_t seq)
{
	uint8_t store[1024];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "dest", "alpha");
	msg_add_hex(&m, "ackseq", seq);
	finish(sh, &m, who, "NS_ackmsg", NULL);
}

static void
step_status(struct shell *sh)
{
	static const char *const words[] = { "active", "active", "active", "up", "init",
		"dead", "ping", "ACTIVE", "",
		"a word that is too long for a status word" };

	say(sh, steps_below(&sh->in, ARRAY_LEN(names)), "status",
	    STEPS_ONE_OF(&sh->in, words),
	    steps_below(&sh->in, 4) ? 0 : steps_below(&sh->in, 4));
}

static void
step_message(struct shell *sh)
{
	static const char *const types[] = { "foo", "foo", "foo", "resource", "reqnodes",
		"repnodes", "addnode", "delnode", "setweight", "setsite", "NS_ackmsg",
		"NS_rexmit", "NS_nak_rexmit", "NS_st", "NS_foo", "" };

	say(sh, steps_below(&sh->in, ARRAY_LEN(names)), STEPS_ONE_OF(&sh->in, types),
	    NULL, steps_below(&sh->in, 8));
}

/* Sound ones. */

static struct steps
sound_begin(struct shell *sh)
{
	struct steps rest = sh->in;

	sh->in.left = 0;
	sh->sound = true;
	return rest;
}

static void
sound_end(struct shell *sh, struct steps rest)
{
	sh->in = rest;
	sh->sound = false;
}

/* All live, and acknowledge what we sent, or not. */
static void
step_beats(struct shell *sh)
{
	static const char *const words[] = { "active", "up", "init" };
	const char *st = STEPS_ONE_OF(&sh->in, words);
	unsigned who = steps_byte(&sh->in);
	struct steps rest = sound_begin(sh);

	for (size_t i = 0; i < 2; i++)
		if (!(who >> i & 1))
			say(sh, i, "status", st, 0);
	for (size_t i = 0; i < 2; i++)
		if (!(who >> (i + 2) & 1))
			say_ack(sh, i, memb_seq(sh->memb));
	sound_end(sh, rest);
}

static void
step_ping(struct shell *sh)
{
	static const uint8_t over_its_link[] = { 0, 2 };
	struct steps rest = sh->in;

	sh->in = (struct steps){ over_its_link, sizeof(over_its_link) };
	say(sh, 2, "NS_st", "ping", 0);
	sh->in = rest;
}

/* The list that we asked for. */
static void
step_list(struct shell *sh)
{
	static const char *const lists[] = { "alpha beta gamma", "alpha beta",
		"alpha beta gamma delta epsilon", "beta", "" };
	size_t who = steps_below(&sh->in, 2);
	const char *list = STEPS_ONE_OF(&sh->in, lists),
	           *gone = STEPS_ONE_OF(&sh->in, lists);
	struct steps rest = sound_begin(sh);
	uint8_t store[1024];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "dest", "alpha");
	msg_add_str(&m, "nodelist", list);
	msg_add_str(&m, "delnodelist", gone);
	finish(sh, &m, who, "repnodes", NULL);
	sound_end(sh, rest);
}

/* A run of messages, of which some are missing. */
static void
step_stream(struct shell *sh)
{
	size_t who = steps_below(&sh->in, 2);
	unsigned count = steps_byte(&sh->in), every = 2 + steps_below(&sh->in, 64);
	struct steps rest = sound_begin(sh);

	for (unsigned i = 0; i < count; i++) {
		if (i % every == 1)
			sh->seq[who]++;
		else
			say(sh, who, i % 16 ? "foo" : "status", "active", 0);
	}
	sound_end(sh, rest);
}

/* Many of ours. */
static void
step_flood(struct shell *sh)
{
	uint8_t store[1024];
	struct msg m;

	sh->sound = true;
	for (unsigned left = steps_byte(&sh->in); left > 0; left--) {
		msg_init(&m, store, sizeof(store));
		msg_add_str(&m, "t", "foo");
		memb_send(sh->memb, sh->now, &m, left % 4 == 0);
	}
	sh->sound = false;
}

static void
step_again(struct shell *sh)
{
	struct old *old = &sh->old[steps_below(&sh->in, OLD_MAX)];

	if (old->len > 0)
		hear(sh, old->bytes, old->len);
}

/* A long message in pieces; perhaps one of them says something else of its place, is
 * missing, or comes late. */
static void
step_pieces(struct shell *sh)
{
	static const struct msg_style style = { .form = MSG_NETSTRING };
	static uint8_t inner_store[8192], inner[8192], store[8192];
	static char big[4000];
	static struct msg m;
	size_t who = steps_below(&sh->in, 2), len = steps_word(&sh->in) % 3900 + 1;
	unsigned count = 1 + steps_below(&sh->in, 8), odd = steps_below(&sh->in, 16),
	         what = steps_below(&sh->in, 8);
	uint64_t claimed = steps_word(&sh->in), numbers = 1 + claimed % 3;
	struct steps rest = sound_begin(sh);
	size_t room;
	ssize_t n;

	memset(big, 'x', len);
	big[len] = '\0';
	msg_init(&m, inner_store, sizeof(inner_store));
	msg_add_str(&m, "t", what == 7 ? "NS_cut" : "cut");
	msg_add_str(&m, "big", big);
	n = msg_encode(&m, &style, inner, sizeof(inner));
	FUZZ_MUST(n > 0);
	room = ((size_t)n + count - 1) / count;
	for (unsigned i = 0; i * room < (size_t)n; i++) {
		size_t at = i * room,
		       some = (size_t)n - at < room ? (size_t)n - at : room;
		bool is_odd = i == odd;

		if (is_odd && what == 0)
			continue;
		if (is_odd && what == 1)
			sh->seq[who]++;
		msg_init(&m, store, sizeof(store));
		msg_add_hex(&m, "po", is_odd && what == 2 ? claimed : at);
		msg_add_hex(&m, "pt", is_odd && what == 3 ? claimed << 4 : (size_t)n);
		if (numbers > 1 || (is_odd && what == 6))
			msg_add_hex(&m, "pn", is_odd && what == 6 ? claimed : numbers);
		sh->seq[who] += numbers - 1;
		msg_add(&m, is_odd && what == 4 ? MSG_STRING : MSG_BINARY, "pc",
		    inner + at, is_odd && what == 5 ? 0 : some);
		finish(sh, &m, who, "hb-piece", NULL);
	}
	sound_end(sh, rest);
}

/* An acknowledgement, a request or a refusal that means something. */
static void
step_about_numbers(struct shell *sh)
{
	static const char *const types[] = { "NS_ackmsg", "NS_rexmit", "NS_nak_rexmit" };
	size_t who = steps_below(&sh->in, 2);
	const char *type = STEPS_ONE_OF(&sh->in, types);
	uint64_t base =
	    strcmp(type, "NS_nak_rexmit") == 0 ? sh->seq[who] : memb_seq(sh->memb);
	uint64_t seq = base - steps_byte(&sh->in);
	uint8_t store[1024];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", type);
	msg_add_str(&m, "src", names[who]);
	msg_add_str(&m, "dest", "alpha");
	msg_add_hex(&m, "hg", sh->generation[who]);
	msg_add_hex(&m, "ts", 5);
	msg_add_hex(&m, "ackseq", seq);
	if (strcmp(type, "NS_rexmit") == 0) {
		msg_add_dec(&m, "firstseq", (int64_t)seq);
		msg_add_dec(&m, "lastseq", (int64_t)seq + (int)steps_byte(&sh->in));
	} else {
		msg_add_hex(&m, "firstseq", seq);
	}
	hear_message(sh, &m);
}

/* Ours. */

static void
step_send(struct shell *sh)
{
	static const char *const types[] = { "foo", "foo", "hb_takeover", "NS_foo",
		"addnode", "delnode", "setweight", "status", "NS_st", "" };
	static uint8_t store[300 * 1024];
	static char big[100 * 1024];
	uint64_t before = memb_seq(sh->memb);
	bool urgent = steps_below(&sh->in, 2);
	struct msg m;
	int r;

	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", STEPS_ONE_OF(&sh->in, types));
	for (unsigned left = steps_below(&sh->in, 4); left > 0; left--)
		add_field(sh, &m);
	switch (steps_below(&sh->in, 16)) {
	case 0: /* compressible */
		memset(big, 'x', sizeof(big) - 1);
		msg_add(&m, MSG_STRING, "big", big, steps_word(&sh->in) + 30000);
		break;
	case 1: /* not */
		for (size_t i = 0; i < sizeof(big); i++)
			big[i] = (char)('0' + (i * i * 2654435761u >> 16) % 64);
		msg_add(&m, MSG_STRING, "big", big, steps_word(&sh->in) + 30000);
		break;
	case 2: /* no room for our own fields */
		m.store_size = m.store_used + steps_byte(&sh->in);
		break;
	}
	r = memb_send(sh->memb, sh->now, &m, urgent);
	FUZZ_MUST(
	    r == 0 || r == -EMSGSIZE || r == -EAGAIN || r == -EINVAL || r == -ENOSPC);
	FUZZ_MUST(r == 0 || memb_seq(sh->memb) == before);
	FUZZ_MUST(r != -EAGAIN || (!urgent && memb_is_paused(sh->memb)));
}

/* Time. */

static void
step_time(struct shell *sh, int64_t ms)
{
	sh->now = instant_add_ms(sh->now, ms);
	if (!instant_is_reached(sh->armed, sh->now))
		return;
	sh->ticking = true;
	memb_tick(sh->memb, sh->now);
	sh->ticking = false;
}

static void
step_due(struct shell *sh)
{
	step_time(sh,
	    sh->armed.ns > sh->now.ns ? instant_diff_ms(sh->armed, sh->now) + 1 : 0);
}

static void
step(struct shell *sh)
{
	switch (steps_below(&sh->in, 21)) {
	case 0:
	case 1:
	case 2:
		step_beats(sh);
		break;
	case 3:
	case 4:
		step_status(sh);
		break;
	case 5:
	case 6:
	case 7:
		step_message(sh);
		break;
	case 8:
		step_about_numbers(sh);
		break;
	case 9:
		step_again(sh);
		break;
	case 10:
		step_send(sh);
		break;
	case 11:
	case 12:
		step_due(sh);
		break;
	case 13:
		step_time(sh, 4 * steps_byte(&sh->in));
		break;
	case 14:
		step_time(sh, 100 * steps_byte(&sh->in));
		break;
	case 15:
		step_stream(sh);
		break;
	case 16:
		step_list(sh);
		break;
	case 17:
		step_ping(sh);
		break;
	case 18:
		step_flood(sh);
		break;
	case 19:
		step_pieces(sh);
		break;
	default:
		switch (steps_below(&sh->in, 4)) {
		case 0:
			memb_stalled(sh->memb, sh->now, (int)steps_word(&sh->in) - 5);
			break;
		case 1:
			memb_announce(sh->memb, sh->now, steps_word(&sh->in));
			break;
		case 2:
			memb_tick(sh->memb, sh->now);
			break;
		default:
			memb_set_keys(sh->memb, &sh->keys);
		}
	}
}

static void
check(struct shell *sh)
{
	const struct memb_node *self = memb_self(sh->memb);

	memb_check(sh->memb);
	FUZZ_MUST(memb_is_up(sh->memb) == sh->up);
	FUZZ_MUST(memb_is_paused(sh->memb) == sh->paused);
	FUZZ_MUST(is_self(self) && self->generation == sh->conf.generation);
	FUZZ_MUST(memb_node_count(sh->memb) <= MEMB_NODE_MAX);
	FUZZ_MUST(memb_deleted_count(sh->memb) <= MEMB_NODE_MAX);
	FUZZ_MUST(__sanitizer_get_current_allocated_bytes() < sh->memory + MEMORY_MAX);
}

static void
begin(struct shell *sh)
{
	static struct memb_conf_node nodes[] = { { .name = "alpha" }, { .name = "beta" },
		{ .name = "gamma" }, { .name = "10.0.0.3", .type = MEMB_PING } };
	static struct memb_conf_link links[LINKS] = { { "eth0", NULL }, { "eth1", NULL },
		{ "10.0.0.3", "10.0.0.3" } };
	static const char *const deleted[] = { "delta" };
	unsigned flags = steps_byte(&sh->in);
	struct memb_conf *c = &sh->conf;

	*c = (struct memb_conf){ .self = "alpha",
		.generation = 0x100,
		.node = nodes,
		.node_count = 2 + (flags & 1) + (flags >> 1 & 1),
		.deleted = deleted,
		.deleted_count = flags >> 2 & 1,
		.link = links,
		.link_count = LINKS,
		.keepalive_ms = 200,
		.deadtime_ms = 1000,
		.warntime_ms = 500,
		.initdead_ms = 2000,
		.max_rexmit_delay_ms = 250,
		.hopfudge = 1,
		.autojoin = flags >> 3 & 1,
		.manages_resources = flags >> 4 & 1,
		.quick_restart = flags >> 5 & 1,
		.style = { .form = flags >> 6 & 1 ? MSG_NETSTRING_AUTH : MSG_CLASSIC,
		    .keys = &sh->keys },
		.seed = 7 };
	nodes[1].generation = flags >> 7 ? 5 : 0;
	uuid_of("alpha", c->uuid);
	sh->keys.current = 1;
	sh->keys.key[1].auth = MSG_AUTH_CRC;
	for (size_t i = 0; i < ARRAY_LEN(sh->generation); i++)
		sh->generation[i] = 5;
	sh->memory = __sanitizer_get_current_allocated_bytes();
	sh->now = instant_add_ms((struct instant){ 0 }, 100000);
	sh->memb = memb_new(c, &effects, sh, sh->now);
	FUZZ_MUST(sh->memb);
	memb_start(sh->memb, sh->now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&shell, 0, sizeof(shell));
	shell.in = (struct steps){ data, size };
	begin(&shell);
	check(&shell);
	while (shell.in.left > 0) {
		step(&shell);
		check(&shell);
	}
	memb_free(shell.memb);
	FUZZ_MUST(__sanitizer_get_current_allocated_bytes() <= shell.memory);
	return 0;
}
