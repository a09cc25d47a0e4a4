/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed fields and messages: what leaves, what comes back, and what must not get in.
 */
#include "heartbeat/message/message_private.h"
#include "tests/unit/check.h"

#include <bzlib.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s) s, sizeof(s) - 1
#define MIB (1024 * 1024)

static struct msg m, back, child;
static struct msg_keys keys;
static char store[3 * MIB], child_store[3 * MIB], line[8192];
static uint8_t out[MSG_WIRE_MAX], scratch[MSG_EXPANDED_MAX], big[3 * MIB],
    packed[256 * 1024];

static void
setup(void)
{
	memset(&keys, 0, sizeof(keys));
	keys.key[2].auth = MSG_AUTH_MD5;
	keys.key[2].len = 3;
	memcpy(keys.key[2].text, "key", 3);
	keys.current = 2;
	msg_init(&m, store, sizeof(store));
	msg_init(&child, child_store, sizeof(child_store));
}

static enum msg_drop
receive(size_t len, struct err *err)
{
	struct msg_trust trust = { .keys = &keys };

	msg_init(&back, NULL, 0);
	return msg_decode(&back, out, len, &trust, scratch, sizeof(scratch), err);
}

static size_t
zlib_pack(const void *p, size_t len)
{
	uLongf n = sizeof(packed);

	compress2(packed, &n, p, len, 9);
	return n;
}

static size_t
bz2_pack(const void *p, size_t len)
{
	unsigned n = sizeof(packed);

	BZ2_bzBuffToBuffCompress((char *)packed, &n, (char *)p, (unsigned)len, 9, 0, 0);
	return n;
}

static const struct {
	enum msg_compression compression;
	const char *word;
	size_t (*pack)(const void *, size_t);
} kinds[] = {
	{ MSG_COMPRESS_ZLIB, "zlib", zlib_pack },
	{ MSG_COMPRESS_BZ2, "bz2", bz2_pack },
};

/* ---- Fields ------------------------------------------------------------------------ */

static void
field_fill(void)
{
	setup();
	msg_add_str(&child, "__name__", "cib");
	msg_add_str(&child, "data", "one\ntwo");
	msg_add_str(&m, "t", "cib");
	msg_add_child(&m, MSG_TO_COMPRESS, "crm_xml", &child);
	msg_add_str(&m, "src", "alpha");
}

static void
test_field(void)
{
	static const enum msg_form forms[] = { MSG_NETSTRING, MSG_SERIAL };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
			struct msg_style style = { .form = forms[f],
				.keys = &keys,
				.compression = kinds[i].compression };
			const struct msg_field *field;
			struct err err = { "" };
			ssize_t n;

			field_fill();
			n = msg_encode(&m, &style, out, sizeof(out));
			CHECK(n > 0, "%s leaves", kinds[i].word);
			CHECK_INT(m.field[1].type, MSG_TO_COMPRESS, "M is as it was");
			CHECK_INT(n > 0 ? receive((size_t)n, &err) : 9, MSG_DROP_NONE,
			    "%s", err.text);
			CHECK_INT(back.count, forms[f] == MSG_SERIAL ? 5 : 4, "fields");
			CHECK_STR(back.field[2].name, "_compression_algorithm",
			    "its place");
			CHECK_STR((const char *)back.field[2].value, kinds[i].word,
			    "which");
			field = msg_find(&back, "crm_xml");
			CHECK_INT(field->type, MSG_COMPRESSED, "it left as that");
			CHECK_INT(msg_child(field,
			              msg_str(&back, "_compression_algorithm"), &child,
			              child_store, sizeof(child_store), &err),
			    0, "%s", err.text);
			CHECK_STR(msg_format(&child, line, sizeof(line)),
			    "__name__=cib data=one\\ntwo", "it came back");
			CHECK_INT(msg_child(field, "lzma", &child, child_store,
			              sizeof(child_store), &err),
			    -EINVAL, "an unknown algorithm");
			CHECK_INT(msg_child(field, NULL, &child, child_store,
			              sizeof(child_store), &err),
			    -EINVAL, "none");
			CHECK_INT(msg_child(field, kinds[1 - i].word, &child, child_store,
			              sizeof(child_store), &err),
			    -EINVAL, "the other one");
			CHECK_INT(child.count, 0, "no fields then");
		}
}

