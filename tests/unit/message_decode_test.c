/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsigned text of both forms: what is accepted, as what, and what is refused as what.
 */
#include "heartbeat/message/message.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s) s, sizeof(s) - 1

static struct msg m, child;
static char line[4096], store[MSG_WIRE_MAX];
static uint8_t big[MSG_WIRE_MAX + 16];

/* In memory of exactly that length, so that the sanitizer sees a byte too far. */
static enum msg_drop
decode(const void *text, size_t len, struct err *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum msg_drop why;

	memcpy(copy, text, len);
	msg_init(&m, NULL, 0);
	why = msg_decode(&m, copy, len, NULL, NULL, 0, err);
	msg_format(&m, line, sizeof(line));
	free(copy);
	return why;
}

/* ---- One message each -------------------------------------------------------------- */

static const struct {
	const char *text;
	size_t len;
	enum msg_drop want;
	const char *fields, *why;
} decode_cases[] = {
	/* Beginnings. */
	{ TEXT(""), MSG_DROP_ALIEN, "", "nothing" },
	{ TEXT(">>>"), MSG_DROP_ALIEN, "", "three bytes" },
	{ TEXT(">>>\r\nt=a\r\n<<<\r\n"), MSG_DROP_ALIEN, "", "CR LF" },
	{ TEXT(">>>\x14t=a\x14<<<\x14"), MSG_DROP_ALIEN, "", "a struct is no datagram" },
	{ TEXT("GET / HTTP/1.0\n\n"), MSG_DROP_ALIEN, "", "another protocol" },
	/* Classic text. */
	{ TEXT(">>>\n<<<\n"), MSG_DROP_NONE, "", "no fields" },
	{ TEXT(">>>\nt=a\n<<<\n\0"), MSG_DROP_NONE, "t=a", "with NUL" },
	{ TEXT(">>>\nt=a\n<<<\n"), MSG_DROP_NONE, "t=a", "without NUL" },
	{ TEXT(">>>\nt=a\n<<<"), MSG_DROP_NONE, "t=a", "without the last newline" },
	{ TEXT(">>>\nt=a\n<<<\0"), MSG_DROP_NONE, "t=a", "NUL for newline" },
	{ TEXT(">>>\nt=a\n<<<\n<<<\nx=y\n"), MSG_DROP_NONE, "t=a",
	    "bytes behind the end" },
	{ TEXT(">>>\nt=a\n"), MSG_DROP_MALFORMED, "", "no end" },
	{ TEXT(">>>\nt=a"), MSG_DROP_MALFORMED, "", "half a line" },
	{ TEXT(">>>\nt=a\n<<<x\n"), MSG_DROP_MALFORMED, "", "no end, nearly" },
	{ TEXT(">>>\nt=a\n<<<=b\n<<<\n"), MSG_DROP_NONE, "t=a <<<=b", "a strange name" },
	{ TEXT(">>>\na=\n<<<\n"), MSG_DROP_NONE, "a=\"\"", "empty value" },
	{ TEXT(">>>\na=x=y\n<<<\n"), MSG_DROP_NONE, "a=x=y", "= in a value" },
	{ TEXT(">>>\na=x\x13y\n<<<\n"), MSG_DROP_NONE, "a=x\\ny", "0x13 is a newline" },
	{ TEXT(">>>\n\nt=a\n<<<\n"), MSG_DROP_MALFORMED, "", "an empty line" },
	{ TEXT(">>>\nhello\n<<<\n"), MSG_DROP_MALFORMED, "", "no =" },
	{ TEXT(">>>\n=a\n<<<\n"), MSG_DROP_MALFORMED, "", "no name" },
	{ TEXT(">>>\nt=a\0b\n<<<\n"), MSG_DROP_MALFORMED, "", "NUL in a string" },
	{ TEXT(">>>\nt\0u=a\n<<<\n"), MSG_DROP_MALFORMED, "", "NUL in a name" },
	{ TEXT(">>>\n(9)a=b\n<<<\n"), MSG_DROP_MALFORMED, "", "type 9" },
	{ TEXT(">>>\n(x)a=b\n<<<\n"), MSG_DROP_MALFORMED, "", "type x" },
	{ TEXT(">>>\n(1=b\n<<<\n"), MSG_DROP_MALFORMED, "", "half a type" },
	{ TEXT(">>>\n(1)=\n<<<\n"), MSG_DROP_MALFORMED, "", "a type and no name" },
	/* Base64. */
	{ TEXT(">>>\n(1)u=AAH/\n<<<\n"), MSG_DROP_NONE, "(1)u=0001ff", "three bytes" },
	{ TEXT(">>>\n(1)u=AAE=\n<<<\n"), MSG_DROP_NONE, "(1)u=0001", "two" },
	{ TEXT(">>>\n(1)u=AA==\n<<<\n"), MSG_DROP_NONE, "(1)u=00", "one" },
	{ TEXT(">>>\n(1)u=\n<<<\n"), MSG_DROP_NONE, "(1)u=", "none" },
	{ TEXT(">>>\n(1)u=AAE\n<<<\n"), MSG_DROP_MALFORMED, "", "no padding" },
	{ TEXT(">>>\n(1)u=AAF=\n<<<\n"), MSG_DROP_MALFORMED, "", "bits left over" },
	{ TEXT(">>>\n(1)u=AB==\n<<<\n"), MSG_DROP_MALFORMED, "", "bits left over" },
	{ TEXT(">>>\n(1)u=A===\n<<<\n"), MSG_DROP_MALFORMED, "", "too much padding" },
	{ TEXT(">>>\n(1)u=====\n<<<\n"), MSG_DROP_MALFORMED, "", "only padding" },
	{ TEXT(">>>\n(1)u=AA==AAH/\n<<<\n"), MSG_DROP_MALFORMED, "", "padding inside" },
	{ TEXT(">>>\n(1)u=AA_-\n<<<\n"), MSG_DROP_MALFORMED, "", "another alphabet" },
	{ TEXT(">>>\n(1)u=AA H/AA\n<<<\n"), MSG_DROP_MALFORMED, "", "a blank" },
	/* Lists. */
	{ TEXT(">>>\n(3)l=3:one,1:2,\n<<<\n"), MSG_DROP_NONE, "(3)l=3:one,1:2,", "two" },
	{ TEXT(">>>\n(3)l=\n<<<\n"), MSG_DROP_NONE, "(3)l=\"\"", "none" },
	{ TEXT(">>>\n(3)l=4:one,\n<<<\n"), MSG_DROP_MALFORMED, "", "beyond the end" },
	{ TEXT(">>>\n(3)l=99999999999:x,\n<<<\n"), MSG_DROP_MALFORMED, "",
	    "a large number" },
	/* Structs. */
	{ TEXT(">>>\n(2)s=>>>\x14"
	       "a=b\x14<<<\x14\n<<<\n"),
	    MSG_DROP_NONE, "(2)s={a=b}", "a struct" },
	{ TEXT(">>>\n(2)s=>>>\x14(2)i=>>>\x15"
	       "a=b\x15<<<\x15\x14<<<\x14\n<<<\n"),
	    MSG_DROP_NONE, "(2)s={(2)i={a=b}}", "in a struct" },
	{ TEXT(">>>\n(2)s=>>>\x14"
	       "a=b\x14\n<<<\n"),
	    MSG_DROP_MALFORMED, "", "no end inside" },
	{ TEXT(">>>\n(2)s=>>>\x14<<<\x14x\n<<<\n"), MSG_DROP_MALFORMED, "",
	    "bytes behind" },
	{ TEXT(">>>\n(2)s=>>>\x1f<<<\x1f\n<<<\n"), MSG_DROP_NONE, "(2)s={}",
	    "any symbol" },
	{ TEXT(">>>\n(2)s=>>>A<<<A\n<<<\n"), MSG_DROP_MALFORMED, "", "not a symbol" },
	{ TEXT(">>>\n(2)s=\n<<<\n"), MSG_DROP_MALFORMED, "", "empty" },
	{ TEXT(">>>\n(2)s=a\n<<<\n"), MSG_DROP_MALFORMED, "", "not a struct" },
	{ TEXT(">>>\n(2)s=>>>\x14(1)u=A\x14<<<\x14\n<<<\n"), MSG_DROP_MALFORMED, "",
	    "bad base64 inside" },
	/* Netstrings. */
	{ TEXT("###\n%%%\n"), MSG_DROP_NONE, "", "no fields" },
	{ TEXT("###\n6:(0)t=a,%%%\n"), MSG_DROP_NONE, "t=a", "one" },
	{ TEXT("###\n6:(0)t=a,%%%"), MSG_DROP_NONE, "t=a", "without the last newline" },
	{ TEXT("###\n6:(0)t=a,%%%\n3:xyz,more"), MSG_DROP_NONE, "t=a", "bytes behind" },
	{ TEXT("###\n6:(0)t=a,"), MSG_DROP_MALFORMED, "", "no end" },
	{ TEXT("###\n7:(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "a length too large" },
	{ TEXT("###\n5:(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "a length too small" },
	{ TEXT("###\n99999999999999999999:(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "",
	    "huge" },
	{ TEXT("###\n4294967302:(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "6 in 32 bits" },
	{ TEXT("###\n-6:(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "negative" },
	{ TEXT("###\n:(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "no length" },
	{ TEXT("###\n6;(0)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "no colon" },
	{ TEXT("###\n6:(0)t=a;%%%\n"), MSG_DROP_MALFORMED, "", "no comma" },
	{ TEXT("###\n6:(0)t=a,%%%x"), MSG_DROP_MALFORMED, "", "no end, nearly" },
	{ TEXT("###\n5:hello,%%%\n"), MSG_DROP_MALFORMED, "", "no type" },
	{ TEXT("###\n3:t=a,%%%\n"), MSG_DROP_MALFORMED, "", "no type" },
	{ TEXT("###\n6:(6)t=a,%%%\n"), MSG_DROP_MALFORMED, "", "type 6" },
	{ TEXT("###\n5:(0)ta,%%%\n"), MSG_DROP_MALFORMED, "", "no =" },
	{ TEXT("###\n5:(0)=a,%%%\n"), MSG_DROP_MALFORMED, "", "no name" },
	{ TEXT("###\n8:(0)(0)t=,%%%\n"), MSG_DROP_MALFORMED, "", "a name like a type" },
	{ TEXT("###\n2:(0,%%%\n"), MSG_DROP_MALFORMED, "", "half a type" },
	{ TEXT("###\n8:(0)t=a\nb,%%%\n"), MSG_DROP_NONE, "t=a\\nb", "raw newline" },
	{ TEXT("###\n6:(0)t=\x13,%%%\n"), MSG_DROP_NONE, "t=\\x13", "0x13 is itself" },
	{ TEXT("###\n6:(0)t=\0,%%%\n"), MSG_DROP_MALFORMED, "", "NUL in a string" },
	{ TEXT("###\n8:(1)t=\0,\n,%%%\n"), MSG_DROP_NONE, "(1)t=002c0a", "raw bytes" },
	{ TEXT("###\n22:(2)s=###\n6:(0)a=b,%%%\n,%%%\n"), MSG_DROP_NONE, "(2)s={a=b}",
	    "a struct" },
	{ TEXT("###\n22:(5)s=###\n6:(0)a=b,%%%\n,%%%\n"), MSG_DROP_NONE, "(5)s={a=b}",
	    "to be compressed" },
	{ TEXT("###\n17:(2)s=>>>\na=b\n<<<\n,%%%\n"), MSG_DROP_MALFORMED, "",
	    "classic text inside" },
	{ TEXT("###\n9:(3)l=1:x,,%%%\n"), MSG_DROP_NONE, "(3)l=1:x,", "a list" },
	{ TEXT("###\n9:(3)l=2:x,,%%%\n"), MSG_DROP_MALFORMED, "", "a broken list" },
	{ TEXT("###\n8:(4)c=abc,%%%\n"), MSG_DROP_NONE, "(4)c=<3 bytes>", "compressed" },
};

static void
test_decode(void)
{
	for (size_t i = 0; i < ARRAY_LEN(decode_cases); i++) {
		struct err err = { "" };
		enum msg_drop got =
		    decode(decode_cases[i].text, decode_cases[i].len, &err);

		CHECK_INT(got, decode_cases[i].want, "row %zu: %s", i,
		    decode_cases[i].why);
		CHECK((got == MSG_DROP_NONE) == (err.text[0] == '\0'),
		    "row %zu has a reason", i);
		if (got == MSG_DROP_NONE) /* the fields point into freed memory by now */
			CHECK_STR(line, decode_cases[i].fields, "row %zu: %s", i,
			    decode_cases[i].why);
		else
			CHECK_INT(m.count, 0, "row %zu: no fields", i);
	}
}

/* Every beginning of every row, too: nothing may be read beyond it. */
static void
test_decode_cut(void)
{
	for (size_t i = 0; i < ARRAY_LEN(decode_cases); i++)
		for (size_t len = 0; len < decode_cases[i].len; len++)
			CHECK(decode(decode_cases[i].text, len, NULL) < MSG_DROP_COUNT,
			    "row %zu, %zu bytes", i, len);
}

static void
test_drop_names(void)
{
	for (int i = 0; i < MSG_DROP_COUNT; i++)
		CHECK(msg_drop_names[i] && msg_drop_names[i][0], "drop %d has a name", i);
}

/* ---- Limits ------------------------------------------------------------------------ */

static size_t
many_fields(bool classic, int count)
{
	size_t n = (size_t)sprintf((char *)big, classic ? ">>>\n" : "###\n");

	for (int i = 0; i < count; i++)
		n += (size_t)sprintf((char *)big + n, classic ? "a=b\n" : "6:(0)a=b,");
	return n + (size_t)sprintf((char *)big + n, classic ? "<<<\n" : "%%%%%%\n");
}

static void
test_field_count(void)
{
	for (int classic = 0; classic < 2; classic++) {
		size_t n = many_fields(classic, MSG_FIELD_MAX);

		CHECK_INT(decode(big, n, NULL), MSG_DROP_NONE, "as many as allowed");
		CHECK_INT(m.count, MSG_FIELD_MAX, "all of them");
		n = many_fields(classic, MSG_FIELD_MAX + 1);
		CHECK_INT(decode(big, n, NULL), MSG_DROP_TOO_BIG, "one more");
	}
}

/* DEPTH structs around "a=b". */
static size_t
deep(bool classic, unsigned depth)
{
	static const char marks[] = "\n\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"
	                            "\x0f\x10\x11\x12\x14\x15";
	static char inner[8192], outer[8192];
	int n;

	if (classic) {
		n = snprintf(inner, sizeof(inner), ">>>%ca=b%c<<<%c", marks[depth],
		    marks[depth], marks[depth]);
		while (depth-- > 0) {
			char c = marks[depth];

			n = snprintf(outer, sizeof(outer), ">>>%c(2)s=%s%c<<<%c", c,
			    inner, c, c);
			memcpy(inner, outer, (size_t)n + 1);
		}
	} else {
		n = snprintf(inner, sizeof(inner), "###\n6:(0)a=b,%%%%%%\n");
		while (depth-- > 0) {
			n = snprintf(outer, sizeof(outer), "###\n%d:(2)s=%s,%%%%%%\n",
			    n + 5, inner);
			memcpy(inner, outer, (size_t)n + 1);
		}
	}
	memcpy(big, inner, (size_t)n);
	return (size_t)n;
}

static void
test_depth(void)
{
	for (int classic = 0; classic < 2; classic++) {
		size_t n = deep(classic, MSG_DEPTH_MAX);

		CHECK_INT(decode(big, n, NULL), MSG_DROP_NONE, "as deep as allowed");
		n = deep(classic, MSG_DEPTH_MAX + 1);
		/* Classic text has no symbol left for it, so it breaks even before. */
		CHECK_INT(decode(big, n, NULL),
		    classic ? MSG_DROP_MALFORMED : MSG_DROP_TOO_BIG, "one deeper");
	}
}

static void
test_wire_size(void)
{
	size_t len = MSG_WIRE_MAX;

	memset(big, 'x', sizeof(big));
	memcpy(big, ">>>\na=", 6);
	memcpy(big + len - 5, "\n<<<\n", 5);
	CHECK_INT(decode(big, len, NULL), MSG_DROP_NONE, "as long as allowed");
	memset(big, 'x', sizeof(big));
	memcpy(big, ">>>\na=", 6);
	memcpy(big + len - 4, "\n<<<\n", 5);
	CHECK_INT(decode(big, len + 1, NULL), MSG_DROP_TOO_BIG, "one more");
}

/* ---- Children ---------------------------------------------------------------------- */

static void
test_child(void)
{
	static const char *const texts[] = {
		">>>\n(2)s=>>>\x14"
		"a=x\x13y\x14(1)u=AAH/\x14(2)i=>>>\x15"
		"b=c\x15<<<\x15\x14<<<\x14\n<<<\n",
		"###\n61:(2)s=###\n8:(0)a=x\ny,8:(1)u=\001\001\xff,"
		"22:(2)i=###\n6:(0)b=c,%%%\n,%%%\n,%%%\n",
	};
	static const char *const wants[] = { "a=x\\ny (1)u=0001ff (2)i={b=c}",
		"a=x\\ny (1)u=0101ff (2)i={b=c}" };
	static struct msg grandchild;
	uint8_t copy[256], room[64];
	struct err err = { "" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i]);

		memcpy(copy, texts[i], len);
		msg_init(&m, NULL, 0);
		CHECK_INT(msg_decode(&m, copy, len, NULL, NULL, 0, &err), MSG_DROP_NONE,
		    "text %zu: %s", i, err.text);
		if (m.count != 1)
			continue;
		CHECK_INT(msg_child(&m.field[0], NULL, &child, store, sizeof(store),
		              &err),
		    0, "%s", err.text);
		CHECK_STR(msg_format(&child, line, sizeof(line)), wants[i], "text %zu",
		    i);
		CHECK_INT(msg_child(msg_find(&child, "i"), NULL, &grandchild, room,
		              sizeof(room), NULL),
		    0, "the child's child");
		CHECK_STR(msg_format(&grandchild, line, sizeof(line)), "b=c",
		    "its field");
		CHECK_INT(msg_add_str(&child, "more", "x"), 0, "the store goes on");
		CHECK_INT(msg_child(&m.field[0], NULL, &child, room, m.field[0].len - 1,
		              &err),
		    -ENOSPC, "too small a store");
		CHECK_INT(child.count, 0, "no fields then");
	}
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "a", "b");
	CHECK_INT(msg_child(&m.field[0], NULL, &child, room, sizeof(room), &err), -EINVAL,
	    "a string has no child");
}

static const struct check_case cases[] = {
	{ "decode", test_decode },
	{ "decode_cut", test_decode_cut },
	{ "drop_names", test_drop_names },
	{ "field_count", test_field_count },
	{ "depth", test_depth },
	{ "wire_size", test_wire_size },
	{ "child", test_child },
};

CHECK_MAIN("message_decode", cases)
