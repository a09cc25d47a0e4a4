/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership: who lives, over which links, and the ordered, repaired stream of messages
 * between nodes (spec/wire.md 5 to 15).  Pure: it is told what happened and when, and
 * answers through struct memb_effects; no system call, no global, no clock.  After
 * memb_new() it allocates only when a node is added, for a message too long for its
 * history slot, and for copies of messages that wait behind a gap (bounded).
 *
 * It does not know haresources, clients, files or sockets.
 */
#ifndef HEARTBEAT_MEMBERSHIP_MEMBERSHIP_H
#define HEARTBEAT_MEMBERSHIP_MEMBERSHIP_H

#include "heartbeat/membership/arrival.h"
#include "heartbeat/message/message.h"
#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMB_NAME_MAX 100 /* with its NUL */
#define MEMB_STATUS_MAX 32
#define MEMB_LINK_MAX 64
#define MEMB_HISTORY_MAX 1000 /* messages kept for retransmission; see memb_send() */
#define MEMB_NODE_MAX 512     /* nodes in all; a further one is refused with a log line */
#define MEMB_FRAME_MAX MSG_UDP_MAX /* bytes of a frame that send() is given */

enum memb_node_type { MEMB_NORMAL, MEMB_PING };

/* Life of a node as this node sees it.  The words go on the wire. */
enum memb_status { MEMB_INIT, MEMB_UP, MEMB_ACTIVE, MEMB_DEAD, MEMB_PINGED, MEMB_OTHER };
extern const char *const memb_status_names[]; /* "init" "up" "active" "dead" "ping" */

struct memb_link {
	char name[64]; /* "eth0"; for ping nodes the node's own name */
	bool up;
	struct instant heard; /* last accepted message over it */
	struct instant since; /* it is up or down; never = it was never up */
};

struct memb_node {
	char name[MEMB_NAME_MAX];
	enum memb_node_type type;
	enum memb_status status;
	char status_text[MEMB_STATUS_MAX]; /* as received: any word is possible */
	bool has_uuid;
	uint8_t uuid[16];
	int weight; /* 100 */
	char site[64];
	uint64_t generation; /* 0 = not known */
	uint64_t seq_seen;   /* highest accepted sequence number of this life; 0 = none */
	int64_t dead_ms;     /* what that node asked for (dt), or the local deadtime */
	int64_t
	    features; /* field "hbfeat" of its status: 0 = an old node (see MEMB_FEAT_) */
	struct instant heard; /* last status; for the own node: last one sent */
	struct instant since; /* it has its present status */
	bool anything; /* a packet was ever received from it in this life of ours */
	struct memb_link link[MEMB_LINK_MAX];
	size_t link_count;
};

/* What nodes of this implementation tell each other with a field old ones ignore
 * ("hbfeat", hex bit set, in status and in the messages of resources). */
#define MEMB_FEAT_PROMPT 0x1 /* answers at once, needs no 10 s tie-break at start */
/* The dt of this status holds the 2000 ms that old nodes add while they start.  A node
 * that knows this bit takes them off again: a prompt node needs no allowance, and its
 * death right after its start is seen in deadtime. */
#define MEMB_FEAT_RAISED 0x2
/* Reads packs of messages (pack.c) and acknowledges by what arrives, not every tenth. */
#define MEMB_FEAT_PACK 0x4
/* After a partition it does not restart: of what both hold it stops what the other one is
 * nearer to (resources/review.c). */
#define MEMB_FEAT_MERGES 0x8
/* Puts pieces of long messages together (pieces.c). */
#define MEMB_FEAT_PIECES 0x10

/* So begins, as a netstring, the heartbeat of a node that is calm: it says nothing that
 * anybody need be woken for.  No other message does. */
#define MEMB_CALM_FIELD "hbcalm"
#define MEMB_CALM_PREFIX                                                                 \
	"###\n11:(0)t=status,12:(0)st=active,11:(0)" MEMB_CALM_FIELD "=1,"

struct memb_conf {
	const char *self;
	uint8_t uuid[16];
	uint64_t generation;
	struct memb_conf_node {
		const char *name;
		enum memb_node_type type;
		bool has_uuid;
		uint8_t uuid[16];
		/* The last one stored (MEMB_EV_GENERATION), 0 = none: older are replays.
		 */
		uint64_t generation;
		bool has_weight; /* else it is 100 */
		int weight;
		const char *site; /* NULL = none */
	} * node;
	size_t node_count;
	const char *const *deleted; /* names in delhostcache */
	size_t deleted_count;
	struct memb_conf_link {
		const char *name;      /* link name of medium i */
		const char *ping_node; /* NULL, or the ping node it talks to */
	} * link;
	size_t link_count; /* one for each medium, by its index */
	int64_t keepalive_ms, deadtime_ms, warntime_ms, initdead_ms, deadping_ms;
	int64_t max_rexmit_delay_ms;
	int hopfudge;
	bool autojoin; /* unknown nodes that sign correctly are added */
	/* haresources mode: a status goes out at once when a partition has healed. */
	bool manages_resources;
	/* After a partition nobody of ours restarts, if nobody of the others does
	 * (MEMB_FEAT_MERGES). */
	bool merges;
	/* This start is an exec restart: nodes were alive a moment ago, so nobody gets
	 * initdead to be heard. */
	bool quick_restart;
	/* How frames are made; keys borrowed, replaced by memb_set_keys(). */
	struct msg_style style;
	uint64_t seed;
};

