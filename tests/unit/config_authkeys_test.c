/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authkeys: keys to the byte as old daemons take them, refusals in their words, and never
 * a key in a message (spec/config.md 10).
 */
#include "tests/unit/config_help.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define F "/etc/ha.d/authkeys"
#define KEY64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* clang-format off */
static const struct {
	const char *text;
	int current;
	enum msg_auth auth;
	const char *key;
	const char *why;
} good[] = {
	{ "auth 1\n1 sha1 k\n", 1, MSG_AUTH_SHA1, "k", "the usual" },
	{ "auth 1\r\n1 sha1 k\r\n", 1, MSG_AUTH_SHA1, "k", "CR is a blank" },
	{ "auth 1\n1 sha1 kk", 1, MSG_AUTH_SHA1, "kk", "no newline at the end" },
	{ "  auth\t1\n\t1\tsha1\tkk \n", 1, MSG_AUTH_SHA1, "kk", "blanks and tabs anywhere" },
	{ "auth 1\n1 sha1 \"a b c\"\n", 1, MSG_AUTH_SHA1, "\"a", "the next word only; quotes are bytes" },
	{ "auth 1\n1 sha1 (stdin)= 0123456789\n", 1, MSG_AUTH_SHA1, "(stdin)=", "what the recipe writes today" },
	{ "auth 1\n1 sha1 a#b c\n", 1, MSG_AUTH_SHA1, "a#b", "# is part of a key" },
	{ "auth 1\n1 sha1 a,b\n", 1, MSG_AUTH_SHA1, "a,b", "a comma, too" },
	{ "auth 1\n1 sha1 a\fb\n", 1, MSG_AUTH_SHA1, "a", "form feed is a blank" },
	{ "auth 1\n1 sha1 a\vb\n", 1, MSG_AUTH_SHA1, "a", "vertical tab is a blank" },
	{ "auth 1\n1 sha1 aa\n1 sha1 bb\n", 1, MSG_AUTH_SHA1, "bb", "the last line of a number" },
	{ "auth 1\nauth 2\n1 sha1 aa\n2 sha1 bb\n", 2, MSG_AUTH_SHA1, "bb", "the last auth line" },
	{ "auth 01\n1 md5 aa\n", 1, MSG_AUTH_MD5, "aa", "a leading zero" },
	{ "auth 1 foo\n1 md5 aa\n", 1, MSG_AUTH_MD5, "aa", "words after the number" },
	{ "auth 0\n0 md5 aa\n", 0, MSG_AUTH_MD5, "aa", "smallest number" },
	{ "auth 15\n15 md5 aa\n", 15, MSG_AUTH_MD5, "aa", "largest number" },
	{ "auth 2\n2 crc\n", 2, MSG_AUTH_CRC, "", "no key" },
	{ "auth 2\n2 crc aa\n", 2, MSG_AUTH_CRC, "", "a key that is not used" },
	{ "1 sha1 k\nauth 1\n", 1, MSG_AUTH_SHA1, "k", "better: any order" },
	{ "auth 1\n1 sha256 k\n", 1, MSG_AUTH_SHA256, "k", "new" },
	{ "# c\n\n  # c\nauth 3\n3 md5 x\n", 3, MSG_AUTH_MD5, "x", "comments, empty lines" },
	{ "auth 1\n1 sha1 " KEY64 KEY64 KEY64 KEY64 "\n", 1, MSG_AUTH_SHA1, KEY64 KEY64 KEY64 KEY64, "256 bytes" },
};

