/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of membership share; nobody else includes it.
 *
 *   memb.c      entry points, time, what is due when
 *   make.c      from the configuration to a struct memb, and what it tells of itself
 *   receive.c   a datagram: order of checks (spec 10), and who gets it
 *   node.c      table of nodes, names, links; the one writer of node->status
 *   status.c    own status, start, statuses of others, lives and deaths
 *   sequence.c  numbers of a peer, gaps, delivery in order
 *   rexmit.c    requests for what is missing, and refusals that come back
 *   history.c   what we sent, requests for it
 *   ack.c       acknowledgements both ways, flow control
 *   pack.c      several messages in one datagram, between new nodes
 *   pieces.c    long messages that can be repeated packet by packet, between new nodes
 *   cut.c       whether they leave whole or in pieces
 *   calm.c      when nothing happens, heartbeats wake nobody
 *   admin.c     reqnodes, repnodes, addnode, delnode, setweight, setsite
 *   send.c      a message of ours on its way out
 *   arrival.c   how regularly heartbeats come in over a link (arrival.h)
 *   check.c     invariants
 *
 * The daemon's own way (enum memb_phase):
 *
 *   NEW --memb_start--> GATHERING --everybody heard or dead--> ASKING --repnodes--> UP
 *                           `-------- no live peer to ask -------------------------^
 */
#ifndef HEARTBEAT_MEMBERSHIP_PRIVATE_H
#define HEARTBEAT_MEMBERSHIP_PRIVATE_H

#include "heartbeat/membership/membership.h"
#include "lib/array.h"

#include <assert.h>
#include <string.h>
#include <syslog.h>

#define GAP_MAX 250         /* a larger one resets the tracking (spec 11.2) .. */
#define GAP_PROMPT_MAX 900  /* .. of an old node; ours have kept 1000 messages */
#define MISSING_MAX 1000    /* numbers remembered as missing, per peer */
#define HELD_COUNT_MAX 1100 /* messages behind a gap, per peer; then it is given up */
#define HELD_BYTES_MAX (4 * 1024 * 1024)
#define EARLY_COUNT_MAX 64 /* of a life without a status yet; then the oldest goes */
#define EARLY_BYTES_MAX (256 * 1024)
#define ANSWER_MAX 50     /* messages sent again for one request (spec 11.6) */
#define RAISE_MS 2000     /* added to dt after a start .. */
#define RAISE_FOR_MS 5000 /* .. for so long */
#define REQNODES_MS 1000
#define PROMPT_MS 20 /* least time between statuses sent because somebody was heard */
#define FOLLOW_MS                                                                        \
	2 /* how much later than keepalive who follows another sends by itself */
#define PAUSE_ABOVE 250 /* unacknowledged messages at which clients are paused */
#define PAUSE_BYTES                                                                      \
	(1024 * 1024) /* the same in bytes: less than what a socket keeps .. */
#define PAUSE_COUNT_MIN                                                                  \
	20 /* .. but so many are always allowed: old nodes acknowledge every tenth */
#define PROBE_MS 20      /* paused for so long: a status shows what was lost at the end */
#define PROBE_MAX_MS 160 /* later and later */
#define AGAIN_MS 40      /* a prompt node is asked again for what is missing after that */
#define PACK_ONE_MAX 640 /* estimated length of a message that goes into a pack */
#define PACK_MAX                                                                         \
	1090 /* bytes of messages in a pack: with all around it one IP packet .. */
#define PACK_CLASSIC_MAX                                                                 \
	850 /* .. also as classic text, where four bytes stand for three */
/* Bytes of a frame that surely needs no more than one IP packet: the 1500 of Ethernet
 * less the headers of IPv6 and UDP (48) and what a tunnel may take (VXLAN: 50). */
#define ONE_PACKET_MAX 1400
#define MEMB_PIECE "hb-piece"
#define CALM_BEATS 4   /* heartbeats after anything else until we are calm */
#define CALM_WAKES 128 /* every so many of a calm node wake the others nevertheless */
#define SLOT_SIZE 512  /* bytes of a history slot that cost no allocation */
#define SEQ_MAX (UINT64_MAX / 4)
#define SHIFT_MAX 3 /* dead times by which small absences of ours put off a death */
#define DEAD_MS_MAX (1000LL * 3600 * 24 * 365)

/* At most BURST lines in 10 s of what a stranger or a broken peer can trigger. */
struct memb_limit {
	struct instant begin;
	unsigned used, suppressed;
};
#define LIMIT_BURST 10

struct memb_missing {
	uint64_t seq;
	struct instant since; /* noticed */
	struct instant ask;   /* next request */
};

/* A copy of a message that waits, as unsigned netstring. */
struct memb_held {
	struct memb_held *next;
	uint64_t seq, span;
	size_t medium;
	size_t len;
	uint8_t bytes[];
};

/* Sorted by seq, no number twice. */
struct memb_queue {
	struct memb_held *first;
	size_t count, bytes;
};

/* What has come of a long message.  bytes NULL = there is none. */
struct memb_pieces {
	uint8_t *bytes; /* TOTAL, of which LEN are there */
	size_t len, total;
	uint64_t seq; /* of the last piece */
};

struct memb_peer {
	struct memb_node node; /* first: what others point to */
	bool configured;  /* its name came from the configuration or an administrator */
	bool no_protocol; /* a very old node: no flow control with it (spec 12.4) */
	bool lagging;     /* lives but does not acknowledge: not waited for */
	bool replay_told;
	bool clone_told;

	/* Liveness.  ALIVE is heard (or the start) put off by our own absences;
	 * SHIFTED_MS their sum. */
	struct instant alive;
	int64_t shifted_ms;
	struct instant link_alive[MEMB_LINK_MAX];
	struct arrival *arrival;           /* by link */
	uint64_t link_echo[MEMB_LINK_MAX]; /* own node: highest number that came back over
	                                      it */

	/* Incoming numbers.  node.seq_seen counts only while TRACKING. */
	bool tracking;
	uint64_t
	    floor; /* of this life, numbers up to here are settled: it was dead since */
	uint64_t status_seq;                      /* of its last status in this life */
	struct memb_missing missing[MISSING_MAX]; /* sorted */
	size_t missing_count;
	struct memb_queue held; /* behind missing[0] */
	struct memb_pieces pieces;
	struct instant
	    hears_us; /* last sign of it: a new acknowledgement, a request, an answer */
	struct memb_queue
	    early; /* of generation EARLY_GENERATION: its status has not come yet */
	uint64_t early_generation;

	/* Outgoing. */
	unsigned ack_trigger; /* 0..9 */
	uint64_t ack_sent;    /* to a node that packs: last one of this life */
	bool ack_due;         /* one is sent at the end of this turn */
	bool ack_content;     /* what is not acknowledged yet is more than heartbeats */
	uint64_t acked; /* highest of our numbers that it has acknowledged in this life */
	uint64_t
	    owes_above; /* what was sent before it lived it owes no acknowledgement for */
	struct instant acked_at;
	struct instant asked_at; /* for what it has not acknowledged */

	struct memb_limit limit;     /* for bad messages */
	struct memb_limit gap_limit; /* for lost ones */
};

/* A long message of ours, as its numbers repeat it.  It belongs to the slot of the last
 * one, which is used again after those of all the others. */
struct memb_long {
	uint64_t first; /* of COUNT numbers */
	size_t count;
	size_t room; /* bytes that go with one number; with the last one what is left */
	size_t total;
	char dest[MEMB_NAME_MAX]; /* "" = everybody */
	bool has_destuuid;
	uint8_t destuuid[16];
	uint8_t bytes[];
};

struct memb_slot {
	uint64_t seq;   /* 0 = empty */
	uint8_t *bytes; /* in the slab, or allocated when longer than SLOT_SIZE */
	struct memb_long
	    *whole; /* NULL, or what it is a part of; then bytes are unused */
	size_t len;
	uint64_t end;  /* bytes sent up to and with this one */
	bool is_plain; /* it went out in a pack: not signed, without the shared fields */
	struct instant resent;
};

/* Do long messages leave in pieces? */
struct memb_cut {
	bool on;
	struct instant tried; /* since then whole ones were; never = from the beginning */
	struct instant until; /* on: then whole ones are tried */
	int64_t quiet_ms;     /* from the last request to UNTIL */
};

enum memb_phase { PHASE_NEW, PHASE_GATHERING, PHASE_ASKING, PHASE_UP };

struct memb_medium {
	char ping_node[MEMB_NAME_MAX]; /* "" = a medium to nodes */
	size_t link;                   /* index into memb_node.link of normal nodes */
};

/* What is read once from each datagram.  Pointers are lent. */
struct memb_packet {
	struct msg *m;
	const char *type, *src, *dest, *st;
	const char *wrong; /* "missing from/ts/type"; NULL = nothing */
	uint8_t srcuuid[16], destuuid[16];
	bool has_srcuuid, has_destuuid; /* and not all zero */
	bool is_ns;
	uint64_t seq, generation, ts;
	uint64_t span; /* it counts for so many numbers, of which seq is the last */
	size_t medium;
	bool for_us;
	bool is_calm; /* it says that it need not wake anybody */
};

struct memb {
	const struct memb_effects *fx;
	void *shell;
	struct instant now;
	struct instant at;    /* what is being handled arrived then; else now */
	struct instant armed; /* last told to arm(); never = nothing */
	int depth;            /* entry points do not nest: effects must not call back */

	enum memb_phase phase;
	struct instant started;
	struct memb_peer *self;
	struct memb_peer **peer;
	size_t peer_count, peer_size;
	char (*deleted)[MEMB_NAME_MAX];
	size_t deleted_count, deleted_size;
	struct memb_medium *medium;
	size_t medium_count;
	char link_name[MEMB_LINK_MAX][64];
	size_t link_count;

	int64_t keepalive_ms, deadtime_ms, warntime_ms, initdead_ms, deadping_ms,
	    rexmit_ms;
	int hopfudge;
	bool autojoin, manages_resources, merges, quick_restart;
	uint64_t generation;

	/* Own status. */
	struct instant status_due;
	struct instant status_last;  /* sent */
	bool status_woke;            /* it was to wake the others */
	struct instant status_asked; /* .. because it was time, so that others answer */
	struct instant
	    prompt_due; /* somebody new is to hear us before the next heartbeat */
	bool raised;    /* dt is RAISE_MS higher, until .. */
	struct instant raised_until;
	int64_t extra_dead_ms;
	bool silence_told;
	unsigned calm_beats; /* sent since anything else happened; see calm.c */
	struct instant reqnodes_due;
	struct memb_peer *asked; /* whom; NULL = nobody yet */

	/* Outgoing numbers. */
	uint64_t seq;
	uint64_t acked; /* what every live peer has */
	bool paused;
	struct instant paused_at, probe_due;
	int64_t probe_ms;
	struct memb_limit flow_limit;
	bool acks_due;          /* of some peer */
	struct instant acks_at; /* .. and not before; never = now */
	uint64_t sent_bytes;    /* of messages with numbers */
	uint8_t pack[PACK_MAX];
	size_t pack_len;
	struct msg view, inner; /* a message without, or with, what its pack has */
	struct memb_cut cut;
	struct memb_slot slot[MEMB_HISTORY_MAX];
	uint8_t *slab;

	struct msg_style style;
	struct msg own; /* our own messages are made here */
	uint8_t *own_store;
	size_t own_store_size;
	uint8_t *frame; /* the encoder's output */
	size_t frame_size;

	struct memb_limit limit; /* for what cannot be laid at a peer's door */
	struct memb_stats stats;
	uint64_t random;
};

/* ---- memb.c ---- */
void memb_log(struct memb *memb, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same under LIMIT; what was suppressed is told with the next line. */
void memb_log_limited(struct memb *memb, struct memb_limit *limit, int priority,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void memb_tell(struct memb *memb, enum memb_event_type type, const struct memb_peer *peer,
    const char *why);
/* Something is due at WHEN: arms the timer if nothing else is due earlier. */
void memb_want(struct memb *memb, struct instant when);
uint64_t memb_random(struct memb *memb);
void memb_repnodes_arrived(struct memb *memb);

/* ---- receive.c ---- */
void memb_packet_handle(struct memb *memb, size_t medium, struct msg *m);
/* A message of ours, SEQ, has come back over MEDIUM. */
void memb_echo_note(struct memb *memb, uint64_t seq, size_t medium);
/* Fills P.  0, or -EINVAL when it is no message between nodes; then P names what is
 * wrong. */
int memb_packet_read(const struct memb *memb, struct memb_packet *p, struct msg *m,
    size_t medium);
/* Its number is booked: now its content. */
void memb_packet_accepted(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
void memb_raw(struct memb *memb, const struct memb_peer *peer,
    const struct memb_packet *p, unsigned bit);
/* A message, whose number is booked, to the part that it is for. */
void memb_dispatch(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);

/* ---- node.c ---- */
struct memb_peer *memb_peer_find(const struct memb *memb,
    const char *name); /* case-sensitive */
struct memb_peer *memb_peer_find_uuid(const struct memb *memb, const uint8_t uuid[16]);
/* NULL when memory or places are short, which is logged. */
struct memb_peer *memb_peer_add(struct memb *memb, const char *name,
    enum memb_node_type type);
void memb_peer_remove(struct memb *memb, struct memb_peer *peer, const char *why);
void memb_peer_set_uuid(struct memb *memb, struct memb_peer *peer,
    const uint8_t uuid[16]);
/* Whose datagram is this?  NULL: nobody's, counted and logged. */
struct memb_peer *memb_peer_of(struct memb *memb, const struct memb_packet *p);
/* The only writer of node.status and node.status_text.  TEXT NULL = the word of STATUS.
 */
void memb_peer_set_status(struct memb *memb, struct memb_peer *peer,
    enum memb_status status, const char *text, const char *why);
/* The only writer of link.up. */
void memb_link_set(struct memb *memb, struct memb_peer *peer, size_t link, bool up,
    const char *why);
void memb_link_heard(struct memb *memb, struct memb_peer *peer, size_t medium);
bool memb_peer_is_prompt(const struct memb_peer *peer); /* of this implementation */
bool memb_peer_packs(const struct memb_peer *peer);     /* reads packs */
bool memb_peer_is_there(const struct memb *memb, const struct memb_peer *peer);
bool memb_name_is_valid(const char *name, size_t len);
bool memb_peer_is_live(const struct memb_peer *peer); /* a normal node, not dead */
size_t memb_live_count(const struct memb *memb);      /* with ourselves */
const char *memb_peer_links(const struct memb_peer *peer, char *buf,
    size_t size); /* "eth0 and eth1" */
/* Name of the link over which MEDIUM carries messages of PEER; "?" for no medium (our
 * own). */
const char *memb_link_name(const struct memb *memb, const struct memb_peer *peer,
    size_t medium);
#define MEDIUM_NONE SIZE_MAX

/* ---- status.c ---- */
void memb_status_begin(struct memb *memb); /* init, up, up */
void memb_status_set_own(struct memb *memb, enum memb_status status, const char *why);
void memb_status_send(struct memb *memb);
void memb_status_tick(struct memb *memb);
/* The content of a status whose number is booked. */
void memb_status_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
void memb_ping_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
bool memb_status_has_word(const struct memb_packet *p);
/* A higher generation, or the first one that we learn. */
void memb_life_begin(struct memb *memb, struct memb_peer *peer, uint64_t generation);
void memb_peers_judge(struct memb *memb);
struct instant memb_peer_deadline(const struct memb *memb, const struct memb_peer *peer);
struct instant memb_link_deadline(const struct memb *memb, const struct memb_peer *peer,
    size_t link);
void memb_self_judge(struct memb *memb, int64_t away_ms);

/* ---- sequence.c ---- */
enum memb_verdict { SEQ_FRESH, SEQ_NEWEST_AGAIN, SEQ_OLD };
/* SPAN numbers up to SEQ have come together. */
enum memb_verdict memb_seq_book(struct memb *memb, struct memb_peer *peer, uint64_t seq,
    uint64_t span);
/* Tracking begins anew, with FIRST as the next number; 0 = with whatever comes. */
void memb_seq_forget(struct memb *memb, struct memb_peer *peer, uint64_t first);
/* Hands a booked message on, or keeps a copy until what is missing before it has come. */
void memb_seq_deliver(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
/* Delivers what no gap stands before any more. */
void memb_seq_release(struct memb *memb, struct memb_peer *peer);
/* The number will not come: goes on without it.  I is its place in missing. */
void memb_seq_give_up(struct memb *memb, struct memb_peer *peer, size_t i,
    const char *why);
/* Place of SEQ in missing, or missing_count. */
size_t memb_seq_missing(const struct memb_peer *peer, uint64_t seq);
/* A message of a life that has not shown its status: keeps it; and, when the status came,
 * handles them. */
void memb_early_keep(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
void memb_early_replay(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *status);
void memb_queue_clear(struct memb_queue *queue);

/* ---- rexmit.c ---- */
/* Sets when the numbers from place I of missing on are asked for first. */
void memb_rexmit_plan(struct memb *memb, struct memb_peer *peer, size_t i);
int64_t memb_again_ms(const struct memb *memb, const struct memb_peer *peer);
void memb_rexmit_tick(struct memb *memb);
/* Something is missing for so long that we must know whether its sender hears us. */
bool memb_rexmit_doubts(const struct memb *memb);
struct instant memb_rexmit_due(const struct memb *memb);
void memb_nak_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);

/* ---- history.c ---- */
int memb_history_init(struct memb *memb);
void memb_history_clear(struct memb *memb);
/* Keeps the frame as number SEQ, the next one.  0 or -ENOMEM, then nothing was changed.
 */
int memb_history_add(struct memb *memb, uint64_t seq, const uint8_t *frame, size_t len,
    bool is_plain);
/* Keeps WHOLE as the next numbers; it is the history's now. */
void memb_history_add_long(struct memb *memb, struct memb_long *whole);
/* BYTES are those that left under the newest number. */
bool memb_history_is_newest(const struct memb *memb, const uint8_t *bytes, size_t len);
uint64_t memb_history_bytes_above(const struct memb *memb, uint64_t seq);
/* Signs everything with the present keys. */
void memb_history_sign(struct memb *memb);
void memb_history_check(const struct memb *memb);
void memb_request_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);

/* ---- ack.c ---- */
void memb_ack_in_order(struct memb *memb, struct memb_peer *peer, uint64_t seq);
void memb_ack_filled(struct memb *memb, struct memb_peer *peer, uint64_t seq);
/* Its heartbeat has come: is there something that it waits for? */
void memb_ack_status(struct memb *memb, struct memb_peer *peer, bool waits);
void memb_ack_tick(struct memb *memb);
struct instant memb_ack_due(const struct memb *memb); /* when some are due */
void memb_ack_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
/* From now on it owes acknowledgements; what was sent before it cannot know. */
void memb_ack_begin(struct memb *memb, struct memb_peer *peer);
/* After anything that moves seq, acks or who lives. */
void memb_flow_update(struct memb *memb);
void memb_flow_tick(struct memb *memb);
void memb_probe_plan(struct memb *memb);
struct instant memb_flow_due(const struct memb *memb);

/* ---- pack.c ---- */
/* Every live node has that bit, and there is one. */
bool memb_live_know(const struct memb *memb, int64_t feature);
/* One that all messages of a datagram, or all pieces of a message, have in common. */
bool memb_field_is_shared(const struct msg_field *f);
/* Every live node reads packs, and there is one. */
bool memb_packs(const struct memb *memb);
/* M, which has no fields of ours yet, may go into a pack now. */
bool memb_pack_takes(const struct memb *memb, const struct msg *m);
ssize_t memb_pack_encode(struct memb *memb, const struct msg *m);
void memb_pack_put(struct memb *memb, const uint8_t *bytes, size_t len);
/* What waits goes out now. */
void memb_pack_flush(struct memb *memb);
ssize_t memb_pack_unpack(struct memb *memb, const uint8_t *bytes, size_t len);
void memb_pack_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);

/* ---- pieces.c ---- */
bool memb_piece_is(const char *type);
/* M may be too long for one packet, and everybody can read pieces. */
bool memb_pieces_take(const struct memb *memb, const struct msg *m);
/* 1: it has left, and M has the last of its numbers.  0: it is not too long, nothing
 * has left.  Negative: as memb_transmit(). */
int memb_pieces_transmit(struct memb *memb, struct msg *m);
/* Number SEQ of WHOLE, as a frame of its own, in memb->frame; its length, or a negative
 * error. */
ssize_t memb_piece_repeat(struct memb *memb, const struct memb_long *whole, uint64_t seq);
void memb_piece_heard(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
void memb_pieces_clear(struct memb_pieces *pieces);

/* ---- cut.c ---- */
/* PEER has asked for something, which was sent again. */
void memb_cut_missed(struct memb *memb, const struct memb_peer *peer);
/* A long message is about to leave: in pieces? */
bool memb_cut_is_on(struct memb *memb);

/* ---- calm.c ---- */
/* Something else than a heartbeat has happened. */
void memb_disturb(struct memb *memb);
/* A heartbeat of ours is about to leave: need it wake nobody? */
bool memb_calm_beat(struct memb *memb);

/* ---- admin.c ---- */
void memb_admin_reqnodes(struct memb *memb, struct memb_peer *peer);
void memb_admin_repnodes(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
void memb_admin_ask(struct memb *memb);
/* True when the type is one of node administration, which is then done. */
bool memb_admin_handle(struct memb *memb, struct memb_peer *peer,
    const struct memb_packet *p);
bool memb_admin_is(const char *type);
struct memb_peer *memb_admin_whom(
    const struct memb *memb); /* first live peer to be asked, or NULL */
int memb_deleted_add(struct memb *memb, const char *name, size_t len);
void memb_deleted_drop(struct memb *memb, const char *name);

/* ---- send.c ---- */
/* Empties memb->own, where a message of ours is made. */
struct msg *memb_own_begin(struct memb *memb);
ssize_t memb_encode(struct memb *memb, const struct msg *m);
int memb_fields_add(struct memb *memb, struct msg *m, bool is_ns);
int memb_fields_resend(struct memb *memb, struct msg *m);
/* A type that only membership itself may send. */
bool memb_type_is_ours(const char *type);
int memb_send_foreign(struct memb *memb, struct msg *m, bool urgent);
/* memb->own on its way; that our own messages are sound is our own business. */
void memb_own_send(struct memb *memb);
int memb_own_reserve(struct memb *memb);

#endif
