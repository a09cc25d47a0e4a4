/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of fields: adding, setting in place, removing, copying, and reading numbers.
 */
#include "heartbeat/message/message.h"
#include "tests/unit/check.h"

#include <errno.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define UNTOUCHED 0x5eed
#define TEXT(s) s, sizeof(s) - 1

static struct msg m, other;
static char store[4096], other_store[4096], line[4096];

static void
setup(void)
{
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "t", "status");
	msg_add_str(&m, "st", "active");
	msg_add(&m, MSG_BINARY, "srcuuid", "0123456789abcdef", 16);
	msg_add_hex(&m, "seq", 0x4b);
}

/* ---- Adding ------------------------------------------------------------------------ */

static const struct {
	enum msg_field_type type;
	const char *name, *value;
	size_t len;
	int want;
	const char *why;
} add_cases[] = {
	{ MSG_STRING, "a", TEXT("b"), 0, "plain" },
	{ MSG_STRING, "a", TEXT(""), 0, "an empty value" },
	{ MSG_STRING, "a", TEXT("x=y"), 0, "an equals sign in the value" },
	{ MSG_STRING, "a", TEXT("x\ny"), 0, "a newline in the value" },
	{ MSG_STRING, "a b", TEXT("c"), 0, "a blank in the name" },
	{ MSG_STRING, "", TEXT("b"), -EINVAL, "no name" },
	{ MSG_STRING, "a=b", TEXT("c"), -EINVAL, "an equals sign in the name" },
	{ MSG_STRING, "(a", TEXT("c"), -EINVAL, "a name like a type" },
	{ MSG_STRING, "a\nb", TEXT("c"), -EINVAL, "a newline in the name" },
	{ MSG_STRING, "a\x14", TEXT("c"), -EINVAL, "a depth symbol in the name" },
	{ MSG_STRING, "a", TEXT("b\0c"), -EINVAL, "a NUL in a string" },
	{ MSG_BINARY, "a", TEXT("b\0c"), 0, "a NUL in bytes" },
	{ MSG_LIST, "a", TEXT(""), 0, "a list of nothing" },
	{ MSG_LIST, "a", TEXT("3:one,0:,"), 0, "a list with an empty element" },
	{ MSG_LIST, "a", TEXT("3:one"), -EINVAL, "a list without its comma" },
	{ MSG_LIST, "a", TEXT("4:one,"), -EINVAL, "an element that is too short" },
	{ MSG_LIST, "a", TEXT("9999999:one,"), -EINVAL, "an element far too short" },
	{ MSG_LIST, "a", TEXT("one"), -EINVAL, "not a list" },
	{ MSG_STRUCT, "a", TEXT("###\n6:(0)b=c,%%%\n"), 0, "a child" },
	{ MSG_STRUCT, "a", TEXT(">>>\nb=c\n<<<\n"), 0, "a child in classic text" },
	{ MSG_STRUCT, "a", TEXT("###\n6:(0)b=c,%%%\nx"), -EINVAL, "more than a child" },
	{ MSG_STRUCT, "a", TEXT("###\n6:(0)b=c,"), -EINVAL, "half a child" },
	{ MSG_STRUCT, "a", TEXT(""), -EINVAL, "no child" },
	{ (enum msg_field_type)6, "a", TEXT("b"), -EINVAL, "an unknown type" },
};

static void
test_add(void)
{
	for (size_t i = 0; i < ARRAY_LEN(add_cases); i++) {
		size_t len = add_cases[i].len;
		int got;

		msg_init(&m, store, sizeof(store));
		got = msg_add(&m, add_cases[i].type, add_cases[i].name,
		    add_cases[i].value, len);
		CHECK_INT(got, add_cases[i].want, "%s", add_cases[i].why);
		CHECK_INT(m.count, got == 0, "%s", add_cases[i].why);
		if (got == 0)
			CHECK_INT(m.field[0].len, len, "%s", add_cases[i].why);
	}
}

static void
test_add_numbers(void)
{
	setup();
	msg_add_hex(&m, "h", UINT64_MAX);
	msg_add_hex(&m, "z", 0);
	msg_add_dec(&m, "d", INT64_MIN);
	CHECK_STR(msg_str(&m, "seq"), "4b", "lower case, no prefix");
	CHECK_STR(msg_str(&m, "h"), "ffffffffffffffff", "the largest");
	CHECK_STR(msg_str(&m, "z"), "0", "zero");
	CHECK_STR(msg_str(&m, "d"), "-9223372036854775808", "the smallest");
}

