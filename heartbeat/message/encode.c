/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From fields to a datagram (spec 2.3, 2.4, 4.2).
 *
 * The field bytes are written once, into the caller's buffer, and signed there.  Two
 * things need more: the auth field of a netstring message covers the classic text, which
 * is streamed through the hash in pieces; and compressed fields are made first and wait
 * at the far end of the buffer.
 */
#include "heartbeat/message/message_private.h"

#include <errno.h>

#define HASH_CHUNK_SIZE 1024
#define SEAL_MAX (3 + MSG_TOKEN_MAX) /* "15 " and the token */
#define LENGTH_ROOM 8                /* "262144:" with something to spare */

/* All that is settled before the first byte is written. */
struct job {
	const struct msg *m;
	enum msg_form form;
	const struct msg_key *key; /* NULL = not signed */
	int key_index;
	uint8_t to_compress_tag;
};

/* ---- Fields ----------------------------------------------------------------------- */

static void
put_fields(struct msg_out *out, const struct job *job, bool netstring)
{
	for (size_t i = 0; i < job->m->count && !out->error; i++) {
		const struct msg_field *f = &job->m->field[i];
		const struct msg_item item = msg_field_item(f);

		/* A signature that came with it is none of ours. */
		if (job->key && f->name_len == 4 && memcmp(f->name, "auth", 4) == 0)
			continue;
		if (netstring)
			msg_netstring_put(out, &item, job->to_compress_tag);
		else
			msg_classic_put(out, &item, 0, job->to_compress_tag);
	}
}

void
msg_put_child(struct msg_out *out, const struct msg *m)
{
	const struct job job = { .m = m, .to_compress_tag = MSG_TO_COMPRESS };

	msg_out_put(out, "###\n", 4);
	put_fields(out, &job, true);
	msg_out_put(out, "%%%\n", 4);
}

/* ---- Signatures ------------------------------------------------------------------- */

/* "<index> <token>" */
static size_t
seal_format(const struct job *job, struct msg_hash *hash, uint8_t seal[SEAL_MAX])
{
	size_t n = 0;

	if (job->key_index >= 10)
		seal[n++] = '1';
	seal[n++] = (uint8_t)('0' + job->key_index % 10);
	seal[n++] = ' ';
	return n + msg_hash_token(hash, seal + n);
}

struct hash_out {
	struct msg_out out; /* first: what drain() is given */
	struct msg_hash hash;
	uint8_t chunk[HASH_CHUNK_SIZE];
};

static void
hash_drain(struct msg_out *out)
{
	struct hash_out *h = (struct hash_out *)out;

	msg_hash_update(&h->hash, out->buf, out->len);
	out->len = 0;
}

/* The auth field's value without writing the classic text anywhere.  Its length, or
 * -errno. */
static ssize_t
classic_seal(const struct job *job, uint8_t seal[SEAL_MAX])
{
	struct hash_out h;

	h.out = (struct msg_out){ .buf = h.chunk,
		.size = sizeof(h.chunk),
		.drain = hash_drain };
	msg_hash_init(&h.hash, job->key);
	put_fields(&h.out, job, false);
	hash_drain(&h.out);
	return h.out.error ? h.out.error : (ssize_t)seal_format(job, &h.hash, seal);
}

static void
put_auth(struct msg_out *out, const struct job *job, bool netstring, const uint8_t *seal,
    size_t seal_len)
{
	const struct msg_item item = { .name = (const uint8_t *)"auth",
		.name_len = 4,
		.value = seal,
		.len = seal_len,
		.type = MSG_STRING };

	if (netstring)
		msg_netstring_put(out, &item, job->to_compress_tag);
	else
		msg_classic_put(out, &item, 0, job->to_compress_tag);
}

/* Over all that is in OUT. */
static void
put_trailer(struct msg_out *out, const struct job *job)
{
	uint8_t seal[SEAL_MAX];
	struct msg_hash hash;
	size_t len;

	msg_hash_init(&hash, job->key);
	msg_hash_update(&hash, out->buf, out->len);
	len = seal_format(job, &hash, seal);
	msg_out_number(out, len);
	msg_out_byte(out, ':');
	msg_out_put(out, seal, len);
	msg_out_byte(out, ',');
}

/* ---- Whole messages --------------------------------------------------------------- */

static void
put_classic(struct msg_out *out, const struct job *job)
{
	msg_out_put(out, ">>>\n", 4);
	put_fields(out, job, false);
	if (job->key && !out->error) {
		uint8_t seal[SEAL_MAX];
		ssize_t len;

		if (out->drain) { /* the text is gone already */
			len = classic_seal(job, seal);
		} else {
			struct msg_hash hash;

			msg_hash_init(&hash, job->key);
			msg_hash_update(&hash, out->buf + 4, out->len - 4);
			len = (ssize_t)seal_format(job, &hash, seal);
		}
		if (len < 0)
			out->error = (int)len;
		else
			put_auth(out, job, false, seal, (size_t)len);
	}
	msg_out_put(out, "<<<\n", 4);
	if (job->form != MSG_SERIAL)
		msg_out_byte(out, '\0');
}

