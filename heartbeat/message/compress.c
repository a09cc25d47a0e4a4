/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zlib and bzip2 (spec 2.4).  Neither stream says how long it gets, so expanding stops at
 * the size of the place it was given; the libraries themselves take less than 4 MiB
 * whatever the input.
 */
#include "heartbeat/message/message_private.h"

#include <bzlib.h>
#include <errno.h>
#include <zlib.h>

#define CHUNK_SIZE 4096
#define BZ2_BLOCK_SIZE 1 /* 100 kB, as the other nodes do it */
#define BZ2_WORK_FACTOR 30

static const char *const compression_names[] = {
	[MSG_COMPRESS_NONE] = "none",
	[MSG_COMPRESS_ZLIB] = "zlib",
	[MSG_COMPRESS_BZ2] = "bz2",
};

enum msg_compression
msg_compression_parse(const char *word)
{
	for (int i = MSG_COMPRESS_ZLIB; i <= MSG_COMPRESS_BZ2; i++)
		if (strcmp(word, compression_names[i]) == 0)
			return (enum msg_compression)i;
	return MSG_COMPRESS_NONE;
}

const char *
msg_compression_name(enum msg_compression compression)
{
	return compression_names[compression];
}

/* ---- Compressing ------------------------------------------------------------------ */

struct press {
	struct msg_out out; /* first: what drain() is given */
	size_t total;
	uint8_t chunk[CHUNK_SIZE];
	union {
		z_stream z;
		bz_stream bz;
	} u;
};

/* A full destination shows as a stream that has not taken all its input. */
static void
zlib_drain(struct msg_out *out)
{
	struct press *press = (struct press *)out;

	press->total += out->len;
	press->u.z.next_in = out->buf;
	press->u.z.avail_in = (unsigned)out->len;
	if (press->total > MSG_EXPANDED_MAX || deflate(&press->u.z, Z_NO_FLUSH) != Z_OK ||
	    press->u.z.avail_in > 0)
		out->error = -EMSGSIZE;
	out->len = 0;
}

static void
bz2_drain(struct msg_out *out)
{
	struct press *press = (struct press *)out;

	press->total += out->len;
	press->u.bz.next_in = (char *)out->buf;
	press->u.bz.avail_in = (unsigned)out->len;
	if (press->total > MSG_EXPANDED_MAX ||
	    BZ2_bzCompress(&press->u.bz, BZ_RUN) != BZ_RUN_OK || press->u.bz.avail_in > 0)
		out->error = -EMSGSIZE;
	out->len = 0;
}

static int
press_open(struct press *press, enum msg_compression compression, uint8_t *dst,
    size_t size)
{
	press->out = (struct msg_out){ .buf = press->chunk, .size = CHUNK_SIZE };
	press->total = 0;
	memset(&press->u, 0, sizeof(press->u));
	if (compression == MSG_COMPRESS_ZLIB) {
		press->out.drain = zlib_drain;
		press->u.z.next_out = dst;
		press->u.z.avail_out = (unsigned)size;
		return deflateInit(&press->u.z, Z_DEFAULT_COMPRESSION) == Z_OK ? 0
		                                                               : -ENOMEM;
	}
	press->out.drain = bz2_drain;
	press->u.bz.next_out = (char *)dst;
	press->u.bz.avail_out = (unsigned)size;
	return BZ2_bzCompressInit(&press->u.bz, BZ2_BLOCK_SIZE, 0, BZ2_WORK_FACTOR) ==
	               BZ_OK
	           ? 0
	           : -ENOMEM;
}

/* Frees the stream, whatever happened before. */
static ssize_t
press_close(struct press *press, enum msg_compression compression)
{
	bool done;
	size_t left;

	if (press->out.len > 0 && !press->out.error)
		press->out.drain(&press->out);
	if (compression == MSG_COMPRESS_ZLIB) {
		done =
		    !press->out.error && deflate(&press->u.z, Z_FINISH) == Z_STREAM_END;
		left = press->u.z.avail_out;
		deflateEnd(&press->u.z);
	} else {
		done = !press->out.error &&
		       BZ2_bzCompress(&press->u.bz, BZ_FINISH) == BZ_STREAM_END;
		left = press->u.bz.avail_out;
		BZ2_bzCompressEnd(&press->u.bz);
	}
	if (press->out.error)
		return press->out.error;
	return done ? (ssize_t)left : -EMSGSIZE;
}

ssize_t
msg_compress(enum msg_compression compression,
    void (*fill)(struct msg_out *, const void *), const void *arg, uint8_t *dst,
    size_t size)
{
	struct press press;
	ssize_t left;
	int rc = press_open(&press, compression, dst, size);

	if (rc < 0)
		return rc;
	fill(&press.out, arg);
	left = press_close(&press, compression);
	return left < 0 ? left : (ssize_t)size - left;
}

/* ---- Expanding -------------------------------------------------------------------- */

static ssize_t
zlib_expand(const uint8_t *src, size_t len, uint8_t *dst, size_t size)
{
	uLongf got = size;
	int rc = uncompress(dst, &got, src, len);

	if (rc == Z_OK)
		return (ssize_t)got;
	return rc == Z_BUF_ERROR ? -E2BIG : rc == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
}

static ssize_t
bz2_expand(const uint8_t *src, size_t len, uint8_t *dst, size_t size)
{
	unsigned got = (unsigned)size;
	int rc = BZ2_bzBuffToBuffDecompress((char *)dst, &got, (char *)src, (unsigned)len,
	    0, 0);

	if (rc == BZ_OK)
		return (ssize_t)got;
	return rc == BZ_OUTBUFF_FULL ? -E2BIG : rc == BZ_MEM_ERROR ? -ENOMEM : -EINVAL;
}

ssize_t
msg_expand(const char *algorithm, const uint8_t *src, size_t len, uint8_t *dst,
    size_t size)
{
	if (size > MSG_EXPANDED_MAX)
		size = MSG_EXPANDED_MAX;
	switch (algorithm ? msg_compression_parse(algorithm) : MSG_COMPRESS_NONE) {
	case MSG_COMPRESS_ZLIB:
		return zlib_expand(src, len, dst, size);
	case MSG_COMPRESS_BZ2:
		return bz2_expand(src, len, dst, size);
	default:
		return -EINVAL;
	}
}
