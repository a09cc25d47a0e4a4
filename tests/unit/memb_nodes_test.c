/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership: names, uuids, generations, administration, and what must change nothing
 * (spec/wire.md 8 to 10, 14), with the crafted datagrams x of the wire vectors where they
 * are at hand. */
#include "tests/unit/memb_fixture.h"

static void
test_uuid_is_learnt_and_replaced(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint8_t other[16] = "another machine";
	char store[512];
	struct msg m;

	CHECK(memb_node_find(fix->memb, "beta")->has_uuid, "learnt");
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "status");
	msg_add_str(&m, "st", "active");
	msg_add_str(&m, "src", "beta");
	msg_add(&m, MSG_BINARY, "srcuuid", other, 16);
	msg_add_hex(&m, "seq", 7);
	msg_add_hex(&m, "hg", 0x500);
	msg_add_hex(&m, "ts", 1);
	memb_heard(fix->memb, fix->now, fix->now, 0, &m);
	WANT(fix, "log info node beta changed its uuid to "
	          "616e6f74-6865-7220-6d61-6368696e6500\n"
	          "event NODES beta (its uuid is new)\n");
	CHECK(memb_node_find_uuid(fix->memb, other) == memb_node_find(fix->memb, "beta"),
	    "");
	fix_free(fix);
}

static void
say_uuid(struct fix *fix, const char *src, const char *uuid_of, uint64_t generation,
    uint64_t seq)
{
	uint8_t uuid[16];
	char store[512];
	struct msg m;

	fix_uuid(uuid_of, uuid);
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "status");
	msg_add_str(&m, "st", "active");
	msg_add_str(&m, "protocol", "1");
	msg_add_str(&m, "src", src);
	msg_add(&m, MSG_BINARY, "srcuuid", uuid, 16);
	msg_add_hex(&m, "seq", seq);
	msg_add_hex(&m, "hg", generation);
	msg_add_hex(&m, "ts", fix_wall(fix));
	memb_heard(fix->memb, fix->now, fix->now, 0, &m);
	memb_check(fix->memb);
}

static void
test_nobody_is_renamed(void)
{
	static const char *const names[] = { "zeta", "BETA", "Beta", "" };
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		say_uuid(fix, names[i], "beta", 0x500, 7 + i);
	WANT_NOT(fix, "event");
	CHECK_INT(memb_node_find(fix->memb, "beta")->seq_seen, 6,
	    "no number was used up");
	CHECK_INT(memb_stats(fix->memb)->unknown_node, 4, "counted");
	WANT(fix, "log err process_status_message: bad node [zeta] in message\n");
	fix_free(fix);
}

static void
test_clones(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .nodes = "alpha beta gamma" });

	/* gamma was copied from beta, which lives: both are nodes by their names. */
	say_uuid(fix, "gamma", "beta", 0x700, 1);
	WANT(fix, "log err nodes gamma and beta have the same uuid: one is a copy of the "
	          "other\n");
	say_uuid(fix, "gamma", "beta", 0x700, 2);
	CHECK_INT(fix_count(fix, "same uuid"), 1, "told once");
	CHECK_INT(memb_node_find(fix->memb, "gamma")->seq_seen, 2, "it is heard");
	CHECK(memb_node_find(fix->memb, "beta")->has_uuid, "beta keeps it");
	/* and one was copied from us */
	say_uuid(fix, "gamma", "alpha", 0x700, 3);
	CHECK_INT(memb_self(fix->memb)->has_uuid, true, "ours stays");
	CHECK_INT(memb_node_find(fix->memb, "gamma")->seq_seen, 3, "it is heard");
	fix_free(fix);
}