/* The child is classic text and NUL; netstrings when it has structs itself. */
static void
test_field_content(void)
{
	static const char simple[] = ">>>\n__name__=cib\ndata=one\x13two\n<<<\n",
	                  nested[] = "###\n15:(0)__name__=cib,15:(0)data=one\ntwo,"
	                             "22:(2)s=###\n6:(0)a=b,%%%\n,%%%\n";
	struct msg_style style = { .form = MSG_NETSTRING,
		.keys = &keys,
		.compression = MSG_COMPRESS_ZLIB };

	for (int is_nested = 0; is_nested < 2; is_nested++) {
		const char *want = is_nested ? nested : simple;
		size_t want_len = is_nested ? sizeof(nested) - 1 : sizeof(simple);
		const struct msg_field *f;
		uLongf got = sizeof(big);
		ssize_t n;

		field_fill();
		if (is_nested) {
			msg_add(&child, MSG_STRUCT, "s", TEXT("###\n6:(0)a=b,%%%\n"));
			msg_remove(&m, "crm_xml");
			msg_add_child(&m, MSG_TO_COMPRESS, "crm_xml", &child);
		}
		n = msg_encode(&m, &style, out, sizeof(out));
		CHECK(n > 0 && receive((size_t)n, NULL) == MSG_DROP_NONE, "arrives");
		f = msg_find(&back, "crm_xml");
		CHECK_INT(uncompress(big, &got, f->value, f->len), Z_OK, "expands");
		CHECK_INT(got, want_len, "its length");
		CHECK(memcmp(big, want, want_len) == 0, "its bytes: %.200s", (char *)big);
	}
}

/* One algorithm a message: what it has already counts. */
static void
test_field_algorithm(void)
{
	struct msg_style style = { .form = MSG_NETSTRING,
		.keys = &keys,
		.compression = MSG_COMPRESS_ZLIB };
	ssize_t n;

	field_fill();
	msg_add_str(&m, "_compression_algorithm", "bz2");
	n = msg_encode(&m, &style, out, sizeof(out));
	CHECK(n > 0 && memmem(out, (size_t)n, "crm_xml=BZh1", 12), "bz2, as it says");
	CHECK(n > 0 && receive((size_t)n, NULL) == MSG_DROP_NONE, "arrives");
	CHECK_INT(back.count, 4, "the name is there once");
	msg_set_str(&m, "_compression_algorithm", "lzma");
	CHECK_INT(msg_encode(&m, &style, out, sizeof(out)), -EINVAL, "not ours");
	style.compression = MSG_COMPRESS_NONE;
	n = msg_encode(&m, &style, out, sizeof(out));
	CHECK(n > 0 && memmem(out, (size_t)n, "(2)crm_xml=###\n", 15), "a plain struct");
}

/* ---- Whole messages ---------------------------------------------------------------- */

static void
whole_fill(size_t len, bool random)
{
	uint32_t seed = 1;

	setup();
	memset(big, 'x', len);
	for (size_t i = 0; random && i < len; i++)
		big[i] = (uint8_t)(' ' + ((seed = seed * 1103515245 + 12345) >> 16) % 90);
	msg_add_str(&m, "t", "big");
	msg_add(&m, MSG_STRING, "data", big, len);
}

static const struct {
	enum msg_form form;
	size_t len;
	bool random, whole, is_signed;
	bool want;
	const char *why;
} whole_cases[] = {
	{ MSG_CLASSIC, 5000, false, true, true, true, "longer than the threshold" },
	{ MSG_NETSTRING, 5000, false, true, true, true, "longer than the threshold" },
	{ MSG_NETSTRING_AUTH, 5000, false, true, true, true,
	    "longer than the threshold" },
	{ MSG_NETSTRING_AUTH, 900, false, true, true, false, "shorter" },
	{ MSG_NETSTRING_AUTH, 5000, false, false, true, false, "not asked for" },
	{ MSG_NETSTRING_AUTH, 66000, false, false, true, true, "no datagram holds it" },
	{ MSG_CLASSIC, 66000, false, false, false, false, "a local frame does" },
	{ MSG_CLASSIC, 400000, false, false, false, true, "not even a local frame" },
	{ MSG_NETSTRING, 2000000, false, false, true, true, "nearly 2 MiB" },
	{ MSG_SERIAL, 5000, false, true, true, false, "never on a serial line" },
};

