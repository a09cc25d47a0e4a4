/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct ha_msg: what programs see in the arrays, and the encoded forms. */
#include "heartbeat/libhbclient/fields.h"
#include "lib/array.h"
#include "tests/unit/check.h"

static void
test_arrays(void)
{
	struct ha_msg *msg = ha_msg_new(3);

	CHECK_INT(msg->nalloc, 30, "room at the beginning");
	for (int i = 0; i < 35; i++)
		CHECK_INT(ha_msg_add_int(msg, "n", i), HA_OK, "field %d", i);
	CHECK_INT(msg->nfields, 35, "how many");
	CHECK_INT(msg->nalloc, 60, "grown");
	CHECK_STR(msg->names[34], "n", "name");
	CHECK_INT(msg->nlens[34], 1, "length of the name");
	CHECK_STR(msg->values[34], "34", "value");
	CHECK_INT(msg->vlens[34], 2, "length of the value");
	CHECK_INT(msg->types[34], FT_STRING, "type");
	CHECK_STR(cl_get_string(msg, "n"), "0", "the first of a name is found");
	ha_msg_del(msg);
	ha_msg_del(NULL);
}

static void
test_texts(void)
{
	struct ha_msg *msg = ha_msg_new(0);
	unsigned long ul;
	int i = 99;

	CHECK_INT(ha_msg_add(msg, "e", ""), HA_OK, "an empty value");
	CHECK_INT(ha_msg_add(msg, "", "x"), HA_FAIL, "an empty name");
	CHECK_INT(ha_msg_add(msg, "a", NULL), HA_FAIL, "no value");
	CHECK_INT(ha_msg_add(msg, NULL, "x"), HA_FAIL, "no name");
	CHECK_INT(ha_msg_add(NULL, "a", "x"), HA_FAIL, "no message");
	CHECK_INT(ha_msg_add(msg, "a=b", "x"), HA_FAIL, "a name that cannot be written");
	CHECK_INT(ha_msg_add(msg, "(1)q", "x"), HA_FAIL, "nor this");
	CHECK_INT(cl_msg_modstring(msg, "d", "four"), HA_OK, "a new one");
	CHECK_INT(ha_msg_mod(msg, "d", "5"), HA_OK, "changed");
	CHECK_INT(msg->nfields, 2, "and no more of them");
	CHECK_INT(ha_msg_value_int(msg, "d", &i), HA_OK, "a number");
	CHECK_INT(i, 5, "its value");
	CHECK_INT(ha_msg_value_int(msg, "none", &i), HA_FAIL, "none");
	CHECK_INT(i, 5, "untouched");
	CHECK_INT(ha_msg_add_ul(msg, "u", 77777777777ul), HA_OK, "a long one");
	CHECK_INT(ha_msg_value_ul(msg, "u", &ul), HA_OK, "read");
	CHECK_INT(ul, 77777777777, "its value");
	CHECK_INT(ha_msg_nadd(msg, "nameX", 4, "valueX", 5), HA_OK, "pieces of texts");
	CHECK_STR(ha_msg_value(msg, "name"), "value", "their beginning");
	CHECK_INT(cl_msg_remove(msg, "d"), HA_OK, "taken away");
	CHECK_INT(cl_msg_remove(msg, "d"), HA_FAIL, "is gone");
	CHECK_INT(cl_msg_remove_value(msg, cl_get_string(msg, "e")), HA_OK,
	    "by its value");
	CHECK_STR(msg->names[0], "u", "the rest has moved up");
	ha_msg_del(msg);
}