/* However small the store is: refused without a trace, or there. */
static void
test_add_store_full(void)
{
	char small[64];

	for (size_t size = 0; size <= 20; size++) {
		int rc;

		msg_init(&m, small, size);
		rc = msg_add_str(&m, "name", "value");
		CHECK_INT(rc, size >= 11 ? 0 : -ENOSPC, "store of %zu", size);
		CHECK_INT(m.count, rc == 0, "store of %zu", size);
		CHECK_INT(m.store_used, rc == 0 ? 11 : 0, "store of %zu", size);
	}
	msg_init(&m, NULL, 0);
	CHECK_INT(msg_add_str(&m, "a", ""), -ENOSPC, "no store");
}

static void
test_add_table_full(void)
{
	msg_init(&m, store, sizeof(store));
	for (int i = 0; i < MSG_FIELD_MAX; i++)
		CHECK_INT(msg_add_str(&m, "a", "b"), 0, "field %d", i);
	CHECK_INT(msg_add_str(&m, "a", "b"), -ENOSPC, "one too many");
	CHECK_INT(m.count, MSG_FIELD_MAX, "as before");
	msg_init(&other, other_store, sizeof(other_store));
	CHECK_INT(msg_copy(&other, &m), 0, "a full table is copied");
	CHECK_INT(msg_copy(&other, &m), -ENOSPC, "but not twice");
	CHECK_INT(other.count, MSG_FIELD_MAX, "and nothing of it");
}

static void
test_add_list_limit(void)
{
	static char list[MSG_LIST_MAX + 16];
	size_t len = (size_t)snprintf(list, sizeof(list), "1018:%01018d,", 7);

	msg_init(&m, store, sizeof(store));
	CHECK_INT(len, MSG_LIST_MAX, "the limit");
	CHECK_INT(msg_add(&m, MSG_LIST, "l", list, len), 0, "as long as allowed");
	len = (size_t)snprintf(list, sizeof(list), "1019:%01019d,", 7);
	CHECK_INT(msg_add(&m, MSG_LIST, "l", list, len), -EINVAL, "one more");
}

/* ---- Changing ---------------------------------------------------------------------- */

static void
test_set(void)
{
	setup();
	CHECK_INT(msg_set_str(&m, "st", "dead"), 0, "shorter");
	CHECK_STR(msg_format(&m, line, sizeof(line)),
	    "t=status st=dead (1)srcuuid=30313233343536373839616263646566 seq=4b",
	    "stays in its place");
	CHECK_INT(msg_set_str(&m, "st", "a much longer one"), 0, "longer");
	CHECK_INT(msg_set_hex(&m, "srcuuid", 0xabc), 0, "another type");
	CHECK_STR(msg_format(&m, line, sizeof(line)),
	    "t=status st=\"a much longer one\" srcuuid=abc seq=4b", "still in place");
	CHECK_INT(msg_set_hex(&m, "new", 16), 0, "missing");
	CHECK_STR(msg_format(&m, line, sizeof(line)),
	    "t=status st=\"a much longer one\" srcuuid=abc seq=4b new=10", "appended");
}

static void
test_set_first(void)
{
	msg_init(&m, store, sizeof(store));
	msg_add_str(&m, "a", "1");
	msg_add_str(&m, "a", "2");
	CHECK_STR(msg_str(&m, "a"), "1", "the first is found");
	msg_set_str(&m, "a", "3");
	CHECK_STR(msg_format(&m, line, sizeof(line)), "a=3 a=2", "and set");
}

static void
test_set_refused(void)
{
	char small[16];

	msg_init(&m, small, sizeof(small));
	msg_add_str(&m, "a", "1");
	CHECK_INT(msg_set_str(&m, "a", "a long value of more bytes"), -ENOSPC, "full");
	CHECK_INT(msg_set(&m, MSG_LIST, "a", "nonsense", 8), -EINVAL, "not a list");
	CHECK_STR(msg_format(&m, line, sizeof(line)), "a=1", "untouched");
}

/* A decoded value is in the datagram: a retransmission may still need those bytes. */
static void
test_set_decoded(void)
{
	uint8_t datagram[] = ">>>\na=first\nb=second\n<<<\n";

	msg_init(&m, store, sizeof(store));
	CHECK_INT(msg_decode(&m, datagram, sizeof(datagram), NULL, NULL, 0, NULL),
	    MSG_DROP_NONE, "decodes");
	CHECK_INT(msg_set_str(&m, "a", "1st"), 0, "set");
	CHECK_STR(msg_format(&m, line, sizeof(line)), "a=1st b=second", "the new value");
	CHECK_STR((char *)datagram + 6, "first", "the datagram is as it was");
}

static void
test_remove(void)
{
	setup();
	msg_add_str(&m, "st", "again");
	CHECK_INT(msg_remove(&m, "nothing"), 0, "missing");
	CHECK_INT(msg_remove(&m, "st"), 2, "all of that name");
	CHECK_STR(msg_format(&m, line, sizeof(line)),
	    "t=status (1)srcuuid=30313233343536373839616263646566 seq=4b", "the rest");
}

