/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat/media/media.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>

/* text: a part of the new text; NULL = accepted.  offset: of the word at fault. */
static const struct {
	const char *directive, *args;
	const char *legacy, *text;
	size_t offset;
	const char *why;
} parse_cases[] = {
	{ "bcast", "eth0", "", NULL, 0, "the plain form" },
	{ "bcast", "eth0:1", "", NULL, 0, "an alias" },
	{ "bcast", "", "", "bcast needs an interface", 0,
	    "no argument does nothing in the old one" },
	{ "bcast", "averylonginterface", "", "cannot be the name of an interface", 0,
	    "16 bytes" },
	{ "bcast", "../x", "", "cannot be the name of an interface", 0, "no path" },
	{ "mcast", "eth0 239.0.0.43 694 1 0", "", NULL, 0, "the plain form" },
	{ "mcast", "\teth0  224.0.0.1 65535 4\t1 \r", "", NULL, 0, "any blanks" },
	{ "mcast", "", "mcast device [] is invalid or not set up properly",
	    "misses its interface", 0, "nothing" },
	{ "mcast", "eth0", "mcast [eth0] missing mcast address", "misses its group", 4,
	    "no group" },
	{ "mcast", "eth0 239.0.0.43 ", "mcast [eth0] missing port", "misses its port", 16,
	    "no port" },
	{ "mcast", "eth0 239.0.0.43 694", "mcast [eth0] missing ttl", "misses its ttl",
	    19, "no ttl" },
	{ "mcast", "eth0 239.0.0.43 694 1", "mcast [eth0] missing loop",
	    "misses its loop", 21, "no loop" },
	{ "mcast", "eth0 10.0.0.1 694 1 0", "mcast [eth0] bad addr [10.0.0.1]",
	    "224.0.0.0 to 239.255.255.255", 5, "no group" },
	{ "mcast", "eth0 223.255.255.255 694 1 0",
	    "mcast [eth0] bad addr [223.255.255.255]", "no multicast group", 5,
	    "just below" },
	{ "mcast", "eth0 240.0.0.0 694 1 0", "mcast [eth0] bad addr [240.0.0.0]",
	    "no multicast group", 5, "just above" },
	{ "mcast", "eth0 239.0.0.43 0 1 0", " mcast [eth0] bad port [0]", "1 to 65535",
	    16, "port 0" },
	{ "mcast", "eth0 239.0.0.43 65536 1 0", " mcast [eth0] bad port [65536]",
	    "1 to 65535", 16, "port 65536" },
	{ "mcast", "eth0 239.0.0.43 694x 1 0", " mcast [eth0] bad port [694x]",
	    "1 to 65535", 16, "all of it is a number" },
	{ "mcast", "eth0 239.0.0.43 694 5 0", " mcast [eth0] bad ttl [5]", "0 to 4", 20,
	    "ttl 5" },
	{ "mcast", "eth0 239.0.0.43 694 -1 0", " mcast [eth0] bad ttl [-1]", "0 to 4", 20,
	    "ttl -1" },
	{ "mcast", "eth0 239.0.0.43 694 1 2", " mcast [eth0] bad loop [2]", "0, or 1", 22,
	    "loop 2" },
	{ "mcast6", "eth0 ff02::43 694 1 0", "", NULL, 0, "link scope" },
	{ "mcast6", "eth0 ff18::43 694 4 1", "", NULL, 0, "organisation, transient" },
	{ "mcast6", "eth0 ff01::43 694 1 0", " mcast6 [eth0] bad addr [ff01::43]",
	    "no usable group", 5, "scope of the machine" },
	{ "mcast6", "eth0 ff0e::43 694 1 0", " mcast6 [eth0] bad addr [ff0e::43]",
	    "no usable group", 5, "the whole world" },
	{ "mcast6", "eth0 ff32::43 694 1 0", " mcast6 [eth0] bad addr [ff32::43]",
	    "no usable group", 5, "flags 3" },
	{ "mcast6", "eth0 fe80::1 694 1 0", " mcast6 [eth0] bad addr [fe80::1]",
	    "no usable group", 5, "a host" },
	{ "mcast6", "eth0 ff02::43 694 5 0", " mcast6 [eth0] bad hops [5]", "0 to 4", 18,
	    "hops" },
	{ "mcast6", "eth0", "mcast6 [eth0] missing mcast6 address", "misses its group", 4,
	    "no group" },
	{ "ucast", "eth0 10.0.0.2", "", NULL, 0, "the plain form" },
	{ "ucast", "eth0 nodeb.example", "", NULL, 0, "a name is looked up later" },
	{ "ucast", "", "", "ucast needs an interface and a peer", 0,
	    "the old one crashes" },
	{ "ucast", "eth0", "ucast: [eth0] missing target IP address/hostname",
	    "misses its peer", 4, "no peer" },
	{ "ucast6", "eth0 fe80::2", "", NULL, 0, "link-local" },
	{ "ucast6", "eth0 fe80::2%eth0", "", NULL, 0, "with a scope" },
	{ "ucast6", "eth0 fd00::2", "", NULL, 0, "unique local" },
	{ "ucast6", "eth0", "ucast6 [eth0] missing ucast6 address", "misses its peer", 4,
	    "no peer" },
	{ "serial", "/dev/ttyS0", "", NULL, 0, "a port" },
	{ "serial", "", "", "serial needs a port", 0, "none" },
	{ "serial", "ttyS0",
	    "Serial port not full pathname [ttyS0] in config file\n"
	    "Illegal serial [serial ring] in config file [ttyS0]",
	    "absolute path", 0, "as the old one" },
	{ "ping", "10.0.0.1", "", NULL, 0, "the host is the node" },
	{ "ping", "", "", "ping needs a host", 0, "no host" },
	{ "ping", "gateway\xc3\xa4", "", "cannot be the name of a node", 0, "not ASCII" },
	{ "ping6", "fe80::1%eth0", "", NULL, 0, "with its interface" },
	{ "ping_group", "g 10.0.0.1 10.0.0.2", "", NULL, 0, "the plain form" },
	{ "ping_group", "g", "", "at least one host", 1, "no host" },
	{ "ping_group", "", "", "at least one host", 0, "no name" },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < ARRAY_LEN(parse_cases); i++) {
		struct media_refusal why;
		struct media_spec spec;
		int want = parse_cases[i].text ? -EINVAL : 0;

		CHECK_INT(media_parse(parse_cases[i].directive, parse_cases[i].args,
		              &spec, &why),
		    want, "%s %s: %s", parse_cases[i].directive, parse_cases[i].args,
		    parse_cases[i].why);
		CHECK_STR(why.legacy, parse_cases[i].legacy, "%s %s",
		    parse_cases[i].directive, parse_cases[i].args);
		CHECK_INT(why.offset, parse_cases[i].offset, "%s %s",
		    parse_cases[i].directive, parse_cases[i].args);
		if (parse_cases[i].text)
			CHECK(strstr(why.text, parse_cases[i].text) != NULL,
			    "%s %s: %.200s", parse_cases[i].directive,
			    parse_cases[i].args, why.text);
		else
			CHECK_STR(why.text, "", "%s %s", parse_cases[i].directive,
			    parse_cases[i].args);
	}
}

