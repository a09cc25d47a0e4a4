/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authkeys (spec/config.md 10): "auth N" and "N METHOD [KEY]" in any order, and who may
 * read the file.
 *
 * A key is the next word after the method, to the byte as old daemons take it: no quotes,
 * '#' is part of it, everything after the word is ignored, the last line of a number
 * wins.  No message ever shows a key, nor a word that could be one.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <errno.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define BLANKS " \t\r\f\v"
#define KEY_SHORT 8 /* bytes; a shorter one is remarked on */

struct keys_reader {
	struct msg_keys keys;
	struct conf_problems *problems;
	const char *file;
	int line;
	int auth_line, auth_column; /* of "auth N"; 0 = not seen */
	int key_line[MSG_KEY_MAX];  /* of "N ..."; 0 = not seen */
};

/* A word of a line; it lies in the file's text. */
struct word {
	const char *text;
	size_t len;
	int column;
};

static struct word
word_next(const char **at, const char *end, const char *line)
{
	struct word word;

	while (*at < end && strchr(BLANKS, **at) && **at)
		(*at)++;
	word.text = *at;
	word.column = (int)(*at - line) + 1;
	while (*at < end && !(strchr(BLANKS, **at) && **at))
		(*at)++;
	word.len = (size_t)(*at - word.text);
	return word;
}

static void
keys_complain(struct keys_reader *r, enum conf_severity severity, int column,
    const char *legacy, const char *text)
{
	static const int priority[] = { LOG_ERR, LOG_WARNING, LOG_INFO };

	problem_add(r->problems, severity,
	    (struct place){ r->file, column ? r->line : 0, column },
	    &(struct legacy){ priority[severity], legacy, NULL }, "%s", text);
}

/* 0..15, or -1. */
static int
index_parse(const struct word *word)
{
	char digits[8];
	int64_t n;

	if (word->len >= sizeof(digits))
		return -1;
	snprintf(digits, sizeof(digits), "%.*s", (int)word->len, word->text);
	return value_number_parse(digits, &n) && n >= 0 && n < MSG_KEY_MAX ? (int)n : -1;
}

static bool
is_digits(const struct word *word)
{
	for (size_t i = 0; i < word->len; i++)
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
	return word->len > 0;
}

/* ---- auth N ------------------------------------------------------------------ */

static void
read_auth(struct keys_reader *r, const struct word *first, const struct word *number)
{
	char legacy[4300];
	int index = index_parse(number);

	if (first->len != 4 || memcmp(first->text, "auth", 4) != 0 ||
	    !is_digits(number)) {
		snprintf(legacy, sizeof(legacy), "Invalid auth line [...] in %s",
		    r->file);
		keys_complain(r, CONF_ERROR, first->column, legacy,
		    "this line begins like 'auth N' but is not; N is 0 to 15");
		return;
	}
	if (index < 0) {
		snprintf(legacy, sizeof(legacy), "Invalid authnum [%.*s] in %s",
		    (int)number->len, number->text, r->file);
		keys_complain(r, CONF_ERROR, number->column, legacy,
		    "the number of a key is out of range; 0 to 15 is allowed");
		return;
	}
	if (r->auth_line > 0)
		keys_complain(r, CONF_WARNING, first->column, NULL,
		    "there is an auth line already; the last one counts, remove the "
		    "others");
	r->auth_line = r->line;
	r->auth_column = number->column;
	r->keys.current = index;
}

/* ---- N METHOD [KEY] ---------------------------------------------------------- */

