/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of this folder share.
 *
 * - message.c: fields in their table and store; format.c: the line for logs
 * - scan.c: walking encoded bytes and checking them; classic.c, netstring.c: the next
 * field of either form, and writing one
 * - decode.c: datagram to fields; encode.c: fields to datagram
 * - sign.c: keys, HMAC, crc, tokens; compress.c: zlib and bzip2
 * - text.c: base64, digits, packed lists, the output buffer
 *
 * A struct value stays encoded, in the form in which it came: classic text with the depth
 * symbols of its sender or netstrings.  It was walked through once before it got into a
 * struct msg, so that a walk through a value of a struct msg cannot fail.
 */
#ifndef HEARTBEAT_MESSAGE_MESSAGE_PRIVATE_H
#define HEARTBEAT_MESSAGE_MESSAGE_PRIVATE_H

#include "heartbeat/message/message.h"

#include <nettle/hmac.h>
#include <string.h>

#define MSG_NEWLINE 0x13 /* stands for a newline inside a string of classic text */
#define MSG_PAYLOAD "_compressed_payload"
#define MSG_ALGORITHM "_compression_algorithm"

/* ---- text.c ----------------------------------------------------------------------- */

/* Strict: standard alphabet, padded, no bits left over.  The bytes' number or -EINVAL.
 * OUT may be TEXT itself, or NULL to check only. */
ssize_t msg_base64_decode(const uint8_t *text, size_t len, uint8_t *out);
/* Decimal digits up to the first other byte, at most MAX_DIGITS; how many, 0 = no number.
 */
size_t msg_digits_parse(const uint8_t *p, size_t len, size_t max_digits, uint32_t *value);
size_t msg_digits_count(size_t value);
bool msg_list_is_valid(const uint8_t *p, size_t len);
bool msg_name_is_valid(const uint8_t *name, size_t len);

/* ---- Output: bytes into a buffer that may be emptied on the way ------------------- */

struct msg_out {
	uint8_t *buf;
	size_t len, size;
	int error; /* the first: -EMSGSIZE, -EINVAL; 0 = all went well */
	/* Takes the bytes and sets len to 0, or sets error.  NULL: a full buffer is an
	 * error. */
	void (*drain)(struct msg_out *out);
};

void msg_out_put_slow(struct msg_out *out, const void *p, size_t len);

static inline void
msg_out_put(struct msg_out *out, const void *p, size_t len)
{
	if (len <= out->size - out->len) {
		memcpy(out->buf + out->len, p, len);
		out->len += len;
	} else {
		msg_out_put_slow(out, p, len);
	}
}

static inline void
msg_out_byte(struct msg_out *out, uint8_t byte)
{
	if (out->len < out->size)
		out->buf[out->len++] = byte;
	else
		msg_out_put_slow(out, &byte, 1);
}

void msg_out_number(struct msg_out *out, size_t value);
void msg_out_base64(struct msg_out *out, const uint8_t *p, size_t len);
void msg_out_unbase64(struct msg_out *out, const uint8_t *text, size_t len);
/* Copies and turns each byte FROM into TO. */
void msg_out_swapped(struct msg_out *out, const uint8_t *p, size_t len, uint8_t from,
    uint8_t to);

/* ---- Walking encoded bytes (scan.c, classic.c, netstring.c) ----------------------- */

/* One field as it stands in encoded bytes. */
struct msg_item {
	const uint8_t *name, *value;
	size_t name_len, len;
	uint8_t type;
	bool is_classic; /* the value is classic text: base64, 0x13 for newline */
};

struct msg_scan {
	const uint8_t *pos, *end;
	uint8_t mark; /* ends a line of classic text; 0 = netstrings */
};

/* Depth symbols: what ends a line of classic text LEVEL structs deep (level 0: newline).
 */
uint8_t msg_mark(unsigned level);

