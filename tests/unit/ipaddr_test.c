/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pure half of the address resources: arguments, netmasks, route choice, alias
 * labels.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include "heartbeat/helpers/ipaddr/ipaddr.h"
#include "tests/unit/check.h"

#define REFUSED (-2) /* bits of an argument that must not be accepted */

static const struct {
	const char *arg, *ip;
	int bits; /* -1 = not given */
	const char *nic, *label, *broadcast;
	const char *why;
} argument_cases[] = {
	{ "10.0.0.5", "10.0.0.5", -1, "", "", "", "an address alone" },
	{ "10.0.0.5/24", "10.0.0.5", 24, "", "", "", "with bits" },
	{ "10.0.0.5/24/", "10.0.0.5", 24, "", "", "", "a slash at the end" },
	{ "10.0.0.5/24/eth0", "10.0.0.5", 24, "eth0", "", "", "with an interface" },
	{ "10.0.0.5/24/10.0.0.255", "10.0.0.5", 24, "", "", "10.0.0.255",
	    "a digit: broadcast" },
	{ "10.0.0.5/24/eth0/10.0.0.255", "10.0.0.5", 24, "eth0", "", "10.0.0.255",
	    "all four" },
	{ "10.0.0.5/24/10.0.0.255/eth0", "10.0.0.5", 24, "eth0", "", "10.0.0.255",
	    "other order" },
	{ "10.0.0.5/24/eth0:1/10.0.0.255", "10.0.0.5", 24, "eth0", "eth0:1", "10.0.0.255",
	    "alias" },
	{ "10.0.0.5/24/eth0:", "10.0.0.5", 24, "eth0", "", "", "an empty alias is none" },
	{ "10.0.30.15//8/eth0:10", "10.0.30.15", 8, "eth0", "eth0:10", "",
	    "a double slash" },
	{ "10.0.0.5////24//eth0", "10.0.0.5", 24, "eth0", "", "", "runs of slashes" },
	{ "10.0.0.5/255.255.255.0", "10.0.0.5", 24, "", "", "", "a dotted netmask" },
	{ "10.0.0.5/255.255.255.255/eth0", "10.0.0.5", 32, "eth0", "", "",
	    "a host mask" },
	{ "10.0.0.5/128.0.0.0", "10.0.0.5", 1, "", "", "", "one bit" },
	{ "10.0.0.5/32", "10.0.0.5", 32, "", "", "", "the longest" },
	{ "fd00::5", "fd00::5", -1, "", "", "", "IPv6" },
	{ "FD00:0::05/64/eth0", "fd00::5", 64, "eth0", "", "", "IPv6 in its one form" },
	{ "fe80::1/64/br-lan.7", "fe80::1", 64, "br-lan.7", "", "",
	    "an odd interface name" },
	{ "fd00::5/128", "fd00::5", 128, "", "", "", "the longest of IPv6" },
	{ "", NULL, REFUSED, .why = "nothing" },
	{ "/24", NULL, REFUSED, .why = "no address" },
	{ "virtual-ip", NULL, REFUSED, .why = "a word that was not replaced" },
	{ "10.0.0", NULL, REFUSED, .why = "three parts" },
	{ "10.0.0.256", NULL, REFUSED, .why = "a byte too large" },
	{ "10.0.0.5 ", NULL, REFUSED, .why = "a blank" },
	{ "0.0.0.0", NULL, REFUSED, .why = "no address" },
	{ "224.0.0.1", NULL, REFUSED, .why = "multicast" },
	{ "255.255.255.255", NULL, REFUSED, .why = "broadcast" },
	{ "::", NULL, REFUSED, .why = "no address" },
	{ "ff02::1", NULL, REFUSED, .why = "multicast" },
	{ "fd00::5%eth0", NULL, REFUSED, .why = "a scope is not part of an address" },
	{ "10.0.0.5/0", NULL, REFUSED, .why = "no bits" },
	{ "10.0.0.5/33", NULL, REFUSED, .why = "too many bits" },
	{ "10.0.0.5/-1", NULL, REFUSED, .why = "a sign" },
	{ "10.0.0.5/24x", NULL, REFUSED, .why = "a letter" },
	{ "10.0.0.5/99999999999999999999", NULL, REFUSED, .why = "more than a long" },
	{ "10.0.0.5/255.0.255.0", NULL, REFUSED, .why = "a mask with a hole" },
	{ "10.0.0.5/0.0.0.0", NULL, REFUSED, .why = "an empty mask" },
	{ "10.0.0.5/255.255.255", NULL, REFUSED, .why = "three parts of a mask" },
	{ "10.0.0.5/eth0", NULL, REFUSED, .why = "an interface where the mask belongs" },
	{ "fd00::5/129", NULL, REFUSED, .why = "too many bits for IPv6" },
	{ "fd00::5/255.255.255.0", NULL, REFUSED, .why = "a dotted mask for IPv6" },
	{ "10.0.0.5/24/eth0/eth1", NULL, REFUSED, .why = "two interfaces" },
	{ "10.0.0.5/24/10.0.0.255/10.0.0.254", NULL, REFUSED, .why = "two broadcasts" },
	{ "10.0.0.5/24/10.0.0", NULL, REFUSED, .why = "half a broadcast" },
	{ "10.0.0.5/24/eth0/10.0.0.255/x", NULL, REFUSED, .why = "five parts" },
	{ "10.0.0.5/24/averyverylonginterface", NULL, REFUSED, .why = "a long name" },
	{ "10.0.0.5/24/eth0:alabelthatistoolong", NULL, REFUSED, .why = "a long label" },
	{ "10.0.0.5/24/..", NULL, REFUSED, .why = "a name that sysfs cannot have" },
	{ "10.0.0.5/24/et h0", NULL, REFUSED, .why = "a blank in a name" },
};

