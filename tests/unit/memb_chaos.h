/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peers that sign correctly and say anything: each step takes a few random words and
 * turns them into a message, a lapse of time, or something that this node sends.  Nothing
 * of it may break an invariant: what comes over the wire is never a reason to assert.
 */
#ifndef TESTS_UNIT_MEMB_CHAOS_H
#define TESTS_UNIT_MEMB_CHAOS_H

#include "tests/unit/memb_fixture.h"

struct chaos {
	struct fix *fix;
	uint32_t (*next)(void *data); /* random words */
	void *data;
	uint64_t seq[8], generation[8];
};

static uint32_t
chaos_below(struct chaos *c, uint32_t bound)
{
	return c->next(c->data) % bound;
}

static const char *
chaos_one_of(struct chaos *c, const char *const *list, size_t count)
{
	return list[chaos_below(c, (uint32_t)count)];
}

#define ONE_OF(c, ...)                                                                   \
	chaos_one_of((c), (const char *const[]){ __VA_ARGS__ },                          \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void
chaos_number(struct chaos *c, struct msg *m, const char *name, uint64_t around)
{
	switch (chaos_below(c, 12)) {
	case 0:
		msg_add_str(m, name,
		    ONE_OF(c, "", "x", "-1", "0", "ffffffffffffffff", "1 2", "0x5"));
		break;
	case 1:
		break;
	case 2:
		msg_add(m, MSG_BINARY, name, "abc", 3);
		break;
	case 3:
		msg_add_dec(m, name, (int64_t)(around & INT64_MAX));
		break;
	default:
		msg_add_hex(m, name, around);
	}
}

static void
chaos_names(struct chaos *c, struct msg *m, const char *name)
{
	static char list[600];
	size_t used = 0;

	list[0] = '\0';
	for (uint32_t i = chaos_below(c, 6); i > 0; i--)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s ",
		    ONE_OF(c, "alpha", "beta", "gamma", "delta", "epsilon", "ZETA", "",
		        "\x01", "10.0.0.3",
		        "a-name-that-is-much-longer-than-any-node-name-may-be-because-"
		        "there-is-a-limit-"
		        "of-ninety-nine-bytes-for-them"));
	msg_add_str(m, name, list);
}

/* Near the last number of that peer, mostly right behind it. */
static uint64_t
chaos_seq(struct chaos *c, size_t from)
{
	switch (chaos_below(c, 8)) {
	case 0:
		return c->seq[from] - chaos_below(c, 20);
	case 1:
		return c->seq[from] += chaos_below(c, 600);
	case 2:
		return c->seq[from] += chaos_below(c, 6);
	case 3:
		return (uint64_t)c->next(c->data) << chaos_below(c, 32);
	default:
		return ++c->seq[from];
	}
}

