/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipfail's decisions (spec/resources-v1.md 16): two nodes compare how many ping nodes
 * they see; the one that sees fewer gives its resources up after a delay in which the
 * other one may find that it sees no more than we do.  Pure: an event comes in with its
 * time and with the number of ping nodes that are up, and what is to be done goes out
 * through struct ipfail_effects.
 *
 *	idle -> gives up soon   told to, or sees fewer, or (auto_failback on) sees as
 *	                        many again
 *	gives up soon -> idle   the counts are equal after all; the peer died; the delay
 *	                        has passed
 *	the delay has passed, but resources move -> asks again 10 s after the peer is
 *	stable
 *
 * Better than the old one: it never sleeps; it asks for no standby in which nothing would
 * move; a failback that follows others closely waits longer and longer.
 */
#ifndef HEARTBEAT_HELPERS_IPFAIL_H
#define HEARTBEAT_HELPERS_IPFAIL_H

#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPFAIL_NAME_MAX 128
#define IPFAIL_STABLE_MS 10000 /* after the peer's resources came to rest */
#define IPFAIL_CALM_MS                                                                   \
	(10 * 60 * 1000)           /* failbacks further apart do not count as flapping */
#define IPFAIL_DAMP_FIRST_MS 30000 /* wait of the second one in a row; each doubles it   \
	                            */
#define IPFAIL_DAMP_MAX_MS (5 * 60 * 1000)

enum ipfail_kind {
	IPFAIL_NODE,     /* node, status */
	IPFAIL_LINK,     /* node, link, status */
	IPFAIL_JOIN,     /* the peer's ipfail has signed on */
	IPFAIL_COUNT,    /* the peer says how many it sees: count */
	IPFAIL_DEAD,     /* the peer says that we see fewer */
	IPFAIL_ABORT,    /* the peer says that we see as many */
	IPFAIL_RESOURCE, /* the peer says whether its resources are at rest: stable */
	IPFAIL_AGAIN,    /* the ask timer has fired */
};

struct ipfail_event {
	enum ipfail_kind kind;
	char node[IPFAIL_NAME_MAX], link[IPFAIL_NAME_MAX], status[32];
	int64_t count;
	bool stable;
};

enum ipfail_set { IPFAIL_NOTHING, IPFAIL_FOREIGN, IPFAIL_ALL };
enum ipfail_word { IPFAIL_SAY_COUNT, IPFAIL_SAY_DEAD, IPFAIL_SAY_ABORT, IPFAIL_SAY_GIVE };

/* Each takes note: nothing blocks, fails or calls back. */
struct ipfail_effects {
	/* COUNT belongs to SAY_COUNT, SET to SAY_GIVE, which goes to the whole cluster.
	 */
	void (
	    *say)(void *shell, enum ipfail_word word, int64_t count, enum ipfail_set set);
	/* ipfail_give() is wanted then; INSTANT_NEVER = not any more. */
	void (*arm_give)(void *shell, struct instant when);
	/* An event IPFAIL_AGAIN is wanted then. */
	void (*arm_ask)(void *shell, struct instant when);
	void (*log)(void *shell, int priority, const char *text);
};

struct ipfail {
	const struct ipfail_effects *fx;
	void *shell;
	char peer[IPFAIL_NAME_MAX];
	bool failback; /* auto_failback on */
	int64_t delay_ms;
	bool stable;                /* resources are at rest, as far as is known */
	enum ipfail_set soon;       /* given up when the delay has passed */
	bool unrest;                /* the delay passed while resources moved */
	struct instant failed_back; /* the last failback of ours */
	unsigned failbacks;         /* of a row */
};

void ipfail_init(struct ipfail *ipfail, const char *peer, int64_t keepalive_ms,
    bool failback, bool stable, const struct ipfail_effects *fx, void *shell);
/* Whether ipfail_event() must be told the present number of ping nodes; otherwise
 * anything. */
bool ipfail_wants_count(const struct ipfail *ipfail, const struct ipfail_event *ev);
void ipfail_event(struct ipfail *ipfail, struct instant now,
    const struct ipfail_event *ev, int64_t seen);
/* The delay has passed; HELD is the word of "cl_status rscstatus". */
void ipfail_give(struct ipfail *ipfail, struct instant now, const char *held);

#endif
