// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that a heartbeat can cost: once in an interval a datagram goes out on every
 * medium, and what comes in is read.  No signature, no membership, nothing is looked at.
 *
 * With -s it sleeps through what comes, and reads it when it sends.
 *
 * Usage: bare [-s] INTERVAL-MS BYTES INTERFACE...
 */
#define _GNU_SOURCE /* recvmmsg() */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PORT 694
#define MEDIA_MAX 8

struct medium {
	int write_fd, read_fd;
	struct sockaddr_in to;
};

static void
need(int is_right, const char *what)
{
	if (is_right)
		return;
	perror(what);
	exit(1);
}

static int
open_socket(const char *interface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), on = 1;

	need(fd >= 0, "socket");
	need(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0,
	    "SO_BROADCAST");
	need(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
	         (socklen_t)strlen(interface) + 1) == 0,
	    interface);
	return fd;
}

static void
open_medium(struct medium *m, const char *interface, int epoll_fd)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = m };
	struct ifreq req = { 0 };

	m->write_fd = open_socket(interface);
	m->read_fd = open_socket(interface);
	snprintf(req.ifr_name, sizeof req.ifr_name, "%s", interface);
	need(ioctl(m->read_fd, SIOCGIFBRDADDR, &req) == 0, "broadcast address");
	memcpy(&m->to, &req.ifr_broadaddr, sizeof m->to);
	m->to.sin_port = htons(PORT);
	need(bind(m->read_fd, (struct sockaddr *)&any, sizeof any) == 0, "bind");
	if (epoll_fd >= 0)
		need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, m->read_fd, &event) == 0,
		    "epoll_ctl");
}

static void
drain(const struct medium *m)
{
	static uint8_t in[16][2048];
	struct mmsghdr head[16] = { 0 };
	struct iovec place[16];

	for (int i = 0; i < 16; i++) {
		place[i] = (struct iovec){ in[i], sizeof in[i] };
		head[i].msg_hdr.msg_iov = &place[i];
		head[i].msg_hdr.msg_iovlen = 1;
	}
	(void)!recvmmsg(m->read_fd, head, 16, MSG_DONTWAIT, NULL);
}

static int
open_clock(long interval_ms, int epoll_fd)
{
	struct itimerspec every = { .it_interval = { interval_ms / 1000,
		                        interval_ms % 1000 * 1000000 } };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

	every.it_value = every.it_interval;
	need(fd >= 0 && timerfd_settime(fd, 0, &every, NULL) == 0, "timerfd");
	need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	return fd;
}

int
main(int argc, char **argv)
{
	static uint8_t out[1400], in[65536];
	struct medium medium[MEDIA_MAX];
	struct epoll_event ready[MEDIA_MAX + 1];
	struct sched_param priority = { .sched_priority = 1 };
	int epoll_fd = epoll_create1(0), clock_fd, media;
	int sleeps = argc > 1 && strcmp(argv[1], "-s") == 0;
	size_t len;

	argc -= sleeps;
	argv += sleeps;
	media = argc - 3;
	len = argc > 3 ? (size_t)atol(argv[2]) : 0;
	if (media < 1 || media > MEDIA_MAX || atol(argv[1]) < 1 || len < 1 ||
	    len > sizeof out) {
		fputs("usage: bare [-s] INTERVAL-MS BYTES INTERFACE...\n", stderr);
		return 2;
	}
	for (int i = 0; i < media; i++)
		open_medium(&medium[i], argv[3 + i], sleeps ? -1 : epoll_fd);
	sched_setscheduler(0, SCHED_RR, &priority);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	clock_fd = open_clock(atol(argv[1]), epoll_fd);
	for (;;) {
		int count = epoll_wait(epoll_fd, ready, MEDIA_MAX + 1, -1);
		uint64_t ticks;

		for (int i = 0; i < count; i++) {
			struct medium *m = ready[i].data.ptr;

			if (m) {
				(void)!recv(m->read_fd, in, sizeof in, 0);
				continue;
			}
			(void)!read(clock_fd, &ticks, sizeof ticks);
			for (int k = 0; sleeps && k < media; k++)
				drain(&medium[k]);
			for (int k = 0; k < media; k++)
				sendto(medium[k].write_fd, out, len, 0,
				    (struct sockaddr *)&medium[k].to,
				    sizeof medium[k].to);
		}
	}
}
