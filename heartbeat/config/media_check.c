/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of ha.cf that open media (spec/config.md 6).  Those that heartbeat/media can open
 * are judged there.  Here are names of hosts, words of samples that were not replaced,
 * and what a good line leaves in struct conf.  Nothing is opened here.
 */
#include "heartbeat/config/reader.h"
#include "heartbeat/media/media.h"
#include "lib/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define WORDS_MAX 80 /* more than any line of a medium may have */
#define BLANKS " \t\r\f"

/* The line, taken apart. */
struct medium {
	struct conf_reader *r;
	const char *name; /* of the directive: "udp" has become "bcast" */
	const char *word[WORDS_MAX];
	int column[WORDS_MAX];
	size_t count;
	const char *args; /* all of it, as written */
	int args_column;
};

/* ---- Leaves. ----------------------------------------------------------------- */

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
	char host[64];
	struct in6_addr addr;

	/* Behind it there may be the interface of a link-local one. */
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(text, "%"), text);
	return inet_pton(AF_INET6, host, &addr) == 1;
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

/* Words that could be a host but never the right one.  LEGACY: of an unknown host. */
static int
host_refuse_nonsense(const struct medium *m, size_t at, int family, const char *legacy)
{
	const char *host = m->word[at];

	if (family == AF_INET && is_ipv6(host))
		return refuse(m->r, m->column[at], legacy,
		    "%s: '%s' is an IPv6 address; %s6 takes those", m->name, host,
		    m->name);
	if (host[strspn(host, "0123456789./")] == '\0')
		return refuse(m->r, m->column[at], legacy, "%s: '%s' is not an address",
		    m->name, host);
	return 0;
}

