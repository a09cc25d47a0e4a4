/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Media: what carries datagrams to other nodes and hears theirs (spec/wire.md 16,
 * spec/config.md 6). They know nothing of nodes, signatures or message types.  Nothing
 * here blocks once a medium is open: names are resolved by media_check() and
 * media_open().
 *
 * Life: media_parse() makes a spec of a line of ha.cf, media_open() a medium of a spec;
 * then the caller polls media_fd() and calls media_recv() and media_send();
 * media_close().
 */
#ifndef HEARTBEAT_MEDIA_MEDIA_H
#define HEARTBEAT_MEDIA_MEDIA_H

#include "lib/err.h"
#include "lib/instant.h"
#include "lib/log.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MEDIA_MAX 64          /* lines of ha.cf; more are refused by the configuration */
#define MEDIA_FRAME_MAX 65507 /* bytes of a UDP datagram over IPv4 */
#define MEDIA_HOST_MAX 256
#define MEDIA_NAME_MAX 100 /* with its NUL */
#define MEDIA_HOSTS_MAX 1024
#define MEDIA_FROM_MAX 72 /* text of an address with scope and port */

/* ---- Kinds
 * -------------------------------------------------------------------------------- */

struct media_kind {
	const char *directive;   /* the word of ha.cf that makes one: "bcast" */
	const char *description; /* "UDP/IP broadcast" */
	bool whole_line; /* the rest of the line is one medium; else each word of it is
	                    one */
	bool is_line;    /* frames are in the form MSG_SERIAL */
	bool is_ping;    /* it only asks hosts, and carries nothing to other nodes */
};

/* NULL when there is no such medium. */
const struct media_kind *media_kind_find(const char *directive);
/* The table in order; NULL behind its end. */
const struct media_kind *media_kind_at(size_t index);

/* ---- Lines of ha.cf
 * ----------------------------------------------------------------------- */

struct media_class;

struct media_spec {
	const struct media_kind *kind;
	const struct media_class *class;
	char name[MEDIA_NAME_MAX]; /* of the link, and of a ping node; "" = the device */
	char device[IFNAMSIZ];     /* as written */
	char host[MEDIA_HOST_MAX]; /* ucast, ucast6: as written */
	struct sockaddr_storage
	    to;        /* group or peer without port; ss_family 0 = not resolved yet */
	uint16_t port; /* mcast, mcast6: from the line; others: 0 = udpport at open */
	uint8_t ttl;   /* mcast: TTL, mcast6: hops */
	bool loop;     /* mcast, mcast6: own datagrams are heard */
	char hosts[MEDIA_HOSTS_MAX]; /* ping media: as written, with a blank between */
	int64_t fresh_ms; /* ping media: later answers do not count; set by the opener */
	int baud;         /* serial: set by the opener */
};

/* Why a line is refused. */
struct media_refusal {
	char text[320];   /* what is wrong and what would be right, for --check */
	char legacy[320]; /* the lines of the old daemon, '\n' between them; "" = it has
	                     none */
	size_t offset; /* of the word at fault in the arguments; their length when one is
	                  missing */
};

/* ARGS is the rest of the line for kinds of whole_line, else one word of it.  Asks the
 * system nothing.  0; or -ENOENT (no such
 * medium) or -EINVAL with the reason in WHY.  0 with a text in WHY: words behind the last
 * argument are ignored, as the old daemon does. */
int media_parse(const char *directive, const char *args, struct media_spec *spec,
    struct media_refusal *why);

/* What the line says against this machine: the interface, its broadcast address, the
 * peer's name (which is resolved here, may block for it, and stays in the spec).  0, or
 * -ENODEV, -EADDRNOTAVAIL, -ENOENT (no such host) with the reason in WHY.  offset is of
 * the words as media_parse() has seen them. */
int media_check(struct media_spec *spec, struct media_refusal *why);

/* Both name the same medium (the second is refused as a repetition). */
bool media_is_same(const struct media_spec *a, const struct media_spec *b);

/* ---- Open media
 * --------------------------------------------------------------------------- */

struct media_counters {
	uint64_t sent, sent_bytes;
	uint64_t send_full;   /* frames not sent because the socket buffer was full */
	uint64_t send_errors; /* frames not sent for another reason */
	uint64_t received, received_bytes;
	uint64_t oversized; /* datagrams longer than the buffer */
	uint64_t recv_errors;
	uint64_t rebinds; /* the interface went and came back */
};