static void
test_autojoin(void)
{
	struct fix *fix =
	    fix_new(&(struct fix_conf){ .autojoin = true, .initdead_ms = 12000 });

	memb_start(fix->memb, fix->now);
	fix_beat(fix, "beta", 0x500, 1, "up");
	CHECK(!memb_is_up(fix->memb), "not before initdead");
	WANT_NOT(fix, "reqnodes");
	fix_beat(fix, "delta", 0x900, 5, "up");
	WANT(fix,
	    "log info process_clustermsg: Adding new node [delta] to configuration.\n"
	    "event NODES delta (added: heard under autojoin)\n");
	CHECK_INT(memb_node_find(fix->memb, "delta")->seq_seen, 5,
	    "its first message counts");
	fix_forget(fix);
	say_uuid(fix, "epsilon", "delta", 0x900, 6);
	WANT(fix, "nodename delta uuid changed to epsilon");
	say_uuid(fix, "alpha2", "alpha", 0x900, 6);
	CHECK_INT(memb_stats(fix->memb)->unknown_node, 1,
	    "our own uuid is not another's");
	fix_run(fix, 12000);
	WANT(fix, "Comm_now_up");
	fix_free(fix);
}

static void
test_own_name_from_others(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint64_t seq = memb_seq(fix->memb);

	say_uuid(fix, "alpha", "alpha", 0x100, seq + 1); /* a number that we never used */
	say_uuid(fix, "alpha", "alpha", 0x101, 1);       /* a life that we never had */
	say_uuid(fix, "alpha", "other", 0x100, seq);     /* another machine of our name */
	CHECK_INT(memb_stats(fix->memb)->impostor, 3, "counted");
	WANT_NOT(fix, "event");
	WANT(fix, "log err another node calls itself alpha");
	fix_forget(fix);
	say_uuid(fix, "alpha", "alpha", 0xff, 9); /* an echo of our former life */
	CHECK_STR(fix->trace, "", "no news");
	fix_free(fix);
}

static void
test_own_echo_proves_the_link(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint64_t seq = memb_seq(fix->memb);

	say_uuid(fix, "alpha", "alpha", 0x100, seq - 1);
	WANT(fix, "log info Link alpha:eth0 up.");
	CHECK_INT(fix_count(fix, "deliver"), 0, "it was handled when it was sent");
	for (int i = 0; i < 7; i++) {
		fix_run(fix, 1000);
		say_uuid(fix, "alpha", "alpha", 0x100,
		    seq - 1); /* recorded and played again */
	}
	WANT(fix, "log info Link alpha:eth0 dead.");
	fix_free(fix);
}

/* What left last is known again by its bytes, and only that. */
static void
test_newest_echo_is_not_decoded(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	uint64_t received = memb_stats(fix->memb)->received;
	uint8_t older[1024], newest[1024];
	size_t older_len, len;

	fix_run(fix, 1000);
	older_len = fix->last_len;
	assert(older_len <= sizeof(older));
	memcpy(older, fix->last_frame, older_len);
	fix_run(fix, 1000);
	len = fix->last_len;
	assert(len <= sizeof(newest));
	memcpy(newest, fix->last_frame, len);
	fix_forget(fix);
	CHECK(!memb_heard_echo(fix->memb, fix->now, fix->now, 0, older, older_len),
	    "an older one");
	CHECK(!memb_heard_echo(fix->memb, fix->now, fix->now, 0, newest, len - 1), "cut");
	newest[len / 2] ^= 1;
	CHECK(!memb_heard_echo(fix->memb, fix->now, fix->now, 0, newest, len), "damaged");
	CHECK_STR(fix->trace, "", "nothing has happened");
	CHECK_INT(memb_stats(fix->memb)->received, received, "nor was it counted");
	newest[len / 2] ^= 1;
	CHECK(memb_heard_echo(fix->memb, fix->now, fix->now, 0, newest, len),
	    "it is ours");
	memb_check(fix->memb);
	WANT(fix, "log info Link alpha:eth0 up.");
	CHECK_INT(memb_stats(fix->memb)->received, received + 1, "counted");
	fix_free(fix);
}