/* A host as a numeric address of FAMILY or a name. */
static int
host_check(const struct medium *m, size_t at, int family, const char *legacy)
{
	const char *host = m->word[at];
	bool here = m->r->options.on_this_machine;

	if (family == AF_INET6 ? is_ipv6(host) : is_ipv4(host))
		return 0;
	if (host_refuse_nonsense(m, at, family, legacy) < 0)
		return -EINVAL;
	if (here && resolves(host, family)) {
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
	if (here)
		return refuse(m->r, m->column[at], legacy,
		    "%s: the name '%s' cannot be resolved on this machine; an address "
		    "cannot fail",
		    m->name, host);
	note(m->r, m->column[at], NULL,
	    "%s: the name '%s' must be resolved at each start; an address cannot fail",
	    m->name, host);
	return 0;
}

/* ---- Kinds that heartbeat/media opens. --------------------------------------- */

/* The lines of this layer had a prefix of their own in the log. */
static const char *
media_legacy(struct conf_reader *r, const char *lines)
{
	const char *text = "";

	while (*lines) {
		int len = (int)strcspn(lines, "\n");

		text = old(r, "%s%s%s%.*s", text, *text ? "\n" : "",
		    strncmp(lines, "Illegal", 7) == 0 ? "" : "glib: ", len, lines);
		lines += len + (lines[len] == '\n');
	}
	return *text ? text : NULL;
}

/* Its texts name the directive or not. */
static const char *
media_text(const struct medium *m, const struct media_refusal *why)
{
	if (strncmp(why->text, m->name, strlen(m->name)) == 0)
		return arena_str(m->r->arena, why->text);
	return arena_format(m->r->arena, "%s: %s", m->name, why->text);
}

static bool
interface_exists(const char *device)
{
	char name[IF_NAMESIZE];

	/* An alias is where its interface is. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(device, ":"), device);
	return if_nametoindex(name) != 0;
}

static int
machine_check(const struct medium *m, struct media_spec *spec)
{
	struct media_refusal why;
	int code;

	if (!interface_exists(spec->device) && value_is_placeholder(spec->device)) {
		media_check(spec, &why);
		return refuse(m->r, m->column[0], media_legacy(m->r, why.legacy),
		    "%s: '%s' is a word of a sample that was not replaced; the name of a "
		    "network "
		    "interface is needed, as eth0",
		    m->name, spec->device);
	}
	if (!m->r->options.on_this_machine) {
		if (!interface_exists(spec->device))
			note(m->r, m->column[0], NULL,
			    "%s: no such interface on this machine: '%s'", m->name,
			    spec->device);
		return 0;
	}
	code = media_check(spec, &why);
	if (code == 0)
		return 0;
	if (code == -ENODEV)
		return refuse(m->r, m->column[0], media_legacy(m->r, why.legacy),
		    "%s: no such interface on this machine: '%s'", m->name, spec->device);
	return refuse(m->r, m->column[code == -ENOENT], media_legacy(m->r, why.legacy),
	    "%s", media_text(m, &why));
}

static int
check_medium(const struct medium *m)
{
	int family = strcmp(m->name, "ucast6") == 0 ? AF_INET6 : AF_INET;
	struct media_refusal why;
	struct media_spec spec;

	if (media_parse(m->name, m->args, &spec, &why) < 0)
		return refuse(m->r, m->args_column + (int)why.offset,
		    media_legacy(m->r, why.legacy), "%s", media_text(m, &why));
	if (*why.text)
		warn(m->r, m->args_column + (int)why.offset, NULL, "%s",
		    media_text(m, &why));
	if (spec.host[0] &&
	    !(family == AF_INET ? is_ipv4(spec.host) : spec.to.ss_family != 0)) {
		const char *legacy = old(m->r,
		    "glib: ucast: cannot resolve hostname\n"
		    "glib: ucast: interface [%s] does not exist",
		    spec.device);

		if (host_refuse_nonsense(m, 1, family, legacy) < 0)
			return -EINVAL;
		note(m->r, m->column[1], NULL,
		    "%s: the name '%s' must be resolved at each start; an address cannot "
		    "fail",
		    m->name, spec.host);
	}
	return machine_check(m, &spec);
}

/* ---- A port. ----------------------------------------------------------------- */

static int
check_serial(const struct medium *m)
{
	struct media_refusal why;
	struct media_spec spec;

	if (media_parse(m->name, m->args, &spec, &why) < 0)
		return refuse(m->r, m->column[0], media_legacy(m->r, why.legacy), "%s",
		    media_text(m, &why));
	if (media_check(&spec, &why) < 0)
		return refuse_here(m->r, m->column[0], media_legacy(m->r, why.legacy),
		    "%s", media_text(m, &why));
	return 0;
}

/* ---- Ping nodes. ------------------------------------------------------------- */

/* What is wrong with the line itself, if anything. */
static int
ping_words_check(const struct medium *m)
{
	struct media_refusal why;
	struct media_spec spec;

	if (media_parse(m->name, m->args, &spec, &why) == 0)
		return 0;
	return refuse(m->r, m->args_column + (int)why.offset, NULL, "%s",
	    media_text(m, &why));
}

/* ping, ping6 */
static int
check_ping(const struct medium *m)
{
	int family = strcmp(m->name, "ping6") == 0 ? AF_INET6 : AF_INET;
	const char *host = m->word[0];

	if (ping_words_check(m) < 0)
		return -EINVAL;
	return host_check(m, 0, family,
	    old(m->r,
	        "glib: unknown host: %s: Name or service not known\n"
	        "Illegal %s [%s membership] in config file [%s]",
	        host, m->name, m->name, host));
}

static int
check_ping_group(const struct medium *m)
{
	int result;

	if (m->count < 2)
		return word_missing(m,
		    m->count == 0 ? "name of the group" : "list of hosts", NULL,
		    "ping_group NAME HOST..., as in 'ping_group uplinks 192.0.2.1 "
		    "192.0.2.2'");
	result = ping_words_check(m);
	for (size_t i = 1; i < m->count; i++)
		if (host_check(m, i, AF_INET,
		        old(m->r, "glib: unknown host: %s: Name or service not known",
		            m->word[i])) < 0)
			result = -EINVAL;
	return result;
}

/* ---- The table of kinds, and what a good line leaves behind. ----------------- */

static const struct kind {
	const char *name;
	int (*check)(const struct medium *m);
	bool takes_udpport;
	bool is_ping; /* its first word is a node of that type */
} kinds[] = {
	{ "bcast", check_medium, true, false },
	{ "mcast", check_medium, false, false },
	{ "mcast6", check_medium, false, false },
	{ "ucast", check_medium, true, false },
	{ "ucast6", check_medium, true, false },
	{ "serial", check_serial, false, false },
	{ "ping", check_ping, false, true },
	{ "ping6", check_ping, false, true },
	{ "ping_group", check_ping_group, false, true },
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
medium_add(const struct medium *m, const struct kind *kind)
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
	struct medium m = {
		.r = r,
		.name = d->name,
		.args = w->text,
		.args_column = w->column,
	};
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
	return medium_add(&m, kind);
}