/* Must stay where it is in memory while it is open. */
struct media {
	const char *name; /* of the link */
	struct media_spec spec;
	uint16_t port;
	int read_fd;  /* -1: another medium of this device and port hears for it */
	int write_fd; /* -1 = not open; may be the same */
	void *state;  /* of the class; NULL = it has none */
	int ifindex;  /* that the sockets are bound to; 0 = the interface is gone */
	struct sockaddr_storage to; /* where send goes: with port and scope */
	socklen_t to_len;
	int last_error;  /* of send: a positive errno, 0 = the last one went */
	uint64_t unsent; /* frames since last_error is set */
	long watched;    /* monotonic seconds of the last look at the interface */
	int joined;      /* mcast, mcast6: the interface on which we are in the group */
	struct log_limit full_limit, error_limit;
	struct media_counters count;
	struct media *next; /* of all that are open */
};

/* Where a datagram came from: only for logs, never for a decision. */
struct media_from {
	struct sockaddr_storage address;
	socklen_t len;
};

/* UDPPORT is what bcast and ucast lines use.  Logs the start line.  0, or -errno with one
 * clear sentence in ERR and nothing left open: -EADDRINUSE (worth a retry by the caller),
 * -ENODEV and -EADDRNOTAVAIL (interface), -ENOENT (unknown host), -EBUSY (the line is
 * another program's), -EACCES and -EPERM (privilege).  A name that media_check() has not
 * resolved in SPEC is looked up here, which may block. */
int media_open(struct media *m, const struct media_spec *spec, uint16_t udpport,
    struct err *err);
/* The caller has removed the descriptor from its loop.  Media that share a socket are
 * closed together. */
void media_close(struct media *m);

/* One whole frame or nothing, never blocking.  0, -EAGAIN when the socket buffer is full,
 * -EMSGSIZE, or -errno.  A failure has been counted and logged (once until it works
 * again); the caller counts the message as sent.  Looks after the interface, at most once
 * a second: one that was removed and came back is taken up again, a new broadcast address
 * is used. */
int media_send(struct media *m, const uint8_t *frame, size_t len);

/* The same for a frame that the next of its kind makes worthless (a heartbeat): where
 * frames wait for their turn, the oldest of those is dropped when there is no room. */
int media_send_beat(struct media *m, const uint8_t *frame, size_t len);

/* For media on which frames wait: sends what may leave now.  To be called after each
 * media_send() and media_recv_some(), and at the instant that it returns (never:
 * nothing waits).  media_fd() may be another one afterwards. */
struct instant media_pump(struct media *m, struct instant now);

#define MEDIA_SOME_MAX 4 /* datagrams taken at once */
struct media_datagram {
	uint8_t *bytes; /* the caller's */
	ssize_t len; /* of what was received; an empty one is 0.  -EMSGSIZE: it was longer
	                than its place (counted as oversized, gone) */
	struct media_from from;
	int64_t stamp_ns; /* wall clock when it arrived; 0 = not known */
};

/* What waits, at most COUNT of them, each into its own bytes, which have room for SIZE:
 * how many there were, or -errno.  Fewer than COUNT means that no more were waiting. */
int media_recv_some(struct media *m, struct media_datagram *some, size_t count,
    size_t size);

/* One datagram: its length; -EAGAIN when drained; -EMSGSIZE when it was longer than SIZE;
 * -errno.  FROM may be NULL. */
ssize_t media_recv(struct media *m, uint8_t *buf, size_t size, struct media_from *from);

/* To be polled for POLLIN; -1 when another medium hears for this one, or when it is gone
 * and media_pump() will open it again. */
int media_fd(const struct media *m);

/* ---- Bells
 * ------------------------------------------------------------------------------- */

/* Polled instead of media on which it hangs: ready when something has arrived that does
 * not begin with certain bytes.  The sockets have that, too, behind all that arrived
 * before. */
struct media_bell {
	int fd; /* to be polled for POLLIN */
	int program;
	uint64_t *taken;      /* shared with the kernel: notes that were seen (NULL: there
	                         is no bell) .. */
	const uint64_t *rung; /* .. and those that were written */
};

/* QUIET are the bytes that do not ring.  0, or -errno: this kernel cannot, or we may
 * not. */
int media_bell_make(struct media_bell *bell, const char *quiet);
void media_bell_free(struct media_bell *bell);
/* It is a medium on which one can hang; only on those that hear by themselves. */
bool media_can_ring(const struct media *m);
/* NULL: nothing rings any more.  0 or -errno. */
int media_bell_hang(struct media *m, const struct media_bell *bell);
/* Silent until it rings again.  How often it has since the last time: so many datagrams
 * are in the sockets of those media, or will be in a moment. */
uint64_t media_bell_hush(struct media_bell *bell);

/* "10.0.0.7:40123"; returns BUF. */
const char *media_from_text(const struct media_from *from, char buf[MEDIA_FROM_MAX]);

#endif
