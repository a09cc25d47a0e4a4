/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bcast, mcast and ucast (spec/wire.md 16.1).  A deliberate deviation, unseen on the
 * wire: the reading socket of mcast takes only what came in on its own interface
 * (IP_MULTICAST_ALL off), so that two lines of one group on two interfaces are two links.
 */
#include "heartbeat/media/private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MAX_IP4 65507

static struct sockaddr_in *
ip4_to(struct media *m)
{
	return (struct sockaddr_in *)&m->to;
}

static int
ip4_listen(struct media *m, struct err *err)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(m->port) };

	return ip_bind(m, (struct sockaddr *)&any, sizeof(any), err);
}

static int
ip4_bind_devices(struct media *m, struct err *err)
{
	int code = ip_bind_device(m->write_fd, m->spec.device, err);

	/* Another medium may be its ear. */
	if (code == 0 && m->read_fd >= 0)
		code = ip_bind_device(m->read_fd, m->spec.device, err);
	return code;
}

/* bcast. */

static int
bcast_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	if (words->count == 0)
		return spec_refuse(why, -EINVAL, words->offset[0],
		    "bcast needs an interface: bcast eth0");
	if (words->count > 1)
		spec_refuse(why, 0, words->offset[1], "'%s' is ignored", words->word[1]);
	return spec_device(spec, words, why);
}

static int
bcast_ask(int fd, unsigned long what, const char *device, struct in_addr *address)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", device);
	if (ioctl(fd, what, &req) < 0)
		return errno;
	*address = ((struct sockaddr_in *)&req.ifr_addr)->sin_addr;
	return 0;
}

static bool
bcast_can(int fd, const char *device)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", device);
	return ioctl(fd, SIOCGIFFLAGS, &req) == 0 && (req.ifr_flags & IFF_BROADCAST);
}

/* Who adds an address without "brd" gets none stored; its net has one nevertheless, and
 * the kernel knows the way there. */
static int
bcast_derive(int fd, const char *device, struct in_addr *address)
{
	struct in_addr own, mask;
	int code = bcast_ask(fd, SIOCGIFADDR, device, &own);

	if (code == 0)
		code = bcast_ask(fd, SIOCGIFNETMASK, device, &mask);
	if (code != 0)
		return code;
	if (ntohl(mask.s_addr) >= 0xfffffffeU)
		return EADDRNOTAVAIL; /* a net of one or two */
	address->s_addr = own.s_addr | ~mask.s_addr;
	return 0;
}

/* The broadcast address of a device, an alias included, asked by way of socket FD.  0 or
 * a positive errno. */
static int
bcast_address(int fd, const char *device, struct in_addr *address)
{
	int code = bcast_ask(fd, SIOCGIFBRDADDR, device, address);

	if (code == 0 && !bcast_can(fd, device))
		return EADDRNOTAVAIL;
	if (code == 0 && address->s_addr == htonl(INADDR_ANY))
		return bcast_derive(fd, device, address);
	return code;
}

static int
bcast_check(struct media_spec *spec, struct media_refusal *why)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), code = errno;
	struct in_addr address;

	if (fd >= 0) {
		code = bcast_address(fd, spec->device, &address);
		close(fd);
	}
	if (code == 0)
		return 0;
	spec_legacy(why,
	    "Get broadcast for interface %s failed: %s\nIP interface [%s] does not "
	    "exist\n"
	    "Illegal bcast [UDP/IP broadcast] in config file [%s]",
	    spec->device, strerror(code), spec->device, spec->device);
	if (code == ENODEV)
		return ip_device_check(spec, why);
	return spec_refuse(why, -EADDRNOTAVAIL, 0,
	    "interface %s has no broadcast address", spec->device);
}

static int
bcast_open(struct media *m, struct err *err)
{
	int code = ip_sockets_open(m, AF_INET, err);

	if (code == 0)
		code = ip_option(m->write_fd, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST",
		    err);
	if (code == 0)
		code = ip_option(m->write_fd, SOL_SOCKET, SO_DONTROUTE, 1, "SO_DONTROUTE",
		    err);
	return code;
}

static void
bcast_refresh(struct media *m)
{
	struct in_addr address;

	if (bcast_address(m->write_fd, m->spec.device, &address) != 0)
		return; /* it has lost its address for a while: send says so */
	if (address.s_addr == ip4_to(m)->sin_addr.s_addr)
		return;
	ip4_to(m)->sin_addr = address;
	log_line(LOG_INFO, "bcast %s: the broadcast address is %s now", m->name,
	    inet_ntoa(address));
}

static int
bcast_attach(struct media *m, struct err *err)
{
	struct in_addr address;
	int code = ip4_bind_devices(m, err);
	bool first = m->to_len == 0;

	if (code < 0)
		return code;
	code = bcast_address(m->write_fd, m->spec.device, &address);
	if (code != 0 && first)
		return err_set(err, -EADDRNOTAVAIL,
		    "the interface has no broadcast address: %s", strerror(code));
	if (!first)
		return 0; /* one that came back may get its address later: bcast_refresh
		           */
	*ip4_to(m) = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(m->port),
		.sin_addr = address };
	m->to_len = sizeof(struct sockaddr_in);
	return 0;
}