static void
test_copy(void)
{
	char before[sizeof(line)];

	setup();
	snprintf(before, sizeof(before), "%s", msg_format(&m, line, sizeof(line)));
	msg_init(&other, other_store, sizeof(other_store));
	msg_add_str(&other, "x", "y");
	CHECK_INT(msg_copy(&other, &m), 0, "copied");
	memset(store, 'Z', sizeof(store));
	CHECK_STR(msg_format(&other, line, sizeof(line)) + 4, before, "deep");
	setup();
	msg_init(&other, other_store, 20);
	msg_add_str(&other, "x", "y");
	CHECK_INT(msg_copy(&other, &m), -ENOSPC, "too small");
	CHECK_STR(msg_format(&other, line, sizeof(line)), "x=y", "untouched");
	CHECK_INT(other.store_used, 4, "and no store lost");
}

static void
test_add_child(void)
{
	setup();
	msg_init(&other, other_store, sizeof(other_store));
	msg_add_str(&other, "x", "y");
	CHECK_INT(msg_add_struct(&other, "inner", &m), 0, "a child");
	CHECK_INT(msg_add_child(&other, MSG_TO_COMPRESS, "xml", &m), 0, "to compress");
	CHECK_INT(msg_add_child(&other, MSG_STRING, "no", &m), -EINVAL, "not a struct");
	CHECK_STR(msg_format(&other, line, sizeof(line)),
	    "x=y (2)inner={t=status st=active "
	    "(1)srcuuid=30313233343536373839616263646566 seq=4b} "
	    "(5)xml={t=status st=active "
	    "(1)srcuuid=30313233343536373839616263646566 seq=4b}",
	    "both");
	for (size_t size = 0; size < 90; size++) {
		int rc;

		msg_init(&other, other_store, size);
		rc = msg_add_struct(&other, "inner", &m);
		if (rc == 0)
			break;
		CHECK_INT(rc, -ENOSPC, "store of %zu", size);
		CHECK_INT(other.count + other.store_used, 0, "store of %zu", size);
	}
}

/* ---- Reading ----------------------------------------------------------------------- */

static const struct {
	const char *text;
	int hex;
	uint64_t hex_want;
	int dec;
	int64_t dec_want;
	const char *why;
} number_cases[] = {
	{ "0", 0, 0, 0, 0, "zero" },
	{ "10", 0, 16, 0, 10, "two bases" },
	{ "4b", 0, 0x4b, -EINVAL, UNTOUCHED, "hex only" },
	{ "4B", 0, 0x4b, -EINVAL, UNTOUCHED, "upper case is read" },
	{ "ffffffffffffffff", 0, UINT64_MAX, -EINVAL, UNTOUCHED, "the largest" },
	{ "10000000000000000", -EINVAL, UNTOUCHED, 0, 10000000000000000, "a digit more" },
	{ "00000000000000000001", 0, 1, 0, 1, "leading zeros are no size" },
	{ "9223372036854775807", -EINVAL, UNTOUCHED, 0, INT64_MAX, "the largest" },
	{ "9223372036854775808", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "and one" },
	{ "99999999999999999999", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED,
	    "far too large" },
	{ "", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "nothing" },
	{ "-1", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "negative" },
	{ "+1", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "a sign" },
	{ " 1", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "a blank before" },
	{ "1 ", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "a blank behind" },
	{ "0x1", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "a prefix" },
	{ "1g", -EINVAL, UNTOUCHED, -EINVAL, UNTOUCHED, "no digit" },
};

static void
test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(number_cases); i++) {
		const char *text = number_cases[i].text;
		uint64_t hex = UNTOUCHED;
		int64_t dec = UNTOUCHED;

		msg_init(&m, store, sizeof(store));
		msg_add_str(&m, "n", text);
		CHECK_INT(msg_hex(&m, "n", &hex), number_cases[i].hex, "hex '%s'", text);
		CHECK_INT(hex, number_cases[i].hex_want, "hex '%s'", text);
		CHECK_INT(msg_dec(&m, "n", &dec), number_cases[i].dec, "dec '%s'", text);
		CHECK_INT(dec, number_cases[i].dec_want, "dec '%s'", text);
	}
}

