/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a DRAC III and the text of SNMP values. */
#include "stonith/kit/drac.h"
#include "stonith/kit/snmp.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *challenge, *password, *want; /* NULL = refused */
	const char *why;
} hash_cases[] = {
	{ "AAECAwQFBgcICQoLDA0ODw==", "calvin", "kW4CkA/n8Zx2SaYbuL3B3qxF",
	    "the check value of the spec" },
	{ "AAECAwQFBgcICQoLDA0ODw==", "bad", "10IH6hMoq83V7WDnwBRZRXM2",
	    "another password" },
	{ "", "calvin", NULL, "no challenge" },
	{ "AAECAwQFBgcICQoLDA0ODxA=", "calvin", NULL, "17 bytes" },
	{ "AAEC!wQF", "calvin", NULL, "not base64" },
	{ "AAECA", "calvin", NULL, "cut base64" },
};

static void
test_hash(void)
{
	for (size_t i = 0; i < ARRAY_LEN(hash_cases); i++) {
		char hash[DRAC_HASH_MAX] = "untouched";
		int rc = drac_hash(hash_cases[i].challenge, hash_cases[i].password, hash);

		CHECK_INT(rc, hash_cases[i].want ? 0 : -EINVAL, "%s", hash_cases[i].why);
		CHECK_STR(hash, hash_cases[i].want ? hash_cases[i].want : "untouched",
		    "%s", hash_cases[i].why);
	}
}

static void
test_hash_of_a_short_challenge(void)
{
	char padded[DRAC_HASH_MAX], plain[DRAC_HASH_MAX];

	CHECK_INT(drac_hash("AQI=", "calvin", plain), 0, "two bytes");
	CHECK_INT(drac_hash("AQIAAAAAAAAAAAAAAAAAAA==", "calvin", padded), 0,
	    "with zeros");
	CHECK_STR(plain, padded, "a short challenge is filled up with zeros");
}

static const struct {
	const char *answer, *want, *why;
} element_cases[] = {
	{ "<?xml version=\"1.0\"?><RMCXML><RC>0x0</RC></RMCXML>\n", "0x0", "as seen" },
	{ "<RC>0x43</RC><RC>0x0</RC>", "0x43", "the first one counts" },
	{ "<RC></RC>", "", "an empty one" },
	{ "<RC>0x0", NULL, "cut" },
	{ "", NULL, "nothing" },
	{ "<RCX>0x0</RCX>", NULL, "another element" },
	{ "<RC>0x0\n</RC>", NULL, "control characters" },
};

static void
test_element(void)
{
	char long_one[400];

	for (size_t i = 0; i < ARRAY_LEN(element_cases); i++) {
		char text[DRAC_ELEMENT_MAX] = "untouched";
		const char *answer = element_cases[i].answer;
		int rc = drac_element(answer, strlen(answer), "RC", text);

		CHECK_INT(rc, element_cases[i].want ? 0 : -EINVAL, "%s",
		    element_cases[i].why);
		CHECK_STR(text,
		    element_cases[i].want ? element_cases[i].want : "untouched", "%s",
		    element_cases[i].why);
	}
	memset(long_one, 'x', sizeof(long_one));
	memcpy(long_one, "<RC>", 4);
	memcpy(long_one + sizeof(long_one) - 5, "</RC>", 5);
	CHECK_INT(drac_element(long_one, sizeof(long_one), "RC",
	              (char[DRAC_ELEMENT_MAX]){ 0 }),
	    -EINVAL, "a long one");
}

static const struct {
	const char *bytes;
	size_t len;
	const char *want, *why;
} text_cases[] = {
	{ "NodeA", 5, "NodeA", "plain" },
	{ "NodeA \0\0", 8, "NodeA", "filled up" },
	{ "", 0, "", "empty" },
	{ "a b", 3, "a b", "blanks inside stay" },
	{ "a\nb", 3, NULL, "a line end would make two hosts of it" },
	{ "a\0b", 3, NULL, "a zero would make another host of it" },
	{ "12345678", 8, NULL, "too long, not cut: that may be another host" },
};

static void
test_snmp_text(void)
{
	for (size_t i = 0; i < ARRAY_LEN(text_cases); i++) {
		char text[8] = "was";
		int rc = snmp_text_parse((const uint8_t *)text_cases[i].bytes,
		    text_cases[i].len, text, sizeof(text));

		CHECK_INT(rc, text_cases[i].want ? 0 : -EINVAL, "%s", text_cases[i].why);
		CHECK_STR(text, text_cases[i].want ? text_cases[i].want : "was", "%s",
		    text_cases[i].why);
	}
}

static const struct check_case cases[] = {
	{ "hash", test_hash },
	{ "hash_of_a_short_challenge", test_hash_of_a_short_challenge },
	{ "element", test_element },
	{ "snmp_text", test_snmp_text },
};

CHECK_MAIN("stonith_words", cases)
