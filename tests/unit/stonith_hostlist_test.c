/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stonith/kit/hostlist.h"
#include "lib/array.h"
#include "tests/unit/check.h"
#include "tests/unit/device.h"

#include <stdlib.h>

static const struct {
	const char *text, *want, *why;
} lists[] = {
	{ "", "", "none" },
	{ " ,\t", "", "nothing but what stands between" },
	{ "a", "a\n", "one" },
	{ " nodeA\tnodeB\rnodeC\nnodeD\fnodeE,nodeF ",
	    "nodea\nnodeb\nnodec\nnoded\nnodee\nnodef\n",
	    "everything that may stand between, in lower case" },
	{ "a,,b , c", "a\nb\nc\n", "several between" },
	{ "N\303\204 x", "n\303\204\nx\n", "only ASCII is lowered" },
	{ "a\vb", "a\vb\n", "a vertical tab is none of them" },
};

static void
test_lists(void)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct device device = { 0 };

		CHECK_INT(hostlist_tell(&device, lists[i].text), S_OK, "%s",
		    lists[i].why);
		CHECK_STR(device.hosts, lists[i].want, "%s", lists[i].why);
	}
}

static void
test_too_long(void)
{
	struct device device = { 0 };
	char text[1024], host[8];
	const char *at = "short muchtoolong x";

	memset(text, 'x', sizeof(text) - 1);
	text[0] = 'a';
	text[1] = ' ';
	text[sizeof(text) - 1] = '\0';
	CHECK_INT(hostlist_tell(&device, text), S_BADCONFIG, "said so");
	CHECK_STR(device.hosts, "a\n", "those before it");
	CHECK(strstr(device.log, "longer than 255") != NULL, "%.300s", device.log);
	text[2 + HOSTLIST_NAME_MAX] = '\0';
	CHECK_INT(hostlist_tell(&device, text), S_BADCONFIG, "one too many");
	text[2 + HOSTLIST_NAME_MAX - 1] = '\0';
	CHECK_INT(hostlist_tell(&device, text), S_OK, "the longest");
	CHECK(hostlist_next(&at, host, sizeof(host)));
	CHECK_STR(host, "short", "fits");
	CHECK(!hostlist_next(&at, host, sizeof(host)), "does not");
	CHECK_STR(at, "muchtoolong x", "and stands there");
}

static const struct {
	const char *text, *host;
	bool want;
	const char *why;
} members[] = {
	{ "node1 node10", "node1", true, "itself" },
	{ "node10", "node1", false, "not the beginning of another" },
	{ "node1", "node10", false, "nor an end" },
	{ "node10,NODE1", "Node1", true, "any case" },
	{ "a b", "", false, "nobody" },
	{ "", "a", false, "none" },
	{ "a b", "a b", false, "one name at a time" },
};

static void
test_members(void)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		CHECK_INT(hostlist_has(members[i].text, members[i].host), members[i].want,
		    "%s", members[i].why);
}

static void
test_same_name(void)
{
	CHECK(host_is("Node1", "nODE1"));
	CHECK(host_is("", ""));
	CHECK(!host_is("node1", "node10"));
	CHECK(!host_is("node10", "node1"));
	CHECK(!host_is("a[", "a{"), "what differs by the same bit is no letter");
}

static const struct check_case cases[] = {
	{ "lists", test_lists },
	{ "too_long", test_too_long },
	{ "members", test_members },
	{ "same_name", test_same_name },
};

CHECK_MAIN("stonith_hostlist", cases)
