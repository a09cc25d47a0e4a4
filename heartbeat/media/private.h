/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to heartbeat/media: one kind of medium behind one struct of functions.
 */
#ifndef HEARTBEAT_MEDIA_PRIVATE_H
#define HEARTBEAT_MEDIA_PRIVATE_H

#include "heartbeat/media/media.h"

#define PING_HOSTS_MAX 64                   /* of a group; more are refused */
#define SPEC_WORDS_MAX (PING_HOSTS_MAX + 2) /* of a line; more are not looked at */

struct spec_words {
	char word[SPEC_WORDS_MAX][MEDIA_HOST_MAX];
	size_t offset[SPEC_WORDS_MAX +
	              1]; /* in the arguments; behind the last: their length */
	size_t count;
};

struct media_class {
	struct media_kind kind;
	size_t frame_max; /* longer frames are refused before send() */

	/* Fills SPEC from the words, asking nobody.  0 or -EINVAL with WHY. */
	int (*parse)(struct media_spec *spec, const struct spec_words *words,
	    struct media_refusal *why);
	/* Asks this machine.  May resolve a name into SPEC. */
	int (*check)(struct media_spec *spec, struct media_refusal *why);

	/* Two sockets with their options, or all there is to be opened (no attach).  0,
	 * or -errno with the reason in ERR; what is open then is closed by the caller. */
	int (*open)(struct media *m, struct err *err);
	/* Binds the sockets to the interface m->ifindex, joins the group, finds the
	 * destination: at the start, and again when the interface has come back under
	 * another number.  NULL: there is no interface, nor anything to listen on. */
	int (*attach)(struct media *m, struct err *err);
	/* Binds the reading socket to its port; after attach, so that only the same
	 * interface matters. */
	int (*listen)(struct media *m, struct err *err);
	/* The destination may have changed (once a second).  NULL = it never does. */
	void (*refresh)(struct media *m);
	/* "UDP Broadcast heartbeat started on port ...". */
	void (*started)(const struct media *m);
	/* Those of media_send() and media_recv_some(), without their counting and logging
	 * of failures to send.  NULL: as for UDP. */
	int (*send)(struct media *m, const uint8_t *frame, size_t len, bool beat);
	int (*recv)(struct media *m, struct media_datagram *some, size_t count,
	    size_t size);
	/* As media_pump() and media_is_lost().  NULL: nothing to be done; never. */
	struct instant (*pump)(struct media *m, struct instant now);
	bool (*is_lost)(const struct media *m);
	/* What else than descriptors is to be given back, also after an open() that
	 * failed; it may close those, too.  NULL = nothing. */
	void (*close)(struct media *m);
	/* The reading socket is not bound to a group: any medium of this family, device
	 * and port may share it, and must, because the kernel gives each datagram to only
	 * one of several. */
	bool shares_ear;
	int family;
};

extern const struct media_class media_serial, media_bcast, media_mcast, media_ucast,
    media_mcast6, media_ucast6, media_ping, media_ping6, media_ping_group;

/* spec.c.  The texts of a refusal; returns CODE.  FORMAT is the new text, the old one is
 * set apart. */
int spec_refuse(struct media_refusal *why, int code, size_t offset, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
void spec_legacy(struct media_refusal *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The device is a possible name of an interface. */
int spec_device(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why);
/* All digits and in the range. */
bool spec_number(const char *text, unsigned long low, unsigned long high,
    unsigned long *value);

/* ip.c: what all IP media have in common. */
/* 0 when there is none. */
int ip_device_index(const char *device);
/* The same by way of an open socket. */
int ip_device_index_by(int fd, const char *device);
int ip_sockets_open(struct media *m, int family, struct err *err);
/* One option of a socket; WHAT is its name for the error. */
int ip_option(int fd, int level, int option, int value, const char *what,
    struct err *err);
int ip_bind(struct media *m, const struct sockaddr *address, socklen_t len,
    struct err *err);
/* SO_BINDTODEVICE on one socket. */
int ip_bind_device(int fd, const char *device, struct err *err);
/* Numeric address or name into spec->to (blocks for a name). */
int ip_host_resolve(struct media_spec *spec, int family, bool numeric_only);
/* The interface is there. */
int ip_device_check(const struct media_spec *spec, struct media_refusal *why);
/* On a reading socket: of our own datagrams only heartbeats come back. */
void ip_echo_filter(int fd);

/* echo.c: ICMP and ICMPv6. */
#define ECHO_HEADER 8
#define ECHO_DATA_MAX 1400 /* no fragments: many hosts do not answer them */

struct echo_reply {
	uint16_t id; /* as echo_encode() was given it */
	uint16_t seq;
	const uint8_t *data; /* lent */
	size_t len;
};

/* A request into OUT, which has room for ECHO_HEADER + LEN: how long it is.  LEN is at
 * most ECHO_DATA_MAX. */
size_t echo_encode(uint8_t *out, int family, uint16_t id, uint16_t seq,
    const uint8_t *data, size_t len);
/* PACKET as a raw socket of FAMILY gives it.  0, or -EINVAL when it is no echo reply. */
int echo_decode(const uint8_t *packet, size_t len, int family, struct echo_reply *reply);

#endif
