/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens against published vectors, and what the receiver makes of signatures.
 */
#include "heartbeat/message/message_private.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s) s, sizeof(s) - 1

static struct msg m;
static struct msg_keys keys;
static uint8_t buf[4096];

static void
key_fill(struct msg_key *key, enum msg_auth auth, const void *text, size_t len)
{
	memset(key, 0, sizeof(*key));
	key->auth = auth;
	key->len = len;
	memcpy(key->text, text, len);
}

static void
setup(int current)
{
	memset(&keys, 0, sizeof(keys));
	key_fill(&keys.key[1], MSG_AUTH_MD5, TEXT("one"));
	key_fill(&keys.key[2], MSG_AUTH_SHA1, TEXT("two"));
	key_fill(&keys.key[3], MSG_AUTH_CRC, "", 0);
	key_fill(&keys.key[15], MSG_AUTH_SHA256, TEXT("fifteen"));
	msg_key_prepare(&keys.key[2]);
	keys.current = current;
}

/* ---- Tokens ------------------------------------------------------------------------ */

static const struct {
	enum msg_auth auth;
	uint8_t key_byte; /* the key is that byte key_len times; 0 = the text "Jefe" */
	size_t key_len;
	const char *data, *token, *why;
} token_cases[] = {
	{ MSG_AUTH_CRC, 0, 0, "123456789", "765e7680", "the check value" },
	{ MSG_AUTH_CRC, 0, 0, "", "ffffffff", "of nothing" },
	{ MSG_AUTH_CRC, 0, 0, "04a", "4d2f0d3", "no leading zero" },
	{ MSG_AUTH_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d",
	    "RFC 2202" },
	{ MSG_AUTH_MD5, 0, 4, "what do ya want for nothing?",
	    "750c783e6ab0b503eaa86e310a5db738", "RFC 2202" },
	{ MSG_AUTH_MD5, 0xaa, 80,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd", "a long key" },
	{ MSG_AUTH_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
	    "RFC 2202" },
	{ MSG_AUTH_SHA1, 0, 4, "what do ya want for nothing?",
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "RFC 2202" },
	{ MSG_AUTH_SHA1, 0xaa, 80,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "aa4ae5e15272d00e95705637ce8a3b55ed402112", "a long key" },
	{ MSG_AUTH_SHA256, 0x0b, 20, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	    "RFC 4231" },
	{ MSG_AUTH_SHA256, 0, 4, "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "RFC 4231" },
	{ MSG_AUTH_SHA256, 0xaa, 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "a long key" },
};

static void
token_check(size_t row, bool prepared, size_t step)
{
	const char *data = token_cases[row].data;
	size_t len = strlen(data), n;
	char token[MSG_TOKEN_MAX + 1] = "";
	struct msg_hash hash;
	struct msg_key key;
	uint8_t text[MSG_KEY_LEN_MAX];

	memset(text, token_cases[row].key_byte, sizeof(text));
	if (token_cases[row].key_byte == 0)
		memcpy(text, "Jefe", 4);
	key_fill(&key, token_cases[row].auth, text, token_cases[row].key_len);
	if (prepared)
		msg_key_prepare(&key);
	msg_hash_init(&hash, &key);
	for (size_t i = 0; i < len; i += step)
		msg_hash_update(&hash, (const uint8_t *)data + i,
		    len - i < step ? len - i : step);
	n = msg_hash_token(&hash, (uint8_t *)token);
	CHECK_STR(token, token_cases[row].token, "row %zu, %s", row,
	    token_cases[row].why);
	CHECK_INT(n, strlen(token), "row %zu, %s", row, token_cases[row].why);
}

static void
test_token(void)
{
	for (size_t i = 0; i < ARRAY_LEN(token_cases); i++) {
		token_check(i, false, 1000);
		token_check(i, true, 1000);
		token_check(i, true, 1);
		token_check(i, false, 7);
	}
}

static void
test_auth_names(void)
{
	CHECK_INT(msg_auth_parse("crc"), MSG_AUTH_CRC, "crc");
	CHECK_INT(msg_auth_parse("md5"), MSG_AUTH_MD5, "md5");
	CHECK_INT(msg_auth_parse("sha1"), MSG_AUTH_SHA1, "sha1");
	CHECK_INT(msg_auth_parse("sha256"), MSG_AUTH_SHA256, "sha256");
	CHECK_INT(msg_auth_parse("SHA1"), MSG_AUTH_NONE, "case counts");
	CHECK_INT(msg_auth_parse(""), MSG_AUTH_NONE, "empty");
	CHECK_INT(msg_auth_parse("none"), MSG_AUTH_NONE, "none");
	for (int i = MSG_AUTH_CRC; i <= MSG_AUTH_SHA256; i++)
		CHECK_INT(msg_auth_parse(msg_auth_name(i)), i, "there and back");
}

static const struct {
	const char *text;
	int want;
	unsigned index;
	size_t token_len;
} seal_cases[] = {
	{ "1 3663a184", 0, 1, 8 },
	{ "15 a", 0, 15, 1 },
	{ "999999999 a", 0, 999999999, 1 },
	{ "01 a", 0, 1, 1 },
	{ "", -EINVAL, 0, 0 },
	{ "1", -EINVAL, 0, 0 },
	{ "1 ", -EINVAL, 0, 0 },
	{ " 1 a", -EINVAL, 0, 0 },
	{ "-1 a", -EINVAL, 0, 0 },
	{ "9999999999 a", -EINVAL, 0, 0 },
	{ "1\ta", -EINVAL, 0, 0 },
	{ "1a", -EINVAL, 0, 0 },
	{ "x a", -EINVAL, 0, 0 },
};

static void
test_seal_parse(void)
{
	for (size_t i = 0; i < ARRAY_LEN(seal_cases); i++) {
		const char *text = seal_cases[i].text;
		struct msg_seal seal = { 0 };

		CHECK_INT(msg_seal_parse(&seal, (const uint8_t *)text, strlen(text)),
		    seal_cases[i].want, "'%s'", text);
		CHECK_INT(seal.index, seal_cases[i].index, "'%s'", text);
		CHECK_INT(seal.token_len, seal_cases[i].token_len, "'%s'", text);
	}
}

/* ---- Receiving --------------------------------------------------------------------- */

static size_t
datagram(enum msg_form form)
{
	struct msg_style style = { .form = form, .keys = &keys };
	static char store[256];
	static struct msg sent;
	ssize_t n;

	msg_init(&sent, store, sizeof(store));
	msg_add_str(&sent, "t", "status");
	msg_add_str(&sent, "src", "alpha");
	msg_add(&sent, MSG_BINARY, "srcuuid", "0123456789abcdef", 16);
	n = msg_encode(&sent, &style, buf, sizeof(buf));
	CHECK(n > 0, "encodes");
	return n > 0 ? (size_t)n : 0;
}

static enum msg_drop
receive(size_t len, struct msg_trust *trust, struct err *err)
{
	uint8_t *copy = malloc(len ? len : 1); /* exactly as long, for the sanitizer */
	enum msg_drop why;

	memcpy(copy, buf, len);
	trust->keys = &keys;
	msg_init(&m, NULL, 0);
	why = msg_decode(&m, copy, len, trust, NULL, 0, err);
	free(copy);
	return why;
}

static const enum msg_form forms[] = { MSG_CLASSIC, MSG_NETSTRING, MSG_NETSTRING_AUTH,
	MSG_SERIAL };
static const int indices[] = { 1, 2, 3, 15 };

/* Whatever our current key is, one of the list is accepted; one that left the list is
 * not. */
static void
test_key_rolling(void)
{
	for (size_t f = 0; f < ARRAY_LEN(forms); f++)
		for (size_t i = 0; i < ARRAY_LEN(indices); i++) {
			int index = indices[i];
			enum msg_auth auth;
			struct msg_trust trust;
			size_t len;

			setup(index);
			auth = keys.key[index].auth;
			len = datagram(forms[f]);
			for (int current = -1; current < MSG_KEY_MAX; current++) {
				keys.current = current;
				CHECK_INT(receive(len, &trust, NULL), MSG_DROP_NONE,
				    "form %zu key %d current %d", f, index, current);
				CHECK_INT(trust.key_index, index, "told");
				CHECK_INT(trust.auth, auth, "told");
			}
			keys.key[index].auth = MSG_AUTH_NONE;
			CHECK_INT(receive(len, &trust, NULL), MSG_DROP_UNKNOWN_KEY,
			    "form %zu key %d is gone", f, index);
			CHECK_INT(trust.key_index, -1, "no key");
			setup(index);
			keys.key[index].text[0] ^= 1;
			keys.key[index].is_prepared = false;
			if (auth != MSG_AUTH_CRC)
				CHECK_INT(receive(len, &trust, NULL),
				    MSG_DROP_BAD_SIGNATURE, "another text");
			CHECK_INT(m.count, auth == MSG_AUTH_CRC ? m.count : 0,
			    "no fields");
		}
}

/* Each bit of what is covered, of the signature and of the frame matters. */
static void
test_flipped_bits(void)
{
	for (size_t f = 0; f < ARRAY_LEN(forms); f++)
		for (size_t i = 0; i < ARRAY_LEN(indices); i++) {
			struct msg_trust trust;
			size_t len;

			setup(indices[i]);
			len = datagram(forms[f]);
			if (forms[f] == MSG_CLASSIC)
				len--; /* the NUL is nothing to anybody */
			for (size_t bit = 0; bit < 8 * len; bit++) {
				buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
				CHECK(receive(len, &trust, NULL) != MSG_DROP_NONE,
				    "form %zu key %d bit %zu", f, indices[i], bit);
				buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			}
		}
}

static void
test_cut(void)
{
	for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
		struct msg_trust trust;
		size_t len;

		setup(2);
		len = datagram(forms[f]);
		/* The NUL and the newline before it are not needed. */
		for (size_t cut = 0; cut + 2 < len; cut++)
			CHECK(receive(cut, &trust, NULL) != MSG_DROP_NONE,
			    "form %zu cut at %zu", f, cut);
	}
}

/* Replaces the first OLD in the datagram. */
static size_t
edit(size_t len, const char *old, const char *new)
{
	uint8_t *at = memmem(buf, len, old, strlen(old));
	size_t tail;

	CHECK(at != NULL, "%s is there", old);
	if (!at)
		return len;
	tail = len - (size_t)(at - buf) - strlen(old);
	memmove(at + strlen(new), at + strlen(old), tail);
	memcpy(at, new, strlen(new));
	return len + strlen(new) - strlen(old);
}

static void
test_classic_auth_lines(void)
{
	struct msg_trust trust;
	struct err err;
	size_t len;

	setup(1);
	len = edit(datagram(MSG_CLASSIC), "t=status\n",
	    "auth=2 wrong\nt=status\nauth=3 x\n");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_NONE,
	    "the last auth field counts");
	CHECK_INT(trust.key_index, 1, "the last one");
	CHECK_INT(m.count, 4, "those that nothing vouches for are gone");
	len = edit(datagram(MSG_CLASSIC), "<<<\n", "auth=2 wrong\n<<<\n");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_BAD_SIGNATURE,
	    "the last is wrong");
	len = edit(datagram(MSG_CLASSIC), "auth=1 ", "auth=");
	CHECK(receive(len, &trust, &err) != MSG_DROP_NONE, "no index");
	len = edit(datagram(MSG_CLASSIC), "auth=1 ", "auth=1  ");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_BAD_SIGNATURE, "two blanks");
	len = edit(datagram(MSG_CLASSIC), "auth=", "Auth=");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_UNSIGNED, "another name");
	len = edit(datagram(MSG_CLASSIC), "auth=", "(1)auth=");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_UNSIGNED, "another type");
	len = edit(datagram(MSG_CLASSIC), "\n<<<\n", "0\n<<<\n");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_BAD_SIGNATURE, "a longer token");
}

