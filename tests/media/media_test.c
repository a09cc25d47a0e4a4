/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open media between two network name spaces, a and b, with a pair of interfaces between
 * them.  What leaves a is captured raw on b's interface, so that addresses, ports, TTL
 * and TOS are those of the cable. One process: it enters the name space of a node before
 * it acts for it.
 */
#include "heartbeat/media/media.h"
#include "lib/array.h"
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int ns_home, ns_a, ns_b;

/* The two nodes. */

static void
enter(int ns)
{
	if (setns(ns, CLONE_NEWNET) < 0) {
		perror("setns");
		exit(1);
	}
}

static int
sh(const char *line)
{
	return system(line);
}

static void
cable_plug(void)
{
	char line[512];

	enter(ns_a);
	/* Both ends are named differently: media of one device and port share a socket in
	 * a process. */
	snprintf(line, sizeof(line),
	    "ip link add mta type veth peer name mtb netns /proc/%d/fd/%d && "
	    "ip addr add 10.90.7.1/24 brd + dev mta && ip addr add fd07::1/64 dev mta "
	    "nodad && "
	    "ip link set mta addrgenmode none up && ip addr add fe80::1/64 dev mta nodad",
	    (int)getpid(), ns_b);
	CHECK(sh(line) == 0);
	enter(ns_b);
	CHECK(sh("ip addr add 10.90.7.2/24 brd + dev mtb && ip addr add fd07::2/64 dev "
	         "mtb nodad && "
	         "ip link set mtb addrgenmode none up && ip addr add fe80::2/64 dev mtb "
	         "nodad") == 0);
}

static void
cable_pull(void)
{
	enter(ns_a);
	CHECK(sh("ip link del mta") == 0);
}

static bool
nodes_make(void)
{
	ns_home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		int *ns = i ? &ns_b : &ns_a;

		if (unshare(CLONE_NEWNET) < 0)
			return false;
		*ns = open("/proc/self/ns/net", O_RDONLY);
		if (sh("ip link set lo up") != 0)
			return false;
	}
	return true;
}

/* Media. */

static int
try_open(int ns, struct media *m, const char *directive, const char *args,
    struct err *err)
{
	struct media_refusal why;
	struct media_spec spec;
	int code = media_parse(directive, args, &spec, &why);

	enter(ns);
	CHECK_INT(code, 0, "%s %s: %s", directive, args, why.text);
	return code < 0 ? code : media_open(m, &spec, 1694, err);
}

static void
must_open(int ns, struct media *m, const char *directive, const char *args)
{
	struct err err = { "" };
	int code = try_open(ns, m, directive, args, &err);

	CHECK_INT(code, 0, "%s %s: %s", directive, args, err.text);
	if (code < 0)
		exit(1);
}

#define SOON_MS 60000 /* for what comes in a millisecond on a quiet machine */

static bool
hears(struct media *m, const char *want, int wait_ms)
{
	struct pollfd p = { .fd = media_fd(m), .events = POLLIN };
	uint8_t buf[256];
	ssize_t len;

	if (poll(&p, 1, wait_ms) != 1)
		return false;
	len = media_recv(m, buf, sizeof(buf) - 1, NULL);
	if (len < 0)
		return false;
	buf[len] = '\0';
	return strcmp((char *)buf, want) == 0;
}

static int
says(int ns, struct media *m, const char *text)
{
	enter(ns);
	return media_send(m, (const uint8_t *)text, strlen(text));
}

/* The cable. */

struct seen {
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	int ttl, tos, source_port, port;
	bool broadcast_frame;
	char text[64];
};

static int
capture_open(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL) };
	int fd;

	enter(ns_b);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	at.sll_ifindex = (int)if_nametoindex("mtb");
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	return fd;
}

static bool
seen_decode(const uint8_t *frame, size_t len, struct seen *seen)
{
	const struct ether_header *eth = (const struct ether_header *)frame;
	const uint8_t *net = frame + sizeof(*eth);
	const struct udphdr *udp;
	size_t body;

	if (eth->ether_type == htons(ETHERTYPE_IP)) {
		const struct iphdr *ip = (const struct iphdr *)net;

		if (ip->protocol != IPPROTO_UDP)
			return false;
		inet_ntop(AF_INET, &ip->saddr, seen->from, sizeof(seen->from));
		inet_ntop(AF_INET, &ip->daddr, seen->to, sizeof(seen->to));
		seen->ttl = ip->ttl;
		seen->tos = ip->tos;
		udp = (const struct udphdr *)(net + ip->ihl * 4);
	} else if (eth->ether_type == htons(ETHERTYPE_IPV6)) {
		const struct ip6_hdr *ip = (const struct ip6_hdr *)net;

		if (ip->ip6_nxt != IPPROTO_UDP)
			return false;
		inet_ntop(AF_INET6, &ip->ip6_src, seen->from, sizeof(seen->from));
		inet_ntop(AF_INET6, &ip->ip6_dst, seen->to, sizeof(seen->to));
		seen->ttl = ip->ip6_hlim;
		seen->tos = (int)(ntohl(ip->ip6_flow) >> 20 & 0xff);
		udp = (const struct udphdr *)(net + sizeof(*ip));
	} else {
		return false;
	}
	seen->source_port = ntohs(udp->source);
	seen->port = ntohs(udp->dest);
	seen->broadcast_frame =
	    memcmp(eth->ether_dhost, "\xff\xff\xff\xff\xff\xff", 6) == 0;
	body = ntohs(udp->len) - sizeof(*udp);
	if ((const uint8_t *)(udp + 1) + body > frame + len || body >= sizeof(seen->text))
		return false;
	memcpy(seen->text, udp + 1, body);
	seen->text[body] = '\0';
	return true;
}

