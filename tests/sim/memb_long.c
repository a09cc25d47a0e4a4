/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long messages over networks that carry them, lose some of their packets, or all of
 * their fragments: every one arrives, in order and unchanged, in a bounded time, in as few
 * datagrams as that network allows. */
#include "tests/sim/memb_story.h"
#include "tests/sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ONE_PACKET 1480
#define LONG_LEN 20000
#define LONG_COUNT 150
#define PIECES_OF_ONE 20 /* about */

struct haul {
	const char *name;
	size_t links;
	bool no_fragments[2]; /* of each link */
	unsigned loss;        /* of 10000, every link */
	/* Expectations. */
	bool repeats;       /* is something asked for again? */
	unsigned least_max; /* datagrams for each message, at least and at most */
	unsigned most_max;
};

static const struct haul hauls[] = {
	{ "long-whole", 1, { false }, 0, false, 1, 2 },
	{ "long-without-fragments", 1, { true }, 0, true, PIECES_OF_ONE / 2,
	    PIECES_OF_ONE },
	{ "long-one-link-without-fragments", 2, { true, false }, 0, false, 1, 2 },
	{ "long-no-link-with-fragments", 2, { true, true }, 0, true, PIECES_OF_ONE / 2,
	    PIECES_OF_ONE },
	{ "long-under-loss", 1, { false }, 2000, true, PIECES_OF_ONE / 2,
	    PIECES_OF_ONE * 2 },
	{ "long-under-loss-of-two", 2, { true, false }, 2000, true, 1,
	    PIECES_OF_ONE * 2 },
};

struct haul_state {
	uint64_t n; /* the last one that bravo has got */
	const char *wrong;
	uint64_t datagrams;  /* of alpha */
	uint64_t fragmented; /* of those, more than one packet */
};

static void
haul_deliver(void *data, struct sim_node *node, struct msg *m,
    const struct memb_from *from)
{
	struct haul_state *s = data;
	const char *text = msg_str(m, "data");
	int64_t n;

	(void)from;
	if (node->index != 1 || strcmp(msg_type(m), "tst") != 0)
		return;
	if (msg_dec(m, "n", &n) < 0 || (uint64_t)n != s->n + 1)
		s->wrong = "out of order";
	else if (!text || strlen(text) != LONG_LEN ||
	         strspn(text, (char[]){ (char)('a' + n % 26), '\0' }) != LONG_LEN)
		s->wrong = "changed on its way";
	s->n++;
}

static void
haul_sent(void *data, struct sim_node *node, const uint8_t *frame, size_t len)
{
	struct haul_state *s = data;

	(void)frame;
	s->datagrams += node->index == 0 && len > 1000;
	s->fragmented += node->index == 0 && len > ONE_PACKET;
}

static const struct sim_above haul_above = { .deliver = haul_deliver };

/* One more of alpha, as soon as it may. */
static void
haul_send(struct sim *sim, uint64_t n)
{
	static char text[LONG_LEN + 64];
	int used = snprintf(text, sizeof(text), "t=tst;n=%d;data=", (int)n);
	int r;

	memset(text + used, 'a' + (int)(n % 26), LONG_LEN);
	text[used + LONG_LEN] = '\0';
	for (int tries = 0; (r = sim_send(sim, 0, text, false)) == -EAGAIN; tries++) {
		if (tries == 20000)
			return;
		sim_run(sim, 1);
	}
}

static const char *
haul_run(const struct haul *haul)
{
	static char text[160];
	struct haul_state s = { 0 };
	struct sim_conf conf = { .node_count = 2,
		.link_count = haul->links,
		.keepalive_ms = 200,
		.deadtime_ms = 20000, /* who loses a fifth of all is not dead */
		.warntime_ms = 10000,
		.initdead_ms = 20000,
		.form = MSG_NETSTRING_AUTH,
		.above = &haul_above,
		.data = &s,
		.check_every = 7,
		.seed = 11 };
	struct sim *sim = sim_new(&conf);
	uint64_t resent, before;

	sim_boot(sim, 0);
	sim_boot(sim, 1);
	if (!sim_run_until(sim, sim_settled, 60000))
		s.wrong = "they did not start";
	sim_run(sim, 1000);
	sim->sent = haul_sent;
	for (size_t l = 0; l < haul->links; l++) {
		sim->link[l].loss = haul->loss;
		sim->link[l].no_fragments = haul->no_fragments[l];
	}
	before = sim->now;
	for (uint64_t n = 1; n <= LONG_COUNT && !s.wrong; n++)
		haul_send(sim, n);
	for (int left = 20000; left > 0 && s.n < LONG_COUNT && !s.wrong; left--)
		sim_run(sim, 1);
	resent = memb_stats(sim->node[0].memb)->resent;
	snprintf(text, sizeof(text),
	    "%d of %d came in %d ms, %d datagrams (%d in fragments), %d numbers sent "
	    "again",
	    (int)s.n, LONG_COUNT, (int)(((uint64_t)sim->now - before) / SIM_MS),
	    (int)s.datagrams, (int)s.fragmented, (int)resent);
	if (!s.wrong && (s.n < LONG_COUNT || (resent > 0) != haul->repeats ||
	                    memb_stats(sim->node[1].memb)->lost > 0 ||
	                    (haul->repeats && s.fragmented > LONG_COUNT / 5) ||
	                    s.datagrams < (uint64_t)haul->least_max * LONG_COUNT ||
	                    s.datagrams > (uint64_t)haul->most_max * LONG_COUNT))
		s.wrong = text;
	sim_free(sim);
	return s.wrong;
}

int
memb_hauls(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(hauls) / sizeof(hauls[0]); i++) {
		const char *wrong = haul_run(&hauls[i]);

		if (wrong)
			printf("not ok memb_sim/%s: %s\n", hauls[i].name, wrong);
		else
			printf("ok memb_sim/%s\n", hauls[i].name);
		failed += wrong != NULL;
	}
	return failed;
}