static void
bcast_started(const struct media *m)
{
	log_line(LOG_INFO,
	    "glib: UDP Broadcast heartbeat started on port %u (%u) interface %s", m->port,
	    m->port, m->spec.device);
}

const struct media_class media_bcast = {
	.kind = { "bcast", "UDP/IP broadcast", false, false },
	.frame_max = FRAME_MAX_IP4,
	.parse = bcast_parse,
	.check = bcast_check,
	.open = bcast_open,
	.attach = bcast_attach,
	.listen = ip4_listen,
	.refresh = bcast_refresh,
	.started = bcast_started,
	.shares_ear = true,
	.family = AF_INET,
};

/* mcast. */

static int
mcast_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	static const char *const parts[] = { "interface", "mcast address", "port", "ttl",
		"loop" };
	const char *device = words->count ? words->word[0] : "";
	struct sockaddr_in *group = (struct sockaddr_in *)&spec->to;
	unsigned long port = 0, ttl = 0, loop = 0;

	if (words->count < 5) {
		if (words->count == 0)
			spec_legacy(why,
			    "mcast device [] is invalid or not set up properly");
		else
			spec_legacy(why, "mcast [%s] missing %s", device,
			    parts[words->count]);
		return spec_refuse(why, -EINVAL, words->offset[words->count],
		    "mcast misses its %s: mcast eth0 239.0.0.43 694 1 0 (interface, "
		    "group, port, "
		    "ttl, loop)",
		    words->count == 1 ? "group" : parts[words->count]);
	}
	if (spec_device(spec, words, why) < 0) {
		spec_legacy(why, "mcast device [%s] is invalid or not set up properly",
		    device);
		return -EINVAL;
	}
	if (inet_pton(AF_INET, words->word[1], &group->sin_addr) != 1 ||
	    !IN_MULTICAST(ntohl(group->sin_addr.s_addr))) {
		spec_legacy(why, "mcast [%s] bad addr [%s]", device, words->word[1]);
		return spec_refuse(why, -EINVAL, words->offset[1],
		    "'%s' is no multicast group: 224.0.0.0 to 239.255.255.255",
		    words->word[1]);
	}
	if (!spec_number(words->word[2], 1, 65535, &port)) {
		spec_legacy(why, " mcast [%s] bad port [%s]", device, words->word[2]);
		return spec_refuse(why, -EINVAL, words->offset[2],
		    "'%s' is no port: 1 to 65535", words->word[2]);
	}
	if (!spec_number(words->word[3], 0, 4, &ttl)) {
		spec_legacy(why, " mcast [%s] bad ttl [%s]", device, words->word[3]);
		return spec_refuse(why, -EINVAL, words->offset[3],
		    "'%s' is no ttl: 0 to 4", words->word[3]);
	}
	if (!spec_number(words->word[4], 0, 1, &loop)) {
		spec_legacy(why, " mcast [%s] bad loop [%s]", device, words->word[4]);
		return spec_refuse(why, -EINVAL, words->offset[4],
		    "'%s' is no loop: 0, or 1 to hear ourselves", words->word[4]);
	}
	if (words->count > 5)
		spec_refuse(why, 0, words->offset[5], "'%s' is ignored", words->word[5]);
	group->sin_family = AF_INET;
	spec->port = (uint16_t)port;
	spec->ttl = (uint8_t)ttl;
	spec->loop = loop != 0;
	return 0;
}

static int
mcast_check(struct media_spec *spec, struct media_refusal *why)
{
	int code = ip_device_check(spec, why);

	if (code < 0)
		spec_legacy(why, "mcast device [%s] is invalid or not set up properly",
		    spec->device);
	return code;
}

static int
mcast_open(struct media *m, struct err *err)
{
	int code = ip_sockets_open(m, AF_INET, err);

	if (code == 0)
		code = ip_option(m->write_fd, IPPROTO_IP, IP_MULTICAST_TTL, m->spec.ttl,
		    "the ttl", err);
	if (code == 0)
		code = ip_option(m->write_fd, IPPROTO_IP, IP_MULTICAST_LOOP, m->spec.loop,
		    "the loop", err);
	if (code == 0)
		code = ip_option(m->read_fd, IPPROTO_IP, IP_MULTICAST_ALL, 0,
		    "IP_MULTICAST_ALL", err);
	return code;
}

static int
mcast_listen(struct media *m, struct err *err)
{
	struct sockaddr_in group = *(const struct sockaddr_in *)&m->spec.to;

	group.sin_port = htons(m->port);
	return ip_bind(m, (struct sockaddr *)&group, sizeof(group), err);
}

