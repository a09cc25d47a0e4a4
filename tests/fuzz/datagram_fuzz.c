/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Datagrams: the signature is asked for.  The input is tried as it is; then, since no
 * fuzzer guesses signatures, what it says is signed by us, must be accepted with the same
 * fields, and must be refused when one bit of it changes.
 */
#include "tests/fuzz/fuzz.h"

static struct msg m, back;
static struct msg_keys keys;
static uint8_t scratch[MSG_EXPANDED_MAX], again[MSG_EXPANDED_MAX];
static uint8_t out[MSG_WIRE_MAX], first[MSG_WIRE_MAX], second[MSG_WIRE_MAX];

static void
keys_fill(void)
{
	static const enum msg_auth auth[] = { MSG_AUTH_NONE, MSG_AUTH_CRC, MSG_AUTH_MD5,
		MSG_AUTH_SHA1, MSG_AUTH_SHA256 };

	for (size_t i = 0; i < sizeof(auth) / sizeof(auth[0]); i++) {
		struct msg_key *key = &keys.key[i];

		key->auth = auth[i];
		key->len = 8;
		memcpy(key->text, "a secret", 8);
		if (i % 2)
			msg_key_prepare(key);
	}
}

static enum msg_drop
receive(struct msg *into, const uint8_t *data, size_t size, uint8_t *room,
    size_t room_size, uint8_t **copy, int *index)
{
	struct msg_trust trust = { .keys = &keys };
	struct err err = { "" };
	enum msg_drop why;

	*copy = fuzz_copy(data, size);
	msg_init(into, NULL, 0);
	why = msg_decode(into, *copy, size, &trust, room, room_size, &err);
	FUZZ_MUST((why == MSG_DROP_NONE) == (trust.key_index >= 0));
	FUZZ_MUST(why == MSG_DROP_NONE || (into->count == 0 && err.text[0] != '\0'));
	*index = trust.key_index;
	return why;
}

/* The signature covers no byte behind the end marker of classic text. */
static void
check_flipped(size_t n, enum msg_form form, unsigned where)
{
	size_t bits = 8 * (form == MSG_CLASSIC ? n - 2 : n);
	size_t bit = (size_t)where * 2654435761u % bits;
	uint8_t *copy;
	int index;

	out[bit / 8] ^= (uint8_t)(1 << bit % 8);
	FUZZ_MUST(
	    receive(&back, out, n, again, sizeof(again), &copy, &index) != MSG_DROP_NONE);
	free(copy);
}

static void
check_signed(enum msg_form form, int current, enum msg_compression compression,
    unsigned where)
{
	struct msg_style style = { .form = form,
		.keys = &keys,
		.compression = compression,
		.whole = where & 1,
		.threshold = where & 63 };
	bool fields_change = false, newline_change = false;
	size_t len, back_len;
	uint8_t *copy;
	ssize_t n;
	int index;

	keys.current = current;
	n = msg_encode(&m, &style, out, sizeof(out));
	if (n < 0)
		return;
	FUZZ_MUST(receive(&back, out, (size_t)n, again, sizeof(again), &copy, &index) ==
	          MSG_DROP_NONE);
	FUZZ_MUST(index == current);
	for (size_t i = 0; i < m.count; i++)
		fields_change |= m.field[i].type == MSG_TO_COMPRESS;
	msg_remove(&m, "auth");
	msg_remove(&back, "auth");
	len = fuzz_canonical(&m, first, sizeof(first));
	back_len = fuzz_canonical(&back, second, sizeof(second));
	newline_change = memchr(first, 0x13, len) != NULL;
	if (!fields_change && len > 0 && !memmem(first, len, "(5)", 3)) {
		FUZZ_MUST(back.count == m.count);
		FUZZ_MUST(newline_change ||
		          (len == back_len && memcmp(first, second, len) == 0));
	}
	free(copy);
	if (form != MSG_SERIAL || out[0] == '>')
		check_flipped((size_t)n, out[0] == '>' ? MSG_CLASSIC : form, where);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned where = 0;
	uint8_t *copy;
	int index;

	if (keys.key[1].auth == MSG_AUTH_NONE)
		keys_fill();
	receive(&m, data, size, scratch, sizeof(scratch), &copy, &index);
	free(copy);
	for (size_t i = 0; i < size; i++)
		where = where * 31 + data[i];
	copy = fuzz_copy(data, size);
	msg_init(&m, NULL, 0);
	if (msg_decode(&m, copy, size, NULL, scratch, sizeof(scratch), NULL) ==
	    MSG_DROP_NONE)
		check_signed((enum msg_form)(where >> 8 & 3), (int)(where >> 10 & 3) + 1,
		    (enum msg_compression)((where >> 12) % 3), where);
	free(copy);
	return 0;
}