static void
test_generations(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_beat(fix, "beta", 0x4ff, 7, "active");
	WANT(fix, "log err should_drop_message: attempted replay attack [beta]? "
	          "[gen = 1279, curgen = 1280]\n");
	fix_beat(fix, "beta", 0, 7, "active");
	WANT(fix, "[gen = 0, curgen = 1280]");
	CHECK_INT(memb_node_find(fix->memb, "beta")->seq_seen, 6, "nothing changed");
	for (int i = 0; i < 100; i++)
		fix_beat(fix, "beta", 0x4ff, 7, "active");
	CHECK(fix_count(fix, "replay attack") <= 10, "at a bounded rate");
	CHECK_INT(memb_stats(fix->memb)->old_generation, 102, "all are counted");
	fix_free(fix);
}

/* A recorded life of before our own restart. */
static void
test_stored_generation(void)
{
	struct fix *fix = fix_new(&(struct fix_conf){ .beta_generation = 0x501 });

	memb_start(fix->memb, fix->now);
	fix_beat(fix, "beta", 0x500, 9, "active");
	WANT(fix, "attempted replay attack");
	CHECK(!memb_node_find(fix->memb, "beta")->anything, "not heard");
	fix_say(fix, 0, "beta", 0x500, 0, "t=NS_ackmsg;dest=alpha;ackseq=1");
	CHECK_INT(memb_stats(fix->memb)->wrong_life, 1, "NS_ types neither");
	fix_forget(fix);
	fix_beat(fix, "beta", 0x501, 77, "active");
	WANT(fix, "event NODE beta init -> active");
	WANT_NOT(fix, "RESTARTED");
	WANT_NOT(fix, "GENERATION"); /* it is stored already */
	fix_free(fix);

	/* It lived all the time while we started without it. */
	fix = fix_new(&(struct fix_conf){ .beta_generation = 0x501 });
	memb_start(fix->memb, fix->now);
	fix_run(fix, 12000);
	fix_beat(fix, "beta", 0x501, 77, "active");
	WANT(fix, "event PARTITION beta");
	fix_free(fix);
}

static void
test_bad_forms(void)
{
	static const struct {
		const char *text;
		uint64_t seq;
		const char *log, *why;
	} bad[] = {
		{ "t=foo", 0,
		    "process_clustermsg: missing seqno: iface eth0, from beta\n",
		    "no seq" },
		{ "t=foo;seq=xyz", 0, "has bad cseq: iface eth0, from beta\n",
		    "seq is no number" },
		{ "t=foo;seq=-1", 0, "has bad cseq", "negative" },
		{ "t=foo;seq=0", 0, "has bad cseq", "numbers begin with 1" },
		{ "t=foo;seq=fffffffffffffffff", 0, "has bad cseq", "too large" },
		{ "t=foo;seq=ffffffffffffffff", 0, "has bad cseq", "nearly too large" },
		{ "info=x", 7, "missing from/ts/type: iface eth0, from beta\n",
		    "no type" },
		{ "t=foo;ts=", 7, "missing from/ts/type", "no time" },
		{ "t=foo;ts=0", 7, NULL, "time 0 is dropped silently" },
		{ "t=status;dt=1000", 7,
		    "HBDoMsg_T_STATUS: status update without st field", "no st" },
		{ "t=status;st=0123456789012345678901234567890123456789", 7,
		    "without st field", "long st" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

		fix_say(fix, 0, "beta", 0x500, bad[i].seq, bad[i].text);
		if (bad[i].log)
			CHECK(fix_has(fix, bad[i].log), "%s", bad[i].why);
		else
			CHECK_STR(fix->trace, "", "%s", bad[i].why);
		CHECK(!fix_has(fix, "event") && !fix_has(fix, "deliver"), "%s",
		    bad[i].why);
		CHECK_INT(memb_stats(fix->memb)->malformed, 1, "%s", bad[i].why);
		fix_free(fix);
	}
}

static void
test_any_word_is_a_status(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_beat(fix, "beta", 0x500, 7, "s5");
	WANT(fix, "log info Status update for node beta: status s5\nevent NODE beta "
	          "active -> s5");
	CHECK_INT(memb_node_find(fix->memb, "beta")->status, MEMB_OTHER, "");
	fix_beat(fix, "beta", 0x500, 8, "dead");
	CHECK_INT(memb_node_find(fix->memb, "beta")->status, MEMB_OTHER,
	    "who speaks is not dead");
	fix_beat(fix, "beta", 0x500, 9, "ACTIVE");
	CHECK_INT(memb_node_find(fix->memb, "beta")->status, MEMB_ACTIVE,
	    "case does not matter");
	fix_forget(fix);
	fix_beat(fix, "beta", 0x500, 10, "active");
	CHECK_STR(fix->trace, "", "no news");
	fix_free(fix);
}

/* Administration. */

static void
test_repnodes_at_start(void)
{
	struct fix *fix =
	    fix_new(&(struct fix_conf){ .nodes = "alpha beta gamma delta" });

	memb_start(fix->memb, fix->now);
	fix_beat(fix, "beta", 0x500, 1, "up");
	fix_beat(fix, "gamma", 0x500, 1, "up");
	fix_beat(fix, "delta", 0x500, 1, "up");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 2,
	    "dest=alpha;t=repnodes;nodelist=alpha beta omega ;delnodelist=gamma ");
	WANT(fix, "log info Adding new node[omega] to configuration.\n");
	WANT(fix, "log info Removing node [gamma] from configuration.\n");
	WANT(fix, "log info Removing node [delta] from configuration.\n");
	WANT(fix, "Comm_now_up");
	CHECK_INT(memb_node_count(fix->memb), 3,
	    "all that were not in the list are gone");
	CHECK_INT(memb_deleted_count(fix->memb), 1, "");
	CHECK_STR(memb_deleted_at(fix->memb, 0), "gamma", "");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 3,
	    "dest=alpha;t=repnodes;nodelist=beta ;delnodelist= ");
	CHECK_STR(fix->trace, "", "nobody asked for that one");
	fix_free(fix);
}