static void
test_argument(void)
{
	for (size_t i = 0; i < sizeof(argument_cases) / sizeof(argument_cases[0]); i++) {
		struct ipaddr_request r = { .bits = REFUSED };
		const char *arg = argument_cases[i].arg, *why = argument_cases[i].why;
		struct err err = { "" };
		int rc = ipaddr_request_parse(arg, &r, &err);

		CHECK_INT(r.bits, argument_cases[i].bits, "%s: %s", arg, why);
		if (argument_cases[i].bits == REFUSED) {
			CHECK_INT(rc, -EINVAL, "%s: %s", arg, why);
			CHECK(err.text[0] && !strchr(err.text, '\n'), "%s: no reason",
			    arg);
			continue;
		}
		CHECK_INT(rc, 0, "%s: %s: %s", arg, why, err.text);
		CHECK_STR(r.addr.text, argument_cases[i].ip, "%s: %s", arg, why);
		CHECK_STR(r.nic, argument_cases[i].nic, "%s: %s", arg, why);
		CHECK_STR(r.label, argument_cases[i].label, "%s: %s", arg, why);
		CHECK_INT(r.has_broadcast, argument_cases[i].broadcast[0] != '\0', "%s",
		    arg);
		CHECK_STR(r.broadcast.text, argument_cases[i].broadcast, "%s: %s", arg,
		    why);
	}
}

/* A stop needs no more than this of a broken argument. */
static void
test_argument_addr_only(void)
{
	struct ipaddr a;

	CHECK_INT(ipaddr_request_parse_addr("10.0.0.5/99/eth0", &a, NULL), 0,
	    "broken mask");
	CHECK_STR(a.text, "10.0.0.5", "broken mask");
	CHECK_INT(ipaddr_request_parse_addr("x/24", &a, NULL), -EINVAL, "no address");
	CHECK_STR(a.text, "10.0.0.5", "untouched");
}

static void
test_highest_and_mask(void)
{
	static const struct {
		const char *ip;
		int bits;
		const char *highest, *mask;
	} rows[] = {
		{ "10.0.0.5", 24, "10.0.0.255", "255.255.255.0" },
		{ "10.0.0.5", 8, "10.255.255.255", "255.0.0.0" },
		{ "192.0.2.130", 26, "192.0.2.191", "255.255.255.192" },
		{ "192.0.2.130", 31, "192.0.2.131", "255.255.255.254" },
		{ "192.0.2.130", 32, "192.0.2.130", "255.255.255.255" },
		{ "192.0.2.130", 1, "255.255.255.255", "128.0.0.0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char mask[INET_ADDRSTRLEN];
		struct ipaddr a;

		CHECK_INT(ipaddr_parse(rows[i].ip, &a, NULL), 0, "%s", rows[i].ip);
		CHECK_STR(ipaddr_highest(&a, rows[i].bits).text, rows[i].highest, "%s",
		    rows[i].ip);
		ipaddr_mask_format(rows[i].bits, mask);
		CHECK_STR(mask, rows[i].mask, "%s/%d", rows[i].ip, rows[i].bits);
	}
}

static struct ipaddr_route
route(const char *dest, int bits, int nic, uint32_t metric)
{
	struct ipaddr_route r = { .bits = bits, .nic = nic, .metric = metric };

	inet_pton(strchr(dest, ':') ? AF_INET6 : AF_INET, dest, r.dest);
	return r;
}

/* Candidates from best to worst, each worse by one criterion; every pair in both orders.
 */
static void
test_route_order(void)
{
	const struct ipaddr_route best_first[] = {
		route("10.9.0.0", 24, 1, 100),
		route("10.9.0.0", 24, 2, 200),
		route("10.9.0.0", 16, 3, 0),
		route("10.0.0.0", 8, 4, 0),
		route("0.0.0.0", 0, 5, 0),
	};
	size_t count = sizeof(best_first) / sizeof(best_first[0]);
	struct ipaddr a;

	ipaddr_parse("10.9.0.77", &a, NULL);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			struct ipaddr_route pair[2] = { best_first[i], best_first[j] };
			struct ipaddr_route swapped[2] = { best_first[j], best_first[i] };

			CHECK_INT(ipaddr_route_find(pair, 2, &a, 0)->nic,
			    best_first[i].nic, "%zu %zu", i, j);
			CHECK_INT(ipaddr_route_find(swapped, 2, &a, 0)->nic,
			    best_first[i].nic, "%zu %zu swapped", i, j);
		}
	}
}

