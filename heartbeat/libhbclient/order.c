/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One struct source a node that sends, with two queues.  All ordered messages that reach
 * a client come from namesakes, so a source is one client; CLIENT_GEN tells its instances
 * apart.
 *
 *   first message           the beginning: delivered, the next number is expected
 *   expected number         delivered, and what is kept behind it
 *   ahead                   kept; far ahead: the gap is given up
 *   higher generation (hg)  the node has restarted: a new beginning
 *   higher client_gen       a new instance: kept until the leave of the old one went out
 *   leave                   behind all that can be delivered of the old instance
 *   dead                    the source is forgotten
 */
#include "heartbeat/libhbclient/order.h"

#include <assert.h>
#include <inttypes.h>
#include <strings.h>
#include <sys/queue.h>

struct entry {
	STAILQ_ENTRY(entry) next;
	uint64_t oseq;
	struct ha_msg *msg;
};
STAILQ_HEAD(entries, entry);

struct queue {
	bool has_begun;
	uint64_t expected;            /* number of the next one */
	uint64_t first_hg, first_seq; /* of the beginning */
	struct entries kept;          /* ahead of EXPECTED, by number */
};

struct source {
	STAILQ_ENTRY(source) next;
	char *node;
	bool has_gen, has_left; /* GEN is known; its leave went out */
	uint64_t gen;           /* client_gen of the instance that is delivered */
	uint64_t hg;
	struct queue cluster, directed;
	struct entries later; /* of instances to come, as they came */
	size_t later_count;
};

struct order {
	STAILQ_HEAD(, source) sources;
	struct entries ready;
	struct order_drops drops;
};

/* What places a message. */
struct place {
	const char *src;
	uint64_t seq, hg, gen, oseq;
	bool has_dest;
};

/* ---- Lists ---- */

static void
entries_clear(struct entries *list)
{
	struct entry *e;

	while ((e = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, next);
		ha_msg_del(e->msg);
		free(e);
	}
}

static struct entry *
entry_new(struct ha_msg *msg, uint64_t oseq)
{
	struct entry *e = malloc(sizeof(*e));

	if (!e) {
		ha_msg_del(msg);
		return NULL;
	}
	e->msg = msg;
	e->oseq = oseq;
	return e;
}

static void
deliver(struct order *order, struct ha_msg *msg)
{
	struct entry *e = entry_new(msg, 0);

	if (e)
		STAILQ_INSERT_TAIL(&order->ready, e, next);
}

static void
drop(struct order *order, struct ha_msg *msg)
{
	order->drops.old++;
	ha_msg_del(msg);
}

/* ---- Sources ---- */

static void
queue_reset(struct order *order, struct queue *queue)
{
	struct entry *e;

	STAILQ_FOREACH(e, &queue->kept, next)
	order->drops.skipped++;
	entries_clear(&queue->kept);
	queue->has_begun = false;
}

static struct source *
source_find(const struct order *order, const char *node)
{
	struct source *source;

	STAILQ_FOREACH(source, &order->sources, next)
	if (strcasecmp(source->node, node) == 0)
		return source;
	return NULL;
}

static struct source *
source_get(struct order *order, const char *node)
{
	struct source *source = source_find(order, node);

	if (source)
		return source;
	source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->node = strdup(node);
	if (!source->node) {
		free(source);
		return NULL;
	}
	STAILQ_INIT(&source->cluster.kept);
	STAILQ_INIT(&source->directed.kept);
	STAILQ_INIT(&source->later);
	STAILQ_INSERT_TAIL(&order->sources, source, next);
	return source;
}

static void
source_forget(struct order *order, struct source *source)
{
	STAILQ_REMOVE(&order->sources, source, source, next);
	entries_clear(&source->cluster.kept);
	entries_clear(&source->directed.kept);
	entries_clear(&source->later);
	free(source->node);
	free(source);
}

/* ---- One queue ---- */

