/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ha.cf that open media (spec/config.md 6): their syntax, and whether this
 * machine has what they name.  Nothing is opened here.
 */
#include "heartbeat/config/reader.h"
#include "lib/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define WORDS_MAX 64
#define BLANKS " \t\r\f"

/* The line, taken apart. */
struct medium {
	struct conf_reader *r;
	const char *name; /* of the directive: "udp" has become "bcast" */
	const char *word[WORDS_MAX];
	int column[WORDS_MAX];
	size_t count;
};

/* ---- Leaves.
 * ------------------------------------------------------------------------------ */

static void
medium_split(struct medium *m, const struct conf_word *w)
{
	const char *at = w->text;

	while (m->count < WORDS_MAX) {
		size_t len;

		at += strspn(at, BLANKS);
		len = strcspn(at, BLANKS);
		if (len == 0)
			return;
		m->word[m->count] = arena_strn(m->r->arena, at, len);
		m->column[m->count++] = w->column + (int)(at - w->text);
		at += len;
	}
}

/* The words again, with single blanks: what media_parse() takes and what -v prints. */
static const char *
medium_join(const struct medium *m)
{
	const char *args = m->count > 0 ? m->word[0] : "";

	for (size_t i = 1; i < m->count; i++)
		args = arena_format(m->r->arena, "%s %s", args, m->word[i]);
	return args;
}

static bool
is_ipv4(const char *text)
{
	struct in_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1;
}

static bool
is_ipv6(const char *text)
{
	struct in6_addr addr;

	return inet_pton(AF_INET6, text, &addr) == 1;
}

static bool
looks_numeric(const char *text)
{
	return text[strspn(text, "0123456789./")] == '\0';
}

static bool
resolves(const char *host, int family)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM },
	                *list = NULL;
	bool found = getaddrinfo(host, NULL, &hints, &list) == 0;

	if (list)
		freeaddrinfo(list);
	return found;
}

/* A word that has to be there.  WHAT: "ttl"; EXAMPLE: the whole line as it should be. */
static int
word_missing(const struct medium *m, const char *what, const char *legacy,
    const char *example)
{
	return refuse(m->r, m->r->column, legacy, "%s: the %s is missing; allowed is: %s",
	    m->name, what, example);
}

static void
words_surplus(const struct medium *m, size_t allowed)
{
	if (m->count > allowed)
		warn(m->r, m->column[allowed], NULL,
		    "%s: '%s' and what follows it is ignored", m->name, m->word[allowed]);
}

/* 0, or what refuse() or refuse_here() answered.  LEGACY: what the old daemon said of a
 * missing one. */
static int
interface_check(const struct medium *m, size_t at, const char *legacy)
{
	const char *name = m->word[at];

	if (strlen(name) >= IF_NAMESIZE)
		return refuse(m->r, m->column[at], legacy,
		    "%s: '%s' is longer than the name of an interface can be (%d bytes)",
		    m->name, name, IF_NAMESIZE - 1);
	if (if_nametoindex(name) != 0)
		return 0;
	if (value_is_placeholder(name))
		return refuse(m->r, m->column[at], legacy,
		    "%s: '%s' is a word of a sample that was not replaced; the name of a "
		    "network "
		    "interface is needed, as in '%s eth0'",
		    m->name, name, m->name);
	return refuse_here(m->r, m->column[at], legacy,
	    "%s: no such interface on this machine: '%s'", m->name, name);
}

static bool
has_broadcast_address(const char *interface)
{
	struct ifaddrs *list, *a;
	bool found = false;

	if (getifaddrs(&list) != 0)
		return true; /* the medium itself will say more */
	for (a = list; a && !found; a = a->ifa_next)
		found = a->ifa_addr && a->ifa_addr->sa_family == AF_INET &&
		        (a->ifa_flags & IFF_BROADCAST) &&
		        strcmp(a->ifa_name, interface) == 0;
	freeifaddrs(list);
	return found;
}

