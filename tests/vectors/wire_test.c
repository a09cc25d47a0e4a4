/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every captured datagram decodes, verifies and leaves again as the same bytes; every
 * crafted one meets the reaction that is wanted of it.  The few files in
 * tests/vectors/wire are always there; all of them, with their index, are taken from
 * ../shared/vectors/wire.
 *
 * Nothing here knows more of a file than its bytes, the keys in the index and, for the
 * crafted ones, the table below: the style to encode with is read off the datagram.
 */
#include "heartbeat/media/line.h"
#include "heartbeat/media/private.h"
#include "heartbeat/membership/membership.h"
#include "heartbeat/message/message.h"

#include <bzlib.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FILE_MAX (64 * 1024)

static uint8_t original[FILE_MAX], work[FILE_MAX], again[MSG_WIRE_MAX],
    inner[MSG_EXPANDED_MAX];
static uint8_t scratch[MSG_EXPANDED_MAX];
static int failures, cases;

static const struct crafted {
	const char *name;
	enum msg_drop want;
	int key_index;
	const char *why;
} crafted[] = {
	{ "x01", MSG_DROP_NONE, 1, "bytes after the end marker" },
	{ "x02", MSG_DROP_NONE, 1, "bytes after the trailer" },
	{ "x03", MSG_DROP_NONE, 1, "st twice" },
	{ "x04", MSG_DROP_NONE, 1, "no ld, ttl, dt" },
	{ "x05", MSG_DROP_NONE, 1, "other order, unknown field" },
	{ "x06", MSG_DROP_NONE, 2, "another key than the current one" },
	{ "x07", MSG_DROP_NONE, 3, "crc, no NUL" },
	{ "x08", MSG_DROP_NONE, 1, "plain netstring" },
	{ "x09", MSG_DROP_NONE, 2, "the key of the index in the message" },
	{ "x10", MSG_DROP_NONE, 3, "netstring, crc" },
	{ "x11", MSG_DROP_UNSIGNED, -1, "no trailer" },
	{ "x12", MSG_DROP_BAD_SIGNATURE, -1, "a flipped bit" },
	{ "x13", MSG_DROP_BAD_SIGNATURE, -1, "a flipped bit" },
	{ "x14", MSG_DROP_UNSIGNED, -1, "no auth field" },
	{ "x15", MSG_DROP_UNKNOWN_KEY, -1, "index 9" },
	{ "x16", MSG_DROP_MALFORMED, -1, "no end marker" },
	{ "x17", MSG_DROP_ALIEN, -1, "CR LF" },
	{ "x18", MSG_DROP_NONE, 1, "no ts: for membership to judge, as all below" },
	{ "x19", MSG_DROP_NONE, 1, "status without seq" },
	{ "x20", MSG_DROP_NONE, 1, "status without st" },
	{ "x21", MSG_DROP_NONE, 1, "no hg" },
	{ "x22", MSG_DROP_NONE, 1, "lower generation" },
	{ "x23", MSG_DROP_NONE, 1, "uuid of another node" },
	{ "x24", MSG_DROP_UNSIGNED, -1, "a field without a type" },
	{ "x25", MSG_DROP_NONE, 1, "rexmit request" },
	{ "x26", MSG_DROP_NONE, 1, "for another node" },
	{ "x27", MSG_DROP_NONE, 1, "ack too high" },
	{ "x28", MSG_DROP_NONE, 1, "ordinary heartbeat" },
};

static void __attribute__((format(printf, 3, 4)))
result(const char *name, bool ok, const char *format, ...)
{
	va_list args;

	cases++;
	if (ok) {
		printf("ok wire/%s\n", name);
		return;
	}
	failures++;
	printf("not ok wire/%s: ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* "auth 2 / 1 crc / 2 md5 secretkey" */
static void
keys_parse(const char *text, struct msg_keys *keys)
{
	char copy[256], *save = NULL;

	memset(keys, 0, sizeof(*keys));
	keys->current = -1;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *part = strtok_r(copy, "/", &save); part;
	     part = strtok_r(NULL, "/", &save)) {
		char method[16] = "", secret[128] = "";
		int index = -1;

		if (sscanf(part, " auth %d", &keys->current) == 1)
			continue;
		if (sscanf(part, " %d %15s %127s", &index, method, secret) < 2 ||
		    index < 0 || index >= MSG_KEY_MAX)
			continue;
		keys->key[index].auth = msg_auth_parse(method);
		keys->key[index].len = strlen(secret);
		memcpy(keys->key[index].text, secret, strlen(secret));
		if (index % 2) /* both ways must give the same */
			msg_key_prepare(&keys->key[index]);
	}
}

static ssize_t
file_read(const char *dir, const char *name, uint8_t *buf)
{
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f)
		return -1;
	n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	return (ssize_t)n;
}

