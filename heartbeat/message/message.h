/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The message: an ordered list of (type, name, value) fields, its encodings, signatures
 * and compression (spec/wire.md 1 to 5, spec/client-api.md 4).  It knows nothing of
 * nodes, media or what a type means.  Pure: no system call, no clock, and no allocation
 * outside the compression libraries.
 *
 * A struct msg borrows memory: decoded values point into the datagram (which is changed
 * in place, so that strings end in NUL), added ones are copied into the store that
 * msg_init() was given.  Both must outlive the message.
 */
#ifndef HEARTBEAT_MESSAGE_MESSAGE_H
#define HEARTBEAT_MESSAGE_MESSAGE_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MSG_FIELD_MAX 256              /* a message with more is refused */
#define MSG_DEPTH_MAX 16               /* structs in structs */
#define MSG_WIRE_MAX (256 * 1024)      /* bytes of a datagram or client frame */
#define MSG_EXPANDED_MAX (2048 * 1024) /* bytes after decompression */
#define MSG_UDP_MAX 65507
#define MSG_LIST_MAX 1024 /* bytes of a packed list that is added */

enum msg_field_type {
	MSG_STRING = 0,
	MSG_BINARY = 1,
	MSG_STRUCT = 2,      /* value: the child, encoded, as msg_child() takes it */
	MSG_LIST = 3,        /* value: packed, "3:one,9:two words," */
	MSG_COMPRESSED = 4,  /* value: a compressed child message */
	MSG_TO_COMPRESS = 5, /* as MSG_STRUCT; leaves as MSG_COMPRESSED */
};

struct msg_field {
	const char *name;     /* ends in NUL */
	const uint8_t *value; /* strings: followed by a NUL that is not counted */
	uint32_t len;
	uint16_t name_len;
	uint8_t type; /* enum msg_field_type */
};

struct msg {
	struct msg_field field[MSG_FIELD_MAX];
	size_t count;
	uint8_t *store;
	size_t store_size, store_used;
};

/* Keys.  Filled by config/authkeys; index 0..15. */
enum msg_auth {
	MSG_AUTH_NONE,
	MSG_AUTH_CRC,
	MSG_AUTH_MD5,
	MSG_AUTH_SHA1,
	MSG_AUTH_SHA256
};
#define MSG_KEY_MAX 16
#define MSG_KEY_LEN_MAX 256

#define MSG_KEY_PREPARED_SIZE 352

struct msg_key {
	enum msg_auth auth; /* MSG_AUTH_NONE = there is no key of this index */
	size_t len;
	uint8_t text[MSG_KEY_LEN_MAX];
	/* Written by msg_key_prepare() alone; without it a key works, only slower. */
	bool is_prepared;
	_Alignas(16) uint8_t prepared[MSG_KEY_PREPARED_SIZE];
};

struct msg_keys {
	struct msg_key key[MSG_KEY_MAX];
	int current; /* signs what we send; -1 = none */
};

/* "crc", "md5", "sha1", "sha256"; MSG_AUTH_NONE for any other word. */
enum msg_auth msg_auth_parse(const char *word);
const char *msg_auth_name(enum msg_auth auth);

/* Does once what else every signature would do again: the first blocks of the HMAC.  To
 * be called (again) after auth, len or text were set. */
void msg_key_prepare(struct msg_key *key);

/* ---- Making ----------------------------------------------------------------------- */

/* Empties M; what is added is copied into STORE (NULL, 0: only decoding is possible). */
void msg_init(struct msg *m, void *store, size_t store_size);

/* Append.  0, or -ENOSPC (store or field table full), -EINVAL (name or value not
 * representable: control bytes, '=' or a leading '(' in a name, NUL in a string, a list
 * or struct that is none, a list over MSG_LIST_MAX).  M is untouched then.  A struct is
 * given in either encoded form, without a trailer and, in classic text, without the NUL.
 */
int msg_add(struct msg *m, enum msg_field_type type, const char *name, const void *value,
    size_t len);
int msg_add_str(struct msg *m, const char *name, const char *value);
int msg_add_hex(struct msg *m, const char *name, uint64_t value);
int msg_add_dec(struct msg *m, const char *name, int64_t value);
int msg_add_struct(struct msg *m, const char *name, const struct msg *child);
/* The same with the type MSG_STRUCT or MSG_TO_COMPRESS. */
int msg_add_child(struct msg *m, enum msg_field_type type, const char *name,
    const struct msg *child);
/* As msg_add, but the first field of that name is replaced in its place (spec 5.1).  A
 * value that is longer than the one before takes new room in the store. */
int msg_set(struct msg *m, enum msg_field_type type, const char *name, const void *value,
    size_t len);
int msg_set_str(struct msg *m, const char *name, const char *value);
int msg_set_hex(struct msg *m, const char *name, uint64_t value);
/* Removes every field of that name; how many there were. */
size_t msg_remove(struct msg *m, const char *name);
/* Deep copy: DST, already initialised with a store, gets all fields of SRC appended.
 * 0, or -ENOSPC and DST is untouched. */
int msg_copy(struct msg *dst, const struct msg *src);

/* ---- Reading ---------------------------------------------------------------------- */

