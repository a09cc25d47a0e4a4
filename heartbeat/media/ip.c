/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all IP media have in common: their two sockets and the interface that they hold on
 * to. One socket writes and is bound to no port, so that its port is an ephemeral one;
 * one reads.
 */
#include "heartbeat/media/private.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
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

/* The interface behind a device: an alias ("eth0:1") is a label on one. */
static void
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

/* Of what we send ourselves by broadcast or multicast the kernel hands us a copy.
 * Heartbeats prove by it that our own link works; of all else the copies would cost as
 * much as everything that comes from others. */
void
ip_echo_filter(int fd)
{
	enum { UDP_HEADER = 8 };
	/* Encoded it begins with "###\n" "11:(0)t=status,": three words of that are
	 * enough to tell. */
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_LOOPBACK, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, UDP_HEADER + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x31313a28, 0, 3), /* "11:(" */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, UDP_HEADER + 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x73746174, 0, 1), /* "stat" */
		BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	static const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]),
		.filter = code };

	/* Without it everything is only slower. */
	(void)!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int
ip_sockets_open(struct media *m, int family, struct err *err)
{
	int on = 1;

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
	ip_echo_filter(m->read_fd);
	setsockopt(m->read_fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
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