static bool
contains(const uint8_t *p, size_t len, const char *text)
{
	return memmem(p, len, text, strlen(text)) != NULL;
}

/* ---- Crafted ---------------------------------------------------------------------- */

static void
check_crafted(const char *name, size_t len, const struct msg_keys *keys)
{
	const struct crafted *row = NULL;
	struct msg_trust trust = { .keys = keys };
	static struct msg m;
	struct err err = { "" };
	enum msg_drop got;

	for (size_t i = 0; i < sizeof(crafted) / sizeof(crafted[0]); i++)
		if (strncmp(name, crafted[i].name, 3) == 0)
			row = &crafted[i];
	if (!row) {
		result(name, false, "not in the table of crafted files");
		return;
	}
	memcpy(work, original, len);
	msg_init(&m, NULL, 0);
	got = msg_decode(&m, work, len, &trust, scratch, sizeof(scratch), &err);
	if (got != row->want || trust.key_index != row->key_index)
		result(name, false, "%s: %s with key %d, %s", row->why,
		    msg_drop_names[got], trust.key_index, err.text);
	else if (strncmp(name, "x03", 3) == 0 && strcmp(msg_str(&m, "st"), "s5") != 0)
		result(name, false, "the first st counts");
	else
		result(name, true, " ");
}

/* ---- Captured --------------------------------------------------------------------- */

/* Expands the first compressed value of the original into INNER, with the libraries
 * themselves. */
static size_t
expand_original(const uint8_t *p, size_t len)
{
	const uint8_t *bz = memmem(p, len, "=BZh1", 5),
	              *z = memmem(p, len, "=\x78\x9c", 3);
	unsigned size = sizeof(inner);
	z_stream stream = { 0 };

	if (bz) {
		bz_stream bs = { 0 };

		bs.next_in = (char *)bz + 1;
		bs.avail_in = (unsigned)(p + len - bz - 1);
		bs.next_out = (char *)inner;
		bs.avail_out = size;
		BZ2_bzDecompressInit(&bs, 0, 0);
		while (BZ2_bzDecompress(&bs) == BZ_OK)
			;
		BZ2_bzDecompressEnd(&bs);
		return size - bs.avail_out;
	}
	if (!z)
		return 0;
	stream.next_in = (uint8_t *)z + 1;
	stream.avail_in = (unsigned)(p + len - z - 1);
	stream.next_out = inner;
	stream.avail_out = size;
	inflateInit(&stream);
	inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	return size - stream.avail_out;
}

/* The inside must be what we would have compressed, and what we compress must be
 * understood. */
static void
check_whole(const char *name, const uint8_t *p, size_t len, const struct msg *m,
    const struct msg_keys *keys)
{
	struct msg_style style = { .form = MSG_CLASSIC, .keys = keys, .threshold = 1024 };
	struct msg_trust trust = { .keys = keys };
	size_t inner_len = expand_original(p, len);
	static struct msg back;
	static uint8_t plain[MSG_WIRE_MAX];
	ssize_t n = msg_encode(m, &style, plain, sizeof(plain)), packed;

	if (n != (ssize_t)inner_len || memcmp(plain, inner, inner_len) != 0) {
		result(name, false, "the inside: %zd bytes, want %zu", n, inner_len);
		return;
	}
	style.whole = true;
	style.compression =
	    contains(p, len, "=bz2,") ? MSG_COMPRESS_BZ2 : MSG_COMPRESS_ZLIB;
	packed = msg_encode(m, &style, again, sizeof(again));
	if (packed < 0 || packed >= n) {
		result(name, false, "compressing again: %zd", packed);
		return;
	}
	if (expand_original(again, (size_t)packed) != inner_len ||
	    memcmp(plain, inner, inner_len) != 0) {
		result(name, false, "what we compressed expands to something else");
		return;
	}
	msg_init(&back, NULL, 0);
	if (msg_decode(&back, again, (size_t)packed, &trust, scratch, sizeof(scratch),
	        NULL) != MSG_DROP_NONE)
		result(name, false, "what we compressed is refused");
	else if (back.count != m->count)
		result(name, false, "%zu fields, want %zu", back.count, m->count);
	else
		result(name, true, " ");
}

