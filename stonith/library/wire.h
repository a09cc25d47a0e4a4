/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program that fences and the process of a device (stonith-device) say to each
 * other: packets on a SOCK_SEQPACKET socket.  A packet is a kind, three numbers and two
 * texts; what does not look so is refused, in both directions.
 */
#ifndef STONITH_WIRE_H
#define STONITH_WIRE_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WIRE_PACKET_MAX 8448
#define WIRE_TEXT_MAX                                                                    \
	4096 /* of one text; a longer one comes in several packets or is cut */

enum wire_kind {
	/* To the device. */
	WIRE_OPEN =
	    'O', /* type, plugin directory; the first; [0] 1 = make a transcript */
	WIRE_PARAM = 'P', /* name, value */
	WIRE_STEP = 'S',  /* [0] enum wire_step; [1] of a request, enum stonith_op, of
	                     describe, bits of enum wire_about; [2] limit in ms; host */
	WIRE_QUIT = 'Q',
	/* From the device. */
	WIRE_LOG = 'l',   /* [0] priority; text */
	WIRE_TRACE = 't', /* [0] '<' '>' '='; text */
	WIRE_HOST = 'h',  /* name */
	WIRE_ABOUT = 'a', /* [0] 0 = from the beginning, 1 = goes on; key, value */
	WIRE_BEGUN = 'b', /* [2] limit in ms of the step that begins now */
	WIRE_ENDED = 'e'  /* [0] its code */
};

enum wire_step {
	STEP_DESCRIBE,  /* what the driver is: ABOUT */
	STEP_LIST,      /* the types within this one: HOST for each */
	STEP_CHECK,     /* configures as far as that needs no device, and forgets it */
	STEP_CONFIGURE, /* the following need it */
	STEP_STATUS,
	STEP_HOSTS,
	STEP_REQUEST,
	STEP_COUNT
};

/* The keys of ABOUT. */
enum wire_about {
	ABOUT_ID,       /* what it is; may get more precise later */
	ABOUT_NAME,     /* this unit */
	ABOUT_DESCR,    /* sentences */
	ABOUT_URL,      /* "" = none */
	ABOUT_NAMES,    /* of parameters, for -n */
	ABOUT_KNOWN,    /* of all parameters; "" = cannot be told */
	ABOUT_REQUIRED, /* of those that must be there */
	ABOUT_SECRET,   /* of those whose values are blanked */
	ABOUT_XML,      /* the <parameters> block */
	ABOUT_COUNT
};

struct wire_packet {
	enum wire_kind kind;
	int32_t number[3];
	const char
	    *text[2]; /* never NULL after decoding; they stand in the packet's bytes */
};

const char *wire_step_name(enum wire_step step);
const char *wire_about_key(enum wire_about about);
/* The key's number, or -1. */
int wire_about_find(const char *key);

/* The length, or -EMSGSIZE.  A NULL text is "". */
ssize_t wire_encode(const struct wire_packet *packet, uint8_t *buf, size_t size);
/* 0, or -EBADMSG when it is no packet, or none that goes that way.  BUF must stay. */
int wire_decode(const uint8_t *buf, size_t len, bool to_device,
    struct wire_packet *packet, struct err *err);

/* Sends one, waiting at most WAIT_MS (-1 = for ever) while the other side takes no more.  0 or
 * -errno. */
int wire_send(int fd, const struct wire_packet *packet, int wait_ms);

#endif