/* A host as a numeric address of FAMILY or a name. */
static int
host_check(const struct medium *m, size_t at, int family, const char *legacy)
{
	const char *host = m->word[at];

	if (family == AF_INET6 ? is_ipv6(host) : is_ipv4(host))
		return 0;
	if (family == AF_INET && is_ipv6(host))
		return refuse(m->r, m->column[at], legacy,
		    "%s: '%s' is an IPv6 address; %s6 takes those", m->name, host,
		    m->name);
	if (looks_numeric(host))
		return refuse(m->r, m->column[at], legacy, "%s: '%s' is not an address",
		    m->name, host);
	if (m->r->options.on_this_machine && resolves(host, family)) {
		note(m->r, m->column[at], NULL,
		    "%s: the name '%s' must be resolved at each start; an address cannot "
		    "fail",
		    m->name, host);
		return 0;
	}
	if (value_is_placeholder(host))
		return refuse(m->r, m->column[at], legacy,
		    "%s: '%s' is a word of a sample that was not replaced; an address is "
		    "needed",
		    m->name, host);
	if (m->r->options.on_this_machine)
		return refuse(m->r, m->column[at], legacy,
		    "%s: the name '%s' cannot be resolved on this machine; an address "
		    "cannot fail",
		    m->name, host);
	note(m->r, m->column[at], NULL,
	    "%s: the name '%s' must be resolved at each start; an address cannot fail",
	    m->name, host);
	return 0;
}

static int
range_check(const struct medium *m, size_t at, const char *what, int low, int high)
{
	int64_t value = 0;
	bool numeric = value_number_parse(m->word[at], &value);

	if (numeric && value >= low && value <= high)
		return 0;
	return refuse(m->r, m->column[at],
	    old(m->r, "glib:  %s [%s] bad %s [%lld]", m->name, m->word[0], what,
	        (long long)(numeric ? value : 0)),
	    "%s: '%s' is not a %s; %d to %d is allowed", m->name, m->word[at], what, low,
	    high);
}

/* ---- Kinds.
 * ------------------------------------------------------------------------------- */

static int
check_bcast(const struct medium *m)
{
	const char *name = m->word[0];
	const char *legacy = old(m->r,
	    "glib: Get broadcast for interface %s failed: No such device\n"
	    "glib: IP interface [%s] does not exist\n"
	    "Illegal bcast [UDP/IP broadcast] in config file [%s]",
	    name, name, name);

	if (interface_check(m, 0, legacy) < 0)
		return -EINVAL;
	if (!m->r->options.on_this_machine || has_broadcast_address(name))
		return 0;
	return refuse_here(m->r, m->column[0],
	    old(m->r,
	        "glib: Get broadcast for interface %s failed: Cannot assign requested "
	        "address\n"
	        "glib: IP interface [%s] does not exist\n"
	        "Illegal bcast [UDP/IP broadcast] in config file [%s]",
	        name, name, name),
	    "bcast: interface '%s' has no IPv4 broadcast address on this machine", name);
}

static int
check_mcast(const struct medium *m)
{
	static const char example[] =
	    "mcast IF GROUP PORT TTL LOOP, as in 'mcast eth0 239.0.0.43 694 1 0'";
	static const char *const what[] = { "interface", "mcast address", "port", "ttl",
		"loop" };
	struct in_addr group;
	int result;

	if (m->count < ARRAY_LEN(what))
		return word_missing(m, what[m->count],
		    m->count > 0 ? old(m->r, "glib: mcast [%s] missing %s", m->word[0],
		                       what[m->count])
		                 : NULL,
		    example);
	words_surplus(m, ARRAY_LEN(what));
	result = interface_check(m, 0,
	    old(m->r, "glib: mcast device [%s] is invalid or not set up properly",
	        m->word[0]));
	if (inet_pton(AF_INET, m->word[1], &group) != 1 ||
	    !IN_MULTICAST(ntohl(group.s_addr)))
		result = refuse(m->r, m->column[1],
		    old(m->r, "glib: mcast [%s] bad addr [%s]", m->word[0], m->word[1]),
		    "mcast: '%s' is not a multicast address; 224.0.0.0 to "
		    "239.255.255.255 is allowed",
		    m->word[1]);
	if (range_check(m, 2, "port", 1, 65535) < 0 ||
	    range_check(m, 3, "ttl", 0, 4) < 0 || range_check(m, 4, "loop", 0, 1) < 0)
		result = -EINVAL;
	return result;
}

/* The scopes that reach a cluster: link, admin, site, organisation. */
static bool
is_multicast6(const char *text)
{
	struct in6_addr addr;
	unsigned flags, scope;

	if (inet_pton(AF_INET6, text, &addr) != 1 || addr.s6_addr[0] != 0xff)
		return false;
	flags = addr.s6_addr[1] >> 4;
	scope = addr.s6_addr[1] & 15;
	return flags <= 1 && (scope == 2 || scope == 4 || scope == 5 || scope == 8);
}