static void
test_parse_values(void)
{
	struct media_spec spec = { .device = "untouched" };
	struct sockaddr_in *to4 = (struct sockaddr_in *)&spec.to;
	struct sockaddr_in6 *to6 = (struct sockaddr_in6 *)&spec.to;
	struct media_refusal why;

	CHECK(media_parse("mcast", "eth0 1 2", &spec, NULL) < 0);
	CHECK_STR(spec.device, "untouched", "a refusal leaves the spec alone");
	CHECK_INT(media_parse("mcast", "eth1 239.1.2.3 694 3 1", &spec, &why), 0,
	    "mcast");
	CHECK_STR(spec.device, "eth1", "device");
	CHECK_STR(inet_ntoa(to4->sin_addr), "239.1.2.3", "group");
	CHECK(spec.port == 694 && spec.ttl == 3 && spec.loop);
	CHECK_STR(spec.kind->directive, "mcast", "kind");
	CHECK_INT(media_parse("ucast", "eth1 10.0.0.2", &spec, &why), 0, "ucast");
	CHECK_STR(inet_ntoa(to4->sin_addr), "10.0.0.2", "peer");
	CHECK_INT(spec.port, 0, "udpport is told at open");
	CHECK_INT(media_parse("ucast", "eth1 nodeb", &spec, &why), 0, "a name");
	CHECK_INT(spec.to.ss_family, 0, "not resolved yet");
	CHECK_STR(spec.host, "nodeb", "host");
	CHECK_INT(media_parse("ucast6", "eth1 fd00::2%eth1", &spec, &why), 0, "ucast6");
	CHECK(to6->sin6_addr.s6_addr[0] == 0xfd && to6->sin6_addr.s6_addr[15] == 2);
}

