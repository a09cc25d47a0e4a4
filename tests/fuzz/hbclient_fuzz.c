/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a daemon, or whoever sits behind it, may send to a program that uses libhbclient.
 * The input is cut into frames at each byte 0xff; if its first byte is 0xfe the rest goes
 * as it is, headers included.  All is read with readmsg(), and what comes out must be
 * whole messages whose ordered ones grow in number, for each sender and kind.
 */
#include "tests/fuzz/fuzz.h"

#include "heartbeat/libhbclient/private.h"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAMS_MAX 64

/* One sender's life, instance and kind. */
static struct stream {
	char src[64];
	uint64_t hg, gen, oseq;
	bool directed;
} streams[STREAMS_MAX];
static size_t stream_count;

/* What a socket has room for, whatever its buffers' books are. */
#define STREAM_MAX 32768

static void
send_input(int fd, const uint8_t *data, size_t size)
{
	static uint8_t bytes[STREAM_MAX];
	bool is_raw = size > 0 && data[0] == 0xfe;
	size_t used = 0;

	if (is_raw) {
		used = size - 1 < STREAM_MAX ? size - 1 : STREAM_MAX;
		memcpy(bytes, data + 1, used);
	}
	while (!is_raw && size > 0) {
		const uint8_t *end = memchr(data, 0xff, size);
		size_t len = end ? (size_t)(end - data) : size;

		if (used + 8 + len > STREAM_MAX)
			break;
		memcpy(bytes + used, &(uint32_t){ (uint32_t)len }, 4);
		memcpy(bytes + used + 4, &(uint32_t){ 0x0000abcd }, 4);
		memcpy(bytes + used + 8, data, len);
		used += 8 + len;
		data += end ? len + 1 : len;
		size -= end ? len + 1 : len;
	}
	FUZZ_MUST(used == 0 || send(fd, bytes, used, MSG_NOSIGNAL) == (ssize_t)used);
}

static bool
hex(const struct ha_msg *msg, const char *name, uint64_t *value)
{
	const char *text = cl_get_string(msg, name);
	char *end;

	if (!text || !*text)
		return false;
	*value = strtoull(text, &end, 16);
	return !*end;
}

static void
forget(const char *src)
{
	for (size_t i = 0; i < stream_count; i++)
		if (strncasecmp(streams[i].src, src, sizeof(streams[i].src) - 1) == 0)
			streams[i--] = streams[--stream_count];
}

static void
check_order(const struct ha_msg *msg)
{
	const char *src = cl_get_string(msg, F_ORIG), *type = cl_get_string(msg, F_TYPE),
	           *st = cl_get_string(msg, F_STATUS);
	struct stream now = { .directed = hbc_field_find(msg, F_TO) >= 0 };
	uint64_t seq;

	if (src && type && st && strcasecmp(type, T_STATUS) == 0 &&
	    strcasecmp(st, "dead") == 0)
		forget(src);
	if (!src || strlen(src) >= sizeof(now.src) || !hex(msg, F_SEQ, &seq) ||
	    !hex(msg, F_HBGENERATION, &now.hg) ||
	    !hex(msg, F_CLIENT_GENERATION, &now.gen) ||
	    !hex(msg, F_ORDERSEQ, &now.oseq) || now.oseq >= UINT64_MAX - 1)
		return;
	/* Leaves pass whatever their number is. */
	if (type && st && strcasecmp(type, T_APICLISTAT) == 0 &&
	    strcasecmp(st, "leave") == 0)
		return;
	if (type && st && strcasecmp(type, T_STATUS) == 0 && strcasecmp(st, "dead") == 0)
		return;
	strcpy(now.src, src);
	for (size_t i = 0; i < stream_count; i++) {
		struct stream *s = &streams[i];

		if (strcasecmp(s->src, now.src) == 0 && s->hg == now.hg &&
		    s->gen == now.gen && s->directed == now.directed) {
			FUZZ_MUST(now.oseq > s->oseq);
			s->oseq = now.oseq;
			return;
		}
	}
	if (stream_count < STREAMS_MAX)
		streams[stream_count++] = now;
}

static void
check_msg(struct ha_msg *msg)
{
	struct ha_msg *back, *copy = ha_msg_copy(msg);
	size_t len;
	char *bytes = msg2netstring(msg, &len);

	for (int i = 0; i < msg->nfields; i++) {
		FUZZ_MUST(strlen(msg->names[i]) == msg->nlens[i] && msg->nlens[i] > 0);
		FUZZ_MUST(msg->values[i] != NULL);
		if (msg->types[i] == FT_STRING)
			FUZZ_MUST(strlen(msg->values[i]) == msg->vlens[i]);
		cl_get_struct(copy, msg->names[i]);
	}
	FUZZ_MUST(copy && copy->nfields == msg->nfields);
	if (bytes) {
		back = wirefmt2msg(bytes, len, 0);
		FUZZ_MUST(!back || back->nfields <= msg->nfields);
		ha_msg_del(back);
	}
	free(bytes);
	ha_msg_del(copy);
	check_order(msg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ll_cluster_t *hb = ll_cluster_new("heartbeat");
	struct hbc *hbc = hb->ll_cluster_private;
	struct ha_msg *msg;
	int pair[2];

	stream_count = 0;
	FUZZ_MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	send_input(pair[1], data, size);
	close(pair[1]);
	client_adopt(hbc->client, pair[0]);
	/* Each call reads something, or finds the end. */
	for (size_t i = 0; hb->llc_ops->chan_is_connected(hb); i++) {
		FUZZ_MUST(i < 2 * STREAM_MAX);
		msg = hb->llc_ops->readmsg(hb, 0);
		if (msg)
			check_msg(msg);
		ha_msg_del(msg);
	}
	hb->llc_ops->delete (hb);
	return 0;
}
