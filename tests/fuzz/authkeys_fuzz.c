/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authkeys: what is accepted can sign, what is refused leaves the old keys alone.
 */
#include "tests/fuzz/config_fuzz.h"

#include <errno.h>

static void
check_keys(const struct msg_keys *keys)
{
	FUZZ_MUST(keys->current >= 0 && keys->current < MSG_KEY_MAX);
	FUZZ_MUST(keys->key[keys->current].auth != MSG_AUTH_NONE);
	for (int i = 0; i < MSG_KEY_MAX; i++) {
		const struct msg_key *key = &keys->key[i];

		FUZZ_MUST(key->len <= MSG_KEY_LEN_MAX);
		FUZZ_MUST((key->len > 0) ==
		          (key->auth != MSG_AUTH_NONE && key->auth != MSG_AUTH_CRC));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct conf_problems problems;
	struct msg_keys keys, before;
	int result;

	memset(&keys, 0xa5, sizeof(keys));
	memcpy(&before, &keys, sizeof(keys));
	conf_problems_init(&problems);
	result = conf_authkeys_parse((char *)copy, size, "authkeys", &keys, &problems);
	FUZZ_MUST(result == (problems.errors ? -EINVAL : 0));
	free(copy);
	if (result == 0)
		check_keys(&keys);
	else
		FUZZ_MUST(memcmp(&keys, &before, sizeof(keys)) == 0);
	fuzz_problems_check(&problems);
	conf_problems_free(&problems);
	return 0;
}