enum memb_event_type {
	/* Node status changed: node, was, why.  A node that returns with its old
	 * generation is marked dead once more before its new status counts (spec 13):
	 * that event has was == node->status == MEMB_DEAD; it is for clients, no second
	 * death. */
	MEMB_EV_NODE,
	MEMB_EV_LINK,      /* link state changed: node, link */
	MEMB_EV_COMM_UP,   /* every configured node was heard or is dead; we are active */
	MEMB_EV_RESTARTED, /* node came back with a higher generation */
	MEMB_EV_PARTITION, /* node, thought dead, was alive all the time */
	/* We were silent for longer than we promised: others may hold what we hold. */
	MEMB_EV_SELF_SILENT,
	/* The list of nodes, their uuids, weights, sites or the deleted ones changed:
	 * store the caches.  node: the one concerned (NULL: the deleted list); one that
	 * is being removed is told with why "removed ..." just before it goes. */
	MEMB_EV_NODES,
	MEMB_EV_GENERATION, /* of node changed: store it, against replays */
	MEMB_EV_DELETED,    /* we were removed from the cluster: leave */
	/* Flow control, spec 12.3. */
	MEMB_EV_CLIENTS_PAUSE,
	MEMB_EV_CLIENTS_RESUME,
	/* Messages of a living node are lost for good: who depends on them asks anew.  It
	 * comes before what was behind them is delivered. */
	MEMB_EV_LOST,
};

struct memb_event {
	enum memb_event_type type;
	const struct memb_node *node;
	const struct memb_link *link;
	enum memb_status was;
	const char *why; /* "silent for 502 ms on eth0 and eth1 (deadtime 500 ms)" */
};

/* Where a delivered message came from. */
struct memb_from {
	const struct memb_node *node; /* self for our own */
	const char *link;             /* "?" for our own */
	bool in_order; /* false: NS_ type or a changed status, which wait for no gap */
};

/* Bits of the filter of client-api 6. */
#define MEMB_RAW_NOCHANGE 0x2 /* heartbeats without news */
#define MEMB_RAW_DROPPED 0x4  /* old ones */
#define MEMB_RAW_DUPLICATE 0x8
#define MEMB_RAW_PROTOCOL 0x20 /* acks, requests, node administration */

/* Each call only takes note: it does not block, does not fail and does not call back into
 * memb_. */
struct memb_effects {
	/* A frame for every medium. */
	void (*send)(void *shell, const uint8_t *frame, size_t len);
	/* A status message has just gone out: ping media may now ask their hosts.  TS of
	 * that status. */
	void (*ping)(void *shell, uint64_t ts);
	/* The next moment at which memb_tick() must be called. */
	void (*arm)(void *shell, struct instant when);
	/* A message for those above (resources, clients): addressed to us or to all,
	 * accepted, each exactly once and in the order of its sender (what was missing is
	 * waited for, unless given up).  Lent for the call. A status (or NS_st of a ping
	 * node) comes here only when its st is news, right after its event. */
	void (*deliver)(void *shell, struct msg *m, const struct memb_from *from);
	/* What the raw filters of client-api 6 show: duplicates, control messages.  May
	 * be NULL. */
	void (*raw)(void *shell, struct msg *m, const struct memb_from *from,
	    unsigned filter_bit);
	void (*event)(void *shell, const struct memb_event *event);
	/* Wall clock seconds and load for the fields ts and ld; lent text. */
	uint64_t (*wall)(void *shell);
	const char *(*load)(void *shell);
	void (*log)(void *shell, int priority, const char *text);
	/* Those above have more than they can take, for a short time: acknowledgements
	 * wait, and with them who sends.  NULL: never. */
	bool (*full)(void *shell);
};

/* Counters for status and tests; never reset. */
struct memb_stats {
	uint64_t sent, received, delivered, duplicates, lost, resent, naks_sent,
	    naks_received;
	uint64_t unknown_node, old_generation, malformed, not_for_us, late;
	uint64_t impostor; /* bore our own name or uuid, but we never sent it */
	uint64_t
	    wrong_life;  /* NS_ messages of a life that is not the sender's present one */
	uint64_t stalls; /* times that this node itself did not run */
};

struct memb;