/* A type 4 field whose child we had to send ourselves must expand to the same bytes. */
static const char *
field_defect(const uint8_t *p, size_t len, const struct msg *m,
    const struct msg_keys *keys)
{
	static uint8_t store[MSG_EXPANDED_MAX], expanded[MSG_EXPANDED_MAX],
	    child_store[MSG_WIRE_MAX];
	static struct msg child, built;
	struct msg_style style = { .form = MSG_CLASSIC, .keys = keys };
	size_t inner_len = expand_original(p, len);
	ssize_t n;

	memcpy(expanded, inner, inner_len);
	msg_init(&built, store, sizeof(store));
	for (size_t i = 0; i < m->count; i++) {
		const struct msg_field *f = &m->field[i];

		if (strcmp(f->name, "_compression_algorithm") == 0)
			continue;
		if (f->type != MSG_COMPRESSED) {
			msg_add(&built, f->type, f->name, f->value, f->len);
			continue;
		}
		if (msg_child(f, msg_str(m, "_compression_algorithm"), &child,
		        child_store, sizeof(child_store), NULL) < 0)
			return "the child cannot be decoded";
		if (msg_add_child(&built, MSG_TO_COMPRESS, f->name, &child) < 0)
			return "the child cannot be added";
	}
	style.compression =
	    contains(p, len, "=bz2,") ? MSG_COMPRESS_BZ2 : MSG_COMPRESS_ZLIB;
	n = msg_encode(&built, &style, again, sizeof(again));
	if (n < 0)
		return "cannot be built";
	if (expand_original(again, (size_t)n) != inner_len ||
	    memcmp(expanded, inner, inner_len) != 0)
		return "the child that we compress expands to something else";
	return NULL;
}

static void
check_captured(const char *name, const uint8_t *p, size_t len, struct msg_keys *keys)
{
	struct msg_trust trust = { .keys = keys };
	struct msg_style style = { .keys = keys };
	static struct msg m;
	struct err err = { "" };
	const char *defect = NULL;
	enum msg_drop got;
	ssize_t n;

	memcpy(work, p, len);
	msg_init(&m, NULL, 0);
	got = msg_decode(&m, work, len, &trust, scratch, sizeof(scratch), &err);
	if (got != MSG_DROP_NONE) {
		result(name, false, "%s: %s", msg_drop_names[got], err.text);
		return;
	}
	if (trust.key_index != keys->current) {
		result(name, false, "key %d", trust.key_index);
		return;
	}
	if (contains(p, len, "(1)_compressed_payload=")) {
		check_whole(name, p, len, &m, keys);
		return;
	}
	if (p[0] == '#')
		style.form =
		    contains(p, len, ":(0)auth=") ? MSG_NETSTRING_AUTH : MSG_NETSTRING;
	else
		style.form = p[len - 1] == '\0' ? MSG_CLASSIC : MSG_SERIAL;
	n = msg_encode(&m, &style, again, sizeof(again));
	if (n == (ssize_t)len && memcmp(again, p, len) == 0) {
		if (msg_find(&m, "_compression_algorithm"))
			defect = field_defect(p, len, &m, keys);
		result(name, !defect, "%s", defect);
		return;
	}
	result(name, false, "encodes to %zd bytes, want %zu: %.*s", n, len,
	    n > 0 ? (int)n : 0, (char *)again);
}

/* ---- Echo requests and replies ------------------------------------------------------
 */

/* A raw IPv4 socket gives the header, too. */
static size_t
reply_as_received(const uint8_t *p, size_t len, int family, uint8_t *packet)
{
	size_t header = family == AF_INET ? 20 : 0;

	memset(packet, 0, header);
	packet[0] = 0x45;
	packet[9] = IPPROTO_ICMP;
	memcpy(packet + header, p, len);
	return header + len;
}

/* What is in the message, asked for again, must be the same packet; and an answer must be
 * seen as one. */
