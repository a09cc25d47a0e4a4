/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telnet's option bytes (contract in telnet.h). */
#include "stonith/kit/telnet.h"

enum telnet_byte {
	TELNET_SE = 240,
	TELNET_SB = 250,
	TELNET_WILL = 251,
	TELNET_WONT = 252,
	TELNET_DO = 253,
	TELNET_DONT = 254
};

static void
telnet_command(struct telnet *t, uint8_t byte)
{
	switch (byte) {
	case TELNET_WILL:
	case TELNET_WONT:
	case TELNET_DO:
	case TELNET_DONT:
		t->verb = byte;
		t->state = TELNET_OPTION;
		break;
	case TELNET_SB:
		t->state = TELNET_SUB;
		break;
	default:
		/* NOP, GA, AYT and the like mean nothing to us. */
		t->state = TELNET_TEXT;
	}
}

/* All options are off for us from the start, so only what would switch one on is answered:
 * answering a "no" is how loops begin. */
static size_t
telnet_refuse(struct telnet *t, uint8_t option, uint8_t answer[3])
{
	if ((t->verb != TELNET_WILL && t->verb != TELNET_DO) ||
	    t->answers >= TELNET_ANSWERS_MAX)
		return 0;
	t->answers++;
	answer[0] = TELNET_IAC;
	answer[1] = t->verb == TELNET_WILL ? TELNET_DONT : TELNET_WONT;
	answer[2] = option;
	return 3;
}

bool
telnet_take(struct telnet *t, uint8_t byte, uint8_t answer[3], size_t *answer_len)
{
	bool after_cr = t->after_cr;

	*answer_len = 0;
	switch (t->state) {
	case TELNET_TEXT:
		if (byte == TELNET_IAC) {
			t->state = TELNET_COMMAND;
			return false;
		}
		t->after_cr = byte == '\r';
		return !(after_cr && byte == '\0');
	case TELNET_COMMAND:
		if (byte == TELNET_IAC) {
			/* Twice is the byte itself. */
			t->state = TELNET_TEXT;
			t->after_cr = false;
			return true;
		}
		telnet_command(t, byte);
		return false;
	case TELNET_OPTION:
		*answer_len = telnet_refuse(t, byte, answer);
		t->state = TELNET_TEXT;
		return false;
	case TELNET_SUB:
		if (byte == TELNET_IAC)
			t->state = TELNET_SUB_IAC;
		return false;
	case TELNET_SUB_IAC:
		t->state = byte == TELNET_SE ? TELNET_TEXT : TELNET_SUB;
		return false;
	}
	return false;
}