static void
test_words_behind_are_told(void)
{
	struct media_refusal why;
	struct media_spec spec;

	CHECK_INT(media_parse("ucast", "eth0 10.0.0.2 10.0.0.3", &spec, &why), 0,
	    "accepted");
	CHECK_STR(why.text, "'10.0.0.3' is ignored: one peer per line", "but told");
	CHECK_INT(why.offset, 14, "where");
	CHECK_INT(media_parse("mcast", "eth0 239.0.0.43 694 1 0 x", &spec, &why), 0,
	    "accepted");
	CHECK_STR(why.text, "'x' is ignored", "but told");
}

static void
test_unknown_and_long(void)
{
	static char word[4096];
	struct media_refusal why;
	struct media_spec spec;

	CHECK_INT(media_parse("carrier-pigeon", "x", &spec, &why), -ENOENT, "no medium");
	memset(word, 'x', sizeof(word) - 1);
	CHECK_INT(media_parse("ucast", word, &spec, &why), -EINVAL, "a very long word");
	for (size_t i = 0; i + 1 < sizeof(word); i++)
		word[i] = i % 2 ? ' ' : 'x';
	CHECK_INT(media_parse("ucast", word, &spec, &why), 0, "very many words");
}

static void
test_kinds(void)
{
	static const char *const now[] = { "bcast", "mcast", "ucast", "mcast6", "ucast6",
		"serial", "ping", "ping6", "ping_group" };
	struct media_refusal why;
	struct media_spec spec;
	struct media m;
	struct err err;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(now); i++)
		CHECK(media_kind_find(now[i]), "%s", now[i]);
	while (media_kind_at(count))
		count++;
	CHECK_INT(count, ARRAY_LEN(now), "no other");
	CHECK(media_kind_find("node") == NULL);
	CHECK_STR(media_kind_find("bcast")->description, "UDP/IP broadcast", "listed as");
	CHECK_STR(media_kind_find("ping_group")->description, "ping group membership",
	    "listed as");
	CHECK(!media_kind_find("bcast")->whole_line &&
	      media_kind_find("mcast")->whole_line);
	CHECK_INT(media_parse("hbaping", "x y", &spec, &why), -ENOENT, "of other builds");
	CHECK_INT(media_parse("serial", "/dev/null", &spec, &why), 0, "parsed");
	CHECK_INT(media_check(&spec, &why), 0, "a character device");
	spec.baud = 19200;
	CHECK(media_open(&m, &spec, 694, &err) < 0, "but no terminal");
	CHECK(strstr(err.text, "serial /dev/null: no terminal"), "%s", err.text);
}