/* The next UDP datagram on the cable. */
static bool
capture_next(int fd, struct seen *seen, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	_Alignas(4) uint8_t space[2050];
	uint8_t *frame =
	    space + 2; /* so that the headers behind the 14 bytes are aligned */
	ssize_t len;

	while (poll(&p, 1, wait_ms) == 1) {
		len = recv(fd, frame, sizeof(space) - 2, 0);
		if (len > 0 && seen_decode(frame, (size_t)len, seen))
			return true;
	}
	return false;
}

/* Tables: one kind at a time. */

static const struct {
	const char *directive, *a, *b;
	const char *from, *to;
	int port, ttl, tos;
	bool hears_itself;
	bool broadcast_frame;
	const char *why;
} kinds[] = {
	{ "bcast", "mta", "mtb", "10.90.7.1", "10.90.7.255", 1694, 64, 0, true, true,
	    "bcast" },
	{ "mcast", "mta 239.0.0.43 1700 1 0", "mtb 239.0.0.43 1700 1 0", "10.90.7.1",
	    "239.0.0.43", 1700, 1, 0, false, false, "its own port" },
	{ "mcast", "mta 225.0.0.1 1694 3 1", "mtb 225.0.0.1 1694 1 0", "10.90.7.1",
	    "225.0.0.1", 1694, 3, 0, true, false, "loop and ttl" },
	{ "ucast", "mta 10.90.7.2", "mtb 10.90.7.1", "10.90.7.1", "10.90.7.2", 1694, 64,
	    0x10, false, false, "low delay" },
	{ "mcast6", "mta ff12::43 1700 1 0", "mtb ff12::43 1700 1 0", "fe80::1",
	    "ff12::43", 1700, 1, 0, false, false, "link scope" },
	{ "mcast6", "mta ff15::43 1694 2 1", "mtb ff15::43 1694 1 0", "fd07::1",
	    "ff15::43", 1694, 2, 0, true, false, "site scope" },
	{ "ucast6", "mta fd07::2", "mtb fd07::1", "fd07::1", "fd07::2", 1694, 64, 0,
	    false, false, "global" },
	{ "ucast6", "mta fe80::2", "mtb fe80::1%mtb", "fe80::1", "fe80::2", 1694, 64, 0,
	    false, false, "the interface is the scope" },
};

static void
kind_seen_check(size_t i, const struct seen *seen, int *source_port, const char *text)
{
	CHECK_STR(seen->text, text, "%s", kinds[i].why);
	CHECK_STR(seen->from, kinds[i].from, "%s: source", kinds[i].why);
	CHECK_STR(seen->to, kinds[i].to, "%s: destination", kinds[i].why);
	CHECK_INT(seen->ttl, kinds[i].ttl, "%s: ttl", kinds[i].why);
	CHECK_INT(seen->tos, kinds[i].tos, "%s: type of service", kinds[i].why);
	CHECK_INT(seen->port, kinds[i].port, "%s: port", kinds[i].why);
	CHECK_INT(seen->broadcast_frame, kinds[i].broadcast_frame, "%s: frame",
	    kinds[i].why);
	CHECK(seen->source_port != kinds[i].port, "%s: the source port is ephemeral",
	    kinds[i].why);
	CHECK(*source_port == 0 || *source_port == seen->source_port, "%s: and constant",
	    kinds[i].why);
	*source_port = seen->source_port;
}

#define BEAT "###\n11:(0)t=status,8:(0)st=up,%%%\n"