/* Words that may be shown because they are names of methods, though not of ours. */
static bool
is_other_method(const char *word)
{
	static const char *const names[] = { "CRC", "MD5", "SHA1", "SHA256", "sha",
		"sha-1", "sha224", "sha384", "sha512", "sha2", "sha3", "md4", "hmac",
		"crc32", "ripemd160", "blake2" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

static enum msg_auth
read_method(struct keys_reader *r, const struct word *word)
{
	char name[16] = "", legacy[160], text[160];
	enum msg_auth auth;

	if (word->len < sizeof(name))
		snprintf(name, sizeof(name), "%.*s", (int)word->len, word->text);
	auth = msg_auth_parse(name);
	if (auth != MSG_AUTH_NONE)
		return auth;
	if (!is_other_method(name))
		snprintf(name, sizeof(name), "...");
	snprintf(legacy, sizeof(legacy),
	    "LoadPlugin on %s returned 5: No such plugin/interface/interface type\n"
	    "Invalid authtype [%s]",
	    name, name);
	snprintf(text, sizeof(text),
	    "the method%s%s%s is unknown; crc, md5, sha1 or (new) sha256 is allowed",
	    name[0] == '.' ? "" : " '", name[0] == '.' ? "" : name,
	    name[0] == '.' ? "" : "'");
	keys_complain(r, CONF_ERROR, word->column, legacy, text);
	return MSG_AUTH_NONE;
}

/* Longer keys than fit are hashed, which is what HMAC itself does with them first. */
static void
key_store(struct msg_key *key, enum msg_auth auth, const struct word *word)
{
	const uint8_t *bytes = (const uint8_t *)word->text;
	struct sha256_ctx sha256;
	struct sha1_ctx sha1;
	struct md5_ctx md5;

	*key = (struct msg_key){ .auth = auth, .len = word->len };
	if (word->len <= MSG_KEY_LEN_MAX) {
		memcpy(key->text, bytes, word->len);
		return;
	}
	switch (auth) {
	case MSG_AUTH_MD5:
		md5_init(&md5);
		md5_update(&md5, word->len, bytes);
		md5_digest(&md5, key->len = MD5_DIGEST_SIZE, key->text);
		break;
	case MSG_AUTH_SHA1:
		sha1_init(&sha1);
		sha1_update(&sha1, word->len, bytes);
		sha1_digest(&sha1, key->len = SHA1_DIGEST_SIZE, key->text);
		break;
	default:
		sha256_init(&sha256);
		sha256_update(&sha256, word->len, bytes);
		sha256_digest(&sha256, key->len = SHA256_DIGEST_SIZE, key->text);
	}
}

/* Keys that were printed in samples are known to everybody. */
static bool
is_sample_key(const struct word *key)
{
	static const char *const samples[] = { "HI!", "Hello!", "a-long-random-word",
		"put-a-long-random-word-here", "the-next-word-while-changing-keys",
		"SomeLongStringWithRandomChars", "secret", "password", "changeme" };

	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		if (key->len == strlen(samples[i]) &&
		    memcmp(key->text, samples[i], key->len) == 0)
			return true;
	return false;
}

static void
read_key(struct keys_reader *r, int index, const struct word *method,
    const struct word *key, const struct word *surplus)
{
	enum msg_auth auth = read_method(r, method);
	char legacy[80], text[160];

	if (auth == MSG_AUTH_NONE)
		return;
	if (auth == MSG_AUTH_CRC) {
		if (key->len > 0)
			keys_complain(r, CONF_NOTE, key->column,
			    "Auth method [crc] doesn't use a key",
			    "crc uses no key; the word is ignored");
		r->keys.key[index] = (struct msg_key){ .auth = auth };
		return;
	}
	if (key->len == 0) {
		snprintf(legacy, sizeof(legacy), "Auth method [%s] requires a key",
		    msg_auth_name(auth));
		snprintf(text, sizeof(text), "the key is missing; write '%d %s KEY'",
		    index, msg_auth_name(auth));
		keys_complain(r, CONF_ERROR, method->column, legacy, text);
		return;
	}
	if (surplus->len > 0)
		keys_complain(r, CONF_WARNING, surplus->column, NULL,
		    "only the first word after the method is the key, also with quotes; "
		    "the rest is "
		    "ignored");
	if (is_sample_key(key))
		keys_complain(r, CONF_WARNING, key->column, NULL,
		    "this key stands in samples that everybody can read; make one of "
		    "your own");
	else if (key->len < KEY_SHORT)
		keys_complain(r, CONF_NOTE, key->column, NULL,
		    "the key is short; 20 bytes or more is wise");
	if (auth == MSG_AUTH_SHA256)
		keys_complain(r, CONF_WARNING, method->column, NULL,
		    "sha256 is new: old daemons refuse a file that has it");
	key_store(&r->keys.key[index], auth, key);
}

/* ---- Lines. ------------------------------------------------------------------ */

static void
read_line(struct keys_reader *r, const struct text_line *line)
{
	const char *at = line->text, *end = line->text + line->len;
	struct word first = word_next(&at, end, line->text), second, third, fourth;
	char legacy[4300];
	int index;

	if (first.len == 0 || first.text[0] == '#')
		return;
	second = word_next(&at, end, line->text);
	third = word_next(&at, end, line->text);
	fourth = word_next(&at, end, line->text);
	if (first.text[0] == 'a') {
		read_auth(r, &first, &second);
		return;
	}
	if (!is_digits(&first) || second.len == 0) {
		keys_complain(r, CONF_ERROR, first.column, "Auth line [...] is invalid.",
		    "this is neither 'auth N' nor 'N METHOD KEY' nor a comment");
		return;
	}
	index = index_parse(&first);
	if (index < 0) {
		snprintf(legacy, sizeof(legacy), "Invalid authnum [%.*s] in %s",
		    (int)first.len, first.text, r->file);
		keys_complain(r, CONF_ERROR, first.column, legacy,
		    "the number of a key is out of range; 0 to 15 is allowed");
		return;
	}
	if (r->key_line[index] > 0)
		keys_complain(r, CONF_WARNING, first.column, NULL,
		    "there is a line for this number already; the last one counts, "
		    "remove the others");
	r->key_line[index] = r->line;
	read_key(r, index, &second, &third, &fourth);
}

static void
check_current(struct keys_reader *r)
{
	int current = r->keys.current;
	char legacy[4300], text[160];

	if (r->auth_line == 0) {
		snprintf(legacy, sizeof(legacy), "Missing auth directive in keyfile [%s]",
		    r->file);
		keys_complain(r, CONF_ERROR, 0, legacy,
		    "the line 'auth N' is missing; it says which key signs what is sent");
		return;
	}
	r->line = r->auth_line;
	if (r->key_line[current] == 0) {
		snprintf(legacy, sizeof(legacy),
		    "Auth Key [%d] not found in keyfile [%s]", current, r->file);
		snprintf(text, sizeof(text),
		    "there is no line '%d METHOD KEY' for this number", current);
		keys_complain(r, CONF_ERROR, r->auth_column, legacy, text);
	} else if (r->key_line[current] < r->auth_line) {
		keys_complain(r, CONF_WARNING, r->auth_column, NULL,
		    "old daemons only find the key when this line stands above it");
	}
	if (r->keys.key[current].auth == MSG_AUTH_CRC)
		keys_complain(r, CONF_WARNING, r->auth_column, NULL,
		    "crc protects against damage only: anybody who reaches the network "
		    "can command the "
		    "cluster; use sha1");
}

int
conf_authkeys_parse(const char *text, size_t len, const char *file, struct msg_keys *keys,
    struct conf_problems *problems)
{
	struct keys_reader r = { .keys.current = -1, .problems = problems, .file = file };
	struct text_cursor cursor = { text, text + len, 0 };
	size_t errors = problems->errors;
	struct text_line line;

	while (text_next_line(&cursor, &line)) {
		r.line = line.number;
		read_line(&r, &line);
	}
	check_current(&r);
	for (int i = 0; i < MSG_KEY_MAX; i++)
		if (r.keys.key[i].auth != MSG_AUTH_NONE)
			msg_key_prepare(&r.keys.key[i]);
	if (problems->errors == errors)
		*keys = r.keys;
	explicit_bzero(&r, sizeof(r));
	return problems->errors > errors ? -EINVAL : 0;
}

/* ---- The file. --------------------------------------------------------------- */

static void
check_mode(const char *file, const struct stat *st, bool here,
    struct conf_problems *problems)
{
	enum conf_severity severity = here ? CONF_ERROR : CONF_NOTE;
	struct place place = { file, 0, 0 };
	char legacy[4300];

	snprintf(legacy, sizeof(legacy),
	    "Bad permissions on keyfile [%s], 600 recommended.", file);
	if (st->st_mode & 077)
		problem_add(problems, severity, place,
		    &(struct legacy){ LOG_ERR, legacy, NULL },
		    "mode %03o lets others at the keys; run: chmod 600 %s",
		    st->st_mode & 0777, file);
	if (geteuid() == 0 && st->st_uid != 0)
		problem_add(problems, severity, place,
		    &(struct legacy){ LOG_ERR, legacy, NULL },
		    "its owner is user %u, not root; run: chown root %s",
		    (unsigned)st->st_uid, file);
}

int
authkeys_read(const char *file, const struct conf_options *options, struct msg_keys *keys,
    struct conf_problems *problems)
{
	bool here = options->on_this_machine;
	size_t errors = problems->errors, len;
	struct msg_keys found;
	char *text, legacy[4300];
	struct stat st;
	int result = text_read(file, &text, &len, &st);

	if (result < 0) {
		snprintf(legacy, sizeof(legacy), "Cannot open keyfile [%s].  Stop.",
		    file);
		problem_add(problems, here ? CONF_ERROR : CONF_WARNING,
		    (struct place){ file, 0, 0 },
		    &(struct legacy){ LOG_ERR, legacy, NULL },
		    "it cannot be read: %s; the daemon needs it", strerror(-result));
		return result;
	}
	check_mode(file, &st, here, problems);
	conf_authkeys_parse(text, len, file, &found, problems);
	explicit_bzero(text, len);
	free(text);
	if (problems->errors > errors)
		return -EINVAL;
	*keys = found;
	explicit_bzero(&found, sizeof(found));
	return 0;
}

int
conf_authkeys_read(const char *file, struct msg_keys *keys,
    struct conf_problems *problems)
{
	static const struct conf_options here = { .on_this_machine = true };

	return authkeys_read(file, &here, keys, problems);
}