/* What can be delivered now. */
static void
queue_drain(struct order *order, struct queue *queue)
{
	struct entry *e;

	while ((e = STAILQ_FIRST(&queue->kept)) && e->oseq == queue->expected) {
		STAILQ_REMOVE_HEAD(&queue->kept, next);
		STAILQ_INSERT_TAIL(&order->ready, e, next);
		queue->expected++;
	}
}

static void
queue_begin(struct order *order, struct queue *queue, const struct place *place,
    struct ha_msg *msg)
{
	queue->has_begun = true;
	queue->expected = place->oseq + 1;
	queue->first_hg = place->hg;
	queue->first_seq = place->seq;
	deliver(order, msg);
}

static void
queue_keep(struct order *order, struct queue *queue, const struct place *place,
    struct ha_msg *msg)
{
	struct entry *e, *before = NULL;

	STAILQ_FOREACH(e, &queue->kept, next)
	{
		if (e->oseq == place->oseq) {
			drop(order, msg);
			return;
		}
		if (e->oseq > place->oseq)
			break;
		before = e;
	}
	e = entry_new(msg, place->oseq);
	if (!e)
		return;
	if (before)
		STAILQ_INSERT_AFTER(&queue->kept, before, e, next);
	else
		STAILQ_INSERT_HEAD(&queue->kept, e, next);
}

static void
queue_put(struct order *order, struct queue *queue, const struct place *place,
    struct ha_msg *msg)
{
	if (!queue->has_begun) {
		queue_begin(order, queue, place, msg);
	} else if (place->hg < queue->first_hg ||
	           (place->hg == queue->first_hg && place->seq < queue->first_seq) ||
	           place->oseq < queue->expected) {
		drop(order, msg);
	} else if (place->oseq == queue->expected) {
		queue->expected++;
		deliver(order, msg);
		queue_drain(order, queue);
	} else if (place->oseq - queue->expected < ORDER_AHEAD_MAX) {
		queue_keep(order, queue, place, msg);
	} else {
		queue_reset(order, queue);
		queue_begin(order, queue, place, msg);
	}
}

/* ---- Instances ---- */

static void source_put(struct order *order, struct source *source,
    const struct place *place, struct ha_msg *msg);

static bool
hex_field(const struct ha_msg *msg, const char *name, uint64_t *value)
{
	const char *text = cl_get_string(msg, name);
	char *end;

	if (!text || !*text)
		return false;
	*value = strtoull(text, &end, 16);
	return *end == '\0';
}

static bool
place_read(const struct ha_msg *msg, struct place *place)
{
	place->src = cl_get_string(msg, F_ORIG);
	place->has_dest = hbc_field_find(msg, F_TO) >= 0;
	return place->src && hex_field(msg, F_SEQ, &place->seq) &&
	       hex_field(msg, F_HBGENERATION, &place->hg) &&
	       hex_field(msg, F_CLIENT_GENERATION, &place->gen);
}

/* The instance is over; what came of later ones is looked at again. */
static void
source_move_on(struct order *order, struct source *source, uint64_t left_gen)
{
	struct entries later = STAILQ_HEAD_INITIALIZER(later);
	struct entry *e;

	queue_reset(order, &source->cluster);
	queue_reset(order, &source->directed);
	source->has_gen = true;
	source->gen = left_gen;
	source->has_left = true;
	STAILQ_CONCAT(&later, &source->later);
	source->later_count = 0;
	while ((e = STAILQ_FIRST(&later))) {
		struct ha_msg *msg = e->msg;
		struct place place;

		STAILQ_REMOVE_HEAD(&later, next);
		place_read(msg, &place);
		place.oseq = e->oseq;
		free(e);
		source_put(order, source, &place, msg);
	}
}

/* A message of an instance whose predecessor has not left yet. */
static void
source_keep_later(struct order *order, struct source *source, const struct place *place,
    struct ha_msg *msg)
{
	struct entry *e = entry_new(msg, place->oseq);

