/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words that nobody may read in a log or a transcript (contract in private.h).  A word of
 * up to three characters is blanked only where it stands alone: a password "a" would
 * otherwise spoil, and by that betray itself in, every other word.
 */
#include "stonith/device/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHORT_WORD 3
#define BLANK "****"

/* Of names that scripts and agents give to what is secret. */
static const char *const secret_parts[] = { "passw", "passphrase", "secret", "token",
	"community", "private_key", "auth_key", "priv_passwd", NULL };

bool
secret_name(const char *name)
{
	for (size_t i = 0; secret_parts[i]; i++)
		if (strcasestr(name, secret_parts[i]))
			return true;
	return false;
}

void
secrets_add(struct secrets *secrets, const char *word)
{
	if (!word || word[0] == '\0' || secrets->count >= DEVICE_SECRETS_MAX)
		return;
	for (size_t i = 0; i < secrets->count; i++)
		if (strcmp(secrets->word[i], word) == 0)
			return;
	secrets->word[secrets->count] = strdup(word);
	if (secrets->word[secrets->count])
		secrets->count++;
}

static bool
word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The length of the longest secret that stands at AT, 0 = none. */
static size_t
secret_at(const struct secrets *secrets, const char *text, size_t len, size_t at)
{
	size_t longest = 0;

	for (size_t i = 0; i < secrets->count; i++) {
		size_t n = strlen(secrets->word[i]);

		if (n <= longest || n > len - at ||
		    memcmp(text + at, secrets->word[i], n) != 0)
			continue;
		if (n <= SHORT_WORD && ((at > 0 && word_char(text[at - 1])) ||
		                           (at + n < len && word_char(text[at + n]))))
			continue;
		longest = n;
	}
	return longest;
}

size_t
secrets_blank(const struct secrets *secrets, const char *text, size_t len, char *out,
    size_t size)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		size_t n = secret_at(secrets, text, len, at);
		const char *piece = n ? BLANK : text + at;
		size_t piece_len = n ? strlen(BLANK) : 1;

		if (used + piece_len >= size)
			break;
		memcpy(out + used, piece, piece_len);
		used += piece_len;
		at += n ? n : 1;
	}
	out[used] = '\0';
	return used;
}

size_t
secrets_begun(const struct secrets *secrets, const char *text, size_t len)
{
	size_t longest = 0;

	for (size_t i = 0; i < secrets->count; i++) {
		size_t n = strlen(secrets->word[i]) - 1;

		for (n = n < len ? n : len; n > longest; n--)
			if (memcmp(text + len - n, secrets->word[i], n) == 0) {
				longest = n;
				break;
			}
	}
	return longest;
}