static void
test_kinds(void)
{
	cable_plug();
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct media a, b;
		struct seen seen;
		int source_port = 0, cable;

		must_open(ns_a, &a, kinds[i].directive, kinds[i].a);
		must_open(ns_b, &b, kinds[i].directive, kinds[i].b);
		CHECK_STR(a.name, "mta", "the name of the link is the device");
		cable = capture_open();
		CHECK_INT(says(ns_a, &a, "one"), 0, "%s", kinds[i].why);
		CHECK_INT(says(ns_a, &a, BEAT), 0, "%s", kinds[i].why);
		CHECK(hears(&b, "one", SOON_MS) && hears(&b, BEAT, SOON_MS),
		    "%s: b hears a", kinds[i].why);
		CHECK(capture_next(cable, &seen, SOON_MS), "%s: on the cable",
		    kinds[i].why);
		kind_seen_check(i, &seen, &source_port, "one");
		CHECK(capture_next(cable, &seen, SOON_MS), "%s: on the cable",
		    kinds[i].why);
		kind_seen_check(i, &seen, &source_port, BEAT);
		/* Of what came back only heartbeats are let through. */
		CHECK_INT(hears(&a, BEAT, kinds[i].hears_itself ? SOON_MS : 100),
		    kinds[i].hears_itself, "%s: itself", kinds[i].why);
		CHECK_INT(says(ns_b, &b, "back"), 0, "%s", kinds[i].why);
		CHECK(hears(&a, "back", SOON_MS), "%s: a hears b", kinds[i].why);
		CHECK_INT(a.count.sent, 2, "%s", kinds[i].why);
		CHECK_INT(a.count.sent_bytes, 3 + strlen(BEAT), "%s", kinds[i].why);
		CHECK_INT(b.count.received, 2, "%s", kinds[i].why);
		close(cable);
		media_close(&a);
		media_close(&b);
	}
	cable_pull();
}

/* A line for the own address, as in a file that all nodes share. */
static void
test_ucast_to_itself(void)
{
	static const char *const lines[][2] = { { "ucast", "mta 10.90.7.1" },
		{ "ucast6", "mta fd07::1" }, { "ucast6", "mta fe80::1" } };

	cable_plug();
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct media m;
		struct seen seen;
		int cable;

		must_open(ns_a, &m, lines[i][0], lines[i][1]);
		cable = capture_open();
		CHECK_INT(says(ns_a, &m, "me"), 0, "%s", lines[i][1]);
		CHECK(hears(&m, "me", SOON_MS), "%s: over the loopback path",
		    lines[i][1]);
		CHECK(!capture_next(cable, &seen, 50), "%s: nothing on the cable",
		    lines[i][1]);
		close(cable);
		media_close(&m);
	}
	cable_pull();
}

/* One reading socket per device and port; it stays until the last of them is closed. */
static void
test_shared_ear(void)
{
	struct media first, second, third, other_port, from_b;
	struct media_spec spec;
	struct err err;

	cable_plug();
	must_open(ns_a, &first, "ucast", "mta 10.90.7.2");
	must_open(ns_a, &second, "ucast", "mta 10.90.7.3");
	must_open(ns_a, &third, "bcast", "mta");
	media_parse("ucast", "mta 10.90.7.2", &spec, NULL);
	enter(ns_a);
	CHECK_INT(media_open(&other_port, &spec, 1695, &err), 0, "%s", err.text);
	must_open(ns_b, &from_b, "ucast", "mtb 10.90.7.1");
	CHECK(media_fd(&first) >= 0 && media_fd(&other_port) >= 0);
	CHECK_INT(media_fd(&second), -1, "another ucast");
	CHECK_INT(media_fd(&third), -1, "bcast of the same device and port");
	for (int i = 0; i < 20; i++) {
		CHECK_INT(says(ns_b, &from_b, "x"), 0, "send");
		CHECK(hears(&first, "x", SOON_MS), "all come to one");
	}
	media_close(&first);
	CHECK((media_fd(&second) >= 0) != (media_fd(&third) >= 0),
	    "one of them takes over");
	CHECK_INT(says(ns_b, &from_b, "y"), 0, "send");
	CHECK(hears(media_fd(&second) >= 0 ? &second : &third, "y", SOON_MS),
	    "and goes on hearing");
	media_close(&second);
	media_close(&third);
	media_close(&other_port);
	media_close(&from_b);
	cable_pull();
}

/* A bell. */

#define QUIET "###\n11:(0)t=status,12:(0)st=active,11:(0)hbcalm=1,"

static bool
rings(const struct media_bell *bell, int wait_ms)
{
	struct pollfd p = { .fd = bell->fd, .events = POLLIN };

	return poll(&p, 1, wait_ms) == 1;
}

static const struct {
	const char *text;
	bool rings;
	const char *why;
} bell_cases[] = {
	{ QUIET "11:(0)src=b", false, "what may wait" },
	{ QUIET, false, "no more than that" },
	{ "###\n11:(0)t=status,12:(0)st=active,11:(0)hbcalm=2,", true, "its last byte" },
	{ "###\n11:(0)t=status,12:(0)st=active,11:(0)hbcalm=1", true, "cut" },
	{ "###\n11:(0)t=statuS,12:(0)st=active,11:(0)hbcalm=1,11:(0)src=b", true,
	    "in the middle" },
	{ "###\n11:(0)t=status,12:(0)st=active,8:(0)dt=7d0,11:(0)src=b", true,
	    "an ordinary heartbeat" },
	{ ">>>\nt=status\nst=active\nhbcalm=1\n<<<\n", true, "of an old node" },
	{ "x", true, "garbage" },
	{ "", true, "nothing at all" },
};

