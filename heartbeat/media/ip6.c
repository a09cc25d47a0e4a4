/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mcast6 and ucast6 (spec/wire.md 16.1).  Unseen on the wire: the reading sockets take no
 * IPv4, which belongs to other media, and that of mcast6 is bound to its interface too
 * (the kernel's memberships do not tell interfaces apart), so that two lines of one group
 * on two interfaces are two links.
 */
#include "heartbeat/media/private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
#define FRAME_MAX_IP6 65527

static struct sockaddr_in6 *
ip6_to(struct media *m)
{
	return (struct sockaddr_in6 *)&m->to;
}

static int
ip6_open(struct media *m, struct err *err)
{
	int code = ip_sockets_open(m, AF_INET6, err);

	if (code == 0)
		code = ip_option(m->read_fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY",
		    err);
	return code;
}

static int
ip6_listen(struct media *m, struct err *err)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
		.sin6_port = htons(m->port) };

	return ip_bind(m, (struct sockaddr *)&any, sizeof(any), err);
}

/* mcast6. */

/* Flags 0 (well known) or 1 (transient); scope of the link, the administrator, the site,
 * the organisation. */
static bool
mcast6_is_group(const struct in6_addr *a)
{
	unsigned flags = a->s6_addr[1] >> 4, scope = a->s6_addr[1] & 0x0f;

	return IN6_IS_ADDR_MULTICAST(a) && flags <= 1 &&
	       (scope == 2 || scope == 4 || scope == 5 || scope == 8);
}

static int
mcast6_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	static const char *const parts[] = { "interface", "mcast6 address", "port",
		"hops", "loop" };
	const char *device = words->count ? words->word[0] : "";
	struct sockaddr_in6 *group = (struct sockaddr_in6 *)&spec->to;
	unsigned long port = 0, hops = 0, loop = 0;

	if (words->count < 5) {
		if (words->count == 0)
			spec_legacy(why,
			    "mcast6 device [] is invalid or not set up properly");
		else
			spec_legacy(why, "mcast6 [%s] missing %s", device,
			    parts[words->count]);
		return spec_refuse(why, -EINVAL, words->offset[words->count],
		    "mcast6 misses its %s: mcast6 eth0 ff12::43 694 1 0 (interface, "
		    "group, port, "
		    "hops, loop)",
		    words->count == 1 ? "group" : parts[words->count]);
	}
	if (spec_device(spec, words, why) < 0) {
		spec_legacy(why, "mcast6 device [%s] is invalid or not set up properly",
		    device);
		return -EINVAL;
	}
	if (inet_pton(AF_INET6, words->word[1], &group->sin6_addr) != 1 ||
	    !mcast6_is_group(&group->sin6_addr)) {
		spec_legacy(why, " mcast6 [%s] bad addr [%s]", device, words->word[1]);
		return spec_refuse(why, -EINVAL, words->offset[1],
		    "'%s' is no usable group: ff02::, ff04::, ff05::, ff08:: or ff12::, "
		    "ff14::, "
		    "ff15::, ff18:: with a number behind",
		    words->word[1]);
	}
	if (!spec_number(words->word[2], 1, 65535, &port)) {
		spec_legacy(why, " mcast6 [%s] bad port [%s]", device, words->word[2]);
		return spec_refuse(why, -EINVAL, words->offset[2],
		    "'%s' is no port: 1 to 65535", words->word[2]);
	}
	if (!spec_number(words->word[3], 0, 4, &hops)) {
		spec_legacy(why, " mcast6 [%s] bad hops [%s]", device, words->word[3]);
		return spec_refuse(why, -EINVAL, words->offset[3],
		    "'%s' is no number of hops: 0 to 4", words->word[3]);
	}
	if (!spec_number(words->word[4], 0, 1, &loop)) {
		spec_legacy(why, " mcast6 [%s] bad loop [%s]", device, words->word[4]);
		return spec_refuse(why, -EINVAL, words->offset[4],
		    "'%s' is no loop: 0, or 1 to hear ourselves", words->word[4]);
	}
	if (words->count > 5)
		spec_refuse(why, 0, words->offset[5], "'%s' is ignored", words->word[5]);
	group->sin6_family = AF_INET6;
	spec->port = (uint16_t)port;
	spec->ttl = (uint8_t)hops;
	spec->loop = loop != 0;
	return 0;
}

static int
mcast6_check(struct media_spec *spec, struct media_refusal *why)
{
	int code = ip_device_check(spec, why);

	if (code < 0)
		spec_legacy(why, "mcast6 device [%s] is invalid or not set up properly",
		    spec->device);
	return code;
}

static int
mcast6_open(struct media *m, struct err *err)
{
	int code = ip6_open(m, err);

	if (code == 0)
		code = ip_option(m->write_fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS,
		    m->spec.ttl, "the hops", err);
	if (code == 0)
		code = ip_option(m->write_fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP,
		    m->spec.loop, "the loop", err);
	if (code == 0)
		code = ip_option(m->read_fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0,
		    "IPV6_MULTICAST_ALL", err);
	return code;
}

