/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership: who lives, over which links, and the ordered, repaired stream of messages between nodes
 * (spec/wire.md 5 to 15).  Pure: it is told what happened and when, and answers through struct
 * memb_effects; no system call, no global, no clock.  After memb_new() it allocates only when a node is added
 * or when somebody sends a message larger than any before (history slots keep their buffers).
 *
 * It does not know haresources, clients, files or sockets.
 */
#ifndef HEARTBEAT_MEMBERSHIP_MEMBERSHIP_H
#define HEARTBEAT_MEMBERSHIP_MEMBERSHIP_H

#include "heartbeat/message/message.h"
#include "lib/instant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMB_NAME_MAX 100     /* with its NUL */
#define MEMB_STATUS_MAX 32
#define MEMB_LINK_MAX 64
#define MEMB_HISTORY_MAX 500  /* messages kept for retransmission; the rest is said at memb_send() */

enum memb_node_type { MEMB_NORMAL, MEMB_PING };

/* Life of a node as this node sees it.  The words go on the wire. */
enum memb_status { MEMB_INIT, MEMB_UP, MEMB_ACTIVE, MEMB_DEAD, MEMB_PINGED, MEMB_OTHER };
extern const char *const memb_status_names[]; /* "init" "up" "active" "dead" "ping" */

struct memb_link {
	char name[64];            /* "eth0"; for ping nodes the node's own name */
	bool up;
	struct instant heard;     /* last accepted message over it */
};

struct memb_node {
	char name[MEMB_NAME_MAX];
	enum memb_node_type type;
	enum memb_status status;
	char status_text[MEMB_STATUS_MAX]; /* as received: any word is possible */
	bool has_uuid;
	uint8_t uuid[16];
	int weight;               /* 100 */
	char site[64];
	uint64_t generation;      /* 0 = not known */
	uint64_t seq_seen;        /* highest accepted sequence number of this life; 0 = none */
	int64_t dead_ms;          /* what that node asked for (dt), or the local deadtime */
	int64_t features;         /* field "hbfeat" of its status: 0 = an old node (see MEMB_FEAT_) */
	struct instant heard;     /* last status */
	bool anything;            /* a packet was ever received from it in this life of ours */
	struct memb_link link[MEMB_LINK_MAX];
	size_t link_count;
};

/* What nodes of this implementation tell each other with a field old ones ignore ("hbfeat", hex bit set, in
 * status and in the messages of resources). */
#define MEMB_FEAT_PROMPT 0x1 /* answers at once, needs no 10 s tie-break at start */

struct memb_conf {
	const char *self;
	uint8_t uuid[16];
	uint64_t generation;
	struct memb_conf_node {
		const char *name;
		enum memb_node_type type;
		bool has_uuid;
		uint8_t uuid[16];
	} *node;
	size_t node_count;
	struct memb_conf_link {
		const char *name;      /* link name of medium i */
		const char *ping_node; /* NULL, or the ping node that this medium talks to */
	} *link;
	size_t link_count;        /* one for each medium, by its index */
	int64_t keepalive_ms, deadtime_ms, warntime_ms, initdead_ms, deadping_ms;
	int64_t max_rexmit_delay_ms;
	int hopfudge;
	bool autojoin;            /* unknown nodes that sign correctly are added */
	bool manages_resources;   /* haresources mode: a healed partition asks for a restart */
	bool quick_restart;       /* this start is an exec restart: nodes were alive a moment ago */
	struct msg_style style;   /* how frames are made; keys borrowed, replaced by memb_set_keys() */
	uint64_t seed;
};

enum memb_event_type {
	MEMB_EV_NODE,        /* node status changed: node, was, why */
	MEMB_EV_LINK,        /* link state changed: node, link */
	MEMB_EV_COMM_UP,     /* every configured node was heard or is dead; we are active */
	MEMB_EV_RESTARTED,   /* a peer came back with a higher generation: node.  Comes before its status */
	MEMB_EV_PARTITION,   /* a node thought dead was alive all the time: node.  Resources must react */
	MEMB_EV_SELF_SILENT, /* our own heartbeats do not come back: restart is asked for */
	MEMB_EV_NODES,       /* the list of nodes, weights or sites changed: store hostcache */
	MEMB_EV_GENERATION,  /* node generation changed: store it (replay protection across restarts) */
	MEMB_EV_DELETED,     /* we were removed from the cluster: leave */
	MEMB_EV_CLIENTS_PAUSE, MEMB_EV_CLIENTS_RESUME, /* flow control, spec 12.3 */
};