static void
test_route_filter(void)
{
	const struct ipaddr_route table[] = {
		route("10.9.0.0", 24, 1, 0),
		route("10.9.0.0", 24, 2, 0),
		route("10.9.0.64", 26, 3, 0),
		route("0.0.0.0", 0, 2, 0),
	};
	const struct ipaddr_route table6[] = { route("fd00::", 64, 7, 256),
		route("fd00::", 8, 8, 0) };
	struct ipaddr a, far, six;

	ipaddr_parse("10.9.0.5", &a, NULL);
	ipaddr_parse("172.16.0.5", &far, NULL);
	ipaddr_parse("fd00::77", &six, NULL);
	CHECK_INT(ipaddr_route_find(table, 4, &a, 0)->nic, 1, "the first of equals");
	CHECK_INT(ipaddr_route_find(table, 4, &a, 2)->bits, 24,
	    "only through interface 2");
	CHECK(ipaddr_route_find(table, 4, &a, 9) == NULL, "no route through interface 9");
	CHECK_INT(ipaddr_route_find(table, 4, &far, 0)->bits, 0,
	    "only the default route");
	CHECK(ipaddr_route_find(table, 3, &far, 0) == NULL, "not even that");
	CHECK(ipaddr_route_find(NULL, 0, &far, 0) == NULL, "an empty table");
	CHECK_INT(ipaddr_route_find(table6, 2, &six, 0)->nic, 7,
	    "longest prefix of IPv6");
}

static void
test_bytes_match(void)
{
	const uint8_t a[4] = { 10, 9, 0, 0x80 }, b[4] = { 10, 9, 0, 0xc0 };

	CHECK(ipaddr_bytes_match(a, b, 25), "25 bits are the same");
	CHECK(!ipaddr_bytes_match(a, b, 26), "the 26th differs");
	CHECK(ipaddr_bytes_match(a, b, 0), "nothing to differ in");
	CHECK(ipaddr_bytes_match(a, a, 32), "all");
	CHECK(!ipaddr_bytes_match(a, b, 32), "all differ");
}

static void
test_label(void)
{
	const char none[1][IFNAMSIZ] = { "" };
	const char some[][IFNAMSIZ] = { "eth0", "eth0:0", "eth1:1", "eth0:2" };
	char out[IFNAMSIZ];

	CHECK_INT(ipaddr_label_choose("eth0", none, 0, out), 0, "none used");
	CHECK_STR(out, "eth0:0", "none used");
	CHECK_INT(ipaddr_label_choose("eth0", some, 4, out), 0, "a gap");
	CHECK_STR(out, "eth0:1", "the gap; eth1:1 is another interface");
	CHECK_INT(ipaddr_label_choose("eth1", some, 4, out), 0, "other interface");
	CHECK_STR(out, "eth1:0", "other interface");
	CHECK_INT(ipaddr_label_choose("abcdefghijklm", none, 0, out), 0, "just fits");
	CHECK_INT(ipaddr_label_choose("abcdefghijklmn", none, 0, out), -ENAMETOOLONG,
	    "too long");
	CHECK_STR(out, "abcdefghijklm:0", "untouched");
}

static const struct check_case cases[] = {
	{ "argument", test_argument },
	{ "argument-addr-only", test_argument_addr_only },
	{ "highest-and-mask", test_highest_and_mask },
	{ "route-order", test_route_order },
	{ "route-filter", test_route_filter },
	{ "bytes-match", test_bytes_match },
	{ "label", test_label },
};

CHECK_MAIN("ipaddr", cases)
