/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of ordered messages at their receiver (spec/client-api.md 9).  What the
 * daemon delivers goes in as it comes; what comes out is in the order in which each
 * sender sent it, for each sender's messages to everybody and those to this node apart.
 * Pure: it knows messages only.
 */
#ifndef HEARTBEAT_LIBHBCLIENT_ORDER_H
#define HEARTBEAT_LIBHBCLIENT_ORDER_H

#include "heartbeat/libhbclient/fields.h"

#define ORDER_AHEAD_MAX 500    /* a gap this wide will not be filled: a new beginning */
#define ORDER_LATER_MAX 100000 /* messages kept for a leave that does not come */

struct order;

/* NULL: no memory. */
struct order *order_new(void);
void order_free(struct order *order);
/* Forgets everything, also what is ready. */
void order_clear(struct order *order);

/* Takes MSG, which is ours from then on. */
void order_put(struct order *order, struct ha_msg *msg);
/* The next message that is ready, the caller's; NULL: none. */
struct ha_msg *order_take(struct order *order);
bool order_is_ready(const struct order *order);

/* Why messages were dropped, counted since the beginning. */
struct order_drops {
	size_t old;     /* older than the first, twice, of a former life or instance */
	size_t skipped; /* kept behind a gap that was given up */
};
const struct order_drops *order_drops(const struct order *order);

#endif