/* NULL when memory is short or CONF is impossible (asserted where it is our own mistake).
 */
struct memb *memb_new(const struct memb_conf *conf, const struct memb_effects *fx,
    void *shell, struct instant now);
void memb_free(struct memb *memb);

/* Begins: status init, up, heartbeats (spec 7). */
void memb_start(struct memb *memb, struct instant now);

/* A datagram of medium LINK, already verified and decoded (msg_decode), has come in.  AT
 * is when it arrived at this machine, before NOW where it had to wait (memb_is_calm());
 * what is judged by silence is judged by that. */
void memb_heard(struct memb *memb, struct instant now, struct instant at, size_t link,
    struct msg *m);

/* A datagram of medium LINK as it came in, not yet verified.  True: it is our newest
 * message, byte for byte as it left; that has been noted, as memb_heard() would have
 * done, but without a word to raw().  False: nothing has happened. */
bool memb_heard_echo(struct memb *memb, struct instant now, struct instant at,
    size_t link, const uint8_t *bytes, size_t len);

/* The moment of arm() has come, or any other.  Silence is judged by what memb_heard() was
 * told before: every socket is to be read first. */
void memb_tick(struct memb *memb, struct instant now);

/* The process did not run for AWAY_MS (suspend, stopped, starved): shifts all deadlines,
 * says so. */
void memb_stalled(struct memb *memb, struct instant now, int64_t away_ms);

/* Sends a message of this node: adds the fields of spec 5.1 to M (whose store must have
 * room for 512 bytes more), transmits first and then processes and delivers it here like
 * a received one.  0; -EMSGSIZE before a sequence number is given out (over
 * MEMB_FRAME_MAX even when compressed; over 254 KiB where it can leave in pieces);
 * -EAGAIN when the history is full of unacknowledged messages and URGENT is false (the
 * caller keeps it and tries again after MEMB_EV_CLIENTS_RESUME); -EINVAL when it has no
 * type or a type that only membership itself may send (status, reqnodes, repnodes,
 * hb-piece, NS_st, NS_ackmsg, NS_rexmit, NS_nak_rexmit); -ENOSPC when its store is full.
 */
int memb_send(struct memb *memb, struct instant now, struct msg *m, bool urgent);

/* Sends the own status at once: leaving keeps "active" on the wire, as the old daemon
 * does.  extra_dead_ms is added to dt, here and in all that follow until the next call.
 */
void memb_announce(struct memb *memb, struct instant now, int64_t extra_dead_ms);

/* New keys, new times (reload). */
void memb_set_keys(struct memb *memb, const struct msg_keys *keys);

/* What a medium of a ping node NODE sends for effect ping(): when it comes back it is
 * that node's heartbeat.  KIND: the directive, "ping", "ping6" or "ping_group".  Its
 * length, or as msg_encode(); -EINVAL or -ENOSPC for a name that cannot be. */
ssize_t memb_ping_frame(const char *node, const char *kind, uint64_t ts,
    const struct msg_keys *keys, uint8_t *frame, size_t size);

/* ---- For status and clients; valid until the next call ---- */
size_t memb_node_count(const struct memb *memb);
/* In the order of the configuration. */
const struct memb_node *memb_node_at(const struct memb *memb, size_t i);
/* Whatever the case of its letters. */
const struct memb_node *memb_node_find(const struct memb *memb, const char *name);
const struct memb_node *memb_node_find_uuid(const struct memb *memb,
    const uint8_t uuid[16]);
const struct memb_node *memb_self(const struct memb *memb);
/* PEER has returned from a partition: it, we and every living node have been told to
 * merge (MEMB_FEAT_MERGES). */
bool memb_may_merge(const struct memb *memb, const struct memb_node *peer);
bool memb_is_up(const struct memb *memb);     /* communication is up */
bool memb_is_paused(const struct memb *memb); /* from CLIENTS_PAUSE to _RESUME */
/* Everybody is active on every link, and for some heartbeats there was nothing else.
 * Then heartbeats that begin with MEMB_CALM_PREFIX may wait for the next memb_tick(),
 * before which they must be handed over; everything else may not.  It may end with any
 * call. */
bool memb_is_calm(const struct memb *memb);
size_t memb_deleted_count(const struct memb *memb); /* for delhostcache */
const char *memb_deleted_at(const struct memb *memb, size_t i);
/* How regularly NODE is heard over its link number LINK; of the own node nothing is
 * counted. */
const struct arrival *memb_arrival(const struct memb_node *node, size_t link);
/* What the links to living nodes bear, of those that are up. */
void memb_advice(const struct memb *memb, struct arrival_advice *advice);
const struct memb_stats *memb_stats(const struct memb *memb);
uint64_t memb_seq(const struct memb *memb); /* highest number sent */

/* Asserts every invariant; the simulator calls it after each step. */
void memb_check(const struct memb *memb);

#endif