static void
test_addnode(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 7, "t=addnode;nodelist=Delta beta epsilon");
	WANT(fix, "log info Adding new node[delta] to configuration.\n"
	          "event NODES delta (added by an administrator)\n"
	          "log err node(beta) already exists\n"
	          "log info Adding new node[epsilon] to configuration.\n");
	fix_run(fix, 6000);
	WANT(fix, "event NODE delta init -> dead");
	WANT(fix, "event NODE epsilon init -> dead");
	fix_free(fix);
}

static void
test_addnode_with_haresources(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ .manages_resources = true });

	fix_say(fix, 0, "beta", 0x500, 7, "t=addnode;nodelist=delta");
	WANT(fix, "log err Add node delta failed: with haresources every node stands in "
	          "ha.cf\n");
	CHECK_INT(memb_node_count(fix->memb), 2, "it would be taken over from");
	fix_free(fix);
}

static void
test_delnode(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 7, "t=addnode;nodelist=delta epsilon zeta");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 8, "t=delnode;nodelist=delta epsilon zeta");
	WANT(fix, "log err deletion failed: node delta is not dead\n");
	for (uint64_t seq = 9; seq < 16; seq++) {
		fix_run(fix, 1000);
		fix_beat(fix, "beta", 0x500, seq, "active");
	}
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 16, "t=delnode;nodelist=delta epsilon");
	WANT(fix, "log err deletion failed. We don't have all required nodes alive (zeta "
	          "is dead)\n");
	fix_say(fix, 0, "beta", 0x500, 17, "t=delnode;nodelist=delta zeta epsilon");
	WANT(fix, "event NODES delta (removed by an administrator)");
	CHECK_INT(memb_node_count(fix->memb), 2, "all of them");
	CHECK_INT(memb_deleted_count(fix->memb), 3, "");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 18, "t=reqnodes;dest=alpha");
	WANT(fix, "send repnodes dest=beta nodelist=alpha beta  delnodelist=delta zeta "
	          "epsilon ");
	fix_say(fix, 0, "beta", 0x500, 19, "t=delnode;nodelist=alpha");
	WANT(fix,
	    "I am being deleted from the cluster. This should not happen\nevent DELETED");
	fix_forget(fix);
	CHECK_INT(fix_post(fix, "t=addnode;nodelist=delta", true), 0,
	    "our own administrator");
	WANT(fix, "send addnode nodelist=delta");
	WANT(fix, "event NODES delta (added");
	CHECK_INT(memb_deleted_count(fix->memb), 2, "added again");
	fix_free(fix);
}