static int
check_mcast6(const struct medium *m)
{
	static const char example[] =
	    "mcast6 IF GROUP PORT HOPS LOOP, as in 'mcast6 eth0 ff05::43 694 1 0'";
	static const char *const what[] = { "interface", "mcast6 address", "port", "hops",
		"loop" };
	int result;

	if (m->count < ARRAY_LEN(what))
		return word_missing(m, what[m->count],
		    m->count > 0 ? old(m->r, "glib: mcast6 [%s] missing %s", m->word[0],
		                       what[m->count])
		                 : "glib: mcast6 statement without device",
		    example);
	words_surplus(m, ARRAY_LEN(what));
	result = interface_check(m, 0,
	    old(m->r, "glib: mcast6 device [%s] is invalid or not set up properly",
	        m->word[0]));
	if (!is_multicast6(m->word[1]))
		result = refuse(m->r, m->column[1],
		    old(m->r, "glib:  mcast6 [%s] bad addr [%s]", m->word[0], m->word[1]),
		    "mcast6: '%s' is not a multicast address of scope 2, 4, 5 or 8, as "
		    "ff05::43 is",
		    m->word[1]);
	if (range_check(m, 2, "port", 1, 65535) < 0 ||
	    range_check(m, 3, "hops", 0, 4) < 0 || range_check(m, 4, "loop", 0, 1) < 0)
		result = -EINVAL;
	return result;
}

static int
check_ucast(const struct medium *m)
{
	static const char example[] = "ucast IF PEER, as in 'ucast eth0 192.0.2.12'";
	int result;

	if (m->count == 0)
		return word_missing(m, "interface", NULL, example);
	if (m->count == 1)
		return word_missing(m, "address of the peer",
		    old(m->r, "glib: ucast: [%s] missing target IP address/hostname",
		        m->word[0]),
		    example);
	words_surplus(m, 2);
	result = interface_check(m, 0, NULL);
	if (host_check(m, 1, AF_INET,
	        old(m->r,
	            "glib: ucast: cannot resolve hostname\nglib: ucast: interface [%s] "
	            "does not exist",
	            m->word[0])) < 0)
		result = -EINVAL;
	return result;
}

static int
check_ucast6(const struct medium *m)
{
	static const char example[] = "ucast6 IF ADDRESS, as in 'ucast6 eth0 fe80::12'";
	const char *legacy;
	char addr[64];
	int result;

	if (m->count == 0)
		return word_missing(m, "interface",
		    "glib: ucast6 statement without device", example);
	if (m->count == 1)
		return word_missing(m, "address of the peer",
		    old(m->r, "glib: ucast6 [%s] missing ucast6 address", m->word[0]),
		    example);
	words_surplus(m, 2);
	legacy = old(m->r, "glib: ucast6 [%s] bad addr [%s]", m->word[0], m->word[1]);
	result = interface_check(m, 0,
	    old(m->r, "glib: ucast6 device [%s] is invalid or not set up properly",
	        m->word[0]));
	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(m->word[1], "%"), m->word[1]);
	if (!is_ipv6(addr))
		result = refuse(m->r, m->column[1], legacy,
		    "ucast6: '%s' is not an IPv6 address", m->word[1]);
	return result;
}

static int
check_serial(const struct medium *m)
{
	const char *tty = m->word[0];
	const char *second =
	    old(m->r, "Illegal serial [serial ring] in config file [%s]", tty);
	struct stat st;

	if (*tty != '/')
		return refuse(m->r, m->column[0],
		    old(m->r,
		        "glib: Serial port not full pathname [%s] in config file\n%s",
		        tty, second),
		    "serial: '%s' is not an absolute path, as /dev/ttyS0 is", tty);
	if (stat(tty, &st) != 0)
		return refuse_here(m->r, m->column[0],
		    old(m->r, "glib: Nonexistent serial port [%s] in config file\n%s",
		        tty, second),
		    "serial: there is no '%s' on this machine", tty);
	if (!S_ISCHR(st.st_mode))
		return refuse_here(m->r, m->column[0],
		    old(m->r,
		        "glib: Serial port [%s] not a char device in config file\n%s",
		        tty, second),
		    "serial: '%s' is not a character device on this machine", tty);
	return 0;
}

/* ping, ping6 */
static int
check_ping(const struct medium *m)
{
	int family = strcmp(m->name, "ping6") == 0 ? AF_INET6 : AF_INET;
	const char *host = m->word[0];

	return host_check(m, 0, family,
	    old(m->r,
	        "glib: unknown host: %s: Name or service not known\n"
	        "Illegal %s [%s membership] in config file [%s]",
	        host, m->name, m->name, host));
}