/* Without the trailer. */
static void
put_netstring(struct msg_out *out, const struct job *job)
{
	msg_out_put(out, "###\n", 4);
	put_fields(out, job, true);
	if (job->key && job->form == MSG_NETSTRING_AUTH && !out->error) {
		uint8_t seal[SEAL_MAX];
		ssize_t len = classic_seal(job, seal);

		if (len < 0)
			out->error = (int)len;
		else
			put_auth(out, job, true, seal, (size_t)len);
	}
	msg_out_put(out, "%%%\n", 4);
}

static ssize_t
encode_plain(const struct job *job, uint8_t *buf, size_t size)
{
	struct msg_out out = { .buf = buf, .size = size };

	if (job->form == MSG_CLASSIC || job->form == MSG_SERIAL) {
		put_classic(&out, job);
	} else {
		put_netstring(&out, job);
		if (job->key && !out.error)
			put_trailer(&out, job);
	}
	return out.error ? out.error : (ssize_t)out.len;
}

/* ---- Compression ------------------------------------------------------------------ */

static void
fill_whole(struct msg_out *out, const void *arg)
{
	const struct job *job = arg;

	if (job->form == MSG_NETSTRING)
		put_netstring(out, job);
	else
		put_classic(out, job);
}

/* The message as the payload of another one of two fields. */
static ssize_t
encode_whole(const struct job *job, enum msg_compression compression, uint8_t *buf,
    size_t size)
{
	static const char head[] = "(1)" MSG_PAYLOAD "=";
	const size_t head_len = sizeof(head) - 1, start = 4 + LENGTH_ROOM;
	const char *word = msg_compression_name(compression);
	const struct msg_item algorithm = { .name = (const uint8_t *)MSG_ALGORITHM,
		.name_len = sizeof(MSG_ALGORITHM) - 1,
		.value = (const uint8_t *)word,
		.len = strlen(word),
		.type = MSG_STRING };
	struct msg_out out = { .buf = buf, .size = size };
	ssize_t n;

	if (size <= start + head_len)
		return -EMSGSIZE;
	n = msg_compress(compression, fill_whole, job, buf + start + head_len,
	    size - start - head_len);
	if (n < 0)
		return n;
	memcpy(buf + start, head, head_len);
	msg_out_put(&out, "###\n", 4);
	msg_out_number(&out, head_len + (size_t)n);
	msg_out_byte(&out, ':');
	memmove(buf + out.len, buf + start, head_len + (size_t)n);
	out.len += head_len + (size_t)n;
	msg_out_byte(&out, ',');
	msg_netstring_put(&out, &algorithm, job->to_compress_tag);
	msg_out_put(&out, "%%%\n", 4);
	if (job->key && !out.error)
		put_trailer(&out, job);
	return out.error ? out.error : (ssize_t)out.len;
}

static bool
struct_is_simple(const uint8_t *value, size_t len)
{
	struct msg_scan scan;
	struct msg_item item;

	if (msg_scan_init(&scan, value, len) < 0)
		return false;
	while (msg_scan_next(&scan, &item) > 0)
		if (msg_type_is_struct(item.type) || item.type == MSG_COMPRESSED)
			return false;
	return true;
}

/* What a compressed field holds: classic text and its NUL, netstrings when there are
 * structs. */
static void
fill_field(struct msg_out *out, const void *arg)
{
	const struct msg_field *f = arg;
	bool simple = struct_is_simple(f->value, f->len);
	struct msg_scan scan;
	struct msg_item item;

	if (msg_scan_init(&scan, f->value, f->len) < 0) {
		out->error = -EINVAL;
		return;
	}
	msg_out_put(out, simple ? ">>>\n" : "###\n", 4);
	while (!out->error && msg_scan_next(&scan, &item) > 0) {
		if (simple)
			msg_classic_put(out, &item, 0, MSG_STRUCT);
		else
			msg_netstring_put(out, &item, MSG_STRUCT);
	}
	if (simple)
		msg_out_put(out, "<<<\n", 5);
	else
		msg_out_put(out, "%%%\n", 4);
}

/* The name of the algorithm stands before src, where the nodes of old have it. */
static int
algorithm_insert(struct msg *m, enum msg_compression compression)
{
	const char *word = msg_compression_name(compression);
	size_t at = 0;

	if (m->count == MSG_FIELD_MAX)
		return -EMSGSIZE;
	while (at < m->count && strcmp(m->field[at].name, "src") != 0)
		at++;
	memmove(&m->field[at + 1], &m->field[at], (m->count - at) * sizeof(m->field[0]));
	m->field[at] = (struct msg_field){ .name = MSG_ALGORITHM,
		.name_len = sizeof(MSG_ALGORITHM) - 1,
		.value = (const uint8_t *)word,
		.len = (uint32_t)strlen(word),
		.type = MSG_STRING };
	m->count++;
	return 0;
}