static void
test_reading_refused(void)
{
	uint8_t uuid[16] = "untouched";
	uint64_t hex = UNTOUCHED;
	int64_t dec = UNTOUCHED;

	setup();
	msg_add(&m, MSG_BINARY, "short", "abc", 3);
	CHECK_INT(msg_hex(&m, "x", &hex), -ENOENT, "missing");
	CHECK_INT(msg_dec(&m, "x", &dec), -ENOENT, "missing");
	CHECK_INT(msg_hex(&m, "srcuuid", &hex), -EINVAL, "binary");
	CHECK_INT(msg_uuid(&m, "x", uuid), -ENOENT, "missing");
	CHECK_INT(msg_uuid(&m, "t", uuid), -EINVAL, "a string");
	CHECK_INT(msg_uuid(&m, "short", uuid), -EINVAL, "too short");
	CHECK(hex == UNTOUCHED && dec == UNTOUCHED, "numbers untouched");
	CHECK_STR((char *)uuid, "untouched", "uuid untouched");
	CHECK(!msg_find(&m, "T") && !msg_find(&m, "s") && !msg_find(&m, "stt"),
	    "names are compared whole and by case");
	CHECK(!msg_str(&m, "srcuuid"), "bytes are no text");
	CHECK_INT(msg_uuid(&m, "srcuuid", uuid), 0, "a uuid");
	CHECK(memcmp(uuid, "0123456789abcdef", 16) == 0, "its bytes");
}

static void
test_type(void)
{
	msg_init(&m, store, sizeof(store));
	CHECK_STR(msg_type(&m), "", "missing");
	msg_add(&m, MSG_BINARY, "t", "x", 1);
	CHECK_STR(msg_type(&m), "", "not a string");
	msg_set_str(&m, "t", "NS_st");
	CHECK_STR(msg_type(&m), "NS_st", "there");
}

static void
test_list(void)
{
	const uint8_t *item;
	struct msg_field broken;
	size_t pos = 0;

	msg_init(&m, store, sizeof(store));
	msg_add(&m, MSG_LIST, "l", TEXT("3:one,0:,9:two words,"));
	CHECK_INT(msg_list_next(&m.field[0], &pos, &item), 3, "the first");
	CHECK(memcmp(item, "one", 3) == 0, "its text");
	CHECK_INT(msg_list_next(&m.field[0], &pos, &item), 0, "an empty one");
	CHECK(item != NULL, "is there");
	CHECK_INT(msg_list_next(&m.field[0], &pos, &item), 9, "the last");
	CHECK(memcmp(item, "two words", 9) == 0, "its text");
	CHECK_INT(msg_list_next(&m.field[0], &pos, &item), 0, "the end");
	CHECK(item == NULL, "is nothing");
	broken = m.field[0];
	broken.len = 4;
	pos = 0;
	CHECK_INT(msg_list_next(&broken, &pos, &item), -EINVAL, "cut");
	broken.type = MSG_STRING;
	CHECK_INT(msg_list_next(&broken, &pos, &item), -EINVAL, "not a list");
}

/* ---- The line for logs ------------------------------------------------------------- */

static void
test_format(void)
{
	char small[16];

	msg_init(&m, store, sizeof(store));
	CHECK_STR(msg_format(&m, line, sizeof(line)), "", "nothing");
	msg_add_str(&m, "a", "one\ntwo\x01");
	msg_add_str(&m, "b", "");
	msg_add(&m, MSG_LIST, "l", "1:x,", 4);
	msg_add(&m, MSG_COMPRESSED, "c", "zzzz", 4);
	msg_add(&m, MSG_STRUCT, "s", TEXT(">>>\nx=y\n(1)u=AAH/\n<<<\n"));
	CHECK_STR(msg_format(&m, line, sizeof(line)),
	    "a=one\\ntwo\\x01 b=\"\" (3)l=1:x, (4)c=<4 bytes> (2)s={x=y (1)u=AAH/}",
	    "everything");
	CHECK_STR(msg_format(&m, small, sizeof(small)), "a=one\\ntwo\\x...", "cut");
	for (size_t size = 0; size < 80; size++) {
		memset(line, '#', sizeof(line));
		msg_format(&m, line, size);
		CHECK(line[size] == '#', "nothing behind %zu", size);
		CHECK(size == 0 || memchr(line, '\0', size), "ends within %zu", size);
	}
}

static const struct check_case cases[] = {
	{ "add", test_add },
	{ "add_numbers", test_add_numbers },
	{ "add_store_full", test_add_store_full },
	{ "add_table_full", test_add_table_full },
	{ "add_list_limit", test_add_list_limit },
	{ "set", test_set },
	{ "set_first", test_set_first },
	{ "set_refused", test_set_refused },
	{ "set_decoded", test_set_decoded },
	{ "remove", test_remove },
	{ "copy", test_copy },
	{ "add_child", test_add_child },
	{ "numbers", test_numbers },
	{ "reading_refused", test_reading_refused },
	{ "type", test_type },
	{ "list", test_list },
	{ "format", test_format },
};

CHECK_MAIN("message_fields", cases)