static int
mcast_attach(struct media *m, struct err *err)
{
	const struct sockaddr_in *group = (const struct sockaddr_in *)&m->spec.to;
	struct ip_mreqn member = { .imr_multiaddr = group->sin_addr,
		.imr_ifindex = m->ifindex };

	if (setsockopt(m->write_fd, IPPROTO_IP, IP_MULTICAST_IF, &member,
	        sizeof(member)) < 0)
		return err_set(err, -errno, "cannot send multicasts by the interface: %s",
		    strerror(errno));
	/* A membership of an interface that has gone stays with the socket, which may
	 * have only 20. */
	if (m->joined != 0 && m->joined != m->ifindex) {
		struct ip_mreqn old = { .imr_multiaddr = group->sin_addr,
			.imr_ifindex = m->joined };

		setsockopt(m->read_fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &old, sizeof(old));
	}
	if (setsockopt(m->read_fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member,
	        sizeof(member)) < 0 &&
	    errno != EADDRINUSE)
		return err_set(err, -errno, "cannot join the group: %s", strerror(errno));
	m->joined = m->ifindex;
	*ip4_to(m) = *group;
	ip4_to(m)->sin_port = htons(m->port);
	m->to_len = sizeof(struct sockaddr_in);
	return 0;
}

static void
mcast_started(const struct media *m)
{
	const struct sockaddr_in *group = (const struct sockaddr_in *)&m->spec.to;

	log_line(LOG_INFO,
	    "glib: UDP multicast heartbeat started for group %s port %u interface %s "
	    "(ttl=%d loop=%d)",
	    inet_ntoa(group->sin_addr), m->port, m->spec.device, m->spec.ttl,
	    m->spec.loop);
}

const struct media_class media_mcast = {
	.kind = { "mcast", "UDP/IP multicast", true, false },
	.frame_max = FRAME_MAX_IP4,
	.parse = mcast_parse,
	.check = mcast_check,
	.open = mcast_open,
	.attach = mcast_attach,
	.listen = mcast_listen,
	.started = mcast_started,
	.family = AF_INET,
};

/* ucast. */

static int
ucast_parse(struct media_spec *spec, const struct spec_words *words,
    struct media_refusal *why)
{
	int code;

	if (words->count == 0)
		return spec_refuse(why, -EINVAL, words->offset[0],
		    "ucast needs an interface and a peer: ucast eth0 10.0.0.2");
	code = spec_device(spec, words, why);
	if (code < 0)
		return code;
	if (words->count == 1) {
		spec_legacy(why, "ucast: [%s] missing target IP address/hostname",
		    words->word[0]);
		return spec_refuse(why, -EINVAL, words->offset[1],
		    "ucast %s misses its peer: ucast %s 10.0.0.2", words->word[0],
		    words->word[0]);
	}
	if (words->count > 2)
		spec_refuse(why, 0, words->offset[2],
		    "'%s' is ignored: one peer per line", words->word[2]);
	snprintf(spec->host, sizeof(spec->host), "%s", words->word[1]);
	ip_host_resolve(spec, AF_INET, true); /* a name is left for later */
	return 0;
}

static int
ucast_check(struct media_spec *spec, struct media_refusal *why)
{
	int code;

	if (spec->to.ss_family == 0 &&
	    (code = ip_host_resolve(spec, AF_INET, false)) != 0) {
		spec_legacy(why,
		    "ucast: cannot resolve hostname\nucast: interface [%s] does not "
		    "exist",
		    spec->device);
		return spec_refuse(why, -ENOENT, 0,
		    "the peer '%s' has no IPv4 address here: %s", spec->host,
		    gai_strerror(code));
	}
	return ip_device_check(spec, why);
}

static int
ucast_open(struct media *m, struct err *err)
{
	int code;

	if (m->spec.to.ss_family == 0 &&
	    (code = ip_host_resolve(&m->spec, AF_INET, false)) != 0)
		return err_set(err, -ENOENT, "the peer '%s' has no IPv4 address here: %s",
		    m->spec.host, gai_strerror(code));
	code = ip_sockets_open(m, AF_INET, err);
	if (code == 0)
		code = ip_option(m->write_fd, IPPROTO_IP, IP_TOS, IPTOS_LOWDELAY,
		    "the type of service", err);
	if (code == 0)
		code = ip_option(m->write_fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT",
		    err);
	if (code == 0)
		code = ip_option(m->read_fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT",
		    err);
	return code;
}

static int
ucast_attach(struct media *m, struct err *err)
{
	int code = ip4_bind_devices(m, err);

	if (code < 0)
		return code;
	*ip4_to(m) = *(const struct sockaddr_in *)&m->spec.to;
	ip4_to(m)->sin_port = htons(m->port);
	m->to_len = sizeof(struct sockaddr_in);
	return 0;
}

static void
ucast_started(const struct media *m)
{
	const struct sockaddr_in *to = (const struct sockaddr_in *)&m->to;

	log_line(LOG_INFO, "glib: ucast: started on port %u interface %s to %s", m->port,
	    m->spec.device, inet_ntoa(to->sin_addr));
}

const struct media_class media_ucast = {
	.kind = { "ucast", "UDP/IP unicast", true, false },
	.frame_max = FRAME_MAX_IP4,
	.parse = ucast_parse,
	.check = ucast_check,
	.open = ucast_open,
	.attach = ucast_attach,
	.listen = ip4_listen,
	.started = ucast_started,
	.shares_ear = true,
	.family = AF_INET,
};