static void
test_whole(void)
{
	for (size_t i = 0; i < ARRAY_LEN(whole_cases); i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			struct msg_style style = { .form = whole_cases[i].form,
				.keys = whole_cases[i].is_signed ? &keys : NULL,
				.compression = kinds[k].compression,
				.whole = whole_cases[i].whole,
				.threshold = 1024 };
			struct msg_trust trust = { .keys = style.keys };
			struct err err = { "" };
			ssize_t n;

			whole_fill(whole_cases[i].len, whole_cases[i].random);
			n = msg_encode(&m, &style, out, sizeof(out));
			CHECK(n > 0, "row %zu, %s: %zd", i, whole_cases[i].why, n);
			if (n < 0)
				continue;
			CHECK_INT(memmem(out, (size_t)n, "(1)_compressed_payload=", 23) !=
			              NULL,
			    whole_cases[i].want, "row %zu, %s", i, whole_cases[i].why);
			msg_init(&back, NULL, 0);
			CHECK_INT(msg_decode(&back, out, (size_t)n, &trust, scratch,
			              sizeof(scratch), &err),
			    MSG_DROP_NONE, "row %zu: %s", i, err.text);
			CHECK_INT(msg_find(&back, "data") ? msg_find(&back, "data")->len
			                                  : 0,
			    whole_cases[i].len, "row %zu, %s", i, whole_cases[i].why);
			CHECK(!msg_find(&back, "_compressed_payload"),
			    "the inside counts");
		}
}

static void
test_whole_refused(void)
{
	struct msg_style style = { .form = MSG_NETSTRING,
		.keys = &keys,
		.compression = MSG_COMPRESS_ZLIB };
	ssize_t n;

	whole_fill(MSG_EXPANDED_MAX, false);
	CHECK_INT(msg_encode(&m, &style, out, sizeof(out)), -EMSGSIZE, "over 2 MiB");
	whole_fill(600000, true);
	CHECK_INT(msg_encode(&m, &style, out, sizeof(out)), -EMSGSIZE,
	    "noise stays long");
	whole_fill(1100, true);
	style.whole = true;
	style.threshold = 16;
	msg_remove(&m, "data");
	n = msg_encode(&m, &style, out, sizeof(out));
	CHECK(n > 0 && !memmem(out, (size_t)n, "_compressed", 11), "longer than before");
	for (size_t size = 0; size < 100; size++)
		CHECK(msg_encode(&m, &style, out, size) ==
		          (size < (size_t)n ? -EMSGSIZE : n),
		    "size %zu", size);
}

/* ---- What must not get in ---------------------------------------------------------- */

/* A signed message around LEN bytes in PACKED.  By hand: the encoder refuses to. */
static size_t
wrap(size_t len, const char *word)
{
	struct msg_hash hash;
	size_t n;

	setup();
	n = (size_t)sprintf((char *)out, "###\n%zu:(1)_compressed_payload=", len + 23);
	memcpy(out + n, packed, len);
	n += len;
	out[n++] = ',';
	if (word)
		n += (size_t)sprintf((char *)out + n, "%zu:(0)_compression_algorithm=%s,",
		    strlen(word) + 26, word);
	n += (size_t)sprintf((char *)out + n, "%%%%%%\n");
	msg_hash_init(&hash, &keys.key[2]);
	msg_hash_update(&hash, out, n);
	n += (size_t)sprintf((char *)out + n, "34:2 ");
	n += msg_hash_token(&hash, out + n);
	out[n++] = ',';
	return n;
}

static const char inside[] = ">>>\nt=x\n<<<\n";

static void
test_bomb(void)
{
	struct err err;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		size_t len;

		memset(big, 'x', sizeof(big));
		memcpy(big, ">>>\na=", 6);
		memcpy(big + MSG_EXPANDED_MAX - 5, "\n<<<\n", 5);
		len = wrap(kinds[k].pack(big, MSG_EXPANDED_MAX), kinds[k].word);
		CHECK_INT(receive(len, &err), MSG_DROP_NONE, "%s: the limit",
		    kinds[k].word);
		len = wrap(kinds[k].pack(big, MSG_EXPANDED_MAX + 1), kinds[k].word);
		CHECK_INT(receive(len, &err), MSG_DROP_TOO_BIG, "%s: one more",
		    kinds[k].word);
		len = wrap(kinds[k].pack(big, sizeof(big)), kinds[k].word);
		CHECK_INT(receive(len, &err), MSG_DROP_TOO_BIG, "%s: 3 MiB",
		    kinds[k].word);
		CHECK_INT(back.count, 0, "no fields");
	}
}

/* A child too: its store is the limit. */
static void
test_field_bomb(void)
{
	static char small[100];
	struct err err;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		size_t len;

		memset(big, 'x', sizeof(big));
		memcpy(big, ">>>\na=", 6);
		memcpy(big + 95, "\n<<<\n", 5);
		setup();
		len = kinds[k].pack(big, 100);
		msg_add(&m, MSG_COMPRESSED, "c", packed, len);
		CHECK_INT(msg_child(&m.field[0], kinds[k].word, &child, small, 100, &err),
		    0, "fits");
		CHECK_INT(msg_child(&m.field[0], kinds[k].word, &child, small, 99, &err),
		    -ENOSPC, "does not fit");
		len = kinds[k].pack(big, sizeof(big));
		setup();
		msg_add(&m, MSG_COMPRESSED, "c", packed, len);
		CHECK_INT(msg_child(&m.field[0], kinds[k].word, &child, child_store,
		              sizeof(child_store), &err),
		    -ENOSPC, "3 MiB, though there is a store for it");
	}
}