static const struct {
	const char *directive, *args, *legacy, *text;
	int want;
} check_cases[] = {
	{ "bcast", "nope0",
	    "Get broadcast for interface nope0 failed: No such device\n"
	    "IP interface [nope0] does not exist\n"
	    "Illegal bcast [UDP/IP broadcast] in config file [nope0]",
	    "there is no interface nope0", -ENODEV },
	{ "bcast", "lo",
	    "Get broadcast for interface lo failed: Cannot assign requested address\n"
	    "IP interface [lo] does not exist\n"
	    "Illegal bcast [UDP/IP broadcast] in config file [lo]",
	    "interface lo has no broadcast address", -EADDRNOTAVAIL },
	{ "mcast", "nope0 239.0.0.43 694 1 0",
	    "mcast device [nope0] is invalid or not set up properly",
	    "there is no interface nope0", -ENODEV },
	{ "mcast", "lo 239.0.0.43 694 1 0", "", NULL, 0 },
	{ "ucast", "lo 127.0.0.1", "", NULL, 0 },
	{ "ucast", "lo 127.0.0.1", "", NULL, 0 },
	{ "ucast", "lo nonexistent.invalid",
	    "ucast: cannot resolve hostname\nucast: interface [lo] does not exist",
	    "the peer 'nonexistent.invalid' has no IPv4 address here", -ENOENT },
	{ "ucast", "nope0 127.0.0.1", "", "there is no interface nope0", -ENODEV },
	{ "ucast6", "nope0 ::1", "", "there is no interface nope0", -ENODEV },
};

static void
test_check(void)
{
	for (size_t i = 0; i < ARRAY_LEN(check_cases); i++) {
		struct media_refusal why;
		struct media_spec spec;

		CHECK_INT(media_parse(check_cases[i].directive, check_cases[i].args,
		              &spec, &why),
		    0, "%s %s", check_cases[i].directive, check_cases[i].args);
		CHECK_INT(media_check(&spec, &why), check_cases[i].want, "%s %s",
		    check_cases[i].directive, check_cases[i].args);
		CHECK_STR(why.legacy, check_cases[i].legacy, "%s %s",
		    check_cases[i].directive, check_cases[i].args);
		CHECK(!check_cases[i].text || strstr(why.text, check_cases[i].text),
		    "%s %s: %.200s", check_cases[i].directive, check_cases[i].args,
		    why.text);
	}
}

static const struct {
	const char *a, *a_args, *b, *b_args;
	bool same;
} same_cases[] = {
	{ "bcast", "eth0", "bcast", "eth0", true },
	{ "bcast", "eth0", "bcast", "eth1", false },
	{ "mcast", "eth0 239.0.0.43 694 1 0", "mcast", "eth0 239.0.0.43 694 2 1", true },
	{ "mcast", "eth0 239.0.0.43 694 1 0", "mcast", "eth0 239.0.0.43 695 1 0", false },
	{ "mcast", "eth0 239.0.0.43 694 1 0", "mcast", "eth0 239.0.0.44 694 1 0", false },
	{ "ucast", "eth0 10.0.0.2", "ucast", "eth0 10.0.0.3", false },
	{ "ucast", "eth0 10.0.0.2", "ucast", "eth0 10.0.0.2", true },
	{ "bcast", "eth0", "ucast", "eth0 10.0.0.2", false },
	{ "serial", "/dev/ttyS0", "serial", "/dev/ttyS1", false },
};

static void
test_is_same(void)
{
	for (size_t i = 0; i < ARRAY_LEN(same_cases); i++) {
		struct media_spec a, b;

		media_parse(same_cases[i].a, same_cases[i].a_args, &a, NULL);
		media_parse(same_cases[i].b, same_cases[i].b_args, &b, NULL);
		CHECK_INT(media_is_same(&a, &b), same_cases[i].same, "%s %s, %s %s",
		    same_cases[i].a, same_cases[i].a_args, same_cases[i].b,
		    same_cases[i].b_args);
		CHECK_INT(media_is_same(&b, &a), same_cases[i].same,
		    "the other way round");
	}
}

static const struct check_case cases[] = {
	{ "parse", test_parse },
	{ "parse_values", test_parse_values },
	{ "words_behind_are_told", test_words_behind_are_told },
	{ "unknown_and_long", test_unknown_and_long },
	{ "kinds", test_kinds },
	{ "check", test_check },
	{ "is_same", test_is_same },
};

CHECK_MAIN("media_parse", cases)
