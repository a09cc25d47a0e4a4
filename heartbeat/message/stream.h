/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages in a stream of text, as root's scripts write them into the FIFO
 * (spec/resources-v1.md 2.1): each from ">>>" to "<<<", or in netstring form; several may
 * come in one read, or one in several.
 */
#ifndef HEARTBEAT_MESSAGE_STREAM_H
#define HEARTBEAT_MESSAGE_STREAM_H

#include "heartbeat/message/message.h"

/* Takes whole messages, unsigned, out of BUF, which is changed.  Each is lent to TAKE,
 * with a store of MSG_STREAM_STORE bytes for fields to come; one that is no message goes
 * to BAD with the reason.  How many bytes were used: the caller keeps the rest in front
 * of what it reads next. */
#define MSG_STREAM_STORE 4096
struct msg_stream_sink {
	void (*take)(void *data, struct msg *m);
	void (*bad)(void *data, size_t len, const char *why);
	void *data;
};
size_t msg_stream_split(char *buf, size_t len, const struct msg_stream_sink *sink);

#endif