static void
test_reserved_name(void)
{
	struct msg_style style = { .form = MSG_NETSTRING,
		.keys = &keys,
		.compression = MSG_COMPRESS_ZLIB,
		.whole = true,
		.threshold = 1 };
	ssize_t n;

	whole_fill(2000, false);
	msg_add_str(&m, "_compressed_payload", "only text");
	n = msg_encode(&m, &style, out, sizeof(out));
	CHECK(n > 0 && receive((size_t)n, NULL) == MSG_DROP_NONE, "text is no payload");
	CHECK_INT(back.count, 3, "but a field");
	msg_set(&m, MSG_BINARY, "_compressed_payload", "bytes", 5);
	CHECK_INT(msg_encode(&m, &style, out, sizeof(out)), -EINVAL,
	    "bytes would be one");
}

static void
test_twice(void)
{
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		size_t len = wrap(kinds[k].pack(inside, sizeof(inside)), kinds[k].word);
		struct err err = { "" };

		memcpy(big, out, len);
		CHECK_INT(receive(len, &err), MSG_DROP_NONE, "once: %s", err.text);
		CHECK_STR(msg_format(&back, line, sizeof(line)), "t=x", "its inside");
		len = wrap(kinds[k].pack(big, len), kinds[k].word);
		CHECK_INT(receive(len, &err), MSG_DROP_TOO_BIG, "twice");
		CHECK_STR(err.text, "compressed twice", "why");
	}
}

static void
test_damaged(void)
{
	struct err err;
	size_t len, n;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		n = kinds[k].pack(inside, sizeof(inside));
		for (size_t cut = 0; cut < n; cut++) {
			kinds[k].pack(inside, sizeof(inside));
			len = wrap(cut, kinds[k].word);
			CHECK(receive(len, &err) != MSG_DROP_NONE, "%s cut at %zu",
			    kinds[k].word, cut);
		}
		kinds[k].pack(inside, sizeof(inside));
		packed[n / 2] ^= 0x55;
		CHECK(receive(wrap(n, kinds[k].word), &err) != MSG_DROP_NONE, "changed");
		n = kinds[k].pack(inside, sizeof(inside));
		CHECK_INT(receive(wrap(n, "lzma"), &err), MSG_DROP_MALFORMED, "unknown");
		CHECK_INT(receive(wrap(n, ""), &err), MSG_DROP_MALFORMED, "empty");
		CHECK_INT(receive(wrap(n, NULL), &err), MSG_DROP_MALFORMED, "none");
		n = kinds[k].pack(TEXT("hello, world"));
		CHECK_INT(receive(wrap(n, kinds[k].word), &err), MSG_DROP_MALFORMED,
		    "no message inside");
	}
}

static void
test_no_scratch(void)
{
	size_t len = (setup(), wrap(zlib_pack(inside, sizeof(inside)), "zlib"));
	struct msg_trust trust = { .keys = &keys };
	struct err err;

	memcpy(big, out, len);
	msg_init(&back, NULL, 0);
	CHECK_INT(msg_decode(&back, out, len, &trust, NULL, 0, &err), MSG_DROP_TOO_BIG,
	    "no room is given");
	CHECK_INT(trust.key_index, -1, "nothing is told of a refused one");
	memcpy(out, big, len);
	CHECK_INT(msg_decode(&back, out, len, &trust, scratch, sizeof(inside) - 1, &err),
	    MSG_DROP_TOO_BIG, "too little");
	memcpy(out, big, len);
	CHECK_INT(msg_decode(&back, out, len, &trust, scratch, sizeof(inside), &err),
	    MSG_DROP_NONE, "just enough");
	/* Nothing is expanded before the signature is known to be good. */
	memcpy(out, big, len);
	out[len - 2] ^= 1;
	scratch[0] = '#';
	CHECK_INT(receive(len, &err), MSG_DROP_BAD_SIGNATURE, "unsigned");
	CHECK_INT(scratch[0], '#', "untouched");
}

static const struct check_case cases[] = {
	{ "field", test_field },
	{ "field_content", test_field_content },
	{ "field_algorithm", test_field_algorithm },
	{ "whole", test_whole },
	{ "whole_refused", test_whole_refused },
	{ "bomb", test_bomb },
	{ "field_bomb", test_field_bomb },
	{ "reserved_name", test_reserved_name },
	{ "twice", test_twice },
	{ "damaged", test_damaged },
	{ "no_scratch", test_no_scratch },
};

CHECK_MAIN("message_compress", cases)
