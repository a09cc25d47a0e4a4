/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stonith/kit/login.h"
#include "stonith/kit/outlets.h"
#include "lib/array.h"
#include "tests/unit/check.h"
#include "tests/unit/device.h"

static struct device device;

static const struct {
	const char *text;
	enum outlet_state want;
	const char *why;
} states[] = {
	{ " On", OUTLET_ON, "a word" },
	{ "OFF   | ON", OUTLET_OFF, "the first of several" },
	{ "  Locked ON\tadmin", OUTLET_ON, "behind another" },
	{ "off*", OUTLET_OFF, "about to change" },
	{ "once offline on-hold", OUTLET_UNKNOWN, "parts of words" },
	{ "*", OUTLET_UNKNOWN, "nothing but a mark" },
	{ "", OUTLET_UNKNOWN, "nothing" },
};

static void
test_states(void)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		CHECK_INT(outlet_state_parse(states[i].text), states[i].want, "%s",
		    states[i].why);
}

static const struct {
	const char *text;
	size_t width;
	const char *name, *rest, *why;
} names[] = {
	{ "nodea     On", 10, "nodea", "On", "blanks behind it" },
	{ " node b   On", 10, "node b", "On", "and before, but not within" },
	{ "nodea", 10, "nodea", "", "a short line" },
	{ "a\x1b[2Jb\x7f", 10, "a?[2Jb?", "", "nothing that a terminal obeys" },
	{ "", 10, "", "", "none" },
	{ "          On", 10, "", "On", "an empty name" },
	{ "0123456789012345678901234567890123456789", 40,
	    "0123456789012345678901234567890", "", "too long" },
};

static void
test_names(void)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char name[OUTLET_NAME_MAX];

		CHECK_STR(outlet_name_parse(names[i].text, names[i].width, name),
		    names[i].rest, "%s", names[i].why);
		CHECK_STR(name, names[i].name, "%s", names[i].why);
	}
}

static const struct outlets table = {
	.outlet = { { 1, "Node1", OUTLET_ON }, { 2, "node10", OUTLET_OFF },
	    { 3, "nodeB", OUTLET_ON }, { 14, "NODEB", OUTLET_ON } },
	.count = 4,
};

static void
test_of_a_host(void)
{
	struct outlets of;
	char text[OUTLETS_TEXT_MAX];

	outlets_of(&table, "nodeb", &of);
	CHECK_STR(outlets_text(&of, "+", text), "3+14", "both, in order");
	outlets_of(&table, "node1", &of);
	CHECK_STR(outlets_text(&of, "+", text), "1", "whole names");
	outlets_of(&table, "node", &of);
	CHECK_STR(outlets_text(&of, "+", text), "", "nobody");
	device.hosts[0] = '\0';
	outlets_tell(&device, &table);
	CHECK_STR(device.hosts, "node1\nnode10\nnodeb\nnodeb\n", "all, in lower case");
}

static void
test_too_many(void)
{
	struct outlets all = { .count = 0 };

	device = (struct device){ .id = "unit" };
	for (unsigned i = 1; i <= OUTLETS_MAX + 1; i++)
		outlets_add(&device, &all, &(struct outlet){ .number = 4294967295U });
	CHECK_INT(all.count, OUTLETS_MAX, "no more");
	CHECK(strstr(device.log, "one too many") != NULL, "%.300s", device.log);
	char text[OUTLETS_TEXT_MAX];
	CHECK_INT(strlen(outlets_text(&all, ",", text)), OUTLETS_MAX * 11 - 1, "all fit");
}

/* A unit whose table is what TABLES says, one after the other. */
static struct outlets tables[4];
static int reads;

static int
read_table(void *session, struct outlets *all)
{
	(void)session;
	if (reads >= (int)ARRAY_LEN(tables))
		return S_OOPS;
	*all = tables[reads++];
	return S_OK;
}

static int
await(enum outlet_state want, bool known)
{
	static const struct outlets outlets = { .outlet = { { 3, "nodeb", OUTLET_ON } },
		.count = 1 };

	reads = 0;
	device = (struct device){ .id = "unit", .time_left_ms = 60000 };
	return outlets_await(&device, &outlets, want, known, 0, read_table, NULL);
}

static void
test_await(void)
{
	tables[0] = table;
	CHECK_INT(await(OUTLET_ON, true), S_OK, "it is on");
	CHECK_INT(await(OUTLET_OFF, true), S_RESETFAIL, "it is not off");
	CHECK_STR(device.log,
	    "2 unit: outlet 3 (nodeb) should be off, but the unit says: on\n", "told");
	tables[0].outlet[2].state = OUTLET_UNKNOWN;
	CHECK_INT(await(OUTLET_OFF, true), S_RESETFAIL, "nobody knows");
	CHECK_INT(await(OUTLET_OFF, false), S_OK, "the answer was all there is");
	CHECK(strstr(device.log, "does not tell") != NULL, "%.300s", device.log);
	tables[0] = table;
	strcpy(tables[0].outlet[2].name, "other");
	CHECK_INT(await(OUTLET_ON, true), S_RESETFAIL, "the number has another name now");
	tables[0].count = 0;
	CHECK_INT(await(OUTLET_ON, true), S_RESETFAIL, "it has gone from the table");
}

static void
test_words(void)
{
	static const struct {
		const char *value;
		bool want;
	} words[] = { { "secret", true }, { "with blank", true }, { "\303\244", true },
		{ "", false }, { "a\rb", false }, { "a\n", false }, { "\x1b", false },
		{ "\x7f", false } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		device = (struct device){ .params = { { "password", words[i].value } } };
		CHECK_INT(login_word_ok(&device, "password"), words[i].want, "row %zu",
		    i);
		CHECK(words[i].want || strstr(device.log, "password") != NULL, "%.300s",
		    device.log);
	}
}

static const struct check_case cases[] = {
	{ "states", test_states },
	{ "names", test_names },
	{ "of_a_host", test_of_a_host },
	{ "too_many", test_too_many },
	{ "await", test_await },
	{ "words", test_words },
};

CHECK_MAIN("stonith_outlets", cases)