/* The texts that administrators look for. */
static void
test_refusal_texts(void)
{
	struct msg_trust trust;
	struct err err;
	size_t len;

	setup(1);
	len = edit(datagram(MSG_CLASSIC), "src=alpha", "src=al\033ha");
	receive(len, &trust, &err);
	CHECK_STR(err.text, "string2msg_ll: node [al?ha] failed authentication", "bad");
	len = edit(datagram(MSG_CLASSIC), "auth=1 ", "auth=9 ");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_UNKNOWN_KEY, "no key 9");
	CHECK_STR(err.text, "Invalid authentication type [9] in message!", "classic");
	len = edit(datagram(MSG_NETSTRING), "%%%\n34:1 ", "%%%\n34:9 ");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_UNKNOWN_KEY, "no key 9");
	CHECK_STR(err.text, "Invalid authentication [9] in message!", "netstring");
	len = edit(datagram(MSG_NETSTRING), "%%%\n34:1 ", "%%%\n35:16 ");
	CHECK_INT(receive(len, &trust, &err), MSG_DROP_UNKNOWN_KEY, "no key 16 ever");
	len = edit(datagram(MSG_CLASSIC), "auth=", "a=");
	receive(len, &trust, &err);
	CHECK_STR(err.text, "Bad/invalid auth token, authtoken=(nil)", "unsigned");
}