/* By the first bytes.  0, or -EINVAL: neither form. */
int msg_scan_init(struct msg_scan *scan, const uint8_t *p, size_t len);
/* 1 and the next field; 0 and POS behind the end marker; -EINVAL. */
int msg_scan_next(struct msg_scan *scan, struct msg_item *item);
int msg_classic_next(struct msg_scan *scan, struct msg_item *item);
int msg_netstring_next(struct msg_scan *scan, struct msg_item *item);
/* Finds the borders of the next netstring only. */
int msg_netstring_skip(const uint8_t **pos, const uint8_t *end, const uint8_t **text,
    size_t *len);

/* Is the value what its type says?  LEVEL structs are around it.
 * 0, -EINVAL, -E2BIG (too deep, too many fields). */
int msg_item_check(const struct msg_item *item, unsigned level);
/* A whole struct value, nothing behind it. */
int msg_struct_check(const uint8_t *p, size_t len, unsigned level);

static inline bool
msg_type_is_struct(uint8_t type)
{
	return type == MSG_STRUCT || type == MSG_TO_COMPRESS;
}

static inline struct msg_item
msg_field_item(const struct msg_field *f)
{
	return (struct msg_item){ .name = (const uint8_t *)f->name,
		.name_len = f->name_len,
		.value = f->value,
		.len = f->len,
		.type = f->type };
}

/* ---- Writing one field ------------------------------------------------------------ */

/* TO_COMPRESS_TAG: how MSG_TO_COMPRESS is written, 2 or 5. */
void msg_classic_put(struct msg_out *out, const struct msg_item *item, unsigned level,
    uint8_t to_compress_tag);
void msg_netstring_put(struct msg_out *out, const struct msg_item *item,
    uint8_t to_compress_tag);
/* A message as the value of a struct field. */
void msg_put_child(struct msg_out *out, const struct msg *m);

/* ---- Signatures (sign.c) ---------------------------------------------------------- */

#define MSG_TOKEN_MAX 64 /* hex digits of the longest token */

struct msg_hash {
	enum msg_auth auth;
	union {
		uint32_t crc;
		struct hmac_md5_ctx md5;
		struct hmac_sha1_ctx sha1;
		struct hmac_sha256_ctx sha256;
	} u;
};

void msg_hash_init(struct msg_hash *hash, const struct msg_key *key);
void msg_hash_update(struct msg_hash *hash, const uint8_t *p, size_t len);
/* The token's length; no NUL behind it. */
size_t msg_hash_token(struct msg_hash *hash, uint8_t token[MSG_TOKEN_MAX]);

/* "<index> <token>" as it was received. */
struct msg_seal {
	unsigned index;
	const uint8_t *token;
	size_t token_len;
};

/* 0 or -EINVAL. */
int msg_seal_parse(struct msg_seal *seal, const uint8_t *p, size_t len);
/* NULL when there is no such key. */
const struct msg_key *msg_seal_key(const struct msg_seal *seal,
    const struct msg_keys *keys);
/* Compares in constant time. */
bool msg_seal_matches(const struct msg_seal *seal, struct msg_hash *hash);

/* ---- Compression (compress.c) ----------------------------------------------------- */

enum msg_compression msg_compression_parse(
    const char *word); /* NONE for any other word */
const char *msg_compression_name(enum msg_compression compression);

/* What FILL writes into its msg_out is compressed into DST.  The bytes' number, -EMSGSIZE
 * (DST too small, text over MSG_EXPANDED_MAX), -EINVAL, -ENOMEM. */
ssize_t msg_compress(enum msg_compression compression,
    void (*fill)(struct msg_out *, const void *), const void *arg, uint8_t *dst,
    size_t size);
/* The bytes' number, -E2BIG (longer than SIZE), -EINVAL (damaged, unknown algorithm),
 * -ENOMEM. */
ssize_t msg_expand(const char *algorithm, const uint8_t *src, size_t len, uint8_t *dst,
    size_t size);

/* ---- Decoding (decode.c) ---------------------------------------------------------- */

/* What makes a message the wrapping of a compressed one; NULL = it is none. */
const struct msg_field *msg_payload(const struct msg *m);

#endif