static int
mcast6_attach(struct media *m, struct err *err)
{
	const struct sockaddr_in6 *group = (const struct sockaddr_in6 *)&m->spec.to;
	struct ipv6_mreq member = { .ipv6mr_multiaddr = group->sin6_addr,
		.ipv6mr_interface = (unsigned)m->ifindex };
	int code = ip_bind_device(m->read_fd, m->spec.device, err);

	if (code == 0)
		code = ip_option(m->write_fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, m->ifindex,
		    "the interface for multicasts", err);
	if (code < 0)
		return code;
	if (m->joined != 0 && m->joined != m->ifindex) {
		struct ipv6_mreq old = { .ipv6mr_multiaddr = group->sin6_addr,
			.ipv6mr_interface = (unsigned)m->joined };

		setsockopt(m->read_fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &old, sizeof(old));
	}
	if (setsockopt(m->read_fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &member,
	        sizeof(member)) < 0 &&
	    errno != EADDRINUSE)
		return err_set(err, -errno, "cannot join the group: %s", strerror(errno));
	m->joined = m->ifindex;
	*ip6_to(m) = *group;
	ip6_to(m)->sin6_port = htons(m->port);
	ip6_to(m)->sin6_scope_id = (uint32_t)m->ifindex;
	m->to_len = sizeof(struct sockaddr_in6);
	return 0;
}

static void
mcast6_started(const struct media *m)
{
	const struct sockaddr_in6 *group = (const struct sockaddr_in6 *)&m->spec.to;
	char text[INET6_ADDRSTRLEN];

	log_line(LOG_INFO,
	    "glib: UDP multicast heartbeat started for group %s port %u interface %s "
	    "(hops=%d loop=%d)",
	    inet_ntop(AF_INET6, &group->sin6_addr, text, sizeof(text)), m->port,
	    m->spec.device, m->spec.ttl, m->spec.loop);
}

const struct media_class media_mcast6 = {
	.kind = { "mcast6", "UDP/IPv6 multicast", true, false },
	.frame_max = FRAME_MAX_IP6,
	.parse = mcast6_parse,
	.check = mcast6_check,
	.open = mcast6_open,
	.attach = mcast6_attach,
	.listen = ip6_listen,
	.started = mcast6_started,
	.family = AF_INET6,
};

/* ucast6. */

static int
ucast6_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	int code;

	if (words->count == 0)
		return spec_refuse(why, -EINVAL, words->offset[0],
		    "ucast6 needs an interface and a peer: ucast6 eth0 fe80::2");
	code = spec_device(spec, words, why);
	if (code < 0)
		return code;
	if (words->count == 1) {
		spec_legacy(why, "ucast6 [%s] missing ucast6 address", words->word[0]);
		return spec_refuse(why, -EINVAL, words->offset[1],
		    "ucast6 %s misses its peer: ucast6 %s fe80::2", words->word[0],
		    words->word[0]);
	}
	if (words->count > 2)
		spec_refuse(why, 0, words->offset[2],
		    "'%s' is ignored: one peer per line", words->word[2]);
	snprintf(spec->host, sizeof(spec->host), "%s", words->word[1]);
	ip_host_resolve(spec, AF_INET6, true); /* a name is left for later */
	return 0;
}

static int
ucast6_check(struct media_spec *spec, struct media_refusal *why)
{
	int code;

	if (spec->to.ss_family == 0 &&
	    (code = ip_host_resolve(spec, AF_INET6, false)) != 0)
		return spec_refuse(why, -ENOENT, 0,
		    "the peer '%s' has no IPv6 address here: %s", spec->host,
		    gai_strerror(code));
	return ip_device_check(spec, why);
}

static int
ucast6_open(struct media *m, struct err *err)
{
	int code;

	if (m->spec.to.ss_family == 0 &&
	    (code = ip_host_resolve(&m->spec, AF_INET6, false)) != 0)
		return err_set(err, -ENOENT, "the peer '%s' has no IPv6 address here: %s",
		    m->spec.host, gai_strerror(code));
	code = ip6_open(m, err);
	if (code == 0)
		code = ip_option(m->read_fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT",
		    err);
	return code;
}

static int
ucast6_attach(struct media *m, struct err *err)
{
	int code = ip_bind_device(m->write_fd, m->spec.device, err);

	if (code == 0 && m->read_fd >= 0)
		code = ip_bind_device(m->read_fd, m->spec.device, err);
	if (code < 0)
		return code;
	*ip6_to(m) = *(const struct sockaddr_in6 *)&m->spec.to;
	ip6_to(m)->sin6_port = htons(m->port);
	if (IN6_IS_ADDR_LINKLOCAL(&ip6_to(m)->sin6_addr))
		ip6_to(m)->sin6_scope_id = (uint32_t)m->ifindex;
	m->to_len = sizeof(struct sockaddr_in6);
	return 0;
}

static void
ucast6_started(const struct media *m)
{
	const struct sockaddr_in6 *to = (const struct sockaddr_in6 *)&m->to;
	char text[INET6_ADDRSTRLEN];

	log_line(LOG_INFO, "glib: ucast6: started on port %u interface %s to %s", m->port,
	    m->spec.device, inet_ntop(AF_INET6, &to->sin6_addr, text, sizeof(text)));
}

const struct media_class media_ucast6 = {
	.kind = { "ucast6", "UDP/IPv6 unicast", true, false },
	.frame_max = FRAME_MAX_IP6,
	.parse = ucast6_parse,
	.check = ucast6_check,
	.open = ucast6_open,
	.attach = ucast6_attach,
	.listen = ip6_listen,
	.started = ucast6_started,
	.shares_ear = true,
	.family = AF_INET6,
};
