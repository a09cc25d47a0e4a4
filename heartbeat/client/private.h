/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside of the server of the local API.
 *
 *   server.c    the sockets: listening, accepting, the audit, pausing; every entry from
 *               outside
 *   conn.c      one connection: bytes in, its life
 *   queue.c     frames out, the queue of a connection
 *   behind.c    who does not read as fast as the cluster talks
 *   breath.c    who sends without a pause is read in draughts
 *   signon.c    who may become a client; joining and leaving
 *   request.c   what a client may ask, and the answers
 *   deliver.c   what clients are told: cluster messages and events
 *   outbox.c    messages of the server itself to the cluster
 *
 * Life of a connection:
 *
 *   stranger --sign-on--> client --leave--> dead      (clients_conn.registered, .dead)
 *   stranger --refused / offence / EOF--> dead
 *
 * A dead one is out of every list and has no descriptor; its memory goes when the
 * outermost call ends (clients_exit), so that nobody in between holds a stale pointer.
 *
 * Two things nest and are therefore counted.  "busy": some function of ours runs further
 * up the stack. "lent": membership is further up the stack and must not be called, so
 * what we want to send waits in the outbox until the next turn of the loop.
 */
#ifndef HEARTBEAT_CLIENT_PRIVATE_H
#define HEARTBEAT_CLIENT_PRIVATE_H

#include "heartbeat/client/server.h"
#include "lib/log.h"

#include <sys/queue.h>
#include <sys/socket.h>

#define CLIENTS_MAGIC 0x0000abcdu
#define CLIENTS_HEADER 8
#define CLIENTS_BODY_MAX (256 * 1024) /* a longer announced body ends the connection */
#define CLIENTS_ID_SIZE 32            /* with NUL; longer names are cut */
#define CLIENTS_CONN_MAX 500          /* a further one is closed at once */
#define CLIENTS_QUEUE_MAX                                                                \
	64 /* messages; set_sendqlen changes it; full = disconnected                     \
	    */
/* A cluster that hands over thousands of messages a second fills a queue of 64 while its
 * client is only not on the processor: below so many bytes no queue is full.  From half
 * of it on senders are pushed back, and what is under way then (a megabyte, PAUSE_BYTES
 * of membership) must have room. */
#define CLIENTS_QUEUE_BYTES_FREE (2 * 1024 * 1024)
#define CLIENTS_QUEUE_LIMIT 16384                 /* what set_sendqlen may ask for */
#define CLIENTS_QUEUE_BYTES_MAX (4 * 1024 * 1024) /* full = disconnected */
#define CLIENTS_OUTBOX_MAX                                                               \
	1000 /* full: sign-ons of named clients wait, cstatus answers are lost */
#define CLIENTS_EMPTY_MAX 10 /* frames without a message in a row */
#define CLIENTS_AUDIT_MS 9000
#define CLIENTS_STRANGER_MS                                                              \
	60000 /* a connection that never signs on is closed after that */

/* Filter bits of spec/client-api.md 6. */
#define CLIENTS_KEEPIT 0x01u
#define CLIENTS_NOCHANGE 0x02u
#define CLIENTS_APICALL 0x10u
#define CLIENTS_PROTOCOL 0x20u
#define CLIENTS_FILTER_ALL 0x3fu

/* One message as it leaves, shared by all queues that hold it. */
struct clients_frame {
	unsigned refs;
	size_t len; /* header included */
	uint8_t bytes[];
};

struct clients_item { /* a place in a queue */
	STAILQ_ENTRY(clients_item) next;
	struct clients_frame *frame;
};

/* How far a source had got when the client signed on; older messages are not for it. */
struct clients_mark {
	uint64_t generation, seq;
};

struct clients_conn {
	TAILQ_ENTRY(clients_conn) link;
	struct clients *clients;
	int fd; /* -1 when dead */
	struct ucred peer;
	struct instant since; /* connected */
	bool dead;

	bool registered, named;
	char id[CLIENTS_ID_SIZE];
	uint64_t generation; /* client_gen */
	unsigned filter;
	int signo;                 /* sent after each message; 0 = none */
	struct clients_mark *mark; /* by place in clients.source */
	size_t mark_count;

	uint8_t *in; /* bytes read and not yet handled: [in_start, in_end) */
	size_t in_size, in_start, in_end;
	bool in_busy;  /* the last read filled the buffer */
	bool eof;      /* nothing more will come */
	bool held;     /* the first frame waits: for resume, the outbox or its own unread
	                  answers */
	int empty_row; /* frames without a message, in a row */

	STAILQ_HEAD(, clients_item) out;
	size_t out_count, out_bytes, out_max;
	size_t out_offset; /* bytes of the first frame that are gone */
	bool blocked;      /* the socket takes no more: wait for room */
	bool queued;       /* something is to be written at the end of this turn */
	bool deaf;         /* the peer reads no more: output is thrown away */
	bool behind;       /* its queue fills up: it is waited for, until .. */
	struct instant behind_until;
	bool slow;                  /* .. and it did not get on by then */
	unsigned said, said_before; /* messages it has sent to the cluster; and until last
	                               looked at */
	struct instant said_at;
	int row;       /* of messages one upon the other */
	int poor;      /* draughts in a row that brought next to nothing */
	bool breathes; /* read when the draught is due, not when something is there */
	int events;    /* asked of the loop; 0 = not in the loop */
};