static const struct {
	const char *text, *legacy;
	int line, column;
} bad[] = {
	{ "", "Missing auth directive in keyfile [" F "]", 0, 0 },
	{ "1 sha1 SECRET\n", "Missing auth directive in keyfile [" F "]", 0, 0 },
	{ "auth 4\n1 sha1 SECRET\n", "Auth Key [4] not found in keyfile [" F "]", 1, 6 },
	{ "auth SECRET\n1 sha1 SECRET\n", "Invalid auth line [...] in " F, 1, 1 },
	{ "a 1\n1 sha1 SECRET\n", "Invalid auth line [...] in " F, 1, 1 },
	{ "auth\n1 sha1 SECRET\n", "Invalid auth line [...] in " F, 1, 1 },
	{ "auth 16\n1 sha1 SECRET\n", "Invalid authnum [16] in " F, 1, 6 },
	{ "auth 1\n1 sha1 SECRET\n16 md5 SECRET\n", "Invalid authnum [16] in " F, 3, 1 },
	{ "auth 1\n1 sha1\n", "Auth method [sha1] requires a key", 2, 3 },
	{ "auth 1\n1 md5 \n", "Auth method [md5] requires a key", 2, 3 },
	{ "auth 1\n1 sha256\n", "Auth method [sha256] requires a key", 2, 3 },
	{ "auth 1\n1 sha512 SECRET\n", "LoadPlugin on sha512 returned 5: No such plugin/interface/interface type\n"
	  "Invalid authtype [sha512]", 2, 3 },
	{ "auth 1\n1 SHA1 SECRET\n", "LoadPlugin on SHA1 returned 5: No such plugin/interface/interface type\n"
	  "Invalid authtype [SHA1]", 2, 3 },
	{ "auth 1\n1 SECRET\n", "LoadPlugin on ... returned 5: No such plugin/interface/interface type\n"
	  "Invalid authtype [...]", 2, 3 },
	{ "auth 1\n1 sha1 SECRET\nSECRET\n", "Auth line [...] is invalid.", 3, 1 },
	{ "auth 1\n1 sha1 SECRET\n2\n", "Auth line [...] is invalid.", 3, 1 },
	{ "auth 1\n1 sha1 SECRET\nsha1 SECRET\n", "Auth line [...] is invalid.", 3, 1 },
	{ "auth 1\n1 sha1 SECRET\n2 sha1\n", "Auth method [sha1] requires a key", 3, 3 },
};
/* clang-format on */

static void
test_good(void)
{
	for (size_t i = 0; i < ROWS(good); i++) {
		const struct msg_key *key;
		struct conf_problems problems;
		struct msg_keys keys = { .current = -1 };

		conf_problems_init(&problems);
		CHECK_INT(conf_authkeys_parse(good[i].text, strlen(good[i].text), F,
		              &keys, &problems),
		    0, "%s", good[i].why);
		CHECK_INT(keys.current, good[i].current, "%s", good[i].why);
		key = &keys.key[good[i].current];
		CHECK_INT(key->auth, good[i].auth, "%s", good[i].why);
		CHECK_INT(key->len, strlen(good[i].key), "%s", good[i].why);
		CHECK(memcmp(key->text, good[i].key, key->len) == 0, "%s", good[i].why);
		conf_problems_free(&problems);
	}
}

static void
check_silent_about_keys(const struct conf_problems *problems, const char *why)
{
	for (size_t j = 0; j < problems->count; j++) {
		const struct conf_problem *p = &problems->list[j];

		CHECK(!strstr(p->text, "SECRET"), "%s", why);
		CHECK(!p->legacy || !strstr(p->legacy, "SECRET"), "%s", why);
	}
}

static void
test_bad(void)
{
	for (size_t i = 0; i < ROWS(bad); i++) {
		const struct conf_problem *problem;
		struct conf_problems problems;
		struct msg_keys keys = { .current = 77 };

		conf_problems_init(&problems);
		CHECK_INT(conf_authkeys_parse(bad[i].text, strlen(bad[i].text), F, &keys,
		              &problems),
		    -EINVAL, "%s", bad[i].text);
		CHECK_INT(keys.current, 77, "%s: untouched", bad[i].text);
		problem = problem_first(&problems, CONF_ERROR);
		CHECK_STR(problem ? problem->legacy : NULL, bad[i].legacy, "%s",
		    bad[i].text);
		CHECK_INT(problem ? problem->line : -1, bad[i].line, "%s", bad[i].text);
		CHECK_INT(problem ? problem->column : -1, bad[i].column, "%s",
		    bad[i].text);
		check_silent_about_keys(&problems, bad[i].text);
		conf_problems_free(&problems);
	}
}

/* HMAC hashes keys over a block first, so a hashed one signs the same. */
static void
test_long_key(void)
{
	static const uint8_t want[] = { 0xc3, 0xef, 0xa6, 0x90, 0xfa, 0x3f, 0xdd, 0x2e,
		0x25, 0x26, 0x85, 0x3e, 0xed, 0x67, 0x05, 0x38, 0xea, 0x12, 0x76, 0x38 };
	struct conf_problems problems;
	struct msg_keys keys;
	char text[1200] = "auth 1\n1 sha1 ";
	size_t len = strlen(text);

	memset(text + len, 'x', 1000);
	conf_problems_init(&problems);
	CHECK_INT(conf_authkeys_parse(text, len + 1000, F, &keys, &problems), 0,
	    "accepted");
	CHECK_INT(keys.key[1].len, sizeof(want), "its digest");
	CHECK(memcmp(keys.key[1].text, want, sizeof(want)) == 0, "SHA-1 of 1000 times x");
	conf_problems_free(&problems);
}