	if (!e)
		return;
	STAILQ_INSERT_TAIL(&source->later, e, next);
	/* That leave is lost: no reason to lose more. */
	if (++source->later_count > ORDER_LATER_MAX)
		source_move_on(order, source, source->gen);
}

static void
source_put(struct order *order, struct source *source, const struct place *place,
    struct ha_msg *msg)
{
	bool is_new = !source->has_gen;

	if (!is_new && place->hg < source->hg) {
		drop(order, msg);
		return;
	}
	if (!is_new && place->hg > source->hg) {
		/* The node has restarted, its counters with it. */
		queue_reset(order, &source->cluster);
		queue_reset(order, &source->directed);
		entries_clear(&source->later);
		source->later_count = 0;
		is_new = true;
	}
	if (!is_new && source->has_left && place->gen > source->gen)
		is_new = true;
	if (is_new) {
		source->has_gen = true;
		source->has_left = false;
		source->gen = place->gen;
		source->hg = place->hg;
	}
	if (place->gen < source->gen || source->has_left)
		drop(order, msg);
	else if (place->gen > source->gen)
		source_keep_later(order, source, place, msg);
	else
		queue_put(order, place->has_dest ? &source->directed : &source->cluster,
		    place, msg);
}

static void
source_leave(struct order *order, const struct place *place, struct ha_msg *msg)
{
	struct source *source = source_find(order, place->src);

	deliver(order, msg);
	/* What can be delivered has been already; of a node's former life nothing is
	 * waiting for its leave. */
	if (source && source->has_gen && place->hg >= source->hg &&
	    place->gen >= source->gen)
		source_move_on(order, source, place->gen);
}

/* ---- The entrances ---- */

struct order *
order_new(void)
{
	struct order *order = calloc(1, sizeof(*order));

	if (!order)
		return NULL;
	STAILQ_INIT(&order->sources);
	STAILQ_INIT(&order->ready);
	return order;
}

void
order_clear(struct order *order)
{
	struct source *source;

	while ((source = STAILQ_FIRST(&order->sources)))
		source_forget(order, source);
	entries_clear(&order->ready);
}

void
order_free(struct order *order)
{
	if (!order)
		return;
	order_clear(order);
	free(order);
}

static bool
field_is(const struct ha_msg *msg, const char *name, const char *want)
{
	const char *value = cl_get_string(msg, name);

	return value && strcasecmp(value, want) == 0;
}

void
order_put(struct order *order, struct ha_msg *msg)
{
	struct source *source;
	struct place place;

	assert(msg);
	if (field_is(msg, F_TYPE, T_STATUS) && field_is(msg, F_STATUS, "dead")) {
		const char *node = cl_get_string(msg, F_ORIG);

		source = node ? source_find(order, node) : NULL;
		if (source)
			source_forget(order, source);
		deliver(order, msg);
	} else if (!place_read(msg, &place)) {
		deliver(order, msg);
	} else if (field_is(msg, F_TYPE, T_APICLISTAT) &&
	           field_is(msg, F_STATUS, "leave")) {
		source_leave(order, &place, msg);
	} else if (!hex_field(msg, F_ORDERSEQ, &place.oseq)) {
		deliver(order, msg);
	} else if ((source = source_get(order, place.src))) {
		source_put(order, source, &place, msg);
	} else {
		ha_msg_del(msg);
	}
}

struct ha_msg *
order_take(struct order *order)
{
	struct entry *e = STAILQ_FIRST(&order->ready);
	struct ha_msg *msg;

	if (!e)
		return NULL;
	STAILQ_REMOVE_HEAD(&order->ready, next);
	msg = e->msg;
	free(e);
	return msg;
}

bool
order_is_ready(const struct order *order)
{
	return !STAILQ_EMPTY(&order->ready);
}

const struct order_drops *
order_drops(const struct order *order)
{
	return &order->drops;
}
