/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The option bytes in a telnet stream (RFC 854, 855): taken out of what a device says, and
 * answered by a plain no to everything that it offers or asks for.  It knows no sockets.
 */
#ifndef STONITH_KIT_TELNET_H
#define STONITH_KIT_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TELNET_IAC 255
#define TELNET_ANSWERS_MAX 256 /* in a connection; what is asked beyond gets no answer */

enum telnet_state {
	TELNET_TEXT,    /* between sequences */
	TELNET_COMMAND, /* behind an IAC */
	TELNET_OPTION,  /* behind a verb: WILL, WONT, DO, DONT */
	TELNET_SUB,     /* within a subnegotiation, skipped up to IAC SE */
	TELNET_SUB_IAC
};

struct telnet {
	enum telnet_state state;
	uint8_t verb;
	bool after_cr; /* a NUL behind a CR is no text */
	unsigned answers;
};

/* Takes the next byte of the stream: true when it is text.  *ANSWER_LEN is 3 when ANSWER is due
 * to the other end, else 0. */
bool telnet_take(struct telnet *t, uint8_t byte, uint8_t answer[3], size_t *answer_len);

#endif
