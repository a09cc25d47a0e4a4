/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields to bytes: the forms, which one is chosen, structs between the forms, buffers
 * that are too small.
 */
#include "heartbeat/message/message.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s) s, sizeof(s) - 1

static struct msg m, inner, back;
static struct msg_keys keys;
static char store[8192], inner_store[4096], line[8192], want_line[8192];
static uint8_t out[MSG_WIRE_MAX];

static void
setup(void)
{
	memset(&keys, 0, sizeof(keys));
	keys.key[1].auth = MSG_AUTH_CRC;
	keys.current = 1;
	msg_init(&m, store, sizeof(store));
	msg_init(&inner, inner_store, sizeof(inner_store));
}

/* ---- Bytes ------------------------------------------------------------------------- */

/* The worked example of the wire format: a status message signed with crc. */
static const char example[] =
    "###\n11:(0)t=status,10:(0)st=init,10:(0)dt=1f40,13:(0)protocol=1,12:(0)src=alpha,"
    "27:(1)srcuuid=\xfa\x68\x39\x5e\x4a\xc3\x48\x1c\x82\xff\xa9\xfa\x91\xe0\x04\xd2,"
    "8:(0)seq=1,14:(0)hg=6b0073eb,14:(0)ts=6b0073ea,29:(0)ld=1.85 1.20 0.60 2/257 37,"
    "8:(0)ttl=3,18:(0)auth=1 3663a184,%%%\n10:1 d66d6d0c,";

static void
example_fill(void)
{
	setup();
	msg_add_str(&m, "t", "status");
	msg_add_str(&m, "st", "init");
	msg_add_hex(&m, "dt", 8000);
	msg_add_dec(&m, "protocol", 1);
	msg_add_str(&m, "src", "alpha");
	msg_add(&m, MSG_BINARY, "srcuuid",
	    "\xfa\x68\x39\x5e\x4a\xc3\x48\x1c\x82\xff\xa9\xfa\x91\xe0\x04\xd2", 16);
	msg_add_hex(&m, "seq", 1);
	msg_add_hex(&m, "hg", 0x6b0073eb);
	msg_add_hex(&m, "ts", 0x6b0073ea);
	msg_add_str(&m, "ld", "1.85 1.20 0.60 2/257 37");
	msg_add_dec(&m, "ttl", 3);
}

static void
test_example(void)
{
	struct msg_style style = { .form = MSG_NETSTRING_AUTH, .keys = &keys };
	ssize_t n;

	example_fill();
	n = msg_encode(&m, &style, out, sizeof(out));
	CHECK_INT(n, sizeof(example) - 1, "its length");
	CHECK(n > 0 && memcmp(out, example, (size_t)n) == 0, "its bytes");
}

static const struct {
	enum msg_form form;
	bool is_signed;
	const char *want;
	size_t len;
	const char *why;
} form_cases[] = {
	{ MSG_CLASSIC, false,
	    TEXT(">>>\na=b\x13"
	         "c\n(1)u=AAH/\n<<<\n\0"),
	    "classic" },
	{ MSG_SERIAL, false,
	    TEXT(">>>\na=b\x13"
	         "c\n(1)u=AAH/\n<<<\n"),
	    "no NUL" },
	{ MSG_NETSTRING, false, TEXT("###\n8:(0)a=b\nc,8:(1)u=\0\1\xff,%%%\n"), "raw" },
	{ MSG_NETSTRING_AUTH, false, TEXT("###\n8:(0)a=b\nc,8:(1)u=\0\1\xff,%%%\n"),
	    "nothing to sign" },
	{ MSG_CLASSIC, true,
	    TEXT(">>>\na=b\x13"
	         "c\n(1)u=AAH/\nauth=1 b32ec79f\n<<<\n\0"),
	    "auth field" },
	{ MSG_SERIAL, true,
	    TEXT(">>>\na=b\x13"
	         "c\n(1)u=AAH/\nauth=1 b32ec79f\n<<<\n"),
	    "auth field" },
	{ MSG_NETSTRING, true,
	    TEXT("###\n8:(0)a=b\nc,8:(1)u=\0\1\xff,%%%\n10:1 dfd54825,"), "trailer" },
	{ MSG_NETSTRING_AUTH, true,
	    TEXT("###\n8:(0)a=b\nc,8:(1)u=\0\1\xff,18:(0)auth=1 b32ec79f,%%%\n"
	         "10:1 6e7c88c8,"),
	    "both" },
};

static void
test_forms(void)
{
	for (size_t i = 0; i < ARRAY_LEN(form_cases); i++) {
		struct msg_style style = { .form = form_cases[i].form };
		ssize_t n;

		setup();
		msg_add_str(&m, "a", "b\nc");
		msg_add(&m, MSG_BINARY, "u", "\0\1\xff", 3);
		style.keys = form_cases[i].is_signed ? &keys : NULL;
		n = msg_encode(&m, &style, out, sizeof(out));
		CHECK_INT(n, form_cases[i].len, "row %zu, %s", i, form_cases[i].why);
		CHECK(n == (ssize_t)form_cases[i].len &&
		          memcmp(out, form_cases[i].want, (size_t)n) == 0,
		    "row %zu, %s: %.200s", i, form_cases[i].why, (char *)out);
	}
}