static void
chaos_say(struct chaos *c)
{
	static const char *const names[] = { "beta", "gamma", "delta", "alpha",
		"stranger", "10.0.0.3" };
	size_t from = chaos_below(c, 12) % ARRAY_LEN(names);
	const char *type = ONE_OF(c, "status", "status", "status", "status", "foo", "foo",
	    "foo", "reqnodes", "repnodes", "addnode", "delnode", "setweight", "setsite",
	    "NS_ackmsg", "NS_rexmit", "NS_nak_rexmit", "NS_st", "NS_foo", "hbapi-clstat",
	    "");
	char store[4096];
	uint8_t uuid[16];
	struct msg m;

	msg_init(&m, store, sizeof(store));
	if (chaos_below(c, 60))
		msg_add_str(&m, "t", type);
	if (chaos_below(c, 3))
		msg_add_str(&m, "st",
		    ONE_OF(c, "init", "up", "active", "active", "dead", "ping", "x", ""));
	chaos_number(c, &m, "dt", 1 + chaos_below(c, 10000));
	if (chaos_below(c, 5))
		msg_add_str(&m, "protocol", "1");
	if (chaos_below(c, 2))
		chaos_number(c, &m, "hbfeat", chaos_below(c, 4));
	if (chaos_below(c, 2))
		msg_add_str(&m, "dest",
		    ONE_OF(c, "alpha", "alpha", "beta", "nobody", ""));
	chaos_number(c, &m, "firstseq", memb_seq(c->fix->memb) - chaos_below(c, 30));
	chaos_number(c, &m, "lastseq", memb_seq(c->fix->memb) - chaos_below(c, 30));
	chaos_number(c, &m, "ackseq", memb_seq(c->fix->memb) - chaos_below(c, 30));
	if (chaos_below(c, 4) == 0)
		chaos_names(c, &m, "nodelist");
	if (chaos_below(c, 4) == 0)
		chaos_names(c, &m, "delnodelist");
	msg_add_str(&m, "node", ONE_OF(c, "alpha", "beta", "gamma", "nobody"));
	msg_add_str(&m, ONE_OF(c, "weight", "site"),
	    ONE_OF(c, "1", "-1", "x", "999999999999"));
	if (chaos_below(c, 60))
		msg_add_str(&m, "src", names[from]);
	fix_uuid(chaos_below(c, 20) ? names[from] : ONE_OF(c, "alpha", "beta", "other"),
	    uuid);
	msg_add(&m, MSG_BINARY, "srcuuid", uuid, chaos_below(c, 30) ? 16 : 3);
	if (chaos_below(c, 10) == 0)
		msg_add(&m, MSG_BINARY, "destuuid", uuid, 16);
	chaos_number(c, &m, "seq", chaos_seq(c, from));
	if (chaos_below(c, 300) == 0) {
		c->generation[from]++;
		c->seq[from] = 0;
	}
	chaos_number(c, &m, "hg", c->generation[from] - (chaos_below(c, 40) == 0));
	chaos_number(c, &m, "ts", 1 + chaos_below(c, 5));
	memb_heard(c->fix->memb, c->fix->now, c->fix->now, chaos_below(c, 3), &m);
}

static void
chaos_step(struct chaos *c)
{
	static const char *const posts[] = { "t=foo", "t=foo;dest=beta", "t=NS_foo",
		"t=addnode;nodelist=delta", "t=delnode;nodelist=delta gamma" };

	switch (chaos_below(c, 24)) {
	case 0:
		fix_run(c->fix, chaos_below(c, 300));
		break;
	case 1:
		fix_run(c->fix, chaos_below(c, 3000));
		break;
	case 2:
		fix_post(c->fix, posts[chaos_below(c, ARRAY_LEN(posts))],
		    chaos_below(c, 2));
		break;
	case 3:
		if (chaos_below(c, 20) == 0)
			memb_stalled(c->fix->memb, c->fix->now,
			    1 + chaos_below(c, 20000));
		break;
	case 4:
		if (chaos_below(c, 20) == 0) {
			c->fix->now = instant_add_ms(c->fix->now, chaos_below(c, 10000));
			memb_tick(c->fix->memb, c->fix->now);
		}
		break;
	case 5:
		if (chaos_below(c, 20) == 0)
			memb_announce(c->fix->memb, c->fix->now, chaos_below(c, 30000));
		break;
	default:
		chaos_say(c);
	}
	memb_check(c->fix->memb);
	fix_forget(c->fix);
}

static void
chaos_begin(struct chaos *c, uint32_t (*next)(void *data), void *data)
{
	struct fix_conf conf = { .nodes = "alpha beta gamma @10.0.0.3",
		.links = "eth0 eth1",
		.keepalive_ms = 200,
		.deadtime_ms = 1000,
		.warntime_ms = 500,
		.initdead_ms = 2000 };

	*c = (struct chaos){ .next = next, .data = data };
	conf.autojoin = chaos_below(c, 4) == 0;
	conf.manages_resources = chaos_below(c, 2);
	conf.quick_restart = chaos_below(c, 4) == 0;
	conf.beta_generation = chaos_below(c, 2) ? 5 : 0;
	for (size_t i = 0; i < ARRAY_LEN(c->generation); i++)
		c->generation[i] = 5;
	c->fix = fix_new(&conf);
	c->fix->quiet_frames = true;
	memb_start(c->fix->memb, c->fix->now);
}

#endif
