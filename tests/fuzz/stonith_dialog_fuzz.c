/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device may say, words and lines and telnet options: however it is cut into packets, the
 * same is found, and nothing is kept beyond the bounds.  The first byte tells what is waited for.
 */
#include "tests/fuzz/stonith_device.h"

#define SAID_MAX 250 /* more single bytes do not fit into a socket, nor do more answers */

static const char *const tokens[] = { "ab", "aab", "> ", "\xff.", "User Name :", NULL };

/* What was found, as a text. */
static void
listen_to(const uint8_t *data, size_t size, unsigned plan, bool in_bytes, char *found,
    size_t found_size)
{
	struct dialog d;
	size_t used = 0;

	found[0] = '\0';
	fuzz_dialog(&d, data, size, plan & 1, in_bytes);
	for (unsigned i = 1; i < 300 && used < found_size; i++) {
		char line[16];
		int n;

		if (plan >> (1 + i % 7) & 1) {
			n = dialog_line(&d, line, sizeof(line), 1000);
			FUZZ_MUST(n < (int)sizeof(line));
			FUZZ_MUST(n < 0 || strlen(line) == (size_t)n);
		} else {
			n = dialog_expect_quiet(&d, tokens, 1000);
			FUZZ_MUST(n < 5);
		}
		FUZZ_MUST(
		    strlen(dialog_kept(&d)) == d.kept_len && d.kept_len < DIALOG_KEPT);
		FUZZ_MUST(d.in_taken <= d.in_used && d.in_used <= sizeof(d.in));
		FUZZ_MUST(n != -S_TIMEOUT);
		used += (size_t)snprintf(found + used, found_size - used, "%d [%s]\n", n,
		    dialog_kept(&d));
		if (n < 0)
			break;
	}
	fuzz_hang_up(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole[65536], bytes[65536];

	if (size < 1 || size > SAID_MAX)
		return 0;
	listen_to(data + 1, size - 1, data[0], false, whole, sizeof(whole));
	listen_to(data + 1, size - 1, data[0], true, bytes, sizeof(bytes));
	FUZZ_MUST(strcmp(whole, bytes) == 0);
	return 0;
}