static void
test_bytes(void)
{
	struct ha_msg *msg = ha_msg_new(0);
	cl_uuid_t uuid = { { 1, 2, 3 } }, back;
	const uint8_t *bytes;
	size_t len;

	ha_msg_addbin(msg, "b", "\0\1\2", 3);
	bytes = cl_get_binary(msg, "b", &len);
	CHECK_INT(len, 3, "length");
	CHECK_INT(bytes[2], 2, "bytes");
	CHECK(cl_get_string(msg, "b") == NULL, "no text");
	CHECK_INT(cl_get_type(msg, "b"), FT_BINARY, "type");
	CHECK_INT(cl_get_type(msg, "none"), -1, "type of none");
	CHECK_INT(cl_get_uuid(msg, "b", &back), HA_FAIL, "too short for a uuid");
	ha_msg_adduuid(msg, "u", &uuid);
	CHECK_INT(cl_get_uuid(msg, "u", &back), HA_OK, "a uuid");
	CHECK(memcmp(&uuid, &back, 16) == 0, "its bytes");
	uuid.uuid[15] = 9;
	CHECK_INT(cl_msg_moduuid(msg, "u", &uuid), HA_OK, "changed");
	CHECK_INT(msg->nfields, 2, "in its place");
	ha_msg_del(msg);
}

static void
test_lists(void)
{
	struct ha_msg *msg = ha_msg_new(0);
	int in[3] = { 1, -2, 3 }, out[3];
	GHashTable *table;
	size_t count;

	CHECK_INT(cl_msg_add_list_str(msg, "l", (char *[]){ "one", "two words" }, 2),
	    HA_OK, "texts");
	CHECK_INT(msg->vlens[0], 18, "the length of the packed form");
	CHECK(((GList *)msg->values[0]) == cl_msg_get_list(msg, "l"),
	    "the value is a GList");
	CHECK_INT(cl_msg_list_length(msg, "l"), 2, "length");
	CHECK_STR(cl_msg_list_nth_data(msg, "l", 1), "two words", "one of them");
	CHECK_INT(cl_msg_list_add_string(msg, "l", "three"), HA_OK, "one more");
	CHECK_INT(cl_msg_list_length(msg, "l"), 3, "now three");
	CHECK_INT(cl_msg_list_length(msg, "none"), -1, "no list");
	CHECK_INT(cl_msg_list_add_string(msg, "new", "x"), HA_OK, "a list of one");
	CHECK_INT(cl_msg_add_list_int(msg, "i", in, 3), HA_OK, "numbers");
	count = 2;
	CHECK_INT(cl_msg_get_list_int(msg, "i", out, &count), HA_FAIL, "too small");
	CHECK_INT(count, 3, "says how many there are");
	CHECK_INT(cl_msg_get_list_int(msg, "i", out, &count), HA_OK, "large enough");
	CHECK(memcmp(in, out, sizeof(in)) == 0, "the same numbers");
	table = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_insert(table, "k", "v");
	CHECK_INT(ha_msg_add_str_table(msg, "t", table), HA_OK, "a table");
	g_hash_table_destroy(table);
	table = ha_msg_value_str_table(msg, "t");
	CHECK_STR(g_hash_table_lookup(table, "k"), "v", "its entry");
	g_hash_table_destroy(table);
	ha_msg_del(msg);
}

static struct ha_msg *
rich_msg(void)
{
	struct ha_msg *msg = ha_msg_new(0), *kid = ha_msg_new(0), *inner = ha_msg_new(0);

	ha_msg_add(inner, "deep", "line\nline");
	ha_msg_addbin(inner, "raw", "\0\n\377", 3);
	ha_msg_add(kid, "a", "1");
	ha_msg_addstruct(kid, "inner", inner);
	ha_msg_add(msg, F_TYPE, "rich");
	ha_msg_addstruct(msg, "kid", kid);
	ha_msg_addstruct_compress(msg, "ckid", kid);
	cl_msg_add_list_str(msg, "l", (char *[]){ "one", "", "two" }, 3);
	ha_msg_addbin(msg, "empty", "", 0);
	ha_msg_del(inner);
	ha_msg_del(kid);
	return msg;
}