TAILQ_HEAD(clients_list, clients_conn);

/* What clients were last told of a node: a status is news only when it differs. */
struct clients_source {
	char name[MEMB_NAME_MAX];
	char status[MEMB_STATUS_MAX];
};

struct clients_outbox_item {
	STAILQ_ENTRY(clients_outbox_item) next;
	size_t len;
	uint8_t bytes[];
};

struct clients {
	struct loop *loop;
	const struct clients_host *host;
	void *shell;
	char path[108];
	int listen_fd, spare_fd; /* the spare is given up to refuse politely when
	                            descriptors are short */

	struct clients_list conns, graves;
	size_t conn_count, registered_count;
	unsigned filters; /* all filters of all clients or'ed: what is worth encoding */
	uint64_t generation; /* of the next sign-on attempt */

	struct clients_source *source; /* kept only while there are clients */
	size_t source_count, source_size;

	STAILQ_HEAD(, clients_outbox_item) outbox;
	size_t outbox_count;

	int busy, lent;
	bool paused;
	struct loop_timer soon, audit, write, behind, breath;
	size_t behind_count, breathing_count; /* connections */
	uint8_t *scratch; /* a body is decoded here, so that the original can be offered
	                     again */
	size_t scratch_size;
	struct log_limit refused, offence, dropped;
};

/* ---- server.c ---- */
void clients_enter(struct clients *clients);
/* The outermost one buries the dead. */
void clients_exit(struct clients *clients);
const struct memb *clients_memb(const struct clients *clients);
const struct conf *clients_conf(const struct clients *clients);
struct clients_conn *clients_find(const struct clients *clients, const char *id);
/* To be called when a filter or a registration has changed. */
void clients_filters_update(struct clients *clients);
/* The work that may not be done now is done in the next turn. */
void clients_soon(struct clients *clients);

/* ---- conn.c ---- */
/* Takes FD over (also when it fails).  NULL when memory is short. */
struct clients_conn *clients_conn_new(struct clients *clients, int fd,
    const struct ucred *peer);
void clients_conn_free(struct clients_conn *conn);
/* Bytes have come: as many frames as possible are handled. */
void clients_conn_input(struct clients_conn *conn, const uint8_t *bytes, size_t len);
/* Handles what has been read already: after a hold, too. */
void clients_conn_process(struct clients_conn *conn);
/* Reads all that is there now (bounded), handles it, and notices the end. */
void clients_conn_drain(struct clients_conn *conn);
/* Reads its fair share of what is there now, and handles it. */
void clients_conn_hear(struct clients_conn *conn);
/* Sets what the loop watches by the state of the connection. */
void clients_conn_watch(struct clients_conn *conn);
/* Closes.  No event: that is clients_conn_end(). */
void clients_conn_close(struct clients_conn *conn);

/* ---- queue.c ---- */
/* Queues.  BOUNDED: it is written at the end of this turn of the loop, with all that
 * comes until then, and a full queue ends the connection.  Else (answers, which are
 * bounded by other means) at once. */
void clients_conn_queue(struct clients_conn *conn, struct clients_frame *frame,
    bool bounded);
/* Encodes M and queues it, unbounded: answers. */
void clients_conn_answer(struct clients_conn *conn, const struct msg *m);
/* The queue's bound in messages; the socket's buffer follows it. */
void clients_conn_set_queue(struct clients_conn *conn, size_t count);
/* Writes as much as the socket takes. */
void clients_queue_flush(struct clients_conn *conn);
void clients_queue_clear(struct clients_conn *conn);
/* The same for all that have got something in this turn; a timer's handler. */
void clients_queues_write(void *data, struct instant now);

/* ---- behind.c ---- */
/* After anything that makes its queue longer or shorter, or ends it. */
void clients_behind_note(struct clients_conn *conn);
void clients_behind_expire(void *data, struct instant now); /* a timer's handler */
/* Bytes of a full queue. */
size_t clients_queue_bytes_max(const struct clients_conn *conn);

/* ---- breath.c ---- */
/* After it was read because something was there. */
void clients_breath_note(struct clients_conn *conn);
void clients_breath_end(struct clients_conn *conn);
void clients_breath_take(void *data, struct instant now); /* a timer's handler */

/* NULL (logged) when M cannot be encoded. */
struct clients_frame *clients_frame_new(struct clients *clients, const struct msg *m);
void clients_frame_unref(struct clients_frame *frame);

/* ---- signon.c ---- */
void clients_signon(struct clients_conn *conn, const struct msg *m);
/* Ends the connection; a named client's leaving is told to itself and to its namesakes.
 */
void clients_conn_end(struct clients_conn *conn, const char *reason);

/* ---- request.c ---- */
void clients_request(struct clients_conn *conn, const struct msg *m);

/* ---- deliver.c ---- */
void clients_sources_renew(struct clients *clients);
int clients_marks_take(struct clients_conn *conn);

/* ---- outbox.c ---- */
/* Sends a message of the server, now or soon. */
void clients_post(struct clients *clients, struct msg *m, bool droppable);
void clients_outbox_flush(struct clients *clients);
void clients_outbox_clear(struct clients *clients);

#endif