/* Each rings once, and is in the socket, in its order, whether it rings or not. */
static void
bell_hear_all(struct media_bell *bell, struct media *a, struct media *b, const char *why)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct media_datagram some = { 0 };
	uint8_t buf[256];

	some.bytes = buf;
	for (size_t i = 0; i < ARRAY_LEN(bell_cases); i++) {
		struct instant before = instant_of_clock(CLOCK_REALTIME);

		CHECK_INT(says(ns_b, b, bell_cases[i].text), 0, "send");
		CHECK_INT(rings(bell, bell_cases[i].rings ? 1000 : 20),
		    bell_cases[i].rings, "%s: %s", why, bell_cases[i].why);
		CHECK_INT(media_bell_hush(bell), bell_cases[i].rings, "%s: once, %s", why,
		    bell_cases[i].why);
		CHECK(!rings(bell, 0), "%s: hushed", why);
		nanosleep(&moment, NULL);
		CHECK_INT(media_recv_some(a, &some, 1, sizeof(buf)), 1, "%s: %s", why,
		    bell_cases[i].why);
		CHECK_INT(some.len, strlen(bell_cases[i].text), "%s: whole, %s", why,
		    bell_cases[i].why);
		CHECK(some.stamp_ns >= before.ns &&
		          some.stamp_ns <=
		              instant_of_clock(CLOCK_REALTIME).ns - moment.tv_nsec,
		    "%s: when it came, not when it was read", why);
	}
}

static void
test_bell(void)
{
	static const char *const lines[][3] = { { "bcast", "mta", "mtb" },
		{ "mcast", "mta 225.0.0.1 1694 1 0", "mtb 225.0.0.1 1694 1 0" },
		{ "ucast", "mta 10.90.7.2", "mtb 10.90.7.1" },
		{ "mcast6", "mta ff12::5 1694 1 0", "mtb ff12::5 1694 1 0" },
		{ "ucast6", "mta fe80::2", "mtb fe80::1" } };
	struct media_bell bell;
	int code = media_bell_make(&bell, QUIET);

	if (code < 0) {
		printf("skip media/bell: this kernel has none for us: %s\n",
		    strerror(-code));
		return;
	}
	cable_plug();
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct media a, b;

		must_open(ns_a, &a, lines[i][0], lines[i][1]);
		must_open(ns_b, &b, lines[i][0], lines[i][2]);
		CHECK(media_can_ring(&a), "%s", lines[i][0]);
		CHECK_INT(says(ns_b, &b, "x"), 0, "send");
		CHECK(!rings(&bell, 20), "it does not hang yet");
		CHECK(hears(&a, "x", 500), "%s", lines[i][0]);
		CHECK_INT(media_bell_hang(&a, &bell), 0, "%s", lines[i][0]);
		bell_hear_all(&bell, &a, &b, lines[i][0]);
		CHECK_INT(media_bell_hang(&a, NULL), 0, "%s", lines[i][0]);
		CHECK_INT(says(ns_b, &b, "x"), 0, "send");
		CHECK(!rings(&bell, 20), "it was taken off");
		CHECK(hears(&a, "x", 500), "%s", lines[i][0]);
		media_close(&a);
		media_close(&b);
	}
	media_bell_free(&bell);
	cable_pull();
}

/* Of our own datagrams heartbeats come back, and no others, with and without a bell. */
static void
test_bell_and_echoes(void)
{
	static const char beat[] = "###\n11:(0)t=status,12:(0)st=active,8:(0)dt=7d0,";
	struct media_bell bell;
	struct media a;

	if (media_bell_make(&bell, QUIET) < 0)
		return;
	cable_plug();
	must_open(ns_a, &a, "bcast", "mta");
	CHECK_INT(media_bell_hang(&a, &bell), 0, "");
	CHECK_INT(says(ns_a, &a, "###\n10:(0)t=other,11:(0)src=a,"), 0, "send");
	CHECK_INT(says(ns_a, &a, "x"), 0, "send");
	CHECK(!rings(&bell, 20), "others do not come back");
	CHECK_INT(says(ns_a, &a, QUIET), 0, "send");
	CHECK(!rings(&bell, 20), "nor do those ring that may wait");
	CHECK(hears(&a, QUIET, 500), "but they come");
	CHECK_INT(says(ns_a, &a, beat), 0, "send");
	CHECK(rings(&bell, 500), "one that may not does");
	CHECK(hears(&a, beat, 500), "and comes");
	media_bell_free(&bell);
	media_close(&a);
	cable_pull();
}