static void
test_weight_and_site(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });

	fix_say(fix, 0, "beta", 0x500, 7, "t=setweight;node=beta;weight=50");
	fix_say(fix, 0, "beta", 0x500, 8, "t=setsite;node=beta;site=berlin");
	CHECK_INT(memb_node_find(fix->memb, "beta")->weight, 50, "");
	CHECK_STR(memb_node_find(fix->memb, "beta")->site, "berlin", "");
	CHECK_INT(fix_count(fix, "event NODES beta"), 2, "");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 9, "t=setweight;node=beta;weight=-1");
	fix_say(fix, 0, "beta", 0x500, 10, "t=setweight;node=nobody;weight=1");
	fix_say(fix, 0, "beta", 0x500, 11, "t=setweight;node=beta;weight=50x");
	fix_say(fix, 0, "beta", 0x500, 12, "t=setsite;node=beta");
	WANT_NOT(fix, "event");
	CHECK_INT(memb_node_find(fix->memb, "beta")->weight, 50, "unchanged");
	fix_free(fix);
}

static void
test_many_nodes(void)
{
	struct fix *fix = fix_new_up(&(struct fix_conf){ 0 });
	char text[200];

	for (unsigned i = 0; i < 600; i++) {
		snprintf(text, sizeof(text), "t=addnode;nodelist=%0*u", 90, i);
		fix_say(fix, 0, "beta", 0x500, 7 + i, text);
	}
	CHECK_INT(memb_node_count(fix->memb), MEMB_NODE_MAX,
	    "more than 100, and a bound");
	WANT(fix, "cannot be added: too many nodes");
	fix_forget(fix);
	fix_say(fix, 0, "beta", 0x500, 607, "t=reqnodes;dest=alpha");
	WANT(fix, "send repnodes dest=beta nodelist=alpha beta 0");
	fix_free(fix);
}

/* The crafted datagrams.  known: what alpha knew before; want: what must, and not, be in
 * the trace. */
static const struct vector {
	const char *file;
	uint64_t before; /* gamma's last number */
	const char *want, *never, *why;
} vectors[] = {
	{ "x03-field-twice.bin", 0, "status s5\n", NULL,
	    "the first of two fields counts" },
	{ "x04-no-ld-ttl-dt.bin", 0, "-> s6", "err", "those fields may be missing" },
	{ "x05-reversed-order-extra-field.bin", 0, "-> s8", "err",
	    "order does not matter" },
	{ "x18-no-ts.bin", 0, "missing from/ts/type", "event", "" },
	{ "x19-status-no-seq.bin", 0, "missing seqno", "event", "" },
	{ "x20-status-no-st.bin", 1, "status update without st field", "event NODE",
	    "its number is used up" },
	{ "x21-no-hg.bin", 0, "attempted replay attack [gamma]? [gen = 0, curgen = 1280]",
	    "event", "" },
	{ "x22-lower-generation.bin", 0,
	    "attempted replay attack [gamma]? [gen = 1279, curgen = 1280]", "event", "" },
	{ "x23-uuid-of-another-node.bin", 0, "bad node [zeta]", "event",
	    "nobody is renamed" },
	{ "x25-rexmit-request.bin", 0, "send status st=init", "event", "number 1 again" },
	{ "x26-rexmit-other-dest.bin", 0, NULL, "send", "not to us" },
	{ "x27-ack-too-high.bin", 0, "corrupted ackseq", "event", "" },
	{ "x28-base-heartbeat.bin", 0, NULL, "err", "an ordinary heartbeat" },
};