/* Structs and compressed fields leave in netstrings, except on a serial line. */
static void
test_forms_chosen(void)
{
	static const struct {
		enum msg_form form;
		char want;
	} rows[] = { { MSG_CLASSIC, '#' }, { MSG_NETSTRING, '#' },
		{ MSG_NETSTRING_AUTH, '#' }, { MSG_SERIAL, '>' } };
	static const enum msg_field_type types[] = { MSG_STRUCT, MSG_TO_COMPRESS,
		MSG_COMPRESSED };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t t = 0; t < ARRAY_LEN(types); t++) {
			struct msg_style style = { .form = rows[i].form, .keys = &keys };
			ssize_t n;

			setup();
			msg_add(&m, types[t], "s", TEXT(">>>\na=b\n<<<\n"));
			n = msg_encode(&m, &style, out, sizeof(out));
			CHECK(n > 0 && out[0] == rows[i].want, "row %zu type %zu", i, t);
			CHECK(n > 0 && !memmem(out, (size_t)n, "(5)", 3), "5 is local");
			CHECK((memmem(out, (size_t)n, "auth=", 5) != NULL) ==
			          (rows[i].want == '>'),
			    "row %zu type %zu", i, t);
		}
}

/* ---- Sizes ------------------------------------------------------------------------- */

static void
test_too_small(void)
{
	static const enum msg_form forms[] = { MSG_CLASSIC, MSG_NETSTRING,
		MSG_NETSTRING_AUTH, MSG_SERIAL };

	for (size_t f = 0; f < ARRAY_LEN(forms); f++)
		for (int with_keys = 0; with_keys < 2; with_keys++) {
			struct msg_style style = { .form = forms[f],
				.keys = with_keys ? &keys : NULL };
			ssize_t need;

			example_fill();
			msg_add_struct(&inner, "s", &m);
			if (forms[f] == MSG_SERIAL)
				msg_add_struct(&m, "s", &inner);
			need = msg_encode(&m, &style, out, sizeof(out));
			CHECK(need > 0, "form %zu", f);
			for (size_t size = 0; size <= (size_t)need; size++) {
				uint8_t *small = malloc(size ? size : 1);
				ssize_t n = msg_encode(&m, &style, small, size);

				CHECK_INT(n, size < (size_t)need ? -EMSGSIZE : need,
				    "form %zu size %zu", f, size);
				free(small);
			}
		}
}

static void
test_wire_max(void)
{
	static char text[MSG_WIRE_MAX], large[MSG_WIRE_MAX + 64], buf[MSG_WIRE_MAX + 64];
	struct msg_style style = { .form = MSG_CLASSIC };

	memset(text, 'x', sizeof(text));
	msg_init(&m, large, sizeof(large));
	msg_add(&m, MSG_STRING, "a", text, MSG_WIRE_MAX - 12);
	CHECK_INT(msg_encode(&m, &style, (uint8_t *)buf, sizeof(buf)), MSG_WIRE_MAX,
	    "as long as allowed");
	msg_init(&m, large, sizeof(large));
	msg_add(&m, MSG_STRING, "a", text, MSG_WIRE_MAX - 11);
	CHECK_INT(msg_encode(&m, &style, (uint8_t *)buf, sizeof(buf)), -EMSGSIZE,
	    "one more, though there is room");
}

/* The auth field has to fit into the receiver's table as well. */
static void
test_full_table(void)
{
	struct msg_style style = { .form = MSG_NETSTRING_AUTH, .keys = &keys };

	setup();
	for (int i = 0; i < MSG_FIELD_MAX; i++)
		msg_add_str(&m, "a", "b");
	CHECK_INT(msg_encode(&m, &style, out, sizeof(out)), -EMSGSIZE,
	    "no place for auth");
	style.form = MSG_NETSTRING;
	CHECK(msg_encode(&m, &style, out, sizeof(out)) > 0, "none needed");
	m.count--;
	msg_set_str(&m, "auth", "1 old");
	style.form = MSG_CLASSIC;
	CHECK(msg_encode(&m, &style, out, sizeof(out)) > 0, "the old one makes place");
}

/* ---- Structs ----------------------------------------------------------------------- */

/* Encodes M, decodes that, and leaves the two as lines; false when it is refused. */
static bool
round_trip(enum msg_form form)
{
	struct msg_style style = { .form = form };
	ssize_t n = msg_encode(&m, &style, out, sizeof(out));

	if (n < 0)
		return false;
	msg_init(&back, NULL, 0);
	if (msg_decode(&back, out, (size_t)n, NULL, NULL, 0, NULL) != MSG_DROP_NONE)
		return false;
	msg_format(&m, want_line, sizeof(want_line));
	msg_format(&back, line, sizeof(line));
	return true;
}