/* Two interfaces in one group are two links. */
static void
test_groups_by_interface(void)
{
	static const struct {
		const char *directive, *cable, *dummy, *sender;
	} pairs[] = {
		{ "mcast", "mta 239.0.0.43 1700 1 0", "mtd 239.0.0.43 1700 1 0",
		    "mtb 239.0.0.43 1700 1 0" },
		{ "mcast6", "mta ff12::43 1700 1 0", "mtd ff12::43 1700 1 0",
		    "mtb ff12::43 1700 1 0" },
	};

	cable_plug();
	enter(ns_a);
	CHECK(sh("ip link add mtd type veth peer name mte && ip link set mte up && ip "
	         "addr add 10.90.8.1/24 dev mtd && "
	         "ip addr add fd08::1/64 dev mtd nodad && ip link set mtd up") == 0);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct media cable, dummy, sender;

		must_open(ns_a, &dummy, pairs[i].directive, pairs[i].dummy);
		must_open(ns_a, &cable, pairs[i].directive, pairs[i].cable);
		must_open(ns_b, &sender, pairs[i].directive, pairs[i].sender);
		CHECK_INT(says(ns_b, &sender, "g"), 0, "%s", pairs[i].directive);
		CHECK(hears(&cable, "g", SOON_MS), "%s: the one it came in on",
		    pairs[i].directive);
		CHECK(!hears(&dummy, "g", 50), "%s: not the other", pairs[i].directive);
		media_close(&cable);
		media_close(&dummy);
		media_close(&sender);
	}
	enter(ns_a);
	sh("ip link del mtd");
	cable_pull();
}

/* Until the watch has taken notice: it looks at most once a second. */
static bool
goes_through(struct media *a, struct media *b)
{
	for (int i = 0; i < 400; i++) {
		says(ns_b, b, "b");
		says(ns_a, a, "a");
		for (int k = 0; k < 4; k++) {
			if (hears(b, "a", 50))
				return true;
		}
	}
	return false;
}

static void
test_interface_comes_back(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct media a, b;
		int fd, index;

		/* One of each kind is enough. */
		if (i > 0 && strcmp(kinds[i].directive, kinds[i - 1].directive) == 0)
			continue;
		cable_plug();
		must_open(ns_a, &a, kinds[i].directive, kinds[i].a);
		must_open(ns_b, &b, kinds[i].directive, kinds[i].b);
		CHECK(goes_through(&a, &b), "%s: at first", kinds[i].directive);
		fd = media_fd(&a);
		index = a.ifindex;
		cable_pull();
		CHECK(says(ns_a, &a, "into the void") < 0, "%s: without an interface",
		    kinds[i].directive);
		CHECK(a.count.send_errors > 0 && a.last_error != 0);
		/* Two times, so that a group is left as often as it is joined. */
		for (int again = 0; again < 2; again++) {
			cable_plug();
			CHECK(goes_through(&a, &b), "%s: back", kinds[i].directive);
			CHECK_INT(a.last_error, 0, "%s: sends again", kinds[i].directive);
			cable_pull();
		}
		CHECK_INT(media_fd(&a), fd, "%s: the descriptor of the loop is the same",
		    kinds[i].directive);
		CHECK(a.ifindex != index && a.count.rebinds >= 1);
		media_close(&a);
		media_close(&b);
	}
}

static void
test_new_broadcast_address(void)
{
	struct media a;
	struct seen seen = { .text = "" };
	int cable;

	cable_plug();
	must_open(ns_a, &a, "bcast", "mta");
	cable = capture_open();
	enter(ns_a);
	CHECK(sh("ip addr del 10.90.7.1/24 dev mta && "
	         "ip addr add 10.91.0.1/16 brd 10.91.255.255 dev mta") == 0);
	for (int i = 0; i < 300 && strcmp(seen.to, "10.91.255.255") != 0; i++) {
		says(ns_a, &a, "new");
		capture_next(cable, &seen, 100);
	}
	CHECK_STR(seen.to, "10.91.255.255", "follows the interface");
	close(cable);
	media_close(&a);
	cable_pull();
}

/* "ip addr add" without "brd" stores none. */
static void
test_derived_broadcast_address(void)
{
	struct media m;
	struct media_spec spec;
	struct media_refusal why;
	struct seen seen = { .text = "" };
	int cable;

	cable_plug();
	enter(ns_a);
	CHECK(sh("ip addr flush dev mta && ip addr add 10.92.0.1/16 dev mta") == 0);
	must_open(ns_a, &m, "bcast", "mta");
	cable = capture_open();
	CHECK_INT(says(ns_a, &m, "x"), 0, "send");
	CHECK(capture_next(cable, &seen, SOON_MS));
	CHECK_STR(seen.to, "10.92.255.255", "that of the net");
	CHECK(seen.broadcast_frame);
	close(cable);
	media_close(&m);
	enter(ns_a);
	CHECK(sh("ip addr flush dev mta && ip addr add 10.92.0.1/32 dev mta") == 0);
	media_parse("bcast", "mta", &spec, &why);
	CHECK_INT(media_check(&spec, &why), -EADDRNOTAVAIL, "a net of one has none");
	cable_pull();
}