struct memb_event {
	enum memb_event_type type;
	const struct memb_node *node;
	const struct memb_link *link;
	enum memb_status was;
	const char *why;     /* "silent 4.2 s, deadtime 4 s, on eth0 and eth1" */
};

/* Where a delivered message came from. */
struct memb_from {
	const struct memb_node *node; /* self for our own */
	const char *link;             /* "?" for our own */
	bool in_order;                /* false: NS_ type, no sequence */
};

/* Each call only takes note: it does not block, does not fail and does not call back into memb_. */
struct memb_effects {
	/* A frame for every medium. */
	void (*send)(void *shell, const uint8_t *frame, size_t len);
	/* A status message has just gone out: ping media may now ask their hosts.  TS of that status. */
	void (*ping)(void *shell, uint64_t ts);
	/* The next moment at which memb_tick() must be called. */
	void (*arm)(void *shell, struct instant when);
	/* A message for those above (resources, clients): addressed to us or to all, accepted, each exactly once
	 * and in the order of its sender (what was missing is waited for, unless given up).  Lent for the call. */
	void (*deliver)(void *shell, struct msg *m, const struct memb_from *from);
	/* What the raw filters of client-api 6 show: duplicates, control messages.  May be NULL. */
	void (*raw)(void *shell, struct msg *m, const struct memb_from *from, unsigned filter_bit);
	void (*event)(void *shell, const struct memb_event *event);
	/* Wall clock seconds and load for the fields ts and ld; lent text. */
	uint64_t (*wall)(void *shell);
	const char *(*load)(void *shell);
	void (*log)(void *shell, int priority, const char *text);
};

/* Counters for status and tests; never reset. */
struct memb_stats {
	uint64_t sent, received, delivered, duplicates, lost, resent, naks_sent, naks_received;
	uint64_t unknown_node, old_generation, malformed, not_for_us, late;
};

struct memb;

/* NULL when memory is short or CONF is impossible (asserted where it is our own mistake). */
struct memb *memb_new(const struct memb_conf *conf, const struct memb_effects *fx, void *shell,
    struct instant now);
void memb_free(struct memb *memb);

/* Begins: status init, up, heartbeats (spec 7). */
void memb_start(struct memb *memb, struct instant now);

/* A datagram of medium LINK, already verified and decoded (msg_decode), has come in. */
void memb_heard(struct memb *memb, struct instant now, size_t link, struct msg *m);

/* The moment of arm() has come, or any other. */
void memb_tick(struct memb *memb, struct instant now);

/* The process did not run for AWAY_MS (suspend, stopped, starved): shifts all deadlines, says so. */
void memb_stalled(struct memb *memb, struct instant now, int64_t away_ms);

/* Sends a message of this node: adds the fields of spec 5.1 to M (whose store must have room for 512 bytes more),
 * transmits first and then processes and delivers it here like a received one.  0; -EMSGSIZE before a sequence
 * number is given out; -EAGAIN when the history is full of unacknowledged messages and URGENT is
 * false (the caller keeps it and tries again after MEMB_EV_CLIENTS_RESUME). */
int memb_send(struct memb *memb, struct instant now, struct msg *m, bool urgent);

/* Own status: leaving keeps "active" on the wire, as the old daemon does; extra_dead_ms is added to dt. */
void memb_announce(struct memb *memb, struct instant now, int64_t extra_dead_ms);

/* New keys, new times (reload). */
void memb_set_keys(struct memb *memb, const struct msg_keys *keys);

/* ---- For status and clients; valid until the next call ---- */
size_t memb_node_count(const struct memb *memb);
const struct memb_node *memb_node_at(const struct memb *memb, size_t i); /* configuration order */
const struct memb_node *memb_node_find(const struct memb *memb, const char *name); /* case-insensitive */
const struct memb_node *memb_node_find_uuid(const struct memb *memb, const uint8_t uuid[16]);
const struct memb_node *memb_self(const struct memb *memb);
bool memb_is_up(const struct memb *memb); /* communication is up */
const struct memb_stats *memb_stats(const struct memb *memb);
uint64_t memb_seq(const struct memb *memb); /* highest number sent */

/* Asserts every invariant; the simulator calls it after each step. */
void memb_check(const struct memb *memb);

#endif