static bool
vector_read(const char *file, struct msg *m, uint8_t *buf, size_t size)
{
	static struct msg_keys keys = { .current = 1 };
	struct msg_trust trust = { .keys = &keys };
	static const char *const texts[] = { "one", "two" };
	char path[256];
	size_t len;
	FILE *f;

	for (size_t i = 0; i < 2; i++) {
		keys.key[i + 1].auth = i == 0 ? MSG_AUTH_MD5 : MSG_AUTH_SHA1;
		keys.key[i + 1].len = 3;
		memcpy(keys.key[i + 1].text, texts[i], 3);
	}
	keys.key[3].auth = MSG_AUTH_CRC;
	snprintf(path, sizeof(path), "../shared/vectors/wire/%s", file);
	f = fopen(path, "rb");
	if (!f)
		return false;
	len = fread(buf, 1, size, f);
	fclose(f);
	msg_init(m, NULL, 0);
	CHECK_INT(msg_decode(m, buf, len, &trust, NULL, 0, NULL), MSG_DROP_NONE, "%s",
	    file);
	return true;
}

static struct fix *
vector_fix(const struct msg *m)
{
	static const uint8_t uuid[2][16] = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		                                 14, 15, 16 },
		"defghijklmnopqrs" };
	struct fix *fix = fix_new_up(&(struct fix_conf){ .nodes = "alpha beta gamma" });
	uint64_t seq = 10, hg = 0x500;
	char store[512];
	struct msg beat;

	msg_hex(m, "seq", &seq);
	if (msg_hex(m, "hg", &hg) == 0 && hg < 0x500)
		hg = 0x500;
	msg_init(&beat, store, sizeof(store));
	msg_add_str(&beat, "t", "status");
	msg_add_str(&beat, "st", "active");
	msg_add_str(&beat, "protocol", "1");
	msg_add_str(&beat, "src", "gamma");
	msg_add(&beat, MSG_BINARY, "srcuuid", uuid[hg > 0x500], 16);
	msg_add_hex(&beat, "seq", seq > 1 ? seq - 1 : 1);
	msg_add_hex(&beat, "hg", hg);
	msg_add_hex(&beat, "ts", 1);
	memb_heard(fix->memb, fix->now, fix->now, 0, &beat);
	return fix;
}

static void
test_crafted_datagrams(void)
{
	static uint8_t buf[4096];
	struct msg m;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct fix *fix;
		uint64_t seq;

		if (!vector_read(v->file, &m, buf, sizeof(buf))) {
			printf("skip memb_nodes/%s: vectors are not here\n", v->file);
			continue;
		}
		fix = vector_fix(&m);
		seq = memb_node_find(fix->memb, "gamma")->seq_seen;
		fix_forget(fix);
		memb_heard(fix->memb, fix->now, fix->now, 0, &m);
		memb_check(fix->memb);
		CHECK(!v->want || fix_has(fix, v->want), "%s %s", v->file, v->why);
		CHECK(!v->never || !fix_has(fix, v->never), "%s %s", v->file, v->why);
		if (v->before)
			CHECK_INT(memb_node_find(fix->memb, "gamma")->seq_seen, seq + 1,
			    "%s", v->file);
		if (check_note[0])
			fprintf(stderr, "%s:\n%s", v->file, fix->trace);
		fix_free(fix);
	}
}

static const struct check_case cases[] = {
	{ "uuid_is_learnt_and_replaced", test_uuid_is_learnt_and_replaced },
	{ "nobody_is_renamed", test_nobody_is_renamed },
	{ "clones", test_clones },
	{ "autojoin", test_autojoin },
	{ "own_name_from_others", test_own_name_from_others },
	{ "own_echo_proves_the_link", test_own_echo_proves_the_link },
	{ "newest_echo_is_not_decoded", test_newest_echo_is_not_decoded },
	{ "generations", test_generations },
	{ "stored_generation", test_stored_generation },
	{ "bad_forms", test_bad_forms },
	{ "any_word_is_a_status", test_any_word_is_a_status },
	{ "repnodes_at_start", test_repnodes_at_start },
	{ "addnode", test_addnode },
	{ "addnode with haresources", test_addnode_with_haresources },
	{ "delnode", test_delnode },
	{ "weight_and_site", test_weight_and_site },
	{ "many_nodes", test_many_nodes },
	{ "crafted_datagrams", test_crafted_datagrams },
};
CHECK_MAIN("memb_nodes", cases)