static void
test_interface_down_and_up(void)
{
	struct media a, b;

	cable_plug();
	must_open(ns_a, &a, "bcast", "mta");
	must_open(ns_b, &b, "bcast", "mtb");
	enter(ns_a);
	CHECK(sh("ip link set mta down") == 0);
	CHECK(says(ns_a, &a, "x") < 0);
	enter(ns_a);
	CHECK(sh("ip link set mta up") == 0);
	CHECK(goes_through(&a, &b), "after the link was down");
	media_close(&a);
	media_close(&b);
	cable_pull();
}

/* Errors. */

static void
test_missing_interface(void)
{
	static const char *const lines[][2] = { { "bcast", "nope0" },
		{ "mcast", "nope0 239.0.0.43 1700 1 0" }, { "ucast", "nope0 10.90.7.2" },
		{ "mcast6", "nope0 ff12::43 1700 1 0" }, { "ucast6", "nope0 fe80::2" } };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct media m;
		struct err err = { "" };
		char want[64];

		CHECK_INT(try_open(ns_a, &m, lines[i][0], lines[i][1], &err), -ENODEV,
		    "%s", lines[i][0]);
		snprintf(want, sizeof(want), "%s nope0: there is no such interface",
		    lines[i][0]);
		CHECK_STR(err.text, want, "one clear line");
		CHECK(m.read_fd == -1 && m.write_fd == -1, "nothing is left open");
	}
}

/* A stranger without SO_REUSEADDR has the port. */
static void
test_port_in_use(void)
{
	static const char *const lines[][2] = { { "bcast", "mta" },
		{ "ucast", "mta 10.90.7.2" }, { "mcast", "mta 239.0.0.43 1694 1 0" },
		{ "ucast6", "mta fd07::2" }, { "mcast6", "mta ff12::43 1694 1 0" } };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(1694) };
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(1694) };
	int four, six;

	cable_plug();
	enter(ns_a);
	four = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	six = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
	CHECK(bind(four, (struct sockaddr *)&any4, sizeof(any4)) == 0);
	CHECK(bind(six, (struct sockaddr *)&any6, sizeof(any6)) == 0);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct media m;
		struct err err = { "" };

		CHECK_INT(try_open(ns_a, &m, lines[i][0], lines[i][1], &err), -EADDRINUSE,
		    "%s", lines[i][0]);
		CHECK(strstr(err.text, ": port 1694 is in use by another program"), "%s",
		    err.text);
	}
	close(four);
	close(six);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct media m;

		must_open(ns_a, &m, lines[i][0], lines[i][1]); /* the retry */
		media_close(&m);
	}
	cable_pull();
}

/* Two daemons of one port on one machine, each on its own device. */
static void
test_other_device_is_no_conflict(void)
{
	struct media m;
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(1694) };
	int fd;

	cable_plug();
	enter(ns_a);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	CHECK(bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0);
	must_open(ns_a, &m, "bcast", "mta");
	media_close(&m);
	close(fd);
	cable_pull();
}

/* Load. */

static void
test_full_buffer_never_blocks(void)
{
	static uint8_t frame[60000];
	struct media a;
	struct timespec from, to;
	int full = 0;
	double ms;

	cable_plug();
	/* 1 Mbit/s: the queue of the device holds what does not fit in a second. */
	enter(ns_a);
	if (sh("tc qdisc add dev mta root tbf rate 1mbit burst 1600 limit 100mb "
	       "2>/dev/null") != 0) {
		printf("skip media/full_buffer_never_blocks: no tbf in this kernel\n");
		cable_pull();
		return;
	}
	must_open(ns_a, &a, "bcast", "mta");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 200; i++) {
		int code = media_send(&a, frame, sizeof(frame));

		CHECK(code == 0 || code == -EAGAIN, "%d", code);
		full += code == -EAGAIN;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
	     (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	CHECK(full > 100 && full < 200, "%d of 200 did not fit", full);
	CHECK_INT(a.count.send_full, full, "each is counted");
	CHECK(ms < 1000, "%.0f ms for 12 MB at 1 Mbit/s", ms);
	media_close(&a);
	cable_pull();
}

static void
test_sizes(void)
{
	static uint8_t frame[MEDIA_FRAME_MAX + 1], buf[MEDIA_FRAME_MAX];
	struct media a, b;
	struct media_from from;
	struct pollfd p;
	char text[MEDIA_FROM_MAX], want[32];
	struct sockaddr_in self;
	socklen_t len = sizeof(self);

	cable_plug();
	must_open(ns_a, &a, "ucast", "mta 10.90.7.2");
	must_open(ns_b, &b, "ucast", "mtb 10.90.7.1");
	p = (struct pollfd){ .fd = media_fd(&b), .events = POLLIN };
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7);
	enter(ns_a);
	CHECK_INT(media_send(&a, frame, MEDIA_FRAME_MAX), 0, "the longest");
	CHECK_INT(poll(&p, 1, SOON_MS), 1, "arrives");
	CHECK_INT(media_recv(&b, buf, sizeof(buf), &from), MEDIA_FRAME_MAX, "whole");
	CHECK(memcmp(buf, frame, MEDIA_FRAME_MAX) == 0);
	getsockname(a.write_fd, (struct sockaddr *)&self, &len);
	snprintf(want, sizeof(want), "10.90.7.1:%u", ntohs(self.sin_port));
	CHECK_STR(media_from_text(&from, text), want, "its source");
	CHECK_INT(media_send(&a, frame, MEDIA_FRAME_MAX + 1), -EMSGSIZE, "one too long");
	CHECK_INT(media_send(&a, frame, 1001), 0, "longer than the buffer below");
	CHECK_INT(media_send(&a, frame, 0), 0, "an empty one");
	CHECK_INT(media_send(&a, frame, 1000), 0, "fits");
	CHECK_INT(poll(&p, 1, SOON_MS), 1, "arrives");
	CHECK_INT(media_recv(&b, buf, 1000, NULL), -EMSGSIZE, "too long is told");
	CHECK_INT(b.count.oversized, 1, "and counted");
	CHECK_INT(media_recv(&b, buf, 1000, NULL), 0, "empty");
	CHECK_INT(media_recv(&b, buf, 1000, NULL), 1000, "fits");
	CHECK_INT(media_recv(&b, buf, 1000, NULL), -EAGAIN, "drained");
	media_close(&a);
	media_close(&b);
	cable_pull();
}