/* COPY becomes M with its TO_COMPRESS fields compressed into the end of BUF, which *SIZE
 * leaves out from then on. */
static int
compress_fields(struct msg *copy, const struct msg *m, enum msg_compression compression,
    uint8_t *buf, size_t *size)
{
	const char *given = msg_str(m, MSG_ALGORITHM);
	size_t used = 0;

	/* There is one algorithm for all compressed fields of a message. */
	if (msg_find(m, MSG_ALGORITHM)) {
		compression = given ? msg_compression_parse(given) : MSG_COMPRESS_NONE;
		if (compression == MSG_COMPRESS_NONE)
			return -EINVAL;
	}
	*copy = *m;
	for (size_t i = 0; i < m->count; i++) {
		ssize_t n;

		if (m->field[i].type != MSG_TO_COMPRESS)
			continue;
		n = msg_compress(compression, fill_field, &m->field[i], buf + used,
		    *size - used);
		if (n < 0)
			return (int)n;
		copy->field[i].type = MSG_COMPRESSED;
		copy->field[i].value = buf + used;
		copy->field[i].len = (uint32_t)n;
		used += (size_t)n;
	}
	memmove(buf + *size - used, buf, used);
	for (size_t i = 0; i < m->count; i++)
		if (m->field[i].type == MSG_TO_COMPRESS)
			copy->field[i].value += *size - used;
	*size -= used;
	return given ? 0 : algorithm_insert(copy, compression);
}

/* ---- The entrance ----------------------------------------------------------------- */

static bool
has_type(const struct msg *m, unsigned types)
{
	for (size_t i = 0; i < m->count; i++)
		if (types & 1u << m->field[i].type)
			return true;
	return false;
}

/* Plain if that is short enough, else compressed if that is shorter. */
static ssize_t
encode_shortest(const struct job *job, const struct msg_style *style, uint8_t *out,
    size_t size)
{
	size_t limit = style->whole ? style->threshold
	               : job->key   ? MSG_UDP_MAX
	                            : MSG_WIRE_MAX;
	ssize_t plain, whole;

	/* The auth field would be one more than the receiver takes. */
	if (job->key && job->form != MSG_NETSTRING && job->m->count == MSG_FIELD_MAX &&
	    !msg_find(job->m, "auth"))
		return -EMSGSIZE;
	plain = encode_plain(job, out, size);
	if (style->compression == MSG_COMPRESS_NONE || job->form == MSG_SERIAL)
		return plain;
	if (plain >= 0 ? (size_t)plain <= limit : plain != -EMSGSIZE)
		return plain;
	whole = encode_whole(job, style->compression, out, size);
	if (plain < 0 || (whole > 0 && whole < plain))
		return whole;
	return encode_plain(job, out, size);
}

/* Apart, because of the size of its local variable. */
static ssize_t __attribute__((noinline)) encode_with_compressed(struct job *job,
    const struct msg_style *style, uint8_t *out, size_t size)
{
	struct msg copy;
	int rc = compress_fields(&copy, job->m, style->compression, out, &size);

	if (rc < 0)
		return rc;
	job->m = &copy;
	return encode_shortest(job, style, out, size);
}

ssize_t
msg_encode(const struct msg *m, const struct msg_style *style, uint8_t *out, size_t size)
{
	const unsigned nested =
	    1u << MSG_STRUCT | 1u << MSG_COMPRESSED | 1u << MSG_TO_COMPRESS;
	struct job job = { .m = m,
		.form = style->form,
		.to_compress_tag = MSG_TO_COMPRESS };

	if (style->keys) {
		job.key_index = style->keys->current;
		if (job.key_index < 0 || job.key_index >= MSG_KEY_MAX)
			return -EINVAL;
		job.key = &style->keys->key[job.key_index];
		if (job.key->auth == MSG_AUTH_NONE)
			return -EINVAL;
		job.to_compress_tag = MSG_STRUCT;
	}
	if (msg_payload(m))
		return -EINVAL; /* the receiver would take it for something else */
	if (size > MSG_WIRE_MAX)
		size = MSG_WIRE_MAX;
	if (job.form != MSG_SERIAL && has_type(m, nested))
		job.form = MSG_NETSTRING;
	if (style->compression != MSG_COMPRESS_NONE && has_type(m, 1u << MSG_TO_COMPRESS))
		return encode_with_compressed(&job, style, out, size);
	return encode_shortest(&job, style, out, size);
}