static void
test_remarks(void)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "auth 1\n1 crc SECRET\n", "crc uses no key" },
		{ "auth 1\n1 crc\n", "damage only" },
		{ "auth 1\n1 sha1 \"SECRET SECRET\"\n", "only the first word" },
		{ "auth 1\n1 sha1 SECRET\n", "short" },
		{ "auth 1\n1 sha1 HI!\n", "stands in samples" },
		{ "auth 1\n1 sha256 SECRETSECRET\n", "old daemons refuse" },
		{ "1 sha1 SECRETSECRET\nauth 1\n", "stands above" },
		{ "auth 1\n1 sha1 SECRETSECRET\n1 md5 SECRETSECRET\n", "already" },
		{ "auth 1\nauth 1\n1 sha1 SECRETSECRET\n", "already" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct conf_problems problems;
		struct msg_keys keys;

		conf_problems_init(&problems);
		CHECK_INT(conf_authkeys_parse(rows[i].text, strlen(rows[i].text), F,
		              &keys, &problems),
		    0, "%s", rows[i].text);
		CHECK(problem_find(&problems, rows[i].part), "%s: %s", rows[i].text,
		    rows[i].part);
		check_silent_about_keys(&problems, rows[i].text);
		conf_problems_free(&problems);
	}
}

/* ---- The file. --------------------------------------------------------------- */

static char directory[] = "/tmp/config_authkeys_XXXXXX";

static int
read_with_mode(mode_t mode, uid_t owner, struct conf_problems *problems)
{
	char file[128];
	struct msg_keys keys;
	FILE *out;
	int result;

	snprintf(file, sizeof(file), "%s/authkeys", directory);
	out = fopen(file, "w");
	if (!out)
		return -errno;
	fputs("auth 1\n1 sha1 SECRET\n", out);
	fclose(out);
	if (chmod(file, mode) != 0 || (owner != 0 && chown(file, owner, (gid_t)-1) != 0))
		return -errno;
	conf_problems_init(problems);
	result = conf_authkeys_read(file, &keys, problems);
	unlink(file);
	return result;
}

static void
test_permissions(void)
{
	static const struct {
		mode_t mode;
		int want;
	} rows[] = { { 0600, 0 }, { 0400, 0 }, { 0700, 0 }, { 0640, -EINVAL },
		{ 0604, -EINVAL }, { 0644, -EINVAL }, { 0620, -EINVAL },
		{ 0602, -EINVAL }, { 0610, -EINVAL }, { 0601, -EINVAL } };
	struct conf_problems problems;
	char want[160];

	if (!mkdtemp(directory))
		return;
	snprintf(want, sizeof(want),
	    "Bad permissions on keyfile [%s/authkeys], 600 recommended.", directory);
	for (size_t i = 0; i < ROWS(rows); i++) {
		CHECK_INT(read_with_mode(rows[i].mode, 0, &problems), rows[i].want,
		    "mode %03o", (unsigned)rows[i].mode);
		if (rows[i].want != 0)
			CHECK_STR(problems.list[0].legacy, want, "mode %03o",
			    (unsigned)rows[i].mode);
		conf_problems_free(&problems);
	}
	if (geteuid() == 0) {
		CHECK_INT(read_with_mode(0600, 65534, &problems), -EINVAL, "not root's");
		conf_problems_free(&problems);
	}
	rmdir(directory);
}

static void
test_missing(void)
{
	struct conf_problems problems;
	struct msg_keys keys;

	conf_problems_init(&problems);
	CHECK_INT(conf_authkeys_read("/nonexistent/authkeys", &keys, &problems), -ENOENT,
	    "missing");
	CHECK_STR(problems.list[0].legacy,
	    "Cannot open keyfile [/nonexistent/authkeys].  Stop.", "old");
	conf_problems_free(&problems);
}

static const struct check_case cases[] = {
	{ "good", test_good },
	{ "bad", test_bad },
	{ "long key", test_long_key },
	{ "remarks", test_remarks },
	{ "permissions", test_permissions },
	{ "missing", test_missing },
};
CHECK_MAIN("config_authkeys", cases)
