/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all IP media have in common: their two sockets and the interface that they hold on
 * to. One socket writes and is bound to no port, so that its port is an ephemeral one;
 * one reads.
 */
#include "heartbeat/media/private.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Both ways.  A history of retransmissions may leave, and a burst of them arrive, in one
 * turn of the loop. */
#define IP_BUFFER_BYTES (1024 * 1024)

void
ip_device_base(const char *device, char base[IFNAMSIZ])
{
	size_t len = strcspn(device, ":");

	if (len >= IFNAMSIZ)
		len = IFNAMSIZ - 1;
	memcpy(base, device, len);
	base[len] = '\0';
}

int
ip_device_index(const char *device)
{
	char base[IFNAMSIZ];

	ip_device_base(device, base);
	return (int)if_nametoindex(base);
}

int
ip_device_index_by(int fd, const char *device)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	ip_device_base(device, req.ifr_name);
	return ioctl(fd, SIOCGIFINDEX, &req) == 0 ? req.ifr_ifindex : 0;
}

int
ip_device_check(const struct media_spec *spec, struct media_refusal *why)
{
	if (ip_device_index(spec->device) != 0)
		return 0;
	return spec_refuse(why, -ENODEV, 0, "there is no interface %s on this machine",
	    spec->device);
}

int
ip_option(int fd, int level, int option, int value, const char *what, struct err *err)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) == 0)
		return 0;
	return err_set(err, -errno, "cannot set %s: %s", what, strerror(errno));
}

static void
ip_buffer_enlarge(int fd, int option, int forced)
{
	int bytes = IP_BUFFER_BYTES;

	/* Less than that is no reason to refuse. */
	if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof(bytes));
}

int
ip_sockets_open(struct media *m, int family, struct err *err)
{
	m->write_fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->write_fd < 0)
		return err_set(err, -errno, "cannot make a socket: %s", strerror(errno));
	m->read_fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->read_fd < 0)
		return err_set(err, -errno, "cannot make a socket: %s", strerror(errno));
	/* On the writing socket too: the two forced sizes do not depend on sysctl
	 * settings. */
	ip_buffer_enlarge(m->write_fd, SO_SNDBUF, SO_SNDBUFFORCE);
	ip_buffer_enlarge(m->read_fd, SO_RCVBUF, SO_RCVBUFFORCE);
	return ip_option(m->read_fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR", err);
}

int
ip_bind(struct media *m, const struct sockaddr *address, socklen_t len, struct err *err)
{
	int code;

	if (bind(m->read_fd, address, len) == 0)
		return 0;
	code = errno;
	if (code == EADDRINUSE)
		return err_set(err, -code, "port %u is in use by another program",
		    m->port);
	if (code == EACCES)
		return err_set(err, -code, "port %u may only be used by root", m->port);
	return err_set(err, -code, "cannot bind to port %u: %s", m->port, strerror(code));
}

int
ip_bind_device(int fd, const char *device, struct err *err)
{
	char base[IFNAMSIZ];

	ip_device_base(device, base);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, base,
	        (socklen_t)strlen(base) + 1) == 0)
		return 0;
	return err_set(err, -errno, "cannot bind to the interface: %s", strerror(errno));
}

int
ip_host_resolve(struct media_spec *spec, int family, bool numeric_only)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	char host[MEDIA_HOST_MAX];
	int code;

	if (numeric_only)
		hints.ai_flags = AI_NUMERICHOST;
	/* The scope of a link-local address is the medium's interface, whatever is
	 * written behind it. */
	snprintf(host, sizeof(host), "%s", spec->host);
	host[strcspn(host, "%")] = '\0';
	code = getaddrinfo(host, NULL, &hints, &found);
	if (code != 0 || !found)
		return code ? code : EAI_NONAME;
	memset(&spec->to, 0, sizeof(spec->to));
	memcpy(&spec->to, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}