/* LEVELS structs, one in the other, each with one of everything. */
static void
nest(unsigned levels)
{
	static char stores[2][16384];
	static struct msg a, b;
	struct msg *from = &a, *to = &b;

	msg_init(from, stores[0], sizeof(stores[0]));
	msg_add_str(from, "deepest", "yes");
	for (unsigned i = 0; i < levels; i++) {
		struct msg *swap = from;

		msg_init(to, stores[(i + 1) % 2], sizeof(stores[0]));
		msg_add_dec(to, "level", (int64_t)i);
		msg_add(to, MSG_LIST, "l", TEXT("3:one,0:,"));
		CHECK_INT(msg_add_struct(to, "s", from), 0, "level %u", i);
		from = to;
		to = swap;
	}
	setup();
	msg_copy(&m, from);
}

static void
test_depths(void)
{
	static char copy[sizeof(line)];

	for (unsigned levels = 1; levels <= MSG_DEPTH_MAX; levels++) {
		nest(levels);
		CHECK(round_trip(MSG_NETSTRING), "%u levels", levels);
		CHECK_STR(line, want_line, "%u levels in netstrings", levels);
		CHECK(round_trip(MSG_SERIAL), "%u levels", levels);
		CHECK_STR(line, want_line, "%u levels in classic text", levels);
		/* And from classic text with its symbols into both forms. */
		memcpy(copy, want_line, sizeof(copy));
		setup();
		msg_copy(&m, &back);
		CHECK(round_trip(MSG_NETSTRING), "%u levels", levels);
		CHECK_STR(line, copy, "%u levels from classic text", levels);
		CHECK(round_trip(MSG_SERIAL), "%u levels", levels);
		CHECK_STR(line, copy, "%u levels from classic text to classic text",
		    levels);
	}
	nest(MSG_DEPTH_MAX);
	msg_init(&inner, inner_store, sizeof(inner_store));
	CHECK_INT(msg_add_struct(&inner, "s", &m), -EINVAL, "one level more");
	CHECK_INT(inner.count, 0, "is not added");
}

/* A struct that came one level deep moves one deeper: its symbols change. */
static void
test_symbols(void)
{
	struct msg_style style = { .form = MSG_SERIAL };
	static const char want[] =
	    ">>>\n(2)out=>>>\x14(2)s=>>>\x15x=y\x13z\x15(1)u=AAH/\x15"
	    "<<<\x15\x14<<<\x14\n<<<\n";
	ssize_t n;

	setup();
	msg_add(&inner, MSG_STRUCT, "s", TEXT(">>>\x14x=y\x13z\x14(1)u=AAH/\x14<<<\x14"));
	msg_add_struct(&m, "out", &inner);
	CHECK_STR(msg_format(&m, line, sizeof(line)),
	    "(2)out={(2)s={x=y\\nz (1)u=0001ff}}", "inside it is netstrings");
	n = msg_encode(&m, &style, out, sizeof(out));
	CHECK(n == sizeof(want) - 1 && memcmp(out, want, sizeof(want) - 1) == 0, "%.200s",
	    (char *)out);
}

static void
test_symbol_in_string(void)
{
	static const struct {
		const char *value;
		int serial;
		const char *why;
	} rows[] = {
		{ "a\x14z", -EINVAL, "ends a line of the outer struct" },
		{ "a\x15z", -EINVAL, "ends a line of the inner struct" },
		{ "a\x16z", 1, "the symbol of no struct around it" },
		{ "a\nz", 1, "becomes 0x13" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct msg_style style = { .form = MSG_SERIAL };
		static char deepest_store[256];
		static struct msg deepest;
		ssize_t n;

		setup();
		msg_init(&deepest, deepest_store, sizeof(deepest_store));
		msg_add_str(&deepest, "a", rows[i].value);
		msg_add_struct(&inner, "in", &deepest);
		msg_add_struct(&m, "out", &inner);
		n = msg_encode(&m, &style, out, sizeof(out));
		CHECK_INT(n < 0 ? n : 1, rows[i].serial, "%s", rows[i].why);
		CHECK(round_trip(MSG_NETSTRING), "netstrings do not care: %s",
		    rows[i].why);
		CHECK_STR(line, want_line, "%s", rows[i].why);
	}
}

static const struct check_case cases[] = {
	{ "example", test_example },
	{ "forms", test_forms },
	{ "forms_chosen", test_forms_chosen },
	{ "too_small", test_too_small },
	{ "wire_max", test_wire_max },
	{ "full_table", test_full_table },
	{ "depths", test_depths },
	{ "symbols", test_symbols },
	{ "symbol_in_string", test_symbol_in_string },
};

CHECK_MAIN("message_encode", cases)