static void
check_echo(const char *name, const uint8_t *p, size_t len, const struct msg_keys *keys)
{
	int family = p[0] >= 128 ? AF_INET6 : AF_INET;
	struct msg_trust trust = { .keys = keys };
	struct echo_reply reply;
	uint8_t frame[ECHO_DATA_MAX], packet[2048];
	uint64_t ts = 0;
	uint16_t id;
	ssize_t frame_len;
	size_t made;
	static struct msg m;
	char title[80];

	snprintf(title, sizeof(title), "%s as a packet", name);
	memcpy(work, p + ECHO_HEADER, len - ECHO_HEADER);
	msg_init(&m, NULL, 0);
	msg_decode(&m, work, len - ECHO_HEADER, &trust, NULL, 0, NULL);
	msg_hex(&m, "ts", &ts);
	frame_len = memb_ping_frame(msg_str(&m, "src"), msg_str(&m, "info"), ts, keys,
	    frame, sizeof(frame));
	memcpy(&id, p + 4, sizeof(id));
	if (frame_len != (ssize_t)(len - ECHO_HEADER) ||
	    memcmp(frame, p + ECHO_HEADER, (size_t)frame_len) != 0) {
		result(title, false, "its data: %.*s", frame_len > 0 ? (int)frame_len : 0,
		    (char *)frame);
		return;
	}
	if (p[0] == 0) { /* an answer */
		made = reply_as_received(p, len, family, packet);
		result(title,
		    echo_decode(packet, made, family, &reply) == 0 && reply.id == id &&
		        reply.seq == (p[6] << 8 | p[7]) &&
		        reply.len == (size_t)frame_len &&
		        memcmp(reply.data, frame, reply.len) == 0,
		    "not seen as an answer");
		return;
	}
	made = echo_encode(packet, family, id, (uint16_t)(p[6] << 8 | p[7]), frame,
	    (size_t)frame_len);
	if (family == AF_INET6) /* the kernel's */
		memcpy(packet + 2, p + 2, 2);
	result(title, made == len && memcmp(packet, p, len) == 0, "another request");
}

/* ---- Serial lines ------------------------------------------------------------------ */

/* As other media have it, turned into what a line takes, behind noise: the same bytes. */
static void
check_line(const char *name, const uint8_t *p, size_t len, const struct msg_keys *keys)
{
	static uint8_t in_bytes[LINE_FRAME_MAX], out[LINE_FRAME_MAX];
	const struct msg_style other = { .form = MSG_NETSTRING_AUTH, .keys = keys },
	                       line = { .form = MSG_SERIAL, .keys = keys };
	struct line_in in = { .bytes = in_bytes };
	static struct msg m;
	char title[80];
	size_t room, found;
	uint8_t *place;
	ssize_t n;

	snprintf(title, sizeof(title), "%s over a line", name);
	memcpy(work, p, len);
	msg_init(&m, NULL, 0);
	msg_decode(&m, work, len, NULL, scratch, sizeof(scratch), NULL);
	n = msg_encode(&m, &other, again, sizeof(again));
	if (n < 0 || msg_decode(&m, again, (size_t)n, NULL, scratch, sizeof(scratch),
	                 NULL) != MSG_DROP_NONE) {
		result(title, false, "as a netstring: %zd", n);
		return;
	}
	place = line_in_place(&in, &room);
	memcpy(place, ">>>\nt=half", 10);
	n = msg_encode(&m, &line, place + 10, room - 10);
	line_in_grow(&in, 10 + (n > 0 ? (size_t)n : 0));
	found = line_in_take(&in, out, sizeof(out));
	result(title, found == len && memcmp(out, p, len) == 0,
	    "%zu bytes found of %zd, want %zu", found, n, len);
}

/* ---- The index -------------------------------------------------------------------- */

/* The columns of index.tsv that matter: file, authkeys, transport. */
static void
check_row(const char *dir, char *row)
{
	char *column[7] = { NULL };
	struct msg_keys keys;
	size_t n = 0, skip;
	ssize_t len;

	row[strcspn(row, "\n")] = '\0';
	while (n < 7 && (column[n] = strsep(&row, "\t")))
		n++;
	if (n < 7) {
		result(column[0] ? column[0] : "index", false,
		    "a short row in the index");
		return;
	}
	len = file_read(dir, column[0], original);
	if (len < 0) {
		result(column[0], false, "cannot open it");
		return;
	}
	keys_parse(column[2], &keys);
	skip = strncmp(column[6], "icmp", 4) == 0 ? 8 : 0;
	if (column[0][0] == 'k')
		check_line(column[0], original, (size_t)len, &keys);
	if (skip > 0)
		check_echo(column[0], original, (size_t)len, &keys);
	if (column[0][0] == 'x')
		check_crafted(column[0], (size_t)len, &keys);
	else
		check_captured(column[0], original + skip, (size_t)len - skip, &keys);
}

static bool
check_index(const char *dir)
{
	char path[512], row[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/index.tsv", dir);
	f = fopen(path, "r");
	if (!f)
		return false;
	while (fgets(row, sizeof(row), f))
		if (strncmp(row, "file\t", 5) != 0)
			check_row(dir, row);
	fclose(f);
	return true;
}

int
main(void)
{
	if (!check_index("tests/vectors/wire"))
		result("own files", false,
		    "tests/vectors/wire/index.tsv is missing: run from the root");
	if (!check_index("../shared/vectors/wire"))
		printf("skip wire/shared: ../shared/vectors/wire is not there\n");
	return failures || cases == 0;
}