static void
rich_check(struct ha_msg *msg, const char *how)
{
	struct ha_msg *kid = cl_get_struct(msg, "kid"), *inner;

	CHECK_INT(msg->nfields, 5, "%s: all fields", how);
	CHECK(kid != NULL, "%s: the struct", how);
	CHECK_STR(cl_get_string(kid, "a"), "1", "%s: in the struct", how);
	inner = cl_get_struct(kid, "inner");
	CHECK_STR(cl_get_string(inner, "deep"), "line\nline", "%s: two deep", how);
	CHECK_INT(cl_get_type(msg, "ckid"), FT_UNCOMPRESS, "%s: type", how);
	CHECK(cl_get_struct(msg, "ckid") != NULL, "%s: the struct to be compressed", how);
	CHECK_INT(cl_msg_list_length(msg, "l"), 3, "%s: list", how);
}

static void
test_forms(void)
{
	struct ha_msg *msg = rich_msg(), *copy, *back;
	size_t len;
	char *bytes;

	rich_check(msg, "made");
	copy = ha_msg_copy(msg);
	rich_check(copy, "copied");
	bytes = msg2wirefmt(copy, &len);
	CHECK(bytes && memcmp(bytes, "###\n", 4) == 0,
	    "netstrings, because of the struct");
	back = wirefmt2msg(bytes, len, 0);
	rich_check(back, "there and back");
	ha_msg_del(back);
	for (size_t cut = 0; cut + 1 < len; cut++) {
		back = wirefmt2msg(bytes, cut, 0);
		CHECK(back == NULL, "cut at %zu", cut);
		ha_msg_del(back);
	}
	free(bytes);
	ha_msg_del(copy);
	ha_msg_del(msg);
	msg = ha_msg_new(0);
	ha_msg_add(msg, "t", "x");
	bytes = msg2wirefmt(msg, &len);
	CHECK_STR(bytes, ">>>\nt=x\n<<<\n", "classic");
	CHECK_INT(len, 13, "with its NUL");
	free(bytes);
	ha_msg_del(msg);
}

static void
test_depth(void)
{
	struct ha_msg *msg = ha_msg_new(0);
	size_t len;
	char *bytes;

	ha_msg_add(msg, "a", "b");
	for (int i = 0; i < 40; i++) {
		struct ha_msg *outer = ha_msg_new(0);

		ha_msg_addstruct(outer, "s", msg);
		ha_msg_del(msg);
		msg = outer;
	}
	bytes = msg2wirefmt(msg, &len);
	CHECK(bytes == NULL, "too deep to be sent");
	free(bytes);
	ha_msg_del(msg);
}

/* As it comes from another node: the child in classic text, compressed with zlib. */
static void
test_compressed(void)
{
	static const char bytes[] = "###\n10:(0)t=compr,30:(4)kid="
	                            "\x78\x9c\xb3\xb3\xb3\xe3\x4a\xb4\x35\x1c\x78\xc0"
	                            "\x65\x63\x63\xc3\xc5\x00\x00\xd3\xa1\x1b\x3e,"
	                            "30:(0)_compression_algorithm=zlib,%%%\n";
	struct ha_msg *msg = wirefmt2msg(bytes, sizeof(bytes) - 1, 0), *kid;

	CHECK(msg != NULL, "read");
	CHECK_INT(cl_get_type(msg, "kid"), FT_COMPRESS,
	    "not expanded before it is asked for");
	kid = cl_get_struct(msg, "kid");
	CHECK(kid != NULL, "expanded");
	CHECK_INT(strspn(cl_get_string(kid, "a"), "1"), 131, "its text");
	CHECK(cl_get_struct(msg, "kid") == kid, "once");
	ha_msg_del(msg);
}

int
main(void)
{
	static const struct check_case cases[] = {
		{ "arrays", test_arrays },
		{ "texts", test_texts },
		{ "bytes", test_bytes },
		{ "lists", test_lists },
		{ "forms", test_forms },
		{ "depth", test_depth },
		{ "compressed", test_compressed },
	};

	return check_main("hbclient_fields", cases, ARRAY_LEN(cases));
}