/* A device without an address can be in a group: its address may come later. */
static void
test_mcast_before_the_address(void)
{
	struct media a, b;

	cable_plug();
	enter(ns_a);
	CHECK(sh("ip addr flush dev mta") == 0);
	must_open(ns_a, &a, "mcast", "mta 239.0.0.43 1700 1 0");
	must_open(ns_b, &b, "mcast", "mtb 239.0.0.43 1700 1 0");
	says(ns_a, &a, "early");
	while (hears(&b, "early", 50))
		;
	enter(ns_a);
	CHECK(sh("ip addr add 10.90.7.1/24 brd + dev mta") == 0);
	CHECK(goes_through(&a, &b), "once it has one");
	media_close(&a);
	media_close(&b);
	cable_pull();
}

/* Ping media. */

static void
ping_open_in(int ns, struct media *m, const char *directive, const char *args,
    int64_t fresh_ms)
{
	struct media_refusal why;
	struct media_spec spec;
	struct err err = { "" };

	CHECK_INT(media_parse(directive, args, &spec, &why), 0, "%s", why.text);
	spec.fresh_ms = fresh_ms;
	enter(ns);
	CHECK_INT(media_open(m, &spec, 0, &err), 0, "%s", err.text);
}

static void
test_ping_answers(void)
{
	struct media a, six, group, self;

	cable_plug();
	CHECK(sh("ip addr add 10.90.7.3/24 dev mtb") == 0);
	ping_open_in(ns_a, &a, "ping", "10.90.7.2", 10000);
	ping_open_in(ns_a, &self, "ping", "10.90.7.1", 10000);
	ping_open_in(ns_a, &six, "ping6", "fd07::2", 10000);
	ping_open_in(ns_a, &group, "ping_group", "g 10.90.7.9 10.90.7.2 10.90.7.3",
	    10000);
	CHECK_STR(a.name, "10.90.7.2", "named like the node");
	CHECK_STR(group.name, "g", "named like the node");
	for (int i = 0; i < 200; i++) {
		char text[16];

		snprintf(text, sizeof(text), "round %d", i);
		says(ns_a, &a, text);
		says(ns_a, &self, text);
		says(ns_a, &six, text);
		says(ns_a, &group, text);
		if (!hears(&a, text, SOON_MS) || !hears(&six, text, SOON_MS) ||
		    !hears(&group, text, SOON_MS) || !hears(&self, text, SOON_MS)) {
			CHECK(false, "%s: not heard", text);
			break;
		}
	}
	CHECK(!hears(&group, "round 199", 50), "one of the group is enough");
	media_close(&a);
	media_close(&self);
	media_close(&six);
	media_close(&group);
	cable_pull();
}

/* The host's side: a request as it came, and whatever is sent back. */
static int
forger_open(void)
{
	int fd;

	enter(ns_b);
	CHECK(sh("echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all") == 0);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	CHECK(fd >= 0);
	return fd;
}

/* The request behind its IP header, turned into an answer. */
static size_t
forger_take(int fd, uint8_t *answer, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t packet[1500];
	ssize_t len;

	do {
		if (poll(&p, 1, SOON_MS) != 1)
			return 0;
		len = recv(fd, packet, sizeof(packet), 0);
	} while (len < 28 || packet[20] != 8);
	len -= 20;
	memcpy(answer, packet + 20, (size_t)len < size ? (size_t)len : size);
	answer[0] = 0;
	return (size_t)len;
}