/* The first field of that name, or NULL. */
const struct msg_field *msg_find(const struct msg *m, const char *name);
/* Its text, or NULL when missing or not a string. */
const char *msg_str(const struct msg *m, const char *name);
/* The type, that is field "t"; "" when missing. */
const char *msg_type(const struct msg *m);
/* Numbers: 0; -ENOENT missing; -EINVAL not a number in that base, negative or too large.
 * *VALUE untouched then. */
int msg_hex(const struct msg *m, const char *name, uint64_t *value);
int msg_dec(const struct msg *m, const char *name, int64_t *value);
/* Binary fields: 0 and the 16 bytes, or -ENOENT / -EINVAL (other type or length). */
int msg_uuid(const struct msg *m, const char *name, uint8_t uuid[16]);
/* The child of a STRUCT/TO_COMPRESS/COMPRESSED field, decoded into CHILD, whose values
 * live in STORE; the rest of STORE takes what is added to it.  ALGORITHM ("zlib", "bz2")
 * is needed for COMPRESSED: field _compression_algorithm of the parent. 0, -ENOSPC (STORE
 * too small, or more than MSG_EXPANDED_MAX), -EINVAL (no such field type, damaged,
 * unknown algorithm), -E2BIG (fields, depth), -ENOMEM. */
int msg_child(const struct msg_field *f, const char *algorithm, struct msg *child,
    void *store, size_t store_size, struct err *err);
/* Walks a packed list: returns the next element's length and text through *ITEM, 0 at the
 * end, -EINVAL when malformed.  *POS starts as 0.  An empty element is 0 too, but leaves
 * *ITEM set; at the end it is NULL. */
ssize_t msg_list_next(const struct msg_field *f, size_t *pos, const uint8_t **item);

/* ---- From bytes ------------------------------------------------------------------- */

/* Why a datagram was refused; each is counted by name. */
enum msg_drop {
	MSG_DROP_NONE,
	MSG_DROP_ALIEN, /* begins like nothing of ours: other traffic */
	MSG_DROP_MALFORMED,
	MSG_DROP_UNSIGNED,
	MSG_DROP_UNKNOWN_KEY,
	MSG_DROP_BAD_SIGNATURE,
	MSG_DROP_TOO_BIG, /* fields, depth, expanded size */
	MSG_DROP_COUNT
};
extern const char *const msg_drop_names[MSG_DROP_COUNT];

struct msg_trust {
	const struct msg_keys *keys; /* NULL = local channel: no signature is asked for */
	int key_index;               /* out: the key that the sender used, -1 = none */
	enum msg_auth auth;          /* out */
};

/* Verifies first (constant time, over the raw bytes; the key of the index in the
 * message), then decodes in place.  M keeps its store, what was in it is forgotten.  BUF
 * is overwritten; for whole-message compression the inside is expanded into SCRATCH
 * (MSG_EXPANDED_MAX bytes, may be NULL: then such messages are refused as too big), and
 * the fields are those of the inside.  TRUST may be NULL: a local channel.
 * Returns MSG_DROP_NONE or why not, with details in ERR, no fields in M and no key in
 * TRUST. */
enum msg_drop msg_decode(struct msg *m, uint8_t *buf, size_t len, struct msg_trust *trust,
    uint8_t *scratch, size_t scratch_size, struct err *err);

/* ---- To bytes --------------------------------------------------------------------- */

enum msg_form {
	/* ">>>\n" ... "<<<\n" NUL; signed by an auth field when keys are given. */
	MSG_CLASSIC,
	/* "###\n" ... "%%%\n"; with keys: trailer. */
	MSG_NETSTRING,
	/* The same with an auth field as last field: what 3.0.6 sends by default. */
	MSG_NETSTRING_AUTH,
	/* Classic without the NUL, also for structs: a serial line knows nothing else. */
	MSG_SERIAL,
};

enum msg_compression { MSG_COMPRESS_NONE, MSG_COMPRESS_ZLIB, MSG_COMPRESS_BZ2 };

struct msg_style {
	enum msg_form form;
	/* NULL = not signed (local).  Else fields "auth" of the message are left out. */
	const struct msg_keys *keys;
	/* Of TO_COMPRESS fields, and of whole messages that are too long for a datagram
	 * (for MSG_WIRE_MAX when not signed) or, with traditional_compression (whole),
	 * longer than threshold.  NONE: TO_COMPRESS fields leave as structs. */
	enum msg_compression compression;
	bool whole;
	size_t threshold; /* bytes */
};

/* The bytes' number, or -EMSGSIZE when SIZE is too small (or over MSG_WIRE_MAX, or the
 * auth field would be one field too many), -EINVAL (no current key, unknown
 * _compression_algorithm, a string in a struct that classic text cannot carry), -ENOMEM.
 * After an error OUT holds anything.  By the rules of spec 2.3 a message with struct or
 * compressed fields leaves as MSG_NETSTRING when the form is classic or
 * netstring-with-auth. */
ssize_t msg_encode(const struct msg *m, const struct msg_style *style, uint8_t *out,
    size_t size);

/* One line for logs: "t=status st=active (1)srcuuid=... seq=3", cut at SIZE; returns BUF.
 */
const char *msg_format(const struct msg *m, char *buf, size_t size);

#endif
