/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a DRAC III: see drac.h. */
#include "stonith/kit/drac.h"

#include <nettle/base64.h>
#include <nettle/md5.h>

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SUM_LEN (MD5_DIGEST_SIZE + 2) /* a digest and its CRC */

_Static_assert(DRAC_HASH_MAX > BASE64_ENCODE_RAW_LENGTH(SUM_LEN), "the hash fits");
_Static_assert(DRAC_CHALLENGE == MD5_DIGEST_SIZE, "challenge and digest are combined");

int
drac_element(const char *answer, size_t len, const char *name,
    char text[DRAC_ELEMENT_MAX])
{
	char tag[64];
	const char *begin, *end, *stop = answer + len;
	int tag_len = snprintf(tag, sizeof(tag), "<%s>", name);

	begin = memmem(answer, len, tag, (size_t)tag_len);
	if (!begin)
		return -EINVAL;
	begin += tag_len;
	end = memchr(begin, '<', (size_t)(stop - begin));
	if (!end || end - begin >= DRAC_ELEMENT_MAX)
		return -EINVAL;
	for (const char *at = begin; at < end; at++)
		if (!isprint((unsigned char)*at))
			return -EINVAL;
	memcpy(text, begin, (size_t)(end - begin));
	text[end - begin] = '\0';
	return 0;
}

/* Polynomial 0x1021, from 0. */
static uint16_t
crc16(const uint8_t *bytes, size_t len)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint16_t)(bytes[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return crc;
}

static void
md5(const void *bytes, size_t len, uint8_t digest[MD5_DIGEST_SIZE])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, len, bytes);
	md5_digest(&md5, MD5_DIGEST_SIZE, digest);
}

int
drac_hash(const char *challenge, const char *password, char hash[DRAC_HASH_MAX])
{
	struct base64_decode_ctx decode;
	uint8_t bytes[BASE64_DECODE_LENGTH(DRAC_ELEMENT_MAX)] = { 0 };
	uint8_t sum[SUM_LEN], secret[MD5_DIGEST_SIZE];
	size_t len = sizeof(bytes), text_len = strlen(challenge);
	uint16_t crc;

	if (text_len >= DRAC_ELEMENT_MAX)
		return -EINVAL;
	base64_decode_init(&decode);
	if (!base64_decode_update(&decode, &len, bytes, text_len, challenge) ||
	    !base64_decode_final(&decode) || len == 0 || len > DRAC_CHALLENGE)
		return -EINVAL;
	md5(password, strlen(password), secret);
	for (size_t i = 0; i < DRAC_CHALLENGE; i++)
		bytes[i] ^= secret[i];
	md5(bytes, DRAC_CHALLENGE, sum);
	crc = crc16(sum, MD5_DIGEST_SIZE);
	sum[MD5_DIGEST_SIZE] = (uint8_t)crc;
	sum[MD5_DIGEST_SIZE + 1] = (uint8_t)(crc >> 8);
	base64_encode_raw(hash, SUM_LEN, sum);
	hash[BASE64_ENCODE_RAW_LENGTH(SUM_LEN)] = '\0';
	return 0;
}
