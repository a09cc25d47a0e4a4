/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signatures (spec 4): "<index> <token>", the token being an HMAC or the crc of old in
 * hex.
 */
#include "heartbeat/message/message_private.h"

#include <assert.h>
#include <errno.h>
#include <nettle/memops.h>

static const char *const auth_names[] = {
	[MSG_AUTH_NONE] = "none",
	[MSG_AUTH_CRC] = "crc",
	[MSG_AUTH_MD5] = "md5",
	[MSG_AUTH_SHA1] = "sha1",
	[MSG_AUTH_SHA256] = "sha256",
};

static const char hex_digits[] = "0123456789abcdef";

enum msg_auth
msg_auth_parse(const char *word)
{
	for (int i = MSG_AUTH_CRC; i <= MSG_AUTH_SHA256; i++)
		if (strcmp(word, auth_names[i]) == 0)
			return (enum msg_auth)i;
	return MSG_AUTH_NONE;
}

const char *
msg_auth_name(enum msg_auth auth)
{
	return auth_names[auth];
}

/* ---- CRC-32, most significant bit first, start 0 ---------------------------------- */

/* What four bits that leave at the top add again, polynomial 0x04c11db7. */
static const uint32_t crc_table[16] = {
	0x00000000,
	0x04c11db7,
	0x09823b6e,
	0x0d4326d9,
	0x130476dc,
	0x17c56b6b,
	0x1a864db2,
	0x1e475005,
	0x2608edb8,
	0x22c9f00f,
	0x2f8ad6d6,
	0x2b4bcb61,
	0x350c9b64,
	0x31cd86d3,
	0x3c8ea00a,
	0x384fbdbd,
};

static uint32_t
crc_update(uint32_t crc, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)p[i] << 24;
		crc = crc << 4 ^ crc_table[crc >> 28];
		crc = crc << 4 ^ crc_table[crc >> 28];
	}
	return crc;
}

/* In hex without leading zeros. */
static size_t
crc_format(uint32_t crc, uint8_t token[MSG_TOKEN_MAX])
{
	size_t len = 1;

	while (len < 8 && crc >> 4 * len)
		len++;
	for (size_t i = 0; i < len; i++)
		token[i] = (uint8_t)hex_digits[crc >> 4 * (len - 1 - i) & 15];
	return len;
}

/* ---- Hashing with a key ----------------------------------------------------------- */

static void
hash_init_slowly(struct msg_hash *hash, const struct msg_key *key)
{
	hash->auth = key->auth;
	switch (key->auth) {
	case MSG_AUTH_MD5:
		hmac_md5_set_key(&hash->u.md5, key->len, key->text);
		break;
	case MSG_AUTH_SHA1:
		hmac_sha1_set_key(&hash->u.sha1, key->len, key->text);
		break;
	case MSG_AUTH_SHA256:
		hmac_sha256_set_key(&hash->u.sha256, key->len, key->text);
		break;
	default:
		hash->u.crc = 0;
	}
}

void
msg_key_prepare(struct msg_key *key)
{
	struct msg_hash hash = { 0 };

	static_assert(sizeof(hash.u) <= MSG_KEY_PREPARED_SIZE, "a prepared key fits");
	hash_init_slowly(&hash, key);
	memcpy(key->prepared, &hash.u, sizeof(hash.u));
	key->is_prepared = true;
}

void
msg_hash_init(struct msg_hash *hash, const struct msg_key *key)
{
	if (!key->is_prepared) {
		hash_init_slowly(hash, key);
		return;
	}
	hash->auth = key->auth;
	memcpy(&hash->u, key->prepared, sizeof(hash->u));
}

void
msg_hash_update(struct msg_hash *hash, const uint8_t *p, size_t len)
{
	switch (hash->auth) {
	case MSG_AUTH_MD5:
		hmac_md5_update(&hash->u.md5, len, p);
		break;
	case MSG_AUTH_SHA1:
		hmac_sha1_update(&hash->u.sha1, len, p);
		break;
	case MSG_AUTH_SHA256:
		hmac_sha256_update(&hash->u.sha256, len, p);
		break;
	default:
		hash->u.crc = crc_update(hash->u.crc, p, len);
	}
}

size_t
msg_hash_token(struct msg_hash *hash, uint8_t token[MSG_TOKEN_MAX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	size_t len = 0;

	switch (hash->auth) {
	case MSG_AUTH_MD5:
		len = MD5_DIGEST_SIZE;
		hmac_md5_digest(&hash->u.md5, len, digest);
		break;
	case MSG_AUTH_SHA1:
		len = SHA1_DIGEST_SIZE;
		hmac_sha1_digest(&hash->u.sha1, len, digest);
		break;
	case MSG_AUTH_SHA256:
		len = SHA256_DIGEST_SIZE;
		hmac_sha256_digest(&hash->u.sha256, len, digest);
		break;
	default:
		return crc_format(~hash->u.crc, token);
	}
	for (size_t i = 0; i < len; i++) {
		token[2 * i] = (uint8_t)hex_digits[digest[i] >> 4];
		token[2 * i + 1] = (uint8_t)hex_digits[digest[i] & 15];
	}
	return 2 * len;
}

/* ---- What was received ------------------------------------------------------------ */

int
msg_seal_parse(struct msg_seal *seal, const uint8_t *p, size_t len)
{
	uint32_t index;
	size_t n = msg_digits_parse(p, len, 9, &index);

	if (n == 0 || n + 1 >= len || p[n] != ' ')
		return -EINVAL;
	seal->index = index;
	seal->token = p + n + 1;
	seal->token_len = len - n - 1;
	return 0;
}

const struct msg_key *
msg_seal_key(const struct msg_seal *seal, const struct msg_keys *keys)
{
	const struct msg_key *key =
	    seal->index < MSG_KEY_MAX ? &keys->key[seal->index] : NULL;

	return key && key->auth != MSG_AUTH_NONE ? key : NULL;
}

bool
msg_seal_matches(const struct msg_seal *seal, struct msg_hash *hash)
{
	uint8_t token[MSG_TOKEN_MAX];
	size_t len = msg_hash_token(hash, token);

	return len == seal->token_len && memeql_sec(token, seal->token, len);
}