/* ANSWER with the byte at AT changed, from FROM, with a right checksum. */
static void
forger_say(const uint8_t *answer, size_t len, size_t at, const char *from)
{
	struct sockaddr_in to = { .sin_family = AF_INET }, own = to;
	uint8_t packet[1500];
	uint32_t sum = 0;
	int fd;

	memcpy(packet, answer, len);
	if (at > 0)
		packet[at] ^= 1;
	packet[2] = packet[3] = packet[len] = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)packet[i] << 8 | packet[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	packet[2] = (uint8_t)(~sum >> 8);
	packet[3] = (uint8_t)~sum;
	enter(ns_b);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	inet_pton(AF_INET, from, &own.sin_addr);
	inet_pton(AF_INET, "10.90.7.1", &to.sin_addr);
	CHECK_INT(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0, "from %s", from);
	CHECK_INT(sendto(fd, packet, len, 0, (struct sockaddr *)&to, sizeof(to)), len,
	    "%zu bytes: %s", len, strerror(errno));
	close(fd);
}

static void
test_ping_forgeries(void)
{
	struct media a, group;
	uint8_t old[200], answer[200];
	size_t len;
	int fd;

	cable_plug();
	CHECK(
	    sh("ip addr add 10.90.7.3/24 dev mtb && ip addr add 10.90.7.4/24 dev mtb") ==
	    0);
	fd = forger_open();
	ping_open_in(ns_a, &a, "ping", "10.90.7.2", 60000);
	says(ns_a, &a, "first");
	len = forger_take(fd, old, sizeof(old));
	CHECK_INT(len, 8 + 5, "the request");
	forger_say(old, len, 4, "10.90.7.2"); /* identifier */
	forger_say(old, len, 7, "10.90.7.2"); /* a number that was not sent */
	forger_say(old, len, 9, "10.90.7.2"); /* data */
	forger_say(old, len - 1, 0, "10.90.7.2");
	forger_say(old, len, 0, "10.90.7.2");
	CHECK(hears(&a, "first", SOON_MS), "the true one");
	CHECK_INT(a.count.received, 1, "and only that");
	forger_say(old, len, 0, "10.90.7.2"); /* again */
	says(ns_a, &a, "second");
	len = forger_take(fd, answer, sizeof(answer));
	memcpy(answer + 8, old + 8, 5); /* what was recorded, under the new number */
	forger_say(answer, 13, 0, "10.90.7.2");
	memcpy(answer + 8, "second", 6);
	forger_say(answer, len, 0, "10.90.7.2");
	CHECK(hears(&a, "second", SOON_MS), "nothing of that is heard twice");
	CHECK_INT(a.count.received, 2, "each request once");
	media_close(&a);

	ping_open_in(ns_a, &group, "ping_group", "g 10.90.7.2 10.90.7.3", 60000);
	says(ns_a, &group, "group");
	len = forger_take(fd, answer, sizeof(answer));
	forger_say(answer, len, 0, "10.90.7.4"); /* no member */
	CHECK(!hears(&group, "group", 100), "a stranger does not count");
	forger_say(answer, len, 0, "10.90.7.3");
	CHECK(hears(&group, "group", SOON_MS), "a member does");
	media_close(&group);

	ping_open_in(ns_a, &a, "ping", "10.90.7.2", 20);
	says(ns_a, &a, "late");
	do /* passing over what the group's other host was asked */
		len = forger_take(fd, answer, sizeof(answer));
	while (len != 8 + 4 && len > 0);
	usleep(50000);
	forger_say(answer, len, 0, "10.90.7.2");
	CHECK(!hears(&a, "late", 100), "what is kept back does not count");
	media_close(&a);
	close(fd);
	enter(ns_b);
	CHECK(sh("echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all") == 0);
	cable_pull();
}

static const struct check_case cases[] = {
	{ "kinds", test_kinds },
	{ "ucast_to_itself", test_ucast_to_itself },
	{ "shared_ear", test_shared_ear },
	{ "bell", test_bell },
	{ "bell_and_echoes", test_bell_and_echoes },
	{ "groups_by_interface", test_groups_by_interface },
	{ "interface_comes_back", test_interface_comes_back },
	{ "new_broadcast_address", test_new_broadcast_address },
	{ "derived_broadcast_address", test_derived_broadcast_address },
	{ "interface_down_and_up", test_interface_down_and_up },
	{ "missing_interface", test_missing_interface },
	{ "port_in_use", test_port_in_use },
	{ "other_device_is_no_conflict", test_other_device_is_no_conflict },
	{ "full_buffer_never_blocks", test_full_buffer_never_blocks },
	{ "sizes", test_sizes },
	{ "mcast_before_the_address", test_mcast_before_the_address },
	{ "ping_answers", test_ping_answers },
	{ "ping_forgeries", test_ping_forgeries },
};

int
main(void)
{
	log_open_stderr("media_test");
	if (!getenv("MEDIA_TEST_LOG"))
		log_stderr_close();
	if (geteuid() != 0 || !nodes_make()) {
		printf("skip media: no network name spaces can be made here\n");
		return 0;
	}
	return check_main("media", cases, ARRAY_LEN(cases));
}