/* An auth field inside a netstring message is not what is checked there. */
static void
test_netstring_auth_field(void)
{
	struct msg_style style = { .form = MSG_NETSTRING, .keys = &keys };
	struct msg_trust trust;
	uint8_t plain[512];
	char store[256];
	ssize_t n;

	setup(1);
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "auth", "7 old");
	msg_add_str(&m, "t", "x");
	n = msg_encode(&m, &style, buf, sizeof(buf));
	CHECK(n > 0 && !memmem(buf, (size_t)n, "auth", 4), "an old one does not leave");
	style.keys = NULL;
	n = msg_encode(&m, &style, plain, sizeof(plain));
	CHECK(n > 0 && memmem(plain, (size_t)n, "(0)auth=7 old", 13),
	    "but stays locally");
	CHECK_INT(receive(datagram(MSG_NETSTRING), &trust, NULL), MSG_DROP_NONE, "none");
	CHECK_INT(receive(datagram(MSG_NETSTRING_AUTH), &trust, NULL), MSG_DROP_NONE,
	    "one");
	CHECK_INT(m.count, 4, "is kept");
}

static void
test_encode_without_key(void)
{
	struct msg_style style = { .form = MSG_NETSTRING, .keys = &keys };
	static const int none[] = { -1, 0, 4, 16, 1000 };

	setup(1);
	msg_init(&m, NULL, 0);
	memset(buf, '#', 8);
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		keys.current = none[i];
		CHECK_INT(msg_encode(&m, &style, buf, sizeof(buf)), -EINVAL, "current %d",
		    none[i]);
	}
	CHECK(memcmp(buf, "########", 8) == 0, "nothing written");
}

static const struct check_case cases[] = {
	{ "token", test_token },
	{ "auth_names", test_auth_names },
	{ "seal_parse", test_seal_parse },
	{ "key_rolling", test_key_rolling },
	{ "flipped_bits", test_flipped_bits },
	{ "cut", test_cut },
	{ "classic_auth_lines", test_classic_auth_lines },
	{ "refusal_texts", test_refusal_texts },
	{ "netstring_auth_field", test_netstring_auth_field },
	{ "encode_without_key", test_encode_without_key },
};

CHECK_MAIN("message_sign", cases)