static int
check_ping_group(const struct medium *m)
{
	int result = 0;

	if (m->count < 2)
		return word_missing(m,
		    m->count == 0 ? "name of the group" : "list of hosts", NULL,
		    "ping_group NAME HOST..., as in 'ping_group uplinks 192.0.2.1 "
		    "192.0.2.2'");
	for (size_t i = 1; i < m->count; i++)
		if (host_check(m, i, AF_INET,
		        old(m->r, "glib: unknown host: %s: Name or service not known",
		            m->word[i])) < 0)
			result = -EINVAL;
	return result;
}

static int
check_hbaping(const struct medium *m)
{
	if (m->count < 2)
		return word_missing(m, "name or list of ports", NULL,
		    "hbaping NAME WWN...");
	return 0;
}

/* ---- The table of kinds, and what a good line leaves behind.
 * ------------------------------ */

static const struct kind {
	const char *name;
	int (*check)(const struct medium *m);
	bool takes_udpport;
	bool is_ping; /* its first word is a node of that type */
} kinds[] = {
	{ "bcast", check_bcast, true, false },
	{ "mcast", check_mcast, false, false },
	{ "mcast6", check_mcast6, false, false },
	{ "ucast", check_ucast, true, false },
	{ "ucast6", check_ucast6, true, false },
	{ "serial", check_serial, false, false },
	{ "ping", check_ping, false, true },
	{ "ping6", check_ping, false, true },
	{ "ping_group", check_ping_group, false, true },
	{ "hbaping", check_hbaping, false, true },
};

static const struct kind *
kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static const struct conf_medium *
same_medium(const struct conf *conf, const char *name, const char *args)
{
	for (size_t i = 0; i < conf->medium_count; i++)
		if (strcmp(conf->medium[i].directive, name) == 0 &&
		    strcmp(conf->medium[i].args, args) == 0)
			return &conf->medium[i];
	return NULL;
}

static int
ping_node_add(const struct medium *m)
{
	struct conf *conf = m->r->conf;
	const char *name = m->word[0]; /* unlike a node's it stays as written */

	for (size_t i = 0; i < conf->node_count; i++)
		if (strcasecmp(conf->node[i].name, name) == 0)
			return refuse(m->r, m->column[0], NULL,
			    "%s: '%s' is there already as a node, in line %d", m->name,
			    name, conf->node[i].line);
	conf->node =
	    arena_grow(m->r->arena, conf->node, conf->node_count, sizeof(*conf->node));
	conf->node[conf->node_count++] =
	    (struct conf_node){ .name = name, .is_ping = true, .line = m->r->line };
	return 0;
}

static int
medium_add(const struct medium *m, const struct kind *kind, bool idle)
{
	struct conf_reader *r = m->r;
	struct conf *conf = r->conf;
	const char *args = medium_join(m);
	const struct conf_medium *twin = same_medium(conf, m->name, args);

	if (twin)
		return refuse(r, m->column[0], NULL,
		    "%s: '%s' is there already, in line %d; once is enough", m->name,
		    args, twin->line);
	if (kind->is_ping && ping_node_add(m) < 0)
		return -EINVAL;
	if (conf->medium_count >= HACF_MEDIA_MAX)
		return refuse(r, m->column[0], NULL, "%s: there are more than %d media",
		    m->name, HACF_MEDIA_MAX);
	conf->medium =
	    arena_grow(r->arena, conf->medium, conf->medium_count, sizeof(*conf->medium));
	conf->medium[conf->medium_count++] = (struct conf_medium){
		.directive = kind->name,
		.args = args,
		.udpport = r->udpport,
		.baud = r->baud,
		.idle = idle,
		.line = r->line,
		.column = m->column[0],
	};
	if (kind->takes_udpport && r->port_user_line == 0)
		r->port_user_line = r->line;
	if (kind->check == check_serial && r->serial_line == 0)
		r->serial_line = r->line;
	return 0;
}

int
parse_medium(struct conf_reader *r, const struct directive *d, const struct conf_word *w)
{
	struct medium m = { .r = r, .name = d->name };
	const struct kind *kind;

	if (strcmp(d->name, "udp") == 0) {
		m.name = "bcast";
		warn(r, r->column, "WARNING: directive 'udp' replaced by 'bcast'",
		    "udp is an old name; write bcast");
	}
	kind = kind_find(m.name);
	medium_split(&m, w);
	if (kind->check(&m) < 0) {
		*(kind->is_ping ? &r->ping_refused : &r->medium_refused) = true;
		return -EINVAL;
	}
	return medium_add(&m, kind, (d->flags & CONF_IDLE) != 0);
}
